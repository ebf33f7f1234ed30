"""Vocabularies: which pieces of a unigram tokenizer to keep, and the tokenizer without the rest."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from framing.errors import ConfigError
from framing.surrogates import replace_halves

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

SCRIPTS = ("ascii", "hangul", "kana", "han")
"""The scripts of the three languages, as `choose_pieces` names them."""
_SPACE = "\u2581"
_BYTE = re.compile(r"<0x[0-9A-F]{2}>")
# The first word of a character's name.
_NAMES = {
    "HANGUL": "hangul",
    "HIRAGANA": "kana",
    "KATAKANA": "kana",
    "CJK": "han",
    "IDEOGRAPHIC": "han",
}
_BATCH = 1000


def encode_texts(tokenizer: Tokenizer, texts: Sequence[str]) -> Iterator[Encoding]:
    """Tokenise texts, a batch at a time; half characters become question marks."""
    for start in range(0, len(texts), _BATCH):
        batch = [replace_halves(text) for text in texts[start : start + _BATCH]]
        yield from tokenizer.encode_batch(batch)


def read_pieces(data: Mapping[str, Any]) -> list[tuple[str, float]]:
    """Pieces and scores of a tokenizer.json, in the order of their ids.

    Raises:
        ConfigError: It is not a unigram tokenizer.
    """
    model = data.get("model") or {}
    if model.get("type", "Unigram" if "unk_id" in model else None) != "Unigram":
        raise ConfigError(
            f"a tokenizer of type {model.get('type')} cannot be pruned",
            hint="only unigram (SentencePiece) vocabularies can, as of XLM-R and multilingual E5",
        )
    return [(piece, score) for piece, score in model["vocab"]]


def choose_pieces(
    data: Mapping[str, Any],
    seen: Collection[int],
    scripts: Collection[str] = SCRIPTS,
    most: int = 0,
) -> list[int]:
    """Ids of the pieces to keep, ascending.

    Kept are special pieces, those seen, every single character, and all pieces of the scripts
    (digits and punctuation belong to each). A text that needs only these is cut into the same
    pieces as before: the best of all cuts stays the best among fewer.

    Args:
        data: A tokenizer.json.
        seen: Ids that occur in texts.
        scripts: Of `SCRIPTS`; none keeps the pieces seen and the single characters.
        most: Pieces to keep at most: of those of the scripts the likeliest, by the score that the
            vocabulary gives them. What must be kept is kept past it; 0 keeps all.

    Raises:
        ConfigError: It is not a unigram tokenizer, or a script is not one of these.
    """
    if unknown := set(scripts) - set(SCRIPTS):
        raise ConfigError(
            f"unknown script {sorted(unknown)[0]!r}", hint=f"known: {', '.join(SCRIPTS)}"
        )
    pieces = read_pieces(data)
    special = {token["content"] for token in data.get("added_tokens", [])}
    # What an unknown character costs is reckoned from the lowest score: it must not change.
    lowest = min((score for _, score in pieces), default=0.0)
    wanted = {*scripts, "common"} if scripts else set()

    def is_needed(index: int, piece: str, score: float) -> bool:
        return (
            index in seen
            or piece in special
            or index == data["model"].get("unk_id")
            or len(piece.replace(_SPACE, "")) <= 1
            or score == lowest
            or _BYTE.fullmatch(piece) is not None
        )

    needed, useful = [], []
    for index, (piece, score) in enumerate(pieces):
        if is_needed(index, piece, score):
            needed.append(index)
        elif all(script_of(character) in wanted for character in piece.replace(_SPACE, "")):
            useful.append(index)
    if most:
        useful.sort(key=lambda index: -pieces[index][1])
        useful = useful[: max(0, most - len(needed))]
    return sorted([*needed, *useful])


@cache
def script_of(character: str) -> str:
    """One of `SCRIPTS`, `common` (punctuation, symbols, spaces, digits), or `other`."""
    category = unicodedata.category(character)
    if character.isascii():
        return "ascii" if category[0] == "L" else "common"
    if category[0] not in "LM" and category != "Nd":
        return "common"
    name = unicodedata.name(character, "").removeprefix("COMBINING ")
    return _NAMES.get(re.split("[ -]", name, maxsplit=1)[0], "other")


def number_anew(data: Mapping[str, Any], kept: Sequence[int]) -> dict[int, int]:
    """New id by old id: of the pieces kept, then of added tokens outside the vocabulary."""
    count = len(data["model"]["vocab"])
    outside = sorted(token["id"] for token in data.get("added_tokens", []) if token["id"] >= count)
    return {old: new for new, old in enumerate([*kept, *outside])}


def prune_tokenizer(
    data: Mapping[str, Any], kept: Sequence[int], numbers: Mapping[int, int]
) -> dict[str, Any]:
    """A tokenizer.json with only the pieces kept; every id in it follows their new order."""
    model = dict(data["model"])
    model["vocab"] = [model["vocab"][index] for index in kept]
    if model.get("unk_id") is not None:
        model["unk_id"] = numbers[model["unk_id"]]
    result = {**data, "model": model}
    result["added_tokens"] = [
        {**token, "id": numbers[token["id"]]} for token in data.get("added_tokens", [])
    ]
    result["post_processor"] = _renumber_processor(data.get("post_processor"), numbers)
    if padding := data.get("padding"):
        result["padding"] = {**padding, "pad_id": numbers[padding["pad_id"]]}
    return result


def _renumber_processor(processor: Any, numbers: Mapping[int, int]) -> Any:
    """A post-processor with new ids: a template, a pair as BERT and RoBERTa have, or a sequence."""
    if not isinstance(processor, dict):
        return processor
    result = dict(processor)
    if "processors" in result:
        result["processors"] = [_renumber_processor(one, numbers) for one in result["processors"]]
    if "special_tokens" in result:
        result["special_tokens"] = {
            name: {**token, "ids": [numbers[index] for index in token["ids"]]}
            for name, token in result["special_tokens"].items()
        }
    for end in ("sep", "cls"):
        if end in result:
            piece, index = result[end]
            result[end] = [piece, numbers[index]]
    return result
