"""Refresh the generated tables in experiments/README.md from the files that hold the figures.

    python experiments/report_scores.py [--write]

Authored test text and real articles stand apart: a score on one says little of the other.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from experiments.benchmarks.benchmark_tables import describe_kept
from experiments.prevalence.coverage_tables import describe_coverage
from experiments.run_tables import describe_reliability, describe_runs
from experiments.throughput.speed_tables import describe_speed
from experiments.transformer.result_tables import (
    describe_choices,
    describe_left_out,
    describe_shipped,
)
from framing.evaluation import format_interval
from framing.markdown import replace_generated

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "experiments" / "README.md"
START, END = "<!-- generated: {} -->", "<!-- end of generated part -->"
NOT_MEASURED = "Not measured yet."
FROM_FILES: dict[str, tuple[str, Callable[[dict[str, Any]], str]]] = {
    "transformer": ("transformer/shipped.json", describe_shipped),
    "left out": ("transformer/leave_language_out.json", describe_left_out),
    "choices": ("transformer/choices.json", describe_choices),
    "coverage": ("prevalence/coverage.json", describe_coverage),
    "speed": ("throughput/transformer.json", describe_speed),
}
"""Marker of a part of the page: the file its figures stand in, and what makes its table."""


def describe_frames(metrics: dict[str, Any]) -> list[str]:
    """A Markdown row a frame, then the headline figures."""
    lines = [
        "| frame | units | precision | recall | F1 (95 %) | average precision | Brier | ECE |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for frame, of in metrics["frames"].items():
        lines.append(
            f"| `{frame}` | {of['units']} | {of['precision']:.3f} | {of['recall']:.3f} | "
            f"{format_interval(of['f1'])} | {of['average_precision']:.3f} | {of['brier']:.3f} | "
            f"{of['calibration_error']:.3f} |"
        )
    headline = {
        "macro-F1": metrics["macro_f1"],
        "micro-F1": metrics["micro_f1"],
        "exact match": metrics["exact_match"],
        "speaker accuracy": metrics["speaker"]["accuracy"],
    }
    words = ", ".join(f"{name} {format_interval(value)}" for name, value in headline.items())
    lines += ["", f"{metrics['units']} units of {metrics['articles']} articles: {words}."]
    return lines


def describe_scores() -> str:
    """The baseline's part of the results page."""
    train = json.loads((ROOT / "models/baseline/metrics.json").read_text(encoding="utf-8"))
    real = json.loads(
        (ROOT / "experiments/baseline/real_articles.json").read_text(encoding="utf-8")
    )
    lines = ["### Authored test articles", ""]
    lines += [f"Config `configs/tfidf.yaml`, data digest `{train['data']['digest']}`. "]
    lines[-1] += f"Test units that nearly repeat a training unit: {train['near_duplicates']}."
    lines += ["", *describe_frames(train["test"]), ""]
    for language, metrics in train["test_by_language"].items():
        lines.append(
            f"- {language}: macro-F1 {format_interval(metrics['macro_f1'])}, speaker accuracy "
            f"{format_interval(metrics['speaker']['accuracy'])}, {metrics['units']} units"
        )
    lines += ["", "### Real articles", ""]
    lines += [
        "Three English articles, coded by language models after the same codebook, never trained "
        "on. Units that nearly repeat an authored unit: "
        f"{real['near_duplicates_of_authored_units']}."
    ]
    over_units = format_interval(real["macro_f1_over_units"])
    lines += ["", *describe_frames(real["metrics"]), ""]
    lines += [
        f"Resampling sentences instead of articles, macro-F1 is {over_units}: that interval holds "
        "for these three articles, the one above is what three articles can say of others.",
        "",
        "Micro-F1 by article: "
        + ", ".join(
            f"{name[:3]} {of['micro_f1']:.3f} ({of['units']} units)"
            for name, of in real["by_article"].items()
        )
        + ".",
        "",
        "| share of units | gold | counted | mean probability |",
        "|---|---|---|---|",
    ]
    for frame, of in real["shares"].items():
        lines.append(
            f"| `{frame}` | {of['gold']:.3f} | {of['counted']:.3f} | {of['probability']:.3f} |"
        )
    return "\n".join(lines)


def describe_file(name: str) -> str:
    """A part of the results page, by its marker; says so where nothing was measured yet."""
    file, describe = FROM_FILES[name]
    path = ROOT / "experiments" / file
    return describe(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else NOT_MEASURED


PARTS: dict[str, Callable[[], str]] = {
    "scores": describe_scores,
    "runs": describe_runs,
    "reliability": describe_reliability,
    "benchmarks": describe_kept,
    **{name: partial(describe_file, name) for name in FROM_FILES},
}
"""Every generated part of the results page: what makes it, by its marker."""


def describe_page() -> dict[str, str]:
    """Every generated part of the results page, by its marker."""
    return {name: describe() for name, describe in PARTS.items()}


def write_page() -> None:
    """Put every table into the results page."""
    page = RESULTS.read_text(encoding="utf-8")
    for name, text in describe_page().items():
        page = replace_generated(page, START.format(name), END, text)
    RESULTS.write_text(page, encoding="utf-8")


def main() -> None:
    """Print the tables, and put them into the page if asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--write", action="store_true")
    if parser.parse_args().write:
        write_page()
    print("\n\n".join(describe_page().values()))


if __name__ == "__main__":
    main()
