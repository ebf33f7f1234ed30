"""Shares: of the frames among all units, estimated from a coded sample and its probabilities."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from framing.coding.sampling import SampledUnit
from framing.coding.uncertainty import sum_by
from framing.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from framing.codebook import Codebook
    from framing.coding.codes import Code


@dataclass(frozen=True, slots=True)
class SampledShare:
    """Share of one frame among all units a sample was drawn from, in [0, 1]."""

    frame: str
    share: float
    """Each coded unit counts for as many as it stands for."""
    low: float | None
    """Of the interval; None where a single unit or article was coded of each stratum."""
    high: float | None
    unweighted: float
    """Share among the coded units as they are: of the sample, not of all units."""
    units: int
    """Units coded."""


@dataclass(frozen=True)
class _Coded:
    """What is coded of a sample."""

    weights: NDArray[np.float64]
    """How many units each stands for (n_units); 0 for furniture."""
    elements: NDArray[np.intp]
    """What was drawn, the unit or its article (n_units), counted from 0."""
    strata: NDArray[np.intp]
    """Stratum of each element (n_elements), counted from 0."""
    chances: NDArray[np.float64]
    """Chance of each element to be drawn and coded (n_elements)."""


def estimate_shares(
    sample: Sequence[SampledUnit],
    codes: Sequence[Code],
    codebook: Codebook,
    *,
    level: float = 0.95,
    path: str | Path | None = None,
) -> list[SampledShare]:
    """Estimate the share of each frame among all units the sample was drawn from.

    The estimate is the mean of the codes weighted by 1 / inclusion_probability (Hájek's; Särndal,
    Swensson and Wretman 1992, "Model Assisted Survey Sampling", 5.7; furniture leaves a domain,
    5.8). Its variance is that of the linearised ratio over what was drawn, units or articles:

        v = sum over strata of n / (n - 1) * sum of (1 - chance) * (z - mean z)^2
        z = sum of weight * (code - share) / sum of all weights

    as if drawn with replacement (Lumley 2010, "Complex Surveys"), but for 1 - chance, which is
    exact for simple and stratified sampling and near for unequal chances (Matei and Tillé 2005,
    "Evaluation of variance approximations and estimators in maximum entropy sampling with unequal
    probability and fixed sample size"): what is drawn for certain adds nothing. A stratum of one is
    compared with the mean of all. For the diverse design it is on the safe side. The interval is
    that of Korn and Graubard (1998), "Confidence intervals for proportions with small expected
    number of positive counts estimated from survey data": Clopper and Pearson's with as many units
    as tell as much, corrected for degrees of freedom.

    Units of the sample that are not coded are taken to be left out by chance within their stratum.

    Args:
        sample: All units of one sample.
        codes: Codes of one coder; those of units outside the sample are ignored. Furniture is no
            unit, and counts neither way.
        codebook: Its frames are estimated.
        level: Of the interval.
        path: The file of codes, for messages.

    Returns:
        One a frame, in the order of the codebook.

    Raises:
        InputError: The rows are of several samples, codes are of several coders, no unit of the
            sample is coded, or a coded unit has another text.
    """
    require_one_sample(sample)
    found = match_sample(sample, codes, path=path)
    coded = _describe(sample, found)
    carried = np.array(
        [[frame in code.frames for frame in codebook.frame_ids] for _, code in found]
    )
    total = coded.weights.sum()
    shares = coded.weights @ carried / total
    residuals = sum_by(coded.elements, coded.weights[:, None] * (carried - shares) / total)
    variances, freedom = _measure_variance(residuals, coded)
    in_element = np.bincount(coded.elements, weights=coded.weights)
    independent = float(in_element.sum() ** 2 / (in_element**2).sum())
    certain = bool((coded.chances == 1).all())
    belongs = coded.weights > 0
    n_units = int(belongs.sum())
    estimates = []
    for k, frame in enumerate(codebook.frame_ids):
        share = float(shares[k])
        low, high = (share, share) if certain else (None, None)
        if freedom > 0 and not certain:
            # Where all codes are alike the variance is silent: each element counts as one unit.
            size = share * (1 - share) / variances[k] if variances[k] > 1e-15 else independent
            low, high = _find_interval(share, size, n_units, freedom, level)
        plain = float(carried[belongs, k].mean())
        estimates.append(SampledShare(frame, share, low, high, plain, n_units))
    return estimates


def require_one_sample(sample: Sequence[SampledUnit]) -> None:
    """Refuse rows of several samples.

    Raises:
        InputError: They are.
    """
    draws = {(unit.design, unit.settings, unit.sampled, unit.seed, unit.n) for unit in sample}
    if len(draws) > 1:
        raise InputError(
            f"these rows are of {len(draws)} samples, which have probabilities of their own",
            hint="estimate from each sample alone",
        )


def match_sample(
    sample: Sequence[SampledUnit], codes: Sequence[Code], *, path: str | Path | None = None
) -> list[tuple[SampledUnit, Code]]:
    """Each coded unit of a sample with its code; codes of other units are passed over.

    Raises:
        InputError: Codes are of several coders, no unit of the sample is coded, or a coded unit
            has another text.
    """
    units = {(unit.article, unit.start, unit.end): unit for unit in sample}
    coders = sorted({code.coder for code in codes})
    if len(coders) > 1:
        raise InputError(
            f"the codes are of several coders: {', '.join(coders)}", path=path, hint="choose one"
        )
    found = []
    for code in codes:
        unit = units.get(code.key)
        if unit is None:
            continue
        if unit.sha1 != code.sha1:
            raise InputError(
                f"{code.article}: text at {code.start}-{code.end} is not the one that was drawn",
                path=path,
                row=code.row,
                hint="give the codes of this sample",
            )
        found.append((unit, code))
    if all(code.furniture for _, code in found):
        raise InputError(
            f"no unit of the sample is coded by {coders[0]!r}" if coders else "holds no codes",
            path=path,
            hint="give the codes of this sample",
        )
    return found


def _describe(sample: Sequence[SampledUnit], found: Sequence[tuple[SampledUnit, Code]]) -> _Coded:
    units = [unit for unit, _ in found]
    chances = find_chances(sample, units)
    names = [u.article if u.sampled == "article" else (u.article, u.start) for u in units]
    place = {name: number for number, name in enumerate(dict.fromkeys(names))}
    elements = np.array([place[name] for name in names], dtype=np.intp)
    first = np.unique(elements, return_index=True)[1]
    strata = np.unique([u.stratum for u in units], return_inverse=True)[1][first]
    belongs = np.array([not code.furniture for _, code in found])
    return _Coded(belongs / chances, elements, strata, chances[first])


def find_chances(
    sample: Sequence[SampledUnit], coded: Sequence[SampledUnit]
) -> NDArray[np.float64]:
    """Chance of each coded unit to be drawn and coded (n_coded).

    Those not coded are taken to be left out by chance within their stratum.
    """
    of_sample, of_coded = (Counter(unit.stratum for unit in group) for group in (sample, coded))
    return np.array(
        [u.inclusion_probability * of_coded[u.stratum] / of_sample[u.stratum] for u in coded]
    )


def _measure_variance(
    residuals: NDArray[np.float64], coded: _Coded
) -> tuple[NDArray[np.float64], int]:
    """Variance of each share (n_frames), and its degrees of freedom.

    Args:
        residuals: z by what was drawn (n_elements, n_frames).
        coded: The units.
    """
    variance = np.zeros(residuals.shape[1])
    freedom = 0
    left = coded.chances < 1  # what was chosen for certain leaves nothing to chance
    for stratum in np.unique(coded.strata[left]):
        members = left & (coded.strata == stratum)
        n, z, missed = members.sum(), residuals[members], 1 - coded.chances[members, None]
        # The mean of all residuals is 0, by the definition of the share.
        centre = (missed * z).sum(axis=0) / missed.sum() if n > 1 else 0.0
        variance += n / max(n - 1, 1) * (missed * (z - centre) ** 2).sum(axis=0)
        freedom += int(n) - 1
    return variance, freedom


def _find_interval(
    share: float, size: float, units: int, freedom: int, level: float
) -> tuple[float, float]:
    """Interval of a share that tells as much as one of so many independent units."""
    from scipy.special import betaincinv, stdtrit

    tail = (1 - level) / 2
    if units > 1:
        size *= float((stdtrit(units - 1, tail) / stdtrit(freedom, tail)) ** 2)
    carried, others = share * size, (1 - share) * size
    low = float(betaincinv(carried, others + 1, tail)) if carried > 0 else 0.0
    high = float(betaincinv(carried + 1, others, 1 - tail)) if others > 0 else 1.0
    return low, high
