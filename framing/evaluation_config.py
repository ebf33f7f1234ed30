"""On what a run is tested: the `evaluation` section of a config, as a frozen dataclass."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from framing.config_values import Choice, Day, Range, Several, check_section
from framing.errors import ConfigError

NOTHING = ""
PERIOD = "period"
AS_WRITTEN, MASKED, WITHOUT_TRIGGERS = "as_written", "masked", "without_triggers"
_Share = Annotated[float, Range(0.001, 1)]
_Seed = Annotated[int, Range(0, 2**31)]
_Text = Annotated[str, Choice((AS_WRITTEN, MASKED, WITHOUT_TRIGGERS))]


@dataclass(frozen=True, kw_only=True)
class EvaluationConfig:
    """What `framing run` leaves out of training, and on which texts it tests."""

    hold_out: Annotated[str, Choice((NOTHING, "language", "country", "kind", PERIOD))] = NOTHING
    """Nothing but the split's test part; or each `language`, `country` or `kind` of outlet in turn,
    which is then in no training or dev article and alone in the test; or the later `period`."""
    after: Annotated[str, Day()] = ""
    """First day of the later period, YYYY-MM-DD."""
    train_shares: list[_Share] = field(default_factory=list)
    """Learning curve: shares of the training stories that are learnt from, each a run of its own;
    a smaller share is part of every larger one."""
    texts: Several[_Text] = field(default_factory=lambda: [AS_WRITTEN])
    """What is scored: test units `as_written`; with names of countries, people and firms `masked`;
    those `without_triggers`, the words that give a frame away in the training text."""
    seeds: list[_Seed] = field(default_factory=list)
    """Each is a run of its own, in place of the config's one seed."""
    worst: Annotated[int, Range(0, 10_000)] = 20
    """Sentences of the error list."""
    show_text: bool = False
    """Put their text into the error list: for text that may be passed on."""

    def __post_init__(self) -> None:
        """Check choices and numbers.

        Raises:
            ConfigError: One is unknown, out of range, or does not fit another.
        """
        check_section(self, "evaluation.")
        if (self.hold_out == PERIOD) != bool(self.after):
            raise ConfigError(
                "evaluation.after and evaluation.hold_out: period go together",
                hint="give the later period's first day, as in after: 2019-09-01",
            )
        if self.hold_out and self.train_shares:
            raise ConfigError(
                "evaluation.train_shares stands beside evaluation.hold_out", hint="make two configs"
            )
        if self.texts[0] != AS_WRITTEN:
            raise ConfigError(
                "evaluation.texts does not begin with as_written", hint="put it first"
            )
        for name in ("train_shares", "texts", "seeds"):
            values = getattr(self, name)
            if len(set(values)) < len(values):
                raise ConfigError(f"evaluation.{name} holds one value twice", hint="leave it out")
