"""The list of outlets: the shipped file, its checks, and finding one by name, address or search."""

from __future__ import annotations

import re
import time
from collections import Counter
from pathlib import Path

import pytest

from framing.articles.outlet_file import read_outlets
from framing.articles.outlets import KINDS, OutletList, fold_name, split_url
from framing.errors import ConfigError
from framing.files import resource_root

SHIPPED = resource_root() / "annotations" / "outlets.yaml"

GOOD = """\
outlets:
  - id: hill_post
    name: The Hill Post
    names: {ko: 언덕신문, ja: 丘新聞}
    aliases: [Hillpost Online]
    domains: [hillpost.example, "https://www.hill.example/post/"]
    naver: "901"
    country: KR
    languages: [ko, en]
    kind: centrist_daily
  - id: hill_biz
    name: Hill Biz
    domains: [biz.hillpost.example]
    country: KR
    kind: business_daily
  - id: bay_wire
    name: Bay Wire
    names: {ja: 湾通信}
    country: JP
    kind: wire
    agency: true
    credits: [湾]
"""


@pytest.fixture(scope="module")
def shipped() -> OutletList:
    return OutletList.load()


@pytest.fixture
def write(tmp_path: Path):
    def save(text: str) -> Path:
        path = tmp_path / "outlets.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return save


def test_shipped_list_covers_every_kind_in_three_regions(shipped: OutletList) -> None:
    assert len(shipped) >= 130
    assert {outlet.kind for outlet in shipped} == set(KINDS)
    countries = Counter(outlet.country for outlet in shipped)
    assert countries["KR"] >= 50
    assert countries["JP"] >= 45
    assert sum(countries.values()) - countries["KR"] - countries["JP"] >= 60


def test_shipped_kinds_agree_with_countries_and_agencies(shipped: OutletList) -> None:
    for outlet in shipped:
        abroad = outlet.country not in {"KR", "JP"}
        if outlet.kind not in {"online", "magazine", "government"}:
            assert outlet.kind.startswith("third_country") == abroad, outlet.id
        assert outlet.agency == outlet.kind.endswith("wire"), outlet.id
        assert outlet.domains, outlet.id
        assert outlet.names["en"] == outlet.name


def test_every_form_finds_its_own_outlet(shipped: OutletList) -> None:
    for outlet in shipped:
        for form in (outlet.id, *outlet.forms, *outlet.credits):
            assert shipped.find_by_name(form) is outlet, form
        for domain in outlet.domains:
            assert shipped.find_by_url(f"https://www.{domain}/1") is outlet, domain


@pytest.mark.parametrize(
    ("text", "name"),
    [
        pytest.param("The Korea Herald", "The Korea Herald", id="as listed"),
        pytest.param("Korea Herald, The", "The Korea Herald", id="article at the end"),
        pytest.param("The Korea Herald (Seoul)", "The Korea Herald", id="place in brackets"),
        pytest.param("Times, The (London)", "The Times", id="both"),
        pytest.param("  korea-herald ", "The Korea Herald", id="case and punctuation"),
        pytest.param("ＮＨＫ", "NHK", id="full-width letters"),
        pytest.param("朝日新聞デジタル", "Asahi Shimbun", id="listed edition"),
        pytest.param("琉球新報 電子版", "Ryukyu Shimpo", id="edition by its word"),
        pytest.param("中央日報日本語版", "JoongAng Ilbo", id="language edition"),
        pytest.param("한겨레신문사", "Hankyoreh", id="Korean company"),
        pytest.param("朝日新聞社", "Asahi Shimbun", id="Japanese company"),
        pytest.param("Yomiuri Shimbun/Asia News Network", "Yomiuri Shimbun", id="network"),
        pytest.param("Kyodo／The Japan Times", "The Japan Times", id="publisher before agency"),
        pytest.param("共同", "Kyodo News", id="credit"),
        pytest.param("朝鮮日報", "Chosun Ilbo", id="Korean daily in Japanese"),
        pytest.param("요미우리", "Yomiuri Shimbun", id="Japanese daily in Korean"),
        pytest.param("korea_joongang_daily", "Korea JoongAng Daily", id="id"),
    ],
)
def test_a_name_finds_its_outlet(shipped: OutletList, text: str, name: str) -> None:
    found = shipped.find_by_name(text)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Times", id="half a name"),
        pytest.param("Asahi Breweries", id="another firm"),
        pytest.param("Chosun Ilbo/Asahi Shimbun", id="two publishers"),
        pytest.param("世界", id="a word"),
        pytest.param("", id="empty"),
        pytest.param("!!!", id="no letters"),
        pytest.param("NHK " * 200, id="a page of text"),
    ],
)
def test_what_is_no_name_finds_nothing(shipped: OutletList, text: str) -> None:
    assert shipped.find_by_name(text) is None


@pytest.mark.parametrize(
    ("url", "name"),
    [
        pytest.param("http://m.koreaherald.com/amp/view?id=1", "The Korea Herald", id="m and amp"),
        pytest.param("https://www.asahi.com:443/ajw/1", "Asahi Shimbun", id="port"),
        pytest.param("koreatimes.co.kr/x", "The Korea Times", id="no scheme"),
        pytest.param("https://en.yna.co.kr/view/1", "Yonhap", id="language subdomain"),
        pytest.param("https://japanese.joins.com/1", "JoongAng Ilbo", id="Japanese edition"),
        pytest.param("https://biz.chosun.com/1", "ChosunBiz", id="longest domain wins"),
        pytest.param("https://asia.nikkei.com/1", "Nikkei Asia", id="own subdomain"),
        pytest.param("https://www3.nhk.or.jp/nhkworld/en/1", "NHK World-Japan", id="path"),
        pytest.param("https://www3.nhk.or.jp/nhkworldly/1", "NHK", id="path by whole steps"),
        pytest.param("https://n.news.naver.com/mnews/article/023/1", "Chosun Ilbo", id="Naver path"),
        pytest.param(
            "https://news.naver.com/main/read.nhn?oid=028&aid=1", "Hankyoreh", id="Naver query"
        ),
        pytest.param(
            "https://web.archive.org/web/2019/https://www.sankei.com/1", "Sankei Shimbun", id="Wayback"
        ),
        pytest.param(
            "https://www-mk-co-kr.cdn.ampproject.org/c/s/www.mk.co.kr/1",
            "Maeil Business Newspaper",
            id="AMP cache",
        ),
        pytest.param("https://www.google.com/amp/s/m.mk.co.kr/1", "Maeil Business Newspaper", id="AMP"),
    ],
)  # fmt: skip
def test_an_address_finds_its_outlet(shipped: OutletList, url: str, name: str) -> None:
    found = shipped.find_by_url(url)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("https://mykoreaherald.com/", id="end of another domain"),
        pytest.param("https://koreaherald.com.evil.example/", id="beginning of another domain"),
        pytest.param("https://news.yahoo.co.jp/articles/1", id="portal"),
        pytest.param("https://news.naver.com/", id="Naver without a code"),
        pytest.param("https://n.news.naver.com/article/999/1", id="Naver code not listed"),
        pytest.param("https://web.archive.org/", id="Wayback without a page"),
        pytest.param("http://[::1", id="not an address"),
        pytest.param("com", id="one label"),
        pytest.param("", id="empty"),
    ],
)
def test_an_unknown_address_finds_nothing(shipped: OutletList, url: str) -> None:
    assert shipped.find_by_url(url) is None


def test_addresses_nested_without_end_are_given_up() -> None:
    url = "https://web.archive.org/web/1/" * 10
    assert split_url(url) == ("", "", "")


def test_search_by_part_of_a_name_puts_the_exact_one_first(shipped: OutletList) -> None:
    found = shipped.search("kbs")
    assert found.matched
    assert [outlet.id for outlet in found.outlets][:2] == ["kbs", "kbs_world"]


@pytest.mark.parametrize(
    ("query", "outlet_id"),
    [
        pytest.param("아사히", "asahi_shimbun", id="Korean alias"),
        pytest.param("hani.co", "hankyoreh", id="domain"),
        pytest.param("business daily", "edaily", id="kind in words"),
        pytest.param("tw", "taipei_times", id="country"),
    ],
)
def test_search_reads_every_field(shipped: OutletList, query: str, outlet_id: str) -> None:
    found = shipped.search(query)
    assert found.matched
    assert outlet_id in {outlet.id for outlet in found.outlets}


def test_search_without_a_match_gives_the_nearest_names(shipped: OutletList) -> None:
    found = shipped.search("Koreea Heralld")
    assert not found.matched
    assert found.outlets[0].id == "korea_herald"


def test_search_for_nothing_gives_all(shipped: OutletList) -> None:
    assert len(shipped.search(" ").outlets) == len(shipped)
    assert shipped.search("xqzw").outlets == ()


def test_own_file_replaces_the_list(write) -> None:
    outlets = OutletList.load(write(GOOD))
    assert [outlet.id for outlet in outlets] == ["hill_post", "hill_biz", "bay_wire"]
    post = outlets.outlets[0]
    assert post.names == {"en": "The Hill Post", "ko": "언덕신문", "ja": "丘新聞"}
    assert post.domains == ("hillpost.example", "hill.example/post")
    assert outlets.find_by_name("Hill Post") is post
    assert outlets.find_by_url("http://biz.hillpost.example/1") is outlets.outlets[1]
    assert outlets.find_by_url("https://n.news.naver.com/article/901/1") is post
    assert outlets.find_by_name("湾") is outlets.outlets[2]
    assert outlets.find_by_name("NHK") is None


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("    country: KR\n    languages", "    languages", "row 2: this outlet has no `country`"),
        ("kind: centrist_daily", "kind: centrist_dayly", "row 10: unknown kind.*centrist_daily"),
        ("kind: wire", "kind: tabloid", "unknown kind 'tabloid'; known are wire"),
        ("    languages:", "    langages:", "row 9: unknown key `langages`; did you mean"),
        ("id: hill_biz", "id: hill_post", "row 11: id hill_post stands twice"),
        ("name: Hill Biz", "name: Hill-Post", "row 12: 'Hill-Post' is claimed by both"),
        (
            "name: Hill Biz",
            "name: HILLPOST online",
            "row 12: .*claimed by both hill_post and hill_",
        ),
        ("[biz.hillpost.example]", "[www.hillpost.example]", "row 13: .*claimed by both"),
        ("name: Hill Biz", "name: 湾", "'湾' is claimed by both"),
        ("credits: [湾]", "credits: [丘新聞]", "row 22: '丘新聞' is claimed by both"),
        ("    agency: true\n", "", "row 21: `credits` are for news agencies; add `agency: true`"),
        ("agency: true", "agency: 'yes'", "`agency` is not true or false"),
        ("id: hill_biz", "id: Hill-Biz", "id 'Hill-Biz' is not in snake_case"),
        ("country: JP", "country: Japan", "'Japan' is not a two-letter code; write it as KR"),
        ("country: JP", "country: NO", "`country` is not text; put it in quotes"),
        ("[ko, en]", "[korean]", "language 'korean' is not a two-letter code"),
        ("[biz.hillpost.example]", "[hill biz]", "'hill biz' is not a domain"),
        ("[biz.hillpost.example]", "biz.hillpost.example", "`domains` is not a list of texts"),
        ("[Hillpost Online]", "[2019]", "`aliases` is not a list of texts"),
        ("{ja: 湾通信}", "[湾通信]", "`names` is not a name by language"),
        ('"901"', "901", 'naver 901 is not a code; write its three digits as "023"'),
        ("[Hillpost Online]", "['...']", "'...' has no letters"),
        ("outlets:", "outlet:", "unknown key `outlet`; did you mean `outlets`"),
    ],
)
def test_a_broken_file_is_refused_with_its_line(write, old: str, new: str, message: str) -> None:
    assert old in GOOD
    path = write(GOOD.replace(old, new, 1))
    with pytest.raises(ConfigError, match=message) as problem:
        OutletList.load(path)
    assert str(path) in str(problem.value)


@pytest.mark.parametrize("text", ["outlets: []\n", "outlets: none\n"])
def test_a_file_without_outlets_is_refused(write, text: str) -> None:
    with pytest.raises(ConfigError, match="has no list of `outlets`"):
        OutletList.load(write(text))


def test_an_entry_that_is_text_is_refused(write) -> None:
    with pytest.raises(ConfigError, match="outlet 1 has no keys and values"):
        OutletList.load(write("outlets: [NHK]\n"))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        OutletList.load(tmp_path / "none.yaml")


def test_the_shipped_list_is_loaded_once() -> None:
    assert OutletList.load() is OutletList.load()


def test_loading_takes_no_time_to_speak_of() -> None:
    def load() -> float:
        begin = time.perf_counter()
        read_outlets(SHIPPED)
        return time.perf_counter() - begin

    assert min(load() for _ in range(5)) < 0.3  # about 0.04 s on an idle machine


def test_folding_keeps_what_tells_names_apart() -> None:
    assert fold_name("ﾆｭｰｽ１・ＮＥＷＳ") == "ニュース1news"
    assert fold_name("\u304b\u3099") == fold_name("\u304c")  # decomposed and composed
    assert fold_name("か") != fold_name("が")


def test_header_documents_every_field_and_kind() -> None:
    header = SHIPPED.read_text(encoding="utf-8").split("outlets:\n")[0]
    for word in (*KINDS, "id", "name", "names", "aliases", "domains", "naver", "country",
                 "languages", "kind", "agency", "credits"):  # fmt: skip
        assert re.search(rf"\b{word}\b", header), word
