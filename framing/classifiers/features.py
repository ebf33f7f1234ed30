"""Word and character TF-IDF features that read the same from text in three scripts."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from framing.classifiers.ngrams import (
    Batch,
    Ngrams,
    hash_characters,
    hash_words,
    make_batches,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"\w+")
# Runs of one script: what a reader would call a word, also where no spaces stand between words.
WORD_RUN = re.compile(
    r"[a-z0-9][a-z0-9'’-]*|[\uac00-\ud7a3]+|[\u3400-\u9fff\u3005]+|[\u30a1-\u30fc]+|[\u3041-\u3096]+"
)


@dataclass(frozen=True, kw_only=True)
class FeatureSettings:
    """Which n-grams to count; each setting is chosen by cross-validation or given in the config."""

    word_max: int = 2
    """Longest word n-gram, in words; 0 leaves words out."""
    word_weight: float = 1.0
    """Weight of the word block beside the character block's 1."""
    char_min: int = 2
    """Shortest character n-gram, in characters."""
    char_max: int = 5
    """Longest character n-gram, in characters."""
    min_units: int = 2
    """An n-gram counts if at least this many training units have it."""
    max_features: int = 60_000
    """Keep at most this many n-grams of each kind, the most frequent."""


def normalise(text: str) -> str:
    """Fold width, case and digits: full-width letters read as ASCII, and every digit as 0."""
    return _DIGIT.sub("0", unicodedata.normalize("NFKC", text).lower())


class TfidfFeatures:
    """A word block and a character block of TF-IDF weights, each row of a block of length 1."""

    def __init__(self, settings: FeatureSettings) -> None:
        self.settings = settings
        self._blocks = [_Block(kind, settings) for kind in self._kinds()]

    def fit(self, texts: Sequence[str]) -> TfidfFeatures:
        """Choose the n-grams and learn their document frequencies from training units."""
        plain = [normalise(text) for text in texts]
        for block in self._blocks:
            block.fit(plain)
        return self

    def transform(self, texts: Sequence[str]) -> Any:
        """Weights of the n-grams of each text.

        Returns:
            Sparse float64 (n_texts, n_features).
        """
        from scipy.sparse import hstack

        plain = [normalise(text) for text in texts]
        return hstack([block.transform(plain) for block in self._blocks], format="csr")

    def grams(self) -> list[tuple[str, str]]:
        """Kind (`word` or `char`) and n-gram of each column."""
        return [(block.kind, gram) for block in self._blocks for gram in block.grams]

    def dump(self) -> tuple[dict[str, list[str]], dict[str, NDArray[np.float32]]]:
        """Vocabulary in column order and inverse document frequencies, by block."""
        vocabulary = {block.kind: block.grams for block in self._blocks}
        weights = {f"idf.{block.kind}": block.idf.astype(np.float32) for block in self._blocks}
        return vocabulary, weights

    @classmethod
    def restore(
        cls,
        settings: FeatureSettings,
        vocabulary: dict[str, list[str]],
        weights: dict[str, NDArray[np.float32]],
    ) -> TfidfFeatures:
        """Rebuild what `dump` gave.

        Raises:
            ValueError: A block is missing, or its sizes disagree.
        """
        features = cls(settings)
        for block in features._blocks:
            grams, idf = vocabulary[block.kind], weights[f"idf.{block.kind}"]
            if len(grams) != len(idf):
                raise ValueError(f"{len(grams)} n-grams, {len(idf)} weights in {block.kind}")
            block.set_grams(grams, idf.astype(np.float64))
        return features

    def _kinds(self) -> tuple[str, ...]:
        return ("word", "char") if self.settings.word_max else ("char",)


class _Block:
    """One kind of n-gram: its vocabulary, and TF-IDF weights by it."""

    def __init__(self, kind: str, settings: FeatureSettings) -> None:
        self.kind = kind
        self.settings = settings
        self.set_grams([], np.zeros(0))

    def set_grams(self, grams: list[str], idf: NDArray[np.float64]) -> None:
        hashes = hash_words(grams) if self.kind == "word" else hash_characters(grams)
        self.grams = grams
        self.idf = idf
        self._columns = np.argsort(hashes, kind="stable")
        self._hashes = hashes[self._columns]

    def fit(self, texts: Sequence[str]) -> None:
        seen: dict[int, str] = {}
        counts: Counter[int] = Counter()
        for batch in make_batches(texts):
            found = self._find(batch)
            hashes, units = _count_units(found)
            counts.update(dict(zip(hashes, units, strict=True)))
            _, first = np.unique(found.hashes, return_index=True)
            for index in first.tolist():
                gram = batch.text[found.starts[index] : found.ends[index]]
                seen.setdefault(int(found.hashes[index]), self._spell(gram))
        least = self.settings.min_units
        kept = sorted(((-units, seen[key]) for key, units in counts.items() if units >= least))[
            : self.settings.max_features
        ]
        kept.sort(key=lambda pair: pair[1])
        units_of = -np.array([units for units, _ in kept], dtype=np.float64)
        idf = np.log((1 + len(texts)) / (1 + units_of)) + 1
        self.set_grams([gram for _, gram in kept], idf)

    def transform(self, texts: Sequence[str]) -> Any:
        from scipy.sparse import csr_array

        shape = (len(texts), len(self.grams))
        rows, columns = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        for batch in make_batches(texts) if self.grams else ():
            found = self._find(batch)
            place = np.minimum(np.searchsorted(self._hashes, found.hashes), len(self._hashes) - 1)
            known = self._hashes[place] == found.hashes
            rows.append(found.rows[known])
            columns.append(self._columns[place[known]])
        row, column = np.concatenate(rows), np.concatenate(columns)
        cells, count = np.unique(row * max(1, shape[1]) + column, return_counts=True)
        row, column = np.divmod(cells, max(1, shape[1]))
        # Sublinear counts: the second occurrence says less than the first.
        weights = (1 + np.log(count)) * self.idf[column]
        lengths = np.sqrt(np.bincount(row, weights**2, minlength=shape[0]))
        if self.kind == "word":
            lengths /= self.settings.word_weight
        indices = column.astype(np.int32)
        pointers = np.searchsorted(row, np.arange(shape[0] + 1)).astype(np.int32)
        return csr_array((weights / lengths[row], indices, pointers), shape=shape)

    def _find(self, batch: Batch) -> Ngrams:
        if self.kind == "word":
            return batch.words(self.settings.word_max)
        return batch.characters(self.settings.char_min, self.settings.char_max)

    def _spell(self, gram: str) -> str:
        # What stood between the words of a word n-gram is not part of it.
        return " ".join(_WORD.findall(gram)) if self.kind == "word" else gram


def _count_units(found: Ngrams) -> tuple[list[int], list[int]]:
    """Each hash found and the number of texts that hold it."""
    order = np.lexsort((found.rows, found.hashes))
    hashes, rows = found.hashes[order], found.rows[order]
    new = np.ones(len(hashes), dtype=bool)
    new[1:] = (hashes[1:] != hashes[:-1]) | (rows[1:] != rows[:-1])
    distinct, units = np.unique(hashes[new], return_counts=True)
    return distinct.tolist(), units.tolist()


def spread_over_words(text: str, weights: Mapping[tuple[str, str], float]) -> dict[str, float]:
    """Spread the weight of n-grams over the words of a text in which they occur.

    Each n-gram's weight is shared equally among its occurrences and then among their characters;
    a word gets the sum over its characters.

    Args:
        text: A unit's text.
        weights: What each n-gram added to a decision, by kind (`word` or `char`) and n-gram.

    Returns:
        Weight by word, in order of first occurrence.
    """
    plain = normalise(text)
    padded = re.sub(r"\s+", " ", f" {plain} ")
    at = np.zeros(len(padded))
    for (kind, gram), weight in weights.items():
        spans = _find_words(padded, gram) if kind == "word" else _find_all(padded, gram)
        for start, end in spans:
            at[start:end] += weight / len(spans) / (end - start)
    # Words are shown as written, unless folding the width of letters moved them.
    written = re.sub(r"\s+", " ", f" {text} ")
    shown = written if len(written) == len(padded) else padded
    words: dict[str, float] = {}
    for match in WORD_RUN.finditer(padded):
        word = shown[slice(*match.span())]
        words[word] = words.get(word, 0.0) + float(at[slice(*match.span())].sum())
    return words


def _find_words(text: str, gram: str) -> list[tuple[int, int]]:
    # a word n-gram has lost the punctuation that stood between its words
    pattern = r"\W+".join(map(re.escape, gram.split()))
    return [match.span() for match in re.finditer(rf"\b{pattern}\b", text)]


def _find_all(text: str, gram: str) -> list[tuple[int, int]]:
    spans, start = [], text.find(gram)
    while start >= 0:
        spans.append((start, start + len(gram)))
        start = text.find(gram, start + 1)
    return spans
