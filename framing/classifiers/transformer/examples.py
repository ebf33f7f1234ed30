"""Examples: coded units as a Hugging Face DatasetDict, and batches of them as tensors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from framing.classifiers.transformer.inputs import InputBuilder, Truncation, UnitInput

if TYPE_CHECKING:
    from datasets import DatasetDict

    from framing.dataset import Dataset


def build_examples(
    parts: Mapping[str, Dataset], builder: InputBuilder
) -> tuple[DatasetDict, dict[str, Truncation]]:
    """Coded units as examples to train on, part by part.

    Args:
        parts: Units by name of the part, as in train and dev.
        builder: Makes inputs of them.

    Returns:
        A DatasetDict of these parts with the columns `article`, `language`, `text`, `input_ids`,
        `start` and `stop` of the tokens that count, `frames` (0 or 1) and `speakers` (-1: not
        coded); and what did not fit, by part.
    """
    from datasets import Dataset as Table
    from datasets import DatasetDict

    tables, truncations = {}, {}
    for name, part in parts.items():
        inputs, truncations[name] = builder.build(part.texts, part.passages)
        tables[name] = Table.from_dict(
            {
                "article": list(part.articles),
                "language": [str(language) for language in part.languages],
                "text": list(part.texts),
                "input_ids": [list(unit.ids) for unit in inputs],
                "start": [unit.start for unit in inputs],
                "stop": [unit.stop for unit in inputs],
                "frames": part.frames.astype(np.float32).tolist(),
                "speakers": part.speakers.tolist(),
            }
        )
    return DatasetDict(tables), truncations


class Collator:
    """Puts examples together into one batch, padded to the longest of them."""

    def __init__(self, padding: int) -> None:
        self.padding = padding

    def __call__(self, examples: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """A batch with gold, from rows of a DatasetDict."""
        import torch

        inputs = [UnitInput(tuple(row["input_ids"]), row["start"], row["stop"]) for row in examples]
        batch = pad_inputs(inputs, self.padding)
        batch["frames"] = torch.tensor([row["frames"] for row in examples], dtype=torch.float32)
        batch["speakers"] = torch.tensor([row["speakers"] for row in examples], dtype=torch.int64)
        return batch


def pad_inputs(inputs: Sequence[UnitInput], padding: int) -> dict[str, Any]:
    """Inputs as tensors `input_ids`, `attention_mask` and `unit_mask`, (n_units, n_tokens) each.

    Args:
        inputs: The units.
        padding: Id of the padding token.
    """
    import torch

    longest = max(len(unit.ids) for unit in inputs)
    ids = np.full((len(inputs), longest), padding, dtype=np.int64)
    attended = np.zeros_like(ids)
    counted = np.zeros_like(ids)
    for row, unit in enumerate(inputs):
        ids[row, : len(unit.ids)] = unit.ids
        attended[row, : len(unit.ids)] = 1
        counted[row, unit.start : unit.stop] = 1
    return {
        "input_ids": torch.from_numpy(ids),
        "attention_mask": torch.from_numpy(attended),
        "unit_mask": torch.from_numpy(counted),
    }


class LengthSampler:
    """Rows in a random order in which neighbours are about as long, another one each epoch.

    The order depends on seed and epoch alone, never on what was drawn before: a run that is taken
    up in the middle of an epoch goes on with the rows it has not seen.
    """

    _BATCHES = 20
    """Batches that are sorted together: enough to save padding, few enough to stay random."""

    def __init__(self, lengths: Sequence[int], batch: int, seed: int) -> None:
        self._lengths = np.asarray(lengths)
        self._batch = batch
        self._seed = seed
        self._epoch = 0

    def __len__(self) -> int:
        return len(self._lengths)

    def set_epoch(self, epoch: int) -> None:
        """Say which epoch is next."""
        self._epoch = epoch

    def __iter__(self) -> Iterator[int]:
        random = np.random.default_rng((self._seed, self._epoch))
        order = random.permutation(len(self._lengths))
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
