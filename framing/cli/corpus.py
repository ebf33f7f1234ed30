"""framing corpus: check, count, split and join coded articles."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from framing.cli.options import CodebookFile, Quiet, Talk, Texts

if TYPE_CHECKING:
    from framing.corpus.statistics import CorpusStatistics

app = typer.Typer(
    name="corpus",
    help="Check, count, split and join coded articles.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
Folder = Annotated[
    Path | None,
    typer.Argument(
        help="Folder with codebook.yaml, articles/ and codes/; this repository's if not given.",
        metavar="[CORPUS]",
    ),
]


class StatsFormat(StrEnum):
    """How the counts are printed."""

    table = "table"
    json = "json"
    markdown = "markdown"


@app.command()
def check(
    folder: Folder = None,
    against: Annotated[
        list[str] | None,
        typer.Option(
            "--against",
            help="Articles whose wording must not occur in the corpus (8 words, or 20 characters "
            "of Korean or Japanese, in a row); may be repeated.",
        ),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Check files, codes, adjudication, near-duplicates, parallel set and split; name every breach.

    Exit code 2 if anything is wrong.

    Example: framing corpus check --against my-test-articles/
    """
    from framing.cli.terminal import make_printable
    from framing.corpus.checks import check_corpus
    from framing.corpus.corpus import load_corpus

    talk = Talk(quiet=quiet)
    checks = check_corpus(load_corpus(folder), against=against or [])
    breaches = [error for one in checks for error in one.breaches]
    width = max(len(one.name) for one in checks)
    for one in checks:
        verdict = f"{len(one.breaches)} wrong" if one.breaches else "ok"
        typer.echo(f"{one.name:{width}}  {verdict:>9}  {one.looked_at}")
    for error in breaches:
        typer.echo(make_printable(f"framing: {error}"), err=True)
    if breaches:
        raise typer.Exit(2)
    talk.say("nothing wrong")


@app.command()
def stats(
    folder: Folder = None,
    format_: Annotated[
        StatsFormat, typer.Option("--format", help="How to print.")
    ] = StatsFormat.table,
) -> None:
    """Count articles, units, frames, speakers, kinds and events, by language and by part.

    Example: framing corpus stats --format markdown
    """
    import json

    from framing.corpus.corpus import load_corpus
    from framing.corpus.statistics import describe_corpus, tabulate_statistics

    counted = describe_corpus(load_corpus(folder))
    if format_ is StatsFormat.json:
        typer.echo(json.dumps(counted, ensure_ascii=False, indent=2))
    elif format_ is StatsFormat.markdown:
        from framing.markdown import render_table

        for heading, rows in tabulate_statistics(counted):
            typer.echo(render_table(heading, rows) + "\n")
    else:
        _print_tables(counted)


class Part(StrEnum):
    """A part of the split."""

    train = "train"
    dev = "dev"
    test = "test"


@app.command(name="list")
def list_(
    folder: Folder = None,
    part: Annotated[
        list[Part] | None,
        typer.Option("--part", help="Only this part of the split; may be repeated."),
    ] = None,
) -> None:
    """List the articles, a path a line, for another command to take.

    Example: framing corpus list --part test
    """
    from framing.corpus.corpus import load_corpus
    from framing.corpus.splitting import read_split

    corpus = load_corpus(folder)
    wanted = read_split(corpus.split_path).names(*part) if part else set(corpus.articles)
    here = Path.cwd()
    for name in sorted(wanted & set(corpus.articles)):
        path = Path(corpus.articles[name].path)
        typer.echo(str(path.relative_to(here) if path.is_relative_to(here) else path))


@app.command()
def split(
    folder: Folder = None,
    write: Annotated[
        bool, typer.Option("--write", help="Write split.json; else only show the balance.")
    ] = False,
    anew: Annotated[
        bool,
        typer.Option(
            "--anew", help="Forget the parts articles have: models must be trained again."
        ),
    ] = False,
    salt: Annotated[
        str | None, typer.Option("--salt", help="Another value draws other articles.")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Draw train, dev and test by story cluster, balanced by language and frame.

    Articles that have a part keep it; new ones are placed so that parts stay balanced. Translations
    and near-duplicates never stand on two sides.

    Example: framing corpus split --write
    """
    from framing.corpus.corpus import load_corpus
    from framing.corpus.splitting import describe_balance, draw_split, read_split, write_split

    talk = Talk(quiet=quiet)
    corpus = load_corpus(folder)
    dataset = corpus.join()
    earlier = read_split(corpus.split_path) if corpus.split_path.is_file() and not anew else None
    drawn = draw_split(
        dataset,
        salt=salt or (earlier.salt if earlier else "framing"),
        keep=earlier.parts if earlier else None,
    )
    _print_rows(describe_balance(drawn, dataset))
    added = len(set(drawn.parts) - set(earlier.parts if earlier else ()))
    talk.say(f"digest {drawn.digest}, {added} articles placed")
    if write:
        write_split(corpus.split_path, drawn)
        talk.say(f"wrote {corpus.split_path}")


@app.command()
def join(
    codes: Annotated[
        Path | None,
        typer.Argument(
            help="Codes without text; the repository's codes of licensed articles if not given.",
            metavar="[CODES]",
        ),
    ] = None,
    texts: Annotated[
        list[str] | None, typer.Option("--texts", help="Your copies: file, folder, glob.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write here instead of to stdout.")
    ] = None,
    partial: Annotated[
        bool, typer.Option("--partial", help="Leave out rows that fit no text instead of stopping.")
    ] = False,
    codebook: CodebookFile = None,
    quiet: Quiet = False,
) -> None:
    """Attach codes to your own copies of their articles, by digest; report drift row by row.

    A copy may have another name, and lines more or less: units are found by their digests. A unit
    whose text differs in any character is drift.

    Example: framing corpus join --texts my-articles/ -o coded.jsonl
    """
    import sys
    from contextlib import nullcontext

    from framing.articles.reading import ReadOptions, read_articles
    from framing.cli.terminal import make_printable
    from framing.codebook import Codebook
    from framing.coding.codes import code_record, read_codes
    from framing.corpus.corpus import shipped_folder
    from framing.corpus.joining import attach_texts
    from framing.errors import ConfigError, InputError
    from framing.files import open_output, refuse_overwriting
    from framing.results import dump_line

    if not texts:
        raise ConfigError("--texts is missing", hint="name the folder your copies are in")
    talk = Talk(quiet=quiet)
    codes = codes or shipped_folder() / "licensed" / "gold.jsonl"
    refuse_overwriting(output, [codes, *texts])
    book = Codebook.load(codebook)
    joined = attach_texts(read_codes(codes, book), read_articles(texts, ReadOptions(strict=True)))
    for drift in joined.drift:
        error = InputError(drift.reason, path=codes, row=drift.code.row, hint=drift.hint)
        typer.echo(make_printable(f"framing: {error}"), err=True)
    for before, after in joined.moved:
        talk.say(
            f"row {before.row}: {before.article} {before.start}-{before.end} found in "
            f"{after.article} at {after.start}-{after.end}"
        )
    talk.say(
        f"{len(joined.codes)} rows attached, {len(joined.moved)} of them at another place or under "
        f"another name, {len(joined.drift)} adrift"
    )
    if not joined.codes or (joined.drift and not partial):
        raise typer.Exit(2)
    with open_output(output) if output else nullcontext(sys.stdout) as stream:
        for code, text in zip(joined.codes, joined.texts, strict=True):
            stream.write(dump_line({**code_record(code, book), "text": text}))


@app.command(name="import")
def import_(
    codes: Annotated[Path, typer.Argument(help="Standoff codes, JSON Lines.", metavar="CODES")],
    texts: Texts,
    output: Annotated[Path, typer.Option("-o", "--output", help="Write the codes here.")],
    coder: Annotated[
        str | None, typer.Option("--coder", help="Coder of rows that do not name one.")
    ] = None,
    codebook: CodebookFile = None,
    quiet: Quiet = False,
) -> None:
    """Take standoff codes in: checked against their texts, signed with coder and codebook.

    For codes that exist already as rows; `framing exchange import` is for what an annotation
    tool exports.

    Example: framing corpus import theirs.jsonl --texts articles/ -o codes/theirs.jsonl
    """
    from framing.articles.reading import ReadOptions, read_articles
    from framing.codebook import Codebook
    from framing.coding.codes import number_units, read_codes, write_codes
    from framing.dataset import join_codes
    from framing.files import refuse_overwriting

    refuse_overwriting(output, [codes, *texts])
    book = Codebook.load(codebook)
    found = read_codes(codes, book, coder=coder)
    join_codes(found, read_articles(texts, ReadOptions(strict=True)), book, path=codes)
    numbered = number_units(found)
    write_codes(output, numbered, book)
    Talk(quiet=quiet).say(f"wrote {len(numbered)} rows to {output}")


def _print_rows(rows: list[dict[str, Any]]) -> None:
    from framing.corpus.statistics import tabulate_balance

    _print_table(*tabulate_balance(rows))


def _print_tables(counted: CorpusStatistics) -> None:
    from framing.corpus.statistics import tabulate_statistics

    for heads, rows in tabulate_statistics(counted):
        _print_table(heads, rows)
        typer.echo()
    typer.echo(f"codebook {counted['codebook']['version']}")
    typer.echo(
        "coded by " + ", ".join(f"{who} ({n} units)" for who, n in counted["coders"].items())
    )
    typer.echo(f"{counted['unsure']} units unsure, {counted['adjudicated']} adjudicated")
    typer.echo(f"{len(counted['parallel'])} parallel sets")


def _print_table(heads: list[str], rows: list[list[str]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for position, head in enumerate(heads):
        table.add_column(head, justify="left" if position == 0 else "right", overflow="fold")
    for row in rows:
        table.add_row(*row)
    Console(highlight=False).print(table)
