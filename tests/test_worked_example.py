"""The worked example: it runs top to bottom, its results hold, and what is stored is what it says."""

from __future__ import annotations

import io
import json
import re
import tempfile
from contextlib import redirect_stdout
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from tests.conftest import ROOT, Run

NOTEBOOK = ROOT / "experiments" / "worked_example.ipynb"
CELLS: list[dict[str, Any]] = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
CODE = [cell for cell in CELLS if cell["cell_type"] == "code"]
PROSE = [cell for cell in CELLS if cell["cell_type"] == "markdown"]
RENEW = (
    "run it anew where Jupyter is: jupyter nbconvert --to notebook --execute --inplace "
    "experiments/worked_example.ipynb"
)
NUMBER = re.compile(r"[<+-]?\d*\.?\d+")
MACHINE_PATH = re.compile(
    r"(?<![\w.:/<])/(?:home|mnt|opt|private|root|srv|tmp|Users|usr|var|work)/|\b[A-Z]:\\"
)


def name_cell(cell: dict[str, Any]) -> str:
    return str(cell["id"])


def read_printed(cell: dict[str, Any]) -> str:
    return "".join("".join(output["text"]) for output in cell["outputs"] if "text" in output)


def read_numbers(text: str) -> tuple[str, list[str]]:
    """A text with a mark in place of each number, and the numbers; how columns are filled is lost."""
    return re.sub(r"\s+", " ", NUMBER.sub("#", text)), NUMBER.findall(text)


def differ(stored: str, fresh: str) -> bool:
    """Whether numbers differ past what 8-bit arithmetic, which is not the same on every machine, does.

    Per cents may differ by one, and p values, which rest on permutations, by .03.
    """
    digits = len(stored.partition(".")[2])
    return abs(float(stored.strip("<")) - float(fresh.strip("<"))) > max(10.0**-digits, 0.03) * 1.01


class Finished(NamedTuple):
    """A notebook that was run."""

    names: dict[str, Any]
    """What its cells left behind, by name."""
    printed: dict[str, str]
    """What each code cell printed, by its id."""
    work: Path


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """All code cells, run in one namespace from the folder that Jupyter runs them in."""
    if not (ROOT / "models" / "transformer" / "network.onnx").is_file():
        pytest.skip("no transformer is shipped: what is stored was scored by one")
    missing = [name for name in ("altair", "onnxruntime", "vl_convert") if not find_spec(name)]
    if missing:
        pytest.skip(f"needs {', '.join(missing)}: pip install -e '.[figures]'")
    names: dict[str, Any] = {"__name__": "__main__"}
    printed = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(NOTEBOOK.parent)
        patch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("results")))
        for cell in CODE:
            with redirect_stdout(io.StringIO()) as stream:
                exec(compile("".join(cell["source"]), f"<cell {cell['id']}>", "exec"), names)
            printed[name_cell(cell)] = stream.getvalue()
    return Finished(names, printed, names["work"])


class TestWhatIsStored:
    def test_is_small_and_was_run_from_the_top(self):
        assert NOTEBOOK.stat().st_size < 200_000
        assert [cell["execution_count"] for cell in CODE] == list(range(1, len(CODE) + 1))
        assert len({name_cell(cell) for cell in CELLS}) == len(CELLS)

    @pytest.mark.parametrize("cell", CODE, ids=name_cell)
    def test_shows_no_fault_and_no_path_of_a_machine(self, cell: dict[str, Any]):
        kinds = {output["output_type"] for output in cell["outputs"]}
        assert kinds <= {"stream", "execute_result"}
        assert all(output.get("name") != "stderr" for output in cell["outputs"])
        shown = json.dumps(cell["outputs"], ensure_ascii=False)
        assert "Traceback" not in shown
        assert "\\u001b" not in shown
        assert not MACHINE_PATH.search(shown)
        for folder in (ROOT, Path.home(), Path(tempfile.gettempdir())):
            assert folder == Path("/") or f"{folder}/" not in shown

    @pytest.mark.parametrize("cell", PROSE, ids=name_cell)
    def test_every_figure_comes_from_a_cell(self, cell: dict[str, Any]):
        assert not re.search(r"\d", "".join(cell["source"]))

    def test_the_figure_is_shown(self):
        drawn = [
            o["data"]["image/svg+xml"] for cell in CODE for o in cell["outputs"] if "data" in o
        ]
        assert ["".join(svg).startswith("<svg") for svg in drawn] == [True]

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("wrote /home/someone/report.html", True),
            ("C:\\Users\\anna", True),
            ("open /home/anna/coverage", True),
            ("http://www.w3.org/2000/svg", False),
            ("</g></svg>", False),
            ("58/58/851", False),
        ],
    )
    def test_paths_of_machines_are_known(self, text: str, found: bool):
        assert bool(MACHINE_PATH.search(text)) is found


@pytest.mark.slow
class TestRun:
    @pytest.mark.parametrize("cell", CODE, ids=name_cell)
    def test_what_is_stored_is_what_it_prints(self, finished: Finished, cell: dict[str, Any]):
        model = re.compile(r"^model: .*$", re.MULTILINE)
        stored, fresh = read_printed(cell), finished.printed[name_cell(cell)]
        assert model.findall(stored) == model.findall(fresh), f"another model is shipped; {RENEW}"
        (words, numbers), (fresh_words, fresh_numbers) = read_numbers(stored), read_numbers(fresh)
        assert words == fresh_words, RENEW
        pairs = zip(numbers, fresh_numbers, strict=True)
        assert [pair for pair in pairs if differ(*pair)] == [], RENEW

    @pytest.mark.parametrize("estimator", ["count", "probability", "adjusted", "rectified"])
    def test_shares_lie_in_their_intervals_between_none_and_all(
        self, finished: Finished, estimator: str
    ):
        shares = finished.names["list_shares"](finished.names["estimates"][estimator])
        assert len(shares) == 2 * len(finished.names["codebook"].frames)
        for share in shares:
            assert 0 <= share["low"] <= share["estimate"] <= share["high"] <= 1

    def test_truth_is_the_share_among_all_codes(self, finished: Finished):
        names = finished.names
        country = {article.name: article.country for article in names["articles"]}
        codes = [code for code in names["gold"] if code.article in country and not code.furniture]
        assert len(codes) == len(names["scored"])
        expected = [
            np.mean([frame in code.frames for code in codes if country[code.article] == group])
            for frame in names["codebook"].frame_ids
            for group in names["PAIR"]
        ]
        np.testing.assert_allclose(names["truth"], expected, atol=1e-4)

    def test_rectified_intervals_hold_the_truth_of_most_frames(self, finished: Finished):
        names = finished.names
        assert names["count_held"](names["estimates"]["rectified"]) >= 0.75 * len(names["truth"])
        held = sum(map(names["count_held"], names["again"]))
        assert held >= 0.95 * len(names["again"]) * len(names["truth"])

    def test_rectified_shares_are_right_on_average(self, finished: Finished):
        names = finished.names
        shares = [[s["estimate"] for s in names["list_shares"](one)] for one in names["again"]]
        error = np.std(shares, axis=0, ddof=1) / np.sqrt(len(shares))
        t = np.abs(np.mean(shares, axis=0) - names["truth"]) / error
        assert (t < 4).all()

    def test_only_the_sample_is_given_to_the_commands(self, finished: Finished):
        sample, codes = (
            [json.loads(line) for line in (finished.work / name).read_text("utf-8").splitlines()]
            for name in ("sample.jsonl", "codes.jsonl")
        )
        drawn = {(row["article"], row["start"]) for row in sample}
        assert len(drawn) == len(sample)
        assert {(row["article"], row["start"]) for row in codes} == drawn

    def test_a_story_cut_in_half_is_found_and_nothing_else_is_a_copy(self, finished: Finished):
        assert not finished.names["stories"].copies
        assert [copy.left for copy in finished.names["with_half"].copies] == [0]

    def test_correcting_over_all_tests_never_lowers_a_p_value(self, finished: Finished):
        p_values, corrected = finished.names["p_values"], finished.names["corrected"]
        tested = ~np.isnan(p_values)
        assert tested[: len(finished.names["codebook"].frames)].all()
        assert ((p_values > 0) & (p_values <= corrected) & (corrected <= 1))[tested].all()

    def test_the_command_compares_as_the_cells_do(self, finished: Finished, run: Run):
        files = {name: finished.work / f"{name}.jsonl" for name in ("scores", "codes", "sample")}
        done = run(
            "compare", files["scores"], "--pair", *finished.names["PAIR"], "--within", "event",
            "--gold", files["codes"], "--sample", files["sample"], "--format", "json",
        )  # fmt: skip
        assert done.code == 0, done.err
        expected = finished.names["estimates"]["rectified"]
        assert json.loads(done.out)["groups"] == expected["groups"]
        assert json.loads(done.out)["differences"] == expected["differences"]

    def test_report_and_figure_are_written(self, finished: Finished):
        page = (finished.work / "report.html").read_text(encoding="utf-8")
        assert finished.names["title"] in page
        figure = finished.names["Picture"](finished.work / "differences.svg")
        assert figure._repr_svg_().startswith("<svg")

    def test_nothing_is_written_beside_the_notebook(self, finished: Finished):
        assert finished.work.parent.name.startswith("results")
        beside = {path.name for path in NOTEBOOK.parent.iterdir()}
        assert not beside & {path.name for path in finished.work.iterdir()}
