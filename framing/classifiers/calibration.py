"""Calibration: from a classifier's raw score to a probability, and from that to a decision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Calibration:
    """One sigmoid a frame: p = 1 / (1 + exp(-(slope * score + intercept)))."""

    slopes: NDArray[np.float64]
    intercepts: NDArray[np.float64]

    def apply(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Turn raw scores (n_units, n_frames) into probabilities of the same shape."""
        from scipy.special import expit

        return np.asarray(expit(scores * self.slopes + self.intercepts))


def fit_sigmoids(scores: NDArray[np.float64], frames: NDArray[np.bool_]) -> Calibration:
    """Fit one sigmoid a frame on scores the classifier gave to units it had not seen.

    Targets are smoothed as in Platt (1999), "Probabilistic outputs for support vector machines",
    so that a frame with few examples keeps away from 0 and 1.

    Args:
        scores: Raw scores (n_units, n_frames), each from a model that did not train on that unit.
        frames: Gold frames, bool (n_units, n_frames).
    """
    fitted = [_fit_sigmoid(scores[:, k], frames[:, k]) for k in range(scores.shape[1])]
    return Calibration(
        np.array([slope for slope, _ in fitted]), np.array([intercept for _, intercept in fitted])
    )


def _fit_sigmoid(scores: NDArray[np.float64], carried: NDArray[np.bool_]) -> tuple[float, float]:
    from scipy.optimize import minimize

    positive, negative = int(carried.sum()), int((~carried).sum())
    target = np.where(carried, (positive + 1) / (positive + 2), 1 / (negative + 2))

    def loss(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        logit = parameters[0] * scores + parameters[1]
        residual = 1 / (1 + np.exp(-np.clip(logit, -500, 500))) - target
        value = np.logaddexp(0, logit).sum() - (target * logit).sum()
        return float(value), np.array([(residual * scores).sum(), residual.sum()])

    start = np.array([1.0, np.log((positive + 1) / (negative + 1))])
    # A negative slope would turn the classifier round: a frame it cannot tell gets slope 0.
    result = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0, None), (None, None)])
    return float(result.x[0]), float(result.x[1])


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
