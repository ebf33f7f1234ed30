"""Reliability curves: how often a frame is there where a model says with probability p that it is.

After Guo et al. (2017), "On calibration of modern neural networks", section 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from framing.evaluation import N_BINS, cut_bins, expected_calibration_error

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from framing.classifiers.base import FrameScores
    from framing.classifiers.transformer.model import RawScores
    from framing.dataset import Dataset


def measure_calibration(raw: RawScores, calibrated: FrameScores, gold: Dataset) -> dict[str, Any]:
    """Brier score, calibration error and reliability curve of each frame, before and after.

    Args:
        raw: Raw scores (n_units, n_frames); before calibration their sigmoid is the probability.
        calibrated: The same units' scores, calibrated on others.
        gold: Their codes.

    Returns:
        By frame id, then `before` and `after`.
    """
    from scipy.special import expit

    plain = expit(raw.frames)
    return {
        frame: {
            name: _describe(probabilities[:, k], gold.frames[:, k])
            for name, probabilities in (("before", plain), ("after", calibrated.probabilities))
        }
        for k, frame in enumerate(gold.codebook.frame_ids)
    }


def draw_curve(
    probability: NDArray[np.float64], carried: NDArray[np.bool_]
) -> list[dict[str, float]]:
    """Points of a reliability curve: ten bins of equal width, those without a unit left out.

    Args:
        probability: That a unit carries a frame (n_units), in [0, 1].
        carried: Whether it does (n_units).

    Returns:
        Mean `probability`, `share` of units that carry it and their number `units`, by bin.
    """
    bins = cut_bins(probability)
    return [
        {
            "probability": float(probability[bins == b].mean()),
            "share": float(carried[bins == b].mean()),
            "units": int((bins == b).sum()),
        }
        for b in range(N_BINS)
        if (bins == b).any()
    ]


def _describe(probability: NDArray[np.float64], carried: NDArray[np.bool_]) -> dict[str, Any]:
    return {
        "brier": float(np.mean((probability - carried) ** 2)),
        "calibration_error": expected_calibration_error(probability, carried),
        "curve": draw_curve(probability, carried),
    }
