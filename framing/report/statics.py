"""Static figures for papers: a chart of the report as SVG, PDF or PNG."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unicodedata import east_asian_width

from framing.errors import ConfigError
from framing.files import open_output, require_ending
from framing.report.specs import CONFIG, INSTALL

if TYPE_CHECKING:
    from framing.report.chart import Chart

FORMATS = (".svg", ".pdf", ".png")
WIDTH = 720
"""Pixels; at 96 to the inch as wide as a page between its margins."""
_LETTER, _WIDE_LETTER = 6.8, 12.5
"""Pixels that a letter of 12 takes on average, and a Korean or Japanese one."""
_SPACING = 22
_LEGEND_COLUMN = 230
_PNG_SCALE = 3.0


def write_figure(path: str | Path, chart: Chart, *, width: int = WIDTH) -> None:
    """Draw a chart into a file.

    Args:
        path: Ends in .svg, .pdf or .png.
        chart: One of `list_charts`.
        width: In pixels of 1/96 inch, labels included.

    Raises:
        ConfigError: The package that draws is not installed.
        OutputError: It cannot be written there, or the ending is another.
    """
    ending = require_ending(path, FORMATS)
    try:
        import vl_convert
    except ImportError as error:
        raise ConfigError("a figure needs vl-convert-python", hint=INSTALL) from error
    spec = fit_spec(chart, width)
    with open_output(path, binary=ending != ".svg") as stream:
        if ending == ".svg":
            stream.write(vl_convert.vegalite_to_svg(spec) + "\n")
        elif ending == ".pdf":
            stream.write(vl_convert.vegalite_to_pdf(spec))
        else:
            stream.write(vl_convert.vegalite_to_png(spec, scale=_PNG_SCALE))


def fit_spec(chart: Chart, width: int) -> dict[str, Any]:
    """The Vega-Lite spec of a chart with its data, as wide as asked: the page does the same."""
    spec = deepcopy(dict(chart.spec))
    label = min(_measure_labels(chart), 0.4 * width)
    room = width - label - 16
    if "facet" in spec:
        most = int((room + _SPACING) // (chart.narrowest + _SPACING))
        lines = -(-chart.panels // max(1, min(most, chart.panels)))
        spec["columns"] = -(-chart.panels // lines)
        spec["spec"]["width"] = int((room - _SPACING * (spec["columns"] - 1)) / spec["columns"])
    else:
        spec["width"] = int(room)
    records = [dict(zip(chart.columns, row, strict=True)) for row in chart.rows]
    spec["datasets"] = {"rows": records, **chart.more}
    spec["title"] = {"text": chart.title, "anchor": "start"}
    axis = {"minExtent": label, "maxExtent": label, "labelLimit": label - 8}
    legend = {**CONFIG["legend"], "columns": max(1, width // _LEGEND_COLUMN)}
    spec["config"] = {**CONFIG, "axisY": axis, "legend": legend}
    return spec


def _measure_labels(chart: Chart) -> float:
    """Pixels that the widest word at the left takes, with a margin."""
    if chart.axis is None:
        return 46.0
    column = chart.columns.index(chart.axis)
    return max(_measure(str(row[column])) for row in chart.rows) + 14


def _measure(text: str) -> float:
    wide = sum(east_asian_width(letter) in "WF" for letter in text)
    return _WIDE_LETTER * wide + _LETTER * (len(text) - wide)
