"""Permutation: how far apart two groups come by chance, when stories change sides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_STORIES = 2000
"""Stories up to which sides are permuted; of more, t is near enough to its normal limit."""
_MOST_PERMUTATIONS = 9999
_FEWEST_PERMUTATIONS = 1999
_WORK = 1_000_000
"""Stories times permutations that are spent on one pair of groups."""
_CHUNK = 400_000


def permute_groups(
    above: NDArray[np.float64],
    below: NDArray[np.float64],
    *,
    seed: int,
    permutations: int | None = None,
) -> NDArray[np.float64]:
    """Studentised differences of two groups whose stories are dealt out anew.

    Stories in one group are dealt to both groups, each keeping its number of them; a story in both
    changes the sides of its two parts, or not. Where the groups do not differ this gives the test
    its exact level, and where they differ in spread alone a right one in large samples, because
    each difference is divided by its own standard error (Janssen 1997, "Studentized permutation
    tests for non-i.i.d. hypotheses and the generalized Behrens-Fisher problem"; Chung and Romano
    2013, "Exact and asymptotically robust permutation tests").

    Args:
        above: Upper sums of a ratio by group and story (2, n_stories, n_frames).
        below: Lower sums (2, n_stories, n_frames).
        seed: Of the permutations.
        permutations: How many; by default 9,999, or fewer of many stories.

    Returns:
        Absolute t of each permutation, without the one that was observed (n_permutations,
        n_frames).
    """
    generator = np.random.default_rng(seed)
    there = (below != 0).any(axis=2)
    stories = np.flatnonzero(there.any(axis=0))
    above, below, there = above[:, stories], below[:, stories], there[:, stories]
    affordable = _WORK // max(1, len(stories))
    count = permutations or int(np.clip(affordable, _FEWEST_PERMUTATIONS, _MOST_PERMUTATIONS))
    chunk = max(1, _CHUNK // max(1, above[0].size))
    found = []
    for start in range(0, count, chunk):
        swapped = _draw_swaps(there, min(chunk, count - start), generator)
        found.append(np.abs(studentise(*_swap(above, below, swapped))))
    return np.concatenate(found)


def studentise(
    above: tuple[NDArray[np.float64], NDArray[np.float64]],
    below: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> NDArray[np.float64]:
    """Difference of two ratios over its standard error: (..., n_frames).

    Args:
        above: Upper sums of each group (..., n_stories, n_frames).
        below: Lower sums.
    """
    shares, pulls = zip(
        *(_linearise(*sums) for sums in zip(above, below, strict=True)), strict=True
    )
    error = np.sqrt(((pulls[0] - pulls[1]) ** 2).sum(axis=-2))
    difference = shares[0] - shares[1]
    # Groups that are equal to the last digit differ by nothing, however sure that is.
    with np.errstate(invalid="ignore", divide="ignore"):
        t = np.where(np.abs(difference) < 1e-12, 0.0, difference / error)
    return np.asarray(t)


def _linearise(
    above: NDArray[np.float64], below: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    total = below.sum(axis=-2, keepdims=True)
    n = (below != 0).sum(axis=-2, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = above.sum(axis=-2, keepdims=True) / total
        pulls = (above - share * below) / total * np.sqrt(n / (n - 1))
    return share[..., 0, :], pulls


def _draw_swaps(
    there: NDArray[np.bool_], count: int, generator: np.random.Generator
) -> NDArray[np.bool_]:
    """Which stories change sides: (count, n_stories)."""
    first, second = there
    alone = np.flatnonzero(first ^ second)
    swapped = generator.random((count, there.shape[1])) < 0.5
    # Ranks of random numbers: the smallest go to the first group.
    ranks = generator.random((count, len(alone))).argsort(axis=1).argsort(axis=1)
    to_first = ranks < int((first & ~second).sum())
    swapped[:, alone] = to_first != first[alone]
    return swapped


def _swap(
    above: NDArray[np.float64], below: NDArray[np.float64], swapped: NDArray[np.bool_]
) -> tuple[
    tuple[NDArray[np.float64], NDArray[np.float64]],
    tuple[NDArray[np.float64], NDArray[np.float64]],
]:
    chosen = swapped[:, :, None]
    return (
        (np.where(chosen, above[1], above[0]), np.where(chosen, above[0], above[1])),
        (np.where(chosen, below[1], below[0]), np.where(chosen, below[0], below[1])),
    )
