"""Losses: of the frames, many or none a unit, and of the speaker, one a unit or not coded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from framing.transformer_config import LossConfig

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

NOT_CODED = -1
_TINY = 1e-8


def weigh_positives(frames: NDArray[np.bool_], power: float) -> NDArray[np.float64]:
    """Weight of units with a frame beside those without: (without / with) ** power.

    Args:
        frames: Gold frames of the training units, bool (n_units, n_frames).
        power: 0 weighs alike, 1 balances fully.

    Returns:
        Weights (n_frames); 1 for a frame nobody carries.
    """
    carried = frames.sum(axis=0)
    ratio = np.where(carried > 0, (len(frames) - carried) / np.maximum(carried, 1), 1.0)
    return np.asarray(np.maximum(ratio, _TINY) ** power)


def frame_loss(logits: Tensor, frames: Tensor, settings: LossConfig, weights: Tensor) -> Any:
    """Mean loss of the frames, a scalar.

    Args:
        logits: (n_units, n_frames).
        frames: 1 where carried, 0 where not (n_units, n_frames).
        settings: Which loss.
        weights: Weight of carried ones (n_frames).
    """
    from torch.nn import functional

    logits, frames = logits.float(), frames.float()
    if settings.frames == "bce":
        return functional.binary_cross_entropy_with_logits(logits, frames, pos_weight=weights)
    if settings.frames == "focal":
        return _focal_loss(logits, frames, settings, weights)
    return _asymmetric_loss(logits, frames, settings, weights)


def _focal_loss(logits: Any, frames: Any, settings: LossConfig, weights: Any) -> Any:
    """Lin et al. (2017), "Focal loss for dense object detection", equation 5."""
    from torch.nn import functional

    each = functional.binary_cross_entropy_with_logits(
        logits, frames, pos_weight=weights, reduction="none"
    )
    # Powers below 1 have no slope at 0.
    wrong = (frames - logits.sigmoid()).abs().clamp(min=_TINY)
    return (wrong**settings.gamma * each).mean()


def _asymmetric_loss(logits: Any, frames: Any, settings: LossConfig, weights: Any) -> Any:
    """Ridnik et al. (2021), "Asymmetric loss for multi-label classification", equations 4 to 7."""
    probability = logits.sigmoid()
    shifted = (probability - settings.clip).clamp(min=_TINY)
    with_frame = (1 - probability).clamp(min=_TINY) ** settings.gamma_positive * probability.clamp(
        min=_TINY
    ).log()
    without = shifted**settings.gamma * (1 - shifted).clamp(min=_TINY).log()
    return -(weights * frames * with_frame + (1 - frames) * without).mean()


def speaker_loss(logits: Tensor, speakers: Tensor) -> Any:
    """Mean cross-entropy over units whose speaker is coded, a scalar; 0 if none is.

    Args:
        logits: (n_units, n_speakers).
        speakers: Index of the speaker, or -1 (n_units).
    """
    from torch.nn import functional

    coded = (speakers != NOT_CODED).sum()
    total = functional.cross_entropy(
        logits.float(), speakers, ignore_index=NOT_CODED, reduction="sum"
    )
    # A batch without one coded speaker would divide by zero.
    return total / coded.clamp(min=1)
