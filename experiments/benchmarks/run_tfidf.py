"""The baseline on third-party benchmarks, beside what others published.

    python experiments/benchmarks/run_tfidf.py --gvfc ../shared/benchmarks/gvfc \
        --sib200 ../shared/benchmarks/sib200_enkoja [--write]

Learns from each benchmark's own training part: the baseline of this project as a method, not the
shipped model. On the Gun Violence Frame Corpus, the official folds, once with all frames of a
headline and once with the first alone; on SIB-200, the official test part, learnt from all three
languages, from one, and from English for Korean and Japanese. Settings are chosen among those of
tfidf.yaml, and probabilities calibrated, by cross-validation inside the training part; SIB-200's
`dev` is not touched. Where one label is asked for, it is the one with the highest probability of
one-versus-rest regressions. Prints a Markdown table for each task; with --write keeps the figures
in tfidf.json, where a benchmark that was not given stays as it was. Takes about four minutes of
one core.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from experiments.benchmarks.benchmark_tables import describe_benchmarks
from experiments.transformer.records import update_record
from framing import Codebook, Dataset
from framing.baseline_fitting import FittedBaseline, fit_baseline
from framing.benchmarks.description import load_description
from framing.benchmarks.fields import read_mapping
from framing.benchmarks.folds import BenchmarkFold, Task, cut_fold, iterate_official_folds
from framing.benchmarks.metrics import evaluate_folds
from framing.benchmarks.reading import Benchmark, read_benchmark
from framing.config import CandidateConfig, DataConfig, SelectionConfig, TrainConfig
from framing.errors import ConfigError, FramingError
from framing.files import load_yaml, refuse_unknown_keys
from framing.training_data import describe_data, describe_environment

ROOT = Path(__file__).resolve().parents[2]
DESCRIPTIONS = ROOT / "annotations" / "benchmarks"
SETTINGS = Path(__file__).with_name("tfidf.yaml")
RESULT = Path(__file__).with_name("tfidf.json")
CLASSIFIER = "TF-IDF and logistic regression"
LANGUAGES = ("en", "ko", "ja")


def load_settings(path: Path = SETTINGS) -> TrainConfig:
    """The settings to choose among, as fitting takes them; its `data` and `output` are not used.

    Raises:
        ConfigError: A section is missing, or a key is unknown.
    """
    item = load_yaml(path, ConfigError)
    kinds: dict[str, type[Any]] = {"candidates": CandidateConfig, "selection": SelectionConfig}
    refuse_unknown_keys(item, tuple(kinds), ConfigError, path)
    sections = {}
    for name, kind in kinds.items():
        section = read_mapping(item, name, path)
        refuse_unknown_keys(section, [field.name for field in fields(kind)], ConfigError, path)
        sections[name] = kind(**section)
    data = DataConfig(articles="", codes="", codebook="")
    return TrainConfig(name=path.stem, data=data, output="", **sections)


def open_benchmark(name: str, folder: Path) -> Benchmark:
    """A benchmark by the name of its description."""
    description = load_description(DESCRIPTIONS / f"{name}.yaml")
    return read_benchmark(folder, description, Codebook.load(description.codebook))


def fit(config: TrainConfig, train: Dataset) -> FittedBaseline:
    """Fit the baseline, and say how long it took."""
    start = time.monotonic()
    fitted = fit_baseline(config, train, speakers=False)
    print(f"  {len(train)} rows learnt, {time.monotonic() - start:.0f} s", file=sys.stderr)
    return fitted


def describe_run(
    task: Task,
    test: str,
    training: str,
    folds: Sequence[BenchmarkFold],
    fitted: Sequence[FittedBaseline],
) -> dict[str, Any]:
    """Score the test rows of folds, each by its model; all figures of the run."""
    pairs = list(zip(folds, fitted, strict=True))
    probabilities = [
        of.model.score_units(fold.test.texts, fold.test.passages).probabilities
        for fold, of in pairs
    ]
    return {
        "task": task,
        "test": test,
        "training": training,
        "train_units": [len(fold.train) for fold in folds],
        "settings": {fold.name: of.candidates[0] for fold, of in pairs},
        "metrics": evaluate_folds(task, probabilities, folds),
    }


def run_gvfc(benchmark: Benchmark, config: TrainConfig) -> list[dict[str, Any]]:
    """The official folds, with every frame and with the first alone."""
    runs = []
    tasks: tuple[Task, ...] = ("multilabel", "multiclass")
    for task in tasks:
        folds = list(iterate_official_folds(benchmark, task))
        fitted = [fit(config, fold.train) for fold in folds]
        runs.append(describe_run(task, "folds", "English, the other four folds", folds, fitted))
    return runs


def run_sib200(benchmark: Benchmark, config: TrainConfig) -> list[dict[str, Any]]:
    """The test part by language, learnt from all languages, from itself, and from English."""
    runs = []
    learnt: dict[str, Sequence[str]] = {"en, ko and ja": LANGUAGES} | {k: (k,) for k in LANGUAGES}
    for name, spoken in learnt.items():
        folds = {
            test: cut_fold(
                benchmark, "single_label", f"{name} to {test}", train=("train",), test=("test",),
                train_languages=spoken, test_languages=(test,),
            )
            for test in LANGUAGES
            if test in spoken or name == "en"
        }  # fmt: skip
        fitted = fit(config, next(iter(folds.values())).train)
        for test, fold in folds.items():
            runs.append(describe_run("single_label", test, name, [fold], [fitted]))
    return runs


RUNS = {"gvfc": run_gvfc, "sib200": run_sib200}


def measure(name: str, folder: Path, config: TrainConfig) -> dict[str, Any]:
    """Every figure of one benchmark, as `tfidf.json` holds them."""
    print(f"{name}, {folder}", file=sys.stderr)
    benchmark = open_benchmark(name, folder)
    return {
        "data": describe_data(benchmark.dataset),
        "environment": describe_environment(),
        "runs": RUNS[name](benchmark, config),
    }


def main() -> int:
    """Print the tables, and keep the figures if asked; 2 if something cannot be used."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    for name in RUNS:
        parser.add_argument(f"--{name}", type=Path, metavar="FOLDER", help="where its files lie")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    folders = {name: getattr(options, name) for name in RUNS if getattr(options, name)}
    if not folders:
        parser.error(f"name a folder: {' or '.join(f'--{name}' for name in RUNS)}")
    try:
        config = load_settings()
        found = {name: measure(name, folder, config) for name, folder in folders.items()}
        print(describe_benchmarks({"classifier": CLASSIFIER, "benchmarks": found}))
        if options.write:
            with update_record(RESULT) as record:
                record["classifier"] = CLASSIFIER
                record["benchmarks"] = {**record.get("benchmarks", {}), **found}
    except FramingError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
