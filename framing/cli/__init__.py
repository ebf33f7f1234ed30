"""The command line: parses, calls one function of the library, prints."""

from __future__ import annotations

import io
import os
import sys


def main() -> None:
    """Run the command line; bad input ends with one line on stderr and exit code 2."""
    from framing.cli.app import app
    from framing.cli.terminal import make_printable
    from framing.errors import FramingError

    _prepare_stdout()
    try:
        app()
    except FramingError as error:
        message = make_printable(f"framing: {error}")
        print(message, file=sys.stderr)  # noqa: T201 - the one place errors are told
        sys.exit(2)
    except BrokenPipeError:
        # The reader of our output (head, less) has gone: Python must not flush into it on exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except OSError as error:
        message = make_printable(f"framing: {error.strerror or error}; check the space left")
        print(message, file=sys.stderr)  # noqa: T201 - as above
        sys.exit(2)


def _prepare_stdout() -> None:
    """Write data as UTF-8 whatever the locale; show a terminal what it can show."""
    stream = sys.stdout
    if isinstance(stream, io.TextIOWrapper):
        if stream.isatty():
            stream.reconfigure(errors="replace")
        else:
            stream.reconfigure(encoding="utf-8", errors="replace")
