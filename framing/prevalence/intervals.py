"""Intervals of shares and of differences, from a variance and its degrees of freedom."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEVEL = 0.95
_AT_A_LIMIT = 1e-12
"""What rounding may leave of share * (1 - share) at 0 or 1."""


class Shares(NamedTuple):
    """Share of each frame among units, with a 95 % interval; arrays (n_frames) in [0, 1]."""

    estimate: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def find_share_interval(
    estimate: NDArray[np.float64],
    variance: NDArray[np.float64],
    *,
    units: NDArray[np.float64] | float,
    freedom: NDArray[np.float64] | float,
    least: NDArray[np.float64] | float = 1.0,
) -> Shares:
    """The interval of Clopper and Pearson for as many units as tell as much.

    The effective number of units is estimate (1 - estimate) / variance, at most `units`, narrowed
    by the ratio of t quantiles for few degrees of freedom (Korn and Graubard 1998, "Confidence
    intervals for proportions with small expected number of positive counts estimated from survey
    data"). An estimate at or beyond 0 or 1 with a variance of its own, as a correction may give,
    takes the wider of that for as many as `units` and its t interval, cut at 0 and 1.

    Args:
        estimate: (n_frames); what lies outside [0, 1] is cut.
        variance: Of the estimate (n_frames); 0 where all units agree.
        units: How many units it rests on; one for all or (n_frames).
        freedom: Degrees of freedom of the variance, 1 or more; one for all or (n_frames).
        least: Fewest units that tell as much, whatever the variance: stories, of which each tells
            at least as much as one unit; one for all or (n_frames).

    Returns:
        Shares, each with low <= estimate <= high.
    """
    # The quantile functions behind scipy.stats, whose import alone takes a second.
    from scipy.special import betaincinv, stdtrit

    tail = (1 - LEVEL) / 2
    cut = np.clip(estimate, 0, 1)
    binomial = cut * (1 - cut)
    beyond = (variance > 0) & (binomial < _AT_A_LIMIT)
    own = (variance > 0) & ~beyond
    effective = np.divide(binomial, variance, out=np.full_like(cut, units), where=own)
    effective = np.maximum(effective, least)
    reach = -stdtrit(freedom, tail)
    narrowing = (stdtrit(np.maximum(1, np.asarray(units) - 1), tail) / reach) ** 2
    # At least one unit was seen; a frame at exactly 0 or 1 has no spread to go by.
    # Capped before it is narrowed: articles that agree to the last digit, or almost, count alike.
    effective = np.maximum(np.minimum(effective, units) * narrowing, 1.0)
    hits = effective * cut
    low = np.where(hits > 0, betaincinv(np.maximum(hits, 1e-12), effective - hits + 1, tail), 0.0)
    high = np.where(
        hits < effective,
        betaincinv(hits + 1, np.maximum(effective - hits, 1e-12), 1 - tail),
        1.0,
    )
    spread = reach * np.sqrt(np.maximum(variance, 0))
    low = np.where(beyond, np.minimum(low, np.clip(estimate - spread, 0, 1)), low)
    high = np.where(beyond, np.maximum(high, np.clip(estimate + spread, 0, 1)), high)
    return Shares(cut, np.minimum(low, cut), np.maximum(high, cut))
