"""The resolved config as YAML, as `--dry-run` and `framing config show` print it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import yaml

from framing.config import list_kinds, load_config, move_config, render_config
from tests.conftest import ROOT, list_loaded

CONFIGS = sorted((ROOT / "configs").rglob("*.yaml"))
FILE = """\
name: x
data: {articles: a, codes: c.jsonl, codebook: b.yaml}
selection: {seed: 1}
output: out
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "c.yaml"
    path.write_text(FILE, encoding="utf-8")
    return path


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_what_is_printed_loads_as_an_equal_config(path: Path, tmp_path: Path):
    config = load_config(path)
    text = render_config(config)
    copy = tmp_path / "copy.yaml"
    copy.write_text(text, encoding="utf-8")
    again = load_config(copy)
    assert dataclasses.replace(again, folder=config.folder) == config
    assert render_config(again) == text


def test_every_key_is_printed_in_the_order_of_the_dataclasses(path: Path):
    def list_names(kind: type) -> list[str]:
        return [field.name for field in dataclasses.fields(kind) if field.name != "folder"]

    config = load_config(path)
    printed = yaml.safe_load(render_config(config))
    assert list(printed) == list_names(type(config))
    for name in ("data", "split", "candidates", "selection"):
        assert list(printed[name]) == list_names(type(getattr(config, name)))
    assert printed["split"] == {"file": "", "test_share": 0.2, "salt": ""}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("no", id="no"),
        pytest.param("1e-4", id="exponent"),
        pytest.param("", id="empty"),
        pytest.param("12", id="number"),
        pytest.param("2019-09-01", id="date"),
        pytest.param("수출 규제: 「輸出規制」", id="korean-japanese"),
        pytest.param("a 'quoted' \"text\" # and a sign", id="quotes"),
        pytest.param("two\nlines\n", id="two-lines"),
        pytest.param("word " * 60 + "end", id="long"),
        pytest.param("\x00\x1b[31m", id="control-characters"),
        pytest.param("&a *b !c", id="signs-of-yaml"),
    ],
)
def test_awkward_texts_are_printed_so_that_they_load(path: Path, text: str):
    plain = load_config(path)
    config = dataclasses.replace(plain, data=dataclasses.replace(plain.data, coder=text))
    path.write_text(render_config(config), encoding="utf-8")
    assert load_config(path) == config


def test_lists_stand_in_one_line_and_small_numbers_stay_numbers(path: Path):
    candidates = "candidates.context_weights=[[], [0.6]]", "candidates.inverse_penalty=[1e-5, 1e6]"
    text = render_config(load_config(path, candidates))
    assert "  context_weights: [[], [0.6]]\n" in text
    assert "  inverse_penalty: [1.0e-05, 1000000.0]\n" in text


def test_a_config_seen_from_another_folder_leads_to_the_same_places(path: Path, tmp_path: Path):
    config = load_config(path)
    moved = move_config(config, tmp_path / "runs" / "one")
    assert moved.data.codes == "../../c.jsonl"
    assert moved.resolve(moved.output) == config.resolve(config.output)
    assert moved.split.file == ""


def test_dry_run_prints_the_config_and_trains_nothing(run, path: Path):
    result = run("train", path, "--dry-run", "--set", "selection.seed=2", "--set", "split.salt=z")
    assert (result.code, result.err) == (0, "")
    assert result.out == render_config(load_config(path, ["selection.seed=2", "split.salt=z"]))
    assert [file.name for file in path.parent.iterdir()] == ["c.yaml"]


def test_config_show_prints_the_same(run, path: Path):
    settings = ("--set", "selection.seed=2")
    assert run("config", "show", path, *settings) == run("train", path, "--dry-run", *settings)


def test_a_base_is_resolved_and_not_named(run, path: Path):
    folder = path.parent / "sub"
    folder.mkdir()
    child = folder / "child.yaml"
    child.write_text("base: ../c.yaml\nname: child\n", encoding="utf-8")
    result = run("config", "show", child)
    assert "articles: ../a\n" in result.out
    assert "base" not in result.out
    copy = folder / "copy.yaml"
    copy.write_text(result.out, encoding="utf-8")
    assert load_config(copy) == load_config(child)


@pytest.mark.parametrize("verb", ["train --dry-run", "train", "config show"])
def test_a_setting_that_does_not_fit_ends_with_code_2_and_one_line(run, path: Path, verb: str):
    result = run(*verb.split(), path, "--set", "selecton.seed=2")
    assert (result.code, result.out) == (2, "")
    assert result.err == (
        "framing: --set selecton.seed=2: unknown key `selecton`; did you mean `selection`?\n"
    )


def test_help_says_what_paths_are_relative_to(run):
    for verb in (("train",), ("config", "show")):
        assert "relative to the config's folder" in " ".join(
            run(*verb, "--help", columns=200).out.split()
        )


def test_showing_a_config_loads_nothing_heavy(path: Path):
    code = (
        f"from framing import load_config\nload_config({str(path)!r})\n"
        "from framing.config import render_config"
    )
    assert list_loaded(code, ("torch", "sklearn", "scipy", "numpy", "pyarrow")) == "[]"


def test_every_kind_has_a_committed_config():
    assert {load_config(path).model for path in CONFIGS} == set(list_kinds())
