"""Explanations: what a network's scores lose when a word, or a sentence beside it, is left out."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from framing.classifiers.base import name_after, name_before
from framing.classifiers.features import WORD_RUN
from framing.classifiers.transformer.inputs import Window

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from framing.classifiers.tfidf import TfidfModel
    from framing.classifiers.transformer.inputs import InputBuilder
    from framing.classifiers.transformer.model import UnitScorer

MOST_PIECES = 80
"""A unit of more different words is cut into so many pieces at most, each of several words."""
_MOST_UNITS = 64
"""Units a window can have by its settings."""
_WORD = re.compile(WORD_RUN.pattern, re.IGNORECASE)
_SPACED = re.compile(r"\S+")

Span = tuple[int, int]
"""Of a text: the first character, and the one after the last."""


@dataclass(frozen=True)
class Occlusion:
    """What the scores of a unit lose by what is left out."""

    names: tuple[str, ...]
    """What is left out (n_pieces): words in their order, then sentences in theirs."""
    lost: NDArray[np.float64]
    """Raw score with it less raw score without it, (n_pieces, n_frames)."""
    lost_ngrams: NDArray[np.float64] | None = None
    """The same of the linear model of n-grams; None if there is none."""


def occlude_unit(
    builder: InputBuilder,
    scorer: UnitScorer,
    texts: Sequence[str],
    index: int,
    ngrams: TfidfModel | None = None,
) -> Occlusion:
    """Leave out one word of a unit at a time, then one sentence read with it at a time.

    Source: Zeiler & Fergus (2014), "Visualizing and understanding convolutional networks", section
    4.2 (occlusion); for words Li, Monroe & Jurafsky (2016), "Understanding neural networks through
    representation erasure", on erasing words: there the loss is divided by the score, here it is
    not, for a log-odds may be 0. A word is taken out of the text, so that the network reads a text
    again, though one whose grammar may be broken.

    Words are those of the baseline's evidence: runs of one script, which cuts Japanese without
    spaces too. A word that occurs twice is left out twice, at once. The sentences are those that
    share the unit's window, and no others move up into it. Of a unit longer than the network reads
    the beginning that is read is explained.

    Args:
        builder: Makes the network's inputs.
        scorer: The network.
        texts: Units of the passage, in order (n_units).
        index: The unit, from 0.
        ngrams: What scores beside the network.

    Returns:
        What each piece took with it. A unit of more than `MOST_PIECES` different words is cut into
        that many pieces of neighbouring words at most, so that the cost of a unit is bounded.
    """
    builder, rows = hold_context(builder, texts, index)
    own = rows.index(index)
    passage = [texts[row] for row in rows]
    passage[own] = unit = keep_read(fold_widths(texts[index]).strip(), builder)
    pieces = cut_pieces(unit)
    # The unit as it is comes first: all else is measured by it.
    variants = [(passage, own)]
    for spans in pieces.values():
        variants.append(([*passage[:own], leave_out(unit, spans), *passage[own + 1 :]], own))
    names = list(pieces)
    for place, row in enumerate(rows):
        if place != own:
            variants.append(([*passage[:place], *passage[place + 1 :]], own - (place < own)))
            names.append(name_before(index - row) if row < index else name_after(row - index))
    scores, beside = _score_units(builder, scorer, variants, ngrams)
    lost = None if beside is None else beside[0] - beside[1:]
    return Occlusion(tuple(names), scores[0] - scores[1:], lost)


def hold_context(
    builder: InputBuilder, texts: Sequence[str], index: int
) -> tuple[InputBuilder, list[int]]:
    """The rows that the network reads to score a unit, its own among them, and their builder.

    A passage is read in windows, and a shorter one would be cut into others: a word left out of a
    unit could change which sentences are read with it. The builder given back puts the rows, or
    fewer, into one window. A unit that is read by itself needs no such care; where context was cut
    for its length, what is left out makes room for more of it.
    """
    settings = builder.settings
    if settings.units == 1:
        first, stop = max(0, index - settings.before), index + settings.after + 1
        headline = [0] if settings.headline and first else []
        return builder, [*headline, *range(first, min(stop, len(texts)))]
    windows, _ = builder.build(texts, [0] * len(texts))
    window = next(window for window in windows if index in window.rows)
    separator = builder.separators[1]
    # Before the window's own units stand others, each with a separator after it.
    lead = window.ids[1 : window.spans[0][0]].count(separator)
    lead = min(lead, _MOST_UNITS - len(window.rows))
    rows = list(range(window.rows[0] - lead, window.rows[-1] + 1))
    held = copy(builder)
    held.settings = replace(settings, units=max(2, len(rows)))
    return held, rows


def fold_widths(text: str) -> str:
    """A text as written if folding the width of its characters moves none, else folded (NFKC)."""
    folded = unicodedata.normalize("NFKC", text)
    return text if len(folded) == len(text) else folded


def keep_read(text: str, builder: InputBuilder) -> str:
    """The words at the beginning of a text that the network reads; one at least."""
    if not _is_cut(text, builder):
        return text
    ends = [end for _, end in find_words(text)]
    fitting = bisect_left(ends, True, key=lambda end: _is_cut(text[:end], builder))
    return text[: ends[max(fitting, 1) - 1]]


def find_words(text: str) -> list[Span]:
    """Words of a text: runs of one script, else what stands between spaces."""
    folded = unicodedata.normalize("NFKC", text)
    if len(folded) != len(text):
        folded = text
    spans = [match.span() for match in _WORD.finditer(folded)]
    return spans or [match.span() for match in _SPACED.finditer(text)]


def cut_pieces(text: str) -> dict[str, list[Span]]:
    """What is left out together: every place of a word, or of neighbouring words in a long text.

    Returns:
        Places by the piece as written, in order of first occurrence; `MOST_PIECES` at most.
    """
    spans = find_words(text)
    words = _gather(text, spans)
    if len(words) <= MOST_PIECES:
        return words
    size = -(-len(spans) // MOST_PIECES)
    runs = (spans[start : start + size] for start in range(0, len(spans), size))
    return _gather(text, ((run[0][0], run[-1][1]) for run in runs))


def leave_out(text: str, spans: Iterable[Span]) -> str:
    """A text without some of its parts, and with one space where one stood on either side."""
    kept, at = "", 0
    for start, end in (*spans, (len(text), len(text))):
        between = text[at:start]
        kept += between.lstrip() if not kept or kept[-1].isspace() else between
        at = end
    return kept.strip()


def _gather(text: str, spans: Iterable[Span]) -> dict[str, list[Span]]:
    places: dict[str, list[Span]] = {}
    for start, end in spans:
        places.setdefault(" ".join(text[start:end].split()), []).append((start, end))
    return places


def _is_cut(text: str, builder: InputBuilder) -> bool:
    return builder.build([text], [0])[1].units > 0


def _score_units(
    builder: InputBuilder,
    scorer: UnitScorer,
    variants: Sequence[tuple[Sequence[str], int]],
    ngrams: TfidfModel | None,
) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
    """Raw scores (n_variants, n_frames) of units, each given as a passage and its place there."""
    texts = [text for passage, _ in variants for text in passage]
    owners = [number for number, (passage, _) in enumerate(variants) for _ in passage]
    windows, _ = builder.build(texts, owners)
    read_in = {row: window for window in windows for row in window.rows}
    sizes = [len(passage) for passage, _ in variants]
    rows = np.cumsum(sizes) - sizes + [place for _, place in variants]
    # Its own scores are all that is asked of a window.
    asked = [_pick_unit(read_in[row], row, number) for number, row in enumerate(rows.tolist())]
    beside = ngrams.score_frames(texts, owners)[rows] if ngrams else None
    return scorer.score(asked).frames, beside


def _pick_unit(window: Window, row: int, number: int) -> Window:
    return Window(window.ids, (number,), (window.spans[window.rows.index(row)],))
