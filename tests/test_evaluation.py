"""Evaluation: figures agree with scikit-learn; intervals cover; one article claims nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import f1_score

from framing.classifiers.base import FrameScores
from framing.dataset import Dataset
from framing.errors import CodebookError
from framing.evaluation import (
    ArticleBootstrap,
    evaluate_scores,
    expected_calibration_error,
    format_interval,
)


def scores_for(dataset: Dataset, decisions: np.ndarray, speakers: np.ndarray) -> FrameScores:
    return FrameScores(
        np.where(decisions, 0.8, 0.1), decisions, speakers, dataset.codebook.digest, "m"
    )


@pytest.fixture
def noisy(small_dataset: Dataset) -> FrameScores:
    generator = np.random.default_rng(0)
    flipped = generator.random(small_dataset.frames.shape) < 0.25
    return scores_for(small_dataset, small_dataset.frames ^ flipped, generator.random((16, 2)))


def test_figures_agree_with_scikit_learn(noisy: FrameScores, small_dataset: Dataset):
    metrics = evaluate_scores(noisy, small_dataset)
    gold = small_dataset.frames
    macro = f1_score(gold, noisy.decisions, average="macro")
    micro = f1_score(gold, noisy.decisions, average="micro")
    assert metrics["macro_f1"]["estimate"] == pytest.approx(macro)
    assert metrics["micro_f1"]["estimate"] == pytest.approx(micro)
    speaker = metrics["speaker"]
    assert speaker is not None
    said = noisy.speakers.argmax(axis=1)
    assert speaker["accuracy"]["estimate"] == pytest.approx((said == small_dataset.speakers).mean())


def test_intervals_hold_the_estimate(noisy: FrameScores, small_dataset: Dataset):
    metrics = evaluate_scores(noisy, small_dataset)
    for interval in (metrics["macro_f1"], metrics["micro_f1"], metrics["exact_match"]):
        assert 0 <= interval["low"] <= interval["estimate"] <= interval["high"] <= 1
        assert interval["low"] < interval["high"]


def test_same_seed_same_interval(noisy: FrameScores, small_dataset: Dataset):
    assert evaluate_scores(noisy, small_dataset) == evaluate_scores(noisy, small_dataset)


def test_perfect_scores(small_dataset: Dataset):
    speakers = np.eye(2)[small_dataset.speakers]
    metrics = evaluate_scores(
        scores_for(small_dataset, small_dataset.frames, speakers), small_dataset
    )
    assert metrics["macro_f1"]["estimate"] == 1
    assert metrics["exact_match"]["estimate"] == 1
    assert metrics["frames"]["money"]["average_precision"] == 1


def test_one_article_gets_no_interval(small_dataset: Dataset):
    one = small_dataset.select({"a0.txt"})
    interval = evaluate_scores(scores_for(one, ~one.frames, np.zeros((4, 0))), one)["micro_f1"]
    assert interval == {"estimate": 0.0, "low": None, "high": None}
    assert format_interval(interval) == "0.000 (no interval)"


def test_a_frame_that_is_neither_there_nor_said_has_no_f1(small_dataset: Dataset):
    frames = small_dataset.frames.copy()
    frames[:, 1] = False
    empty = replace(small_dataset, frames=frames)
    metrics = evaluate_scores(scores_for(empty, frames, np.zeros((16, 0))), empty)
    assert metrics["frames"]["safety"]["f1"]["estimate"] is None
    assert metrics["macro_f1"]["estimate"] == 1
    assert format_interval(metrics["frames"]["safety"]["f1"]) == "not estimable"


def test_a_frame_of_one_article_has_no_interval_among_few(small_dataset: Dataset):
    """Leaving that article out leaves nothing to judge: no false zero, no false certainty."""
    frames = small_dataset.frames.copy()
    frames[4:, 1] = False
    rare = replace(small_dataset, frames=frames)
    metrics = evaluate_scores(scores_for(rare, frames, np.zeros((16, 0))), rare)
    assert metrics["frames"]["safety"]["f1"] == {"estimate": 1.0, "low": None, "high": None}


@pytest.mark.parametrize("n_articles", [3, 5, 9, 12])
def test_interval_covers_with_few_articles(n_articles: int):
    generator = np.random.default_rng(0)
    n_runs, covered = 400, 0
    for run in range(n_runs):
        rates = generator.beta(7, 3, size=n_articles)
        values = np.concatenate([generator.random(12) < rate for rate in rates]).astype(float)
        names = tuple(f"a{i // 12}" for i in range(12 * n_articles))
        sampler = ArticleBootstrap(names, seed=run, n_resamples=300)
        _, low, high = sampler.mean_interval(values[:, None])
        covered += bool(low <= 0.7 <= high)
    assert covered / n_runs >= 0.90


def test_scores_of_another_codebook(small_dataset: Dataset):
    scores = FrameScores(
        np.zeros((16, 2)), np.zeros((16, 2), bool), np.zeros((16, 0)), "other", "m"
    )
    with pytest.raises(CodebookError, match="scores were made with codebook other"):
        evaluate_scores(scores, small_dataset)


def test_calibration_error_of_calibrated_and_overconfident_scores():
    generator = np.random.default_rng(0)
    probability = generator.random(50_000)
    carried = generator.random(50_000) < probability
    assert expected_calibration_error(probability, carried) < 0.02
    assert expected_calibration_error(np.ones(100), np.arange(100) < 60) == pytest.approx(0.4)


def test_interval_over_articles_covers_where_one_over_units_would_not():
    """Accuracy differs by article, as it does in real text."""
    generator = np.random.default_rng(0)
    n_runs, covered = 500, {"articles": 0, "units": 0}
    for run in range(n_runs):
        rates = generator.beta(7, 3, size=12)
        values = np.concatenate([generator.random(12) < rate for rate in rates]).astype(float)
        names = {
            "articles": tuple(f"a{i // 12}" for i in range(144)),
            "units": tuple(f"u{i}" for i in range(144)),
        }
        for kind in covered:
            sampler = ArticleBootstrap(names[kind], seed=run, n_resamples=300)
            _, low, high = sampler.mean_interval(values[:, None])
            covered[kind] += bool(low <= 0.7 <= high)
    # Twelve skewed clusters: the expanded percentile comes close to .95 without reaching it.
    assert covered["articles"] / n_runs >= 0.90
    assert covered["units"] / n_runs <= 0.85
