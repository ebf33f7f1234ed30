"""Returns: what came back from a tool, checked against the text and gathered as codes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from framing.articles.article import Article, index_articles
from framing.codebook import Codebook
from framing.coding.codes import Code, digest_text, find_overlaps
from framing.coding.exchange.labels import Judgement
from framing.coding.exchange.tasks import sign_codebook
from framing.errors import CodebookError, ConfigError, InputError, locate_errors
from framing.surrogates import has_half

_NOT_OURS = "import what was exported with framing exchange export, its fields unchanged"
_UNCHANGED = "give the text that was exported, unchanged (--texts)"


@dataclass(frozen=True, slots=True)
class Place:
    """The unit a task is about, found in its article."""

    article: str
    unit: int | None
    start: int
    end: int
    sha1: str


@dataclass(frozen=True)
class Returned:
    """What an import gives."""

    codes: tuple[Code, ...]
    """Sorted by coder, article and place in the text."""
    left_out: Mapping[str, int] = field(default_factory=dict)
    """How many annotations or tasks gave no code, by reason."""


class Gatherer:
    """Finds the unit of each task, and gathers the codes of all, each once.

    Args:
        articles: The articles the tasks were made from.
        codebook: The codebook the codes must follow.
    """

    def __init__(self, articles: Iterable[Article], codebook: Codebook) -> None:
        self.codebook = codebook
        self.left_out: Counter[str] = Counter()
        self._texts = _index_texts(articles)
        self._codes: list[Code] = []
        self._places: dict[tuple[str, str, int, int], str] = {}

    def find_unit(
        self, fields: Mapping[str, Any], *, shown: Sequence[str], path: str | Path, row: int
    ) -> Place:
        """Find the unit a task is about.

        Args:
            fields: What the task keeps of its unit, as `describe_unit` gave it; numbers may have
                become text.
            shown: The text the tool showed, in every way it may have been written.
            path: File of the task.
            row: Row of the task.

        Raises:
            InputError: A field is missing or has a wrong type, or the unit does not fit its text.
            CodebookError: The task was exported with another codebook.
        """
        with locate_errors(path, row):
            article, sha1 = _text(fields, "article"), _text(fields, "sha1").removeprefix("sha1:")
            start, end = _number(fields, "start"), _number(fields, "end")
            unit = None if fields.get("unit") in (None, "") else _number(fields, "unit")
            self._check_codebook(_text(fields, "codebook"))
            self._check_text(article, start, end, sha1, shown)
        return Place(article, unit, start, end, sha1)

    def add(
        self, place: Place, coder: str, said: Judgement, *, where: str, path: str | Path, row: int
    ) -> None:
        """Add one coder's code of a unit.

        Raises:
            InputError: The coder coded that unit before, or a span that overlaps with it, or a
                text cannot be written.
        """
        if not coder.strip():
            raise InputError("the coder has no name", path=path, row=row, hint="give --coder NAME")
        if has_half(coder) or has_half(said.note):
            raise InputError(
                f"{where}: note or coder holds half a character (a lone surrogate)",
                path=path,
                row=row,
                hint="write it again",
            )
        key = (coder, place.article, place.start, place.end)
        if key in self._places:
            raise InputError(
                f"{where}: coder {coder!r} coded this unit already in {self._places[key]}",
                path=path,
                row=row,
                hint="delete one of the two",
            )
        self._places[key] = where
        self._codes.append(
            Code(
                article=place.article,
                unit=place.unit,
                start=place.start,
                end=place.end,
                sha1=place.sha1,
                coder=coder,
                frames=said.frames,
                speaker=said.speaker,
                unsure=said.unsure,
                note=said.note,
            )
        )

    def finish(self, path: str | Path) -> Returned:
        """Give the codes, if there are any.

        Raises:
            InputError: Two of one coder overlap.
        """
        return Returned(_arrange(self._codes, path), dict(self.left_out))

    def _check_codebook(self, signature: str) -> None:
        if signature != sign_codebook(self.codebook):
            version, _, digest = signature.rpartition(" ")
            raise CodebookError(
                f"was exported with codebook {version or signature} ({digest}), not with "
                f"{self.codebook.name} {self.codebook.version} ({self.codebook.digest})",
                hint="give the codebook it was coded with (--codebook FILE)",
            )

    def _check_text(
        self, article: str, start: int, end: int, sha1: str, shown: Sequence[str]
    ) -> None:
        text = self._texts.get(article)
        if text is None:
            raise InputError(f"no text for article {article!r}", hint="give its file (--texts)")
        if not 0 <= start < end <= len(text):
            raise InputError(
                f"{article}: offsets {start}-{end} are not a span of its {len(text)} characters",
                hint=_UNCHANGED,
            )
        span = text[start:end]
        if digest_text(span) != sha1:
            raise InputError(f"{article}: text at {start}-{end} has changed", hint=_UNCHANGED)
        if span not in shown:
            raise InputError(
                f"{article}: the text shown for {start}-{end} is not that of the article",
                hint="somebody edited it in the tool: export and code it again",
            )


def require_codes(returned: Returned, path: str | Path) -> Returned:
    """Give what came back, if somebody coded.

    Raises:
        InputError: Nobody did.
    """
    if not returned.codes:
        empty = ", ".join(f"{number} {reason}" for reason, number in returned.left_out.items())
        raise InputError(
            "holds no codes" + (f": {empty}" if empty else ""),
            path=path,
            hint="export it from the tool again when somebody has coded",
        )
    return returned


def merge_returned(parts: Mapping[Path, Returned]) -> Returned:
    """Put what came back in several files together.

    Raises:
        InputError: One coder coded a unit in two of them.
    """
    codes: list[Code] = []
    left_out: Counter[str] = Counter()
    for path, part in parts.items():
        codes = list(_arrange([*codes, *part.codes], path))
        left_out.update(part.left_out)
    return Returned(tuple(codes), dict(left_out))


def rename_coders(returned: Returned, names: Mapping[str, str]) -> Returned:
    """Give coders other names, as where a tool knows them by number.

    Raises:
        ConfigError: There is no such coder, or two would have one name and coded the same unit.
    """
    known = sorted({code.coder for code in returned.codes})
    for name in names:
        if name not in known:
            raise ConfigError(f"no coder {name!r} to rename", hint=f"coders: {', '.join(known)}")
    codes = [replace(code, coder=names.get(code.coder, code.coder)) for code in returned.codes]
    try:
        return Returned(_arrange(codes, None), returned.left_out)
    except InputError as error:
        raise ConfigError(error.problem, hint="give each coder a name of their own") from None


def _arrange(codes: Iterable[Code], path: str | Path | None) -> tuple[Code, ...]:
    """Sort codes; refuse two spans by one coder that share a character."""
    ordered = sorted(codes, key=lambda code: (code.coder, code.article, code.start))
    for before, code in find_overlaps(ordered):
        raise InputError(
            f"coder {code.coder!r} coded {code.article} {before.start}-{before.end} and "
            f"{code.start}-{code.end}, which overlap",
            path=path,
            hint="keep one of the two",
        )
    return tuple(ordered)


def _index_texts(articles: Iterable[Article]) -> dict[str, str]:
    texts = {name: article.text for name, article in index_articles(articles).items()}
    if not texts:
        raise InputError("there are no texts to check codes against", hint="give them by --texts")
    return texts


def _text(fields: Mapping[str, Any], key: str) -> str:
    value = fields.get(key)
    if isinstance(value, str) and value:
        return value
    raise _wrong(key, value)


def _number(fields: Mapping[str, Any], key: str) -> int:
    """A whole number, which a table may have turned into 12.0 or "12"."""
    value = fields.get(key)
    if isinstance(value, str) and len(value) < 12:
        digits = value.removesuffix(".0")
        if digits.isascii() and digits.isdigit():
            return int(digits)
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e12:
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise _wrong(key, value)


def _wrong(key: str, value: object) -> InputError:
    if value is None:
        return InputError(f"field `{key}` is missing", hint=_NOT_OURS)
    return InputError(f"field `{key}` has the wrong type: {str(value)[:60]!r}", hint=_NOT_OURS)
