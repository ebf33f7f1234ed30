"""Scoring: mix and shares by article and by source, from real text through the small model."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from framing.articles.article import Article, Rejection
from framing.classifiers.tfidf import TfidfModel
from framing.errors import InputError
from framing.scoring import (
    SourceTotals,
    dominant_frame,
    frame_weights,
    group_names,
    normalise_mix,
    score_articles,
)

BODY = """Harbour fees to rise

An official said the budget was spent. Rotten planks could injure workers.

Gulls sat on the wall all morning."""


def article(name: str = "a.txt", text: str = BODY, **facts: object) -> Article:
    return Article(text=text, name=name, path=name, **{"language": "en", **facts})  # type: ignore[arg-type]


@given(arrays(bool, st.tuples(st.integers(0, 12), st.integers(1, 5))))
def test_mix_sums_to_one_or_is_all_zero(decisions: np.ndarray):
    mix = normalise_mix(frame_weights(decisions))
    assert mix.sum() == pytest.approx(1.0 if decisions.any() else 0.0)
    assert (mix >= 0).all()


def test_every_framed_unit_weighs_one_shared_by_its_frames():
    decisions = np.array([[True, True], [True, False], [False, False]])
    assert frame_weights(decisions).tolist() == [1.5, 0.5]


def test_dominant_frame_needs_a_frame_and_no_tie(small_model: TfidfModel):
    codebook = small_model.codebook
    assert dominant_frame(np.array([0.6, 0.4]), codebook) == "money"
    assert dominant_frame(np.array([0.5, 0.5]), codebook) is None
    assert dominant_frame(np.zeros(2), codebook) is None


def test_an_article_is_scored_sentence_by_sentence(small_model: TfidfModel):
    (scored,) = score_articles([article()], small_model)
    assert scored.prepared.texts == [
        "Harbour fees to rise",
        "An official said the budget was spent.",
        "Rotten planks could injure workers.",
        "Gulls sat on the wall all morning.",
    ]
    assert scored.scores.decisions[:3].tolist() == [[True, False], [True, False], [False, True]]
    assert sum(scored.speaker_shares.values()) == pytest.approx(1)
    assert scored.dominant == "money"


def test_scores_do_not_depend_on_the_batch(small_model: TfidfModel):
    articles = [article(f"{n}.txt", BODY.replace("spent", word)) for n, word in
                enumerate(["spent", "lost", "found", "doubled", "cut"])]  # fmt: skip
    one = [s.scores.probabilities for s in score_articles(articles, small_model, batch=1)]
    many = [s.scores.probabilities for s in score_articles(articles, small_model, batch=4)]
    for left, right in zip(one, many, strict=True):
        assert np.allclose(left, right)


def test_unsupported_language_is_rejected_with_what_to_try(small_model: TfidfModel):
    rejected: list[Rejection] = []
    german = article("d.txt", "Der Hafen schließt.", language="de")
    scored = list(score_articles([german, article()], small_model, on_reject=rejected.append))
    assert len(scored) == 1
    assert "language 'de' is not supported (the codebook has en)" in str(rejected[0])
    assert "--lang en" in str(rejected[0])


def test_without_a_listener_the_first_rejection_raises(small_model: TfidfModel):
    with pytest.raises(InputError, match="language unknown is not supported"):
        list(score_articles([article(language="unknown")], small_model))


def test_an_article_of_only_furniture_is_rejected(small_model: TfidfModel):
    rejected: list[Rejection] = []
    only = article("f.txt", "Subscribe to our newsletter\n\nAll rights reserved.\n")
    assert list(score_articles([only], small_model, on_reject=rejected.append)) == []
    assert "furniture" in str(rejected[0])


@pytest.mark.parametrize(
    ("by", "facts", "names"),
    [
        pytest.param("agency", {"agencies": ("AFP", "Reuters")}, ("AFP", "Reuters"), id="two"),
        pytest.param("agency", {}, ("(none)",), id="no-agency"),
        pytest.param("month", {"date": date(2019, 7, 13)}, ("2019-07",), id="month"),
        pytest.param("month", {}, ("unknown",), id="no-date"),
        pytest.param("outlet", {"outlet": "Harbour Post"}, ("Harbour Post",), id="outlet"),
    ],
)
def test_groups(by: str, facts: dict[str, object], names: tuple[str, ...]):
    assert group_names(article(**facts), by) == names


def test_sources_add_up(small_model: TfidfModel):
    articles = [
        article("1.txt", outlet="Post", agencies=("Hanbit",)),
        article("2.txt", BODY + " It rained.", outlet="Post"),
        article("3.txt", BODY + " Children danced.", outlet="Courier"),
    ]
    totals = SourceTotals(["outlet", "speaker"], small_model.codebook)
    scored = list(score_articles(articles, small_model))
    for one in scored:
        totals.add(one)
    sources = totals.sources()
    units = sum(len(one.scores) for one in scored)
    for by in ("outlet", "speaker"):
        assert sum(source.units for source in sources if source.by == by) == units
    post = next(source for source in sources if source.group == "Post")
    assert post.articles == 2
    expected = np.vstack([one.scores.probabilities for one in scored[:2]]).mean(axis=0)
    assert np.allclose(post.shares.estimate, expected)
    assert post.mix.sum() == pytest.approx(1)


def test_grouping_by_the_same_twice_counts_once(small_model: TfidfModel):
    totals = SourceTotals(["outlet", "outlet"], small_model.codebook)
    for scored in score_articles([article()], small_model):
        totals.add(scored)
    (source,) = totals.sources()
    assert (source.articles, source.units) == (1, 4)


def test_long_articles_are_not_put_together(small_model: TfidfModel, monkeypatch):
    monkeypatch.setattr("framing.scoring._BATCH_CHARACTERS", 10)
    articles = [article(f"{n}.txt", BODY + f" Day {n}.") for n in range(3)]
    assert [s.article.name for s in score_articles(articles, small_model)] == [
        "0.txt",
        "1.txt",
        "2.txt",
    ]


def test_unknown_grouping_lists_those_there_are(small_model: TfidfModel):
    with pytest.raises(InputError, match="cannot group by 'colour'; choose from outlet, agency"):
        SourceTotals(["colour"], small_model.codebook)
