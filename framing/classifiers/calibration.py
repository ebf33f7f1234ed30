"""Calibration: from a classifier's raw score to a probability, and from that to a decision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Calibration:
    """One sigmoid a frame: p = 1 / (1 + exp(-(slope * score + intercept))).

    Where a second model scores beside the first, its score is weighed in with a slope of its own.
    """

    slopes: NDArray[np.float64]
    """(n_frames)."""
    intercepts: NDArray[np.float64]
    """(n_frames)."""
    second_slopes: NDArray[np.float64] | None = None
    """Of the second model's scores (n_frames); None if there is none."""

    def weigh(
        self, scores: NDArray[np.float64], second: NDArray[np.float64] | None = None
    ) -> NDArray[np.float64]:
        """Log-odds less their intercepts, or differences of log-odds.

        Args:
            scores: Raw scores, or differences of them (n_rows, n_frames).
            second: Those of the second model, alike.

        Raises:
            ValueError: There is a second model and no score of it, or the other way round.
        """
        weighed = scores * self.slopes
        if second is not None and self.second_slopes is not None:
            return weighed + second * self.second_slopes
        if second is not None or self.second_slopes is not None:
            raise ValueError("a second model's scores and its slopes go together")
        return weighed

    def apply(
        self, scores: NDArray[np.float64], second: NDArray[np.float64] | None = None
    ) -> NDArray[np.float64]:
        """Turn raw scores (n_units, n_frames) into probabilities of the same shape."""
        from scipy.special import expit

        return np.asarray(expit(self.weigh(scores, second) + self.intercepts))


def fit_sigmoids(
    scores: NDArray[np.float64],
    frames: NDArray[np.bool_],
    second: NDArray[np.float64] | None = None,
) -> Calibration:
    """Fit one sigmoid a frame on scores the classifier gave to units it had not seen.

    Targets are smoothed as in Platt (1999), "Probabilistic outputs for support vector machines",
    so that a frame with few examples keeps away from 0 and 1. A second model's scores are stacked
    on the first one's: Wolpert (1992), "Stacked generalization"; that no slope may be negative is
    Breiman (1996), "Stacked regressions", section 3.

    Args:
        scores: Raw scores (n_units, n_frames), each from a model that did not train on that unit.
        frames: Gold frames, bool (n_units, n_frames).
        second: Raw scores of a second model, of which the same holds.
    """
    sources = [scores] if second is None else [scores, second]
    fitted = np.array(
        [
            _fit_sigmoid(np.stack([source[:, k] for source in sources], axis=1), frames[:, k])
            for k in range(scores.shape[1])
        ]
    )
    return Calibration(fitted[:, 0], fitted[:, -1], None if second is None else fitted[:, 1])


def _fit_sigmoid(scores: NDArray[np.float64], carried: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Slopes of scores (n_units, n_sources), then the intercept."""
    from scipy.optimize import minimize

    positive, negative = int(carried.sum()), int((~carried).sum())
    target = np.where(carried, (positive + 1) / (positive + 2), 1 / (negative + 2))

    def loss(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        logit = scores @ parameters[:-1] + parameters[-1]
        residual = 1 / (1 + np.exp(-np.clip(logit, -500, 500))) - target
        value = np.logaddexp(0, logit).sum() - (target * logit).sum()
        return float(value), np.append(residual @ scores, residual.sum())

    n_sources = scores.shape[1]
    start = np.append(np.ones(n_sources), np.log((positive + 1) / (negative + 1)))
    # A negative slope would turn the classifier round: a frame it cannot tell gets slope 0.
    bounds = [(0, None)] * n_sources + [(None, None)]
    return np.asarray(minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x)


def choose_thresholds(
    probabilities: NDArray[np.float64], frames: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Choose for each frame the probability that gives the best F1 on held-out units.

    Args:
        probabilities: Calibrated (n_units, n_frames), from models that did not see the unit.
        frames: Gold frames, bool (n_units, n_frames).

    Returns:
        Thresholds (n_frames) in (0, 1); one half for a frame that never occurs.
    """
    return np.array(
        [_best_threshold(probabilities[:, k], frames[:, k]) for k in range(frames.shape[1])]
    )


def _best_threshold(probability: NDArray[np.float64], carried: NDArray[np.bool_]) -> float:
    if not carried.any():
        return 0.5
    order = np.argsort(-probability, kind="stable")
    ranked, hits = probability[order], np.cumsum(carried[order])
    f1 = 2 * hits / (np.arange(1, len(ranked) + 1) + carried.sum())
    # A cut can only fall between two different probabilities.
    f1[:-1][ranked[:-1] == ranked[1:]] = -1
    best = int(np.argmax(f1))
    below = ranked[best + 1] if best + 1 < len(ranked) else 0.0
    return float((ranked[best] + below) / 2)


def fit_temperature(scores: NDArray[np.float64], classes: NDArray[np.int64]) -> float:
    """Fit the factor on scores that makes their softmax fit what was coded.

    Source: Guo et al. (2017), "On calibration of modern neural networks", section 4.2; the factor
    is the inverse of the temperature there.

    Args:
        scores: Raw scores (n_units, n_classes), each from a model that did not see the unit.
        classes: Class of each unit (n_units).
    """
    from scipy.optimize import minimize_scalar
    from scipy.special import log_softmax

    rows = np.arange(len(classes))
    result = minimize_scalar(
        lambda factor: -log_softmax(factor * scores, axis=1)[rows, classes].mean(),
        bounds=(0.05, 20.0),
        method="bounded",
    )
    return float(result.x)
