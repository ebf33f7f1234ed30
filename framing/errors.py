"""Errors: one base class; each message says what is wrong, where, and what to try."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class FramingError(Exception):
    """Base of every error this package raises on purpose.

    Args:
        problem: What is wrong, in one line.
        path: The file or folder it is wrong in.
        row: Row or line in that file, counted from 1.
        hint: What to try.
    """

    def __init__(
        self,
        problem: str,
        *,
        path: str | Path | None = None,
        row: int | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(problem)
        self.problem = problem
        self.path = None if path is None else str(path)
        self.row = row
        self.hint = hint

    def __str__(self) -> str:
        where = self.path or ""
        if self.row is not None:
            where = f"{where}, row {self.row}" if where else f"row {self.row}"
        message = f"{where}: {self.problem}" if where else self.problem
        return f"{message}; {self.hint}" if self.hint else message


class InputError(FramingError):
    """A file, a row or a text that cannot be used."""


class CodebookError(FramingError):
    """A codebook that is not valid, or not the one a model or file was made with."""


class ConfigError(FramingError):
    """An experiment config or an option that is not valid."""


class ModelError(FramingError):
    """A model folder that cannot be loaded."""


class OutputError(FramingError):
    """A result that cannot be written."""


@contextmanager
def locate_errors(path: str | Path | None, row: int | None = None) -> Iterator[None]:
    """Say where the errors raised inside are, unless they say it themselves."""
    try:
        yield
    except FramingError as error:
        raise type(error)(
            error.problem,
            path=path if error.path is None else error.path,
            row=row if error.row is None else error.row,
            hint=error.hint,
        ) from None
