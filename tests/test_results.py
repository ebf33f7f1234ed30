"""Results: every format holds the same figures; spreadsheets run nothing."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from framing.articles.article import Article
from framing.classifiers.tfidf import TfidfModel
from framing.errors import OutputError
from framing.results import ResultWriter, article_record, source_record
from framing.scoring import SourceTotals, score_articles

TEXT = "Harbour fees to rise\n\nAn official said the budget was spent. It rained."


def records(model: TfidfModel) -> list[dict]:
    totals = SourceTotals(["outlet"], model.codebook)
    found = []
    for name, outlet in (("a.txt", "=HYPERLINK(1)"), ("b.txt", "日報「港」")):
        article = Article(text=TEXT, name=name, language="en", outlet=outlet)
        for scored in score_articles([article], model):
            totals.add(scored)
            found.append(article_record(scored, sentences=True))
    return found + [source_record(source, model.codebook) for source in totals.sources()]


def write(path: Path, model: TfidfModel) -> None:
    with ResultWriter(path, model) as writer:
        for record in records(model):
            writer.write(record)


def test_record_points_back_into_the_text(small_model: TfidfModel):
    record = records(small_model)[0]
    for sentence in record["sentences"]:
        assert TEXT[sentence["start"] : sentence["end"]] == sentence["text"]
        assert set(sentence["probabilities"]) == {"money", "safety"}


def test_json_says_what_made_it(small_model: TfidfModel, tmp_path: Path):
    write(tmp_path / "s.json", small_model)
    result = json.loads((tmp_path / "s.json").read_text(encoding="utf-8"))
    assert result["codebook"]["digest"] == small_model.codebook.digest
    assert len(result["articles"]) == 2
    assert [source["level"] for source in result["sources"]] == ["outlet", "outlet"]


def test_formats_agree(small_model: TfidfModel, tmp_path: Path):
    import pyarrow.parquet as pq

    for suffix in ("jsonl", "csv", "parquet"):
        write(tmp_path / f"s.{suffix}", small_model)
    lines = (tmp_path / "s.jsonl").read_text(encoding="utf-8").splitlines()
    shares = [json.loads(line)["shares"]["money"]["estimate"] for line in lines]
    with (tmp_path / "s.csv").open(encoding="utf-8", newline="") as stream:
        assert [float(row["share.money"]) for row in csv.DictReader(stream)] == shares
    table = pq.read_table(tmp_path / "s.parquet")
    assert table["share.money"].to_pylist() == shares
    assert {json.loads(line)["codebook"] for line in lines} == {small_model.codebook.digest}
    assert table.schema.metadata[b"framing.codebook"] == small_model.codebook.digest.encode()


def test_csv_runs_no_formula(small_model: TfidfModel, tmp_path: Path):
    write(tmp_path / "s.csv", small_model)
    with (tmp_path / "s.csv").open(encoding="utf-8", newline="") as stream:
        outlets = [row["outlet"] for row in csv.DictReader(stream)]
    assert outlets[0] == "'=HYPERLINK(1)"
    assert outlets[1] == "日報「港」"


@pytest.mark.parametrize("name", ["s.xls", "s"])
def test_unknown_ending(small_model: TfidfModel, tmp_path: Path, name: str):
    with pytest.raises(OutputError, match="end the name in one of: .json, .jsonl, .csv, .parquet"):
        ResultWriter(tmp_path / name, small_model)


@pytest.mark.parametrize("suffix", ["json", "jsonl", "csv", "parquet"])
def test_a_failure_writes_nothing(small_model: TfidfModel, tmp_path: Path, suffix: str):
    def fail() -> None:
        with ResultWriter(tmp_path / f"s.{suffix}", small_model) as writer:
            writer.write(records(small_model)[0])
            raise KeyError("stop")

    with pytest.raises(KeyError):
        fail()
    assert list(tmp_path.iterdir()) == []
