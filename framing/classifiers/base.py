"""What every classifier gives: scores for units, and evidence for a decision."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from framing.codebook import unknown_label

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from framing.codebook import Codebook


@dataclass(frozen=True)
class FrameScores:
    """Scores of units; columns follow the codebook's order."""

    probabilities: NDArray[np.float64]
    """Calibrated probability of each frame, (n_units, n_frames) in [0, 1]."""
    decisions: NDArray[np.bool_]
    """Which frames a unit is said to carry, (n_units, n_frames)."""
    speakers: NDArray[np.float64]
    """Probability of each speaker, (n_units, n_speakers); rows sum to 1; no column if uncoded."""
    codebook: str
    """Digest of the codebook the columns come from."""
    model: str
    """Digest of the model that gave the scores."""

    def __len__(self) -> int:
        return len(self.probabilities)

    def rows(self, start: int, stop: int) -> FrameScores:
        """The scores of units start to stop, stop exclusive."""
        return self.select(slice(start, stop))

    def select(self, chosen: slice | NDArray[Any]) -> FrameScores:
        """The scores of some units: a slice, row numbers, or bool (n_units)."""
        return FrameScores(
            self.probabilities[chosen],
            self.decisions[chosen],
            self.speakers[chosen],
            self.codebook,
            self.model,
        )


def concatenate_scores(parts: Sequence[FrameScores]) -> FrameScores:
    """Scores of some units after those of others; codebook and model are those of the first."""
    return FrameScores(
        np.concatenate([part.probabilities for part in parts]),
        np.concatenate([part.decisions for part in parts]),
        np.concatenate([part.speakers for part in parts]),
        parts[0].codebook,
        parts[0].model,
    )


@dataclass(frozen=True, slots=True)
class Evidence:
    """A word of the unit, or a sentence beside it, and what it did to a decision."""

    text: str
    """The word as written, or in brackets what else it was, as `name_before` says it."""
    weight: float
    """Log-odds it added (positive) or took (negative); how they are measured differs from model to
    model: `FrameModel.explanation`."""


class FrameModel(Protocol):
    """A trained model, as scoring sees it."""

    codebook: Codebook
    digest: str

    @property
    def explanation(self) -> str:
        """What the weights of `explain_unit` are, in a few words."""

    @property
    def context(self) -> int:
        """How many sentences before a unit the model reads."""

    @property
    def thresholds(self) -> NDArray[np.float64]:
        """Probability from which a frame counts as carried, (n_frames)."""

    def score_units(self, texts: Sequence[str], articles: Sequence[object]) -> FrameScores:
        """Score units.

        Args:
            texts: Text of each unit (n_units).
            articles: Article of each unit (n_units); equal neighbours belong together.
        """

    def explain_unit(
        self, texts: Sequence[str], index: int, frame: str, *, most: int = 5
    ) -> list[Evidence]:
        """What carried one frame's probability for one unit, strongest first.

        Args:
            texts: Units of the article, in order.
            index: The unit to explain.
            frame: A frame id.
            most: At most this many pieces of evidence.

        Raises:
            CodebookError: The codebook has no such frame.
            IndexError: There is no such unit.
        """


def find_column(codebook: Codebook, frame: str) -> int:
    """Column of a frame.

    Raises:
        CodebookError: The codebook has no such frame; the nearest one is offered.
    """
    if frame not in codebook.frame_ids:
        raise unknown_label("frame", frame, codebook.frame_ids)
    return codebook.frame_ids.index(frame)


def rank_evidence(evidence: Iterable[Evidence], most: int) -> list[Evidence]:
    """Evidence that weighs anything, strongest first, whichever way it speaks."""
    weighty = [item for item in evidence if item.weight]
    return sorted(weighty, key=lambda item: -abs(item.weight))[:most]


def name_before(distance: int) -> str:
    """How evidence from a sentence before the unit is named."""
    return "(the sentence before)" if distance == 1 else f"({distance} sentences before)"


def name_after(distance: int) -> str:
    """How evidence from a sentence after the unit is named."""
    return "(the sentence after)" if distance == 1 else f"({distance} sentences after)"


def follow_within_articles(articles: Sequence[object], distance: int = 1) -> NDArray[np.bool_]:
    """Whether the unit some places before each one belongs to the same article; bool (n_units)."""
    pairs = zip(articles[distance:], articles, strict=False)
    same = [here == before for here, before in pairs]
    return np.array([False] * min(distance, len(articles)) + same, dtype=bool)


def shift_within_articles(
    values: NDArray[np.float64], articles: Sequence[object], distance: int = 1
) -> NDArray[np.float64]:
    """Give each unit the values of the unit some places before it in the same article.

    Args:
        values: (n_units, n_columns).
        articles: Article of each unit (n_units); the units of an article are neighbours.
        distance: How many places before.

    Returns:
        (n_units, n_columns); zeros where the article has no such unit.
    """
    follows = np.flatnonzero(follow_within_articles(articles, distance))
    shifted = np.zeros_like(values)
    shifted[follows] = values[follows - distance]
    return shifted
