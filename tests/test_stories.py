"""Stories: copies are found however they were cut or dressed, and independent articles stay apart."""

from __future__ import annotations

import itertools
import string
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from framing.articles.article import Article
from framing.articles.reading import read_articles
from framing.errors import InputError
from framing.stories import Stories, find_stories, normalise_wording
from tests.conftest import ROOT

LANGUAGES = ("en", "ko", "ja")
SIGNATURES = {
    "en": "Reporting by the Seoul bureau. Copyright Mapo Dispatch. No reproduction without consent.",
    "ko": "새길신문 국제부 desk@saegil.example 저작권자 새길신문 무단 전재 및 재배포를 금지합니다",
    "ja": "東都日報ソウル支局 無断転載・複製を禁じます この記事へのご意見は編集局までお寄せください",
}
LEADS = {
    "en": "Our Tokyo correspondent followed the day; the news agency's report reads as follows.\n\n",
    "ko": "본지 도쿄 특파원이 현장을 지켜봤다. 통신이 전한 내용은 다음과 같다.\n\n",
    "ja": "本紙ソウル特派員が終日取材した。通信社が伝えた内容は次の通り。\n\n",
}
Change = Callable[[str, str, float, int], str]


@pytest.fixture(scope="module")
def articles() -> list[Article]:
    return list(read_articles([ROOT / "annotations" / "articles"]))


@pytest.fixture(scope="module")
def texts(articles: list[Article]) -> dict[str, list[str]]:
    """Authored texts by language."""
    by_language = defaultdict(list)
    for article in articles:
        by_language[article.language].append(article.text)
    return by_language


def contain(left: str, right: str) -> float:
    """Containment counted on the 5-grams themselves."""
    sets = [{text[i : i + 5] for i in range(len(text) - 4)} for text in (left, right)]
    return len(sets[0] & sets[1]) / min(map(len, sets))


def join(stories: Stories) -> list[tuple[int, int]]:
    return [(copy.left, copy.right) for copy in stories.copies]


@pytest.mark.parametrize("language", LANGUAGES)
def test_identical_copies_are_one_story(texts: dict[str, list[str]], language: str):
    first, second = texts[language][:2]
    stories = find_stories([first, second, first])
    assert stories.clusters.tolist() == [0, 1, 0]
    assert stories.clusters.dtype == np.intp
    assert [(c.left, c.right, c.contained) for c in stories.copies] == [(0, 2, 1.0)]
    assert stories.n_stories == 2
    assert stories.members() == [[0, 2]]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("share", [0.5, 0.4])
def test_copy_cut_to_its_first_part_is_found(
    texts: dict[str, list[str]], language: str, share: float
):
    text, other = texts[language][:2]
    stories = find_stories([text[: int(share * len(text))], other, text])
    assert join(stories) == [(0, 2)]
    assert stories.copies[0].contained == 1.0


@pytest.mark.parametrize("language", LANGUAGES)
def test_copy_with_a_lead_of_the_outlets_own_is_found(texts: dict[str, list[str]], language: str):
    text, other = texts[language][:2]
    copy = LEADS[language] + text[: len(text) * 2 // 3]
    stories = find_stories([other, text, copy])
    assert join(stories) == [(1, 2)]
    exact = contain(normalise_wording(text), normalise_wording(copy))
    assert stories.copies[0].contained == pytest.approx(exact)
    assert 0.6 < exact < 1


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda text: text.upper(), id="capitals"),
        pytest.param(lambda text: text.replace(" ", ""), id="no spaces"),
        pytest.param(lambda text: "\n".join(text), id="a line a character"),
        pytest.param(
            lambda text: "\u200f" + text.replace(" ", "\u200e \u202b"), id="direction marks"
        ),
        pytest.param(lambda text: text.replace("a", "a\u200b\ufe0f"), id="zero-width marks"),
        pytest.param(
            lambda text: text.translate({n: n + 0xFEE0 for n in range(0x21, 0x7F)}),
            id="full-width letters",
        ),
        pytest.param(lambda text: text.replace('"', "”").replace(".", "…"), id="other punctuation"),
        pytest.param(lambda text: "\ud800" + text, id="half a character"),
    ],
)
def test_how_a_text_is_set_does_not_count(
    texts: dict[str, list[str]], change: Callable[[str], str]
):
    text = texts["en"][0]
    assert find_stories([text, change(text)]).copies[0].contained == 1.0


def test_half_width_kana_and_decomposed_hangul_are_the_same_letters():
    assert normalise_wording("ガソリン・パイプ ①") == normalise_wording("ｶﾞｿﾘﾝ･ﾊﾟｲﾌﾟ1")
    assert normalise_wording("각료") == normalise_wording("\u1100\u1161\u11a8\u1105\u116d")
    assert normalise_wording("「。… ─ ▲ \u200f”") == ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_independent_articles_of_one_event_stay_apart(articles: list[Article], language: str):
    chosen = [article for article in articles if article.language == language]
    most = Counter(article.event for article in chosen).most_common(1)
    assert most[0][1] > 4
    stories = find_stories([article.text for article in chosen])
    assert stories.copies == ()
    assert stories.clusters.tolist() == list(range(len(chosen)))


def test_translations_are_no_copies(articles: list[Article]):
    sets = defaultdict(list)
    for article in articles:
        if article.parallel:
            sets[article.parallel].append(article.text)
    translated = list(itertools.chain.from_iterable(sets.values()))
    assert len(translated) > len(sets) > 1
    assert find_stories(translated).copies == ()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_signature_line_joins_nothing(texts: dict[str, list[str]], language: str):
    signature = SIGNATURES[language]
    short = [text[:130] for text in texts[language][:6]]
    signed = [f"{text}\n{signature}" for text in texts[language][:6] + short]
    stories = find_stories(signed)
    # The short ones are beginnings of the long ones, and too short to say so.
    assert stories.copies == ()


@pytest.mark.parametrize(
    ("pair", "joined"),
    [
        pytest.param(("Tokyo tightens export checks", "TOKYO TIGHTENS EXPORT CHECKS."), True, id="same headline"),
        pytest.param(("Tokyo tightens export checks", "Tokyo tightens export check"), False, id="almost the same headline"),
        pytest.param(("Tokyo reacts", "Tokyo reacts"), False, id="same two words"),
        pytest.param(("日本政府、半導体材料３品目の輸出管理を厳格化へ", "日本政府 半導体材料3品目の輸出管理を厳格化へ"), True, id="same Japanese headline"),
        pytest.param(("", ""), False, id="empty"),
        pytest.param(("\u200f \n", "▲ … "), False, id="nothing but marks"),
    ],
)  # fmt: skip
def test_very_short_texts_are_joined_only_if_the_same(pair: tuple[str, str], joined: bool):
    assert bool(find_stories(pair).copies) is joined


def test_headline_is_no_copy_of_its_article(texts: dict[str, list[str]]):
    text = texts["en"][0]
    assert find_stories([text.splitlines()[0], text, ""]).n_stories == 3


def test_nothing_is_no_story():
    stories = find_stories([])
    assert (stories.n_stories, stories.members(), stories.copies) == (0, [], ())
    assert stories.clusters.shape == (0,)


def test_100_kb_of_one_word_is_no_trouble(texts: dict[str, list[str]]):
    word, character = "economy " * 12_500, "ー" * 33_000
    stories = find_stories([word, character, word[:-8], texts["en"][0], word, "a" * 100_000])
    assert join(stories) == [(0, 4)]


def test_100_kb_of_many_words_is_no_trouble(texts: dict[str, list[str]]):
    letters = np.random.default_rng(3).choice(list(string.ascii_lowercase), size=100_000)
    long = "".join(letters)
    assert join(find_stories([long, long[:40_000], texts["en"][0]])) == [(0, 1)]


def test_chain_of_copies_is_one_story(texts: dict[str, list[str]]):
    first, second, third = texts["ko"][:3]
    stories = find_stories([first, third, first + "\n" + second, second])
    assert stories.clusters.tolist() == [0, 1, 0, 0]
    assert stories.members() == [[0, 2, 3]]
    assert stories.n_stories == 2
    assert set(join(stories)) == {(0, 2), (2, 3)}


def test_most_alike_first(texts: dict[str, list[str]]):
    text, other, another = texts["en"][:3]
    middle = text[: len(text) * 3 // 4] + other[: len(text) // 4]
    stories = find_stories([middle, another, text, text])
    assert join(stories) == [(2, 3), (0, 2), (0, 3)]
    shares = [copy.contained for copy in stories.copies]
    assert shares == sorted(shares, reverse=True)
    assert shares[1] == shares[2] < 1


def test_order_changes_only_the_numbers(texts: dict[str, list[str]]):
    given = [text for language in LANGUAGES for text in texts[language][:8]]
    given += [text[: len(text) // 2] for text in given[::3]] + given[:4] + ["", "Short", "Short"]
    expected = find_stories(given)
    assert find_stories(given).copies == expected.copies
    for seed in range(3):
        order = np.random.default_rng(seed).permutation(len(given))
        stories = find_stories([given[i] for i in order])
        back = {
            (*sorted((int(order[c.left]), int(order[c.right]))), c.contained)
            for c in stories.copies
        }
        assert back == {(c.left, c.right, c.contained) for c in expected.copies}
        assert {frozenset(order[members].tolist()) for members in stories.members()} == {
            frozenset(members) for members in expected.members()
        }
        first = [stories.clusters.tolist().index(n) for n in range(stories.n_stories)]
        assert first == sorted(first)


def test_another_seed_finds_the_same_plain_copies(texts: dict[str, list[str]]):
    given = [*texts["ja"][:5], texts["ja"][0][:400]]
    assert find_stories(given, seed=7).copies == find_stories(given).copies != ()


@pytest.mark.parametrize("threshold", [0, -0.1, 1.01, float("nan")])
def test_threshold_out_of_bounds(threshold: float):
    with pytest.raises(InputError, match="threshold .* must lie above 0 and not above 1"):
        find_stories(["a"], threshold=threshold)


def test_threshold_of_one_asks_for_all_of_the_shorter_text(texts: dict[str, list[str]]):
    text, other = texts["ko"][:2]
    half = text[: len(text) // 2]
    assert join(find_stories([text, half, other + half[:300]], threshold=1)) == [(0, 1)]


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_seed_out_of_bounds(seed: int):
    with pytest.raises(InputError, match="seed .* must lie between 0 and 4294967295"):
        find_stories(["a"], seed=seed)


def rework_throughout(story: str, _: str, kept: float, seed: int) -> str:
    """Exchange bursts of one to five letters, everywhere."""
    generator = np.random.default_rng(seed)
    letters = list(story)
    for _n in range(int((1 - kept) * len(letters) / 7)):
        start = int(generator.integers(len(letters) - 5))
        length = int(generator.integers(1, 6))
        letters[start : start + length] = generator.choice(letters, size=length).tolist()
    return "".join(letters)


def add_own_text(story: str, other: str, kept: float, _: int) -> str:
    """Keep the beginning, and put as much of another article before it as was cut."""
    length = int(kept * len(story))
    return other[: len(story) - length] + story[:length]


def exchange_pieces(story: str, other: str, kept: float, seed: int) -> str:
    """Exchange half sentences for pieces of other articles."""
    starts = range(0, len(story), 25)
    own = np.random.default_rng(seed).permutation(len(starts)) < kept * len(starts)
    return "".join(
        (story if whose else other)[start : start + 25]
        for start, whose in zip(starts, own, strict=True)
    )


CHANGES: tuple[Change, ...] = (rework_throughout, add_own_text, exchange_pieces)


def simulate_copies(
    texts: dict[str, list[str]], share: float, n_pairs: int, seed: int
) -> Iterator[tuple[str, str, float]]:
    """Stories of 3,000 letters, a copy as long as a share of each that barely is one, containment."""
    generator = np.random.default_rng(seed)
    for language, change, _ in itertools.product(LANGUAGES, CHANGES, range(n_pairs)):
        drawn = generator.permutation(len(texts[language]))[:16]
        wordings = "".join(normalise_wording(texts[language][i]) for i in drawn)
        story, other = wordings[:3000], wordings[3000:]
        for kept in np.arange(0.5, 1, 0.02):
            copy = change(story[: int(share * 3000)], other, kept, int(drawn[0]))
            contained = contain(story, copy)
            if contained >= 0.6:
                yield story, copy, contained
                break


@pytest.mark.parametrize(("share", "least"), [(0.5, 1.0), (0.25, 1.0), (0.1, 0.9)])
def test_copies_barely_at_the_threshold_are_found(
    texts: dict[str, list[str]], share: float, least: float
):
    pairs = list(simulate_copies(texts, share, 2, seed=11))
    assert len(pairs) == 18
    given = [text for story, copy, _ in pairs for text in (story, copy)]
    found = {(copy.left, copy.right): copy.contained for copy in find_stories(given).copies}
    hits = [found.get((2 * n, 2 * n + 1)) for n in range(len(pairs))]
    assert np.mean([hit is not None for hit in hits]) >= least
    for hit, (_, _, contained) in zip(hits, pairs, strict=True):
        assert 0.6 <= contained < 0.7
        assert hit is None or hit == pytest.approx(contained)
