"""Downloads: what doccano gives, one file or a zip with one a coder, as rows."""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

from framing.errors import FramingError, InputError
from framing.reading import open_bytes, read_json_lines, read_text
from framing.spreadsheets import read_csv

COLUMNS = ("text", "label")
"""What every export of a project of text classification has."""
DELIMITERS = ",;\t"
"""What spreadsheets put between cells, by the country they are set to."""
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    RuntimeError,  # encrypted
    NotImplementedError,  # packed in an unusual way
)
_MOST_MEMBERS = 1000
_MOST_BYTES = 1 << 28
"""Of all files in a zip together: what is larger is no project of texts that people coded."""


@dataclass(frozen=True)
class Download:
    """The export of one coder."""

    path: Path
    """Where it is, for messages: in a zip, the file inside it."""
    records: list[tuple[int, Mapping[str, Any]]]
    """Rows by number."""

    @property
    def name(self) -> str:
        """Name of the file without its ending, which doccano gives it by its coder."""
        return self.path.stem


def is_zip(path: str | Path) -> bool:
    """Whether a file begins as a zip does.

    Raises:
        InputError: It is missing or a folder.
    """
    with open_bytes(path) as stream:
        return stream.read(4) in _ZIP


def read_downloads(path: str | Path, *, as_csv: bool = False) -> Iterator[Download]:
    """Read an export of doccano, or each file of the zip as which it was downloaded.

    Nothing of a zip is written under a name of its own.

    Args:
        path: The export.
        as_csv: Read CSV, with commas, semicolons or tabs between cells; else JSON Lines.

    Raises:
        InputError: It is neither, or a zip that is damaged, empty, encrypted or too large.
    """
    path = Path(path)
    if not is_zip(path):
        yield Download(path, list(_read_rows(path, as_csv)))
        return
    with TemporaryDirectory() as folder:
        for name, data in _list_members(path, ".csv" if as_csv else ".jsonl"):
            file = Path(folder) / "member"
            file.write_bytes(data)
            with _named(path / name):
                records = list(_read_rows(file, as_csv))
            yield Download(path / name, records)


def list_zipped(path: Path) -> list[str]:
    """Names of the files in a zip, without those that a Mac adds.

    Raises:
        InputError: It is damaged.
    """
    with _open_zip(path) as archive:
        return [entry.filename for entry in _list_files(archive)]


def find_delimiter(header: str) -> str:
    """What stands between the cells of a header: the one that gives the columns of an export."""

    def count(delimiter: str) -> int:
        return len(set(COLUMNS) & set(next(csv.reader([header], delimiter=delimiter), [])))

    return max(DELIMITERS, key=count)


@contextmanager
def _open_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except _BROKEN as error:
        raise InputError(
            f"is a zip that cannot be read ({error})",
            path=path,
            hint="unzip it, and give its files",
        ) from error


def _list_files(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    return [
        entry
        for entry in archive.infolist()
        if not entry.is_dir() and not entry.filename.startswith("__MACOSX/")
    ]


def _list_members(path: Path, ending: str) -> Iterator[tuple[str, bytes]]:
    """Name, without its folders, and bytes of each file of a zip."""
    left = _MOST_BYTES
    with _open_zip(path) as archive:
        entries = _list_files(archive)
        n_wanted = sum(entry.filename.lower().endswith(ending) for entry in entries)
        if not 0 < n_wanted == len(entries) <= _MOST_MEMBERS:
            raise InputError(
                f"is a zip of {len(entries):,} files, {n_wanted:,} of which end in {ending}",
                path=path,
                hint="unzip it, and give the files of the coders",
            )
        for entry in entries:
            with archive.open(entry) as stream:
                data = stream.read(left + 1)  # what the zip says of its sizes may be wrong
            left -= len(data)
            if left < 0:
                raise InputError(
                    f"is a zip of more than {_MOST_BYTES >> 20} MB",
                    path=path,
                    hint="unzip it, and give the files of the coders",
                )
            yield PurePosixPath(entry.filename).name, data


def _read_rows(path: Path, as_csv: bool) -> Iterator[tuple[int, Mapping[str, Any]]]:
    return _read_table(path) if as_csv else read_json_lines(path)


def _read_table(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    hint = "export it from doccano as CSV"
    text = read_text(path, hint=hint)
    delimiter = find_delimiter(text.partition("\n")[0].rstrip("\r"))
    if delimiter == ",":
        yield from read_csv(path, COLUMNS, hint=hint)
        return
    with TemporaryDirectory() as folder:
        file = Path(folder) / "table.csv"
        with file.open("w", encoding="utf-8", newline="") as stream, _named(path):
            try:
                table = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
                csv.writer(stream).writerows(table)
            except csv.Error as error:
                raise InputError(f"is not CSV ({error})", hint=hint) from error
        with _named(path):
            yield from read_csv(file, COLUMNS, hint=hint)


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Say where something is, whatever file it was read from."""
    try:
        yield
    except FramingError as error:
        raise type(error)(error.problem, path=path, row=error.row, hint=error.hint) from None
