"""Permutation: how far apart two groups come by chance, when stories change sides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_STORIES = 2000
"""Stories up to which sides are permuted; of more, t is near enough to its normal limit."""
NO_DIFFERENCE = 1e-12
"""Shares nearer to one another than this are the same but for rounding."""
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
        seed: Of the permutations; the order of the stories does not matter.
        permutations: How many; by default 9,999, or fewer of many stories.

    Returns:
        Absolute t of each permutation, without the one that was observed (n_permutations,
        n_frames); NaN where it leaves a group with fewer than two stories that carry a frame.
    """
    generator = np.random.default_rng(seed)
    order = _order_stories(above, below)
    above, below = above[:, order], below[:, order]
    there = (below != 0).any(axis=2)
    own, swapped = _list_moments(above, below), _list_moments(above[::-1], below[::-1])
    affordable = _WORK // max(1, len(order))
    count = permutations or int(np.clip(affordable, _FEWEST_PERMUTATIONS, _MOST_PERMUTATIONS))
    chunk = max(1, _CHUNK // max(1, len(order)))
    gained = (swapped - own).reshape(len(order), own[0].size)
    found = []
    for start in range(0, count, chunk):
        swaps = _draw_swaps(there, min(chunk, count - start), generator)
        gains = (swaps.astype(float) @ gained).reshape(len(swaps), *own.shape[1:])
        first = own.sum(axis=0) + gains
        second = swapped.sum(axis=0) - gains
        found.append(np.abs(_studentise(first.swapaxes(0, 1), second.swapaxes(0, 1))))
    return np.concatenate(found)


def _order_stories(above: NDArray[np.float64], below: NDArray[np.float64]) -> NDArray[np.intp]:
    """Stories of either group, by what they add: the same whichever was read first."""
    stories = np.flatnonzero((below != 0).any(axis=(0, 2)))
    keys = np.concatenate([*above[:, stories], *below[:, stories]], axis=1)
    return stories[np.lexsort(keys.T)]


def _list_moments(above: NDArray[np.float64], below: NDArray[np.float64]) -> NDArray[np.float64]:
    """What each story adds to the sums of the first group: (n_stories, 9, n_frames).

    The t of any permutation follows from these sums, a matrix product away.
    """
    total = below.sum(axis=(0, 1))
    share = np.divide(
        above.sum(axis=(0, 1)), total, out=np.full_like(total, np.nan), where=total != 0
    )
    # From the share of both groups together, so that squares of residuals lose no digits.
    above = above - share * below
    parts = [
        above[0], below[0], below[0] != 0, above[0] ** 2, above[0] * below[0], below[0] ** 2,
        above[0] * above[1], above[0] * below[1], below[0] * below[1],
    ]  # fmt: skip
    return np.stack(parts, axis=1).astype(float)


def _studentise(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Difference of two ratios over its standard error: (n_permutations, n_frames).

    Args:
        first: Moments of the first group (9, n_permutations, n_frames).
        second: Of the second.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = [group[0] / group[1] for group in (first, second)]
        scales = [np.sqrt(group[2] / (group[2] - 1)) / group[1] for group in (first, second)]
        variance = -2 * scales[0] * scales[1] * (
            first[6] - shares[1] * first[7] - shares[0] * second[7]
            + shares[0] * shares[1] * first[8]
        )  # fmt: skip
        for group, share, scale in zip((first, second), shares, scales, strict=True):
            squares = group[3] - 2 * share * group[4] + share**2 * group[5]
            variance = variance + scale**2 * np.maximum(squares, 0.0)
        difference = shares[0] - shares[1]
        # Groups that are equal to the last digit differ by nothing, however sure that is.
        t = np.where(
            np.abs(difference) < NO_DIFFERENCE,
            0.0,
            difference / np.sqrt(np.maximum(variance, 0.0)),
        )
    known = [(group[2] > 1) & (group[1] > 0) for group in (first, second)]
    return np.where(known[0] & known[1], t, np.nan)


def _draw_swaps(
    there: NDArray[np.bool_], count: int, generator: np.random.Generator
) -> NDArray[np.bool_]:
    """Which stories change sides: (count, n_stories)."""
    first, second = there
    alone = np.flatnonzero(first ^ second)
    swaps = generator.random((count, there.shape[1])) < 0.5
    drawn = generator.random((count, len(alone)))
    places = int((first & ~second).sum())
    # The stories with the smallest numbers go to the first group.
    to_first = np.zeros(drawn.shape, dtype=bool)
    if places:
        to_first = drawn <= np.partition(drawn, places - 1, axis=1)[:, places - 1 : places]
    swaps[:, alone] = to_first != first[alone]
    return swaps
