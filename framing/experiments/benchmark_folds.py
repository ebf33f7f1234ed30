"""Benchmarks as folds: what a model learns from and is tested on, and its authors' own metrics."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from framing.articles.languages import SUPPORTED
from framing.benchmarks.description import BenchmarkDescription, load_description
from framing.benchmarks.folds import BenchmarkFold, Task, cut_fold, iterate_official_folds
from framing.benchmarks.metrics import evaluate_folds
from framing.benchmarks.published import load_published
from framing.benchmarks.reading import Benchmark, read_benchmark, require_files
from framing.codebook import Codebook
from framing.errors import ConfigError
from framing.evaluation_config import AS_WRITTEN
from framing.experiments.folds import Fold

if TYPE_CHECKING:
    from framing.config import RunConfig
    from framing.dataset import Dataset
    from framing.experiments.predictions import Prediction

FOLDS = "folds"
"""How the official folds together are named as a test."""
_PARTS = 10_000


@dataclass(frozen=True)
class BenchmarkPlan:
    """A benchmark's folds as a run fits them, and as its metrics want them."""

    benchmark: Benchmark
    folds: list[Fold]
    tests: dict[str, dict[str, BenchmarkFold]]
    """By fold, then by what is tested on: `folds`, or a language."""

    @property
    def dataset(self) -> Dataset:
        """The rows that are learnt from or tested on, as the benchmark has them."""
        used = {row for fold in self.folds for part in (fold.seen, fold.test) for row in part.about}
        return self.benchmark.dataset.select(used)


def require_benchmark(config: RunConfig) -> None:
    """Refuse a config whose benchmark has not all its files where it says they are.

    Raises:
        ConfigError: The description is not valid.
        InputError: The folder is not there, or lacks a file.
    """
    description = load_description(config.resolve(config.benchmark.description))
    require_files(config.resolve(config.benchmark.path), description)


def open_benchmark(config: RunConfig) -> Benchmark:
    """The benchmark of a config.

    Raises:
        ConfigError: The description is not valid.
        InputError: A file is missing or a row cannot be used.
        CodebookError: A label is not in the benchmark's codebook.
    """
    description = load_description(config.resolve(config.benchmark.description))
    codebook = Codebook.load(description.codebook)
    return read_benchmark(config.resolve(config.benchmark.path), description, codebook)


def plan_benchmark(config: RunConfig) -> BenchmarkPlan:
    """The folds of a benchmark's config.

    Raises:
        ConfigError: The description is not valid, or dev would be empty.
        InputError: A file is missing or a row cannot be used, or a part or language has no row.
        CodebookError: A label is not in the benchmark's codebook.
    """
    wanted = config.benchmark
    benchmark = open_benchmark(config)
    task = cast(Task, wanted.task)
    if wanted.train:
        spoken = wanted.train_languages or None
        # Each part has a row in one of the languages, and each language in one of the parts.
        benchmark.find_rows(wanted.train, spoken)
        benchmark.find_rows(wanted.test, wanted.test_languages)
        tests = {
            language: cut_fold(
                benchmark, task, language,
                train=wanted.train, test=_pick_parts(benchmark, wanted.test, language),
                train_languages=spoken, test_languages=[language],
            )
            for language in wanted.test_languages
        }  # fmt: skip
        named = {"test": tests}
    else:
        named = {fold.name: {FOLDS: fold} for fold in iterate_official_folds(benchmark, task)}
    folds = [_make_fold(name, of, benchmark, config) for name, of in named.items()]
    return BenchmarkPlan(benchmark, folds, named)


def _pick_parts(benchmark: Benchmark, parts: Sequence[str], language: str) -> list[str]:
    """Of some parts, those that have a row in a language."""
    spoken = {*zip(benchmark.parts, benchmark.dataset.languages.tolist(), strict=True)}
    return [part for part in parts if (part, language) in spoken]


def _make_fold(
    name: str, tests: Mapping[str, BenchmarkFold], benchmark: Benchmark, config: RunConfig
) -> Fold:
    learnt = next(iter(tests.values())).train
    held = {row for row in learnt.about if _is_held(learnt, row, config.benchmark.dev_share)}
    if not held or held == set(learnt.about):
        raise ConfigError(
            f"benchmark.dev_share is {config.benchmark.dev_share:g}: of the {len(learnt)} rows to "
            f"learn from, {len(held)} would be dev",
            hint="choose another share",
        )
    tested = {row for test in tests.values() for row in test.test.about}
    return Fold(
        name=name,
        train=learnt.select(set(learnt.about) - held),
        dev=learnt.select(held),
        test=benchmark.dataset.select(tested),
        dataset=learnt,
    )


def _is_held(learnt: Dataset, row: str, share: float) -> bool:
    """Whether a row is dev, by the hash of its group: copies and translations stay together."""
    group = learnt.about[row].parallel or row
    digest = hashlib.sha256(group.encode("utf-8", "surrogatepass")).hexdigest()
    return int(digest, 16) % _PARTS < share * _PARTS


def describe_benchmark(
    config: RunConfig, plan: BenchmarkPlan, predictions: Sequence[Prediction]
) -> dict[str, Any]:
    """The benchmark's own metrics, with published ones beside, for `metrics.json`.

    Args:
        config: The run's.
        plan: Its folds.
        predictions: Of each fold and seed, rows as the folds have them.

    Returns:
        `name`, `task`; `training`: what was learnt from, in words; `outside`: which of the tests
        are in languages other than this project's; `tests`: by seed, then by what was tested on;
        `published`.
    """
    task = cast(Task, config.benchmark.task)
    by_seed: dict[int, dict[str, Prediction]] = {}
    for one in predictions:
        if one.text == AS_WRITTEN:
            by_seed.setdefault(one.seed, {})[one.fold] = one
    names = list(next(iter(plan.tests.values())))
    tests = {
        str(seed): {
            name: evaluate_folds(
                task,
                [_pick(of[fold], tests[name]) for fold, tests in plan.tests.items()],
                [tests[name] for tests in plan.tests.values()],
            )
            for name in names
        }
        for seed, of in by_seed.items()
    }
    return {
        "name": plan.benchmark.description.name,
        "task": task,
        "training": describe_training(config, plan.benchmark.description),
        "outside": [
            name
            for name in names
            if any(set(of[name].test.languages) - set(SUPPORTED) for of in plan.tests.values())
        ],
        "tests": tests,
        "published": _find_published(config, plan.benchmark.description.name, task),
    }


def describe_training(config: RunConfig, description: BenchmarkDescription) -> str:
    """What a benchmark's config learns from, in words."""
    wanted = config.benchmark
    if not wanted.train:
        return "the other folds"
    is_all = set(wanted.train) == set(description.folds)
    parts = "all folds" if is_all else ", ".join(wanted.train)
    return f"{parts} ({', '.join(wanted.train_languages or ['all languages'])})"


def _pick(prediction: Prediction, test: BenchmarkFold) -> Any:
    """Probabilities of a test's rows (n_units, n_labels)."""
    places = {name: row for row, name in enumerate(prediction.gold.articles)}
    rows = np.array([places[name] for name in test.test.articles], dtype=np.int64)
    return prediction.scores.probabilities[rows]


def _find_published(config: RunConfig, name: str, task: Task) -> list[dict[str, Any]]:
    if not config.benchmark.published:
        return []
    results = load_published(config.resolve(config.benchmark.published))
    return [asdict(one) for one in results if (one.benchmark, one.task) == (name, task)]
