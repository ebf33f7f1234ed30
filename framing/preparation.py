"""Preparation: an article becomes units, with what was taken out as furniture beside them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from framing.articles.article import Article
from framing.articles.formats.dates import parse_date
from framing.articles.furniture import Removal, find_furniture
from framing.segmentation import Unit, split_units


@dataclass(frozen=True)
class PreparedArticle:
    """An article with its units and with every span that furniture rules took out."""

    article: Article
    units: tuple[Unit, ...]
    removed: tuple[Removal, ...]

    @property
    def texts(self) -> list[str]:
        """Text of each unit, in order."""
        return [unit.text for unit in self.units]


def prepare_article(article: Article) -> PreparedArticle:
    """Take furniture out and split the rest into units.

    An article without a date gets that of the first time stamp among its furniture.

    Returns:
        Units in order; `article.text[unit.start:unit.end] == unit.text` for each.
    """
    removed = find_furniture(article.text, article.language, headline=article.headline)
    units = split_units(
        article.text, article.language, removed=[(span.start, span.end) for span in removed]
    )
    if article.date is None:
        stamps = (parse_date(span.text) for span in removed if span.rule == "timestamp")
        article = replace(article, date=next(filter(None, stamps), None))
    return PreparedArticle(article, tuple(units), tuple(removed))
