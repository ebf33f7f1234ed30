"""What a report is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

from framing.errors import InputError

if TYPE_CHECKING:
    from framing.comparison.result import Comparison, Share
    from framing.comparison.scored_text import ScoredText
    from framing.events import Event


class ScoreFile(TypedDict):
    """A file of scores that the report rests on."""

    path: str
    digest: str


class Method(TypedDict, total=False):
    """How the figures came about; what is not known is left out, and then not claimed."""

    framing_version: str
    model: str
    """Name of the model."""
    model_digest: str
    encoder: str
    """Pretrained network in it."""
    codebook: str
    """Name of the codebook."""
    codebook_version: str
    codebook_digest: str
    coded_by_models: bool
    """Whether the codes that the model learned from were made by language models."""
    coders: list[str]
    agreement: dict[str, float | None]
    """Krippendorff's alpha of the coders, by frame id."""
    f1: dict[str, float | None]
    """F1 of the model, by frame id."""
    f1_on: str
    """What the F1 was measured on, as in "the test part of the authored articles"."""
    estimator: str
    """One of `framing.prevalence.ESTIMATORS`."""
    intervals: str
    """How intervals were made, with its source, as it is to stand in the paper."""
    copies: str
    """`once`, `each` or `without`."""
    within: str
    """`story`, `week` or nothing."""
    scores_digest: str
    files: list[ScoreFile]
    command: str
    authored: bool
    """Whether the articles were written for a corpus and are no one's coverage."""
    references: list[str]
    """Works that `intervals` cites."""


@dataclass(frozen=True)
class ReportData:
    """All that the page shows; nothing is computed from a model again."""

    title: str
    scored: ScoredText
    comparisons: Mapping[str, Comparison]
    """By what is compared: `country`, `outlet`, `language`, `kind`, `agency`, `speaker`, `month`;
    those that were made."""
    voices: Mapping[str, Mapping[str, Mapping[str, Share]]]
    """Share of a frame's sentences in each voice: by country, frame id and speaker id."""
    mix: Mapping[str, Mapping[str, Mapping[str, float]]]
    """Part of the frame mix: by what is compared, group and frame id."""
    events: tuple[Event, ...]
    stories: tuple[int, ...]
    """Story of each article (n_articles); copies of one another share it."""
    method: Method
    made: str
    """Date, as in 2020-07-01."""

    def __post_init__(self) -> None:
        if len(self.stories) != len(self.scored.articles):
            raise InputError(
                f"{len(self.stories)} story numbers for {len(self.scored.articles)} articles",
                hint="give one for each article",
            )
