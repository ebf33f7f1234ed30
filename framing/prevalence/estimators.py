"""Estimators: four ways from scores to the share of a frame, each with what it assumes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from framing.errors import ConfigError, InputError
from framing.prevalence.estimates import Estimate, count_effective

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from framing.prevalence.error_rates import ErrorRates, Rates
    from framing.prevalence.units import CodedUnits, Domain, ScoredUnits

    _Sides = tuple[NDArray[np.float64], NDArray[np.float64]]

ESTIMATORS = ("count", "probability", "adjusted", "rectified")
_LEAST_TELLING = 0.1
"""Hit rate less false alarm rate below which a correction is mostly noise."""
_LEAST_SURE = 3
"""Standard errors by which that must lie above 0: by chance alone, rates that are no better than
guessing may be far enough apart, and the share then comes out too low."""
_TUNING_STEPS = 3
_FEWEST_CODED = 5
"""Coded units that carry a frame below which their spread says little of its error."""


def estimate_shares(
    units: ScoredUnits,
    domain: Domain,
    estimator: str = "probability",
    *,
    rates: ErrorRates | None = None,
) -> Estimate:
    """Estimate the share of each frame in one group of units.

    Every estimator is a ratio of sums over units, weighted by the domain, and its error is that of
    a sample of stories drawn whole: the variance is that of the linearised ratio over stories
    (Särndal, Swensson and Wretman 1992, "Model assisted survey sampling", 5.5 and 8.7), times
    n / (n - 1). One correction a frame, since a unit may carry several.

    Args:
        units: The scored units, of one model.
        domain: Which of them, and what is asked.
        estimator: One of `ESTIMATORS`; see `estimate_count`, `estimate_probability`,
            `estimate_adjusted` and `estimate_rectified`.
        rates: Needed by `adjusted`.

    Raises:
        ConfigError: There is no such estimator.
        InputError: It needs error rates or coded units that are not given or tell too little.
    """
    if estimator == "count":
        return estimate_count(units, domain)
    if estimator == "probability":
        return estimate_probability(units, domain)
    if estimator == "adjusted":
        if rates is None:
            raise InputError(
                "the estimator `adjusted` needs the model's error rates",
                hint="make them with: framing evaluate CODES --texts ARTICLES --error-rates FILE",
            )
        return estimate_adjusted(units, domain, rates)
    if estimator == "rectified":
        if units.coded is None:
            raise InputError(
                "the estimator `rectified` needs a coded random sample of the scored units",
                hint="draw it with framing sample, code it, and give --gold CODES --sample SAMPLE",
            )
        return estimate_rectified(units, domain, units.coded)
    raise ConfigError(f"no estimator {estimator!r}", hint=f"choose from {', '.join(ESTIMATORS)}")


def estimate_count(units: ScoredUnits, domain: Domain) -> Estimate:
    """Share of units that were said to carry a frame ("classify and count").

    share = sum(w * decision) / sum(w)

    Assumes that false alarms and misses are as many, in each group that is compared: biased
    otherwise, also with a good classifier (Forman 2008, "Quantifying counts and costs via
    classification", section 2). The interval knows nothing of that bias.
    """
    return _estimate_ratio(units, domain, units.decisions.astype(float))


def estimate_probability(units: ScoredUnits, domain: Domain) -> Estimate:
    """Mean probability ("probabilistic classify and count").

    share = sum(w * p) / sum(w)

    Assumes that probabilities are calibrated for the text of each group (Bella et al. 2010,
    "Quantification via probability estimators", section 3).
    """
    return _estimate_ratio(units, domain, units.probabilities)


def estimate_adjusted(units: ScoredUnits, domain: Domain, rates: ErrorRates) -> Estimate:
    """Counts, corrected by the error rates that the model had on held-out text.

    share = (counted - false alarm rate) / (hit rate - false alarm rate)

    with rates by language (Rogan and Gladen 1978, "Estimating prevalence from the results of a
    screening test"; "adjusted count" in Forman 2008, section 3). The error of the rates is part of
    the interval (delta method; Lang and Reiczigel 2014, "Confidence limits for prevalence of
    disease adjusted for estimated sensitivity and specificity"), held-out articles drawn whole.

    Assumes label shift: units with a frame, and units without, look the same to the model here and
    in the held-out text, and only their mix differs. Wrong where the writing itself differs.

    Returns:
        The estimate; NaN for a frame that the model finds little more often where it is than where
        it is not (rates closer than .1, or than three standard errors of their difference):
        nothing can be corrected with that.
    """
    corrected = np.zeros(units.decisions.shape)
    spread = []
    inside = domain.weights > 0
    languages = units.languages if len(units.languages) else np.zeros(len(units), dtype=np.str_)
    # Languages that the group does not have are no matter of it, well read or not.
    for language in np.unique(languages[inside]):
        rows = inside & (languages == language)
        found = rates.rates_of(str(language) or None)
        telling = _find_telling(found)
        corrected[rows] = (units.decisions[rows] - found.false_alarm) / telling
        spread.append((rows, found, telling))
    estimate = _estimate_ratio(units, domain, corrected)
    above, _ = domain.split(np.ones_like(corrected), units.speakers)
    total = estimate.below.sum(axis=0)
    # How the ratio moves with the corrected value of each unit, before it moves with the rates.
    moved = domain.weights[:, None] * above
    if domain.measure == "voices":
        moved = moved - domain.weights[:, None] * estimate.value
    pulls = np.zeros((len(rates.languages), len(rates.frames)))
    least, gain = np.zeros_like(total), np.zeros_like(total)
    for rows, found, telling in spread:
        by_hit = -(moved[rows] * corrected[rows]).sum(axis=0) / telling
        by_alarm = -(moved[rows] * (1 - corrected[rows])).sum(axis=0) / telling
        pulls += by_hit * found.hit_pulls + by_alarm * found.false_alarm_pulls
        least += moved[rows].sum(axis=0) * found.false_alarm
        gain += moved[rows].sum(axis=0) * telling
    with np.errstate(invalid="ignore", divide="ignore"):
        held_out = np.where(np.isnan(estimate.value), np.nan, pulls / total)
        counted = None if domain.measure == "voices" else (least / total, gain / total)
    return replace(estimate, held_out=held_out, counted=counted)


def _find_telling(rates: Rates) -> NDArray[np.float64]:
    """Hit rate less false alarm rate (n_frames); NaN where that is too little to go by."""
    telling = rates.hit - rates.false_alarm
    error = np.sqrt(((rates.hit_pulls - rates.false_alarm_pulls) ** 2).sum(axis=0))
    return np.where(telling < np.maximum(_LEAST_TELLING, _LEAST_SURE * error), np.nan, telling)


def estimate_rectified(units: ScoredUnits, domain: Domain, coded: CodedUnits) -> Estimate:
    """Mean probability, rectified by a coded random sample of the same units.

    share = (sum of tuned * p + sum over the sample of d * (code - tuned * p)) / (the same of 1)

    with d = 1 / inclusion probability, scaled so that the sample's sum is the number of units, and
    p less its mean error in the sample. It is the prediction-powered mean (Angelopoulos et al.
    2023, "Prediction-powered inference", section 2; power tuning: Angelopoulos, Duchi and Zrnic
    2023, "PPI++", section 6) under a probability design, which survey statistics knows as the
    difference estimator (Särndal, Swensson and Wretman 1992, 6.3). `tuned`, from 0 (the codes
    alone) to 1, is the factor of the least variance, by frame. Where the sample also trained the
    model, give the coded units probabilities of models that had not seen them
    (`CodedUnits.probabilities`; Zrnic and Candès 2024, "Cross-prediction-powered inference").

    For voices, and shares within voices, above and below the line are rectified alike.

    Assumes nothing of the classifier: only that the sample was drawn with these probabilities, and
    that its codes are right. Of a frame that fewer than five coded units carry, or fewer than five
    do not, the interval takes no credit for predictions: it is no narrower than that of as many
    units as were coded.

    Raises:
        InputError: No coded unit is in the group.
    """
    sampled = domain.weights[coded.rows] > 0
    if not (sampled & coded.belongs).any():
        raise InputError(
            "no unit of the group is coded",
            hint="code a sample stratified by the groups (framing sample --design stratified --by)",
        )
    by_code, by_prediction = _weigh_sides(units, domain, coded)
    tuned = _tune(units, by_code, by_prediction) if coded.tuned is None else coded.tuned
    above, below = (
        _sum_stories(units, code + tuned * prediction)
        for code, prediction in zip(by_code, by_prediction, strict=True)
    )
    total = below.sum(axis=0)
    value = np.divide(above.sum(axis=0), total, out=np.full_like(total, np.nan), where=total > 0)
    carried, n_coded = ((code != 0).sum(axis=0) for code in by_code)
    enough = np.minimum(carried, n_coded - carried) >= _FEWEST_CODED
    _, predicted = domain.split(units.probabilities, units.speakers)
    effective = [
        count_effective(_sum_stories(units, sizes))
        for sizes in (domain.weights[:, None] * predicted, by_code[1])
    ]
    freedom = np.minimum(*effective) - 1
    n_scored = ((domain.weights > 0)[:, None] * predicted).sum(axis=0)
    rests_on = np.where(enough, np.maximum(n_scored, n_coded), n_coded)
    found = Estimate(value, above, below, rests_on, freedom)
    # Of no carrier among n coded units the spread is 0, which is not the error.
    expected = (carried + 1) / (n_coded + 2)
    unseen = np.maximum(expected * (1 - expected) / (n_coded + 2) - found.variance, 0.0)
    return replace(found, unseen=np.where(enough, 0.0, unseen))


def tune_predictions(units: ScoredUnits, domain: Domain, coded: CodedUnits) -> NDArray[np.float64]:
    """The factor on predictions that `estimate_rectified` would take in a domain (n_frames).

    Groups that are compared must share one (`CodedUnits.tuned`).
    """
    return _tune(units, *_weigh_sides(units, domain, coded))


def _weigh_sides(units: ScoredUnits, domain: Domain, coded: CodedUnits) -> tuple[_Sides, _Sides]:
    """What each unit adds above and below the line: by its code, and by its prediction."""
    said = units.probabilities[coded.rows] if coded.probabilities is None else coded.probabilities
    voices = units.speakers[coded.rows] if len(units.speakers) else coded.speakers
    heard = coded.speakers if coded.rectifies_speakers else voices
    # Were probabilities too high or too low throughout, a group's share would vary with how many
    # of its units happened to be drawn.
    shift = np.average(said - coded.frames, axis=0, weights=coded.weights)
    predicted = domain.split(units.probabilities - shift, units.speakers)
    foretold = domain.split(said - shift, voices)
    true = domain.split(coded.frames.astype(float), heard)
    scaled = coded.weights * len(units) / coded.weights.sum()
    raised = (domain.weights[coded.rows] * scaled)[:, None]
    by_code, by_prediction = [], []
    for of_all, of_coded, codes in zip(predicted, foretold, true, strict=True):
        prediction = domain.weights[:, None] * of_all
        np.add.at(prediction, coded.rows, -raised * of_coded)
        code = np.zeros_like(prediction)
        # Furniture that was drawn is no unit: it leaves both sides of the fraction.
        np.add.at(code, coded.rows, raised * codes * coded.belongs[:, None])
        by_code.append(code)
        by_prediction.append(prediction)
    return (by_code[0], by_code[1]), (by_prediction[0], by_prediction[1])


def _tune(units: ScoredUnits, by_code: _Sides, by_prediction: _Sides) -> NDArray[np.float64]:
    """The factor that makes the variance least, in [0, 1]: a regression over stories."""
    tuned = np.ones(by_code[0].shape[1])
    for _ in range(_TUNING_STEPS):
        above, below = (
            (code + tuned * prediction).sum(axis=0)
            for code, prediction in zip(by_code, by_prediction, strict=True)
        )
        share = np.divide(above, below, out=np.zeros_like(above), where=below > 0)
        code, prediction = (
            _sum_stories(units, sides[0] - share * sides[1]) for sides in (by_code, by_prediction)
        )
        spread = (prediction**2).sum(axis=0)
        slope = np.divide(
            -(prediction * code).sum(axis=0), spread, out=np.zeros_like(spread), where=spread > 0
        )
        tuned = np.clip(slope, 0.0, 1.0)
    return tuned


def _estimate_ratio(units: ScoredUnits, domain: Domain, frames: NDArray[np.float64]) -> Estimate:
    weights = domain.weights[:, None]
    # What cannot be corrected outside the group is no matter of the group.
    above, below = domain.split(np.where(weights > 0, frames, 0.0), units.speakers)
    total = (weights * below).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.where(total > 0, (weights * above).sum(axis=0) / total, np.nan)
    sums = [_sum_stories(units, weights * part) for part in (above, below)]
    # Of a frame's sentences there are as many as their probabilities add up to.
    freedom = count_effective(np.maximum(sums[1], 0.0)) - 1
    n_units = ((weights > 0) * np.clip(below, 0.0, 1.0)).sum(axis=0)
    return Estimate(value, sums[0], sums[1], n_units, freedom)


def _sum_stories(units: ScoredUnits, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sums (n_units, n_frames) by story: (n_clusters, n_frames)."""
    return np.column_stack(
        [
            np.bincount(units.clusters, weights=column, minlength=units.n_clusters)
            for column in values.T
        ]
    )
