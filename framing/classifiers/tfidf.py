"""The baseline: TF-IDF features, one logistic regression a frame, one more for the speaker."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from framing.classifiers.base import (
    Evidence,
    FrameScores,
    follow_within_articles,
    shift_within_articles,
)
from framing.classifiers.calibration import Calibration
from framing.classifiers.features import FeatureSettings, TfidfFeatures, spread_over_words
from framing.codebook import Codebook
from framing.errors import ModelError
from framing.files import digest_bytes, open_output, write_json

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from framing.dataset import Dataset

MODEL_TYPE = "tfidf-logistic-regression"
PREVIOUS_SENTENCE = "the sentence before"
_FORMAT = 1


@dataclass(frozen=True, kw_only=True)
class TfidfSettings:
    """What is fitted; chosen by cross-validation among the config's candidates."""

    features: FeatureSettings = field(default_factory=FeatureSettings)
    inverse_penalty: float = 10.0
    """C of the frames' logistic regressions."""
    speaker_inverse_penalty: float = 10.0
    """C of the speaker's logistic regression."""
    context_weight: float = 0.5
    """Weight of the previous sentence's features beside the unit's own; 0 leaves them out."""
    balanced: bool = True
    """Weigh the units that carry a frame as much, together, as those that do not."""


@dataclass(frozen=True)
class LinearWeights:
    """Weights of a linear score: the unit's own features, the previous sentence's, a constant."""

    own: NDArray[np.float64]
    """(n_outputs, n_features)."""
    previous: NDArray[np.float64]
    """(n_outputs, n_features)."""
    constant: NDArray[np.float64]
    """(n_outputs)."""

    def score(self, features: Any, articles: Sequence[object]) -> NDArray[np.float64]:
        """Scores (n_units, n_outputs) of units given as sparse features (n_units, n_features)."""
        before = shift_within_articles(features @ self.previous.T, articles)
        return np.asarray(features @ self.own.T + before + self.constant)


class TfidfModel:
    """A fitted baseline: features, weights, calibration and thresholds for one codebook."""

    def __init__(
        self,
        codebook: Codebook,
        settings: TfidfSettings,
        features: TfidfFeatures,
        frames: LinearWeights,
        speakers: LinearWeights | None,
        calibration: Calibration,
        thresholds: NDArray[np.float64],
        digest: str = "",
    ) -> None:
        self.codebook = codebook
        self.settings = settings
        self.features = features
        self.frames = frames
        self.speakers = speakers
        self.calibration = calibration
        self.thresholds = thresholds
        self.digest = digest

    def score_units(self, texts: Sequence[str], articles: Sequence[object]) -> FrameScores:
        """Score units; the unit before, in the same article, is context.

        Args:
            texts: Text of each unit (n_units).
            articles: Article of each unit (n_units); equal neighbours belong together.
        """
        if not texts:
            empty = np.zeros((0, len(self.codebook.frames)))
            nobody = np.zeros((0, len(self.codebook.speakers)))
            return FrameScores(empty, empty.astype(bool), nobody, self.codebook.digest, self.digest)
        features = self.features.transform(texts)
        probabilities = self.calibration.apply(self.frames.score(features, articles))
        return FrameScores(
            probabilities,
            probabilities >= self.thresholds,
            self._score_speakers(features, articles),
            self.codebook.digest,
            self.digest,
        )

    def explain_unit(
        self, texts: Sequence[str], index: int, frame: str, *, most: int = 5
    ) -> list[Evidence]:
        """The words that added most to, or took most from, a frame's log-odds.

        Exact for a linear model: the weights of all words, the previous sentence and a constant
        add up to the log-odds.
        """
        from scipy.sparse import csr_array

        column = self.codebook.frame_ids.index(frame)
        slope = self.calibration.slopes[column]
        own = csr_array(self.features.transform([texts[index]]))
        weights = {
            self._grams[f]: float(value * self.frames.own[column, f] * slope)
            for f, value in zip(own.indices, own.data, strict=True)
        }
        evidence = [
            Evidence(word, weight)
            for word, weight in spread_over_words(texts[index], weights).items()
        ]
        if index > 0 and self.settings.context_weight:
            before = self.features.transform([texts[index - 1]]) @ self.frames.previous[column]
            evidence.append(Evidence(PREVIOUS_SENTENCE, float(before[0] * slope)))
        evidence = [item for item in evidence if item.weight]
        return sorted(evidence, key=lambda item: -abs(item.weight))[:most]

    def save(self, folder: str | Path) -> None:
        """Write `model.json`, `vocabulary.json` and `weights.safetensors`; no pickle.

        Raises:
            OutputError: The folder cannot be written to.
        """
        from safetensors.numpy import save

        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        vocabulary, frequencies = self.features.dump()
        weights: dict[str, NDArray[Any]] = dict(frequencies)
        # Half precision: a weight's last digits change no decision and would double the file.
        weights |= {"frames.own": self.frames.own, "frames.previous": self.frames.previous}
        weights |= {"frames.constant": self.frames.constant}
        if self.speakers is not None:
            weights |= {"speakers.own": self.speakers.own}
            weights |= {"speakers.previous": self.speakers.previous}
            weights |= {"speakers.constant": self.speakers.constant}
        half = {
            name: np.ascontiguousarray(value.astype(np.float16 if value.ndim == 2 else np.float32))
            for name, value in weights.items()
        }
        words = json.dumps(vocabulary, ensure_ascii=False, indent=0)
        data = save(dict(sorted(half.items())))
        with open_output(folder / "weights.safetensors", binary=True) as stream:
            stream.write(data)
        with open_output(folder / "vocabulary.json") as stream:
            stream.write(words + "\n")
        write_json(folder / "model.json", self._describe(data, words))

    def _describe(self, data: bytes, words: str) -> dict[str, Any]:
        return {
            "type": MODEL_TYPE,
            "format": _FORMAT,
            "codebook": {
                "name": self.codebook.name,
                "version": self.codebook.version,
                "digest": self.codebook.digest,
            },
            "frames": list(self.codebook.frame_ids),
            "speakers": list(self.codebook.speaker_ids),
            "settings": asdict(self.settings),
            "calibration": {
                "slopes": self.calibration.slopes.tolist(),
                "intercepts": self.calibration.intercepts.tolist(),
            },
            "thresholds": self.thresholds.tolist(),
            "digests": {
                "weights.safetensors": digest_bytes(data),
                "vocabulary.json": digest_bytes((words + "\n").encode()),
            },
        }

    @classmethod
    def load(cls, folder: str | Path, codebook: Codebook) -> TfidfModel:
        """Read a saved model.

        Raises:
            ModelError: A file is missing, damaged, or of another kind of model.
            CodebookError: It was trained with another codebook.
        """
        from safetensors import SafetensorError
        from safetensors.numpy import load

        folder = Path(folder)
        description = read_description(folder)
        codebook.require_digest(description["codebook"]["digest"], path=folder, what="the model")
        data = _read_checked(folder, "weights.safetensors", description)
        words = _read_checked(folder, "vocabulary.json", description)
        try:
            weights = {name: np.asarray(value) for name, value in load(data).items()}
            settings = TfidfSettings(
                **{
                    **description["settings"],
                    "features": FeatureSettings(**description["settings"]["features"]),
                }
            )
            features = TfidfFeatures.restore(settings.features, json.loads(words), weights)
            calibration = Calibration(
                *(np.array(description["calibration"][key]) for key in ("slopes", "intercepts"))
            )
            thresholds = np.array(description["thresholds"])
            frames = _read_linear("frames", weights)
        except (KeyError, TypeError, ValueError, SafetensorError) as error:
            raise ModelError(
                f"is damaged ({error})", path=folder, hint="train the model again"
            ) from error
        speakers = _read_linear("speakers", weights) if "speakers.own" in weights else None
        digest = digest_bytes((folder / "model.json").read_bytes())
        return cls(codebook, settings, features, frames, speakers, calibration, thresholds, digest)

    def _score_speakers(self, features: Any, articles: Sequence[object]) -> NDArray[np.float64]:
        from scipy.special import softmax

        if self.speakers is None:
            return np.zeros((features.shape[0], 0))
        return np.asarray(softmax(self.speakers.score(features, articles), axis=1))

    @cached_property
    def _grams(self) -> list[tuple[str, str]]:
        return self.features.grams()


def fit_frames(features: Any, dataset: Dataset, settings: TfidfSettings) -> LinearWeights:
    """Fit one logistic regression a frame.

    Args:
        features: Sparse (n_units, n_features) of the dataset's units.
        dataset: Gold frames.
        settings: Penalty, context weight, class weight.

    Returns:
        Weights with one output a frame. A frame that no unit carries, or every unit carries, gets
        a constant score alone.
    """
    from sklearn.linear_model import LogisticRegression

    stacked = _with_context(features, dataset.articles, settings.context_weight)
    n_features, n_frames = features.shape[1], dataset.frames.shape[1]
    weights = np.zeros((n_frames, 2 * n_features))
    constant = np.zeros(n_frames)
    for k in range(n_frames):
        carried = dataset.frames[:, k]
        if carried.all() or not carried.any():
            constant[k] = 5.0 if carried.all() else -5.0
            continue
        model = LogisticRegression(
            C=settings.inverse_penalty,
            class_weight="balanced" if settings.balanced else None,
            solver="liblinear",
            random_state=0,
        )
        model.fit(stacked, carried)
        weights[k, : stacked.shape[1]] = model.coef_[0]
        constant[k] = model.intercept_[0]
    return _split_weights(weights, constant, n_features, settings.context_weight)


def fit_speakers(features: Any, dataset: Dataset, settings: TfidfSettings) -> LinearWeights | None:
    """Fit one multinomial logistic regression over the speakers; None if none is coded.

    Returns:
        Weights with one output a speaker; a speaker never seen gets a score that rules it out.
    """
    from sklearn.linear_model import LogisticRegression

    coded = dataset.speakers >= 0
    present = np.unique(dataset.speakers[coded])
    if len(present) < 2:
        return None
    stacked = _with_context(features, dataset.articles, settings.context_weight)
    model = LogisticRegression(C=settings.speaker_inverse_penalty, max_iter=1000)
    model.fit(stacked[coded], dataset.speakers[coded])
    n_features, n_speakers = features.shape[1], len(dataset.codebook.speakers)
    weights = np.zeros((n_speakers, 2 * n_features))
    constant = np.full(n_speakers, -20.0)
    # Two classes give one row of coefficients: the second class's, the first one's its negative.
    coefficients = model.coef_ if len(present) > 2 else np.vstack([-model.coef_, model.coef_]) / 2
    intercepts = (
        model.intercept_
        if len(present) > 2
        else np.array([-model.intercept_[0], model.intercept_[0]]) / 2
    )
    weights[present, : stacked.shape[1]] = coefficients
    constant[present] = intercepts
    return _split_weights(weights, constant, n_features, settings.context_weight)


def read_description(folder: str | Path) -> dict[str, Any]:
    """Read a model folder's `model.json`.

    Raises:
        ModelError: There is no such folder or file, or it is not a model of this kind.
    """
    path = Path(folder) / "model.json"
    if not Path(folder).is_dir():
        raise ModelError("is not a folder", path=folder, hint="give a model folder, or `baseline`")
    try:
        description = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(
            "has no readable model.json",
            path=folder,
            hint="give a folder that `framing train` wrote",
        ) from error
    except ValueError as error:
        raise ModelError(f"is not JSON ({error})", path=path, hint="train it again") from error
    kind = description.get("type") if isinstance(description, dict) else None
    if kind != MODEL_TYPE or description.get("format") != _FORMAT:
        raise ModelError(
            f"holds a model of type {kind!r} this version cannot read",
            path=path,
            hint="train it again with this version",
        )
    return dict(description)


def _read_checked(folder: Path, name: str, description: dict[str, Any]) -> bytes:
    try:
        data = (folder / name).read_bytes()
    except OSError as error:
        raise ModelError(
            f"the model has no {name}", path=folder, hint="copy the whole folder, or train it again"
        ) from error
    expected = description.get("digests", {}).get(name)
    if digest_bytes(data) != expected:
        raise ModelError(
            f"{name} has digest {digest_bytes(data)}, but model.json says {expected}",
            path=folder,
            hint="copy the folder again, or train it again",
        )
    return data


def _read_linear(name: str, weights: dict[str, NDArray[Any]]) -> LinearWeights:
    own, previous, constant = (
        weights[f"{name}.{part}"].astype(np.float64) for part in ("own", "previous", "constant")
    )
    return LinearWeights(own, previous, constant)


def _with_context(features: Any, articles: Sequence[object], weight: float) -> Any:
    from scipy.sparse import csr_array, hstack

    if not weight:
        return csr_array(features)
    rows = np.flatnonzero(follow_within_articles(articles))
    shift = csr_array((np.full(len(rows), weight), (rows, rows - 1)), shape=(len(articles),) * 2)
    return hstack([features, shift @ csr_array(features)], format="csr")


def _split_weights(
    weights: NDArray[np.float64], constant: NDArray[np.float64], n_features: int, context: float
) -> LinearWeights:
    # The context weight goes into the coefficients, so that scoring need not know it.
    return LinearWeights(weights[:, :n_features], weights[:, n_features:] * context, constant)
