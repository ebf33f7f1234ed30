"""Sample files: rows of units to code, each of which says how likely it was to be chosen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

from framing.coding.codes import Key, digest_text
from framing.coding.sampling import SampledUnit
from framing.errors import InputError, locate_errors
from framing.reading import read_json_lines
from framing.spreadsheets import read_csv, restore_formula

_DRAW_AGAIN = "write it with: framing sample SCORES -n 200 -o sample.jsonl"
_NUMBERS = ("unit", "start", "end", "seed", "n", "population", "stratum_n", "stratum_population")
_REQUIRED = tuple(f.name for f in fields(SampledUnit) if f.default is MISSING)
_KNOWN = tuple(f.name for f in fields(SampledUnit))


def sample_records(sample: Sequence[SampledUnit], *, text: bool = True) -> list[dict[str, Any]]:
    """Rows of a sample, each of which says all about itself.

    Args:
        sample: The sample.
        text: Give the text of each unit; without it, for licensed articles, the digest alone.
    """
    columns = [name for name in _KNOWN if text or name != "text"]
    return [{name: getattr(unit, name) for name in columns} for unit in sample]


def read_sample(path: str | Path) -> list[SampledUnit]:
    """Read a sample, .jsonl or .csv; columns that a sample does not have are passed over.

    Raises:
        InputError: It is no such file, is empty, lacks a column, names a unit twice, or a value
            does not fit.
    """
    sample: list[SampledUnit] = []
    seen: dict[Key, int] = {}
    for row, record in _read_rows(Path(path)):
        with locate_errors(path, row):
            unit = _check(record)
            key = (unit.article, unit.start, unit.end)
            if key in seen:
                raise InputError(f"this unit stands in row {seen[key]} already", hint=_DRAW_AGAIN)
        seen[key] = row
        sample.append(unit)
    if not sample:
        raise InputError("holds no units", path=path, hint=_DRAW_AGAIN)
    return sample


def read_unit_keys(path: str | Path) -> list[tuple[int, Key, str | None]]:
    """Read which units a sample names; a file of codes, or rows of places alone, name some too.

    A row with an inclusion probability is one of a sample, and checked as such. A unit may stand
    in the file several times, as in codes of several coders.

    Returns:
        Row of the file, unit, and digest of its text, if given.

    Raises:
        InputError: It is no such file, is empty, or a row does not name a unit.
    """
    keys: list[tuple[int, Key, str | None]] = []
    for row, record in _read_rows(Path(path)):
        with locate_errors(path, row):
            if "inclusion_probability" in record:
                _check(record)
            article, start, end, sha1 = (record.get(k) for k in ("article", "start", "end", "sha1"))
            if not isinstance(article, str) or type(start) is not int or type(end) is not int:
                raise InputError(
                    "needs `article`, `start` and `end` of a unit",
                    hint="give what framing sample wrote, or a file of codes",
                )
            if sha1 is not None and not isinstance(sha1, str):
                raise InputError(f"`sha1` has the wrong type: {sha1!r}", hint=_DRAW_AGAIN)
        keys.append((row, (article, start, end), sha1))
    if not keys:
        raise InputError("names no unit", path=path, hint=_DRAW_AGAIN)
    return keys


def _read_rows(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    suffix = path.suffix.lower()
    if path.is_dir() or (path.exists() and suffix not in (".jsonl", ".csv")):
        raise InputError("is not a .jsonl or .csv sample", path=path, hint=_DRAW_AGAIN)
    if suffix != ".csv":  # also what is not there: the reader says so
        yield from read_json_lines(path, hint=_DRAW_AGAIN)
        return
    for row, cells in read_csv(path, ("article", "start", "end"), hint=_DRAW_AGAIN):
        record: dict[str, Any] = {
            key: restore_formula(cell) for key, cell in cells.items() if key in _KNOWN
        }
        for key in _NUMBERS:
            if record.get(key, "").strip().isdecimal():
                record[key] = int(record[key])
        with suppress(KeyError, ValueError):  # the check that follows says it better
            record["inclusion_probability"] = float(record["inclusion_probability"])
        yield row, record


def _check(record: Mapping[str, Any]) -> SampledUnit:
    values = {key: record[key] for key in _KNOWN if key in record}
    for key in _REQUIRED:
        if key not in values:
            raise InputError(f"`{key}` is missing", hint=_DRAW_AGAIN)
    for key, value in values.items():
        _check_type(key, value)
    chance = values["inclusion_probability"] = float(values["inclusion_probability"])
    if not 0 < chance <= 1:
        raise InputError(
            f"inclusion_probability is {chance}, not above 0 and at most 1", hint=_DRAW_AGAIN
        )
    unit = SampledUnit(**values)
    if not 0 <= unit.start < unit.end:
        raise InputError(f"offsets {unit.start}-{unit.end} are not a span", hint=_DRAW_AGAIN)
    if unit.text is not None and digest_text(unit.text) != unit.sha1:
        raise InputError("the text is not the one that was drawn", hint=_DRAW_AGAIN)
    return unit


def _check_type(key: str, value: Any) -> None:
    wanted: type | tuple[type, ...] = str
    if key in _NUMBERS:
        wanted = int
    elif key == "inclusion_probability":
        wanted = (int, float)
    elif key == "text" and value is None:
        return
    # bool is an int to Python, but no number is true or false
    if not isinstance(value, wanted) or isinstance(value, bool):
        raise InputError(f"`{key}` has the wrong type: {value!r}", hint=_DRAW_AGAIN)
