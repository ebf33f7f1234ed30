"""Models by name: the shipped baseline, or a folder that `framing train` wrote."""

from __future__ import annotations

from pathlib import Path

from framing.classifiers.base import FrameModel
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
        ModelError: There is no such model, or its folder is damaged.
        CodebookError: It was trained with another codebook.
    """
    from framing.classifiers.tfidf import TfidfModel

    folder = Path(name)
    if str(name) in SHIPPED:
        # A folder of that name in the working folder is `./baseline`.
        folder = resource_root() / "models" / str(name)
    elif not folder.exists():
        raise ModelError(
            f"there is no model {str(name)!r}",
            hint=f"give a model folder, or one of: {', '.join(SHIPPED)}",
        )
    return TfidfModel.load(folder, codebook or Codebook.load())
