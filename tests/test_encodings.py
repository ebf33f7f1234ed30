"""Encodings: texts come back as they were, and what is no text is refused in plain words."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framing.articles.encodings import decode, detect
from framing.errors import InputError

KOREAN = (
    "정부는 13일 세 품목의 수출 심사를 강화한다고 밝혔다. 업계는 “재고를 점검하고 있다”고 말했다."
)
JAPANESE = (
    "政府は13日、3品目の輸出審査を厳しくすると発表した。業界は「在庫を確かめている」と説明した。"
)
ENGLISH = "The ministry’s spokesman said on Friday, without naming a firm, that “talks go on”."
FRENCH = "Le ministère a déclaré vendredi que les échanges continuent à être contrôlés."


def read(data: bytes, *, page: bool = False) -> str:
    return decode(data, path="article.txt", page=page)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        pytest.param(KOREAN, "utf-8", id="korean-utf-8"),
        pytest.param(KOREAN, "cp949", id="korean-cp949"),
        pytest.param(
            "똠방각하를 펲시로 쓴 기사를 정부가 다시 고쳤다고 한다", "cp949", id="rare-syllables"
        ),
        pytest.param(KOREAN, "utf-16", id="korean-utf-16-marked"),
        pytest.param(KOREAN, "utf-32", id="korean-utf-32-marked"),
        pytest.param(KOREAN, "iso2022_kr", id="korean-iso-2022-kr"),
        pytest.param(JAPANESE, "utf-8-sig", id="japanese-utf-8-marked"),
        pytest.param(JAPANESE, "cp932", id="japanese-shift-jis"),
        pytest.param(JAPANESE, "euc_jp", id="japanese-euc-jp"),
        pytest.param(JAPANESE, "iso2022_jp", id="japanese-iso-2022-jp"),
        pytest.param(ENGLISH, "cp1252", id="english-curly-quotes-cp1252"),
        pytest.param(FRENCH, "cp1252", id="accents-cp1252"),
        pytest.param(ENGLISH, "cp949", id="english-curly-quotes-cp949"),
        pytest.param("plain ASCII", "ascii", id="ascii"),
        pytest.param("", "ascii", id="empty"),
    ],
)
def test_text_comes_back_whole(text, encoding):
    assert read(text.encode(encoding)) == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("수출 규제", "cp949"),
        ("대화 재개하기로", "cp949"),
        ("輸出管理の見直し", "cp932"),
        ("輸出管理の見直し", "euc_jp"),
        ("新日鉄住金に賠償命令", "euc_jp"),
        ("韓国、対日ＷＴＯ手続", "cp932"),
        ("café", "cp1252"),
        ("“Talks”", "cp1252"),
    ],
)
def test_a_headline_is_enough(text, encoding):
    assert read(text.encode(encoding)) == text


def test_long_text_with_ascii_before_it_is_told_from_a_part():
    text = "0123456789\n" * 20_000 + KOREAN
    assert read(text.encode("cp949")) == text


def test_line_ends_become_lf_and_nothing_else_changes():
    assert read("a\r\nb\rc\n\td  \u3000\xa0\u200b".encode()) == "a\nb\nc\n\td  \u3000\xa0\u200b"


def test_decomposed_hangul_stays_decomposed():
    text = "\u1112\u1161\u11ab\u1100\u116e\u11a8"
    assert read(text.encode()) == text


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\x00\ufeff\x1b")))
def test_any_utf8_text_comes_back(text):
    assert read(text.encode()) == text


@pytest.mark.parametrize(
    ("declared", "encoding", "text"),
    [
        ("euc-kr", "cp949", KOREAN),
        ("ks_c_5601-1987", "cp949", KOREAN),
        ("Shift_JIS", "cp932", JAPANESE),
        ("x-sjis", "cp932", JAPANESE),
        ("EUC-JP", "euc_jp", JAPANESE),
        ("iso-2022-jp", "iso2022_jp", JAPANESE),
        ("windows-1251", "cp1251", "Министерство сообщило о мерах"),
        ("iso-8859-1", "cp1252", ENGLISH),
    ],
)
def test_page_is_read_as_it_declares(declared, encoding, text):
    page = f'<html><head><meta charset="{declared}"></head><body>{text}</body></html>'
    assert read(page.encode(encoding), page=True) == page


def test_page_that_declares_wrongly_is_read_by_its_bytes():
    page = f'<meta charset="utf-8"><p>{KOREAN}</p>'
    assert read(page.encode("cp949"), page=True) == page
    page = f'<meta charset="euc-kr"><p>{KOREAN}</p>'
    assert read(page.encode(), page=True) == page
    page = f'<meta charset="no-such-thing"><p>{JAPANESE}</p>'
    assert read(page.encode("cp932"), page=True) == page


def test_page_with_one_broken_character_is_still_read():
    page = f'<meta charset="euc-kr"><p>{KOREAN * 3}'.encode("cp949") + b"\xc7</p>"
    assert read(page, page=True).startswith(f'<meta charset="euc-kr"><p>{KOREAN * 3}\ufffd')


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(b"PK\x03\x04\x14\x00", "is a zip or Office file, not text", id="zip"),
        pytest.param(b"%PDF-1.7\n\xe2\xe3", "is a PDF, not text", id="pdf"),
        pytest.param(b"\x89PNG\r\n\x1a\n\x00", "is an image, not text", id="image"),
        pytest.param(b"\x1f\x8b\x08\x00", "is a gzip archive, not text", id="gzip"),
        pytest.param(b"ab\x00cd", "is a binary file, not text", id="nul"),
        pytest.param("가".encode("utf-16-le") + b"\x00a", "is a binary file", id="unmarked-utf-16"),
    ],
)
def test_binary_is_refused_by_kind(data, words):
    with pytest.raises(InputError, match=words) as caught:
        read(data)
    assert str(caught.value).startswith("article.txt: ")


def test_bytes_of_no_known_encoding_are_refused():
    noise = random.Random(4).randbytes(4000).replace(b"\x00", b"\x01")
    with pytest.raises(
        InputError, match="not text in an encoding this program knows.*save the file as UTF-8"
    ):
        read(noise)


def test_utf8_with_a_broken_character_is_refused_rather_than_misread():
    data = (KOREAN * 3).encode()
    with pytest.raises(InputError, match=r"UTF-8 with a broken character at byte \d"):
        read(data[:200] + data[201:])
    with pytest.raises(InputError, match="the file is cut off or mixes two encodings"):
        read(data[:-12] + "다".encode()[:2])


@pytest.mark.parametrize(("text", "encoding"), [(KOREAN, "cp949"), (JAPANESE, "cp932")])
def test_text_cut_in_a_character_is_refused_by_its_encoding(text, encoding):
    data = (text * 2 + text[0]).encode(encoding)[:-1]
    words = f"is {encoding.upper()} with a broken character at byte"
    with pytest.raises(InputError, match=words):
        read(data)


@pytest.mark.parametrize("declared", ["hex", "zip", "unicode_escape", "idna", "utf-7"])
def test_page_that_declares_no_encoding_of_text_is_read_by_its_bytes(declared):
    page = f'<meta charset="{declared}"><p>{KOREAN}</p>'
    assert read(page.encode("cp949"), page=True) == page


def test_page_declared_western_by_its_server_is_read_by_its_bytes():
    page = f'<meta charset="iso-8859-1"><p>{KOREAN}</p>'
    assert read(page.encode("cp949"), page=True) == page


def test_marked_utf16_cut_in_a_character_is_refused():
    with pytest.raises(InputError, match=r"is damaged at byte 9 \(UTF-16-LE\)"):
        read("\ufeffabc".encode("utf-16-le") + b"\x61")


def test_fifty_megabytes_on_one_line_are_told_from_a_part():
    data = KOREAN.encode("cp949") * 400_000
    start = time.perf_counter()
    assert detect(data[: 50 << 20]) == "cp949"
    assert time.perf_counter() - start < 5
