"""Predictions: what a model says of units, read from a result of `framing score`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from framing.articles.article import Article
from framing.codebook import Codebook, unknown_label
from framing.coding.exchange.reading import parse_object, read_rows, read_text
from framing.errors import FramingError, InputError

_AGAIN = "score them again: framing score ARTICLES --sentences -o scores.json"


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a model says of one unit."""

    model: str
    """Digest of the model."""
    frames: tuple[str, ...]
    speaker: str | None
    score: float
    """Probability, in [0, 1], of the decision the model is least sure of."""


def read_predictions(
    path: str | Path, articles: Iterable[Article], codebook: Codebook
) -> dict[tuple[str, int, int], Prediction]:
    """Read what `framing score --sentences` wrote, .json or .jsonl.

    Args:
        path: The result.
        articles: The articles; what was scored of others is ignored.
        codebook: The one the model must have been trained with.

    Returns:
        Prediction by article, start and end of the unit.

    Raises:
        InputError: It is no such result, holds no sentences, or a sentence does not fit its text.
        CodebookError: The model has another codebook.
    """
    texts = {article.name: article.text for article in articles}
    predictions = {}
    for row, record, signature in _read_articles(Path(path)):
        try:
            name = record.get("group")
            if not isinstance(name, str):
                raise InputError("an article has no name (`group`)", hint=_AGAIN)
            model, digest = signature
            if not isinstance(model, str) or not isinstance(digest, str):
                raise InputError("does not say which model and codebook made it", hint=_AGAIN)
            codebook.require_digest(digest, path=path, what="the result")
            if name in texts:
                for start, end, prediction in _read_sentences(record, texts[name], model, codebook):
                    predictions[name, start, end] = prediction
        except FramingError as error:
            raise type(error)(error.problem, path=path, row=row, hint=error.hint) from None
    if not predictions:
        raise InputError("holds no score of these articles", path=path, hint=_AGAIN)
    return predictions


def _read_articles(path: Path) -> Iterator[tuple[int | None, dict[str, Any], tuple[Any, Any]]]:
    """(row, record of an article, digests of model and codebook) of each scored article."""
    if path.suffix.lower() == ".jsonl":
        for row, record in read_rows(path):
            if record.get("level") == "article":
                yield row, record, (record.get("model"), record.get("codebook"))
        return
    value = parse_object(read_text(path), path)
    articles, book = value.get("articles"), value.get("codebook")
    if not isinstance(articles, list) or not isinstance(book, dict):
        raise InputError("is not a result of framing score", path=path, hint=_AGAIN)
    for record in articles:
        if not isinstance(record, dict):
            raise InputError("is not a result of framing score", path=path, hint=_AGAIN)
        yield None, record, (value.get("model"), book.get("digest"))


def _read_sentences(
    record: Mapping[str, Any], text: str, model: str, codebook: Codebook
) -> Iterator[tuple[int, int, Prediction]]:
    name, sentences = record["group"], record.get("sentences")
    if not isinstance(sentences, list):
        raise InputError(f"{name}: holds no sentences", hint=_AGAIN)
    for sentence in sentences:
        if not isinstance(sentence, dict):
            raise InputError(f"{name}: a sentence is not an object", hint=_AGAIN)
        start, end = sentence.get("start"), sentence.get("end")
        if type(start) is not int or type(end) is not int or not 0 <= start < end:
            raise InputError(f"{name}: a sentence has no offsets", hint=_AGAIN)
        if text[start:end] != sentence.get("text"):
            raise InputError(f"{name}: text at {start}-{end} has changed", hint=_AGAIN)
        try:
            yield start, end, _read_prediction(sentence, model, codebook)
        except FramingError as error:
            problem = f"{name} {start}-{end}: {error.problem}"
            raise type(error)(problem, hint=error.hint or _AGAIN) from None


def _read_prediction(sentence: Mapping[str, Any], model: str, codebook: Codebook) -> Prediction:
    frames, speaker = sentence.get("frames"), sentence.get("speaker")
    probabilities = sentence.get("probabilities")
    if not isinstance(frames, list) or not isinstance(probabilities, dict):
        raise InputError("`frames` or `probabilities` is missing")
    for frame in (*frames, *probabilities):
        if frame not in codebook.frame_ids:
            raise unknown_label("frame", frame, codebook.frame_ids)
    if speaker is not None and speaker not in codebook.speaker_ids:
        raise unknown_label("speaker", speaker, codebook.speaker_ids)
    sure = []
    for frame in codebook.frame_ids:
        probability = _read_probability(probabilities.get(frame), frame)
        sure.append(probability if frame in frames else 1 - probability)
    chosen = tuple(frame for frame in codebook.frame_ids if frame in frames)
    return Prediction(model, chosen, speaker, round(min(sure), 4))


def _read_probability(value: object, frame: str) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1:
        return float(value)
    raise InputError(f"probability of {frame} is not in 0 to 1: {value!r}")
