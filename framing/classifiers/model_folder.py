"""Model folders: what kind of model one holds, and whether its files are the ones it names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from framing.errors import ModelError
from framing.files import digest_bytes

if TYPE_CHECKING:
    from framing.codebook import Codebook

DESCRIPTION = "model.json"


def read_description(folder: str | Path) -> dict[str, Any]:
    """Read a model folder's `model.json`.

    Raises:
        ModelError: There is no such folder or file, or it is not JSON.
    """
    path = Path(folder) / DESCRIPTION
    if not Path(folder).is_dir():
        raise ModelError(
            "is not a folder", path=folder, hint="give a model folder, or a shipped model's name"
        )
    try:
        description = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(
            f"has no readable {DESCRIPTION}",
            path=folder,
            hint="give a folder that `framing train` wrote",
        ) from error
    except (ValueError, RecursionError) as error:
        raise ModelError(f"is not JSON ({error})", path=path, hint="train it again") from error
    return dict(description) if isinstance(description, dict) else {}


def open_folder(
    folder: Path, codebook: Codebook, kind: str, format_: int
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read what a model folder says of itself, and see that it can be used.

    Args:
        folder: The folder.
        codebook: The codebook its columns must follow.
        kind: The type of model it must hold.
        format_: The format this version knows.

    Returns:
        Its description, and the digest of each of its files by name.

    Raises:
        ModelError: It holds another kind of model or format, or its description is damaged.
        CodebookError: It was trained with another codebook.
    """
    description = read_description(folder)
    _require_kind(description, folder, kind, format_)
    try:
        made_with = str(description["codebook"]["digest"])
        digests = dict(description["digests"])
    except (KeyError, TypeError, ValueError) as error:
        raise report_damage(folder, error) from error
    codebook.require_digest(made_with, path=folder, what="the model")
    return description, digests


def _require_kind(description: dict[str, Any], folder: Path, kind: str, format_: int) -> None:
    found = description.get("type")
    if found != kind or description.get("format") != format_:
        raise ModelError(
            f"holds a model of type {found!r} this version cannot read",
            path=folder / DESCRIPTION,
            hint="train it again with this version",
        )


def read_checked(folder: Path, name: str, digests: dict[str, Any]) -> bytes:
    """Read a file of a model, if it is the one that `model.json` names.

    Raises:
        ModelError: It is missing or another one.
    """
    try:
        data = (folder / name).read_bytes()
    except OSError as error:
        raise ModelError(
            f"the model has no {name}", path=folder, hint="copy the whole folder, or train it again"
        ) from error
    expected = digests.get(name)
    if digest_bytes(data) != expected:
        raise ModelError(
            f"{name} has digest {digest_bytes(data)}, but {DESCRIPTION} says {expected}",
            path=folder,
            hint="copy the folder again, or train it again",
        )
    return data


def report_damage(folder: Path, error: Exception) -> ModelError:
    """The error of a folder whose files are there and make no model."""
    problem = f"is damaged ({type(error).__name__}: {error})"
    return ModelError(problem, path=folder, hint="copy it again, or train it again")
