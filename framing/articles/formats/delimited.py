"""Delimited tables: CSV and TSV, a row an article, read as a stream."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from typing import Any

from framing.articles.formats.columns import count_known, find_columns, read_row
from framing.articles.formats.lines import LineReader
from framing.articles.formats.source import Item, ReadOptions, Source

_DELIMITERS = ",\t;|"
_REPAIR = "repair the row, or export the table again as UTF-8"
_WIDE = 16  # bytes of a line for each character an article may have: escapes, other columns


def read_delimited(source: Source, options: ReadOptions) -> Iterator[Item]:
    """Read a CSV or TSV file whose first row names the columns.

    Rows are counted as a spreadsheet shows them: the header is row 1, and a row whose quoted
    cells hold line ends is one row.

    Args:
        source: The file.
        options: How to read it.

    Yields:
        An article a row, or why the row is none.

    Raises:
        InputError: The file is binary, has no text column or no rows.
    """
    with source.open() as stream:
        lines = LineReader(stream, source, max_line=_WIDE * options.max_article_chars + (1 << 16))
        yield from _read_rows(lines, source, options)


def _read_rows(lines: LineReader, source: Source, options: ReadOptions) -> Iterator[Item]:
    limit = 4 * options.max_article_chars
    csv.field_size_limit(max(csv.field_size_limit(), limit))  # one setting for all of Python
    delimiter = _find_delimiter(lines.peek(), source, options.columns)
    table = _Table(lines, delimiter)
    names, places = _read_header(table, source, options)
    empty = True
    for row, cells, problem in table:
        if problem is not None or any(cells):
            empty = False
            yield _read_cells(cells, problem, places, len(names), source, row)
    if empty:
        raise source.error("has a header and no rows", hint="export it again with its rows")


def _read_header(
    table: _Table, source: Source, options: ReadOptions
) -> tuple[list[str], dict[str, int]]:
    for row, cells, problem in table:
        if problem is not None:
            raise source.error(f"{problem} in the header", row=row, hint=_REPAIR)
        if any(cells):
            names = [name.strip() for name in cells]
            columns = find_columns(names, options.columns, source=source, row=row)
            return names, {field: names.index(column) for field, column in columns.items()}
    raise source.error("is empty", hint="export it again with a header row and rows")


def _read_cells(
    cells: list[str],
    problem: str | None,
    places: Mapping[str, int],
    width: int,
    source: Source,
    row: int,
) -> Item:
    if problem:
        return source.reject(row, problem, _REPAIR)
    if any(cells[width:]) or len(cells) <= places["text"]:
        return source.reject(
            row,
            f"has {len(cells)} cell{'s' if len(cells) > 1 else ''} where the header has {width}",
            "put cells that hold delimiters or line ends in double quotes",
        )
    values = {field: cells[place] for field, place in places.items() if place < len(cells)}
    return read_row(values, source, row)


class _Table:
    """Rows of a table as row number, cells and problem."""

    def __init__(self, lines: LineReader, delimiter: str) -> None:
        self._lines = lines
        self._reader = csv.reader(lines, delimiter=delimiter)
        self._row = 0

    def __iter__(self) -> Iterator[tuple[int, list[str], str | None]]:
        while True:
            self._row += 1
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield self._row, [], _describe(error)
                continue
            problem = self._lines.take_problem()
            if self._lines.ended and problem is None:
                # A whole row never asks for a line past the last one.
                problem = "a double quote is opened and never closed"
            yield self._row, cells, problem


def _describe(error: csv.Error) -> str:
    if "field larger" in str(error):
        return "a cell is too long, or a double quote is opened and never closed"
    return f"is not a row of a table ({error})"


def _find_delimiter(lines: list[str], source: Source, wanted: Mapping[str, str]) -> str:
    # The delimiter that gives the most names known as columns; then the most columns.
    expected = "\t" if source.path.lower().endswith((".tsv", ".tab")) else ","

    def rank(delimiter: str) -> tuple[int, int, bool]:
        try:
            names: list[Any] = next(csv.reader(lines, delimiter=delimiter), [])
        except csv.Error:
            names = []
        return count_known(names, wanted), len(names), delimiter == expected

    return max(_DELIMITERS, key=rank)
