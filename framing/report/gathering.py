"""Gathering: every comparison that a report shows, made from scored text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from framing.comparison.comparing import Comparer
from framing.comparison.grouping import SPEAKER
from framing.comparison.summary import compare_groups, measure_mix, measure_voices
from framing.errors import InputError
from framing.report.data import Method, ReportData

if TYPE_CHECKING:
    from framing.comparison.result import Comparison, Share
    from framing.comparison.scored_text import ScoredText
    from framing.comparison.settings import Settings
    from framing.events import Event
    from framing.prevalence import CodedUnits, ErrorRates
    from framing.stories import Stories

INTERVALS = (
    "stories are the sample, all copies and sentences of one together; shares have Clopper and "
    "Pearson's interval for the effective number of sentences (Korn and Graubard 1998), "
    "differences one of a permutation test in which stories change groups (Chung and Romano 2013)"
)
INTERVAL_WORKS = (
    "Korn, E. L. and Graubard, B. I. (1998). Confidence intervals for proportions with small "
    "expected number of positive counts estimated from survey data. Survey Methodology 24, "
    "193\u2013201.",
    "Chung, E. and Romano, J. P. (2013). Exact and asymptotically robust permutation tests. Annals "
    "of Statistics 41, 484\u2013507.",
)
ATTRIBUTES = ("country", "outlet", "language", "kind", SPEAKER, "month")


def gather_report(
    scored: ScoredText,
    stories: Stories,
    settings: Settings,
    *,
    title: str,
    made: str,
    method: Method,
    events: Sequence[Event] = (),
    coded: CodedUnits | None = None,
    rates: ErrorRates | None = None,
    attributes: Sequence[str] = ATTRIBUTES,
) -> ReportData:
    """Compare scored text by everything a report shows.

    Args:
        scored: Scored text.
        stories: Its articles by story.
        settings: Estimator, copies and events; what it compares by does not matter.
        title: Of the report.
        made: Date of the report, as in 2020-07-01.
        method: How the scores came about.
        events: To mark on charts over time.
        coded: A coded random sample; needed by `rectified`.
        rates: The model's error rates; needed by `adjusted`, and for tiers of reliability.
        attributes: What to compare by; what is known of no article is left out.

    Raises:
        InputError: Nothing is known of the articles, or the estimator lacks what it needs.
    """
    comparisons: dict[str, Comparison] = {}
    mix: dict[str, Mapping[str, Mapping[str, float]]] = {}
    voices: Mapping[str, Mapping[str, Mapping[str, Share]]] = {}
    for by in attributes:
        comparer = _open_comparer(scored, stories, replace(settings, by=by), coded, rates)
        if comparer is None:
            continue
        names = comparer.grouping.known
        comparisons[by] = compare_groups(
            scored,
            stories,
            comparer.settings,
            coded=coded,
            rates=rates,
            pairs=len(comparer.fit_groups) > 1,
        )
        mix[by] = measure_mix(comparer, names)
        if by == "country" or not voices:
            voices = measure_voices(comparer, names) if by != SPEAKER else voices
    if not comparisons:
        raise InputError(
            "nothing is known of the articles that they could be compared by",
            hint="give outlets and dates in front matter or columns, and score again",
        )
    return ReportData(
        title=title,
        scored=scored,
        comparisons=comparisons,
        voices=voices,
        mix=mix,
        events=tuple(events),
        stories=tuple(int(story) for story in stories.clusters),
        method=method,
        made=made,
    )


def _open_comparer(
    scored: ScoredText,
    stories: Stories,
    settings: Settings,
    coded: CodedUnits | None,
    rates: ErrorRates | None,
) -> Comparer | None:
    """A comparer of one attribute; None where nothing is known of it."""
    try:
        comparer = Comparer(scored, stories, settings, coded=coded, rates=rates)
    except InputError:
        return None
    return comparer if comparer.grouping.known else None
