"""Formats: one reader a kind of file, looked up by suffix. A new format is a line here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from framing.articles.formats.delimited import read_delimited
from framing.articles.formats.document import read_docx, read_rtf
from framing.articles.formats.json_lines import read_json, read_json_lines
from framing.articles.formats.page import read_page
from framing.articles.formats.parquet import read_parquet
from framing.articles.formats.pdf import read_pdf
from framing.articles.formats.plain import read_plain
from framing.articles.formats.source import Reader
from framing.articles.formats.workbook import read_workbook

READERS: Mapping[str, Reader] = MappingProxyType(
    {
        ".txt": read_plain,
        ".text": read_plain,
        ".md": read_plain,
        ".html": read_page,
        ".htm": read_page,
        ".jsonl": read_json_lines,
        ".ndjson": read_json_lines,
        ".json": read_json,
        ".csv": read_delimited,
        ".tsv": read_delimited,
        ".xlsx": read_workbook,
        ".parquet": read_parquet,
        ".docx": read_docx,
        ".rtf": read_rtf,
        ".pdf": read_pdf,
    }
)
"""Suffix in lower case to the reader of such files."""

ADVICE: Mapping[str, str] = MappingProxyType(
    {
        ".doc": "open it and save it as .docx",
        ".xls": "open it and save it as .xlsx",
        ".hwp": "open it and save it as .docx or .txt",
        ".hwpx": "open it and save it as .docx or .txt",
        ".odt": "open it and save it as .docx",
        ".ods": "open it and save it as .xlsx",
        ".epub": "convert it to .txt",
        ".gz": "unpack it first",
        ".zip": "unpack it first",
        ".mht": "save the page as .html",
        ".mhtml": "save the page as .html",
        ".xml": "convert it to .jsonl or .csv",
    }
)
"""What to do with files of formats that are not read."""
