"""Reproduction: a kept run made again, its figures held against those that were kept."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from framing.config import TransformerConfig, load_config
from framing.errors import InputError
from framing.experiments.benchmark_folds import require_benchmark
from framing.experiments.running import CONFIG, ENVIRONMENT, METRICS, run_experiment
from framing.reading import read_json

EXACT = 1e-9
"""Of a baseline on the same platform: the same to the last digit, but for the order of sums."""
ELSEWHERE = 0.005
"""Of a baseline with another processor, system, or version of a package."""
NETWORK = 0.02
"""Of a transformer, whose weights depend on the processor and on the number of threads."""
_SHOWN = ("macro_f1", "micro_f1", "speaker_accuracy")
_PUBLISHED = "published"
_ORIGIN = ("data", "fits", "name", "model", "split", "seeds")
SAME, WITHIN, DRIFT = "same", "within", "DRIFT"


@dataclass(frozen=True)
class Row:
    """One figure, as kept and as it came out again."""

    figure: str
    """Where in `metrics.json`, its keys joined by `/`."""
    stored: float | None
    new: float | None
    verdict: str
    """`same`, `within` the tolerance, or `DRIFT`."""

    @property
    def difference(self) -> float | None:
        """New less stored; None where one of them is not there."""
        return None if self.stored is None or self.new is None else self.new - self.stored


@dataclass(frozen=True)
class Reproduction:
    """What came of a run made again."""

    name: str
    tolerance: float
    rows: list[Row]
    """Every figure."""
    changes: list[str]
    """What the run depends on and is not what it was, in words."""

    @property
    def compared(self) -> int:
        """How many figures were held against each other."""
        return len(self.rows)

    @property
    def headlines(self) -> list[Row]:
        """The headline figures."""
        return [row for row in self.rows if _is_headline(row.figure)]

    @property
    def drifted(self) -> list[Row]:
        """Of the others, those that lie outside the tolerance."""
        return [r for r in self.rows if r.verdict == DRIFT and not _is_headline(r.figure)]

    @property
    def has_drifted(self) -> bool:
        """Whether any figure lies outside the tolerance."""
        return any(row.verdict == DRIFT for row in self.rows)


def reproduce(
    folder: Path,
    *,
    tell: Callable[[str], None] = lambda message: None,
    progress: bool = False,
) -> Reproduction:
    """Run a kept run's config again, in a scratch folder, and compare every figure.

    Args:
        folder: Of the run; nothing in it changes.
        tell: Is told, in a line, what is being done.
        progress: Show a bar on stderr.

    Raises:
        InputError: The folder holds no finished run, or the benchmark it was tested on is not here.
        ConfigError: Its config does not run here.
    """
    stored, before = _read_run(folder)
    require_data(folder)
    config = load_config(folder / CONFIG)
    with tempfile.TemporaryDirectory() as scratch:
        done = run_experiment(config, Path(scratch), tell=tell, progress=progress)
        new, now = _read_run(done.folder)
    platform_changes = find_platform_changes(before, now)
    tolerance = ELSEWHERE if platform_changes else EXACT
    if isinstance(config, TransformerConfig):
        tolerance = NETWORK
    return Reproduction(
        name=config.name,
        tolerance=tolerance,
        rows=list(compare_figures(stored, new, tolerance)),
        changes=[
            *find_data_changes(stored, new),
            *find_encoder_changes(stored, new),
            *find_code_changes(before, now),
            *platform_changes,
        ],
    )


def list_runs(root: Path) -> list[Path]:
    """Folders of finished runs under a folder, by name."""
    return sorted(
        path.parent for path in root.glob(f"*/{METRICS}") if (path.parent / CONFIG).exists()
    )


def require_data(folder: Path) -> None:
    """Refuse a run on a benchmark of which not every file is here.

    Raises:
        InputError: It is one.
        ConfigError: Its config or the benchmark's description is not valid.
    """
    config = load_config(folder / CONFIG)
    if config.benchmark.path:
        try:
            require_benchmark(config)
        except InputError as error:
            raise InputError(
                f"was tested on a benchmark that is not here: {error.path} {error.problem}",
                path=folder,
                hint="put your copy there, or give another: framing run CONFIG "
                "--set benchmark.path=FOLDER --into my-runs",
            ) from error


def tell_seconds(folder: Path) -> float:
    """How long a run took, in seconds.

    Raises:
        InputError: The folder holds no finished run.
    """
    return float(_read_run(folder)[1]["seconds"])


def _read_run(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    if not folder.is_dir():
        raise InputError("is no folder", path=folder, hint="as in experiments/baseline")
    for name in (CONFIG, METRICS, ENVIRONMENT):
        if not (folder / name).is_file():
            raise InputError(
                f"has no {name}: it is no finished run", path=folder, hint="try: framing run CONFIG"
            )
    metrics, environment = (read_json(folder / name) for name in (METRICS, ENVIRONMENT))
    return metrics, environment


def compare_figures(
    stored: Mapping[str, Any], new: Mapping[str, Any], tolerance: float
) -> Iterator[Row]:
    """Every number under `scores` and `spread` and what else a run measures, side by side.

    Args:
        stored: `metrics.json` as it was kept.
        new: As it came out again.
        tolerance: Greatest difference that is no drift. It holds for headline figures, and where it
            is `EXACT` for all others too; else the others, of single frames in small groups, are
            compared only for being there.
    """
    is_exact = tolerance <= EXACT
    pairs = (dict(flatten_figures(values)) for values in (stored, new))
    old, now = pairs
    for figure in dict.fromkeys((*old, *now)):
        first, second = old.get(figure), now.get(figure)
        if first is None or second is None:
            verdict = SAME if first is second and figure in old and figure in now else DRIFT
        elif first == second:
            verdict = SAME
        elif abs(first - second) <= tolerance:
            verdict = WITHIN
        else:
            verdict = DRIFT if is_exact or _is_headline(figure) else WITHIN
        yield Row(figure, first, second, verdict)


def flatten_figures(values: Any, prefix: str = "") -> Iterator[tuple[str, float | None]]:
    """Numbers of nested records with their keys joined.

    What says where they come from is left out, and what others published.
    """
    if isinstance(values, Mapping):
        for key, value in values.items():
            # At the top, what is None is a part that this run does not have.
            if key != _PUBLISHED and (prefix or (key not in _ORIGIN and value is not None)):
                yield from flatten_figures(value, f"{prefix}/{key}" if prefix else str(key))
    elif isinstance(values, list):
        for number, value in enumerate(values):
            yield from flatten_figures(value, f"{prefix}/{number}")
    elif values is None or (isinstance(values, int | float) and not isinstance(values, bool)):
        yield prefix, None if values is None or math.isnan(values) else float(values)


def _is_headline(figure: str) -> bool:
    parts = figure.split("/")
    return parts[0] == "spread" and parts[-1] == "mean" and parts[-2] in _SHOWN


def find_data_changes(stored: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """What of the data differs: articles by name, the codebook, the split."""
    before, now = (values["data"]["article_digests"] for values in (stored, new))
    changes = []
    for word, names in (
        ("changed", [name for name in before if name in now and now[name] != before[name]]),
        ("added", [name for name in now if name not in before]),
        ("gone", [name for name in before if name not in now]),
    ):
        if names:
            more = f" and {len(names) - 3} more" if len(names) > 3 else ""
            changes.append(f"data: {word} {', '.join(names[:3])}{more}")
    books = [values["data"]["codebook"] for values in (stored, new)]
    if books[0] != books[1]:
        changes.append(f"codebook: {_name_book(books[0])} is now {_name_book(books[1])}")
    if stored["split"] != new["split"]:
        changes.append(f"split: {stored['split']} is now {new['split']}")
    return changes


def _name_book(book: Mapping[str, Any]) -> str:
    return f"{book['version']} ({book['digest']})"


def find_encoder_changes(stored: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Whether another encoder was fine-tuned."""
    digests = [
        sorted({fit["encoder"]["digest"] for fit in values["fits"] if "encoder" in fit})
        for values in (stored, new)
    ]
    before, now = (", ".join(names) for names in digests)
    return [f"encoder: {before} is now {now}"] if before != now else []


def find_code_changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Whether this package's own code differs."""
    if before["code"] == now["code"]:
        return []
    commits = [of["git"]["commit"][:10] if of["git"] else "no commit" for of in (before, now)]
    return [f"code: {before['code']} ({commits[0]}) is now {now['code']} ({commits[1]})"]


def find_platform_changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What of packages, system and processor differs."""
    packages = before["packages"], now["packages"]
    # Its version says nothing: its code has a digest of its own.
    names = dict.fromkeys(name for of in packages for name in of if name != "framing")
    changes = [
        f"{name}: {packages[0].get(name)} is now {packages[1].get(name)}"
        for name in names
        if packages[0].get(name) != packages[1].get(name)
    ]
    return changes + [
        f"{name}: {before[name]} is now {now[name]}"
        for name in ("system", "processor")
        if before[name] != now[name]
    ]
