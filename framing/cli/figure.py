"""framing figure: one chart of the report, for a paper."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from framing.cli.comparing import (
    AUTO,
    Coder,
    Copies,
    CrossFitted,
    ErrorRatesFile,
    Estimator,
    Gold,
    SampleFile,
    Scores,
    choose_estimator,
    find_copies,
    list_inputs,
    open_error_rates,
    read_coded,
)
from framing.cli.options import CodebookFile, Quiet, Talk

if TYPE_CHECKING:
    from framing.report.chart import Chart
    from framing.report.data import ReportData


class Kind(StrEnum):
    """What to draw."""

    share = "share"
    mix = "mix"
    difference = "difference"
    time = "time"
    speaker = "speaker"


_CHARTS = {
    Kind.share: "shares-{by}",
    Kind.mix: "mix-{by}",
    Kind.difference: "differences-{by}",
    Kind.time: "shares-{by}",
    Kind.speaker: "voices-country",
}


def figure(
    kind: Annotated[Kind, typer.Argument(help="What to draw.")],
    scores: Scores,
    output: Annotated[
        Path, typer.Option("-o", "--output", help="The file to write: .svg, .pdf or .png.")
    ],
    by: Annotated[
        str | None,
        typer.Option(
            "--by",
            help="What to group by; of time: day, week or month.  (default: country, month)",
            show_default=False,
        ),
    ] = None,
    pair: Annotated[
        tuple[str, str] | None,
        typer.Option("--pair", help="Only these two groups, as in --pair KR JP."),
    ] = None,
    width: Annotated[int, typer.Option("--width", help="In pixels of 1/96 inch.", min=240)] = 720,
    estimator: Estimator = AUTO,
    copies: Copies = "once",
    gold: Gold = None,
    sample: SampleFile = None,
    coder: Coder = "gold",
    cross_fitted: CrossFitted = None,
    error_rates: ErrorRatesFile = None,
    events: Annotated[
        Path | None,
        typer.Option("--events", help="Dated events to mark over time; else the shipped ones."),
    ] = None,
    codebook: CodebookFile = None,
    quiet: Quiet = False,
) -> None:
    """Draw one chart: shares, frame mix, differences, shares over time, or voices by country.

    Example: framing figure difference scores.jsonl --by country --pair KR JP -o fig.svg
    """
    from framing.codebook import Codebook
    from framing.comparison.scored_text import read_scored_text
    from framing.comparison.settings import Settings
    from framing.events import load_events
    from framing.files import refuse_overwriting, require_ending
    from framing.report.data import Method
    from framing.report.gathering import gather_report
    from framing.report.periods import number_events
    from framing.report.statics import FORMATS, write_figure

    talk = Talk(quiet=quiet)
    require_ending(output, FORMATS)
    refuse_overwriting(
        output, list_inputs(scores, gold, sample, cross_fitted, error_rates, codebook)
    )
    grouped = _choose_grouping(kind, by)
    book = Codebook.load(codebook) if codebook else Codebook.load()
    settings = Settings(
        by=grouped,
        pairs=(pair,) if pair else (),
        estimator=choose_estimator(estimator, gold),
        copies=copies,
        within="nothing",
    )
    scored = read_scored_text(scores, book)
    data = gather_report(
        scored,
        find_copies(scored, talk),
        settings,
        title="",
        made="",
        method=Method(),
        events=load_events(events),
        coded=read_coded(scored, gold, sample, coder, cross_fitted, book),
        rates=open_error_rates(error_rates, scored),
        attributes=(grouped,),
    )
    chart = _choose_chart(data, kind, grouped)
    write_figure(output, chart, width=width)
    talk.say(f"wrote {output}")
    # What the report says beside the chart: a caption, and the events its numbers stand for.
    talk.say(f"{chart.title}. {chart.caption}")
    if kind is Kind.time:
        for number, event in number_events(data.events):
            talk.say(f"{number}: {event.date} {event.title}")


def _choose_grouping(kind: Kind, by: str | None) -> str:
    from framing.comparison.grouping import PERIODS
    from framing.errors import ConfigError

    if kind is Kind.speaker and by not in (None, "country"):
        raise ConfigError("voices are drawn by country", hint="leave --by out")
    if kind is Kind.time:
        if by is not None and by not in PERIODS:
            raise ConfigError(f"--by {by!r} is no period", hint="choose day, week or month")
        return by or "month"
    return by or "country"


def _choose_chart(data: ReportData, kind: Kind, by: str) -> Chart:
    from framing.errors import InputError
    from framing.report.charts import list_charts

    wanted = _CHARTS[kind].format(by=by)
    charts = {chart.id: chart for chart in list_charts(data)}
    if wanted not in charts:
        raise InputError(
            f"there is nothing to draw of {kind.value} by {by}",
            hint="score articles of several groups, or name two groups with --pair",
        )
    return replace(charts[wanted], narrowest=min(charts[wanted].narrowest, 150))
