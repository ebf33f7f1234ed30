"""framing codebook: the coding rules, to read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def codebook(
    path: Annotated[
        Path | None, typer.Argument(help="A codebook file; the shipped one if not given.")
    ] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown.")] = False,
) -> None:
    """Print the codebook: frames, rules, speakers, and the digest models carry.

    Example: framing codebook --markdown > codebook.md
    """
    from framing.codebook import Codebook
    from framing.markdown import render_codebook

    text = render_codebook(Codebook.load(path))
    if markdown:
        typer.echo(text, nl=False)
        return
    from rich.console import Console
    from rich.markdown import Markdown

    Console().print(Markdown(text))
