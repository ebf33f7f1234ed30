"""Options that several verbs share, and the talk they send to stderr."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from framing.cli.terminal import make_printable
from framing.errors import ConfigError

if TYPE_CHECKING:
    from framing.articles.article import Rejection
    from framing.classifiers.base import FrameModel
    from framing.config import RunConfig

Model = Annotated[
    str,
    typer.Option(
        "--model",
        "-m",
        help="transformer, baseline, auto (the first of these that is there), or a model folder.",
        metavar="NAME|DIR",
    ),
]
ModelCodebook = Annotated[
    Path | None,
    typer.Option("--codebook", help="The codebook of the model; else the shipped one."),
]
CodebookFile = Annotated[
    Path | None, typer.Option("--codebook", help="The codebook; else the shipped one.")
]
Articles = Annotated[
    list[str],
    typer.Argument(help="Files, folders or globs; - is standard input.", metavar="ARTICLES"),
]
Texts = Annotated[
    list[str], typer.Option("--texts", help="Where the coded articles are: file, folder, glob.")
]
Language = Annotated[
    str | None,
    typer.Option(
        "--lang", help="Language of every article (en, ko, ja); else detected.", metavar="CODE"
    ),
]
Outlet = Annotated[
    str | None,
    typer.Option("--outlet", help="Outlet of every article; else found in it.", metavar="NAME"),
]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--columns",
        help="Which column holds a field, as in text=body; may be repeated.",
        metavar="FIELD=NAME",
    ),
]
MaxChars = Annotated[
    int, typer.Option("--max-chars", help="Reject longer articles; none is ever cut.", min=1)
]
Strict = Annotated[
    bool, typer.Option("--strict", help="Stop at the first input that cannot be used.")
]
ConfigFile = Annotated[
    Path, typer.Argument(help="A YAML file, as those in configs/.", metavar="CONFIG")
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        help="Give a key of the config another value, as in training.seed=2 or "
        "candidates.word_max=[1,2]; a path is relative to the config's folder; may be repeated.",
        metavar="KEY=VALUE",
    ),
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Print the config with all its values, and stop.")
]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Say more on stderr.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing on stderr but errors.")]


class TableFormat(StrEnum):
    """How a table is printed."""

    table = "table"
    json = "json"
    csv = "csv"
    markdown = "markdown"


@dataclass
class Talk:
    """What is said on stderr, and how many inputs were rejected."""

    verbose: bool = False
    quiet: bool = False
    rejected: int = 0

    def say(self, message: str) -> None:
        """Say something, unless asked to be quiet."""
        if not self.quiet:
            typer.echo(make_printable(message), err=True)

    def detail(self, message: str) -> None:
        """Say something only when asked to say more."""
        if self.verbose:
            self.say(message)

    def reject(self, rejection: Rejection) -> None:
        """Name an input that could not be used."""
        self.rejected += 1
        self.say(f"skipped {rejection}")


def parse_columns(pairs: list[str] | None) -> dict[str, str]:
    """Turn `field=column` pairs into a mapping.

    Raises:
        ConfigError: A pair has no equals sign.
    """
    mapping = {}
    for pair in pairs or []:
        name, equals, column = pair.partition("=")
        if not equals or not name or not column:
            raise ConfigError(f"--columns {pair!r} is not FIELD=NAME", hint="as in text=body")
        mapping[name.strip()] = column.strip()
    return mapping


def print_config(config: RunConfig) -> None:
    """Print a config as YAML, every key with its value."""
    from framing.config import render_config

    typer.echo(render_config(config), nl=False)


def open_model(name: str, codebook: Path | None) -> FrameModel:
    """Load the model that `--model` and `--codebook` name.

    Raises:
        ModelError: There is no such model, or it is damaged.
        CodebookError: It was trained with another codebook.
    """
    from framing.codebook import Codebook
    from framing.models import load_model

    return load_model(name, Codebook.load(codebook) if codebook else None)


def require_language(language: str | None, model: FrameModel) -> None:
    """Refuse a `--lang` that the codebook does not list, before anything is read.

    Raises:
        ConfigError: It is not one of the codebook's languages.
    """
    listed = model.codebook.languages
    if language is not None and language not in listed:
        raise ConfigError(
            f"--lang {language!r} is not a language of the codebook",
            hint=f"give {', '.join(listed)}",
        )
