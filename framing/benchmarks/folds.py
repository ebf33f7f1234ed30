"""Folds of a benchmark: what is learnt from and what is tested on, whatever the classifier."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from framing.benchmarks.reading import UNKNOWN_LABEL, Benchmark
from framing.dataset import Dataset
from framing.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

Task = Literal["multilabel", "multiclass", "single_label"]
"""`multilabel`: every label of a row. `multiclass`: the first of a row's labels, of which there may
be several. `single_label`: the one label a row has."""
TASKS: tuple[Task, ...] = get_args(Task)


@dataclass(frozen=True)
class BenchmarkFold:
    """One training part and one test part."""

    name: str
    train: Dataset
    """To learn from. Where the task is about one label, a row has its first label alone."""
    test: Dataset
    """To test on, with every label a row has, whatever the task."""
    first: NDArray[np.int64]
    """Column of the first label of each test row (n_units), or -1 where it is not known."""
    groups: tuple[str, ...]
    """Group of each test row (n_units): intervals resample whole groups."""


def iterate_official_folds(benchmark: Benchmark, task: Task) -> Iterator[BenchmarkFold]:
    """Each official test fold, with all the other folds to learn from.

    Raises:
        InputError: The benchmark has no folds, or one of them has no row.
    """
    folds = benchmark.description.folds
    if not folds:
        raise InputError(
            f"{benchmark.description.name} has no official folds",
            hint="name the parts to learn from and to test on",
        )
    for held in folds:
        others = [fold for fold in folds if fold != held]
        yield cut_fold(benchmark, task, held, train=others, test=[held])


def cut_fold(
    benchmark: Benchmark,
    task: Task,
    name: str,
    *,
    train: Collection[str],
    test: Collection[str],
    train_languages: Collection[str] | None = None,
    test_languages: Collection[str] | None = None,
) -> BenchmarkFold:
    """A fold from parts of a benchmark.

    Args:
        benchmark: The benchmark.
        task: What is learnt.
        name: Name of the fold.
        train: Parts to learn from.
        test: Parts to test on.
        train_languages: Languages to learn from; all if None.
        test_languages: Languages to test on; all if None.

    Raises:
        InputError: A part or language has no row, a row would stand on both sides, or a row that
            is to be learnt from has several labels and none that comes first.
    """
    seen = benchmark.find_rows(train, train_languages)
    held = benchmark.find_rows(test, test_languages)
    both = np.intersect1d(seen, held)
    if both.size:
        raise InputError(
            f"{both.size} rows would be learnt from and tested on, "
            f"{benchmark.dataset.articles[both[0]]!r} the first",
            hint="name other parts",
        )
    return BenchmarkFold(
        name=name,
        train=_keep_task(benchmark, seen, task),
        test=_select(benchmark, held),
        first=benchmark.first[held],
        groups=tuple(benchmark.groups[row] for row in held),
    )


def _select(benchmark: Benchmark, rows: NDArray[np.int64]) -> Dataset:
    return benchmark.dataset.select({benchmark.dataset.articles[row] for row in rows})


def _keep_task(benchmark: Benchmark, rows: NDArray[np.int64], task: Task) -> Dataset:
    chosen = _select(benchmark, rows)
    if task == "multilabel":
        return chosen
    first = benchmark.first[rows]
    if (first == UNKNOWN_LABEL).any():
        row = rows[int(np.argmax(first == UNKNOWN_LABEL))]
        raise InputError(
            f"{benchmark.dataset.articles[row]!r} has several labels and none that comes first",
            hint="learn from other parts, or take the task `multilabel`",
        )
    return replace(chosen, frames=first[:, None] == np.arange(chosen.frames.shape[1]))
