"""Tables of the transformer's results page, from the files that hold the figures."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from framing.evaluation import Interval, format_interval
from framing.markdown import render_table

PARTS = {
    "test": "authored test",
    "test_masked": "authored test, names masked",
    "test_without_triggers": "authored test, units without trigger words",
    "real": "real articles",
    "real_masked": "real articles, names masked",
}


def format_number(value: float | None, digits: int = 3) -> str:
    """A number, or a dash for what is not there."""
    return "-" if value is None else f"{value:.{digits}f}"


def format_p(value: float | None) -> str:
    """A p value; what is below a thousandth is said to be."""
    return "< 0.001" if value is not None and value < 0.001 else format_number(value)


def tabulate_parts(result: Mapping[str, Any]) -> str:
    """Both models on every text, from `shipped.json`."""
    heads = [
        "text", "units", "transformer: macro-F1 (95 %)", "baseline", "difference (95 %)", "p",
        "speaker: transformer", "baseline", "difference (95 %)",
    ]  # fmt: skip
    rows = []
    for name, part in result["parts"].items():
        rows.append(_compare_row(PARTS[name], part))
        rows += [_compare_row(f"… {lang}", of) for lang, of in part.get("by_language", {}).items()]
    return render_table(heads, rows)


def describe_shipped(result: dict[str, Any]) -> str:
    """The transformer beside the baseline, from `shipped.json`."""
    test = result["parts"]["test"]
    frames = [
        [
            f"`{frame}`",
            str(of["units"]),
            format_interval(of["f1"]),
            format_interval(test["baseline"]["frames"][frame]["f1"]),
            format_interval(test["difference"]["frames"][frame]["difference"]),
            format_p(test["difference"]["frames"][frame]["p_value"]),
            f"{of['brier']:.3f}",
            f"{test['baseline']['frames'][frame]['brier']:.3f}",
        ]
        for frame, of in test["transformer"]["frames"].items()
    ]
    frame_heads = [
        "frame", "units", "transformer: F1 (95 %)", "baseline", "difference (95 %)", "p",
        "Brier: transformer", "baseline",
    ]  # fmt: skip
    return "\n\n".join(
        (
            "Difference: transformer less baseline, on the same units. Intervals and p values are "
            "over articles; p is not corrected for the number of rows. The shipped baseline learns "
            f"from {result['models']['baseline']['learnt_from']}; the transformer from "
            f"{result['models']['transformer']['learnt_from']}.",
            tabulate_parts(result),
            "On the authored test text, frame by frame:",
            render_table(frame_heads, frames),
            *_describe_masking(result["parts"]),
            *_describe_sentences(result["parts"]),
            *_describe_members(result["members"]),
            _describe_sizes(result["models"]),
        )
    )


def _compare_row(name: str, part: Mapping[str, Any]) -> list[str]:
    models, difference = (part["transformer"], part["baseline"]), part["difference"]
    speakers = [of["speaker"] and of["speaker"]["accuracy"] for of in models]
    voice = difference["speaker"]
    return [
        name,
        str(models[0]["units"]),
        *(format_interval(of["macro_f1"]) for of in models),
        format_interval(difference["macro_f1"]["difference"]),
        format_p(difference["macro_f1"]["p_value"]),
        *(format_number(of and of["estimate"]) for of in speakers),
        format_interval(voice["difference"]) if voice else "-",
    ]


def _describe_masking(parts: Mapping[str, Any]) -> list[str]:
    lines = []
    for name, part in parts.items():
        if "change" in part:
            changes = ", ".join(
                f"{model} {format_interval(of['macro_f1']['difference'])}"
                for model, of in part["change"].items()
            )
            title, share = PARTS[name].split(",")[0], part["coverage"]["share"]
            lines.append(
                f"- {title}: {share:.0%} of the units changed; change of macro-F1: {changes}"
            )
    return ["What masking names does to each model:\n\n" + "\n".join(lines)] if lines else []


def _describe_sentences(parts: Mapping[str, Any]) -> list[str]:
    if "real" not in parts:
        return ["The real articles were not scored."]
    figures = ", ".join(
        f"{model} {format_interval(of)}"
        for model, of in parts["real"]["macro_f1_over_units"].items()
    )
    n_articles = parts["real"]["transformer"]["articles"]
    return [
        f"Real articles, resampling sentences instead of articles: macro-F1 {figures}. These "
        f"intervals hold for these {n_articles} articles; those in the table are what "
        f"{n_articles} articles can say of others, and p cannot fall below "
        f"{2 ** (1 - n_articles):.3g} with so few."
    ]


def _describe_members(members: Mapping[str, Any]) -> list[str]:
    if "test" not in members or len(members["seeds"]) < 2:
        return []
    of = members["test"]

    def say(spread: Mapping[str, Any]) -> str:
        return f"{format_number(spread['mean'])} ± {format_number(spread['deviation'])}"

    languages = ", ".join(f"{name} {say(by)}" for name, by in of["macro_f1_by_language"].items())
    return [
        f"The {len(members['seeds'])} networks whose weights were averaged, each by itself on the "
        f"authored test text (mean ± standard deviation over seeds): macro-F1 "
        f"{say(of['macro_f1'])} ({languages}), speaker accuracy {say(of['speaker_accuracy'])}."
    ]


def _describe_sizes(models: Mapping[str, Any]) -> str:
    sizes = [f"{name} {of['bytes'] / 1e6:.1f} MB" for name, of in models.items()]
    return f"Size of the folder, without the network as torch has it: {', '.join(sizes)}."


def describe_left_out(record: dict[str, Any]) -> str:
    """Scores on a language with and without training on it, from `leave_language_out.json`."""
    heads = [
        "language", "units", "model", "trained without it: macro-F1 (95 %)", "with it",
        "speaker: without", "with",
    ]  # fmt: skip
    rows = []
    for language, of in record["languages"].items():
        shipped = of["transformer"]["with"]
        member, mean = shipped["member"], shipped["mean"]
        with_it = f"{format_number(member)} (one network)"
        if mean:
            with_it += f"; {format_interval(mean['macro_f1'])} (the model)"
        units = str(of["units"]["test"])
        left, baseline = of["transformer"]["without"], of["baseline"]
        rows += [
            [
                language, units, "transformer", format_interval(left["macro_f1"]), with_it,
                _say_speaker(left), _say_speaker(mean),
            ],
            [
                language, units, "baseline", format_interval(baseline["without"]["macro_f1"]),
                format_interval(baseline["with"]["macro_f1"]),
                _say_speaker(baseline["without"]), _say_speaker(baseline["with"]),
            ],
        ]  # fmt: skip
    differences = [
        f"- {language}: {format_interval(of['difference_without']['macro_f1']['difference'])}, "
        f"p {format_p(of['difference_without']['macro_f1']['p_value'])}"
        for language, of in record["languages"].items()
    ]
    return "\n\n".join(
        (
            render_table(heads, rows),
            "Transformer less baseline, both trained without the language, macro-F1:",
            "\n".join(differences),
        )
    )


def _say_speaker(metrics: Mapping[str, Any] | None) -> str:
    return format_number(metrics["speaker"]["accuracy"]["estimate"] if metrics else None)


def describe_choices(record: dict[str, Any]) -> str:
    """Settings tried on dev, from `choices.json`: the runs of what are variants today."""
    base = record["variants"]["base"]
    names = {digest: name for name, digest in record["variants"].items()}
    runs: dict[str, dict[int, dict[str, Any]]] = {}
    for run in record["runs"]:
        if run["digest"] in names:
            runs.setdefault(run["digest"], {})[run["seed"]] = run
    if not runs:
        return "Not measured yet."
    reference = runs.get(base, {})
    first = next(iter(next(iter(runs.values())).values()))
    languages = list(first["macro_f1_by_language"])
    heads = [
        "variant", "change", "seeds", "macro-F1", "difference from base (95 %)", *languages,
        "average precision", "speaker", "best epoch", "minutes",
    ]  # fmt: skip
    rows = []
    for digest, name in names.items():
        if not (by_seed := runs.get(digest)):
            continue
        of = list(by_seed.values())
        in_languages = [[run["macro_f1_by_language"][name] for run in of] for name in languages]
        rows.append(
            [
                name,
                _say_change(record["settings"][base], record["settings"][digest]),
                ", ".join(map(str, sorted(by_seed))),
                say_spread([run["macro_f1"] for run in of]),
                "" if digest == base else _say_gain(by_seed, reference),
                *map(say_spread, in_languages),
                say_spread([run["average_precision"] for run in of]),
                say_spread([run["speaker_accuracy"] for run in of]),
                _say_mean([run["best_epoch"] for run in of], 1),
                _say_mean([run["minutes"] for run in of], 0),
            ]
        )  # fmt: skip
    return (
        "On dev: mean ± standard deviation over seeds; difference on the same seeds, with a paired "
        "t interval over them, which says nothing of other articles.\n\n"
        + render_table(heads, rows)
    )


def _say_change(base: Mapping[str, Any], settings: Mapping[str, Any]) -> str:
    changed = [
        f"{key} {value}"
        for section in ("inputs", "loss", "training")
        for key, value in settings[section].items()
        if base[section].get(key) != value
    ]
    return ", ".join(changed) or "-"


def _say_gain(
    runs: Mapping[int, Mapping[str, Any]], reference: Mapping[int, Mapping[str, Any]]
) -> str:
    both = sorted(set(runs) & set(reference))
    gains = [runs[seed]["macro_f1"] - reference[seed]["macro_f1"] for seed in both]
    return format_interval(find_t_interval(gains)) if gains else "-"


def find_t_interval(values: Sequence[float]) -> Interval:
    """Mean with its 95 % t interval; no bounds for a single value."""
    from scipy.special import stdtrit

    mean, n = statistics.mean(values), len(values)
    if n < 2:
        return Interval(estimate=mean, low=None, high=None)
    reach = -float(stdtrit(n - 1, 0.025)) * statistics.stdev(values) / math.sqrt(n)
    return Interval(estimate=mean, low=mean - reach, high=mean + reach)


def say_spread(values: Sequence[float | None]) -> str:
    """Mean and standard deviation; the mean alone of a single value."""
    known = [value for value in values if value is not None]
    if not known:
        return "-"
    deviation = f" ± {statistics.stdev(known):.3f}" if len(known) > 1 else ""
    return f"{statistics.mean(known):.3f}{deviation}"


def _say_mean(values: Sequence[float | None], digits: int) -> str:
    known = [value for value in values if value is not None]
    return f"{statistics.mean(known):.{digits}f}" if known else "-"
