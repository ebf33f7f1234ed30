"""Many comparisons at once: p values corrected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def correct_holm(p_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Correct for the chance of any false positive.

    Holm 1979, "A simple sequentially rejective multiple test procedure".

    Args:
        p_values: (n_tests); NaN was not tested, and stays so.
    """
    corrected = p_values.astype(float).copy()
    known = np.flatnonzero(~np.isnan(p_values))
    order = known[np.argsort(p_values[known], kind="stable")]
    left = np.arange(len(order), 0, -1)
    corrected[order] = np.minimum(np.maximum.accumulate(p_values[order] * left), 1.0)
    return corrected


def correct_false_discovery(p_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Correct for the expected share of false positives among positives.

    Benjamini and Hochberg 1995, "Controlling the false discovery rate".

    Args:
        p_values: (n_tests); NaN was not tested, and stays so.
    """
    from scipy.stats import false_discovery_control

    corrected = p_values.astype(float).copy()
    known = ~np.isnan(p_values)
    if known.any():
        corrected[known] = false_discovery_control(np.clip(p_values[known], 0, 1))
    return corrected
