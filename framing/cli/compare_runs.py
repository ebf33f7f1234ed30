"""framing compare-runs: two runs on the same units, with intervals and p values."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from framing.cli.options import CodebookFile

if TYPE_CHECKING:
    from framing.run_comparison import Comparison, Difference


def compare_runs(
    first: Annotated[Path, typer.Argument(help="Folder of a run.", metavar="RUN")],
    second: Annotated[Path, typer.Argument(help="Folder of another run.", metavar="OTHER")],
    codebook: CodebookFile = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Also write the figures as JSON.")
    ] = None,
) -> None:
    """Compare two runs on the units both scored: differences, other less run.

    Intervals and p values are over whole articles; p values are not corrected
    for how many are looked at.

    Example: framing compare-runs experiments/baseline experiments/transformer
    """
    from framing.codebook import Codebook
    from framing.experiments.run_pairs import compare_runs as compare
    from framing.files import write_json

    result = compare(first, second, Codebook.load(codebook))
    if output:
        write_json(output, result)
    for text, comparison in result.items():
        print_comparison(text, comparison, first.name, second.name)


def print_comparison(text: str, comparison: Comparison, first: str, second: str) -> None:
    """Print one text's figures side by side."""
    from rich.console import Console
    from rich.table import Table

    typer.echo(f"{text}: {comparison['articles']} articles, {comparison['units']} units")
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("figure", overflow="fold")
    for heading in (first, second, "difference (95 %)", "p"):
        table.add_column(heading, justify="right", overflow="fold")
    for name in ("macro_f1", "micro_f1", "exact_match", "speaker"):
        if difference := comparison[name]:
            _add_row(table, name.replace("_", "-"), difference)
    for frame, difference in comparison["frames"].items():
        _add_row(table, frame, difference)
    Console().print(table)


def _add_row(table: object, name: str, difference: Difference) -> None:
    from framing.evaluation import format_interval

    values = (difference["first"], difference["second"])
    p_value = difference["p_value"]
    table.add_row(  # type: ignore[attr-defined]
        name,
        *("-" if value is None else f"{value:.3f}" for value in values),
        format_interval(difference["difference"]),
        "-" if p_value is None else f"{p_value:.3f}",
    )
