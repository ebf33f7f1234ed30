"""Splits: groups stay whole, draws do not depend on order, near-duplicates are found."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framing.errors import ConfigError
from framing.splits import assign_test, find_near_duplicates, iterate_folds

GROUPS = {f"{language}-{n}": language for language in ("en", "ko", "ja") for n in range(20)}


def test_each_language_gives_its_share():
    held = assign_test(GROUPS, 0.25, salt="x")
    for language in ("en", "ko", "ja"):
        assert sum(name.startswith(language) for name in held) == 5


def test_draw_does_not_depend_on_order():
    names = list(GROUPS)
    random.Random(0).shuffle(names)
    shuffled = {name: GROUPS[name] for name in names}
    assert assign_test(GROUPS, 0.25, salt="x") == assign_test(shuffled, 0.25, salt="x")


def test_another_salt_draws_others():
    assert assign_test(GROUPS, 0.25, salt="x") != assign_test(GROUPS, 0.25, salt="y")


@pytest.mark.parametrize("share", [0.01, 0.99])
def test_both_sides_keep_at_least_one(share: float):
    held = assign_test({"a": "en", "b": "en"}, share, salt="")
    assert len(held) == 1


def test_one_story_cluster_cannot_be_split():
    with pytest.raises(ConfigError, match="'en' has one story cluster only"):
        assign_test({"a": "en", "b": "ko", "c": "ko"}, 0.5, salt="")


def test_share_must_be_a_proportion():
    with pytest.raises(ConfigError, match="must lie between 0 and 1"):
        assign_test(GROUPS, 1.0, salt="")


@given(st.lists(st.integers(0, 9), min_size=30, max_size=60), st.integers(0, 5))
def test_no_group_stands_on_both_sides_of_a_fold(numbers: list[int], seed: int):
    groups = [f"g{n}" for n in [*range(5), *numbers]]
    held_out = []
    for train, held in iterate_folds(groups, 5, seed=seed):
        assert not {groups[i] for i in train} & {groups[i] for i in held}
        assert len(train) + len(held) == len(groups)
        held_out.extend(held.tolist())
    assert sorted(held_out) == list(range(len(groups)))


def test_fewer_groups_than_folds():
    with pytest.raises(ConfigError, match="2 story clusters cannot be cut into 5 folds"):
        next(iterate_folds(["a", "b"], 5, seed=0))


@pytest.mark.parametrize(
    ("left", "right", "found"),
    [
        pytest.param("The port closed on Monday.", "The port  closed on monday.", True, id="case-space"),
        pytest.param("항구가 월요일에 문을 닫았다.", "항구가 화요일에 문을 닫았다.", False, id="ko-one-syllable"),
        pytest.param("港は月曜日の朝に閉鎖されたと港湾局が昨夜の会見で発表した。", "港は月曜日の朝に閉鎖された、と港湾局が昨夜の会見で発表した。", True,
                     id="ja-comma"),
        pytest.param("Gulls sat on the wall.", "The mayor resigned.", False, id="different"),
        pytest.param("", "", True, id="empty"),
    ],
)  # fmt: skip
def test_near_duplicates(left: str, right: str, found: bool):
    assert bool(find_near_duplicates([left], [right])) is found


def test_near_duplicates_are_ranked():
    pairs = find_near_duplicates(["abcdefghij"], ["abcdefghiX", "abcdefghij"], threshold=0.5)
    assert (pairs[0].right, pairs[0].similarity) == (1, 1.0)
