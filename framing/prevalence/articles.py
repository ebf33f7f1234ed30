"""Articles: how common a frame is in one or a group of them, in memory that does not grow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from framing.prevalence.intervals import LEVEL, Shares, find_share_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Beyond this many units the exact distribution costs time and its normal limit is as good.
_EXACT_UNITS = 400


def article_shares(probabilities: NDArray[np.float64]) -> Shares:
    """Share of each frame in one article whose every unit was scored.

    The estimate is the mean probability ("probabilistic classify and count": Bella et al. 2010,
    "Quantification via probability estimators"). All units are seen, so what is
    uncertain is which of them carry the frame: the number that do follows a Poisson binomial
    distribution, and the interval is that distribution's central 95 %.

    Assumes: probabilities are calibrated for text like this, and errors on different units are
    independent given the text.

    Args:
        probabilities: (n_units, n_frames), n_units >= 1.
    """
    n_units = len(probabilities)
    tail = (1 - LEVEL) / 2
    if n_units > _EXACT_UNITS:
        from scipy.special import ndtri

        mean = probabilities.mean(axis=0)
        spread = np.sqrt((probabilities * (1 - probabilities)).sum(axis=0)) / n_units
        reach = ndtri(1 - tail) * spread
        return Shares(mean, np.clip(mean - reach, 0, 1), np.clip(mean + reach, 0, 1))
    cumulative = np.cumsum(_poisson_binomial(probabilities), axis=0)
    # Rounding may leave the last sum a hair under 1: an argmax over all False would say 0.
    cumulative[-1] = 1.0
    low, high = ((cumulative >= q).argmax(axis=0) / n_units for q in (tail, 1 - tail))
    mean = probabilities.mean(axis=0)
    return Shares(mean, np.minimum(low, mean), np.maximum(high, mean))


@dataclass
class ClusterTotals:
    """Sums over articles from which group shares follow; size does not grow with the articles."""

    n_frames: int
    clusters: int = 0
    units: int = 0

    def __post_init__(self) -> None:
        self._units_squared = 0.0
        self._carried = np.zeros(self.n_frames)
        self._carried_squared = np.zeros(self.n_frames)
        self._cross = np.zeros(self.n_frames)
        self._only: NDArray[np.float64] | None = None

    def add(self, probabilities: NDArray[np.float64]) -> None:
        """Add the units of one article (n_units, n_frames); an empty one is ignored."""
        n_units = len(probabilities)
        if not n_units:
            return
        carried = probabilities.sum(axis=0)
        # The first article is kept: a group of one takes its article's own interval.
        self._only = probabilities if self.clusters == 0 else None
        self.clusters += 1
        self.units += n_units
        self._units_squared += n_units**2
        self._carried += carried
        self._carried_squared += carried**2
        self._cross += carried * n_units

    def shares(self) -> Shares:
        """Share of each frame in the coverage these articles are a sample of.

        The estimate is the summed probabilities over the units. Articles are sampled whole, so
        the variance is that of a ratio of cluster totals (Cochran 1977, "Sampling Techniques",
        chapter 6), and the interval is the Clopper-Pearson one for the effective sample size
        with the t correction for few clusters (Korn and Graubard 1998, "Confidence intervals for
        proportions with small expected number of positive counts estimated from survey data").
        The effective size never exceeds the number of units. With one article it is that
        article's own interval: nothing can be said of the coverage beyond it.

        Assumes: articles are a random sample of the group's coverage, independent of one another
        (wire copies are not), and probabilities are calibrated for it. In simulation it covers
        95 % within two points for shares of a fifth and more from 5 articles on; for a frame of 5 %
        that sits in few articles it covers about 89 % with 12 articles and 92 % with 40
        (tests/test_prevalence.py).

        Returns:
            Shares; without any unit, 0 with the interval 0 to 1.
        """
        if not self.units:
            zero = np.zeros(self.n_frames)
            return Shares(zero, zero, np.ones(self.n_frames))
        if self._only is not None:
            return article_shares(self._only)
        estimate = np.clip(self._carried / self.units, 0, 1)
        residual = (
            self._carried_squared - 2 * estimate * self._cross + estimate**2 * self._units_squared
        )
        scale = self.clusters / (self.clusters - 1) / self.units**2
        variance = np.maximum(residual, 0) * scale
        freedom = float(self.clusters - 1)
        return find_share_interval(estimate, variance, units=self.units, freedom=freedom)


def _poisson_binomial(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probability of each count of successes: (n_units + 1, n_frames), columns summing to 1."""
    n_units, n_frames = probabilities.shape
    mass = np.zeros((n_units + 1, n_frames))
    mass[0] = 1.0
    for unit, p in enumerate(probabilities):
        mass[1 : unit + 2] = mass[1 : unit + 2] * (1 - p) + mass[: unit + 1] * p
        mass[0] *= 1 - p
    return mass
