"""Web pages: the main text of a saved page with its metadata; Factiva pages hold many articles."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from framing.articles.encodings import decode
from framing.articles.formats import factiva
from framing.articles.formats.dates import parse_date
from framing.articles.formats.record import Record, clean, fold, make_article
from framing.articles.formats.source import Item, ReadOptions, Source

_COPY_HINT = "copy the article into a .txt file"
_MARKUP = 32  # bytes of a page for each character its article may have
_PARAGRAPHS = frozenset({"p", "head", "item", "quote", "list", "table", "code", "ab", "fw"})
_BLOCKS = _PARAGRAPHS | {"row", "cell"}
_GROUPS = frozenset({"list", "table", "div", "body", "quote", "item", "cell"})


def read_page(source: Source, options: ReadOptions) -> Iterator[Item]:
    """Read a web page as one article, or a Factiva page as the articles it holds.

    Args:
        source: The file.
        options: How to read it.

    Yields:
        The article: title first, paragraphs separated by a blank line, comments left out.

    Raises:
        InputError: The page is empty, too large, or has no main text.
    """
    data = source.read(_MARKUP * options.max_article_chars, unit="page")
    page = decode(data, path=source.path, page=True)
    if not page.strip():
        raise source.error("is empty", hint="save the page again")
    if factiva.is_factiva_page(page):
        yield from factiva.read_factiva_page(page, source)
        return
    yield make_article(_extract(page, source), source, None)


def _extract(page: str, source: Source) -> Record:
    import trafilatura

    for name in ("trafilatura", "htmldate", "courlan"):  # their warnings are no news to the user
        logging.getLogger(name).addHandler(logging.NullHandler())
    try:
        found: Any = trafilatura.bare_extraction(
            page,
            include_comments=False,
            include_tables=True,
            favor_recall=True,
            with_metadata=True,
            date_extraction_params={"extensive_search": False, "original_date": True},
        )
        paragraphs = list(_list_paragraphs(found.body)) if found is not None else []
    except Exception as error:  # parsers of pages let errors of any kind through
        raise source.error("is damaged, not a page that can be read", hint=_COPY_HINT) from error
    if not paragraphs:
        raise source.error("is a page in which no main text can be found", hint=_COPY_HINT)
    return Record(
        text="\n\n".join(_drop_title(paragraphs, found.title)),
        headline=clean(found.title),
        outlet=clean(found.sitename),
        date=parse_date(found.date),
        url=clean(found.url),
        author=clean(found.author),
    )


def _drop_title(paragraphs: list[str], title: str | None) -> list[str]:
    # A title below a kicker or a byline would stand twice once it leads the text.
    if title:
        for place in (1, 2):
            if fold(title) == fold("".join(paragraphs[place : place + 1])):
                return paragraphs[:place] + paragraphs[place + 1 :]
    return paragraphs


def _list_paragraphs(element: Any) -> Iterator[str]:
    loose = [element.text or ""]
    for child in element:
        if _is_group(child):
            yield from _tidy(loose)
            yield from _list_paragraphs(child)
            loose = []
        elif child.tag in _BLOCKS or child.tag in _GROUPS:
            yield from _tidy(loose)
            yield from _tidy([_join(child)])
            loose = []
        else:
            loose.append(_join(child))
        loose.append(child.tail or "")
    yield from _tidy(loose)


def _is_group(element: Any) -> bool:
    if element.tag == "row":  # of a table that lays out text rather than figures
        inner = _PARAGRAPHS | {"lb"}
        return len(element) == 1 or any(part.tag in inner for part in element.iterdescendants())
    if element.tag not in _GROUPS:
        return False
    return any(part.tag in _BLOCKS for part in element.iterdescendants())


def _join(element: Any) -> str:
    if element.tag == "lb":
        return "\n"
    if element.tag == "row":
        cells = (" ".join("".join(cell.itertext()).split()) for cell in element)
        return " | ".join(cell for cell in cells if cell)
    parts = [element.text or ""]
    for child in element:
        parts += (_join(child), child.tail or "")
    return "".join(parts)


def _tidy(parts: list[str]) -> Iterator[str]:
    # Two line breaks in a row are a paragraph's end, as many a press page writes it.
    for paragraph in "".join(parts).replace("\xa0", " ").split("\n\n"):
        lines = (" ".join(line.split()) for line in paragraph.split("\n"))
        text = "\n".join(line for line in lines if line)
        if text:
            yield text
