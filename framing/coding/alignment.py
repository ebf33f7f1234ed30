"""Alignment: the codes of several coders as arrays, a row a unit and a column a coder."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from framing.coding.codes import GOLD, Code, read_codes
from framing.coding.variables import MISSING
from framing.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from framing.codebook import Codebook


@dataclass(frozen=True)
class AlignedCodes:
    """Units in the order of articles' names and of the text, coders in the order of their names."""

    codebook: Codebook
    articles: tuple[str, ...]
    """Article of each unit (n_units)."""
    coders: tuple[str, ...]
    coded: NDArray[np.bool_]
    """Bool (n_units, n_coders): whether the coder coded the unit."""
    frames: NDArray[np.bool_]
    """Bool (n_units, n_coders, n_frames), all False where not coded."""
    speakers: NDArray[np.int64]
    """Int (n_units, n_coders): index into `codebook.speaker_ids`, or -1 where not coded."""
    order: NDArray[np.int64]
    """Int (n_units): the units in the order in which they stand among the codes."""

    @property
    def shared(self) -> NDArray[np.bool_]:
        """Bool (n_units): whether two or more coders coded the unit."""
        return np.asarray(self.coded.sum(axis=1) > 1)

    def select(
        self, units: NDArray[Any], coders: Sequence[int] | slice = slice(None)
    ) -> AlignedCodes:
        """Some units, by mask or index, and some coders; `order` starts anew."""
        kept = np.arange(len(self.articles))[units]
        rank = np.empty(len(self.order), dtype=np.int64)
        rank[self.order] = np.arange(len(self.order))
        names = (
            self.coders[coders] if isinstance(coders, slice) else [self.coders[j] for j in coders]
        )
        return AlignedCodes(
            codebook=self.codebook,
            articles=tuple(self.articles[i] for i in kept),
            coders=tuple(names),
            coded=self.coded[kept][:, coders],
            frames=self.frames[kept][:, coders],
            speakers=self.speakers[kept][:, coders],
            order=np.argsort(rank[kept]),
        )


def read_codings(
    paths: Iterable[str | Path], codebook: Codebook, coders: Collection[str] = ()
) -> tuple[list[Code], list[Path]]:
    """Read the codes to compare from one file or several.

    Args:
        paths: Files of codes; a coder's codes may stand in any of them.
        codebook: The one they followed.
        coders: Whose codes to keep; if none is named, all but the adjudicated ones (`gold`).

    Returns:
        Codes in the order of the files, and the file of each.

    Raises:
        InputError: A file cannot be used, a coder named has no codes, or one coder alone has.
        CodebookError: A row has a label the codebook lacks, or names another version of it.
    """
    every = [(code, Path(path)) for path in paths for code in read_codes(path, codebook)]
    found = sorted({code.coder for code, _ in every})
    for name in coders:
        if name not in found:
            raise InputError(
                f"there are no codes by {name!r}", hint=f"coders found: {', '.join(found)}"
            )
    wanted = set(coders) or set(found) - {GOLD}
    if len(wanted) < 2:
        raise InputError(
            f"codes by {', '.join(wanted) or 'the adjudicator'} alone: agreement needs two coders",
            hint="give another coder's file too"
            if len(found) < 2
            else f"name the coders to compare (--coder {' --coder '.join(found)})",
        )
    chosen = [(code, path) for code, path in every if code.coder in wanted]
    return [code for code, _ in chosen], [path for _, path in chosen]


def align_codes(
    codes: Sequence[Code], codebook: Codebook, *, paths: Sequence[str | Path] | None = None
) -> AlignedCodes:
    """Match the codes that several coders gave the same units.

    Furniture is left out: a span that one coder set aside is not coded by that coder.

    Args:
        codes: Codes of any number of coders, in any order.
        codebook: Gives the order of frames and speakers.
        paths: File of each code (n_codes), for messages.

    Raises:
        InputError: A coder coded a unit twice, or the units of two coders overlap without being
            the same, or have one place and different text.
        CodebookError: A label is not in the codebook.
    """
    files = [None] * len(codes) if paths is None else [str(path) for path in paths]
    entries = [
        _Entry(code, file, position)
        for position, (code, file) in enumerate(zip(codes, files, strict=True))
        if not code.furniture
    ]
    ordered = sorted(entries, key=lambda e: (e.code.article, e.code.start, e.code.end, e.position))
    _refuse_mismatches(ordered)
    spans = {entry.span: row for row, entry in enumerate(_drop_repeated(ordered))}
    coders = tuple(sorted({entry.code.coder for entry in entries}))
    column = {name: j for j, name in enumerate(coders)}
    speaker = {name: k for k, name in enumerate(codebook.speaker_ids)}
    shape = (len(spans), len(coders))
    coded = np.zeros(shape, dtype=bool)
    speakers = np.full(shape, MISSING, dtype=np.int64)
    frames = np.zeros((*shape, len(codebook.frames)), dtype=bool)
    labels = codebook.encode(entry.code.frames for entry in entries)
    taken: dict[tuple[int, int], _Entry] = {}
    first = np.full(len(spans), len(codes), dtype=np.int64)
    for entry, carried in zip(entries, labels, strict=True):
        place = (spans[entry.span], column[entry.code.coder])
        if place in taken:
            raise entry.error(
                f"coder {entry.code.coder!r} coded {entry.named} already in {taken[place].where}",
                "keep one of the two, or give each coder a name of its own",
            )
        taken[place] = entry
        coded[place] = True
        frames[place] = carried
        speakers[place] = speaker.get(entry.code.speaker or "", MISSING)
        first[place[0]] = min(first[place[0]], entry.position)
    return AlignedCodes(
        codebook=codebook,
        articles=tuple(article for article, _, _ in spans),
        coders=coders,
        coded=coded,
        frames=frames,
        speakers=speakers,
        order=np.argsort(first),
    )


@dataclass(frozen=True)
class _Entry:
    """A code, with the file it is from for messages."""

    code: Code
    file: str | None
    position: int

    @property
    def span(self) -> tuple[str, int, int]:
        return self.code.article, self.code.start, self.code.end

    @property
    def named(self) -> str:
        return f"{self.code.start}-{self.code.end} of {self.code.article}"

    @property
    def where(self) -> str:
        row = f"row {self.code.row or self.position + 1}"
        return f"{self.file}, {row}" if self.file else row

    def error(self, problem: str, hint: str) -> InputError:
        row = self.code.row or self.position + 1
        return InputError(problem, path=self.file, row=row, hint=hint)


def _drop_repeated(ordered: Sequence[_Entry]) -> list[_Entry]:
    return list({entry.span: entry for entry in ordered}.values())


def _refuse_mismatches(ordered: Sequence[_Entry]) -> None:
    """Refuse units that share characters without being one unit, and one place with two texts."""
    for before, entry in pairwise(ordered):
        if before.code.article != entry.code.article or entry.code.start >= before.code.end:
            continue
        # Told of the one that comes later in the files: the earlier one stands.
        early, late = sorted((before, entry), key=lambda e: e.position)
        by = f"{early.code.coder!r} coded in {early.where}"
        if before.span != entry.span:
            raise late.error(
                f"{late.named} overlaps with {early.code.start}-{early.code.end}, which {by}: "
                "the coders segmented differently",
                "let all coders code the units of one sheet",
            )
        if before.code.sha1 != entry.code.sha1:
            raise late.error(
                f"the text at {late.named} is not the one that {by}",
                "let all coders code the same text",
            )
