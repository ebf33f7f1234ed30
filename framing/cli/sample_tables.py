"""Tables of framing sample: strata of a sample, and how many units to code."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import typer

from framing.cli.terminal import make_printable

if TYPE_CHECKING:
    from framing.coding.population import Population
    from framing.coding.sample_size import Plan, Wanted
    from framing.coding.shares import SampledShare

_WORDS = ("frame", "stratum", "note")


def print_sizes(
    plans: Sequence[Plan], wanted: Wanted, population: Population | None, format_: str
) -> None:
    """Print how many units to code: a row a frame, and for people the answer in words."""
    from framing.coding.sample_size import plan_records

    print_rows(plan_records(plans), format_)
    if format_ == "table":
        from rich.console import Console
        from rich.text import Text

        console = Console(highlight=False)
        console.print()
        for line in _explain(plans, wanted, population):
            console.print(Text(line))


def print_shares(shares: Sequence[SampledShare], format_: str) -> None:
    """Print the share of each frame among all units, with its interval."""
    rows: list[dict[str, Any]] = []
    for share in shares:
        row: dict[str, Any] = {"frame": share.frame, "share": share.share}
        if format_ in ("table", "markdown"):
            known = share.low is not None and share.high is not None
            row["95 %"] = f"{share.low:.3f} to {share.high:.3f}" if known else None
            row = {key: f"{v:.3f}" if isinstance(v, float) else v for key, v in row.items()}
            row |= {"unweighted": f"{share.unweighted:.3f}", "n": share.units}
        else:
            row |= {"low": share.low, "high": share.high}
            row |= {"unweighted": share.unweighted, "n": share.units}
        rows.append(row)
    print_rows(rows, format_)


def print_rows(rows: Sequence[Mapping[str, Any]], format_: str) -> None:
    """Print flat rows with the same keys as table, json, csv or markdown."""
    from framing.spreadsheets import write_csv

    if format_ == "json":
        typer.echo(json.dumps(list(rows), ensure_ascii=False, indent=2))
    elif format_ == "csv":
        write_csv(sys.stdout, rows)
    elif format_ == "markdown":
        heads = list(rows[0])
        lines = [heads, ["---"] * len(heads), *([_cell(row[h]) for h in heads] for row in rows)]
        for cells in lines:
            typer.echo("| " + " | ".join(c.replace("|", "\\|") for c in cells) + " |")
    else:
        _print_table(rows)


def _explain(plans: Sequence[Plan], wanted: Wanted, population: Population | None) -> list[str]:
    """The answer in plain sentences."""
    # The last row knows nothing of its frame: it is the answer only where there is no other.
    known = plans[:-1] or plans
    most = max(known, key=lambda plan: (not plan.plain.enough, plan.plain.units))
    points = f"{100 * wanted.within:g} points"
    what = "the difference in a share between two groups" if wanted.difference else "every share"
    every = f"To know {what} to within {points} (95 % interval), code"
    size = most.plain
    each = " in each group" if wanted.difference else ""
    of = f" of {len(population):,}" if population is not None and not wanted.difference else ""
    if size.articles is None:
        answer = f"{every} {size.units:,} units{of}{each}, chosen at random."
    else:
        answer = (
            f"{every} {size.units:,} units{of}{each}, in {size.articles:,} articles chosen at "
            f"random: that is worth {size.units / size.design_effect:,.0f} units chosen singly."
        )
    lines = [answer]
    if not size.enough:
        lines = [
            f"So few units of each article do not tell {what} to within {points}, even with "
            f"all {size.articles:,} articles: take more of each."
        ]
    rectified = [plan.rectified for plan in known if plan.rectified and plan.rectified.enough]
    if len(rectified) == len(known):
        units = max(size.units for size in rectified)
        lines.append(f"Rectified by the scores of all units, {units:,} units do.")
    elif any(plan.rectified for plan in known):
        lines.append("For some frames rectifying by the scores does not save enough, or anything.")
    if population is not None and wanted.difference and 2 * size.units > len(population):
        lines.append(f"That is more than the {len(population):,} units there are.")
    return lines


def _print_table(rows: Sequence[Mapping[str, Any]]) -> None:
    from rich.console import Console

    from framing.cli.fitting import fit_columns, lay_out, make_column

    console = Console(highlight=False)
    columns = [
        make_column(
            heading.replace("_", "\n"),
            [make_printable(_cell(row[heading])) for row in rows],
            words=heading in _WORDS,
        )
        for heading in rows[0]
    ]
    gap = 1 if len(columns) > 6 else 2
    shown = fit_columns(columns, console.width, gap=gap, keep=2)
    console.print(lay_out(shown, console.width, gap=gap))


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) else str(value)
