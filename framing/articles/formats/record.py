"""Record: an article's text and metadata as a file gives them, made into an `Article`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from framing.articles.article import UNKNOWN, Article
from framing.articles.formats.dates import parse_date
from framing.articles.formats.source import Source

_LANGUAGES = {
    "en": "en eng english 영어 英語",
    "ko": "ko kor korean 한국어 국어 韓国語 朝鮮語 kr",
    "ja": "ja jpn japanese 日本語 일본어 jp",
    "zh": "zh chi zho chinese 中国語 중국어 中文",
    "de": "de deu ger german deutsch",
    "fr": "fr fra fre french français",
    "es": "es spa spanish español",
    "ru": "ru rus russian русский",
}
_LANGUAGE_CODES = {name: code for code, names in _LANGUAGES.items() for name in names.split()}
_NOTHING = frozenset({"", "nan", "none", "null", "nil", "n/a", "#n/a", "~", "-", "<na>", "nat"})
_AGENCY_BREAK = re.compile(r"\s*[,;/|、]\s*")
_WHOLE_HEADLINE = 20  # characters from which a beginning equal to the headline is no accident


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """What a file says of one article; None and empty where it says nothing."""

    text: str
    headline: str | None = None
    outlet: str | None = None
    agencies: tuple[str, ...] = ()
    country: str | None = None
    kind: str | None = None
    language: str | None = None
    date: date | None = None
    event: str | None = None
    parallel: str | None = None
    url: str | None = None
    author: str | None = None
    id: str | None = None


def make_record(text: str, fields: dict[str, Any]) -> Record:
    """Make a record from raw values.

    Args:
        text: The article's text.
        fields: Field name to value, of any type; unknown names are ignored.
    """
    return Record(
        text=text,
        headline=clean(fields.get("headline")),
        outlet=clean(fields.get("outlet")),
        agencies=clean_agencies(fields.get("agency")),
        country=clean(fields.get("country")),
        kind=clean(fields.get("kind")),
        language=clean_language(fields.get("language")),
        date=parse_date(fields.get("date")),
        event=clean(fields.get("event")),
        parallel=clean(fields.get("parallel")),
        url=clean(fields.get("url")),
        author=clean(fields.get("author")),
        id=clean(fields.get("id")),
    )


def make_article(record: Record, source: Source, row: int | None, *, sheet: str = "") -> Article:
    """Make the article of a record, its headline the first paragraph of its text.

    Args:
        record: What the file says.
        source: The file.
        row: Row in the file counted from 1, None when the file is one article.
        sheet: Name of the sheet the row is on.
    """
    place = ":".join(part for part in (source.name, sheet, str(row or "")) if part)
    country = record.country or UNKNOWN
    return Article(
        text=lead_with(record.headline, record.text),
        name=record.id or place,
        path=source.path,
        row=row,
        headline=record.headline,
        outlet=record.outlet or UNKNOWN,
        agencies=record.agencies,
        country=country.upper() if len(country) == 2 else country,
        kind=record.kind or UNKNOWN,
        language=record.language or UNKNOWN,
        date=record.date,
        event=record.event,
        parallel=record.parallel,
        url=record.url,
        author=record.author,
    )


def lead_with(headline: str | None, text: str) -> str:
    """Put a headline before its text as a paragraph, unless the text begins with it."""
    if not headline:
        return text
    begin = fold(text[: 2 * len(headline) + 200])
    folded = fold(headline)
    if begin.startswith(folded):
        first_line = fold(text.lstrip().split("\n", 1)[0])
        rest = begin[len(folded) : len(folded) + 1]
        if first_line == folded or (len(folded) >= _WHOLE_HEADLINE and not rest.isalnum()):
            return text
    return f"{headline}\n\n{text}"


def fold(text: str) -> str:
    """Text for comparison: NFC, white space and case folded."""
    return " ".join(unicodedata.normalize("NFC", text).split()).casefold()


def is_nothing(value: Any) -> bool:
    """Whether a value is a way to write that there is none."""
    return value is None or value != value or str(value).strip().lower() in _NOTHING


def clean(value: Any) -> str | None:
    """One line of metadata from a raw value, None where there is none."""
    if isinstance(value, list | tuple):
        return ", ".join(filter(None, map(clean, value))) or None
    if isinstance(value, dict) or is_nothing(value):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return " ".join(str(value).split()) or None


def clean_agencies(value: Any) -> tuple[str, ...]:
    """Names of agencies from a list or from one line that lists them, in order, each once."""
    parts: Iterable[Any] = value if isinstance(value, list | tuple) else (clean(value) or "",)
    names = (name for part in parts for name in _AGENCY_BREAK.split(clean(part) or ""))
    return tuple(dict.fromkeys(name for name in names if not is_nothing(name)))


def clean_language(value: Any) -> str | None:
    """ISO 639-1 code of a language given by code or name, None where it is not told."""
    name = (clean(value) or "").lower()
    first = re.split(r"[-_;,\s]", name, maxsplit=1)[0]
    if name in _LANGUAGE_CODES or first in _LANGUAGE_CODES:
        return _LANGUAGE_CODES.get(name) or _LANGUAGE_CODES[first]
    return first if len(first) == 2 and first.isascii() and first.isalpha() else None


def find_language(text: str) -> str | None:
    """ISO 639-1 code where a line is the name of a language and nothing else."""
    return _LANGUAGE_CODES.get(text.strip().lower()) if len(text) > 2 else None
