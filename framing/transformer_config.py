"""Sections of a config that only fine-tuning a transformer has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from framing.errors import ConfigError

SCRIPTS = ("ascii", "hangul", "kana", "han")
_TUNED = ("full", "frozen_embeddings", "heads", "lora")
_LOSSES = ("bce", "focal", "asymmetric")
_POOLS = ("unit", "all")
_PRECISIONS = ("auto", "bf16", "float32")


@dataclass(frozen=True, kw_only=True)
class EncoderConfig:
    """The pretrained encoder that is fine-tuned."""

    name: str
    """A folder relative to the config file's (it begins with `.` or `/`), else owner/name on the
    hub."""
    revision: str = ""
    """Full commit on the hub; a known encoder has one."""
    digest: str = ""
    """What the encoder's digest must be, if it matters."""
    pruned: bool = True
    """Leave out the pieces that neither the text nor the scripts need."""
    scripts: list[str] = field(default_factory=lambda: list(SCRIPTS))
    """Scripts of which every piece is kept."""
    most: int = 0
    """Pieces to keep at most, the likeliest of the scripts; 0 keeps all of them."""

    def __post_init__(self) -> None:
        """Check the scripts.

        Raises:
            ConfigError: One is unknown, or there are less than no pieces.
        """
        _require_ranges("encoder", vars(self), {"most": (0, 10_000_000)})
        for script in self.scripts:
            _require_choice("encoder.scripts", script, SCRIPTS)


@dataclass(frozen=True, kw_only=True)
class InputConfig:
    """What the encoder reads: units between separators, and what stands around them."""

    units: int = 1
    """Units that are read and scored together: 1 reads each by itself, with its context around
    it; more read a passage in windows, in which every unit sees all others and is read once."""
    before: int = 2
    """Units before it, or before the window, of the same passage. The codebook resolves references
    from two before."""
    after: int = 0
    """Units after it."""
    headline: bool = False
    """The first unit of the passage: the headline, where whole articles are scored."""
    max_length: int = 160
    """Tokens, separators included. The unit comes first, then what is nearest to it."""
    pool: str = "unit"
    """Whose token vectors are averaged for the heads: those of the `unit`, or `all`."""

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises:
            ConfigError: One is out of range.
        """
        ranges = {"units": (1, 64), "before": (0, 20), "after": (0, 20), "max_length": (8, 8192)}
        _require_ranges("inputs", vars(self), ranges)
        _require_choice("inputs.pool", self.pool, _POOLS)
        if self.units > 1 and (self.after or self.headline or self.pool != "unit"):
            raise ConfigError(
                f"inputs.units is {self.units}: a window has its own context",
                hint="leave out inputs.after, inputs.headline and inputs.pool",
            )


@dataclass(frozen=True, kw_only=True)
class LossConfig:
    """What training minimises."""

    frames: str = "bce"
    """`bce`, `focal` (Lin et al. 2017) or `asymmetric` (Ridnik et al. 2021)."""
    pos_weight: float = 0.0
    """Weigh units that carry a frame by (without / with) to this power: 0 not at all, 1 fully."""
    gamma: float = 2.0
    """Focusing of the focal loss, and of the asymmetric loss for units without the frame."""
    gamma_positive: float = 0.0
    """Focusing of the asymmetric loss for units with the frame."""
    clip: float = 0.05
    """Probability below which the asymmetric loss forgets a unit without the frame."""
    speaker_weight: float = 0.5
    """Of the speaker's cross-entropy beside the frames' loss; 0 trains no speaker."""

    def __post_init__(self) -> None:
        """Check kind and numbers.

        Raises:
            ConfigError: One is unknown or out of range.
        """
        _require_choice("loss.frames", self.frames, _LOSSES)
        ranges = {
            "pos_weight": (0, 1),
            "gamma": (0, 10),
            "gamma_positive": (0, 10),
            "clip": (0, 0.5),
            "speaker_weight": (0, 100),
        }
        _require_ranges("loss", vars(self), ranges)


@dataclass(frozen=True, kw_only=True)
class FitConfig:
    """How the weights are found."""

    tuned: str = "full"
    """What is trained: `full`, `frozen_embeddings` (all but these), `heads` (only these) or `lora`:
    the heads, and low-rank adapters beside the body's linear layers, which are merged into these
    afterwards; for an encoder that is large for the machine. It needs the package peft."""
    lora_rank: int = 16
    """Rank of the adapters, where these are trained."""
    epochs: int = 4
    max_steps: int = 0
    """Stop after as many steps; 0 goes through all epochs."""
    batch_size: int = 16
    """Units a step, on each device; about as many, where windows hold several."""
    accumulation: int = 1
    """Batches whose gradients are added up before a step."""
    learning_rate: float = 1e-4
    """Highest, of the encoder's last layer."""
    head_learning_rate: float = 5e-4
    layer_decay: float = 1.0
    """Factor on the learning rate from one layer of the encoder to the one below it."""
    weight_decay: float = 0.01
    warmup: float = 0.1
    """Share of the steps over which the learning rate rises; it falls linearly afterwards."""
    dropout: float = 0.1
    """Before the heads."""
    encoder_dropout: float = 0.0
    """Inside the encoder. Drawing it takes a processor half as long again as all the rest."""
    masking: float = 0.0
    """Share of the tokens that are hidden from the network while it learns, drawn anew each time:
    what dropout is for, at no cost."""
    patience: int = 2
    """Stop after so many evaluations in a row without a better macro-F1 on dev; 0 never stops."""
    eval_steps: int = 0
    """Steps between evaluations, each of which leaves a checkpoint; 0: after each epoch."""
    precision: str = "auto"
    """`bf16`, `float32`, or `auto`: bf16 where the machine computes in it."""
    threads: int = 0
    """Processor threads; 0: all that this process may use."""
    seed: int = 0
    members: int = 1
    """Networks that are fitted, each on another order of the units (its seed is one more than that
    of the one before). The model has the mean of their weights: a uniform soup (Wortsman et al.
    2022, "Model soups", section 2), as large and as fast as one of them."""
    report_to: list[str] = field(default_factory=list)
    """Where the Trainer reports to, as in [tensorboard] or [mlflow]; the package must be there."""

    def __post_init__(self) -> None:
        """Check choices and numbers.

        Raises:
            ConfigError: One is unknown or out of range.
        """
        _require_choice("training.tuned", self.tuned, _TUNED)
        _require_choice("training.precision", self.precision, _PRECISIONS)
        whole = {
            "lora_rank": (1, 1024),
            "epochs": (1, 1000),
            "max_steps": (0, 10_000_000),
            "batch_size": (1, 4096),
            "accumulation": (1, 4096),
            "patience": (0, 1000),
            "eval_steps": (0, 10_000_000),
            "threads": (0, 1024),
            "seed": (0, 2**31),
            "members": (1, 100),
        }
        shares = {
            "learning_rate": (1e-8, 1),
            "head_learning_rate": (1e-8, 1),
            "layer_decay": (0.1, 1),
            "weight_decay": (0, 1),
            "warmup": (0, 0.9),
            "dropout": (0, 0.9),
            "encoder_dropout": (0, 0.9),
            "masking": (0, 0.9),
        }
        _require_ranges("training", vars(self), {**whole, **shares})


def _require_choice(key: str, value: str, known: Iterable[str]) -> None:
    if value not in known:
        raise ConfigError(f"{key} is {value!r}", hint=f"use {' or '.join(known)}")


def _require_ranges(
    section: str, values: Mapping[str, object], ranges: Mapping[str, tuple[float, float]]
) -> None:
    for name, (low, high) in ranges.items():
        value = values[name]
        if not isinstance(value, int | float) or not low <= value <= high:
            raise ConfigError(f"{section}.{name} is {value}", hint=f"give {low:g} to {high:g}")
