"""Draw the kept runs as SVG: F1 by frame with intervals, learning curve, reliability curves.

    python experiments/figures/draw_runs.py

Reads `metrics.json` of the runs in experiments/, and the simulation of shares, and writes
frames.svg, learning_curve.svg, reliability.svg and coverage.svg beside this file. Needs altair and
vl-convert-python: `pip install -e '.[figures]'`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.prevalence.coverage_tables import list_rows
from framing.experiments.running import METRICS
from framing.files import open_output
from framing.reading import read_json

if TYPE_CHECKING:
    import altair

FOLDER = Path(__file__).parent
RUNS = FOLDER.parent
COMPARED = ("transformer", "baseline")
CURVE = "learning-curve"
COVERAGE = RUNS / "prevalence" / "coverage.json"
# Okabe & Ito (2008), told apart by readers of every colour vision.
COLOURS = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00"]
_WIDTH, _HEIGHT = 420, 200


def read_runs(names: tuple[str, ...] = COMPARED) -> dict[str, dict[str, Any]]:
    """Metrics of the runs that are there."""
    return {
        name: read_json(RUNS / name / METRICS)
        for name in names
        if (RUNS / name / METRICS).is_file()
    }


def list_frame_rows(runs: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """F1 of each frame and run with its interval, and the mean of the coders."""
    rows = []
    for name, metrics in runs.items():
        first = next(iter(metrics["scores"]["as_written"]["test"].values()))
        rows += [
            {"run": name, "frame": frame, "F1": of["f1"]["estimate"], "low": of["f1"]["low"],
             "high": of["f1"]["high"]}
            for frame, of in first["frames"].items()
        ]  # fmt: skip
    return rows


def list_curve_rows(metrics: dict[str, Any]) -> list[dict[str, Any]]:
    """Macro-F1 by the share of stories learnt from."""
    rows = []
    for fold, by_seed in metrics["scores"]["as_written"].items():
        macro = next(iter(by_seed.values()))["macro_f1"]
        share = float(fold.partition("%")[0])
        rows.append({"share": share, "macro-F1": macro["estimate"], "low": macro["low"],
                     "high": macro["high"]})  # fmt: skip
    return rows


def list_reliability_rows(runs: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Points of each frame's reliability curve by run."""
    return [
        {"run": name, "frame": frame, **point}
        for name, metrics in runs.items()
        for frame, curve in metrics["reliability"].items()
        for point in curve
    ]


def draw_frames(rows: list[dict[str, Any]]) -> altair.LayerChart:
    """F1 by frame, a point a run with its interval."""
    import altair as alt

    y = alt.Y("frame:N", title=None, sort=None, axis=alt.Axis(labelLimit=240))
    shift = alt.YOffset("run:N")
    base = alt.Chart(alt.Data(values=rows)).encode(
        y=y, yOffset=shift, color=alt.Color("run:N", scale=alt.Scale(range=COLOURS), sort=None)
    )
    scale = alt.Scale(domain=[0.5, 1], clamp=True)
    bars = base.mark_rule(strokeWidth=2).encode(
        x=alt.X("low:Q", title="F1 on authored test articles, 95 % interval over articles",
                scale=scale),
        x2="high:Q",
    )  # fmt: skip
    points = base.mark_point(filled=True, size=70, opacity=1).encode(
        x=alt.X("F1:Q", scale=scale), shape=alt.Shape("run:N", sort=None, legend=None)
    )
    return (bars + points).properties(width=_WIDTH, height=_HEIGHT)


def draw_curve(rows: list[dict[str, Any]]) -> altair.LayerChart:
    """Macro-F1 over the share of stories, with a band."""
    import altair as alt

    base = alt.Chart(alt.Data(values=rows)).encode(
        x=alt.X("share:Q", title="training stories, %", scale=alt.Scale(domain=[0, 100]))
    )
    scale = alt.Scale(zero=False)
    band = base.mark_area(opacity=0.25, color=COLOURS[0]).encode(
        y=alt.Y("low:Q", title="macro-F1, 95 % interval over articles", scale=scale), y2="high:Q"
    )
    line = base.mark_line(point=True, color=COLOURS[0]).encode(y=alt.Y("macro-F1:Q", scale=scale))
    return (band + line).properties(width=_WIDTH, height=_HEIGHT)


def draw_reliability(rows: list[dict[str, Any]]) -> altair.FacetChart:
    """Share that carries a frame over the probability said, a panel a frame."""
    import altair as alt

    domain = alt.Scale(domain=[0, 1])
    data = alt.Data(values=rows)
    ideal = (
        alt.Chart(data)
        .transform_calculate(share="datum.probability")
        .mark_line(color="#888888", strokeDash=[4, 4])
        .encode(x=alt.X("probability:Q", scale=domain), y=alt.Y("share:Q", scale=domain))
    )
    lines = (
        alt.Chart(data)
        .mark_line(point=True)
        .encode(
            x=alt.X("probability:Q", title="probability said", scale=domain),
            y=alt.Y("share:Q", title="share that carries it", scale=domain),
            color=alt.Color("run:N", scale=alt.Scale(range=COLOURS), sort=None),
            shape=alt.Shape("run:N", sort=None, legend=None),
        )
    )
    panel = (ideal + lines).properties(width=190, height=190)
    return panel.facet(facet=alt.Facet("frame:N", title=None, sort=None), columns=2)


def draw_coverage(rows: list[dict[str, Any]]) -> altair.FacetChart:
    """Coverage by true share, a line an estimator, a panel a case."""
    import altair as alt

    data = alt.Data(values=rows)
    scale = alt.Scale(type="log", domain=[0.018, 0.7])
    axis = alt.Axis(values=sorted({row["share"] for row in rows}), format="~")
    estimators = list(dict.fromkeys(row["estimator"] for row in rows))
    lines = (
        alt.Chart(data)
        .mark_line(point=True)
        .encode(
            x=alt.X("share:Q", title="true share", scale=scale, axis=axis),
            y=alt.Y("coverage:Q", title="coverage", scale=alt.Scale(domain=[0, 1])),
            color=alt.Color(
                "estimator:N", sort=estimators, scale=alt.Scale(range=COLOURS), title=None
            ),
            shape=alt.Shape("estimator:N", sort=estimators, legend=None),
        )
    )
    nominal = alt.Chart(data).mark_rule(color="#888888", strokeDash=[4, 4])
    nominal = nominal.encode(y=alt.datum(0.95))
    panel = (nominal + lines).properties(width=230, height=170)
    return panel.facet(facet=alt.Facet("case:N", title=None, sort=None), columns=2)


def write_svg(chart: Any, name: str) -> None:
    """Write a chart beside this file."""
    import vl_convert

    with open_output(FOLDER / name) as stream:
        stream.write(vl_convert.vegalite_to_svg(chart.to_dict()))


def main() -> None:
    """Draw what there are runs for."""
    runs = read_runs()
    if runs:
        write_svg(draw_frames(list_frame_rows(runs)), "frames.svg")
        write_svg(draw_reliability(list_reliability_rows(runs)), "reliability.svg")
    if COVERAGE.is_file():
        write_svg(draw_coverage(list_rows(read_json(COVERAGE))), "coverage.svg")
    if curve := read_runs((CURVE,)):
        write_svg(draw_curve(list_curve_rows(curve[CURVE])), "learning_curve.svg")


if __name__ == "__main__":
    main()
