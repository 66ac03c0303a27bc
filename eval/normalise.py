"""Text → comparable tokens: "70 percent" = "70%", "Oct. 14" = "14 October", "three" = 3, "$240 billion" = "240 bn".

The pipeline has a normaliser of its own for checking claims. This one is kept apart on purpose: a fault shared by the
thing that answers and the thing that scores it would never show.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal

_MONTHS = (
    "january february march april may june july august september october november december".split()
)
_MONTH_OF = {name: name for name in _MONTHS} | {name[:3]: name for name in _MONTHS} | {"sept": "september"}
_MONTH = "|".join(sorted(_MONTH_OF, key=len, reverse=True))
_DAY = r"(\d{1,2})(?:st|nd|rd|th)?"
_DATE = re.compile(
    rf"\b{_DAY} (?:of )?({_MONTH})\b\.?|\b({_MONTH})\b\.? (?:the )?(\d{{1,4}})(?:st|nd|rd|th)?\b"
)
# "22-24 October", "October 22 to 24": either day is of that month.
_DAYS_OF_MONTH = re.compile(rf"\b{_DAY}( ?[-‐-―] ?| (?:to|and|or) )(?={_DAY} (?:of )?({_MONTH})\b)")
_MONTH_DAYS = re.compile(rf"\b({_MONTH})\b\.? {_DAY}( ?[-‐-―] ?| to ){_DAY}\b(?![.:]?\d| ?%)")
_ISO_DATE = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})(?:t[\d:.+z-]+)?\b")
_PLAIN_ABBREVIATION = re.compile(r"\b(jan|feb|apr|aug|sept|oct|nov)\b\.?")

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_VALUE = {word: n for n, word in enumerate(_UNITS)} | {word: 20 + 10 * n for n, word in enumerate(_TENS)}
_SCALE = {
    "hundred": 10**2, "thousand": 10**3, "million": 10**6, "mn": 10**6, "billion": 10**9, "bn": 10**9,
    "trillion": 10**12, "tn": 10**12,
}
_ORDINALS = (
    "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth"
).split()
_ENDING = {1: "st", 2: "nd", 3: "rd"}
_ORDINAL = {word: f"{n}{_ENDING.get(n, 'th')}" for n, word in enumerate(_ORDINALS)} | {
    f"{word[:-1]}ieth": f"{20 + 10 * n}th" for n, word in enumerate(_TENS)
}
_TENS_ORDINAL = re.compile(rf"\b({'|'.join(_TENS)}) ({'|'.join(_ORDINALS[1:10])})\b")  # "twenty first"
_CURRENCY = {"$": "usd", "€": "eur", "£": "gbp", "dollar": "usd", "dollars": "usd", "usd": "usd", "euro": "eur",
             "euros": "eur", "eur": "eur", "pound": "gbp", "pounds": "gbp", "gbp": "gbp", "yen": "jpy", "yuan": "cny",
             "renminbi": "cny", "ruble": "rub", "rubles": "rub", "rouble": "rub", "roubles": "rub", "rupee": "inr",
             "rupees": "inr", "franc": "chf", "francs": "chf"}
_BEFORE = ("$", "€", "£", "usd", "eur", "gbp")  # what may stand before the amount
_ARTICLES = {"a", "an", "the"}
_SAME_NAME = (
    (re.compile(r"\bunited states(?: of america)?\b"), "usa"),
    (re.compile(r"\bunited kingdom\b"), "uk"),
    (re.compile(r"\beuropean union\b"), "eu"),
    (re.compile(r"\bunited arab emirates\b"), "uae"),
    (re.compile(r"\bdefence\b"), "defense"),
    (re.compile(r"\b(cent)re\b"), r"\1er"),
)
_UNITED_STATES = re.compile(r"(?<!\w)U\.? ?S\.?(?:A\b\.?)?(?!\w)")  # with capitals, for "us" is a pronoun
# A letter, as in "Hepatitis A was found", and no article, as in "Diary of A Young Girl".
_LETTER_A = re.compile(r"(?<=[a-z] )A(?=\s+[a-z]|\W*$|[.,;:!?)])")
_SPELLED = "|".join([*_VALUE, *_ORDINALS])
_AND = re.compile(rf"\b(hundred|thousand|million|billion|trillion) and (?=(?:\d|(?:{_SPELLED})\b))")
_ONE = re.compile(r"\ban? (?=(?:hundred|thousand|million|billion|trillion)\b)")
_HALF_A = re.compile(r"(?<!and a )\bhalf (?:an? )?(?=million\b|billion\b|trillion\b|%)")
_SHORT_SCALE = re.compile(r"([$€£] ?\d+(?:\.\d+)?) ?([mb])\b")
_FRACTIONS = {"½": (".5", "half"), "¼": (".25", "quarter"), "¾": (".75", "three quarters")}
_FRACTION = re.compile(r"(\d ?)?([½¼¾])")
_GROUPS = re.compile(r"(?<=\d)[\u00a0\u2009\u202f](?=\d{3}\b)")  # "1 000 000", with spaces that do not break
_MINUS = re.compile(r"(?:(?<![^\s(])[-−]|\bminus )([$€£]?)(?=\d)")  # that of a number, and not of "3-5" or "F-16"
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe"})  # what NFKD leaves whole
# "5:40" = "5.40" and "5:00 pm" = "5 pm", but "19:00" is not any 19.
_CLOCK = re.compile(r"\b(\d{1,2}):(?=(?!00)\d\d\b(?!:)|00 ?[ap]\.?m\b)")
_HALF_DAY = re.compile(r"(?<=\d) ?([ap])\.?m\b\.?")
_UNIT = re.compile(r"(?<=\d)(?=(?:km|cm|mm|m|kg|lbs?|ft|ha|mph|kmh|[kmg]wh?)\b)")
# What ends a number: "$40 million. Two agencies", "44 million, two thirds".
_BREAK = re.compile(r"[.,;:!?](?=\s|$)")
_INITIALS = re.compile(r"\b(?:[a-z]\. ?)+[a-z]\.")
_TOKEN = re.compile(r"\d+\.\d+|[$€£%;]|\w+")
_NUMERIC = re.compile(r"-?\d+(?:\.\d+)?%?(?:\|\w+)?")
_MARKER = re.compile(r"\[\d+\](?!\()")


@functools.lru_cache(maxsize=4096)
def tokens(text: str) -> tuple[str, ...]:
    """Lower-case words and canonical numbers of `text`, without articles, punctuation and [1]-style markers.

    A number is written in full ("240 bn" → "240000000000"), with `%` attached, and with `|usd`, `|eur` or `|gbp` when
    the text names the currency; one below zero has a `-`. A day and month become "14 october".
    """
    raw = _TOKEN.findall(_prepared(text))
    found = [token for token in _numbers(raw) if token not in _ARTICLES]
    return tuple(_ORDINAL.get(token, token) for token in found)


def contains(text: str, form: str) -> bool:
    """Whether `form` occurs in `text` as whole, adjacent tokens; ` & ` in a form joins parts that may stand anywhere.

    Plural -s is ignored, and an amount without a currency matches the same amount with one; a form without a minus
    matches the number with one.
    """
    haystack = tokens(text)
    parts = [tokens(part) for part in form.split(" & ")]
    return any(parts) and all(_occurs(part, haystack) for part in parts)


def numbers(text: str) -> list[str]:
    """The canonical numbers of `text`, in order, currencies and signs left off; no 1, for "one" is mostly a pronoun."""
    values = [token.partition("|")[0].lstrip("-") for token in tokens(text) if _NUMERIC.fullmatch(token)]
    return [value for value in values if value != "1"]


def _prepared(text: str) -> str:
    """Lower case, plain letters and quotes, and the spellings that mean the same made one."""
    text = re.sub(r"\bUS ?\$", "$", _MARKER.sub(" ; ", text))
    text = _LETTER_A.sub("letter_a", _UNITED_STATES.sub("usa", text))
    text = _MINUS.sub(r"\1minus ", _FRACTION.sub(_fraction, _GROUPS.sub("", text)))
    text = unicodedata.normalize("NFKD", text).casefold()
    text = "".join(c for c in text if not unicodedata.combining(c)).translate(_LETTERS)
    text = re.sub(r"['’](?:s\b)?", "", re.sub(r"(?<=\d0)['’](?=s\b)", "", text))
    text = _HALF_DAY.sub(r" \1m", _CLOCK.sub(r"\1.", text))
    text = _INITIALS.sub(lambda m: re.sub(r"[. ]", "", m[0]), text)
    text = re.sub(r"(?<=\d),(?=\d{3}\b)", "", text)
    text = _ISO_DATE.sub(lambda m: f"{int(m[3])} {_month(int(m[2]))} {m[1]}", text)
    text = re.sub(r"[-‐-―\s]+", " ", _ranges(re.sub(r"\s+", " ", text)))
    text = re.sub(r"\bper cent\b|\bpercent\b|\bpct\b", "%", text)
    text = re.sub(r"(?<=\d)(?=(?:bn|mn|tn|million|billion|trillion)\b)", " ", text)
    text = _SHORT_SCALE.sub(lambda m: f"{m[1]} {'million' if m[2] == 'm' else 'billion'}", text)
    text = _ONE.sub("1 ", _HALF_A.sub("0.5 ", _AND.sub(r"\1 ", _UNIT.sub(" ", text))))
    text = _TENS_ORDINAL.sub(_tens_ordinal, text)
    for pattern, replacement in _SAME_NAME:
        text = pattern.sub(replacement, text)
    return _BREAK.sub(" ; ", _dates(text))


def _month(number: int) -> str:
    return _MONTHS[number - 1] if 1 <= number <= 12 else str(number)


def _fraction(m: re.Match[str]) -> str:
    after, alone = _FRACTIONS[m[2]]
    return f"{m[1].strip()}{after}" if m[1] else alone


def _tens_ordinal(m: re.Match[str]) -> str:
    unit = _ORDINALS.index(m[2])
    return f"{_VALUE[m[1]] + unit}{_ENDING.get(unit, 'th')}"


def _ranges(text: str) -> str:
    """Days of one month, each with it: "22-24 october" → "22 october-24 october"."""
    text = _MONTH_DAYS.sub(lambda m: f"{m[2]} {m[1]}{m[3]}{m[4]} {m[1]}", text)
    return _DAYS_OF_MONTH.sub(lambda m: f"{m[1]} {m[4]}{m[2]}", text)


def _dates(text: str) -> str:
    return _PLAIN_ABBREVIATION.sub(lambda m: _MONTH_OF[m[1]], _DATE.sub(_date, text))


def _date(m: re.Match[str]) -> str:
    """The day first: so "October 2024" is in "October 14, 2024"."""
    month, number = _MONTH_OF[m[2] or m[3]], int(m[1] or m[4])
    return f"{number} {month}" if m[1] or number <= 31 else f"{month} {number}"


def _numbers(raw: list[str]) -> list[str]:
    """Joins the tokens of one number, its currency and its per cent sign into one token."""
    found: list[str] = []
    position = 0
    while position < len(raw):
        currency = _CURRENCY[raw[position]] if raw[position] in _BEFORE else ""
        start = position + bool(currency)
        minus = raw[start : start + 1] == ["minus"]
        value, end = _read_number(raw, start + minus)
        if value is None:
            found += [raw[position]] if raw[position] not in "$€£%;" else []
            position += 1
            continue
        if end < len(raw) and raw[end] in _CURRENCY and not currency:
            currency, end = _CURRENCY[raw[end]], end + 1
        found.append("-" * minus + value + (f"|{currency}" if currency else ""))
        position = end
    return found


def _read_number(raw: list[str], start: int) -> tuple[str | None, int]:
    """The number that begins at `start`, canonical, and where it ends; None where none begins."""
    total, current, position = Decimal(0), None, start
    while position < len(raw):
        word = raw[position]
        if word in _SCALE and current is not None:
            current *= _SCALE[word]
            if _SCALE[word] > 100:
                total, current = total + current, Decimal(0)
        elif (value := _value(word)) is not None and _joins(current, value, raw, position, start):
            current = (current or Decimal(0)) + value
        elif current is not None and raw[position : position + 3] == ["and", "a", "half"]:
            current, position = current + Decimal("0.5"), position + 2
        else:
            break
        position += 1
    if current is None:
        return None, start
    percent = position < len(raw) and raw[position] == "%"
    number = f"{(total + current).normalize():f}"
    return number + ("%" if percent else ""), position + percent


def _value(word: str) -> Decimal | None:
    if word in _VALUE:
        return Decimal(_VALUE[word])
    return Decimal(word) if re.fullmatch(r"\d+(?:\.\d+)?", word) and word.isascii() else None


def _joins(current: Decimal | None, value: Decimal, raw: list[str], position: int, start: int) -> bool:
    """Whether a number word continues the number before it ("twenty one", "two hundred five"); digits never do."""
    if position == start:
        return True
    if raw[position].isdigit() or current is None:
        return False
    before = raw[position - 1]
    return before in _SCALE or (before in _TENS and 0 < value < 10)


def _occurs(needle: Sequence[str], haystack: Sequence[str]) -> bool:
    if not needle:
        return False
    return any(
        all(_same(n, h) for n, h in zip(needle, haystack[i:], strict=False))
        for i in range(len(haystack) - len(needle) + 1)
    )


def _same(form: str, word: str) -> bool:
    if _NUMERIC.fullmatch(form) or _NUMERIC.fullmatch(word):
        value, _, currency = form.partition("|")
        other, _, paid_in = word.partition("|")
        if not value.startswith("-"):
            other = other.lstrip("-")
        return value == other and (not currency or not paid_in or currency == paid_in)
    return _singular(form) == _singular(word)


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
