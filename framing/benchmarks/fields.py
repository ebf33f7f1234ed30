"""Fields of the YAML files about benchmarks, each checked, so that an error names its line."""

from __future__ import annotations

from pathlib import Path

from framing.errors import ConfigError
from framing.files import Located


def read_field(item: Located, key: str, path: Path, default: str | None = None) -> str:
    """A text.

    Raises:
        ConfigError: It is missing and has no default, or is no text.
    """
    if key not in item and default is not None:
        return default
    value = require_field(item, key, path)
    if not isinstance(value, str) or not value.strip():
        raise ConfigError(
            f"`{key}` must be a text, not {value!r}",
            path=path,
            row=item.lines[key],
            hint='put it in quotes, as in "0"' if isinstance(value, int | float) else None,
        )
    return value.strip()


def read_fields(item: Located, key: str, path: Path) -> tuple[str, ...]:
    """A list of texts; empty if it is not there.

    Raises:
        ConfigError: It is something else.
    """
    value = item.get(key, [])
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        raise ConfigError(
            f"`{key}` must be a list of texts, not {value!r}", path=path, row=item.lines[key]
        )
    return tuple(value)


def read_mapping(item: Located, key: str, path: Path) -> Located:
    """Keys and values.

    Raises:
        ConfigError: They are missing, or it is something else.
    """
    value = require_field(item, key, path)
    if not isinstance(value, Located):
        raise ConfigError(f"`{key}` must hold keys and values", path=path, row=item.lines[key])
    return value


def read_entries(item: Located, key: str, path: Path) -> list[Located]:
    """A list of at least one entry with keys.

    Raises:
        ConfigError: It is missing, empty or something else.
    """
    value = require_field(item, key, path)
    if not isinstance(value, list) or not all(isinstance(entry, Located) for entry in value):
        raise ConfigError(
            f"`{key}` must be a list of entries with keys", path=path, row=item.lines[key]
        )
    if not value:
        raise ConfigError(f"`{key}` is empty", path=path, row=item.lines[key])
    return value


def require_field(item: Located, key: str, path: Path) -> object:
    """A value of any kind.

    Raises:
        ConfigError: It is missing.
    """
    if key not in item:
        raise ConfigError(f"key `{key}` is missing", path=path, row=item.line)
    return item[key]
