"""What the second half of the corpus is worth: the baseline trained without and with it.

    python experiments/corpus/compare_growth.py [--texts ARTICLES --codes CODES.jsonl]

Trains the shipped settings on the training articles of the first three sets of writers (`*-a` to
`*-c`, 206 articles with their test part) and on all of them, and scores both on the same test
articles; with --texts and --codes also on real articles. Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from pathlib import Path

import yaml

from framing import Dataset, FrameModel, evaluate_scores, load_config, load_dataset, read_articles
from framing.coding.codes import GOLD, write_codes
from framing.corpus.corpus import Corpus, load_corpus
from framing.corpus.splitting import Split, read_split, write_split
from framing.evaluation import format_interval
from framing.training import train_model

ROOT = Path(__file__).resolve().parents[2]
EARLIER = tuple(f"{language}-{letter}" for language in ("en", "ko", "ja") for letter in "abc")


def train_on(corpus: Corpus, split: Split, names: set[str], folder: Path) -> FrameModel:
    """Train the shipped settings on some articles of a corpus.

    Args:
        corpus: All articles and codes.
        split: Its parts.
        names: Articles to use; those in `test` are held out.
        folder: Where to write the smaller corpus and the model.
    """
    (folder / "articles").mkdir(parents=True)
    for name in names:
        shutil.copy(corpus.articles[name].path, folder / "articles" / name)
    shutil.copy(corpus.folder / "codebook.yaml", folder)
    kept = [code for code in corpus.codes[GOLD] if code.article in names]
    write_codes(folder / "gold.jsonl", kept, corpus.codebook)
    parts = {name: part for name, part in split.parts.items() if name in names}
    write_split(folder / "split.json", Split(split.salt, split.shares, parts))
    chosen = json.loads((ROOT / "models/baseline/metrics.json").read_text("utf-8"))["chosen"]
    settings = {**chosen.pop("features"), **chosen}
    config = {
        "name": "growth",
        "data": {"articles": "articles", "codes": "gold.jsonl", "codebook": "codebook.yaml"},
        "split": {"file": "split.json"},
        "candidates": {key: [value] for key, value in settings.items()},
        "output": "model",
    }
    (folder / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    return train_model(load_config(folder / "config.yaml")).model


def describe(model: FrameModel, dataset: Dataset) -> str:
    """Macro-F1 with its interval, F1 by frame, speaker accuracy: cells of one row."""
    metrics = evaluate_scores(model.score_units(dataset.texts, dataset.passages), dataset)
    frames = " | ".join(f"{of['f1']['estimate'] or 0:.2f}" for of in metrics["frames"].values())
    speaker = metrics["speaker"]
    said = f"{speaker['accuracy']['estimate']:.3f}" if speaker else "-"
    return f"{len(dataset)} | {format_interval(metrics['macro_f1'])} | {frames} | {said}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--texts", type=Path)
    parser.add_argument("--codes", type=Path)
    arguments = parser.parse_args()
    corpus = load_corpus()
    split = read_split(corpus.split_path)
    gold = corpus.join()
    earlier = {name for name in split.parts if name.startswith(EARLIER)}
    test = split.names("test")
    sets = {
        "authored test": gold.select(test),
        **{
            f"… {language}": gold.select({n for n in test if n.startswith(language)})
            for language in corpus.codebook.languages
        },
        "… of the first sets": gold.select(test & earlier),
        "… of the later sets": gold.select(test - earlier),
    }
    if arguments.texts and arguments.codes:
        articles = read_articles([arguments.texts])
        sets["real articles"] = load_dataset(articles, arguments.codes, corpus.codebook)
    frames = " | ".join(gold.codebook.frame_ids)
    print(f"| trained on | scored on | units | macro-F1 (95 %) | {frames} | speaker |")
    print("|---|---|---|---|" + "---|" * (len(gold.codebook.frame_ids) + 1))
    for names in (earlier, set(split.parts)):
        with tempfile.TemporaryDirectory() as folder:
            model = train_on(corpus, split, names, Path(folder))
            for name, dataset in sets.items():
                print(f"| {len(names - test)} articles | {name} | {describe(model, dataset)} |")


if __name__ == "__main__":
    main()
