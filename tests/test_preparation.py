"""Preparation: units and furniture together cover the article; a time stamp dates it."""

from __future__ import annotations

from datetime import date

import pytest

from framing import Article, prepare_article, read_articles
from tests.conftest import ROOT

EXAMPLES = sorted((ROOT / "annotations" / "examples").iterdir())


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_units_and_furniture_cover_the_text_once(path):
    (article,) = read_articles([path])
    prepared = prepare_article(article)
    spans = sorted(
        [(u.start, u.end) for u in prepared.units] + [(r.start, r.end) for r in prepared.removed]
    )
    text = prepared.article.text
    at = 0
    for start, end in spans:
        assert text[at:start].strip() == ""
        at = end
    assert text[at:].strip() == ""
    for unit in prepared.units:
        assert text[unit.start : unit.end] == unit.text


@pytest.mark.parametrize(
    ("stamp", "language", "day"),
    [
        pytest.param("Published: 13 July 2019 08:30", "en", date(2019, 7, 13), id="en"),
        pytest.param("입력 2019.07.13 08:30", "ko", date(2019, 7, 13), id="ko"),
        pytest.param("2019年7月13日 08時30分", "ja", date(2019, 7, 13), id="ja"),
    ],
)
def test_time_stamp_dates_an_article_without_a_date(stamp: str, language: str, day: date):
    body = {"en": "The port closed.", "ko": "항구가 문을 닫았다.", "ja": "港は閉鎖された。"}[
        language
    ]
    text = f"Harbour 港 항구\n\n{stamp}\n\n{body}\n"
    prepared = prepare_article(Article(text=text, name="a", language=language))
    assert prepared.article.date == day
    given = prepare_article(Article(text=text, name="a", language=language, date=date(2020, 1, 1)))
    assert given.article.date == date(2020, 1, 1)


def test_a_date_in_a_sentence_is_not_the_articles():
    text = "Harbour fees\n\nThe port closed on July 13, 2019, officials said.\n"
    assert prepare_article(Article(text=text, name="a", language="en")).article.date is None
