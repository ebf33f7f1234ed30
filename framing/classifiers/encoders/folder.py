"""Folders of an encoder: which files count, what they must not ask for, and their digests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from framing.classifiers.encoders.registry import CONFIG, TOKENIZER, WEIGHTS
from framing.errors import ModelError
from framing.files import digest_json

SHARD_INDEX = f"{WEIGHTS}.index.json"
_PICKLED = ("pytorch_model.bin", "pytorch_model.bin.index.json", "tf_model.h5")


@dataclass(frozen=True)
class EncoderFolder:
    """A folder that holds a whole encoder."""

    path: Path
    files: Mapping[str, str]
    """SHA-256 of each file that what the encoder computes depends on, by name."""

    @property
    def digest(self) -> str:
        """One digest over all of them: 16 hex digits, the same wherever the folder lies."""
        return digest_json(dict(self.files))

    @property
    def size(self) -> int:
        """Bytes of these files."""
        return sum((self.path / name).stat().st_size for name in self.files)


def select_counted(files: Mapping[str, str]) -> dict[str, str]:
    """Of files by name, those that what an encoder computes depends on."""
    return {
        name: digest
        for name, digest in files.items()
        if name in (CONFIG, TOKENIZER, SHARD_INDEX) or name.endswith(".safetensors")
    }


def open_folder(path: Path, expected: Mapping[str, str] | None = None) -> EncoderFolder:
    """Check an encoder's folder and compute its digests. Nothing in it is executed.

    Args:
        path: The folder.
        expected: SHA-256 that files must have, by name.

    Raises:
        ModelError: A file is missing, damaged, not what is expected, or asks for code of its own.
    """
    check_config(read_object(path / CONFIG))
    names = [CONFIG, TOKENIZER, *find_weights(path)]
    if not (path / TOKENIZER).is_file():
        raise ModelError(
            f"has no {TOKENIZER}",
            path=path,
            hint="save the tokenizer with transformers' save_pretrained (use_fast=True)",
        )
    for name in names[2:]:
        check_weights(path / name)
    files = {name: hash_file(path / name) for name in names}
    for name, digest in (expected or {}).items():
        if name in files and files[name] != digest:
            raise ModelError(
                f"is not the file it should be (SHA-256 {files[name][:16]}, not {digest[:16]})",
                path=path / name,
                hint="it is damaged or was changed: delete it and get it anew",
            )
    return EncoderFolder(path, files)


def find_weights(path: Path) -> list[str]:
    """Names of the files of weights: one, or the index of several and these.

    Raises:
        ModelError: There are none in safetensors, or the index leads elsewhere.
    """
    if (path / WEIGHTS).is_file():
        return [WEIGHTS]
    if (path / SHARD_INDEX).is_file():
        return [SHARD_INDEX, *read_shards(path / SHARD_INDEX)]
    if any((path / name).is_file() for name in _PICKLED):
        raise ModelError(
            "holds weights in a format that can run code when it is loaded",
            path=path,
            hint=f"give {WEIGHTS}: save_pretrained(safe_serialization=True) writes it",
        )
    raise ModelError(f"has no {WEIGHTS}", path=path, hint="give the folder of a whole encoder")


def read_shards(index: Path) -> list[str]:
    """Names of the files that an index of weights lists.

    Raises:
        ModelError: It is damaged, or names anything but safetensors files beside it.
    """
    listed = read_object(index).get("weight_map")
    names = sorted(set(map(str, listed.values()))) if isinstance(listed, dict) else []
    plain = all(
        name.endswith(".safetensors") and not {"/", "\\", ":"} & set(name) for name in names
    )
    if not names or not plain:
        raise ModelError("does not list safetensors files beside it", path=index)
    return names


def check_config(config: Mapping[str, Any]) -> None:
    """Refuse a config that asks for code of the encoder's own.

    Raises:
        ModelError: It does, or names no kind of model.
    """
    if "auto_map" in config:
        raise ModelError(
            "asks for code of its own, which is never run", hint="choose another encoder"
        )
    if not isinstance(config.get("model_type"), str):
        raise ModelError(f"{CONFIG} names no model_type", hint="is it the folder of an encoder?")


def check_weights(path: Path) -> None:
    """Check that a safetensors file is whole: its header fits its length.

    Raises:
        ModelError: It is missing, cut short or not safetensors.
    """
    if path.name == SHARD_INDEX:
        return
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy"):
            return
    except (SafetensorError, OSError) as error:
        raise ModelError(
            f"is not a whole safetensors file ({error})", path=path, hint="get it anew"
        ) from error


def read_object(path: Path) -> dict[str, Any]:
    """Read a JSON file that holds an object.

    Raises:
        ModelError: It is missing, damaged, or holds something else.
    """
    try:
        value = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise ModelError(
            f"has no {path.name}", path=path.parent, hint="give the folder of a whole encoder"
        ) from error
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"cannot be read ({error})", path=path, hint="get it anew") from error
    if not isinstance(value, dict):
        raise ModelError("must hold a JSON object", path=path)
    return value


def hash_file(path: Path) -> str:
    """SHA-256 of a file, read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
