"""A corpus folder as one value: its codebook, articles, codes by coder, and split."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from framing.articles.article import Article, index_articles
from framing.articles.reading import ReadOptions, read_articles
from framing.codebook import Codebook
from framing.coding.codes import GOLD, Code, read_codes
from framing.dataset import Dataset, join_codes
from framing.errors import InputError
from framing.files import resource_root

CODEBOOK = "codebook.yaml"
ARTICLES = "articles"
CODES = "codes"
SPLIT = "split.json"


@dataclass(frozen=True)
class Corpus:
    """Coded articles of one folder: `codebook.yaml`, `articles/`, `codes/*.jsonl`, `split.json`."""

    folder: Path
    codebook: Codebook
    articles: dict[str, Article]
    """Every article, by name."""
    codes: dict[str, list[Code]]
    """Codes by coder, in the order of their file."""
    files: dict[str, Path] = field(default_factory=dict)
    """The file each coder's codes stand in."""

    @property
    def coders(self) -> list[str]:
        """Everyone who coded, the adjudicated codes left out."""
        return [coder for coder in self.codes if coder != GOLD]

    @property
    def split_path(self) -> Path:
        """Where the split stands, if there is one."""
        return self.folder / SPLIT

    def join(self, coder: str = GOLD) -> Dataset:
        """The units as one coder coded them.

        Raises:
            InputError: There are no codes by that coder, or they do not fit their texts.
        """
        if coder not in self.codes:
            raise InputError(
                f"has no codes by {coder!r}",
                path=self.folder / CODES,
                hint=f"coders in it: {', '.join(sorted(self.codes))}",
            )
        return join_codes(
            self.codes[coder], self.articles.values(), self.codebook, path=self.files[coder]
        )


def shipped_folder() -> Path:
    """The folder of the corpus this package was made with.

    Raises:
        InputError: Only the installed package is here: it carries the codebook, not the corpus.
    """
    folder = resource_root() / "annotations"
    if not (folder / ARTICLES).is_dir():
        raise InputError(
            "the installed package carries no corpus",
            hint="name a corpus folder, or run this in a checkout of the repository",
        )
    return folder


def load_corpus(folder: str | Path | None = None) -> Corpus:
    """Load a corpus folder; without one, the corpus of this repository.

    Raises:
        InputError: A part is missing or cannot be read; codes of one coder stand in two files.
        CodebookError: The codebook is not valid, or codes were made with another.
    """
    folder = shipped_folder() if folder is None else Path(folder)
    for part in (CODEBOOK, ARTICLES, CODES):
        if not (folder / part).exists():
            raise InputError(
                f"has no `{part}`",
                path=folder,
                hint=f"a corpus folder holds {CODEBOOK}, {ARTICLES}/ and {CODES}/*.jsonl",
            )
    codebook = Codebook.load(folder / CODEBOOK)
    codes: dict[str, list[Code]] = defaultdict(list)
    files: dict[str, Path] = {}
    for path in sorted((folder / CODES).glob("*.jsonl")):
        for code in read_codes(path, codebook):
            known = files.setdefault(code.coder, path)
            if known != path:
                raise InputError(
                    f"codes by {code.coder!r} stand in {known.name} too",
                    path=path,
                    row=code.row,
                    hint="keep each coder's codes in one file",
                )
            codes[code.coder].append(code)
    if not codes:
        raise InputError("holds no *.jsonl", path=folder / CODES, hint="code some units first")
    articles = index_articles(read_articles([folder / ARTICLES], ReadOptions(strict=True)))
    return Corpus(folder, codebook, articles, dict(codes), files)
