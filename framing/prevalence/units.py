"""Units: what estimators read of scored text, of a coded sample of it, and of a group in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MEASURES = ("frames", "voices")


@dataclass(frozen=True)
class CodedUnits:
    """A random sample of the scored units that was coded."""

    rows: NDArray[np.intp]
    """Which scored unit each is (n_coded)."""
    weights: NDArray[np.float64]
    """How many units each stands for: 1 / inclusion probability (n_coded)."""
    frames: NDArray[np.bool_]
    """(n_coded, n_frames); all False for furniture."""
    speakers: NDArray[np.intp]
    """Column of the speaker (n_coded); -1 where none is coded."""
    belongs: NDArray[np.bool_]
    """Whether it is a unit at all (n_coded): furniture that was drawn is not."""
    probabilities: NDArray[np.float64] | None = None
    """Of the frames (n_coded, n_frames), by models that did not learn from the unit; None where
    the model of the scores did not either."""
    tuned: NDArray[np.float64] | None = None
    """How far predictions are trusted (n_frames), from 0 to 1; None for as far as serves the group
    that is estimated. Groups that are compared share one: `tune_predictions`."""
    rectifies_speakers: bool = True
    """Whether speakers were coded; else those of the scores are taken for true."""


@dataclass(frozen=True)
class ScoredUnits:
    """Scored units, whatever they were read from; all arrays follow one order."""

    probabilities: NDArray[np.float64]
    """(n_units, n_frames) in [0, 1]."""
    decisions: NDArray[np.bool_]
    """(n_units, n_frames)."""
    clusters: NDArray[np.intp]
    """What is resampled whole: story of each unit (n_units), counted from 0."""
    speakers: NDArray[np.intp] = field(default_factory=lambda: np.zeros(0, dtype=np.intp))
    """Column of the most probable speaker (n_units); empty where none is modelled."""
    languages: NDArray[np.str_] = field(default_factory=lambda: np.zeros(0, dtype=np.str_))
    """Language of each unit (n_units); empty if it does not matter."""
    coded: CodedUnits | None = None

    def __len__(self) -> int:
        return len(self.probabilities)

    @property
    def n_clusters(self) -> int:
        """How many stories there are."""
        return int(self.clusters.max()) + 1 if len(self.clusters) else 0


@dataclass(frozen=True)
class Domain:
    """A group of units, and what is asked of it."""

    weights: NDArray[np.float64]
    """How much each unit counts (n_units), 0 for those outside the group."""
    voices: tuple[int, ...] | None = None
    """Columns of the speakers that are meant; None for all."""
    measure: str = "frames"
    """`frames`: of the units in these voices, the share that carries each frame. `voices`: of the
    units that carry each frame, the share in these voices."""

    def split(
        self, frames: NDArray[np.float64], speakers: NDArray[np.intp]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """What each unit adds above and below the fraction line, (n, n_frames) each.

        Args:
            frames: How far each unit carries each frame (n, n_frames).
            speakers: Column of each unit's speaker (n); empty if no voice is asked for.
        """
        inside = np.ones((len(frames), 1))
        if self.voices is not None:
            inside = np.isin(speakers, self.voices).astype(float)[:, None]
        below = frames if self.measure == "voices" else np.broadcast_to(inside, frames.shape)
        return frames * inside, below
