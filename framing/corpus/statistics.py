"""Statistics: what a corpus holds, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np

from framing.coding.codes import GOLD
from framing.corpus.splitting import describe_balance, read_split

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from framing.corpus.corpus import Corpus
    from framing.dataset import Dataset

NO_FRAME = "none"
SEVERAL = "two or more"


class GroupCounts(TypedDict):
    """Counts over one group of units."""

    articles: int
    units: int
    frames: dict[str, int]
    """Units that carry each frame; `two or more` and `none` stand beside the frames."""
    speakers: dict[str, int]
    length: dict[str, float]
    """Units an article: smallest, mean, largest."""
    characters: dict[str, float]
    """Code points a unit: the quartiles."""


class CorpusStatistics(TypedDict):
    """Everything `framing corpus stats` tells."""

    codebook: dict[str, str]
    coders: dict[str, int]
    """Units coded by each coder."""
    unsure: int
    """Units that some coder marked unsure."""
    adjudicated: int
    """Gold units whose note says that they were decided between differing codes."""
    languages: dict[str, GroupCounts]
    all: GroupCounts
    kinds: dict[str, int]
    """Articles by kind of outlet."""
    events: dict[str, int]
    countries: dict[str, int]
    """Articles by country of the outlet."""
    parallel: dict[str, list[str]]
    """Articles of each set of translations."""
    split: list[dict[str, Any]]
    """Articles, units and shares by part; empty where there is no split file."""


def describe_corpus(corpus: Corpus) -> CorpusStatistics:
    """Count what a corpus holds, by its gold codes, or its first coder's where there is no gold.

    Raises:
        InputError: Codes do not fit their texts, or the split file is damaged.
    """
    dataset = corpus.join(GOLD if GOLD in corpus.codes else corpus.coders[0])
    spoken = {about.language for about in dataset.about.values()}
    listed = corpus.codebook.languages
    languages = [name for name in listed if name in spoken] + sorted(spoken - set(listed))
    about = list(dataset.about.values())
    parallel: dict[str, list[str]] = {}
    for article in sorted(about, key=lambda a: a.name):
        if article.parallel:
            parallel.setdefault(article.parallel, []).append(article.name)
    unsure = {
        (code.article, code.start)
        for coder in corpus.coders
        for code in corpus.codes[coder]
        if code.unsure
    }
    return CorpusStatistics(
        codebook={"version": corpus.codebook.version, "digest": corpus.codebook.digest},
        coders={
            coder: sum(not code.furniture for code in codes)
            for coder, codes in corpus.codes.items()
        },
        unsure=len(unsure),
        adjudicated=sum(code.note.startswith("adjudicated") for code in corpus.codes.get(GOLD, ())),
        languages={
            language: _count(dataset, dataset.languages == language) for language in languages
        },
        all=_count(dataset, np.ones(len(dataset), dtype=bool)),
        kinds=_tally(article.kind for article in about),
        events=_tally(article.event or "unknown" for article in about),
        countries=_tally(article.country for article in about),
        parallel=parallel,
        split=describe_balance(read_split(corpus.split_path), dataset)
        if corpus.split_path.is_file()
        else [],
    )


def tabulate_statistics(counted: CorpusStatistics) -> list[tuple[list[str], list[list[str]]]]:
    """The counts as tables of text: headings and rows of each."""
    groups = {**counted["languages"], "all": counted["all"]}
    heads = list(groups)

    def row(name: str, cells: Iterable[str]) -> list[str]:
        return [name, *cells]

    tables = [
        (
            ["", *heads],
            [
                row("articles", (str(g["articles"]) for g in groups.values())),
                row("units", (str(g["units"]) for g in groups.values())),
                row(
                    "units an article",
                    (
                        "{smallest:.0f}-{largest:.0f}, mean {mean:.1f}".format(**g["length"])
                        for g in groups.values()
                    ),
                ),
                row(
                    "characters a unit",
                    (
                        "{median:.0f} ({lower:.0f}-{upper:.0f})".format(**g["characters"])
                        for g in groups.values()
                    ),
                ),
            ],
        ),
        (
            ["units that carry", *heads],
            _tabulate_shares([g["frames"] for g in groups.values()], groups),
        ),
    ]
    if counted["all"]["speakers"]:
        voices = [g["speakers"] for g in groups.values()]
        tables.append((["speaker", *heads], _tabulate_shares(voices, groups)))
    for heading, tally in (
        ("kind of outlet", counted["kinds"]),
        ("country of the outlet", counted["countries"]),
        ("event", counted["events"]),
    ):
        tables.append(([heading, "articles"], [[name, str(n)] for name, n in tally.items()]))
    if counted["split"]:
        tables.append(tabulate_balance(counted["split"]))
    return tables


def tabulate_balance(rows: Sequence[dict[str, Any]]) -> tuple[list[str], list[list[str]]]:
    """Rows of `describe_balance` as headings and rows of text, a column a part."""

    def cell(value: Any) -> str:
        if value is None:
            return "-"
        return f"{value:.0%}" if isinstance(value, float) else str(value)

    heads = ["part", *(row["part"] for row in rows)]
    return heads, [
        [key.replace("units.", "units, ").removeprefix("share."), *(cell(row[key]) for row in rows)]
        for key in rows[0]
        if key != "part"
    ]


def _tabulate_shares(
    tallies: Sequence[dict[str, int]], groups: dict[str, GroupCounts]
) -> list[list[str]]:
    units = [group["units"] for group in groups.values()]
    return [
        [
            name,
            *(
                f"{tally[name]} ({tally[name] / of:.0%})"
                for tally, of in zip(tallies, units, strict=True)
            ),
        ]
        for name in tallies[-1]
    ]


def _tally(values: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(values).items(), key=lambda pair: (-pair[1], pair[0])))


def _count(dataset: Dataset, rows: NDArray[np.bool_]) -> GroupCounts:
    frames, speakers = dataset.frames[rows], dataset.speakers[rows]
    chosen = np.flatnonzero(rows)
    sizes = list(Counter(dataset.articles[row] for row in chosen).values())
    lengths = [len(dataset.texts[row]) for row in chosen]
    carried = dict(zip(dataset.codebook.frame_ids, map(int, frames.sum(axis=0)), strict=True))
    return GroupCounts(
        articles=len(sizes),
        units=len(chosen),
        frames=carried
        | {
            SEVERAL: int((frames.sum(axis=1) > 1).sum()),
            NO_FRAME: int((~frames.any(axis=1)).sum()),
        },
        speakers={
            speaker: int((speakers == k).sum())
            for k, speaker in enumerate(dataset.codebook.speaker_ids)
        },
        length={
            "smallest": float(min(sizes)),
            "mean": round(float(np.mean(sizes)), 1),
            "largest": float(max(sizes)),
        },
        characters=_quartiles(lengths),
    )


def _quartiles(lengths: Sequence[int]) -> dict[str, float]:
    values = np.quantile(lengths, [0.25, 0.5, 0.75])
    return dict(zip(("lower", "median", "upper"), map(float, values), strict=True))
