"""Labelling: rows of pre-cut units in, the same rows with labels out, in bounded memory."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import IO, Any

from framing.articles.article import Rejection
from framing.classifiers.base import FrameModel
from framing.errors import InputError
from framing.reading import describe_fault, open_bytes
from framing.results import label_records
from framing.surrogates import has_half

_BATCH = 512
_LONGEST = 16
"""Times the rows of a batch that a passage may have before it is cut."""

_Placed = tuple[dict[str, Any], tuple[str, Any]]
"""A row and its passage; equal neighbours belong together."""


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

    Neighbouring rows with the same `article` are a passage; a row without one stands alone. A
    passage is scored as a whole: labels do not depend on the batch. Only one that has more rows
    than sixteen batches is cut, and the rows before each cut are context for those after it.
    Fields of these three names that a row had already are replaced.

    Args:
        rows: Rows with a `text`.
        model: A trained model.
        batch: Rows scored at a time; more, where a passage goes on.
    """
    context: list[_Placed] = []
    for chunk, goes_on in _cut_rows(rows, batch):
        together = [*context, *chunk]
        scores = model.score_units(
            [row["text"] for row, _ in together], [passage for _, passage in together]
        )
        labels = label_records(scores.rows(len(context), len(together)), model.codebook)
        for (row, _), labelled in zip(chunk, labels, strict=True):
            yield {**row, **labelled}
        # As many rows are kept as the model reads sentences before a unit.
        context = together[max(0, len(together) - model.context) :] if goes_on else []


def _cut_rows(rows: Iterable[dict[str, Any]], batch: int) -> Iterator[tuple[list[_Placed], bool]]:
    """Batches of rows that end where a passage ends; and whether that was too far off to wait."""
    chunk: list[_Placed] = []
    length = 0
    for number, row in enumerate(rows):
        article = row.get("article")
        passage = ("article", article) if article is not None else ("row", number)
        goes_on = bool(chunk) and chunk[-1][1] == passage
        if len(chunk) >= batch and (not goes_on or length >= _LONGEST * batch):
            yield chunk, goes_on
            chunk, length = [], 0
        chunk.append((row, passage))
        length = length + 1 if goes_on else 1
    if chunk:
        yield chunk, False


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
