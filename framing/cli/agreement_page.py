"""Agreement on a terminal: every coefficient by variable and group, then pairs and blocks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from framing.cli.tables import frame_colour
from framing.cli.terminal import make_printable
from framing.coding.agreement_tables import (
    describe_differences,
    explain_gaps,
    format_estimate,
    format_number,
    format_prevalence,
    list_blocks,
    list_measures,
    list_points,
)

if TYPE_CHECKING:
    from framing.codebook import Codebook
    from framing.coding.agreement import AgreementReport, GroupAgreement
    from framing.coding.coder_table import TableReport
    from framing.coding.reliability import Measure

_ROOMY = 100
_LEGEND = (
    "alpha: Krippendorff's, with its 95 % interval over whole articles; of frame sets, with the "
    "MASI distance. agree: pairs of coders who agree. AC1: Gwet's. "
)
_KAPPA = "kappa: Cohen's. "


def print_agreement(report: AgreementReport, codebook: Codebook) -> None:
    """Print a report as tables.

    Args:
        report: The figures.
        codebook: Gives the names of frames.
    """
    console = Console(highlight=False)
    overall = report["overall"]
    coded = ", ".join(f"{coder} {n:,}" for coder, n in overall["coded"].items())
    _say(
        console,
        f"{overall['units']:,} units ({coded}); {overall['shared']:,} coded by two or more, of "
        f"{overall['articles']:,} articles. {describe_differences(overall)}",
    )
    console.print()
    names = {frame.id: frame.short for frame in codebook.frames}
    console.print(_measure_table([overall, *report["groups"]], names, console))
    _print_pairs(console, report, names)
    _print_blocks(console, report, names)
    console.print()
    for line in explain_gaps(report, names):
        _say(console, f"{line}.")
    two = len(report["coders"]) == 2
    shares = "/".join(report["coders"]) if two else "least-greatest"
    _say(
        console,
        f"{_LEGEND}{_KAPPA if two else ''}share: of a coder's units ({shares}).",
        style="dim",
    )


def print_table(report: TableReport) -> None:
    """Print the agreement of a coder table."""
    console = Console(highlight=False)
    measure = report["measure"]
    coded = ", ".join(f"{coder} {n:,}" for coder, n in report["coded"].items())
    voided = f", {report['voided']:,} voided" if report["voided"] else ""
    _say(
        console,
        f"{report['items']:,} items{voided} ({coded}); {measure['units']:,} coded by two or more. "
        f"The coders differ on {measure['differ']:,} of them.",
    )
    console.print()
    table = _make_table(console)
    for heading in ("level", "items", "alpha (95 %)", "agree", "AC1", "kappa"):
        table.add_column(heading, justify="left" if heading == "level" else "right")
    table.add_row(report["level"], str(measure["units"]), *_figures(measure, kappa=True))
    console.print(table)
    if report["pairs"]:
        console.print()
        pairs = _make_table(console)
        pairs.add_column("alpha of two coders", overflow="fold")
        pairs.add_column("items", justify="right")
        pairs.add_column("alpha", justify="right")
        for pair in report["pairs"]:
            pairs.add_row(
                _name(" / ".join(pair["coders"])),
                str(pair["units"]),
                format_number(pair["alpha"]["estimate"]),
            )
        console.print(pairs)
    if measure["alpha"]["reason"]:
        _say(console, f"alpha: {measure['alpha']['reason']}.")


def _measure_table(
    groups: list[GroupAgreement], names: Mapping[str, str], console: Console
) -> Table:
    """A row for each variable and group: what is compared stands together."""
    two = len(groups[0]["coded"]) == 2
    table = _make_table(console)
    table.add_column("", overflow="fold", min_width=7, max_width=console.width // 4)
    if len(groups) > 1:
        table.add_column("group", overflow="fold", min_width=3, max_width=console.width // 4)
    headings = ("units", "differ", "alpha (95 %)", "agree", "AC1", *(("kappa",) if two else ()))
    for heading in (*headings, "share"):
        if heading != "differ" or console.width >= _ROOMY:
            table.add_column(heading, justify="right", no_wrap=True)
    for k, variable in enumerate(list_measures(groups[0])):
        style = frame_colour(k) if variable in names else ""
        for position, group in enumerate(groups):
            measure = list_measures(group)[variable]
            shown = names.get(variable, variable) if position == 0 else ""
            cells = [Text(make_printable(shown), style=style)]
            if len(groups) > 1:
                cells.append(_name(group["group"]))
            cells.append(Text(str(measure["units"])))
            if console.width >= _ROOMY:
                cells.append(Text(str(measure["differ"])))
            table.add_row(
                *cells, *_figures(measure, kappa=two), format_prevalence(measure["prevalence"])
            )
    return table


def _figures(measure: Measure, *, kappa: bool) -> list[str]:
    figures = [
        format_estimate(measure["alpha"]),
        format_number(measure["agreement"]["estimate"]),
        format_number(measure["ac1"]["estimate"]),
    ]
    return [*figures, format_number(measure["kappa"])] if kappa else figures


def _print_pairs(console: Console, report: AgreementReport, names: Mapping[str, str]) -> None:
    if not report["pairs"]:
        return
    console.print()
    table = _make_table(console)
    table.add_column("alpha of two coders", overflow="fold", min_width=16)
    table.add_column("units", justify="right", no_wrap=True)
    _add_variables(table, list(list_points(report["pairs"][0])), names, console)
    for pair in report["pairs"]:
        cells = [format_number(point["estimate"]) for point in list_points(pair).values()]
        table.add_row(_name(" / ".join(pair["coders"])), str(pair["units"]), *cells)
    console.print(table)


def _print_blocks(console: Console, report: AgreementReport, names: Mapping[str, str]) -> None:
    """The learning curve, one variable after another."""
    curve = list_blocks(report)
    if not curve:
        return
    console.print()
    table = _make_table(console)
    table.add_column("", overflow="fold", max_width=console.width // 3)
    table.add_column("units in coding order", justify="right", no_wrap=True)
    table.add_column("alpha (95 %)", justify="right", no_wrap=True)
    for k, variable in enumerate(curve[0][1]):
        style = frame_colour(k) if variable in names else ""
        for position, (span, estimates) in enumerate(curve):
            shown = make_printable(names.get(variable, variable)) if position == 0 else ""
            table.add_row(Text(shown, style=style), span, format_estimate(estimates[variable]))
    console.print(table)


def _add_variables(
    table: Table, variables: list[str], names: Mapping[str, str], console: Console
) -> None:
    room = max(6, (console.width - 22) // len(variables) - 2)
    for k, variable in enumerate(variables):
        heading = Text(
            make_printable(names.get(variable, variable)),
            style=frame_colour(k) if variable in names else "",
        )
        table.add_column(
            heading, justify="right", no_wrap=True, max_width=room, overflow="ellipsis"
        )


def _make_table(console: Console) -> Table:
    gap = 2 if console.width >= _ROOMY else 1
    return Table(box=None, pad_edge=False, header_style="bold", padding=(0, gap, 0, 0))


def _name(text: str) -> Text:
    return Text(make_printable(text))


def _say(console: Console, text: str, style: str = "") -> None:
    console.print(Text(make_printable(text), style=style))
