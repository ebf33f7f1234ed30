"""Names: what gives away who and where a text is about, in every form, read from a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from framing.errors import ConfigError
from framing.files import Located, load_yaml, refuse_unknown_keys, resource_root

CITIZENS = "citizens"
_TOP_KEYS = ("placeholders", "names", "compounds", "spared")
_WORDING_KEYS = ("letters", "join")


@dataclass(frozen=True)
class Name:
    """One name in all its forms."""

    kind: str
    forms: Mapping[str, tuple[str, ...]]
    """Forms by language."""
    citizens: Mapping[str, tuple[str, ...]]
    """Forms by language that mean a country's people."""
    short: Mapping[str, tuple[str, ...]]
    """Forms by language that are names inside listed compounds only."""


@dataclass(frozen=True)
class Wording:
    """What stands in the place of names in one language."""

    letters: str
    join: str
    placeholders: Mapping[str, str]
    """Placeholder by kind, `{}` for the letter; `citizens` for a country's people."""

    def fill(self, slot: str, number: int) -> str:
        """The placeholder of a name of a kind with this number, counted from 0 in an article."""
        rounds, place = divmod(number, len(self.letters))
        return self.placeholders[slot].replace("{}", self.letters[place] * (rounds + 1))


@dataclass(frozen=True, eq=False)
class NameList:
    """The names to mask, with the words that look like them."""

    names: tuple[Name, ...]
    wordings: Mapping[str, Wording]
    """Wording by language."""
    compounds: Mapping[str, tuple[str, ...]]
    spared: Mapping[str, tuple[str, ...]]

    @classmethod
    def load(cls, path: str | Path | None = None) -> NameList:
        """Load and check a file of names; without a path, the one this package ships.

        Raises:
            ConfigError: The file is missing or breaks a rule; the message names the line.
        """
        return _load_shipped() if path is None else _Reader(Path(path)).read()

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of names, in the order of the file."""
        return tuple(dict.fromkeys(name.kind for name in self.names))


@cache
def _load_shipped() -> NameList:
    return _Reader(resource_root() / "annotations" / "names.yaml").read()


class _Reader:
    """Checks a file of names key by key, so that every error names its line."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.claims: dict[tuple[str, str], Located] = {}

    def read(self) -> NameList:
        document = load_yaml(self.path, ConfigError)
        self.refuse_unknown(document, _TOP_KEYS)
        kinds = self.mapping(document, "names")
        found = self.mapping(document, "placeholders")
        wordings = {key: self.wording(self.mapping(found, key), tuple(kinds)) for key in found}
        languages = tuple(wordings)
        return NameList(
            tuple(
                self.name(kind, entry, languages)
                for kind in kinds
                for entry in self.entries(kinds, kind)
            ),
            wordings,
            self.words(document, "compounds", languages),
            self.words(document, "spared", languages),
        )

    def wording(self, item: Located, kinds: tuple[str, ...]) -> Wording:
        self.refuse_unknown(item, (*_WORDING_KEYS, CITIZENS, *kinds))
        for key in (*_WORDING_KEYS, *kinds):
            if not isinstance(item.get(key), str) or not item[key]:
                row = item.lines.get(key, item.line)
                raise self.error(f"`{key}` must be a text", row, "put it in quotes")
        letters, join = item["letters"], item["join"]
        if len(set(letters)) != len(letters):
            raise self.error("a letter stands twice", item.lines["letters"])
        placeholders = {key: str(item[key]) for key in item if key not in _WORDING_KEYS}
        for key, placeholder in placeholders.items():
            if "{}" not in placeholder:
                raise self.error(f"`{key}` has no {{}} for the letter", item.lines[key])
        return Wording(letters, join, placeholders)

    def name(self, kind: str, entry: Located, languages: tuple[str, ...]) -> Name:
        self.refuse_unknown(entry, (*languages, CITIZENS, "short"))
        forms = {key: self.texts(entry, key) for key in entry if key in languages}
        citizens = self.words(entry, CITIZENS, languages)
        short = self.words(entry, "short", languages)
        if not any((forms, citizens, short)):
            raise self.error("this name has no form", entry.line)
        for language, listed in (*forms.items(), *citizens.items()):
            self.claim(language, listed, entry)
        return Name(kind, forms, citizens, short)

    def claim(self, language: str, forms: Sequence[str], entry: Located) -> None:
        """Refuse a form that another name has: one could not tell which is meant."""
        for form in forms:
            if self.claims.setdefault((language, form), entry) is not entry:
                raise self.error(
                    f"{form!r} stands under two names in {language}",
                    entry.line,
                    "leave it with one of them",
                )

    def words(
        self, item: Located, key: str, languages: tuple[str, ...]
    ) -> dict[str, tuple[str, ...]]:
        """Lists of texts by language under a key that may be missing."""
        if key not in item:
            return {}
        found = self.mapping(item, key)
        self.refuse_unknown(found, languages)
        return {language: self.texts(found, language) for language in found}

    def texts(self, item: Located, key: str) -> tuple[str, ...]:
        value = item[key]
        if not isinstance(value, list) or not all(isinstance(x, str) and x.strip() for x in value):
            raise self.error(
                f"`{key}` is not a list of texts", item.lines[key], 'write it as [one, "two"]'
            )
        return tuple(value)

    def mapping(self, item: Located, key: str) -> Located:
        value = item.get(key)
        if not isinstance(value, Located) or not value:
            raise self.error(f"`{key}` must hold keys and values", item.lines.get(key, item.line))
        return value

    def entries(self, item: Located, key: str) -> list[Located]:
        value = item[key]
        if not isinstance(value, list) or not all(isinstance(v, Located) for v in value):
            raise self.error(f"`{key}` must be a list of entries with keys", item.lines[key])
        return value

    def refuse_unknown(self, item: Located, known: Sequence[str]) -> None:
        refuse_unknown_keys(item, known, ConfigError, self.path)

    def error(self, problem: str, row: int | None, hint: str | None = None) -> ConfigError:
        return ConfigError(problem, path=self.path, row=row, hint=hint)
