"""Estimates: a share with what each story adds to its error, so that any two can be compared."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from framing.prevalence.intervals import LEVEL, Shares, find_share_interval
from framing.prevalence.permutation import MOST_STORIES, permute_groups

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Estimate:
    """Share of each frame in a group, linearised over what was sampled."""

    value: NDArray[np.float64]
    """(n_frames); a correction may put it outside [0, 1]."""
    above: NDArray[np.float64]
    """What each story of the whole text adds above the fraction line (n_clusters, n_frames): 0 for
    stories outside the group."""
    below: NDArray[np.float64]
    """What it adds below (n_clusters, n_frames); the estimate is the ratio of the sums."""
    units: NDArray[np.float64]
    """Most units the share of each frame may be said to rest on (n_frames)."""
    freedom: float
    """Degrees of freedom of its variance; below 1 nothing can be said of the error."""
    held_out: NDArray[np.float64] | None = None
    """The same of each held-out article that error rates come from (n_held_out, n_frames)."""

    @property
    def stories(self) -> int:
        """Stories in the group."""
        return int((self.below != 0).any(axis=1).sum())

    @cached_property
    def pulls(self) -> NDArray[np.float64]:
        """How much each story moves the estimate (n_clusters, n_frames).

        Linearised, and scaled by the root of n / (n - 1): the variance is the sum of squares.
        """
        n = max(self.stories, 2)
        with np.errstate(invalid="ignore", divide="ignore"):
            pulls = (self.above - self.value * self.below) / self.below.sum(axis=0)
        return np.asarray(pulls * np.sqrt(n / (n - 1)))

    @property
    def variance(self) -> NDArray[np.float64]:
        """Of the estimate (n_frames)."""
        return _square(self.pulls) + _square(self.held_out)

    @property
    def shares(self) -> Shares:
        """The shares, cut at 0 and 1, with 95 % intervals; NaN limits where nothing can be said."""
        if self.freedom < 1:
            nothing = np.full_like(self.value, np.nan)
            return Shares(np.clip(self.value, 0, 1), nothing, nothing)
        found = find_share_interval(
            self.value, self.variance, units=self.units, freedom=self.freedom
        )
        # A share of nothing is not known: a frame that nobody carries has no voices.
        return Shares(*(np.where(np.isnan(self.value), np.nan, part) for part in found))


@dataclass(frozen=True)
class Contrast:
    """Difference of two shares of each frame; arrays (n_frames)."""

    difference: NDArray[np.float64]
    """First less second, in [-1, 1]."""
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    p_value: NDArray[np.float64]
    """Two-sided, of no difference; NaN where nothing can be said."""
    effect: NDArray[np.float64]
    """Cohen's h, in radians: difference of the arcsines of the roots, twice (Cohen 1988,
    "Statistical power analysis", 6.2); about .2 is small, .5 middling, .8 large."""


def compare_estimates(
    first: Estimate, second: Estimate, *, seed: int = 0, permutations: int | None = None
) -> Contrast:
    """Compare two groups of one text.

    What both share cancels: a story with copies in both groups, and error rates that correct both
    alike. The variance is that of the difference of what each story adds (linearised; as the
    delete-one-story jackknife in large samples, Wolter 2007, "Introduction to variance
    estimation", chapter 6). The p value is a permutation test's, stories changing sides (see
    `permute_groups`), and the interval reaches as far as 95 % of its t values: it excludes 0 where
    p < .05. With more than 2,000 stories it is Welch's t test.

    Args:
        first: Of one group.
        second: Of the other; by the same estimator from the same units.
        seed: Of the permutations.
        permutations: How many; by default as many as take little time.
    """
    shares = [np.clip(one.value, 0, 1) for one in (first, second)]
    difference = shares[0] - shares[1]
    effect = 2 * (np.arcsin(np.sqrt(shares[0])) - np.arcsin(np.sqrt(shares[1])))
    nothing = np.full_like(difference, np.nan)
    if min(first.stories, second.stories) < 2:
        return Contrast(difference, nothing, nothing, nothing, effect)
    raw = first.value - second.value
    variance = _square(first.pulls - second.pulls)
    if first.held_out is not None and second.held_out is not None:
        variance = variance + _square(first.held_out - second.held_out)
    known = variance > 0
    error = np.sqrt(np.where(known, variance, np.nan))
    p_value, reach = _find_level(first, second, raw / error, seed, permutations)
    low, high = np.clip(raw - reach * error, -1, 1), np.clip(raw + reach * error, -1, 1)
    return Contrast(
        difference, np.minimum(low, difference), np.maximum(high, difference), p_value, effect
    )


def _find_level(
    first: Estimate, second: Estimate, t: NDArray[np.float64], seed: int, permutations: int | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The p of each t (n_frames), and the t that 95 % of differences by chance stay below."""
    from scipy.special import stdtr, stdtrit

    stories = int(((first.below != 0) | (second.below != 0)).any(axis=1).sum())
    if stories > MOST_STORIES:
        freedom = max(min(first.freedom, second.freedom), 1.0)
        reach = np.full_like(t, -stdtrit(freedom, (1 - LEVEL) / 2))
        return np.asarray(2 * stdtr(freedom, -np.abs(t))), reach
    by_chance = permute_groups(
        np.stack([first.above, second.above]),
        np.stack([first.below, second.below]),
        seed=seed,
        permutations=permutations,
    )
    count = len(by_chance)
    # Rounding may put a permutation that is the observed one a hair below it.
    as_far = (by_chance >= np.abs(t) * (1 - 1e-9)).sum(axis=0)
    p_value = np.where(np.isnan(t), np.nan, (1 + as_far) / (1 + count))
    place = int(np.ceil(LEVEL * (count + 1))) - 1
    reach = np.sort(by_chance, axis=0)[min(place, count - 1)]
    return p_value, reach


def count_effective(sizes: NDArray[Any]) -> float:
    """How many clusters of one size tell as much as these (Kish 1965, "Survey sampling", 11.7)."""
    squares = float((sizes**2).sum())
    return float(sizes.sum() ** 2 / squares) if squares else 0.0


def _square(pulls: NDArray[np.float64] | None) -> NDArray[np.float64]:
    return np.zeros(1) if pulls is None else np.asarray((pulls**2).sum(axis=0))
