"""Examples: coded units as a Hugging Face DatasetDict, and batches of them as tensors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from framing.classifiers.transformer.inputs import (
    InputBuilder,
    Truncation,
    Window,
    pad_windows,
)

ABSENT = -100
"""Gold of a unit that is not there: what the Trainer fills up with, too."""
_BLUR = 12.0
"""Tokens: standard deviation of what is added to a window's length before windows are packed."""

if TYPE_CHECKING:
    from datasets import DatasetDict

    from framing.dataset import Dataset


def build_examples(
    train: Dataset,
    dev: Dataset,
    builder: InputBuilder,
    *,
    units: int = 1,
    epochs: int = 1,
    seed: int = 0,
) -> tuple[DatasetDict, dict[str, Truncation]]:
    """Coded units as examples to train on and to choose on.

    Args:
        train: Units to learn from.
        dev: Units to choose on.
        builder: Makes windows of them.
        units: Where windows hold several units: how many an example of `train` holds at most, in
            as many windows as it takes. Every step then learns from about as many.
        epochs: How often, there, passages are cut anew.
        seed: Of these cuts.

    Returns:
        A DatasetDict of `train` and `dev` with the columns `epoch` (-1: of each) and `windows`:
        of each window the `input_ids`, the `spans` (first token that counts and the one after the
        last, of each unit), the `frames` (0 or 1, of each unit) and the `speakers` (-1: not coded);
        and what did not fit.
    """
    from datasets import DatasetDict

    rows: list[tuple[int, list[Window]]] = []
    if builder.settings.units == 1:
        windows, truncation = builder.build(train.texts, train.passages)
        rows = [(-1, [window]) for window in windows]
    else:
        for epoch in range(epochs):
            random = np.random.default_rng((seed, epoch))
            windows, truncation = builder.build(train.texts, train.passages, random)
            rows += [(epoch, pack) for pack in pack_windows(windows, units, random)]
    held, held_truncation = builder.build(dev.texts, dev.passages)
    tables = {
        "train": _tabulate(rows, train),
        "dev": _tabulate([(-1, [window]) for window in held], dev),
    }
    return DatasetDict(tables), {"train": truncation, "dev": held_truncation}


def pack_windows(
    windows: Sequence[Window], units: int, random: np.random.Generator
) -> list[list[Window]]:
    """Windows of about the same length together, each pack with that many units at most.

    Args:
        windows: The windows.
        units: Of a pack; a window with more is a pack of its own.
        random: Blurs the lengths, so that a window is not always with the same others.
    """
    blurred = [len(window.ids) + random.normal(0, _BLUR) for window in windows]
    packs: list[list[Window]] = []
    count = 0
    for place in np.argsort(blurred, kind="stable"):
        window = windows[place]
        count += len(window.rows)
        if not packs or count > units:
            packs.append([])
            count = len(window.rows)
        packs[-1].append(window)
    return packs


def _tabulate(rows: Sequence[tuple[int, Sequence[Window]]], part: Dataset) -> Any:
    from datasets import Dataset as Table

    def describe(window: Window) -> dict[str, Any]:
        chosen = list(window.rows)
        return {
            "input_ids": list(window.ids),
            "spans": [list(span) for span in window.spans],
            "frames": part.frames[chosen].astype(np.float32).tolist(),
            "speakers": part.speakers[chosen].tolist(),
        }

    return Table.from_dict(
        {
            "epoch": [epoch for epoch, _ in rows],
            "windows": [[describe(window) for window in windows] for _, windows in rows],
        }
    )


class Collator:
    """Puts examples together into one batch, padded to the longest of them."""

    def __init__(self, padding: int) -> None:
        self.padding = padding

    def __call__(self, examples: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """A batch with gold, from rows of a DatasetDict; -100 where a window has no more units."""
        import torch

        rows = [row for example in examples for row in example["windows"]]
        windows = [
            Window(
                tuple(row["input_ids"]),
                tuple(range(len(row["spans"]))),
                tuple((start, stop) for start, stop in row["spans"]),
            )
            for row in rows
        ]
        batch = {
            name: torch.from_numpy(values)
            for name, values in pad_windows(windows, self.padding).items()
        }
        for name, kind in (("frames", torch.float32), ("speakers", torch.int64)):
            gold = [torch.tensor(row[name], dtype=kind) for row in rows]
            batch[name] = torch.nn.utils.rnn.pad_sequence(
                gold, batch_first=True, padding_value=ABSENT
            )
        return batch


class LengthSampler:
    """Rows in a random order in which neighbours are about as long, another one each epoch.

    The order depends on seed and epoch alone, never on what was drawn before: a run that is taken
    up in the middle of an epoch goes on with the rows it has not seen.
    """

    _BATCHES = 20
    """Batches that are sorted together: enough to save padding, few enough to stay random."""

    def __init__(
        self, lengths: Sequence[int], batch: int, seed: int, epochs: Sequence[int] | None = None
    ) -> None:
        """Say what rows there are.

        Args:
            lengths: Of each row.
            batch: Rows in a batch.
            seed: Of the order.
            epochs: Epoch of each row, counted from 0: only rows of its own are drawn in an epoch,
                some of them twice if there are fewer than in another one. -1 is each epoch.
        """
        self._lengths = np.asarray(lengths)
        of = np.asarray(epochs if epochs is not None else [-1] * len(lengths))
        self._rows = [np.flatnonzero((of == epoch) | (of == -1)) for epoch in sorted({*of} - {-1})]
        self._rows = self._rows or [np.arange(len(lengths))]
        self._batch = batch
        self._seed = seed
        self._epoch = 0

    def __len__(self) -> int:
        return max(map(len, self._rows))

    def set_epoch(self, epoch: int) -> None:
        """Say which epoch is next."""
        self._epoch = epoch

    def __iter__(self) -> Iterator[int]:
        random = np.random.default_rng((self._seed, self._epoch))
        order = random.permutation(self._rows[self._epoch % len(self._rows)])
        order = np.resize(order, len(self))
        span = self._batch * self._BATCHES
        batches: list[list[int]] = []
        for start in range(0, len(order), span):
            rows = order[start : start + span]
            rows = rows[np.argsort(-self._lengths[rows], kind="stable")]
            batches += [
                rows[at : at + self._batch].tolist() for at in range(0, len(rows), self._batch)
            ]
        # A batch that is not full stays last: in the middle it would cut the others anew.
        full = [batch for batch in batches if len(batch) == self._batch]
        rest = [batch for batch in batches if len(batch) < self._batch]
        for place in random.permutation(len(full)):
            yield from full[place]
        for batch in rest:
            yield from batch
