"""Tables of the simulation: coverage and bias of each estimator, false positives of comparisons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from framing.markdown import render_table

HOLDS = "assumptions hold"


def describe_coverage(result: Mapping[str, Any]) -> str:
    """The simulation's part of the results page.

    Args:
        result: As `coverage.json` holds it.
    """
    names = [f"{p:.2f}".lstrip("0") for p in result["prevalences"]]
    held = [of for of in result["coverage"] if of["case"] == HOLDS]
    parts = [
        f"{result['repetitions']} draws a cell; error of a coverage of .95 by chance about "
        f"{1.96 * (0.95 * 0.05 / result['repetitions']) ** 0.5:.3f}.",
        f"Coverage of the 95 % interval where probabilities are calibrated and error rates are the "
        f"same as held out: mean over {len(held)} worlds (30 or 100 stories; likeness .05 or .25; "
        "quality 1.5, 2.5 or 4; 100 or 400 sentences coded), and the least of them. `-`: rates "
        "too close to correct with in a draw of ten or more.",
        render_table(["estimator, true share", *names], _list_held(held, len(names))),
        "Where an assumption fails (100 stories, 400 coded): coverage, and mean error in points.",
        render_table(
            ["text", "estimator, true share", *names],
            [
                [of["case"], name, *(_format_pair(*pair) for pair in _pair(figures))]
                for of in result["coverage"]
                if of["case"] != HOLDS
                for name, figures in of["estimators"].items()
            ],
        ),
        "False positives: share of comparisons of two groups of one text with p < .05 "
        f"({result['permutations']} permutations each).",
        render_table(
            ["stories in the groups", "estimator, true share", *names],
            [
                [" and ".join(map(str, of["stories"])), of["estimator"], *map(_format, of["share"])]
                for of in result["false_positives"]
            ],
        ),
    ]
    return "\n\n".join(part.strip("\n") for part in parts)


def list_rows(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Coverage by case, estimator and true share, for the figure: means over the worlds."""
    gathered: dict[tuple[str, str, float], list[float]] = defaultdict(list)
    for of in result["coverage"]:
        for name, figures in of["estimators"].items():
            for share, covered in zip(result["prevalences"], figures["coverage"], strict=True):
                if covered is not None:
                    gathered[of["case"], name, share].append(covered)
    return [
        {"case": case, "estimator": name, "share": share, "coverage": sum(of) / len(of)}
        for (case, name, share), of in gathered.items()
    ]


def _list_held(held: Sequence[Mapping[str, Any]], n_shares: int) -> list[list[str]]:
    rows = []
    for name in held[0]["estimators"]:
        cells = []
        for k in range(n_shares):
            values = [of["estimators"][name]["coverage"][k] for of in held]
            known = [value for value in values if value is not None]
            cells.append(
                f"{_format(sum(known) / len(known))} ({_format(min(known))})" if known else "-"
            )
        rows.append([name, *cells])
    return rows


def _pair(figures: Mapping[str, Any]) -> list[tuple[float | None, float | None]]:
    return list(zip(figures["coverage"], figures["error"], strict=True))


def _format_pair(covered: float | None, error: float | None) -> str:
    if covered is None or error is None:
        return "-"
    return f"{_format(covered)}, {100 * error:+.1f}"


def _format(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}".removeprefix("0")
