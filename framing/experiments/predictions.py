"""Predictions of a run: every scored unit, as a Parquet file without any text.

Beside our own text stands its gold. The labels of a benchmark are its authors': of its rows the
file has the ids and what was said of them; whoever needs the labels reads them from the benchmark.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from framing.classifiers.base import FrameScores
from framing.dataset import Dataset
from framing.errors import InputError
from framing.files import open_output

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from framing.codebook import Codebook

_PLACES = ("fold", "seed", "text", "article", "start", "end")
_GROUP = "group"


@dataclass(frozen=True)
class Prediction:
    """Scores of some units by one model, beside their gold."""

    fold: str
    seed: int
    text: str
    """Which text was scored: `as_written`, `masked` or `without_triggers`."""
    scores: FrameScores
    gold: Dataset


def write_predictions(
    path: Path, predictions: Sequence[Prediction], *, with_gold: bool = True
) -> None:
    """Write predictions, a row a unit, without its text.

    Columns: fold, seed, text (which one was scored), article, start, end; of each frame the
    probability, the decision and gold (`p:`, `said:`, `gold:`); the speaker in gold and the
    likeliest one (`speaker`, `said_speaker`).

    Args:
        path: The Parquet file.
        predictions: In the order they are to stand.
        with_gold: Write the columns of gold; not for labels that may not be passed on.

    Raises:
        OutputError: It cannot be written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.concat_tables([pa.table(_tabulate(one, with_gold)) for one in predictions])
    first = predictions[0]
    about = {"framing.codebook": first.gold.codebook.digest}
    with open_output(path, binary=True) as stream:
        pq.write_table(table.replace_schema_metadata(about), stream)


def _tabulate(one: Prediction, with_gold: bool) -> dict[str, Any]:
    codebook, gold, scores = one.gold.codebook, one.gold, one.scores
    n_units = len(gold)
    speakers = np.array([*codebook.speaker_ids, None], dtype=object)
    said = np.full(n_units, -1)
    if scores.speakers.shape[1]:
        said = scores.speakers.argmax(axis=1)
    carried: dict[str, Any] = {}
    if with_gold:
        frames = enumerate(codebook.frame_ids)
        carried = {f"gold:{frame}": gold.frames[:, k] for k, frame in frames}
        carried["speaker"] = list(speakers[gold.speakers])
    return {
        "fold": [one.fold] * n_units,
        "seed": np.full(n_units, one.seed, dtype=np.int64),
        "text": [one.text] * n_units,
        "article": list(gold.articles),
        "start": np.array([start for start, _ in gold.spans], dtype=np.int64),
        "end": np.array([end for _, end in gold.spans], dtype=np.int64),
        **{f"p:{frame}": scores.probabilities[:, k] for k, frame in enumerate(codebook.frame_ids)},
        **{f"said:{frame}": scores.decisions[:, k] for k, frame in enumerate(codebook.frame_ids)},
        **carried,
        "said_speaker": list(speakers[said]),
    }


@dataclass(frozen=True)
class PredictionTable:
    """Predictions as they were read: columns by name, rows in the file's order."""

    path: Path
    codebook: str
    columns: dict[str, NDArray[Any]]

    def __len__(self) -> int:
        return len(self.columns["article"])

    @property
    def frames(self) -> list[str]:
        """Frame ids, in column order."""
        return [name.removeprefix("p:") for name in self.columns if name.startswith("p:")]

    @property
    def has_gold(self) -> bool:
        """Whether gold stands beside what was said."""
        return all(f"gold:{frame}" in self.columns for frame in self.frames)

    def add_gold(self, gold: Dataset) -> PredictionTable:
        """The same rows with the labels of a benchmark.

        Args:
            gold: Its rows, each an article of its own; all that were scored are among them.
        """
        places = {name: row for row, name in enumerate(gold.articles)}
        names = self.columns["article"].tolist()
        rows = np.array([places[name] for name in names], dtype=np.int64)
        carried = {
            f"gold:{frame}": gold.frames[rows, k] for k, frame in enumerate(gold.codebook.frame_ids)
        }
        about = {
            "speaker": np.full(len(names), None, dtype=object),
            # Copies and translations of a row are no further evidence.
            _GROUP: np.array([gold.about[name].parallel or name for name in names], dtype=object),
        }
        return PredictionTable(self.path, self.codebook, {**self.columns, **carried, **about})

    def select(self, chosen: NDArray[Any]) -> PredictionTable:
        """Some rows."""
        columns = {name: values[chosen] for name, values in self.columns.items()}
        return PredictionTable(self.path, self.codebook, columns)

    @property
    def keys(self) -> list[tuple[Any, ...]]:
        """Which unit of which text each row is of: text, article, start, end."""
        return list(zip(*(self.columns[name].tolist() for name in _PLACES[2:]), strict=True))

    def stack(self, prefix: str) -> NDArray[Any]:
        """Columns of all frames with that prefix, (n_rows, n_frames)."""
        return np.stack([self.columns[f"{prefix}:{frame}"] for frame in self.frames], axis=1)

    def to_scores(self, codebook: Codebook, name: str) -> FrameScores:
        """The rows as scores.

        Args:
            codebook: Gives the speakers' columns.
            name: Of the run, in the place of a model's digest.
        """
        speakers = np.zeros((len(self), len(codebook.speaker_ids)))
        said = self.columns["said_speaker"]
        known = np.array([value is not None for value in said], dtype=bool)
        if not known.any():
            speakers = speakers[:, :0]
        else:
            columns = [codebook.speaker_ids.index(value) for value in said[known]]
            speakers[known.nonzero()[0], columns] = 1
        return FrameScores(
            self.stack("p"), self.stack("said").astype(bool), speakers, self.codebook, name
        )

    def to_gold(self, codebook: Codebook) -> Dataset:
        """The rows' gold, without texts; the articles of a benchmark's rows are their groups."""
        articles = tuple(self.columns.get(_GROUP, self.columns["article"]).tolist())
        index = {speaker: k for k, speaker in enumerate(codebook.speaker_ids)}
        return Dataset(
            codebook=codebook,
            texts=("",) * len(articles),
            frames=self.stack("gold").astype(bool),
            speakers=np.array([index.get(value, -1) for value in self.columns["speaker"]]),
            articles=articles,
            passages=articles,
            about={},
        )


def read_predictions(path: Path) -> PredictionTable:
    """Read what `write_predictions` wrote.

    Raises:
        InputError: It is not there, or no such file.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowException) as error:
        raise InputError(
            f"cannot be read ({getattr(error, 'strerror', None) or type(error).__name__})",
            path=path,
            hint="is it a run's predictions.parquet?",
        ) from error
    missing = [name for name in _PLACES if name not in table.column_names]
    if missing:
        raise InputError(
            f"has no column {missing[0]}", path=path, hint="is it a run's predictions.parquet?"
        )
    about = table.schema.metadata or {}
    columns = {
        name: np.array(table[name].to_pylist(), dtype=object)
        if pa.types.is_string(table[name].type) or pa.types.is_null(table[name].type)
        else table[name].to_numpy()
        for name in table.column_names
    }
    return PredictionTable(path, about.get(b"framing.codebook", b"").decode(), columns)
