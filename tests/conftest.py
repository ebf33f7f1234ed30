"""Fixtures: a small codebook, a small trained model, and the real articles where they are."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import settings
from typer.main import get_command

from framing.articles.article import Article
from framing.classifiers.calibration import choose_thresholds, fit_sigmoids
from framing.classifiers.features import FeatureSettings, TfidfFeatures
from framing.classifiers.fitting import fit_frames, fit_speakers
from framing.classifiers.tfidf import TfidfModel, TfidfSettings
from framing.cli import main
from framing.codebook import Codebook
from framing.coding.codes import Code, digest_text, write_codes
from framing.dataset import Dataset

# The same examples each time, and none failed for a slow machine; HYPOTHESIS_PROFILE=explore hunts.
settings.register_profile("fixed", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None, max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"

SMALL_CODEBOOK = """\
name: harbour
version: "1"
languages: [en]
default_speaker: narrator
frames:
  - id: money
    name: Money
    definition: Costs and prices.
  - id: safety
    name: Safety
    definition: Risk to people.
speakers:
  - {id: official, name: Official}
  - {id: narrator, name: Reporter}
"""

# (text, frames, speaker) of one article after another, each a list
SMALL_ARTICLES = [
    [
        ("The port budget doubled in price", ["money"], "narrator"),
        ("An official said the cost was too high.", ["money"], "official"),
        ("Gulls sat on the wall all morning.", [], "narrator"),
        ("Rotten planks could injure workers, an official said.", ["safety"], "official"),
    ],
    [
        ("Danger at the old pier", ["safety"], "narrator"),
        ("Two workers were injured by falling planks.", ["safety"], "narrator"),
        ("Repairs would cost a fortune, an official said.", ["money"], "official"),
        ("The ferry left on time.", [], "narrator"),
    ],
    [
        ("Harbour fees to rise", ["money"], "narrator"),
        ("An official said the budget was spent.", ["money"], "official"),
        ("The danger of injured swimmers grows while the price is argued over.",
         ["money", "safety"], "narrator"),
        ("It rained.", [], "narrator"),
    ],
    [
        ("Mayor opens fish market", [], "narrator"),
        ("The price of herring fell.", ["money"], "narrator"),
        ("An official said planks near the stalls were a danger.", ["safety"], "official"),
        ("Children danced.", [], "narrator"),
    ],
]  # fmt: skip


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real articles and benchmarks beside the checkout."""
    if not (SHARED / "articles_gold.jsonl").is_file():
        pytest.skip("needs ../shared, which is not beside this checkout")
    return SHARED


@pytest.fixture(scope="session")
def small_codebook_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("codebook") / "codebook.yaml"
    path.write_text(SMALL_CODEBOOK, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def small_codebook(small_codebook_path: Path) -> Codebook:
    return Codebook.load(small_codebook_path)


@pytest.fixture(scope="session")
def small_dataset(small_codebook: Codebook) -> Dataset:
    units = [
        (f"a{number}.txt", *unit)
        for number, article in enumerate(SMALL_ARTICLES)
        for unit in article
    ]
    return Dataset(
        codebook=small_codebook,
        texts=tuple(text for _, text, _, _ in units),
        frames=small_codebook.encode(frames for _, _, frames, _ in units),
        speakers=np.array([small_codebook.speaker_ids.index(s) for *_, s in units]),
        articles=tuple(name for name, *_ in units),
        passages=tuple(name for name, *_ in units),
        about={
            f"a{n}.txt": Article(text="", name=f"a{n}.txt", language="en")
            for n in range(len(SMALL_ARTICLES))
        },
    )


def fit_model(dataset: Dataset) -> TfidfModel:
    """A baseline fitted and calibrated on the same few units: enough to see parts fit together."""
    settings = TfidfSettings(features=FeatureSettings(min_units=1), inverse_penalty=100.0)
    features = TfidfFeatures(settings.features).fit(dataset.texts)
    matrix = features.transform(dataset.texts)
    frames = fit_frames(matrix, dataset, settings)
    scores = frames.score(matrix, dataset.articles)
    calibration = fit_sigmoids(scores, dataset.frames)
    thresholds = choose_thresholds(calibration.apply(scores), dataset.frames)
    speakers = fit_speakers(matrix, dataset, settings)
    return TfidfModel(
        dataset.codebook, settings, features, frames, speakers, calibration, thresholds
    )


@pytest.fixture(scope="session")
def small_model(small_dataset: Dataset) -> TfidfModel:
    return fit_model(small_dataset)


class Result(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


Run = Callable[..., Result]


@pytest.fixture(scope="session")
def command() -> Any:
    """The command line, built once: building it takes longer than most commands."""
    from framing.cli.app import app

    return get_command(app)


@pytest.fixture
def run(command: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command line as a user calls it, without its name; `keys` is what is typed."""
    monkeypatch.setattr("framing.cli.app.app", command)

    def call(*arguments: object, keys: str = "", columns: int = 80) -> Result:
        monkeypatch.setattr(sys, "argv", ["framing", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.StringIO(keys))
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setenv("NO_COLOR", "1")
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        captured = capsys.readouterr()
        return Result(code, captured.out, captured.err)

    return call


def list_loaded(code: str, packages: tuple[str, ...]) -> str:
    """What some code prints in a Python of its own, and last which of these packages it loaded."""
    script = f"import sys\n{code}\nprint([name for name in {packages!r} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True
    )
    return done.stdout.strip()


def write_coded_articles(folder: Path, reword: Callable[[str, int], str]) -> None:
    """Eight articles made of the four small ones, with their codes and codebook.

    Args:
        folder: Gets `articles/`, `codes.jsonl` and `codebook.yaml`.
        reword: Gives a sentence of an article, by the article's number, its own wording.
    """
    (folder / "codebook.yaml").write_text(SMALL_CODEBOOK, encoding="utf-8")
    (folder / "articles").mkdir()
    codes = []
    for number in range(8):
        text = f"Story {number} of the harbour\n"
        for unit, (plain, frames, speaker) in enumerate(SMALL_ARTICLES[number % 4]):
            sentence = reword(plain, number)
            start = len(text) + 1
            text += f"\n{sentence}\n"
            codes.append(
                Code(article=f"a{number}.txt", unit=unit, start=start, end=start + len(sentence),
                     sha1=digest_text(sentence), frames=tuple(frames), speaker=speaker)
            )  # fmt: skip
        (folder / "articles" / f"a{number}.txt").write_text(text, encoding="utf-8")
    write_codes(folder / "codes.jsonl", codes, Codebook.load(folder / "codebook.yaml"))
