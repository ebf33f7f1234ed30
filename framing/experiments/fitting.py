"""Fitting one fold: a model of the config's kind, as a user would load it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from framing.baseline_fitting import fit_baseline
from framing.classifiers.tfidf import TfidfModel
from framing.config import TrainConfig, TransformerConfig
from framing.files import digest_json
from framing.transformer_fitting import Parts, fit_transformer, require_trainable

if TYPE_CHECKING:
    from framing.classifiers.base import FrameModel
    from framing.experiments.folds import Fold


@dataclass(frozen=True)
class FittedFold:
    """The model of a fold, and what is written down about it."""

    model: FrameModel
    record: dict[str, Any]


def fit_fold(
    config: TrainConfig | TransformerConfig,
    fold: Fold,
    folder: Path,
    *,
    seed: int,
    data: str,
    tell: Callable[[str], None] = lambda message: None,
    progress: bool = False,
) -> FittedFold:
    """Fit a model on a fold and write it into a folder.

    The baseline learns from train and dev; a transformer from train, and dev chooses its weights,
    calibration and thresholds. Neither reads the fold's test units.

    Args:
        config: How.
        fold: What is learnt from.
        folder: Of the model.
        seed: In place of the config's own.
        data: Digest of all coded units.
        tell: Is told, in a line, what is being done.
        progress: Show a bar on stderr.

    Raises:
        ConfigError: The encoder is not here or not of use.
        ModelError: A package is not installed, or the encoder is damaged.
    """
    if isinstance(config, TrainConfig):
        return _fit_baseline(config, fold, folder, seed, tell)
    seeded = replace(config, training=replace(config.training, seed=seed))
    assert fold.dev is not None
    who = [sorted(part.about) for part in (fold.train, fold.dev)]
    fitted = fit_transformer(
        seeded, Parts(digest_json(who), fold.train, fold.dev, None), folder,
        require_trainable(seeded), data=data, tell=tell, progress=progress,
    )  # fmt: skip
    record = {
        "encoder": fitted.encoder,
        "truncation": fitted.members.truncation,
        "steps": [member.fit.steps for member in fitted.members.members],
        "best_steps": [member.fit.best_step for member in fitted.members.members],
        "bf16": any(member.fit.bf16 for member in fitted.members.members),
    }
    return FittedFold(fitted.model, record)


def _fit_baseline(
    config: TrainConfig, fold: Fold, folder: Path, seed: int, tell: Callable[[str], None]
) -> FittedFold:
    seeded = replace(config, selection=replace(config.selection, seed=seed))
    train = fold.seen
    tell(f"{len(train)} units to learn from")
    fitted = fit_baseline(seeded, train, tell=tell)
    fitted.model.save(folder)
    # Scores come from the model as a user will load it, rounded weights and all.
    model = TfidfModel.load(folder, train.codebook)
    return FittedFold(model, {"chosen": asdict(fitted.chosen)})


def own_seed(config: TrainConfig | TransformerConfig) -> int:
    """The seed a config names itself."""
    return config.selection.seed if isinstance(config, TrainConfig) else config.training.seed
