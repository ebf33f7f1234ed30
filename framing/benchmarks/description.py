"""Descriptions of benchmarks: which files there are, and what the fields of their rows mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from framing.benchmarks.fields import read_entries, read_field, read_fields, read_mapping
from framing.errors import ConfigError
from framing.files import Located, load_yaml, refuse_unknown_keys

FEW_SHOT = "few-shot"
_KEYS = ("name", "title", "source", "codebook", "folds", "labels", "files")
_FILE_KEYS = ("path", "part", "fold_field", "first_field", "few_shot_field")


@dataclass(frozen=True, kw_only=True)
class BenchmarkFile:
    """One JSON Lines file of a benchmark."""

    path: str
    """Its name in the benchmark's folder."""
    part: str = ""
    """Part of all its rows; empty where `fold_field` says it."""
    fold_field: str = ""
    """Field that holds the official test fold of a row, which is its part."""
    first_field: str = ""
    """Field that holds the first label, where one of several comes first. Without it the first
    label of a row with one label is that label, and of a row with several it is not known."""
    few_shot_field: str = ""
    """Field that is true for the rows that the authors learn from; they are a part of their own,
    `few_shot_part`."""

    @property
    def few_shot_part(self) -> str:
        """Part of the rows that the authors learn from."""
        return f"{self.part} {FEW_SHOT}"

    def list_parts(self, folds: tuple[str, ...]) -> tuple[str, ...]:
        """The parts its rows may have, given the benchmark's folds."""
        if self.fold_field:
            return folds
        return (self.part, self.few_shot_part) if self.few_shot_field else (self.part,)


@dataclass(frozen=True, kw_only=True)
class BenchmarkDescription:
    """What a benchmark consists of."""

    name: str
    title: str = ""
    source: str = ""
    """Repository, commit and papers."""
    codebook: Path
    """Its labels as a codebook file, in the source's order."""
    folds: tuple[str, ...] = ()
    """The official test folds, if there are any."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Label id by label as published, where the two differ."""
    files: tuple[BenchmarkFile, ...]


def load_description(path: str | Path) -> BenchmarkDescription:
    """Load and check the description of a benchmark.

    Raises:
        ConfigError: A key is unknown, missing or of the wrong type, or keys do not fit together.
    """
    path = Path(path)
    item = load_yaml(path, ConfigError)
    refuse_unknown_keys(item, _KEYS, ConfigError, path)
    folds = read_fields(item, "folds", path)
    renamed = read_mapping(item, "labels", path) if "labels" in item else Located()
    return BenchmarkDescription(
        name=read_field(item, "name", path),
        title=read_field(item, "title", path, ""),
        source=read_field(item, "source", path, ""),
        codebook=path.parent / read_field(item, "codebook", path),
        folds=folds,
        labels={label: read_field(renamed, label, path) for label in renamed},
        files=tuple(_read_file(entry, folds, path) for entry in read_entries(item, "files", path)),
    )


def _read_file(item: Located, folds: tuple[str, ...], path: Path) -> BenchmarkFile:
    refuse_unknown_keys(item, _FILE_KEYS, ConfigError, path)
    file = BenchmarkFile(
        path=read_field(item, "path", path),
        **{key: read_field(item, key, path, "") for key in _FILE_KEYS if key != "path"},
    )
    if bool(file.part) == bool(file.fold_field):
        raise ConfigError(
            f"{file.path} needs either `part` or `fold_field`",
            path=path,
            row=item.line,
            hint="name the part of its rows, or the field that holds their fold",
        )
    if file.fold_field and not folds:
        raise ConfigError(
            f"{file.path} has a `fold_field`, and no `folds` are listed",
            path=path,
            row=item.line,
            hint='list them, as in folds: ["0", "1"]',
        )
    if file.fold_field and file.few_shot_field:
        raise ConfigError(
            f"{file.path} has both `fold_field` and `few_shot_field`",
            path=path,
            row=item.line,
            hint="leave one of them away",
        )
    return file
