"""N-grams of many texts at once: which stand where, told by 64-bit hashes instead of strings.

A polynomial hash of every span follows from one cumulative sum over the code points (Karp and Rabin
1987, "Efficient randomized pattern-matching algorithms", with arithmetic modulo 2 ** 64), so that
counting is array arithmetic: three to four times faster than slicing strings, which is what scoring
spends most of its time on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BASE = 0x9E3779B97F4A7C15
_INVERSE = pow(_BASE, -1, 2**64)
_PAIR = np.uint64(0xC2B2AE3D27D4EB4F)
_LENGTH = np.uint64(0x165667B19E3779F9)
_WORD = np.uint64(0x27D4EB2F165667C5)
# Code points hashed at a time: bounds the memory, whatever the texts.
_CHUNK = 250_000
_SPACE, _END = ord(" "), ord("\n")


class Ngrams(NamedTuple):
    """Occurrences of n-grams; all arrays have one entry an occurrence."""

    hashes: NDArray[np.uint64]
    rows: NDArray[np.int64]
    """Number of the text it stands in."""
    starts: NDArray[np.int64]
    """First code point in `Batch.text`."""
    ends: NDArray[np.int64]
    """One past the last code point there."""


@dataclass(frozen=True)
class Batch:
    """Some texts in one string: words parted and edged by one space, texts by a line end."""

    text: str
    first_row: int

    def words(self, longest: int) -> Ngrams:
        """Word n-grams up to a length; what stands between words does not matter.

        Words are runs of letters, digits and underscores.
        """
        points, row_of = self._points(), self._rows()
        starts, ends = _find_words(points)
        rows = row_of[starts]
        hashes = _Hasher(points).hash_spans(starts, ends) + _WORD
        parts = [Ngrams(hashes, rows, starts, ends)]
        joined = hashes
        for n in range(2, longest + 1):
            count = max(0, len(starts) - n + 1)
            joined = joined[:count] * _PAIR + hashes[n - 1 :]
            same = rows[:count] == rows[n - 1 :]
            parts.append(
                Ngrams(joined[same], rows[:count][same], starts[:count][same], ends[n - 1 :][same])
            )
        return _concatenate(parts)

    def characters(self, shortest: int, longest: int) -> Ngrams:
        """Character n-grams within words; a space at either end marks the word's edge."""
        points, row_of = self._points(), self._rows()
        hasher = _Hasher(points)
        gaps = np.concatenate([[0], np.cumsum((points == _SPACE) | (points == _END))])
        ends_before = np.concatenate([[0], np.cumsum(points == _END)])
        parts = []
        for n in range(shortest, longest + 1):
            starts = np.arange(max(0, len(points) - n + 1))
            ends = starts + n
            inner = gaps[np.maximum(ends - 1, starts)] - gaps[np.minimum(starts + 1, ends)]
            whole = ends_before[ends] == ends_before[starts]
            # No gap inside, and not only gaps: one letter at least.
            keep = (inner <= 0) & whole & (gaps[ends] - gaps[starts] < n)
            starts, ends = starts[keep], ends[keep]
            parts.append(Ngrams(hasher.hash_spans(starts, ends), row_of[starts], starts, ends))
        return _concatenate(parts)

    def _points(self) -> NDArray[np.uint32]:
        # A lone surrogate has no UTF-32 form of its own; it is passed through as it came.
        return np.frombuffer(self.text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)

    def _rows(self) -> NDArray[np.int64]:
        at_end = self._points() == _END
        rows: NDArray[np.int64] = self.first_row + np.cumsum(at_end) - at_end
        return rows


def make_batches(texts: Sequence[str]) -> Iterator[Batch]:
    """Put texts together, so many code points at a time; white space is folded."""
    pieces: list[str] = []
    size = first = 0
    for row, text in enumerate(texts):
        piece = " ".join(("", *text.split(), "")) + "\n"
        if pieces and size + len(piece) > _CHUNK:
            yield Batch("".join(pieces), first)
            pieces, size, first = [], 0, row
        pieces.append(piece)
        size += len(piece)
    if pieces:
        yield Batch("".join(pieces), first)


def hash_words(grams: Sequence[str]) -> NDArray[np.uint64]:
    """Hash of each word n-gram, its words parted by a space, as `Batch.words` gives it."""
    return np.array([_hash_phrase(gram) for gram in grams], dtype=np.uint64)


def hash_characters(grams: Sequence[str]) -> NDArray[np.uint64]:
    """Hash of each character n-gram, as `Batch.characters` gives it."""
    lengths = np.array([len(gram) for gram in grams], dtype=np.int64)
    ends = np.cumsum(lengths)
    joined = "".join(grams).encode("utf-32-le", "surrogatepass")
    return _Hasher(np.frombuffer(joined, dtype=np.uint32)).hash_spans(ends - lengths, ends)


def _hash_phrase(gram: str) -> int:
    total = 0
    for number, word in enumerate(gram.split(" ")):
        one = (int(hash_characters([word])[0]) + int(_WORD)) % 2**64
        total = one if number == 0 else (total * int(_PAIR) + one) % 2**64
    return total


class _Hasher:
    """Hashes any span of a string of code points in constant time."""

    def __init__(self, points: NDArray[np.uint32]) -> None:
        size = len(points)
        powers = _powers(_BASE, size)
        sums = np.zeros(size + 1, dtype=np.uint64)
        # Overflow is the modulus.
        np.cumsum((points.astype(np.uint64) + np.uint64(1)) * powers[:size], out=sums[1:])
        self._sums = sums
        self._inverse = _powers(_INVERSE, size)

    def hash_spans(self, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.uint64]:
        plain = (self._sums[ends] - self._sums[starts]) * self._inverse[starts]
        hashed: NDArray[np.uint64] = plain + (ends - starts).astype(np.uint64) * _LENGTH
        return hashed


def _powers(base: int, size: int) -> NDArray[np.uint64]:
    factors = np.full(size + 1, base, dtype=np.uint64)
    factors[0] = 1
    return np.multiply.accumulate(factors)


def _find_words(points: NDArray[np.uint32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Start and end of each run of letters, digits and underscores."""
    distinct, index = np.unique(points, return_inverse=True)
    inside = np.array([chr(p).isalnum() or p == ord("_") for p in distinct], dtype=bool)[index]
    edges = np.diff(np.concatenate([[False], inside, [False]]).astype(np.int8))
    return np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)


def _concatenate(parts: Sequence[Ngrams]) -> Ngrams:
    return Ngrams(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
