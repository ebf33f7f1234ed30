"""The rule: a named pattern of a whole line, or of a line's end, with its reason."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of furniture that a line shows by itself."""

    name: str
    """Short and stable: it is written into results."""
    pattern: str
    """Of the whole line, white space at its ends left out; case is ignored."""
    reason: str
    heads_list: bool = False
    """Whether the title-like lines after it go with it."""


@dataclass(frozen=True, slots=True)
class TailRule:
    """One kind of furniture at the end of a line that is a sentence otherwise."""

    name: str
    pattern: str
    """Of the part to remove, up to the line's end; case matters."""
    reason: str
