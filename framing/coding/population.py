"""Populations: the units a sample is drawn from, read from scores or from articles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from framing.articles.article import UNKNOWN, Article
from framing.codebook import unknown_label
from framing.coding.codes import Code, digest_text
from framing.coding.score_file import SCORE_AGAIN, ScoredArticle, list_sentences, read_score_file
from framing.errors import InputError, locate_errors
from framing.preparation import prepare_article

if TYPE_CHECKING:
    from numpy.typing import NDArray

GROUPS = ("outlet", "month", "country", "language", "kind")
"""What units can be grouped by: facts of their article."""


@dataclass(frozen=True, slots=True)
class Source:
    """What is known of an article; each fact is `unknown` where it is not."""

    article: str
    """Name of the article."""
    outlet: str = UNKNOWN
    country: str = UNKNOWN
    kind: str = UNKNOWN
    language: str = UNKNOWN
    month: str = UNKNOWN
    """As 2019-07."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One unit that may be chosen; offsets count code points, the end is exclusive."""

    source: Source
    unit: int
    start: int
    end: int
    text: str

    @property
    def key(self) -> tuple[str, int, int]:
        """What codes of this unit share: article, start and end."""
        return (self.source.article, self.start, self.end)


@dataclass(frozen=True)
class Population:
    """Units in the order of article names and then of the text, whatever order they came in."""

    units: tuple[Candidate, ...]
    frames: tuple[str, ...] = ()
    """Ids of the frames scored; empty where the units were not scored."""
    probabilities: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 0)))
    """Probability of each frame, (n_units, n_frames) in [0, 1]."""
    excluded: int = 0
    """Units left out because they are coded already."""

    def __len__(self) -> int:
        return len(self.units)

    @cached_property
    def articles(self) -> NDArray[np.intp]:
        """Which article each unit is of, counted from 0 (n_units)."""
        names = [unit.source.article for unit in self.units]
        new = [left != right for left, right in pairwise(names)]
        return np.cumsum([0, *new]) if names else np.zeros(0, dtype=np.intp)

    def columns(self, frame: str | None) -> NDArray[np.float64]:
        """Probabilities of one frame, or of all, (n_units, 1 or n_frames).

        Raises:
            InputError: The units were not scored.
            CodebookError: No such frame was scored.
        """
        if not self.frames:
            raise InputError("the units have no probabilities", hint=SCORE_AGAIN)
        if frame is None:
            return self.probabilities
        if frame not in self.frames:
            raise unknown_label("frame", frame, self.frames)
        column = self.frames.index(frame)
        return self.probabilities[:, column : column + 1]


def read_scores(path: str | Path) -> Population:
    """Read every unit from what `framing score --sentences` wrote, .json or .jsonl.

    Raises:
        InputError: It is no such file, holds no sentences, names a unit twice, or a value in it is
            not one that scoring gives.
    """
    units: list[Candidate] = []
    rows: list[list[float]] = []
    frames: tuple[str, ...] | None = None
    for article in read_score_file(path):
        with locate_errors(path, article.row):
            source = _read_source(article)
            for unit in list_sentences(article):
                frames = frames if frames is not None else tuple(unit.probabilities)
                units.append(Candidate(source, unit.unit, unit.start, unit.end, unit.text))
                rows.append(_order_probabilities(unit.probabilities, frames))
    if not units:
        raise InputError("holds no scored article", path=path, hint=SCORE_AGAIN)
    return _arrange(units, frames or (), np.array(rows), path)


def make_population(articles: Iterable[Article]) -> Population:
    """Cut articles into units, unscored.

    Raises:
        InputError: No article has a unit, or two have one name.
    """
    units = []
    for article in articles:
        prepared = prepare_article(article)
        about = prepared.article
        source = Source(
            article=about.name,
            outlet=about.outlet,
            country=about.country,
            kind=about.kind,
            language=about.language,
            month=about.date.strftime("%Y-%m") if about.date else UNKNOWN,
        )
        units += [Candidate(source, u.index, u.start, u.end, u.text) for u in prepared.units]
    if not units:
        raise InputError("there is no unit to choose from", hint="give a folder of articles")
    return _arrange(units, (), np.zeros((len(units), 0)), None)


def leave_out(
    population: Population, codes: Sequence[Code], *, path: str | Path | None = None
) -> Population:
    """Leave out the units somebody coded; what is left is the population of the sample.

    Args:
        population: The units.
        codes: Codes of any number of coders; those of other articles are ignored.
        path: The file of codes, for messages.

    Raises:
        InputError: A coded unit has another text now, or nothing is left.
    """
    coded = set(match_codes(population, codes, path=path))
    if len(coded) == len(population):
        raise InputError(
            f"all {len(population):,} units are coded already", path=path, hint="add articles"
        )
    kept = [index for index in range(len(population)) if index not in coded]
    return replace(
        population,
        units=tuple(population.units[index] for index in kept),
        probabilities=population.probabilities[kept],
        excluded=population.excluded + len(coded),
    )


def match_codes(
    population: Population, codes: Sequence[Code], *, path: str | Path | None = None
) -> dict[int, Code]:
    """Find the unit each code is about; of several codes of a unit the last one counts.

    Returns:
        Code by position in `population.units`; codes of units that are not there are left out.

    Raises:
        InputError: A coded unit has another text now.
    """
    position = {unit.key: index for index, unit in enumerate(population.units)}
    matched = {}
    for code in codes:
        index = position.get(code.key)
        if index is None:
            continue
        if digest_text(population.units[index].text) != code.sha1:
            raise InputError(
                f"{code.article}: text at {code.start}-{code.end} has changed since it was coded",
                path=path,
                row=code.row,
                hint="score the text that was coded, unchanged",
            )
        matched[index] = code
    return matched


def _arrange(
    units: list[Candidate],
    frames: tuple[str, ...],
    probabilities: NDArray[np.float64],
    path: str | Path | None,
) -> Population:
    """Sort the units, so that the same seed chooses the same ones in whatever order they came."""
    order = sorted(range(len(units)), key=lambda index: units[index].key)
    ordered = tuple(units[index] for index in order)
    for left, right in pairwise(ordered):
        if left.source.article == right.source.article and right.start < left.end:
            same = left.key == right.key
            raise InputError(
                f"{left.source.article}: unit at {right.start}-{right.end} "
                + ("stands twice" if same else f"overlaps that at {left.start}-{left.end}"),
                path=path,
                hint="give each article once, and a name of its own",
            )
    return Population(ordered, frames, probabilities[order])


def _read_source(article: ScoredArticle) -> Source:
    name, record = article.name, article.fields
    facts = {key: record.get(key) or UNKNOWN for key in ("outlet", "country", "kind", "language")}
    for key, value in facts.items():
        if not isinstance(value, str):
            raise InputError(f"{name}: `{key}` has the wrong type: {value!r}")
    return Source(name, **facts, month=_read_month(record.get("date"), name))


def _read_month(value: Any, name: str) -> str:
    if value is None or value == "":
        return UNKNOWN
    try:
        return date.fromisoformat(value).strftime("%Y-%m")
    except (TypeError, ValueError):
        raise InputError(f"{name}: `date` is no date: {value!r}", hint="as in 2019-07-04") from None


def _order_probabilities(found: Mapping[str, float], frames: tuple[str, ...]) -> list[float]:
    if found.keys() != set(frames):
        raise InputError(
            f"frames differ: {', '.join(found)} here, {', '.join(frames)} before",
            hint="sample from the scores of one model",
        )
    return [found[frame] for frame in frames]
