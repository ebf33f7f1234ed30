"""Text from articles and file names on a terminal: shown, never obeyed."""

from __future__ import annotations

import unicodedata

# Direction marks that would reorder what stands around them.
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")


def make_printable(text: str) -> str:
    """One line of text that a terminal only shows: escapes and other controls replaced.

    White space is folded; control characters, direction marks and lone surrogates become U+FFFD.
    """
    folded = " ".join(text.split())
    if folded.isprintable():
        return folded
    return "".join("\ufffd" if _is_control(character) else character for character in folded)


def _is_control(character: str) -> bool:
    return character in _BIDI or unicodedata.category(character) in ("Cc", "Cs", "Co", "Cn")
