"""The user's cache folder: what is dear to compute and can be computed again."""

from __future__ import annotations

import os
import sys
from pathlib import Path

VARIABLE = "FRAMING_CACHE"


def cache_folder() -> Path:
    """Folder of this package's cache: what FRAMING_CACHE names, else the platform's place.

    It need not exist.
    """
    if named := os.environ.get(VARIABLE):
        return Path(named).expanduser()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData/Local") / "framing"
    if sys.platform == "darwin":
        return Path.home() / "Library/Caches/framing"
    given = os.environ.get("XDG_CACHE_HOME", "")
    # The specification has relative paths ignored.
    base = Path(given) if Path(given).is_absolute() else Path.home() / ".cache"
    return base / "framing"
