"""Trigger words: those that give a frame away in training text, and the units that lack them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from framing.classifiers.features import normalise
from framing.classifiers.ngrams import Batch, Ngrams, hash_characters, hash_words, make_batches
from framing.errors import ConfigError, InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from framing.dataset import Dataset

_WORD = re.compile(r"\w+")
# Hiragana alone is particles and endings of verbs.
_ENDINGS = re.compile(r"[\u3041-\u3096]+")
_LEAST_Z = 1.96
# The prior is worth a tenth of the text: enough that a word seen only with one frame is not held
# back by the few times the prior would expect it elsewhere.
_PRIOR_SHARE = 0.1
# Written without spaces, or with particles glued on: a word is found as a run of characters.
_GLUED = frozenset({"ja", "ko", "zh"})
_LONGEST_PHRASE = 2
_SHORTEST_RUN, _LONGEST_RUN = 2, 4


@dataclass(frozen=True, slots=True)
class Trigger:
    """A word, a pair of words or a run of characters that speaks for a frame."""

    text: str
    """As it is counted: small letters, every digit 0."""
    z: float
    """Log-odds ratio over its standard error."""
    carrying: int
    """Training units that hold it and carry the frame."""
    others: int
    """Training units that hold it and do not."""


@dataclass(frozen=True)
class Triggers:
    """Trigger words by language and frame.

    **A sentence without trigger words** is a unit that holds no trigger of any frame (`absent`).
    The definition asks nothing of gold: the units are the same for every model and there are units
    with and without frames among them, so that precision, recall and F1 mean on them what they mean
    elsewhere. To leave out only the triggers of the frames that a unit carries (`absent_for_gold`)
    keeps more units, but gold chose them and a wrong trigger may stand in them: it serves recall.
    """

    frame_ids: tuple[str, ...]
    """Frame ids in column order."""
    found: Mapping[str, Mapping[str, tuple[Trigger, ...]]]
    """Triggers by language and frame id, strongest first."""

    def mark(self, texts: Sequence[str], languages: Iterable[str]) -> NDArray[np.bool_]:
        """Which frames each unit holds a trigger of.

        Args:
            texts: Text of each unit (n_units).
            languages: Language of each unit (n_units).

        Returns:
            Bool (n_units, n_frames), columns in codebook order.

        Raises:
            InputError: There are no triggers of a language.
        """
        held = np.zeros((len(texts), len(self.frame_ids)), dtype=bool)
        for language, rows in _group_rows(texts, languages).items():
            if language not in self.found:
                raise InputError(
                    f"no trigger words are known in {language!r}",
                    hint=f"there was training text in {', '.join(sorted(self.found))}",
                )
            grams, owners = _hash_occurrences([texts[row] for row in rows], language)[:2]
            for column, frame in enumerate(self.frame_ids):
                wanted = [trigger.text for trigger in self.found[language][frame]]
                hashes = (hash_characters if language in _GLUED else hash_words)(wanted)
                held[rows[owners[np.isin(grams, hashes)]], column] = True
        return held

    def absent(self, texts: Sequence[str], languages: Iterable[str]) -> NDArray[np.bool_]:
        """Units that hold no trigger of any frame: sentences without trigger words.

        Args:
            texts: Text of each unit (n_units).
            languages: Language of each unit (n_units).

        Returns:
            Bool (n_units).

        Raises:
            InputError: There are no triggers of a language.
        """
        return np.asarray(~self.mark(texts, languages).any(axis=1))

    def absent_for_gold(self, dataset: Dataset) -> NDArray[np.bool_]:
        """Units that carry a frame and hold no trigger of any frame they carry.

        Args:
            dataset: Coded units.

        Returns:
            Bool (n_units); False for units without a frame.

        Raises:
            InputError: There are no triggers of a language.
        """
        held = self.mark(dataset.texts, map(str, dataset.languages))
        return np.asarray(dataset.frames.any(axis=1) & ~(held & dataset.frames).any(axis=1))


def find_triggers(dataset: Dataset, most: int = 50) -> Triggers:
    """Find the words that give each frame away, in each language.

    N-grams are the baseline's: words and pairs of words, or, in Japanese, Korean and Chinese, runs
    of two to four characters (not of hiragana alone); one counts once in a unit. They are ranked by
    the log-odds ratio of units that carry the frame to all others of the language, over its
    standard error, with an informative Dirichlet prior in proportion to the text of that language
    (Monroe, Colaresi and Quinn 2008, "Fightin' Words: lexical feature selection and evaluation for
    identifying the content of political conflict", equations 16, 20 and 22). Of those with z > 1.96
    one is taken if most of the units that hold it carry the frame (a word that mostly stands
    elsewhere gives nothing away) and if no stronger one stands wherever it stands (it would add
    nothing).

    Args:
        dataset: Training units; never those to be judged.
        most: At most this many a language and frame.

    Raises:
        ConfigError: `most` is not positive.
    """
    if most < 1:
        raise ConfigError(f"{most} trigger words cannot be taken", hint="take 1 or more")
    frame_ids = dataset.codebook.frame_ids
    found = {
        language: dict(
            zip(
                frame_ids,
                _rank([dataset.texts[row] for row in rows], dataset.frames[rows], language, most),
                strict=True,
            )
        )
        for language, rows in _group_rows(dataset.texts, map(str, dataset.languages)).items()
    }
    return Triggers(frame_ids, found)


def _rank(
    texts: Sequence[str], frames: NDArray[np.bool_], language: str, most: int
) -> list[tuple[Trigger, ...]]:
    """Triggers of each frame in the units of one language, strongest first."""
    hashes, owners, spelled = _hash_occurrences(texts, language)
    grams, index = np.unique(hashes, return_inverse=True)
    holders = np.split(owners, np.cumsum(np.bincount(index, minlength=len(grams)))[:-1])
    everywhere = np.bincount(index, minlength=len(grams)).astype(float)
    ranked = []
    for carried in frames.T:
        carrying = np.bincount(index, carried[owners], minlength=len(grams)).astype(float)
        others = everywhere - carrying
        z = _compare_odds(carrying, others) if carried.any() else np.zeros(len(grams))
        telling = np.flatnonzero((z > _LEAST_Z) & (carrying > others)).tolist()
        # Of equals the longest: it is nearest to a word.
        order = sorted(telling, key=lambda k: (-z[k], -len(spelled[int(grams[k])]), grams[k]))
        ranked.append(
            tuple(
                Trigger(spelled[int(grams[k])], float(z[k]), int(carrying[k]), int(others[k]))
                for k in _drop_contained(order, holders, most)
            )
        )
    return ranked


def _compare_odds(here: NDArray[np.float64], there: NDArray[np.float64]) -> NDArray[np.float64]:
    """Z score of the log-odds ratio of each n-gram's counts (n_grams) here and there."""
    prior = _PRIOR_SHARE * (here + there)
    left, right = here + prior, there + prior
    ratio = np.log(left / (left.sum() - left)) - np.log(right / (right.sum() - right))
    scores: NDArray[np.float64] = ratio / np.sqrt(1 / left + 1 / right)
    return scores


def _drop_contained(
    order: Sequence[int], holders: Sequence[NDArray[np.int64]], most: int
) -> list[int]:
    """The first n-grams, less those that stand only where one before them stands."""
    taken: list[int] = []
    sets: list[set[int]] = []
    for k in order:
        if len(taken) == most:
            break
        units = set(holders[k].tolist())
        if not any(units <= earlier for earlier in sets):
            taken.append(k)
            sets.append(units)
    return taken


def _hash_occurrences(
    texts: Sequence[str], language: str
) -> tuple[NDArray[np.uint64], NDArray[np.int64], dict[int, str]]:
    """Each n-gram once a text that holds it: its hash, the text's row; and n-grams by hash."""
    hashes, rows = [np.zeros(0, np.uint64)], [np.zeros(0, np.int64)]
    spelled: dict[int, str] = {}
    for batch in make_batches([normalise(text) for text in texts]):
        found = _find(batch, language)
        distinct, first = np.unique(found.hashes, return_index=True)
        spellings = [
            _spell(batch.text[found.starts[at] : found.ends[at]], language) for at in first
        ]
        kept = np.array([_is_wordlike(text, language) for text in spellings], dtype=bool)
        spelled |= {int(h): text for h, text in zip(distinct, spellings, strict=True)}
        whole = kept[np.searchsorted(distinct, found.hashes)]
        hashes.append(found.hashes[whole])
        rows.append(found.rows[whole])
    every, owner = np.concatenate(hashes), np.concatenate(rows)
    order = np.lexsort((owner, every))
    every, owner = every[order], owner[order]
    new = np.ones(len(every), dtype=bool)
    new[1:] = (every[1:] != every[:-1]) | (owner[1:] != owner[:-1])
    return every[new], owner[new], spelled


def _find(batch: Batch, language: str) -> Ngrams:
    if language in _GLUED:
        return batch.characters(_SHORTEST_RUN, _LONGEST_RUN)
    return batch.words(_LONGEST_PHRASE)


def _spell(gram: str, language: str) -> str:
    # What stood between the words of a pair is not part of it.
    return gram if language in _GLUED else " ".join(_WORD.findall(gram))


def _is_wordlike(gram: str, language: str) -> bool:
    """Whether an n-gram can be a trigger: no punctuation in a run, and not endings alone."""
    if language not in _GLUED:
        return True
    return gram.isalnum() and not _ENDINGS.fullmatch(gram)


def _group_rows(texts: Sequence[str], languages: Iterable[str]) -> dict[str, NDArray[np.int64]]:
    """Rows of the units of each language."""
    rows: dict[str, list[int]] = defaultdict(list)
    for row, (_, language) in enumerate(zip(texts, languages, strict=True)):
        rows[language].append(row)
    return {language: np.array(of, dtype=np.int64) for language, of in rows.items()}
