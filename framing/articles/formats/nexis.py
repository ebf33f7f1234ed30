"""Nexis Uni exports: many documents in one file, each with labels before and after its body."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from framing.articles.formats.dates import parse_date
from framing.articles.formats.record import Record, clean, clean_language, make_article
from framing.articles.formats.source import Item, Source

_END = "End of Document"
_AFTER_BODY = frozenset({"Classification", "Graphic", "Notes", "Correction", "Correction-Date"})
_LABEL = re.compile(
    r"^(Copyright|Section|Length|Byline|Dateline|Highlight|Language|Publication-Type|Load-Date"
    r"|Journal Code|Subject|Company|Organization|Geographic|Industry|Person|Ticker)\b\s?:?\s*(.*)",
    re.IGNORECASE,
)
_WEEKDAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_DATE_LINE = re.compile(
    rf"^(?:{_WEEKDAY},? )?(?:[a-z]{{3,9}}\.? \d{{1,2}}, \d{{4}}|\d{{1,2}} [a-z]{{3,9}}\.? \d{{4}}"
    rf"|\d{{4}}年\d{{1,2}}月\d{{1,2}}日|\d{{4}}년 ?\d{{1,2}}월 ?\d{{1,2}}일)"
    rf"(?:,? {_WEEKDAY})?(?:,? \d{{1,2}}:\d{{2}}.{{0,20}})?(?: .{{0,40}}edition)?$",
    re.IGNORECASE,
)
_CONTENTS = re.compile(r"^Documents? \(\d+\)$")
_HINT = "export it again with full text"


def is_nexis(lines: Sequence[str]) -> bool:
    """Whether the lines of a document are a Nexis Uni export."""
    stripped = {line.strip() for line in lines}
    if _END in stripped:
        return True
    return "Body" in stripped and any(line.startswith("Load-Date:") for line in stripped)


def read_nexis(lines: Sequence[str], source: Source) -> Iterator[Item]:
    """Read the articles of an export.

    Args:
        lines: The document's paragraphs.
        source: The file.

    Yields:
        An article a document, rows counted from 1, or why a document is none.
    """
    row = 0
    for block in _split(lines):
        if not any(block) or _is_contents(block):
            continue
        row += 1
        record = _read_block(block)
        if isinstance(record, str):
            yield source.reject(row, record, _HINT)
        else:
            yield make_article(record, source, row)


def _split(lines: Sequence[str]) -> Iterator[list[str]]:
    block: list[str] = []
    for line in lines:
        text = line.replace("\xa0", " ").strip()
        if text == _END:
            yield block
            block = []
        else:
            block.append(text)
    yield block


def _is_contents(block: list[str]) -> bool:
    # The opening page and the footer of an export have neither a body nor a copyright line.
    return "Body" not in block and not any(
        line.startswith(("Copyright", "Load-Date")) for line in block
    )


def _read_block(block: list[str]) -> Record | str:
    if "Body" not in block:
        return "has no body"
    start = block.index("Body")
    head = [line for line in block[:start] if line]
    body, rest = _cut_body(block[start + 1 :])
    headline, outlet, date_line = _read_head(head)
    if not body:
        return f"has an empty body ({headline})" if headline else "has an empty body"
    labels = _read_labels([*head, *rest])
    return Record(
        text="\n\n".join(body),
        headline=headline,
        outlet=outlet,
        date=parse_date(date_line),
        author=_drop_by(labels.get("byline")),
        language=clean_language(labels.get("language")),
    )


def _cut_body(lines: list[str]) -> tuple[list[str], list[str]]:
    for n, line in enumerate(lines):
        if line in _AFTER_BODY or line.startswith("Load-Date:"):
            return [line for line in lines[:n] if line], lines[n:]
    return [line for line in lines if line], []


def _read_head(head: list[str]) -> tuple[str | None, str | None, str | None]:
    """Headline, publication and date line, which stand in this order before the labels."""
    first_label = next((n for n, line in enumerate(head) if _is_own_label(line)), len(head))
    contents = any(_CONTENTS.match(line) for line in head)
    if contents:  # the labels of its entries are others, but dates may stand among them
        first_label = _find_last_start(head)
    top = head[:first_label]
    place = next((n for n in range(len(top) - 1, 0, -1) if _DATE_LINE.match(top[n])), None)
    if place is None:
        names = top[-2:] if contents else top[:2]
        return clean(names[0]) if names else None, clean("".join(names[1:])), None
    headline = top[place - 2] if contents else " ".join(top[: place - 1])
    return (clean(headline) if place > 1 else None), clean(top[place - 1]), top[place]


def _is_own_label(line: str) -> bool:
    return bool(re.match(r"(?:Copyright\b|(?:Section|Length|Byline|Dateline|Highlight):)", line))


def _find_last_start(head: list[str]) -> int:
    """Where the labels of the first document begin, after a table of contents."""
    length = next((n for n in range(len(head) - 1, -1, -1) if head[n].startswith("Length:")), None)
    place = len(head) if length is None else length
    while place and _is_own_label(head[place - 1]):
        place -= 1
    return place


def _read_labels(lines: list[str]) -> dict[str, str]:
    found = filter(None, map(_LABEL.match, lines))
    return {label[1].lower(): label[2] for label in found if label[2]}


def _drop_by(byline: str | None) -> str | None:
    return clean(re.sub(r"^by\s+", "", byline, flags=re.IGNORECASE)) if byline else None
