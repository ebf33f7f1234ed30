"""framing report: one page to read the coverage on, with every figure's uncertainty."""

from __future__ import annotations

import shlex
import sys
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
    Within,
    choose_estimator,
    find_copies,
    list_inputs,
    open_error_rates,
    read_coded,
)
from framing.cli.options import CodebookFile, Quiet, Talk

if TYPE_CHECKING:
    from framing.comparison.scored_text import ScoredText
    from framing.comparison.settings import Settings
    from framing.prevalence import ErrorRates
    from framing.report.data import Method

Events = Annotated[
    Path | None,
    typer.Option("--events", help="Dated events to mark, as annotations/events.yaml, the default."),
]


def report(
    scores: Scores,
    output: Annotated[Path, typer.Option("-o", "--output", help="The page to write, .html.")],
    title: Annotated[str, typer.Option("--title", help="Heading of the page.")] = (
        "How the dispute is framed"
    ),
    estimator: Estimator = AUTO,
    copies: Copies = "once",
    within: Within = "week",
    gold: Gold = None,
    sample: SampleFile = None,
    coder: Coder = "gold",
    cross_fitted: CrossFitted = None,
    error_rates: ErrorRatesFile = None,
    events: Events = None,
    codebook: CodebookFile = None,
    quiet: Quiet = False,
) -> None:
    """Write a report: findings, charts, differences, and every sentence, on one offline page.

    Example: framing report scores.jsonl -o report.html
    """
    from datetime import date

    from framing.codebook import Codebook
    from framing.comparison.scored_text import read_scored_text
    from framing.comparison.settings import Settings
    from framing.events import load_events
    from framing.files import refuse_overwriting, require_ending
    from framing.report.gathering import gather_report
    from framing.report.page import write_report

    talk = Talk(quiet=quiet)
    require_ending(output, (".html", ".htm"))
    refuse_overwriting(
        output, list_inputs(scores, gold, sample, cross_fitted, error_rates, codebook)
    )
    book = Codebook.load(codebook) if codebook else Codebook.load()
    settings = Settings(estimator=choose_estimator(estimator, gold), copies=copies, within=within)
    marks = load_events(events)
    scored = read_scored_text(scores, book)
    rates = open_error_rates(error_rates, scored)
    data = gather_report(
        scored,
        find_copies(scored, talk),
        settings,
        title=title,
        made=date.today().isoformat(),
        method=_describe_method(scored, settings, rates, scores),
        events=marks,
        coded=read_coded(scored, gold, sample, coder, cross_fitted, book),
        rates=rates,
    )
    write_report(output, data)
    talk.say(f"wrote {output}")


def _describe_method(
    scored: ScoredText, settings: Settings, rates: ErrorRates | None, scores: list[Path]
) -> Method:
    """What is known of how the scores came about."""
    from importlib.metadata import version

    from framing.classifiers.model_folder import read_description
    from framing.comparison.summary import digest_scores
    from framing.files import digest_bytes
    from framing.models import find_scorer
    from framing.report.data import Method
    from framing.report.gathering import INTERVAL_WORKS, INTERVALS

    method = Method(
        framing_version=version("framing"),
        model_digest=scored.model,
        codebook=scored.codebook.name,
        codebook_version=scored.codebook.version,
        codebook_digest=scored.codebook.digest,
        estimator=settings.estimator,
        intervals=INTERVALS,
        references=list(INTERVAL_WORKS),
        copies=settings.copies,
        within=settings.within,
        scores_digest=digest_scores(scored),
        files=[{"path": path.name, "digest": digest_bytes(path.read_bytes())} for path in scores],
        command=shlex.join(["framing", *sys.argv[1:]]),
    )
    if rates is not None:
        method["f1"] = rates.find_f1()
        method["f1_on"] = rates.text
        method["agreement"] = dict(rates.alpha)
    folder = find_scorer(scored.model)
    if folder is not None:
        method["model"] = folder.name
        # The datasheet of the corpus says so: annotations/README.md.
        method["coded_by_models"] = True
        encoder = read_description(folder).get("encoder")
        if isinstance(encoder, dict):
            method["encoder"] = str(encoder.get("name"))
    return method
