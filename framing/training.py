"""Training: from a config to a chosen, calibrated and tested model folder."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict, overload

import numpy as np

from framing.card import render_card
from framing.classifiers.calibration import choose_thresholds, fit_sigmoids, fit_temperature
from framing.classifiers.features import FeatureSettings, TfidfFeatures
from framing.classifiers.fitting import fit_frames, fit_speakers
from framing.classifiers.tfidf import LinearWeights, TfidfModel, TfidfSettings
from framing.codebook import Codebook
from framing.config import TrainConfig, TransformerConfig
from framing.corpus.splitting import find_story_clusters
from framing.dataset import Dataset
from framing.evaluation import Metrics, evaluate_scores
from framing.files import open_output, write_json
from framing.splits import find_near_duplicates, iterate_folds
from framing.training_data import (
    choose_test,
    describe_data,
    describe_environment,
    load_coded,
    require_every_frame,
    require_folder,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from framing.fine_tuning import FineTunedModel

_FEATURE_KEYS = tuple(entry.name for entry in dataclasses.fields(FeatureSettings))
_Folds = list[tuple["NDArray[np.int64]", "NDArray[np.int64]"]]
"""Rows to learn from and rows held out, fold by fold."""


class CandidateScore(TypedDict):
    """What cross-validation said of one combination of settings."""

    settings: dict[str, Any]
    average_precision: float
    """Mean over frames of the average precision of held-out scores, in [0, 1]."""


class TrainingRecord(TypedDict):
    """Everything a reader needs to judge or repeat a training run; `metrics.json`."""

    name: str
    config: dict[str, Any]
    environment: dict[str, str]
    data: dict[str, Any]
    """Units, articles, languages, frames, and digests of the data and of the codebook."""
    split: str | None
    """Digest of the split file; None where articles were drawn by hash."""
    test_articles: list[str]
    near_duplicates: int
    """Test units that nearly repeat a training unit (character 5-gram Jaccard of .6 or more)."""
    candidates: list[CandidateScore]
    """Best first."""
    chosen: dict[str, Any]
    cross_validation: Metrics
    """On training articles, each scored by a model that did not see it. Thresholds and
    calibration were fitted on these scores: optimistic by a little."""
    test: Metrics
    test_by_language: dict[str, Metrics]


@dataclass(frozen=True)
class TrainedModel:
    """A model with the record of how it came about."""

    model: TfidfModel
    record: TrainingRecord


@overload
def train_model(
    config: TrainConfig, *, tell: Callable[[str], None] = ..., progress: bool = ...
) -> TrainedModel: ...
@overload
def train_model(
    config: TransformerConfig, *, tell: Callable[[str], None] = ..., progress: bool = ...
) -> FineTunedModel: ...
def train_model(
    config: TrainConfig | TransformerConfig,
    *,
    tell: Callable[[str], None] = lambda message: None,
    progress: bool = False,
) -> TrainedModel | FineTunedModel:
    """Train a model after a config and write its folder.

    Args:
        config: The run: of the baseline, or of a transformer (see `framing.fine_tuning`).
        tell: Is told, in a line, what is being done.
        progress: Show a bar on stderr, where training takes long.

    Raises:
        ConfigError: The data cannot be split as the config says, or the encoder is not here.
        InputError: Articles and codes do not fit.
        ModelError: A package that a transformer needs is not installed.
        OutputError: The folder cannot be written to.
    """
    if isinstance(config, TransformerConfig):
        from framing.fine_tuning import fine_tune

        return fine_tune(config, tell=tell, progress=progress)
    return _train_baseline(config, tell)


def _train_baseline(config: TrainConfig, tell: Callable[[str], None]) -> TrainedModel:
    """Train the baseline.

    The test articles are set apart first and scored once, at the end, by the model as saved.
    Settings, calibration and thresholds come from cross-validation by article over the rest.
    """
    folder = config.resolve(config.output)
    require_folder(folder)
    codebook = Codebook.load(config.resolve(config.data.codebook))
    dataset = load_coded(config, codebook)
    languages = {name: about.language for name, about in dataset.about.items()}
    test_names, drawn = choose_test(config, dataset)
    train, test = dataset.select(set(languages) - test_names), dataset.select(test_names)
    require_every_frame(train, config)
    tell(f"{len(train)} units to learn from, {len(test)} to test on")
    folds = _cut_folds(config, train)
    chosen, candidates = _choose_settings(config, folds, train, tell)
    model, held_out = _fit(folds, chosen, train)
    model.save(folder)
    # Scores come from the model as a user will load it, rounded weights and all.
    model = TfidfModel.load(folder, codebook)
    scores = model.score_units(test.texts, test.passages)
    record = TrainingRecord(
        name=config.name,
        config=config.plain(),
        environment=describe_environment(),
        data=describe_data(dataset),
        split=drawn,
        test_articles=sorted(test_names),
        near_duplicates=len({pair.left for pair in find_near_duplicates(test.texts, train.texts)}),
        candidates=candidates,
        chosen=dataclasses.asdict(chosen),
        cross_validation=evaluate_scores(
            dataclasses.replace(scores, **_as_scores(model, held_out)), train
        ),
        test=evaluate_scores(scores, test),
        test_by_language={
            language: evaluate_scores(model.score_units(part.texts, part.passages), part)
            for language in sorted(set(languages.values()))
            for part in [test.select({n for n in test_names if languages[n] == language})]
        },
    )
    write_json(folder / "metrics.json", record)
    with open_output(folder / "README.md") as stream:
        stream.write(render_card(record, codebook, model.thresholds.tolist()))
    return TrainedModel(model, record)


@dataclass(frozen=True)
class _HeldOut:
    """Raw scores of training units by models that did not see them."""

    frames: np.ndarray[Any, np.dtype[np.float64]]
    speakers: np.ndarray[Any, np.dtype[np.float64]]


def _expand(config: TrainConfig) -> list[TfidfSettings]:
    lists = dataclasses.asdict(config.candidates)
    combinations = itertools.product(*lists.values())
    settings = []
    for values in combinations:
        chosen = dict(zip(lists, values, strict=True))
        features = FeatureSettings(**{key: chosen.pop(key) for key in _FEATURE_KEYS})
        context = tuple(chosen.pop("context_weights"))
        settings.append(TfidfSettings(features=features, context_weights=context, **chosen))
    return settings


def _cut_folds(config: TrainConfig, train: Dataset) -> _Folds:
    """Folds by story cluster: translations and near-duplicates are held out together."""
    clusters = find_story_clusters(train)
    groups = [clusters[name] for name in train.articles]
    return list(iterate_folds(groups, config.selection.folds, seed=config.selection.seed))


def _choose_settings(
    config: TrainConfig, folds: _Folds, train: Dataset, tell: Callable[[str], None]
) -> tuple[TfidfSettings, list[CandidateScore]]:
    from sklearn.metrics import average_precision_score

    every = _expand(config)
    # The speaker's penalty does not touch the frames: it is chosen afterwards, on its own.
    frame_settings = [
        s for s in every if s.speaker_inverse_penalty == every[0].speaker_inverse_penalty
    ]
    tell(f"comparing {len(frame_settings)} settings over {config.selection.folds} folds by article")
    scored = []
    for features, group in itertools.groupby(
        sorted(frame_settings, key=lambda s: repr(s.features)), key=lambda s: s.features
    ):
        alike = list(group)
        compared = _cross_validate(folds, features, alike, train)
        for settings, held_out in zip(alike, compared, strict=True):
            precision = average_precision_score(train.frames, held_out.frames, average="macro")
            scored.append((settings, float(precision)))
    scored.sort(key=lambda pair: -pair[1])
    best = _choose_speaker_penalty(config, folds, scored[0][0], train)
    return best, [
        CandidateScore(settings=dataclasses.asdict(settings), average_precision=precision)
        for settings, precision in scored
    ]


def _choose_speaker_penalty(
    config: TrainConfig, folds: _Folds, settings: TfidfSettings, train: Dataset
) -> TfidfSettings:
    coded = train.speakers >= 0
    if not coded.any():
        return settings
    candidates = [
        dataclasses.replace(settings, speaker_inverse_penalty=penalty)
        for penalty in config.candidates.speaker_inverse_penalty
    ]
    held_out = _cross_validate(folds, settings.features, candidates, train, speakers=True)
    accuracy = [
        float((scores.speakers.argmax(axis=1) == train.speakers)[coded].mean())
        for scores in held_out
    ]
    return candidates[int(np.argmax(accuracy))]


def _cross_validate(
    folds: _Folds,
    features: FeatureSettings,
    candidates: Sequence[TfidfSettings],
    train: Dataset,
    *,
    speakers: bool = False,
) -> list[_HeldOut]:
    n_units, n_frames = train.frames.shape
    held_out = [
        _HeldOut(np.zeros((n_units, n_frames)), np.zeros((n_units, len(train.codebook.speakers))))
        for _ in candidates
    ]
    for seen_rows, held_rows in folds:
        seen = train.select({train.articles[row] for row in seen_rows})
        held = train.select({train.articles[row] for row in held_rows})
        fitted = TfidfFeatures(features).fit(seen.texts)
        seen_x, held_x = fitted.transform(seen.texts), fitted.transform(held.texts)
        for settings, scores in zip(candidates, held_out, strict=True):
            frames = fit_frames(seen_x, seen, settings)
            scores.frames[held_rows] = frames.score(held_x, held.passages)
            voice = fit_speakers(seen_x, seen, settings) if speakers else None
            if voice is not None:
                scores.speakers[held_rows] = voice.score(held_x, held.passages)
    return held_out


def _fit(folds: _Folds, settings: TfidfSettings, train: Dataset) -> tuple[TfidfModel, _HeldOut]:
    (held_out,) = _cross_validate(folds, settings.features, [settings], train, speakers=True)
    calibration = fit_sigmoids(held_out.frames, train.frames)
    thresholds = choose_thresholds(calibration.apply(held_out.frames), train.frames)
    features = TfidfFeatures(settings.features).fit(train.texts)
    matrix = features.transform(train.texts)
    frames: LinearWeights = fit_frames(matrix, train, settings)
    speakers = fit_speakers(matrix, train, settings)
    if speakers is not None:
        coded = train.speakers >= 0
        factor = fit_temperature(held_out.speakers[coded], train.speakers[coded])
        speakers = speakers.scaled(factor)
        held_out = dataclasses.replace(held_out, speakers=held_out.speakers * factor)
    model = TfidfModel(
        train.codebook, settings, features, frames, speakers, calibration, thresholds
    )
    return model, held_out


def _as_scores(model: TfidfModel, held_out: _HeldOut) -> dict[str, Any]:
    from scipy.special import softmax

    probabilities = model.calibration.apply(held_out.frames)
    return {
        "probabilities": probabilities,
        "decisions": probabilities >= model.thresholds,
        "speakers": softmax(held_out.speakers, axis=1)
        if model.speakers is not None
        else np.zeros((len(probabilities), 0)),
    }
