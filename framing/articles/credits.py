"""Credits: what a text itself says of who wrote it, whom it quotes and who owns it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile

from framing.articles.credit_lines import (
    BRACKETED,
    OPENING,
    is_photo,
    read_credit,
    read_dateline,
    strip_source,
)
from framing.articles.outlets import Outlet, OutletList, fold_name

_WHOLE = 200_000  # characters up to which a text is read whole
_HALF = _WHOLE // 2
_CREDIT_LINE = 60  # characters
_HEAD_LINES = 12
_TAIL_LINES = 30
_PROSE, _CJK_PROSE = 80, 40  # characters from which a line is a paragraph
_PROSE_ENDS = (*".?!。”\"’')）」』:：…",)
_SENTENCE_ENDS = (*".。?？!！,、:：",)
_DASH = re.compile(r"\s*(?:--|[-–—―_=:：])")

# PLACE, July 12 (AGENCY) --
_LATIN = re.compile(
    r"(?P<place>[A-ZÀ-Þ][^\n()（）]{1,60}?)\s?[(（](?P<credit>[^\n()（）]{2,40})[)）]\.?"
    r"(?P<dash>\s*(?:--|[-–—―_=:：]))?"
)
# PLACE, July 12. /AGENCY/.
_SLASHED = re.compile(r"(?P<place>[A-Z][^\n/]{1,60}?)\s?/(?P<credit>[A-Za-z]{2,12})/(?P<dash>[. ])")
# PLACE, July 12, Kyodo -
_PLAIN = re.compile(
    r"(?P<place>[A-Z][A-Z' .-]{2,30}),\s[A-Z][a-z]{2,8}\.?\s\d{1,2},?\s"
    r"(?P<credit>[A-Z][A-Za-z]{2,20})\s?(?P<dash>--|[-–—:])"
)
_PLACE_WORD = re.compile(
    r"[A-ZÀ-Þ][\w.'’/-]*,?|[\d.,/]+|(?:and|de|la|le|del|da)\b|[a-zà-ÿ]{3,5}[.,]?"
)
_INLINE = re.compile(
    r"[(（\[［【〔]([^\n()（）\[\]［］【】〔〕]{2,30}[=＝][^\n()（）\[\]［］【】〔〕=＝]{2,30})[)）\]］】〕]"
)
_INLINE_REACH = 1_500  # characters from the start in which such a bracket is a dateline
_TRAILING = re.compile(
    r"[(（\[［【〔<〈]\s*([^\n()（）\[\]［］【】〔〕<>〈〉]{2,40})\s*[)）\]］】〕>〉]\s*[.。]?$"
)
_TRAILING_SLASH = re.compile(r"[.。]\s*[/／]\s*([^\s/]{2,20})$")

# Parts of words, so that no text has to be folded to find them.
_STATEMENTS = (
    "opyright",
    "OPYRIGHT",
    "저작권",
    "무단",
    "無断",
    "著作権",
    "ights reserved",
    "IGHTS RESERVED",
)
_MARKS = ("ⓒ", "©", "Ⓒ", "(c)", "(C)", *_STATEMENTS)
_MARK_SYMBOL = re.compile(r"[ⓒ©Ⓒ]|\(c\)|copyrights?|저작권자?|著作権者?", re.IGNORECASE)
_NOT_OWNER = re.compile(
    r"^[\s\d,.:：\-–~ⓒ©Ⓒ()]*(?:(?:copyrights?|by|the year|19\d\d|20\d\d|년|年|㈜|\(주\)|주식회사)"
    r"[\s\d,.:：\-–~ⓒ©Ⓒ()]*)*", re.IGNORECASE,
)  # fmt: skip
_OWNER_END = re.compile(
    r"[,.，、。;|<>〈〉()（）\[\]［］&·\n]|\s[-–—/]\s|무단|無断|all rights|재배포|Co\b|Inc\b|Ltd\b",
    re.IGNORECASE,
)
_DOMAIN_IN_TEXT = re.compile(
    r"(?<![@\w.-])[a-z0-9-]{1,40}(?:\.[a-z0-9-]{2,30}){1,3}\b", re.IGNORECASE
)
_COPYRIGHT_LINE = 300  # characters
_BYLINE = re.compile(  # [OUTLET NAME 기자]
    r"[\[【［](?P<name>[^\[\]【】［］=＝|ㅣ\n]{2,20}?)\s*[=＝|ㅣ\s]\s*[가-힣 ·,]{2,25}"
    r"(?:기자|특파원|논설위원)[\]】］]"
)
_COMPANY = re.compile(
    r"\s+(?:company|corporation|corp|group|media|limited|llc|publishing)$", re.IGNORECASE
)

# What authors write around an article they repeat.
_REPEATS = re.compile(
    r"read (?:more|the rest|it all|the (?:full|whole))|(?:at|follow|click) th(?:e|is) link"
    r"|the following (?:article|report|story|piece|from|is from)|pass on the following|reproduc"
    r"|excerpt|end of the (?:report|article|story|quote|excerpt)|repost|cross-?post|hat tip"
    r"|this blog\b|my (?:own )?(?:two cents|take|thoughts|comment)"
    r"|옮겨|옮긴|퍼왔|퍼온|퍼옴|펌글|전문을|기사 전문|원문|블로그|제 생각|내 생각|기사는 여기까지"
    r"|転載|引用します|引用する|以下(?:は|が|の)?[^。]{0,12}(?:記事|報道)|全文|ブログ|リンク先|元記事|引用ここまで",
    re.IGNORECASE,
)
_WHOLLY_QUOTED = re.compile(
    r'"[^"]{20,}"|“[^“”]{20,}”|「[^「」]{20,}」|『[^『』]{20,}』|«[^«»]{20,}»'
)
_QUOTED_AT_LENGTH = 3  # paragraphs
_INTRODUCTION = 20  # characters; a shorter line before a colon is a label
_BLOCK_LENGTH = 250  # characters of quoted lines that are a block of their own


@dataclass(frozen=True, slots=True)
class Credits:
    """What a text says of its origin."""

    agencies: tuple[str, ...] = ()
    """Agencies credited, in order."""
    quoted: tuple[str, ...] = ()
    """Listed outlets whose article is quoted at length."""
    owner: Outlet | None = None
    """The publisher that a copyright line or a reporter's byline names."""


def read_credits(text: str, outlets: OutletList) -> Credits:
    """Read a text's datelines, credit lines and copyright lines.

    Mentions in sentences and credits of pictures do not count. Of a text beyond 200,000
    characters the first and the last 100,000 are read.
    """
    if len(text) > _WHOLE:
        text = f"{text[:_HALF]}\n{text[-_HALF:]}"
    return _Reader(text, outlets).read()


class _Reader:
    """One pass over the lines of one text."""

    def __init__(self, text: str, outlets: OutletList) -> None:
        self.text = text
        self.outlets = outlets
        self.lines = [line for raw in text.split("\n") if (line := raw.strip())]
        self.marked = _has(text, _MARKS)
        self.prose = [i for i, line in enumerate(self.lines) if self._is_prose(line)]
        self.found: list[tuple[int, str]] = []
        self.quoted: list[str] = []

    def read(self) -> Credits:
        for index, line in enumerate(self.lines):
            if len(line) <= _CREDIT_LINE and self._read_own_line(index, line):
                continue
            if line[0] in OPENING:
                self._read_bracket_dateline(index, line)
            elif "A" <= line[0] <= "Þ":
                self._read_latin_dateline(index, line)
        self._read_inline_datelines()
        self._read_last_lines()
        owner = self._read_owner() or self._read_byline()
        self.found.sort(key=lambda pair: pair[0])
        agencies = dict.fromkeys(name for _, name in self.found)
        return Credits(tuple(agencies), tuple(dict.fromkeys(self.quoted)), owner)

    def _add(self, index: int, names: Iterable[str]) -> None:
        self.found += [(index, name) for name in names]

    def _read_own_line(self, index: int, line: str) -> bool:
        """Read a line that is nothing but a credit."""
        if line.endswith(_SENTENCE_ENDS) or line.count(" ") > 7:
            return False
        agencies, publisher = _read_short_line(line, self.outlets)
        self._add(index, agencies)
        names = agencies or publisher
        if names and self._ends_quotation(index, bracketed=line[0] in OPENING):
            self.quoted += [name for name in names if self.outlets.find_by_name(name)]
        return bool(names)

    def _read_bracket_dateline(self, index: int, line: str) -> None:
        bracket = BRACKETED.match(line)
        if not bracket:
            return
        inside, rest = bracket[1], line[bracket.end() :]
        agency = self.outlets.find_agency(fold_name(inside))
        # A bare (AP) may begin a picture's caption: it takes a dash to be a dateline.
        if agency and (line[0] not in "(（<{" or _DASH.match(rest)):
            names: tuple[str, ...] = (agency.name,)
        else:
            names = read_dateline(inside, self.outlets, tight=line[0] in "【〔")
        self._add_dateline(index, names)

    def _read_latin_dateline(self, index: int, line: str) -> None:
        head = line[:130]
        match = (
            (_LATIN.match(head) if "(" in head or "（" in head else None)
            or (_SLASHED.match(head) if "/" in head else None)
            or (_PLAIN.match(head) if "," in head else None)
        )
        if not match or not _is_place(match["place"], dashed=match["dash"] is not None):
            return
        names = [agency.name for agency in read_credit(match["credit"], self.outlets)]
        self._add_dateline(index, names)

    def _add_dateline(self, index: int, names: Sequence[str]) -> None:
        self._add(index, names)
        before = [self.lines[i] for i in self.prose if i < index]
        if names and any(_REPEATS.search(line[:1_000]) for line in before[:20]):
            # An author introduced the article that begins here.
            self.quoted += [name for name in names if self.outlets.find_by_name(name)]

    def _read_inline_datelines(self) -> None:
        """Read `(서울=연합뉴스)` after a headline or a byline on the same line."""
        head = self.text[:_INLINE_REACH]
        if "=" not in head and "＝" not in head:
            return
        for match in _INLINE.finditer(head):
            names = read_dateline(match[1], self.outlets, tight=False)
            if names:
                self._add(_count_lines(head[: match.start()]), names)

    def _read_last_lines(self) -> None:
        """Read the credit that closes the last paragraph or a short line after it."""
        last = self.prose[-1] if self.prose else 0
        for index in range(max(last, len(self.lines) - 40), len(self.lines)):
            line = self.lines[index]
            match = _TRAILING.search(line[-60:]) or _TRAILING_SLASH.search(line[-30:])
            if not match or match.end() - match.start() == len(line) or is_photo(match[1]):
                continue
            agencies = read_credit(match[1], self.outlets)
            names = tuple(agency.name for agency in agencies)
            if not names and match.re is _TRAILING and len(match[1].split()) > 1:
                names = read_dateline(match[1], self.outlets, tight=False)
            self._add(index, names)

    def _ends_quotation(self, index: int, *, bracketed: bool) -> bool:
        """Whether the credit on a line closes an article repeated inside an author's own text."""
        if self._follows_block(index):
            return True
        before = [i for i in self.prose if i < index]
        after = [i for i in self.prose if i > index]
        if bracketed or len(before) < _QUOTED_AT_LENGTH or not after:
            return False
        intro = self.lines[max(before[0] - 2, 0) : before[2] + 1]
        if any(len(line) >= _INTRODUCTION and line.endswith((":", "：")) for line in intro):
            return True
        own = [self.lines[i][:1_000] for i in (*before[:2], *after[:5])]
        return any(map(_REPEATS.search, own))

    def _follows_block(self, index: int) -> bool:
        lines = self.lines[max(index - 40, 0) : index][::-1]
        marked = list(takewhile(lambda line: line.startswith((">", "|")), lines))
        if len(marked) > 1 or sum(map(len, marked)) >= _BLOCK_LENGTH:
            return True
        if not self.prose or index > self.prose[-1]:
            return False  # paragraphs of direct speech may end any article
        return sum(map(len, takewhile(_WHOLLY_QUOTED.fullmatch, lines))) >= _BLOCK_LENGTH

    def _read_owner(self) -> Outlet | None:
        owners: dict[str, Outlet] = {}
        for index, line in enumerate(self.lines if self.marked else ()):
            if len(line) > _COPYRIGHT_LINE or not _has(line, _MARKS) or is_photo(line):
                continue
            owner = _read_owner_line(line, self.outlets)
            if owner is None:
                continue
            if owner.agency:
                self._add(index, (owner.name,))
            if self._is_at_edge(index) and (not owner.agency or _has(line, _STATEMENTS)):
                owners[owner.id] = owner
        publishers = [o for o in owners.values() if not o.agency] or list(owners.values())
        return publishers[0] if len(publishers) == 1 else None

    def _is_at_edge(self, index: int) -> bool:
        """Whether a line stands before or after all paragraphs, not before an author's own."""
        if not self.prose or index < self.prose[0]:
            return True
        return index > self.prose[-1] and index >= len(self.lines) - _TAIL_LINES

    def _read_byline(self) -> Outlet | None:
        for line in self.lines[:_HEAD_LINES]:
            if "기자" not in line[:80] and "특파원" not in line[:80] and "위원" not in line[:80]:
                continue
            match = _BYLINE.match(line)
            outlet = self.outlets.find_by_key(fold_name(match["name"])) if match else None
            if outlet and not outlet.agency:
                return outlet
        return None

    def _is_prose(self, line: str) -> bool:
        size = len(line)
        if size < _CJK_PROSE or not line.endswith(_PROSE_ENDS):
            return False
        if size < _PROSE and max(line[:8]) < "\u3000":
            return False
        return not self.marked or size > _COPYRIGHT_LINE or not _has(line, _MARKS)


@lru_cache(maxsize=4096)  # menus and credits repeat from article to article
def _read_short_line(line: str, outlets: OutletList) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of the agencies, else of the publisher, that are all there is on a line."""
    bracket = BRACKETED.fullmatch(line)
    inside = bracket[1] if bracket else line
    agencies = tuple(agency.name for agency in read_credit(inside, outlets))
    if not agencies and bracket:
        agencies = read_dateline(inside, outlets, tight=line[0] == "【")
    if agencies or is_photo(line):
        return agencies, ()
    publisher = outlets.find_by_key(fold_name(strip_source(inside)))
    named = publisher is not None and not publisher.agency and publisher.kind != "government"
    return (), (publisher.name,) if publisher and named else ()


def _has(text: str, marks: Iterable[str]) -> bool:
    return any(mark in text for mark in marks)


def _is_place(text: str, *, dashed: bool) -> bool:
    words = text.split()
    if len(words) > 8 or not all(_PLACE_WORD.fullmatch(word) for word in words):
        return False
    return (dashed or words[0].isupper()) and not is_photo(text)


def _count_lines(text: str) -> int:
    return sum(1 for line in text.split("\n")[:-1] if line.strip())


def _read_owner_line(line: str, outlets: OutletList) -> Outlet | None:
    """Owner in a copyright line: the name after the mark, before the prohibition, or its domain."""
    marks = list(_MARK_SYMBOL.finditer(line))
    rests = [line[mark.end() :] for mark in marks] or [line]
    for rest in rests:
        owner = _read_owner_name(rest, outlets)
        if owner:
            return owner
    domains = (outlets.find_by_url(found[0]) for found in _DOMAIN_IN_TEXT.finditer(line))
    named = {outlet.id: outlet for outlet in domains if outlet}
    return next(iter(named.values())) if len(named) == 1 else None


def _read_owner_name(text: str, outlets: OutletList) -> Outlet | None:
    text = _NOT_OWNER.sub("", text, count=1)
    end = _OWNER_END.search(text)
    name = _COMPANY.sub("", (text[: end.start()] if end else text)[:100].strip())
    outlet = outlets.find_by_name(name)
    # Korean owners put a motto before their name; English words before one say something else.
    while outlet is None and " " in name and not name.isascii():
        name = name.partition(" ")[2].strip()
        outlet = outlets.find_by_name(name)
    return outlet
