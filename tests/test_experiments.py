"""The scripts of experiments/: variants that are valid configs, records that lose nothing, tables."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest

from experiments.report_scores import END, PARTS, RESULTS, START
from experiments.throughput import measure_transformer as speed
from experiments.throughput.machine_rates import find_rate
from experiments.throughput.speed_tables import describe_speed
from experiments.transformer import choose_settings, single_network
from experiments.transformer.leave_language_out import cut_parts, read_with_language
from experiments.transformer.measure_shipped import (
    keep_scores,
    measure_parts,
    require_split,
    score_part,
    summarise_members,
)
from experiments.transformer.records import update_record
from experiments.transformer.result_tables import (
    describe_choices,
    describe_left_out,
    describe_shipped,
    find_t_interval,
)
from framing import Dataset, FrameModel, evaluate_scores
from framing.classifiers.base import FrameScores
from framing.codebook import Codebook
from framing.corpus.splitting import Split
from framing.errors import ConfigError, InputError, ModelError
from framing.run_comparison import compare_scores
from framing.transformer_config import InputConfig
from tests.tiny_encoder import (
    needs_torch,
    needs_training,
    write_encoder,
    write_model,
    write_project,
)


@pytest.mark.parametrize("name", PARTS)
def test_generated_part_is_up_to_date(name: str):
    page = RESULTS.read_text(encoding="utf-8")
    assert f"{START.format(name)}\n\n{PARTS[name]()}\n\n{END}" in page


# Records


def test_runs_that_end_at_once_lose_nothing(tmp_path: Path):
    path = tmp_path / "record.json"

    def add(number: int) -> None:
        with update_record(path) as record:
            record.setdefault("runs", []).append(number)

    threads = [Thread(target=add, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(json.loads(path.read_text("utf-8"))["runs"]) == list(range(8))


def test_a_record_whose_update_fails_stays_as_it_was(tmp_path: Path):
    path = tmp_path / "record.json"
    path.write_text('{"a": 1}', encoding="utf-8")
    with pytest.raises(ZeroDivisionError), update_record(path) as record:
        record["a"] = 1 / 0
    assert path.read_text("utf-8") == '{"a": 1}'


# Settings tried


def test_every_variant_is_a_config_and_no_two_are_alike():
    variants = choose_settings.load_variants(choose_settings.CHOICES, single_network.CONFIG)
    base = variants[choose_settings.BASE]
    assert base.config == single_network.open_config(single_network.CONFIG)
    assert len({variant.digest for variant in variants.values()}) == len(variants)
    assert all(variant.why for variant in variants.values())
    assert variants["alone"].config.inputs.before == 0
    assert variants["learning_rate_low"].config.training.learning_rate == 5e-5
    assert variants["full"].config.inputs == base.config.inputs


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param("encoder: {name: owner/other}", "variant x changes encoder; change inputs,", id="another-section"),
        pytest.param("training: {epoch: 3}", "variant x: unknown key `training.epoch`; did you mean", id="misspelt"),
        pytest.param("loss: {frames: dice}", "variant x: loss.frames is 'dice'; use bce or", id="no-such-loss"),
        pytest.param("inputs: {units: 1, before: many}", "variant x: `inputs.before` must be a whole number", id="text-for-number"),
    ],
)  # fmt: skip
def test_a_variant_that_is_no_config_is_named(tmp_path: Path, change: str, message: str):
    path = tmp_path / "choices.yaml"
    path.write_text(f"base: {{why: y}}\nx:\n  why: y\n  change:\n    {change}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        choose_settings.load_variants(path, single_network.CONFIG)


def test_an_unknown_variant_is_refused():
    with pytest.raises(InputError, match=r"no variant z; known: a"):
        choose_settings.choose({"a": None}, ["a", "z"])  # type: ignore[dict-item]


def make_run(digest: str, seed: int, score: float) -> dict[str, Any]:
    return {
        "digest": digest, "seed": seed, "macro_f1": score, "macro_f1_by_language": {"en": score, "ja": None},
        "average_precision": 0.5, "speaker_accuracy": None, "best_epoch": 2.0, "minutes": None,
    }  # fmt: skip


def test_variants_are_compared_with_the_base_on_the_same_seeds():
    settings = {"inputs": {"units": 8}, "loss": {}, "training": {"masking": 0.0}}
    masked = {**settings, "training": {"masking": 0.15}}
    record = {
        "variants": {"base": "b", "masking": "m", "not_run": "n"},
        "settings": {"b": settings, "m": masked, "n": masked, "old": settings},
        "runs": [
            make_run("old", 0, 0.1),
            make_run("m", 0, 0.63),
            make_run("b", 0, 0.60),
            make_run("b", 1, 0.70),
            make_run("m", 1, 0.75),
            make_run("m", 2, 0.99),
        ],
    }
    text = describe_choices(record)
    assert "not_run" not in text
    assert "0.100" not in text
    base, variant = (line for line in text.splitlines() if line.startswith(("| base", "| masking")))
    assert base.startswith(
        "| base | - | 0, 1 | 0.650 ± 0.071 |  | 0.650 ± 0.071 | - | 0.500 ± 0.000"
    )
    # On seeds 0 and 1 alone: gains .03 and .05; t(1) at .975 is 12.706.
    assert "masking 0.15 | 0, 1, 2 | 0.790 ± 0.183 | 0.040 (-0.087 to 0.167)" in variant
    assert "2.0 | - |" in variant


def test_the_interval_over_seeds_covers_as_it_says():
    random = np.random.default_rng(0)
    intervals = [find_t_interval(list(random.normal(0.3, 1.0, size=3))) for _ in range(600)]
    covered = np.mean([of["low"] <= 0.3 <= of["high"] for of in intervals])
    assert 0.93 <= covered <= 0.97
    assert find_t_interval([0.5]) == {"estimate": 0.5, "low": None, "high": None}


@pytest.mark.slow
@needs_training
def test_a_study_goes_on_where_it_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    project = write_project(tmp_path, write_encoder(tmp_path / "encoder"))
    choices = tmp_path / "choices.yaml"
    choices.write_text(
        "base: {why: x}\nalone: {why: y, change: {inputs: {before: 0}}}\n", encoding="utf-8"
    )
    monkeypatch.setattr(single_network, "CHECKPOINTS", tmp_path / "checkpoints")
    for name in ("FRAMING_THREADS", "OMP_NUM_THREADS", "RAYON_NUM_THREADS"):
        monkeypatch.setenv(name, "1")

    def study(variants: str) -> list[dict[str, Any]]:
        output = tmp_path / "choices.json"
        arguments = [
            "--config", project / "config.yaml", "--choices", choices, "--output", output,
            "--variants", variants, "--seeds", "3",
        ]  # fmt: skip
        monkeypatch.setattr(sys, "argv", ["choose_settings.py", *map(str, arguments)])
        choose_settings.main()
        runs: list[dict[str, Any]] = json.loads(output.read_text("utf-8"))["runs"]
        return runs

    (first,) = study("base")
    assert (first["seed"], first["steps"]) == (3, 4)
    assert 0 <= first["average_precision"] <= 1
    assert first["macro_f1_by_language"].keys() == {"en"}
    assert "run 1 of 1" in capsys.readouterr().out
    again, other = study("")
    assert again == first
    assert other["digest"] != first["digest"]
    assert "| alone | before 0 | 3 |" in capsys.readouterr().out
    assert not any((tmp_path / "checkpoints").iterdir())


# The shipped models


class Blind:
    """Says nothing of any unit."""

    def __init__(self, codebook: Codebook) -> None:
        self.codebook = codebook
        self.digest = "blind"

    def score_units(self, texts: Any, articles: Any) -> FrameScores:
        shape = (len(texts), len(self.codebook.frames))
        speakers = np.full((len(texts), len(self.codebook.speakers)), 0.5)
        return FrameScores(
            np.zeros(shape), np.zeros(shape, dtype=bool), speakers, self.codebook.digest, "blind"
        )


@pytest.fixture(scope="module")
def models(small_model: FrameModel, small_dataset: Dataset) -> dict[str, Any]:
    return {"transformer": small_model, "baseline": Blind(small_dataset.codebook)}


def test_some_units_are_kept_with_their_scores(small_dataset: Dataset, models: dict[str, Any]):
    keep = np.array([name != "a1.txt" for name in small_dataset.articles])
    keep[0] = False
    part = small_dataset.keep(keep)
    scores = keep_scores(score_part(models, small_dataset), keep)["transformer"]
    assert len(part) == len(scores) == 11
    assert part.texts[0] == small_dataset.texts[1]
    assert set(part.about) == {"a0.txt", "a2.txt", "a3.txt"}
    assert (part.frames == small_dataset.frames[keep]).all()


def test_parts_are_scored_by_both_and_the_difference_is_the_transformers(
    small_dataset: Dataset, models: dict[str, Any]
):
    # Of sixteen units no word is sure to give a frame away.
    many = replace(
        small_dataset,
        texts=small_dataset.texts * 5,
        frames=np.tile(small_dataset.frames, (5, 1)),
        articles=small_dataset.articles * 5,
    )
    parts = measure_parts(models, many, small_dataset, small_dataset)
    assert list(parts) == ["test", "test_masked", "test_without_triggers", "real", "real_masked"]
    test = parts["test"]
    assert test["baseline"]["macro_f1"]["estimate"] == 0
    assert test["difference"]["macro_f1"]["difference"]["estimate"] > 0.5
    assert parts["test_without_triggers"]["transformer"]["units"] < test["transformer"]["units"]
    # There is no name in these texts: masking changes nothing.
    assert parts["test_masked"]["coverage"]["changed"] == 0
    change = parts["real_masked"]["change"]["transformer"]["macro_f1"]
    assert change["difference"]["estimate"] == 0
    assert parts["real"]["macro_f1_over_units"].keys() == {"transformer", "baseline"}
    members = [{"seed": 0, "dev": (summary := {"macro_f1": 0.5, "speaker_accuracy": None, "macro_f1_by_language": {"en": 0.5}}), "test": summary}]  # fmt: skip
    about = {"bytes": 1_500_000, "files": {}, "learnt_from": "text"}
    text = describe_shipped(
        {
            "models": {"transformer": about, "baseline": about},
            "members": summarise_members(members),
            "parts": parts,
        }
    )
    assert "| authored test | 16 |" in text
    assert "| `money` |" in text
    assert "The 1 networks" not in text
    assert "transformer 1.5 MB" in text


def test_a_part_in_several_languages_is_told_apart(small_dataset: Dataset, models: dict[str, Any]):
    about = {
        name: replace(of, language="en" if name < "a2" else "ja")
        for name, of in small_dataset.about.items()
    }
    mixed = replace(small_dataset, about=about)
    parts = measure_parts(models, mixed, mixed, None)
    assert list(parts) == ["test", "test_masked", "test_without_triggers"]
    by_language = parts["test"]["by_language"]
    assert {name: of["transformer"]["units"] for name, of in by_language.items()} == {
        "en": 8, "ja": 8,
    }  # fmt: skip


def test_seeds_are_summed_up_with_their_spread():
    members = [
        {"seed": seed, "dev": {"macro_f1": f1, "speaker_accuracy": None, "macro_f1_by_language": {"ko": f1}}}
        for seed, f1 in ((0, 0.5), (1, 0.7))
    ]  # fmt: skip
    summary = summarise_members(members)
    assert summary["seeds"] == [0, 1]
    assert "test" not in summary
    assert summary["dev"]["macro_f1"]["mean"] == pytest.approx(0.6)
    assert summary["dev"]["macro_f1_by_language"]["ko"]["deviation"] == pytest.approx(0.1 * 2**0.5)
    assert summary["dev"]["speaker_accuracy"]["mean"] is None


def test_a_model_of_another_split_is_refused(tmp_path: Path):
    (tmp_path / "metrics.json").write_text('{"split": "abc"}', encoding="utf-8")
    with pytest.raises(ModelError, match="was trained on split abc, the split file is"):
        require_split(tmp_path, Split("x", {}, {}))


# A language left out


def test_a_language_left_out_is_only_tested_on(small_dataset: Dataset):
    about = {
        name: replace(of, language="ja" if name in ("a1.txt", "a3.txt") else "en")
        for name, of in small_dataset.about.items()
    }
    mixed = replace(small_dataset, about=about)
    parts = {"a0.txt": "train", "a1.txt": "train", "a2.txt": "dev", "a3.txt": "test"}
    split = Split("x", {}, parts)
    cut = cut_parts(mixed, split, "ja")
    assert {name: set(of.about) for name, of in cut.items()} == {
        "train": {"a0.txt"}, "dev": {"a2.txt"}, "test": {"a3.txt"},
    }  # fmt: skip
    with pytest.raises(InputError, match="there is no article in 'ko'"):
        cut_parts(mixed, split, "ko")


def test_a_model_that_is_not_there_leaves_a_gap(
    small_dataset: Dataset, models: dict[str, Any], tmp_path: Path
):
    config = replace(single_network.open_config(single_network.CONFIG), output=str(tmp_path))
    nothing = read_with_language(config, "ko")
    assert nothing == {"member": None, "mean": None}
    scores = score_part(models, small_dataset)
    network, baseline = scores["transformer"], scores["baseline"]
    figures = {
        "units": {"test": 16},
        "transformer": {"without": evaluate_scores(network, small_dataset), "with": nothing},
        "baseline": {
            name: evaluate_scores(baseline, small_dataset) for name in ("without", "with")
        },
        "difference_without": compare_scores(baseline, network, small_dataset),
    }
    text = describe_left_out({"languages": {"ko": figures}})
    assert "| - (one network) |" in text
    assert "| ko | 16 | baseline | 0.000" in text


def test_the_network_of_the_first_seed_is_found(tmp_path: Path):
    members = [
        {"seed": seed, "test": {"macro_f1_by_language": {"ko": f1}}} for seed, f1 in ((1, 0.9), (0, 0.7))
    ]  # fmt: skip
    (tmp_path / "metrics.json").write_text(json.dumps({"members": members}), encoding="utf-8")
    config = replace(single_network.open_config(single_network.CONFIG), output=str(tmp_path))
    assert read_with_language(config, "ko") == {"member": 0.7, "mean": None}


# Speed

SENTENCES = {"texts": ["a", "b", "c", "d"], "passages": ["x", "x", "x", "y"]}


def test_sentences_before_stand_in_front_within_a_passage():
    assert speed.put_before(SENTENCES, 2) == ["a", "a b", "a b c", "d"]
    assert speed.put_before(SENTENCES, 0) == ["a", "b", "c", "d"]


def test_chunks_hold_whole_passages(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(speed, "PASSAGES", 1)
    assert list(speed.cut_chunks(SENTENCES)) == [
        (["a", "b", "c"], ["x", "x", "x"]), (["d"], ["y"]),
    ]  # fmt: skip


def test_the_peak_is_no_less_than_what_is_held():
    held, peak = speed.read_memory("VmRSS"), speed.read_memory("VmHWM")
    if held is None or peak is None:
        pytest.skip("needs /proc")
    assert 10 < held <= peak


def test_a_rate_is_operations_over_time(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("experiments.throughput.machine_rates.SECONDS", 0.01)
    assert 0 < find_rate(lambda: sum(range(1000)), 1000) < 10


def test_speeds_are_told_with_their_ratios_and_the_floor():
    part = {"seconds": 1.0, "processor_seconds": 10.0, "loaded_mb": 50.0, "peak_mb": None}
    rates = {"torch_float32": 50.0, "torch_int8": 90.0, "onnx_float32": 40.0, "onnx_int8": 100.0}
    operations = {
        "linear": 2e8, "attention": 5e7, "tokens": 40.0, "tokens_alone": 30.0,
    }  # fmt: skip
    floor = speed.find_floor(operations, {**rates, "onnx_int8_own_shape": 999.0})
    assert floor == pytest.approx(0.002 + 0.001)
    speeds = dict(zip(speed.NAMES, (10.0, 20.0, 5.0, 8.0, 100.0, 1000.0), strict=True))
    result = {
        "machine": {"processor": "a processor", "abilities": None, "threads": 1, "load": None},
        "sentences": 5000,
        "passages": 300,
        "parts": {name: {**part, "sentences_per_second": of} for name, of in speeds.items()},
        "operations": operations,
        "rates": rates,
        "floor": floor,
        "starts": {"transformer": 0.5, "baseline": 0.3},
        "sizes": {name: {"folder": 30_000_000, "torch": 0} for name in ("transformer", "baseline")},
    }
    text = describe_speed(result)
    assert "| the transformer, our path | 100.0 | 10.0 | 2.00 | - | 50 |" in text
    assert "the transformer, our path to pipeline, batches of 32: 5.00" in text
    assert "at the best rates 3.00 ms. Our path takes 10.00 ms, of which that floor is 30%" in text
    assert "Without AMX" not in text
    result["without_amx"] = {
        "parts": {"pipeline_1": result["parts"]["pipeline_1"]}, "rates": {"torch_float32": 45.0},
    }  # fmt: skip
    text = describe_speed(result)
    assert "| torch float32, without AMX | 45 |" in text


@needs_torch
def test_the_pipeline_has_the_models_body(tmp_path: Path, small_codebook: Codebook):
    import torch

    encoder = write_encoder(tmp_path / "encoder")
    folder = tmp_path / "model"
    inputs = InputConfig(units=2, before=1, max_length=24)
    write_model(folder / "torch", encoder, small_codebook, inputs, bits=0)
    for name in ("model.json", "tokenizer.json"):
        (folder / name).write_bytes((folder / "torch" / name).read_bytes())
    model, tokenizer, weights = speed.build_classifier(folder)
    assert weights == "torch/"
    assert model.num_labels == 2
    assert tokenizer.pad_token == "<pad>"
    from framing.classifiers.transformer.network import load_body

    for name, values in load_body(encoder).state_dict().items():
        assert torch.allclose(values, model.bert.state_dict()[name], atol=1e-3), name
    (folder / "torch" / "weights.safetensors").unlink()
    assert speed.build_classifier(folder)[2] == "random"
