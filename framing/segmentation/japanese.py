"""Japanese: where sentences end within a paragraph."""

from __future__ import annotations

import re

from framing.segmentation.quotation import find_ends_outside, find_quotes

_PAIRS = {"「": "」", "『": "』", "（": "）", "(": ")", "“": "”", "〝": "〟", "｢": "｣"}
_MARKS = re.compile(r"[「」『』（）()“”〝〟｢｣]")
_STOP = re.compile(r"(?:[。｡．！？!?]|(?<=[ぁ-んァ-ヶ一-龥])\.)+[」』）)”〟｣\"']*")
_CLOSERS = "」』）)”〟｣\"'"

_TAIL = re.compile(
    r"[ \t\xa0\u3000]*(?:[（(][^（）()\n]{0,40}[^（）()\n。！？!?][）)]|[（(][.…‥・\s]{1,20}[）)])"
)
# A sentence that begins in hiragana; any other hiragana after a quote goes on with it.
_STARTER = re.compile(
    r"これ|この|ここ|こう|こうし|それ|その|そこ|そう|そして|しかし|ただ|だが|また|さらに|一方|なお|"
    r"ところ|もっとも|もう|とはいえ|とにかく|やり|やむ|やがて|はたして|にもかかわ|あの|あれ|だから|けれど|でも|つまり|すると|まず|もし|いま|きょう|きのう|あす"
)
# 「撤回を！」「謝罪を！」と: what follows the last quote of a row holds for the first.
_MORE_QUOTES = re.compile(r"(?:「[^「」]{0,200}」){1,4}(?=[とな、])")
_HIRAGANA = re.compile(r"[ぁ-ん、。，・ー]")
# What goes on with a sentence after a question or an exclamation that is not in quotes.
_PARTICLE = re.compile(
    r"[、。，・ー]|と(?!ころ|き)|って|など|の(?!ち)|を|が|は(?!たして)|に(?!もかか)"
)
_TITLE_LENGTH = 70


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
    mark = match[0]
    if stop >= len(block):
        return stop
    weak = mark[0] not in "。｡"
    if weak and (_is_decimal(block, match, first) or _is_title(block)):
        return -1
    tail = _TAIL.match(block, stop)
    after = tail.end() if tail else stop
    if after >= len(block):
        return after
    if (weak or mark[-1] in _CLOSERS or tail) and _goes_on(block, match, after):
        return -1
    return after


def _goes_on(block: str, match: re.Match[str], at: int) -> bool:
    """Whether the sentence goes on at `at`, after a closing quote or a weak stop."""
    following = block[at : at + 12]
    if match[0][-1] not in _CLOSERS and match[0][0] in "。｡":
        return following[0] in "、。"
    quotes = _MORE_QUOTES.match(block, at) if match[0][-1] in _CLOSERS else None
    if quotes:
        following = block[quotes.end() : quotes.end() + 12]
    text = following.lstrip()
    if _HIRAGANA.match(text):
        if match[0][-1] in _CLOSERS:
            return _STARTER.match(text) is None
        return _PARTICLE.match(text) is not None or not _is_hiragana(block, match.start())
    # Within a name: ヤフー！ニュース
    return match[0] in ("！", "!") and text == following and not _is_hiragana(block, match.start())


def _is_hiragana(block: str, start: int) -> bool:
    return start > 0 and "ぁ" <= block[start - 1] <= "ん"


def _is_decimal(block: str, match: re.Match[str], first: int) -> bool:
    """Whether a full-width full stop stands within or after a number (１．５, １．)."""
    if match[0] not in ("．", "."):
        return False
    start = match.start()
    return start == first or not _is_japanese(block[start - 1])


def _is_japanese(char: str) -> bool:
    return "ぁ" <= char <= "ヿ" or "一" <= char <= "龥" or char in "々」』）"


def _is_title(block: str) -> bool:
    """Whether a paragraph is a headline: short, and with no stop at its end."""
    if len(block) > _TITLE_LENGTH:
        return False
    return block.rstrip().rstrip(_CLOSERS)[-1:] not in ("。", "．", "！", "？", "!", "?", "｡")
