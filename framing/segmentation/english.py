"""English: where sentences end within a paragraph."""

from __future__ import annotations

import re

from framing.segmentation.words import to_words

_STOP = re.compile(r"""[.!?…‥。！？]+["'”’»)\]）」』]*""")
_SPACE = re.compile(r"\s*")
_OPENERS = "\"'“‘«([{（「『*•¿¡"
_QUOTES = "\"'”’»"

# A parenthesis with no sentence of its own, such as an agency's credit or an elision mark,
# belongs to the sentence before it.
_TAIL = re.compile(r"[ \t\xa0]*(?:\([^()\n]{0,60}[^()\n.!?…]\)|[\[(][.…\s]{1,20}[\])])(?=\s|$)")
_WORD_BEFORE = re.compile(r"[^\W\d_][\w.&'’-]*$")
_ROMAN = re.compile(r"[IVXL]+\b")
_WORD_AFTER = re.compile(r"[^\W\d_][\w'’-]*")

_NEVER = to_words(
    "v mr mrs ms mx messrs dr prof gen maj lt col capt cmdr sgt adm brig rep reps sen sens gov "
    "rev hon pres amb supt insp st mt ft fr dept vs cf viz approx ca e.g i.e al ex assn "
    "asst dir est ret"
)
"""These stand before what they belong to, so that a sentence does not end with them."""
_BEFORE_NUMBER = to_words(
    "no nos art arts sec secs fig figs vol vols ch p pp para paras cl app eq ver jan feb mar apr "
    "jun jul aug sep sept oct nov dec mon tue tues wed thu thur thurs fri sat sun"
)
"""These are abbreviations only where a number follows."""
_MAY_END = to_words(
    "inc ltd co corp cos bros llc plc jr sr etc ave blvd rd univ intl govt mfg ph.d"
)
"""These may end a sentence: they do where a word follows that mostly begins one."""
_STARTERS = to_words(
    "The A An This That These Those It Its He She They We You I His Her Their Our My There Here "
    "But And Or So Yet Nor If When While As After Before Since Although Though Because However "
    "Meanwhile In On At By For From With To During Despite Last Earlier Later Some Many Both "
    "Such Not No What Why How Who Where Which Also Still Then Now According Another Only Even "
    "Once Until Without Within Instead Moreover Nevertheless Officials Analysts Critics"
)
_DOMAIN_ENDS = to_words("Com Net Org Co Jp Kr Uk Us Io Gov Edu Js Py")

_SAYING = (
    "said|says|asked|asks|added|told|wrote|replied|shouted|cried|exclaimed|wondered|demanded|"
    "insisted|quipped|warned|recalled|answered|declared|chanted|read"
)
# "Is it fair?" Minister Kim asked. A name, a verb of saying, and then no clause of its own.
_ATTRIBUTION = re.compile(
    rf"(?:[A-Z][\w.’'-]{{0,30}}\s+){{1,4}}(?:later\s+)?(?:{_SAYING})"
    r"(?=[.,]|\s+(?:in|on|at|during|after|before|as|when|while|from|to)\b)"
)
_UNSPOKEN = frozenset(("Yahoo", "Jeopardy"))
"""Names that are written with an exclamation mark."""
_TITLE_LENGTH = 140


def find_ends(block: str) -> list[int]:
    """Find where sentences end in one paragraph.

    Args:
        block: A paragraph, without line breaks but for those of wrapped lines.

    Returns:
        Offsets in the block, rising, each one past a sentence's last code point; the last
        sentence's is left out.
    """
    ends: list[int] = []
    length = len(block)
    title: bool | None = None
    for match in _STOP.finditer(block):
        stop = match.end()
        if stop >= length:
            break
        if not block[stop].isspace():
            if _is_missing_space(block, match):
                ends.append(stop)
            continue
        at = _SPACE.match(block, stop).end()  # type: ignore[union-attr]
        if at >= length:
            break
        tail = _TAIL.match(block, stop) if block[at] in "([" else None
        if tail:
            ends.append(tail.end())
        elif _is_end(block, match, at, first=ends[-1] if ends else 0):
            if "?" in match[0] or "!" in match[0] or "…" in match[0]:
                title = _is_title(block) if title is None else title
                if title:
                    continue
            ends.append(stop)
    return ends


def _is_title(block: str) -> bool:
    """Whether a paragraph is a headline: short, and with no stop at its end."""
    body = block.rstrip()
    return len(body) <= _TITLE_LENGTH and not _STOP.fullmatch(body, len(body.rstrip("\"'”’»)")) - 1)


def _is_end(block: str, match: re.Match[str], at: int, first: int) -> bool:
    """Whether the stop, with white space after it up to `at`, ends a sentence."""
    stop = match[0]
    start = match.start()
    if start > 0 and stop[0] in ".…‥" and len(stop.rstrip(_QUOTES)) + (stop[0] == "…") > 1:
        return not block[start - 1].isspace() and _begins(block, at)
    # `he wrote. "we must act"`: a quote may begin in lower case after a plain full stop.
    if not _begins(block, at) and (stop != "." or block[at] not in '"“'):
        return False
    if stop[0] == ".":
        return stop[-1] in _QUOTES or not _is_abbreviation(block, start, at, first)
    if stop[-1] in _QUOTES:
        return _ATTRIBUTION.match(block, at, at + 120) is None
    return not (stop == "!" and _word_before(block, start) in _UNSPOKEN)


def _begins(block: str, at: int) -> bool:
    """Whether what stands at `at` can begin a sentence."""
    end = min(len(block), at + 6)
    while at < end and block[at] in _OPENERS:
        at += 1
    if at >= end:
        return True
    char = block[at]
    if char.islower():
        # eBay, iPhone
        return at + 1 < len(block) and block[at + 1].isupper()
    return char.isalnum() or char in "$€£¥₩#@&"


def _word_before(block: str, start: int) -> str:
    match = _WORD_BEFORE.search(block[max(0, start - 24) : start])
    return match[0] if match else ""


def _is_abbreviation(block: str, start: int, at: int, first: int) -> bool:
    """Whether the full stop at `start` belongs to an abbreviation that goes on at `at`."""
    word = _word_before(block, start)
    if not word:
        # 1. A numbered list entry.
        number = block[first:start].strip()
        return number.isdigit() and len(number) <= 2
    lower = word.lower()
    if lower in _NEVER:
        return True
    if lower in _BEFORE_NUMBER and word != "P":
        return block[at].isdigit() or _ROMAN.match(block, at) is not None
    if lower in _MAY_END or len(word) == 1 or "." in word:
        if len(word) == 1 and word.islower():
            return False
        following = _WORD_AFTER.match(block, at)
        if following is None:
            return block[at] not in "\"“‘'"
        return following[0] not in _STARTERS
    return False


def _is_missing_space(block: str, match: re.Match[str]) -> bool:
    """Whether a sentence ends at the stop though no space follows it."""
    following = _WORD_AFTER.match(block, match.end())
    if following is None or not following[0][0].isupper() or match[0][0] == "…":
        return False
    token = block[max(0, match.start() - 60) : match.start()].rsplit(None, 1)[-1:]
    word = _word_before(block, match.start())
    if len(word) < 2 or "." in word or not token or any(mark in token[0] for mark in "@/"):
        return False
    name = following[0]
    if match[0] == "." and (word.lower() in _NEVER or word == "www" or name in _DOMAIN_ENDS):
        return False
    if name in _STARTERS:
        return True
    return (
        word.islower()
        and name[1:].islower()
        and block[following.end() : following.end() + 1] == " "
    )
