"""CSV for spreadsheets: no formula runs, nothing is lost, and faults are named by row."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framing.errors import InputError
from framing.spreadsheets import neutralise_formula, read_csv, restore_formula, write_csv

STARTS = ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"]


@pytest.mark.parametrize("start", STARTS, ids=ascii)
def test_formula_starts_are_neutralised(start: str):
    assert neutralise_formula(f"{start}1+1") == f"'{start}1+1"
    assert neutralise_formula(f"'{start}1+1") == f"''{start}1+1"


@pytest.mark.parametrize("value", ["Post", "", -1, -0.5, None, "−5", "'", "'tis late", "''"])
def test_other_cells_stay(value: object):
    assert neutralise_formula(value) == value
    assert restore_formula(value) == value


@given(st.text(st.sampled_from([*STARTS, "'", "a", " "]), max_size=6))
def test_what_was_neutralised_comes_back(text: str):
    neutral = neutralise_formula(text)
    assert not neutral.startswith(tuple(STARTS))
    assert restore_formula(neutral) == text


def test_rows_come_back_as_they_were(tmp_path: Path):
    rows = [{"a": "=1+1", "b": 'x,"y"\r\nz'}, {"b": "half \ud83d", "c": 3}]
    stream = io.StringIO(newline="")
    write_csv(stream, rows, quote_all=True)
    path = tmp_path / "a.csv"
    path.write_text("\ufeff" + stream.getvalue(), "utf-8", newline="")
    back = [(row, {k: restore_formula(v) for k, v in cells.items()}) for row, cells in read_csv(path, ["a"], hint="")]  # fmt: skip
    assert back == [
        (2, {"a": "=1+1", "b": 'x,"y"\r\nz', "c": ""}),
        (3, {"a": "", "b": "half ?", "c": "3"}),
    ]


def test_a_cell_may_be_longer_than_python_lets_it_and_its_limit_stays(tmp_path: Path):
    limit = csv.field_size_limit()
    path = tmp_path / "a.csv"
    path.write_text("a\n" + "x" * (limit + 1) + "\n")
    assert len(list(read_csv(path, ["a"], hint=""))) == 1
    assert csv.field_size_limit() == limit


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "a.csv: is empty; export it", id="empty"),
        pytest.param("a,c\n1,2\n", "row 1: has no column `b`; its columns are a, c; export it", id="no-column"),
        pytest.param("a,b\n\n1\n", "row 3: has 1 cells, the header 2; export it", id="short-row"),
        pytest.param('a,b\n1,"2\n', "row 2: is not CSV .*; export it", id="open-quote"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_named(tmp_path: Path, text: str, message: str):
    path = tmp_path / "a.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        list(read_csv(path, ["a", "b"], hint="export it"))
