"""Sections of a config that only fine-tuning a transformer has."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from framing.config_values import Choice, Range, RelativePath, check_section
from framing.errors import ConfigError

SCRIPTS = ("ascii", "hangul", "kana", "han")
_Count = Annotated[int, Range(0, 10_000_000)]
_Rate = Annotated[float, Range(1e-8, 1)]
_Share = Annotated[float, Range(0, 1)]
_Part = Annotated[float, Range(0, 0.9)]
"""A share short of all."""


@dataclass(frozen=True, kw_only=True)
class EncoderConfig:
    """The pretrained encoder that is fine-tuned."""

    name: Annotated[str, RelativePath(marked=True)]
    """A folder relative to the config file's (it begins with `.` or `/`), else owner/name on the
    hub."""
    revision: str = ""
    """Full commit on the hub; a known encoder has one."""
    digest: str = ""
    """What the encoder's digest must be, if it matters."""
    pruned: bool = True
    """Leave out the pieces that neither the text nor the scripts need."""
    scripts: list[Annotated[str, Choice(SCRIPTS)]] = field(default_factory=lambda: list(SCRIPTS))
    """Scripts of which every piece is kept."""
    most: _Count = 0
    """Pieces to keep at most, the likeliest of the scripts; 0 keeps all of them."""

    def __post_init__(self) -> None:
        """Check the scripts.

        Raises:
            ConfigError: One is unknown, or there are less than no pieces.
        """
        check_section(self, "encoder.")


@dataclass(frozen=True, kw_only=True)
class InputConfig:
    """What the encoder reads: units between separators, and what stands around them."""

    units: Annotated[int, Range(1, 64)] = 1
    """Units that are read and scored together: 1 reads each by itself, with its context around
    it; more read a passage in windows, in which every unit sees all others and is read once."""
    before: Annotated[int, Range(0, 20)] = 2
    """Units before it, or before the window, of the same passage. The codebook resolves references
    from two before."""
    after: Annotated[int, Range(0, 20)] = 0
    """Units after it."""
    headline: bool = False
    """The first unit of the passage: the headline, where whole articles are scored."""
    max_length: Annotated[int, Range(8, 8192)] = 160
    """Tokens, separators included. The unit comes first, then what is nearest to it."""
    pool: Annotated[str, Choice(("unit", "all"))] = "unit"
    """Whose token vectors are averaged for the heads: those of the `unit`, or `all`."""

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises:
            ConfigError: One is out of range.
        """
        check_section(self, "inputs.")
        if self.units > 1 and (self.after or self.headline or self.pool != "unit"):
            raise ConfigError(
                f"inputs.units is {self.units}: a window has its own context",
                hint="leave out inputs.after, inputs.headline and inputs.pool",
            )


@dataclass(frozen=True, kw_only=True)
class LossConfig:
    """What training minimises."""

    frames: Annotated[str, Choice(("bce", "focal", "asymmetric"))] = "bce"
    """`bce`, `focal` (Lin et al. 2017) or `asymmetric` (Ridnik et al. 2021)."""
    pos_weight: _Share = 0.0
    """Weigh units that carry a frame by (without / with) to this power: 0 not at all, 1 fully."""
    gamma: Annotated[float, Range(0, 10)] = 2.0
    """Focusing of the focal loss, and of the asymmetric loss for units without the frame."""
    gamma_positive: Annotated[float, Range(0, 10)] = 0.0
    """Focusing of the asymmetric loss for units with the frame."""
    clip: Annotated[float, Range(0, 0.5)] = 0.05
    """Probability below which the asymmetric loss forgets a unit without the frame."""
    speaker_weight: Annotated[float, Range(0, 100)] = 0.5
    """Of the speaker's cross-entropy beside the frames' loss; 0 trains no speaker."""

    def __post_init__(self) -> None:
        """Check kind and numbers.

        Raises:
            ConfigError: One is unknown or out of range.
        """
        check_section(self, "loss.")


@dataclass(frozen=True, kw_only=True)
class FitConfig:
    """How the weights are found."""

    tuned: Annotated[str, Choice(("full", "frozen_embeddings", "heads", "lora"))] = "full"
    """What is trained: `full`, `frozen_embeddings` (all but these), `heads` (only these) or `lora`:
    the heads, and low-rank adapters beside the body's linear layers, which are merged into these
    afterwards; for an encoder that is large for the machine. It needs the package peft."""
    lora_rank: Annotated[int, Range(1, 1024)] = 16
    """Rank of the adapters, where these are trained."""
    epochs: Annotated[int, Range(1, 1000)] = 4
    max_steps: _Count = 0
    """Stop after as many steps; 0 goes through all epochs."""
    batch_size: Annotated[int, Range(1, 4096)] = 16
    """Units a step, on each device; about as many, where windows hold several."""
    accumulation: Annotated[int, Range(1, 4096)] = 1
    """Batches whose gradients are added up before a step."""
    learning_rate: _Rate = 1e-4
    """Highest, of the encoder's last layer."""
    head_learning_rate: _Rate = 5e-4
    layer_decay: Annotated[float, Range(0.1, 1)] = 1.0
    """Factor on the learning rate from one layer of the encoder to the one below it."""
    weight_decay: _Share = 0.01
    warmup: _Part = 0.1
    """Share of the steps over which the learning rate rises; it falls linearly afterwards."""
    dropout: _Part = 0.1
    """Before the heads."""
    encoder_dropout: _Part = 0.0
    """Inside the encoder. Drawing it takes a processor half as long again as all the rest."""
    masking: _Part = 0.0
    """Share of the tokens that are hidden from the network while it learns, drawn anew each time:
    what dropout is for, at no cost."""
    patience: Annotated[int, Range(0, 1000)] = 2
    """Stop after so many evaluations in a row without a better macro-F1 on dev; 0 never stops."""
    eval_steps: _Count = 0
    """Steps between evaluations, each of which leaves a checkpoint; 0: after each epoch."""
    precision: Annotated[str, Choice(("auto", "bf16", "float32"))] = "auto"
    """`bf16`, `float32`, or `auto`: bf16 where the machine computes in it."""
    threads: Annotated[int, Range(0, 1024)] = 0
    """Processor threads; 0: all that this process may use."""
    seed: Annotated[int, Range(0, 2**31)] = 0
    members: Annotated[int, Range(1, 100)] = 1
    """Networks that are fitted, each on another order of the units (its seed is one more than that
    of the one before). The model has the mean of their weights: a uniform soup (Wortsman et al.
    2022, "Model soups", section 2), as large and as fast as one of them."""
    report_to: list[str] = field(default_factory=list)
    """Where the Trainer reports to, as in [tensorboard] or [mlflow]; the package must be there.
    TensorBoard's files lie beside the model's folder, in one of its name and `.logs`."""

    def __post_init__(self) -> None:
        """Check choices and numbers.

        Raises:
            ConfigError: One is unknown or out of range.
        """
        check_section(self, "training.")
