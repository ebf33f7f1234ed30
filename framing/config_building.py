"""Building: the tree of a config as dataclasses, every key and value checked.

Any dataclass can be a section whose fields are texts, numbers, booleans, lists of these, and
sections. A message of its `__post_init__` names keys in full (`inputs.units`): the place where the
newest of them was given is named with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args, get_origin

from framing.config_layers import BASE, Layer, Place, find_place
from framing.config_paths import move_paths
from framing.config_values import Day, Key, check_value, list_keys, split_hint
from framing.errors import ConfigError

_EXPONENT = re.compile(r"[+-]?\d{1,20}(\.\d{0,20})?[eE][+-]?\d{1,3}", re.ASCII)
_DOTTED = re.compile(r"\w+(?:\.\w+)+")
_WORDS = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}


def build_config(kind: type[Any], data: Layer, folder: Path) -> Any:
    """Build a config.

    Args:
        kind: Its dataclass.
        data: What the file, its bases and the settings say.
        folder: The file's; paths of bases that lie elsewhere are rewritten to be relative to it.

    Raises:
        ConfigError: A key is unknown, missing or of the wrong type, or a value out of range; the
            message names key and place.
    """
    return _Builder(kind, data, folder).build(kind, data, prefix="")


class _Builder:
    def __init__(self, kind: type[Any], data: Layer, folder: Path) -> None:
        self.kind = kind
        self.data = data
        self.folder = folder

    def build(self, kind: type[Any], data: Layer, *, prefix: str) -> Any:
        keys = list_keys(kind)
        values: dict[str, Any] = {}
        for name, value in data.items():
            place = data.places[name]
            if name not in keys:
                hint = self.suggest(name, place, keys, prefix)
                raise place.make_error(f"unknown key `{prefix}{name}`", hint)
            values[name] = self.read(keys[name], value, place, prefix)
        for name, key in keys.items():
            if name not in values and key.required:
                raise data.place.make_error(f"key `{prefix}{name}` is missing")
        try:
            return kind(**values)
        except ConfigError as error:
            raise self.locate(error, data.place) from error

    def suggest(self, name: str, place: Place, keys: Iterable[str], prefix: str) -> str:
        """What to write instead of a key that is not known."""
        known = [*keys] if prefix else [*keys, BASE]
        near = [f"{prefix}{key}" for key in get_close_matches(name, known, n=1)]
        model = self.data.places.get("model")
        if not near and not prefix and model and model.rank > place.rank:
            # The file was written for another model than the file or option over it asks for.
            where = f"{model.describe()} says model: {self.data['model']}"
            return f"{where}, which has no such key"
        near = near or [key for key in _list_dotted(self.kind, "") if key.endswith(f".{name}")]
        return f"did you mean `{near[0]}`?" if near else f"known: {', '.join(known)}"

    def read(self, key: Key, value: Any, place: Place, prefix: str) -> Any:
        name = f"{prefix}{key.name}"
        if key.section is not None:
            if not isinstance(value, Layer):
                hint = f"set its keys, as in --set {name}.KEY=VALUE" if place.option else None
                raise place.make_error(f"`{name}` must hold keys and values", hint)
            return self.build(key.section, value, prefix=f"{name}.")
        value = self.convert(key.hint, value, place, name)
        try:
            check_value(name, value, key.hint)
        except ConfigError as error:
            raise place.make_error(error.problem, error.hint) from error
        folder = self.folder if place.path is None else place.path.parent
        return move_paths(value, key.hint, folder, self.folder)

    def convert(
        self, hint: Any, value: Any, place: Place, name: str, *, listed: bool = False
    ) -> Any:
        bare, marks = split_hint(hint)
        if get_origin(bare) is list:
            if not isinstance(value, list):
                raise place.make_error(f"`{name}` must be a list, {_show_list(value)}")
            (part,) = get_args(bare)
            return [self.convert(part, one, place, name, listed=True) for one in value]
        if bare is float:
            value = _read_number(value)
        if isinstance(value, date) and any(isinstance(mark, Day) for mark in marks):
            value = value.isoformat()
        # bool is an int to Python, but `folds: true` is a mistake
        if not isinstance(value, bare) or (bare is int and isinstance(value, bool)):
            raise place.make_error(*_describe_type(name, bare, value, place, listed))
        return value

    def locate(self, error: ConfigError, place: Place) -> ConfigError:
        """The error at the place of the newest key it names, if any; else of the section."""
        dotted = _DOTTED.findall(f"{error.problem} {error.hint or ''}")
        names = {name: order for order, name in reversed(list(enumerate(dotted)))}
        return (find_place(self.data, names) or place).make_error(error.problem, error.hint)


def _show_list(value: Any) -> str:
    """How to write a value as a list."""
    if isinstance(value, dict):
        return "not keys and values"
    return "as in [1, 2]" if value is None else f"as in [{value}]"


def _read_number(value: Any) -> Any:
    """A whole number or a text as the float it stands for, if it does."""
    # YAML 1.1 reads 1e-4, a number to everyone else, as a text.
    exponent = isinstance(value, str) and _EXPONENT.fullmatch(value)
    if exponent or (isinstance(value, int) and not isinstance(value, bool)):
        try:
            return float(value)
        except OverflowError:
            return float("inf")
    return value


def _describe_type(
    name: str, kind: type[Any], value: Any, place: Place, listed: bool
) -> tuple[str, str | None]:
    """What is wrong with the type of a value, and what to try."""
    wanted = _WORDS.get(kind, str(kind))
    if value is None:
        hint = 'an empty text is ""' if kind is str and not listed else None
        return f"`{name}` is empty and must be {wanted}", hint
    if isinstance(value, dict):
        return f"`{name}` must be {wanted}, not keys and values", None
    hint = "quote it" if kind is str and not isinstance(value, list) else None
    if hint and place.option:  # a shell takes one pair of quotes away
        quoted = '["no"]' if listed else '"no"'
        hint += f", as in --set '{name}={quoted}'"
    return f"`{name}` must be {wanted}, not {value!r}", hint


def _list_dotted(kind: type[Any], prefix: str) -> Iterator[str]:
    for name, key in list_keys(kind).items():
        if key.section is not None:
            yield from _list_dotted(key.section, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"
