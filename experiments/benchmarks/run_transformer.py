"""A fine-tuned small encoder on third-party benchmarks, beside the baseline and published figures.

    python experiments/benchmarks/run_transformer.py --gvfc ../shared/benchmarks/gvfc \
        --sib200 ../shared/benchmarks/sib200_enkoja [--settings FILE] [--threads 1] \
        [--minutes 60] [--write]

Fits one network for each training part, as transformer.yaml (or another file of settings) says,
and scores its test rows: folds and tasks are those of run_tfidf.py. A tenth of the groups of each
training part is held out: the epoch is chosen on it. Test rows choose nothing; labels are decided
by the benchmark's own rule from the network's sigmoids as they are. With --write each network is
added to transformer.json as soon as it is done; what stands there is not fitted again, and a run
that was cut off is taken up where it was. With --minutes none is begun after so many: 0 fits none.
Prints the tables, with what is missing. All figures are of one seed, that of the settings.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import expit

from experiments.benchmarks.benchmark_tables import describe_benchmarks
from experiments.benchmarks.jobs import (
    ALL_LANGUAGES,
    OF_EACH_JOB,
    OTHER_FOLDS,
    PLANS,
    Job,
    add_folders,
    open_benchmark,
    read_folders,
)
from experiments.transformer.records import update_record
from experiments.transformer.single_network import fit_one, limit_threads, plain_settings
from framing import Dataset
from framing.benchmarks.metrics import evaluate_folds
from framing.config import TransformerConfig
from framing.config_building import build_config
from framing.config_layers import read_layers
from framing.errors import FramingError, InputError
from framing.files import digest_json
from framing.reading import read_json
from framing.training_data import describe_data, describe_environment
from framing.transformer_config import EncoderConfig, FitConfig, InputConfig, LossConfig
from framing.transformer_fitting import PreparedEncoder, prepare_encoder

if TYPE_CHECKING:
    from numpy.typing import NDArray

SETTINGS = Path(__file__).with_name("transformer.yaml")
RESULT = Path(__file__).with_name("transformer.json")
DEV_SHARE = 0.1
PACKAGES = ("torch", "transformers", "tokenizers")
# What is asked first stands first: a study that is stopped has answered that.
ORDER = (
    ("multilabel", OTHER_FOLDS),
    ("single_label", "en"),
    ("single_label", ALL_LANGUAGES),
    ("multiclass", OTHER_FOLDS),
    ("single_label", "ko"),
    ("single_label", "ja"),
)


@dataclass(frozen=True, kw_only=True)
class NetworkSettings:
    """What a file of settings holds: sections of a transformer's config."""

    encoder: EncoderConfig
    inputs: InputConfig = field(default_factory=InputConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    training: FitConfig = field(default_factory=FitConfig)


def load_settings(path: Path = SETTINGS) -> TransformerConfig:
    """The settings as fitting takes them; no `benchmark` or `output` is used.

    Raises:
        ConfigError: A key is unknown or missing, or a value out of range; file and line are named.
    """
    settings = build_config(NetworkSettings, read_layers(path), path.parent)
    return TransformerConfig(
        name=path.stem,
        benchmark=OF_EACH_JOB,
        output="",
        encoder=settings.encoder,
        inputs=settings.inputs,
        loss=settings.loss,
        training=settings.training,
        folder=path.parent,
    )


def cut_dev(train: Dataset, share: float = DEV_SHARE) -> tuple[Dataset, Dataset]:
    """Hold some groups of a training part out: those whose hashes come first.

    Args:
        train: Rows of a benchmark; the group of a row is its article's `parallel`.
        share: Of the groups that are held out; one at least.

    Returns:
        What is left to learn from, and what is held out; no group has rows in both.

    Raises:
        InputError: There are fewer than two groups.
    """
    groups = [train.about[name].parallel for name in train.articles]
    ranked = sorted(set(groups), key=lambda group: hashlib.sha1(group.encode()).hexdigest())
    if len(ranked) < 2:
        raise InputError("the training part has one group alone", hint="learn from more rows")
    held = set(ranked[: max(1, round(share * len(ranked)))])
    is_held = np.array([group in held for group in groups])
    return train.keep(~is_held), train.keep(is_held)


def order_jobs(jobs: Sequence[Job]) -> list[Job]:
    """Jobs as `ORDER` has them; those of one kind stay in order."""
    return sorted(jobs, key=lambda job: ORDER.index((job.task, job.training)))


def digest_job(config: TransformerConfig, encoder: Mapping[str, Any], job: Job) -> str:
    """A digest of everything that decides a job's figures, but the seed."""
    tests = {name: describe_data(fold.test)["digest"] for name, fold in job.tests.items()}
    train = [describe_data(part)["digest"] for part in cut_dev(job.train)]
    return digest_json([plain_settings(config), encoder["digest"], train, tests])


def run_job(
    job: Job, config: TransformerConfig, encoder: PreparedEncoder, threads: int
) -> dict[str, Any]:
    """Fit one network and score its test rows; all that is kept of it."""
    train, dev = cut_dev(job.train)
    tests = {f"test {name}": fold.test for name, fold in job.tests.items()}
    digest, seed = digest_job(config, encoder.record, job), config.training.seed
    fitted = fit_one(
        config, train, {"dev": dev, **tests}, encoder.folder, f"benchmark-{digest}-{seed}",
        seed=seed, threads=threads,
    )  # fmt: skip
    scores = fitted.member.scores
    return {
        "digest": digest,
        "benchmark": job.benchmark,
        "task": job.task,
        "training": job.training,
        "fold": job.name,
        "settings": digest_json(plain_settings(config)),
        "train_units": len(train),
        "dev_units": len(dev),
        **fitted.describe(),
        "threads": threads,
        "probabilities": {
            name: write_rows(expit(scores[f"test {name}"].frames)) for name in job.tests
        },
    }


def write_rows(probabilities: NDArray[np.float64]) -> list[str]:
    """Probabilities (n_units, n_labels) as a line for each row, so that a record stays legible."""
    return [" ".join(f"{value:.4f}" for value in row) for row in probabilities]


def read_rows(lines: Sequence[str]) -> NDArray[np.float64]:
    """Probabilities (n_units, n_labels) from what `write_rows` makes of them."""
    return np.array([[float(value) for value in line.split()] for line in lines])


def find_fit(record: Mapping[str, Any], digest: str, seed: int) -> dict[str, Any] | None:
    """The network of this digest and seed that a record holds, if any."""
    wanted = (digest, seed)
    fits = record.get("fits", ())
    return next((fit for fit in fits if (fit["digest"], fit["seed"]) == wanted), None)


def summarise_jobs(
    jobs: Sequence[Job], fits: Sequence[dict[str, Any] | None]
) -> list[dict[str, Any]]:
    """Figures of each task, training part and test part; no metrics where no fold is done."""
    groups: dict[tuple[Any, ...], list[tuple[Job, dict[str, Any] | None]]] = {}
    for job, fit in zip(jobs, fits, strict=True):
        for test in job.tests:
            groups.setdefault((job.task, test, job.training), []).append((job, fit))
    runs = []
    for (task, test, training), members in groups.items():
        done = [(job.tests[test], fit) for job, fit in members if fit]
        folds = [fold for fold, _ in done]
        given = [read_rows(fit["probabilities"][test]) for _, fit in done]
        runs.append(
            {
                "task": task,
                "test": test,
                "training": training,
                "train_units": [fit["train_units"] for _, fit in done],
                "dev_units": [fit["dev_units"] for _, fit in done],
                "seeds": sorted({fit["seed"] for _, fit in done}),
                "folds": {"done": len(done), "of": len(members)},
                "metrics": evaluate_folds(task, given, folds) if done else None,
            }
        )
    return runs


@dataclass
class Study:
    """The jobs of all benchmarks with one set of settings, and the record they go to."""

    config: TransformerConfig
    encoder: PreparedEncoder
    jobs: Sequence[Job]
    data: Mapping[str, Any]
    """Of each benchmark, what is written down about its rows."""

    @property
    def model(self) -> str:
        """Name of the model in tables."""
        tuned = self.config.training.tuned.replace("_", " ")
        return f"{self.config.encoder.name.rpartition('/')[2]}, fine-tuned ({tuned})"

    def find_fits(self, record: Mapping[str, Any]) -> list[dict[str, Any] | None]:
        """For each job what the record holds of it."""
        digests = [digest_job(self.config, self.encoder.record, job) for job in self.jobs]
        return [find_fit(record, digest, self.config.training.seed) for digest in digests]

    def update(self, record: dict[str, Any]) -> None:
        """Write into a record what its networks come to."""
        fits = self.find_fits(record)
        key = digest_json(plain_settings(self.config))
        models = record.setdefault("models", {})
        models[key] = {
            "name": self.model,
            "settings": plain_settings(self.config),
            "encoder": self.encoder.record,
            "environment": describe_environment(PACKAGES),
        }
        for name, data in self.data.items():
            of = record.setdefault("benchmarks", {}).setdefault(name, {"runs": []})
            chosen = [k for k, job in enumerate(self.jobs) if job.benchmark == name]
            runs = summarise_jobs([self.jobs[k] for k in chosen], [fits[k] for k in chosen])
            others = [run for run in of["runs"] if run["settings"] != key]
            of["data"] = data
            of["runs"] = others + [{"model": self.model, "settings": key, **run} for run in runs]

    def run(self, output: Path, threads: int, minutes: float = float("inf")) -> None:
        """Fit what the record lacks, and add each network as soon as it is done.

        Args:
            output: The record.
            threads: Processor threads.
            minutes: No network is begun later than so many minutes from now.
        """
        end = time.monotonic() + 60 * minutes
        with update_record(output) as record:
            self.update(record)
            fits = self.find_fits(record)
        print(f"{sum(map(bool, fits))} of {len(self.jobs)} networks are done", flush=True)
        for job, done in zip(self.jobs, fits, strict=True):
            if done or time.monotonic() >= end:
                continue
            print(f"{job.benchmark}, {job.task}, {job.training}, {job.name}", flush=True)
            fit = run_job(job, self.config, self.encoder, threads)
            with update_record(output) as record:
                record.setdefault("fits", []).append(fit)
                self.update(record)


def open_study(folders: Mapping[str, Path], config: TransformerConfig, scratch: Path) -> Study:
    """The jobs of some benchmarks, by the folders their files lie in.

    Args:
        folders: By the benchmark's name.
        config: The settings.
        scratch: An empty folder, for a pruned encoder.
    """
    benchmarks = {name: open_benchmark(name, folder) for name, folder in folders.items()}
    jobs = order_jobs([job for name, of in benchmarks.items() for job in PLANS[name](of)])
    texts = [text for job in jobs for text in job.train.texts]
    encoder = prepare_encoder(config, list(dict.fromkeys(texts)), scratch, print)
    data = {name: describe_data(of.dataset) for name, of in benchmarks.items()}
    return Study(config, encoder, jobs, data)


def main() -> int:
    """Fit what is not there yet, keep it if asked, print the tables; 2 if something is wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    add_folders(parser)
    parser.add_argument("--settings", type=Path, default=SETTINGS)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=float("inf"), help="default: no end")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    folders = read_folders(parser, options)
    limit_threads(options.threads)
    try:
        with tempfile.TemporaryDirectory() as folder:
            output = RESULT if options.write else Path(folder) / "record.json"
            study = open_study(folders, load_settings(options.settings), Path(folder) / "encoder")
            study.run(output, options.threads, options.minutes)
            print(describe_benchmarks(read_json(output)))
    except FramingError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
