"""Vega-Lite specs of the charts, made with Altair; their data is put in by the page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from framing.errors import ConfigError

if TYPE_CHECKING:
    from framing.report.looks import FrameLook

INSTALL = "pip install 'framing[figures]'"
_FONT = (
    "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Apple SD Gothic Neo', "
    "'Malgun Gothic', 'Hiragino Sans', 'Yu Gothic', 'Noto Sans CJK KR', 'Noto Sans CJK JP', "
    "sans-serif"
)
_GREY, _PALE = "#555555", "#E3E3E3"
_NARROW = 18
"""Pixels of a segment below which a letter does not fit."""
_DARK_FROM = 0.69
"""Share from which white is read better than black on the colour of a cell."""
CONFIG: dict[str, Any] = {
    "font": _FONT,
    "background": "white",
    # A screen reader is given the table; every mark by itself tells it nothing.
    "aria": False,
    "view": {"stroke": None},
    "axis": {
        "domain": False,
        "grid": False,
        "labelColor": "#333333",
        "labelFontSize": 12,
        "ticks": False,
        "labelPadding": 6,
    },
    "axisQuantitative": {"grid": True, "gridColor": _PALE, "tickCount": 4},
    "header": {
        "labelFontSize": 13,
        "labelFontWeight": "bold",
        "labelColor": "#1A1A1A",
        "labelAnchor": "start",
        "labelPadding": 6,
    },
    "legend": {"labelFontSize": 12, "labelLimit": 260, "orient": "top", "title": None},
    "title": {"anchor": "start", "fontSize": 15, "offset": 14},
    "facet": {"spacing": 22},
}
"""Vega-Lite config of all charts."""


def draw_dots(
    frames: Sequence[FrameLook], y: str, groups: Sequence[str], *, signed: bool = False
) -> dict[str, Any]:
    """A panel for each frame: estimates with intervals, a line for each group.

    The rows have `panel`, the column of `y`, `estimate`, `low`, `high` and `solid`; a point that
    is not solid is drawn hollow.

    Args:
        frames: Give colours.
        y: Column with the groups.
        groups: What stands in that column, in order.
        signed: These are differences: a line marks zero.
    """
    alt = _import_altair()
    axis = alt.Axis(format=".0%") if not signed else alt.Axis(labelExpr=_POINTS)
    colours = _scale(alt, frames)
    base = alt.Chart(alt.NamedData("rows")).encode(
        y=alt.Y(
            f"{y}:N",
            title=None,
            scale=alt.Scale(domain=list(groups)),
            axis=alt.Axis(grid=False),
        )
    )
    interval = (
        base.mark_rule(strokeWidth=2.5)
        .transform_filter("isValid(datum.low) && isValid(datum.high)")
        .encode(
            x=alt.X("low:Q", title=None, axis=axis, scale=alt.Scale(zero=True, nice=True)),
            x2="high:Q",
            color=alt.Color("panel:N", scale=colours, legend=None),
        )
    )
    points = base.transform_filter("isValid(datum.estimate)").encode(
        x=alt.X("estimate:Q", title=None, axis=axis),
        stroke=alt.Stroke("panel:N", scale=colours, legend=None),
        fill=alt.condition(
            "datum.solid",
            alt.Fill("panel:N", scale=colours, legend=None),
            alt.value("white"),
        ),
        tooltip=_tips(
            alt, y, "panel", *(("estimate", "low", "high") if not signed else ("points",))
        ),
    )
    layers = [interval, points.mark_point(size=70, strokeWidth=2, opacity=1)]
    if signed:
        zero = alt.Chart(alt.NamedData("rows")).mark_rule(color=_GREY).encode(x=alt.datum(0))
        layers.insert(0, zero)
    return _panel(alt, alt.layer(*layers).properties(height=alt.Step(22)), _names(frames))


def draw_mix(frames: Sequence[FrameLook]) -> dict[str, Any]:
    """A bar for each group, divided among frames; the letter of a frame stands in its part.

    The rows have `label`, `frame_name`, `key`, `part`, `start`, `end` and `middle`.
    """
    alt = _import_altair()
    scale = _scale(alt, frames)
    inks = alt.Scale(domain=_names(frames), range=[look.ink for look in frames])
    base = alt.Chart(alt.NamedData("rows")).encode(
        y=alt.Y("label:N", sort=None, title=None, axis=alt.Axis(grid=False))
    )
    bars = base.mark_bar(stroke="white", strokeWidth=1.5, height={"band": 0.82}).encode(
        x=alt.X("start:Q", title=None, axis=alt.Axis(format=".0%"), scale=alt.Scale(domain=[0, 1])),
        x2="end:Q",
        fill=alt.Fill("frame_name:N", scale=scale, sort=None),
        tooltip=_tips(alt, "label", "frame_name", "part"),
    )
    texts = []
    for text, shown in ((_KEY_AND_PART, _WIDE), ("datum.key", _SLIM)):
        texts.append(
            base.mark_text(fontSize=11, baseline="middle")
            .transform_calculate(text=text)
            .encode(
                x=alt.X("middle:Q"),
                text="text:N",
                color=alt.Color("frame_name:N", scale=inks, legend=None, sort=None),
                opacity=alt.condition(shown, alt.value(1), alt.value(0)),
            )
        )
    chart = alt.layer(bars, *texts).resolve_scale(color="independent", fill="independent")
    return _finish(chart.properties(width=600, height=alt.Step(26)))


def draw_heat(
    frames: Sequence[FrameLook], voices: Sequence[str], panels: Sequence[str]
) -> dict[str, Any]:
    """A panel for each group: how much of each frame each voice carries, with the number.

    The rows have `panel`, `voice`, `short` and `estimate`.

    Args:
        frames: Columns.
        voices: Lines, in order; a blank one makes a gap.
        panels: In order.
    """
    alt = _import_altair()
    base = alt.Chart(alt.NamedData("rows")).encode(
        y=alt.Y(
            "voice:N", title=None, scale=alt.Scale(domain=list(voices)), axis=alt.Axis(grid=False)
        ),
        x=alt.X(
            "short:N",
            title=None,
            scale=alt.Scale(domain=[look.short for look in frames]),
            axis=alt.Axis(labelAngle=0, labelExpr=_shorten(frames)),
        ),
    )
    cells = base.mark_rect(stroke="white", strokeWidth=2).encode(
        color=alt.Color(
            "estimate:Q",
            scale=alt.Scale(domain=[0, 1], range=["#F3F7FB", "#00436B"], interpolate="rgb"),
            legend=None,
        ),
        tooltip=_tips(alt, "panel", "voice", "frame_name", "estimate", "low", "high"),
    )
    numbers = base.mark_text(fontSize=12).encode(
        text=alt.Text("estimate:Q", format=".0%"),
        color=alt.condition(
            f"datum.estimate > {_DARK_FROM}", alt.value("white"), alt.value("black")
        ),
    )
    chart = alt.layer(cells, numbers).transform_filter("isValid(datum.estimate)")
    return _panel(alt, chart.properties(height=alt.Step(24)), panels)


def draw_months(frames: Sequence[FrameLook]) -> dict[str, Any]:
    """A panel for each frame: shares over time in their band, events as numbered lines.

    The rows have `panel`, `date`, `run` (of periods without a gap), `estimate`, `low`, `high` and
    `solid`; those of `events` have `date` and `text`.
    """
    alt = _import_altair()
    colours = _scale(alt, frames)
    rows = alt.NamedData("rows")
    x = alt.X("date:T", title=None, scale=alt.Scale(type="utc"), axis=_month_axis(alt))
    y = alt.Y("estimate:Q", title=None, axis=alt.Axis(format=".0%"), scale=alt.Scale(zero=True))
    colour = alt.Color("panel:N", scale=colours, legend=None)
    known = alt.Chart(rows).transform_filter("isValid(datum.estimate)")
    band = known.transform_filter("isValid(datum.low) && isValid(datum.high)")
    area = band.mark_area(opacity=0.18).encode(
        x=x, y=alt.Y("low:Q", title=None), y2="high:Q", color=colour, detail="run:N"
    )
    bars = band.mark_rule(strokeWidth=1, opacity=0.6).encode(
        x=x, y=alt.Y("low:Q", title=None), y2="high:Q", color=colour
    )
    line = known.mark_line(strokeWidth=2).encode(x=x, y=y, color=colour, detail="run:N")
    points = known.mark_point(size=45, strokeWidth=1.8, opacity=1).encode(
        x=x,
        y=y,
        stroke=alt.Stroke("panel:N", scale=colours, legend=None),
        fill=alt.condition(
            "datum.solid",
            alt.Fill("panel:N", scale=colours, legend=None),
            alt.value("white"),
        ),
        tooltip=_tips(alt, "group", "panel", "estimate", "low", "high", "stories"),
    )
    marked = alt.Chart(alt.NamedData("events"))
    rules = marked.mark_rule(color="#8A8A8A", strokeDash=[2, 3], strokeWidth=1).encode(x=x)
    numbers = marked.mark_text(
        color="#333333", fontSize=11, baseline="bottom", align="center", dy=-2
    ).encode(x=x, y=alt.value(0), text="text:N")
    layered = alt.layer(rules, numbers, area, bars, line, points, data=rows)
    return _panel(alt, layered.properties(height=130), _names(frames), padding=18)


_POINTS = "format(abs(datum.value) * 100, '.0f') == '0' ? '0' : format(datum.value * 100, '+.0f')"
_KEY_AND_PART = "datum.key + ' ' + format(datum.part * 100, '.0f')"
_PIXELS = "datum.part * width"
_WIDE = f"{_PIXELS} >= 38"
_SLIM = f"{_PIXELS} >= {_NARROW} && {_PIXELS} < 38"


_TITLES = {
    "label": "group", "group": "period", "pair": "difference", "points": "points", "panel": "frame",
    "frame_name": "frame", "voice": "voice", "estimate": "share", "low": "from", "high": "to",
    "part": "part", "stories": "stories",
}  # fmt: skip
_SHARES = ("estimate", "low", "high", "part")


def _tips(alt: Any, *columns: str) -> list[Any]:
    """What is shown of a mark under the pointer."""
    return [
        alt.Tooltip(f"{column}:Q", title=_TITLES[column], format=".1%")
        if column in _SHARES
        else alt.Tooltip(f"{column}:N", title=_TITLES[column])
        for column in columns
    ]


def _shorten(frames: Sequence[FrameLook]) -> str:
    """Labels that fit: where columns are narrow the keys of frames stand for their names."""
    keys = json.dumps({look.short: look.key for look in frames}, ensure_ascii=False)
    widest = 7 * max(len(look.short) for look in frames)
    return f"child_width / {len(frames)} < {widest} ? {keys}[datum.label] : datum.label"


def _month_axis(alt: Any) -> Any:
    return alt.Axis(format="%b %Y", labelAngle=0, labelOverlap=True, tickCount=4, grid=False)


def _names(frames: Sequence[FrameLook]) -> list[str]:
    return [look.name for look in frames]


def _scale(alt: Any, frames: Sequence[FrameLook]) -> Any:
    return alt.Scale(domain=_names(frames), range=[look.colour for look in frames])


def _panel(alt: Any, chart: Any, panels: Sequence[str], *, padding: int = 6) -> dict[str, Any]:
    header = alt.Header(labelPadding=padding)
    facet = alt.Facet("panel:N", sort=list(panels), title=None, header=header)
    whole = chart.properties(width=200).facet(facet=facet, columns=1, data=alt.NamedData("rows"))
    # Panels one below another: each has its own axis to be read by, of the same scale.
    spec = _finish(whole.resolve_axis(x="independent"))
    # Data named inside would be all of it, in every panel.
    for part in (spec["spec"], *spec["spec"]["layer"]):
        if part.get("data", {}).get("name") == "rows":
            del part["data"]
    return spec


def _finish(chart: Any) -> dict[str, Any]:
    spec: dict[str, Any] = chart.to_dict()
    # The page sets one look for all; Altair puts one of its own into each.
    spec.pop("config", None)
    spec.pop("$schema", None)
    return spec


def _import_altair() -> Any:
    try:
        import altair
    except ImportError as error:
        raise ConfigError("a report needs altair", hint=INSTALL) from error
    return altair
