"""Splitting: invariants on any text, awkward sentences by language, floors of accuracy, speed."""

from __future__ import annotations

import importlib.util
import time
import unicodedata
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framing.articles.furniture import find_furniture
from framing.segmentation import Unit, split_units
from framing.segmentation.lines import BLANK

LANGUAGES = ("en", "ko", "ja")


def _load_gold() -> ModuleType:
    path = Path(__file__).parents[1] / "experiments" / "segmentation" / "gold.py"
    spec = importlib.util.spec_from_file_location("segmentation_gold", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


gold = _load_gold()


def units_of(text: str, language: str = "en") -> list[str]:
    return [unit.text for unit in split_units(text, language)]


def check_invariants(text: str, units: list[Unit], removed: list[tuple[int, int]]) -> None:
    covered = [False] * len(text)
    for start, end in removed:
        covered[start:end] = [True] * (min(end, len(text)) - min(start, len(text)))
    at = 0
    for index, unit in enumerate(units):
        assert unit.index == index
        assert text[unit.start : unit.end] == unit.text
        assert unit.text.strip(BLANK) == unit.text != ""
        assert unit.start >= at
        assert not any(covered[unit.start : unit.end])
        covered[unit.start : unit.end] = [True] * len(unit.text)
        at = unit.end
    assert all(done or char in BLANK for char, done in zip(text, covered, strict=True))


AWKWARD = st.text(
    alphabet=st.one_of(
        st.sampled_from(
            [
                *list(".!?…。！？「」『』（）()[]“”‘’\"' \n\t\r\u3000\xa0\u200b\ufeff\u202e\u200f"),
                "다",
                "요",
                "고",
                "라",
                "と",
                "日",
                "A",
                "S",
                "a",
                "1",
                "�",
                "😀",
                "ᄃ",
                "ᅡ",
            ]
        ),
        st.characters(),
    ),
    max_size=120,
)


@settings(max_examples=300, deadline=None)
@given(
    AWKWARD,
    st.sampled_from((*LANGUAGES, "de")),
    st.lists(st.tuples(st.integers(0, 130), st.integers(0, 20)), max_size=3),
)
def test_any_text_keeps_the_invariants(
    text: str, language: str, cuts: list[tuple[int, int]]
) -> None:
    removed = [(start, start + length) for start, length in cuts]
    check_invariants(text, split_units(text, language, removed=removed), removed)


@settings(max_examples=50, deadline=None)
@given(AWKWARD, st.sampled_from(LANGUAGES))
def test_furniture_and_units_share_a_page(text: str, language: str) -> None:
    removals = find_furniture(text, language)
    removed = [(removal.start, removal.end) for removal in removals]
    check_invariants(text, split_units(text, language, removed=removed), removed)


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        pytest.param("en", "S. Korea met. U.S. envoys left.", ["S. Korea met.", "U.S. envoys left."], id="initial-and-acronym"),
        pytest.param("en", "It ended on Sept. 30. The rest waited.", ["It ended on Sept. 30.", "The rest waited."], id="month"),
        pytest.param("en", '"Is it over?" he said.', ['"Is it over?" he said.'], id="attribution-after-question"),
        pytest.param("en", "“It is. It was,” he said.", ["“It is.", "It was,” he said."], id="quote-of-two-sentences"),
        pytest.param("en", "They left. (Harbor Wire)", ["They left. (Harbor Wire)"], id="credit-stays"),
        pytest.param("en", "They left. (……..) It rained.", ["They left. (……..)", "It rained."], id="elision-stays"),
        pytest.param("en", "They declared it.By Friday it was law.", ["They declared it.", "By Friday it was law."], id="missing-space"),
        pytest.param("en", "See trade.example.org for No. 3 at 9 a.m. Friday.", ["See trade.example.org for No. 3 at 9 a.m. Friday."], id="domain-number-hour"),
        pytest.param("en", "Why now? Curbs explained", ["Why now? Curbs explained"], id="headline-with-question"),
        pytest.param("en", "A\r\nB", ["A", "B"], id="crlf"),
        pytest.param("ko", "그는 “끝났다. 간다.”고 했다. 모두 웃었다.", ["그는 “끝났다. 간다.”고 했다.", "모두 웃었다."], id="embedded-quote"),
        pytest.param("ko", "“끝났습니다.”\n다음", ["“끝났습니다.”", "다음"], id="closing-quote"),
        pytest.param("ko", "[앵커] 시작합니다. [기자] 네.", ["[앵커] 시작합니다.", "[기자] 네."], id="glued-tags"),
        pytest.param("ko", "7.4. 시행해 1.5% 줄었다. 끝이다.", ["7.4. 시행해 1.5% 줄었다.", "끝이다."], id="date-and-decimal"),
        pytest.param("ko", "응하지 않았다.그러나 남았다", ["응하지 않았다.", "그러나 남았다"], id="missing-space-no-stop"),
        pytest.param("ko", unicodedata.normalize("NFD", "“끝났다.” 라고 했다. 갔다."), [unicodedata.normalize("NFD", part) for part in ("“끝났다.” 라고 했다.", "갔다.")], id="decomposed"),
        pytest.param("ja", "「協議ではない。説明だ。」と述べた。次だ。", ["「協議ではない。説明だ。」と述べた。", "次だ。"], id="embedded-quote"),
        pytest.param("ja", "「協議ではない。」\n「説明だ。」", ["「協議ではない。」", "「説明だ。」"], id="quote-alone"),
        pytest.param("ja", "終わった。（共同）次だ。", ["終わった。（共同）", "次だ。"], id="credit-stays"),
        pytest.param("ja", "本当か？！　違う。", ["本当か？！", "違う。"], id="full-width-marks"),
        pytest.param("ja", "▽一日　発表。\n▽四日　施行。", ["▽一日　発表。", "▽四日　施行。"], id="list"),
        pytest.param("xx", "One. Two.", ["One.", "Two."], id="unknown-language"),
    ],
)  # fmt: skip
def test_awkward_sentences(language: str, text: str, expected: list[str]) -> None:
    assert units_of(text, language) == expected


def test_lines_wrapped_at_a_width_are_joined() -> None:
    text = "The bureau said it had not slighted the guests and that the\nroom was free."
    assert units_of(text) == [text]


def test_a_title_over_a_lower_case_line_is_not_joined() -> None:
    assert units_of("LATEST NEWS\nsubscribe") == ["LATEST NEWS", "subscribe"]


def test_a_removed_span_ends_a_unit() -> None:
    text = "It ended AD and began."
    assert [unit.text for unit in split_units(text, "en", removed=[(9, 11)])] == [
        "It ended",
        "and began.",
    ]


@pytest.mark.parametrize("text", ["", " \n\u3000\u200b\ufeff\n"])
def test_blank_text_has_no_units(text: str) -> None:
    assert split_units(text, "ja") == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("part", ["dev", "heldout"])
def test_authored_sentences_stay_above_the_floor(language: str, part: str) -> None:
    right = found = wanted = 0
    for passage in gold.read_sentences(language, part):
        spans = {(unit.start, unit.end) for unit in split_units(passage.text, language)}
        right += len(spans & set(passage.spans))
        found += len(spans)
        wanted += len(passage.spans)
    assert wanted >= 60
    assert 2 * right / (found + wanted) >= (1.0 if part == "dev" else 0.9)


def test_real_articles_end_to_end() -> None:
    articles = gold.read_articles()
    if not articles:
        pytest.skip("the real articles (../shared/articles) are not beside this checkout")
    right = found = wanted = 0
    for article in articles:
        removed = [(part.start, part.end) for part in find_furniture(article.text, "en")]
        spans = {(u.start, u.end) for u in split_units(article.text, "en", removed=removed)}
        right += len(spans & set(article.spans))
        found += len(spans)
        wanted += len(article.spans)
    assert 2 * right / (found + wanted) >= 0.98


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "piece",
    ["a", "“", '"', "「", "A. ", ". ) ", "“다.” ", "「。」", "... ", "a\n", "1. ", "(a ", "'a "],
)
def test_time_grows_with_length_only(language: str, piece: str) -> None:
    text = piece * (100_000 // len(piece))
    started = time.perf_counter()
    split_units(text, language)
    assert time.perf_counter() - started < 3  # about 0.1 s; a quadratic rule takes minutes
