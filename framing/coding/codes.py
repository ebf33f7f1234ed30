"""Standoff codes: who coded which span of which article how, apart from the text itself."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from framing.codebook import Codebook, unknown_label
from framing.errors import CodebookError, InputError
from framing.files import open_output
from framing.reading import read_json_lines

Key = tuple[str, int, int]
"""Article, start and end of a unit."""

GOLD = "gold"
"""The coder name of adjudicated codes."""

_REQUIRED = ("article", "start", "end", "sha1", "frames")
_TYPES: dict[str, type | tuple[type, ...]] = {
    "article": str,
    "unit": int,
    "start": int,
    "end": int,
    "sha1": str,
    "coder": str,
    "frames": list,
    "speaker": (str, type(None)),
    "unsure": bool,
    "note": str,
    "furniture": bool,
    "codebook": str,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One coder's codes for one unit; offsets count code points, the end is exclusive."""

    article: str
    start: int
    end: int
    sha1: str
    frames: tuple[str, ...]
    speaker: str | None = None
    unit: int | None = None
    coder: str = GOLD
    unsure: bool = False
    note: str = ""
    furniture: bool = False
    """True for a span that is no unit: it carries no frames and no speaker."""
    row: int | None = field(default=None, compare=False)
    """Row of the file it was read from, counted from 1."""

    @property
    def key(self) -> Key:
        """What codes of one unit share: article, start and end."""
        return (self.article, self.start, self.end)


def digest_text(text: str) -> str:
    """First 12 hex digits of the SHA-1 of a unit's text as UTF-8."""
    return hashlib.sha1(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def read_codes(path: str | Path, codebook: Codebook, *, coder: str | None = GOLD) -> list[Code]:
    """Read a file of codes, one JSON object a line.

    Args:
        path: The file.
        codebook: The codebook they were made with.
        coder: Coder of rows that name none; None refuses such rows.

    Raises:
        InputError: A row is not JSON, lacks a key, has a wrong type, codes a unit twice, or
            overlaps with another of the same coder.
        CodebookError: A row has a label the codebook lacks, or names another version of it.
    """
    codes: list[Code] = []
    seen: dict[tuple[str, str, int], int] = {}
    for row, record in read_json_lines(path):
        if "coder" not in record:
            if coder is None:
                raise InputError(
                    "names no coder", path=path, row=row, hint="say whose codes they are (--coder)"
                )
            record["coder"] = coder
        code = _check_row(record, codebook, path, row)
        key = (code.coder, code.article, code.start)
        if key in seen:
            raise InputError(
                f"coder {code.coder!r} coded this unit already in row {seen[key]}",
                path=path,
                row=row,
                hint="keep one of the two",
            )
        seen[key] = row
        codes.append(code)
    if not codes:
        raise InputError("holds no codes", path=path, hint="export the codes again")
    _refuse_overlaps(codes, path)
    return codes


def write_codes(path: str | Path, codes: Iterable[Code], codebook: Codebook) -> None:
    """Write codes, one JSON object a line, with the codebook's version in each."""
    with open_output(path) as stream:
        for code in codes:
            stream.write(json.dumps(code_record(code, codebook), ensure_ascii=False) + "\n")


def code_record(code: Code, codebook: Codebook) -> dict[str, Any]:
    """One code as a row of a file, the codebook's version in it."""
    record: dict[str, Any] = {
        "article": code.article,
        "unit": code.unit,
        "start": code.start,
        "end": code.end,
        "sha1": code.sha1,
        "coder": code.coder,
        "codebook": codebook.version,
        "frames": list(code.frames),
        "speaker": code.speaker,
        "unsure": code.unsure,
        "note": code.note,
    }
    if code.furniture:
        record["furniture"] = True
    return record


def number_units(codes: Sequence[Code]) -> list[Code]:
    """Give each code the number of its unit among those its coder coded in the article."""
    counts: dict[tuple[str, str], int] = {}
    numbered = []
    for code in sorted(codes, key=lambda code: (code.coder, code.article, code.start)):
        if code.furniture:
            numbered.append(code)
            continue
        number = counts.get((code.coder, code.article), 0)
        counts[code.coder, code.article] = number + 1
        numbered.append(replace(code, unit=number))
    return numbered


def find_drift(codes: Sequence[Code], texts: Mapping[str, str]) -> list[tuple[int, str]]:
    """Check that each code still points at the text it was made for.

    Args:
        codes: The codes.
        texts: Article text by article name.

    Returns:
        (position in `codes`, reason) of every code that does not fit.
    """
    drift = []
    for position, code in enumerate(codes):
        text = texts.get(code.article)
        if text is None:
            drift.append((position, f"no text for article {code.article!r}"))
        elif code.end > len(text):
            drift.append((position, f"{code.article}: ends at {code.end} of {len(text)}"))
        elif digest_text(text[code.start : code.end]) != code.sha1:
            drift.append((position, f"{code.article}: text at {code.start}-{code.end} has changed"))
    return drift


def refuse_drift(
    codes: Sequence[Code], texts: Mapping[str, str], *, path: str | Path | None = None
) -> None:
    """Refuse codes that no longer point at the text they were made for.

    Args:
        codes: The codes.
        texts: Article text by article name.
        path: The file of codes, for messages.

    Raises:
        InputError: One does not; the message names the first row and the count.
    """
    drift = find_drift(codes, texts)
    if drift:
        position, reason = drift[0]
        raise InputError(
            reason + (f" (and {len(drift) - 1} more rows)" if len(drift) > 1 else ""),
            path=path,
            row=codes[position].row,
            hint="use the text that was coded, unchanged",
        )


def find_overlaps(codes: Iterable[Code]) -> Iterator[tuple[Code, Code]]:
    """Pairs of spans by one coder that share a character: one of the two points elsewhere."""
    ordered = sorted(codes, key=lambda code: (code.coder, code.article, code.start))
    for before, code in itertools.pairwise(ordered):
        alike = (before.coder, before.article) == (code.coder, code.article)
        if alike and code.start < before.end:
            yield before, code


def _refuse_overlaps(codes: Sequence[Code], path: str | Path) -> None:
    for pair in find_overlaps(codes):
        first, second = sorted(pair, key=lambda code: code.row or 0)
        raise InputError(
            f"offsets {second.start}-{second.end} of {second.article} overlap with "
            f"{first.start}-{first.end} in row {first.row}",
            path=path,
            row=second.row,
            hint="units do not overlap: mend the offsets of one of the two",
        )


def _check_row(record: dict[str, Any], codebook: Codebook, path: str | Path, row: int) -> Code:
    for key in _REQUIRED:
        if key not in record:
            raise InputError(f"key `{key}` is missing", path=path, row=row)
    for key, value in record.items():
        if key not in _TYPES:
            raise InputError(
                f"unknown key `{key}`", path=path, row=row, hint=f"known: {', '.join(_TYPES)}"
            )
        # bool is an int to Python, but no offset is true or false
        if not isinstance(value, _TYPES[key]) or (_TYPES[key] is int and value is True):
            if key == "unit" and value is None:
                continue
            raise InputError(f"`{key}` has the wrong type: {value!r}", path=path, row=row)
    if not 0 <= record["start"] < record["end"]:
        raise InputError(
            f"offsets {record['start']}-{record['end']} are not a span", path=path, row=row
        )
    _check_labels(record, codebook, path, row)
    known = {key: value for key, value in record.items() if key != "codebook"}
    return Code(**{**known, "frames": tuple(record["frames"]), "row": row})


def _check_labels(record: dict[str, Any], codebook: Codebook, path: str | Path, row: int) -> None:
    version = record.get("codebook", codebook.version)
    if version != codebook.version:
        raise CodebookError(
            f"coded with codebook version {version}, not {codebook.version}",
            path=path,
            row=row,
            hint="use the codebook it was coded with, or code it again",
        )
    for label in record["frames"]:
        if label not in codebook.frame_ids:
            raise unknown_label("frame", label, codebook.frame_ids, path=path, row=row)
    speaker = record.get("speaker")
    if speaker is not None and codebook.speakers and speaker not in codebook.speaker_ids:
        raise unknown_label("speaker", speaker, codebook.speaker_ids, path=path, row=row)
