"""Splitting: a text, less what was removed from it, into units in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from framing.segmentation import english, japanese, korean
from framing.segmentation.lines import BLANK, find_blocks
from framing.segmentation.unit import Unit

_FINDERS: dict[str, Callable[[str], list[int]]] = {
    "en": english.find_ends,
    "ja": japanese.find_ends,
    "ko": korean.find_ends,
}

_STRAY_LENGTH = 8


def split_units(text: str, language: str, *, removed: Sequence[tuple[int, int]] = ()) -> list[Unit]:
    """Split a text into units.

    Units are in order, never overlap, are never empty and carry no white space at either
    end; together they cover everything but white space (zero-width spaces and byte order
    marks count as such) and the removed spans. A line break ends a unit, but for lines
    broken at a fixed width in the middle of a sentence.

    Args:
        text: Any text; it is never altered.
        language: ISO 639-1 code, or a longer tag that begins with one (`en-GB`); any
            language but `en`, `ja` and `ko` is split by the English rules.
        removed: Spans [start, end) in code points that belong to no unit, such as page
            furniture; each ends the unit before it.

    Returns:
        Units whose offsets count code points: `text[u.start:u.end] == u.text`.
    """
    find_ends = _FINDERS.get(language[:2].lower(), english.find_ends)
    wide = find_ends is not english.find_ends
    units: list[Unit] = []
    for low, high in _kept_spans(len(text), removed):
        for start, end in find_blocks(text, low, high, wide=wide):
            block = text[start:end]
            ends = find_ends(block)
            if ends and not _says_something(block[ends[-1] :]):
                ends.pop()
            at = 0
            for stop in [*ends, len(block)]:
                _append(units, start + at, block[at:stop])
                at = stop
    return units


def _append(units: list[Unit], start: int, piece: str) -> None:
    body = piece.lstrip(BLANK)
    start += len(piece) - len(body)
    body = body.rstrip(BLANK)
    if body:
        units.append(Unit(len(units), start, start + len(body), body))


def _says_something(piece: str) -> bool:
    """Whether a paragraph's last piece is more than a stray mark, such as a lone quote mark."""
    return len(piece) > _STRAY_LENGTH or any(map(str.isalnum, piece))


def _kept_spans(length: int, removed: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """What is left of [0, length) once the removed spans, in any order, are cut out."""
    kept = []
    at = 0
    for start, end in sorted(removed):
        if start > at:
            kept.append((at, min(start, length)))
        at = max(at, end)
    if at < length:
        kept.append((at, length))
    return kept
