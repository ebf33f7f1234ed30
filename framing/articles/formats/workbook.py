"""Workbooks: XLSX sheets, a row an article, read as a stream (BigKinds exports among them)."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from itertools import islice
from typing import Any

from framing.articles.article import Rejection
from framing.articles.formats.columns import find_columns, is_header, read_row
from framing.articles.formats.packages import check_package
from framing.articles.formats.source import Item, ReadOptions, Source
from framing.errors import InputError

_HEADER_ROWS = 10  # some exports put a title and the query above the header
_CARRIAGE_RETURN = re.compile(r"_x000D_\n?")
_MOST_UNPACKED = 1 << 30  # rows are streamed, so a large sheet is no danger in itself
_KIND = "a workbook (.xlsx)"
_DAMAGED_HINT = "open it and save it again, or export it as CSV"

Cells = tuple[Any, ...]


def read_workbook(source: Source, options: ReadOptions) -> Iterator[Item]:
    """Read every sheet of a workbook that names a text column in its first rows.

    Args:
        source: The file.
        options: How to read it.

    Yields:
        An article a row, or why the row is none. Rows are the sheet's own, counted from 1.

    Raises:
        InputError: The file is damaged or encrypted, or no sheet has a text column.
    """
    with source.open() as stream:
        check_package(stream, source, kind=_KIND, limit=_MOST_UNPACKED)
        sheets = _open_sheets(stream, source)
        begun: list[list[Cells]] = []
        found = False
        for title, rows in sheets:
            first = list(islice(rows, _HEADER_ROWS))
            begun.append(first)
            header = _find_header(first, options)
            if header is not None:
                found = True
                shown = title if len(sheets) > 1 else ""
                try:
                    yield from _read_sheet(shown, first, header, rows, source, options)
                except InputError as error:
                    # A sheet that cannot be used must not hide those after it.
                    if not shown:
                        raise
                    problem = f"sheet {shown!r}: {error.problem}"
                    yield Rejection(source.path, error.row, problem, error.hint)
        if not found:
            _refuse(begun, source, options)


def _open_sheets(stream: Any, source: Source) -> list[tuple[str, Iterator[Cells]]]:
    import openpyxl

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and extensions, which hold no text
            book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
        for sheet in book.worksheets:
            sheet.reset_dimensions()  # exports often write wrong ones, which would hide cells
        return [(sheet.title, _iterate(sheet, source)) for sheet in book.worksheets]
    except Exception as error:  # openpyxl lets the errors of its parsers through, of any kind
        raise source.error(
            f"is damaged, not {_KIND} that can be opened", hint=_DAMAGED_HINT
        ) from error


def _iterate(sheet: Any, source: Source) -> Iterator[Cells]:
    rows = sheet.iter_rows(values_only=True)
    count = 0
    while True:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                cells = next(rows, None)
        except Exception as error:  # as above
            raise source.error(
                f"is damaged after row {count} of sheet {sheet.title!r}", hint=_DAMAGED_HINT
            ) from error
        if cells is None:
            return
        count += 1
        yield cells


def _find_header(rows: list[Cells], options: ReadOptions) -> int | None:
    names = ([cell for cell in cells if cell is not None] for cells in rows)
    return next((n for n, cells in enumerate(names) if is_header(cells, options.columns)), None)


def _refuse(begun: list[list[Cells]], source: Source, options: ReadOptions) -> None:
    # The fullest of the first rows is the likeliest header, whose names the message lists.
    rows = [(cells, n) for first in begun for n, cells in enumerate(first, start=1)]
    cells, row = max(rows, key=lambda pair: _count_filled(pair[0]), default=((), 0))
    if not _count_filled(cells):
        raise source.error("is empty", hint="export it again with a header row and rows")
    find_columns(cells, options.columns, source=source, row=row)


def _count_filled(cells: Cells) -> int:
    return sum(cell is not None for cell in cells)


def _read_sheet(
    title: str,
    first: list[Cells],
    header: int,
    rest: Iterator[Cells],
    source: Source,
    options: ReadOptions,
) -> Iterator[Item]:
    names = first[header]
    columns = find_columns(names, options.columns, source=source, row=header + 1)
    places = {field: names.index(column) for field, column in columns.items()}
    empty = True
    for row, cells in _number(first[header + 1 :], rest, header + 2):
        if any(cell is not None and cell != "" for cell in cells):
            empty = False
            yield _read_cells(cells, places, source, row, title)
    if empty:
        raise source.error("has a header and no rows", hint="export it again with its rows")


def _number(first: list[Cells], rest: Iterator[Cells], start: int) -> Iterator[tuple[int, Cells]]:
    yield from enumerate(first, start)
    yield from enumerate(rest, start + len(first))


def _read_cells(cells: Cells, places: dict[str, int], source: Source, row: int, title: str) -> Item:
    values = {field: cells[place] for field, place in places.items() if place < len(cells)}
    text = values.get("text")
    if isinstance(text, str):
        values["text"] = _CARRIAGE_RETURN.sub("\n", text)
    return read_row(values, source, row, sheet=title)
