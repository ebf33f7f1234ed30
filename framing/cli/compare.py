"""framing compare: do groups frame the dispute differently, and how sure is that?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from framing.cli.comparing import (
    AUTO,
    Coder,
    Copies,
    CrossFitted,
    ErrorRatesFile,
    Estimator,
    Gold,
    SampleFile,
    Scores,
    Within,
    choose_estimator,
    find_copies,
    list_inputs,
    open_error_rates,
    read_coded,
)
from framing.cli.options import CodebookFile, Quiet, TableFormat, Talk

if TYPE_CHECKING:
    from framing.codebook import Codebook


def compare(
    scores: Scores,
    by: Annotated[
        str,
        typer.Option(
            "--by",
            help="country, outlet, language, kind, speaker, agency, day, week or month.",
        ),
    ] = "country",
    pair: Annotated[
        tuple[str, str] | None,
        typer.Option("--pair", help="Compare these two groups alone, as in --pair KR JP."),
    ] = None,
    estimator: Estimator = AUTO,
    measure: Annotated[
        str,
        typer.Option(
            "--of",
            help="frames: share of sentences that carry a frame. voices: of these, the share that "
            "--voice says.",
        ),
    ] = "frames",
    voice: Annotated[
        list[str] | None,
        typer.Option(
            "--voice",
            help="Only sentences in this voice: own (the outlet's), quoted, or a speaker; may be "
            "repeated.",
        ),
    ] = None,
    copies: Copies = "once",
    within: Within = "week",
    gold: Gold = None,
    sample: SampleFile = None,
    coder: Coder = "gold",
    cross_fitted: CrossFitted = None,
    error_rates: ErrorRatesFile = None,
    codebook: CodebookFile = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Also write a .json, .csv or .parquet file."),
    ] = None,
    format_: Annotated[
        TableFormat, typer.Option("--format", help="What to print.")
    ] = TableFormat.table,
    quiet: Quiet = False,
) -> None:
    """Compare groups: shares of the frames, and their differences with intervals and p values.

    Articles are the sample, copies of one story together. P values are
    corrected over all frames and pairs.

    Example: framing compare scores.jsonl --by country --pair KR JP
    """
    from framing.codebook import Codebook
    from framing.comparison.scored_text import read_scored_text
    from framing.comparison.settings import Settings, name_voices
    from framing.comparison.summary import compare_groups
    from framing.comparison.tables import write_comparison
    from framing.files import refuse_overwriting, require_ending

    talk = Talk(quiet=quiet)
    if output:
        require_ending(output, (".json", ".csv", ".parquet"))
        refuse_overwriting(
            output, list_inputs(scores, gold, sample, cross_fitted, error_rates, codebook)
        )
    book = Codebook.load(codebook) if codebook else Codebook.load()
    settings = Settings(
        by=by,
        pairs=(pair,) if pair else (),
        estimator=choose_estimator(estimator, gold),
        measure=measure,
        voices=name_voices(voice or [], book),
        copies=copies,
        within=within,
    )
    scored = read_scored_text(scores, book)
    comparison = compare_groups(
        scored,
        find_copies(scored, talk),
        settings,
        coded=read_coded(scored, gold, sample, coder, cross_fitted, book),
        rates=open_error_rates(error_rates, scored),
    )
    if output:
        write_comparison(output, comparison)
        talk.say(f"wrote {output}")
    _print(comparison, book, format_)


def _print(comparison: Any, codebook: Codebook, format_: TableFormat) -> None:
    from framing.comparison.tables import render_comparison

    if format_ is TableFormat.table:
        from framing.cli.comparison_tables import print_comparison

        print_comparison(comparison, codebook)
    else:
        typer.echo(render_comparison(comparison, format_.value), nl=False)
