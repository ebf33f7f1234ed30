"""framing evaluate: a model against codes somebody made."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from framing.cli.options import Model, ModelCodebook, Quiet, Talk, open_model


def evaluate(
    codes: Annotated[Path, typer.Argument(help="Standoff codes, JSON Lines.", metavar="CODES")],
    texts: Annotated[
        list[str], typer.Option("--texts", help="Where the coded articles are: file, folder, glob.")
    ],
    model: Model = "auto",
    codebook: ModelCodebook = None,
    coder: Annotated[str, typer.Option("--coder", help="Whose codes to compare with.")] = "gold",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Also write the figures as JSON.")
    ] = None,
    error_rates: Annotated[
        Path | None,
        typer.Option(
            "--error-rates",
            help="Also write the model's error rates on these codes as JSON, for framing compare.",
        ),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Compare a model with codes: per frame, macro-F1 and speaker, with intervals by article.

    Whole articles are scored, as `framing score` does, and compared where
    they are coded: a sample of their sentences will do.

    Example: framing evaluate codes.jsonl --texts articles/
    """
    from framing.articles.reading import ReadOptions, read_articles
    from framing.cli.train import print_metrics
    from framing.dataset import load_dataset
    from framing.evaluation import evaluate_scores, score_coded
    from framing.files import refuse_overwriting, write_json
    from framing.prevalence.error_rates import measure_error_rates, write_error_rates

    refuse_overwriting(output, [codes, *texts])
    refuse_overwriting(error_rates, [codes, *texts])
    loaded = open_model(model, codebook)
    articles = read_articles(texts, ReadOptions(strict=True))
    dataset = load_dataset(articles, codes, loaded.codebook, coder=coder)
    scores, recut = score_coded(loaded, dataset)
    if recut:
        Talk(quiet=quiet).say(
            f"{codes}: {recut:,} of {len(dataset):,} coded spans are no units as articles are cut "
            "today: scored as coded, in place of what they overlap"
        )
    metrics = evaluate_scores(scores, dataset)
    if output:
        write_json(output, metrics)
    if error_rates:
        rates = measure_error_rates(scores, dataset, text=f"articles coded in {codes.name}")
        write_error_rates(error_rates, rates)
    print_metrics(metrics, codes.name)
