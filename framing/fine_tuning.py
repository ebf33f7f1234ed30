"""Fine-tuning: from a config to a calibrated transformer's folder; the test part stays unread."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np

from framing.baseline_fitting import FittedBaseline, fit_baseline
from framing.classifiers.calibration import Calibration
from framing.classifiers.encoders.registry import TOKENIZER
from framing.classifiers.transformer.model import (
    Decision,
    TransformerModel,
)
from framing.classifiers.transformer.saving import (
    TRAINING,
    Origin,
    require_packages,
    save_model,
)
from framing.codebook import Codebook
from framing.config import TrainConfig, TransformerConfig, load_config
from framing.cross_fitting import cross_fit, evaluate_languages, fit_decision
from framing.dataset import Dataset
from framing.errors import ConfigError
from framing.evaluation import Metrics, evaluate_scores
from framing.files import digest_json, open_output, write_json
from framing.fine_tuning_figures import Parts, compare_export, describe_member, describe_ngrams
from framing.members import fit_members
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
)
from framing.transformer_card import render_transformer_card

if TYPE_CHECKING:
    from framing.classifiers.tfidf import TfidfModel
    from framing.classifiers.transformer.network import FrameNetwork

WHOLE = "torch"
"""Folder, in that of an exported model, of the network it was made of."""
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


@dataclass(frozen=True)
class PreparedEncoder:
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
    require_packages(names=TRAINING)
    beside = _open_ngrams(config)
    codebook = Codebook.load(config.resolve(config.data.codebook))
    dataset = load_coded(config, codebook)
    parts = _cut_parts(config, dataset)
    first = _is_first_process()
    tell = tell if first else (lambda message: None)
    tell(f"{len(parts.train)} units to learn from, {len(parts.dev)} to choose on")
    with tempfile.TemporaryDirectory() as scratch:
        texts = [*parts.train.texts, *parts.dev.texts]
        encoder = prepare_encoder(config, texts, Path(scratch) / "encoder", tell)
        data = describe_data(dataset)
        origin = Origin(encoder=encoder.record, data=data["digest"], split=parts.split.digest)
        checkpoints = _name_checkpoints(config, output, origin)
        members = fit_members(
            config, parts.train, parts.held, encoder.folder, checkpoints,
            tell=tell, progress=progress and first,
        )  # fmt: skip
        ngrams = _fit_ngrams(beside, parts.train, tell) if beside else None
        # One process of several writes the model; the others write where nobody looks.
        home = output if first else Path(scratch) / "model"
        saver = _Saver(
            home, members.network, codebook, config, origin, encoder.folder / TOKENIZER,
            ngrams.model if ngrams else None,
        )  # fmt: skip
        # Scores come from the model as a user will load it, rounded weights and all.
        blank = saver.save(_blank_decision(len(codebook.frames), ngrams is not None))
        raw = {
            name: blank.score_raw(part.texts, part.passages) for name, part in parts.held.items()
        }
        decision = fit_decision(raw["dev"], parts.dev)
        model = saver.save(decision)
        whole = saver.save_weights(decision) if config.export_bits else None
    dev_scores = cross_fit(raw["dev"], parts.dev, model.digest)
    scores = {name: model.decide(of) for name, of in raw.items()}
    record = FineTuningRecord(
        name=config.name,
        config=config.plain(),
        environment=describe_environment(_PACKAGES) | _describe_machine(),
        data=data,
        split=parts.split.digest,
        train_articles=sorted(parts.train.about),
        dev_articles=sorted(parts.dev.about),
        test_articles=sorted(parts.split.names("test")),
        agreement=measure_coders(config, codebook),
        near_duplicates=_count_near_duplicates(parts),
        encoder=encoder.record,
        truncation=members.truncation,
        members=[describe_member(member, parts) for member in members.members],
        ngrams=describe_ngrams(ngrams, raw, parts) if ngrams else None,
        export=compare_export(scores, whole, parts) if whole else None,
        calibration=measure_calibration(raw["dev"], dev_scores, parts.dev),
        dev=evaluate_scores(dev_scores, parts.dev),
        dev_by_language=evaluate_languages(dev_scores, parts.dev),
        test=evaluate_scores(scores["test"], parts.test) if parts.test else None,
        test_by_language=evaluate_languages(scores["test"], parts.test) if parts.test else {},
    )
    if first:
        write_json(output / "metrics.json", record)
        with open_output(output / "README.md") as stream:
            stream.write(render_transformer_card(record, codebook, model.thresholds.tolist()))
        shutil.rmtree(checkpoints, ignore_errors=True)
        _remove_if_empty(checkpoints.parent)
    return FineTunedModel(model, record)


@dataclass(frozen=True)
class _Saver:
    """Writes a model as it stands, and reads it again."""

    folder: Path
    network: FrameNetwork
    codebook: Codebook
    config: TransformerConfig
    origin: Origin
    tokenizer: Path
    ngrams: TfidfModel | None

    def save(self, decision: Decision) -> TransformerModel:
        return self._write(self.folder, decision, self.config.export_bits)

    def save_weights(self, decision: Decision) -> TransformerModel:
        """The network as torch has it, in a folder of its own: too large to ship."""
        return self._write(self.folder / WHOLE, decision, 0)

    def _write(self, folder: Path, decision: Decision, bits: int) -> TransformerModel:
        inputs = self.config.inputs
        save_model(
            folder, self.network, self.codebook, inputs, decision, self.origin, self.tokenizer,
            bits=bits, ngrams=self.ngrams,
        )  # fmt: skip
        return TransformerModel.load(folder, self.codebook)


def _cut_parts(config: TransformerConfig, dataset: Dataset) -> Parts:
    split = open_split(config, dataset)
    for name in ("train", "dev"):
        if not split.names(name):
            raise ConfigError(f"has no article in {name}", path=config.resolve(config.split.file))
    train, dev = (dataset.select(split.names(name)) for name in ("train", "dev"))
    test = dataset.select(split.names("test")) if config.score_test else None
    require_every_frame(train, config)
    return Parts(split, train, dev, test)


def prepare_encoder(
    config: TransformerConfig,
    texts: Sequence[str],
    folder: Path,
    tell: Callable[[str], None] = lambda message: None,
) -> PreparedEncoder:
    """The pretrained encoder that a config names, its vocabulary pruned if it says so.

    Args:
        config: The run.
        texts: Of train and dev: their pieces are kept.
        folder: Where a pruned encoder is written.
        tell: Is told, in a line, what was found and what was left of it.

    Raises:
        ConfigError: The encoder is not here, or cannot be pruned.
        ModelError: It is damaged.
        OutputError: The folder cannot be written to.
    """
    from framing.classifiers.encoders.pruning import prune_encoder
    from framing.classifiers.encoders.resolution import resolve_encoder

    wanted = config.encoder
    is_path = wanted.name.startswith((".", "/"))
    name = str(config.resolve(wanted.name)) if is_path else wanted.name
    found = resolve_encoder(name, wanted.revision or None, digest=wanted.digest or None)
    tell(f"encoder {wanted.name}, from {found.origin}, digest {found.digest}")
    record = found.record()
    if not wanted.pruned:
        return PreparedEncoder(found.folder, {**record, "pruning": None})
    pruning = prune_encoder(found.folder, texts, folder, scripts=wanted.scripts, most=wanted.most)
    tell(f"vocabulary pruned from {pruning.pieces_before} to {pruning.pieces_after} pieces")
    return PreparedEncoder(folder, {**record, "pruning": asdict(pruning)})


def _open_ngrams(config: TransformerConfig) -> TrainConfig | None:
    """The config of what scores beside the network; None if nothing does."""
    if not config.ngrams:
        return None
    path = config.resolve(config.ngrams)
    ngrams = load_config(path)
    if not isinstance(ngrams, TrainConfig):
        raise ConfigError("is not the config of a baseline", path=path, hint="name one in `ngrams`")
    return ngrams


def _fit_ngrams(config: TrainConfig, train: Dataset, tell: Callable[[str], None]) -> FittedBaseline:
    tell("n-grams, to score the frames beside the network")
    return fit_baseline(config, train, speakers=False, tell=tell)


def _name_checkpoints(config: TransformerConfig, output: Path, origin: Origin) -> Path:
    """Folder of checkpoints; another one for whatever would lead to other weights."""
    plain = config.plain()
    decisive = {key: plain[key] for key in ("encoder", "inputs", "loss", "training", "data")}
    run = digest_json([decisive, origin.encoder, origin.data, origin.split])
    return output.parent / f".{output.name}.checkpoints" / run


def _blank_decision(n_frames: int, has_ngrams: bool) -> Decision:
    slopes = np.zeros(n_frames) if has_ngrams else None
    calibration = Calibration(np.ones(n_frames), np.zeros(n_frames), slopes)
    return Decision(calibration, np.full(n_frames, 0.5))


def _count_near_duplicates(parts: Parts) -> int:
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
