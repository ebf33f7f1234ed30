"""Labels: what a coder said of a unit, as the labels of a tool and back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from framing.codebook import Codebook, unknown_label
from framing.coding.codes import Code
from framing.errors import CodebookError, FramingError, InputError

# Ids in a codebook are letters, digits and underscores: none can be one of these.
NO_FRAME = "frames:none"
"""The coder looked and found no frame; without it a unit would seem not to be coded."""
UNSURE = "coder:unsure"
SPEAKER = "speaker:"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one coder said of one unit."""

    frames: tuple[str, ...]
    """In the order of the codebook."""
    speaker: str | None = None
    unsure: bool = False
    note: str = ""


def check_speaker(code: Code, codebook: Codebook) -> None:
    """Refuse a code that names a speaker where the codebook has none: no tool could give it back.

    Raises:
        CodebookError: It does.
    """
    if code.speaker is not None and not codebook.speakers:
        raise CodebookError(
            f"names the speaker {code.speaker!r}, and the codebook has none",
            row=code.row,
            hint="take the speaker off, or list it in the codebook",
        )


def list_labels(code: Code) -> list[str]:
    """Frames, speaker and doubt of a code as one flat list of labels, never empty."""
    labels = list(code.frames) or [NO_FRAME]
    if code.speaker is not None:
        labels.append(SPEAKER + code.speaker)
    return [*labels, UNSURE] if code.unsure else labels


def list_all_labels(codebook: Codebook) -> list[str]:
    """Every label a coder may give, frames first."""
    return [
        *codebook.frame_ids,
        NO_FRAME,
        *(SPEAKER + speaker for speaker in codebook.speaker_ids),
        UNSURE,
    ]


def read_labels(labels: Iterable[str], codebook: Codebook, note: str = "") -> Judgement:
    """Turn a flat list of labels back into a judgement.

    Raises:
        CodebookError: The codebook lacks a label.
        InputError: There is neither a frame nor the label for none, or both, or two speakers.
    """
    given = list(dict.fromkeys(labels))
    speakers = [label.removeprefix(SPEAKER) for label in given if label.startswith(SPEAKER)]
    frames = [label for label in given if not label.startswith(SPEAKER) and label != UNSURE]
    if not frames:
        raise InputError(
            "has neither a frame nor the label for none",
            hint=f"add {NO_FRAME!r} to it, or take its other labels off",
        )
    return make_judgement(frames, speakers, codebook, unsure=UNSURE in given, note=note)


def make_judgement(
    frames: Iterable[str],
    speakers: Sequence[str],
    codebook: Codebook,
    *,
    unsure: bool = False,
    note: str = "",
) -> Judgement:
    """Check what was chosen against the codebook.

    Args:
        frames: Frames chosen, or the label for none.
        speakers: Speakers chosen.
        codebook: Says which there are.
        unsure: Whether the coder doubts.
        note: What the coder wrote.

    Raises:
        CodebookError: The codebook lacks a label.
        InputError: A frame and the label for none stand together, or two speakers.
    """
    chosen = set(frames)
    real = chosen - {NO_FRAME}
    for label in sorted(real):
        if label not in codebook.frame_ids:
            raise unknown_label("frame", label, [*codebook.frame_ids, NO_FRAME])
    if real and NO_FRAME in chosen:
        raise InputError(
            f"{NO_FRAME!r} stands beside {', '.join(sorted(real))}", hint="take one of the two off"
        )
    if len(speakers) > 1:
        raise InputError(f"has {len(speakers)} speakers: {', '.join(speakers)}", hint="keep one")
    for speaker in speakers:
        if not codebook.speakers:
            raise CodebookError(
                f"names the speaker {speaker!r}, and the codebook has none",
                hint="give the codebook it was coded with (--codebook FILE)",
            )
        if speaker not in codebook.speaker_ids:
            raise unknown_label("speaker", speaker, codebook.speaker_ids)
    return Judgement(
        frames=tuple(frame for frame in codebook.frame_ids if frame in real),
        speaker=speakers[0] if speakers else None,
        unsure=unsure,
        note=note,
    )


def place_error(error: FramingError, where: str, path: object, row: int | None) -> FramingError:
    """The same error with the place it was found in."""
    return type(error)(f"{where}: {error.problem}", path=str(path), row=row, hint=error.hint)
