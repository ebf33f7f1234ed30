"""Coefficients of agreement: published examples, the library's values, coverage of intervals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from framing.coding.reliability import (
    alpha_of_sums,
    estimate_alpha,
    find_obstacle,
    list_disagreements,
    measure_alpha,
    measure_variable,
)
from framing.coding.variables import MISSING, Variable, masi_distances
from framing.resampling import ArticleBootstrap

# Krippendorff (2011), section D: four observers, twelve units, five values, 0 where missing.
FOUR_BY_TWELVE = (
    "1 2 3 3 2 1 4 1 2 0 0 0",
    "1 2 3 3 2 2 4 1 2 5 0 3",
    "0 3 3 3 2 3 4 2 2 5 1 0",
    "1 2 3 3 2 4 4 1 2 5 1 0",
)
LEVELS = ("nominal", "ordinal", "interval", "sets")


def make_variable(codes: np.ndarray, level: str, n_values: int) -> Variable:
    constant = [f"gave every unit {k}" for k in range(n_values)]
    if level == "nominal":
        return Variable.nominal(codes, constant)
    if level == "sets":
        return Variable.of_sets(codes, (np.arange(n_values)[:, None] >> np.arange(3)) % 2 > 0)
    return Variable.of_numbers(codes, np.arange(n_values) * 1.5, level, constant)


def binary(*coders: str) -> Variable:
    """Codes by coder, `1` present, `0` absent, `.` missing."""
    codes = np.array([[MISSING if c == "." else int(c) for c in row] for row in coders]).T
    return Variable.nominal(codes, ("never used it", "used it on every unit"))


def names_of(n: int) -> list[str]:
    return [f"c{j}" for j in range(n)]


def in_one_article(variable: Variable) -> list[str]:
    return ["a"] * len(variable.codes)


@pytest.mark.parametrize(
    ("level", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)]
)
def test_published_example_of_alpha(level: str, alpha: float):
    codes = np.array([[int(value) for value in row.split()] for row in FOUR_BY_TWELVE]).T - 1
    variable = make_variable(codes, level, 5)
    assert measure_alpha(variable, names_of(4))["estimate"] == pytest.approx(alpha, abs=5e-4)


def test_published_example_of_ac1_and_kappa():
    """Gwet (2002): 118 units both, 5 one, 2 the other, none neither: kappa below 0, AC1 .9408."""
    variable = binary("1" * 123 + "0" * 2, "1" * 118 + "0" * 5 + "1" * 2)
    measure = measure_variable(variable, names_of(2), [f"a{i % 25}" for i in range(125)])
    assert measure["ac1"]["estimate"] == pytest.approx(0.9408, abs=5e-5)
    assert measure["kappa"] == pytest.approx(-0.0234, abs=5e-5)
    assert measure["agreement"]["estimate"] == pytest.approx(0.944)
    assert measure["alpha"]["estimate"] < 0
    assert measure["alpha"]["low"] < measure["alpha"]["estimate"] < measure["alpha"]["high"]


def test_ac1_of_three_coders_by_hand():
    """Units 111, 110, 000, 10.: agreement (1 + 1/3 + 1 + 0)/4, shares (1 + 2/3 + 0 + 1/2)/4."""
    variable = binary("1101", "1100", "100.")
    observed, share = (1 + 1 / 3 + 1 + 0) / 4, (1 + 2 / 3 + 0 + 1 / 2) / 4
    chance = 2 * share * (1 - share)
    measure = measure_variable(variable, names_of(3), in_one_article(variable))
    assert measure["agreement"]["estimate"] == pytest.approx(observed)
    assert measure["ac1"]["estimate"] == pytest.approx((observed - chance) / (1 - chance))
    assert measure["kappa"] is None


def test_masi_by_hand():
    """{}, {a}, {a, b}, {b, c}, {c}."""
    sets = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 1], [0, 0, 1]], dtype=bool)
    expected = np.array(
        [
            [0, 1, 1, 1, 1],
            [1, 0, 1 - 1 / 2 * 2 / 3, 1, 1],
            [1, 2 / 3, 0, 1 - 1 / 3 * 1 / 3, 1],
            [1, 1, 8 / 9, 0, 2 / 3],
            [1, 1, 1, 2 / 3, 0],
        ]
    )
    assert masi_distances(sets) == pytest.approx(expected)


def test_alpha_with_masi_by_hand():
    """Two coders: ({a}, {a}) and ({a, b}, {b}); d({a, b}, {b}) = 2/3, so is d({a, b}, {a})."""
    sets = np.array([[1, 0], [1, 1], [0, 1]], dtype=bool)
    variable = Variable.of_sets(np.array([[0, 0], [1, 2]]), sets)
    observed = 2 * (2 / 3) / 4
    expected = 2 * (2 * (2 / 3) + 2 * 1 + 1 * (2 / 3)) / (4 * 3)
    assert estimate_alpha(variable, variable.count()) == pytest.approx(1 - observed / expected)


@st.composite
def ratings(draw: st.DrawFn) -> tuple[np.ndarray, int]:
    n_units, n_coders, n_values = (
        draw(st.integers(1, 9)),
        draw(st.integers(2, 4)),
        draw(st.integers(2, 5)),
    )
    value = st.integers(MISSING, n_values - 1)
    row = st.lists(value, min_size=n_coders, max_size=n_coders)
    return np.array(draw(st.lists(row, min_size=n_units, max_size=n_units))), n_values


@pytest.mark.parametrize("level", LEVELS)
@given(drawn=ratings())
def test_alpha_of_summed_coincidences_is_the_librarys(level: str, drawn: tuple[np.ndarray, int]):
    import krippendorff

    codes, n_values = drawn
    variable = make_variable(codes, level, n_values)
    names = names_of(codes.shape[1])
    point = measure_alpha(variable, names)
    assume(point["estimate"] is not None)
    counts = variable.select(variable.shared).count()
    sums = list_disagreements(variable, counts).sum(axis=0)
    assert float(alpha_of_sums(variable)(sums)) == pytest.approx(point["estimate"], abs=1e-12)
    if level != "sets":
        data = np.where(codes == MISSING, np.nan, codes * 1.5).T
        library = krippendorff.alpha(reliability_data=data, level_of_measurement=level)
        assert point["estimate"] == pytest.approx(library, abs=1e-12)


def test_alpha_of_more_values_than_the_library_can_hold(monkeypatch: pytest.MonkeyPatch):
    generator = np.random.default_rng(0)
    variable = make_variable(generator.integers(0, 6, (50, 3)), "interval", 6)
    usual = estimate_alpha(variable, variable.count())
    monkeypatch.setattr("framing.coding.reliability._LIBRARY_CELLS", 10)
    assert estimate_alpha(variable, variable.count()) == pytest.approx(usual, abs=1e-12)


@pytest.mark.parametrize("level", LEVELS)
@settings(max_examples=40)
@given(drawn=ratings(), order=st.randoms(use_true_random=False))
def test_order_of_coders_and_units_and_lone_codes_change_nothing(level, drawn, order):
    codes, n_values = drawn
    n_units, n_coders = codes.shape
    articles = [f"a{i % 3}" for i in range(n_units)]
    names = names_of(n_coders)
    usual = measure_variable(make_variable(codes, level, n_values), names, articles)
    for value in (usual["alpha"], usual["agreement"], usual["ac1"]):
        assert (value["estimate"] is None) <= (value["low"] is None)
        assert (value["low"] is None) == (value["high"] is None) == (value["reason"] is not None)
        assert all(np.isfinite(v) for k, v in value.items() if k != "reason" and v is not None)
        if value["low"] is not None:
            assert -1 <= value["low"] <= value["estimate"] <= value["high"] <= 1
    units, coders = list(range(n_units)), list(range(n_coders))
    order.shuffle(units)
    order.shuffle(coders)
    lone = np.full((1, n_coders), MISSING)
    lone[0, 0] = 1
    other = np.vstack([codes[units][:, coders], lone])
    changed = measure_variable(
        make_variable(other, level, n_values),
        [names[j] for j in coders],
        [*(articles[i] for i in units), "elsewhere"],
    )
    for key in ("alpha", "agreement", "ac1"):
        for end in ("estimate", "low", "high"):
            assert changed[key][end] == pytest.approx(usual[key][end], abs=1e-9)
    assert changed["kappa"] == pytest.approx(usual["kappa"], abs=1e-12)
    assert changed["units"] == usual["units"]


@pytest.mark.parametrize(
    ("coders", "reason"),
    [
        pytest.param(["01..", "..01"], "no unit is coded by two coders", id="no-shared-unit"),
        pytest.param(["...", "..."], "no unit is coded by two coders", id="nothing-coded"),
        pytest.param(["0000", "0000"], "no variation: c0 and c1 never used it", id="nobody-used-it"),
        pytest.param(["1111", "1111"], "no variation: c0 and c1 used it on every unit", id="all-used-it"),
        pytest.param(["0101", "0000"], "c1 never used it", id="second-never-used-it"),
        pytest.param(["1111", "0101"], "c0 used it on every unit", id="first-always-used-it"),
        pytest.param(["1111", "0000"], "c1 never used it", id="one-always-one-never"),
        pytest.param(["0101", "0000", "0000", "0000", "0000"], "c1, c2, c3 and 1 more never used it", id="four-never"),
        pytest.param(["010.1", "000.."], "c1 never used it", id="used-where-alone-only"),
    ],
)  # fmt: skip
def test_alpha_is_not_estimable(coders: list[str], reason: str):
    variable = binary(*coders)
    measure = measure_variable(variable, names_of(len(coders)), in_one_article(variable))
    assert measure["alpha"] == {"estimate": None, "low": None, "high": None, "reason": reason}
    assert measure["kappa"] is None
    if "no variation" in reason or "no unit" in reason:
        assert measure["ac1"]["estimate"] is None


def test_a_third_coder_who_never_used_it_is_named_and_counts():
    measure = measure_variable(binary("0101", "0111", "0000"), names_of(3), ["a", "a", "b", "b"])
    assert measure["alpha"]["estimate"] is not None
    assert measure["constant"] == {"c2": "never used it"}


def test_coders_who_each_coded_one_pair_still_have_an_alpha():
    """Codes from a crowd: no coder's own codes vary, those of all of them do."""
    variable = binary("1...", "1...", ".0..", ".0..", "..1.", "..0.", "...0", "...0")
    assert find_obstacle(variable, names_of(8)) is None


@pytest.mark.parametrize(
    ("coders", "articles", "reason"),
    [
        pytest.param(("0101", "0111"), "aaaa", "no interval: one article only", id="one-article"),
        pytest.param(("0101", "0101"), "aabb", "no interval: no difference", id="no-difference"),
        pytest.param(("0001", "0011"), "aabb", "no interval: the variation stands", id="varies-in-one"),
    ],
)  # fmt: skip
def test_no_interval(coders: tuple[str, ...], articles: str, reason: str):
    alpha = measure_variable(binary(*coders), names_of(2), list(articles))["alpha"]
    assert alpha["estimate"] is not None
    assert (alpha["low"], alpha["high"]) == (None, None)
    assert alpha["reason"].startswith(reason)


def test_independent_coders_have_an_alpha_of_about_0():
    codes = (np.random.default_rng(0).random((5000, 3)) < 0.3).astype(int)
    measure = measure_variable(
        make_variable(codes, "nominal", 2), names_of(3), [f"a{i // 20}" for i in range(5000)]
    )
    assert measure["alpha"]["estimate"] == pytest.approx(0, abs=0.02)
    assert measure["alpha"]["low"] < 0 < measure["alpha"]["high"]
    assert measure["agreement"]["estimate"] == pytest.approx(0.3**2 + 0.7**2, abs=0.02)


def simulate(generator: np.random.Generator, n_articles: int) -> np.ndarray:
    """Two coders of 15 units an article; how common the frame is, and errors, vary by article."""
    share = np.repeat(generator.beta(2, 3, n_articles), 15)
    error = np.repeat(generator.beta(1.5, 8, n_articles), 15)
    truth = generator.random(share.size) < share
    return np.stack([truth ^ (generator.random(share.size) < error) for _ in range(2)], 1).astype(
        int
    )


@pytest.mark.parametrize("n_articles", [5, 20])
def test_interval_covers_the_alpha_of_a_large_corpus(n_articles: int):
    """Of 20 articles, units resampled singly would cover far less."""
    generator = np.random.default_rng(1)
    large = make_variable(simulate(generator, 20_000), "nominal", 2)
    true = estimate_alpha(large, large.count())
    n_runs, covered, singly = 200, 0, 0
    for run in range(n_runs):
        variable = make_variable(simulate(generator, n_articles), "nominal", 2)
        sums = list_disagreements(variable, variable.count())
        for by in ("article", "unit"):
            names = tuple(f"a{i // 15 if by == 'article' else i}" for i in range(len(sums)))
            sampler = ArticleBootstrap(names, seed=run, n_resamples=250)
            _, low, high = sampler.interval(
                sampler.sum_by_article(sums), alpha_of_sums(variable), bounds=(-1, 1)
            )
            covered += by == "article" and bool(low <= true <= high)
            singly += by == "unit" and bool(low <= true <= high)
    assert covered / n_runs >= 0.90
    assert singly < covered
