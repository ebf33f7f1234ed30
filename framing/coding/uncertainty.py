"""Uncertainty: how unsure a model is of units, articles and strata."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MEASURES = ("deviation", "variance", "entropy")


def measure_doubt(
    probabilities: NDArray[np.float64], owners: NDArray[np.intp], measure: str = "deviation"
) -> NDArray[np.float64]:
    """How unsure a model is of each element, summed over frames and over an article's units.

    Args:
        probabilities: (n_units, n_frames) in [0, 1].
        owners: Element each unit belongs to (n_units), counted from 0 without gaps.
        measure: `variance`, p (1 - p) summed; `deviation`, its square root, in proportion to which
            sampling is most precise (Zrnic and Candès 2024, "Active statistical inference"); or
            `entropy`, in nats, summed.

    Returns:
        (n_elements), none negative.
    """
    if measure == "entropy":
        from scipy.special import entr

        entropy = entr(probabilities) + entr(1 - probabilities)
        return sum_by(owners, entropy.sum(axis=1, keepdims=True))[:, 0]
    doubt = (probabilities * (1 - probabilities)).sum(axis=1, keepdims=True)
    variance = sum_by(owners, doubt)[:, 0]
    return variance if measure == "variance" else np.sqrt(variance)


def find_spread(
    probabilities: NDArray[np.float64], owners: NDArray[np.intp], strata: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Expected standard deviation of what is coded within each stratum, frames put together.

    Of a unit that carries a frame with probability p, it is the root of mean p times 1 - mean p;
    of an article's count of such units, that of the variance of expected counts plus the mean
    variance of each (Cochran 1977, "Sampling Techniques", 5.5; variances of several frames are
    added up). Assumes calibrated probabilities.

    Args:
        probabilities: (n_units, n_frames) in [0, 1].
        owners: Element each unit belongs to (n_units), counted from 0 without gaps.
        strata: Stratum of each element (n_elements), counted from 0 without gaps.

    Returns:
        (n_strata)
    """
    totals = sum_by(owners, probabilities)
    doubt = sum_by(owners, probabilities * (1 - probabilities))
    sizes = np.bincount(strata)[:, None]
    mean = sum_by(strata, totals) / sizes
    between = sum_by(strata, (totals - mean[strata]) ** 2) / sizes
    within = sum_by(strata, doubt) / sizes
    spread: NDArray[np.float64] = np.sqrt((between + within).sum(axis=1))
    return spread


def sum_by(owners: NDArray[np.intp], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sums of rows (n_rows, n_columns) by owner: (n_owners, n_columns)."""
    return np.column_stack([np.bincount(owners, weights=column) for column in values.T])
