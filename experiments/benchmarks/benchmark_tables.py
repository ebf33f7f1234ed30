"""Tables of benchmark results: what others published, and below it what `framing run` kept here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from framing.benchmarks.description import load_description
from framing.benchmarks.folds import TASKS, Task
from framing.benchmarks.metrics import METRICS as NAMES
from framing.benchmarks.published import PublishedResult, load_published
from framing.config import RunConfig, TransformerConfig, load_config
from framing.evaluation import Interval
from framing.experiments.benchmark_folds import FOLDS, describe_training
from framing.experiments.reproduction import list_runs
from framing.experiments.running import CONFIG, METRICS
from framing.reading import read_json

ROOT = Path(__file__).resolve().parents[2]
RUNS = ROOT / "experiments"
CONFIGS = ROOT / "configs" / "benchmarks"
PUBLISHED = Path(__file__).with_name("published.yaml")
HEADINGS = {
    "f1_macro": "F1-macro",
    "f1_micro": "F1-micro",
    "em_1": "EM-1",
    "em_2": "EM-2",
    "top_2": "Top-2",
    "em_a": "EM-A",
    "f1_macro_plain": "plain F1-macro",
    "f1_micro_plain": "plain F1-micro",
    "accuracy": "accuracy",
}


@dataclass(frozen=True)
class BenchmarkRun:
    """What a kept run measured, or what a config would if it were run."""

    config: RunConfig
    benchmark: str
    training: str
    tests: Mapping[str, Mapping[str, Any]]
    """By what is tested on, then by seed: `units`, and `mean` by metric; no seed if not run."""
    outside: frozenset[str] = frozenset()
    """Of the tests, those in languages other than this project's."""

    @property
    def task(self) -> Task:
        """What is asked."""
        return cast(Task, self.config.benchmark.task)

    @property
    def is_network(self) -> bool:
        """Whether a transformer is fitted."""
        return isinstance(self.config, TransformerConfig)

    @property
    def model(self) -> str:
        """Name of the model in tables."""
        if not isinstance(self.config, TransformerConfig):
            return "TF-IDF and logistic regression"
        tuned = self.config.training.tuned.replace("_", " ")
        return f"{self.config.encoder.name.rpartition('/')[2]}, fine-tuned ({tuned})"


def describe_kept(runs: Path = RUNS, configs: Path = CONFIGS, published: Path = PUBLISHED) -> str:
    """Every table: of each benchmark, task and test part one.

    Args:
        runs: Folder of the runs; those on a benchmark are shown.
        configs: Folder of configs; those that were not run are shown as such.
        published: File of published results.
    """
    kept = list(read_kept(runs))
    names = {run.config.name for run in kept}
    planned = [run for run in read_planned(configs) if run.config.name not in names]
    # The baseline stands above the networks.
    every = sorted([*kept, *planned], key=lambda run: (run.is_network, run.config.name))
    tables = {(run.benchmark, run.task, test): None for run in every for test in run.tests}
    results = load_published(published)
    parts = []
    for benchmark, task, test in sorted(tables, key=lambda key: (key[0], TASKS.index(key[1]))):
        ours = [
            run
            for run in every
            if (run.benchmark, run.task) == (benchmark, task) and test in run.tests
        ]
        parts += [
            describe_heading(ours, test),
            describe_task(test, ours, [of for of in results if of.benchmark == benchmark]),
        ]
    return "\n\n".join(parts) or "Not measured yet."


def read_kept(folder: Path) -> Iterator[BenchmarkRun]:
    """The kept runs on benchmarks."""
    for path in list_runs(folder):
        of = read_json(path / METRICS).get("benchmark")
        if of:
            seeds = of["tests"]
            names = next(iter(seeds.values()))
            yield BenchmarkRun(
                config=load_config(path / CONFIG),
                benchmark=of["name"],
                training=of["training"],
                tests={name: {seed: by[name] for seed, by in seeds.items()} for name in names},
                outside=frozenset(of["outside"]),
            )


def read_planned(folder: Path) -> Iterator[BenchmarkRun]:
    """What configs of benchmarks would run."""
    for path in sorted(folder.glob("*.yaml")):
        config = load_config(path)
        description = load_description(config.resolve(config.benchmark.description))
        yield BenchmarkRun(
            config=config,
            benchmark=description.name,
            training=describe_training(config, description),
            tests={name: {} for name in config.benchmark.test_languages or [FOLDS]},
        )


def describe_heading(ours: Sequence[BenchmarkRun], test: str) -> str:
    """What was asked, on how many rows, and whether they are in languages of this project."""
    about = [f"{of['units']} rows" for run in ours for of in run.tests[test].values()][:1]
    about += ["out of our languages"] if any(test in run.outside for run in ours) else []
    words = f" ({'; '.join(about)})" if about else ""
    return f"### {ours[0].benchmark}, {ours[0].task}, tested on {test}{words}"


def describe_task(
    test: str, ours: Sequence[BenchmarkRun], published: Sequence[PublishedResult]
) -> str:
    """A Markdown table of one task on one test part, with a row a model and seed.

    Args:
        test: What was tested on, as published results name it.
        ours: Runs of one task on that test.
        published: Published results of the benchmark; those of the task and test part are shown.
    """
    metrics = NAMES[ours[0].task]
    lines = [
        f"| model | learnt from | {' | '.join(HEADINGS[metric] for metric in metrics)} |",
        "|---|---|" + "---|" * len(metrics),
    ]
    for result in published:
        if result.task == ours[0].task and test in result.scores:
            scores = result.scores[test]
            cells = [_describe_published(scores.get(metric)) for metric in metrics]
            source = f"{result.training} ({result.source})"
            lines.append(f"| {result.model} | {source} | {' | '.join(cells)} |")
    for run in ours:
        for learnt, cells in _describe_run(run, test, metrics):
            lines.append(f"| **here**: {run.model} | {learnt} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _describe_run(
    run: BenchmarkRun, test: str, metrics: Sequence[str]
) -> Iterator[tuple[str, list[str]]]:
    """What was learnt from and the figures, for each seed; what is not run says so."""
    if not run.tests[test]:
        yield run.training, ["not run"] + [""] * (len(metrics) - 1)
    link = f"[{run.training}]({run.config.name}/metrics.json)"
    has_seeds = run.is_network or len(run.tests[test]) > 1
    for seed, of in run.tests[test].items():
        learnt = f"{link}; seed {seed}" if has_seeds else link
        yield learnt, [_describe_interval(of["mean"][metric]) for metric in metrics]


def _describe_published(value: float | None) -> str:
    if value is None:
        return ""
    # A third digit where none was printed would claim one.
    return f"{value:.2f}" if value == round(value, 2) else f"{value:.3f}"


def _describe_interval(value: Interval) -> str:
    if value["estimate"] is None:
        return ""
    if value["low"] is None or value["high"] is None:
        return f"{value['estimate']:.3f}"
    return f"{value['estimate']:.3f} ({value['low']:.3f} to {value['high']:.3f})"
