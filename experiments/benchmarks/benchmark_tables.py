"""Tables of benchmark results: what others published, and below it what was measured here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from framing.benchmarks.folds import Task
from framing.benchmarks.metrics import METRICS
from framing.benchmarks.published import PublishedResult, load_published
from framing.evaluation import Interval

PUBLISHED = Path(__file__).with_name("published.yaml")
HEADINGS = {
    "f1_macro": "F1-macro",
    "f1_micro": "F1-micro",
    "em_1": "EM-1",
    "em_2": "EM-2",
    "top_2": "Top-2",
    "em_a": "EM-A",
    "f1_macro_plain": "plain F1-macro",
    "f1_micro_plain": "plain F1-micro",
    "accuracy": "accuracy",
}


def describe_task(
    task: Task,
    test: str,
    ours: Mapping[str, Mapping[str, Interval]],
    published: Sequence[PublishedResult],
) -> str:
    """A Markdown table of one task on one test part, with a row a model.

    Args:
        task: What was asked.
        test: What was tested on, as published results name it.
        ours: Metrics with their intervals, by the row's first two cells.
        published: Published results of the benchmark; those of the task and test part are shown.
    """
    metrics = METRICS[task]
    lines = [
        f"| model | learnt from | {' | '.join(HEADINGS[metric] for metric in metrics)} |",
        "|---|---|" + "---|" * len(metrics),
    ]
    for result in published:
        if result.task == task and test in result.scores:
            scores = result.scores[test]
            cells = [_describe_published(scores.get(metric)) for metric in metrics]
            source = f"{result.training} ({result.source})"
            lines.append(f"| {result.model} | {source} | {' | '.join(cells)} |")
    for name, values in ours.items():
        cells = [_describe_interval(values[metric]) for metric in metrics]
        lines.append(f"| **here**: {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def describe_benchmarks(record: Mapping[str, Any]) -> str:
    """Every table of a record beside the published figures of this folder."""
    return describe_record(record, load_published(PUBLISHED))


def describe_record(record: Mapping[str, Any], published: Sequence[PublishedResult]) -> str:
    """Every table of a record of one classifier on the benchmarks.

    Args:
        record: As `run_tfidf.py` writes it: `classifier`, and `benchmarks` by name.
        published: Published results of all benchmarks.
    """
    parts = []
    for benchmark, of in record["benchmarks"].items():
        known = [result for result in published if result.benchmark == benchmark]
        by_test: dict[tuple[Task, str], list[Any]] = {}
        for run in of["runs"]:
            by_test.setdefault((run["task"], run["test"]), []).append(run)
        for (task, test), runs in by_test.items():
            units = runs[0]["metrics"]["units"]
            parts.append(f"### {benchmark}, {task}, tested on {test} ({units} rows)")
            ours = {
                f"{record['classifier']} | {run['training']}": run["metrics"]["mean"]
                for run in runs
            }
            parts.append(describe_task(task, test, ours, known))
    return "\n\n".join(parts)


def _describe_published(value: float | None) -> str:
    if value is None:
        return ""
    # A third digit where none was printed would claim one.
    return f"{value:.2f}" if value == round(value, 2) else f"{value:.3f}"


def _describe_interval(value: Interval) -> str:
    if value["estimate"] is None:
        return ""
    if value["low"] is None or value["high"] is None:
        return f"{value['estimate']:.3f}"
    return f"{value['estimate']:.3f} ({value['low']:.3f} to {value['high']:.3f})"
