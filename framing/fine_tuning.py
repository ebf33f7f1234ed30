"""Fine-tuning: from a config to a calibrated transformer's folder; the test part stays unread."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np

from framing.card import render_transformer_card
from framing.classifiers.calibration import Calibration
from framing.classifiers.encoders.registry import TOKENIZER
from framing.classifiers.transformer.inputs import InputBuilder
from framing.classifiers.transformer.model import Decision, TransformerModel
from framing.classifiers.transformer.saving import (
    Origin,
    open_tokenizer,
    require_packages,
    save_model,
)
from framing.codebook import Codebook
from framing.config import TransformerConfig
from framing.cross_fitting import cross_fit, evaluate_languages, fit_decision
from framing.dataset import Dataset
from framing.errors import ConfigError
from framing.evaluation import Metrics, evaluate_scores
from framing.files import digest_json, open_output, write_json
from framing.splits import find_near_duplicates
from framing.training_data import (
    describe_data,
    describe_environment,
    load_coded,
    open_split,
    require_every_frame,
    require_folder,
)

if TYPE_CHECKING:
    from framing.classifiers.transformer.fitting import Fit
    from framing.classifiers.transformer.network import FrameNetwork
    from framing.corpus.splitting import Split

_PACKAGES = ("torch", "transformers", "tokenizers", "datasets", "accelerate")


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
    near_duplicates: int
    """Dev units that nearly repeat a training unit (character 5-gram Jaccard of .6 or more)."""
    encoder: dict[str, Any]
    """Name, origin and digests, and how the vocabulary was pruned."""
    truncation: dict[str, dict[str, int]]
    """By part: units that were cut, and units of which some context was left out."""
    fit: dict[str, Any]
    """Steps, the step whose weights were kept, and dev's figures along the way, at thresholds
    chosen on dev itself."""
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


@dataclass(frozen=True)
class _Parts:
    split: Split
    train: Dataset
    dev: Dataset


@dataclass(frozen=True)
class _Encoder:
    """The encoder that is fine-tuned: where it lies, and what is written down about it."""

    folder: Path
    record: dict[str, Any]


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
    require_packages(training=True)
    codebook = Codebook.load(config.resolve(config.data.codebook))
    dataset = load_coded(config, codebook)
    parts = _cut_parts(config, dataset)
    first = _is_first_process()
    tell = tell if first else (lambda message: None)
    tell(f"{len(parts.train)} units to learn from, {len(parts.dev)} to choose on")
    with tempfile.TemporaryDirectory() as scratch:
        encoder = _prepare_encoder(config, parts, Path(scratch) / "encoder", tell)
        data = describe_data(dataset)
        origin = Origin(encoder=encoder.record, data=data["digest"], split=parts.split.digest)
        checkpoints = _name_checkpoints(config, output, origin)
        network, fit, truncation = _fit(
            config, parts, encoder, checkpoints, tell=tell, progress=progress and first
        )
        # Scores come from the model as a user will load it, rounded weights and all.
        draft = Path(scratch) / "model"
        tokenizer = encoder.folder / TOKENIZER
        blank = _blank_decision(len(codebook.frames))
        save_model(draft, network, codebook, config.inputs, blank, origin, tokenizer)
        drafted = TransformerModel.load(draft, codebook)
        raw = drafted.score_raw(parts.dev.texts, parts.dev.passages)
        decision = fit_decision(raw, parts.dev)
        home = output if first else draft
        save_model(home, drafted.network, codebook, config.inputs, decision, origin, tokenizer)
        model = TransformerModel.load(home, codebook)
    dev_scores = cross_fit(raw, parts.dev, model.digest)
    test, test_by_language = _score_test(config, model, dataset, parts)
    record = FineTuningRecord(
        name=config.name,
        config=config.plain(),
        environment=describe_environment(_PACKAGES) | _describe_machine(),
        data=data,
        split=parts.split.digest,
        train_articles=sorted(parts.train.about),
        dev_articles=sorted(parts.dev.about),
        test_articles=sorted(parts.split.names("test")),
        near_duplicates=_count_near_duplicates(parts),
        encoder=encoder.record,
        truncation=truncation,
        fit={
            "steps": fit.steps,
            "best_step": fit.best_step,
            "bf16": fit.bf16,
            "history": fit.history,
        },
        dev=evaluate_scores(dev_scores, parts.dev),
        dev_by_language=evaluate_languages(dev_scores, parts.dev),
        test=test,
        test_by_language=test_by_language,
    )
    if first:
        write_json(output / "metrics.json", record)
        with open_output(output / "README.md") as stream:
            stream.write(render_transformer_card(record, codebook, model.thresholds.tolist()))
        shutil.rmtree(checkpoints, ignore_errors=True)
        _remove_if_empty(checkpoints.parent)
    return FineTunedModel(model, record)


def _cut_parts(config: TransformerConfig, dataset: Dataset) -> _Parts:
    split = open_split(config, dataset)
    for name in ("train", "dev"):
        if not split.names(name):
            raise ConfigError(f"has no article in {name}", path=config.resolve(config.split.file))
    parts = _Parts(split, dataset.select(split.names("train")), dataset.select(split.names("dev")))
    require_every_frame(parts.train, config)
    return parts


def _prepare_encoder(
    config: TransformerConfig, parts: _Parts, scratch: Path, tell: Callable[[str], None]
) -> _Encoder:
    from framing.classifiers.encoders.pruning import prune_encoder
    from framing.classifiers.encoders.resolution import resolve_encoder

    wanted = config.encoder
    is_path = wanted.name.startswith((".", "/"))
    name = str(config.resolve(wanted.name)) if is_path else wanted.name
    found = resolve_encoder(name, wanted.revision or None, digest=wanted.digest or None)
    tell(f"encoder {wanted.name}, from {found.origin}, digest {found.digest}")
    record = found.record()
    if not wanted.pruned:
        return _Encoder(found.folder, {**record, "pruning": None})
    texts = [*parts.train.texts, *parts.dev.texts]
    pruning = prune_encoder(found.folder, texts, scratch, scripts=wanted.scripts)
    tell(f"vocabulary pruned from {pruning.pieces_before} to {pruning.pieces_after} pieces")
    return _Encoder(scratch, {**record, "pruning": asdict(pruning)})


def _fit(
    config: TransformerConfig,
    parts: _Parts,
    encoder: _Encoder,
    checkpoints: Path,
    *,
    tell: Callable[[str], None],
    progress: bool,
) -> tuple[FrameNetwork, Fit, dict[str, dict[str, int]]]:
    import torch

    from framing.classifiers.transformer.examples import build_examples
    from framing.classifiers.transformer.fitting import fit_network
    from framing.classifiers.transformer.network import (
        FrameNetwork,
        count_trained,
        load_body,
        longest_input,
    )

    codebook = parts.train.codebook
    builder = InputBuilder(open_tokenizer(encoder.folder / TOKENIZER), config.inputs)
    body = load_body(encoder.folder)
    if config.inputs.max_length > (most := longest_input(body)):
        raise ConfigError(
            f"inputs.max_length is {config.inputs.max_length}", hint=f"the encoder reads {most}"
        )
    examples, truncations = build_examples({"train": parts.train, "dev": parts.dev}, builder)
    for name, truncation in truncations.items():
        tell(
            f"{name}: {truncation.units} units are cut, {truncation.contexts} lack some context "
            f"(inputs.max_length {config.inputs.max_length})"
        )
    torch.manual_seed(config.training.seed)
    n_speakers = len(codebook.speakers) if config.loss.speaker_weight else 0
    network = FrameNetwork(body, len(codebook.frames), n_speakers, dropout=config.training.dropout)
    fit = fit_network(
        network,
        examples,
        config.training,
        config.loss,
        checkpoints=checkpoints,
        padding=int(body.config.pad_token_id or 0),
        progress=progress,
        tell=tell,
    )
    tell(f"{count_trained(network.parameters()):,} weights trained, best at step {fit.best_step}")
    return network, fit, {name: asdict(cut) for name, cut in truncations.items()}


def _name_checkpoints(config: TransformerConfig, output: Path, origin: Origin) -> Path:
    """Folder of checkpoints; another one for whatever would lead to other weights."""
    plain = config.plain()
    decisive = {key: plain[key] for key in ("encoder", "inputs", "loss", "training", "data")}
    run = digest_json([decisive, origin.encoder, origin.data, origin.split])
    return output.parent / f".{output.name}.checkpoints" / run


def _score_test(
    config: TransformerConfig, model: TransformerModel, dataset: Dataset, parts: _Parts
) -> tuple[Metrics | None, dict[str, Metrics]]:
    if not config.score_test:
        return None, {}
    test = dataset.select(parts.split.names("test"))
    scores = model.score_units(test.texts, test.passages)
    return evaluate_scores(scores, test), evaluate_languages(scores, test)


def _blank_decision(n_frames: int) -> Decision:
    calibration = Calibration(np.ones(n_frames), np.zeros(n_frames))
    return Decision(calibration, np.full(n_frames, 0.5))


def _count_near_duplicates(parts: _Parts) -> int:
    return len({pair.left for pair in find_near_duplicates(parts.dev.texts, parts.train.texts)})


def _describe_machine() -> dict[str, str]:
    from framing.classifiers.transformer.machine import describe_machine

    return describe_machine()


def _is_first_process() -> bool:
    """Whether this is the only process, or the one of several (torchrun) that writes."""
    return os.environ.get("RANK", "0") == "0"


def _remove_if_empty(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
