"""framing score: articles in, frame mix and source out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from framing.cli.options import (
    Columns,
    Language,
    MaxChars,
    Model,
    ModelCodebook,
    Outlet,
    Quiet,
    Strict,
    Talk,
    Verbose,
    open_model,
    parse_columns,
    require_language,
)

if TYPE_CHECKING:
    from framing.articles.article import Article
    from framing.classifiers.base import FrameModel

_ARTICLES_SHOWN = 40


class By(StrEnum):
    """What to group by."""

    outlet = "outlet"
    agency = "agency"
    speaker = "speaker"
    country = "country"
    language = "language"
    kind = "kind"
    month = "month"


class Format(StrEnum):
    """What to print."""

    table = "table"
    json = "json"
    csv = "csv"


def score(
    paths: Annotated[
        list[str],
        typer.Argument(help="Files, folders or globs; - is standard input.", metavar="PATH..."),
    ],
    model: Model = "auto",
    codebook: ModelCodebook = None,
    by: Annotated[
        list[By] | None,
        typer.Option(
            "--by", help="Group by this; may be repeated.  (default: outlet, agency, speaker)"
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Also write a .json, .jsonl, .csv or .parquet file."),
    ] = None,
    format_: Annotated[Format, typer.Option("--format", help="What to print.")] = Format.table,
    sentences: Annotated[
        bool, typer.Option("--sentences", help="Put every sentence into JSON results.")
    ] = False,
    show_removed: Annotated[
        bool, typer.Option("--show-removed", help="Print the lines taken out, and by which rule.")
    ] = False,
    language: Language = None,
    outlet: Outlet = None,
    columns: Columns = None,
    max_chars: MaxChars = 1_000_000,
    strict: Strict = False,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Score articles: share of each frame, frame mix and speakers, by article and by source.

    Example: framing score articles/ --by country -o scores.csv
    """
    from framing.articles.reading import ReadOptions, read_articles
    from framing.errors import ConfigError, InputError
    from framing.files import refuse_overwriting
    from framing.results import ResultWriter, source_record
    from framing.scoring import SourceTotals, score_articles

    talk = Talk(verbose, quiet)
    in_json = output is not None and output.suffix in (".json", ".jsonl")
    if sentences and not in_json and format_ is not Format.json:
        raise ConfigError(
            "--sentences goes into JSON alone", hint="add -o FILE.json, or --format json"
        )
    refuse_overwriting(output, paths)
    loaded = open_model(model, codebook)
    require_language(language, loaded)
    talk.detail(f"model {loaded.digest}, codebook {loaded.codebook.version}")
    totals = SourceTotals(
        [b.value for b in by or (By.outlet, By.agency, By.speaker)], loaded.codebook
    )
    options = ReadOptions(
        language=language,
        outlet=outlet,
        columns=parse_columns(columns),
        strict=strict,
        max_article_chars=max_chars,
    )
    on_reject = None if strict else talk.reject
    # Only what will be printed is kept: a table shows a page of articles, JSON and CSV all of them.
    kept: list[dict[str, Any]] = []
    count = 0
    with ResultWriter(output, loaded) if output else nullcontext() as writer:
        articles = _follow(read_articles(paths, options, on_reject=on_reject), talk)
        for scored in score_articles(articles, loaded, on_reject=on_reject):
            totals.add(scored)
            record = _record(scored, sentences=sentences, removed=show_removed)
            if writer:
                writer.write(record)
            if format_ is not Format.table or count < _ARTICLES_SHOWN:
                kept.append(record)
            count += 1
        if not count:
            raise InputError(
                "nothing to score",
                hint="each input and why it was skipped is listed above"
                if talk.rejected and not quiet
                else "give a file or folder of articles",
            )
        sources = [source_record(source, loaded.codebook) for source in totals.sources()]
        if writer:
            for record in sources:
                writer.write(record)
    if output:
        talk.say(f"wrote {output}")
    _print(kept, count, sources, loaded, format_)
    if talk.rejected:
        talk.say(f"{count} scored, {talk.rejected} skipped")


def _record(scored: Any, *, sentences: bool, removed: bool) -> dict[str, Any]:
    from framing.results import article_record

    record = article_record(scored, sentences=sentences)
    if removed:
        record["removed_lines"] = [
            {"rule": span.rule, "start": span.start, "end": span.end, "text": span.text}
            for span in scored.prepared.removed
        ]
    return record


def _print(
    kept: list[dict[str, Any]],
    count: int,
    sources: list[dict[str, Any]],
    model: FrameModel,
    format_: Format,
) -> None:
    from framing.results import document, dump_line, flatten_record
    from framing.spreadsheets import write_csv

    if format_ is Format.json:
        typer.echo(dump_line(document(kept, sources, model), indent=2), nl=False)
    elif format_ is Format.csv:
        import sys

        write_csv(sys.stdout, [flatten_record(record) for record in (*kept, *sources)])
    else:
        from framing.cli.tables import print_scores

        print_scores(kept, count, sources, model.codebook)


def _follow(articles: Iterator[Article], talk: Talk) -> Iterator[Article]:
    """Pass articles on, with a count on stderr when that is a terminal and the run is long."""
    import sys

    if talk.quiet or not sys.stderr.isatty():
        yield from articles
        return
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), "scoring", MofNCompleteColumn(), "articles", TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("scoring", total=None)
        for article in articles:
            progress.advance(task)
            yield article
