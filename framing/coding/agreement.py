"""Agreement: how reliably coders applied a codebook, by frame, frame set and speaker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

import numpy as np

from framing.coding.alignment import AlignedCodes, align_codes
from framing.coding.codes import Code
from framing.coding.reliability import (
    Estimate,
    Measure,
    Point,
    measure_alpha,
    measure_variable,
)
from framing.coding.variables import MISSING, Variable
from framing.errors import ConfigError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from framing.codebook import Codebook

EVERYTHING = "all"
UNGROUPED = "unknown"
"""Group of an article that `groups` does not name."""


class GroupAgreement(TypedDict):
    """Agreement on the units of some articles."""

    by: str
    """What the articles were grouped by; `all` for all of them."""
    group: str
    units: int
    """Units coded by anyone."""
    shared: int
    """Units coded by two or more."""
    articles: int
    """Articles those shared units are from."""
    coded: dict[str, int]
    """Units of each coder."""
    differ: int
    """Shared units on which coders differ in a frame or the speaker."""
    differ_frames: int
    differ_speaker: int
    frames: dict[str, Measure]
    """Each frame as present or absent, by frame id."""
    frame_sets: Measure
    """All frames of a unit at once: alpha with the MASI distance, agreement on the whole set."""
    speaker: Measure | None
    """None if the codebook lists no speakers."""


class PairAgreement(TypedDict):
    """Krippendorff's alpha of two coders."""

    coders: list[str]
    units: int
    """Units that both coded."""
    frames: dict[str, Point]
    frame_sets: Point
    speaker: Point | None


class BlockAgreement(TypedDict):
    """Krippendorff's alpha on consecutive shared units."""

    block: int
    """Counted from 1."""
    first: int
    """Place of its first unit among the shared units in coding order, counted from 1."""
    last: int
    frames: dict[str, Estimate]
    frame_sets: Estimate
    speaker: Estimate | None


class CodebookRecord(TypedDict):
    """Which codebook the coders followed."""

    name: str
    version: str
    digest: str


class AgreementReport(TypedDict):
    """Every figure on the agreement of some coders; intervals are of 95 %."""

    codebook: CodebookRecord
    coders: list[str]
    """By name."""
    seed: int
    overall: GroupAgreement
    groups: list[GroupAgreement]
    """In the order asked for, each in the order of its names."""
    pairs: list[PairAgreement]
    """Every two coders, where there are more than two."""
    blocks: list[BlockAgreement]
    """The learning curve, where it was asked for."""


def measure_agreement(
    codes: Sequence[Code],
    codebook: Codebook,
    *,
    groups: Mapping[str, Mapping[str, str]] | None = None,
    blocks: int = 0,
    paths: Sequence[str | Path] | None = None,
    seed: int = 0,
) -> AgreementReport:
    """Measure how far coders agree; see `measure_variable` for the coefficients.

    People and models count alike. Not every coder need have coded every unit; units coded by one
    coder alone change no coefficient. Units are one where article, start, end and digest are.

    Args:
        codes: Codes of the coders to compare (leave `gold` out: adjudication is no coding).
        codebook: The one they followed.
        groups: What to group by (`language`) to group by article name, as in
            `{"language": {"a.md": "en"}}`; articles not named are in the group `unknown`.
        blocks: Into how many blocks of consecutive units to cut the learning curve; 0 for none.
            Units are in the order in which they first stand among the codes.
        paths: File of each code (n_codes), for messages.
        seed: Of the resampling.

    Raises:
        InputError: A coder coded a unit twice, or two coders' units overlap or have other text.
        CodebookError: A label is not in the codebook.
        ConfigError: There are fewer units coded by two or more than blocks.
    """
    aligned = align_codes(codes, codebook, paths=paths)
    names = list(aligned.coders)
    return AgreementReport(
        codebook=CodebookRecord(
            name=codebook.name, version=codebook.version, digest=codebook.digest
        ),
        coders=names,
        seed=seed,
        overall=_measure_group(aligned, EVERYTHING, EVERYTHING, seed),
        groups=[
            group
            for by, of_article in (groups or {}).items()
            for group in _measure_groups(aligned, by, of_article, seed)
        ],
        pairs=[_measure_pair(aligned, pair) for pair in combinations(range(len(names)), 2)]
        if len(names) > 2
        else [],
        blocks=_measure_blocks(aligned, blocks, seed) if blocks else [],
    )


def _measure_groups(
    aligned: AlignedCodes, by: str, of_article: Mapping[str, str], seed: int
) -> list[GroupAgreement]:
    labels = [of_article.get(name, UNGROUPED) for name in aligned.articles]
    # Languages in the codebook's order, whatever else by its name.
    known = {language: rank for rank, language in enumerate(aligned.codebook.languages)}
    ordered = sorted(set(labels), key=lambda label: (known.get(label, len(known)), label))
    return [
        _measure_group(
            aligned.select(np.array([label == name for label in labels])), by, name, seed
        )
        for name in ordered
    ]


def _measure_group(aligned: AlignedCodes, by: str, group: str, seed: int) -> GroupAgreement:
    shared = aligned.shared
    variables = _list_variables(aligned)
    differ_frames = _differs(variables.frame_sets)
    differ_speaker = (
        _differs(variables.speaker) if variables.speaker else np.zeros_like(differ_frames)
    )

    def measure(variable: Variable) -> Measure:
        return measure_variable(variable, aligned.coders, aligned.articles, seed=seed)

    return GroupAgreement(
        by=by,
        group=group,
        units=len(aligned.articles),
        shared=int(shared.sum()),
        articles=len({name for name, keep in zip(aligned.articles, shared, strict=True) if keep}),
        coded={
            coder: int(n)
            for coder, n in zip(aligned.coders, aligned.coded.sum(axis=0), strict=True)
        },
        differ=int((differ_frames | differ_speaker).sum()),
        differ_frames=int(differ_frames.sum()),
        differ_speaker=int(differ_speaker.sum()),
        frames={
            frame: Measure({**measure(variable), "prevalence": _prevalence(aligned, frame)})
            for frame, variable in variables.frames.items()
        },
        frame_sets=measure(variables.frame_sets),
        speaker=measure(variables.speaker) if variables.speaker else None,
    )


def _measure_pair(aligned: AlignedCodes, pair: tuple[int, int]) -> PairAgreement:
    both = np.asarray(aligned.coded[:, pair].all(axis=1))
    chosen = aligned.select(both, pair)
    variables = _list_variables(chosen)
    return PairAgreement(
        coders=list(chosen.coders),
        units=int(both.sum()),
        frames={
            frame: measure_alpha(variable, chosen.coders)
            for frame, variable in variables.frames.items()
        },
        frame_sets=measure_alpha(variables.frame_sets, chosen.coders),
        speaker=measure_alpha(variables.speaker, chosen.coders) if variables.speaker else None,
    )


def _measure_blocks(aligned: AlignedCodes, n_blocks: int, seed: int) -> list[BlockAgreement]:
    shared = aligned.select(aligned.shared)
    if n_blocks > len(shared.articles):
        raise ConfigError(
            f"{n_blocks} blocks of {len(shared.articles)} units coded by two or more",
            hint="ask for fewer blocks",
        )
    found, first = [], 1
    for number, units in enumerate(np.array_split(shared.order, n_blocks), start=1):
        # As elsewhere the order within a block must not matter.
        block = _measure_group(shared.select(np.sort(units)), "block", str(number), seed)
        found.append(
            BlockAgreement(
                block=number,
                first=first,
                last=first + len(units) - 1,
                frames={frame: of["alpha"] for frame, of in block["frames"].items()},
                frame_sets=block["frame_sets"]["alpha"],
                speaker=block["speaker"]["alpha"] if block["speaker"] else None,
            )
        )
        first += len(units)
    return found


@dataclass(frozen=True)
class _Variables:
    """What is measured of the same units."""

    frames: dict[str, Variable]
    frame_sets: Variable
    speaker: Variable | None


def _list_variables(aligned: AlignedCodes) -> _Variables:
    codebook = aligned.codebook
    sets, which = np.unique(
        aligned.frames.reshape(-1, len(codebook.frames)), axis=0, return_inverse=True
    )
    of_set = np.where(aligned.coded, which.reshape(aligned.coded.shape), MISSING)
    named = tuple(f"named {speaker} for every unit" for speaker in codebook.speaker_ids)
    return _Variables(
        frames={
            frame: Variable.nominal(
                np.where(aligned.coded, aligned.frames[..., k], MISSING),
                ("never used it", "used it on every unit"),
            )
            for k, frame in enumerate(codebook.frame_ids)
        },
        frame_sets=Variable.of_sets(of_set, sets),
        speaker=Variable.nominal(aligned.speakers, named) if named else None,
    )


def _differs(variable: Variable) -> NDArray[np.bool_]:
    """Bool (n_units): whether two coders gave a unit different values."""
    return np.asarray((variable.count() > 0).sum(axis=1) > 1)


def _prevalence(aligned: AlignedCodes, frame: str) -> dict[str, float | None]:
    carried = aligned.frames[..., aligned.codebook.frame_ids.index(frame)].sum(axis=0)
    coded = aligned.coded.sum(axis=0)
    return {
        coder: float(carried[j] / coded[j]) if coded[j] else None
        for j, coder in enumerate(aligned.coders)
    }
