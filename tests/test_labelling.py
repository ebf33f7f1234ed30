"""Labelling: same rows, same order, context across batches, bad rows named."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from framing.articles.article import Rejection
from framing.classifiers.base import FrameModel
from framing.classifiers.tfidf import TfidfModel
from framing.codebook import Codebook
from framing.errors import InputError
from framing.labelling import label_rows, read_rows
from framing.results import dump_line
from framing.transformer_config import InputConfig
from tests.tiny_encoder import write_encoder, write_model

ROWS: list[dict[str, Any]] = [
    {"text": "Harbour fees to rise", "article": "a", "page": 1},
    {"text": "It rained.", "article": "a", "frames": ["gold"], "tags": [None, {"k": "값"}]},
    {"text": "It rained.", "article": "b"},
    {"text": "It rained."},
    {"text": "The price of herring fell."},
]


def read(path: Path, **options: Any) -> tuple[list[dict[str, Any]], list[Rejection]]:
    rejected: list[Rejection] = []
    rows = list(read_rows(path, languages=("en", "ko"), on_reject=rejected.append, **options))
    return rows, rejected


def test_rows_keep_order_and_fields(small_model: TfidfModel):
    labelled = list(label_rows(ROWS, small_model))
    for row, result in zip(ROWS, labelled, strict=True):
        assert {k: result[k] for k in row if k != "frames"} == {
            k: v for k, v in row.items() if k != "frames"
        }
        assert set(result["probabilities"]) == {"money", "safety"}
        assert result["speaker"] in small_model.codebook.speaker_ids
    assert labelled[0]["frames"] == ["money"]
    assert "gold" not in labelled[1]["frames"]


@pytest.fixture(params=["baseline", "exported"])
def model(
    request: pytest.FixtureRequest,
    small_model: TfidfModel,
    small_codebook: Codebook,
    tmp_path: Path,
) -> FrameModel:
    """A model that reads one sentence before each, and one that reads windows of three."""
    if request.param == "baseline":
        return small_model
    if not all(map(find_spec, ("torch", "transformers", "onnx"))):
        pytest.skip("needs torch, transformers and onnx")
    encoder = write_encoder(tmp_path / "encoder", spread=0.5)
    inputs = InputConfig(units=3, before=1, max_length=64)
    return write_model(tmp_path / "model", encoder, small_codebook, inputs, bits=8)


def make_rows(*lengths: int) -> list[dict[str, Any]]:
    """Rows of passages of so many rows each; those of 1 name no article."""
    words = ["planks", "danger", "fees rise", "it rained", "gulls sat", "the price fell", "항구"]
    return [
        {"text": f"{words[(number * 5 + row) % 7]} {row}"}
        | ({"article": f"a{number}"} if length > 1 else {})
        for number, length in enumerate(lengths)
        for row in range(length)
    ]


@pytest.mark.parametrize("batch", [1, 3, 512])
def test_labels_do_not_depend_on_the_batch(model: FrameModel, batch: int):
    rows = make_rows(7, 1, 1, 16, 2, 3, 1, 5)
    expected = list(label_rows(rows, model, batch=len(rows)))
    assert list(label_rows(rows, model, batch=batch)) == expected
    # What stands around a row is read.
    alone = [next(label_rows([row], model)) for row in rows[:7]]
    assert alone[1:] != expected[1:7]


class Spy:
    """Notes what is scored at a time."""

    def __init__(self, model: FrameModel, context: int = 1) -> None:
        self.codebook, self.context, self.model = model.codebook, context, model
        self.calls: list[list[str]] = []

    def score_units(self, texts: Any, articles: Any) -> Any:
        self.calls.append(list(texts))
        return self.model.score_units(texts, articles)


@pytest.mark.parametrize(
    ("lengths", "expected"),
    [
        pytest.param([1] * 6, [3, 3], id="rows-alone"),
        pytest.param([2, 2, 2], [4, 2], id="read-on-to-the-end-of-a-passage"),
        pytest.param([2, 48, 2], [50, 2], id="the-longest-that-is-whole"),
        pytest.param([49, 1], [48, 1 + 2], id="one-row-too-many"),
        pytest.param([2, 100, 4], [50, 1 + 48, 1 + 4, 4], id="cut-twice"),
        pytest.param([], [], id="nothing"),
    ],
)
def test_a_batch_ends_with_a_passage_unless_that_is_too_long(
    small_model: TfidfModel, lengths: list[int], expected: list[int]
):
    spy, rows = Spy(small_model), make_rows(*lengths)
    labelled = list(label_rows(rows, spy, batch=3))
    assert [row["text"] for row in labelled] == [row["text"] for row in rows]
    assert [len(call) for call in spy.calls] == expected


@pytest.mark.parametrize("context", [0, 1, 20])
def test_rows_before_a_cut_are_context_for_those_after_it(small_model: TfidfModel, context: int):
    spy, rows = Spy(small_model, context), make_rows(40)
    texts = [row["text"] for row in rows]
    list(label_rows(rows, spy, batch=1))
    # Windows of 16 rows, each after as many rows as are read and known.
    assert spy.calls == [
        texts[:16], texts[max(0, 16 - context) : 32], texts[max(0, 32 - context) : 40]
    ]  # fmt: skip


def test_a_model_that_reads_one_row_back_is_not_changed_by_a_cut(small_model: TfidfModel):
    rows = make_rows(40)
    assert list(label_rows(rows, small_model, batch=1)) == list(label_rows(rows, small_model))


def test_rows_come_out_while_others_are_still_to_come(small_model: TfidfModel):
    read: list[int] = []

    def rows() -> Iterator[dict[str, Any]]:
        for number, row in enumerate(make_rows(2, 2, 2, 2)):
            read.append(number)
            yield row

    next(label_rows(rows(), small_model, batch=2))
    assert read == [0, 1, 2]


def test_context_stays_within_an_article(small_model: TfidfModel):
    labelled = list(label_rows(ROWS, small_model))
    assert labelled[1]["probabilities"] != labelled[2]["probabilities"]
    assert labelled[2]["probabilities"] == labelled[3]["probabilities"]


def test_memory_does_not_grow_with_rows(small_model: TfidfModel):
    def rows(count: int) -> Iterator[dict[str, Any]]:
        for number in range(count):
            yield {"text": f"Planks cost {number} more.", "article": str(number // 20)}

    def peak(count: int) -> int:
        tracemalloc.start()
        for _ in label_rows(rows(count), small_model, batch=64):
            pass
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    peak(64)  # what is built once
    assert peak(1500) < 1.5 * peak(300)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        pytest.param("{", "is not JSON", id="malformed"),
        pytest.param("[1]", "is not a JSON object", id="list"),
        pytest.param('{"sentence": "x"}', "has no `text`; its keys are sentence", id="no-text"),
        pytest.param('{"text": NaN}', "`text` is not a text: nan", id="nan"),
        pytest.param('{"text": null}', "`text` is not a text: None", id="null"),
        pytest.param('{"text": "half \\ud800 a character"}', "half a character", id="surrogate"),
        pytest.param("[" * 100_000, "is not JSON", id="nested-too-deep"),
        pytest.param('{"text": "  "}', "`text` is empty", id="blank"),
        pytest.param('{"text": "Hallo", "lang": "de"}', "language 'de' is not supported (en, ko)",
                     id="german"),
    ],
)  # fmt: skip
def test_bad_row_17_is_named_and_the_rest_goes_on(tmp_path: Path, line: str, reason: str):
    lines = [json.dumps({"text": f"Row {n}"}) for n in range(1, 21)]
    lines[16] = line
    path = tmp_path / "in.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    rows, rejected = read(path)
    assert len(rows) == 19
    assert str(rejected[0]).startswith(f"{path}, row 17: ")
    assert reason in str(rejected[0])
    with pytest.raises(InputError, match="row 17"):
        list(read_rows(path, languages=("en",)))


def test_language_can_be_forced(tmp_path: Path):
    path = tmp_path / "in.jsonl"
    path.write_text('{"text": "Hallo", "lang": "de"}\n', encoding="utf-8")
    assert len(read(path, language="en")[0]) == 1


def test_row_in_another_encoding_is_named(tmp_path: Path):
    path = tmp_path / "in.jsonl"
    path.write_bytes('{"text": "항구 요금"}\n'.encode("cp949") + b'{"text": "Fees"}\n')
    rows, rejected = read(path)
    assert rows == [{"text": "Fees"}]
    assert "row 1: is not UTF-8 text; save the file as UTF-8" in str(rejected[0])


def test_half_a_character_in_another_field_passes_through(tmp_path: Path, small_model: TfidfModel):
    path = tmp_path / "in.jsonl"
    path.write_text('{"text": "Fees rise", "note": "\\ud83d"}\n', encoding="utf-8")
    (row,) = label_rows(read(path)[0], small_model)
    assert json.loads(dump_line(row).encode("utf-8"))["note"] == "\ud83d"


def test_missing_file(tmp_path: Path):
    with pytest.raises(InputError, match="cannot be read.*check the path"):
        list(read_rows(tmp_path / "none.jsonl", languages=("en",)))
