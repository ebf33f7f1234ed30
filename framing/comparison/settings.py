"""What is compared, and how: every choice of a comparison in one place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from framing.codebook import Codebook
from framing.comparison.grouping import ATTRIBUTES, COPIES
from framing.errors import ConfigError
from framing.prevalence import ESTIMATORS
from framing.prevalence.units import MEASURES

WITHIN = ("week", "month", "event", "story", "nothing")
OWN, QUOTED = "own", "quoted"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The choices of one comparison."""

    by: str = "country"
    pairs: tuple[tuple[str, str], ...] = ()
    """Groups to compare; without, those that `choose_pairs` takes."""
    estimator: str = "probability"
    measure: str = "frames"
    voices: tuple[str, ...] = ()
    """Ids of the speakers whose sentences are meant; all if empty."""
    copies: str = "once"
    within: str = "week"

    def __post_init__(self) -> None:
        """Check that every choice is one there is.

        Raises:
            ConfigError: One is not.
        """
        for option, value, known in (
            ("--by", self.by, ATTRIBUTES),
            ("--estimator", self.estimator, ESTIMATORS),
            ("--of", self.measure, MEASURES),
            ("--copies", self.copies, COPIES),
            ("--within", self.within, WITHIN),
        ):
            if value not in known:
                near = get_close_matches(value, known, n=1, cutoff=0.8)
                hint = f"did you mean {near[0]}?" if near else f"choose from {', '.join(known)}"
                raise ConfigError(f"{option} {value!r} is not known", hint=hint)
        if self.measure == "voices" and not self.voices:
            raise ConfigError(
                "--of voices needs to know whose",
                hint="add --voice own, --voice quoted or --voice SPEAKER",
            )
        if self.by == "speaker" and self.voices:
            raise ConfigError(
                "--by speaker compares voices: it cannot be limited to some",
                hint="leave --voice out, or compare by something else",
            )


def name_voices(names: Sequence[str], codebook: Codebook) -> tuple[str, ...]:
    """Ids of the speakers meant by names: `own` is the outlet's own voice, `quoted` all others.

    Raises:
        CodebookError: The codebook has no such speaker.
        ConfigError: It has no voice of its own.
    """
    from framing.codebook import unknown_label

    found: list[str] = []
    for name in names:
        if name in (OWN, QUOTED):
            own = codebook.default_speaker
            if own is None:
                raise ConfigError("the codebook names no voice of the outlet (default_speaker)")
            found += [own] if name == OWN else [s for s in codebook.speaker_ids if s != own]
        elif name in codebook.speaker_ids:
            found.append(name)
        else:
            raise unknown_label("speaker", name, (OWN, QUOTED, *codebook.speaker_ids))
    return tuple(dict.fromkeys(found))
