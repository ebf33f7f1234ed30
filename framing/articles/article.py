"""The article: its text exactly as read, and what is known about where it came from."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from framing.errors import InputError

UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Article:
    """One news article.

    The text is the decoded text with line ends as LF and a byte order mark dropped,
    otherwise as it came: every offset in this package counts its code points. A headline
    that came in a field of its own is the first paragraph of the text.
    """

    text: str
    name: str
    """Handle for people: the given id, the file name, or `file:row`."""
    path: str = ""
    row: int | None = None
    """Row in the file, counted from 1; None when the file is one article."""
    headline: str | None = None
    outlet: str = UNKNOWN
    """Who published it: the listed outlet's name, or the name as given, or `unknown`."""
    agencies: tuple[str, ...] = ()
    """Who wrote wire copy, in the order credited."""
    quoted_outlets: tuple[str, ...] = ()
    """Other outlets whose article is quoted at length inside this one."""
    country: str = UNKNOWN
    """ISO 3166 alpha-2 country of the outlet."""
    kind: str = UNKNOWN
    """Kind of outlet (`wire`, `business_daily`, ...), as annotations/outlets.yaml has it."""
    language: str = UNKNOWN
    """ISO 639-1 code of the text's language."""
    date: date | None = None
    event: str | None = None
    """What it reports on, as its front matter or table says; no vocabulary is imposed."""
    parallel: str | None = None
    """Name of the set of translations it belongs to: its members never part in a split."""
    url: str | None = None
    author: str | None = None

    @cached_property
    def id(self) -> str:
        """First 16 hex digits of the SHA-1 of the NFC text with white space folded."""
        normalised = " ".join(unicodedata.normalize("NFC", self.text).split())
        return hashlib.sha1(normalised.encode("utf-8", "surrogatepass")).hexdigest()[:16]


@dataclass(frozen=True)
class Rejection:
    """An input, or a row of one, that could not be used, and why."""

    path: str
    row: int | None
    reason: str
    hint: str | None = None

    def __str__(self) -> str:
        where = self.path if self.row is None else f"{self.path}, row {self.row}"
        message = f"{where}: {self.reason}"
        return f"{message}; {self.hint}" if self.hint else message


def index_articles(
    articles: Iterable[Article], *, wanted: Collection[str] | None = None
) -> dict[str, Article]:
    """Articles by name, in the order they came.

    Args:
        articles: The articles.
        wanted: Names that must be one article's; those of the others may be of several. All of
            them if None.

    Raises:
        InputError: Two articles have one name.
    """
    about: dict[str, Article] = {}
    for article in articles:
        if article.name in about and (wanted is None or article.name in wanted):
            raise InputError(
                f"has the same name as {about[article.name].path or 'another article'}: codes "
                "could mean either",
                path=article.path or article.name,
                hint="leave one of the two out, or rename it",
            )
        about[article.name] = article
    return about
