"""Training configs: a YAML file as frozen dataclasses, every key checked."""

from __future__ import annotations

import dataclasses
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml

from framing.benchmark_config import BenchmarkConfig
from framing.config_building import build_config
from framing.config_layers import read_layers
from framing.config_paths import move_section
from framing.config_values import (
    Choice,
    Range,
    RelativePath,
    Several,
    check_section,
    list_keys,
)
from framing.errors import ConfigError
from framing.evaluation_config import EvaluationConfig
from framing.transformer_config import EncoderConfig, FitConfig, InputConfig, LossConfig

# `framing run` makes a folder of that name.
_FOLDER_NAME = re.compile(r"\w[\w .+-]*")
_Penalty = Annotated[float, Range(1e-6, 1e6)]


@dataclass(frozen=True, kw_only=True)
class DataConfig:
    """Where the coded text lies; paths are relative to the config file's folder."""

    articles: Annotated[str, RelativePath()]
    """Folder of articles."""
    codes: Annotated[str, RelativePath()]
    """File of standoff codes."""
    coder: str = "gold"
    """Whose codes to learn from."""
    codebook: Annotated[str, RelativePath()]
    """The codebook file."""


@dataclass(frozen=True, kw_only=True)
class SplitConfig:
    """Which articles are held out for testing: those of a split file, or a draw by hash."""

    file: Annotated[str, RelativePath()] = ""
    """Split file (`framing corpus split`), relative to the config file's folder; its `test` is
    held out. Without one, articles are drawn by the hashes of their names."""
    test_share: Annotated[float, Range(0, 1, exclusive=True)] = 0.2
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
        check_section(self, "split.")


@dataclass(frozen=True, kw_only=True)
class CandidateConfig:
    """Values to choose from by cross-validation; every combination is tried."""

    word_max: Several[Annotated[int, Range(0, 5)]] = field(default_factory=lambda: [2])
    word_weight: Several[Annotated[float, Range(0.001, 100)]] = field(default_factory=lambda: [1.0])
    char_min: Several[Annotated[int, Range(1, 12)]] = field(default_factory=lambda: [2])
    char_max: Several[Annotated[int, Range(1, 12)]] = field(default_factory=lambda: [5])
    min_units: Several[Annotated[int, Range(1, 1000)]] = field(default_factory=lambda: [2])
    max_features: Several[Annotated[int, Range(1, 10_000_000)]] = field(
        default_factory=lambda: [60_000]
    )
    context_weights: Several[list[Annotated[float, Range(0, 10)]]] = field(
        default_factory=lambda: [[], [0.6, 0.4]]
    )
    balanced: Several[bool] = field(default_factory=lambda: [True])
    count_ratios: Several[bool] = field(default_factory=lambda: [True])
    inverse_penalty: Several[_Penalty] = field(default_factory=lambda: [1.0, 10.0])
    speaker_inverse_penalty: Several[_Penalty] = field(default_factory=lambda: [10.0])

    def __post_init__(self) -> None:
        """Check that there is something to choose from, and every value.

        Raises:
            ConfigError: A list is empty, or a value is out of range.
        """
        check_section(self, "candidates.")
        if min(self.char_max) < max(self.char_min):
            raise ConfigError("candidates.char_max is below candidates.char_min")


@dataclass(frozen=True, kw_only=True)
class SelectionConfig:
    """How the candidates are compared."""

    folds: Annotated[int, Range(2)] = 5
    """Folds of the cross-validation, cut by article."""
    seed: Annotated[int, Range(0)] = 0
    """Of the cut."""

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises:
            ConfigError: There are fewer than two folds, or the seed is negative.
        """
        check_section(self, "selection.")


@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """What every training run has, whatever the model."""

    name: str
    """Name of the run, for the card."""
    model: str = "tfidf"
    """Kind of model."""
    data: DataConfig = field(default_factory=lambda: DataConfig(articles="", codes="", codebook=""))
    benchmark: BenchmarkConfig = field(default_factory=BenchmarkConfig)
    split: SplitConfig = field(default_factory=SplitConfig)
    evaluation: EvaluationConfig = field(default_factory=EvaluationConfig)
    output: Annotated[str, RelativePath()]
    """Folder the model is written to, relative to the config file's folder."""
    folder: Path = Path()
    """The config file's folder; set on loading."""

    def __post_init__(self) -> None:
        """Check that there is something to learn from, and only one thing.

        Raises:
            ConfigError: `data` is missing, or a benchmark stands beside it; or the name cannot be
                that of a folder.
        """
        if not _FOLDER_NAME.fullmatch(self.name):
            raise ConfigError(
                f"`name` is {self.name!r}: a run's folder cannot be called that",
                hint="use letters, digits, - and _",
            )
        paths = {name: getattr(self.data, name) for name in ("articles", "codes", "codebook")}
        if self.benchmark.path:
            for name in [name for name, path in paths.items() if path]:
                raise ConfigError(f"data.{name} stands beside benchmark.path")
            self._check_benchmark()
            return
        if not any(paths.values()):
            raise ConfigError("key `data` is missing")

    def _check_benchmark(self) -> None:
        chosen = self.evaluation
        if self.split.file or chosen.hold_out or chosen.train_shares or len(chosen.texts) > 1:
            raise ConfigError(
                "benchmark.path stands beside split.file, or beside evaluation.hold_out, "
                "evaluation.train_shares or further evaluation.texts",
                hint="a benchmark brings its own folds",
            )

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
    ngrams: Annotated[str, RelativePath()] = ""
    """Config of a baseline, relative to this file's folder. As its `candidates` and `selection`
    say, a linear model of n-grams is fitted on train, and scores the frames beside the network."""
    export_bits: Annotated[int, Choice((8, 7, 0))] = 8
    """Bits of what the exported network multiplies: 8, or 7 where processors without VNNI are to
    compute the same. The network as torch has it is kept in a folder of its own. 0 exports
    nothing."""
    score_test: bool = False
    """Score the test articles at the end. Choose on dev; touch the test set once."""

    def __post_init__(self) -> None:
        """Check the bits, and that the split says who is dev.

        Raises:
            ConfigError: There are too few or too many bits, or the split has no file.
        """
        super().__post_init__()
        check_section(self, "")
        if not (self.split.file or self.benchmark.path):
            raise ConfigError(
                "split.file is missing: early stopping and calibration need its `dev`",
                hint="draw one: framing corpus split --write",
            )


_AnyConfig = TypeVar("_AnyConfig", bound=RunConfig)
_KINDS: dict[str, type[RunConfig]] = {"tfidf": TrainConfig, "transformer": TransformerConfig}


def list_kinds() -> Mapping[str, type[RunConfig]]:
    """The kinds of config there are, by what `model` says."""
    return _KINDS


def load_config(path: str | Path, settings: Sequence[str] = ()) -> TrainConfig | TransformerConfig:
    """Load and check a training config.

    A key `base` names another file, relative to this one, which this one changes. What is not given
    in `settings`, the file or its bases has its default.

    Args:
        path: The file.
        settings: Values of keys that count instead of the file's, as in `training.seed=2`, read as
            YAML; paths are relative to the file's folder.

    Raises:
        ConfigError: A key is unknown, missing or of the wrong type; the message names key and line,
            of the base if it stands there, or the setting.
    """
    path = Path(path)
    data = read_layers(path, settings)
    kind = data.get("model", RunConfig.model)
    if not isinstance(kind, str) or kind not in _KINDS:
        raise data.places["model"].make_error(
            f"model {kind!r} cannot be trained",
            f"use {' or '.join(f'`{known}`' for known in _KINDS)}",
        )
    built = build_config(_KINDS[kind], data, path.parent)
    config: TrainConfig | TransformerConfig = dataclasses.replace(built, folder=path.parent)
    return config


def render_config(config: RunConfig) -> str:
    """The config as YAML: every key in the order of the dataclasses, defaults included.

    Written into the config's folder, it loads as an equal config.
    """
    values = dataclasses.asdict(config)
    plain = {name: values[name] for name in list_keys(type(config))}
    return yaml.dump(plain, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=sys.maxsize)


def move_config(config: _AnyConfig, folder: Path) -> _AnyConfig:
    """The same config seen from another folder: its relative paths lead where they led."""
    moved: _AnyConfig = move_section(config, config.folder, folder)
    return dataclasses.replace(moved, folder=folder)


class _Dumper(yaml.SafeDumper):
    """Lists in brackets on one line; no aliases, which configs may not have."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


_Dumper.add_representer(
    list, lambda dumper, value: dumper.represent_sequence("tag:yaml.org,2002:seq", value, True)
)
