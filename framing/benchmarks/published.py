"""Published results of others on a benchmark, to stand beside this project's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from framing.benchmarks.fields import read_entries, read_field, read_mapping
from framing.benchmarks.folds import TASKS, Task
from framing.benchmarks.metrics import METRICS
from framing.errors import ConfigError
from framing.files import Located, load_yaml, refuse_unknown_keys

_KEYS = ("benchmark", "task", "model", "training", "source", "scores")


@dataclass(frozen=True, kw_only=True)
class PublishedResult:
    """What one model is said to reach."""

    benchmark: str
    """Name of the benchmark, as its description has it."""
    task: Task
    model: str
    training: str
    """What it learnt from."""
    source: str
    """Paper and table, or repository and file."""
    scores: Mapping[str, Mapping[str, float]]
    """By what it was tested on (`folds`, a part or a language), then by metric, in [0, 1]."""


def load_published(path: str | Path) -> tuple[PublishedResult, ...]:
    """Load and check a file of published results: a list `results` of entries.

    Raises:
        ConfigError: A key is unknown, missing or of the wrong type, or a metric is not the task's.
    """
    path = Path(path)
    item = load_yaml(path, ConfigError)
    refuse_unknown_keys(item, ("results",), ConfigError, path)
    return tuple(_read_result(entry, path) for entry in read_entries(item, "results", path))


def _read_result(item: Located, path: Path) -> PublishedResult:
    refuse_unknown_keys(item, _KEYS, ConfigError, path)
    task = read_field(item, "task", path)
    if task not in TASKS:
        raise ConfigError(
            f"task {task!r} is not known",
            path=path,
            row=item.lines["task"],
            hint=f"known: {', '.join(TASKS)}",
        )
    by_test = read_mapping(item, "scores", path)
    return PublishedResult(
        benchmark=read_field(item, "benchmark", path),
        task=task,
        model=read_field(item, "model", path),
        training=read_field(item, "training", path),
        source=read_field(item, "source", path),
        scores={
            test: _read_scores(read_mapping(by_test, test, path), task, path) for test in by_test
        },
    )


def _read_scores(item: Located, task: Task, path: Path) -> dict[str, float]:
    refuse_unknown_keys(item, METRICS[task], ConfigError, path)
    return {metric: _check_score(value, metric, item, path) for metric, value in item.items()}


def _check_score(value: Any, metric: str, item: Located, path: Path) -> float:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 <= value <= 1:
        raise ConfigError(
            f"`{metric}` is {value!r}", path=path, row=item.lines[metric], hint="give 0 to 1"
        )
    return float(value)
