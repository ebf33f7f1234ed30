"""Gold: the fixtures and the real articles that splitting and furniture are measured on."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
SENTENCES = ROOT / "tests" / "data" / "segmentation"
PAGES = ROOT / "tests" / "data" / "furniture"
SHARED = ROOT.parent / "shared"
LANGUAGES = ("en", "ko", "ja")


class Passage(NamedTuple):
    """A text, and where each of its sentences lies."""

    name: str
    text: str
    spans: list[tuple[int, int]]
    """[start, end) in code points, white space at the ends left out."""
    removed: list[tuple[int, int]]
    """Furniture, which belongs to no unit."""


def read_sentences(language: str, part: str) -> list[Passage]:
    """Read the `dev` or the `heldout` half of a language's sentences, a passage a paragraph."""
    text = (SENTENCES / f"{language}.txt").read_text(encoding="utf-8")
    halves = dict(re.findall(r"^# (dev|heldout)\n(.*?)(?=^# heldout\n|\Z)", text, re.M | re.S))
    return [
        _join(f"{language}:{part}:{number}", block.strip().split("\n"), language)
        for number, block in enumerate(re.split(r"\n\s*\n", halves[part].strip()))
    ]


def _join(name: str, lines: list[str], language: str) -> Passage:
    text = ""
    spans = []
    for line in lines:
        glue = "" if language == "ja" else " "
        glue = {"~": "", "_": "　", "⏎": "\n"}.get(line[0], glue)
        body = line.lstrip("~_⏎").replace("⏎", "\n")
        text += glue if text else ""
        spans.append((len(text), len(text) + len(body)))
        text += body
    return Passage(name, text, spans, [])


class Page(NamedTuple):
    """A pasted page, and which parts of it are furniture."""

    name: str
    part: str
    """`dev` or `heldout`."""
    language: str
    text: str
    furniture: list[tuple[int, int]]


def read_pages(language: str) -> list[Page]:
    """Read a language's pasted pages.

    A page begins with `=== NAME dev` or `=== NAME heldout`. A line of furniture begins with
    `§ `; a part of a line that is furniture stands between `⟦` and `⟧`. The marks are no part
    of the page.
    """
    source = (PAGES / f"{language}.txt").read_text(encoding="utf-8")
    pages = []
    for head, body in re.findall(r"^=== ([^\n]+)\n(.*?)(?=^=== |\Z)", source, re.M | re.S):
        name, part = head.split()
        text = ""
        furniture = []
        for line in body.strip("\n").split("\n"):
            if line.startswith("§ "):
                furniture.append((len(text), len(text) + len(line[2:].rstrip())))
                text += line[2:] + "\n"
                continue
            for index, piece in enumerate(re.split(r"[⟦⟧]", line)):
                if index % 2:
                    low = len(text) + len(piece) - len(piece.lstrip())
                    furniture.append((low, len(text) + len(piece.rstrip())))
                text += piece
            text += "\n"
        pages.append(Page(f"{language}:{name}", part, language, text[:-1], furniture))
    return pages


def read_articles() -> list[Passage]:
    """Read the real English articles beside the repository, or none where they are absent."""
    gold = SHARED / "articles_gold.jsonl"
    if not gold.is_file():
        return []
    passages: dict[str, Passage] = {}
    for line in gold.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        name = row["article"]
        if name not in passages:
            text = (SHARED / "articles" / name).read_bytes().decode("utf-8")
            passages[name] = Passage(name, text, [], [])
        passage = passages[name]
        (passage.removed if row["furniture"] else passage.spans).append((row["start"], row["end"]))
    return list(passages.values())
