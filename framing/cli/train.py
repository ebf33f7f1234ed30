"""framing train: a model from a config."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from framing.cli.options import ConfigFile, DryRun, Quiet, Settings, Talk, Verbose, print_config

if TYPE_CHECKING:
    from framing.evaluation import Metrics


def train(
    config: ConfigFile,
    settings: Settings = None,
    dry_run: DryRun = False,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Train, calibrate and test a model after a config; write its folder and card.

    Example: framing train configs/tfidf.yaml --set selection.seed=1 --set output=../build/seed-1
    """
    from framing.config import load_config

    loaded = load_config(config, settings or ())
    if dry_run:
        print_config(loaded)
        return
    from framing.training import train_model

    talk = Talk(verbose, quiet)
    record = train_model(loaded, tell=talk.say, progress=not quiet).record
    if record["test"] is not None:
        print_metrics(record["test"], "held-out articles")
        by_language = record["test_by_language"]
    else:
        print_metrics(record["dev"], "dev articles")
        by_language = record["dev_by_language"]
    for language, metrics in by_language.items():
        typer.echo(f"{language}: {describe_headline(metrics)}")
    talk.say(f"wrote {loaded.resolve(loaded.output)}")


def print_metrics(metrics: Metrics, title: str) -> None:
    """Print one evaluation, frame by frame."""
    from rich.console import Console
    from rich.table import Table

    from framing.evaluation import format_interval

    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    typer.echo(f"{title}: {metrics['articles']} articles, {metrics['units']} units")
    table.add_column("frame", overflow="fold")
    for heading in ("units", "precision", "recall", "F1 (95 %)"):
        table.add_column(heading, justify="right")
    for frame, of in metrics["frames"].items():
        table.add_row(
            frame,
            str(of["units"]),
            f"{of['precision']:.3f}",
            f"{of['recall']:.3f}",
            format_interval(of["f1"]),
        )
    Console().print(table)
    typer.echo(describe_headline(metrics))


def describe_headline(metrics: Metrics) -> str:
    """Macro-F1, micro-F1 and speaker accuracy in one line."""
    from framing.evaluation import format_interval

    parts = [
        f"macro-F1 {format_interval(metrics['macro_f1'])}",
        f"micro-F1 {format_interval(metrics['micro_f1'])}",
    ]
    if metrics["speaker"]:
        parts.append(f"speaker accuracy {format_interval(metrics['speaker']['accuracy'])}")
    return ", ".join(parts)
