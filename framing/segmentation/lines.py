"""Lines: a text's paragraphs, with lines broken at a fixed width joined again."""

from __future__ import annotations

import re

BLANK = (
    "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006"
    "\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\u200b\u2060\ufeff"
)
"""White space, and the three zero-width characters that only ever stand for it."""

_BREAK = re.compile(r"\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
_LINE_END = re.compile(r"""[.!?…。！？:：;；]["'”’)\]»）」』】]*$""")
_LIST_START = re.compile(r"[-–—*•·▪■□◆◇○●▶►▷▲△▼▽☞※\[【<〈《(（]|\d{1,3}[.)]\s")

_MIN_WRAP = 40
"""A shorter line that ends mid-sentence is a title or a list entry, not a wrapped line."""
_MAX_WRAP = 100
"""Columns; mail and PDF text is wrapped at less."""
_MIN_RUN = 3
"""So many lines of one width show that a width was set."""


def find_blocks(text: str, low: int, high: int, *, wide: bool) -> list[tuple[int, int]]:
    """Find the paragraphs of text[low:high].

    Args:
        text: The whole text.
        low: First code point.
        high: One past the last code point.
        wide: Whether the text is in a script of double-width characters, which is wrapped
            at any character (Japanese) or at any word whatever its case (Korean).

    Returns:
        Spans [start, end) in order; none is blank.
    """
    runs: list[list[tuple[int, int]]] = [[]]
    at = low
    for match in _BREAK.finditer(text, low, high):
        _add_line(runs, text, at, match.start())
        at = match.end()
    _add_line(runs, text, at, high)
    blocks: list[tuple[int, int]] = []
    for run in runs:
        blocks.extend(run if len(run) < 2 else _join_wrapped(text, run, wide))
    return blocks


def _add_line(runs: list[list[tuple[int, int]]], text: str, start: int, end: int) -> None:
    """Add a line to the last run, or start a new run after a blank line."""
    if text[start:end].strip(BLANK):
        runs[-1].append((start, end))
    elif runs[-1]:
        runs.append([])


def _join_wrapped(text: str, run: list[tuple[int, int]], wide: bool) -> list[tuple[int, int]]:
    lines = [text[start:end].strip(BLANK) for start, end in run]
    fixed = _has_fixed_width(lines, wide)
    blocks = [run[0]]
    for before, after, span in zip(lines, lines[1:], run[1:], strict=False):
        if _is_wrapped(before, after, fixed, wide):
            blocks[-1] = (blocks[-1][0], span[1])
        else:
            blocks.append(span)
    return blocks


def _is_wrapped(before: str, after: str, fixed: bool, wide: bool) -> bool:
    """Whether `after` goes on with the sentence of `before`."""
    if _LINE_END.search(before[-8:]) or _LIST_START.match(after) or _LIST_START.match(before):
        return False
    if fixed:
        return True
    if wide or len(before) < _MIN_WRAP or not after[0].islower():
        return False
    # A lone lower-case word under a long line is a button, unless it ends the sentence.
    return " " in after or _LINE_END.search(after[-8:]) is not None


def _has_fixed_width(lines: list[str], wide: bool) -> bool:
    """Whether all lines but the last are of nearly one width."""
    if len(lines) < _MIN_RUN:
        return False
    widths = [len(line) * 2 if wide else len(line) for line in lines]
    widest = max(widths)
    slack = 16
    return (
        _MIN_WRAP <= widest <= _MAX_WRAP
        and all(width >= widest - slack for width in widths[:-1])
        and _LINE_END.search(lines[-1][-8:]) is not None
        and any(not _LINE_END.search(line[-8:]) for line in lines[:-1])
    )
