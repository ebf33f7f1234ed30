"""Languages: which language a text is in, by its scripts first and its letters' habits second."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from framing.articles.article import UNKNOWN

SUPPORTED = ("en", "ko", "ja")

_SAMPLE = 2_000  # characters
_HANGUL = re.compile(r"[가-힣ㄱ-ㆎᄀ-ᇿ]+")
_KANA = re.compile(r"[ぁ-ゖァ-ヺー々ｦ-ﾟ]+")
_HAN = re.compile(r"[一-鿿㐀-䶿]+")
_LATIN = re.compile(r"[A-Za-zÀ-ÖØ-öø-ɏḀ-ỿ]+")
_ASCII = re.compile(r"[A-Za-z]+")
_SCRIPTS = (_HANGUL, _KANA, _HAN, _LATIN)
_WORD = re.compile(r"[a-z]+(?:['’][a-z]+)?")
_FURNITURE = re.compile(r"(?:https?://|www\.)\S{1,300}|\S{1,64}@\S{1,200}")
# A character of these scripts carries about as much as two Latin letters.
_DENSE = 2
_MOSTLY = 9  # ASCII letters to one other character from which no other script can be the main one
_KANA_SHARE = 0.03  # of kana and Han; Chinese quotes fewer, no Japanese sentence does with less
# Characters written so in Japan alone, neither in simplified nor in traditional Chinese.
_JAPANESE_HAN = frozenset(
    "亜悪圧囲壱隠栄衛塩桜価仮絵拠拡殻覚楽勧缶関歓観顔偽戯駆径恵渓経軽継鶏芸撃欠県倹剣険検権献圏顕験"
    "厳広効恒鉱済砕斎剤雑桟惨歯児湿実釈縦収従獣粛処叙焼証乗浄剰畳縄譲醸触嘱図粋酔穂髄瀬斉摂専戦浅潜"
    "銭繊践禅騒増蔵臓続堕対帯滞滝択沢単団遅鋳庁聴鎮塚逓鉄転伝盗闘徳読縄悩脳拝廃売発髪抜蛮浜頻払仏変"
    "辺舗歩豊翻満訳薬躍黙戻誉揺謡頼覧竜猟塁霊齢恋錬労楼湾込働畑枠峠辻栃匂搾"
)
# Written so in Japan and in simplified Chinese, and in Japan and in traditional Chinese: a text
# with characters of both sets is in neither Chinese.
_NOT_TRADITIONAL = frozenset("体国会学号画声来点党当区医参旧断万乱担独将数条状装称励争静双")
_NOT_SIMPLIFIED = frozenset(
    "輸導貿議談開韓領長問題製約給業務規側協報復訴認許過進運連達違機標東軍財資賠償決動終結線紛総統軸"
    "選挙閣僚審裁則帰還討論調査説責質輪農電車書時間門紙級組織綿緊純準備測減項額類願風飛馬魚鳥"
)
_JAPANESE_TYPE = re.compile(r"[０-９Ａ-Ｚ・＝]|\S\u3000\S")  # of headlines
# Of both Chinese forms, and not in today's Japanese.
_CHINESE_HAN = frozenset(
    "这這们們为说說对對吗嗎吧呢您她它从從让讓给將并沒还很經發國會學實廣戰關權區樣應萬體聲圖當黨獨數條狀裝稱"
    "韩东贸输议谈开长问题订业务规报过进运连达违机标军财资赔偿动终结线纷总统级组织电农责说调讨选阁书车门纸"
)
# Frequent in English, and few of them words of another language in Latin script.
_ENGLISH = frozenset(
    {
        "the", "and", "of", "to", "that", "for", "with", "from", "has", "have", "been", "said",
        "says", "would", "which", "this", "their", "its", "by", "are", "were", "after", "over",
        "not", "but", "it", "they", "about", "more", "as", "is", "on", "at", "be", "will", "was",
        "in", "a", "an", "he", "she", "his", "new", "up", "out", "what", "how", "why", "who",
        "against", "between", "under", "amid", "than", "could", "should",
    }
)  # fmt: skip
# Those of them that no neighbour shares, and of which any English text is full.
_TELLING = frozenset(
    {
        "the", "and", "that", "with", "from", "has", "have", "been", "said", "says", "would",
        "which", "this", "their", "its", "are", "were", "by", "to", "not", "but", "they", "of",
    }
)  # fmt: skip
_SURE = 0.08  # share of telling words from which a text is English
_SURE_WORDS = 20
_SHORT = 12  # words up to which a headline may mislead the detector
_CONFIDENT = 0.75  # a probability from which the detector is believed even then
_RATIO = 10.0  # how much likelier than English another language must be for it otherwise
# The languages in Latin script that a headline is likely to be in.
_LIKELY = frozenset({"en", "de", "fr", "es", "it", "pt", "nl", "id", "vi", "tr", "pl", "sv"})


def detect_language(text: str) -> str:
    """Detect the language that most of a text is written in.

    Args:
        text: The text; its first 2,000 characters decide.

    Returns:
        ISO 639-1 code, `unknown` for a text without letters.
    """
    sample = _FURNITURE.sub(" ", text.lstrip()[:_SAMPLE])
    if sample.isascii():
        return _detect_latin(sample) if any(map(str.isalpha, sample)) else UNKNOWN
    foreign = len(sample) - len(sample.encode("ascii", "ignore"))
    if _count(_ASCII, sample) > _MOSTLY * foreign:
        return _detect_latin(sample)
    hangul, kana, han, latin = (_count(script, sample) for script in _SCRIPTS)
    other = sum(map(str.isalpha, sample)) - hangul - kana - han - latin
    if not latin + other + hangul + kana + han:
        return UNKNOWN
    most = max(hangul * _DENSE, (kana + han) * _DENSE, latin, other)
    if most == hangul * _DENSE:
        return "ko"
    if most == (kana + han) * _DENSE:
        return "ja" if _is_japanese(sample, kana, han) else "zh"
    return _detect_latin(sample) if most == latin else next(iter(_ask_detector(sample)))


def _count(script: re.Pattern[str], sample: str) -> int:
    return sum(map(len, script.findall(sample)))


def _is_japanese(sample: str, kana: int, han: int) -> bool:
    if kana:
        return kana >= _KANA_SHARE * (kana + han)
    if not _CHINESE_HAN.isdisjoint(sample):
        return False
    mixed = not (_NOT_TRADITIONAL.isdisjoint(sample) or _NOT_SIMPLIFIED.isdisjoint(sample))
    typed = _JAPANESE_TYPE.search(sample) is not None
    return mixed or typed or not _JAPANESE_HAN.isdisjoint(sample)


def _detect_latin(sample: str) -> str:
    words = _WORD.findall(sample.lower())
    if len(words) >= _SURE_WORDS and _is_clearly_english(words):
        return "en"
    short = len(words) <= _SHORT
    english = sum(word in _ENGLISH for word in words) * 4 >= len(words)
    if english and not short and "the" in words:
        return "en"
    shares = _ask_detector(sample)
    best = next(iter(shares))
    if not short or shares[best] >= _CONFIDENT:
        return best
    if english and sample.isascii():
        return "en"
    likely = next(code for code in shares if code in _LIKELY)
    return likely if shares[likely] >= _RATIO * shares["en"] else "en"


def _is_clearly_english(words: Sequence[str]) -> bool:
    telling = [word for word in words if word in _TELLING]
    return len(telling) >= _SURE * len(words) and len(set(telling)) >= 4 and "the" in telling


def _ask_detector(sample: str) -> dict[str, float]:
    """Probability by language, the likeliest first; calibrated for length."""
    import py3langid

    ranked = [pair for pair in py3langid.rank(sample) if len(pair[0]) == 2]
    scale = math.sqrt(len(sample.encode("utf-8", "surrogatepass")) or 1)
    best = ranked[0][1]
    weights = {code: math.exp(max((score - best) / scale, -700.0)) for code, score in ranked}
    total = sum(weights.values())
    return {code: weight / total for code, weight in weights.items()}
