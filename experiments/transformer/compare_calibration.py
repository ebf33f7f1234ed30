"""Compare ways to calibrate the shipped transformer, each fitted on other dev articles.

    python experiments/transformer/compare_calibration.py [--model models/transformer] [--write]

Every way is fitted on four fifths of the dev articles, cut by story cluster, and measured on the
last fifth, in turn. `by language` fits one sigmoid a frame and language, `shifted by language` one
slope a frame and an intercept a language. Where n-grams score beside the network, all this is done
with the log-odds of the two as they are weighed in the same four fifths; `network alone` leaves the
n-grams out. The test part is not read. With --write the figures are kept in `calibration.json`.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import expit
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from experiments.transformer.single_network import CONFIG, load_data, open_config
from framing import Dataset, load_model
from framing.classifiers.calibration import fit_sigmoids
from framing.classifiers.transformer.model import RawScores, TransformerModel
from framing.corpus.splitting import find_story_clusters
from framing.evaluation import expected_calibration_error
from framing.files import write_json
from framing.markdown import render_table
from framing.splits import iterate_folds

RESULT = Path(__file__).with_name("calibration.json")
FOLDS = 5
LANGUAGES = ("en", "ko", "ja")

Array = np.ndarray
Fit = Callable[[Array, Array, Array], Callable[[Array, Array], Array]]
"""From scores (n), whether carried (n) and languages (n) to what turns scores and languages into
probabilities."""


def fit_nothing(scores: Array, carried: Array, languages: Array) -> Callable[[Array, Array], Array]:
    """The sigmoid of the raw score."""
    return lambda new, _: expit(new)


def fit_temperature(
    scores: Array, carried: Array, languages: Array
) -> Callable[[Array, Array], Array]:
    """One factor on the raw score (Guo et al. 2017, section 4.2)."""

    def loss(factor: float) -> float:
        return float((np.logaddexp(0, factor * scores) - carried * factor * scores).mean())

    factor = minimize_scalar(loss, bounds=(0.05, 20), method="bounded").x
    return lambda new, _: expit(factor * new)


def fit_sigmoid(scores: Array, carried: Array, languages: Array) -> Callable[[Array, Array], Array]:
    """Platt's sigmoid, as it is shipped."""
    fitted = fit_sigmoids(scores[:, None], carried[:, None])
    return lambda new, _: fitted.apply(new[:, None])[:, 0]


def fit_isotonic(
    scores: Array, carried: Array, languages: Array
) -> Callable[[Array, Array], Array]:
    """A step function that rises with the score (Zadrozny and Elkan 2002)."""
    fitted = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(scores, carried)
    return lambda new, _: fitted.predict(new)


def fit_by_language(
    scores: Array, carried: Array, languages: Array
) -> Callable[[Array, Array], Array]:
    """A sigmoid a language."""
    parts = {
        name: fit_sigmoid(scores[languages == name], carried[languages == name], languages)
        for name in LANGUAGES
    }

    def apply(new: Array, of: Array) -> Array:
        result = np.zeros(len(new))
        for name, part in parts.items():
            result[of == name] = part(new[of == name], of)
        return result

    return apply


def fit_shifted(scores: Array, carried: Array, languages: Array) -> Callable[[Array, Array], Array]:
    """One slope, and an intercept a language drawn towards the others'."""

    def columns(values: Array, of: Array) -> Array:
        return np.column_stack([values, *(of == name for name in LANGUAGES)])

    model = LogisticRegression(C=1.0).fit(columns(scores, languages), carried)
    return lambda new, of: model.predict_proba(columns(new, of))[:, 1]


WAYS: dict[str, Fit] = {
    "none": fit_nothing,
    "temperature": fit_temperature,
    "sigmoid (shipped)": fit_sigmoid,
    "isotonic": fit_isotonic,
    "sigmoid by language": fit_by_language,
    "sigmoid, shifted by language": fit_shifted,
}


def measure(model: TransformerModel) -> dict[str, Any]:
    """Mean over the frames of Brier score, log loss and calibration error, by way."""
    dataset, split = load_data(open_config(CONFIG))
    dev = dataset.select(split.names("dev"))
    raw = model.score_raw(dev.texts, dev.passages)
    languages = np.array([str(name) for name in dev.languages])
    clusters = find_story_clusters(dev)
    folds = list(iterate_folds([clusters[name] for name in dev.articles], FOLDS, seed=0))
    result: dict[str, Any] = {"model": model.digest, "units": len(dev), "ways": {}}
    for name, fit in WAYS.items():
        probabilities = np.zeros_like(raw.frames)
        for seen, held in folds:
            _apply_way(fit, weigh(raw, dev, seen), dev, languages, seen, held, probabilities)
        result["ways"][name] = _measure_way(probabilities, dev.frames, languages)
    if raw.ngrams is not None:
        probabilities = np.zeros_like(raw.frames)
        for seen, held in folds:
            _apply_way(fit_sigmoid, raw.frames, dev, languages, seen, held, probabilities)
        result["ways"]["sigmoid, network alone"] = _measure_way(
            probabilities, dev.frames, languages
        )
    return result


def weigh(raw: RawScores, dev: Dataset, seen: Array) -> Array:
    """Log-odds of network and n-grams together, weighed on some units; the network's if alone."""
    if raw.ngrams is None:
        return raw.frames
    fitted = fit_sigmoids(raw.frames[seen], dev.frames[seen], raw.ngrams[seen])
    return fitted.weigh(raw.frames, raw.ngrams)


def _apply_way(
    fit: Fit, scores: Array, dev: Dataset, languages: Array, seen: Array, held: Array, into: Array
) -> None:
    for k in range(scores.shape[1]):
        apply = fit(scores[seen, k], dev.frames[seen, k], languages[seen])
        into[held, k] = apply(scores[held, k], languages[held])


def _measure_way(probabilities: Array, frames: Array, languages: Array) -> dict[str, Any]:
    clipped = np.clip(probabilities, 1e-6, 1 - 1e-6)
    losses = -np.where(frames, np.log(clipped), np.log(1 - clipped))

    def find_error(rows: Array) -> float:
        errors = [
            expected_calibration_error(probabilities[rows, k], frames[rows, k])
            for k in range(frames.shape[1])
        ]
        return float(np.mean(errors))

    return {
        "brier": float(((probabilities - frames) ** 2).mean()),
        "log_loss": float(losses.mean()),
        "calibration_error": find_error(np.ones(len(frames), dtype=bool)),
        "calibration_error_by_language": {
            name: find_error(languages == name) for name in LANGUAGES
        },
    }


def describe(result: dict[str, Any]) -> str:
    """The figures as a Markdown table."""
    heads = ["calibration", "Brier", "log loss", "ECE", *(f"ECE {name}" for name in LANGUAGES)]
    rows = [
        [
            name,
            *(f"{of[key]:.4f}" for key in ("brier", "log_loss")),
            f"{of['calibration_error']:.3f}",
            *(f"{of['calibration_error_by_language'][language]:.3f}" for language in LANGUAGES),
        ]
        for name, of in result["ways"].items()
    ]
    return render_table(heads, rows)


def main() -> None:
    """Print the table, and keep the figures if asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", default="transformer")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    model = load_model(options.model)
    if not isinstance(model, TransformerModel):
        parser.error(f"{options.model} is no transformer")
    result = measure(model)
    if options.write:
        write_json(RESULT, result)
    print(describe(result))


if __name__ == "__main__":
    main()
