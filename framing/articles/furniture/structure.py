"""Structure: furniture that shows by its place among the lines, not by its words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_CLOSERS = "\"'”’»)]）」』】〉>"
_STOPS = (".", "!", "?", "…", "。", "！", "？", "．", "｡", ":", "：")
_FULL_STOPS = (".", "。", "．", "｡", "!", "！", ":", "：")
"""What no title in a page's list ends with, though one may end with a verb or in a question."""
_CLAUSE_END = re.compile(r"(?:니다|[가-힣]다|까요?|어요|지요|네요|죠)$")
_BULLET = re.compile(r"[-–—•*▽▼△▲◇◆○●■□▪·]|\(?\d{1,2}[.)）]\s")
_CREDITED = re.compile(
    r".{20,400}[.!?。]\s?\((?:[A-Z][\w.]*(?:[ /,-]{1,2}[A-Z][\w.]*){0,3}|"
    r"[가-힣]{2,6}(?:뉴스|통신))\)"
)
_NAMES = re.compile(
    r"[A-Z][\w.’'-]+ [A-Z][\w.’'-]+(?:(?:, | and | & )[A-Z][\w.’'-]+ [A-Z][\w.’'-]+){0,4}"
    r"|[가-힣]{3}|[一-龥々]{1,3}[\s　]?[一-龥々ぁ-ん]{1,3}"
)
_HEAD_RULES = ("timestamp", "byline")
_HEAD_LINES = 7
_SUFFIX = re.compile(r"\s[|｜–—-]\s[^|｜]{2,40}$")
_MARKS = re.compile(r"[\W_]+")

_CLAUSE_LENGTH = 8
_LONGEST_TITLE = 100
_LONGEST_WIDE_TITLE = 48
_SHORTEST_PROSE = 40
_SHORTEST_WIDE_PROSE = 20
_SHORTEST_PREFIX = 20
_SHORTEST_WIDE_PREFIX = 8
"""Code points of a caption's beginning that stands before the caption itself."""
_LONGEST_LIST = 12
"""Titles taken after a heading in the midst of an article."""
_SHORTEST_RUN = 3
"""Title-like lines below the last sentence that make a page's list without a heading."""
_CAPTION_PLACE = 4
"""A caption with nothing but an agency in parentheses stands among the first lines."""
_MENU_LENGTH = 30


@dataclass(slots=True)
class Line:
    """One line of a page that is not blank."""

    start: int
    end: int
    text: str
    after_blank: bool
    rule: str | None = None
    heads_list: bool = False
    """Whether it is a heading over a list of links."""

    body: str = field(init=False)
    """The text without the furniture at its end."""
    wide: bool = field(init=False)
    """Whether it is in a script of double-width characters."""
    ends_sentence: bool = field(init=False)
    """Whether it ends as a sentence does."""
    is_prose: bool = field(init=False)
    """Whether it is part of a running text."""

    def __post_init__(self) -> None:
        self.end_at(len(self.text))

    @property
    def is_title_like(self) -> bool:
        """Whether it could be the title of another article."""
        longest = _LONGEST_WIDE_TITLE if self.wide else _LONGEST_TITLE
        return len(self.body) <= longest and not self.ends_sentence

    @property
    def may_be_title(self) -> bool:
        """Whether it could be a title where titles are expected."""
        longest = _LONGEST_WIDE_TITLE if self.wide else _LONGEST_TITLE
        return len(self.body) <= longest and not self.body.endswith(_FULL_STOPS)

    def end_at(self, length: int) -> None:
        """Judge the line by its first `length` code points: the rest is a byline or a claim."""
        self.body = self.text[:length].rstrip()
        start = self.body[:_LONGEST_TITLE]
        self.wide = 2 * len(start.encode("utf-8", "replace")) > 3 * len(start)
        body = self.body[-_CLAUSE_LENGTH:].rstrip(_CLOSERS)
        self.ends_sentence = body.endswith(_STOPS) or (
            self.wide and _CLAUSE_END.search(body) is not None
        )
        shortest = _SHORTEST_WIDE_PROSE if self.wide else _SHORTEST_PROSE
        if self.body.endswith((".", "。")):
            shortest //= 2
        self.is_prose = len(self.text) > 2 * _LONGEST_TITLE or (
            self.ends_sentence and len(self.body) >= shortest
        )


def mark_by_place(lines: list[Line], headline: str | None) -> None:
    """Mark the lines whose place makes them furniture, after the rules of words.

    Args:
        lines: The page's lines, marked by the rules of words; marked further in place.
        headline: The headline where it is known.
    """
    first = _find_headline(lines, headline)
    if first is None:
        return
    lines[first].rule = None
    if headline:
        _mark_menu(lines[:first])
    _mark_repeats(lines, first)
    _mark_names(lines, first)
    _mark_credited_caption(lines, first)
    _mark_caption_copies(lines, first)
    _mark_lists(lines, first)


def _find_headline(lines: list[Line], headline: str | None) -> int | None:
    wanted = _key(headline) if headline else ""
    if wanted:
        for place, line in enumerate(lines):
            if _key(line.text) == wanted:
                return place
    for place, line in enumerate(lines):
        # "Watch: Justice ministry says ..." points elsewhere, unless nothing stands before it.
        if line.rule is None or (line.rule == "related-link" and not line.heads_list):
            return place
    return None


def _key(text: str) -> str:
    """A line as compared: letters and digits only, without an outlet's name after a bar."""
    return _MARKS.sub("", _SUFFIX.sub("", text[:400])).casefold()


def _mark_menu(lines: list[Line]) -> None:
    """Short lines before a known headline lead elsewhere."""
    for line in lines:
        if line.rule is None and len(line.text) <= _MENU_LENGTH and not line.ends_sentence:
            line.rule = "menu"


def _mark_repeats(lines: list[Line], first: int) -> None:
    key = _key(lines[first].text)
    if not key:
        return
    size = len(lines[first].text) + 44
    for line in lines[first + 1 :]:
        if line.rule is None and len(line.text) <= size and _key(line.text) == key:
            line.rule = "repeated-headline"


def _mark_names(lines: list[Line], first: int) -> None:
    """A bare name beside a time or a byline, above the first sentence."""
    for place in range(first + 1, min(len(lines), first + _HEAD_LINES)):
        line = lines[place]
        if line.rule is None:
            if line.is_prose:
                return
            around = (lines[place - 1], lines[min(place + 1, len(lines) - 1)])
            if any(near.rule in _HEAD_RULES for near in around) and _NAMES.fullmatch(line.text):
                line.rule = "byline"


def _mark_credited_caption(lines: list[Line], first: int) -> None:
    """A sentence with an agency after it, at the top, where an article's credit never is."""
    kept = [line for line in lines[first + 1 :] if line.rule is None]
    for place, line in enumerate(kept[:_CAPTION_PLACE]):
        below = sum(other.is_prose for other in kept[place + 1 : place + 12])
        if below >= _SHORTEST_RUN and _CREDITED.fullmatch(line.text):
            line.rule = "photo-caption"
            return


def _mark_caption_copies(lines: list[Line], first: int) -> None:
    """A caption without its credit, whole or cut off, beside the caption with it."""
    for place, line in enumerate(lines):
        if line.rule != "photo-caption":
            continue
        for near in (place - 1, place + 1):
            if first < near < len(lines) and lines[near].rule is None:
                copy = lines[near].text.rstrip(" .…")
                if len(copy) >= (
                    _SHORTEST_WIDE_PREFIX if line.wide else _SHORTEST_PREFIX
                ) and line.text.startswith(copy):
                    lines[near].rule = "photo-caption"


def _mark_lists(lines: list[Line], first: int) -> None:
    body = [place for place, line in enumerate(lines) if line.rule is None and line.is_prose]
    if not body or body[-1] == first:
        return
    # Above the first sentence "Latest" is a menu entry, and what follows it may be the headline.
    top = next(place for place in body if place != first)
    for place in range(top + 1, len(lines)):
        if lines[place].heads_list and lines[place].rule is not None:
            _mark_titles_after(lines, place, bottom=place > body[-1])
    _mark_bottom(lines, body[-1])


def _mark_titles_after(lines: list[Line], place: int, *, bottom: bool) -> None:
    for count, line in enumerate(lines[place + 1 :]):
        if not bottom and (line.after_blank or count >= _LONGEST_LIST):
            return
        if line.rule is None:
            if not line.is_title_like and not (bottom and line.may_be_title):
                return
            line.rule = "page-list"


def _mark_bottom(lines: list[Line], last: int) -> None:
    """Title-like lines below the last sentence: after other furniture, or enough of them."""
    below = lines[last + 1 :]
    if lines[last].text.endswith((":", "：")):
        return
    furniture = 0
    loose = []
    for line in below:
        if line.rule is not None:
            furniture += 1
        elif line.is_title_like and not _BULLET.match(line.text):
            if furniture > 1:
                line.rule = "page-list"
            else:
                loose.append(line)
        else:
            return
    if len(loose) >= _SHORTEST_RUN:
        for line in loose:
            line.rule = "page-list"
