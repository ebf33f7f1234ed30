"""Disagreements: codes of two coders or more side by side, and the units on which they differ."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path

from framing.articles.article import Article, index_articles
from framing.codebook import Codebook
from framing.coding.codes import GOLD, Code, Key, read_codes, refuse_drift
from framing.coding.sheets import SheetUnit, make_coded_sheet
from framing.errors import ConfigError, InputError
from framing.files import digest_json

SPEAKER = "speaker"
"""Heading of the units that differ in the speaker and in no frame."""


@dataclass(frozen=True, kw_only=True)
class CodedUnit:
    """One unit with everybody's codes for it."""

    place: SheetUnit
    codes: tuple[Code, ...]
    """One a coder, in the order of their names."""
    frames: tuple[str, ...]
    """Frames all coders gave, in the codebook's order."""
    disputed_frames: tuple[str, ...]
    """Frames that some gave and others did not, in the codebook's order."""
    speakers: tuple[str, ...]
    """Speakers named, each once; a coder who named none takes no side."""

    @property
    def key(self) -> Key:
        """Article, start and end."""
        return self.place.key

    @property
    def speaker_disputed(self) -> bool:
        """Whether two coders named two speakers."""
        return len(self.speakers) > 1

    @property
    def disputed(self) -> bool:
        """Whether frames or speaker differ."""
        return bool(self.disputed_frames) or self.speaker_disputed

    @property
    def speaker(self) -> str | None:
        """The speaker all who named one agree on."""
        return self.speakers[0] if len(self.speakers) == 1 else None

    @property
    def unsure(self) -> bool:
        """Whether any coder was."""
        return any(code.unsure for code in self.codes)

    @property
    def name(self) -> str:
        """Article and unit, for messages."""
        return f"{self.place.article} unit {self.place.unit}"

    @cached_property
    def digest(self) -> str:
        """Digest of the unit's place and text and of its codes, whoever gave which.

        A changed code makes decisions on the unit stale; a changed note or name does not.
        """
        given = sorted([sorted(set(c.frames)), c.speaker or ""] for c in self.codes)
        return digest_json([list(self.key), self.place.sha1, given])


@dataclass(frozen=True)
class Comparison:
    """Everything that was coded, side by side."""

    coders: tuple[str, ...]
    units: tuple[CodedUnit, ...]
    """In the order of the articles' names and of the text."""
    furniture: tuple[Code, ...] = ()
    """Spans that all who marked them call no unit."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """Text of every article at hand by its name, coded or not."""

    @cached_property
    def disputed(self) -> tuple[CodedUnit, ...]:
        """The units on which coders disagree, in order."""
        return tuple(unit for unit in self.units if unit.disputed)

    @cached_property
    def by_number(self) -> dict[tuple[str, int], CodedUnit]:
        """Units by article and unit number."""
        return {(unit.place.article, unit.place.unit): unit for unit in self.units}

    @cached_property
    def by_digest(self) -> dict[str, CodedUnit]:
        """Units by the digest of their place, text and codes."""
        return {unit.digest: unit for unit in self.units}


def read_coders(paths: Iterable[str | Path], codebook: Codebook) -> dict[str, list[Code]]:
    """Read files of codes; one may hold several coders.

    Returns:
        Codes by the path they came from.

    Raises:
        InputError: A file is broken, holds gold codes, or codes a unit somebody coded already
            under the same name; or all hold one coder alone.
        CodebookError: A label or the version is not the codebook's.
    """
    codings: dict[str, list[Code]] = {}
    seen: dict[tuple[str, str, int], tuple[str, int | None]] = {}
    for path in map(str, paths):
        codings.setdefault(path, [])
        for code in read_codes(path, codebook):
            if code.coder == GOLD:
                raise InputError(
                    "holds gold codes, which are nobody's own",
                    path=path,
                    row=code.row,
                    hint="name the coder in each row (`coder`), or carry them over with --keep",
                )
            key = (code.coder, code.article, code.start)
            if key in seen:
                there, row = seen[key]
                raise InputError(
                    f"coder {code.coder!r} coded this unit already in {there}, row {row}",
                    path=path,
                    row=code.row,
                    hint="give each file once, and each coder one name",
                )
            seen[key] = (path, code.row)
            codings[path].append(code)
    coders = sorted({coder for coder, _, _ in seen})
    if len(coders) < 2:
        raise InputError(
            f"codes of one coder only ({', '.join(coders)}): there is nothing to compare",
            path=next(iter(codings), None),
            hint="give the codes of a second coder too",
        )
    return codings


def compare_coders(
    codings: Mapping[str, Sequence[Code]],
    articles: Iterable[Article],
    codebook: Codebook,
    *,
    accept_single: bool = False,
) -> Comparison:
    """Lay the codes of two coders or more side by side.

    Frames are compared one by one. The speaker is compared among those who named one, and not at
    all where the codebook lists none.

    Args:
        codings: Codes by the path they came from.
        articles: The articles they name.
        codebook: Gives the order of frames.
        accept_single: Take units that one coder alone coded as agreed.

    Raises:
        InputError: A code does not fit its text, coders cut a text into different units, one calls
            furniture what another coded, or a unit has one coder only.
    """
    articles = list(articles)
    texts = {name: article.text for name, article in index_articles(articles).items()}
    for path, codes in codings.items():
        refuse_drift(codes, texts, path=path)
    spans: dict[Key, list[tuple[str, Code]]] = defaultdict(list)
    for path, codes in codings.items():
        for code in codes:
            spans[code.article, code.start, code.end].append((path, code))
    _refuse_different_units(spans)
    if not accept_single:
        _refuse_single(spans)
    everything = [code for codes in codings.values() for code in codes]
    by_key: dict[Key, list[Code]] = defaultdict(list)
    for code in sorted(everything, key=lambda code: code.coder):
        by_key[code.article, code.start, code.end].append(code)
    sheet = make_coded_sheet(everything, articles)
    _refuse_repeated_numbers(sheet)
    units = tuple(_compare_codes(place, by_key[place.key], codebook) for place in sheet)
    return Comparison(
        coders=tuple(sorted({code.coder for code in everything})),
        units=units,
        furniture=tuple(codes[0] for codes in by_key.values() if codes[0].furniture),
        texts=texts,
    )


def group_units(
    units: Iterable[CodedUnit], codebook: Codebook, *, frame: str | None = None
) -> dict[str, list[CodedUnit]]:
    """Group disputed units by the first frame they differ in; each unit stands once.

    Args:
        units: Disputed units.
        codebook: Gives the order of the groups; units that differ in the speaker alone come last.
        frame: Only this group, with every unit that differs in it; a frame or `speaker`.

    Raises:
        ConfigError: There is no such frame.
    """
    known = (*codebook.frame_ids, SPEAKER)
    if frame is not None and frame not in known:
        near = get_close_matches(frame, known, n=1)
        raise ConfigError(
            f"--frame {frame!r} is not in the codebook",
            hint=f"did you mean {near[0]!r}?" if near else f"give {', '.join(known)}",
        )
    groups: dict[str, list[CodedUnit]] = {group: [] for group in known}
    for unit in units:
        differs = unit.disputed_frames + ((SPEAKER,) if unit.speaker_disputed else ())
        if frame is None or frame in differs:
            groups[frame or differs[0]].append(unit)
    return {group: of for group, of in groups.items() if of}


def label_coders(
    unit: CodedUnit, *, blind: bool = True, seed: int = 0
) -> list[tuple[str, str, Code]]:
    """Give each coder of a unit a letter.

    Args:
        unit: The unit.
        blind: Shuffle, each unit anew, and withhold the names.
        seed: Chooses the order; the same unit has the same order each time.

    Returns:
        (letter, the coder's name or empty, code) in the order of the letters.
    """
    codes = list(unit.codes)
    if blind:
        # Seeding with text hashes it the same in every process, unlike hash().
        random.Random(f"{seed}:{unit.key}").shuffle(codes)
    return [
        (_letter(position), "" if blind else code.coder, code)
        for position, code in enumerate(codes)
    ]


def sort_frames(frames: Iterable[str], codebook: Codebook) -> tuple[str, ...]:
    """Frames in the codebook's order, each once."""
    chosen = set(frames)
    return tuple(frame for frame in codebook.frame_ids if frame in chosen)


def _compare_codes(place: SheetUnit, codes: Sequence[Code], codebook: Codebook) -> CodedUnit:
    given = [set(code.frames) for code in codes]
    common = set.intersection(*given)
    named = [c.speaker for c in codes if c.speaker is not None] if codebook.speakers else []
    return CodedUnit(
        place=place,
        codes=tuple(codes),
        frames=sort_frames(common, codebook),
        disputed_frames=sort_frames(set.union(*given) - common, codebook),
        speakers=tuple(dict.fromkeys(named)),
    )


def _refuse_different_units(spans: Mapping[Key, Sequence[tuple[str, Code]]]) -> None:
    before: tuple[str, Code] | None = None
    for key in sorted(spans):
        path, code = spans[key][0]
        if before and before[1].article == code.article and code.start < before[1].end:
            raise InputError(
                f"{code.coder} coded {code.article} at {code.start}-{code.end}, which overlaps "
                f"with {before[1].start}-{before[1].end} in {before[0]}, row {before[1].row}",
                path=path,
                row=code.row,
                hint="coders must code the same units: mend the offsets, or segment anew",
            )
        before = (path, code)
        for other_path, other in spans[key][1:]:
            if other.furniture != code.furniture:
                raise InputError(
                    f"one of {code.coder} and {other.coder} marks {code.article} at "
                    f"{code.start}-{code.end} as furniture, the other codes it ({path}, row "
                    f"{code.row})",
                    path=other_path,
                    row=other.row,
                    hint="settle first whether it is a unit",
                )


def _refuse_single(spans: Mapping[Key, Sequence[tuple[str, Code]]]) -> None:
    single = [of[0] for _, of in sorted(spans.items()) if len(of) == 1 and not of[0][1].furniture]
    if single:
        path, code = single[0]
        count = "1 unit was" if len(single) == 1 else f"{len(single):,} units were"
        raise InputError(
            f"{count} coded by one coder only, the first {code.article} unit {code.unit} by "
            f"{code.coder}",
            path=path,
            row=code.row,
            hint="let a second coder code them, or take their codes as they are: --single accept",
        )


def _refuse_repeated_numbers(sheet: Iterable[SheetUnit]) -> None:
    seen: dict[tuple[str, int], SheetUnit] = {}
    for place in sheet:
        other = seen.setdefault((place.article, place.unit), place)
        if other is not place:
            raise InputError(
                f"unit {place.unit} of {place.article} is {other.start}-{other.end} to one coder "
                f"and {place.start}-{place.end} to another",
                hint="number the units of an article alike in all files",
            )


def _letter(position: int) -> str:
    letter = chr(ord("A") + position % 26)
    return letter if position < 26 else f"{letter}{position // 26}"
