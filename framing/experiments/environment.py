"""The environment of a run: versions, processor, code, and the digests of what it depends on."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import framing
from framing.files import digest_bytes, digest_json
from framing.training_data import describe_environment

_TRANSFORMER_PACKAGES = (
    "torch", "transformers", "tokenizers", "datasets", "accelerate", "onnx", "onnxruntime", "peft",
)  # fmt: skip


def describe_run_environment(*, is_transformer: bool) -> dict[str, Any]:
    """Versions of packages, system, processor, and state of the code.

    Args:
        is_transformer: Whether packages of the transformer matter.
    """
    packages = [name for name in _TRANSFORMER_PACKAGES if is_transformer and find_spec(name)]
    return {
        "packages": describe_environment(packages),
        "system": platform.system(),
        "processor": _name_processor(),
        "cores": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
        "code": digest_code(),
        "git": _describe_git(),
    }


def digest_code() -> str:
    """Digest of this package's own source files: the same code has the same, wherever it lies."""
    root = Path(framing.__file__).parent
    sources = sorted(root.rglob("*.py"))
    return digest_json(
        {path.relative_to(root).as_posix(): digest_bytes(path.read_bytes()) for path in sources}
    )


def _name_processor() -> str:
    """What the processor calls itself, or its architecture."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _describe_git() -> dict[str, Any] | None:
    """Commit, and whether the package differed from it; None outside a checkout."""
    root = Path(framing.__file__).parent
    commit = _ask_git(root, "rev-parse", "HEAD")
    if commit is None:
        return None
    return {"commit": commit, "dirty": bool(_ask_git(root, "status", "--porcelain", "--", "."))}


def _ask_git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=folder, capture_output=True, text=True, check=True, timeout=20
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
