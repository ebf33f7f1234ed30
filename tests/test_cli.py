"""The command line as a user meets it: output, messages, exit codes, nothing half-written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, list_loaded

EXAMPLES = ROOT / "annotations" / "examples"
VERBS = (
    "score", "show", "label", "compare", "report", "figure", "evaluate", "train", "agreement", "adjudicate", "sample", "exchange export",
    "exchange import", "corpus check", "corpus list", "corpus stats", "corpus split", "corpus join", "corpus import",
    "config show", "config schema", "codebook", "outlets", "encoders",
)  # fmt: skip
TEXT = """Ministry says permits are a matter of national security

The trade ministry said on Friday that the licensing rules for South Korea were needed to keep sensitive goods from reaching third countries. Seoul called the step retaliation for the 2018 court rulings on wartime forced labour.

A second round of talks in Geneva under the WTO dispute settlement rules ended without agreement.
"""


@pytest.fixture
def article(tmp_path: Path) -> Path:
    path = tmp_path / "article.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


def write(path: Path, data: str | bytes) -> Path:
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


@pytest.mark.parametrize("verb", VERBS)
def test_help_of_every_verb_has_an_example(run, verb: str):
    result = run(*verb.split(), "--help")
    assert result.code == 0
    assert f"Example: framing {verb}" in " ".join(result.out.split())


def test_version(run):
    result = run("--version")
    assert (result.code, result.out.split()[0]) == (0, "framing")


def test_table_fits_80_columns(run):
    from rich.cells import cell_len

    result = run("score", EXAMPLES)
    assert result.code == 0
    assert max(map(cell_len, result.out.splitlines())) <= 80
    for name in ("talks-over-permits.txt", "panel-request.html", "whitelist-ko.md", "by outlet"):
        assert name in result.out


def test_score_json_holds_articles_and_sources(run, article: Path):
    result = run("score", article, "--format", "json", "--by", "outlet", "--sentences")
    scores = json.loads(result.out)
    (record,) = scores["articles"]
    assert record["language"] == "en"
    assert record["units"] == len(record["sentences"]) == 4
    assert scores["sources"][0]["level"] == "outlet"
    assert sum(record["mix"].values()) == pytest.approx(1, abs=1e-3)


def test_baseline_finds_the_frames_of_a_plain_text(run, article: Path):
    scores = json.loads(run("score", article, "--format", "json", "--sentences").out)
    frames = [set(s["frames"]) for s in scores["articles"][0]["sentences"]]
    assert "security_export_control" in frames[1]
    assert "historical_retaliation" in frames[2]
    assert "wto_legality" in frames[3]


@pytest.mark.parametrize("suffix", ["json", "jsonl", "csv", "parquet"])
def test_output_file(run, article: Path, tmp_path: Path, suffix: str):
    output = tmp_path / f"scores.{suffix}"
    result = run("score", article, "-o", output)
    assert result.code == 0
    assert output.stat().st_size > 0
    assert f"wrote {output}" in result.err


def test_standard_output_is_data_and_standard_error_is_talk(run, article: Path, tmp_path: Path):
    empty = write(tmp_path / "empty.txt", "")
    result = run("score", article, empty, "--format", "csv")
    assert result.code == 0
    assert result.out.startswith("level,group,")
    assert str(empty) in result.err
    assert "1 scored, 1 skipped" in result.err


def test_quiet_says_nothing(run, article: Path, tmp_path: Path):
    empty = write(tmp_path / "empty.txt", "")
    assert run("score", article, empty, "-q").err == ""


def test_show_removed_names_rule_and_line(run):
    result = run("score", EXAMPLES / "talks-over-permits.txt", "--show-removed")
    assert "READ: What is photoresist" in result.out
    assert "removed related-link" in result.out


@pytest.mark.parametrize("suffix", ["json", "jsonl", "csv", "parquet"])
def test_removed_lines_can_be_asked_for_in_every_format(run, tmp_path: Path, suffix: str):
    page = EXAMPLES / "talks-over-permits.txt"
    assert run("score", page, "--show-removed", "-o", tmp_path / f"s.{suffix}").code == 0


def test_output_that_is_an_input_is_refused(run, tmp_path: Path):
    path = write(tmp_path / "a.jsonl", json.dumps({"text": TEXT}) + "\n")
    before = path.read_bytes()
    for verb in ("score", "label"):
        result = run(verb, path, "-o", path)
        assert result.code == 2
        assert "is an input too" in result.err
    assert path.read_bytes() == before


def test_sentences_have_no_place_in_a_table(run, article: Path, tmp_path: Path):
    result = run("score", article, "--sentences", "-o", tmp_path / "s.csv")
    assert result.code == 2
    assert "--sentences goes into JSON alone" in result.err


def test_hostile_front_matter_does_not_end_the_run(run, article: Path, tmp_path: Path):
    bomb = write(tmp_path / "bomb.md", "---\ntitle: &a [x]\noutlet: [*a, *a]\n---\nText.\n")
    deep = write(tmp_path / "deep.md", f"---\ntitle: {'[' * 5000}\n---\nText.\n")
    result = run("score", bomb, deep, article)
    assert result.code == 0
    assert str(bomb) in result.err
    assert str(deep) in result.err
    assert "1 scored, 2 skipped" in result.err


def test_a_date_no_calendar_has_does_not_end_the_run(run, article: Path, tmp_path: Path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    odd = pa.array([2**62], pa.timestamp("us"))
    pq.write_table(pa.table({"text": [TEXT], "date": odd}), tmp_path / "odd.parquet")
    result = run("score", tmp_path / "odd.parquet", article)
    assert result.code == 0
    assert "Traceback" not in result.err


def test_a_folder_named_like_the_shipped_model_does_not_hide_it(run, article: Path, monkeypatch):
    (article.parent / "baseline").mkdir()
    monkeypatch.chdir(article.parent)
    assert run("score", article.name).code == 0
    assert run("score", article.name, "--model", "./baseline").code == 2


def test_outlet_and_language_can_be_given(run, article: Path):
    scores = json.loads(
        run("score", article, "--outlet", "Channel NewsAsia", "--format", "json").out
    )
    assert scores["articles"][0]["country"] == "SG"


GERMAN = "Die Regierung in Seoul hat die Entscheidung am Freitag scharf kritisiert und Gespräche verlangt."


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        pytest.param("a.txt", b"", "empty", id="empty-file"),
        pytest.param("a.txt", b"\x00\x01\x02" * 50, "binary", id="binary-file"),
        pytest.param("a.txt", b"word " * 10_000_000, "limit is .*--max-chars", id="50-MB-line"),
        pytest.param("a.txt", "Subscribe to our newsletter\n\nAll rights reserved.\n", "furniture",
                     id="only-furniture"),
        pytest.param("a.txt", GERMAN, "language 'de' is not supported.*--lang", id="german"),
        pytest.param("a.csv", "title,words\nx,y\n", "text.*--columns", id="missing-column"),
        pytest.param("a.jsonl", '{"text": NaN}\n', "row 1.*text", id="nan-text"),
        pytest.param("a.jsonl", '{"headline": "x"}\n', "row 1.*text", id="row-without-text"),
        pytest.param("a.docx", b"PK not a zip", "docx", id="broken-docx"),
    ],
)  # fmt: skip
def test_unusable_input_ends_with_code_2_and_one_line(
    run, tmp_path: Path, name: str, data: str | bytes, message: str
):
    import re

    path = write(tmp_path / name, data)
    output = tmp_path / "out.json"
    result = run("score", path, "-o", output)
    assert result.code == 2
    assert result.out == ""
    assert str(path) in result.err
    assert re.search(message, result.err)
    assert not output.exists()
    assert "Traceback" not in result.err
    assert len(result.err.strip().splitlines()) == 2  # the input skipped, and that nothing is left


def test_german_is_scored_when_a_language_is_forced(run, tmp_path: Path):
    path = write(tmp_path / "a.txt", GERMAN)
    assert run("score", path, "--lang", "en").code == 0


def test_row_17_is_named_and_the_rest_is_scored(run, tmp_path: Path):
    rows = [json.dumps({"id": n, "text": TEXT + f"\n\nIt was day {n}."}) for n in range(1, 21)]
    rows[16] = "{broken"
    path = write(tmp_path / "a.jsonl", "\n".join(rows))
    result = run("score", path, "--format", "json")
    assert result.code == 0
    assert len(json.loads(result.out)["articles"]) == 19
    assert f"{path}, row 17" in result.err
    strict = run("score", path, "--strict")
    assert strict.code == 2
    assert "row 17" in strict.err
    assert strict.out == ""


def test_duplicate_ids_are_named(run, tmp_path: Path):
    rows = [json.dumps({"id": "x", "text": TEXT + word}) for word in ("One.", "Two.")]
    path = write(tmp_path / "a.jsonl", "\n".join(rows))
    result = run("score", path)
    assert result.code == 0
    assert "row 2" in result.err
    assert "row 1" in result.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["score", "none.txt"], "none.txt", id="no-such-file"),
        pytest.param(["score", "x", "--model", "oracle"], "there is no model 'oracle'", id="model"),
        pytest.param(["score", "x", "--columns", "body"], "is not FIELD=NAME", id="columns"),
        pytest.param(["score", "x", "--lang", "xx"], "--lang 'xx' is not a language", id="lang"),
        pytest.param(["score", "x", "--by", "colour"], "colour", id="grouping"),
        pytest.param(["score"], "PATH", id="no-path"),
        pytest.param(["skore", "x"], "skore", id="wrong-verb"),
        pytest.param(["label", "none.jsonl"], "none.jsonl: cannot be read", id="label-no-file"),
        pytest.param(["codebook", "none.yaml"], "none.yaml: cannot be read", id="codebook"),
        pytest.param(["train", "none.yaml"], "none.yaml: cannot be read", id="train"),
        pytest.param(["outlets", "zzzqqq"], "no outlet matches 'zzzqqq'", id="outlet"),
    ],
)
def test_wrong_use_ends_with_code_2(run, arguments: list[str], message: str):
    result = run(*arguments)
    assert result.code == 2
    assert message in " ".join(result.err.split())
    assert "Traceback" not in result.err
    assert result.out == ""


@pytest.mark.parametrize("output", ["missing/out.json", "out.xls", "."])
def test_unwritable_output(run, article: Path, tmp_path: Path, output: str):
    result = run("score", article, "-o", tmp_path / output)
    assert result.code == 2
    assert len(result.err.strip().splitlines()) == 1


def test_model_folder_without_weights(run, article: Path, tmp_path: Path):
    (tmp_path / "model").mkdir()
    result = run("score", article, "--model", tmp_path / "model")
    assert result.code == 2
    assert "has no readable model.json" in result.err


def test_model_of_another_codebook(run, article: Path, small_model, tmp_path: Path):
    small_model.save(tmp_path / "model")
    result = run("score", article, "--model", tmp_path / "model")
    assert result.code == 2
    assert "was made with codebook" in result.err


def test_show_prints_every_sentence_with_reasons(run, article: Path):
    result = run("show", article, "--why")
    assert result.code == 0
    shown = " ".join(result.out.split())
    for sentence in ("permits are a matter of national security", "ended without agreement."):
        assert sentence in shown
    assert "Security 0." in shown or "Security 1." in shown
    assert "+" in shown
    assert "why: log-odds" in shown
    assert "why:" not in run("show", article).out


def test_label_passes_rows_through_in_order(run, tmp_path: Path):
    rows = [
        {"text": "The WTO panel was set up.", "n": 1},
        {"text": "날씨가 맑았다.", "n": 2, "lang": "ko"},
    ]
    path = write(tmp_path / "in.jsonl", "\n".join(json.dumps(r) for r in rows))
    result = run("label", path)
    labelled = [json.loads(line) for line in result.out.splitlines()]
    assert [row["n"] for row in labelled] == [1, 2]
    assert labelled[0]["frames"] == ["wto_legality"]
    assert "2 labelled" in result.err
    output = tmp_path / "out.jsonl"
    assert run("label", path, "-o", output).out == ""
    assert [
        json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()
    ] == labelled


def test_label_with_no_usable_row_writes_nothing(run, tmp_path: Path):
    path = write(tmp_path / "in.jsonl", '{"x": 1}\n')
    result = run("label", path, "-o", tmp_path / "out.jsonl")
    assert result.code == 2
    assert not (tmp_path / "out.jsonl").exists()


HOSTILE = "\x1b[31mred\x1b[0m [bold]x[/] \u202egnp [/nothing]"


def test_text_from_files_is_shown_and_never_obeyed(run, tmp_path: Path):
    row = {"id": HOSTILE, "outlet": HOSTILE, "title": HOSTILE, "text": f"{TEXT} {HOSTILE}."}
    path = write(tmp_path / "a.jsonl", json.dumps(row) + "\n{" + HOSTILE)
    for result in (run("score", path, "--by", "outlet", "--show-removed"), run("show", path)):
        assert result.code == 0
        assert "[bold]x[/]" in result.out
        for control in ("\x1b", "\u202e"):
            assert control not in result.out
            assert control not in result.err


def test_codebook_markdown(run):
    result = run("codebook", "--markdown")
    assert result.out.startswith("# The Japan-South Korea export-control dispute")


def test_outlets_are_found_in_any_script(run):
    for query in ("조선일보", "朝日新聞", "Yonhap"):
        assert run("outlets", query).code == 0


def test_evaluate_prints_each_frame(run, tmp_path: Path):
    output = tmp_path / "metrics.json"
    result = run(
        "evaluate", ROOT / "annotations/codes/first.jsonl", "--texts", ROOT / "annotations/articles",
        "--coder", "first", "-o", output,
    )  # fmt: skip
    assert result.code == 0
    assert "macro-F1" in result.out
    assert set(json.loads(output.read_text(encoding="utf-8"))["frames"]) == {
        "security_export_control", "historical_retaliation", "wto_legality", "process_dispute",
    }  # fmt: skip


def test_help_answers_before_heavy_packages_are_loaded():
    """Not a timing: the packages that would make `framing --help` slow are simply not imported."""
    code = (
        "import runpy; sys.argv = ['framing', '--help']\n"
        "try: runpy.run_module('framing', run_name='__main__')\n"
        "except SystemExit: pass"
    )
    packages = ("sklearn", "scipy", "pyarrow", "trafilatura", "torch", "numpy")
    assert list_loaded(code, packages).splitlines()[-1] == "[]"


def test_a_closed_pipe_is_no_error(article: Path):
    command = f'"{sys.executable}" -m framing score "{article}" --format json | head -c 1'
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"], capture_output=True, text=True, cwd=ROOT,
        env={**os.environ, "NO_COLOR": "1"}, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr


def test_no_colour_when_asked(article: Path):
    for extra in ({"NO_COLOR": "1"}, {}):
        done = subprocess.run(
            [sys.executable, "-m", "framing", "score", str(article)], capture_output=True,
            text=True, cwd=ROOT, env={**os.environ, **extra}, check=True,
        )  # fmt: skip
        assert "\x1b[" not in done.stdout
