"""Sample sizes: how many units to code for an interval as narrow as wanted."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from framing.coding.likeness import Coded, find_likeness
from framing.coding.population import Population
from framing.errors import ConfigError

if TYPE_CHECKING:
    from numpy.typing import NDArray

WORST_CASE = "worst case"
"""The row for a frame of which nothing is known: as if half of all units carried it."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the sample is to achieve; what is None is taken from scores or codes.

    Raises:
        ConfigError: A number is out of its range.
    """

    within: float = 0.05
    """Half the interval's width, in (0, 0.5)."""
    level: float = 0.95
    share: float | None = None
    """Share expected, in (0, 1)."""
    per_article: float | None = None
    """Units coded in each article chosen, infinity for all of them; None where units are chosen
    whatever their article."""
    icc: float | None = None
    """Intra-class correlation: how alike the units of one article are, in [0, 1]."""
    rho: float | None = None
    """Correlation of probabilities with gold codes, in [0, 1)."""
    difference: bool = False
    """The interval is that of the difference between two groups of one size and share."""

    def __post_init__(self) -> None:
        """Check the ranges; not a number is in none."""
        checks: tuple[tuple[str, float | None, Callable[[float], bool], str], ...] = (
            ("--within", self.within, lambda x: 0 < x < 0.5, "between 0 and 0.5"),
            ("level", self.level, lambda x: 0 < x < 1, "between 0 and 1"),
            ("--share", self.share, lambda x: 0 < x < 1, "between 0 and 1"),
            ("--per-article", self.per_article, lambda x: x >= 1, "1 or more"),
            ("--icc", self.icc, lambda x: 0 <= x <= 1, "from 0 to 1"),
            ("--rho", self.rho, lambda x: 0 <= x < 1, "from 0 to below 1"),
        )
        for option, value, fits, span in checks:
            if value is not None and not fits(value):
                raise ConfigError(f"{option} {value} is not {span}", hint="give another number")


@dataclass(frozen=True)
class SampleSize:
    """How much to code, in each group where two are compared."""

    units: int
    articles: int | None
    """Articles they stand in; None where units are chosen whatever their article."""
    design_effect: float
    """Variance relative to that of as many units chosen whatever their article."""
    enough: bool = True
    """False where so many units of every article there is do not reach the width."""


@dataclass(frozen=True)
class Plan:
    """How much to code for one frame."""

    frame: str
    share: float
    icc: float | None
    rho: float | None
    plain: SampleSize
    """For the share among coded units alone."""
    rectified: SampleSize | None
    """For the rectified share, which takes the model's scores in; None without a correlation."""


def find_sample_size(
    wanted: Wanted,
    *,
    share: float = 0.5,
    icc: float = 0.0,
    rho: float = 0.0,
    population: int | None = None,
    article_sizes: NDArray[np.intp] | None = None,
) -> SampleSize:
    """Find the number of units whose interval for a share is as narrow as wanted.

    With n units, m of each article chosen, the variance of the share is

        S2 (1 + (m - 1) icc) / n  -  S2 (1 + (M - 1) icc) / N
        S2 = (1 - rho^2) p (1 - p) N / (N - 1)

    (two-stage sampling, Cochran 1977, "Sampling Techniques", chapter 10; with icc = 0 it is his
    4.4), N being all units and M those of an article; sizes that vary count by their mean weighted
    by size (Kish 1965, "Survey Sampling", chapter 5). n solves it for the variance at which the
    normal interval has the width. The factor 1 - rho^2 is what remains when the share is rectified
    by probabilities known for every unit (Angelopoulos et al. 2023, "Prediction-powered inference",
    tuned as in Angelopoulos, Duchi and Zrnic 2023, "PPI++"; as a regression estimator, Cochran
    1977, chapter 7). Of two groups each gets n, without the correction for N. Where units are taken
    by article, t with the articles less one as degrees of freedom stands for z.

    Args:
        wanted: Width, level, clustering, one group or two.
        share: Expected share. One nearer to 0 or 1 than the width is planned for as if it were
            that far from it, and so are errors rarer than the width where rho is high: they might
            be, and normal intervals hold for nothing rarer.
        icc: Intra-class correlation of the codes, or with rho of their residuals.
        rho: Correlation of probabilities with gold codes.
        population: Units there are; None for as good as infinitely many.
        article_sizes: Units of each article there is (n_articles); needed to code whole articles.

    Raises:
        ConfigError: Whole articles are wanted and their sizes are not known.
    """
    from scipy.special import ndtri, stdtrit

    if article_sizes is not None and population is None:
        population = int(article_sizes.sum())
    if wanted.difference:
        population = None
    planned = min(max(share, wanted.within), 1 - wanted.within)
    rare = wanted.within * (1 - wanted.within)
    spread = max(planned * (1 - planned) * (1 - rho**2), rare)
    taken, alike, all_alike = _describe_articles(wanted.per_article, article_sizes)
    effect, whole_effect = 1 + (alike - 1) * icc, 1 + (all_alike - 1) * icc
    tail = (1 + wanted.level) / 2

    def count(reach: float) -> float:
        variance = (wanted.within / reach) ** 2 / (2 if wanted.difference else 1)
        if population is None:
            return spread * effect / variance
        finite = spread * population / max(population - 1, 1)
        return finite * effect / (variance + finite * whole_effect / population)

    if taken is None:
        return SampleSize(_round_up(count(ndtri(tail))), None, 1.0)
    there = None if article_sizes is None or wanted.difference else len(article_sizes)
    articles = max(2, _round_up(count(ndtri(tail)) / taken))
    while articles != there and count(stdtrit(articles - 1, tail)) > articles * taken:
        articles += 1
    if there is not None:
        articles = min(articles, there)
    # With every article in it, chance is left only in which of their units are coded.
    enough = articles != there or bool(count(ndtri(tail)) <= articles * taken + 1e-6)
    units = _round_up(articles * taken)
    return SampleSize(
        units if population is None else min(units, population), articles, effect, enough
    )


def plan_frames(
    wanted: Wanted, *, population: Population | None = None, coded: Coded | None = None
) -> list[Plan]:
    """Find the sample size for each frame, and last for a frame of which nothing is known.

    Shares are those wanted, else mean probabilities, else those among coded units; correlations
    within articles come from codes, else from probabilities; that with gold codes from both.

    Raises:
        ConfigError: Units are taken by article, and how alike they are cannot be known.
    """
    scored = population is not None and bool(population.frames)
    frames = population.frames if population and scored else coded.frames if coded else ()
    sizes = np.bincount(population.articles) if population is not None else None
    plans = []
    for column, frame in enumerate(frames):
        p = population.probabilities[:, column] if population and scored else None
        share = _find_share(wanted, p, coded, column)
        articles = population.articles if population is not None else None
        plain, residual, rho = find_likeness(
            p, articles, coded, column, icc=wanted.icc, rho=wanted.rho
        )
        plans.append((frame, share, plain, residual, rho))
    known = [icc for _, _, icc, _, _ in plans if icc is not None]
    worst = max(known, default=wanted.icc)
    if wanted.per_article is not None and worst is None:
        raise ConfigError(
            "how alike the sentences of one article are is not known",
            hint="give --icc 0.1, or --codes FILE, or a score file",
        )
    plans.append((WORST_CASE, wanted.share or 0.5, worst, worst, wanted.rho))
    return [
        _plan(wanted, sizes, (frame, share, worst if icc is None else icc, residual, rho))
        for frame, share, icc, residual, rho in plans
    ]


def plan_records(plans: Sequence[Plan]) -> list[dict[str, Any]]:
    """Plans as flat rows; what does not apply is left out of all rows."""
    rows = []
    for plan in plans:
        row: dict[str, Any] = {"frame": plan.frame, "share": _round(plan.share)}
        row |= {"icc": _round(plan.icc), "rho": _round(plan.rho)}
        row |= {"units": plan.plain.units, "articles": plan.plain.articles}
        if plan.rectified:
            row["rectified_units"] = plan.rectified.units
            row["rectified_articles"] = plan.rectified.articles
        if not plan.plain.enough:
            saved = plan.rectified is not None and plan.rectified.enough
            row["note"] = "enough if rectified" if saved else "not enough"
        rows.append(row)
    used = [key for row in rows for key, value in row.items() if value is not None]
    return [{key: row.get(key) for key in dict.fromkeys(used)} for row in rows]


def _describe_articles(
    per_article: float | None, sizes: NDArray[np.intp] | None
) -> tuple[float | None, float, float]:
    """Units taken of an article, and that weighted by size, taken and in all."""
    if per_article is None:
        return None, 1.0, 1.0
    if sizes is None:
        if math.isinf(per_article):
            raise ConfigError(
                "how long articles are is not known", hint="give a score file or a folder"
            )
        return per_article, per_article, per_article
    taken = np.minimum(per_article, sizes)
    return (
        float(taken.mean()),
        float((taken**2).sum() / taken.sum()),
        float((sizes.astype(float) ** 2).sum() / sizes.sum()),
    )


def _find_share(
    wanted: Wanted, p: NDArray[np.float64] | None, coded: Coded | None, column: int
) -> float:
    if wanted.share is not None:
        return wanted.share
    if p is not None:
        return float(p.mean())
    assert coded is not None
    return float(coded.carried[:, column].mean())


def _plan(
    wanted: Wanted,
    sizes: NDArray[np.intp] | None,
    row: tuple[str, float, float | None, float | None, float | None],
) -> Plan:
    frame, share, icc, residual, rho = row
    alike = icc or 0.0
    plain = find_sample_size(wanted, share=share, icc=alike, article_sizes=sizes)
    rectified = None
    if rho is not None:
        left = alike if residual is None else residual
        rectified = find_sample_size(wanted, share=share, icc=left, rho=rho, article_sizes=sizes)
    return Plan(frame, share, icc if wanted.per_article else None, rho, plain, rectified)


def _round_up(value: float) -> int:
    """At least 1; 384.0000000001 is 384."""
    return max(1, math.ceil(value - 1e-6))


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
