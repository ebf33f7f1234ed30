"""Word and character TF-IDF features that read the same from text in three scripts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_DIGIT = re.compile(r"\d")
_TOKEN = r"(?u)\b\w+\b"
# Runs of one script: what a reader would call a word, also where no spaces stand between words.
WORD_RUN = re.compile(
    r"[a-z0-9][a-z0-9'’-]*|[\uac00-\ud7a3]+|[\u3400-\u9fff\u3005]+|[\u30a1-\u30fc]+|[\u3041-\u3096]+"
)


@dataclass(frozen=True, kw_only=True)
class FeatureSettings:
    """Which n-grams to count; each setting is chosen by cross-validation or given in the config."""

    word_max: int = 2
    """Longest word n-gram, in words; 0 leaves words out."""
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
        self._blocks = [(name, self._build_block(name)) for name in self._names()]

    def fit(self, texts: Sequence[str]) -> TfidfFeatures:
        """Choose the n-grams and learn their document frequencies from training units."""
        for _, block in self._blocks:
            block.fit(texts)
        return self

    def transform(self, texts: Sequence[str]) -> Any:
        """Weights of the n-grams of each text.

        Returns:
            Sparse float64 (n_texts, n_features).
        """
        from scipy.sparse import hstack

        return hstack([block.transform(texts) for _, block in self._blocks], format="csr")

    def grams(self) -> list[tuple[str, str]]:
        """Kind (`word` or `char`) and n-gram of each column."""
        return [
            (kind, str(name))
            for kind, block in self._blocks
            for name in block.get_feature_names_out()
        ]

    def dump(self) -> tuple[dict[str, list[str]], dict[str, NDArray[np.float32]]]:
        """Vocabulary in column order and inverse document frequencies, by block."""
        vocabulary = {kind: block.get_feature_names_out().tolist() for kind, block in self._blocks}
        weights = {f"idf.{kind}": block.idf_.astype(np.float32) for kind, block in self._blocks}
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
        for kind, block in features._blocks:
            names, idf = vocabulary[kind], weights[f"idf.{kind}"]
            if len(names) != len(idf):
                raise ValueError(f"{len(names)} n-grams but {len(idf)} weights in block {kind}")
            block.vocabulary = {name: column for column, name in enumerate(names)}
            block.idf_ = idf.astype(np.float64)
        return features

    def _names(self) -> list[str]:
        return ["word", "char"] if self.settings.word_max else ["char"]

    def _build_block(self, name: str) -> Any:
        from sklearn.feature_extraction.text import TfidfVectorizer

        settings = self.settings
        shape = (
            {"analyzer": "word", "token_pattern": _TOKEN, "ngram_range": (1, settings.word_max)}
            if name == "word"
            else {"analyzer": "char_wb", "ngram_range": (settings.char_min, settings.char_max)}
        )
        return TfidfVectorizer(
            preprocessor=normalise,
            sublinear_tf=True,
            min_df=settings.min_units,
            max_features=settings.max_features,
            **shape,
        )


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
    words: dict[str, float] = {}
    for match in WORD_RUN.finditer(padded):
        words[match[0]] = words.get(match[0], 0.0) + float(at[slice(*match.span())].sum())
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
