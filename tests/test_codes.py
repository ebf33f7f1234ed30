"""Standoff codes: round trip, drift, and errors that name the row."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from framing.articles.article import Article
from framing.codebook import Codebook
from framing.coding.codes import Code, digest_text, find_drift, read_codes, write_codes
from framing.dataset import join_codes, load_dataset
from framing.errors import CodebookError, InputError

TEXT = "항구 요금 인상\n\n“비용이 너무 높다”고 당국자가 말했다. 비가 왔다."


def code(start: int, end: int, **changes: Any) -> Code:
    values: dict[str, Any] = {
        "article": "a.txt", "unit": 0, "start": start, "end": end,
        "sha1": digest_text(TEXT[start:end]), "frames": ("money",), "speaker": "narrator",
    }  # fmt: skip
    return Code(**(values | changes))


def write_rows(path: Path, *rows: dict[str, Any] | str) -> Path:
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


ROW = {"article": "a.txt", "start": 0, "end": 8, "sha1": digest_text(TEXT[0:8]), "frames": []}


def test_round_trip(tmp_path: Path, small_codebook: Codebook):
    codes = [
        code(0, 8),
        code(10, 31, unit=1, frames=("money", "safety"), unsure=True, note="규칙 3"),
    ]
    write_codes(tmp_path / "c.jsonl", codes, small_codebook)
    assert read_codes(tmp_path / "c.jsonl", small_codebook) == codes


def test_codes_join_their_text(small_codebook: Codebook):
    codes = [code(10, 31, unit=1, frames=()), code(0, 8), code(32, 37, furniture=True, frames=())]
    dataset = join_codes(codes, [Article(text=TEXT, name="a.txt", language="ko")], small_codebook)
    assert dataset.texts == ("항구 요금 인상", "“비용이 너무 높다”고 당국자가 말했다."[:21])
    assert dataset.frames.tolist() == [[True, False], [False, False]]
    assert dataset.languages.tolist() == ["ko", "ko"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param(TEXT.replace("요금", "가격"), "has changed", id="other-word"),
        pytest.param(unicodedata.normalize("NFD", TEXT), "has changed", id="nfd"),
        pytest.param("\ufeff" + TEXT, "has changed", id="byte-order-mark"),
        pytest.param(TEXT.replace("\n", "\r\n"), "has changed", id="crlf"),
        pytest.param(TEXT[:5], "ends at 8 of 5", id="cut-short"),
    ],
)
def test_drift_is_found(text: str, reason: str):
    rows = find_drift([code(0, 8), code(10, 31)], {"a.txt": text})
    assert any(reason in why for _, why in rows)


def test_joining_drifted_text_names_row_and_count(tmp_path: Path, small_codebook: Codebook):
    path = tmp_path / "c.jsonl"
    write_codes(path, [code(0, 8), code(10, 31)], small_codebook)
    article = Article(text=TEXT.replace("항구", "부두").replace("비용", "값"), name="a.txt")
    with pytest.raises(InputError, match=r"row 1: a.txt: text at 0-8 has changed \(and 1 more"):
        load_dataset([article], path, small_codebook)


def test_context_ends_where_uncoded_text_stands_between(small_codebook: Codebook):
    articles = [Article(text=TEXT, name="a.txt", language="ko")]
    whole = join_codes([code(0, 8), code(10, 32), code(33, 39)], articles, small_codebook)
    assert len(set(whole.passages)) == 1
    sample = join_codes([code(0, 8), code(33, 39)], articles, small_codebook)
    assert len(set(sample.passages)) == 2
    between = code(10, 32, furniture=True, frames=())
    assert (
        len(set(join_codes([code(0, 8), between, code(33, 39)], articles, small_codebook).passages))
        == 1
    )


def test_two_articles_of_one_name_are_refused(small_codebook: Codebook):
    articles = [Article(text=TEXT, name="a.txt", path=f"{folder}/a.txt") for folder in "xy"]
    with pytest.raises(InputError, match="y/a.txt: has the same name as x/a.txt"):
        join_codes([code(0, 8)], articles, small_codebook)


def test_missing_article_is_drift():
    assert find_drift([code(0, 8)], {}) == [(0, "no text for article 'a.txt'")]


@pytest.mark.parametrize(
    ("row", "kind", "message"),
    [
        pytest.param("{", InputError, "row 2: is not JSON", id="malformed-json"),
        pytest.param("[]", InputError, "row 2: is not a JSON object", id="a-list"),
        pytest.param({**ROW, "frames": ["mony"]}, CodebookError,
                     "row 2: frame 'mony'.*did you mean 'money'", id="unknown-frame"),
        pytest.param({**ROW, "speaker": "ghost"}, CodebookError, "row 2: speaker 'ghost'",
                     id="unknown-speaker"),
        pytest.param({**ROW, "codebook": "9"}, CodebookError, "row 2: coded with codebook version 9",
                     id="other-codebook-version"),
        pytest.param({**ROW, "end": 0}, InputError, "row 2: offsets 0-0 are not a span",
                     id="empty-span"),
        pytest.param({**ROW, "start": "0"}, InputError, "row 2: `start` has the wrong type",
                     id="text-offset"),
        pytest.param({**ROW, "frame": []}, InputError, "row 2: unknown key `frame`", id="bad-key"),
        pytest.param({k: v for k, v in ROW.items() if k != "sha1"}, InputError,
                     "row 2: key `sha1` is missing", id="no-digest"),
        pytest.param({**ROW, "start": 0}, InputError, "row 2: coder 'gold' coded this unit already "
                     "in row 1", id="coded-twice"),
    ],
)  # fmt: skip
def test_error_names_the_row(
    tmp_path: Path, small_codebook: Codebook, row: Any, kind: type[Exception], message: str
):
    first = {**ROW, "start": 0} if "already" in message else {**ROW, "start": 1}
    path = write_rows(tmp_path / "c.jsonl", first, row)
    with pytest.raises(kind, match=message):
        read_codes(path, small_codebook)


def test_empty_file(tmp_path: Path, small_codebook: Codebook):
    path = write_rows(tmp_path / "c.jsonl", "")
    with pytest.raises(InputError, match="holds no codes"):
        read_codes(path, small_codebook)


def test_file_in_another_encoding(tmp_path: Path, small_codebook: Codebook):
    path = tmp_path / "c.jsonl"
    path.write_bytes('{"article": "항구"}\n'.encode("cp949"))
    with pytest.raises(InputError, match="row 1: is not UTF-8 text"):
        read_codes(path, small_codebook)


def test_only_furniture(small_codebook: Codebook):
    articles = [Article(text=TEXT, name="a.txt", language="ko")]
    with pytest.raises(InputError, match="no coded unit"):
        join_codes([code(0, 8, furniture=True, frames=())], articles, small_codebook)


def test_unknown_coder_lists_those_there_are(tmp_path: Path, small_codebook: Codebook):
    path = write_rows(tmp_path / "c.jsonl", {**ROW, "coder": "second"})
    with pytest.raises(InputError, match="no codes by 'gold'; coders in it: second"):
        load_dataset([], path, small_codebook)


def test_gold_of_the_real_articles_fits_them(shared: Path):
    codebook = Codebook.load()
    texts = {p.name: p.read_text(encoding="utf-8") for p in (shared / "articles").glob("*.txt")}
    codes = read_codes(shared / "articles_gold.jsonl", codebook)
    assert len(codes) == 77
    assert find_drift(codes, texts) == []
