"""Attribution: who published an article and who wrote it, from what is given and never guessed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from framing.articles.article import UNKNOWN, Article
from framing.articles.credits import read_credits
from framing.articles.outlets import Outlet, OutletList, fold_name

_LONGEST_FILE_NAME = 120  # characters; a longer one is a headline
_MOST_WORDS = 5  # in an outlet's name
_DOMAIN = re.compile(r"[a-z0-9-]{1,60}(?:\.[a-z0-9-]{1,30}){1,6}")
_SLASH = re.compile(r"[/\\]")
_SUFFIXES = re.compile(r"(?<=.)(?:\.[A-Za-z0-9]{1,8}(?::[^.]*)?){1,2}$")
_WORD = re.compile(r"[^\W\d_]+")
# Words that say nothing of the outlet, so that nhk_article_en.txt is NHK's.
_NEUTRAL = frozenset(
    {
        "article", "articles", "news", "text", "texts", "txt", "html", "page", "pages", "file",
        "doc", "docs", "corpus", "data", "sample", "raw", "clean", "export", "final", "no", "nr",
        "vol", "part", "row", "id", "www", "editorial", "editorials", "opinion", "en", "eng",
        "english", "ko", "kor", "korean", "ja", "jp", "jpn", "japanese", "kr", "the", "jan", "feb",
        "mar", "apr", "may", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "january",
        "february", "march", "april", "june", "july", "august", "september", "october", "november",
        "december", "기사", "뉴스", "원문", "사설", "년", "월", "일", "記事", "ニュース", "社説",
        "年", "月", "日",
    }
)  # fmt: skip
# Names that are ordinary words too: japan_today.txt says a country and a day.
_ORDINARY = frozenset(
    {
        "arirang", "asiatoday", "aitimes", "businesskorea", "businesstimes", "channela",
        "digitaldaily", "digitaltimes", "digitaltoday", "economist", "electronictimes",
        "financialnews", "foreignpolicy", "guardian", "japantoday", "moneytoday", "newdaily",
        "pulse", "taiwannews", "thediplomat", "thefact", "theguardian", "thetimes", "time",
        "viewpoint", "welt", "연합", "타임",
    }
)  # fmt: skip


def attribute(
    article: Article, outlets: OutletList | None = None, *, outlet: str | None = None
) -> Article:
    """Fill in the outlet, its country and kind, the agencies and the outlets quoted at length.

    The outlet comes from the first of these that names one: `outlet`; the article's own field;
    its address; its file's name; the copyright line or reporter's byline in its text. A name
    that is not listed is kept as given. Fields that are set already win over the list.

    Args:
        article: The article as read.
        outlets: The known outlets; the ones this package ships where None.
        outlet: Who published it, where the user says so.
    """
    known = OutletList.load() if outlets is None else outlets
    credits = read_credits(article.text, known)
    name, listed = _find_publisher(article, known, outlet, credits.owner)
    agencies = (*_canonical(article.agencies, known), *credits.agencies)
    quoted = (*_canonical(article.quoted_outlets, known), *credits.quoted)
    country, kind = article.country, article.kind
    if listed is not None:
        country = listed.country if country == UNKNOWN else country
        kind = listed.kind if kind == UNKNOWN else kind
    return replace(
        article,
        outlet=name,
        country=country,
        kind=kind,
        agencies=tuple(dict.fromkeys(agencies)),
        quoted_outlets=tuple(other for other in dict.fromkeys(quoted) if other != name),
    )


def _find_publisher(
    article: Article, known: OutletList, option: str | None, owner: Outlet | None
) -> tuple[str, Outlet | None]:
    given = (option or "").strip() or article.outlet.strip()
    if given and given != UNKNOWN:
        listed = known.find_by_name(given) or known.find_by_url(given)
        return (listed.name, listed) if listed else (given, None)
    listed = (
        (known.find_by_url(article.url) if article.url else None)
        or find_in_file_name(article.path, known)
        # A file's handle is most often its name, which has been read.
        or (None if article.path.endswith(article.name) else find_in_file_name(article.name, known))
        or owner
    )
    return (listed.name, listed) if listed else (UNKNOWN, None)


def _canonical(names: Iterable[str], known: OutletList) -> list[str]:
    return [found.name if (found := known.find_by_name(name)) else name for name in names]


@lru_cache(maxsize=64)  # the rows of one file share its path
def find_in_file_name(path: str, known: OutletList) -> Outlet | None:
    """Find the outlet that a file's name, or the name of the folder right above it, says.

    The name must hold a listed domain or a whole outlet name. A name of one word (`asahi`) may
    stand among dates and words like `article` only; two outlets in one name say nothing.

    Args:
        path: A path or a bare file name.
        known: The known outlets.
    """
    parts = [part for part in _SLASH.split(path) if part]
    if not parts or len(parts[-1]) > _LONGEST_FILE_NAME:
        return None
    found = _find_domain(parts[-1], known) or _find_words(parts[-1], known)
    # A home folder is called by its owner's name.
    if found or len(parts) < 2 or (len(parts) > 2 and parts[-3].lower() in ("home", "users")):
        return found
    return _find_in_folder(parts[-2], known)


@lru_cache(maxsize=64)
def _find_in_folder(folder: str, known: OutletList) -> Outlet | None:
    found = known.find_by_url(folder)
    if found is None and known.find_by_name(folder):
        found = _find_words(folder, known)
    return found


def _find_domain(name: str, known: OutletList) -> Outlet | None:
    for match in _DOMAIN.finditer(name.lower()):
        labels = match[0].split(".")
        for count in range(len(labels), 1, -1):
            found = known.find_by_url(".".join(labels[:count]))
            if found:
                return found
    return None


def _find_words(name: str, known: OutletList) -> Outlet | None:
    stem = _SUFFIXES.sub("", name)
    words = [match[0] for match in _WORD.finditer(stem) if not _is_glued(match)]
    found: dict[str, Outlet] = {}
    clear = False
    start = 0
    while start < len(words):
        stop, outlet = _match_words(words, start, known)
        if outlet:
            found[outlet.id] = outlet
            clear = clear or _is_clear(words, start, stop, outlet, spaced=" " in stem)
        start = stop
    publishers = [o for o in found.values() if not o.agency] or list(found.values())
    return publishers[0] if clear and len(publishers) == 1 else None


def _is_glued(match: re.Match[str]) -> bool:
    """Whether a short Latin word touches a digit, as in a number in base 16."""
    around = match.string[max(match.start() - 1, 0) : match.end() + 1]
    return len(match[0]) < 5 and match[0].isascii() and any(map(str.isdigit, around))


def _match_words(words: list[str], start: int, known: OutletList) -> tuple[int, Outlet | None]:
    for stop in range(min(start + _MOST_WORDS, len(words)), start, -1):
        key = fold_name("".join(words[start:stop]))
        outlet = known.find_by_key(key)
        # The name of a ministry in a file name is what the article is about.
        if outlet and outlet.kind != "government" and len(key) >= (3 if key.isascii() else 2):
            return stop, outlet
    return start + 1, None


def _is_clear(words: list[str], start: int, stop: int, outlet: Outlet, *, spaced: bool) -> bool:
    """Whether words name the outlet, not the matter of the article."""
    key = fold_name("".join(words[start:stop]))
    full = any(_is_spelled_out(form, key) for form in outlet.forms)
    if key in _ORDINARY and (stop - start > 1 or not full):
        return False
    before = [word for word in words[:start] if word.lower() not in _NEUTRAL]
    after = [word for word in words[stop:] if word.lower() not in _NEUTRAL]
    if not before and not after:
        return True
    if spaced or (before and after):  # words between spaces are a headline
        return False
    return full or (len(key) >= 3 and not key.isascii())


def _is_spelled_out(form: str, key: str) -> bool:
    """Whether a form of several words is what a key folds."""
    folded = fold_name(form)
    return key in (folded, folded.removeprefix("the")) and bool(re.search(r"[\s-]", form))
