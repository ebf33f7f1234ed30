"""JSON: an object a line read as a stream, or an array of objects read at once."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from typing import Any

from framing.articles.encodings import decode
from framing.articles.formats.columns import find_columns, is_header, read_row
from framing.articles.formats.lines import LineReader
from framing.articles.formats.source import Item, ReadOptions, Source
from framing.errors import InputError
from framing.reading import describe_fault

_WIDE = 16  # bytes of a line for each character an article may have: escapes, other keys
_MOST_AT_ONCE = 1 << 29
_REPAIR = "repair the row, or export the file again"


class RowReader:
    """Makes articles of JSON objects; keys are looked at once for each set of them."""

    def __init__(self, source: Source, options: ReadOptions) -> None:
        self.source = source
        self.options = options
        self._columns: dict[tuple[str, ...], dict[str, Any] | InputError] = {}

    def read(self, value: Any, row: int) -> Item:
        """Make the article of one object, or say why there is none."""
        if not isinstance(value, dict):
            kind = "a list" if isinstance(value, list) else repr(value)[:40]
            return self.source.reject(row, f"is {kind}, not a JSON object", _REPAIR)
        columns = self._find(tuple(value))
        if isinstance(columns, InputError):
            return self.source.reject(row, columns.problem, columns.hint)
        fields = {field: value[column] for field, column in columns.items()}
        return read_row(fields, self.source, row)

    def _find(self, keys: tuple[str, ...]) -> dict[str, Any] | InputError:
        if keys not in self._columns:
            if len(self._columns) > 1000:  # rows that each have keys of their own
                self._columns.clear()
            self._columns[keys] = self._look_up(keys)
        return self._columns[keys]

    def _look_up(self, keys: tuple[str, ...]) -> dict[str, Any] | InputError:
        # A row may leave out a mapped key, all but the one of the text.
        wanted: Mapping[str, str] = {
            field: name
            for field, name in self.options.columns.items()
            if field == "text" or name in keys
        }
        try:
            return find_columns(keys, wanted, source=self.source)
        except InputError as error:
            return error


def read_json_lines(source: Source, options: ReadOptions) -> Iterator[Item]:
    """Read JSON Lines as a stream.

    Args:
        source: The file.
        options: How to read it.

    Yields:
        An article a line, or why the line is none; rows are lines, counted from 1, blank
        lines passed over.

    Raises:
        InputError: The file is binary or holds nothing.
    """
    with source.open() as stream:
        lines = LineReader(stream, source, max_line=_WIDE * options.max_article_chars + (1 << 16))
        yield from _read_lines(lines, source, options)


def _read_lines(lines: LineReader, source: Source, options: ReadOptions) -> Iterator[Item]:
    reader = RowReader(source, options)
    empty = True
    for line in lines:
        problem = lines.take_problem()
        if problem is None and not line.strip():
            continue
        empty = False
        yield _reject_line(problem, lines) if problem else _read_line(line, lines.number, reader)
    if empty:
        raise source.error("is empty", hint="export it again")


def _reject_line(problem: str, lines: LineReader) -> Item:
    return lines.source.reject(lines.number, problem, _REPAIR)


def _read_line(line: str, row: int, reader: RowReader) -> Item:
    try:
        value = json.loads(line.rstrip())
    except (ValueError, RecursionError) as error:
        return reader.source.reject(row, f"is not valid JSON ({describe_fault(error)})", _REPAIR)
    return reader.read(value, row)


def read_json(source: Source, options: ReadOptions) -> Iterator[Item]:
    """Read a JSON file: an array of objects, one object, or one that holds the array.

    Args:
        source: The file.
        options: How to read it.

    Yields:
        An article an object, or why it is none; rows are places in the array, counted from 1.

    Raises:
        InputError: The file is not JSON, or too large to read at once.
    """
    text = decode(source.read(_MOST_AT_ONCE), path=source.path)
    if not text.strip():
        raise source.error("is empty", hint="export it again")
    try:
        value = json.loads(text)
    except RecursionError as error:
        raise source.error("is JSON nested too deeply", hint=_REPAIR) from error
    except json.JSONDecodeError as error:
        if error.msg == "Extra data":  # JSON Lines under another name
            stream = io.BytesIO(text.encode())
            yield from read_json_lines(Source(source.path, stream), options)
            return
        raise source.error(
            f"is not valid JSON ({describe_fault(error)})",
            row=error.lineno,
            hint="repair it there, or export it again as JSON Lines",
        ) from error
    except ValueError as error:
        raise source.error(f"is not valid JSON ({error})", hint=_REPAIR) from error
    yield from _read_value(value, source, options)


def _read_value(value: Any, source: Source, options: ReadOptions) -> Iterator[Item]:
    reader = RowReader(source, options)
    rows = value if isinstance(value, list) else _find_rows(value, options)
    if rows is None:
        yield reader.read(value, 1)
        return
    if not rows:
        raise source.error("holds no articles (an empty array)", hint="export it again")
    for row, item in enumerate(rows, start=1):
        yield reader.read(item, row)


def _find_rows(value: Any, options: ReadOptions) -> list[Any] | None:
    # Web services wrap the rows: {"total": 2, "articles": [{...}, {...}]}.
    if not isinstance(value, dict) or is_header(list(value), options.columns):
        return None
    lists = [part for part in value.values() if isinstance(part, list)]
    lists = [part for part in lists if part and isinstance(part[0], dict)]
    return lists[0] if len(lists) == 1 else None
