"""Sections of the page, one after another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from framing.report.findings import find_findings
from framing.report.looks import look_up_frames, name_attribute
from framing.report.markup import Markup, element, isolate, join, list_items
from framing.report.methods import list_references, write_methods
from framing.report.periods import number_events
from framing.report.references import REFORMS, REFORMS_ADDRESS
from framing.report.reforms import TO_FILL, Item, fill_checklist
from framing.report.tables import show_key
from framing.report.wording import count, tie_percents

if TYPE_CHECKING:
    from framing.events import Event
    from framing.report.chart import Chart
    from framing.report.data import ReportData
    from framing.report.findings import Finding, Findings

TITLES = {
    "findings": "Findings",
    "shares": "Frames by country and outlet",
    "voices": "Whose voice",
    "time": "Over time",
    "differences": "Differences",
    "articles": "Articles",
    "methods": "Methods",
    "checklist": "Checklist",
    "data": "Data",
}
"""Sections by their ids, in order."""
_NONE = "Nothing to show: this was not part of the run."


def list_sections(data: ReportData, charts: Sequence[Chart]) -> list[Markup]:
    """Every section, in order."""
    bodies = {
        "findings": _show_findings(data),
        "shares": _show_charts("shares", charts),
        "voices": _show_charts("voices", charts),
        "time": join(_show_charts("time", charts), _show_events(data.events)),
        "differences": _show_differences(data, charts),
        "articles": _show_explorer(data),
        "methods": _show_methods(data),
        "checklist": _show_checklist(data),
        "data": _show_downloads(data, charts),
    }
    return [
        element(
            "section",
            element("h2", TITLES[name], id=f"{name}-title"),
            body,
            id=name,
            aria_labelledby=f"{name}-title",
        )
        for name, body in bodies.items()
    ]


def _show_findings(data: ReportData) -> Markup:
    findings = find_findings(data)
    if findings.shown:
        shown = join(
            element(
                "p",
                "Differences between groups that stand after correction for many tests, largest "
                "first. A difference in shares is not yet a difference in intent.",
                class_="lede",
            ),
            _list_findings(findings.shown, data),
        )
    else:
        shown = element(
            "p",
            "No difference between groups stands after correction for many tests. That does not "
            "show that the groups are alike.",
        )
    return join(
        _show_cautions(findings),
        element("h3", "What the differences show"),
        shown,
        element("h3", "What cannot be said") if findings.open else "",
        _list_findings(findings.open, data) if findings.open else "",
        element("h3", "The frames"),
        _show_frames(data),
    )


def _show_cautions(findings: Findings) -> Markup:
    notes = [join(element("strong", f"By {by}. "), " ".join(texts)) for by, texts in findings.notes]
    if not findings.cautions and not notes:
        return Markup("")
    return element(
        "div",
        element("h3", "Read with care"),
        list_items([join(caution) for caution in findings.cautions]),
        element("details", element("summary", "Notes on each comparison"), list_items(notes))
        if notes
        else "",
        class_="cautions",
    )


def _list_findings(findings: Sequence[Finding], data: ReportData) -> Markup:
    looks = {look.name: look for look in look_up_frames(data.scored.codebook)}
    items = []
    for finding in findings:
        look = looks.get(finding.frame or "")
        items.append(
            element(
                "li",
                element(
                    "strong", show_key(look) if look else "", " " if look else "", finding.lead
                ),
                element("p", finding.text),
                element("p", " ".join(finding.details), class_="checks") if finding.details else "",
                style=f"--frame:{look.colour}" if look else None,
            )
        )
    return element("ul", *items, class_="findings")


def _show_frames(data: ReportData) -> Markup:
    items = []
    for look, frame in zip(
        look_up_frames(data.scored.codebook), data.scored.codebook.frames, strict=True
    ):
        others = [
            element("span", name, lang=language)
            for language, name in frame.names.items()
            if language != "en"
        ]
        names = [part for name in others for part in (name, Markup(" \u00b7 "))][:-1]
        items.append(
            element(
                "li",
                show_key(look),
                element("strong", look.name),
                element("p", *names, Markup("<br>") if names else "", frame.definition),
            )
        )
    return element("ul", *items, class_="frames")


def _show_charts(section: str, charts: Sequence[Chart]) -> Markup:
    own = [chart for chart in charts if chart.section == section]
    if not own:
        return element("p", _NONE, class_="lede")
    parts = [show_figure(chart) for chart in own if not chart.aside]
    parts += [
        element("details", element("summary", chart.title), show_figure(chart), class_="aside")
        for chart in own
        if chart.aside
    ]
    return join(*parts)


def show_figure(chart: Chart) -> Markup:
    """A chart's place, its buttons and its table."""
    return element(
        "figure",
        element(
            "figcaption", element("h3", chart.title), element("p", tie_percents(chart.caption))
        ),
        element("div", class_="plot", role="img", aria_label=chart.description),
        element("div", *_list_buttons(chart), class_="tools"),
        element(
            "details",
            element("summary", "Table of these figures"),
            _scroll(chart.table, chart.title),
        ),
        data_chart=chart.id,
    )


def _list_buttons(chart: Chart) -> list[Markup]:
    return [
        element(
            "button",
            form.upper(),
            type="button",
            data_save=form,
            data_chart=chart.id,
            aria_label=f"Download {chart.title} as {form.upper()}",
        )
        for form in ("svg", "png", "csv")
    ]


def _scroll(table: Markup, label: str) -> Markup:
    """A table that scrolls by itself where it is larger than the page, also by keyboard."""
    return element(
        "div", table, class_="scroll", role="region", aria_label=f"Table: {label}", tabindex="0"
    )


def _show_events(events: Sequence[Event]) -> Markup:
    if not events:
        return Markup("")
    items = [
        join(
            element("time", str(event.date), datetime=str(event.date)),
            isolate(event.title),
            f" \u2013 {event.note}" if event.note else "",
            *_show_source(event),
        )
        for _, event in number_events(events)
    ]
    listed = element("ol", *(element("li", item) for item in items), class_="events")
    return element(
        "details",
        element("summary", f"{count(len(items), 'event')}, by number"),
        listed,
        class_="aside",
    )


def _show_source(event: Event) -> list[Markup]:
    if not event.source and not event.url:
        return []
    name = event.source or "source"
    return [Markup(" ("), _link(name, event.url) if event.url else isolate(name), Markup(")")]


def _link(text: str, address: str) -> Markup:
    """A link out of the page; an address that is not of the web is no link."""
    try:
        of_the_web = urlsplit(address).scheme in ("http", "https")
    except ValueError:
        of_the_web = False
    if not of_the_web:
        return isolate(text)
    return element("a", text, href=address, rel="noreferrer noopener", target="_blank")


def _show_differences(data: ReportData, charts: Sequence[Chart]) -> Markup:
    if not any(comparison["differences"] for comparison in data.comparisons.values()):
        return element("p", _NONE, class_="lede")
    own = any(chart.section == "differences" for chart in charts)
    return join(
        _show_charts("differences", charts) if own else "",
        element("h3", "Every comparison"),
        element(
            "p",
            "First less second, in percentage points, with the 95 % interval. p is two-sided; "
            "Holm and BH are corrected over all frames and pairs of a comparison. Reading: told "
            "apart (Holm below .05), lead only (p below .05 before correction only), not told "
            "apart, too few stories.",
            class_="lede",
        ),
        element("div", id="difference-table"),
    )


def _show_explorer(data: ReportData) -> Markup:
    return join(
        element(
            "p",
            "Sentences by frame. A mark has the colours of its frames, and their names beside it "
            "with the probability; voices other than the reporter's stand in quotation marks. "
            "Copies of one story stand together.",
            class_="lede",
        ),
        element(
            "p",
            f"{len(data.scored.articles):,} articles can be read in the page itself, on a screen.",
            class_="print-only",
        ),
        element("div", id="explorer"),
    )


def _show_methods(data: ReportData) -> Markup:
    paragraphs = [element("p", paragraph) for paragraph in write_methods(data)]
    references = list_references(data)
    return join(
        element("p", "For a paper, to be checked and shortened by its author.", class_="lede"),
        element("div", *paragraphs, class_="paper", id="methods-text"),
        element(
            "p",
            element("button", "Copy", type="button", data_copy="methods-text"),
            class_="tools copy",
        ),
        element("h3", "Works cited") if references else "",
        element("ul", *(element("li", work) for work in references), class_="references")
        if references
        else "",
    )


def _show_checklist(data: ReportData) -> Markup:
    lede = element(
        "p",
        "The REFORMS checklist for science that rests on machine learning, filled as far as the "
        "run can; items in our words. ",
        _link(REFORMS, REFORMS_ADDRESS),
        class_="lede",
    )
    parts = []
    for title, items in fill_checklist(data):
        lines = [
            element(
                "tr",
                element("th", item.number, scope="row"),
                element("td", item.asks),
                element("td", _show_answer(item)),
            )
            for item in items
        ]
        heading = element("th", title, colspan="3", scope="rowgroup")
        parts.append(element("tbody", element("tr", heading, class_="module"), *lines))
    head = element("tr", *(element("th", name, scope="col") for name in ("Item", "Asks", "Answer")))
    table = element("table", element("thead", head), *parts, class_="checklist")
    return join(lede, _scroll(table, "REFORMS checklist"))


def _show_answer(item: Item) -> Markup:
    if item.answer is None:
        return element("span", TO_FILL, class_="open")
    if item.whole:
        return join(item.answer)
    return join(item.answer, " ", element("span", "The rest: by the author.", class_="open"))


def _show_downloads(data: ReportData, charts: Sequence[Chart]) -> Markup:
    lines = [[chart.title, join(*_list_buttons(chart))] for chart in charts]
    for by, comparison in data.comparisons.items():
        if comparison["differences"]:
            button = element(
                "button", "CSV", type="button", data_save="differences", data_by=by,
                aria_label=f"Download all differences by {name_attribute(by)} as CSV",
            )  # fmt: skip
            lines.append([f"All differences by {name_attribute(by)}", button])
    for what, form, save in (
        ("All sentences, with probabilities in percent", "CSV", "sentences"),
        ("Facts of the run", "JSON", "method"),
    ):
        button = element(
            "button", form, type="button", data_save=save, aria_label=f"Download {what} as {form}"
        )
        lines.append([what, button])
    items = [
        element("li", element("span", what), element("span", buttons, class_="tools"))
        for what, buttons in lines
    ]
    return join(
        element(
            "p",
            "Text that a spreadsheet would run as a formula stands behind an apostrophe.",
            class_="lede",
        ),
        element("ul", *items, class_="downloads"),
    )
