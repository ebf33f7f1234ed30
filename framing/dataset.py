"""Coded text as arrays: units, their frames and speakers, and the article each belongs to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from framing.articles.article import Article, index_articles
from framing.coding.codes import GOLD, Code, read_codes, refuse_drift
from framing.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from framing.codebook import Codebook

_NO_SPEAKER = -1


@dataclass(frozen=True)
class Dataset:
    """Coded units; the units of an article are neighbours and in order."""

    codebook: Codebook
    texts: tuple[str, ...]
    """Text of each unit (n_units)."""
    frames: NDArray[np.bool_]
    """Bool (n_units, n_frames), columns in codebook order."""
    speakers: NDArray[np.int64]
    """Int (n_units): index into `codebook.speaker_ids`, or -1 where not coded."""
    articles: tuple[str, ...]
    """Article name of each unit (n_units)."""
    passages: tuple[object, ...]
    """Uninterrupted passage of each unit (n_units); equal neighbours are neighbours in the text.
    Where only a sample of an article's units is coded, context ends at each gap."""
    about: dict[str, Article]
    """The article by name."""
    spans: tuple[tuple[int, int], ...] = ()
    """Start and end of each unit in its article's text (n_units); empty where that is not kept."""

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def languages(self) -> NDArray[np.str_]:
        """Language of each unit (n_units)."""
        return np.array([self.about[name].language for name in self.articles])

    def select(self, names: Collection[str]) -> Dataset:
        """The units of some articles, order kept."""
        wanted = set(names)
        return self.keep(np.array([name in wanted for name in self.articles], dtype=bool))

    def keep(self, chosen: NDArray[np.bool_]) -> Dataset:
        """Some units, order kept; `chosen` is bool (n_units)."""
        index = chosen.nonzero()[0]
        articles = tuple(self.articles[i] for i in index)
        named = set(articles)
        return Dataset(
            codebook=self.codebook,
            texts=tuple(self.texts[i] for i in index),
            frames=self.frames[chosen],
            speakers=self.speakers[chosen],
            articles=articles,
            passages=tuple(self.passages[i] for i in index),
            about={name: about for name, about in self.about.items() if name in named},
            spans=tuple(self.spans[i] for i in index) if self.spans else (),
        )


def join_codes(
    codes: Sequence[Code],
    articles: Iterable[Article],
    codebook: Codebook,
    *,
    path: str | Path | None = None,
) -> Dataset:
    """Attach codes to the text they were made for.

    Args:
        codes: Codes of one coder; furniture rows are left out.
        articles: The articles the codes name; others are ignored.
        codebook: Gives the column order.
        path: The file of codes, for messages.

    Raises:
        InputError: Two articles have one name, or a code does not fit its text; the message names
            the first row and the count.
    """
    about = index_articles(articles, wanted={code.article for code in codes})
    refuse_drift(codes, {name: article.text for name, article in about.items()}, path=path)
    units = sorted(
        (code for code in codes if not code.furniture), key=lambda c: (c.article, c.start)
    )
    if not units:
        raise InputError("holds no coded unit, only furniture", path=path)
    column = {speaker: index for index, speaker in enumerate(codebook.speaker_ids)}
    named = {code.article for code in units}
    return Dataset(
        codebook=codebook,
        texts=tuple(about[code.article].text[code.start : code.end] for code in units),
        frames=codebook.encode(code.frames for code in units),
        speakers=np.array(
            [column.get(code.speaker or "", _NO_SPEAKER) for code in units], dtype=np.int64
        ),
        articles=tuple(code.article for code in units),
        passages=_number_passages(units, codes, about),
        about={name: article for name, article in about.items() if name in named},
        spans=tuple((code.start, code.end) for code in units),
    )


def _number_passages(
    units: Sequence[Code], codes: Sequence[Code], about: Mapping[str, Article]
) -> tuple[object, ...]:
    """A number for each unit that changes where uncoded text stands before it."""
    furniture: dict[str, list[Code]] = {}
    for code in codes:
        if code.furniture:
            furniture.setdefault(code.article, []).append(code)
    numbers: list[object] = []
    number, article, end = 0, "", 0
    for code in units:
        if code.article != article:
            number, article = number + 1, code.article
        else:
            gap = list(about[article].text[end : code.start])
            for span in furniture.get(article, ()):
                if end <= span.start and span.end <= code.start:
                    gap[span.start - end : span.end - end] = " " * (span.end - span.start)
            number += bool("".join(gap).strip())
        numbers.append(number)
        end = code.end
    return tuple(numbers)


def load_dataset(
    articles: Iterable[Article], codes_path: str | Path, codebook: Codebook, *, coder: str = GOLD
) -> Dataset:
    """Read one coder's codes and attach them to their articles.

    Raises:
        InputError: The file has no row of that coder, or a row does not fit its text.
        CodebookError: A label is not in the codebook.
    """
    every = read_codes(codes_path, codebook)
    codes = [code for code in every if code.coder == coder]
    if not codes:
        found = ", ".join(sorted({code.coder for code in every}))
        raise InputError(
            f"has no codes by {coder!r}", path=codes_path, hint=f"coders in it: {found}"
        )
    return join_codes(codes, articles, codebook, path=codes_path)


def concatenate(parts: Sequence[Dataset]) -> Dataset:
    """Parts that share a codebook and no article, one after the other."""
    first = parts[0]
    return Dataset(
        codebook=first.codebook,
        texts=tuple(text for part in parts for text in part.texts),
        frames=np.concatenate([part.frames for part in parts]),
        speakers=np.concatenate([part.speakers for part in parts]),
        articles=tuple(name for part in parts for name in part.articles),
        passages=tuple(passage for part in parts for passage in part.passages),
        about={name: about for part in parts for name, about in part.about.items()},
        spans=tuple(span for part in parts for span in part.spans),
    )
