"""Tables of a comparison: a row for each share and each difference, and the files they go to."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from framing.comparison.result import Comparison, Difference, Group, Share
from framing.files import open_output, require_ending, write_json
from framing.markdown import render_table
from framing.spreadsheets import write_csv

FORMATS = (".json", ".csv", ".parquet")


def list_share_rows(comparison: Comparison) -> list[dict[str, Any]]:
    """A row for each group and frame."""
    return [
        {"row": "share", **_list_choices(comparison), **_flatten_group(group), "frame": frame}
        | {"share": share["estimate"], "share_low": share["low"], "share_high": share["high"]}
        for group in comparison["groups"]
        for frame, share in group["shares"].items()
    ]


def list_difference_rows(comparison: Comparison) -> list[dict[str, Any]]:
    """A row for each pair of groups and frame."""
    return [
        {"row": "difference", **_list_choices(comparison), **_flatten_difference(difference)}
        for difference in comparison["differences"]
    ]


def write_comparison(path: str | Path, comparison: Comparison) -> None:
    """Write a comparison: all of it as .json, or its rows as .csv or .parquet.

    Raises:
        OutputError: It cannot be written there, or the ending is another.
    """
    ending = require_ending(path, FORMATS)
    if ending == ".json":
        write_json(path, comparison)
        return
    rows = list_difference_rows(comparison) + list_share_rows(comparison)
    with open_output(path, binary=ending == ".parquet") as stream:
        if ending == ".csv":
            write_csv(stream, rows)
        else:
            import pyarrow as pa
            import pyarrow.parquet as pq

            columns = dict.fromkeys(key for row in rows for key in row)
            table = pa.table({name: [row.get(name) for row in rows] for name in columns})
            pq.write_table(table, stream)


def render_comparison(comparison: Comparison, format_: str) -> str:
    """A comparison as text: `json`, `csv`, or `markdown` tables of shares and differences."""
    if format_ == "json":
        return json.dumps(comparison, ensure_ascii=False, indent=2) + "\n"
    if format_ == "csv":
        stream = io.StringIO()
        write_csv(stream, list_difference_rows(comparison) + list_share_rows(comparison))
        return stream.getvalue()
    return _render_markdown(comparison)


def format_share(share: Share) -> str:
    """A share with its interval in per cent: `31 (24 to 38)`."""
    if share["estimate"] is None:
        return "-"
    text = f"{100 * share['estimate']:.0f}"
    if share["low"] is None or share["high"] is None:
        return text
    return f"{text} ({100 * share['low']:.0f} to {100 * share['high']:.0f})"


def format_difference(test: Mapping[str, Any] | None) -> str:
    """A difference with its interval in points: `+7 (-1 to +15)`."""
    if test is None or test["difference"] is None:
        return "-"
    text = f"{100 * test['difference']:+.0f}"
    if test["low"] is None:
        return text
    return f"{text} ({100 * test['low']:+.0f} to {100 * test['high']:+.0f})"


def format_p_value(value: float | None) -> str:
    """A p value: `.034`, `<.001`, or `-`."""
    if value is None:
        return "-"
    if value < 0.001:
        return "<.001"
    return f"{value:.3f}".removeprefix("0")


def _render_markdown(comparison: Comparison) -> str:
    frames = list(comparison["groups"][0]["shares"]) if comparison["groups"] else []
    shares = [
        [group["label"], f"{group['articles']}/{group['stories']}/{group['units']}"]
        + [format_share(group["shares"][frame]) for frame in frames]
        for group in comparison["groups"]
    ]
    parts = [render_table([comparison["by"], "articles/stories/sentences", *frames], shares)]
    if comparison["differences"]:
        heads = [
            "first less second", "frame", "difference (95 %)", "p", "Holm", "BH", "h",
            "without copies", "within events",
        ]  # fmt: skip
        rows = [_list_cells(difference) for difference in comparison["differences"]]
        parts.append(render_table(heads, rows))
    parts.append("\n".join(comparison["notes"]))
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _list_cells(difference: Difference) -> list[str]:
    effect = difference["effect"]
    return [
        f"{difference['first']} - {difference['second']}",
        difference["frame"],
        format_difference(difference),
        format_p_value(difference["p_value"]),
        format_p_value(difference["p_holm"]),
        format_p_value(difference["p_bh"]),
        "-" if effect is None else f"{effect:+.2f}",
        format_difference(difference["without_copies"]),
        format_difference(difference["within_events"]),
    ]


def _list_choices(comparison: Comparison) -> dict[str, Any]:
    """What every row says of the whole: rows travel apart from their file."""
    keys = ("by", "measure", "estimator", "copies", "within", "model", "codebook", "scores")
    whole: Mapping[str, Any] = comparison
    return {key: whole[key] for key in keys} | {"voices": "; ".join(comparison["voices"])}


def _flatten_group(group: Group) -> dict[str, Any]:
    keys = ("group", "label", "articles", "stories", "units", "coded", "few")
    whole: Mapping[str, Any] = group
    return {key: whole[key] for key in keys}


def _flatten_difference(difference: Difference) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for key, value in difference.items():
        if key in ("without_copies", "within_events"):
            test = value if isinstance(value, Mapping) else {}
            row |= {
                f"{key}_{name}": test.get(name) for name in ("difference", "low", "high", "p_value")
            }
            if key == "within_events":
                row["events"] = test.get("events", 0)
        else:
            row[key] = "; ".join(value) if isinstance(value, list) else value
    return row
