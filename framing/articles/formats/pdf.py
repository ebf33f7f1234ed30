"""PDF: one article, the lines of its pages joined back into paragraphs."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from framing.articles.formats.record import Record, make_article
from framing.articles.formats.source import Item, ReadOptions, Source

_EDGE = 2  # lines at the top and bottom of a page that may be its header and footer
_PAGE_NUMBER = re.compile(
    r"^(?:[-–—|\s]{0,4}\d{1,4}[-–—|\s]{0,4}|(?:page|p\.)\s?\d{1,4}(?:\s?(?:of|/)\s?\d{1,4})?"
    r"|\d{1,4}\s?/\s?\d{1,4})$",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?。！？…][\"'”’」』）)\]]{0,3}$")
_NO_SPACE = "\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\u3000-\u303f\uff00-\uffef"
_NO_SPACE_END = re.compile(f"[{_NO_SPACE}]$")
_NO_SPACE_START = re.compile(f"^[{_NO_SPACE}]")
_HANGUL = re.compile("[가-힣]")
_HYPHENATED = re.compile(r"([^\W\d_]{2,40})[-\u2010]$")
_WORD = re.compile(r"^[^\W\d_]{2,40}")
_SHORT = 0.8  # of a full line: a shorter one that ends a sentence ends a paragraph
_DAMAGED = "is cut off or damaged, not a PDF that can be read"


def read_pdf(source: Source, options: ReadOptions) -> Iterator[Item]:
    """Read a PDF as one article.

    Args:
        source: The file.
        options: How to read it.

    Yields:
        The article: paragraphs separated by a blank line, running heads and page numbers left out.

    Raises:
        InputError: The file is damaged, encrypted, too long, or has no text layer.
    """
    with source.open() as stream:
        pages = _list_pages(stream, source, options.max_article_chars)
    lines = drop_running_lines(pages)
    if not any(line.strip() for line in lines):
        raise source.error(
            "has no text layer: its pages are pictures",
            hint="run text recognition (OCR) on it, or copy the text into a .txt file",
        )
    yield make_article(Record(text="\n\n".join(join_lines(lines))), source, None)


def _list_pages(stream: BinaryIO, source: Source, limit: int) -> list[list[str]]:
    import pypdf

    logging.getLogger("pypdf").addHandler(logging.NullHandler())  # warnings are no news to the user
    if not stream.read(1):
        raise source.error("is empty", hint="download it again")
    stream.seek(0)
    try:
        reader = pypdf.PdfReader(stream)
        locked = reader.is_encrypted and not reader.decrypt("")
    except pypdf.errors.DependencyError:
        locked = True
    except Exception as error:  # pypdf lets errors of any kind through on damaged files
        raise source.error(_DAMAGED, hint="download it again") from error
    if locked:
        raise source.error(
            "is encrypted", hint="open it with its password and print it to a new PDF"
        )
    return list(_read_pages(reader, source, limit))


def _read_pages(reader: Any, source: Source, limit: int) -> Iterator[list[str]]:
    length = 0
    try:
        for page in reader.pages:
            text = page.extract_text()
            length += len(text)
            if length > 2 * limit:  # the exact check comes later; this one bounds the work
                break
            yield [line.rstrip() for line in text.replace("\r", "\n").split("\n")]
    except Exception as error:  # as above
        raise source.error(_DAMAGED, hint="download it again") from error
    if length > 2 * limit:
        raise source.error(
            f"is more than {2 * limit:,} characters long; the limit is {limit:,}",
            hint="split it, or raise the limit (--max-chars)",
        )


def drop_running_lines(pages: Sequence[Sequence[str]]) -> list[str]:
    """Lines of all pages without page numbers, and without the heads and feet pages repeat.

    Args:
        pages: Lines of each page.

    Returns:
        The lines in order; a page's end is not marked, since paragraphs run across it.
    """
    trimmed = [_trim_blank(page) for page in pages]
    seen = Counter(key for page in trimmed for key in {_mask(page[n]) for n in _edges(page)})
    most = max(2, (len(trimmed) + 1) // 2)
    kept: list[str] = []
    for page in trimmed:
        drop = {n for n in _edges(page) if seen[_mask(page[n])] >= most or _is_number(page[n])}
        kept += _trim_blank([line for n, line in enumerate(page) if n not in drop])
    return kept


def join_lines(lines: Sequence[str]) -> list[str]:
    """Join lines into paragraphs.

    A paragraph ends at a blank line, before an indented line, and after a line that ends a
    sentence well before the right margin. A word hyphenated at a line's end is joined, and
    keeps its hyphen where the text has the compound elsewhere. Japanese lines are joined
    without a space.

    Args:
        lines: Lines as laid out.

    Returns:
        The paragraphs.
    """
    full = _measure(lines)
    whole = " ".join(lines)
    paragraphs: list[str] = []
    previous = ""
    for line in lines:
        text = " ".join(line.split()).replace("\xad", "-")
        if text and paragraphs and previous and not _is_break(previous, line, full):
            paragraphs[-1] = _join(paragraphs[-1], text, whole)
        elif text:
            paragraphs.append(text)
        previous = text
    return paragraphs


def _is_break(previous: str, line: str, full: float) -> bool:
    if line.startswith(("\u3000", "  ", "\t")):
        return True
    return _width(previous) < _SHORT * full and bool(_SENTENCE_END.search(previous))


def _join(before: str, after: str, whole: str) -> str:
    hyphenated = _HYPHENATED.search(before)
    word = _WORD.match(after)
    if hyphenated and word and after[0].islower():
        compound = f"{hyphenated[1]}-{word[0]}"
        return before + after if compound in whole else before[:-1] + after
    if _NO_SPACE_END.search(before) and _NO_SPACE_START.search(after) and not _is_korean(before):
        return before + after
    return f"{before} {after}"


def _is_korean(text: str) -> bool:
    return bool(_HANGUL.search(text[-40:]))


def _measure(lines: Sequence[str]) -> float:
    """Width of a full line: nine in ten lines are no wider."""
    widths = sorted(_width(line.strip()) for line in lines if line.strip())
    return widths[len(widths) * 9 // 10] if widths else 0.0


def _width(text: str) -> float:
    return float(sum(2 if char >= "\u1100" else 1 for char in text))


def _trim_blank(lines: Sequence[str]) -> list[str]:
    filled = [n for n, line in enumerate(lines) if line.strip()]
    return list(lines[filled[0] : filled[-1] + 1]) if filled else []


def _edges(page: Sequence[str]) -> list[int]:
    filled = [n for n, line in enumerate(page) if line.strip()]
    most = max(1, min(_EDGE, len(filled) // 4))
    return sorted({*filled[:most], *filled[-most:]})


def _mask(line: str) -> str:
    return re.sub(r"\d+", "#", " ".join(line.split()))


def _is_number(line: str) -> bool:
    return bool(_PAGE_NUMBER.match(line.strip()))
