"""Dates: as newspapers, archives and spreadsheets write them, to `date`."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january",
            "feb february",
            "mar march",
            "apr april",
            "may",
            "jun june",
            "jul july",
            "aug august",
            "sep sept september",
            "oct october",
            "nov november",
            "dec december",
        ),
        start=1,
    )
    for name in names.split()
}
_ERAS = {"明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018}
_MONTH = rf"(?P<month>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\b\.?"
_DAY = r"(?P<d>\d{1,2})(?:st|nd|rd|th)?"
_WRITTEN = (
    re.compile(r"(?<!\d)(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})(?:\d{4}|\d{6})?(?!\d)"),
    re.compile(r"(?<!\d)(?P<y>\d{4})\s?[-./]\s?(?P<m>\d{1,2})\s?[-./]\s?(?P<d>\d{1,2})(?!\d)"),
    re.compile(r"(?<!\d)(?P<y>\d{4})\s?[年년]\s?(?P<m>\d{1,2})\s?[月월]\s?(?P<d>\d{1,2})\s?[日일]"),
    re.compile(rf"\b{_MONTH}\s?{_DAY}\b,?\s{{0,3}}(?P<y>\d{{4}})\b", re.IGNORECASE),
    re.compile(
        rf"\b{_DAY}[\s-]{{1,3}}(?:of )?{_MONTH}[\s,-]{{1,3}}(?P<y>\d{{4}})\b", re.IGNORECASE
    ),
)
_ERA_DATE = re.compile(
    rf"(?P<era>{'|'.join(_ERAS)})(?P<y>\d{{1,2}}|元)年\s?(?P<m>\d{{1,2}})月\s?(?P<d>\d{{1,2}})日"
)
_SLASHED = re.compile(r"(?<!\d)(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?!\d)")
_EXCEL_EPOCH = date(1899, 12, 30)
_LONGEST = 80  # no date stands further in than this


def parse_date(value: Any) -> date | None:
    """Read a date from a cell, a JSON value or a line.

    Args:
        value: Text, a number such as 20190713 or an Excel day, a date, or a datetime.

    Returns:
        The day as written, whatever its time zone; None where there is none, or where day and
        month can't be told apart (03/04/2019).
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return _parse_number(value)
    return _parse_text(value[:_LONGEST]) if isinstance(value, str) else None


def _parse_number(value: float) -> date | None:
    if value != value or abs(value) >= 1e14:
        return None
    if 20_000 <= value < 80_000:  # days as Excel counts them: 1954 to 2119
        return _EXCEL_EPOCH + timedelta(days=int(value))
    if 18_000_101 <= value <= 21_001_231:
        return _parse_text(str(int(value)))
    if value >= 1e11:  # milliseconds
        value /= 1000
    return datetime.fromtimestamp(value, UTC).date() if 1e8 <= value < 5e9 else None


@lru_cache(maxsize=4096)
def _parse_text(text: str) -> date | None:
    text = unicodedata.normalize("NFKC", text).strip()
    era = _ERA_DATE.search(text)
    if era:
        year = 1 if era["y"] == "元" else int(era["y"])
        return _make(_ERAS[era["era"]] + year, int(era["m"]), int(era["d"]))
    for pattern in _WRITTEN:
        found = pattern.search(text)
        if found:
            parts = found.groupdict()
            month = _MONTHS[parts["month"].lower()] if "month" in parts else int(parts["m"])
            return _make(int(parts["y"]), month, int(parts["d"]))
    return _parse_slashed(text)


def _parse_slashed(text: str) -> date | None:
    found = _SLASHED.search(text)
    if not found:
        return None
    first, second, year = (int(part) for part in found.groups())
    if first > 12 or first == second:
        return _make(year, second, first)
    return _make(year, first, second) if second > 12 else None


def _make(year: int, month: int, day: int) -> date | None:
    if not 1800 <= year <= 2100:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None
