"""Reading: files as bytes, text, JSON and JSON Lines, whose faults are named alike."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from framing.errors import FramingError, InputError

_CHECK_PATH = "check the path"
_EXPORT_AGAIN = "export it again"
_MEND = "mend that line"


def open_bytes(
    path: str | Path, *, missing: str = _CHECK_PATH, error: type[FramingError] = InputError
) -> IO[bytes]:
    """Open a file that is there and may be read.

    Args:
        path: The file.
        missing: What to try where it cannot be read.
        error: Kind of error to raise.

    Raises:
        FramingError: Of the kind given: it is missing or a folder, or may not be read.
    """
    if Path(path).is_dir():
        raise error("is a folder", path=path, hint="give the file inside it")
    try:
        return Path(path).open("rb")
    except OSError as problem:
        raise error(
            f"cannot be read ({problem.strerror or problem})", path=path, hint=missing
        ) from problem


def read_bytes(
    path: str | Path,
    *,
    hint: str = _EXPORT_AGAIN,
    missing: str = _CHECK_PATH,
    error: type[FramingError] = InputError,
) -> bytes:
    """Read a file that holds something.

    Args:
        path: The file.
        hint: What to try where it holds nothing.
        missing: What to try where it cannot be read.
        error: Kind of error to raise.

    Raises:
        FramingError: Of the kind given: it is missing, a folder, or empty.
    """
    with open_bytes(path, missing=missing, error=error) as stream:
        data = stream.read()
    if not data.strip():
        raise error("is empty", path=path, hint=hint)
    return data


def read_text(
    path: str | Path,
    *,
    hint: str = _EXPORT_AGAIN,
    missing: str = _CHECK_PATH,
    error: type[FramingError] = InputError,
) -> str:
    """Read a file as UTF-8, line ends as they are, a byte order mark dropped; see `read_bytes`.

    Raises:
        FramingError: Of the kind given: it is missing, a folder, empty, or not UTF-8.
    """
    return _decode(read_bytes(path, hint=hint, missing=missing, error=error), path, None, error)


def read_json(path: str | Path, *, hint: str = _EXPORT_AGAIN, missing: str = _CHECK_PATH) -> Any:
    """Read a JSON file.

    Args:
        path: The file.
        hint: What to try where it holds nothing, or no JSON.
        missing: What to try where it cannot be read.

    Raises:
        InputError: It is missing, a folder, empty, not UTF-8 or not JSON, or holds NaN or Infinity,
            which are not JSON.
    """
    text = read_text(path, hint=hint, missing=missing)
    try:
        return _parse(text)
    except (ValueError, RecursionError) as error:
        row = error.lineno if isinstance(error, json.JSONDecodeError) else None
        raise InputError(
            f"is not JSON ({describe_fault(error)})", path=path, row=row, hint=hint
        ) from error


def read_json_lines(path: str | Path, *, hint: str = _MEND) -> Iterator[tuple[int, dict[str, Any]]]:
    """Read a JSON Lines file row by row, never the whole of it at once.

    Args:
        path: The file.
        hint: What to try where a row is no JSON object.

    Yields:
        Row number, counted from 1, and its object. Blank lines are passed over, and an empty file
        gives nothing: what it lacks is for the caller to say.

    Raises:
        InputError: It is missing or a folder, or a row is not UTF-8, not JSON or not an object.
    """
    with open_bytes(path) as stream:
        for row, line in enumerate(stream, start=1):
            if line.strip():
                yield row, parse_object(line, path, row=row, hint=hint)


def parse_object(
    line: bytes, path: str | Path, *, row: int | None = None, hint: str = _MEND
) -> dict[str, Any]:
    """Parse one JSON object.

    Raises:
        InputError: It is not UTF-8, not JSON, or something else in JSON.
    """
    text = _decode(line, path, row, InputError)
    try:
        value = _parse(text)
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"is not JSON ({describe_fault(error)})", path=path, row=row, hint=hint
        ) from error
    if not isinstance(value, dict):
        raise InputError("is not a JSON object", path=path, row=row, hint=hint)
    return value


def describe_fault(error: Exception) -> str:
    """Why something is not JSON, in a few words."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg.rstrip(':')}, column {error.colno}"
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)


def _decode(data: bytes, path: str | Path, row: int | None, error: type[FramingError]) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise error("is not UTF-8 text", path=path, row=row, hint="save it as UTF-8") from problem


def _parse(text: str) -> Any:
    return json.loads(text, parse_constant=_refuse_constant)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")
