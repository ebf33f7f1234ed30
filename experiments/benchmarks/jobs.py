"""What is learnt and tested on each benchmark, whatever the classifier."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from framing import Codebook, Dataset
from framing.benchmark_config import BenchmarkConfig
from framing.benchmarks.description import load_description
from framing.benchmarks.folds import BenchmarkFold, Task, cut_fold, iterate_official_folds
from framing.benchmarks.reading import Benchmark, read_benchmark

DESCRIPTIONS = Path(__file__).resolve().parents[2] / "annotations" / "benchmarks"
LANGUAGES = ("en", "ko", "ja")
OTHER_FOLDS = "English, the other four folds"
ALL_LANGUAGES = "en, ko and ja"
OF_EACH_JOB = BenchmarkConfig(path="of each job", description="of each job")
"""In place of a config's `benchmark`: a job says itself what it learns from."""


@dataclass(frozen=True)
class Job:
    """One training part, and all that what was learnt from it is tested on."""

    benchmark: str
    task: Task
    training: str
    """What is learnt from, in words; jobs on several folds share it."""
    tests: Mapping[str, BenchmarkFold]
    """By what is tested on (`folds` or a language); all with the same training part."""

    @property
    def train(self) -> Dataset:
        """To learn from."""
        return next(iter(self.tests.values())).train

    @property
    def name(self) -> str:
        """Name of its first fold."""
        return next(iter(self.tests.values())).name


def open_benchmark(name: str, folder: Path) -> Benchmark:
    """A benchmark by the name of its description."""
    description = load_description(DESCRIPTIONS / f"{name}.yaml")
    return read_benchmark(folder, description, Codebook.load(description.codebook))


def plan_gvfc(benchmark: Benchmark) -> list[Job]:
    """The official folds, with every frame and with the first alone."""
    tasks: tuple[Task, ...] = ("multilabel", "multiclass")
    return [
        Job(benchmark.description.name, task, OTHER_FOLDS, {"folds": fold})
        for task in tasks
        for fold in iterate_official_folds(benchmark, task)
    ]


def plan_sib200(benchmark: Benchmark) -> list[Job]:
    """The test part by language, learnt from all languages, from itself, and from English."""
    learnt: dict[str, Sequence[str]] = {ALL_LANGUAGES: LANGUAGES} | {k: (k,) for k in LANGUAGES}
    jobs = []
    for training, spoken in learnt.items():
        tested = LANGUAGES if training == "en" else spoken
        folds = {
            test: cut_fold(
                benchmark, "single_label", f"{training} to {test}",
                train=("train",), test=("test",), train_languages=spoken, test_languages=(test,),
            )
            for test in tested
        }  # fmt: skip
        jobs.append(Job(benchmark.description.name, "single_label", training, folds))
    return jobs


PLANS = {"gvfc": plan_gvfc, "sib200": plan_sib200}
"""Jobs of each benchmark, by its name."""


def add_folders(parser: ArgumentParser) -> None:
    """An option for each benchmark: where its files lie."""
    for name in PLANS:
        parser.add_argument(f"--{name}", type=Path, metavar="FOLDER", help="where its files lie")


def read_folders(parser: ArgumentParser, options: Namespace) -> dict[str, Path]:
    """Folders that were named, by benchmark; without one the program ends and says so."""
    folders = {name: getattr(options, name) for name in PLANS if getattr(options, name)}
    if not folders:
        parser.error(f"name a folder: {' or '.join(f'--{name}' for name in PLANS)}")
    return folders
