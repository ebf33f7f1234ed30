"""The report: one page that says what the figures show, holds the scores, and loads nothing."""

from __future__ import annotations

import base64
import csv
import fcntl
import hashlib
import io
import json
import os
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lxml import html

from framing.codebook import Codebook
from framing.comparison.multiplicity import correct_false_discovery, correct_holm
from framing.comparison.scored_text import ScoredText, read_scored_text
from framing.errors import ConfigError, InputError
from framing.events import Event
from framing.report import ReportData, render_report, write_report
from framing.report.charts import list_charts
from framing.report.findings import find_findings
from framing.report.looks import COLOURS, choose_ink, choose_keys
from framing.report.markup import Markup, element, escape
from framing.report.methods import list_references, write_methods
from framing.report.packing import embed_json
from framing.report.periods import place_events
from framing.report.reforms import fill_checklist
from framing.report.wording import enumerate_words, format_decimals, format_p, format_points
from framing.spreadsheets import restore_formula
from tests.conftest import ROOT

pytest.importorskip("altair")
pytest.importorskip("vl_convert")

ATTACK = (
    "</script><script>document.title='run'</script><img src=x onerror=\"document.title='run'\">"
)
FORMULAS = ("=1+1", "+cmd", "-2", "@SUM(A1)", "\tx", "'=quoted", "＝全角", 'plain, "quoted"\nline')
RTL = "\u202etxet dedrocer\u202c \u2067אבג\u2069"
LONG_WORD = "ㅎ" * 50_000 + "w" * 50_000
ARTICLE = {"id": "0" * 16, "headline": "", "outlet": "unknown", "agencies": [], "country": "unknown",
           "kind": "unknown", "language": "en", "date": None, "path": ""}  # fmt: skip


# A small corpus: authored articles scored by the shipped baseline, and one article nobody wrote.


def write_sentence(number: int, text: str, frames: list[str], codebook: Codebook) -> dict[str, Any]:
    chances = {frame: 0.9 if frame in frames else 0.1 for frame in codebook.frame_ids}
    return {"unit": number, "start": 0, "end": len(text), "text": text, "frames": frames,
            "probabilities": chances, "speaker": codebook.speaker_ids[0]}  # fmt: skip


@pytest.fixture(scope="session")
def scored(tmp_path_factory: pytest.TempPathFactory) -> ScoredText:
    folder = tmp_path_factory.mktemp("scores")
    articles = [
        path
        for language in ("en", "ja", "ko")
        for path in sorted((ROOT / "annotations" / "articles" / language).glob("*-a0[1-8]-*.md"))
    ]
    arguments = ["score", *articles, "--sentences", "--model", "baseline", "-q", "-o"]
    output = folder / "scores.jsonl"
    subprocess.run(
        [sys.executable, "-m", "framing", *map(str, arguments), str(output)],
        check=True, capture_output=True, cwd=ROOT,
    )  # fmt: skip
    codebook = Codebook.load()
    lines = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
    first = next(line for line in lines if line.get("level") == "article")
    sentences = [ATTACK, RTL, LONG_WORD, "half \ud800 a letter", *FORMULAS]
    hostile = {
        **first, **ARTICLE, "group": f"{ATTACK}.txt", "outlet": "=HYPERLINK(1)", "headline": ATTACK,
        "language": "x\" onload=\"alert(1)", "country": "KR", "date": "2019-07-09",
        "sentences": [
            write_sentence(k, text, list(codebook.frame_ids[: k % 3]), codebook)
            for k, text in enumerate(sentences)
        ],
    }  # fmt: skip
    copied = {**first, "group": "copy.txt", "outlet": "Second Outlet", "agencies": ["A Wire"]}
    with output.open("a", encoding="utf-8") as stream:
        for record in (hostile, copied):
            stream.write(json.dumps(record) + "\n")
    return read_scored_text([output], codebook)


# Comparisons in the form of the real ones. The shares are plain means; intervals and p values are
# made up from the number of stories, consistent with one another but estimates of nothing.


def measure_share(probabilities: Any, stories: int) -> dict[str, Any]:
    if not len(probabilities):
        return {"estimate": None, "low": None, "high": None}
    value = float(probabilities.mean())
    half = 1.96 * (value * (1 - value) / (3 * max(stories, 1))) ** 0.5
    return {"estimate": value, "low": max(0.0, value - half), "high": min(1.0, value + half)}


def compare_plainly(scored: ScoredText, by: str, stories: tuple[int, ...]) -> Any:
    frames = scored.codebook.frame_ids
    of_article = [
        (a.date.strftime("%Y-%m") if a.date else "unknown") if by == "month" else getattr(a, by)
        for a in scored.articles
    ]
    groups = []
    for name in sorted(set(of_article)):
        members = [k for k, group in enumerate(of_article) if group == name]
        rows = np.isin(scored.owners, members)
        n = len({stories[k] for k in members})
        groups.append(
            {"group": name, "label": {"KR": "South Korea", "JP": "Japan"}.get(name, name),
             "articles": len(members), "stories": n, "units": int(rows.sum()), "coded": 0, "few": n < 4,
             "shares": {f: measure_share(scored.probabilities[rows, k], n) for k, f in enumerate(frames)}}
        )  # fmt: skip
    pairs = [(a, b) for k, a in enumerate(groups) for b in groups[k + 1 :] if by == "country"]
    differences = [describe_pair(frame, *pair) for pair in pairs for frame in frames]
    p = np.array([d["p_value"] for d in differences])
    for d, holm, bh in zip(differences, correct_holm(p), correct_false_discovery(p), strict=True):
        d["p_holm"], d["p_bh"] = float(holm), float(bh)
    return {
        "model": scored.model, "codebook": scored.codebook.digest, "scores": "0" * 16, "by": by,
        "measure": "frames", "voices": [], "estimator": "probability", "copies": "once",
        "within": "week", "articles": len(scored.articles), "stories": len(set(stories)),
        "units": len(scored), "first_date": None, "last_date": None, "groups": groups,
        "differences": differences, "copy_clusters": [],
        "tiers": {f: {"tier": t, "f1": 0.7, "alpha": 0.7} for f, t in zip(frames, "AABC", strict=True)},
        "notes": ["Shares are mean probabilities."],
    }  # fmt: skip


def describe_pair(frame: str, one: Any, two: Any) -> dict[str, Any]:
    a, b = one["shares"][frame], two["shares"][frame]
    gap = a["estimate"] - b["estimate"]
    half = a["high"] - a["estimate"] + b["high"] - b["estimate"] or 0.5
    test = {
        "difference": gap,
        "low": gap - half,
        "high": gap + half,
        "p_value": float(np.exp(-2 * abs(gap) / half)),
    }
    return {
        **test, "frame": frame, "first": one["group"], "second": two["group"], "first_share": a["estimate"],
        "second_share": b["estimate"], "p_holm": None, "p_bh": None, "effect": gap,
        "without_copies": dict(test), "within_events": {**test, "events": 3, "units": 50}, "warnings": [],
    }  # fmt: skip


@pytest.fixture(scope="session")
def data(scored: ScoredText) -> ReportData:
    stories = (*range(len(scored.articles) - 1), 0)
    comparisons = {
        by: compare_plainly(scored, by, stories)
        for by in ("country", "outlet", "language", "month")
    }
    frames, speakers = scored.codebook.frame_ids, scored.codebook.speaker_ids
    share = {"estimate": 1 / len(speakers), "low": 0.01, "high": 0.3}
    voices: Any = {c: {f: dict.fromkeys(speakers, share) for f in frames} for c in ("JP", "KR")}
    mix = {
        by: {g["group"]: dict.fromkeys(frames, 1 / len(frames)) for g in comparisons[by]["groups"]}
        for by in ("country", "outlet")
    }
    events = (
        Event(date(2019, 7, 4), "curbs", "Licences <b>begin</b>", {}, "A ministry", "https://example.org/a?b=1&c=2"),
        Event(date(2019, 7, 1), "news", "Curbs announced", {}, "A ministry", "javascript:alert(1)", "noon"),
    )  # fmt: skip
    method: Any = {
        "framing_version": "0.1.0", "model": "baseline", "model_digest": scored.model, "authored": True,
        "coded_by_models": True, "agreement": {frames[0]: 0.81, frames[1]: None}, "f1": {frames[0]: 0.78},
        "f1_on": "held-out articles", "estimator": "probability", "copies": "once", "within": "week",
        "command": "framing report scores.jsonl -o report.html",
        "files": [{"path": "scores.jsonl", "digest": "0123456789abcdef"}],
    }  # fmt: skip
    return ReportData(
        f"Frames & {ATTACK}",
        scored,
        comparisons,
        voices,
        mix,
        events,
        stories,
        method,
        "2020-01-01",
    )


@pytest.fixture(scope="session")
def page(data: ReportData) -> str:
    return render_report(data)


@pytest.fixture(scope="session")
def tree(page: str) -> Any:
    return html.fromstring(page)


def read_data(tree: Any, name: str) -> Any:
    return json.loads(tree.get_element_by_id(f"{name}-data").text)


# The page as text.


def test_the_page_has_every_section_and_a_way_to_it(tree: Any) -> None:
    ids = [section.get("id") for section in tree.iter("section")]
    assert ids == [
        "findings",
        "shares",
        "voices",
        "time",
        "differences",
        "articles",
        "methods",
        "checklist",
        "data",
    ]
    assert [link.get("href") for link in tree.xpath("//nav//a")] == [f"#{name}" for name in ids]
    every = [node.get("id") for node in tree.iter() if node.get("id")]
    assert len(every) == len(set(every))
    assert all(section.get("aria-labelledby") in every for section in tree.iter("section"))


def test_each_chart_has_its_words_its_buttons_and_its_table(tree: Any, data: ReportData) -> None:
    figures = tree.xpath("//figure")
    assert [f.get("data-chart") for f in figures]
    assert len(figures) == len(list_charts(data))
    for figure in figures:
        (plot,) = figure.xpath("div[@class='plot']")
        assert plot.get("role") == "img"
        assert len(plot.get("aria-label")) > 40
        assert [b.get("data-save") for b in figure.xpath(".//button")] == ["svg", "png", "csv"]
        assert figure.xpath("details//table/tbody/tr")


def test_the_scores_can_be_read_back_from_the_page(tree: Any, data: ReportData) -> None:
    packed, scored = read_data(tree, "scores"), data.scored
    units, articles = packed["sentences"], packed["articles"]
    clean = [text.replace("\ud800", "?") for text in scored.texts]
    assert units["text"] == clean
    bits = np.array(units["frames"])[:, None] >> np.arange(4) & 1
    assert (bits.astype(bool) == scored.decisions).all()
    assert (
        np.abs(np.array(units["probabilities"]).reshape(-1, 4) / 100 - scored.probabilities).max()
        <= 0.005 + 1e-9
    )
    assert units["speaker"] == scored.speakers.tolist()
    assert units["unit"] == scored.spans[:, 0].tolist()
    assert np.cumsum([0, *articles["sentences"]]).tolist() == scored.bounds.tolist()
    assert [packed["words"]["outlet"][k] for k in articles["outlet"]] == [
        a.outlet for a in scored.articles
    ]
    assert articles["date"] == [a.date.isoformat() if a.date else "" for a in scored.articles]
    assert articles["story"] == list(data.stories)
    assert articles["name"] == [a.name for a in scored.articles]


def test_an_article_that_holds_markup_stays_text(page: str, tree: Any) -> None:
    assert not [node for node in tree.iter() if any(name.startswith("on") for name in node.attrib)]
    scripts = tree.xpath("//script")
    assert [script.get("type") for script in scripts] == ["application/json"] * 4 + [None] * 2
    assert not tree.xpath("//img")
    assert tree.xpath("//title")[0].text.endswith(ATTACK)
    assert page.count("<!--") == 0


def test_the_page_loads_nothing_and_links_only_to_sources(page: str, tree: Any) -> None:
    addresses = [
        (n.tag, v, n)
        for n in tree.iter()
        for k, v in n.attrib.items()
        if k in ("src", "href", "action")
    ]
    outside = [(tag, v, n) for tag, v, n in addresses if not v.startswith("#") and v != "data:,"]
    assert {v for _, v, _ in outside} == {
        "https://example.org/a?b=1&c=2",
        "https://doi.org/10.1126/sciadv.adk3452",
    }
    assert all(tag == "a" and "noreferrer" in n.get("rel") for tag, _, n in outside)
    style = tree.xpath("//style")[0].text
    assert "url(" not in style
    assert "@import" not in style


def test_the_policy_lets_only_the_scripts_of_the_page_run(tree: Any) -> None:
    (policy,) = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy.startswith("default-src 'none';")
    assert "unsafe-eval" not in policy
    assert "connect" not in policy
    allowed = re.search("script-src ([^;]*)", policy).group(1).split()  # type: ignore[union-attr]
    texts = [script.text for script in tree.xpath("//script[not(@type)]")]
    digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in texts]
    assert allowed == [f"'sha256-{digest}'" for digest in digests]


def test_five_hundred_articles_stay_under_five_megabytes(
    scored: ScoredText, data: ReportData
) -> None:
    many = simulate(scored, 500)
    size = len(render_report(replace(data, scored=many, stories=tuple(range(500)))).encode())
    assert size < 5_000_000


def simulate(scored: ScoredText, n: int) -> ScoredText:
    """Articles of 20 sentences of 120 to 200 bytes; the words of the real ones, drawn anew."""
    random = np.random.default_rng(1)
    texts = [text for text in scored.texts if len(text) < 1000]
    pieces = "".join(texts)
    places = random.integers(0, len(pieces) - 130, 20 * n)
    facts = [a for a in scored.articles if a.date]
    return replace(
        scored,
        articles=tuple(
            replace(facts[k % len(facts)], name=f"{k}.txt", headline="") for k in range(n)
        ),
        owners=np.repeat(np.arange(n), 20),
        spans=np.tile(np.arange(20), n)[:, None] * np.ones((1, 3), dtype=int),
        texts=tuple(pieces[place : place + 120] for place in places),
        probabilities=random.random((20 * n, 4)),
        decisions=random.random((20 * n, 4)) < 0.2,
        speakers=random.integers(0, 11, 20 * n),
    )


def test_a_report_is_written_whole(data: ReportData, page: str, tmp_path: Path) -> None:
    write_report(tmp_path / "report.html", data)
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == page
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_without_altair_the_error_says_what_to_install(
    data: ReportData, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "altair", None)
    with pytest.raises(ConfigError, match=r"needs altair; pip install 'framing\[figures\]'"):
        render_report(data)


def test_each_article_needs_a_story(data: ReportData) -> None:
    with pytest.raises(InputError, match="1 story numbers for"):
        replace(data, stories=(0,))


def test_a_report_of_one_outlet_without_dates_events_or_voices(data: ReportData) -> None:
    facts = replace(data.scored.articles[0], name="a", headline="", outlet="unknown", country="unknown",
                    language="unknown", date=None)  # fmt: skip
    bare = replace(
        data, comparisons={}, voices={}, mix={}, events=(), method={}, stories=(0,),
        scored=replace(
            data.scored, articles=(facts,), owners=np.zeros(1, dtype=int), spans=np.zeros((1, 3), dtype=int),
            texts=("One.",), probabilities=np.zeros((1, 4)), decisions=np.zeros((1, 4), dtype=bool),
            speakers=np.zeros(0, dtype=int),
        ),
    )  # fmt: skip
    assert "Nothing to show: this was not part of the run." in render_report(bare)
    assert (
        write_methods(bare)[0]
        == "We analysed 1 article, which split into 1 sentence, headlines included."
    )


@pytest.mark.parametrize("text", ["</script>", "<!--", "\u2028", "\u2029", "&lt;", "a\x00b"])
def test_embedded_json_cannot_end_its_element(text: str) -> None:
    embedded = embed_json("x", [text])
    inside = embedded.removeprefix('<script type="application/json" id="x">').removesuffix(
        "</script>"
    )
    assert json.loads(inside) == [text]
    assert not set(inside) & set("<>&\u2028\u2029\x00")


def test_markup_escapes_all_that_is_not_markup() -> None:
    assert (
        element("b", "<i>", Markup("<u>x</u>"), class_='"q"')
        == '<b class="&quot;q&quot;">&lt;i&gt;<u>x</u></b>'
    )
    assert escape("a\x00\x1bb\nc") == "a\ufffd\ufffdb\nc"


# Words.


def find_difference(data: ReportData, **changes: Any) -> Any:
    """The report of a single difference, South Korea less Japan."""
    base = data.comparisons["country"]
    test = {"difference": 0.12, "low": 0.05, "high": 0.19, "p_value": 0.001}
    one = {
        **test, "frame": "wto_legality", "first": "KR", "second": "JP", "first_share": 0.34,
        "second_share": 0.22, "p_holm": 0.004, "p_bh": 0.004, "effect": 0.27, "warnings": [],
        "without_copies": test, "within_events": {**test, "events": 5, "units": 90}, **changes,
    }  # fmt: skip
    comparison: Any = {
        **base,
        "differences": [one],
        "groups": [{**g, "few": False} for g in base["groups"]],
    }
    return find_findings(replace(data, comparisons={"country": comparison}))


def test_a_difference_is_told_with_all_that_bears_on_it(data: ReportData) -> None:
    (finding,) = find_difference(data).shown
    assert finding.lead == "WTO legality, by country"
    assert finding.text.replace("\u202f", " ") == (
        "South Korea 34 % of sentences, Japan 22 %: 12.0 percentage points more (95 % interval 5.0 "
        "to 19.0); p = .004 after Holm's correction for 1 test; Cohen's h .27."
    )
    assert finding.details == (
        "It holds within the 5 weeks that both cover (12.0; 5.0 to 19.0) and without wire copy and "
        "copies (12.0; 5.0 to 19.0).",
    )


def test_the_greater_share_comes_first(data: ReportData) -> None:
    test = {"difference": -0.12, "low": -0.19, "high": -0.05, "p_value": 0.001}
    (finding,) = find_difference(
        data, **test, first_share=0.22, second_share=0.34, effect=-0.27, without_copies=test
    ).shown
    assert finding.text.startswith("Japan 34")
    assert "5.0 to 19.0" in finding.text
    assert "\u2212" not in finding.text
    assert (
        "not told apart from no difference within the 5 weeks"
        in finding.details[0] + finding.details[1]
    )


def test_what_correction_takes_away_is_no_finding(data: ReportData) -> None:
    findings = find_difference(data, p_holm=0.2)
    assert not findings.shown
    (gap,) = findings.open
    assert "does not show that the groups are alike" in gap.text
    assert "leads to follow, not findings" in gap.text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"within_events": None}, "It could not be checked within the same weeks."),
        ({"without_copies": {"difference": 0.1, "low": -0.1, "high": 0.3, "p_value": 0.3}},
         "It is not told apart from no difference without wire copy and copies (10.0; \u221210.0 to 30.0)."),
        ({"frame": "process_dispute"}, "This frame is of the lowest reliability tier (C): the difference may"),
    ],
    ids=["no common week", "only in wire copy", "unreliable frame"],
)  # fmt: skip
def test_what_weakens_a_difference_is_said(data: ReportData, changes: Any, said: str) -> None:
    (finding,) = find_difference(data, **changes).shown
    assert said in " ".join(finding.details)


def test_groups_of_few_stories_make_no_finding(data: ReportData) -> None:
    comparison: Any = {**data.comparisons["country"]}
    comparison["groups"] = [{**g, "few": True} for g in comparison["groups"]]
    comparison["differences"] = [{**d, "p_holm": 0.001} for d in comparison["differences"]]
    findings = find_findings(replace(data, comparisons={"country": comparison}))
    assert not findings.shown
    assert findings.open[0].text.startswith("Too few stories to tell")


def test_authored_and_small_text_is_called_so(data: ReportData) -> None:
    cautions = " ".join(find_findings(data).cautions)
    assert "written for a corpus" in cautions
    assert "The text is small" in cautions
    assert "made by language models" in cautions
    assert "Lowest reliability tier (C): Process dispute" in cautions
    plain = " ".join(find_findings(replace(data, method={})).cautions)
    assert "corpus" not in plain
    assert "language models" not in plain


def test_methods_claim_only_what_is_known(data: ReportData) -> None:
    text = " ".join(write_methods(data))
    assert "mean probability over sentences (Bella et al. 2010), which assumes" in text
    assert "Security / export control .81." in text
    assert "Historical retaliation ." not in text
    assert any(work.startswith("Hayes") for work in list_references(data))
    bare = " ".join(write_methods(replace(data, method={})))
    assert not re.search("F1|alpha|Command|language models|95 %", bare)
    assert not any(work.startswith("Hayes") for work in list_references(replace(data, method={})))


@pytest.mark.parametrize(
    ("estimator", "source"),
    [
        ("count", "Forman"),
        ("adjusted", "Rogan"),
        ("rectified", "Angelopoulos"),
        ("probability", "Bella"),
    ],
)
def test_methods_name_the_estimator_and_cite_it(
    data: ReportData, estimator: Any, source: str
) -> None:
    of = replace(data, method={"estimator": estimator})
    assert source in " ".join(write_methods(of))
    assert any(w.startswith(source) for w in list_references(of))


def test_the_checklist_has_all_items_and_leaves_open_what_the_run_does_not_tell(
    data: ReportData,
) -> None:
    items = [item for _, module in fill_checklist(data) for item in module]
    assert len(items) == 32
    answers = {item.number: item.answer for item in items}
    assert answers["1a"] is None
    assert answers["2e"] == "This report: framing report scores.jsonl -o report.html"
    assert "(digest" in str(answers["3d"])


def test_months_left_out_break_the_line_and_events_near_one_another_share_a_number(
    data: ReportData,
) -> None:
    (chart,) = (chart for chart in list_charts(data) if chart.id == "shares-month")
    months = {row[3]: row[2] for row in chart.rows}
    assert len(set(months.values())) > 1
    assert "unknown" not in months
    assert [event["text"] for event in chart.more["events"]] == ["1\u20132", ""]
    days = [Event(date(2019, 1, day), "e", "E", {}, "") for day in (1, 30)]
    placed = place_events(list(enumerate(days, start=1)), date(2019, 1, 1), date(2019, 1, 31))
    assert [event["text"] for event in placed] == ["1", "2"]


def test_numbers_in_words() -> None:
    assert format_points(-0.0001, sign=True) == "0.0"
    assert format_points(0.1234, sign=True) == "+12.3"
    assert (format_p(0.0004), format_p(0.0456), format_p(1.0)) == (
        "p < .001",
        "p = .046",
        "p = 1.000",
    )
    assert (format_decimals(-0.5), format_decimals(-0.001), format_decimals(None)) == (
        "\u2212.50",
        ".00",
        "\u2013",
    )
    assert enumerate_words("abcd", most=2) == "a, b and 2 more"
    assert choose_keys(["Security", "Society", "WTO", "W"]) == ["Se", "So", "WT", "4"]


@pytest.mark.parametrize("colour", COLOURS)
def test_letters_on_a_colour_can_be_read(colour: str) -> None:
    def luminance(text: str) -> float:
        parts = [int(text[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        parts = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return float(np.dot(parts, (0.2126, 0.7152, 0.0722)))

    dark, light = sorted((luminance(colour), luminance(choose_ink(colour))))
    assert (light + 0.05) / (dark + 0.05) >= 4.5


# The page in a browser.


class Browser:
    """Chromium without a window, driven over pipes (DevTools protocol)."""

    def __init__(self, program: str, folder: Path) -> None:
        theirs_in, ours_out = os.pipe()
        ours_in, theirs_out = os.pipe()

        def place_pipes() -> None:
            # First away from where they go to, then to where Chromium looks for them.
            pair = [fcntl.fcntl(pipe, fcntl.F_DUPFD, 10) for pipe in (theirs_in, theirs_out)]
            os.dup2(pair[0], 3)
            os.dup2(pair[1], 4)

        self.process = subprocess.Popen(
            [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe",
             f"--user-data-dir={folder}", "--no-first-run", "--disable-background-networking", "about:blank"],
            close_fds=False, preexec_fn=place_pipes, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(theirs_in)
        os.close(theirs_out)
        self.pipes = (ours_in, ours_out)
        self.number, self.rest, self.session = 0, b"", ""
        self.events: list[Any] = []
        target = next(
            t for t in self.call("Target.getTargets")["targetInfos"] if t["type"] == "page"
        )
        self.session = self.call(
            "Target.attachToTarget", targetId=target["targetId"], flatten=True
        )["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> Any:
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.pipes[1], json.dumps(message).encode() + b"\0")
        while (answer := self.read()).get("id") != self.number:
            self.events.append(answer)
        assert "error" not in answer, answer
        return answer["result"]

    def read(self) -> Any:
        while b"\0" not in self.rest:
            assert select.select([self.pipes[0]], [], [], 60)[0], "the browser does not answer"
            self.rest += os.read(self.pipes[0], 1 << 16)
        one, self.rest = self.rest.split(b"\0", 1)
        return json.loads(one)

    def run(self, script: str) -> Any:
        answer = self.call(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def wait(self, script: str, seconds: float = 60) -> Any:
        end = time.monotonic() + seconds
        while not (value := self.run(script)):
            assert time.monotonic() < end, f"never: {script}"
            time.sleep(0.05)
        return value

    def open(self, path: Path, width: int = 1280) -> None:
        self.events.clear()
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=900,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        self.call("Page.navigate", url="about:blank")
        self.call("Page.navigate", url=path.as_uri())
        self.wait("location.protocol === 'file:' && !!document.querySelector('.stories li')")

    def wait_for_charts(self) -> None:
        self.wait("document.body.dataset.drawn")

    def close(self) -> None:
        self.session = ""
        self.call("Browser.close")
        self.process.wait(30)
        for pipe in self.pipes:
            os.close(pipe)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = (
        shutil.which("chromium")
        or shutil.which("chromium-browser")
        or shutil.which("google-chrome")
    )
    if program is None:
        pytest.skip("no Chromium here")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        browser = Browser(program, Path(folder))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def written(page: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(page, encoding="utf-8")
    return path


@pytest.fixture
def opened(browser: Browser, written: Path) -> Browser:
    browser.open(written)
    return browser


STATUS = "({...document.querySelector('.status[data-articles]').dataset})"


def search(browser: Browser, words: str) -> Any:
    browser.run(f"""(() => {{ const box = document.querySelector('input[type=search]'); box.value = {json.dumps(words)};
        box.dispatchEvent(new Event('input')); }})()""")
    browser.run("new Promise((go) => setTimeout(go, 400))")
    return browser.run(STATUS)


def download(browser: Browser, selector: str, name: str, folder: Path) -> Path:
    browser.call("Page.setDownloadBehavior", behavior="allow", downloadPath=str(folder))
    browser.run(f"document.querySelector({json.dumps(selector)}).click()")
    end = time.monotonic() + 30
    while not (folder / name).is_file() or list(folder.glob("*.crdownload")):
        assert time.monotonic() < end, list(folder.iterdir())
        time.sleep(0.05)
    return folder / name


@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_opens_from_disk_without_error_or_request(
    browser: Browser, written: Path, data: ReportData, width: int, tmp_path: Path
) -> None:
    browser.open(written, width)
    browser.wait_for_charts()
    loud = ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded")
    assert [event for event in browser.events if event["method"] in loud] == []
    asked = {
        e["params"]["request"]["url"]
        for e in browser.events
        if e["method"] == "Network.requestWillBeSent"
    }
    assert {url for url in asked if not url.startswith(("data:", "about:"))} == {written.as_uri()}
    assert browser.run("document.querySelectorAll('figure svg').length") == len(list_charts(data))
    assert browser.run("document.documentElement.scrollWidth") <= width
    assert browser.run("document.title") == data.title
    picture = base64.b64decode(browser.call("Page.captureScreenshot")["data"])
    (tmp_path / f"report-{width}.png").write_bytes(picture)
    assert len(picture) > 20_000


def test_a_frame_is_chosen_and_the_counts_are_those_of_the_scores(
    opened: Browser, data: ReportData
) -> None:
    scored = data.scored
    assert opened.run(STATUS) == count_units(data, np.ones(len(scored), dtype=bool))
    opened.run("document.querySelector('[data-frame=\"2\"]').click()")
    assert opened.run(STATUS) == count_units(data, scored.decisions[:, 2])
    opened.run("document.querySelector('[data-frame=\"-1\"]').click()")
    either = scored.decisions[:, 2] | ~scored.decisions.any(axis=1)
    assert opened.run(STATUS) == count_units(data, either)
    opened.run("""(() => { const voice = document.querySelector('[data-choice=voice]'); voice.value = '1';
        voice.dispatchEvent(new Event('change')); })()""")
    assert opened.run(STATUS) == count_units(data, either & (scored.speakers == 1))
    assert opened.run("document.querySelectorAll('.sentences li.match').length") > 0


def count_units(data: ReportData, chosen: Any) -> dict[str, str]:
    owners = np.unique(data.scored.owners[chosen])
    stories = {data.stories[k] for k in owners}
    return {
        "articles": str(len(owners)),
        "stories": str(len(stories)),
        "sentences": str(int(chosen.sum())),
    }


def test_text_is_found_whatever_its_width_and_case(opened: Browser, data: ReportData) -> None:
    found = np.array(["wto" in text.lower() for text in data.scored.texts])
    assert search(opened, "ＷＴＯ ") == count_units(data, found)
    assert opened.run("document.querySelector('.hit').textContent").lower() == "wto"


def test_an_article_that_holds_markup_is_shown_as_text(opened: Browser) -> None:
    assert search(opened, "onerror=")["sentences"] == "1"
    assert opened.run("document.querySelector('.article h3').textContent") == ATTACK
    assert opened.run("document.title").startswith("Frames & ")
    assert search(opened, "dedrocer")["sentences"] == "1"
    shown = "document.querySelector('.sentences li.match .text')"
    assert opened.run(f"[{shown}.textContent, {shown}.dir, getComputedStyle({shown}).unicodeBidi, {shown}.lang]") == [
        RTL, "auto", "isolate", "",
    ]  # fmt: skip
    search(opened, "ㅎㅎㅎ")
    assert opened.run("document.querySelector('.sentences mark').textContent.length") < 1000
    opened.run("document.querySelector('button.more').click()")
    assert opened.run("document.querySelector('.sentences mark').textContent") == LONG_WORD
    assert opened.run("document.documentElement.scrollWidth") <= 1280


def test_copies_of_a_story_stand_together(opened: Browser, data: ReportData) -> None:
    opened.run("document.querySelector('.copies summary').click()")
    assert (
        opened.run("document.querySelector('.copies summary').textContent")
        == "1 copy of this story: Second Outlet"
    )
    opened.wait("!!document.querySelector('.copies .article')")
    facts = opened.run("document.querySelector('.copies .meta').textContent")
    assert facts.startswith("Second Outletvia A Wire")
    assert opened.run("document.querySelectorAll('.stories > li').length") == 20


def test_a_whole_article_is_shown_when_asked_for(opened: Browser, data: ReportData) -> None:
    first = data.scored.bounds[1]
    opened.run("document.querySelector('.article > button').click()")
    shown = opened.run(
        "[...document.querySelector('.sentences').children].map((n) => n.firstChild.textContent)"
    )
    assert shown == list(data.scored.texts[1:first])  # the headline stands above
    assert opened.run("document.querySelector('.article h3').textContent") == data.scored.texts[0]


def test_downloads_hold_the_figures_and_no_formula(
    opened: Browser, data: ReportData, tmp_path: Path
) -> None:
    table = download(opened, "#data [data-save=sentences]", "sentences.csv", tmp_path)
    rows = list(csv.DictReader(io.StringIO(table.read_text(encoding="utf-8-sig"), newline="")))
    texts = [text.replace("\ud800", "?") for text in data.scored.texts]
    assert [restore_formula(row["text"]) for row in rows] == texts
    assert not any(cell[:1] in "=+-@\t\r\n＝" for row in rows for cell in row.values() if cell)
    chart = download(
        opened, "[data-chart=shares-outlet] [data-save=csv]", "shares-outlet.csv", tmp_path
    )
    assert "'=HYPERLINK(1)" in chart.read_text(encoding="utf-8")
    drawn = download(
        opened, "[data-chart=mix-country] [data-save=svg]", "mix-country.svg", tmp_path
    )
    picture = drawn.read_text(encoding="utf-8")
    assert picture.startswith("<svg")
    assert "Frame mix by country" in picture
    pixels = download(
        opened, "[data-chart=shares-month] [data-save=png]", "shares-month.png", tmp_path
    )
    assert pixels.read_bytes().startswith(b"\x89PNG")
    table = download(opened, "[data-save=differences]", "differences-country.csv", tmp_path)
    rows = list(csv.DictReader(io.StringIO(table.read_text(encoding="utf-8-sig"))))
    differences = data.comparisons["country"]["differences"]
    assert [float(row["difference"]) for row in rows] == [
        round(d["difference"] or 0, 4) for d in differences
    ]


def test_the_table_of_differences_is_sorted_by_keyboard(opened: Browser) -> None:
    opened.run("document.querySelectorAll('#difference-table thead button')[3].focus()")
    for kind in ("keyDown", "keyUp"):
        opened.call(
            "Input.dispatchKeyEvent",
            type=kind,
            key="Enter",
            code="Enter",
            windowsVirtualKeyCode=13,
            text="\r",
        )
    read = "[...document.querySelectorAll('#difference-table tbody tr')].map((row) => row.children[3].textContent)"
    shown = [float(text.replace("<.001", "0")) for text in opened.run(read)]
    assert shown == sorted(shown)
    assert len(shown) > 4
    assert (
        opened.run("document.activeElement.closest('th').getAttribute('aria-sort')") == "ascending"
    )


def test_the_first_key_leads_past_the_contents(opened: Browser) -> None:
    opened.call(
        "Input.dispatchKeyEvent", type="keyDown", key="Tab", code="Tab", windowsVirtualKeyCode=9
    )
    assert opened.run("document.activeElement.className") == "skip"
    assert opened.run("document.activeElement.getBoundingClientRect().left") >= 0


def test_in_print_tables_are_open_and_the_articles_are_left_out(opened: Browser) -> None:
    opened.call("Emulation.setEmulatedMedia", media="print")
    try:
        opened.run("dispatchEvent(new Event('beforeprint'))")
        assert opened.run("getComputedStyle(document.querySelector('#explorer')).display") == "none"
        assert opened.run("document.querySelectorAll('figure details:not([open])').length") == 0
        opened.run("dispatchEvent(new Event('afterprint'))")
        assert opened.run("document.querySelectorAll('figure details[open]').length") == 0
    finally:
        opened.call("Emulation.setEmulatedMedia", media="")
