"""framing corpus check and stats: every breach named with its file and row."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest

from framing.coding.codes import digest_text
from framing.corpus.checks import check_corpus
from framing.corpus.corpus import load_corpus
from framing.corpus.splitting import draw_split, write_split
from framing.corpus.statistics import describe_corpus, tabulate_statistics
from framing.errors import FramingError, InputError

CODEBOOK = """\
name: harbour
version: "1"
languages: [en, ko]
default_speaker: narrator
frames:
  - {id: money, name: Money, definition: Costs and prices.}
  - {id: safety, name: Safety, definition: Risk to people.}
speakers:
  - {id: official, name: Official}
  - {id: narrator, name: Reporter}
"""
# name -> (front matter beyond the usual, units, frames of each unit)
ARTICLES = {
    "en-01.md": (
        "parallel: pier",
        ["Harbour budget doubles", "The pier will cost twice what was planned.", "Gulls watched."],
        [["money"], ["money"], []],
    ),
    "en-02.md": (
        "",
        ["Planks rot under the market", "An official said walkers could fall through any day."],
        [["safety"], ["safety"]],
    ),
    "ko-01.md": (
        "parallel: pier",
        [
            "항만 예산 두 배로",
            "부두 공사비가 당초 계획의 두 배로 불어난다.",
            "갈매기들이 지켜봤다.",
        ],
        [["money"], ["money"], []],
    ),
    "ko-02.md": (
        "",
        ["시장 바닥 판자 썩어", "관계자는 행인이 언제든 빠질 수 있다고 말했다."],
        [["safety"], ["safety"]],
    ),
}


def write_article(folder: Path, name: str, extra: str, units: list[str]) -> None:
    language = name[:2]
    path = folder / "articles" / language / name
    path.parent.mkdir(parents=True, exist_ok=True)
    front = (
        f"authored: true\nlanguage: {language}\noutlet: Quayside Invented Post\ncountry: GB\n"
        f"kind: business_daily\nagency: null\ndate: 2019-07-01\nevent: pier\n{extra}\n"
    )
    path.write_text(f"---\n{front}---\n" + "\n\n".join(units) + "\n", encoding="utf-8")


def make_rows(coder: str) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for name, (_, units, frames) in ARTICLES.items():
        start = 0
        for number, (unit, labels) in enumerate(zip(units, frames, strict=True)):
            rows.append(
                {
                    "article": name, "unit": number, "start": start, "end": start + len(unit),
                    "sha1": digest_text(unit), "coder": coder, "codebook": "1", "frames": labels,
                    "speaker": "narrator", "unsure": False, "note": "",
                }
            )  # fmt: skip
            start += len(unit) + 2
    return rows


def write_rows(folder: Path, coder: str, rows: list[dict[str, object]]) -> Path:
    path = folder / "codes" / f"{coder}.jsonl"
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), "utf-8")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "codebook.yaml").write_text(CODEBOOK, encoding="utf-8")
    for name, (extra, units, _) in ARTICLES.items():
        write_article(tmp_path, name, extra, units)
    for coder in ("first", "second", "gold"):
        write_rows(tmp_path, coder, make_rows(coder))
    return tmp_path


def breaches(folder: Path, **options: object) -> list[str]:
    checks = check_corpus(load_corpus(folder), **options)  # type: ignore[arg-type]
    return [str(error) for check in checks for error in check.breaches]


def test_a_sound_corpus_has_no_breach(folder: Path):
    checks = check_corpus(load_corpus(folder))
    assert [check.name for check in checks] == [
        "files", "codes", "adjudication", "segmentation", "near-duplicates", "parallel set",
    ]  # fmt: skip
    assert breaches(folder) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(lambda t: b"\xef\xbb\xbf" + t, "begins with a byte order mark", id="bom"),
        pytest.param(lambda t: t.replace(b"\n", b"\r\n"), "has CR line ends", id="crlf"),
        pytest.param(
            lambda t: unicodedata.normalize("NFD", t.decode()).encode(),
            "is not in Unicode normal form C",
            id="nfd",
        ),
        pytest.param(
            lambda t: t.replace(b"authored: true", b"authored: false"),
            "does not say `authored: true`",
            id="not-authored",
        ),
        pytest.param(
            lambda t: t.replace(b"event: pier\n", b""), "front matter lacks event", id="no-event"
        ),
        pytest.param(
            lambda t: t.replace(b"Quayside Invented Post", b"Korea Herald"),
            "carries the name of a real outlet, 'The Korea Herald'",
            id="real-outlet",
        ),
        pytest.param(
            lambda t: t.replace(b"language: ko", b"language: en"),
            "is in 'en' and stands in folder 'ko'",
            id="wrong-folder",
        ),
    ],
)
def test_breach_of_an_article_file_names_it(folder: Path, change, message: str):
    path = folder / "articles" / "ko" / "ko-02.md"
    path.write_bytes(change(path.read_bytes()))
    found = breaches(folder)
    assert any(str(path) in line and message in line for line in found), found


def test_shifted_offsets_name_file_and_row(folder: Path):
    rows = make_rows("second")
    rows[3] = {**rows[3], "start": 1}
    path = write_rows(folder, "second", rows)
    found = breaches(folder)
    assert f"{path}, row 4: en-02.md: text at 1-27 has changed" in found[0]


def test_overlapping_offsets_name_both_rows(folder: Path):
    rows = make_rows("second")
    rows[1] = {**rows[1], "start": 10}
    write_rows(folder, "second", rows)
    with pytest.raises(
        InputError, match=r"row 2: offsets 10-66 of en-01.md overlap with 0-22 in row 1"
    ):
        load_corpus(folder)


def test_missing_units_and_articles_of_a_coder_are_named(folder: Path):
    rows = [row for row in make_rows("second") if row["article"] != "ko-02.md"]
    write_rows(folder, "second", rows[1:])
    found = breaches(folder)
    assert any("'second' has not coded ko-02.md" in line for line in found)
    assert any("'second' has not coded en-01.md 0-22" in line for line in found)


def test_a_code_without_speaker_is_named(folder: Path):
    rows = make_rows("first")
    rows[2] = {**rows[2], "speaker": None}
    path = write_rows(folder, "first", rows)
    assert f"{path}, row 3: has no speaker" in breaches(folder)


def test_gold_that_no_coder_said_needs_a_reason(folder: Path):
    rows = make_rows("gold")
    rows[0] = {**rows[0], "frames": ["safety"]}
    path = write_rows(folder, "gold", rows)
    assert f"{path}, row 1: differs from what every coder said" in breaches(folder)[0]
    rows[0] = {**rows[0], "note": "adjudicated: rule 1: budget is no price"}
    write_rows(folder, "gold", rows)
    assert breaches(folder) == []


@pytest.mark.parametrize("note", ["", "adjudicated:", "adjudicated:   ", "looked at it"])
def test_a_disagreement_settled_without_a_reason_is_named(folder: Path, note: str):
    rows = make_rows("second")
    rows[0] = {**rows[0], "frames": ["safety"]}
    write_rows(folder, "second", rows)
    gold = make_rows("gold")
    gold[0] = {**gold[0], "note": note}
    path = write_rows(folder, "gold", gold)
    assert f"{path}, row 1: coders differ and the note does not say why" in breaches(folder)[0]


def test_near_duplicates_are_named_but_translations_are_not(folder: Path):
    name, (extra, units, frames) = "en-03.md", ARTICLES["en-02.md"]
    again = ["Market planks", "An official said walkers could fall through any day now."]
    ARTICLES_WITH = {**ARTICLES, name: (extra, again, frames)}
    write_article(folder, name, extra, again)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(f"{__name__}.ARTICLES", ARTICLES_WITH)
        for coder in ("first", "second", "gold"):
            write_rows(folder, coder, make_rows(coder))
    found = breaches(folder)
    assert len(found) == 1
    assert "nearly repeats" in found[0]
    assert "en-03.md" in found[0]
    assert units[1] in found[0]


def test_parallel_set_that_lacks_a_language_is_named(folder: Path):
    path = folder / "articles" / "ko" / "ko-01.md"
    path.write_text(path.read_text("utf-8").replace("parallel: pier\n", ""), encoding="utf-8")
    assert any("parallel set 'pier' is in en" in line for line in breaches(folder))


def test_parallel_set_with_a_unit_more_is_named(folder: Path):
    for coder in ("first", "second", "gold"):
        rows = make_rows(coder)
        write_rows(folder, coder, [r for r in rows if (r["article"], r["unit"]) != ("ko-01.md", 2)])
    assert any("en-01.md 3, ko-01.md 2" in line for line in breaches(folder))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            "Yesterday the pier will cost twice what was planned, they said.",
            "en-01.md: shares 8 words with real.txt: 'the pier will cost twice what was planned'",
            id="eight-words",
        ),
        pytest.param(
            "관계자는 행인이 언제든 빠질 수 있다고 말했다.",
            "ko-02.md: shares 20 characters with real.txt",
            id="twenty-korean-characters",
        ),
        pytest.param(
            "THE PIER will cost twice: what was planned?",
            "en-01.md: shares 8",
            id="case-and-marks-aside",
        ),
        pytest.param("A pier will cost twice what was planned.", "", id="seven-words-are-free"),
        pytest.param("그 관계자는 행인이 언제든 빠질 수 있다고 하네", "", id="eighteen-are-free"),
    ],
)
def test_wording_taken_from_other_text_is_named(folder: Path, tmp_path: Path, text, message):
    other = tmp_path / "other"
    other.mkdir()
    (other / "real.txt").write_text(f"Some headline of theirs\n\n{text}\n", encoding="utf-8")
    found = breaches(folder, against=[other])
    assert any(message in line for line in found) if message else found == []


def test_split_is_checked_where_there_is_one(folder: Path):
    corpus = load_corpus(folder)
    split = draw_split(corpus.join())
    write_split(corpus.split_path, split)
    assert breaches(folder) == []
    parted = json.loads(corpus.split_path.read_text("utf-8"))
    parted["digest"] = "0"
    corpus.split_path.write_text(json.dumps(parted), encoding="utf-8")
    assert any("its digest says 0" in line for line in breaches(folder))


def test_licensed_codes_of_an_article_in_the_corpus_are_named(folder: Path):
    (folder / "licensed").mkdir()
    path = folder / "licensed" / "gold.jsonl"
    path.write_text(json.dumps(make_rows("gold")[0]) + "\n", encoding="utf-8")
    assert f"{path}, row 1: en-01.md is an article of this corpus" in breaches(folder)[0]


@pytest.mark.parametrize("part", ["codebook.yaml", "articles", "codes"])
def test_a_folder_that_is_no_corpus_says_what_it_lacks(folder: Path, part: str):
    (folder / part).rename(folder / "elsewhere")
    with pytest.raises(InputError, match=f"has no `{part}`; a corpus folder holds"):
        load_corpus(folder)


def test_codes_of_one_coder_in_two_files_are_refused(folder: Path):
    path = folder / "codes" / "more.jsonl"
    path.write_text(json.dumps(make_rows("first")[0]) + "\n", encoding="utf-8")
    with pytest.raises(InputError, match="codes by 'first' stand in first.jsonl too"):
        load_corpus(folder)


def test_statistics_count_what_is_there(folder: Path):
    counted = describe_corpus(load_corpus(folder))
    assert counted["all"]["articles"] == 4
    assert counted["all"]["units"] == 10
    assert counted["all"]["frames"] == {"money": 4, "safety": 4, "two or more": 0, "none": 2}
    assert list(counted["languages"]) == ["en", "ko"]
    assert counted["languages"]["ko"]["speakers"] == {"official": 0, "narrator": 5}
    assert counted["parallel"] == {"pier": ["en-01.md", "ko-01.md"]}
    assert counted["coders"] == {"first": 10, "gold": 10, "second": 10}
    assert all(
        len(row) == len(heads) for heads, rows in tabulate_statistics(counted) for row in rows
    )


def test_breach_is_an_error_of_this_package(folder: Path):
    (folder / "articles" / "ko" / "ko-02.md").unlink()
    found = [e for check in check_corpus(load_corpus(folder)) for e in check.breaches]
    assert all(isinstance(error, FramingError) for error in found)
    assert any("no text for article 'ko-02.md'" in str(error) for error in found)


def test_check_on_the_command_line(run, folder: Path):
    result = run("corpus", "check", folder)
    assert (result.code, result.err) == (0, "nothing wrong\n")
    assert "codes ok first 10, gold 10, second 10" in " ".join(result.out.split())
    rows = make_rows("second")
    rows[3] = {**rows[3], "sha1": "0" * 12}
    path = write_rows(folder, "second", rows)
    result = run("corpus", "check", folder)
    assert result.code == 2
    assert "codes 1 wrong" in " ".join(result.out.split())
    assert f"framing: {path}, row 4: en-02.md: text at 0-27 has changed" in result.err


def test_stats_on_the_command_line(run, folder: Path):
    table = run("corpus", "stats", folder)
    assert table.code == 0
    assert max(map(len, table.out.splitlines())) <= 80
    assert "money" in table.out
    counted = json.loads(run("corpus", "stats", folder, "--format", "json").out)
    assert counted["all"]["units"] == 10
    assert "| units | 5 | 5 | 10 |" in run("corpus", "stats", folder, "--format", "markdown").out


def test_split_on_the_command_line(run, folder: Path):
    shown = run("corpus", "split", folder)
    assert shown.code == 0
    assert not (folder / "split.json").exists()
    written = run("corpus", "split", folder, "--write")
    assert "4 articles placed" in written.err
    again = run("corpus", "split", folder, "--write")
    assert "0 articles placed" in again.err
    assert run("corpus", "check", folder).code == 0


def test_units_that_a_sample_leaves_uncoded_are_nobodys_fault(folder: Path):
    for coder in ("first", "second", "gold"):
        write_rows(folder, coder, [r for r in make_rows(coder) if r["unit"] == 1])
    assert breaches(folder) == []
