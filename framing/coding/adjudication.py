"""Adjudication: decisions on disputed units, and the gold codes they make with the agreed ones."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from framing.codebook import Codebook
from framing.coding.codes import GOLD, Code, Key
from framing.coding.disagreements import CodedUnit, Comparison, sort_frames

NOTE = "adjudicated: "
"""What the note of a decided gold row starts with; the reason follows."""

_MAJORITY = re.compile(r"adjudicated: majority \d+ of \d+")


@dataclass(frozen=True, slots=True)
class Decision:
    """What one disputed unit shall carry, and why."""

    frames: tuple[str, ...]
    """Frame ids in the codebook's order."""
    speaker: str | None
    reason: str
    unsure: bool | None = None
    """None: unsure where a coder was."""


def settle_by_majority(unit: CodedUnit, codebook: Codebook) -> Decision | None:
    """Decide a unit by strict majority: each disputed frame by itself, and the speaker.

    Returns:
        The decision, its reason the narrowest majority (`majority 2 of 3`); None where one of the
        disputed things has no strict majority, as always with two coders.
    """
    frames, votes = set(unit.frames), []
    for frame in unit.disputed_frames:
        given = sum(frame in code.frames for code in unit.codes)
        votes.append((max(given, len(unit.codes) - given), len(unit.codes)))
        if 2 * given > len(unit.codes):
            frames.add(frame)
    speaker = unit.speaker
    if unit.speaker_disputed:
        named = Counter(code.speaker for code in unit.codes if code.speaker is not None)
        speaker, most = named.most_common(1)[0]
        votes.append((most, named.total()))
    if not all(2 * most > of for most, of in votes):
        return None
    most, of = min(votes, key=lambda vote: vote[0] / vote[1])
    return Decision(sort_frames(frames, codebook), speaker, f"majority {most} of {of}")


def find_overruled(
    unit: CodedUnit, frames: Iterable[str], codebook: Codebook
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Find where a decision goes against what all coders agree on.

    Args:
        unit: A disputed unit.
        frames: What is decided for it.
        codebook: Gives the order of frames.

    Returns:
        Frames decided that no coder gave; frames left out that all gave.
    """
    chosen = set(frames)
    added = chosen.difference(unit.frames, unit.disputed_frames)
    return sort_frames(added, codebook), sort_frames(set(unit.frames) - chosen, codebook)


def list_overruled(
    comparison: Comparison, decisions: Mapping[Key, Decision], codebook: Codebook
) -> tuple[list[str], list[str]]:
    """Name the units decided against all coders, as `find_overruled` finds them.

    Returns:
        Units given a frame no coder gave; units without a frame that all gave.
    """
    added, dropped = [], []
    for unit in comparison.disputed:
        if unit.key in decisions:
            more, less = find_overruled(unit, decisions[unit.key].frames, codebook)
            added += [unit.name] * bool(more)
            dropped += [unit.name] * bool(less)
    return added, dropped


def is_majority(note: str) -> bool:
    """Whether a gold row's note says that a majority settled it, and nobody."""
    return _MAJORITY.fullmatch(note) is not None


def make_gold(
    comparison: Comparison, decisions: Mapping[Key, Decision], codebook: Codebook
) -> list[Code]:
    """Make gold codes: what coders agree on, and decisions where they don't.

    Args:
        comparison: The codes side by side.
        decisions: Decisions by unit; disputed units without one are left out.
        codebook: Gives the order of frames.

    Returns:
        One code a unit in the order of articles' names and of the text, furniture included.
    """
    gold = [
        _gold_code(unit, decisions.get(unit.key), codebook)
        for unit in comparison.units
        if not unit.disputed or unit.key in decisions
    ]
    gold += [
        Code(
            article=code.article, unit=code.unit, start=code.start, end=code.end, sha1=code.sha1,
            frames=(), furniture=True,
        )
        for code in comparison.furniture
    ]  # fmt: skip
    return sorted(gold, key=lambda code: (code.article, code.start))


def _gold_code(unit: CodedUnit, decision: Decision | None, codebook: Codebook) -> Code:
    if not unit.disputed:
        only = unit.codes[0].coder if len(unit.codes) == 1 else None
        decision = Decision(unit.frames, unit.speaker, f"only {only} coded it" if only else "")
        note = decision.reason
    else:
        assert decision is not None
        note = NOTE + decision.reason
    place = unit.place
    return Code(
        article=place.article,
        unit=place.unit,
        start=place.start,
        end=place.end,
        sha1=place.sha1,
        coder=GOLD,
        frames=sort_frames(decision.frames, codebook),
        speaker=decision.speaker,
        unsure=unit.unsure if decision.unsure is None else decision.unsure,
        note=note,
    )
