"""Resampling: intervals from whole articles, since the units of one article are alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

N_RESAMPLES = 2000
_FEW_ARTICLES = 10


class ArticleBootstrap:
    """Resamples whole articles; statistics are functions of sums over articles."""

    def __init__(
        self, articles: tuple[str, ...], *, seed: int, n_resamples: int = N_RESAMPLES
    ) -> None:
        _, self._index = np.unique(
            np.array(articles, dtype=object).astype(str), return_inverse=True
        )
        self.n_articles = int(self._index.max()) + 1 if len(articles) else 0
        generator = np.random.default_rng(seed)
        # Of no article there is one resample, without any article.
        probabilities = np.full(self.n_articles, 1 / max(1, self.n_articles))
        self._draws = (
            generator.multinomial(self.n_articles, probabilities, size=n_resamples)
            if self.n_articles
            else np.zeros((1, 0), dtype=np.int64)
        )

    def sum_by_article(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sum values (n_units, ...) over the units of each article: (n_articles, ...)."""
        sums = np.zeros((self.n_articles, *values.shape[1:]))
        np.add.at(sums, self._index, values)
        return sums

    def interval(
        self,
        sums: NDArray[np.float64],
        statistic: Callable[[NDArray[np.float64]], Any],
        *,
        bounds: tuple[float, float] = (0.0, 1.0),
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Estimate, low and high of a statistic of summed values; NaN where not estimable.

        From ten articles on it is the bootstrap's expanded percentile interval (Hesterberg 2015,
        "What teachers should know about the bootstrap"), which widens the percentiles for the
        number of articles. With fewer, resamples cannot reach far enough, and it is the jackknife's
        t interval (Efron and Tibshirani 1993, "An Introduction to the Bootstrap", chapter 11), cut
        at the bounds. In simulation both cover 90 % or more from three articles on
        (tests/test_evaluation.py). With one article there is no interval.

        Args:
            sums: (n_articles, ...), as `sum_by_article` gives.
            statistic: Function of sums over articles, vectorised over leading axes; NaN where it
                is undefined.
            bounds: Least and greatest value the statistic can take; a proportion's by default.
        """
        estimate = np.asarray(statistic(sums.sum(axis=0)))
        if self.n_articles < 2:
            nothing = np.full_like(estimate, np.nan, dtype=float)
            return estimate, nothing, nothing
        if self.n_articles < _FEW_ARTICLES:
            low, high = self._jackknife(sums, statistic, estimate, bounds)
        else:
            low, high = self._expanded_percentile(sums, statistic)
        return estimate, np.minimum(low, estimate), np.maximum(high, estimate)

    def _expanded_percentile(
        self, sums: NDArray[np.float64], statistic: Callable[[NDArray[np.float64]], Any]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        from scipy.special import ndtr, stdtrit

        n = self.n_articles
        tail = ndtr(stdtrit(n - 1, 0.025) * np.sqrt(n / (n - 1)))
        resampled = np.asarray(statistic(np.tensordot(self._draws, sums, axes=1)))
        # A resample without any unit of a frame says nothing about it.
        defined = np.isfinite(resampled)
        known = np.where(defined.any(axis=0), resampled, 0.0)
        low, high = np.nanquantile(known, [tail, 1 - tail], axis=0)
        nowhere = ~defined.any(axis=0)
        return np.where(nowhere, np.nan, low), np.where(nowhere, np.nan, high)

    def _jackknife(
        self,
        sums: NDArray[np.float64],
        statistic: Callable[[NDArray[np.float64]], Any],
        estimate: NDArray[np.float64],
        bounds: tuple[float, float],
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        from scipy.special import stdtrit

        n = self.n_articles
        # NaN if leaving an article out leaves no unit of a frame: then nothing can be said.
        without = np.asarray(statistic(sums.sum(axis=0) - sums))
        spread = np.sqrt((n - 1) / n * ((without - without.mean(axis=0)) ** 2).sum(axis=0))
        reach = -stdtrit(n - 1, 0.025) * spread
        low = np.where(np.isnan(reach), np.nan, np.clip(estimate - reach, *bounds))
        high = np.where(np.isnan(reach), np.nan, np.clip(estimate + reach, *bounds))
        return low, high

    def mean_interval(
        self, values: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Estimate, low and high of the mean over units of values (n_units, 1)."""
        ones = np.ones_like(values)
        sums = self.sum_by_article(np.stack([values, ones], axis=-1))
        return self.interval(sums[:, 0], lambda s: s[..., 0] / np.maximum(s[..., 1], 1))
