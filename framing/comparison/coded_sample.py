"""The coded sample that rectifies shares: codes and chances joined with the scored units."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from framing.coding.codes import Code, Key, digest_text
from framing.coding.shares import find_chances, match_sample, require_one_sample
from framing.errors import InputError
from framing.prevalence.units import CodedUnits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from framing.coding.sampling import SampledUnit
    from framing.comparison.scored_text import ScoredText

_DRAW = "draw it from these scores: framing sample SCORES -n 400 -o sample.jsonl"


def join_sample(
    scored: ScoredText,
    codes: Sequence[Code],
    sample: Sequence[SampledUnit] | None,
    *,
    path: str | Path | None = None,
    cross_fitted: ScoredText | None = None,
) -> CodedUnits:
    """Join the codes of a random sample with the scored units it was drawn from.

    Args:
        scored: The scored units.
        codes: Codes of one coder, adjudicated ones as a rule.
        sample: What was drawn, with the chance of each unit; None where every scored unit is
            coded, which needs no chances.
        path: The file of codes, for messages.
        cross_fitted: Scores of the coded units by models that did not learn from them, where the
            sample also trained the model.

    Raises:
        InputError: Codes are of several coders; without a sample, not all units are coded; the
            sample is not of these scores; or a coded unit has another text, or no cross-fitted
            score.
    """
    places = _find_places(scored)
    if sample is None:
        pairs, chances = _take_census(scored, codes, places, path)
    else:
        require_one_sample(sample)
        _require_population(sample[0], scored)
        found = match_sample(sample, codes, path=path)
        chances = find_chances(sample, [unit for unit, _ in found])
        pairs = [code for _, code in found]
    rows = np.array([_find_place(code, places, scored, path) for code in pairs], dtype=np.intp)
    speakers = {name: k for k, name in enumerate(scored.codebook.speaker_ids)}
    frames = scored.codebook.frame_ids
    heard = np.array([speakers.get(code.speaker or "", -1) for code in pairs], dtype=np.intp)
    belongs = np.array([not code.furniture for code in pairs])
    return CodedUnits(
        rows=rows,
        weights=1 / chances,
        frames=np.array([[frame in code.frames for frame in frames] for code in pairs]),
        speakers=heard,
        belongs=belongs,
        probabilities=None if cross_fitted is None else _look_up(pairs, cross_fitted),
        # A sample coded without speakers cannot say anything of them.
        rectifies_speakers=bool((heard >= 0)[belongs].all()),
    )


def _require_population(drawn: SampledUnit, scored: ScoredText) -> None:
    """Refuse a sample of other text than the scored: it says nothing of what it left out."""
    of_articles = drawn.sampled == "article"
    there = len(np.unique(scored.owners)) if of_articles else len(scored)
    if drawn.population != there:
        what = "articles" if of_articles else "sentences"
        raise InputError(
            f"the sample was drawn out of {drawn.population:,} {what}, the scores hold {there:,}",
            hint="give the scores it was drawn from, all of them and no others",
        )


def _find_places(scored: ScoredText) -> dict[Key, int]:
    return {
        (scored.articles[owner].name, int(start), int(end)): row
        for row, (owner, (_, start, end)) in enumerate(
            zip(scored.owners, scored.spans, strict=True)
        )
    }


def _find_place(
    code: Code, places: dict[Key, int], scored: ScoredText, path: str | Path | None
) -> int:
    row = places.get(code.key)
    if row is None:
        raise InputError(
            f"{code.article}: the coded unit at {code.start}-{code.end} is not among the scored",
            path=path,
            row=code.row,
            hint=_DRAW,
        )
    if digest_text(scored.texts[row]) != code.sha1:
        raise InputError(
            f"{code.article}: text at {code.start}-{code.end} has changed since it was coded",
            path=path,
            row=code.row,
            hint="score the text that was coded, unchanged",
        )
    return row


def _take_census(
    scored: ScoredText, codes: Sequence[Code], places: dict[Key, int], path: str | Path | None
) -> tuple[list[Code], NDArray[np.float64]]:
    """Codes of every scored unit; each stands for itself."""
    coders = sorted({code.coder for code in codes})
    if len(coders) > 1:
        raise InputError(
            f"the codes are of several coders: {', '.join(coders)}", path=path, hint="choose one"
        )
    mine = [code for code in codes if code.key in places]
    if len(mine) < len(scored):
        raise InputError(
            f"{len(mine)} of {len(scored)} scored units are coded, and nothing says by what chance",
            path=path,
            hint="give the sample they were drawn as: --sample sample.jsonl (framing sample), or "
            "use --estimator probability",
        )
    return mine, np.ones(len(mine))


def _look_up(pairs: Sequence[Code], cross_fitted: ScoredText) -> NDArray[np.float64]:
    places = _find_places(cross_fitted)
    missing = next((code for code in pairs if code.key not in places), None)
    if missing is not None:
        raise InputError(
            f"{missing.article}: the unit at {missing.start}-{missing.end} has no cross-fitted "
            "score",
            hint="score all coded articles with models that did not learn from them",
        )
    return cross_fitted.probabilities[[places[code.key] for code in pairs]]
