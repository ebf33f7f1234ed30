"""Training configs: a YAML file as frozen dataclasses, every key checked."""

from __future__ import annotations

import dataclasses
import re
import types
import typing
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from framing.errors import ConfigError
from framing.files import Located, load_yaml
from framing.transformer_config import EncoderConfig, FitConfig, InputConfig, LossConfig

_EXPONENT = re.compile(r"[+-]?\d{1,20}(\.\d{0,20})?[eE][+-]?\d{1,3}", re.ASCII)
# Lowest and highest value of a candidate; 0 to 1 where not named.
_RANGES: dict[str, tuple[float, float]] = {
    "word_max": (0, 5),
    "word_weight": (0.001, 100),
    "char_min": (1, 12),
    "char_max": (1, 12),
    "min_units": (1, 1000),
    "max_features": (1, 10_000_000),
    "context_weights": (0, 10),
    "inverse_penalty": (1e-6, 1e6),
    "speaker_inverse_penalty": (1e-6, 1e6),
}


@dataclass(frozen=True, kw_only=True)
class DataConfig:
    """Where the coded text lies; paths are relative to the config file's folder."""

    articles: str
    """Folder of articles."""
    codes: str
    """File of standoff codes."""
    coder: str = "gold"
    """Whose codes to learn from."""
    codebook: str
    """The codebook file."""


@dataclass(frozen=True, kw_only=True)
class SplitConfig:
    """Which articles are held out for testing: those of a split file, or a draw by hash."""

    file: str = ""
    """Split file (`framing corpus split`), relative to the config file's folder; its `test` is
    held out. Without one, articles are drawn by the hashes of their names."""
    test_share: float = 0.2
    """Share of the articles of each language, in (0, 1)."""
    salt: str = ""
    """Another value draws other articles."""

    def __post_init__(self) -> None:
        """Check the share, and that it is asked for only where something is drawn.

        Raises:
            ConfigError: It is not between 0 and 1, or a file is given beside it.
        """
        if self.file and (self.salt or self.test_share != type(self).test_share):
            raise ConfigError(
                "split.file stands beside split.test_share or split.salt",
                hint="the file says who is held out: leave the others away",
            )
        if not 0 < self.test_share < 1:
            raise ConfigError(f"split.test_share is {self.test_share}", hint="try 0.2")


@dataclass(frozen=True, kw_only=True)
class CandidateConfig:
    """Values to choose from by cross-validation; every combination is tried."""

    word_max: list[int] = field(default_factory=lambda: [2])
    word_weight: list[float] = field(default_factory=lambda: [1.0])
    char_min: list[int] = field(default_factory=lambda: [2])
    char_max: list[int] = field(default_factory=lambda: [5])
    min_units: list[int] = field(default_factory=lambda: [2])
    max_features: list[int] = field(default_factory=lambda: [60_000])
    context_weights: list[list[float]] = field(default_factory=lambda: [[], [0.6, 0.4]])
    balanced: list[bool] = field(default_factory=lambda: [True])
    count_ratios: list[bool] = field(default_factory=lambda: [True])
    inverse_penalty: list[float] = field(default_factory=lambda: [1.0, 10.0])
    speaker_inverse_penalty: list[float] = field(default_factory=lambda: [10.0])

    def __post_init__(self) -> None:
        """Check that there is something to choose from.

        Raises:
            ConfigError: A list is empty.
        """
        for entry in dataclasses.fields(self):
            values = getattr(self, entry.name)
            if not values:
                raise ConfigError(
                    f"candidates.{entry.name} is empty", hint="give one value or more"
                )
            low, high = _RANGES.get(entry.name, (0, 1))
            for value in values:
                parts = value if isinstance(value, list) else [value]
                if not all(low <= part <= high for part in parts):
                    raise ConfigError(
                        f"candidates.{entry.name} holds {value}", hint=f"give {low:g} to {high:g}"
                    )
        if min(self.char_max) < max(self.char_min):
            raise ConfigError("candidates.char_max is below candidates.char_min")


@dataclass(frozen=True, kw_only=True)
class SelectionConfig:
    """How the candidates are compared."""

    folds: int = 5
    """Folds of the cross-validation, cut by article."""
    seed: int = 0
    """Of the cut."""

    def __post_init__(self) -> None:
        """Check the number of folds.

        Raises:
            ConfigError: It is below 2.
        """
        if self.folds < 2:
            raise ConfigError(f"selection.folds is {self.folds}", hint="give 2 or more")
        if self.seed < 0:
            raise ConfigError(f"selection.seed is {self.seed}", hint="give 0 or more")


@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """What every training run has, whatever the model."""

    name: str
    """Name of the run, for the card."""
    model: str = "tfidf"
    """Kind of model."""
    data: DataConfig
    split: SplitConfig = field(default_factory=SplitConfig)
    output: str
    """Folder the model is written to, relative to the config file's folder."""
    folder: Path = Path()
    """The config file's folder; set on loading."""

    def resolve(self, path: str) -> Path:
        """A path of the config, seen from the working folder."""
        return (self.folder / path).resolve()

    def plain(self) -> dict[str, Any]:
        """The config as it goes into a record: nothing of this machine."""
        values = dataclasses.asdict(self)
        del values["folder"]
        # Last, as configs have it.
        values["output"] = values.pop("output")
        return values


@dataclass(frozen=True, kw_only=True)
class TrainConfig(RunConfig):
    """One training run of the baseline."""

    candidates: CandidateConfig = field(default_factory=CandidateConfig)
    selection: SelectionConfig = field(default_factory=SelectionConfig)


@dataclass(frozen=True, kw_only=True)
class TransformerConfig(RunConfig):
    """One fine-tuning run of a transformer."""

    encoder: EncoderConfig
    inputs: InputConfig = field(default_factory=InputConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    training: FitConfig = field(default_factory=FitConfig)
    ngrams: str = ""
    """Config of a baseline, relative to this file's folder. As its `candidates` and `selection`
    say, a linear model of n-grams is fitted on train, and scores the frames beside the network."""
    export_bits: int = 8
    """Bits of what the exported network multiplies: 8, or 7 where processors without VNNI are to
    compute the same. The network as torch has it is kept in a folder of its own. 0 exports
    nothing."""
    score_test: bool = False
    """Score the test articles at the end. Choose on dev; touch the test set once."""

    def __post_init__(self) -> None:
        """Check that the split says who is dev, and the bits.

        Raises:
            ConfigError: It has no file, or there are too few or too many bits.
        """
        if self.export_bits not in (0, 7, 8):
            raise ConfigError(f"export_bits is {self.export_bits}", hint="give 7, 8, or 0")
        if not self.split.file:
            raise ConfigError(
                "split.file is missing: early stopping and calibration need its `dev`",
                hint="draw one: framing corpus split --write",
            )


_KINDS: dict[str, type[RunConfig]] = {"tfidf": TrainConfig, "transformer": TransformerConfig}


def load_config(path: str | Path) -> TrainConfig | TransformerConfig:
    """Load and check a training config.

    Raises:
        ConfigError: A key is unknown, missing or of the wrong type; the message names key and line.
    """
    path = Path(path)
    data = load_yaml(path, ConfigError)
    if "folder" in data:
        raise ConfigError("unknown key `folder`", path=path, row=data.lines["folder"])
    kind = data.get("model", "tfidf")
    if not isinstance(kind, str) or kind not in _KINDS:
        raise ConfigError(
            f"model {kind!r} cannot be trained",
            path=path,
            row=data.lines["model"],
            hint=f"use {' or '.join(f'`{known}`' for known in _KINDS)}",
        )
    config = _build(_KINDS[kind], data, path, prefix="")
    built: TrainConfig | TransformerConfig = dataclasses.replace(config, folder=path.parent)
    return built


def _build(kind: type[Any], data: Located, path: Path, *, prefix: str) -> Any:
    fields = {entry.name: entry for entry in dataclasses.fields(kind) if entry.name != "folder"}
    hints = typing.get_type_hints(kind)
    values: dict[str, Any] = {}
    for key, value in data.items():
        if key not in fields:
            near = get_close_matches(key, fields, n=1)
            hint = f"did you mean `{prefix}{near[0]}`?" if near else f"known: {', '.join(fields)}"
            raise ConfigError(
                f"unknown key `{prefix}{key}`", path=path, row=data.lines[key], hint=hint
            )
        values[key] = _convert(hints[key], value, path, data.lines[key], f"{prefix}{key}")
    for name, entry in fields.items():
        has_default = (
            entry.default is not dataclasses.MISSING
            or entry.default_factory is not dataclasses.MISSING
        )
        if name not in values and not has_default:
            raise ConfigError(f"key `{prefix}{name}` is missing", path=path, row=data.line)
    try:
        return kind(**values)
    except ConfigError as error:
        raise ConfigError(error.problem, path=path, row=data.line, hint=error.hint) from error


def _convert(hint: Any, value: Any, path: Path, row: int, key: str) -> Any:
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        if not isinstance(value, Located):
            raise ConfigError(f"`{key}` must hold keys and values", path=path, row=row)
        return _build(hint, value, path, prefix=f"{key}.")
    if typing.get_origin(hint) is list:
        (item,) = typing.get_args(hint)
        if not isinstance(value, list):
            raise ConfigError(f"`{key}` must be a list, as in [{value}]", path=path, row=row)
        entries = value
        return [_convert(item, entry, path, row, key) for entry in entries]
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    # YAML 1.1 reads 1e-4, a number to everyone else, as a text.
    if hint is float and isinstance(value, str) and _EXPONENT.fullmatch(value):
        return float(value)
    # bool is an int to Python, but `folds: true` is a mistake
    if not isinstance(value, hint) or (hint is int and isinstance(value, bool)):
        name = hint.__name__ if not isinstance(hint, types.UnionType) else str(hint)
        words = {
            "str": "a text",
            "int": "a whole number",
            "float": "a number",
            "bool": "true or false",
        }
        raise ConfigError(
            f"`{key}` must be {words.get(name, name)}, not {value!r}", path=path, row=row
        )
    return value
