"""A tiny encoder with random weights, networks on it, and a project to train one in."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from framing import Codebook
from framing.classifiers.calibration import Calibration
from framing.classifiers.encoders.registry import TOKENIZER
from framing.classifiers.transformer.inputs import InputBuilder
from framing.classifiers.transformer.model import Decision, TransformerModel
from framing.classifiers.transformer.saving import Origin, save_model
from framing.corpus.splitting import Split
from framing.corpus.splitting import write_split as write
from framing.transformer_config import InputConfig
from tests.conftest import write_coded_articles

if TYPE_CHECKING:
    from framing.classifiers.transformer.network import FrameNetwork

needs_tokenizers = pytest.mark.skipif(not find_spec("tokenizers"), reason="needs tokenizers")
needs_torch = pytest.mark.skipif(not find_spec("torch"), reason="needs torch")
needs_training = pytest.mark.skipif(
    not all(map(find_spec, ("torch", "transformers", "tokenizers", "datasets", "accelerate"))),
    reason="needs torch, transformers, datasets and accelerate",
)
needs_peft = pytest.mark.skipif(not find_spec("peft"), reason="needs peft")
needs_export = pytest.mark.skipif(
    not all(map(find_spec, ("torch", "transformers", "tokenizers", "onnx", "onnxruntime"))),
    reason="needs torch, transformers, onnx and onnxruntime",
)

LETTERS = "▁abcdefghijklmnopqrstuvwxyz.,0123456789항구예산港湾"
START, PAD, END, UNKNOWN, MASK = range(5)
CONFIG = """\
name: small
model: transformer
data: {articles: articles, codes: codes.jsonl, codebook: codebook.yaml}
split: {file: split.json}
encoder: {name: ./encoder, pruned: true, scripts: [ascii]}
inputs: {before: 1, max_length: 64}
training:
  max_steps: 4
  eval_steps: 2
  batch_size: 4
  learning_rate: 1e-3
  head_learning_rate: 1e-2
  precision: float32
  threads: 1
output: model
"""


def make_tokenizer() -> dict[str, Any]:
    """A unigram tokenizer of single characters and two longer pieces."""
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    pieces = [*special, "▁port", "▁danger", *LETTERS]
    metaspace = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}
    ends = [{"SpecialToken": {"id": name, "type_id": 0}} for name in ("<s>", "</s>")]
    return {
        "version": "1.0", "truncation": None, "padding": None, "normalizer": None,
        "added_tokens": [
            {"id": k, "content": name, "single_word": False, "lstrip": False, "rstrip": False,
             "normalized": False, "special": True}
            for k, name in enumerate(special)
        ],
        "pre_tokenizer": metaspace, "decoder": metaspace,
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [ends[0], {"Sequence": {"id": "A", "type_id": 0}}, ends[1]],
            "pair": [ends[0], {"Sequence": {"id": "A", "type_id": 0}}, ends[1], {"Sequence": {"id": "B", "type_id": 0}}, ends[1]],
            "special_tokens": {p: {"id": p, "ids": [pieces.index(p)], "tokens": [p]} for p in ("<s>", "</s>")},
        },
        "model": {
            "type": "Unigram", "unk_id": UNKNOWN, "byte_fallback": False,
            "vocab": [[piece, -1.0 - 0.01 * k] for k, piece in enumerate(pieces)],
        },
    }  # fmt: skip


def make_builder(config: InputConfig | None = None) -> InputBuilder:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_str(json.dumps(make_tokenizer()))
    return InputBuilder(tokenizer, config or InputConfig(before=1, max_length=64))


def read(builder: InputBuilder, ids: tuple[int, ...]) -> str:
    """What the encoder reads, with `|` for every special piece."""
    pieces = [builder._tokenizer.id_to_token(token) for token in ids]
    return "".join("|" if piece.startswith("<") else piece for piece in pieces).replace("▁", " ")


def write_encoder(folder: Path, *, spread: float = 0.02) -> Path:
    """A tiny BERT; with a greater spread of its weights its vectors differ more."""
    if not find_spec("torch") or not find_spec("transformers"):
        pytest.skip("needs torch and transformers")
    import torch
    from transformers import BertConfig, BertModel

    tokenizer = make_tokenizer()
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(tokenizer["model"]["vocab"]), hidden_size=16, num_hidden_layers=2,
        num_attention_heads=2, intermediate_size=32, max_position_embeddings=64, pad_token_id=PAD,
        initializer_range=spread,
    )  # fmt: skip
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    (folder / TOKENIZER).write_text(json.dumps(tokenizer), encoding="utf-8")
    return folder


def make_network(encoder: Path, n_speakers: int = 2, *, dropout: float = 0.1) -> FrameNetwork:
    """A network for two frames, always with the same heads."""
    import torch

    from framing.classifiers.transformer.network import FrameNetwork, load_body

    body = load_body(encoder)
    torch.manual_seed(0)
    return FrameNetwork(body, 2, n_speakers, dropout=dropout)


def write_model(
    folder: Path, encoder: Path, codebook: Codebook, inputs: InputConfig, bits: int
) -> TransformerModel:
    """A model of a network that never learnt anything, as it is loaded to score."""
    decision = Decision(Calibration(np.ones(2), np.zeros(2)), np.full(2, 0.5))
    origin = Origin(encoder={}, data="", split="")
    save_model(
        folder, make_network(encoder), codebook, inputs, decision, origin, encoder / TOKENIZER,
        bits=bits,
    )  # fmt: skip
    return TransformerModel.load(folder, codebook)


def write_project(folder: Path, encoder: Path) -> Path:
    """Eight articles, coded, with a split file and a config beside them."""
    write_coded_articles(
        folder,
        lambda text, number: f"{text.rstrip('.').lower()} {'on no day at all' * (number // 4)}.",
    )
    config = CONFIG.replace("./encoder", str(encoder))
    (folder / "config.yaml").write_text(config, encoding="utf-8")
    write_split(folder, {"train": (0, 4, 1, 5), "dev": (2, 6), "test": (3, 7)})
    return folder


def write_split(folder: Path, parts: dict[str, tuple[int, ...]]) -> None:
    by_name = {f"a{n}.txt": part for part, numbers in parts.items() for n in numbers}
    write(folder / "split.json", Split("x", {"train": 0.5, "dev": 0.25, "test": 0.25}, by_name))
