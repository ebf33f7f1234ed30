"""Factiva exports: RTF and HTML, with field codes or as articles are displayed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from framing.articles.formats.dates import parse_date
from framing.articles.formats.record import (
    Record,
    clean,
    clean_agencies,
    clean_language,
    find_language,
    make_article,
)
from framing.articles.formats.source import Item, Source

_CODES = (
    "SE HD BY CR WC PD ET SN SC ED PG LA CY LP TD CT RF ART CX CLM VOL CO IN NS RE IPC IPD PUB AN"
)
_CODE_LINE = re.compile(rf"^\s*\|?\s*({'|'.join(_CODES.split())})[ \xa0]*(?:$|\||\t| {{2,}})(.*)$")
_END = re.compile(r"^\s*(?:AN[\s|]{0,5})?Document\s+([A-Za-z0-9]{16,40})\s*\|?\s*$")
_WORDS = re.compile(
    r"^\d[\d,.]{0,8} ?(?:words?|characters?|mots|Wörter|palabras|語|文字|字|단어|자)$",
    re.IGNORECASE,
)
_TIME = re.compile(r"^\d{1,2}:\d{2}(?:\s?[AP]M)?$", re.IGNORECASE)
_RIGHTS = re.compile(r"^(?:Copyright\b|\(c\)|©|All rights reserved)", re.IGNORECASE)
_PAGE = re.compile(r"^(?:Page\s)?[A-Z]{0,3}-?\d{1,4}$|^Page\b", re.IGNORECASE)
_SOURCE_CODE = re.compile(r"^[A-Z0-9]{3,12}$")
_VOLUME = re.compile(r"^(?:Volume|Vol\.|Issue|Number|Edition)\b", re.IGNORECASE)
_BYLINE = re.compile(r"^by\b", re.IGNORECASE)
_LONGEST_NAME = 40
_HEAD_LINES = 20
_ARTICLE_CLASS = re.compile(r"""class\s?=\s?["']article (?:[a-z]{2}(?:[a-z]{2})?)Article""")
_HINT = "export it again with full text"


def is_factiva(lines: Sequence[str]) -> bool:
    """Whether the lines of a document are a Factiva export."""
    if not any(_END.match(line) for line in lines):
        return False
    codes = {found[1] for found in map(_CODE_LINE.match, lines) if found}
    return {"HD", "SN"} <= codes or any(_WORDS.match(line.strip()) for line in lines)


def is_factiva_page(page: str) -> bool:
    """Whether a web page is a Factiva export."""
    return bool(_ARTICLE_CLASS.search(page)) and "articleParagraph" in page


def read_factiva(lines: Sequence[str], source: Source) -> Iterator[Item]:
    """Read the articles of an export given as lines.

    Args:
        lines: The document's lines.
        source: The file.

    Yields:
        An article a document, rows counted from 1, or why a document is none.
    """
    blocks = _split(lines)
    for row, (block, accession) in enumerate(blocks, start=1):
        yield _make(_read_block(block, accession), source, row)


def read_factiva_page(page: str, source: Source) -> Iterator[Item]:
    """Read the articles of an export given as a web page.

    Args:
        page: The page's markup.
        source: The file.

    Yields:
        An article a block, rows counted from 1, or why a block is none.
    """
    from lxml import html

    root = html.fromstring(page.encode(), parser=html.HTMLParser(encoding="utf-8"))
    blocks = root.xpath("//div[contains(concat(' ', normalize-space(@class)), ' article ')]")
    for row, block in enumerate(blocks, start=1):
        lines = _list_lines(block)
        accession = next((found[1] for found in map(_END.match, lines) if found), None)
        lines = [line for line in lines if not _END.match(line)]
        yield _make(_read_block(lines, accession), source, row)


def _make(record: Record | str, source: Source, row: int) -> Item:
    if isinstance(record, str):
        return source.reject(row, record, _HINT)
    return make_article(record, source, row)


def _split(lines: Sequence[str]) -> Iterator[tuple[list[str], str]]:
    block: list[str] = []
    for line in lines:
        end = _END.match(line)
        if end is None:
            block.append(line)
        else:
            yield block, end[1]
            block = []


def _list_lines(block: Any) -> list[str]:
    """Lines of an article's block: a code with its first line as `HD|...`, paragraphs alone."""
    rows = block.xpath(".//tr[td[contains(@class, 'index')]]")
    if not rows:
        parts = block.xpath("./div | .//p | ./*[self::span or self::b]")
        parts = [part for part in parts if part.tag == "p" or not part.xpath(".//p")]
        return list(_list_displayed(parts))
    lines: list[str] = []
    for row in rows:
        code, *values = (cell for cell in row if cell.tag == "td")
        lines.append(f"{code.text_content().strip()}|")
        for value in values:
            inner = value.xpath(".//p") or [value]
            lines += [" ".join(part.text_content().split()) for part in inner]
    return lines


def _list_displayed(parts: Sequence[Any]) -> Iterator[str]:
    headline = next((n for n, part in enumerate(parts) if _is_headline(part)), 0)
    for part in parts[headline:]:
        text = " ".join(part.text_content().split())
        is_byline = "author" in (part.get("class") or "").split()
        yield f"By {text}" if is_byline and text and not _BYLINE.match(text) else text


def _is_headline(part: Any) -> bool:
    return part.get("id") == "hd" or bool(part.xpath("self::*[contains(@class, 'Headline')]"))


def _read_block(lines: Sequence[str], accession: str | None) -> Record | str:
    fields = _read_codes(lines)
    if "HD" not in fields:
        return _read_displayed(lines, accession)
    body = fields.get("LP", []) + fields.get("TD", [])
    headline = " ".join(fields["HD"])
    if not body:
        return f"has no text ({headline})"
    value = {code: " ".join(parts) for code, parts in fields.items()}
    return Record(
        text="\n\n".join(body),
        headline=clean(headline),
        outlet=clean(value.get("SN")),
        agencies=clean_agencies(value.get("CR")),
        date=parse_date(value.get("PD")),
        author=_drop_by(value.get("BY")),
        language=clean_language(value.get("LA")),
        id=accession,
    )


def _read_codes(lines: Sequence[str]) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    current: list[str] = []
    for line in lines:
        found = _CODE_LINE.match(line)
        if found and found[1] not in fields:
            current = fields.setdefault(found[1], [])
            line = found[2]
        text = line.replace("\xa0", " ").strip().strip("|").strip()
        if text:
            current.append(text)
    return fields


def _read_displayed(lines: Sequence[str], accession: str | None) -> Record | str:
    """Read an article without codes: headline, byline, words, date, source, rights, then text."""
    texts = [line.replace("\xa0", " ").strip().strip("|").strip() for line in lines]
    texts = [text for text in texts if text]
    words = next((n for n, text in enumerate(texts) if _WORDS.match(text)), None)
    if words is None:
        return "has no headline and word count where they are expected"
    headline, author = _read_top(texts[:words])
    start = _find_body(texts, words)
    if start >= len(texts):
        return f"has no text ({headline})" if headline else "has no text"
    details = texts[words + 1 : start]
    return Record(
        text="\n\n".join(texts[start:]),
        headline=clean(headline),
        outlet=_find_outlet(details),
        date=next(filter(None, map(parse_date, details)), None),
        author=_drop_by(author),
        language=next(filter(None, map(find_language, details)), None),
        id=accession,
    )


def _find_body(texts: Sequence[str], words: int) -> int:
    rights = [
        n for n in range(words + 1, min(len(texts), words + _HEAD_LINES)) if _RIGHTS.match(texts[n])
    ]
    if rights:
        last = rights[0]
        while last + 1 in rights:
            last += 1
        return last + 1
    languages = (
        n for n in range(words + 1, min(len(texts), words + 10)) if find_language(texts[n])
    )
    return next(languages, words + 3) + 1


def _read_top(texts: Sequence[str]) -> tuple[str | None, str | None]:
    """Headline and byline from the lines above the word count; a section may stand first."""
    if len(texts) < 2:
        return (texts[0] if texts else None), None
    above, last = texts[-2:]
    # A headline is the longer of the two, below a section or above a byline without "By".
    if _BYLINE.match(last) or (len(last) <= _LONGEST_NAME and len(last) * 2 < len(above)):
        return above, last
    return last, None


def _find_outlet(details: Sequence[str]) -> str | None:
    for text in details:
        if parse_date(text) or _TIME.match(text) or find_language(text) or _RIGHTS.match(text):
            continue
        if not (_PAGE.match(text) or _SOURCE_CODE.match(text) or _VOLUME.match(text)):
            return clean(text)
    return None


def _drop_by(byline: str | None) -> str | None:
    return clean(re.sub(r"^by\s+", "", byline, flags=re.IGNORECASE)) if byline else None
