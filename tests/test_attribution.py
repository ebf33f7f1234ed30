"""Who published and who wrote: every piece of evidence, and everything that only looks like it."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path

import pytest

from framing.articles.article import Article
from framing.articles.attribution import attribute, find_in_file_name
from framing.articles.credits import read_credits
from framing.articles.outlets import OutletList

REAL = Path(__file__).parents[2] / "shared" / "articles"

EN = (
    "The ministry said on Friday that a second round of talks on the licensing of the three "
    "materials will be held in Geneva later this month."
)
KO = (
    "산업 당국은 12일 수출 관리에 관한 두 번째 실무 협의를 이달 말 제네바에서 열기로 했다고 밝혔다."
)
JA = "通商当局は12日、輸出管理をめぐる二度目の実務者協議を今月末にジュネーブで開くと発表した。"

OWN = """\
outlets:
  - {id: hill_post, name: Hill Post, country: KR, kind: centrist_daily, domains: [hill.example]}
  - {id: bay_wire, name: Bay Wire, country: JP, kind: wire, agency: true, credits: [湾岸]}
"""


def article(text: str = EN, **fields) -> Article:
    return Article(text=text, name=fields.pop("name", "a"), **fields)


def agencies(text: str) -> tuple[str, ...]:
    return attribute(article(text)).agencies


@pytest.fixture
def own(tmp_path: Path) -> OutletList:
    path = tmp_path / "outlets.yaml"
    path.write_text(OWN, encoding="utf-8")
    return OutletList.load(path)


# The outlet, in the order of the evidence


def test_option_wins_over_everything() -> None:
    found = attribute(
        article(outlet="NHK", url="https://www.asahi.com/1", path="koreaherald_1.txt"),
        outlet="channel newsasia",
    )
    assert (found.outlet, found.country, found.kind) == (
        "Channel NewsAsia", "SG", "third_country_broadcaster",
    )  # fmt: skip


def test_own_field_wins_over_the_address() -> None:
    found = attribute(article(outlet="ハンギョレ新聞", url="https://www.asahi.com/1"))
    assert (found.outlet, found.country, found.kind) == ("Hankyoreh", "KR", "progressive_daily")


def test_address_wins_over_the_file_name() -> None:
    found = attribute(article(url="https://www.asahi.com/1", path="x/koreaherald_1.txt"))
    assert found.outlet == "Asahi Shimbun"


def test_file_name_wins_over_the_text() -> None:
    found = attribute(article(f"{KO}\nⓒ 한겨레, 무단전재", path="koreaherald_1.txt"))
    assert found.outlet == "The Korea Herald"


def test_copyright_line_is_the_last_evidence() -> None:
    assert attribute(article(f"{KO}\nⓒ 한겨레, 무단전재")).outlet == "Hankyoreh"


def test_without_evidence_the_outlet_stays_unknown() -> None:
    found = attribute(article())
    assert (found.outlet, found.country, found.kind) == ("unknown", "unknown", "unknown")


@pytest.mark.parametrize("where", ["option", "field"])
def test_a_name_not_listed_is_kept_as_given(where: str) -> None:
    fields = {"url": "https://www.asahi.com/1", "text": f"{KO}\nⓒ 한겨레, 무단전재"}
    if where == "option":
        found = attribute(article(**fields), outlet=" Mapo Dispatch ")
    else:
        found = attribute(article(**fields, outlet="Mapo Dispatch"))
    assert (found.outlet, found.country, found.kind) == ("Mapo Dispatch", "unknown", "unknown")


def test_an_outlet_given_as_its_domain_is_found() -> None:
    assert attribute(article(), outlet="www.hani.co.kr").outlet == "Hankyoreh"


def test_fields_already_set_win_over_the_list() -> None:
    found = attribute(article(outlet="NHK", country="KR", kind="online", language="ko"))
    assert (found.country, found.kind, found.language) == ("KR", "online", "ko")


def test_everything_else_of_the_article_is_kept() -> None:
    before = article(headline="H", date=date(2019, 7, 12), author="A", row=3, path="p.csv")
    after = attribute(before, outlet="NHK")
    assert (after.headline, after.date, after.author, after.row, after.path, after.id) == (
        "H", before.date, "A", 3, "p.csv", before.id,
    )  # fmt: skip


def test_attributing_twice_changes_nothing() -> None:
    once = attribute(article(f"SEOUL, July 12 (Yonhap) -- {EN}", outlet="NHK"))
    assert attribute(once) == once


def test_own_list_is_used(own: OutletList) -> None:
    found = attribute(article(f"{JA}（湾岸）", url="https://hill.example/1"), own)
    assert (found.outlet, found.agencies) == ("Hill Post", ("Bay Wire",))
    assert attribute(article(f"{JA}（共同）"), own).agencies == ()


# File names


@pytest.mark.parametrize(
    ("path", "name"),
    [
        pytest.param("20190713_koreaherald_01.txt", "The Korea Herald", id="between numbers"),
        pytest.param("朝日新聞20190713.txt", "Asahi Shimbun", id="Japanese before a number"),
        pytest.param("조선일보_사설_0713.txt", "Chosun Ilbo", id="Korean first"),
        pytest.param("japan_times_export_curbs_3.txt", "The Japan Times", id="full name first"),
        pytest.param("korea_herald_yonhap_01.txt", "The Korea Herald", id="agency beside it"),
        pytest.param("nhk_article_en.txt", "NHK", id="one word among empty ones"),
        pytest.param("The Japan Times 2019-07-13.docx", "The Japan Times", id="spaces and a date"),
        pytest.param("www.koreaherald.com_view.html", "The Korea Herald", id="domain"),
        pytest.param("asahi.com.2019.txt", "Asahi Shimbun", id="domain and a year"),
        pytest.param("corpus/Hankyoreh/001.txt", "Hankyoreh", id="folder"),
        pytest.param("data/en.yna.co.kr/AEN1.html", "Yonhap", id="folder that is a domain"),
        pytest.param("japantoday_01.txt", "Japan Today", id="phrase in one word"),
    ],
)
def test_a_file_name_names_its_outlet(path: str, name: str) -> None:
    assert attribute(article(path=path)).outlet == name


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("asahi beer sales fall.txt", id="headline with a firm"),
        pytest.param("reuters-says-japan.txt", id="headline with an agency"),
        pytest.param("조선일보 창간 100주년.txt", id="headline about an outlet"),
        pytest.param("japan_today.txt", id="two plain words"),
        pytest.param("news1.txt", id="a numbered file"),
        pytest.param("news_1.txt", id="a number apart"),
        pytest.param("time_01.txt", id="a word that is a magazine"),
        pytest.param("청와대_브리핑.txt", id="ministry that is the matter"),
        pytest.param("chosunilbo_hankyoreh.txt", id="two outlets"),
        pytest.param("0efe1.txt", id="hexadecimal"),
        pytest.param("/home/asahi/1.txt", id="home folder"),
        pytest.param("毎日の記録.txt", id="part of a word"),
        pytest.param("koreaherald " * 20 + ".txt", id="too long"),
        pytest.param("", id="none"),
    ],
)
def test_a_file_name_that_says_nothing_is_no_evidence(path: str) -> None:
    assert find_in_file_name(path, OutletList.load()) is None
    assert attribute(article(path=path)).outlet == "unknown"


def test_the_handle_counts_like_a_file_name() -> None:
    assert attribute(article(name="koreaherald_2019.csv:12")).outlet == "The Korea Herald"


# Copyright lines and bylines


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (f"{KO}\nⓒ 한겨레신문사, 무단전재 및 재배포 금지", "Hankyoreh"),
        (f"{EN}\nCopyright ⓒ The Korea Herald", "The Korea Herald"),
        (f"{EN}\n© 2019 The Asahi Shimbun Company", "Asahi Shimbun"),
        (f"{JA}\n© 2019 朝日新聞社", "Asahi Shimbun"),
        (f"{EN}\nCopyright by JoongAng Ilbo Co., Ltd. All Rights Reserved.", "JoongAng Ilbo"),
        (f"{KO}\n경향신문 무단 전재 및 재배포 금지", "Kyunghyang Shinmun"),
        (f"{KO}\nⓒ 매일경제 & mk.co.kr, 무단 전재", "Maeil Business Newspaper"),
        (f"{KO}\n<ⓒ앞을 보는 창, 내일의 눈(www.asiae.co.kr) 무단전재 금지>", "Asia Business Daily"),
        (f"{KO}\n<저작권자(c) 연합뉴스, 무단 전재-재배포 금지>", "Yonhap"),
        (f"{KO}\n<저작권자ⓒ 공감언론 뉴시스통신사. 무단전재 금지>", "Newsis"),
        (f"Talks to resume\nCopyright 2019 The Korea Herald\nAll Rights Reserved\n{EN}\n{EN}",
         "The Korea Herald"),
        (f"[이데일리 홍길동 기자] {KO}", "Edaily"),
        (f"[헤럴드경제=홍길동 기자] {KO}", "Herald Business"),
    ],
)  # fmt: skip
def test_a_copyright_line_or_byline_names_the_publisher(text: str, name: str) -> None:
    assert attribute(article(text)).outlet == name


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"{EN}\n© 2019 Asahi Breweries", id="another firm"),
        pytest.param(f"{KO}\nⓒ 한겨레\n{KO}", id="author goes on after it"),
        pytest.param(f"{KO}\nⓒ 한겨레\nⓒ 조선일보", id="two owners"),
        pytest.param(f"{KO}\nⓒ 뉴스1", id="bare agency mark"),
        pytest.param(f"{EN}\nPhoto © The Korea Herald", id="photo"),
        pytest.param(f"{EN}\nCopyright complaints: desk@koreaherald.com", id="mail address"),
        pytest.param(f"{EN} The copyright of The Korea Herald is not in dispute.", id="sentence"),
        pytest.param(f"[단독 홍길동 기자] {KO}", id="byline without an outlet"),
        pytest.param(f"[연합뉴스 홍길동 기자] {KO}", id="agency's reporter"),
    ],
)
def test_what_is_no_copyright_of_the_text_is_no_evidence(text: str) -> None:
    assert attribute(article(text)).outlet == "unknown"


# Agencies


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (f"SEOUL, July 12 (Yonhap) -- {EN}", ("Yonhap",)),
        (f"TOKYO (Reuters) - {EN}", ("Reuters",)),
        (f"TOKYO/SEOUL, July 23 (Reuters) - {EN}", ("Reuters",)),
        (f"SEOUL, South Korea (AP) — {EN}", ("AP",)),
        (f"A headline without a stop\n\nTOKYO, July 12, Kyodo - {EN}", ("Kyodo News",)),
        (f"MOSCOW, July 12. /TASS/. {EN}", ("TASS",)),
        (f"(ANSA) - ROMA, 12 LUG - {EN}", ("ANSA",)),
        (f"Madrid, 12 jul (EFE).- {EN}", ("EFE",)),
        (f"PARIS, 12 juil 2019 (AFP) - {EN}", ("AFP",)),
        (f"Berlin (dpa/AFP) – {EN}", ("dpa", "AFP")),
        (f"(서울=연합뉴스) 홍길동 기자 = {KO}", ("Yonhap",)),
        (f"(서울·도쿄=연합뉴스) {KO}", ("Yonhap",)),
        (f"(워싱턴=연합뉴스 홍길동 특파원) {KO}", ("Yonhap",)),
        (f"[서울=뉴시스]{KO}", ("Newsis",)),
        (f"【서울=뉴시스】{KO}", ("Newsis",)),
        (f"(도쿄 AFP=연합뉴스) {KO}", ("AFP", "Yonhap")),
        (f"[도쿄=AP/뉴시스] {KO}", ("AP", "Newsis")),
        (f"제목 뒤에 바로 (서울=뉴스1) 홍길동 기자 = {KO}", ("News1",)),
        (f"(서울=한빛통신) {KO}", ("한빛통신",)),
        (f"【ソウル=共同】{JA}", ("Kyodo News",)),
        (f"【ソウル共同】{JA}", ("Kyodo News",)),
        (f"【ワシントン時事】{JA}", ("Jiji Press",)),
        (f"【パリAFP時事】{JA}", ("AFP", "Jiji Press")),
        (f"【北京ロイター＝共同】{JA}", ("Reuters", "Kyodo News")),
        (f"【AFP=時事】{JA}", ("AFP", "Jiji Press")),
        (f"【7月12日 AFP】{JA}", ("AFP",)),
        (f"［東京 12日 ロイター］ - {JA}", ("Reuters",)),
        (f"（ソウル 共同）{JA}", ("Kyodo News",)),
        (f"{JA}（共同）", ("Kyodo News",)),
        (f"{JA}\n（共同）", ("Kyodo News",)),
        (f"{JA}（ソウル 共同）", ("Kyodo News",)),
        (f"{KO}\n/연합뉴스", ("Yonhap",)),
        (f"{KO} /연합뉴스", ("Yonhap",)),
        (f"{KO}\n연합뉴스", ("Yonhap",)),
        (f"{KO}\nⓒ 뉴스1", ("News1",)),
        (f"{KO}\n출처: 로이터", ("Reuters",)),
        (f"{EN} (Yonhap)\n\nMOST POPULAR\nsubscribe", ("Yonhap",)),
        (f"{EN}\nReuters", ("Reuters",)),
        (f"{EN}\n(AP)", ("AP",)),
        (f"By Reuters\n{EN}", ("Reuters",)),
        (f"{EN}\nAFP-JIJI", ("AFP", "Jiji Press")),
        (f"{EN}\nJiji, Kyodo", ("Jiji Press", "Kyodo News")),
        (f"{EN}\nSource: AFP/Reuters/nh", ("AFP", "Reuters")),
        (f"TOKYO (Reuters) - {EN}\n{EN}\nSource: AFP", ("Reuters", "AFP")),
    ],
)
def test_a_dateline_or_credit_names_the_agency(text: str, names: tuple[str, ...]) -> None:
    assert agencies(text) == names


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f'{EN} "We will see," an official told Reuters.', id="told Reuters"),
        pytest.param(f"Yonhap reported that talks will go on. {EN}", id="Yonhap reported"),
        pytest.param(f"ロイター通信によると、{JA}", id="according to Reuters"),
        pytest.param(f"연합뉴스에 따르면 {KO}", id="according to Yonhap"),
        pytest.param(f"{EN}\n(Photo: AFP/YONHAP, YONHAP)\n{EN}", id="photo credit"),
        pytest.param(f"A closed shop in the capital. (Yonhap)\n{EN}", id="caption"),
        pytest.param(f"{EN} (AP)\n{EN}", id="long caption"),
        pytest.param(f"{KO}\n[사진=연합뉴스]", id="Korean photo credit"),
        pytest.param(f"{KO}\n연합뉴스 제공", id="provided by"),
        pytest.param(f"{KO}\nAP=연합뉴스", id="photo passed on"),
        pytest.param(f"{KO}\nⓒ AFP=뉴스1", id="photo passed on, marked"),
        pytest.param(f"(AP=연합뉴스) {KO}", id="caption at the start"),
        pytest.param(f"{EN}\nREUTERS/A. Photographer", id="photographer"),
        pytest.param(f"{JA}（写真は共同）", id="Japanese photo credit"),
        pytest.param(f"{JA}＝共同", id="Japanese caption"),
        pytest.param(f"【日米共同】{JA}", id="joint, not Kyodo"),
        pytest.param(f"【ソウル=記者名】{JA}", id="correspondent"),
        pytest.param(f"{KO} (국제 연합)", id="united, not Yonhap"),
        pytest.param(f"{EN} (Mayor Bloomberg)", id="a person"),
        pytest.param(f"Analysts said so much (Reuters) and went on to say more. {EN}", id="aside"),
    ],
)
def test_a_mention_or_photo_credit_is_no_credit_of_the_text(text: str) -> None:
    assert agencies(text) == ()


def test_agency_field_comes_first_and_is_canonical() -> None:
    found = attribute(article(f"SEOUL, July 12 (Yonhap) -- {EN}", agencies=("共同", "한빛통신")))
    assert found.agencies == ("Kyodo News", "한빛통신", "Yonhap")


# Articles inside articles


def test_a_blog_that_repeats_an_article_quotes_its_agency() -> None:
    text = "\n".join(["It went on for hours, says this report, which I had to read twice over:",
                      EN, EN, EN, "Reuters", f"I do not buy it. {EN}"])  # fmt: skip
    found = attribute(article(text))
    assert found.outlet == "unknown"
    assert found.agencies == ("Reuters",)
    assert found.quoted_outlets == ("Reuters",)


def test_a_blog_that_repeats_a_daily_quotes_it() -> None:
    text = f"기사 전문을 퍼왔습니다. 저는 조금 다르게 읽었는데 그 까닭은 끝에 적어 둡니다.\n{KO}\n{KO}\n한겨레\n{KO}"
    found = attribute(article(text))
    assert (found.outlet, found.agencies, found.quoted_outlets) == ("unknown", (), ("Hankyoreh",))


def test_a_dateline_that_the_author_introduces_begins_a_quotation(own: OutletList) -> None:
    intro = "I reproduce the following at length because most readers have no subscription to it."
    found = attribute(article(f"{intro}\n\nTOKYO, March 23 (Bay Wire) -- {EN}\n{EN}"), own)
    assert found.agencies == ("Bay Wire",)
    assert found.quoted_outlets == ("Bay Wire",)


@pytest.mark.parametrize("credit", ["(NHK)", "— NHK", "Source: NHK"])
def test_a_source_line_after_a_marked_block_is_a_quotation(credit: str) -> None:
    found = attribute(article(f"{EN}\n> {EN}\n> {EN}\n{credit}\n{EN}"))
    assert found.quoted_outlets == ("NHK",)


def test_a_source_line_after_a_long_quotation_in_marks_is_one_too() -> None:
    found = attribute(article(f"{EN}\n“{EN}”\n“{EN}”\n(Yonhap)\n{EN}"))
    assert found.quoted_outlets == ("Yonhap",)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"{EN}\n{EN}\n{EN}\n(Yonhap)\n{EN}", id="photo credit between paragraphs"),
        pytest.param(f"{EN}\n{EN}\n{EN}\nYonhap\n{EN}", id="credit without an author's voice"),
        pytest.param(f"{EN}\n“{EN}”\n“{EN}”\n(Yonhap)", id="direct speech ends the article"),
        pytest.param(f"{EN}\n{EN}\n{EN}\nReuters", id="nothing of the author's after it"),
        pytest.param(f"SEOUL (Reuters) - {EN}\n{EN}", id="plain wire copy"),
    ],
)
def test_wire_copy_is_no_quotation(text: str) -> None:
    assert attribute(article(text)).quoted_outlets == ()


def test_an_outlet_does_not_quote_itself() -> None:
    text = "\n".join(["A column that repeats what we ran, line by line, as an excerpt of it:",
                      EN, EN, EN, "NHK", EN])  # fmt: skip
    assert attribute(article(text)).quoted_outlets == ("NHK",)
    assert attribute(article(text), outlet="NHK").quoted_outlets == ()


# Awkward texts


@pytest.mark.parametrize("text", ["", "\n \n", "(", "【】", "ⓒ", "=", "(=)", "\ud800", "(Yonhap"])
def test_scraps_of_text_are_no_trouble(text: str) -> None:
    assert attribute(article(text)).outlet == "unknown"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("가나 (서울=" * 2_000_000, id="one line"),
        pytest.param("(" * 5_000_000, id="brackets"),
        pytest.param("Aa bb " * 2_000_000, id="words"),
        pytest.param("(AP)\n" * 1_000_000, id="credits"),
        pytest.param("© 2019 a b c d e f g h i\n" * 200_000, id="marks"),
    ],
)
def test_huge_texts_take_bounded_work(text: str) -> None:
    begin = time.perf_counter()
    read_credits(text, OutletList.load())
    assert time.perf_counter() - begin < 3


def test_both_ends_of_a_huge_text_are_read() -> None:
    middle = f"{EN}\n" * 2_000
    assert agencies(f"TOKYO (Reuters) - {middle}{JA}（共同）") == ("Reuters", "Kyodo News")


def test_an_article_takes_less_than_a_millisecond() -> None:
    one = article("\n\n".join([f"SEOUL, July 12 (Yonhap) -- {EN}", *[EN] * 40, "MOST POPULAR"]))
    OutletList.load()

    def work() -> float:
        begin = time.perf_counter()
        attribute(one)
        return time.perf_counter() - begin

    assert min(work() for _ in range(50)) < 0.001  # about 0.15 ms on an idle machine


# Real articles, measured where they are at hand


@pytest.mark.skipif(not REAL.is_dir(), reason="the real articles lie beside the repository only")
@pytest.mark.parametrize(
    ("number", "agencies", "quoted", "outlet", "country"),
    [
        ("000", ("Reuters",), ("Reuters",), "ROK blog", "unknown"),
        ("001", ("AFP", "Reuters"), (), "Channel NewsAsia", "SG"),
        ("004", ("Yonhap",), (), "The Korea Herald", "KR"),
    ],
)
def test_real_articles(
    number: str, agencies: tuple[str, ...], quoted: tuple[str, ...], outlet: str, country: str
) -> None:
    path = next(REAL.glob(f"{number}_*.txt"))
    one = Article(text=path.read_text(encoding="utf-8"), name=path.name, path=str(path))
    found = attribute(one)
    assert (found.outlet, found.agencies, found.quoted_outlets) == ("unknown", agencies, quoted)
    told = attribute(one, outlet=outlet)
    assert (told.outlet, told.country, told.agencies) == (outlet, country, agencies)
