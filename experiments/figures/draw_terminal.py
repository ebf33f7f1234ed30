"""Draw the README's picture: `framing score` on the example articles, as a terminal shows it.

    python experiments/figures/draw_terminal.py

Writes score.png beside this file. Needs Chromium and fonts for Korean and Japanese.
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from unittest.mock import patch

from rich.console import Console

from framing import SourceTotals, load_model, read_articles, score_articles
from framing.cli.tables import print_scores
from framing.results import article_record, source_record

ROOT = Path(__file__).resolve().parents[2]
PICTURE = Path(__file__).with_name("score.png")
FONTS = "'DejaVu Sans Mono','Noto Sans Mono CJK JP','Noto Sans Mono CJK KR',monospace"


def render_html() -> str:
    """The output of `framing score annotations/examples` as a page, colours kept."""
    model = load_model()
    totals = SourceTotals(["outlet", "agency", "speaker"], model.codebook)
    records = []
    for scored in score_articles(read_articles([ROOT / "annotations" / "examples"]), model):
        totals.add(scored)
        records.append(article_record(scored))
    sources = [source_record(source, model.codebook) for source in totals.sources()]
    console = Console(
        width=80, record=True, force_terminal=True, highlight=False, file=io.StringIO()
    )
    with patch("framing.cli.tables.Console", return_value=console):
        print_scores(records, len(records), sources, model.codebook)
    page = console.export_html(inline_styles=True)
    style = (
        f"<style>body{{margin:20px;width:820px;background:#fff;color:#222}}"
        f"pre{{font:14px/1.35 {FONTS}!important}}pre code{{font:inherit!important}}</style></head>"
    )
    return re.sub("</head>", style, page, count=1)


def main() -> None:
    """Take the picture."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        raise SystemExit("needs chromium on the path")
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "score.html"
        page.write_text(render_html(), encoding="utf-8")
        command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                   f"--user-data-dir={folder}/profile", f"--screenshot={PICTURE}",
                   "--window-size=860,1080", "--force-device-scale-factor=1.5",
                   "--disable-background-networking", "--disable-sync", page.as_uri()]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True, timeout=120)


if __name__ == "__main__":
    main()
