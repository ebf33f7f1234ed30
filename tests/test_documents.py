"""Documents that cannot drift: README outputs, generated tables, every command named."""

from __future__ import annotations

import re
import runpy
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.readme import BLOCK, README, render_console, render_python, render_scores
from tests.test_cli import VERBS

TEXT = README.read_text(encoding="utf-8")
BLOCKS = BLOCK.findall(TEXT)


@pytest.mark.parametrize(("kind", "block"), BLOCKS, ids=[b.splitlines()[0][:60] for _, b in BLOCKS])
def test_readme_block_is_what_it_prints_today(kind: str, block: str):
    shown = render_console(block) if kind == "console" else render_python(block)
    if not is_computed(block):
        assert shown == block
        return
    # Processors differ in the last digits of what a network computes: a rounded figure may differ
    # by one or two, and a bar by as much.
    texts, numbers = zip(*map(split_numbers, (shown, block)), strict=True)
    assert texts[0] == texts[1]
    assert numbers[0] == pytest.approx(numbers[1], abs=2)


def is_computed(block: str) -> bool:
    """Whether a block shows what a model scored."""
    return (
        re.search(r"make score|framing (score|show|label|evaluate) |load_model", block) is not None
    )


def split_numbers(text: str) -> tuple[str, list[float]]:
    """A text without numbers, bars and the width of its gaps; and the numbers."""
    numbers = [float(number) for number in re.findall(r"\d+(?:\.\d+)?", text)]
    bare = re.sub(r"[█▏▎▍▌▋▊▉\s]+", " ", re.sub(r"\d+(?:\.\d+)?", "#", text))
    return bare, numbers


def test_readme_scores_are_those_of_the_files():
    assert render_scores() in TEXT


def test_every_command_stands_in_the_readme():
    for verb in VERBS:
        assert f"framing {verb}" in TEXT


def test_every_folder_and_module_stands_in_the_readme():
    tree = TEXT.split("## What is where")[1]
    for path in (ROOT / "framing").iterdir():
        if path.name.startswith("_") or path.name in ("py.typed", "data"):
            continue
        assert path.name in tree, path.name


def test_links_of_the_documents_lead_somewhere():
    for document in ROOT.glob("*.md"):
        for link in re.findall(r"\]\(([^)#]+)\)", document.read_text(encoding="utf-8")):
            assert (ROOT / link).exists(), f"{document.name}: {link}"


@pytest.mark.parametrize(
    ("script", "function", "document"),
    [
        ("experiments/report_scores.py", "describe_scores", "experiments/README.md"),
        ("experiments/corpus/describe_corpus.py", "describe_corpus", "annotations/README.md"),
        (
            "experiments/corpus/compare_codebooks.py",
            "describe_trial",
            "annotations/codebook-1.3.md",
        ),
    ],
)
def test_generated_tables_are_up_to_date(script: str, function: str, document: str):
    table = runpy.run_path(str(ROOT / script))[function]()
    assert table in (ROOT / document).read_text(encoding="utf-8")


def test_nothing_names_a_machine_path():
    listed = subprocess.run(
        ["git", "ls-files"], capture_output=True, text=True, cwd=ROOT, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    bad = re.compile(r"/(?:work|root|tmp)/[a-z]")
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if path.suffix in (".md", ".py", ".yaml", ".toml", ".json", "") and path.is_file():
            text = path.read_text(encoding="utf-8", errors="ignore")
            if Path(name) != Path("tests/test_documents.py"):
                assert not bad.search(text), name
