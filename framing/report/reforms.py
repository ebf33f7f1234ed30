"""The REFORMS checklist (Kapoor et al. 2024, table 1), filled from the run where that can be."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from framing.articles.article import UNKNOWN
from framing.report.looks import look_up_frames
from framing.report.wording import count, enumerate_words, format_decimals, format_percent

if TYPE_CHECKING:
    from framing.report.data import ReportData

TO_FILL = "To be filled by the author."
_MODULES = {
    "1": "Goals of the study", "2": "Computational reproducibility", "3": "Quality of data",
    "4": "Preprocessing", "5": "Modelling", "6": "Leakage", "7": "Metrics and uncertainty",
    "8": "Generality and limits",
}  # fmt: skip
# In words of our own: what each item asks for.
_ITEMS = {
    "1a": "What the claim is about: the population or distribution",
    "1b": "Why that population",
    "1c": "Why machine learning",
    "2a": "Data for training and evaluation, with a lasting link",
    "2b": "Code and its exact version, with a lasting link",
    "2c": "Machines used",
    "2d": "Instructions to get the results from data and code",
    "2e": "A script that makes all results again",
    "3a": "Where data and gold codes come from, and when",
    "3b": "What the data were sampled from",
    "3c": "Why the data suit the task",
    "3d": "What is predicted, its definition and distribution",
    "3e": "Sample size and how often each outcome occurs",
    "3f": "What is missing, by outcome",
    "3g": "Why the data represent the population of 1a",
    "4a": "What was excluded, and why",
    "4b": "What was done with corrupt or impossible cases",
    "4c": "Every step from raw data to model input",
    "5a": "Every model that was trained",
    "5b": "Why these kinds of model",
    "5c": "How models were evaluated: splits, folds",
    "5d": "How the final model was chosen",
    "5e": "How hyperparameters were tuned",
    "5f": "Why the baselines are the right ones",
    "6a": "That preprocessing and fitting used training data only",
    "6b": "Duplicates and dependence between training and test data",
    "6c": "That every input is legitimate for the task",
    "7a": "Metrics, and why they suit the task",
    "7b": "Uncertainty, and how it was computed",
    "7c": "Statistical tests, and their assumptions",
    "8a": "Evidence that findings hold elsewhere",
    "8b": "Where findings are not expected to hold",
}


class Item(NamedTuple):
    """One item of the checklist."""

    number: str
    asks: str
    answer: str | None
    """What the run tells of it; None is left to the author."""
    whole: bool
    """Whether the run tells all of it."""


def fill_checklist(data: ReportData) -> list[tuple[str, list[Item]]]:
    """Modules of the checklist with their items, in order."""
    answers = {number: answer for number, fill in _FILLED.items() if (answer := fill(data))}
    return [
        (
            f"{module}. {title}",
            [
                Item(number, asks, answers.get(number), number in _WHOLE)
                for number, asks in _ITEMS.items()
                if number.startswith(module)
            ],
        )
        for module, title in _MODULES.items()
    ]


def _tell_data(data: ReportData) -> str:
    files = data.method.get("files", [])
    if not files:
        return ""
    names = enumerate_words([f"{file['path']} ({file['digest']})" for file in files], most=6)
    return f"Scored text, with digests: {names}."


def _tell_code(data: ReportData) -> str:
    version = data.method.get("framing_version")
    return f"framing {version}." if version else ""


def _tell_command(data: ReportData) -> str:
    command = data.method.get("command")
    return f"This report: {command}" if command else ""


def _tell_coders(data: ReportData) -> str:
    coders = data.method.get("coders", [])
    if data.method.get("coded_by_models"):
        who = f" ({enumerate_words(coders)})" if coders else ""
        return f"Codes were made by language models{who}."
    return f"Codes were made by {count(len(coders), 'coder')}." if coders else ""


def _tell_outcome(data: ReportData) -> str:
    codebook = data.scored.codebook
    names = enumerate_words([look.name for look in look_up_frames(codebook)])
    return (
        f"Whether a sentence carries each of {names}, as codebook {codebook.name} "
        f"{codebook.version} defines them (digest {codebook.digest}). Several may hold, or none."
    )


def _tell_size(data: ReportData) -> str:
    looks = look_up_frames(data.scored.codebook)
    carried = data.scored.decisions.mean(axis=0)
    shares = ", ".join(
        f"{look.name} {format_percent(float(carried[k]))}" for k, look in enumerate(looks)
    )
    return (
        f"{count(len(data.scored.articles), 'article')}, {count(len(data.scored), 'sentence')}. "
        f"Said to carry: {shares}."
    )


def _tell_missing(data: ReportData) -> str:
    articles = data.scored.articles
    missing = {
        "date": sum(a.date is None for a in articles),
        "outlet": sum(a.outlet == UNKNOWN for a in articles),
        "country": sum(a.country == UNKNOWN for a in articles),
        "headline": sum(not a.headline for a in articles),
    }
    lacking = ", ".join(f"{fact} {number:,}" for fact, number in missing.items())
    return f"Articles whose fact is not known: {lacking}."


def _tell_model(data: ReportData) -> str:
    method = data.method
    parts = [
        method.get("model", ""),
        f"on {method['encoder']}" if method.get("encoder") else "",
        f"(digest {method['model_digest']})" if method.get("model_digest") else "",
    ]
    text = " ".join(part for part in parts if part)
    return f"{text}." if text else ""


def _tell_metrics(data: ReportData) -> str:
    names = {look.id: look.name for look in look_up_frames(data.scored.codebook)}
    parts = []
    for label, values in (("F1", data.method.get("f1")), ("alpha", data.method.get("agreement"))):
        known = {k: v for k, v in (values or {}).items() if v is not None}
        if known:
            listed = ", ".join(f"{names.get(k, k)} {format_decimals(v)}" for k, v in known.items())
            parts.append(f"{label} by frame: {listed}.")
    return " ".join(parts)


def _tell_intervals(data: ReportData) -> str:
    intervals = data.method.get("intervals")
    return f"95 % intervals: {intervals.rstrip('.')}." if intervals else ""


def _tell_tests(data: ReportData) -> str:
    if not any(comparison["differences"] for comparison in data.comparisons.values()):
        return ""
    return "Two-sided tests of each difference, corrected by Holm and by Benjamini and Hochberg."


def _tell_limits(data: ReportData) -> str:
    if not data.method.get("authored"):
        return ""
    return "The articles were written for a corpus: nothing is claimed of any real outlet."


_FILLED: dict[str, Callable[[ReportData], str]] = {
    "2a": _tell_data,
    "2b": _tell_code,
    "2e": _tell_command,
    "3a": _tell_coders,
    "3d": _tell_outcome,
    "3e": _tell_size,
    "3f": _tell_missing,
    "5a": _tell_model,
    "7a": _tell_metrics,
    "7b": _tell_intervals,
    "7c": _tell_tests,
    "8b": _tell_limits,
}
_WHOLE = ("3d", "3e")
"""Items of which the run tells all; of the others the author tells the rest."""
