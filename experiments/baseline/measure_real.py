"""Score the shipped baseline on real articles that were coded and never trained on.

    python experiments/baseline/measure_real.py --texts ARTICLES --codes CODES.jsonl [--write]

Texts and codes lie outside the repository, since the articles may not be redistributed. Prints
per-frame figures, the shares that counting and probabilities give beside the true ones, and whether
any unit nearly repeats a training unit; with --write keeps them in `real_articles.json`.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from framing import ReadOptions, evaluate_scores, load_dataset, load_model, read_articles
from framing.files import write_json
from framing.splits import find_near_duplicates

ROOT = Path(__file__).resolve().parents[2]
RESULT = Path(__file__).with_name("real_articles.json")


def measure(texts: Path, codes: Path) -> dict[str, Any]:
    """Every figure on the real articles, as `real_articles.json` holds them."""
    model = load_model("baseline")
    real = load_dataset(read_articles([texts], ReadOptions(strict=True)), codes, model.codebook)
    authored = load_dataset(
        read_articles([ROOT / "annotations" / "articles"]),
        ROOT / "annotations" / "codes" / "gold.jsonl",
        model.codebook,
    )
    scores = model.score_units(real.texts, real.passages)
    shares = {
        frame: {
            "gold": float(real.frames[:, k].mean()),
            "counted": float(scores.decisions[:, k].mean()),
            "probability": float(scores.probabilities[:, k].mean()),
        }
        for k, frame in enumerate(model.codebook.frame_ids)
    }
    by_article = {}
    for name in sorted(real.about):
        one = real.select({name})
        metrics = evaluate_scores(model.score_units(one.texts, one.passages), one)
        by_article[name] = {"units": len(one), "micro_f1": metrics["micro_f1"]["estimate"]}
    return {
        "model": model.digest,
        "articles": len(real.about),
        "metrics": evaluate_scores(scores, real),
        "macro_f1_over_units": bootstrap_units(scores.decisions, real.frames),
        "shares": shares,
        "by_article": by_article,
        "near_duplicates_of_authored_units": len(find_near_duplicates(real.texts, authored.texts)),
    }


def bootstrap_units(said: np.ndarray, gold: np.ndarray) -> dict[str, float]:
    """Macro-F1 with an interval that resamples sentences: holds for these three articles only."""
    generator = np.random.default_rng(0)

    def macro(rows: np.ndarray) -> float:
        hits = (said[rows] & gold[rows]).sum(axis=0)
        total = said[rows].sum(axis=0) + gold[rows].sum(axis=0)
        present = gold[rows].any(axis=0)
        return float((2 * hits / np.maximum(total, 1))[present].mean())

    every = np.arange(len(gold))
    drawn = [macro(generator.choice(every, size=len(every))) for _ in range(2000)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return {"estimate": macro(every), "low": float(low), "high": float(high)}


def main() -> None:
    """Print the figures, and keep them if asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--texts", type=Path, required=True)
    parser.add_argument("--codes", type=Path, required=True)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    result = measure(options.texts, options.codes)
    if options.write:
        write_json(RESULT, result)
    for frame, of in result["metrics"]["frames"].items():
        print(f"{frame}: F1 {of['f1']['estimate']:.3f} on {of['units']} units")
    for name in ("macro_f1", "micro_f1"):
        print(name, {key: round(value, 3) for key, value in result["metrics"][name].items()})
    print("shares", result["shares"])


if __name__ == "__main__":
    main()
