"""Count the corpus and its coders' agreement; refresh the tables of annotations/README.md.

    python experiments/corpus/describe_corpus.py [--write]

Prints the tables; with --write puts them between the markers of the datasheet, where a test
compares them with what this script prints. The same figures come from `framing corpus stats` and
`framing agreement --blocks 5`.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from framing.coding.agreement import measure_agreement
from framing.coding.agreement_tables import render_agreement, render_alpha
from framing.coding.codes import GOLD, Code
from framing.corpus.corpus import Corpus, load_corpus
from framing.corpus.statistics import describe_corpus as count_corpus
from framing.corpus.statistics import tabulate_statistics
from framing.markdown import render_table, replace_generated

ROOT = Path(__file__).resolve().parents[2]
DATASHEET = ROOT / "annotations" / "README.md"
START, END = "<!-- generated: corpus tables -->", "<!-- end of generated part -->"
BLOCKS = 5


def describe_counts(corpus: Corpus) -> list[str]:
    """Articles, units, frames, speakers and parts as Markdown tables; tallies in a line each."""
    counted = count_corpus(corpus)
    tables = tabulate_statistics(counted)
    wide = [render_table(heads, rows) for heads, rows in tables if len(heads) > 2]
    tallies = [
        f"Articles by {heads[0]}: " + ", ".join(f"{name} {count}" for name, count in rows) + "."
        for heads, rows in tables
        if len(heads) == 2
    ]
    return ["\n\n".join([*wide[:-1], *tallies]), "### Split", wide[-1]]


def describe_agreement(corpus: Corpus) -> list[str]:
    """Alpha by language and its course over the coding, kappa, AC1 and percent agreement."""
    codes = [code for coder in corpus.coders for code in corpus.codes[coder]]
    languages = {name: article.language for name, article in corpus.articles.items()}
    report = measure_agreement(
        codes, corpus.codebook, groups={"language": languages}, blocks=BLOCKS
    )
    counted = count_corpus(corpus)
    return [
        "### Agreement of the coders",
        "\n".join(render_alpha(report)),
        f"{counted['adjudicated']} units were adjudicated, with the reason in `note`; "
        f"{counted['unsure']} are `unsure` for one coder or more.",
        render_agreement({**report, "groups": []}),
    ]


def describe_equivalence(corpus: Corpus) -> list[str]:
    """Agreement between the three languages of the parallel set, each coded on its own."""
    codes = match_parallel(corpus)
    coders = len({code.coder for code in codes})
    report = measure_agreement(codes, corpus.codebook)
    overall = report["overall"]
    return [
        "### Equivalence of the languages",
        f"The parallel set has {overall['units']} units, each in {coders} languages, coded apart. "
        "With the languages in the place of coders:",
        "\n".join(render_alpha(report)),
        f"Gold codes differ between languages on {overall['differ']} of {overall['units']} units: "
        f"on {overall['differ_frames']} in a frame, on {overall['differ_speaker']} in the speaker.",
    ]


def match_parallel(corpus: Corpus) -> list[Code]:
    """Gold codes of the parallel set: the language stands as coder, a unit's number as offset."""
    matched = []
    for code in corpus.codes[GOLD]:
        article = corpus.articles[code.article]
        if article.parallel and code.unit is not None:
            matched.append(
                replace(
                    code,
                    article=article.parallel,
                    coder=article.language,
                    start=code.unit,
                    end=code.unit + 1,
                    sha1="",
                )
            )
    return matched


def describe_corpus() -> str:
    """The generated part of the datasheet."""
    corpus = load_corpus()
    parts: Sequence[str] = [
        *describe_counts(corpus),
        *describe_agreement(corpus),
        *describe_equivalence(corpus),
    ]
    return "\n\n".join(part.strip() for part in parts)


def main() -> None:
    """Print the tables, and put them into the datasheet if asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--write", action="store_true")
    text = describe_corpus()
    if parser.parse_args().write:
        page = DATASHEET.read_text(encoding="utf-8")
        DATASHEET.write_text(replace_generated(page, START, END, text), encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
