"""Shares: intervals cover the truth as often as they say, where their assumptions hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import binom

from framing.prevalence import ClusterTotals, article_shares

PROBABILITIES = arrays(
    float, st.tuples(st.integers(1, 30), st.integers(1, 4)), elements=st.floats(0, 1)
)


@given(PROBABILITIES)
def test_shares_lie_in_order_within_0_and_1(probabilities: np.ndarray):
    for shares in (article_shares(probabilities), totals_of([probabilities]).shares()):
        assert (shares.low >= 0).all()
        assert (shares.low <= shares.estimate).all()
        assert (shares.estimate <= shares.high).all()
        assert (shares.high <= 1).all()


TWO_FRAMES = arrays(float, st.tuples(st.integers(1, 30), st.just(2)), elements=st.floats(0, 1))


@given(st.lists(TWO_FRAMES, min_size=2, max_size=6))
@example([np.full((n, 2), 0.12901529) for n in (7, 1, 1)])
def test_group_shares_do_not_depend_on_the_order_of_articles(articles: list[np.ndarray]):
    forward, backward = totals_of(articles).shares(), totals_of(articles[::-1]).shares()
    for one, other in zip(forward, backward, strict=True):
        assert np.allclose(one, other, atol=1e-9)


def totals_of(articles: list[np.ndarray]) -> ClusterTotals:
    totals = ClusterTotals(articles[0].shape[1])
    for article in articles:
        totals.add(article)
    return totals


@pytest.mark.parametrize("n_units", [5, 40, 300])
def test_equal_probabilities_give_the_binomial_interval(n_units: int):
    shares = article_shares(np.full((n_units, 1), 0.3))
    assert shares.estimate[0] == pytest.approx(0.3)
    assert shares.low[0] * n_units == pytest.approx(binom.ppf(0.025, n_units, 0.3))
    assert shares.high[0] * n_units == pytest.approx(binom.ppf(0.975, n_units, 0.3))


def test_long_article_agrees_with_the_exact_interval():
    probabilities = np.random.default_rng(0).beta(1, 3, size=(400, 2))
    exact = article_shares(probabilities)
    longer = article_shares(np.vstack([probabilities, probabilities[:1]]))
    assert np.allclose(exact.low, longer.low, atol=0.005)
    assert np.allclose(exact.high, longer.high, atol=0.005)


def test_certain_units_leave_no_doubt():
    shares = article_shares(np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 0.0]]))
    for values in shares:
        assert values.tolist() == pytest.approx([2 / 3, 0.0])


def test_a_group_of_one_article_has_that_articles_interval():
    probabilities = np.array([[0.2], [0.9], [0.6]])
    assert totals_of([probabilities]).shares() == article_shares(probabilities)


def test_articles_without_units_are_ignored():
    probabilities = np.array([[0.2], [0.9]])
    totals = totals_of([np.zeros((0, 1)), probabilities])
    assert totals.clusters == 1
    assert totals.shares() == article_shares(probabilities)


def test_an_empty_group_says_nothing():
    shares = ClusterTotals(2).shares()
    assert shares.low.tolist() == [0, 0]
    assert shares.high.tolist() == [1, 1]


def test_article_interval_covers_when_probabilities_are_calibrated():
    generator = np.random.default_rng(1)
    covered = 0
    for _ in range(2000):
        probabilities = generator.beta(0.6, 1.4, size=(int(generator.integers(8, 30)), 1))
        truth = (generator.random(probabilities.shape) < probabilities).mean()
        shares = article_shares(probabilities)
        covered += shares.low[0] - 1e-9 <= truth <= shares.high[0] + 1e-9
    assert covered / 2000 >= 0.95


# Short of .95 by the sampling error of 600 runs alone: .95 - 2.5 * sqrt(.95 * .05 / 600) = .928.
# A rare frame that sits in few articles is the known weak spot: the sample often holds none of
# them, and no interval from the sample alone can know.
@pytest.mark.parametrize(
    ("share", "n_articles", "least"),
    [
        (0.05, 5, 0.928), (0.05, 12, 0.87), (0.05, 40, 0.91),
        (0.2, 5, 0.928), (0.2, 12, 0.928), (0.2, 40, 0.928),
        (0.5, 5, 0.928), (0.5, 12, 0.928), (0.5, 40, 0.928),
    ],
)  # fmt: skip
def test_group_interval_covers_the_share_of_the_coverage(
    share: float, n_articles: int, least: float
):
    """Articles differ: each has its own rate; the classifier is calibrated but unsure."""
    generator = np.random.default_rng(2)
    covered, n_runs = 0, 600
    for _ in range(n_runs):
        totals = ClusterTotals(1)
        for _ in range(n_articles):
            rate = generator.beta(4 * share, 4 * (1 - share))
            truth = generator.random(int(generator.integers(6, 25))) < rate
            # A signal that says the truth with odds 6:1 whatever the rate, read with that rate
            # known: calibrated by construction.
            signal = np.where(generator.random(len(truth)) < 6 / 7, truth, ~truth)
            odds = rate / (1 - rate + 1e-12) * np.where(signal, 6, 1 / 6)
            totals.add((odds / (1 + odds))[:, None])
        shares = totals.shares()
        covered += shares.low[0] <= share <= shares.high[0]
    assert covered / n_runs >= least
