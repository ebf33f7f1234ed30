"""Tasks: the units a tool shows, each with what it needs to be recognised when it comes back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from framing.articles.article import Article, index_articles
from framing.codebook import Codebook
from framing.coding.codes import Code, Key, digest_text, refuse_drift
from framing.coding.exchange.predictions import Prediction
from framing.coding.sample_file import read_unit_keys
from framing.coding.sheets import N_BEFORE, SheetUnit, make_sheet
from framing.errors import InputError, locate_errors
from framing.surrogates import has_half


@dataclass(frozen=True, slots=True)
class Task:
    """One unit to code, with the codes it has and what a model says of it."""

    unit: SheetUnit
    codes: tuple[Code, ...] = ()
    """At most one of each coder."""
    prediction: Prediction | None = None


@dataclass(frozen=True)
class TaskSet:
    """Tasks in the order of their articles and of the text, with what found no place in them."""

    tasks: tuple[Task, ...]
    elsewhere: int = 0
    """Codes of articles or units that are not among the tasks."""
    furniture: int = 0
    """Codes of spans that are no unit."""

    @property
    def coders(self) -> tuple[str, ...]:
        """Everyone who coded one of the tasks, sorted."""
        return tuple(sorted({code.coder for task in self.tasks for code in task.codes}))


def make_tasks(
    articles: Iterable[Article],
    codes: Sequence[Code] = (),
    *,
    sample: Sequence[Key] | None = None,
    predictions: Mapping[Key, Prediction] | None = None,
    path: str | Path | None = None,
) -> TaskSet:
    """Lay units out as tasks: every unit of the articles, or those of a sample.

    A span that somebody coded, or that the sample names, is a task as it stands, also where
    this program cuts the sentence differently now; segmented units fill the rest.

    Args:
        articles: The articles.
        codes: Codes of any number of coders.
        sample: The units to lay out; all of them if None.
        predictions: What a model says, by unit.
        path: The file of codes, for messages.

    Raises:
        InputError: Two articles have one name, a code or a sampled unit does not fit its text,
            one coder coded a unit twice, or there is nothing to lay out.
    """
    about = index_articles(articles)
    of_units = [code for code in codes if not code.furniture]
    by_unit = _group_codes([code for code in of_units if code.article in about], path)
    placed = [code for group in by_unit.values() for code in group]
    refuse_drift(placed, {name: article.text for name, article in about.items()}, path=path)
    units = _lay_out(about, sorted({*by_unit, *(sample or ())}))
    if sample is not None:
        wanted = set(sample)
        units = [unit for unit in units if unit.key in wanted]
    tasks = []
    for unit in units:
        own = by_unit.get(unit.key, [])
        _refuse_halves(unit, own, path)
        numbers = [code.unit for code in own if code.unit is not None]
        numbered = replace(unit, unit=numbers[0]) if numbers else unit
        tasks.append(Task(numbered, tuple(own), (predictions or {}).get(unit.key)))
    if not tasks:
        raise InputError("there is no unit to export", hint="give a file or folder of articles")
    taken = sum(len(task.codes) for task in tasks)
    return TaskSet(tuple(tasks), len(of_units) - taken, len(codes) - len(of_units))


def find_sampled(path: str | Path, articles: Iterable[Article]) -> list[Key]:
    """Find which units to export: those that a sample, or a file of codes, names.

    Args:
        path: What `framing sample` wrote, a file of codes, or rows of `article`, `start`, `end`.
        articles: The articles.

    Raises:
        InputError: It is no such file, or names a span that the articles lack.
    """
    about = index_articles(articles)
    keys = read_unit_keys(path)
    for row, (name, start, end), sha1 in keys:
        with locate_errors(path, row):
            if name not in about:
                raise InputError(f"no text for article {name!r}", hint="give its file too")
            text = about[name].text
            if not 0 <= start < end <= len(text):
                raise InputError(
                    f"{name}: offsets {start}-{end} are not a span of its {len(text)} characters",
                    hint="use the text that was coded, unchanged",
                )
            if sha1 is not None and sha1 != digest_text(text[start:end]):
                raise InputError(
                    f"{name}: text at {start}-{end} has changed",
                    hint="draw the sample again, or use the text it was drawn from",
                )
    # A unit that stands there several times is meant once.
    return list(dict.fromkeys(key for _, key, _ in keys))


def describe_unit(unit: SheetUnit, codebook: Codebook) -> dict[str, Any]:
    """What a tool must keep of a unit so that its codes find back to the text.

    The digests are written so that no spreadsheet takes them for numbers.
    """
    return {
        "article": unit.article,
        "unit": unit.unit,
        "start": unit.start,
        "end": unit.end,
        "sha1": f"sha1:{unit.sha1}",
        "codebook": sign_codebook(codebook),
    }


def sign_codebook(codebook: Codebook) -> str:
    """Version and digest of a codebook, as every task carries them."""
    return f"{codebook.version} {codebook.digest}"


def describe_context(unit: SheetUnit) -> dict[str, Any]:
    """What a coder may see around a unit; nothing of it is read back."""
    return {
        "headline": unit.headline,
        "before": " ".join(unit.before),
        "after": " ".join(unit.after),
        "outlet": unit.outlet,
        "country": unit.country,
        "date": unit.date,
        "language": unit.language,
    }


def _group_codes(codes: Iterable[Code], path: str | Path | None) -> dict[Key, list[Code]]:
    by_unit: dict[Key, list[Code]] = defaultdict(list)
    for code in codes:
        group = by_unit[code.article, code.start, code.end]
        if any(other.coder == code.coder for other in group):
            raise InputError(
                f"coder {code.coder!r} coded {code.article} {code.start}-{code.end} twice",
                path=path,
                row=code.row,
                hint="keep one of the two",
            )
        group.append(code)
    return by_unit


def _lay_out(about: Mapping[str, Article], given: Sequence[Key]) -> list[SheetUnit]:
    """Segmented units, with the given spans in place of those they overlap."""
    spans: dict[str, list[Key]] = defaultdict(list)
    for key in given:
        spans[key[0]].append(key)
    laid_out: list[SheetUnit] = []
    segmented: dict[str, list[SheetUnit]] = defaultdict(list)
    for unit in make_sheet(about.values()):
        segmented[unit.article].append(unit)
    for name in about:
        units = segmented[name]
        known = {unit.key for unit in units}
        odd = [key for key in spans[name] if key not in known]
        if odd:
            own = set(spans[name])
            free = [unit for unit in units if unit.key in own or not _overlap(unit.key, odd)]
            added = [_lay_out_span(key, units, about[name]) for key in odd]
            units = sorted([*free, *added], key=lambda unit: unit.key)
        laid_out += units
    return laid_out


def _overlap(key: Key, others: Iterable[Key]) -> bool:
    return any(start < key[2] and key[1] < end for _, start, end in others)


def _lay_out_span(key: Key, units: Sequence[SheetUnit], article: Article) -> SheetUnit:
    name, start, end = key
    text = article.text[start:end]
    before = [unit for unit in units if unit.end <= start]
    return SheetUnit(
        article=name,
        unit=len(before),
        start=start,
        end=end,
        sha1=digest_text(text),
        text=text,
        headline=units[0].text if units else text,
        before=tuple(unit.text for unit in before[-N_BEFORE:]),
        after=tuple(unit.text for unit in units if unit.start >= end)[:1],
        language=article.language,
        outlet=article.outlet,
        country=article.country,
        date=article.date.isoformat() if article.date else "",
    )


def _refuse_halves(unit: SheetUnit, codes: Iterable[Code], path: str | Path | None) -> None:
    if any(map(has_half, (unit.text, unit.headline, *unit.before, *unit.after))):
        raise InputError(
            f"{unit.article}: unit {unit.unit} or one beside it holds half a character (a lone "
            "surrogate)",
            hint="leave that article out: no tool can store it",
        )
    for code in codes:
        if has_half(code.note) or has_half(code.coder):
            raise InputError(
                "note or coder holds half a character (a lone surrogate)",
                path=path,
                row=code.row,
                hint="write it again",
            )
