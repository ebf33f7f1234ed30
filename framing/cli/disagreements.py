"""Disagreements on a terminal: a unit with its context and codes, counts, and rows for a file."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from framing.cli.tables import frame_colour, name_speakers
from framing.cli.terminal import make_printable
from framing.cli.wrapping import wrap_cells
from framing.coding.disagreements import SPEAKER, group_units, label_coders
from framing.coding.journal import sheet_records
from framing.results import dump_line
from framing.spreadsheets import write_csv

if TYPE_CHECKING:
    from framing.codebook import Codebook
    from framing.coding.codes import Code
    from framing.coding.disagreements import CodedUnit, Comparison

# Longer lines are hard to read, however wide the terminal.
_WIDEST = 100
_PAIRS_SHOWN = 12


class Screen:
    """Shows disputed units of one codebook."""

    def __init__(self, codebook: Codebook, *, blind: bool, seed: int) -> None:
        self.codebook = codebook
        self.blind = blind
        self.seed = seed
        self.console = Console(highlight=False)
        self.shorts = {frame.id: frame.short for frame in codebook.frames}
        self.colours = {frame: frame_colour(k) for k, frame in enumerate(codebook.frame_ids)}
        self.speakers = name_speakers(codebook)

    @property
    def width(self) -> int:
        """Cells a line of text may take."""
        return min(self.console.width, _WIDEST)

    def say(self, text: str, style: str = "", indent: int = 0) -> None:
        """Print one paragraph, wrapped."""
        for line in wrap_cells(make_printable(text), max(20, self.width - indent)):
            self.console.print(Text(" " * indent + line, style=style), no_wrap=True, crop=False)

    def show_unit(self, unit: CodedUnit) -> None:
        """Print where a unit stands, what stands before it, the unit, and everybody's codes."""
        place = unit.place
        facts = [
            place.outlet,
            place.country,
            place.date or "no date",
            place.language,
            f"{place.article}, unit {place.unit}",
        ]
        self.say(" · ".join(fact for fact in facts if fact and fact != "unknown"), "dim")
        if place.before and place.headline not in (place.text, *place.before):
            self.say(place.headline, "bold dim", 2)
            if place.unit > len(place.before) + 1:
                self.say("...", "dim", 2)
        for text in place.before:
            self.say(text, "dim", 2)
        if place.before:
            self.console.print()
        lines = wrap_cells(make_printable(place.text), max(20, self.width - 2))
        for line in lines:
            # Colour too: many terminals show no bold Korean or Japanese.
            shown = Text(("> " if line is lines[0] else "  ") + line, style="bold cyan")
            self.console.print(shown, no_wrap=True, crop=False)
        self.console.print()
        self.show_codes(unit)

    def show_codes(self, unit: CodedUnit) -> None:
        """Print everybody's codes for a unit, a block a coder."""
        for letter, name, code in label_coders(unit, blind=self.blind, seed=self.seed):
            line = Text(f"  {letter}  ", style="bold")
            if name:
                line.append(f"{make_printable(name)}: ")
            line.append(self.describe_frames(code.frames))
            if self.codebook.speakers:
                line.append(f" · {self.name_speaker(code.speaker)}")
            if code.unsure:
                line.append("  unsure", style="yellow")
            self.console.print(line, no_wrap=True, crop=False)
            if code.note:
                self.say(code.note, "italic", 5)
        differ = [self.shorts[frame] for frame in unit.disputed_frames]
        differ += [SPEAKER] if unit.speaker_disputed else []
        self.say(f"differ in: {', '.join(differ)}", "dim", 2)

    def describe_frames(self, frames: Iterable[str]) -> Text:
        """Short names of frames, each in its colour."""
        shown = [Text(self.shorts[f], style=f"bold {self.colours[f]}") for f in frames]
        return Text(" + ").join(shown) if shown else Text("none", style="bold")

    def name_speaker(self, speaker: str | None) -> str:
        """English name of a speaker; the id where the codebook doesn't list it."""
        return make_printable(self.speakers.get(speaker, speaker)) if speaker else "no speaker"

    def name_group(self, group: str) -> str:
        """Heading of a group of disputed units."""
        names = {frame.id: frame.names["en"] for frame in self.codebook.frames}
        return make_printable(names.get(group, group.capitalize()))

    def show_help(self, frames: Iterable[str], *, speaker: bool) -> None:
        """Print definition and rules of frames, and the speakers where these are asked for."""
        chosen = set(frames)
        for frame in self.codebook.frames:
            if frame.id not in chosen:
                continue
            self.console.print(
                Text(f"{frame.names['en']} ({frame.id})", style=f"bold {self.colours[frame.id]}")
            )
            self.say(frame.definition, indent=2)
            self._list("Covers", frame.covers)
            self._list("Does not cover", frame.does_not_cover)
        if chosen and self.codebook.rules:
            self.say("Rules", "bold")
            for number, rule in enumerate(self.codebook.rules, start=1):
                self._item(f"{number:>2}", rule)
        if chosen and self.codebook.no_frame:
            self.say("No frame", "bold")
            self.say(self.codebook.no_frame, indent=2)
        if speaker:
            self.say("Speaker", "bold")
            self.say(self.codebook.speaker_rule, indent=2)
            for number, entry in enumerate(self.codebook.speakers, start=1):
                self._item(f"{number:>2}", f"{entry.names['en']}: {entry.definition}".rstrip(": "))

    def _list(self, heading: str, entries: Sequence[str]) -> None:
        if entries:
            self.say(heading, "dim", 2)
            for entry in entries:
                self._item(" -", entry)

    def _item(self, mark: str, text: str) -> None:
        lines = wrap_cells(make_printable(text), max(20, self.width - 4))
        for line in lines:
            self.console.print(
                Text(f"{mark if line is lines[0] else '':2}  {line}"), no_wrap=True, crop=False
            )


def print_list(
    screen: Screen,
    units: Sequence[CodedUnit],
    comparison: Comparison,
    frame: str | None,
    format_: str,
) -> None:
    """Print disputed units as `table`, `jsonl`, `csv` or `markdown`."""
    if format_ == "table":
        _print_disagreements(screen, units, comparison, frame)
        return
    rows = sheet_records(units, screen.codebook, blind=screen.blind, seed=screen.seed)
    if format_ == "jsonl":
        for row in rows:
            typer.echo(dump_line(row), nl=False)
        return
    flat = list(flatten_rows(rows, screen.codebook))
    if format_ == "csv":
        write_csv(sys.stdout, flat)
    else:
        typer.echo(render_rows(flat), nl=False)


def _print_disagreements(
    screen: Screen, units: Sequence[CodedUnit], comparison: Comparison, frame: str | None
) -> None:
    """Print disputed units one below the other by frame, then how many differ in what."""
    console = screen.console
    for group, of in group_units(units, screen.codebook, frame=frame).items():
        console.rule(Text(f"{screen.name_group(group)}: {len(of)}", style="bold"), align="left")
        for unit in of:
            screen.show_unit(unit)
            console.print()
    if units:
        _print_frames(screen, units)
        _print_pairs(screen, units)
    share = len(comparison.disputed) / max(1, len(comparison.units))
    console.print(
        f"{len(comparison.disputed):,} of {len(comparison.units):,} units differ ({share:.1%}), "
        f"{len(units):,} shown; a unit may differ in several things.",
        style="dim",
    )


def _print_frames(screen: Screen, units: Sequence[CodedUnit]) -> None:
    table = _count_table("differ in", "units")
    for group in (*screen.codebook.frame_ids, *([SPEAKER] if screen.codebook.speakers else [])):
        count = len(group_units(units, screen.codebook, frame=group).get(group, ()))
        table.add_row(screen.name_group(group), f"{count:,}")
    screen.console.print(table)
    screen.console.print()


def _print_pairs(screen: Screen, units: Sequence[CodedUnit]) -> None:
    pairs: Counter[tuple[str, str]] = Counter()
    for unit in units:
        pairs.update(_pair_codes(screen, unit))
    table = _count_table("one coder gave / another", "units")
    for (one, other), count in pairs.most_common(_PAIRS_SHOWN):
        table.add_row(f"{one} / {other}", f"{count:,}")
    if len(pairs) > _PAIRS_SHOWN:
        rest = sum(pairs.values()) - sum(n for _, n in pairs.most_common(_PAIRS_SHOWN))
        table.add_row(f"... {len(pairs) - _PAIRS_SHOWN} other pairs", f"{rest:,}")
    screen.console.print(table)
    screen.console.print()


def _pair_codes(screen: Screen, unit: CodedUnit) -> Iterator[tuple[str, str]]:
    """Each two codes of a unit that differ, in words; which coder gave which is left out."""
    order = {name: k for k, name in enumerate(screen.shorts)}

    def frames(code: Code) -> tuple[int, ...]:
        return tuple(sorted(order[frame] for frame in set(code.frames)))

    shorts = list(screen.shorts.values())
    found = set()
    for one, other in combinations(unit.codes, 2):
        if frames(one) != frames(other):
            low, high = sorted((frames(one), frames(other)), key=lambda f: (len(f) == 0, f))
            found.add(tuple(" + ".join(shorts[k] for k in f) or "none" for f in (low, high)))
        if unit.speaker_disputed and one.speaker != other.speaker and one.speaker and other.speaker:
            found.add(tuple(sorted((screen.name_speaker(one.speaker),
                                    screen.name_speaker(other.speaker)))))  # fmt: skip
    return iter([(pair[0], pair[1]) for pair in found])


def _count_table(first: str, second: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column(first, overflow="ellipsis", no_wrap=True)
    table.add_column(second, justify="right", no_wrap=True)
    return table


def flatten_rows(rows: Iterable[dict[str, Any]], codebook: Codebook) -> Iterator[dict[str, Any]]:
    """Rows of a sheet as flat cells: frame, article, unit, sentence, and each coder's codes."""
    for row in rows:
        flat: dict[str, Any] = {
            "frame": row["disputed"][0],
            "differ": " ".join(row["disputed"]),
            "article": row["article"],
            "unit": row["unit"],
            "sentence": " ".join(row["text"].split()),
        }
        for name, code in row["coders"].items():
            flat[f"{name} frames"] = " ".join(code["frames"]) or "none"
            if codebook.speakers:
                flat[f"{name} speaker"] = code["speaker"]
            flat[f"{name} unsure"] = "unsure" if code["unsure"] else ""
            flat[f"{name} note"] = " ".join(code["note"].split())
        yield flat


def render_rows(rows: Sequence[dict[str, Any]]) -> str:
    """Flat rows as one Markdown table, ending in a line end; empty text without rows."""
    from framing.markdown import render_table

    if not rows:
        return ""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    cells = [[_escape(row.get(key)) for key in columns] for row in rows]
    return render_table(columns, cells) + "\n"


def _escape(value: Any) -> str:
    """Text that Markdown shows as it is; render_table sees to the bars."""
    text = "" if value is None else str(value)
    for character in "\\`*<[":
        text = text.replace(character, f"\\{character}")
    return text
