"""Exchange: codes go to annotation tools and come back the same, or are refused by name."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framing.articles.article import Article
from framing.articles.reading import read_articles
from framing.codebook import Codebook, Frame, Speaker
from framing.coding.codes import Code, digest_text, read_codes, write_codes
from framing.coding.exchange.doccano import (
    make_label_types,
    name_file,
    read_doccano,
    write_doccano,
)
from framing.coding.exchange.label_studio import read_label_studio, write_label_studio
from framing.coding.exchange.labelling_config import make_labelling_config
from framing.coding.exchange.labels import NO_FRAME, list_all_labels
from framing.coding.exchange.returns import Returned, merge_returned
from framing.coding.exchange.tasks import make_tasks
from framing.errors import CodebookError, FramingError, InputError
from tests.conftest import ROOT

DATA = ROOT / "tests" / "data" / "exchange"
CORPUS = ROOT / "annotations"
TOOLS = ("label-studio", "doccano-jsonl", "doccano-csv")
SIGNED = "2.10 f4be3604593f2eb5"


@pytest.fixture(scope="module")
def book() -> Codebook:
    return Codebook.load(DATA / "codebook.yaml")


@pytest.fixture(scope="module")
def articles() -> list[Article]:
    return list(read_articles([DATA / "harbour.txt", DATA / "harbour-ko.txt"]))


@pytest.fixture(scope="module")
def codes(book: Codebook) -> list[Code]:
    return read_codes(DATA / "codes.jsonl", book)


def place(codes: Sequence[Code]) -> list[Code]:
    return sorted(codes, key=lambda code: (code.coder, code.article, code.start))


def read(tool: str, path: Path, articles: list[Article], book: Codebook) -> Returned:
    if tool == "label-studio":
        return read_label_studio(path, articles, book)
    return read_doccano(path, articles, book, as_csv=tool == "doccano-csv")


def there_and_back(
    folder: Path, tool: str, codes: Sequence[Code], articles: list[Article], book: Codebook
) -> Returned:
    """Write codes for a tool and read them again, for doccano a file for each coder."""
    keys = [(code.article, code.start, code.end) for code in codes]
    made = make_tasks(articles, codes, sample=keys)
    if tool == "label-studio":
        path = folder / "tasks.json"
        with path.open("w", encoding="utf-8", newline="") as stream:
            write_label_studio(stream, made.tasks, book)
        return read(tool, path, articles, book)
    as_csv = tool == "doccano-csv"
    parts = {}
    for coder in made.coders:
        path = folder / f"{name_file(coder)}.{'csv' if as_csv else 'jsonl'}"
        with path.open("w", encoding="utf-8", newline="") as stream:
            write_doccano(stream, made.tasks, book, coder=coder, as_csv=as_csv)
        parts[path] = read(tool, path, articles, book)
    return merge_returned(parts)


# --- round trips -------------------------------------------------------------------------------

AWKWARD = (
    "plain", "=1+1", "@SUM(A1)", "-2", "+3", "＝１", "'", "'=", "''", "\t", "\r", "\r\n", "\n",
    '"quoted", "twice"', "#a#b", "frames:none", "\u2028", "\x85", "\x00", "\ufeff", "🚢👩🏽‍✈️",
    unicodedata.normalize("NFD", "é 안보"), "שלום", "\u202eabc", "<b>&amp;</b>", "$text", "nan",
    "null", "1e5", "{{x}}", "\\n", "日本語。", " ", "%61",
)  # fmt: skip
texts = (
    st.lists(st.sampled_from(AWKWARD) | st.text(max_size=5), min_size=1, max_size=4)
    .map(lambda parts: "".join(parts).encode("utf-8", "replace").decode())
    .filter(bool)
)
names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=15).filter(
    lambda name: name.strip() and "\x00" not in name
)


@st.composite
def coded_articles(draw: st.DrawFn) -> tuple[list[Article], list[Code]]:
    book = Codebook.load(DATA / "codebook.yaml")
    coders = draw(st.lists(names | st.just("all"), min_size=1, max_size=3, unique=True))
    name = draw(st.sampled_from(["a.txt", "=cmd.txt", "é 안.md", "'b#,\".txt"]))
    units = draw(st.lists(texts, min_size=1, max_size=4))
    codes, text = [], ""
    for number, unit in enumerate(units):
        start, end = len(text), len(text) + len(unit)
        text += unit + "\n"
        for coder in coders:
            if draw(st.integers(0, 4)) == 0:
                continue
            frames = draw(st.sets(st.sampled_from(book.frame_ids)))
            codes.append(
                Code(
                    article=name,
                    unit=number,
                    start=start,
                    end=end,
                    sha1=digest_text(unit),
                    coder=coder,
                    frames=tuple(frame for frame in book.frame_ids if frame in frames),
                    speaker=draw(st.sampled_from([None, *book.speaker_ids])),
                    unsure=draw(st.booleans()),
                    note=draw(st.just("") | texts),
                )
            )
    return [Article(text=text, name=name, language="en")], codes


@pytest.mark.parametrize("tool", TOOLS)
@settings(max_examples=settings.default.max_examples // 2)
@given(coded=coded_articles())
def test_codes_come_back(tool: str, coded: tuple, book: Codebook, tmp_path_factory: Any):
    articles, codes = coded
    if codes:
        folder = tmp_path_factory.mktemp("trip")
        assert list(there_and_back(folder, tool, codes, articles, book).codes) == place(codes)


@pytest.mark.parametrize("tool", TOOLS)
def test_shipped_codes_come_back(tool: str, tmp_path: Path):
    book = Codebook.load()
    articles = [
        article
        for language in ("en", "ko", "ja")
        for article in read_articles(sorted((CORPUS / "articles" / language).glob("*-a0*.md")))
    ]
    known = {article.name for article in articles}
    codes = [
        code
        for coder in ("first", "second")
        for code in read_codes(CORPUS / "codes" / f"{coder}.jsonl", book)
        if code.article in known
    ]
    assert len(codes) > 500
    back = there_and_back(tmp_path, tool, codes, articles, book)
    assert list(back.codes) == place(codes)
    write_codes(tmp_path / "back.jsonl", back.codes, book)
    assert read_codes(tmp_path / "back.jsonl", book) == place(codes)


def test_no_frame_is_not_uncoded(articles: list[Article], book: Codebook, tmp_path: Path, codes):
    (empty,) = [
        c for c in codes if c.coder == "first" and c.article == "harbour-ko.txt" and c.unit == 2
    ]
    assert empty.frames == ()
    for tool in TOOLS:
        assert there_and_back(tmp_path, tool, [empty], articles, book).codes == (empty,)


def test_spans_cut_differently_are_tasks_as_coded(articles: list[Article], book: Codebook):
    text = articles[0].text
    odd = Code(
        article="harbour.txt", unit=1, start=36, end=157, sha1=digest_text(text[36:157]), frames=()
    )
    tasks = make_tasks(articles, [odd]).tasks
    assert [(t.unit.unit, t.unit.start, t.unit.end, len(t.codes)) for t in tasks[:3]] == [
        (0, 0, 34, 0), (1, 36, 157, 1), (3, 159, 217, 0),
    ]  # fmt: skip
    assert tasks[1].unit.before == (text[:34],)
    assert tasks[1].unit.after == (text[159:217],)


def test_units_without_text_of_their_own_are_counted(articles, book: Codebook, codes):
    span = replace(codes[0], start=0, end=3, sha1=digest_text("항구 "), frames=(), furniture=True)
    made = make_tasks(articles[:1], [*codes, span])
    assert (made.elsewhere, made.furniture) == (6, 1)
    assert made.coders == ("first", "second")


# --- what the real programs export --------------------------------------------------------------


@pytest.mark.parametrize("name", ["label_studio.json", "label_studio_min.json"])
def test_export_of_a_real_label_studio(name: str, articles, book: Codebook, codes):
    """Codes of two coders, and of a third who annotated there as user number 2."""
    back = read_label_studio(DATA / name, articles, book)
    assert [code for code in back.codes if code.coder != "2"] == place(codes)
    third = [code for code in back.codes if code.coder == "2"]
    assert [(c.unit, c.frames, c.speaker, c.unsure, c.note) for c in third] == [
        (0, (), "narrator", False, ""),
        (5, ("money", "safety"), None, True, "=a note\non two lines 🚢"),
    ]
    assert back.left_out["not annotated"] == 1
    assert back.left_out["submitted without an answer"] == 1
    assert back.left_out.get("skipped") == (1 if name == "label_studio.json" else None)


@pytest.mark.parametrize("ending", ["jsonl", "csv"])
def test_exports_of_a_real_doccano(ending: str, articles, book: Codebook, codes):
    """From doccano 1.8.4: `first` came with codes, `third` coded and commented, `second` did not."""
    as_csv = ending == "csv"
    first = read_doccano(DATA / "doccano" / f"first.{ending}", articles, book, as_csv=as_csv)
    assert list(first.codes) == [code for code in place(codes) if code.coder == "first"]
    assert first.left_out == {"not coded": 1}
    third = read_doccano(DATA / "doccano" / f"third.{ending}", articles, book, as_csv=as_csv)
    joint = "#" if as_csv else "\n"
    assert [(c.coder, c.unit, c.frames, c.speaker, c.unsure, c.note) for c in third.codes] == [
        ("third", 0, (), "narrator", False, ""),
        ("third", 1, ("money", "safety"), None, True, f"'and' one #more 🚢{joint}=a comment"),
        ("third", 5, ("none",), None, False, ""),
    ]
    with pytest.raises(InputError, match="holds no codes: 10 not coded; export it from the tool"):
        read_doccano(DATA / "doccano" / f"second.{ending}", articles, book, as_csv=as_csv)


# --- what a tool is given -----------------------------------------------------------------------


def test_config_offers_the_codebook(book: Codebook):
    view = ET.fromstring(make_labelling_config(book))
    controls = {control.get("name"): control for control in view.iter() if control.get("toName")}
    assert list(controls) == ["frames", "speaker", "unsure", "note", "coder"]
    frames = controls["frames"]
    assert (frames.get("choice"), frames.get("required")) == ("multiple", "true")
    assert [(c.get("alias"), c.get("value")) for c in frames] == [
        ("money", "Money · 돈 · お金"),
        ("safety", "Safety · 안전 · 安全"),
        ("none", "Nothing doing"),
        (NO_FRAME, "No frame"),
    ]
    assert frames[0].get("hint") == 'Costs, prices & "who pays".'
    assert controls["speaker"].get("choice") == "single"
    shown = " ".join(header.get("value", "") for header in view.iter("Header"))
    assert "1. A price alone is money." in shown
    for field in ("$headline", "$before", "$after", "$about"):
        assert field in shown
    hidden = next(part for part in view.findall("View") if part.get("style") == "display: none")
    assert hidden[0].get("name") == "coder"


def test_config_of_a_codebook_without_speakers_and_with_like_names():
    frames = (
        Frame("one", {"en": "No frame"}, "First."),
        Frame("two", {"en": "Same"}, "Second."),
        Frame("three", {"en": "Same"}, "Third."),
    )
    view = ET.fromstring(make_labelling_config(Codebook(name="bare", version="1", frames=frames)))
    choices = [choice.get("value") for choice in view.iter("Choice")]
    assert choices == ["No frame (one)", "Same (two)", "Same (three)", "No frame", "Unsure"]
    assert "speaker" not in [control.get("name") for control in view.iter("Choices")]


def test_codes_come_back_without_speakers(tmp_path: Path):
    bare = Codebook(name="bare", version="1", frames=(Frame("one", {"en": "One"}, "One."),))
    article = Article(text="It rained.", name="a.txt", language="en")
    code = Code(
        article="a.txt", unit=0, start=0, end=10, sha1=digest_text("It rained."), frames=("one",)
    )
    for tool in TOOLS:
        assert there_and_back(tmp_path, tool, [code], [article], bare).codes == (code,)
        with pytest.raises(CodebookError, match="names the speaker 'x', and the codebook has none"):
            there_and_back(tmp_path, tool, [replace(code, speaker="x")], [article], bare)


def test_label_types_of_doccano(book: Codebook):
    types = json.loads(make_label_types(book))
    assert [entry["text"] for entry in types] == list_all_labels(book)
    assert {tuple(entry) for entry in types} == {
        ("text", "prefix_key", "suffix_key", "background_color", "text_color")
    }
    many = replace(book, speakers=tuple(Speaker(f"s{n}", {"en": "S"}) for n in range(40)))
    assert json.loads(make_label_types(many))[-1]["suffix_key"] is None


def test_csv_runs_no_formula(articles, book: Codebook, codes):
    tasks = make_tasks(articles, codes).tasks
    stream = io.StringIO(newline="")
    write_doccano(stream, tasks, book, coder="second", as_csv=True)
    rows = list(csv.DictReader(io.StringIO(stream.getvalue(), newline="")))
    assert len(rows) == len(tasks)
    assert rows[1]["text"].startswith("'=SUM")
    assert rows[1]["Comments"].startswith("'=HYPERLINK")
    assert not any(
        cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for cell in row.values()
    )


# --- the command --------------------------------------------------------------------------------


EXPORT = (
    "exchange",
    "export",
    DATA / "harbour.txt",
    DATA / "harbour-ko.txt",
    "--codebook",
    DATA / "codebook.yaml",
)
IMPORT = (
    "--codebook",
    DATA / "codebook.yaml",
    "--texts",
    DATA / "harbour.txt",
    "--texts",
    DATA / "harbour-ko.txt",
)


@pytest.mark.parametrize("verb", ["export", "import"])
def test_help_has_an_example(run, verb: str):
    result = run("exchange", verb, "--help")
    assert result.code == 0
    assert f"Example: framing exchange {verb} " in " ".join(result.out.split())


@pytest.mark.parametrize("tool", TOOLS)
def test_command_round_trip(run, tmp_path: Path, tool: str):
    output = tmp_path / "tasks.json" if tool == "label-studio" else tmp_path
    config = tmp_path / ("config.xml" if tool == "label-studio" else "config.json")
    result = run(
        *EXPORT,
        "--to",
        tool,
        "-o",
        output,
        "--codes",
        DATA / "codes.jsonl",
        "--config-output",
        config,
    )
    assert (result.code, result.out) == (0, "")
    assert "10 units, 17 codes of 2 coders" in result.err
    assert config.read_text("utf-8").startswith("<View>" if tool == "label-studio" else "[")
    back = tmp_path / "back" / "codes.jsonl"
    back.parent.mkdir()
    files = [output] if tool == "label-studio" else sorted(tmp_path.glob(f"*.{tool[8:]}"))
    result = run("exchange", "import", *files, "--from", tool, *IMPORT, "-o", back)
    assert (result.code, result.out) == (0, "")
    assert "17 codes of first, second" in result.err
    assert back.read_bytes() == (DATA / "codes.jsonl").read_bytes()


def test_command_takes_scores_and_a_sample(run, tmp_path: Path, articles, book: Codebook):
    sentences = [
        {"unit": 0, "start": 0, "end": 34, "text": articles[0].text[:34], "frames": ["money"],
         "probabilities": {"money": 0.4, "safety": 0.25, "none": 0.01}, "speaker": "narrator"},
    ]  # fmt: skip
    article = {"level": "article", "group": "harbour.txt", "sentences": sentences}
    scores = {
        "model": "m1",
        "codebook": {"digest": book.digest},
        "articles": [article],
        "sources": [],
    }
    (tmp_path / "scores.json").write_text(json.dumps(scores), "utf-8")
    (tmp_path / "sample.jsonl").write_text(
        '{"article": "harbour.txt", "start": 0, "end": 34, "probability": 0.5}\n'
        '{"article": "harbour.txt", "start": 97, "end": 157}\n', "utf-8")  # fmt: skip
    more = ("--scores", tmp_path / "scores.json", "--sample", tmp_path / "sample.jsonl")
    result = run(
        *EXPORT,
        "--to",
        "label-studio",
        "-o",
        tmp_path / "t.json",
        *more,
        "--codes",
        DATA / "codes.jsonl",
    )
    assert result.code == 0, result.err
    assert "2 units, 4 codes of 2 coders, 1 with scores" in result.err
    assert "left out 13 codes of units that are not exported" in result.err
    first, second = json.loads((tmp_path / "t.json").read_text("utf-8"))
    assert first["predictions"][0]["model_version"] == "m1"
    assert first["predictions"][0]["score"] == 0.4
    assert [r["value"]["choices"] for r in first["predictions"][0]["result"]] == [
        ["money"],
        ["narrator"],
    ]
    assert "predictions" not in second
    assert second["data"]["before"] == articles[0].text[:34] + " " + articles[0].text[36:96]
    assert second["data"]["after"] == articles[0].text[159:217]
    (tmp_path / "scores.jsonl").write_text(
        json.dumps({**article, "model": "m1", "codebook": book.digest}) + "\n", "utf-8"
    )
    result = run(
        *EXPORT,
        "--to",
        "doccano-jsonl",
        "-o",
        tmp_path / "t.jsonl",
        "--scores",
        tmp_path / "scores.jsonl",
    )
    assert result.code == 0, result.err
    row = json.loads((tmp_path / "t.jsonl").read_text("utf-8").splitlines()[0])
    assert (row["model_labels"], row["model_score"], row["label"]) == ("money narrator", 0.4, [])


def test_command_renames(run, tmp_path: Path):
    export = (
        "exchange",
        "import",
        DATA / "label_studio.json",
        "--from",
        "label-studio",
        *IMPORT,
        "-o",
        tmp_path / "c.jsonl",
    )
    result = run(*export, "--rename", "2=third=3")
    assert "no coder '2=third' to rename" in result.err
    result = run(*export, "--rename", "2=third")
    assert "19 codes of first, second, third" in result.err
    assert "left out 1 skipped" in result.err
    for names, message in (
        (["2=first"], "overlap; give each coder a name of their own"),
        (["2"], "--rename '2' is not OLD=NEW; as in 2=anna"),
    ):
        result = run(*export, *(f"--rename={name}" for name in names))
        assert (result.code, message in result.err) == (2, True), result.err
    result = run("exchange", "import", DATA / "label_studio.json", *export[2:], "--coder", "anna")
    assert "--coder names the coder of one file; import them one by one" in result.err


# --- what is refused ----------------------------------------------------------------------------


def change(name: str, how: Callable[[Any], Any]) -> Callable[[Path], Path]:
    """A file of the data folder, changed; JSON is parsed first."""

    def make(folder: Path) -> Path:
        path = folder / Path(name).name
        text = (DATA / name).read_text("utf-8")
        if name.endswith(".json"):
            path.write_text(json.dumps(how(json.loads(text))), "utf-8")
        else:
            path.write_text(how(text), "utf-8", newline="")
        return path

    return make


def in_first(**fields: Any) -> Callable[[Path], Path]:
    def how(tasks: list[dict[str, Any]]) -> list[dict[str, Any]]:
        tasks[0]["data"].update(fields)
        return tasks

    return change("label_studio.json", how)


def annotated(how: Callable[[list[dict[str, Any]]], Any]) -> Callable[[Path], Path]:
    """The annotations of the second task of an export, changed in place."""

    def apply(tasks: list[dict[str, Any]]) -> list[dict[str, Any]]:
        how(tasks[1]["annotations"])
        return tasks

    return change("label_studio.json", apply)


def literal(name: str, data: bytes) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(data)
        return folder / name

    return make


def frames(*labels: Any) -> dict[str, Any]:
    return {
        "from_name": "frames",
        "to_name": "text",
        "type": "choices",
        "value": {"choices": list(labels)},
    }


def remake(rows: list[dict[str, Any]]) -> Callable[[Path], Path]:
    return literal("third.jsonl", "".join(json.dumps(row) + "\n" for row in rows).encode())


def zipped(files: dict[str, bytes], *, cut: int = 0) -> Callable[[Path], Path]:
    """A zip of some files, so many bytes short of its end."""

    def make(folder: Path) -> Path:
        path = folder / "x.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in files.items():
                archive.writestr(name, data)
        data = path.read_bytes()
        path.write_bytes(data[: len(data) - cut])
        return path

    return make


ROW = {
    "id": 7, "text": "Harbour fees to rise, council says", "label": ["money"], "article": "harbour.txt",
    "unit": 0, "start": 0, "end": 34, "sha1": "sha1:75f639689b13", "codebook": SIGNED,
}  # fmt: skip
REFUSED = [
    pytest.param("label-studio", literal("x.json", b""), "is empty; export it again", id="empty-file"),
    pytest.param("label-studio", literal("x.json", b"[]"), "holds no codes", id="no-task"),
    pytest.param("label-studio", literal("x.json", b"{}"), "is not a list of tasks", id="object"),
    pytest.param("label-studio", literal("x.json", b"[1]"), "row 1: is not a task", id="number"),
    pytest.param("label-studio", literal("x.json", b"[{}]"), "row 1: is neither a task of a JSON export nor", id="no-data"),
    pytest.param("label-studio", literal("x.json", b"[{"), "is not JSON", id="half-json"),
    pytest.param("label-studio", literal("x.json", b"[" * 100_000), "is not JSON", id="deep-json"),
    pytest.param("label-studio", literal("x.json", b"[NaN]"), "NaN is no JSON number", id="nan"),
    pytest.param("label-studio", literal("x.json", b"[\xff]"), "is not UTF-8 text", id="not-utf8"),
    pytest.param("label-studio", lambda folder: folder, "is a folder; give the file inside it", id="folder"),
    pytest.param("label-studio", lambda folder: folder / "no.json", "cannot be read", id="missing"),
    pytest.param("label-studio", change("label_studio.json", lambda tasks: [t | {"annotations": []} for t in tasks]),
                 "holds no codes: 10 not annotated; export it from the tool again", id="nobody-annotated"),
    pytest.param("label-studio", in_first(article="other.txt"), "row 1: no text for article 'other.txt'", id="other-article"),
    pytest.param("label-studio", in_first(article=None), "row 1: field `article` is missing; import what was exported", id="no-article"),
    pytest.param("label-studio", in_first(start=True), "row 1: field `start` has the wrong type: 'True'", id="true-offset"),
    pytest.param("label-studio", in_first(start="x"), "row 1: field `start` has the wrong type: 'x'", id="text-offset"),
    pytest.param("label-studio", in_first(end=99999), "row 1: harbour.txt: offsets 0-99999 are not a span", id="past-the-end"),
    pytest.param("label-studio", in_first(end=33), "row 1: harbour.txt: text at 0-33 has changed", id="moved"),
    pytest.param("label-studio", in_first(sha1="sha1:000000000000"), "row 1: harbour.txt: text at 0-34 has changed", id="digest"),
    pytest.param("label-studio", in_first(text="Edited"), "row 1: harbour.txt: the text shown for 0-34 is not that", id="edited"),
    pytest.param("label-studio", in_first(codebook="2.9 0123456789abcdef"),
                 "row 1: was exported with codebook 2.9 (0123456789abcdef), not with harbour 2.10", id="other-codebook"),
    pytest.param("label-studio", annotated(lambda a: a[0].update(result=[frames("mony")])),
                 "row 2: task 2, annotation 3: frame 'mony' is not in the codebook; did you mean 'money'?", id="label"),
    pytest.param("label-studio", annotated(lambda a: a[0].update(result=[frames("money", NO_FRAME)])),
                 "row 2: task 2, annotation 3: 'frames:none' stands beside money; take one of the two off", id="none-and-frame"),
    pytest.param("label-studio", annotated(lambda a: a[0].update(result=[frames("money") | {"from_name": "speaker"}])),
                 "row 2: task 2, annotation 3: speaker 'money' is not in the codebook", id="speaker"),
    pytest.param("label-studio", annotated(lambda a: a[0].update(result=[frames("official", "narrator") | {"from_name": "speaker"}])),
                 "task 2, annotation 3: has 2 speakers: official, narrator; keep one", id="two-speakers"),
    pytest.param("label-studio", annotated(lambda a: a[0].update(result=[frames("x") | {"from_name": "unsure"}])),
                 "task 2, annotation 3: choice 'x' is not in the codebook", id="unsure"),
    pytest.param("label-studio", annotated(lambda a: a[0].update(result=[frames(3)])),
                 "row 2: task 2, annotation 3: an answer has the wrong type", id="answer-type"),
    pytest.param("label-studio", annotated(lambda a: a[0].update(result=[frames("money") | {"from_name": "mood"}])),
                 "row 2: task 2, annotation 3: answers 'mood', which this program did not ask", id="other-control"),
    pytest.param("label-studio", annotated(lambda a: a[0].update(result=None)), "`result` is not a list", id="no-result"),
    pytest.param("label-studio", annotated(lambda a: a.append(3)), "row 2: task 2: an annotation is not an object", id="annotation-type"),
    pytest.param("label-studio", annotated(lambda a: a.append(a[0])),
                 "row 2: task 2, annotation 3: coder 'first' coded this unit already in task 2, annotation 3", id="twice"),
    pytest.param("label-studio", change("label_studio.json", lambda tasks: [*tasks, tasks[0] | {"id": 99}]),
                 "row 11: task 99, annotation 1: coder 'first' coded this unit already in task 1, annotation 1", id="task-twice"),
    pytest.param("label-studio", annotated(lambda a: a[2].update(completed_by=None, result=[frames("money")])),
                 "nobody is said to have completed it; give --coder NAME", id="nobody"),
    pytest.param("label-studio", annotated(lambda a: a[2].update(completed_by={"email": "\ud800"}, result=[frames("money")])),
                 "note or coder holds half a character", id="half-a-character"),
    pytest.param("doccano-jsonl", literal("x.jsonl", b"[]\n"), "row 1: is not a JSON object", id="list-row"),
    pytest.param("doccano-jsonl", literal("x.jsonl", b"{}\n{"), "row 2: is not JSON", id="half-row"),
    pytest.param("doccano-jsonl", literal("x.jsonl", b'{"a": NaN}\n'), "row 1: is not JSON (NaN is no", id="nan-row"),
    pytest.param("doccano-jsonl", remake([ROW | {"label": ["mony"]}]), "row 1: id 7: frame 'mony' is not in the codebook", id="doccano-label"),
    pytest.param("doccano-jsonl", remake([ROW | {"label": 3}]), "row 1: id 7: `label` is not a list of labels: '3'", id="label-type"),
    pytest.param("doccano-jsonl", remake([ROW | {"label": ["speaker:narrator"]}]),
                 "row 1: id 7: has neither a frame nor the label for none; add 'frames:none'", id="speaker-alone"),
    pytest.param("doccano-jsonl", remake([ROW | {"label": ["frames:none", "money"]}]), "stands beside money", id="doccano-none-and-frame"),
    pytest.param("doccano-jsonl", remake([ROW | {"Comments": [1]}]), "`Comments` is not a list of texts", id="comment-type"),
    pytest.param("doccano-jsonl", remake([ROW | {"label": []}]), "holds no codes: 1 not coded", id="doccano-nobody"),
    pytest.param("doccano-jsonl", remake([ROW, ROW | {"id": 8}]),
                 "row 2: id 8: coder 'third' coded this unit already in id 7; delete one of the two", id="doccano-twice"),
    pytest.param("doccano-jsonl", remake([ROW, ROW | {"start": 8, "unit": 1, "text": "fees to rise, council says",
                                                      "sha1": digest_text("fees to rise, council says")}]),
                 "coder 'third' coded harbour.txt 0-34 and 8-34, which overlap; keep one of the two", id="overlap"),
    pytest.param("doccano-jsonl", remake([ROW | {"codebook": "3 x"}]), "row 1: was exported with codebook 3 (x)", id="doccano-codebook"),
    pytest.param("doccano-jsonl", lambda folder: change("doccano/third.jsonl", str)(folder).rename(folder / "all.jsonl"),
                 "whose coders share their labels: whose is whose is lost; give --coder NAME", id="collaborative"),
    pytest.param("label-studio", annotated(lambda a: a[0].update(result=[frames("official") | {"from_name": "speaker"}])),
                 "row 2: task 2, annotation 3: has neither a frame nor the choice for none; choose one there", id="speaker-without-frames"),
    pytest.param("label-studio", annotated(lambda a: a[0].update(result=[frames(), frames("official") | {"from_name": "speaker"}])),
                 "row 2: task 2, annotation 3: has neither a frame nor the choice for none", id="no-choice-of-frames"),
    pytest.param("doccano-jsonl", remake([{"labels" if key == "label" else key: ROW[key] for key in ROW}]),
                 "row 1: id 7: has no `label`, but `labels`; export a project of text classification, or rename the key", id="labels"),
    pytest.param("doccano-jsonl", remake([{key: ROW[key] for key in ROW if key != "label"}]), "row 1: id 7: has no `label`; export", id="no-label"),
    pytest.param("doccano-csv", literal("x.csv", b'text;label\n"a"b;c\n'), "x.csv: is not CSV", id="stray-quote-and-semicolons"),
    pytest.param("doccano-csv", literal("x.csv", b"text;label\na\n"), "row 2: has 1 cells, the header 2", id="short-row-with-semicolons"),
    pytest.param("doccano-jsonl", zipped({"a.jsonl": b"{}\n{"}), "x.zip/a.jsonl, row 2: is not JSON", id="zipped-half-row"),
    pytest.param("doccano-jsonl", zipped({"a.jsonl": b"", "read.me": b""}),
                 "x.zip: is a zip of 2 files, 1 of which end in .jsonl; unzip it", id="zip-of-other-files"),
    pytest.param("doccano-jsonl", zipped({}), "x.zip: is a zip of 0 files", id="empty-zip"),
    pytest.param("doccano-jsonl", zipped({"a.jsonl": b"x" * 2000}, cut=40), "x.zip: is a zip that cannot be read", id="damaged-zip"),
    pytest.param("doccano-jsonl", zipped({"second.jsonl": (DATA / "doccano" / "second.jsonl").read_bytes()}),
                 "x.zip: holds no codes: 10 not coded", id="nobody-in-the-zip"),
    pytest.param("doccano-csv", literal("x.csv", b"text|label\n"), "row 1: has no column `text`; its columns are text|label", id="no-column"),
    pytest.param("doccano-csv", literal("x.csv", b"text,label\na\n"), "row 2: has 1 cells, the header 2", id="short-row"),
    pytest.param("doccano-csv", literal("x.csv", b'text,label\n"a"b,c\n'), "row 2: is not CSV", id="stray-quote"),
    pytest.param("doccano-csv", literal("x.csv", b"text,label\n"), "holds no codes", id="header-alone"),
    pytest.param("doccano-csv", literal("x.csv", b"text,label\na,b\n"), "row 2: field `article` is missing", id="not-ours"),
]  # fmt: skip


@pytest.mark.parametrize(("tool", "make", "message"), REFUSED)
def test_import_refuses(tmp_path: Path, tool: str, make, message: str, articles, book: Codebook):
    path = make(tmp_path)
    with pytest.raises(FramingError) as refused:
        read(tool, path, articles, book)
    assert message in str(refused.value)
    assert str(refused.value).startswith(str(tmp_path))


@pytest.mark.parametrize("name", ["label_studio.json", "third.jsonl"])
def test_refused_import_writes_nothing(run, tmp_path: Path, name: str):
    data = (DATA / ("doccano" if name == "third.jsonl" else "") / name).read_text("utf-8")
    (tmp_path / name).write_text(data.replace('"safety"', '"safty"'), "utf-8")
    output = tmp_path / "out" / "codes.jsonl"
    output.parent.mkdir()
    tool = "doccano-jsonl" if name == "third.jsonl" else "label-studio"
    result = run("exchange", "import", tmp_path / name, "--from", tool, *IMPORT, "-o", output)
    assert (result.code, result.out) == (2, "")
    assert "frame 'safty' is not in the codebook; did you mean 'safety'?" in result.err
    assert result.err.count("\n") == 1
    assert list(output.parent.iterdir()) == []


def write_lines(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


@pytest.mark.parametrize(
    ("row", "message"),
    [
        pytest.param({"article": "harbour.txt"}, "row 1: needs `article`, `start` and `end`", id="no-offsets"),
        pytest.param({"article": "x", "start": 0, "end": 1}, "row 1: no text for article 'x'", id="other-article"),
        pytest.param({"article": "harbour.txt", "start": 0, "end": 9999}, "are not a span of its", id="past-the-end"),
        pytest.param({"article": "harbour.txt", "start": True, "end": 3}, "row 1: needs", id="true"),
        pytest.param({"article": "harbour.txt", "start": 0, "end": 3, "sha1": "0"}, "text at 0-3 has changed", id="digest"),
    ],
)  # fmt: skip
def test_export_refuses_a_sample(run, tmp_path: Path, row: dict[str, Any], message: str):
    sample = write_lines(tmp_path / "sample.jsonl", row)
    result = run(*EXPORT, "--to", "doccano-jsonl", "-o", tmp_path / "x.jsonl", "--sample", sample)
    assert result.code == 2
    assert message in result.err
    assert not (tmp_path / "x.jsonl").exists()


def test_export_takes_a_csv_sample_and_a_file_of_codes(run, tmp_path: Path, articles):
    draw = ("sample", tmp_path / "articles", "-n", 3, "--codebook", DATA / "codebook.yaml")
    (tmp_path / "articles").mkdir()
    for name in ("harbour.txt", "harbour-ko.txt"):
        (tmp_path / "articles" / name).write_bytes((DATA / name).read_bytes())
    for name in ("sample.csv", "sample.jsonl"):
        assert run(*draw, "-o", tmp_path / name).code == 0
    made = []
    for sample in (tmp_path / "sample.csv", tmp_path / "sample.jsonl", DATA / "codes.jsonl"):
        output = tmp_path / "t.json"
        result = run(*EXPORT, "--to", "label-studio", "-o", output, "--sample", sample)
        assert result.code == 0, result.err
        made.append(json.loads(output.read_text("utf-8")))
    assert [len(tasks) for tasks in made] == [3, 3, 9]
    assert made[0] == made[1]
    broken = (tmp_path / "sample.csv").read_text("utf-8")
    broken = re.sub(r"(?m)^(harbour[^,]*,\d+,)\d+", r"\g<1>x", broken)
    (tmp_path / "sample.csv").write_text(broken, "utf-8")
    result = run(*EXPORT, "--to", "label-studio", "-o", output, "--sample", tmp_path / "sample.csv")
    assert "sample.csv, row 2: `start` has the wrong type: 'x'" in result.err


SENTENCE = {
    "unit": 0, "start": 0, "end": 34, "text": "Harbour fees to rise, council says", "frames": [],
    "probabilities": {"money": 0.1, "safety": 0.2, "none": 0}, "speaker": None,
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({"text": "x" * 34}, "harbour.txt: text at 0-34 has changed; score with sentences", id="text"),
        pytest.param({"start": None}, "harbour.txt: `start` of a sentence is missing or has the wrong type", id="offsets"),
        pytest.param({"frames": ["mony"]}, "frame 'mony' is not in the codebook; did you mean", id="frame"),
        pytest.param({"speaker": "x"}, "speaker 'x' is not in the codebook", id="speaker"),
        pytest.param({"probabilities": {"money": 2}}, "probability of money is 2, not a number from 0 to 1", id="two"),
        pytest.param({"probabilities": {"money": 0.1}}, "harbour.txt 0-34: probability of safety is missing", id="one"),
        pytest.param({"probabilities": {}}, "a sentence has no `probabilities`", id="none"),
        pytest.param({"frames": None}, "harbour.txt 0-34: `frames` is missing", id="missing"),
    ],
)  # fmt: skip
def test_export_refuses_scores(
    run, tmp_path: Path, book: Codebook, change: dict[str, Any], message: str
):
    article = {"group": "harbour.txt", "sentences": [SENTENCE | change]}
    value = {"model": "m", "codebook": {"digest": book.digest}, "articles": [article]}
    scores = write_lines(tmp_path / "scores.json", value)
    result = run(*EXPORT, "--to", "label-studio", "-o", tmp_path / "x.json", "--scores", scores)
    assert result.code == 2
    assert message in result.err


@pytest.mark.parametrize(
    ("value", "message"),
    [
        pytest.param({"articles": {}}, "is not a result of framing score; score with sentences", id="no-list"),
        pytest.param({"articles": [1], "codebook": {}}, "is not a result of framing score", id="number"),
        pytest.param({"articles": [{"group": "x"}], "codebook": {}}, "does not say which model and codebook", id="unsigned"),
        pytest.param({"articles": [{"group": "x"}], "codebook": {"digest": "x"}, "model": "m"}, "was made with codebook x, not", id="other-codebook"),
        pytest.param({"articles": [], "codebook": {}}, "holds no score of these articles", id="none"),
        pytest.param({"articles": [{}], "codebook": {}}, "an article has no name (`group`)", id="nameless"),
    ],
)  # fmt: skip
def test_export_refuses_a_file_of_no_scores(
    run, tmp_path: Path, value: dict[str, Any], message: str
):
    scores = write_lines(tmp_path / "scores.json", value)
    result = run(*EXPORT, "--to", "label-studio", "-o", tmp_path / "x.json", "--scores", scores)
    assert result.code == 2
    assert message in result.err


def test_export_refuses_scores_without_sentences(run, tmp_path: Path, book: Codebook):
    value = {
        "model": "m",
        "codebook": {"digest": book.digest},
        "articles": [{"group": "harbour.txt"}],
    }
    scores = write_lines(tmp_path / "scores.json", value)
    result = run(*EXPORT, "--to", "label-studio", "-o", tmp_path / "x.json", "--scores", scores)
    assert "harbour.txt: holds no sentences; score with sentences: framing score" in result.err


def test_export_refuses_codes_of_another_text(run, tmp_path: Path, book: Codebook, codes):
    write_codes(tmp_path / "c.jsonl", [replace(codes[0], sha1="0" * 12)], book)
    result = run(
        *EXPORT, "--to", "label-studio", "-o", tmp_path / "x.json", "--codes", tmp_path / "c.jsonl"
    )
    assert "c.jsonl, row 1: harbour-ko.txt: text at 0-9 has changed" in result.err
    assert not (tmp_path / "x.json").exists()


def test_export_refuses_a_coder_in_two_files(run, tmp_path: Path):
    twice = ("--codes", DATA / "codes.jsonl", "--codes", DATA / "codes.jsonl")
    result = run(*EXPORT, "--to", "label-studio", "-o", tmp_path / "x.json", *twice)
    assert "row 1: coder 'first' coded harbour-ko.txt 0-9 twice" in result.err


def test_export_for_doccano_takes_one_coder_a_file(run, tmp_path: Path):
    command = (
        *EXPORT,
        "--to",
        "doccano-jsonl",
        "-o",
        tmp_path / "x.jsonl",
        "--codes",
        DATA / "codes.jsonl",
    )
    result = run(*command)
    assert result.code == 2
    assert "doccano holds one coder's codes in a file, and these are of first, second" in result.err
    assert run(*command, "--coder", "second").code == 0
    assert (
        "no codes of --coder 'third'; coders: first, second"
        in run(*command, "--coder", "third").err
    )


def test_no_output_replaces_an_input(run, tmp_path: Path):
    for name in ("codes.jsonl", "harbour.txt", "codebook.yaml"):
        (tmp_path / name).write_bytes((DATA / name).read_bytes())
    source = (tmp_path / "harbour.txt", "--codebook", tmp_path / "codebook.yaml")
    (tmp_path / "first.jsonl").write_bytes((DATA / "codes.jsonl").read_bytes())
    kept = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    codes = ("--codes", tmp_path / "codes.jsonl")
    for tool, output, more in (
        ("label-studio", "codes.jsonl", codes),
        ("label-studio", "harbour.txt", ()),
        ("label-studio", "x.json", ("--config-output", tmp_path / "codebook.yaml")),
        ("label-studio", "x.json", ("--config-output", tmp_path / "x.json")),
        ("doccano-jsonl", "", ("--codes", tmp_path / "first.jsonl")),
    ):
        result = run("exchange", "export", *source, "--to", tool, "-o", tmp_path / output, *more)
        assert result.code == 2, output
    result = run("exchange", "import", tmp_path / "first.jsonl", "--from", "doccano-jsonl", "--texts",
                 tmp_path / "harbour.txt", "-o", tmp_path / "first.jsonl")  # fmt: skip
    assert "is an input too" in result.err
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == kept


@pytest.mark.parametrize(
    ("user", "name"),
    [
        pytest.param(7, "7", id="number"),
        pytest.param({"id": 7, "email": "a@b.invalid", "first_name": ""}, "a@b.invalid", id="user"),
        pytest.param({"id": 7}, "7", id="user-without-address"),
        pytest.param("a@b.invalid", "a@b.invalid", id="address"),
    ],
)  # fmt: skip
def test_annotators_are_named(user: Any, name: str, articles, book: Codebook, tmp_path: Path):
    data = {key: value for key, value in ROW.items() if key not in ("id", "label")}
    given = {"result": [frames(NO_FRAME)], "completed_by": user}
    task = {"id": 1, "data": data, "annotations": [given]}
    (tmp_path / "x.json").write_text(json.dumps([task]), "utf-8")
    (code,) = read_label_studio(tmp_path / "x.json", articles, book).codes
    assert (code.coder, code.frames) == (name, ())
    (code,) = read_label_studio(tmp_path / "x.json", articles, book, coder="anna").codes
    assert code.coder == "anna"


def test_one_name_for_several_annotators_is_refused(articles, book: Codebook):
    with pytest.raises(InputError, match="several coders .first, second., all would be 'anna'"):
        read_label_studio(DATA / "label_studio.json", articles, book, coder="anna")


def test_one_coder_in_two_files_is_refused(articles, book: Codebook):
    path = DATA / "doccano" / "first.jsonl"
    part = read_doccano(path, articles, book)
    with pytest.raises(FramingError, match="coded harbour-ko.txt 0-9 and 0-9, which overlap"):
        merge_returned({path: part, Path("other.jsonl"): part})


def test_numbers_a_table_changed_are_read(articles, book: Codebook, tmp_path: Path):
    rows = [ROW | {"start": "0", "end": "34.0", "unit": 0.0}, ROW | {"start": 36, "end": 96, "unit": "",
            "text": articles[0].text[36:96], "sha1": digest_text(articles[0].text[36:96])}]  # fmt: skip
    write_lines(tmp_path / "x.jsonl", *rows)
    back = read_doccano(tmp_path / "x.jsonl", articles, book).codes
    assert [(c.unit, c.start, c.end) for c in back] == [(0, 0, 34), (None, 36, 96)]


def test_skipped_drafts_and_empty_annotations_are_counted(articles, book: Codebook, tmp_path: Path):
    def how(tasks: list[dict[str, Any]]) -> list[dict[str, Any]]:
        tasks[6]["drafts"] = [{"id": 1, "result": [frames("money")]}]
        return tasks

    back = read_label_studio(change("label_studio.json", how)(tmp_path), articles, book)
    assert back.left_out == {
        "with a draft that was not submitted": 1,
        "submitted without an answer": 1,
        "skipped": 1,
    }


@pytest.mark.parametrize("ending", ["jsonl", "csv"])
def test_the_zip_that_doccano_gives_is_read(
    run, articles, book: Codebook, tmp_path: Path, ending: str
):
    names = ("first", "second", "third")
    files = {f"{n}.{ending}": (DATA / "doccano" / f"{n}.{ending}").read_bytes() for n in names}
    # Names inside are never used as paths, and the second user coded nothing.
    files = {f"../up/{name}": data for name, data in files.items()} | {"__MACOSX/._first": b"x"}
    path = zipped(files)(tmp_path)
    back = read_doccano(path, articles, book, as_csv=ending == "csv")
    alone = [
        read_doccano(DATA / "doccano" / f"{n}.{ending}", articles, book, as_csv=ending == "csv")
        for n in ("first", "third")
    ]
    assert back.codes == alone[0].codes + alone[1].codes
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["x.zip"]
    with pytest.raises(InputError, match=r"x.zip: holds the files of 3 coders, all would be 'kim'"):
        read_doccano(path, articles, book, as_csv=ending == "csv", coder="kim")
    output = tmp_path / "out" / "codes.jsonl"
    output.parent.mkdir()
    command = ("exchange", "import", path, *IMPORT, "-o", output, "--from")
    assert "codes of first, third" in run(*command, f"doccano-{ending}").err
    other = "doccano-csv" if ending == "jsonl" else "doccano-jsonl"
    assert f"try --from doccano-{ending}" in run(*command, other).err


def test_a_zip_that_says_less_than_it_holds_is_bounded(
    articles, book: Codebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("framing.coding.exchange.downloads._MOST_BYTES", 1 << 20)
    path = zipped({"a.jsonl": b" " * (1 << 20), "b.jsonl": b" "})(tmp_path)
    with pytest.raises(InputError, match="is a zip of more than 1 MB; unzip it"):
        read_doccano(path, articles, book)


@pytest.mark.parametrize("delimiter", [";", "\t"], ids=["semicolons", "tabs"])
def test_csv_as_a_spreadsheet_saves_it(articles, book: Codebook, tmp_path: Path, delimiter: str):
    path = DATA / "doccano" / "third.csv"
    rows = list(csv.reader(io.StringIO(path.read_text("utf-8"), newline="")))
    saved = tmp_path / "third.csv"
    with saved.open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream, delimiter=delimiter).writerows(rows)
    codes = read_doccano(path, articles, book, as_csv=True).codes
    assert read_doccano(saved, articles, book, as_csv=True).codes == codes


LABEL_STUDIO_CSV = b"id,text,annotator,annotation_id\n1,x,2,3\n"


@pytest.mark.parametrize(
    ("given", "make", "message"),
    [
        pytest.param("doccano-jsonl", change("label_studio.json", list), "a JSON export of Label Studio; try --from label-studio", id="label-studio"),
        pytest.param("doccano-csv", change("label_studio_min.json", list), "a JSON export of Label Studio; try --from label-studio", id="json-min"),
        pytest.param("label-studio", change("doccano/first.jsonl", str), "JSON Lines of doccano; try --from doccano-jsonl", id="json-lines"),
        pytest.param("doccano-jsonl", change("doccano/first.csv", str), "CSV of doccano; try --from doccano-csv", id="csv"),
        pytest.param("label-studio", literal("x.csv", b"text;label\n"), "CSV of doccano; try --from doccano-csv", id="semicolons"),
        pytest.param("label-studio", literal("x.csv", LABEL_STUDIO_CSV), "a CSV or TSV export of Label Studio; export the project as JSON or JSON-MIN", id="label-studio-csv"),
        pytest.param("doccano-jsonl", literal("x.json", b'[{"text": "x", "label": []}]'), "JSON of doccano; export the project as JSONL or CSV", id="doccano-json"),
    ],
)  # fmt: skip
def test_a_wrong_from_names_the_right_one(run, tmp_path: Path, given: str, make, message: str):
    path = make(tmp_path)
    output = tmp_path / "out" / "codes.jsonl"
    output.parent.mkdir()
    result = run("exchange", "import", path, "--from", given, *IMPORT, "-o", output)
    assert (result.code, result.err) == (2, f"framing: {path}: looks like {message}\n")


@pytest.mark.parametrize(
    ("tool", "output", "config", "message"),
    [
        ("doccano-csv", "t.xlsx", None, "t.xlsx: ends in '.xlsx', and --to doccano-csv writes CSV; end the name in .csv"),
        ("label-studio", "t.csv", None, "t.csv: ends in '.csv', and --to label-studio writes JSON; end the name in .json"),
        ("doccano-jsonl", "t", None, "t: ends in 'no ending', and --to doccano-jsonl writes JSONL; end the name in .jsonl"),
        ("label-studio", "t.json", "c.json", "c.json: ends in '.json', and --config-output writes XML; end the name in .xml"),
    ],
)  # fmt: skip
def test_a_misleading_ending_is_refused(run, tmp_path: Path, tool, output, config, message):
    more = ("--config-output", tmp_path / config) if config else ()
    result = run(*EXPORT, "--to", tool, "-o", tmp_path / output, *more)
    assert (result.code, list(tmp_path.iterdir())) == (2, [])
    assert message in result.err
