"""Compare, report and figure as a user meets them: data on stdout, and one line for a mistake."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree, html
from rich.cells import cell_len

from framing import load_model, read_articles, score_articles
from framing.codebook import Codebook
from framing.corpus.splitting import read_split
from framing.models import find_shipped
from framing.reading import read_json_lines
from framing.results import ResultWriter, article_record
from tests.conftest import ROOT, Run

GOLD = ROOT / "annotations" / "codes" / "gold.jsonl"
FRAMES = Codebook.load().frame_ids
PAIR = ("--pair", "KR", "JP")


@pytest.fixture(scope="session")
def scores(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The authored test articles, scored by the baseline."""
    names = read_split(ROOT / "annotations" / "split.json").names("test")
    model = load_model("baseline")
    articles = [a for a in read_articles([str(ROOT / "annotations/articles")]) if a.name in names]
    path = tmp_path_factory.mktemp("scores") / "scores.jsonl"
    with ResultWriter(path, model) as writer:
        for scored in score_articles(articles, model):
            writer.write(article_record(scored, sentences=True))
    return path


@pytest.fixture(scope="session")
def records(scores: Path) -> list[dict[str, Any]]:
    """The 30 that are in English: enough where figures do not matter."""
    rows = (dict(record) for _, record in read_json_lines(scores))
    return [record for record in rows if record["language"] == "en"]


@pytest.fixture(scope="session")
def few(records: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("few") / "few.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in records), encoding="utf-8")
    return path


Change = Callable[[Callable[[int, dict[str, Any]], dict[str, Any]]], Path]


@pytest.fixture
def change(records: list[dict[str, Any]], tmp_path: Path) -> Change:
    """These scores with something else in them."""

    def write(alter: Callable[[int, dict[str, Any]], dict[str, Any]]) -> Path:
        path = tmp_path / "changed.jsonl"
        lines = (json.dumps(alter(k, {**one}), ensure_ascii=False) for k, one in enumerate(records))
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return path

    return write


def compare_json(run: Run, *arguments: object) -> dict[str, Any]:
    result = run("compare", *arguments, "--format", "json")
    assert result.code == 0, result.err
    found: dict[str, Any] = json.loads(result.out)
    return found


def list_numbers(comparison: dict[str, Any]) -> list[tuple[str, str, Any, Any]]:
    return [
        (group["group"], frame, share["estimate"], share["high"])
        for group in comparison["groups"]
        for frame, share in group["shares"].items()
    ]


def test_countries_are_compared_end_to_end(run: Run, scores: Path, tmp_path: Path):
    output = tmp_path / "compared.json"
    result = run("compare", scores, "--pair", "KR", "JP", "-o", output)
    assert result.code == 0
    assert "South Korea less Japan" in result.out
    assert "% of sentences that carry a frame, by country" in result.out
    assert f"wrote {output}" in result.err
    comparison = json.loads(output.read_text(encoding="utf-8"))
    assert [group["group"] for group in comparison["groups"]] == ["KR", "JP"]
    assert [difference["frame"] for difference in comparison["differences"]] == list(FRAMES)
    assert (comparison["articles"], comparison["estimator"]) == (75, "probability")
    assert {tier["tier"] for tier in comparison["tiers"].values()} <= set("ABC")
    for difference in comparison["differences"]:
        assert difference["low"] <= difference["difference"] <= difference["high"]
        assert difference["p_value"] <= difference["p_holm"]
        gap = difference["first_share"] - difference["second_share"]
        assert difference["difference"] == pytest.approx(gap, abs=2e-4)


@pytest.mark.parametrize(
    ("options", "columns"),
    [
        pytest.param(("--pair", "KR", "JP"), 80, id="countries"),
        pytest.param(("--by", "kind", "--within", "event"), 80, id="kinds"),
        pytest.param(("--by", "speaker"), 120, id="speakers"),
        pytest.param(("--of", "voices", "--voice", "own", *PAIR), 80, id="voices"),
    ],
)
def test_tables_fit(run: Run, scores: Path, options: tuple[str, ...], columns: int):
    result = run("compare", scores, *options, columns=columns)
    assert result.code == 0
    assert max(map(cell_len, result.out.splitlines())) <= columns
    # No figure is cut to make it so: only a group's name is.
    assert not re.search(r"[\d(+-]…", result.out)


@pytest.mark.parametrize("columns", [80, 120])
def test_the_widest_figures_fit_too(run: Run, change: Change, columns: int):
    def stretch(number: int, record: dict[str, Any]) -> dict[str, Any]:
        record["outlet"] = (
            "朝鮮日報・東亜日報・中央日報の共同取材班",
            "The Harbour and Quay Gazette of the West",
        )[number % 2]
        for sentence in record["sentences"]:
            level = 1.0 if number % 2 else 0.9999
            sentence["probabilities"] = dict.fromkeys(FRAMES, level)
            sentence["frames"] = list(FRAMES)
        return record

    result = run("compare", change(stretch), "--by", "outlet", columns=columns)
    assert result.code == 0
    assert max(map(cell_len, result.out.splitlines())) <= columns
    assert not re.search(r"[\d(+-]…", result.out)


@pytest.mark.parametrize("format_", ["json", "csv", "markdown"])
def test_standard_output_is_data(run: Run, scores: Path, format_: str):
    result = run("compare", scores, "--pair", "KR", "JP", "--format", format_)
    assert result.code == 0
    if format_ == "json":
        assert json.loads(result.out)["by"] == "country"
    elif format_ == "csv":
        rows = list(csv.DictReader(result.out.splitlines()))
        assert [row["row"] for row in rows] == ["difference"] * 4 + ["share"] * 8
    else:
        assert result.out.startswith("| country | articles/stories/sentences |")


def test_every_estimator_answers(run: Run, scores: Path, tmp_path: Path):
    pair = ("--pair", "KR", "JP")
    sample = tmp_path / "sample.jsonl"
    assert run("sample", scores, "-n", 300, "-o", sample).code == 0
    found = {
        name: compare_json(run, scores, *pair, "--estimator", name)
        for name in ("count", "probability", "adjusted")
    }
    coded = compare_json(run, scores, *pair, "--gold", GOLD, "--sample", sample)
    assert (coded["estimator"], coded["coded_units"]) == ("rectified", 300)
    assert sum(group["coded"] for group in coded["groups"]) <= 300
    census = compare_json(run, scores, *pair, "--gold", GOLD)
    for k, (group, frame, truth, _) in enumerate(list_numbers(census)):
        for name in ("probability", "adjusted"):
            assert list_numbers(found[name])[k][:2] == (group, frame)
            assert list_numbers(found[name])[k][2] == pytest.approx(truth, abs=0.12)
        share = coded["groups"][k // 4]["shares"][frame]
        assert share["low"] - 0.03 <= truth <= share["high"] + 0.03


@pytest.mark.parametrize("design", ["stratified", "uncertain", "whole-articles"])
def test_any_sample_that_framing_draws_rectifies(
    run: Run, scores: Path, tmp_path: Path, design: str
):
    sample = tmp_path / "sample.jsonl"
    drawn = {
        "stratified": ("-n", 200, "--design", "stratified", "--by", "country"),
        "uncertain": ("-n", 200, "--design", "uncertain"),
        "whole-articles": ("-n", 30, "--whole-articles"),
    }[design]
    assert run("sample", scores, *drawn, "-o", sample).code == 0
    comparison = compare_json(run, scores, "--gold", GOLD, "--sample", sample)
    assert comparison["coded_units"] >= 200
    assert {d["frame"] for d in comparison["differences"]} == set(FRAMES)


def test_error_rates_of_ones_own(run: Run, scores: Path, tmp_path: Path):
    """Those that framing evaluate writes; of the test articles they are the shipped ones."""
    shipped = find_shipped("baseline") / "error_rates.json"
    rates = tmp_path / "rates.json"
    record = json.loads(shipped.read_text(encoding="utf-8"))
    rates.write_text(json.dumps({**record, "alpha": {}}), encoding="utf-8")
    options = (scores, "--pair", "KR", "JP", "--estimator", "adjusted")
    one, other = compare_json(run, *options), compare_json(run, *options, "--error-rates", rates)
    assert list_numbers(one) == list_numbers(other)
    assert {tier["tier"] for tier in other["tiers"].values()} == {"C"}
    warnings = " ".join(other["differences"][0]["warnings"])
    assert "how far coders agree on it is not known" in warnings


def test_an_all_zero_frame_is_nothing_to_compare(run: Run, change: Change):
    def silence(_: int, record: dict[str, Any]) -> dict[str, Any]:
        for sentence in record["sentences"]:
            sentence["probabilities"] = {**sentence["probabilities"], FRAMES[0]: 0}
            sentence["frames"] = [frame for frame in sentence["frames"] if frame != FRAMES[0]]
        return record

    path = change(silence)
    for estimator in ("count", "probability", "adjusted"):
        options = ("--pair", "KR", "JP", "--estimator", estimator)
        first = compare_json(run, path, *options)["differences"][0]
        assert (first["frame"], first["difference"], first["p_value"]) == (FRAMES[0], 0, None) or (
            estimator == "adjusted" and first["p_value"] >= 0.05
        )
    table = run("compare", path, "--pair", "KR", "JP")
    assert table.code == 0
    assert "no story differs from another: nothing can be tested" in table.out
    voices = compare_json(run, path, "--of", "voices", "--voice", "own", "--pair", "KR", "JP")
    assert voices["groups"][0]["shares"][FRAMES[0]]["estimate"] is None
    assert voices["differences"][0]["difference"] is None


def test_copies_are_found_and_said(run: Run, change: Change):
    """An outlet that prints others' stories word for word, under its own name."""

    def copy(number: int, record: dict[str, Any]) -> dict[str, Any]:
        return record if number < 24 else {**copied[number - 24], "group": f"copy{number}.md"} | {
            "outlet": "Copy Times", "country": "SG",
        }  # fmt: skip

    copied: list[dict[str, Any]] = []
    change(lambda _, record: copied.append(record) or record)
    path = change(copy)
    result = run("compare", path, "--pair", "SG", "KR")
    assert result.code == 0
    assert "30 articles, 24 stories: 6 are copies (--copies says how they count)" in result.err
    assert run("compare", path, "--pair", "SG", "KR", "-q").err == ""
    comparison = compare_json(run, path, "--pair", "SG", "KR", "--copies", "without")
    assert len(comparison["copy_clusters"]) == 6
    assert comparison["differences"][0]["warnings"]


def test_a_hostile_name_is_shown_and_never_obeyed(run: Run, change: Change):
    hostile = "\x1b[31mred\x1b[0m [bold]x[/]\u202e"

    def rename(number: int, record: dict[str, Any]) -> dict[str, Any]:
        return {**record, "outlet": hostile if number % 2 else "=1+1"}

    path = change(rename)
    result = run("compare", path, "--by", "outlet", columns=120)
    assert result.code == 0
    assert "[bold]x[/]" in result.out
    assert not {"\x1b", "\u202e"} & set(result.out)
    table = run("compare", path, "--by", "outlet", "--format", "csv").out
    assert ",'=1+1," in table
    assert ",=1+1," not in table


# Mistakes


def refuse(run: Run, tmp_path: Path, *arguments: object) -> Iterator[str]:
    """The one line on stderr of a command that cannot do what it is asked."""
    output = tmp_path / "out.json"
    result = run("compare", *arguments, "-o", output)
    assert (result.code, result.out) == (2, "")
    assert len(result.err.strip().splitlines()) == 1, result.err
    assert "Traceback" not in result.err
    assert not [path for path in tmp_path.iterdir() if path.name.startswith((".", "out"))]
    yield result.err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param(("--by", "contry"), "--by 'contry' is not known; did you mean country?", id="by"),
        pytest.param(("--estimator", "mean"), "--estimator 'mean' is not known; choose from count",
                     id="estimator"),
        pytest.param(("--voice", "narator"), "'narator'.*narrator", id="voice"),
        pytest.param(("--copies", "none"), "--copies 'none' is not known", id="copies"),
        pytest.param(("--within", "days"), "--within 'days' is not known", id="within"),
        pytest.param(("--of", "voices"), "--of voices needs to know whose; add --voice own", id="of"),
        pytest.param(("--pair", "KR", "KR"), "'KR' is compared with itself; name two", id="same-twice"),
        pytest.param(("--pair", "KR", "JPN"), "no country 'JPN' in the scores; did you mean JP",
                     id="no-such-group"),
        pytest.param(("--by", "outlet", "--pair", "Korea Becon Radio", "Lakeside International"),
                     "no outlet 'Korea Becon Radio' in the scores; did you mean Korea Beacon Radio",
                     id="nearest-name"),
        pytest.param(("--estimator", "rectified"), "`rectified` needs a coded random sample of the s",
                     id="rectified-without-gold"),
        pytest.param(("--sample", "sample.jsonl"), "--sample needs the codes of the sample; add --go",
                     id="sample-without-gold"),
        pytest.param(("--gold", "none.jsonl"), "none.jsonl: cannot be read", id="no-gold"),
        pytest.param(("--error-rates", str(GOLD)), "gold.jsonl.*--error-rates rates.json",
                     id="not-error-rates"),
        pytest.param(("--gold", str(GOLD), "--coder", "kim"), "no codes by 'kim'; coders in it: gold",
                     id="coder"),
    ],
)  # fmt: skip
def test_a_mistake_ends_with_code_2_and_one_line(
    run: Run, few: Path, tmp_path: Path, options: tuple[str, ...], message: str
):
    (line,) = refuse(run, tmp_path, few, *options)
    assert re.search(message.replace("?", r"\?"), line), line


def test_scores_of_two_models_or_codebooks_are_refused(run: Run, change: Change, tmp_path: Path):
    def mix(key: str) -> Path:
        return change(lambda number, record: {**record, key: "x"} if number == 9 else record)

    for key, message in (
        ("model", "row 10: scores are of model x, those before of .*; score all articles with one"),
        (
            "codebook",
            "row 10: scores are of codebook x, not of .*; score all articles with one mod",
        ),
    ):
        (line,) = refuse(run, tmp_path, mix(key), *PAIR)
        assert re.search(message, line), line


def test_one_article_is_no_group(run: Run, change: Change, tmp_path: Path):
    path = change(lambda number, one: {**one, "country": "AT" if number == 0 else "DE"})
    (line,) = refuse(run, tmp_path, path, "--pair", "AT", "DE")
    assert re.search(r"country 'AT' has one story: .*; there are DE \(29\), AT \(1\)", line), line
    (line,) = refuse(run, tmp_path, path)
    assert re.search(r"fewer than two groups by country have two stories or more: DE", line), line


def test_codes_of_some_units_need_their_chances(run: Run, scores: Path, tmp_path: Path):
    some = tmp_path / "some.jsonl"
    lines = GOLD.read_text(encoding="utf-8").splitlines(keepends=True)
    some.write_text("".join(lines[:500]), encoding="utf-8")
    (line,) = refuse(run, tmp_path, scores, "--gold", some)
    assert re.search(r"some.jsonl: \d+ of 1109 scored units are coded, and nothing says", line), (
        line
    )
    assert "give the sample they were drawn as: --sample" in line


def test_a_sample_of_other_scores_is_refused(run: Run, scores: Path, few: Path, tmp_path: Path):
    sample = tmp_path / "sample.jsonl"
    assert run("sample", few, "-n", 100, "-o", sample).code == 0
    (line,) = refuse(run, tmp_path, scores, "--gold", GOLD, "--sample", sample)
    assert re.search(r"the sample was drawn out of \d+ sentences, the scores hold 1,109;", line), (
        line
    )


def test_adjusted_needs_error_rates_of_the_model(run: Run, change: Change, tmp_path: Path):
    path = change(lambda _, record: {**record, "model": "another"})
    (line,) = refuse(run, tmp_path, path, *PAIR, "--estimator", "adjusted")
    assert re.search("`adjusted` needs the model's error rates; make them with: framing eval", line)
    shipped = find_shipped("baseline") / "error_rates.json"
    (line,) = refuse(run, tmp_path, path, *PAIR, "--error-rates", shipped)
    assert re.search("the error rates are of model .*, the scores of another; measure", line), line


def test_months_need_dates(run: Run, change: Change, tmp_path: Path):
    path = change(lambda _, record: {**record, "date": None})
    (line,) = refuse(run, tmp_path, path, "--by", "month")
    assert "no article has a date: nothing can be compared by month; give dates in front" in line
    # Without dates there are no weeks to compare within; all else stands.
    assert compare_json(run, path, *PAIR)["differences"][0]["within_events"] is None


def test_scores_without_sentences_are_refused(run: Run, change: Change, tmp_path: Path):
    path = change(lambda _, record: {k: v for k, v in record.items() if k != "sentences"})
    (line,) = refuse(run, tmp_path, path, *PAIR)
    assert re.search("row 1: .*: holds no sentences; score with sentences: framing score", line), (
        line
    )


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        pytest.param("s.csv", "level,group\n", "is not a .json or .jsonl score file; score with",
                     id="csv"),
        pytest.param("s.jsonl", '{"text": "x"}\n', "row 1: is not a row of scores", id="other-rows"),
        pytest.param("s.json", "[]", "is not a result of framing score", id="other-json"),
        pytest.param("s.jsonl", "", "s.jsonl", id="empty"),
        pytest.param("none.jsonl", None, "none.jsonl: cannot be read", id="missing"),
    ],
)  # fmt: skip
def test_files_that_are_no_scores(
    run: Run, tmp_path: Path, name: str, text: str | None, message: str
):
    path = tmp_path / name
    if text is not None:
        path.write_text(text, encoding="utf-8")
    (line,) = refuse(run, tmp_path, path)
    assert str(path) in line
    assert re.search(message, line), line


@pytest.mark.parametrize("output", ["missing/out.json", "out.xls", "."])
def test_an_output_that_cannot_be_written(run: Run, few: Path, tmp_path: Path, output: str):
    result = run("compare", few, *PAIR, "-o", tmp_path / output)
    assert (result.code, result.out) == (2, "")
    assert len(result.err.strip().splitlines()) == 1


def test_an_output_that_is_an_input_is_refused(run: Run, records: list[Any], tmp_path: Path):
    path = tmp_path / "s.json"
    path.write_text("{}", encoding="utf-8")
    result = run("compare", path, "-o", path)
    assert (result.code, path.read_text(encoding="utf-8")) == (2, "{}")
    assert "is an input too" in result.err


def test_report_holds_the_figures_of_compare(run: Run, few: Path, tmp_path: Path):
    pytest.importorskip("altair")
    pytest.importorskip("vl_convert")
    page = tmp_path / "report.html"
    result = run("report", few, "-o", page, "--title", "A <b>title</b>")
    assert (result.code, result.out) == (0, "")
    assert f"wrote {page}" in result.err
    tree = html.fromstring(page.read_text(encoding="utf-8"))
    assert tree.xpath("//h1")[0].text_content() == "A <b>title</b>"
    charts = json.loads(tree.xpath("//script[@id='charts-data']")[0].text)
    chart = charts["charts"]["shares-country"]
    columns = [chart["columns"].index(name) for name in ("group", "estimate", "high")]
    shown = {(row[columns[0]], row[columns[1]], row[columns[2]]) for row in chart["rows"]}
    compared = compare_json(run, few, "--by", "country")
    assert shown == {(group, share, high) for group, _, share, high in list_numbers(compared)}


@pytest.mark.parametrize("kind", ["share", "mix", "difference", "time", "speaker"])
def test_figure_draws_every_kind(run: Run, few: Path, tmp_path: Path, kind: str):
    pytest.importorskip("altair")
    pytest.importorskip("vl_convert")
    path = tmp_path / "figure.svg"
    result = run("figure", kind, few, "-o", path)
    assert (result.code, result.out) == (0, "")
    words = " ".join(etree.parse(path).getroot().itertext())
    assert "Security" in words or "Reporter" in words
    # What stands beside the chart in a report is told: a caption, and what its numbers mean.
    assert re.search(r"\w+\. [A-Z].*\.", result.err)


def test_figure_of_one_pair_in_other_formats(run: Run, few: Path, tmp_path: Path):
    pytest.importorskip("altair")
    pytest.importorskip("vl_convert")
    for ending, start in ((".png", b"\x89PNG"), (".pdf", b"%PDF")):
        path = tmp_path / f"figure{ending}"
        assert run("figure", "difference", few, *PAIR, "-o", path).code == 0
        assert path.read_bytes().startswith(start)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(("report", "{scores}", "-o", "page.txt"), ".html", id="report that is no page"),
        pytest.param(("report", "nowhere.jsonl", "-o", "page.html"), "nowhere.jsonl", id="no scores"),
        pytest.param(("figure", "mix", "{scores}", "-o", "mix.bmp"), ".svg", id="unknown format"),
        pytest.param(("figure", "time", "{scores}", "--by", "outlet", "-o", "t.svg"), "month", id="no period"),
        pytest.param(("figure", "difference", "{scores}", "--pair", "KR", "JPN", "-o", "d.svg"), "JP", id="no group"),
        pytest.param(("report", "{scores}", "--events", "{scores}", "-o", "page.html"), "jsonl", id="no events"),
    ],
)  # fmt: skip
def test_report_and_figure_say_what_is_wrong(
    run: Run, few: Path, tmp_path: Path, arguments: tuple[str, ...], said: str
):
    pytest.importorskip("altair")
    words = [word.format(scores=few) for word in arguments]
    words[words.index("-o") + 1] = str(tmp_path / words[words.index("-o") + 1])
    result = run(*words)
    assert (result.code, result.out) == (2, "")
    assert len(result.err.splitlines()) == 1
    assert said in result.err
    assert list(tmp_path.iterdir()) == []


def count_left_out(comparison: dict[str, Any]) -> int:
    note = next((n for n in comparison["notes"] if n.startswith("Left out")), "0")
    return int(re.findall(r"\d+", note)[0])


def test_without_copies_only_what_is_left_is_counted(run: Run, scores: Path):
    every = compare_json(run, scores, *PAIR)
    left = compare_json(run, scores, *PAIR, "--copies", "without")
    assert count_left_out(every) == 0
    fewer = [
        one["articles"] - other["articles"]
        for one, other in zip(every["groups"], left["groups"], strict=True)
    ]
    assert 0 < sum(fewer) <= count_left_out(left)
    for one, other, gone in zip(every["groups"], left["groups"], fewer, strict=True):
        assert one["stories"] - other["stories"] == gone
        assert (one["units"] > other["units"]) == (gone > 0)


@pytest.mark.parametrize(
    ("outlet", "copied"),
    [pytest.param("東雲通信 한국어판", 0, id="edition of the agency"), pytest.param("Inlet Daily", 1, id="a daily")],
)  # fmt: skip
def test_an_edition_of_an_agency_copies_nobody(run: Run, change: Change, outlet: str, copied: int):
    def credit(agencies: list[str]) -> Path:
        return change(
            lambda k, one: {**one, "outlet": outlet, "agencies": agencies} if k == 0 else one
        )

    counts = [
        count_left_out(compare_json(run, credit(agencies), "--copies", "without"))
        for agencies in ([], ["東雲通信"])
    ]
    assert counts[1] - counts[0] == copied


def test_codes_of_every_sentence_are_called_so(run: Run, scores: Path):
    notes = compare_json(run, scores, *PAIR, "--gold", GOLD)["notes"]
    assert any(note.startswith("Every scored sentence is coded") for note in notes)


def test_a_difference_that_turns_within_events_is_pointed_out(run: Run, scores: Path):
    found = compare_json(run, scores, *PAIR)["differences"]
    for one in found:
        within = one["within_events"]
        stands = within["low"] > 0 or within["high"] < 0
        held = one["low"] > 0 or one["high"] < 0
        turned = (one["difference"] > 0) != (within["difference"] > 0)
        said = any("within the same events" in warning for warning in one["warnings"])
        assert said == ((stands and (turned or not held)) or (held and turned))
    assert any("within the same events" in " ".join(one["warnings"]) for one in found)
