"""The wheel stands alone: codebook, outlets and baseline ship inside it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.mark.slow
def test_wheel_scores_an_article_in_an_empty_folder(tmp_path: Path):
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "article.txt").write_text(
        "Seoul goes to Geneva\n\nThe ministry filed a WTO complaint over the export curbs.\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "framing", "score", "article.txt", "--format", "json"]
    done = subprocess.run(
        command, cwd=folder, check=True, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "site")},
    )  # fmt: skip
    scores = json.loads(done.stdout)
    assert scores["articles"][0]["units"] == 2
    where = [sys.executable, "-c", "import framing; print(framing.__file__)"]
    found = subprocess.run(
        where, cwd=folder, check=True, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "site")},
    )  # fmt: skip
    assert found.stdout.startswith(str(tmp_path / "site"))
