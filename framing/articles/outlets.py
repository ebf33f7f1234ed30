"""Outlets: the list of who publishes, found by name or by address."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache, cached_property
from pathlib import Path
from urllib.parse import unquote, urlsplit

from framing.articles.outlet_file import KINDS, Claims, Outlet, fold_name, read_outlets
from framing.files import resource_root

__all__ = ["KINDS", "Outlet", "OutletList", "Search", "fold_name", "split_url"]

_LONGEST_NAME = 200  # characters; longer metadata is no name
_PARENTHESIS = re.compile(r"\s*[(（\[［][^()（）\[\]［］]*[)）\]］]\s*$")
_TRAILING_ARTICLE = re.compile(r",\s*the$", re.IGNORECASE)
_BREAK = re.compile(r"\s*[/／|｜]\s*")
# What exports add to a name: an edition, a medium, the company that publishes it.
_EDITIONS = (
    "englishedition", "koreanedition", "japaneseedition", "internationaledition", "english",
    "online", "digital", "website", "일본어판", "한국어판", "영문판", "인터넷판", "온라인", "닷컴",
    "사", "日本語版", "韓国語版", "英語版", "電子版", "デジタル", "オンライン", "東京朝刊",
    "東京夕刊", "大阪朝刊", "大阪夕刊", "朝刊", "夕刊", "社",
)  # fmt: skip
_EMBEDDED = (  # addresses that hold the address of the page they show
    (re.compile(r"web\.archive\.org$"), re.compile(r"/web/[^/]{1,40}/(.{4,2000})")),
    (re.compile(r"\.cdn\.ampproject\.org$"), re.compile(r"/[a-z]/(?:s/)?(.{4,2000})")),
    (re.compile(r"(?:^|\.)google\.[a-z.]{2,6}$"), re.compile(r"/amp/(?:s/)?(.{4,2000})")),
)
_NAVER_HOST = "news.naver.com"
_NAVER_CODE = re.compile(r"/article/(?:comment/)?(\d{3})/|[?&]oid=(\d{3})(?:&|$)")


@dataclass(frozen=True, slots=True)
class Search:
    """What a search found."""

    outlets: tuple[Outlet, ...]
    matched: bool
    """False where nothing matched and these are only the nearest names."""


@dataclass(frozen=True, eq=False)
class OutletList:
    """The known outlets, with the ways to find one."""

    _claims: Claims = field(repr=False)

    @classmethod
    def load(cls, path: str | Path | None = None) -> OutletList:
        """Load and check an outlets file; without a path, the one this package ships.

        Raises:
            ConfigError: The file is missing or breaks a rule; the message names the line.
        """
        return _load_shipped() if path is None else cls(read_outlets(Path(path)))

    @property
    def outlets(self) -> tuple[Outlet, ...]:
        """The outlets, in the order of the file."""
        return self._claims.outlets

    def __iter__(self) -> Iterator[Outlet]:
        return iter(self.outlets)

    def __len__(self) -> int:
        return len(self.outlets)

    def find_by_name(self, text: str) -> Outlet | None:
        """Find the outlet a name means, None where the list does not have it.

        Case, width, spaces and punctuation do not matter, nor do `The`, a place in brackets
        at the end, an edition, or a second name after a slash that is not listed.
        """
        if len(text) > _LONGEST_NAME:
            return None
        return self._look_up(text) or self._look_up_parts(_PARENTHESIS.sub("", text))

    def _look_up_parts(self, text: str) -> Outlet | None:
        found = self._look_up(text)
        if found or not _BREAK.search(text):
            return found
        parts = {o.id: o for part in _BREAK.split(text) if (o := self._look_up(part))}
        publishers = [o for o in parts.values() if not o.agency] or list(parts.values())
        return publishers[0] if len(publishers) == 1 else None

    def _look_up(self, text: str) -> Outlet | None:
        key = fold_name(_TRAILING_ARTICLE.sub("", text))
        names = self._claims.names
        found = names.get(key) or names.get(f"the{key}" if "," in text else "")
        if found:
            return found
        if key.startswith("the") and key[3:] in names:
            return names[key[3:]]
        for edition in _EDITIONS:
            if key.endswith(edition) and key[: -len(edition)] in names:
                return names[key[: -len(edition)]]
        return self._claims.credits.get(key)

    def find_by_key(self, key: str) -> Outlet | None:
        """Find the outlet one of whose names is exactly this, folded by `fold_name`."""
        return self._claims.names.get(key)

    def find_agency(self, key: str) -> Outlet | None:
        """Find the agency that a credit, folded by `fold_name`, names exactly."""
        return self._claims.credits.get(key)

    @cached_property
    def longest_credit(self) -> int:
        """Length of the longest folded credit."""
        return max(map(len, self._claims.credits), default=0)

    def find_by_url(self, url: str) -> Outlet | None:
        """Find the outlet at an address: the longest listed domain and path that it is under.

        Addresses in the Wayback Machine, in AMP caches and in Naver's news portal are seen
        through; other portals and aggregators do not say who published.
        """
        host, path, query = split_url(url)
        if host == _NAVER_HOST or host.endswith(f".{_NAVER_HOST}"):
            code = _NAVER_CODE.search(f"{path}?{query}")
            return self._claims.addresses.get(f"naver:{code[1] or code[2]}") if code else None
        while "." in host:
            found = self._find_under(host, path)
            if found:
                return found
            host = host.partition(".")[2]
        return None

    def _find_under(self, host: str, path: str) -> Outlet | None:
        steps = [step for step in path.lower().split("/")[:6] if step]
        for depth in range(len(steps), -1, -1):
            found = self._claims.addresses.get("/".join((host, *steps[:depth])))
            if found:
                return found
        return None

    def search(self, query: str) -> Search:
        """Search names, aliases, domains, countries and kinds; the best matches come first.

        Args:
            query: Part of any of them; a country as its two-letter code. Empty for all.
        """
        wanted, plain = fold_name(query), query.strip().casefold()
        found = [o for o in self.outlets if _matches(o, wanted, plain)]
        if found or not wanted:
            found.sort(key=lambda o: wanted not in map(fold_name, (o.id, *o.forms, *o.credits)))
            return Search(tuple(found), matched=True)
        near = get_close_matches(wanted, self._claims.names, n=8, cutoff=0.6)
        return Search(
            tuple({self._claims.names[key].id: self._claims.names[key] for key in near}.values()),
            False,
        )


def split_url(url: str) -> tuple[str, str, str]:
    """Host, path and query of an address, with or without a scheme; of the page it shows.

    Returns:
        Host in lower case without a port, path, query; all empty where it is no address.
    """
    for _ in range(3):
        try:
            parts = urlsplit(url if "//" in url[:12] else f"//{url}")
            host = (parts.hostname or "").rstrip(".")
        except ValueError:
            return "", "", ""
        inner = _find_embedded(host, f"{parts.path}?{parts.query}")
        if inner is None:
            return host, unquote(parts.path), parts.query
        url = inner
    return "", "", ""


def _find_embedded(host: str, path: str) -> str | None:
    for place, pattern in _EMBEDDED:
        if place.search(host):
            found = pattern.match(path)
            return unquote(found[1]) if found else None
    return None


def _matches(outlet: Outlet, wanted: str, plain: str) -> bool:
    return (
        not wanted
        or plain == outlet.country.lower()
        or plain.replace(" ", "_") in outlet.kind
        or any(plain in domain for domain in outlet.domains)
        or any(wanted in fold_name(form) for form in (outlet.id, *outlet.forms, *outlet.credits))
    )


@cache
def _load_shipped() -> OutletList:
    return OutletList(read_outlets(resource_root() / "annotations" / "outlets.yaml"))
