"""Draw the README's pictures of a report: the top of the page, and one chart as for a paper.

    python experiments/figures/draw_report.py

Scores the authored test articles with the shipped model, writes their report to build/report.html,
and report.png and shares.svg beside this file. Needs Chromium, fonts for Korean and Japanese, and
`pip install -e '.[figures]'`.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from framing.corpus.corpus import load_corpus
from framing.corpus.splitting import read_split

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
SCORES, REPORT = BUILD / "scores.jsonl", BUILD / "report.html"
PICTURE = Path(__file__).with_name("report.png")
CHART = Path(__file__).with_name("shares.svg")
_TITLE = "How the authored test articles frame the dispute"
_SIZE = (1280, 900)
_MILLISECONDS = 15_000


def run_framing(*arguments: str | Path) -> None:
    """Run a verb of the program, its standard output thrown away."""
    command = [sys.executable, "-m", "framing", *map(str, arguments)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)


def take_picture(page: Path, picture: Path) -> None:
    """Take a picture of the top of a page."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        raise SystemExit("needs chromium on the path")
    with tempfile.TemporaryDirectory() as folder:
        command = [
            browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
            f"--user-data-dir={folder}", f"--timeout={_MILLISECONDS}",
            f"--window-size={_SIZE[0]},{_SIZE[1]}", f"--screenshot={picture}", page.as_uri(),
        ]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True, timeout=120)


def main() -> None:
    """Score, report, and draw."""
    BUILD.mkdir(exist_ok=True)
    corpus = load_corpus()
    names = read_split(corpus.split_path).names("test")
    articles = sorted(corpus.articles[name].path for name in names)
    run_framing("score", *articles, "--sentences", "-o", SCORES, "-q")
    run_framing("report", SCORES, "-o", REPORT, "--title", _TITLE)
    run_framing("figure", "share", SCORES, "-o", CHART)
    take_picture(REPORT, PICTURE)


if __name__ == "__main__":
    main()
