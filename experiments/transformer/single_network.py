"""One network of a config, fitted on chosen articles: what the studies in this folder repeat."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from framing import Codebook, Dataset
from framing.config import TransformerConfig, load_config
from framing.corpus.splitting import Split
from framing.errors import ConfigError
from framing.members import Member, fit_members
from framing.training_data import load_coded, open_split

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / "configs" / "transformer.yaml"
CHECKPOINTS = ROOT / "build" / "studies"
# The seed stands beside; the others do not count where one network is fitted.
_FREE = ("seed", "members", "threads", "report_to")


@dataclass(frozen=True)
class Fitted:
    """A network that was fitted: its raw scores are left of it, and how it came about."""

    member: Member
    minutes: float | None
    """Wall-clock time of fitting and scoring; None for a run that was taken up again."""

    def describe(self) -> dict[str, Any]:
        """Seed, steps, best step and epoch, dev's figures along the way, and minutes."""
        fit = self.member.fit
        epochs = {entry["step"]: entry["epoch"] for entry in fit.history}
        return {
            "seed": self.member.seed,
            "steps": fit.steps,
            "best_step": fit.best_step,
            "best_epoch": epochs.get(fit.best_step),
            "history": fit.history,
            "bf16": fit.bf16,
            "minutes": self.minutes,
        }


def open_config(path: Path) -> TransformerConfig:
    """The config of a transformer.

    Raises:
        ConfigError: It is not valid, or another model's.
    """
    config = load_config(path)
    if not isinstance(config, TransformerConfig):
        raise ConfigError("is not the config of a transformer", path=path)
    return config


def plain_settings(config: TransformerConfig) -> dict[str, Any]:
    """Everything of a config, data apart, that decides one network's weights, but its seed."""
    plain = config.plain()
    training = {key: value for key, value in plain["training"].items() if key not in _FREE}
    return {**{name: plain[name] for name in ("encoder", "inputs", "loss")}, "training": training}


def limit_threads(threads: int) -> None:
    """Have everything that scores use so many threads; training is told by its settings."""
    for name in ("FRAMING_THREADS", "OMP_NUM_THREADS", "RAYON_NUM_THREADS"):
        os.environ[name] = str(threads)


def load_data(config: TransformerConfig) -> tuple[Dataset, Split]:
    """The coded units that a config names, and who stands in which part."""
    dataset = load_coded(config, Codebook.load(config.resolve(config.data.codebook)))
    return dataset, open_split(config, dataset)


def fit_one(
    config: TransformerConfig,
    train: Dataset,
    held: Mapping[str, Dataset],
    encoder: Path,
    name: str,
    *,
    seed: int,
    threads: int,
) -> Fitted:
    """Fit one network; a run that was cut off is taken up again.

    Args:
        config: How; its number of networks does not count.
        train: Units to learn from.
        held: `dev`, on which weights are chosen, and other parts to score.
        encoder: Folder of the prepared encoder.
        name: Of the run, for its checkpoints: another one for whatever leads to other weights.
        seed: Of heads and order.
        threads: Processor threads.
    """
    training = replace(config.training, members=1, seed=seed, threads=threads)
    checkpoints = CHECKPOINTS / name
    start = time.perf_counter()
    (member,) = fit_members(
        replace(config, training=training), train, held, encoder, checkpoints, tell=tell
    ).members
    minutes = (time.perf_counter() - start) / 60
    shutil.rmtree(checkpoints, ignore_errors=True)
    return Fitted(member, None if member.fit.resumed else minutes)


def tell(message: str) -> None:
    """Say on standard output what is being done."""
    print(f"  {message}", flush=True)
