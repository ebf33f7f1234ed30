"""Evaluation: scores against gold, frame by frame, with intervals clustered by article."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np

from framing.classifiers.base import FrameScores, concatenate_scores
from framing.coding.sheets import merge_spans
from framing.errors import CodebookError
from framing.preparation import prepare_article
from framing.resampling import ArticleBootstrap

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from framing.classifiers.base import FrameModel
    from framing.dataset import Dataset

N_BINS = 10
"""Bins of probabilities, wherever calibration is measured."""
_BATCH = 64
# A: what a model of this kind can be relied on for; the least alpha is what Krippendorff (2004),
# "Content analysis", section 11.4.4, asks of tentative conclusions.
_TIERS = {"A": (0.80, 0.667), "B": (0.65, 0.667)}


class Interval(TypedDict):
    """An estimate with its 95 % interval; None for what cannot be estimated from these articles."""

    estimate: float | None
    low: float | None
    high: float | None


class FrameMetrics(TypedDict):
    """How well one frame is found."""

    units: int
    """Units that carry the frame in gold."""
    precision: float
    recall: float
    f1: Interval
    average_precision: float | None
    """Area under precision over recall; None when no unit carries the frame."""
    brier: float
    """Mean squared difference of probability and truth; lower is better."""
    calibration_error: float
    """Expected calibration error over ten equal-width bins, in [0, 1]."""
    threshold_share: float
    """Share of units said to carry the frame."""
    gold_share: float
    """Share of units that carry it."""


class SpeakerMetrics(TypedDict):
    """How well the speaker is found."""

    units: int
    accuracy: Interval
    macro_f1: float
    """Over the speakers that occur in gold."""


class Metrics(TypedDict):
    """Every figure of one evaluation; proportions in [0, 1]."""

    articles: int
    units: int
    frames: dict[str, FrameMetrics]
    macro_f1: Interval
    """Mean F1 over the frames that occur in gold."""
    micro_f1: Interval
    exact_match: Interval
    """Share of units with exactly the gold set of frames."""
    speaker: SpeakerMetrics | None


def score_coded(
    model: FrameModel, dataset: Dataset, *, batch: int = _BATCH
) -> tuple[FrameScores, int]:
    """Score coded units as they are scored in use: among all units of their articles.

    Where a sample of sentences was coded, the sentences between them are read too. A coded span
    that is no unit as articles are cut today is scored in place of the units it overlaps.

    Args:
        model: A trained model.
        dataset: Coded units, joined to their articles.
        batch: Articles scored at a time.

    Returns:
        Scores of the dataset's units, in order; and how many of them are no units today.
    """
    pairs = zip(dataset.articles, dataset.spans, strict=True)
    coded = [(name, [span for _, span in of]) for name, of in groupby(pairs, lambda pair: pair[0])]
    parts, recut = [], 0
    for start in range(0, len(coded), batch):
        texts: list[str] = []
        owners: list[str] = []
        wanted: list[int] = []
        for name, spans in coded[start : start + batch]:
            text = dataset.about[name].text
            units = [(unit.start, unit.end) for unit in prepare_article(dataset.about[name]).units]
            recut += len(set(spans).difference(units))
            places = {span: k for k, span in enumerate(merge_spans(units, spans), len(texts))}
            wanted += [places[span] for span in spans]
            texts += [text[slice(*span)] for span in places]
            owners += [name] * len(places)
        parts.append(model.score_units(texts, owners).select(np.array(wanted)))
    return concatenate_scores(parts), recut


def evaluate_scores(scores: FrameScores, dataset: Dataset, *, seed: int = 0) -> Metrics:
    """Compare scores with gold.

    Intervals treat whole articles as the sample, since sentences of one article are alike; see
    `ArticleBootstrap.interval`. With one article there is none.

    Args:
        scores: Scores of the dataset's units, in order.
        dataset: Gold.
        seed: Of the resampling.

    Raises:
        CodebookError: Scores and gold come from different codebooks.
    """
    require_codebook(scores, dataset)
    sampler = ArticleBootstrap(dataset.articles, seed=seed)
    by_article = sampler.sum_by_article(count_outcomes(scores, dataset))
    f1 = sampler.interval(by_article, find_f1)
    exact = (scores.decisions == dataset.frames).all(axis=1, keepdims=True)
    return Metrics(
        articles=sampler.n_articles,
        units=len(dataset),
        frames={
            frame: _frame_metrics(
                scores.probabilities[:, k],
                scores.decisions[:, k],
                dataset.frames[:, k],
                to_interval((f1[0][k], f1[1][k], f1[2][k])),
            )
            for k, frame in enumerate(dataset.codebook.frame_ids)
        },
        macro_f1=to_interval(sampler.interval(by_article, find_macro_f1)),
        micro_f1=to_interval(sampler.interval(by_article, find_micro_f1)),
        exact_match=to_interval(sampler.mean_interval(exact.astype(float))),
        speaker=_speaker_metrics(scores, dataset, seed),
    )


def expected_calibration_error(
    probability: NDArray[np.float64], carried: NDArray[np.bool_]
) -> float:
    """Mean gap between probability and frequency over ten equal-width bins, in [0, 1].

    Source: Naeini, Cooper and Hauskrecht (2015), "Obtaining well calibrated probabilities using
    Bayesian binning".
    """
    if not len(probability):
        return 0.0
    bins = cut_bins(probability)
    gaps = [abs(float((probability[bins == b] - carried[bins == b]).sum())) for b in range(N_BINS)]
    return sum(gaps) / len(probability)


def cut_bins(probability: NDArray[np.float64]) -> NDArray[np.int64]:
    """Which of `N_BINS` bins of equal width each probability (n_units) falls into, from 0."""
    return np.minimum((probability * N_BINS).astype(np.int64), N_BINS - 1)


def require_codebook(scores: FrameScores, dataset: Dataset) -> None:
    """Refuse scores whose columns are not those of gold.

    Raises:
        CodebookError: Scores and gold come from different codebooks.
    """
    if scores.codebook != dataset.codebook.digest:
        raise CodebookError(
            f"scores were made with codebook {scores.codebook}, gold with "
            f"{dataset.codebook.digest}",
            hint="score again with a model of the same codebook",
        )


def count_outcomes(scores: FrameScores, dataset: Dataset) -> NDArray[np.float64]:
    """Whether each frame of each unit was found, wrongly said, or missed.

    Returns:
        0 or 1, (n_units, n_frames, 3): hits, false alarms, misses. `find_f1` and the others take
        sums of it.
    """
    said, carried = scores.decisions, dataset.frames
    return np.stack([said & carried, said & ~carried, ~said & carried], axis=-1).astype(float)


def find_f1(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """F1 of each frame from its outcomes (..., n_frames, 3): (..., n_frames).

    NaN where the frame is neither in gold nor said.
    """
    hit, false, missed = counts[..., 0], counts[..., 1], counts[..., 2]
    total = 2 * hit + false + missed
    return np.asarray(np.divide(2 * hit, total, out=np.full_like(hit, np.nan), where=total > 0))


def find_micro_f1(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """F1 of the outcomes (..., n_frames, 3) of all frames together: (...)."""
    return find_f1(counts.sum(axis=-2))


def find_macro_f1(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean F1 over the frames that occur in gold, in the data or in the resample at hand.

    Args:
        counts: Outcomes, (..., n_frames, 3).

    Returns:
        (...); NaN where no frame occurs.
    """
    occurs = counts[..., 0] + counts[..., 2] > 0
    f1 = np.where(occurs, find_f1(counts), 0.0).sum(axis=-1)
    n_frames = occurs.sum(axis=-1)
    return np.asarray(np.divide(f1, n_frames, out=np.full_like(f1, np.nan), where=n_frames > 0))


def to_interval(interval: tuple[Any, Any, Any]) -> Interval:
    """Estimate, low and high as plain numbers; None for NaN."""
    estimate, low, high = (float(v) if np.isfinite(v) else None for v in interval)
    return Interval(estimate=estimate, low=low, high=high)


def format_interval(value: Interval, digits: int = 3) -> str:
    """Estimate and interval in words; `not estimable` where there is none."""
    if value["estimate"] is None:
        return "not estimable"
    if value["low"] is None or value["high"] is None:
        return f"{value['estimate']:.{digits}f} (no interval)"
    return (
        f"{value['estimate']:.{digits}f} ({value['low']:.{digits}f} to {value['high']:.{digits}f})"
    )


def _frame_metrics(
    probability: NDArray[np.float64],
    decided: NDArray[np.bool_],
    carried: NDArray[np.bool_],
    f1: Interval,
) -> FrameMetrics:
    from sklearn.metrics import average_precision_score

    hits = int((decided & carried).sum())
    found, true = int(decided.sum()), int(carried.sum())
    return FrameMetrics(
        units=true,
        precision=hits / found if found else 0.0,
        recall=hits / true if true else 0.0,
        f1=f1,
        average_precision=float(average_precision_score(carried, probability)) if true else None,
        brier=float(np.mean((probability - carried) ** 2)),
        calibration_error=expected_calibration_error(probability, carried),
        threshold_share=float(decided.mean()),
        gold_share=float(carried.mean()),
    )


def _speaker_metrics(scores: FrameScores, dataset: Dataset, seed: int) -> SpeakerMetrics | None:
    coded = dataset.speakers >= 0
    if not scores.speakers.shape[1] or not coded.any():
        return None
    from sklearn.metrics import f1_score

    gold = dataset.speakers[coded]
    said = scores.speakers[coded].argmax(axis=1)
    names = tuple(name for name, known in zip(dataset.articles, coded, strict=True) if known)
    sampler = ArticleBootstrap(names, seed=seed)
    accuracy = sampler.mean_interval((said == gold).astype(float)[:, None])
    macro = f1_score(gold, said, labels=np.unique(gold), average="macro", zero_division=0)
    return SpeakerMetrics(
        units=int(coded.sum()), accuracy=to_interval(accuracy), macro_f1=float(macro)
    )


def find_tier(f1: float | None, alpha: float | None) -> str:
    """Reliability tier of a frame.

    A: F1 of .80 or more; B: of .65 or more; both only where coders agree with an alpha of .667 or
    more. C: less, or not known.

    Args:
        f1: The model's, on held-out text.
        alpha: The coders' agreement (Krippendorff's alpha).
    """
    if f1 is None or alpha is None:
        return "C"
    reached = (name for name, least in _TIERS.items() if f1 >= least[0] and alpha >= least[1])
    return next(reached, "C")
