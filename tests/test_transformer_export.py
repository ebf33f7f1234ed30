"""Export: the graph in 7 or 8 bits says what the network says, always the same, without torch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from framing.classifiers.transformer.inputs import Window, pad_windows
from framing.classifiers.transformer.model import RawScores, TransformerModel
from framing.classifiers.transformer.onnx_export import build_onnx, round_rows
from framing.codebook import Codebook
from framing.errors import ConfigError
from framing.transformer_config import InputConfig
from tests.conftest import ROOT
from tests.tiny_encoder import (
    PAD,
    make_builder,
    make_network,
    needs_export,
    write_encoder,
    write_model,
)

INPUTS = InputConfig(units=4, before=1, max_length=64)
PASSAGES = [
    ["port", "danger at the pier", "it rained all day", "the fees rise", "항구 예산"],
    ["", "x" * 100, "the price of herring fell."],
]


# Rounding


@given(
    matrix=arrays(
        np.float32, array_shapes(min_dims=2, max_dims=2, max_side=6),
        elements=st.floats(-1e4, 1e4, width=32, allow_subnormal=False),
    ),
    bits=st.sampled_from([7, 8]),
)  # fmt: skip
def test_rounding_errs_by_half_a_step_at_most(matrix: Any, bits: int):
    integers, scales = round_rows(matrix, bits)
    assert (integers.dtype, scales.dtype) == (np.int8, np.float32)
    assert (integers.shape, scales.shape) == (matrix.shape, matrix.shape[:1])
    assert np.abs(integers.astype(int)).max() <= 2 ** (bits - 1) - 1
    restored = integers * scales[:, None].astype(np.float64)
    # Half a step, and what 32 bits cannot tell.
    assert (np.abs(restored - matrix) <= scales[:, None] * (0.5 + 1e-4)).all()


@pytest.mark.parametrize("bits", [7, 8])
def test_the_largest_number_of_a_row_is_kept_and_a_row_of_zeros_too(bits: int):
    matrix = np.array([[0.0, 0.0, 0.0], [1.0, -3.0, 0.5], [2.0, 2.0, -2.0]], dtype=np.float32)
    integers, scales = round_rows(matrix, bits)
    assert integers[0].tolist() == [0, 0, 0]
    assert scales[0] == 1
    restored = integers * scales[:, None]
    assert restored[1, 1] == pytest.approx(-3)
    assert restored[2] == pytest.approx(matrix[2])


# The graph


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # Weights as far apart as those of a trained encoder: what a unit says matters.
    return write_encoder(tmp_path_factory.mktemp("encoder"), spread=0.1)


def make_windows() -> list[Window]:
    texts = [text for passage in PASSAGES for text in passage]
    owners = [number for number, passage in enumerate(PASSAGES) for _ in passage]
    return make_builder(INPUTS).build(texts, owners)[0]


def make_scaled_network(encoder: Path, n_speakers: int = 2) -> Any:
    """A network whose heads see vectors of one scale, as after training."""
    import torch

    network = make_network(encoder, n_speakers).eval()
    batch = pad_windows(make_windows(), PAD)
    with torch.no_grad():
        pooled = network.pool(**{name: torch.from_numpy(of) for name, of in batch.items()})
    network.standardise(pooled[batch["weights"].sum(axis=2) > 0])
    return network


def score_torch(network: Any, windows: list[Window]) -> RawScores:
    from framing.classifiers.transformer.torch_scorer import TorchScorer

    return TorchScorer(network, threads=1).score(windows)


def score_exported(network: Any, windows: list[Window], *, bits: int = 8, threads: int = 1) -> Any:
    from framing.classifiers.transformer.onnx_scorer import OnnxScorer

    return OnnxScorer(build_onnx(network, bits), PAD, threads).score(windows)


@needs_export
@pytest.mark.parametrize("bits", [7, 8])
@pytest.mark.parametrize("n_speakers", [0, 2], ids=["no-speakers", "speakers"])
def test_the_exported_network_says_what_it_was_made_of(encoder: Path, bits: int, n_speakers: int):
    windows = make_windows()
    assert len({len(window.ids) for window in windows}) > 2
    assert {len(window.rows) for window in windows} >= {1, 4}
    network = make_scaled_network(encoder, n_speakers)
    whole, exported = score_torch(network, windows), score_exported(network, windows, bits=bits)
    assert exported.frames.shape == (8, 2)
    assert exported.speakers.shape == (8, n_speakers)
    assert whole.frames.std() > 0.3
    assert np.abs(whole.frames - exported.frames).max() < 0.05
    if n_speakers:
        assert np.abs(whole.speakers - exported.speakers).max() < 0.05


@needs_export
def test_fewer_bits_are_further_off(encoder: Path):
    windows, network = make_windows(), make_scaled_network(encoder)
    whole = score_torch(network, windows)
    near, far = (
        np.abs(whole.frames - score_exported(network, windows, bits=bits).frames).mean()
        for bits in (8, 3)
    )
    assert 5 * near < far


@needs_export
def test_the_same_weights_are_the_same_bytes(encoder: Path):
    first = build_onnx(make_scaled_network(encoder))
    network = make_scaled_network(encoder)
    assert build_onnx(network) == first
    network.frame_head.weight.data[0, 0] += 1
    assert build_onnx(network) != first


@needs_export
def test_what_is_not_a_bert_is_refused():
    from transformers import BertConfig, BertModel, RobertaConfig, RobertaModel

    from framing.classifiers.transformer.network import FrameNetwork

    sizes = {
        "vocab_size": 9, "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1,
        "intermediate_size": 8, "max_position_embeddings": 16,
    }  # fmt: skip
    roberta = RobertaModel(RobertaConfig(**sizes), add_pooling_layer=False)
    with pytest.raises(ConfigError, match="'roberta' cannot be exported.*; choose a BERT-like"):
        build_onnx(FrameNetwork(roberta, 2, 0))
    other = BertModel(BertConfig(**sizes, hidden_act="relu"), add_pooling_layer=False)
    with pytest.raises(ConfigError, match="cannot be exported"):
        build_onnx(FrameNetwork(other, 2, 0))


# Scoring


@needs_export
def test_scores_of_a_window_do_not_depend_on_the_others(encoder: Path):
    from framing.classifiers.transformer.onnx_scorer import OnnxScorer

    windows = make_windows()
    scorer = OnnxScorer(build_onnx(make_scaled_network(encoder)), PAD, threads=1)
    together = scorer.score(windows)
    backwards = scorer.score(windows[::-1])
    assert np.array_equal(together.frames, backwards.frames)
    for window in windows:
        alone = scorer.score([Window(window.ids, tuple(range(len(window.rows))), window.spans)])
        rows = list(window.rows)
        assert np.array_equal(alone.frames, together.frames[rows])
        assert np.array_equal(alone.speakers, together.speakers[rows])


@needs_export
@pytest.mark.parametrize("bits", [7, 8])
def test_threads_do_not_change_a_score(encoder: Path, bits: int):
    windows, network = make_windows(), make_scaled_network(encoder)
    one, two = (score_exported(network, windows, bits=bits, threads=count) for count in (1, 2))
    assert np.array_equal(one.frames, two.frames)
    assert np.array_equal(one.speakers, two.speakers)


@needs_export
def test_no_windows_have_no_scores(encoder: Path):
    scores = score_exported(make_network(encoder), [])
    assert (scores.frames.shape, scores.speakers.shape) == ((0, 2), (0, 2))


@needs_export
def test_a_file_that_is_no_network_is_refused():
    from framing.classifiers.transformer.onnx_scorer import OnnxScorer

    with pytest.raises(ValueError, match="the network cannot be loaded"):
        OnnxScorer(b"no network", PAD)


@needs_export
@pytest.mark.parametrize("bits", [7, 8])
def test_scoring_imports_neither_torch_nor_transformers(
    tmp_path: Path, encoder: Path, small_codebook: Codebook, small_codebook_path: Path, bits: int
):
    model = write_model(tmp_path / "model", encoder, small_codebook, INPUTS, bits)
    assert isinstance(model, TransformerModel)
    here = model.score_units(PASSAGES[0], [0] * 5).probabilities
    code = (
        "import sys\nfrom framing import Codebook, load_model\n"
        f"codebook = Codebook.load({str(small_codebook_path)!r})\n"
        f"model = load_model({str(tmp_path / 'model')!r}, codebook)\n"
        f"scores = model.score_units({PASSAGES[0]!r}, [0] * 5)\n"
        "print([m for m in ('torch', 'transformers', 'onnx', 'datasets') if m in sys.modules])\n"
        "print(scores.probabilities.tobytes().hex())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    imported, scores = done.stdout.split("\n", 1)
    assert imported == "[]"
    # In another process the scores are the same, bit by bit.
    assert scores.strip() == here.tobytes().hex()
