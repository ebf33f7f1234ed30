"""The transformer: inputs, losses, a training run that can be cut off, and the model it leaves."""

from __future__ import annotations

import json
import logging
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framing import Codebook, load_config, load_model, train_model
from framing.classifiers.calibration import Calibration
from framing.classifiers.transformer.examples import LengthSampler
from framing.classifiers.transformer.inputs import InputBuilder, Truncation, pad_windows
from framing.classifiers.transformer.losses import weigh_positives
from framing.classifiers.transformer.machine import choose_threads
from framing.classifiers.transformer.model import Decision, RawScores, TransformerModel
from framing.config import TransformerConfig
from framing.errors import CodebookError, ConfigError, ModelError
from framing.transformer_config import FitConfig, InputConfig, LossConfig
from tests.conftest import SMALL_ARTICLES, Run, list_loaded
from tests.tiny_encoder import (
    END,
    PAD,
    START,
    make_builder,
    make_network,
    needs_peft,
    needs_tokenizers,
    needs_torch,
    needs_training,
    read,
    write_encoder,
    write_project,
    write_split,
)


def words(builder: InputBuilder, unit: Any) -> str:
    ((start, stop),) = unit.spans
    return read(builder, unit.ids[start:stop]).strip()


# Inputs


@needs_tokenizers
@pytest.mark.parametrize(
    ("config", "row", "expected"),
    [
        pytest.param({"before": 0}, 1, "| two|", id="alone"),
        pytest.param({"before": 1}, 1, "| one| two|", id="one-before"),
        pytest.param({"before": 1}, 0, "|| one|", id="nothing-stands-before"),
        pytest.param({"before": 2}, 2, "| one two| three|", id="two-before-in-order"),
        pytest.param({"before": 0, "after": 1}, 1, "| two| three|", id="one-after"),
        pytest.param({"before": 1, "after": 1}, 1, "| one| two| three|", id="both-sides"),
        pytest.param({"before": 1, "after": 1}, 2, "| two| three||", id="passage-ends"),
        pytest.param({"before": 1}, 3, "|| four|", id="another-passage"),
        pytest.param({"before": 1, "headline": True}, 2, "| one two| three|", id="headline"),
        pytest.param({"before": 2, "headline": True}, 2, "| one two| three|", id="headline-once"),
    ],
)
def test_the_unit_stands_between_separators(config: dict[str, Any], row: int, expected: str):
    builder = make_builder(InputConfig(max_length=64, **config))
    inputs, truncation = builder.build(["one", "two", "three", "four"], ["a", "a", "a", "b"])
    assert read(builder, inputs[row].ids) == expected
    assert words(builder, inputs[row]) == ["one", "two", "three", "four"][row]
    assert truncation == Truncation()


@needs_tokenizers
def test_context_gives_way_to_the_unit():
    builder = make_builder(InputConfig(before=2, max_length=12))
    inputs, truncation = builder.build(["far", "abcdef", "uvwxyz"], [0, 0, 0])
    # 12 tokens: three special ones, seven of the unit, the last two of the text before.
    assert read(builder, inputs[2].ids) == "|ef| uvwxyz|"
    assert truncation == Truncation(units=0, contexts=2)


@needs_tokenizers
def test_of_a_far_headline_the_beginning_is_kept():
    builder = make_builder(InputConfig(before=1, headline=True, max_length=14))
    inputs, _ = builder.build(["abcdef", "no", "x", "uvwxyz"], [0] * 4)
    assert read(builder, inputs[3].ids) == "| a x| uvwxyz|"


@needs_tokenizers
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("port " * 8000, id="40000-characters"),
        pytest.param("x" * 40_000, id="no-space"),
        pytest.param(" " * 40_000 + "port", id="spaces"),
    ],
)
def test_a_sentence_too_long_is_cut_and_counted(text: str):
    inputs, truncation = make_builder().build(["one", text, "two"], [0, 0, 0])
    assert truncation.units == 1
    assert len(inputs[1].ids) <= 64
    assert len(inputs[2].ids) <= 64


@needs_tokenizers
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", "|", id="empty"),
        pytest.param("   ", "", id="spaces"),
        pytest.param("a\ud800", "a|", id="lone-surrogate"),
        pytest.param("a 😀", "a |", id="emoji"),
        pytest.param("port 항구 港湾", "port 항구 港湾", id="mixed-scripts"),
        pytest.param("a</s>b", "a| | s |b", id="a-separator-in-the-text"),
    ],
)
def test_awkward_text_has_an_input(text: str, expected: str):
    builder = make_builder()
    (unit,), truncation = builder.build([text], [0])
    assert words(builder, unit) == expected
    assert unit.ids.count(END) == 2  # of the separators alone
    assert truncation == Truncation()


@needs_tokenizers
@settings(max_examples=60)
@given(
    texts=st.lists(st.text(max_size=60), min_size=1, max_size=6),
    cuts=st.lists(st.integers(0, 1), min_size=6, max_size=6),
    before=st.integers(0, 3),
    after=st.integers(0, 2),
    headline=st.booleans(),
    pool=st.sampled_from(["unit", "all"]),
)
def test_every_input_fits_and_counts_something(texts, cuts, before, after, headline, pool):
    config = InputConfig(before=before, after=after, headline=headline, pool=pool, max_length=16)
    passages = list(np.cumsum(cuts[: len(texts)]))
    inputs, _ = make_builder(config).build(texts, passages)
    assert len(inputs) == len(texts)
    for unit in inputs:
        ((start, stop),) = unit.spans
        assert len(unit.ids) <= 16
        assert 0 <= start < stop <= len(unit.ids)
        assert (unit.ids[0], unit.ids[-1]) == (START, END)


# Losses


def test_positives_are_weighed_by_how_rare_they_are():
    frames = np.array([[1, 0, 1], [0, 0, 1], [0, 0, 1], [0, 0, 1]], dtype=bool)
    assert weigh_positives(frames, 0) == pytest.approx([1, 1, 1])
    full = weigh_positives(frames, 1)
    assert full[0] == pytest.approx(3)
    assert full[1] == 1  # nobody carries it
    assert full[2] > 0


@needs_torch
@pytest.mark.parametrize(
    "config",
    [
        pytest.param({"frames": "focal", "gamma": 0.0}, id="focal"),
        pytest.param({"frames": "asymmetric", "gamma": 0.0, "clip": 0.0}, id="asymmetric"),
    ],
)
def test_without_focus_every_loss_is_cross_entropy(config: dict[str, Any]):
    import torch

    from framing.classifiers.transformer.losses import frame_loss

    logits, frames = torch.tensor([[0.5, -2.0]]), torch.tensor([[1.0, 0.0]])
    weights = torch.tensor([3.0, 1.0])
    plain = frame_loss(logits, frames, LossConfig(), weights)
    expected = (3 * np.log1p(np.exp(-0.5)) + np.log1p(np.exp(-2.0))) / 2
    assert float(plain) == pytest.approx(expected, rel=1e-5)
    other = frame_loss(logits, frames, LossConfig(**config), weights)
    assert float(other) == pytest.approx(expected, rel=1e-4)


@needs_torch
@pytest.mark.parametrize("kind", ["bce", "focal", "asymmetric"])
@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_losses_of_extreme_scores_have_gradients(kind: str, gamma: float):
    import torch

    from framing.classifiers.transformer.losses import frame_loss

    logits = torch.tensor([[200.0, -200.0], [-200.0, 200.0], [0.0, 0.0]], requires_grad=True)
    frames = torch.tensor([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0]])
    config = LossConfig(frames=kind, gamma=gamma, gamma_positive=gamma)
    frame_loss(logits, frames, config, torch.ones(2)).backward()
    assert logits.grad is not None
    assert torch.isfinite(logits.grad).all()


@needs_torch
def test_speakers_that_are_not_coded_count_for_nothing():
    import torch

    from framing.classifiers.transformer.losses import speaker_loss

    logits = torch.tensor([[2.0, 0.0], [0.0, 5.0]], requires_grad=True)
    one = speaker_loss(logits, torch.tensor([0, -1])).item()
    assert one == pytest.approx(np.log1p(np.exp(-2)))
    none = speaker_loss(logits, torch.tensor([-1, -1]))
    none.backward()
    assert none.item() == 0.0


# Order of rows


def test_every_row_is_drawn_once_an_epoch_in_another_order():
    sampler = LengthSampler([k % 7 for k in range(103)], batch=4, seed=1)
    first = list(sampler)
    assert sorted(first) == list(range(103))
    assert list(sampler) == first
    sampler.set_epoch(1)
    second = list(sampler)
    assert sorted(second) == list(range(103))
    assert second != first


def test_neighbours_are_about_as_long():
    lengths = list(np.random.default_rng(0).integers(1, 100, size=320))
    order = list(LengthSampler(lengths, batch=8, seed=0))
    spread = [np.ptp([lengths[row] for row in order[at : at + 8]]) for at in range(0, 320, 8)]
    assert np.mean(spread) < 15


def test_threads_follow_the_variable(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FRAMING_THREADS", "3")
    assert choose_threads() == 3
    monkeypatch.setenv("FRAMING_THREADS", "many")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    assert choose_threads() >= 1


# Training


@pytest.fixture(scope="session")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_encoder(tmp_path_factory.mktemp("encoder"))


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, encoder: Path) -> Path:
    """A project whose config was run."""
    if not find_spec("datasets") or not find_spec("accelerate"):
        pytest.skip("needs datasets and accelerate")
    folder = write_project(tmp_path_factory.mktemp("project"), encoder)
    train_model(load_config(folder / "config.yaml"))
    return folder


@pytest.fixture(params=["exported", "torch"])
def model(trained: Path, request: pytest.FixtureRequest) -> TransformerModel:
    folder = trained / "model" / ("torch" if request.param == "torch" else "")
    loaded = load_model(folder, Codebook.load(trained / "codebook.yaml"))
    assert isinstance(loaded, TransformerModel)
    return loaded


def test_training_writes_a_folder_and_clears_its_checkpoints(trained: Path):
    assert {path.name for path in (trained / "model").iterdir()} == {
        "README.md", "metrics.json", "model.json", "network.onnx", "tokenizer.json", "torch",
    }  # fmt: skip
    assert not list(trained.glob(".model*"))
    record = json.loads((trained / "model" / "metrics.json").read_text(encoding="utf-8"))
    assert record["test"] is None
    assert record["test_articles"] == ["a3.txt", "a7.txt"]
    assert record["dev"]["articles"] == 2
    (member,) = record["members"]
    assert member["steps"] == 4
    assert [entry["step"] for entry in member["history"]] == [2, 4]
    assert 0 <= member["dev"]["macro_f1"] <= 1
    assert member["dev"]["macro_f1_by_language"].keys() == {"en"}
    assert (
        record["encoder"]["pruning"]["pieces_after"]
        <= record["encoder"]["pruning"]["pieces_before"]
    )
    card = (trained / "model" / "README.md").read_text(encoding="utf-8")
    assert f"{record['dev']['macro_f1']['estimate']:.3f}" in card
    assert "The test articles were not scored" in card


def test_the_folder_says_what_the_model_came_from(trained: Path):
    description = json.loads((trained / "model" / "model.json").read_text(encoding="utf-8"))
    record = json.loads((trained / "model" / "metrics.json").read_text(encoding="utf-8"))
    assert description["codebook"]["digest"] == Codebook.load(trained / "codebook.yaml").digest
    assert description["data"] == record["data"]["digest"]
    assert description["split"] == record["split"]
    assert len(description["encoder"]["digest"]) == 16
    text = json.dumps([description, record])
    assert str(trained) not in text.replace(record["config"]["encoder"]["name"], "")


def test_scores_are_probabilities_in_order(model: TransformerModel):
    texts = ["danger at the pier", "it rained", "the price rose " * 5, "planks"]
    scores = model.score_units(texts, ["a", "a", "b", "b"])
    assert scores.probabilities.shape == (4, 2)
    assert ((scores.probabilities >= 0) & (scores.probabilities <= 1)).all()
    assert scores.speakers.sum(axis=1) == pytest.approx(np.ones(4))
    assert (scores.decisions == (scores.probabilities >= model.thresholds)).all()
    assert (scores.codebook, scores.model) == (model.codebook.digest, model.digest)
    # An input's scores do not depend on what it shares a batch with.
    alone = [model.score_units([text], [0]) for text in (texts[0], texts[2])]
    assert scores.probabilities[[0, 2]] == pytest.approx(
        np.vstack([one.probabilities for one in alone]), abs=1e-5
    )


def test_context_is_read_within_the_passage_alone(model: TransformerModel):
    def score(before: str, passage: int) -> Any:
        return model.score_raw([before, "it rained"], [0, passage]).frames[1]

    assert model.context == 1
    assert score("danger", 1) == pytest.approx(score("money", 1), abs=1e-6)
    assert np.abs(score("danger", 0) - score("money", 0)).max() > 1e-6


@pytest.mark.parametrize(
    "text", ["", " ", "\ud800", "😀", "항구 port 港湾", "</s>"],
    ids=["empty", "space", "lone-surrogate", "emoji", "mixed-scripts", "separator"],
)  # fmt: skip
def test_awkward_text_has_scores(model: TransformerModel, text: str):
    scores = model.score_units([text, "it rained"], [0, 0])
    assert np.isfinite(scores.probabilities).all()


def test_nothing_to_score(model: TransformerModel):
    scores = model.score_units([], [])
    assert scores.probabilities.shape == (0, 2)
    assert scores.speakers.shape == (0, 2)


def test_a_unit_that_is_cut_is_told(model: TransformerModel, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.WARNING):
        model.score_units(["x" * 40_000, "it rained"], [0, 0])
    assert "1 of 2 units are longer than the model reads (64 tokens)" in caplog.text
    assert model.truncated.units == 1


def copy_model(trained: Path, to: Path) -> Path:
    shutil.copytree(trained / "model", to)
    return to


@pytest.mark.parametrize(
    "name",
    [
        "network.onnx", "tokenizer.json", "torch/weights.safetensors", "torch/config.json",
        "torch/tokenizer.json",
    ],
)  # fmt: skip
def test_a_changed_file_is_refused(trained: Path, tmp_path: Path, name: str):
    folder, name = (copy_model(trained, tmp_path / "copy") / name).parent, Path(name).name
    data = bytearray((folder / name).read_bytes())
    data[-5] ^= 1
    (folder / name).write_bytes(bytes(data))
    with pytest.raises(ModelError, match=f"{name} has digest .* model.json says"):
        load_model(folder, Codebook.load(trained / "codebook.yaml"))


def test_a_missing_file_is_named(trained: Path, tmp_path: Path):
    folder = copy_model(trained, tmp_path / "copy")
    (folder / "network.onnx").unlink()
    with pytest.raises(ModelError, match=r"has no network\.onnx"):
        load_model(folder, Codebook.load(trained / "codebook.yaml"))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"thresholds": [0.5]}, id="too-few-thresholds"),
        pytest.param({"speakers": ["official"]}, id="too-few-speakers"),
        pytest.param({"inputs": {"beforehand": 1}}, id="unknown-input"),
        pytest.param({"inputs": {"before": 1000}}, id="impossible-input"),
        pytest.param({"calibration": None}, id="no-calibration"),
    ],
)
def test_a_damaged_description_is_refused(trained: Path, tmp_path: Path, change: dict[str, Any]):
    folder = copy_model(trained, tmp_path / "copy")
    path = folder / "model.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | change), encoding="utf-8")
    with pytest.raises(ModelError, match="is damaged"):
        load_model(folder, Codebook.load(trained / "codebook.yaml"))


def test_another_codebook_is_refused(trained: Path):
    with pytest.raises(CodebookError):
        load_model(trained / "model")


@pytest.mark.parametrize(
    ("folder", "package", "hint"),
    [
        pytest.param("model/torch", "torch", r"pip install 'framing\[train\]'", id="torch"),
        pytest.param("model", "onnxruntime", "pip install onnxruntime", id="exported"),
    ],
)
def test_without_a_package_it_is_said_what_to_install(
    trained: Path, monkeypatch: pytest.MonkeyPatch, folder: str, package: str, hint: str
):
    import importlib.util

    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == package else object()
    )
    with pytest.raises(ModelError, match=f"needs {package}; try: {hint}"):
        load_model(trained / folder, Codebook.load(trained / "codebook.yaml"))


def test_the_test_part_is_not_read_unless_asked(
    tmp_path: Path, encoder: Path, monkeypatch: pytest.MonkeyPatch
):
    pytest.importorskip("datasets")
    folder = write_project(tmp_path, encoder)
    read: set[str] = set()
    build_inputs = InputBuilder.build

    def spy(self: InputBuilder, texts: Any, passages: Any) -> Any:
        read.update(texts)
        return build_inputs(self, texts, passages)

    monkeypatch.setattr(InputBuilder, "build", spy)
    path = folder / "config.yaml"
    train_model(load_config(path))
    hidden = "an official said planks near the stalls were a danger"
    assert not any(hidden in text for text in read)
    path.write_text(path.read_text("utf-8") + "score_test: true\n", encoding="utf-8")
    record = train_model(load_config(path)).record
    assert any(hidden in text for text in read)
    assert record["test"]["articles"] == 2
    assert record["test_by_language"]["en"]["units"] == 8


class Killed(Exception):
    """Stands for a kill."""


def fit(folder: Path, encoder: Path, stop: int = 0, **changes: Any) -> tuple[Any, Any]:
    """Fit a tiny network; with `stop`, be killed after that step."""
    import torch
    from transformers import TrainerCallback

    from framing.classifiers.encoders.registry import TOKENIZER
    from framing.classifiers.transformer.fitting import fit_network
    from framing.classifiers.transformer.network import FrameNetwork, load_body
    from framing.classifiers.transformer.saving import open_tokenizer

    class Kill(TrainerCallback):
        def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            if state.global_step == stop:
                raise Killed

    from datasets import Dataset, DatasetDict

    builder = InputBuilder(
        open_tokenizer(encoder / TOKENIZER), InputConfig(before=0, max_length=48)
    )
    rows = [row for article in SMALL_ARTICLES for row in article]
    inputs, _ = builder.build([text.lower() for text, *_ in rows], range(len(rows)))
    table = Dataset.from_dict(
        {
            "epoch": [-1] * len(inputs),
            "windows": [
                [
                    {
                        "input_ids": list(unit.ids),
                        "spans": [list(span) for span in unit.spans],
                        "frames": [[float(name in frames) for name in ("money", "safety")]],
                        "speakers": [["official", "narrator"].index(speaker)],
                    }
                ]
                for unit, (_, frames, speaker) in zip(inputs, rows, strict=True)
            ],
        }
    )
    torch.manual_seed(0)
    network = FrameNetwork(load_body(encoder), 2, 2)
    settings = FitConfig(
        **{"epochs": 2, "eval_steps": 2, "batch_size": 3, "learning_rate": 1e-3, "threads": 1,
           "precision": "float32", **changes}
    )  # fmt: skip
    result = fit_network(
        network, DatasetDict(train=table, dev=table), settings, LossConfig(),
        checkpoints=folder, padding=PAD, callbacks=[Kill()],
    )  # fmt: skip
    return network, result


@needs_training
@pytest.mark.parametrize(
    ("changes", "stop", "last", "steps"),
    [
        pytest.param({"patience": 0}, 3, 2, 12, id="in-an-epoch"),
        pytest.param(
            {"patience": 2, "learning_rate": 1e-8, "head_learning_rate": 1e-8}, 5, 4, 6,
            id="while-dev-gets-no-better",
        ),
        pytest.param(
            {"patience": 0, "tuned": "lora", "lora_rank": 2}, 3, 2, 12, id="adapters",
            marks=needs_peft,
        ),
    ],
)  # fmt: skip
def test_a_run_that_is_killed_goes_on_to_the_same_weights(
    tmp_path: Path, encoder: Path, changes: dict[str, Any], stop: int, last: int, steps: int
):
    import torch

    whole, uncut = fit(tmp_path / "whole", encoder, **changes)
    with pytest.raises(Killed):
        fit(tmp_path / "cut", encoder, stop=stop, **changes)
    # Cut off while it was written: does not count.
    (tmp_path / "cut" / f"checkpoint-{stop}").mkdir()
    resumed, taken_up = fit(tmp_path / "cut", encoder, **changes)
    assert (uncut.resumed, taken_up.resumed) == (0, last)
    assert taken_up.history == uncut.history
    assert uncut.steps == taken_up.steps == steps
    for name, values in whole.state_dict().items():
        assert torch.equal(values, resumed.state_dict()[name]), name


@needs_training
def test_the_best_weights_are_found_from_another_folder(
    tmp_path: Path, encoder: Path, monkeypatch: pytest.MonkeyPatch
):
    import torch

    # Dev gets no better after the first evaluation: its weights are kept.
    changes = {"patience": 0, "epochs": 1, "learning_rate": 1e-8, "head_learning_rate": 1e-8}
    whole, uncut = fit(tmp_path / "whole", encoder, **changes)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Killed):
        fit(Path("cut"), encoder, stop=5, **changes)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    resumed, taken_up = fit(Path("../cut"), encoder, **changes)
    assert (uncut.best_step, taken_up.best_step, taken_up.resumed) == (2, 2, 4)
    assert torch.equal(whole.frame_head.weight, resumed.frame_head.weight)


@needs_training
@pytest.mark.parametrize(
    ("changes", "steps"),
    [
        pytest.param({"max_steps": 5, "patience": 0}, 5, id="in-an-epoch"),
        pytest.param({"patience": 1, "learning_rate": 1e-8, "head_learning_rate": 1e-8}, 4, id="early"),
        pytest.param({"epochs": 1, "eval_steps": 0}, 6, id="after-an-epoch"),
    ],
)  # fmt: skip
def test_a_run_that_has_ended_does_not_go_on(
    tmp_path: Path, encoder: Path, changes: dict[str, Any], steps: int
):
    import torch

    first, ended = fit(tmp_path / "a", encoder, **changes)
    (tmp_path / "a").rename(tmp_path / "moved")
    again, taken_up = fit(tmp_path / "moved", encoder, **changes)
    assert ended.steps == taken_up.steps == taken_up.resumed == steps
    assert (taken_up.best_step, taken_up.history) == (ended.best_step, ended.history)
    for name, values in first.state_dict().items():
        assert torch.equal(values, again.state_dict()[name]), name


@needs_training
def test_the_seed_decides(tmp_path: Path, encoder: Path):
    import torch

    first, _ = fit(tmp_path / "a", encoder, max_steps=2)
    again, _ = fit(tmp_path / "b", encoder, max_steps=2)
    other, _ = fit(tmp_path / "c", encoder, max_steps=2, seed=1)
    weights = [network.frame_head.weight for network in (first, again, other)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


@needs_training
def test_training_stops_when_dev_gets_no_better(tmp_path: Path, encoder: Path):
    _, result = fit(
        tmp_path / "a", encoder, epochs=50, eval_steps=1, patience=2, learning_rate=1e-8,
        head_learning_rate=1e-8,
    )  # fmt: skip
    assert result.steps == 3
    assert result.best_step == 1


@needs_training
@pytest.mark.parametrize(
    ("tuned", "moved"),
    [
        pytest.param("heads", set(), id="heads"),
        pytest.param("frozen_embeddings", {"encoder"}, id="frozen-embeddings"),
        pytest.param("full", {"embeddings", "encoder"}, id="full"),
    ],
)
def test_what_is_frozen_stays_as_it_was(tmp_path: Path, encoder: Path, tuned: str, moved: set[str]):
    import torch

    from framing.classifiers.transformer.network import load_body

    before = load_body(encoder).state_dict()
    network, _ = fit(tmp_path / "a", encoder, max_steps=2, tuned=tuned, accumulation=2)
    after = network.body.state_dict()
    changed = {name.split(".")[0] for name in before if not torch.equal(before[name], after[name])}
    assert changed == moved


# Adapters


@needs_training
@needs_peft
def test_only_adapters_and_heads_learn(tmp_path: Path, encoder: Path):
    import torch

    from framing.classifiers.transformer.network import load_body

    before = load_body(encoder).state_dict()
    network, result = fit(tmp_path / "a", encoder, max_steps=2, tuned="lora", lora_rank=2)
    after = network.body.state_dict()
    # As it was before: nothing of the adapters is left.
    assert list(after) == list(before)
    assert type(network.body).__name__ == "BertModel"
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed == {
        f"encoder.layer.{layer}.{name}.weight"
        for layer in (0, 1)
        for name in (
            "attention.self.query", "attention.self.key", "attention.self.value",
            "attention.output.dense", "intermediate.dense", "output.dense",
        )
    }  # fmt: skip
    # Two layers: four square ones and two of 16 by 32, of rank 2; two heads of two.
    assert result.trained == 2 * 2 * (4 * 32 + 2 * 48) + 2 * (2 * 16 + 2)


@needs_training
@needs_peft
def test_the_adapters_that_did_best_are_merged(tmp_path: Path, encoder: Path):
    import torch
    from safetensors.torch import load_file

    from framing.classifiers.transformer.network import load_body

    # Evaluated often: the best step is not the last one.
    network, result = fit(
        tmp_path / "a", encoder, tuned="lora", lora_rank=3, eval_steps=1, patience=3,
        learning_rate=0.1, head_learning_rate=0.3,
    )  # fmt: skip
    assert result.best_step < result.steps
    saved = load_file(tmp_path / "a" / f"checkpoint-{result.best_step}" / "model.safetensors")
    assert torch.equal(saved["frame_head.weight"], network.frame_head.weight)
    place = "encoder.layer.1.intermediate.dense"
    down, up = (saved[f"body.model.{place}.lora_{part}.default.weight"] for part in "AB")
    assert down.shape == (3, 16)
    expected = load_body(encoder).state_dict()[f"{place}.weight"] + 2 * up @ down
    merged = network.body.state_dict()[f"{place}.weight"]
    assert torch.allclose(merged, expected, atol=1e-5)


@needs_training
@needs_peft
def test_a_merged_network_says_what_the_adapted_one_said(encoder: Path):
    import torch

    from framing.classifiers.transformer.network import add_adapters, freeze, merge_adapters

    network = make_network(encoder).eval()
    inputs, _ = make_builder().build(["danger at the pier", "it rained"], [0, 1])
    batch = {name: torch.from_numpy(of) for name, of in pad_windows(inputs, PAD).items()}
    plain = network(**batch)["frame_logits"]
    freeze(network, "lora")
    add_adapters(network, 4)
    # They change nothing before they learnt something.
    assert torch.equal(network(**batch)["frame_logits"], plain)
    learning = {name for name, weights in network.named_parameters() if weights.requires_grad}
    assert all("lora_" in name or "_head." in name for name in learning)
    torch.manual_seed(0)
    for name, weights in network.named_parameters():
        if "lora_" in name:
            torch.nn.init.normal_(weights, std=0.2)
    adapted = network(**batch)["frame_logits"]
    assert not torch.allclose(adapted, plain, atol=1e-2)
    merge_adapters(network)
    assert torch.allclose(network(**batch)["frame_logits"], adapted, atol=1e-5)


@needs_training
@needs_peft
def test_a_model_of_adapters_is_saved_and_exported_as_any_other(tmp_path: Path, encoder: Path):
    pytest.importorskip("onnx")
    path = write_project(tmp_path, encoder) / "config.yaml"
    text = path.read_text("utf-8").replace("  max_steps: 4", "  max_steps: 2\n  tuned: lora")
    path.write_text(text, encoding="utf-8")
    train_model(load_config(path))
    codebook = Codebook.load(tmp_path / "codebook.yaml")
    first, second = (
        load_model(tmp_path / "model" / name, codebook).score_units(["it rained"], [0])
        for name in ("", "torch")
    )
    assert first.probabilities == pytest.approx(second.probabilities, abs=0.02)


@needs_training
def test_adapters_without_peft_are_refused(
    tmp_path: Path, encoder: Path, monkeypatch: pytest.MonkeyPatch
):
    import importlib.util

    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name, *rest: None if name == "peft" else find(name, *rest),
    )
    with pytest.raises(ModelError, match=r"needs peft; try: pip install 'framing\[train\]'"):
        fit(tmp_path / "a", encoder, tuned="lora")


@needs_training
def test_heads_see_vectors_of_one_scale(encoder: Path):
    import torch

    from framing.classifiers.transformer.network import FrameNetwork, load_body

    network = FrameNetwork(load_body(encoder), 2, 2)
    torch.manual_seed(0)
    vectors = 5 + 0.01 * torch.randn(500, 16)
    vectors[:, 3] = 5.0  # a column that does not vary
    network.standardise(vectors)
    seen = (vectors - network.center) / network.scale
    assert seen.mean(dim=0).abs().max() < 1e-3
    assert seen.std(dim=0).median().item() == pytest.approx(1, abs=0.01)
    assert seen[:, 3].abs().max() < 1e-3
    assert torch.isfinite(seen).all()


@needs_training
def test_lower_layers_learn_more_slowly(encoder: Path):
    from framing.classifiers.transformer.network import FrameNetwork, group_weights, load_body

    network = FrameNetwork(load_body(encoder), 2, 0)
    names = {id(weights): name for name, weights in network.named_parameters()}
    config = FitConfig(learning_rate=1e-3, head_learning_rate=1e-2, layer_decay=0.5)
    rates = {
        names[id(weights)]: (group["lr"], group["weight_decay"])
        for group in group_weights(network, config)
        for weights in group["params"]
    }
    assert rates["frame_head.weight"] == (1e-2, 0.01)
    assert rates["body.encoder.layer.1.output.dense.weight"] == (1e-3, 0.01)
    assert rates["body.encoder.layer.1.output.dense.bias"] == (1e-3, 0.0)
    assert rates["body.encoder.layer.0.output.LayerNorm.weight"] == (5e-4, 0.0)
    assert rates["body.embeddings.word_embeddings.weight"] == (2.5e-4, 0.01)


def test_an_input_longer_than_the_encoder_reads_is_refused(tmp_path: Path, encoder: Path):
    pytest.importorskip("datasets")
    path = write_project(tmp_path, encoder) / "config.yaml"
    path.write_text(path.read_text("utf-8").replace("max_length: 64", "max_length: 65"), "utf-8")
    with pytest.raises(ConfigError, match="inputs.max_length is 65; the encoder reads 64"):
        train_model(load_config(path))
    assert not (tmp_path / "model").exists()


@needs_training
def test_a_split_without_dev_is_refused(tmp_path: Path, encoder: Path):
    write_project(tmp_path, encoder)
    write_split(tmp_path, {"train": (0, 4, 1, 5, 2, 6), "dev": (), "test": (3, 7)})
    with pytest.raises(ConfigError, match="has no article in dev"):
        train_model(load_config(tmp_path / "config.yaml"))


def test_the_command_trains_and_scores(tmp_path: Path, encoder: Path, run: Run):
    pytest.importorskip("datasets")
    write_project(tmp_path, encoder)
    done = run("train", tmp_path / "config.yaml")
    assert done.code == 0, done.err
    assert "dev articles: 2 articles, 8 units" in done.out
    assert "units are cut" in done.err
    scored = run(
        "score", tmp_path / "articles", "--model", tmp_path / "model",
        "--codebook", tmp_path / "codebook.yaml", "--lang", "en",
    )  # fmt: skip
    assert scored.code == 0, scored.err


# What is fitted on dev


def test_dev_figures_come_from_the_other_dev_articles(small_dataset):
    from framing.cross_fitting import cross_fit, fit_decision

    random = np.random.default_rng(0)
    raw = RawScores(
        random.normal(size=small_dataset.frames.shape), random.normal(size=(len(small_dataset), 2))
    )
    held_out = cross_fit(raw, small_dataset)
    assert np.isfinite(held_out.probabilities).all()
    assert held_out.speakers.sum(axis=1) == pytest.approx(np.ones(len(small_dataset)))
    first = np.array([name == "a0.txt" for name in small_dataset.articles])
    others = small_dataset.select({"a1.txt", "a2.txt", "a3.txt"})
    decision = fit_decision(raw.rows(~first), others)
    expected = decision.calibration.apply(raw.frames[first])
    assert held_out.probabilities[first] == pytest.approx(expected)


def test_a_decision_is_made_at_the_threshold():
    from framing.classifiers.transformer.model import apply_decision

    decision = Decision(Calibration(np.ones(1), np.zeros(1)), np.array([0.5]))
    scores = apply_decision(
        decision, RawScores(np.array([[0.0], [-0.1]]), np.zeros((2, 0))), "c", "m"
    )
    assert scores.decisions.tolist() == [[True], [False]]
    assert scores.speakers.shape == (2, 0)


# Configs

GOOD = """\
name: x
model: transformer
data: {articles: a, codes: c.jsonl, codebook: b.yaml}
split: {file: s.json}
encoder: {name: owner/name}
training: {learning_rate: 1e-4}
output: out
"""


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        pytest.param("learning_rate", "learn_rate", r"row 6: unknown key `training.learn_rate`; did you mean", id="misspelt"),
        pytest.param("name: x", "name: x\ncandidates: {}", r"row 2: unknown key `candidates`", id="key-of-the-baseline"),
        pytest.param("split: {file: s.json}\n", "", r"split.file is missing: early stopping", id="no-split-file"),
        pytest.param("encoder: {name: owner/name}\n", "", r"key `encoder` is missing", id="no-encoder"),
        pytest.param("1e-4", "fast", r"row 6: `training.learning_rate` must be a number, not 'fast'", id="text-for-number"),
        pytest.param("1e-4", "0", r"training.learning_rate is 0.0; give 1e-08 to 1", id="zero-rate"),
        pytest.param("1e-4", ".nan", r"training.learning_rate is nan", id="nan-rate"),
        pytest.param("learning_rate: 1e-4", "tuned: lora, lora_rank: 0", r"training.lora_rank is 0; give 1 to 1024", id="lora-without-a-rank"),
        pytest.param("learning_rate: 1e-4", "tuned: half", r"training.tuned is 'half'; use full or", id="unknown-tuning"),
        pytest.param("learning_rate: 1e-4", "precision: half", r"training.precision is 'half'; use auto", id="unknown-precision"),
        pytest.param("output:", "loss: {frames: dice}\noutput:", r"row 7: loss.frames is 'dice'; use bce or", id="unknown-loss"),
        pytest.param("output:", "inputs: {max_length: 4}\noutput:", r"inputs.max_length is 4; give 8", id="too-short"),
        pytest.param("output:", "inputs: {pool: cls}\noutput:", r"inputs.pool is 'cls'; use unit or all", id="unknown-pool"),
        pytest.param("owner/name", "owner/name, scripts: [runes]", r"encoder.scripts is 'runes'; use ascii", id="unknown-script"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_config_is_named(tmp_path: Path, old: str, new: str, message: str):
    path = tmp_path / "c.yaml"
    path.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        load_config(path)


def test_a_number_with_an_exponent_is_a_number(tmp_path: Path):
    path = tmp_path / "c.yaml"
    path.write_text(GOOD, encoding="utf-8")
    config = load_config(path)
    assert isinstance(config, TransformerConfig)
    assert config.training.learning_rate == 1e-4
    assert list(config.plain())[-1] == "output"


def test_help_and_the_baseline_need_no_torch():
    code = (
        "from framing import load_config, load_model\n"
        "load_model('baseline').score_units(['The panel was set up.'], [0])\n"
        "load_config('configs/transformer.yaml')\n"
        "import framing.cli.app, framing.cli.train"
    )
    assert list_loaded(code, ("torch", "transformers", "datasets", "tokenizers")) == "[]"
