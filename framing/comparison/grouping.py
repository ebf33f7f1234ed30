"""Groups: which units count in which group, and how much each copy of a story counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import TYPE_CHECKING

import numpy as np

from framing.articles.article import UNKNOWN
from framing.errors import ConfigError, InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from framing.codebook import Codebook
    from framing.comparison.scored_text import ArticleFacts, ScoredText
    from framing.stories import Stories

SPEAKER = "speaker"
PERIODS = ("day", "week", "month")
ATTRIBUTES = ("country", "outlet", "language", "kind", SPEAKER, "agency", *PERIODS)
COPIES = ("once", "each", "without")
NO_AGENCY = "(none)"
_AGENCY_KINDS = ("wire", "third_country_wire")
"""Kinds of outlet, as annotations/outlets.yaml has them, whose own text is wire copy."""
OTHERS = "(others)"
"""All other known groups together."""
COUNTRIES = {
    "AU": "Australia", "BE": "Belgium", "CH": "Switzerland", "CN": "China", "DE": "Germany",
    "FR": "France", "GB": "United Kingdom", "HK": "Hong Kong", "IN": "India", "JP": "Japan",
    "KP": "North Korea", "KR": "South Korea", "PH": "Philippines", "RU": "Russia",
    "SG": "Singapore", "TW": "Taiwan", "US": "United States",
}  # fmt: skip
LANGUAGES = {"en": "English", "ja": "Japanese", "ko": "Korean", "zh": "Chinese"}


@dataclass(frozen=True)
class Grouping:
    """The groups of one attribute, by name."""

    by: str
    members: Mapping[str, NDArray[np.bool_]]
    """Which units (n_units) are in each, largest group first, periods in their order."""
    labels: Mapping[str, str]
    """Name to show of each."""

    @property
    def known(self) -> list[str]:
        """Groups that are one of something, text of no agency among them: not `unknown`."""
        return [name for name in self.members if name != UNKNOWN]

    def require_some(self) -> None:
        """Refuse text of which nothing is known that it could be grouped by.

        Raises:
            InputError: It is such text.
        """
        if not self.known:
            raise InputError(
                f"of no article the {self.by} is known",
                hint="give it in front matter or in a column, name the outlet with framing score "
                "--outlet, or compare by something else",
            )

    def select(self, name: str) -> NDArray[np.bool_]:
        """Units of a group (n_units).

        Raises:
            InputError: There is no such group; the nearest names are offered.
        """
        if name in self.members:
            return self.members[name]
        self.require_some()
        near = get_close_matches(name.casefold(), [n.casefold() for n in self.members], n=3)
        folded = {n.casefold(): n for n in self.members}
        names = [folded[n] for n in near] or list(self.members)
        raise InputError(
            f"no {self.by} {name!r} in the scores",
            hint=("did you mean " if near else "there are ") + ", ".join(names[:8]),
        )


def group_units(scored: ScoredText, by: str) -> Grouping:
    """Group the units of scored text.

    Args:
        scored: The text.
        by: One of `ATTRIBUTES`. Copy credited to two agencies counts under each; a speaker is the
            one the model finds most probable.

    Raises:
        ConfigError: There is no such attribute.
        InputError: No article has a date, or no unit a speaker, where they are asked for.
    """
    if by not in ATTRIBUTES:
        raise ConfigError(f"cannot compare by {by!r}", hint=f"choose from {', '.join(ATTRIBUTES)}")
    if by == SPEAKER:
        return _group_speakers(scored)
    if by in PERIODS and not any(article.date for article in scored.articles):
        raise InputError(
            f"no article has a date: nothing can be compared by {by}",
            hint="give dates in front matter or a `date` column, and score again",
        )
    names: dict[str, list[int]] = {}
    for number, article in enumerate(scored.articles):
        for name in name_groups(article, by):
            names.setdefault(name, []).append(number)
    members = {name: np.isin(scored.owners, np.array(numbers)) for name, numbers in names.items()}
    return _arrange(by, members, scored.codebook)


def name_groups(article: ArticleFacts, by: str) -> tuple[str, ...]:
    """The groups an article counts in."""
    if by == "agency":
        return article.agencies or (NO_AGENCY,)
    if by in PERIODS:
        return (name_period(article.date, by),)
    return (str(getattr(article, by)),)


def name_period(day: date | None, period: str) -> str:
    """The day, ISO week or month of a date: 2019-07-04, 2019-W27, 2019-07; or `unknown`."""
    if day is None:
        return UNKNOWN
    if period == "week":
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02d}"
    return day.isoformat() if period == "day" else day.strftime("%Y-%m")


def find_wire_copy(scored: ScoredText, stories: Stories) -> NDArray[np.bool_]:
    """Which articles (n_articles) an outlet did not write itself.

    They credit an agency that is not the outlet, or are copies of a story of another outlet. An
    agency's own text is no copy.
    """
    outlets_of: dict[int, set[str]] = {}
    for number, article in enumerate(scored.articles):
        outlets_of.setdefault(int(stories.clusters[number]), set()).add(article.outlet)
    wire = []
    for number, article in enumerate(scored.articles):
        # An agency's edition in another language bears its name: it copies nobody.
        credited = any(not article.outlet.startswith(name) for name in article.agencies)
        shared = len(outlets_of[int(stories.clusters[number])]) > 1
        wire.append(credited or (shared and article.kind not in _AGENCY_KINDS))
    return np.array(wire)


def weigh_units(
    scored: ScoredText,
    stories: Stories,
    members: NDArray[np.bool_],
    copies: str,
    wire: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """How much each unit counts in a group (n_units).

    Args:
        scored: The text.
        stories: Which articles are copies.
        members: Units of the group (n_units).
        copies: `once`: the copies of a story in the group share the weight of one article; `each`:
            every one counts, as readers met it; `without`: wire copy and copies of other outlets'
            stories do not count, and what an outlet published twice counts once.
        wire: Which articles are wire copy (n_articles).

    Raises:
        ConfigError: `copies` is none of these.
    """
    if copies not in COPIES:
        raise ConfigError(f"copies {copies!r} cannot count", hint=f"choose {', '.join(COPIES)}")
    weights = members.astype(float)
    if copies == "without":
        weights[wire[scored.owners]] = 0.0
    if copies != "each":
        present = np.unique(scored.owners[weights > 0])
        counts = np.bincount(stories.clusters[present], minlength=stories.n_stories)
        shared = np.maximum(counts[stories.clusters[scored.owners]], 1)
        weights = weights / shared
    return weights


def match_events(
    first: NDArray[np.float64], second: NDArray[np.float64], events: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
    """Weigh the units of two groups so that every event counts alike in both.

    An event weighs n1 * n2 / (n1 + n2), n the summed weights of a group's units on it, which is
    what a regression with a constant for each event gives it (Angrist and Pischke 2009, "Mostly
    harmless econometrics", 3.3.1); events that one group is silent on weigh nothing.

    Args:
        first: Weights of the units in the first group (n_units).
        second: In the second.
        events: Event of each unit (n_units), from 0; -1 for none.

    Returns:
        Both weights anew, and how many events both cover.
    """
    known = events >= 0
    n_events = int(events.max()) + 1 if known.any() else 0
    sums = [
        np.bincount(events[known], weights=weights[known], minlength=n_events)
        for weights in (first, second)
    ]
    total = sums[0] + sums[1]
    weight = np.divide(sums[0] * sums[1], total, out=np.zeros(n_events), where=total > 0)
    matched = []
    for weights, size in zip((first, second), sums, strict=True):
        factor = np.divide(weight, size, out=np.zeros_like(weight), where=size > 0)
        matched.append(np.where(known, weights * np.append(factor, 0.0)[events], 0.0))
    return matched[0], matched[1], int((weight > 0).sum())


def _group_speakers(scored: ScoredText) -> Grouping:
    if not len(scored.speakers):
        raise InputError(
            "no sentence has a speaker", hint="score with a model whose codebook has speakers"
        )
    found = np.unique(scored.speakers[scored.speakers >= 0])
    members = {scored.codebook.speaker_ids[k]: scored.speakers == k for k in found}
    return _arrange(SPEAKER, members, scored.codebook)


def _arrange(by: str, members: Mapping[str, NDArray[np.bool_]], codebook: Codebook) -> Grouping:
    def rank(name: str) -> tuple[bool, int, str]:
        # Periods stand in their order, all else by size; what is not known comes last.
        return name == UNKNOWN, 0 if by in PERIODS else -int(members[name].sum()), name

    order: Sequence[str] = sorted(members, key=rank)
    speakers = {speaker.id: speaker.names["en"] for speaker in codebook.speakers}
    known = {"country": COUNTRIES, "language": LANGUAGES, SPEAKER: speakers}.get(by, {})
    return Grouping(
        by, {name: members[name] for name in order}, {n: known.get(n, n) for n in order}
    )
