"""Estimates: a share with what each story adds to its error, so that any two can be compared."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from framing.prevalence.intervals import LEVEL, Shares, find_share_interval
from framing.prevalence.permutation import MOST_STORIES, NO_DIFFERENCE, permute_groups

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
    freedom: NDArray[np.float64]
    """Degrees of freedom of its variance (n_frames); below 1 nothing can be said of the error."""
    held_out: NDArray[np.float64] | None = None
    """How much each held-out article that error rates come from moves the estimate (n_held_out,
    n_frames)."""
    counted: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None
    """Where counts were corrected: the count at a share of 0, and what it gains up to a share of 1
    (n_frames each)."""
    unseen: NDArray[np.float64] | None = None
    """Variance that too few coded units cannot show, where a difference is tested (n_frames); a
    frame that has some is tested by t alone."""

    @classmethod
    def unknown(cls, n_clusters: int, n_frames: int) -> Estimate:
        """Of a group of which nothing can be said."""
        nothing = np.zeros((n_clusters, n_frames))
        none = np.zeros(n_frames)
        return cls(np.full(n_frames, np.nan), nothing, nothing, none, none)

    @property
    def stories(self) -> int:
        """Stories in the group."""
        return int((self.below != 0).any(axis=1).sum())

    @cached_property
    def pulls(self) -> NDArray[np.float64]:
        """How much each story moves the estimate (n_clusters, n_frames).

        Linearised, and scaled by the root of n / (n - 1), n the stories that count for a frame: the
        variance is the sum of squares.
        """
        n = np.maximum((self.below != 0).sum(axis=0), 2)
        with np.errstate(invalid="ignore", divide="ignore"):
            pulls = (self.above - self.value * self.below) / self.below.sum(axis=0)
        return np.asarray(pulls * np.sqrt(n / (n - 1)))

    @property
    def variance(self) -> NDArray[np.float64]:
        """Of the estimate (n_frames)."""
        return _square(self.pulls) + _square(self.held_out)

    @property
    def shares(self) -> Shares:
        """The shares, cut at 0 and 1, with 95 % intervals; NaN limits where nothing can be said.

        The interval of corrected counts is found on their own scale: there, false alarms keep a
        rare frame away from 0, where the interval of a share with a variance not its own would be
        as wide as if one unit had been seen.
        """
        least, gain = self.counted or (np.zeros_like(self.value), np.ones_like(self.value))
        _, low, high = find_share_interval(
            least + gain * self.value,
            gain**2 * self.variance,
            units=self.units,
            freedom=np.maximum(self.freedom, 1.0),
            # What is not known of error rates has no such bound.
            least=np.maximum(self.freedom, 1.0) if self.held_out is None else 1.0,
        )
        estimate = np.clip(self.value, 0, 1)
        # A share of nothing is not known: a frame that nobody carries has no voices.
        unknown = np.isnan(self.value) | (self.freedom < 1)
        low, high = ((limit - least) / gain for limit in (low, high))
        low, high = np.clip(low, 0, estimate), np.clip(high, estimate, 1)
        return Shares(estimate, *(np.where(unknown, np.nan, limit) for limit in (low, high)))


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
    p <= .05. With more than 2,000 stories it is a t test with the degrees of freedom of the group
    that has fewer.

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
    variance = _square(first.pulls - second.pulls)
    if first.held_out is not None and second.held_out is not None:
        variance = variance + _square(first.held_out - second.held_out)
    for one in (first, second):
        variance = variance if one.unseen is None else variance + one.unseen
    # What rounding leaves of stories that are all alike is no variance.
    known = variance > NO_DIFFERENCE**2
    for one in (first, second):
        known &= (one.below != 0).sum(axis=0) > 1
    error = np.sqrt(np.where(known, variance, np.nan))
    t = np.where(np.abs(difference) < NO_DIFFERENCE, 0.0, difference) / error
    p_value, reach = _find_level(first, second, t, seed, permutations)
    low, high = (np.clip(difference + side * reach * error, -1, 1) for side in (-1, 1))
    return Contrast(difference, low, high, p_value, effect)


def _find_level(
    first: Estimate, second: Estimate, t: NDArray[np.float64], seed: int, permutations: int | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The p of each t (n_frames), and the t that 95 % of differences by chance stay below."""
    from scipy.special import stdtr, stdtrit

    freedom = np.maximum(np.minimum(first.freedom, second.freedom), 1.0)
    by_t = np.asarray(2 * stdtr(freedom, -np.abs(t)))
    reach_of_t = np.asarray(-stdtrit(freedom, (1 - LEVEL) / 2))
    stories = int(((first.below != 0) | (second.below != 0)).any(axis=1).sum())
    if stories > MOST_STORIES:
        return by_t, reach_of_t
    by_chance = permute_groups(
        np.stack([first.above, second.above]),
        np.stack([first.below, second.below]),
        seed=seed,
        permutations=permutations,
    )
    # Permutations that leave nothing to compare are none; rounding may put one that is the
    # observed one a hair below it.
    count = (~np.isnan(by_chance)).sum(axis=0)
    as_far = (by_chance >= np.abs(t) * (1 - 1e-7)).sum(axis=0)
    known = ~np.isnan(t) & (count > 0)
    p_value = np.where(known, (1 + as_far) / (1 + count), np.nan)
    place = np.clip(np.ceil(LEVEL * (count + 1)).astype(int), 1, np.maximum(count, 1)) - 1
    reach = np.take_along_axis(np.sort(by_chance, axis=0), place[None], axis=0)[0]
    # Changing sides shows no variance either that no coded unit shows.
    unseen = np.zeros(len(t), dtype=bool)
    for one in (first, second):
        unseen |= one.unseen is not None and one.unseen > 0
    return np.where(unseen, by_t, p_value), np.where(unseen, reach_of_t, reach)


def count_effective(sizes: NDArray[Any]) -> NDArray[np.float64]:
    """How many clusters of one size tell as much as these (Kish 1965, "Survey sampling", 11.7).

    Args:
        sizes: (n_clusters, n_frames).
    """
    squares = (sizes**2).sum(axis=0)
    whole = sizes.sum(axis=0) ** 2
    none = np.zeros(whole.shape)
    return np.asarray(np.divide(whole, squares, out=none, where=squares > 0))


def _square(pulls: NDArray[np.float64] | None) -> NDArray[np.float64]:
    return np.zeros(1) if pulls is None else np.asarray((pulls**2).sum(axis=0))
