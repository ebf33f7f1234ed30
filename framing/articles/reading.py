"""Reading: files, folders, globs and standard input to a stream of articles."""

from __future__ import annotations

import glob
import hashlib
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path

from framing.articles.article import UNKNOWN, Article, Rejection
from framing.articles.attribution import attribute
from framing.articles.formats import ADVICE, READERS
from framing.articles.formats.json_lines import read_json, read_json_lines
from framing.articles.formats.page import read_page
from framing.articles.formats.plain import read_plain
from framing.articles.formats.record import clean_language
from framing.articles.formats.source import (
    STANDARD_INPUT,
    Item,
    Reader,
    ReadOptions,
    Source,
    open_standard_input,
)
from framing.articles.languages import detect_language
from framing.errors import InputError

__all__ = ["ReadOptions", "read_articles"]

_DEFAULTS = ReadOptions()
_GLOB = re.compile(r"[*?\[]")
_HTML_START = re.compile(
    rb"\s*(?:<!doctype\s+html|<html|<head|<body|<\?xml[^>]{0,200}>\s*<!doctype\s+html)", re.I
)
_ROW_BITS = 40
_ARRAY_START = re.compile(rb"\[\s*[{\]]")
_BLANK = " \t\n\r\f\v\u200b\u200e\u200f\u2060\ufeff\xa0\u3000\u2028\u2029"
_SUFFIXES = tuple(READERS)
_KNOWN = ", ".join(READERS)


def read_articles(
    paths: Iterable[str | Path],
    options: ReadOptions = _DEFAULTS,
    *,
    on_reject: Callable[[Rejection], None] | None = None,
) -> Iterator[Article]:
    """Read articles from files, folders, globs and standard input, one at a time.

    Folders are searched to the bottom in sorted order; hidden files and files of unknown
    suffix in them are passed over. Large tables are streamed, never held in memory.

    Args:
        paths: Where to read; `-` is standard input. A glob counts where no file has that name.
        options: How to read.
        on_reject: Called with every file and row that can't be used, after which reading
            goes on. Without it, and with `options.strict`, the first of them is an error.

    Yields:
        Articles in the order of the paths and of their rows. A row whose id its file has
        given before, and a text its outlet has given before, is rejected.

    Raises:
        InputError: The first unusable file or row, in the same words, unless `on_reject` is given
            and `options.strict` is not set.
    """
    seen = _Seen()
    for item in _read_paths(paths, options):
        outcome = _check(item, options, seen)
        if isinstance(outcome, Article):
            yield outcome
        elif on_reject is None or options.strict:
            raise InputError(outcome.reason, path=outcome.path, row=outcome.row, hint=outcome.hint)
        else:
            on_reject(outcome)


def _check(item: Item, options: ReadOptions, seen: _Seen) -> Item:
    if isinstance(item, Rejection):
        return item
    problem = _find_problem(item, options)
    if problem:
        return Rejection(item.path, item.row, *problem)
    article = _resolve(item, options)
    return seen.find(article) or article


def _resolve(article: Article, options: ReadOptions) -> Article:
    """Fill in who published and wrote an article, and its language; what the options say wins."""
    article = attribute(article, outlet=options.outlet)
    language = clean_language(options.language) or options.language
    if language is None and article.language == UNKNOWN:
        language = detect_language(article.text)
    return replace(article, language=language) if language else article


def _find_problem(article: Article, options: ReadOptions) -> tuple[str, str] | None:
    text = article.text
    if not text.strip(_BLANK):
        if article.row is None:
            return "is empty" if not text else "holds nothing but white space", "save it again"
        return "has no text", "check whether the text is in another column, or leave the row out"
    if len(text) > options.max_article_chars:
        return (
            f"is {len(text):,} characters long; the limit is {options.max_article_chars:,}",
            "split it, or raise the limit (--max-chars)",
        )
    if "\x00" in text:
        return "its text holds NUL characters", "export it again as UTF-8"
    try:
        text.encode()
    except UnicodeEncodeError:
        return "its text holds half a character (a lone surrogate)", "export it again as UTF-8"
    return None


class _Seen:
    """Where ids and texts were first met; digests only, so that memory stays small."""

    def __init__(self) -> None:
        self._paths: list[str] = []
        self._places: dict[int, int] = {}

    def find(self, article: Article) -> Rejection | None:
        """The rejection of an article met before; one that was not is remembered."""
        if not self._paths or self._paths[-1] != article.path:
            self._paths.append(article.path)
        place = len(self._paths) - 1 << _ROW_BITS | (article.row or 0)
        row, path = article.row, article.path
        # An id is its file's own and says nothing of the ids in another; a name ends in the row.
        if row is not None and not article.name.endswith(f":{row}"):
            first = self._note(place, "id", path, article.name)
            if first is not None:
                where = self._describe(first, path)
                reason = f"the id {article.name!r} was given before, in {where}"
                return Rejection(path, row, reason, "give every article an id of its own")
        first = self._note(place, "text", article.outlet.casefold(), article.id)
        if first is None:
            return None
        reason = f"has the same text and outlet as {self._describe(first, path)}"
        return Rejection(
            path, row, reason, "leave one out, or name the outlets where two carried it"
        )

    def _note(self, place: int, *key: str) -> int | None:
        data = "\x1f".join(key).encode("utf-8", "surrogatepass")
        digest = int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "big")
        first = self._places.get(digest)
        if first is None:
            self._places[digest] = place
        return first

    def _describe(self, place: int, path: str) -> str:
        source, row = self._paths[place >> _ROW_BITS], place & (1 << _ROW_BITS) - 1
        if source == path:
            return f"row {row}" if row else "the same file, given before"
        return f"{source}, row {row}" if row else source


def _read_paths(paths: Iterable[str | Path], options: ReadOptions) -> Iterator[Item]:
    for path in paths:
        for found in _expand(os.fspath(path)):
            if isinstance(found, Rejection):
                yield found
            else:
                yield from _read_source(found, options)


def _read_source(source: Source, options: ReadOptions) -> Iterator[Item]:
    try:
        source, reader = _choose_reader(source)
        empty = True
        for item in reader(source, options):
            empty = False
            yield item
        if empty:
            yield source.reject(None, "holds no articles", "check what the export holds")
    except InputError as error:
        yield Rejection(error.path or source.path, error.row, error.problem, error.hint)
    except OSError as error:
        yield Rejection(
            source.path,
            None,
            f"cannot be read ({error.strerror or error})",
            "check its permissions and that it is on this machine",
        )
    except Exception as error:
        # Readers of other people's formats meet hostile files: one may never end the run.
        yield Rejection(
            source.path,
            None,
            f"cannot be read ({type(error).__name__}: {error})",
            "open it in the program that made it and save it again",
        )


def _choose_reader(source: Source) -> tuple[Source, Reader]:
    suffix = Path(source.path).suffix.lower()
    if source.path == STANDARD_INPUT:
        source = replace(source, stream=open_standard_input())
    elif suffix in READERS:
        return source, READERS[suffix]
    elif suffix:
        raise source.error(
            f"has the suffix {suffix!r}, which is not read",
            hint=ADVICE.get(suffix, f"suffixes read: {_KNOWN}"),
        )
    else:
        source = replace(source, stream=source.open())
    return source, _sniff(source)


def _sniff(source: Source) -> Reader:
    """Choose the reader of a stream without a suffix by how it begins."""
    head: bytes = source.stream.peek(1 << 12) if source.stream is not None else b""  # type: ignore[attr-defined]
    head = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if head.startswith(b"{"):
        return read_json_lines
    if _ARRAY_START.match(head):
        return read_json
    return read_page if _HTML_START.match(head) else read_plain


def _expand(path: str) -> Iterator[Source | Rejection]:
    if path == STANDARD_INPUT:
        yield Source(path)
        return
    try:
        is_folder, exists = Path(path).is_dir(), Path(path).exists()
    except (OSError, ValueError) as error:
        yield Rejection(path, None, f"is not a path ({error})", "check the spelling")
        return
    if is_folder:
        yield from _list_folder(path)
    elif exists:
        yield Source(path)
    elif _GLOB.search(path):
        yield from _list_matches(path)
    else:
        yield Rejection(path, None, "does not exist", _suggest(path))


def _list_matches(pattern: str) -> Iterator[Source | Rejection]:
    matches = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207 - a Path takes no whole pattern
    if not matches:
        yield Rejection(pattern, None, "matches no file", "check the pattern and the folder")
    for match in matches:
        if Path(match).is_dir():
            # `data/**` names each folder besides the files in it, which come on their own.
            if not pattern.endswith("**"):
                yield from _list_folder(match)
        elif not pattern.endswith("*") or _is_read(Path(match).name):
            yield Source(match)


def _list_folder(folder: str) -> Iterator[Source | Rejection]:
    found = False
    problems: list[OSError] = []
    for parent, folders, files in os.walk(folder, onerror=problems.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if _is_read(name):
                found = True
                yield Source(str(Path(parent, name)))
    for problem in problems:
        yield _describe_folder(problem)
    if not found and not problems:
        yield Rejection(folder, None, "holds no file that is read", f"suffixes read: {_KNOWN}")


def _is_read(name: str) -> bool:
    hidden = name.startswith((".", "~$"))  # the second are locks of open documents
    return not hidden and name.lower().endswith(_SUFFIXES)


def _describe_folder(problem: OSError) -> Rejection:
    return Rejection(
        str(problem.filename),
        None,
        f"cannot be read ({problem.strerror})",
        "check the permissions of the folder",
    )


def _suggest(path: str) -> str:
    if Path(path).is_symlink():
        return "it is a link to a file that is gone"
    folder = Path(path).parent
    try:
        names = [entry.name for entry in folder.iterdir()]
    except OSError:
        return f"the folder {str(folder)!r} does not exist either"
    near = get_close_matches(Path(path).name, names, 1)
    return f"did you mean {str(folder / near[0])!r}?" if near else "check the spelling"
