"""Try settings of the transformer on dev: variants in choices.yaml, several seeds each.

    python experiments/transformer/choose_settings.py [--variants base,masking] [--seeds 0,1,2] \
        [--threads 1] [--write]

Fits one network for each variant and seed on train, and scores it on dev: the weights of the best
epoch, calibration and thresholds from the other dev articles, as the `members` of a model's
`metrics.json` are scored. The test part is never read. Each finished run is added to `choices.json`
under its seed and a digest of everything that decides its weights: what is there already, under
whatever name, is not run again, and a run that was cut off goes on. Prints the table; with --write
puts it into the results page too (`experiments/report_scores.py` does so at any time).
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml
from sklearn.metrics import average_precision_score

from experiments.report_scores import write_page
from experiments.transformer.records import update_record
from experiments.transformer.result_tables import describe_choices
from experiments.transformer.single_network import (
    CONFIG,
    fit_one,
    limit_threads,
    load_data,
    open_config,
    plain_settings,
)
from framing import Dataset
from framing.config import TransformerConfig
from framing.corpus.splitting import read_split
from framing.cross_fitting import cross_fit
from framing.errors import ConfigError, InputError
from framing.files import digest_bytes, digest_json, load_yaml
from framing.fine_tuning_figures import summarise
from framing.reading import read_json
from framing.transformer_fitting import prepare_encoder

CHOICES = Path(__file__).with_name("choices.yaml")
RESULT = Path(__file__).with_name("choices.json")
BASE = "base"
SECTIONS = ("inputs", "loss", "training")


@dataclass(frozen=True)
class Variant:
    """A config with something changed."""

    name: str
    why: str
    config: TransformerConfig
    settings: dict[str, Any]
    """Its sections inputs, loss and training, and the encoder's."""
    digest: str
    """Of the settings, the codes and the split."""


def load_variants(path: Path, base: Path) -> dict[str, Variant]:
    """Every variant, each checked as a config is.

    Args:
        path: File of variants: `why`, and `change` by section.
        base: The config they change.

    Raises:
        ConfigError: A variant changes what it may not, or is no valid config.
    """
    variants = {}
    for name, about in load_yaml(path, ConfigError).items():
        change = about.get("change", {})
        foreign = sorted(set(change) - set(SECTIONS))
        if foreign:
            raise ConfigError(
                f"variant {name} changes {', '.join(foreign)}",
                path=path,
                hint=f"change {', '.join(SECTIONS)}",
            )
        try:
            config = change_config(base, change)
        except ConfigError as error:
            raise ConfigError(
                f"variant {name}: {error.problem}", path=path, hint=error.hint
            ) from None
        kept = plain_settings(config)
        data = [
            digest_bytes(config.resolve(config.data.codes).read_bytes()),
            read_split(config.resolve(config.split.file)).digest,
        ]
        variants[name] = Variant(name, about["why"], config, kept, digest_json([kept, *data]))
    return variants  # fmt: skip


def change_config(base: Path, change: dict[str, dict[str, Any]]) -> TransformerConfig:
    """A config with other values in some sections, read as if it stood in the same folder.

    Raises:
        ConfigError: It is not valid.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / base.name
        layers = {"base": str(base.resolve()), **change}
        path.write_text(yaml.safe_dump(to_plain(layers)), encoding="utf-8")
        changed = open_config(path)
    # These sections hold no paths: all that has some is the base's, seen from its own folder.
    return replace(open_config(base), **{name: getattr(changed, name) for name in SECTIONS})


def to_plain(value: Any) -> Any:
    """Mappings as YAML can write them."""
    if isinstance(value, dict):
        return {key: to_plain(of) for key, of in value.items()}
    return value


def choose(variants: dict[str, Variant], names: Sequence[str]) -> list[Variant]:
    """The variants of these names; all of them if there is none.

    Raises:
        InputError: There is no such variant.
    """
    unknown = sorted(set(names) - set(variants))
    if unknown:
        raise InputError(f"no variant {', '.join(unknown)}", hint=f"known: {', '.join(variants)}")
    return [variants[name] for name in names or variants]


def is_done(record: dict[str, Any], variant: Variant, seed: int) -> bool:
    """Whether a record holds this run."""
    return any(
        (run["digest"], run["seed"]) == (variant.digest, seed) for run in record.get("runs", ())
    )


def name_variants(record: dict[str, Any], variants: dict[str, Variant]) -> None:
    """Say in a record what the variants are today; earlier ones keep their runs, not their name."""
    record["variants"] = {name: variant.digest for name, variant in variants.items()}
    settings = record.setdefault("settings", {})
    for variant in variants.values():
        settings[variant.digest] = {"why": variant.why, **variant.settings}


def run_variant(
    variant: Variant, train: Dataset, dev: Dataset, encoder: Path, *, seed: int, threads: int
) -> dict[str, Any]:
    """Fit one network and score it on dev."""
    fitted = fit_one(
        variant.config, train, {"dev": dev}, encoder, f"{variant.digest}-{seed}",
        seed=seed, threads=threads,
    )  # fmt: skip
    raw = fitted.member.scores["dev"]
    carried = dev.frames.any(axis=0)
    precision = average_precision_score(
        dev.frames[:, carried], raw.frames[:, carried], average="macro"
    )
    return {
        **fitted.describe(),
        **summarise(cross_fit(raw, dev), dev),
        "average_precision": float(precision),
        "threads": threads,
    }


def run_all(runs: Sequence[tuple[Variant, int]], base: Variant, threads: int, output: Path) -> None:
    """Make some runs, each kept as soon as it is done.

    Args:
        runs: Variants and seeds.
        base: What the variants are changes of; all have its data and encoder.
        threads: Processor threads.
        output: The record.
    """
    dataset, split = load_data(base.config)
    train, dev = (dataset.select(split.names(part)) for part in ("train", "dev"))
    with tempfile.TemporaryDirectory() as folder:
        texts = [*train.texts, *dev.texts]
        encoder = prepare_encoder(base.config, texts, Path(folder) / "encoder").folder
        for number, (variant, seed) in enumerate(runs, start=1):
            print(f"run {number} of {len(runs)}: {variant.name}, seed {seed}", flush=True)
            figures = run_variant(variant, train, dev, encoder, seed=seed, threads=threads)
            with update_record(output) as record:
                record.setdefault("runs", []).append({"digest": variant.digest, **figures})


def main() -> None:
    """Run what is not there yet, keep it, print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--config", type=Path, default=CONFIG)
    parser.add_argument("--choices", type=Path, default=CHOICES)
    parser.add_argument("--output", type=Path, default=RESULT)
    parser.add_argument("--variants", default="", help="names, with commas; default: all")
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="put the table into the results page")
    options = parser.parse_args()
    limit_threads(options.threads)
    variants = load_variants(options.choices, options.config)
    chosen = choose(variants, [name for name in options.variants.split(",") if name])
    with update_record(options.output) as record:
        name_variants(record, variants)
    # Seeds outside: a study that is stopped has compared every variant, if on fewer seeds.
    seeds = map(int, options.seeds.split(","))
    wanted = [(variant, seed) for seed in seeds for variant in chosen]
    left = [(variant, seed) for variant, seed in wanted if not is_done(record, variant, seed)]
    print(f"{len(wanted) - len(left)} of {len(wanted)} runs are done", flush=True)
    if left:
        run_all(left, variants[BASE], options.threads, options.output)
    record = read_json(options.output)
    print(describe_choices(record))
    if options.write:
        write_page()


if __name__ == "__main__":
    main()
