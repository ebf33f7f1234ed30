"""Inputs: a unit as tokens, between separators, with what stands around it as context."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from framing.classifiers.encoders.vocabulary import encode_texts
from framing.errors import ModelError
from framing.transformer_config import InputConfig

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_CHARACTERS_A_TOKEN = 40
"""Text past so many characters a token of the limit is not looked at: no text has such tokens."""


@dataclass(frozen=True, slots=True)
class UnitInput:
    """One unit as the encoder reads it."""

    ids: tuple[int, ...]
    """Tokens: start, what stands before, separator, unit, separator, what stands after, end."""
    start: int
    """First token whose vector counts for the unit."""
    stop: int
    """Token after the last one."""


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

    def build(
        self, texts: Sequence[str], passages: Sequence[object]
    ) -> tuple[list[UnitInput], Truncation]:
        """Inputs of units, in order, and what did not fit.

        Half characters become question marks; characters the vocabulary lacks, the unknown piece.
        An empty text is an input without tokens of its own.

        Args:
            texts: Text of each unit (n_units).
            passages: Passage of each unit (n_units); equal neighbours belong together.
        """
        most = _CHARACTERS_A_TOKEN * self.settings.max_length
        pieces = [
            tuple(encoding.ids[1:-1])
            for encoding in encode_texts(
                self._tokenizer, [self._defuse(text[:most]) for text in texts]
            )
        ]
        cut = [len(text) > most for text in texts]
        inputs, units, contexts = [], 0, 0
        for first, last in _find_passages(passages):
            for row in range(first, last):
                made, unit_cut, context_cut = self._compose(pieces, row, first, last)
                inputs.append(made)
                units += unit_cut or cut[row]
                contexts += context_cut
        return inputs, Truncation(units, contexts)

    def _defuse(self, text: str) -> str:
        """A text that holds `</s>` holds four characters: a separator is never read out of it."""
        return self._special.sub(lambda found: " ".join(found[0]), text)

    def _compose(
        self, pieces: Sequence[tuple[int, ...]], row: int, first: int, last: int
    ) -> tuple[UnitInput, bool, bool]:
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
        return UnitInput(tuple(ids), *where), len(kept) < len(unit), left_out

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


def _find_passages(passages: Sequence[object]) -> Iterator[tuple[int, int]]:
    """First row of each passage, and the row after its last."""
    first = 0
    for row in range(1, len(passages) + 1):
        if row == len(passages) or passages[row] != passages[first]:
            yield first, row
            first = row
