"""Formats: every kind of file a reader may have becomes articles, and a broken one says why."""

from __future__ import annotations

import csv
import io
import json
import random
import time
import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest

from framing.articles.article import Article
from framing.articles.formats.dates import parse_date
from framing.articles.formats.pdf import drop_running_lines, join_lines
from framing.articles.formats.record import clean_agencies, clean_language, lead_with
from framing.articles.reading import ReadOptions, read_articles
from framing.errors import ConfigError

LEAD = "The ministry said on Friday that it would review licences for three materials."
REST = "Makers counted their stocks and asked for talks."
ROW_HINT = "; check that the right column is read, fill the text in, or leave the row out"
KO_TEXT = "정부는 13일 세 품목의 수출 심사를 강화한다고 밝혔다."
JA_TEXT = "政府は13日、3品目の輸出審査を厳しくすると発表した。"


def read(path, **options):
    """All articles and the words of all rejections."""
    rejections = []
    articles = list(read_articles([path], ReadOptions(**options), on_reject=rejections.append))
    return articles, [str(rejection).replace(str(path), "FILE") for rejection in rejections]


def read_one(path, **options) -> Article:
    articles, rejections = read(path, **options)
    assert rejections == []
    assert len(articles) == 1
    return articles[0]


def refuse(path, **options) -> str:
    articles, rejections = read(path, **options)
    assert articles == []
    assert len(rejections) == 1
    return rejections[0]


def write(path: Path, data: str | bytes, encoding: str = "utf-8") -> Path:
    path.write_bytes(data if isinstance(data, bytes) else data.encode(encoding))
    return path


# Plain text and front matter


def test_text_is_kept_to_the_letter(tmp_path):
    path = write(tmp_path / "a.txt", "\n  First.\r\n\r\nSecond. \n")
    article = read_one(path)
    assert article.text == "\n  First.\n\nSecond. \n"
    assert (article.name, article.path, article.row) == ("a.txt", str(path), None)
    assert (article.outlet, article.country, article.language) == ("unknown", "unknown", "en")
    assert article.headline is None


def test_front_matter_fills_the_fields(tmp_path):
    path = write(
        tmp_path / "a.md",
        "---\noutlet: 東都日報\ncountry: JP\nkind: conservative_daily\nagency: [架空通信, AFP]\n"
        "language: ja\ndate: 2019-07-13\nurl: https://toto.example/1\nauthor: 経済部\n"
        f"title: ignored\nevent: ignored\n---\n\n\n見出し\n\n{JA_TEXT}\n\n",
    )
    article = read_one(path)
    assert article.text == f"見出し\n\n{JA_TEXT}"
    assert article.outlet == "東都日報"
    assert article.country == "JP"
    assert article.kind == "conservative_daily"
    assert article.agencies == ("架空通信", "AFP")
    assert article.language == "ja"
    assert article.date == date(2019, 7, 13)
    assert article.url == "https://toto.example/1"
    assert article.author == "経済部"
    assert article.headline is None


@pytest.mark.parametrize(
    ("block", "field", "value"),
    [
        pytest.param("country: NO", "country", "NO", id="norway-is-not-false"),
        pytest.param("agency: null", "agencies", (), id="null-agency"),
        pytest.param("agency: AFP, Reuters", "agencies", ("AFP", "Reuters"), id="agency-string"),
        pytest.param("outlet: 1234", "outlet", "1234", id="number-outlet"),
        pytest.param("outlet:", "outlet", "unknown", id="empty-outlet"),
        pytest.param("date: someday", "date", None, id="unreadable-date"),
        pytest.param("id: ko-1", "name", "ko-1", id="id-is-the-name"),
        pytest.param("Language: Korean", "language", "ko", id="language-by-name"),
    ],
)
def test_front_matter_value(tmp_path, block, field, value):
    path = write(tmp_path / "a.md", f"---\n{block}\n---\n{LEAD}")
    assert getattr(read_one(path), field) == value


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"---\n{LEAD}\n---\n{REST}", id="rules-around-a-paragraph"),
        pytest.param(f"---\n{LEAD}", id="rule-at-the-start"),
        pytest.param(f"--- {LEAD}", id="dashes-before-text"),
        pytest.param(f"---\n[Seoul: {LEAD}\n---\n{REST}", id="no-yaml-and-no-known-key"),
        pytest.param("---\n" + "x\n" * 20_000 + "---\n", id="far-rule"),
    ],
)
def test_text_that_only_looks_like_front_matter_is_text(tmp_path, text):
    assert read_one(write(tmp_path / "a.txt", text)).text == text


def test_broken_front_matter_is_refused(tmp_path):
    path = write(tmp_path / "a.md", f"---\noutlet: Harbour: Ledger\ndate: 2019\n---\n{LEAD}")
    assert refuse(path) == (
        "FILE, row 2: its front matter is not valid YAML (mapping values are not allowed in this "
        "context); put values that hold a colon in quotes"
    )


def test_front_matter_runs_no_tags(tmp_path):
    text = f"---\noutlet: !!python/object/apply:os.getcwd []\n---\n{LEAD}"
    assert read_one(write(tmp_path / "a.md", text)).outlet == "unknown"


# Pages

PAGE = f"""<!DOCTYPE html><html lang="en"><head><title>Ministry reviews licences | Ledger</title>
<meta property="og:site_name" content="The Harbour Ledger"><meta name="author" content="Trade desk">
<meta property="article:published_time" content="2019-07-04T09:00:00+09:00">
<link rel="canonical" href="https://harbour-ledger.example/1"></head><body>
<nav><a href="/">Home</a><a href="/world">World</a></nav>
<article><h1>Ministry reviews licences</h1><p>{LEAD} {REST}</p>
<p>{REST} The talks, a spokesman said, would go on for as long as they were needed.</p>
<ul><li>A first material</li><li>A second material</li></ul></article>
<section class="comments" id="comments"><p>A reader calls all of this a scandal.</p></section>
<footer>All rights reserved</footer></body></html>"""


def test_page_gives_main_text_and_metadata(tmp_path):
    article = read_one(write(tmp_path / "a.html", PAGE))
    paragraphs = article.text.split("\n\n")
    assert paragraphs[0] == article.headline == "Ministry reviews licences"
    assert paragraphs[1] == f"{LEAD} {REST}"
    assert len(paragraphs) == 5
    assert "scandal" not in article.text
    assert article.outlet == "The Harbour Ledger"
    assert article.author == "Trade desk"
    assert article.date == date(2019, 7, 4)
    assert article.url == "https://harbour-ledger.example/1"
    assert article.language == "en"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(f"<div id='article'>{KO_TEXT}<br><br>{KO_TEXT}</div>", id="line-breaks"),
        pytest.param(f"<table><tr><td>{KO_TEXT}<br><br>{KO_TEXT}</td></tr></table>", id="table"),
    ],
)
def test_korean_page_of_line_breaks_has_paragraphs(tmp_path, body):
    page = (
        f"<html><head><meta charset='euc-kr'><title>제목</title></head><body>{body}</body></html>"
    )
    article = read_one(write(tmp_path / "a.htm", page, "cp949"))
    assert article.text == f"제목\n\n{KO_TEXT}\n\n{KO_TEXT}"


def test_title_below_a_kicker_stands_once(tmp_path):
    page = PAGE.replace("<h1>", "<p>Trade and industry news of the day</p><h1>")
    assert read_one(write(tmp_path / "a.html", page)).text.count("Ministry reviews licences") == 1


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("", "FILE: is empty; save the page again"),
        ("<html><head><title>News</title></head><body></body></html>", "no main text can be found"),
        ("<div>" * 50_000 + "x" + "</div>" * 50_000, "copy the article into a .txt file"),
    ],
    ids=["empty", "title-only", "nested-fifty-thousand-deep"],
)
def test_page_without_text_is_refused(tmp_path, page, words):
    assert words in refuse(write(tmp_path / "a.html", page))


def test_page_too_large_is_refused(tmp_path):
    path = write(tmp_path / "a.html", PAGE + "x" * 4000)
    assert refuse(path, max_article_chars=100).startswith("FILE: is a page of 4,")


# JSON


def test_json_lines(tmp_path):
    rows = [
        {"id": "a1", "title": "Headline", "body": LEAD, "source": "Harbour Ledger", "lang": "en"},
        {"id": "a2", "title": None, "body": REST, "date": 20190713, "agency": ["AFP", "Reuters"]},
    ]
    text = "\n".join(json.dumps(row) for row in rows[:1]) + "\n\n" + json.dumps(rows[1])
    first, second = read(write(tmp_path / "a.jsonl", text))[0]
    assert first.text == f"Headline\n\n{LEAD}"
    assert (first.name, first.row, first.outlet, first.language) == (
        "a1",
        1,
        "Harbour Ledger",
        "en",
    )
    assert (second.text, second.row, second.headline) == (REST, 3, None)
    assert second.date == date(2019, 7, 13)
    assert second.agencies == ("AFP", "Reuters")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('{"text": ', "is not valid JSON (Expecting value, column 9)"),
        ('{"text": "a"} {', "is not valid JSON (Extra data, column 15)"),
        ("[" * 100_000, "is not valid JSON (nested too deeply)"),
        ("[1]", "is a list, not a JSON object"),
        ("3", "is 3, not a JSON object"),
        ('{"text": null}', "the text is missing (null)"),
        ('{"text": NaN}', "the text is NaN, not text"),
        ('{"text": "NaN"}', "the text is 'NaN', not text"),
        ('{"text": 5}', "the text is a number, not text"),
        ('{"text": ["a"]}', "the text is a list, not text"),
        ('{"text": {"a": 1}}', "the text is an object, not text"),
        ('{"text": true}', "the text is true or false, not text"),
        ('{"text": "  "}', "has no text"),
        (r'{"text": "a\u0000b"}', "its text holds NUL characters"),
        (r'{"text": "a\ud800b"}', "its text holds half a character (a lone surrogate)"),
        ('{"texte": "a", "날짜": 1}', "has no text column; its columns are 'texte', '날짜'; say"),
        ("{}", "has no text column; it names no columns; say which one"),
    ],
)
def test_bad_json_line_is_named_and_the_rest_is_read(tmp_path, line, words):
    good = json.dumps({"text": LEAD})
    articles, rejections = read(write(tmp_path / "a.jsonl", f"{line}\n{good}\n"))
    assert [article.row for article in articles] == [2]
    assert len(rejections) == 1
    assert rejections[0].startswith(f"FILE, row 1: {words}")


def test_json_lines_in_cp949_and_with_a_mark(tmp_path):
    rows = "\n".join(json.dumps({"본문": f"{KO_TEXT} {n}"}, ensure_ascii=False) for n in range(3))
    assert len(read(write(tmp_path / "a.jsonl", rows, "cp949"))[0]) == 3
    assert len(read(write(tmp_path / "b.jsonl", rows, "utf-8-sig"))[0]) == 3
    assert len(read(write(tmp_path / "c.jsonl", rows, "utf-16"))[0]) == 3


def test_json_line_with_a_broken_character_is_refused_and_the_rest_read(tmp_path):
    lines = [json.dumps({"text": f"{KO_TEXT} {n}"}, ensure_ascii=False).encode() for n in range(3)]
    lines[1] = lines[1][:30] + lines[1][31:]
    articles, rejections = read(write(tmp_path / "a.jsonl", b"\n".join(lines)))
    assert [article.row for article in articles] == [1, 3]
    assert rejections[0].startswith(
        "FILE, row 2: the line holds a broken character; repair the row"
    )


def test_fifty_megabyte_line_is_refused_fast_and_the_rest_read(tmp_path):
    path = tmp_path / "a.jsonl"
    with path.open("wb") as stream:
        stream.write(b'{"text": "' + b"x" * (50 << 20) + b'"}\n')
        stream.write(json.dumps({"text": LEAD}).encode())
    start = time.perf_counter()
    articles, rejections = read(path)
    assert time.perf_counter() - start < 3
    assert [article.row for article in articles] == [2]
    assert "row 1: the line is longer than 16,065,536 bytes" in rejections[0]


@pytest.mark.parametrize(
    "value",
    [
        [{"text": LEAD}, {"text": REST}],
        {"total": 2, "articles": [{"text": LEAD}, {"text": REST}]},
    ],
    ids=["array", "array-in-an-object"],
)
def test_json_of_rows(tmp_path, value):
    articles, rejections = read(write(tmp_path / "a.json", json.dumps(value, indent=1)))
    assert [(article.text, article.row) for article in articles] == [(LEAD, 1), (REST, 2)]
    assert rejections == []


def test_json_of_one_object_and_json_lines_by_another_name(tmp_path):
    value = {"text": LEAD, "authors": [{"name": "desk"}]}
    assert read_one(write(tmp_path / "a.json", json.dumps(value))).text == LEAD
    lines = f"{json.dumps({'text': LEAD})}\n{json.dumps({'text': REST})}\n"
    assert len(read(write(tmp_path / "b.json", lines))[0]) == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "FILE: is empty; export it again"),
        ('[{"text": "a"},\n{"text": ]', "FILE, row 2: is not valid JSON (Expecting value, column"),
        ("[]", "FILE: holds no articles (an empty array)"),
        ("[" * 100_000, "FILE: is JSON nested too deeply"),
        ("[" + "1" * 5000 + "]", "FILE: is not valid JSON (Exceeds the limit"),
    ],
    ids=["empty", "malformed", "no-rows", "deep", "endless-number"],
)
def test_bad_json_is_refused(tmp_path, text, words):
    assert refuse(write(tmp_path / "a.json", text)).startswith(words)


# Tables


def make_csv(rows, **kwargs) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n", **kwargs).writerows(rows)
    return stream.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp949"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_csv_of_any_delimiter_and_encoding(tmp_path, delimiter, encoding):
    rows = [["제목", "본문", "언론사"], ["한 제목", f"{KO_TEXT}\n\n{KO_TEXT}, 또", "누리경제"]]
    path = write(tmp_path / "a.csv", make_csv(rows, delimiter=delimiter), encoding)
    article = read_one(path)
    assert article.text == f"한 제목\n\n{KO_TEXT}\n\n{KO_TEXT}, 또"
    assert (article.outlet, article.row, article.name) == ("누리경제", 2, "a.csv:2")


def test_japanese_headers_in_shift_jis(tmp_path):
    rows = [["見出し", "本文", "紙名", "発行日"], ["題", JA_TEXT, "東都日報", "2019年7月13日"]]
    article = read_one(write(tmp_path / "a.csv", make_csv(rows), "cp932"))
    assert article.text == f"題\n\n{JA_TEXT}"
    assert (article.outlet, article.date) == ("東都日報", date(2019, 7, 13))


def test_csv_rows_are_counted_as_a_spreadsheet_shows_them(tmp_path):
    text = 'text\n"one\nwith a line end"\n\n  \ntwo\n"three\n\n"\r\nfour'
    articles, rejections = read(write(tmp_path / "a.csv", text))
    assert [article.row for article in articles] == [2, 5, 6, 7]
    assert len(rejections) == 1
    assert "row 4: has no text" in rejections[0]


def test_csv_with_lines_of_an_old_mac(tmp_path):
    articles, _ = read(write(tmp_path / "a.csv", "title,text\rOne,First text\rTwo,Second text\r"))
    assert [article.text for article in articles] == ["One\n\nFirst text", "Two\n\nSecond text"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(
            "headlines,story\na,b\n",
            "FILE, row 1: has no text column; its columns are 'headlines', 'story'; say which one "
            "holds the text: --columns text=NAME",
            id="no-text-column",
        ),
        pytest.param("", "FILE: is empty; export it again with a header row and rows", id="empty"),
        pytest.param("\n\n", "FILE: is empty", id="blank"),
        pytest.param("title,text\n", "FILE: has a header and no rows", id="header-only"),
        pytest.param(
            "text,title\na,b,c\n",
            "FILE, row 2: has 3 cells where the header has 2; put cells that hold delimiters",
            id="cells-too-many",
        ),
        pytest.param("title,text\na\n", "FILE, row 2: has 1 cell where the", id="cells-too-few"),
        pytest.param("title,text\na,NaN\n", "FILE, row 2: the text is 'NaN', not text", id="nan"),
        pytest.param("title,text\na,\n", "FILE, row 2: has no text; check that", id="no-text"),
        pytest.param(
            'title,text\na,"b\nc\nd',
            "FILE, row 2: a double quote is opened and never closed; repair the row",
            id="open-quote",
        ),
        pytest.param("text\na\x00b\n", "FILE: is a binary file, not text", id="nul"),
        pytest.param(
            b"text\n" + random.Random(4).randbytes(300).translate(None, b"\x00\n\r") + b"\n",
            "FILE, row 2: the line holds a broken character",
            id="noise",
        ),
    ],
)
def test_bad_table_says_why(tmp_path, text, words):
    assert refuse(write(tmp_path / "a.csv", text)).startswith(words)


def test_open_quote_in_a_large_table_costs_bounded_memory(tmp_path):
    text = 'text\n"open\n' + ("word " * 2000 + "\n") * 600
    articles, rejections = read(write(tmp_path / "a.csv", text), max_article_chars=1_000_000)
    assert "row 2: a cell is too long, or a double quote is opened" in rejections[0]
    assert len(articles) < 600


def test_columns_can_be_mapped(tmp_path):
    path = write(tmp_path / "a.csv", make_csv([["Story Text", "title"], [LEAD, "Harbour Ledger"]]))
    article = read_one(path, columns={"text": "story text", "outlet": "title"})
    assert (article.text, article.outlet, article.headline) == (LEAD, "Harbour Ledger", None)
    assert refuse(path, columns={"text": "body"}) == (
        "FILE, row 1: has no column 'body' for the text; its columns are 'Story Text', 'title'; "
        "name one of them: --columns text=NAME"
    )
    with pytest.raises(
        ConfigError, match=r"no field 'txt' to map a column to; did you mean 'text'"
    ):
        ReadOptions(columns={"txt": "body"})
    with pytest.raises(ConfigError, match="fields: text, headline, outlet"):
        ReadOptions(columns={"qqqq": "body"})
    with pytest.raises(ConfigError, match="must be at least 1, not 0"):
        ReadOptions(max_article_chars=0)


def test_mapped_column_may_be_missing_from_a_json_row_unless_it_is_the_text(tmp_path):
    rows = [{"story": LEAD, "paper": "Ledger"}, {"story": REST}, {"paper": "Ledger"}]
    path = write(tmp_path / "a.jsonl", "\n".join(map(json.dumps, rows)))
    articles, rejections = read(path, columns={"text": "story", "outlet": "paper"})
    assert [article.outlet for article in articles] == ["Ledger", "unknown"]
    assert "row 3: has no column 'story' for the text; its columns are 'paper'" in rejections[0]


def test_long_lists_of_columns_are_shortened(tmp_path):
    names = [f"column {n} {'x' * 60}" for n in range(20)]
    message = refuse(write(tmp_path / "a.csv", make_csv([names, names])))
    assert "…' and 8 more" in message
    assert len(message) < 900


BIGKINDS = ["뉴스 식별자", "일자", "언론사", "기고자", "제목", "통합 분류1", "인물", "본문", "URL"]


def make_workbook(path: Path, sheets: dict[str, list[list[object]]]) -> Path:
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def test_bigkinds_workbook_needs_no_option(tmp_path):
    row = ["01100101.2019", 20190713, "누리경제", "경제부", "한 제목", "경제", None, KO_TEXT]
    path = make_workbook(tmp_path / "a.xlsx", {"sheet": [BIGKINDS, [*row, "https://n.example/1"]]})
    article = read_one(path)
    assert article.text == f"한 제목\n\n{KO_TEXT}"
    assert (article.name, article.row) == ("01100101.2019", 2)
    assert (article.outlet, article.author) == ("누리경제", "경제부")
    assert article.date == date(2019, 7, 13)
    assert article.url == "https://n.example/1"


def test_workbook_with_titles_above_several_sheets_and_excel_cells(tmp_path):
    path = make_workbook(
        tmp_path / "a.xlsx",
        {
            "About": [["Exported by the library"]],
            "One": [
                ["Search: export"],
                [None],
                ["id", "text", "date"],
                [7, f"{LEAD}_x000D_\n{REST}", datetime(2019, 7, 13, 9, 30)],
                [None, None, None],
                [8.0, REST, 43659],
                [9, 5, None],
            ],
            "Two": [["본문"], [KO_TEXT]],
        },
    )
    articles, rejections = read(path)
    assert [(a.name, a.row, a.date) for a in articles] == [
        ("7", 4, date(2019, 7, 13)),
        ("8", 6, date(2019, 7, 13)),
        ("a.xlsx:Two:2", 2, None),
    ]
    assert articles[0].text == f"{LEAD}\n{REST}"
    assert rejections == ["FILE, row 7: the text is a number, not text (sheet 'One')" + ROW_HINT]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "FILE: is empty"),
        (b"text,title\n", "FILE: is not a workbook (.xlsx); check what kind of file it is"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "FILE: is password-protected, or of an old format"),
        (b"PK\x03\x04garbage", "FILE: is cut off or damaged, not a workbook"),
    ],
    ids=["empty", "csv-by-another-name", "encrypted", "cut-off"],
)
def test_bad_workbook_says_why(tmp_path, data, words):
    assert refuse(write(tmp_path / "a.xlsx", data)).startswith(words)


def test_workbook_cut_off_or_without_text_is_refused(tmp_path):
    path = make_workbook(tmp_path / "a.xlsx", {"s": [["title", "kind"], ["a", "b"]]})
    assert "row 1: has no text column; its columns are 'title', 'kind'" in refuse(path)
    write(path, path.read_bytes()[:-200])
    assert "is cut off or damaged, not a workbook (.xlsx) that can be opened" in refuse(path)
    assert "FILE: is empty" in refuse(make_workbook(tmp_path / "b.xlsx", {"s": []}))
    header = make_workbook(tmp_path / "c.xlsx", {"s": [["text"]]})
    assert "has a header and no rows" in refuse(header)


def test_zip_that_is_no_workbook_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as package:
        package.writestr("notes.txt", "hello")
    assert "is damaged, not a workbook" in refuse(tmp_path / "a.xlsx")
    assert "is damaged, not a Word" in refuse(
        write(tmp_path / "a.docx", (tmp_path / "a.xlsx").read_bytes())
    )


def make_parquet(path: Path, columns: dict[str, list[object]]) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table(columns), path, row_group_size=100)
    return path


def test_parquet_by_batches(tmp_path):
    path = make_parquet(
        tmp_path / "a.parquet",
        {
            "Content": [f"{LEAD} {n}" if n != 500 else None for n in range(600)],
            "published": [date(2019, 7, 13)] * 600,
            "unused": [b"x"] * 600,
        },
    )
    articles, rejections = read(path)
    assert len(articles) == 599
    assert (articles[0].row, articles[-1].row) == (1, 600)
    assert articles[0].date == date(2019, 7, 13)
    assert rejections == ["FILE, row 501: the text is missing (null)" + ROW_HINT]


def test_bad_parquet_says_why(tmp_path):
    path = make_parquet(tmp_path / "a.parquet", {"text": [f"{LEAD} {n}" for n in range(300)]})
    data = path.read_bytes()
    assert "is cut off or damaged, not a Parquet file" in refuse(write(path, data[:-50]))
    assert "is cut off or damaged, not a Parquet file" in refuse(write(path, b""))
    assert refuse(make_parquet(path, {"text": [b"\x00\x01"]})).endswith(
        "the text is bytes, not text" + ROW_HINT
    )
    assert "has no text column; its columns are 'a'" in refuse(make_parquet(path, {"a": [1]}))
    assert "has columns and no rows" in refuse(make_parquet(path, {"text": []}))
    middle = len(data) // 4
    articles, rejections = read(write(path, data[:middle] + b"\xff" * 200 + data[middle + 200 :]))
    assert len(articles) < 300
    assert "is damaged after row" in rejections[-1]


# Documents


def make_docx(path: Path, lines: list[str], table: list[list[str]] | None = None) -> Path:
    import docx

    document = docx.Document()
    for line in lines:
        document.add_paragraph(line)
    if table:
        grid = document.add_table(len(table), len(table[0]))
        for n, row in enumerate(table):
            for m, text in enumerate(row):
                grid.cell(n, m).text = text
    document.save(path)
    return path


def test_plain_document_is_one_article(tmp_path):
    path = make_docx(tmp_path / "a.docx", ["Headline", "", LEAD, REST], [["material", "share"]])
    article = read_one(path)
    assert article.text == f"Headline\n\n{LEAD}\n\n{REST}\n\nmaterial\tshare"
    assert (article.headline, article.row, article.name) == (None, None, "a.docx")


def test_document_without_text_or_cut_off_is_refused(tmp_path):
    path = make_docx(tmp_path / "a.docx", [])
    assert "FILE: has no text; if it holds pictures of text" in refuse(path)
    data = make_docx(path, [LEAD]).read_bytes()
    assert "is cut off or damaged, not a Word document" in refuse(
        write(path, data[: len(data) // 2])
    )


NEXIS_CONTENTS = [
    "User Name: a reader",
    "Date and Time: Saturday, July 13, 2019 10:12:00 AM EDT",
    "Documents (2)",
    "1. Ministry reviews licences",
    "Client/Matter: -None-",
    "Search Terms: export",
    "2. Makers count stocks",
    "July 12, 2019",
]
NEXIS_ONE = [
    "Ministry reviews licences",
    "The Harbour Ledger",
    "July 13, 2019 Saturday",
    "Copyright 2019 Harbour Press",
    "All Rights Reserved",
    "Section:\xa0NEWS; Pg. 3",
    "Length:\xa0512 words",
    "Byline:\xa0By Trade Desk",
    "Dateline:\xa0SEOUL",
    "Body",
    LEAD,
    "",
    REST,
    "Graphic",
    "A plant in the south",
    "Classification",
    "Language: ENGLISH",
    "Publication-Type: Newspaper",
    "Load-Date: July 14, 2019",
    "End of Document",
]
NEXIS_TWO = [
    "Makers count stocks",
    "Nuri Business Daily",
    "12 July 2019 Friday 9:15 AM GMT",
    "Copyright 2019 Nuri",
    "Length:\xa099 words",
    "Body",
    KO_TEXT,
    "Load-Date: July 14, 2019",
    "End of Document",
]


@pytest.mark.parametrize("contents", [[], NEXIS_CONTENTS], ids=["bare", "with-contents"])
def test_nexis_export_is_many_articles(tmp_path, contents):
    path = make_docx(tmp_path / "a.docx", [*contents, *NEXIS_ONE, *NEXIS_TWO])
    articles, rejections = read(path)
    assert rejections == []
    assert [article.headline for article in articles] == [
        "Ministry reviews licences",
        "Makers count stocks",
    ]
    first, second = articles
    assert first.text == f"Ministry reviews licences\n\n{LEAD}\n\n{REST}"
    assert (first.outlet, first.author, first.language) == (
        "The Harbour Ledger",
        "Trade Desk",
        "en",
    )
    assert (first.date, second.date) == (date(2019, 7, 13), date(2019, 7, 12))
    assert (first.name, first.row, second.row) == ("a.docx:1", 1, 2)
    assert (second.outlet, second.author) == ("Nuri Business Daily", None)
    assert second.text.endswith(KO_TEXT)


def test_nexis_document_without_body_is_named_and_the_rest_read(tmp_path):
    bare = [line for line in NEXIS_ONE if line not in ("Body", LEAD, REST)]
    empty = [line for line in NEXIS_ONE if line not in (LEAD, REST)]
    articles, rejections = read(make_docx(tmp_path / "a.docx", [*bare, *empty, *NEXIS_TWO]))
    assert [article.row for article in articles] == [3]
    assert rejections == [
        "FILE, row 1: has no body; export it again with full text",
        "FILE, row 2: has an empty body (Ministry reviews licences); export it again with full text",
    ]


def test_nexis_document_without_a_day_has_no_date(tmp_path):
    lines = ["July 2019" if "Saturday" in line else line for line in NEXIS_ONE]
    article = read_one(make_docx(tmp_path / "a.docx", lines))
    assert article.date is None
    assert article.headline == "Ministry reviews licences"
    assert article.outlet == "The Harbour Ledger"


FACTIVA = {
    "SE": ["World"],
    "HD": ["Ministry reviews licences"],
    "BY": ["By Trade Desk"],
    "CR": ["AFP"],
    "WC": ["512 words"],
    "PD": ["13 July 2019"],
    "ET": ["09:15"],
    "SN": ["The Harbour Ledger"],
    "SC": ["HARLED"],
    "PG": ["3"],
    "LA": ["English"],
    "CY": ["(c) 2019 Harbour Press"],
    "LP": [LEAD, "IN THE CITY they went on talking."],
    "TD": [REST],
    "CO": ["firm : A Firm"],
    "IN": ["i3 : Chips"],
    "NS": ["e1 : Trade"],
    "RE": ["jap : Japan"],
    "PUB": ["Harbour Press"],
    "AN": ["Document HARLED0020190713ef7d0000x"],
}
FACTIVA_TEXT = f"Ministry reviews licences\n\n{LEAD}\n\nIN THE CITY they went on talking.\n\n{REST}"
DISPLAYED = [
    "World",
    "Ministry reviews licences",
    "By Trade Desk",
    "512 words",
    "13 July 2019",
    "09:15",
    "The Harbour Ledger",
    "HARLED",
    "3",
    "English",
    "Copyright 2019. Harbour Press. All rights reserved.",
    "",
    LEAD,
    "",
    "IN THE CITY they went on talking.",
    REST,
    "",
    "Document HARLED0020190713ef7d0000x",
]


def make_rtf(path: Path, body: str) -> Path:
    escaped = "".join(char if char < "\x80" else f"\\u{ord(char)}?" for char in body)
    return write(path, r"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}" + escaped + "}")


def lay_out_rows(fields: dict[str, list[str]]) -> str:
    row = r"\trowd\cellx500\cellx9000\pard\intbl\b {}\b0\cell {}\cell\row" + "\n"
    return "".join(
        row.replace("{}", code, 1).replace("{}", r"\par ".join(parts))
        for code, parts in fields.items()
    )


def lay_out_tabs(fields: dict[str, list[str]]) -> str:
    return "".join(
        f"{code}\\tab " + r"\par ".join(parts) + r"\par " for code, parts in fields.items()
    )


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(lay_out_rows(FACTIVA), id="codes-in-a-table"),
        pytest.param(lay_out_tabs(FACTIVA), id="codes-before-tabs"),
        pytest.param(r"\par ".join(DISPLAYED), id="as-displayed"),
    ],
)
def test_factiva_rtf(tmp_path, body):
    other = body.replace("0000x", "0000y").replace(REST, f"{REST} {KO_TEXT}")
    path = make_rtf(tmp_path / "a.rtf", body + r"\pard\par " + other + r"\par Search Summary\par ")
    articles, rejections = read(path)
    assert rejections == []
    first, second = articles
    assert first.text == FACTIVA_TEXT
    assert (first.name, first.row) == ("HARLED0020190713ef7d0000x", 1)
    assert (first.headline, first.author) == ("Ministry reviews licences", "Trade Desk")
    assert (first.outlet, first.date, first.language) == (
        "The Harbour Ledger",
        date(2019, 7, 13),
        "en",
    )
    assert second.row == 2
    assert second.text == f"{FACTIVA_TEXT} {KO_TEXT}"


def test_factiva_credit_is_the_agency(tmp_path):
    assert read_one(make_rtf(tmp_path / "a.rtf", lay_out_rows(FACTIVA))).agencies == ("AFP",)


def make_factiva_page(path: Path, *blocks: str) -> Path:
    return write(
        path, f"<html><head><title>Factiva</title></head><body>{''.join(blocks)}</body></html>"
    )


def lay_out_page(fields: dict[str, list[str]]) -> str:
    paragraph = '<p class="articleParagraph enarticleParagraph">{}</p>'
    rows = ""
    for code, parts in fields.items():
        value = "".join(map(paragraph.format, parts)) if code in ("LP", "TD") else parts[0]
        rows += f'<tr><td class="index"><b>{code}</b>&nbsp;</td><td>{value}</td></tr>'
    return f'<div class="article enArticle"><table>{rows}</table></div>'


def test_factiva_page_of_tables_and_of_blocks(tmp_path):
    block = f"""<div class="article jaArticle"><p><a name="x"></a></p>
      <div id="hd"><span class="jaHeadline">輸出審査を厳しく</span></div><div class="author">経済部</div>
      <div>512 文字</div><div>2019 年 7 月 14 日</div><div>東都日報</div><div>TOTOND</div>
      <div>日本語</div><div>(c) 2019 東都日報社</div>
      <p class="articleParagraph jaarticleParagraph">{JA_TEXT}</p>
      <p>Document TOTOND0020190714ef7e0000y</p><br/></div>"""
    articles, rejections = read(
        make_factiva_page(tmp_path / "a.html", lay_out_page(FACTIVA), block)
    )
    assert rejections == []
    first, second = articles
    assert first.text == FACTIVA_TEXT
    assert (first.outlet, first.name) == ("The Harbour Ledger", "HARLED0020190713ef7d0000x")
    assert second.text == f"輸出審査を厳しく\n\n{JA_TEXT}"
    assert (second.outlet, second.author, second.language) == ("東都日報", "経済部", "ja")
    assert second.date == date(2019, 7, 14)


def test_factiva_article_without_text_is_named_and_the_rest_read(tmp_path):
    empty = {code: parts for code, parts in FACTIVA.items() if code not in ("LP", "TD")}
    page = make_factiva_page(tmp_path / "a.html", lay_out_page(empty), lay_out_page(FACTIVA))
    articles, rejections = read(page)
    assert [article.row for article in articles] == [2]
    assert rejections == [
        "FILE, row 1: has no text (Ministry reviews licences); export it again with full text"
    ]


def test_plain_rtf_is_one_article_without_the_addresses_of_links(tmp_path):
    link = r"{\field{\*\fldinst{HYPERLINK " + '"https://x.example/" }}' + r"{\fldrslt a link}}"
    article = read_one(make_rtf(tmp_path / "a.rtf", rf"{KO_TEXT}\par\par {LEAD} {link}."))
    assert article.text == f"{KO_TEXT}\n\n{LEAD} a link."


def test_rtf_of_a_korean_code_page(tmp_path):
    body = "".join(f"\\'{byte:02x}" for byte in KO_TEXT.encode("cp949"))
    path = write(tmp_path / "a.rtf", r"{\rtf1\ansi\ansicpg949 " + body + r"\par}")
    assert read_one(path).text == KO_TEXT


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("", "FILE: is empty; export it again"),
        ("hello", "FILE: is not an RTF document; check what kind of file it is"),
        (r"{\rtf1\ansi hello", "FILE: is cut off: its closing brace is missing; export it again"),
        (r"{\rtf1\ansi }", "FILE: has no text"),
    ],
)
def test_bad_rtf_says_why(tmp_path, data, words):
    assert refuse(write(tmp_path / "a.rtf", data)).startswith(words)


# PDF


def make_pdf(path: Path, pages: list[list[str]]) -> Path:
    """A PDF of Helvetica lines, each page's first at the top."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    kids = []
    for lines in pages:
        text = "".join(f"({line}) Tj 0 -14 Td " for line in lines)
        stream = f"BT /F1 11 Tf 72 760 Td {text} ET".encode()
        kids.append(f"{len(objects) + 1} 0 R")
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>>>>"
            + f"/Contents {len(objects) + 2} 0 R>>".encode()
        )
        objects.append(f"<</Length {len(stream)}>>stream\n".encode() + stream + b"\nendstream")
    objects[1] = f"<</Type/Pages/Count {len(pages)}/Kids[{' '.join(kids)}]>>".encode()
    data = b"%PDF-1.4\n"
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(data))
        data += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    table = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n"
    table += "".join(f"{place:010} 00000 n \n" for place in places)
    table += f"trailer<</Size {len(objects) + 1}/Root 1 0 R>>\nstartxref\n{len(data)}\n%%EOF"
    return write(path, data + table.encode())


PDF_PAGES = [
    [
        "The Harbour Ledger, Saturday 13",
        "The ministry said on Friday that it would re-",
        "view licences for three materials that makers",
        "of chips import, and that export-control talks",
        "would go on.",
        "Makers counted their stocks, and asked for more",
        "1",
    ],
    [
        "The Harbour Ledger, Saturday 13",
        "talks between the two trade offices, an export-",
        "control unit said.",
        "2",
    ],
]


def test_pdf_lines_become_paragraphs(tmp_path):
    article = read_one(make_pdf(tmp_path / "a.pdf", PDF_PAGES))
    assert article.text == (
        "The ministry said on Friday that it would review licences for three materials that makers "
        "of chips import, and that export-control talks would go on.\n\n"
        "Makers counted their stocks, and asked for more talks between the two trade offices, an "
        "export-control unit said."
    )


def test_bad_pdf_says_why(tmp_path):
    import pypdf

    path = tmp_path / "a.pdf"
    assert refuse(write(path, b"")) == "FILE: is empty; download it again"
    assert "is cut off or damaged, not a PDF" in refuse(write(path, b"hello"))
    assert "is cut off or damaged" in refuse(
        write(path, make_pdf(path, PDF_PAGES).read_bytes()[:100])
    )
    writer = pypdf.PdfWriter()
    writer.add_blank_page(100, 100)
    writer.write(path)
    assert refuse(path).startswith(
        "FILE: has no text layer: its pages are pictures; run text recog"
    )
    writer = pypdf.PdfWriter(clone_from=make_pdf(path, PDF_PAGES))
    writer.encrypt("secret", algorithm="RC4-128")
    writer.write(path)
    assert refuse(path).startswith("FILE: is encrypted; open it with its password")
    writer = pypdf.PdfWriter(clone_from=make_pdf(path, PDF_PAGES))
    writer.encrypt("", owner_password="secret", algorithm="RC4-128")
    writer.write(path)
    assert "review licences" in read_one(path).text
    long = make_pdf(path, PDF_PAGES)
    assert "is more than 100 characters long; the limit is 50" in refuse(long, max_article_chars=50)


@pytest.mark.parametrize(
    ("lines", "paragraphs"),
    [
        pytest.param(
            ["政府は輸出の審", "査を厳しくした。"],
            ["政府は輸出の審査を厳しくした。"],
            id="japanese",
        ),
        pytest.param(
            ["정부는 수출 심사를", "강화했다."], ["정부는 수출 심사를 강화했다."], id="korean"
        ),
        pytest.param(
            ["政府は３品目の", "GSOMIA を"], ["政府は３品目の GSOMIA を"], id="japanese-latin"
        ),
        pytest.param(
            ["一つ目の文。", "\u3000二つ目の文。"], ["一つ目の文。", "二つ目の文。"], id="indented"
        ),
        pytest.param(["One line", "", "another"], ["One line", "another"], id="blank-line"),
        pytest.param(["a soft\xad", "hyphen"], ["a softhyphen"], id="soft-hyphen"),
        pytest.param(
            ["the Tokyo-", "Seoul talks"], ["the Tokyo- Seoul talks"], id="capital-after-hyphen"
        ),
    ],
)
def test_lines_are_joined_as_the_script_wants(lines, paragraphs):
    assert join_lines(lines) == paragraphs


def test_running_heads_are_dropped_and_a_line_of_the_text_is_not():
    pages = [
        ["Ledger 1", "First text.", "- 1 -"],
        ["Ledger 2", "First text.", "More."],
        ["Ledger 3", "x"],
    ]
    assert drop_running_lines(pages) == ["First text.", "First text.", "More.", "x"]


# Fields


@pytest.mark.parametrize(
    "value",
    [
        "2019-07-13",
        "2019-07-13T09:00:00+09:00",
        "2019.07.13",
        "2019. 7. 13.",
        "2019/7/13",
        "2019/07/13 10:20",
        "20190713",
        "20190713102030",
        20190713,
        20190713.0,
        43659,
        1562976000,
        1562976000000,
        "2019年7月13日",
        "２０１９年７月１３日（土）",
        "2019 年 7 月 13 日",
        "令和元年7月13日",
        "2019년 7월 13일",
        "July 13, 2019",
        "July 13, 2019 Saturday",
        "Sat, Jul. 13, 2019 9:00 am",
        "13 July 2019",
        "13-Jul-2019",
        "13th of July, 2019",
        "Sat, 13 Jul 2019 09:00:00 GMT",
        "13/07/2019",
        "7/13/2019",
        "입력 2019.07.13 09:00",
        date(2019, 7, 13),
        datetime(2019, 7, 13, 23, 59),
    ],
    ids=str,
)
def test_date_is_read(value):
    assert parse_date(value) == date(2019, 7, 13)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "yesterday",
        "2019",
        "03/04/2019",
        "2019-02-30",
        "99999999",
        12,
        True,
        None,
        float("nan"),
        1e300,
        [],
        "July 2019",
    ],
    ids=str,
)
def test_date_that_cannot_be_told_is_none(value):
    assert parse_date(value) is None


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("AFP, Reuters", ("AFP", "Reuters")),
        ("AFP/Reuters; AFP", ("AFP", "Reuters")),
        ("연합뉴스、AP", ("연합뉴스", "AP")),
        (["AFP", None, "AFP"], ("AFP",)),
        (float("nan"), ()),
        ("null", ()),
    ],
)
def test_agencies(value, names):
    assert clean_agencies(value) == names


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("en", "en"),
        ("en-GB", "en"),
        ("ENGLISH", "en"),
        ("Korean; English", "ko"),
        ("日本語", "ja"),
        ("한국어", "ko"),
        ("jpn", "ja"),
        ("vi_VN", "vi"),
        ("Klingon", None),
        (3, None),
        (None, None),
    ],
)
def test_language_code(value, code):
    assert clean_language(value) == code


@pytest.mark.parametrize(
    ("headline", "text", "result"),
    [
        ("Talks", "Talks\n\nBody.", "Talks\n\nBody."),
        ("TALKS  GO ON", "\nTalks go on\nBody.", "\nTalks go on\nBody."),
        ("Talks", "Talks went on.", "Talks\n\nTalks went on."),
        (
            "Ministry reviews licences",
            "Ministry reviews licences Body.",
            "Ministry reviews licences Body.",
        ),
        (
            "Ministry reviews licence",
            "Ministry reviews licences.",
            "Ministry reviews licence\n\nMinistry reviews licences.",
        ),
        (None, "Body.", "Body."),
    ],
)
def test_headline_leads_the_text_once(headline, text, result):
    assert lead_with(headline, text) == result


# Damage of any kind


def make_samples(folder: Path) -> list[Path]:
    rows = [["제목", "본문"], ["a", f'{KO_TEXT}"\n'], ["b", REST]]
    return [
        make_docx(folder / "a.docx", [*NEXIS_CONTENTS, *NEXIS_ONE, *NEXIS_TWO]),
        make_workbook(folder / "a.xlsx", {"One": [["text"], [LEAD]], "Two": [["본문"], [KO_TEXT]]}),
        make_parquet(folder / "a.parquet", {"text": [f"{LEAD} {n}" for n in range(300)]}),
        make_pdf(folder / "a.pdf", PDF_PAGES),
        make_rtf(folder / "a.rtf", lay_out_rows(FACTIVA)),
        make_factiva_page(folder / "a.html", lay_out_page(FACTIVA)),
        write(folder / "b.html", PAGE),
        write(folder / "a.csv", make_csv(rows), "cp949"),
        write(folder / "a.jsonl", json.dumps({"text": KO_TEXT}, ensure_ascii=False)),
        write(folder / "a.json", json.dumps([{"text": KO_TEXT, "date": 20190713}])),
        write(folder / "a.md", f"---\noutlet: x\ndate: 2019-07-13\n---\n{JA_TEXT}", "euc_jp"),
    ]


def damage(data: bytes, random_: random.Random) -> bytes:
    broken = bytearray(data)
    for _ in range(random_.choice((1, 3, 30))):
        place = random_.randrange(len(broken) or 1)
        kind = random_.randrange(4)
        if kind == 0:
            del broken[place : place + random_.randrange(50)]
        elif kind == 1:
            broken[place:place] = random_.randbytes(random_.randrange(20))
        elif kind == 2 and len(broken) > 100:
            broken[place:] = broken[place:][: len(broken) // 2]
        elif broken:
            broken[place % len(broken)] = random_.randrange(256)
    return bytes(broken)


def test_damaged_files_are_read_or_refused_and_nothing_else_happens(tmp_path):
    chance = random.Random(13)
    for sample in make_samples(tmp_path):
        whole = sample.read_bytes()
        for _ in range(20):
            articles, rejections = read(write(sample, damage(whole, chance)))
            assert articles or rejections
