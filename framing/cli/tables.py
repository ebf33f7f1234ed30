"""Scores on a terminal: bars for a few articles, a line each for many, a table by source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from framing.cli.terminal import make_printable
from framing.report.looks import COLOURS

if TYPE_CHECKING:
    from framing.codebook import Codebook

_BLOCKS_UP_TO = 6
_BAR_CELLS = 20
_CELL_WITH_INTERVAL = 13
_EIGHTHS = " ▏▎▍▌▋▊▉█"


def frame_colour(index: int) -> str:
    """The colour of the frame in a column, as near as terminals have it."""
    return COLOURS[index % len(COLOURS)]


def name_speakers(codebook: Codebook) -> dict[str, str]:
    """English display name of each speaker, by id."""
    return {speaker.id: speaker.names["en"] for speaker in codebook.speakers}


def indent_text(text: Text) -> Padding:
    """A text two cells in, also where it wraps."""
    return Padding(text, (0, 0, 0, 2), expand=False)


def print_scores(
    articles: Sequence[Mapping[str, Any]],
    count: int,
    sources: Sequence[Mapping[str, Any]],
    codebook: Codebook,
) -> None:
    """Print scored articles, then the same by source.

    Args:
        articles: Records of the articles to print; maybe not all.
        count: How many articles were scored.
        sources: Records of the groups.
        codebook: Gives frame names.
    """
    console = Console(highlight=False)
    if count <= _BLOCKS_UP_TO:
        for record in articles:
            _print_block(console, record, codebook)
    else:
        _print_articles(console, articles, count, codebook)
    for by in dict.fromkeys(source["level"] for source in sources):
        _print_sources(console, by, [s for s in sources if s["level"] == by], codebook)
    console.print(
        "Share: of all sentences, the mean probability of the frame, with its 95 % interval; "
        "shares may sum past 100 %. Mix: of framed sentences, adds up to 100 %. "
        "n: articles/sentences; a group of one article has no interval.",
        style="dim",
    )


def _print_block(console: Console, record: Mapping[str, Any], codebook: Codebook) -> None:
    console.print(Text(make_printable(record["group"]), style="bold"))
    console.print(indent_text(Text(make_printable(describe_source(record)))))
    names = [frame.names["en"] for frame in codebook.frames]
    width = max(map(len, names))
    console.print(f"  {'':{width}}  {'share':{_BAR_CELLS}}          95 %      mix", style="dim")
    for k, frame in enumerate(codebook.frame_ids):
        share, mix = record["shares"][frame], record["mix"][frame]
        interval = f"{share['low']:.0%}-{share['high']:.0%}".replace("%-", "-")
        line = Text(f"  {names[k]:{width}}  ")
        line.append(draw_bar(share["estimate"], console), style=frame_colour(k))
        line.append(f" {share['estimate']:>4.0%}  {interval:>8}  {mix:>5.0%}")
        if frame == record["dominant"]:
            line.append("  <", style="bold")
        console.print(line)
    names_of = name_speakers(codebook)
    speakers = ", ".join(f"{names_of[s]} {share:.0%}" for s, share in record["speakers"].items())
    if speakers:
        console.print(indent_text(Text(f"speakers: {speakers}")))
    for line in record.get("removed_lines", ()):
        shown = make_printable(line["text"])
        console.print(indent_text(Text(f"removed {line['rule']}: {shown}", style="dim")))
    console.print()


def describe_source(record: Mapping[str, Any]) -> str:
    """Outlet, agency, country, language, date and size of an article, in one line."""
    outlet = record["outlet"] if record["outlet"] != "unknown" else "outlet unknown"
    if record["agencies"]:
        outlet += f" via {', '.join(record['agencies'])}"
    quoted = [name for name in record["quoted_outlets"] if name not in record["agencies"]]
    if quoted:
        outlet += f", quoting {', '.join(quoted)}"
    facts = [
        outlet,
        record["country"] if record["country"] != "unknown" else "",
        record["language"],
        record["date"] or "no date",
        _count(record["units"], "sentence"),
        f"{_count(record['removed'], 'line')} removed" if record["removed"] else "",
    ]
    return " · ".join(fact for fact in facts if fact)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def draw_bar(share: float, console: Console) -> str:
    """A bar for a share in [0, 1], always of the same width."""
    if console.encoding.lower() not in ("utf-8", "utf8", "utf-16"):
        return ("#" * round(share * _BAR_CELLS)).ljust(_BAR_CELLS, ".")
    eighths = round(share * _BAR_CELLS * 8)
    full, part = divmod(eighths, 8)
    return ("█" * full + (_EIGHTHS[part] if part else "")).ljust(_BAR_CELLS)


def _print_articles(
    console: Console, articles: Sequence[Mapping[str, Any]], count: int, codebook: Codebook
) -> None:
    table = _frame_table("article", codebook, console)
    for record in articles:
        name = Text(make_printable(record["group"]))
        table.add_row(name, str(record["units"]), *_cells(record, codebook, False))
    console.print(table)
    if count > len(articles):
        console.print(
            f"... and {count - len(articles):,} more articles: write them all with -o FILE",
            style="dim",
        )
    for record in articles:
        for line in record.get("removed_lines", ()):
            shown = make_printable(f"{record['group']}: removed {line['rule']}: {line['text']}")
            console.print(
                Text(shown, style="dim"),
                no_wrap=True,
                overflow="ellipsis",
            )
    console.print()


def _print_sources(
    console: Console, by: str, sources: Sequence[Mapping[str, Any]], codebook: Codebook
) -> None:
    table = _frame_table(f"by {by}", codebook, console)
    names_of = name_speakers(codebook) if by == "speaker" else {}
    # Many frames leave no room for intervals: they stand in the file that -o writes.
    roomy = console.width >= 24 + _CELL_WITH_INTERVAL * len(codebook.frames)
    for record in sources:
        size = f"{record['articles']}/{record['units']}"
        name = Text(make_printable(names_of.get(record["group"], record["group"])))
        # One article's own interval is narrow for another reason: beside the others it misleads.
        table.add_row(name, size, *_cells(record, codebook, roomy and record["articles"] > 1))
    console.print(table)
    console.print()


def _frame_table(first: str, codebook: Codebook, console: Console) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1, 0, 0))
    widest = max(
        14, min(console.width // 3, console.width - 7 - _CELL_WITH_INTERVAL * len(codebook.frames))
    )
    room = max(5, (console.width - widest - 7) // len(codebook.frames) - 1)
    table.add_column(first, overflow="ellipsis", no_wrap=True, min_width=12, max_width=widest)
    table.add_column("n", justify="right", no_wrap=True, min_width=5)
    for k, frame in enumerate(codebook.frames):
        heading = Text(frame.short, style=frame_colour(k))
        table.add_column(
            heading, justify="right", no_wrap=True, max_width=room, overflow="ellipsis"
        )
    return table


def _cells(record: Mapping[str, Any], codebook: Codebook, interval: bool) -> list[Text]:
    cells = []
    for frame in codebook.frame_ids:
        share = record["shares"][frame]
        cell = Text(
            f"{100 * share['estimate']:.0f}%", style="bold" if frame == record["dominant"] else ""
        )
        if interval:
            low, high = (f"{100 * share[end]:.0f}" for end in ("low", "high"))
            cell.append(f" {low:>2}-{high:<3}", style="not bold dim")
        cells.append(cell)
    return cells
