"""Parquet: a row an article, read by small batches and only the columns that are used."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from framing.articles.formats.columns import find_columns, read_row
from framing.articles.formats.source import Item, ReadOptions, Source

_BATCH = 256
_BUFFER = 1 << 20
_HINT = "copy or export it again"


def read_parquet(source: Source, options: ReadOptions) -> Iterator[Item]:
    """Read a Parquet file in bounded memory.

    Args:
        source: The file.
        options: How to read it.

    Yields:
        An article a row, or why the row is none; rows are counted from 1.

    Raises:
        InputError: The file is cut off or damaged, or has no text column.
    """
    with source.open() as stream:
        table = _open_table(stream, source)
        columns = find_columns(table.schema_arrow.names, options.columns, source=source)
        if not table.metadata.num_rows:
            raise source.error("has columns and no rows", hint="export it again with its rows")
        row = 0
        for batch in _iterate(table, sorted(set(columns.values())), source):
            for values in batch:
                row += 1
                fields = {field: values[column] for field, column in columns.items()}
                yield read_row(fields, source, row)


def _open_table(stream: BinaryIO, source: Source) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(stream, buffer_size=_BUFFER, pre_buffer=False)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise source.error(
            "is cut off or damaged, not a Parquet file that can be opened", hint=_HINT
        ) from error


def _iterate(table: Any, names: list[str], source: Source) -> Iterator[list[dict[str, Any]]]:
    import pyarrow as pa

    batches = table.iter_batches(batch_size=_BATCH, columns=names, use_threads=False)
    done = 0
    while True:
        try:
            batch = next(batches, None)
            rows = None if batch is None else batch.to_pylist()
        except (pa.ArrowException, OSError, ValueError) as error:
            raise source.error(f"is damaged after row {done}", hint=_HINT) from error
        if rows is None:
            return
        done += len(rows)
        yield rows
