"""Settings of a command line over a config: what counts, how values are read, what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from framing.config import TrainConfig, TransformerConfig, load_config
from framing.errors import ConfigError

BASE = """\
model: transformer
data: {articles: a, codes: c.jsonl, codebook: b.yaml}
split: {file: s.json}
training: {seed: 5, epochs: 7, patience: 8}
"""
FILE = """\
base: base.yaml
name: x
encoder: {name: owner/name}
training: {seed: 6, epochs: 9}
output: out
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "base.yaml").write_text(BASE, encoding="utf-8")
    path = tmp_path / "c.yaml"
    path.write_text(FILE, encoding="utf-8")
    return path


def load(path: Path, *settings: str) -> TransformerConfig:
    config = load_config(path, settings)
    assert isinstance(config, TransformerConfig)
    return config


def test_a_setting_counts_before_file_base_and_default(path: Path):
    training = load(path, "training.seed=2").training
    assert (training.seed, training.epochs, training.patience, training.members) == (2, 9, 8, 1)


def test_the_last_setting_of_a_key_counts(path: Path):
    assert load(path, "training.seed=2", "training.seed=3").training.seed == 3


def test_a_section_that_no_file_has_can_be_set(path: Path):
    assert load(path, "inputs.before=1", "inputs.max_length=64").inputs.max_length == 64


def test_a_setting_fills_in_what_is_missing(tmp_path: Path):
    path = tmp_path / "c.yaml"
    path.write_text("data: {articles: a, codes: c}\n", encoding="utf-8")
    config = load_config(path, ["name=x", "output=o", "data.codebook=b"])
    assert isinstance(config, TrainConfig)
    assert (config.name, config.data.codebook) == ("x", "b")


def test_a_path_of_a_setting_is_relative_to_the_configs_folder(path: Path, monkeypatch):
    monkeypatch.chdir("/")
    config = load(path, "split.file=../other.json")
    assert config.resolve(config.split.file) == path.parent.parent.resolve() / "other.json"


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        pytest.param("training.learning_rate=1e-4", 1e-4, id="exponent-without-a-dot"),
        pytest.param("training.learning_rate=1.0e-4", 1e-4, id="exponent"),
        pytest.param("training.dropout=0", 0.0, id="whole-number-for-a-number"),
        pytest.param("score_test=yes", True, id="yes"),
        pytest.param("encoder.pruned=no", False, id="no"),
        pytest.param('name="quoted"', "quoted", id="quoted"),
        pytest.param("name='no'", "no", id="quoted-no"),
        pytest.param("name='2'", "2", id="quoted-number"),
        pytest.param("name=1e-4", "1e-4", id="exponent-for-a-text"),
        pytest.param("data.coder=a=b", "a=b", id="equals-sign-in-the-value"),
        pytest.param("name=수출 규제", "수출 규제", id="korean"),
        pytest.param(" name = x y ", "x y", id="spaces"),
        pytest.param('data.coder=""', "", id="empty-text"),
        pytest.param("training.report_to=[tensorboard]", ["tensorboard"], id="list"),
        pytest.param("training.report_to=[]", [], id="empty-list"),
        pytest.param("encoder.scripts=[kana, han]", ["kana", "han"], id="list-with-space"),
    ],
)
def test_a_value_is_read_as_yaml(path: Path, setting: str, value: object):
    read: object = load(path, setting)
    for part in setting.partition("=")[0].strip().split("."):
        read = getattr(read, part)
    assert read == value
    assert type(read) is type(value)


def test_lists_of_lists_are_read(tmp_path: Path):
    path = tmp_path / "c.yaml"
    path.write_text("name: x\ndata: {articles: a, codes: c, codebook: b}\noutput: o\n", "utf-8")
    config = load_config(path, ["candidates.context_weights=[[], [0.5, 1]]"])
    assert isinstance(config, TrainConfig)
    assert config.candidates.context_weights == [[], [0.5, 1.0]]


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        pytest.param("train.seed=2", "unknown key `train`; did you mean `training`?", id="section"),
        pytest.param("training.sead=2", "unknown key `training.sead`; did you mean `training.seed`?",
                     id="key"),
        pytest.param("seed=", "unknown key `seed`; did you mean `training.seed`?", id="section-left-out"),
        pytest.param("a.b.c.d=1", "unknown key `a`; known: name, model, data", id="deep"),
        pytest.param("training.이름=1", "unknown key `training.이름`; known: tuned", id="korean-key"),
        pytest.param("folder=x", "unknown key `folder`", id="internal-key"),
        pytest.param("training.seed=", "`training.seed` is empty and must be a whole number", id="no-value"),
        pytest.param("split.file=", '`split.file` is empty and must be a text; an empty text is ""',
                     id="no-text"),
        pytest.param("training.seed=2.5", "`training.seed` must be a whole number, not 2.5", id="fraction"),
        pytest.param("training.seed=true", "`training.seed` must be a whole number, not True", id="bool"),
        pytest.param("training.seed=1e3", "`training.seed` must be a whole number, not '1e3'",
                     id="exponent-for-a-whole-number"),
        pytest.param("training.seed=-1", "training.seed is -1; give 0 to 2147483648", id="too-low"),
        pytest.param("training.dropout=.nan", "training.dropout is nan; give 0 to 0.9", id="nan"),
        pytest.param("training.dropout=" + "9" * 400, "training.dropout is inf; give", id="huge"),
        pytest.param("training.tuned=half", "training.tuned is 'half'; use full or", id="choice"),
        pytest.param("export_bits=6", "export_bits is 6; use 8 or 7 or 0", id="choice-of-numbers"),
        pytest.param("name=no", "`name` must be a text, not False; quote it, as in --set 'name=\"no\"'",
                     id="no-for-a-text"),
        pytest.param("training.report_to=[no]", "`training.report_to` must be a text, not False; quote "
                     "it, as in --set 'training.report_to=[\"no\"]'", id="no-in-a-list"),
        pytest.param("training.report_to=tensorboard", "`training.report_to` must be a list, as in "
                     "[tensorboard]", id="text-for-a-list"),
        pytest.param("name=[a]", "`name` must be a text, not ['a']", id="list-for-a-text"),
        pytest.param("training=3", "`training` must hold keys and values; set its keys, as in --set "
                     "training.KEY=VALUE", id="number-for-a-section"),
        pytest.param("training={seed: 1}", "the value is a mapping: its keys are set one by one",
                     id="mapping"),
        pytest.param("name=a: b", "the value is a mapping", id="mapping-without-braces"),
        pytest.param("name=- a", "the value is a list without brackets", id="list-without-brackets"),
        pytest.param("name.x=1", "`name` holds 'x', and no keys; give all of it", id="through-a-text"),
        pytest.param("inputs.before.x=1", "`inputs.before` must be a whole number, not keys",
                     id="through-a-number-not-given"),
        pytest.param("encoder.scripts.0=kana", "`encoder.scripts` must be a list, not keys",
                     id="through-a-list"),
        pytest.param("training.seed=[", "the value is not valid YAML (", id="open-bracket"),
        pytest.param("name=&a [*a]", "the value is not valid YAML (aliases", id="alias"),
        pytest.param("name=" + "[" * 60 + "]" * 60, "the value is not valid YAML (more than 50", id="too-deep"),
        pytest.param("name=!!bool x", "the value is not valid YAML (tags (!name) are not read)", id="tag"),
        pytest.param("name=2019-99-99", "the value is not valid YAML (month", id="impossible-date"),
        pytest.param("name=2019-09-01", "`name` must be a text, not datetime.date", id="date"),
        pytest.param("name=x\ny: z", "the value is not valid YAML (mapping values", id="two-lines"),
        pytest.param("name=\x01", "the value is not valid YAML (unacceptable", id="control-character"),
        pytest.param("name=\ttab", "the value is not valid YAML (", id="tab"),
        pytest.param("name=\udcff", "the value is not valid YAML (", id="half-character"),
        pytest.param("base=other.yaml", "`base` is not set by an option", id="base"),
        pytest.param("model=oracle", "model 'oracle' cannot be trained; use `tfidf`", id="unknown-model"),
        pytest.param("split.salt=x", "split.file stands beside split.test_share or split.salt", id="clash"),
    ],
)  # fmt: skip
def test_a_setting_that_does_not_fit_is_named_in_one_line(path: Path, setting: str, message: str):
    with pytest.raises(ConfigError) as caught:
        load(path, setting)
    shown = " ".join(setting.split())
    assert str(caught.value).startswith(f"--set {shown}: {message}")
    assert "row" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        pytest.param("training.seed", "is not KEY=VALUE", id="no-equals-sign"),
        pytest.param("", "is not KEY=VALUE", id="nothing"),
        pytest.param("=1", "has an empty key", id="no-key"),
        pytest.param("training.=1", "has an empty key", id="no-key-after-the-dot"),
        pytest.param("training..seed=1", "has an empty key", id="no-key-between-dots"),
        pytest.param(".seed=1", "has an empty key", id="no-key-before-the-dot"),
    ],
)
def test_what_is_no_setting_is_refused(path: Path, setting: str, message: str):
    with pytest.raises(ConfigError) as caught:
        load(path, setting)
    assert str(caught.value) == f"--set {setting} {message}; as in --set training.seed=2"


def test_a_mistake_in_a_file_is_not_blamed_on_a_setting(path: Path):
    path.write_text(FILE.replace("epochs: 9", "epochs: 0"), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"c.yaml, row 4: training.epochs is 0"):
        load(path, "training.seed=2")


def test_a_mistake_in_a_file_can_be_set_right(path: Path):
    path.write_text(FILE.replace("epochs: 9", "epochs: 0"), encoding="utf-8")
    assert load(path, "training.epochs=1").training.epochs == 1


def test_a_setting_does_not_hide_a_section_that_is_none(path: Path):
    path.write_text(FILE.replace("{seed: 6, epochs: 9}", "3"), encoding="utf-8")
    with pytest.raises(
        ConfigError, match=r"^--set training.seed=2: `training` holds 3, and no keys"
    ):
        load(path, "training.seed=2")


def test_another_model_by_a_setting_names_the_file_of_what_it_does_not_know(path: Path):
    with pytest.raises(
        ConfigError, match=r"c.yaml, row 4: unknown key `training`; --set model=tfidf"
    ):
        load(path, "model=tfidf")
