"""Tables of benchmark results: what others published, and below it what was measured here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from framing.benchmarks.folds import Task
from framing.benchmarks.metrics import METRICS
from framing.benchmarks.published import PublishedResult, load_published
from framing.evaluation import Interval
from framing.reading import read_json

FOLDER = Path(__file__).parent
PUBLISHED = FOLDER / "published.yaml"
RECORDS = ("tfidf.json", "transformer.json")
"""Files of the figures that are kept, in the order of the rows."""
NOT_MEASURED = "Not measured yet."
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
    ours: Mapping[str, Mapping[str, Interval] | None],
    published: Sequence[PublishedResult],
) -> str:
    """A Markdown table of one task on one test part, with a row a model.

    Args:
        task: What was asked.
        test: What was tested on, as published results name it.
        ours: Metrics with their intervals, by the row's first two cells; None for what was not run.
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
        cells = ["not run"] + [""] * (len(metrics) - 1)
        if values is not None:
            cells = [_describe_interval(values[metric]) for metric in metrics]
        lines.append(f"| **here**: {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def describe_kept() -> str:
    """Every table of the records in this folder beside the published figures."""
    records = [read_json(FOLDER / name) for name in RECORDS if (FOLDER / name).exists()]
    return describe_benchmarks(*records) if records else NOT_MEASURED


def describe_benchmarks(*records: Mapping[str, Any]) -> str:
    """Every table of some records beside the published figures of this folder."""
    return describe_records(records, load_published(PUBLISHED))


def describe_records(
    records: Sequence[Mapping[str, Any]], published: Sequence[PublishedResult]
) -> str:
    """Every table of some records: of each benchmark, task and test part one.

    Args:
        records: As `run_tfidf.py` and `run_transformer.py` write them: `benchmarks` by name, each
            with `runs`, and `classifier` where a run does not name its `model`.
        published: Published results of all benchmarks.
    """
    runs: dict[tuple[str, Task, str], dict[str, Any]] = {}
    for record in records:
        for benchmark, of in record["benchmarks"].items():
            for run in of["runs"]:
                model = run["model"] if "model" in run else record["classifier"]
                label = f"{model} | {run['training']}{_describe_extent(run)}"
                table = runs.setdefault((benchmark, run["task"], run["test"]), {})
                table[label] = run["metrics"]
    parts = []
    for (benchmark, task, test), by_label in runs.items():
        known = [result for result in published if result.benchmark == benchmark]
        # Of a run that lacks folds there are fewer rows.
        units = max((metrics["units"] for metrics in by_label.values() if metrics), default=0)
        parts.append(f"### {benchmark}, {task}, tested on {test} ({units} rows)")
        ours = {label: metrics and metrics["mean"] for label, metrics in by_label.items()}
        parts.append(describe_task(task, test, ours, known))
    return "\n\n".join(parts)


def _describe_extent(run: Mapping[str, Any]) -> str:
    """Of how many folds and seeds the figures are, where a run says so."""
    if "folds" not in run or not run["metrics"]:
        return ""
    done, planned = run["folds"]["done"], run["folds"]["of"]
    folds = f"; **{done} of {planned} folds**" if done < planned else ""
    seeds = "; one seed" if len(run["seeds"]) == 1 else f"; seeds {run['seeds']}"
    return folds + seeds


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
