"""The network: one body, token vectors averaged over the unit, a head for frames, one for speakers.

Importing this module imports torch: import it only where a network is needed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from framing.classifiers.transformer.losses import frame_loss, speaker_loss
from framing.classifiers.transformer.saving import require_packages
from framing.errors import ConfigError
from framing.transformer_config import FitConfig, LossConfig

_TINY = 1e-6
_LAYER = re.compile(r"\blayers?\.(\d+)\.")
_UNDECAYED = re.compile(r"(bias|norm\w*\.weight)$", re.IGNORECASE)


@dataclass(frozen=True)
class Masking:
    """Tokens that are hidden from a network while it learns."""

    share: float
    mask: int
    """Id of what stands in their place."""
    spared: tuple[int, ...]
    """Ids that are never hidden: separators and padding."""

    def hide(self, ids: Tensor) -> Tensor:
        """The mask in place of some tokens, drawn anew each time."""
        spared = torch.isin(ids, torch.tensor(self.spared, device=ids.device))
        hidden = (torch.rand(ids.shape, device=ids.device) < self.share) & ~spared
        return torch.where(hidden, self.mask, ids)


class FrameNetwork(nn.Module):
    """An encoder with two heads. Given gold, it gives its loss too."""

    def __init__(
        self, body: nn.Module, n_frames: int, n_speakers: int, *, dropout: float = 0.1
    ) -> None:
        super().__init__()
        self.body = body
        width = body.config.hidden_size
        self.dropout = nn.Dropout(dropout)
        self.frame_head = nn.Linear(width, n_frames)
        self.speaker_head = nn.Linear(width, n_speakers) if n_speakers else None
        # An encoder's average vectors lie in a narrow cone: heads on them as they are see next to
        # no difference between units, and learn nothing for the first hundreds of steps.
        self.register_buffer("center", torch.zeros(width))
        self.register_buffer("scale", torch.ones(width))
        self.loss = LossConfig()
        self.masking: Masking | None = None
        # Not among the weights that are saved: only training needs them.
        self.register_buffer("positive_weights", torch.ones(n_frames), persistent=False)

    @property
    def n_speakers(self) -> int:
        """Speakers told apart; 0 if none is modelled."""
        return int(self.speaker_head.out_features) if self.speaker_head is not None else 0

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        weights: Tensor,
        frames: Tensor | None = None,
        speakers: Tensor | None = None,
    ) -> dict[str, Tensor]:
        """Raw scores, and the loss if gold is given.

        Args:
            input_ids: Tokens (n_windows, n_tokens).
            attention_mask: 1 for a token, 0 for padding (n_windows, n_tokens).
            weights: With which token vectors are averaged (n_windows, n_units, n_tokens).
            frames: Gold, 1 where carried (n_windows, n_units, n_frames); negative where a window
                has no more units.
            speakers: Gold, negative where not coded (n_windows, n_units).

        Returns:
            `frame_logits` (n_windows, n_units, n_frames); `speaker_logits` (n_windows, n_units,
            n_speakers), without columns if no speaker is modelled; `loss`, a scalar.
        """
        if self.training and self.masking:
            input_ids = self.masking.hide(input_ids)
        pooled = self.pool(input_ids, attention_mask, weights)
        pooled = self.dropout((pooled - self.center) / self.scale)
        frame_logits = self.frame_head(pooled)
        result = {"frame_logits": frame_logits, "speaker_logits": frame_logits[..., :0]}
        if self.speaker_head is not None:
            result["speaker_logits"] = self.speaker_head(pooled)
        if frames is not None:
            # The Trainer takes the first value as the loss.
            result = {"loss": self._weigh(result, frames, speakers), **result}
        return result

    def _weigh(
        self, logits: Mapping[str, Tensor], frames: Tensor, speakers: Tensor | None
    ) -> Tensor:
        """Loss over the units that are there."""
        there = frames[..., 0] >= 0
        loss = frame_loss(
            logits["frame_logits"][there], frames[there], self.loss, self.positive_weights
        )
        if speakers is not None and self.speaker_head is not None:
            voice = speaker_loss(logits["speaker_logits"][there], speakers[there])
            loss = loss + self.loss.speaker_weight * voice
        return loss

    def pool(self, input_ids: Tensor, attention_mask: Tensor, weights: Tensor) -> Tensor:
        """Average vectors of units, (n_windows, n_units, width) in 32 bits."""
        vectors = self.body(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        # In 16 bits the differences between an encoder's average vectors, which are small beside
        # what these have in common, would be lost.
        with torch.autocast(vectors.device.type, enabled=False):
            return torch.bmm(weights.float(), vectors.float())

    def standardise(self, pooled: Tensor) -> None:
        """Have the heads see vectors like these with mean 0 and deviation 1.

        Args:
            pooled: Average vectors by the pretrained body (n_units, width).
        """
        deviation = pooled.std(dim=0)
        # Some columns of some encoders hardly vary: they must not be blown up.
        self.center.copy_(pooled.mean(dim=0))
        self.scale.copy_(deviation.clamp(min=float(deviation.median()) / 4 + _TINY))


def load_body(folder: Path) -> nn.Module:
    """An encoder with its pretrained weights, in 32 bits; safetensors only, no code of its own.

    Raises:
        ConfigError: transformers cannot make one of it.
    """
    from transformers import AutoModel
    from transformers.utils import logging

    # It takes a moment: the one bar shown is that of training.
    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        return AutoModel.from_pretrained(
            folder,
            dtype=torch.float32,
            use_safetensors=True,
            trust_remote_code=False,
            local_files_only=True,
            # The fused attention of torch 2.13 computes its gradient on a processor twice as slowly
            # as the plain one; on a GPU it is the faster one.
            attn_implementation="sdpa" if torch.cuda.is_available() else "eager",
            **_skip_pooler(folder),
        )
    except (OSError, ValueError, KeyError) as error:
        raise ConfigError(
            f"cannot be loaded as an encoder ({error})", path=folder, hint="choose another encoder"
        ) from error
    finally:
        if shown:
            logging.enable_progress_bar()


def make_body(folder: Path) -> nn.Module:
    """An encoder of the shape that a folder's config.json gives, weights not yet set."""
    from transformers import AutoConfig, AutoModel

    config = AutoConfig.from_pretrained(folder, local_files_only=True)
    return AutoModel.from_config(config, trust_remote_code=False, **_skip_pooler(folder))


def _skip_pooler(folder: Path) -> dict[str, Any]:
    """No pooler where the kind of encoder has one: its output is not used."""
    from transformers import AutoConfig

    kind = AutoConfig.from_pretrained(folder, local_files_only=True).model_type
    poolers = ("bert", "roberta", "xlm-roberta", "camembert")
    return {"add_pooling_layer": False} if kind in poolers else {}


def longest_input(body: nn.Module) -> int:
    """Tokens the encoder has positions for."""
    most = int(getattr(body.config, "max_position_embeddings", 512))
    # RoBERTa counts positions from the padding token's id on.
    return most - 2 if "roberta" in body.config.model_type else most


def freeze(network: FrameNetwork, tuned: str) -> None:
    """Hold still what is not trained: nothing, the embeddings, or the whole body.

    Args:
        network: The network.
        tuned: As in `FitConfig`; adapters come to a body that is held still.
    """
    for name, weights in network.body.named_parameters():
        weights.requires_grad = tuned == "full" or (
            tuned == "frozen_embeddings" and "embeddings" not in name.split(".")[0]
        )


def add_adapters(network: FrameNetwork, rank: int) -> None:
    """Put adapters beside all linear layers of the body; they alone are trained in it.

    Hu et al. (2022), "LoRA: low-rank adaptation of large language models", section 4.1. Beside all
    of these layers, and with a scale of 2, as Biderman et al. (2024), "LoRA learns less and forgets
    less", have them. They change nothing until they are trained.

    Args:
        network: With a plain body.
        rank: Of each adapter.

    Raises:
        ModelError: peft is not installed.
    """
    require_packages(names=("peft",))
    from peft import LoraConfig, LoraModel

    settings = LoraConfig(r=rank, lora_alpha=2 * rank, target_modules="all-linear")
    network.body = LoraModel(network.body, settings, "default")


def merge_adapters(network: FrameNetwork) -> None:
    """Add adapters to the weights they stand beside: the body is plain again, and says the same."""
    network.body = network.body.merge_and_unload()


def set_encoder_dropout(network: FrameNetwork, share: float) -> None:
    """Have the body drop that share of its values while it learns; 0 for none."""
    for module in network.body.modules():
        if isinstance(module, nn.Dropout):
            module.p = share


def group_weights(network: FrameNetwork, settings: FitConfig) -> list[dict[str, Any]]:
    """Weights that share a learning rate and a decay, as an optimizer takes them."""
    trained = [(name, w) for name, w in network.named_parameters() if w.requires_grad]
    top = max((_depth(name) for name, _ in trained), default=0)
    groups: dict[tuple[float, float], list[Any]] = {}
    for name, weights in trained:
        if name.startswith("body."):
            rate = settings.learning_rate * settings.layer_decay ** (top - _depth(name))
        else:
            rate = settings.head_learning_rate
        decay = 0.0 if _UNDECAYED.search(name) else settings.weight_decay
        groups.setdefault((rate, decay), []).append(weights)
    return [
        {"params": params, "lr": rate, "weight_decay": decay}
        for (rate, decay), params in groups.items()
    ]


def _depth(name: str) -> int:
    """Layer of the body, counted from 1; 0 for what lies below the layers, or in a head."""
    found = _LAYER.search(name)
    return int(found[1]) + 1 if found else 0


def count_trained(weights: Iterable[Tensor]) -> int:
    """How many numbers are trained."""
    return sum(w.numel() for w in weights if w.requires_grad)
