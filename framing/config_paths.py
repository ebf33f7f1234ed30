"""Paths in a config: relative to one folder, and rewritten to be relative to another."""

from __future__ import annotations

import dataclasses
import os
from itertools import takewhile
from pathlib import Path
from typing import Any, get_args, get_origin

from framing.config_values import RelativePath, list_keys, split_hint


def move_paths(value: Any, hint: Any, source: Path, target: Path) -> Any:
    """Rewrite a value, if it is a path, or a list of paths.

    Args:
        value: The value.
        hint: Its annotation, which says whether it is a path.
        source: Folder that it is relative to.
        target: Folder that it is to be relative to.

    Returns:
        What leads from `target` to where the value led from `source`; all else as it is.
    """
    bare, marks = split_hint(hint)
    if get_origin(bare) is list:
        (part,) = get_args(bare)
        return [move_paths(one, part, source, target) for one in value]
    for mark in marks:
        if isinstance(mark, RelativePath):
            return _move(value, source.resolve(), target.resolve(), marked=mark.marked)
    return value


def move_section(section: Any, source: Path, target: Path) -> Any:
    """The same section, a dataclass, with all its paths rewritten as `move_paths` says."""
    changes = {}
    for name, key in list_keys(type(section)).items():
        value = getattr(section, name)
        if key.section is not None:
            changes[name] = move_section(value, source, target)
        else:
            changes[name] = move_paths(value, key.hint, source, target)
    return dataclasses.replace(section, **changes)


def _move(value: str, source: Path, target: Path, *, marked: bool) -> str:
    """A path from another folder; an empty text, a name or an absolute path stays as it is.

    Links are followed in the two folders alone: what a path says after its leading `..` is kept.
    """
    is_name = marked and not value.startswith(".")
    if source == target or not value or is_name or Path(value).is_absolute():
        return value
    parts = Path(value).parts
    up = list(takewhile(lambda part: part == "..", parts))
    start = os.path.relpath(os.path.normpath(source.joinpath(*up)), target)
    moved = str(Path(start, *parts[len(up) :]))
    return f"./{moved}" if marked and not moved.startswith(".") else moved
