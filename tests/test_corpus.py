"""The shipped corpus: everything `framing corpus check` asks for, and the size it promises."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from framing import Dataset, prepare_article, read_articles
from framing.corpus.checks import check_corpus
from framing.corpus.corpus import Corpus, load_corpus, shipped_folder
from framing.corpus.splitting import describe_balance, read_split
from framing.corpus.statistics import describe_corpus
from framing.files import resource_root
from framing.splits import find_near_duplicates
from tests.conftest import ROOT

UNITS = {"en": 2000, "ko": 1400, "ja": 1400}


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return load_corpus()


@pytest.fixture(scope="module")
def gold(corpus: Corpus) -> Dataset:
    return corpus.join()


def test_corpus_is_the_one_of_this_checkout():
    assert resource_root() == ROOT
    assert shipped_folder() == ROOT / "annotations"


def test_nothing_is_wrong_with_it(corpus: Corpus):
    checks = check_corpus(corpus)
    assert [str(error) for check in checks for error in check.breaches] == []
    assert {"split", "licensed codes", "parallel set"} <= {check.name for check in checks}


def test_no_wording_is_shared_with_the_evaluation_articles(shared: Path, corpus: Corpus):
    checks = check_corpus(corpus, against=[shared / "articles"])
    assert checks[-1].name == "wording"
    assert [str(error) for error in checks[-1].breaches] == []


def test_it_has_the_size_it_promises(corpus: Corpus):
    counted = describe_corpus(corpus)
    assert counted["all"]["articles"] >= 340
    assert counted["all"]["units"] >= 4800
    for language, units in UNITS.items():
        assert counted["languages"][language]["units"] >= units
        none = counted["languages"][language]["frames"]["none"]
        assert 0.2 <= none / counted["languages"][language]["units"] <= 0.3


def test_parallel_set_has_sixty_units_in_each_language(corpus: Corpus, gold: Dataset):
    units = Counter(
        corpus.articles[name].language for name in gold.articles if corpus.articles[name].parallel
    )
    assert set(units) == set(UNITS)
    assert min(units.values()) == max(units.values()) >= 60


def test_two_coders_and_gold_coded_every_unit(corpus: Corpus, gold: Dataset):
    assert set(corpus.codes) == {"first", "second", "gold"}
    assert {len(codes) for codes in corpus.codes.values()} == {len(gold)}


def test_every_speaker_and_every_event_occurs(corpus: Corpus):
    counted = describe_corpus(corpus)
    assert min(counted["all"]["speakers"].values()) >= 20
    assert len(counted["events"]) >= 28
    assert len(counted["kinds"]) == 12


def test_parts_are_balanced(corpus: Corpus, gold: Dataset):
    split = read_split(corpus.split_path)
    for row in describe_balance(split, gold):
        assert row["units"] / len(gold) == pytest.approx(split.shares[row["part"]], abs=0.02)
        for k, frame in enumerate(gold.codebook.frame_ids):
            assert row[f"share.{frame}"] == pytest.approx(gold.frames[:, k].mean(), abs=0.04)


@pytest.mark.parametrize("left_out", range(3))
def test_no_unit_of_a_real_article_or_near_duplicate_is_in_it(
    shared: Path, gold: Dataset, left_out: int
):
    article = sorted(read_articles([shared / "articles"]), key=lambda a: a.name)[left_out]
    assert article.id not in {about.id for about in gold.about.values()}
    assert find_near_duplicates(prepare_article(article).texts, gold.texts) == []
