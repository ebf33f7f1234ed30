"""A comparison on a terminal: shares by group, differences of pairs, and what to mind."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from framing.cli.tables import frame_colour
from framing.cli.terminal import make_printable
from framing.comparison.tables import format_difference, format_p_value, format_share

if TYPE_CHECKING:
    from framing.codebook import Codebook
    from framing.comparison.result import Comparison, Difference, Share

_ROOMY = 100
"""Columns of a terminal from which all ways of testing have room."""
_SURE = 0.05


def print_comparison(comparison: Comparison, codebook: Codebook) -> None:
    """Print a comparison for reading.

    Args:
        comparison: The comparison.
        codebook: Gives frame names.
    """
    console = Console(highlight=False)
    console.print(Text(_describe_question(comparison, codebook), style="bold"))
    console.print(_tabulate_shares(comparison, codebook, console))
    console.print()
    pairs = groupby(comparison["differences"], lambda one: (one["first"], one["second"]))
    for (first, second), differences in pairs:
        of_pair = list(differences)
        title = f"{_label(comparison, first)} less {_label(comparison, second)}"
        console.print(Text(make_printable(title), style="bold"))
        console.print(_tabulate_differences(of_pair, codebook, console))
        for warning in dict.fromkeys(text for one in of_pair for text in one["warnings"]):
            console.print(Text(f"! {make_printable(warning)}", style="yellow"))
        console.print()
    _print_notes(console, comparison)


def _describe_question(comparison: Comparison, codebook: Codebook) -> str:
    names = {speaker.id: speaker.names["en"] for speaker in codebook.speakers}
    voices = ", ".join(names[voice] for voice in comparison["voices"])
    if comparison["measure"] == "voices":
        return f"Of each frame's sentences, % in the voice of: {voices}"
    limited = f" in the voice of: {voices}" if voices else ""
    return f"% of sentences{limited} that carry a frame, by {comparison['by']}"


def _label(comparison: Comparison, name: str) -> str:
    labels = {group["group"]: group["label"] for group in comparison["groups"]}
    return labels.get(name, "all others" if name.startswith("(") else name)


def _tabulate_shares(comparison: Comparison, codebook: Codebook, console: Console) -> Table:
    """Shares by group, as fully as the terminal has room for."""
    unbounded = console.options.update(max_width=10 * console.width)
    for say in (format_share, _format_closely, _format_alone):
        table = _lay_out_shares(comparison, codebook, console, say)
        if console.measure(table, options=unbounded).maximum <= console.width:
            break
    return table


def _lay_out_shares(
    comparison: Comparison,
    codebook: Codebook,
    console: Console,
    say: Callable[[Share], str],
) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1, 0, 0))
    room = 16 * len(codebook.frames) + 10
    table.add_column("", overflow="ellipsis", no_wrap=True, max_width=max(12, console.width - room))
    table.add_column("stories", justify="right", no_wrap=True)
    for k, frame in enumerate(codebook.frames):
        table.add_column(Text(frame.short, style=frame_colour(k)), justify="right", no_wrap=True)
    for group in comparison["groups"]:
        cells = [say(group["shares"][frame]) for frame in codebook.frame_ids]
        few = "*" if group["few"] else ""
        table.add_row(make_printable(group["label"]), f"{group['stories']}{few}", *cells)
    return table


def _format_closely(share: Share) -> str:
    return format_share(share).replace(" to ", "-")


def _format_alone(share: Share) -> str:
    return format_share(share).partition(" (")[0]


def _tabulate_differences(
    differences: list[Difference], codebook: Codebook, console: Console
) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 1, 0, 0))
    roomy = console.width >= _ROOMY
    heads = ["points (95 %)", "p", "Holm", *(["BH"] if roomy else []), "h"]
    copies = any(one["without_copies"] for one in differences)
    events = any(one["within_events"] for one in differences)
    heads += [*(["no copies"] if copies else []), *(["same events"] if events else [])]
    table.add_column("", no_wrap=True)
    for head in heads:
        table.add_column(head, justify="right", no_wrap=True)
    for one in differences:
        k = codebook.frame_ids.index(one["frame"])
        effect = "-" if one["effect"] is None else f"{one['effect']:+.2f}"
        cells = [format_difference(one), format_p_value(one["p_value"])]
        cells += [format_p_value(one["p_holm"])]
        cells += [format_p_value(one["p_bh"])] if roomy else []
        cells += [effect]
        cells += [_shorten(format_difference(one["without_copies"]), roomy)] if copies else []
        cells += [_shorten(format_difference(one["within_events"]), roomy)] if events else []
        sure = one["p_holm"] is not None and one["p_holm"] < _SURE
        name = Text(codebook.frames[k].short, style=frame_colour(k))
        table.add_row(name, *cells, style="bold" if sure else "")
    return table


def _shorten(text: str, roomy: bool) -> str:
    """The difference alone where its interval has no room."""
    return text if roomy else text.partition(" (")[0]


def _print_notes(console: Console, comparison: Comparison) -> None:
    notes = list(comparison["notes"])
    if any(group["few"] for group in comparison["groups"]):
        notes.append("* few stories: intervals are rough.")
    events = sorted(
        {
            one["within_events"]["events"]
            for one in comparison["differences"]
            if one["within_events"]
        }
    )
    if events:
        fewest = f"{events[0]} to " if len(events) > 1 else ""
        named = _name_events(comparison["within"], events[-1])
        notes.append(f"Same events: within the {fewest}{named} that both cover.")
    if comparison["differences"]:
        notes.append("Bold: p below .05 after Holm's correction over all frames and pairs.")
    for note in notes:
        console.print(Text(make_printable(note), style="dim"))


def _name_events(within: str, count: int) -> str:
    plural = {"story": "stories"}.get(within, f"{within}s")
    return f"{count} {within if count == 1 else plural}"
