"""Likeness: of units of one article, and of codes and scores, estimated from coded units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from framing.codebook import Codebook
from framing.coding.codes import GOLD, Code
from framing.coding.population import Population, match_codes
from framing.errors import CodebookError, InputError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

_FEWEST_PAIRS = 30
"""Coded units below which no correlation is worth planning with."""


@dataclass(frozen=True)
class Coded:
    """Coded units that have been joined with their scores, where there are any."""

    frames: tuple[str, ...]
    carried: NDArray[np.bool_]
    """(n_units, n_frames)"""
    articles: NDArray[np.intp]
    """Article of each unit (n_units)."""
    probabilities: NDArray[np.float64] | None = None
    """(n_units, n_frames); None without scores."""


def select_coder(
    codes: Sequence[Code], coder: str, *, path: str | Path | None = None
) -> list[Code]:
    """Take the codes of one coder.

    Raises:
        InputError: There are none.
    """
    mine = [code for code in codes if code.coder == coder]
    if not mine:
        found = ", ".join(sorted({code.coder for code in codes}))
        raise InputError(f"no codes by {coder!r}", path=path, hint=f"coders in it: {found}")
    return mine


def join_coded(
    codes: Sequence[Code],
    codebook: Codebook,
    *,
    coder: str = GOLD,
    population: Population | None = None,
    path: str | Path | None = None,
) -> Coded:
    """Join the codes of one coder with the probabilities of the same units.

    Args:
        codes: Codes of any number of coders.
        codebook: What they were coded with.
        coder: Whose to take.
        population: Scored units; without, or where it is not scored, codes stand alone.
        path: The file of codes, for messages.

    Raises:
        InputError: The coder coded nothing, no unit was both coded and scored, or a coded unit has
            another text now.
        CodebookError: The scores are not of the codebook's frames.
    """
    mine = select_coder([code for code in codes if not code.furniture], coder, path=path)
    probabilities = None
    frames = codebook.frame_ids
    if population is not None and population.frames:
        if set(population.frames) != set(frames):
            raise CodebookError(
                f"scores are of {', '.join(population.frames)}; the codebook has "
                + ", ".join(frames),
                path=path,
                hint="give the codebook that was scored with: --codebook FILE",
            )
        frames = population.frames
        matched = match_codes(population, mine, path=path)
        if not matched:
            raise InputError(
                "no coded unit is among the scored ones",
                path=path,
                hint="score the articles that were coded",
            )
        mine = list(matched.values())
        probabilities = population.probabilities[list(matched)]
    carried = np.array([[frame in code.frames for frame in frames] for code in mine])
    articles = np.unique([code.article for code in mine], return_inverse=True)[1]
    return Coded(tuple(frames), carried, articles, probabilities)


def estimate_icc(
    values: NDArray[np.float64], articles: NDArray[np.intp], *, expected: bool = False
) -> float | None:
    """Intra-class correlation by analysis of variance, a negative one as 0.

    Ridout, Demétrio and Firth 1999, "Estimating intraclass correlation for binary data".

    Args:
        values: Codes as 0 and 1, residuals, or probabilities (n_units).
        articles: Article of each unit (n_units).
        expected: The values are probabilities of codes, and the correlation wanted is that of the
            codes: what articles differ in, over the variance p (1 - p) of codes. Assumes calibrated
            probabilities, and codes that are independent given them.

    Returns:
        In [0, 1]; None where it cannot be estimated: one article, one unit in each, or no spread.
    """
    _, owners = np.unique(articles, return_inverse=True)
    sizes = np.bincount(owners).astype(float)
    n_articles, n_units = len(sizes), len(values)
    if n_articles < 2 or n_units == n_articles:
        return None
    means = np.bincount(owners, weights=values) / sizes
    grand = float(values.mean())
    within = float(((values - means[owners]) ** 2).sum()) / (n_units - n_articles)
    among = float((sizes * (means - grand) ** 2).sum()) / (n_articles - 1)
    typical = (n_units - (sizes**2).sum() / n_units) / (n_articles - 1)
    between = max(0.0, (among - within) / typical)
    total = grand * (1 - grand) if expected else between + within
    return min(1.0, float(between / total)) if total > 1e-12 else None


def find_likeness(
    scores: NDArray[np.float64] | None,
    articles: NDArray[np.intp] | None,
    coded: Coded | None,
    column: int,
    *,
    icc: float | None = None,
    rho: float | None = None,
) -> tuple[float | None, float | None, float | None]:
    """Find what the sample size of one frame depends on.

    Args:
        scores: Probabilities of the frame (n_units), if units were scored.
        articles: Article of each scored unit (n_units).
        coded: Coded units, if there are any.
        column: Column of the frame among those coded.
        icc: Intra-class correlation that is given, and stands.
        rho: Correlation with gold codes that is given, and stands.

    Returns:
        Intra-class correlation of codes and of residuals, and the correlation of probabilities
        with gold codes; None where it cannot be known.
    """
    alike = residual = None
    if coded is not None:
        carried = coded.carried[:, column].astype(float)
        alike = estimate_icc(carried, coded.articles)
        if coded.probabilities is not None and rho is None:
            q = coded.probabilities[:, column]
            rho = _correlate(q, carried)
            if rho is not None:
                slope = np.cov(q, carried)[0, 1] / q.var(ddof=1)
                residual = estimate_icc(carried - slope * q, coded.articles)
    if alike is None and scores is not None and articles is not None:
        alike = estimate_icc(scores, articles, expected=True)
    return (alike, residual, rho) if icc is None else (icc, icc, rho)


def _correlate(p: NDArray[np.float64], carried: NDArray[np.float64]) -> float | None:
    if len(p) < _FEWEST_PAIRS or not p.std() > 0 or not carried.std() > 0:
        return None
    # A model that is wrong more often than not helps nobody; just under 1, something is left.
    return float(np.clip(np.corrcoef(p, carried)[0, 1], 0.0, 0.999))
