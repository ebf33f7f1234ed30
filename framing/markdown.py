"""Markdown: the codebook for coders and an appendix, tables for documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from framing.codebook import Codebook, Frame


def render_codebook(codebook: Codebook) -> str:
    """The whole codebook as one Markdown text, ending in a line end."""
    parts = [
        f"# {codebook.title or codebook.name}",
        f"Codebook {codebook.name}, version {codebook.version}, digest `{codebook.digest}`.",
        f"**Unit.** {codebook.unit}" if codebook.unit else "",
        f"**Labels.** {codebook.labels}" if codebook.labels else "",
        "## Frames",
        *(_render_frame(frame) for frame in codebook.frames),
        f"**No frame.** {codebook.no_frame}" if codebook.no_frame else "",
    ]
    if codebook.rules:
        parts.append("## Decision rules")
        parts.append("\n".join(f"{n}. {rule}" for n, rule in enumerate(codebook.rules, start=1)))
    if codebook.speakers:
        parts += ["## Speakers", codebook.speaker_rule]
        parts.append(
            "\n".join(
                f"- `{speaker.id}` ({_other_names(speaker.names)}): {speaker.definition}"
                for speaker in codebook.speakers
            )
        )
    return "\n\n".join(part for part in parts if part) + "\n"


def render_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table, without a line end after its last row."""
    lines = [heads, ["---"] * len(heads), *rows]
    escaped = [[cell.replace("|", "\\|") for cell in line] for line in lines]
    return "\n".join(f"| {' | '.join(line)} |" for line in escaped)


def replace_generated(document: str, start: str, end: str, text: str) -> str:
    """A document with other text between two of its markers."""
    before, _, rest = document.partition(start)
    return f"{before}{start}\n\n{text}\n\n{end}{rest.partition(end)[2]}"


def _render_frame(frame: Frame) -> str:
    lines = [f"### {frame.names['en']} (`{frame.id}`)", "", frame.definition, ""]
    others = _other_names({k: v for k, v in frame.names.items() if k != "en"})
    if others:
        lines += [f"Also: {others}.", ""]
    for heading, entries in (("Covers", frame.covers), ("Does not cover", frame.does_not_cover)):
        if entries:
            lines += [f"{heading}:", "", *(f"- {entry}" for entry in entries), ""]
    if frame.examples:
        lines += ["Examples:", ""]
        lines += [f"- ({example.language}) {example.text}" for example in frame.examples]
    return "\n".join(lines).strip()


def _other_names(names: Mapping[str, str]) -> str:
    return ", ".join(names.values())
