"""Reading text, JSON and JSON Lines: every fault is named with file, row and what to try."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from framing.errors import CodebookError, InputError, locate_errors
from framing.reading import parse_object, read_json, read_json_lines, read_text
from framing.surrogates import has_half, replace_halves

READERS = [
    pytest.param(read_text, id="text"),
    pytest.param(read_json, id="json"),
    pytest.param(lambda path: list(read_json_lines(path)), id="json-lines"),
]


def save(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("read", READERS)
def test_missing_and_folder_are_named(tmp_path: Path, read: Callable[[Path], Any]):
    with pytest.raises(
        InputError, match=r"gone: cannot be read \(No such file.*\); check the path"
    ):
        read(tmp_path / "gone")
    with pytest.raises(InputError, match="is a folder; give the file inside it"):
        read(tmp_path)


@pytest.mark.parametrize("read", READERS)
def test_a_byte_order_mark_is_no_fault_and_other_encodings_are(tmp_path: Path, read):
    assert "항구" in str(read(save(tmp_path / "a", '\ufeff{"a": "항구"}\n'.encode())))
    for encoding in ("utf-16", "cp949"):
        with pytest.raises(InputError, match="is not UTF-8 text; save it as UTF-8"):
            read(save(tmp_path / "b", '{"a": "항구"}'.encode(encoding)))


@pytest.mark.parametrize("data", [b"", b" \n\t\n"], ids=["nothing", "white-space"])
def test_an_empty_file_is_named_and_holds_no_rows(tmp_path: Path, data: bytes):
    path = save(tmp_path / "a", data)
    for read in (read_text, read_json):
        with pytest.raises(InputError, match="a: is empty; draw it anew"):
            read(path, hint="draw it anew")
    assert list(read_json_lines(path)) == []


BROKEN = [
    pytest.param('{"a": ', "is not JSON (Expecting value, column 7)", id="half"),
    pytest.param('{"a": NaN}', "is not JSON (NaN is no JSON number)", id="nan"),
    pytest.param('{"a": -Infinity}', "is not JSON (-Infinity is no JSON number)", id="infinity"),
    pytest.param("[" * 100_000, "is not JSON (nested too deeply)", id="deep"),
    pytest.param('{"a": ' + "9" * 5000 + "}", "is not JSON (Exceeds the limit", id="digits"),
]


@pytest.mark.parametrize(("text", "problem"), BROKEN)
def test_what_is_no_json_is_named(tmp_path: Path, text: str, problem: str):
    with pytest.raises(InputError, match=re.escape(problem)) as refused:
        read_json(save(tmp_path / "a.json", text.encode()), hint="export it as JSON")
    assert refused.value.hint == "export it as JSON"
    with pytest.raises(InputError, match="a.jsonl, row 3: " + re.escape(problem)):
        list(read_json_lines(save(tmp_path / "a.jsonl", b"{}\n\n" + text.encode())))


def test_the_line_of_a_json_file_is_named(tmp_path: Path):
    with pytest.raises(InputError, match="row 2: is not JSON"):
        read_json(save(tmp_path / "a.json", b'{\n"a" 1}'))


@pytest.mark.parametrize("line", [b"[1]", b"3", b"null", b'"a"'])
def test_a_row_must_be_an_object(tmp_path: Path, line: bytes):
    with pytest.raises(InputError, match="row 2: is not a JSON object; mend that line"):
        list(read_json_lines(save(tmp_path / "a", b"{}\r\n" + line)))
    with pytest.raises(InputError, match="^row 7: is not a JSON object"):
        parse_object(line, "", row=7)


def test_rows_come_one_by_one_and_other_line_ends_part_nothing(tmp_path: Path):
    path = save(tmp_path / "a", '{"a": "1\u20282\x85"}\n\n{'.encode())
    rows = read_json_lines(path)
    assert next(rows) == (1, {"a": "1\u20282\x85"})
    with pytest.raises(InputError, match="row 3: is not JSON"):
        next(rows)


def test_a_reader_may_name_its_own_kind_of_error(tmp_path: Path):
    with pytest.raises(CodebookError, match="is empty"):
        read_text(save(tmp_path / "a", b""), error=CodebookError)
    with pytest.raises(CodebookError, match="cannot be read .*; draw one"):
        read_text(tmp_path / "gone", error=CodebookError, missing="draw one")


def test_errors_say_where_they_are_unless_they_do_already():
    with pytest.raises(CodebookError, match="^a, row 2: odd; mend it"), locate_errors("a", 2):
        raise CodebookError("odd", hint="mend it")
    with pytest.raises(InputError, match="^b, row 1: odd"), locate_errors("a", 2):
        raise InputError("odd", path="b", row=1)


def test_half_characters():
    assert has_half("a\ud83d")
    assert has_half("\udea2")
    assert not has_half("a🚢가")
    assert (replace_halves("a\ud83d가"), replace_halves(3)) == ("a?가", 3)
