"""What a machine multiplies at best, by torch and by ONNX Runtime, and what its processor can."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ABILITIES = ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "amx_bf16", "amx_int8")
SQUARE, DEEP = (1024, 1024, 1024), (1024, 4096, 1024)
ROWS = 256
"""Rows of the product in the network's own shape: tokens of a full window."""
SECONDS = 0.5
"""For which a matrix product is repeated; the fastest counts."""


def describe_processor() -> dict[str, Any]:
    """Its name, which of the abilities that matter here it has, and the cores this process may use.

    Name and abilities are None where /proc/cpuinfo is not.
    """
    path = Path("/proc/cpuinfo")
    fields: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        key, _, value = line.partition(":")
        fields.setdefault(key.strip(), value.strip())
    flags = fields.get("flags", "").split()
    counted = hasattr(os, "sched_getaffinity")
    return {
        "processor": fields.get("model name"),
        "abilities": [name for name in ABILITIES if name in flags] if flags else None,
        "cores": len(os.sched_getaffinity(0)) if counted else os.cpu_count(),
    }


def measure_torch(width: int, inner: int, threads: int) -> dict[str, float]:
    """Operations a second of torch's matrix products, in billions; the best over shapes."""
    import torch

    torch.set_num_threads(threads)
    rates: dict[str, list[float]] = {"float32": [], "int8": []}
    for rows, depth, columns in (SQUARE, DEEP, (ROWS, width, inner)):
        left, right = torch.rand(rows, depth), torch.rand(depth, columns)
        operations = 2 * rows * depth * columns

        def multiply(left: Any = left, right: Any = right) -> Any:
            return left @ right

        rates["float32"].append(find_rate(multiply, operations))
        whole = [
            torch.randint(-64, 64, size, dtype=torch.int8) for size in (left.shape, right.shape)
        ]
        if hasattr(torch, "_int_mm"):  # private: may go, and then this rate is left out

            def multiply_whole(whole: Any = whole) -> Any:
                return torch._int_mm(*whole)

            rates["int8"].append(find_rate(multiply_whole, operations))
    return {f"torch_{kind}": max(of) for kind, of in rates.items() if of}  # fmt: skip


def measure_onnx(width: int, inner: int, threads: int) -> dict[str, float]:
    """Operations a second of ONNX Runtime's matrix products, in billions.

    In 8 bits it is the product our network is made of, which rounds its input as it comes: the best
    over shapes, and the rate at the network's own shape.
    """
    rates: dict[str, float] = {}
    for shape in (SQUARE, DEEP, (ROWS, width, inner)):
        rows, depth, columns = shape
        for kind in ("float32", "int8"):
            rate = find_rate(make_product(shape, kind, threads), 2 * rows * depth * columns)
            rates[f"onnx_{kind}"] = max(rate, rates.get(f"onnx_{kind}", 0.0))
            if shape[1:] == (width, inner):
                rates[f"onnx_{kind}_own_shape"] = rate
    return rates


def make_product(shape: tuple[int, int, int], kind: str, threads: int) -> Callable[[], object]:
    """A matrix product in ONNX Runtime, to be called; its rows, depth and columns."""
    rows, depth, columns = shape
    import numpy as np
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    generator = np.random.default_rng(0)
    whole = generator.integers(-63, 64, (depth, columns)).astype(np.int8)
    if kind == "int8":
        constants = {
            "integers": whole,
            "scales": np.full(columns, 0.01, np.float32),
            "zeros": np.zeros(columns, np.int8),
            "bias": np.zeros(columns, np.float32),
        }
        name, domain = "DynamicQuantizeMatMul", "com.microsoft"
    else:
        constants, name, domain = {"matrix": whole.astype(np.float32)}, "MatMul", ""
    sizes = (("states", depth), ("product", columns))
    states, product = (
        helper.make_tensor_value_info(of, TensorProto.FLOAT, [rows, size]) for of, size in sizes
    )
    graph = helper.make_graph(
        [helper.make_node(name, ["states", *constants], ["product"], domain=domain)],
        "product", [states], [product],
        [numpy_helper.from_array(values, of) for of, values in constants.items()],
    )  # fmt: skip
    versions = [helper.make_opsetid("", 20), helper.make_opsetid("com.microsoft", 1)]
    model = helper.make_model(graph, opset_imports=versions, ir_version=9)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    given = {"states": generator.random((rows, depth), dtype=np.float32)}
    return lambda: session.run(None, given)


def find_rate(work: Callable[[], object], operations: int) -> float:
    """Billions of operations a second of some work: the fastest of its repetitions."""
    work()
    fastest, begun = float("inf"), time.perf_counter()
    while time.perf_counter() - begun < SECONDS:
        start = time.perf_counter()
        work()
        fastest = min(fastest, time.perf_counter() - start)
    return operations / fastest / 1e9
