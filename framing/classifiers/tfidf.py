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
    find_column,
    name_before,
    rank_evidence,
    shift_within_articles,
)
from framing.classifiers.calibration import Calibration
from framing.classifiers.features import FeatureSettings, TfidfFeatures, spread_over_words
from framing.classifiers.model_folder import (
    DESCRIPTION,
    open_folder,
    read_checked,
    report_damage,
)
from framing.codebook import Codebook
from framing.files import digest_bytes, open_output, write_json

if TYPE_CHECKING:
    from numpy.typing import NDArray


MODEL_TYPE = "tfidf-logistic-regression"
REST = "(spaces and punctuation)"
"""How the weight that falls on no word is named."""
_FORMAT = 1


@dataclass(frozen=True, kw_only=True)
class TfidfSettings:
    """What is fitted; chosen by cross-validation among the config's candidates."""

    features: FeatureSettings = field(default_factory=FeatureSettings)
    inverse_penalty: float = 10.0
    """C of the frames' logistic regressions."""
    speaker_inverse_penalty: float = 10.0
    """C of the speaker's logistic regression."""
    context_weights: tuple[float, ...] = (0.6, 0.4)
    """Weight of the features of the sentence before, of the one before that, and so on, beside the
    unit's own; empty reads each sentence alone. The codebook resolves pronouns from two before."""
    balanced: bool = True
    """Weigh the units that carry a frame as much, together, as those that do not."""
    count_ratios: bool = True
    """Scale each n-gram by how unequally it is spread over units with and without a frame."""


@dataclass(frozen=True)
class LinearWeights:
    """Weights of a linear score: the unit's own features, those of units before it, a constant."""

    own: NDArray[np.float64]
    """(n_outputs, n_features)."""
    before: tuple[NDArray[np.float64], ...]
    """(n_outputs, n_features) for the unit before, the one before that, and so on."""
    constant: NDArray[np.float64]
    """(n_outputs)."""

    def scaled(self, factor: float) -> LinearWeights:
        """The same weights, every score multiplied by a factor."""
        before = tuple(weights * factor for weights in self.before)
        return LinearWeights(self.own * factor, before, self.constant * factor)

    def score(self, features: Any, articles: Sequence[object]) -> NDArray[np.float64]:
        """Scores (n_units, n_outputs) of units given as sparse features (n_units, n_features)."""
        scores = features @ self.own.T + self.constant
        for distance, weights in enumerate(self.before, start=1):
            scores += shift_within_articles(features @ weights.T, articles, distance)
        return np.asarray(scores)

    def dump(self, name: str) -> dict[str, NDArray[np.float64]]:
        """The weights by file key; `load` reads them back."""
        before = {f"{name}.before{d}": w for d, w in enumerate(self.before, start=1)}
        return {f"{name}.own": self.own, f"{name}.constant": self.constant, **before}

    @classmethod
    def load(cls, name: str, weights: dict[str, NDArray[Any]], n_before: int) -> LinearWeights:
        """Read what `dump` gave.

        Raises:
            KeyError: A part is missing.
        """
        parts = ("own", *(f"before{d}" for d in range(1, n_before + 1)), "constant")
        own, *before, constant = (weights[f"{name}.{part}"].astype(np.float64) for part in parts)
        return cls(own, tuple(before), constant)


class TfidfModel:
    """A fitted baseline: features, weights, calibration and thresholds for one codebook."""

    explanation = "log-odds that the word or the sentence before adds; with a constant they add up"

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

    @property
    def context(self) -> int:
        """How many sentences before a unit the model reads."""
        return len(self.settings.context_weights)

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

    def score_frames(self, texts: Sequence[str], articles: Sequence[object]) -> NDArray[np.float64]:
        """Scores of frames before calibration (n_units, n_frames); units as `score_units` takes."""
        if not texts:
            return np.zeros((0, len(self.codebook.frames)))
        return self.frames.score(self.features.transform(texts), articles)

    def explain_unit(
        self, texts: Sequence[str], index: int, frame: str, *, most: int = 5
    ) -> list[Evidence]:
        """The words that added most to, or took most from, a frame's log-odds.

        Exact for a linear model: all words, the sentences before, what falls on spaces and
        punctuation (`REST`), and the constant add up to the log-odds.

        Raises:
            CodebookError: The codebook has no such frame.
            IndexError: There is no such unit.
        """
        from scipy.sparse import csr_array

        column = find_column(self.codebook, frame)
        slope = self.calibration.slopes[column]
        own = csr_array(self.features.transform([texts[index]]))
        weights = {
            self._grams[f]: float(value * self.frames.own[column, f] * slope)
            for f, value in zip(own.indices, own.data, strict=True)
        }
        words = spread_over_words(texts[index], weights)
        evidence = [Evidence(word, weight) for word, weight in words.items()]
        evidence.append(Evidence(REST, sum(weights.values()) - sum(words.values())))
        for distance, before in enumerate(self.frames.before[:index], start=1):
            score = self.features.transform([texts[index - distance]]) @ before[column]
            evidence.append(Evidence(name_before(distance), float(score[0] * slope)))
        return rank_evidence(evidence, most)

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
        weights |= self.frames.dump("frames")
        if self.speakers is not None:
            weights |= self.speakers.dump("speakers")
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
        write_json(folder / DESCRIPTION, self._describe(data, words))

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
        description, expected = open_folder(folder, codebook, MODEL_TYPE, _FORMAT)
        data = read_checked(folder, "weights.safetensors", expected)
        words = read_checked(folder, "vocabulary.json", expected)
        try:
            weights = {name: np.asarray(value) for name, value in load(data).items()}
            settings = _read_settings(description["settings"])
            n_before = len(settings.context_weights)
            features = TfidfFeatures.restore(settings.features, json.loads(words), weights)
            calibration = Calibration(
                *(
                    np.array(description["calibration"][key], dtype=np.float64)
                    for key in ("slopes", "intercepts")
                )
            )
            thresholds = np.array(description["thresholds"], dtype=np.float64)
            frames = LinearWeights.load("frames", weights, n_before)
            speakers = (
                LinearWeights.load("speakers", weights, n_before)
                if "speakers.own" in weights
                else None
            )
            n_frames = len(codebook.frames)
            for name, part in (
                ("thresholds", thresholds),
                ("slopes", calibration.slopes),
                ("intercepts", calibration.intercepts),
                ("weights", frames.own),
            ):
                if len(part) != n_frames:
                    raise ValueError(f"{len(part)} {name} for {n_frames} frames")
        except (KeyError, TypeError, ValueError, AttributeError, SafetensorError) as error:
            raise report_damage(folder, error) from error
        digest = digest_bytes((folder / DESCRIPTION).read_bytes())
        return cls(codebook, settings, features, frames, speakers, calibration, thresholds, digest)

    def _score_speakers(self, features: Any, articles: Sequence[object]) -> NDArray[np.float64]:
        from scipy.special import softmax

        if self.speakers is None:
            return np.zeros((features.shape[0], 0))
        return np.asarray(softmax(self.speakers.score(features, articles), axis=1))

    @cached_property
    def _grams(self) -> list[tuple[str, str]]:
        return self.features.grams()


def _read_settings(settings: dict[str, Any]) -> TfidfSettings:
    known = dict(settings)
    features = FeatureSettings(**known.pop("features"))
    context = tuple(known.pop("context_weights"))
    return TfidfSettings(features=features, context_weights=context, **known)
