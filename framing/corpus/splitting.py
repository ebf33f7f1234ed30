"""The split file: every article's part, drawn once, kept as the corpus grows."""

from __future__ import annotations

import hashlib
import itertools
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from framing.errors import InputError
from framing.files import digest_json, write_json
from framing.reading import read_json
from framing.splits import find_near_duplicates

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from framing.dataset import Dataset
    from framing.splits import NearDuplicate

SHARES = {"train": 0.7, "dev": 0.1, "test": 0.2}
_LEAST_GAIN = 1e-9
_DRAW = "framing corpus split --write"
_DRAW_ANEW = "framing corpus split --anew --write"
_KEYS = {"salt", "shares", "digest", "parts"}


@dataclass(frozen=True)
class Split:
    """Which part each article belongs to."""

    salt: str
    shares: dict[str, float]
    parts: dict[str, str]
    """Part by article name."""

    @property
    def digest(self) -> str:
        """Digest of who is where; a model says with it what it has not seen."""
        return digest_json(self.parts)

    def names(self, *parts: str) -> set[str]:
        """Articles of some parts."""
        return {name for name, part in self.parts.items() if part in parts}


def find_story_clusters(
    dataset: Dataset, pairs: Sequence[NearDuplicate] | None = None
) -> dict[str, str]:
    """Group articles that may not part: translations of one another, and copies.

    Articles with the same `parallel` belong together, and so do two articles if any unit of one
    nearly repeats a unit of the other (character 5-gram Jaccard of .6 or more), however far the
    chain goes.

    Args:
        dataset: The units.
        pairs: Their near-duplicates, where they are known already.

    Returns:
        Cluster by article name; a cluster is named after its first article.
    """
    parent = {name: name for name in dataset.about}

    def root(name: str) -> str:
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    def join(left: str, right: str) -> None:
        first, second = sorted((root(left), root(right)))
        parent[second] = first

    translations: dict[str, str] = {}
    for name, about in sorted(dataset.about.items()):
        if about.parallel:
            join(translations.setdefault(about.parallel, name), name)
    if pairs is None:
        pairs = find_near_duplicates(dataset.texts, dataset.texts)
    for pair in pairs:
        join(dataset.articles[pair.left], dataset.articles[pair.right])
    return {name: root(name) for name in sorted(parent)}


def draw_split(
    dataset: Dataset,
    *,
    shares: Mapping[str, float] = SHARES,
    salt: str = "framing",
    keep: Mapping[str, str] | None = None,
) -> Split:
    """Assign whole story clusters to parts, balanced by language, frame and number of units.

    Minimises the chi-square distance between the label counts of each part and its share of all
    labels, where labels are language x (frame, none, any): the largest clusters are placed first,
    each where the distance falls most, and then clusters are moved, or two of them exchanged, as
    long as that brings it down. Stratifying single units (Sechidis, Tsoumakas and Vlahavas 2011,
    "On the stratification of multi-label data") leaks articles; its greedy rule over whole
    clusters left parts twice their size.

    Args:
        dataset: The coded units.
        shares: Share of units wanted in each part; they sum to 1.
        salt: Decides between equals.
        keep: Part by article name of an earlier split: what it says stands, so that what a model
            was tested on stays unseen when articles are added.

    Raises:
        InputError: Shares do not sum to 1, there are fewer stories than parts, or the earlier
            split parts a story cluster.
    """
    if abs(sum(shares.values()) - 1) > 1e-9 or min(shares.values()) <= 0:
        raise InputError(f"shares {dict(shares)} do not sum to 1", hint="as in .7, .1 and .2")
    clusters = find_story_clusters(dataset)
    counts = _count_labels(dataset, clusters)
    chosen = _keep_clusters(clusters, keep or {})
    names = list(shares)
    if len(counts) < len(names):
        raise InputError(
            f"{len(counts)} stories cannot fill {', '.join(names)}", hint="code more articles"
        )
    free = sorted(
        (name for name in counts if name not in chosen),
        key=lambda name: (-counts[name].sum(), _hash(salt, name)),
    )
    total = np.sum(list(counts.values()), axis=0)
    wanted = np.array([shares[name] * np.maximum(total, 1) for name in names])
    lacking = np.array([shares[name] * total for name in names])
    for cluster, part in chosen.items():
        lacking[names.index(part)] -= counts[cluster]
    place = _balance([counts[name] for name in free], lacking, wanted)
    _fill_empty_parts(place, {names.index(part) for part in chosen.values()}, len(names))
    chosen |= {cluster: names[part] for cluster, part in zip(free, place, strict=True)}
    parts = {name: chosen[cluster] for name, cluster in clusters.items()}
    return Split(salt, dict(shares), dict(sorted(parts.items())))


def read_split(path: str | Path) -> Split:
    """Read a split file.

    Raises:
        InputError: It is missing, not such a file, or was edited: its digest does not fit.
    """
    value = read_json(path, hint=f"draw it anew: {_DRAW_ANEW}", missing=f"draw one: {_DRAW}")
    if not isinstance(value, dict) or set(value) != _KEYS or not _is_listing(value["parts"]):
        raise InputError(
            "is not a split file",
            path=path,
            hint=f"its keys are {', '.join(sorted(_KEYS))}; parts list article names",
        )
    parts: dict[str, str] = {}
    for part, names in value["parts"].items():
        for name in names:
            if name in parts:
                raise InputError(
                    f"{name} stands in {parts[name]} and in {part}",
                    path=path,
                    hint="an article has one part",
                )
            parts[name] = part
    split = Split(value["salt"], value["shares"], dict(sorted(parts.items())))
    if split.digest != value["digest"]:
        raise InputError(
            f"its digest says {value['digest']}, its articles give {split.digest}",
            path=path,
            hint=f"it was edited: restore it, or draw it anew with {_DRAW_ANEW}",
        )
    return split


def write_split(path: str | Path, split: Split) -> None:
    """Write a split file: articles by part, with the digest of who is where."""
    by_part: dict[str, list[str]] = {part: [] for part in split.shares}
    for name, part in sorted(split.parts.items()):
        by_part[part].append(name)
    write_json(
        path,
        {
            "salt": split.salt,
            "shares": split.shares,
            "digest": split.digest,
            "parts": by_part,
        },
    )


def find_split_problems(
    split: Split, dataset: Dataset, pairs: Sequence[NearDuplicate] | None = None
) -> list[str]:
    """What is wrong with a split of these articles, a line each; empty if nothing is.

    Args:
        split: Which part each article has.
        dataset: The coded articles.
        pairs: Their near-duplicates, where they are known already.
    """
    problems = [
        f"{name} has no part: draw the split again with {_DRAW}"
        for name in sorted(set(dataset.about) - set(split.parts))
    ]
    problems += [
        f"{name} is in the split and not among the coded articles"
        for name in sorted(set(split.parts) - set(dataset.about))
    ]
    members = defaultdict(set)
    for name, cluster in find_story_clusters(dataset, pairs).items():
        members[cluster].add(name)
    for names in members.values():
        found = {split.parts[name] for name in names if name in split.parts}
        if len(found) > 1:
            problems.append(
                f"{', '.join(sorted(names))} belong together and stand in "
                f"{' and '.join(sorted(found))}"
            )
    return problems


def _is_listing(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(names, list) and all(isinstance(name, str) for name in names)
        for names in value.values()
    )


def _keep_clusters(clusters: Mapping[str, str], keep: Mapping[str, str]) -> dict[str, str]:
    kept: dict[str, str] = {}
    for name, cluster in clusters.items():
        if name not in keep:
            continue
        if kept.setdefault(cluster, keep[name]) != keep[name]:
            raise InputError(
                f"{name} is in {keep[name]}, and an article it belongs with is in {kept[cluster]}",
                hint="draw the split anew (--anew)",
            )
    return kept


def _count_labels(dataset: Dataset, clusters: Mapping[str, str]) -> dict[str, NDArray[np.float64]]:
    """Units of each cluster by language x (frame, none, any): cluster -> (n_labels)."""
    languages = sorted({about.language for about in dataset.about.values()})
    n_kinds = dataset.frames.shape[1] + 2
    none = ~dataset.frames.any(axis=1, keepdims=True)
    carried = np.hstack([dataset.frames, none, np.ones_like(none)]).astype(float)
    counts = {
        cluster: np.zeros(len(languages) * n_kinds) for cluster in sorted(set(clusters.values()))
    }
    for row, name in enumerate(dataset.articles):
        at = languages.index(dataset.about[name].language) * n_kinds
        counts[clusters[name]][at : at + n_kinds] += carried[row]
    return counts


def _balance(
    counts: list[NDArray[np.float64]], lacking: NDArray[np.float64], wanted: NDArray[np.float64]
) -> list[int]:
    """Place each cluster in a part.

    Args:
        counts: Label counts (n_labels) of each cluster, largest cluster first.
        lacking: Labels each part still lacks (n_parts, n_labels); brought up to date in place.
        wanted: Labels each part should have (n_parts, n_labels).

    Returns:
        Part of each cluster.
    """

    def gain(part: int, change: NDArray[np.float64]) -> float:
        """By how much the distance falls if labels are added to a part."""
        return float(((2 * lacking[part] * change - change**2) / wanted[part]).sum())

    place: list[int] = []
    for count in counts:
        best = max(range(len(lacking)), key=lambda part: gain(part, count))
        lacking[best] -= count
        place.append(best)
    improved = True
    while improved:
        improved = False
        for i, count in enumerate(counts):
            for part in range(len(lacking)):
                here = place[i]
                if part != here and gain(part, count) + gain(here, -count) > _LEAST_GAIN:
                    lacking[here] += count
                    lacking[part] -= count
                    place[i], improved = part, True
        for i, j in itertools.combinations(range(len(counts)), 2):
            here, there, change = place[i], place[j], counts[j] - counts[i]
            if here != there and gain(here, change) + gain(there, -change) > _LEAST_GAIN:
                lacking[here] -= change
                lacking[there] += change
                place[i], place[j], improved = there, here, True
    return place


def _fill_empty_parts(place: list[int], kept: set[int], n_parts: int) -> None:
    """Give a part that stayed empty the smallest cluster of the part with most of them, in place.

    Args:
        place: Part of each cluster, largest cluster first.
        kept: Parts that hold clusters of an earlier split.
        n_parts: How many parts there are.
    """
    for part in range(n_parts):
        if part in kept or part in place or not place:
            continue
        richest = max(set(place), key=place.count)
        last = len(place) - 1 - place[::-1].index(richest)
        place[last] = part


def _hash(salt: str, name: str) -> bytes:
    return hashlib.sha256(f"{salt}\0{name}".encode()).digest()


def describe_balance(split: Split, dataset: Dataset) -> list[dict[str, Any]]:
    """Articles, units and shares of each frame by part: one row a part, for people to judge."""
    rows = []
    spoken = sorted(set(map(str, dataset.languages)))
    for part in split.shares:
        chosen = dataset.select(split.names(part))
        languages = Counter(map(str, chosen.languages))
        row: dict[str, Any] = {"part": part, "articles": len(chosen.about), "units": len(chosen)}
        row |= {f"units.{language}": languages[language] for language in spoken}
        row |= {
            f"share.{frame}": round(float(chosen.frames[:, k].mean()), 4) if len(chosen) else None
            for k, frame in enumerate(dataset.codebook.frame_ids)
        }
        rows.append(row)
    return rows
