"""The finder: which lines of a page, and which ends of lines, are furniture, and by what rule."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from framing.articles.furniture import english_rules, japanese_rules, korean_rules, shared_rules
from framing.articles.furniture.structure import Line, mark_by_place

_TABLES = {"en": english_rules, "ja": japanese_rules, "ko": korean_rules}

_BLANK = (
    " \t\r\x0b\x0c\x1c\x1d\x1e\x1f\x85\xa0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008"
    "\u2009\u200a\u2028\u2029\u202f\u205f\u3000\u200b\u2060\ufeff"
)
_LONGEST_RULE_LINE = 320
"""A longer line is never furniture as a whole, captions apart."""
_LONGEST_CAPTION = 700
_CREDIT_REACH = 130
"""How far from a line's end a caption's credit or a byline may begin."""


# What furniture that ends like a sentence begins with, or holds. Nearly every line of an
# article is such a line and has none of it, which is what makes the rules cheap.
_OPENING_QUOTES = "“‘\"'「『"
_PROSE_STARTS = (
    *("read", "also", "relat", "see ", "watch", "listen", "more ", "recomm", "must", "subscr"),
    *("sign", "get ", "down", "join", "follow", "supp", "become", "alread", "this art"),
    *("this stor", "this rep", "share", "like us", "comm", "send", "report ", "contact"),
    *("got a", "have", "was this", "scroll", "click", "story", "article", "copyr", "sourc"),
    *("photo", "image", "file", "in this", "ap ", "afp ", "reut", "add", "by ", "edit"),
    *("compil", "transl", "publ", "post", "updat", "last", "first", "tip us", "사진", "그래픽"),
    *("자료", "출처", "취재", "로그인", "이 기사", "이기사", "첫 댓글", "첫댓글", "제보"),
    *("입력", "수정", "저작권", "写真", "画像", "続き", "全文", "この記事", "記事", "ご意見"),
    *("意見", "お問", "情報", "読者", "アン", "出典", "文", "取材", "撮影", "聞き手", "著作権"),
)
_CAPTION_WORDS = (
    *("hoto", "mage", "icture", "pic", "ile", "Handout", "handout", "creenshot", "ourtesy"),
    *("Getty", "raphic", "llustration", "| ", "사진", "제공", "자료", "캡처", "캡쳐"),
    *("그래픽", "촬영", "/", "ⓒ", "©", "写真", "撮影", "提供", "画像", "資料", "ロイター"),
    *("ゲッティ", "＝", "ＡＰ", "ＡＦＰ"),
)
_CREDIT_CLOSERS = (")", "]")
_PROSE_WORDS = (
    *("reserved", "Reserved", "RESERVED", "전재", "재배포", "転載", "複製", "제보", "구독"),
    *("뉴스레터", "会員", "登録", "はこちら", "メルマガ", "残り", "アプリ", "購読"),
    *("プッシュ", "ログイン", "오류", "고충", "독자", "보러", "바로가기"),
)


@dataclass(frozen=True, slots=True)
class Removal:
    """A part of a text that is furniture; `text[start:end] == removal.text` always."""

    start: int
    """First code point."""
    end: int
    """One past the last code point."""
    rule: str
    """Name of the rule that found it."""
    text: str


@dataclass(frozen=True, slots=True)
class _Matchers:
    """The compiled rules, in the order in which they are tried."""

    lines: re.Pattern[str]
    line_rules: tuple[tuple[str, bool], ...]
    tails: tuple[tuple[str, re.Pattern[str]], ...]
    caption: re.Pattern[str]


def find_furniture(text: str, language: str, *, headline: str | None = None) -> list[Removal]:
    """Find the furniture of a pasted page: menus, bylines, captions, links, credits, lists.

    Nothing is removed here; the caller sees every part with the rule that found it. The
    headline is never furniture where it first stands.

    Args:
        text: The page's text, lines ended by LF.
        language: ISO 639-1 code of the article's language; its rules are tried before those
            of the other languages, which are tried too, since pages mix them.
        headline: The headline where it is known; otherwise the first line that no rule takes.

    Returns:
        Parts in order, none overlapping, none empty.
    """
    code = language[:2].lower()
    matchers = _matchers(code if code in _TABLES else "en")
    lines = _read_lines(text)
    tails: dict[int, list[Removal]] = {}
    for line in lines:
        _mark_by_pattern(line, matchers)
        if line.rule is None:
            found = _find_tails(line, matchers)
            if found:
                tails[line.start] = found
                line.end_at(found[0].start - line.start)
    mark_by_place(lines, headline)
    removals = []
    for line in lines:
        if line.rule is not None:
            removals.append(Removal(line.start, line.end, line.rule, line.text))
        else:
            removals.extend(tails.get(line.start, ()))
    return removals


def _read_lines(text: str) -> list[Line]:
    """The lines that are not blank, without the white space at their ends."""
    lines = []
    at = 0
    blank = False
    for raw in text.split("\n"):
        body = raw.lstrip(_BLANK)
        start = at + len(raw) - len(body)
        body = body.rstrip(_BLANK)
        if body:
            lines.append(Line(start, start + len(body), body, blank))
        blank = not body
        at += len(raw) + 1
    return lines


def _mark_by_pattern(line: Line, matchers: _Matchers) -> None:
    if len(line.text) > _LONGEST_CAPTION:
        return
    if len(line.text) <= _LONGEST_RULE_LINE and (not line.is_prose or _has_sign(line.text)):
        match = matchers.lines.fullmatch(line.text)
        if match:
            line.rule, line.heads_list = matchers.line_rules[int(match.lastgroup[1:])]  # type: ignore[index]
            return
    tail = line.text[-_CREDIT_REACH:]
    # No caption's credit ends in a full stop, but for one in parentheses.
    if tail[-1] in ".。" and tail[-2:-1] not in _CREDIT_CLOSERS:
        return
    if any(word in tail for word in _CAPTION_WORDS) and matchers.caption.search(tail):
        line.rule = "photo-caption"


def _has_sign(text: str) -> bool:
    """Whether a line that ends as a sentence does could be furniture all the same."""
    if not text[0].isalnum() and text[0] not in _OPENING_QUOTES:
        return True
    return text[:12].lower().startswith(_PROSE_STARTS) or any(word in text for word in _PROSE_WORDS)


def _find_tails(line: Line, matchers: _Matchers) -> list[Removal]:
    """The furniture at a line's end, the last part first found, in order."""
    found: list[Removal] = []
    end = len(line.text)
    # A claim of rights may follow an address, which may follow a name.
    for _ in range(3):
        part = _find_tail(line.text, end, matchers)
        if part is None:
            break
        rule, start = part
        body = line.text[start:end]
        start += len(body) - len(body.lstrip(_BLANK))
        found.append(Removal(line.start + start, line.start + end, rule, line.text[start:end]))
        end = len(line.text[:start].rstrip(_BLANK))
    return found[::-1]


def _find_tail(text: str, end: int, matchers: _Matchers) -> tuple[str, int] | None:
    low = max(0, end - _CREDIT_REACH)
    reach = text[low:end]
    if not reach or not _may_have_tail(reach):
        return None
    for rule, pattern in matchers.tails:
        match = pattern.search(reach)
        if match and low + match.start() > 0:
            return rule, low + match.start()
    return None


_TAIL_WORDS = ("@", "ⓒ", "©", "금지", "reserved", "Copyright", "転載")


def _may_have_tail(reach: str) -> bool:
    """Whether any rule of line ends could hold; most sentences are done with here."""
    last = reach[-1]
    return (
        last in ")]）】］>〉」"
        or "가" <= last <= "힣"
        or any(word in reach for word in _TAIL_WORDS)
    )


@cache
def _matchers(language: str) -> _Matchers:
    own = _TABLES[language]
    tables = [shared_rules, own, *(table for table in _TABLES.values() if table is not own)]
    rules = [rule for table in tables for rule in table.RULES]
    alternatives = (f"(?P<r{number}>{rule.pattern})" for number, rule in enumerate(rules))
    # A name with its address is one byline, not an address after a name.
    tails = [rule for table in (*tables[1:], shared_rules) for rule in table.TAIL_RULES]
    captions = [table.CAPTION_END for table in tables if table is not shared_rules]
    return _Matchers(
        lines=re.compile("|".join(alternatives), re.IGNORECASE),
        line_rules=tuple((rule.name, rule.heads_list) for rule in rules),
        tails=tuple((rule.name, re.compile(f"(?:{rule.pattern})$")) for rule in tails),
        caption=re.compile(f"(?:{'|'.join(captions)})$"),
    )
