"""Comparison: figures are those of each evaluation, p keeps its level, intervals cover."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from framing.articles.article import Article
from framing.classifiers.base import FrameScores
from framing.codebook import Codebook
from framing.dataset import Dataset
from framing.errors import CodebookError, InputError
from framing.evaluation import evaluate_scores, find_macro_f1
from framing.run_comparison import compare_scores, find_p_value


def make_dataset(codebook: Codebook, frames: np.ndarray, units_an_article: int) -> Dataset:
    names = tuple(f"a{row // units_an_article}.txt" for row in range(len(frames)))
    return Dataset(
        codebook=codebook,
        texts=("text",) * len(frames),
        frames=frames,
        speakers=np.arange(len(frames)) % 2,
        articles=names,
        passages=names,
        about={name: Article(text="", name=name, language="en") for name in names},
    )


def give_scores(dataset: Dataset, wrong: np.ndarray, model: str = "m") -> FrameScores:
    """Scores that are wrong where told, in the frames; the speaker is wrong where the first is."""
    speakers = np.eye(2)[dataset.speakers ^ wrong[:, 0]]
    decisions = dataset.frames ^ wrong
    return FrameScores(
        np.where(decisions, 0.8, 0.1), decisions, speakers, dataset.codebook.digest, model
    )


@pytest.fixture
def coded(small_codebook: Codebook) -> Dataset:
    """Thirty articles of eight units."""
    frames = np.random.default_rng(0).random((240, 2)) < 0.4
    return make_dataset(small_codebook, frames, 8)


def draw_errors(dataset: Dataset, rate: float, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).random(dataset.frames.shape) < rate


def test_figures_are_those_of_each_evaluation(coded: Dataset):
    first = give_scores(coded, draw_errors(coded, 0.3, 1), "old")
    second = give_scores(coded, draw_errors(coded, 0.2, 2), "new")
    found = compare_scores(first, second, coded)
    one, two = evaluate_scores(first, coded), evaluate_scores(second, coded)
    assert (found["first"], found["second"]) == ("old", "new")
    assert (found["articles"], found["units"]) == (30, 240)
    pairs = [(found[key], one[key], two[key]) for key in ("macro_f1", "micro_f1", "exact_match")]
    pairs += [
        (found["frames"][frame], one["frames"][frame]["f1"], two["frames"][frame]["f1"])
        for frame in coded.codebook.frame_ids
    ]
    pairs.append((found["speaker"], one["speaker"]["accuracy"], two["speaker"]["accuracy"]))
    for difference, left, right in pairs:
        assert difference["first"] == pytest.approx(left["estimate"])
        assert difference["second"] == pytest.approx(right["estimate"])
        gap = difference["difference"]
        assert gap["estimate"] == pytest.approx(right["estimate"] - left["estimate"])
        assert -1 <= gap["low"] <= gap["estimate"] <= gap["high"] <= 1
        assert 0 < difference["p_value"] <= 1


def test_the_other_way_round_signs_turn_and_p_values_stay(coded: Dataset):
    first = give_scores(coded, draw_errors(coded, 0.3, 1))
    second = give_scores(coded, draw_errors(coded, 0.25, 2))
    there = compare_scores(first, second, coded)["macro_f1"]
    back = compare_scores(second, first, coded)["macro_f1"]
    assert back["difference"]["estimate"] == pytest.approx(-there["difference"]["estimate"])
    assert back["p_value"] == there["p_value"]


def test_same_seed_same_comparison(coded: Dataset):
    first, second = (give_scores(coded, draw_errors(coded, 0.3, seed)) for seed in (1, 2))
    assert compare_scores(first, second, coded) == compare_scores(first, second, coded)


def test_scores_do_not_differ_from_themselves(coded: Dataset):
    scores = give_scores(coded, draw_errors(coded, 0.3, 1))
    found = compare_scores(scores, scores, coded)["micro_f1"]
    assert found["difference"] == {"estimate": 0.0, "low": 0.0, "high": 0.0}
    assert found["p_value"] == 1


def test_an_evident_difference_is_found(coded: Dataset):
    first = give_scores(coded, draw_errors(coded, 0.35, 1))
    second = give_scores(coded, draw_errors(coded, 0.05, 2))
    found = compare_scores(first, second, coded)
    for difference in (found["macro_f1"], found["exact_match"], found["speaker"]):
        assert difference["p_value"] < 0.001
        assert difference["difference"]["low"] > 0


@pytest.mark.parametrize("n_articles", [8, 30])
def test_p_value_keeps_its_level_where_sentences_of_an_article_are_alike(n_articles: int):
    """Each system does well or badly by whole articles; on average neither is better."""
    generator = np.random.default_rng(0)
    n_runs, claimed = 1500, 0
    for run in range(n_runs):
        rates = generator.beta(3, 1.5, size=(n_articles, 2, 1))
        carried = generator.binomial(10, 0.4, size=(n_articles, 1, 2))
        hits = generator.binomial(carried, rates)
        false = generator.binomial(10 - carried, (1 - rates) / 2)
        sums = np.stack([hits, false, carried - hits], axis=-1).astype(float)
        claimed += bool(find_p_value(sums, find_macro_f1, seed=run, n_swaps=199) <= 0.05)
    assert 0.01 <= claimed / n_runs <= 0.06


def test_swaps_of_units_would_claim_too_much():
    """What the swap of whole articles is for: units alone claim differences that are not there."""
    generator = np.random.default_rng(0)
    n_runs, claimed = 200, 0
    for run in range(n_runs):
        rates = np.repeat(generator.beta(2, 1, size=(20, 2)), 10, axis=0)
        right = generator.random((200, 2)) < rates
        units = np.stack([right, np.ones_like(right)], axis=-1).astype(float)
        p = find_p_value(units, lambda s: s[..., 0] / s[..., 1], seed=run, n_swaps=199)
        claimed += bool(p <= 0.05)
    assert claimed / n_runs > 0.2


@pytest.mark.parametrize("n_articles", [6, 25])
def test_interval_of_a_difference_covers(small_codebook: Codebook, n_articles: int):
    """The systems share the articles' difficulty; the second makes two thirds of the errors."""
    generator = np.random.default_rng(0)
    truth = 1 / 3 * 0.3  # of exact matches, one frame being always right
    n_runs, covered = 100, 0
    for run in range(n_runs):
        difficulty = np.repeat(generator.beta(3, 7, size=n_articles), 8)
        errors = generator.random((2, len(difficulty))) < difficulty * [[1], [2 / 3]]
        frames = generator.random((len(difficulty), 2)) < 0.4
        dataset = make_dataset(small_codebook, frames, 8)
        wrong = np.zeros((2, *frames.shape), dtype=bool)
        wrong[:, :, 0] = errors
        first, second = (give_scores(dataset, each) for each in wrong)
        gap = compare_scores(first, second, dataset, seed=run, n_swaps=1)["exact_match"]
        covered += bool(gap["difference"]["low"] <= truth <= gap["difference"]["high"])
    assert covered / n_runs >= 0.90


def test_few_articles_are_swapped_in_every_way():
    """Three articles, by hand: the share of the eight ways that part the systems as far."""
    sums = np.array([[[1.0], [4.0]], [[2.0], [3.0]], [[2.0], [1.0]]])
    gaps = [3, 1, -1]
    ways = [abs(sum(s * g for s, g in zip(signs, gaps, strict=True)))
            for signs in product((1, -1), repeat=3)]  # fmt: skip
    expected = sum(way >= 3 for way in ways) / 8
    assert find_p_value(sums, lambda s: s[..., 0], seed=0) == expected


def test_drawn_swaps_come_near_the_exact_value():
    generator = np.random.default_rng(0)
    sums = generator.normal([[0.0], [0.6]], size=(12, 2, 1))
    exact = find_p_value(sums, lambda s: s[..., 0], seed=0)
    # A thirteenth article in which the systems agree leaves the value as it is, and makes it drawn.
    longer = np.concatenate([sums, np.zeros((1, 2, 1))])
    drawn = find_p_value(longer, lambda s: s[..., 0], seed=0)
    assert drawn == pytest.approx(exact, abs=0.01)
    assert drawn != exact


def test_drawn_p_values_are_never_zero():
    sums = np.stack([np.zeros((40, 1)), np.ones((40, 1))], axis=1)
    assert find_p_value(sums, lambda s: s[..., 0], seed=0, n_swaps=99) == 1 / 100


def test_one_article_claims_nothing(coded: Dataset):
    one = coded.select({"a0.txt"})
    found = compare_scores(
        give_scores(one, np.ones_like(one.frames)), give_scores(one, np.zeros_like(one.frames)), one
    )["micro_f1"]
    assert found["p_value"] == 1
    assert (found["difference"]["low"], found["difference"]["high"]) == (None, None)


def test_a_frame_that_is_neither_there_nor_said_is_not_compared(coded: Dataset):
    frames = coded.frames.copy()
    frames[:, 1] = False
    empty = replace(coded, frames=frames)
    scores = give_scores(empty, np.zeros_like(frames))
    found = compare_scores(scores, scores, empty)
    assert found["frames"]["safety"] == {
        "first": None,
        "second": None,
        "difference": {"estimate": None, "low": None, "high": None},
        "p_value": None,
    }
    assert found["macro_f1"]["first"] == 1


def test_speakers_are_compared_only_where_all_have_them(coded: Dataset):
    scores = give_scores(coded, draw_errors(coded, 0.3, 1))
    without = replace(scores, speakers=np.zeros((240, 0)))
    uncoded = replace(coded, speakers=np.full(240, -1))
    assert compare_scores(scores, without, coded)["speaker"] is None
    assert compare_scores(scores, scores, uncoded)["speaker"] is None


def test_other_units(coded: Dataset):
    scores = give_scores(coded, np.zeros_like(coded.frames))
    with pytest.raises(
        InputError, match="240 units were scored first and 100 second, gold has 240"
    ):
        compare_scores(scores, scores.rows(0, 100), coded)
    with pytest.raises(InputError, match="gold has 240; give both models the units"):
        compare_scores(scores.rows(0, 100), scores.rows(0, 100), coded)


@pytest.mark.parametrize("which", [0, 1], ids=["first", "second"])
def test_another_codebook(coded: Dataset, which: int):
    pair = [give_scores(coded, np.zeros_like(coded.frames))] * 2
    pair[which] = replace(pair[which], codebook="other")
    with pytest.raises(CodebookError, match="scores were made with codebook other"):
        compare_scores(*pair, coded)
