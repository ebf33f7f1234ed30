"""Measure the furniture rules, alone and together with the splitter.

Run from the repository: `python experiments/segmentation/measure_furniture.py`. Prints Markdown
tables: precision and recall by removed part and by code point, units end to end, and time.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent)]

from gold import LANGUAGES, Page, read_articles, read_pages, read_sentences  # noqa: E402

from framing.articles.furniture import find_furniture  # noqa: E402
from framing.segmentation import split_units  # noqa: E402

Spans = set[tuple[int, int]]


class Counts(NamedTuple):
    """How much was found, how much of it rightly, and how much there was."""

    right: int
    found: int
    wanted: int

    def __str__(self) -> str:
        precision = self.right / max(1, self.found)
        recall = self.right / max(1, self.wanted)
        return f"{precision:.3f} | {recall:.3f}"


def count_parts(pages: list[Page]) -> Counts:
    """By removed part: a line, or the part of one, with both ends right."""
    return _count(pages, lambda spans: spans)


def count_points(pages: list[Page]) -> Counts:
    """By code point."""
    return _count(pages, lambda spans: {at for low, high in spans for at in range(low, high)})


def _count(pages: list[Page], measure: Callable[[Spans], set[Any]]) -> Counts:
    right = found = wanted = 0
    for page in pages:
        got = measure(removed_spans(page))
        gold = measure(set(page.furniture))
        right += len(got & gold)
        found += len(got)
        wanted += len(gold)
    return Counts(right, found, wanted)


def removed_spans(page: Page) -> Spans:
    """What the rules take from a page."""
    return {(part.start, part.end) for part in find_furniture(page.text, page.language)}


def print_furniture(sets: list[tuple[str, list[Page]]]) -> None:
    """Precision and recall of each set."""
    print(
        "| set | pages | parts | precision, parts | recall, parts | precision, points "
        "| recall, points |"
    )
    print("|---|---|---|---|---|---|---|")
    for name, pages in sets:
        parts = count_parts(pages)
        print(f"| {name} | {len(pages)} | {parts.wanted} | {parts} | {count_points(pages)} |")


def print_end_to_end() -> None:
    """Units of the real articles after the rules: nothing is told to the splitter."""
    right = found = wanted = 0
    for article in read_articles():
        removed = [(part.start, part.end) for part in find_furniture(article.text, "en")]
        units = {(u.start, u.end) for u in split_units(article.text, "en", removed=removed)}
        right += len(units & set(article.spans))
        found += len(units)
        wanted += len(article.spans)
    if wanted:
        print(f"\nReal articles end to end: {wanted} units, F1 {2 * right / (found + wanted):.3f}.")


def print_time() -> None:
    """Milliseconds an article of twenty sentences."""
    print("\n| language | furniture, ms | units, ms | articles a second, one core |")
    print("|---|---|---|---|")
    for language in LANGUAGES:
        sentences = [
            passage.text[low:high].replace("\n", " ")
            for passage in read_sentences(language, "dev")
            for low, high in passage.spans
            if high - low > (35 if language == "en" else 15)
        ]
        pairs = [" ".join(sentences[at : at + 2]) for at in range(0, 20, 2)]
        text = "\n\n".join(["A headline of the day", *pairs])
        furniture = best_time(lambda text=text, language=language: find_furniture(text, language))
        units = best_time(lambda text=text, language=language: split_units(text, language))
        rate = 1 / (furniture + units)
        print(f"| {language} | {furniture * 1e3:.2f} | {units * 1e3:.2f} | {rate:,.0f} |")


def best_time(run: Callable[[], object]) -> float:
    """Seconds of the fastest of three hundred runs."""
    times = []
    for _ in range(300):
        started = time.perf_counter()
        run()
        times.append(time.perf_counter() - started)
    return min(times)


def main() -> None:
    """Print every table."""
    sets: list[tuple[str, list[Page]]] = []
    for part in ("dev", "heldout"):
        for language in LANGUAGES:
            pages = [page for page in read_pages(language) if page.part == part]
            sets.append((f"{language}, {part}", pages))
    real = [Page(a.name, "real", "en", a.text, a.removed) for a in read_articles()]
    if real:
        sets.append(("en, real articles", real))
    print_furniture(sets)
    print_end_to_end()
    print_time()
    names = Counter(
        part.rule
        for _, pages in sets
        for page in pages
        for part in find_furniture(page.text, page.language)
    )
    print("\nRules by use:", ", ".join(f"{name} {count}" for name, count in names.most_common()))


if __name__ == "__main__":
    main()
