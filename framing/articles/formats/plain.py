"""Plain text and Markdown: one article a file, with what its front matter says."""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import Iterator
from typing import Any

import yaml

from framing.articles.encodings import decode
from framing.articles.formats.record import Record, make_article, make_record
from framing.articles.formats.source import Item, ReadOptions, Source
from framing.files import check_yaml

_WIDEST = 4  # bytes a character at most
_LONGEST_BLOCK = 1 << 14
_FENCE = re.compile(r"^(?:---|\.\.\.)[ \t]*$", re.MULTILINE)
_KNOWN_KEY = re.compile(
    r"^(?:outlet|country|kind|agency|language|date|url|author|id|title)[ \t]*:", re.MULTILINE
)
# Safe, and stricter than safe: every value stays the text that was written, nothing is built, and
# `country: NO` is Norway, not false.
_Loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def read_plain(source: Source, options: ReadOptions) -> Iterator[Item]:
    """Read a text or Markdown file as one article.

    Args:
        source: The file.
        options: How to read it.

    Yields:
        The article: the text as it stands, or what follows the front matter.

    Raises:
        InputError: The file is empty, binary, too long, or its front matter is not YAML.
    """
    limit = _WIDEST * options.max_article_chars + len(BOM_UTF8)
    text = decode(source.read(limit, unit="text"), path=source.path)
    if text.startswith("---"):
        yield make_article(_split_front_matter(text, source), source, None)
    else:
        yield make_article(Record(text=text), source, None)


def _split_front_matter(text: str, source: Source) -> Record:
    first_end = text.find("\n")
    if first_end < 0 or text[:first_end].strip() != "---":
        return Record(text=text)
    close = _FENCE.search(text, first_end, first_end + _LONGEST_BLOCK)
    if close is None:
        return Record(text=text)
    fields = _load(text[first_end : close.start()], source)
    if fields is None:
        return Record(text=text)
    return make_record(_trim(text[close.end() :]), fields)


def _load(block: str, source: Source) -> dict[str, Any] | None:
    try:
        check_yaml(block, allows_tags=True)  # read as if they were not there
        value = _Loader(block).get_single_data()
    except yaml.YAMLError as error:
        if not _KNOWN_KEY.search(block):
            return None  # a text that begins with a rule
        mark = getattr(error, "problem_mark", None)
        raise source.error(
            f"its front matter is not valid YAML ({getattr(error, 'problem', None) or error})",
            row=mark.line + 1 if mark else None,
            hint="put values that hold a colon in quotes",
        ) from error
    if not isinstance(value, dict):
        return None
    # A title is not text here: whoever wrote the front matter wrote the text as it is read.
    return {str(key).lower(): item for key, item in value.items() if str(key).lower() != "headline"}


def _trim(text: str) -> str:
    lines = text.split("\n")
    first = next((n for n, line in enumerate(lines) if line.strip()), len(lines))
    return "\n".join(lines[first:]).rstrip()
