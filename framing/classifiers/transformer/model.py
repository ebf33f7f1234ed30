"""The fine-tuned transformer as scoring sees it: units in, calibrated probabilities out."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from framing.classifiers.base import Evidence, FrameScores
from framing.classifiers.calibration import Calibration
from framing.classifiers.transformer.examples import pad_inputs
from framing.classifiers.transformer.inputs import InputBuilder, Truncation, UnitInput
from framing.classifiers.transformer.machine import choose_threads, use_threads
from framing.errors import ModelError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from framing.classifiers.transformer.network import FrameNetwork
    from framing.codebook import Codebook

_BATCH_TOKENS = 4096
"""Tokens a batch, padding included: what the memory it takes depends on."""
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
    """What the network says, before calibration."""

    frames: NDArray[np.float64]
    """(n_units, n_frames)."""
    speakers: NDArray[np.float64]
    """(n_units, n_speakers); no column if no speaker is modelled."""

    def rows(self, chosen: NDArray[Any]) -> RawScores:
        """The scores of some units."""
        return RawScores(self.frames[chosen], self.speakers[chosen])


class TransformerModel:
    """A fine-tuned encoder with its tokenizer, calibration and thresholds for one codebook."""

    def __init__(
        self,
        codebook: Codebook,
        network: FrameNetwork,
        builder: InputBuilder,
        decision: Decision,
        digest: str = "",
    ) -> None:
        self.codebook = codebook
        self.network = network
        self.builder = builder
        self.decision = decision
        self.digest = digest
        self.truncated = Truncation()
        """What did not fit into the inputs of all units scored so far."""

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
        return self.builder.settings.before

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
        inputs, truncation = self.builder.build(texts, articles)
        self.truncated += truncation
        if truncation.units:
            _log.warning(
                "%d of %d units are longer than the model reads (%d tokens): their ends were cut",
                truncation.units,
                len(texts),
                self.builder.settings.max_length,
            )
        return run_network(self.network, inputs, self._n_speakers)

    def decide(self, raw: RawScores) -> FrameScores:
        """Calibrate raw scores, and decide."""
        return apply_decision(self.decision, raw, self.codebook.digest, self.digest)

    def explain_unit(
        self, texts: Sequence[str], index: int, frame: str, *, most: int = 5
    ) -> list[Evidence]:
        """Not offered yet.

        Raises:
            ModelError: Always.
        """
        raise ModelError(
            "a transformer's decisions cannot be explained yet",
            hint="explain the baseline's: --model baseline",
        )

    @property
    def _n_speakers(self) -> int:
        return len(self.codebook.speakers) if self.network.speaker_head is not None else 0


def apply_decision(
    decision: Decision, raw: RawScores, codebook_digest: str, model_digest: str
) -> FrameScores:
    """Raw scores as calibrated scores with decisions."""
    from scipy.special import softmax

    probabilities = decision.calibration.apply(raw.frames)
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


def run_network(network: FrameNetwork, inputs: Sequence[UnitInput], n_speakers: int) -> RawScores:
    """Raw scores of inputs, in order, in 32 bits.

    Inputs of like length share a batch, so that little is padded.
    """
    import torch

    frames = np.zeros((len(inputs), network.frame_head.out_features))
    speakers = np.zeros((len(inputs), n_speakers))
    device = network.frame_head.weight.device
    padding = int(network.body.config.pad_token_id or 0)
    network.eval()
    with use_threads(choose_threads()), torch.inference_mode():
        for rows in _batch(inputs):
            batch = pad_inputs([inputs[row] for row in rows], padding)
            result = network(**{name: values.to(device) for name, values in batch.items()})
            frames[rows] = result["frame_logits"].double().cpu().numpy()
            speakers[rows] = result["speaker_logits"].double().cpu().numpy()
    return RawScores(frames, speakers)


def _batch(inputs: Sequence[UnitInput]) -> list[list[int]]:
    """Rows by batch, longest first: if the memory does not do, that is known at once."""
    batches: list[list[int]] = []
    for row in sorted(range(len(inputs)), key=lambda row: -len(inputs[row].ids)):
        longest = len(inputs[batches[-1][0]].ids) if batches else 0
        if not batches or (len(batches[-1]) + 1) * longest > _BATCH_TOKENS:
            batches.append([])
        batches[-1].append(row)
    return batches
