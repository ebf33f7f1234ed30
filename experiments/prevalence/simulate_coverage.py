"""How often the 95 % interval of each estimator covers the truth, and how often a comparison errs.

    python experiments/prevalence/simulate_coverage.py [--repetitions 1000] [--write]

Text is simulated (`simulated_text.py`): six frames of known prevalence in stories of alike
sentences, and a classifier of known quality. Coverage is counted over a grid of prevalence,
quality, number and likeness of stories and size of the coded sample, where the assumption of an
estimator holds and where it does not. False positives are counted between groups that do not
differ. --write keeps `coverage.json`; `experiments/report_scores.py --write` renders its tables.
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from experiments.prevalence.simulated_text import (
    PREVALENCES,
    World,
    draw_sample,
    measure_rates,
    simulate_text,
)
from framing.files import write_json
from framing.prevalence import (
    ESTIMATORS,
    Domain,
    ScoredUnits,
    compare_estimates,
    estimate_shares,
    tune_predictions,
)

RESULT = Path(__file__).with_name("coverage.json")
HELD_OUT_STORIES = 75
"""As many as the test articles that the shipped error rates come from."""
GROUPS = ((5, 30), (10, 60), (20, 20), (50, 50), (100, 100))
PERMUTATIONS = 999


def plan_worlds() -> Iterator[tuple[str, World, int]]:
    """Name of the case, world and size of the coded sample."""
    for stories, likeness, quality, n in itertools.product(
        (30, 100), (0.05, 0.25), (1.5, 2.5, 4.0), (100, 400)
    ):
        yield "assumptions hold", World(stories, likeness=likeness, quality=quality), n
    base = World(100, likeness=0.15)
    yield "learnt from rarer frames", replace(base, learnt_from=0.4), 400
    yield "learnt from commoner frames", replace(base, learnt_from=2.5), 400
    yield "worse here than held out", replace(base, worse=1.0), 400


def measure_coverage(world: World, n: int, repetitions: int, seed: int) -> dict[str, Any]:
    """Coverage, mean error and width of each estimator's interval, by frame."""
    generator = np.random.default_rng(seed)
    truth = np.array(PREVALENCES)
    held_out = replace(world, stories=HELD_OUT_STORIES)
    covered, errors, widths = ({name: [] for name in ESTIMATORS} for _ in range(3))
    for _ in range(repetitions):
        units = draw_sample(simulate_text(world, generator), n, generator)
        rates = measure_rates(simulate_text(held_out, generator, held_out=True))
        domain = Domain(np.ones(len(units)))
        for name in ESTIMATORS:
            found = estimate_shares(units, domain, name, rates=rates).shares
            known = ~np.isnan(found.low)
            inside = (found.low <= truth) & (truth <= found.high)
            covered[name].append(np.where(known, inside, np.nan))
            errors[name].append(found.estimate - truth)
            widths[name].append(found.high - found.low)
    return {
        name: {
            "coverage": _mean(covered[name]),
            "error": _mean(errors[name]),
            "width": _mean(widths[name]),
        }
        for name in ESTIMATORS
    }


def measure_false_positives(
    sizes: tuple[int, int], estimator: str, repetitions: int, seed: int
) -> list[float | None]:
    """Share of comparisons with p < .05 between groups of one text, by frame."""
    generator = np.random.default_rng(seed)
    world = World(sum(sizes), likeness=0.15)
    held_out = replace(world, stories=HELD_OUT_STORIES)
    rejected = []
    for _ in range(repetitions):
        units = share_tuning(draw_sample(simulate_text(world, generator), 400, generator))
        rates = measure_rates(simulate_text(held_out, generator, held_out=True))
        first = np.isin(units.clusters, generator.permutation(sum(sizes))[: sizes[0]])
        estimates = [
            estimate_shares(units, Domain(rows.astype(float)), estimator, rates=rates)
            for rows in (first, ~first)
        ]
        p_value = compare_estimates(
            *estimates, seed=int(generator.integers(2**32)), permutations=PERMUTATIONS
        ).p_value
        rejected.append(np.where(np.isnan(p_value), np.nan, p_value < 0.05))
    return _mean(rejected)


def share_tuning(units: ScoredUnits) -> ScoredUnits:
    """The same units, with one factor on predictions for all groups, as a comparison has it."""
    assert units.coded is not None
    tuned = tune_predictions(units, Domain(np.ones(len(units))), units.coded)
    return replace(units, coded=replace(units.coded, tuned=tuned))


def main() -> None:
    """Run the grid and print, or keep, what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repetitions", type=int, default=1000)
    parser.add_argument("--write", action="store_true", help="keep the result")
    options = parser.parse_args()
    start = time.monotonic()
    coverage = []
    for seed, (case, world, n) in enumerate(plan_worlds()):
        figures = measure_coverage(world, n, options.repetitions, seed)
        coverage.append({"case": case, "world": asdict(world), "coded": n, "estimators": figures})
        print(case, world.stories, world.likeness, world.quality, n,
              {name: of["coverage"] for name, of in figures.items()}, flush=True)  # fmt: skip
    false_positives = []
    for seed, (sizes, name) in enumerate(itertools.product(GROUPS, ESTIMATORS)):
        found = measure_false_positives(sizes, name, options.repetitions, seed)
        false_positives.append({"stories": list(sizes), "estimator": name, "share": found})
        print(sizes, name, found, flush=True)
    if options.write:
        write_json(
            RESULT,
            {
                "repetitions": options.repetitions,
                "prevalences": list(PREVALENCES),
                "held_out_stories": HELD_OUT_STORIES,
                "permutations": PERMUTATIONS,
                "coverage": coverage,
                "false_positives": false_positives,
            },
        )
    print(f"{(time.monotonic() - start) / 60:.1f} minutes")


def _mean(rows: list[Any]) -> list[float | None]:
    """Means by frame; None where a figure was known in fewer than nine draws of ten."""
    values = np.array(rows, dtype=float)
    known = np.isfinite(values)
    means = np.where(known, values, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    enough = known.mean(axis=0) >= 0.9
    return [round(float(m), 4) if ok else None for m, ok in zip(means, enough, strict=True)]


if __name__ == "__main__":
    main()
