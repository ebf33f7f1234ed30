"""Adjudication: disagreements found, decided at the keyboard or in a file, and turned into gold."""

from __future__ import annotations

import io
import json
import os
import re
import select
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from framing.articles.article import Article
from framing.cli.wrapping import wrap_cells
from framing.codebook import Codebook
from framing.coding.adjudication import make_gold, settle_by_majority
from framing.coding.codes import Code, digest_text, read_codes
from framing.coding.disagreements import Comparison, compare_coders, label_coders, read_coders
from framing.coding.journal import Journal
from framing.errors import FramingError
from tests.conftest import ROOT, Result, Run

KOREAN = [
    "항구 요금 인상",
    "“비용이 너무 높다”고 항만 당국자가 말했다.",
    "낡은 방파제는 위험하다고 했다.",
    "비가 왔다.",
]
JAPANESE = ["港の予算が倍増", "「費用が高すぎる」と港湾局の担当者は述べた。", "古い桟橋で二人がけがをした。", "雨が降った。"]  # fmt: skip
ARTICLES = {"ja.txt": JAPANESE, "ko.txt": KOREAN}
MONEY, SAFETY, BOTH, NONE = ["money"], ["safety"], ["money", "safety"], []
# What each coder gave to ja 0-3 and ko 0-3: (frames, speaker); they differ on ja 1, ja 2, ko 1, ko 2.
ANNA = [(MONEY, "narrator"), (MONEY, "official"), (SAFETY, "narrator"), (NONE, "narrator"),
        (MONEY, "narrator"), (MONEY, "official"), (SAFETY, "official"), (NONE, "narrator")]  # fmt: skip
BORA = [(MONEY, "narrator"), (MONEY, "narrator"), (BOTH, "narrator"), (NONE, "narrator"),
        (MONEY, "narrator"), (NONE, "narrator"), (BOTH, "official"), (NONE, "narrator")]  # fmt: skip
CHO = [(MONEY, "narrator"), (MONEY, "official"), (BOTH, "narrator"), (NONE, "narrator"),
       (MONEY, "narrator"), (MONEY, "narrator"), (SAFETY, "official"), (NONE, "narrator")]  # fmt: skip


class Desk:
    """A folder with articles, codes of two coders and a codebook."""

    def __init__(self, folder: Path, codebook: Path) -> None:
        self.folder = folder
        self.codebook = codebook
        (folder / "articles").mkdir()
        for name, units in ARTICLES.items():
            (folder / "articles" / name).write_text("\n\n".join(units), encoding="utf-8")
        self.first = self.code("first.jsonl", "anna", ANNA)
        self.second = self.code("second.jsonl", "bora", BORA)
        self.gold = folder / "gold.jsonl"
        self.journal = folder / "gold.jsonl.decisions.jsonl"

    def rows(self, coder: str, given: list[tuple[list[str], str | None]]) -> list[dict[str, Any]]:
        rows, given = [], list(given)
        for name, units in ARTICLES.items():
            start = 0
            for number, text in enumerate(units):
                frames, speaker = given.pop(0)
                rows.append({
                    "article": name, "unit": number, "start": start, "end": start + len(text),
                    "sha1": digest_text(text), "coder": coder, "codebook": "1", "frames": frames,
                    "speaker": speaker, "unsure": False, "note": "",
                })  # fmt: skip
                start += len(text) + 2
        return rows

    def code(
        self, file: str, coder: str, given: list[tuple[list[str], str | None]], **changes: Any
    ) -> Path:
        return self.write(file, *self.rows(coder, given))

    def write(self, file: str, *rows: dict[str, Any] | str) -> Path:
        path = self.folder / file
        lines = [r if isinstance(r, str) else json.dumps(r, ensure_ascii=False) for r in rows]
        path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
        return path

    def change(self, path: Path, row: int, **values: Any) -> None:
        rows = read_rows(path)
        rows[row] |= values
        self.write(path.name, *rows)

    def compare(self, *paths: Path, **options: Any) -> Comparison:
        codebook = Codebook.load(self.codebook)
        articles = [
            Article(text=path.read_text("utf-8"), name=path.name)
            for path in sorted((self.folder / "articles").iterdir())
        ]
        codings = read_coders(paths or (self.first, self.second), codebook)
        return compare_coders(codings, articles, codebook, **options)


@pytest.fixture
def desk(tmp_path: Path, small_codebook_path: Path) -> Desk:
    return Desk(tmp_path, small_codebook_path)


@pytest.fixture
def adjudicate(desk: Desk, run: Run) -> Run:
    """The verb on the two coders, gold going to gold.jsonl."""

    def call(*options: str | Path, keys: str = "", columns: int = 80) -> Result:
        return run(
            "adjudicate", desk.first, desk.second, "--texts", desk.folder / "articles",
            "--codebook", desk.codebook, "-o", desk.gold, *options, keys=keys, columns=columns,
        )  # fmt: skip

    return call


def read_rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def decide(article: str, unit: int, **values: Any) -> dict[str, Any]:
    return {"article": article, "unit": unit, "reason": "rule 1"} | values


DECIDED = [
    decide("ko.txt", 2, frames=SAFETY, reason="rule 3"),
    decide("ja.txt", 1, speaker="official"),
    decide("ja.txt", 2, frames=["safety", "money"]),
    decide("ko.txt", 1, frames=NONE, speaker="official", reason="rule\n 2: 요금"),
]


def test_what_differs_is_found_frame_by_frame_and_the_rest_is_agreed(desk: Desk):
    comparison = desk.compare()
    assert comparison.coders == ("anna", "bora")
    found = [(unit.name, unit.disputed_frames, unit.speakers) for unit in comparison.disputed]
    assert found == [
        ("ja.txt unit 1", (), ("official", "narrator")),
        ("ja.txt unit 2", ("money",), ("narrator",)),
        ("ko.txt unit 1", ("money",), ("official", "narrator")),
        ("ko.txt unit 2", ("money",), ("official",)),
    ]
    assert comparison.disputed[1].frames == ("safety",)


def test_a_coder_who_named_no_speaker_takes_no_side(desk: Desk):
    desk.code("second.jsonl", "bora", [(frames, None) for frames, _ in ANNA])
    comparison = desk.compare()
    assert comparison.disputed == ()
    assert [unit.speaker for unit in comparison.units][:2] == ["narrator", "official"]


def test_order_of_frames_in_a_row_is_no_disagreement(desk: Desk):
    desk.code("first.jsonl", "anna", [(["safety", "money"], "narrator")] * 8)
    desk.code("second.jsonl", "bora", [(["money", "safety"], "narrator")] * 8)
    assert desk.compare().disputed == ()


def test_codebook_without_speakers_compares_frames_alone(desk: Desk, run: Run):
    text = desk.codebook.read_text("utf-8").split("speakers:")[0]
    codebook = desk.folder / "fish.yaml"
    codebook.write_text(text.replace("default_speaker: narrator\n", ""), encoding="utf-8")
    common = (desk.first, desk.second, "--texts", desk.folder / "articles", "--codebook", codebook)
    listed = run("adjudicate", *common, "--list")
    assert listed.code == 0
    assert "Speaker" not in listed.out
    assert "3 of 8 units differ" in listed.out
    done = run("adjudicate", *common, "-o", desk.gold, keys="12\nrule 1\n0\nrule 1\n12\nrule 2\n")
    assert done.code == 0, done.err
    gold = read_rows(desk.gold)
    assert {row["speaker"] for row in gold} == {None}
    assert [row["frames"] for row in gold if row["note"]] == [BOTH, NONE, BOTH]
    refused = run(
        "adjudicate", *common, "-o", desk.gold, "--no-ask",
        "--decisions", desk.write("d.jsonl", decide("ja.txt", 2, frames=[], speaker="official")),
    )  # fmt: skip
    assert "the codebook lists no speakers" in refused.err


def test_blind_order_changes_by_unit_and_seed_and_stays_for_a_unit(desk: Desk):
    units = desk.compare().units
    orders = [[code.coder for _, _, code in label_coders(unit)] for unit in units]
    assert orders == [[code.coder for _, _, code in label_coders(unit)] for unit in units]
    assert ["anna", "bora"] in orders
    assert ["bora", "anna"] in orders
    assert orders != [[code.coder for _, _, code in label_coders(u, seed=1)] for u in units]
    assert {name for unit in units for _, name, _ in label_coders(unit)} == {""}
    assert [n for _, n, _ in label_coders(units[0], blind=False)] == ["anna", "bora"]


# ---- at the keyboard


def letter(desk: Desk, number: int, coder: str) -> str:
    """The letter that a coder has in the unit asked in this place: ja 2, ko 1, ko 2, ja 1."""
    unit = [desk.compare().disputed[k] for k in (1, 2, 3, 0)][number]
    return next(name for name, _, code in label_coders(unit) if code.coder == coder)


def test_everything_decided_at_the_keyboard_gives_gold(desk: Desk, adjudicate: Run):
    keys = [
        letter(desk, 0, "bora"), "rule 1",
        "1", letter(desk, 1, "bora").lower(), "규칙 2",
        "0", "0", "rule 3",
        "1", "rule 4",
    ]  # fmt: skip
    done = adjudicate(keys="\n".join(keys) + "\n")
    assert done.code == 0, done.err
    gold = [
        (r["article"], r["unit"], r["frames"], r["speaker"], r["note"])
        for r in read_rows(desk.gold)
    ]
    assert gold == [
        ("ja.txt", 0, MONEY, "narrator", ""),
        ("ja.txt", 1, MONEY, "official", "adjudicated: rule 4"),
        ("ja.txt", 2, BOTH, "narrator", "adjudicated: rule 1"),
        ("ja.txt", 3, NONE, "narrator", ""),
        ("ko.txt", 0, MONEY, "narrator", ""),
        ("ko.txt", 1, MONEY, "narrator", "adjudicated: 규칙 2"),
        ("ko.txt", 2, NONE, "official", "adjudicated: rule 3"),
        ("ko.txt", 3, NONE, "narrator", ""),
    ]
    assert {row["coder"] for row in read_rows(desk.gold)} == {"gold"}
    read_codes(desk.gold, Codebook.load(desk.codebook))


def test_a_unit_is_asked_once_with_context_and_no_coder_is_named(desk: Desk, adjudicate: Run):
    desk.change(desk.second, 6, unsure=True, note="규칙 3이 애매하다")
    done = adjudicate(keys="s\ns\ns\ns\n")
    assert done.code == 0
    shown = " ".join(done.out.split())
    assert shown.count("ko.txt, unit 1") == 1
    assert (
        "항구 요금 인상 “비용이 너무 높다”고 항만 당국자가 말했다. > 낡은 방파제는 위험하다고 했다."
        in shown
    )
    assert "unsure 규칙 3이 애매하다" in shown
    assert "anna" not in shown
    assert "bora" not in shown
    assert "4 skipped, 4 left" in done.err
    assert not desk.gold.exists()
    assert "anna: " in adjudicate("--show-coders", keys="q\n").out


def test_starting_again_goes_on_and_says_how_many_are_left(desk: Desk, adjudicate: Run):
    first = adjudicate(keys="12\nrule 1\nq\n")
    assert first.code == 0
    assert "1 decision made, 0 skipped, 3 left" in first.err
    assert "no gold was written" in first.err
    second = adjudicate(keys="q\n")
    assert "1 decision read" in second.err
    assert "4 disputed: 1 decided, 3 left" in second.err
    assert "ja.txt, unit 2" not in second.out


def test_back_undoes_the_last_decision_also_of_an_earlier_run(desk: Desk, adjudicate: Run):
    adjudicate(keys="12\nrule 1\n0\n1\nrule 2\nu\nq\n")
    assert [row.get("undo", False) for row in read_rows(desk.journal)] == [False, False, True]
    again = adjudicate(keys="u\n2\nrule 9\nq\n")
    assert "Undone: ja.txt unit 2" in again.out
    third = adjudicate(keys="q\n")
    assert "4 disputed: 1 decided, 3 left" in third.err
    assert read_rows(desk.journal)[-1]["reason"] == "rule 9"
    nothing = adjudicate(keys="u\nu\nq\n")
    assert "nothing to go back to" in nothing.out


def test_back_in_the_middle_of_a_unit_and_after_a_skip_asks_the_one_before(
    desk: Desk, adjudicate: Run
):
    done = adjudicate("--partial", keys="s\n1\nu\n2\nrule 1\nq\n")
    assert [(row["article"], row["unit"]) for row in read_rows(desk.journal)] == [("ja.txt", 2)]
    assert "1 decision made, 0 skipped, 3 left" in done.err


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        pytest.param("x\nq\n", "'x' is no answer: type A, B, numbers from 1 to 2, or 0", id="letter"),
        pytest.param("3\nq\n", "'3' is no answer", id="number-too-high"),
        pytest.param("01\nq\n", "'01' is no answer", id="none-beside-a-frame"),
        pytest.param("²\nq\n", "'²' is no answer", id="superscript-digit"),
        pytest.param("\nq\n", "'' is no answer", id="empty"),
        pytest.param("2\n\nq\n", "A reason is needed", id="no-reason"),
        pytest.param("2\nB\nq\n", "'B' is no reason", id="letter-for-reason"),
        pytest.param("2\nad\x1b[A\nq\n", "control character", id="arrow-key-in-reason"),
        pytest.param("?\nq\n", "Costs and prices.", id="help"),
        pytest.param("s\n1\n9\nq\n", "'9' is no answer: type A, B, or a number from 1 to 2", id="speaker"),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_said_and_asked_again(
    adjudicate: Run, desk: Desk, keys: str, said: str
):
    done = adjudicate(keys=keys)
    assert done.code == 0
    assert said in " ".join(done.out.split())
    assert not desk.journal.exists()


def test_more_than_nine_frames_are_typed_with_commas(desk: Desk, run: Run):
    text = desk.codebook.read_text("utf-8")
    more = "".join(f"  - {{id: f{n}, name: F{n}, definition: More.}}\n" for n in range(3, 13))
    codebook = desk.folder / "many.yaml"
    codebook.write_text(text.replace("speakers:", more + "speakers:"), encoding="utf-8")
    done = run(
        "adjudicate", desk.first, desk.second, "--texts", desk.folder / "articles", "--codebook", codebook,
        "-o", desk.gold, keys="2, 12\n12 2\nrule 1\nq\n",
    )  # fmt: skip
    assert done.code == 0
    assert read_rows(desk.journal)[0]["frames"] == ["safety", "f12"]


def test_input_that_runs_out_keeps_what_was_decided_and_is_an_error(desk: Desk, adjudicate: Run):
    done = adjudicate(keys="12\nrule 1\n0\n")
    assert done.code == 2
    assert "3 units undecided, so no gold was written: ja.txt unit 1, ko.txt unit 1" in done.err
    assert len(read_rows(desk.journal)) == 1
    assert not desk.gold.exists()


def read_until(terminal: int, prompt: bytes | None) -> bytes:
    """What a terminal shows up to a prompt, or until its program ends."""
    shown = b""
    while prompt is None or prompt not in shown:
        ready, _, _ = select.select([terminal], [], [], 20)
        assert ready, shown
        try:
            chunk = os.read(terminal, 4096)
        except OSError:  # Linux says so that the program has closed its side
            chunk = b""
        if not chunk:
            break
        shown += chunk
    return shown


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.parametrize("key", [pytest.param(b"\x03", id="ctrl-c"), pytest.param(b"\x04", id="ctrl-d")])  # fmt: skip
def test_leaving_a_terminal_keeps_what_was_decided(desk: Desk, key: bytes):
    import pty

    pid, terminal = pty.fork()
    if pid == 0:  # pragma: no cover - the child
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # a suite in the background ignores it
        os.execv(sys.executable, [
            sys.executable, "-m", "framing", "adjudicate", str(desk.first), str(desk.second),
            "--texts", str(desk.folder / "articles"), "--codebook", str(desk.codebook),
            "-o", str(desk.gold),
        ])  # fmt: skip
    shown = b""
    steps = [
        (b"Frames (", b"2\n"),
        (b"Reason", "규칙 1\n".encode()),
        (b"Frames (", key),
        (None, b""),
    ]
    for prompt, answer in steps:
        shown = read_until(terminal, prompt)
        if answer:
            time.sleep(0.2)  # a key in the instant before Python listens waits for the next key
            os.write(terminal, answer)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert b"Traceback" not in shown
    assert b"3 left" in shown
    assert [row["reason"] for row in read_rows(desk.journal)] == ["규칙 1"]


def test_a_frame_no_coder_gave_is_asked_twice_and_counted(desk: Desk, adjudicate: Run):
    desk.code("first.jsonl", "anna", [(MONEY, "narrator")] * 2 + [(NONE, "narrator")] * 6)
    desk.code("second.jsonl", "bora", [(MONEY, "narrator")] + [(NONE, "narrator")] * 7)
    done = adjudicate(keys="12\n21\nrule 1\n")
    assert done.code == 0, done.err
    assert "Both coders left Safety out: type 12 again to confirm." in " ".join(done.out.split())
    assert read_rows(desk.gold)[1]["frames"] == BOTH
    assert "1 decision gives a frame no coder gave: ja.txt unit 1" in done.err


def test_a_frame_all_gave_is_left_out_only_when_typed_twice(desk: Desk, adjudicate: Run):
    unsure = adjudicate("--partial", keys="1\n2\nrule 1\nq\n")
    assert "Both coders gave Safety: type 1 again to confirm." in " ".join(unsure.out.split())
    assert read_rows(desk.journal)[0]["frames"] == SAFETY
    assert "all coders gave" not in unsure.err
    desk.journal.unlink()
    desk.gold.unlink()
    sure = adjudicate("--partial", keys="1\n1\nrule 1\nq\n")
    assert read_rows(desk.journal)[0]["frames"] == MONEY
    assert "1 decision leaves out a frame all coders gave: ja.txt unit 2" in sure.err


def test_undoing_an_earlier_run_is_counted_apart(desk: Desk, adjudicate: Run):
    adjudicate(keys="2\nrule 1\nq\n")
    done = adjudicate(keys="u\nq\n")
    assert "0 decisions made, 1 made earlier undone, 0 skipped, 4 left" in done.err
    again = adjudicate(keys="2\nrule 1\nu\nq\n")
    assert "0 decisions made, 0 skipped, 4 left" in again.err


def test_without_an_answer_no_file_of_decisions_is_claimed(desk: Desk, adjudicate: Run):
    done = adjudicate(keys="")
    assert f"Decisions will be saved in {desk.journal}." in done.err
    assert "are saved" not in done.err
    assert not desk.journal.exists()


def test_what_was_typed_is_said_back_as_typed(adjudicate: Run):
    assert "'C' is no answer" in adjudicate(keys="C\nq\n").out
    assert "'Zz' is no answer" in adjudicate(keys="s\ns\ns\nZz\nq\n").out


def test_journal_in_a_folder_that_is_not_there_is_refused_before_the_first_question(
    desk: Desk, adjudicate: Run
):
    done = adjudicate("--decisions", desk.folder / "nowhere" / "d.jsonl", keys="1\n")
    assert (done.code, done.out) == (2, "")
    assert "its folder does not exist" in done.err


def test_a_row_without_line_end_is_not_run_into(desk: Desk):
    units = desk.compare().disputed
    journal = Journal(desk.journal, Codebook.load(desk.codebook))
    journal.undo(units[0])
    desk.journal.write_bytes(desk.journal.read_bytes().rstrip(b"\n"))
    journal.undo(units[1])
    assert [row["unit"] for row in read_rows(desk.journal)] == [1, 2]


# ---- decisions made elsewhere


def test_decisions_from_a_file_give_gold(desk: Desk, adjudicate: Run):
    done = adjudicate("--no-ask", "--decisions", desk.write("made.jsonl", *DECIDED))
    assert done.code == 0, done.err
    decided = {(r["article"], r["unit"]): r for r in read_rows(desk.gold) if r["note"]}
    assert {key: (r["frames"], r["speaker"], r["note"]) for key, r in decided.items()} == {
        ("ja.txt", 1): (MONEY, "official", "adjudicated: rule 1"),
        ("ja.txt", 2): (BOTH, "narrator", "adjudicated: rule 1"),
        ("ko.txt", 1): (NONE, "official", "adjudicated: rule 2: 요금"),
        ("ko.txt", 2): (SAFETY, "official", "adjudicated: rule 3"),
    }
    assert "4 units agreed, 4 adjudicated, 0 by majority" in done.err
    before = desk.gold.read_bytes()
    assert adjudicate("--no-ask", "--decisions", desk.folder / "made.jsonl").code == 0
    assert desk.gold.read_bytes() == before


def test_unsure_is_whoever_was(desk: Desk, adjudicate: Run):
    desk.change(desk.first, 0, unsure=True)
    desk.change(desk.second, 1, unsure=True)
    adjudicate("--no-ask", "--decisions", desk.write("made.jsonl", *DECIDED))
    assert [row["unsure"] for row in read_rows(desk.gold)] == [True, True] + [False] * 6


def test_a_sheet_filled_in_is_a_file_of_decisions(desk: Desk, adjudicate: Run):
    sheet = desk.folder / "sheet.jsonl"
    done = adjudicate("--sheet", sheet)
    assert (done.code, done.out) == (0, "")
    rows = read_rows(sheet)
    assert [row["disputed"] for row in rows] == [
        ["money"],
        ["money", "speaker"],
        ["money"],
        ["speaker"],
    ]
    assert rows[2]["before"] == KOREAN[:2]
    assert {*rows[0]["coders"]} == {"A", "B"}
    assert "0 decisions read" in adjudicate("--no-ask", "--decisions", sheet).err
    for row in rows[:3]:
        row |= {"frames": NONE, "speaker": "narrator" if "speaker" in row["disputed"] else None}
        row["reason"] = "rule 7"
    desk.write("sheet.jsonl", *rows)
    done = adjudicate("--no-ask", "--decisions", sheet)
    assert done.code == 2
    assert "1 row not filled in" in done.err
    assert "1 unit undecided, so no gold was written: ja.txt unit 1" in done.err
    assert not desk.gold.exists()
    done = adjudicate("--no-ask", "--partial", "--decisions", sheet)
    assert done.code == 0
    assert "1 undecided left out" in done.err
    assert len(read_rows(desk.gold)) == 7


def fill(desk: Desk, sheet: Path, *rows: int, **values: Any) -> None:
    for row in rows:
        desk.change(sheet, row, frames=NONE, speaker="narrator", reason="rule 7", **values)


def test_a_sheet_written_again_keeps_what_was_filled_in(desk: Desk, adjudicate: Run):
    sheet = desk.folder / "sheet.jsonl"
    adjudicate("--sheet", sheet)
    fill(desk, sheet, 1)
    desk.change(sheet, 3, reason="ask the team")
    filled = sheet.read_bytes()
    done = adjudicate("--sheet", sheet)
    assert "4 units to decide, 2 filled in before and carried over: fill in" in done.err
    assert sheet.read_bytes() == filled


@pytest.mark.parametrize("change", ["codes", "frame", "version", "twice"])
def test_a_sheet_is_not_replaced_where_a_filled_row_would_be_lost(
    desk: Desk, adjudicate: Run, change: str
):
    sheet = desk.folder / "sheet.jsonl"
    adjudicate("--sheet", sheet)
    fill(desk, sheet, 1)
    if change == "codes":
        desk.change(desk.first, 5, frames=SAFETY)
    elif change == "version":
        desk.change(sheet, 1, codebook="0")
    elif change == "twice":
        desk.write(sheet.name, *read_rows(sheet), read_rows(sheet)[1] | {"reason": "rule 8"})
    filled = sheet.read_bytes()
    only = ("--frame", "safety") if change == "frame" else ()
    done = adjudicate("--sheet", sheet, *only)
    assert done.code == 2
    assert (
        f"{sheet}: exists, and holds 1 filled row that would be lost, the first ko.txt unit 1; "
        "write to another name"
    ) in done.err
    assert sheet.read_bytes() == filled


def test_a_filled_row_that_is_a_saved_decision_may_leave_the_sheet(desk: Desk, adjudicate: Run):
    sheet = desk.folder / "sheet.jsonl"
    adjudicate("--sheet", sheet)
    fill(desk, sheet, 0)
    desk.change(sheet, 0, frames=SAFETY)
    adjudicate(keys="2\nrule 7\nq\n")
    done = adjudicate("--sheet", sheet)
    assert done.code == 0, done.err
    assert [row["unit"] for row in read_rows(sheet)] == [1, 2, 1]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("my notes\n", id="notes"),
        pytest.param('{"article": 1, "codes": null}\n', id="other-rows"),
    ],
)
def test_a_file_that_is_no_sheet_is_not_replaced_by_one(desk: Desk, adjudicate: Run, text: str):
    sheet = desk.folder / "sheet.jsonl"
    sheet.write_text(text, encoding="utf-8")
    done = adjudicate("--sheet", sheet)
    assert done.code == 2
    assert "exists, and is no sheet of disputed units; give another name" in done.err
    assert sheet.read_text("utf-8") == text


def test_a_sheet_shows_what_stands_in_the_article_though_it_was_not_coded(
    desk: Desk, adjudicate: Run
):
    for path in (desk.first, desk.second):
        rows = read_rows(path)
        desk.write(path.name, *[row for row in rows if row["unit"] == 2])
    sheet = desk.folder / "sheet.jsonl"
    adjudicate("--sheet", sheet)
    found = [(row["headline"], row["before"]) for row in read_rows(sheet)]
    assert found == [(JAPANESE[0], JAPANESE[:2]), (KOREAN[0], KOREAN[:2])]
    shown = " ".join(adjudicate("--list").out.split())
    assert f"{KOREAN[0]} {KOREAN[1]} > {KOREAN[2]}" in shown


@pytest.mark.parametrize(
    ("option", "name", "said"),
    [
        pytest.param("--sheet", "s.csv", "s.csv: a sheet is JSON Lines, not .csv; give s.jsonl; --list --format csv prints", id="sheet"),
        pytest.param("--sheet", "s", "a sheet is JSON Lines, not a file without ending; give s.jsonl", id="sheet-without-ending"),
        pytest.param("--decisions", "d.csv", "d.csv: decisions are JSON Lines, not .csv; give d.jsonl", id="decisions"),
    ],
)  # fmt: skip
def test_a_name_that_promises_a_table_is_refused(
    desk: Desk, adjudicate: Run, option: str, name: str, said: str
):
    done = adjudicate(option, desk.folder / name)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert not (desk.folder / name).exists()


def test_decisions_in_a_table_are_told_to_be_json_lines(desk: Desk, adjudicate: Run):
    done = adjudicate("--no-ask", "--decisions", desk.write("d.csv", "article,unit,frames,reason"))
    assert re.search(r"d.csv, row 1: is not JSON \(.*\); decisions are JSON Lines", done.err)


def test_decisions_that_name_no_codes_are_counted(desk: Desk, adjudicate: Run):
    made = desk.write("made.jsonl", *DECIDED)
    done = adjudicate("--no-ask", "--decisions", made)
    assert (
        f"{made}: 4 decisions without `codes`: taken as made on the codes as they are" in done.err
    )
    bound = [
        row | {"codes": unit.digest}
        for row in DECIDED
        for unit in desk.compare().disputed
        if unit.name == f"{row['article']} unit {row['unit']}"
    ]
    done = adjudicate("--no-ask", "--decisions", desk.write("made.jsonl", *bound))
    assert done.code == 0
    assert "without `codes`" not in done.err


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"article": "zz.txt"}, "names zz.txt unit 2, but its `codes` are those of ja.txt unit 2; mend", id="article"),
        pytest.param({"unit": 1}, "names ja.txt unit 1, but its `codes` are those of ja.txt unit 2", id="unit"),
        pytest.param({"unit": 9}, "names ja.txt unit 9, but its `codes` are those of ja.txt unit 2", id="no-such-unit"),
        pytest.param({"article": "zz.txt", "codes": "0"}, "nobody coded an article 'zz.txt'", id="article-and-old-codes"),
    ],
)  # fmt: skip
def test_a_saved_decision_with_a_slip_in_its_place_is_named_with_its_row(
    desk: Desk, adjudicate: Run, changes: dict[str, Any], said: str
):
    adjudicate(keys="2\nrule 1\nq\n")
    desk.change(desk.journal, 0, **changes)
    done = adjudicate("--no-ask")
    assert done.code == 2
    assert f"{desk.journal}, row 1: {said}" in done.err


def test_a_decision_on_codes_taken_out_since_is_no_error(desk: Desk, adjudicate: Run):
    adjudicate(keys="2\nrule 1\nq\n")
    for path in (desk.first, desk.second):
        desk.write(path.name, *[row for row in read_rows(path) if row["article"] != "ja.txt"])
    assert "1 decision no longer needed" in adjudicate(keys="q\n").err


def test_a_changed_code_makes_its_decision_stale_and_no_other(desk: Desk, adjudicate: Run):
    adjudicate(keys="12\nrule 1\n0\n1\nrule 2\nq\n")
    desk.change(desk.first, 2, frames=NONE)
    done = adjudicate(keys="q\n")
    assert "codes have changed since 1 decision, to be made again: ja.txt unit 2" in done.err
    assert "1 decided, 3 left" in done.err
    assert "ja.txt, unit 2" in done.out
    adjudicate(keys="1\nrule 8\nq\n")
    settled = adjudicate(keys="q\n")
    assert "codes have changed" not in settled.err
    assert "2 decided, 2 left" in settled.err


@pytest.mark.parametrize(
    "change",
    [pytest.param({"note": "새 메모"}, id="note"), pytest.param({"unsure": True}, id="unsure")],
)
def test_a_changed_note_leaves_decisions_standing(
    desk: Desk, adjudicate: Run, change: dict[str, Any]
):
    adjudicate(keys="12\nrule 1\nq\n")
    desk.change(desk.first, 2, **change)
    assert "1 decided, 3 left" in adjudicate(keys="q\n").err


def test_a_decision_the_codes_have_overtaken_is_said_and_not_used(desk: Desk, adjudicate: Run):
    adjudicate(keys="12\nrule 1\nq\n")
    desk.change(desk.first, 2, frames=BOTH)
    done = adjudicate(keys="q\n")
    assert "1 decision no longer needed" in done.err
    assert "3 disputed: 0 decided, 3 left" in done.err


@pytest.mark.parametrize(
    ("row", "said"),
    [
        pytest.param(decide("ja.txt", 9, frames=[]), r"nobody coded unit 9 of ja.txt; its units are 0 to 3", id="unknown-unit"),
        pytest.param(decide("jp.txt", 1, frames=[]), r"nobody coded an article 'jp.txt'; did you mean 'ja.txt'", id="unknown-article"),
        pytest.param(decide("ja.txt", 0, frames=[]), r"nobody disagreed on ja.txt unit 0", id="agreed-unit"),
        pytest.param(decide("ja.txt", 2, frames=["mony"]), r"frame 'mony' is not in the codebook; did you mean 'money'", id="frame"),
        pytest.param(decide("ja.txt", 1, speaker="offical"), r"speaker 'offical' is not in the codebook", id="speaker"),
        pytest.param(decide("ja.txt", 2, frames=[], reason=" "), r"gives no reason for ja.txt unit 2", id="no-reason"),
        pytest.param({"article": "ja.txt", "unit": 2, "frames": []}, r"gives no reason", id="reason-missing"),
        pytest.param(decide("ko.txt", 1, speaker="narrator"), r"leaves open the frames of ko.txt unit 1", id="frames-open"),
        pytest.param(decide("ko.txt", 1, frames=[]), r"leaves open the speaker of ko.txt unit 1", id="speaker-open"),
        pytest.param(decide("ja.txt", 1, speaker="official", frames=[]), r"frames none, where all coders agree on money", id="agreed-frames"),
        pytest.param(decide("ja.txt", 2, speaker="official", frames=[]), r"speaker 'official', where all coders agree on 'narrator'", id="agreed-speaker"),
        pytest.param(decide("ja.txt", 2, frames="money"), r"`frames` has the wrong type: 'money'; a list of frame ids", id="frames-a-text"),
        pytest.param(decide("ja.txt", 2, frames=[1]), r"`frames` has the wrong type", id="frames-numbers"),
        pytest.param(decide("ja.txt", "2", frames=[]), r"`unit` has the wrong type: '2'", id="unit-a-text"),
        pytest.param(decide("ja.txt", True, frames=[]), r"`unit` has the wrong type: True", id="unit-true"),
        pytest.param('{"article": "ja.txt", "unit": NaN}', r"is not JSON \(NaN is no JSON number\)", id="unit-nan"),
        pytest.param(decide("ja.txt", None), r"key `unit` is missing", id="unit-null"),
        pytest.param(decide("ja.txt", 2, frames=[], reason="\ud83d"), r"`reason` has the wrong type", id="half-a-character"),
        pytest.param(decide("ja.txt", 2, frame=[]), r"unknown key `frame`; did you mean `frames`", id="unknown-key"),
        pytest.param(decide("ja.txt", 2, frames=[], sha1="0"), r"`sha1` of ja.txt unit 2 is '0'", id="other-text"),
        pytest.param(decide("ja.txt", 2, frames=[], codebook="2"), r"decided with codebook version 2, not 1", id="codebook-version"),
        pytest.param("no JSON", r"is not JSON", id="not-json"),
        pytest.param("[1]", r"is not a JSON object", id="not-an-object"),
    ],
)  # fmt: skip
def test_a_decision_that_cannot_be_used_is_one_line_with_its_row(
    desk: Desk, adjudicate: Run, row: dict[str, Any] | str, said: str
):
    text = row if isinstance(row, str) else json.dumps(row)
    path = desk.write("made.jsonl", DECIDED[0], "", text)
    done = adjudicate("--no-ask", "--decisions", path)
    assert (done.code, done.out) == (2, "")
    (line,) = done.err.splitlines()
    assert line.startswith(f"framing: {path}, row 3: ")
    assert re.search(said, line), line
    assert not desk.gold.exists()


def test_a_unit_decided_twice_is_refused(desk: Desk, adjudicate: Run):
    done = adjudicate("--no-ask", "--decisions", desk.write("made.jsonl", *DECIDED, DECIDED[0]))
    assert "row 5: ko.txt unit 2 was decided already in row 1; keep one of the two" in done.err


@pytest.mark.parametrize(
    ("name", "said"),
    [
        pytest.param("gone.jsonl", "cannot be read", id="missing"),
        pytest.param("folder", "is a folder", id="folder"),
    ],
)
def test_a_file_of_decisions_that_cannot_be_read(desk: Desk, adjudicate: Run, name: str, said: str):
    (desk.folder / "folder").mkdir()
    done = adjudicate("--no-ask", "--decisions", desk.folder / name)
    assert done.code == 2
    assert said in done.err


def test_an_empty_file_of_decisions_leaves_everything_to_decide(desk: Desk, adjudicate: Run):
    done = adjudicate("--no-ask", "--decisions", desk.write("made.jsonl"))
    assert done.code == 2
    assert "0 decisions read" in done.err
    assert "4 units undecided" in done.err


# ---- kept decisions


def test_gold_is_kept_when_the_corpus_grows(desk: Desk, adjudicate: Run):
    adjudicate("--no-ask", "--decisions", desk.write("made.jsonl", *DECIDED))
    old = desk.folder / "old.jsonl"
    desk.gold.rename(old)
    (desk.folder / "articles" / "new.txt").write_text("부두가 닫혔다.", encoding="utf-8")
    for path, coder, frames in ((desk.first, "anna", MONEY), (desk.second, "bora", SAFETY)):
        row = {
            "article": "new.txt", "unit": 0, "start": 0, "end": 8, "coder": coder, "frames": frames,
            "sha1": digest_text("부두가 닫혔다."), "speaker": "narrator",
        }  # fmt: skip
        path.write_text(path.read_text("utf-8") + json.dumps(row) + "\n", encoding="utf-8")
    done = adjudicate("--keep", old, keys="2\nrule 5\n")
    assert done.code == 0, done.err
    assert "4 decisions kept" in done.err
    assert [r for r in read_rows(desk.gold) if r["article"] != "new.txt"] == read_rows(old)
    assert [r["note"] for r in read_rows(desk.gold) if r["article"] == "new.txt"] == ["adjudicated: rule 5"]  # fmt: skip


def test_a_kept_decision_that_contradicts_the_codes_is_asked_again(desk: Desk, adjudicate: Run):
    adjudicate("--no-ask", "--decisions", desk.write("made.jsonl", *DECIDED))
    old = desk.folder / "old.jsonl"
    desk.gold.rename(old)
    # ko 1: the coders now agree that nothing is said of the speaker but by the reporter
    desk.change(desk.first, 5, speaker="narrator")
    desk.change(desk.second, 2, frames=SAFETY)
    done = adjudicate("--keep", old, keys="q\n")
    assert "2 decisions kept" in done.err
    assert "not kept: 1 of units on which the coders now agree" in done.err
    assert "codes have changed since 1 decision, to be made again: ko.txt unit 1" in done.err


def test_the_journal_beside_kept_gold_tells_of_changed_codes(desk: Desk, adjudicate: Run):
    adjudicate(keys="12\nrule 1\n0\n1\nrule 2\n0\n0\nrule 3\n1\nrule 4\n")
    desk.change(desk.first, 2, frames=MONEY)  # still disputed, on other codes
    done = adjudicate("--keep", desk.gold, "-o", desk.folder / "new.jsonl", keys="q\n")
    assert "3 decisions kept" in done.err
    assert "to be made again: ja.txt unit 2" in done.err


def test_a_new_decision_wins_over_a_kept_one(desk: Desk, adjudicate: Run):
    adjudicate("--no-ask", "--decisions", desk.write("made.jsonl", *DECIDED))
    old = desk.folder / "old.jsonl"
    desk.gold.rename(old)
    made = desk.write("made.jsonl", decide("ja.txt", 1, speaker="narrator", reason="rule 6"))
    done = adjudicate("--no-ask", "--keep", old, "--decisions", made)
    assert "1 decision read, 1 in place of kept ones" in done.err
    assert read_rows(desk.gold)[1]["note"] == "adjudicated: rule 6"


def test_kept_gold_is_never_replaced_by_its_successor(desk: Desk, adjudicate: Run):
    adjudicate("--no-ask", "--decisions", desk.write("made.jsonl", *DECIDED))
    before = desk.gold.read_bytes()
    assert "is an input too; give another name" in adjudicate("--keep", desk.gold).err
    assert desk.gold.read_bytes() == before


def test_keep_needs_gold(desk: Desk, adjudicate: Run):
    done = adjudicate("--keep", desk.first)
    assert "holds no gold codes; its coder must be 'gold'" in done.err


def test_shipped_gold_comes_out_byte_for_byte(run: Run, tmp_path: Path):
    codes = ROOT / "annotations" / "codes"
    done = run(
        "adjudicate", codes / "first.jsonl", codes / "second.jsonl", "--texts", ROOT / "annotations" / "articles",
        "--keep", codes / "gold.jsonl", "-o", tmp_path / "gold.jsonl", "--no-ask",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert (tmp_path / "gold.jsonl").read_bytes() == (codes / "gold.jsonl").read_bytes()


# ---- three coders, one coder


def test_majority_settles_with_three_coders_what_it_can(desk: Desk, run: Run):
    third = desk.code("third.jsonl", "cho", CHO)
    common = ("--texts", desk.folder / "articles", "--codebook", desk.codebook, "-o", desk.gold)
    done = run("adjudicate", desk.first, desk.second, third, *common, "--majority", "--no-ask")
    assert done.code == 0, done.err
    assert "4 disputed: 0 decided, 4 by majority, 0 left" in done.err
    decided = [(r["frames"], r["speaker"], r["note"]) for r in read_rows(desk.gold) if r["note"]]
    assert decided == [
        (MONEY, "official", "adjudicated: majority 2 of 3"),
        (BOTH, "narrator", "adjudicated: majority 2 of 3"),
        (MONEY, "narrator", "adjudicated: majority 2 of 3"),
        (SAFETY, "official", "adjudicated: majority 2 of 3"),
    ]
    # a person's decision goes before the majority, and majorities are not kept as decisions
    made = desk.write("made.jsonl", decide("ja.txt", 2, frames=NONE))
    run(
        "adjudicate",
        desk.first,
        desk.second,
        third,
        *common,
        "--majority",
        "--no-ask",
        "--decisions",
        made,
    )
    assert read_rows(desk.gold)[2]["frames"] == NONE
    kept = run(
        "adjudicate", desk.first, desk.second, third, *common, "--keep", desk.gold, "-o", desk.folder / "n.jsonl",
        "--no-ask",
    )  # fmt: skip
    assert "1 decision kept" in kept.err
    assert "not kept: 3 by majority, which counts anew" in kept.err


def test_majority_of_two_coders_is_none(desk: Desk):
    codebook = Codebook.load(desk.codebook)
    assert [settle_by_majority(unit, codebook) for unit in desk.compare().disputed] == [None] * 4


def test_a_file_may_hold_several_coders_and_a_third_may_miss_units(desk: Desk):
    rows = desk.rows("anna", ANNA) + desk.rows("bora", BORA) + desk.rows("cho", CHO)[:3]
    comparison = desk.compare(desk.write("all.jsonl", *rows))
    assert comparison.coders == ("anna", "bora", "cho")
    assert [len(unit.codes) for unit in comparison.units] == [3, 3, 3, 2, 2, 2, 2, 2]


def test_units_of_one_coder_are_refused_unless_accepted(desk: Desk, adjudicate: Run):
    desk.write("second.jsonl", *read_rows(desk.second)[:4])
    done = adjudicate(keys="q\n")
    assert done.code == 2
    assert (
        f"{desk.first}, row 5: 4 units were coded by one coder only, the first ko.txt unit 0 by "
        "anna; let a second coder code them, or take their codes as they are: --single accept"
    ) in done.err
    done = adjudicate("--single", "accept", keys="12\nrule 1\n1\nrule 2\n")
    assert done.code == 0, done.err
    gold = read_rows(desk.gold)
    assert [row["note"] for row in gold[4:]] == ["only anna coded it"] * 4
    assert gold[5]["speaker"] == "official"


def test_furniture_all_agree_on_is_carried_over(desk: Desk):
    for path in (desk.first, desk.second):
        desk.change(path, 3, furniture=True, frames=[], speaker=None)
    comparison = desk.compare()
    assert len(comparison.units) == 7
    gold = make_gold(comparison, {}, Codebook.load(desk.codebook))
    assert [(code.coder, code.unit) for code in gold if code.furniture] == [("gold", 3)]
    assert [code.article for code in gold] == ["ja.txt"] * 2 + ["ko.txt"] * 2


# ---- codes that cannot be compared


def alter(desk: Desk, change: str) -> None:
    """Break the second coder's file in some way."""
    rows = read_rows(desk.second)
    if change == "gold":
        desk.change(desk.second, 0, coder="gold")
    elif change == "same":
        desk.change(desk.second, 2, coder="anna")
    elif change == "one":
        desk.write("first.jsonl", *rows[:4])
        desk.write("second.jsonl", *rows[4:])
    elif change == "overlap":
        cut = ARTICLES["ja.txt"][0][:3]
        desk.change(desk.second, 0, end=3, sha1=digest_text(cut))
    elif change == "furniture":
        desk.change(desk.second, 3, furniture=True, frames=[])
    elif change == "numbers":
        desk.change(desk.second, 0, start=0, unit=0)
        desk.change(desk.first, 1, unit=0)
        desk.change(desk.second, 1, unit=0)
    elif change == "drift":
        desk.change(desk.second, 1, sha1="000000000000")
    elif change == "article":
        (desk.folder / "articles" / "ko.txt").unlink()
    elif change == "empty":
        desk.write("second.jsonl")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param("gold", r"second.jsonl, row 1: holds gold codes, .* carry them over with --keep", id="gold"),
        pytest.param("same", r"second.jsonl, row 3: coder 'anna' coded this unit already in .*first.jsonl, row 3", id="same"),
        pytest.param("one", r"codes of one coder only \(bora\)", id="one"),
        pytest.param("overlap", r"first.jsonl, row 1: anna coded ja.txt at 0-7, which overlaps with 0-3 in .*second.jsonl, row 1", id="overlap"),
        pytest.param("furniture", r"row 4: one of anna and bora marks ja.txt at .* as furniture", id="furniture"),
        pytest.param("numbers", r"unit 0 of ja.txt is 0-7 to one coder and 9-31 to another", id="numbers"),
        pytest.param("drift", r"second.jsonl, row 2: ja.txt: text at 9-31 has changed", id="drift"),
        pytest.param("article", r"first.jsonl, row 5: no text for article 'ko.txt'", id="article"),
        pytest.param("empty", r"second.jsonl: holds no codes", id="empty"),
    ],
)  # fmt: skip
def test_codes_that_cannot_be_compared(desk: Desk, change: str, said: str):
    alter(desk, change)
    with pytest.raises(FramingError, match=said):
        desk.compare(accept_single=True)


# ---- options and outputs


@pytest.mark.parametrize(
    ("options", "said"),
    [
        pytest.param(["--frame", "mony"], "--frame 'mony' is not in the codebook; did you mean 'money'?", id="frame"),
        pytest.param(["-o", "{first}"], "is an input too", id="output-is-codes"),
        pytest.param(["--sheet", "{second}"], "is an input too", id="sheet-is-codes"),
        pytest.param(["--decisions", "{first}"], "is an input too", id="decisions-are-codes"),
        pytest.param(["--decisions", "{gold}"], "is the file of decisions too", id="output-is-decisions"),
        pytest.param(["-o", "{folder}/nowhere/gold.jsonl"], "its folder does not exist", id="no-folder"),
        pytest.param(["-o", "{folder}"], "is a folder; give a file name inside it", id="output-is-folder"),
        pytest.param(["--codebook", "{first}"], "is not valid YAML", id="codebook-is-codes"),
    ],
)  # fmt: skip
def test_options_that_cannot_be(desk: Desk, adjudicate: Run, options: list[str], said: str):
    given = [o.format(first=desk.first, second=desk.second, gold=desk.gold, folder=desk.folder) for o in options]  # fmt: skip
    before = desk.first.read_bytes()
    done = adjudicate(*given)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert desk.first.read_bytes() == before


def test_without_output_nothing_is_asked(desk: Desk, run: Run):
    done = run("adjudicate", desk.first, desk.second, "--texts", desk.folder / "articles")
    assert done.err == "framing: no output; give -o FILE for gold, or --list, or --sheet FILE\n"


def test_gold_whose_decisions_would_be_lost_is_not_replaced(desk: Desk, adjudicate: Run):
    adjudicate(keys="12\nrule 1\n0\n1\nrule 2\n0\n0\nrule 3\n1\nrule 4\n")
    desk.journal.unlink()
    before = desk.gold.read_bytes()
    done = adjudicate(keys="q\n")
    assert done.code == 2
    assert "exists, and holds 4 decisions that would be lost" in done.err
    assert desk.gold.read_bytes() == before
    desk.gold.write_text("my notes\n", encoding="utf-8")
    assert "exists, and is not gold by this codebook" in adjudicate(keys="q\n").err


def test_list_shows_units_and_counts_within_80_columns(desk: Desk, adjudicate: Run):
    desk.change(desk.first, 5, note="メモ" * 60, unsure=True)
    done = adjudicate("--list")
    assert done.code == 0
    assert max(map(cell_len, done.out.splitlines())) <= 80
    shown = " ".join(done.out.split())
    for text in ("Money 3", "Speaker 2", "Money + Safety / Safety 2", "Money / none 1",
                 "Official / Reporter 2", "4 of 8 units differ (50.0%)", "> 「費用が高すぎる」"):  # fmt: skip
        assert text in shown
    assert not desk.gold.exists()


def test_list_leaves_out_what_is_decided_and_other_frames(desk: Desk, adjudicate: Run):
    adjudicate(keys="12\nrule 1\nq\n")
    rows = [json.loads(row) for row in adjudicate("--list", "--format", "jsonl").out.splitlines()]
    assert [(r["article"], r["unit"]) for r in rows] == [
        ("ko.txt", 1),
        ("ko.txt", 2),
        ("ja.txt", 1),
    ]
    rows = adjudicate("--list", "--format", "jsonl", "--frame", "speaker").out.splitlines()
    assert [json.loads(row)["article"] for row in rows] == ["ja.txt", "ko.txt"]
    assert adjudicate("--list", "--format", "jsonl", "--frame", "safety").out == ""


def test_list_as_csv_and_markdown(desk: Desk, adjudicate: Run):
    import csv

    desk.change(desk.first, 5, note="=1+1 | `x`")
    options = ("--list", "--show-coders", "--format")
    rows = list(csv.DictReader(io.StringIO(adjudicate(*options, "csv").out)))
    assert rows[1]["sentence"] == KOREAN[1]
    assert (rows[1]["anna frames"], rows[1]["bora frames"]) == ("money", "none")
    assert rows[1]["anna note"] == "'=1+1 | `x`"
    lines = adjudicate(*options, "markdown").out.splitlines()
    assert len(lines) == 6
    assert lines[0].startswith("| frame | differ | article | unit | sentence | anna frames |")
    assert r"=1+1 \| \`x\`" in lines[3]


def test_text_from_files_never_reaches_the_terminal_raw(desk: Desk, adjudicate: Run):
    desk.change(desk.first, 5, note="a\x1b[2Jb")
    assert "\x1b" not in adjudicate("--list").out
    assert "\x1b" not in adjudicate(keys="s\ns\nq\n").out


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        pytest.param("The old pier is unsafe.", 10, ["The old", "pier is", "unsafe."], id="english"),
        pytest.param("낡은 방파제는 위험하다", 14, ["낡은 방파제는", "위험하다"], id="korean-by-word"),
        pytest.param("古い桟橋で、二人が", 10, ["古い桟橋", "で、二人が"], id="no-stop-first"),
        pytest.param("港では「危険だ」と", 8, ["港では", "「危険", "だ」と"], id="no-bracket-last"),
        pytest.param("チャーター船", 6, ["チャー", "ター船"], id="small-kana-and-long-vowel"),
        pytest.param("x" * 7 + " yz", 3, ["xxx", "xxx", "x", "yz"], id="word-too-long"),
        pytest.param("", 10, [""], id="empty"),
    ],
)  # fmt: skip
def test_wrapping_by_cells(text: str, width: int, lines: list[str]):
    assert wrap_cells(text, width) == lines


def test_gold_code_of_every_unit_keeps_place(desk: Desk):
    comparison = desk.compare(desk.first, desk.code("third.jsonl", "cho", ANNA))
    gold = make_gold(comparison, {}, Codebook.load(desk.codebook))
    expected = [
        (r["article"], r["unit"], r["start"], r["end"], r["sha1"]) for r in read_rows(desk.first)
    ]
    assert [(c.article, c.unit, c.start, c.end, c.sha1) for c in gold] == expected
    assert all(isinstance(code, Code) and code.note == "" for code in gold)
