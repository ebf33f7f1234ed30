"""How frames, voices and groups are shown: names, keys and colours, the same everywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from framing.codebook import Codebook
    from framing.comparison.result import Comparison

# Okabe and Ito's colours for colour-blind readers, then two of Paul Tol's.
COLOURS = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#F0E442", "#999999",
    "#882255", "#44AA99",
)  # fmt: skip
_DARK, _LIGHT = "#111111", "#FFFFFF"
ATTRIBUTES = {
    "country": "country", "outlet": "outlet", "language": "language", "kind": "kind of outlet",
    "agency": "agency", "speaker": "voice", "month": "month", "week": "week", "day": "day",
}  # fmt: skip
"""What can be compared, in the order of the page, with its name."""
PERIODS = ("month", "week", "day")


@dataclass(frozen=True)
class FrameLook:
    """How one frame is shown."""

    id: str
    name: str
    short: str
    key: str
    """Letter or letters that tell it from the others without colour."""
    colour: str
    ink: str
    """Colour of text upon it."""


def look_up_frames(codebook: Codebook) -> tuple[FrameLook, ...]:
    """The look of each frame, in column order."""
    keys = choose_keys([frame.short or frame.names["en"] for frame in codebook.frames])
    return tuple(
        FrameLook(
            id=frame.id,
            name=frame.names["en"],
            short=frame.short or frame.names["en"],
            key=keys[k],
            colour=COLOURS[k % len(COLOURS)],
            ink=choose_ink(COLOURS[k % len(COLOURS)]),
        )
        for k, frame in enumerate(codebook.frames)
    )


def choose_keys(names: Sequence[str]) -> list[str]:
    """The shortest beginning of each name that no other has; a number where there is none."""
    keys = []
    for k, name in enumerate(names):
        others = [other for j, other in enumerate(names) if j != k]
        beginnings = (name[:n] for n in range(1, len(name) + 1))
        keys.append(
            next((b for b in beginnings if not any(o.startswith(b) for o in others)), str(k + 1))
        )
    return keys


def choose_ink(colour: str) -> str:
    """Black or white, whichever is read better on a colour (WCAG 2.2, contrast ratio)."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return _LIGHT if 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.05 else _DARK


def name_speakers(codebook: Codebook) -> dict[str, str]:
    """English display name of each speaker, by id."""
    return {speaker.id: speaker.names["en"] for speaker in codebook.speakers}


def list_comparisons(comparisons: Mapping[str, Comparison]) -> list[tuple[str, Comparison]]:
    """Comparisons in the order of the page."""
    order = list(ATTRIBUTES)
    return sorted(
        comparisons.items(),
        key=lambda item: order.index(item[0]) if item[0] in order else len(order),
    )


def name_attribute(by: str) -> str:
    """What is compared, in words."""
    return ATTRIBUTES.get(by, by)
