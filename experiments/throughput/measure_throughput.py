"""Time and memory of `framing score` with the baseline on many articles, stage by stage.

    python experiments/throughput/measure_throughput.py [--articles 10000] [--sentences 20]

The articles are made for load only: sentences of the authored corpus, drawn at random and put one
under another, 20 to a text file. They mean nothing and nothing is learnt from them. Prints the
articles a second of the command as a user runs it, its peak memory, the time each stage takes when
run alone, and the ratios between them, all from one run.
"""

from __future__ import annotations

import argparse
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from framing import load_model, prepare_article, read_articles
from framing.articles.article import Article
from framing.articles.attribution import attribute
from framing.articles.languages import detect_language
from framing.classifiers.tfidf import TfidfModel
from framing.scoring import SourceTotals, score_articles

ROOT = Path(__file__).resolve().parents[2]


def collect_sentences() -> dict[str, list[str]]:
    """Sentences of the authored corpus by language."""
    pools: dict[str, list[str]] = {}
    for article in read_articles([ROOT / "annotations" / "articles"]):
        pools.setdefault(article.language, []).extend(prepare_article(article).texts[1:])
    return pools


def write_articles(folder: Path, count: int, sentences: int) -> None:
    """Write text files of a headline and so many sentences, languages in equal parts."""
    pools = collect_sentences()
    generator = random.Random(0)
    for number in range(count):
        pool = pools[("en", "ko", "ja")[number % 3]]
        body = generator.choices(pool, k=sentences - 1)
        text = (
            f"{generator.choice(pool).rstrip('.。')[:60]} {number}\n\n" + "\n\n".join(body) + "\n"
        )
        (folder / f"{number:06}.txt").write_text(text, encoding="utf-8")


def time_stage(work: Callable[[Any], object], items: Iterable[Any]) -> float:
    """Seconds a function takes over all items."""
    start = time.perf_counter()
    for item in items:
        work(item)
    return time.perf_counter() - start


def measure_stages(folder: Path) -> dict[str, float]:
    """Seconds of each stage over all articles, each run alone on what the stage before gave."""
    model = load_model("baseline")
    assert isinstance(model, TfidfModel)
    paths = sorted(folder.iterdir())
    stages: dict[str, float] = {}
    stages["open and decode files"] = time_stage(lambda p: p.read_text(encoding="utf-8"), paths)
    texts = [path.read_text(encoding="utf-8") for path in paths]
    stages["tell the language"] = time_stage(detect_language, texts)
    plain = [Article(text=text, name=path.name) for path, text in zip(paths, texts, strict=True)]
    stages["tell outlet and agency"] = time_stage(attribute, plain)
    articles = list(read_articles([folder]))
    stages["take furniture out, split"] = time_stage(prepare_article, articles)
    chunks = [
        [text for article in articles[i : i + 64] for text in prepare_article(article).texts]
        for i in range(0, len(articles), 64)
    ]
    stages["count n-grams"] = time_stage(model.features.transform, chunks)
    matrices = [model.features.transform(chunk) for chunk in chunks]
    stages["weigh n-grams"] = time_stage(
        lambda matrix: model.frames.score(matrix, [0] * matrix.shape[0]), matrices
    )
    totals = SourceTotals(["outlet"], model.codebook)
    scored = list(score_articles(articles, model))
    stages["shares and intervals"] = time_stage(lambda one: (one.shares, totals.add(one)), scored)
    return stages


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--sentences", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder, output = Path(name) / "articles", Path(name) / "scores.jsonl"
        folder.mkdir()
        write_articles(folder, options.articles, options.sentences)
        start = time.perf_counter()
        command = [sys.executable, "-m", "framing", "score", str(folder), "-q", "-o", str(output)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
        whole = time.perf_counter() - start
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        stages = measure_stages(folder)
    count = options.articles
    print(f"{count:,} articles of {options.sentences} sentences, one process")
    print(f"framing score: {whole:.1f} s, {count / whole:.0f} articles/s, peak {peak:.0f} MB\n")
    print("| stage, run alone | s | share of the command |\n|---|---|---|")
    for stage, seconds in stages.items():
        print(f"| {stage} | {seconds:.1f} | {seconds / whole:.0%} |")
    rest = whole - sum(stages.values())
    others = "checks on reading, grouping, records, output, start-up"
    print(f"| {others} | {rest:.1f} | {rest / whole:.0%} |")


if __name__ == "__main__":
    main()
