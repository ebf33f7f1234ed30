"""Runs on third-party benchmarks: folds, dev, the authors' metrics, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from framing import load_config, train_model
from framing.benchmark_config import BenchmarkConfig
from framing.benchmarks.folds import TASKS
from framing.config import load_config as load
from framing.config_values import Choice, list_keys, split_hint
from framing.errors import ConfigError, InputError
from framing.experiments.benchmark_folds import plan_benchmark
from framing.experiments.reproduction import reproduce
from framing.experiments.running import run_experiment
from tests.conftest import Run

CODEBOOK = """\
name: weather
version: "1"
languages: [en, ko]
frames:
  - {id: rain, name: {en: Rain}, definition: It rains.}
  - {id: snow, name: {en: Snow}, definition: It snows.}
"""
DESCRIPTION = """\
name: weather
title: Weather
source: invented
codebook: codebook.yaml
"""
WORDS = {
    "rain": [
        "drops",
        "umbrella",
        "puddle",
        "gutter",
        "drizzle",
        "soaked",
        "downpour",
        "roof",
        "wet",
        "shower",
    ],
    "snow": [
        "flakes",
        "white",
        "sledge",
        "frozen",
        "drift",
        "shovel",
        "ski",
        "glove",
        "icy",
        "blanket",
    ],
}
CONFIG: dict[str, Any] = {
    "name": "small-benchmark",
    "model": "tfidf",
    "benchmark": {"path": "copy", "description": "weather.yaml", "published": "published.yaml"},
    "candidates": {
        "char_min": [2], "char_max": [3], "min_units": [1], "context_weights": [[]],
        "inverse_penalty": [10.0],
    },
    "selection": {"folds": 2},
    "output": "model",
}  # fmt: skip
PUBLISHED = """\
results:
  - benchmark: weather
    task: multilabel
    model: an almanac
    training: other years
    source: invented, table 1
    scores: {folds: {f1_macro: 0.5}}
  - benchmark: weather
    task: single_label
    model: another task
    training: other years
    source: invented, table 2
    scores: {folds: {accuracy: 0.5}}
"""


def write_benchmark(folder: Path, *, by_part: bool = False, **sections: Any) -> Path:
    """Forty invented rows in two folds, or in train and test and two languages; gives a config."""
    (folder / "copy").mkdir()
    (folder / "codebook.yaml").write_text(CODEBOOK, encoding="utf-8")
    (folder / "published.yaml").write_text(PUBLISHED, encoding="utf-8")
    rows, random = [], Random(0)
    for number in range(40):
        label = ("rain", "snow")[number % 2]
        language = "ko" if by_part and number % 4 >= 2 else "en"
        word = "지붕" if language == "ko" else "yesterday"
        rows.append(
            {"id": f"r{number}", "text": " ".join([*random.sample(WORDS[label], 5), word]), "labels": [label],
             "lang": language, "fold": number // 20}
        )  # fmt: skip
    if by_part:
        files = [{"path": "train.jsonl", "part": "train"}, {"path": "test.jsonl", "part": "test"}]
        write_rows(folder / "copy" / "train.jsonl", rows[:24])
        write_rows(folder / "copy" / "test.jsonl", rows[24:])
        head = DESCRIPTION
    else:
        files = [{"path": "all.jsonl", "fold_field": "fold"}]
        write_rows(folder / "copy" / "all.jsonl", rows)
        head = DESCRIPTION + 'folds: ["0", "1"]\n'
    (folder / "weather.yaml").write_text(head + yaml.safe_dump({"files": files}), encoding="utf-8")
    path = folder / "config.yaml"
    merged = {
        key: {**CONFIG.get(key, {}), **value} if isinstance(value, dict) else value
        for key, value in {**CONFIG, **sections}.items()
    }
    path.write_text(yaml.safe_dump(merged, sort_keys=False), encoding="utf-8")
    return path


def write_rows(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


BY_PART = {
    "task": "single_label", "train": ["train"], "test": ["test"], "train_languages": ["en"],
    "test_languages": ["en", "ko"],
}  # fmt: skip


def test_the_tasks_of_a_config_are_those_there_are():
    (choice,) = split_hint(list_keys(BenchmarkConfig)["task"].hint)[1]
    assert isinstance(choice, Choice)
    assert choice.values == TASKS


def test_official_folds_are_each_tested_on_by_the_others(tmp_path: Path):
    plan = plan_benchmark(load(write_benchmark(tmp_path)))
    assert [fold.name for fold in plan.folds] == ["0", "1"]
    for fold in plan.folds:
        assert fold.dev is not None
        parts = [set(part.about) for part in (fold.train, fold.dev, fold.test)]
        assert len(set.union(*parts)) == sum(map(len, parts)) == 40
        assert set(fold.seen.about) == parts[0] | parts[1]
        assert 0 < len(parts[1]) < 8


def test_one_training_is_tested_on_each_language(tmp_path: Path):
    plan = plan_benchmark(load(write_benchmark(tmp_path, by_part=True, benchmark=BY_PART)))
    (fold,) = plan.folds
    assert {about.language for about in fold.seen.about.values()} == {"en"}
    assert {about.language for about in fold.test.about.values()} == {"en", "ko"}
    assert list(plan.tests["test"]) == ["en", "ko"]


def test_a_run_gives_the_metrics_of_the_authors_beside_the_published(tmp_path: Path, run: Run):
    path = write_benchmark(tmp_path)
    result = run("run", path, "--into", tmp_path / "runs")
    assert result.code == 0, result.err
    assert "weather, multilabel, folds: 40 rows" in result.out
    assert "an almanac (invented," in result.out
    assert "another task" not in result.out
    metrics = json.loads((tmp_path / "runs/small-benchmark/metrics.json").read_text("utf-8"))
    mean = metrics["benchmark"]["tests"]["0"]["folds"]["mean"]
    assert mean["em_a"]["estimate"] > 0.9, "the two labels have no word in common"
    assert mean["em_a"]["low"] <= mean["em_a"]["estimate"] <= mean["em_a"]["high"]
    assert metrics["agreement"] is None
    assert metrics["scores"]["as_written"].keys() == {"0", "1", "all"}


def test_a_run_on_a_benchmark_is_reproduced(tmp_path: Path):
    config = load_config(write_benchmark(tmp_path, by_part=True, benchmark=BY_PART))
    done = run_experiment(config, tmp_path / "runs")
    tests = done.metrics["benchmark"]["tests"]["0"]
    assert tests["en"]["mean"]["accuracy"]["estimate"] == 1
    result = reproduce(done.folder)
    assert not result.has_drifted
    write_rows(
        tmp_path / "copy" / "test.jsonl",
        [{"id": "r24", "text": "hail", "labels": ["rain"], "lang": "en"},
         {"id": "r26", "text": "hail 지붕", "labels": ["snow"], "lang": "ko"}],
    )  # fmt: skip
    changed = reproduce(done.folder)
    assert changed.has_drifted
    assert changed.changes[0].startswith("data: changed r24, r26")
    assert changed.changes[1].startswith("data: gone r25, r27, r28 and 11 more")


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        pytest.param({"benchmark": {"path": "nowhere"}}, "nowhere", id="no-copy"),
        pytest.param({"benchmark": {"description": "none.yaml"}}, "none.yaml", id="no-description"),
        pytest.param({"benchmark": {"train": ["x"], "test": ["y"], "test_languages": ["en"]}}, "no row of part 'x'", id="no-part"),
        pytest.param({"benchmark": {"dev_share": 0.011}}, "0 would be dev", id="no-dev"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_named_and_leaves_nothing(
    tmp_path: Path, run: Run, sections: dict[str, Any], message: str
):
    path = write_benchmark(tmp_path, **sections)
    result = run("run", path, "--into", tmp_path / "runs")
    assert result.code == 2
    assert message in result.err
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        pytest.param({"benchmark": {"description": ""}}, "go together", id="path-alone"),
        pytest.param({"benchmark": {"train": ["train"]}}, "benchmark.train, benchmark.test and", id="train-alone"),
        pytest.param({"benchmark": {"task": "guess"}}, "benchmark.task is 'guess'; use multilabel", id="task"),
        pytest.param({"data": {"articles": "a", "codes": "c", "codebook": "b"}}, "data.articles stands beside benchmark.path", id="data-too"),
        pytest.param({"evaluation": {"texts": ["as_written", "masked"]}}, "brings its own folds", id="masked"),
        pytest.param({"split": {"file": "split.json"}}, "brings its own folds", id="split"),
        pytest.param({"benchmark": {"path": "", "description": ""}}, "key `data` is missing", id="neither"),
    ],
)  # fmt: skip
def test_a_section_that_does_not_fit_is_named(
    tmp_path: Path, sections: dict[str, Any], message: str
):
    with pytest.raises(ConfigError, match=message):
        load(write_benchmark(tmp_path, **sections))


def test_training_says_what_runs_a_benchmark(tmp_path: Path):
    with pytest.raises(ConfigError, match="is the config of a benchmark; framing run tests on one"):
        train_model(load_config(write_benchmark(tmp_path)))


def test_configs_of_benchmarks_read_the_copies_beside_the_checkout(shared: Path):
    for path in Path("configs/benchmarks").glob("*.yaml"):
        plan = plan_benchmark(load(path))
        n_rows = {"gvfc": 1300, "sib200": 2103 + 297 + 612}[plan.benchmark.description.name]
        assert len(plan.benchmark.dataset) >= n_rows, path
        assert plan.folds


def test_a_missing_copy_of_a_shipped_config_is_named(tmp_path: Path):
    config = load(Path("configs/benchmarks/gvfc-tfidf.yaml"), ["benchmark.path=../../nowhere"])
    with pytest.raises(InputError, match="nowhere"):
        plan_benchmark(config)
