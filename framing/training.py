"""Training: from a config to a chosen, calibrated and tested model folder."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict, overload

from framing.baseline_fitting import CandidateScore, fit_baseline
from framing.card import render_card
from framing.classifiers.tfidf import TfidfModel
from framing.codebook import Codebook
from framing.config import TrainConfig, TransformerConfig
from framing.errors import ConfigError
from framing.evaluation import Metrics, evaluate_scores
from framing.files import open_output, write_json
from framing.splits import find_near_duplicates
from framing.training_data import (
    choose_test,
    describe_data,
    describe_environment,
    load_coded,
    require_every_frame,
    require_folder,
    save_error_rates,
)

if TYPE_CHECKING:
    from framing.fine_tuning import FineTunedModel


class TrainingRecord(TypedDict):
    """Everything a reader needs to judge or repeat a training run; `metrics.json`."""

    name: str
    config: dict[str, Any]
    environment: dict[str, str]
    data: dict[str, Any]
    """Units, articles, languages, frames, and digests of the data and of the codebook."""
    split: str | None
    """Digest of the split file; None where articles were drawn by hash."""
    test_articles: list[str]
    near_duplicates: int
    """Test units that nearly repeat a training unit (character 5-gram Jaccard of .6 or more)."""
    candidates: list[CandidateScore]
    """Best first."""
    chosen: dict[str, Any]
    cross_validation: Metrics
    """On training articles, each scored by a model that did not see it. Thresholds and
    calibration were fitted on these scores: optimistic by a little."""
    test: Metrics
    test_by_language: dict[str, Metrics]


@dataclass(frozen=True)
class TrainedModel:
    """A model with the record of how it came about."""

    model: TfidfModel
    record: TrainingRecord


@overload
def train_model(
    config: TrainConfig, *, tell: Callable[[str], None] = ..., progress: bool = ...
) -> TrainedModel: ...
@overload
def train_model(
    config: TransformerConfig, *, tell: Callable[[str], None] = ..., progress: bool = ...
) -> FineTunedModel: ...
def train_model(
    config: TrainConfig | TransformerConfig,
    *,
    tell: Callable[[str], None] = lambda message: None,
    progress: bool = False,
) -> TrainedModel | FineTunedModel:
    """Train a model after a config and write its folder.

    Args:
        config: The run: of the baseline, or of a transformer (see `framing.fine_tuning`).
        tell: Is told, in a line, what is being done.
        progress: Show a bar on stderr, where training takes long.

    Raises:
        ConfigError: The data cannot be split as the config says, the encoder is not here, or the
            config is of a benchmark.
        InputError: Articles and codes do not fit.
        ModelError: A package that a transformer needs is not installed.
        OutputError: The folder cannot be written to.
    """
    if config.benchmark.path:
        raise ConfigError(
            f"{config.name} is the config of a benchmark", hint="framing run tests on one"
        )
    if isinstance(config, TransformerConfig):
        from framing.fine_tuning import fine_tune

        return fine_tune(config, tell=tell, progress=progress)
    return _train_baseline(config, tell)


def _train_baseline(config: TrainConfig, tell: Callable[[str], None]) -> TrainedModel:
    """Train the baseline.

    The test articles are set apart first and scored once, at the end, by the model as saved.
    Settings, calibration and thresholds come from cross-validation by article over the rest.
    """
    folder = config.resolve(config.output)
    require_folder(folder)
    codebook = Codebook.load(config.resolve(config.data.codebook))
    dataset = load_coded(config, codebook)
    languages = {name: about.language for name, about in dataset.about.items()}
    test_names, drawn = choose_test(config, dataset)
    train, test = dataset.select(set(languages) - test_names), dataset.select(test_names)
    require_every_frame(train, config)
    tell(f"{len(train)} units to learn from, {len(test)} to test on")
    fitted = fit_baseline(config, train, tell=tell)
    fitted.model.save(folder)
    # Scores come from the model as a user will load it, rounded weights and all.
    model = TfidfModel.load(folder, codebook)
    scores = model.score_units(test.texts, test.passages)
    record = TrainingRecord(
        name=config.name,
        config=config.plain(),
        environment=describe_environment(),
        data=describe_data(dataset),
        split=drawn,
        test_articles=sorted(test_names),
        near_duplicates=len({pair.left for pair in find_near_duplicates(test.texts, train.texts)}),
        candidates=fitted.candidates,
        chosen=dataclasses.asdict(fitted.chosen),
        cross_validation=evaluate_scores(fitted.cross_validated, train),
        test=evaluate_scores(scores, test),
        test_by_language={
            language: evaluate_scores(model.score_units(part.texts, part.passages), part)
            for language in sorted(set(languages.values()))
            for part in [test.select({n for n in test_names if languages[n] == language})]
        },
    )
    write_json(folder / "metrics.json", record)
    save_error_rates(folder, config, scores, test)
    with open_output(folder / "README.md") as stream:
        stream.write(render_card(record, codebook, model.thresholds.tolist()))
    return TrainedModel(model, record)
