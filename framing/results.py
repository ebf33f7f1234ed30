"""Results: scored articles and sources as records, and the files they are written to."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any

from framing.files import open_output, require_ending
from framing.spreadsheets import write_csv
from framing.surrogates import has_half, replace_halves

if TYPE_CHECKING:
    from framing.classifiers.base import FrameModel, FrameScores
    from framing.codebook import Codebook
    from framing.scoring import ArticleScore, SourceScore

FORMATS = ("json", "jsonl", "csv", "parquet")
_DIGITS = 4


def article_record(score: ArticleScore, *, sentences: bool = False) -> dict[str, Any]:
    """One scored article as a JSON-ready record.

    Args:
        score: The scored article.
        sentences: Also give each unit with its offsets, frames, probabilities and speaker.
    """
    article, prepared = score.article, score.prepared
    record: dict[str, Any] = {
        "level": "article",
        "group": article.name,
        "id": article.id,
        "path": article.path,
        "row": article.row,
        "headline": prepared.units[0].text if prepared.units else None,
        "outlet": article.outlet,
        "agencies": list(article.agencies),
        "quoted_outlets": list(article.quoted_outlets),
        "country": article.country,
        "kind": article.kind,
        "language": article.language,
        "date": article.date.isoformat() if article.date else None,
        "event": article.event,
        "articles": 1,
        "units": len(prepared.units),
        "removed": len(prepared.removed),
    }
    record |= _describe(score, score.codebook)
    if sentences:
        record["sentences"] = [
            {"unit": unit.index, "start": unit.start, "end": unit.end, "text": unit.text, **label}
            for unit, label in zip(
                prepared.units, label_records(score.scores, score.codebook), strict=True
            )
        ]
    return record


def source_record(score: SourceScore, codebook: Codebook) -> dict[str, Any]:
    """One group of articles, or one kind of speaker, as a JSON-ready record."""
    return {
        "level": score.by,
        "group": score.group,
        "articles": score.articles,
        "units": score.units,
        **_describe(score, codebook),
    }


def label_records(scores: FrameScores, codebook: Codebook) -> list[dict[str, Any]]:
    """Frames, probabilities and speaker of each unit as JSON-ready records."""
    speakers = (
        [codebook.speaker_ids[i] for i in scores.speakers.argmax(axis=1)]
        if scores.speakers.shape[1]
        else [None] * len(scores)
    )
    return [
        {
            "frames": list(frames),
            "probabilities": {
                frame: round(float(p), _DIGITS)
                for frame, p in zip(codebook.frame_ids, probabilities, strict=True)
            },
            "speaker": speaker,
        }
        for frames, probabilities, speaker in zip(
            codebook.decode(scores.decisions), scores.probabilities, speakers, strict=True
        )
    ]


def document(
    articles: Sequence[Mapping[str, Any]], sources: Sequence[Mapping[str, Any]], model: FrameModel
) -> dict[str, Any]:
    """A whole result as one JSON-ready value, with what made it."""
    return {
        "model": model.digest,
        "codebook": {
            "name": model.codebook.name,
            "version": model.codebook.version,
            "digest": model.codebook.digest,
        },
        "articles": list(articles),
        "sources": list(sources),
    }


def dump_line(record: Mapping[str, Any], *, indent: int | None = None) -> str:
    """A record as JSON with a line end; characters no file can hold stand as escapes."""
    line = json.dumps(record, ensure_ascii=False, indent=indent)
    if has_half(line):
        line = json.dumps(record, indent=indent)
    return line + "\n"


def flatten_record(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record as one table row: lists joined by "; ", a column for each frame and speaker."""
    row: dict[str, Any] = {}
    for key, value in record.items():
        if key in ("sentences", "removed_lines"):
            continue
        if key == "shares":
            for frame, interval in value.items():
                row[f"share.{frame}"] = interval["estimate"]
                row[f"share_low.{frame}"] = interval["low"]
                row[f"share_high.{frame}"] = interval["high"]
        elif isinstance(value, Mapping):
            row |= {f"{key}.{name}": entry for name, entry in value.items()}
        else:
            row[key] = "; ".join(value) if isinstance(value, list) else value
    return {key: replace_halves(value) for key, value in row.items()}


class ResultWriter:
    """Writes article and source records to one file, which appears when all is written.

    JSON Lines are written as they come; the other formats are gathered first, because their
    columns, or their frame, are known only at the end.
    """

    def __init__(self, path: str | Path, model: FrameModel) -> None:
        self.path = Path(path)
        self.model = model
        self.format = require_ending(path, [f".{name}" for name in FORMATS]).lstrip(".")
        self._records: list[dict[str, Any]] = []
        self._stack = ExitStack()
        self._stream: IO[Any] | None = None

    def __enter__(self) -> ResultWriter:
        # Opened before any work, so that a folder one may not write to is known at once.
        output = open_output(self.path, binary=self.format == "parquet")
        self._stream = self._stack.enter_context(output)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self._finish()
        self._stack.__exit__(kind, error, trace)

    def write(self, record: dict[str, Any]) -> None:
        """Add one record."""
        if self.format == "jsonl":
            assert self._stream is not None
            self._stream.write(dump_line(self._sign(record)))
        elif self.format == "json":
            self._records.append(record)
        else:
            self._records.append(flatten_record(self._sign(record)))

    def _sign(self, record: dict[str, Any]) -> dict[str, Any]:
        """Rows travel apart from their file: each says which model and codebook made it."""
        return {**record, "model": self.model.digest, "codebook": self.model.codebook.digest}

    def _finish(self) -> None:
        assert self._stream is not None
        if self.format == "json":
            articles = [r for r in self._records if r["level"] == "article"]
            sources = [r for r in self._records if r["level"] != "article"]
            self._stream.write(dump_line(document(articles, sources, self.model), indent=2))
        elif self.format == "csv":
            write_csv(self._stream, self._records)
        elif self.format == "parquet":
            _write_parquet(self._stream, self._records, self.model)


def _write_parquet(stream: IO[bytes], rows: Sequence[Mapping[str, Any]], model: FrameModel) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = dict.fromkeys(key for row in rows for key in row)
    table = pa.table({name: [row.get(name) for row in rows] for name in columns})
    about = {"framing.model": model.digest, "framing.codebook": model.codebook.digest}
    pq.write_table(table.replace_schema_metadata(about), stream)


def _describe(score: ArticleScore | SourceScore, codebook: Codebook) -> dict[str, Any]:
    estimate, low, high = score.shares
    return {
        "shares": {
            frame: {
                "estimate": round(float(estimate[k]), _DIGITS),
                "low": round(float(low[k]), _DIGITS),
                "high": round(float(high[k]), _DIGITS),
            }
            for k, frame in enumerate(codebook.frame_ids)
        },
        "mix": {
            frame: round(float(part), _DIGITS)
            for frame, part in zip(codebook.frame_ids, score.mix, strict=True)
        },
        "dominant": score.dominant,
        "speakers": {
            speaker: round(share, _DIGITS) for speaker, share in score.speaker_shares.items()
        },
    }
