"""Score files: what `framing score --sentences` wrote, read article by article."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from framing.errors import InputError
from framing.reading import read_json, read_json_lines

SCORE_AGAIN = "score with sentences: framing score ARTICLES --sentences -o scores.jsonl"
_TYPES: dict[str, type] = {"unit": int, "start": int, "end": int, "text": str}


@dataclass(frozen=True, slots=True)
class ScoredArticle:
    """One article of a score file."""

    name: str
    fields: Mapping[str, Any]
    """All that is said of it, unchecked."""
    row: int | None
    """Row of the file, where the file has rows."""
    model: Any
    """Digest of the model, unchecked."""
    codebook: Any
    """Digest of its codebook, unchecked."""


@dataclass(frozen=True, slots=True)
class ScoredSentence:
    """One unit of a scored article; offsets count code points, the end is exclusive."""

    unit: int
    start: int
    end: int
    text: str
    probabilities: Mapping[str, float]
    """Probability, in [0, 1], by frame."""
    fields: Mapping[str, Any]
    """All that is said of it, unchecked."""


def read_score_file(path: str | Path) -> Iterator[ScoredArticle]:
    """Read the articles of a score file, .json or .jsonl; the latter is streamed.

    Raises:
        InputError: It is no such file, or an article has no name.
    """
    for row, record, model, codebook in _read_records(Path(path)):
        name = record.get("group")
        if not isinstance(name, str) or not name:
            raise InputError(
                "an article has no name (`group`)", path=path, row=row, hint=SCORE_AGAIN
            )
        yield ScoredArticle(name, record, row, model, codebook)


def list_sentences(article: ScoredArticle) -> Iterator[ScoredSentence]:
    """The units of an article, each checked.

    Raises:
        InputError: It was scored without sentences, or a value is not one that scoring gives.
    """
    sentences = article.fields.get("sentences")
    if sentences is None:
        raise InputError(f"{article.name}: holds no sentences", hint=SCORE_AGAIN)
    if not isinstance(sentences, list) or not all(isinstance(item, dict) for item in sentences):
        raise InputError(f"{article.name}: `sentences` is not a list of them", hint=SCORE_AGAIN)
    for sentence in sentences:
        yield _read_sentence(sentence, article.name)


def _read_records(path: Path) -> Iterator[tuple[int | None, Mapping[str, Any], Any, Any]]:
    """Row, record, and digests of model and codebook of each article."""
    suffix = path.suffix.lower()
    if path.is_file() and suffix not in (".json", ".jsonl"):
        raise InputError("is not a .json or .jsonl score file", path=path, hint=SCORE_AGAIN)
    if suffix == ".jsonl":  # a folder, or what is not there, is named as such by the reader
        for row, record in read_json_lines(path, hint=SCORE_AGAIN):
            if not isinstance(record.get("level"), str):
                raise InputError("is not a row of scores", path=path, row=row, hint=SCORE_AGAIN)
            if record["level"] == "article":
                yield row, record, record.get("model"), record.get("codebook")
        return
    value = read_json(path, hint=SCORE_AGAIN)
    articles = value.get("articles") if isinstance(value, dict) else None
    if not isinstance(articles, list) or not all(isinstance(item, dict) for item in articles):
        raise InputError("is not a result of framing score", path=path, hint=SCORE_AGAIN)
    codebook = value.get("codebook")
    digest = codebook.get("digest") if isinstance(codebook, dict) else None
    for record in articles:
        yield None, record, value.get("model"), digest


def _read_sentence(sentence: Mapping[str, Any], name: str) -> ScoredSentence:
    for key, kind in _TYPES.items():
        value = sentence.get(key)
        # bool is an int to Python, but no offset is true or false
        if not isinstance(value, kind) or isinstance(value, bool):
            raise InputError(
                f"{name}: `{key}` of a sentence is missing or has the wrong type", hint=SCORE_AGAIN
            )
    unit, start, end, text = (sentence[key] for key in _TYPES)
    if not 0 <= start < end or end - start != len(text):
        raise InputError(
            f"{name}: offsets {start}-{end} do not fit the text of unit {unit}", hint=SCORE_AGAIN
        )
    return ScoredSentence(unit, start, end, text, _read_probabilities(sentence, name), sentence)


def _read_probabilities(sentence: Mapping[str, Any], name: str) -> dict[str, float]:
    found = sentence.get("probabilities")
    if not isinstance(found, dict) or not found:
        raise InputError(f"{name}: a sentence has no `probabilities`", hint=SCORE_AGAIN)
    for frame, value in found.items():
        known = isinstance(value, int | float) and not isinstance(value, bool)
        if not known or not (math.isfinite(value) and 0 <= value <= 1):
            raise InputError(
                f"{name}: probability of {frame} is {value!r}, not a number from 0 to 1",
                hint=SCORE_AGAIN,
            )
    return {frame: float(value) for frame, value in found.items()}
