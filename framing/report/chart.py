"""One chart of a report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from framing.report.wording import count

if TYPE_CHECKING:
    from framing.report.markup import Markup

HOLLOW = "Hollow points: fewer stories than differences can be told from."


@dataclass(frozen=True)
class Chart:
    """One chart, with all that is needed to show, read out and download it."""

    id: str
    section: str
    title: str
    caption: str
    columns: tuple[str, ...]
    rows: list[list[Any]]
    table: Markup
    spec: Mapping[str, Any]
    axis: str | None = None
    """Column whose words stand at the left."""
    panels: int = 1
    """Panels it has: as many are put side by side as there is room for."""
    narrowest: int = 180
    """Pixels a panel needs."""
    unwritten: tuple[str, ...] = ()
    """Columns that only drawing needs."""
    more: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)
    """Other data it draws, by name."""
    aside: bool = False
    """Shown on demand."""

    @property
    def description(self) -> str:
        """What a screen reader says of it."""
        return (
            f"Chart: {self.title}. {self.caption} {count(len(self.rows), 'value')}, all of them "
            "in the table below."
        )
