"""Source: one input and how it is to be read; what every reader takes and gives."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

from framing.articles.article import Article, Rejection
from framing.errors import ConfigError, InputError

FIELDS = (
    "text",
    "headline",
    "outlet",
    "agency",
    "country",
    "url",
    "date",
    "author",
    "language",
    "id",
)
STANDARD_INPUT = "-"
_BUFFER = 1 << 16

Item: TypeAlias = Article | Rejection
"""What a reader yields: an article, or a row that can't be one."""


@dataclass(frozen=True)
class ReadOptions:
    """How inputs are read.

    Raises:
        ConfigError: `columns` names a field there is none of, or the limit is not positive.
    """

    language: str | None = None
    """Language of every article, whatever the files say."""
    outlet: str | None = None
    """Outlet of every article, whatever the files say."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Field to column name, for tables and JSON; fields not named are found by usual names."""
    strict: bool = False
    """Whether the first unusable input is an error."""
    max_article_chars: int = 1_000_000
    """Longer articles are rejected, never cut; in code points."""

    def __post_init__(self) -> None:
        for name in self.columns:
            if name not in FIELDS:
                near = get_close_matches(name, FIELDS, 1)
                raise ConfigError(
                    f"there is no field {name!r} to map a column to",
                    hint=f"did you mean {near[0]!r}?" if near else f"fields: {', '.join(FIELDS)}",
                )
        if self.max_article_chars < 1:
            raise ConfigError(
                f"max_article_chars must be at least 1, not {self.max_article_chars}",
                hint="leave it out for one million",
            )


@dataclass(frozen=True)
class Source:
    """One file, or standard input, that is opened only when its reader wants it."""

    path: str
    """As given, for messages and `Article.path`; `-` is standard input."""
    stream: BinaryIO | None = None
    """An open stream to read instead of the file."""

    @property
    def name(self) -> str:
        """Handle for people: the file's name."""
        return "stdin" if self.path == STANDARD_INPUT else Path(self.path).name

    def open(self) -> BinaryIO:
        """Open for reading bytes, buffered; the caller closes."""
        return (
            self.stream
            if self.stream is not None
            else Path(self.path).open("rb", buffering=_BUFFER)
        )

    def size(self) -> int | None:
        """Bytes in the file, None where that can't be known before reading."""
        if self.stream is not None or not Path(self.path).is_file():
            return None
        return Path(self.path).stat().st_size

    def read(self, limit: int, *, unit: str = "file") -> bytes:
        """Read the whole source.

        Args:
            limit: Most bytes taken into memory.
            unit: What the source is called when it is too large.

        Raises:
            InputError: It is larger than the limit.
        """
        with self.open() as stream:
            data = stream.read(limit + 1)
        if len(data) > limit:
            size = self.size()
            raise InputError(
                f"is a {unit} of {_in_megabytes(size)}; the limit is {_in_megabytes(limit)}"
                if size
                else f"is a {unit} of more than {_in_megabytes(limit)}",
                path=self.path,
                hint="split it into smaller files, or raise the limit (--max-chars)",
            )
        return data

    def reject(self, row: int | None, reason: str, hint: str | None = None) -> Rejection:
        """Say that a row of this source can't be used."""
        return Rejection(self.path, row, reason, hint)

    def error(self, problem: str, *, row: int | None = None, hint: str | None = None) -> InputError:
        """Make the error that this source as a whole can't be used, or no further."""
        return InputError(problem, path=self.path, row=row, hint=hint)


Reader: TypeAlias = Callable[[Source, ReadOptions], Iterator[Item]]
"""Reads one source; raises `InputError` where the source as a whole can't be used."""


class _Borrowed(io.RawIOBase):
    """A stream that stays open when whoever borrowed it closes it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.read1(len(buffer))  # type: ignore[attr-defined]
        buffer[: len(data)] = data
        return len(data)


def open_standard_input() -> io.BufferedReader:
    """Standard input as bytes that can be peeked at; closing it leaves it open."""
    return io.BufferedReader(_Borrowed(sys.stdin.buffer), _BUFFER)


def _in_megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB" if size >= 1e6 else f"{size:,} bytes"
