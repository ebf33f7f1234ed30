"""Korean: where sentences end within a paragraph."""

from __future__ import annotations

import re
import unicodedata

from framing.segmentation.quotation import find_ends_outside, find_quotes
from framing.segmentation.words import to_words

_PAIRS = {
    **{"“": "”", "‘": "’", '"': '"', "'": "'"},
    **{"「": "」", "『": "』", "(": ")", "（": "）", "《": "》", "〈": "〉"},
}
_MARKS = re.compile(r"""[“”‘’"'「」『』()（）《》〈〉]""")
_STOP = re.compile(r"""[.!?…‥。！？]+[”’"'」』)）\]》〉]*""")
_CLOSERS = "”’\"'」』)）]》〉"

_TAIL = re.compile(
    r"[ \t\xa0]*(?:[(（][^()（）\n]{0,60}[^()（）\n.!?…][)）]|[(\[][.…\s]{1,20}[)\]])"
)
# What goes on with a sentence after the quote in it, where a space was left before it.
_GOES_ON = re.compile(
    r"(?:이?라(?:고|며|면서|는|던|도|서|든가|거나)|고|며|면서|는|란|이란|하고|하며|하자|하는|했|한다|"
    r"등|등의|등을|등이|식의|식으로|같은)(?=[\s,.]|[가-힣]{0,4}[\s,.])"
)
# “철회하라!” “사과하라!”고: what follows the last quote of a row holds for the first.
_MORE_QUOTES = re.compile(r"(?:\s{0,3}“[^“”]{0,200}”){1,4}(?=\S)(?![.,])")
_LATIN = re.compile(r"[A-Za-z][A-Za-z.&-]*$")
_ABBREVIATIONS = to_words(
    "no vs co ltd inc corp mr mrs ms dr prof gen st vol ver fig e.g i.e p pp jan feb mar apr jun "
    "jul aug sep sept oct nov dec"
)
_LIST_LETTERS = frozenset("가나다라마바사아자차카타파하")
_FINAL = ("다", "요", "죠", "까", "음", "함", "임", "됨", "라", "니", "네", "지", "자")
_TITLE_LENGTH = 80


def find_ends(block: str) -> list[int]:
    """Find where sentences end in one paragraph.

    Args:
        block: A paragraph, without line breaks but for those of wrapped lines.

    Returns:
        Offsets in the block, rising, each one past a sentence's last code point; the last
        sentence's is left out.
    """
    spans = find_quotes(block, _PAIRS, _MARKS)
    return find_ends_outside(block, _STOP, spans, _end_of)


def _end_of(block: str, match: re.Match[str], first: int) -> int:
    """Where the sentence ends that this stop ends, or -1 where it ends none."""
    stop = match.end()
    if stop >= len(block):
        return stop
    if match[0][0] != "." and _is_title(block):
        return -1
    tail = _TAIL.match(block, stop) if block[stop] in " ([（\xa0" else None
    if tail and not block[tail.end() : tail.end() + 1].isalpha():
        stop = tail.end()
        if stop >= len(block):
            return stop
    if not block[stop].isspace():
        return stop if tail or _is_missing_space(block, match) else -1
    if match[0][-1] in _CLOSERS:
        quotes = _MORE_QUOTES.match(block, stop)
        at = quotes.end() if quotes else stop
        following = unicodedata.normalize("NFC", block[at : at + 24]).lstrip()
        return -1 if _GOES_ON.match(following) else stop
    return stop if _is_end(block, match, first) else -1


def _is_end(block: str, match: re.Match[str], first: int) -> bool:
    """Whether a stop with a space after it ends a sentence."""
    start = match.start()
    mark = match[0]
    before = block[start - 1] if start else ""
    if mark != ".":
        # An ellipsis is a comma in a headline and a pause in speech, but for a verb's end.
        return mark.strip(".…‥") != "" or _ends_clause(block, start)
    if before.isdigit() or not before.strip():
        return False
    if before.isascii() and before.isalpha():
        word = _LATIN.search(block[max(0, start - 12) : start])
        return word is None or not _is_abbreviation(word[0])
    return not (before in _LIST_LETTERS and block[first:start].strip() == before)


def _is_abbreviation(word: str) -> bool:
    return len(word) == 1 or "." in word or word.lower() in _ABBREVIATIONS


def _ends_clause(block: str, start: int) -> bool:
    before = unicodedata.normalize("NFC", block[max(0, start - 3) : start])
    return before.endswith(_FINAL)


def _is_missing_space(block: str, match: re.Match[str]) -> bool:
    """Whether a sentence ends at a full stop though no space follows it: 했다.일본은."""
    if match[0] not in (".", "?", "!") or not _is_hangul(block[match.end()]):
        return False
    before = unicodedata.normalize("NFC", block[max(0, match.start() - 3) : match.start()])
    return before.endswith(("다", "요", "죠", "까"))


def _is_hangul(char: str) -> bool:
    return "가" <= char <= "힣" or "\u1100" <= char <= "\u11ff"


def _is_title(block: str) -> bool:
    """Whether a paragraph is a headline: short, and with no stop at its end."""
    if len(block) > _TITLE_LENGTH:
        return False
    return block.rstrip().rstrip(_CLOSERS)[-1:] not in (".", "!", "?", "…")
