"""The page: text, data and scripts in one file that loads nothing."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

from framing.articles.article import UNKNOWN
from framing.errors import ConfigError
from framing.files import open_output
from framing.report.charts import list_charts
from framing.report.groups import name_languages
from framing.report.markup import Markup, element, escape, isolate, join
from framing.report.packing import embed_json, pack_differences, pack_scores
from framing.report.sections import TITLES, list_sections
from framing.report.specs import CONFIG, INSTALL
from framing.surrogates import replace_halves

if TYPE_CHECKING:
    from collections.abc import Sequence

    from framing.report.chart import Chart
    from framing.report.data import ReportData

_SCRIPTS = ("base", "charts", "differences", "scores", "explorer", "start")
_POLICY = (
    "default-src 'none'; img-src data: blob:; style-src 'unsafe-inline'; script-src {scripts}; "
    "base-uri 'none'; form-action 'none'"
)
"""Nothing may be fetched, and no script may run but the two of the page, told by their digests."""


_TAKEN = "window.vegaEmbed = vegaEmbed;"
"""What the page takes from the library."""


def write_report(path: str | Path, data: ReportData) -> None:
    """Write a report.

    Args:
        path: The HTML file.
        data: What it shows.

    Raises:
        ConfigError: Altair or vl-convert is not installed.
        OutputError: The file cannot be written.
    """
    page = render_report(data)
    with open_output(path) as stream:
        stream.write(page)


def render_report(data: ReportData) -> str:
    """Render a report as one HTML page.

    Raises:
        ConfigError: Altair or vl-convert is not installed.
    """
    charts = list_charts(data)
    library, script = _bundle_library(), _join_scripts()
    policy = _POLICY.format(scripts=" ".join(map(_digest_script, (library, script))))
    page = Template(_read_asset("page.html")).substitute(
        policy=policy,
        title=escape(data.title),
        style=_read_asset("page.css"),
        header=_show_header(data),
        contents=_show_contents(),
        sections=join(*list_sections(data, charts)),
        data=_embed_data(data, charts),
        library=library,
        script=script,
    )
    return str(replace_halves(page))


def _show_header(data: ReportData) -> Markup:
    articles = data.scored.articles
    days = sorted(article.date for article in articles if article.date)
    outlets = {article.outlet for article in articles} - {UNKNOWN}
    facts = {
        "Articles": f"{len(articles):,}",
        "Stories": f"{len(set(data.stories)):,}",
        "Sentences": f"{len(data.scored):,}",
        "Outlets": f"{len(outlets):,}",
        "Languages": ", ".join(name_languages(articles)),
        "Period": f"{days[0].isoformat()} to {days[-1].isoformat()}" if days else "",
    }
    entries = [
        element("div", element("dt", name), element("dd", value))
        for name, value in facts.items()
        if value
    ]
    made = [f"Made {data.made}"]
    if model := data.method.get("model"):
        made.append(f"model {model}")
    codebook = data.scored.codebook
    made.append(f"codebook {codebook.name} {codebook.version}")
    return element(
        "header",
        element("h1", isolate(data.title)),
        element("p", " \u00b7 ".join(made), class_="made"),
        element("dl", *entries, class_="facts"),
        class_="top",
    )


def _show_contents() -> Markup:
    links = (element("a", title, href=f"#{name}") for name, title in TITLES.items())
    listed = element("ol", *(element("li", link) for link in links))
    return element("nav", listed, class_="contents", aria_label="Sections")


def _embed_data(data: ReportData, charts: Sequence[Chart]) -> Markup:
    packed = {chart.id: _pack_chart(chart) for chart in charts}
    return join(
        embed_json("charts-data", {"config": CONFIG, "charts": packed}),
        embed_json(
            "differences-data", pack_differences(data.comparisons, data.scored.codebook.frame_ids)
        ),
        embed_json("method-data", dict(data.method)),
        embed_json("scores-data", pack_scores(data)),
    )


def _pack_chart(chart: Chart) -> dict[str, Any]:
    return {
        "title": chart.title,
        "columns": chart.columns,
        "rows": [
            [round(cell, 4) if isinstance(cell, float) else cell for cell in row]
            for row in chart.rows
        ],
        "axis": chart.axis,
        "panels": chart.panels,
        "narrowest": chart.narrowest,
        "unwritten": chart.unwritten,
        "more": chart.more,
        "spec": chart.spec,
    }


@cache
def _bundle_library() -> str:
    """Vega, Vega-Lite and Vega-Embed in one script.

    Vega-Embed brings the interpreter of expressions, so that no script is made from text.
    """
    try:
        import altair
        import vl_convert
    except ImportError as error:
        raise ConfigError("a report needs altair and vl-convert-python", hint=INSTALL) from error
    wanted = ".".join(altair.SCHEMA_VERSION.lstrip("v").split(".")[:2])
    known = [str(version) for version in vl_convert.get_vegalite_versions()]
    script = vl_convert.javascript_bundle(_TAKEN, wanted if wanted in known else None)
    # Made as a module: outside of one its names would be those of the whole page.
    return _make_inline(f'(() => {{\n"use strict";\n{script}\n}})();')


@cache
def _join_scripts() -> str:
    body = "\n".join(_read_asset(f"{name}.js") for name in _SCRIPTS)
    return _make_inline(f'(() => {{\n"use strict";\n{body}}})();')


def _make_inline(script: str) -> str:
    """A script whose text cannot end its element, nor differ from what the digest is of."""
    script = script.replace("\r\n", "\n").replace("\r", "\n")
    return script.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _digest_script(script: str) -> str:
    digest = hashlib.sha256(script.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def _read_asset(name: str) -> str:
    return (files("framing.report") / "assets" / name).read_text(encoding="utf-8")
