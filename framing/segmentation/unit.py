"""The unit: one sentence with its place in the article's text."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence as segmented; `article.text[start:end] == text` always."""

    index: int
    """Place among the article's units, counted from 0; the headline is unit 0."""
    start: int
    """First code point."""
    end: int
    """One past the last code point."""
    text: str
