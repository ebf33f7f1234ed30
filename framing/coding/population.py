"""Populations: the units a sample is drawn from, read from scores or from articles."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Sequence
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
from framing.errors import InputError
from framing.preparation import prepare_article

if TYPE_CHECKING:
    from numpy.typing import NDArray

GROUPS = ("outlet", "month", "country", "language", "kind")
"""What units can be grouped by: facts of their article."""

_SCORE_AGAIN = "score with sentences: framing score ARTICLES --sentences -o scores.jsonl"
_TYPES: dict[str, type] = {"unit": int, "start": int, "end": int, "text": str}


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
            raise InputError("the units have no probabilities", hint=_SCORE_AGAIN)
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
    for row, record in _read_articles(Path(path)):
        try:
            source = _read_source(record)
            for sentence in _list_sentences(record):
                frames = frames if frames is not None else tuple(_probabilities(sentence))
                units.append(_read_unit(sentence, source))
                rows.append(_read_probabilities(sentence, frames))
        except InputError as error:
            raise InputError(error.problem, path=path, row=row, hint=error.hint) from None
    if not units:
        raise InputError("holds no scored article", path=path, hint=_SCORE_AGAIN)
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
        index = position.get((code.article, code.start, code.end))
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


def _read_articles(path: Path) -> Iterator[tuple[int | None, dict[str, Any]]]:
    """Article records of a score file, each with its row where the file has rows."""
    suffix = path.suffix.lower()
    if path.is_dir():
        raise InputError("is a folder, not a score file", path=path, hint=_SCORE_AGAIN)
    if suffix not in (".json", ".jsonl"):
        raise InputError("is not a .json or .jsonl score file", path=path, hint=_SCORE_AGAIN)
    try:
        stream = path.open("rb")
    except OSError as error:
        raise InputError(
            f"cannot be read ({error.strerror or error})", path=path, hint="check the path"
        ) from error
    with stream:
        if suffix == ".json":
            yield from ((None, record) for record in _list_articles(stream.read(), path))
            return
        for row, line in enumerate(stream, start=1):
            if not line.strip():
                continue
            record = _parse(line, path, row)
            if not isinstance(record, dict) or not isinstance(record.get("level"), str):
                raise InputError("is not a row of scores", path=path, row=row, hint=_SCORE_AGAIN)
            if record["level"] == "article":
                yield row, record


def _list_articles(data: bytes, path: Path) -> list[dict[str, Any]]:
    if not data.strip():
        raise InputError("is empty", path=path, hint=_SCORE_AGAIN)
    value = _parse(data, path, None)
    articles = value.get("articles") if isinstance(value, dict) else None
    if not isinstance(articles, list) or not all(isinstance(item, dict) for item in articles):
        raise InputError("is not a result of framing score", path=path, hint=_SCORE_AGAIN)
    return articles


def _parse(data: bytes, path: Path, row: int | None) -> Any:
    try:
        return json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InputError(
            "is not UTF-8 text", path=path, row=row, hint="save it as UTF-8"
        ) from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"is not JSON ({error})", path=path, row=row, hint=_SCORE_AGAIN) from error


def _read_source(record: dict[str, Any]) -> Source:
    name = record.get("group")
    if not isinstance(name, str) or not name:
        raise InputError("an article has no name (`group`)", hint=_SCORE_AGAIN)
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


def _list_sentences(record: dict[str, Any]) -> list[dict[str, Any]]:
    sentences = record.get("sentences")
    if sentences is None:
        raise InputError(f"{record['group']}: holds no sentences", hint=_SCORE_AGAIN)
    if not isinstance(sentences, list) or not all(isinstance(item, dict) for item in sentences):
        raise InputError(f"{record['group']}: `sentences` is not a list of them")
    return sentences


def _read_unit(sentence: dict[str, Any], source: Source) -> Candidate:
    for key, kind in _TYPES.items():
        value = sentence.get(key)
        # bool is an int to Python, but no offset is true or false
        if not isinstance(value, kind) or isinstance(value, bool):
            raise InputError(
                f"{source.article}: `{key}` of a sentence is missing or has the wrong type",
                hint=_SCORE_AGAIN,
            )
    start, end, text = sentence["start"], sentence["end"], sentence["text"]
    if not 0 <= start < end or end - start != len(text):
        raise InputError(
            f"{source.article}: offsets {start}-{end} do not fit the text of unit "
            f"{sentence['unit']}",
            hint=_SCORE_AGAIN,
        )
    return Candidate(source, sentence["unit"], start, end, text)


def _probabilities(sentence: dict[str, Any]) -> dict[str, Any]:
    found = sentence.get("probabilities")
    if not isinstance(found, dict) or not found:
        raise InputError("a sentence has no `probabilities`", hint=_SCORE_AGAIN)
    return found


def _read_probabilities(sentence: dict[str, Any], frames: tuple[str, ...]) -> list[float]:
    found = _probabilities(sentence)
    if found.keys() != set(frames):
        raise InputError(
            f"frames differ: {', '.join(found)} here, {', '.join(frames)} before",
            hint="sample from the scores of one model",
        )
    row = []
    for frame in frames:
        value = found[frame]
        known = isinstance(value, int | float) and not isinstance(value, bool)
        if not known or not (math.isfinite(value) and 0 <= value <= 1):
            raise InputError(
                f"probability of {frame} is {value!r}, not a number from 0 to 1",
                hint=_SCORE_AGAIN,
            )
        row.append(float(value))
    return row
