"""Joining: codes of text that may not be passed on, attached to a reader's own copies by digest."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from framing.coding.codes import Code, digest_text

if TYPE_CHECKING:
    from framing.articles.article import Article

_MOST_HASHES = 5_000_000
"""Windows hashed in search of the moved units of one copy: more would take minutes."""


@dataclass(frozen=True)
class Drift:
    """A code that could not be attached."""

    code: Code
    reason: str
    hint: str


@dataclass(frozen=True)
class Joined:
    """Codes with their text, and those that found none."""

    codes: list[Code]
    """Attached codes, in the order given; offsets are those of the copy."""
    texts: list[str]
    """Text of each attached code."""
    moved: list[tuple[Code, Code]]
    """Codes whose unit stands elsewhere, or under another name, in the copy: before and after."""
    drift: list[Drift] = field(default_factory=list)


def attach_texts(codes: Sequence[Code], articles: Iterable[Article]) -> Joined:
    """Attach codes to copies of their articles.

    A code fits where the text of its offsets has its digest. A copy under another name is found by
    the digests of its units; a unit that moved, because the copy has a line more or less before it,
    is found by its digest too. Text that was changed in any character is drift, never guessed at.

    Args:
        codes: Codes of any number of coders; furniture rows come along.
        articles: The copies.
    """
    copies = {article.name: article.text for article in articles}
    by_article: dict[str, list[Code]] = defaultdict(list)
    for code in codes:
        by_article[code.article].append(code)
    chosen = {name: _find_copy(name, group, copies) for name, group in by_article.items()}
    joined = Joined([], [], [])
    finders: dict[str, _Finder] = {}
    for code in codes:
        copy = chosen[code.article]
        if copy is None:
            joined.drift.append(
                Drift(code, f"no copy of {code.article!r} among the texts", "add it to the folder")
            )
            continue
        finder = finders.setdefault(code.article, _Finder(copies[copy]))
        start = finder.find(code)
        if start is None:
            joined.drift.append(_explain(code, copy, copies[copy]))
            continue
        here = replace(code, article=copy, start=start, end=start + code.end - code.start)
        if here != code:
            joined.moved.append((code, here))
        joined.codes.append(here)
        joined.texts.append(copies[copy][here.start : here.end])
    return joined


class _Finder:
    """Finds the units of one text by digest, nearest to where they are expected."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._shift = 0
        self._left = _MOST_HASHES

    def find(self, code: Code) -> int | None:
        """Where a unit starts in this text, None where it does not occur."""
        length = code.end - code.start
        for start in (code.start, code.start + self._shift):
            if start >= 0 and digest_text(self._text[start : start + length]) == code.sha1:
                return start
        expected = code.start + self._shift
        starts = range(max(0, len(self._text) - length + 1))
        if len(starts) > self._left:
            return None
        for start in sorted(starts, key=lambda s: abs(s - expected)):
            self._left -= 1
            if digest_text(self._text[start : start + length]) == code.sha1:
                self._shift = start - code.start
                return start
        return None


def _fits(code: Code, text: str) -> bool:
    return digest_text(text[code.start : code.end]) == code.sha1


def _find_copy(name: str, codes: Sequence[Code], copies: dict[str, str]) -> str | None:
    """The copy with the name; else the one that most units fit as they stand, if any does."""
    if name in copies:
        return name
    fitting = {
        other: sum(_fits(code, text) for code in codes) for other, text in sorted(copies.items())
    }
    best = max(fitting, key=lambda other: fitting[other], default=None)
    return best if best is not None and fitting[best] else None


def _explain(code: Code, copy: str, text: str) -> Drift:
    """Why a unit is not in its copy, as far as that can be told without the text it had."""
    place = f"{copy} at {code.start}-{code.end}"
    normal = unicodedata.normalize("NFC", text)
    if normal != text and _Finder(normal).find(code) is not None:
        return Drift(
            code,
            f"{place}: the copy writes letters in parts (not NFC), the coded text did not",
            "save the copy in Unicode normal form C",
        )
    if code.start >= len(text):
        return Drift(
            code, f"{place}: the copy ends at {len(text)}", "use a copy of the whole article"
        )
    return Drift(code, f"{place}: the text has changed", "use the version that was coded")
