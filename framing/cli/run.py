"""framing run: a config run end to end, kept with all that it depends on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from framing.cli.options import ConfigFile, DryRun, Quiet, Settings, Talk, Verbose

if TYPE_CHECKING:
    from collections.abc import Mapping

Into = Annotated[
    Path, typer.Option("--into", help="Folder of all runs; this one gets a folder of its name.")
]


def run(
    config: ConfigFile,
    into: Into = Path("experiments"),
    settings: Settings = None,
    dry_run: DryRun = False,
    force: Annotated[
        bool, typer.Option("--force", help="Run again what is finished, and overwrite it.")
    ] = False,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Train, predict and evaluate after a config; keep figures, config and environment.

    With a `benchmark` section it is tested by the benchmark's own rules, and
    published figures stand beside. What is kept then has no label and no text
    of the benchmark: there is no errors.jsonl.

    Writes config.yaml, environment.json, predictions.parquet, errors.jsonl,
    log.txt and metrics.json into a folder of the run's name. A run that is
    stopped goes on where it was when it is started again.

    Example: framing run configs/tfidf-quick.yaml
    """
    from framing.config import load_config, render_config
    from framing.experiments.running import run_experiment

    talk = Talk(verbose, quiet)
    loaded = load_config(config, settings or ())
    if dry_run:
        typer.echo(render_config(loaded), nl=False)
        return
    try:
        done = run_experiment(loaded, into, force=force, tell=talk.say, progress=not quiet)
    except KeyboardInterrupt:
        talk.say("stopped: the same command goes on with what is done")
        raise
    if benchmark := done.metrics["benchmark"]:
        print_benchmark(loaded.name, benchmark)
    else:
        print_scores(done.metrics["spread"], done.metrics["scores"])
    talk.say(f"wrote {done.folder}")


def print_scores(spread: Mapping[str, Any], scores: Mapping[str, Any]) -> None:
    """Print macro-F1 and speaker accuracy by text and fold."""
    from rich.console import Console
    from rich.table import Table

    from framing.evaluation import format_interval

    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for heading in ("text", "fold"):
        table.add_column(heading, overflow="fold")
    for heading in ("units", "macro-F1 (95 %)", "speaker", "seeds"):
        table.add_column(heading, justify="right", overflow="fold")
    for text, folds in spread.items():
        for fold, of in folds.items():
            first = next(iter(scores[text][fold].values()))
            seeds = len(scores[text][fold])
            macro = format_interval(first["macro_f1"])
            if seeds > 1:
                macro = f"{of['macro_f1']['mean']:.3f} ± {of['macro_f1']['deviation']:.3f}"
            speaker = of["speaker_accuracy"]["mean"]
            table.add_row(
                text,
                fold,
                str(first["units"]),
                macro,
                "-" if speaker is None else f"{speaker:.3f}",
                str(seeds),
            )
    Console().print(table)


def print_benchmark(name: str, benchmark: Mapping[str, Any]) -> None:
    """Print a benchmark's own metrics, then what others published, for each test."""
    from rich.console import Console
    from rich.table import Table

    first = next(iter(benchmark["tests"].values()))
    for test, of in first.items():
        caution = ", out of our languages" if test in benchmark["outside"] else ""
        typer.echo(f"{benchmark['name']}, {benchmark['task']}, {test}: {of['units']} rows{caution}")
        table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1, 0, 0))
        table.add_column("", overflow="fold")
        for metric in of["mean"]:
            # In words, so that a long name takes several lines and not a wide column.
            words = metric.split("_")
            table.add_column(" ".join(words), justify="right", width=max(5, *map(len, words)))
        for seed, by_test in benchmark["tests"].items():
            label = name if len(benchmark["tests"]) == 1 else f"{name}, seed {seed}"
            mean = list(by_test[test]["mean"].values())
            for words, key in ((label, "estimate"), ("  95 % from", "low"), ("  to", "high")):
                table.add_row(words, *(_show_number(value[key]) for value in mean))
        for one in benchmark["published"]:
            if scores := one["scores"].get(test):
                label = f"{one['model']} ({one['source']})"
                # To as many digits as were published.
                values = [scores.get(metric) for metric in of["mean"]]
                table.add_row(label, *("-" if value is None else f"{value:g}" for value in values))
        Console().print(table)


def _show_number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
