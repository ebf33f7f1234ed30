"""Summary: a comparison as records, with corrected p values, tiers and warnings."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from framing.comparison.comparing import FEW_STORIES, Comparer, Tested
from framing.comparison.grouping import OTHERS, PERIODS, SPEAKER
from framing.comparison.multiplicity import correct_false_discovery, correct_holm
from framing.comparison.result import (
    Comparison,
    CopyCluster,
    Difference,
    Group,
    PairedTest,
    Share,
    Test,
    Tier,
)
from framing.errors import InputError
from framing.evaluation import find_tier
from framing.prevalence import Domain

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from framing.comparison.scored_text import ScoredText
    from framing.comparison.settings import Settings
    from framing.prevalence import CodedUnits, Contrast, ErrorRates, Estimate
    from framing.stories import Stories

_NAMED = 8
"""Groups a note names; the rest it counts."""
_ASSUMES = {
    "count": "Shares count yes/no decisions: biased where false alarms and misses differ in "
    "number.",
    "probability": "Shares are mean probabilities: right as far as these are calibrated for this "
    "text. A coded random sample checks that (--estimator rectified).",
    "adjusted": "Shares are corrected by error rates on held-out text: right as far as sentences "
    "with a frame, and without, look the same to the model there and here.",
    "rectified": "Shares are rectified by a coded random sample, and right whatever the model's "
    "errors, if its codes are.",
}


def compare_groups(
    scored: ScoredText,
    stories: Stories,
    settings: Settings,
    *,
    coded: CodedUnits | None = None,
    rates: ErrorRates | None = None,
    pairs: bool = True,
) -> Comparison:
    """Estimate the shares of groups, and compare them.

    Args:
        scored: Scored text.
        stories: Its articles by story; see `framing.stories.find_stories`.
        settings: The choices.
        coded: A coded random sample; needed by `rectified`.
        rates: The model's error rates; needed by `adjusted`, and for tiers of reliability.
        pairs: Compare; without, shares alone are given, and one group will do.

    Raises:
        ConfigError, InputError: As `Comparer` and its `choose_pairs`; or the rates are of another
            model.
    """
    if rates is not None:
        _require_model(rates, scored)
    comparer = Comparer(scored, stories, settings, coded=coded, rates=rates)
    tests = [comparer.test_pair(*pair) for pair in comparer.choose_pairs()] if pairs else []
    tiers = _rank_frames(scored, rates)
    dates = sorted(article.date for article in scored.articles if article.date)
    return Comparison(
        model=scored.model,
        codebook=scored.codebook.digest,
        scores=digest_scores(scored),
        by=settings.by,
        measure=settings.measure,
        voices=list(settings.voices),
        estimator=settings.estimator,
        copies=settings.copies,
        within=settings.within,
        articles=len(scored.articles),
        stories=stories.n_stories,
        units=len(scored),
        first_date=dates[0].isoformat() if dates else None,
        last_date=dates[-1].isoformat() if dates else None,
        groups=[_describe_group(comparer, name) for name in comparer.group_names],
        differences=_describe_tests(comparer, tests, tiers),
        copy_clusters=list_copies(scored, stories),
        tiers=tiers,
        notes=_list_notes(comparer, tests, tiers),
        coded_units=int(coded.belongs.sum()) if coded is not None else 0,
    )


def measure_voices(
    comparer: Comparer, names: Sequence[str]
) -> dict[str, dict[str, dict[str, Share]]]:
    """Whose voice a frame has: of its sentences in a group, the share of each speaker.

    Args:
        comparer: Of the groups; its settings say which estimator and how copies count.
        names: Groups.

    Returns:
        By group, frame id and speaker id.
    """
    codebook = comparer.scored.codebook
    if not len(comparer.scored.speakers):
        return {}
    result: dict[str, dict[str, dict[str, Share]]] = {}
    for name in names:
        weights = comparer.weigh(name)
        by_frame: dict[str, dict[str, Share]] = {frame: {} for frame in codebook.frame_ids}
        for column, speaker in enumerate(codebook.speaker_ids):
            estimate = comparer.estimate_domain(Domain(weights, (column,), "voices"))
            for frame, share in _describe_shares(estimate, codebook.frame_ids).items():
                by_frame[frame][speaker] = share
        result[name] = by_frame
    return result


def measure_mix(comparer: Comparer, names: Sequence[str]) -> dict[str, dict[str, float]]:
    """Frame mix of each group: every framed sentence weighs 1, divided among its frames.

    Returns:
        By group and frame id; sums to 1, or all zero where no sentence carries a frame.
    """
    decisions = comparer.scored.decisions
    each = decisions / np.maximum(decisions.sum(axis=1, keepdims=True), 1)
    result = {}
    for name in names:
        total = comparer.weigh(name) @ each
        mix = total / total.sum() if total.sum() else total
        frames = comparer.scored.codebook.frame_ids
        result[name] = {frame: float(part) for frame, part in zip(frames, mix, strict=True)}
    return result


def digest_scores(scored: ScoredText) -> str:
    """First 16 hex digits of the SHA-256 of what was scored, and how, whatever the file's form."""
    digest = hashlib.sha256()
    for number in sorted(range(len(scored.articles)), key=lambda n: scored.articles[n].name):
        start, stop = scored.bounds[number : number + 2]
        digest.update(repr(scored.articles[number].name).encode())
        digest.update(scored.spans[start:stop].tobytes())
        digest.update(np.round(scored.probabilities[start:stop], 4).tobytes())
    return digest.hexdigest()[:16]


def list_copies(scored: ScoredText, stories: Stories) -> list[CopyCluster]:
    """Stories of which there are copies, with the least likeness that joined them."""
    least: dict[int, float] = {}
    for copy in stories.copies:
        story = int(stories.clusters[copy.left])
        least[story] = min(least.get(story, 1.0), copy.contained)
    return [
        CopyCluster(
            articles=[scored.articles[number].name for number in members],
            contained=round(least[int(stories.clusters[members[0]])], 4),
        )
        for members in stories.members()
    ]


def _require_model(rates: ErrorRates, scored: ScoredText) -> None:
    if rates.model != scored.model:
        raise InputError(
            f"the error rates are of model {rates.model}, the scores of {scored.model}",
            hint="measure the rates of the model that scored",
        )
    if rates.frames != scored.codebook.frame_ids:
        raise InputError(
            "the error rates are of other frames", hint="measure them with the same codebook"
        )


def _rank_frames(scored: ScoredText, rates: ErrorRates | None) -> dict[str, Tier]:
    f1 = rates.find_f1() if rates else {}
    alpha: Mapping[str, float | None] = rates.alpha if rates else {}
    return {
        frame: Tier(
            tier=find_tier(f1.get(frame), alpha.get(frame)) if rates else None,
            f1=f1.get(frame),
            alpha=alpha.get(frame),
        )
        for frame in scored.codebook.frame_ids
    }


def _describe_group(comparer: Comparer, name: str) -> Group:
    estimate = comparer.estimate_group(name)
    rows = comparer.weigh(name) > 0
    stories = comparer.count_stories(name)
    coded = comparer.units.coded
    return Group(
        group=name,
        label=comparer.grouping.labels[name],
        articles=len(np.unique(comparer.scored.owners[rows])),
        stories=stories,
        units=int(rows.sum()),
        coded=int((rows[coded.rows] & coded.belongs).sum()) if coded is not None else 0,
        few=stories < FEW_STORIES,
        shares=_describe_shares(estimate, comparer.scored.codebook.frame_ids),
    )


def _describe_shares(estimate: Estimate, frames: Sequence[str]) -> dict[str, Share]:
    shares = estimate.shares
    return {
        frame: Share(
            estimate=_round(shares.estimate[k]),
            low=_round(shares.low[k]),
            high=_round(shares.high[k]),
        )
        for k, frame in enumerate(frames)
    }


def _describe_tests(
    comparer: Comparer, tests: Sequence[Tested], tiers: Mapping[str, Tier]
) -> list[Difference]:
    if not tests:
        return []
    frames = comparer.scored.codebook.frame_ids
    raw = np.concatenate([test.overall.p_value for test in tests])
    holm, bh = correct_holm(raw), correct_false_discovery(raw)
    return [
        _describe_test(comparer, test, k, tiers, holm[row], bh[row])
        for number, test in enumerate(tests)
        for k in range(len(frames))
        for row in [number * len(frames) + k]
    ]


def _describe_test(
    comparer: Comparer,
    test: Tested,
    k: int,
    tiers: Mapping[str, Tier],
    holm: float,
    bh: float,
) -> Difference:
    frame = comparer.scored.codebook.frame_ids[k]
    first, second = (np.clip(one.value, 0, 1)[k] for one in test.estimates)
    overall = _describe_contrast(test.overall, k)
    return Difference(
        difference=overall["difference"],
        low=overall["low"],
        high=overall["high"],
        p_value=overall["p_value"],
        frame=frame,
        first=test.first,
        second=test.second,
        first_share=_round(first),
        second_share=_round(second),
        p_holm=_round(holm, 6),
        p_bh=_round(bh, 6),
        effect=_round(test.overall.effect[k]),
        without_copies=_describe_contrast(test.without_copies, k) if test.without_copies else None,
        within_events=_describe_within(test, k),
        warnings=_list_warnings(test, k, tiers[frame], comparer.scored.codebook.frames[k].short),
    )


def _describe_within(test: Tested, k: int) -> PairedTest | None:
    if test.within_events is None:
        return None
    found = _describe_contrast(test.within_events, k)
    return PairedTest(
        difference=found["difference"],
        low=found["low"],
        high=found["high"],
        p_value=found["p_value"],
        events=test.events,
        units=test.event_units,
    )


def _describe_contrast(contrast: Contrast, k: int) -> Test:
    return Test(
        difference=_round(contrast.difference[k]),
        low=_round(contrast.low[k]),
        high=_round(contrast.high[k]),
        p_value=_round(contrast.p_value[k], 6),
    )


def _contradicts(overall: Contrast, within: Contrast, k: int) -> bool:
    """Whether a difference within events stands, and the whole one points elsewhere or not at all.

    Or the other way round: it is the whole one that stands, and within events it turns.
    """
    first, second = (
        (float(np.sign(of.difference[k])), bool(of.low[k] > 0 or of.high[k] < 0))
        for of in (overall, within)
    )
    turned = first[0] != second[0]
    return (second[1] and (turned or not first[1])) or (first[1] and turned)


def _list_warnings(test: Tested, k: int, tier: Tier, frame: str) -> list[str]:
    warnings = []
    for name, estimate in zip((test.first, test.second), test.estimates, strict=True):
        if np.isnan(estimate.value[k]):
            warnings.append(f"{name}: no share can be given")
        elif estimate.stories < FEW_STORIES:
            warnings.append(f"{name}: {estimate.stories} stories are few")
    if tier["tier"] == "C" and tier["alpha"] is None:
        warnings.append("frame of tier C: how far coders agree on it is not known")
    elif tier["tier"] == "C":
        warnings.append("frame of tier C: the model or the coders are not reliable enough")
    if (contrast := test.within_events) is not None and _contradicts(test.overall, contrast, k):
        warnings.append(
            f"{frame}: within the same events {100 * contrast.difference[k]:+.0f} points "
            f"({100 * contrast.low[k]:+.0f} to {100 * contrast.high[k]:+.0f}; not corrected)"
        )
    if not np.isnan(test.overall.difference[k]) and np.isnan(test.overall.p_value[k]):
        warnings.append("no story differs from another: nothing can be tested")
    return warnings


def _list_notes(
    comparer: Comparer, tests: Sequence[Tested], tiers: Mapping[str, Tier]
) -> list[str]:
    settings, grouping = comparer.settings, comparer.grouping
    notes = [_ASSUMES[settings.estimator], *_count_coded(comparer)]
    left_out = int(comparer.wire.sum()) if settings.copies == "without" else 0
    if left_out:
        notes.append(f"Left out as wire copy or copies: {left_out} articles.")
    if tests and settings.within != "nothing" and not any(test.within_events for test in tests):
        notes.append("Nothing that two groups both cover is enough to test within (--within).")
    unknown = [name for name in grouping.members if name not in grouping.known]
    if unknown:
        count = len(np.unique(comparer.scored.owners[grouping.members[unknown[0]]]))
        notes.append(f"Of {count} articles the {settings.by} is not known: they are not compared.")
    if not settings.pairs and settings.by not in PERIODS:
        alone = [name for name in grouping.known if comparer.count_stories(name) < 2]
        if alone:
            notes.append(f"One story each, not compared: {_enumerate(alone)}.")
        uncoded = [name for name in grouping.known if name not in (*alone, *comparer.fit_groups)]
        if uncoded:
            notes.append(f"Fewer than two coded stories, not compared: {_enumerate(uncoded)}.")
    if any(test.second == OTHERS for test in tests):
        notes.append(
            f"Each {settings.by} is compared with all others together; name two by --pair."
        )
    coded = comparer.units.coded if settings.estimator == "rectified" else None
    if settings.by == SPEAKER or (settings.voices and not (coded and coded.rectifies_speakers)):
        notes.append("Speakers are those the model finds most probable: nothing corrects them.")
    if all(tier["tier"] is None for tier in tiers.values()):
        notes.append("No error rates of the model are at hand: tiers of reliability are not known.")
    return notes


def _count_coded(comparer: Comparer) -> list[str]:
    """How much was coded, where shares rest on it."""
    coded = comparer.units.coded
    if coded is None or comparer.settings.estimator != "rectified":
        return []
    n_coded, n_scored = int(coded.belongs.sum()), len(comparer.scored)
    if len(coded.rows) == n_scored:
        return ["Every scored sentence is coded: shares are those of the codes."]
    return [f"Coded: {n_coded:,} of {n_scored:,} sentences."]


def _enumerate(names: Sequence[str]) -> str:
    """Names, the first of them where they are many."""
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _round(value: float | NDArray[np.float64], digits: int = 4) -> float | None:
    # In two steps: sums in another order differ in their last digits, which must not decide a tie.
    return None if np.isnan(value) else round(round(float(value), 12), digits)
