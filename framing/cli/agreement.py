"""framing agreement: how reliably coders applied the codebook."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from framing.cli.options import CodebookFile, Quiet, TableFormat, Talk
from framing.errors import ConfigError, InputError

if TYPE_CHECKING:
    from framing.codebook import Codebook
    from framing.coding.agreement import AgreementReport
    from framing.coding.coder_table import TableReport
    from framing.coding.codes import Code

_of_table = partial(typer.Option, rich_help_panel="A table of other people's codes")


class By(StrEnum):
    """What to group articles by."""

    language = "language"
    outlet = "outlet"
    country = "country"
    kind = "kind"
    month = "month"
    event = "event"


class Level(StrEnum):
    """What the values of a table are."""

    nominal = "nominal"
    ordinal = "ordinal"
    interval = "interval"


_SUFFIXES = {".json": TableFormat.json, ".csv": TableFormat.csv, ".md": TableFormat.markdown}


def agreement(
    codes: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Files of standoff codes, JSON Lines; else those of the shipped corpus.",
            metavar="[CODES]...",
        ),
    ] = None,
    texts: Annotated[
        list[str] | None,
        typer.Option("--texts", help="Where the coded articles are: file, folder, glob."),
    ] = None,
    coder: Annotated[
        list[str] | None,
        typer.Option("--coder", help="Whom to compare; else all but gold. May be repeated."),
    ] = None,
    codebook: CodebookFile = None,
    by: Annotated[
        list[By] | None,
        typer.Option("--by", help="Group articles by this; else by language. May be repeated."),
    ] = None,
    blocks: Annotated[
        int | None,
        typer.Option(
            "--blocks", help="Also alpha by so many blocks of units, in coding order.", min=2
        ),
    ] = None,
    table: Annotated[
        Path | None,
        _of_table(
            "--table",
            help="A CSV or TSV file of one variable, a column a coder; empty cells, NA, N/A, NaN, "
            "NULL and . are missing codes.",
        ),
    ] = None,
    columns: Annotated[
        str | None,
        _of_table(
            "--columns", help="The coders' columns, with commas between.", metavar="NAME,NAME..."
        ),
    ] = None,
    level: Annotated[
        Level | None,
        _of_table("--level", help="Names (if not given), places on a scale, or amounts."),
    ] = None,
    recode: Annotated[
        list[str] | None,
        _of_table(
            "--recode",
            help="Read a value as another, as in 8=2; 8= means missing. May be repeated.",
            metavar="OLD=NEW",
        ),
    ] = None,
    void: Annotated[
        list[str] | None,
        _of_table(
            "--void",
            help="Leave an item out if a coder gave this value; may be repeated.",
            metavar="VALUE",
        ),
    ] = None,
    cluster: Annotated[
        str | None,
        _of_table(
            "--cluster",
            help="Column of what items belong to, such as the article; else each its own.",
            metavar="NAME",
        ),
    ] = None,
    format_: Annotated[
        TableFormat, typer.Option("--format", help="What to print.")
    ] = TableFormat.table,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Also write a .json, .csv or .md file.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Of the resampling.", min=0)] = 0,
    quiet: Quiet = False,
) -> None:
    """Measure how far coders agree: alpha by frame, frame set and speaker, with intervals.

    Example: framing agreement first.jsonl second.jsonl --texts articles/
    """
    from framing.files import refuse_overwriting

    of_codes: dict[str, object] = {"CODES": codes, "--texts": texts, "--coder": coder}
    of_codes |= {"--codebook": codebook, "--by": by, "--blocks": blocks}
    of_table: dict[str, object] = {"--columns": columns, "--level": level, "--recode": recode}
    of_table |= {"--void": void, "--cluster": cluster}
    refuse_overwriting(output, [*(codes or ()), *(texts or ()), *([table] if table else ())])
    suffix = _find_format(output)
    if table:
        _refuse(of_codes, "does not go with --table", "give one or the other")
        names = [name.strip() for name in (columns or "").split(",") if name.strip()]
        made = _compare_table(
            table, names, level or Level.nominal, recode or (), void or (), cluster, seed
        )
        _put(_table_writer(made), format_, output, suffix)
    else:
        _refuse(of_table, "goes with --table", "add --table FILE")
        report, followed = _compare_codes(
            codes or (), texts or (), coder or (), codebook, by or (), blocks or 0, seed
        )
        _put(_report_writer(report, followed), format_, output, suffix)
    if output:
        Talk(quiet=quiet).say(f"wrote {output}")


def _refuse(options: Mapping[str, object], problem: str, hint: str) -> None:
    for name, value in options.items():
        if value:
            raise ConfigError(f"{name} {problem}", hint=hint)


def _find_format(output: Path | None) -> TableFormat:
    from framing.files import require_ending

    return _SUFFIXES[require_ending(output, list(_SUFFIXES))] if output else TableFormat.json


def _compare_codes(
    paths: Sequence[Path],
    texts: Sequence[str],
    coders: Sequence[str],
    codebook_path: Path | None,
    by: Sequence[By],
    blocks: int,
    seed: int,
) -> tuple[AgreementReport, Codebook]:
    from framing.codebook import Codebook
    from framing.coding.agreement import measure_agreement
    from framing.coding.alignment import read_codings

    if by and paths and not texts:
        raise ConfigError("--by needs the articles", hint="say where they are with --texts")
    if not paths:
        paths, shipped = _find_shipped()
        texts = texts or shipped
    codebook = Codebook.load(codebook_path)
    codes, files = read_codings(paths, codebook, coders)
    groups = _group_articles(texts, by or (By.language,), codes, files) if texts else None
    report = measure_agreement(
        codes, codebook, groups=groups, blocks=blocks, paths=files, seed=seed
    )
    if not report["overall"]["units"]:
        raise InputError("these files hold no coded unit, only furniture", path=paths[0])
    return report, codebook


def _find_shipped() -> tuple[list[Path], list[str]]:
    """The codes and articles of the shipped corpus."""
    from framing.files import resource_root

    folder = resource_root() / "annotations"
    files = sorted((folder / "codes").glob("*.jsonl"))
    if not files:
        raise InputError(
            "no codes are given, and the corpus is not part of the installed package",
            hint="give files of codes, or work in a checkout of the repository",
        )
    return files, [str(folder / "articles")]


def _group_articles(
    texts: Sequence[str], by: Sequence[By], codes: Sequence[Code], files: Sequence[Path]
) -> dict[str, dict[str, str]]:
    """Group of each article by what it is grouped by, once every code is seen to fit its text."""
    from framing.articles.article import UNKNOWN, index_articles
    from framing.articles.reading import ReadOptions, read_articles
    from framing.coding.codes import refuse_drift
    from framing.scoring import group_names

    articles = index_articles(read_articles(texts, ReadOptions(strict=True)))
    coded = {name: article.text for name, article in articles.items()}
    for file in dict.fromkeys(files):
        own = [code for code, path in zip(codes, files, strict=True) if path == file]
        refuse_drift(own, coded, path=file)

    def find(of: By) -> dict[str, str]:
        if of is By.event:
            return {name: article.event or UNKNOWN for name, article in articles.items()}
        return {name: group_names(article, of.value)[0] for name, article in articles.items()}

    return {of.value: find(of) for of in dict.fromkeys(by)}


def _compare_table(
    path: Path,
    columns: Sequence[str],
    level: Level,
    recode: Sequence[str],
    void: Sequence[str],
    cluster: str | None,
    seed: int,
) -> TableReport:
    from framing.coding.coder_table import measure_table, read_coder_table

    to: dict[str, str] = {}
    for pair in recode:
        old, equals, new = pair.partition("=")
        if not equals or not old.strip():
            raise ConfigError(f"--recode {pair!r} is not OLD=NEW", hint="as in 8=2")
        to[old.strip()] = new.strip()
    if not columns:
        raise ConfigError("--table needs --columns", hint="name the coders' columns: c1,c2")
    read = read_coder_table(path, columns, cluster=cluster)
    return measure_table(
        read, level.value, recode=to, void=[value.strip() for value in void], seed=seed
    )


class _Writer:
    """One result in each of the formats."""

    def __init__(self, value: Any, markdown: str, rows: list[dict[str, Any]], show: Any) -> None:
        self.value, self.markdown, self.rows, self.show = value, markdown, rows, show

    def write(self, stream: Any, format_: TableFormat) -> None:
        from framing.results import dump_line
        from framing.spreadsheets import write_csv

        if format_ is TableFormat.json:
            stream.write(dump_line(self.value, indent=2))
        elif format_ is TableFormat.csv:
            write_csv(stream, self.rows)
        else:
            stream.write(self.markdown)


def _report_writer(report: AgreementReport, codebook: Codebook) -> _Writer:
    from framing.cli.agreement_page import print_agreement
    from framing.coding.agreement_tables import flatten_agreement, render_agreement

    return _Writer(
        report,
        render_agreement(report),
        flatten_agreement(report),
        lambda: print_agreement(report, codebook),
    )


def _table_writer(report: TableReport) -> _Writer:
    from framing.cli.agreement_page import print_table
    from framing.coding.agreement_tables import flatten_table, render_table

    return _Writer(report, render_table(report), flatten_table(report), lambda: print_table(report))


def _put(writer: _Writer, format_: TableFormat, output: Path | None, suffix: TableFormat) -> None:
    from framing.files import open_output

    if output:
        with open_output(output) as stream:
            writer.write(stream, suffix)
    if format_ is TableFormat.table:
        writer.show()
    else:
        writer.write(sys.stdout, format_)
