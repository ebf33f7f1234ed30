"""ONNX export: a fitted network as one file that ONNX Runtime computes in 8 bits.

The graph is written here, node by node, and not traced from torch: it then uses the fused
operators of ONNX Runtime, multiplies in 8 bits, holds the embedding in 8 bits too, and is the same
bytes for the same weights.

Matrices are rounded symmetrically with a scale a column, the embedding with a scale a row; what a
matrix is multiplied with is rounded as it comes. One scale a window is fastest, in one operation.
Behind the activation in the middle of a layer, where a few tokens have values far larger than all
others, there is a scale a token (as in Yao et al. 2022, "ZeroQuant", section 4.1), which takes more
operations but does not coarsen the other tokens. Attention, normalisation and heads stay in 32
bits.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from framing.errors import ConfigError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from framing.classifiers.transformer.network import FrameNetwork

OPSET = 20
_IR = 9
_FUSED = "com.microsoft"
_FUSED_VERSION = 1
_LEAST = 1e-9
"""A token whose values are all smaller is rounded to zeros."""
# As in onnx.TensorProto, which is imported only where a graph is written.
FLOAT, UINT8 = 1, 2


def build_onnx(network: FrameNetwork, bits: int = 8) -> bytes:
    """A network as an ONNX file.

    It takes `input_ids` (n_windows, n_tokens) int64, without padding; `weights` (n_windows,
    n_units, n_tokens) float, with which token vectors are averaged; and gives `frame_logits`
    (n_windows, n_units, n_frames) and `speaker_logits` (n_windows, n_units, n_speakers).

    Args:
        network: A fitted network with a BERT body.
        bits: Of one side of a product, 2 to 8; the other has 8. A processor without VNNI adds pairs
            of products in 16 bits, which 8 bits can overflow and 7 cannot.

    Raises:
        ConfigError: Its body is not one of BERT.
    """
    config = network.body.config
    if config.model_type != "bert" or config.hidden_act != "gelu":
        raise ConfigError(
            f"a network of type {config.model_type!r} cannot be exported to 8 bits",
            hint="choose a BERT-like encoder, or leave `export` out",
        )
    weights = {
        name: values.detach().cpu().float().numpy() for name, values in network.state_dict().items()
    }
    graph = _Graph(weights, bits, float(config.layer_norm_eps))
    states = _embed(graph)
    for layer in range(config.num_hidden_layers):
        states = _add_layer(graph, states, layer, int(config.num_attention_heads))
    _add_heads(graph, states, network.n_speakers)
    n_frames = network.frame_head.out_features
    return graph.finish({"frame_logits": n_frames, "speaker_logits": network.n_speakers})


def round_rows(
    matrix: NDArray[np.float32], bits: int = 8
) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Integers and scales of a matrix's rows: row = scale * integers, symmetric about 0.

    Args:
        matrix: (n_rows, n_columns).
        bits: Of an integer, its sign included.

    Returns:
        Integers of the matrix's shape; scales (n_rows).
    """
    top = 2 ** (bits - 1) - 1
    scales = np.abs(matrix).max(axis=1) / top
    scales = np.where(scales > 0, scales, 1).astype(np.float32)
    integers = np.clip(np.round(matrix / scales[:, None]), -top, top)
    return integers.astype(np.int8), scales


class _Graph:
    """Nodes and constants of a graph that is being written."""

    def __init__(
        self, weights: Mapping[str, NDArray[np.float32]], bits: int, epsilon: float
    ) -> None:
        self.weights = weights
        self.bits = bits
        self.top = 2 ** (bits - 1) - 1
        self.epsilon = epsilon
        self._nodes: list[Any] = []
        self._constants: dict[str, Any] = {}

    def add_node(
        self, kind: str, inputs: list[str], outputs: str | list[str], fused: bool = False, **of: Any
    ) -> str:
        """Add an operation; gives the name of its first result."""
        from onnx import helper

        results = [outputs] if isinstance(outputs, str) else outputs
        domain = _FUSED if fused else ""
        node = helper.make_node(kind, inputs, results, name=results[0], domain=domain, **of)
        self._nodes.append(node)
        return results[0]

    def add_constant(self, name: str, values: NDArray[Any]) -> str:
        """Add numbers; gives their name."""
        from onnx import numpy_helper

        if name not in self._constants:
            tensor = numpy_helper.from_array(np.ascontiguousarray(values), name)
            self._constants[name] = tensor
        return name

    def add_weights(self, name: str) -> str:
        """Add a network's weights as they are."""
        return self.add_constant(name, self.weights[name])

    def multiply(self, states: str, matrix: NDArray[Any], bias: NDArray[Any], result: str) -> str:
        """States times a matrix (n_results, n_columns) in 8 bits, plus the bias; one scale."""
        integers, scales = round_rows(matrix, self.bits)
        inputs = [
            states,
            self.add_constant(f"{result}.integers", integers.T),
            self.add_constant(f"{result}.scales", scales),
            "",
            self.add_constant(f"{result}.bias", bias),
        ]
        return self.add_node("DynamicQuantizeMatMul", inputs, result, fused=True)

    def multiply_by_token(
        self, states: str, matrix: NDArray[Any], bias: NDArray[Any], result: str
    ) -> str:
        """The same with a scale a token."""
        rounded, token_scales = self._round_states(states)
        integers, scales = round_rows(matrix)
        zero = self.add_constant("middle.integer", np.array(self.top + 1, dtype=np.uint8))
        inputs = [rounded, self.add_constant(f"{result}.integers", integers.T), zero]
        self.add_node("MatMulInteger", inputs, f"{result}.sum")
        self.add_node("Cast", [f"{result}.sum"], f"{result}.cast", to=FLOAT)
        self.add_node("Mul", [f"{result}.cast", token_scales], f"{result}.token")
        columns = self.add_constant(f"{result}.scales", scales)
        self.add_node("Mul", [f"{result}.token", columns], f"{result}.scaled")
        return self.add_node(
            "Add", [f"{result}.scaled", self.add_constant(f"{result}.bias", bias)], result
        )

    def _round_states(self, states: str) -> tuple[str, str]:
        """States as integers from 1 to twice the top and one, and a scale a token."""
        top = self.add_constant("top", np.array(self.top, dtype=np.float32))
        middle = self.add_constant("middle", np.array(self.top + 1, dtype=np.float32))
        least = self.add_constant("least", np.array(_LEAST, dtype=np.float32))
        last = self.add_constant("last", np.array([-1], dtype=np.int64))
        self.add_node("Abs", [states], f"{states}.size")
        self.add_node("ReduceMax", [f"{states}.size", last], f"{states}.largest", keepdims=1)
        self.add_node("Max", [f"{states}.largest", least], f"{states}.some")
        self.add_node("Div", [f"{states}.some", top], f"{states}.scale")
        self.add_node("Div", [states, f"{states}.scale"], f"{states}.divided")
        self.add_node("Round", [f"{states}.divided"], f"{states}.round")
        self.add_node("Add", [f"{states}.round", middle], f"{states}.shifted")
        self.add_node("Cast", [f"{states}.shifted"], f"{states}.integers", to=UINT8)
        return f"{states}.integers", f"{states}.scale"

    def add_skip(self, change: str, states: str, prefix: str, result: str) -> str:
        """Change plus states, normalised."""
        # Not fused: on a processor the two together are faster than the fused operation.
        self.add_node("Add", [change, states], f"{result}.sum")
        return self.add_norm(f"{result}.sum", prefix, result)

    def add_norm(self, states: str, prefix: str, result: str) -> str:
        """States, normalised token by token."""
        norm = [self.add_weights(f"{prefix}.{part}") for part in ("weight", "bias")]
        return self.add_node(
            "LayerNormalization", [states, *norm], result, axis=-1, epsilon=self.epsilon
        )

    def finish(self, sizes: Mapping[str, int]) -> bytes:
        """The file; sizes of its results by name."""
        from onnx import TensorProto, helper

        axes = ["n_windows", "n_tokens"]
        inputs = [
            helper.make_tensor_value_info("input_ids", TensorProto.INT64, axes),
            helper.make_tensor_value_info(
                "weights", TensorProto.FLOAT, ["n_windows", "n_units", "n_tokens"]
            ),
        ]
        results = [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n_windows", "n_units", size])
            for name, size in sizes.items()
        ]
        constants = list(self._constants.values())
        graph = helper.make_graph(self._nodes, "framing", inputs, results, constants)
        versions = {"": OPSET, _FUSED: _FUSED_VERSION}
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid(*pair) for pair in versions.items()]
        )
        model.ir_version = _IR
        return bytes(model.SerializeToString(deterministic=True))


def _embed(graph: _Graph) -> str:
    """Embeddings of tokens and places, normalised."""
    prefix = "body.embeddings"
    integers, scales = round_rows(graph.weights[f"{prefix}.word_embeddings.weight"])
    graph.add_constant("words.integers", integers)
    graph.add_constant("words.scales", scales[:, None])
    # Every token is of the first kind.
    kind = graph.weights[f"{prefix}.token_type_embeddings.weight"][0]
    places = graph.weights[f"{prefix}.position_embeddings.weight"] + kind
    graph.add_constant("places", places.astype(np.float32))
    for name, value in (("zero", 0), ("one", 1), ("two", 2)):
        graph.add_constant(name, np.array([value], dtype=np.int64))
    graph.add_node("Gather", ["words.integers", "input_ids"], "words.found")
    graph.add_node("Gather", ["words.scales", "input_ids"], "words.scale")
    graph.add_node("Cast", ["words.found"], "words.cast", to=FLOAT)
    graph.add_node("Mul", ["words.cast", "words.scale"], "words")
    graph.add_node("Shape", ["input_ids"], "shape")
    graph.add_node("Slice", ["shape", "one", "two"], "n_tokens")
    graph.add_node("Slice", ["places", "zero", "n_tokens", "zero"], "places.read")
    graph.add_node("Add", ["words", "places.read"], "embedded")
    return graph.add_norm("embedded", f"{prefix}.LayerNorm", "states")


def _add_layer(graph: _Graph, states: str, layer: int, n_heads: int) -> str:
    prefix = f"body.encoder.layer.{layer}"

    def read(name: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        return graph.weights[f"{prefix}.{name}.weight"], graph.weights[f"{prefix}.{name}.bias"]

    # Query, key and value at once: one wide product is faster than three.
    parts = [f"{prefix}.attention.self.{name}" for name in ("query", "key", "value")]
    matrix, bias = (
        np.concatenate([graph.weights[f"{part}.{kind}"] for part in parts])
        for kind in ("weight", "bias")
    )
    together = graph.multiply(states, matrix, bias, f"{layer}.together")
    split = [f"{layer}.query", f"{layer}.key", f"{layer}.value"]
    graph.add_node("Split", [together], split, axis=-1, num_outputs=3)
    attended = graph.add_node(
        "MultiHeadAttention", split, f"{layer}.attended", fused=True, num_heads=n_heads
    )
    change = graph.multiply(attended, *read("attention.output.dense"), f"{layer}.attention")
    norm = f"{prefix}.attention.output.LayerNorm"
    states = graph.add_skip(change, states, norm, f"{layer}.middle")
    wide = graph.multiply(states, *read("intermediate.dense"), f"{layer}.wide")
    active = graph.add_node("Gelu", [wide], f"{layer}.active", fused=True)
    change = graph.multiply_by_token(active, *read("output.dense"), f"{layer}.narrow")
    return graph.add_skip(change, states, f"{prefix}.output.LayerNorm", f"{layer}.states")


def _add_heads(graph: _Graph, states: str, n_speakers: int) -> None:
    """Average over tokens, standardised, times each head."""
    graph.add_node("MatMul", ["weights", states], "pooled")
    graph.add_node("Sub", ["pooled", graph.add_weights("center")], "pooled.centred")
    graph.add_node("Div", ["pooled.centred", graph.add_weights("scale")], "pooled.scaled")
    width = len(graph.weights["center"])
    empty = {
        "speaker_head.weight": np.zeros((0, width), dtype=np.float32),
        "speaker_head.bias": np.zeros(0, dtype=np.float32),
    }
    weights = {**graph.weights, **(empty if not n_speakers else {})}
    for head, result in (("frame_head", "frame_logits"), ("speaker_head", "speaker_logits")):
        matrix = graph.add_constant(f"{head}.weight", weights[f"{head}.weight"].T)
        bias = graph.add_constant(f"{head}.bias", weights[f"{head}.bias"])
        graph.add_node("MatMul", ["pooled.scaled", matrix], f"{head}.product")
        graph.add_node("Add", [f"{head}.product", bias], result)
