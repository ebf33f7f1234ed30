"""What every training run needs: its coded units, its held-out articles, its folder, its record."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from framing.articles.reading import ReadOptions, read_articles
from framing.codebook import Codebook
from framing.config import RunConfig
from framing.corpus.splitting import Split, find_split_problems, read_split
from framing.dataset import Dataset, load_dataset
from framing.errors import ConfigError, OutputError
from framing.files import digest_json
from framing.prevalence.error_rates import ERROR_RATES, measure_error_rates, write_error_rates
from framing.splits import assign_test

if TYPE_CHECKING:
    from framing.classifiers.base import FrameScores

_PACKAGES = ("framing", "numpy", "scipy", "scikit-learn")


def describe_environment(packages: Sequence[str] = ()) -> dict[str, str]:
    """Versions of what the figures depend on: packages that all runs use, and further ones."""
    versions = {name: version(name) for name in (*_PACKAGES, *packages)}
    return {"python": platform.python_version(), "machine": platform.machine(), **versions}


def require_folder(folder: Path) -> None:
    """Refuse, before any work, a folder that cannot take the model or holds something else.

    Raises:
        OutputError: It is one.
    """
    if folder.exists() and not folder.is_dir():
        raise OutputError("is a file", path=folder, hint="name a folder in `output`")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / "model.json").is_file():
        raise OutputError(
            "is a folder with other files in it", path=folder, hint="name a new one in `output`"
        )
    nearest = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK):
        raise OutputError("cannot be made or written to", path=folder, hint="choose another")


def load_coded(config: RunConfig, codebook: Codebook) -> Dataset:
    """The coded units that a config names.

    Raises:
        InputError: Articles and codes do not fit.
    """
    articles = config.resolve(config.data.articles)
    read = read_articles([articles], ReadOptions(strict=True))
    codes = config.resolve(config.data.codes)
    return load_dataset(read, codes, codebook, coder=config.data.coder)


def choose_test(config: RunConfig, dataset: Dataset) -> tuple[set[str], str | None]:
    """Articles held out, and the digest of the split file that says so.

    Raises:
        ConfigError: The split file does not fit the articles, or leaves nothing on a side.
    """
    if not config.split.file:
        strata = {name: about.language for name, about in dataset.about.items()}
        return assign_test(strata, config.split.test_share, salt=config.split.salt), None
    split = open_split(config, dataset)
    held = split.names("test")
    if not held or held == set(dataset.about):
        raise ConfigError(
            "leaves nothing to test or to learn on", path=config.resolve(config.split.file)
        )
    return held, split.digest


def open_split(config: RunConfig, dataset: Dataset) -> Split:
    """The split file that a config names.

    Raises:
        ConfigError: It does not fit the articles.
    """
    path = config.resolve(config.split.file)
    split = read_split(path)
    problems = find_split_problems(split, dataset)
    if problems:
        raise ConfigError(
            problems[0] + (f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""),
            path=path,
            hint="draw it again: framing corpus split --write",
        )
    return split


def require_every_frame(train: Dataset, config: RunConfig) -> None:
    """Refuse training units of which none carries some frame.

    Raises:
        ConfigError: The frames are named.
    """
    missing = [
        frame for k, frame in enumerate(train.codebook.frame_ids) if not train.frames[:, k].any()
    ]
    if missing:
        raise ConfigError(
            f"no training unit carries {', '.join(missing)}",
            path=config.resolve(config.data.codes),
            hint="code more articles, or change split.salt",
        )


def describe_data(dataset: Dataset) -> dict[str, Any]:
    """Units, articles, languages and frames counted, and digests of the data and the codebook."""
    codebook = dataset.codebook
    units = [
        [article, text, frames.tolist(), int(speaker)]
        for article, text, frames, speaker in zip(
            dataset.articles, dataset.texts, dataset.frames, dataset.speakers, strict=True
        )
    ]
    languages = dataset.languages
    return {
        "articles": len(dataset.about),
        "units": len(dataset),
        "units_by_language": {
            str(language): int((languages == language).sum()) for language in np.unique(languages)
        },
        "units_by_frame": {
            frame: int(count)
            for frame, count in zip(codebook.frame_ids, dataset.frames.sum(axis=0), strict=True)
        },
        "units_without_frame": int((~dataset.frames.any(axis=1)).sum()),
        "digest": digest_json(units),
        "codebook": {"version": codebook.version, "digest": codebook.digest},
    }


def measure_coders(config: RunConfig, codebook: Codebook) -> dict[str, Any] | None:
    """How well the coders beside the gold codes agreed; None if there are not two of them.

    Returns:
        `units` coded by two or more, and Krippendorff's alpha: `frames` by frame id, `frame_sets`
        and `speaker` (None where it cannot be estimated).

    Raises:
        InputError: Their codes are damaged.
    """
    from framing.coding.agreement import measure_agreement
    from framing.coding.codes import read_codes

    gold = config.resolve(config.data.codes)
    files = [path for path in sorted(gold.parent.glob("*.jsonl")) if path != gold]
    if len(files) < 2:
        return None
    codes = [code for path in files for code in read_codes(path, codebook)]
    overall = measure_agreement(codes, codebook)["overall"]
    speaker = overall["speaker"]
    return {
        "units": overall["shared"],
        "frames": {
            frame: measure["alpha"]["estimate"] for frame, measure in overall["frames"].items()
        },
        "frame_sets": overall["frame_sets"]["alpha"]["estimate"],
        "speaker": speaker["alpha"]["estimate"] if speaker else None,
    }


def save_error_rates(folder: Path, config: RunConfig, scores: FrameScores, test: Dataset) -> None:
    """Write what a model gets wrong on its test part beside it, for shares to be corrected by.

    Args:
        folder: Of the model.
        config: Of its training.
        scores: Of the test part's units, in order.
        test: The test part.
    """
    coders = measure_coders(config, test.codebook)
    rates = measure_error_rates(
        scores,
        test,
        alpha=coders["frames"] if coders else None,
        text="the test articles of its corpus",
    )
    write_error_rates(folder / ERROR_RATES, rates)
