"""Masking: names in text replaced, so that one can test whether scores hang on them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from difflib import get_close_matches
from typing import TypedDict

from framing.errors import ConfigError, InputError
from framing.names import CITIZENS, Name, NameList

DEFAULT_KINDS = ("countries", "places", "people", "firms")
_LATIN, _HANGUL, _KATAKANA = "A-Za-z0-9\u00c0-\u024f", "\uac00-\ud7a3", "\u30a1-\u30fa\u30fc"
# Full-width letters and signs as their ASCII twins: one for one, so that offsets stay.
_NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
# A short form is none after a number or such a word (the day in 3日韓国 or 同日中), nor before the
# rest of a longer name (対日本).
_BEFORE_COMPOUND = r"\d一二三四五六七八九十同翌前今当本昨明毎終即連"
_AFTER_COMPOUND = "国本국본"
_LONGEST_NUMERAL = 3
# What a placeholder says already, as in 名古屋市, unless another word begins with it (東京市場).
_SAME_SUFFIX = re.compile("[市氏시씨](?![場況])")
_ARTICLE_AN = re.compile(r"\b([Aa])n(\s)$")
_CLOSING = " \t\n\"'\u201d\u2019)]"
# Korean particles and endings that depend on the sound before them: after a consonant, a vowel.
_PARTICLES = (
    ("은", "는"), ("이", "가"), ("을", "를"), ("과", "와"), ("으로", "로"), ("이라", "라"),
    ("이나", "나"), ("이며", "며"), ("이다", "다"), ("이고", "고"), ("이지만", "지만"),
)  # fmt: skip
_PARTICLE = re.compile(
    rf"({'|'.join(sorted((form for pair in _PARTICLES for form in pair), key=len, reverse=True))})"
    rf"(?:부터|서|써|는|도|의|만|고|면|며|다|지만)?(?![{_HANGUL}])"
)


class Coverage(TypedDict):
    """How much of a text masking reached."""

    units: int
    changed: int
    """Units in which a name was replaced."""
    share: float
    """Changed units among all, in [0, 1]; 0 where there is none."""


def mask_names(
    texts: Sequence[str],
    articles: Iterable[object],
    languages: Iterable[str],
    *,
    kinds: Collection[str] = DEFAULT_KINDS,
    names: NameList | None = None,
) -> list[str]:
    """Replace names by placeholders of the same language: `Country X`, `X국`, `甲国`.

    All forms of a name get one letter within an article (Japan and Japanese, 日本 and 日韓), in the
    order in which the article's names first appear: no letter means one name in all articles.
    Institutions and treaties stay unless asked for: the WTO, say, is not only a name but what a
    frame is about. Words around a name are mended where that is cheap: `an` before it in English,
    the particle after it in Korean.

    Args:
        texts: Text of each unit (n_units).
        articles: Article of each unit (n_units).
        languages: Language of each unit (n_units).
        kinds: Kinds of names to replace; `NameList.kinds` lists them.
        names: The names; those this package ships if None.

    Returns:
        Masked text of each unit (n_units).

    Raises:
        ConfigError: There is no such kind of names.
        InputError: There are no names in a unit's language.
    """
    known = NameList.load() if names is None else names
    for kind in kinds:
        if kind not in known.kinds:
            near = get_close_matches(kind, known.kinds, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known.kinds)}"
            raise ConfigError(f"there are no names of kind {kind!r}", hint=hint)
    maskers: dict[str, _Masker] = {}
    given: dict[object, _Numbers] = defaultdict(_Numbers)
    masked = []
    for text, article, language in zip(texts, articles, languages, strict=True):
        if language not in maskers:
            maskers[language] = _Masker(known, language, kinds)
        masked.append(maskers[language].mask(text, given[article]))
    return masked


def measure_coverage(texts: Iterable[str], masked: Iterable[str]) -> Coverage:
    """Count the units that masking changed.

    Args:
        texts: Text of each unit as it was (n_units).
        masked: The same units, masked (n_units).
    """
    changed = [text != other for text, other in zip(texts, masked, strict=True)]
    share = sum(changed) / len(changed) if changed else 0.0
    return Coverage(units=len(changed), changed=sum(changed), share=share)


class _Numbers:
    """Numbers of the names of one article, by kind, in the order in which they are met."""

    def __init__(self) -> None:
        self._met: dict[str, dict[int, int]] = defaultdict(dict)

    def number(self, kind: str, name: int) -> int:
        return self._met[kind].setdefault(name, len(self._met[kind]))


class _Masker:
    """Masks the texts of one language."""

    def __init__(self, known: NameList, language: str, kinds: Collection[str]) -> None:
        if language not in known.wordings:
            raise InputError(
                f"there is no list of names in {language!r}",
                hint=f"there is one in {', '.join(known.wordings)}",
            )
        self.names = known.names
        self.wording = known.wordings[language]
        self.language = language
        self.slots: dict[str, tuple[int, str]] = {}
        self.parts: dict[str, tuple[int, str]] = {}
        for index, name in enumerate(known.names):
            if name.kind in kinds:
                self._add(index, name)
        parts = re.compile(f"({'|'.join(map(re.escape, _longest_first(self.parts))) or '(?!)'})")
        self.compounds = {
            compound.replace("|", ""): [
                piece for part in compound.split("|") for piece in parts.split(part) if piece
            ]
            for compound in known.compounds.get(language, ())
        }
        self.pattern = _compile({*self.slots, *known.spared.get(language, ())}, self.compounds)

    def _add(self, index: int, name: Name) -> None:
        named = CITIZENS if CITIZENS in self.wording.placeholders else name.kind
        for slot, listed in ((name.kind, name.forms), (named, name.citizens)):
            for form in listed.get(self.language, ()):
                self.slots |= dict.fromkeys(_spell(form), (index, slot))
        for form in (*name.short.get(self.language, ()), *name.forms.get(self.language, ())):
            self.parts[form] = (index, name.kind)

    def mask(self, text: str, numbers: _Numbers) -> str:
        parts, end = [], 0
        folded = text.translate(_NARROW)
        for match in self.pattern.finditer(folded):
            placeholder = self._replace(match.group(), numbers)
            if placeholder == match.group() or match.start() < end:
                continue
            before = text[end : match.start()]
            if self.language == "en":
                before = _ARTICLE_AN.sub(r"\1\2", before)
            after, end = self._mend(match.group(), placeholder, text, match.end())
            parts += [before, placeholder, after]
        return "".join((*parts, text[end:]))

    def _mend(self, found: str, placeholder: str, text: str, end: int) -> tuple[str, int]:
        """What follows a placeholder, and from where on the text does."""
        if self.language == "en" and found.endswith("."):
            # The point of U.S. may have ended the sentence too.
            return ("" if text[end:].strip(_CLOSING) else "."), end
        if _SAME_SUFFIX.match(text, end) and text[end] == placeholder[-1]:
            end += 1
        particle = _PARTICLE.match(text, end) if self.language == "ko" else None
        if particle is None:
            return "", end
        return _choose_particle(particle[1], placeholder[-1]), particle.end(1)

    def _replace(self, found: str, numbers: _Numbers) -> str:
        """What stands in the place of a name, or of a compound with names in it."""
        if found in self.slots:
            return self._fill(self.slots[found], numbers)
        if found not in self.compounds:
            return found  # spared
        pieces = self.compounds[found]
        filled = []
        for before, piece in zip(("", *pieces), pieces, strict=False):
            if before in self.parts and piece in self.parts:
                filled.append(self.wording.join)
            known = self.parts.get(piece)
            filled.append(self._fill(known, numbers) if known else piece)
        return "".join(filled)

    def _fill(self, target: tuple[int, str], numbers: _Numbers) -> str:
        name, slot = target
        return self.wording.fill(slot, numbers.number(self.names[name].kind, name))


def _spell(form: str) -> set[str]:
    """A form as it may stand: as listed, with a capital article, in capitals."""
    capital = f"T{form[1:]}" if form.startswith("the ") else form
    # XI is a number before it is a name.
    return {form, capital, form.upper() if len(form) > _LONGEST_NUMERAL else form}


def _longest_first(forms: Iterable[str]) -> list[str]:
    return sorted(forms, key=lambda form: (-len(form), form))


def _compile(forms: Collection[str], compounds: Collection[str]) -> re.Pattern[str]:
    """A pattern for whole forms, the longest first; compounds mind what stands around them."""
    by_first: dict[str, list[str]] = defaultdict(list)
    for form in _longest_first({*forms, *compounds}):
        left = next((c for c in (_LATIN, _HANGUL, _KATAKANA) if re.match(f"[{c}]", form)), "")
        # Particles may follow Hangul; a form that ends in a point has letters before it.
        right = next((c for c in (_LATIN, _KATAKANA) if re.search(f"[{c}][.]?$", form)), "")
        if form in compounds:
            left, right = left + _BEFORE_COMPOUND, right + _AFTER_COMPOUND
        first = re.escape(form[0])
        before = f"(?<![{left}]{first})" if left else ""
        after = f"(?![{right}])" if right else ""
        by_first[first].append(f"{before}{re.escape(form[1:])}{after}")
    # Choices that begin with a letter, not with a look behind it, are searched many times faster.
    return re.compile(
        "|".join(f"{first}(?:{'|'.join(choices)})" for first, choices in by_first.items())
    )


def _choose_particle(particle: str, last: str) -> str:
    """The form of a particle that goes with the syllable before it."""
    closing = (ord(last) - 0xAC00) % 28
    for closed, opened in _PARTICLES:
        if particle in (closed, opened):
            # ㄹ, the eighth closing consonant, is no obstacle to 로.
            return closed if closing and not (opened == "로" and closing == 8) else opened
    return particle
