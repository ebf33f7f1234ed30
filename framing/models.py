"""Models by name: the shipped baseline, or a folder that `framing train` wrote."""

from __future__ import annotations

from pathlib import Path

from framing.classifiers.base import FrameModel
from framing.classifiers.model_folder import read_description
from framing.codebook import Codebook
from framing.errors import ModelError
from framing.files import resource_root

SHIPPED = ("baseline",)


def load_model(name: str | Path = "baseline", codebook: Codebook | None = None) -> FrameModel:
    """Load a model.

    Args:
        name: A shipped model's name, or a model folder.
        codebook: The codebook its columns must follow; the shipped one if not given.

    Raises:
        ModelError: There is no such model, its folder is damaged, or a package it needs is not
            installed.
        CodebookError: It was trained with another codebook.
    """
    folder = Path(name)
    if str(name) in SHIPPED:
        # A folder of that name in the working folder is `./baseline`.
        folder = resource_root() / "models" / str(name)
    elif not folder.exists():
        raise ModelError(
            f"there is no model {str(name)!r}",
            hint=f"give a model folder, or one of: {', '.join(SHIPPED)}",
        )
    codebook = codebook or Codebook.load()
    if read_description(folder).get("type") == "transformer":
        from framing.classifiers.transformer.model import TransformerModel

        return TransformerModel.load(folder, codebook)
    from framing.classifiers.tfidf import TfidfModel

    return TfidfModel.load(folder, codebook)
