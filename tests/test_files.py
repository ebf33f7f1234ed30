"""Files: outputs appear whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from framing.errors import OutputError
from framing.files import digest_json, open_output, write_json


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
