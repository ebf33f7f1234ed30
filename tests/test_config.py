"""Configs: every YAML loads; mistakes are named with key and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from framing.config import load_config
from framing.errors import ConfigError
from tests.conftest import ROOT

CONFIGS = sorted((ROOT / "configs").rglob("*.yaml"))

GOOD = """\
name: x
data: {articles: a, codes: c.jsonl, codebook: b.yaml}
selection:
  folds: 3
output: out
"""


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_every_committed_config_loads_and_has_a_row_in_the_readme(path: Path):
    config = load_config(path)
    assert config.resolve(config.data.articles).is_dir()
    assert f"`{path.relative_to(ROOT / 'configs')}`" in (ROOT / "configs/README.md").read_text(
        encoding="utf-8"
    )


def test_there_are_configs():
    assert CONFIGS


def test_paths_are_relative_to_the_config(tmp_path: Path):
    path = tmp_path / "c.yaml"
    path.write_text(GOOD, encoding="utf-8")
    config = load_config(path)
    assert config.resolve(config.output) == tmp_path.resolve() / "out"
    assert config.selection.folds == 3
    assert config.split.test_share == 0.2


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        pytest.param("folds: 3", "fold: 3", r"row 4: unknown key `selection.fold`; did you mean "
                     r"`selection.folds`", id="misspelt"),
        pytest.param("folds: 3", "folds: many", r"row 4: `selection.folds` must be a whole number, "
                     r"not 'many'", id="text-for-number"),
        pytest.param("folds: 3", "folds: true", r"must be a whole number, not True", id="bool"),
        pytest.param("folds: 3", "folds: 1", r"selection.folds is 1; give 2 or more", id="one-fold"),
        pytest.param("output: out\n", "", r"key `output` is missing", id="missing"),
        pytest.param("selection:\n  folds: 3", "selection: 3", r"`selection` must hold keys",
                     id="number-for-section"),
        pytest.param("name: x", "name: x\nmodel: oracle", r"model 'oracle' cannot be trained",
                     id="unknown-model"),
        pytest.param("name: x", "name: x\nsplit: {test_share: 1.5}", r"split.test_share is 1.5",
                     id="share-above-one"),
        pytest.param("name: x", "name: x\ncandidates: {char_max: []}", r"candidates.char_max is",
                     id="no-candidates"),
        pytest.param("name: x", "name: x\ncandidates: {inverse_penalty: [0.0]}",
                     r"candidates.inverse_penalty holds 0.0; give 1e-06 to", id="zero-penalty"),
        pytest.param("name: x", "name: x\ncandidates: {inverse_penalty: [.nan]}",
                     r"candidates.inverse_penalty holds nan", id="nan-penalty"),
        pytest.param("name: x", "name: x\ncandidates: {char_min: [6]}",
                     r"char_max is below candidates.char_min", id="lengths-crossed"),
        pytest.param("name: x", "name: 2019-99-99", r"is not valid YAML", id="impossible-date"),
        pytest.param("name: x", "name: x\nfolder: y", r"unknown key `folder`", id="internal-key"),
        pytest.param("folds: 3", "folds: 3\n  folds: 4", r"row 5: is not valid YAML \(key 'folds' stands "
                     r"twice", id="duplicate-key"),
        pytest.param("  folds", "\tfolds", r"row 4: is not valid YAML", id="tab"),
        pytest.param("name: x", "name: &n x\nsplit: {salt: *n}", r"is not valid YAML \(aliases", id="alias"),
        pytest.param(GOOD, "", r"is empty; write keys and values into it", id="empty-file"),
        pytest.param(GOOD, "- a\n", r"row 1: must hold keys and values at its top", id="list-at-top"),
        pytest.param("name: x", "name: x\n3: y", r"row 2: unknown key `3`", id="number-as-key"),
        pytest.param("name: x", "name: x\n名前: y", r"row 2: unknown key `名前`", id="japanese-key"),
        pytest.param("name: x", "name: no", r"row 1: `name` must be a text, not False; quote it",
                     id="no-for-a-text"),
        pytest.param("name: x", "name:", r"row 1: `name` is empty and must be a text", id="no-value"),
        pytest.param("folds: 3", "folds:", r"row 4: `selection.folds` is empty and must be", id="no-number"),
    ],
)  # fmt: skip
def test_error_names_key_and_line(tmp_path: Path, old: str, new: str, message: str):
    path = tmp_path / "c.yaml"
    path.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError, match=message) as caught:
        load_config(path)
    assert str(path) in str(caught.value)
