"""Records that several runs add to, at different times or at once."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from framing.files import write_json
from framing.reading import read_json


@contextmanager
def update_record(path: Path) -> Iterator[dict[str, Any]]:
    """A JSON file's object, to be changed in place; it is written whole when the block ends.

    Two runs that end at the same time wait for each other: neither loses what the other adds. If
    the block raises, the file stays as it was.

    Args:
        path: The file; an empty object if it is not there yet.

    Raises:
        InputError: It is no JSON.
        OutputError: It cannot be written.
    """
    folder = os.open(path.resolve().parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        record: dict[str, Any] = read_json(path) if path.exists() else {}
        yield record
        write_json(path, record)
    finally:
        os.close(folder)
