"""Tables of benchmarks: kept runs below what others published, and what was not run yet."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from experiments.benchmarks.benchmark_tables import (
    CONFIGS,
    HEADINGS,
    RUNS,
    describe_kept,
    read_kept,
    read_planned,
)
from framing import Codebook, load_config
from framing.benchmarks.description import load_description
from framing.benchmarks.metrics import METRICS
from framing.config import move_config
from framing.experiments.predictions import read_predictions
from framing.experiments.running import PREDICTIONS, run_experiment
from framing.reading import read_json
from tests.test_benchmark_runs import TINY, write_benchmark, write_transfer

KEPT = sorted(run.config.name for run in read_kept(RUNS))


def test_every_metric_has_a_heading():
    assert {metric for metrics in METRICS.values() for metric in metrics} == set(HEADINGS)


def test_a_kept_run_stands_below_what_is_published_and_a_planned_one_says_so(tmp_path: Path):
    path = write_benchmark(tmp_path)
    metrics = run_experiment(load_config(path), tmp_path / "runs").metrics
    configs = tmp_path / "configs"
    configs.mkdir()
    plain = {"base": "../config.yaml"}
    for name, changes in {
        "same": {},
        "network": {
            "base": "../network.yaml",
            "name": "network",
        },
        "one-label": {"name": "one-label", "benchmark": {"task": "multiclass"}},
    }.items():
        text = yaml.safe_dump(plain | changes)
        (configs / f"{name}.yaml").write_text(text, encoding="utf-8")
    network = {**TINY, "encoder": {"name": "owner/tiny"}, "name": "x", "output": "y"}
    network["benchmark"] = {"path": "copy", "description": "weather.yaml"}
    (tmp_path / "network.yaml").write_text(yaml.safe_dump(network), encoding="utf-8")
    shown = describe_kept(tmp_path / "runs", configs, tmp_path / "published.yaml")
    lines = shown.splitlines()
    assert [line for line in lines if line.startswith("#")] == [
        "### weather, multilabel, tested on folds (40 rows)",
        "### weather, multiclass, tested on folds",
    ]
    of = metrics["benchmark"]["tests"]["0"]["folds"]["mean"]["f1_macro"]
    ours = f"{of['estimate']:.3f} ({of['low']:.3f} to {of['high']:.3f})"
    assert lines[4].startswith("| an almanac | other years (invented, table 1) | 0.50 |")
    assert lines[5].startswith(
        "| **here**: TF-IDF and logistic regression | "
        f"[the other folds](small-benchmark/metrics.json) | {ours} |"
    )
    assert lines[6].startswith("| **here**: tiny, fine-tuned (full) | the other folds | not run |")
    assert lines[-1].startswith(
        "| **here**: TF-IDF and logistic regression | the other folds | not"
    )
    assert "another task" not in shown


def test_rows_out_of_our_languages_are_told_apart(tmp_path: Path):
    path = write_transfer(tmp_path)
    run_experiment(load_config(path, ["evaluation.seeds=[1, 2]"]), tmp_path / "runs")
    shown = describe_kept(tmp_path / "runs", tmp_path / "none", tmp_path / "published.yaml")
    assert "### weather, single_label, tested on ko (8 rows)\n" in shown
    assert "### weather, single_label, tested on de (8 rows; out of our languages)\n" in shown
    assert shown.count("[train (en)](small-benchmark/metrics.json); seed 1 |") == 2
    assert shown.count("[train (en)](small-benchmark/metrics.json); seed 2 |") == 2


def test_nothing_measured_is_said(tmp_path: Path):
    path = write_benchmark(tmp_path)
    shutil.rmtree(tmp_path / "copy")
    assert path.exists()
    published = tmp_path / "published.yaml"
    assert describe_kept(tmp_path, tmp_path / "nowhere", published) == "Not measured yet."


# What is kept


def test_every_config_of_a_benchmark_has_a_name_of_its_own_and_its_files():
    planned = list(read_planned(CONFIGS))
    names = [run.config.name for run in planned]
    assert names == sorted(path.stem for path in CONFIGS.glob("*.yaml"))
    models = {"tfidf", "transformer"}
    assert {name.rpartition("-")[2] for name in names} == models
    assert len(names) == 2 * len({name.rpartition("-")[0] for name in names}), "both models alike"


@pytest.mark.parametrize("name", KEPT)
def test_a_kept_run_is_one_of_the_configs_and_has_nothing_of_others(name: str):
    folder = RUNS / name
    kept = load_config(folder / "config.yaml")
    config = load_config(CONFIGS / f"{name}.yaml")
    assert move_config(kept, config.folder).plain() == config.plain()
    description = load_description(config.resolve(config.benchmark.description))
    book = read_json(folder / "metrics.json")["data"]["codebook"]
    assert book["digest"] == Codebook.load(description.codebook).digest
    assert not (folder / "errors.jsonl").exists()
    columns = set(read_predictions(folder / PREDICTIONS).columns)
    assert not [column for column in columns if column.startswith("gold:")]
    assert "speaker" not in columns
