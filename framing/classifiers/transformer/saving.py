"""Saving: a model's folder: the network, JSON, the tokenizer, and the digests of all of them.

A network lies there exported (`network.onnx`), to be scored with, or as torch has it
(`weights.safetensors`, `config.json`), to be trained on or measured against. Importing this module
imports neither torch nor transformers.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from framing.classifiers.calibration import Calibration
from framing.classifiers.encoders.registry import CONFIG, TOKENIZER
from framing.classifiers.model_folder import (
    DESCRIPTION,
    open_folder,
    read_checked,
    report_damage,
)
from framing.classifiers.tfidf import TfidfModel
from framing.classifiers.transformer.inputs import InputBuilder
from framing.classifiers.transformer.model import (
    Decision,
    TransformerModel,
    UnitScorer,
)
from framing.errors import ConfigError, ModelError
from framing.files import digest_bytes, open_output, write_json
from framing.transformer_config import InputConfig

if TYPE_CHECKING:
    from framing.classifiers.transformer.network import FrameNetwork
    from framing.codebook import Codebook

MODEL_TYPE = "transformer"
_FORMAT = 2
WEIGHTS = "weights.safetensors"
NETWORK = "network.onnx"
NGRAMS = "ngrams"
"""Folder, in the model's, of the linear model of n-grams that scores beside the network."""
NGRAMS_DESCRIPTION = f"{NGRAMS}/{DESCRIPTION}"
_HIGHEST_HALF = 65_000.0
INSTALL = "pip install 'framing[train]'"
TRAINING = ("torch", "transformers", "tokenizers", "datasets", "accelerate", "onnx")
_SCORING = ("onnxruntime", "tokenizers")
INSTALL_SCORING = "pip install onnxruntime tokenizers"


@dataclass(frozen=True, kw_only=True)
class Origin:
    """What a model came from; goes into its description, word for word."""

    encoder: Mapping[str, Any]
    """The encoder's record, and how its vocabulary was pruned."""
    data: str
    """Digest of the coded units."""
    split: str
    """Digest of the split file."""


def save_model(
    folder: Path,
    network: FrameNetwork,
    codebook: Codebook,
    inputs: InputConfig,
    decision: Decision,
    origin: Origin,
    tokenizer: Path,
    *,
    bits: int = 0,
    ngrams: TfidfModel | None = None,
) -> None:
    """Write `model.json`, `tokenizer.json`, the network, and `ngrams/` if there are any; no pickle.

    Args:
        folder: Made if need be.
        network: The fitted network.
        codebook: Gives the columns.
        inputs: What the network reads.
        decision: Calibration and thresholds.
        origin: What it came from.
        tokenizer: The encoder's tokenizer.json.
        bits: Export the network, multiplying in so many bits; 0 writes torch's weights.
        ngrams: What scores beside the network.

    Raises:
        ConfigError: The network is not of a kind that can be exported.
        OutputError: The folder cannot be written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = _write_exported(folder, network, bits) if bits else _write_weights(folder, network)
    # Copied under another name first: the folder may hold an older model that is in use.
    with open_output(folder / TOKENIZER, binary=True) as stream, tokenizer.open("rb") as source:
        shutil.copyfileobj(source, stream)
    if ngrams:
        ngrams.save(folder / NGRAMS)
        files = (*files, NGRAMS_DESCRIPTION)
    second = decision.calibration.second_slopes
    description = {
        "type": MODEL_TYPE,
        "format": _FORMAT,
        "codebook": {
            "name": codebook.name,
            "version": codebook.version,
            "digest": codebook.digest,
        },
        "frames": list(codebook.frame_ids),
        "speakers": list(codebook.speaker_ids) if network.speaker_head is not None else [],
        "encoder": dict(origin.encoder),
        "data": origin.data,
        "split": origin.split,
        "inputs": asdict(inputs),
        "calibration": {
            "slopes": decision.calibration.slopes.tolist(),
            "intercepts": decision.calibration.intercepts.tolist(),
            **({} if second is None else {"ngram_slopes": second.tolist()}),
        },
        "thresholds": decision.thresholds.tolist(),
        "speaker_factor": decision.speaker_factor,
        "padding": int(network.body.config.pad_token_id or 0),
        "bits": bits,
        "digests": {
            name: digest_bytes((folder / name).read_bytes()) for name in (*files, TOKENIZER)
        },
    }
    write_json(folder / DESCRIPTION, description)


def _write_exported(folder: Path, network: FrameNetwork, bits: int) -> tuple[str, ...]:
    from framing.classifiers.transformer.onnx_export import build_onnx

    with open_output(folder / NETWORK, binary=True) as stream:
        stream.write(build_onnx(network, bits))
    return (NETWORK,)


def _write_weights(folder: Path, network: FrameNetwork) -> tuple[str, ...]:
    from safetensors.torch import save

    data = save({name: _halve(values) for name, values in sorted(network.state_dict().items())})
    with open_output(folder / WEIGHTS, binary=True) as stream:
        stream.write(data)
    write_json(folder / CONFIG, _describe_body(network))
    return (WEIGHTS, CONFIG)


def load_model(folder: Path, codebook: Codebook) -> TransformerModel:
    """Read a saved model onto the processor.

    Raises:
        ModelError: A file is missing, damaged, or of another kind of model; or a package it needs
            is not installed.
        CodebookError: It was trained with another codebook.
    """
    description, expected = open_folder(folder, codebook, MODEL_TYPE, _FORMAT)
    is_exported = NETWORK in expected
    names = (NETWORK, TOKENIZER) if is_exported else (WEIGHTS, CONFIG, TOKENIZER)
    files = {name: read_checked(folder, name, expected) for name in names}
    ngrams = None
    if NGRAMS_DESCRIPTION in expected:
        # Its own description holds the digests of its files.
        read_checked(folder, NGRAMS_DESCRIPTION, expected)
        ngrams = TfidfModel.load(folder / NGRAMS, codebook)
    if is_exported:
        require_packages(folder, names=_SCORING, install=INSTALL_SCORING)
    else:
        require_packages(folder)
    try:
        decision = _read_decision(description, len(codebook.frames))
        if (ngrams is None) != (decision.calibration.second_slopes is None):
            raise ValueError("n-grams and their slopes go together")
        builder = InputBuilder(
            _read_tokenizer(files[TOKENIZER]), InputConfig(**description["inputs"])
        )
        n_speakers = len(description["speakers"])
        if n_speakers not in (0, len(codebook.speakers)):
            raise ValueError(f"{n_speakers} speakers for {len(codebook.speakers)}")
        if is_exported:
            scorer = _open_exported(files[NETWORK], description)
        else:
            scorer = _restore_network(folder, files[WEIGHTS], len(codebook.frames), n_speakers)
    except ModelError:
        raise
    except (KeyError, TypeError, ValueError, OSError, RuntimeError, ConfigError) as error:
        raise report_damage(folder, error) from error
    digest = digest_bytes((folder / DESCRIPTION).read_bytes())
    return TransformerModel(codebook, scorer, builder, decision, digest, ngrams)


def _open_exported(data: bytes, description: Mapping[str, Any]) -> UnitScorer:
    from framing.classifiers.transformer.onnx_scorer import OnnxScorer

    return OnnxScorer(data, int(description["padding"]))


def require_packages(
    path: Path | None = None,
    *,
    names: Sequence[str] = ("torch", "transformers", "tokenizers"),
    install: str = INSTALL,
) -> None:
    """Refuse, with what to install, if a package is not here.

    Args:
        path: What needs it.
        names: The packages; by default those a network of torch needs.
        install: The command that installs them.

    Raises:
        ModelError: One is missing.
    """
    from importlib.util import find_spec

    missing = [name for name in names if not find_spec(name)]
    if missing:
        raise ModelError(
            f"a transformer needs {', '.join(missing)}", path=path, hint=f"try: {install}"
        )


def open_tokenizer(path: Path) -> Any:
    """A tokenizer from its tokenizer.json.

    Raises:
        ModelError: It is damaged.
    """
    try:
        return _read_tokenizer(path.read_bytes())
    except ValueError as error:
        raise ModelError(f"is damaged ({error})", path=path, hint="get it anew") from error


def _read_tokenizer(data: bytes) -> Any:
    from tokenizers import Tokenizer

    try:
        return Tokenizer.from_str(data.decode("utf-8"))
    except Exception as error:  # the package raises nothing narrower
        raise ValueError(f"tokenizer: {error}") from error


def _restore_network(folder: Path, data: bytes, n_frames: int, n_speakers: int) -> UnitScorer:
    from safetensors import SafetensorError
    from safetensors.torch import load

    from framing.classifiers.transformer.network import FrameNetwork, make_body
    from framing.classifiers.transformer.torch_scorer import TorchScorer

    try:
        weights = {name: values.float() for name, values in load(data).items()}
    except SafetensorError as error:
        raise report_damage(folder, error) from error
    network = FrameNetwork(make_body(folder), n_frames, n_speakers)
    network.load_state_dict(weights)
    return TorchScorer(network)


def _read_decision(description: Mapping[str, Any], n_frames: int) -> Decision:
    parts = {**description["calibration"], "thresholds": description["thresholds"]}
    columns = {name: np.array(values, dtype=np.float64) for name, values in parts.items()}
    for name, values in columns.items():
        if values.shape != (n_frames,):
            raise ValueError(f"{len(values)} {name} for {n_frames} frames")
    calibration = Calibration(columns["slopes"], columns["intercepts"], columns.get("ngram_slopes"))
    return Decision(calibration, columns["thresholds"], float(description["speaker_factor"]))


def _halve(values: Any) -> Any:
    """A tensor in 16 bits where that loses no large number: half the file, the same decisions."""
    values = values.detach().cpu().contiguous()
    if values.is_floating_point() and values.abs().max() < _HIGHEST_HALF:
        return values.half()
    return values


def _describe_body(network: FrameNetwork) -> dict[str, Any]:
    config = dict(network.body.config.to_diff_dict())
    config["model_type"] = network.body.config.model_type
    # Of this machine, or of the version: neither belongs to the model.
    for name in ("_name_or_path", "transformers_version", "dtype", "torch_dtype"):
        config.pop(name, None)
    return config
