"""Scoring: articles in; frame mix, shares and speakers by article and by source out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from framing.articles.article import UNKNOWN, Article, Rejection
from framing.classifiers.base import FrameModel, FrameScores
from framing.errors import InputError
from framing.preparation import PreparedArticle, prepare_article
from framing.prevalence import ClusterTotals, Shares, article_shares

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from framing.codebook import Codebook

SOURCES = ("outlet", "agency", "speaker", "country", "language", "kind", "month")
"""What articles, or for `speaker` units, can be grouped by."""
NO_AGENCY = "(none)"
_BATCH = 64
_BATCH_CHARACTERS = 500_000


@dataclass(frozen=True)
class ArticleScore:
    """One scored article; columns follow the codebook's order."""

    prepared: PreparedArticle
    scores: FrameScores
    codebook: Codebook

    @property
    def article(self) -> Article:
        """The article itself."""
        return self.prepared.article

    @cached_property
    def shares(self) -> Shares:
        """Share of each frame among the units; shares may sum past 1."""
        return article_shares(self.scores.probabilities)

    @cached_property
    def mix(self) -> NDArray[np.float64]:
        """Frame mix (n_frames): sums to 1, or all zeros when no unit carries a frame."""
        return normalise_mix(frame_weights(self.scores.decisions))

    @cached_property
    def dominant(self) -> str | None:
        """The frame with the greatest part of the mix; None without a frame or on a tie."""
        return dominant_frame(self.mix, self.codebook)

    @cached_property
    def speakers(self) -> NDArray[np.intp]:
        """Index of each unit's most probable speaker (n_units); empty if none is modelled."""
        if not self.scores.speakers.shape[1]:
            return np.zeros(0, dtype=np.intp)
        return np.asarray(self.scores.speakers.argmax(axis=1), dtype=np.intp)

    @cached_property
    def speaker_shares(self) -> dict[str, float]:
        """Share of units by most probable speaker, commonest first; shares sum to 1."""
        if not len(self.speakers):
            return {}
        counts = np.bincount(self.speakers, minlength=len(self.codebook.speakers))
        return rank_speakers(counts, self.codebook)


@dataclass(frozen=True)
class SourceScore:
    """What a group of articles, or one kind of speaker in them, has in common."""

    by: str
    group: str
    articles: int
    units: int
    shares: Shares
    mix: NDArray[np.float64]
    dominant: str | None
    speaker_shares: dict[str, float]


def score_articles(
    articles: Iterable[Article],
    model: FrameModel,
    *,
    on_reject: Callable[[Rejection], None] | None = None,
    batch: int = _BATCH,
) -> Iterator[ArticleScore]:
    """Score articles one after another, in bounded memory.

    Args:
        articles: Articles, as `read_articles` gives them.
        model: A trained model.
        on_reject: Is told of articles with no unit, or in a language the codebook does not list;
            without it the first one raises.
        batch: Articles scored at a time.

    Raises:
        InputError: An article cannot be scored and `on_reject` is not given.
    """
    for chunk in _batch(_prepare(articles, model.codebook, on_reject), batch):
        texts = [text for article in chunk for text in article.texts]
        owners = [number for number, article in enumerate(chunk) for _ in article.units]
        scores = model.score_units(texts, owners)
        start = 0
        for article in chunk:
            stop = start + len(article.units)
            yield ArticleScore(article, scores.rows(start, stop), model.codebook)
            start = stop


class SourceTotals:
    """Gathers scored articles into groups; memory grows with groups, not with articles."""

    def __init__(self, by: Sequence[str], codebook: Codebook) -> None:
        for name in by:
            if name not in SOURCES:
                raise InputError(
                    f"cannot group by {name!r}", hint=f"choose from {', '.join(SOURCES)}"
                )
        self.by = tuple(dict.fromkeys(by))
        self.codebook = codebook
        self._groups: dict[tuple[str, str], _Group] = {}

    def add(self, score: ArticleScore) -> None:
        """Count one article in."""
        everything = np.ones(len(score.scores), dtype=bool)
        for name in self.by:
            if name == "speaker":
                for index in np.unique(score.speakers):
                    speaker = self.codebook.speaker_ids[index]
                    self._group(name, speaker).add(score, score.speakers == index)
            else:
                for group in group_names(score.article, name):
                    self._group(name, group).add(score, everything)

    def sources(self) -> list[SourceScore]:
        """The groups, in the order of `by`; largest first, months in their order."""
        found = [
            group.summarise(by, name, self.codebook) for (by, name), group in self._groups.items()
        ]
        return sorted(found, key=self._rank)

    def _rank(self, source: SourceScore) -> tuple[int, int, str]:
        # Months stand in their order, all else by size.
        size = 0 if source.by == "month" else -source.units
        return self.by.index(source.by), size, source.group

    def _group(self, by: str, name: str) -> _Group:
        key = (by, name)
        if key not in self._groups:
            self._groups[key] = _Group(self.codebook)
        return self._groups[key]


class _Group:
    def __init__(self, codebook: Codebook) -> None:
        self.totals = ClusterTotals(len(codebook.frames))
        self.weights = np.zeros(len(codebook.frames))
        self.speakers = np.zeros(len(codebook.speakers), dtype=np.int64)

    def add(self, score: ArticleScore, rows: NDArray[np.bool_]) -> None:
        self.totals.add(score.scores.probabilities[rows])
        self.weights += frame_weights(score.scores.decisions[rows])
        if len(score.speakers):
            self.speakers += np.bincount(score.speakers[rows], minlength=len(self.speakers))

    def summarise(self, by: str, name: str, codebook: Codebook) -> SourceScore:
        mix = normalise_mix(self.weights)
        return SourceScore(
            by=by,
            group=name,
            articles=self.totals.clusters,
            units=self.totals.units,
            shares=self.totals.shares(),
            mix=mix,
            dominant=dominant_frame(mix, codebook),
            speaker_shares=rank_speakers(self.speakers, codebook),
        )


def group_names(article: Article, by: str) -> tuple[str, ...]:
    """The groups an article counts in; copy credited to two agencies counts under each."""
    if by == "agency":
        return article.agencies or (NO_AGENCY,)
    if by == "month":
        return (article.date.strftime("%Y-%m") if article.date else UNKNOWN,)
    return (str(getattr(article, by)),)


def frame_weights(decisions: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Weight of each frame (n_frames): every framed unit weighs 1, shared by its frames."""
    carried = decisions.sum(axis=1, keepdims=True)
    return np.asarray((decisions / np.maximum(carried, 1)).sum(axis=0))


def normalise_mix(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Frame weights as a mix that sums to 1; all zeros stay zeros."""
    total = weights.sum()
    return weights / total if total else weights


def dominant_frame(mix: NDArray[np.float64], codebook: Codebook) -> str | None:
    """The one frame with the greatest part of a mix; None without a frame or on a tie."""
    best = np.flatnonzero(np.isclose(mix, mix.max()))
    return codebook.frame_ids[best[0]] if mix.max() > 0 and len(best) == 1 else None


def rank_speakers(counts: NDArray[np.int64], codebook: Codebook) -> dict[str, float]:
    """Shares of speakers that occur, commonest first."""
    total = counts.sum()
    order = sorted(range(len(counts)), key=lambda i: (-counts[i], i))
    return {codebook.speaker_ids[i]: float(counts[i] / total) for i in order if counts[i]}


def _batch(articles: Iterable[PreparedArticle], most: int) -> Iterator[list[PreparedArticle]]:
    """Articles put together until they are many, or long: either fills the memory."""
    chunk: list[PreparedArticle] = []
    size = 0
    for article in articles:
        chunk.append(article)
        size += len(article.article.text)
        if len(chunk) >= most or size >= _BATCH_CHARACTERS:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _prepare(
    articles: Iterable[Article],
    codebook: Codebook,
    on_reject: Callable[[Rejection], None] | None,
) -> Iterator[PreparedArticle]:
    for article in articles:
        prepared = None
        if article.language in codebook.languages:
            prepared = prepare_article(article)
            if prepared.units:
                yield prepared
                continue
        rejection = _explain_rejection(article, codebook, prepared)
        if on_reject is None:
            raise InputError(
                rejection.reason, path=rejection.path, row=rejection.row, hint=rejection.hint
            )
        on_reject(rejection)


def _explain_rejection(
    article: Article, codebook: Codebook, prepared: PreparedArticle | None
) -> Rejection:
    if prepared is not None:
        return Rejection(
            article.path,
            article.row,
            f"no sentence left: all {len(prepared.removed)} lines are furniture",
            "if it is an article, paste its text again without the page around it",
        )
    listed = ", ".join(codebook.languages)
    language = "unknown" if article.language == UNKNOWN else repr(article.language)
    return Rejection(
        article.path,
        article.row,
        f"language {language} is not supported (the codebook has {listed})",
        f"if it is one of them, say so: --lang {codebook.languages[0]}",
    )
