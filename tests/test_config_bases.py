"""A config that changes another: what is merged, where paths lead, which file an error names."""

from __future__ import annotations

from pathlib import Path

import pytest

from framing.config import TrainConfig, TransformerConfig, load_config
from framing.errors import ConfigError

BASE = """\
name: base
model: transformer
data: {articles: texts, codes: ../codes.jsonl, codebook: /else/book.yaml}
split: {file: split.json}
encoder:
  name: owner/name
  scripts: [ascii, hangul]
training:
  epochs: 7
  seed: 3
output: ../out
"""


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def child(tmp_path: Path):
    """Writes a config that changes `BASE`, which lies in the same folder."""
    write(tmp_path / "base.yaml", BASE)

    def make(text: str) -> Path:
        return write(tmp_path / "child.yaml", f"base: base.yaml\n{text}")

    return make


def load_transformer(path: Path) -> TransformerConfig:
    config = load_config(path)
    assert isinstance(config, TransformerConfig)
    return config


def test_sections_are_merged_and_lists_and_values_replaced(child):
    config = load_transformer(
        child("name: mine\ntraining: {seed: 4}\nencoder: {scripts: [kana]}\n")
    )
    assert (config.name, config.output) == ("mine", "../out")
    assert (config.training.seed, config.training.epochs, config.training.members) == (4, 7, 1)
    assert (config.encoder.name, config.encoder.scripts) == ("owner/name", ["kana"])


def test_a_base_may_have_a_base(tmp_path: Path, child):
    child("training: {seed: 4, patience: 5}\n")
    path = write(tmp_path / "grandchild.yaml", "base: child.yaml\ntraining: {patience: 6}\n")
    training = load_transformer(path).training
    assert (training.epochs, training.seed, training.patience) == (7, 4, 6)


def test_a_value_between_two_sections_ends_the_older_one(tmp_path: Path, child):
    child("training: {seed: 4}\n")
    write(tmp_path / "between.yaml", "base: child.yaml\ntraining: 3\n")
    path = write(tmp_path / "last.yaml", "base: between.yaml\ntraining: {patience: 6}\n")
    training = load_transformer(path).training
    assert (training.epochs, training.seed, training.patience) == (4, 0, 6)


def test_an_incomplete_base_is_completed(tmp_path: Path):
    write(tmp_path / "common.yaml", "data: {articles: a, codes: c}\nselection: {folds: 3}\n")
    config = load_config(
        write(tmp_path / "c.yaml", "base: common.yaml\nname: x\ndata: {codebook: b}\noutput: o\n")
    )
    assert isinstance(config, TrainConfig)
    assert (config.data.articles, config.data.codebook, config.selection.folds) == ("a", "b", 3)


def test_no_record_names_the_base(child):
    config = load_config(child(""))
    assert not hasattr(config, "base")
    assert "base" not in config.plain()


@pytest.mark.parametrize("where", ["sub", "sub/deeper", "../beside", "."])
def test_paths_of_a_base_in_another_folder_lead_to_the_same_place(tmp_path: Path, where: str):
    common = tmp_path / "one" / "common"
    base = load_transformer(
        write(common / "base.yaml", f"{BASE.replace('owner/name', './encoder')}ngrams: n.yaml\n")
    )
    folder = common / where
    folder.mkdir(exist_ok=True, parents=True)
    relative = "../" * (len(Path(where).parts) if where[0] == "s" else 0)
    relative = "../common/" if where == "../beside" else relative
    child = load_transformer(write(folder / "child.yaml", f"base: {relative}base.yaml\n"))
    assert child.folder == folder
    for config in (base, child):
        found = [config.data.articles, config.data.codes, config.split.file, config.output,
                 config.ngrams, config.encoder.name]  # fmt: skip
        assert [config.resolve(path) for path in found] == [
            tmp_path.resolve() / path
            for path in ("one/common/texts", "one/codes.jsonl", "one/common/split.json", "one/out",
                         "one/common/n.yaml", "one/common/encoder")
        ]  # fmt: skip
        assert config.data.codebook == "/else/book.yaml"
        assert config.encoder.name.startswith(".")
        assert config.data.coder == "gold"


def test_an_encoder_of_the_hub_is_no_path(tmp_path: Path):
    write(tmp_path / "base.yaml", BASE)
    path = write(tmp_path / "sub" / "child.yaml", "base: ../base.yaml\n")
    assert load_transformer(path).encoder.name == "owner/name"


def test_an_encoder_in_a_folder_below_is_still_told_from_a_name(tmp_path: Path):
    write(tmp_path / "sub" / "base.yaml", BASE.replace("owner/name", "./encoder"))
    path = write(tmp_path / "child.yaml", "base: sub/base.yaml\n")
    assert load_transformer(path).encoder.name == "./sub/encoder"


def test_an_empty_path_stays_empty(tmp_path: Path):
    write(tmp_path / "sub" / "base.yaml", "name: x\ndata: {articles: a, codes: c, codebook: b}\n"
          "split: {file: ''}\noutput: ''\n")  # fmt: skip
    config = load_config(write(tmp_path / "child.yaml", "base: sub/base.yaml\n"))
    assert (config.split.file, config.output) == ("", "")


def test_paths_lead_to_the_same_place_through_links(tmp_path: Path):
    real = tmp_path / "real" / "deep"
    write(real / "base.yaml", BASE)
    (tmp_path / "link").symlink_to(real, target_is_directory=True)
    (real / "texts").symlink_to(tmp_path, target_is_directory=True)
    config = load_transformer(write(tmp_path / "child.yaml", "base: link/base.yaml\n"))
    assert config.data.articles == "real/deep/texts"  # and not what it links to
    assert config.resolve(config.data.codes) == tmp_path.resolve() / "real" / "codes.jsonl"


def test_a_path_of_the_child_is_the_childs(tmp_path: Path):
    write(tmp_path / "base.yaml", BASE)
    path = write(tmp_path / "sub" / "child.yaml", "base: ../base.yaml\nsplit: {file: mine.json}\n")
    config = load_config(path)
    assert config.resolve(config.split.file) == tmp_path.resolve() / "sub" / "mine.json"


@pytest.mark.parametrize(
    ("change", "text", "message"),
    [
        pytest.param(("seed: 3", "seed: many"), "", r"base.yaml, row 10: `training.seed` must be a",
                     id="type-in-the-base"),
        pytest.param(("seed: 3", "seed: 3"), "training:\n  seed: many\n",
                     r"child.yaml, row 3: `training.seed` must be a", id="type-in-the-child"),
        pytest.param(("epochs: 7", "epochs: 0"), "training: {seed: 1}\n",
                     r"base.yaml, row 9: training.epochs is 0; give 1 to", id="range-in-the-base"),
        pytest.param(("epochs: 7", "epochs: 7"), "training:\n  seed: 1\n  epochs: 0\n",
                     r"child.yaml, row 4: training.epochs is 0", id="range-in-the-child"),
        pytest.param(("seed: 3", "sead: 3"), "training: {seed: 1}\n",
                     r"base.yaml, row 10: unknown key `training.sead`; did you", id="misspelt-in-the-base"),
        pytest.param(("seed: 3", "seed: 3"), "model: tfidf\n",
                     r"base.yaml, row 5: unknown key `encoder`; \S+child.yaml, row 2 says model: tfidf",
                     id="another-model"),
        pytest.param(("output: ../out\n", ""), "", r"child.yaml, row 1: key `output` is missing",
                     id="missing-in-both"),
        pytest.param(("codes: ../codes.jsonl, ", ""), "", r"base.yaml, row 3: key `data.codes` is",
                     id="missing-in-a-section-of-the-base"),
        pytest.param(("seed: 3", "seed: 3\ninputs: {after: 1}"), "inputs: {units: 8}\n",
                     r"child.yaml, row 2: inputs.units is 8: a window has its own", id="clash-made-by-the-child"),
        pytest.param(("seed: 3", "seed: 3\ninputs: {after: 1, units: 8}"), "inputs: {before: 1}\n",
                     r"base.yaml, row 11: inputs.units is 8: a window has its own", id="clash-in-the-base"),
        pytest.param(("epochs", "epochs: 1\n  epochs"), "", r"base.yaml, row 10: is not valid YAML "
                     r"\(key 'epochs' stands twice", id="duplicate-key"),
        pytest.param(("  epochs", "\tepochs"), "", r"base.yaml, row 9: is not valid YAML", id="tab"),
        pytest.param(("name: base", "name: &n base\nngrams: *n"), "", r"base.yaml: is not valid YAML "
                     r"\(aliases", id="alias"),
        pytest.param(("name: base", "name: base\n7: x"), "", r"base.yaml, row 2: unknown key `7`",
                     id="number-as-key"),
        pytest.param(("name: base", "name: base\n이름: x"), "", r"base.yaml, row 2: unknown key `이름`",
                     id="korean-key"),
        pytest.param(("name: base", "name: base\n[a]: x"), "", r"base.yaml, row 2: unknown key",
                     id="list-as-key"),
        pytest.param(("seed: 3", "seed: 3\n  base: x"), "", r"base.yaml, row 11: unknown key `training.base`",
                     id="base-in-a-section"),
        pytest.param((BASE, "- a\n- b\n"), "", r"base.yaml, row 1: must hold keys and values at",
                     id="list-at-top"),
        pytest.param((BASE, ""), "", r"base.yaml: is empty", id="empty-base"),
        pytest.param((BASE, "frames: []\nversion: 1\n"), "name: x\noutput: o\n",
                     r"base.yaml, row 1: unknown key `frames`", id="other-kind-of-yaml"),
    ],
)  # fmt: skip
def test_error_names_the_file_it_stands_in(
    tmp_path: Path, child, change: tuple[str, str], text: str, message: str
):
    path = child(text)
    write(tmp_path / "base.yaml", BASE.replace(*change, 1))
    with pytest.raises(ConfigError, match=message) as caught:
        load_config(path)
    assert str(caught.value).startswith(str(tmp_path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        pytest.param("child.yaml", r"leads back to where it began: \S+child.yaml -> \S+child.yaml",
                     id="itself"),
        pytest.param("./../{folder}/child.yaml", r"leads back to where it began", id="itself-by-detour"),
        pytest.param(".", r"is a folder; give the path of a YAML file", id="folder"),
        pytest.param("none.yaml", r"none.yaml cannot be read \(No such file", id="missing-file"),
        pytest.param("/dev/null", r"is no file", id="device"),
        pytest.param('"a\\0b"', r"cannot be read \(embedded null byte\)", id="null-byte"),
        pytest.param("x" * 300, r"cannot be read \(File name too long\)", id="long-name"),
        pytest.param("", r"`base` must be one path, not None", id="nothing"),
        pytest.param("''", r"`base` must be one path, not ''", id="empty-text"),
        pytest.param("3", r"`base` must be one path, not 3", id="number"),
        pytest.param("[a.yaml, b.yaml]", r"`base` must be one path, not \['a.yaml'", id="list"),
        pytest.param("{a: b}", r"`base` must be one path, not \{'a'", id="mapping"),
    ],
)  # fmt: skip
def test_what_is_no_base_is_refused_where_it_is_named(tmp_path: Path, value: str, message: str):
    value = value.format(folder=tmp_path.name) if "{folder}" in value else value
    path = write(tmp_path / "child.yaml", f"name: x\nbase: {value}\n")
    with pytest.raises(ConfigError, match=message) as caught:
        load_config(path)
    assert str(caught.value).startswith(f"{path}, row 2: ")
    assert "\n" not in str(caught.value)


def test_a_circle_names_its_files(tmp_path: Path):
    for name, base in (("a", "b"), ("b", "c"), ("c", "b")):
        write(tmp_path / f"{name}.yaml", f"base: {base}.yaml\n")
    with pytest.raises(ConfigError, match=r"b.yaml -> \S+c.yaml -> \S+b.yaml") as caught:
        load_config(tmp_path / "a.yaml")
    assert caught.value.path == str(tmp_path / "c.yaml")
    assert "a.yaml" not in str(caught.value)
