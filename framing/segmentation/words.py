"""Words: sets of words, written as one reads them."""

from __future__ import annotations


def to_words(*lines: str) -> frozenset[str]:
    """Turn lines of words parted by spaces into a set."""
    return frozenset(word for line in lines for word in line.split())
