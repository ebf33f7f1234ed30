"""framing encoders: the pretrained encoders that are known, and what each resolves to here."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from framing.classifiers.encoders.listing import EncoderStatus


class EncodersFormat(StrEnum):
    """How the list is printed."""

    table = "table"
    json = "json"


def encoders(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Known names, or folders to check; all known if none.", metavar="NAME"),
    ] = None,
    format_: Annotated[
        EncodersFormat, typer.Option("--format", help="How to print.")
    ] = EncodersFormat.table,
) -> None:
    """List known encoders: what each resolves to here, licence, size, digest, what to install.

    Nothing is fetched. With the network, an encoder that is not in the hub's cache is fetched from
    the hub before a wheel is taken; HF_HUB_OFFLINE=1 keeps to what is listed.

    Example: framing encoders --format json
    """
    import json

    from framing.classifiers.encoders.listing import describe_encoder, list_encoders

    listed = [describe_encoder(name) for name in names] if names else list_encoders()
    if format_ is EncodersFormat.json:
        typer.echo(json.dumps([asdict(one) for one in listed], ensure_ascii=False, indent=2))
    else:
        _print_table(listed)


def _print_table(listed: list[EncoderStatus]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from framing.cli.terminal import make_printable

    console = Console(highlight=False)
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for heading in ("encoder", "here", "licence", "size"):
        table.add_column(heading, overflow="fold", justify="right" if heading == "size" else "left")
    for one in listed:
        size = "unknown" if one.bytes is None else f"{one.bytes / 1e6:,.0f} MB"
        here = Text(one.here, style="" if one.digest else "dim")
        table.add_row(Text(make_printable(one.name)), here, one.licence or "unknown", size)
    console.print(table)
    for one in listed:
        line = Text(make_printable(f"{one.name}: {_describe(one)}"), style="dim")
        console.print(line, soft_wrap=True)


def _describe(one: EncoderStatus) -> str:
    """Where it comes from and its digest, or what to do to have it."""
    if one.install:
        return one.install
    facts = [one.origin, one.folder or "written to the cache on first use", f"digest {one.digest}"]
    return ", ".join(filter(None, facts))
