"""Masking: names go, in every form and script; nothing else does, and the grammar holds."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framing import Codebook, Dataset, load_dataset, read_articles
from framing.corpus.splitting import read_split
from framing.errors import ConfigError, InputError
from framing.masking import mask_names, measure_coverage
from framing.names import NameList
from tests.conftest import ROOT


def mask(text: str, language: str, **options: object) -> str:
    return mask_names([text], ["a"], [language], **options)[0]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        pytest.param("Japan told Seoul.", "Country X told City X.", id="kinds-count-apart"),
        pytest.param("Japan's Japanese", "Country X's Country X", id="one-letter-a-name"),
        pytest.param("South Korea and North Korea", "Country X and Country Y", id="longest-first"),
        pytest.param("South Koreans, Koreans’ fears", "Country X citizens, Country X citizens’ fears", id="people-of-a-country"),
        pytest.param("an American envoy, An Iranian", "a Country X envoy, A Country Y", id="an-becomes-a"),
        pytest.param("Japan-South Korea talks", "Country X-Country Y talks", id="hyphen"),
        pytest.param("The United States left.", "Country X left.", id="its-article-goes-too"),
        pytest.param("U.S. chips, made in the U.S.", "Country X chips, made in the Country X.", id="points"),
        pytest.param("He said: “Not in the U.S.”", "He said: “Not in the Country X.”", id="point-before-a-quote"),
        pytest.param("Tell us, not US", "Tell us, not Country X", id="us-and-US"),
        pytest.param("SEOUL (Reuters)", "City X (Reuters)", id="capitals"),
        pytest.param("ＪＡＰＡＮ", "Country X", id="full-width"),
        pytest.param("Article XI of it, Xi said", "Article XI of it, Person X said", id="a-numeral"),
        pytest.param("Indiana Chinatown Seoulite japan", "Indiana Chinatown Seoulite japan", id="inside-other-words"),
        pytest.param("Latin American markets", "Latin American markets", id="spared"),
        pytest.param("Shinzo Abe met Moon Jae-in; Abe left", "Person X met Person Y; Person X left", id="people"),
        pytest.param("Samsung and SK hynix, like Samsung Electronics", "Company X and Company Y, like Company X", id="firms"),
        pytest.param("the Bank of Japan", "the Bank of Country X", id="name-inside-an-institution"),
        pytest.param("METI and the WTO", "METI and the WTO", id="institutions-stay"),
    ],
)  # fmt: skip
def test_english(text: str, masked: str):
    assert mask(text, "en") == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        pytest.param("일본은 한국의 제소에", "X국은 Y국의 제소에", id="particle-stays"),
        pytest.param("러시아는 러시아와 러시아를", "X국은 X국과 X국을", id="particle-after-a-consonant"),
        pytest.param("서울은 부산으로 평양이", "X시는 Y시로 Z시가", id="particle-after-a-vowel"),
        pytest.param("도쿄로 도쿄와의", "X시로 X시와의", id="particle-that-fits"),
        pytest.param("러시아라는 나라, 러시아지만", "X국이라는 나라, X국이지만", id="endings"),
        pytest.param("한국은행이", "X국은행이", id="no-particle"),
        pytest.param("한일 양국, 한·미·일 공조", "X국·Y국 양국, X국·Z국·Y국 공조", id="short-forms"),
        pytest.param("주한미군과 방일단", "주X국·Y국군과 방Z국단", id="short-forms-in-compounds"),
        pytest.param("3일 정부는 일 정부에", "3일 정부는 X국 정부에", id="a-day-is-no-country"),
        pytest.param("기대만, 일주일, 일제히", "기대만, 일주일, 일제히", id="inside-other-words"),
        pytest.param("인도적 지원을 인도에", "인도적 지원을 X국에", id="spared"),
        pytest.param("부산시는 서울시장", "X시는 Y시장", id="suffix-not-doubled"),
        pytest.param("아베 총리와 문 대통령", "X씨 총리와 Y씨 대통령", id="people"),
        pytest.param("삼성전자와 SK하이닉스는", "X사와 Y사는", id="firms"),
        pytest.param("세계무역기구(WTO)와 산업부", "세계무역기구(WTO)와 산업부", id="institutions-stay"),
    ],
)  # fmt: skip
def test_korean(text: str, masked: str):
    assert mask(text, "ko") == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        pytest.param("韓国側は日本政府に", "甲国側は乙国政府に", id="no-boundaries"),
        pytest.param("日韓両政府、対韓輸出", "甲国・乙国両政府、対乙国輸出", id="short-forms"),
        pytest.param("日米韓の連携", "甲国・乙国・丙国の連携", id="three-of-them"),
        pytest.param("3日韓国政府は、同日中に", "3日甲国政府は、同日中に", id="a-day-is-no-country"),
        pytest.param("対日本、訪日韓国人", "対甲国、訪甲国乙国人", id="the-longer-name"),
        pytest.param("米国務省は米国と", "甲国国務省は甲国と", id="short-before-the-same"),
        pytest.param("タイのタイミングとネクタイ", "甲国のタイミングとネクタイ", id="katakana-words"),
        pytest.param("中国地方と中国", "中国地方と甲国", id="spared"),
        pytest.param("名古屋市と東京市場", "甲市と乙市市場", id="suffix-not-doubled"),
        pytest.param("文大統領は文書で安倍氏に", "甲氏大統領は文書で乙氏に", id="people"),
        pytest.param("ＳＫハイニックスと新日鉄住金", "甲社と乙社", id="firms-full-width"),
        pytest.param("ＷＴＯと経産省", "ＷＴＯと経産省", id="institutions-stay"),
    ],
)  # fmt: skip
def test_japanese(text: str, masked: str):
    assert mask(text, "ja") == masked


def test_letters_are_kept_within_an_article_and_given_anew_in_the_next():
    texts = ["Japan and Korea", "Korea", "日韓", "Korea and Japan"]
    masked = mask_names(texts, ["a", "a", "b", "c"], ["en", "en", "ja", "en"])
    assert masked == [
        "Country X and Country Y",
        "Country Y",
        "甲国・乙国",
        "Country X and Country Y",
    ]


def test_articles_need_not_be_neighbours():
    masked = mask_names(["Seoul", "Osaka", "Tokyo", "Seoul"], ["a", "b", "a", "a"], ["en"] * 4)
    assert masked == ["City X", "City X", "City Y", "City X"]


def test_only_the_kinds_asked_for():
    text = "The WTO panel on Japan, GSOMIA and Samsung"
    assert (
        mask(text, "en", kinds=("institutions",)) == "The Body X panel on Japan, GSOMIA and Samsung"
    )
    assert (
        mask(text, "en", kinds=("treaties", "firms"))
        == "The WTO panel on Japan, Treaty X and Company X"
    )
    assert (
        mask("the World Trade Organization, WTO", "en", kinds=("institutions",)) == "Body X, Body X"
    )
    assert mask(text, "en", kinds=()) == text


def test_more_names_than_letters():
    countries = [name.forms["ja"][0] for name in NameList.load().names
                 if name.kind == "countries" and "ja" in name.forms][:12]  # fmt: skip
    masked = mask("、".join(countries), "ja")
    assert masked.endswith("壬国、癸国、甲甲国、乙乙国")


@settings(max_examples=30)
@given(st.text(st.sampled_from("😀אב‏مر\ud800　 \n…🇯🇵e\u0301?"), max_size=20), st.sampled_from(["en", "ko", "ja"]))  # fmt: skip
def test_text_without_names_is_unharmed(text: str, language: str):
    assert mask(text, language) == text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        pytest.param("", "", id="empty"),
        pytest.param("قال Japan‏ إن 😀", "قال Country X‏ إن 😀", id="rtl-and-emoji-around"),
        pytest.param("🇰🇷Korea🇰🇷", "🇰🇷Country X🇰🇷", id="flags"),
        pytest.param("Japan", "Country X", id="whole-text"),
    ],
)
def test_awkward_text(text: str, masked: str):
    assert mask(text, "en") == masked


@settings(max_examples=30)
@given(st.text(max_size=30), st.text(max_size=30))
def test_a_listed_name_between_spaces_always_goes(before: str, after: str):
    masked = mask(f"{before} Japan {after}", "en")
    assert " Country X " in masked
    assert "Japan" not in masked


def test_a_language_without_names():
    with pytest.raises(InputError, match="no list of names in 'fr'; there is one in en, ko, ja"):
        mask("Le Japon", "fr")


def test_a_kind_that_is_not_there():
    with pytest.raises(ConfigError, match="no names of kind 'country'; did you mean 'countries'"):
        mask("Japan", "en", kinds=("country",))


def test_coverage_counts_changed_units():
    assert measure_coverage(["a", "b", "c", "d"], ["a", "x", "c", "y"]) == {
        "units": 4, "changed": 2, "share": 0.5,
    }  # fmt: skip
    assert measure_coverage([], [])["share"] == 0


@pytest.fixture(scope="module")
def dev() -> Dataset:
    gold = load_dataset(
        read_articles([ROOT / "annotations/articles"]),
        ROOT / "annotations/codes/gold.jsonl",
        Codebook.load(),
    )
    return gold.select(read_split(ROOT / "annotations/split.json").names("dev"))


@pytest.mark.parametrize(
    ("language", "names"),
    [
        ("en", ["Japan", "Korea", "Seoul", "Tokyo", "Osaka"]),
        ("ko", ["일본", "한국", "도쿄", "한일"]),
        ("ja", ["日本", "韓国", "東京", "ソウル", "日韓"]),
    ],
)
def test_the_frequent_names_are_gone_from_the_corpus(dev: Dataset, language: str, names: list[str]):
    rows = [row for row, of in enumerate(dev.languages) if of == language]
    texts = [dev.texts[row] for row in rows]
    masked = mask_names(texts, [dev.articles[row] for row in rows], [language] * len(rows))
    assert measure_coverage(texts, masked)["share"] > 0.5
    for name in names:
        assert any(name in text for text in texts)
        assert not any(name in text for text in masked)


HEAD = 'placeholders:\n  en: {letters: XYZ, join: "-", cities: "City {}"}\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(HEAD + "names:\n  cities:\n    - {en: [Busan]}\n    - {en: [Busan]}\n", "row 6: 'Busan' stands under two names in en", id="claimed-twice"),
        pytest.param(HEAD + "names:\n  cities:\n    - {en: Busan}\n", "row 5: `en` is not a list of texts", id="not-a-list"),
        pytest.param(HEAD + "names:\n  cities:\n    - {ru: [Пусан]}\n", "row 5: unknown key `ru`; known: en, citizens", id="no-placeholders-for-it"),
        pytest.param(HEAD + "names:\n  cities:\n    - {}\n", "row 5: this name has no form", id="no-form"),
        pytest.param(HEAD + "names:\n  cities: Busan\n", "row 4: `cities` must be a list of entries", id="no-entries"),
        pytest.param(HEAD + "names:\n  rivers:\n    - {en: [Han]}\n", "row 2: unknown key `cities`; did you mean", id="kind-without-placeholder"),
        pytest.param(HEAD, "row 1: `names` must hold keys and values", id="no-names"),
        pytest.param(HEAD.replace(" {}", "") + "names:\n  cities:\n    - {en: [Busan]}\n", "row 2: `cities` has no {} for the letter", id="no-place-for-the-letter"),
        pytest.param(HEAD.replace("XYZ", "XYX") + "names:\n  cities:\n    - {en: [Busan]}\n", "row 2: a letter stands twice", id="letter-twice"),
        pytest.param(HEAD + "name:\n  cities: []\n", "row 3: unknown key `name`; did you mean `names`", id="misspelt-key"),
    ],
)  # fmt: skip
def test_faults_of_a_file_of_names(tmp_path: Path, text: str, message: str):
    path = tmp_path / "names.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        NameList.load(path)


def test_a_file_of_ones_own(tmp_path: Path):
    path = tmp_path / "names.yaml"
    path.write_text(HEAD + "names:\n  cities:\n    - {en: [Busan, Pusan]}\n", encoding="utf-8")
    names = NameList.load(path)
    assert names.kinds == ("cities",)
    assert (
        mask("Busan, Pusan, Seoul", "en", kinds=names.kinds, names=names) == "City X, City X, Seoul"
    )
