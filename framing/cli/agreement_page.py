"""Agreement on a terminal: every coefficient by variable and group, then pairs and blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from framing.cli.fitting import Column, fit_columns, in_brief, lay_out, make_column
from framing.cli.tables import frame_colour
from framing.cli.terminal import make_printable
from framing.coding.agreement_tables import (
    describe_differences,
    describe_gap,
    explain_gaps,
    format_estimate,
    format_number,
    format_prevalence,
    list_blocks,
    list_measures,
    list_points,
)
from framing.coding.reliability import NO_INTERVAL

if TYPE_CHECKING:
    from framing.codebook import Codebook
    from framing.coding.agreement import AgreementReport, GroupAgreement
    from framing.coding.coder_table import TableReport
    from framing.coding.reliability import Estimate, Measure

_ROOMY = 100
_ALPHA, _INTERVAL = "alpha", "alpha (95 %)"
_LEGEND = {
    _ALPHA: "alpha: Krippendorff's; of frame sets, with the MASI distance.",
    _INTERVAL: (
        "alpha: Krippendorff's, with its 95 % interval over whole articles; of frame sets, with "
        "the MASI distance."
    ),
    "agree": "agree: pairs of coders who agree.",
    "AC1": "AC1: Gwet's.",
    "kappa": "kappa: Cohen's.",
}


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
    shown = _print_measures(console, [overall, *report["groups"]], names)
    _print_pairs(console, report, names)
    _print_blocks(console, report, names)
    console.print()
    for line in explain_gaps(report, names):
        # Why there is no interval is of interest where intervals are shown.
        if _INTERVAL in shown or not line.startswith(NO_INTERVAL):
            _say(console, f"{line}.")
    legend = [text for heading, text in _LEGEND.items() if heading in shown]
    if "share" in shown:
        two = len(report["coders"]) == 2
        shares = "/".join(report["coders"]) if two else "least-greatest"
        legend.append(f"share: of a coder's units ({shares}).")
    _say(console, " ".join(legend), style="dim")


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
    columns = [
        make_column("level", [report["level"]], words=True),
        make_column("items", [str(measure["units"])]),
        *_figures([measure], kappa=True),
    ]
    _print_columns(console, columns, keep=3)
    if report["pairs"]:
        console.print()
        columns = [
            _names("alpha of two coders", [" / ".join(pair["coders"]) for pair in report["pairs"]]),
            make_column("items", [str(pair["units"]) for pair in report["pairs"]]),
            make_column(
                "alpha", [format_number(pair["alpha"]["estimate"]) for pair in report["pairs"]]
            ),
        ]
        _print_columns(console, columns, keep=3)
    if measure["alpha"]["reason"]:
        _say(console, f"alpha: {describe_gap(measure)}.")


def _print_measures(
    console: Console, groups: list[GroupAgreement], names: Mapping[str, str]
) -> list[str]:
    """A row for each variable and group: what is compared stands together.

    Returns:
        Headings of the columns there was room for.
    """
    two = len(groups[0]["coded"]) == 2
    variables = list(list_measures(groups[0]))
    rows = [(variable, group) for variable in variables for group in groups]
    measures = [list_measures(group)[variable] for variable, group in rows]
    columns = [_variables(variables, len(groups), names)]
    if len(groups) > 1:
        columns.append(_names("group", [group["group"] for _, group in rows]))
    columns.append(make_column("units", [str(measure["units"]) for measure in measures]))
    if console.width >= _ROOMY:
        columns.append(make_column("differ", [str(measure["differ"]) for measure in measures]))
    keep = len(columns) + 1
    columns += _figures(measures, kappa=two)
    columns.append(make_column("share", [format_prevalence(m["prevalence"]) for m in measures]))
    return _print_columns(console, columns, keep=keep)


def _figures(measures: Sequence[Measure], *, kappa: bool) -> list[Column]:
    columns = [
        _alphas([measure["alpha"] for measure in measures]),
        make_column("agree", [format_number(m["agreement"]["estimate"]) for m in measures]),
        make_column("AC1", [format_number(m["ac1"]["estimate"]) for m in measures]),
    ]
    if kappa:
        columns.append(make_column("kappa", [format_number(m["kappa"]) for m in measures]))
    return columns


def _alphas(estimates: Sequence[Estimate]) -> Column:
    """Alpha with its interval, or where there is no room for that, without."""
    return in_brief(
        make_column(_INTERVAL, [format_estimate(estimate) for estimate in estimates]),
        make_column(_ALPHA, [format_number(estimate["estimate"]) for estimate in estimates]),
    )


def _print_pairs(console: Console, report: AgreementReport, names: Mapping[str, str]) -> None:
    if not report["pairs"]:
        return
    console.print()
    points = [list_points(pair) for pair in report["pairs"]]
    columns = [
        _names("alpha of two coders", [" / ".join(pair["coders"]) for pair in report["pairs"]]),
        make_column("units", [str(pair["units"]) for pair in report["pairs"]]),
        *(
            Column(
                _heading(k, variable, names),
                [Text(format_number(of[variable]["estimate"])) for of in points],
            )
            for k, variable in enumerate(points[0])
        ),
    ]
    _print_columns(console, columns, keep=3)


def _print_blocks(console: Console, report: AgreementReport, names: Mapping[str, str]) -> None:
    """The learning curve, one variable after another."""
    curve = list_blocks(report)
    if not curve:
        return
    console.print()
    variables = list(curve[0][1])
    rows = [(variable, span, of) for variable in variables for span, of in curve]
    columns = [
        _variables(variables, len(curve), names),
        in_brief(
            make_column("units in coding order", [span for _, span, _ in rows]),
            make_column("units", [span for _, span, _ in rows]),
        ),
        _alphas([of[variable] for variable, _, of in rows]),
    ]
    _print_columns(console, columns, keep=3)


def _variables(variables: Sequence[str], n_rows: int, names: Mapping[str, str]) -> Column:
    """Each variable, named in the first of its rows."""
    cells = [
        _heading(k, variable, names) if row == 0 else Text()
        for k, variable in enumerate(variables)
        for row in range(n_rows)
    ]
    return Column(Text(), cells, words=True)


def _heading(k: int, variable: str, names: Mapping[str, str]) -> Text:
    style = frame_colour(k) if variable in names else ""
    return Text(make_printable(names.get(variable, variable)), style=style)


def _names(heading: str, names: Sequence[str]) -> Column:
    return make_column(heading, [make_printable(name) for name in names], words=True)


def _print_columns(console: Console, columns: Sequence[Column], *, keep: int) -> list[str]:
    """Print the columns that fit, and return their headings."""
    gap = 2 if console.width >= _ROOMY else 1
    shown = fit_columns(columns, console.width, gap=gap, keep=keep)
    console.print(lay_out(shown, console.width, gap=gap))
    return [column.heading.plain for column in shown]


def _say(console: Console, text: str, style: str = "") -> None:
    console.print(Text(make_printable(text), style=style))
