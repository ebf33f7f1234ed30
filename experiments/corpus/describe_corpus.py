"""Count the corpus and its coders' agreement; refresh the tables of annotations/README.md.

    python experiments/corpus/describe_corpus.py [--write]

Prints the tables; with --write puts them between the markers of the datasheet, where a test
compares them with what this script prints.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

import krippendorff
import numpy as np

from framing import Codebook, Dataset, load_dataset, read_articles

ROOT = Path(__file__).resolve().parents[2]
DATASHEET = ROOT / "annotations" / "README.md"
START, END = "<!-- generated: corpus tables -->", "<!-- end of generated part -->"
LANGUAGES = ("en", "ko", "ja")
N_RESAMPLES = 1000


def load(coder: str) -> Dataset:
    """Every unit as one coder coded it."""
    codebook = Codebook.load(ROOT / "annotations" / "codebook.yaml")
    articles = list(read_articles([ROOT / "annotations" / "articles"]))
    return load_dataset(
        articles, ROOT / "annotations" / "codes" / f"{coder}.jsonl", codebook, coder=coder
    )


def measure_alpha(first: np.ndarray, second: np.ndarray, articles: np.ndarray) -> str:
    """Krippendorff's alpha (nominal) with a 95 % interval from resampled articles."""
    pair = np.stack([first, second]).astype(float)
    rows = {name: np.flatnonzero(articles == name) for name in np.unique(articles)}
    generator = np.random.default_rng(0)
    names = list(rows)
    resampled = []
    for _ in range(N_RESAMPLES):
        drawn = generator.choice(len(names), size=len(names))
        taken = pair[:, np.concatenate([rows[names[i]] for i in drawn])]
        resampled.append(krippendorff.alpha(taken, level_of_measurement="nominal"))
    low, high = np.quantile(resampled, [0.025, 0.975])
    alpha = krippendorff.alpha(pair, level_of_measurement="nominal")
    return f"{alpha:.3f} ({low:.3f} to {high:.3f})"


def describe_counts(gold: Dataset) -> list[str]:
    """Units, articles, frames and speakers by language, as Markdown tables."""
    language = gold.languages
    heads = [f"{name} ({(language == name).sum()} units)" for name in LANGUAGES]
    articles = Counter(about.language for about in gold.about.values())
    lines = [
        f"{len(gold)} units of {len(gold.about)} articles: "
        + ", ".join(f"{articles[name]} {name}" for name in LANGUAGES)
        + ".",
        "",
        f"| units that carry | {' | '.join(heads)} | all |",
        "|---|" + "---|" * (len(LANGUAGES) + 1),
    ]
    carried = {f"`{frame}`": gold.frames[:, k] for k, frame in enumerate(gold.codebook.frame_ids)}
    carried["two frames or more"] = gold.frames.sum(axis=1) > 1
    carried["no frame"] = ~gold.frames.any(axis=1)
    said = {
        f"`{speaker}`": gold.speakers == k for k, speaker in enumerate(gold.codebook.speaker_ids)
    }
    lines += [row(name, values, language) for name, values in carried.items()]
    lines += ["", f"| speaker | {' | '.join(heads)} | all |"]
    lines += ["|---|" + "---|" * (len(LANGUAGES) + 1)]
    lines += [row(name, values, language) for name, values in said.items()]
    kinds = Counter(about.kind for about in gold.about.values())
    lines += ["", "Articles by kind of outlet: " + list_counts(kinds) + "."]
    return lines


def row(name: str, values: np.ndarray, language: np.ndarray) -> str:
    """One row of counts and shares by language."""
    cells = [values[language == one] for one in LANGUAGES] + [values]
    return f"| {name} | " + " | ".join(f"{c.sum()} ({c.mean():.0%})" for c in cells) + " |"


def list_counts(counts: Counter[str]) -> str:
    """Counts in words, commonest first."""
    return ", ".join(
        f"{name} {n}" for name, n in sorted(counts.items(), key=lambda p: (-p[1], p[0]))
    )


def describe_agreement(first: Dataset, second: Dataset) -> list[str]:
    """Alpha per frame and for the speaker, by language."""
    language, articles = first.languages, np.array(first.articles)
    lines = [
        "| alpha (95 %) | " + " | ".join((*LANGUAGES, "all")) + " |",
        "|---|" + "---|" * (len(LANGUAGES) + 1),
    ]
    masks = [language == name for name in LANGUAGES] + [np.ones(len(first), dtype=bool)]
    columns = {
        f"`{frame}`": (first.frames[:, k], second.frames[:, k])
        for k, frame in enumerate(first.codebook.frame_ids)
    }
    columns["speaker"] = (first.speakers, second.speakers)
    for name, (left, right) in columns.items():
        cells = [measure_alpha(left[mask], right[mask], articles[mask]) for mask in masks]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    frames_differ = (first.frames != second.frames).any(axis=1)
    differ = frames_differ | (first.speakers != second.speakers)
    lines += [
        "",
        f"The two codings differ on {differ.sum()} of {len(first)} units, on "
        f"{frames_differ.sum()} of them in a frame; those were adjudicated, with the reason in "
        "`note`.",
    ]
    return lines


def describe_corpus() -> str:
    """The generated part of the datasheet."""
    lines = describe_counts(load("gold"))
    lines += ["", *describe_agreement(load("first"), load("second"))]
    return "\n".join(lines)


def main() -> None:
    """Print the tables, and put them into the datasheet if asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--write", action="store_true")
    text = describe_corpus()
    if parser.parse_args().write:
        before, _, rest = DATASHEET.read_text(encoding="utf-8").partition(START)
        after = rest.partition(END)[2]
        DATASHEET.write_text(f"{before}{START}\n\n{text}\n\n{END}{after}", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
