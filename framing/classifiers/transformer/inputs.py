"""Inputs: units as tokens, between separators, each with what stands around it as context."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from framing.classifiers.encoders.vocabulary import encode_texts
from framing.errors import ModelError
from framing.transformer_config import InputConfig

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

_CHARACTERS_A_TOKEN = 40
"""Text past so many characters a token of the limit is not looked at: no text has such tokens."""
_BATCH_TOKENS = 4096
"""Tokens a batch, padding included: what the memory it takes depends on."""
_MASKS = ("<mask>", "[MASK]")


@dataclass(frozen=True, slots=True)
class Window:
    """What the encoder reads at once: a unit with its context, or several units of a passage."""

    ids: tuple[int, ...]
    """Tokens, between separators."""
    rows: tuple[int, ...]
    """The units that are scored."""
    spans: tuple[tuple[int, int], ...]
    """Tokens whose vectors are averaged for each of them: the first, and the one after the last."""


@dataclass(frozen=True, slots=True)
class Truncation:
    """What did not fit into the inputs of some units."""

    units: int = 0
    """Units whose own text was cut."""
    contexts: int = 0
    """Units of which some context was left out; the unit itself was not cut for it."""

    def __add__(self, other: Truncation) -> Truncation:
        return Truncation(self.units + other.units, self.contexts + other.contexts)


class InputBuilder:
    """Turns units into inputs. Each text is tokenised once, whatever it is context of."""

    def __init__(self, tokenizer: Tokenizer, settings: InputConfig) -> None:
        tokenizer.no_truncation()
        tokenizer.no_padding()
        special = sorted(token.content for token in tokenizer.get_added_tokens_decoder().values())
        self._special = re.compile("|".join(re.escape(name) for name in special) or r"(?!)")
        self.settings = settings
        self._tokenizer = tokenizer
        ends = tokenizer.encode("").ids
        if len(ends) != 2:
            raise ModelError(
                f"the tokenizer puts {len(ends)} tokens around a text, not a start and an end",
                hint="only BERT-like and RoBERTa-like encoders are read",
            )
        self._start, self._end = ends
        self.separators = (self._start, self._end)

    @property
    def mask(self) -> int | None:
        """Id of the token that stands for a hidden one; None if the vocabulary has none."""
        found = (self._tokenizer.token_to_id(name) for name in _MASKS)
        return next((token for token in found if token is not None), None)

    def build(
        self,
        texts: Sequence[str],
        passages: Sequence[object],
        random: np.random.Generator | None = None,
    ) -> tuple[list[Window], Truncation]:
        """Windows that hold every unit once, and what did not fit.

        Half characters become question marks; characters the vocabulary lacks, the unknown piece.
        An empty text is a unit without tokens of its own.

        Args:
            texts: Text of each unit (n_units).
            passages: Passage of each unit (n_units); equal neighbours belong together.
            random: Where windows hold several units: draws how many each one holds, from one to
                `units`, and leaves out what stands before. For training, so that a network learns
                to do with much context, with little and with none.
        """
        most = _CHARACTERS_A_TOKEN * self.settings.max_length
        pieces = [
            tuple(encoding.ids[1:-1])
            for encoding in encode_texts(
                self._tokenizer, [self._defuse(text[:most]) for text in texts]
            )
        ]
        cut = [len(text) > most for text in texts]
        if self.settings.units > 1:
            return self._build_windows(pieces, cut, passages, random)
        windows, units, contexts = [], 0, 0
        for first, last in _find_passages(passages):
            for row in range(first, last):
                made, unit_cut, context_cut = self._compose(pieces, row, first, last)
                windows.append(made)
                units += unit_cut or cut[row]
                contexts += context_cut
        return windows, Truncation(units, contexts)

    def _build_windows(
        self,
        pieces: list[tuple[int, ...]],
        cut: Sequence[bool],
        passages: Sequence[object],
        random: np.random.Generator | None,
    ) -> tuple[list[Window], Truncation]:
        """Passages in windows of several units, those before a window's own read with it again."""
        room = self.settings.max_length - 2
        n_cut = sum(of or len(own) > room for of, own in zip(cut, pieces, strict=True))
        kept = [own[:room] for own in pieces]
        windows = []
        for first, last in _find_passages(passages):
            row = first
            while row < last:
                most = self.settings.units if random is None else self._draw(random)
                lead = row if random is not None else self._find_lead(kept, first, row)
                stop = self._find_end(kept, lead, row, min(last, row + most))
                windows.append(self._join(kept, lead, row, stop))
                row = stop
        return windows, Truncation(n_cut)

    def _draw(self, random: np.random.Generator) -> int:
        return int(random.integers(1, self.settings.units + 1))

    def _find_lead(self, pieces: Sequence[tuple[int, ...]], first: int, row: int) -> int:
        """The first of the rows that stand before a window's own, and leave room for one."""
        length = 1 + len(pieces[row]) + 1
        lead = row
        while lead > max(first, row - self.settings.before):
            length += len(pieces[lead - 1]) + 1
            if length > self.settings.max_length:
                break
            lead -= 1
        return lead

    def _find_end(self, pieces: Sequence[tuple[int, ...]], lead: int, row: int, stop: int) -> int:
        """The row after the last one that fits into a window; one of its own does."""
        length = 1 + sum(len(own) + 1 for own in pieces[lead : row + 1])
        for place in range(row + 1, stop):
            length += len(pieces[place]) + 1
            if length > self.settings.max_length:
                return place
        return stop

    def _join(self, pieces: Sequence[tuple[int, ...]], lead: int, row: int, stop: int) -> Window:
        ids, spans = [self._start], []
        for place in range(lead, stop):
            start = len(ids)
            ids += [*pieces[place], self._end]
            if place >= row:
                # A unit without tokens is read off the separator after it.
                spans.append((start, max(len(ids) - 1, start + 1)))
        return Window(tuple(ids), tuple(range(row, stop)), tuple(spans))

    def _defuse(self, text: str) -> str:
        """A text that holds `</s>` holds four characters: a separator is never read out of it."""
        return self._special.sub(lambda found: " ".join(found[0]), text)

    def _compose(
        self, pieces: Sequence[tuple[int, ...]], row: int, first: int, last: int
    ) -> tuple[Window, bool, bool]:
        unit = pieces[row]
        # Start, end, and a separator on either side of the unit where there can be context.
        room = self.settings.max_length - 2 - self._separators
        kept = unit[:room]
        room -= len(kept)
        neighbours, left_out = self._fill(pieces, row, first, last, room)
        before = [
            token for place in sorted(neighbours) if place < row for token in neighbours[place]
        ]
        after = [
            token for place in sorted(neighbours) if place > row for token in neighbours[place]
        ]
        ids = [self._start]
        if self._reads_before:
            ids += [*before, self._end]
        start = len(ids)
        ids += kept
        if self.settings.after:
            ids += [self._end, *after]
        ids.append(self._end)
        # An average needs something: a unit without tokens is read off the token before it.
        own = (start, start + len(kept)) if kept else (start - 1, start)
        where = own if self.settings.pool == "unit" else (0, len(ids))
        return Window(tuple(ids), (row,), (where,)), len(kept) < len(unit), left_out

    def _fill(
        self, pieces: Sequence[tuple[int, ...]], row: int, first: int, last: int, room: int
    ) -> tuple[dict[int, tuple[int, ...]], bool]:
        """Tokens of neighbours by place, nearest first, until the room is used up."""
        chosen: dict[int, tuple[int, ...]] = {}
        left_out = False
        for place in self._order_neighbours(row, first, last):
            tokens = pieces[place]
            if len(tokens) > room:
                left_out = True
                # Of a sentence before the unit its end is kept, which stands next to it.
                near = row - self.settings.before <= place < row
                tokens = tokens[len(tokens) - room :] if near else tokens[:room]
            room -= len(tokens)
            chosen[place] = tokens
        return chosen, left_out

    def _order_neighbours(self, row: int, first: int, last: int) -> Iterator[int]:
        window_start = max(first, row - self.settings.before)
        for distance in range(1, max(self.settings.before, self.settings.after) + 1):
            if distance <= self.settings.before and row - distance >= first:
                yield row - distance
            if distance <= self.settings.after and row + distance < last:
                yield row + distance
        if self.settings.headline and first < window_start:
            yield first

    @property
    def _reads_before(self) -> bool:
        return self.settings.before > 0 or self.settings.headline

    @property
    def _separators(self) -> int:
        return self._reads_before + (self.settings.after > 0)


def pad_windows(windows: Sequence[Window], padding: int) -> dict[str, NDArray[Any]]:
    """Windows as arrays, padded on the right to the longest and to the one with most units.

    Args:
        windows: The windows.
        padding: Id of the padding token.

    Returns:
        `input_ids` (n_windows, n_tokens); `attention_mask`, 1 for a token, of the same shape;
        `weights` (n_windows, n_units, n_tokens), with which token vectors are averaged: they sum
        to 1 for each unit, and to 0 where a window has no more units.
    """
    longest = max(len(window.ids) for window in windows)
    most = max(len(window.rows) for window in windows)
    ids = np.full((len(windows), longest), padding, dtype=np.int64)
    attended = np.zeros_like(ids)
    weights = np.zeros((len(windows), most, longest), dtype=np.float32)
    for number, window in enumerate(windows):
        ids[number, : len(window.ids)] = window.ids
        attended[number, : len(window.ids)] = 1
        for place, (start, stop) in enumerate(window.spans):
            weights[number, place, start:stop] = 1 / (stop - start)
    return {"input_ids": ids, "attention_mask": attended, "weights": weights}


def batch_windows(windows: Sequence[Window]) -> list[list[Window]]:
    """Windows of like length together, so that little is padded.

    Longest first: if the memory does not do, that is known at once.
    """
    batches: list[list[Window]] = []
    for window in sorted(windows, key=lambda window: -len(window.ids)):
        longest = len(batches[-1][0].ids) if batches else 0
        if not batches or (len(batches[-1]) + 1) * longest > _BATCH_TOKENS:
            batches.append([])
        batches[-1].append(window)
    return batches


def _find_passages(passages: Sequence[object]) -> Iterator[tuple[int, int]]:
    """First row of each passage, and the row after its last."""
    first = 0
    for row in range(1, len(passages) + 1):
        if row == len(passages) or passages[row] != passages[first]:
            yield first, row
            first = row
