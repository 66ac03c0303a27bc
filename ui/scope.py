"""Which articles a question is asked of: what a reader chose, checked, and said in words. Knows nothing of the page."""

from __future__ import annotations

import glob
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from rag.errors import QuestionError
from rag.filters import Filter, matches
from rag.types import Listing

MOST_CHOSEN = 100  # patterns at once: every article is compared with each of them
MOST_PATTERN_CHARS = 500
UNFINISHED = "…"  # what the page sends for a day of which only a part was typed
_NAMED = 3  # of the chosen articles and patterns that are said by name
_LATEST = 1e14  # milliseconds since 1970, some thousand years from now


@dataclass(frozen=True, slots=True)
class Scope:
    """Some of the articles: `articles` of the `total` that there were when they were chosen.

    `names` says what `only.sources` are as a reader knows them: the title of an article, else the pattern.
    """

    only: Filter
    articles: int
    total: int
    names: tuple[str, ...] = ()

    @property
    def brief(self) -> str:
        """How many, and of which time: `2 of 5 articles, since 2024-10-15`."""
        counted = f"{self.articles:,} of {self.total:,} article{'' if self.total == 1 else 's'}"
        days = _days(self.only)
        return f"{counted}, {days}" if days else counted

    def __str__(self) -> str:
        """All of it: `2 of 5 articles, since 2024-10-15: news/*`."""
        named = "; ".join(self.names[:_NAMED])
        more = len(self.names) - _NAMED
        return self.brief + (f": {named}" if named else "") + (f" and {more:,} more" if more > 0 else "")

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        only = {"sources": list(self.only.sources), "since": self.only.since, "until": self.only.until}
        return {**only, "articles": self.articles, "total": self.total, "names": list(self.names)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Scope:
        """The inverse of `to_dict`."""
        only = Filter(tuple(data["sources"]), data["since"], data["until"])
        return cls(only, data["articles"], data["total"], tuple(data["names"]))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What stands in the fields of the page, as it was typed; `find` only looks for articles to choose.

    `at` is when it stood there, in milliseconds by the reader's clock; 0 if that is not told.
    """

    since: str = ""
    until: str = ""
    sources: tuple[str, ...] = ()
    find: str = ""
    at: float = field(default=0.0, compare=False)

    @classmethod
    def parse(cls, text: str | None) -> Wanted:
        """Read what the page sends; nothing is wanted where that is anything else."""
        try:
            data = json.loads(text or "")
        except (ValueError, RecursionError):
            return cls()
        if not isinstance(data, dict):
            return cls()
        since, until, find = (str(data.get(name) or "").strip() for name in ("since", "until", "find"))
        sources = data.get("sources")
        chosen = sources[: MOST_CHOSEN + 1] if isinstance(sources, list) else ()
        at = data.get("at")
        at = float(at) if isinstance(at, (int, float)) and 0 < at < _LATEST else 0.0
        return cls(since, until, tuple(dict.fromkeys(str(source) for source in chosen)), find[:MOST_PATTERN_CHARS], at)

    def adding(self, source: str) -> Wanted:
        """The same with one more article or pattern chosen."""
        return replace(self, sources=tuple(dict.fromkeys((*self.sources, source))))


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to choose: one article, or a `pattern` that stands for all that it matches, `articles` in number."""

    pattern: str
    title: str
    articles: int
    listing: Listing | None = None


def pattern_of(source: str) -> str:
    """The pattern that matches this source, and no other, whatever characters it has."""
    return glob.escape(source)


def filter_of(sources: Sequence[str], since: str | None = None, until: str | None = None) -> Filter:
    """A filter of what came from outside.

    Raises:
        QuestionError: a day is none, is unfinished, or comes before the first; there are too many patterns.
    """
    for name, day in (("first", since), ("last", until)):
        if day == UNFINISHED:
            raise QuestionError(f"The {name} date is unfinished. Finish it, or clear it.")
    if len(sources) > MOST_CHOSEN or any(len(source) > MOST_PATTERN_CHARS for source in sources):
        raise QuestionError(f"{MOST_CHOSEN} choices are the most. Choose many articles by a pattern such as news/*.")
    return Filter(tuple(source for source in sources if source), since or None, until or None)


def choose(wanted: Wanted, listings: Sequence[Listing]) -> Scope | None:
    """The articles that are wanted, None if that is all of them.

    Raises:
        QuestionError: what is wanted is impossible, or no article is so; the message says what to do.
    """
    only = filter_of(wanted.sources, wanted.since, wanted.until)
    if not only:
        return None
    allowed = sum(only.allows(listing.source, listing.published) for listing in listings)
    if not allowed:
        raise QuestionError(_nothing(only, listings))
    titles = {pattern_of(listing.source): listing.title or listing.source for listing in listings}
    return Scope(only, allowed, len(listings), tuple(titles.get(source, source) for source in only.sources))


def choices(wanted: Wanted, listings: Sequence[Listing]) -> list[Choice]:
    """What there is to choose from: what is chosen first, then what has the words looked for, folders before articles.

    What is looked for may be a pattern as well, which can then be chosen itself.
    """
    known = {pattern_of(listing.source): listing for listing in listings}
    chosen = [_choice(source, known) for source in wanted.sources]
    words = wanted.find.lower().split()
    if is_pattern(wanted.find):
        offered = [choice for choice in [_choice(wanted.find, known)] if choice.articles]
        found = [listing for listing in listings if matches(listing.source, wanted.find)]
    else:
        offered = [folder for folder in _folders(listings) if _has(folder.title, words)]
        found = [listing for listing in listings if is_named(wanted.find, listing)]
    articles = [_of_article(listing) for listing in found]
    return list({choice.pattern: choice for choice in (*chosen, *offered, *articles)}.values())


def is_named(text: str, listing: Listing) -> bool:
    """Whether an article has all words of a text, or parts of words, in its title and name."""
    return _has(f"{listing.title} {listing.source}", text.lower().split())


def is_pattern(text: str) -> bool:
    """Whether a text has anything that stands for other characters."""
    return any(sign in text for sign in "*?[")


def days_of(listings: Iterable[Listing]) -> list[str]:
    """The days of publication that are stated, in order."""
    return sorted(listing.published for listing in listings if listing.published and _is_day(listing.published))


def _choice(pattern: str, known: Mapping[str, Listing]) -> Choice:
    if pattern in known:
        return _of_article(known[pattern])
    return Choice(pattern, pattern, sum(matches(listing.source, pattern) for listing in known.values()))


def _of_article(listing: Listing) -> Choice:
    return Choice(pattern_of(listing.source), listing.title or listing.source, 1, listing)


def _folders(listings: Iterable[Listing]) -> list[Choice]:
    """The folders that articles are in, and the files that hold several."""
    counts: Counter[str] = Counter()
    for listing in listings:
        counts.update(listing.source[: place + 1] for place, sign in enumerate(listing.source) if sign in "/#")
    return [Choice(f"{pattern_of(name)}*", f"{name}*", count) for name, count in counts.items() if count > 1]


def _has(text: str, words: Iterable[str]) -> bool:
    return all(word in text.lower() for word in words)


def _nothing(only: Filter, listings: Sequence[Listing]) -> str:
    """Why no article is left, and what there is."""
    if not listings:
        return "There are no articles yet. Add some first."
    chosen = [listing for listing in listings if Filter(only.sources).allows(listing.source, None)]
    if not chosen:
        return f"No article is named {' or '.join(only.sources[:_NAMED])}. Names look like {listings[0].source}."
    these, days = "chosen articles" if only.sources else "articles", days_of(chosen)
    if not days:
        return f"None of the {these} states its date, so none is left. Clear the dates."
    dated = days[0] if days[0] == days[-1] else f"{days[0]} to {days[-1]}"
    return f"None of the {these} was published {_days(only)}. The dates that they state: {dated}."


def _days(only: Filter) -> str:
    if only.since and only.until:
        return f"on {only.since}" if only.since == only.until else f"from {only.since} to {only.until}"
    return f"since {only.since}" if only.since else f"until {only.until}" if only.until else ""


def _is_day(text: str) -> bool:
    return len(text) == 10 and text[4] == text[7] == "-" and (text[:4] + text[5:7] + text[8:]).isdecimal()
