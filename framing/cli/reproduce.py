"""framing reproduce: kept runs made again, and held against what was kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from framing.cli.options import Quiet, Talk, Verbose

if TYPE_CHECKING:
    from framing.experiments.reproduction import Reproduction

QUICK_SECONDS = 45.0
"""What took no longer when it was run is quick."""


def reproduce(
    runs: Annotated[
        list[Path] | None,
        typer.Argument(help="Folders of finished runs, as experiments/baseline.", metavar="RUN"),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All runs in --into.")] = False,
    quick: Annotated[
        bool, typer.Option("--quick", help="Of these, only what took 45 seconds or less.")
    ] = False,
    into: Annotated[Path, typer.Option("--into", help="Folder of all runs, for --all.")] = Path(
        "experiments"
    ),
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Also write every figure as JSON.")
    ] = None,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Run kept configs again in a scratch folder; compare figure by figure.

    The exit code is 1 if a figure drifted. A baseline's may not change at all
    on the same processor and packages; else its macro-F1, micro-F1 and speaker
    accuracy by 0.005 at most, a transformer's by 0.02. What differs in data,
    code or environment is said beside. With --all, runs on a benchmark that is
    not here are skipped.

    Example: framing reproduce experiments/baseline
    """
    from dataclasses import asdict

    from framing.errors import InputError
    from framing.experiments.reproduction import list_runs, tell_seconds
    from framing.experiments.reproduction import reproduce as make_again
    from framing.files import write_json

    talk = Talk(verbose, quiet)
    if runs and every:
        raise InputError("give folders of runs or --all, not both")
    if not runs and not every:
        raise InputError(
            "no run is named", hint="give its folder, as experiments/baseline, or --all"
        )
    chosen = list_runs(into) if every else list(runs or ())
    if quick:
        chosen = [folder for folder in chosen if tell_seconds(folder) <= QUICK_SECONDS]
    if not chosen:
        raise InputError("there is no such finished run", path=into, hint="try: framing run CONFIG")
    if every:
        chosen = leave_out_absent(chosen, talk)
    results = []
    for folder in chosen:
        results.append(make_again(folder, tell=talk.say, progress=not quiet))
        print_reproduction(results[-1])
    if output:
        write_json(output, {result.name: asdict(result) for result in results})
    if any(result.has_drifted for result in results):
        raise typer.Exit(1)


def leave_out_absent(folders: list[Path], talk: Talk) -> list[Path]:
    """Of all runs, those whose data is here; of the others it is said why not.

    Raises:
        InputError: It is of none of them.
    """
    from framing.errors import InputError
    from framing.experiments.reproduction import require_data

    here = []
    for folder in folders:
        try:
            require_data(folder)
        except InputError as error:
            talk.say(f"skipped {error}")
        else:
            here.append(folder)
    if not here:
        raise InputError("the data of these runs is not here", hint="name one to see what it needs")
    return here


def print_reproduction(result: Reproduction) -> None:
    """Print the verdict, what differed, the headline figures, and the first that drifted."""
    from rich.console import Console
    from rich.table import Table

    verdict = "has DRIFTED" if result.has_drifted else "is reproduced"
    typer.echo(
        f"{result.name} {verdict}: {result.compared} figures compared, tolerance "
        f"{result.tolerance:g}"
    )
    for change in result.changes:
        typer.echo(f"differs: {change}")
    if result.has_drifted and not result.changes:
        typer.echo("data, code and environment are the same: the run does not repeat itself")
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1, 0, 0))
    table.add_column("figure", overflow="fold")
    for heading in ("stored", "new", "difference", "verdict"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in [*result.headlines, *result.drifted[:_MOST_ROWS]]:
        values = (row.stored, row.new)
        table.add_row(
            _name_figure(row.figure),
            *("-" if value is None else f"{value:.4f}" for value in values),
            "-" if row.difference is None else f"{row.difference:+.1e}",
            row.verdict,
        )
    Console().print(table)
    if len(result.drifted) > _MOST_ROWS:
        rest = len(result.drifted) - _MOST_ROWS
        typer.echo(f"and {rest} more figures drifted; all of them: --output FILE")


def _name_figure(figure: str) -> str:
    """A figure's place in words, which a narrow column can break between."""
    parts = figure.split("/")
    if parts[0] == "spread":
        parts = parts[1:-1]
    return " ".join(parts)


_MOST_ROWS = 15
