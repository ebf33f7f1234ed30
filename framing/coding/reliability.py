"""Reliability: how far coders agree on one variable beyond chance, with intervals by article."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np

from framing.coding.variables import MISSING, Variable
from framing.resampling import ArticleBootstrap

if TYPE_CHECKING:
    from numpy.typing import NDArray

NO_INTERVAL = "no interval"
"""How the reason begins why an estimate has no interval."""
_LIBRARY_CELLS = 50_000_000
"""The library holds a matrix of values by values for each unit: this many numbers are 400 MB."""


class Estimate(TypedDict):
    """A coefficient with its 95 % interval."""

    estimate: float | None
    """None where these codes say nothing about it."""
    low: float | None
    high: float | None
    reason: str | None
    """Why there is no estimate, or no interval; None where there are both."""


class Point(TypedDict):
    """A coefficient without an interval."""

    estimate: float | None
    reason: str | None
    """Why there is no estimate."""


class Measure(TypedDict):
    """How far coders agree on one variable; every figure is over units coded by two or more."""

    units: int
    """Units coded by two or more."""
    articles: int
    """Articles they are from."""
    differ: int
    """Units on which not all coders agree."""
    alpha: Estimate
    """Krippendorff's alpha, at most 1; about 0 for coders who code at random."""
    agreement: Estimate
    """Share of pairs of coders who agree, mean over units, in [0, 1]."""
    ac1: Estimate
    """Gwet's AC1, for nominal variables; at most 1."""
    kappa: float | None
    """Cohen's kappa, for a nominal variable of exactly two coders; None where alpha has none."""
    prevalence: dict[str, float | None]
    """For a frame, the share of all of a coder's units that carry it, by coder; else empty."""
    constant: dict[str, str]
    """Coders whose codes do not vary, and in words what they did (`never used it`)."""


def measure_variable(
    variable: Variable,
    coders: Sequence[str],
    articles: Sequence[str],
    *,
    seed: int = 0,
    cluster: str = "article",
) -> Measure:
    """Every coefficient for one variable.

    Alpha is not estimable where no unit is coded by two coders, where the codes do not vary, and
    where all variation is one coder's: with two coders, where one of them never used a code, chance
    alone would give the same alpha of about 0, however often they agree.

    Intervals resample whole articles (`ArticleBootstrap`): every coefficient here is a function of
    sums over units. Where coders never differ there is none, since no resample would differ either.

    Sources: Krippendorff (2011), "Computing Krippendorff's alpha-reliability"; Gwet (2008),
    "Computing inter-rater reliability and its variance in the presence of high agreement" (his
    chance agreement counts units coded once too; here, as everywhere, they do not); Cohen (1960),
    "A coefficient of agreement for nominal scales".

    Args:
        variable: Codes of all units, those coded once included.
        coders: Coder of each column (n_coders).
        articles: Article of each unit (n_units).
        seed: Of the resampling.
        cluster: What is resampled, in the words of a reason.
    """
    shared = variable.shared
    chosen = variable.select(shared)
    names = tuple(name for name, keep in zip(articles, shared, strict=True) if keep)
    sampler = _make_sampler(names, seed)
    counts = chosen.count()
    differ = int(((counts > 0).sum(axis=1) > 1).sum())
    why_not = find_obstacle(chosen, coders)
    resampling = _Resampling(sampler, counts, alike=differ == 0, cluster=cluster)
    return Measure(
        units=len(counts),
        articles=sampler.n_articles,
        differ=differ,
        alpha=_no_estimate(why_not) if why_not else resampling.alpha(chosen),
        agreement=resampling.agreement(),
        ac1=resampling.ac1(chosen),
        kappa=None if why_not else _cohen_kappa(chosen),
        prevalence={},
        constant=_find_constant(chosen, coders),
    )


def measure_alpha(variable: Variable, coders: Sequence[str]) -> Point:
    """Krippendorff's alpha alone, without an interval."""
    chosen = variable.select(variable.shared)
    why_not = find_obstacle(chosen, coders)
    if why_not:
        return Point(estimate=None, reason=why_not)
    return Point(estimate=estimate_alpha(chosen, chosen.count()), reason=None)


def find_obstacle(variable: Variable, coders: Sequence[str]) -> str | None:
    """Why alpha says nothing about these codes; None where it does.

    Args:
        variable: Codes of units that two or more coders coded.
        coders: Coder of each column.
    """
    if not len(variable.codes):
        return "no unit is coded by two coders"
    by_coder = variable.count_by_coder()
    total = by_coder.sum(axis=0)
    took_part = [j for j in range(len(coders)) if by_coder[j].any()]
    if np.count_nonzero(total) == 1:
        everyone = _join_names([coders[j] for j in took_part])
        return f"no variation: {everyone} {variable.constant[int(total.argmax())]}"
    for one in took_part:
        rest = total - by_coder[one]
        if np.count_nonzero(rest) == 1:
            others = _join_names([coders[j] for j in took_part if j != one])
            return f"{others} {variable.constant[int(rest.argmax())]}"
    return None


def estimate_alpha(variable: Variable, counts: NDArray[np.int64]) -> float:
    """Krippendorff's alpha of units that have one, by the library `krippendorff`.

    Args:
        variable: Gives the distance of values.
        counts: Int (n_units, n_values), as `Variable.count` gives; units coded once do not count.
    """
    if counts.size * counts.shape[1] > _LIBRARY_CELLS:
        sums = list_disagreements(variable, counts[counts.sum(axis=1) > 1]).sum(axis=0)
        return float(alpha_of_sums(variable)(sums))
    import krippendorff

    distance = variable.distance

    def look_up(
        v1: Any, v2: Any, i1: NDArray[Any], i2: NDArray[Any], n_v: Any, dtype: Any = None
    ) -> NDArray[Any]:
        assert distance is not None
        return np.asarray(distance[i1, i2])

    level: Any = "ordinal" if distance is None else look_up
    return float(krippendorff.alpha(value_counts=counts, level_of_measurement=level))


def alpha_of_sums(variable: Variable) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """Alpha as a function of summed coincidences, vectorised over leading axes.

    With a distance that does not depend on the data, the sums are the observed disagreement and how
    often each value occurs (..., 1 + n_values); at ordinal level they are the matrix of
    coincidences (..., n_values, n_values).
    """

    def fixed(sums: NDArray[np.float64]) -> NDArray[np.float64]:
        assert variable.distance is not None
        values = sums[..., 1:]
        expected = ((values @ variable.distance) * values).sum(axis=-1)
        return _divide(sums[..., 0], values.sum(axis=-1), expected)

    def ordinal(sums: NDArray[np.float64]) -> NDArray[np.float64]:
        values = sums.sum(axis=-1)
        middle = values.cumsum(axis=-1) - values / 2
        distance = (middle[..., :, None] - middle[..., None, :]) ** 2
        expected = (distance * values[..., :, None] * values[..., None, :]).sum(axis=(-2, -1))
        return _divide((sums * distance).sum(axis=(-2, -1)), values.sum(axis=-1), expected)

    return ordinal if variable.distance is None else fixed


def _divide(
    observed: NDArray[np.float64], n_values: NDArray[np.float64], expected: NDArray[np.float64]
) -> NDArray[np.float64]:
    """1 - observed over expected disagreement; NaN where the codes do not vary."""
    ratio = np.full_like(expected, np.nan)
    np.divide((n_values - 1) * observed, expected, out=ratio, where=expected > 0)
    return np.asarray(1 - ratio)


def list_disagreements(variable: Variable, counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """What `alpha_of_sums` sums, unit by unit, for counts of units coded by two or more."""
    values = counts.astype(float)
    others = values.sum(axis=1) - 1
    if variable.distance is None:
        pairs = values[:, :, None] * values[:, None, :]
        places = np.arange(values.shape[1])
        pairs[:, places, places] -= values
        return np.asarray(pairs / others[:, None, None])
    observed = ((values @ variable.distance) * values).sum(axis=1) / others
    return np.column_stack([observed, values])


@lru_cache(maxsize=4)
def _make_sampler(articles: tuple[str, ...], seed: int) -> ArticleBootstrap:
    # The frames of a group are coded on the same units: their resamples are the same.
    return ArticleBootstrap(articles, seed=seed)


@dataclass(frozen=True)
class _Resampling:
    """Estimates with intervals from counts of units coded by two or more."""

    sampler: ArticleBootstrap
    counts: NDArray[np.int64]
    alike: bool
    """Whether coders never differ."""
    cluster: str

    def alpha(self, variable: Variable) -> Estimate:
        sums = self.sampler.sum_by_article(list_disagreements(variable, self.counts))
        interval = self.sampler.interval(sums, alpha_of_sums(variable), bounds=(-1.0, 1.0))
        return self._estimate(estimate_alpha(variable, self.counts), interval)

    def agreement(self) -> Estimate:
        if not len(self.counts):
            return _no_estimate("no unit is coded by two coders")
        sums = self._agreement_sums()
        interval = self.sampler.interval(sums, lambda s: s[..., 0] / s[..., 1])
        return self._estimate(float(interval[0]), interval)

    def ac1(self, variable: Variable) -> Estimate:
        if variable.level != "nominal":
            return _no_estimate("AC1 is for nominal codes")
        if not len(self.counts):
            return _no_estimate("no unit is coded by two coders")
        if np.count_nonzero(self.counts.sum(axis=0)) == 1:
            return _no_estimate("no variation in the codes")
        interval = self.sampler.interval(self._agreement_sums(), _ac1, bounds=(-1.0, 1.0))
        return self._estimate(float(interval[0]), interval)

    def _agreement_sums(self) -> NDArray[np.float64]:
        """By article: agreement, units, and units of each value (n_articles, 2 + n_values)."""
        values = self.counts.astype(float)
        n_codes = values.sum(axis=1, keepdims=True)
        agreement = (values * (values - 1)).sum(axis=1, keepdims=True) / (n_codes * (n_codes - 1))
        columns = [agreement, np.ones_like(n_codes), values / n_codes]
        return self.sampler.sum_by_article(np.concatenate(columns, axis=1))

    def _estimate(self, estimate: float, interval: tuple[Any, Any, Any]) -> Estimate:
        low, high = float(interval[1]), float(interval[2])
        if self.alike:
            reason = "no difference between coders to resample"
        elif self.sampler.n_articles < 2:
            reason = f"one {self.cluster} only"
        elif not np.isfinite(low + high):
            reason = f"the variation stands in one {self.cluster}"
        else:
            return Estimate(
                estimate=estimate, low=min(low, estimate), high=max(high, estimate), reason=None
            )
        return Estimate(estimate=estimate, low=None, high=None, reason=f"{NO_INTERVAL}: {reason}")


def _ac1(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    observed, shares = sums[..., 0] / sums[..., 1], sums[..., 2:] / sums[..., 1:2]
    chance = (shares * (1 - shares)).sum(axis=-1) / (shares.shape[-1] - 1)
    return np.asarray((observed - chance) / (1 - chance))


def _cohen_kappa(variable: Variable) -> float | None:
    """Cohen's kappa where exactly two coders coded these units, and the variable is nominal."""
    took_part = (variable.codes != MISSING).any(axis=0).nonzero()[0]
    if variable.level != "nominal" or len(took_part) != 2:
        return None
    from sklearn.metrics import cohen_kappa_score

    return float(cohen_kappa_score(*variable.codes[:, took_part].T))


def _find_constant(variable: Variable, coders: Sequence[str]) -> dict[str, str]:
    by_coder = variable.count_by_coder()
    return {
        coders[j]: variable.constant[int(by_coder[j].argmax())]
        for j in range(len(coders))
        if np.count_nonzero(by_coder[j]) == 1
    }


def _no_estimate(reason: str) -> Estimate:
    return Estimate(estimate=None, low=None, high=None, reason=reason)


def _join_names(names: Sequence[str]) -> str:
    """Names in words, the first three of many."""
    if len(names) > 3:
        return f"{', '.join(names[:3])} and {len(names) - 3} more"
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]
