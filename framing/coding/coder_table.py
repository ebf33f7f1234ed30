"""Coder tables: other people's codings of one variable, a column a coder, and their agreement."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from itertools import combinations
from pathlib import Path
from typing import Literal, TypedDict

import numpy as np

from framing.articles.encodings import decode
from framing.coding.reliability import Measure, Point, measure_alpha, measure_variable
from framing.coding.variables import MISSING, Variable
from framing.errors import ConfigError, InputError
from framing.reading import read_bytes

TableLevel = Literal["nominal", "ordinal", "interval"]
_DELIMITERS = ",\t;|"
_MOST_ROWS = 20_000
_MOST_VALUES: Mapping[TableLevel, int] = {"nominal": 1000, "ordinal": 30, "interval": 1000}
_BYTES_PER_ROW = 10_000
_NUMBER = re.compile(r"[+-]?([0-9]{1,30}(\.[0-9]{0,30})?|\.[0-9]{1,30})([eE][+-]?[0-9]{1,2})?")
_NOTHING = frozenset({"", ".", "na", "n/a", "#n/a", "<na>", "nan", "null", "#null!"})
"""What programs write where there is no value, in small letters; not `none`, which may be a code"""


class PairAlpha(TypedDict):
    """Krippendorff's alpha of two coders."""

    coders: list[str]
    units: int
    """Items that both coded."""
    alpha: Point


class TableReport(TypedDict):
    """Agreement on one variable."""

    level: TableLevel
    coders: list[str]
    """Columns, in the order given."""
    seed: int
    items: int
    """Rows of the table."""
    voided: int
    """Items left out because a coder gave a void value."""
    coded: dict[str, int]
    """Items of each coder."""
    values: list[str]
    """Values that occur, in order."""
    measure: Measure
    """`articles` counts clusters: values of the cluster column, or items."""
    pairs: list[PairAlpha]
    """Every two coders, where there are more than two."""


@dataclass(frozen=True)
class CoderTable:
    """Values as they are written."""

    coders: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    """(n_items, n_coders)."""
    clusters: tuple[str, ...]
    """What each item belongs to (n_items): itself, if no column says."""
    numbers: tuple[int, ...]
    """Row of each item in the file, the header being row 1."""
    path: str
    clustered: bool = False


def read_coder_table(
    path: str | Path, columns: Sequence[str], *, cluster: str | None = None
) -> CoderTable:
    """Read a CSV or TSV file in which each of some columns holds a coder's values.

    Args:
        path: The file; its first row names the columns.
        columns: The coders' columns, two or more.
        cluster: Column that says which items belong together, such as the article.

    Raises:
        InputError: The file cannot be read as a table, or has no such column.
        ConfigError: Fewer than two columns are given, or one of them twice.
    """
    if len(columns) < 2 or len(set(columns)) < len(columns):
        raise ConfigError(
            f"columns {', '.join(columns) or '(none)'}: agreement needs two coders or more",
            hint="name each coder's column once, as in --columns c1,c2",
        )
    text = _read_text(Path(path))
    wanted = (*columns, *([cluster] if cluster else []))
    try:
        reader = csv.reader(io.StringIO(text), delimiter=_find_delimiter(text, wanted), strict=True)
        lines = [(number, cells) for number, cells in enumerate(reader, start=1) if any(cells)]
    except csv.Error as error:
        raise InputError(
            f"is not a table ({error})", path=path, hint="save it as CSV with a header row"
        ) from error
    if len(lines) < 2:
        raise InputError("has no rows of codes", path=path, hint="export it again with its rows")
    if len(lines) - 1 > _MOST_ROWS:
        raise InputError(
            f"has {len(lines) - 1:,} rows; at most {_MOST_ROWS:,} are compared",
            path=path,
            hint="draw a sample of them",
        )
    header = [name.strip() for name in lines[0][1]]
    places = [_find_column(name, header, path) for name in wanted]
    rows = [_pick(cells, places, len(header), path, number) for number, cells in lines[1:]]
    return CoderTable(
        coders=tuple(columns),
        rows=tuple(row[: len(columns)] for row in rows),
        clusters=tuple(row[-1] if cluster else f"{index:09}" for index, row in enumerate(rows)),
        numbers=tuple(number for number, _ in lines[1:]),
        path=str(path),
        clustered=cluster is not None,
    )


def measure_table(
    table: CoderTable,
    level: TableLevel = "nominal",
    *,
    recode: Mapping[str, str] | None = None,
    void: Sequence[str] = (),
    seed: int = 0,
) -> TableReport:
    """Measure how far the coders of a table agree; see `measure_variable` for the coefficients.

    Numbers that are equal are one value at every level, however a spreadsheet wrote them (1, 1.0,
    01). An empty cell is a missing code, and so is what programs write for one, case aside: NA,
    N/A, #N/A, <NA>, NaN, NULL, #NULL! and a full stop; to keep one of them as a code, recode it.

    Args:
        table: The codes.
        level: Whether values are names, places on a scale, or amounts.
        recode: Other value to put for a value; an empty one is a missing code.
        void: Values that void their item: no coder's code of it counts. Looked for before
            recoding.
        seed: Of the resampling.

    Raises:
        ConfigError: A value to recode or to void by does not occur.
        InputError: A value is not a finite number, or there are too many values for the level.
    """
    _refuse_absent(table, "recode", recode or {})
    _refuse_absent(table, "void", void)
    voids = set(map(_identify, void))
    voided = [any(_identify(value) in voids for value in row) for row in table.rows]
    rows = _tidy(table.rows, voided, recode or {})
    variable, values = _make_variable(rows, level, table)
    codes = variable.codes
    n = len(table.coders)
    measure = measure_variable(
        variable,
        table.coders,
        table.clusters,
        seed=seed,
        cluster="cluster" if table.clustered else "item",
    )
    pairs = []
    for pair in combinations(range(n), 2) if n > 2 else ():
        chosen = variable.select(np.arange(len(codes)), pair)
        names = [table.coders[j] for j in pair]
        pairs.append(
            PairAlpha(
                coders=names, units=int(chosen.shared.sum()), alpha=measure_alpha(chosen, names)
            )
        )
    return TableReport(
        level=level,
        coders=list(table.coders),
        seed=seed,
        items=len(table.rows),
        voided=sum(voided),
        coded={coder: int((codes[:, j] != MISSING).sum()) for j, coder in enumerate(table.coders)},
        values=values,
        measure=measure,
        pairs=pairs,
    )


def _identify(value: str) -> str | Decimal:
    """What makes a value the same as another: its number where it is one, else its text."""
    return Decimal(value) if _NUMBER.fullmatch(value) else value


def _refuse_absent(table: CoderTable, option: str, values: Iterable[str]) -> None:
    written = {value for row in table.rows for value in row}
    known = {_identify(value) for value in written}
    for value in values:
        if _identify(value) not in known:
            shown = sorted(written - {""})
            more = ", ..." if len(shown) > 12 else ""
            raise ConfigError(
                f"--{option} {value}: no coder gave {value!r}",
                path=table.path,
                hint=f"values: {', '.join(shown[:12])}{more}",
            )


def _tidy(
    rows: Sequence[tuple[str, ...]], voided: Sequence[bool], recode: Mapping[str, str]
) -> list[tuple[str, ...]]:
    """Values recoded, each written in one way, and empty where there is none."""
    to = {_identify(old): new for old, new in recode.items()}
    recoded = [
        ("",) * len(row) if dropped else tuple(to.get(_identify(value), value) for value in row)
        for row, dropped in zip(rows, voided, strict=True)
    ]
    ways: dict[str | Decimal, str] = {}
    for value in {value for row in recoded for value in row}:
        way = "" if value.casefold() in _NOTHING else value
        ways[_identify(value)] = min(
            way, ways.get(_identify(value), way), key=lambda text: (len(text), text)
        )
    return [tuple(ways[_identify(value)] for value in row) for row in recoded]


def _make_variable(
    rows: Sequence[tuple[str, ...]], level: TableLevel, table: CoderTable
) -> tuple[Variable, list[str]]:
    if level == "nominal":
        values = sorted({value for row in rows for value in row if value})
        numbers = np.zeros(0)
        place = {value: k for k, value in enumerate(values)}
    else:
        number_of = _read_numbers(rows, table)
        ordered = sorted(set(number_of.values()))
        numbers = np.array(ordered)
        values = [f"{number:g}" for number in ordered]
        place = {value: ordered.index(number) for value, number in number_of.items()}
    if len(values) > _MOST_VALUES[level]:
        raise InputError(
            f"has {len(values)} different values; at {level} level at most {_MOST_VALUES[level]}",
            path=table.path,
            hint="check the columns, or take --level interval"
            if level == "ordinal"
            else "check the columns, or round the values",
        )
    codes = np.array([[place.get(value, MISSING) for value in row] for row in rows], dtype=np.int64)
    constant = [f"gave every item {value!r}" for value in values]
    if level == "nominal":
        return Variable.nominal(codes, constant), values
    return Variable.of_numbers(codes, numbers, level, constant), values


def _read_numbers(rows: Sequence[tuple[str, ...]], table: CoderTable) -> dict[str, float]:
    found: dict[str, float] = {}
    for number, row in zip(table.numbers, rows, strict=True):
        for coder, value in zip(table.coders, row, strict=True):
            if not value or value in found:
                continue
            try:
                found[value] = float(value)
            except ValueError:
                found[value] = math.nan
            # Squares of what is larger overflow.
            if not abs(found[value]) < 1e100:
                raise InputError(
                    f"{value!r} in column {coder!r} is not a number",
                    path=table.path,
                    row=number,
                    hint=f"take --level nominal, or recode it (--recode {value}= for missing)",
                )
    return found


def _read_text(path: Path) -> str:
    data = read_bytes(path, hint="export it again with its rows")
    if len(data) > _MOST_ROWS * _BYTES_PER_ROW:
        raise InputError(
            f"is {len(data) >> 20} MB long: too much for a table of codes",
            path=path,
            hint="leave the texts out of it",
        )
    return decode(data, path=path)


def _find_delimiter(text: str, wanted: Sequence[str]) -> str:
    """The delimiter that gives the most of the wanted columns; the comma first."""
    line = text.lstrip("\n").partition("\n")[0]

    def count(delimiter: str) -> int:
        return len(
            set(wanted)
            & {name.strip() for name in next(csv.reader([line], delimiter=delimiter), [])}
        )

    return max(_DELIMITERS, key=count)


def _find_column(name: str, header: Sequence[str], path: str | Path) -> int:
    if header.count(name) == 1:
        return header.index(name)
    if name in header:
        raise InputError(f"column {name!r} stands twice", path=path, row=1, hint="rename one")
    near = get_close_matches(name, header, 1)
    shown = ", ".join(header[:12]) + (", ..." if len(header) > 12 else "")
    raise InputError(
        f"has no column {name!r}",
        path=path,
        row=1,
        hint=f"did you mean {near[0]!r}?" if near else f"columns: {shown}",
    )


def _pick(
    cells: Sequence[str], places: Sequence[int], width: int, path: str | Path, number: int
) -> tuple[str, ...]:
    if len(cells) != width:
        raise InputError(
            f"has {len(cells)} cell{'s' if len(cells) > 1 else ''} where the header has {width}",
            path=path,
            row=number,
            hint="put cells that hold delimiters or line ends in double quotes",
        )
    return tuple(cells[place].strip() for place in places)
