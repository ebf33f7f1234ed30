"""The machine: how many threads are free, and whether it computes in bf16."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

_VARIABLES = ("FRAMING_THREADS", "OMP_NUM_THREADS")


def count_cores() -> int:
    """Processor cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def choose_threads() -> int:
    """Threads to score with: FRAMING_THREADS or OMP_NUM_THREADS, else the cores that are free.

    A second thread beside another busy process makes both wait for each other: one is faster then.
    """
    for name in _VARIABLES:
        if (value := os.environ.get(name, "")).isdigit() and int(value) > 0:
            return int(value)
    busy = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return max(1, round(count_cores() - busy))


@contextmanager
def use_threads(count: int) -> Iterator[None]:
    """Let torch use some threads inside, and as many as before afterwards."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def computes_bf16() -> bool:
    """Whether the GPU, or else the processor, multiplies in bf16 and does not only imitate it."""
    import torch

    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    # These are private in torch and may go: training then takes longer, and nothing else.
    checks = ("_is_amx_tile_supported", "_is_avx512_bf16_supported")
    return any(bool(getattr(torch.cpu, name, bool)()) for name in checks)


def describe_machine() -> dict[str, str]:
    """What the figures of a training run depend on besides versions of packages."""
    import torch

    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu"
    return {"device": device, "cores": str(count_cores())}
