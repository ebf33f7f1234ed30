"""Score the shipped transformer beside the shipped baseline, on the same units of the same texts.

    python experiments/transformer/measure_shipped.py --model models/transformer \
        --baseline models/baseline [--texts ARTICLES --codes CODES.jsonl] [--write]

The texts: the authored test articles; the same with names masked; those of their units that hold no
trigger word of the training articles; and, where --texts and --codes are given, real articles, as
they are and with names masked. Keeps the figures of both models and their paired differences
(transformer less baseline) in `shipped.json` with --write; `experiments/report_scores.py --write`
puts the table into the results page.

The shipped baseline learns from train and dev; the transformer learns from train, and dev chooses
its weights, calibration and thresholds. The baseline has that advantage in every figure.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Mapping
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.baseline.measure_real import bootstrap_units
from experiments.transformer.result_tables import describe_shipped, tabulate_parts
from framing import (
    Dataset,
    FrameModel,
    FrameScores,
    ReadOptions,
    evaluate_scores,
    load_corpus,
    load_dataset,
    load_model,
    read_articles,
)
from framing.classifiers.transformer.saving import NGRAMS
from framing.corpus.splitting import Split, read_split
from framing.errors import ModelError
from framing.experiments.running import mask_part
from framing.files import open_output, write_json
from framing.masking import measure_coverage
from framing.reading import read_json
from framing.run_comparison import compare_scores
from framing.transformer_card import render_transformer_card
from framing.triggers import find_triggers

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[2]
RESULT = Path(__file__).with_name("shipped.json")
LEARNT_FROM = {
    "transformer": "train; dev chose its weights, calibration and thresholds",
    "baseline": "train and dev, an advantage to it",
}
Models = Mapping[str, FrameModel]
"""`transformer` and `baseline`."""
Scores = dict[str, FrameScores]
"""By model."""


def keep_scores(scores: Scores, keep: NDArray[np.bool_]) -> Scores:
    """The scores of some units; `keep` is bool (n_units)."""
    return {name: of.select(keep) for name, of in scores.items()}


def score_part(models: Models, part: Dataset) -> Scores:
    """Scores of a part's units by each model."""
    return {name: model.score_units(part.texts, part.passages) for name, model in models.items()}


def compare_models(scores: Scores, part: Dataset) -> dict[str, Any]:
    """Metrics of each model, the difference of the two, and both again by language."""
    result: dict[str, Any] = {name: evaluate_scores(of, part) for name, of in scores.items()}
    result["difference"] = compare_scores(scores["baseline"], scores["transformer"], part)
    languages = part.languages
    if len(set(languages)) > 1:
        result["by_language"] = {
            str(language): compare_models(keep_scores(scores, rows), part.keep(rows))
            for language in np.unique(languages)
            for rows in [languages == language]
        }
    return result


def measure_masked(models: Models, part: Dataset, as_written: Scores) -> dict[str, Any]:
    """What `compare_models` gives of masked text, and each model's change by masking."""
    masked = mask_part(part)
    scores = score_part(models, masked)
    return {
        **compare_models(scores, masked),
        "coverage": measure_coverage(part.texts, masked.texts),
        "change": {name: compare_scores(as_written[name], scores[name], part) for name in models},
    }


def measure_parts(
    models: Models, train: Dataset, test: Dataset, real: Dataset | None
) -> dict[str, Any]:
    """Every part by name, as `shipped.json` holds them."""
    scores = score_part(models, test)
    # Scored among all units of their articles, then kept: their context is what it is in use.
    bare = find_triggers(train).absent(test.texts, map(str, test.languages))
    parts = {
        "test": compare_models(scores, test),
        "test_masked": measure_masked(models, test, scores),
        "test_without_triggers": compare_models(keep_scores(scores, bare), test.keep(bare)),
    }
    if real is not None:
        real_scores = score_part(models, real)
        over_units = {
            name: bootstrap_units(of.decisions, real.frames) for name, of in real_scores.items()
        }
        parts["real"] = compare_models(real_scores, real) | {"macro_f1_over_units": over_units}
        parts["real_masked"] = measure_masked(models, real, real_scores)
    return parts


def summarise_members(members: list[dict[str, Any]]) -> dict[str, Any]:
    """Mean and standard deviation over the networks of a run, each by itself, part by part.

    Args:
        members: As the model's `metrics.json` has them.
    """

    def spread(part: str, *keys: str) -> dict[str, Any]:
        values = [reduce(getitem, keys, member[part]) for member in members]
        known = [value for value in values if value is not None]
        return {
            "values": values,
            "mean": statistics.mean(known) if known else None,
            "deviation": statistics.stdev(known) if len(known) > 1 else None,
        }

    return {"seeds": [member["seed"] for member in members]} | {
        part: {
            "macro_f1": spread(part, "macro_f1"),
            "speaker_accuracy": spread(part, "speaker_accuracy"),
            "macro_f1_by_language": {
                language: spread(part, "macro_f1_by_language", language)
                for language in members[0][part]["macro_f1_by_language"]
            },
        }
        for part in ("dev", "test")
        if part in members[0]
    }


def describe_folder(folder: Path) -> dict[str, Any]:
    """Bytes of a model's files, those of the network as torch has it left out."""
    found = [*folder.iterdir(), *folder.glob(f"{NGRAMS}/*")]
    files = {
        path.relative_to(folder).as_posix(): path.stat().st_size
        for path in sorted(found)
        if path.is_file()
    }
    return {"bytes": sum(files.values()), "files": files}


def require_split(folder: Path, split: Split) -> dict[str, Any]:
    """A model's record, if it was trained on the present split.

    Raises:
        ModelError: It was not: what is test today it may have learnt from.
    """
    record: dict[str, Any] = read_json(folder / "metrics.json")
    if record["split"] != split.digest:
        raise ModelError(
            f"was trained on split {record['split']}, the split file is {split.digest}",
            path=folder,
            hint="train it again",
        )
    return record


def measure(
    folders: Mapping[str, Path], texts: Path | None = None, codes: Path | None = None
) -> dict[str, Any]:
    """Every figure, as `shipped.json` holds it.

    Args:
        folders: Of `transformer` and `baseline`.
        texts: Real articles.
        codes: Their codes.
    """
    corpus = load_corpus()
    split = read_split(corpus.split_path)
    gold = corpus.join()
    records = {name: require_split(folder, split) for name, folder in folders.items()}
    models = {name: load_model(folder, corpus.codebook) for name, folder in folders.items()}
    real = None
    if texts and codes:
        articles = read_articles([texts], ReadOptions(strict=True))
        real = load_dataset(articles, codes, corpus.codebook)
    return {
        "models": {
            name: {
                "digest": models[name].digest,
                "data": records[name]["data"]["digest"],
                "learnt_from": LEARNT_FROM[name],
                **describe_folder(folder),
            }
            for name, folder in folders.items()
        },
        "split": split.digest,
        "members": summarise_members(records["transformer"]["members"]),
        "parts": measure_parts(
            models, gold.select(split.names("train")), gold.select(split.names("test")), real
        ),
    }


def render_card(folder: Path, result: Mapping[str, Any]) -> str:
    """The card of the transformer in a folder, with its figures on every text measured here."""
    model = load_model(folder)
    record = read_json(folder / "metrics.json")
    elsewhere = (
        "Beside the baseline, on masked and on real text too "
        f"(`experiments/transformer/measure_shipped.py`):\n\n{tabulate_parts(result)}"
    )
    return render_transformer_card(
        record, model.codebook, model.thresholds.tolist(), elsewhere=elsewhere
    )


def main() -> None:
    """Print the tables, and keep the figures if asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", type=Path, default=ROOT / "models" / "transformer")
    parser.add_argument("--baseline", type=Path, default=ROOT / "models" / "baseline")
    parser.add_argument("--texts", type=Path, help="real articles")
    parser.add_argument("--codes", type=Path, help="their codes")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    if bool(options.texts) != bool(options.codes):
        parser.error("--texts and --codes go together")
    folders = {"transformer": options.model, "baseline": options.baseline}
    result = measure(folders, options.texts, options.codes)
    if options.write:
        write_json(RESULT, result)
        with open_output(options.model / "README.md") as stream:
            stream.write(render_card(options.model, result))
    print(describe_shipped(result))


if __name__ == "__main__":
    main()
