"""CSV that spreadsheets open: read and written, with text that none of them runs as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from framing.errors import InputError
from framing.reading import read_text
from framing.surrogates import replace_halves

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a spreadsheet may run as a formula, with the wide signs that Japanese editions take too."""
_LONGEST_CELL = 1 << 27


def neutralise_formula(value: Any) -> Any:
    """Put an apostrophe before text that a spreadsheet would run as a formula.

    Text that looks as if this had been done gets another one, so that `restore_formula` gives back
    exactly what was there.
    """
    return "'" + value if isinstance(value, str) and _is_formula(value) else value


def restore_formula(value: Any) -> Any:
    """Take off the apostrophe that `neutralise_formula` put on; any other was there before."""
    put_on = isinstance(value, str) and value.startswith("'") and _is_formula(value)
    return value[1:] if put_on else value


def write_csv(
    stream: IO[str], rows: Iterable[Mapping[str, Any]], *, quote_all: bool = False
) -> None:
    """Write flat rows as CSV, the union of their columns as header, formulas neutralised.

    Args:
        stream: Where to write.
        rows: The rows; half characters in them are replaced.
        quote_all: Put every cell in double quotes.
    """
    rows = list(rows)
    columns = list(dict.fromkeys(key for row in rows for key in row))
    writer = csv.DictWriter(
        stream,
        columns,
        lineterminator="\n",
        quoting=csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL,
    )
    writer.writeheader()
    for row in rows:
        writer.writerow(
            {key: neutralise_formula(replace_halves(value)) for key, value in row.items()}
        )


def read_csv(
    path: str | Path, columns: Sequence[str], *, hint: str
) -> Iterator[tuple[int, dict[str, str]]]:
    """Read a CSV file with a header, cells as they stand.

    Args:
        path: The file.
        columns: Columns it must have.
        hint: What to try where it is no such file.

    Yields:
        Row number, counted as a spreadsheet shows it (the header is row 1), and cell by column.

    Raises:
        InputError: It is missing, a folder, empty, not UTF-8 or not CSV, lacks a column, or a row
            has more or fewer cells than the header.
    """
    table = csv.reader(io.StringIO(read_text(path, hint=hint), newline=""), strict=True)
    old = csv.field_size_limit(_LONGEST_CELL)  # one setting for all of Python
    row = 1
    try:
        names = next(table, [])
        for column in columns:
            if column not in names:
                raise InputError(
                    f"has no column `{column}`; its columns are {', '.join(names)[:200]}",
                    path=path,
                    row=1,
                    hint=hint,
                )
        for row, cells in enumerate(table, start=2):
            if cells and len(cells) != len(names):
                raise InputError(
                    f"has {len(cells)} cells, the header {len(names)}",
                    path=path,
                    row=row,
                    hint=hint,
                )
            if cells:
                yield row, dict(zip(names, cells, strict=True))
    except csv.Error as error:
        raise InputError(f"is not CSV ({error})", path=path, row=row + 1, hint=hint) from error
    finally:
        csv.field_size_limit(old)


def _is_formula(text: str) -> bool:
    """Whether a spreadsheet would run it, now or without the apostrophes before it."""
    return text.lstrip("'").startswith(_FORMULA_STARTS)
