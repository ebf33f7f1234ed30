"""Estimators: unbiased and covered where what they assume holds, and wrong where it does not."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import stdtr

from experiments.prevalence.simulated_text import (
    Simulated,
    World,
    draw_sample,
    measure_rates,
    simulate_text,
)
from framing.coding.draws import draw_pivotal, spread_probability
from framing.errors import ConfigError, InputError
from framing.prevalence import (
    ESTIMATORS,
    CodedUnits,
    Contrast,
    Domain,
    ErrorRates,
    Estimate,
    ScoredUnits,
    compare_estimates,
    estimate_shares,
    tune_predictions,
)
from framing.prevalence.intervals import find_share_interval

TRUTH = np.array([0.05, 0.2, 0.5])
WORLD = World(40)
HELD_OUT = 75
N_RUNS = 120
N_CODED = 200


class Found:
    """What one estimator said of many texts."""

    def __init__(self) -> None:
        self.estimates: list[np.ndarray] = []
        self.covered: list[np.ndarray] = []

    def add(self, estimate: Estimate, truth: np.ndarray = TRUTH) -> None:
        shares = estimate.shares
        self.estimates.append(estimate.value - truth)
        self.covered.append((shares.low <= truth) & (truth <= shares.high))

    @property
    def bias(self) -> np.ndarray:
        """Mean error, in standard deviations of the estimate (n_frames)."""
        return np.mean(self.estimates, axis=0) / np.std(self.estimates, axis=0)

    @property
    def coverage(self) -> np.ndarray:
        return np.mean(self.covered, axis=0)

    def assert_right(self, frames: slice = slice(None)) -> None:
        """No bias that this many runs could show, and intervals as wide as they say.

        A tenth of a standard deviation is allowed: to tune on the sample that is estimated from
        costs less (.06 in 4,000 runs).
        """
        n_runs = len(self.covered)
        assert (np.abs(self.bias[frames]) < 0.1 + 3 / np.sqrt(n_runs)).all(), self.bias
        least = 0.95 - 3 * np.sqrt(0.95 * 0.05 / n_runs)
        assert (self.coverage[frames] >= least).all(), self.coverage


def everything(units: ScoredUnits) -> Domain:
    return Domain(np.ones(len(units)))


def simulate_estimates(world: World, seed: int) -> dict[str, Found]:
    generator = np.random.default_rng(seed)
    held_out = replace(world, stories=HELD_OUT)
    found = {name: Found() for name in ESTIMATORS}
    for _ in range(N_RUNS):
        text = simulate_text(world, generator, prevalences=tuple(TRUTH))
        units = draw_sample(text, N_CODED, generator)
        rates = measure_rates(
            simulate_text(held_out, generator, prevalences=tuple(TRUTH), held_out=True)
        )
        for name in ESTIMATORS:
            found[name].add(estimate_shares(units, everything(units), name, rates=rates))
    return found


@pytest.fixture(scope="module")
def usual() -> dict[str, Found]:
    return simulate_estimates(WORLD, seed=1)


@pytest.mark.parametrize("name", ["probability", "adjusted", "rectified"])
def test_estimators_are_right_where_their_assumptions_hold(usual: dict[str, Found], name: str):
    usual[name].assert_right()


def test_counts_of_a_calibrated_classifier_are_biased(usual: dict[str, Found]):
    assert usual["count"].bias[0] < -1
    assert usual["count"].coverage[0] < 0.85
    # Where misses and false alarms are as many, the bias is gone.
    assert abs(usual["count"].bias[2]) < 0.25


def test_correction_and_coding_mend_what_was_learnt_from_rarer_frames():
    found = simulate_estimates(replace(WORLD, learnt_from=0.4), seed=2)
    assert (found["probability"].bias < -1).all()
    assert found["probability"].coverage[1] < 0.7
    found["adjusted"].assert_right(slice(1, None))
    found["rectified"].assert_right()


def test_correction_fails_where_errors_have_changed_and_coding_does_not():
    found = simulate_estimates(replace(WORLD, worse=1.0), seed=3)
    assert (found["adjusted"].bias[1:] < -0.5).all()
    assert found["adjusted"].coverage[2] < 0.85
    found["rectified"].assert_right()


# Coded samples


def code(text: Simulated, rows: np.ndarray, weights: np.ndarray, **fields: object) -> ScoredUnits:
    """The units of a text, some of them coded."""
    coded = CodedUnits(
        rows=rows,
        weights=weights,
        frames=text.gold[rows],
        speakers=np.full(len(rows), -1),
        belongs=np.ones(len(rows), dtype=bool),
        rectifies_speakers=False,
    )
    return replace(text.units, coded=replace(coded, **fields))


def code_all(text: Simulated) -> ScoredUnits:
    rows = np.arange(len(text.units))
    return code(text, rows, np.ones(len(rows)))


def spoil(text: Simulated, how: str, generator: np.random.Generator) -> Simulated:
    said = text.units.probabilities
    if how == "inverted":
        said = 1 - said
    elif how == "constant":
        said = np.full(said.shape, 0.9)
    elif how == "noise":
        said = generator.random(said.shape)
    return replace(text, units=replace(text.units, probabilities=said))


@pytest.mark.parametrize("how", ["inverted", "constant", "noise"])
def test_a_coded_sample_is_right_whatever_the_classifier_says(how: str):
    generator = np.random.default_rng(4)
    found = Found()
    for _ in range(N_RUNS):
        text = spoil(simulate_text(WORLD, generator, prevalences=tuple(TRUTH)), how, generator)
        units = draw_sample(text, N_CODED, generator)
        found.add(estimate_shares(units, everything(units), "rectified"))
    found.assert_right()


def test_all_units_coded_give_the_share_of_the_codes():
    text = simulate_text(WORLD, np.random.default_rng(5))
    units = code_all(text)
    found = estimate_shares(units, everything(units), "rectified")
    assert found.value == pytest.approx(text.gold.mean(axis=0), abs=1e-12)
    codes = replace(text.units, probabilities=text.gold.astype(float))
    plain = estimate_shares(codes, everything(codes), "probability")
    assert found.variance == pytest.approx(plain.variance, rel=1e-9)
    # So in a group, and by weight.
    weights = np.random.default_rng(0).random(len(units)) * (text.units.clusters < 20)
    group = estimate_shares(units, Domain(weights), "rectified")
    assert group.value == pytest.approx(weights @ text.gold / weights.sum(), abs=1e-12)


@pytest.mark.parametrize(("how", "low", "high"), [("noise", 0, 0.15), ("gold", 0.9, 1)])
def test_predictions_count_as_far_as_they_tell_something(how: str, low: float, high: float):
    generator = np.random.default_rng(6)
    text = simulate_text(World(600), generator, prevalences=(0.3,))
    if how == "gold":
        said = np.clip(text.gold.astype(float), 0.02, 0.98)
        text = replace(text, units=replace(text.units, probabilities=said))
    units = draw_sample(spoil(text, how, generator), 2000, generator)
    assert units.coded is not None
    assert low <= tune_predictions(units, everything(units), units.coded)[0] <= high


def test_a_good_classifier_makes_a_coded_sample_go_further():
    generator = np.random.default_rng(7)
    text = simulate_text(World(200, quality=4.0, likeness=0.02), generator, prevalences=(0.3,))
    units = draw_sample(text, 200, generator)
    assert units.coded is not None
    widths = []
    for tuned in (None, np.zeros(1)):
        some = replace(units, coded=replace(units.coded, tuned=tuned))
        shares = estimate_shares(some, everything(some), "rectified").shares
        widths.append(shares.high[0] - shares.low[0])
    assert widths[0] < 0.7 * widths[1]


def test_unequal_chances_are_made_up_for():
    generator = np.random.default_rng(8)
    found, plain = Found(), []
    for _ in range(N_RUNS):
        text = simulate_text(WORLD, generator, prevalences=tuple(TRUTH))
        said = text.units.probabilities
        doubt = np.sqrt((said * (1 - said)).sum(axis=1))
        chances = spread_probability(0.2 * doubt.mean() + 0.8 * doubt, N_CODED)
        rows = np.flatnonzero(draw_pivotal(chances, generator.permutation(len(said)), generator))
        units = code(text, rows, 1 / chances[rows])
        found.add(estimate_shares(units, everything(units), "rectified"))
        plain.append(text.gold[rows].mean(axis=0) - TRUTH)
    found.assert_right()
    assert (np.mean(plain, axis=0)[:2] > 0.6 * np.std(found.estimates, axis=0)[:2]).all()


def test_furniture_that_was_drawn_leaves_the_whole():
    generator = np.random.default_rng(9)
    found = Found()
    for _ in range(N_RUNS):
        text = simulate_text(WORLD, generator, prevalences=tuple(TRUTH))
        furniture = generator.random(len(text.units)) < 0.2
        text = replace(text, gold=text.gold & ~furniture[:, None])
        rows = np.sort(generator.choice(len(furniture), N_CODED, replace=False))
        weights = np.full(N_CODED, len(furniture) / N_CODED)
        units = code(text, rows, weights, belongs=~furniture[rows])
        found.add(estimate_shares(units, everything(units), "rectified"))
    found.assert_right()


def test_all_units_coded_count_without_furniture():
    text = simulate_text(WORLD, np.random.default_rng(10))
    belongs = np.arange(len(text.units)) % 4 > 0
    text = replace(text, gold=text.gold & belongs[:, None])
    rows = np.arange(len(belongs))
    units = code(text, rows, np.ones(len(rows)), belongs=belongs)
    found = estimate_shares(units, everything(units), "rectified")
    assert found.value == pytest.approx(text.gold[belongs].mean(axis=0), abs=1e-12)


def test_a_frame_that_no_coded_unit_carries_may_still_be_there():
    """A sample of 100 without the frame does not say that one in 600 carries it at most."""
    text = simulate_text(WORLD, np.random.default_rng(11), prevalences=(0.02,))
    text = replace(text, gold=np.zeros_like(text.gold))
    units = draw_sample(text, 100, np.random.default_rng(0))
    shares = estimate_shares(units, everything(units), "rectified").shares
    assert shares.low[0] == pytest.approx(0)
    assert 0.03 < shares.high[0] < 0.06
    first = text.units.clusters < 20
    contrast = compare_estimates(
        *(
            estimate_shares(units, Domain(rows.astype(float)), "rectified")
            for rows in (first, ~first)
        )
    )
    assert contrast.p_value[0] > 0.9
    assert contrast.low[0] < -0.02
    assert contrast.high[0] > 0.02


def test_no_unit_of_the_group_coded():
    text = simulate_text(WORLD, np.random.default_rng(12))
    units = code(text, np.array([0, 1]), np.ones(2))
    outside = Domain((text.units.clusters > 5).astype(float))
    with pytest.raises(InputError, match="no unit of the group is coded; code a sample stratified"):
        estimate_shares(units, outside, "rectified")


def test_estimators_say_what_they_lack():
    text = simulate_text(WORLD, np.random.default_rng(13))
    with pytest.raises(
        InputError, match="`adjusted` needs the model's error rates; make them with"
    ):
        estimate_shares(text.units, everything(text.units), "adjusted")
    with pytest.raises(
        InputError, match="`rectified` needs a coded random sample .*; draw it with"
    ):
        estimate_shares(text.units, everything(text.units), "rectified")
    with pytest.raises(ConfigError, match="no estimator 'mean'; choose from count, probability, "):
        estimate_shares(text.units, everything(text.units), "mean")


# Voices

OWN = (0,)


def simulate_voices(generator: np.random.Generator, stories: int = 60) -> Simulated:
    """Text in two voices, of which the first carries a frame half as often."""
    text = simulate_text(World(stories), generator, prevalences=tuple(TRUTH))
    carried = text.gold.any(axis=1)
    speakers = (generator.random(len(carried)) < np.where(carried, 2 / 3, 1 / 3)).astype(np.intp)
    return replace(text, units=replace(text.units, speakers=speakers))


def find_voices(gold: np.ndarray, own: np.ndarray) -> np.ndarray:
    return (gold & own[:, None]).sum(axis=0) / gold.sum(axis=0)


def test_voices_are_a_share_of_a_frames_sentences():
    text = simulate_voices(np.random.default_rng(14))
    own = text.units.speakers == 0
    domain = Domain(np.ones(len(own)), OWN, "voices")
    codes = replace(text.units, probabilities=text.gold.astype(float), decisions=text.gold)
    for name in ("count", "probability"):
        found = estimate_shares(codes, domain, name)
        assert found.value == pytest.approx(find_voices(text.gold, own))
        assert found.units == pytest.approx(text.gold.sum(axis=0))
    units = code_all(text)
    found = estimate_shares(units, domain, "rectified")
    assert found.value == pytest.approx(find_voices(text.gold, own))


def test_voices_within_limits_are_shares_of_these_voices_alone():
    text = simulate_voices(np.random.default_rng(15))
    own = text.units.speakers == 0
    limited = Domain(np.ones(len(own)), OWN)
    within = Domain(own.astype(float))
    for name in ("count", "probability"):
        one, other = (estimate_shares(text.units, domain, name) for domain in (limited, within))
        assert one.value == pytest.approx(other.value)
        assert one.variance == pytest.approx(other.variance)


def test_voices_are_unbiased_and_covered():
    generator = np.random.default_rng(16)
    whole = simulate_voices(np.random.default_rng(0), stories=20_000)
    truth = find_voices(whole.gold, whole.units.speakers == 0)
    found = {name: Found() for name in ESTIMATORS}
    for _ in range(N_RUNS):
        text = simulate_voices(generator)
        true = text.units.speakers
        wrong = generator.random(len(true)) < 0.15
        rows = np.sort(generator.choice(len(true), 400, replace=False))
        weights = np.full(400, len(true) / 400)
        # The sample corrects speakers that the model gets wrong, too.
        misheard = replace(
            text, units=replace(text.units, speakers=np.where(wrong, 1 - true, true))
        )
        coded = code(misheard, rows, weights, speakers=true[rows], rectifies_speakers=True)
        held_out = simulate_text(
            World(HELD_OUT), generator, prevalences=tuple(TRUTH), held_out=True
        )
        rates = measure_rates(held_out)
        for name in ESTIMATORS:
            units = coded if name == "rectified" else text.units
            domain = Domain(np.ones(len(units)), OWN, "voices")
            found[name].add(estimate_shares(units, domain, name, rates=rates), truth)
    found["rectified"].assert_right()
    # The others take each sentence of a frame for as likely to be misread in every voice.
    found["adjusted"].assert_right()


def test_a_voice_heard_in_few_sentences_has_a_wide_interval():
    """Units without the frame, however many, say nothing of who voices it."""
    clusters = np.repeat(np.arange(50), 10)
    decisions = np.zeros((500, 1), dtype=bool)
    decisions[[0, 10, 20, 30]] = True
    speakers = np.zeros(500, dtype=np.intp)
    units = ScoredUnits(decisions.astype(float), decisions, clusters, speakers)
    shares = estimate_shares(units, Domain(np.ones(500), OWN, "voices"), "count").shares
    assert (shares.estimate[0], shares.high[0]) == (1, 1)
    assert shares.low[0] < 0.5
    in_one = np.zeros((500, 1), dtype=bool)
    in_one[:4] = True
    alone = replace(units, decisions=in_one)
    shares = estimate_shares(alone, Domain(np.ones(500), OWN, "voices"), "count").shares
    assert np.isnan([shares.low[0], shares.high[0]]).all()


def test_a_frame_nobody_carries_has_no_voices():
    units = ScoredUnits(
        np.zeros((20, 1)), np.zeros((20, 1), dtype=bool), np.arange(20) // 4, np.zeros(20, np.intp)
    )
    estimate = estimate_shares(units, Domain(np.ones(20), OWN, "voices"), "count")
    assert np.isnan([*estimate.value, *estimate.shares.low, *estimate.shares.high]).all()


# Error rates


def mix_languages(generator: np.random.Generator) -> tuple[Simulated, ErrorRates]:
    """Text of two languages, read well and badly, and the error rates of both."""
    worlds = {"en": World(40, quality=3.5), "ko": World(40, quality=1.5)}
    shares = {"en": (0.2,), "ko": (0.4,)}
    texts = [simulate_text(w, generator, prevalences=shares[name]) for name, w in worlds.items()]
    names = np.repeat(list(worlds), [len(text.units) for text in texts])
    units = ScoredUnits(
        np.vstack([text.units.probabilities for text in texts]),
        np.vstack([text.units.decisions for text in texts]),
        np.concatenate([texts[0].units.clusters, texts[1].units.clusters + 40]),
        languages=names,
    )
    held_out = {
        name: measure_rates(
            simulate_text(replace(w, stories=60), generator, prevalences=shares[name])
        )
        for name, w in worlds.items()
    }
    rates = replace(
        held_out["en"],
        languages=("en",) * 60 + ("ko",) * 60,
        outcomes=np.concatenate([of.outcomes for of in held_out.values()]),
    )
    return Simulated(units, np.vstack([text.gold for text in texts])), rates


def test_languages_that_are_read_differently_are_corrected_by_their_own_rates():
    generator = np.random.default_rng(17)
    apart, together, differences = Found(), [], []
    for _ in range(N_RUNS):
        text, rates = mix_languages(generator)
        korean = (text.units.languages == "ko").astype(float)
        first, second = (
            estimate_shares(text.units, Domain(group), "adjusted", rates=rates)
            for group in (1 - korean, korean)
        )
        apart.add(second, np.array([0.4]))
        contrast = compare_estimates(first, second, permutations=199)
        differences.append(contrast.low[0] <= -0.2 <= contrast.high[0])
        unnamed = replace(text.units, languages=np.zeros(0, dtype=np.str_))
        together.append(estimate_shares(unnamed, Domain(korean), "adjusted", rates=rates).value[0])
    apart.assert_right()
    assert np.mean(differences) >= 0.9
    assert abs(np.mean(together) - 0.4) > 0.02


def find_rates(hits: int, of: int, alarms: int, among: int, language: str = "") -> ErrorRates:
    """Rates of 20 held-out articles that are alike."""
    outcomes = [[hits, alarms, of - hits, among - alarms]]
    return ErrorRates("m", "c", ("frame",), (language,) * 20, np.array([outcomes] * 20), {})


def count_units(share: float, language: str = "") -> ScoredUnits:
    decisions = (np.arange(400) * 37 % 100 < 100 * share)[:, None]
    return ScoredUnits(
        decisions.astype(float), decisions, np.arange(400) // 10, languages=np.full(400, language)
    )


def test_a_count_is_corrected_by_hand():
    units = count_units(0.4)
    found = estimate_shares(units, everything(units), "adjusted", rates=find_rates(8, 10, 1, 10))
    hit, alarm = 160.5 / 201, 20.5 / 201
    assert found.value[0] == pytest.approx((0.4 - alarm) / (hit - alarm))
    shares = found.shares
    assert shares.low[0] < found.value[0] < shares.high[0]


@pytest.mark.parametrize(
    "rates",
    [
        pytest.param(find_rates(5, 10, 5, 10), id="no-better-than-guessing"),
        pytest.param(find_rates(115, 200, 100, 200), id="nearer-than-a-tenth"),
        pytest.param(
            ErrorRates(
                "m", "c", ("frame",), ("", ""), np.array([[[2, 9, 0, 9]], [[0, 9, 2, 9]]]), {}
            ),
            id="of-two-articles",
        ),
    ],
)
def test_rates_that_tell_too_little_correct_nothing(rates: ErrorRates):
    units = count_units(0.4)
    found = estimate_shares(units, everything(units), "adjusted", rates=rates)
    assert np.isnan([*found.value, *found.shares.low, *found.shares.high]).all()
    contrast = compare_estimates(found, found)
    assert np.isnan([*contrast.difference, *contrast.p_value]).all()


def test_a_language_the_group_does_not_have_is_no_matter_of_it():
    good, useless = find_rates(8, 10, 1, 10, "en"), find_rates(5, 10, 5, 10, "ko")
    both = replace(
        good,
        languages=good.languages + useless.languages,
        outcomes=np.concatenate([good.outcomes, useless.outcomes]),
    )
    names = np.where(np.arange(400) < 200, "en", "ko")
    units = replace(count_units(0.4), languages=names)
    english = Domain((names == "en").astype(float))
    found = estimate_shares(units, english, "adjusted", rates=both)
    alone = estimate_shares(count_units(0.4, "en"), english, "adjusted", rates=good)
    assert found.value == pytest.approx(alone.value)
    assert found.variance == pytest.approx(alone.variance)
    assert np.isnan(estimate_shares(units, everything(units), "adjusted", rates=both).value).all()


def test_a_language_with_little_held_out_text_takes_the_rates_of_all():
    rates = replace(find_rates(8, 10, 1, 10), languages=("en",) * 19 + ("ko",))
    pooled, own = rates.rates_of("ko"), rates.rates_of("en")
    assert pooled.pooled.all()
    assert not own.pooled.any()
    assert pooled.hit == pytest.approx(rates.rates_of(None).hit)
    assert rates.rates_of("ja").pooled.all()


def test_a_rare_frame_is_not_given_the_width_of_a_single_unit():
    """A correction that comes near 0 by chance: its variance is not that of a share near 0."""
    units = count_units(0.11)
    found = estimate_shares(units, everything(units), "adjusted", rates=find_rates(8, 10, 1, 10))
    assert 0 < found.value[0] < 0.02
    assert found.shares.high[0] < 0.12


# Against other ways to the same figures


@pytest.mark.parametrize("tuned", [1.0, None])
def test_independent_units_agree_with_prediction_powered_inference(tuned: float | None):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ppi = pytest.importorskip("ppi_py")
    generator = np.random.default_rng(18)
    gold = generator.random((20_000, 1)) < 0.3
    said = np.clip(0.3 + 0.4 * gold + generator.normal(0, 0.15, gold.shape), 0, 1)
    rows = np.sort(generator.choice(len(gold), 300, replace=False))
    coded = CodedUnits(
        rows,
        np.full(300, len(gold) / 300),
        gold[rows],
        np.full(300, -1),
        np.ones(300, dtype=bool),
        tuned=None if tuned is None else np.array([tuned]),
        rectifies_speakers=False,
    )
    units = ScoredUnits(said, said > 0.5, np.arange(len(gold)), coded=coded)
    ours = estimate_shares(units, everything(units), "rectified")
    samples = (gold[rows, 0].astype(float), said[rows, 0], np.delete(said[:, 0], rows))
    theirs = ppi.ppi_mean_pointestimate(*samples, lam=tuned)
    low, high = ppi.ppi_mean_ci(*samples, alpha=0.05, lam=tuned)
    assert ours.value[0] == pytest.approx(theirs.item(), abs=0.001)
    assert np.sqrt(ours.variance[0]) == pytest.approx((high - low).item() / 2 / 1.96, rel=0.02)
    assert ours.shares.low[0] == pytest.approx(low.item(), abs=0.004)
    assert ours.shares.high[0] == pytest.approx(high.item(), abs=0.004)


@pytest.mark.parametrize("name", ["count", "probability", "rectified", "voices"])
def test_variance_agrees_with_the_jackknife_over_stories(name: str):
    generator = np.random.default_rng(19)
    text = simulate_voices(generator, stories=120)
    units = draw_sample(text, 600, generator)
    assert units.coded is not None
    tuned = tune_predictions(units, everything(units), units.coded)
    units = replace(units, speakers=text.units.speakers, coded=replace(units.coded, tuned=tuned))
    measure, estimator = ("voices", "probability") if name == "voices" else ("frames", name)

    def estimate(weights: np.ndarray) -> Estimate:
        voices = OWN if measure == "voices" else None
        return estimate_shares(units, Domain(weights, voices, measure), estimator)

    half = units.clusters % 2 == 0
    left_out = [units.clusters != story for story in range(120)]
    whole = estimate(np.ones(len(units)))
    without = np.array([estimate(kept.astype(float)).value for kept in left_out])
    assert whole.variance == pytest.approx(jackknife(without), rel=0.04)
    # A third of the stories has copies in both groups: what these share cancels.
    shared = units.clusters % 3 == 0
    groups = [(half | shared).astype(float), (~half | shared).astype(float)]
    first, second = (estimate(group) for group in groups)
    apart = np.array(
        [np.subtract(*(estimate(group * kept).value for group in groups)) for kept in left_out]
    )
    joint = ((first.pulls - second.pulls) ** 2).sum(axis=0)
    assert joint == pytest.approx(jackknife(apart), rel=0.06)
    assert (joint < first.variance + second.variance).all()


def jackknife(left_out: np.ndarray) -> np.ndarray:
    n = len(left_out)
    return (n - 1) / n * ((left_out - left_out.mean(axis=0)) ** 2).sum(axis=0)


# Differences


def compare_counts(units: ScoredUnits, first: np.ndarray, **fields: int) -> Contrast:
    """Counts of some units, first, and all others."""
    return compare_estimates(
        *(estimate_shares(units, Domain(rows.astype(float)), "count") for rows in (first, ~first)),
        **fields,
    )


@pytest.mark.parametrize(("few", "many"), [(3, 30), (10, 60)])
def test_stories_that_do_not_differ_are_told_apart_one_time_in_twenty(few: int, many: int):
    generator = np.random.default_rng(20)
    n_runs = 240
    wrong = np.zeros(3)
    for run in range(n_runs):
        text = simulate_text(World(few + many), generator, prevalences=(0.02, 0.1, 0.4))
        chosen = generator.permutation(few + many)[:few]
        first = np.isin(text.units.clusters, chosen)
        contrast = compare_counts(text.units, first, seed=run, permutations=199)
        wrong += np.nan_to_num(contrast.p_value, nan=1.0) <= 0.05
    assert (wrong / n_runs <= 0.06 + 2 * np.sqrt(0.05 * 0.95 / n_runs)).all()
    assert (wrong / n_runs).max() > 0.02


@pytest.mark.parametrize("name", ["probability", "adjusted", "rectified"])
def test_a_real_difference_is_found_and_its_size_covered(name: str):
    generator = np.random.default_rng(21)
    found, covered = 0, 0
    for run in range(60):
        texts = [
            simulate_text(World(40, likeness=0.1), generator, prevalences=(share,))
            for share in (0.2, 0.4)
        ]
        gold = np.vstack([text.gold for text in texts])
        units = ScoredUnits(
            np.vstack([text.units.probabilities for text in texts]),
            np.vstack([text.units.decisions for text in texts]),
            np.concatenate([texts[0].units.clusters, texts[1].units.clusters + 40]),
        )
        units = draw_sample(Simulated(units, gold), 400, generator)
        # One classifier, that learnt from the mean of both groups.
        held_out = simulate_text(World(HELD_OUT), generator, prevalences=(0.2,), held_out=True)
        first = (units.clusters < 40).astype(float)
        estimates = [
            estimate_shares(units, Domain(group), name, rates=measure_rates(held_out))
            for group in (first, 1 - first)
        ]
        if name == "adjusted":  # the second text was read with other odds: its rates are not these
            assert estimates[0].held_out is not None
        contrast = compare_estimates(*estimates, seed=run, permutations=199)
        found += contrast.p_value[0] <= 0.05
        covered += contrast.low[0] <= -0.2 <= contrast.high[0]
    assert found >= 50
    assert name == "adjusted" or covered >= 52


def test_the_order_of_stories_and_units_does_not_matter():
    text = simulate_text(World(30), np.random.default_rng(22))
    units = text.units
    first = units.clusters % 3 == 0
    contrast = compare_counts(units, first)
    generator = np.random.default_rng(0)
    rows, names = generator.permutation(len(units)), generator.permutation(30)
    shuffled = ScoredUnits(
        units.probabilities[rows], units.decisions[rows], names[units.clusters[rows]]
    )
    other = compare_counts(shuffled, first[rows])
    for field in ("difference", "low", "high", "p_value"):
        assert getattr(other, field) == pytest.approx(getattr(contrast, field), abs=1e-12)


def test_the_other_way_round_is_the_same_with_another_sign():
    text = simulate_text(World(30), np.random.default_rng(23))
    first = text.units.clusters % 3 == 0
    contrast = compare_counts(text.units, first, permutations=1999)
    other = compare_counts(text.units, ~first, permutations=1999)
    assert other.difference == pytest.approx(-contrast.difference)
    assert other.effect == pytest.approx(-contrast.effect)
    assert other.p_value == pytest.approx(contrast.p_value, abs=0.06)


def test_stories_in_both_groups_are_compared_with_themselves():
    """Two outlets print the same stories, one with more of the frame: a small step is sure."""
    generator = np.random.default_rng(24)
    level = generator.uniform(0.1, 0.9, 40)
    shares = np.concatenate([level, level + 0.05 + generator.normal(0, 0.01, 40)])[:, None]
    stories = np.tile(np.arange(40), 2)
    groups = np.repeat([True, False], 40)
    decisions = np.zeros((80, 1), dtype=bool)
    paired = ScoredUnits(shares, decisions, stories)
    apart = ScoredUnits(shares, decisions, np.arange(80))
    contrasts = [
        compare_estimates(
            *(estimate_shares(units, Domain(rows.astype(float))) for rows in (groups, ~groups))
        )
        for units in (paired, apart)
    ]
    assert contrasts[0].p_value[0] < 0.001
    assert contrasts[1].p_value[0] > 0.1
    assert contrasts[0].difference == pytest.approx(contrasts[1].difference)


def test_stories_in_both_groups_that_do_not_differ_keep_the_level():
    generator = np.random.default_rng(25)
    wrong, n_runs = 0, 240
    for run in range(n_runs):
        level = generator.uniform(0.1, 0.9, 30)
        stories = np.concatenate([np.arange(20), np.arange(10, 30)])
        shares = np.clip(level[stories] + generator.normal(0, 0.1, 40), 0, 1)[:, None]
        units = ScoredUnits(shares, shares > 0.5, stories)
        first = (np.arange(40) < 20).astype(float)
        estimates = [estimate_shares(units, Domain(group)) for group in (first, 1 - first)]
        wrong += compare_estimates(*estimates, seed=run, permutations=199).p_value[0] <= 0.05
    assert 0.02 < wrong / n_runs < 0.06 + 2 * np.sqrt(0.05 * 0.95 / n_runs)


def test_an_interval_leaves_out_0_where_p_is_small_and_nowhere_else():
    generator = np.random.default_rng(26)
    sure = 0
    for run in range(80):
        text = simulate_text(World(20), generator, prevalences=tuple(TRUTH))
        first = text.units.clusters < 8
        shifted = text.units.decisions | (
            first[:, None] & (generator.random(text.gold.shape) < 0.2 * generator.random())
        )
        units = replace(text.units, decisions=shifted)
        contrast = compare_counts(units, first, seed=run, permutations=199)
        left_out = (contrast.low > 0) | (contrast.high < 0)
        assert (left_out == (contrast.p_value <= 0.05)).all()
        sure += int(left_out.sum())
    assert 20 < sure < 220


def test_more_than_two_thousand_stories_are_tested_by_t():
    generator = np.random.default_rng(27)
    decisions = generator.random((2101, 1)) < 0.3
    units = ScoredUnits(decisions.astype(float), decisions, np.arange(2101))
    first = np.arange(2101) < 700
    contrast = compare_counts(units, first)
    a, b = decisions[first, 0], decisions[~first, 0]
    error = np.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b))
    t = (a.mean() - b.mean()) / error
    assert contrast.p_value[0] == pytest.approx(2 * stdtr(699, -abs(t)))
    permuted = compare_counts(
        ScoredUnits(decisions[:1999].astype(float), decisions[:1999], np.arange(1999)), first[:1999]
    )
    assert permuted.p_value[0] == pytest.approx(contrast.p_value[0], abs=0.1)


@pytest.mark.parametrize("share", [0.0, 0.0123, 0.07, 1.0])
def test_stories_that_are_all_alike_are_not_told_apart_by_rounding(share: float):
    generator = np.random.default_rng(28)
    clusters = np.repeat(np.arange(20), generator.integers(5, 20, 20))
    said = np.full((len(clusters), 1), share)
    units = ScoredUnits(said, said > 0.5, clusters)
    first = (clusters < 8).astype(float)
    estimates = [estimate_shares(units, Domain(group)) for group in (first, 1 - first)]
    contrast = compare_estimates(*estimates, permutations=199)
    assert contrast.difference[0] == pytest.approx(0, abs=1e-12)
    assert np.isnan([*contrast.p_value, *contrast.low, *contrast.high]).all()


def test_one_story_has_no_interval_and_is_not_tested():
    units = ScoredUnits(
        np.full((12, 1), 0.3), np.zeros((12, 1), dtype=bool), np.array([0] * 4 + [1] * 4 + [2] * 4)
    )
    one, others = (
        estimate_shares(units, Domain((units.clusters == 0) == side)) for side in (True, False)
    )
    assert np.isnan([*one.shares.low, *one.shares.high]).all()
    assert one.shares.estimate[0] == pytest.approx(0.3)
    contrast = compare_estimates(one, others)
    assert np.isnan([*contrast.p_value, *contrast.low]).all()


def test_shares_that_a_correction_puts_below_0_do_not_differ_in_view_of_it():
    """What is shown as no difference is not called a sure one."""
    units = count_units(0.0)
    shifted = replace(
        units, decisions=(np.arange(400) % 100 < 3)[:, None] & (np.arange(400) < 200)[:, None]
    )
    first = (np.arange(400) < 200).astype(float)
    estimates = [
        estimate_shares(shifted, Domain(group), "adjusted", rates=find_rates(80, 100, 10, 100))
        for group in (first, 1 - first)
    ]
    assert all(estimate.value[0] < 0 for estimate in estimates)
    contrast = compare_estimates(*estimates)
    assert contrast.difference[0] == 0
    assert contrast.p_value[0] == 1
    assert contrast.low[0] < 0 < contrast.high[0]


def test_interval_of_a_share_by_hand():
    """Without clusters it is the interval of Clopper and Pearson."""
    from scipy.stats import binomtest

    share, n = 0.3, 50
    found = find_share_interval(
        np.array([share]), np.array([share * (1 - share) / n]), units=float(n), freedom=n - 1.0
    )
    exact = binomtest(15, 50).proportion_ci(0.95, "exact")
    assert (found.low[0], found.high[0]) == pytest.approx((exact.low, exact.high))
