"""Charts of a report: rows and specs, and for each the same figures as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from framing.report.chart import HOLLOW, Chart
from framing.report.findings import read_differences
from framing.report.groups import arrange_groups, keep_largest, label_groups
from framing.report.looks import (
    PERIODS,
    list_comparisons,
    look_up_frames,
    name_attribute,
)
from framing.report.periods import chart_periods
from framing.report.specs import draw_dots, draw_mix
from framing.report.tables import tabulate_differences, tabulate_mix, tabulate_shares
from framing.report.voices import chart_voices
from framing.report.wording import format_decimals, format_points

if TYPE_CHECKING:
    from framing.comparison.result import Comparison
    from framing.report.data import ReportData
    from framing.report.looks import FrameLook

_MOST_GROUPS = 30
_MOST_PAIRS = 12


def list_charts(data: ReportData) -> list[Chart]:
    """Every chart of a report, in the order of the page; none that would be empty."""
    looks = look_up_frames(data.scored.codebook)
    charts = []
    for by, comparison in list_comparisons(data.comparisons):
        if by in PERIODS:
            charts.append(chart_periods(by, comparison, data.events, looks))
        else:
            charts.append(_chart_shares(by, comparison, data, looks))
            if by in data.mix:
                charts.append(_chart_mix(by, comparison, data, looks))
        charts.append(_chart_differences(by, comparison, looks))
    charts += chart_voices(data)
    return [chart for chart in charts if chart is not None and chart.rows]


def _chart_shares(
    by: str, comparison: Comparison, data: ReportData, looks: Sequence[FrameLook]
) -> Chart:
    every = arrange_groups(comparison, data.scored.articles)
    shown = keep_largest(every, _MOST_GROUPS)
    rows = [
        [
            look.name, one.label, one.group["group"], share["estimate"], share["low"],
            share["high"], one.group["articles"], one.group["stories"], one.group["units"],
            not one.group["few"],
        ]
        for look in looks
        for one in shown
        if (share := one.group["shares"].get(look.id))
    ]  # fmt: skip
    what = (
        "Share of sentences that carry each frame"
        if comparison["measure"] == "frames"
        else "Share of a frame's sentences in the voices compared"
    )
    caption = f"{what}, with its 95 % interval. Shares may sum past 100 %. {HOLLOW}"
    if len(shown) < len(every):
        caption += f" The {len(shown)} with most stories of {len(every)}; all are in the table."
    return Chart(
        id=f"shares-{by}",
        section="voices" if by == "speaker" else "shares",
        title=f"Frames by {name_attribute(by)}",
        caption=caption,
        columns=(
            "panel", "label", "group", "estimate", "low", "high", "articles", "stories",
            "sentences", "solid",
        ),
        rows=rows,
        table=tabulate_shares(name_attribute(by), every, looks),
        spec=draw_dots(looks, "label", [one.label for one in shown]),
        axis="label",
        panels=len(looks),
        unwritten=("solid",),
        aside=by not in ("country", "outlet"),
    )  # fmt: skip


def _chart_mix(
    by: str, comparison: Comparison, data: ReportData, looks: Sequence[FrameLook]
) -> Chart:
    every = [
        one
        for one in arrange_groups(comparison, data.scored.articles)
        if one.group["group"] in data.mix[by]
    ]
    shown = keep_largest(every, _MOST_GROUPS)
    rows = []
    for one in shown:
        mix, start = data.mix[by][one.group["group"]], 0.0
        for look in looks:
            end = start + mix.get(look.id, 0.0)
            rows.append(
                [one.label, one.group["group"], look.name, look.key, end - start, start, end,
                 (start + end) / 2]
            )  # fmt: skip
            start = end
    keys = ", ".join(f"{look.key}: {look.short}" for look in looks)
    return Chart(
        id=f"mix-{by}",
        section="voices" if by == "speaker" else "shares",
        title=f"Frame mix by {name_attribute(by)}",
        caption=(
            "Each framed sentence weighs one, divided equally among its frames; bars sum to "
            f"100 %. Numbers are percentages. {keys}."
        ),
        columns=("label", "group", "frame_name", "key", "part", "start", "end", "middle"),
        rows=rows,
        table=tabulate_mix(name_attribute(by), every, data.mix[by], looks),
        spec=draw_mix(looks),
        axis="label",
        unwritten=("key", "start", "end", "middle"),
        aside=by not in ("country", "outlet"),
    )


def _chart_differences(by: str, comparison: Comparison, looks: Sequence[FrameLook]) -> Chart | None:
    """Differences with their intervals; none for more pairs than a chart can hold."""
    labels = label_groups(comparison)
    pairs = list(dict.fromkeys((d["first"], d["second"]) for d in comparison["differences"]))
    if not pairs or len(pairs) > _MOST_PAIRS:
        return None
    names = {look.id: look.name for look in looks}
    rows = [
        [
            names[d["frame"]],
            _name_pair((d["first"], d["second"]), labels),
            d["difference"],
            d["low"],
            d["high"],
            d["p_value"],
            d["p_holm"],
            reading == "told",
            f"{format_points(d['difference'], sign=True)} ({format_points(d['low'])} to "
            f"{format_points(d['high'])}), Holm p {format_decimals(d['p_holm'], 3)}",
        ]
        for look in looks
        for d, reading in zip(comparison["differences"], read_differences(comparison), strict=True)
        if d["frame"] == look.id
    ]
    return Chart(
        id=f"differences-{by}",
        section="differences",
        title=f"Differences by {name_attribute(by)}",
        caption=(
            "First less second, in percentage points, with the 95 % interval (not corrected). "
            "Filled: told apart from no difference after Holm's correction. Hollow: not told "
            "apart, which does not show that they are alike, or too few stories."
        ),
        columns=(
            "panel", "pair", "estimate", "low", "high", "p_value", "p_holm", "solid", "points",
        ),
        rows=rows,
        table=tabulate_differences(comparison["differences"], labels, looks),
        spec=draw_dots(looks, "pair", [_name_pair(pair, labels) for pair in pairs], signed=True),
        axis="pair",
        panels=len(looks),
        unwritten=("solid", "points"),
        aside=by != "country",
    )  # fmt: skip


def _name_pair(pair: tuple[str, str], labels: Mapping[str, str]) -> str:
    return f"{labels[pair[0]]} \u2212 {labels[pair[1]]}"
