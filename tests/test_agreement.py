"""Agreement of coders: units matched, figures by group, pair and block, and the verb."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from framing.codebook import Codebook
from framing.coding.agreement import measure_agreement
from framing.coding.agreement_tables import (
    describe_differences,
    explain_gaps,
    flatten_agreement,
    render_agreement,
    render_alpha,
)
from framing.coding.alignment import align_codes, read_codings
from framing.coding.codes import Code, digest_text, read_codes, write_codes
from framing.errors import CodebookError, ConfigError, InputError
from framing.files import resource_root
from tests.conftest import SMALL_ARTICLES

NAMES = [f"a{n}.txt" for n in range(len(SMALL_ARTICLES))]
LANGUAGES = dict(zip(NAMES, ("en", "ko", "en", "fr"), strict=True))
SHIPPED = resource_root() / "annotations"


def text_of(article: int) -> str:
    return "\n".join(text for text, _, _ in SMALL_ARTICLES[article])


def code_all(coder: str, *, articles: Iterable[int] = range(4), slips: int = 0) -> list[Code]:
    """Codes of the small corpus; a coder who slips swaps frames on the first units."""
    codes: list[Code] = []
    for n in articles:
        start = 0
        for unit, (text, frames, speaker) in enumerate(SMALL_ARTICLES[n]):
            slip = len(codes) < slips
            codes.append(
                Code(
                    article=NAMES[n], unit=unit, start=start, end=start + len(text),
                    sha1=digest_text(text), coder=coder, speaker=speaker,
                    frames=tuple(f for f in ("money", "safety") if (f in frames) != slip),
                )
            )  # fmt: skip
            start += len(text) + 1
    return codes


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    for n, name in enumerate(NAMES):
        (folder / name).write_text(text_of(n), encoding="utf-8")
    return folder


@pytest.fixture
def write(tmp_path: Path, small_codebook: Codebook):
    def call(name: str, codes: Sequence[Code]) -> Path:
        write_codes(tmp_path / name, codes, small_codebook)
        return tmp_path / name

    return call


@pytest.fixture
def pair(write) -> tuple[Path, Path]:
    return (write("anna.jsonl", code_all("anna")), write("ben.jsonl", code_all("ben", slips=3)))


def test_figures_by_hand(small_codebook: Codebook):
    report = measure_agreement(code_all("anna") + code_all("ben", slips=3), small_codebook)
    overall = report["overall"]
    assert report["coders"] == ["anna", "ben"]
    assert (overall["units"], overall["shared"], overall["articles"]) == (16, 16, 4)
    assert (overall["differ"], overall["differ_frames"], overall["differ_speaker"]) == (3, 3, 0)
    money = overall["frames"]["money"]
    # 7 and 6 of 16 carry it; they differ on 3, so the 2 x 16 codes hold 13 present, 19 absent.
    assert money["differ"] == 3
    assert money["prevalence"] == {"anna": 7 / 16, "ben": 6 / 16}
    assert money["alpha"]["estimate"] == pytest.approx(1 - (31 * 6) / (2 * 13 * 19))
    assert money["alpha"]["low"] < money["alpha"]["estimate"] < money["alpha"]["high"]
    assert money["agreement"]["estimate"] == 13 / 16
    assert overall["speaker"]["alpha"]["estimate"] == 1
    assert (
        overall["speaker"]["alpha"]["reason"]
        == "no interval: no difference between coders to resample"
    )
    assert report["pairs"] == report["groups"] == report["blocks"] == []


def test_report_is_json_without_nan(small_codebook: Codebook):
    codes = code_all("anna") + code_all("ben", slips=2) + code_all("chen", articles=[0])
    report = measure_agreement(codes, small_codebook, groups={"language": LANGUAGES}, blocks=3)
    again = json.loads(json.dumps(report, allow_nan=False))
    assert again == report
    assert "nan" not in render_agreement(report)


def test_groups_are_in_the_codebooks_order_and_add_up(small_codebook: Codebook):
    codes = code_all("anna") + code_all("ben", slips=2)
    groups = {
        "language": {"a0.txt": "ko", "a1.txt": "en", "a2.txt": "en"},
        "outlet": dict.fromkeys(NAMES, "X"),
    }
    report = measure_agreement(codes, small_codebook, groups=groups)
    named = [(group["by"], group["group"], group["shared"]) for group in report["groups"]]
    assert named == [
        ("language", "en", 8), ("language", "ko", 4), ("language", "unknown", 4), ("outlet", "X", 16)
    ]  # fmt: skip
    whole = {**report["overall"], "by": "outlet", "group": "X"}
    assert report["groups"][-1] == whole


def test_order_of_codes_and_lone_units_change_no_coefficient(small_codebook: Codebook):
    codes = code_all("anna") + code_all("ben", slips=3) + code_all("chen", articles=[1, 2])
    usual = measure_agreement(codes, small_codebook, groups={"language": LANGUAGES})
    shuffled = random.Random(0).sample(codes, len(codes))
    assert measure_agreement(shuffled, small_codebook, groups={"language": LANGUAGES}) == usual
    lone = Code(article="b.txt", start=0, end=3, sha1="0" * 12, frames=("safety",), coder="anna")
    more = measure_agreement([*codes, lone], small_codebook)["overall"]
    assert (more["units"], more["shared"]) == (17, 16)
    assert more["frame_sets"] == usual["overall"]["frame_sets"]
    for frame, measure in more["frames"].items():
        assert {**measure, "prevalence": {}} == {
            **usual["overall"]["frames"][frame],
            "prevalence": {},
        }


def test_a_unit_one_coder_left_out_and_one_set_aside_as_furniture(small_codebook: Codebook):
    ben = code_all("ben")
    ben[0] = replace(ben[0], furniture=True, frames=(), speaker=None)
    overall = measure_agreement(code_all("anna") + ben[:-1], small_codebook)["overall"]
    assert (overall["units"], overall["shared"]) == (16, 14)
    assert overall["coded"] == {"anna": 16, "ben": 14}


def test_a_speaker_not_coded_is_missing(small_codebook: Codebook):
    ben = code_all("ben")
    ben[0] = replace(ben[0], speaker=None)
    speaker = measure_agreement(code_all("anna") + ben, small_codebook)["overall"]["speaker"]
    assert (speaker["units"], speaker["differ"]) == (15, 0)


def test_a_codebook_without_speakers(small_codebook: Codebook):
    plain = replace(small_codebook, speakers=(), default_speaker=None)
    codes = code_all("anna") + code_all("ben", slips=3) + code_all("chen", slips=1)
    report = measure_agreement(codes, plain, blocks=2)
    assert report["overall"]["speaker"] is None
    assert report["overall"]["differ_speaker"] == 0
    assert "speaker" not in render_agreement(report)


def test_more_than_two_coders_are_also_compared_in_pairs(small_codebook: Codebook):
    codes = code_all("anna") + code_all("ben", slips=3) + code_all("chen", articles=[0])
    report = measure_agreement(codes, small_codebook)
    pairs = {tuple(p["coders"]): p for p in report["pairs"]}
    assert list(pairs) == [("anna", "ben"), ("anna", "chen"), ("ben", "chen")]
    assert [p["units"] for p in report["pairs"]] == [16, 4, 4]
    assert pairs["anna", "chen"]["frame_sets"]["estimate"] == 1
    alone = measure_agreement(code_all("anna") + code_all("ben", slips=3), small_codebook)
    assert pairs["anna", "ben"]["frames"]["money"]["estimate"] == pytest.approx(
        alone["overall"]["frames"]["money"]["alpha"]["estimate"], abs=1e-12
    )
    assert report["overall"]["frames"]["money"]["kappa"] is None


def test_coders_without_a_unit_in_common(small_codebook: Codebook):
    codes = code_all("anna", articles=[0]) + code_all("ben", articles=[1])
    report = measure_agreement(codes, small_codebook)
    money = report["overall"]["frames"]["money"]
    assert money["alpha"]["reason"] == "no unit is coded by two coders"
    assert money["agreement"]["estimate"] is None
    assert "not estimable: no unit is coded by two coders" in explain_gaps(report)[0]


def test_blocks_follow_the_order_of_the_file(small_codebook: Codebook):
    """Anna coded backwards, and slipped on what she coded first."""
    anna = list(reversed(code_all("anna")))
    ben = code_all("ben")
    flipped = {"money": (), "safety": ("money",)}
    for i in (12, 13, 14, 15):
        ben[i] = replace(ben[i], frames=flipped.get("".join(ben[i].frames), ("safety",)))
    blocks = measure_agreement(anna + ben, small_codebook, blocks=3)["blocks"]
    assert [(b["first"], b["last"]) for b in blocks] == [(1, 6), (7, 11), (12, 16)]
    assert blocks[0]["frame_sets"]["estimate"] < 0.5
    assert [b["frame_sets"]["estimate"] for b in blocks[1:]] == [1, 1]


def test_more_blocks_than_units(small_codebook: Codebook):
    with pytest.raises(ConfigError, match="17 blocks of 16 units coded by two or more"):
        measure_agreement(code_all("anna") + code_all("ben"), small_codebook, blocks=17)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        pytest.param({"end": 20}, "0-20 of a0.txt overlaps with 0-32, which 'anna' coded in anna.jsonl, row 1: the coders segmented", id="shorter"),
        pytest.param({"end": 40}, "ben.jsonl, row 1: 0-40 of a0.txt overlaps with 0-32", id="longer"),
        pytest.param({"sha1": "0" * 12}, "ben.jsonl, row 1: the text at 0-32 of a0.txt is not the one that 'anna'", id="other-text"),
        pytest.param({"coder": "anna"}, "ben.jsonl, row 1: coder 'anna' coded 0-32 of a0.txt already in anna.jsonl, row 1", id="coded-twice"),
    ],
)  # fmt: skip
def test_units_that_do_not_match(small_codebook: Codebook, change: dict, match: str):
    anna, ben = code_all("anna"), code_all("ben")
    ben = [replace(ben[0], **change), *ben[2:]]
    codes = [replace(c, row=n) for coder in (anna, ben) for n, c in enumerate(coder, start=1)]
    paths = ["anna.jsonl"] * len(anna) + ["ben.jsonl"] * len(ben)
    with pytest.raises(InputError, match=match):
        align_codes(codes, small_codebook, paths=paths)


def test_adjudicated_codes_are_left_out_unless_named(write, small_codebook: Codebook):
    path = write("all.jsonl", code_all("anna") + code_all("ben") + code_all("gold"))
    codes, files = read_codings([path], small_codebook)
    assert {code.coder for code in codes} == {"anna", "ben"}
    assert set(files) == {path}
    codes, _ = read_codings([path], small_codebook, ["gold", "ben"])
    assert {code.coder for code in codes} == {"gold", "ben"}


def test_tables_name_every_variable(small_codebook: Codebook):
    codes = code_all("an|na") + code_all("ben", slips=3) + code_all("chen", slips=1)
    report = measure_agreement(codes, small_codebook, groups={"language": LANGUAGES}, blocks=2)
    lines = render_alpha(report)
    assert lines[0] == "| alpha (95 %) | en | fr | ko | all |"
    assert [line.split(" | ")[0] for line in lines[2:]] == [
        "| `money`",
        "| `safety`",
        "| frame sets",
        "| speaker",
    ]
    assert "share, an\\|na" in render_agreement(report)
    rows = flatten_agreement(report)
    assert {row["by"] for row in rows} == {"all", "language", "pair", "block"}
    assert len(rows) == 4 * (4 + 3 + 2)
    assert describe_differences(report["overall"]).startswith("The codings differ on 3 of 16 units")


def test_verb_prints_a_table(run, pair, small_codebook_path: Path, texts: Path):
    from rich.cells import cell_len

    for columns in (80, 120):
        options = (
            "--codebook",
            small_codebook_path,
            "--texts",
            texts,
            "--blocks",
            2,
            "--by",
            "outlet",
        )
        code, out, err = run("agreement", *pair, *options, columns=columns)
        assert (code, err) == (0, "")
        assert max(map(cell_len, out.splitlines())) <= columns
        for text in (
            "Money",
            "frame sets",
            "speaker",
            "1.000 (no interval)",
            "unknown",
            "9-16",
            "kappa",
        ):
            assert text in out
        assert "44/38%" in out
    assert "differ " in out


def test_verb_with_three_coders_and_a_coder_who_never_used_a_frame(
    run, pair, write, small_codebook_path: Path
):
    third = write("c.jsonl", [replace(c, frames=()) for c in code_all("chen")])
    code, out, _ = run("agreement", *pair, third, "--codebook", small_codebook_path)
    assert code == 0
    assert "alpha of two coders" in out
    assert "chen never used it - Money: all" in " ".join(out.split())
    code, out, _ = run("agreement", pair[0], third, "--codebook", small_codebook_path)
    assert (
        "not estimable: chen never used it - Money: all (the coders differ on 7 of 16); Safety: all "
        "(the coders differ on 5 of 16)."
    ) in " ".join(out.split())


def test_verb_writes_the_same_figures_in_every_format(
    run, pair, tmp_path: Path, small_codebook_path: Path
):
    printed = {}
    for format_, suffix in (("json", "json"), ("csv", "csv"), ("markdown", "md")):
        output = tmp_path / f"agreement.{suffix}"
        code, printed[format_], err = run(
            "agreement",
            *pair,
            "--codebook",
            small_codebook_path,
            "--format",
            format_,
            "-o",
            output,
            "--seed",
            3,
        )
        assert code == 0
        assert err == f"wrote {output}\n"
        assert output.read_text(encoding="utf-8") == printed[format_]
    report = json.loads(printed["json"])
    rows = list(csv.DictReader(io.StringIO(printed["csv"])))
    money = report["overall"]["frames"]["money"]["alpha"]
    assert float(rows[0]["alpha"]) == money["estimate"]
    assert (
        f"{money['estimate']:.3f} ({money['low']:.3f} to {money['high']:.3f})"
        in printed["markdown"]
    )
    assert report["seed"] == 3


def test_verb_on_a_table_of_other_peoples_codes(run, tmp_path: Path):
    path = tmp_path / "t.csv"
    path.write_text("a,b,c\n1,1,1\n2,2,3\n3,8,3\n1,9,1\n2,1,2\n", encoding="utf-8")
    options = (
        "--table",
        path,
        "--columns",
        "a, b,c",
        "--level",
        "ordinal",
        "--recode",
        "8=2",
        "--void",
        "9",
    )
    code, out, _ = run("agreement", *options)
    assert code == 0
    assert "5 items, 1 voided" in out
    assert "a / b" in out
    report = json.loads(run("agreement", *options, "--format", "json")[1])
    assert report["values"] == ["1", "2", "3"]
    assert "| a / b | 4 |" in run("agreement", *options, "--format", "markdown")[1]
    assert run("agreement", *options, "--format", "csv")[1].count("\n") == 5


@pytest.mark.skipif(
    not (SHIPPED / "codes").is_dir(), reason="the corpus is not beside this package"
)
def test_verb_without_codes_takes_the_shipped_corpus(run):
    report = json.loads(run("agreement", "--format", "json")[1])
    gold = {
        code.coder
        for path in (SHIPPED / "codes").glob("*.jsonl")
        for code in read_codes(path, Codebook.load())
    }
    assert set(report["coders"]) == gold - {"gold"}
    assert [group["group"] for group in report["groups"]] == ["en", "ko", "ja"]
    assert sum(group["shared"] for group in report["groups"]) == report["overall"]["shared"]
    assert all(m["alpha"]["low"] > 0.8 for m in report["overall"]["frames"].values())


def test_verb_without_codes_in_an_installed_package(
    run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("framing.files.resource_root", lambda: tmp_path)
    code, out, err = run("agreement")
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert "the corpus is not part of the installed package; give files of codes" in err


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        pytest.param(["{anna}"], "codes by anna alone: agreement needs two coders; give another coder's file too", id="one-coder"),
        pytest.param(["{anna}", "{ben}", "--coder", "eve"], "there are no codes by 'eve'; coders found: anna, ben", id="unknown-coder"),
        pytest.param(["{anna}", "{ben}", "--coder", "ben"], "name the coders to compare (--coder anna --coder ben)", id="one-coder-named"),
        pytest.param(["{anna}", "{folder}"], "is a folder", id="folder"),
        pytest.param(["{anna}", "{empty}"], "holds no codes", id="empty"),
        pytest.param(["{anna}", "{ben}", "-o", "x.txt"], "cannot tell the format from '.txt'; end the name in one of: .json", id="output-suffix"),
        pytest.param(["{anna}", "{json}", "-o", "{json}"], "is an input too", id="output-is-input"),
        pytest.param(["{anna}", "{ben}", "--by", "outlet"], "--by needs the articles; say where they are with --texts", id="by-without-texts"),
        pytest.param(["{anna}", "{ben}", "--columns", "a,b"], "--columns goes with --table", id="columns-without-table"),
        pytest.param(["{anna}", "--table", "t.csv"], "CODES does not go with --table", id="codes-and-table"),
        pytest.param(["--table", "t.csv"], "--table needs --columns", id="table-without-columns"),
        pytest.param(["--table", "t.csv", "--columns", "a,b", "--recode", "8"], "--recode '8' is not OLD=NEW; as in 8=2", id="recode"),
    ],
)  # fmt: skip
def test_verb_refuses_in_one_line(run, pair, tmp_path, small_codebook_path, arguments, match):
    (tmp_path / "empty.jsonl").touch()
    copy = tmp_path / "copy.json"
    copy.write_bytes(pair[1].read_bytes())
    names = {
        "anna": pair[0],
        "ben": pair[1],
        "folder": tmp_path,
        "empty": tmp_path / "empty.jsonl",
        "json": copy,
    }
    before = {path: path.read_bytes() for path in tmp_path.glob("*.json*")}
    given = [argument.format(**names) for argument in arguments]
    if "--table" not in given:
        given += ["--codebook", str(small_codebook_path)]
    code, out, err = run("agreement", *given)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert match in err
    assert {path: path.read_bytes() for path in tmp_path.glob("*.json*")} == before


def test_verb_refuses_codes_that_do_not_fit_the_texts(
    run, pair, texts: Path, small_codebook_path: Path
):
    (texts / "a0.txt").write_text(text_of(0).replace("port", "dock"), encoding="utf-8")
    options = ("--texts", texts, "--codebook", small_codebook_path)
    code, _, err = run("agreement", *pair, *options)
    assert code == 2
    assert f"{pair[0]}, row 1: a0.txt: text at 0-32 has changed" in err
    (texts / "a0.txt").unlink()
    assert "no text for article 'a0.txt'" in run("agreement", *pair, *options)[2]


def test_labels_and_versions_of_another_codebook(
    write, pair, small_codebook: Codebook, tmp_path: Path
):
    other = tmp_path / "other.jsonl"
    other.write_text(pair[1].read_text().replace('"money"', '"monye"', 1), encoding="utf-8")
    with pytest.raises(
        CodebookError,
        match="other.jsonl, row 3: frame 'monye' is not in the codebook; did you mean 'money'",
    ):
        read_codings([pair[0], other], small_codebook)
    with pytest.raises(
        CodebookError, match=r"ben.jsonl, row 1: coded with codebook version 1, not 2"
    ):
        read_codings([pair[1]], replace(small_codebook, version="2"))
    with pytest.raises(CodebookError, match="frame 'panic' is not in the codebook"):
        measure_agreement([replace(c, frames=("panic",)) for c in code_all("a")], small_codebook)


def test_a_frame_one_coder_never_used_says_how_far_they_differ(run, tmp_path: Path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n" + "1,1\n" * 8 + "2,1\n", encoding="utf-8")
    options = ("agreement", "--table", path, "--columns", "a,b")
    for more in ((), ("--format", "markdown")):
        out = run(*options, *more).out
        assert "alpha: b gave every item '1', yet the coders differ on 1 of 9." in out


@pytest.mark.parametrize("columns", [60, 40])
def test_narrow_tables_break_no_word_and_explain_what_they_show(
    run, pair, small_codebook_path: Path, texts: Path, columns: int
):
    from rich.cells import cell_len

    options = ("--codebook", small_codebook_path, "--texts", texts, "--blocks", 2)
    code, out, _ = run("agreement", *pair, *options, columns=columns)
    assert code == 0
    assert max(map(cell_len, out.splitlines())) <= columns
    first = [line.split()[0] for line in out.splitlines() if line[:1].strip()]
    assert {"Money", "Safety", "frame", "speaker"} <= set(first)
    assert "…" not in out
    head = next(line for line in out.splitlines() if "group" in line)
    legend = " ".join(out.split())
    for heading in ("agree", "AC1", "kappa", "share"):
        assert (f" {heading}" in head) == (f"{heading}: " in legend), heading
    assert ("95 %" in head) == ("with its 95 % interval" in legend) == (columns == 60)
    assert ("no interval: " in legend) == (columns == 60)
    report = run("agreement", *pair, *options, columns=200).out
    assert all(f" {heading}" in report for heading in ("differ", "AC1", "kappa", "share"))


def test_narrow_tables_of_pairs_leave_variables_out(run, pair, write, small_codebook_path: Path):
    third = write("c.jsonl", code_all("chen", slips=2))
    options = ("agreement", *pair, third, "--codebook", small_codebook_path)
    out = run(*options, columns=40).out
    line = next(line for line in out.splitlines() if line.startswith("anna / ben"))
    assert "…" not in line
    assert "frame sets" in run(*options, columns=80).out
