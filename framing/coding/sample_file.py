"""Sample files: rows of units to code, each of which says how likely it was to be chosen."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

from framing.coding.codes import digest_text
from framing.coding.sampling import SampledUnit
from framing.errors import InputError

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
    path = Path(path)
    sample: list[SampledUnit] = []
    seen: dict[tuple[str, int, int], int] = {}
    for row, record in _read_rows(path):
        try:
            unit = _check(record)
        except InputError as error:
            raise InputError(error.problem, path=path, row=row, hint=error.hint) from None
        key = (unit.article, unit.start, unit.end)
        if key in seen:
            raise InputError(
                f"this unit stands in row {seen[key]} already", path=path, row=row, hint=_DRAW_AGAIN
            )
        seen[key] = row
        sample.append(unit)
    if not sample:
        raise InputError("holds no units", path=path, hint=_DRAW_AGAIN)
    return sample


def _read_rows(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    suffix = path.suffix.lower()
    if path.is_dir() or suffix not in (".jsonl", ".csv"):
        raise InputError("is not a .jsonl or .csv sample", path=path, hint=_DRAW_AGAIN)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputError(
            f"cannot be read ({error.strerror or error})", path=path, hint="check the path"
        ) from error
    except UnicodeDecodeError as error:
        raise InputError("is not UTF-8 text", path=path, hint="save it as UTF-8") from error
    if suffix == ".csv":
        yield from _read_csv(text, path)
        return
    # Not splitlines: a text may hold other line ends, which JSON leaves as they are.
    for row, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InputError(
                f"is not JSON ({error})", path=path, row=row, hint=_DRAW_AGAIN
            ) from error
        if not isinstance(record, dict):
            raise InputError("is not a JSON object", path=path, row=row, hint=_DRAW_AGAIN)
        yield row, record


def _read_csv(text: str, path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        for row, cells in enumerate(rows, start=2):
            record: dict[str, Any] = {
                key: value[1:] if value[:2] in _GUARDED else value
                for key, value in cells.items()
                if key in _KNOWN and value is not None
            }
            for key in _NUMBERS:
                if record.get(key, "").strip().isdecimal():
                    record[key] = int(record[key])
            with suppress(KeyError, ValueError):  # the check that follows says it better
                record["inclusion_probability"] = float(record["inclusion_probability"])
            yield row, record
    except csv.Error as error:
        raise InputError(f"is not CSV ({error})", path=path, hint=_DRAW_AGAIN) from error


# An apostrophe that was put before text which a spreadsheet would run as a formula.
_GUARDED = frozenset("'" + start for start in "=+-@\t\r")


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
