"""Sampling: every design keeps the probabilities it states; scores are read strictly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from framing.articles.article import Article
from framing.coding.codes import Code, digest_text
from framing.coding.draws import allocate, draw_pivotal, order_by_nearness, spread_probability
from framing.coding.population import leave_out, make_population, read_scores
from framing.coding.sample_file import read_sample, sample_records
from framing.coding.sampling import Design, describe_strata, draw_sample
from framing.errors import CodebookError, ConfigError, InputError

FRAMES = ("money", "safety")
N_DRAWS = 400


def sentence(number: int, start: int, probabilities: list[Any], text: str) -> dict[str, Any]:
    return {
        "unit": number, "start": start, "end": start + len(text), "text": text, "frames": [],
        "probabilities": dict(zip(FRAMES, probabilities, strict=True)), "speaker": None,
    }  # fmt: skip


def article(name: str, probabilities: list[list[Any]], **facts: Any) -> dict[str, Any]:
    sentences, start = [], 0
    for number, row in enumerate(probabilities):
        text = f"{name} says {number}."
        sentences.append(sentence(number, start, row, text))
        start += len(text) + 1
    about = {"outlet": "Harbour Post", "country": "KR", "kind": "daily", "language": "en"}
    return {
        "level": "article", "group": name, **about, "date": "2019-07-04", **facts,
        "sentences": sentences,
    }  # fmt: skip


def write_scores(path: Path, records: list[dict[str, Any]]) -> Path:
    if path.suffix == ".json":
        path.write_text(json.dumps({"articles": records, "sources": []}), encoding="utf-8")
    else:
        path.write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf-8")
    return path


def make_records() -> list[dict[str, Any]]:
    """Twelve articles of two to six units; probabilities from sure to unsure."""
    generator = np.random.default_rng(5)
    return [
        article(
            f"a{number:02d}.txt",
            generator.beta(0.4, 0.8, size=(2 + number % 5, 2)).round(3).tolist(),
            outlet=("Harbour Post", "Quay Times", "Pier Daily")[min(2, number // 5)],
            date=None if number == 11 else f"2019-0{7 + number % 2}-04",
        )
        for number in range(12)
    ]


@pytest.fixture(scope="module")
def population(tmp_path_factory: pytest.TempPathFactory):
    path = tmp_path_factory.mktemp("scores") / "scores.jsonl"
    return read_scores(write_scores(path, make_records()))


DESIGNS = [
    pytest.param({}, 9, id="random"),
    pytest.param({"name": "stratified", "by": ("outlet",)}, 9, id="proportional"),
    pytest.param(
        {"name": "stratified", "by": ("outlet", "month"), "allocation": "equal"}, 12, id="equal"
    ),
    pytest.param({"name": "stratified", "by": ("outlet",), "allocation": "neyman"}, 9, id="neyman"),
    pytest.param({"name": "uncertain"}, 9, id="uncertain"),
    pytest.param({"name": "uncertain", "measure": "entropy", "frame": "money"}, 20, id="entropy"),
    pytest.param({"name": "uncertain", "measure": "variance", "floor": 0.05}, 25, id="some-certain"),
    pytest.param({"name": "diverse"}, 9, id="diverse"),
    pytest.param({"whole_articles": True}, 4, id="articles"),
    pytest.param({"name": "uncertain", "whole_articles": True}, 5, id="articles-uncertain"),
    pytest.param({"name": "diverse", "whole_articles": True}, 3, id="articles-diverse"),
]  # fmt: skip


@pytest.mark.parametrize(("settings", "n"), DESIGNS)
def test_units_are_chosen_as_often_as_stated(population, settings: dict[str, Any], n: int):
    index = {unit.key: number for number, unit in enumerate(population.units)}
    times = np.zeros(len(population))
    stated = np.full(len(population), np.nan)
    estimates = []
    for seed in range(N_DRAWS):
        drawn = draw_sample(population, n, Design(**settings, seed=seed))
        rows = [index[unit.article, unit.start, unit.end] for unit in drawn]
        chances = np.array([unit.inclusion_probability for unit in drawn])
        times[rows] += 1
        stated[rows] = chances
        estimates.append((population.probabilities[rows, 0] / chances).sum() / len(population))
        drawn_what = {u.article for u in drawn} if settings.get("whole_articles") else drawn
        assert len(drawn_what) == n
    assert not np.isnan(stated).any()
    assert stated.min() > 0
    assert stated.max() <= 1
    error = np.sqrt(np.maximum(stated * (1 - stated), 1e-12) / N_DRAWS)
    assert (np.abs(times / N_DRAWS - stated) / error).max() < 4.5
    owners = population.articles if settings.get("whole_articles") else np.arange(len(population))
    first = np.unique(owners, return_index=True)[1]
    assert stated[first].sum() == pytest.approx(n)
    # Horvitz-Thompson: the mean over samples is the share in the population.
    truth = population.probabilities[:, 0].mean()
    assert abs(np.mean(estimates) - truth) < 4 * np.std(estimates) / np.sqrt(N_DRAWS)


@pytest.mark.parametrize(("settings", "n"), DESIGNS)
def test_same_seed_same_sample_whatever_the_order(tmp_path: Path, population, settings, n):
    records = make_records()[::-1]
    for record in records:
        record["sentences"].reverse()
    other = read_scores(write_scores(tmp_path / "scores.json", records))
    design = Design(**settings, seed=3)
    assert draw_sample(other, n, design) == draw_sample(population, n, design)
    assert draw_sample(other, n, Design(**settings, seed=4)) != draw_sample(population, n, design)


def spread_of_estimates(population, settings: dict[str, Any], truth, guess, n: int) -> float:
    """Standard deviation over samples of the share, the guess being known for every unit."""
    index = {unit.key: number for number, unit in enumerate(population.units)}
    estimates = []
    for seed in range(150):
        drawn = draw_sample(population, n, Design(**settings, seed=seed))
        rows = [index[unit.article, unit.start, unit.end] for unit in drawn]
        chances = np.array([unit.inclusion_probability for unit in drawn])
        left = ((truth[rows] - guess[rows]) / chances).sum() / len(population)
        estimates.append(guess.mean() + left)
    return float(np.std(estimates))


def test_uncertain_and_diverse_samples_tell_more(tmp_path: Path):
    generator = np.random.default_rng(1)
    p = generator.beta(0.3, 0.9, size=(300, 2)).round(3)
    records = [article(f"b{k:03d}", p[3 * k : 3 * k + 3].tolist()) for k in range(100)]
    population = read_scores(write_scores(tmp_path / "s.jsonl", records))
    p = population.probabilities[:, 0]
    carried = (generator.random(300) < p).astype(float)
    plain = spread_of_estimates(population, {}, carried, p, 30)
    unsure = {"name": "uncertain", "frame": "money"}
    assert spread_of_estimates(population, unsure, carried, p, 30) < 0.85 * plain
    nothing = np.zeros(300)
    plain = spread_of_estimates(population, {}, p, nothing, 30)
    assert spread_of_estimates(population, {"name": "diverse"}, p, nothing, 30) < 0.5 * plain


def test_pivotal_holds_size_with_many_rounding_errors():
    generator = np.random.default_rng(0)
    for n in (1, 7, 500, 999):
        chances = spread_probability(generator.lognormal(0, 2, size=1000), n)
        assert chances.sum() == pytest.approx(n)
        assert draw_pivotal(chances, generator.permutation(1000), generator).sum() == n
    tenth = np.full(100_000, 0.1)
    assert draw_pivotal(tenth, np.arange(100_000), generator).sum() == 10_000


def test_near_points_stand_near():
    generator = np.random.default_rng(0)
    points = generator.random((4096, 2))
    order = order_by_nearness(points, 1, generator)
    assert sorted(order.tolist()) == list(range(4096))
    steps = np.linalg.norm(np.diff(points[order], axis=0), axis=1)
    assert np.median(steps) < 0.03


@pytest.mark.parametrize(
    ("sizes", "weights", "n", "expected"),
    [
        pytest.param([50, 30, 20], [50, 30, 20], 10, [5, 3, 2], id="proportional"),
        pytest.param([1, 99, 100], [1, 99, 100], 20, [1, 9, 10], id="one-unit-stratum"),
        pytest.param([5, 500], [1, 1], 100, [5, 95], id="equal-beyond-its-size"),
        pytest.param([10, 10, 10], [0, 0, 1], 14, [2, 2, 10], id="no-spread"),
        pytest.param([10, 10, 10], [0, 0, 1], 18, [4, 4, 10], id="no-spread-but-needed"),
        pytest.param([10, 10], [0, 0], 6, [3, 3], id="no-weight-at-all"),
        pytest.param([900, 50, 50], [900, 50, 50], 4, [2, 1, 1], id="too-few-for-two-each"),
        pytest.param([3, 4], [3, 4], 7, [3, 4], id="everything"),
    ],
)  # fmt: skip
def test_allocation_sums_up(sizes, weights, n, expected):
    found = allocate(np.array(sizes), np.array(weights, dtype=float), n)
    assert found.sum() == n
    assert sorted(found.tolist()) == sorted(expected)
    assert (found <= sizes).all()


def test_strata_say_what_they_allow(tmp_path: Path):
    records = [
        article("a", [[0.1, 0.2]], outlet="One Line"),
        article("b", [[0.5, 0.2]] * 3, outlet="Quay Times"),
        article("c", [[0.5, 0.2]] * 40, outlet=None, date=""),
    ]
    population = read_scores(write_scores(tmp_path / "s.json", records))
    drawn = draw_sample(population, 3, Design(name="stratified", by=("outlet",)))
    rows = {row["stratum"]: row for row in describe_strata(drawn)}
    assert rows["One Line"]["note"] == "all of it"
    assert rows["unknown"]["note"] == "only one: its spread cannot be seen"
    by_month = draw_sample(population, 4, Design(name="stratified", by=("month",)))
    assert {unit.stratum for unit in by_month} == {"2019-07", "unknown"}


@pytest.mark.parametrize("value", [0.0, 1.0, 0.4], ids=["all-0", "all-1", "all-equal"])
@pytest.mark.parametrize("name", ["uncertain", "diverse"])
def test_equal_uncertainty_is_a_plain_sample(tmp_path: Path, value: float, name: str):
    records = [article("a", [[value, value]] * 10)]
    population = read_scores(write_scores(tmp_path / "s.json", records))
    drawn = draw_sample(population, 4, Design(name=name))
    assert [unit.inclusion_probability for unit in drawn] == pytest.approx([0.4] * 4)


def test_whole_population_is_certain(population):
    for settings in ({}, {"name": "uncertain"}, {"name": "diverse"}):
        drawn = draw_sample(population, len(population), Design(**settings))
        assert len(drawn) == len(population)
        assert {unit.inclusion_probability for unit in drawn} == {1.0}


def test_sure_units_keep_a_chance(tmp_path: Path):
    records = [article("a", [[0.0, 1.0]] * 5 + [[0.5, 0.5]] * 5)]
    population = read_scores(write_scores(tmp_path / "s.json", records))
    design = Design(name="uncertain", floor=0.2, seed=1)
    chances = {
        unit.unit < 5: unit.inclusion_probability
        for seed in range(40)
        for unit in draw_sample(population, 4, Design(name="uncertain", seed=seed))
    }
    assert chances[True] == pytest.approx(0.2 * 0.4)
    assert sum(chances.values()) * 5 == pytest.approx(4)
    assert draw_sample(population, 4, design)[0].settings == "measure=deviation floor=0.2"


def test_coded_units_are_left_out(population):
    first = population.units[0]
    coded = Code(
        article=first.source.article, start=first.start, end=first.end,
        sha1=digest_text(first.text), frames=(),
    )  # fmt: skip
    left = leave_out(population, [coded, coded])
    assert (len(left), left.excluded) == (len(population) - 1, 1)
    drawn = draw_sample(left, len(left), Design())
    assert first.key not in {(u.article, u.start, u.end) for u in drawn}
    assert {unit.population for unit in drawn} == {len(population) - 1}


def test_coded_text_that_changed_is_refused(population):
    first = population.units[0]
    coded = Code(
        article=first.source.article, start=first.start, end=first.end, sha1="0" * 12, frames=(),
        row=7,
    )  # fmt: skip
    with pytest.raises(InputError, match=r"c.jsonl, row 7: .*has changed since it was coded"):
        leave_out(population, [coded], path="c.jsonl")


def test_all_coded_leaves_nothing(population):
    coded = [
        Code(
            article=u.source.article, start=u.start, end=u.end, sha1=digest_text(u.text), frames=()
        )
        for u in population.units
    ]
    with pytest.raises(InputError, match="units are coded already"):
        leave_out(population, coded)


def test_unscored_articles_have_units_too():
    text = "Harbour fees to rise\n\nAn official said the budget was spent. It rained."
    articles = [Article(text=text, name=f"{k}.txt", language="en", outlet="Pier") for k in "ba"]
    population = make_population(articles)
    drawn = draw_sample(population, 6, Design(name="stratified", by=("outlet",)))
    assert [(u.article, u.unit) for u in drawn] == [
        (k, n) for k in ("a.txt", "b.txt") for n in range(3)
    ]
    assert all(text[u.start : u.end] == u.text for u in drawn)
    with pytest.raises(InputError, match="have no probabilities; score with sentences"):
        draw_sample(population, 2, Design(name="uncertain"))
    with pytest.raises(InputError, match="stands twice"):
        make_population([articles[0], articles[0]])
    with pytest.raises(InputError, match="no unit to choose from"):
        make_population([])


BAD_DESIGNS = [
    ({"name": "best"}, r"--design 'best' is not known; known: random"),
    ({"name": "stratified"}, r"strata of what\?; add --by"),
    ({"name": "stratified", "by": ("colour",)}, "--by 'colour' is not known"),
    ({"by": ("outlet",)}, "--by belongs to --design stratified"),
    ({"allocation": "equal"}, "--allocation belongs to --design stratified"),
    ({"name": "diverse", "measure": "entropy"}, "--measure belongs to --design uncertain"),
    ({"floor": 0.1}, "--floor belongs to --design uncertain"),
    ({"frame": "money"}, "--frame belongs to designs that use scores"),
    ({"name": "uncertain", "floor": 0.0}, "--floor 0.0 is not above 0"),
    ({"name": "uncertain", "floor": float("nan")}, "--floor nan is not above 0"),
    ({"seed": -1}, "--seed -1 is negative"),
]


@pytest.mark.parametrize(("settings", "message"), BAD_DESIGNS)
def test_impossible_designs_are_named(settings: dict[str, Any], message: str):
    with pytest.raises(ConfigError, match=message):
        Design(**settings)


def test_impossible_numbers_are_named(population):
    with pytest.raises(ConfigError, match="-n 999 is more than the 45 units"):
        draw_sample(population, 999, Design())
    with pytest.raises(ConfigError, match="-n 13 is more than the 12 articles"):
        draw_sample(population, 13, Design(whole_articles=True))
    with pytest.raises(ConfigError, match="-n 0 is no sample"):
        draw_sample(population, 0, Design())
    with pytest.raises(ConfigError, match="-n 2 is less than the 3 strata"):
        draw_sample(population, 2, Design(name="stratified", by=("outlet",)))
    with pytest.raises(CodebookError, match="frame 'monney' .*did you mean 'money'"):
        draw_sample(population, 2, Design(name="uncertain", frame="monney"))


def broken(change: dict[str, Any] | None = None, **facts: Any) -> dict[str, Any]:
    record = article("a.txt", [[0.1, 0.2], [0.3, 0.4]], **facts)
    record["sentences"][1] |= change or {}
    return record


BAD_SCORES = [
    pytest.param("", "holds no scored article; score with sentences: framing score ARTICLES --sentences", id="empty"),
    pytest.param("{", "row 1: is not JSON", id="not-json"),
    pytest.param("[1]", "row 1: is not a JSON object; score with", id="not-scores"),
    pytest.param({"text": "An article."}, "row 1: is not a row of scores", id="articles"),
    pytest.param({"level": "outlet", "group": "x"}, "holds no scored article", id="sources-only"),
    pytest.param({"level": "article", "group": "a.txt"}, "row 1: a.txt: holds no sentences; .*--sentences", id="no-sentences"),
    pytest.param({"level": "article", "sentences": []}, "has no name", id="no-name"),
    pytest.param(broken() | {"sentences": "x"}, "`sentences` is not a list", id="sentences-text"),
    pytest.param(broken({"start": True}), "`start` of a sentence is missing or has the wrong", id="bool-offset"),
    pytest.param(broken({"text": None}), "`text` of a sentence", id="no-text"),
    pytest.param(broken({"end": 99}), "offsets 14-99 do not fit the text of unit 1", id="offsets"),
    pytest.param(broken({"start": 5, "end": 18}), "unit at 5-18 overlaps that at 0-13", id="overlap"),
    pytest.param(broken({"start": 0, "end": 13}), "unit at 0-13 stands twice", id="twice"),
    pytest.param(broken({"probabilities": {}}), "no `probabilities`", id="no-probabilities"),
    pytest.param(broken({"probabilities": {"money": 0.1}}), "frames differ: money here, money, safety before", id="frames-differ"),
    pytest.param(broken({"probabilities": {"money": float("nan"), "safety": 0.1}}), "row 1: is not JSON .NaN is no JSON number", id="nan"),
    pytest.param(broken({"probabilities": {"money": 1.5, "safety": 0.1}}), "probability of money is 1.5", id="beyond-1"),
    pytest.param(broken({"probabilities": {"money": "1", "safety": 0.1}}), "probability of money is '1'", id="text"),
    pytest.param(broken(date="last week"), "`date` is no date: 'last week'", id="date"),
    pytest.param(broken(outlet=["x"]), "`outlet` has the wrong type", id="outlet"),
]  # fmt: skip


@pytest.mark.parametrize(("row", "message"), BAD_SCORES)
def test_bad_scores_are_named(tmp_path: Path, row: Any, message: str):
    path = tmp_path / "scores.jsonl"
    path.write_text(row if isinstance(row, str) else json.dumps(row), encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_scores(path)


def test_bad_score_files_are_named(tmp_path: Path):
    with pytest.raises(InputError, match="is a folder; give the file inside it"):
        read_scores(tmp_path)
    with pytest.raises(InputError, match="cannot be read"):
        read_scores(tmp_path / "none.json")
    (tmp_path / "scores.csv").write_text("level,group\n")
    with pytest.raises(InputError, match="is not a .json or .jsonl score file; .*--sentences"):
        read_scores(tmp_path / "scores.csv")
    (tmp_path / "s.json").write_text(" ")
    with pytest.raises(InputError, match="is empty"):
        read_scores(tmp_path / "s.json")
    (tmp_path / "s.json").write_text("[1, 2]")
    with pytest.raises(InputError, match="is not a result of framing score"):
        read_scores(tmp_path / "s.json")
    (tmp_path / "s.json").write_bytes(b"\xff\xfe{")
    with pytest.raises(InputError, match="is not UTF-8 text"):
        read_scores(tmp_path / "s.json")
    twice = [article("a.txt", [[0.1, 0.2]])] * 2
    with pytest.raises(
        InputError, match="a.txt: unit at 0-13 stands twice; give each article once"
    ):
        read_scores(write_scores(tmp_path / "s.json", twice))


@pytest.fixture
def scores(tmp_path: Path) -> Path:
    return write_scores(tmp_path / "scores.jsonl", make_records())


@pytest.mark.parametrize("suffix", ["jsonl", "csv"])
def test_sample_file_round_trip(run, scores: Path, tmp_path: Path, suffix: str):
    output = tmp_path / f"sample.{suffix}"
    result = run("sample", scores, "-n", 7, "--design", "uncertain", "--seed", 2, "-o", output)
    assert (result.code, f"wrote {output}" in result.err) == (0, True)
    drawn = draw_sample(read_scores(scores), 7, Design(name="uncertain", seed=2))
    assert read_sample(output) == drawn
    assert max(map(len, result.out.splitlines())) <= 80


def test_sample_without_file_is_json_lines_without_text(run, scores: Path):
    result = run("sample", scores, "-n", 3, "--no-text")
    rows = [json.loads(line) for line in result.out.splitlines()]
    assert len(rows) == 3
    assert all("text" not in row and row["sha1"] for row in rows)
    assert rows[0]["inclusion_probability"] == pytest.approx(3 / 45)
    assert "3 of 45 units, random, seed 0" in result.err


def test_formulas_are_neutralised_and_read_back(run, tmp_path: Path):
    record = article("a.txt", [[0.1, 0.2]])
    record["sentences"] = [sentence(0, 0, [0.1, 0.2], "=1+1 is a sum, “we” said")]
    scores = write_scores(tmp_path / "s.json", [record])
    output = tmp_path / "sample.csv"
    assert run("sample", scores, "-n", 1, "-o", output).code == 0
    assert "'=1+1 is a sum" in output.read_text(encoding="utf-8")
    assert read_sample(output)[0].text == "=1+1 is a sum, “we” said"


def test_exclude_leaves_coded_units_out(
    run, scores: Path, tmp_path: Path, small_codebook_path: Path
):
    first = read_scores(scores).units[0]
    row = {
        "article": first.source.article, "start": first.start, "end": first.end,
        "sha1": digest_text(first.text), "frames": ["money"], "codebook": "1", "coder": "kim",
    }  # fmt: skip
    codes = tmp_path / "codes.jsonl"
    codes.write_text(json.dumps(row) + "\n" + json.dumps(row | {"article": "else.txt"}) + "\n")
    result = run("sample", scores, "-n", 44, "--exclude", codes, "--codebook", small_codebook_path)
    assert result.code == 0
    assert "1 of 2 coded units are not in" in result.err
    assert "44 of 44 units (coded ones left out: 1)" in result.err
    codes.write_text(json.dumps(row | {"codebook": "2"}) + "\n")
    result = run("sample", scores, "-n", 5, "--exclude", codes, "--codebook", small_codebook_path)
    assert (result.code, result.out) == (2, "")
    assert "coded with codebook version 2, not 1" in result.err


def test_folder_of_articles(run, tmp_path: Path):
    folder = tmp_path / "articles"
    folder.mkdir()
    text = "Ministry says permits are needed\n\nThe ministry said so on Friday. Seoul did not agree with it."
    (folder / "one.txt").write_text(text, encoding="utf-8")
    (folder / "two.txt").write_text(
        "Le port rouvre ses portes\n\nLe maire a dit que les travaux étaient finis et que tout allait bien.",
        encoding="utf-8",
    )
    result = run("sample", folder, "-n", 1, "--design", "stratified", "--by", "language")
    assert json.loads(result.out)["stratum"] == "en"
    assert "language 'fr' is not one of en, ko, ja" in result.err
    result = run("sample", folder, "-n", 1, "--design", "diverse")
    assert result.code == 2
    assert "has no scores, which this design needs; score it first" in result.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-n", "2", "--within", "0.1"], "--within belongs to --how-many"),
        (["--how-many", "-n", "2"], "-n chooses units, --how-many none"),
        ([], "what to sample, and how many, must be said"),
        (["-n", "2", "-o", "x.txt"], "x.txt: cannot tell the format from '.txt'; end the name in"),
        (["-n", "2", "-o", "SCORES"], "scores.jsonl: is an input too"),
        (["--how-many", "--per-article", "2", "--whole-articles"], "exclude each other"),
    ],
)
def test_options_that_do_not_fit(run, scores: Path, arguments: list[str], message: str):
    before = scores.read_bytes()
    result = run("sample", scores, *[str(scores) if a == "SCORES" else a for a in arguments])
    assert (result.code, result.out) == (2, "")
    assert message in result.err
    assert scores.read_bytes() == before


BAD_SAMPLES = [
    ("", "holds no units"),
    ("{", "row 1: is not JSON"),
    ("[]", "row 1: is not a JSON object"),
    ({"n": None}, "row 1: `n` has the wrong type"),
    ({"inclusion_probability": 0}, "inclusion_probability is 0.0, not above 0"),
    ({"inclusion_probability": float("nan")}, "row 1: is not JSON .NaN is no JSON number"),
    ({"start": 9, "end": 3}, "offsets 9-3 are not a span"),
    ({"text": "Other words."}, "the text is not the one that was drawn"),
    ({"sha1": ...}, "`sha1` is missing"),
]


@pytest.mark.parametrize(("change", "message"), BAD_SAMPLES)
def test_bad_samples_are_named(tmp_path: Path, population, change: Any, message: str):
    path = tmp_path / "sample.jsonl"
    row = sample_records(draw_sample(population, 1, Design()))[0]
    if isinstance(change, dict):
        row = {k: v for k, v in (row | change).items() if v is not ...}
        change = json.dumps(row)
    path.write_text(change, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_sample(path)
    path.write_text(json.dumps(row) + "\n" + json.dumps(row))
    with pytest.raises(InputError, match=r"stands in row 1 already|row 1"):
        read_sample(path)


def test_sample_of_another_kind_of_file(tmp_path: Path):
    with pytest.raises(InputError, match="is not a .jsonl or .csv sample"):
        read_sample(tmp_path)
    (tmp_path / "s.csv").write_text("article,unit\na,1\n")
    with pytest.raises(
        InputError, match="row 1: has no column `start`; its columns are article, unit"
    ):
        read_sample(tmp_path / "s.csv")


@pytest.mark.parametrize("name", ["money", "MONEY", "Money"])
def test_a_frame_is_known_by_its_names_too(run, scores: Path, small_codebook_path: Path, name: str):
    options = ("-n", 5, "--design", "uncertain", "--codebook", small_codebook_path)
    expected = run("sample", scores, *options, "--frame", "money").out
    assert run("sample", scores, *options, "--frame", name).out == expected
    result = run("sample", scores, *options, "--frame", "monney")
    assert "frame 'monney' is not in the codebook; did you mean 'money'?" in result.err


def test_the_short_name_on_the_screen_is_a_frame(run, tmp_path: Path):
    frames = ("security_export_control", "wto_legality")
    record = article("a.txt", [[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]])
    for unit in record["sentences"]:
        unit["probabilities"] = dict(zip(frames, unit["probabilities"].values(), strict=True))
    scores = write_scores(tmp_path / "s.json", [record])
    for name in ("security", "Security / export control", "SECURITY_EXPORT_CONTROL"):
        result = run("sample", scores, "-n", 1, "--design", "diverse", "--frame", name)
        assert json.loads(result.out)["settings"] == "frame=security_export_control"


def test_a_source_that_is_not_there_is_said_not_to_be(run, tmp_path: Path):
    for name in ("nope", "nope.json", "nope.csv"):
        for more in (("-n", 5), ("--shares", tmp_path / "codes.jsonl")):
            (tmp_path / "codes.jsonl").write_text("{}")
            result = run("sample", tmp_path / name, *more)
            assert result.code == 2
            assert f"{name}: cannot be read (No such file or directory); check the path" in (
                result.err
            )


@pytest.mark.parametrize("columns", [60, 40])
def test_narrow_tables_of_strata_break_no_word(run, scores: Path, tmp_path: Path, columns: int):
    options = ("-n", 9, "--design", "stratified", "--by", "outlet", "-o", tmp_path / "x.jsonl")
    out = run("sample", scores, *options, columns=columns).out
    assert max(map(len, out.splitlines())) <= columns
    assert "stratum" in out.splitlines()[0]
    words = {"Harbour", "Post", "Quay", "Times", "Pier", "Daily"}
    assert words <= set(out.split())
