"""Sources of framing sample: opened as units to choose from, frames found by their names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from framing.cli.options import Talk
from framing.errors import ConfigError

if TYPE_CHECKING:
    from framing.articles.article import Article
    from framing.coding.likeness import Coded
    from framing.coding.population import Population


def find_frame(name: str, population: Population, codebook: Path | None) -> str:
    """Id of a frame that is given by its id, its English name or its short one, case aside."""
    from framing.codebook import Codebook

    if name in population.frames:
        return name
    wanted = name.strip().casefold()
    found = {
        frame.id
        for frame in Codebook.load(codebook).frames
        if wanted in (text.casefold() for text in (frame.id, frame.names["en"], frame.short))
    }
    found |= {frame for frame in population.frames if frame.casefold() == wanted}
    known = found & set(population.frames)
    return known.pop() if len(known) == 1 else name


def open_population(
    source: Path, scored: bool, exclude: Path | None, codebook: Path | None, talk: Talk
) -> Population:
    """The units of a score file or of a folder, without those that are coded already."""
    from framing.articles.reading import read_articles
    from framing.codebook import Codebook
    from framing.coding.codes import read_codes
    from framing.coding.population import leave_out, make_population, read_scores

    if source.is_dir():
        if scored:
            raise ConfigError(
                f"{source} has no scores, which this design needs",
                hint="score it first: framing score ARTICLES --sentences -o scores.jsonl",
            )
        languages = Codebook.load(codebook).languages
        articles = read_articles([source], on_reject=talk.reject)
        population = make_population(_keep(articles, languages, talk))
    else:
        population = read_scores(source)
    if exclude is None:
        return population
    found = read_codes(exclude, Codebook.load(codebook))
    left = leave_out(population, found, path=exclude)
    spans = {code.key for code in found if not code.furniture}
    if len(spans) > left.excluded:
        talk.say(
            f"{len(spans) - left.excluded:,} of {len(spans):,} coded units are not in {source}"
        )
    return left


def _keep(articles: Iterator[Article], languages: Sequence[str], talk: Talk) -> Iterator[Article]:
    """Articles in languages of the codebook, as scoring takes them; the others are named."""
    from framing.articles.article import Rejection

    for article in articles:
        if article.language in languages:
            yield article
        else:
            reason = f"language {article.language!r} is not one of {', '.join(languages)}"
            talk.reject(Rejection(article.path, article.row, reason))


def join_codes(
    codes: Path, coder: str, codebook: Path | None, population: Population | None
) -> Coded:
    """The codes of one coder, with the scores of the same units where there are any."""
    from framing.codebook import Codebook
    from framing.coding.codes import read_codes
    from framing.coding.likeness import join_coded

    book = Codebook.load(codebook)
    return join_coded(read_codes(codes, book), book, coder=coder, population=population, path=codes)
