"""The numbers, dates and names of a text, brought to one form, so that "70 percent" equals "70%" wherever it stands."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rag.english import MONTH, MONTH_NUMBER, NUMBERS, YEAR
from rag.text import composed, fold, is_content, stem, words

_ONES = [*NUMBERS, *"eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()]
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_SPELLED = {word: value for value, word in enumerate(_ONES, 1)} | {
    word: 10 * value for value, word in enumerate(_TENS, 2)
}
_ORDINALS = {
    word: value
    for value, word in enumerate(
        "second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split(), 2
    )
}
_ORDINAL = re.compile(r"[\d,]+(?:st|nd|rd|th)", re.IGNORECASE)
_SCALES = dict(k=1e3, thousand=1e3, m=1e6, mn=1e6, million=1e6, b=1e9, bn=1e9, billion=1e9, tn=1e12, trillion=1e12)
_SPELLED_SCALES = dict(dozen=12, hundred=100, thousand=1e3, million=1e6, billion=1e9, trillion=1e12)
_CURRENCIES = dict(dollar="$", dollars="$", euro="€", euros="€", pound="£", pounds="£", yuan="¥", yen="¥")

_MONTH_NAME = rf"(?P<{{0}}>{MONTH})\.?"
_MONTH_ALONE = re.compile(MONTH, re.IGNORECASE)
_DAY = r"(?P<{0}>\d{{1,2}})(?:st|nd|rd|th)?"
# "Up to 20 may be missing", "they march 10 miles": no days.
_NO_VERB = r"(?!(?-i:may|march)\s(?:\d+\s)?(?-i:[a-z]))"
_DATE = re.compile(
    rf"\b(?:{_NO_VERB}{_MONTH_NAME.format('m1')}\s+{_DAY.format('d1')}\b"
    rf"|{_DAY.format('d2')}\s+(?:of\s+)?{_NO_VERB}{_MONTH_NAME.format('m2')}(?!\w))",
    re.IGNORECASE,
)
# The days that share a month with the other end of a range: "19 to 28 September", "September 19–28".
_TO = r"\s?(?:to|until|till|[-–—])\s?"
_RANGE = re.compile(
    rf"\b(?:{_MONTH_NAME.format('m3')}\s+{_DAY.format('d3')}(?:{_TO}|\s(?:and|or)\s(?=\w+(?:[.,;:]|$)))"
    rf"{_DAY.format('d4')}(?!\w|\s*(?:%|per|{MONTH}))"
    rf"|{_DAY.format('d5')}(?:{_TO}|\s(?:and|or)\s){_DAY.format('d6')}\s+(?:of\s+)?{_MONTH_NAME.format('m4')}(?!\w))",
    re.IGNORECASE,
)
# "5.40 pm", "5:40", "17:40": the same of a clock's face.
_CLOCK = re.compile(
    r"(?<![\d:.])(?P<hour>\d{1,2})(?:[:.](?P<minute>[0-5]\d)\s?(?P<half>[ap])\.?m\b|:(?P<alone>[0-5]\d)(?![:\d]))",
    re.IGNORECASE,
)
_UNIT = rf"(?P<unit>\s?%|[\s-]?per\s?cent\b|\s?pct\b|\spercentage\spoints?\b|\s(?:{'|'.join(_CURRENCIES)})\b)?"
_NUMBER = re.compile(
    r"(?P<sign>[$€£¥])?\s?(?<!(?-i:[A-Z])-)(?<!\d)(?P<value>\d+(?:,\d{3})*(?:\.\d+)?)(?:st|nd|rd|th)?"
    rf"(?:[\s-]?(?P<scale>{'|'.join(_SCALES)})\b)?{_UNIT}",
    re.IGNORECASE,
)
_CARDINAL = rf"(?:{'|'.join(_TENS)})-(?:{'|'.join(_ONES[:9])})|{'|'.join(_ONES + _TENS)}"
_SPELLED_NUMBER = re.compile(
    rf"\b(?:(?P<value>{_CARDINAL}|(?:half\s)?an?)[\s-](?P<scale>{'|'.join(_SPELLED_SCALES)})"
    rf"|(?P<alone>{_CARDINAL}|half(?:\san?(?=\spercentage\spoint))?)"
    rf"|(?P<dozen>dozen)|(?P<ordinal>{'|'.join(_ORDINALS)}))\b{_UNIT}",
    re.IGNORECASE,
)
_YEAR = re.compile(YEAR)
# Those that are no word or initial.
_ROMANS = "II III IV V VI VII VIII IX X XI XII XIII XIV XV XVI".split()
_ROMAN = re.compile(rf"(?<=[a-z] )(?:{'|'.join(r for r in _ROMANS if len(r) > 1)})\b")
_PREFIXED = re.compile(r"\b(?:semi|quarter|half|non|anti|ex|pre|post)-[a-z]{3,}", re.IGNORECASE)
_WORD = re.compile(r"(?:[A-Z]\.){2,}|[^\W\d_][\w'’-]*")
_SPACED_ACRONYM = re.compile(r"\b([A-Z]\.)\s(?=[A-Z]\.)")
_OPEN_ACRONYM = re.compile(r"\b((?:[A-Z]\.)+[A-Z])(?![\w.])")
# Words that open a sentence without being part of a name.
OPENERS = frozenset(
    "according additionally almost along although always amid among another apart approximately around aside based "
    "besides both considering currently despite due during each earlier even every few finally following former "
    "furthermore given half hence however including instead last late later like many meanwhile moreover much near "
    "nearly neither next none now often once others overall perhaps several since soon specifically still "
    "subsequently therefore though thus today together unlike upon usually various whereas whether within yes "
    "yet".split()
)
_OPENING = OPENERS.union(_SPELLED)
# Offices and forms of address: words about a person, not part of the name.
TITLES = frozenset(
    "president presidents vice prime premier minister ministers deputy first chairman chairwoman chairperson chair "
    "chief director secretary general ambassador governor senator representative mayor king queen prince princess pope "
    "leader spokesman spokeswoman spokesperson commander colonel captain admiral lieutenant major sergeant judge "
    "justice chancellor foreign defense defence interior finance mr mrs ms dr prof professor sir lord lady gen sen rep "
    "gov lt col capt".split()
)
# What a country, or a union, is also called: the short form in which names are compared.
_ALIASES = {
    **dict.fromkeys(("usa", "america", "american", "americans"), "us"),
    **dict.fromkeys(("britain", "british"), "uk"),
    "sino": "china",
}
# Where a government sits, by which news call it; not those of the two Koreas, which share the word that is compared.
_SEATS = {
    "kremlin": "russia", "moscow": "russia", "beijing": "china", "washington": "us", "pentagon": "us",
    "london": "uk", "paris": "france", "berlin": "germany", "rome": "italy", "madrid": "spain", "tokyo": "japan",
    "taipei": "taiwan", "delhi": "india", "islamabad": "pakistan",
    "tehran": "iran", "ankara": "turkey", "jerusalem": "israel", "cairo": "egypt", "riyadh": "saudi", "kyiv": "ukraine",
    "kiev": "ukraine", "warsaw": "poland", "ottawa": "canada", "canberra": "australia", "brussels": "eu",
}  # fmt: skip
_PHRASES = {
    "united states of america": "US",
    "united states": "US",
    "united kingdom": "UK",
    "great britain": "UK",
    "european union": "EU",
    "united nations": "UN",
    "united arab emirates": "UAE",
    "secretary of state": "Secretary",
}
_PHRASE = re.compile(rf"\b(?:{'|'.join(_PHRASES)})\b", re.IGNORECASE)
_DEMONYM = re.compile(r"(?:ese|[aei]?an|ish|i)s?$")
# Names like that of somebody's people that are none; and the peoples in -i, as which Ross and Rossi were the same.
_NO_PEOPLES = frozenset("adrian julian lilian lucian marian nigerian norman octavian".split())
_IN_I = frozenset(
    "afghanistan azerbaijan bahrain bangladesh emirates iraq israel kashmir kazakhstan kuwait nepal oman pakistan "
    "punjab qatar somalia tajikistan uzbekistan yemen".split()
)
_SHORTEST_ROOT = 4  # China and Chinese, Iran and Iranian
_TRANSLITERATED_Y = re.compile(r"(?<=\w\w)[iy]+")  # Andrei and Andrey, Zelensky and Zelenskyy


@dataclass(frozen=True, slots=True)
class Fact:
    """A number, date or name; `text` is how it was written.

    `unit` is "%", "pp" (percentage points), a currency's sign or the half of a day.

    A name is one word. `full` are the words that it stands among without a break ("andrei", "belousov"); `described`
    are these with the words of origin before the office ("russian", for Russian Defense Minister Andrei Belousov).
    """

    kind: Literal["number", "date", "name"]
    value: str
    unit: str
    text: str
    full: tuple[str, ...] = ()
    described: tuple[str, ...] = ()

    @property
    def is_year(self) -> bool:
        """Whether it may be a year."""
        return self.kind == "number" and not self.unit and _YEAR.fullmatch(self.value) is not None

    @property
    def is_ordinal(self) -> bool:
        """Whether it is an ordinal, as in "the 20th century" or "the seventh"."""
        return self.kind == "number" and (self.text.casefold() in _ORDINALS or bool(_ORDINAL.fullmatch(self.text)))

    @property
    def is_spelled(self) -> bool:
        """Whether it is a cardinal number written out."""
        return self.kind == "number" and self.text.replace("-", "").isalpha() and self.text.casefold() not in _ORDINALS


def joined_acronyms(text: str) -> str:
    """Return the text with "U. S." written as "U.S."."""
    return _SPACED_ACRONYM.sub(r"\1", text)


def plain(text: str) -> str:
    """Return the text on one line, with countries and unions that have a short form in that form ("US", "EU").

    "U.S" is written as "U.S.".
    """
    line = _OPEN_ACRONYM.sub(r"\1.", " ".join(joined_acronyms(composed(text)).split()))
    return _PHRASE.sub(lambda match: _PHRASES[match[0].casefold()], line)


def numbers_and_dates(text: str) -> list[Fact]:
    """Return the numbers and dates of a text; spelled-out numbers from two on count, the month and day are one date."""
    found: list[Fact] = []

    def take_date(match: re.Match[str]) -> str:
        month = MONTH_NUMBER[(match["m1"] or match["m2"])[:3].casefold()]
        found.append(Fact("date", f"{month}-{int(match['d1'] or match['d2'])}", "", match[0]))
        return " " * len(match[0])

    def take_time(match: re.Match[str]) -> str:
        hour = int(match["hour"])
        half = (match["half"] or "p" * (hour > 12)).casefold()
        found.append(Fact("number", f"{hour % 12}:{match['minute'] or match['alone']}", half and f"{half}m", match[0]))
        return " " * len(match[0])

    rest = _CLOCK.sub(take_time, _DATE.sub(take_date, _RANGE.sub(_each_day, text)))
    found += [_number(match) for match in _NUMBER.finditer(rest)]
    return found + [fact for match in _SPELLED_NUMBER.finditer(rest) if (fact := _spelled_number(match))]


def arabic(text: str) -> str:
    """Return the text with the number behind a name in figures: "World War 2" for "World War II"."""
    return _ROMAN.sub(lambda match: str(_ROMANS.index(match[0]) + 2), text)


def _each_day(match: re.Match[str]) -> str:
    """Return a range with its month at both ends: "19 September to 28 September"."""
    month, one, other = match.group("m3", "d3", "d4") if match["m3"] else match.group("m4", "d5", "d6")
    return f"{one} {month} to {other} {month}"


def names(text: str, lowercase: frozenset[str] = frozenset()) -> list[Fact]:
    """Return the capitalised words of a text that belong to names, weekdays and months among them.

    The first word of a sentence counts unless it is an ordinary opener or stands in `lowercase`, the words that the
    evidence writes without a capital. Offices and forms of address (`TITLES`) do not.
    """
    text = plain(text)
    found: list[tuple[str, str, int, int]] = []  # value, as written, number of the full name, of the described one
    full = described = end = 0
    opens = True
    for match in _WORD.finditer(text):
        between = text[end : match.start()]
        before = text[: match.start()]
        opens = opens or before.endswith(("“", ' "', " ‘")) or before.rstrip(" \"“‘'([").endswith((".", "!", "?", ":"))
        parted = bool(between.strip(" .-")) or " - " in between  # "LISBON - Kenyan newcomer"
        if parted or text[:end].endswith(("'s", "’s")):
            full += 1
            described += parted
        for word in words(match[0]):
            opener = opens and (fold(word) in _OPENING or fold(word) in lowercase or fold(word).endswith("ly"))
            if fold(word) in TITLES:
                full += 1
            elif word[0].isupper() and is_content(word) and not opener and _names_something(word, text, match.end()):
                found.append((canonical(word), match[0], full, described))
            elif not word[0].isupper() or opener:
                full, described = full + 1, described + 1
            opens = False
        end = match.end()
    return list(_with_runs(found))


def _names_something(word: str, text: str, end: int) -> bool:
    """Tell whether a capital letter that stands alone tells one thing from another (helper T cells), as words do."""
    return len(word) > 1 or (word not in "AIO" and text[end : end + 1] != ".")


def designation(fact: Fact, text: str) -> str:
    """Return the name in a text that a number is a part of, "Apollo 11" or "Room 5"; an empty one if it is of none."""
    found = re.search(rf"\b[A-Z][\w’'-]*\s{re.escape(fact.text)}(?![\w%.,]*\d)\b", text)
    return found[0] if found and fact.kind == "number" and not fact.unit and not _MONTH_ALONE.match(found[0]) else ""


def prefixed(text: str) -> frozenset[str]:
    """Return, without hyphens, the words that a prefix makes another thing: a semi-final is no final."""
    return frozenset(match[0].replace("-", "").casefold() for match in _PREFIXED.finditer(text))


def has_word(word: str, text: str) -> bool:
    """Tell whether a text has a word of `prefixed`, with a hyphen, with a space or in one."""
    return word in re.sub(r"[-‐‑\s]+", "", re.sub(r"\bformer ", "ex", text.casefold()))


def holds(fact: Fact, others: Iterable[Fact]) -> bool:
    """Tell whether a fact is among others: equal in value, and in unit where it has one.

    Names are also equal by root (Iran, Iranian), but not where they are parts of different full names: South Korea is
    not North Korea. An acronym is each word of what it stands for.
    """
    if fact.kind == "name":
        return any(
            other.kind == "name"
            and (
                (same_name(fact.value, other.value) and may_be_short(fact.full, other.full))
                or abbreviates(fact, other)
                or abbreviates(other, fact)
            )
            for other in others
        )
    return any(
        other.kind == fact.kind and other.value == fact.value and fact.unit in ("", other.unit) for other in others
    )


def abbreviates(short: Fact, long: Fact) -> bool:
    """Tell whether a name is the initials of words in a row of a full name, and a word is one of these.

    IE is both words of Internet Explorer, and not the first of Microsoft Internet Explorer.
    """
    written = short.text.replace(".", "")
    if not written.isupper() or len(written) < 2 or short.value in _ALIASES.values():
        return False
    start = "".join(word[0] for word in long.full).find(written.casefold())
    return start >= 0 and long.value in long.full[start : start + len(written)]


@functools.lru_cache(maxsize=1 << 16)
def same_name(one: str, other: str) -> bool:
    """Compare words of names: transliterations, and a country with its people of the same root, are the same."""
    if one == other or stem(one) == stem(other) or _transliterated(one) == _transliterated(other):
        return True
    short, long = sorted((one, other), key=len)
    root = short[:-1] if len(short) > _SHORTEST_ROOT else short
    if len(root) < _SHORTEST_ROOT or not long.startswith(root) or long in _NO_PEOPLES:
        return False
    ending = _DEMONYM.search(long)
    return ending is not None and (ending[0].rstrip("s") != "i" or short in _IN_I)


def is_demonym(word: str) -> bool:
    """Tell whether a word has the ending of a people's name: Russian, Chinese, Danish, Iraqi."""
    return bool(_DEMONYM.search(word))


def same_state(one: str, other: str) -> bool:
    """Tell whether words of names stand for the same state: its own, its people's, or the seat of its government."""
    return same_name(_SEATS.get(one, one), _SEATS.get(other, other))


def is_part_of(word: str, name: Iterable[str]) -> bool:
    """Tell whether a word is one of those of a name."""
    return any(same_name(word, other) for other in name)


def may_be_short(one: Sequence[str], other: Sequence[str]) -> bool:
    """Tell whether one full name may be short for the other."""
    return all(is_part_of(word, other) for word in one) or all(is_part_of(word, one) for word in other)


def _with_runs(found: list[tuple[str, str, int, int]]) -> Iterator[Fact]:
    for value, text, full, described in found:
        yield Fact(
            "name", value, "", text,
            tuple(v for v, _, run, _ in found if run == full),
            tuple(v for v, _, _, run in found if run == described),
        )  # fmt: skip


def _number(match: re.Match[str]) -> Fact:
    value = float(match["value"].replace(",", "")) * _SCALES.get((match["scale"] or "").casefold(), 1.0)
    return Fact("number", f"{value:.12g}", match["sign"] or _unit(match), match[0].strip())


def _spelled_number(match: re.Match[str]) -> Fact | None:
    """Return the number that is written out; None for a bare "one", which is mostly a pronoun."""
    word = (match["value"] or match["alone"] or "").casefold()
    unit = _unit(match)
    halves = word.startswith("half")
    if halves and not match["scale"]:
        return Fact("number", *(("0.5", unit) if unit == "pp" else ("50", "%")), match[0])
    if match["ordinal"]:
        value = float(_ORDINALS[match["ordinal"].casefold()])
    else:
        value = 0.5 if halves else float(sum(_SPELLED.get(part, 0) for part in word.split("-")) or 1)
    value *= 12 if match["dozen"] else _SPELLED_SCALES.get((match["scale"] or "").casefold(), 1)
    return Fact("number", f"{value:.12g}", unit, match[0]) if value > 1 or unit else None


def _unit(match: re.Match[str]) -> str:
    unit = (match["unit"] or "").strip(" -").casefold()
    return "pp" if unit.startswith("percentage") else _CURRENCIES.get(unit, "%" if unit else "")


def canonical(word: str) -> str:
    """Return the form in which a word of a name is compared: months and countries in one of their spellings."""
    folded = fold(word)
    return folded[:3] if _MONTH_ALONE.fullmatch(folded) else _ALIASES.get(folded, folded)


def _transliterated(word: str) -> str:
    return _TRANSLITERATED_Y.sub("i", word)
