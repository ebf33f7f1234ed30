"""Comparing: shares by group, and the difference of each pair of groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

import numpy as np

from framing.articles.article import UNKNOWN
from framing.comparison.grouping import (
    OTHERS,
    PERIODS,
    find_wire_copy,
    group_units,
    match_events,
    name_period,
    weigh_units,
)
from framing.errors import InputError
from framing.prevalence import (
    Contrast,
    Domain,
    ErrorRates,
    Estimate,
    ScoredUnits,
    compare_estimates,
    estimate_shares,
    tune_predictions,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from framing.comparison.scored_text import ScoredText
    from framing.comparison.settings import Settings
    from framing.prevalence import CodedUnits
    from framing.stories import Stories

FEW_STORIES = 10
"""Stories in a group below which a difference is marked: t intervals of so few are rough."""
ALL_PAIRS_UP_TO = 5


@dataclass(frozen=True)
class Tested:
    """One pair of groups, by every way it was tested; None where a way leaves nothing to test."""

    first: str
    second: str
    overall: Contrast
    estimates: tuple[Estimate, Estimate]
    without_copies: Contrast | None
    within_events: Contrast | None
    events: int
    """Events that both groups cover."""
    event_units: int
    """Units of both groups on them."""


class Comparer:
    """Estimates and compares groups of one scored text by one choice of settings."""

    def __init__(
        self,
        scored: ScoredText,
        stories: Stories,
        settings: Settings,
        *,
        coded: CodedUnits | None = None,
        rates: ErrorRates | None = None,
    ) -> None:
        """Prepare a comparison.

        Raises:
            ConfigError, InputError: The text cannot be grouped so.
        """
        self.scored = scored
        self.stories = stories
        self.settings = settings
        self.rates = rates
        self.grouping = group_units(scored, settings.by)
        self.wire = find_wire_copy(scored, stories)
        languages = np.array([article.language for article in scored.articles])
        self.units = ScoredUnits(
            scored.probabilities,
            scored.decisions,
            stories.clusters[scored.owners],
            scored.speakers,
            languages[scored.owners],
            coded,
        )
        ids = scored.codebook.speaker_ids
        self._voices = tuple(ids.index(name) for name in settings.voices) or None
        if coded is not None:
            everything = Domain(np.ones(len(scored)), self._voices, settings.measure)
            tuned = tune_predictions(self.units, everything, coded)
            self.units = replace(self.units, coded=replace(coded, tuned=tuned))

    @cached_property
    def group_names(self) -> list[str]:
        """Groups to show, those of the pairs first if pairs were asked for."""
        asked = [name for pair in self.settings.pairs for name in pair if name != OTHERS]
        for name in asked:
            self.grouping.select(name)
        return list(dict.fromkeys(asked)) or list(self.grouping.members)

    def estimate_group(self, name: str) -> Estimate:
        """Shares of the frames in one group."""
        return self._estimate(self.units, self.weigh(name))

    def estimate_domain(self, domain: Domain, units: ScoredUnits | None = None) -> Estimate:
        """Shares of the frames in any part of the text; unknown where nothing of it is coded.

        Args:
            domain: Which units, and what is asked.
            units: The scored units in other clusters; by default those of the text.
        """
        units = units or self.units
        if not self._can_tell(domain.weights):
            return Estimate.unknown(units.n_clusters, units.probabilities.shape[1])
        return estimate_shares(units, domain, self.settings.estimator, rates=self.rates)

    def weigh(self, name: str) -> NDArray[np.float64]:
        """How much each unit counts in a group (n_units)."""
        return self._weigh(self.grouping.select(name))

    def choose_pairs(self) -> list[tuple[str, str]]:
        """Pairs to compare: those asked for, or those that suggest themselves.

        These are each period with the next one; all pairs of up to five groups; or each of more
        groups with all the others together. Groups of one story are passed over, and of one coded
        story where a coded sample rectifies.

        Raises:
            InputError: A group asked for has one story, or fewer than two groups have more.
        """
        for pair in self.settings.pairs:
            for name in pair:
                self._require_stories(name)
            if pair[0] == pair[1]:
                raise InputError(f"{pair[0]!r} is compared with itself", hint="name two groups")
        if self.settings.pairs:
            return list(self.settings.pairs)
        self.grouping.require_some()
        fit = self.fit_groups
        if len(fit) < 2:
            raise InputError(
                f"fewer than two groups by {self.settings.by} have two {self._kind} or more: "
                + self._list_stories(),
                hint="score more articles, or compare by something else: --by",
            )
        if self.settings.by in PERIODS:
            return list(pairwise(fit))
        if len(fit) <= ALL_PAIRS_UP_TO:
            return list(combinations(fit, 2))
        return [(name, OTHERS) for name in fit]

    @cached_property
    def fit_groups(self) -> list[str]:
        """Known groups of two stories or more, coded ones where a sample rectifies."""
        return [name for name in self.grouping.known if self.count_told(name) > 1]

    def count_stories(self, name: str) -> int:
        """Stories in a group, of what counts in it: without wire copy where that is left out."""
        return len(np.unique(self.units.clusters[self.weigh(name) > 0]))

    def count_told(self, name: str) -> int:
        """Stories in a group that tell something of it: the coded ones where a sample rectifies."""
        coded = self._coded
        if coded is None:
            return self.count_stories(name)
        rows = coded.rows[self.grouping.select(name)[coded.rows] & coded.belongs]
        return len(np.unique(self.units.clusters[rows]))

    def test_pair(self, first: str, second: str) -> Tested:
        """Compare two groups in every way."""
        members = self._resolve(first, second)
        weights = (self._weigh(members[0]), self._weigh(members[1]))
        estimates = tuple(self._estimate(self.units, one) for one in weights)
        within, events, event_units = self._test_within(*weights)
        return Tested(
            first,
            second,
            compare_estimates(*estimates),
            (estimates[0], estimates[1]),
            self._test_without_copies(*members),
            within,
            events,
            event_units,
        )

    def _weigh(self, members: NDArray[np.bool_], copies: str | None = None) -> NDArray[np.float64]:
        copies = copies or self.settings.copies
        return weigh_units(self.scored, self.stories, members, copies, self.wire)

    def _resolve(self, first: str, second: str) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Units of both groups; `OTHERS` are all known units that the other group lacks."""
        mine = self.grouping.select(first)
        if second != OTHERS:
            return mine, self.grouping.select(second)
        known = np.zeros_like(mine)
        for name in self.grouping.known:
            known |= self.grouping.members[name]
        return mine, known & ~mine

    def _estimate(self, units: ScoredUnits, weights: NDArray[np.float64]) -> Estimate:
        domain = Domain(weights, self._voices, self.settings.measure)
        return self.estimate_domain(domain, units)

    def _test_without_copies(
        self, first: NDArray[np.bool_], second: NDArray[np.bool_]
    ) -> Contrast | None:
        if not self.wire.any():
            return None
        return self._compare(
            self.units, [self._weigh(members, "without") for members in (first, second)]
        )

    def _test_within(
        self, first: NDArray[np.float64], second: NDArray[np.float64]
    ) -> tuple[Contrast | None, int, int]:
        if self._events is None:
            return None, 0, 0
        first, second, found = match_events(first, second, self._events)
        if found < 2:
            return None, found, 0
        units = replace(self.units, clusters=self._event_clusters)
        contrast = self._compare(units, [first, second])
        return contrast, found, int(((first > 0) | (second > 0)).sum())

    def _compare(
        self, units: ScoredUnits, weights: Sequence[NDArray[np.float64]]
    ) -> Contrast | None:
        if not all(self._can_tell(one) for one in weights):
            return None
        return compare_estimates(*(self._estimate(units, one) for one in weights))

    def _can_tell(self, weights: NDArray[np.float64]) -> bool:
        """Whether a group so weighed has a unit, and a coded one where a sample rectifies."""
        coded = self._coded
        if coded is None:
            return bool((weights > 0).any())
        return bool((weights[coded.rows] * coded.belongs > 0).any())

    @property
    def _coded(self) -> CodedUnits | None:
        return self.units.coded if self.settings.estimator == "rectified" else None

    @property
    def _kind(self) -> str:
        return "stories" if self._coded is None else "coded stories"

    @cached_property
    def _events(self) -> NDArray[np.intp] | None:
        """Event of each unit, -1 for none; None if there are no events."""
        within, articles = self.settings.within, self.scored.articles
        if within == "nothing" or self.settings.by in PERIODS:
            return None
        if within == "story":
            return self.units.clusters
        names = [
            article.event if within == "event" else name_period(article.date, within)
            for article in articles
        ]
        known = sorted({name for name in names if name and name != UNKNOWN})
        place: Mapping[str | None, int] = {name: k for k, name in enumerate(known)}
        of_article = np.array([place.get(name, -1) for name in names], dtype=np.intp)
        return of_article[self.scored.owners] if known else None

    @cached_property
    def _event_clusters(self) -> NDArray[np.intp]:
        """What is resampled whole: events, and those that a story's copies tie together."""
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        assert self._events is not None
        stories = self.units.clusters
        n_stories = self.units.n_clusters
        known = self._events >= 0
        size = n_stories + int(self._events.max()) + 1
        edges = coo_array(
            (np.ones(int(known.sum())), (stories[known], n_stories + self._events[known])),
            shape=(size, size),
        )
        _, labels = connected_components(edges, directed=False)
        found: NDArray[np.intp] = np.unique(labels[stories], return_inverse=True)[1]
        return found

    def _require_stories(self, name: str) -> None:
        if name == OTHERS:
            return
        if self.count_stories(name) < 2:
            raise InputError(
                f"{self.settings.by} {name!r} has one story: one article cannot be told from "
                "the rest of its outlet's coverage",
                hint=f"there are {self._list_stories()}",
            )
        if self.count_told(name) < 2:
            raise InputError(
                f"{self.settings.by} {name!r} has fewer than two coded stories",
                hint=f"code more of it: there are {self._list_stories()}",
            )

    def _list_stories(self) -> str:
        counted = [f"{name} ({self.count_told(name)})" for name in self.grouping.known]
        return ", ".join(counted[:8]) + (" ..." if len(counted) > 8 else "")
