"""Shares of all units, estimated from a coded sample: near the truth, and covered as promised."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from framing.codebook import Codebook
from framing.coding.codes import Code, write_codes
from framing.coding.population import Candidate, Population, Source
from framing.coding.sample_file import sample_records
from framing.coding.sampling import Design, SampledUnit, draw_sample
from framing.coding.shares import estimate_shares
from framing.errors import InputError

N_DRAWS = 150
OUTLETS = ("Harbour Post", "Pier Daily", "Quay Times")


def make_population() -> tuple[Population, dict[tuple[str, int, int], tuple[str, ...]]]:
    """Units of 90 articles of 5 to 9, and the frames each carries; what is unsure carries more."""
    generator = np.random.default_rng(11)
    units, rows = [], []
    for article in range(90):
        source = Source(f"a{article:02d}", outlet=OUTLETS[min(2, article // 8)])
        level = generator.normal(-1.2 + article // 30, 0.8)
        for k in range(5 + article % 5):
            units.append(Candidate(source, k, 20 * k, 20 * k + 15, f"Word {article:04d} {k:04d}."))
            p = 1 / (1 + np.exp(-level - generator.normal(0, 1)))
            rows.append([p, 0.01])
    probabilities = np.array(rows)
    carried = generator.random((len(units), 2)) < probabilities
    frames = {
        unit.key: tuple(f for f, has in zip(("money", "safety"), row, strict=True) if has)
        for unit, row in zip(units, carried, strict=True)
    }
    return Population(tuple(units), ("money", "safety"), probabilities), frames


POPULATION, FRAMES = make_population()
TRUTH = float(np.mean(["money" in frames for frames in FRAMES.values()]))


def code(sample: list[SampledUnit], **fields: Any) -> list[Code]:
    keys = [(unit.article, unit.start, unit.end) for unit in sample]
    return [
        Code(article=u.article, start=u.start, end=u.end, sha1=u.sha1, frames=FRAMES[key], **fields)
        for u, key in zip(sample, keys, strict=True)
    ]


DESIGNS = [
    pytest.param({}, 120, id="random"),
    pytest.param({}, 400, id="most-of-all-units"),
    pytest.param({"name": "stratified", "by": ("outlet",), "allocation": "equal"}, 120, id="equal"),
    pytest.param({"name": "uncertain", "frame": "money", "floor": 0.1}, 120, id="uncertain"),
    pytest.param({"name": "diverse"}, 120, id="diverse"),
    pytest.param({"whole_articles": True}, 30, id="articles"),
    pytest.param({"name": "uncertain", "whole_articles": True}, 30, id="articles-uncertain"),
]


@pytest.mark.parametrize(("settings", "n"), DESIGNS)
def test_shares_of_all_units_are_unbiased_and_covered(small_codebook: Codebook, settings, n: int):
    shares, unweighted, covered = [], [], 0
    for seed in range(N_DRAWS):
        sample = draw_sample(POPULATION, n, Design(**settings, seed=seed))
        money = estimate_shares(sample, code(sample), small_codebook)[0]
        shares.append(money.share)
        unweighted.append(money.unweighted)
        covered += money.low <= TRUTH <= money.high
    bias, error = np.mean(shares) - TRUTH, np.std(shares)
    assert abs(bias) < 0.2 * error
    assert covered / N_DRAWS >= 0.92
    if "allocation" in settings:
        assert abs(np.mean(unweighted) - TRUTH) > error


def test_units_of_chosen_articles_tell_less_than_as_many_units(small_codebook: Codebook):
    articles = draw_sample(POPULATION, 30, Design(whole_articles=True))
    units = [replace(unit, sampled="unit") for unit in articles]
    whole = estimate_shares(articles, code(articles), small_codebook)[0]
    alone = estimate_shares(units, code(units), small_codebook)[0]
    assert whole.share == alone.share
    assert whole.high - whole.low > 1.2 * (alone.high - alone.low)


def test_a_share_by_hand(small_codebook: Codebook):
    sample = draw_sample(POPULATION, 4, Design())
    chances = [0.5, 0.25, 0.25, 0.125]
    sample = [replace(u, inclusion_probability=p) for u, p in zip(sample, chances, strict=True)]
    codes = [
        replace(c, frames=("money",) if k in (0, 3) else ()) for k, c in enumerate(code(sample))
    ]
    money, safety = estimate_shares(sample, codes, small_codebook)
    assert (money.share, money.unweighted, money.units) == (pytest.approx(10 / 18), 0.5, 4)
    assert (safety.share, safety.low) == (0.0, 0.0)
    assert 0.5 < safety.high < 1


def test_all_units_coded_leave_nothing_to_chance(small_codebook: Codebook):
    sample = draw_sample(POPULATION, len(POPULATION), Design())
    money = estimate_shares(sample, code(sample), small_codebook)[0]
    assert (money.share, money.low, money.high) == pytest.approx((TRUTH, TRUTH, TRUTH))
    half = estimate_shares(sample, code(sample)[::2], small_codebook)[0]
    assert half.low < TRUTH < half.high


def test_one_article_alone_has_no_interval(small_codebook: Codebook):
    sample = draw_sample(POPULATION, 1, Design(whole_articles=True))
    share = estimate_shares(sample, code(sample), small_codebook)[0]
    assert (share.low, share.high, share.units) == (None, None, len(sample))


def test_units_left_out_of_a_stratum_are_made_up_for_within_it(small_codebook: Codebook):
    design = Design(name="stratified", by=("outlet",), allocation="equal")
    sample = draw_sample(POPULATION, 150, design)
    # Of one stratum only every fifth unit is coded: it must not count for less.
    first = [unit for unit in sample if unit.stratum == OUTLETS[0]]
    kept = [unit for unit in sample if unit.stratum != OUTLETS[0]] + first[::5]
    weighed = estimate_shares(sample, code(kept), small_codebook)[0]
    estimate = estimate_shares(sample, code(sample), small_codebook)[0]
    assert weighed.share == pytest.approx(estimate.share, abs=0.03)
    assert weighed.units == len(kept)


def test_furniture_is_no_unit(small_codebook: Codebook):
    sample = draw_sample(POPULATION, 40, Design())
    codes = code(sample)
    codes[:10] = [replace(c, frames=(), furniture=True) for c in codes[:10]]
    share = estimate_shares(sample, codes, small_codebook)[0]
    assert share.units == 30
    assert share.share == pytest.approx(np.mean(["money" in c.frames for c in codes[10:]]))
    with pytest.raises(InputError, match="no unit of the sample is coded by 'gold'"):
        estimate_shares(sample, codes[:10], small_codebook)


def test_codes_that_are_not_of_the_sample_are_refused(small_codebook: Codebook):
    sample = draw_sample(POPULATION, 20, Design())
    codes = code(sample)
    with pytest.raises(InputError, match=r"c.jsonl, row 3: a\d+: text at .* is not the one that"):
        estimate_shares(
            sample, [replace(codes[0], sha1="0" * 12, row=3)], small_codebook, path="c.jsonl"
        )
    with pytest.raises(InputError, match="several coders: gold, kim; choose one"):
        estimate_shares(sample, [*codes, replace(codes[0], coder="kim")], small_codebook)
    with pytest.raises(InputError, match="no unit of the sample is coded by 'gold'; give the"):
        estimate_shares(sample, [replace(codes[0], article="other")], small_codebook)
    other = draw_sample(POPULATION, 20, Design(seed=1))
    with pytest.raises(InputError, match="rows are of 2 samples, which have probabilities of"):
        estimate_shares([*sample, *other], codes, small_codebook)


@pytest.fixture
def files(tmp_path: Path, small_codebook: Codebook) -> tuple[Path, Path]:
    sample = draw_sample(POPULATION, 60, Design(name="stratified", by=("outlet",), seed=1))
    path, codes = tmp_path / "sample.jsonl", tmp_path / "codes.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in sample_records(sample)))
    coded = [*code(sample)[:-2], replace(code(sample)[0], article="other.txt")]
    write_codes(codes, [*coded, *(replace(c, coder="kim") for c in coded[:5])], small_codebook)
    return path, codes


def test_shares_are_printed(run, files, small_codebook_path: Path, small_codebook: Codebook):
    path, codes = files
    options = ("sample", path, "--shares", codes, "--codebook", small_codebook_path)
    for columns in (80, 40):
        result = run(*options, columns=columns)
        assert result.code == 0
        assert max(map(len, result.out.splitlines())) <= columns
        assert result.out.split()[:4] == ["frame", "share", "95", "%"]
    assert "2 of 60 units of the sample are not coded by gold: the shares hold if" in result.err
    assert "left out 1 codes of units not in the sample" in result.err
    money = json.loads(run(*options, "--format", "json").out)[0]
    assert list(money) == ["frame", "share", "low", "high", "unweighted", "n"]
    assert money["low"] < money["share"] < money["high"]
    assert f"{money['share']:.3f}" in run(*options, "--format", "markdown").out
    assert "5\n" in run(*options, "--coder", "kim").out


@pytest.mark.parametrize(
    ("more", "message"),
    [
        pytest.param(["--coder", "lee"], "no codes by 'lee'; coders in it: gold, kim", id="coder"),
        pytest.param(["-n", "3"], "-n does not go with --shares", id="n"),
        pytest.param(["--how-many"], "--how-many does not go with --shares", id="how-many"),
        pytest.param(["--icc", "0.1"], "--icc does not go with --shares", id="icc"),
    ],
)
def test_shares_that_cannot_be_estimated(run, files, small_codebook_path: Path, more, message):
    path, codes = files
    result = run("sample", path, "--shares", codes, "--codebook", small_codebook_path, *more)
    assert (result.code, result.out) == (2, "")
    assert message in result.err


def test_shares_need_the_sample(run, files):
    result = run("sample", "--shares", files[1])
    assert (
        "which sample is coded must be said; as in: framing sample sample.jsonl --s" in result.err
    )


def test_help_says_what_the_probabilities_are_for(run):
    out = " ".join(run("sample", "--help").out.split())
    assert "weighted by 1 / inclusion_probability" in out
    assert "are corrected with these" not in out
