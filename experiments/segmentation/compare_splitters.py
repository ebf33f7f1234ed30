"""Compare sentence splitters with ours, by boundaries, whole units and speed.

Run from the repository: `python experiments/segmentation/compare_splitters.py`. Prints one
table a language, in Markdown. A splitter that is not installed is named and left out.

Every splitter gets the same paragraphs, lines broken at a fixed width joined already, so that
only the splitting within a paragraph is compared. A sentence counts where both its ends match.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent)]

from gold import LANGUAGES, Passage, read_articles, read_sentences  # noqa: E402

from framing.segmentation import split_units  # noqa: E402
from framing.segmentation.lines import BLANK, find_blocks  # noqa: E402

Split = Callable[[str], Iterable[str]]
LEAST_SECONDS = 0.5


def load_pysbd(language: str) -> Split:
    """Python sentence boundary disambiguation: rules, en and ja."""
    import pysbd

    return pysbd.Segmenter(language=language, clean=False).segment


def load_sentencex(language: str) -> Split:
    """Wikimedia's rules, many languages."""
    import sentencex

    return lambda text: sentencex.segment(language, text)


def load_syntok(language: str) -> Split:
    """Rules for Indo-European languages."""
    from syntok import segmenter

    def split(text: str) -> list[str]:
        return [
            text[tokens[0].offset : tokens[-1].offset + len(tokens[-1].value)]
            for paragraph in segmenter.analyze(text)
            for tokens in paragraph
        ]

    return split


def load_nupunkt(language: str) -> Split:
    """Punkt, trained on law and finance."""
    import nupunkt

    return nupunkt.sent_tokenize


def load_blingfire(language: str) -> Split:
    """Microsoft's finite automata."""
    import blingfire

    return lambda text: blingfire.text_to_sentences(text).split("\n")


def load_kiwi(language: str) -> Split:
    """Korean morphology."""
    from kiwipiepy import Kiwi

    kiwi = Kiwi()
    return lambda text: [sentence.text for sentence in kiwi.split_into_sents(text)]


def load_kss(language: str) -> Split:
    """Korean sentence splitter."""
    import kss

    return lambda text: kss.split_sentences(text)


def load_bunkai(language: str) -> Split:
    """Japanese rules, made for reviews."""
    from bunkai import Bunkai

    return Bunkai()


def load_hasami(language: str) -> Split:
    """Japanese rules."""
    import hasami

    return hasami.segment_sentences


def load_ja_segmenter(language: str) -> Split:
    """Japanese rules as a pipeline."""
    from ja_sentence_segmenter.common.pipeline import make_pipeline
    from ja_sentence_segmenter.split.simple_splitter import split_punctuation

    pipeline = make_pipeline(split_punctuation)
    return lambda text: pipeline(text)


SPLITTERS: dict[str, tuple[Callable[[str], Split], tuple[str, ...]]] = {
    "pysbd": (load_pysbd, ("en", "ja")),
    "sentencex": (load_sentencex, ("en", "ko", "ja")),
    "syntok": (load_syntok, ("en",)),
    "nupunkt": (load_nupunkt, ("en",)),
    "blingfire": (load_blingfire, ("en", "ko", "ja")),
    "kiwipiepy": (load_kiwi, ("ko",)),
    "kss": (load_kss, ("ko",)),
    "bunkai": (load_bunkai, ("ja",)),
    "hasami": (load_hasami, ("ja",)),
    "ja_sentence_segmenter": (load_ja_segmenter, ("ja",)),
}


def find_spans(passage: Passage, language: str, split: Split) -> list[tuple[int, int]]:
    """Where a splitter's sentences lie; one whose text it altered lies nowhere."""
    spans = []
    for low, high in kept(passage):
        for start, end in find_blocks(passage.text, low, high, wide=language != "en"):
            at = start
            for sentence in split(passage.text[start:end]):
                body = sentence.strip(BLANK)
                found = passage.text.find(body, at, end) if body else -1
                if found >= 0:
                    at = found + len(body)
                    spans.append((found, at))
    return spans


def kept(passage: Passage) -> list[tuple[int, int]]:
    """The parts of a passage between its furniture."""
    edges = [0, *(edge for span in sorted(passage.removed) for edge in span), len(passage.text)]
    return [(low, high) for low, high in zip(edges[::2], edges[1::2], strict=True) if low < high]


def f1(found: set[object], wanted: set[object]) -> float:
    """Harmonic mean of precision and recall."""
    return 2 * len(found & wanted) / max(1, len(found) + len(wanted))


def score(
    passages: list[Passage], spans_of: Callable[[Passage], list[tuple[int, int]]]
) -> tuple[float, float]:
    """F1 of the boundaries within paragraphs, and of whole units."""
    found: set[object] = set()
    wanted: set[object] = set()
    found_ends: set[object] = set()
    wanted_ends: set[object] = set()
    for passage in passages:
        edges = paragraph_ends(passage)
        spans = spans_of(passage)
        found |= {(passage.name, span) for span in spans}
        wanted |= {(passage.name, span) for span in passage.spans}
        found_ends |= {(passage.name, end) for _, end in spans if end not in edges}
        wanted_ends |= {(passage.name, end) for _, end in passage.spans if end not in edges}
    return f1(found_ends, wanted_ends), f1(found, wanted)


def paragraph_ends(passage: Passage) -> set[int]:
    """Ends that every splitter finds, since the text or a blank line ends there."""
    ends = {len(passage.text.rstrip(BLANK))}
    at = 0
    for line in passage.text.split("\n"):
        ends.add(at + len(line.rstrip(BLANK)))
        at += len(line) + 1
    return ends


def speed(texts: list[str], count: int, run: Callable[[str], object]) -> float:
    """Sentences a second: the best of three runs of at least half a second each."""
    best = 0.0
    for _ in range(3):
        rounds = 0
        started = time.perf_counter()
        while time.perf_counter() - started < LEAST_SECONDS:
            for text in texts:
                run(text)
            rounds += 1
        best = max(best, rounds * count / (time.perf_counter() - started))
    return best


def print_row(
    name: str,
    sets: list[list[Passage]],
    spans_of: Callable[[Passage], list[tuple[int, int]]],
) -> None:
    """One splitter's line of the table."""
    cells = []
    for passages in sets:
        cells += [f"{value:.3f}" for value in score(passages, spans_of)] if passages else ["", ""]
    authored = [passage for passages in sets[:2] for passage in passages]
    count = sum(len(passage.spans) for passage in authored)
    rate = speed(authored, count, spans_of)  # type: ignore[arg-type]
    print(f"| {name} | {' | '.join(cells)} | {rate:,.0f} |", flush=True)


def compare(language: str, only: set[str]) -> None:
    """Print a language's table."""
    articles = read_articles() if language == "en" else []
    sets = [read_sentences(language, "dev"), read_sentences(language, "heldout"), articles]
    counts = [sum(len(passage.spans) for passage in passages) for passages in sets]
    print(f"\n### {language}: {counts[0]} dev, {counts[1]} held out, {counts[2]} real units\n")
    print(
        "| splitter | dev: boundary | dev: unit | held out: boundary | held out: unit "
        "| real: boundary | real: unit | sentences/s |"
    )
    print("|---|---|---|---|---|---|---|---|")
    missing = []
    for name, (load, languages) in SPLITTERS.items():
        if language not in languages or (only and name not in only):
            continue
        try:
            split = load(language)
            list(split("A. B. 다."))
        except Exception as error:
            missing.append(f"{name} ({type(error).__name__})")
            continue
        print_row(name, sets, lambda passage, split=split: find_spans(passage, language, split))
    if not only or "ours" in only:
        print_row(
            "**framing.split_units**",
            sets,
            lambda passage: [
                (unit.start, unit.end)
                for unit in split_units(passage.text, language, removed=passage.removed)
            ],
        )
    if missing:
        print(f"\nNot installed here, left out: {', '.join(missing)}.")


def main() -> None:
    """Print every table."""
    parser = argparse.ArgumentParser(description="compare sentence splitters")
    parser.add_argument("--only", nargs="*", default=[], help="names of splitters (ours: ours)")
    arguments = parser.parse_args()
    for language in LANGUAGES:
        compare(language, set(arguments.only))


if __name__ == "__main__":
    main()
