"""Figures of a run, from its predictions: what `metrics.json` holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from framing.classifiers.base import concatenate_scores
from framing.coding.ceiling import measure_ceiling
from framing.coding.codes import read_codes
from framing.dataset import concatenate
from framing.evaluation import Metrics, evaluate_scores
from framing.evaluation_config import AS_WRITTEN
from framing.experiments.breakdown import (
    break_down,
    count_confusions,
    find_spread,
    list_worst,
    rank_frames,
)
from framing.reliability_curves import draw_curve
from framing.training_data import measure_coders

if TYPE_CHECKING:
    from framing.codebook import Codebook
    from framing.config import RunConfig
    from framing.dataset import Dataset
    from framing.experiments.predictions import Prediction

POOLED = "all"
"""The folds of a hold-out together: every test unit once, scored by the model that left it out."""


def describe_figures(
    config: RunConfig, codebook: Codebook, predictions: Sequence[Prediction]
) -> dict[str, Any]:
    """Every figure.

    Args:
        config: The run's.
        codebook: Its columns.
        predictions: Of each fold, seed and text.

    Returns:
        `scores`: metrics by text, fold (several folds of a hold-out also pooled, as `all`) and
        seed; `spread`: macro-F1, micro-F1 and speaker accuracy over seeds, by text and fold; and of
        the units as written, by the first seed's models, `by`, `confusions`, `reliability`
        (curves), `tiers` and `worst`; `agreement` and `ceiling` of the coders.
    """
    pooled = _pool(config, predictions)
    scores: dict[str, dict[str, dict[str, Metrics]]] = {}
    for one in (*predictions, *pooled):
        by_seed = scores.setdefault(one.text, {}).setdefault(one.fold, {})
        by_seed[str(one.seed)] = evaluate_scores(one.scores, one.gold)
    main = next(iter([*pooled, *_last_first(predictions)]))
    metrics = scores[main.text][main.fold][str(main.seed)]
    # Who coded a benchmark is told by its authors.
    has_coders = bool(config.data.codes)
    agreement = measure_coders(config, codebook) if has_coders else None
    return {
        "scores": scores,
        "spread": _spread_seeds(scores),
        "by": break_down(main.scores, main.gold),
        "confusions": count_confusions(main.scores, main.gold),
        "reliability": {
            frame: draw_curve(main.scores.probabilities[:, k], main.gold.frames[:, k])
            for k, frame in enumerate(codebook.frame_ids)
        },
        "agreement": agreement,
        "ceiling": _measure_ceiling(config, codebook, main.gold) if has_coders else {},
        "tiers": rank_frames(metrics, agreement),
        "worst": list_worst(
            main.scores, main.gold, config.evaluation.worst, show_text=config.evaluation.show_text
        ),
    }


def _last_first(predictions: Sequence[Prediction]) -> list[Prediction]:
    """Of a learning curve the longest training first: folds are in the order of their shares."""
    written = [one for one in predictions if one.text == AS_WRITTEN]
    last = written[-1].fold
    return sorted(written, key=lambda one: one.fold != last)


def _pool(config: RunConfig, predictions: Sequence[Prediction]) -> list[Prediction]:
    """Folds that are different units, together."""
    folds = list(dict.fromkeys(one.fold for one in predictions))
    if len(folds) < 2 or config.evaluation.train_shares:
        return []
    groups: dict[tuple[str, int], list[Prediction]] = {}
    for one in predictions:
        groups.setdefault((one.text, one.seed), []).append(one)
    return [_join(group) for group in groups.values()]


def _join(group: Sequence[Prediction]) -> Prediction:
    scores = concatenate_scores([one.scores for one in group])
    gold = concatenate([one.gold for one in group])
    return replace(group[0], fold=POOLED, scores=scores, gold=gold)


def _spread_seeds(scores: dict[str, dict[str, dict[str, Metrics]]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for text, folds in scores.items():
        for fold, by_seed in folds.items():
            every = list(by_seed.values())
            spoken = [of["speaker"]["accuracy"] for of in every if of["speaker"]]
            result.setdefault(text, {})[fold] = {
                "macro_f1": find_spread([of["macro_f1"] for of in every]),
                "micro_f1": find_spread([of["micro_f1"] for of in every]),
                "speaker_accuracy": find_spread(spoken),
            }
    return result


def _measure_ceiling(
    config: RunConfig, codebook: Codebook, gold: Dataset
) -> dict[str, dict[str, Any]]:
    path = config.resolve(config.data.codes)
    places = {(article, *span) for article, span in zip(gold.articles, gold.spans, strict=True)}
    reference = [
        code
        for code in read_codes(path, codebook)
        if code.coder == config.data.coder and code.key in places
    ]
    others = [
        code
        for other in sorted(path.parent.glob("*.jsonl"))
        if other != path
        for code in read_codes(other, codebook)
    ]
    return measure_ceiling(others, reference, codebook)
