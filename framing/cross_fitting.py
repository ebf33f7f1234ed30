"""Cross-fitting: a fixed network's figures on units that its calibration was not fitted on."""

from __future__ import annotations

import numpy as np

from framing.classifiers.base import FrameScores
from framing.classifiers.calibration import choose_thresholds, fit_sigmoids, fit_temperature
from framing.classifiers.transformer.model import Decision, RawScores, apply_decision
from framing.corpus.splitting import find_story_clusters
from framing.dataset import Dataset
from framing.evaluation import Metrics, evaluate_scores
from framing.splits import iterate_folds

_FOLDS = 5


def fit_decision(raw: RawScores, gold: Dataset) -> Decision:
    """Calibration, thresholds and the speaker's factor from units the network did not learn from.

    Args:
        raw: Their raw scores.
        gold: Their codes.
    """
    calibration = fit_sigmoids(raw.frames, gold.frames, raw.ngrams)
    thresholds = choose_thresholds(calibration.apply(raw.frames, raw.ngrams), gold.frames)
    coded = gold.speakers >= 0
    factor = 1.0
    if raw.speakers.shape[1] and coded.any():
        factor = fit_temperature(raw.speakers[coded], gold.speakers[coded])
    return Decision(calibration, thresholds, factor)


def cross_fit(raw: RawScores, gold: Dataset, digest: str = "") -> FrameScores:
    """Scores of units, each decided by what was fitted on the other folds of them.

    Folds are cut by story cluster. With fewer clusters than folds, there are fewer folds; with
    one cluster there is no other, and it is decided by what was fitted on itself.

    Args:
        raw: Raw scores by a network that did not learn from these units.
        gold: Their codes.
        digest: The model's.
    """
    clusters = find_story_clusters(gold)
    groups = [clusters[name] for name in gold.articles]
    n_folds = min(_FOLDS, len(set(groups)))
    if n_folds < 2:
        return apply_decision(fit_decision(raw, gold), raw, gold.codebook.digest, digest)
    probabilities = np.zeros_like(raw.frames)
    decisions = np.zeros(raw.frames.shape, dtype=bool)
    speakers = np.zeros_like(raw.speakers)
    for seen, held in iterate_folds(groups, n_folds, seed=0):
        others = gold.select({gold.articles[row] for row in seen})
        decision = fit_decision(raw.rows(np.sort(seen)), others)
        scores = apply_decision(decision, raw.rows(held), gold.codebook.digest, digest)
        probabilities[held] = scores.probabilities
        decisions[held] = scores.decisions
        speakers[held] = scores.speakers
    return FrameScores(probabilities, decisions, speakers, gold.codebook.digest, digest)


def evaluate_languages(scores: FrameScores, gold: Dataset) -> dict[str, Metrics]:
    """Scores of some units against gold, language by language."""
    result = {}
    for language in sorted(set(map(str, gold.languages))):
        rows = gold.languages == language
        result[language] = evaluate_scores(scores.select(rows), gold.keep(rows))
    return result
