"""What verbs that compare share: their options, and the files these name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from framing.cli.options import Talk

if TYPE_CHECKING:
    from framing.codebook import Codebook
    from framing.comparison.scored_text import ScoredText
    from framing.prevalence import CodedUnits, ErrorRates
    from framing.stories import Stories

AUTO = "auto"

Scores = Annotated[
    list[Path],
    typer.Argument(help="What framing score --sentences wrote, of one model.", metavar="SCORES..."),
]
Estimator = Annotated[
    str,
    typer.Option(
        "--estimator",
        help="count, probability, adjusted (by error rates) or rectified (by a coded sample).  "
        "(default: rectified with --gold, else probability)",
        show_default=False,
    ),
]
Copies = Annotated[
    str,
    typer.Option(
        "--copies",
        help="How copies of one story count in a group: once, each, or without (no wire copy).",
    ),
]
Within = Annotated[
    str,
    typer.Option(
        "--within",
        help="Test again within: week, month, event, story, or nothing. Articles of both groups "
        "on one event are compared, so that what they cover is not taken for how.",
    ),
]
Gold = Annotated[
    Path | None, typer.Option("--gold", help="Codes of a random sample of the scored sentences.")
]
SampleFile = Annotated[
    Path | None,
    typer.Option(
        "--sample", help="What framing sample drew, with each sentence's chance to be drawn."
    ),
]
Coder = Annotated[str, typer.Option("--coder", help="Whose codes to use.")]
CrossFitted = Annotated[
    Path | None,
    typer.Option(
        "--cross-fitted",
        help="Scores of the coded articles by models that did not learn from them, where the "
        "sample also trained the model.",
    ),
]
ErrorRatesFile = Annotated[
    Path | None,
    typer.Option(
        "--error-rates",
        help="The model's error rates, from framing evaluate --error-rates; else those it ships.",
    ),
]


def choose_estimator(name: str, gold: Path | None) -> str:
    """The estimator asked for; without, the one that assumes least of what is there."""
    if name != AUTO:
        return name
    return "rectified" if gold else "probability"


def list_inputs(scores: list[Path], *others: Path | None) -> list[Path]:
    """Every file a verb reads: none may be written over."""
    return [*scores, *(path for path in others if path is not None)]


def find_copies(scored: ScoredText, talk: Talk) -> Stories:
    """The stories of scored text, and a word on stderr of the copies among them."""
    from framing.comparison.scored_text import find_scored_stories

    stories = find_scored_stories(scored)
    copies = len(scored.articles) - stories.n_stories
    if copies:
        talk.say(
            f"{len(scored.articles):,} articles, {stories.n_stories:,} stories: {copies:,} are "
            "copies (--copies says how they count)"
        )
    return stories


def read_coded(
    scored: ScoredText,
    gold: Path | None,
    sample: Path | None,
    coder: str,
    cross_fitted: Path | None,
    codebook: Codebook,
) -> CodedUnits | None:
    """The coded sample that `--gold` and `--sample` name.

    Raises:
        ConfigError: Options that need `--gold` stand alone.
        InputError: Codes, sample and scores do not fit.
    """
    from framing.coding.codes import read_codes
    from framing.coding.likeness import select_coder
    from framing.coding.sample_file import read_sample
    from framing.comparison.coded_sample import join_sample
    from framing.comparison.scored_text import read_scored_text
    from framing.errors import ConfigError

    if gold is None:
        for option, value in (("--sample", sample), ("--cross-fitted", cross_fitted)):
            if value is not None:
                raise ConfigError(
                    f"{option} needs the codes of the sample", hint="add --gold CODES"
                )
        return None
    codes = select_coder(read_codes(gold, codebook), coder, path=gold)
    return join_sample(
        scored,
        codes,
        read_sample(sample) if sample else None,
        path=gold,
        cross_fitted=read_scored_text([cross_fitted], codebook) if cross_fitted else None,
    )


def open_error_rates(path: Path | None, scored: ScoredText) -> ErrorRates | None:
    """Error rates from a file, or those a shipped model came with; None if there are none.

    Raises:
        InputError: The file is not one of error rates.
    """
    from framing.models import find_error_rates
    from framing.prevalence.error_rates import read_error_rates

    return read_error_rates(path) if path else find_error_rates(scored.model)
