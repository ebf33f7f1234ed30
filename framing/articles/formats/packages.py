"""Packages: the zip files that Office documents are, checked before anything opens them."""

from __future__ import annotations

import zipfile
from typing import BinaryIO

from framing.articles.formats.source import Source

_OLE = b"\xd0\xcf\x11\xe0"
# Beyond this a small file is a zip bomb, or no document to read at once; python-docx builds a tree
# some twenty times as large.
_MOST_UNPACKED = 1 << 26


def check_package(
    stream: BinaryIO, source: Source, *, kind: str, limit: int = _MOST_UNPACKED
) -> None:
    """Check that a stream is a whole zip file of bearable size, and go back to its start.

    Args:
        stream: The opened file.
        source: Where it is from.
        kind: What it should be, such as `a Word document (.docx)`.
        limit: Most bytes it may hold when unpacked.

    Raises:
        InputError: It is empty, encrypted, cut off, too large when unpacked, or something else.
    """
    begin = stream.read(4)
    stream.seek(0)
    if not begin:
        raise source.error("is empty", hint="export or copy it again")
    if begin == _OLE:
        raise source.error(
            f"is password-protected, or of an old format, not {kind}",
            hint="open it and save it without a password in the current format",
        )
    if not begin.startswith(b"PK"):
        raise source.error(f"is not {kind}", hint="check what kind of file it is")
    try:
        with zipfile.ZipFile(stream) as package:
            size = sum(member.file_size for member in package.infolist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise source.error(
            f"is cut off or damaged, not {kind} that can be opened", hint="copy or export it again"
        ) from error
    if size > limit:
        raise source.error(
            f"is {size / 1e6:,.0f} MB when unpacked; the limit is {limit / 1e6:,.0f} MB",
            hint="split it, or save it as JSON Lines or CSV",
        )
    stream.seek(0)
