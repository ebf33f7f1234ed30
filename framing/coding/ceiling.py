"""The ceiling: how well each coder does against gold, measured as a model is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from framing.codebook import Codebook
    from framing.coding.codes import Code, Key


def measure_ceiling(
    codes: Iterable[Code], gold: Sequence[Code], codebook: Codebook
) -> dict[str, dict[str, Any]]:
    """F1 of each coder against gold, on the units both coded.

    Gold was adjudicated from the coders' own codes: these figures are above what a coder would
    reach who had no part in it.

    Args:
        codes: Of all coders.
        gold: Of the units to measure on.
        codebook: Gives the frames.

    Returns:
        By coder: `units`, `macro_f1` over the frames that occur in gold, F1 by frame in `frames`
        (None where it does not occur), `speaker_accuracy` (None if no speaker was coded twice).
    """
    by_key = {code.key: code for code in gold if not code.furniture}
    pairs: dict[str, dict[Key, Code]] = {}
    for code in codes:
        if not code.furniture and code.key in by_key:
            pairs.setdefault(code.coder, {})[code.key] = code
    return {
        coder: _measure([(coded[key], by_key[key]) for key in sorted(coded)], codebook)
        for coder, coded in sorted(pairs.items())
    }


def _measure(pairs: Sequence[tuple[Code, Code]], codebook: Codebook) -> dict[str, Any]:
    said = codebook.encode(ours.frames for ours, _ in pairs)
    carried = codebook.encode(theirs.frames for _, theirs in pairs)
    totals = said.sum(axis=0) + carried.sum(axis=0)
    f1 = 2 * (said & carried).sum(axis=0) / np.maximum(totals, 1)
    occurs = np.asarray(carried.any(axis=0))
    both = [(ours.speaker, theirs.speaker) for ours, theirs in pairs]
    spoken = [ours == theirs for ours, theirs in both if ours and theirs]
    return {
        "units": len(pairs),
        "macro_f1": float(f1[occurs].mean()) if occurs.any() else None,
        "frames": {
            frame: float(f1[k]) if occurs[k] else None for k, frame in enumerate(codebook.frame_ids)
        },
        "speaker_accuracy": float(np.mean(spoken)) if spoken else None,
    }
