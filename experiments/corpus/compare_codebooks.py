"""Agreement under codebook 1.2 and under the proposed 1.3, on the same units.

    python experiments/corpus/compare_codebooks.py [--write]

The units are a random sample, 67 in each language, of those that a coder of 1.2 marked unsure; two
coders coded them again after 1.3. Prints a Markdown table and how many codes changed; with --write
puts it between the markers of annotations/codebook-1.3.md, where a test compares it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from framing import Codebook
from framing.coding.agreement import AgreementReport, measure_agreement
from framing.coding.agreement_tables import format_estimate, list_measures
from framing.coding.codes import Code, read_codes
from framing.markdown import replace_generated

ROOT = Path(__file__).resolve().parents[2]
ANNOTATIONS = ROOT / "annotations"
PROPOSAL = ANNOTATIONS / "codebook-1.3.md"
START, END = "<!-- generated: trial -->", "<!-- end of generated part -->"
CODERS = ("first", "second")


def read_all(folder: str, codebook: Codebook) -> list[Code]:
    """Both coders' codes of a folder."""
    return [
        code
        for coder in CODERS
        for code in read_codes(ANNOTATIONS / folder / f"{coder}.jsonl", codebook)
    ]


def describe_trial() -> str:
    """The table and what changed, as Markdown."""
    old_book = Codebook.load(ANNOTATIONS / "codebook.yaml")
    new_book = Codebook.load(ANNOTATIONS / "codebook-1.3.yaml")
    new = read_all("trial-1.3", new_book)
    units = {(code.article, code.start) for code in new}
    old = [code for code in read_all("codes", old_book) if (code.article, code.start) in units]
    before, after = measure_agreement(old, old_book), measure_agreement(new, new_book)
    lines = [
        f"| {len(units)} units | alpha under 1.2 (95 %) | under 1.3 (95 %) | differ, 1.2 | "
        "differ, 1.3 |",
        "|---|---|---|---|---|",
        *_compare(before, after),
        "",
        f"Marked unsure by a coder: {_count_unsure(old)} under 1.2 (how they were chosen), "
        f"{_count_unsure(new)} under 1.3. Of the {len(new)} codings {_count_changed(old, new)} "
        "give other frames under 1.3 than the same-named coder gave under 1.2.",
    ]
    return "\n".join(lines)


def _compare(before: AgreementReport, after: AgreementReport) -> list[str]:
    old, new = list_measures(before["overall"]), list_measures(after["overall"])
    return [
        f"| {name} | {format_estimate(old[name]['alpha'])} | {format_estimate(new[name]['alpha'])} "
        f"| {old[name]['differ']} | {new[name]['differ']} |"
        for name in old
    ]


def _count_unsure(codes: list[Code]) -> int:
    return len({(code.article, code.start) for code in codes if code.unsure})


def _count_changed(old: list[Code], new: list[Code]) -> int:
    frames = {(code.coder, code.article, code.start): set(code.frames) for code in old}
    return sum(frames[code.coder, code.article, code.start] != set(code.frames) for code in new)


def main() -> None:
    """Print the table, and put it into the proposal if asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--write", action="store_true")
    text = describe_trial()
    if parser.parse_args().write:
        page = PROPOSAL.read_text(encoding="utf-8")
        PROPOSAL.write_text(replace_generated(page, START, END, text), encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
