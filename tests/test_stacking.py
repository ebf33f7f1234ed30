"""A linear model of n-grams beside the network: weights, folder, scores, evidence."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit, logit

from framing import Codebook, load_config, load_model, train_model
from framing.classifiers.calibration import Calibration, fit_sigmoids
from framing.classifiers.transformer.model import RawScores, TransformerModel
from framing.errors import ConfigError, ModelError
from tests.tiny_encoder import needs_export, needs_training, write_encoder, write_project

NGRAMS = """\
name: small-baseline
model: tfidf
data: {articles: articles, codes: codes.jsonl, codebook: codebook.yaml}
split: {file: split.json}
candidates:
  char_min: [1]
  char_max: [3]
  min_units: [1]
  context_weights: [[0.5]]
  inverse_penalty: [1.0]
selection: {folds: 2}
output: baseline
"""
N_UNITS = 4000


# Weights


def draw_views(*noises: float) -> tuple[np.ndarray, list[np.ndarray]]:
    """Units that carry one frame by known log-odds, and those log-odds with noise added."""
    random = np.random.default_rng(0)
    log_odds = random.normal(scale=2, size=(N_UNITS, 1))
    carried = random.random((N_UNITS, 1)) < expit(log_odds)
    return carried, [log_odds + random.normal(scale=s, size=(N_UNITS, 1)) for s in noises]


def test_two_views_are_weighed_by_what_they_know():
    carried, (first, second) = draw_views(1.0, 2.0)
    fitted = fit_sigmoids(first, carried, second)
    # Of independent noise the best weights go with the inverse of its variance.
    assert fitted.second_slopes is not None
    assert fitted.slopes[0] / fitted.second_slopes[0] == pytest.approx(4, rel=0.25)


def test_two_views_predict_better_than_one():
    carried, (first, second) = draw_views(1.5, 1.5)
    half = N_UNITS // 2
    alone = fit_sigmoids(first[:half], carried[:half])
    both = fit_sigmoids(first[:half], carried[:half], second[:half])
    errors = [
        np.mean((probability - carried[half:]) ** 2)
        for probability in (alone.apply(first[half:]), both.apply(first[half:], second[half:]))
    ]
    assert errors[1] < errors[0] * 0.95


def test_the_fitted_probabilities_are_calibrated():
    carried, (first, second) = draw_views(1.0, 1.0)
    probability = fit_sigmoids(first, carried, second).apply(first, second)
    for low in np.arange(0, 1, 0.25):
        inside = (probability >= low) & (probability < low + 0.25)
        assert carried[inside].mean() == pytest.approx(probability[inside].mean(), abs=0.04)


@pytest.mark.parametrize("sign", [pytest.param(0, id="noise"), pytest.param(-1, id="turned-round")])
def test_a_view_that_misleads_weighs_nothing(sign: int):
    carried, (first, other) = draw_views(1.0, 1.0)
    noise = np.random.default_rng(1).normal(size=first.shape)
    fitted = fit_sigmoids(first, carried, sign * other + noise)
    assert fitted.second_slopes is not None
    assert fitted.second_slopes[0] == pytest.approx(0, abs=0.1)
    assert fitted.slopes[0] > 0.3


def test_scores_and_slopes_of_a_second_model_go_together():
    one = np.zeros((1, 1))
    with pytest.raises(ValueError, match="go together"):
        Calibration(np.ones(1), np.zeros(1)).apply(one, one)
    with pytest.raises(ValueError, match="go together"):
        Calibration(np.ones(1), np.zeros(1), np.ones(1)).apply(one)


def test_rows_of_raw_scores_keep_their_ngrams():
    raw = RawScores(np.arange(3.0)[:, None], np.zeros((3, 0)), 10 * np.arange(3.0)[:, None])
    kept = raw.rows(np.array([2, 0]))
    assert kept.frames.ravel().tolist() == [2, 0]
    assert kept.ngrams is not None
    assert kept.ngrams.ravel().tolist() == [20, 0]


# A model


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose config, with n-grams, was run."""
    encoder = write_encoder(tmp_path_factory.mktemp("encoder"))
    folder = write_project(tmp_path_factory.mktemp("project"), encoder)
    (folder / "ngrams.yaml").write_text(NGRAMS, encoding="utf-8")
    with (folder / "config.yaml").open("a", encoding="utf-8") as config:
        config.write("ngrams: ngrams.yaml\n")
    train_model(load_config(folder / "config.yaml"))
    return folder


def open_model(project: Path, folder: Path | None = None) -> TransformerModel:
    model = load_model(folder or project / "model", Codebook.load(project / "codebook.yaml"))
    assert isinstance(model, TransformerModel)
    return model


TEXTS = ["the port is a danger.", "it rained on no day.", "항구 港湾 😀", "", "\ud800 port"]


@needs_training
@needs_export
@pytest.mark.parametrize("kind", ["exported", "torch"])
def test_log_odds_are_those_of_network_and_ngrams_weighed(project: Path, kind: str):
    model = open_model(project, project / "model" / ("torch" if kind == "torch" else ""))
    passages = [0, 0, 0, 1, 1]
    scores, raw = model.score_units(TEXTS, passages), model.score_raw(TEXTS, passages)
    calibration, ngrams = model.decision.calibration, model.ngrams
    assert ngrams is not None
    beside = ngrams.frames.score(ngrams.features.transform(TEXTS), passages)
    expected = (
        calibration.slopes * raw.frames
        + calibration.second_slopes * beside
        + calibration.intercepts
    )
    assert logit(scores.probabilities) == pytest.approx(expected, abs=1e-6)
    assert scores.speakers.shape[1] == 2


@needs_training
@needs_export
def test_nothing_to_score_with_ngrams(project: Path):
    assert open_model(project).score_units([], []).probabilities.shape == (0, 2)


@needs_training
@needs_export
def test_ngrams_learn_from_train_alone(project: Path):
    record = json.loads((project / "model" / "metrics.json").read_text("utf-8"))
    vocabulary = (project / "model" / "ngrams" / "vocabulary.json").read_text("utf-8")
    held = {*record["dev_articles"], *record["test_articles"]}
    texts = {path.name: path.read_text("utf-8") for path in (project / "articles").iterdir()}
    grams = {
        text[at : at + 3].lower() for name, text in texts.items() if name in held
        for at in range(len(text) - 2)
    }  # fmt: skip
    seen = "".join(text.lower() for name, text in texts.items() if name not in held)
    unseen = {gram for gram in grams if gram.isalpha() and gram not in seen}
    assert unseen
    assert not [gram for gram in unseen if json.dumps(gram, ensure_ascii=False) in vocabulary]


@needs_training
@needs_export
def test_the_record_says_what_the_network_does_alone(project: Path):
    record = json.loads((project / "model" / "metrics.json").read_text("utf-8"))
    assert record["config"]["ngrams"] == "ngrams.yaml"
    assert record["ngrams"]["candidates"] == 1
    assert record["ngrams"]["without"].keys() == {"dev"}
    assert 0 <= record["ngrams"]["without"]["dev"]["macro_f1"] <= 1
    card = (project / "model" / "README.md").read_text("utf-8")
    assert "A linear model of\nn-grams" in card
    assert f"dev macro-F1 {record['ngrams']['without']['dev']['macro_f1']:.3f}" in card


@needs_training
@needs_export
def test_evidence_is_what_the_log_odds_lose(project: Path):
    model = open_model(project)
    assert model.decision.calibration.second_slopes is not None
    # Weights that certainly count: a model of four steps may lean on one of the two alone.
    model.decision.calibration.slopes[:] = 0.7
    model.decision.calibration.second_slopes[:] = 1.3
    whole, without = "the port is a danger", "the port is a"
    found = {item.text: item.weight for item in model.explain_unit([whole], 0, "safety", most=99)}
    before, after = (
        logit(model.score_units([text], [0]).probabilities[0, model.codebook.frame_ids.index("safety")])
        for text in (whole, without)
    )  # fmt: skip
    assert found["danger"] == pytest.approx(before - after, abs=1e-6)


@needs_training
@needs_export
@pytest.mark.parametrize(
    ("name", "message"),
    [
        pytest.param("ngrams/model.json", "model.json has digest", id="description"),
        pytest.param("ngrams/weights.safetensors", "weights.safetensors has digest", id="weights"),
        pytest.param("ngrams/vocabulary.json", "vocabulary.json has digest", id="vocabulary"),
    ],
)
def test_changed_ngrams_are_refused(project: Path, tmp_path: Path, name: str, message: str):
    folder = Path(shutil.copytree(project / "model", tmp_path / "copy"))
    data = bytearray((folder / name).read_bytes())
    data[-3] ^= 1
    (folder / name).write_bytes(bytes(data))
    with pytest.raises(ModelError, match=message):
        open_model(project, folder)


@needs_training
@needs_export
def test_missing_ngrams_are_refused(project: Path, tmp_path: Path):
    folder = Path(shutil.copytree(project / "model", tmp_path / "copy"))
    shutil.rmtree(folder / "ngrams")
    with pytest.raises(ModelError, match=r"has no ngrams/model\.json"):
        open_model(project, folder)


@needs_training
@needs_export
def test_ngrams_without_their_slopes_are_refused(project: Path, tmp_path: Path):
    folder = Path(shutil.copytree(project / "model", tmp_path / "copy"))
    description = json.loads((folder / "model.json").read_text("utf-8"))
    del description["calibration"]["ngram_slopes"]
    (folder / "model.json").write_text(json.dumps(description), encoding="utf-8")
    with pytest.raises(ModelError, match="is damaged .*go together"):
        open_model(project, folder)


@needs_training
@pytest.mark.parametrize(
    ("named", "message"),
    [
        pytest.param("nowhere.yaml", "nowhere.yaml", id="missing"),
        pytest.param("config.yaml", "is not the config of a baseline", id="itself"),
        pytest.param("broken.yaml", "unknown key `candidate`", id="misspelt"),
    ],
)
def test_a_config_of_ngrams_that_is_none_is_refused_before_any_work(
    tmp_path: Path, named: str, message: str
):
    folder = write_project(tmp_path, write_encoder(tmp_path / "encoder"))
    broken = NGRAMS.replace("candidates:", "candidate:")
    (folder / "broken.yaml").write_text(broken, encoding="utf-8")
    with (folder / "config.yaml").open("a", encoding="utf-8") as config:
        config.write(f"ngrams: {named}\n")
    with pytest.raises(ConfigError, match=message):
        train_model(load_config(folder / "config.yaml"))
    assert not (folder / "model").exists()
