"""The baseline: features, calibration, fitting, saving, loading, explaining."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framing.classifiers.base import shift_within_articles
from framing.classifiers.calibration import choose_thresholds, fit_sigmoids
from framing.classifiers.features import normalise, spread_over_words
from framing.classifiers.tfidf import TfidfModel, name_before
from framing.codebook import Codebook
from framing.dataset import Dataset
from framing.errors import CodebookError, ModelError
from tests.conftest import fit_model


@pytest.fixture(scope="module")
def model(small_model: TfidfModel) -> TfidfModel:
    return small_model


@pytest.fixture
def folder(model: TfidfModel, tmp_path: Path) -> Path:
    model.save(tmp_path / "model")
    return tmp_path / "model"


@pytest.mark.parametrize(
    ("text", "same"),
    [
        pytest.param("ＷＴＯ提訴", "wto提訴", id="full-width"),
        pytest.param("2019년", "0000년", id="digits"),
        pytest.param("한국", "한국", id="nfd-hangul"),
        pytest.param("ﾎﾜｲﾄ国", "ホワイト国", id="half-width-kana"),
    ],
)
def test_normalise(text: str, same: str):
    assert normalise(text) == same


def test_shift_stays_within_articles():
    values = np.arange(1.0, 6.0)[:, None]
    shifted = shift_within_articles(values, ["a", "a", "b", "b", "a"])
    assert shifted[:, 0].tolist() == [0, 1, 0, 3, 0]
    two_before = shift_within_articles(values, ["a", "a", "a", "b", "b"], 2)
    assert two_before[:, 0].tolist() == [0, 0, 1, 0, 0]


def test_shift_of_nothing():
    assert shift_within_articles(np.zeros((0, 2)), [], 2).shape == (0, 2)


def test_model_learns_what_it_is_shown(model: TfidfModel, small_dataset: Dataset):
    scores = model.score_units(small_dataset.texts, small_dataset.articles)
    assert (scores.decisions == small_dataset.frames).mean() > 0.9
    assert (scores.speakers.argmax(axis=1) == small_dataset.speakers).mean() > 0.8
    assert scores.probabilities.shape == (16, 2)
    assert np.allclose(scores.speakers.sum(axis=1), 1)
    assert ((scores.probabilities >= 0) & (scores.probabilities <= 1)).all()


def test_scores_do_not_depend_on_what_else_is_scored(model: TfidfModel, small_dataset: Dataset):
    together = model.score_units(small_dataset.texts, small_dataset.articles)
    alone = model.score_units(small_dataset.texts[4:8], small_dataset.articles[4:8])
    assert np.allclose(together.probabilities[4:8], alone.probabilities)
    assert np.allclose(together.speakers[4:8], alone.speakers)


def test_the_sentence_before_counts_only_in_the_same_article(model: TfidfModel):
    texts = ["The budget doubled.", "It rained."]
    joined = model.score_units(texts, ["a", "a"]).probabilities[1]
    apart = model.score_units(texts, ["a", "b"]).probabilities[1]
    assert not np.allclose(joined, apart)


def test_nothing_to_score(model: TfidfModel):
    scores = model.score_units([], [])
    assert scores.probabilities.shape == (0, 2)
    assert scores.speakers.shape == (0, 2)


@pytest.mark.parametrize(
    "text",
    ["", " ", "\ud800", "🙂" * 50, "a" * 100_000, "‮abc", "\x00", "요금「報復」price"],
    ids=["empty", "blank", "lone-surrogate", "emoji", "long-word", "rtl", "nul", "mixed-scripts"],
)
def test_awkward_text_gets_finite_scores(model: TfidfModel, text: str):
    scores = model.score_units([text], ["a"])
    assert np.isfinite(scores.probabilities).all()
    assert np.isfinite(scores.speakers).all()


def test_saved_model_scores_as_before(model: TfidfModel, folder: Path, small_dataset: Dataset):
    loaded = TfidfModel.load(folder, small_dataset.codebook)
    before = model.score_units(small_dataset.texts, small_dataset.articles)
    after = loaded.score_units(small_dataset.texts, small_dataset.articles)
    assert np.allclose(before.probabilities, after.probabilities, atol=2e-3)
    assert (before.decisions == after.decisions).all()
    assert after.codebook == small_dataset.codebook.digest
    assert len(after.model) == 16


def test_saving_twice_gives_the_same_bytes(model: TfidfModel, tmp_path: Path):
    for name in ("one", "two"):
        model.save(tmp_path / name)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_saved_folder_holds_no_pickle(folder: Path):
    assert {path.name for path in folder.iterdir()} == {
        "model.json", "vocabulary.json", "weights.safetensors",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["weights.safetensors", "vocabulary.json"])
def test_missing_file_is_named(folder: Path, small_codebook: Codebook, name: str):
    (folder / name).unlink()
    with pytest.raises(ModelError, match=f"the model has no {name}"):
        TfidfModel.load(folder, small_codebook)


@pytest.mark.parametrize("name", ["weights.safetensors", "vocabulary.json"])
def test_changed_byte_is_noticed(folder: Path, small_codebook: Codebook, name: str):
    data = bytearray((folder / name).read_bytes())
    data[-2] ^= 1
    (folder / name).write_bytes(data)
    with pytest.raises(ModelError, match=f"{name} has digest .*, but model.json says"):
        TfidfModel.load(folder, small_codebook)


def test_other_codebook_is_refused(folder: Path):
    with pytest.raises(CodebookError, match="the model was made with codebook"):
        TfidfModel.load(folder, Codebook.load())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(None, "has no readable model.json", id="none"),
        pytest.param("{", "is not JSON", id="broken"),
        pytest.param("{}", "model of type None", id="empty"),
        pytest.param('{"type": "oracle", "format": 1}', "model of type 'oracle'", id="other-type"),
    ],
)
def test_unusable_description(
    folder: Path, small_codebook: Codebook, content: str | None, message: str
):
    (folder / "model.json").unlink()
    if content is not None:
        (folder / "model.json").write_text(content, encoding="utf-8")
    with pytest.raises(ModelError, match=message):
        TfidfModel.load(folder, small_codebook)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        pytest.param("calibration", None, id="no-calibration"),
        pytest.param("codebook", None, id="no-codebook"),
        pytest.param("digests", [], id="digests-a-list"),
        pytest.param("thresholds", [0.5], id="too-few-thresholds"),
        pytest.param("thresholds", ["a", "b"], id="thresholds-text"),
        pytest.param("settings", {}, id="no-settings"),
    ],
)
def test_description_with_a_damaged_part(
    folder: Path, small_codebook: Codebook, key: str, value: object
):
    description = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    description[key] = value
    (folder / "model.json").write_text(json.dumps(description), encoding="utf-8")
    with pytest.raises(ModelError, match="is damaged|model.json says None"):
        TfidfModel.load(folder, small_codebook)


def test_not_a_folder(tmp_path: Path, small_codebook: Codebook):
    with pytest.raises(ModelError, match="is not a folder"):
        TfidfModel.load(tmp_path / "none", small_codebook)


def test_copied_folder_loads(folder: Path, small_codebook: Codebook, tmp_path: Path):
    shutil.copytree(folder, tmp_path / "copy")
    assert TfidfModel.load(tmp_path / "copy", small_codebook).thresholds.shape == (2,)


def test_the_word_that_decides_comes_first(model: TfidfModel):
    evidence = model.explain_unit(["The budget of the gulls"], 0, "money")
    assert evidence[0].text == "budget"
    assert evidence[0].weight > 0


def test_explanation_adds_up_to_the_log_odds(model: TfidfModel, small_dataset: Dataset):
    texts = list(small_dataset.texts[:4])
    evidence = model.explain_unit(texts, 3, "safety", most=1000)
    column = small_dataset.codebook.frame_ids.index("safety")
    slope = model.calibration.slopes[column]
    constant = model.frames.constant[column] * slope + model.calibration.intercepts[column]
    probability = model.score_units(texts, ["a"] * 4).probabilities[3, column]
    log_odds = np.log(probability / (1 - probability))
    assert sum(item.weight for item in evidence) + constant == pytest.approx(log_odds, abs=1e-6)


def test_the_sentence_before_is_named_as_evidence(model: TfidfModel):
    texts = ["The price of herring fell.", "It rained."]
    evidence = model.explain_unit(texts, 1, "money", most=100)
    assert name_before(1) in [item.text for item in evidence]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        pytest.param("경제보복 조치다", "경제보복", id="ko"),
        pytest.param("それは報復措置だ", "報復措置", id="ja-run-of-kanji"),
        pytest.param("ホワイト国から除外", "ホワイト", id="ja-katakana"),
        pytest.param("S. Korea's list", "Korea's", id="en-apostrophe"),
    ],
)
def test_weight_falls_on_words_as_readers_see_them(text: str, word: str):
    gram = normalise(word)[:2]
    assert spread_over_words(text, {("char", gram): 1.0})[word] == pytest.approx(1.0)


def test_words_stand_as_folded_where_folding_moved_them():
    # ㈱ folds into three characters, so places before and after do not match any more
    assert "株" in spread_over_words("㈱Harbour", {("char", "har"): 1.0})


def test_weight_of_a_word_pair_reaches_over_punctuation():
    words = spread_over_words("the U.S. list", {("word", "u s"): 1.0})
    assert words["U"] + words["S"] == pytest.approx(2 / 3)


def test_a_frame_nobody_carries_is_never_said(small_dataset: Dataset):
    frames = small_dataset.frames.copy()
    frames[:, 1] = False
    empty = Dataset(
        small_dataset.codebook, small_dataset.texts, frames, small_dataset.speakers,
        small_dataset.articles, small_dataset.passages, small_dataset.about,
    )  # fmt: skip
    model = fit_model(empty)
    assert not model.score_units(empty.texts, empty.articles).decisions[:, 1].any()


def test_no_speaker_coded(small_dataset: Dataset):
    mute = Dataset(
        small_dataset.codebook, small_dataset.texts, small_dataset.frames,
        np.full(16, -1), small_dataset.articles, small_dataset.passages, small_dataset.about,
    )  # fmt: skip
    assert fit_model(mute).score_units(["x"], ["a"]).speakers.shape == (1, 0)


def test_sigmoid_recovers_the_true_slope():
    generator = np.random.default_rng(0)
    scores = generator.normal(size=(20_000, 1))
    carried = generator.random((20_000, 1)) < 1 / (1 + np.exp(-(2.0 * scores - 1.0)))
    calibration = fit_sigmoids(scores, carried)
    assert calibration.slopes[0] == pytest.approx(2.0, abs=0.1)
    assert calibration.intercepts[0] == pytest.approx(-1.0, abs=0.1)


def test_scores_that_point_the_wrong_way_get_slope_zero():
    scores = np.array([[2.0], [1.0], [-1.0], [-2.0]] * 10)
    assert fit_sigmoids(scores, scores < 0).slopes[0] == 0


@given(st.lists(st.tuples(st.integers(0, 10), st.booleans()), min_size=1, max_size=40))
def test_no_other_threshold_gives_a_better_f1(pairs: list[tuple[int, bool]]):
    probability = np.array([[p / 10] for p, _ in pairs])
    carried = np.array([[c] for _, c in pairs])
    threshold = choose_thresholds(probability, carried)[0]

    def f1(cut: float) -> float:
        said = probability >= cut
        return 2 * float((said & carried).sum()) / max(1, int(said.sum()) + int(carried.sum()))

    assert f1(threshold) >= max(f1(cut / 10) for cut in range(12)) - 1e-12
