"""Runs on third-party benchmarks: folds, dev, the authors' metrics, and what is refused."""

from __future__ import annotations

import json
import re
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from framing import Codebook, load_config, train_model
from framing.benchmark_config import BenchmarkConfig
from framing.benchmarks.folds import TASKS
from framing.config import load_config as load
from framing.config_values import Choice, list_keys, split_hint
from framing.errors import ConfigError, InputError
from framing.experiments.benchmark_folds import plan_benchmark
from framing.experiments.predictions import read_predictions
from framing.experiments.reproduction import flatten_figures, reproduce
from framing.experiments.run_pairs import compare_runs
from framing.experiments.running import ERRORS, FILES, METRICS, PREDICTIONS, run_experiment
from tests.conftest import ROOT, Run
from tests.tiny_encoder import needs_training, write_encoder

CODEBOOK = """\
name: weather
version: "1"
languages: [en, ko, de]
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


def write_benchmark(
    folder: Path, *, by_part: bool = False, leave_out: tuple[str, ...] = (), **sections: Any
) -> Path:
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
    known = {key: CONFIG[key] for key in CONFIG if key not in leave_out}
    merged = {
        key: {**known.get(key, {}), **value} if isinstance(value, dict) else value
        for key, value in {**known, **sections}.items()
    }
    path.write_text(yaml.safe_dump(merged, sort_keys=False), encoding="utf-8")
    return path


def write_transfer(folder: Path) -> Path:
    """The same rows, those to test on in German and Korean, each language a part of its own."""
    languages = ["ko", "de"]
    path = write_benchmark(
        folder,
        by_part=True,
        benchmark=BY_PART | {"test": languages, "test_languages": [*languages]},
    )
    lines = (folder / "copy" / "test.jsonl").read_text("utf-8").splitlines()
    rows = [
        {**row, "lang": "de" if row["lang"] == "en" else "ko"} for row in map(json.loads, lines)
    ]
    files = [{"path": "train.jsonl", "part": "train"}]
    for language in languages:
        of_one = [row for row in rows if row["lang"] == language]
        write_rows(folder / "copy" / f"{language}.jsonl", of_one)
        files.append({"path": f"{language}.jsonl", "part": language})
    text = DESCRIPTION + yaml.safe_dump({"files": files})
    (folder / "weather.yaml").write_text(text, encoding="utf-8")
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


def test_rows_of_a_group_are_learnt_from_or_chosen_on_together(tmp_path: Path):
    path = write_benchmark(tmp_path, benchmark={"dev_share": 0.4})
    copy = tmp_path / "copy" / "all.jsonl"
    rows = [json.loads(line) for line in copy.read_text("utf-8").splitlines()]
    write_rows(copy, [{**row, "group": f"g{number // 4}"} for number, row in enumerate(rows)])
    for fold in plan_benchmark(load(path)).folds:
        assert fold.dev is not None
        train, dev = ({row.parallel for row in of.about.values()} for of in (fold.train, fold.dev))
        assert len(train) + len(dev) == 5
        assert not train & dev
        assert dev


def test_one_training_is_tested_on_each_language(tmp_path: Path):
    plan = plan_benchmark(load(write_benchmark(tmp_path, by_part=True, benchmark=BY_PART)))
    (fold,) = plan.folds
    assert {about.language for about in fold.seen.about.values()} == {"en"}
    assert {about.language for about in fold.test.about.values()} == {"en", "ko"}
    assert list(plan.tests["test"]) == ["en", "ko"]


def test_parts_that_have_one_language_each_are_tested_on_in_theirs(tmp_path: Path, run: Run):
    path = write_transfer(tmp_path)
    plan = plan_benchmark(load(path))
    tests = plan.tests["test"]
    assert {name: set(of.test.languages) for name, of in tests.items()} == {
        "ko": {"ko"}, "de": {"de"},
    }  # fmt: skip
    assert len(plan.dataset) == sum(len(of) for of in (plan.folds[0].seen, plan.folds[0].test))
    assert len(plan.dataset) < len(plan.benchmark.dataset), "Korean rows of train are not used"
    result = run("run", path, "--into", tmp_path / "runs")
    assert result.code == 0, result.err
    assert "weather, multilabel" not in result.out
    assert "weather, single_label, ko: 8 rows\n" in result.out
    assert "weather, single_label, de: 8 rows, out of our languages\n" in result.out
    metrics = json.loads((tmp_path / "runs/small-benchmark/metrics.json").read_text("utf-8"))
    assert metrics["benchmark"]["outside"] == ["de"]
    assert metrics["benchmark"]["training"] == "train (en)"


def test_a_part_without_a_row_in_the_languages_tested_on_is_named(tmp_path: Path):
    config = load(write_transfer(tmp_path), ["benchmark.test_languages=[ko]"])
    with pytest.raises(InputError, match="no row of part 'de'"):
        plan_benchmark(config)


def test_what_is_kept_has_no_label_and_no_text_of_others(tmp_path: Path):
    folder = run_experiment(load_config(write_benchmark(tmp_path)), tmp_path / "runs").folder
    assert {path.name for path in folder.iterdir()} == {*FILES} - {ERRORS}
    table = read_predictions(folder / PREDICTIONS)
    assert table.columns.keys() == {
        "fold", "seed", "text", "article", "start", "end", "p:rain", "p:snow", "said:rain",
        "said:snow", "said_speaker",
    }  # fmt: skip
    assert sorted(table.columns["article"]) == sorted(f"r{number}" for number in range(40))
    kept = "".join(path.read_text("utf-8") for path in folder.iterdir() if path.name != PREDICTIONS)
    for word in (*WORDS["rain"], *WORDS["snow"], "yesterday"):
        assert not re.search(rf"\b{word}\b", kept), word


def test_errors_are_listed_where_the_text_may_be_passed_on(tmp_path: Path):
    config = load_config(write_benchmark(tmp_path), ["evaluation.show_text=true"])
    # Two rows that say the opposite of what they are.
    copy = tmp_path / "copy" / "all.jsonl"
    rows = [json.loads(line) for line in copy.read_text("utf-8").splitlines()]
    write_rows(copy, [rows[0] | {"labels": ["snow"]}, rows[1] | {"labels": ["rain"]}, *rows[2:]])
    folder = run_experiment(config, tmp_path / "runs").folder
    errors = [json.loads(line) for line in (folder / ERRORS).read_text("utf-8").splitlines()]
    assert {"r0", "r1"} <= {error["article"] for error in errors[:4]}
    assert errors[0]["text"]
    # Once more without: what was there is gone.
    run_experiment(load_config(tmp_path / "config.yaml"), tmp_path / "runs", force=True)
    assert not (folder / ERRORS).exists()


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


def test_published_figures_that_change_are_no_drift():
    figures = {"benchmark": {"tests": {"0": 0.5}, "published": [{"scores": {"folds": 0.7}}]}}
    assert dict(flatten_figures(figures)) == {"benchmark/tests/0": 0.5}


def test_all_runs_are_reproduced_but_those_whose_benchmark_is_not_here(tmp_path: Path, run: Run):
    runs = tmp_path / "runs"
    path = write_benchmark(tmp_path)
    run_experiment(load_config(path), runs)
    copy = tmp_path / "copy"
    copy.rename(tmp_path / "moved")
    needs = f"small-benchmark: was tested on a benchmark that is not here: {copy} is not there"
    result = run("reproduce", "--all", "--quick", "--into", runs)
    assert (result.code, result.out) == (2, "")
    assert f"skipped {runs / needs}" in result.err
    assert "the data of these runs is not here" in result.err
    named = run("reproduce", runs / "small-benchmark")
    assert named.code == 2
    assert f"{needs}; put your copy there" in named.err
    # Another run whose data is here is made again.
    run_experiment(load_config(path, ["benchmark.path=moved", "name=here"]), runs)
    result = run("reproduce", "--all", "--into", runs)
    assert result.code == 0, result.err
    assert "here is reproduced" in result.out
    assert "small-benchmark" not in result.out
    assert "skipped" in result.err


def test_runs_on_a_benchmark_are_compared_by_its_own_labels(tmp_path: Path, run: Run):
    path = write_benchmark(tmp_path, by_part=True, benchmark=BY_PART)
    test = tmp_path / "copy" / "test.jsonl"
    rows = [json.loads(line) for line in test.read_text("utf-8").splitlines()]
    # Translations of one another, of which each pair is one piece of evidence.
    grouped = [
        {**row, "group": f"g{number // 4 * 2 + number % 2}"} for number, row in enumerate(rows)
    ]
    write_rows(test, grouped)
    first, second = (
        run_experiment(load_config(path, [f"name={name}", f"candidates.char_max=[{most}]"]), tmp_path / "runs").folder
        for name, most in (("short", 2), ("long", 4))
    )  # fmt: skip
    book = Codebook.load(tmp_path / "codebook.yaml")
    compared = compare_runs(first, second, book).comparisons["as_written"]
    assert (compared["units"], compared["articles"]) == (16, 8)
    assert compared["speaker"] is None
    scores = json.loads((second / METRICS).read_text("utf-8"))["scores"]["as_written"]["test"]["0"]
    assert compared["macro_f1"]["second"] == pytest.approx(scores["macro_f1"]["estimate"])
    write_rows(test, [grouped[0] | {"labels": ["snow"]}, *grouped[1:]])
    with pytest.raises(InputError, match="row 'r24' is gone or not what short was tested on"):
        compare_runs(first, second, book)
    (tmp_path / "copy").rename(tmp_path / "moved")
    result = run("compare-runs", first, second, "--codebook", tmp_path / "codebook.yaml")
    assert result.code == 2
    assert f"{tmp_path / 'copy'}: is not there; give the folder of weather" in result.err


def test_predictions_without_gold_of_what_is_no_benchmark_are_refused(tmp_path: Path):
    config = load_config(write_benchmark(tmp_path))
    folder = run_experiment(config, tmp_path / "runs").folder
    path = folder / "config.yaml"
    plain = yaml.safe_load(path.read_text("utf-8"))
    plain["data"] |= {"articles": "x", "codes": "y", "codebook": "z"}
    del plain["benchmark"]
    path.write_text(yaml.safe_dump(plain), encoding="utf-8")
    with pytest.raises(InputError, match="has no gold codes"):
        compare_runs(folder, folder, Codebook.load(tmp_path / "codebook.yaml"))


TINY: dict[str, Any] = {
    "model": "transformer",
    "encoder": {"name": "./encoder", "pruned": False},
    "inputs": {"before": 0, "max_length": 64},
    "loss": {"speaker_weight": 0.0},
    "training": {
        "max_steps": 4, "batch_size": 8, "patience": 0, "head_learning_rate": 1e-2,
        "precision": "float32", "threads": 1,
    },
    "export_bits": 0,
}  # fmt: skip


@needs_training
@pytest.mark.parametrize("by_part", [False, True], ids=["folds", "languages"])
def test_a_network_is_fitted_on_a_benchmark_kept_and_made_again(tmp_path: Path, by_part: bool):
    benchmark = {"dev_share": 0.3, **(BY_PART if by_part else {})}
    path = write_benchmark(
        tmp_path, by_part=by_part, leave_out=("candidates", "selection"), benchmark=benchmark,
        **TINY,
    )  # fmt: skip
    write_encoder(tmp_path / "encoder")
    done = run_experiment(load_config(path), tmp_path / "runs")
    measured = done.metrics["benchmark"]["tests"]["0"]
    assert measured.keys() == ({"en", "ko"} if by_part else {"folds"})
    assert sum(of["units"] for of in measured.values()) == (16 if by_part else 40)
    assert all(fit["steps"] == [4] for fit in done.metrics["fits"])
    assert {path.name for path in done.folder.iterdir()} == {*FILES} - {ERRORS}
    assert not read_predictions(done.folder / PREDICTIONS).has_gold
    if by_part:
        assert not reproduce(done.folder).has_drifted


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
    for path in (ROOT / "configs" / "benchmarks").glob("*.yaml"):
        plan = plan_benchmark(load(path))
        n_rows = {"gvfc": 1300, "sib200": 2103 + 297 + 612}[plan.benchmark.description.name]
        assert len(plan.benchmark.dataset) >= n_rows, path
        assert plan.folds


def test_a_missing_copy_of_a_shipped_config_is_named(tmp_path: Path):
    config = load(ROOT / "configs/benchmarks/gvfc-tfidf.yaml", ["benchmark.path=../../nowhere"])
    with pytest.raises(InputError, match="nowhere"):
        plan_benchmark(config)
