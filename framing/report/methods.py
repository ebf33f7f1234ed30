"""The methods paragraphs of a report: what was done, and only that, ready for a paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from framing.articles.article import UNKNOWN
from framing.report.groups import name_languages
from framing.report.looks import list_comparisons, look_up_frames, name_attribute
from framing.report.references import (
    BELLA,
    BENJAMINI,
    COHEN,
    FORMAN,
    HAJEK,
    HAYES,
    HOLM,
    PPI,
    ROGAN,
)  # fmt: skip
from framing.report.wording import count, enumerate_words, format_decimals

if TYPE_CHECKING:
    from framing.comparison.result import Comparison
    from framing.report.data import ReportData

_ESTIMATORS = {
    "count": (
        "as the part of sentences that the model said carry it (classify and count; Forman 2008), "
        "which assumes that false alarms and misses balance in every group",
        (FORMAN,),
    ),
    "probability": (
        "as the mean probability over sentences (Bella et al. 2010), which assumes that "
        "probabilities are calibrated for the text of every group",
        (BELLA,),
    ),
    "adjusted": (
        "from counts corrected by the error rates that the model had on held-out text, by language "
        "(Rogan and Gladen 1978; Forman 2008), which assumes label shift: sentences with a frame, "
        "and without, look the same to the model in the held-out text and in this one",
        (ROGAN, FORMAN),
    ),
    "rectified": (
        "as the mean probability, rectified by a coded random sample of the same sentences "
        "(prediction-powered inference under a probability design; Angelopoulos et al. 2023; "
        "Särndal et al. 1992), which assumes nothing of the model, only that the codes are right "
        "and the sample was drawn as recorded",
        (PPI, HAJEK),
    ),
}
_COPIES = {
    "once": "copies of one story counted as one",
    "each": "every copy of a story counted",
    "without": "wire copy and copies of a story were left out",
}
_WITHIN = {
    "story": "within stories that both groups have",
    "event": "within events that both groups cover",
    "month": "within months in which both groups have articles",
    "week": "within weeks in which both groups have articles",
}


def write_methods(data: ReportData) -> list[str]:
    """Paragraphs, in plain text: the text, its coding, the estimates, what it was made with."""
    paragraphs = [
        _describe_text(data),
        _describe_coding(data),
        _describe_estimates(data),
        _describe_making(data),
    ]
    return [paragraph for paragraph in paragraphs if paragraph]


def list_references(data: ReportData) -> list[str]:
    """Works that the paragraphs cite, in order of the alphabet."""
    cited: set[str] = set(data.method.get("references", ()))
    cited.update(_ESTIMATORS.get(_find_estimator(data), ("", ()))[1])
    if _list_known(data.method.get("agreement")):
        cited.add(HAYES)
    if any(comparison["differences"] for comparison in data.comparisons.values()):
        cited.update((HOLM, BENJAMINI, COHEN))
    return sorted(cited)


def _describe_text(data: ReportData) -> str:
    articles = data.scored.articles
    outlets = {a.outlet for a in articles} - {UNKNOWN}
    countries = {a.country for a in articles} - {UNKNOWN}
    languages = name_languages(articles)
    days = sorted(a.date for a in articles if a.date)
    text = f"We analysed {count(len(articles), 'article')}"
    if outlets:
        text += f" of {count(len(outlets), 'outlet')}"
    if countries:
        text += f" from {count(len(countries), 'country', 'countries')}"
    if languages:
        text += f" ({'language' if len(languages) == 1 else 'languages'}: {', '.join(languages)})"
    if days:
        text += f", dated {days[0].isoformat()} to {days[-1].isoformat()}"
    stories = len(set(data.stories))
    text += f", which split into {count(len(data.scored), 'sentence')}, headlines included."
    if stories < len(articles):
        text += (
            f" By shared wording the articles are {count(stories, 'story', 'stories')}, copies of "
            "one story taken together."
        )
    if data.method.get("authored"):
        text += " The articles were written for a corpus and appeared in no outlet."
    return text


def _describe_coding(data: ReportData) -> str:
    method, codebook = data.method, data.scored.codebook
    looks = look_up_frames(codebook)
    text = (
        f"Each sentence was scored for {count(len(looks), 'frame')} "
        f"({enumerate_words([look.name for look in looks])}) of the codebook {codebook.name}, "
        f"version {codebook.version}; a sentence may carry several frames, or none."
    )
    if len(data.scored.speakers) and codebook.speakers:
        text += f" It was also attributed to one of {count(len(codebook.speakers), 'voice')}."
    if model := method.get("model"):
        text += f" We used the model {model}"
        text += f" ({encoder})" if (encoder := method.get("encoder")) else ""
        text += f" of framing {version}." if (version := method.get("framing_version")) else "."
    if method.get("coded_by_models"):
        text += " The codes it learned from were made by language models, not by people."
    elif coders := method.get("coders"):
        text += f" It learned from the codes of {count(len(coders), 'coder')}."
    names = {look.id: look.name for look in looks}
    if alphas := _list_known(method.get("agreement")):
        text += (
            " Agreement of the coders (Krippendorff's alpha; Hayes and Krippendorff 2007): "
            f"{_list_by_frame(alphas, names)}."
        )
    if scores := _list_known(method.get("f1")):
        on = f" on {where}" if (where := method.get("f1_on")) else ""
        text += f" F1 of the model{on}: {_list_by_frame(scores, names)}."
    return text


def _describe_estimates(data: ReportData) -> str:
    method = data.method
    text = ""
    if known := _ESTIMATORS.get(_find_estimator(data)):
        text = f"The share of a frame was estimated {known[0]}."
    if intervals := method.get("intervals"):
        text += f" Intervals (95 %): {intervals.rstrip('.')}."
    made = [(by, c) for by, c in list_comparisons(data.comparisons) if c["differences"]]
    if not made:
        return text
    tests = [f"{name_attribute(by)} ({_count_tests(comparison):,})" for by, comparison in made]
    text += (
        f" We compared groups by {enumerate_words(tests)}, tests in parentheses. p values are "
        "two-sided and corrected over all frames and pairs of a comparison, for the chance of any "
        "false positive (Holm 1979) and for the false discovery rate (Benjamini and Hochberg "
        "1995); the effect size is Cohen's h (Cohen 1988)."
    )
    if copies := _COPIES.get(method.get("copies", "")):
        text += f" In the main figures {copies}."
    checks = []
    if within := _WITHIN.get(method.get("within", "")):
        checks.append(within)
    if any(d["without_copies"] for _, c in made for d in c["differences"]):
        checks.append("without wire copy and copies")
    if checks:
        text += f" Differences were estimated again {' and '.join(checks)}."
    return text.strip()


def _describe_making(data: ReportData) -> str:
    method = data.method
    digests = [
        (f"model {method['model_digest']}" if method.get("model_digest") else ""),
        f"codebook {method.get('codebook_digest') or data.scored.codebook.digest}",
        (f"scores {method['scores_digest']}" if method.get("scores_digest") else ""),
    ]
    text = (
        "Digests (first 16 hexadecimal digits of SHA-256): "
        f"{', '.join(digest for digest in digests if digest)}."
    )
    if command := method.get("command"):
        text += f" Command: {command}"
    return text


def _find_estimator(data: ReportData) -> str:
    return data.method.get("estimator") or next(
        (comparison["estimator"] for comparison in data.comparisons.values()), ""
    )


def _count_tests(comparison: Comparison) -> int:
    return sum(d["p_value"] is not None for d in comparison["differences"])


def _list_known(values: Any) -> dict[str, float]:
    return {k: v for k, v in (values or {}).items() if v is not None}


def _list_by_frame(values: dict[str, float], names: dict[str, str]) -> str:
    return ", ".join(f"{names.get(k, k)} {format_decimals(v)}" for k, v in values.items())
