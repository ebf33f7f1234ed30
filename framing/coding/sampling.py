"""Sampling: which units to code next, each with the probability with which it was chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from framing.coding.codes import digest_text
from framing.coding.draws import (
    allocate,
    draw_pivotal,
    draw_simple,
    order_by_nearness,
    spread_probability,
)
from framing.coding.population import GROUPS, Population
from framing.coding.uncertainty import MEASURES, find_spread, measure_doubt, sum_by
from framing.errors import ConfigError

if TYPE_CHECKING:
    from numpy.typing import NDArray

DESIGNS = ("random", "stratified", "uncertain", "diverse")
ALLOCATIONS = ("proportional", "equal", "neyman")
FLOOR = 0.2
"""Part of the probability that the uncertain design spreads evenly, by default."""
EVERYTHING = "all"
"""The stratum where there are no strata."""


@dataclass(frozen=True, kw_only=True)
class Design:
    """How units are chosen. Every design is a probability design: each unit has a known chance.

    - random: simple random sampling without replacement. The plain choice, and the one to test on.
    - stratified: simple random sampling within groups (Cochran 1977, "Sampling Techniques",
      chapter 5), so that small outlets or quiet months are coded too.
    - uncertain: chance in proportion to how unsure the model is, so that coding corrects it where
      it errs; a floor spread evenly keeps every unit possible and no weight extreme (Zrnic and
      Candès 2024, "Active statistical inference"). Drawn by the pivotal method in random
      order (Deville and Tillé 1998), which holds these chances exactly and the size fixed.
    - diverse: equal chances, but units with like probabilities exclude one another, so that the
      sample resembles the population in all frames at once. The pivotal method between near
      units (Grafström, Lundström and Schelin 2012, "Spatially balanced sampling through the pivotal
      method"), neighbours being those of a k-d tree, so that it takes n log n and not n squared.
    """

    name: str = "random"
    by: tuple[str, ...] = ()
    """stratified: facts of the article that make a stratum."""
    allocation: str | None = None
    """stratified: proportional (to size), equal, or neyman (to size times spread)."""
    frame: str | None = None
    """uncertain, diverse, neyman: look at this frame alone; else at all of them."""
    measure: str | None = None
    """uncertain: deviation, the square root of summed p(1 - p), in proportion to which sampling
    is most precise; variance, the sum itself; or entropy."""
    floor: float | None = None
    """uncertain: part of the probability spread evenly, in (0, 1]."""
    whole_articles: bool = False
    """Choose articles and code all their units: n counts articles, and a unit's probability is
    its article's."""
    seed: int = 0

    def __post_init__(self) -> None:
        """Check that the settings are known and belong to the design.

        Raises:
            ConfigError: One is not, or does not.
        """
        _require("--design", self.name, DESIGNS)
        stratified, uncertain = self.name == "stratified", self.name == "uncertain"
        for by in self.by:
            _require("--by", by, GROUPS)
        if self.allocation is not None:
            _require("--allocation", self.allocation, ALLOCATIONS)
        if self.measure is not None:
            _require("--measure", self.measure, MEASURES)
        if stratified and not self.by:
            raise ConfigError("strata of what?", hint=f"add --by {', '.join(GROUPS)}")
        for option, value, fits, where in (
            ("--by", self.by or None, stratified, "--design stratified"),
            ("--allocation", self.allocation, stratified, "--design stratified"),
            ("--measure", self.measure, uncertain, "--design uncertain"),
            ("--floor", self.floor, uncertain, "--design uncertain"),
            ("--frame", self.frame, self.scored, "designs that use scores"),
        ):
            if value is not None and not fits:
                raise ConfigError(f"{option} belongs to {where}", hint="leave it out")
        if self.floor is not None and not 0 < self.floor <= 1:
            raise ConfigError(
                f"--floor {self.floor} is not above 0 and at most 1",
                hint="0.2 spreads a fifth of the probability evenly",
            )
        if self.seed < 0:
            raise ConfigError(f"--seed {self.seed} is negative", hint="try 0")

    @property
    def scored(self) -> bool:
        """Whether it needs scores."""
        return self.name in ("uncertain", "diverse") or self.allocation == "neyman"

    @property
    def settings(self) -> dict[str, Any]:
        """What else was settled, for the rows of the sample."""
        if self.name == "stratified":
            found = {"by": "+".join(self.by), "allocation": self.allocation or "proportional"}
        elif self.name == "uncertain":
            floor = FLOOR if self.floor is None else self.floor
            found = {"measure": self.measure or MEASURES[0], "floor": str(floor)}
        else:
            found = {}
        return found | ({"frame": self.frame} if self.frame else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class SampledUnit:
    """One unit to code; offsets count code points, the end is exclusive.

    It does not say what the model thinks of the unit: that would steer whoever codes it.
    """

    article: str
    unit: int
    start: int
    end: int
    sha1: str
    text: str | None = None
    stratum: str = EVERYTHING
    inclusion_probability: float
    """Chance with which this unit was to be chosen, in (0, 1]."""
    design: str
    sampled: str = "unit"
    """What was drawn: `unit`, or `article` where whole articles were; n and population count it."""
    seed: int
    n: int
    """Drawn in all."""
    population: int
    """Out of so many."""
    stratum_n: int
    """Drawn in this stratum."""
    stratum_population: int
    """Out of so many."""
    settings: str = ""
    """Other settings of the design, as `by=outlet allocation=equal`."""


def draw_sample(population: Population, n: int, design: Design) -> list[SampledUnit]:
    """Choose units; the same seed chooses the same ones, in whatever order they were read.

    The sum of 1 / inclusion_probability over the chosen units of a kind estimates, without bias,
    how many there are (Horvitz and Thompson 1952, "A generalization of sampling without
    replacement from a finite universe").

    Args:
        population: What to choose from.
        n: How many units, or articles where the design takes whole ones.
        design: How to choose.

    Returns:
        The chosen units in the order of article names and then of the text.

    Raises:
        ConfigError: n is not positive, more than there is, or less than the strata.
        InputError: The design needs scores, and there are none.
        CodebookError: The frame was not scored.
    """
    owners = population.articles if design.whole_articles else np.arange(len(population))
    size = int(owners[-1]) + 1 if len(owners) else 0
    what = "articles" if design.whole_articles else "units"
    if n < 1:
        raise ConfigError(f"-n {n} is no sample", hint="give 1 or more")
    if n > size:
        raise ConfigError(
            f"-n {n:,} is more than the {size:,} {what} there are to choose from",
            hint=f"give {size:,} or less, or read more articles",
        )
    generator = np.random.default_rng(design.seed)
    names, strata = _group(population, owners, size, design.by)
    chosen, chances = _draw(population, owners, (names, strata), n, design, generator)
    drawn, out_of = np.bincount(strata[chosen], minlength=len(names)), np.bincount(strata)
    about: dict[str, Any] = {
        "design": design.name,
        "sampled": what[:-1],
        "seed": design.seed,
        "n": n,
        "population": size,
        "settings": " ".join(f"{key}={value}" for key, value in design.settings.items()),
    }
    sample = []
    for index in np.flatnonzero(chosen[owners]):
        unit, owner = population.units[index], owners[index]
        stratum = strata[owner]
        sample.append(
            SampledUnit(
                article=unit.source.article,
                unit=unit.unit,
                start=unit.start,
                end=unit.end,
                sha1=digest_text(unit.text),
                text=unit.text,
                stratum=names[stratum],
                inclusion_probability=float(chances[owner]),
                stratum_n=int(drawn[stratum]),
                stratum_population=int(out_of[stratum]),
                **about,
            )
        )
    return sample


def describe_strata(sample: Sequence[SampledUnit]) -> list[dict[str, Any]]:
    """One row a stratum: its name, how many it has, how many were drawn, and what that allows.

    Returns:
        Rows of stratum, population, n, units (that are to be coded), low and high (the least and
        greatest probability) and note.
    """
    groups: dict[str, list[SampledUnit]] = {}
    for unit in sample:
        groups.setdefault(unit.stratum, []).append(unit)
    rows = []
    for name, units in sorted(groups.items()):
        n, population = units[0].stratum_n, units[0].stratum_population
        chances = [unit.inclusion_probability for unit in units]
        note = ""
        if n == population:
            note = "all of it"
        elif n == 1:
            note = "only one: its spread cannot be seen"
        rows.append(
            {
                "stratum": name,
                "population": population,
                "n": n,
                "units": len(units),
                "low": min(chances),
                "high": max(chances),
                "note": note,
            }
        )
    return rows


def _draw(
    population: Population,
    owners: NDArray[np.intp],
    groups: tuple[list[str], NDArray[np.intp]],
    n: int,
    design: Design,
    generator: np.random.Generator,
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Which elements are chosen, and with which probability each was to be (n_elements)."""
    size = len(groups[1])
    if design.name == "uncertain":
        columns = population.columns(design.frame)
        doubt = measure_doubt(columns, owners, design.measure or MEASURES[0])
        floor = FLOOR if design.floor is None else design.floor
        mean = doubt.mean()
        weights = floor * mean + (1 - floor) * doubt if mean > 0 else np.ones(size)
        chances = spread_probability(weights, n)
        return draw_pivotal(chances, generator.permutation(size), generator), chances
    if design.name == "diverse":
        columns = population.columns(design.frame)
        points = sum_by(owners, columns) / np.bincount(owners)[:, None]
        # In a part where less than one is expected, it hardly matters who is nearest to whom.
        order = order_by_nearness(points, max(1, size // (2 * n)), generator)
        chances = np.full(size, n / size)
        return draw_pivotal(chances, order, generator), chances
    return _draw_in_strata(population, owners, groups, n, design, generator)


def _draw_in_strata(
    population: Population,
    owners: NDArray[np.intp],
    groups: tuple[list[str], NDArray[np.intp]],
    n: int,
    design: Design,
    generator: np.random.Generator,
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    names, strata = groups
    sizes = np.bincount(strata, minlength=len(names))
    weights = sizes.astype(float)
    if design.allocation == "equal":
        weights = np.ones(len(names))
    elif design.allocation == "neyman":
        weights = sizes * find_spread(population.columns(design.frame), owners, strata)
    chosen = np.zeros(len(strata), dtype=bool)
    chances = np.zeros(len(strata))
    for stratum, count in enumerate(allocate(sizes, weights, n)):
        members = np.flatnonzero(strata == stratum)
        chosen[members] = draw_simple(len(members), int(count), generator)
        chances[members] = count / len(members)
    return chosen, chances


def _group(
    population: Population, owners: NDArray[np.intp], size: int, by: tuple[str, ...]
) -> tuple[list[str], NDArray[np.intp]]:
    """Names of the strata, sorted, and the stratum of each element (n_elements)."""
    if not by:
        return [EVERYTHING], np.zeros(size, dtype=np.intp)
    first = np.unique(owners, return_index=True)[1]
    sources = [population.units[index].source for index in first]
    keys = [" / ".join(getattr(source, fact) for fact in by) for source in sources]
    names = sorted(set(keys))
    number = {name: index for index, name in enumerate(names)}
    return names, np.array([number[key] for key in keys], dtype=np.intp)


def _require(option: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise ConfigError(f"{option} {value!r} is not known", hint=f"known: {', '.join(known)}")
