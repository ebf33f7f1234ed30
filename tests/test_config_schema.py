"""The JSON Schema of configs says what loading says."""

from __future__ import annotations

import dataclasses
import inspect
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import pytest
import yaml

from framing import config as configs
from framing.config import RunConfig, list_kinds, load_config
from framing.config_schema import describe_schema, render_schema
from framing.config_values import Choice, Range, list_keys
from framing.errors import ConfigError
from tests.conftest import ROOT

CONFIGS = sorted((ROOT / "configs").rglob("*.yaml"))
SCHEMA = ROOT / "configs" / "schema.json"
PLAIN: dict[str, Any] = {
    "name": "x",
    "data": {"articles": "a", "codes": "c", "codebook": "b"},
    "output": "out",
}
TRANSFORMER = {**PLAIN, "model": "transformer", "split": {"file": "s"}, "encoder": {"name": "o/n"}}


@pytest.fixture(scope="module")
def accepts():
    """Whether a value is what the schema describes."""
    jsonschema = pytest.importorskip("jsonschema")
    schema = describe_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema).is_valid


def test_the_committed_schema_is_up_to_date():
    assert SCHEMA.read_text(encoding="utf-8") == render_schema(), (
        "framing config schema > configs/schema.json"
    )


def test_the_command_prints_it(run):
    result = run("config", "schema")
    assert (result.code, result.err) == (0, "")
    assert result.out == render_schema()


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_every_committed_config_is_what_it_describes(path: Path, accepts):
    assert accepts(yaml.safe_load(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_every_committed_config_names_it_in_its_first_line(path: Path):
    line = path.read_text(encoding="utf-8").splitlines()[0]
    comment, _, named = line.partition("$schema=")
    assert comment == "# yaml-language-server: "
    assert (path.parent / named).resolve() == SCHEMA


def change(config: dict[str, Any], dotted: str, value: Any) -> dict[str, Any]:
    """A config with one key changed, or taken away where the value is `...`."""
    changed = json.loads(json.dumps(config))
    *parents, key = dotted.split(".")
    section = changed
    for parent in parents:
        section = section.setdefault(parent, {})
    section[key] = value
    if value is ...:
        del section[key]
    return changed


@pytest.mark.parametrize(
    ("config", "key", "value", "valid"),
    [
        pytest.param(PLAIN, "name", "y", True, id="baseline-without-model"),
        pytest.param(PLAIN, "model", "tfidf", True, id="baseline"),
        pytest.param(TRANSFORMER, "name", "y", True, id="transformer"),
        pytest.param(PLAIN, "model", "oracle", False, id="unknown-model"),
        pytest.param(PLAIN, "model", "transformer", False, id="no-encoder"),
        pytest.param(PLAIN, "output", ..., False, id="no-output"),
        pytest.param(PLAIN, "data.codes", ..., False, id="no-codes"),
        pytest.param(TRANSFORMER, "encoder.name", ..., False, id="no-name-of-the-encoder"),
        pytest.param(PLAIN, "train", {}, False, id="unknown-section"),
        pytest.param(PLAIN, "selection.fold", 3, False, id="unknown-key"),
        pytest.param(PLAIN, "folder", "x", False, id="internal-key"),
        pytest.param(PLAIN, "encoder", {"name": "x"}, False, id="section-of-another-model"),
        pytest.param(PLAIN, "name", 3, False, id="number-for-text"),
        pytest.param(PLAIN, "name", None, False, id="nothing-for-text"),
        pytest.param(PLAIN, "split", None, False, id="nothing-for-a-section"),
        pytest.param(PLAIN, "selection.folds", 2, True, id="fewest-folds"),
        pytest.param(PLAIN, "selection.folds", 1, False, id="one-fold"),
        pytest.param(PLAIN, "selection.folds", True, False, id="bool-for-number"),
        pytest.param(PLAIN, "split.test_share", 0.5, True, id="share"),
        pytest.param(PLAIN, "split.test_share", 0, False, id="no-share"),
        pytest.param(PLAIN, "split.test_share", 1, False, id="whole-share"),
        pytest.param(PLAIN, "candidates.char_max", [], False, id="no-candidates"),
        pytest.param(PLAIN, "candidates.char_max", [13], False, id="candidate-too-high"),
        pytest.param(PLAIN, "candidates.context_weights", [[], [0.5]], True, id="lists-of-lists"),
        pytest.param(PLAIN, "candidates.context_weights", [0.5], False, id="list-for-lists"),
        pytest.param(PLAIN, "candidates.context_weights", [[11]], False, id="weight-too-high"),
        pytest.param(TRANSFORMER, "training.learning_rate", 1, True, id="whole-number-for-number"),
        pytest.param(TRANSFORMER, "training.learning_rate", 0, False, id="zero-rate"),
        pytest.param(TRANSFORMER, "training.tuned", "lora", True, id="choice"),
        pytest.param(TRANSFORMER, "training.tuned", "half", False, id="no-choice"),
        pytest.param(TRANSFORMER, "training.precision", "half", False, id="no-precision"),
        pytest.param(TRANSFORMER, "inputs.pool", "cls", False, id="no-pool"),
        pytest.param(TRANSFORMER, "loss.frames", "dice", False, id="no-loss"),
        pytest.param(TRANSFORMER, "encoder.scripts", ["kana"], True, id="choices"),
        pytest.param(TRANSFORMER, "encoder.scripts", ["runes"], False, id="no-choices"),
        pytest.param(TRANSFORMER, "encoder.scripts", [], True, id="empty-list"),
        pytest.param(TRANSFORMER, "export_bits", 7, True, id="choice-of-numbers"),
        pytest.param(TRANSFORMER, "export_bits", 6, False, id="no-choice-of-numbers"),
        pytest.param(TRANSFORMER, "candidates", {}, False, id="section-of-the-baseline"),
    ],
)
def test_it_accepts_what_loading_accepts(
    tmp_path: Path, accepts, config: dict[str, Any], key: str, value: Any, valid: bool
):
    changed = change(config, key, value)
    assert accepts(changed) is valid
    path = tmp_path / "c.yaml"
    path.write_text(yaml.safe_dump(changed), encoding="utf-8")
    if valid:
        load_config(path)
        return
    with pytest.raises(ConfigError):
        load_config(path)


@pytest.mark.parametrize(
    ("config", "valid"),
    [
        pytest.param({"base": "b.yaml"}, True, id="nothing-else"),
        pytest.param({"base": "b.yaml", "data": {"coder": "anna"}}, True, id="part-of-a-section"),
        pytest.param({"base": "b.yaml", "encoder": {"most": 9}}, True, id="section-of-some-model"),
        pytest.param({"base": "b.yaml", "model": "transformer", "encoder": {}}, True, id="model"),
        pytest.param({"base": "b.yaml", "model": "tfidf", "encoder": {}}, False, id="other-model"),
        pytest.param({"base": "b.yaml", "encoder": {}, "candidates": {}}, False, id="two-models"),
        pytest.param({"base": "b.yaml", "train": {}}, False, id="unknown-key"),
        pytest.param({"base": "b.yaml", "training": {"seed": -1}}, False, id="out-of-range"),
        pytest.param({"base": ""}, False, id="empty-base"),
        pytest.param({"base": ["b.yaml"]}, False, id="two-bases"),
        pytest.param({**PLAIN, "data": {**PLAIN["data"], "base": "x"}}, False, id="in-a-section"),
    ],
)
def test_a_config_with_a_base_need_not_hold_all_keys(accepts, config: dict[str, Any], valid: bool):
    assert accepts(config) is valid


def test_defaults_and_descriptions_are_those_of_the_dataclasses():
    described = describe_schema()["$defs"]
    training = described["FitConfig"]["properties"]
    assert training["seed"] == {"type": "integer", "minimum": 0, "maximum": 2**31, "default": 0}
    assert training["precision"] == {
        "description": "`bf16`, `float32`, or `auto`: bf16 where the machine computes in it.",
        "type": "string",
        "enum": ["auto", "bf16", "float32"],
        "default": "auto",
    }
    assert described["FitConfig"]["description"] == "How the weights are found."
    assert described["TransformerConfig"]["properties"]["name"]["description"].startswith("Name of")
    assert "default" not in described["EncoderConfig"]["properties"]["name"]


def list_sections(kind: type) -> list[type]:
    """A kind of config and every section in it."""
    inner = [key.section for key in list_keys(kind).values() if key.section is not None]
    return [kind, *(section for one in inner for section in list_sections(one))]


def test_every_key_of_every_section_is_described():
    described = describe_schema()["$defs"]
    sections = [section for kind in list_kinds().values() for section in list_sections(kind)]
    assert {section.__name__ for section in sections} == set(described)
    for section in sections:
        of = described[section.__name__]
        assert set(of["properties"]) - {"base"} == set(list_keys(section))
        assert of["additionalProperties"] is False


def test_without_its_source_it_has_no_descriptions_of_keys(monkeypatch):
    def find_none(kind: object) -> str:
        raise OSError("source code not available")

    monkeypatch.setattr(inspect, "getsource", find_none)
    bare = describe_schema()["$defs"]["FitConfig"]["properties"]["precision"]
    assert bare == {"type": "string", "enum": ["auto", "bf16", "float32"], "default": "auto"}


@dataclass(frozen=True, kw_only=True)
class DepthConfig:
    """A section that another kind of config has."""

    layers: Annotated[int, Range(1, 9)]
    """How many."""
    shape: Annotated[str, Choice(("wide", "narrow"))] = "wide"


@dataclass(frozen=True, kw_only=True)
class OtherConfig(RunConfig):
    """Another kind of config."""

    depth: DepthConfig
    rates: list[float] = dataclasses.field(default_factory=list)


def test_a_new_kind_is_described_and_loaded_as_the_others(monkeypatch, tmp_path: Path):
    monkeypatch.setitem(configs._KINDS, "other", OtherConfig)
    schema = describe_schema()
    assert schema["properties"]["model"]["enum"][-1] == "other"
    assert schema["$defs"]["OtherConfig"]["then"]["properties"]["depth"] == {"required": ["layers"]}
    assert schema["$defs"]["DepthConfig"]["properties"]["layers"] == {
        "description": "How many.",
        "type": "integer",
        "minimum": 1,
        "maximum": 9,
    }
    path = tmp_path / "c.yaml"
    path.write_text(yaml.safe_dump({**PLAIN, "model": "other", "depth": {"layers": 10}}), "utf-8")
    with pytest.raises(ConfigError, match=r"row \d: depth.layers is 10; give 1 to 9"):
        load_config(path)
    loaded = load_config(path, ["depth.layers=3", "rates=[1, 1e-4]"])
    assert dataclasses.asdict(loaded)["depth"] == {"layers": 3, "shape": "wide"}


def test_a_type_without_a_schema_is_refused(monkeypatch):
    odd = dataclasses.make_dataclass(
        "Odd", [("x", dict, None)], bases=(RunConfig,), frozen=True, kw_only=True
    )
    monkeypatch.setitem(configs._KINDS, "odd", odd)
    with pytest.raises(TypeError, match="no schema is known for"):
        describe_schema()
