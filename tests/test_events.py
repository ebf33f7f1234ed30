"""Events to mark on charts: the shipped file, the order, titles by language, and every error."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml

from framing.errors import ConfigError
from framing.events import Event, load_events
from framing.files import resource_root

SHIPPED = resource_root() / "annotations" / "events.yaml"

GOOD = """\
version: 1
events:
  - date: "2021-05-03"
    id: later
    title: A later event
    titles: {ko: 나중 일, ja: "後の出来事「発表」"}
    source: Office of Examples, notice of 3 May 2021
    url: https://example.org/notice?no=1&lang=en
    note: Announced, not in force.
  - date: "2020-02-29"
    id: earlier
    title: An earlier event
    source: Office of Examples
"""


@pytest.fixture
def write(tmp_path: Path):
    def save(text: str) -> Path:
        path = tmp_path / "events.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return save


@pytest.fixture(scope="module")
def shipped() -> tuple[Event, ...]:
    return load_events()


def test_shipped_events_are_complete(shipped: tuple[Event, ...]) -> None:
    assert 20 <= len(shipped) <= 35
    for event in shipped:
        assert event.source, event.id
        assert set(event.titles) == {"ko", "ja"}, event.id
        for title in (event.title, *event.titles.values()):
            assert 0 < len(title) <= 60, title


def test_shipped_titles_are_in_their_language(shipped: tuple[Event, ...]) -> None:
    for event in shipped:
        assert event.title.isascii(), event.title
        assert any("가" <= letter <= "힣" for letter in event.titles["ko"]), event.id
        assert not any("가" <= letter <= "힣" for letter in event.titles["ja"]), event.id
        assert any("一" <= letter <= "鿿" for letter in event.titles["ja"]), event.id


def test_shipped_titles_differ(shipped: tuple[Event, ...]) -> None:
    for language in ("en", "ko", "ja"):
        titles = [event.title_in(language) for event in shipped]
        assert len(set(titles)) == len(titles), language


def test_shipped_dates_ascend_within_the_dispute(shipped: tuple[Event, ...]) -> None:
    days = [event.date for event in shipped]
    assert days == sorted(days)
    assert days[0] == date(2018, 10, 30)
    assert days[-1] == date(2023, 7, 21)


def test_shipped_file_stands_in_order_for_its_reader(shipped: tuple[Event, ...]) -> None:
    written = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))["events"]
    assert [entry["id"] for entry in written] == [event.id for event in shipped]


def test_shipped_key_dates(shipped: tuple[Event, ...]) -> None:
    days = {event.id: event.date.isoformat() for event in shipped}
    assert days["announce_0701"] == "2019-07-01"
    assert days["whitelist_cabinet"] < days["whitelist_effect"] == "2019-08-28"
    assert days["wto_complaint"] < days["wto_consult"] < days["gsomia_suspend"]
    assert days["wto_resume"] < days["wto_panel_request"] < days["wto_panel"]
    assert days["lift_2023"] < days["lift_2023_effect"] < days["whitelist_2023_effect"]


def test_events_come_by_date_whatever_the_order_of_the_file(write) -> None:
    events = load_events(write(GOOD))
    assert [event.id for event in events] == ["earlier", "later"]
    assert events[0].date == date(2020, 2, 29)


def test_events_of_one_day_keep_the_order_of_the_file(write) -> None:
    events = load_events(write(GOOD.replace("2020-02-29", "2021-05-03")))
    assert [event.id for event in events] == ["later", "earlier"]


def test_title_in_a_language_or_else_english(write) -> None:
    earlier, later = load_events(write(GOOD))
    assert later.title_in("ja") == "後の出来事「発表」"
    assert later.title_in("ko") == "나중 일"
    assert later.title_in("en") == "A later event"
    assert earlier.title_in("ko") == "An earlier event"


def test_what_may_be_missing_is_none(write) -> None:
    earlier, later = load_events(write(GOOD))
    assert (earlier.url, earlier.note, dict(earlier.titles)) == (None, None, {})
    assert later.url == "https://example.org/notice?no=1&lang=en"
    assert later.note == "Announced, not in force."


def test_events_can_be_kept_in_a_set(write) -> None:
    path = write(GOOD)
    assert len({*load_events(path), *load_events(path)}) == 2


def test_a_date_without_quotes_is_read_too(write) -> None:
    assert load_events(write(GOOD.replace('"2021-05-03"', "2021-05-03")))[1].date.year == 2021


@pytest.mark.parametrize(
    ("old", "new", "row", "message"),
    [
        pytest.param("version: 1\n", "", 1, "is not of version 1; write `version: 1`", id="no version"),
        pytest.param("version: 1", "version: 2", 1, "is not of version 1", id="later version"),
        pytest.param("events:", "event:", 2, "did you mean `events`", id="unknown key at the top"),
        pytest.param('"2021-05-03"', '"3 May 2021"', 3, "`date` cannot be '3 May 2021'; write it as", id="date in words"),
        pytest.param('"2021-05-03"', '"2021-02-29"', 3, "there is no day 2021-02-29; correct it", id="no leap year"),
        pytest.param('"2021-05-03"', '"20210503"', 3, "`date` cannot be", id="date without hyphens"),
        pytest.param('"2021-05-03"', '"2021年5月3日"', 3, "`date` cannot be", id="Japanese date"),
        pytest.param('"2021-05-03"', '"２０２１-０５-０３"', 3, "there is no day", id="full-width digits"),
        pytest.param('"2021-05-03"', "2021-05-03 10:00:00", 3, "`date` cannot be", id="a moment"),
        pytest.param('"2021-05-03"', "2021", 3, "`date` cannot be 2021;", id="a year"),
        pytest.param('date: "2021-05-03"\n    id', "id", 3, "this event has no `date`", id="no date"),
        pytest.param("    id: later\n", "", 3, "this event has no `id`", id="no id"),
        pytest.param("id: later", "id: Later event", 4, "write it in snake_case", id="id in words"),
        pytest.param("id: later", "id: 712", 4, "`id` cannot be 712", id="id a number"),
        pytest.param("id: earlier", "id: later", 11, "id later stands twice; row 4 has it too", id="id twice"),
        pytest.param("    title: A later event\n", "", 3, "this event has no `title`", id="no title"),
        pytest.param("title: A later event", "title: ''", 5, "`title` cannot be ''; write text", id="empty title"),
        pytest.param("    source: Office of Examples\n", "", 10, "this event has no `source`", id="no source"),
        pytest.param("source: Office of Examples\n", "source: [METI]\n", 13, "`source` cannot be", id="source a list"),
        pytest.param("note: Announced", "note: Announced\n    sorce: x #", 10, "unknown key `sorce`; did you mean `source`", id="unknown key"),
        pytest.param("ko: 나중 일", "ko: ''", 6, "`ko` cannot be ''", id="empty Korean title"),
        pytest.param("ko: 나중 일", "한국어: 나중 일", 6, "`titles` are not by language; write {ko", id="language by name"),
        pytest.param('{ko: 나중 일, ja: "後の出来事「発表」"}', "[나중 일]", 6, "`titles` are not", id="titles a list"),
        pytest.param("https://example.org", "example.org", 8, "`url` cannot be 'example.org/notice?no=1&lang=en'; add https://", id="half an address"),
        pytest.param("note: Announced, not in force.", "note:", 9, "`note` cannot be None", id="empty note"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_row(
    write, old: str, new: str, row: int, message: str
) -> None:
    text = GOOD.replace(old, new, 1)
    assert text != GOOD
    path = write(text)
    with pytest.raises(ConfigError) as caught:
        load_events(path)
    assert str(caught.value).startswith(f"{path}, row {row}: ")
    assert message in str(caught.value)
    assert caught.value.hint
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("events", "message"),
    [
        pytest.param("events: []", "`events` is not a list of events", id="empty list"),
        pytest.param("events:", "`events` is not a list of events", id="nothing"),
        pytest.param(
            "events: {date: x}", "`events` is not a list of events", id="one entry without a dash"
        ),
        pytest.param("events: [wto_panel]", "`events` is not a list of events", id="a bare name"),
        pytest.param("", "`events` is not a list of events", id="no events"),
    ],
)
def test_a_file_without_events_is_refused(write, events: str, message: str) -> None:
    path = write(f"version: 1\n{events}\n")
    with pytest.raises(ConfigError, match=message) as caught:
        load_events(path)
    assert str(path) in str(caught.value)
    assert caught.value.hint


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nowhere.yaml"):
        load_events(tmp_path / "nowhere.yaml")
