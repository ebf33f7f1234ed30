"""Numbers in words, as they stand in the report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from framing.comparison.result import Share

SPACE = "\u202f"
"""Narrow, and no line breaks at it."""
MINUS = "\u2212"
DASH = "\u2013"
NONE = "\u2013"
"""What stands for a number that cannot be given."""


def tie_percents(text: str) -> str:
    """A text in which no line breaks before a percent sign."""
    return text.replace(" %", f"{SPACE}%")


def format_percent(share: float | None) -> str:
    """A share in [0, 1] as a percentage."""
    if share is None:
        return NONE
    if 0 < share < 0.005:
        return f"<1{SPACE}%"
    return f"{100 * share:.0f}{SPACE}%"


def format_share(share: Share) -> str:
    """A share with its interval, as in 34 % (28-41)."""
    if share["low"] is None or share["high"] is None:
        return format_percent(share["estimate"])
    return (
        f"{format_percent(share['estimate'])} ({100 * share['low']:.0f}{DASH}"
        f"{100 * share['high']:.0f})"
    )


def format_points(difference: float | None, *, sign: bool = False) -> str:
    """A difference of shares in percentage points, one decimal."""
    if difference is None:
        return NONE
    # Rounded first: no minus zero.
    points = round(100 * difference, 1) + 0.0
    mark = MINUS if points < 0 else "+" if sign and points > 0 else ""
    return f"{mark}{abs(points):.1f}"


def format_p(p_value: float | None) -> str:
    """A p value, as in "p = .012" or "p < .001"."""
    if p_value is None:
        return "p not known"
    return "p < .001" if p_value < 0.001 else f"p = {format_decimals(p_value, 3)}"


def format_decimals(value: float | None, digits: int = 2) -> str:
    """A number in [-1, 1] without the zero before the point."""
    if value is None:
        return NONE
    value = round(value, digits) + 0.0
    text = f"{abs(value):.{digits}f}"
    return (MINUS if value < 0 else "") + (text[1:] if abs(value) < 1 else text)


def count(number: int, noun: str, plural: str | None = None) -> str:
    """A number of things."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def enumerate_words(words: Sequence[str], most: int | None = None) -> str:
    """Words with commas and an `and`; of more than `most` the rest is counted."""
    shown = list(words if most is None or len(words) <= most else words[:most])
    if len(shown) < len(words):
        shown.append(f"{len(words) - len(shown):,} more")
    if len(shown) < 2:
        return "".join(shown)
    return f"{', '.join(shown[:-1])} and {shown[-1]}"
