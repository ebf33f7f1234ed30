"""Reading: files as text and JSON, whose faults are named."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from framing.errors import InputError


def read_text(path: Path) -> str:
    """A file as text, line ends as they are.

    Raises:
        InputError: It is missing, a folder, empty, or not UTF-8.
    """
    if path.is_dir():
        raise InputError("is a folder", path=path, hint="give the file inside it")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"cannot be read ({error.strerror or error})", path=path, hint="check the path"
        ) from error
    if not data.strip():
        raise InputError("is empty", path=path, hint="export it again")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("is not UTF-8 text", path=path, hint="save it as UTF-8") from error


def parse_json(text: str, path: str | Path, row: int | None = None) -> Any:
    """Parse JSON.

    Raises:
        InputError: It is not JSON, or holds NaN or Infinity, which no JSON has.
    """
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        hint = "mend that line" if row else "export it again as JSON"
        raise InputError(f"is not JSON ({error})", path=path, row=row, hint=hint) from error


def parse_object(text: str, path: str | Path, row: int | None = None) -> dict[str, Any]:
    """Parse a JSON object.

    Raises:
        InputError: It is not JSON, or something else in JSON.
    """
    value = parse_json(text, path, row)
    if not isinstance(value, dict):
        raise InputError("is not a JSON object", path=path, row=row, hint="mend that line")
    return value


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def read_rows(path: str | Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Read JSON Lines: (row counted from 1, object) of every line that is not blank.

    Raises:
        InputError: The file cannot be read, or a line is no JSON object.
    """
    for row, line in enumerate(read_text(Path(path)).split("\n"), start=1):
        if line.strip():
            yield row, parse_object(line, path, row)


def has_half(text: str) -> bool:
    """Whether a text holds half a character, which no file in UTF-8 can hold."""
    return any("\ud800" <= character <= "\udfff" for character in text)
