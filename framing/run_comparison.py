"""Comparison: two sets of scores of the same units, differences with intervals and p values."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

import numpy as np

from framing.errors import InputError
from framing.evaluation import (
    Interval,
    count_outcomes,
    find_f1,
    find_macro_f1,
    find_micro_f1,
    require_codebook,
    to_interval,
)
from framing.resampling import ArticleBootstrap

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from framing.classifiers.base import FrameScores
    from framing.dataset import Dataset

    Statistic = Callable[[NDArray[np.float64]], NDArray[np.float64]]

N_SWAPS = 9999
_MOST_ENUMERATED = 12  # articles; of these there are 4096 ways to swap
_CHUNK = 1000
_ROUNDING = 1e-12
_SYSTEM_AXIS = -3


class Difference(TypedDict):
    """One figure of both sets of scores; None for what cannot be estimated."""

    first: float | None
    second: float | None
    difference: Interval
    """Second less first, in [-1, 1], with its 95 % interval."""
    p_value: float | None
    """Two-sided, of no difference; not corrected for other figures looked at."""


class Comparison(TypedDict):
    """Every figure of one comparison."""

    first: str
    """Digest of the model that gave the first scores."""
    second: str
    articles: int
    units: int
    frames: dict[str, Difference]
    """F1 by frame."""
    macro_f1: Difference
    """Mean F1 over the frames that occur in gold."""
    micro_f1: Difference
    exact_match: Difference
    """Share of units with exactly the gold set of frames."""
    speaker: Difference | None
    """Accuracy over units with a coded speaker; None unless gold and both scores have speakers."""


def compare_scores(
    first: FrameScores,
    second: FrameScores,
    dataset: Dataset,
    *,
    seed: int = 0,
    n_swaps: int = N_SWAPS,
) -> Comparison:
    """Compare two sets of scores of the same units with gold, and with each other.

    Differences are second less first: above zero, the second set is better. Their intervals and
    p values treat whole articles as the sample, since sentences of one article are alike; see
    `ArticleBootstrap.interval` and `find_p_value`. With one article there is no interval, and p
    is 1.

    Args:
        first: Scores of the dataset's units, in order.
        second: Other scores of the same units, in the same order.
        dataset: Gold.
        seed: Of the resampling and of the swaps.
        n_swaps: How many swaps are drawn where there are more than twelve articles.

    Raises:
        InputError: The scores are not of the same units as gold, told by their number.
        CodebookError: Scores and gold come from different codebooks.
    """
    pair = (first, second)
    if {len(first), len(second)} != {len(dataset)}:
        raise InputError(
            f"{len(first)} units were scored first and {len(second)} second, gold has "
            f"{len(dataset)}",
            hint="give both models the units of the same dataset",
        )
    for scores in pair:
        require_codebook(scores, dataset)
    comparer = _Comparer(dataset.articles, seed, n_swaps)
    outcomes = np.stack([count_outcomes(scores, dataset) for scores in pair], axis=1)
    exact = [(scores.decisions == dataset.frames).all(axis=1) for scores in pair]
    frames = comparer.compare(outcomes, find_f1)
    return Comparison(
        first=first.model,
        second=second.model,
        articles=comparer.sampler.n_articles,
        units=len(dataset),
        frames={
            frame: _describe(frames[:, k]) for k, frame in enumerate(dataset.codebook.frame_ids)
        },
        macro_f1=_describe(comparer.compare(outcomes, find_macro_f1)),
        micro_f1=_describe(comparer.compare(outcomes, find_micro_f1)),
        exact_match=_describe(comparer.compare(_count_right(exact), _find_rate)),
        speaker=_compare_speakers(first, second, dataset, seed=seed, n_swaps=n_swaps),
    )


def find_p_value(
    sums: NDArray[np.float64], statistic: Statistic, *, seed: int, n_swaps: int = N_SWAPS
) -> NDArray[np.float64]:
    """P value of no difference between two systems, by approximate randomisation.

    If the systems do not differ, their outputs may be swapped, here in whole articles at once:
    the p value is the share of swaps in which the statistic differs at least as much as it does
    (Noreen 1989, "Computer-Intensive Methods for Testing Hypotheses"; Yeh 2000, "More accurate
    tests for the statistical significance of result differences", section 3). Up to twelve
    articles all swaps are made and the value is exact; beyond, some are drawn, and one is added
    to the swaps counted and to all, so that it is never zero and the test keeps its level.

    Args:
        sums: Sums over the units of each article, (n_articles, 2, ...): first and second system.
        statistic: Function of sums over articles of one system, vectorised over leading axes.
        seed: Of the draw.
        n_swaps: How many swaps are drawn.

    Returns:
        Two-sided p value of each entry of the statistic; NaN where it is undefined.
    """
    first, second = sums.sum(axis=0)
    observed = np.abs(statistic(second) - statistic(first))
    gap = sums[:, 1] - sums[:, 0]
    swaps = _make_swaps(len(sums), seed, n_swaps)
    reached = np.zeros(np.shape(observed))
    for start in range(0, len(swaps), _CHUNK):
        moved = np.tensordot(swaps[start : start + _CHUNK].astype(float), gap, axes=1)
        swapped = np.abs(statistic(second - moved) - statistic(first + moved))
        # An undefined difference counts against a finding.
        reached += (~(swapped < observed - _ROUNDING)).sum(axis=0)
    more = 0 if len(sums) <= _MOST_ENUMERATED else 1
    p_value: NDArray[np.float64] = np.where(
        np.isfinite(observed), (reached + more) / (len(swaps) + more), np.nan
    )
    return p_value


def _make_swaps(n_articles: int, seed: int, n_swaps: int) -> NDArray[np.bool_]:
    """Which articles are swapped, (n_swaps, n_articles): every way if they are few, or drawn."""
    if n_articles <= _MOST_ENUMERATED:
        ways = np.arange(2**n_articles)[:, None]
        return np.asarray(ways >> np.arange(n_articles) & 1, dtype=bool)
    return np.random.default_rng(seed).random((n_swaps, n_articles)) < 0.5


class _Comparer:
    """Compares a statistic of two systems, over resampled and over swapped articles."""

    def __init__(self, articles: tuple[str, ...], seed: int, n_swaps: int) -> None:
        self.sampler = ArticleBootstrap(articles, seed=seed)
        self._seed = seed
        self._n_swaps = n_swaps

    def compare(self, outcomes: NDArray[np.float64], statistic: Statistic) -> NDArray[np.float64]:
        """A statistic of both systems, its difference, low, high, and the p value: (6, ...).

        Args:
            outcomes: (n_units, 2, n_rows, n_kinds): first and second system.
            statistic: Function of sums (..., n_rows, n_kinds) of one system.
        """
        sums = self.sampler.sum_by_article(outcomes)

        def subtract(both: NDArray[np.float64]) -> NDArray[np.float64]:
            left, right = np.moveaxis(both, _SYSTEM_AXIS, 0)
            return statistic(right) - statistic(left)

        first, second = map(statistic, sums.sum(axis=0))
        interval = self.sampler.interval(sums, subtract, bounds=(-1.0, 1.0))
        p_value = find_p_value(sums, statistic, seed=self._seed, n_swaps=self._n_swaps)
        return np.stack([first, second, *interval, p_value])


def _describe(compared: NDArray[np.float64]) -> Difference:
    """What `_Comparer.compare` gave of one entry (6) as a record."""
    first, second, *interval, p_value = compared
    return Difference(
        first=_to_number(first),
        second=_to_number(second),
        difference=to_interval((interval[0], interval[1], interval[2])),
        p_value=_to_number(p_value),
    )


def _to_number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _compare_speakers(
    first: FrameScores, second: FrameScores, dataset: Dataset, *, seed: int, n_swaps: int
) -> Difference | None:
    coded = dataset.speakers >= 0
    if not (first.speakers.shape[1] and second.speakers.shape[1] and coded.any()):
        return None
    gold = dataset.speakers[coded]
    right = [scores.speakers[coded].argmax(axis=1) == gold for scores in (first, second)]
    names = tuple(name for name, known in zip(dataset.articles, coded, strict=True) if known)
    compared = _Comparer(names, seed, n_swaps).compare(_count_right(right), _find_rate)
    return _describe(compared)


def _count_right(right: list[NDArray[np.bool_]]) -> NDArray[np.float64]:
    """What is right in each system and how many there are, (n_units, 2, 1, 2)."""
    values = np.stack(right, axis=1).astype(float)
    return np.stack([values, np.ones_like(values)], axis=-1)[:, :, None, :]


def _find_rate(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share that is right from counts (..., 1, 2): (...)."""
    return np.asarray(counts[..., 0, 0] / np.maximum(counts[..., 0, 1], 1))
