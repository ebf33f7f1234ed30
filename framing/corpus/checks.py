"""Checks: everything that must hold of a corpus, each breach named with its file and row."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from framing.articles.outlets import OutletList
from framing.articles.reading import ReadOptions, read_articles
from framing.coding.codes import GOLD, Code, find_drift, read_codes
from framing.corpus.splitting import find_split_problems, read_split
from framing.errors import FramingError
from framing.preparation import prepare_article
from framing.splits import find_near_duplicates

if TYPE_CHECKING:
    from framing.corpus.corpus import Corpus
    from framing.dataset import Dataset
    from framing.splits import NearDuplicate

SHARED_WORDS = 8
"""Words in a row that no unit may share with text it must not repeat (languages with spaces)."""
SHARED_CHARACTERS = 20
"""The same in characters, for Korean and Japanese."""
_UNSPACED = ("ko", "ja")
_FRONT_MATTER = re.compile(rb"\A---\n(.*?)\n---\n", re.DOTALL)
_KNOWN_FACTS = ("outlet", "country", "kind", "date", "event")


@dataclass(frozen=True)
class Check:
    """One rule: what was looked at and what broke it."""

    name: str
    looked_at: str
    """How many of what, in words."""
    breaches: tuple[FramingError, ...]


def check_corpus(corpus: Corpus, *, against: Sequence[str | Path] = ()) -> list[Check]:
    """Check a corpus whose files could be read.

    Args:
        corpus: The corpus.
        against: Articles whose wording must not occur in it: the text models are evaluated on.

    Returns:
        Every rule in order, with its breaches; `FramingError`s so that each names file and row.
    """
    checks = [
        _check("files", f"{len(corpus.articles)} articles", _check_files(corpus)),
        _check("codes", _count_codes(corpus), _check_codes(corpus)),
        _check("adjudication", _count_gold(corpus), _check_gold(corpus)),
    ]
    if checks[1].breaches:
        return checks  # nothing below can be told while codes do not fit
    dataset = corpus.join(GOLD if GOLD in corpus.codes else corpus.coders[0])
    units = f"{len(dataset)} units"
    pairs = find_near_duplicates(dataset.texts, dataset.texts)
    checks += [
        _check("segmentation", units, _check_segmentation(corpus)),
        _check("near-duplicates", units, _check_near_duplicates(dataset, pairs)),
        _check("parallel set", _count_parallel(corpus), _check_parallel(corpus, dataset)),
    ]
    if corpus.split_path.is_file():
        split = _check_split(corpus, dataset, pairs)
        checks.append(_check("split", str(corpus.split_path.name), split))
    licensed = corpus.folder / "licensed"
    if licensed.is_dir():
        files = sorted(licensed.glob("*.jsonl"))
        checks.append(
            _check("licensed codes", f"{len(files)} files", _check_licensed(corpus, files))
        )
    if against:
        texts = list(read_articles(against, ReadOptions(strict=True)))
        checks.append(
            _check(
                "wording",
                f"{units} against {len(texts)} articles",
                _check_wording(dataset, {text.name: text.text for text in texts}),
            )
        )
    return checks


def _check(name: str, looked_at: str, breaches: Iterable[FramingError]) -> Check:
    return Check(name, looked_at, tuple(breaches))


def _check_files(corpus: Corpus) -> Iterator[FramingError]:
    known = OutletList.load()
    for article in corpus.articles.values():
        path = Path(article.path)
        data = path.read_bytes()
        text = data.decode("utf-8", "replace")
        for broken, problem, hint in (
            (data.startswith(b"\xef\xbb\xbf"), "begins with a byte order mark", "save without"),
            (b"\r" in data, "has CR line ends", "save it with LF line ends"),
            ("\ufffd" in text, "is not UTF-8 text", "save it as UTF-8"),
            (
                unicodedata.normalize("NFC", text) != text,
                "is not in Unicode normal form C",
                "normalise it before it is coded",
            ),
        ):
            if broken:
                yield FramingError(problem, path=path, hint=hint)
        front = _FRONT_MATTER.match(data)
        fields = front[1].decode("utf-8", "replace").splitlines() if front else []
        if "authored: true" in fields and known.find_by_name(article.outlet):
            yield FramingError(
                f"authored text carries the name of a real outlet, {article.outlet!r}",
                path=path,
                hint="invent one",
            )
        if "authored: true" not in fields:
            yield FramingError(
                "does not say `authored: true`",
                path=path,
                hint="keep text of others out of the corpus: share its codes alone (licensed/)",
            )
        missing = [key for key in _KNOWN_FACTS if getattr(article, key) in (None, "unknown")]
        if missing:
            yield FramingError(
                f"front matter lacks {', '.join(missing)}", path=path, hint="fill it in"
            )
        if article.language != path.parent.name:
            yield FramingError(
                f"is in {article.language!r} and stands in folder {path.parent.name!r}",
                path=path,
                hint=f"move it to articles/{article.language}/",
            )


def _check_codes(corpus: Corpus) -> Iterator[FramingError]:
    texts = {name: article.text for name, article in corpus.articles.items()}
    adrift = False
    for coder, codes in corpus.codes.items():
        path = corpus.files[coder]
        for position, reason in find_drift(codes, texts):
            adrift = True
            yield FramingError(
                reason, path=path, row=codes[position].row, hint="code the text as it is now"
            )
        if corpus.codebook.speakers:
            for code in codes:
                if code.speaker is None and not code.furniture:
                    yield FramingError("has no speaker", path=path, row=code.row)
    if not adrift:
        yield from _find_uncoded(corpus)


def _find_uncoded(corpus: Corpus) -> Iterator[FramingError]:
    """Units and articles that one coder has coded and another has not."""
    wanted = {code.key for codes in corpus.codes.values() for code in codes if not code.furniture}
    for coder, codes in corpus.codes.items():
        path = corpus.files[coder]
        known = {code.article for code in codes}
        for name in sorted(set(corpus.articles) - known):
            yield FramingError(
                f"{coder!r} has not coded {name}", path=path, hint="code it, or take it out"
            )
        for article, start, end in sorted(wanted - {code.key for code in codes}):
            if article in known:
                yield FramingError(f"{coder!r} has not coded {article} {start}-{end}", path=path)


def _check_gold(corpus: Corpus) -> Iterator[FramingError]:
    """Gold is what the coders agree on, and a reasoned decision where they do not."""
    coded: dict[tuple[str, int, int], list[Code]] = defaultdict(list)
    for coder in corpus.coders:
        for code in corpus.codes[coder]:
            coded[code.key].append(code)
    for gold in corpus.codes.get(GOLD, ()):
        answers = {(frozenset(code.frames), code.speaker) for code in coded[gold.key]}
        if gold.furniture or not answers:
            continue
        decided = gold.note.startswith("adjudicated:")
        if len(answers) > 1 and (not decided or not gold.note.partition(":")[2].strip()):
            yield FramingError(
                "coders differ and the note does not say why this was decided",
                path=corpus.files[GOLD],
                row=gold.row,
                hint="begin the note with `adjudicated:` and the reason",
            )
        if (
            len(answers) == 1
            and not decided
            and (frozenset(gold.frames), gold.speaker) not in answers
        ):
            yield FramingError(
                "differs from what every coder said",
                path=corpus.files[GOLD],
                row=gold.row,
                hint="take their code, or note `adjudicated:` and the reason",
            )


def _check_segmentation(corpus: Corpus) -> Iterator[FramingError]:
    """Units coded are units the program finds today, in all but one article of twenty.

    A sample codes some units of an article only: those it does not code are nobody's fault.
    """
    coded: dict[str, set[tuple[int, int]]] = defaultdict(set)
    for codes in corpus.codes.values():
        for code in codes:
            if not code.furniture:
                coded[code.article].add((code.start, code.end))
    differ = []
    for name, spans in coded.items():
        units = prepare_article(corpus.articles[name]).units
        if spans - {(unit.start, unit.end) for unit in units}:
            differ.append(name)
    # The splitter is mended as time goes on: codes still hold by offset.
    if len(differ) > len(coded) // 20:
        for name in sorted(differ):
            yield FramingError(
                "is segmented differently from how it was coded",
                path=corpus.articles[name].path,
                hint="code it again, or mend the splitter",
            )


def _check_near_duplicates(
    dataset: Dataset, pairs: Sequence[NearDuplicate]
) -> Iterator[FramingError]:
    about = dataset.about
    for pair in pairs:
        if pair.left >= pair.right:
            continue
        left, right = (about[dataset.articles[i]] for i in (pair.left, pair.right))
        if left.parallel and left.parallel == right.parallel and left.name != right.name:
            continue
        yield FramingError(
            f"{dataset.texts[pair.left]!r} nearly repeats {dataset.texts[pair.right]!r} of "
            f"{right.name} (Jaccard {pair.similarity:.2f})",
            path=left.path,
            hint="write one of them afresh",
        )


def _check_parallel(corpus: Corpus, dataset: Dataset) -> Iterator[FramingError]:
    sizes = Counter(dataset.articles)
    for name, members in _parallel_sets(corpus).items():
        languages = [corpus.articles[member].language for member in members]
        units = {member: sizes[member] for member in members}
        if sorted(languages) != sorted(corpus.codebook.languages):
            yield FramingError(
                f"parallel set {name!r} is in {', '.join(languages)}",
                path=corpus.articles[members[0]].path,
                hint=f"one article in each of {', '.join(corpus.codebook.languages)}",
            )
        elif len(set(units.values())) > 1:
            counted = ", ".join(f"{member} {count}" for member, count in units.items())
            yield FramingError(
                f"parallel set {name!r} differs in units: {counted}",
                path=corpus.articles[members[0]].path,
                hint="a unit of one is the translation of the unit with its number in another",
            )


def _check_split(
    corpus: Corpus, dataset: Dataset, pairs: Sequence[NearDuplicate]
) -> Iterator[FramingError]:
    try:
        split = read_split(corpus.split_path)
    except FramingError as error:
        yield error
        return
    for problem in find_split_problems(split, dataset, pairs):
        yield FramingError(problem, path=corpus.split_path)


def _check_licensed(corpus: Corpus, files: Sequence[Path]) -> Iterator[FramingError]:
    for path in files:
        try:
            codes = read_codes(path, corpus.codebook)
        except FramingError as error:
            yield error
            continue
        for code in codes:
            if code.article in corpus.articles:
                yield FramingError(
                    f"{code.article} is an article of this corpus",
                    path=path,
                    row=code.row,
                    hint="licensed codes are of text kept elsewhere",
                )


def _check_wording(dataset: Dataset, texts: dict[str, str]) -> Iterator[FramingError]:
    for name, text in texts.items():
        for pieces, length, unit in (
            (_words, SHARED_WORDS, "words"),
            (_characters, SHARED_CHARACTERS, "characters"),
        ):
            runs = _runs(pieces(text), length)
            for row, own in enumerate(dataset.texts):
                unspaced = str(dataset.about[dataset.articles[row]].language) in _UNSPACED
                if unspaced != (pieces is _characters):
                    continue
                shared = next(
                    (run for run in _runs_in_order(pieces(own), length) if run in runs), None
                )
                if shared is not None:
                    shown = (" " if pieces is _words else "").join(shared)
                    yield FramingError(
                        f"shares {length} {unit} with {name}: {shown!r}",
                        path=dataset.about[dataset.articles[row]].path,
                        hint="write the sentence afresh",
                    )


def _words(text: str) -> list[str]:
    return re.findall(r"[\w'\u2019]+", text.casefold())


def _characters(text: str) -> list[str]:
    return [character for character in text.casefold() if not character.isspace()]


def _runs_in_order(pieces: Sequence[str], length: int) -> Iterator[tuple[str, ...]]:
    for start in range(len(pieces) - length + 1):
        yield tuple(pieces[start : start + length])


def _runs(pieces: Sequence[str], length: int) -> set[tuple[str, ...]]:
    return set(_runs_in_order(pieces, length))


def _parallel_sets(corpus: Corpus) -> dict[str, list[str]]:
    sets: dict[str, list[str]] = defaultdict(list)
    for name, article in sorted(corpus.articles.items()):
        if article.parallel:
            sets[article.parallel].append(name)
    return dict(sorted(sets.items()))


def _count_parallel(corpus: Corpus) -> str:
    return f"{len(_parallel_sets(corpus))} sets"


def _count_codes(corpus: Corpus) -> str:
    return ", ".join(f"{coder} {len(codes)}" for coder, codes in sorted(corpus.codes.items()))


def _count_gold(corpus: Corpus) -> str:
    decided = sum(code.note.startswith("adjudicated:") for code in corpus.codes.get(GOLD, ()))
    return f"{decided} decided"
