"""Fine-tuning: from a config to a calibrated transformer's folder; the test part stays unread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict

from framing.codebook import Codebook
from framing.config import TransformerConfig
from framing.cross_fitting import cross_fit, evaluate_languages
from framing.errors import ConfigError
from framing.evaluation import Metrics, evaluate_scores
from framing.files import open_output, write_json
from framing.fine_tuning_figures import compare_export, describe_member, describe_ngrams
from framing.reliability_curves import measure_calibration
from framing.splits import find_near_duplicates
from framing.training_data import (
    describe_data,
    describe_environment,
    load_coded,
    measure_coders,
    open_split,
    require_every_frame,
    require_folder,
    save_error_rates,
)
from framing.transformer_card import render_transformer_card
from framing.transformer_fitting import (
    Parts,
    fit_transformer,
    is_first_process,
    require_trainable,
)

if TYPE_CHECKING:
    from framing.classifiers.transformer.model import TransformerModel
    from framing.corpus.splitting import Split
    from framing.dataset import Dataset

_PACKAGES = ("torch", "transformers", "tokenizers", "datasets", "accelerate", "onnxruntime")


class FineTuningRecord(TypedDict):
    """Everything a reader needs to judge or repeat a fine-tuning run; `metrics.json`."""

    name: str
    config: dict[str, Any]
    environment: dict[str, str]
    data: dict[str, Any]
    """Units, articles, languages, frames, and digests of the data and of the codebook."""
    split: str
    """Digest of the split file."""
    train_articles: list[str]
    dev_articles: list[str]
    test_articles: list[str]
    agreement: dict[str, Any] | None
    """How well the coders agreed, as `measure_coders` gives it."""
    near_duplicates: int
    """Dev units that nearly repeat a training unit (character 5-gram Jaccard of .6 or more)."""
    encoder: dict[str, Any]
    """Name, origin and digests, and how the vocabulary was pruned."""
    truncation: dict[str, dict[str, int]]
    """By part: units that were cut, and units of which some context was left out."""
    members: list[dict[str, Any]]
    """Of each network: seed, steps, the step whose weights were kept, dev's figures along the way
    (at thresholds chosen on dev itself), and its own scores on dev and test."""
    ngrams: dict[str, Any] | None
    """Of the linear model beside the network: the settings that were chosen, from how many, and
    `without`: the figures of the network by itself, by part. None if there is none."""
    export: dict[str, Any] | None
    """What the exported network says otherwise than the one it was made of, by part."""
    calibration: dict[str, Any]
    """By frame: Brier score, calibration error and reliability curve on dev, before and after."""
    dev: Metrics
    """Calibration and thresholds from the other dev articles, fold by fold: optimistic only in
    that the weights were chosen on dev."""
    dev_by_language: dict[str, Metrics]
    test: Metrics | None
    """None where the config does not ask for it."""
    test_by_language: dict[str, Metrics]


@dataclass(frozen=True)
class FineTunedModel:
    """A model with the record of how it came about."""

    model: TransformerModel
    record: FineTuningRecord


def fine_tune(
    config: TransformerConfig,
    *,
    tell: Callable[[str], None] = lambda message: None,
    progress: bool = False,
) -> FineTunedModel:
    """Fine-tune an encoder after a config and write the model's folder.

    Learns from `train`, stops early, calibrates and sets thresholds on `dev`. Checkpoints lie
    beside the output folder until the run is done; the same config and data take a run up that
    was cut off.

    Args:
        config: The run.
        tell: Is told, in a line, what is being done.
        progress: Show a bar on stderr.

    Raises:
        ConfigError: The split has an empty part, or the encoder is not here or not of use.
        InputError: Articles and codes do not fit.
        ModelError: A package is not installed, or the encoder is damaged.
        OutputError: The folder cannot be written to.
    """
    output = config.resolve(config.output)
    require_folder(output)
    ngrams = require_trainable(config)
    codebook = Codebook.load(config.resolve(config.data.codebook))
    dataset = load_coded(config, codebook)
    split = open_split(config, dataset)
    parts = _cut_parts(config, dataset, split)
    first = is_first_process()
    tell = tell if first else (lambda message: None)
    data = describe_data(dataset)
    fitted = fit_transformer(
        config, parts, output, ngrams, data=data["digest"], tell=tell, progress=progress and first
    )
    model, raw = fitted.model, fitted.raw
    dev_scores = cross_fit(raw["dev"], parts.dev, model.digest)
    scores = {name: model.decide(of) for name, of in raw.items()}
    record = FineTuningRecord(
        name=config.name,
        config=config.plain(),
        environment=describe_environment(_PACKAGES) | _describe_machine(),
        data=data,
        split=parts.split,
        train_articles=sorted(parts.train.about),
        dev_articles=sorted(parts.dev.about),
        test_articles=sorted(split.names("test")),
        agreement=measure_coders(config, codebook),
        near_duplicates=_count_near_duplicates(parts),
        encoder=fitted.encoder,
        truncation=fitted.members.truncation,
        members=[describe_member(member, parts) for member in fitted.members.members],
        ngrams=describe_ngrams(fitted.ngrams, raw, parts) if fitted.ngrams else None,
        export=compare_export(scores, fitted.whole, parts) if fitted.whole else None,
        calibration=measure_calibration(raw["dev"], dev_scores, parts.dev),
        dev=evaluate_scores(dev_scores, parts.dev),
        dev_by_language=evaluate_languages(dev_scores, parts.dev),
        test=evaluate_scores(scores["test"], parts.test) if parts.test else None,
        test_by_language=evaluate_languages(scores["test"], parts.test) if parts.test else {},
    )
    if first:
        write_json(output / "metrics.json", record)
        if parts.test:
            save_error_rates(output, config, scores["test"], parts.test)
        with open_output(output / "README.md") as stream:
            stream.write(render_transformer_card(record, codebook, model.thresholds.tolist()))
        fitted.clear_checkpoints()
    return FineTunedModel(model, record)


def _cut_parts(config: TransformerConfig, dataset: Dataset, split: Split) -> Parts:
    for name in ("train", "dev"):
        if not split.names(name):
            raise ConfigError(f"has no article in {name}", path=config.resolve(config.split.file))
    train, dev = (dataset.select(split.names(name)) for name in ("train", "dev"))
    test = dataset.select(split.names("test")) if config.score_test else None
    require_every_frame(train, config)
    return Parts(split.digest, train, dev, test)


def _count_near_duplicates(parts: Parts) -> int:
    return len({pair.left for pair in find_near_duplicates(parts.dev.texts, parts.train.texts)})


def _describe_machine() -> dict[str, str]:
    from framing.classifiers.transformer.machine import describe_machine

    return describe_machine()
