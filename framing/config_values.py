"""Keys of a config: what each may hold, written beside its type, and the check of a value.

    epochs: Annotated[int, Range(1, 1000)] = 4

says both to the reader of a file (`framing.config_building`) and to the schema for editors
(`framing.config_schema`) what may stand there.
"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, TypeVar, get_args, get_origin

from framing.errors import ConfigError

_T = TypeVar("_T")


class Mark:
    """What is written beside a type and narrows it."""

    def find_fault(self, value: object, *, listed: bool) -> tuple[str, str] | None:
        """Tell what is wrong with a value, and what to try.

        Args:
            value: The value.
            listed: Whether it is one of a list.

        Returns:
            As in ("is 3", "give 0 to 2"); None if nothing is wrong.
        """
        return None


@dataclass(frozen=True)
class Range(Mark):
    """Lowest and highest number; no highest if None."""

    low: float
    high: float | None = None
    exclusive: bool = False
    """Neither bound itself may stand there."""

    def find_fault(self, value: object, *, listed: bool) -> tuple[str, str] | None:
        """As `Mark` says; a number that is none (.nan) is out of every range."""
        if isinstance(value, int | float) and self._holds(value):
            return None
        return f"{'holds' if listed else 'is'} {value}", self._describe()

    def _holds(self, value: float) -> bool:
        high = float("inf") if self.high is None else self.high
        return self.low < value < high if self.exclusive else self.low <= value <= high

    def _describe(self) -> str:
        if self.exclusive:
            below = "" if self.high is None else f" and less than {_show(self.high)}"
            return f"give more than {_show(self.low)}{below}"
        above = "or more" if self.high is None else f"to {_show(self.high)}"
        return f"give {_show(self.low)} {above}"


@dataclass(frozen=True)
class Choice(Mark):
    """The only values there are."""

    values: tuple[str | int, ...]

    def find_fault(self, value: object, *, listed: bool) -> tuple[str, str] | None:
        """As `Mark` says."""
        if value in self.values:
            return None
        return (
            f"is {value!r}",
            f"use {' or '.join(str(known) for known in self.values if known != '')}",
        )


@dataclass(frozen=True)
class Day(Mark):
    """A text is a day, YYYY-MM-DD, or empty. YAML reads one without quotes as a date of its own."""

    def find_fault(self, value: object, *, listed: bool) -> tuple[str, str] | None:
        """As `Mark` says."""
        try:
            day = date.fromisoformat(str(value)) if value else None
        except ValueError:
            return f"is {value!r}", "give a day, as in 2019-09-01"
        return (
            None
            if day is None or day.isoformat() == value
            else (f"is {value!r}", "as in 2019-09-01")
        )


@dataclass(frozen=True)
class Filled(Mark):
    """A list holds one value or more."""

    def find_fault(self, value: object, *, listed: bool) -> tuple[str, str] | None:
        """As `Mark` says."""
        return None if value else ("is empty", "give one value or more")


@dataclass(frozen=True)
class RelativePath(Mark):
    """A text is a path relative to the config's folder."""

    marked: bool = False
    """Only if it begins with `.` or `/`; else it is a name."""


Several = Annotated[list[_T], Filled()]
"""A list of one value or more."""


@dataclass(frozen=True)
class Key:
    """One key of a section: a field of its dataclass."""

    name: str
    hint: Any
    """Its annotation, with what is written beside the type."""
    default: Any
    """The value without one in the file; `dataclasses.MISSING` if there must be one."""

    @property
    def required(self) -> bool:
        """Whether it must be given."""
        return self.default is dataclasses.MISSING

    @property
    def section(self) -> type[Any] | None:
        """The dataclass of what it holds, if it holds keys."""
        bare, _ = split_hint(self.hint)
        return bare if isinstance(bare, type) and dataclasses.is_dataclass(bare) else None


def list_keys(kind: type[Any]) -> Mapping[str, Key]:
    """Keys of a section, by name and in order; not what is set on loading (`folder`)."""
    hints = typing.get_type_hints(kind, include_extras=True)
    keys = {}
    for field in dataclasses.fields(kind):
        if field.name == "folder":
            continue
        default = field.default
        if field.default_factory is not dataclasses.MISSING:
            default = field.default_factory()
        keys[field.name] = Key(field.name, hints[field.name], default)
    return keys


def split_hint(hint: Any) -> tuple[Any, tuple[Mark, ...]]:
    """A type, and what is written beside it."""
    if get_origin(hint) is not Annotated:
        return hint, ()
    bare, *marks = get_args(hint)
    return bare, tuple(mark for mark in marks if isinstance(mark, Mark))


def check_value(key: str, value: object, hint: Any, *, listed: bool = False) -> None:
    """Check a value of the right type, and all that stands in it if it is a list.

    Args:
        key: Its name, for the message.
        value: The value.
        hint: Its annotation.
        listed: Whether it stands in a list of that name.

    Raises:
        ConfigError: It is not what the annotation allows.
    """
    bare, marks = split_hint(hint)
    for mark in marks:
        if fault := mark.find_fault(value, listed=listed):
            raise ConfigError(f"{key} {fault[0]}", hint=fault[1])
    if get_origin(bare) is list and isinstance(value, list):
        for part in value:
            check_value(key, part, get_args(bare)[0], listed=True)


def check_section(section: Any, prefix: str) -> None:
    """Check every value of a section, however it was built.

    Args:
        section: A dataclass.
        prefix: What stands before its keys in a message, as in `training.`; nothing at the top.

    Raises:
        ConfigError: A value is not what its annotation allows.
    """
    for key in list_keys(type(section)).values():
        check_value(f"{prefix}{key.name}", getattr(section, key.name), key.hint)


def _show(number: float) -> str:
    return str(number) if isinstance(number, int) else f"{number:g}"
