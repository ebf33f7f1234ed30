"""Groups of a comparison in the order and under the labels they are shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from framing.articles.article import UNKNOWN
from framing.comparison.grouping import COUNTRIES, LANGUAGES, OTHERS

if TYPE_CHECKING:
    from framing.comparison.result import Comparison, Group
    from framing.comparison.scored_text import ArticleFacts


class Shown(NamedTuple):
    """A group and its label."""

    group: Group
    label: str


def label_groups(comparison: Comparison) -> dict[str, str]:
    """Label of each group, by its name, and of all others together.

    Two of one label are told apart by their names.
    """
    shown = {group["group"]: group["label"] for group in comparison["groups"]}
    if comparison["by"] == "kind":
        shown = {name: label.replace("_", " ") for name, label in shown.items()}
    labels = list(shown.values())
    named = {
        name: label if labels.count(label) == 1 else f"{label} ({name})"
        for name, label in shown.items()
    }
    return {**named, OTHERS: "all others"}


def arrange_groups(comparison: Comparison, articles: Sequence[ArticleFacts]) -> list[Shown]:
    """Groups in order: outlets by country and then by size, others as they are.

    Args:
        comparison: Has the groups.
        articles: Tell which country an outlet is of.
    """
    labels = label_groups(comparison)
    if comparison["by"] != "outlet":
        return [Shown(group, labels[group["group"]]) for group in comparison["groups"]]
    countries = find_countries(articles)

    def place(group: Group) -> tuple[str, int, str]:
        country = countries.get(group["group"], "")
        return (country or "~", -group["stories"], labels[group["group"]])

    shown = []
    for group in sorted(comparison["groups"], key=place):
        country = countries.get(group["group"])
        label = labels[group["group"]]
        shown.append(Shown(group, f"{label} \u00b7 {country}" if country else label))
    return shown


def keep_largest(shown: Sequence[Shown], most: int) -> list[Shown]:
    """The groups with most stories, in the order they have.

    Where some are left out, so are those of a single story, if others there are.
    """
    if len(shown) <= most:
        return list(shown)
    several = [k for k, one in enumerate(shown) if one.group["stories"] > 1]
    largest = sorted(several or range(len(shown)), key=lambda k: -shown[k].group["stories"])[:most]
    return [shown[k] for k in sorted(largest)]


def name_languages(articles: Iterable[ArticleFacts]) -> list[str]:
    """Names of the languages that articles are in."""
    codes = {article.language for article in articles} - {UNKNOWN}
    return sorted(LANGUAGES.get(code, code) for code in codes)


def name_facts(fact: str, values: Iterable[str]) -> list[str]:
    """How values of a fact of articles are shown."""
    names = {"country": COUNTRIES, "language": LANGUAGES}.get(fact, {})
    return [
        value.replace("_", " ") if fact == "kind" else names.get(value, value) for value in values
    ]


def find_countries(articles: Iterable[ArticleFacts]) -> dict[str, str]:
    """Country of each outlet whose articles are all of one known country."""
    found: dict[str, set[str]] = {}
    for article in articles:
        found.setdefault(article.outlet, set()).add(article.country)
    return {
        outlet: next(iter(countries))
        for outlet, countries in found.items()
        if len(countries) == 1 and UNKNOWN not in countries
    }
