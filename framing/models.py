"""Models by name: one of the shipped ones, or a folder that `framing train` wrote."""

from __future__ import annotations

from pathlib import Path

from framing.classifiers.base import FrameModel
from framing.classifiers.model_folder import DESCRIPTION, read_description
from framing.codebook import Codebook
from framing.errors import ModelError
from framing.files import resource_root
from framing.prevalence.error_rates import ERROR_RATES, ErrorRates, read_error_rates

SHIPPED = ("transformer", "baseline")
"""Best first."""
AUTO = "auto"
"""The best of the shipped models that is there."""


def load_model(name: str | Path = AUTO, codebook: Codebook | None = None) -> FrameModel:
    """Load a model.

    Args:
        name: A shipped model's name, `auto` for the best of them, or a model folder.
        codebook: The codebook its columns must follow; the shipped one if not given.

    Raises:
        ModelError: There is no such model, its folder is damaged, or a package it needs is not
            installed.
        CodebookError: It was trained with another codebook.
    """
    folder = Path(name)
    if str(name) in (*SHIPPED, AUTO):
        # A folder of that name in the working folder is `./baseline`.
        folder = find_shipped(str(name))
    elif not folder.exists():
        raise ModelError(
            f"there is no model {str(name)!r}",
            hint=f"give a model folder, or one of: {', '.join((AUTO, *SHIPPED))}",
        )
    codebook = codebook or Codebook.load()
    if read_description(folder).get("type") == "transformer":
        from framing.classifiers.transformer.model import TransformerModel

        return TransformerModel.load(folder, codebook)
    from framing.classifiers.tfidf import TfidfModel

    return TfidfModel.load(folder, codebook)


def find_error_rates(digest: str) -> ErrorRates | None:
    """Error rates of the shipped model with a digest; None if it is none of them."""
    folder = find_scorer(digest)
    return read_error_rates(folder / ERROR_RATES) if folder else None


def find_scorer(digest: str) -> Path | None:
    """Folder of the shipped model with a digest; None if it is none of them."""
    for name in SHIPPED:
        path = find_shipped(name) / ERROR_RATES
        if path.is_file() and read_error_rates(path).model == digest:
            return path.parent
    return None


def find_shipped(name: str = AUTO) -> Path:
    """Folder of a shipped model.

    Args:
        name: Of `SHIPPED`, or `auto`: the first of them that is there.
    """
    folders = {shipped: resource_root() / "models" / shipped for shipped in SHIPPED}
    if name != AUTO:
        return folders[name]
    there = (folder for folder in folders.values() if (folder / DESCRIPTION).is_file())
    return next(there, folders[SHIPPED[-1]])
