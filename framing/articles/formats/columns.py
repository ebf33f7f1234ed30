"""Columns: which column of a table, or key of a JSON object, holds which field."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from framing.articles.encodings import unify_line_ends
from framing.articles.formats.record import is_nothing, make_article, make_record
from framing.articles.formats.source import Item, Source
from framing.errors import InputError

# Usual names, the likeliest first: where two columns fit, the first name wins.
_USUAL = {
    "text": "text body content fulltext maintext articletext articlebody "
    "본문 기사본문 내용 기사내용 本文 記事本文 記事 article",
    "headline": "headline title 제목 기사제목 표제 見出し 見出 タイトル 件名 記事見出し",
    "outlet": "outlet publisher newspaper publication source sourcename "
    "언론사 언론사명 매체 매체명 신문사 媒体 媒体名 新聞社 新聞名 紙名 掲載紙",
    "agency": "agency agencies 통신사 通信社",
    "country": "country 국가 国",
    "url": "url link 원문 기사링크 링크 원문링크 リンク",
    "date": "date published publisheddate publicationdate publishedat pubdate "
    "일자 날짜 게재일 작성일 発行日 日付 掲載日 発行年月日",
    "author": "author authors byline 기고자 기자 기자명 著者 記者 執筆者",
    "language": "language lang 언어 言語",
    "id": "id articleid newsid 뉴스식별자 식별자 記事id",
}
_NAMES = {field: names.split() for field, names in _USUAL.items()}
_SHOWN = 12
_ROW_HINT = "check that the right column is read, fill the text in, or leave the row out"
_MAP_HINT = "say which one holds the text: --columns text=NAME"


def find_columns(
    names: Iterable[Any], wanted: Mapping[str, str], *, source: Source, row: int | None = None
) -> dict[str, Any]:
    """Find the column of each field.

    Args:
        names: The columns as the file names them.
        wanted: Field to column name, as the user maps them; the rest go by usual names.
        source: The file.
        row: Row of the names.

    Returns:
        Field to column as named in the file, for the fields that have one; `text` always has.

    Raises:
        InputError: No column holds the text, or a wanted column is not there.
    """
    columns = [name for name in names if not is_nothing(name)]
    found = {field: _match(name, columns) for field, name in wanted.items()}
    for field, column in found.items():
        if column is None:
            raise InputError(
                f"has no column {wanted[field]!r} for the {field}; {list_columns(columns)}",
                path=source.path,
                row=row,
                hint=f"name one of them: --columns {field}=NAME",
            )
    taken = set(found.values())
    free = {normalise(column): column for column in reversed(columns) if column not in taken}
    for field, usual in _NAMES.items():
        if field not in found:
            column = next((free[name] for name in usual if name in free), None)
            if column is not None:
                found[field] = column
    if "text" not in found:
        raise InputError(
            f"has no text column; {list_columns(columns)}",
            path=source.path,
            row=row,
            hint=_MAP_HINT,
        )
    return found


def count_known(names: Iterable[Any], wanted: Mapping[str, str]) -> int:
    """Count the names that are usual for some field, or wanted: how much a row is a header."""
    usual = {name for known in _NAMES.values() for name in known}
    usual |= {normalise(name) for name in wanted.values()}
    return len({normalise(name) for name in names} & usual)


def is_header(names: Sequence[Any], wanted: Mapping[str, str]) -> bool:
    """Whether a row names a text column."""
    usual = {normalise(wanted["text"])} if "text" in wanted else set(_NAMES["text"])
    return not usual.isdisjoint(normalise(name) for name in names)


def read_row(values: Mapping[str, Any], source: Source, row: int, *, sheet: str = "") -> Item:
    """Make the article of a row, or say why there is none.

    Args:
        values: Field to raw value, of any type.
        source: The file.
        row: Number of the row.
        sheet: Name of the sheet it is on, where there are several.
    """
    text = values.get("text")
    problem = _find_text_problem(text)
    if problem:
        place = f" (sheet {sheet!r})" if sheet else ""
        return source.reject(row, problem + place, _ROW_HINT)
    record = make_record(unify_line_ends(str(text)), dict(values))
    return make_article(record, source, row, sheet=sheet)


def list_columns(columns: Sequence[Any]) -> str:
    """Name the columns in a sentence, the first dozen of them, each cut to a legible length."""
    if not columns:
        return "it names no columns"
    shown = ", ".join(repr(_shorten(str(name))) for name in columns[:_SHOWN])
    more = f" and {len(columns) - _SHOWN} more" if len(columns) > _SHOWN else ""
    return f"its columns are {shown}{more}"


def normalise(name: Any) -> str:
    """Column name without case, spaces, underscores and hyphens."""
    text = unicodedata.normalize("NFKC", str(name)).casefold()
    return re.sub(r"[\s_\-\ufeff\u200b]", "", text)


def _match(wanted: str, columns: Sequence[Any]) -> Any | None:
    if wanted in columns:
        return wanted
    return next((name for name in columns if normalise(name) == normalise(wanted)), None)


def _find_text_problem(text: Any) -> str | None:
    if isinstance(text, str):
        if not text.strip():
            return "has no text"
        return f"the text is {text.strip()!r}, not text" if _is_written_nothing(text) else None
    if text is None:
        return "the text is missing (null)"
    if isinstance(text, float) and text != text:
        return "the text is NaN, not text"
    kinds: dict[type, str] = {
        bool: "true or false",
        int: "a number",
        float: "a number",
        list: "a list",
        dict: "an object",
        bytes: "bytes",
    }
    return f"the text is {kinds.get(type(text), 'a ' + type(text).__name__)}, not text"


def _is_written_nothing(text: str) -> bool:
    return len(text) < 12 and is_nothing(text)


def _shorten(name: str) -> str:
    return name if len(name) <= 40 else name[:39] + "…"
