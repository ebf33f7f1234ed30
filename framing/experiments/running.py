"""Running: a config from its data to a folder with its figures, taken up where it was cut off."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from framing.codebook import Codebook
from framing.config import TrainConfig, TransformerConfig, load_config, move_config, render_config
from framing.corpus.splitting import read_split
from framing.errors import FramingError, OutputError
from framing.evaluation_config import AS_WRITTEN, MASKED, WITHOUT_TRIGGERS
from framing.experiments.benchmark_folds import describe_benchmark, plan_benchmark
from framing.experiments.environment import describe_run_environment, digest_code
from framing.experiments.figures import describe_figures
from framing.experiments.fitting import fit_fold, own_seed
from framing.experiments.folds import Fold, plan_folds
from framing.experiments.predictions import Prediction, read_predictions, write_predictions
from framing.files import digest_json, open_output, write_json
from framing.masking import mask_names
from framing.reading import read_json
from framing.results import dump_line
from framing.training_data import describe_data, load_coded

if TYPE_CHECKING:
    from framing.classifiers.base import FrameModel
    from framing.config import RunConfig
    from framing.dataset import Dataset

CONFIG, ENVIRONMENT, METRICS = "config.yaml", "environment.json", "metrics.json"
PREDICTIONS, ERRORS, LOG = "predictions.parquet", "errors.jsonl", "log.txt"
FILES = (CONFIG, ENVIRONMENT, PREDICTIONS, ERRORS, LOG, METRICS)
"""What a finished run leaves; the last one is written last. Of a benchmark no file has a label or a
text, so that a run may be passed on where its data may not; there is no list of errors then, unless
`evaluation.show_text` asks for one."""
_STATE = "state.json"


@dataclass(frozen=True)
class Finished:
    """A run that is done."""

    folder: Path
    metrics: dict[str, Any]


class _Log:
    """Passes messages on, and keeps them with the time since the start."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._start = time.perf_counter()
        self.earlier = 0.0
        """Seconds of an earlier try."""
        self.lines: list[str] = []

    def __call__(self, message: str) -> None:
        self.lines.append(f"{self.seconds:8.1f} s  {message}")
        self._tell(message)

    @property
    def seconds(self) -> float:
        return self.earlier + time.perf_counter() - self._start

    def take_up(self, state: Mapping[str, Any]) -> None:
        """Go on behind what an earlier try has said."""
        self.earlier = float(state["seconds"])
        self.lines = [*state["log"], *self.lines]


def run_experiment(
    config: TrainConfig | TransformerConfig,
    into: Path,
    *,
    force: bool = False,
    tell: Callable[[str], None] = lambda message: None,
    progress: bool = False,
) -> Finished:
    """Run a config: fit each fold with each seed, score what it holds out, keep the figures.

    Until it is done, everything lies in a hidden folder beside the run's; the same config, data and
    code take up there what an earlier try has finished, and any other starts anew.

    Args:
        config: The run; `into/NAME` gets its files.
        into: Folder of all runs; made if need be.
        force: Run again what is finished, and overwrite it.
        tell: Is told, in a line, what is being done.
        progress: Show a bar on stderr.

    Raises:
        ConfigError: The data cannot be split as the config says, or the encoder is not here.
        InputError: Articles and codes do not fit.
        ModelError: A package that a transformer needs is not installed.
        OutputError: The run is finished already, or its folder cannot be written to.
    """
    home = into / config.name
    if (home / METRICS).exists() and not force:
        refuse_finished(config, home)
    log = _Log(tell)
    plan = plan_benchmark(config) if config.benchmark.path else None
    dataset = plan.dataset if plan else _load_corpus(config)
    codebook = dataset.codebook
    folds = plan.folds if plan else plan_folds(config, dataset)
    data = describe_data(dataset)
    seeds = config.evaluation.seeds or [own_seed(config)]
    work = _open_work(config, home, data["digest"], log)
    predictions: list[Prediction] = []
    records = []
    try:
        for fold in folds:
            for seed in seeds:
                log(f"fold {fold.name}, seed {seed}")
                step = _Step(config, fold, seed, work, data["digest"])
                predictions += step.run(log, progress)
                records.append({"fold": fold.name, "seed": seed, **step.record})
                _keep_state(work, log)
    except FramingError:
        # What cannot run leaves nothing; what has run in part is kept.
        if not records:
            shutil.rmtree(work, ignore_errors=True)
            with contextlib.suppress(OSError):
                into.rmdir()
        raise
    # It was checked against the articles when the folds were planned.
    split = read_split(config.resolve(config.split.file)).digest if config.split.file else None
    metrics = {
        "name": config.name,
        "model": config.model,
        "data": {**data, "article_digests": digest_articles(dataset)},
        "split": split,
        "seeds": seeds,
        "fits": records,
        "benchmark": describe_benchmark(config, plan, predictions) if plan else None,
        **describe_figures(config, codebook, predictions),
    }
    environment = {
        **describe_run_environment(is_transformer=isinstance(config, TransformerConfig)),
        "seconds": round(log.seconds, 1),
    }
    _finish(config, home, work, metrics, environment, predictions, log)
    return Finished(home, metrics)


def refuse_finished(config: TrainConfig | TransformerConfig, home: Path) -> None:
    """Say that a run is finished, and whether it was one of this config.

    Raises:
        OutputError: Always.
    """
    kept = load_config(home / CONFIG)
    before, now = (flatten_keys(one.plain()) for one in (move_config(kept, config.folder), config))
    changed = [key for key in now if now[key] != before.get(key)]
    if not changed:
        raise OutputError("is a finished run", path=home, hint="to run it again: --force")
    first = changed[0]
    more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
    raise OutputError(
        f"is a finished run of another config ({first} was {before.get(first)!r} and is now "
        f"{now[first]!r}{more})",
        path=home,
        hint="give this one a name of its own (--set name=...), or overwrite that: --force",
    )


def flatten_keys(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Values of a config by dotted key."""
    result: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, dict):
            result |= flatten_keys(value, f"{prefix}{key}.")
        else:
            result[f"{prefix}{key}"] = value
    return result


def _load_corpus(config: RunConfig) -> Dataset:
    return load_coded(config, Codebook.load(config.resolve(config.data.codebook)))


def digest_articles(dataset: Dataset) -> dict[str, str]:
    """Digest of each article's units and codes, by name."""
    units: dict[str, list[Any]] = {}
    for name, text, frames, speaker in zip(
        dataset.articles, dataset.texts, dataset.frames, dataset.speakers, strict=True
    ):
        units.setdefault(name, []).append([text, frames.tolist(), int(speaker)])
    return {name: digest_json(of) for name, of in units.items()}


@dataclass
class _Step:
    """One model: fitted and scored, or read back if that was done before."""

    config: TrainConfig | TransformerConfig
    fold: Fold
    seed: int
    work: Path
    data: str

    @property
    def _stem(self) -> str:
        return digest_json([self.fold.name, self.seed])

    @property
    def record(self) -> dict[str, Any]:
        """What is written down about the model; there once it was run."""
        record: dict[str, Any] = read_json(self.work / f"{self._stem}.json")
        return record

    def run(self, log: Callable[[str], None], progress: bool) -> list[Prediction]:
        """Predictions, one for each text."""
        path = self.work / f"{self._stem}.parquet"
        if path.exists():
            log("  was done before")
        else:
            fitted = fit_fold(
                self.config, self.fold, self.work / self._stem, seed=self.seed, data=self.data,
                tell=lambda message: log(f"  {message}"), progress=progress,
            )  # fmt: skip
            seen = self.fold.seen if isinstance(self.config, TrainConfig) else self.fold.train
            learnt = {"articles": len(seen.about), "units": len(seen)}
            write_json(self.work / f"{self._stem}.json", {"learnt": learnt, **fitted.record})
            write_predictions(
                path, self._score(fitted.model), with_gold=not self.config.benchmark.path
            )
            # Last: with the predictions there, the model is not needed again.
            shutil.rmtree(self.work / self._stem, ignore_errors=True)
        return self._read(path)

    def _score(self, model: FrameModel) -> list[Prediction]:
        return [
            Prediction(
                self.fold.name, self.seed, text, model.score_units(part.texts, part.passages), part
            )
            for text, part in self._texts.items()
        ]

    @cached_property
    def _texts(self) -> dict[str, Dataset]:
        """What a model scores; units without triggers are picked from what is as written."""
        texts = {AS_WRITTEN: self.fold.test}
        if MASKED in self.config.evaluation.texts:
            texts[MASKED] = mask_part(self.fold.test)
        return texts

    def _read(self, path: Path) -> list[Prediction]:
        table = read_predictions(path)
        codebook = self.fold.test.codebook
        result = []
        for text, part in self._texts.items():
            rows = table.columns["text"] == text
            scores = table.select(rows).to_scores(codebook, self._stem)
            result.append(Prediction(self.fold.name, self.seed, text, scores, part))
        if WITHOUT_TRIGGERS in self.config.evaluation.texts:
            result.append(self._leave_triggers_out(result[0]))
        return result

    def _leave_triggers_out(self, whole: Prediction) -> Prediction:
        """Units without a trigger word; they were scored among all units of their articles."""
        from framing.triggers import find_triggers

        bare = find_triggers(self.fold.train).absent(
            whole.gold.texts, map(str, whole.gold.languages)
        )
        return replace(
            whole, text=WITHOUT_TRIGGERS, scores=whole.scores.select(bare),
            gold=whole.gold.keep(bare),
        )  # fmt: skip


def mask_part(part: Dataset) -> Dataset:
    """The same units with names of countries, places, people and firms masked."""
    masked = mask_names(part.texts, part.articles, map(str, part.languages))
    return replace(part, texts=tuple(masked))


def _open_work(config: TrainConfig | TransformerConfig, home: Path, data: str, log: _Log) -> Path:
    """Folder of an unfinished run; emptied if what lies there is of another one."""
    plain = config.plain()
    plain.pop("output")
    digest = digest_json([plain, data, digest_code()])
    work = home.parent / f".{home.name}.unfinished"
    state = work / _STATE
    if state.exists() and read_json(state)["digest"] == digest:
        log.take_up(read_json(state))
        log(f"going on with what is done in {work}")
        return work
    shutil.rmtree(work, ignore_errors=True)
    try:
        work.mkdir(parents=True)
    except OSError as error:
        raise OutputError(
            f"cannot be written to ({error.strerror})",
            path=home.parent,
            hint="choose another folder: --into",
        ) from error
    write_json(state, {"digest": digest, "seconds": 0.0, "log": []})
    return work


def _keep_state(work: Path, log: _Log) -> None:
    state = {**read_json(work / _STATE), "seconds": log.seconds, "log": log.lines}
    write_json(work / _STATE, state)


def _finish(
    config: TrainConfig | TransformerConfig,
    home: Path,
    work: Path,
    metrics: dict[str, Any],
    environment: dict[str, Any],
    predictions: list[Prediction],
    log: _Log,
) -> None:
    """Write every file beside the others of the run, the metrics last."""
    home.mkdir(parents=True, exist_ok=True)
    (home / METRICS).unlink(missing_ok=True)
    with open_output(home / CONFIG) as stream:
        stream.write(render_config(move_config(config, home)))
    write_json(home / ENVIRONMENT, environment)
    is_others = bool(config.benchmark.path)
    write_predictions(home / PREDICTIONS, predictions, with_gold=not is_others)
    worst = metrics.pop("worst")
    (home / ERRORS).unlink(missing_ok=True)
    if config.evaluation.show_text or not is_others:
        with open_output(home / ERRORS) as stream:
            for error in worst:
                stream.write(dump_line(error))
    with open_output(home / LOG) as stream:
        stream.write("\n".join(log.lines) + "\n")
    write_json(home / METRICS, metrics)
    shutil.rmtree(work, ignore_errors=True)
