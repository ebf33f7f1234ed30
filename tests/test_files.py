"""Files: outputs appear whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from framing.errors import OutputError
from framing.files import check_yaml, digest_json, open_output, refuse_overwriting, write_json


def test_output_appears_only_when_complete(tmp_path: Path):
    path = tmp_path / "out.txt"
    with open_output(path) as stream:
        stream.write("half")
        stream.flush()
        assert not path.exists()
    assert path.read_text(encoding="utf-8") == "half"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_leaves_the_old_file_and_no_temporary(tmp_path: Path):
    path = tmp_path / "out.txt"
    path.write_text("old", encoding="utf-8")

    def fail() -> None:
        with open_output(path) as stream:
            stream.write("new")
            raise KeyError("stop")

    with pytest.raises(KeyError):
        fail()
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_stays_a_link_and_its_target_keeps_its_mode(tmp_path: Path):
    target, link = tmp_path / "kept.txt", tmp_path / "link.txt"
    target.write_text("old", encoding="utf-8")
    target.chmod(0o600)
    link.symlink_to(target)
    with open_output(link) as stream:
        stream.write("new")
    assert link.is_symlink()
    assert target.read_text(encoding="utf-8") == "new"
    assert target.stat().st_mode & 0o777 == 0o600


def test_a_device_is_written_to_and_not_replaced():
    with open_output("/dev/null") as stream:
        stream.write("gone")
    assert Path("/dev/null").is_char_device()


@pytest.mark.parametrize("how", ["same", "link", "inside-folder"])
def test_an_input_is_never_overwritten(tmp_path: Path, how: str):
    data = tmp_path / "data.jsonl"
    data.write_text("{}", encoding="utf-8")
    (tmp_path / "link.jsonl").symlink_to(data)
    output = {"same": data, "link": tmp_path / "link.jsonl", "inside-folder": data}[how]
    inputs = [tmp_path] if how == "inside-folder" else [data]
    with pytest.raises(OutputError, match="is an input too|folder that is read"):
        refuse_overwriting(output, inputs)
    refuse_overwriting(tmp_path.parent / "new.jsonl", inputs)


def test_a_new_output_inside_an_input_folder_is_refused(tmp_path: Path):
    with pytest.raises(OutputError, match="would be an input the next time; write to another"):
        refuse_overwriting(tmp_path / "deep" / "new.csv", [tmp_path])
    refuse_overwriting(tmp_path.parent / "new.csv", [tmp_path, tmp_path / "none"])


def test_yaml_bombs_and_tags_are_refused():
    bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"
    with pytest.raises(yaml.YAMLError, match="aliases"):
        check_yaml(bomb)
    with pytest.raises(yaml.YAMLError, match="levels deep"):
        check_yaml("[" * 100_000)
    with pytest.raises(yaml.YAMLError, match="tags"):
        check_yaml("a: !!bool x")
    check_yaml('a: [b, {c: d}, "e"]\n')


def test_missing_folder_is_named(tmp_path: Path):
    with (
        pytest.raises(OutputError, match=r"cannot be written.*choose a folder that exists"),
        open_output(tmp_path / "none" / "out.txt"),
    ):
        pytest.fail("opened a file in a folder that is not there")


def test_folder_as_output(tmp_path: Path):
    with pytest.raises(OutputError, match="is a folder"), open_output(tmp_path):
        pytest.fail("opened a folder for writing")


def test_json_keeps_text_readable(tmp_path: Path):
    write_json(tmp_path / "x.json", {"제목": "「報復」"})
    assert "「報復」" in (tmp_path / "x.json").read_text(encoding="utf-8")


def test_digest_does_not_depend_on_key_order():
    assert digest_json({"a": 1, "b": [2]}) == digest_json({"b": [2], "a": 1})
    assert digest_json({"a": 1}) != digest_json({"a": 2})
