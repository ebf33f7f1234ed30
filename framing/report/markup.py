"""HTML put together so that text can never become markup."""

from __future__ import annotations

import html
import re

_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


class Markup(str):
    """Text that is HTML already; anything else is escaped where it is put in."""

    __slots__ = ()


def escape(text: str) -> Markup:
    """Escape a text for HTML, also for the value of an attribute.

    Control characters, which HTML has no place for, are replaced.
    """
    if isinstance(text, Markup):
        return text
    return Markup(html.escape(_CONTROLS.sub("\ufffd", text)))


def join(*parts: str) -> Markup:
    """Put parts one after another."""
    return Markup("".join(map(escape, parts)))


def element(name: str, *children: str, **attributes: str | bool | None) -> Markup:
    """An element.

    Args:
        name: As in `td`.
        children: Text, which is escaped, or markup.
        attributes: `class_` is written `class` and `data_chart` is written `data-chart`; None and
            False are left out, True stands without a value.
    """
    written = "".join(
        f" {key.rstrip('_').replace('_', '-')}"
        + ("" if value is True else f'="{escape(str(value))}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    return Markup(f"<{name}{written}>{join(*children)}</{name}>")


def isolate(text: str) -> Markup:
    """Text of someone else, whose direction marks are to end with it."""
    return element("bdi", text)


def list_items(items: list[Markup], *, ordered: bool = False) -> Markup:
    """A list; nothing if there is no item."""
    if not items:
        return Markup("")
    return element("ol" if ordered else "ul", *(element("li", item) for item in items))
