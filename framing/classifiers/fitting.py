"""Fitting: the baseline's linear weights from coded units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from framing.classifiers.base import follow_within_articles
from framing.classifiers.tfidf import LinearWeights, TfidfSettings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from framing.dataset import Dataset

# Score of an output that never, or always, occurs in training.
_CERTAIN = 5.0


def fit_frames(features: Any, dataset: Dataset, settings: TfidfSettings) -> LinearWeights:
    """Fit one logistic regression a frame.

    Args:
        features: Sparse (n_units, n_features) of the dataset's units.
        dataset: Gold frames.
        settings: Penalty, context weight, class weight.

    Returns:
        Weights with one output a frame. A frame that no unit carries, or every unit carries, gets
        a constant score alone.
    """
    stacked = _with_context(features, dataset.passages, settings.context_weights)
    return _fit_outputs(stacked, dataset.frames, settings, settings.inverse_penalty)


def fit_speakers(features: Any, dataset: Dataset, settings: TfidfSettings) -> LinearWeights | None:
    """Fit one logistic regression a speaker, on the units whose speaker is coded.

    Returns:
        Weights with one output a speaker; None if fewer than two speakers are coded.
    """
    coded = dataset.speakers >= 0
    if len(np.unique(dataset.speakers[coded])) < 2:
        return None
    stacked = _with_context(features, dataset.passages, settings.context_weights)[coded]
    said = dataset.speakers[coded][:, None] == np.arange(len(dataset.codebook.speakers))
    return _fit_outputs(stacked, said, settings, settings.speaker_inverse_penalty)


def _fit_outputs(
    stacked: Any, targets: NDArray[np.bool_], settings: TfidfSettings, inverse_penalty: float
) -> LinearWeights:
    from sklearn.linear_model import LogisticRegression

    n_columns, n_outputs = stacked.shape[1], targets.shape[1]
    weights = np.zeros((n_outputs, n_columns))
    constant = np.full(n_outputs, -_CERTAIN)
    for k in range(n_outputs):
        if targets[:, k].all():
            constant[k] = _CERTAIN
        elif targets[:, k].any():
            model = LogisticRegression(
                C=inverse_penalty,
                class_weight="balanced" if settings.balanced else None,
                solver="liblinear",
                dual=True,  # far more features than units: several times faster, same optimum
                max_iter=5000,
                random_state=0,
            )
            ratios = count_ratios(stacked, targets[:, k]) if settings.count_ratios else None
            scaled = stacked if ratios is None else stacked.multiply(ratios).tocsr()
            model.fit(scaled, targets[:, k])
            weights[k], constant[k] = model.coef_[0], model.intercept_[0]
            if ratios is not None:
                weights[k] *= ratios
    own, *before = np.split(weights, 1 + len(settings.context_weights), axis=1)
    # The context weights go into the coefficients, so that scoring need not know them.
    pairs = zip(settings.context_weights, before, strict=True)
    return LinearWeights(own, tuple(weight * block for weight, block in pairs), constant)


def count_ratios(stacked: Any, carried: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Absolute log-count ratio of each column, from smoothed counts of units that hold it.

    Args:
        stacked: Sparse features (n_units, n_columns).
        carried: Whether each unit carries the frame, bool (n_units).

    Source: Wang and Manning (2012), "Baselines and bigrams: simple, good sentiment and topic
    classification", section 2.3. They multiply by the signed ratio; for a linear model with its
    own signs the absolute value does the same.
    """
    held = stacked != 0
    with_frame = 1 + np.asarray(held[carried].sum(axis=0)).ravel()
    without = 1 + np.asarray(held[~carried].sum(axis=0)).ravel()
    ratio = np.log(with_frame / with_frame.sum()) - np.log(without / without.sum())
    return np.asarray(np.abs(ratio), dtype=np.float64)


def _with_context(features: Any, articles: Sequence[object], weights: Sequence[float]) -> Any:
    from scipy.sparse import csr_array, hstack

    own = csr_array(features)
    blocks = [own]
    for distance, weight in enumerate(weights, start=1):
        rows = np.flatnonzero(follow_within_articles(articles, distance)).astype(np.int32)
        moved = (np.full(len(rows), weight), (rows, rows - distance))
        blocks.append(csr_array(moved, shape=(len(articles),) * 2) @ own)
    return hstack(blocks, format="csr")
