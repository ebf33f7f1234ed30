"""Documents: DOCX and RTF as one article, or as the articles of a press archive's export."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from framing.articles.formats import factiva, nexis
from framing.articles.formats.packages import check_package
from framing.articles.formats.record import Record, make_article
from framing.articles.formats.source import Item, ReadOptions, Source

_MARKUP = 64  # bytes of RTF for each character an article may have: fonts, pictures, many articles
_DOCX = "a Word document (.docx)"
_SAVE_AGAIN = "open it and save it again, or save it as plain text"
_CODE_PAGE = re.compile(r"\\ansicpg(\d{3,5})")


def read_docx(source: Source, options: ReadOptions) -> Iterator[Item]:
    """Read a Word document, or a Nexis Uni or Factiva export in that format.

    Args:
        source: The file.
        options: How to read it.

    Yields:
        The document as one article, or the articles of the export and why some are none.

    Raises:
        InputError: The file is damaged, encrypted or holds no text.
    """
    with source.open() as stream:
        check_package(stream, source, kind=_DOCX)
        yield from _read_lines(_list_docx_lines(stream, source), source)


def read_rtf(source: Source, options: ReadOptions) -> Iterator[Item]:
    """Read an RTF document, or a Factiva or Nexis Uni export in that format.

    Args:
        source: The file.
        options: How to read it.

    Yields:
        The document as one article, or the articles of the export and why some are none.

    Raises:
        InputError: The file is damaged, not RTF, or holds no text.
    """
    data = source.read(_MARKUP * options.max_article_chars, unit="document").rstrip(b"\x00 \r\n")
    if not data:
        raise source.error("is empty", hint="export it again")
    if not data.startswith(b"{\\rtf"):
        raise source.error("is not an RTF document", hint="check what kind of file it is")
    if not data.endswith(b"}"):
        raise source.error("is cut off: its closing brace is missing", hint="export it again")
    yield from _read_lines(_convert_rtf(data, source).split("\n"), source)


def _read_lines(lines: list[str], source: Source) -> Iterator[Item]:
    if nexis.is_nexis(lines):
        yield from nexis.read_nexis(lines, source)
    elif factiva.is_factiva(lines):
        yield from factiva.read_factiva(lines, source)
    else:
        paragraphs = [line.strip() for line in lines if line.strip()]
        if not paragraphs:
            raise source.error(
                "has no text", hint="if it holds pictures of text, copy the text out of them"
            )
        yield make_article(Record(text="\n\n".join(paragraphs)), source, None)


def _list_docx_lines(stream: BinaryIO, source: Source) -> list[str]:
    import docx

    try:
        document = docx.Document(stream)
        return [line for block in document.iter_inner_content() for line in _list_lines(block)]
    except Exception as error:  # python-docx lets the errors of its parsers through, of any kind
        raise source.error(
            f"is damaged, not {_DOCX} that can be opened", hint=_SAVE_AGAIN
        ) from error


def _list_lines(block: Any) -> Iterator[str]:
    if hasattr(block, "rows"):
        for row in block.rows:
            cells = dict.fromkeys(row.cells)  # a merged cell comes once for each column it spans
            yield from "\t".join(cell.text for cell in cells).split("\n")
    else:
        yield from block.text.split("\n")


def _convert_rtf(data: bytes, source: Source) -> str:
    from striprtf import striprtf

    convert: Any = striprtf.rtf_to_text
    # striprtf would write the address of every link into the text; the space hides links from it.
    rtf = data.decode("cp1252", "replace").replace("\\fldinst{", "\\fldinst {")
    page = _CODE_PAGE.search(rtf[:4096])
    encoding = f"cp{page[1]}" if page else "cp1252"
    try:
        text = convert(rtf, encoding=encoding, errors="replace")
    except Exception as error:  # striprtf lets errors of any kind through
        raise source.error("is damaged, not RTF that can be read", hint=_SAVE_AGAIN) from error
    return str(text).replace("\xa0", " ")
