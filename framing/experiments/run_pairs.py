"""Pairs of runs: the predictions of two runs on the same units, compared."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from framing.config import load_config
from framing.errors import InputError
from framing.experiments.benchmark_folds import open_benchmark
from framing.experiments.predictions import PredictionTable, read_predictions
from framing.experiments.running import CONFIG, METRICS, PREDICTIONS, digest_articles
from framing.reading import read_json
from framing.run_comparison import Comparison, compare_scores

if TYPE_CHECKING:
    from framing.codebook import Codebook
    from framing.dataset import Dataset


@dataclass(frozen=True)
class RunPair:
    """Two runs, compared."""

    comparisons: dict[str, Comparison]
    """By text (`as_written`, ...): differences, second less first."""
    folds: tuple[list[str], list[str]]
    """Folds of each run whose models gave the scores."""


def compare_runs(first: Path, second: Path, codebook: Codebook) -> RunPair:
    """Compare two runs on the units that both scored, text by text, with their first seeds.

    Args:
        first: Folder of a run.
        second: Folder of another one, with the same gold.
        codebook: Both used it.

    Of a unit that several models of a run scored, as in a learning curve, the last fold counts. The
    labels of a benchmark are read from where its run read them; its articles are groups of rows.

    Raises:
        InputError: A folder holds no predictions, the two have no unit in common, their gold
            differs, or a benchmark is not there or not what it was.
    """
    tables = [_read_first_seed(folder, codebook) for folder in (first, second)]
    texts = [list(dict.fromkeys(table.columns["text"].tolist())) for table in tables]
    result = {}
    for text in texts[0]:
        if text in texts[1]:
            pair = _match(*(table.select(table.columns["text"] == text) for table in tables))
            if pair is not None:
                result[text] = _compare(*pair, codebook)
    if not result:
        raise InputError(
            f"has no unit in common with {second}", path=first, hint="run both on the same split"
        )
    first_folds, second_folds = (
        list(dict.fromkeys(table.columns["fold"].tolist())) for table in tables
    )
    return RunPair(result, (first_folds, second_folds))


def _read_first_seed(folder: Path, codebook: Codebook) -> PredictionTable:
    table = read_predictions(folder / PREDICTIONS)
    if table.codebook != codebook.digest:
        raise InputError(
            f"was made with codebook {table.codebook}, not {codebook.digest}",
            path=folder,
            hint="name its codebook: --codebook",
        )
    if not table.has_gold:
        table = table.add_gold(_read_labels(folder, set(table.columns["article"].tolist())))
    table = table.select(table.columns["seed"] == table.columns["seed"][0])
    last = {key: row for row, key in enumerate(table.keys)}
    return table.select(np.array(sorted(last.values()), dtype=np.int64))


def _read_labels(folder: Path, scored: set[str]) -> Dataset:
    """The rows of a benchmark that a run scored."""
    config = load_config(folder / CONFIG)
    if not config.benchmark.path:
        raise InputError("has no gold codes", path=folder / PREDICTIONS, hint="run it again")
    rows = open_benchmark(config).dataset.select(scored)
    before, now = read_json(folder / METRICS)["data"]["article_digests"], digest_articles(rows)
    changed = [name for name in scored if now.get(name) != before[name]]
    if changed:
        raise InputError(
            f"row {min(changed)!r} is gone or not what {folder.name} was tested on",
            path=config.resolve(config.benchmark.path),
            hint="get the version that its description names, or run it again",
        )
    return rows


def _match(
    first: PredictionTable, second: PredictionTable
) -> tuple[PredictionTable, PredictionTable] | None:
    """Both with the rows they share, in the order of the first; None if they share none."""
    places = {key: row for row, key in enumerate(second.keys)}
    shared = [(row, places[key]) for row, key in enumerate(first.keys) if key in places]
    if not shared:
        return None
    rows = np.array(shared, dtype=np.int64)
    pair = first.select(rows[:, 0]), second.select(rows[:, 1])
    if not np.array_equal(pair[0].stack("gold"), pair[1].stack("gold")):
        raise InputError(
            f"has other gold codes than {second.path}", path=first.path, hint="run both again"
        )
    return pair


def _compare(first: PredictionTable, second: PredictionTable, codebook: Codebook) -> Comparison:
    names = [table.path.parent.name for table in (first, second)]
    scores = [
        table.to_scores(codebook, name) for table, name in zip((first, second), names, strict=True)
    ]
    return compare_scores(scores[0], scores[1], first.to_gold(codebook))
