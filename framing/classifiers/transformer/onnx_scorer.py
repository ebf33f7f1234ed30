"""The ONNX scorer: raw scores from an exported network by ONNX Runtime, without torch."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from framing.classifiers.transformer.inputs import Window, pad_windows
from framing.classifiers.transformer.machine import choose_threads
from framing.classifiers.transformer.model import RawScores

if TYPE_CHECKING:
    from numpy.typing import NDArray


class OnnxScorer:
    """Scores windows by an exported network, each by itself.

    One at a time nothing is padded, a window always gets the same scores whatever is scored with
    it, and windows are spread over the threads.
    """

    def __init__(self, data: bytes, padding: int, threads: int = 0) -> None:
        """Load a network.

        Args:
            data: A file as `onnx_export.build_onnx` writes it.
            padding: Id of the padding token.
            threads: Processor threads; 0: as many as are free.

        Raises:
            ValueError: ONNX Runtime cannot load it.
        """
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        # Errors only: what it says of the machine is no use to who scores text.
        options.log_severity_level = 3
        try:
            self._session: Any = onnxruntime.InferenceSession(
                data,
                options,
                providers=["CPUExecutionProvider"],
                # It would fuse what the export left apart because that is faster.
                disabled_optimizers=["SkipLayerNormFusion"],
            )
        except Exception as error:  # the package raises many kinds, with no base of their own
            raise ValueError(f"the network cannot be loaded: {error}") from error
        self._padding = padding
        self._threads = threads
        self._sizes = [int(out.shape[-1]) for out in self._session.get_outputs()]

    def score(self, windows: Sequence[Window]) -> RawScores:
        """Raw scores of the units in windows, by row."""
        n_units = sum(len(window.rows) for window in windows)
        frames, speakers = (np.zeros((n_units, size)) for size in self._sizes)
        with ThreadPoolExecutor(self._threads or choose_threads()) as pool:
            for window, (frame, speaker) in zip(windows, pool.map(self._run, windows), strict=True):
                rows = list(window.rows)
                frames[rows], speakers[rows] = frame[0], speaker[0]
        return RawScores(frames, speakers)

    def _run(self, window: Window) -> list[NDArray[np.float32]]:
        arrays = pad_windows([window], self._padding)
        # By itself it has no padding, and there is nothing to mask.
        del arrays["attention_mask"]
        scores: list[NDArray[np.float32]] = self._session.run(None, arrays)
        return scores
