"""Sheets: units laid out for a coder, each with what stands around it and where it came from."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from framing.articles.article import Article, index_articles
from framing.coding.codes import Code, digest_text, refuse_drift
from framing.preparation import prepare_article

Span = tuple[int, int]
"""Start and end of a unit in code points of its article's text, the end exclusive."""

N_BEFORE = 2
"""Sentences before a unit that a coder may resolve references from (codebook, rule 3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetUnit:
    """One unit to code; offsets count code points of the article's text, the end is exclusive."""

    article: str
    """Name of the article."""
    unit: int
    """Position in the article, the headline being 0."""
    start: int
    end: int
    sha1: str
    text: str
    headline: str
    """First unit of the article; the unit itself where it is the headline."""
    before: tuple[str, ...] = ()
    """Up to two units before it, in order."""
    after: tuple[str, ...] = ()
    """The unit after it, if any."""
    language: str = ""
    outlet: str = ""
    country: str = ""
    date: str = ""
    """ISO date, or empty."""

    @property
    def key(self) -> tuple[str, int, int]:
        """What codes of this unit share: article, start and end."""
        return (self.article, self.start, self.end)


def make_sheet(articles: Iterable[Article]) -> list[SheetUnit]:
    """Lay out every unit of some articles, as this program segments them.

    Raises:
        InputError: Two articles have one name.
    """
    sheet: list[SheetUnit] = []
    for article in index_articles(articles).values():
        units = prepare_article(article).units
        sheet += _lay_out(article, [(unit.start, unit.end) for unit in units])
    return sheet


def make_coded_sheet(
    codes: Sequence[Code], articles: Iterable[Article], *, path: str | Path | None = None
) -> list[SheetUnit]:
    """Lay out the units that codes name, whoever coded them, furniture left out.

    What stands around a unit is what stands there in its article, coded or not.

    Args:
        codes: Codes of any number of coders.
        articles: The articles they name; others are ignored.
        path: The file of codes, for messages.

    Returns:
        Each unit once, in the order of the articles' names and then of the text.

    Raises:
        InputError: Two articles have one name, or a code does not fit its text.
    """
    about = index_articles(articles)
    refuse_drift(codes, {name: article.text for name, article in about.items()}, path=path)
    numbers: dict[str, dict[Span, int | None]] = defaultdict(dict)
    for code in codes:
        if not code.furniture:
            spans = numbers[code.article]
            spans[code.start, code.end] = spans.get((code.start, code.end), code.unit)
    sheet: list[SheetUnit] = []
    for name in sorted(numbers):
        given = numbers[name]
        units = [(unit.start, unit.end) for unit in prepare_article(about[name]).units]
        for unit in _lay_out(about[name], merge_spans(units, given)):
            span = (unit.start, unit.end)
            if span in given:
                number = given[span]
                sheet.append(unit if number is None else replace(unit, unit=number))
    return sheet


def merge_spans(units: Iterable[Span], given: Iterable[Span]) -> list[Span]:
    """Put given spans among an article's units, in place of the units they overlap.

    An article may be cut otherwise today than when it was coded; what was coded stands.

    Args:
        units: The article's units, as this program cuts it.
        given: Spans that somebody coded.

    Returns:
        All given spans and the units that overlap none of them, in the order of the text.
    """
    wanted, cut = set(given), set(units)
    starts: list[int] = []
    ends: list[int] = []
    for start, end in sorted(wanted - cut):
        if ends and start < ends[-1]:
            ends[-1] = max(ends[-1], end)
        else:
            starts.append(start)
            ends.append(end)

    def is_free(span: Span) -> bool:
        place = bisect_right(ends, span[0])
        return place == len(ends) or starts[place] >= span[1]

    return sorted(wanted | {span for span in cut if is_free(span)})


def _lay_out(article: Article, spans: Sequence[Span]) -> Iterator[SheetUnit]:
    """Sheet units of spans in the order of the text; of those that overlap, one is context."""
    for index, (start, end) in enumerate(spans):
        text = article.text[start:end]
        before: list[Span] = []
        for place in range(index - 1, -1, -1):
            if len(before) == N_BEFORE:
                break
            if spans[place][1] <= (before[-1][0] if before else start):
                before.append(spans[place])
        later = (spans[place] for place in range(index + 1, len(spans)))
        after = next((span for span in later if span[0] >= end), None)
        yield SheetUnit(
            article=article.name,
            unit=index,
            start=start,
            end=end,
            sha1=digest_text(text),
            text=text,
            headline=article.text[slice(*spans[0])],
            before=tuple(article.text[slice(*span)] for span in reversed(before)),
            after=(article.text[slice(*after)],) if after else (),
            language=article.language,
            outlet=article.outlet,
            country=article.country,
            date=article.date.isoformat() if article.date else "",
        )
