"""Breakdown: scores by language, outlet and speaker, confusions, tiers, and the worst sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from framing.evaluation import Interval, Metrics, evaluate_scores, find_tier

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from framing.classifiers.base import FrameScores
    from framing.dataset import Dataset

ATTRIBUTES = ("language", "country", "kind")
NO_FRAME = "none"
_LEAST_UNITS = 30
"""Of a group that is told apart: fewer say nothing."""
_TINY = 1e-9


def summarise_metrics(metrics: Metrics) -> dict[str, Any]:
    """Headline figures: units, articles, macro-F1, F1 by frame, speaker accuracy."""
    speaker = metrics["speaker"]
    return {
        "articles": metrics["articles"],
        "units": metrics["units"],
        "macro_f1": metrics["macro_f1"],
        "frames": {frame: of["f1"] for frame, of in metrics["frames"].items()},
        "speaker_accuracy": speaker["accuracy"] if speaker else None,
    }


def break_down(scores: FrameScores, gold: Dataset) -> dict[str, dict[str, Any]]:
    """Headline figures by language, outlet's country, kind of outlet, and gold speaker.

    Args:
        scores: Of the dataset's units, in order.
        gold: Their codes.

    Returns:
        By attribute, then value; values of fewer than 30 units are left out.
    """
    result = {}
    for attribute in ATTRIBUTES:
        values = np.array([str(getattr(gold.about[name], attribute)) for name in gold.articles])
        result[attribute] = _evaluate_groups(scores, gold, values)
    names = np.array([*gold.codebook.speaker_ids, ""])
    result["speaker"] = _evaluate_groups(scores, gold, names[gold.speakers])
    return result


def _evaluate_groups(
    scores: FrameScores, gold: Dataset, values: NDArray[np.str_]
) -> dict[str, Any]:
    groups = {str(value): values == value for value in np.unique(values) if value}
    return {
        value: summarise_metrics(evaluate_scores(scores.select(rows), gold.keep(rows)))
        for value, rows in groups.items()
        if rows.sum() >= _LEAST_UNITS
    }


def count_confusions(scores: FrameScores, gold: Dataset) -> dict[str, dict[str, int]]:
    """Units by frame they carry and frame they are said to carry.

    The frames of a unit cannot be paired with what was said of it one by one. So: on the diagonal
    the hits; elsewhere in a row, of the units that carry its frame, those said to carry another
    one that they do not carry. `none` is a unit without a frame, or of which none was said.

    Args:
        scores: Of the dataset's units, in order.
        gold: Their codes.
    """
    frames = gold.codebook.frame_ids
    carried = np.column_stack([gold.frames, ~gold.frames.any(axis=1)])
    said = np.column_stack([scores.decisions, ~scores.decisions.any(axis=1)])
    wrong = said & ~carried
    names = (*frames, NO_FRAME)
    return {
        row: {
            column: int((carried[:, i] & (said if i == j else wrong)[:, j]).sum())
            for j, column in enumerate(names)
        }
        for i, row in enumerate(names)
    }


def rank_frames(metrics: Metrics, agreement: Mapping[str, Any] | None) -> dict[str, dict[str, Any]]:
    """Reliability tier of each frame; see `find_tier`.

    Args:
        metrics: The model's.
        agreement: The coders', as `measure_coders` gives it.

    Returns:
        By frame id: `tier`, `f1`, `alpha`.
    """
    result = {}
    for frame, of in metrics["frames"].items():
        alpha = agreement["frames"].get(frame) if agreement else None
        f1 = of["f1"]["estimate"]
        result[frame] = {"tier": find_tier(f1, alpha), "f1": f1, "alpha": alpha}
    return result


def list_worst(
    scores: FrameScores, gold: Dataset, most: int, *, show_text: bool = False
) -> list[dict[str, Any]]:
    """The wrong decisions of which the model was surest, worst first.

    Args:
        scores: Of the dataset's units, in order.
        gold: Their codes.
        most: How many.
        show_text: Give the sentences, not only their places.
    """
    sure = np.where(gold.frames, scores.probabilities, 1 - scores.probabilities)
    loss = -np.log(np.maximum(sure, _TINY))
    loss[scores.decisions == gold.frames] = 0
    order = np.argsort(-loss, axis=None, kind="stable")[:most]
    places = [np.unravel_index(place, loss.shape) for place in order]
    return [
        _describe_error(scores, gold, int(row), int(column), show_text)
        for row, column in places
        if loss[row, column] > 0
    ]


def _describe_error(
    scores: FrameScores, gold: Dataset, row: int, column: int, show_text: bool
) -> dict[str, Any]:
    frames = np.array(gold.codebook.frame_ids)
    start, end = gold.spans[row]
    return {
        "article": gold.articles[row],
        "start": start,
        "end": end,
        "frame": str(frames[column]),
        "error": "missed" if gold.frames[row, column] else "false alarm",
        "probability": round(float(scores.probabilities[row, column]), 4),
        "gold": frames[gold.frames[row]].tolist(),
        "said": frames[scores.decisions[row]].tolist(),
        **({"text": gold.texts[row]} if show_text else {}),
    }


def find_spread(values: list[Interval]) -> dict[str, Any]:
    """Estimates of several runs: their values, mean and standard deviation."""
    known = [value["estimate"] for value in values if value["estimate"] is not None]
    return {
        "values": [value["estimate"] for value in values],
        "mean": float(np.mean(known)) if known else None,
        "deviation": float(np.std(known, ddof=1)) if len(known) > 1 else None,
    }
