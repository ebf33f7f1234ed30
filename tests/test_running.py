"""Experiments: folds, runs that are stopped and go on, kept figures, reproduction, pairs of runs."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from framing import Codebook, load_config
from framing.cli.app import app
from framing.coding.ceiling import measure_ceiling
from framing.coding.codes import Code
from framing.config import move_config
from framing.errors import ConfigError, InputError, OutputError
from framing.evaluation_config import EvaluationConfig
from framing.experiments import running
from framing.experiments.breakdown import count_confusions, list_worst, rank_frames
from framing.experiments.folds import plan_folds
from framing.experiments.predictions import read_predictions
from framing.experiments.reproduction import (
    ELSEWHERE,
    EXACT,
    compare_figures,
    find_platform_changes,
    flatten_figures,
    reproduce,
)
from framing.experiments.run_pairs import compare_runs
from framing.experiments.running import run_experiment
from framing.training_data import load_coded
from tests.conftest import Run, write_coded_articles
from tests.tiny_encoder import write_split

CONFIG: dict[str, Any] = {
    "name": "small",
    "model": "tfidf",
    "data": {"articles": "articles", "codes": "codes.jsonl", "codebook": "codebook.yaml"},
    "split": {"file": "split.json"},
    "candidates": {
        "char_min": [1], "char_max": [3], "min_units": [1], "context_weights": [[0.5]],
        "inverse_penalty": [1.0],
    },
    "selection": {"folds": 2},
    "output": "model",
}  # fmt: skip
KINDS = ("wire", "magazine", "wire", "wire", "wire", "magazine", "magazine", "magazine")


def write_project(folder: Path, **sections: Any) -> Path:
    """Eight dated articles of two kinds of outlet, coded; a split; a config. Gives its path."""
    write_coded_articles(
        folder,
        lambda text, number: f"{text.rstrip('.').lower()} {'on no day at all' * (number // 4)}.",
    )
    for number in range(8):
        old = folder / "articles" / f"a{number}.txt"
        front = f"---\nlanguage: en\nkind: {KINDS[number]}\ndate: 2019-0{number + 1}-01\n---\n"
        old.with_suffix(".md").write_text(front + old.read_text("utf-8"), encoding="utf-8")
        old.unlink()
    codes = folder / "codes.jsonl"
    codes.write_text(codes.read_text("utf-8").replace('.txt"', '.md"'), encoding="utf-8")
    write_split(folder, {"train": (0, 4, 1, 5), "dev": (2, 6), "test": (3, 7)})
    split = folder / "split.json"
    renamed = split.read_text("utf-8").replace('.txt"', '.md"')
    split.write_text(renamed, encoding="utf-8")
    _sign(split)
    return write_config(folder, **sections)


def _sign(split: Path) -> None:
    """Give a split file that was changed by hand its digest."""
    from framing.corpus.splitting import Split
    from framing.corpus.splitting import write_split as write

    plain = json.loads(split.read_text("utf-8"))
    parts = {name: part for part, names in plain["parts"].items() for name in names}
    write(split, Split(plain["salt"], plain["shares"], parts))


def write_config(folder: Path, **sections: Any) -> Path:
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump({**CONFIG, **sections}, sort_keys=False), encoding="utf-8")
    return path


def plan(path: Path) -> list[tuple[str, list[str], list[str]]]:
    """Name, articles learnt from, and articles tested on, of each fold."""
    config = load_config(path)
    dataset = load_coded(config, Codebook.load(path.parent / "codebook.yaml"))
    return [
        (fold.name, sorted(fold.train.about), sorted(fold.test.about))
        for fold in plan_folds(config, dataset)
    ]


# Folds


def test_without_more_said_the_test_part_is_held_out(tmp_path: Path):
    ((name, train, test),) = plan(write_project(tmp_path))
    assert name == "test"
    assert train == ["a0.md", "a1.md", "a4.md", "a5.md"]
    assert test == ["a3.md", "a7.md"]


def test_each_kind_is_left_out_in_turn(tmp_path: Path):
    folds = plan(write_project(tmp_path, evaluation={"hold_out": "kind"}))
    assert folds == [
        ("kind magazine", ["a0.md", "a4.md"], ["a7.md"]),
        ("kind wire", ["a1.md", "a5.md"], ["a3.md"]),
    ]


def test_what_is_held_out_is_not_in_dev_either(tmp_path: Path):
    path = write_project(tmp_path, evaluation={"hold_out": "kind"})
    config = load_config(path)
    dataset = load_coded(config, Codebook.load(tmp_path / "codebook.yaml"))
    magazine, wire = plan_folds(config, dataset)
    assert magazine.dev is not None
    assert wire.dev is not None
    assert (list(magazine.dev.about), list(wire.dev.about)) == (["a2.md"], ["a6.md"])
    assert sorted(magazine.seen.about) == ["a0.md", "a2.md", "a4.md"]


def test_the_later_period_is_held_out(tmp_path: Path):
    evaluation = {"hold_out": "period", "after": "2019-05-01"}
    (fold,) = plan(write_project(tmp_path, evaluation=evaluation))
    assert fold == ("from 2019-05-01", ["a0.md", "a1.md"], ["a7.md"])


def test_a_share_for_the_baseline_is_one_of_all_it_would_learn_from(tmp_path: Path):
    path = write_project(tmp_path, evaluation={"train_shares": [0.5, 1.0]})
    config = load_config(path)
    dataset = load_coded(config, Codebook.load(tmp_path / "codebook.yaml"))
    half, whole = plan_folds(config, dataset)
    assert (len(half.train.about), len(whole.train.about)) == (2, 4)
    # The two dev articles are one story: half of one is one.
    assert len(half.seen.about) < len(whole.seen.about) == 6


def test_a_day_may_stand_without_quotes(tmp_path: Path):
    path = write_project(tmp_path, evaluation={"hold_out": "period", "after": "2019-05-01"})
    plain = path.read_text("utf-8").replace("'2019-05-01'", "2019-05-01")
    path.write_text(plain, encoding="utf-8")
    assert load_config(path).evaluation.after == "2019-05-01"
    assert load_config(path, ("evaluation.after=2019-06-01",)).evaluation.after == "2019-06-01"


def test_shares_of_a_learning_curve_lie_in_one_another(tmp_path: Path):
    folds = plan(write_project(tmp_path, evaluation={"train_shares": [1.0, 0.5]}))
    assert [name for name, _, _ in folds] == ["50% of train", "100% of train"]
    assert [len(train) for _, train, _ in folds] == [2, 4]
    assert set(folds[0][1]) < set(folds[1][1])
    assert len({tuple(test) for _, _, test in folds}) == 1


@pytest.mark.parametrize(
    ("evaluation", "message"),
    [
        pytest.param({"hold_out": "outlet"}, "evaluation.hold_out is 'outlet'; use language or", id="unknown"),
        pytest.param({"hold_out": "period"}, "evaluation.after and .* go together", id="no-day"),
        pytest.param({"after": "2019-07-01"}, "evaluation.after and .* go together", id="day-alone"),
        pytest.param({"hold_out": "period", "after": "July"}, "evaluation.after is 'July'", id="no-date"),
        pytest.param({"train_shares": [0.0]}, "evaluation.train_shares holds 0", id="share-of-nothing"),
        pytest.param({"train_shares": [0.5], "hold_out": "kind"}, "stands beside", id="two-designs"),
        pytest.param({"texts": ["masked"]}, "does not begin with as_written", id="not-as-written"),
        pytest.param({"texts": []}, "evaluation.texts is empty", id="no-text"),
        pytest.param({"seeds": [1, 1]}, "holds one value twice", id="a-seed-twice"),
        pytest.param({"sedes": [1]}, "unknown key `evaluation.sedes`; .*`evaluation.seeds`", id="misspelt"),
    ],
)  # fmt: skip
def test_a_design_that_makes_no_sense_is_refused(
    tmp_path: Path, evaluation: dict[str, Any], message: str
):
    with pytest.raises(ConfigError, match=message):
        load_config(write_project(tmp_path, evaluation=evaluation))


@pytest.mark.parametrize(
    ("evaluation", "message"),
    [
        pytest.param({"hold_out": "language"}, "fold 'language en' has no article in train", id="one-language"),
        pytest.param({"hold_out": "period", "after": "2030-01-01"}, "has no article in test", id="nothing-later"),
        pytest.param({"hold_out": "period", "after": "2018-01-01"}, "has no article in train", id="nothing-earlier"),
    ],
)  # fmt: skip
def test_an_impossible_fold_is_named_and_leaves_nothing(
    tmp_path: Path, evaluation: dict[str, Any], message: str
):
    path = write_project(tmp_path, evaluation=evaluation)
    with pytest.raises(ConfigError, match=message):
        run_experiment(load_config(path), tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


def test_a_frame_that_no_training_unit_carries_is_named(tmp_path: Path):
    path = write_project(tmp_path)
    for article in ("a0.md", "a1.md", "a4.md", "a5.md"):
        change_code(tmp_path, article, without="safety")
    message = "fold 'test': no training unit carries safety; code more articles"
    with pytest.raises(ConfigError, match=message):
        run_experiment(load_config(path), tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("name", ["", "..", "a/b", "/etc", ".hidden", "a\nb", "\ud800"])
def test_a_name_that_no_folder_can_have_is_refused(tmp_path: Path, name: str):
    path = write_project(tmp_path)
    with pytest.raises(ConfigError, match="`name` is .* cannot be called that"):
        dataclasses.replace(load_config(path), name=name)


def test_what_cannot_be_fitted_leaves_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def fail(*args: Any, **kwargs: Any) -> Any:
        raise ConfigError("the encoder is not here")

    monkeypatch.setattr(running, "fit_fold", fail)
    with pytest.raises(ConfigError, match="not here"):
        run_experiment(load_config(write_project(tmp_path)), tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


# Runs


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run of two seeds on every text."""
    folder = tmp_path_factory.mktemp("project")
    texts = ["as_written", "masked", "without_triggers"]
    path = write_project(folder, evaluation={"texts": texts, "seeds": [3, 5], "show_text": True})
    return run_experiment(load_config(path), folder / "runs").folder


def read(folder: Path, name: str = "metrics.json") -> Any:
    return json.loads((folder / name).read_text("utf-8"))


def test_a_run_leaves_these_files_and_no_other(finished: Path):
    assert sorted(path.name for path in finished.iterdir()) == sorted(running.FILES)
    assert [path.name for path in finished.parent.iterdir()] == ["small"]


def test_metrics_hold_what_a_reader_asks_for(finished: Path):
    metrics = read(finished)
    assert metrics.keys() == {
        "name", "model", "data", "split", "seeds", "fits", "scores", "spread", "by", "confusions",
        "reliability", "agreement", "ceiling", "tiers", "benchmark",
    }  # fmt: skip
    scores = metrics["scores"]
    assert scores.keys() == {"as_written", "masked", "without_triggers"}
    assert scores["as_written"]["test"].keys() == {"3", "5"}
    assert scores["as_written"]["test"]["3"]["articles"] == 2
    spread = metrics["spread"]["as_written"]["test"]["macro_f1"]
    assert spread["mean"] == pytest.approx(np.mean(spread["values"]))
    assert metrics["data"]["article_digests"].keys() == {f"a{n}.md" for n in range(8)}
    assert metrics["tiers"]["safety"]["tier"] == "C", "no coders, so nothing to rely on"
    environment = read(finished, "environment.json")
    assert environment["packages"]["scikit-learn"]
    assert len(environment["code"]) == 16


def test_no_text_stands_in_predictions(finished: Path):
    table = read_predictions(finished / "predictions.parquet")
    assert "texts" not in table.columns
    assert set(table.columns["text"]) == {"as_written", "masked", "without_triggers"}
    assert set(table.columns["seed"].tolist()) == {3, 5}


def test_the_kept_config_leads_to_the_same_files(finished: Path):
    config, kept = (
        load_config(path)
        for path in (finished.parents[1] / "config.yaml", finished / "config.yaml")
    )
    for name in ("articles", "codes", "codebook"):
        paths = [one.resolve(getattr(one.data, name)) for one in (config, kept)]
        assert paths[0] == paths[1]
    assert move_config(kept, config.folder).plain() == config.plain()


def test_a_finished_run_is_not_overwritten_unless_forced(finished: Path):
    config = load_config(finished.parents[1] / "config.yaml")
    before = (finished / "metrics.json").read_bytes()
    with pytest.raises(OutputError, match="is a finished run; to run it again: --force"):
        run_experiment(config, finished.parent)
    run_experiment(config, finished.parent, force=True)
    assert (finished / "metrics.json").read_bytes() == before


def test_a_finished_run_of_another_config_is_told_apart(finished: Path):
    config = load_config(
        finished.parents[1] / "config.yaml", ("selection.seed=9", "selection.folds=3")
    )
    message = (
        r"of another config \(selection.folds was 2 and is now 3 and 1 more\); give this one a"
    )
    with pytest.raises(OutputError, match=message):
        run_experiment(config, finished.parent)


def test_the_record_says_how_much_was_learnt_from(finished: Path):
    assert [fit["learnt"] for fit in read(finished)["fits"]] == [{"articles": 6, "units": 24}] * 2


class Stopped(BaseException):
    """As a kill would end it."""


def stop_at(monkeypatch: pytest.MonkeyPatch, number: int) -> list[tuple[str, int]]:
    """Have a run stop when it fits its model of that number; gives what was fitted."""
    fit, fitted = running.fit_fold, []

    def stop(config: Any, fold: Any, *args: Any, seed: int, **kwargs: Any) -> Any:
        if len(fitted) == number:
            raise Stopped
        fitted.append((fold.name, seed))
        return fit(config, fold, *args, seed=seed, **kwargs)

    monkeypatch.setattr(running, "fit_fold", stop)
    return fitted


def test_a_run_that_was_stopped_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = write_project(tmp_path, evaluation={"hold_out": "kind", "seeds": [0, 1]})
    config, told = load_config(path), []
    stop_at(monkeypatch, 2)
    with pytest.raises(Stopped):
        run_experiment(config, tmp_path / "runs")
    assert not (tmp_path / "runs" / "small").exists(), "nothing half-written"
    monkeypatch.undo()
    fitted = stop_at(monkeypatch, 99)
    stopped = run_experiment(config, tmp_path / "runs", tell=told.append)
    assert fitted == [("kind wire", 0), ("kind wire", 1)]
    assert "  was done before" in told
    log = (tmp_path / "runs" / "small" / "log.txt").read_text("utf-8")
    assert log.count("fold kind magazine, seed 0") == 2, "of the first try and of the second"
    whole = run_experiment(config, tmp_path / "others")
    assert stopped.metrics == whole.metrics


@pytest.mark.parametrize("changed", ["data", "config", "code"])
def test_a_stopped_run_of_something_else_starts_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: str
):
    path = write_project(tmp_path, evaluation={"seeds": [0, 1]})
    stop_at(monkeypatch, 1)
    with pytest.raises(Stopped):
        run_experiment(load_config(path), tmp_path / "runs")
    monkeypatch.undo()
    if changed == "data":
        change_code(tmp_path)
    elif changed == "config":
        write_config(tmp_path, evaluation={"seeds": [0, 1], "worst": 3})
    else:
        monkeypatch.setattr(running, "digest_code", lambda: "another")
    fitted = stop_at(monkeypatch, 99)
    run_experiment(load_config(path), tmp_path / "runs")
    assert fitted == [("test", 0), ("test", 1)]


def change_code(folder: Path, article: str = "a7.md", *, without: str = "money") -> None:
    """Take a frame away from the units of an article."""
    path = folder / "codes.jsonl"
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    for row in rows:
        if row["article"] == article:
            row["frames"] = [frame for frame in row["frames"] if frame != without]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def test_folds_of_a_hold_out_are_pooled(tmp_path: Path):
    path = write_project(tmp_path, evaluation={"hold_out": "kind"})
    metrics = run_experiment(load_config(path), tmp_path / "runs").metrics
    folds = metrics["scores"]["as_written"]
    assert folds.keys() == {"kind magazine", "kind wire", "all"}
    units = [folds[name]["0"]["units"] for name in ("kind magazine", "kind wire", "all")]
    assert units[0] + units[1] == units[2]


def test_a_learning_curve_is_not_pooled(tmp_path: Path):
    path = write_project(tmp_path, evaluation={"train_shares": [0.5, 1.0]})
    metrics = run_experiment(load_config(path), tmp_path / "runs").metrics
    assert metrics["scores"]["as_written"].keys() == {"50% of train", "100% of train"}
    assert [fit["fold"] for fit in metrics["fits"]] == ["50% of train", "100% of train"]


# Figures


def test_confusions_pair_what_is_carried_with_what_is_wrongly_said(small_dataset: Any):
    from framing.classifiers.base import FrameScores

    said = np.zeros_like(small_dataset.frames)
    said[:, 0] = True
    scores = FrameScores(said.astype(float), said, np.zeros((len(said), 0)), "", "")
    frames = small_dataset.frames
    first, second = small_dataset.codebook.frame_ids
    counts = count_confusions(scores, small_dataset)
    assert counts[first][first] == frames[:, 0].sum()
    assert counts[second][first] == (frames[:, 1] & ~frames[:, 0]).sum()
    assert counts["none"][first] == (~frames.any(axis=1)).sum()
    assert counts[second][second] == counts["none"]["none"] == 0


@pytest.mark.parametrize(
    ("f1", "alpha", "tier"),
    [
        (0.8, 0.667, "A"), (0.9, 0.66, "C"), (0.79, 0.9, "B"), (0.65, 0.667, "B"),
        (0.64, 0.99, "C"), (0.9, None, "C"), (None, 0.9, "C"),
    ],
)  # fmt: skip
def test_tiers_ask_for_f1_and_agreement(f1: float | None, alpha: float | None, tier: str):
    metrics: Any = {"frames": {"x": {"f1": {"estimate": f1}}}}
    assert rank_frames(metrics, {"frames": {"x": alpha}})["x"]["tier"] == tier
    assert rank_frames(metrics, None)["x"]["tier"] == "C"


def test_the_worst_are_wrong_and_the_surest_first(small_dataset: Any):
    from dataclasses import replace

    from framing.classifiers.base import FrameScores

    gold = replace(small_dataset, spans=tuple((n, n + 1) for n in range(len(small_dataset))))
    random = np.random.default_rng(0)
    probabilities = random.random(gold.frames.shape)
    scores = FrameScores(probabilities, probabilities >= 0.5, np.zeros((len(gold), 0)), "", "")
    worst = list_worst(scores, gold, 5)
    surest = [
        of["probability"] if of["error"] == "false alarm" else 1 - of["probability"] for of in worst
    ]
    assert surest == sorted(surest, reverse=True)
    assert all(value >= 0.5 for value in surest)
    assert "text" not in worst[0]
    shown = list_worst(scores, gold, 1, show_text=True)[0]
    assert shown["text"] == gold.texts[shown["start"]]


def test_the_ceiling_is_each_coder_against_gold(small_codebook: Codebook):
    def code(start: int, coder: str, *frames: str, speaker: str | None = None) -> Code:
        return Code(
            article="a",
            start=start,
            end=start + 1,
            sha1="",
            frames=frames,
            coder=coder,
            speaker=speaker,
        )

    first, second = small_codebook.frame_ids
    official = small_codebook.speaker_ids[0]
    gold = [
        code(0, "gold", first, speaker=official),
        code(1, "gold", first),
        code(2, "gold", second),
    ]
    codes = [
        code(0, "x", first, speaker=official),
        code(1, "x", second),
        code(2, "x", second),
        code(9, "x", first),
        code(0, "y"),
    ]
    ceiling = measure_ceiling(codes, gold, small_codebook)
    assert ceiling["x"]["units"] == 3
    assert ceiling["x"]["frames"] == pytest.approx({first: 2 / 3, second: 2 / 3})
    assert ceiling["x"]["speaker_accuracy"] == 1.0
    assert ceiling["y"] == {
        "units": 1, "macro_f1": 0.0, "frames": {first: 0.0, second: None}, "speaker_accuracy": None,
    }  # fmt: skip


# Reproduction


def test_a_run_is_reproduced_to_the_last_digit(finished: Path):
    result = reproduce(finished)
    assert not result.has_drifted
    assert {row.verdict for row in result.rows} == {"same"}
    assert result.compared > 200
    assert result.changes == []
    assert result.tolerance == EXACT


def test_a_changed_code_is_caught_and_named(finished: Path, tmp_path: Path, run: Run):
    path = write_project(tmp_path)
    run_experiment(load_config(path), tmp_path / "runs")
    change_code(tmp_path)
    result = run("reproduce", tmp_path / "runs" / "small", "-q")
    assert result.code == 1
    assert "small has DRIFTED" in result.out
    assert "differs: data: changed a7.md" in result.out
    assert not list(tmp_path.glob("runs/.*"))


def change_environment(folder: Path, **changes: Any) -> None:
    path = folder / "environment.json"
    path.write_text(json.dumps(read(folder, path.name) | changes), encoding="utf-8")


def test_on_another_processor_a_baseline_may_differ_a_little(tmp_path: Path):
    path = write_project(tmp_path)
    folder = run_experiment(load_config(path), tmp_path / "runs").folder
    change_environment(folder, processor="Abacus 3", code="0" * 16)
    result = reproduce(folder)
    assert result.tolerance == ELSEWHERE
    assert not result.has_drifted
    assert result.changes[0].startswith("code: 0000000000000000 (")
    assert result.changes[1].startswith("processor: Abacus 3 is now ")


def test_a_package_of_another_version_is_named():
    before = {
        "packages": {"numpy": "1", "framing": "1", "old": "2"},
        "system": "a",
        "processor": "b",
    }
    now = {"packages": {"numpy": "2", "framing": "2"}, "system": "a", "processor": "b"}
    assert find_platform_changes(before, now) == ["numpy: 1 is now 2", "old: 2 is now None"]


@pytest.mark.parametrize(
    ("stored", "new", "tolerance", "verdicts"),
    [
        pytest.param({"by": {"f1": 0.5}}, {"by": {"f1": 0.5}}, 1e-9, ["same"], id="same"),
        pytest.param({"by": {"f1": 0.5}}, {"by": {"f1": 0.51}}, 1e-9, ["DRIFT"], id="baseline-drifts"),
        pytest.param({"by": {"f1": 0.5}}, {"by": {"f1": 0.9}}, 0.02, ["within"], id="small-group-of-a-network"),
        pytest.param({"spread": {"macro_f1": {"mean": 0.5}}}, {"spread": {"macro_f1": {"mean": 0.51}}}, 0.02, ["within"], id="network-within"),
        pytest.param({"spread": {"macro_f1": {"mean": 0.5}}}, {"spread": {"macro_f1": {"mean": 0.53}}}, 0.02, ["DRIFT"], id="network-drifts"),
        pytest.param({"by": {"f1": 0.5}}, {"by": {}}, 0.02, ["DRIFT"], id="gone"),
        pytest.param({"by": {"f1": None}}, {"by": {"f1": None}}, 1e-9, ["same"], id="not-estimable-both-times"),
        pytest.param({"by": {"f1": None}}, {"by": {"f1": 0.1}}, 0.02, ["DRIFT"], id="estimable-only-now"),
    ],
)  # fmt: skip
def test_verdicts(stored: Any, new: Any, tolerance: float, verdicts: list[str]):
    assert [row.verdict for row in compare_figures(stored, new, tolerance)] == verdicts


def test_figures_are_found_at_any_depth():
    values = {"by": {"x": [1, {"y": 2.5}], "z": None, "s": "text", "b": True}, "name": 3}
    assert dict(flatten_figures({"benchmark": None})) == {}
    assert dict(flatten_figures(values)) == {"by/x/0": 1.0, "by/x/1/y": 2.5, "by/z": None}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["nowhere"], "nowhere: is no folder", id="no-folder"),
        pytest.param([], "no run is named", id="nothing-named"),
        pytest.param(["x", "--all"], "not both", id="both"),
        pytest.param(["--all", "--into", "."], "there is no such finished run", id="no-runs"),
    ],
)
def test_nothing_to_reproduce_is_said(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
):
    monkeypatch.chdir(tmp_path)
    result = run("reproduce", *arguments)
    assert result.code == 2
    assert message in result.err


# Pairs of runs


def test_a_run_compared_with_itself_does_not_differ(finished: Path):
    book = Codebook.load(finished.parents[1] / "codebook.yaml")
    pair = compare_runs(finished, finished, book)
    assert pair.folds == (["test"], ["test"])
    result = pair.comparisons
    assert result.keys() == {"as_written", "masked", "without_triggers"}
    difference = result["as_written"]["macro_f1"]
    assert difference["difference"]["estimate"] == 0
    assert difference["p_value"] == 1
    assert (
        result["as_written"]["units"]
        == read(finished)["scores"]["as_written"]["test"]["3"]["units"]
    )


def test_runs_are_compared_on_the_units_both_scored(finished: Path, tmp_path: Path):
    path = write_project(
        tmp_path, name="earlier", evaluation={"hold_out": "period", "after": "2019-05-01"}
    )
    other = run_experiment(load_config(path), tmp_path / "runs").folder
    pair = compare_runs(finished, other, Codebook.load(tmp_path / "codebook.yaml"))
    assert pair.comparisons["as_written"]["articles"] == 1
    assert pair.folds == (["test"], ["from 2019-05-01"])


def test_runs_on_other_gold_are_not_compared(finished: Path, tmp_path: Path):
    path = write_project(tmp_path)
    change_code(tmp_path)
    other = run_experiment(load_config(path), tmp_path / "runs").folder
    with pytest.raises(InputError, match="has other gold codes than"):
        compare_runs(finished, other, Codebook.load(tmp_path / "codebook.yaml"))


def test_a_folder_without_predictions_is_named(finished: Path, tmp_path: Path, run: Run):
    book = finished.parents[1] / "codebook.yaml"
    result = run("compare-runs", finished, tmp_path, "--codebook", book)
    assert result.code == 2
    assert "predictions.parquet: cannot be read" in result.err
    (tmp_path / "predictions.parquet").write_bytes(b"PAR1 not quite")
    result = run("compare-runs", finished, tmp_path, "--codebook", book)
    assert result.code == 2
    assert "is it a run's predictions.parquet?" in result.err


# The commands


def test_the_command_runs_and_says_where(tmp_path: Path, run: Run):
    path = write_project(tmp_path)
    result = run("run", path, "--into", tmp_path / "runs")
    assert result.code == 0, result.err
    assert "as_written" in result.out
    assert f"wrote {tmp_path / 'runs' / 'small'}" in result.err
    again = run("run", path, "--into", tmp_path / "runs")
    assert again.code == 2
    assert "is a finished run; to run it again: --force" in again.err


def test_a_dry_run_prints_the_config_and_runs_nothing(tmp_path: Path, run: Run):
    path = write_project(tmp_path)
    result = run("run", path, "--dry-run", "--set", "selection.seed=7")
    assert result.code == 0
    assert yaml.safe_load(result.out)["selection"]["seed"] == 7
    assert not (tmp_path / "experiments").exists()


def test_two_runs_are_compared_by_the_command(finished: Path, tmp_path: Path, run: Run):
    output = tmp_path / "pair.json"
    book = finished.parents[1] / "codebook.yaml"
    result = run("compare-runs", finished, finished, "--codebook", book, "-o", output)
    assert result.code == 0, result.err
    assert "macro-F1" in result.out
    assert "A: small, test" in result.out
    assert json.loads(output.read_text("utf-8")).keys() == {"folds", "texts"}


def test_the_verbs_are_there():
    names = {
        command.name or command.callback.__name__.replace("_", "-")
        for command in app.registered_commands
        if command.callback
    }
    assert {"run", "reproduce", "compare-runs"} <= names


def test_a_plain_evaluation_needs_nothing():
    assert EvaluationConfig() == EvaluationConfig(texts=["as_written"])
