"""Decisions on disputed units, read and checked row by row: made elsewhere, or a journal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from framing.codebook import Codebook, unknown_label
from framing.coding.adjudication import NOTE, Decision
from framing.coding.codes import Key
from framing.coding.disagreements import CodedUnit, Comparison, sort_frames
from framing.errors import CodebookError, FramingError, InputError
from framing.reading import read_json_lines
from framing.surrogates import has_half

_NUMBERS = ("unit", "start", "end")
_TEXTS = ("article", "sha1", "codebook", "codes")
_GIVEN = ("frames", "speaker", "reason")
# What a sheet shows beside these; whatever stands there decides nothing.
_SHOWN = (
    "language", "outlet", "country", "date", "headline", "before", "text", "disputed", "coders",
)  # fmt: skip
_KNOWN = (*_NUMBERS, *_TEXTS, *_GIVEN, "undo", *_SHOWN)


@dataclass
class Decisions:
    """Decisions that stand, and what became of the others."""

    of: dict[Key, Decision] = field(default_factory=dict)
    """In the order they were made."""
    stale: list[str] = field(default_factory=list)
    """Units whose codes have changed since they were decided."""
    unbound: int = 0
    """Decisions among those that stand which don't say which codes they were made on."""
    blank: int = 0
    """Rows of a sheet that nobody filled in."""
    dropped: list[str] = field(default_factory=list)
    """Why decisions of a kept gold file were not needed or not usable, one line a kind."""


def read_decisions(path: str | Path, comparison: Comparison, codebook: Codebook) -> Decisions:
    """Read decisions, one JSON object a line: made elsewhere, a filled sheet, or a journal.

    A row has `article`, `unit` and `reason`, and `frames` and `speaker` where these are disputed.
    One with `codes`, the digest of what was decided on, is stale where the codes have changed, or
    where nobody codes its unit any more.

    Raises:
        InputError: A row is not JSON, has a wrong type or an unknown key, names a unit that was not
            coded, or another than its `codes` are of, or one on which nobody disagreed, decides a
            unit twice, leaves open what is disputed or changes what is not, or gives no reason.
        CodebookError: A row has a label the codebook lacks, or was decided with another version.
    """
    return _DecisionReader(path, comparison, codebook).read()


class _DecisionReader:
    """Checks decisions row by row, so that every error names its row."""

    def __init__(self, path: str | Path, comparison: Comparison, codebook: Codebook) -> None:
        self.path = path
        self.comparison = comparison
        self.codebook = codebook
        self.row = 0
        self.rows: dict[Key, int] = {}
        self.unbound: set[Key] = set()
        self.stale: dict[tuple[str, int], None] = {}
        self.found = Decisions()

    def read(self) -> Decisions:
        hint = "decisions are JSON Lines, one object a line, as --sheet FILE.jsonl lays them out"
        for row, record in read_json_lines(self.path, hint=hint):
            self.row = row
            self.check_types(record)
            self.take(record)
        self.found.unbound = len(self.unbound & self.found.of.keys())
        # What was stale and has been decided again is settled.
        settled = {(article, start) for article, start, _ in self.found.of}
        for article, number in self.stale:
            unit = self.comparison.by_number.get((article, number))
            if unit is None or (article, unit.place.start) not in settled:
                self.found.stale.append(f"{article} unit {number}")
        return self.found

    def take(self, record: dict[str, Any]) -> None:
        unit = self.comparison.by_number.get((record["article"], record["unit"]))
        blank = not record.get("undo") and self.is_blank(record)
        digest = record.get("codes")
        if digest is not None and (unit is None or digest != unit.digest):
            if not blank:
                self.check_stale(record, unit)
                self.stale[record["article"], record["unit"]] = None
            self.found.blank += blank
            return
        if unit is None:
            raise self.unknown_unit(record)
        self.check_place(record, unit)
        if not unit.disputed:
            raise self.error(
                f"nobody disagreed on {unit.name}", "leave the row out: the coders' codes stand"
            )
        if record.get("undo"):
            self.found.of.pop(unit.key, None)
            self.rows.pop(unit.key, None)
        elif blank:
            self.found.blank += 1
        else:
            self.add(unit, record)

    def add(self, unit: CodedUnit, record: dict[str, Any]) -> None:
        if unit.key in self.rows:
            raise self.error(
                f"{unit.name} was decided already in row {self.rows[unit.key]}",
                "keep one of the two",
            )
        frames, speaker = self.take_frames(unit, record), self.take_speaker(unit, record)
        reason = clean_reason(record.get("reason") or "")
        if not reason:
            raise self.error(
                f"gives no reason for {unit.name}", "say in `reason` which rule decided it"
            )
        self.rows[unit.key] = self.row
        (self.unbound.add if record.get("codes") is None else self.unbound.discard)(unit.key)
        self.found.of[unit.key] = Decision(frames, speaker, reason)

    def take_frames(self, unit: CodedUnit, record: dict[str, Any]) -> tuple[str, ...]:
        given = record.get("frames")
        if given is None:
            if unit.disputed_frames:
                raise self.error(
                    f"leaves open the frames of {unit.name}, which are disputed",
                    "give `frames`, [] for none",
                )
            return unit.frames
        for label in given:
            if label not in self.codebook.frame_ids:
                known = self.codebook.frame_ids
                raise unknown_label("frame", label, known, path=self.path, row=self.row)
        frames = sort_frames(given, self.codebook)
        if not unit.disputed_frames and frames != unit.frames:
            raise self.error(
                f"gives {unit.name} frames {_list(frames)}, where all coders agree on "
                f"{_list(unit.frames)}",
                "only what is disputed can be decided: leave `frames` out",
            )
        return frames

    def take_speaker(self, unit: CodedUnit, record: dict[str, Any]) -> str | None:
        speaker: str | None = record.get("speaker")
        if speaker is None:
            if unit.speaker_disputed:
                raise self.error(
                    f"leaves open the speaker of {unit.name}, which is disputed", "give `speaker`"
                )
            return unit.speaker
        if not self.codebook.speakers:
            raise self.error(
                f"gives speaker {speaker!r}, but the codebook lists no speakers",
                "leave `speaker` out",
            )
        if speaker not in self.codebook.speaker_ids:
            known = self.codebook.speaker_ids
            raise unknown_label("speaker", speaker, known, path=self.path, row=self.row)
        if not unit.speaker_disputed and speaker != unit.speaker:
            raise self.error(
                f"gives {unit.name} speaker {speaker!r}, where all coders agree on "
                f"{unit.speaker!r}",
                "only what is disputed can be decided: leave `speaker` out",
            )
        return speaker

    def is_blank(self, record: dict[str, Any]) -> bool:
        return record.get("frames") is None and not any(
            record.get(key) for key in ("speaker", "reason")
        )

    def check_types(self, record: dict[str, Any]) -> None:
        for key in ("article", "unit"):
            if record.get(key) is None:
                raise self.error(f"key `{key}` is missing", "each row names `article` and `unit`")
        for key, value in record.items():
            if key not in _KNOWN:
                near = get_close_matches(key, _KNOWN, n=1)
                hint = f"did you mean `{near[0]}`?" if near else f"known: {', '.join(_KNOWN)}"
                raise self.error(f"unknown key `{key}`", hint)
            if value is not None and not _fits(key, value):
                raise self.error(f"`{key}` has the wrong type: {value!r}", _WANTED.get(key, ""))
        version = record.get("codebook") or self.codebook.version
        if version != self.codebook.version:
            raise CodebookError(
                f"decided with codebook version {version}, not {self.codebook.version}",
                path=self.path,
                row=self.row,
                hint="give the codebook it was decided with (--codebook), or decide anew",
            )

    def check_place(self, record: dict[str, Any], unit: CodedUnit) -> None:
        for key in ("start", "end", "sha1"):
            given, there = record.get(key), getattr(unit.place, key)
            if given is not None and given != there:
                raise self.error(
                    f"`{key}` of {unit.name} is {given!r}, but {there!r} in the codes",
                    "decide it on the text that was coded",
                )

    def check_stale(self, record: dict[str, Any], unit: CodedUnit | None) -> None:
        """Refuse a row that seems stale only because it names a wrong article or unit."""
        meant = self.comparison.by_digest.get(record["codes"])
        if meant is not None:
            raise self.error(
                f"names {record['article']} unit {record['unit']}, but its `codes` are those of "
                f"{meant.name}",
                "mend `article` and `unit`",
            )
        # Codes of an article at hand may have been taken out; of another there never were any.
        if unit is None and record["article"] not in self.comparison.texts:
            raise self.unknown_unit(record)

    def unknown_unit(self, record: dict[str, Any]) -> FramingError:
        article, number = record["article"], record["unit"]
        articles = dict.fromkeys(name for name, _ in self.comparison.by_number)
        if article in articles:
            numbers = [n for name, n in self.comparison.by_number if name == article]
            return self.error(
                f"nobody coded unit {number} of {article}",
                f"its units are {min(numbers)} to {max(numbers)}",
            )
        near = get_close_matches(article, list(articles), n=1)
        return self.error(
            f"nobody coded an article {article!r}",
            f"did you mean {near[0]!r}?" if near else "give the name as the codes have it",
        )

    def error(self, problem: str, hint: str) -> InputError:
        return InputError(problem, path=self.path, row=self.row, hint=hint or None)


def clean_reason(reason: str) -> str:
    """A reason on one line, without the words a gold note puts before it."""
    reason = " ".join(reason.split())
    return reason.removeprefix(NOTE.strip()).strip()


_WANTED: Mapping[str, str] = {
    "unit": "a whole number, the headline being 0",
    "frames": "a list of frame ids, [] for none",
    "speaker": "a speaker id, or null",
    "reason": "a text",
}


def _fits(key: str, value: Any) -> bool:
    if isinstance(value, str) and has_half(value):
        return False
    if key in _NUMBERS:
        return isinstance(value, int) and not isinstance(value, bool)
    if key == "frames":
        return isinstance(value, list) and all(isinstance(label, str) for label in value)
    if key == "undo":
        return isinstance(value, bool)
    return key in _SHOWN or isinstance(value, str)


def _list(frames: Iterable[str]) -> str:
    return ", ".join(frames) or "none"
