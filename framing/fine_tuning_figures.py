"""Figures of a fine-tuning run: of its networks, of the one without n-grams, of the export."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from framing.classifiers.transformer.model import RawScores, TransformerModel, apply_decision
from framing.cross_fitting import cross_fit, evaluate_languages, fit_decision
from framing.dataset import Dataset
from framing.evaluation import evaluate_scores

if TYPE_CHECKING:
    from framing.baseline_fitting import FittedBaseline
    from framing.classifiers.base import FrameScores
    from framing.members import Member
    from framing.transformer_fitting import Parts


def describe_member(member: Member, parts: Parts) -> dict[str, Any]:
    """How one network came about, and its own figures on every part."""
    return {
        "seed": member.seed,
        "steps": member.fit.steps,
        "best_step": member.fit.best_step,
        "bf16": member.fit.bf16,
        "history": member.fit.history,
        **_summarise_parts(member.scores, parts),
    }


def describe_ngrams(
    ngrams: FittedBaseline, raw: Mapping[str, RawScores], parts: Parts
) -> dict[str, Any]:
    """What was chosen, and what the network's figures are without it."""
    alone = {name: replace(scores, ngrams=None) for name, scores in raw.items()}
    return {
        "chosen": asdict(ngrams.chosen),
        "candidates": len(ngrams.candidates),
        "without": _summarise_parts(alone, parts),
    }


def _summarise_parts(raw: Mapping[str, RawScores], parts: Parts) -> dict[str, Any]:
    """Headline figures by part: cross-fitted on dev, by what was fitted on dev elsewhere."""
    decision = fit_decision(raw["dev"], parts.dev)
    result = {}
    for name, part in parts.held.items():
        if name == "dev":
            scores = cross_fit(raw[name], part)
        else:
            scores = apply_decision(decision, raw[name], part.codebook.digest, "")
        result[name] = summarise(scores, part)
    return result


def summarise(scores: FrameScores, gold: Dataset) -> dict[str, Any]:
    """The headline figures of scores: macro-F1, also by language, and speaker accuracy."""
    metrics = evaluate_scores(scores, gold)
    speaker = metrics["speaker"]
    return {
        "macro_f1": metrics["macro_f1"]["estimate"],
        "speaker_accuracy": speaker["accuracy"]["estimate"] if speaker else None,
        "macro_f1_by_language": {
            language: of["macro_f1"]["estimate"]
            for language, of in evaluate_languages(scores, gold).items()
        },
    }


def compare_export(
    exported: Mapping[str, FrameScores], whole: TransformerModel, parts: Parts
) -> dict[str, Any]:
    """What the exported network says otherwise than the one it was made of, part by part.

    Args:
        exported: Scores by the exported network, by part.
        whole: The one it was made of.
        parts: Gold.
    """
    result = {}
    for name, part in parts.held.items():
        first, second = whole.score_units(part.texts, part.passages), exported[name]
        gaps = np.abs(first.probabilities - second.probabilities)
        result[name] = {
            "units": len(part),
            "mean_difference": float(gaps.mean()),
            "largest_difference": float(gaps.max()),
            "changed_decisions": int((first.decisions != second.decisions).sum()),
            "macro_f1_before": evaluate_scores(first, part)["macro_f1"]["estimate"],
            "macro_f1_after": evaluate_scores(second, part)["macro_f1"]["estimate"],
        }
    return result
