"""framing sample: which units to code next, and how many."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from framing.cli.options import CodebookFile, Quiet, TableFormat, Talk
from framing.errors import ConfigError

if TYPE_CHECKING:
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
_estimating = partial(typer.Option, rich_help_panel="Shares of all units (with --shares)")


def sample(
    source: Annotated[
        Path | None,
        typer.Argument(
            help="Scores with sentences (.json, .jsonl), or a folder of articles; with --shares "
            "the sample (.jsonl, .csv).",
            metavar="SCORES|FOLDER|SAMPLE",
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
        _choosing(
            "--frame",
            help="uncertain, diverse, neyman: look at this frame alone (its id or name).",
        ),
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
        typer.Option("--coder", help="Whose codes to take (default: gold)."),
    ] = None,
    difference: Annotated[
        bool,
        _sizing("--difference", help="For the difference between two groups, not for a share."),
    ] = False,
    shares: Annotated[
        Path | None,
        _estimating(
            "--shares",
            help="Estimate frame shares of all units from the coded SAMPLE; choose none.",
            metavar="CODES",
        ),
    ] = None,
    codebook: CodebookFile = None,
    format_: Annotated[
        TableFormat, typer.Option("--format", help="How tables are printed.")
    ] = TableFormat.table,
    quiet: Quiet = False,
) -> None:
    """Choose units to code, each with the probability it had; or say how many are needed.

    Keep the file: a share among all units is estimated by the mean of the coded ones, each weighted
    by 1 / inclusion_probability. Once they are coded, --shares does that.

    Example: framing sample scores.jsonl -n 200 --design uncertain -o sample.jsonl
    """
    from framing.cli.sample_sources import find_frame, join_codes, open_population
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
        "--rho": rho, "--codes": codes, "--difference": difference or None,
    }  # fmt: skip
    if shares is not None:
        more = {"--how-many": how_many or None, "--exclude": exclude}
        more["--whole-articles"] = whole_articles or None
        _refuse_strangers({**choosing, **sizing, **more}, "does not go with --shares")
        _estimate(source, shares, coder or "gold", codebook, format_, talk)
        return
    if how_many:
        from framing.cli.sample_tables import print_sizes

        _refuse_strangers(choosing, "chooses units, --how-many none")
        wanted = Wanted(
            within=0.05 if within is None else within,
            share=share,
            per_article=_take(per_article, whole_articles),
            icc=icc,
            rho=rho,
            difference=difference,
        )
        population = open_population(source, False, exclude, codebook, talk) if source else None
        coded = None
        if codes is not None:
            coded = join_codes(codes, coder or "gold", codebook, population)
        plans = plan_frames(wanted, population=population, coded=coded)
        print_sizes(plans, wanted, population, format_.value)
        return
    _refuse_strangers(sizing, "belongs to --how-many")
    _refuse_strangers({"--coder": coder}, "belongs to --how-many or --shares")
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
    population = open_population(source, chosen.scored, exclude, codebook, talk)
    if frame is not None:
        chosen = replace(chosen, frame=find_frame(frame, population, codebook))
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


def _estimate(
    source: Path | None,
    path: Path,
    coder: str,
    codebook: Path | None,
    format_: TableFormat,
    talk: Talk,
) -> None:
    from framing.cli.sample_tables import print_shares
    from framing.codebook import Codebook
    from framing.coding.codes import read_codes
    from framing.coding.likeness import select_coder
    from framing.coding.sample_file import read_sample
    from framing.coding.shares import estimate_shares

    if source is None:
        raise ConfigError(
            "which sample is coded must be said",
            hint="as in: framing sample sample.jsonl --shares codes.jsonl",
        )
    book = Codebook.load(codebook)
    drawn = read_sample(source)
    codes = select_coder(read_codes(path, book), coder, path=path)
    print_shares(estimate_shares(drawn, codes, book, path=path), format_.value)
    coded = {code.key for code in codes}
    left = sum((unit.article, unit.start, unit.end) not in coded for unit in drawn)
    if left:
        talk.say(
            f"{left:,} of {len(drawn):,} units of the sample are not coded by {coder}: the shares "
            "hold if chance alone left them out"
        )
    if len(coded) > len(drawn) - left:
        talk.say(f"left out {len(coded) - len(drawn) + left:,} codes of units not in the sample")


def _take(per_article: int | None, whole_articles: bool) -> float | None:
    if whole_articles and per_article is not None:
        raise ConfigError("--per-article and --whole-articles exclude each other", hint="choose")
    return math.inf if whole_articles else per_article


def _refuse_strangers(options: Mapping[str, Any], problem: str) -> None:
    for option, value in options.items():
        if value is not None and value != []:
            raise ConfigError(f"{option} {problem}", hint="leave one of them out")
