"""Shares over time, with events marked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from framing.report.chart import HOLLOW, Chart
from framing.report.groups import arrange_groups
from framing.report.looks import name_attribute
from framing.report.specs import draw_months
from framing.report.tables import tabulate_shares

if TYPE_CHECKING:
    from framing.comparison.result import Comparison
    from framing.events import Event
    from framing.report.looks import FrameLook

_NEAR = 0.13
"""Part of the width that the number of an event needs: nearer ones share a label."""
_FORMS = {"month": "{}-01", "week": "{}", "day": "{}"}
_MIDDLE = {"month": 14, "week": 3, "day": 0}
_NEXT = {"month": 31, "week": 7, "day": 1}
"""Most days from one period to the next."""


def chart_periods(
    by: str, comparison: Comparison, events: Sequence[Event], looks: Sequence[FrameLook]
) -> Chart | None:
    """Shares by month, week or day; none if no period has a date."""
    shown = arrange_groups(comparison, ())
    dated = sorted(
        ((day, one) for one in shown if (day := find_start(by, one.group["group"])) is not None),
        key=lambda item: item[0],
    )
    if not dated:
        return None
    runs = _count_runs(by, [day for day, _ in dated])
    rows: list[list[Any]] = []
    for look in looks:
        for (day, one), run in zip(dated, runs, strict=True):
            share = one.group["shares"].get(look.id)
            if share:
                rows.append(
                    [
                        look.name, (day + timedelta(days=_MIDDLE[by])).isoformat(), run,
                        one.group["group"], share["estimate"], share["low"], share["high"],
                        one.group["articles"], one.group["stories"], one.group["units"],
                        not one.group["few"],
                    ]
                )  # fmt: skip
    first, last = dated[0][0], dated[-1][0] + timedelta(days=_NEXT[by] - 1)
    inside = [
        (number, event)
        for number, event in number_events(events)
        if first.isoformat() <= str(event.date) <= last.isoformat()
    ]
    caption = f"Share of sentences by {name_attribute(by)}, with its 95 % interval. {HOLLOW}"
    if inside:
        caption += " Dashed lines: events, by number."
    return Chart(
        id=f"shares-{by}",
        section="time",
        title=f"Frames by {name_attribute(by)}",
        caption=caption,
        columns=(
            "panel", "date", "run", "group", "estimate", "low", "high", "articles", "stories",
            "sentences", "solid",
        ),
        rows=rows,
        table=tabulate_shares(name_attribute(by), [one for _, one in dated], looks),
        spec=draw_months(looks),
        panels=len(looks),
        narrowest=380,
        unwritten=("date", "run", "solid"),
        more={"events": place_events(inside, first, last)},
    )  # fmt: skip


def find_start(by: str, group: str) -> date | None:
    """First day of a period; None for a group that is none, as `unknown`."""
    try:
        return date.fromisoformat(_FORMS[by].format(group))
    except ValueError:
        return None


def number_events(events: Sequence[Event]) -> list[tuple[int, Event]]:
    """Events by date, each with its number, from 1."""
    return list(enumerate(sorted(events, key=lambda event: str(event.date)), start=1))


def place_events(
    events: Sequence[tuple[int, Event]], first: date, last: date
) -> list[dict[str, Any]]:
    """Lines for events; those that lie too near for a number each share one, as in 3-5.

    Args:
        events: In order of time.
        first: Day at the left end.
        last: Day at the right end.
    """
    days = max(1, (last - first).days)
    placed: list[dict[str, Any]] = []
    label: dict[str, Any] = {}
    start, at = 0, first
    for number, event in events:
        day = date.fromisoformat(str(event.date))
        row = {"date": day.isoformat(), "text": ""}
        placed.append(row)
        if label and (day - at).days / days < _NEAR:
            label["text"] = f"{start}\u2013{number}"
        else:
            label, start, at = row, number, day
            row["text"] = str(number)
    return placed


def _count_runs(by: str, days: Sequence[date]) -> list[int]:
    """Number of the run of each period; a period left out starts another."""
    runs = [0]
    for before, after in pairwise(days):
        runs.append(runs[-1] + ((after - before).days > _NEXT[by]))
    return runs
