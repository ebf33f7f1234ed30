"""Reading a benchmark: JSON Lines from a folder outside the project, as one dataset."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from framing.articles.article import Article
from framing.benchmarks.description import BenchmarkDescription, BenchmarkFile
from framing.codebook import unknown_label
from framing.dataset import Dataset
from framing.errors import InputError, locate_errors
from framing.reading import read_json_lines
from framing.surrogates import has_half

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from framing.codebook import Codebook

UNKNOWN_LABEL = -1
"""Column of a first label that is not known."""
_NO_SPEAKER = -1
_MEND = "download it again"


@dataclass(frozen=True)
class Benchmark:
    """The rows of a benchmark, file after file, each an article of its own with one unit."""

    description: BenchmarkDescription
    dataset: Dataset
    """The rows (n_units); their speakers are not coded."""
    parts: tuple[str, ...]
    """Part, or official test fold, of each row (n_units)."""
    groups: tuple[str, ...]
    """Group of each row (n_units): rows of one group are copies or translations of one another."""
    first: NDArray[np.int64]
    """Column of each row's first label (n_units), or -1 where it is not known."""

    def find_rows(
        self, parts: Collection[str], languages: Collection[str] | None = None
    ) -> NDArray[np.int64]:
        """Numbers of the rows of some parts, in order, from 0.

        Args:
            parts: The parts.
            languages: Of rows in these languages alone; of all if None.

        Raises:
            InputError: One of the parts or languages has no row.
        """
        part = np.array(self.parts)
        spoken = self.dataset.languages
        chosen = np.isin(part, list(parts))
        if languages is not None:
            chosen &= np.isin(spoken, list(languages))
        for kind, wanted, found in (("part", parts, part), ("language", languages, spoken)):
            for name in wanted or ():
                if not (chosen & (found == name)).any():
                    raise InputError(
                        f"{self.description.name} has no row of {kind} {name!r}",
                        hint=f"it has {', '.join(map(str, np.unique(found)))}",
                    )
        return np.flatnonzero(chosen)


@dataclass(frozen=True)
class _Row:
    """A row that was checked."""

    article: Article
    labels: tuple[str, ...]
    first: str | None
    part: str
    group: str


def read_benchmark(
    folder: str | Path, description: BenchmarkDescription, codebook: Codebook
) -> Benchmark:
    """Read every file of a benchmark.

    A row has an `id`, a `text`, a list of `labels`, a `lang`, and if need be a `group` and the
    fields that the description names. A row without a `group` is grouped with the rows that have
    its text, capitals or not. The group is the article's `parallel`: its members are never parted
    where folds are cut inside a training part.

    Args:
        folder: Where the files lie.
        description: Which files there are.
        codebook: The labels, in the order of the columns, and the languages a row may be in.

    Raises:
        InputError: The folder or a file is missing or empty, a row cannot be used, or two rows
            have one id; the message names file and row.
        CodebookError: A row has a label that the codebook lacks.
    """
    folder = Path(folder)
    require_files(folder, description)
    rows: list[_Row] = []
    for file in description.files:
        reader = _RowReader(folder / file.path, file, description, codebook)
        found = [
            reader.read(number, record)
            for number, record in read_json_lines(reader.path, hint=_MEND)
        ]
        if not found:
            raise InputError("holds no row", path=reader.path, hint=_MEND)
        rows += found
    _refuse_repeated(row.article for row in rows)
    return _join(rows, description, codebook)


def require_files(folder: Path, description: BenchmarkDescription) -> None:
    """Refuse a folder in which a file of the benchmark is missing.

    Raises:
        InputError: It is not there, or lacks a file.
    """
    names = ", ".join(file.path for file in description.files)
    if not folder.is_dir():
        raise InputError(
            "is no folder" if folder.exists() else "is not there",
            path=folder,
            hint=f"give the folder of {description.name} that holds {names}",
        )
    for file in description.files:
        if not (folder / file.path).is_file():
            raise InputError(
                f"has no file {file.path}",
                path=folder,
                hint=f"the folder of {description.name} holds {names}",
            )


class _RowReader:
    """Checks the rows of one file."""

    def __init__(
        self,
        path: Path,
        file: BenchmarkFile,
        description: BenchmarkDescription,
        codebook: Codebook,
    ) -> None:
        self.path = path
        self.file = file
        self.description = description
        self.codebook = codebook

    def read(self, number: int, record: Mapping[str, Any]) -> _Row:
        with locate_errors(self.path, number):
            text = _read_text(record, "text")
            labels = self.read_labels(record)
            group = _read_text(record, "group") if "group" in record else _digest(text)
            article = Article(
                text=text,
                name=_read_text(record, "id"),
                path=str(self.path),
                row=number,
                language=self.read_language(record),
                parallel=group,
            )
            return _Row(
                article, labels, self.read_first(record, labels), self.read_part(record), group
            )

    def read_language(self, record: Mapping[str, Any]) -> str:
        language = _read_text(record, "lang")
        if language not in self.codebook.languages:
            raise InputError(
                f"`lang` is {language!r}, which the codebook does not list",
                hint=f"listed: {', '.join(self.codebook.languages)}",
            )
        return language

    def read_labels(self, record: Mapping[str, Any]) -> tuple[str, ...]:
        value = record.get("labels")
        if not isinstance(value, list) or not all(isinstance(label, str) for label in value):
            raise InputError(
                f"`labels` is not a list of texts: {value!r}", hint='as in "labels": ["one"]'
            )
        if not value:
            raise InputError("`labels` is empty", hint="name a label, or leave the row out")
        labels = tuple(map(self.rename, value))
        for label, published in zip(labels, value, strict=True):
            if label not in self.codebook.frame_ids:
                raise unknown_label("label", published, self.codebook.frame_ids)
            if labels.count(label) > 1:
                raise InputError(f"`labels` names {published!r} twice", hint="name it once")
        return labels

    def read_first(self, record: Mapping[str, Any], labels: tuple[str, ...]) -> str | None:
        field = self.file.first_field
        if not field:
            return labels[0] if len(labels) == 1 else None
        published = _read_text(record, field)
        first = self.rename(published)
        if first not in labels:
            raise InputError(
                f"`{field}` is {published!r}, which is not among its labels",
                hint=f"they are {', '.join(labels)}",
            )
        return first

    def read_part(self, record: Mapping[str, Any]) -> str:
        file = self.file
        if file.fold_field:
            fold = record.get(file.fold_field)
            if isinstance(fold, bool) or str(fold) not in self.description.folds:
                raise InputError(
                    f"`{file.fold_field}` is {fold!r}, which is no fold",
                    hint=f"the folds are {', '.join(self.description.folds)}",
                )
            return str(fold)
        if not file.few_shot_field:
            return file.part
        few_shot = record.get(file.few_shot_field)
        if not isinstance(few_shot, bool):
            raise InputError(f"`{file.few_shot_field}` is {few_shot!r}", hint="say true or false")
        return file.few_shot_part if few_shot else file.part

    def rename(self, label: str) -> str:
        return self.description.labels.get(label, label)


def _read_text(record: Mapping[str, Any], key: str) -> str:
    if key not in record:
        keys = ", ".join(map(str, record)) or "none"
        raise InputError(f"has no `{key}`", hint=f"its keys are {keys}")
    value = record[key]
    if not isinstance(value, str):
        raise InputError(f"`{key}` is not a text: {value!r}", hint=_MEND)
    if not value.strip():
        raise InputError(f"`{key}` is empty", hint=_MEND)
    if has_half(value):
        raise InputError(f"`{key}` holds half a character (a lone surrogate)", hint=_MEND)
    return value


def _digest(text: str) -> str:
    return hashlib.sha1(text.lower().encode()).hexdigest()[:12]


def _refuse_repeated(articles: Iterable[Article]) -> None:
    seen: dict[str, Article] = {}
    for article in articles:
        other = seen.setdefault(article.name, article)
        if other is not article:
            raise InputError(
                f"id {article.name!r} stands in {Path(other.path).name}, row {other.row}, too",
                path=article.path,
                row=article.row,
                hint="keep one of the two",
            )


def _join(rows: list[_Row], description: BenchmarkDescription, codebook: Codebook) -> Benchmark:
    column = {label: index for index, label in enumerate(codebook.frame_ids)}
    names = tuple(row.article.name for row in rows)
    dataset = Dataset(
        codebook=codebook,
        texts=tuple(row.article.text for row in rows),
        frames=codebook.encode(row.labels for row in rows),
        speakers=np.full(len(rows), _NO_SPEAKER, dtype=np.int64),
        articles=names,
        passages=names,
        about={row.article.name: row.article for row in rows},
        spans=tuple((0, len(row.article.text)) for row in rows),
    )
    return Benchmark(
        description=description,
        dataset=dataset,
        parts=tuple(row.part for row in rows),
        groups=tuple(row.group for row in rows),
        first=np.array(
            [UNKNOWN_LABEL if row.first is None else column[row.first] for row in rows],
            dtype=np.int64,
        ),
    )
