"""Scores and differences as JSON that a page can hold: columns, short codes, few digits."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from framing.report.findings import read_differences
from framing.report.groups import label_groups, name_facts
from framing.report.looks import look_up_frames, name_attribute, name_speakers
from framing.report.markup import Markup, element
from framing.surrogates import replace_halves

if TYPE_CHECKING:
    from framing.comparison.result import Comparison, Difference, Test
    from framing.comparison.scored_text import ScoredText
    from framing.report.data import ReportData

_ESCAPES = {
    "<": "\\u003c",
    ">": "\\u003e",
    "&": "\\u0026",
    "\u2028": "\\u2028",
    "\u2029": "\\u2029",
}
_DIGITS = 4
_FACTS = ("outlet", "country", "kind", "language")


def embed_json(identifier: str, value: Any) -> Markup:
    """A script element that is data: nothing in it can end it, or start another."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    text = replace_halves(text.translate({ord(sign): code for sign, code in _ESCAPES.items()}))
    return element("script", Markup(text), type="application/json", id=identifier)


def pack_scores(data: ReportData) -> dict[str, Any]:
    """Articles and sentences as columns.

    Returns:
        `frames` and `speakers` (how to show them), `words` (names by number) and
        `shown` (how these are shown), `articles`: a column
        for each fact, names as numbers into `words`, `sentences` as their count; and `sentences`:
        `text`, `unit`, `frames` (bit k is set for a sentence that carries frame k), `speaker` (-1
        is none) and `probabilities` in percent, all frames of a sentence one after another.
    """
    scored = data.scored
    names = name_speakers(scored.codebook)
    words: dict[str, list[str]] = {}
    articles: dict[str, list[Any]] = {
        "name": [article.name for article in scored.articles],
        "headline": [article.headline for article in scored.articles],
        "date": [article.date.isoformat() if article.date else "" for article in scored.articles],
        "story": list(data.stories),
        "sentences": np.diff(scored.bounds).tolist(),
    }
    for fact in _FACTS:
        values = [getattr(article, fact) for article in scored.articles]
        words[fact] = sorted(set(values))
        articles[fact] = _number(values, words[fact])
    words["agency"] = sorted({name for article in scored.articles for name in article.agencies})
    articles["agencies"] = [_number(a.agencies, words["agency"]) for a in scored.articles]
    return {
        "frames": [
            {"id": x.id, "name": x.name, "short": x.short, "key": x.key, "colour": x.colour,
             "ink": x.ink}
            for x in look_up_frames(scored.codebook)
        ],
        "speakers": [{"id": key, "name": name} for key, name in names.items()],
        "default_speaker": scored.codebook.default_speaker,
        "words": words,
        "shown": {fact: name_facts(fact, words[fact]) for fact in _FACTS},
        "articles": articles,
        "sentences": _pack_sentences(scored),
    }  # fmt: skip


def _pack_sentences(scored: ScoredText) -> dict[str, list[Any]]:
    n_frames = scored.decisions.shape[1]
    # Python numbers: codebooks of 64 frames and more are no matter.
    bits = [1 << k for k in range(n_frames)]
    return {
        "text": list(scored.texts),
        "unit": scored.spans[:, 0].tolist(),
        "frames": [
            sum(bit for bit, carried in zip(bits, row, strict=True) if carried)
            for row in scored.decisions.tolist()
        ],
        "speaker": scored.speakers.tolist() if len(scored.speakers) else [-1] * len(scored),
        "probabilities": np.rint(scored.probabilities * 100).astype(int).ravel().tolist(),
    }


def _number(values: Iterable[str], words: list[str]) -> list[int]:
    places = {word: k for k, word in enumerate(words)}
    return [places[value] for value in values]


def pack_differences(comparisons: Mapping[str, Comparison], frames: tuple[str, ...]) -> list[Any]:
    """Every comparison that has differences, for the table of differences.

    Returns:
        For each `by`, `name`, `labels` of groups, `warnings` and `rows`: frame, first and second
        group (numbers into `labels`), their shares, difference, low, high, p, Holm, BH, effect,
        without copies (difference, low, high, p) or null, within events (the same and the events)
        or null, warnings (numbers into `warnings`), and how far it can be read.
    """
    packed = []
    for by, comparison in comparisons.items():
        if not comparison["differences"]:
            continue
        labels = label_groups(comparison)
        warnings = list(dict.fromkeys(w for d in comparison["differences"] for w in d["warnings"]))
        places = {group: k for k, group in enumerate(labels)}
        packed.append(
            {
                "by": by,
                "name": name_attribute(by),
                "labels": list(labels.values()),
                "warnings": warnings,
                "within": comparison["within"],
                "rows": [
                    _pack_difference(d, frames, places, warnings, reading)
                    for d, reading in zip(
                        comparison["differences"], read_differences(comparison), strict=True
                    )
                ],
            }
        )
    return packed


def _pack_difference(
    d: Difference,
    frames: tuple[str, ...],
    places: Mapping[str, int],
    warnings: list[str],
    reading: str,
) -> list[Any]:
    paired = d["within_events"]
    return [
        frames.index(d["frame"]), places[d["first"]], places[d["second"]],
        *_round(d["first_share"], d["second_share"], d["difference"], d["low"], d["high"],
                d["p_value"], d["p_holm"], d["p_bh"], d["effect"]),
        _pack_test(d["without_copies"]),
        [*(_pack_test(paired) or ()), paired["events"]] if paired else None,
        [warnings.index(warning) for warning in d["warnings"]],
        reading,
    ]  # fmt: skip


def _pack_test(test: Test | None) -> list[float | None] | None:
    return _round(test["difference"], test["low"], test["high"], test["p_value"]) if test else None


def _round(*values: float | None) -> list[float | None]:
    """Four decimals, and for what is less than that, as a small p, four digits."""
    return [
        None if v is None else round(v, _DIGITS) if abs(v) >= 0.001 else float(f"{v:.3g}")
        for v in values
    ]
