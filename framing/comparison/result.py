"""The result of a comparison: every key of it, as JSON files and the report hold it."""

from __future__ import annotations

from typing import TypedDict


class Share(TypedDict):
    """A share in [0, 1] with its 95 % interval; None for what cannot be said."""

    estimate: float | None
    low: float | None
    high: float | None


class Group(TypedDict):
    """One group of articles, or one voice in them."""

    group: str
    """Name as in the scores: an outlet, `KR`, `ko`, `2019-07`, the id of a speaker."""
    label: str
    """Name to show."""
    articles: int
    stories: int
    """Articles that are copies of one another count as one."""
    units: int
    """Sentences."""
    coded: int
    """Sentences of it that were coded, where a sample corrects the shares."""
    few: bool
    """Fewer stories than differences can be told from."""
    shares: dict[str, Share]
    """By frame id."""


class Test(TypedDict):
    """A difference of two shares, first less second, in [-1, 1]."""

    difference: float | None
    low: float | None
    high: float | None
    p_value: float | None
    """Two-sided, not corrected."""


class PairedTest(Test):
    """The same within events: articles of both groups on one event, or in one week."""

    events: int
    """Events on which both have articles."""
    units: int


class Difference(Test):
    """One frame in two groups."""

    frame: str
    first: str
    second: str
    first_share: float | None
    second_share: float | None
    p_holm: float | None
    """Corrected over all frames and pairs of the comparison (Holm 1979)."""
    p_bh: float | None
    """The same, false discovery rate (Benjamini and Hochberg 1995)."""
    effect: float | None
    """Cohen's h."""
    without_copies: Test | None
    """Without wire copy and copies; None where that leaves nothing to compare."""
    within_events: PairedTest | None
    """None where no event is covered by both."""
    warnings: list[str]
    """In plain words: too few stories, a frame of low reliability."""


class Tier(TypedDict):
    """How far a frame can be relied on, from held-out coded text."""

    tier: str | None
    """A, B or C; None where it is not known."""
    f1: float | None
    alpha: float | None
    """Agreement of the coders."""


class CopyCluster(TypedDict):
    """Articles that are copies of one story."""

    articles: list[str]
    """Names."""
    contained: float
    """Least share of the shorter one's wording found in the longer one, of the pairs joined."""


class Comparison(TypedDict):
    """A whole comparison."""

    model: str
    """Digest of the model that scored."""
    codebook: str
    """Digest of the codebook."""
    scores: str
    """Digest of the scored sentences."""
    by: str
    """What is compared: outlet, country, language, kind, agency, speaker, day, week or month."""
    measure: str
    """`frames`: share of sentences that carry a frame. `voices`: of the sentences that carry it,
    the share in the voices named."""
    voices: list[str]
    """Ids of the speakers whose sentences are counted; all if empty."""
    estimator: str
    copies: str
    """How copies of one story count: `once`, `each` or `without`."""
    within: str
    """What an event is: `week`, `month`, `event`, `story` or `nothing`."""
    articles: int
    stories: int
    units: int
    first_date: str | None
    last_date: str | None
    groups: list[Group]
    differences: list[Difference]
    copy_clusters: list[CopyCluster]
    tiers: dict[str, Tier]
    """By frame id."""
    notes: list[str]
    """What a reader must know, in plain words."""
    coded_units: int
    """Sentences that were coded, where a sample corrects the shares."""
