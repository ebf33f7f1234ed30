"""Findings: what the differences show, and what they do not, in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from framing.articles.article import UNKNOWN
from framing.report.groups import label_groups
from framing.report.looks import PERIODS, list_comparisons, look_up_frames, name_attribute
from framing.report.wording import (
    SPACE,
    count,
    enumerate_words,
    format_decimals,
    format_p,
    format_percent,
    format_points,
)

if TYPE_CHECKING:
    from framing.comparison.result import Comparison, Difference, Test
    from framing.report.data import ReportData

ALPHA = 0.05
_MOST = 3
_MOST_ASIDE = 1
_MOST_NAMES = 8
_SAME = {
    "story": ("story", "stories"), "event": ("event", "events"), "week": ("week", "weeks"),
    "month": ("month", "months"),
}  # fmt: skip
_SMALL = 50
"""Stories in all below which a text is called small."""


@dataclass(frozen=True)
class Finding:
    """One thing said: in short, in full, and what to hold against it."""

    lead: str
    text: str
    details: tuple[str, ...] = ()
    frame: str | None = None
    """Name of the frame it is about."""


@dataclass(frozen=True)
class Findings:
    """All that is said above the figures."""

    shown: tuple[Finding, ...]
    """Differences that stand after correction, largest first within what is compared."""
    open: tuple[Finding, ...]
    """What cannot be said."""
    cautions: tuple[str, ...]
    """What bears on all figures."""
    notes: tuple[tuple[str, tuple[str, ...]], ...]
    """What bears on one comparison: what is compared, and what is to be known of it."""


def find_findings(data: ReportData) -> Findings:
    """Say what the differences show."""
    shown: list[Finding] = []
    gaps: list[Finding] = []
    for by, comparison in list_comparisons(data.comparisons):
        if not comparison["differences"]:
            continue
        shown += _list_shown(by, comparison, data)
        if by not in PERIODS and (gap := _find_open(by, comparison)):
            gaps.append(gap)
    cautions, notes = _share_notes(data)
    return Findings(tuple(shown), tuple(gaps), (*_list_cautions(data), *cautions), tuple(notes))


def read_difference(difference: Difference, few: bool) -> str:
    """How far a difference can be read.

    Args:
        difference: With its corrected p value.
        few: One of the two groups has few stories.

    Returns:
        `told` apart after correction, a `lead` whose uncorrected p alone is below .05, `open` (not
        told apart), `few` stories, or `unknown` where there is no test.
    """
    if few:
        return "few"
    if difference["p_value"] is None or difference["p_holm"] is None:
        return "unknown"
    if difference["p_holm"] < ALPHA:
        return "told"
    return "lead" if difference["p_value"] < ALPHA else "open"


def read_differences(comparison: Comparison) -> list[str]:
    """How far each difference of a comparison can be read, see `read_difference`."""
    few = {group["group"] for group in comparison["groups"] if group["few"]}
    return [
        read_difference(d, bool({d["first"], d["second"]} & few)) for d in comparison["differences"]
    ]


def _list_shown(by: str, comparison: Comparison, data: ReportData) -> list[Finding]:
    readings = read_differences(comparison)
    told = [
        d
        for d, reading in zip(comparison["differences"], readings, strict=True)
        if reading == "told"
    ]
    told.sort(key=lambda d: -abs(d["difference"] or 0.0))
    # Voices differ as a matter of course, and so do months: other comparisons come first.
    most = _MOST_ASIDE if by == "speaker" or by in PERIODS else _MOST
    findings = [_describe(by, d, comparison, data) for d in told[:most]]
    if len(told) > most:
        rest = len(told) - most
        findings.append(
            Finding(
                f"{count(rest, 'more difference')} by {name_attribute(by)}",
                f"{'stands' if rest == 1 else 'stand'} after correction: see the table of "
                "differences.",
            )
        )
    return findings


def _describe(by: str, d: Difference, comparison: Comparison, data: ReportData) -> Finding:
    labels = label_groups(comparison)
    frame = next(x for x in look_up_frames(data.scored.codebook) if x.id == d["frame"])
    # The higher share first: "more" is read more easily than "less".
    up = (d["difference"] or 0.0) >= 0
    more, less = (labels[d[key]] for key in (("first", "second") if up else ("second", "first")))
    high, low = (
        (d["first_share"], d["second_share"]) if up else (d["second_share"], d["first_share"])
    )
    tests = sum(x["p_value"] is not None for x in comparison["differences"])
    what = (
        "of sentences" if comparison["measure"] == "frames" else "of its sentences in these voices"
    )
    text = (
        f"{more[:1].upper()}{more[1:]} {format_percent(high)} {what}, {less} "
        f"{format_percent(low)}: "
        f"{_describe_test(d, up)}; {format_p(d['p_holm'])} after Holm's correction for "
        f"{count(tests, 'test')}; Cohen's h {format_decimals(abs(d['effect'] or 0.0))}."
    )
    details = [*_check(d, comparison, up), *d["warnings"]]
    tier = comparison["tiers"].get(d["frame"])
    if tier and tier["tier"] == "C" and not any("reliab" in line for line in d["warnings"]):
        details.append(
            "This frame is of the lowest reliability tier (C): the difference may be one of "
            "errors of the model or of the coders."
        )
    return Finding(f"{frame.name}, by {name_attribute(by)}", text, tuple(details), frame.name)


def _describe_test(test: Test, up: bool) -> str:
    """A difference in points with its interval, turned so that it is one of more."""
    sign = 1 if up else -1
    text = f"{format_points(sign * (test['difference'] or 0.0))} percentage points more"
    ends = _turn_interval(test, sign)
    return f"{text} (95{SPACE}% interval {ends})" if ends else f"{text} (no interval)"


def _describe_briefly(test: Test, up: bool) -> str:
    sign = 1 if up else -1
    ends = _turn_interval(test, sign)
    return format_points(sign * (test["difference"] or 0.0)) + (f"; {ends}" if ends else "")


def _turn_interval(test: Test, sign: int) -> str:
    if test["low"] is None or test["high"] is None:
        return ""
    low, high = sorted((sign * test["low"], sign * test["high"]))
    return f"{format_points(low)} to {format_points(high)}"


def _check(d: Difference, comparison: Comparison, up: bool) -> list[str]:
    """Whether a difference holds within the same events, and without copies."""
    holds: list[str] = []
    fails: list[str] = []
    checked = comparison["within"] in _SAME and comparison["by"] not in PERIODS
    what = _SAME.get(comparison["within"], ("", ""))
    paired, alone = d["within_events"], d["without_copies"]
    if checked and paired is not None and paired["difference"] is not None:
        where = f"within the {count(paired['events'], *what)} that both cover"
        kept = holds if _holds(paired, d) else fails
        kept.append(f"{where} ({_describe_briefly(paired, up)})")
    if alone is not None and alone["difference"] is not None:
        kept = holds if _holds(alone, d) else fails
        kept.append(f"without wire copy and copies ({_describe_briefly(alone, up)})")
    said = [f"It holds {' and '.join(holds)}."] if holds else []
    if fails:
        said.append(f"It is not told apart from no difference {' and '.join(fails)}.")
    if checked and (paired is None or paired["difference"] is None):
        said.append(f"It could not be checked within the same {what[1]}.")
    if checked and not any(part.startswith("within") for part in holds):
        said.append("The groups may differ in what they covered as well as in how.")
    return said


def _holds(test: Test, whole: Test) -> bool:
    """Whether a test says the same as another: same direction, interval without zero."""
    if test["low"] is None or test["high"] is None or test["difference"] is None:
        return False
    same = (test["difference"] > 0) == ((whole["difference"] or 0.0) > 0)
    return same and (test["low"] > 0 or test["high"] < 0)


def _find_open(by: str, comparison: Comparison) -> Finding | None:
    """What a comparison does not show."""
    said = [*_tell_unsettled(comparison), *_tell_few(comparison)]
    return Finding(f"By {name_attribute(by)}", " ".join(said)) if said else None


def _tell_unsettled(comparison: Comparison) -> list[str]:
    pairs = list(zip(comparison["differences"], read_differences(comparison), strict=True))
    tests = sum(reading in ("told", "lead", "open") for _, reading in pairs)
    unsettled = [d for d, reading in pairs if reading in ("lead", "open")]
    leads = sum(reading == "lead" for _, reading in pairs)
    if not unsettled:
        return []
    enough = " with enough stories" if any(reading == "few" for _, reading in pairs) else ""
    verb = "is" if len(unsettled) == 1 else "are"
    said = [
        f"{len(unsettled):,} of {count(tests, 'comparison')}{enough} {verb} not told apart from no "
        "difference; that does not show that the groups are alike."
    ]
    widths = [
        d["high"] - d["low"] for d in unsettled if d["high"] is not None and d["low"] is not None
    ]
    if widths:
        said.append(
            f"Half of these intervals are wider than {format_points(median(widths))} points."
        )
    if leads:
        said.append(
            f"{leads:,} of them {'has' if leads == 1 else 'have'} p below .05 before correction, "
            f"as about {ALPHA * tests:.0f} of {tests:,} would by chance alone: leads to follow, "
            "not findings."
        )
    return said


def _tell_few(comparison: Comparison) -> list[str]:
    labels = label_groups(comparison)
    few = [g for g in comparison["groups"] if g["few"] and g["group"] != UNKNOWN]
    if not few:
        return []
    # Those that are nearly enough are named.
    few.sort(key=lambda group: -group["stories"])
    named = [f"{labels[g['group']]} ({g['stories']:,})" for g in few]
    return [f"Too few stories to tell differences from: {enumerate_words(named, _MOST_NAMES)}."]


def _list_cautions(data: ReportData) -> list[str]:
    cautions: list[str] = []
    method = data.method
    if method.get("authored"):
        cautions.append(
            "The articles were written for a corpus, under invented outlets. The figures describe "
            "this text; they say nothing of any real outlet or country."
        )
    stories = len(set(data.stories))
    if stories < _SMALL:
        cautions.append(
            f"The text is small: {count(stories, 'story', 'stories')}. One more may change the "
            "picture."
        )
    if method.get("coded_by_models"):
        cautions.append(
            "The codes that the model learned from were made by language models. Errors that "
            "these share stand in every figure, and no interval holds them."
        )
    return [*cautions, *_list_tiers(data)]


def _share_notes(data: ReportData) -> tuple[list[str], list[tuple[str, tuple[str, ...]]]]:
    """Notes that all comparisons have, and those of each alone."""
    every = [(by, comparison["notes"]) for by, comparison in list_comparisons(data.comparisons)]
    shared = [
        note
        for note in (every[0][1] if len(every) > 1 else [])
        if all(note in notes for _, notes in every)
    ]
    own = [
        (name_attribute(by), tuple(note for note in notes if note not in shared))
        for by, notes in every
    ]
    return shared, [(by, notes) for by, notes in own if notes]


def _list_tiers(data: ReportData) -> list[str]:
    tiers = {k: tier for c in data.comparisons.values() for k, tier in c["tiers"].items()}
    looks = look_up_frames(data.scored.codebook)
    cautions = []
    low = [look for look in looks if look.id in tiers and tiers[look.id]["tier"] == "C"]
    if low:
        named = [
            f"{look.name} (F1 {format_decimals(tiers[look.id]['f1'])}, alpha "
            f"{format_decimals(tiers[look.id]['alpha'])})"
            for look in low
        ]
        cautions.append(
            f"Lowest reliability tier (C): {enumerate_words(named)}. A difference in such a frame "
            "may be one of errors."
        )
    unknown = [x.name for x in looks if x.id not in tiers or tiers[x.id]["tier"] is None]
    if unknown:
        cautions.append(f"Reliability is not known of {enumerate_words(unknown)}.")
    return cautions
