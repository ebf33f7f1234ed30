"""Tables of the kept runs: every folder of `framing run` under experiments/, from its metrics."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from framing.evaluation import format_interval
from framing.experiments.reproduction import list_runs
from framing.experiments.running import ENVIRONMENT, METRICS
from framing.markdown import render_table
from framing.reading import read_json

ROOT = Path(__file__).resolve().parents[1]


def describe_runs(folder: Path = ROOT / "experiments") -> str:
    """All runs on the authored test text in one table, then tiers and coders of the first of them.

    Args:
        folder: Of the runs.
    """
    runs = {
        path.name: metrics
        for path in list_runs(folder)
        for metrics in [read_json(path / METRICS)]
        # Those of others' data stand in tables of their own.
        if not metrics.get("benchmark")
    }
    if not runs:
        return "Not measured yet."
    heads = [
        "run", "text", "fold", "learnt from", "articles", "units", "macro-F1 (95 %)", "micro-F1",
        "speaker", "seeds", "minutes",
    ]  # fmt: skip
    rows = []
    for name, metrics in runs.items():
        minutes = read_json(folder / name / ENVIRONMENT)["seconds"] / 60
        of_run = [
            [name, text, fold, _say_learnt(metrics, fold), *_describe_scores(by_seed), ""]
            for text, folds in metrics["scores"].items()
            for fold, by_seed in folds.items()
        ]
        of_run[0][-1] = f"{minutes:.1f}"
        rows += of_run
    return render_table(heads, rows)


def _say_learnt(metrics: Mapping[str, Any], fold: str) -> str:
    """Units that the models of a fold learnt from; nothing for folds together."""
    # Runs kept before this was written down have no count.
    counts = [
        fit["learnt"]["units"] for fit in metrics["fits"] if fit["fold"] == fold and "learnt" in fit
    ]
    return str(counts[0]) if counts else ""


def _describe_scores(by_seed: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Articles, units, macro-F1, micro-F1, speaker accuracy of the first seed, and seeds."""
    first = next(iter(by_seed.values()))
    macro = format_interval(first["macro_f1"])
    if len(by_seed) > 1:
        estimates = [of["macro_f1"]["estimate"] for of in by_seed.values()]
        macro = f"{macro}; seeds {', '.join(f'{value:.3f}' for value in estimates)}"
    speaker = first["speaker"]
    return [
        str(first["articles"]),
        str(first["units"]),
        macro,
        f"{first['micro_f1']['estimate']:.3f}",
        f"{speaker['accuracy']['estimate']:.3f}" if speaker else "-",
        ", ".join(by_seed),
    ]


def describe_reliability(folder: Path = ROOT / "experiments") -> str:
    """Tier of each frame by run, beside what the coders reach."""
    runs = [read_json(path / METRICS) for path in list_runs(folder)]
    whole = [
        run for run in runs if "test" in run["scores"]["as_written"] and not run.get("benchmark")
    ]
    if not whole:
        return "Not measured yet."
    frames = list(whole[0]["tiers"])
    rows = [
        [
            run["name"],
            *(f"{of['tier']} ({of['f1']:.3f})" for of in run["tiers"].values()),
        ]
        for run in whole
    ]
    rows += [
        [
            f"coder {coder}",
            *("-" if value is None else f"{value:.3f}" for value in of["frames"].values()),
        ]
        for coder, of in whole[0]["ceiling"].items()
    ]
    alphas = whole[0]["agreement"]["frames"] if whole[0]["agreement"] else {}
    if alphas:
        rows.append(["alpha of the coders", *(f"{alphas[frame]:.3f}" for frame in frames)])
    return render_table(["", *(f"`{frame}`" for frame in frames)], rows)
