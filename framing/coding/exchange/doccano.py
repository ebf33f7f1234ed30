"""doccano: units as JSON Lines or CSV of a text classification project, one file a coder."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote, unquote

from framing.articles.article import Article
from framing.codebook import Codebook
from framing.coding.codes import Code
from framing.coding.exchange.downloads import Download, read_downloads
from framing.coding.exchange.labels import (
    check_speaker,
    list_all_labels,
    list_labels,
    place_error,
    read_labels,
)
from framing.coding.exchange.returns import Gatherer, Returned, merge_returned, require_codes
from framing.coding.exchange.tasks import Task, describe_context, describe_unit
from framing.errors import FramingError, InputError
from framing.spreadsheets import restore_formula, write_csv

_SEPARATOR = "#"
_COMMENTS = "Comments"
_GUARD = "guard"
"""Field of rows that were written as CSV: formulas in all their texts were neutralised."""
_TOGETHER = "all"
"""Name doccano gives the export of a project whose coders share one set of labels."""
_NOT_LABEL = ("labels", "cats", "annotations", "entities")
"""What holds the labels in exports of other kinds of project, and of other programs."""
_COLOURS = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#F0E442", "#999999",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of a file of doccano."""

    number: int
    where: str
    fields: Mapping[str, Any]
    shown: Sequence[str]
    """The text as it stands, and as it is without a guard."""
    labels: Sequence[str]
    sent: Sequence[str]
    """The labels it went out with."""
    comments: str
    coder: str
    """Whose codes it went out with."""
    note: str


def name_file(coder: str) -> str:
    """File name, without its ending, for the codes of one coder."""
    name = quote(coder, safe=" @+-_.")
    return "%" + name.encode()[:1].hex() + name[1:] if name == _TOGETHER else name


def write_doccano(
    stream: IO[str],
    tasks: Iterable[Task],
    codebook: Codebook,
    *,
    coder: str | None,
    as_csv: bool = False,
) -> None:
    """Write tasks with the codes of one coder.

    doccano takes labels for those of the user who imports them and drops comments, so a row also
    keeps the coder and the note as fields of its own. Of CSV it takes one label a row only:
    several, joined as its own export joins them, come back well but look like one label.

    Args:
        stream: Where to write.
        tasks: The units.
        codebook: The codebook of the codes.
        coder: Whose codes; None writes the units alone.
        as_csv: Write CSV, where cells that a spreadsheet would run are quoted by an apostrophe.

    Raises:
        CodebookError: A code names a speaker and the codebook has none.
    """
    rows = (_make_row(task, number, codebook, coder) for number, task in enumerate(tasks, start=1))
    if as_csv:
        write_csv(stream, map(_flatten, rows), quote_all=True)
        return
    for row in rows:
        stream.write(json.dumps(row, ensure_ascii=False) + "\n")


def make_label_types(codebook: Codebook) -> str:
    """Every label a coder may give, as the JSON of which doccano imports label types."""
    keys = "1234567890abcdefghijklmnopqrstuvwxyz"
    return json.dumps(
        [
            {
                "text": label,
                "prefix_key": None,
                "suffix_key": keys[index] if index < len(keys) else None,
                "background_color": _COLOURS[index % len(_COLOURS)],
                "text_color": "#ffffff",
            }
            for index, label in enumerate(list_all_labels(codebook))
        ],
        indent=2,
    )


def read_doccano(
    path: str | Path,
    articles: Iterable[Article],
    codebook: Codebook,
    *,
    coder: str | None = None,
    as_csv: bool = False,
) -> Returned:
    """Read the codes of one coder from an export of doccano, or of several from a zip of theirs.

    A row without labels is not coded, and counted; the label for none says that there is no
    frame. Several comments become one note, a line each (in CSV doccano joins them by `#`).
    The coder is the one given, else the file's name, as doccano names its files by their users;
    a file that is still as it went out keeps the coder it went out with.

    Args:
        path: The file, or the zip with a file for each coder that doccano gives.
        articles: The articles the units were made from.
        codebook: The codebook the codes must follow.
        coder: Name of the coder.
        as_csv: Read CSV, with commas or, as a spreadsheet may save it, semicolons or tabs.

    Raises:
        InputError: The file is no such export, one name is given for several files, a row does
            not fit its text or has labels and neither a frame nor the one for none, a unit is
            coded twice, nothing is coded, or nobody can tell whose codes these are.
        CodebookError: A label is not in the codebook, or the codebook is another.
    """
    articles = list(articles)
    downloads = list(read_downloads(path, as_csv=as_csv))
    if coder is not None and len(downloads) > 1:
        raise InputError(
            f"holds the files of {len(downloads)} coders, all would be {coder!r}",
            path=path,
            hint="leave --coder out",
        )
    # In a zip doccano puts a file for everybody, also for who coded nothing.
    parts = {each.path: _gather(each, articles, codebook, coder) for each in downloads}
    return require_codes(merge_returned(parts), path)


def _gather(
    download: Download, articles: Sequence[Article], codebook: Codebook, coder: str | None
) -> Returned:
    path = download.path
    gatherer = Gatherer(articles, codebook)
    rows = [_read_row(record, path, row) for row, record in download.records]
    as_sent = all(set(row.labels) == set(row.sent) for row in rows)
    for row in rows:
        place = gatherer.find_unit(row.fields, shown=row.shown, path=path, row=row.number)
        if not row.labels:
            gatherer.left_out["not coded"] += 1
            continue
        # What did not change is whose it was; else doccano names the file by its user.
        name = coder or (as_sent and row.coder) or _read_coder(path)
        note = row.comments or (row.note if row.coder == name else "")
        try:
            said = read_labels(row.labels, codebook, note)
        except FramingError as error:
            raise place_error(error, row.where, path, row.number) from None
        gatherer.add(place, name, said, where=row.where, path=path, row=row.number)
    return gatherer.finish(path)


def _make_row(task: Task, number: int, codebook: Codebook, coder: str | None) -> dict[str, Any]:
    code: Code | None = next((code for code in task.codes if code.coder == coder), None)
    if code is not None:
        check_speaker(code, codebook)
    row: dict[str, Any] = {
        "id": number,
        "text": task.unit.text,
        "label": list_labels(code) if code else [],
        **describe_unit(task.unit, codebook),
        **describe_context(task.unit),
        "coder": code.coder if code else "",
        "sent": _SEPARATOR.join(list_labels(code)) if code else "",
        "note": code.note if code else "",
    }
    if task.prediction is not None:
        said = task.prediction
        row["model"] = said.model
        row["model_labels"] = " ".join((*said.frames, *filter(None, [said.speaker])))
        row["model_score"] = said.score
    return {**row, _COMMENTS: [code.note] if code and code.note else []}


def _flatten(row: Mapping[str, Any]) -> dict[str, Any]:
    joined = {"label": _SEPARATOR.join(row["label"]), _COMMENTS: "".join(row[_COMMENTS])}
    return {**row, **joined, _GUARD: "on"}


def _read_row(record: Mapping[str, Any], path: Path, row: int) -> _Row:
    guarded = record.get(_GUARD) == "on"
    fields = {key: restore_formula(value) for key, value in record.items()} if guarded else record
    where = f"id {fields['id']}" if fields.get("id") not in (None, "") else f"row {row}"
    try:
        if "label" not in record:
            raise _no_label(record)
        # doccano puts its own comments where ours went in; only ours are guarded.
        own = guarded and record.get(_COMMENTS) == record.get("note")
        return _Row(
            number=row,
            where=where,
            fields=fields,
            shown=[str(record.get("text")), str(fields.get("text"))],
            labels=_read_labels(record.get("label")),
            sent=_read_labels(record.get("sent")),
            comments=_read_comments((fields if own else record).get(_COMMENTS)),
            coder=str(fields.get("coder") or ""),
            note=str(fields.get("note") or ""),
        )
    except InputError as error:
        raise place_error(error, where, path, row) from None


def _no_label(record: Mapping[str, Any]) -> InputError:
    near = [key for key in _NOT_LABEL if key in record]
    return InputError(
        "has no `label`" + (f", but `{near[0]}`" if near else ""),
        hint="export a project of text classification, or rename the key",
    )


def _read_coder(path: Path) -> str:
    if path.stem == _TOGETHER:
        raise InputError(
            "is the export of a project whose coders share their labels: whose is whose is lost",
            path=path,
            hint="give --coder NAME if one person coded it",
        )
    return unquote(path.stem)


def _read_labels(value: object) -> list[str]:
    labels = [value] if isinstance(value, str) else value
    if labels is None:
        return []
    if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
        raise InputError(
            f"`label` is not a list of labels: {str(value)[:60]!r}",
            hint="export a project of text classification",
        )
    parts = (part.strip() for label in labels for part in label.split(_SEPARATOR))
    return [part for part in parts if part]


def _read_comments(value: object) -> str:
    comments = [value] if isinstance(value, str) else value or []
    if not isinstance(comments, list) or not all(isinstance(text, str) for text in comments):
        raise InputError(
            f"`{_COMMENTS}` is not a list of texts: {str(value)[:60]!r}",
            hint="export it from doccano again",
        )
    return "\n".join(comments)
