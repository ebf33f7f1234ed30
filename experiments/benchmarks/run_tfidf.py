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
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.benchmarks.benchmark_tables import describe_benchmarks
from experiments.benchmarks.jobs import (
    OF_EACH_JOB,
    PLANS,
    Job,
    add_folders,
    open_benchmark,
    read_folders,
)
from experiments.transformer.records import update_record
from framing import Dataset
from framing.baseline_fitting import FittedBaseline, fit_baseline
from framing.benchmarks.folds import BenchmarkFold, Task
from framing.benchmarks.metrics import evaluate_folds
from framing.config import CandidateConfig, SelectionConfig, TrainConfig
from framing.config_building import build_config
from framing.config_layers import read_layers
from framing.errors import FramingError
from framing.training_data import describe_data, describe_environment

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SETTINGS = Path(__file__).with_name("tfidf.yaml")
RESULT = Path(__file__).with_name("tfidf.json")
CLASSIFIER = "TF-IDF and logistic regression"


@dataclass(frozen=True, kw_only=True)
class BaselineSettings:
    """What `tfidf.yaml` holds: sections of a baseline's config."""

    candidates: CandidateConfig
    selection: SelectionConfig


def load_settings(path: Path = SETTINGS) -> TrainConfig:
    """The settings to choose among, as fitting takes them; no `benchmark` or `output` is used.

    Raises:
        ConfigError: A key is unknown or missing, or a value out of range; file and line are named.
    """
    settings = build_config(BaselineSettings, read_layers(path), path.parent)
    return TrainConfig(
        name=path.stem,
        benchmark=OF_EACH_JOB,
        output="",
        candidates=settings.candidates,
        selection=settings.selection,
    )


def fit(config: TrainConfig, train: Dataset) -> FittedBaseline:
    """Fit the baseline, and say how long it took."""
    start = time.monotonic()
    fitted = fit_baseline(config, train, speakers=False)
    print(f"  {len(train)} rows learnt, {time.monotonic() - start:.0f} s", file=sys.stderr)
    return fitted


def describe_run(
    jobs: Sequence[Job], test: str, fitted: Sequence[FittedBaseline]
) -> dict[str, Any]:
    """Score what jobs of one kind are tested on, each by its model; all figures of the run."""
    folds = [job.tests[test] for job in jobs]
    return {
        "task": jobs[0].task,
        "test": test,
        "training": jobs[0].training,
        "train_units": [len(fold.train) for fold in folds],
        "settings": {fold.name: of.candidates[0] for fold, of in zip(folds, fitted, strict=True)},
        "metrics": evaluate_folds(jobs[0].task, score_folds(folds, fitted), folds),
    }


def score_folds(
    folds: Sequence[BenchmarkFold], fitted: Sequence[FittedBaseline]
) -> list[NDArray[np.float64]]:
    """Probabilities of the test rows of each fold, by its model."""
    return [
        of.model.score_units(fold.test.texts, fold.test.passages).probabilities
        for fold, of in zip(folds, fitted, strict=True)
    ]


def run_jobs(jobs: Sequence[Job], config: TrainConfig) -> list[dict[str, Any]]:
    """Fit a baseline for each job; the figures of each task, training part and test part."""
    kinds: dict[tuple[Task, str], list[Job]] = {}
    for job in jobs:
        kinds.setdefault((job.task, job.training), []).append(job)
    runs = []
    for alike in kinds.values():
        fitted = [fit(config, job.train) for job in alike]
        runs += [describe_run(alike, test, fitted) for test in alike[0].tests]
    return runs


def measure(name: str, folder: Path, config: TrainConfig) -> dict[str, Any]:
    """Every figure of one benchmark, as `tfidf.json` holds them."""
    print(f"{name}, {folder}", file=sys.stderr)
    benchmark = open_benchmark(name, folder)
    return {
        "data": describe_data(benchmark.dataset),
        "environment": describe_environment(),
        "runs": run_jobs(PLANS[name](benchmark), config),
    }


def main() -> int:
    """Print the tables, and keep the figures if asked; 2 if something cannot be used."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    add_folders(parser)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    folders = read_folders(parser, options)
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
