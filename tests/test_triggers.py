"""Trigger words: found where planted, counted as the paper does, and missing where they are."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from framing import Codebook, Dataset, load_dataset, read_articles
from framing.articles.article import Article
from framing.corpus.splitting import read_split
from framing.errors import ConfigError, InputError
from framing.triggers import Triggers, find_triggers
from tests.conftest import ROOT

FILLER = ["ferry", "left", "time", "gulls", "and", "rain", "over", "a", "quiet", "town"]


def plant(codebook: Codebook, language: str = "en") -> Dataset:
    """Units of filler words; a frame's own word stands in most units that carry it."""
    words = {"en": ("budget", "danger"), "ko": ("예산을", "위험이"), "ja": ("予算案", "危険度")}[
        language
    ]
    glue = "" if language == "ja" else " "
    generator = np.random.default_rng(0)
    frames = generator.random((300, 2)) < 0.3
    texts = []
    for carried in frames:
        chosen = [*generator.choice(FILLER, 5)]
        chosen += [word for word, has in zip(words, carried, strict=True)
                   if generator.random() < (0.9 if has else 0.05)]  # fmt: skip
        texts.append(glue.join(chosen) + ".")
    names = tuple(f"a{row // 10}" for row in range(300))
    about = {name: Article(text="", name=name, language=language) for name in names}
    return Dataset(codebook, tuple(texts), frames, np.full(300, -1), names, names, about)


def texts_of(triggers: Triggers, language: str, frame: str) -> list[str]:
    return [trigger.text for trigger in triggers.found[language][frame]]


@pytest.mark.parametrize(
    ("language", "money", "safety"),
    [
        pytest.param("en", "budget", "danger", id="words"),
        pytest.param("ko", "예산을", "위험이", id="hangul-with-a-particle"),
        pytest.param("ja", "予算案", "危険度", id="no-spaces"),
    ],
)
def test_planted_words_come_first(small_codebook: Codebook, language: str, money: str, safety: str):
    triggers = find_triggers(plant(small_codebook, language))
    assert texts_of(triggers, language, "money")[0] == money
    assert texts_of(triggers, language, "safety")[0] == safety


def test_z_is_that_of_the_paper(small_codebook: Codebook):
    """Equations 16, 20 and 22, from the number of units that hold each word or pair."""
    texts = ["cost cost now"] * 20 + ["now then"] * 20 + ["cost now"]
    frames = np.array([[True, False]] * 20 + [[False, False]] * 21)
    names = tuple(f"a{row}" for row in range(41))
    about = {name: Article(text="", name=name, language="en") for name in names}
    dataset = Dataset(small_codebook, tuple(texts), frames, np.full(41, -1), names, names, about)
    here = {"cost": 20, "now": 20, "cost cost": 20, "cost now": 20}
    there = {"cost": 1, "now": 21, "then": 20, "cost now": 1, "now then": 20}
    prior = {word: 0.1 * (here.get(word, 0) + there.get(word, 0)) for word in {**here, **there}}
    left, right = here["cost cost"] + prior["cost cost"], prior["cost cost"]
    ratio = np.log(left / (sum(here.values()) + sum(prior.values()) - left))
    ratio -= np.log(right / (sum(there.values()) + sum(prior.values()) - right))
    found = {trigger.text: trigger for trigger in find_triggers(dataset).found["en"]["money"]}
    assert (found["cost cost"].carrying, found["cost cost"].others) == (20, 0)
    assert found["cost cost"].z == pytest.approx(ratio / np.sqrt(1 / left + 1 / right))
    assert "now" not in found


def test_every_trigger_is_telling_and_adds_something(small_dataset: Dataset):
    planted = plant(small_dataset.codebook)
    triggers = find_triggers(planted)
    held = {t: {row for row, text in enumerate(planted.texts) if f" {t}" in f" {text}"}
            for t in texts_of(triggers, "en", "money")}  # fmt: skip
    for trigger in triggers.found["en"]["money"]:
        assert trigger.z > 1.96
        assert trigger.carrying > trigger.others
    strongest = list(held)
    for later in range(1, len(strongest)):
        assert not any(held[strongest[later]] <= held[word] for word in strongest[:later])


def test_frames_that_have_nothing_to_do_with_the_text_have_no_more_than_chance_gives(
    small_codebook: Codebook,
):
    planted = plant(small_codebook)
    chance = replace(planted, frames=np.random.default_rng(1).random((300, 2)) < 0.3)
    words = [re.findall(r"\w+", text) for text in planted.texts]
    grams = {gram for of in words for gram in (*of, *pairwise(of))}
    found = find_triggers(chance).found["en"]
    assert sum(map(len, found.values())) <= 0.04 * 2 * len(grams)


def test_at_most_so_many(small_codebook: Codebook):
    planted = plant(small_codebook)
    many, one = find_triggers(planted), find_triggers(planted, 1)
    assert texts_of(one, "en", "money") == texts_of(many, "en", "money")[:1]
    with pytest.raises(ConfigError, match="0 trigger words cannot be taken"):
        find_triggers(planted, 0)


@pytest.fixture(scope="module")
def triggers(small_codebook: Codebook) -> Triggers:
    parts = [plant(small_codebook, language) for language in ("en", "ko", "ja")]
    found = {language: find_triggers(part, 1).found[language]
             for language, part in zip(("en", "ko", "ja"), parts, strict=True)}  # fmt: skip
    return Triggers(small_codebook.frame_ids, found)


@pytest.mark.parametrize(
    ("text", "language", "held"),
    [
        pytest.param("The budget rose.", "en", [True, False], id="a-word"),
        pytest.param("BUDGET!", "en", [True, False], id="capitals"),
        pytest.param("Ｂｕｄｇｅｔ", "en", [True, False], id="full-width"),
        pytest.param("Budgetary danger-zone", "en", [False, True], id="whole-words-only"),
        pytest.param("予算案の危険度を", "ja", [True, True], id="both-in-a-run"),
        pytest.param("새예산을", "ko", [True, False], id="inside-a-word"),
        pytest.param("예산", "ko", [False, False], id="another-form"),
        pytest.param("", "en", [False, False], id="empty"),
        pytest.param("😀 مرحبا \ud800", "ja", [False, False], id="emoji-rtl-half-character"),
    ],
)
def test_units_are_marked(triggers: Triggers, text: str, language: str, held: list[bool]):
    assert triggers.mark([text], [language]).tolist() == [held]
    assert triggers.absent([text], [language]).tolist() == [not any(held)]


def test_languages_may_be_mixed_and_order_is_kept(triggers: Triggers):
    texts = ["위험이 크다", "no risk", "danger", "予算案"]
    marked = triggers.mark(texts, ["ko", "en", "en", "ja"])
    assert marked.tolist() == [[False, True], [False, False], [False, True], [True, False]]
    assert triggers.absent([], []).shape == (0,)


def test_a_language_without_training_text(triggers: Triggers):
    with pytest.raises(InputError, match="no trigger words are known in 'fr'; there was training"):
        triggers.absent(["Le budget"], ["fr"])


def test_a_frame_no_unit_carries_has_no_triggers(small_codebook: Codebook):
    planted = plant(small_codebook)
    without = replace(planted, frames=planted.frames & [True, False])
    found = find_triggers(without)
    assert found.found["en"]["safety"] == ()
    assert not found.mark(["danger"], ["en"])[0, 1]


def test_of_gold_only_the_triggers_of_frames_carried_count(
    triggers: Triggers, small_codebook: Codebook
):
    cases = [
        ("budget", (True, False), False),  # holds the trigger of what it carries
        ("danger", (True, False), True),  # holds another frame's
        ("budget", (True, True), False),  # holds one of two
        ("rain", (True, True), True),
        ("rain", (False, False), False),  # carries none
    ]
    names = ("a",) * len(cases)
    about = {"a": Article(text="", name="a", language="en")}
    texts, frames = tuple(text for text, _, _ in cases), np.array([f for _, f, _ in cases])
    dataset = Dataset(small_codebook, texts, frames, np.full(5, -1), names, names, about)
    assert triggers.absent_for_gold(dataset).tolist() == [expected for _, _, expected in cases]


@pytest.fixture(scope="module")
def parts() -> tuple[Dataset, Dataset]:
    gold = load_dataset(
        read_articles([ROOT / "annotations/articles"]),
        ROOT / "annotations/codes/gold.jsonl",
        Codebook.load(),
    )
    split = read_split(ROOT / "annotations/split.json")
    return gold.select(split.names("train")), gold.select(split.names("dev"))


@pytest.fixture(scope="module")
def of_corpus(parts: tuple[Dataset, Dataset]) -> Triggers:
    return find_triggers(parts[0])


def test_enough_of_dev_is_left_without_triggers(
    parts: tuple[Dataset, Dataset], of_corpus: Triggers
):
    """There are fewer such units the longer the lists, with and without frames among them."""
    train, dev = parts
    left = []
    for triggers in (find_triggers(train, 20), of_corpus):
        absent = triggers.absent(dev.texts, map(str, dev.languages))
        framed = dev.frames[absent]
        left.append(int(absent.sum()))
        assert framed.any(axis=0).all()
        assert 40 <= framed.any(axis=1).sum() < absent.sum()
    assert left[0] > left[1] >= 100


def test_triggers_of_the_corpus_are_words_a_reader_would_name(of_corpus: Triggers):
    for language, frame, word in (
        ("en", "wto_legality", "wto"),
        ("en", "historical_retaliation", "wartime"),
        ("ko", "historical_retaliation", "징용"),
        ("ja", "security_export_control", "許可"),
        ("ja", "process_dispute", "対話"),
    ):
        assert word in texts_of(of_corpus, language, frame)


def test_endings_and_punctuation_are_no_triggers(of_corpus: Triggers):
    for language in ("ja", "ko"):
        for triggers in of_corpus.found[language].values():
            assert all(trigger.text.isalnum() for trigger in triggers)
            assert not any(re.fullmatch("[ぁ-ん]+", trigger.text) for trigger in triggers)
