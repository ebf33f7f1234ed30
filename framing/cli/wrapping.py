"""Wrapping by terminal cells: words stay whole, Japanese breaks where its typesetters break it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from rich.cells import cell_len, chop_cells

# Kinsoku, by Unicode category: closing brackets, stops and the long vowel mark begin no line,
# opening brackets end none.
_NOT_FIRST = ("Pe", "Pf", "Po", "Lm")
_NOT_LAST = ("Ps", "Pi")


def wrap_cells(text: str, width: int) -> list[str]:
    """Break one line of text into lines of at most so many terminal cells.

    Args:
        text: Text without line ends.
        width: Cells a line may take, at least 2; a Korean or Japanese character takes two.

    Returns:
        At least one line.
    """
    lines = [""]
    for piece in _split_pieces(text):
        word = piece.rstrip()
        if lines[-1] and cell_len(lines[-1] + word) > width:
            lines[-1] = lines[-1].rstrip()
            lines.append("")
        if cell_len(word) > width:
            *full, rest = chop_cells(word, max(2, width))
            lines[-1:] = [*full, ""]
            piece = rest + piece[len(word) :]
        lines[-1] += piece
    lines[-1] = lines[-1].rstrip()
    return lines


def _split_pieces(text: str) -> Iterator[str]:
    piece = ""
    for character in text:
        if piece and _may_break(piece[-1], character):
            yield piece
            piece = ""
        piece += character
    if piece:
        yield piece


def _may_break(before: str, after: str) -> bool:
    if before == " ":
        return after != " "
    if after == " " or not (_is_ideographic(before) or _is_ideographic(after)):
        return False
    if unicodedata.category(after) in _NOT_FIRST or unicodedata.category(before) in _NOT_LAST:
        return False
    return "LETTER SMALL" not in unicodedata.name(after, "")


def _is_ideographic(character: str) -> bool:
    """Whether it belongs to a script written without spaces; Korean has spaces."""
    if character < "\u2e80" or "\uac00" <= character <= "\ud7a3":
        return False
    return unicodedata.east_asian_width(character) in ("W", "F")
