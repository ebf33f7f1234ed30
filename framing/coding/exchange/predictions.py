"""Predictions: what a model says of units, read from a result of `framing score`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from framing.articles.article import Article, index_articles
from framing.codebook import Codebook, unknown_label
from framing.coding.score_file import (
    SCORE_AGAIN,
    ScoredArticle,
    ScoredSentence,
    list_sentences,
    read_score_file,
)
from framing.errors import FramingError, InputError, locate_errors


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
    texts = {name: article.text for name, article in index_articles(articles).items()}
    predictions = {}
    for article in read_score_file(path):
        with locate_errors(path, article.row):
            model, digest = article.model, article.codebook
            if not isinstance(model, str) or not isinstance(digest, str):
                raise InputError("does not say which model and codebook made it", hint=SCORE_AGAIN)
            codebook.require_digest(digest, path=path, what="the result")
            if article.name in texts:
                text = texts[article.name]
                for start, end, prediction in _read_article(article, text, model, codebook):
                    predictions[article.name, start, end] = prediction
    if not predictions:
        raise InputError("holds no score of these articles", path=path, hint=SCORE_AGAIN)
    return predictions


def _read_article(
    article: ScoredArticle, text: str, model: str, codebook: Codebook
) -> Iterator[tuple[int, int, Prediction]]:
    for sentence in list_sentences(article):
        start, end = sentence.start, sentence.end
        if text[start:end] != sentence.text:
            raise InputError(f"{article.name}: text at {start}-{end} has changed", hint=SCORE_AGAIN)
        try:
            yield start, end, _read_prediction(sentence, model, codebook)
        except FramingError as error:
            problem = f"{article.name} {start}-{end}: {error.problem}"
            raise type(error)(problem, hint=error.hint or SCORE_AGAIN) from None


def _read_prediction(sentence: ScoredSentence, model: str, codebook: Codebook) -> Prediction:
    frames, speaker = sentence.fields.get("frames"), sentence.fields.get("speaker")
    if not isinstance(frames, list):
        raise InputError("`frames` is missing")
    for frame in (*frames, *sentence.probabilities):
        if frame not in codebook.frame_ids:
            raise unknown_label("frame", frame, codebook.frame_ids)
    if speaker is not None and speaker not in codebook.speaker_ids:
        raise unknown_label("speaker", speaker, codebook.speaker_ids)
    sure = []
    for frame in codebook.frame_ids:
        if frame not in sentence.probabilities:
            raise InputError(f"probability of {frame} is missing")
        probability = sentence.probabilities[frame]
        sure.append(probability if frame in frames else 1 - probability)
    chosen = tuple(frame for frame in codebook.frame_ids if frame in frames)
    return Prediction(model, chosen, speaker, round(min(sure), 4))
