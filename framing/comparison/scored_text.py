"""Scored text: what `framing score --sentences` wrote, as arrays with facts of each article."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from framing.articles.article import UNKNOWN
from framing.codebook import unknown_label
from framing.coding.score_file import (
    SCORE_AGAIN,
    ScoredArticle,
    ScoredSentence,
    list_sentences,
    read_score_file,
)
from framing.errors import CodebookError, InputError, locate_errors
from framing.stories import Stories, find_stories

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from framing.codebook import Codebook

ONE_MODEL = "score all articles with one model and one codebook"


@dataclass(frozen=True, slots=True)
class ArticleFacts:
    """What a score file says of one article."""

    name: str
    id: str
    headline: str
    outlet: str
    agencies: tuple[str, ...]
    """Who wrote wire copy, in the order credited."""
    country: str
    kind: str
    language: str
    date: date | None
    event: str | None
    """What it reports on, where its source says so."""
    path: str


@dataclass(frozen=True)
class ScoredText:
    """Scored units of many articles, of one model; units of an article are neighbours."""

    codebook: Codebook
    model: str
    """Digest of the model."""
    articles: tuple[ArticleFacts, ...]
    owners: NDArray[np.intp]
    """Article of each unit (n_units)."""
    spans: NDArray[np.int64]
    """Number in its article, start and end of each unit (n_units, 3)."""
    texts: tuple[str, ...]
    """Text of each unit."""
    probabilities: NDArray[np.float64]
    """(n_units, n_frames) in [0, 1]; columns follow the codebook."""
    decisions: NDArray[np.bool_]
    """(n_units, n_frames)."""
    speakers: NDArray[np.intp]
    """Column of each unit's speaker (n_units); empty if the model knows none."""

    def __len__(self) -> int:
        return len(self.owners)

    @cached_property
    def bounds(self) -> NDArray[np.intp]:
        """First unit of each article, and after the last of the last one (n_articles + 1)."""
        return np.searchsorted(self.owners, np.arange(len(self.articles) + 1))

    def article_text(self, article: int) -> str:
        """The units of one article, a line each."""
        start, stop = self.bounds[article : article + 2]
        return "\n".join(self.texts[start:stop])


def read_scored_text(paths: Iterable[str | Path], codebook: Codebook) -> ScoredText:
    """Read score files, .json or .jsonl, of one model.

    Args:
        paths: The files.
        codebook: What the scores are of.

    Raises:
        InputError: A file is not of scores with sentences, an article stands twice, scores are of
            two models, a value is not one that scoring gives, or nothing was scored.
        CodebookError: The scores were made with another codebook.
    """
    gathered = _Gathered(codebook)
    for path in paths:
        for article in read_score_file(path):
            with locate_errors(path, article.row):
                gathered.add(article)
        gathered.require_some(path)
    return gathered.finish()


def find_scored_stories(scored: ScoredText) -> Stories:
    """Find the stories of scored text: which articles are copies of one another by their wording.

    See `framing.stories.find_stories`.
    """
    return find_stories([scored.article_text(number) for number in range(len(scored.articles))])


class _Gathered:
    def __init__(self, codebook: Codebook) -> None:
        self.codebook = codebook
        self.model: str | None = None
        self.articles: list[ArticleFacts] = []
        self.seen: set[str] = set()
        self.owners: list[int] = []
        self.spans: list[tuple[int, int, int]] = []
        self.texts: list[str] = []
        self.probabilities: list[list[float]] = []
        self.decisions: list[list[bool]] = []
        self.speakers: list[int] = []
        self._speakers = {name: k for k, name in enumerate(codebook.speaker_ids)}

    def add(self, article: ScoredArticle) -> None:
        self._check_source(article)
        if article.name in self.seen:
            raise InputError(
                f"{article.name} stands twice", hint="give each article once, under its own name"
            )
        self.seen.add(article.name)
        owner = len(self.articles)
        self.articles.append(_read_facts(article))
        for unit in list_sentences(article):
            self.owners.append(owner)
            self.spans.append((unit.unit, unit.start, unit.end))
            self.texts.append(unit.text)
            self._add_labels(unit, article.name)

    def require_some(self, path: str | Path) -> None:
        if not self.owners:
            raise InputError("holds no scored article", path=path, hint=SCORE_AGAIN)

    def finish(self) -> ScoredText:
        if not self.owners:
            raise InputError("no file of scores is given", hint=SCORE_AGAIN)
        known = any(speaker >= 0 for speaker in self.speakers)
        return ScoredText(
            codebook=self.codebook,
            model=self.model or "",
            articles=tuple(self.articles),
            owners=np.array(self.owners, dtype=np.intp),
            spans=np.array(self.spans, dtype=np.int64),
            texts=tuple(self.texts),
            probabilities=np.array(self.probabilities),
            decisions=np.array(self.decisions, dtype=bool),
            speakers=np.array(self.speakers if known else [], dtype=np.intp),
        )

    def _check_source(self, article: ScoredArticle) -> None:
        if article.codebook != self.codebook.digest:
            raise CodebookError(
                f"scores are of codebook {article.codebook}, not of {self.codebook.digest} "
                f"({self.codebook.name} {self.codebook.version})",
                hint=f"{ONE_MODEL}, or give theirs with --codebook FILE",
            )
        if self.model is None:
            self.model = str(article.model)
        elif self.model != str(article.model):
            raise InputError(
                f"scores are of model {article.model}, those before of {self.model}",
                hint=ONE_MODEL,
            )

    def _add_labels(self, unit: ScoredSentence, name: str) -> None:
        frames = self.codebook.frame_ids
        if unit.probabilities.keys() != set(frames):
            raise InputError(
                f"{name}: probabilities are of {', '.join(unit.probabilities)}; the codebook has "
                + ", ".join(frames),
                hint=SCORE_AGAIN,
            )
        self.probabilities.append([unit.probabilities[frame] for frame in frames])
        carried = unit.fields.get("frames")
        if not isinstance(carried, list):
            raise InputError(f"{name}: a sentence has no `frames`", hint=SCORE_AGAIN)
        for frame in carried:
            if frame not in frames:
                raise unknown_label("frame", str(frame), frames)
        self.decisions.append([frame in carried for frame in frames])
        speaker = unit.fields.get("speaker")
        if speaker is not None and speaker not in self._speakers:
            raise unknown_label("speaker", str(speaker), self.codebook.speaker_ids)
        self.speakers.append(-1 if speaker is None else self._speakers[speaker])


def _read_facts(article: ScoredArticle) -> ArticleFacts:
    record, name = article.fields, article.name
    agencies = record.get("agencies") or []
    if not isinstance(agencies, list) or not all(isinstance(item, str) for item in agencies):
        raise InputError(f"{name}: `agencies` is not a list of names", hint=SCORE_AGAIN)
    return ArticleFacts(
        name=name,
        id=_read_word(record, "id", name, ""),
        headline=_read_word(record, "headline", name, ""),
        outlet=_read_word(record, "outlet", name),
        agencies=tuple(agencies),
        country=_read_word(record, "country", name),
        kind=_read_word(record, "kind", name),
        language=_read_word(record, "language", name),
        date=_read_date(record.get("date"), name),
        event=_read_word(record, "event", name, "") or None,
        path=_read_word(record, "path", name, ""),
    )


def _read_word(record: Mapping[str, Any], key: str, name: str, default: str = UNKNOWN) -> str:
    value = record.get(key)
    if value is None or value == "":
        return default
    if not isinstance(value, str):
        raise InputError(f"{name}: `{key}` has the wrong type: {value!r}", hint=SCORE_AGAIN)
    return value


def _read_date(value: Any, name: str) -> date | None:
    if value is None or value == "":
        return None
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise InputError(f"{name}: `date` is no date: {value!r}", hint="as in 2019-07-04") from None
