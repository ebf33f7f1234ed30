"""framing compare-runs: two runs on the same units, with intervals and p values."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from framing.cli.options import CodebookFile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from framing.run_comparison import Comparison


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

    book = Codebook.load(codebook)
    result = compare(first, second, book)
    if output:
        write_json(output, {"folds": result.folds, "texts": result.comparisons})
    for letter, folder, folds in zip("AB", (first, second), result.folds, strict=True):
        typer.echo(f"{letter}: {folder.name}, {', '.join(folds)}")
    short = {frame.id: frame.short for frame in book.frames}
    for text, comparison in result.comparisons.items():
        print_comparison(text, comparison, short)


def print_comparison(text: str, comparison: Comparison, short: Mapping[str, str]) -> None:
    """Print one text's figures side by side.

    Args:
        text: Which text was scored.
        comparison: Its figures.
        short: A short name for each frame.
    """
    from rich.console import Console
    from rich.table import Table

    typer.echo(f"\n{text}: {comparison['articles']} articles, {comparison['units']} units")
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("figure", overflow="fold")
    for heading in ("A", "B", "B - A", "95 % from", "to", "p"):
        table.add_column(heading, justify="right", no_wrap=True)
    headlines = {
        "macro-F1": comparison["macro_f1"],
        "micro-F1": comparison["micro_f1"],
        "exact match": comparison["exact_match"],
        "speaker": comparison["speaker"],
        **{f"F1 {short[frame]}": of for frame, of in comparison["frames"].items()},
    }
    for name, of in headlines.items():
        if of:
            gap, p_value = of["difference"], of["p_value"]
            values = (of["first"], of["second"], gap["estimate"], gap["low"], gap["high"])
            shown = ["-" if value is None else f"{value:.3f}" for value in values]
            table.add_row(name, *shown, _show_p(p_value))
    Console().print(table)


def _show_p(value: float | None) -> str:
    if value is None:
        return "-"
    return "< 0.001" if value < 0.001 else f"{value:.3f}"
