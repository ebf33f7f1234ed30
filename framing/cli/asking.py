"""Asking: one disputed unit after another, decided at the keyboard and saved at once."""

from __future__ import annotations

import contextlib
import sys
from collections import deque
from collections.abc import Container, Sequence
from enum import Enum
from typing import TYPE_CHECKING

from rich.text import Text

from framing.coding.adjudication import Decision, find_overruled
from framing.coding.decisions import clean_reason
from framing.coding.disagreements import label_coders, sort_frames

if TYPE_CHECKING:
    from framing.cli.disagreements import Screen
    from framing.coding.codes import Code, Key
    from framing.coding.disagreements import CodedUnit
    from framing.coding.journal import Journal


class Command(Enum):
    """What may be typed instead of an answer; the value is its word, the first letter its key."""

    skip = "skip"
    back = "back"
    help = "help"
    quit = "quit"


# `b` would be coder B: back is `u`, as in undo.
_KEYS = {
    "s": Command.skip, "u": Command.back, "undo": Command.back, "?": Command.help,
    "q": Command.quit, **{command.value: command for command in Command},
}  # fmt: skip
_ONE_DIGIT = 9
_LEGEND = "s skip · u back (undo) · ? help · q quit"


class _Interrupted(Exception):
    """A command that ends the questions about one unit."""

    def __init__(self, command: Command) -> None:
        super().__init__(command.value)
        self.command = command


class Asker:
    """Asks about units in order; every decision is in the journal before the next question."""

    def __init__(self, screen: Screen, journal: Journal, decided: dict[Key, Decision]) -> None:
        self.screen = screen
        self.codebook = screen.codebook
        self.journal = journal
        self.decided = decided
        self.made: set[Key] = set()
        """Units decided in this run, and not undone."""
        self.undone = 0
        """Decisions of earlier runs that were undone."""
        self.skipped = 0
        self.ended_by_input = False
        """Whether piped input ran out, rather than a person left."""

    def ask_all(
        self, groups: Sequence[tuple[str, CodedUnit]], earlier: Sequence[tuple[str, CodedUnit]] = ()
    ) -> None:
        """Ask about units until all are answered or somebody quits.

        Args:
            groups: (group, unit) in the order to ask.
            earlier: Units decided in earlier runs, the last of which `back` can take back.
        """
        waiting, shown = deque(groups), list(earlier)
        with contextlib.suppress(ImportError):
            import readline  # noqa: F401 - gives input() line editing
        try:
            while waiting:
                group, unit = waiting.popleft()
                self.show(group, unit, 1 + len(waiting))
                try:
                    self.save(unit, self.ask_unit(unit))
                except _Interrupted as interrupted:
                    if interrupted.command is Command.quit:
                        return
                    if interrupted.command is Command.back:
                        waiting.appendleft((group, unit))
                        self.step_back(waiting, shown)
                        continue
                    self.skipped += 1
                shown.append((group, unit))
        except KeyboardInterrupt:
            self.screen.console.print()
        except EOFError:
            self.ended_by_input = not sys.stdin.isatty()
            self.screen.console.print()

    def show(self, group: str, unit: CodedUnit, left: int) -> None:
        """Print a unit under its group's heading."""
        console = self.screen.console
        console.print()
        heading = Text(f"{self.screen.name_group(group)} · {left:,} left", style="bold")
        console.rule(heading, align="left")
        self.screen.show_unit(unit)
        console.print()

    def step_back(
        self, waiting: deque[tuple[str, CodedUnit]], shown: list[tuple[str, CodedUnit]]
    ) -> None:
        """Put the unit before back in line, its decision undone."""
        if not shown:
            self.screen.say("There is nothing to go back to.", "yellow")
            return
        group, unit = shown.pop()
        waiting.appendleft((group, unit))
        if unit.key in self.decided:
            del self.decided[unit.key]
            self.journal.undo(unit)
            self.undone += unit.key not in self.made
            self.made.discard(unit.key)
            self.screen.say(f"Undone: {unit.name}.", "yellow")
        else:
            self.skipped -= 1

    def save(self, unit: CodedUnit, decision: Decision) -> None:
        """Write a decision down and say so."""
        self.journal.add(unit, decision)
        self.decided[unit.key] = decision
        self.made.add(unit.key)
        line = Text("saved: ", style="green")
        line.append(self.screen.describe_frames(decision.frames))
        if self.codebook.speakers:
            line.append(f" · {self.screen.name_speaker(decision.speaker)}")
        self.screen.console.print(line, no_wrap=True, crop=False)

    def ask_unit(self, unit: CodedUnit) -> Decision:
        """Ask what is disputed about a unit, and why; the rest is as all coders have it."""
        frames, speaker = unit.frames, unit.speaker
        if unit.disputed_frames:
            frames = self.ask_frames(unit)
        if unit.speaker_disputed:
            speaker = self.ask_speaker(unit)
        while True:
            reason = clean_reason(self.ask("Reason: ", unit))
            problem = self._find_slip(reason, unit)
            if not problem:
                return Decision(frames, speaker, reason)
            self.screen.say(problem, "yellow")

    def _find_slip(self, reason: str, unit: CodedUnit) -> str:
        """What is wrong with a reason, or nothing."""
        if not reason:
            return "A reason is needed: which rule decides it?"
        if reason.isdigit() or reason.lower() in self._coders(unit):
            return f"{reason!r} is no reason: say which rule decides it."
        return "" if reason.isprintable() else "It holds a control character: type it again."

    def ask_frames(self, unit: CodedUnit) -> tuple[str, ...]:
        """Ask which frames a unit carries."""
        frames = self.codebook.frames
        choices = [
            Text(f"{number} {frame.short}", style=self.screen.colours[frame.id])
            for number, frame in enumerate(frames, start=1)
        ]
        self._print_choices([*choices, Text("0 none")])
        coders = self._coders(unit)
        letters = ", ".join(coders).upper()
        example = "as in 12" if len(frames) <= _ONE_DIGIT else "as in 1,12"
        prompt = f"Frames ({letters}, or numbers, {example}): "
        asked: tuple[str, ...] | None = None
        while True:
            answer = self.ask(prompt, unit, taken=coders)
            if answer.lower() in coders:
                return sort_frames(coders[answer.lower()].frames, self.codebook)
            numbers = _parse_numbers(answer, len(frames))
            if numbers is not None:
                chosen = sort_frames((frames[number - 1].id for number in numbers), self.codebook)
                doubt = self._describe_overruled(unit, chosen)
                if not doubt or chosen == asked:
                    return chosen
                asked = chosen
                self.screen.say(f"{doubt}: type {answer} again to confirm.", "yellow")
                continue
            self.screen.say(
                f"{answer!r} is no answer: type {letters}, numbers from 1 to {len(frames)}, or 0 "
                "for none.",
                "yellow",
            )

    def _describe_overruled(self, unit: CodedUnit, frames: tuple[str, ...]) -> str:
        """Say where an answer goes against all coders; nothing where it does not."""
        who = "Both coders" if len(unit.codes) == 2 else "All coders"
        added, dropped = find_overruled(unit, frames, self.codebook)
        parts = []
        if added:
            parts.append(f"left {self.screen.describe_frames(added)} out")
        if dropped:
            parts.append(f"gave {self.screen.describe_frames(dropped)}")
        return f"{who} {' and '.join(parts)}" if parts else ""

    def ask_speaker(self, unit: CodedUnit) -> str | None:
        """Ask who speaks in a unit."""
        speakers = self.codebook.speakers
        self._print_choices(
            [Text(f"{n} {speaker.names['en']}") for n, speaker in enumerate(speakers, start=1)],
            legend=not unit.disputed_frames,
        )
        coders = {
            letter: code.speaker for letter, code in self._coders(unit).items() if code.speaker
        }
        letters = ", ".join(coders).upper()
        while True:
            answer = self.ask(f"Speaker ({letters}, or a number): ", unit, taken=coders)
            if answer.lower() in coders:
                return coders[answer.lower()]
            if answer.isascii() and answer.isdigit() and 1 <= int(answer[:9]) <= len(speakers):
                return speakers[int(answer) - 1].id
            self.screen.say(
                f"{answer!r} is no answer: type {letters}, or a number from 1 to {len(speakers)}.",
                "yellow",
            )

    def ask(self, prompt: str, unit: CodedUnit, taken: Container[str] | None = None) -> str:
        """One line of input; help is given on the way, other commands interrupt.

        Args:
            prompt: The question.
            unit: What it is about, for help.
            taken: Coders' small letters, which win over commands; None asks for free text.

        Returns:
            What was typed, its white space folded.
        """
        while True:
            try:
                answer = " ".join(input(prompt).split())
            except UnicodeDecodeError:
                self.screen.say("That could not be read as text: type it again.", "yellow")
                continue
            if not sys.stdin.isatty():
                self.screen.console.print()  # nobody pressed Enter on this screen
            typed = answer.lower()
            command = None if taken is not None and typed in taken else _KEYS.get(typed)
            if command is Command.help:
                self.help(unit)
            elif command:
                raise _Interrupted(command)
            else:
                return answer

    def help(self, unit: CodedUnit) -> None:
        """Print what the codebook says on what is disputed."""
        self.screen.console.print()
        self.screen.show_help(unit.disputed_frames, speaker=unit.speaker_disputed)
        self.screen.say(_LEGEND, "dim")
        self.screen.console.print()
        self.screen.show_unit(unit)

    def _print_choices(self, choices: Sequence[Text], *, legend: bool = True) -> None:
        """Choices beside each other, none broken over two lines."""
        lines = [Text("  ")]
        for choice in choices:
            if len(lines[-1]) > 2 and lines[-1].cell_len + choice.cell_len > self.screen.width:
                lines.append(Text("  "))
            lines[-1].append_text(choice).append("   ")
        for line in lines:
            line.rstrip()
            self.screen.console.print(line, no_wrap=True, crop=False)
        if legend:
            self.screen.say(_LEGEND, "dim", 2)

    def _coders(self, unit: CodedUnit) -> dict[str, Code]:
        """Codes by the small letter that accepts them."""
        labelled = label_coders(unit, blind=self.screen.blind, seed=self.screen.seed)
        return {letter.lower(): code for letter, _, code in labelled}


def _parse_numbers(answer: str, count: int) -> list[int] | None:
    """Numbers as typed: `13` is 1 and 3 up to nine frames; more are parted by commas or spaces."""
    parts = answer.replace(",", " ").split()
    if count <= _ONE_DIGIT:
        parts = [digit for part in parts for digit in part]
    if not parts or not all(part.isascii() and part.isdigit() and len(part) < 4 for part in parts):
        return None
    numbers = [int(part) for part in parts]
    if numbers == [0]:
        return []
    return numbers if all(1 <= number <= count for number in numbers) else None
