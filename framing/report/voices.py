"""Voices: who carries each frame, and how much of it the reporter tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from framing.report.chart import HOLLOW, Chart
from framing.report.groups import label_groups
from framing.report.looks import list_comparisons, look_up_frames, name_attribute, name_speakers
from framing.report.markup import Markup, isolate
from framing.report.specs import draw_dots, draw_heat
from framing.report.tables import frame_headings, make_table
from framing.report.wording import format_share

if TYPE_CHECKING:
    from framing.comparison.result import Comparison, Share
    from framing.report.data import ReportData
    from framing.report.looks import FrameLook

GAP = " "
"""A voice that is none: it parts the reporter's line from those of others."""
_HEARD = 0.005
_MOST_PANELS = 6


class Heard(NamedTuple):
    """How much of a frame's sentences in a group one voice has."""

    label: str
    group: str
    look: FrameLook
    speaker: str
    voice: str
    share: Share


def chart_voices(data: ReportData) -> list[Chart]:
    """The reporter's part in each frame, and every voice's; nothing if voices were not scored."""
    looks = look_up_frames(data.scored.codebook)
    by, comparison = _find_comparison(data)
    labels = label_groups(comparison) if comparison else {}
    labels = {group: labels.get(group, group) for group in data.voices}
    heard = list_heard(data.voices, labels, looks, name_speakers(data.scored.codebook))
    if not heard:
        return []
    shown = _choose_groups(list(data.voices), comparison)
    reporter = data.scored.codebook.default_speaker
    told = [one for one in heard if one.speaker == reporter]
    charts = [_chart_heat(by, heard, shown, labels, looks, told)]
    if told:
        few = {g["group"] for g in comparison["groups"] if g["few"]} if comparison else set()
        charts.insert(0, _chart_reporter(by, told, few, labels, looks))
    return charts


def list_heard(
    voices: Mapping[str, Mapping[str, Mapping[str, Share]]],
    labels: Mapping[str, str],
    looks: Sequence[FrameLook],
    names: Mapping[str, str],
) -> list[Heard]:
    """Every group, frame and voice; voices that are hardly heard anywhere are left out."""
    loud = {
        speaker
        for frames in voices.values()
        for shares in frames.values()
        for speaker, share in shares.items()
        if (share["estimate"] or 0) >= _HEARD
    }
    return [
        Heard(labels[group], group, look, speaker, names.get(speaker, speaker), share)
        for group, frames in voices.items()
        for look in looks
        for speaker, share in frames.get(look.id, {}).items()
        if speaker in loud
    ]


def _chart_heat(
    by: str,
    heard: Sequence[Heard],
    shown: Sequence[str],
    labels: Mapping[str, str],
    looks: Sequence[FrameLook],
    told: Sequence[Heard],
) -> Chart:
    caption = "Of the sentences that carry a frame, the part in each voice."
    if told:
        caption += f" First line: {told[0].voice}, the outlet's own voice; below, others quoted."
    if len(shown) < len(labels):
        caption += f" The {len(shown)} with most stories of {len(labels)}; all are in the table."
    return Chart(
        id=f"voices-{by}",
        section="voices",
        title=f"Whose voice carries each frame, by {name_attribute(by)}",
        caption=caption,
        columns=(
            "panel", "group", "frame_name", "short", "speaker", "voice", "estimate", "low", "high",
        ),
        rows=[
            [
                one.label, one.group, one.look.name, one.look.short, one.speaker, one.voice,
                one.share["estimate"], one.share["low"], one.share["high"],
            ]
            for one in heard
            if one.group in shown
        ],
        table=_tabulate(heard, looks),
        spec=draw_heat(looks, _order_voices(heard, told), [labels[group] for group in shown]),
        axis="voice",
        panels=len(shown),
        narrowest=230,
        unwritten=("short",),
    )  # fmt: skip


def _chart_reporter(
    by: str,
    told: Sequence[Heard],
    few: set[str],
    labels: Mapping[str, str],
    looks: Sequence[FrameLook],
) -> Chart:
    return Chart(
        id=f"reporter-{by}",
        section="voices",
        title=f"Told in the outlet's own voice, by {name_attribute(by)}",
        caption=(
            f"Of the sentences that carry a frame, the part told by the {told[0].voice.lower()} "
            "and attributed to no one, with its 95 % interval; the rest is quoted or reported "
            f"speech. {HOLLOW}"
        ),
        columns=("panel", "label", "group", "estimate", "low", "high", "solid"),
        rows=[
            [
                look.name, one.label, one.group, one.share["estimate"], one.share["low"],
                one.share["high"], one.group not in few,
            ]
            for look in looks
            for one in told
            if one.look is look
        ],
        table=_tabulate(told, looks),
        spec=draw_dots(looks, "label", list(labels.values())),
        axis="label",
        panels=len(looks),
        unwritten=("solid",),
    )  # fmt: skip


def _find_comparison(data: ReportData) -> tuple[str, Comparison | None]:
    """What the groups of the voices are groups of."""
    for by, comparison in list_comparisons(data.comparisons):
        if set(data.voices) <= {group["group"] for group in comparison["groups"]}:
            return by, comparison
    return "country", None


def _choose_groups(groups: list[str], comparison: Comparison | None) -> list[str]:
    """Groups for panels: those with most stories, in order."""
    if comparison is None:
        return groups[:_MOST_PANELS]
    stories = {group["group"]: group["stories"] for group in comparison["groups"]}
    largest = sorted(groups, key=lambda group: -stories[group])[:_MOST_PANELS]
    return [group for group in groups if group in largest]


def _order_voices(heard: Sequence[Heard], told: Sequence[Heard]) -> list[str]:
    """The reporter, a gap, and the others from the most heard to the least."""
    sums: dict[str, float] = {}
    for one in heard:
        sums[one.voice] = sums.get(one.voice, 0.0) + (one.share["estimate"] or 0.0)
    order = sorted(sums, key=lambda voice: -sums[voice])
    if not told:
        return order
    return [told[0].voice, GAP, *(voice for voice in order if voice != told[0].voice)]


def _tabulate(heard: Sequence[Heard], looks: Sequence[FrameLook]) -> Markup:
    """A line for each group and voice."""
    cells = {(one.label, one.voice, one.look.id): format_share(one.share) for one in heard}
    lines = [
        [isolate(label), voice, *(cells.get((label, voice, look.id), "") for look in looks)]
        for label, voice in dict.fromkeys((one.label, one.voice) for one in heard)
    ]
    return make_table(["group", "voice", *frame_headings(looks)], lines, words=2)
