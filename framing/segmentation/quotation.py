"""Quotation: sentences that hold whole quotes, as Korean and Japanese ones do."""

from __future__ import annotations

import re
from collections.abc import Callable

MAX_QUOTE = 1500
"""Code points; a quote with no closing mark within them is taken as never opened."""


def find_quotes(block: str, pairs: dict[str, str], marks: re.Pattern[str]) -> list[tuple[int, int]]:
    """Find the outermost quotes and parentheses of a paragraph.

    Args:
        block: A paragraph.
        pairs: Closing mark by opening mark; a mark may close itself.
        marks: Pattern of any one mark.

    Returns:
        Spans [start, end), marks included, in order, none overlapping.
    """
    spans: list[tuple[int, int]] = []
    start, closing, depth, opening = -1, "", 0, ""
    for match in marks.finditer(block):
        mark, at = match[0], match.start()
        if start >= 0 and at - start > MAX_QUOTE:
            start = -1
        if start < 0:
            if mark in pairs and _can_open(block, at, mark == pairs[mark]):
                start, opening, closing, depth = at, mark, pairs[mark], 1
        elif mark == closing and opening == closing and _can_open(block, at, True):
            # The mark looks like an opening one: the one before it was never closed.
            if not _can_close(block, at):
                start = at
            else:
                spans.append((start, at + 1))
                start = -1
        elif mark == closing:
            depth -= 1
            if depth == 0:
                spans.append((start, at + 1))
                start = -1
        elif mark == opening:
            depth += 1
    return spans


def _can_open(block: str, at: int, straight: bool) -> bool:
    if not straight:
        return True
    if at + 1 >= len(block) or block[at + 1].isspace():
        return False
    return block[at] != "'" or at == 0 or not block[at - 1].isalnum()


def _can_close(block: str, at: int) -> bool:
    return at > 0 and not block[at - 1].isspace()


def find_ends_outside(
    block: str,
    stops: re.Pattern[str],
    spans: list[tuple[int, int]],
    end_of: Callable[[str, re.Match[str], int], int],
) -> list[int]:
    """Find where sentences end, given that one holds the quotes within it whole.

    A quote that stands alone, with nothing of the sentence around it, is split like any
    other text.

    Args:
        block: A paragraph.
        stops: Pattern of a stop with the closing marks after it.
        spans: The outermost quotes of the block.
        end_of: Given the block, a stop and the sentence's start, where the sentence that
            the stop ends does end, or -1 where it ends none.

    Returns:
        Offsets in the block, rising; the last sentence's is left out.
    """
    ends: list[int] = []
    inner: list[int] = []
    first = place = 0
    for match in stops.finditer(block):
        # A full stop right after the closing mark (…」。) closes the quote too.
        while place < len(spans) and spans[place][1] < match.start():
            place += 1
            inner.clear()
        quoted = place < len(spans) and spans[place][0] < match.start() <= spans[place][1]
        end = end_of(block, match, first)
        if quoted and match.end() < spans[place][1]:
            if end >= 0:
                inner.append(end)
            continue
        if end < 0:
            continue
        if quoted and _stands_alone(block, first, spans[place][0]):
            ends.extend(inner)
        inner.clear()
        ends.append(end)
        first = end
    closes = bool(inner) and not block[spans[place][1] :].strip()
    if closes and _stands_alone(block, first, spans[place][0]):
        ends.extend(inner)
    length = len(block.rstrip())
    return [end for end in ends if end < length]


def _stands_alone(block: str, first: int, start: int) -> bool:
    """Whether a quote is the whole sentence, but for the name of who speaks and a colon."""
    before = block[first:start].strip()
    return not before or before[-1] in ":：]】▶>＞△▲○◇◆■-"
