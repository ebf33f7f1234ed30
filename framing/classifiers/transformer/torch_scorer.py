"""The torch scorer: a network's raw scores, for training and where no exported file is.

Importing this module imports torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch

from framing.classifiers.transformer.inputs import Window, batch_windows, pad_windows
from framing.classifiers.transformer.machine import choose_threads, use_threads
from framing.classifiers.transformer.model import RawScores

if TYPE_CHECKING:
    from framing.classifiers.transformer.network import FrameNetwork


class TorchScorer:
    """Scores windows by a network in 32 bits."""

    def __init__(self, network: FrameNetwork, threads: int = 0) -> None:
        """Take a network as it is.

        Args:
            network: The network.
            threads: Processor threads; 0: as many as are free.
        """
        self.network = network
        self.threads = threads

    def score(self, windows: Sequence[Window]) -> RawScores:
        """Raw scores of the units in windows, by row."""
        network = self.network
        n_units = sum(len(window.rows) for window in windows)
        frames = np.zeros((n_units, network.frame_head.out_features))
        speakers = np.zeros((n_units, network.n_speakers))
        device = network.frame_head.weight.device
        padding = int(network.body.config.pad_token_id or 0)
        network.eval()
        with use_threads(self.threads or choose_threads()), torch.inference_mode():
            for batch in batch_windows(windows):
                arrays = pad_windows(batch, padding)
                result = network(
                    **{name: torch.from_numpy(of).to(device) for name, of in arrays.items()}
                )
                for number, window in enumerate(batch):
                    rows, count = list(window.rows), len(window.rows)
                    for scores, name in ((frames, "frame_logits"), (speakers, "speaker_logits")):
                        scores[rows] = result[name][number, :count].double().cpu().numpy()
        return RawScores(frames, speakers)
