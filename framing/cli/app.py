"""The typer application: one verb a module."""

from __future__ import annotations

from typing import Annotated

import typer

from framing.cli.codebook import codebook
from framing.cli.evaluate import evaluate
from framing.cli.label import label
from framing.cli.outlets import outlets
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
app.command()(score)
app.command()(show)
app.command()(label)
app.command()(evaluate)
app.command()(train)
app.command()(codebook)
app.command()(outlets)


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
