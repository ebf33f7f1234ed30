"""Labelling: same rows, same order, context across batches, bad rows named."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from framing.articles.article import Rejection
from framing.classifiers.tfidf import TfidfModel
from framing.errors import InputError
from framing.labelling import label_rows, read_rows
from framing.results import dump_line

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


@pytest.mark.parametrize("batch", [1, 2, 3, 100])
def test_context_reaches_across_batches(small_model: TfidfModel, batch: int):
    expected = list(label_rows(ROWS, small_model, batch=100))
    assert list(label_rows(ROWS, small_model, batch=batch)) == expected


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
