"""framing sample: which units to code next, and how many."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from framing.cli.options import CodebookFile, Quiet, TableFormat, Talk
from framing.errors import ConfigError

if TYPE_CHECKING:
    from framing.articles.article import Article
    from framing.coding.likeness import Coded
    from framing.coding.population import Population
    from framing.coding.sampling import Design


class DesignName(StrEnum):
    """How units are chosen."""

    random = "random"
    stratified = "stratified"
    uncertain = "uncertain"
    diverse = "diverse"


class By(StrEnum):
    """What makes a stratum."""

    outlet = "outlet"
    month = "month"
    country = "country"
    language = "language"
    kind = "kind"


class Allocation(StrEnum):
    """How many of each stratum."""

    proportional = "proportional"
    equal = "equal"
    neyman = "neyman"


class Measure(StrEnum):
    """What is uncertain."""

    deviation = "deviation"
    variance = "variance"
    entropy = "entropy"


_choosing = partial(typer.Option, rich_help_panel="Choosing units")
_sizing = partial(typer.Option, rich_help_panel="How many (with --how-many)")


def sample(
    source: Annotated[
        Path | None,
        typer.Argument(
            help="Scores with sentences (.json, .jsonl), or a folder of articles.",
            metavar="SCORES|FOLDER",
        ),
    ] = None,
    n: Annotated[
        int | None,
        typer.Option("-n", help="How many units; with --whole-articles, how many articles."),
    ] = None,
    design: Annotated[
        DesignName | None,
        _choosing("--design", help="How to choose (default: random)."),
    ] = None,
    by: Annotated[
        list[By] | None,
        _choosing("--by", help="stratified: what makes a stratum; repeatable."),
    ] = None,
    allocation: Annotated[
        Allocation | None,
        _choosing("--allocation", help="stratified: how many of each (default: proportional)."),
    ] = None,
    frame: Annotated[
        str | None,
        _choosing("--frame", help="uncertain, diverse, neyman: look at this frame alone."),
    ] = None,
    measure: Annotated[
        Measure | None,
        _choosing("--measure", help="uncertain: of what in proportion (default: deviation)."),
    ] = None,
    floor: Annotated[
        float | None,
        _choosing(
            "--floor", help="uncertain: part of the chance that is spread evenly (default: 0.2)."
        ),
    ] = None,
    whole_articles: Annotated[
        bool,
        typer.Option("--whole-articles", help="Choose articles, and all units in them."),
    ] = False,
    exclude: Annotated[
        Path | None,
        typer.Option("--exclude", help="Leave out units coded in this file.", metavar="CODES"),
    ] = None,
    seed: Annotated[int, _choosing("--seed", help="Another number chooses others.")] = 0,
    no_text: Annotated[
        bool,
        _choosing("--no-text", help="Leave the text out, for licensed articles."),
    ] = False,
    output: Annotated[
        Path | None,
        _choosing(
            "-o", "--output", help="Write a .jsonl or .csv file, and print a table of strata."
        ),
    ] = None,
    how_many: Annotated[
        bool, typer.Option("--how-many", help="Say how many to code; choose none.")
    ] = False,
    within: Annotated[
        float | None,
        _sizing("--within", help="Half the width of the 95 % interval (default: 0.05)."),
    ] = None,
    share: Annotated[
        float | None,
        _sizing("--share", help="Share expected (default: from SCORES or CODES, and 0.5)."),
    ] = None,
    per_article: Annotated[
        int | None,
        _sizing("--per-article", help="So many units of each article chosen."),
    ] = None,
    icc: Annotated[
        float | None,
        _sizing(
            "--icc",
            help="How alike units of an article are, 0 to 1 (default: from CODES or SCORES).",
        ),
    ] = None,
    rho: Annotated[
        float | None,
        _sizing(
            "--rho", help="Correlation of scores with gold codes (default: from CODES and SCORES)."
        ),
    ] = None,
    codes: Annotated[
        Path | None,
        _sizing(
            "--codes", help="Codes to learn both from, of articles the model was not trained on."
        ),
    ] = None,
    coder: Annotated[
        str | None,
        _sizing("--coder", help="Whose codes to learn from (default: gold)."),
    ] = None,
    difference: Annotated[
        bool,
        _sizing("--difference", help="For the difference between two groups, not for a share."),
    ] = False,
    codebook: CodebookFile = None,
    format_: Annotated[
        TableFormat, typer.Option("--format", help="How tables are printed.")
    ] = TableFormat.table,
    quiet: Quiet = False,
) -> None:
    """Choose units to code, each with the probability it had; or say how many are needed.

    Frame shares among units chosen with unequal chances are corrected with these probabilities.

    Example: framing sample scores.jsonl -n 200 --design uncertain -o sample.jsonl
    """
    from framing.coding.sample_size import Wanted, plan_frames
    from framing.coding.sampling import Design
    from framing.files import refuse_overwriting, require_ending

    talk = Talk(quiet=quiet)
    choosing = {
        "-n": n, "--design": design, "--by": by, "--allocation": allocation, "--frame": frame,
        "--measure": measure, "--floor": floor, "-o": output, "--no-text": no_text or None,
    }  # fmt: skip
    sizing = {
        "--within": within, "--share": share, "--per-article": per_article, "--icc": icc,
        "--rho": rho, "--codes": codes, "--coder": coder, "--difference": difference or None,
    }  # fmt: skip
    _refuse_strangers(choosing if how_many else sizing, how_many)
    if how_many:
        from framing.cli.sample_tables import print_sizes

        wanted = Wanted(
            within=0.05 if within is None else within,
            share=share,
            per_article=_take(per_article, whole_articles),
            icc=icc,
            rho=rho,
            difference=difference,
        )
        population = _open(source, False, exclude, codebook, talk) if source else None
        coded = None
        if codes is not None:
            coded = _join(codes, coder or "gold", codebook, population)
        plans = plan_frames(wanted, population=population, coded=coded)
        print_sizes(plans, wanted, population, format_.value)
        return
    if source is None or n is None:
        raise ConfigError(
            "what to sample, and how many, must be said",
            hint="as in: framing sample scores.jsonl -n 200 -o sample.jsonl",
        )
    chosen = Design(
        name=(design or DesignName.random).value,
        by=tuple(dict.fromkeys(b.value for b in by or ())),
        allocation=allocation.value if allocation else None,
        frame=frame,
        measure=measure.value if measure else None,
        floor=floor,
        whole_articles=whole_articles,
        seed=seed,
    )
    refuse_overwriting(output, [source, *([exclude] if exclude else [])])
    if output:
        require_ending(output, [".jsonl", ".csv"])
    population = _open(source, chosen.scored, exclude, codebook, talk)
    _draw(population, n, chosen, output, not no_text, format_, talk)


def _draw(
    population: Population,
    n: int,
    design: Design,
    output: Path | None,
    text: bool,
    format_: TableFormat,
    talk: Talk,
) -> None:
    from framing.cli.sample_tables import print_rows
    from framing.coding.sample_file import sample_records
    from framing.coding.sampling import describe_strata, draw_sample
    from framing.files import open_output
    from framing.results import dump_line
    from framing.spreadsheets import write_csv

    drawn = draw_sample(population, n, design)
    rows = sample_records(drawn, text=text)
    if output is None:
        if format_ is TableFormat.table:
            sys.stdout.writelines(map(dump_line, rows))
        else:
            print_rows(rows, format_.value)
    else:
        with open_output(output) as stream:
            if output.suffix.lower() == ".csv":
                write_csv(stream, rows)
            else:
                stream.writelines(map(dump_line, rows))
        print_rows(describe_strata(drawn), format_.value)
        talk.say(f"wrote {output}")
    left = f" (coded ones left out: {population.excluded:,})" if population.excluded else ""
    what = f"{n:,} of {drawn[0].population:,} {drawn[0].sampled}s"
    units = f", {len(drawn):,} units" if design.whole_articles else ""
    talk.say(f"{what}{left}{units}, {design.name}, seed {design.seed}")


def _open(
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
    spans = {(code.article, code.start, code.end) for code in found if not code.furniture}
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


def _join(codes: Path, coder: str, codebook: Path | None, population: Population | None) -> Coded:
    from framing.codebook import Codebook
    from framing.coding.codes import read_codes
    from framing.coding.likeness import join_coded

    book = Codebook.load(codebook)
    return join_coded(read_codes(codes, book), book, coder=coder, population=population, path=codes)


def _take(per_article: int | None, whole_articles: bool) -> float | None:
    if whole_articles and per_article is not None:
        raise ConfigError("--per-article and --whole-articles exclude each other", hint="choose")
    return math.inf if whole_articles else per_article


def _refuse_strangers(options: Mapping[str, Any], how_many: bool) -> None:
    for option, value in options.items():
        if value is not None and value != []:
            problem = (
                f"{option} chooses units, --how-many none"
                if how_many
                else f"{option} belongs to --how-many"
            )
            raise ConfigError(problem, hint="leave one of them out")
