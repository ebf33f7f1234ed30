"""framing outlets: the outlets that articles are attributed to."""

from __future__ import annotations

from typing import Annotated

import typer


def outlets(
    query: Annotated[
        list[str] | None, typer.Argument(help="Part of a name, alias, domain, country or kind.")
    ] = None,
) -> None:
    """List known outlets: name, country, kind, languages and domains.

    Example: framing outlets 조선
    """
    from rich.console import Console
    from rich.table import Table

    from framing.articles.outlets import OutletList
    from framing.errors import InputError

    wanted = " ".join(query or ())
    found = OutletList.load().search(wanted)
    if not found.matched:
        near = ", ".join(outlet.name for outlet in found.outlets)
        hint = f"near: {near}" if near else "try part of a name, or a country code"
        raise InputError(f"no outlet matches {wanted!r}", hint=hint)
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for heading in ("outlet", "country", "kind", "languages", "domains"):
        table.add_column(heading, overflow="fold", no_wrap=heading in ("country", "kind"))
    for outlet in found.outlets:
        table.add_row(
            outlet.name,
            outlet.country,
            outlet.kind,
            " ".join(outlet.languages),
            " ".join(outlet.domains[:1]),
        )
    Console().print(table)
