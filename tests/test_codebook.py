"""The codebook: loading, label order, digest, and errors that name the line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framing.codebook import Codebook
from framing.errors import CodebookError
from framing.markdown import render_codebook
from tests.conftest import SMALL_CODEBOOK

SHIPPED = Codebook.load()


def write(folder: Path, text: str) -> Path:
    path = folder / "codebook.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_shipped_codebook_has_frames_and_speakers_with_names_in_three_languages():
    assert len(SHIPPED.frames) == 4
    assert len(SHIPPED.speakers) == 11
    for entry in (*SHIPPED.frames, *SHIPPED.speakers):
        assert set(entry.names) == {"en", "ko", "ja"}


def test_shipped_codebook_has_an_example_of_each_frame_in_each_language():
    for frame in SHIPPED.frames:
        assert {example.language for example in frame.examples} == set(SHIPPED.languages)


@given(st.lists(st.sets(st.sampled_from(SHIPPED.frame_ids)), min_size=1, max_size=8))
def test_decode_gives_back_what_encode_took(units: list[set[str]]):
    decoded = SHIPPED.decode(SHIPPED.encode(units))
    assert [set(unit) for unit in decoded] == units


def test_a_unit_without_frame_is_an_all_false_row():
    encoded = SHIPPED.encode([[], ["wto_legality"]])
    assert encoded.dtype == bool
    assert encoded.tolist() == [[False] * 4, [False, False, True, False]]


def test_encode_offers_the_nearest_frame():
    with pytest.raises(CodebookError, match="row 2: frame 'wto_legalty'.*did you mean 'wto_leg"):
        SHIPPED.encode([[], ["wto_legalty"]])


def test_decode_refuses_another_number_of_columns():
    with pytest.raises(CodebookError, match="does not fit 4 frames"):
        SHIPPED.decode(np.zeros((2, 3), dtype=bool))


def test_any_codebook_works_by_file_alone(tmp_path: Path):
    frames = "".join(
        f"  - {{id: frame_{n}, name: Frame {n}, definition: The {n}th.}}\n" for n in range(9)
    )
    codebook = Codebook.load(
        write(tmp_path, f'name: gun-violence\nversion: "2"\nframes:\n{frames}')
    )
    assert len(codebook.frame_ids) == 9
    assert codebook.speaker_ids == ()
    assert codebook.encode([["frame_8"]]).shape == (1, 9)


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        pytest.param("name: Money", "name: Cash", True, id="display-name"),
        pytest.param("Costs and prices.", "Costs.", False, id="definition"),
        pytest.param("id: safety", "id: danger", False, id="frame-id"),
        pytest.param('version: "1"', 'version: "2"', False, id="version"),
    ],
)
def test_digest_changes_with_what_coders_obey(tmp_path: Path, old: str, new: str, same: bool):
    before = Codebook.load(write(tmp_path, SMALL_CODEBOOK)).digest
    after = Codebook.load(write(tmp_path, SMALL_CODEBOOK.replace(old, new))).digest
    assert (before == after) is same


def test_frame_order_changes_the_digest(tmp_path: Path):
    before = Codebook.load(write(tmp_path, SMALL_CODEBOOK))
    swapped = SMALL_CODEBOOK.replace("id: money", "id: x").replace("id: safety", "id: money")
    after = Codebook.load(write(tmp_path, swapped.replace("id: x", "id: safety")))
    assert before.digest != after.digest


def test_a_model_of_another_codebook_is_refused(small_codebook: Codebook):
    with pytest.raises(CodebookError, match="was made with codebook 123, not with harbour 1"):
        small_codebook.require_digest("123", path="models/x", what="the model")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        pytest.param("frames:", "frame:", r"row 5: unknown key `frame`; did you mean `frames`",
                     id="misspelt-key"),
        pytest.param("    definition: Risk to people.\n", "", r"row 9: key `definition` is missing",
                     id="missing-definition"),
        pytest.param('version: "1"', "version: 1", r"row 2: `version` must be a text, not 1",
                     id="number-for-version"),
        pytest.param("id: safety", "id: money", r"row 5: frame id 'money' stands twice",
                     id="repeated-id"),
        pytest.param("id: safety", "id: no-good", r"row 9: id 'no-good' must be letters",
                     id="id-with-hyphen"),
        pytest.param("default_speaker: narrator", "default_speaker: nobody",
                     r"row 4: default_speaker 'nobody' is not among", id="unknown-default"),
        pytest.param("name: Safety", "name: {ja: 安全}", r"row 10: `name` needs at least `en`",
                     id="no-english-name"),
        pytest.param("languages: [en]", "languages: en", r"row 3: `languages` must be a list",
                     id="text-for-list"),
        pytest.param("name: Money", "name: Money\n    name: Cash", r"row 8: is not valid YAML",
                     id="key-twice"),
        pytest.param("frames:", "frames: [", r"is not valid YAML", id="broken-yaml"),
    ],
)  # fmt: skip
def test_error_names_the_line(tmp_path: Path, old: str, new: str, message: str):
    path = write(tmp_path, SMALL_CODEBOOK.replace(old, new, 1))
    with pytest.raises(CodebookError, match=message) as caught:
        Codebook.load(path)
    assert str(path) in str(caught.value)


def test_no_frames_at_all(tmp_path: Path):
    with pytest.raises(CodebookError, match="at least one frame"):
        Codebook.load(write(tmp_path, 'name: x\nversion: "1"\nframes: []\n'))


def test_missing_file(tmp_path: Path):
    with pytest.raises(CodebookError, match="cannot be read"):
        Codebook.load(tmp_path / "none.yaml")


def test_yaml_that_would_run_code_is_refused(tmp_path: Path):
    path = write(tmp_path, 'name: !!python/object/apply:os.system ["true"]\n')
    with pytest.raises(CodebookError, match="is not valid YAML"):
        Codebook.load(path)


def test_markdown_holds_every_rule_frame_and_speaker():
    text = render_codebook(SHIPPED)
    for frame in SHIPPED.frames:
        assert f"(`{frame.id}`)" in text
        assert all(entry in text for entry in (*frame.covers, *frame.does_not_cover))
    assert all(rule in text for rule in SHIPPED.rules)
    assert all(f"`{speaker}`" in text for speaker in SHIPPED.speaker_ids)
    assert SHIPPED.digest in text
