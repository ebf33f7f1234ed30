"""Sample sizes: closed forms where there are any, and intervals that are as narrow as promised."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from framing.coding.codes import Code, digest_text
from framing.coding.likeness import estimate_icc, join_coded
from framing.coding.population import Candidate, Population, Source
from framing.coding.sample_size import (
    Wanted,
    find_sample_size,
    plan_frames,
    plan_records,
)
from framing.errors import CodebookError, ConfigError, InputError

Z = 1.959963984540054


@pytest.mark.parametrize(
    ("within", "share", "population", "expected"),
    [
        (0.05, 0.5, None, 385),
        (0.03, 0.5, None, 1068),
        (0.05, 0.5, 1000, 278),
        (0.05, 0.2, None, 246),
        (0.05, 0.0, None, 73),
        (0.05, 0.5, 1, 1),
    ],
)
def test_textbook_sizes(within, share, population, expected):
    size = find_sample_size(Wanted(within=within), share=share, population=population)
    assert size.units == expected


def test_factors_of_the_size():
    plain = find_sample_size(Wanted()).units
    assert find_sample_size(Wanted(difference=True)).units == pytest.approx(2 * plain, abs=1)
    assert find_sample_size(Wanted(), rho=0.6).units == pytest.approx(0.64 * plain, abs=1)
    clustered = find_sample_size(Wanted(per_article=5), icc=0.1)
    assert clustered.design_effect == pytest.approx(1.4)
    assert clustered.units == pytest.approx(1.4 * plain, rel=0.03)
    assert clustered.units == 5 * clustered.articles
    # Errors nearly as rare as none are planned for as if one unit in twenty were wrong.
    assert find_sample_size(Wanted(), rho=0.99).units == 73


def test_simple_random_intervals_are_as_narrow_as_wanted():
    generator = np.random.default_rng(0)
    size, share = 3000, 0.3
    n = find_sample_size(Wanted(within=0.04), share=share, population=size).units
    carried = generator.hypergeometric(int(size * share), int(size * (1 - share)), n, size=4000)
    p = carried / n
    half = Z * np.sqrt((1 - n / size) * p * (1 - p) / (n - 1))
    assert half.mean() == pytest.approx(0.04, rel=0.01)
    assert np.mean(np.abs(p - share) <= half) == pytest.approx(0.95, abs=0.015)


@pytest.mark.parametrize("per_article", [3, float("inf")], ids=["three-each", "whole"])
def test_clustered_samples_are_as_precise_as_wanted(per_article: float):
    generator = np.random.default_rng(2)
    n_articles, length = 300, 12
    chances = generator.beta(1.2, 2.8, size=n_articles)  # icc 1 / (1 + 1.2 + 2.8) = 0.2
    carried = (generator.random((n_articles, length)) < chances[:, None]).astype(float)
    owners = np.repeat(np.arange(n_articles), length)
    icc = estimate_icc(carried.ravel(), owners)
    assert icc == pytest.approx(1 / 5, abs=0.04)
    size = find_sample_size(
        Wanted(within=0.05, per_article=per_article),
        share=carried.mean(), icc=icc, article_sizes=np.full(n_articles, length),
    )  # fmt: skip
    taken = int(min(per_article, length))
    assert size.units == size.articles * taken
    estimates, covered = [], []
    for _ in range(1500):
        articles = generator.choice(n_articles, size.articles, replace=False)
        places = generator.permuted(np.tile(np.arange(length), (size.articles, 1)), axis=1)
        means = np.take_along_axis(carried[articles], places[:, :taken], axis=1).mean(axis=1)
        estimates.append(means.mean())
        covered.append(abs(means.mean() - carried.mean()) <= 0.05)
    assert Z * np.std(estimates) == pytest.approx(0.05, rel=0.07)
    assert np.mean(covered) == pytest.approx(0.95, abs=0.02)


def test_rectified_samples_are_as_precise_as_wanted():
    generator = np.random.default_rng(3)
    p = generator.beta(0.4, 0.8, size=4000)
    carried = (generator.random(4000) < p).astype(float)
    rho = float(np.corrcoef(p, carried)[0, 1])
    wanted = Wanted(within=0.05)
    size = find_sample_size(wanted, share=carried.mean(), rho=rho, population=4000)
    assert size.units < 0.6 * find_sample_size(wanted, share=carried.mean(), population=4000).units
    estimates = []
    for _ in range(1500):
        rows = generator.choice(4000, size.units, replace=False)
        slope = np.cov(p[rows], carried[rows])[0, 1] / p[rows].var(ddof=1)
        estimates.append((carried[rows] - slope * p[rows]).mean() + slope * p.mean())
    assert Z * np.std(estimates) == pytest.approx(0.05, rel=0.07)


def test_difference_of_two_groups_is_as_precise_as_wanted():
    n = find_sample_size(Wanted(within=0.06, difference=True), share=0.4).units
    draws = np.random.default_rng(4).binomial(n, 0.4, size=(2, 5000)) / n
    assert Z * np.std(draws[0] - draws[1]) == pytest.approx(0.06, rel=0.03)


def test_likeness_from_probabilities_is_that_of_codes():
    generator = np.random.default_rng(6)
    owners = np.repeat(np.arange(2000), 6)
    p = np.clip(generator.beta(2, 3, size=2000)[owners] + generator.normal(0, 0.05, 12000), 0, 1)
    carried = (generator.random(12000) < p).astype(float)
    assert estimate_icc(p, owners, expected=True) == pytest.approx(
        estimate_icc(carried, owners), abs=0.02
    )


@pytest.mark.parametrize(
    ("values", "owners"),
    [
        pytest.param([0, 1, 1], [0, 0, 0], id="one-article"),
        pytest.param([0, 1, 1], [0, 1, 2], id="one-unit-each"),
        pytest.param([1, 1, 1, 1], [0, 0, 1, 1], id="no-spread"),
    ],
)
def test_likeness_that_cannot_be_estimated(values, owners):
    assert estimate_icc(np.array(values, dtype=float), np.array(owners)) is None


def test_articles_that_are_too_few_are_said_to_be():
    size = find_sample_size(Wanted(per_article=1), icc=0.2, article_sizes=np.full(50, 30))
    assert (size.units, size.articles, size.enough) == (50, 50, False)
    whole = find_sample_size(
        Wanted(per_article=float("inf"), within=0.01), icc=0.2, article_sizes=np.array([4, 40])
    )
    assert (whole.units, whole.articles, whole.enough) == (44, 2, True)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"within": 0.0}, "--within 0.0 is not between 0 and 0.5"),
        ({"within": float("nan")}, "--within nan"),
        ({"share": 0.0}, "--share 0.0 is not between 0 and 1"),
        ({"per_article": 0}, "--per-article 0 is not 1 or more"),
        ({"icc": 1.2}, "--icc 1.2 is not from 0 to 1"),
        ({"rho": 1.0}, "--rho 1.0 is not from 0 to below 1"),
    ],
)
def test_numbers_out_of_range_are_named(settings, message):
    with pytest.raises(ConfigError, match=message):
        Wanted(**settings)


def test_whole_articles_need_their_lengths():
    with pytest.raises(ConfigError, match="how long articles are is not known"):
        find_sample_size(Wanted(per_article=float("inf")))


def test_likeness_must_come_from_somewhere():
    with pytest.raises(ConfigError, match="alike .* is not known; give --icc"):
        plan_frames(Wanted(per_article=3))
    assert [plan.frame for plan in plan_frames(Wanted(per_article=3, icc=0.1))] == ["worst case"]


def make_scored() -> tuple[Population, list[Code]]:
    generator = np.random.default_rng(8)
    p = np.clip(generator.beta(0.5, 0.8, size=(240, 2)), 0, 1)
    p[:, 1] = 0.02
    units = tuple(
        Candidate(Source(f"a{k // 8:02d}"), k % 8, 10 * (k % 8), 10 * (k % 8) + 9, f"Word {k:03d}.")
        for k in range(240)
    )
    codes = [
        Code(
            article=unit.source.article, start=unit.start, end=unit.end, row=k + 1,
            sha1=digest_text(unit.text),
            frames=("money",) if generator.random() < p[k, 0] else (),
        )
        for k, unit in enumerate(units)
    ]  # fmt: skip
    return Population(units, ("money", "safety"), p), codes


def test_plans_learn_from_scores_and_codes(small_codebook):
    population, codes = make_scored()
    coded = join_coded(codes[:200], small_codebook, population=population)
    wanted = Wanted(within=0.1, per_article=4)
    money, safety, unknown = plan_frames(wanted, population=population, coded=coded)
    assert 0.4 < money.rho < 0.9
    assert money.rectified.units < money.plain.units
    # A frame nobody coded correlates with nothing and is planned for as if articles were like others.
    assert (safety.rho, safety.rectified, safety.icc) == (None, None, money.icc)
    assert (unknown.frame, unknown.share) == ("worst case", 0.5)
    rows = plan_records([money, safety, unknown])
    assert len({tuple(row) for row in rows}) == 1
    assert rows[1]["rectified_units"] is None


def test_codes_that_do_not_join_are_named(small_codebook):
    population, codes = make_scored()
    with pytest.raises(InputError, match="no codes by 'lee'; coders in it: gold"):
        join_coded(codes, small_codebook, coder="lee")
    other = Population(population.units[:8], ("money", "safety"), population.probabilities[:8])
    with pytest.raises(InputError, match="no coded unit is among the scored ones"):
        join_coded(codes[8:], small_codebook, population=other)
    strange = Population(population.units, ("money", "weather"), population.probabilities)
    with pytest.raises(
        CodebookError, match="scores are of money, weather; the codebook has money, safety"
    ):
        join_coded(codes, small_codebook, population=strange)


def test_how_many_without_any_file(run):
    code, out, _ = run("sample", "--how-many", "--within", "0.05")
    assert code == 0
    assert "code 385 units, chosen at random" in " ".join(out.split())
    code, out, _ = run("sample", "--how-many", "--difference", "--format", "json")
    assert json.loads(out) == [{"frame": "worst case", "share": 0.5, "units": 769}]


def test_how_many_from_scores(run, tmp_path: Path):
    records = [
        {
            "level": "article",
            "group": f"{number}.txt",
            "sentences": [
                {"unit": k, "start": 2 * k, "end": 2 * k + 1, "text": "x", "frames": [],
                 "probabilities": {"a_frame_with_a_long_name": 0.1, "other": 0.5}}
                for k in range(10)
            ],
        }
        for number in range(80)
    ]  # fmt: skip
    scores = tmp_path / "s.jsonl"
    scores.write_text("\n".join(map(json.dumps, records)))
    code, out, _ = run(
        "sample", "--how-many", scores, "--per-article", 5, "--icc", 0.1, "--rho", 0.5
    )
    assert code == 0
    assert max(map(len, out.splitlines())) <= 80
    assert "a_frame_with_a_long_name" in out
    assert "units of 800, in " in " ".join(out.split())
    assert "Rectified by the scores of all units" in out
    code, out, _ = run("sample", "--how-many", scores, "--per-article", 1, "--icc", 0.1)
    assert "even with all 80 articles: take more of each" in " ".join(out.split())
    code, out, _ = run("sample", "--how-many", scores, "--difference")
    assert "That is more than the 800 units there are." in out
    code, out, _ = run("sample", "--how-many", scores, "--format", "markdown")
    assert out.splitlines()[1] == "| --- | --- | --- |"
    assert (
        run("sample", "--how-many", scores, "--format", "csv")[1].splitlines()[0]
        == "frame,share,units"
    )


def test_how_many_from_the_shipped_codes(run):
    from tests.conftest import ROOT

    codes = ROOT / "annotations" / "codes" / "gold.jsonl"
    code, out, _ = run("sample", "--how-many", "--codes", codes, "--per-article", 4)
    assert code == 0
    assert "articles chosen at random" in " ".join(out.split())


def test_the_row_of_an_unknown_frame_is_the_worst_case(run):
    out = run("sample", "--how-many", "--within", "0.05").out
    assert out.splitlines()[1].split() == ["worst", "case", "0.5", "385"]
    assert "any frame" not in out
