"""Benchmarks: rows read or refused with their place, folds, the authors' metrics, published tables."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import f1_score

from experiments.benchmarks.benchmark_tables import PUBLISHED
from framing.articles.article import Article
from framing.benchmarks.description import BenchmarkDescription, BenchmarkFile, load_description
from framing.benchmarks.folds import TASKS, BenchmarkFold, Task, cut_fold, iterate_official_folds
from framing.benchmarks.metrics import (
    METRICS,
    count_label_outcomes,
    decide_labels,
    evaluate_fold,
    evaluate_folds,
    find_official_macro_f1,
    find_official_micro_f1,
)
from framing.benchmarks.published import load_published
from framing.benchmarks.reading import Benchmark, read_benchmark
from framing.codebook import Codebook, Frame
from framing.corpus.splitting import find_story_clusters
from framing.dataset import Dataset
from framing.errors import ConfigError, FramingError, InputError
from framing.evaluation import find_macro_f1, find_micro_f1
from tests.conftest import ROOT

DESCRIPTIONS = ROOT / "annotations" / "benchmarks"

LABELS = ("money", "safety", "law_order")
CODEBOOK = Codebook(
    name="quay",
    version="1",
    frames=tuple(Frame(label, {"en": label}, "A label.") for label in LABELS),
    languages=("en", "de", "ar", "tr"),
)
QUAY = BenchmarkDescription(
    name="quay",
    codebook=Path("codebook.yaml"),
    folds=("0", "1"),
    labels={"law/order": "law_order"},
    files=(
        BenchmarkFile(path="all.jsonl", fold_field="fold", first_field="top"),
        BenchmarkFile(path="de.jsonl", part="de", few_shot_field="shown"),
    ),
)


def row(number: int, **changes: Any) -> dict[str, Any]:
    """A row of all.jsonl; a change to None takes the field away."""
    labels = changes.get("labels", ["safety"])
    values = {
        "id": f"q-{number}",
        "text": f"Planks of pier {number} give way",
        "labels": labels,
        "top": labels[0] if isinstance(labels, list) and labels else "safety",
        "fold": number % 2,
        "group": f"g{number}",
        "lang": "en",
    } | changes
    return {key: value for key, value in values.items() if value is not None}


GERMAN = [
    {"id": "d-0", "text": "Steg am Hafen gesperrt", "labels": ["safety"], "shown": True, "lang": "de"},
    {"id": "d-1", "text": "Gebühr steigt, Händler klagen", "labels": ["money", "law/order"],
     "shown": False, "lang": "de"},
    {"id": "d-2", "text": "STEG am Hafen gesperrt", "labels": ["safety"], "shown": False, "lang": "de"},
]  # fmt: skip

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes the two files of the benchmark; what is no list of rows is written as it is."""

    def write_files(rows: Any, german: Any = GERMAN) -> Path:
        for name, content in (("all.jsonl", rows), ("de.jsonl", german)):
            if isinstance(content, list):
                content = "".join(json.dumps(entry) + "\n" for entry in content)
            (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return tmp_path

    return write_files


def read(folder: Path) -> Benchmark:
    return read_benchmark(folder, QUAY, CODEBOOK)


# Reading


def test_rows_become_articles_of_one_unit(write: Write):
    rows = [
        row(
            0,
            labels=["law/order", "money"],
            top="money",
            text="Fee “illegal”, says\u2028court  — 料金",
        ),
        row(1),
    ]
    benchmark = read(write(rows))
    dataset = benchmark.dataset
    assert dataset.articles == dataset.passages == ("q-0", "q-1", "d-0", "d-1", "d-2")
    assert dataset.texts[0] == rows[0]["text"]
    assert dataset.frames.tolist()[:2] == [[True, False, True], [False, True, False]]
    assert (dataset.speakers == -1).all()
    article = dataset.about["q-0"]
    assert article.text[slice(*dataset.spans[0])] == dataset.texts[0]
    assert (article.row, article.parallel, Path(article.path).name) == (1, "g0", "all.jsonl")
    assert article.id == Article(text=rows[0]["text"], name="x").id
    assert dataset.languages.tolist() == ["en", "en", "de", "de", "de"]
    assert benchmark.parts == ("0", "1", "de few-shot", "de", "de")
    # the first of `labels` is not the first label
    assert benchmark.first.tolist() == [0, 1, 1, -1, 1]


def test_rows_without_a_group_are_grouped_by_their_text(write: Write):
    benchmark = read(write([row(0)]))
    assert benchmark.groups[0] == "g0"
    assert benchmark.groups[1] == benchmark.groups[3] != benchmark.groups[2]


def test_rows_of_a_group_are_never_parted_inside_a_training_part(write: Write):
    rows = [
        row(0, group="one", text="Fish is dear"),
        row(1, group="one", text="Balık pahalı", lang="tr"),
    ]
    clusters = find_story_clusters(read(write(rows)).dataset)
    assert clusters["q-0"] == clusters["q-1"] != clusters["d-1"]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        pytest.param([row(0), row(1, text=None)], r"row 2: has no `text`; its keys are id, labels", id="no-text"),
        pytest.param([row(0, text=" \u3000")], r"row 1: `text` is empty; download it again", id="blank-text"),
        pytest.param([row(0, text=7)], r"row 1: `text` is not a text: 7", id="number-for-text"),
        pytest.param('{"text": "half \\ud83d of it"}', r"row 1: `text` holds half a character", id="lone-surrogate"),
        pytest.param([row(0, group="\udc80")], r"row 1: `group` holds half a character", id="surrogate-in-group"),
        pytest.param([row(0, labels=["safty"])], r"row 1: label 'safty' is not in the codebook; did you mean 'safety'", id="unknown-label"),
        pytest.param([row(0, labels="safety")], r"row 1: `labels` is not a list of texts: 'safety'; as in", id="text-for-list"),
        pytest.param([row(0, labels=[1])], r"row 1: `labels` is not a list of texts: \[1\]", id="number-for-label"),
        pytest.param([row(0, labels=[])], r"row 1: `labels` is empty; name a label", id="no-label"),
        pytest.param([row(0, labels=["law/order", "law_order"])], r"row 1: `labels` names 'law/order' twice", id="label-twice"),
        pytest.param([row(0, top="money")], r"row 1: `top` is 'money', which is not among its labels; they are safety", id="first-is-no-label"),
        pytest.param([row(0, fold=2)], r"row 1: `fold` is 2, which is no fold; the folds are 0, 1", id="no-such-fold"),
        pytest.param([row(0, fold=True)], r"row 1: `fold` is True", id="bool-for-fold"),
        pytest.param([row(0, lang="fr")], r"row 1: `lang` is 'fr', which the codebook does not list; listed: en, de", id="other-language"),
        pytest.param([row(0, id="")], r"row 1: `id` is empty", id="no-id"),
        pytest.param([row(0), row(1, id="q-0")], r"all.jsonl, row 2: id 'q-0' stands in all.jsonl, row 1, too; keep", id="id-twice"),
        pytest.param([row(0, id="d-1")], r"de.jsonl, row 2: id 'd-1' stands in all.jsonl, row 1, too", id="id-in-two-files"),
        pytest.param("\n \n", r"all.jsonl: holds no row; download it again", id="empty-file"),
        pytest.param(b"\xff\xfe{}", r"row 1: is not UTF-8 text", id="utf-16"),
        pytest.param('{"id": ', r"row 1: is not JSON", id="cut-off"),
        pytest.param("[]", r"row 1: is not a JSON object", id="list-for-row"),
    ],
)  # fmt: skip
def test_bad_row_is_named_with_its_file(write: Write, rows: Any, message: str):
    with pytest.raises(FramingError, match=message) as caught:
        read(write(rows))
    assert "\n" not in str(caught.value)
    assert caught.value.path is not None
    assert caught.value.path.endswith(".jsonl")


def test_few_shot_field_must_say_yes_or_no(write: Write):
    with pytest.raises(InputError, match=r"de.jsonl, row 1: `shown` is 'yes'; say true or false"):
        read(write([row(0)], [GERMAN[0] | {"shown": "yes"}]))


def test_missing_folder_and_file_say_what_belongs_there(tmp_path: Path):
    with pytest.raises(
        InputError, match=r"nowhere: is not there; give the folder of quay that holds all"
    ):
        read(tmp_path / "nowhere")
    (tmp_path / "all.jsonl").write_text(json.dumps(row(0)), encoding="utf-8")
    with pytest.raises(InputError, match=r"is no folder; give the folder"):
        read(tmp_path / "all.jsonl")
    with pytest.raises(
        InputError, match=r"has no file de.jsonl; the folder of quay holds all.jsonl, de"
    ):
        read(tmp_path)


# Descriptions

GOOD = """\
name: quay
codebook: codebook.yaml
folds: ["0", "1"]
labels: {law/order: law_order}
files:
  - {path: all.jsonl, fold_field: fold, first_field: top}
  - {path: de.jsonl, part: de, few_shot_field: shown}
"""


def test_description_is_read(tmp_path: Path):
    path = tmp_path / "quay.yaml"
    path.write_text(GOOD, encoding="utf-8")
    assert load_description(path) == replace(QUAY, codebook=tmp_path / "codebook.yaml")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        pytest.param("name: quay", "nam: quay", r"row 1: unknown key `nam`; did you mean `name`", id="misspelt"),
        pytest.param("codebook: codebook.yaml\n", "", r"row 1: key `codebook` is missing", id="missing"),
        pytest.param("part: de", "part: 7", r"row 7: `part` must be a text, not 7; put it in quotes", id="number-for-part"),
        pytest.param('["0", "1"]', "[0, 1]", r"row 3: `folds` must be a list of texts, not \[0, 1\]", id="numbers-for-folds"),
        pytest.param("part: de, ", "", r"row 7: de.jsonl needs either `part` or `fold_field`", id="no-part"),
        pytest.param("part: de", "part: de, fold_field: fold", r"row 7: de.jsonl needs either", id="part-and-fold"),
        pytest.param('folds: ["0", "1"]\n', "", r"row 5: all.jsonl has a `fold_field`, and no `folds`", id="no-folds"),
        pytest.param("first_field: top", "few_shot_field: top", r"row 6: all.jsonl has both", id="folds-and-few-shot"),
        pytest.param("{law/order: law_order}", "law", r"row 4: `labels` must hold keys and values", id="text-for-labels"),
        pytest.param(GOOD[GOOD.index("files"):], "files: []", r"row 5: `files` is empty", id="no-files"),
        pytest.param(GOOD[GOOD.index("files"):], "files: [all.jsonl]", r"row 5: `files` must be a list of entries", id="names-for-files"),
    ],
)  # fmt: skip
def test_bad_description_names_the_line(tmp_path: Path, old: str, new: str, message: str):
    path = tmp_path / "quay.yaml"
    path.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        load_description(path)


@pytest.mark.parametrize(
    ("name", "labels", "languages"),
    [
        (
            "gvfc",
            "gun_rights gun_control politics mental_health school_public_safety race_ethnicity "
            "public_opinion society_culture economic_consequences",
            ("en", "de", "ar", "tr"),
        ),
        (
            "sib200",
            "science_technology travel politics sports health entertainment geography",
            ("en", "ko", "ja"),
        ),
    ],
)
def test_committed_codebook_has_the_labels_in_the_order_of_the_source(
    name: str, labels: str, languages: tuple[str, ...]
):
    description = load_description(DESCRIPTIONS / f"{name}.yaml")
    codebook = Codebook.load(description.codebook)
    assert (description.name, codebook.name) == (name, name)
    assert codebook.frame_ids == tuple(labels.split())
    assert codebook.languages == languages
    assert not codebook.speakers
    assert not any(frame.examples for frame in codebook.frames)
    assert set(description.labels.values()) <= set(codebook.frame_ids)


# Folds


@pytest.fixture
def quay(write: Write) -> Benchmark:
    """Twelve rows; of 0, 4 and 8 the second label comes first."""
    rows = [
        row(n, labels=[LABELS[n % 3]])
        if n % 4
        else row(n, labels=["money", "safety"], top="safety")
        for n in range(12)
    ]
    return read(write(rows))


def test_official_folds_hold_out_each_row_once(quay: Benchmark):
    folds = list(iterate_official_folds(quay, "multilabel"))
    held = [name for fold in folds for name in fold.test.articles]
    assert [fold.name for fold in folds] == ["0", "1"]
    assert sorted(held) == sorted(f"q-{n}" for n in range(12))
    for fold in folds:
        assert not set(fold.train.articles) & set(fold.test.articles)
        assert len(fold.train) == len(fold.test) == 6
        assert fold.groups == tuple(f"g{name[2:]}" for name in fold.test.articles)
        assert (
            fold.train.frames.sum(axis=1).max() == fold.test.frames.sum(axis=1).max() or fold.name
        )


def test_one_label_is_learnt_and_every_label_tested_on(quay: Benchmark):
    fold = next(iterate_official_folds(quay, "multiclass"))
    assert (fold.train.frames.sum(axis=1) == 1).all()
    assert fold.test.frames.sum(axis=1).tolist() == [2, 1, 2, 1, 2, 1]
    assert fold.first.tolist() == [1, 2, 1, 0, 1, 1]


def test_transfer_learns_from_parts_and_the_few_rows_shown(quay: Benchmark):
    fold = cut_fold(quay, "multilabel", "de", train=["0", "1", "de few-shot"], test=["de"])
    assert len(fold.train) == 13
    assert fold.test.articles == ("d-1", "d-2")
    spoken = cut_fold(
        quay, "multilabel", "en", train=["de", "de few-shot"], test=["0"],
        train_languages=["de"], test_languages=["en"],
    )  # fmt: skip
    assert set(spoken.train.languages) == {"de"}


@pytest.mark.parametrize(
    ("task", "arguments", "message"),
    [
        pytest.param("multilabel", {"train": ["0", "2"], "test": ["1"]}, r"quay has no row of part '2'; it has 0, 1, de, de few-shot", id="no-such-part"),
        pytest.param("multilabel", {"train": ["0"], "test": ["1"], "test_languages": ["ko"]}, r"no row of part '1'|no row of language 'ko'", id="no-such-language"),
        pytest.param("multilabel", {"train": ["0", "1"], "test": ["1"]}, r"6 rows would be learnt from and tested on, 'q-1' the first", id="both-sides"),
        pytest.param("multiclass", {"train": ["de"], "test": ["0"]}, r"'d-1' has several labels and none that comes first", id="first-not-known"),
    ],
)  # fmt: skip
def test_impossible_fold_is_refused(quay: Benchmark, task: Task, arguments: Any, message: str):
    with pytest.raises(InputError, match=message):
        cut_fold(quay, task, "x", **arguments)


def test_benchmark_without_folds_says_so(quay: Benchmark):
    without = replace(quay, description=replace(QUAY, folds=()))
    with pytest.raises(InputError, match=r"quay has no official folds; name the parts"):
        next(iterate_official_folds(without, "multilabel"))


# Metrics


def make_fold(
    gold: Any, first: Any, groups: tuple[str, ...] | None = None, name: str = "0"
) -> BenchmarkFold:
    """A fold whose test rows have these labels (n_units, 3)."""
    frames = np.array(gold, dtype=bool)
    names = tuple(f"{name}-{n}" for n in range(len(frames)))
    test = Dataset(
        codebook=CODEBOOK,
        texts=names,
        frames=frames,
        speakers=np.full(len(frames), -1),
        articles=names,
        passages=names,
        about={of: Article(text=of, name=of) for of in names},
    )
    return BenchmarkFold(name, test, test, np.array(first, dtype=np.int64), groups or names)


# Rows: right; one of two found, by the arg-max alone; wrong; both found; said one too many.
GOLD = [[1, 0, 0], [1, 1, 0], [0, 0, 1], [1, 1, 0], [0, 1, 0]]
FIRST = [0, 1, 2, 0, 1]
GIVEN = np.array(
    [[0.9, 0.1, 0.2], [0.4, 0.3, 0.2], [0.2, 0.8, 0.1], [0.7, 0.6, 0.1], [0.6, 0.9, 0.0]]
)


def test_figures_of_five_rows_with_all_their_labels():
    # money: 3 hits, 1 false; safety: 2 hits, 1 false, 1 missed; law_order: 1 missed, never said
    found = evaluate_fold("multilabel", GIVEN, make_fold(GOLD, FIRST))
    assert tuple(found) == METRICS["multilabel"]
    assert found["f1_macro"] == pytest.approx((6 / 7 + 4 / 6) / 2)
    assert found["f1_micro"] == pytest.approx(10 / 13)
    assert found["f1_macro_plain"] == pytest.approx((6 / 7 + 4 / 6 + 0) / 3)
    assert found["f1_micro_plain"] == pytest.approx(10 / 14)
    assert found["em_1"] == pytest.approx(1 / 3)
    assert found["em_2"] == pytest.approx(1 / 2)
    assert found["em_a"] == pytest.approx(2 / 5)
    assert found["top_2"] == pytest.approx(4 / 5)


def test_figures_of_five_rows_with_the_first_label():
    # said: money, money, safety, money, safety; first: money, safety, law_order, money, safety
    found = evaluate_fold("multiclass", GIVEN, make_fold(GOLD, FIRST))
    assert tuple(found) == METRICS["multiclass"]
    assert found["em_a"] == pytest.approx(3 / 5)
    assert found["em_1"] == pytest.approx(2 / 3)
    assert found["top_2"] == pytest.approx(4 / 5)
    # money: 2 hits, 1 false; safety: 1 hit, 1 false, 1 missed; law_order: missed, never said
    assert found["f1_macro"] == pytest.approx((4 / 5 + 2 / 4) / 2)
    assert found["f1_micro"] == pytest.approx(6 / 9)
    assert found["f1_macro_plain"] == pytest.approx((4 / 5 + 2 / 4 + 0) / 3)


def test_figures_of_five_rows_with_one_label():
    gold = np.eye(3)[FIRST]
    found = evaluate_fold("single_label", GIVEN, make_fold(gold, FIRST))
    assert found == pytest.approx({"accuracy": 3 / 5, "f1_macro": (4 / 5 + 2 / 4 + 0) / 3})


def test_authors_f1_is_what_their_code_gives():
    """The steps of `get_metrics` in run_analysis.py, with scikit-learn's F1, on random rows."""
    generator = np.random.default_rng(3)
    left_out = 0
    for _ in range(50):
        gold = generator.random((12, 3)) < [0.5, 0.3, 0.08]
        given = generator.random((12, 3)) * [1.0, 0.9, 0.6]
        said = given > 0.5
        for unit in np.flatnonzero(~said.any(axis=1)):
            said[unit, given[unit].argmax()] = True
        kept = said.any(axis=0) & gold.any(axis=0)
        left_out += int((~kept).sum())
        found = evaluate_fold("multilabel", given, make_fold(gold, [0] * 12))
        for metric, average in (("f1_macro", "macro"), ("f1_micro", "micro")):
            theirs = f1_score(gold[:, kept], said[:, kept], average=average, zero_division=0)
            assert found[metric] == pytest.approx(theirs)
    assert left_out > 5


def test_one_half_is_not_above_the_threshold():
    said = decide_labels(np.array([[0.5, 0.5, 0.4], [0.50001, 0.5, 0.4]]))
    assert said.tolist() == [[True, False, False]] * 2


@pytest.mark.parametrize(
    ("said", "gold"),
    [
        pytest.param([[1, 0, 0], [1, 0, 0]], [[1, 0, 0], [1, 1, 0]], id="never-said"),
        pytest.param([[1, 1, 0], [1, 0, 0]], [[1, 0, 0], [1, 0, 0]], id="never-occurs"),
    ],
)
def test_leaving_labels_out_never_lowers_the_authors_f1(said: Any, gold: Any):
    counts = count_label_outcomes(np.array(said, dtype=bool), np.array(gold, dtype=bool)).sum(
        axis=0
    )
    assert find_official_macro_f1(counts) >= find_macro_f1(counts)
    assert find_official_micro_f1(counts) > find_micro_f1(counts)
    assert find_official_macro_f1(counts) == 1.0


def test_what_a_fold_cannot_tell_is_none():
    gold = np.eye(3)[[0, 1]]
    wrong = np.eye(3)[[1, 0]]
    assert evaluate_fold("multilabel", wrong, make_fold(gold, [0, 1]))["em_2"] is None
    unknown = evaluate_fold("multilabel", wrong, make_fold(gold, [0, -1]))
    assert unknown["top_2"] is None
    assert evaluate_fold("multilabel", wrong, make_fold(1 - gold, [1, 2]))["em_1"] is None
    nothing = evaluate_fold("multiclass", np.eye(3)[[2, 2]], make_fold(gold, [0, 1]))
    assert nothing["f1_macro"] is nothing["f1_micro"] is None
    assert nothing["f1_macro_plain"] == 0.0


@pytest.mark.parametrize(
    ("task", "given", "first", "message"),
    [
        pytest.param("multilabel", np.zeros((2, 2)), [0, 1], r"fold 0: probabilities of shape \(2, 2\) for 2 rows and 3", id="columns"),
        pytest.param("multilabel", np.zeros((3, 3)), [0, 1], r"shape \(3, 3\) for 2 rows", id="rows"),
        pytest.param("multilabel", np.full((2, 3), np.nan), [0, 1], r"a probability is no number from 0 to 1", id="nan"),
        pytest.param("multilabel", np.full((2, 3), 1.2), [0, 1], r"a probability is no number", id="raw-scores"),
        pytest.param("multiclass", np.zeros((2, 3)), [0, -1], r"1 rows have several labels and none that comes", id="first-not-known"),
    ],
)  # fmt: skip
def test_scores_that_do_not_fit_are_refused(task: Task, given: Any, first: Any, message: str):
    with pytest.raises(ValueError, match=message):
        evaluate_fold(task, given, make_fold([[1, 0, 0], [0, 1, 0]], first))


@pytest.mark.parametrize("task", TASKS)
def test_mean_over_folds_leaves_out_what_a_fold_cannot_tell(task: Task):
    folds = [
        make_fold(np.eye(3)[[0, 1, 2] * 4], [0, 1, 2] * 4),
        make_fold(GOLD * 2, FIRST * 2, name="1"),
    ]
    given = [np.eye(3)[[0, 1, 1] * 4], np.vstack([GIVEN, GIVEN])]
    found = evaluate_folds(task, given, folds, n_resamples=200)
    assert found["units"] == 22
    assert tuple(found["mean"]) == METRICS[task]
    for metric, interval in found["mean"].items():
        values = [fold[metric] for fold in found["folds"].values() if fold[metric] is not None]
        assert interval["estimate"] == pytest.approx(np.mean(values))
        assert interval["low"] <= interval["estimate"] <= interval["high"]
    assert found == evaluate_folds(task, given, folds, n_resamples=200)
    if task == "multilabel":
        assert found["folds"]["0"]["em_2"] is None


def test_copies_of_a_row_widen_the_interval_and_few_groups_have_none():
    generator = np.random.default_rng(0)
    gold = np.eye(3)[generator.integers(0, 3, 60)]
    given = np.where(generator.random((60, 1)) < 0.6, gold, gold[:, [1, 2, 0]])
    first = gold.argmax(axis=1)
    alone = make_fold(gold, first)
    triples = make_fold(
        gold.repeat(3, axis=0), first.repeat(3), tuple(f"g{n // 3}" for n in range(180))
    )
    widths = []
    for fold, scores in ((alone, given), (triples, given.repeat(3, axis=0))):
        mean = evaluate_folds("single_label", [scores], [fold])["mean"]["accuracy"]
        widths.append(mean["high"] - mean["low"])
    assert widths[0] == pytest.approx(widths[1], abs=0.02)
    few = replace(alone, groups=tuple(f"g{n // 10}" for n in range(60)))
    mean = evaluate_folds("single_label", [given], [few])["mean"]["accuracy"]
    assert mean["low"] is mean["high"] is None


def test_interval_of_a_mean_over_folds_covers():
    """Three folds of 12 groups of two like rows; right with a chance that differs by fold."""
    generator = np.random.default_rng(7)
    chances = (0.9, 0.7, 0.5)
    covered = 0
    for _ in range(200):
        folds, given = [], []
        for number, chance in enumerate(chances):
            right = (generator.random(12) < chance).repeat(2)
            first = np.where(right, 0, 1)
            groups = tuple(f"g{n // 2}" for n in range(24))
            folds.append(make_fold(np.eye(3)[first], first, groups, str(number)))
            given.append(np.tile([1.0, 0.0, 0.0], (24, 1)))
        mean = evaluate_folds("single_label", given, folds, n_resamples=300)["mean"]["accuracy"]
        covered += mean["low"] <= np.mean(chances) <= mean["high"]
    assert covered / 200 >= 0.92


def test_no_fold_and_two_of_one_name_are_refused():
    with pytest.raises(ValueError, match="no folds"):
        evaluate_folds("multilabel", [], [])
    fold = make_fold(GOLD, FIRST)
    with pytest.raises(ValueError, match="two folds have one name: 0, 0"):
        evaluate_folds("multilabel", [GIVEN, GIVEN], [fold, fold])


# Published figures


def test_published_figures_are_of_known_benchmarks():
    results = load_published(PUBLISHED)
    names = {load_description(DESCRIPTIONS / f"{name}.yaml").name for name in ("gvfc", "sib200")}
    assert {result.benchmark for result in results} == names
    keys = [(of.benchmark, of.task, of.model, of.training) for of in results]
    assert len(set(keys)) == len(keys)
    (best,) = [of for of in results if of.task == "multiclass" and of.model.startswith("EngBERT")]
    assert best.scores["folds"]["em_a"] == best.scores["folds"]["f1_micro"] == 0.83
    parts = {"gvfc": {"folds", "de", "ar", "tr"}, "sib200": {"en", "ko", "ja"}}
    for name, known in parts.items():
        tests = [set(of.scores) for of in results if of.benchmark == name]
        assert set.union(*tests) == known


QUAY_PUBLISHED = """\
results:
  - benchmark: quay
    task: multilabel
    model: a net
    training: other folds
    source: invented
    scores:
      folds: {f1_macro: 0.5}
"""


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        pytest.param("task: multilabel", "task: guess", r"row 3: task 'guess' is not known; known: multilabel", id="task"),
        pytest.param("f1_macro", "f1_marco", r"row 8: unknown key `f1_marco`; did you mean `f1_macro`", id="metric"),
        pytest.param("0.5", "50", r"row 8: `f1_macro` is 50; give 0 to 1", id="per-cent"),
        pytest.param("0.5", ".nan", r"row 8: `f1_macro` is nan", id="nan"),
        pytest.param("0.5", "true", r"row 8: `f1_macro` is True", id="bool"),
        pytest.param("source: invented", "paper: invented", r"row 6: unknown key `paper`", id="misspelt"),
        pytest.param("    source: invented\n", "", r"row 2: key `source` is missing", id="missing"),
        pytest.param("{f1_macro: 0.5}", "0.5", r"row 8: `folds` must hold keys and values", id="number-for-scores"),
    ],
)  # fmt: skip
def test_bad_published_figure_names_the_line(tmp_path: Path, old: str, new: str, message: str):
    path = tmp_path / "published.yaml"
    path.write_text(QUAY_PUBLISHED.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        load_published(path)


# The data itself, where it is


def open_benchmark(name: str, folder: Path) -> Benchmark:
    description = load_description(DESCRIPTIONS / f"{name}.yaml")
    return read_benchmark(folder, description, Codebook.load(description.codebook))


@pytest.fixture(scope="module")
def gvfc(shared: Path) -> Benchmark:
    return open_benchmark("gvfc", shared / "benchmarks" / "gvfc")


@pytest.fixture(scope="module")
def sib200(shared: Path) -> Benchmark:
    return open_benchmark("sib200", shared / "benchmarks" / "sib200_enkoja")


def test_gvfc_has_the_counts_of_its_readme(gvfc: Benchmark):
    rows = gvfc.find_rows(gvfc.description.folds)
    assert len(rows) == 1300
    assert [gvfc.parts.count(fold) for fold in gvfc.description.folds] == [263, 262, 260, 258, 257]
    frames = gvfc.dataset.frames[rows]
    assert frames.sum(axis=0).tolist() == [66, 322, 427, 80, 182, 134, 263, 50, 95]
    assert np.bincount(gvfc.first[rows]).tolist() == [38, 215, 373, 65, 137, 114, 237, 41, 80]
    assert Counter(frames.sum(axis=1).tolist()) == {1: 981, 2: 319}
    assert len({gvfc.groups[row] for row in rows}) == 1297
    for part, (tested, shown) in {"de": (286, 40), "ar": (348, 40), "tr": (60, 40)}.items():
        assert (gvfc.parts.count(part), gvfc.parts.count(f"{part} few-shot")) == (tested, shown)


def test_gvfc_folds_have_three_headlines_on_both_sides(gvfc: Benchmark):
    by_group: dict[str, set[str]] = {}
    for row_number in gvfc.find_rows(gvfc.description.folds):
        by_group.setdefault(gvfc.groups[row_number], set()).add(gvfc.parts[row_number])
    assert sum(len(folds) > 1 for folds in by_group.values()) == 3


def test_turkish_rows_stand_among_those_shown_and_those_tested(gvfc: Benchmark):
    """A leak of the published few-shot figures: a third of the rows tested are among those shown."""
    by_part = {
        part: {gvfc.dataset.texts[n] for n in gvfc.find_rows([part])}
        for part in ("tr", "tr few-shot")
    }
    tested = [gvfc.dataset.texts[n] for n in gvfc.find_rows(["tr"])]
    assert sum(text in by_part["tr few-shot"] for text in tested) == 20


def test_sib200_has_the_counts_of_its_readme(sib200: Benchmark):
    assert Counter(sib200.parts) == {"train": 2103, "dev": 297, "test": 612}
    for part, n_rows in {"train": 701, "dev": 99, "test": 204}.items():
        for language in ("en", "ko", "ja"):
            assert len(sib200.find_rows([part], [language])) == n_rows
    train = sib200.find_rows(["train"], ["ko"])
    assert np.bincount(sib200.first[train]).tolist() == [176, 138, 102, 85, 77, 65, 58]
    by_group = Counter(sib200.groups)
    assert set(by_group.values()) == {3}
    assert (
        len({(group, part) for group, part in zip(sib200.groups, sib200.parts, strict=True)})
        == 1004
    )
