"""Lines: a stream of bytes as decoded lines, in bounded memory, damage marked and passed over."""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Iterator
from typing import BinaryIO

from framing.articles import encodings
from framing.articles.formats.source import Source

_PEEK = 1 << 16
_TOO_LONG = "the line is longer than {limit:,} bytes"
_BROKEN = "the line holds a broken character"


class LineReader:
    """Iterates over the lines of a stream, line ends as LF.

    UTF-8 is tried first, line by line; the first line that is not UTF-8 decides the encoding,
    unless lines before it were UTF-8 beyond ASCII. A line that can't be used is yielded empty
    and `problem` says why, so that the rest can still be read.

    Args:
        stream: Bytes.
        source: Where they are from, for messages.
        max_line: Longest line taken into memory, in bytes.
    """

    def __init__(self, stream: BinaryIO, source: Source, *, max_line: int) -> None:
        self.source = source
        self.max_line = max_line
        self.number = 0
        """Number of the line last read, counted from 1."""
        self.problem: str | None = None
        """Why a line since the last call of `take_problem` could not be used."""
        self.ended = False
        """Whether the end of the stream was met."""
        self._pushed: deque[str] = deque()
        self._encoding = "utf-8"
        self._certain = False
        self._stream = self._open(stream)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self._pushed:
            return self._pushed.popleft()
        raw = self._stream.readline(self.max_line + 1)
        if not raw:
            self.ended = True
            raise StopIteration
        self.number += 1
        if len(raw) > self.max_line:
            self._skip_line()
            return self._refuse(_TOO_LONG.format(limit=self.max_line))
        if isinstance(raw, str):
            return self._refuse(_BROKEN) if "\ufffd" in raw else raw
        return self._decode(raw)

    def peek(self, *, most: int = 20) -> list[str]:
        """The next lines up to the first that is not blank, which stay to be read."""
        lines = []
        for line in self:
            lines.append(line)
            if line.strip() or len(lines) == most:
                break
        self._pushed.extend(lines)
        self.ended = False
        return lines

    def take_problem(self) -> str | None:
        """Say why a line since the last call could not be used, and forget it."""
        problem, self.problem = self.problem, None
        return problem

    def _refuse(self, problem: str) -> str:
        self.problem = self.problem or problem
        return "\n"

    def _open(self, stream: BinaryIO) -> BinaryIO | io.TextIOWrapper:
        buffered = stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(stream)  # type: ignore[type-var]
        head = buffered.peek(_PEEK)[:_PEEK]
        self._head = head
        mark = encodings.find_mark(head)
        if mark and mark[1] == "utf-8":
            buffered.read(mark[0])
            self._certain = True
        elif mark:
            return io.TextIOWrapper(buffered, encoding=mark[1].rsplit("-", 1)[0], errors="replace")
        binary = None if mark else encodings.describe_binary(head)
        if binary:
            raise self.source.error(
                binary, hint="give it the suffix of its format, or save it as text"
            )
        if b"\r" in head and b"\n" not in head:  # lines of an old Mac
            encoding = encodings.detect(head) if not _is_utf8(head) else "utf-8"
            return io.TextIOWrapper(buffered, encoding=encoding or "utf-8", errors="replace")
        return buffered

    def _skip_line(self) -> None:
        while True:
            piece = self._stream.readline(1 << 20)
            if not piece or piece[-1:] in ("\n", b"\n"):
                return

    def _decode(self, raw: bytes) -> str:
        if b"\x00" in raw:
            return self._refuse("the line holds NUL bytes")
        try:
            text = raw.decode(self._encoding)
        except UnicodeDecodeError:
            return self._decode_again(raw)
        if "\x1b" in text and b"\x1b$" in raw:
            return self._decode_again(raw)
        if not self._certain and not raw.isascii():
            self._certain = True
        return encodings.unify_line_ends(text)

    def _decode_again(self, raw: bytes) -> str:
        if self._certain and b"\x1b$" not in raw:
            return self._refuse(_BROKEN)
        if encodings.find_damage(raw) is not None:
            return self._refuse(_BROKEN)
        encoding = self._detect(raw)
        if encoding is None or not encodings.fits(raw, encoding):
            return self._refuse(_BROKEN)
        self._encoding, self._certain = encoding, True
        return encodings.unify_line_ends(raw.decode(encoding))

    def _detect(self, raw: bytes) -> str | None:
        # A header line alone is little to go by: the lines after it are of the same encoding.
        head = self._head[: self._head.rfind(b"\n") + 1]
        for sample in (raw + head, raw):
            encoding = encodings.detect(sample)
            if encoding is not None and encodings.fits(sample, encoding):
                return encoding
        return None


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as problem:
        return problem.start > len(data) - 4  # cut within a character
    return True
