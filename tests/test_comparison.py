"""Comparison: groups, copies and events weighed as they should be, and every format the same."""

from __future__ import annotations

import csv
import itertools
import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from framing.codebook import Codebook
from framing.coding.codes import Code, digest_text
from framing.coding.sampling import SampledUnit
from framing.comparison.coded_sample import join_sample
from framing.comparison.comparing import Comparer
from framing.comparison.grouping import (
    NO_AGENCY,
    OTHERS,
    find_wire_copy,
    group_units,
    match_events,
    name_period,
    weigh_units,
)
from framing.comparison.multiplicity import correct_false_discovery, correct_holm
from framing.comparison.result import Comparison
from framing.comparison.scored_text import ArticleFacts, ScoredText, read_scored_text
from framing.comparison.settings import Settings, name_voices
from framing.comparison.summary import (
    compare_groups,
    digest_scores,
    list_copies,
    measure_mix,
    measure_voices,
)
from framing.comparison.tables import (
    format_difference,
    format_p_value,
    format_share,
    list_difference_rows,
    list_share_rows,
    render_comparison,
    write_comparison,
)
from framing.errors import CodebookError, ConfigError, InputError, OutputError
from framing.prevalence import ErrorRates
from framing.stories import Copy, Stories

MONDAY = date(2019, 7, 1)


def facts(name: str, **fields: Any) -> ArticleFacts:
    known = {
        "id": name, "headline": "", "outlet": "Harbour Post", "agencies": (), "country": "KR",
        "kind": "business_daily", "language": "en", "date": MONDAY, "event": None, "path": "",
    }  # fmt: skip
    return ArticleFacts(name=name, **{**known, **fields})


def score(
    codebook: Codebook, articles: list[ArticleFacts], *, units: int = 6, seed: int = 0
) -> ScoredText:
    """Articles of as many units each, with probabilities drawn by chance."""
    generator = np.random.default_rng(seed)
    owners = np.repeat(np.arange(len(articles)), units)
    texts = [f"Sentence {k:03d} of {articles[owner].name}." for k, owner in enumerate(owners)]
    starts = [100 * k for k in range(len(texts))]
    probabilities = generator.beta(0.5, 1.5, (len(texts), 2)).round(4)
    return ScoredText(
        codebook=codebook,
        model="m" * 16,
        articles=tuple(articles),
        owners=owners,
        spans=np.array(
            [
                (k % units, at, at + len(text))
                for k, (at, text) in enumerate(zip(starts, texts, strict=True))
            ]
        ),
        texts=tuple(texts),
        probabilities=probabilities,
        decisions=probabilities >= 0.4,
        speakers=generator.integers(0, 2, len(texts)),
    )


def tell(*clusters: int) -> Stories:
    """Articles by story; those of one story are copies."""
    copies = [
        Copy(left, right, 1.0)
        for left, right in itertools.combinations(range(len(clusters)), 2)
        if clusters[left] == clusters[right]
    ]
    return Stories(np.array(clusters, dtype=np.intp), tuple(copies))


def apart(scored: ScoredText) -> Stories:
    return tell(*range(len(scored.articles)))


def outlets(codebook: Codebook, *counts: int, **fields: Any) -> ScoredText:
    """Outlets A, B, C ... with so many articles each, on days one after another."""
    articles = [
        facts(f"{name}{k}", outlet=name, date=date(2019, 7, 1 + k), **fields)
        for name, count in zip("ABCDEFGH", counts, strict=False)
        for k in range(count)
    ]
    return score(codebook, articles)


def compare(scored: ScoredText, stories: Stories | None = None, **fields: Any) -> Comparison:
    settings = {k: v for k, v in fields.items() if k in Settings.__dataclass_fields__}
    more = {k: v for k, v in fields.items() if k not in settings}
    return compare_groups(scored, stories or apart(scored), Settings(**settings), **more)


def names_of(scored: ScoredText, by: str) -> list[str]:
    return list(group_units(scored, by).members)


def articles_in(scored: ScoredText, by: str, name: str) -> list[str]:
    rows = group_units(scored, by).select(name)
    return [scored.articles[owner].name for owner in np.unique(scored.owners[rows])]


# Groups


def test_groups_stand_by_size_and_the_unknown_last(small_codebook: Codebook):
    articles = [facts(f"u{k}", outlet="unknown") for k in range(5)]
    articles += [facts("q", outlet="Quay"), facts("p1", outlet="Pier"), facts("p2", outlet="Pier")]
    scored = score(small_codebook, articles)
    grouping = group_units(scored, "outlet")
    assert list(grouping.members) == ["Pier", "Quay", "unknown"]
    assert grouping.known == ["Pier", "Quay"]


def test_copy_credited_to_two_agencies_counts_under_each(small_codebook: Codebook):
    articles = [
        facts("both", agencies=("Yonhap", "Kyodo")), facts("one", agencies=("Kyodo",)), facts("own")
    ]  # fmt: skip
    scored = score(small_codebook, articles)
    assert names_of(scored, "agency") == ["Kyodo", NO_AGENCY, "Yonhap"]
    assert articles_in(scored, "agency", "Kyodo") == ["both", "one"]
    assert articles_in(scored, "agency", "Yonhap") == ["both"]
    assert articles_in(scored, "agency", NO_AGENCY) == ["own"]


@pytest.mark.parametrize(
    ("day", "period", "name"),
    [
        pytest.param(date(2019, 7, 4), "day", "2019-07-04", id="day"),
        pytest.param(date(2019, 7, 4), "month", "2019-07", id="month"),
        pytest.param(date(2019, 7, 4), "week", "2019-W27", id="week"),
        pytest.param(date(2019, 12, 30), "week", "2020-W01", id="week-of-the-next-year"),
        pytest.param(date(2021, 1, 3), "week", "2020-W53", id="week-of-the-year-before"),
        pytest.param(None, "week", "unknown", id="no-date"),
    ],
)
def test_periods_are_named_so_that_names_sort(day: date | None, period: str, name: str):
    assert name_period(day, period) == name


def test_periods_stand_in_their_order(small_codebook: Codebook):
    days = [date(2020, 1, 6), date(2019, 12, 30), date(2019, 12, 29), date(2019, 12, 31), None]
    scored = score(small_codebook, [facts(f"a{k}", date=day) for k, day in enumerate(days)])
    assert names_of(scored, "week") == ["2019-W52", "2020-W01", "2020-W02", "unknown"]
    assert articles_in(scored, "week", "2020-W01") == ["a1", "a3"]


def test_speakers_are_groups_of_sentences(small_codebook: Codebook):
    scored = outlets(small_codebook, 3)
    grouping = group_units(scored, "speaker")
    assert grouping.labels == {"official": "Official", "narrator": "Reporter"}
    rows = grouping.select("official")
    assert (scored.speakers[rows] == small_codebook.speaker_ids.index("official")).all()


def test_countries_and_languages_have_names(small_codebook: Codebook):
    scored = score(small_codebook, [facts("a"), facts("b", country="JP", language="ja")])
    assert group_units(scored, "country").labels == {"JP": "Japan", "KR": "South Korea"}
    assert group_units(scored, "language").labels == {"en": "English", "ja": "Japanese"}


def test_a_group_that_is_not_there(small_codebook: Codebook):
    scored = score(
        small_codebook, [facts("a", outlet="Harbour Post"), facts("b", outlet="Quay Times")]
    )
    grouping = group_units(scored, "outlet")
    with pytest.raises(InputError, match="no outlet 'harbor post' .*; did you mean Harbour Post$"):
        grouping.select("harbor post")
    with pytest.raises(InputError, match="no outlet 'X' .*; there are Harbour Post, Quay Times$"):
        grouping.select("X")


def test_what_cannot_be_grouped_by(small_codebook: Codebook):
    scored = outlets(small_codebook, 2)
    with pytest.raises(ConfigError, match="cannot compare by 'colour'; choose from country, outle"):
        group_units(scored, "colour")
    with pytest.raises(InputError, match="no sentence has a speaker; score with a model whose"):
        group_units(replace(scored, speakers=np.zeros(0, np.intp)), "speaker")
    undated = replace(scored, articles=tuple(replace(a, date=None) for a in scored.articles))
    with pytest.raises(InputError, match="no article has a date: .* by month; give dates in front"):
        group_units(undated, "month")
    unknown = replace(
        scored, articles=tuple(replace(a, country="unknown") for a in scored.articles)
    )
    with pytest.raises(InputError, match="of no article the country is known; give it in front"):
        compare(unknown)


# Copies


def test_wire_copy_is_what_an_outlet_did_not_write(small_codebook: Codebook):
    articles = [
        facts("agency", outlet="Yonhap", agencies=("Yonhap",), kind="wire"),
        facts("abroad", outlet="Lakeside", kind="third_country_wire"),
        facts("credited", outlet="Pier", agencies=("Yonhap",)),
        facts("copied", outlet="Quay"),
        facts("own", outlet="Quay"),
        facts("twice", outlet="Quay"),
        facts("again", outlet="Quay"),
    ]
    wire = find_wire_copy(score(small_codebook, articles), tell(0, 1, 2, 1, 3, 4, 4))
    found = [article.name for article, is_wire in zip(articles, wire, strict=True) if is_wire]
    assert found == ["credited", "copied"]


@pytest.mark.parametrize(
    ("copies", "weights"),
    [("once", [1 / 2, 1 / 2, 1, 0]), ("each", [1, 1, 1, 0]), ("without", [1 / 2, 1 / 2, 0, 0])],
)
def test_copies_of_a_story_weigh(small_codebook: Codebook, copies: str, weights: list[float]):
    """Quay prints one story twice, and wire copy that Pier prints too."""
    articles = [facts("q1", outlet="Quay"), facts("q2", outlet="Quay")]
    articles += [facts("q3", outlet="Quay", agencies=("Kyodo",)), facts("p", outlet="Pier")]
    scored, stories = score(small_codebook, articles, units=2), tell(0, 0, 1, 1)
    members = group_units(scored, "outlet").select("Quay")
    wire = find_wire_copy(scored, stories)
    found = weigh_units(scored, stories, members, copies, wire)
    assert found.tolist() == np.repeat(weights, 2).tolist()
    with pytest.raises(
        ConfigError, match="copies 'never' cannot count; choose once, each, without"
    ):
        weigh_units(scored, stories, members, "never", wire)


def test_a_story_printed_often_counts_once(small_codebook: Codebook):
    scored = outlets(small_codebook, 6, 6)
    probabilities = scored.probabilities.copy()
    # Five of A's six articles are one story, all about money.
    probabilities[scored.owners < 5, 0] = 0.9
    probabilities[scored.owners == 5, 0] = 0.1
    scored = replace(scored, probabilities=probabilities)
    stories = tell(0, 0, 0, 0, 0, *range(1, 8))
    shares = {
        copies: compare(scored, stories, by="outlet", copies=copies)["groups"][0]
        for copies in ("once", "each")
    }
    assert shares["each"]["shares"]["money"]["estimate"] == pytest.approx(
        (5 * 0.9 + 0.1) / 6, abs=1e-4
    )
    assert shares["once"]["shares"]["money"]["estimate"] == pytest.approx(0.5)
    assert (shares["once"]["articles"], shares["once"]["stories"]) == (6, 2)


def test_a_difference_that_wire_copy_makes_goes_without_it(small_codebook: Codebook):
    articles = [facts(f"a{k}", outlet="A", agencies=("Kyodo",) if k < 6 else ()) for k in range(12)]
    articles += [facts(f"b{k}", outlet="B") for k in range(12)]
    scored = score(small_codebook, articles)
    probabilities = np.random.default_rng(1).uniform(0.2, 0.4, scored.probabilities.shape)
    probabilities[scored.owners < 6, 0] += 0.5
    difference = compare(replace(scored, probabilities=probabilities), by="outlet")["differences"][
        0
    ]
    assert difference["p_value"] < 0.05
    assert difference["difference"] == pytest.approx(0.25, abs=0.05)
    assert difference["without_copies"]["difference"] == pytest.approx(0, abs=0.05)
    assert difference["without_copies"]["p_value"] > 10 * difference["p_value"]


def test_copies_are_listed_with_their_least_likeness(small_codebook: Codebook):
    scored = outlets(small_codebook, 3, 2)
    stories = Stories(
        np.array([0, 1, 0, 0, 2]), (Copy(0, 2, 0.9), Copy(0, 3, 0.71234), Copy(2, 3, 0.8))
    )
    assert list_copies(scored, stories) == [{"articles": ["A0", "A2", "B0"], "contained": 0.7123}]


# Events


def test_events_weigh_alike_in_both_groups():
    events = np.array([0, 0, 0, 1, 1, 1, 2, -1])
    first = np.array([1.0, 1, 0, 1, 0, 0, 1, 1])
    second = np.array([0.0, 0, 1, 0, 0.5, 0.5, 0, 1])
    one, other, found = match_events(first, second, events)
    # Event 0: 2 and 1 units weigh 2/3; event 1: 1 and 1 weigh 1/2; event 2 has one group only.
    assert found == 2
    assert one == pytest.approx([1 / 3, 1 / 3, 0, 1 / 2, 0, 0, 0, 0])
    assert other == pytest.approx([0, 0, 2 / 3, 0, 1 / 4, 1 / 4, 0, 0])


def test_groups_without_a_common_event_match_nothing():
    one, other, found = match_events(np.array([1.0, 0]), np.array([0.0, 1]), np.array([0, 1]))
    assert (found, one.sum(), other.sum()) == (0, 0, 0)
    assert match_events(np.ones(2), np.ones(2), np.array([-1, -1]))[2] == 0


@pytest.mark.parametrize("within", ["event", "week", "month"])
def test_what_is_covered_is_not_taken_for_how(small_codebook: Codebook, within: str):
    """A writes much of one event and B of the other; on each they write alike."""
    articles = []
    for outlet, counts in (("A", (10, 4)), ("B", (4, 10))):
        for event, (count, day) in enumerate(zip(counts, (MONDAY, date(2019, 9, 2)), strict=True)):
            articles += [
                facts(f"{outlet}{event}{k}", outlet=outlet, event=f"event {event}", date=day)
                for k in range(count)
            ]
    scored = score(small_codebook, articles)
    generator = np.random.default_rng(2)
    of_event = np.array([article.event == "event 1" for article in articles])[scored.owners]
    probabilities = np.column_stack(
        [np.where(of_event, 0.8, 0.1), np.full(len(scored), 0.5)]
    ) + generator.uniform(-0.1, 0.1, scored.probabilities.shape)
    scored = replace(scored, probabilities=probabilities)
    money = compare(scored, by="outlet", within=within)["differences"][0]
    assert money["difference"] == pytest.approx(-0.3, abs=0.05)
    assert money["within_events"]["difference"] == pytest.approx(0, abs=0.05)
    assert (money["within_events"]["events"], money["within_events"]["units"]) == (2, len(scored))
    assert compare(scored, by="outlet", within="nothing")["differences"][0]["within_events"] is None


def test_events_that_copies_tie_together_are_one(small_codebook: Codebook):
    """A copy on Sunday and its original on Monday: two weeks that are not two observations."""
    days = (date(2019, 7, 7), date(2019, 7, 8), date(2019, 7, 15))
    articles = [
        facts(f"{outlet}{k}", outlet=outlet, date=day)
        for outlet in "AB"
        for k, day in enumerate(days)
    ]
    scored = score(small_codebook, articles)
    tied = Comparer(scored, tell(0, 0, 1, 2, 3, 4), Settings(by="outlet", within="week"))
    assert len(np.unique(tied._event_clusters)) == 2
    free = Comparer(scored, apart(scored), Settings(by="outlet", within="week"))
    assert len(np.unique(free._event_clusters)) == 3


# Pairs


def pairs_of(scored: ScoredText, **fields: Any) -> list[tuple[str, str]]:
    return Comparer(scored, apart(scored), Settings(**fields)).choose_pairs()


def test_all_pairs_of_up_to_five_groups_are_compared(small_codebook: Codebook):
    scored = outlets(small_codebook, 4, 3, 2, 1)
    assert pairs_of(scored, by="outlet") == [("A", "B"), ("A", "C"), ("B", "C")]


def test_each_of_more_groups_is_compared_with_all_others(small_codebook: Codebook):
    scored = outlets(small_codebook, 7, 6, 5, 4, 3, 2, 1)
    assert pairs_of(scored, by="outlet") == [(name, OTHERS) for name in "ABCDEF"]
    comparison = compare(scored, by="outlet")
    assert (
        "Each outlet is compared with all others together; name two by --pair."
        in comparison["notes"]
    )
    assert "One story each, not compared: G." in comparison["notes"]
    # The others are all known articles, those of one story among them.
    rest = scored.probabilities[scored.owners >= 7].mean(axis=0)
    assert comparison["differences"][0]["second_share"] == pytest.approx(rest[0], abs=1e-4)


def test_periods_are_compared_with_the_next(small_codebook: Codebook):
    days = [date(2019, 7, 1), date(2019, 7, 9), date(2019, 7, 20), date(2019, 9, 1)]
    articles = [facts(f"a{k}{n}", date=day) for k, day in enumerate(days) for n in range(2)]
    scored = score(small_codebook, articles)
    weeks = ["2019-W27", "2019-W28", "2019-W29", "2019-W35"]
    assert pairs_of(scored, by="week") == list(itertools.pairwise(weeks))
    comparison = compare(scored, by="week", within="event")
    assert all(difference["within_events"] is None for difference in comparison["differences"])


def test_pairs_asked_for(small_codebook: Codebook):
    scored = outlets(small_codebook, 4, 3, 2, 1)
    assert pairs_of(scored, by="outlet", pairs=(("C", "A"),)) == [("C", "A")]
    comparison = compare(scored, by="outlet", pairs=(("C", "A"),))
    assert [group["group"] for group in comparison["groups"]] == ["C", "A"]
    others = compare(scored, by="outlet", pairs=(("A", OTHERS),))
    assert {difference["second"] for difference in others["differences"]} == {OTHERS}
    for pair, message in (
        (("A", "A"), "'A' is compared with itself; name two groups"),
        (("A", "D"), r"outlet 'D' has one story: .*; there are A \(4\), B \(3\), C \(2\), D \(1\)"),
        (("A", "Z"), "no outlet 'Z' in the scores; there are A, B, C, D"),
    ):
        with pytest.raises(InputError, match=message):
            compare(scored, by="outlet", pairs=(pair,))


def test_fewer_than_two_groups(small_codebook: Codebook):
    scored = outlets(small_codebook, 4, 1)
    with pytest.raises(
        InputError,
        match=r"fewer than two groups by outlet have two stories or more: A \(4\), B \(1\)",
    ):
        compare(scored, by="outlet")
    shares = compare_groups(scored, apart(scored), Settings(by="outlet"), pairs=False)
    assert (len(shares["groups"]), shares["differences"]) == (2, [])
    assert shares["groups"][1]["shares"]["money"]["low"] is None


# Settings


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"by": "contry"}, "--by 'contry' is not known; did you mean country?"),
        ({"estimator": "mean"}, "--estimator 'mean' is not known; choose from count, probability"),
        ({"measure": "voice"}, "--of 'voice' is not known; did you mean voices?"),
        ({"copies": "never"}, "--copies 'never' is not known; choose from once, each, without"),
        ({"within": "year"}, "--within 'year' is not known; choose from week, month, event"),
        ({"measure": "voices"}, "--of voices needs to know whose; add --voice own, --voice quot"),
        ({"by": "speaker", "voices": ("official",)}, "--by speaker compares voices: it cannot be"),
    ],
)
def test_choices_there_are_not(fields: dict[str, Any], message: str):
    with pytest.raises(ConfigError, match=message.replace("?", r"\?")):
        Settings(**fields)


def test_voices_by_name(small_codebook: Codebook):
    assert name_voices(["own"], small_codebook) == ("narrator",)
    assert name_voices(["quoted", "official"], small_codebook) == ("official",)
    with pytest.raises(CodebookError, match="'oficial'.*official"):
        name_voices(["oficial"], small_codebook)
    voiceless = replace(small_codebook, default_speaker=None)
    with pytest.raises(ConfigError, match="the codebook names no voice of the outlet"):
        name_voices(["own"], voiceless)


# Summary


def rate(codebook: Codebook, hits: int, alpha: float | None) -> ErrorRates:
    """Rates of 30 articles in which so many of ten units with a frame are found."""
    outcomes = np.array([[[hits, 1, 10 - hits, 9]] * 2] * 30)
    alphas = {} if alpha is None else dict.fromkeys(codebook.frame_ids, alpha)
    return ErrorRates("m" * 16, "c", codebook.frame_ids, ("en",) * 30, outcomes, alphas)


@pytest.mark.parametrize(
    ("hits", "alpha", "tier", "warning"),
    [
        (10, 0.9, "A", None),
        (7, 0.9, "B", None),
        (3, 0.9, "C", "frame of tier C: the model or the coders are not reliable enough"),
        (10, 0.5, "C", "frame of tier C: the model or the coders are not reliable enough"),
        (10, None, "C", "frame of tier C: how far coders agree on it is not known"),
    ],
)
def test_tiers_say_how_far_a_frame_can_be_relied_on(
    small_codebook: Codebook, hits: int, alpha: float | None, tier: str, warning: str | None
):
    scored = outlets(small_codebook, 12, 12)
    comparison = compare(scored, by="outlet", rates=rate(small_codebook, hits, alpha))
    assert comparison["tiers"]["money"]["tier"] == tier
    assert comparison["differences"][0]["warnings"] == ([warning] if warning else [])


def test_tiers_are_not_known_without_error_rates(small_codebook: Codebook):
    comparison = compare(outlets(small_codebook, 3, 3), by="outlet")
    assert comparison["tiers"]["money"] == {"tier": None, "f1": None, "alpha": None}
    assert comparison["notes"][-1].startswith("No error rates of the model are at hand")


def test_error_rates_of_another_model_are_refused(small_codebook: Codebook):
    scored, rates = outlets(small_codebook, 3, 3), rate(small_codebook, 9, 0.9)
    with pytest.raises(InputError, match="the error rates are of model other, the scores of mmmm"):
        compare(scored, by="outlet", rates=replace(rates, model="other"))
    with pytest.raises(InputError, match="the error rates are of other frames; measure them"):
        compare(scored, by="outlet", rates=replace(rates, frames=("safety", "money")))


def test_few_stories_are_said_to_be_few(small_codebook: Codebook):
    comparison = compare(outlets(small_codebook, 10, 3), by="outlet")
    assert [group["few"] for group in comparison["groups"]] == [False, True]
    assert comparison["differences"][0]["warnings"] == ["B: 3 stories are few"]


def test_articles_of_which_it_is_not_known_are_said_to_be_left_out(small_codebook: Codebook):
    articles = [facts(f"{c}{k}", country=c) for c in ("KR", "JP", "unknown") for k in range(3)]
    comparison = compare(score(small_codebook, articles))
    assert "Of 3 articles the country is not known: they are not compared." in comparison["notes"]
    assert comparison["groups"][-1]["group"] == "unknown"
    assert {(d["first"], d["second"]) for d in comparison["differences"]} == {("JP", "KR")}


def test_speakers_are_said_to_be_the_models(small_codebook: Codebook):
    scored = outlets(small_codebook, 4, 4)
    note = "Speakers are those the model finds most probable: nothing corrects them."
    assert note in compare(scored, by="speaker")["notes"]
    assert note in compare(scored, by="outlet", voices=("narrator",))["notes"]
    assert note not in compare(scored, by="outlet")["notes"]


def test_p_values_are_corrected_by_hand():
    raw = np.array([0.04, 0.01, np.nan, 0.03, 0.005])
    assert correct_holm(raw) == pytest.approx([0.06, 0.03, np.nan, 0.06, 0.02], nan_ok=True)
    found = correct_false_discovery(raw)
    assert found == pytest.approx([0.04, 0.02, np.nan, 0.04, 0.02], nan_ok=True)
    assert correct_holm(np.array([0.6, 0.7])).tolist() == [1, 1]
    nothing = np.array([np.nan])
    for correct in (correct_holm, correct_false_discovery):
        assert np.isnan(correct(nothing)).all()
        assert correct(np.zeros(0)).size == 0


def test_p_values_are_corrected_over_all_frames_and_pairs(small_codebook: Codebook):
    comparison = compare(outlets(small_codebook, 6, 6, 6), by="outlet")
    differences = comparison["differences"]
    assert len(differences) == 6
    raw = np.array([difference["p_value"] for difference in differences])
    for key, correct in (("p_holm", correct_holm), ("p_bh", correct_false_discovery)):
        corrected = [difference[key] for difference in differences]
        assert corrected == pytest.approx(correct(raw), abs=1e-5)


def test_a_frame_that_is_nowhere_is_not_tested(small_codebook: Codebook):
    scored = outlets(small_codebook, 5, 5)
    probabilities, decisions = scored.probabilities.copy(), scored.decisions.copy()
    probabilities[:, 1], decisions[:, 1] = 0.0, False
    scored = replace(scored, probabilities=probabilities, decisions=decisions)
    for estimator in ("count", "probability"):
        comparison = compare(scored, by="outlet", estimator=estimator)
        money, safety = comparison["differences"]
        assert (safety["difference"], safety["effect"]) == (0, 0)
        assert safety["p_value"] is safety["low"] is safety["p_holm"] is None
        assert "no story differs from another: nothing can be tested" in safety["warnings"]
        # It does not count among the tests that are corrected for.
        assert money["p_holm"] == money["p_value"]
        share = comparison["groups"][0]["shares"]["safety"]
        assert (share["estimate"], share["low"]) == (0, 0)
        assert 0 < share["high"] < 0.5


def test_shares_of_groups_are_weighted_means(small_codebook: Codebook):
    scored = outlets(small_codebook, 4, 4)
    mean = scored.probabilities[scored.owners < 4].mean(axis=0)
    group = compare(scored, by="outlet")["groups"][0]
    assert group["shares"]["money"]["estimate"] == pytest.approx(mean[0], abs=1e-4)
    counted = compare(scored, by="outlet", estimator="count")["groups"][0]
    told = scored.decisions[scored.owners < 4].mean(axis=0)
    assert counted["shares"]["safety"]["estimate"] == pytest.approx(told[1], abs=1e-4)
    own = scored.speakers == small_codebook.speaker_ids.index("narrator")
    limited = compare(scored, by="outlet", voices=("narrator",))["groups"][0]
    mean = scored.probabilities[(scored.owners < 4) & own].mean(axis=0)
    assert limited["shares"]["money"]["estimate"] == pytest.approx(mean[0], abs=1e-4)


def test_mix_and_voices_add_up(small_codebook: Codebook):
    scored = outlets(small_codebook, 4, 4)
    comparer = Comparer(scored, apart(scored), Settings(by="outlet"))
    mix = measure_mix(comparer, ["A", "B"])
    assert sum(mix["A"].values()) == pytest.approx(1)
    voices = measure_voices(comparer, ["A"])["A"]["money"]
    assert sum(share["estimate"] for share in voices.values()) == pytest.approx(1, abs=1e-3)
    silent = replace(
        scored, decisions=np.zeros_like(scored.decisions), speakers=np.zeros(0, np.intp)
    )
    comparer = Comparer(silent, apart(scored), Settings(by="outlet"))
    assert set(measure_mix(comparer, ["A"])["A"].values()) == {0}
    assert measure_voices(comparer, ["A"]) == {}


def test_the_order_of_articles_changes_no_figure(small_codebook: Codebook):
    scored, stories = outlets(small_codebook, 6, 5, 4), tell(0, 1, 1, *range(2, 13), 2)
    order = np.random.default_rng(3).permutation(len(scored.articles))
    rows = np.concatenate([np.flatnonzero(scored.owners == article) for article in order])
    shuffled = replace(
        scored,
        articles=tuple(scored.articles[article] for article in order),
        owners=np.repeat(np.arange(len(order)), 6),
        spans=scored.spans[rows],
        texts=tuple(scored.texts[row] for row in rows),
        probabilities=scored.probabilities[rows],
        decisions=scored.decisions[rows],
        speakers=scored.speakers[rows],
    )
    renamed = np.unique(stories.clusters[order], return_inverse=True)[1]
    for by in ("outlet", "day", "speaker"):
        one = compare(scored, stories, by=by)
        other = compare(shuffled, tell(*renamed), by=by)
        assert one["groups"] == other["groups"]
        assert one["differences"] == other["differences"]
        assert one["scores"] == other["scores"]
    assert digest_scores(scored) != digest_scores(outlets(small_codebook, 6, 5, 3))


# Coded samples


def code_units(scored: ScoredText, rows: list[int], **fields: Any) -> list[Code]:
    return [
        Code(
            article=scored.articles[scored.owners[row]].name,
            start=int(scored.spans[row, 1]),
            end=int(scored.spans[row, 2]),
            sha1=digest_text(scored.texts[row]),
            frames=("money",) if row % 3 == 0 else (),
            speaker="official",
            **fields,
        )
        for row in rows
    ]


def sample_units(scored: ScoredText, rows: list[int], **fields: Any) -> list[SampledUnit]:
    about = {
        "design": "random", "sampled": "unit", "seed": 0, "n": len(rows),
        "population": len(scored), "stratum_n": len(rows), "stratum_population": len(scored),
    }  # fmt: skip
    return [
        SampledUnit(
            article=code.article, unit=0, start=code.start, end=code.end, sha1=code.sha1, text=None,
            stratum="all", inclusion_probability=len(rows) / len(scored), **{**about, **fields},
        )
        for code in code_units(scored, rows)
    ]  # fmt: skip


def test_codes_of_every_unit_need_no_chances(small_codebook: Codebook):
    scored = outlets(small_codebook, 4, 4)
    rows = list(range(len(scored)))
    coded = join_sample(scored, code_units(scored, rows[::-1]), None)
    assert sorted(coded.rows) == rows
    comparison = compare(scored, by="outlet", estimator="rectified", coded=coded)
    share = comparison["groups"][0]["shares"]["money"]
    assert share["estimate"] == pytest.approx(1 / 3, abs=1e-4)
    assert comparison["coded_units"] == len(scored)
    with pytest.raises(
        InputError, match="47 of 48 scored units are coded, and nothing says by what"
    ):
        join_sample(scored, code_units(scored, rows[1:]), None)


def test_a_sample_weighs_by_its_chances(small_codebook: Codebook):
    scored = outlets(small_codebook, 4, 4)
    rows = list(range(0, 48, 2))
    codes = code_units(scored, rows)
    codes[0] = replace(codes[0], frames=(), speaker=None, furniture=True)
    coded = join_sample(scored, codes, sample_units(scored, rows))
    assert coded.rows.tolist() == rows
    assert coded.weights == pytest.approx(np.full(24, 2.0))
    assert coded.belongs.tolist() == [False] + [True] * 23
    assert coded.rectifies_speakers
    # Half of the sample left uncoded: what is coded stands for twice as many.
    half = join_sample(scored, codes[::2], sample_units(scored, rows))
    assert half.weights == pytest.approx(np.full(12, 4.0))


def test_codes_without_speakers_correct_none(small_codebook: Codebook):
    scored = outlets(small_codebook, 4, 4)
    rows = list(range(0, 48, 2))
    codes = [replace(code, speaker=None) for code in code_units(scored, rows)]
    coded = join_sample(scored, codes, sample_units(scored, rows))
    assert not coded.rectifies_speakers
    note = "Speakers are those the model finds most probable: nothing corrects them."
    settings = {"by": "outlet", "estimator": "rectified", "voices": ("narrator",)}
    assert note in compare(scored, coded=coded, **settings)["notes"]
    spoken = join_sample(scored, code_units(scored, rows), sample_units(scored, rows))
    assert note not in compare(scored, coded=spoken, **settings)["notes"]


def test_scores_of_models_that_did_not_learn_from_the_sample(small_codebook: Codebook):
    scored = outlets(small_codebook, 4, 4)
    rows = list(range(0, 48, 2))
    other = score(small_codebook, list(scored.articles), seed=9)
    coded = join_sample(
        scored, code_units(scored, rows), sample_units(scored, rows), cross_fitted=other
    )
    assert coded.probabilities is not None
    assert np.array_equal(coded.probabilities, other.probabilities[rows])
    with pytest.raises(
        InputError, match="B0: the unit at 2400-.* has no cross-fitted score; score"
    ):
        join_sample(
            scored, code_units(scored, rows), sample_units(scored, rows),
            cross_fitted=score(small_codebook, list(scored.articles[:4])),
        )  # fmt: skip


def test_codes_and_samples_of_other_text_are_refused(small_codebook: Codebook):
    scored = outlets(small_codebook, 4, 4)
    rows = list(range(0, 48, 2))
    codes, sample = code_units(scored, rows), sample_units(scored, rows)
    with pytest.raises(
        InputError, match="the sample was drawn out of 30 sentences, the scores hold 48; give the"
    ):
        join_sample(scored, codes, sample_units(scored, rows, population=30))
    with pytest.raises(
        InputError, match="the sample was drawn out of 7 articles, the scores hold 8"
    ):
        join_sample(scored, codes, sample_units(scored, rows, population=7, sampled="article"))
    other = replace(codes[3], article="Z9")
    drawn = replace(sample[3], article="Z9")
    with pytest.raises(InputError, match="Z9: the coded unit at 600-.* is not among the scored"):
        join_sample(scored, [other], [*sample[:3], drawn])
    texts = ("Another sentence altogether.", *scored.texts[1:])
    with pytest.raises(InputError, match="A0: text at 0-.* has changed since it was coded; score"):
        join_sample(replace(scored, texts=texts), codes, sample)
    with pytest.raises(InputError, match="codes are of several coders: gold, kim; choose one"):
        join_sample(scored, [*codes, replace(codes[0], coder="kim")], None)


def test_a_group_without_coded_units_does_not_stop_the_others(small_codebook: Codebook):
    scored = outlets(small_codebook, 4, 4, 3, 2)
    rows = [*range(0, 48, 2), 50]
    coded = join_sample(scored, code_units(scored, rows), sample_units(scored, rows))
    comparison = compare(scored, by="outlet", estimator="rectified", coded=coded)
    assert {(d["first"], d["second"]) for d in comparison["differences"]} == {("A", "B")}
    assert comparison["groups"][3]["shares"]["money"] == {
        "estimate": None, "low": None, "high": None
    }  # fmt: skip
    assert "Fewer than two coded stories, not compared: C, D." in comparison["notes"]
    with pytest.raises(
        InputError, match=r"outlet 'C' has fewer than two coded stories; .* C \(1\), D \(0\)"
    ):
        compare(scored, by="outlet", estimator="rectified", coded=coded, pairs=(("A", "C"),))
    comparer = Comparer(
        scored, apart(scored), Settings(by="outlet", estimator="rectified"), coded=coded
    )
    voices = measure_voices(comparer, ["D"])["D"]["money"]
    assert {share["estimate"] for share in voices.values()} == {None}


def test_rectified_needs_a_coded_sample(small_codebook: Codebook):
    with pytest.raises(InputError, match="`rectified` needs a coded random sample"):
        compare(outlets(small_codebook, 3, 3), by="outlet", estimator="rectified")


# Tables


@pytest.fixture
def hostile(small_codebook: Codebook) -> Comparison:
    names = ("=HYPERLINK(1)", "日報「港」|x", "+82")
    articles = [facts(f"{n}{k}", outlet=name) for n, name in enumerate(names) for k in range(3)]
    articles += [facts("alone", outlet="@one")]
    return compare(score(small_codebook, articles), by="outlet")


def test_files_hold_the_same_figures(hostile: Comparison, tmp_path: Path):
    import pyarrow.parquet as pq

    for ending in ("json", "csv", "parquet"):
        write_comparison(tmp_path / f"c.{ending}", hostile)
    assert json.loads((tmp_path / "c.json").read_text(encoding="utf-8")) == hostile
    rows = pq.read_table(tmp_path / "c.parquet").to_pylist()
    shares = [row for row in rows if row["row"] == "share"]
    assert len(rows) == len(list_share_rows(hostile)) + len(list_difference_rows(hostile))
    expected = [
        (group["group"], frame, share["estimate"], share["low"], share["high"])
        for group in hostile["groups"]
        for frame, share in group["shares"].items()
    ]
    keys = ("group", "frame", "share", "share_low", "share_high")
    assert [tuple(row[key] for key in keys) for row in shares] == expected
    differences = [row for row in rows if row["row"] == "difference"]
    for row, difference in zip(differences, hostile["differences"], strict=True):
        for key in ("first", "second", "frame", "difference", "low", "high", "p_value", "p_holm"):
            assert row[key] == difference[key]
        assert row["warnings"] == "; ".join(difference["warnings"])
        assert row["within_events_p_value"] is None or row["events"] > 1
    with (tmp_path / "c.csv").open(encoding="utf-8", newline="") as stream:
        cells = list(csv.DictReader(stream))
    assert len(cells) == len(rows)
    for cell, row in zip(cells, rows, strict=True):
        for key in ("share", "difference", "p_value", "without_copies_low", "articles"):
            assert cell[key] == ("" if row[key] is None else str(row[key]))


def test_no_cell_of_a_csv_is_a_formula(hostile: Comparison):
    text = render_comparison(hostile, "csv")
    for row in csv.DictReader(text.splitlines()):
        for name in ("group", "label", "first", "second"):
            assert not row[name].startswith(("=", "+", "@"))
    assert "'=HYPERLINK(1)" in text


def test_every_row_says_how_it_was_made(hostile: Comparison):
    for row in list_share_rows(hostile) + list_difference_rows(hostile):
        assert (row["by"], row["estimator"], row["copies"]) == ("outlet", "probability", "once")
        assert row["model"] == "m" * 16


def test_markdown_has_a_line_for_each_group_and_difference(hostile: Comparison):
    text = render_comparison(hostile, "markdown")
    assert "| 日報「港」\\|x | 3/3/18 |" in text
    lines = text.splitlines()
    tables = [line for line in lines if line.startswith("|")]
    assert len(tables) == 2 * 2 + len(hostile["groups"]) + len(hostile["differences"])
    assert json.loads(render_comparison(hostile, "json")) == hostile


def test_other_endings_are_refused(hostile: Comparison, tmp_path: Path):
    with pytest.raises(OutputError, match="end the name in one of: .json, .csv, .parquet"):
        write_comparison(tmp_path / "c.xlsx", hostile)


def test_figures_are_written_in_per_cent_and_points():
    assert format_share({"estimate": 0.306, "low": 0.244, "high": 0.381}) == "31 (24 to 38)"
    assert format_share({"estimate": 0.306, "low": None, "high": None}) == "31"
    assert format_share({"estimate": None, "low": None, "high": None}) == "-"
    test = {"difference": 0.07, "low": -0.012, "high": 0.15, "p_value": 0.2}
    assert format_difference(test) == "+7 (-1 to +15)"
    assert format_difference({**test, "low": None, "high": None}) == "+7"
    assert format_difference({**test, "difference": None}) == format_difference(None) == "-"
    values = [None, 0.0004, 0.034, 0.9996, 1.0]
    assert [format_p_value(p) for p in values] == ["-", "<.001", ".034", "1.000", "1.000"]


# Score files


def record(book: Codebook, name: str = "a.txt", **fields: Any) -> dict[str, Any]:
    text = "The fee doubled."
    sentence = {
        "unit": 0, "start": 0, "end": len(text), "text": text, "frames": ["money"],
        "probabilities": {"safety": 0.25, "money": 0.75}, "speaker": "narrator",
    }  # fmt: skip
    known = {
        "level": "article", "group": name, "outlet": "Pier", "agencies": ["Kyodo"],
        "date": "2019-07-04", "model": "m1", "codebook": book.digest, "sentences": [sentence],
    }  # fmt: skip
    return {**known, **fields}


def write_scores(path: Path, *records: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(one) + "\n" for one in records), encoding="utf-8")
    return path


def test_score_files_are_read_as_arrays(small_codebook: Codebook, tmp_path: Path):
    paths = [
        write_scores(tmp_path / "1.jsonl", record(small_codebook), {"level": "outlet"}),
        write_scores(tmp_path / "2.jsonl", record(small_codebook, "b.txt", outlet=None, event="e")),
    ]
    scored = read_scored_text(paths, small_codebook)
    assert scored.probabilities.tolist() == [[0.75, 0.25]] * 2  # by the codebook, not by the file
    assert scored.decisions.tolist() == [[True, False]] * 2
    assert [small_codebook.speaker_ids[k] for k in scored.speakers] == ["narrator"] * 2
    first, second = scored.articles
    assert (first.outlet, first.agencies, first.date) == ("Pier", ("Kyodo",), date(2019, 7, 4))
    assert (second.outlet, second.event, second.country) == ("unknown", "e", "unknown")
    assert scored.article_text(1) == "The fee doubled."


def test_scores_without_speakers_have_none(small_codebook: Codebook, tmp_path: Path):
    one = record(small_codebook)
    one["sentences"][0].pop("speaker")
    assert (
        read_scored_text([write_scores(tmp_path / "s.jsonl", one)], small_codebook).speakers.size
        == 0
    )


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"model": "m2"}, "row 2: scores are of model m2, those before of m1; score all articles"),
        ({"codebook": "x"}, "row 2: scores are of codebook x, not of .* with one model and one"),
        ({"group": "a.txt"}, "row 2: a.txt stands twice; give each article once"),
        ({"date": "July"}, "row 2: b.txt: `date` is no date: 'July'; as in 2019-07-04"),
        ({"agencies": "Kyodo"}, "row 2: b.txt: `agencies` is not a list of names"),
        ({"outlet": 5}, "row 2: b.txt: `outlet` has the wrong type: 5"),
        ({"sentences": None}, "row 2: b.txt: holds no sentences; score with sentences: framing"),
    ],
)
def test_scores_that_cannot_be_compared(
    small_codebook: Codebook, tmp_path: Path, fields: dict[str, Any], message: str
):
    path = write_scores(
        tmp_path / "s.jsonl", record(small_codebook), record(small_codebook, "b.txt", **fields)
    )
    with pytest.raises((InputError, CodebookError), match=message):
        read_scored_text([path], small_codebook)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"frames": ["munny"]}, "munny.*money"),
        ({"frames": None}, "a.txt: a sentence has no `frames`"),
        ({"speaker": "nobody"}, "nobody.*official"),
        (
            {"probabilities": {"money": 0.5}},
            "probabilities are of money; the codebook has money, s",
        ),
        ({"probabilities": {"money": 1.5, "safety": 0}}, "probability of money is 1.5, not a numb"),
    ],
)
def test_sentences_that_scoring_does_not_write(
    small_codebook: Codebook, tmp_path: Path, fields: dict[str, Any], message: str
):
    one = record(small_codebook)
    one["sentences"][0] |= fields
    with pytest.raises((InputError, CodebookError), match=message):
        read_scored_text([write_scores(tmp_path / "s.jsonl", one)], small_codebook)


def test_a_file_without_articles(small_codebook: Codebook, tmp_path: Path):
    path = write_scores(tmp_path / "s.jsonl", {"level": "outlet"})
    with pytest.raises(InputError, match="holds no scored article; score with sentences"):
        read_scored_text([path], small_codebook)
    with pytest.raises(InputError, match="no file of scores is given"):
        read_scored_text([], small_codebook)
