"""Half characters (lone surrogates), which no file in UTF-8 can hold: found, and replaced."""

from __future__ import annotations

from typing import Any


def has_half(text: str) -> bool:
    """Whether a text holds half a character."""
    return any("\ud800" <= character <= "\udfff" for character in text)


def replace_halves(value: Any) -> Any:
    """A text with a question mark for each half of a character; anything else as it is."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
