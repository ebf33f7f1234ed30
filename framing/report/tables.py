"""Tables: the figures of each chart, for eyes that see no chart and for print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from framing.report.markup import Markup, element, escape, isolate, join
from framing.report.wording import (
    NONE,
    format_decimals,
    format_percent,
    format_points,
    format_share,
)

if TYPE_CHECKING:
    from framing.comparison.result import Difference, Share
    from framing.report.groups import Shown
    from framing.report.looks import FrameLook

_UNKNOWN: Share = {"estimate": None, "low": None, "high": None}


def make_table(
    headings: Sequence[str], lines: Sequence[Sequence[str]], *, words: int = 1
) -> Markup:
    """A table.

    Args:
        headings: Of the columns.
        lines: Cells; text is escaped.
        words: How many columns, from the left, are words; the others are set as numbers. The first
            is the heading of its line.
    """
    head = element(
        "tr",
        *(
            element("th", heading, scope="col", class_=None if k < words else "number")
            for k, heading in enumerate(headings)
        ),
    )
    body = [
        element(
            "tr",
            element("th", line[0], scope="row"),
            *(
                element("td", cell, class_=None if k < words else "number")
                for k, cell in enumerate(line[1:], start=1)
            ),
        )
        for line in lines
    ]
    return element("table", element("thead", head), element("tbody", *body))


def frame_headings(looks: Sequence[FrameLook]) -> list[Markup]:
    """Headings of columns that are frames: key and short name."""
    return [join(show_key(look), " ", look.short) for look in looks]


def show_key(look: FrameLook) -> Markup:
    """The letter of a frame on its colour."""
    style = f"--frame:{look.colour};--ink:{look.ink}"
    return element("span", look.key, class_="key", style=style, aria_hidden="true")


def tabulate_shares(by: str, shown: Sequence[Shown], looks: Sequence[FrameLook]) -> Markup:
    """Size of each group, and the share of each frame with its interval."""
    lines = [
        [
            join(
                isolate(one.label),
                element("small", "few stories") if one.group["few"] else "",
            ),
            f"{one.group['articles']:,}",
            f"{one.group['stories']:,}",
            f"{one.group['units']:,}",
            *(format_share(one.group["shares"].get(look.id, _UNKNOWN)) for look in looks),
        ]
        for one in shown
    ]
    return make_table([by, "articles", "stories", "sentences", *frame_headings(looks)], lines)


def tabulate_mix(
    by: str,
    shown: Sequence[Shown],
    mix: Mapping[str, Mapping[str, float]],
    looks: Sequence[FrameLook],
) -> Markup:
    """The frame mix of each group."""
    lines = [
        [
            isolate(one.label),
            *(format_percent(mix[one.group["group"]].get(look.id)) for look in looks),
        ]
        for one in shown
    ]
    return make_table([by, *frame_headings(looks)], lines)


def tabulate_differences(
    differences: Sequence[Difference], labels: Mapping[str, str], looks: Sequence[FrameLook]
) -> Markup:
    """Each difference with its interval and p, in brief."""
    lines = [
        [
            join(isolate(labels[d["first"]]), " \u2212 ", isolate(labels[d["second"]])),
            look.short,
            format_points(d["difference"], sign=True),
            _format_interval(d["low"], d["high"]),
            format_decimals(d["p_value"], 3),
            format_decimals(d["p_holm"], 3),
        ]
        for look in looks
        for d in differences
        if d["frame"] == look.id
    ]
    headings = ["pair", "frame", "points", "95 %", "p", "p (Holm)"]
    return make_table(list(map(escape, headings)), lines, words=2)


def _format_interval(low: float | None, high: float | None) -> str:
    return NONE if low is None else f"{format_points(low)} to {format_points(high)}"
