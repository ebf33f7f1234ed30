"""Windows: several units read at once, in inputs, batches, the order of rows, and the loss."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framing.classifiers.transformer.examples import (
    ABSENT,
    Collator,
    LengthSampler,
    build_examples,
    pack_windows,
)
from framing.classifiers.transformer.inputs import (
    InputBuilder,
    Truncation,
    Window,
    batch_windows,
    pad_windows,
)
from framing.dataset import Dataset
from framing.errors import ConfigError
from framing.transformer_config import FitConfig, InputConfig, LossConfig
from tests.tiny_encoder import (
    END,
    MASK,
    PAD,
    START,
    make_builder,
    make_network,
    needs_tokenizers,
    needs_torch,
    needs_training,
    read,
    write_encoder,
)

FIVE = ["one", "two", "three", "four", "five"]


def build(units: int, before: int = 0, max_length: int = 64) -> InputBuilder:
    return make_builder(InputConfig(units=units, before=before, max_length=max_length))


def decode(builder: InputBuilder, windows: list[Window]) -> list[str]:
    return [read(builder, window.ids) for window in windows]


def words(builder: InputBuilder, windows: list[Window]) -> list[str]:
    """What each unit's span covers, unit by unit."""
    return [
        read(builder, window.ids[start:stop]).strip()
        for window in windows
        for start, stop in window.spans
    ]


# Inputs


@needs_tokenizers
@pytest.mark.parametrize(
    ("units", "before", "expected"),
    [
        pytest.param(2, 0, ["| one| two|", "| three|", "| four| five|"], id="two-at-once"),
        pytest.param(2, 1, ["| one| two|", "| two| three|", "| four| five|"], id="one-repeated"),
        pytest.param(2, 9, ["| one| two|", "| one| two| three|", "| four| five|"], id="all-repeated"),
        pytest.param(8, 2, ["| one| two| three|", "| four| five|"], id="passages-whole"),
    ],
)  # fmt: skip
def test_a_passage_is_read_in_windows(units: int, before: int, expected: list[str]):
    builder = build(units, before)
    windows, truncation = builder.build(FIVE, ["a", "a", "a", "b", "b"])
    assert decode(builder, windows) == expected
    assert [row for window in windows for row in window.rows] == list(range(5))
    assert words(builder, windows) == FIVE
    assert truncation == Truncation()


@needs_tokenizers
def test_a_window_ends_where_the_next_unit_does_not_fit():
    builder = build(8, max_length=12)  # three, a space before each word: 6 and a separator
    windows, truncation = builder.build(["three", "four", "a", "b", "c"], [0] * 5)
    assert decode(builder, windows) == ["| three|", "| four| a|", "| b| c|"]
    assert truncation == Truncation()


@needs_tokenizers
@pytest.mark.parametrize(
    ("before", "max_length", "expected"),
    [
        pytest.param(2, 14, "| two| three|", id="one-of-two"),
        pytest.param(2, 18, "| one| two| three|", id="both"),
        pytest.param(1, 18, "| two| three|", id="no-more-than-asked"),
        pytest.param(2, 12, "| three|", id="none-fits"),
    ],
)
def test_units_before_a_window_are_repeated_whole_while_there_is_room(
    before: int, max_length: int, expected: str
):
    builder = build(2, before, max_length)
    texts = ["one", "two", "three", "abcdefghijklmnop"]
    windows, _ = builder.build(texts, [0] * 4)
    assert [window.rows for window in windows] == [(0, 1), (2,), (3,)]
    assert read(builder, windows[1].ids) == expected


@needs_tokenizers
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", "|", id="empty"),
        pytest.param("a\ud800", "a|", id="lone-surrogate"),
        pytest.param("a 😀", "a |", id="emoji"),
        pytest.param("port 항구 港湾", "port 항구 港湾", id="mixed-scripts"),
        pytest.param("a</s>b", "a| | s |b", id="a-separator-in-the-text"),
        pytest.param("a<mask>b", "a| m a s k |b", id="a-mask-in-the-text"),
    ],
)
def test_awkward_text_stands_between_its_neighbours(text: str, expected: str):
    builder = build(3)
    (window,), truncation = builder.build(["one", text, "two"], [0] * 3)
    assert words(builder, [window]) == ["one", expected, "two"]
    assert window.ids.count(END) == 3
    assert truncation == Truncation()


@needs_tokenizers
@pytest.mark.parametrize("units", [2, 8])
@pytest.mark.parametrize("text", ["port " * 8000, "x" * 40_000], ids=["words", "no-space"])
def test_a_unit_of_40000_characters_has_a_window_of_its_own(units: int, text: str):
    builder = build(units, before=2)
    windows, truncation = builder.build(["one", text, "two"], [0] * 3)
    assert [window.rows for window in windows] == [(0,), (1,), (2,)]
    assert [len(window.ids) for window in windows] == [6, 64, 6]
    assert truncation == Truncation(units=1)


@needs_tokenizers
def test_nothing_has_no_windows():
    assert build(4).build([], []) == ([], Truncation())


passages_of_texts = st.lists(
    st.lists(st.text(max_size=30) | st.text("abc port항구.", max_size=30), min_size=1, max_size=7),
    max_size=4,
)


@needs_tokenizers
@settings(max_examples=120)
@given(
    passages=passages_of_texts,
    units=st.integers(2, 5),
    before=st.integers(0, 3),
    max_length=st.integers(8, 40),
    seed=st.none() | st.integers(0, 9),
)
def test_every_unit_is_read_once_in_order(passages, units, before, max_length, seed):
    texts = [text for passage in passages for text in passage]
    owners = [number for number, passage in enumerate(passages) for _ in passage]
    builder = build(units, before, max_length)
    random = None if seed is None else np.random.default_rng(seed)
    windows, _ = builder.build(texts, owners, random)
    alone = make_builder(InputConfig(before=0, max_length=max_length)).build(texts, owners)[0]
    own = [window.ids[1:-1] for window in alone]

    assert [row for window in windows for row in window.rows] == list(range(len(texts)))
    for window in windows:
        first, last = window.rows[0], window.rows[-1]
        assert owners[first] == owners[last]
        assert len(window.rows) <= units
        assert len(window.ids) <= max_length
        assert (window.ids[0], window.ids[-1]) == (START, END)
        ends = [place for place, token in enumerate(window.ids) if token == END]
        n_lead = len(ends) - len(window.rows)
        assert 0 <= n_lead <= (before if random is None else 0)
        assert owners[first - n_lead] == owners[first]
        assert window.ids[1:] == tuple(
            token for row in range(first - n_lead, last + 1) for token in (*own[row], END)
        )
        for row, (start, stop) in zip(window.rows, window.spans, strict=True):
            # A unit without tokens is read off the separator after it.
            assert window.ids[start:stop] == (own[row] or (END,))
            assert stop in ends or (not own[row] and start in ends)


@needs_tokenizers
def test_windows_hold_as_much_as_they_may():
    texts = ["a" * (1 + k * 7 % 11) for k in range(40)]
    windows, _ = build(4, before=2, max_length=24).build(texts, [0] * 40)
    for here, following in pairwise(windows):
        assert len(here.rows) == 4 or len(here.ids) + len(texts[following.rows[0]]) + 2 > 24
        # What stands before comes first: it is there wherever one unit fits beside it.
        lead = here.spans[0][0] > 1
        assert lead or not here.rows[0] or len(here.ids) + len(texts[here.rows[0] - 1]) + 2 > 24


@needs_tokenizers
def test_random_cuts_hold_one_to_all_units_and_nothing_before():
    texts = [f"{'abcdefghij'[k % 10]} port" for k in range(2000)]
    builder = build(4, before=2)
    windows, _ = builder.build(texts, [0] * 2000, np.random.default_rng(0))
    sizes = np.bincount([len(window.rows) for window in windows], minlength=5)
    assert sizes[0] == 0
    assert len(sizes) == 5
    # Each size is as likely: 800 windows, give or take.
    assert np.abs(sizes[1:] / len(windows) - 0.25).max() < 0.05
    assert all(window.spans[0][0] == 1 for window in windows)


@needs_tokenizers
def test_random_cuts_follow_the_generator():
    def cut(seed: int | None) -> list[Window]:
        random = None if seed is None else np.random.default_rng(seed)
        return build(4).build(FIVE * 20, [0] * 100, random)[0]

    assert cut(1) == cut(1)
    assert cut(1) != cut(2)
    assert cut(None) == cut(None)


@pytest.mark.parametrize(
    "change",
    [{"after": 1}, {"headline": True}, {"pool": "all"}],
    ids=["after", "headline", "pool"],
)
def test_what_only_single_units_have_is_refused(change: dict[str, Any]):
    with pytest.raises(ConfigError, match=r"inputs.units is 2: .*; leave out inputs.after"):
        InputConfig(units=2, **change)
    InputConfig(units=1, **change)


@pytest.mark.parametrize("units", [0, 65])
def test_units_out_of_range_are_refused(units: int):
    with pytest.raises(ConfigError, match=rf"inputs.units is {units}; give 1 to 64"):
        InputConfig(units=units)


# Batches

WINDOWS = [
    Window((START, 7, 8, END, 9, END), (0, 1), ((1, 3), (4, 5))),
    Window((START, 7, END), (2,), ((1, 2),)),
]


def test_windows_are_padded_to_the_longest_and_to_most_units():
    arrays = pad_windows(WINDOWS, PAD)
    assert arrays["input_ids"].tolist() == [
        [START, 7, 8, END, 9, END],
        [START, 7, END, PAD, PAD, PAD],
    ]
    assert arrays["attention_mask"].tolist() == [[1] * 6, [1] * 3 + [0] * 3]
    assert arrays["weights"].tolist() == [
        [[0, 0.5, 0.5, 0, 0, 0], [0, 0, 0, 0, 1, 0]],
        [[0, 1, 0, 0, 0, 0], [0] * 6],
    ]
    assert arrays["weights"].dtype == np.float32


@needs_tokenizers
@settings(max_examples=40)
@given(
    texts=st.lists(st.text("abc ", max_size=20), min_size=1, max_size=9), units=st.integers(2, 4)
)
def test_weights_of_a_unit_sum_to_1_and_of_none_to_0(texts: list[str], units: int):
    windows, _ = build(units, before=1).build(texts, [k // 5 for k in range(len(texts))])
    arrays = pad_windows(windows, PAD)
    sums = arrays["weights"].sum(axis=2)
    assert sums.shape == (len(windows), max(len(window.rows) for window in windows))
    for window, found in zip(windows, sums, strict=True):
        expected = [1.0] * len(window.rows) + [0.0] * (len(found) - len(window.rows))
        assert found == pytest.approx(expected, abs=1e-6)
    assert not (arrays["weights"].sum(axis=1) * (1 - arrays["attention_mask"])).any()


def test_batches_hold_each_window_once_longest_first():
    windows = [
        Window((START, *[7] * (k * 37 % 500), END), (k,), ((0, 1),)) for k in range(100)
    ]  # fmt: skip
    batches = batch_windows(windows)
    assert sorted(window.rows[0] for batch in batches for window in batch) == list(range(100))
    lengths = [len(window.ids) for batch in batches for window in batch]
    assert lengths == sorted(lengths, reverse=True)
    assert all(len(batch) * len(batch[0].ids) <= 4096 for batch in batches)
    assert batch_windows([]) == []


@needs_torch
def test_a_batch_has_gold_for_each_unit_and_none_where_there_is_none():
    rows = [
        {"input_ids": list(window.ids), "spans": [list(span) for span in window.spans],
         "frames": [[1.0, 0.0]] * len(window.rows), "speakers": [1] * len(window.rows)}
        for window in WINDOWS
    ]  # fmt: skip
    batch = Collator(PAD)([{"windows": rows[:1]}, {"windows": rows[1:]}])
    for name, values in pad_windows(WINDOWS, PAD).items():
        assert (batch[name].numpy() == values).all(), name
    assert batch["frames"].tolist() == [[[1, 0], [1, 0]], [[1, 0], [ABSENT, ABSENT]]]
    assert batch["speakers"].tolist() == [[1, 1], [1, ABSENT]]


@needs_training
def test_examples_are_cut_anew_each_epoch(small_dataset: Dataset):
    tables, truncations = build_examples(
        small_dataset, small_dataset, build(3, before=1, max_length=512), epochs=3, seed=5
    )
    train, dev = tables["train"], tables["dev"]
    assert set(train["epoch"]) == {0, 1, 2}
    assert set(dev["epoch"]) == {-1}
    cuts = []
    for epoch in range(3):
        own = [window for row in train if row["epoch"] == epoch for window in row["windows"]]
        cuts.append([len(window["spans"]) for window in own])
        # All gold, whatever the order.
        frames = sorted(frames for window in own for frames in window["frames"])
        assert frames == sorted(small_dataset.frames.astype(float).tolist())
        speakers = sorted(speaker for window in own for speaker in window["speakers"])
        assert speakers == sorted(small_dataset.speakers.tolist())
    assert len({tuple(sizes) for sizes in cuts}) == 3
    assert [len(row["windows"][0]["spans"]) for row in dev] == [3, 1] * 4
    assert truncations == {"train": Truncation(), "dev": Truncation()}


@needs_training
def test_seed_and_epoch_decide_how_passages_are_cut(small_dataset: Dataset):
    def cut(seed: int) -> list[int]:
        builder = build(3, max_length=512)
        tables, _ = build_examples(small_dataset, small_dataset, builder, epochs=2, seed=seed)
        return [len(window["spans"]) for row in tables["train"] for window in row["windows"]]

    assert cut(1) == cut(1)
    assert cut(1) != cut(2)


def test_packs_hold_about_as_many_units_of_about_the_same_length():
    random = np.random.default_rng(0)
    windows = []
    for row in range(200):
        size = int(random.integers(1, 9))
        rows = tuple(range(100 * row, 100 * row + size))
        windows.append(Window(tuple(range(30 * size)), rows, tuple((0, 1) for _ in rows)))
    packs = pack_windows(windows, 24, random)
    assert sorted(w.rows for pack in packs for w in pack) == sorted(w.rows for w in windows)
    sizes = [sum(len(window.rows) for window in pack) for pack in packs]
    assert max(sizes) <= 24
    assert np.mean(sizes) > 18
    read = sum(len(window.ids) for window in windows)
    padded = sum(len(pack) * max(len(window.ids) for window in pack) for pack in packs)
    assert padded < 1.3 * read
    again = pack_windows(windows, 24, random)
    assert [[w.rows for w in pack] for pack in again] != [[w.rows for w in pack] for pack in packs]


def test_a_window_larger_than_a_pack_is_a_pack():
    large = Window(tuple(range(90)), tuple(range(9)), tuple((0, 1) for _ in range(9)))
    small = Window((0, 1), (9,), ((0, 1),))
    packs = pack_windows([large, small], 4, np.random.default_rng(0))
    assert sorted(len(pack) for pack in packs) == [1, 1]
    assert pack_windows([], 4, np.random.default_rng(0)) == []


# Order of rows


@pytest.mark.parametrize("batch", [1, 4])
def test_an_epoch_draws_its_own_rows(batch: int):
    epochs = [0] * 30 + [1] * 41 + [2] * 25
    sampler = LengthSampler([k % 9 for k in range(96)], batch, 0, epochs)
    assert len(sampler) == 41
    orders = []
    for epoch in range(4):
        sampler.set_epoch(epoch)
        order = list(sampler)
        assert order == list(sampler)
        assert len(order) == 41
        own = {row for row, of in enumerate(epochs) if of == epoch % 3}
        assert set(order) == own
        assert max(np.bincount(order)) <= 2
        orders.append(order)
    # After the last one the first is drawn again, in another order.
    assert set(orders[3]) == set(orders[0])
    assert orders[3][:30] != orders[0][:30]


def test_rows_of_each_epoch_are_drawn_in_each():
    sampler = LengthSampler([1] * 5, 2, 0, [-1, 0, 0, 1, 1])
    for epoch, own in enumerate([{0, 1, 2}, {0, 3, 4}]):
        sampler.set_epoch(epoch)
        assert sorted(sampler) == sorted(own)


# The loss


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_encoder(tmp_path_factory.mktemp("encoder"))


LONG = (["port", "danger", "the fees rise"], [[1, 0], [0, 1], [1, 1]], [0, 1, -1])
SHORT = (["it rained"], [[0, 0]], [1])


def describe(*passages: Any) -> list[dict[str, Any]]:
    """The windows of an example, one a passage."""
    builder, rows = build(4), []
    for texts, frames, speakers in passages:
        (window,), _ = builder.build(texts, [0] * len(texts))
        spans = [list(span) for span in window.spans]
        rows.append(
            {"input_ids": list(window.ids), "spans": spans, "frames": frames, "speakers": speakers}
        )
    return rows


def collate(*passages: Any) -> dict[str, Any]:
    return Collator(PAD)([{"windows": describe(*passages)}])


@needs_training
@pytest.mark.parametrize("kind", ["bce", "focal", "asymmetric"])
def test_the_loss_is_that_of_the_units_that_are_there(encoder: Path, kind: str):
    import torch

    from framing.classifiers.transformer.losses import frame_loss, speaker_loss

    network = make_network(encoder).eval()
    network.loss = LossConfig(frames=kind)
    batch = collate(LONG, SHORT)
    result = network(**batch)
    assert result["frame_logits"].shape == (2, 3, 2)
    there = batch["frames"][..., 0] != ABSENT
    frames, voices = (result[name][there] for name in ("frame_logits", "speaker_logits"))
    gold = torch.tensor([*LONG[1], *SHORT[1]], dtype=torch.float32)
    expected = frame_loss(frames, gold, network.loss, network.positive_weights)
    expected += 0.5 * speaker_loss(voices, torch.tensor([*LONG[2], *SHORT[2]]))
    assert result["loss"].item() == pytest.approx(expected.item(), rel=1e-6)


@needs_training
def test_a_units_scores_do_not_depend_on_the_padding(encoder: Path):
    network = make_network(encoder).eval()
    together = network(**collate(LONG, SHORT))["frame_logits"]
    alone = network(**collate(SHORT))["frame_logits"]
    assert together[1, 0].tolist() == pytest.approx(alone[0, 0].tolist(), abs=1e-6)


@needs_training
def test_vectors_are_averaged_in_32_bits_where_all_else_is_in_16(encoder: Path):
    import torch

    network = make_network(encoder).eval()
    batch = collate(LONG, SHORT)
    inputs = {name: batch[name] for name in ("input_ids", "attention_mask")}
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        pooled = network.pool(**inputs, weights=batch["weights"])
        vectors = network.body(**inputs).last_hidden_state.float()
    assert pooled.dtype == torch.float32
    expected = (batch["weights"].unsqueeze(-1) * vectors.unsqueeze(1)).sum(dim=2)
    assert pooled.numpy() == pytest.approx(expected.numpy(), abs=1e-6)


# Masking


@needs_torch
@pytest.mark.parametrize("share", [0.1, 0.4])
def test_about_its_share_of_tokens_is_hidden_and_no_separator(share: float):
    import torch

    from framing.classifiers.transformer.network import Masking

    torch.manual_seed(0)
    ids = torch.tensor([[START, *range(5, 55), END, *[PAD] * 10]] * 400)
    masking = Masking(share, MASK, (START, END, PAD))
    hidden = masking.hide(ids)
    spared = (ids == START) | (ids == END) | (ids == PAD)
    assert (hidden[spared] == ids[spared]).all()
    changed = hidden != ids
    assert (hidden[changed] == MASK).all()
    # 20,000 tokens: five standard errors.
    assert changed[~spared].float().mean().item() == pytest.approx(share, abs=0.018)
    # Drawn anew each time, and the batch itself is left as it was.
    assert not torch.equal(masking.hide(ids), hidden)
    assert (ids != MASK).all()


@needs_training
def test_tokens_are_hidden_only_while_a_network_learns(encoder: Path):
    import torch

    from framing.classifiers.transformer.network import Masking, set_encoder_dropout

    network = make_network(encoder, dropout=0.0)
    set_encoder_dropout(network, 0.0)
    batch = collate(LONG, SHORT)
    seen = []
    for masking in (None, Masking(0.9, MASK, (START, END, PAD))):
        network.masking = masking
        for training in (True, False):
            network.train(training)
            seen.append(network(**batch)["frame_logits"])
    plain, scored, masked, scored_too = seen
    assert torch.equal(scored, scored_too)
    assert torch.allclose(plain, scored)
    assert not torch.allclose(masked, plain)


# Steps


@needs_training
@pytest.mark.parametrize(
    ("epochs", "steps"),
    [
        pytest.param([0, 0, 0, 0], 4, id="packs-of-one-window"),
        pytest.param([0, 0, 0, 1], 3 + 3, id="packs-of-two-epochs"),
        pytest.param([-1, -1, -1, -1], 2, id="units"),
    ],
)
def test_each_pack_is_a_step(tmp_path: Path, encoder: Path, epochs: list[int], steps: int):
    from datasets import Dataset as Table
    from datasets import DatasetDict

    from framing.classifiers.transformer.fitting import fit_network

    table = Table.from_dict({"epoch": epochs, "windows": [describe(LONG)] * 4})
    settings = FitConfig(
        epochs=max(epochs) + 1 or 1, batch_size=2, precision="float32", threads=1, patience=0
    )
    result = fit_network(
        make_network(encoder), DatasetDict(train=table, dev=table), settings, LossConfig(),
        checkpoints=tmp_path, padding=PAD,
    )  # fmt: skip
    assert result.steps == steps
