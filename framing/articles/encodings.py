"""Encodings: bytes of a text file or a page to text, without asking the reader which encoding."""

from __future__ import annotations

import codecs
import logging
import re
from collections.abc import Iterable
from itertools import chain
from pathlib import Path

from framing.errors import InputError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark is its beginning
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MAGIC = (
    (b"PK\x03\x04", "a zip or Office file"),
    (b"%PDF", "a PDF"),
    (b"\xd0\xcf\x11\xe0", "an old or password-protected Office file"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"PAR1", "a Parquet file"),
)
_SAMPLE = 1 << 16
_ESCAPED = ("iso2022_jp", "iso2022_jp_ext", "iso2022_kr")
_CANDIDATES = ("cp949", "cp932", "euc_jp", "cp1252")
# Of languages that are not read here, but that are better read than misread.
_OTHERS = [
    *("cp949", "cp932", "euc_jp", "euc_jis_2004", "shift_jis_2004", "johab", "gb18030", "big5"),
    *("cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1258", "koi8_r"),
]
_CHAOS = 10.0  # percent of signs that do not belong together, from which nothing is believed
# What pages and old tools write, and the superset that is meant (the WHATWG names).
_DECLARED = {
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "ksc5601": "cp949",
    "x-windows-949": "cp949",
    "ms949": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "x-euc-jp": "euc_jp",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "us-ascii": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
}
_META = re.compile(rb"""(?:charset|encoding)\s{0,5}=\s{0,5}["']?\s{0,5}([A-Za-z0-9_:.-]{3,40})""")
# About half of running Korean text, and 1 in 30 of the syllables that misread Japanese shows.
_FREQUENT_HANGUL = frozenset(
    "이다의는에을가로고하한지기도사정대를인일리서해으부시자국스제전과나라장원주어보수상은했들있것"
    "그조구안출무성관규경업계동공소품입중상양실만였까와아위여비세간문된미게연치당할데용면신"
)
_DECLARABLE = ("utf-8", "cp", "windows-", "iso-", "iso2022", "euc", "koi8", "big5", "gb", "mac")
_RUN = re.compile(r"[^\x00-\x7f]+")

_UNKNOWN_ENCODING = "is not text in an encoding this program knows"
_UNKNOWN_HINT = (
    "it reads UTF-8, UTF-16, CP949 (EUC-KR), Shift_JIS, EUC-JP, ISO-2022-JP and CP1252: "
    "save the file as UTF-8"
)
_DAMAGED_HINT = "the file is cut off or mixes two encodings: export or save it again as UTF-8"
_ENOUGH = 0.3  # a score below this is no answer


def decode(data: bytes, *, path: str | Path, page: bool = False) -> str:
    """Decode a whole text file or page.

    Args:
        data: The file's bytes.
        path: Where they are from, for messages.
        page: Whether they are HTML, whose declared encoding counts.

    Returns:
        The text, line ends as LF, byte order mark dropped, otherwise as it came.

    Raises:
        InputError: The bytes are not text, or their encoding can't be told.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = ""
    # Both checks are here because they hold for nearly every file and cost next to nothing.
    if not text or "\x00" in text or "\x1b" in text:
        text = _decode_other(data, path=path, page=page)
    elif text[0] == "\ufeff":
        text = text[1:]
    return unify_line_ends(text)


def unify_line_ends(text: str) -> str:
    """Turn CRLF and CR into LF."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def find_mark(data: bytes) -> tuple[int, str] | None:
    """Length and encoding of a byte order mark, None where there is none."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return len(mark), encoding
    return None


def describe_binary(data: bytes) -> str | None:
    """Say what kind of binary file these bytes begin, None where they may be text."""
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return f"is {kind}, not text"
    return "is a binary file, not text" if b"\x00" in data else None


def detect(data: bytes) -> str | None:
    """Name the encoding of bytes that are not UTF-8, None where none is likely.

    Args:
        data: A whole file, or a part of it cut at line ends.

    Returns:
        The likeliest encoding, even where a broken character keeps the bytes from fitting it.
    """
    if b"\x1b" in data:
        escaped = next((name for name in _ESCAPED if fits(data, name)), None)
        if escaped:
            return escaped
    sample = _pick_sample(data)
    scores = {name: _score(sample, name) for name in _CANDIDATES}
    likely = [name for name in scores if scores[name] >= _ENOUGH]
    if not likely:
        return _ask_normalizer(sample)
    return max(likely, key=lambda name: (fits(data, name), scores[name]))


def find_damage(data: bytes) -> int | None:
    """Position of the first bad byte, counted from 0, in bytes that are clearly UTF-8 otherwise.

    None where they are whole, or where UTF-8 is not what they are.
    """
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as problem:
        text = data.decode("utf-8", "replace")
        bad = text.count("\ufffd")
        good = sum(map(len, _RUN.findall(text))) - bad
        return problem.start if good >= 4 and bad * 20 <= good else None
    return None


def _decode_other(data: bytes, *, path: str | Path, page: bool) -> str:
    mark = find_mark(data)
    if mark:
        try:
            return data[mark[0] :].decode(mark[1])
        except UnicodeDecodeError as problem:
            raise InputError(
                f"is damaged at byte {problem.start + mark[0] + 1:,} ({mark[1].upper()})",
                path=path,
                hint=_DAMAGED_HINT,
            ) from problem
    binary = describe_binary(data)
    if binary:
        raise InputError(
            binary, path=path, hint="give it the suffix of its format, or save it as text"
        )
    declared = _find_declared(data) if page else None
    # Any bytes fit CP1252, which servers and old tools declare for pages of every language.
    if declared and declared != "cp1252" and fits(data, declared):
        return data.decode(declared)
    return _decode_unmarked(data, path=path, declared=declared)


def _decode_unmarked(data: bytes, *, path: str | Path, declared: str | None) -> str:
    damage = find_damage(data)
    if damage is not None and not declared:
        raise InputError(
            f"is UTF-8 with a broken character at byte {damage + 1:,}",
            path=path,
            hint=_DAMAGED_HINT,
        )
    if (
        declared and declared != "cp1252"
    ):  # a page is worth reading for its text even when one character is broken
        text = data.decode(declared, "replace")
        if text.count("\ufffd") * 100 <= len(text):
            return text
    if fits(data, "utf-8"):  # only escapes brought it here
        encoding: str | None = detect(data) if b"\x1b$" in data else "utf-8"
    else:
        encoding = detect(data)
    if encoding is None or _looks_binary(data):
        raise InputError(_UNKNOWN_ENCODING, path=path, hint=_UNKNOWN_HINT)
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as problem:
        raise InputError(
            f"is {encoding.upper()} with a broken character at byte {problem.start + 1:,}",
            path=path,
            hint=_DAMAGED_HINT,
        ) from problem


def fits(data: bytes, encoding: str) -> bool:
    """Whether every byte can be read in an encoding."""
    try:
        data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return False
    return True


def _looks_binary(data: bytes) -> bool:
    sample = data[:_SAMPLE]
    control = sum(1 for byte in sample if byte < 32 and byte not in b"\t\n\r\f\x0e\x0f\x1b")
    return control * 50 > len(sample)


def _find_declared(data: bytes) -> str | None:
    found = _META.search(data[:4096])
    if not found:
        return None
    name = found[1].decode("ascii").lower()
    name = _DECLARED.get(name, name)
    # Python has codecs besides these that are no encodings of text, such as hex and zip.
    if not name.startswith(_DECLARABLE):
        return None
    try:
        return codecs.lookup(name).name
    except LookupError:
        return None


def _pick_sample(data: bytes) -> bytes:
    """A bounded piece that begins with the first line that is not ASCII."""
    if len(data) <= _SAMPLE:
        return data
    try:
        data.decode("ascii")
    except UnicodeDecodeError as problem:
        start = data.rfind(b"\n", max(0, problem.start - _SAMPLE // 2), problem.start) + 1
        return data[start or problem.start :][:_SAMPLE]
    return data[:_SAMPLE]


def _score(data: bytes, encoding: str) -> float:
    """How much bytes look like Korean, Japanese or western news text when read in an encoding.

    Returns:
        Mean weight of the characters outside ASCII, at most about 1; 0 where there are none.
    """
    text = data.decode(encoding, "replace")
    runs = _RUN.findall(text)
    size = sum(map(len, runs))
    if not size:
        return 0.0
    if encoding == "cp1252":
        return _score_western(runs, size, len(text))
    weigh = _weigh_korean if encoding == "cp949" else _weigh_japanese
    return sum(map(weigh, chain.from_iterable(runs))) / size


def _score_western(runs: Iterable[str], size: int, length: int) -> float:
    # Accents and curly quotes stand alone among ASCII letters; two-byte text comes in long runs.
    lone = sum(len(run) for run in runs if len(run) <= 2 and _is_western(run))
    return 0.9 * lone / size - (0.5 if size * 4 > length else 0.0)


def _is_western(run: str) -> bool:
    if len(run) == 1 and run in "€£¥§©®°·¡¿\xa0½¼¾²³´":
        return True
    # Two such signs together are a curly quote of CP949, as in English saved on a Korean computer.
    return all(char.isalpha() or char in "“”‘’–—…•«»" for char in run)


def _weigh_korean(char: str) -> float:
    if "가" <= char <= "힣":
        if char in _FREQUENT_HANGUL:
            return 1.0
        # Beyond these 2,350 syllables lies little but misread bytes.
        return 0.4 if _is_basic_hangul(char) else -1.0
    if "ㄱ" <= char <= "ㆎ":
        return -3.0  # kana of EUC-JP look like single letters, which news text hardly has
    if char in "·“”‘’…「」『』《》〈〉△▲▷▶◇◆■□○●※→㎞㎡％～":
        return 0.35
    # Hanja, and kana of quoted names, are neither here nor there.
    return 0.0 if "一" <= char <= "鿿" or "ぁ" <= char <= "ー" else -0.5


def _is_basic_hangul(char: str) -> bool:
    return char.encode("cp949")[1] >= 0xA1 and char.encode("cp949")[0] >= 0xB0


def _weigh_japanese(char: str) -> float:
    if "ぁ" <= char <= "ゖ":
        return 1.0
    if "ァ" <= char <= "ー" or char in "、。「」『』（）・％々〇〜～【】":
        return 0.7
    if "一" <= char <= "鿿":
        return 0.4
    if "！" <= char <= "～" or char == "\u3000":
        return 0.3
    return -0.7  # half-width kana, box lines, Greek, Cyrillic, private use: misread bytes


def _ask_normalizer(sample: bytes) -> str | None:
    from charset_normalizer import from_bytes

    logging.getLogger("charset_normalizer").addHandler(logging.NullHandler())
    best = from_bytes(sample, cp_isolation=_OTHERS).best()
    return best.encoding if best is not None and best.percent_chaos < _CHAOS else None
