"""The corpus: written text that repeats neither itself nor the evaluation articles; codes that fit."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from pathlib import Path

import pytest
import yaml

from framing import Codebook, Dataset, load_dataset, prepare_article, read_articles
from framing.coding.codes import read_codes
from framing.files import resource_root
from framing.splits import find_near_duplicates
from tests.conftest import ROOT

ARTICLES = ROOT / "annotations" / "articles"
CODES = ROOT / "annotations" / "codes"


@pytest.fixture(scope="module")
def gold() -> Dataset:
    return load_dataset(read_articles([ARTICLES]), CODES / "gold.jsonl", Codebook.load())


def run_of(text: str, language: str) -> list[str]:
    """Words of an English text, characters of a Korean or Japanese one."""
    if language == "en":
        return re.findall(r"[a-z0-9']+", text.lower())
    return list(re.sub(r"\s+", "", text))


def test_size_and_languages(gold: Dataset):
    articles = Counter(about.language for about in gold.about.values())
    assert min(articles.values()) >= 25
    assert len(articles) == 3
    assert len(gold) >= 900


def test_every_article_says_it_is_authored_and_is_plain_nfc_text():
    for path in ARTICLES.rglob("*.md"):
        text = path.read_bytes().decode("utf-8")
        front = yaml.safe_load(text.split("---\n", 2)[1])
        assert front["authored"] is True, path
        assert front["language"] == path.parent.name, path
        assert "\r" not in text, path
        assert unicodedata.normalize("NFC", text) == text, path


def test_no_two_units_are_near_duplicates(gold: Dataset):
    pairs = [
        (gold.texts[pair.left], gold.texts[pair.right])
        for pair in find_near_duplicates(gold.texts, gold.texts)
        if pair.left < pair.right
    ]
    assert pairs == []


@pytest.mark.parametrize("coder", ["first", "second", "gold"])
def test_every_coder_coded_every_unit(gold: Dataset, coder: str):
    codes = read_codes(CODES / f"{coder}.jsonl", Codebook.load())
    assert {code.coder for code in codes} == {coder}
    assert len(codes) == len(gold)
    assert all(code.speaker for code in codes)


def test_coded_units_are_those_the_program_finds_today(gold: Dataset):
    found = {article.name: prepare_article(article).texts for article in read_articles([ARTICLES])}
    coded: dict[str, list[str]] = {}
    for name, text in zip(gold.articles, gold.texts, strict=True):
        coded.setdefault(name, []).append(text)
    differ = [name for name, texts in coded.items() if found[name] != texts]
    # The splitter is mended as it goes: a handful may differ, and then codes still hold by offset.
    assert len(differ) <= len(coded) // 20, differ


def test_invented_outlets_are_not_real_ones(gold: Dataset):
    from framing import OutletList

    known = OutletList.load()
    assert [a.outlet for a in gold.about.values() if known.find_by_name(a.outlet)] == []


def test_no_run_of_words_is_shared_with_the_evaluation_articles(shared: Path, gold: Dataset):
    real = " ".join(p.read_text(encoding="utf-8") for p in (shared / "articles").glob("*.txt"))
    runs = run_of(real, "en")
    taken = {tuple(runs[i : i + 8]) for i in range(len(runs) - 7)}
    for text, language in zip(gold.texts, gold.languages, strict=True):
        if language == "en":
            words = run_of(text, "en")
            assert not any(tuple(words[i : i + 8]) in taken for i in range(len(words) - 7)), text


@pytest.mark.parametrize("left_out", range(3))
def test_no_unit_of_a_real_article_or_near_duplicate_is_in_training(
    shared: Path, gold: Dataset, left_out: int
):
    article = sorted(read_articles([shared / "articles"]), key=lambda a: a.name)[left_out]
    assert article.id not in {about.id for about in gold.about.values()}
    assert find_near_duplicates(prepare_article(article).texts, gold.texts) == []


def test_shipped_codebook_is_the_one_of_the_corpus():
    assert resource_root() == ROOT
