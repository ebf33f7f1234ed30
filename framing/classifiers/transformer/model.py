"""The fine-tuned transformer as scoring sees it: units in, calibrated probabilities out."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from framing.classifiers.base import Evidence, FrameScores, find_column, rank_evidence
from framing.classifiers.calibration import Calibration
from framing.classifiers.transformer.explanation import Occlusion, occlude_unit
from framing.classifiers.transformer.inputs import InputBuilder, Truncation, Window

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from framing.classifiers.tfidf import TfidfModel
    from framing.codebook import Codebook

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Decision:
    """From raw scores to probabilities, and from these to decisions; fitted on dev."""

    calibration: Calibration
    thresholds: NDArray[np.float64]
    """(n_frames)."""
    speaker_factor: float = 1.0
    """On the speaker's scores, before their softmax."""


@dataclass(frozen=True)
class RawScores:
    """What the network says, and the n-grams beside it, before calibration."""

    frames: NDArray[np.float64]
    """(n_units, n_frames)."""
    speakers: NDArray[np.float64]
    """(n_units, n_speakers); no column if no speaker is modelled."""
    ngrams: NDArray[np.float64] | None = None
    """What a linear model of n-grams says beside it (n_units, n_frames); None if there is none."""

    def rows(self, chosen: NDArray[Any]) -> RawScores:
        """The scores of some units."""
        ngrams = self.ngrams[chosen] if self.ngrams is not None else None
        return RawScores(self.frames[chosen], self.speakers[chosen], ngrams)


class UnitScorer(Protocol):
    """A network as scoring sees it, whatever computes it."""

    def score(self, windows: Sequence[Window]) -> RawScores:
        """Raw scores of the units in windows, by row."""


class TransformerModel:
    """A fine-tuned encoder with its tokenizer, calibration and thresholds for one codebook.

    A linear model of n-grams may score the frames beside the network: it knows words that the
    network has not made its own, and its errors are others. Calibration weighs the two.
    """

    explanation = (
        "log-odds lost when the word or the other sentence is left out; they do not add up"
    )

    def __init__(
        self,
        codebook: Codebook,
        scorer: UnitScorer,
        builder: InputBuilder,
        decision: Decision,
        digest: str = "",
        ngrams: TfidfModel | None = None,
    ) -> None:
        self.codebook = codebook
        self.scorer = scorer
        self.builder = builder
        self.decision = decision
        self.digest = digest
        self.ngrams = ngrams
        self.truncated = Truncation()
        """What did not fit into the inputs of all units scored so far."""
        self._occluded: tuple[tuple[str, ...], int, Occlusion] | None = None

    @classmethod
    def load(cls, folder: str | Path, codebook: Codebook) -> TransformerModel:
        """Read a saved model.

        Raises:
            ModelError: A file is missing, damaged, or of another kind of model; or torch or
                transformers is not installed.
            CodebookError: It was trained with another codebook.
        """
        from framing.classifiers.transformer.saving import load_model

        return load_model(Path(folder), codebook)

    @property
    def context(self) -> int:
        """How many sentences before a unit the model reads."""
        return max(self.builder.settings.before, self.ngrams.context if self.ngrams else 0)

    @property
    def thresholds(self) -> NDArray[np.float64]:
        """Probability from which a frame counts as carried, (n_frames)."""
        return self.decision.thresholds

    def score_units(self, texts: Sequence[str], articles: Sequence[object]) -> FrameScores:
        """Score units.

        A unit longer than the model reads is cut at its end. How many were is added to
        `truncated`, and a warning is logged.

        Args:
            texts: Text of each unit (n_units).
            articles: Article, or passage, of each unit (n_units); equal neighbours belong
                together and are each other's context.
        """
        raw = self.score_raw(texts, articles)
        return self.decide(raw)

    def score_raw(self, texts: Sequence[str], articles: Sequence[object]) -> RawScores:
        """Scores before calibration; units as `score_units` takes them."""
        windows, truncation = self.builder.build(texts, articles)
        self.truncated += truncation
        if truncation.units:
            _log.warning(
                "%d of %d units are longer than the model reads (%d tokens): their ends were cut",
                truncation.units,
                len(texts),
                self.builder.settings.max_length,
            )
        raw = self.scorer.score(windows)
        return (
            raw
            if not self.ngrams
            else replace(raw, ngrams=self.ngrams.score_frames(texts, articles))
        )

    def decide(self, raw: RawScores) -> FrameScores:
        """Calibrate raw scores, and decide."""
        return apply_decision(self.decision, raw, self.codebook.digest, self.digest)

    def explain_unit(
        self, texts: Sequence[str], index: int, frame: str, *, most: int = 5
    ) -> list[Evidence]:
        """What a frame's calibrated log-odds lose when a word, or a sentence read with it, is gone.

        By occlusion, as `explanation.occlude_unit` says: a positive weight carried the frame, a
        negative one spoke against it. Weights do not add up to the log-odds: of two words that say
        the same, each alone may weigh next to nothing. The same units give the same evidence.

        The network is run once for each word and sentence that is left out: some 30 times for a
        sentence, and never much more than `explanation.MOST_PIECES` times. Another frame of the
        same unit, asked for next, costs nothing.

        Args:
            texts: Units of the article, in order.
            index: The unit to explain.
            frame: A frame id.
            most: At most this many pieces of evidence.

        Raises:
            CodebookError: The codebook has no such frame.
            IndexError: There is no such unit.
        """
        column = find_column(self.codebook, frame)
        occlusion = self._occlude(texts, range(len(texts))[index])
        lost = self.decision.calibration.weigh(occlusion.lost, occlusion.lost_ngrams)
        pairs = zip(occlusion.names, lost[:, column].tolist(), strict=True)
        return rank_evidence([Evidence(name, weight) for name, weight in pairs], most)

    def _occlude(self, texts: Sequence[str], index: int) -> Occlusion:
        # A unit with two frames is asked for twice in a row.
        known = self._occluded
        if known is None or known[:2] != (tuple(texts), index):
            found = occlude_unit(self.builder, self.scorer, texts, index, self.ngrams)
            self._occluded = known = (tuple(texts), index, found)
        return known[2]


def apply_decision(
    decision: Decision, raw: RawScores, codebook_digest: str, model_digest: str
) -> FrameScores:
    """Raw scores as calibrated scores with decisions."""
    from scipy.special import softmax

    probabilities = decision.calibration.apply(raw.frames, raw.ngrams)
    speakers = raw.speakers
    if speakers.shape[1]:
        speakers = np.asarray(softmax(decision.speaker_factor * speakers, axis=1))
    return FrameScores(
        probabilities,
        probabilities >= decision.thresholds,
        speakers,
        codebook_digest,
        model_digest,
    )
