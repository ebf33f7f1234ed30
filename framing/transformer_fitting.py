"""Fitting a transformer: from its parts to a calibrated model in a folder, as a user loads it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from framing.baseline_fitting import FittedBaseline, fit_baseline
from framing.classifiers.calibration import Calibration
from framing.classifiers.encoders.registry import TOKENIZER
from framing.classifiers.transformer.model import Decision, RawScores, TransformerModel
from framing.classifiers.transformer.saving import (
    TRAINING,
    Origin,
    require_packages,
    save_model,
)
from framing.config import TrainConfig, TransformerConfig, load_config
from framing.cross_fitting import fit_decision
from framing.dataset import Dataset
from framing.errors import ConfigError
from framing.files import digest_json
from framing.members import Members, fit_members

if TYPE_CHECKING:
    from framing.classifiers.tfidf import TfidfModel
    from framing.classifiers.transformer.network import FrameNetwork
    from framing.codebook import Codebook

WHOLE = "torch"
"""Folder, in that of an exported model, of the network it was made of."""


@dataclass(frozen=True)
class Parts:
    """What a run learns from, and what it does not."""

    split: str
    """Digest of what says who is in which part."""
    train: Dataset
    dev: Dataset
    test: Dataset | None
    """None where the config does not ask for it."""

    @property
    def held(self) -> dict[str, Dataset]:
        """The parts that are not learnt from, by name."""
        return {"dev": self.dev, **({"test": self.test} if self.test else {})}


@dataclass(frozen=True)
class PreparedEncoder:
    """The encoder that is fine-tuned: where it lies, and what is written down about it."""

    folder: Path
    record: dict[str, Any]


@dataclass(frozen=True)
class FittedTransformer:
    """A model in its folder, and what it was made of."""

    model: TransformerModel
    whole: TransformerModel | None
    """The same with its network as torch has it; None where nothing was exported."""
    members: Members
    ngrams: FittedBaseline | None
    raw: dict[str, RawScores]
    """Raw scores of the parts that were not learnt from, by name."""
    encoder: dict[str, Any]
    """What is written down about the encoder."""
    checkpoints: Path

    def clear_checkpoints(self) -> None:
        """Remove what only an unfinished run needs."""
        shutil.rmtree(self.checkpoints, ignore_errors=True)
        folder = self.checkpoints.parent
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def require_trainable(config: TransformerConfig) -> TrainConfig | None:
    """Refuse, before any work, a config that cannot be run here.

    Returns:
        The config of what scores beside the network; None if nothing does.

    Raises:
        ConfigError: The config of the n-grams is none of a baseline.
        ModelError: A package is not installed.
    """
    require_packages(names=TRAINING)
    if not config.ngrams:
        return None
    path = config.resolve(config.ngrams)
    ngrams = load_config(path)
    if not isinstance(ngrams, TrainConfig):
        raise ConfigError("is not the config of a baseline", path=path, hint="name one in `ngrams`")
    return ngrams


def fit_transformer(
    config: TransformerConfig,
    parts: Parts,
    folder: Path,
    ngrams: TrainConfig | None,
    *,
    data: str,
    tell: Callable[[str], None] = lambda message: None,
    progress: bool = False,
) -> FittedTransformer:
    """Fit a transformer on `train`, choose and calibrate it on `dev`, and write its folder.

    Checkpoints lie beside the folder: the same config and parts take a run up that was cut off.

    Args:
        config: How.
        parts: What is learnt from, and what else is scored.
        folder: Where the model goes.
        ngrams: What scores beside the network, as `require_trainable` gives it.
        data: Digest of all coded units, for the model's description.
        tell: Is told, in a line, what is being done.
        progress: Show a bar on stderr.

    Raises:
        ConfigError: The encoder is not here or not of use.
        ModelError: The encoder is damaged.
        OutputError: The folder cannot be written to.
    """
    codebook = parts.train.codebook
    tell(f"{len(parts.train)} units to learn from, {len(parts.dev)} to choose on")
    with tempfile.TemporaryDirectory() as scratch:
        texts = [*parts.train.texts, *parts.dev.texts]
        encoder = prepare_encoder(config, texts, Path(scratch) / "encoder", tell)
        origin = Origin(encoder=encoder.record, data=data, split=parts.split)
        checkpoints = _name_checkpoints(config, folder, origin)
        members = fit_members(
            config, parts.train, parts.held, encoder.folder, checkpoints,
            tell=tell, progress=progress,
        )  # fmt: skip
        beside = _fit_ngrams(ngrams, parts.train, tell) if ngrams else None
        # One process of several writes the model; the others write where nobody looks.
        home = folder if is_first_process() else Path(scratch) / "model"
        saver = _Saver(
            home, members.network, codebook, config, origin, encoder.folder / TOKENIZER,
            beside.model if beside else None,
        )  # fmt: skip
        # Scores come from the model as a user will load it, rounded weights and all.
        blank = saver.save(_blank_decision(len(codebook.frames), beside is not None))
        raw = {
            name: blank.score_raw(part.texts, part.passages) for name, part in parts.held.items()
        }
        decision = fit_decision(raw["dev"], parts.dev)
        model = saver.save(decision)
        whole = saver.save_weights(decision) if config.export_bits else None
    return FittedTransformer(model, whole, members, beside, raw, encoder.record, checkpoints)


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


def is_first_process() -> bool:
    """Whether this is the only process, or the one of several (torchrun) that writes."""
    return os.environ.get("RANK", "0") == "0"


def _fit_ngrams(config: TrainConfig, train: Dataset, tell: Callable[[str], None]) -> FittedBaseline:
    tell("n-grams, to score the frames beside the network")
    return fit_baseline(config, train, speakers=False, tell=tell)


def _name_checkpoints(config: TransformerConfig, output: Path, origin: Origin) -> Path:
    """Folder of checkpoints; another one for whatever would lead to other weights."""
    plain = config.plain()
    decisive = {key: plain[key] for key in ("encoder", "inputs", "loss", "training", "data")}
    run = digest_json([decisive, origin.encoder, origin.data, origin.split])
    return output.parent / f".{output.name}.checkpoints" / run


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


def _blank_decision(n_frames: int, has_ngrams: bool) -> Decision:
    slopes = np.zeros(n_frames) if has_ngrams else None
    calibration = Calibration(np.ones(n_frames), np.zeros(n_frames), slopes)
    return Decision(calibration, np.full(n_frames, 0.5))
