"""The journal of decisions, the sheet for making them elsewhere, and those kept from before."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from framing.codebook import Codebook
from framing.coding.adjudication import NOTE, Decision, is_majority
from framing.coding.codes import GOLD, Key, read_codes
from framing.coding.decisions import Decisions
from framing.coding.disagreements import (
    SPEAKER,
    CodedUnit,
    Comparison,
    label_coders,
    sort_frames,
)
from framing.errors import FramingError, InputError, OutputError
from framing.reading import read_json_lines

_TO_FILL = ("frames", "speaker", "reason")


def journal_path(output: str | Path) -> Path:
    """The journal of decisions that stands beside a gold file."""
    output = Path(output)
    return output.with_name(output.name + ".decisions.jsonl")


class Journal:
    """Decisions on disk, each saved the moment it is made; nothing is ever taken out."""

    def __init__(self, path: str | Path, codebook: Codebook) -> None:
        self.path = Path(path)
        self.codebook = codebook

    def require_writable(self) -> None:
        """Find out before the first question whether answers can be kept.

        Raises:
            OutputError: They can't.
        """
        there = self.path if self.path.exists() else self.path.absolute().parent
        if self.path.is_dir() or not there.exists() or not os.access(there, os.W_OK):
            raise OutputError(
                "decisions cannot be kept here", path=self.path, hint="choose another folder"
            )

    def add(self, unit: CodedUnit, decision: Decision) -> None:
        """Save a decision.

        Raises:
            OutputError: It cannot be written.
        """
        self._append(
            unit,
            {
                "frames": list(decision.frames) if unit.disputed_frames else None,
                "speaker": decision.speaker if unit.speaker_disputed else None,
                "reason": decision.reason,
            },
        )

    def undo(self, unit: CodedUnit) -> None:
        """Save that the last decision on a unit no longer holds.

        Raises:
            OutputError: It cannot be written.
        """
        self._append(unit, {"undo": True})

    def _append(self, unit: CodedUnit, values: dict[str, Any]) -> None:
        record = {**_locate(unit, self.codebook), **values}
        line = json.dumps(record, ensure_ascii=False).encode("utf-8") + b"\n"
        try:
            with self.path.open("a+b") as stream:
                end = stream.seek(0, os.SEEK_END)
                if end:
                    stream.seek(end - 1)
                    # An editor may have left the last row without its line end.
                    line = line if stream.read(1) == b"\n" else b"\n" + line
                stream.write(line)
                stream.flush()
                os.fsync(stream.fileno())
        except OSError as error:
            raise OutputError(
                f"the decision could not be saved ({error.strerror or error})",
                path=self.path,
                hint="what was decided before is safe; start again when there is room",
            ) from error


def sheet_records(
    units: Iterable[CodedUnit], codebook: Codebook, *, blind: bool = True, seed: int = 0
) -> Iterator[dict[str, Any]]:
    """Rows of a sheet for deciding outside the terminal; filled in, `read_decisions` reads them.

    `frames`, `speaker` and `reason` are empty: fill in the two that `disputed` names, and why.
    """
    for unit in units:
        place = unit.place
        yield {
            **_locate(unit, codebook),
            "language": place.language,
            "outlet": place.outlet,
            "country": place.country,
            "date": place.date,
            "headline": place.headline,
            "before": list(place.before),
            "text": place.text,
            "disputed": [*unit.disputed_frames, *([SPEAKER] if unit.speaker_disputed else [])],
            "coders": {
                name or letter: {
                    "frames": list(sort_frames(code.frames, codebook)),
                    "speaker": code.speaker,
                    "unsure": code.unsure,
                    "note": code.note,
                }
                for letter, name, code in label_coders(unit, blind=blind, seed=seed)
            },
            "frames": None,
            "speaker": None,
            "reason": "",
        }


def carry_filled(
    sheet: str | Path, rows: Sequence[dict[str, Any]], decided: Mapping[Key, Decision]
) -> int:
    """Carry what somebody filled in on a sheet into the rows that shall replace it.

    Args:
        sheet: Where the rows will be written; nothing is carried where there is no such file.
        rows: Rows of `sheet_records`, which are changed.
        decided: Decisions by unit that are kept elsewhere: what repeats one may go.

    Returns:
        How many rows were filled in.

    Raises:
        OutputError: The file is no sheet, or holds a filled row that has no place in the new one.
    """
    if not Path(sheet).is_file():
        return 0
    by_place = {_find_basis(row): row for row in rows}
    carried, lost = 0, []
    for record in _read_sheet(sheet):
        filled = {key: record[key] for key in _TO_FILL if record[key] not in (None, "")}
        if not filled:
            continue
        row = by_place.pop(_find_basis(record), None)
        if row is not None:
            row.update(filled)
            carried += 1
        elif not _repeats(record, decided):
            lost.append(f"{record['article']} unit {record['unit']}")
    if lost:
        raise OutputError(
            f"exists, and holds {len(lost):,} filled {'row' if len(lost) == 1 else 'rows'} that "
            f"would be lost, the first {lost[0]}",
            path=sheet,
            hint="write to another name",
        )
    return carried


def _read_sheet(path: str | Path) -> Iterator[dict[str, Any]]:
    """Rows of a sheet that is about to be replaced."""
    try:
        for _, record in read_json_lines(path):
            texts = (record.get("article"), record.get("codes"))
            if not all(isinstance(t, str) for t in texts) or not record.keys() >= {*_TO_FILL}:
                raise InputError("is no sheet", path=path)
            yield record
    except InputError as error:
        raise OutputError(
            "exists, and is no sheet of disputed units",
            path=path,
            hint="give another name, or move it away",
        ) from error


def _find_basis(row: Mapping[str, Any]) -> str:
    """What a row was decided on: place, text, codes and the codebook's version."""
    return json.dumps([row.get(key) for key in ("codes", "codebook")])


def _repeats(record: Mapping[str, Any], decided: Mapping[Key, Decision]) -> bool:
    """Whether a filled row says what a decision says that is kept elsewhere."""
    place = [record.get(key) for key in ("article", "start", "end")]
    found = next((decision for key, decision in decided.items() if [*key] == place), None)
    if found is None:
        return False
    kept = {"frames": [*found.frames], "speaker": found.speaker, "reason": found.reason}
    return all(record[key] in (None, "", kept[key]) for key in _TO_FILL)


def read_kept(path: str | Path, comparison: Comparison, codebook: Codebook) -> Decisions:
    """Take the decisions of an existing gold file over: rows whose note says `adjudicated: ...`.

    A gold row does not hold the codes it was decided on. A decision is not kept where that shows:
    the text at its place is another, it contradicts what all coders now agree on, or the journal
    beside the gold file tells of other codes.

    Raises:
        InputError: The file is broken or holds no gold codes.
        CodebookError: A label or the version is not the codebook's.
    """
    gold = [code for code in read_codes(path, codebook) if code.coder == GOLD]
    if not gold:
        raise InputError("holds no gold codes", path=path, hint=f"its coder must be {GOLD!r}")
    units = {unit.key: unit for unit in comparison.units}
    changed = _find_changed(journal_path(path), comparison)
    found, gone, agreed, majority = Decisions(), 0, 0, 0
    for code in gold:
        unit = units.get(code.key)
        if not code.note.startswith(NOTE):
            continue
        if unit is None:
            gone += 1
        elif not unit.disputed:
            agreed += 1
        elif is_majority(code.note):
            majority += 1
        elif unit.key in changed or not _agrees(unit, code.frames, code.speaker, codebook):
            found.stale.append(unit.name)
        else:
            found.of[unit.key] = Decision(
                sort_frames(code.frames, codebook),
                code.speaker,
                code.note.removeprefix(NOTE),  # to the letter: kept is kept
                code.unsure,
            )
    for count, why in (
        (gone, "of units that nobody coded now"),
        (agreed, "of units on which the coders now agree"),
        (majority, "by majority, which counts anew"),
    ):
        if count:
            found.dropped.append(f"{count} {why}")
    return found


def refuse_losing(output: str | Path, codebook: Codebook) -> None:
    """Refuse to replace a file that is no gold, or gold with decisions nothing else holds.

    Raises:
        OutputError: The output exists and is one of these.
    """
    if not Path(output).is_file() or not Path(output).stat().st_size:
        return
    try:
        gold = read_codes(output, codebook)
    except FramingError as error:
        raise OutputError(
            "exists, and is not gold by this codebook",
            path=output,
            hint="give another name, or move it away",
        ) from error
    held = [c for c in gold if c.note.startswith(NOTE) and not is_majority(c.note)]
    if held or any(code.coder != GOLD for code in gold):
        what = f"{len(held)} decisions" if held else "codes of coders"
        raise OutputError(
            f"exists, and holds {what} that would be lost",
            path=output,
            hint="write to another name, and carry decisions over with --keep",
        )


def _locate(unit: CodedUnit, codebook: Codebook) -> dict[str, Any]:
    place = unit.place
    return {
        "article": place.article,
        "unit": place.unit,
        "start": place.start,
        "end": place.end,
        "sha1": place.sha1,
        "codebook": codebook.version,
        "codes": unit.digest,
    }


def _find_changed(journal: Path, comparison: Comparison) -> set[Key]:
    """Units whose codes are not those that the last row of a journal on them was decided on."""
    changed: set[Key] = set()
    for _, record in read_json_lines(journal) if journal.is_file() else ():
        article, number, digest = (record.get(key) for key in ("article", "unit", "codes"))
        if not isinstance(article, str) or not isinstance(number, int) or digest is None:
            continue
        unit = comparison.by_number.get((article, number))
        if unit is not None:
            (changed.discard if digest == unit.digest else changed.add)(unit.key)
    return changed


def _agrees(
    unit: CodedUnit, frames: Iterable[str], speaker: str | None, codebook: Codebook
) -> bool:
    same_frames = bool(unit.disputed_frames) or sort_frames(frames, codebook) == unit.frames
    return same_frames and (unit.speaker_disputed or speaker == unit.speaker)
