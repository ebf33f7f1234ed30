"""framing label: units someone else has cut, labelled row by row."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from framing.cli.options import (
    Language,
    Model,
    ModelCodebook,
    Quiet,
    Strict,
    Talk,
    Verbose,
    open_model,
    require_language,
)


def label(
    source: Annotated[
        str,
        typer.Argument(
            help="JSON Lines with `text` in each row; - is standard input.", metavar="IN.jsonl"
        ),
    ],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write here instead of to stdout.")
    ] = None,
    model: Model = "auto",
    codebook: ModelCodebook = None,
    language: Language = None,
    strict: Strict = False,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Add frames, probabilities and speaker to rows of text; same rows, same order.

    Neighbouring rows with the same `article` are read as one article. Other fields pass through.
    Rows that cannot be labelled are listed on stderr and left out.

    Example: framing label sentences.jsonl -o labelled.jsonl
    """
    import sys

    from framing.errors import InputError
    from framing.files import open_output, refuse_overwriting
    from framing.labelling import label_rows, read_rows
    from framing.results import dump_line

    talk = Talk(verbose, quiet)
    refuse_overwriting(output, [source])
    loaded = open_model(model, codebook)
    require_language(language, loaded)
    on_reject = None if strict else talk.reject
    rows = read_rows(
        source, languages=loaded.codebook.languages, language=language, on_reject=on_reject
    )
    count = 0
    with open_output(output) if output else nullcontext(sys.stdout) as stream:
        for row in label_rows(rows, loaded):
            stream.write(dump_line(row))
            count += 1
        if not count:
            raise InputError(
                "no row could be labelled",
                path=source,
                hint="each needs a `text` that is not empty",
            )
    talk.say(f"{count} labelled, {talk.rejected} skipped" if talk.rejected else f"{count} labelled")
