"""framing show: an article sentence by sentence, as a researcher checks it by eye."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from framing.cli.options import (
    Columns,
    Language,
    Model,
    ModelCodebook,
    Outlet,
    Talk,
    open_model,
    parse_columns,
    require_language,
)

if TYPE_CHECKING:
    from rich.console import Console

    from framing.classifiers.base import FrameModel
    from framing.scoring import ArticleScore


def show(
    paths: Annotated[
        list[str],
        typer.Argument(help="Files, folders or globs; - is standard input.", metavar="PATH..."),
    ],
    model: Model = "auto",
    codebook: ModelCodebook = None,
    why: Annotated[
        bool, typer.Option("--why", help="Add the words that carried each decision.")
    ] = False,
    language: Language = None,
    outlet: Outlet = None,
    columns: Columns = None,
) -> None:
    """Show an article sentence by sentence: frames in colour with probability, and speaker.

    Example: framing show article.txt --why
    """
    from rich.console import Console

    from framing.articles.reading import ReadOptions, read_articles
    from framing.errors import InputError
    from framing.scoring import score_articles

    talk = Talk()
    loaded = open_model(model, codebook)
    require_language(language, loaded)
    options = ReadOptions(language=language, outlet=outlet, columns=parse_columns(columns))
    console = Console(highlight=False)
    count = 0
    articles = read_articles(paths, options, on_reject=talk.reject)
    for scored in score_articles(articles, loaded, on_reject=talk.reject, batch=1):
        _print_article(console, scored, loaded, why=why)
        count += 1
    if not count:
        raise InputError(
            "nothing to show", hint="each input and why it was skipped is listed above"
        )
    if why:
        console.print(f"why: {loaded.explanation}", style="dim", markup=False)


def _print_article(console: Console, scored: ArticleScore, model: FrameModel, *, why: bool) -> None:
    from rich.table import Table
    from rich.text import Text

    from framing.cli.tables import describe_source, frame_colour, indent_text, name_speakers
    from framing.cli.terminal import make_printable
    from framing.results import article_record, label_records

    codebook = scored.codebook
    console.print(Text(make_printable(scored.article.name), style="bold"))
    console.print(indent_text(Text(make_printable(describe_source(article_record(scored))))))
    legend = Text("  ")
    for k, frame in enumerate(codebook.frames):
        legend.append(f"■ {frame.short}  ", style=frame_colour(k))
    console.print(legend)
    console.print()
    names_of = name_speakers(codebook)
    labels = label_records(scored.scores, codebook)
    texts = scored.prepared.texts
    for unit, label in zip(scored.prepared.units, labels, strict=True):
        carried = [k for k, frame in enumerate(codebook.frame_ids) if frame in label["frames"]]
        style = frame_colour(carried[0]) if carried else "dim"
        tags = Text()
        for k in carried:
            probability = label["probabilities"][codebook.frame_ids[k]]
            tags.append(
                f"{codebook.frames[k].short} {probability:.2f}  ", style=f"bold {frame_colour(k)}"
            )
        if not carried:
            tags.append("no frame  ", style="dim")
        if label["speaker"]:
            tags.append(f"speaker: {names_of[label['speaker']]}", style="dim")
        # A grid hangs the text beside its number, also where a line has no space to break at.
        grid = Table.grid(padding=(0, 1))
        grid.add_column(justify="right", width=3)
        grid.add_column(overflow="fold")
        grid.add_row(
            Text(str(unit.index), style="dim"), Text(make_printable(unit.text), style=style)
        )
        grid.add_row("", tags)
        for reason in _list_reasons(model, texts, unit.index, carried) if why else ():
            grid.add_row("", Text(f"  {make_printable(reason)}", style="dim"))
        console.print(grid)
    console.print()


def _list_reasons(model: FrameModel, texts: list[str], index: int, carried: list[int]) -> list[str]:
    reasons = []
    for k in carried:
        frame = model.codebook.frames[k]
        evidence = model.explain_unit(texts, index, frame.id)
        words = [f"{item.text} {item.weight:+.2f}" for item in evidence if abs(item.weight) >= 0.05]
        reasons.append(f"{frame.short}: {', '.join(words) or 'no word by itself'}")
    return reasons
