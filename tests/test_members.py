"""Members: networks of several seeds, the mean of their weights, and what is told of each."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from framing import load_config, train_model
from framing.classifiers.encoders.registry import TOKENIZER
from framing.classifiers.encoders.vocabulary import choose_pieces
from framing.classifiers.transformer.inputs import InputBuilder
from framing.classifiers.transformer.model import RawScores
from framing.classifiers.transformer.saving import open_tokenizer
from framing.config import TransformerConfig
from framing.dataset import Dataset
from framing.errors import ConfigError
from framing.members import Members, fit_members
from framing.transformer_config import FitConfig, InputConfig
from tests.tiny_encoder import (
    PAD,
    make_network,
    needs_export,
    needs_training,
    write_encoder,
    write_project,
)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_encoder(tmp_path_factory.mktemp("encoder"))


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory, encoder: Path) -> TransformerConfig:
    """Two networks, which read windows."""
    folder = write_project(tmp_path_factory.mktemp("project"), encoder)
    loaded = load_config(folder / "config.yaml")
    assert isinstance(loaded, TransformerConfig)
    training = FitConfig(
        epochs=3, max_steps=7, eval_steps=2, batch_size=5, learning_rate=1e-3,
        head_learning_rate=1e-2, masking=0.2, patience=0, precision="float32", threads=1, members=2,
    )  # fmt: skip
    return replace(loaded, training=training, inputs=InputConfig(units=3, before=1, max_length=64))


def fit(
    config: TransformerConfig,
    data: Dataset,
    encoder: Path,
    folder: Path,
    tell: Callable[[str], None] = lambda message: None,
) -> Members:
    train, dev = data.select({"a0.txt", "a1.txt", "a2.txt"}), data.select({"a3.txt"})
    held = {"dev": dev, "train": train}
    return fit_members(config, train, held, encoder, folder, tell=tell)


def fit_alone(
    config: TransformerConfig, data: Dataset, encoder: Path, folder: Path, seed: int
) -> tuple[Any, RawScores]:
    """One network by the parts a run is made of, and its scores on dev."""
    from framing.classifiers.transformer.examples import build_examples
    from framing.classifiers.transformer.fitting import fit_network
    from framing.classifiers.transformer.network import Masking
    from framing.classifiers.transformer.torch_scorer import TorchScorer

    train, dev = data.select({"a0.txt", "a1.txt", "a2.txt"}), data.select({"a3.txt"})
    builder = InputBuilder(open_tokenizer(encoder / TOKENIZER), config.inputs)
    examples, _ = build_examples(
        train, dev, builder, units=config.training.batch_size, epochs=config.training.epochs,
        seed=seed,
    )  # fmt: skip
    network = make_network(encoder)
    assert builder.mask is not None
    network.masking = Masking(config.training.masking, builder.mask, (*builder.separators, PAD))
    settings = replace(config.training, seed=seed)
    fit_network(network, examples, settings, config.loss, checkpoints=folder, padding=PAD)
    return network, TorchScorer(network).score(builder.build(dev.texts, dev.passages)[0])


@needs_training
def test_the_weights_are_the_mean_of_networks_of_two_seeds(
    tmp_path: Path, encoder: Path, config: TransformerConfig, small_dataset: Dataset
):
    import torch

    found = fit(config, small_dataset, encoder, tmp_path / "both")
    networks = []
    for seed, member in enumerate(found.members):
        network, scores = fit_alone(
            config, small_dataset, encoder, tmp_path / f"alone-{seed}", seed
        )
        networks.append(network.state_dict())
        assert member.seed == seed
        assert member.scores.keys() == {"dev", "train"}
        assert np.array_equal(member.scores["dev"].frames, scores.frames)
        assert np.array_equal(member.scores["dev"].speakers, scores.speakers)
    for name, values in found.network.state_dict().items():
        first, second = (weights[name].double() for weights in networks)
        assert torch.equal(values, ((first + second) / 2).float()), name
    heads = [weights["frame_head.weight"] for weights in networks]
    assert not torch.equal(*heads)


@needs_training
def test_one_member_is_itself(
    tmp_path: Path, encoder: Path, config: TransformerConfig, small_dataset: Dataset
):
    import torch

    one = replace(config, training=replace(config.training, members=1))
    told: list[str] = []
    found = fit(one, small_dataset, encoder, tmp_path / "one", told.append)
    network, _ = fit_alone(one, small_dataset, encoder, tmp_path / "alone", 0)
    for name, values in network.state_dict().items():
        assert torch.equal(values, found.network.state_dict()[name]), name
    assert not any(line.startswith("network ") for line in told)


class Killed(Exception):
    """Stands for a kill."""


def kill_second(step: int) -> Callable[[str], None]:
    """Stops the second network at its evaluation after that step, before its checkpoint."""
    networks = 0

    def tell(message: str) -> None:
        nonlocal networks
        networks += message.startswith("network ")
        if networks == 2 and message.startswith(f"step {step} of"):
            raise Killed

    return tell


@needs_training
@pytest.mark.parametrize(
    ("changes", "steps"),
    [
        pytest.param({}, 7, id="all-steps"),
        # The first network stopped early: it must not go on.
        pytest.param(
            {"patience": 1, "learning_rate": 1e-8, "head_learning_rate": 1e-8}, 4, id="early-stop"
        ),
        pytest.param({"max_steps": 0, "eval_steps": 2}, None, id="all-epochs"),
    ],
)
def test_a_run_killed_in_the_second_network_goes_on_to_the_same_weights(
    tmp_path: Path,
    encoder: Path,
    config: TransformerConfig,
    small_dataset: Dataset,
    changes: dict[str, Any],
    steps: int | None,
):
    import torch

    changed = replace(config, training=replace(config.training, **changes))
    whole = fit(changed, small_dataset, encoder, tmp_path / "whole")
    with pytest.raises(Killed):
        fit(changed, small_dataset, encoder, tmp_path / "cut", kill_second(4))
    told: list[str] = []
    resumed = fit(changed, small_dataset, encoder, tmp_path / "cut", told.append)
    assert [line for line in told if "going on from step 2 " in line]
    for before, after in zip(whole.members, resumed.members, strict=True):
        assert (after.fit.steps, after.fit.best_step) == (before.fit.steps, before.fit.best_step)
        assert after.fit.history == before.fit.history
        assert np.array_equal(after.scores["train"].frames, before.scores["train"].frames)
    assert steps in (None, whole.members[0].fit.steps)
    assert resumed.members[0].fit.resumed == whole.members[0].fit.steps
    for name, values in whole.network.state_dict().items():
        assert torch.equal(values, resumed.network.state_dict()[name]), name


@needs_training
def test_masking_without_a_mask_in_the_vocabulary_is_refused(
    tmp_path: Path, encoder: Path, config: TransformerConfig, small_dataset: Dataset
):
    folder = write_encoder(tmp_path / "encoder")
    text = (folder / TOKENIZER).read_text(encoding="utf-8").replace("<mask>", "<hide>")
    (folder / TOKENIZER).write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="training.masking: the vocabulary has no token"):
        fit(config, small_dataset, folder, tmp_path / "run")


@needs_export
@needs_training
def test_the_record_and_the_card_tell_of_each_network(tmp_path: Path, encoder: Path):
    path = write_project(tmp_path, encoder) / "config.yaml"
    text = path.read_text(encoding="utf-8").replace(
        "  max_steps: 4", "  max_steps: 2\n  members: 2"
    )
    text = text.replace("{before: 1,", "{units: 3, before: 1,")
    path.write_text(text + "score_test: true\n", encoding="utf-8")
    told: list[str] = []
    train_model(load_config(path), tell=told.append)
    assert [line for line in told if line.startswith("network ")] == [
        "network 1 of 2, seed 0", "network 2 of 2, seed 1",
    ]  # fmt: skip
    record = json.loads((tmp_path / "model" / "metrics.json").read_text(encoding="utf-8"))
    assert [member["seed"] for member in record["members"]] == [0, 1]
    card = (tmp_path / "model" / "README.md").read_text(encoding="utf-8")
    assert "the mean of 2 networks" in card
    rows = [line for line in card.splitlines() if " of 2 | " in line]
    assert len(rows) == 2
    for member, row in zip(record["members"], rows, strict=True):
        assert [entry["step"] for entry in member["history"]] == [2]
        for part in ("dev", "test"):
            assert 0 <= member[part]["macro_f1"] <= 1
            assert 0 <= member[part]["speaker_accuracy"] <= 1
            assert member[part]["macro_f1_by_language"].keys() == {"en"}
            assert f"{member[part]['macro_f1']:.3f}" in row
            assert f"{member[part]['speaker_accuracy']:.3f}" in row
    assert not list(tmp_path.glob(".model*"))


# The vocabulary of a model that is to be small

PIECES = [
    ("<unk>", 0.0), ("<s>", 0.0), ("▁", -2.0), ("a", -9.0), ("b", -9.5), ("항", -9.6), ("구", -9.7),
    ("ab", -3.0), ("▁ab", -4.0), ("항구", -3.5), ("abab", -6.0), ("ба", -1.0), ("▁a7", -5.0),
    ("bb", -20.0),
]  # fmt: skip
SCRIPTS = ("ascii", "hangul")


def choose(most: int, *seen: str) -> set[str]:
    names = [piece for piece, _ in PIECES]
    data = {
        "added_tokens": [{"id": 1, "content": "<s>"}],
        "model": {"type": "Unigram", "unk_id": 0, "vocab": [list(piece) for piece in PIECES]},
    }
    kept = choose_pieces(data, [names.index(piece) for piece in seen], SCRIPTS, most)
    assert kept == sorted(set(kept))
    return {names[index] for index in kept}


NEEDED = {"<unk>", "<s>", "▁", "a", "b", "항", "구", "bb"}
"""The unknown piece, special ones, single characters, and the one with the lowest score."""


def test_without_a_limit_every_piece_of_the_scripts_is_kept():
    assert choose(0) == NEEDED | {"ab", "▁ab", "항구", "abab", "▁a7"}


@pytest.mark.parametrize(
    ("more", "likeliest"),
    [
        pytest.param(0, set(), id="none"),
        pytest.param(1, {"ab"}, id="one"),
        pytest.param(3, {"ab", "항구", "▁ab"}, id="three-of-all-scripts"),
        pytest.param(5, {"ab", "항구", "▁ab", "▁a7", "abab"}, id="all"),
        pytest.param(99, {"ab", "항구", "▁ab", "▁a7", "abab"}, id="more-than-there-are"),
    ],
)
def test_of_the_others_the_likeliest_are_kept(more: int, likeliest: set[str]):
    assert choose(len(NEEDED) + more) == NEEDED | likeliest


@pytest.mark.parametrize("most", [1, 8, 9])
def test_what_is_needed_is_kept_past_the_limit(most: int):
    assert choose(most, "abab", "ба") == NEEDED | {"abab", "ба"}


def test_what_was_seen_takes_its_place_among_those_kept():
    assert choose(11, "abab", "ба") == NEEDED | {"abab", "ба", "ab"}


def test_a_limit_below_none_is_refused(config: TransformerConfig):
    with pytest.raises(ConfigError, match="encoder.most is -1; give 0 to"):
        replace(config.encoder, most=-1)


@needs_training
@pytest.mark.skipif(not find_spec("tensorboard"), reason="needs tensorboard")
def test_what_is_reported_outlasts_the_checkpoints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("TENSORBOARD_LOGGING_DIR", raising=False)
    folder = write_project(tmp_path, write_encoder(tmp_path / "encoder"))
    config = load_config(
        folder / "config.yaml", ("training.report_to=[tensorboard]", "training.members=2")
    )
    train_model(config)
    logged = {path.parent.name for path in (folder / "model.logs").glob("*/events.*")}
    assert logged == {"seed-0", "seed-1"}
    assert "TENSORBOARD_LOGGING_DIR" not in os.environ
    assert not list(folder.glob(".model.checkpoints"))
