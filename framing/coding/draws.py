"""Draws: which of N elements are chosen, each with a probability known beforehand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from framing.errors import ConfigError

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Sums of probabilities are whole numbers up to rounding; nothing real is this near to one.
_NEAR = 1e-11
# Part of every weight that follows size: strata without weight are filled when others are full.
_TRACE = 1e-9


def draw_simple(size: int, n: int, generator: np.random.Generator) -> NDArray[np.bool_]:
    """Choose n of `size` elements, every set of n alike (Cochran 1977, "Sampling Techniques", 2).

    Returns:
        (size) True where chosen; each has probability n / size.
    """
    chosen = np.zeros(size, dtype=bool)
    chosen[generator.choice(size, n, replace=False, shuffle=False)] = True
    return chosen


def spread_probability(weights: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Inclusion probabilities in proportion to weights, as far as none passes 1.

    Elements whose share would reach 1 are certain, and the others share what is left, until none
    passes 1 (Särndal, Swensson and Wretman 1992, "Model Assisted Survey Sampling", 3.6.2).

    Args:
        weights: (n_elements), all positive.
        n: How many will be chosen, at most n_elements.

    Returns:
        (n_elements) in (0, 1], summing to n.
    """
    probabilities = np.ones(len(weights))
    certain = np.zeros(len(weights), dtype=bool)
    while not certain.all():
        rest = ~certain
        left = n - int(certain.sum())
        probabilities[rest] = left * (weights[rest] / weights[rest].sum())
        passing = rest & (probabilities >= 1 - _NEAR)
        if not passing.any():
            break
        certain |= passing
        probabilities[certain] = 1.0
    return probabilities


def draw_pivotal(
    probabilities: NDArray[np.float64], order: NDArray[np.intp], generator: np.random.Generator
) -> NDArray[np.bool_]:
    """Choose a fixed number of elements with exactly the given probabilities.

    The pivotal method (Deville and Tillé 1998, "Unequal probability sampling without replacement
    through a splitting method"): two undecided elements meet, one takes as much of the
    other's probability as it can hold, and which one is drawn so that neither's changes on
    average. They meet in the order given. In a random order the design is close to that of
    greatest entropy; in an order where like elements stand together, they exclude one another
    (Chauvet 2012, "On a characterization of ordered pivotal sampling").

    Args:
        probabilities: (n_elements) in [0, 1], summing to a whole number.
        order: A permutation of the elements.
        generator: Source of chance.

    Returns:
        (n_elements) True where chosen.
    """
    chosen = np.zeros(len(probabilities), dtype=bool)
    # Plain lists: the loop reads single numbers, at which they are several times faster.
    mine = probabilities[order].tolist()
    chances = generator.random(len(mine)).tolist()
    elements = order.tolist()
    holder, held = -1, 0.0
    for element, p, chance in zip(elements, mine, chances, strict=True):
        if p >= 1 - _NEAR:
            chosen[element] = True
        elif holder < 0:
            holder, held = element, p
        elif held + p < 1 - _NEAR:
            if chance * (held + p) >= held:
                holder = element
            held += p
        else:
            left = max(held + p - 1, 0.0)
            # The winner is chosen, the other keeps what the winner could not hold.
            if chance * (1 - left) < 1 - p:
                chosen[holder] = True
                holder = element
            else:
                chosen[element] = True
            holder, held = (holder, left) if left > _NEAR else (-1, 0.0)
    if holder >= 0 and generator.random() < _snap(held):
        chosen[holder] = True
    return chosen


def order_by_nearness(
    points: NDArray[np.float64], leaf: int, generator: np.random.Generator
) -> NDArray[np.intp]:
    """Put like elements next to one another, in time n log n.

    A k-d tree (Bentley 1975): the points are halved at the median of the coordinate in which
    they differ most, then each half is, until a part has at most `leaf` points. Equal points, and
    those of a leaf, stand in random order.

    Args:
        points: (n_elements, n_dimensions).
        leaf: Size of parts not worth halving, at least 1.
        generator: Source of chance.

    Returns:
        A permutation of the elements.
    """
    order = generator.permutation(len(points))
    parts = [(0, len(points))]
    while parts:
        low, high = parts.pop()
        if high - low <= leaf:
            continue
        part = points[order[low:high]]
        spread = part.var(axis=0)
        if not spread.max() > 0:
            continue
        middle = (high - low) // 2
        halves = np.argpartition(part[:, spread.argmax()], middle)
        order[low:high] = order[low:high][halves]
        parts += [(low, low + middle), (low + middle, high)]
    return order


def allocate(sizes: NDArray[np.intp], weights: NDArray[np.float64], n: int) -> NDArray[np.intp]:
    """Divide n elements over strata in proportion to weights, in whole numbers.

    No stratum gets more than it has. Each gets at least two where n allows it, since the variance
    within a stratum cannot be seen from one; else at least one, since otherwise its elements would
    have no chance at all. Fractions are rounded by largest remainder.

    Args:
        sizes: Elements in each stratum (n_strata), each at least 1.
        weights: (n_strata), none negative.
        n: Elements to choose, at most the sum of sizes.

    Returns:
        (n_strata) summing to n.

    Raises:
        ConfigError: n is less than the number of strata.
    """
    if n < len(sizes):
        raise ConfigError(
            f"-n {n} is less than the {len(sizes)} strata, and each needs at least one",
            hint="raise -n, or use coarser strata",
        )
    least = np.minimum(2, sizes)
    if least.sum() > n:
        least = np.ones_like(sizes)
    total = weights.sum()
    scaled = (weights / total if total > 0 else 0) + _TRACE * sizes / sizes.sum()
    target = _fill(least.astype(float), sizes.astype(float), scaled, n)
    whole = np.floor(target + _TRACE).astype(np.intp)
    missing = n - int(whole.sum())
    by_remainder = np.argsort(whole - target, kind="stable")
    whole[by_remainder[:missing]] += 1
    return whole


def _fill(
    least: NDArray[np.float64], most: NDArray[np.float64], weights: NDArray[np.float64], n: int
) -> NDArray[np.float64]:
    """Amounts in proportion to weights within bounds, summing to n: the level is bisected."""
    low, high = 0.0, float((most / weights).max())
    while low < (level := (low + high) / 2) < high:
        amounts = np.clip(level * weights, least, most)
        total = amounts.sum()
        if total == n:
            return amounts
        low, high = (level, high) if total < n else (low, level)
    return np.clip(high * weights, least, most)


def _snap(probability: float) -> float:
    """A probability that is 0 or 1 up to rounding, as 0 or 1."""
    nearest = round(probability)
    return float(nearest) if abs(probability - nearest) < 1e-6 else probability
