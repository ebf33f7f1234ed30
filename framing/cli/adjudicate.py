"""framing adjudicate: where coders disagree, and gold codes out of what is decided there."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from framing.cli.options import CodebookFile, Quiet, Talk, Texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from framing.cli.disagreements import Screen
    from framing.codebook import Codebook
    from framing.coding.adjudication import Decision
    from framing.coding.codes import Key
    from framing.coding.decisions import Decisions
    from framing.coding.disagreements import CodedUnit, Comparison


class Single(StrEnum):
    """What becomes of units that one coder alone coded."""

    refuse = "refuse"
    accept = "accept"


class Format(StrEnum):
    """What --list prints."""

    table = "table"
    jsonl = "jsonl"
    csv = "csv"
    markdown = "markdown"


def adjudicate(
    codes: Annotated[
        list[Path],
        typer.Argument(
            help="Codes of two coders or more, JSON Lines, in one file or several.",
            metavar="CODES",
        ),
    ],
    texts: Texts,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write gold codes here.")
    ] = None,
    frame: Annotated[
        str | None,
        typer.Option(
            "--frame",
            help="Only units that differ in this frame, or in `speaker`.",
            metavar="FRAME",
        ),
    ] = None,
    codebook: CodebookFile = None,
    decisions: Annotated[
        Path | None,
        typer.Option(
            "--decisions",
            help="Read decisions from here, save new ones here; else OUTPUT.decisions.jsonl.",
        ),
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option("--keep", help="Take decisions over from an existing gold file."),
    ] = None,
    majority: Annotated[
        bool, typer.Option("--majority", help="Settle by strict majority what has one.")
    ] = False,
    single: Annotated[
        Single, typer.Option("--single", help="Units that one coder alone coded.")
    ] = Single.refuse,
    partial: Annotated[
        bool, typer.Option("--partial", help="Write gold without what is undecided.")
    ] = False,
    ask: Annotated[
        bool, typer.Option("--ask/--no-ask", help="Ask about what is undecided, or stop.")
    ] = True,
    blind: Annotated[
        bool, typer.Option("--blind/--show-coders", help="Call coders A, B, ..., shuffled by unit.")
    ] = True,
    seed: Annotated[int, typer.Option("--seed", help="Chooses the order of A, B, ...")] = 0,
    list_: Annotated[
        bool, typer.Option("--list", help="Print what is undecided, and stop.")
    ] = False,
    format_: Annotated[Format, typer.Option("--format", help="What --list prints.")] = Format.table,
    sheet: Annotated[
        Path | None,
        typer.Option(
            "--sheet",
            help="Write what is undecided, JSON Lines to fill in elsewhere, and stop.",
            metavar="FILE.jsonl",
        ),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Decide, unit by unit, what coders disagree on; write gold codes when all is decided.

    Every decision is saved at once: quit any time and start again.
    Made elsewhere, they are read with --decisions: a filled sheet, or rows
    of article, unit, frames, speaker and reason.
    Only what is disputed is decided: frames, speaker, or both. Where frames
    are, an answer may still go against all coders, by a frame none gave or
    without one all gave: it is asked twice here, and counted in the end.

    Example: framing adjudicate first.jsonl second.jsonl --texts articles/ -o gold.jsonl
    """
    from framing.articles.reading import ReadOptions, read_articles
    from framing.cli.disagreements import Screen, print_list
    from framing.codebook import Codebook
    from framing.coding.disagreements import compare_coders, group_units, read_coders
    from framing.coding.journal import refuse_losing

    talk = Talk(quiet=quiet)
    journal = _check_paths(codes, texts, output, decisions, keep, sheet, list_=list_)
    book = Codebook.load(codebook)
    group_units([], book, frame=frame)  # a name the codebook lacks is refused before reading
    if output and not (sheet or list_ or keep or (journal and journal.exists())):
        refuse_losing(output, book)
    codings = read_coders(codes, book)
    comparison = compare_coders(
        codings,
        read_articles(texts, ReadOptions(strict=True)),
        book,
        accept_single=single is Single.accept,
    )
    task = _Task(comparison, book, talk)
    task.read(journal, keep, required=decisions is not None and not ask)
    if majority:
        task.settle_by_majority()
    task.report()
    screen = Screen(book, blind=blind, seed=seed)
    if sheet or list_:
        waiting = [u for of in group_units(task.left, book, frame=frame).values() for u in of]
        if sheet:
            _write_sheet(sheet, waiting, task.decided, screen, talk)
        if list_:
            print_list(screen, waiting, comparison, frame, format_.value)
        return
    assert output is not None
    assert journal is not None
    if ask and task.left:
        task.ask(screen, journal, frame)
    task.finish(output, partial=partial, asked=ask)


class _Task:
    """What there is to decide, what is decided, and what is said about it."""

    def __init__(self, comparison: Comparison, codebook: Codebook, talk: Talk) -> None:
        self.comparison = comparison
        self.codebook = codebook
        self.talk = talk
        self.decided: dict[Key, Decision] = {}
        self.from_journal: list[CodedUnit] = []
        self.by_majority: dict[Key, Decision] = {}
        self.ran_out = False

    @property
    def left(self) -> list[CodedUnit]:
        """Disputed units that nothing settles yet."""
        settled = self.decided.keys() | self.by_majority.keys()
        return [unit for unit in self.comparison.disputed if unit.key not in settled]

    def read(self, journal: Path | None, keep: Path | None, *, required: bool) -> None:
        """Take over what was decided before; a journal's decisions win over a kept file's."""
        from framing.coding.decisions import read_decisions
        from framing.coding.journal import read_kept

        stale: list[str] = []
        if keep:
            kept = read_kept(keep, self.comparison, self.codebook)
            self.decided |= kept.of
            stale += kept.stale
            self._tell(keep, kept, "kept")
        if journal and (journal.exists() or required):
            made = read_decisions(journal, self.comparison, self.codebook)
            again = len(made.of.keys() & self.decided.keys())
            units = {unit.key: unit for unit in self.comparison.units}
            self.from_journal = [units[key] for key in made.of]
            self.decided |= made.of
            stale += made.stale
            self._tell(
                journal, made, "read" + (f", {again} in place of kept ones" if again else "")
            )
        self._tell_stale(list(dict.fromkeys(stale)))

    def _tell_stale(self, stale: list[str]) -> None:
        waiting = {unit.name for unit in self.left}
        again = [name for name in stale if name in waiting]
        gone = len(stale) - len(again)
        if again:
            self.talk.say(
                f"codes have changed since {_count(len(again), 'decision')}, to be made again: "
                f"{_name_some(again)}"
            )
        if gone:
            self.talk.say(f"{_count(gone, 'decision')} no longer needed: the codes have changed")

    def _tell(self, path: Path, found: Decisions, verb: str) -> None:
        self.talk.say(f"{path}: {_count(len(found.of), 'decision')} {verb}")
        if found.unbound:
            self.talk.say(
                f"{path}: {_count(found.unbound, 'decision')} without `codes`: taken as made on "
                "the codes as they are now"
            )
        if found.blank:
            self.talk.say(f"{path}: {_count(found.blank, 'row')} not filled in")
        for line in found.dropped:
            self.talk.say(f"{path}: not kept: {line}")

    def settle_by_majority(self) -> None:
        """Settle what has a strict majority and is not decided."""
        from framing.coding.adjudication import settle_by_majority

        for unit in self.left:
            decision = settle_by_majority(unit, self.codebook)
            if decision:
                self.by_majority[unit.key] = decision

    def report(self) -> None:
        """Say how much there is, and how much of it is left."""
        comparison = self.comparison
        majority = f", {len(self.by_majority):,} by majority" if self.by_majority else ""
        self.talk.say(
            f"{len(comparison.coders)} coders, {len(comparison.units):,} units, "
            f"{len(comparison.disputed):,} disputed: {len(self.decided):,} decided{majority}, "
            f"{len(self.left):,} left"
        )

    def ask(self, screen: Screen, path: Path, frame: str | None) -> None:
        """Ask about what is left."""
        from framing.cli.asking import Asker
        from framing.coding.disagreements import group_units
        from framing.coding.journal import Journal

        journal = Journal(path, self.codebook)
        journal.require_writable()
        self.talk.say(f"Decisions will be saved in {path}.")
        asker = Asker(screen, journal, self.decided)
        earlier = [pair for unit in self.from_journal
                   for pair in _in_groups(group_units([unit], self.codebook))]  # fmt: skip
        asker.ask_all(_in_groups(group_units(self.left, self.codebook, frame=frame)), earlier)
        self.ran_out = asker.ended_by_input
        self.talk.say(
            f"{_count(len(asker.made), 'decision')} made, "
            + (f"{asker.undone:,} made earlier undone, " if asker.undone else "")
            + f"{asker.skipped} skipped, {len(self.left):,} left"
        )

    def finish(self, output: Path, *, partial: bool, asked: bool) -> None:
        """Write gold, or say why not."""
        from framing.coding.adjudication import make_gold
        from framing.coding.codes import write_codes
        from framing.errors import InputError

        left = self.left
        if left and not partial:
            problem = f"{_count(len(left), 'unit')} undecided, so no gold was written"
            if not asked or self.ran_out:
                raise InputError(
                    f"{problem}: {_name_some([unit.name for unit in left])}",
                    path=output,
                    hint="decide them (--sheet FILE lays them out), or write the rest: --partial",
                )
            self.talk.say(f"{problem}; start again to go on, or write the rest with --partial")
            return
        gold = make_gold(self.comparison, self.by_majority | self.decided, self.codebook)
        write_codes(output, gold, self.codebook)
        self.talk.say(
            f"{output}: {len(gold):,} rows: "
            f"{len(self.comparison.units) - len(self.comparison.disputed):,} units agreed, "
            f"{len(self.decided):,} adjudicated, {len(self.by_majority):,} by majority"
            + (f", {len(self.comparison.furniture)} furniture" if self.comparison.furniture else "")
            + (f"; {len(left):,} undecided left out" if left else "")
        )
        self._tell_overruled()

    def _tell_overruled(self) -> None:
        """Count the decisions that go against what all coders agree on."""
        from framing.coding.adjudication import list_overruled

        added, dropped = list_overruled(self.comparison, self.decided, self.codebook)
        for names, verbs, what in (
            (added, ("gives", "give"), "a frame no coder gave"),
            (dropped, ("leaves out", "leave out"), "a frame all coders gave"),
        ):
            if names:
                verb = verbs[len(names) > 1]
                self.talk.say(
                    f"{_count(len(names), 'decision')} {verb} {what}: {_name_some(names)}"
                )


def _check_paths(
    codes: list[Path],
    texts: list[str],
    output: Path | None,
    decisions: Path | None,
    keep: Path | None,
    sheet: Path | None,
    *,
    list_: bool,
) -> Path | None:
    """Refuse outputs that are inputs, before anything is read; give the journal's path."""
    from framing.coding.journal import journal_path
    from framing.errors import ConfigError, OutputError
    from framing.files import refuse_overwriting

    if output is None and not list_ and sheet is None:
        raise ConfigError("no output", hint="give -o FILE for gold, or --list, or --sheet FILE")
    journal = decisions or (journal_path(output) if output else None)
    inputs: list[str | Path] = [*codes, *texts, *([keep] if keep else [])]
    for written in (output, sheet, journal):
        refuse_overwriting(written, inputs)
    _require_json_lines(sheet, decisions)
    for place in (output, sheet):
        if place and journal and place.resolve() == journal.resolve():
            raise OutputError("is the file of decisions too", path=place, hint="give another name")
    if not list_ and not sheet:
        _require_places(output, journal)
    return journal


def _require_json_lines(sheet: Path | None, decisions: Path | None) -> None:
    """Refuse names that promise a table where JSON Lines would be written."""
    from framing.errors import OutputError

    new = decisions if decisions and not decisions.exists() else None
    for place, what in ((sheet, "a sheet is"), (new, "decisions are")):
        if place and not place.is_dir() and place.suffix.lower() != ".jsonl":
            raise OutputError(
                f"{what} JSON Lines, not {place.suffix or 'a file without ending'}",
                path=place,
                hint=f"give {place.stem}.jsonl"
                + ("; --list --format csv prints a table to read" if place is sheet else ""),
            )


def _require_places(*places: Path | None) -> None:
    """Refuse a place nothing can be written to, before anybody has answered a question."""
    from framing.errors import OutputError

    for place in places:
        if place and place.is_dir():
            raise OutputError("is a folder", path=place, hint="give a file name inside it")
        if place and not place.absolute().parent.is_dir():
            raise OutputError(
                "cannot be written: its folder does not exist", path=place, hint="make it first"
            )


def _write_sheet(
    sheet: Path,
    units: list[CodedUnit],
    decided: Mapping[Key, Decision],
    screen: Screen,
    talk: Talk,
) -> None:
    """Write a sheet; what was filled in one of the same name is carried over, never lost."""
    from framing.coding.journal import carry_filled, sheet_records
    from framing.files import open_output
    from framing.results import dump_line

    rows = list(sheet_records(units, screen.codebook, blind=screen.blind, seed=screen.seed))
    carried = carry_filled(sheet, rows, decided)
    with open_output(sheet) as stream:
        for row in rows:
            stream.write(dump_line(row))
    talk.say(
        f"{sheet}: {_count(len(units), 'unit')} to decide"
        + (f", {carried:,} filled in before and carried over" if carried else "")
        + ": fill in `reason` and the `frames` or `speaker` that `disputed` names, then give it as "
        f"--decisions {sheet}"
    )


def _in_groups(groups: dict[str, list[CodedUnit]]) -> list[tuple[str, CodedUnit]]:
    return [(group, unit) for group, of in groups.items() for unit in of]


def _name_some(names: list[str]) -> str:
    shown = ", ".join(names[:3])
    return f"{shown} and {len(names) - 3:,} more" if len(names) > 3 else shown


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
