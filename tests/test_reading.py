"""Reading: any mix of inputs becomes one stream, and every unusable piece is named once."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tracemalloc
from datetime import date
from pathlib import Path

import pytest

from framing.articles.article import Rejection
from framing.articles.formats import ADVICE, READERS
from framing.articles.reading import ReadOptions, read_articles
from framing.errors import InputError

LEAD = "The ministry said on Friday that it would review licences."
REST = "Makers counted their stocks and asked for talks."


def read(*paths, **options):
    rejections: list[Rejection] = []
    articles = list(read_articles(paths, ReadOptions(**options), on_reject=rejections.append))
    return articles, rejections


def write_rows(path: Path, *rows: dict[str, object]) -> Path:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def folder(tmp_path):
    """Two articles, one deeper than the other, among files that are none."""
    (tmp_path / "b" / "deep").mkdir(parents=True)
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "b" / "deep" / "two.TXT").write_text("Two.")
    (tmp_path / "one.md").write_text("One.")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    (tmp_path / "notes").write_text("no suffix")
    (tmp_path / ".secret.txt").write_text("hidden")
    (tmp_path / ".hidden" / "x.txt").write_text("hidden")
    (tmp_path / "~$report.docx").write_text("lock")
    return tmp_path


# Where articles are


def test_folder_is_searched_to_the_bottom_in_order(folder):
    articles, rejections = read(folder)
    assert [article.name for article in articles] == ["one.md", "two.TXT"]
    assert articles[1].path == str(folder / "b" / "deep" / "two.TXT")
    assert rejections == []


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("*.md", ["one.md"]),
        ("**/*.TXT", ["two.TXT"]),
        ("b", ["two.TXT"]),
        ("b*", ["two.TXT"]),
        ("*", ["two.TXT", "one.md"]),
        ("**", ["two.TXT", "one.md"]),
    ],
)
def test_glob(folder, pattern, names):
    articles, rejections = read(f"{folder}/{pattern}")
    assert [article.name for article in articles] == names
    assert rejections == []


def test_file_whose_name_looks_like_a_glob_is_read(tmp_path):
    (tmp_path / "a[1].txt").write_text("One.")
    assert len(read(tmp_path / "a[1].txt")[0]) == 1


def test_file_without_suffix_is_read_for_what_it_holds(tmp_path):
    path = write_rows(tmp_path / "rows", {"text": LEAD}, {"text": REST})
    assert [article.name for article in read(path)[0]] == ["rows:1", "rows:2"]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        pytest.param(
            lambda at: at / "none.txt", "does not exist; check the spelling", id="missing"
        ),
        pytest.param(
            lambda at: at / "on.md", "does not exist; did you mean '{at}/one.md'?", id="near"
        ),
        pytest.param(
            lambda at: at / "no" / "a.txt",
            "does not exist; the folder '{at}/no' does not exist either",
            id="no-folder",
        ),
        pytest.param(lambda at: f"{at}/*.csv", "matches no file; check the pattern and", id="glob"),
        pytest.param(lambda at: at / ".hidden", None, id="hidden-folder-named"),
        pytest.param(
            lambda at: at / "picture.png",
            "has the suffix '.png', which is not read; suffixes read: .txt, .text, .md,",
            id="suffix",
        ),
        pytest.param(lambda at: at / ("x" * 300), "is not a path ([Errno 36]", id="name-too-long"),
    ],
)
def test_path_that_cannot_be_read_says_why(folder, make, words):
    articles, rejections = read(make(folder), folder / "one.md")
    if words is None:
        assert len(articles) == 2
        return
    assert [article.name for article in articles] == ["one.md"]
    assert len(rejections) == 1
    assert str(rejections[0]).startswith(f"{make(folder)}: {words.format(at=folder)}")


def test_folder_without_articles_and_broken_link_are_named(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "link.txt").symlink_to(tmp_path / "gone.txt")
    _, rejections = read(tmp_path / "empty", tmp_path / "link.txt")
    assert "holds no file that is read; suffixes read: .txt" in str(rejections[0])
    assert str(rejections[1]).endswith("does not exist; it is a link to a file that is gone")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable_file_and_folder_are_named(folder):
    (folder / "one.md").chmod(0)
    (folder / "b").chmod(0)
    articles, rejections = read(folder)
    assert articles == []
    assert all("cannot be read (Permission denied)" in str(item) for item in rejections)


def test_file_that_goes_away_is_named(folder, monkeypatch):
    def fail(*args: object, **kwargs: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", fail)
    assert str(read(folder / "one.md")[1][0]).endswith(
        "one.md: cannot be read (Permission denied); check its permissions and that it is on this "
        "machine"
    )


@pytest.mark.parametrize("suffix", sorted(ADVICE))
def test_formats_that_are_not_read_come_with_advice(tmp_path, suffix):
    (tmp_path / f"a{suffix}").write_text("x")
    (rejection,) = read(tmp_path / f"a{suffix}")[1]
    assert rejection.hint == ADVICE[suffix]


# Standard input


@pytest.fixture
def pipe(monkeypatch):
    def fill(data: bytes) -> io.BytesIO:
        raw = io.BytesIO(data)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(raw)))
        return raw

    return fill


@pytest.mark.parametrize(
    ("data", "texts"),
    [
        pytest.param(f"{LEAD}\n".encode(), [f"{LEAD}\n"], id="plain"),
        pytest.param(
            "정부는 수출을 심사한다고 밝혔다.".encode("cp949"),
            ["정부는 수출을 심사한다고 밝혔다."],
            id="cp949",
        ),
        pytest.param(b'\n {"text": "a"}\n{"text": "b"}', ["a", "b"], id="json-lines"),
        pytest.param(b'\xef\xbb\xbf{"text": "a"}', ["a"], id="marked-json-lines"),
        pytest.param(b'[\n{"text": "a"},{"text": "b"}]', ["a", "b"], id="json-array"),
        pytest.param(b"[Seoul] The ministry said.", ["[Seoul] The ministry said."], id="bracket"),
        pytest.param(
            b"<!DOCTYPE html>\n<html><title>Head</title><body><p>"
            + LEAD.encode()
            + b"</p></body></html>",
            [f"Head\n\n{LEAD}"],
            id="page",
        ),
        pytest.param(b"---\noutlet: Ledger\n---\nText.", ["Text."], id="front-matter"),
    ],
)
def test_standard_input_is_read_for_what_it_holds(pipe, data, texts):
    raw = pipe(data)
    articles, rejections = read("-")
    assert [article.text for article in articles] == texts
    assert rejections == []
    assert articles[0].path == "-"
    assert articles[0].name.startswith("stdin")
    assert not raw.closed


def test_empty_standard_input_is_named(pipe):
    pipe(b"")
    assert str(read("-")[1][0]) == "-: is empty; save it again"


def test_json_lines_from_a_pipe_come_before_the_pipe_ends():
    program = (
        "import sys\nfrom framing.articles.reading import read_articles\n"
        "for article in read_articles(['-']): print(article.text, flush=True)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b'{"text": "first"}\n')
        process.stdin.flush()
        assert process.stdout.readline() == b"first\n"
        process.stdin.close()


# What becomes of rejections


def test_without_a_callback_the_first_rejection_is_an_error_in_the_same_words(tmp_path):
    path = write_rows(tmp_path / "a.jsonl", {"text": LEAD}, {"text": None}, {"text": REST})
    (rejection,) = read(path)[1]
    stream = read_articles([path])
    assert next(stream).text == LEAD
    with pytest.raises(InputError, match=r"row 2: the text is missing \(null\)") as caught:
        next(stream)
    assert str(caught.value) == str(rejection)
    seen: list[Rejection] = []
    with pytest.raises(InputError):
        list(read_articles([path], ReadOptions(strict=True), on_reject=seen.append))
    assert seen == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty; save it again"),
        (" \n\t\u3000\xa0\u200b\ufeff", "holds nothing but white space; save it again"),
        (
            "a" * 101,
            "is 101 characters long; the limit is 100; split it, or raise the limit (--max-chars)",
        ),
        ("a" * 500, "is a text of 500 bytes; the limit is 403 bytes; split it into smaller files"),
        ("a\x00b", "is a binary file, not text; give it the suffix of its format, or save it as"),
    ],
    ids=["empty", "white-space", "too-long", "far-too-long", "binary"],
)
def test_unusable_text_says_why(tmp_path, text, words):
    path = tmp_path / "a.txt"
    path.write_text(text, encoding="utf-8")
    articles, (rejection,) = read(path, max_article_chars=100)
    assert articles == []
    assert str(rejection).startswith(f"{path}: {words}")


def test_article_at_the_limit_is_read_whole(tmp_path):
    (tmp_path / "a.txt").write_text("가" * 100, encoding="utf-8")
    assert len(read(tmp_path / "a.txt", max_article_chars=100)[0][0].text) == 100


def test_fifty_megabyte_text_is_refused_in_bounded_memory(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"x" * (50 << 20))
    tracemalloc.start()
    _, (rejection,) = read(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "is a text of 52 MB; the limit is 4 MB" in str(rejection)
    assert peak < 20 << 20


def test_large_table_is_read_in_bounded_memory(tmp_path):
    path = write_rows(tmp_path / "a.jsonl", *({"text": f"{n} {LEAD * 50}"} for n in range(1500)))
    assert path.stat().st_size > 4 << 20
    tracemalloc.start()
    count = sum(1 for _ in read_articles([path]))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 1500
    assert peak < 2 << 20


# Duplicates


def test_second_row_of_an_id_is_rejected(tmp_path):
    path = write_rows(
        tmp_path / "a.jsonl",
        {"id": "k1", "text": LEAD},
        {"id": "k2", "text": REST},
        {"id": "k1", "text": "Another text."},
    )
    articles, (rejection,) = read(path)
    assert [article.name for article in articles] == ["k1", "k2"]
    assert str(rejection) == (
        f"{path}, row 3: the id 'k1' was given before, in row 1; give every article an id of its own"
    )


def test_ids_of_another_file_are_another_matter(tmp_path):
    one = write_rows(tmp_path / "a.jsonl", {"id": 1, "text": LEAD})
    two = write_rows(tmp_path / "b.jsonl", {"id": 1, "text": REST})
    assert len(read(one, two)[0]) == 2


def test_same_text_of_the_same_outlet_is_rejected(tmp_path):
    one = write_rows(
        tmp_path / "a.jsonl",
        {"text": LEAD, "outlet": "Harbour Ledger"},
        {"text": LEAD, "outlet": "Nuri Business Daily"},
        {"text": f" {LEAD}\n", "outlet": "HARBOUR LEDGER"},
    )
    two = write_rows(tmp_path / "b.jsonl", {"text": LEAD, "outlet": "Harbour Ledger"})
    articles, rejections = read(one, two)
    assert [article.outlet for article in articles] == ["Harbour Ledger", "Nuri Business Daily"]
    hint = "leave one out, or name the outlets where two carried it"
    assert [str(rejection) for rejection in rejections] == [
        f"{one}, row 3: has the same text and outlet as row 1; {hint}",
        f"{two}, row 1: has the same text and outlet as {one}, row 1; {hint}",
    ]


def test_file_given_twice_is_read_once(folder):
    articles, (rejection,) = read(folder / "one.md", folder / "one.md")
    assert len(articles) == 1
    assert "has the same text and outlet as the same file, given before" in str(rejection)
    _, (rejection,) = read(folder / "one.md", folder / "b", folder / "one.md")
    assert "the same file, given before" in str(rejection)


# Options


def test_language_and_outlet_are_forced(tmp_path):
    path = write_rows(tmp_path / "a.jsonl", {"text": LEAD, "language": "ko", "outlet": "Ledger"})
    (article,) = read(path, language="Japanese", outlet="Nuri Business Daily")[0]
    assert (article.language, article.outlet) == ("ja", "Nuri Business Daily")
    (article,) = read(path)[0]
    assert (article.language, article.outlet) == ("ko", "Ledger")


def test_every_field_of_a_row_is_kept(tmp_path):
    row = {
        "id": "k1",
        "headline": "Licences reviewed",
        "text": LEAD,
        "outlet": "Harbour Ledger",
        "agency": "AFP, Reuters",
        "country": "kr",
        "url": "https://harbour.example/1",
        "date": "July 13, 2019",
        "author": ["Trade desk", "Seoul office"],
        "language": "English",
    }
    (article,) = read(write_rows(tmp_path / "a.jsonl", row))[0]
    assert article.text == f"Licences reviewed\n\n{LEAD}"
    assert article.headline == "Licences reviewed"
    assert article.agencies == ("AFP", "Reuters")
    assert (article.country, article.language, article.date) == ("KR", "en", date(2019, 7, 13))
    assert (article.author, article.url) == ("Trade desk, Seoul office", row["url"])
    assert (article.name, article.row) == ("k1", 1)


def test_reading_is_lazy(folder):
    stream = read_articles([folder / "one.md", folder / "missing.txt"])
    assert next(stream).name == "one.md"
    with pytest.raises(InputError, match="does not exist"):
        next(stream)


def test_every_reader_has_a_suffix_in_lower_case():
    assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in READERS)


def test_reading_loads_no_heavy_package_before_it_is_needed():
    heavy = "trafilatura pyarrow openpyxl docx pypdf lxml charset_normalizer striprtf"
    program = (
        "import sys, framing.articles.reading\n"
        f"print([name for name in {heavy.split()!r} if name in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert result.stdout == "[]\n"
