"""framing show: an article sentence by sentence, as a researcher checks it by eye."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from framing.cli.options import Columns, Language, Model, Outlet, Talk, parse_columns

if TYPE_CHECKING:
    from rich.console import Console

    from framing.classifiers.base import FrameModel
    from framing.scoring import ArticleScore


def show(
    paths: Annotated[
        list[str],
        typer.Argument(help="Files, folders or globs; - is standard input.", metavar="PATH..."),
    ],
    model: Model = "baseline",
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
    from framing.models import load_model
    from framing.scoring import score_articles

    talk = Talk()
    loaded = load_model(model)
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


def _print_article(console: Console, scored: ArticleScore, model: FrameModel, *, why: bool) -> None:
    from rich.padding import Padding
    from rich.text import Text

    from framing.cli.tables import describe_source, frame_colour
    from framing.results import article_record, label_records

    codebook = scored.codebook
    console.print(Text(scored.article.name, style="bold"))
    console.print(Text(describe_source(article_record(scored))))
    legend = Text("  ")
    for k, frame in enumerate(codebook.frames):
        legend.append(f"■ {frame.short}  ", style=frame_colour(k))
    console.print(legend)
    console.print()
    names_of = {speaker.id: speaker.names["en"] for speaker in codebook.speakers}
    labels = label_records(scored.scores, codebook)
    texts = scored.prepared.texts
    for unit, label in zip(scored.prepared.units, labels, strict=True):
        carried = [k for k, frame in enumerate(codebook.frame_ids) if frame in label["frames"]]
        style = frame_colour(carried[0]) if carried else "dim"
        head = Text(f"{unit.index:>3} ", style="dim")
        console.print(head + Text(" ".join(unit.text.split()), style=style))
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
        console.print(Padding(tags, (0, 0, 0, 4)))
        if why:
            _print_reasons(console, model, texts, unit.index, carried)
    console.print()


def _print_reasons(
    console: Console, model: FrameModel, texts: list[str], index: int, carried: list[int]
) -> None:
    from rich.padding import Padding
    from rich.text import Text

    for k in carried:
        frame = model.codebook.frames[k]
        evidence = model.explain_unit(texts, index, frame.id)
        words = ", ".join(f"{item.text} {item.weight:+.2f}" for item in evidence)
        console.print(Padding(Text(f"{frame.short}: {words}", style="dim"), (0, 0, 0, 6)))
