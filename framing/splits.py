"""Splits: whole groups (articles, stories, events) to train and test, and a check for leaks."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from framing.errors import ConfigError

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class NearDuplicate:
    """Two units on either side of a split that share most of their wording."""

    left: int
    right: int
    similarity: float
    """Jaccard similarity of their character 5-grams, in [0, 1]."""


def assign_test(groups: Mapping[str, str], share: float, *, salt: str) -> set[str]:
    """Choose the articles held out for testing.

    Within each stratum the clusters with the smallest hashes of their names are taken: the draw
    does not depend on their order, and a corpus that grows keeps most of it. At least one cluster
    of a stratum is held out and at least one is left to train on.

    Args:
        groups: Stratum (the language, say) by story cluster.
        share: Share of each stratum to hold out, in (0, 1).
        salt: Makes another draw possible; part of the config.

    Returns:
        Names of the story clusters held out.

    Raises:
        ConfigError: The share is not between 0 and 1, or a stratum has only one cluster.
    """
    if not 0 < share < 1:
        raise ConfigError(f"test share {share} must lie between 0 and 1")
    held: set[str] = set()
    members = defaultdict(list)
    for name, stratum in groups.items():
        members[stratum].append(name)
    for stratum, names in members.items():
        if len(names) < 2:
            raise ConfigError(
                f"stratum {stratum!r} has one story cluster only: it cannot be split",
                hint="add articles, or leave that language out",
            )
        count = min(len(names) - 1, max(1, round(share * len(names))))
        ranked = sorted(names, key=lambda name: hashlib.sha256(f"{salt}\0{name}".encode()).digest())
        held.update(ranked[:count])
    return held


def iterate_folds(
    groups: Sequence[str], n_folds: int, *, seed: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Cut units into folds by group, so that no group stands on both sides.

    Args:
        groups: Group (article or story cluster) of each unit (n_units).
        n_folds: Number of folds.
        seed: Of the shuffle of groups.

    Yields:
        Row numbers of the training units and of the held-out units.

    Raises:
        ConfigError: There are fewer groups than folds.
    """
    names = sorted(set(groups))
    if len(names) < n_folds:
        raise ConfigError(
            f"{len(names)} story clusters cannot be cut into {n_folds} folds",
            hint="lower the number of folds or add articles",
        )
    order = np.random.default_rng(seed).permutation(len(names))
    fold_of = {names[position]: index % n_folds for index, position in enumerate(order)}
    folds = np.array([fold_of[group] for group in groups])
    for fold in range(n_folds):
        yield np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)


def find_near_duplicates(
    left: Sequence[str], right: Sequence[str], *, threshold: float = 0.6, size: int = 5
) -> list[NearDuplicate]:
    """Find units of one side that nearly repeat a unit of the other.

    Args:
        left: Texts of one side.
        right: Texts of the other side.
        threshold: Jaccard similarity of character n-grams from which a pair counts, in (0, 1].
        size: Length of the n-grams; white space is ignored.

    Returns:
        Pairs at or above the threshold, most alike first.
    """
    grams = [_shingle(text, size) for text in right]
    postings: dict[str, list[int]] = defaultdict(list)
    for index, shingles in enumerate(grams):
        for gram in shingles:
            postings[gram].append(index)
    found = []
    for index, text in enumerate(left):
        shingles = _shingle(text, size)
        shared: dict[int, int] = defaultdict(int)
        for gram in shingles:
            for other in postings.get(gram, ()):
                shared[other] += 1
        for other, count in shared.items():
            similarity = count / (len(shingles) + len(grams[other]) - count)
            if similarity >= threshold:
                found.append(NearDuplicate(index, other, similarity))
    return sorted(found, key=lambda pair: (-pair.similarity, pair.left, pair.right))


def _shingle(text: str, size: int) -> set[str]:
    squeezed = "".join(text.split()).lower()
    return {squeezed[i : i + size] for i in range(max(1, len(squeezed) - size + 1))}
