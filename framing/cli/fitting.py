"""Fitting: tables as wide as the terminal, by leaving columns out, never by breaking a word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

_SHORTEST = 4
"""Cells a column of words keeps on the narrowest terminal."""


@dataclass(frozen=True)
class Column:
    """One column of a table."""

    heading: Text
    cells: Sequence[Text]
    words: bool = False
    """Words, which may wrap between them; else figures, which stand in one line or not at all."""
    brief: Column | None = None
    """What stands for it where the columns that must be there do not fit."""

    @property
    def widest(self) -> int:
        """Cells of its longest line."""
        return max(cell_len(line) for text in self._texts for line in text.plain.split("\n"))

    @property
    def longest_word(self) -> int:
        """Cells of its longest word."""
        words = [word for text in self._texts for word in text.plain.split()]
        return max(map(cell_len, words), default=0)

    @property
    def _texts(self) -> list[Text]:
        return [self.heading, *self.cells]


def fit_columns(columns: Sequence[Column], width: int, *, gap: int, keep: int) -> list[Column]:
    """Choose the columns that fit, the last ones being left out first.

    Args:
        columns: The columns.
        width: Cells there are.
        gap: Cells between two columns.
        keep: So many columns stay, the first ones, whatever they take.

    Returns:
        The first of the columns; in brief where those to keep do not fit otherwise.
    """
    for chosen in (list(columns), [column.brief or column for column in columns]):
        while len(chosen) > keep and not _fits(chosen, width, gap):
            chosen.pop()
        if _fits(chosen, width, gap):
            break
    return chosen


def lay_out(columns: Sequence[Column], width: int, *, gap: int) -> Table:
    """Make a table of columns that were chosen to fit; words too long for it end in an ellipsis."""
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, gap, 0, 0))
    for column, cells in zip(columns, _share_out(columns, width, gap), strict=True):
        table.add_column(
            column.heading,
            justify="left" if column.words else "right",
            overflow="ellipsis",
            no_wrap=not column.words,
            width=cells,
        )
    for row in zip(*(column.cells for column in columns), strict=True):
        table.add_row(*row)
    return table


def make_column(heading: str, cells: Sequence[str], *, words: bool = False) -> Column:
    """A column of plain text."""
    return Column(Text(heading), [Text(cell) for cell in cells], words)


def in_brief(column: Column, brief: Column) -> Column:
    """The same column, with what stands for it where there is little room."""
    return replace(column, brief=brief)


def _fits(columns: Sequence[Column], width: int, gap: int) -> bool:
    least = [min(c.longest_word, _widest_words(width)) if c.words else c.widest for c in columns]
    return sum(least) + gap * (len(columns) - 1) <= width


def _share_out(columns: Sequence[Column], width: int, gap: int) -> list[int]:
    """Cells of each column: figures as they are, words what is left, if need be in two lines."""
    room = width - gap * (len(columns) - 1) - sum(c.widest for c in columns if not c.words)
    cells = [column.widest for column in columns]
    words = [index for index, column in enumerate(columns) if column.words]
    for shortest in (lambda c: min(c.longest_word, _widest_words(width)), lambda _: _SHORTEST):
        for index in reversed(words):
            excess = sum(cells[k] for k in words) - room
            if excess > 0:
                least = min(cells[index], shortest(columns[index]))
                cells[index] = max(least, cells[index] - excess)
    return cells


def _widest_words(width: int) -> int:
    return max(_SHORTEST, width // 3)
