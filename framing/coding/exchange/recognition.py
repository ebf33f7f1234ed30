"""Recognition: which tool an export is of, told by how it begins."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from framing.coding.exchange.downloads import COLUMNS, DELIMITERS, is_zip, list_zipped
from framing.errors import InputError
from framing.reading import open_bytes

LABEL_STUDIO, DOCCANO_JSONL, DOCCANO_CSV = "label-studio", "doccano-jsonl", "doccano-csv"
"""Formats an export can have, as they are given to `--from`."""
_BEGINNING = 1 << 16
_OF_TASKS = ('"annotations"', '"annotation_id"', '"data"')
_AS_JSON = "export the project as JSON or JSON-MIN"


@dataclass(frozen=True, slots=True)
class Format:
    """What an export looks like."""

    name: str
    """In words."""
    tool: str | None
    """As given to `--from`; None for what cannot be imported."""
    hint: str = ""
    """What to do with what cannot be."""


_KNOWN = {
    LABEL_STUDIO: Format("a JSON export of Label Studio", LABEL_STUDIO),
    DOCCANO_JSONL: Format("JSON Lines of doccano", DOCCANO_JSONL),
    DOCCANO_CSV: Format("CSV of doccano", DOCCANO_CSV),
}


def require_format(path: str | Path, tool: str) -> None:
    """Refuse an export that is plainly of another tool, or of the same one in another format.

    Args:
        path: The export.
        tool: As given to `--from`.

    Raises:
        InputError: It is, or it is missing or a folder.
    """
    found = recognise_format(path)
    if found is None or found.tool == tool:
        return
    hint = f"try --from {found.tool}" if found.tool else found.hint
    raise InputError(f"looks like {found.name}", path=path, hint=hint)


def recognise_format(path: str | Path) -> Format | None:
    """Tell what an export is by how it begins; None where that tells nothing.

    Raises:
        InputError: It is missing or a folder.
    """
    if is_zip(path):
        return _recognise_zip(Path(path))
    with open_bytes(path) as stream:
        beginning = stream.read(_BEGINNING).decode("utf-8-sig", "replace").lstrip()
    line = beginning.partition("\n")[0].rstrip("\r")
    if beginning.startswith("["):
        return _recognise_list(beginning)
    if beginning.startswith("{"):
        return _recognise_object(line)
    for delimiter in DELIMITERS:
        columns = {cell.strip().strip('"') for cell in line.split(delimiter)}
        if columns >= {"annotation_id", "annotator"}:
            return Format("a CSV or TSV export of Label Studio", None, _AS_JSON)
        if columns >= set(COLUMNS):
            return _KNOWN[DOCCANO_CSV]
    return None


def _recognise_zip(path: Path) -> Format | None:
    endings = {Path(name).suffix.lower() for name in list_zipped(path)}
    for ending, tool in ((".jsonl", DOCCANO_JSONL), (".csv", DOCCANO_CSV)):
        if endings == {ending}:
            known = _KNOWN[tool]
            return Format(f"a zip of {known.name}", tool)
    return None


def _recognise_list(beginning: str) -> Format | None:
    if any(key in beginning for key in _OF_TASKS):
        return _KNOWN[LABEL_STUDIO]
    if '"label"' in beginning:
        return Format("JSON of doccano", None, "export the project as JSONL or CSV")
    return None


def _recognise_object(line: str) -> Format | None:
    """JSON Lines have a whole object in their first line."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return _KNOWN[DOCCANO_JSONL] if isinstance(row, dict) and "text" in row else None
