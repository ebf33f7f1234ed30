"""Fitting the baseline: settings chosen by cross-validation, calibrated on what that held out."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np

from framing.classifiers.base import FrameScores
from framing.classifiers.calibration import choose_thresholds, fit_sigmoids, fit_temperature
from framing.classifiers.features import FeatureSettings, TfidfFeatures
from framing.classifiers.fitting import fit_frames, fit_speakers
from framing.classifiers.tfidf import LinearWeights, TfidfModel, TfidfSettings
from framing.config import TrainConfig
from framing.corpus.splitting import find_story_clusters
from framing.dataset import Dataset
from framing.splits import iterate_folds

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FEATURE_KEYS = tuple(entry.name for entry in dataclasses.fields(FeatureSettings))
_Folds = list[tuple["NDArray[np.int64]", "NDArray[np.int64]"]]
"""Rows to learn from and rows held out, fold by fold."""


class CandidateScore(TypedDict):
    """What cross-validation said of one combination of settings."""

    settings: dict[str, Any]
    average_precision: float
    """Mean over frames of the average precision of held-out scores, in [0, 1]."""


@dataclass(frozen=True)
class FittedBaseline:
    """A baseline, and how it was chosen."""

    model: TfidfModel
    chosen: TfidfSettings
    candidates: list[CandidateScore]
    """Best first."""
    cross_validated: FrameScores
    """Of the units it learnt from, each by a model that did not see it."""


def fit_baseline(
    config: TrainConfig,
    train: Dataset,
    *,
    speakers: bool = True,
    tell: Callable[[str], None] = lambda message: None,
) -> FittedBaseline:
    """Choose settings among a config's candidates, and fit them on all units.

    Settings, calibration and thresholds come from cross-validation by story cluster.

    Args:
        config: Its candidates and its selection.
        train: Units to learn from; each frame is carried by some.
        speakers: Whether speakers are told apart too, where they are coded.
        tell: Is told, in a line, what is being done.
    """
    folds = _cut_folds(config, train)
    every = _expand(config)
    if len(every) == 1:
        # Nothing to compare: its scores on held-out units come of fitting it.
        model, held_out = _fit(folds, every[0], train, speakers)
        candidates = [_rate(every[0], held_out, train)]
        return FittedBaseline(model, every[0], candidates, _as_scores(model, held_out))
    chosen, candidates = _choose_settings(config, every, folds, train, speakers, tell)
    model, held_out = _fit(folds, chosen, train, speakers)
    return FittedBaseline(model, chosen, candidates, _as_scores(model, held_out))


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
    config: TrainConfig,
    every: Sequence[TfidfSettings],
    folds: _Folds,
    train: Dataset,
    speakers: bool,
    tell: Callable[[str], None],
) -> tuple[TfidfSettings, list[CandidateScore]]:
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
            scored.append((settings, _rate(settings, held_out, train)))
    scored.sort(key=lambda pair: -pair[1]["average_precision"])
    best = scored[0][0]
    if speakers:
        best = _choose_speaker_penalty(config, folds, best, train)
    return best, [rated for _, rated in scored]


def _rate(settings: TfidfSettings, held_out: _HeldOut, train: Dataset) -> CandidateScore:
    from sklearn.metrics import average_precision_score

    precision = average_precision_score(train.frames, held_out.frames, average="macro")
    return CandidateScore(settings=dataclasses.asdict(settings), average_precision=float(precision))


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


def _fit(
    folds: _Folds, settings: TfidfSettings, train: Dataset, speakers: bool
) -> tuple[TfidfModel, _HeldOut]:
    (held_out,) = _cross_validate(folds, settings.features, [settings], train, speakers=speakers)
    calibration = fit_sigmoids(held_out.frames, train.frames)
    thresholds = choose_thresholds(calibration.apply(held_out.frames), train.frames)
    features = TfidfFeatures(settings.features).fit(train.texts)
    matrix = features.transform(train.texts)
    frames: LinearWeights = fit_frames(matrix, train, settings)
    voice = fit_speakers(matrix, train, settings) if speakers else None
    if voice is not None:
        coded = train.speakers >= 0
        factor = fit_temperature(held_out.speakers[coded], train.speakers[coded])
        voice = voice.scaled(factor)
        held_out = dataclasses.replace(held_out, speakers=held_out.speakers * factor)
    model = TfidfModel(train.codebook, settings, features, frames, voice, calibration, thresholds)
    return model, held_out


def _as_scores(model: TfidfModel, held_out: _HeldOut) -> FrameScores:
    from scipy.special import softmax

    probabilities = model.calibration.apply(held_out.frames)
    return FrameScores(
        probabilities,
        probabilities >= model.thresholds,
        softmax(held_out.speakers, axis=1)
        if model.speakers is not None
        else np.zeros((len(probabilities), 0)),
        model.codebook.digest,
        model.digest,
    )
