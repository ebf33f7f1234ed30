"""Credit lines: the agencies that one credit or dateline names, read strictly."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from framing.articles.outlets import Outlet, OutletList, fold_name

OPENING = "([{<（［【〔〈《"
_CLOSING = r")\]}>）］】〕〉》"
_INSIDE = rf"[^\n{re.escape(OPENING)}{_CLOSING}]"
BRACKETED = re.compile(rf"[{re.escape(OPENING)}]\s*({_INSIDE}{{2,60}}?)\s*[{_CLOSING}]")
"""A bracket and what stands in it."""

_PHOTO = re.compile(
    r"photo|image|picture|graphic|courtesy|getty|\bfile\b|caption|handout"
    r"|写真|画像|撮影|提供|資料|イラスト|映像|사진|그래픽|캡처|제공|자료|촬영|영상|이미지|삽화",
    re.IGNORECASE,
)
_SOURCE = re.compile(
    r"(?:sources?|from|by|via|text by|출처|기사 ?출처|出典|出所|配信|提供元|来源|ⓒ|©|Ⓒ|\(c\))"
    r"\s*[:：=＝]?\s*",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(r"\s*(?:[/／,，、・·&+;|｜=＝]|\band\b|\bwith\b|及び)\s*")
_EQUALS = re.compile(r"\s*[=＝]\s*")
_DECORATION = " \t\u3000-–—―*※■□▲△▶▷◆◇○●◎•·~\u200b\ufeff"
_INITIALS = re.compile(r"[a-z]{2,3}")
_REPORTER = re.compile(r"\s*[가-힣]{2,5}\s*(?:기자|특파원|통신원)$|\s*[一-鿿]{2,6}(?:記者|特派員)$")
# An agency the list lacks, whose name says what it is.
_SELF_SAID = re.compile(
    r"[가-힣]{2,10}통신|[一-鿿ァ-ヶー・]{2,12}通信社?|[A-Z][\w.' -]{2,30} News Agency"
)
_KATAKANA = re.compile(r"[ァ-ヶー・゠]{2,16}")
_KANJI_PLACES = frozenset(
    {
        "東京", "大阪", "名古屋", "京都", "神戸", "広島", "長崎", "福岡", "札幌", "仙台", "横浜",
        "那覇", "北京", "上海", "香港", "台北", "瀋陽", "大連", "広州", "重慶", "釜山", "平壌",
        "世宗", "済州", "板門店", "仁川", "大邱", "光州", "大田", "米国", "韓国",
    }
)  # fmt: skip
_HANGUL = re.compile(r"[가-힣·]{2,12}")
_LATIN_PLACE = re.compile(r"[A-Z]{3,16},?")
_LISTED = re.compile(r"[、・,\s]+")
_DAY = re.compile(r"[\d０-９]{1,4}[年月日.]?|[月日]")
_LONGEST = 60  # characters; a longer line is no credit
_SHORT = 2  # characters; a credit as short is an ordinary word elsewhere


def read_credit(text: str, outlets: OutletList) -> tuple[Outlet, ...]:
    """Agencies that a whole text credits, in its order; none where anything else stands in it.

    Args:
        text: A line or the inside of a bracket, such as `AFP/Reuters` or `Source: Yonhap`.
        outlets: The known outlets.
    """
    if not 2 <= len(text) <= _LONGEST:
        return ()
    bare = strip_source(text)
    found = outlets.find_agency(fold_name(bare))
    if found:
        return (found,)
    lenient = len(bare) < len(text.strip(_DECORATION))
    agencies = _read_parts(_SEPARATOR.split(bare), outlets, lenient=lenient)
    if not agencies or is_photo(text) or _is_photo_pair(agencies, bare):
        return ()
    return agencies


def strip_source(text: str) -> str:
    """A credit without what leads into it: dashes, `Source:`, `ⓒ`, `출처 =`."""
    text = text.strip(_DECORATION)
    source = _SOURCE.match(text)
    return text[source.end() :] if source else text


def is_photo(text: str) -> bool:
    """Whether a credit is for a picture."""
    return _PHOTO.search(text) is not None


def read_dateline(inside: str, outlets: OutletList, *, tight: bool) -> tuple[str, ...]:
    """Names of the agencies in the bracket that opens a text, such as `서울=연합뉴스`.

    Args:
        inside: What stands in the bracket.
        outlets: The known outlets.
        tight: Whether the place may stand right before the agency, as in 【ソウル共同】.

    Returns:
        Canonical names in the order credited, an unlisted agency's as given.
    """
    if is_photo(inside):
        return ()
    halves = _EQUALS.split(inside)
    if len(halves) > 1:
        return _read_equation(" = ".join(halves[:-1]), halves[-1], outlets)
    return _name(_read_suffix(inside, outlets, tight=tight))


def _read_parts(
    parts: Sequence[str], outlets: OutletList, *, lenient: bool = False
) -> tuple[Outlet, ...]:
    found: list[Outlet] = []
    for part in parts:
        agencies = _read_joined(fold_name(part), outlets)
        if not agencies and not (lenient and _INITIALS.fullmatch(part)):
            return ()
        found += agencies
    return tuple(dict.fromkeys(found))


def _read_joined(key: str, outlets: OutletList) -> list[Outlet]:
    """One agency, or several written as one word (`AFP時事`, `AFP-JIJI`)."""
    found = outlets.find_agency(key)
    if found:
        return [found]
    for cut in range(2, min(len(key) - 1, outlets.longest_credit + 1)):
        head = outlets.find_agency(key[:cut])
        tail = outlets.find_agency(key[cut:]) if head else None
        if head and tail:
            return [head, tail]
    return []


def _is_photo_pair(agencies: Sequence[Outlet], text: str) -> bool:
    # Korean papers credit a foreign agency's picture to it and to who passed it on: AP=연합뉴스.
    return (
        len(agencies) > 1
        and agencies[-1].country == "KR"
        and agencies[0].country != "KR"
        and "," not in text
    )


def _read_equation(left: str, right: str, outlets: OutletList) -> tuple[str, ...]:
    right = _REPORTER.sub("", right)
    after = _read_parts(_SEPARATOR.split(right), outlets)
    if not after:
        return (right,) if left and _SELF_SAID.fullmatch(right) else ()
    before = outlets.find_agency(fold_name(left))
    if before:  # no place: a credit that begins a text in Japan, and a picture's in Korea
        pair = (before, *after)
        return () if _is_photo_pair(pair, "") else _name(pair)
    return _name((*_read_suffix(left, outlets, tight=True), *after))


def _read_suffix(text: str, outlets: OutletList, *, tight: bool) -> list[Outlet]:
    words = text.split()
    for count in (1, 2):
        key = fold_name("".join(words[-count:]))
        found = _read_joined(key, outlets) if len(words) > count else []
        if found and _are_places(words[:-count], strict=len(key) <= _SHORT):
            return found
    return _read_tight_suffix(text, outlets) if tight else []


def _read_tight_suffix(text: str, outlets: OutletList) -> list[Outlet]:
    for cut in range(2, len(text) - 1):
        key = fold_name(text[cut:])
        found = _read_joined(key, outlets)
        if found and not (text[cut].isascii() and text[cut - 1].isascii()):
            words = [word for word in _LISTED.split(text[:cut]) if word]
            if _are_places(words, strict=len(key) <= _SHORT):
                return found
    return []


def _are_places(words: Iterable[str], *, strict: bool) -> bool:
    """Whether words can be places and days.

    Short credits are ordinary words elsewhere (日米共同, 국제연합), so for them, when `strict`,
    a Korean word is not taken for a place.
    """
    return all(
        _KATAKANA.fullmatch(word)
        or word in _KANJI_PLACES
        or not _DAY.sub("", word)
        or _LATIN_PLACE.fullmatch(word)
        or (not strict and _HANGUL.fullmatch(word))
        for word in words
    )


def _name(agencies: Iterable[Outlet]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(agency.name for agency in agencies))
