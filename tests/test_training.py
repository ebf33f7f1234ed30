"""Training: a config becomes a tested model folder, the same bytes each time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from framing import Codebook, load_config, load_model, train_model
from framing.errors import ConfigError, InputError, OutputError
from tests.conftest import write_coded_articles

CONFIG = """\
name: small
data: {articles: articles, codes: codes.jsonl, codebook: codebook.yaml}
split: {test_share: 0.25, salt: x}
candidates:
  min_units: [1]
  context_weights: [[], [0.5]]
  inverse_penalty: [10.0]
  speaker_inverse_penalty: [1.0, 10.0]
selection: {folds: 3}
output: model
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Eight articles, coded, with a config beside them."""
    write_coded_articles(tmp_path, lambda text, number: f"{text.rstrip('.')} on day {number}.")
    (tmp_path / "config.yaml").write_text(CONFIG, encoding="utf-8")
    return tmp_path


def test_training_writes_a_model_that_loads(project: Path):
    trained = train_model(load_config(project / "config.yaml"))
    folder = project / "model"
    assert {path.name for path in folder.iterdir()} == {
        "README.md", "error_rates.json", "metrics.json", "model.json", "vocabulary.json", "weights.safetensors",
    }  # fmt: skip
    record = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    assert record["test"] == trained.record["test"]
    assert len(record["test_articles"]) == 2
    assert record["data"]["units"] == 32
    assert len(record["candidates"]) == 2
    precisions = [candidate["average_precision"] for candidate in record["candidates"]]
    assert precisions == sorted(precisions, reverse=True)
    model = load_model(folder, Codebook.load(project / "codebook.yaml"))
    assert model.digest == trained.model.digest
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert f"{record['test']['macro_f1']['estimate']:.3f}" in card


def test_training_twice_gives_the_same_bytes(project: Path):
    first, second = {}, {}
    for kept in (first, second):
        train_model(load_config(project / "config.yaml"))
        kept.update({p.name: p.read_bytes() for p in (project / "model").iterdir()})
    assert first == second


def test_test_articles_were_not_trained_on(project: Path):
    record = train_model(load_config(project / "config.yaml")).record
    assert record["cross_validation"]["articles"] == 6
    assert record["test"]["articles"] == 2


def test_a_changed_data_row_changes_the_data_digest(project: Path):
    config = load_config(project / "config.yaml")
    before = train_model(config).record["data"]["digest"]
    path = project / "codes.jsonl"
    rows = path.read_text(encoding="utf-8").replace('"frames": ["money"]', '"frames": []', 1)
    path.write_text(rows, encoding="utf-8")
    assert train_model(config).record["data"]["digest"] != before


def test_a_frame_nobody_carries_is_named(project: Path):
    path = project / "codes.jsonl"
    path.write_text(path.read_text(encoding="utf-8").replace('"safety"', '"money"')
                    .replace('["money", "money"]', '["money"]'), encoding="utf-8")  # fmt: skip
    with pytest.raises(ConfigError, match="no training unit carries safety"):
        train_model(load_config(project / "config.yaml"))
    assert not (project / "model").exists()


def test_more_folds_than_articles(project: Path):
    path = project / "config.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("folds: 3", "folds: 30"), "utf-8")
    with pytest.raises(ConfigError, match="3 story clusters cannot be cut into 30 folds"):
        train_model(load_config(path))
    assert not (project / "model").exists()


@pytest.mark.parametrize("kind", ["a file", "other files"])
def test_an_unusable_output_is_known_before_training(project: Path, kind: str):
    if kind == "a file":
        (project / "model").write_text("mine", encoding="utf-8")
    else:
        (project / "model").mkdir()
        (project / "model" / "README.md").write_text("mine", encoding="utf-8")
    said: list[str] = []
    with pytest.raises(OutputError, match=kind):
        train_model(load_config(project / "config.yaml"), tell=said.append)
    assert said == []


def test_changed_text_is_refused(project: Path):
    path = project / "articles" / "a3.txt"
    path.write_text(path.read_text(encoding="utf-8").replace("day 3", "day three"), "utf-8")
    with pytest.raises(InputError, match="a3.txt: .*has changed"):
        train_model(load_config(project / "config.yaml"))
