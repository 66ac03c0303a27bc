"""Numbers and the things that they count: 29 people, 29 days."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from rag.english import AUXILIARY
from rag.facts import numbers_and_dates
from rag.inflection import term
from rag.text import words

# What is measured rather than counted.
MEASURES = frozenset(
    term(unit)
    for unit in (
        "second minute hour day night week month year decade century metre meter kilometre kilometer mile foot feet "
        "inch gram kilogram kilo tonne ton litre liter"
    ).split()
)
# Parts of numbers.
SCALES = frozenset("dozen hundred thousand million billion trillion".split())
_THINGS = re.compile(r"(?!(?:was|is|has|as|does|this)$)[a-z]+s|people|men|women|children|police")
_COUNTED = re.compile(
    rf"(?P<number>\d+(?:,\d{{3}})*(?:\.\d+)?|[^\W\d_]+)(?P<things>(?:[\s-]+(?!{AUXILIARY}\b)[^\W\d_]+){{0,3}})"
)

_WON = re.compile(r"\b(?:beat\w*|defeat\w*|won|win|lost|drew)\b", re.IGNORECASE)
_SCORE = re.compile(r"\b\d{1,3}[-–]\d{1,3}\b")
_SPAN = re.compile(
    r"\b(?:\d[\d.,]*|one|two|three|four|five|six|seven|eight|nine|ten)[\s-](?:hour|minute|second|year|month|week|day)s?"
    r"(?:[\s-]old)?\b",
    re.IGNORECASE,
)
# "On sales of 91 million" tells of money, and of no 91 million things.
_AMOUNT = re.compile(
    r"\b(?:sales|revenues?|turnover|profits?|loss(?:es)?|income|earnings|budgets?|costs?|debts?|takings|funding|fees?"
    r"|investments?|spending|salar(?:y|ies)|prices?|fines?|bills?)\s+of\s+"
    r"(?:(?:about|some|nearly|almost|over|around|more than)\s+)?"
    r"(?P<amount>\d[\d.,]*(?<![.,])(?:\s(?:thousand|million|billion|trillion))?)(?!\s+[a-z]+s\b)",
    re.IGNORECASE,
)


def without_spans(text: str) -> str:
    """Return a text without its spans of time, and ages: "the 33-year-old", "in 2 hours"."""
    return _SPAN.sub(" ", text)


def without_score(text: str) -> str:
    """Return what tells of a match without its score, and when in it something happened; any other text as it is."""
    return _SCORE.sub(" ", without_spans(text)) if _WON.search(text) else text


def without_numbers_of(asked: frozenset[str], text: str) -> str:
    """Return a text without the numbers of what some terms stand for: of pickers, where it is asked what they get."""
    return _COUNTED.sub(lambda match: " " if asked & things_in(words(match["things"].casefold())) else match[0], text)


def counted(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the value of each number with the one to three words behind it, or an empty one before a mark or verb."""
    start = 0
    while match := _COUNTED.search(text, start):
        start = match.end("number")
        for fact in numbers_and_dates(match["number"])[:1]:
            yield fact.value, [word.casefold() for word in words(match["things"])] or [""]


def things(text: str) -> set[str]:
    """Return the terms of what is counted in a text: volunteers of "46 tired volunteers"."""
    return {thing for _, behind in counted(text) for thing in things_in(behind)}


def things_in(behind: Iterable[str]) -> set[str]:
    """Return the terms of what is counted among the words behind a number."""
    return {term(thing) for thing in behind if _THINGS.fullmatch(thing)}


def counts_money(claim: str, sentences: Iterable[str]) -> int:
    """Return how many amounts of money in some sentences a claim has as a number of things: 91 million kettles.

    What the same sentences have behind another number may be the currency.
    """
    told = list(sentences)
    amounts = {match["amount"] for text in told for match in _AMOUNT.finditer(text)}
    counts = [re.search(rf"(?<![\w.,]){re.escape(amount)}\s+(?P<things>[a-z]+s)\b", claim) for amount in amounts]
    things = (match["things"] for match in counts if match)
    return sum(not any(re.search(rf"\d(?:\s\w+illion)?\s{thing}\b", text) for text in told) for thing in things)


def counts_others(unit: str, things: Sequence[str]) -> bool:
    """Tell whether what stands behind a number are things, and none of them the unit: "29 people" are not 29 days."""
    return _THINGS.fullmatch(things[0]) is not None and unit not in map(term, things)


def counts_things(things: Sequence[str]) -> bool:
    """Tell whether what stands behind a number are things that are counted, and none a measure."""
    return _THINGS.fullmatch(things[0]) is not None and MEASURES.isdisjoint(map(term, things))
