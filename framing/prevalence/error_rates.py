"""Error rates: how often a model finds a frame that is there, and one that is not, held out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from framing.errors import InputError
from framing.files import write_json
from framing.reading import read_json

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from framing.classifiers.base import FrameScores
    from framing.dataset import Dataset

ERROR_RATES = "error_rates.json"
"""In a model's folder: its error rates on the test articles of its training."""
HITS, FALSE_ALARMS, MISSES, REJECTIONS = range(4)
OUTCOMES = ("hits", "false_alarms", "misses", "correct_rejections")
_FEWEST = 20
"""Units that carry a frame, and units that do not, below which a language has no rates of its own:
those of all languages together stand in."""
_MAKE = "make it with: framing evaluate CODES --texts ARTICLES --error-rates rates.json"


@dataclass(frozen=True)
class Rates:
    """Rates of the units of one language, and what each held-out article adds to their error."""

    hit: NDArray[np.float64]
    """Of units that carry the frame, the share found (n_frames)."""
    false_alarm: NDArray[np.float64]
    """Of units that do not, the share said to (n_frames)."""
    hit_pulls: NDArray[np.float64]
    """(n_articles, n_frames), scaled so that squares add up to the variance."""
    false_alarm_pulls: NDArray[np.float64]
    pooled: NDArray[np.bool_]
    """Whether the rates are those of all languages (n_frames)."""


@dataclass(frozen=True)
class ErrorRates:
    """Outcomes of a model on held-out coded articles."""

    model: str
    """Digest of the model."""
    codebook: str
    """Digest of its codebook."""
    frames: tuple[str, ...]
    languages: tuple[str, ...]
    """Of each article."""
    outcomes: NDArray[np.int64]
    """Units by outcome (n_articles, n_frames, 4), in the order of `OUTCOMES`."""
    alpha: Mapping[str, float | None]
    """Coders' agreement by frame, where it is known."""
    text: str = ""
    """What text was held out, in words."""

    def rates_of(self, language: str | None) -> Rates:
        """Rates for text of a language; of all languages for None, and where it has too little.

        Half a unit is added to each outcome, so that no rate is exactly 0 or 1.
        """
        everything = np.ones(len(self.languages), dtype=bool)
        pooled = self._measure(everything)
        mine = np.array([name == language for name in self.languages])
        if language is None or not mine.any():
            return pooled
        counts = self.outcomes[mine].sum(axis=0)
        carried = counts[:, HITS] + counts[:, MISSES]
        short = np.minimum(carried, counts.sum(axis=1) - carried) < _FEWEST
        own = self._measure(mine)
        return Rates(
            np.where(short, pooled.hit, own.hit),
            np.where(short, pooled.false_alarm, own.false_alarm),
            np.where(short, pooled.hit_pulls, own.hit_pulls),
            np.where(short, pooled.false_alarm_pulls, own.false_alarm_pulls),
            short,
        )

    def find_f1(self) -> dict[str, float | None]:
        """F1 of each frame on the held-out text; None where it neither occurs nor is said to."""
        counts = self.outcomes.sum(axis=0)
        wrong = counts[:, FALSE_ALARMS] + counts[:, MISSES]
        whole = 2 * counts[:, HITS] + wrong
        return {
            frame: float(2 * counts[k, HITS] / whole[k]) if whole[k] else None
            for k, frame in enumerate(self.frames)
        }

    def _measure(self, rows: NDArray[np.bool_]) -> Rates:
        hit = _find_rate(self.outcomes, rows, HITS, MISSES)
        alarm = _find_rate(self.outcomes, rows, FALSE_ALARMS, REJECTIONS)
        n_frames = len(self.frames)
        return Rates(hit[0], alarm[0], hit[1], alarm[1], np.ones(n_frames, dtype=bool))


def count_outcomes(decisions: NDArray[np.bool_], gold: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Units by outcome: (n_frames, 4), in the order of `OUTCOMES`.

    Args:
        decisions: (n_units, n_frames).
        gold: (n_units, n_frames).
    """
    outcomes = (decisions & gold, decisions & ~gold, ~decisions & gold, ~decisions & ~gold)
    return np.stack([part.sum(axis=0) for part in outcomes], axis=1).astype(np.int64)


def measure_error_rates(
    scores: FrameScores,
    dataset: Dataset,
    *,
    alpha: Mapping[str, float | None] | None = None,
    text: str = "",
) -> ErrorRates:
    """Count the outcomes of a model on coded text that it did not learn from.

    Args:
        scores: Of the dataset's units, in order.
        dataset: Gold.
        alpha: Agreement of its coders by frame, where it is known.
        text: What was held out, in words.
    """
    names = np.array(dataset.articles, dtype=object).astype(str)
    articles = np.unique(names)
    return ErrorRates(
        model=scores.model,
        codebook=scores.codebook,
        frames=dataset.codebook.frame_ids,
        languages=tuple(dataset.about[name].language for name in articles),
        outcomes=np.stack(
            [
                count_outcomes(scores.decisions[rows], dataset.frames[rows])
                for name in articles
                for rows in [names == name]
            ]
        ),
        alpha=dict(alpha or {}),
        text=text,
    )


def write_error_rates(path: str | Path, rates: ErrorRates) -> None:
    """Write error rates as JSON, one object an article."""
    write_json(
        path,
        {
            "model": rates.model,
            "codebook": rates.codebook,
            "text": rates.text,
            "frames": list(rates.frames),
            "outcomes": list(OUTCOMES),
            "alpha": dict(rates.alpha),
            "articles": [
                {"language": language, "counts": counts.tolist()}
                for language, counts in zip(rates.languages, rates.outcomes, strict=True)
            ],
        },
    )


def read_error_rates(path: str | Path) -> ErrorRates:
    """Read what `write_error_rates` wrote.

    Raises:
        InputError: It is no such file.
    """
    value = read_json(Path(path), hint=_MAKE)
    try:
        articles = value["articles"]
        outcomes = np.array([article["counts"] for article in articles], dtype=np.int64)
        rates = ErrorRates(
            model=str(value["model"]),
            codebook=str(value["codebook"]),
            frames=tuple(value["frames"]),
            languages=tuple(str(article["language"]) for article in articles),
            outcomes=outcomes,
            alpha=dict(value["alpha"]),
            text=str(value.get("text", "")),
        )
    except (KeyError, TypeError, ValueError, OverflowError):
        raise InputError("is not a file of error rates", path=path, hint=_MAKE) from None
    if outcomes.shape != (len(articles), len(rates.frames), 4) or (outcomes < 0).any():
        raise InputError("its counts do not fit its frames", path=path, hint=_MAKE)
    return rates


def describe_rates(rates: Rates, frames: tuple[str, ...]) -> dict[str, Any]:
    """Both rates of each frame, for records."""
    return {
        frame: {"hit": float(rates.hit[k]), "false_alarm": float(rates.false_alarm[k])}
        for k, frame in enumerate(frames)
    }


def _find_rate(
    outcomes: NDArray[np.int64], rows: NDArray[np.bool_], right: int, other: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A rate (n_frames) and its pulls (n_articles, n_frames), 0 for articles left out."""
    counted = outcomes * rows[:, None, None]
    hits = counted[:, :, right].astype(float)
    whole = hits + counted[:, :, other]
    total = whole.sum(axis=0) + 1
    rate = (hits.sum(axis=0) + 0.5) / total
    n = int((whole.sum(axis=1) > 0).sum())
    scale = np.sqrt(n / (n - 1)) if n > 1 else 1.0
    return rate, scale * (hits - rate * whole) / total
