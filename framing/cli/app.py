"""The typer application: one verb a module."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from framing.cli.adjudicate import adjudicate
from framing.cli.agreement import agreement
from framing.cli.codebook import codebook
from framing.cli.compare import compare
from framing.cli.compare_runs import compare_runs
from framing.cli.config import app as config
from framing.cli.corpus import app as corpus
from framing.cli.encoders import encoders
from framing.cli.evaluate import evaluate
from framing.cli.exchange import exchange
from framing.cli.figure import figure
from framing.cli.label import label
from framing.cli.outlets import outlets
from framing.cli.report import report
from framing.cli.reproduce import reproduce
from framing.cli.run import run
from framing.cli.sample import sample
from framing.cli.score import score
from framing.cli.show import show
from framing.cli.train import train

app = typer.Typer(
    name="framing",
    help="Measure how news outlets frame a dispute, sentence by sentence.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
verb: Callable[..., None]
for verb in (score, show, label):
    app.command(rich_help_panel="Score articles")(verb)
for verb in (compare, report, figure):
    app.command(rich_help_panel="Compare")(verb)
for verb in (sample, agreement, adjudicate):
    app.command(rich_help_panel="Code articles")(verb)
app.add_typer(exchange, rich_help_panel="Code articles")
app.add_typer(corpus, rich_help_panel="Code articles")
for verb in (train, evaluate):
    app.command(rich_help_panel="Train and test a model")(verb)
app.add_typer(config, rich_help_panel="Train and test a model")
for verb in (run, reproduce, compare_runs):
    app.command(rich_help_panel="Run experiments")(verb)
for verb in (codebook, outlets, encoders):
    app.command(rich_help_panel="Look up")(verb)


def _print_version(value: bool) -> None:
    if value:
        from importlib.metadata import version

        typer.echo(f"framing {version('framing')}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and stop."
        ),
    ] = False,
) -> None:
    """Measure how news outlets frame a dispute, sentence by sentence."""
