"""Outlet file: one outlet as listed, and the checked reading of a file of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from framing.errors import ConfigError
from framing.files import Located, load_yaml

KINDS = (
    "wire", "progressive_daily", "conservative_daily", "centrist_daily", "business_daily",
    "public_broadcaster", "commercial_broadcaster", "online", "magazine", "government",
    "third_country_wire", "third_country_daily", "third_country_broadcaster",
)  # fmt: skip

_REQUIRED = ("id", "name", "country", "kind")
_LISTS = ("aliases", "domains", "languages", "credits")
_KEYS = (*_REQUIRED, "names", *_LISTS, "naver", "agency")
_DOMAIN = re.compile(r"[\w-]{1,63}(\.[\w-]{1,63}){1,8}(/[^\s?#]{0,200})?")


@dataclass(frozen=True, kw_only=True, slots=True)
class Outlet:
    """One publisher of news."""

    id: str
    name: str
    """Canonical English name."""
    names: Mapping[str, str] = field(hash=False)
    """Name by language; always has `en`."""
    country: str
    """ISO 3166 alpha-2."""
    kind: str
    """One of `KINDS`."""
    aliases: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    """ISO 639-1 codes of its editions, the main one first."""
    naver: str | None = None
    """Code in addresses of news.naver.com, which carries Korean outlets."""
    agency: bool = False
    """Whether it is a news agency."""
    credits: tuple[str, ...] = ()
    """Short forms that name it in a dateline or credit only."""

    @property
    def forms(self) -> tuple[str, ...]:
        """Every form of its name, credits aside, the canonical one first."""
        return tuple(dict.fromkeys((self.name, *self.names.values(), *self.aliases)))


def fold_name(text: str) -> str:
    """Letters and digits of a name, width and case folded: what two forms are compared by."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))


@dataclass(frozen=True, slots=True)
class Claims:
    """The outlets of a file, and who claims which name, credit and address."""

    outlets: tuple[Outlet, ...]
    names: Mapping[str, Outlet]
    """Outlet by folded name or alias."""
    credits: Mapping[str, Outlet]
    """Agency by folded name, alias or credit."""
    addresses: Mapping[str, Outlet]
    """Outlet by domain and path, or by `naver:` and its code."""


def read_outlets(path: Path) -> Claims:
    """Read and check an outlets file.

    Raises:
        ConfigError: The file is missing or breaks a rule; the message names the line.
    """
    document = load_yaml(path, ConfigError)
    _check_keys(document, ("outlets",), path)
    entries = document.get("outlets")
    if not isinstance(entries, list) or not entries:
        raise ConfigError("has no list of `outlets`", path=path, row=document.line)
    return _Builder(path).build(entries)


class _Builder:
    """Turns entries into outlets and notes who claims which name and address."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.ids: dict[str, Outlet] = {}
        self.names: dict[str, Outlet] = {}
        self.credits: dict[str, Outlet] = {}
        self.addresses: dict[str, Outlet] = {}

    def build(self, entries: Sequence[Any]) -> Claims:
        for number, entry in enumerate(entries, 1):
            if not isinstance(entry, Located):
                raise ConfigError(f"outlet {number} has no keys and values", path=self.path)
            self._add(entry, self._read(entry))
        return Claims(tuple(self.ids.values()), self.names, self.credits, self.addresses)

    def _read(self, entry: Located) -> Outlet:
        _check_keys(entry, _KEYS, self.path)
        for key in _REQUIRED:
            if key not in entry:
                raise self._error(f"this outlet has no `{key}`", entry)
        texts = {key: self._read_text(entry, key) for key in _REQUIRED}
        lists = {key: self._read_list(entry, key) for key in _LISTS}
        self._check_values(entry, texts, lists)
        return Outlet(
            **texts,
            names={"en": texts["name"], **self._read_names(entry)},
            naver=self._read_naver(entry),
            agency=self._read_agency(entry),
            aliases=lists["aliases"],
            domains=tuple(map(_fold_domain, lists["domains"])),
            languages=lists["languages"],
            credits=lists["credits"],
        )

    def _check_values(
        self, entry: Located, texts: dict[str, str], lists: dict[str, tuple[str, ...]]
    ) -> None:
        if not re.fullmatch(r"[a-z0-9_]+", texts["id"]):
            raise self._error(f"id {texts['id']!r} is not in snake_case", entry, "id")
        if not re.fullmatch(r"[A-Z]{2}", texts["country"]):
            raise self._error(
                f"country {texts['country']!r} is not a two-letter code", entry, "country",
                "write it as KR, JP, US ...",
            )  # fmt: skip
        if texts["kind"] not in KINDS:
            near = get_close_matches(texts["kind"], KINDS, 1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(KINDS)}"
            raise self._error(f"unknown kind {texts['kind']!r}", entry, "kind", hint)
        for code in lists["languages"]:
            if not re.fullmatch(r"[a-z]{2}", code):
                raise self._error(f"language {code!r} is not a two-letter code", entry, "languages")
        for domain in lists["domains"]:
            if not _DOMAIN.fullmatch(_fold_domain(domain)):
                raise self._error(f"{domain!r} is not a domain", entry, "domains")
        if lists["credits"] and not entry.get("agency"):
            raise self._error(
                "`credits` are for news agencies", entry, "credits", "add `agency: true`"
            )

    def _read_text(self, entry: Located, key: str) -> str:
        value = entry[key]
        if not isinstance(value, str) or not value.strip():
            raise self._error(f"`{key}` is not text", entry, key, "put it in quotes")
        return value.strip()

    def _read_list(self, entry: Located, key: str) -> tuple[str, ...]:
        value = entry.get(key, [])
        if not isinstance(value, list) or not all(isinstance(x, str) and x.strip() for x in value):
            raise self._error(
                f"`{key}` is not a list of texts", entry, key, 'write it as [one, "two"]'
            )
        return tuple(value)

    def _read_names(self, entry: Located) -> dict[str, str]:
        value = entry.get("names", {})
        if not isinstance(value, dict) or not all(isinstance(x, str) for x in value.values()):
            raise self._error(
                "`names` is not a name by language",
                entry,
                "names",
                "write it as {ko: ..., ja: ...}",
            )
        return dict(value)

    def _read_naver(self, entry: Located) -> str | None:
        value = entry.get("naver")
        if value is None or (isinstance(value, str) and re.fullmatch(r"\d{3}", value)):
            return value
        raise self._error(
            f"naver {value!r} is not a code", entry, "naver", 'write its three digits as "023"'
        )

    def _read_agency(self, entry: Located) -> bool:
        value = entry.get("agency", False)
        if not isinstance(value, bool):
            raise self._error("`agency` is not true or false", entry, "agency")
        return value

    def _add(self, entry: Located, outlet: Outlet) -> None:
        if outlet.id in self.ids:
            raise self._error(f"id {outlet.id} stands twice", entry, "id", "give it another")
        self.ids[outlet.id] = outlet
        places = {"name": [outlet.name, outlet.id], "names": list(outlet.names.values()),
                  "aliases": list(outlet.aliases)}  # fmt: skip
        for key, forms in places.items():
            for form in forms:
                self._claim_name(form, outlet, entry, key)
        for form in outlet.credits:
            holder = self.names.get(fold_name(form), outlet)
            self._claim(self.credits, fold_name(form), form, outlet, entry, "credits", holder)
        for domain in outlet.domains:
            self._claim(self.addresses, domain, domain, outlet, entry, "domains")
        if outlet.naver:
            key = f"naver:{outlet.naver}"
            self._claim(self.addresses, key, outlet.naver, outlet, entry, "naver")

    def _claim_name(self, form: str, outlet: Outlet, entry: Located, where: str) -> None:
        key = fold_name(form)
        keys = [key]
        # "The Times" is not "Times", but "The Korea Herald" is "Korea Herald".
        if form[:4].lower() == "the " and " " in form[4:].strip():
            keys.append(key[3:])
        for key in keys:
            self._claim(self.names, key, form, outlet, entry, where, self.credits.get(key))
            if outlet.agency:
                self._claim(self.credits, key, form, outlet, entry, where)

    def _claim(
        self,
        claims: dict[str, Outlet],
        key: str,
        shown: str,
        outlet: Outlet,
        entry: Located,
        where: str,
        other: Outlet | None = None,
    ) -> None:
        if not key:
            raise self._error(f"{shown!r} has no letters", entry, where)
        for holder in (claims.setdefault(key, outlet), other):
            if holder is not None and holder is not outlet:
                raise self._error(
                    f"{shown!r} is claimed by both {holder.id} and {outlet.id}", entry, where,
                    "leave it with one of them",
                )  # fmt: skip

    def _error(
        self, problem: str, entry: Located, key: str = "", hint: str | None = None
    ) -> ConfigError:
        row = entry.lines.get(key, entry.line)
        return ConfigError(problem, path=self.path, row=row, hint=hint)


def _check_keys(entry: Located, known: Sequence[str], path: Path) -> None:
    for key in entry:
        if key not in known:
            near = get_close_matches(key, known, 1)
            hint = f"did you mean `{near[0]}`?" if near else f"known are {', '.join(known)}"
            raise ConfigError(f"unknown key `{key}`", path=path, row=entry.lines[key], hint=hint)


def _fold_domain(domain: str) -> str:
    bare = domain.strip().lower().partition("//")
    return (bare[2] or bare[0]).removeprefix("www.").rstrip("/")
