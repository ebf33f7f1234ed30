"""Evaluation: figures agree with scikit-learn; intervals cover; one article claims nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import f1_score

from framing.articles.article import Article
from framing.classifiers.base import FrameScores
from framing.classifiers.tfidf import TfidfModel
from framing.codebook import Codebook
from framing.coding.codes import Code, digest_text
from framing.coding.sheets import make_coded_sheet, merge_spans
from framing.dataset import Dataset, join_codes
from framing.errors import CodebookError
from framing.evaluation import (
    ArticleBootstrap,
    evaluate_scores,
    expected_calibration_error,
    format_interval,
    score_coded,
)
from framing.preparation import prepare_article
from framing.scoring import score_articles
from tests.conftest import SMALL_ARTICLES, Run


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


# ---- a sample of sentences, scored in whole articles


@pytest.fixture
def harbour() -> list[Article]:
    return [
        Article(text="\n\n".join(text for text, *_ in units), name=f"a{number}.txt", language="en")
        for number, units in enumerate(SMALL_ARTICLES)
    ]


def code_span(article: Article, start: int, end: int, frames: tuple[str, ...] = ()) -> Code:
    sha1 = digest_text(article.text[start:end])
    return Code(article=article.name, start=start, end=end, sha1=sha1, frames=frames)


@pytest.mark.parametrize("batch", [1, 64])
def test_a_sample_of_sentences_is_scored_as_in_its_whole_article(
    harbour: list[Article], small_model: TfidfModel, small_codebook: Codebook, batch: int
):
    gold, expected = [], []
    for score in score_articles(harbour, small_model):
        units = score.prepared.units
        assert len(units) == 4
        for number in (1, 3):
            said = score.scores.decisions[number]
            frames = tuple(np.array(small_codebook.frame_ids)[said].tolist())
            gold.append(code_span(score.article, units[number].start, units[number].end, frames))
            expected.append(score.scores.probabilities[number])
    sample = join_codes(gold[::-1], harbour, small_codebook)
    scores, recut = score_coded(small_model, sample, batch=batch)
    assert recut == 0
    assert scores.probabilities == pytest.approx(np.array(expected))
    assert evaluate_scores(scores, sample)["macro_f1"]["estimate"] == 1
    alone = small_model.score_units(sample.texts, sample.passages)
    assert alone.probabilities != pytest.approx(np.array(expected))


def test_a_span_that_is_no_unit_today_is_scored_in_place_of_what_it_overlaps(
    harbour: list[Article], small_model: TfidfModel, small_codebook: Codebook
):
    article = harbour[0]
    units = prepare_article(article).units
    joined = code_span(article, units[1].start, units[2].end)  # two sentences, coded as one
    last = code_span(article, units[3].start, units[3].end)
    scores, recut = score_coded(small_model, join_codes([joined, last], harbour, small_codebook))
    texts = [units[0].text, article.text[joined.start : joined.end], units[3].text]
    whole = small_model.score_units(texts, ["a"] * 3)
    assert recut == 1
    assert scores.probabilities == pytest.approx(whole.probabilities[1:])


@pytest.mark.parametrize(
    ("given", "merged"),
    [
        pytest.param([], [(0, 5), (6, 9), (10, 20)], id="nothing-coded"),
        pytest.param([(6, 9)], [(0, 5), (6, 9), (10, 20)], id="a-unit"),
        pytest.param([(6, 15)], [(0, 5), (6, 15)], id="over-two"),
        pytest.param([(10, 14), (14, 20)], [(0, 5), (6, 9), (10, 14), (14, 20)], id="halves-that-touch"),
        pytest.param([(21, 30)], [(0, 5), (6, 9), (10, 20), (21, 30)], id="furniture-coded"),
        pytest.param([(0, 7), (6, 9)], [(0, 7), (6, 9), (10, 20)], id="two-coders-cut-otherwise"),
        pytest.param([(0, 30), (2, 3)], [(0, 30), (2, 3)], id="one-inside-another"),
    ],
)  # fmt: skip
def test_coded_spans_stand_in_place_of_the_units_they_overlap(
    given: list[tuple[int, int]], merged: list[tuple[int, int]]
):
    assert merge_spans([(0, 5), (6, 9), (10, 20)], given) == merged


def test_context_of_a_span_cut_otherwise_never_overlaps_itself(harbour: list[Article]):
    article = harbour[0]
    units = prepare_article(article).units
    codes = [
        code_span(article, units[1].start, units[2].end),
        code_span(article, units[2].start, units[2].end),
        code_span(article, units[3].start, units[3].end),
    ]
    last = make_coded_sheet(codes, harbour)[-1]
    assert last.headline == units[0].text
    assert last.before == (units[0].text, units[2].text)


def test_the_verb_says_how_many_spans_are_no_units_today(run: Run, tmp_path: Path):
    text = "Talks were held in Geneva. The WTO panel met. It rained."
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "a.txt").write_text(text, encoding="utf-8")
    end = text.index(" It")
    row = {
        "article": "a.txt", "start": 0, "end": end, "sha1": digest_text(text[:end]),
        "coder": "gold", "frames": ["wto_legality"],
    }  # fmt: skip
    (tmp_path / "codes.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    done = run("evaluate", tmp_path / "codes.jsonl", "--texts", tmp_path / "articles")
    assert done.code == 0, done.err
    assert "1 articles, 1 units" in done.out
    assert "1 of 1 coded spans are no units as articles are cut today" in done.err
