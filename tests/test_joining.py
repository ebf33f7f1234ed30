"""Codes of text kept elsewhere: attached to a reader's own copy by digest, drift told row by row."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest

from framing.articles.article import Article
from framing.coding.codes import Code, digest_text
from framing.corpus.joining import attach_texts

TEXT = (
    "카페 앞에서\n\nA café opened by the pier.\nIt closed on Monday, an official said.\n👩‍🌾 came."
)
UNITS = [
    "카페 앞에서",
    "A café opened by the pier.",
    "It closed on Monday, an official said.",
    "👩‍🌾 came.",
]


def make_codes(name: str = "pier.txt") -> list[Code]:
    codes = []
    for row, unit in enumerate(UNITS, start=1):
        start = TEXT.index(unit)
        codes.append(
            Code(article=name, unit=row - 1, start=start, end=start + len(unit),
                 sha1=digest_text(unit), frames=(), speaker="narrator", row=row)
        )  # fmt: skip
    return codes


def copy(text: str = TEXT, name: str = "pier.txt") -> Article:
    return Article(text=text, name=name)


def test_an_exact_copy_is_attached_whole():
    joined = attach_texts(make_codes(), [copy()])
    assert joined.texts == UNITS
    assert joined.codes == make_codes()
    assert (joined.moved, joined.drift) == ([], [])


def test_a_copy_under_another_name_is_found_by_digest():
    joined = attach_texts(make_codes(), [copy("Other news.", "a.txt"), copy(name="z.txt")])
    assert joined.texts == UNITS
    assert {code.article for code in joined.codes} == {"z.txt"}
    assert len(joined.moved) == len(UNITS)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("MENU\n\n" + TEXT, id="line-before"),
        pytest.param(TEXT.replace("\n\n", "\n\nADVERTISEMENT\n\n"), id="line-inside"),
        pytest.param(TEXT.replace("\n\n", "\n"), id="line-less"),
    ],
)
def test_units_that_moved_are_found(text: str):
    joined = attach_texts(make_codes(), [copy(text)])
    assert joined.texts == UNITS
    assert all(
        text[code.start : code.end] == unit for code, unit in zip(joined.codes, UNITS, strict=True)
    )
    assert joined.moved


def test_a_changed_unit_is_drift_and_the_others_are_not():
    joined = attach_texts(make_codes(), [copy(TEXT.replace("Monday", "Tuesday"))])
    assert [drift.code.row for drift in joined.drift] == [3]
    assert "the text has changed" in joined.drift[0].reason
    # "Tuesday" is a letter longer: what follows moved and is found.
    assert joined.texts == [UNITS[0], UNITS[1], UNITS[3]]


def test_a_copy_in_parts_of_letters_says_so():
    joined = attach_texts(make_codes(), [copy(unicodedata.normalize("NFD", TEXT))])
    reasons = [drift.reason for drift in joined.drift]
    assert len(reasons) == 2
    assert all("not NFC" in reason for reason in reasons)


def test_a_cut_copy_and_a_missing_one_say_so():
    cut = attach_texts(make_codes(), [copy(TEXT[:20])])
    assert "the copy ends at 20" in cut.drift[-1].reason
    missing = attach_texts(make_codes(), [copy("Other news.", "a.txt")])
    assert "no copy of 'pier.txt' among the texts" in missing.drift[0].reason
    assert len(missing.drift) == len(UNITS)


def test_a_repeated_unit_is_found_nearest_to_where_it_was():
    text = "Yes.\n\nNo.\n\nYes."
    code = Code(article="pier.txt", start=11, end=15, sha1=digest_text("Yes."), frames=())
    joined = attach_texts([code], [copy("X\n\n" + text)])
    assert joined.codes[0].start == 14


def write_codes_file(path: Path) -> Path:
    rows = [
        {"article": c.article, "start": c.start, "end": c.end, "sha1": c.sha1, "frames": [],
         "speaker": "narrator"}
        for c in make_codes()
    ]  # fmt: skip
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_join_on_the_command_line(run, tmp_path: Path):
    codes = write_codes_file(tmp_path / "codes.jsonl")
    texts = tmp_path / "texts"
    texts.mkdir()
    # A byte order mark and CR line ends are gone once the file is read: offsets hold.
    (texts / "pier.txt").write_bytes(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode())
    output = tmp_path / "joined.jsonl"
    result = run("corpus", "join", codes, "--texts", texts, "-o", output)
    assert (result.code, result.out) == (0, "")
    assert (
        "4 rows attached, 0 of them at another place or under another name, 0 adrift" in result.err
    )
    rows = [json.loads(line) for line in output.read_text("utf-8").splitlines()]
    assert [row["text"] for row in rows] == UNITS


def test_drift_is_told_by_row_and_nothing_is_written(run, tmp_path: Path):
    codes = write_codes_file(tmp_path / "codes.jsonl")
    texts = tmp_path / "texts"
    texts.mkdir()
    (texts / "pier.txt").write_text(TEXT.replace("Monday", "Tuesday"), encoding="utf-8")
    output = tmp_path / "joined.jsonl"
    result = run("corpus", "join", codes, "--texts", texts, "-o", output)
    assert result.code == 2
    assert f"{codes}, row 3: pier.txt at 35-73: the text has changed; use the version" in result.err
    assert "row 4: pier.txt 74-83 found in pier.txt at 75-84" in result.err
    assert not output.exists()
    result = run("corpus", "join", codes, "--texts", texts, "-o", output, "--partial")
    assert result.code == 0
    assert len(output.read_text("utf-8").splitlines()) == 3


def test_join_without_texts_says_what_to_name(run):
    result = run("corpus", "join")
    assert result.code == 2
    assert "--texts is missing; name the folder your copies are in" in result.err


def test_import_numbers_units_and_keeps_furniture(run, tmp_path: Path):
    codes = write_codes_file(tmp_path / "codes.jsonl")
    texts = tmp_path / "texts"
    texts.mkdir()
    (texts / "pier.txt").write_text(TEXT, encoding="utf-8")
    rows = [json.loads(line) for line in codes.read_text("utf-8").splitlines()]
    rows[0] |= {"furniture": True, "speaker": None}
    codes.write_text("".join(json.dumps(row) + "\n" for row in reversed(rows)), encoding="utf-8")
    output = tmp_path / "mine.jsonl"
    result = run("corpus", "import", codes, "--texts", texts, "-o", output, "--coder", "kim")
    assert result.code == 0, result.err
    written = [json.loads(line) for line in output.read_text("utf-8").splitlines()]
    assert [row["unit"] for row in written] == [None, 0, 1, 2]
    assert {row["coder"] for row in written} == {"kim"}
    assert written[0]["furniture"] is True


def test_shipped_codes_of_licensed_articles_join_the_real_texts(run, shared: Path):
    result = run("corpus", "join", "--texts", shared / "articles")
    assert result.code == 0, result.err
    assert "0 of them at another place or under another name, 0 adrift" in result.err
    lines = (shared / "articles_gold.jsonl").read_text("utf-8").splitlines()
    theirs = [json.loads(line) for line in lines]
    ours = [json.loads(line) for line in result.out.splitlines()]
    keys = ("article", "start", "end", "sha1", "frames", "speaker")
    pick = [{key: row.get(key) for key in keys} for row in ours]
    assert sorted(pick, key=str) == sorted(
        [{key: row.get(key) for key in keys} for row in theirs], key=str
    )


def test_import_of_rows_without_coder_asks_whose_they_are(run, tmp_path: Path):
    codes = write_codes_file(tmp_path / "codes.jsonl")
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "pier.txt").write_text(TEXT, encoding="utf-8")
    result = run(
        "corpus", "import", codes, "--texts", tmp_path / "texts", "-o", tmp_path / "o.jsonl"
    )
    assert result.code == 2
    assert f"{codes}, row 1: names no coder; say whose codes they are (--coder)" in result.err
    assert not (tmp_path / "o.jsonl").exists()


def test_output_into_the_folder_of_texts_is_refused(run, tmp_path: Path):
    codes = write_codes_file(tmp_path / "codes.jsonl")
    texts = tmp_path / "texts"
    texts.mkdir()
    (texts / "pier.txt").write_text(TEXT, encoding="utf-8")
    result = run("corpus", "join", codes, "--texts", texts, "-o", texts / "joined.jsonl")
    assert result.code == 2
    assert "stands in a folder that is read" in result.err
    assert [path.name for path in texts.iterdir()] == ["pier.txt"]
