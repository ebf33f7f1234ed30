"""Features tried for the baseline, kept or not: average precision of scores held out by article.

    python experiments/baseline/try_features.py

Uses the training articles of configs/tfidf.yaml alone, its folds and its codes. Prints a Markdown
table; the log in experiments/README.md holds it with what was decided. Takes about six minutes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_array, hstack
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score

from framing import Codebook, Dataset, load_config, load_dataset, read_articles
from framing.classifiers.features import FeatureSettings, TfidfFeatures
from framing.classifiers.fitting import count_ratios
from framing.corpus.splitting import find_story_clusters, read_split
from framing.splits import iterate_folds

ROOT = Path(__file__).resolve().parents[2]
TWO_BEFORE = ((1, 0.6), (2, 0.4))
HEADLINE = 0

CHOSEN = FeatureSettings(char_min=1, char_max=4, word_weight=0.5)

# name: features, neighbours as (distance, weight), log-count ratios, C
Trial = tuple[FeatureSettings, Sequence[tuple[int, float]], bool, float]
TRIALS: dict[str, Trial] = {
    "chosen: characters 1-4, words at half weight, two before, ratios": (
        CHOSEN,
        TWO_BEFORE,
        True,
        10,
    ),
    "without log-count ratios": (CHOSEN, TWO_BEFORE, False, 30),
    "without context": (CHOSEN, (), True, 10),
    "one sentence before": (CHOSEN, ((1, 0.6),), True, 10),
    "two before and the next": (CHOSEN, (*TWO_BEFORE, (-1, 0.4)), True, 10),
    "two before and the headline": (CHOSEN, (*TWO_BEFORE, (HEADLINE, 0.4)), True, 10),
    "characters 2-5": (replace(CHOSEN, char_min=2, char_max=5), TWO_BEFORE, True, 10),
    "characters 1-6": (replace(CHOSEN, char_max=6), TWO_BEFORE, True, 10),
    "words as heavy as characters": (replace(CHOSEN, word_weight=1.0), TWO_BEFORE, True, 10),
    "no word n-grams": (replace(CHOSEN, word_max=0), TWO_BEFORE, True, 10),
    "word n-grams to 3": (replace(CHOSEN, word_max=3), TWO_BEFORE, True, 10),
    "n-grams of one unit too": (
        replace(CHOSEN, min_units=1, max_features=400_000),
        TWO_BEFORE,
        True,
        10,
    ),
    "n-grams of three units or more": (replace(CHOSEN, min_units=3), TWO_BEFORE, True, 10),
}


def load_training() -> tuple[Dataset, list[tuple[np.ndarray, np.ndarray]]]:
    """Training units of the shipped config, and its folds."""
    config = load_config(ROOT / "configs" / "tfidf.yaml")
    data = config.data
    dataset = load_dataset(
        read_articles([config.resolve(data.articles)]),
        config.resolve(data.codes),
        Codebook.load(config.resolve(data.codebook)),
    )
    split = read_split(config.resolve(config.split.file))
    train = dataset.select(split.names("train", "dev"))
    clusters = find_story_clusters(train)
    groups = [clusters[name] for name in train.articles]
    return train, list(iterate_folds(groups, config.selection.folds, seed=config.selection.seed))


def add_neighbours(
    own: csr_array, articles: np.ndarray, neighbours: Sequence[tuple[int, float]]
) -> Any:
    """Features with those of neighbouring sentences (or the headline) beside them."""
    rows = np.arange(own.shape[0])
    first = np.array([np.flatnonzero(articles == name)[0] for name in articles])
    blocks = [own]
    for distance, weight in neighbours:
        source = first if distance == HEADLINE else rows - distance
        inside = (source >= 0) & (source < len(rows)) & (source != rows)
        inside[inside] = articles[source[inside]] == articles[rows[inside]]
        at = (rows[inside].astype(np.int32), source[inside].astype(np.int32))
        blocks.append(csr_array((np.full(inside.sum(), weight), at), shape=(len(rows),) * 2) @ own)
    return hstack(blocks, format="csr")


def try_features(
    train: Dataset,
    folds: list[tuple[np.ndarray, np.ndarray]],
    trial: Trial,
) -> tuple[float, dict[str, float]]:
    """Mean average precision over frames, of all units and by language."""
    settings, neighbours, ratios, penalty = trial
    articles = np.array(train.articles)
    scores = np.zeros(train.frames.shape)
    for seen, held in folds:
        features = TfidfFeatures(settings).fit([train.texts[i] for i in seen])
        left, right = (
            add_neighbours(
                csr_array(features.transform([train.texts[i] for i in part])),
                articles[part],
                neighbours,
            )
            for part in (seen, held)
        )
        for k in range(train.frames.shape[1]):
            carried = train.frames[seen, k]
            scale = count_ratios(left, carried) if ratios else np.ones(left.shape[1])
            model = LogisticRegression(
                C=penalty, class_weight="balanced", solver="liblinear", dual=True, max_iter=5000,
                random_state=0,
            )  # fmt: skip
            model.fit(left.multiply(scale).tocsr(), carried)
            scores[held, k] = model.decision_function(right.multiply(scale).tocsr())
    languages = train.languages

    def precision(rows: np.ndarray) -> float:
        return float(average_precision_score(train.frames[rows], scores[rows], average="macro"))

    return precision(np.ones(len(train), dtype=bool)), {
        str(name): precision(languages == name) for name in np.unique(languages)
    }


def main() -> None:
    """Print the table."""
    train, folds = load_training()
    print("| features | mean average precision | en | ja | ko |\n|---|---|---|---|---|")
    for name, trial in TRIALS.items():
        overall, by = try_features(train, folds, trial)
        print(
            f"| {name} | {overall:.3f} | {by['en']:.3f} | {by['ja']:.3f} | {by['ko']:.3f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
