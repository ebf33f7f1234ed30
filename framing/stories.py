"""Stories: wire copies and near-duplicates among articles, so that one story is counted once."""

from __future__ import annotations

import itertools
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from framing.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Characters rather than words: Japanese writes no spaces, and Korean outlets differ in where they
# put them; one rule also needs no language to be known. Five of them are a word or two in Korean
# and Japanese and about a word in English: independent articles, also those about one event, share
# up to .3 of the shorter one's in English and up to .1 in Korean and Japanese.
_SIZE = 5
# Likely pairs are looked up by n-grams twice as long: in English independent articles share .06 of
# all their 5-grams and .005 of their 10-grams, so that few pairs are looked at in vain.
_PERMUTATIONS = 256
_LEAST_SHINGLES = 200
_LEAST_CHARACTERS = 20
_BATCH = 4096
# Odd, so that multiplying by it loses nothing: 2**64 over the golden ratio, and the finalizer of
# SplitMix64 (Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators").
_ODD = 0x9E3779B97F4A7C15
_MIX = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))
_LAST_SHIFT = 31


@dataclass(frozen=True)
class Copy:
    """Two articles that share most of their wording."""

    left: int
    """Index of the article that comes first; it is less than `right`."""
    right: int
    contained: float
    """Share of the shorter one's shingles found in the longer one, in [0, 1]."""


@dataclass(frozen=True)
class Stories:
    """Which articles are copies of one story."""

    clusters: NDArray[np.intp]
    """Number of the story of each article (n_articles,), from 0 by first appearance."""
    copies: tuple[Copy, ...]
    """Pairs at or above the threshold, most alike first."""

    @property
    def n_stories(self) -> int:
        """Number of stories, those of a single article among them."""
        return int(self.clusters.max()) + 1 if self.clusters.size else 0

    def members(self) -> list[list[int]]:
        """Articles of each story that has two or more, in order of first appearance."""
        found: dict[int, list[int]] = defaultdict(list)
        for article, story in enumerate(self.clusters.tolist()):
            found[story].append(article)
        return [articles for articles in found.values() if len(articles) > 1]


def find_stories(texts: Sequence[str], *, threshold: float = 0.6, seed: int = 1) -> Stories:
    """Find articles that repeat one another, and group them into stories.

    A pair counts if the longer text contains enough of the shorter one: |A & B| / min(|A|, |B|)
    of their sets of character 5-grams (containment: Broder 1997, "On the resemblance and
    containment of documents", section 2). So a wire story cut to its first half is found, and one
    with a lead of the outlet's own; their resemblance, |A & B| / |A | B|, may be low. Case, width
    of characters, white space, punctuation, symbols and invisible marks do not count.

    Likely pairs come from MinHash (Broder, section 4) over character 10-grams: those that agree
    in any of 256 values, and in as many as their lengths and the threshold let expect. What they
    share is then counted, on 64-bit hashes. So no pair below the threshold is reported, and a
    pair above may be missed. In simulation (stories of 3,000 letters from the repository's
    articles; copies barely at .6, reworked throughout or with text of their own) all of 1,800
    copies were found that were a half to a twelfth as long as their story, and 97 % of copies a
    thirtieth as long as one of 10,000 letters.

    Texts of fewer than 200 different 5-grams (headlines, flashes, one word over and over) are
    joined only if they are the same after normalising, and of 20 characters or more: in so short
    a text, a signature line is most of it. Empty texts are stories of their own.

    Stories are chains: articles that share nothing belong to one story if a third contains both.

    Args:
        texts: Texts of the articles (n_articles,), their units joined by newlines.
        threshold: Containment from which two articles are copies, in (0, 1].
        seed: Of the MinHash permutations.

    Returns:
        The same stories for any order of the texts, but for their numbers.

    Raises:
        InputError: The threshold or the seed is out of bounds.
    """
    if not 0 < threshold <= 1:
        raise InputError(f"threshold {threshold} must lie above 0 and not above 1", hint="as in .6")
    if not 0 <= seed < 2**32:
        raise InputError(f"seed {seed} must lie between 0 and {2**32 - 1}")
    alike = _group_identical([normalise_wording(text) for text in texts])
    groups = [articles for _, articles in alike]
    near = _find_near_copies([wording for wording, _ in alike], threshold, seed)
    copies = [
        Copy(left, right, 1.0)
        for articles in groups
        for left, right in itertools.combinations(articles, 2)
    ]
    for first, second, contained in near:
        copies += [
            Copy(min(pair), max(pair), contained)
            for pair in itertools.product(groups[first], groups[second])
        ]
    copies.sort(key=lambda copy: (-copy.contained, copy.left, copy.right))
    return Stories(_number_stories(groups, [pair[:2] for pair in near]), tuple(copies))


def normalise_wording(text: str) -> str:
    """A text's letters and digits alone, folded: what two copies of it have in common.

    Compatibility forms (full-width letters, half-width kana, circled digits) become the usual
    ones; white space, punctuation, symbols, variation selectors and direction marks go.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(filter(str.isalnum, folded))


def _group_identical(wordings: Sequence[str]) -> list[tuple[str, list[int]]]:
    """Wordings and the articles that have them; too short ones stand alone."""
    groups: list[tuple[str, list[int]]] = []
    known: dict[str, list[int]] = {}
    for article, wording in enumerate(wordings):
        if wording in known:
            known[wording].append(article)
            continue
        groups.append((wording, [article]))
        if len(wording) >= _LEAST_CHARACTERS:
            known[wording] = groups[-1][1]
    return groups


def _find_near_copies(
    wordings: Sequence[str], threshold: float, seed: int
) -> list[tuple[int, int, float]]:
    """Pairs of different wordings at or above the threshold, with their containment."""
    numbers: list[int] = []
    shingles: list[NDArray[np.uint64]] = []
    long_shingles: list[NDArray[np.uint32]] = []
    for number, wording in enumerate(wordings):
        short, long = _shingle(wording)
        if len(short) >= _LEAST_SHINGLES:
            numbers.append(number)
            shingles.append(short)
            long_shingles.append(long)
    sizes = np.array([len(values) for values in shingles])
    found = []
    for left, right in _find_candidates(long_shingles, sizes, threshold, seed):
        shared = _count_shared(shingles[left], shingles[right])
        contained = shared / int(min(sizes[left], sizes[right]))
        if contained >= threshold:
            found.append((numbers[left], numbers[right], contained))
    return found


def _shingle(wording: str) -> tuple[NDArray[np.uint64], NDArray[np.uint32]]:
    """Hashes of the different 5-grams and 10-grams of a text, each sorted; empty if too short."""
    if len(wording) < _LEAST_SHINGLES:
        return np.zeros(0, np.uint64), np.zeros(0, np.uint32)
    codes = np.frombuffer(wording.encode("utf-32-le"), dtype="<u4").astype(np.uint64)
    count = len(codes) - _SIZE + 1
    hashes = np.zeros(count, np.uint64)
    for place in range(_SIZE):
        hashes += codes[place : place + count] * np.uint64(pow(_ODD, place + 1, 2**64))
    for shift, factor in _MIX:
        hashes = (hashes ^ (hashes >> np.uint64(shift))) * np.uint64(factor)
    hashes ^= hashes >> np.uint64(_LAST_SHIFT)
    # Two 5-grams, one after the other, are a 10-gram; MinHash takes 32 bits.
    pairs = hashes[:-_SIZE] * np.uint64(_ODD) + hashes[_SIZE:]
    return np.unique(hashes), np.unique((pairs >> np.uint64(32)).astype(np.uint32))


def _find_candidates(
    long_shingles: Sequence[NDArray[np.uint32]],
    sizes: NDArray[np.intp],
    threshold: float,
    seed: int,
) -> Iterator[tuple[int, int]]:
    """Pairs of texts (by position) that may reach the threshold.

    Args:
        long_shingles: Hashes of the 10-grams of each text.
        sizes: Number of 5-grams of each text (n_texts,).
        threshold: Containment looked for.
        seed: Of the permutations.

    Yields:
        Pairs, the greater position first.
    """
    if len(long_shingles) < 2:
        return
    from datasketch import MinHash, MinHashLSH

    empty = MinHash(num_perm=_PERMUTATIONS, seed=seed, hashfunc=int)
    # Bands of one value: with more, a copy that is a tenth as long as its story is rarely found.
    index = MinHashLSH(num_perm=_PERMUTATIONS, params=(_PERMUTATIONS, 1))
    values = np.empty((len(long_shingles), _PERMUTATIONS), np.uint32)
    for position, hashes in enumerate(long_shingles):
        sketch = empty.copy()
        for start in range(0, len(hashes), _BATCH):  # a table of _BATCH x _PERMUTATIONS at a time
            sketch.update_batch(hashes[start : start + _BATCH].tolist())
        values[position] = sketch.hashvalues
        earlier = np.array(sorted(index.query(sketch)), dtype=np.intp)
        index.insert(position, sketch, check_duplication=False)
        if earlier.size:
            agreeing = (values[earlier] == values[position]).sum(axis=1)
            expected = _expect_agreement(sizes[earlier], sizes[position], threshold)
            for other in earlier[agreeing >= expected].tolist():
                yield position, other


def _expect_agreement(
    sizes: NDArray[np.intp], size: np.intp, threshold: float
) -> NDArray[np.float64]:
    """Least number of MinHash values in which copies agree, but for one in a thousand.

    Changes spread evenly that leave a share t of the 5-grams leave t**2 of the 10-grams, and
    changes in one place leave more. A tenth is allowed for the model being rough.

    Args:
        sizes: Number of 5-grams of some texts (n_texts,).
        size: That of the text they are compared with.
        threshold: Containment looked for.

    Returns:
        Number of values of each (n_texts,).
    """
    contained = 0.9 * threshold**2
    ratio = np.maximum(sizes, size) / np.minimum(sizes, size)
    resemblance = contained / (1 + ratio - contained)
    mean = _PERMUTATIONS * resemblance
    least: NDArray[np.float64] = mean - 3.1 * np.sqrt(mean * (1 - resemblance))
    return least


def _count_shared(left: NDArray[np.uint64], right: NDArray[np.uint64]) -> int:
    """Number of values that two sorted arrays without repeats have in common."""
    few, many = sorted((left, right), key=len)
    places = np.minimum(np.searchsorted(many, few), len(many) - 1)
    return int((many[places] == few).sum())


def _number_stories(
    groups: Sequence[Sequence[int]], pairs: Sequence[tuple[int, int]]
) -> NDArray[np.intp]:
    """Story of each article (n_articles,): groups that are joined, however long the chain.

    Args:
        groups: Articles with the same wording, ordered by their first.
        pairs: Groups that are copies, by position.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if not groups:
        return np.zeros(0, np.intp)
    left, right = np.array(pairs, dtype=np.intp).reshape(-1, 2).T
    joined = coo_array((np.ones(len(pairs)), (left, right)), shape=(len(groups), len(groups)))
    _, components = connected_components(joined, directed=False)
    _, first, component = np.unique(components, return_index=True, return_inverse=True)
    story = np.argsort(np.argsort(first))[component]
    clusters = np.empty(sum(map(len, groups)), np.intp)
    for number, articles in zip(story.tolist(), groups, strict=True):
        clusters[articles] = number
    return clusters
