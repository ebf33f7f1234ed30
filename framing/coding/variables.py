"""Variables: what each coder said about each unit, and how far two values differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Level = Literal["nominal", "ordinal", "interval", "sets"]
MISSING = -1
"""Value of a unit that a coder did not code."""


@dataclass(frozen=True)
class Variable:
    """What each coder said about each unit."""

    codes: NDArray[np.int64]
    """Int (n_units, n_coders): index of a value, or `MISSING`."""
    constant: tuple[str, ...]
    """By value (n_values): what a coder did who gave this value alone."""
    level: Level
    distance: NDArray[np.float64] | None
    """How far two values differ (n_values, n_values); None if ordinal: there it depends on how
    often the values between them occur."""

    @classmethod
    def nominal(cls, codes: NDArray[np.int64], constant: Sequence[str]) -> Variable:
        """Values that are equal or not."""
        return cls(codes, tuple(constant), "nominal", 1.0 - np.eye(len(constant)))

    @classmethod
    def of_sets(cls, codes: NDArray[np.int64], sets: NDArray[np.bool_]) -> Variable:
        """Values that are sets; see `masi_distances`.

        Args:
            codes: Int (n_units, n_coders): index of a set.
            sets: Bool (n_sets, n_frames).
        """
        constant = ("gave every unit the same frames",) * len(sets)
        return cls(codes, constant, "sets", masi_distances(sets))

    @classmethod
    def of_numbers(
        cls,
        codes: NDArray[np.int64],
        numbers: NDArray[np.float64],
        level: Level,
        constant: Sequence[str],
    ) -> Variable:
        """Values that are numbers (n_values) in ascending order, at ordinal or interval level."""
        squares = None if level == "ordinal" else (numbers[:, None] - numbers) ** 2
        return cls(codes, tuple(constant), level, squares)

    @property
    def n_values(self) -> int:
        """How many values there are."""
        return len(self.constant)

    @property
    def shared(self) -> NDArray[np.bool_]:
        """Bool (n_units): whether two or more coders coded the unit."""
        return np.asarray((self.codes != MISSING).sum(axis=1) > 1)

    def select(self, units: NDArray[Any], coders: Sequence[int] | None = None) -> Variable:
        """Some units, and some coders."""
        codes = self.codes[units]
        if coders is not None:
            codes = codes[:, list(coders)]
        return Variable(codes, self.constant, self.level, self.distance)

    def count(self) -> NDArray[np.int64]:
        """How many coders gave each value to each unit: int (n_units, n_values)."""
        counts = np.zeros((len(self.codes), self.n_values), dtype=np.int64)
        unit, coder = (self.codes != MISSING).nonzero()
        np.add.at(counts, (unit, self.codes[unit, coder]), 1)
        return counts

    def count_by_coder(self) -> NDArray[np.int64]:
        """How often each coder gave each value: int (n_coders, n_values)."""
        counts = np.zeros((self.codes.shape[1], self.n_values), dtype=np.int64)
        unit, coder = (self.codes != MISSING).nonzero()
        np.add.at(counts, (coder, self.codes[unit, coder]), 1)
        return counts


def masi_distances(sets: NDArray[np.bool_]) -> NDArray[np.float64]:
    """MASI distance of every two sets: 1 - Jaccard index * monotonicity.

    Monotonicity is 1 for equal sets, 2/3 where one holds the other, 1/3 where each has something
    of its own, 0 for disjoint sets. Two empty sets are equal; an empty set and another differ by 1.

    Source: Passonneau (2006), "Measuring agreement on set-valued items (MASI) for semantic and
    pragmatic annotation", LREC.

    Args:
        sets: Bool (n_sets, n_elements).

    Returns:
        Float (n_sets, n_sets), in [0, 1].
    """
    members = sets.astype(float)
    both = members @ members.T
    size = members.sum(axis=1)
    either = size[:, None] + size - both
    smaller = np.minimum(size[:, None], size)
    monotonicity = np.where(both == smaller, 2 / 3, 1 / 3)
    monotonicity[both == either] = 1
    jaccard = np.divide(both, either, out=np.ones_like(both), where=either > 0)
    return np.asarray(1 - jaccard * monotonicity)
