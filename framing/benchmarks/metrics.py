"""Metrics of benchmarks as their authors define them, from probabilities, fold by fold.

For the Gun Violence Frame Corpus: Akyürek et al. (2020), "Multi-label and multilingual news framing
analysis", table 1, and the authors' `run_analysis.py` at github.com/feyzaakyurek/newsframing. The
authors' F1 leaves out, fold by fold, each label that no row of the fold carries or that is said of
none; exact matches count all labels. The plain F1, over the labels that occur, stands beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np

from framing.benchmarks.folds import BenchmarkFold, Task
from framing.benchmarks.reading import UNKNOWN_LABEL
from framing.evaluation import Interval, find_f1, find_macro_f1, find_micro_f1, to_interval
from framing.resampling import N_RESAMPLES

if TYPE_CHECKING:
    from numpy.typing import NDArray

METRICS: dict[Task, tuple[str, ...]] = {
    "multilabel": (
        "f1_macro", "f1_micro", "em_1", "em_2", "top_2", "em_a", "f1_macro_plain", "f1_micro_plain",
    ),
    "multiclass": ("f1_macro", "f1_micro", "em_1", "top_2", "em_a", "f1_macro_plain"),
    "single_label": ("accuracy", "f1_macro"),
}  # fmt: skip
"""Metrics of each task; `evaluate_fold` says what they are."""
_THRESHOLD = 0.5
_LEAST_FREEDOM = 10
_Statistic = Callable[["NDArray[np.float64]"], "NDArray[np.float64]"]


class BenchmarkMetrics(TypedDict):
    """Every figure of one evaluation; proportions in [0, 1]."""

    units: int
    """Rows tested on, over all folds."""
    folds: dict[str, dict[str, float | None]]
    """By fold, then by metric; None for what cannot be estimated from the fold."""
    mean: dict[str, Interval]
    """By metric: the mean over the folds in which it can be estimated."""


@dataclass(frozen=True)
class _Measure:
    """A metric as a function of sums over rows."""

    values: NDArray[np.float64]
    """(n_units, ...)."""
    statistic: _Statistic
    """Of sums of the values over rows (..., ...): (...); NaN where it is undefined."""


def evaluate_fold(
    task: Task, probabilities: NDArray[np.float64], fold: BenchmarkFold
) -> dict[str, float | None]:
    """Every metric of a task on one fold.

    `multilabel` (`decide_labels` says which labels are said of a row):
        f1_macro, f1_micro: the authors' F1, see the head of this module.
        em_1, em_2: share of rows with exactly their labels, of the rows with one label and of
            those with more.
        em_a: the same of all rows.
        top_2: share of rows whose first label is one of the two most probable. (Table 1 has it;
            `run_analysis.py` does not compute it.)
        f1_macro_plain, f1_micro_plain: no label left out but, of the macro-F1, those that no row
            carries.
    `multiclass` (the most probable label is said; the first label is right):
        f1_macro, f1_micro, f1_macro_plain, top_2: as above.
        em_a: accuracy on all rows.
        em_1: accuracy on the rows with one label.
    `single_label`:
        accuracy; f1_macro: plain, over the labels that occur.

    Args:
        task: What is asked.
        probabilities: Of the fold's test rows (n_units, n_labels), columns in codebook order.
        fold: The fold.

    Returns:
        By metric, in the order of `METRICS`; None for what cannot be estimated from the fold.

    Raises:
        ValueError: The probabilities do not fit the fold, or are no numbers in [0, 1], or one label
            is asked for and a row has several and none that comes first.
    """
    found = {}
    for name, measure in _measure(task, probabilities, fold).items():
        value = float(measure.statistic(measure.values.sum(axis=0)))
        found[name] = None if np.isnan(value) else value
    return found


def evaluate_folds(
    task: Task,
    probabilities: Sequence[NDArray[np.float64]],
    folds: Sequence[BenchmarkFold],
    *,
    seed: int = 0,
    n_resamples: int = N_RESAMPLES,
) -> BenchmarkMetrics:
    """Every metric of a task on each fold, and its mean over folds with a 95 % interval.

    The interval resamples whole groups of test rows within each fold, computes the metric in each
    fold and takes the mean: an expanded percentile interval (Hesterberg 2015, "What teachers should
    know about the bootstrap"), with as many degrees of freedom as there are groups less one for
    each fold; below ten there is none. It says how far another draw of test rows would move the
    mean, the fitted models being what they are: not how far another training would.

    Args:
        task: What is asked.
        probabilities: For each fold, as `evaluate_fold` takes them.
        folds: The folds.
        seed: Of the resampling.
        n_resamples: How often.

    Raises:
        ValueError: As for `evaluate_fold`; there is no fold, or two have one name.
    """
    if not folds:
        raise ValueError("no folds to evaluate")
    if len({fold.name for fold in folds}) < len(folds):
        raise ValueError(f"two folds have one name: {', '.join(fold.name for fold in folds)}")
    pairs = zip(probabilities, folds, strict=True)
    measures = [_measure(task, given, fold) for given, fold in pairs]
    sampler = _FoldBootstrap(folds, seed, n_resamples)
    points = zip(probabilities, folds, strict=True)
    return BenchmarkMetrics(
        units=sum(len(fold.test) for fold in folds),
        folds={fold.name: evaluate_fold(task, given, fold) for given, fold in points},
        mean={name: sampler.find_interval([of[name] for of in measures]) for name in METRICS[task]},
    )


def decide_labels(probabilities: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which labels are said of a row: those above one half, or else the most probable.

    Source: Akyürek et al. (2020), `get_metrics` in `run_analysis.py` with the threshold `sigmoid`.

    Args:
        probabilities: (n_units, n_labels).

    Returns:
        Bool (n_units, n_labels), with one label or more in each row.
    """
    said = probabilities > _THRESHOLD
    nothing = np.flatnonzero(~said.any(axis=1))
    said[nothing, probabilities[nothing].argmax(axis=1)] = True
    return said


def count_label_outcomes(
    said: NDArray[np.bool_], carried: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Hits, false alarms and misses of each label of each row: 0 or 1, (n_units, n_labels, 3)."""
    return np.stack([said & carried, said & ~carried, ~said & carried], axis=-1).astype(float)


def find_official_macro_f1(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean F1 over the labels that occur and are said of some row.

    A label that occurs and is never said counts 0 in the plain macro-F1 and nothing here: the
    authors' is the same or higher. Source: Akyürek et al. (2020), `get_metrics` in
    `run_analysis.py`.

    Args:
        counts: Sums of outcomes over rows, (..., n_labels, 3).

    Returns:
        (...); NaN where there is no such label.
    """
    counted = _find_counted(counts)
    f1 = np.where(counted, find_f1(counts), 0.0).sum(axis=-1)
    n_labels = counted.sum(axis=-1)
    return np.asarray(np.divide(f1, n_labels, out=np.full_like(f1, np.nan), where=n_labels > 0))


def find_official_micro_f1(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """F1 of the outcomes of all labels together that occur and are said of some row.

    Args:
        counts: Sums of outcomes over rows, (..., n_labels, 3).

    Returns:
        (...); NaN where there is no such label. The source is that of `find_official_macro_f1`.
    """
    return find_micro_f1(np.where(_find_counted(counts)[..., None], counts, 0.0))


def _find_counted(counts: NDArray[np.float64]) -> NDArray[np.bool_]:
    hit, false, missed = counts[..., 0], counts[..., 1], counts[..., 2]
    return np.asarray((hit + missed > 0) & (hit + false > 0))


def _measure(
    task: Task, probabilities: NDArray[np.float64], fold: BenchmarkFold
) -> dict[str, _Measure]:
    given = np.asarray(probabilities, dtype=np.float64)
    if given.shape != fold.test.frames.shape:
        raise ValueError(
            f"fold {fold.name}: probabilities of shape {given.shape} for {len(fold.test)} rows "
            f"and {fold.test.frames.shape[1]} labels"
        )
    if not ((given >= 0) & (given <= 1)).all():
        raise ValueError(f"fold {fold.name}: a probability is no number from 0 to 1")
    if task == "multilabel":
        return _measure_sets(given, fold)
    unknown = int((fold.first == UNKNOWN_LABEL).sum())
    if unknown:
        raise ValueError(
            f"fold {fold.name}: {unknown} rows have several labels and none that comes first"
        )
    columns = np.arange(given.shape[1])
    said = given.argmax(axis=1)
    right = said == fold.first
    counts = count_label_outcomes(said[:, None] == columns, fold.first[:, None] == columns)
    if task == "single_label":
        return {"accuracy": _share(right), "f1_macro": _Measure(counts, find_macro_f1)}
    return {
        "f1_macro": _Measure(counts, find_official_macro_f1),
        "f1_micro": _Measure(counts, find_official_micro_f1),
        "em_1": _share(right, fold.test.frames.sum(axis=1) <= 1),
        "top_2": _share(_find_among_two(given, fold.first)),
        "em_a": _share(right),
        "f1_macro_plain": _Measure(counts, find_macro_f1),
    }


def _measure_sets(probabilities: NDArray[np.float64], fold: BenchmarkFold) -> dict[str, _Measure]:
    gold = fold.test.frames
    said = decide_labels(probabilities)
    counts = count_label_outcomes(said, gold)
    exact = (said == gold).all(axis=1)
    several = gold.sum(axis=1) > 1
    known = fold.first != UNKNOWN_LABEL
    return {
        "f1_macro": _Measure(counts, find_official_macro_f1),
        "f1_micro": _Measure(counts, find_official_micro_f1),
        "em_1": _share(exact, ~several),
        "em_2": _share(exact, several),
        # Of the rows with a known first label alone it would be a figure of other rows.
        "top_2": _share(_find_among_two(probabilities, fold.first), known & known.all()),
        "em_a": _share(exact),
        "f1_macro_plain": _Measure(counts, find_macro_f1),
        "f1_micro_plain": _Measure(counts, find_micro_f1),
    }


def _find_among_two(
    probabilities: NDArray[np.float64], first: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Whether a label is one of the two most probable; of equals, those in front: (n_units)."""
    best = np.argsort(-probabilities, axis=1, kind="stable")[:, :2]
    return np.asarray((best == first[:, None]).any(axis=1))


def _share(right: NDArray[np.bool_], among: NDArray[np.bool_] | None = None) -> _Measure:
    """Share of right rows among some rows (n_units); among all if None."""
    of = np.ones_like(right) if among is None else among
    return _Measure(np.stack([right & of, of], axis=-1).astype(float), _divide)


def _divide(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    right, of = sums[..., 0], sums[..., 1]
    return np.asarray(np.divide(right, of, out=np.full_like(right, np.nan), where=of > 0))


class _FoldBootstrap:
    """Resamples whole groups within each fold."""

    def __init__(self, folds: Sequence[BenchmarkFold], seed: int, n_resamples: int) -> None:
        generator = np.random.default_rng(seed)
        self._index = [_number(fold.groups) for fold in folds]
        self._n_groups = [int(index.max()) + 1 for index in self._index]
        self._draws = [
            generator.multinomial(n, np.full(n, 1 / n), size=n_resamples).astype(float)
            for n in self._n_groups
        ]

    def find_interval(self, by_fold: Sequence[_Measure]) -> Interval:
        """The mean over folds of one metric, with its interval."""
        points, resampled = [], []
        for measure, index, n, draws in zip(
            by_fold, self._index, self._n_groups, self._draws, strict=True
        ):
            points.append(measure.statistic(measure.values.sum(axis=0)))
            sums = np.zeros((n, *measure.values.shape[1:]))
            np.add.at(sums, index, measure.values)
            resampled.append(measure.statistic(np.tensordot(draws, sums, axes=1)))
        estimate = _mean_defined(np.stack(points))
        # A resample without any row of a kind says nothing about that kind.
        means = _mean_defined(np.stack(resampled))
        means = means[np.isfinite(means)]
        freedom = sum(self._n_groups) - len(self._n_groups)
        if freedom < _LEAST_FREEDOM or not means.size:
            return to_interval((estimate, np.nan, np.nan))
        low, high = np.quantile(means, _expand_tails(freedom, sum(self._n_groups)))
        return to_interval((estimate, min(low, estimate), max(high, estimate)))


def _number(groups: Sequence[str]) -> NDArray[np.int64]:
    _, index = np.unique(np.array(groups, dtype=object).astype(str), return_inverse=True)
    return np.asarray(index, dtype=np.int64)


def _mean_defined(values: NDArray[np.float64]) -> Any:
    """Mean over folds (n_folds, ...) in which a metric is defined; NaN where it is in none."""
    defined = np.isfinite(values)
    total, n_folds = np.where(defined, values, 0.0).sum(axis=0), defined.sum(axis=0)
    return np.divide(total, n_folds, out=np.full_like(total, np.nan), where=n_folds > 0)


def _expand_tails(freedom: int, n_groups: int) -> tuple[float, float]:
    """The quantiles that make up for resamples varying less than samples do."""
    from scipy.special import ndtr, stdtrit

    tail = float(ndtr(stdtrit(freedom, 0.025) * np.sqrt(n_groups / freedom)))
    return tail, 1 - tail
