"""Agreement tables: the figures of a report as Markdown for a paper and as flat rows for a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from framing.coding.agreement import AgreementReport, GroupAgreement, PairAgreement
from framing.coding.coder_table import TableReport
from framing.coding.reliability import Estimate, Measure, Point

SETS, SPEAKER = "frame sets", "speaker"
NOT_ESTIMABLE = "not estimable"


def list_measures(group: GroupAgreement) -> dict[str, Measure]:
    """Every variable of a group by its name: frames by id, then `frame sets` and `speaker`."""
    measures = {**group["frames"], SETS: group["frame_sets"]}
    return {**measures, SPEAKER: group["speaker"]} if group["speaker"] else measures


def list_points(pair: PairAgreement) -> dict[str, Point]:
    """Alpha of two coders by variable, named as in `list_measures`."""
    points = {**pair["frames"], SETS: pair["frame_sets"]}
    return {**points, SPEAKER: pair["speaker"]} if pair["speaker"] else points


def list_blocks(report: AgreementReport) -> list[tuple[str, dict[str, Estimate]]]:
    """The learning curve: first and last unit of each block, and alpha by variable."""
    found = []
    for block in report["blocks"]:
        estimates = {**block["frames"], SETS: block["frame_sets"]}
        if block["speaker"]:
            estimates[SPEAKER] = block["speaker"]
        found.append((f"{block['first']}-{block['last']}", estimates))
    return found


def format_estimate(value: Estimate, digits: int = 3) -> str:
    """Estimate and interval in words; `not estimable` where there is none."""
    if value["estimate"] is None:
        return NOT_ESTIMABLE
    if value["low"] is None or value["high"] is None:
        return f"{value['estimate']:.{digits}f} (no interval)"
    low, high = value["low"], value["high"]
    return f"{value['estimate']:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def format_number(value: float | None, digits: int = 3) -> str:
    """A number, or a dash where there is none."""
    return "-" if value is None else f"{value:.{digits}f}"


def format_prevalence(prevalence: Mapping[str, float | None]) -> str:
    """Share of units by coder in percent; of more than two coders the least and the greatest."""
    shares = [100 * share for share in prevalence.values() if share is not None]
    if not shares:
        return "-"
    if len(prevalence) == 2:
        return "/".join("-" if s is None else f"{100 * s:.0f}" for s in prevalence.values()) + "%"
    return "-".join(dict.fromkeys(f"{share:.0f}" for share in (min(shares), max(shares)))) + "%"


def describe_differences(group: GroupAgreement) -> str:
    """On how many units the coders differ, in one sentence."""
    who = "The two codings" if len(group["coded"]) == 2 else "The codings"
    parts = [f"on {group['differ_frames']} of them in a frame"]
    if group["speaker"]:
        parts.append(f"on {group['differ_speaker']} in the speaker")
    return f"{who} differ on {group['differ']} of {group['shared']} units, {', '.join(parts)}."


def explain_gaps(
    report: AgreementReport, names: Mapping[str, str] | None = None, *, most: int = 8
) -> list[str]:
    """Why alpha has no estimate or no interval, and whose codes do not vary; a line for each.

    Args:
        report: The figures.
        names: What to call a variable, where not as `list_measures` does.
        most: Of more groups than this, only the number is given.
    """
    gaps = _Gaps()
    for group in (report["overall"], *report["groups"]):
        for name, measure in list_measures(group).items():
            gaps.note(measure["alpha"], name, group["group"], measure["differ"], measure["units"])
            if measure["alpha"]["estimate"] is not None:
                for coder, habit in measure["constant"].items():
                    gaps.add(f"{coder} {habit}", name, group["group"])
    for span, estimates in list_blocks(report):
        for name, estimate in estimates.items():
            gaps.note(estimate, name, f"units {span}")
    return gaps.describe(names or {}, most)


def describe_gap(measure: Measure) -> str | None:
    """Why alpha of one variable has no estimate or no interval; None where it has both."""
    reason, differ = measure["alpha"]["reason"], measure["differ"]
    if reason and measure["alpha"]["estimate"] is None and differ:
        return f"{reason}, yet the coders differ on {differ} of {measure['units']}"
    return reason


class _Gaps:
    """What could not be estimated, by reason, then by variable."""

    def __init__(self) -> None:
        self.found: dict[str, dict[str, list[str]]] = {}
        self.differ: dict[tuple[str, str], int] = {}
        """In how many groups coders differ all the same, by reason and variable."""

    def note(
        self, estimate: Estimate, variable: str, group: str, differ: int = 0, units: int = 0
    ) -> None:
        if not estimate["reason"]:
            return
        if estimate["estimate"] is not None:
            self.add(estimate["reason"], variable, group)
            return
        reason = f"{NOT_ESTIMABLE}: {estimate['reason']}"
        if differ:
            # One coder's code alone tells nothing of chance, but it may well be a disagreement.
            group += f" (the coders differ on {differ} of {units})"
            self.differ[reason, variable] = self.differ.get((reason, variable), 0) + 1
        self.add(reason, variable, group)

    def add(self, reason: str, variable: str, group: str) -> None:
        self.found.setdefault(reason, {}).setdefault(variable, []).append(group)

    def describe(self, names: Mapping[str, str], most: int) -> list[str]:
        ordered = sorted(self.found, key=lambda reason: not reason.startswith(NOT_ESTIMABLE))
        return [
            f"{reason} - "
            + "; ".join(
                f"{names.get(variable, variable)}: "
                + (", ".join(groups) if len(groups) <= most else self._count(reason, variable))
                for variable, groups in self.found[reason].items()
            )
            for reason in ordered
        ]

    def _count(self, reason: str, variable: str) -> str:
        groups = f"{len(self.found[reason][variable])} groups"
        differ = self.differ.get((reason, variable))
        return f"{groups} (the coders differ in {differ} of them)" if differ else groups


def render_alpha(report: AgreementReport) -> list[str]:
    """Alpha by variable and group, then of all, as lines of a Markdown table."""
    groups = [*report["groups"], report["overall"]]
    rows = [
        [_code(name), *(format_estimate(list_measures(group)[name]["alpha"]) for group in groups)]
        for name in list_measures(report["overall"])
    ]
    return _table(["alpha (95 %)", *(_cell(group["group"]) for group in groups)], rows)


def render_figures(group: GroupAgreement) -> list[str]:
    """Every coefficient of one group, as lines of a Markdown table."""
    coders = list(group["coded"])
    head = ["", "units", "differ", "alpha (95 %)", "agreement", "AC1 (95 %)", "kappa"]
    rows = []
    for name, measure in list_measures(group).items():
        shares = [measure["prevalence"].get(coder) for coder in coders]
        rows.append(
            [
                _code(name),
                *_list_figures(measure),
                *("-" if share is None else f"{share:.1%}" for share in shares),
            ]
        )
    return _table([*head, *(f"share, {_cell(coder)}" for coder in coders)], rows)


def render_agreement(report: AgreementReport) -> str:
    """A whole report as Markdown, ending in a line end."""
    overall = report["overall"]
    coded = ", ".join(f"{_cell(coder)} {n}" for coder, n in overall["coded"].items())
    codebook = report["codebook"]
    parts = [
        f"Codebook {codebook['name']} {codebook['version']}. {overall['units']} units "
        f"({coded}), {overall['shared']} coded by two or more, of {overall['articles']} articles. "
        + describe_differences(overall),
        "\n".join(render_figures(overall)),
    ]
    if report["groups"]:
        parts.append("\n".join(render_alpha(report)))
    if report["pairs"]:
        names = list(list_points(report["pairs"][0]))
        rows = [
            [
                _cell(" / ".join(pair["coders"])),
                str(pair["units"]),
                *(format_number(point["estimate"]) for point in list_points(pair).values()),
            ]
            for pair in report["pairs"]
        ]
        parts.append("\n".join(_table(["alpha", "units", *map(_code, names)], rows)))
    if report["blocks"]:
        curve = list_blocks(report)
        rows = [[span, *map(format_estimate, values.values())] for span, values in curve]
        parts.append("\n".join(_table(["alpha, units", *map(_code, curve[0][1])], rows)))
    parts += [f"{_cell(line)}." for line in explain_gaps(report)]
    return "\n\n".join(parts) + "\n"


def flatten_agreement(report: AgreementReport) -> list[dict[str, Any]]:
    """A row for each variable of each group, pair and block, for a table file."""
    rows = []
    for group in (report["overall"], *report["groups"]):
        for name, measure in list_measures(group).items():
            head = {"by": group["by"], "group": group["group"], "variable": name}
            rows.append({**head, **flatten_measure(measure)})
    for pair in report["pairs"]:
        for name, point in list_points(pair).items():
            head = {"by": "pair", "group": " / ".join(pair["coders"]), "variable": name}
            rows.append({**head, "units": pair["units"], **_flatten_estimate("alpha", point)})
    for span, estimates in list_blocks(report):
        for name, estimate in estimates.items():
            head = {"by": "block", "group": span, "variable": name}
            rows.append({**head, **_flatten_estimate("alpha", estimate)})
    return rows


def flatten_measure(measure: Measure) -> dict[str, Any]:
    """The figures of one variable as one row."""
    return {
        "units": measure["units"],
        "articles": measure["articles"],
        "differ": measure["differ"],
        **_flatten_estimate("alpha", measure["alpha"]),
        **_flatten_estimate("agreement", measure["agreement"]),
        **_flatten_estimate("ac1", measure["ac1"]),
        "kappa": measure["kappa"],
        **{f"prevalence.{coder}": share for coder, share in measure["prevalence"].items()},
    }


def flatten_table(report: TableReport) -> list[dict[str, Any]]:
    """The figures of a coder table as rows: all coders, then each two."""
    head = {"by": "all", "group": "all", "level": report["level"]}
    rows = [{**head, **flatten_measure(report["measure"])}]
    for pair in report["pairs"]:
        head = {"by": "pair", "group": " / ".join(pair["coders"]), "level": report["level"]}
        rows.append({**head, "units": pair["units"], **_flatten_estimate("alpha", pair["alpha"])})
    return rows


def render_table(report: TableReport) -> str:
    """Agreement of a coder table as Markdown, ending in a line end."""
    measure = report["measure"]
    figures = [report["level"], *_list_figures(measure)]
    head = ["level", "items", "differ", "alpha (95 %)", "agreement", "AC1 (95 %)", "kappa"]
    parts = ["\n".join(_table(head, [figures]))]
    if report["pairs"]:
        rows = [
            [
                _cell(" / ".join(pair["coders"])),
                str(pair["units"]),
                format_number(pair["alpha"]["estimate"]),
            ]
            for pair in report["pairs"]
        ]
        parts.append("\n".join(_table(["coders", "items", "alpha"], rows)))
    if measure["alpha"]["reason"]:
        parts.append(f"alpha: {describe_gap(measure)}.")
    return "\n\n".join(parts) + "\n"


def _flatten_estimate(name: str, value: Estimate | Point) -> dict[str, Any]:
    return {name if key == "estimate" else f"{name}_{key}": of for key, of in value.items()}


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(line)} |" for line in lines]


def _list_figures(measure: Measure) -> list[str]:
    """Units, how many differ, and the four coefficients, as cells."""
    return [
        str(measure["units"]),
        str(measure["differ"]),
        format_estimate(measure["alpha"]),
        format_number(measure["agreement"]["estimate"]),
        "-" if measure["ac1"]["estimate"] is None else format_estimate(measure["ac1"]),
        format_number(measure["kappa"]),
    ]


def _code(name: str) -> str:
    """A frame id as code; what is no id as it stands."""
    return name if name in (SETS, SPEAKER) else f"`{name}`"


def _cell(text: str) -> str:
    """Text that cannot end a table's cell or line."""
    return " ".join(text.split()).replace("|", "\\|")
