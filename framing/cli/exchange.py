"""framing exchange: units and codes to annotation tools, and back."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer

from framing.cli.options import (
    Articles,
    CodebookFile,
    Columns,
    Language,
    Quiet,
    Strict,
    Talk,
    Verbose,
    parse_columns,
)

if TYPE_CHECKING:
    from framing.articles.article import Article
    from framing.codebook import Codebook
    from framing.coding.codes import Code
    from framing.coding.exchange.returns import Returned
    from framing.coding.exchange.tasks import TaskSet

exchange = typer.Typer(
    name="exchange",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class Tool(StrEnum):
    """A tool, and the format it reads and writes."""

    label_studio = "label-studio"
    doccano_jsonl = "doccano-jsonl"
    doccano_csv = "doccano-csv"


_ENDINGS = {Tool.label_studio: ".json", Tool.doccano_jsonl: ".jsonl", Tool.doccano_csv: ".csv"}


@exchange.callback()
def root() -> None:
    """Take units and codes to Label Studio or doccano, and codes back, without loss.

    Example: framing exchange export articles/ --to label-studio -o tasks.json
    """


@exchange.command("export")
def export_(
    paths: Articles,
    tool: Annotated[Tool, typer.Option("--to", help="The tool, and its format.")],
    output: Annotated[
        Path,
        typer.Option(
            "-o", "--output", help="Write here; for doccano maybe a folder, a file for each coder."
        ),
    ],
    codes: Annotated[
        list[Path] | None,
        typer.Option("--codes", help="Codes to take along; may be repeated.", metavar="FILE"),
    ] = None,
    scores: Annotated[
        Path | None,
        typer.Option(
            "--scores",
            help="Suggest what a model says: framing score --sentences -o FILE.",
            metavar="FILE",
        ),
    ] = None,
    sample: Annotated[
        Path | None,
        typer.Option(
            "--sample", help="Export the units of this sample alone (.jsonl, .csv).", metavar="FILE"
        ),
    ] = None,
    coder: Annotated[
        str | None, typer.Option("--coder", help="Take along the codes of this coder alone.")
    ] = None,
    codebook: CodebookFile = None,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config-output",
            help="Write the labelling config (XML), or doccano's label types (JSON).",
        ),
    ] = None,
    language: Language = None,
    columns: Columns = None,
    strict: Strict = False,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Write units as tasks of an annotation tool, with their codes and a model's scores.

    One task a unit, with the headline, two sentences before it and one after. Each task keeps
    offsets and digest of its unit, by which codes find back to the text.

    Example: framing exchange export articles/ --to label-studio -o tasks.json
    --config-output labelling.xml
    """
    from framing.codebook import Codebook
    from framing.coding.exchange.predictions import read_predictions
    from framing.coding.exchange.tasks import find_sampled, make_tasks
    from framing.errors import OutputError
    from framing.files import open_output

    talk = Talk(verbose, quiet)
    given: list[str | Path] = [*paths, *(codes or [])]
    given += [path for path in (scores, sample, codebook) if path]
    _refuse_overwriting([output, config], given)
    _require_ending(config, ".xml" if tool is Tool.label_studio else ".json", "--config-output")
    if config is not None and config.resolve() == output.resolve():
        raise OutputError("is to hold tasks and config both", path=config, hint="give two names")
    book = Codebook.load(codebook)
    known = _read_codes(codes or [], book, coder)
    articles = _read_articles(paths, talk, language, columns, strict)
    tasks = make_tasks(
        articles,
        known,
        sample=find_sampled(sample, articles) if sample else None,
        predictions=read_predictions(scores, articles, book) if scores else None,
        path=codes[0] if codes and len(codes) == 1 else None,
    )
    files = _plan_files(tool, output, tasks.coders)
    _refuse_overwriting(list(files), given)
    # All of them appear, or none does.
    with ExitStack() as stack:
        for path, whose in files.items():
            _write_tasks(stack.enter_context(open_output(path)), tool, tasks, book, whose)
        if config is not None:
            stack.enter_context(open_output(config)).write(_make_config(tool, book))
    for path in (*files, *filter(None, [config])):
        talk.say(f"wrote {path}")
    if tool is Tool.doccano_csv and tasks.coders:
        talk.say("of CSV doccano reads one label a row: to take codes into it, use doccano-jsonl")
    _tell_tasks(tasks, talk)


@exchange.command("import")
def import_(
    paths: Annotated[
        list[Path],
        typer.Argument(
            help="What the tool exported; may be several files, or doccano's zip.", metavar="FILE"
        ),
    ],
    tool: Annotated[Tool, typer.Option("--from", help="The tool, and its format.")],
    texts: Annotated[
        list[str],
        typer.Option(
            "--texts", help="The articles that were exported; may be repeated.", metavar="PATH"
        ),
    ],
    output: Annotated[
        Path, typer.Option("-o", "--output", help="Write the codes here.", metavar="CODES.jsonl")
    ],
    coder: Annotated[
        str | None,
        typer.Option(
            "--coder", help="Name of the one coder; else as the tool has it, or the file name."
        ),
    ] = None,
    rename: Annotated[
        list[str] | None,
        typer.Option(
            "--rename",
            help="Give a coder another name, as in 2=anna; may be repeated.",
            metavar="OLD=NEW",
        ),
    ] = None,
    codebook: CodebookFile = None,
    language: Language = None,
    columns: Columns = None,
    strict: Strict = False,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Read what coders did in an annotation tool back as codes, checked against the text.

    Label Studio: the JSON or JSON-MIN export. doccano: a file for each coder, named by the coder,
    or the zip of them.

    Example: framing exchange import export.json --from label-studio --texts articles/
    -o codes.jsonl
    """
    from framing.codebook import Codebook
    from framing.coding.codes import write_codes
    from framing.coding.exchange.recognition import require_format
    from framing.coding.exchange.returns import merge_returned, rename_coders
    from framing.errors import ConfigError

    talk = Talk(verbose, quiet)
    if coder is not None and len(paths) > 1:
        raise ConfigError("--coder names the coder of one file", hint="import them one by one")
    names = _parse_names(rename or [])
    _refuse_overwriting([output], [*paths, *texts, *([codebook] if codebook else [])])
    for path in paths:
        require_format(path, tool.value)
    book = Codebook.load(codebook)
    articles = _read_articles(texts, talk, language, columns, strict)
    returned = merge_returned(
        {path: _read_returned(tool, path, articles, book, coder) for path in paths}
    )
    returned = rename_coders(returned, names)
    write_codes(output, returned.codes, book)
    for reason, number in returned.left_out.items():
        talk.say(f"left out {number} {reason}")
    coders = sorted({code.coder for code in returned.codes})
    talk.say(f"wrote {output}: {len(returned.codes)} codes of {', '.join(coders)}")


def _refuse_overwriting(outputs: Sequence[Path | None], inputs: Sequence[str | Path]) -> None:
    from framing.files import refuse_overwriting

    for output in outputs:
        refuse_overwriting(output, inputs)


def _require_ending(output: Path | None, ending: str, what: str) -> None:
    """Refuse a name that says something else than what is written under it."""
    from framing.errors import OutputError

    special = output is None or (output.exists() and not output.is_file())  # a folder, a pipe
    if output is not None and not special and output.suffix.lower() != ending:
        raise OutputError(
            f"ends in {output.suffix or 'no ending'!r}, and {what} writes {ending[1:].upper()}",
            path=output,
            hint=f"end the name in {ending}",
        )


def _parse_names(pairs: Sequence[str]) -> dict[str, str]:
    from framing.errors import ConfigError

    names = {}
    for pair in pairs:
        old, _, new = pair.rpartition("=")
        if not old or not new.strip():
            raise ConfigError(f"--rename {pair!r} is not OLD=NEW", hint="as in 2=anna")
        names[old] = new
    return names


def _read_codes(paths: Sequence[Path], book: Codebook, coder: str | None) -> list[Code]:
    from framing.coding.codes import read_codes
    from framing.errors import ConfigError

    codes = [code for path in paths for code in read_codes(path, book)]
    if coder is None:
        return codes
    coders = sorted({code.coder for code in codes})
    if coder not in coders:
        hint = f"coders: {', '.join(coders)}" if coders else "give their codes by --codes"
        raise ConfigError(f"there are no codes of --coder {coder!r}", hint=hint)
    return [code for code in codes if code.coder == coder]


def _read_articles(
    paths: Sequence[str],
    talk: Talk,
    language: str | None,
    columns: list[str] | None,
    strict: bool,
) -> list[Article]:
    from framing.articles.reading import ReadOptions, read_articles

    options = ReadOptions(language=language, columns=parse_columns(columns), strict=strict)
    return list(read_articles(paths, options, on_reject=None if strict else talk.reject))


def _plan_files(tool: Tool, output: Path, coders: Sequence[str]) -> dict[Path, str | None]:
    """Which files to write, and whose codes go into each; None is nobody's, or everybody's."""
    from framing.coding.exchange.doccano import name_file
    from framing.errors import ConfigError

    ending = _ENDINGS[tool]
    if tool is not Tool.label_studio and output.is_dir() and coders:
        return {output / f"{name_file(coder)}{ending}": coder for coder in coders}
    _require_ending(output, ending, f"--to {tool.value}")
    if tool is Tool.label_studio:
        return {output: None}
    if len(coders) > 1:
        raise ConfigError(
            f"doccano holds one coder's codes in a file, and these are of {', '.join(coders)}",
            hint="give a folder that exists as -o, or choose by --coder NAME",
        )
    return {output: coders[0] if coders else None}


def _write_tasks(
    stream: IO[str], tool: Tool, tasks: TaskSet, book: Codebook, coder: str | None
) -> None:
    from framing.coding.exchange.doccano import write_doccano
    from framing.coding.exchange.label_studio import write_label_studio

    if tool is Tool.label_studio:
        write_label_studio(stream, tasks.tasks, book)
    else:
        as_csv = tool is Tool.doccano_csv
        write_doccano(stream, tasks.tasks, book, coder=coder, as_csv=as_csv)


def _make_config(tool: Tool, book: Codebook) -> str:
    from framing.coding.exchange.doccano import make_label_types
    from framing.coding.exchange.labelling_config import make_labelling_config

    return make_labelling_config(book) if tool is Tool.label_studio else make_label_types(book)


def _tell_tasks(tasks: TaskSet, talk: Talk) -> None:
    codes = sum(len(task.codes) for task in tasks.tasks)
    scored = sum(task.prediction is not None for task in tasks.tasks)
    parts = [f"{len(tasks.tasks)} units", f"{codes} codes of {len(tasks.coders)} coders"]
    talk.say(", ".join([*parts, f"{scored} with scores"] if scored else parts))
    if tasks.elsewhere:
        talk.say(f"left out {tasks.elsewhere} codes of units that are not exported")
    if tasks.furniture:
        talk.say(f"left out {tasks.furniture} codes of furniture, which is no unit")


def _read_returned(
    tool: Tool, path: Path, articles: Sequence[Article], book: Codebook, coder: str | None
) -> Returned:
    from framing.coding.exchange.doccano import read_doccano
    from framing.coding.exchange.label_studio import read_label_studio

    if tool is Tool.label_studio:
        return read_label_studio(path, articles, book, coder=coder)
    as_csv = tool is Tool.doccano_csv
    return read_doccano(path, articles, book, coder=coder, as_csv=as_csv)
