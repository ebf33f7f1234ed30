"""Coder tables: other people's codings, read as their authors read them."""

from __future__ import annotations

from pathlib import Path

import pytest

from framing.coding.coder_table import measure_table, read_coder_table
from framing.errors import ConfigError, InputError

TABLE = "id,article,anna,ben,chen\n1,x,1,1,\n2,x,2,2,3\n3,y,3,8,3\n4,y,1,9,1\n5,z,2,1,2\n"


def write(path: Path, data: str | bytes) -> Path:
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return write(tmp_path / "codes.csv", TABLE)


@pytest.mark.parametrize(
    ("columns", "alpha"),
    [
        pytest.param("c1_us,c2_us,c5_us,c6_us", 0.428, id="united-states"),
        pytest.param("c3_chn,c4_chn,c7_chn,c10_chn", 0.476, id="china"),
        pytest.param("c1_sko,c3_sko,c5_sko,c7_sko", 0.504, id="south-korea"),
        pytest.param("c2_nko,c4_nko,c6_nko,c10_nko", 0.401, id="north-korea"),
    ],
)
def test_published_alphas_of_headline_coders(shared: Path, columns: str, alpha: float):
    path = shared / "benchmarks" / "kato_ja" / "coder_codes.csv"
    table = read_coder_table(path, columns.split(","))
    report = measure_table(table, "ordinal", recode={"8": "2"}, void=["9"])
    assert report["measure"]["alpha"]["estimate"] == pytest.approx(alpha, abs=5e-4)
    assert len(report["pairs"]) == 6


def test_recoded_and_voided_values(table: Path):
    read = read_coder_table(table, ["anna", "ben", "chen"])
    report = measure_table(read, "ordinal", recode={"8": "2"}, void=["9"])
    assert (report["items"], report["voided"], report["measure"]["units"]) == (5, 1, 4)
    assert report["values"] == ["1", "2", "3"]
    assert report["coded"] == {"anna": 4, "ben": 4, "chen": 3}
    missing = measure_table(read, "nominal", recode={"8": "", "9": ""})
    assert missing["coded"] == {"anna": 5, "ben": 3, "chen": 4}


def test_items_are_resampled_by_their_cluster(table: Path):
    alone = measure_table(read_coder_table(table, ["anna", "chen"]))
    together = measure_table(read_coder_table(table, ["anna", "chen"], cluster="article"))
    assert (alone["measure"]["articles"], together["measure"]["articles"]) == (4, 3)
    assert alone["measure"]["alpha"]["estimate"] == together["measure"]["alpha"]["estimate"]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(TABLE.replace(",", "\t").encode(), id="tabs"),
        pytest.param(TABLE.replace(",", ";").encode(), id="semicolons"),
        pytest.param(
            ("\ufeff" + TABLE.replace("\n", "\r\n")).encode(), id="byte-order-mark-and-crlf"
        ),
        pytest.param(TABLE.encode("utf-16"), id="utf-16"),
        pytest.param(b"\n\n" + TABLE.encode() + b"\n,,,,\n", id="blank-lines"),
    ],
)
def test_how_a_table_may_be_saved(table: Path, tmp_path: Path, data: bytes):
    usual = read_coder_table(table, ["anna", "ben"]).rows
    assert read_coder_table(write(tmp_path / "other.csv", data), ["anna", "ben"]).rows == usual


@pytest.mark.parametrize(
    ("data", "match"),
    [
        pytest.param("", "codes.csv: is empty", id="empty"),
        pytest.param("a,b\n", "has no rows of codes", id="header-only"),
        pytest.param("a,c\n1,2\n", "row 1: has no column 'b'; columns: a, c", id="no-column"),
        pytest.param("a,bb\n1,2\n", "has no column 'b'; did you mean 'bb'", id="near-column"),
        pytest.param("a,b,b\n1,2,3\n", "column 'b' stands twice", id="repeated-column"),
        pytest.param("a,b\n1,2\n1\n", "row 3: has 1 cell where the header has 2", id="ragged"),
        pytest.param('a,b\n1,"2\n', "is not a table", id="open-quote"),
        pytest.param(b"a,b\n\x00\xff\xfe,1\n", "codes.csv: ", id="binary"),
    ],
)
def test_tables_that_cannot_be_read(tmp_path: Path, data: str | bytes, match: str):
    with pytest.raises(InputError, match=match):
        read_coder_table(write(tmp_path / "codes.csv", data), ["a", "b"])


def test_a_folder_is_no_table(tmp_path: Path):
    with pytest.raises(InputError, match="is a folder"):
        read_coder_table(tmp_path, ["a", "b"])


@pytest.mark.parametrize("columns", [["a"], [], ["a", "a"]], ids=["one", "none", "twice"])
def test_two_coders_are_needed(table: Path, columns: list[str]):
    with pytest.raises(ConfigError, match="agreement needs two coders"):
        read_coder_table(table, columns)


@pytest.mark.parametrize("value", ["inf", "1e300", "high"])
def test_values_that_are_no_numbers(tmp_path: Path, value: str):
    path = write(tmp_path / "codes.csv", f"a,b\n1,2\n2,{value}\n")
    with pytest.raises(InputError, match=f"row 3: '{value}' in column 'b' is not a number"):
        measure_table(read_coder_table(path, ["a", "b"]), "interval")
    assert measure_table(read_coder_table(path, ["a", "b"]))["values"] == sorted(["1", "2", value])


def test_too_many_places_on_a_scale(tmp_path: Path):
    rows = "".join(f"{i},{i + 1}\n" for i in range(40))
    path = write(tmp_path / "codes.csv", f"a,b\n{rows}")
    with pytest.raises(InputError, match="has 41 different values; at ordinal level at most 30"):
        measure_table(read_coder_table(path, ["a", "b"]), "ordinal")


def test_nothing_to_compare(tmp_path: Path):
    path = write(tmp_path / "codes.csv", "a,b\n1,\n,2\n")
    report = measure_table(read_coder_table(path, ["a", "b"]))
    assert report["measure"]["alpha"]["reason"] == "no unit is coded by two coders"
    path = write(tmp_path / "codes.csv", "a,b\n9,1\n2,9\n")
    report = measure_table(read_coder_table(path, ["a", "b"]), "interval", void=["9"])
    assert (report["voided"], report["values"], report["measure"]["units"]) == (2, [], 0)


def test_numbers_that_are_equal_are_one_value(tmp_path: Path):
    path = write(tmp_path / "codes.csv", "a,b\n1,1.0\n2,2\n03,3\n+1,1e0\n0,-0.0\nx,x\n")
    for level in ("nominal", "ordinal"):
        read = read_coder_table(path, ["a", "b"])
        report = measure_table(read, level, recode={"x": "2.0"})
        assert report["values"] == ["0", "1", "2", "3"]
        assert report["measure"]["differ"] == 0
    path = write(tmp_path / "codes.csv", "a,b\n12345678901234567890,12345678901234567891\n1,1_0\n")
    assert measure_table(read_coder_table(path, ["a", "b"]))["measure"]["differ"] == 2


@pytest.mark.parametrize(
    "value", ["NA", "n/a", "#N/A", "NaN", "<NA>", "NULL", "#NULL!", ".", " ", "null"]
)
def test_names_of_nothing_are_missing(tmp_path: Path, value: str):
    path = write(tmp_path / "codes.csv", f"a,b\n1,1\n2,{value}\n3,2\nnone,none\n")
    read = read_coder_table(path, ["a", "b"])
    report = measure_table(read)
    assert report["coded"] == {"a": 4, "b": 3}
    assert report["values"] == ["1", "2", "3", "none"]
    kept = measure_table(read, recode={value.strip(): "Namibia"}) if value.strip() else report
    assert ("Namibia" in kept["values"]) == bool(value.strip())


def test_values_that_never_occur_are_refused(table: Path):
    read = read_coder_table(table, ["anna", "ben"])
    with pytest.raises(
        ConfigError, match=r"codes.csv: --recode 7: no coder gave '7'; values: 1, 2"
    ):
        measure_table(read, recode={"7": "2"})
    with pytest.raises(ConfigError, match=r"--void 99: no coder gave '99'; values: 1, 2, 3, 8, 9"):
        measure_table(read, void=["9.0", "99"])
    assert measure_table(read, "ordinal", recode={"8.0": "2"}, void=["9.0"])["voided"] == 1
