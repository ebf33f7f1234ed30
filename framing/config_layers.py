"""Layers of a config: a file, the bases it changes and the settings of a command line, as one tree.

A mapping is merged key by key with that of the same name below it; lists and scalars are replaced.
Every key remembers where its value was given.
"""

from __future__ import annotations

import stat
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from framing.errors import ConfigError
from framing.files import Located, check_yaml, load_yaml

BASE = "base"
"""Key of the file that a config changes."""


@dataclass(frozen=True)
class Place:
    """Where a value was given: in a line of a file, or by an option."""

    path: Path | None = None
    row: int | None = None
    option: str = ""
    rank: int = 0
    """What was given at a higher rank counts: bases stand below 0, options above."""

    def describe(self) -> str:
        """The place in a message."""
        return self.option or f"{self.path}, row {self.row}"

    def make_error(self, problem: str, hint: str | None = None) -> ConfigError:
        """An error that names this place."""
        if self.option:
            return ConfigError(f"{self.option}: {problem}", hint=hint)
        return ConfigError(problem, path=self.path, row=self.row, hint=hint)


class Layer(dict[str, Any]):
    """A mapping that remembers where it, and each of its keys, was given."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place
        self.places: dict[str, Place] = {}

    def put(self, key: str, value: Any, place: Place) -> None:
        """Give a key a value."""
        self[key] = value
        self.places[key] = place

    def remove(self, key: str) -> None:
        """Take a key away."""
        del self[key], self.places[key]


def read_layers(path: Path, settings: Sequence[str] = ()) -> Layer:
    """Read a config with the bases under it and the settings over it.

    Args:
        path: The file.
        settings: As in `training.seed=2`; the last one of a key counts.

    Raises:
        ConfigError: A file is not valid, a base is not there or leads back to itself, or a setting
            cannot be understood; the message names the file and line, or the setting.
    """
    merged = Layer(Place(path, 1))
    for layer in reversed(_read_files(path)):
        _merge(layer, merged)
        merged.place = layer.place
    if BASE in merged:
        merged.remove(BASE)
    for number, setting in enumerate(settings, start=1):
        _apply_setting(setting, merged, number)
    return merged


def _read_files(path: Path) -> list[Layer]:
    """The file, its base, the base of that, and so on."""
    layers = [_locate(load_yaml(path, ConfigError), path, rank=0)]
    paths = [path]
    while BASE in layers[-1]:
        place = layers[-1].places[BASE]
        path = _find_base(layers[-1][BASE], place, paths[-1].parent)
        names = [known.resolve() for known in paths]
        paths.append(path)
        if path.resolve() in names:
            circle = " -> ".join(map(str, paths[names.index(path.resolve()) :]))
            raise place.make_error(
                f"`{BASE}` leads back to where it began: {circle}",
                "one of them must stand by itself",
            )
        layers.append(_locate(load_yaml(path, ConfigError), path, rank=-len(layers)))
    return layers


def _find_base(value: Any, place: Place, folder: Path) -> Path:
    hint = "give the path of a YAML file, relative to this one"
    if not isinstance(value, str) or not value:
        raise place.make_error(f"`{BASE}` must be one path, not {value!r}", hint)
    path = folder / value
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise place.make_error(f"`{BASE}` {path} cannot be read ({reason})", hint) from error
    if not stat.S_ISREG(mode):
        kind = "a folder" if stat.S_ISDIR(mode) else "no file"
        raise place.make_error(f"`{BASE}` {path} is {kind}", hint)
    return path


def _locate(data: Located, path: Path, rank: int) -> Layer:
    layer = Layer(Place(path, data.line, rank=rank))
    for key, value in data.items():
        held = _locate(value, path, rank) if isinstance(value, Located) else value
        layer.put(key, held, Place(path, data.lines[key], rank=rank))
    return layer


def _merge(upper: Layer, into: Layer) -> None:
    for key, value in upper.items():
        held = into.get(key)
        if isinstance(value, Layer) and isinstance(held, Layer):
            _merge(value, held)
            held.place = value.place
            value = held
        into.put(key, value, upper.places[key])


def _apply_setting(setting: str, layer: Layer, rank: int) -> None:
    place = Place(option=f"--set {' '.join(setting.split())}", rank=rank)
    dotted, equals, text = setting.partition("=")
    *parents, key = parts = [part.strip() for part in dotted.split(".")]
    if not equals or not all(parts):
        problem = "has an empty key" if equals else "is not KEY=VALUE"
        raise ConfigError(f"{place.option} {problem}", hint="as in --set training.seed=2")
    if parts[0] == BASE:
        raise place.make_error(f"`{BASE}` is not set by an option", "write it into a config")
    value = _parse_value(text, place)
    for depth, parent in enumerate(parents, start=1):
        if parent not in layer:
            layer.put(parent, Layer(place), place)
        held = layer[parent]
        if not isinstance(held, Layer):
            name = ".".join(parts[:depth])
            raise place.make_error(
                f"`{name}` holds {held!r}, and no keys", f"give all of it, as in --set {name}=..."
            )
        layer = held
    layer.put(key, value, place)


def _parse_value(text: str, place: Place) -> Any:
    """A scalar, or a list in brackets, as YAML reads it."""
    hint = "give one value, or a list as in [1, 2]; quote a text with signs"
    try:
        check_yaml(text)
        problem = _find_foreign(yaml.parse(text, Loader=yaml.SafeLoader))
        if not problem:
            return yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        problem = f"the value is not valid YAML ({error.problem})"
    except (yaml.YAMLError, ValueError) as error:
        # ValueError: a date such as 2019-99-99
        problem = f"the value is not valid YAML ({' '.join(str(error).split())})"
    raise place.make_error(problem, hint)


def _find_foreign(events: Iterable[yaml.Event]) -> str:
    """What is neither a scalar nor a list in brackets; nothing if all is."""
    for event in events:
        if isinstance(event, yaml.MappingStartEvent):
            return "the value is a mapping: its keys are set one by one"
        if isinstance(event, yaml.SequenceStartEvent) and not event.flow_style:
            return "the value is a list without brackets"
    return ""


def find_place(layer: Layer, names: Mapping[str, int]) -> Place | None:
    """Where the newest of some values was given.

    Args:
        layer: The whole config.
        names: Dotted keys, with the order in which a tie is decided.

    Returns:
        Its place; None if none of them was given.
    """
    found = []
    for name, order in names.items():
        *parents, key = name.split(".")
        held: Any = layer
        for parent in parents:
            held = held.get(parent) if isinstance(held, Layer) else None
        if isinstance(held, Layer) and key in held:
            found.append((held.places[key].rank, -order, held.places[key]))
    return max(found, key=lambda one: one[:2])[2] if found else None
