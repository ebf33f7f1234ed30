"""Labelling: rows of pre-cut units in, the same rows with labels out, in bounded memory."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from itertools import islice
from pathlib import Path
from typing import IO, Any

from framing.articles.article import Rejection
from framing.classifiers.base import FrameModel
from framing.errors import InputError
from framing.reading import describe_fault, open_bytes
from framing.results import label_records
from framing.surrogates import has_half

_BATCH = 512


def read_rows(
    source: str | Path,
    *,
    languages: Sequence[str],
    language: str | None = None,
    on_reject: Callable[[Rejection], None] | None = None,
) -> Iterator[dict[str, Any]]:
    """Read rows that can be labelled.

    Args:
        source: A JSON Lines file; `-` is standard input.
        languages: Languages the codebook lists; a row whose `lang` is another is rejected.
        language: Language of every row, whatever its `lang` says.
        on_reject: Is told of rows that cannot be labelled; without it the first one raises.

    Yields:
        Rows with a `text` that is a string and not blank.

    Raises:
        InputError: The file cannot be read, or a row cannot be used and `on_reject` is not given.
    """
    name = "standard input" if str(source) == "-" else str(source)
    with _open(source) as stream:
        for number, line in enumerate(stream, start=1):
            if not line.strip():
                continue
            row, reason = _parse_row(line, languages, language)
            if row is not None:
                yield row
                continue
            if on_reject is None:
                raise InputError(reason, path=name, row=number)
            on_reject(Rejection(name, number, reason))


def label_rows(
    rows: Iterable[dict[str, Any]], model: FrameModel, *, batch: int = _BATCH
) -> Iterator[dict[str, Any]]:
    """Add `frames`, `probabilities` and `speaker` to rows, in order.

    Neighbouring rows with the same `article` belong together, also across batches; a row without
    one stands alone. Fields of these three names that a row had already are replaced.

    Args:
        rows: Rows with a `text`.
        model: A trained model.
        batch: Rows scored at a time.
    """
    waiting = iter(rows)
    # As many rows are kept from one batch to the next as the model reads sentences before a unit.
    known: list[dict[str, Any]] = []
    while chunk := list(islice(waiting, batch)):
        # The last rows of the batch before are context for the first of this one.
        together = [*known, *chunk]
        articles = [
            ("article", row["article"]) if row.get("article") is not None else ("row", position)
            for position, row in enumerate(together)
        ]
        scores = model.score_units([row["text"] for row in together], articles)
        labels = label_records(scores.rows(len(known), len(together)), model.codebook)
        for row, labelled in zip(chunk, labels, strict=True):
            yield {**row, **labelled}
        known = together[len(together) - model.context :]


def _open(source: str | Path) -> Any:
    if str(source) == "-":
        stream: IO[bytes] = sys.stdin.buffer
        return nullcontext(stream)
    return open_bytes(source)


def _parse_row(
    line: bytes, languages: Sequence[str], language: str | None
) -> tuple[dict[str, Any] | None, str]:
    try:
        row = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return None, "is not UTF-8 text; save the file as UTF-8"
    except (ValueError, RecursionError) as error:
        return None, f"is not JSON ({describe_fault(error)})"
    if not isinstance(row, dict):
        return None, "is not a JSON object"
    if "text" not in row:
        return None, f"has no `text`; its keys are {', '.join(map(str, row)) or 'none'}"
    if not isinstance(row["text"], str):
        return None, f"`text` is not a text: {row['text']!r}"
    if not row["text"].strip():
        return None, "`text` is empty"
    if has_half(row["text"]):
        return None, "`text` holds half a character (a lone surrogate)"
    spoken = language or row.get("lang")
    if spoken is not None and language is None and spoken not in languages:
        listed = ", ".join(languages)
        return None, f"language {spoken!r} is not supported ({listed}); force one with --lang"
    return row, ""
