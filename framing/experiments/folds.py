"""Folds: who is learnt from and who is tested on, as a config's split and evaluation say."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from framing.articles.article import UNKNOWN
from framing.config import TrainConfig, TransformerConfig
from framing.corpus.splitting import find_story_clusters
from framing.errors import ConfigError
from framing.training_data import choose_test, open_split, require_every_frame

if TYPE_CHECKING:
    from framing.articles.article import Article
    from framing.config import RunConfig
    from framing.dataset import Dataset

TEST = "test"


@dataclass(frozen=True)
class Fold:
    """What one model learns from, is chosen on, and is tested on."""

    name: str
    train: Dataset
    dev: Dataset | None
    """None where the split has none."""
    test: Dataset
    dataset: Dataset
    """All coded units."""

    @property
    def seen(self) -> Dataset:
        """Train and dev together."""
        return self.dataset.select({*self.train.about, *(self.dev.about if self.dev else ())})


def plan_folds(config: RunConfig, dataset: Dataset) -> list[Fold]:
    """The folds of a run.

    Whatever is held out, test articles are those of the split's test part and no others: a story
    stands on one side only, and figures of all hold-outs are of the same articles.

    Args:
        config: Its split and its evaluation.
        dataset: All coded units.

    Raises:
        ConfigError: A fold has nothing to learn from or to test on, a frame that no training unit
            carries, or no dev part where the model needs one.
    """
    whole = _cut_parts(config, dataset)
    evaluation = config.evaluation
    if evaluation.train_shares:
        # What the baseline learns from is train and dev: of both it has the same share.
        cuts_dev = isinstance(config, TrainConfig)
        folds = _shorten(whole, sorted(evaluation.train_shares), cuts_dev)
    elif evaluation.hold_out == "period":
        folds = [_hold_out_later(whole, date.fromisoformat(evaluation.after), config)]
    elif evaluation.hold_out:
        folds = _hold_out_each(whole, evaluation.hold_out)
    else:
        folds = [whole]
    for fold in folds:
        _require_units(fold, config)
    return folds


def _cut_parts(config: RunConfig, dataset: Dataset) -> Fold:
    if not config.split.file:
        held, _ = choose_test(config, dataset)
        train, test = dataset.select(set(dataset.about) - held), dataset.select(held)
        return Fold(TEST, train, None, test, dataset)
    split = open_split(config, dataset)
    train, dev, test = (dataset.select(split.names(part)) for part in ("train", "dev", "test"))
    return Fold(TEST, train, dev, test, dataset)


def _hold_out_each(whole: Fold, attribute: str) -> list[Fold]:
    """A fold for each value that test articles have: not in train and dev, alone in test."""
    values = sorted({getattr(about, attribute) for about in whole.test.about.values()} - {UNKNOWN})
    return [
        replace(
            whole,
            name=f"{attribute} {value}",
            train=_pick(whole.train, attribute, value, False),
            dev=_pick(whole.dev, attribute, value, False) if whole.dev else None,
            test=_pick(whole.test, attribute, value, True),
        )
        for value in values
    ]


def _pick(part: Dataset, attribute: str, value: object, has: bool) -> Dataset:
    """The articles that have a value, or those that have not."""
    return part.select(
        {name for name, about in part.about.items() if (getattr(about, attribute) == value) is has}
    )


def _hold_out_later(whole: Fold, first_day: date, config: RunConfig) -> Fold:
    """Earlier articles to learn from, later ones to test on."""
    undated = sum(
        about.date is None
        for part in (whole.train, whole.dev, whole.test) if part
        for about in part.about.values()
    )  # fmt: skip
    if undated:
        raise ConfigError(
            f"evaluation.hold_out: period: {undated} articles have no date",
            path=config.resolve(config.data.articles),
            hint="date them, or leave them out",
        )

    def pick(part: Dataset, later: bool) -> Dataset:
        return part.select(
            {name for name, about in part.about.items() if _is_later(about, first_day) is later}
        )

    return replace(
        whole,
        name=f"from {first_day}",
        train=pick(whole.train, False),
        dev=pick(whole.dev, False) if whole.dev else None,
        test=pick(whole.test, True),
    )


def _is_later(about: Article, first_day: date) -> bool:
    return about.date is not None and about.date >= first_day


def _shorten(whole: Fold, shares: Sequence[float], cuts_dev: bool) -> list[Fold]:
    """Folds that learn from shares of the training stories; a smaller one is part of a larger."""
    train = _rank_stories(whole.train)
    dev = _rank_stories(whole.dev) if whole.dev and cuts_dev else None
    return [
        replace(
            whole,
            name=f"{100 * share:g}% of train",
            train=whole.train.select(_pick_first(train, share)),
            dev=whole.dev.select(_pick_first(dev, share)) if whole.dev and dev else whole.dev,
        )
        for share in shares
    ]


def _rank_stories(part: Dataset) -> list[list[str]]:
    """Articles of each story, stories in an order that stays as others are added."""
    stories: dict[str, list[str]] = {}
    for name, cluster in find_story_clusters(part).items():
        stories.setdefault(cluster, []).append(name)
    return [stories[cluster] for cluster in sorted(stories, key=_hash)]


def _pick_first(stories: Sequence[Sequence[str]], share: float) -> set[str]:
    return {name for story in stories[: math.ceil(share * len(stories))] for name in story}


def _hash(name: str) -> str:
    # By their names alone: stories that come later do not change who was drawn before.
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()


def _require_units(fold: Fold, config: RunConfig) -> None:
    parts: Mapping[str, Dataset | None] = {"train": fold.train, "dev": fold.dev, "test": fold.test}
    for name, part in parts.items():
        is_needed = name != "dev" or isinstance(config, TransformerConfig)
        if is_needed and not part:
            after = config.evaluation.after
            raise ConfigError(
                f"fold {fold.name!r} has no article in {name}",
                path=config.resolve(config.split.file or config.data.articles),
                hint=f"evaluation.after is {after}: choose another day"
                if after
                else "choose another split or evaluation.hold_out",
            )
    try:
        require_every_frame(fold.train, config)
    except ConfigError as error:
        raise ConfigError(
            f"fold {fold.name!r}: {error.problem}", path=error.path, hint=error.hint
        ) from None
