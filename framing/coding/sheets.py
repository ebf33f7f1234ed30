"""Sheets: units laid out for a coder, each with what stands around it and where it came from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from framing.articles.article import Article, index_articles
from framing.coding.codes import Code, digest_text, refuse_drift
from framing.preparation import prepare_article

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
    numbers: dict[str, dict[tuple[int, int], int | None]] = defaultdict(dict)
    for code in codes:
        if not code.furniture:
            spans = numbers[code.article]
            spans[code.start, code.end] = spans.get((code.start, code.end), code.unit)
    sheet: list[SheetUnit] = []
    for name in sorted(numbers):
        ordered = sorted(numbers[name])
        units = _lay_out(about[name], ordered)
        for unit, span in zip(units, ordered, strict=True):
            number = numbers[name][span]
            sheet.append(unit if number is None else replace(unit, unit=number))
    return sheet


def _lay_out(article: Article, spans: Sequence[tuple[int, int]]) -> Iterator[SheetUnit]:
    texts = [article.text[start:end] for start, end in spans]
    for index, (start, end) in enumerate(spans):
        yield SheetUnit(
            article=article.name,
            unit=index,
            start=start,
            end=end,
            sha1=digest_text(texts[index]),
            text=texts[index],
            headline=texts[0],
            before=tuple(texts[max(0, index - N_BEFORE) : index]),
            after=tuple(texts[index + 1 : index + 2]),
            language=article.language,
            outlet=article.outlet,
            country=article.country,
            date=article.date.isoformat() if article.date else "",
        )
