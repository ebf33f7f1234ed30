"""A third-party benchmark: the `benchmark` section of a config, as a frozen dataclass."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from framing.config_values import Choice, Range, RelativePath, check_section
from framing.errors import ConfigError

_Path = Annotated[str, RelativePath()]


@dataclass(frozen=True, kw_only=True)
class BenchmarkConfig:
    """Rows of others to learn from and to be tested on, in place of `data`; for `framing run`."""

    path: _Path = ""
    """Where your copy of the benchmark lies; without one, there is no benchmark."""
    description: _Path = ""
    """Which files it has, as annotations/benchmarks/gvfc.yaml says it."""
    task: Annotated[str, Choice(("multilabel", "multiclass", "single_label"))] = "multilabel"
    """`multilabel`: every label of a row; `multiclass`: the first of a row's labels, of which there
    may be several; `single_label`: the one label a row has."""
    train: list[str] = field(default_factory=list)
    """Parts to learn from; without any, each official fold is tested on by what the others say."""
    test: list[str] = field(default_factory=list)
    """Parts to test on; in each language, those that have rows in it."""
    train_languages: list[str] = field(default_factory=list)
    """Languages to learn from; all if there is none."""
    test_languages: list[str] = field(default_factory=list)
    """Languages to test on, each by itself."""
    dev_share: Annotated[float, Range(0.01, 0.5)] = 0.1
    """Share of the groups of each training part on which a network is chosen."""
    published: _Path = ""
    """File of published results, to stand beside."""

    def __post_init__(self) -> None:
        """Check choices, and what goes together.

        Raises:
            ConfigError: A value is not allowed, or one is missing beside another.
        """
        check_section(self, "benchmark.")
        if bool(self.path) != bool(self.description):
            raise ConfigError("benchmark.path and benchmark.description go together")
        if bool(self.train) != bool(self.test) or bool(self.test) != bool(self.test_languages):
            raise ConfigError(
                "benchmark.train, benchmark.test and benchmark.test_languages go together",
                hint="leave all three out for the official folds",
            )
