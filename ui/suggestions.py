"""Questions to begin with and to go on with, made of the names that the articles speak of."""

from __future__ import annotations

import re
import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rag.errors import CitedError
from rag.facts import TITLES, same_name
from rag.text import fold, is_content
from ui.conversation import Bot
from ui.history import Kept

FIRST, FURTHER = 4, 3  # questions offered
MOST_READ = 60  # articles looked at for names: enough to begin with, whatever the size of the corpus
_EVERYWHERE = 0.8  # share of the articles from which on a name is their common subject, and says little
_WORD = r"[A-Z][\w’'-]*[\w]"
_NAME = re.compile(rf"{_WORD}(?:[ ](?:of the |of )?{_WORD}){{0,3}}")
_POSSESSIVE = re.compile(r"['’]s?$")
_OFFICE_BEHIND = re.compile(r"\s*,\s+((?:[\w’'-]+\s+){0,3}[\w’'-]+)")
_NO_NAMES = TITLES | frozenset(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august "
    "september october november december oct nov dec jan feb mar apr jun jul aug sept".split()
)


@dataclass(frozen=True, slots=True)
class _Names:
    """The names of a corpus: in how many articles each stands, how often, how often behind "the"; who is a person."""

    articles: dict[str, int]
    times: dict[str, int]
    definite: dict[str, int]
    people: frozenset[str]

    def question(self, name: str) -> str:
        """What to ask about a name."""
        if name in self.people:
            return f"Who is {name}?"
        the = "the " if self.definite.get(name, 0) * 2 > self.times[name] else ""
        return f"What do the articles say about {the}{name}?"

    def ranked(self) -> list[str]:
        """Names worth asking about, best first: those that several articles share, but not all of them."""
        total = max(self.articles.values(), default=0)
        shared = [name for name, count in self.articles.items() if count > 1 or name in self.people or total < 2]
        return sorted(shared, key=lambda name: (self.articles[name] >= max(2, _EVERYWHERE * total) and total > 2,
                                                -self.articles[name], -self.times[name], name))  # fmt: skip


class Suggestions:
    """Makes questions for one corpus; its names are read again when its articles are others. Shared by all readers."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._lock = threading.Lock()
        self._known: tuple[tuple[tuple[str, int], ...], _Names] | None = None

    def after(self, turns: Sequence[Kept]) -> tuple[str, ...]:
        """Questions to go on with after these turns, or, where there are none, to begin with."""
        try:
            names = self._names()
        except CitedError:  # who asks will see it
            return ()
        if not turns:
            return self._first(names)
        answer = turns[-1].answer
        said = [c.quote for c in answer.citations] or [passage.text for passage in answer.passages[:FURTHER]]
        asked = " ".join(turn.answer.question for turn in turns)
        near = dict.fromkeys(name for text in said for name, *_ in _names_in(text) if name in names.articles)
        known = [name for name in names.ranked() if name in near and name not in asked]
        return tuple(names.question(name) for name in known[:FURTHER])

    def _first(self, names: _Names) -> tuple[str, ...]:
        """Half of them about people, half about what else the articles speak of, as far as there are enough."""
        ranked = names.ranked()
        people = [name for name in ranked if name in names.people][: FIRST // 2]
        others = [name for name in ranked if name not in names.people][: FIRST - len(people)]
        mixed = [name for pair in zip(others, people, strict=False) for name in pair]
        rest = [name for name in (*others, *people) if name not in mixed]
        return tuple(names.question(name) for name in (*mixed, *rest)[:FIRST])

    def _names(self) -> _Names:
        listings = self._bot.listings()[:MOST_READ]
        state = tuple((listing.source, listing.characters) for listing in listings)
        with self._lock:
            if self._known is None or self._known[0] != state:
                texts = [self._bot.article(listing.source).text for listing in listings]
                self._known = state, _read(texts)
            return self._known[1]


def _read(texts: Iterable[str]) -> _Names:
    where: defaultdict[str, set[int]] = defaultdict(set)
    times: Counter[str] = Counter()
    definite: Counter[str] = Counter()
    officials = set()
    for number, text in enumerate(texts):
        for name, holds_office, has_the in _names_in(text):
            where[name].add(number)
            times[name] += 1
            definite[name] += has_the
            if holds_office and " " in name:
                officials.add(name)
    for name, other in list(_variants(times)):
        where[other] |= where.pop(name)
        times[other] += times[name]
    people = frozenset(officials & where.keys())
    surnames = {name.rsplit(" ", 1)[1] for name in people}
    articles = {name: len(numbers) for name, numbers in where.items() if name not in surnames}
    return _Names(articles, dict(times), dict(definite), people)


def _variants(times: Counter[str]) -> Iterator[tuple[str, str]]:
    """Yield each name that is another form of one which comes oftener, or is shorter: Chinese, Andrey for Andrei."""
    by_word: defaultdict[tuple[int, str], list[str]] = defaultdict(list)
    for name in sorted(times, key=lambda name: (" " not in name and len(name), -times[name])):
        by_word[name.count(" "), fold(name)[:3]].append(name)
    for alike in by_word.values():
        kept: list[str] = []
        for name in alike:
            other = next((other for other in kept if _same(name, other)), None)
            if other is None:
                kept.append(name)
            else:
                yield name, other


def _same(one: str, other: str) -> bool:
    return all(same_name(fold(a), fold(b)) for a, b in zip(one.split(), other.split(), strict=True))


def _names_in(text: str) -> Iterator[tuple[str, bool, bool]]:
    """Yield each name inside a sentence, whether an office stands with it, and whether "the" stands before it.

    What begins a sentence may be any word, and is passed over.
    """
    for match in _NAME.finditer(text):
        before = text[: match.start()].rstrip(" “‘\"'(")[-1:]
        if not before or before in ".!?:\n”|":
            continue
        spoken = [_POSSESSIVE.sub("", word) for word in match[0].split()]
        while spoken and fold(spoken[0]) in _NO_NAMES:
            spoken.pop(0)
        name = " ".join(spoken)
        if len(name) < 3 or not is_content(spoken[0]) or any(fold(word) in _NO_NAMES for word in spoken):
            continue
        behind = _OFFICE_BEHIND.match(text, match.end())
        ahead = match[0].split()[: -len(spoken)]
        words = [*ahead, *(behind[1].split() if behind else [])]
        yield name, any(fold(word) in TITLES for word in words), text[: match.start()].endswith("the ")
