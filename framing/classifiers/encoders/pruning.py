"""Pruning: an encoder without the pieces, and rows of the embedding, that its texts never need."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from framing.classifiers.encoders.folder import EncoderFolder, open_folder, read_object
from framing.classifiers.encoders.registry import CONFIG, TOKENIZER, TOKENIZER_CONFIG, WEIGHTS
from framing.classifiers.encoders.vocabulary import (
    SCRIPTS,
    choose_pieces,
    encode_texts,
    number_anew,
    prune_tokenizer,
    read_pieces,
)
from framing.errors import ConfigError, ModelError, OutputError
from framing.files import open_output, write_json

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

RECORD = "pruning.json"
_EMBEDDING = "word_embeddings.weight"
_HEADS = ("lm_head.", "cls.predictions.")
_SPECIAL_MAP = "special_tokens_map.json"


@dataclass(frozen=True, kw_only=True)
class Pruning:
    """What was kept; `pruning.json` in the new folder records it."""

    source: str
    """Digest of the encoder that was pruned."""
    digest: str
    """Digest of the new one."""
    texts: int
    scripts: tuple[str, ...]
    most: int
    pieces_seen: int
    pieces_before: int
    pieces_after: int
    weight_bytes: int
    """As written."""
    int8_bytes: int
    """Estimate: matrices in 8 bits with a scale a row, all else in 16 bits."""
    tokenizer_bytes: int


def prune_encoder(
    folder: Path,
    texts: Iterable[str],
    out: Path,
    *,
    scripts: Collection[str] = SCRIPTS,
    most: int = 0,
) -> Pruning:
    """Write an encoder without the pieces that neither the texts nor the scripts need.

    Each of the texts is cut into the same pieces by both, which is checked, and its embeddings
    are the same numbers. Characters that were known stay known, one by one; the others are the
    unknown piece, as before.

    Args:
        folder: An encoder with a unigram vocabulary.
        texts: Texts that must be tokenised as before. They are held in memory.
        out: Folder to write; made if need be.
        scripts: Keep every piece of these; of `SCRIPTS`, or none.
        most: Pieces to keep at most, the likeliest of the scripts; 0 keeps all of them.

    Raises:
        ConfigError: The vocabulary or the weights are of a kind that cannot be pruned.
        ModelError: The folder is damaged, or a text would be tokenised otherwise.
        OutputError: The new folder cannot be written, or is the old one.
    """
    from tokenizers import Tokenizer

    source, wanted = open_folder(folder), list(texts)
    _make_folder(out, folder)
    data = read_object(folder / TOKENIZER)
    pieces = read_pieces(data)
    before = _plain(Tokenizer.from_file(str(folder / TOKENIZER)))
    seen = {index for encoding in encode_texts(before, wanted) for index in encoding.ids}
    kept = choose_pieces(data, seen, scripts, most)
    numbers = number_anew(data, kept)
    text = json.dumps(prune_tokenizer(data, kept, numbers), ensure_ascii=False)
    _check_same(before, _plain(Tokenizer.from_str(text)), wanted)

    weights = slice_weights(source, numbers)
    _write_weights(out / WEIGHTS, weights)
    with open_output(out / TOKENIZER) as stream:
        stream.write(text)
    _write_settings(folder, out, numbers)
    pruning = Pruning(
        source=source.digest,
        digest=open_folder(out).digest,
        texts=len(wanted),
        scripts=tuple(scripts),
        most=most,
        pieces_seen=len(seen),
        pieces_before=len(pieces),
        pieces_after=len(kept),
        weight_bytes=sum(values.nbytes for values in weights.values()),
        int8_bytes=sum(_count_int8(values) for values in weights.values()),
        tokenizer_bytes=len(text.encode()),
    )
    write_json(out / RECORD, asdict(pruning))
    return pruning


def _make_folder(out: Path, folder: Path) -> None:
    if out.resolve() == folder.resolve():
        raise OutputError("is the encoder that is pruned", path=out, hint="name another folder")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"cannot be made ({error.strerror or error})", path=out, hint="name another folder"
        ) from error


def _plain(tokenizer: Tokenizer) -> Tokenizer:
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _check_same(before: Tokenizer, after: Tokenizer, texts: Sequence[str]) -> None:
    pairs = zip(encode_texts(before, texts), encode_texts(after, texts), strict=True)
    for row, (old, new) in enumerate(pairs, start=1):
        if old.tokens != new.tokens:
            raise ModelError("pruning would change how a text is tokenised", row=row)


def slice_weights(source: EncoderFolder, numbers: Mapping[int, int]) -> dict[str, NDArray[Any]]:
    """The weights with only those rows of the embedding that have a new number, in its order.

    Args:
        source: The encoder.
        numbers: New id by old id.

    Raises:
        ConfigError: The embedding cannot be told, or numpy does not have the type of numbers.
    """
    old_ids = sorted(numbers, key=numbers.__getitem__)
    result = {}
    for name, values in _read_weights(source):
        if name.endswith(_EMBEDDING):
            rows = len(values)
            if rows <= max(old_ids):
                raise ModelError(f"has {rows} embeddings, fewer than pieces", path=source.path)
            values = values[old_ids]
        result[name] = values
    embeddings = [name for name in result if name.endswith(_EMBEDDING)]
    if len(embeddings) != 1:
        raise ConfigError(
            f"has {len(embeddings)} tensors named *{_EMBEDDING}, not one",
            path=source.path,
            hint="only BERT-like encoders can be pruned",
        )
    # A language-model head follows the vocabulary too, and no classifier reads it.
    return {name: values for name, values in result.items() if not name.startswith(_HEADS)}


def _read_weights(source: EncoderFolder) -> Iterator[tuple[str, NDArray[Any]]]:
    from safetensors import safe_open

    for file in sorted(name for name in source.files if name.endswith(".safetensors")):
        with safe_open(source.path / file, framework="numpy") as weights:
            for name in weights.keys():  # noqa: SIM118 - not a mapping
                try:
                    yield name, weights.get_tensor(name)
                except TypeError as error:
                    raise ConfigError(
                        f"tensor {name!r} has a type of numbers that cannot be read ({error})",
                        path=source.path / file,
                        hint="save the encoder in 32 or 16 bit floats (not bfloat16)",
                    ) from error


def _write_weights(path: Path, weights: Mapping[str, NDArray[Any]]) -> None:
    from safetensors.numpy import save

    with open_output(path, binary=True) as stream:
        stream.write(save(dict(weights), metadata={"format": "pt"}))


def _write_settings(folder: Path, out: Path, numbers: Mapping[int, int]) -> None:
    config = read_object(folder / CONFIG)
    for key, value in config.items():
        if key.endswith("_token_id") and isinstance(value, int):
            config[key] = numbers.get(value, value)
    config["vocab_size"] = len(numbers)
    write_json(out / CONFIG, config)
    if (folder / TOKENIZER_CONFIG).is_file():
        settings = read_object(folder / TOKENIZER_CONFIG)
        if "added_tokens_decoder" in settings:
            settings["added_tokens_decoder"] = {
                str(numbers[int(old)]): token
                for old, token in settings["added_tokens_decoder"].items()
                if int(old) in numbers
            }
        write_json(out / TOKENIZER_CONFIG, settings)
    if (folder / _SPECIAL_MAP).is_file():
        write_json(out / _SPECIAL_MAP, read_object(folder / _SPECIAL_MAP))


def _count_int8(values: NDArray[Any]) -> int:
    return int(values.size + 2 * len(values) if values.ndim == 2 else 2 * values.size)
