"""N-grams: hashed counting finds what plain slicing finds, in any script and any chunking."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framing.classifiers import ngrams
from framing.classifiers.features import FeatureSettings, TfidfFeatures, normalise
from framing.classifiers.ngrams import hash_characters, hash_words, make_batches

TEXTS = st.lists(
    st.text(st.sampled_from("ab é한국日本ー _-.\n\t'\u3000😀"), max_size=30), min_size=1, max_size=6
)


def slice_characters(text: str, shortest: int, longest: int) -> Counter[str]:
    found: Counter[str] = Counter()
    for word in text.split():
        padded = f" {word} "
        for n in range(shortest, longest + 1):
            grams = [padded[i : i + n] for i in range(len(padded) - n + 1)]
            found.update(gram for gram in grams if gram.strip())
    # the space between two words is the edge of both, but one n-gram of a single letter or space
    return found


def slice_words(text: str, longest: int) -> Counter[str]:
    words = re.findall(r"\w+", text)
    return Counter(
        " ".join(words[i : i + n]) for n in range(1, longest + 1) for i in range(len(words) - n + 1)
    )


@given(TEXTS, st.integers(1, 3), st.integers(0, 3))
def test_characters_are_those_of_plain_slicing(texts: list[str], shortest: int, more: int):
    for batch in make_batches(texts):
        found = batch.characters(shortest, shortest + more)
        for row, text in enumerate(texts):
            mine = Counter(
                batch.text[start:end]
                for start, end, r in zip(found.starts, found.ends, found.rows, strict=True)
                if r == row
            )
            assert mine == slice_characters(text, shortest, shortest + more)


@given(TEXTS, st.integers(1, 3))
def test_words_are_those_of_plain_slicing(texts: list[str], longest: int):
    expected = [slice_words(text, longest) for text in texts]
    found = next(iter(make_batches(texts))).words(longest)
    names = {int(h): gram for counts in expected for gram, h in
             zip(counts, hash_words(list(counts)), strict=True)}  # fmt: skip
    for row, counts in enumerate(expected):
        mine = Counter(names[int(h)] for h in found.hashes[found.rows == row])
        assert mine == counts


@given(st.text(max_size=12).filter(lambda s: s.strip() and "\n" not in s))
def test_hash_of_a_gram_is_its_hash_in_a_text(gram: str):
    word = "".join(gram.split())
    (batch,) = make_batches([f"x {word} y"])
    found = batch.characters(len(word), len(word))
    assert int(hash_characters([word])[0]) in found.hashes.tolist()


def test_different_grams_have_different_hashes():
    grams = sorted(
        {f"{a}{b}{c}" for a in "ab한日 " for b in "ab한日 " for c in ("", "a", "日", " ")}
    )
    assert len(set(hash_characters(grams).tolist())) == len(grams)


def test_chunking_changes_nothing(monkeypatch: pytest.MonkeyPatch):
    texts = ["The port closed.", "", "항구가 닫혔다.", "港は閉鎖された。", "a " * 40]
    features = TfidfFeatures(FeatureSettings(min_units=1, char_min=1)).fit(texts)
    whole = features.transform(texts).toarray()
    monkeypatch.setattr(ngrams, "_CHUNK", 10)
    assert np.allclose(features.transform(texts).toarray(), whole)
    again = TfidfFeatures(FeatureSettings(min_units=1, char_min=1)).fit(texts)
    assert again.dump()[0] == features.dump()[0]


def test_weights_are_those_of_scikit_learn():
    """Word block, where both define n-grams alike; the vocabulary is in the same order too."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts = ["The port closed on Monday, the port said.", "Port fees rise.", "on on the Monday"]
    mine = TfidfFeatures(FeatureSettings(min_units=1, char_min=40, char_max=40)).fit(texts)
    theirs = TfidfVectorizer(
        preprocessor=normalise, token_pattern=r"(?u)\b\w+\b", ngram_range=(1, 2), sublinear_tf=True
    ).fit(texts)
    assert mine.dump()[0]["word"] == theirs.get_feature_names_out().tolist()
    assert np.allclose(mine.transform(texts).toarray(), theirs.transform(texts).toarray())


def test_most_frequent_grams_are_kept():
    texts = ["port port", "port fees", "fees rise", "port"]
    features = TfidfFeatures(FeatureSettings(min_units=1, max_features=1, char_min=30, char_max=30))
    assert features.fit(texts).dump()[0]["word"] == ["port"]
