"""Simulated coverage: stories of sentences with known frames, and a classifier of known quality."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit, logit

from framing.prevalence import CodedUnits, ScoredUnits
from framing.prevalence.error_rates import ErrorRates, count_outcomes

if TYPE_CHECKING:
    from numpy.typing import NDArray

PREVALENCES = (0.02, 0.05, 0.1, 0.2, 0.4, 0.6)
"""Of six frames that are simulated at once, one a column."""


@dataclass(frozen=True)
class World:
    """How text is written and how well it is read."""

    stories: int
    sentences: int = 15
    """Mean number in a story; a third of stories are half as long, a third half as long again."""
    likeness: float = 0.15
    """Intra-class correlation of a frame within stories, in (0, 1)."""
    quality: float = 2.5
    """Distance of the scores of units with and without the frame, in standard deviations."""
    learnt_from: float = 1.0
    """Odds of the frame in the text that calibrated the classifier, relative to this text: 1 makes
    probabilities calibrated."""
    worse: float = 0.0
    """By how much the quality is lower here than on the held-out text."""


@dataclass(frozen=True)
class Simulated:
    """One draw of text."""

    units: ScoredUnits
    gold: NDArray[np.bool_]
    """(n_units, n_frames)."""


def simulate_text(
    world: World,
    generator: np.random.Generator,
    *,
    prevalences: tuple[float, ...] = PREVALENCES,
    held_out: bool = False,
) -> Simulated:
    """Draw stories, their sentences, true frames and scores.

    A story's own share of a frame is drawn from a beta distribution whose variance is the
    likeness. The score of a sentence is normal, `quality` higher where the frame is there;
    its probability is Bayes' with the odds of the text learnt from, and the decision is
    probability >= .5 at these odds or, for rare frames, the threshold where recall is precision.

    Args:
        world: What to draw from.
        generator: Of the draws.
        prevalences: True shares, one a frame.
        held_out: Draw the text error rates are measured on: with the odds learnt from, and as good
            as the classifier is there.
    """
    share = np.array(prevalences)
    learnt = expit(logit(share) + np.log(world.learnt_from))
    here = learnt if held_out else share
    factor = np.array([0.5, 1.0, 1.5])[np.arange(world.stories) % 3]
    sizes = 1 + generator.poisson(np.maximum(factor * world.sentences - 1, 0))
    spread = 1 / world.likeness - 1
    own = generator.beta(here * spread, (1 - here) * spread, size=(world.stories, len(here)))
    clusters = np.repeat(np.arange(world.stories), sizes)
    gold = generator.random((len(clusters), len(here))) < own[clusters]
    quality = world.quality - (0.0 if held_out else world.worse)
    scores = generator.normal(size=gold.shape) + quality * gold
    # What the classifier believes: the quality it had where it was calibrated.
    evidence = world.quality * scores - world.quality**2 / 2
    probabilities = expit(evidence + logit(learnt))
    units = ScoredUnits(probabilities, probabilities >= 0.5, clusters)
    return Simulated(units, gold)


def draw_sample(text: Simulated, n: int, generator: np.random.Generator) -> ScoredUnits:
    """The same units, with a simple random sample of n of them coded."""
    total = len(text.units)
    rows = np.sort(generator.choice(total, size=min(n, total), replace=False))
    coded = CodedUnits(
        rows=rows,
        weights=np.full(len(rows), total / len(rows)),
        frames=text.gold[rows],
        speakers=np.full(len(rows), -1),
        belongs=np.ones(len(rows), dtype=bool),
        rectifies_speakers=False,
    )
    units = text.units
    return ScoredUnits(units.probabilities, units.decisions, units.clusters, coded=coded)


def measure_rates(text: Simulated) -> ErrorRates:
    """Error rates of the classifier on held-out text."""
    clusters = text.units.clusters
    counts = [
        count_outcomes(text.units.decisions[clusters == k], text.gold[clusters == k])
        for k in range(text.units.n_clusters)
    ]
    return ErrorRates(
        model="simulated",
        codebook="simulated",
        frames=tuple(f"frame {k}" for k in range(text.gold.shape[1])),
        languages=("",) * len(counts),
        outcomes=np.stack(counts),
        alpha={},
    )
