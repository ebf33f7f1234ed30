"""Events: dated facts of the dispute, to be marked on charts over time, read from a file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from framing.errors import ConfigError
from framing.files import Located, load_yaml, refuse_unknown_keys, resource_root

_KEYS = ("date", "id", "title", "titles", "source", "url", "note")


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened on a day."""

    date: date
    id: str
    title: str
    """English."""
    titles: Mapping[str, str] = field(hash=False)
    """Title by language (ISO 639-1), English aside."""
    source: str
    """Who says so: a document or an organisation, with its date."""
    url: str | None = None
    note: str | None = None
    """What is meant, where sources differ."""

    def title_in(self, language: str) -> str:
        """The title in a language; the English one where that language has none."""
        return self.titles.get(language, self.title)


def load_events(path: str | Path | None = None) -> tuple[Event, ...]:
    """Load and check a file of events; without a path, the one this package ships.

    Returns:
        The events by date; those of one day in the order of the file.

    Raises:
        ConfigError: The file is missing or breaks a rule; the message names the line.
    """
    shipped = resource_root() / "annotations" / "events.yaml"
    return _Reader(shipped if path is None else Path(path)).read()


class _Reader:
    """Checks a file of events key by key, so that every error names its line."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows: dict[str, int] = {}

    def read(self) -> tuple[Event, ...]:
        document = load_yaml(self.path, ConfigError)
        refuse_unknown_keys(document, ("version", "events"), ConfigError, self.path)
        if document.get("version") != 1:
            raise self.error("is not of version 1", document, "version", "write `version: 1`")
        entries = document.get("events")
        listed = isinstance(entries, list) and all(isinstance(x, Located) for x in entries)
        if not listed or not entries:
            hint = "write each as `- date: ...`, its other keys below"
            raise self.error("`events` is not a list of events", document, "events", hint)
        return tuple(sorted(map(self.event, entries), key=lambda event: event.date))

    def event(self, entry: Located) -> Event:
        refuse_unknown_keys(entry, _KEYS, ConfigError, self.path)
        url = self.text(entry, "url", r"https?://\S+", "add https://") if "url" in entry else None
        return Event(
            date=self.day(entry),
            id=self.id(entry),
            title=self.text(entry, "title"),
            titles=self.titles(entry),
            source=self.text(entry, "source"),
            url=url,
            note=self.text(entry, "note") if "note" in entry else None,
        )

    def day(self, entry: Located) -> date:
        if isinstance(entry.get("date"), date):  # what YAML makes of one without quotes
            entry["date"] = str(entry["date"])
        written = self.text(entry, "date", r"\d{4}-\d\d-\d\d", 'write it as "2019-07-01"')
        try:
            return date.fromisoformat(written)
        except ValueError:
            raise self.error(f"there is no day {written}", entry, "date", "correct it") from None

    def id(self, entry: Located) -> str:
        name = self.text(entry, "id", r"[a-z0-9_]+", "write it in snake_case, as talks_0712")
        if name in self.rows:
            hint = f"row {self.rows[name]} has it too: give one of them another"
            raise self.error(f"id {name} stands twice", entry, "id", hint)
        self.rows[name] = entry.lines["id"]
        return name

    def titles(self, entry: Located) -> dict[str, str]:
        found = entry.get("titles", Located())
        if not isinstance(found, Located) or not all(re.fullmatch("[a-z]{2}", x) for x in found):
            raise self.error("`titles` are not by language", entry, "titles", "write {ko: ...}")
        return {language: self.text(found, language) for language in found}

    def text(self, entry: Located, key: str, pattern: str = ".+", hint: str = "write text") -> str:
        """The text under a key, which matches a pattern as a whole."""
        if key not in entry:
            raise self.error(f"this event has no `{key}`", entry, key, "add it")
        value = entry[key]
        if not isinstance(value, str) or not re.fullmatch(pattern, value.strip(), re.DOTALL):
            raise self.error(f"`{key}` cannot be {value!r}", entry, key, hint)
        return value.strip()

    def error(self, problem: str, entry: Located, key: str, hint: str) -> ConfigError:
        return ConfigError(problem, path=self.path, row=entry.lines.get(key, entry.line), hint=hint)
