"""Labelling config: the screen Label Studio shows a coder, made from the codebook."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.etree import ElementTree as ET

from framing.codebook import Codebook, Frame, Speaker
from framing.coding.exchange.labels import NO_FRAME

TEXT = "text"
"""Name of the object every answer is about, and of the task field it shows."""
FRAMES, SPEAKER, UNSURE, NOTE, CODER = "frames", "speaker", "unsure", "note", "coder"
"""Names of the controls, which answers carry as `from_name`."""
UNSURE_CHOICE = "unsure"
ABOUT = "about"
"""Task field with outlet, country and date in one line."""

_NO_FRAME_SHOWN = "No frame"
_SMALL = "6"


def make_labelling_config(codebook: Codebook) -> str:
    """Make the labelling config of a project, as XML.

    One choice a frame, shown by its names and kept by its id; "No frame" is a choice of its own
    and one of them is required, so that an annotation without frames is always meant. A hidden
    field keeps the coder of codes that were made elsewhere.
    """
    view = ET.Element("View")
    view.append(_make_instructions(codebook))
    _add_header(view, f"${ABOUT}")
    _add_header(view, "$headline", size="4")
    _add_header(view, "$before")
    ET.SubElement(view, "Text", name=TEXT, value=f"${TEXT}", valueType="text")
    _add_header(view, "$after")
    _add_header(view, "Frames (every one it carries, or none)", size="5")
    frames = _add_choices(view, FRAMES, choice="multiple", required="true")
    for frame, shown in zip(codebook.frames, _show(codebook.frames), strict=True):
        ET.SubElement(frames, "Choice", value=shown, alias=frame.id, hint=_describe(frame))
    hint = codebook.no_frame or "The sentence carries no frame of the codebook."
    ET.SubElement(frames, "Choice", value=_NO_FRAME_SHOWN, alias=NO_FRAME, hint=hint)
    if codebook.speakers:
        _add_header(view, "Speaker (one)", size="5")
        speakers = _add_choices(view, SPEAKER, choice="single", required="true")
        for speaker, shown in zip(codebook.speakers, _show(codebook.speakers), strict=True):
            hint = speaker.definition or shown
            ET.SubElement(speakers, "Choice", value=shown, alias=speaker.id, hint=hint)
    unsure = _add_choices(view, UNSURE, choice="multiple")
    ET.SubElement(unsure, "Choice", value="Unsure", alias=UNSURE_CHOICE, hint="You doubt this code")
    _add_area(view, NOTE, placeholder="Note: which rule, what speaks against it")
    hidden = ET.SubElement(view, "View", style="display: none")
    _add_area(hidden, CODER, placeholder="Coder")
    ET.indent(view)
    return ET.tostring(view, encoding="unicode") + "\n"


def _make_instructions(codebook: Codebook) -> ET.Element:
    collapse = ET.Element("Collapse", bordered="false")
    title = f"Coding rules: {codebook.title or codebook.name}, version {codebook.version}"
    panel = ET.SubElement(ET.SubElement(collapse, "Panel", value=title), "View")
    for line in _list_instructions(codebook):
        _add_header(panel, line)
    return collapse


def _list_instructions(codebook: Codebook) -> Iterator[str]:
    yield "Code the sentence in the box. What stands around it only helps to understand it."
    for line in (codebook.unit, codebook.labels):
        if line:
            yield line
    for frame in codebook.frames:
        yield f"{frame.names['en']}: {_describe(frame)}"
    for number, rule in enumerate(codebook.rules, start=1):
        yield f"{number}. {rule}"
    if codebook.no_frame:
        yield f"{_NO_FRAME_SHOWN}: {codebook.no_frame}"
    if codebook.speaker_rule:
        yield f"Speaker: {codebook.speaker_rule}"


def _describe(frame: Frame) -> str:
    parts = [frame.definition]
    if frame.covers:
        parts.append(f"Covers: {'; '.join(frame.covers)}.")
    if frame.does_not_cover:
        parts.append(f"Not: {'; '.join(frame.does_not_cover)}.")
    return " ".join(parts)


def _show(entries: Sequence[Frame | Speaker]) -> list[str]:
    """Names of each in all its languages; the id too where two would look the same."""
    shown = [" · ".join(dict.fromkeys(entry.names.values())) for entry in entries]
    taken = [_NO_FRAME_SHOWN, *shown]
    return [
        f"{name} ({entry.id})" if taken.count(name) > 1 else name
        for entry, name in zip(entries, shown, strict=True)
    ]


def _add_header(parent: ET.Element, value: str, *, size: str = _SMALL) -> None:
    ET.SubElement(parent, "Header", value=value, size=size)


def _add_choices(parent: ET.Element, name: str, **attributes: str) -> ET.Element:
    return ET.SubElement(
        parent, "Choices", {"name": name, "toName": TEXT, "showInline": "false"} | attributes
    )


def _add_area(parent: ET.Element, name: str, *, placeholder: str) -> None:
    ET.SubElement(
        parent,
        "TextArea",
        name=name,
        toName=TEXT,
        rows="2",
        maxSubmissions="1",
        editable="true",
        placeholder=placeholder,
    )
