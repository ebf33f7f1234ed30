"""How much of a language's score rests on having been trained on that language.

    python experiments/transformer/leave_language_out.py [--language ko --language ja] [--threads 1]

Fits one network of configs/transformer.yaml without the articles of one language, in train and in
dev, and scores that language's test articles with it: calibration and thresholds come from the dev
articles of the other languages. Beside it stand the network that learnt from all languages with the
same seed and the mean of all networks (both from the model's `metrics.json`), and the baseline with
its shipped settings, trained without the language and with it. (The baseline learns from train and
dev.) Each language is added to `leave_language_out.json` when it is done, so that two may run at
once; a run that was cut off goes on. `experiments/report_scores.py --write` puts the table into the
results page.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

from experiments.corpus.compare_growth import train_on
from experiments.transformer.records import update_record
from experiments.transformer.result_tables import describe_left_out
from experiments.transformer.single_network import (
    CONFIG,
    fit_one,
    limit_threads,
    load_data,
    open_config,
)
from framing import Dataset, FrameScores, evaluate_scores, load_corpus, load_model
from framing.classifiers.transformer.model import apply_decision
from framing.config import TransformerConfig
from framing.corpus.splitting import Split, read_split
from framing.cross_fitting import fit_decision
from framing.errors import InputError
from framing.files import digest_json
from framing.reading import read_json
from framing.run_comparison import compare_scores
from framing.training_data import describe_data
from framing.transformer_fitting import prepare_encoder

RESULT = Path(__file__).with_name("leave_language_out.json")
LANGUAGES = ("ko", "ja")


def speaks(dataset: Dataset, language: str) -> set[str]:
    """Articles in a language.

    Raises:
        InputError: There is none.
    """
    found = {name for name, about in dataset.about.items() if about.language == language}
    if not found:
        raise InputError(f"there is no article in {language!r}", hint="name another language")
    return found


def cut_parts(dataset: Dataset, split: Split, language: str) -> dict[str, Dataset]:
    """`train` and `dev` without a language, and the `test` articles in it."""
    spoken = speaks(dataset, language)
    return {
        "train": dataset.select(split.names("train") - spoken),
        "dev": dataset.select(split.names("dev") - spoken),
        "test": dataset.select(split.names("test") & spoken),
    }


def score_network(
    config: TransformerConfig, parts: dict[str, Dataset], language: str, threads: int
) -> tuple[FrameScores, dict[str, Any]]:
    """The test articles' scores by a network that never saw their language, and how it was made."""
    texts = [*parts["train"].texts, *parts["dev"].texts]
    data = [describe_data(parts[name])["digest"] for name in ("train", "dev")]
    run = digest_json([config.plain(), *data])
    held = {name: parts[name] for name in ("dev", "test")}
    with tempfile.TemporaryDirectory() as folder:
        encoder = prepare_encoder(config, texts, Path(folder) / "encoder").folder
        fitted = fit_one(
            config, parts["train"], held, encoder, f"without-{language}-{run}",
            seed=config.training.seed, threads=threads,
        )  # fmt: skip
    raw, codebook = fitted.member.scores, parts["dev"].codebook
    decision = fit_decision(raw["dev"], parts["dev"])
    return apply_decision(decision, raw["test"], codebook.digest, ""), fitted.describe()


def read_with_language(config: TransformerConfig, language: str) -> dict[str, Any]:
    """What the model that learnt from all languages gives on the language's test articles.

    Returns:
        `member`: macro-F1 of the network of the config's first seed; `mean`: metrics of the mean of
        all networks. None where there is no such model, or its test part was not scored.
    """
    path = config.resolve(config.output) / "metrics.json"
    record = read_json(path) if path.exists() else {}
    by_seed = {member["seed"]: member for member in record.get("members", ())}
    member = by_seed.get(config.training.seed, {}).get("test") or {}
    return {
        "member": member.get("macro_f1_by_language", {}).get(language),
        "mean": (record.get("test_by_language") or {}).get(language),
    }


def score_baseline(language: str) -> tuple[FrameScores, FrameScores]:
    """The test articles' scores by the baseline without their language, and with it."""
    corpus = load_corpus()
    split, gold = read_split(corpus.split_path), corpus.join()
    spoken = speaks(gold, language)
    test = gold.select(split.names("test") & spoken)
    names = set(split.parts) - (spoken & split.names("train", "dev"))
    with tempfile.TemporaryDirectory() as folder:
        without = train_on(corpus, split, names, Path(folder))
    models = (without, load_model("baseline", corpus.codebook))
    first, second = (model.score_units(test.texts, test.passages) for model in models)
    return first, second


def measure_language(config: TransformerConfig, language: str, threads: int) -> dict[str, Any]:
    """Every figure of one language, as `leave_language_out.json` holds them."""
    dataset, split = load_data(config)
    parts = cut_parts(dataset, split, language)
    test = parts["test"]
    network, fit = score_network(config, parts, language, threads)
    without, with_it = score_baseline(language)
    return {
        "settings": digest_json(config.plain()),
        "articles": {name: len(part.about) for name, part in parts.items()},
        "units": {name: len(part) for name, part in parts.items()},
        "fit": fit,
        "transformer": {
            "without": evaluate_scores(network, test),
            "with": read_with_language(config, language),
        },
        "baseline": {
            "without": evaluate_scores(without, test),
            "with": evaluate_scores(with_it, test),
        },
        "difference_without": compare_scores(without, network, test),
    }


def main() -> None:
    """Fit, score and keep; print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--config", type=Path, default=CONFIG)
    parser.add_argument("--language", action="append", help=f"default: {' and '.join(LANGUAGES)}")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--output", type=Path, default=RESULT)
    options = parser.parse_args()
    limit_threads(options.threads)
    config = open_config(options.config)
    for language in options.language or LANGUAGES:
        print(f"without {language}", flush=True)
        figures = measure_language(config, language, options.threads)
        with update_record(options.output) as record:
            record.setdefault("languages", {})[language] = figures
    print(describe_left_out(read_json(options.output)))


if __name__ == "__main__":
    main()
