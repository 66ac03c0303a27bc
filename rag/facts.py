"""The numbers, dates and names of a text, brought to one form, so that "70 percent" equals "70%" wherever it stands."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from rag.text import fold, is_content, stem, words

_MONTHS = "january february march april may june july august september october november december".split()
_MONTH_NUMBER = {name[:3]: number for number, name in enumerate(_MONTHS, 1)}
_UNITS = ("two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
          "eighteen nineteen").split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_WORD_NUMBERS = {word: value for value, word in enumerate(_UNITS, 2)} | {
    word: 10 * value for value, word in enumerate(_TENS, 2)
}
_SCALES = {"thousand": 1e3, "k": 1e3, "million": 1e6, "mn": 1e6, "m": 1e6, "billion": 1e9, "bn": 1e9, "b": 1e9,
           "trillion": 1e12, "tn": 1e12}
_CURRENCIES = {"$": "$", "€": "€", "£": "£", "¥": "¥", "dollar": "$", "dollars": "$", "euro": "€", "euros": "€",
               "pound": "£", "pounds": "£", "yuan": "¥", "yen": "¥"}

_MONTH_NAME = rf"(?P<{{0}}>{'|'.join(_MONTHS)}|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.?"
_CURRENCY_NAME = "|".join(name for name in _CURRENCIES if name.isalpha())
_DAY = r"(?P<{0}>\d{{1,2}})(?:st|nd|rd|th)?"
_DATE = re.compile(
    rf"\b(?:{_MONTH_NAME.format('m1')}\s+{_DAY.format('d1')}\b"
    rf"|{_DAY.format('d2')}\s+(?:of\s+)?{_MONTH_NAME.format('m2')}(?!\w))",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"(?P<sign>[$€£¥])?\s?(?P<value>\d+(?:,\d{3})*(?:\.\d+)?)(?:st|nd|rd|th)?"
    rf"(?:[\s-]?(?P<scale>{'|'.join(_SCALES)})\b)?(?P<unit>\s?%|\s?per\s?cent\b|\s?pct\b|\s(?:{_CURRENCY_NAME})\b)?",
    re.IGNORECASE,
)
_WORD = re.compile(r"(?:[A-Z]\.){2,}|[^\W\d_][\w'’-]*")
# Words that open a sentence without being part of a name.
_OPENERS = frozenset("according additionally although approximately both despite during following given "
                     "however meanwhile moreover nearly overall specifically therefore yes".split())
# What a country, or a union, is also called: the short form in which names are compared.
_ALIASES = {"usa": "us", "america": "us", "american": "us", "americans": "us", "britain": "uk", "british": "uk"}
_PHRASES = {"united states of america": "US", "united states": "US", "united kingdom": "UK", "great britain": "UK",
            "european union": "EU", "united nations": "UN", "united arab emirates": "UAE"}
_PHRASE = re.compile(rf"\b(?:{'|'.join(_PHRASES)})\b", re.IGNORECASE)
_DEMONYM = re.compile(r"(?:ese|[aei]?an|ish|i)s?$")
_SHORTEST_ROOT = 4  # China and Chinese, Iran and Iranian


@dataclass(frozen=True, slots=True)
class Fact:
    """A number, date or name. `unit` is "%" or a currency's sign; `text` is how it was written."""

    kind: Literal["number", "date", "name"]
    value: str
    unit: str
    text: str


def numbers_and_dates(text: str) -> list[Fact]:
    """Return the numbers and dates of a text; spelled-out numbers from two on count, the month and day are one date."""
    found: list[Fact] = []

    def take_date(match: re.Match[str]) -> str:
        month = _MONTH_NUMBER[(match["m1"] or match["m2"])[:3].casefold()]
        found.append(Fact("date", f"{month}-{int(match['d1'] or match['d2'])}", "", match[0]))
        return " " * len(match[0])

    rest = _DATE.sub(take_date, text)
    found += [_number(match) for match in _NUMBER.finditer(rest)]
    found += [
        Fact("number", f"{_WORD_NUMBERS[word]:g}", "", word)
        for word in map(fold, words(rest))
        if word in _WORD_NUMBERS
    ]
    return found


def names(text: str, lowercase: frozenset[str] = frozenset()) -> list[Fact]:
    """Return the capitalised words of a text that belong to names, weekdays and months among them.

    The first word of a sentence counts unless it is an ordinary opener or stands in `lowercase`, the words that the
    evidence writes without a capital.
    """
    plain = _PHRASE.sub(lambda match: _PHRASES[match[0].casefold()], " ".join(text.split()))
    found, opens = [], True
    for match in _WORD.finditer(plain):
        opens = opens or plain[: match.start()].rstrip(" \"“‘'([").endswith((".", "!", "?", ":"))
        for word in words(match[0]):
            opener = opens and (fold(word) in _OPENERS or fold(word) in lowercase or fold(word).endswith("ly"))
            if word[0].isupper() and len(word) > 1 and is_content(word) and not opener:
                found.append(Fact("name", _canonical(word), "", match[0]))
            opens = False
    return found


def holds(fact: Fact, others: Iterable[Fact]) -> bool:
    """Tell whether a fact is among others: equal in value, and in unit where it has one; names also by root."""
    if fact.kind == "name":
        return any(_same_name(fact.value, other.value) for other in others if other.kind == "name")
    return any(
        other.kind == fact.kind and other.value == fact.value and fact.unit in ("", other.unit) for other in others
    )


def _number(match: re.Match[str]) -> Fact:
    value = float(match["value"].replace(",", "")) * _SCALES.get((match["scale"] or "").casefold(), 1.0)
    unit = (match["unit"] or "").strip().casefold()
    sign = match["sign"] or _CURRENCIES.get(unit, "%" if unit else "")
    return Fact("number", f"{value:.12g}", sign, match[0].strip())


def _canonical(word: str) -> str:
    folded = fold(word)
    is_month = folded[:3] in _MONTH_NUMBER and any(month.startswith(folded) for month in _MONTHS)
    return folded[:3] if is_month else _ALIASES.get(folded, folded)


def _same_name(one: str, other: str) -> bool:
    """Compare names, and a country with its people or its language."""
    if one == other or stem(one) == stem(other):
        return True
    short, long = sorted((one, other), key=len)
    root = short[:-1] if len(short) > _SHORTEST_ROOT else short
    return len(root) >= _SHORTEST_ROOT and long.startswith(root) and bool(_DEMONYM.search(long))
