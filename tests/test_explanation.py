"""Explanations: what is left out, what the scores lose by it, and how a command shows it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framing import Codebook, load_model
from framing.classifiers.base import FrameModel, name_after, name_before
from framing.classifiers.calibration import Calibration
from framing.classifiers.encoders.registry import TOKENIZER
from framing.classifiers.tfidf import TfidfModel
from framing.classifiers.transformer.explanation import (
    MOST_PIECES,
    cut_pieces,
    find_words,
    leave_out,
    occlude_unit,
)
from framing.classifiers.transformer.inputs import InputBuilder, Window
from framing.classifiers.transformer.model import Decision, RawScores, TransformerModel
from framing.classifiers.transformer.saving import Origin, save_model
from framing.errors import CodebookError
from framing.transformer_config import InputConfig
from tests.conftest import Run
from tests.tiny_encoder import (
    make_builder,
    make_network,
    needs_export,
    needs_tokenizers,
    write_encoder,
)

SLOPE = 2.0
DECISION = Decision(Calibration(np.array([1.0, SLOPE]), np.array([0.5, -1.0])), np.full(2, 0.5))
ALONE = InputConfig(before=2, after=1, max_length=64)
WINDOWS = InputConfig(units=4, before=1, max_length=64)
READINGS = [pytest.param(ALONE, id="unit-by-unit"), pytest.param(WINDOWS, id="in-windows")]


class WordScorer:
    """Adds up known weights of tokens: of the unit's fully, of what stands around it by half."""

    def __init__(self, builder: InputBuilder) -> None:
        pieces = {"▁danger": 3.0, "▁port": -1.0, "港": 1.0}
        self.weights = {builder._tokenizer.token_to_id(name): of for name, of in pieces.items()}
        self.calls: list[list[Window]] = []

    def score(self, windows: Sequence[Window]) -> RawScores:
        self.calls.append(list(windows))
        frames = np.zeros((sum(len(window.rows) for window in windows), 2))
        for window in windows:
            weights = np.array([self.weights.get(token, 0.0) for token in window.ids])
            for row, (start, stop) in zip(window.rows, window.spans, strict=True):
                frames[row, 1] = (weights.sum() + weights[start:stop].sum()) / 2
        return RawScores(frames, np.zeros((len(frames), 2)))


def make_model(codebook: Codebook, config: InputConfig = ALONE) -> TransformerModel:
    """A model whose evidence is known: `danger` adds 3 to the raw score of safety, `port` -1."""
    builder = make_builder(config)
    return TransformerModel(codebook, WordScorer(builder), builder, DECISION)


def explain(model: FrameModel, texts: list[str], index: int = 0, **how: Any) -> dict[str, float]:
    found = model.explain_unit(texts, index, "safety", **{"most": 1000, **how})
    return {item.text: item.weight for item in found}


# What is left out


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        pytest.param("", [], id="empty"),
        pytest.param("Seoul's WTO-case rose 3.5%.", ["Seoul's", "WTO-case", "rose", "3", "5"], id="en"),
        pytest.param("정부가 WTO에 제소했다.", ["정부가", "WTO", "에", "제소했다"], id="ko-eojeol"),
        pytest.param("政府はホワイト国から除外した", ["政府", "は", "ホワイト", "国", "から", "除外", "した"], id="ja-no-spaces"),
        pytest.param("ＷＴＯに提訴", ["ＷＴＯ", "に", "提訴"], id="full-width-as-written"),
        pytest.param("port or port", ["port", "or"], id="a-word-twice"),
        pytest.param("The the", ["The", "the"], id="case-as-written"),
        pytest.param("😀 port", ["port"], id="emoji-beside-a-word"),
        pytest.param("😀 👍🏽", ["😀", "👍🏽"], id="emoji-alone"),
        pytest.param("Сеул подал", ["Сеул", "подал"], id="another-script"),
        pytest.param("…!?", ["…!?"], id="punctuation-alone"),
    ],
)  # fmt: skip
def test_a_text_is_cut_as_readers_see_words(text: str, pieces: list[str]):
    assert list(cut_pieces(text)) == pieces


@pytest.mark.parametrize(
    ("text", "word", "left"),
    [
        pytest.param("the port is shut", "port", "the is shut", id="one-space-stays"),
        pytest.param("port is shut", "port", "is shut", id="first"),
        pytest.param("it shut the port", "port", "it shut the", id="last"),
        pytest.param('the "port" is', "port", 'the "" is', id="quotes-stay"),
        pytest.param("port, port and port", "port", ", and", id="every-time"),
        pytest.param("港を閉鎖", "を", "港閉鎖", id="no-spaces"),
        pytest.param("port", "port", "", id="nothing-left"),
        pytest.param("the\u3000port\nis", "port", "the\u3000is", id="other-spaces"),
    ],
)
def test_what_is_left_reads_as_text(text: str, word: str, left: str):
    assert leave_out(text, cut_pieces(text)[word]) == left


@pytest.mark.parametrize("words", [81, 160, 161, 1000])
def test_a_long_text_is_cut_into_runs_of_words(words: int):
    text = ", ".join(f"w{number}" for number in range(words))
    pieces = cut_pieces(text)
    assert len(pieces) <= MOST_PIECES
    assert [word for piece in pieces for word in piece.split(", ")] == text.split(", ")


def test_a_long_text_of_few_words_is_cut_into_words():
    assert list(cut_pieces("port or pier " * 100)) == ["port", "or", "pier"]


@given(st.text(max_size=60))
def test_words_are_parts_of_any_text_in_order(text: str):
    spans = find_words(text)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(one[1] <= other[0] for one, other in pairwise(spans))
    assert bool(spans) == bool(text.strip())


# What the scores lose


@needs_tokenizers
@pytest.mark.parametrize("config", READINGS)
def test_words_weigh_what_they_add(small_codebook: Codebook, config: InputConfig):
    model = make_model(small_codebook, config)
    evidence = explain(model, ["a danger or a port"])
    assert evidence == {"danger": 3 * SLOPE, "port": -1 * SLOPE}
    assert model.explain_unit(["a danger or a port"], 0, "money") == []


@needs_tokenizers
def test_a_word_that_stands_twice_is_left_out_twice(small_codebook: Codebook):
    evidence = explain(make_model(small_codebook), ["danger is danger"])
    assert evidence == {"danger": 6 * SLOPE}


@needs_tokenizers
@pytest.mark.parametrize(
    ("config", "index", "names"),
    [
        pytest.param(ALONE, 3, [name_before(2), name_before(1), name_after(1)], id="unit-by-unit"),
        pytest.param(ALONE, 6, [name_before(2), name_before(1)], id="last-unit"),
        pytest.param(InputConfig(before=0), 3, [], id="no-context"),
        pytest.param(InputConfig(before=1, headline=True), 3, [name_before(3), name_before(1)], id="headline"),
        pytest.param(InputConfig(before=1, headline=True), 1, [name_before(1)], id="headline-before"),
        pytest.param(WINDOWS, 0, [name_after(1), name_after(2), name_after(3)], id="first-window"),
        pytest.param(WINDOWS, 5, [name_before(2), name_before(1), name_after(1)], id="window-and-one-before-it"),
        pytest.param(InputConfig(units=64, before=20, max_length=512), 3, [*map(name_before, (3, 2, 1)), *map(name_after, (1, 2, 3))], id="whole-passage"),
    ],
)  # fmt: skip
def test_every_sentence_that_is_read_is_left_out(
    small_codebook: Codebook, config: InputConfig, index: int, names: list[str]
):
    texts = [f"danger {number}" for number in range(7)]
    evidence = explain(make_model(small_codebook, config), texts, index)
    assert evidence == {"danger": 3 * SLOPE, **dict.fromkeys(names, 1.5 * SLOPE)}


@needs_tokenizers
def test_of_a_window_too_large_for_a_config_its_own_units_are_held(small_codebook: Codebook):
    model = make_model(small_codebook, InputConfig(units=64, before=20, max_length=512))
    evidence = explain(model, ["danger"] * 200, 70)
    assert evidence["danger"] == 3 * SLOPE
    assert {name_before(6), name_after(57)} <= set(evidence)
    assert len(evidence) == 64


@needs_tokenizers
@settings(max_examples=60)
@given(
    texts=st.lists(
        st.lists(st.sampled_from(["port", "danger", "ab", "港", "x,"]), max_size=5).map(" ".join),
        min_size=1,
        max_size=9,
    ),
    index=st.integers(0, 8),
    units=st.integers(1, 5),
    before=st.integers(0, 3),
    length=st.sampled_from([24, 64]),
)
def test_the_unit_is_measured_as_it_was_scored(texts, index, units, before, length):
    index %= len(texts)
    builder = make_builder(InputConfig(units=units, before=before, max_length=length))
    windows, _ = builder.build(texts, [0] * len(texts))
    (read,) = [window for window in windows if index in window.rows]
    scorer = WordScorer(builder)
    occlusion = occlude_unit(builder, scorer, texts, index)
    (asked,) = scorer.calls
    assert (asked[0].ids, asked[0].spans[0]) == (read.ids, read.spans[read.rows.index(index)])
    assert len(asked) == 1 + len(occlusion.names)
    assert occlusion.lost.shape == (len(occlusion.names), 2)
    # All else is that window without something: nothing moves up into it.
    for window in asked:
        assert not set(window.ids) - set(read.ids)
        assert len(window.ids) <= len(read.ids)


@needs_tokenizers
def test_a_long_unit_is_read_a_bounded_number_of_times(small_codebook: Codebook):
    model = make_model(small_codebook, InputConfig(before=1, max_length=4096))
    text = " ".join(f"w{number}" for number in range(400)) + " danger"
    evidence = explain(model, ["port", text], 1)
    assert evidence == {"w396 w397 w398 w399 danger": 3 * SLOPE, name_before(1): -0.5 * SLOPE}
    assert isinstance(model.scorer, WordScorer)
    (asked,) = model.scorer.calls
    assert len(asked) <= 1 + MOST_PIECES + 1


@needs_tokenizers
@pytest.mark.parametrize("config", READINGS)
def test_of_a_unit_too_long_the_beginning_is_explained(
    small_codebook: Codebook, config: InputConfig
):
    model = make_model(small_codebook, config)
    evidence = explain(model, ["port " * 30 + "danger " + "or " * 30 + "港 " * 9000])
    assert evidence == {"port": -30 * SLOPE, "danger": 3 * SLOPE}
    # What is asked for an explanation is no unit that was scored.
    assert model.truncated.units == 0


@needs_tokenizers
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", {}, id="empty"),
        pytest.param(" \n", {}, id="spaces"),
        pytest.param("danger", {"danger": 3 * SLOPE}, id="one-word"),
        pytest.param("😀 danger 😀", {"danger": 3 * SLOPE}, id="emoji"),
        pytest.param("a港b", {"港": SLOPE}, id="no-spaces"),
        pytest.param("…港…", {"港": SLOPE}, id="folding-moves-characters"),
        pytest.param("\ud800 danger", {"danger": 3 * SLOPE}, id="lone-surrogate"),
        pytest.param("</s> danger", {"danger": 3 * SLOPE}, id="separator"),
    ],
)
@pytest.mark.parametrize("config", READINGS)
def test_awkward_text_has_evidence(
    small_codebook: Codebook, config: InputConfig, text: str, expected: dict[str, float]
):
    model = make_model(small_codebook, config)
    assert explain(model, [text]) == expected
    beside = explain(model, ["port", text, "it rained"], 1)
    assert beside == {**expected, name_before(1): -0.5 * SLOPE}


@needs_tokenizers
@pytest.mark.parametrize("config", READINGS)
def test_an_endless_word_is_one_word(small_codebook: Codebook, config: InputConfig):
    model = make_model(small_codebook, config)
    assert explain(model, ["港" * 40_000]).keys() == {"港" * 40_000}


@needs_tokenizers
def test_the_strongest_come_first_and_no_more_than_asked(small_codebook: Codebook):
    model = make_model(small_codebook)
    texts = ["danger", "it", "a port in danger, 港 port"]
    full = model.explain_unit(texts, 2, "safety", most=100)
    assert [item.text for item in full] == ["danger", "port", name_before(2), "港"]
    assert model.explain_unit(texts, 2, "safety", most=2) == full[:2]
    assert model.explain_unit(texts, 2, "safety", most=0) == []


@needs_tokenizers
def test_another_frame_of_the_unit_costs_nothing(small_codebook: Codebook):
    model = make_model(small_codebook)
    assert isinstance(model.scorer, WordScorer)
    texts = ["danger", "port"]
    first = explain(model, texts)
    model.explain_unit(texts, 0, "money")
    assert len(model.scorer.calls) == 1
    assert explain(model, texts, 1) != first
    assert explain(model, ["danger", "danger"]) != first
    assert explain(model, texts) == first
    assert len(model.scorer.calls) == 4


@needs_tokenizers
def test_a_frame_or_unit_that_is_not_there_is_named(
    small_codebook: Codebook, small_model: TfidfModel
):
    for model in (make_model(small_codebook), small_model):
        with pytest.raises(
            CodebookError, match="frame 'safty' is not in the codebook; did you mean 'safety'"
        ):
            model.explain_unit(["danger"], 0, "safty")
        with pytest.raises(IndexError):
            model.explain_unit(["danger"], 1, "safety")


# With a network


@pytest.fixture(scope="module")
def folder(small_codebook: Codebook, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network that never learnt anything, exported and as torch has it."""
    encoder = write_encoder(tmp_path_factory.mktemp("encoder"), spread=0.3)
    to, network = tmp_path_factory.mktemp("model"), make_network(encoder)
    # Every unit carries every frame.
    decision = Decision(DECISION.calibration, np.zeros(2))
    inputs, origin = (
        InputConfig(units=4, before=1, max_length=64),
        Origin(encoder={}, data="", split=""),
    )
    for part, bits in (("", 8), ("torch", 0)):
        save_model(
            to / part,
            network,
            small_codebook,
            inputs,
            decision,
            origin,
            encoder / TOKENIZER,
            bits=bits,
        )
    return to


@needs_export
@pytest.mark.parametrize("kind", ["", "torch"], ids=["exported", "torch"])
def test_a_weight_is_the_log_odds_lost(folder: Path, small_codebook: Codebook, kind: str):
    model = load_model(folder / kind, small_codebook)

    def measure(texts: list[str], index: int) -> float:
        probability = float(model.score_units(texts, [0] * len(texts)).probabilities[index, 1])
        return math.log(probability / (1 - probability))

    texts = ["danger at the pier", "planks cost a fortune", "it rained"]
    evidence = explain(model, texts, 1)
    full = measure(texts, 1)
    for word, rest in [
        ("planks", "cost a fortune"), ("cost", "planks a fortune"), ("a", "planks cost fortune"),
        ("fortune", "planks cost a"),
    ]:  # fmt: skip
        assert evidence[word] == pytest.approx(
            full - measure([texts[0], rest, texts[2]], 1), abs=1e-4
        )
    assert evidence[name_before(1)] == pytest.approx(full - measure(texts[1:], 0), abs=1e-4)
    assert evidence[name_after(1)] == pytest.approx(full - measure(texts[:2], 1), abs=1e-4)
    assert len(evidence) == 6
    # Of one word alone nothing is left but the empty unit.
    alone = explain(model, ["planks"])
    assert alone == {"planks": pytest.approx(measure(["planks"], 0) - measure([""], 0), abs=1e-4)}


@needs_export
def test_the_same_units_give_the_same_evidence(folder: Path, small_codebook: Codebook):
    texts = ["danger at the pier", "港 항구 planks cost 😀", "it rained"]
    one, other = (load_model(folder, small_codebook) for _ in range(2))
    first = one.explain_unit(texts, 1, "safety", most=100)
    other.explain_unit(texts, 0, "money")
    assert other.explain_unit(texts, 1, "safety", most=100) == first


@needs_export
def test_the_command_says_how_evidence_is_measured(
    folder: Path, small_codebook_path: Path, tmp_path: Path, run: Run
):
    article = tmp_path / "article.txt"
    article.write_text(
        "Danger at the pier\n\nIt rained.\n\nThe planks sank.\n",
        encoding="utf-8",
    )
    arguments = (
        "show", article, "--lang", "en", "--model", folder, "--codebook", small_codebook_path,
    )  # fmt: skip
    result = run(*arguments, "--why")
    assert result.code == 0, result.err
    shown = " ".join(result.out.split())
    assert shown.endswith(f"why: {TransformerModel.explanation}")
    assert "Safety: " in shown
    assert "rained " in shown
    assert "why:" not in run(*arguments).out


def test_both_models_say_how_evidence_is_measured():
    assert TfidfModel.explanation != TransformerModel.explanation
