"""Where a figure of a claim belongs to something else in the sentences: another part of one, other things, a column."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.clauses import BRACKETED, SAYS
from rag.context import is_row
from rag.counts import counted
from rag.deeds import is_verb
from rag.english import MONTH, PREPOSITIONS, WEEKDAY, YEAR
from rag.facts import Fact, holds, names, numbers_and_dates
from rag.features import Reading
from rag.inflection import term
from rag.text import is_content, terms
from rag.wording import Word, worded

_PARTING = re.compile(r"[;:—–]|,(?!\d)|\b(?:and|but|while|whereas|or|although|though)\b")
_BETWEEN = re.compile(r"\b(between\s+\S+)\s+and\b", re.IGNORECASE)
_ONE_DATE = re.compile(rf"({WEEKDAY}|{MONTH}\.?\s+\d{{1,2}}),\s+(?={MONTH}\b|{YEAR}\b)")
_TWO_FIGURES = re.compile(r"(\d)\s+(?:and|or)\s+(?=\d)")
_YES, _NO = frozenset("yes ✓ ✔ ✅ y".split()), frozenset("no ✗ ✘ ❌ n none – —".split())
_SUBORDINATE = re.compile(r"\b(?:when|where|after|before|because|since|until)\b", re.IGNORECASE)
_OF_VERB = r"\b(?:in|at|on|by|for|to|from|since|until|within|during)\s+(?:the\s+)?"  # before a figure that a verb has
_FOR_WHOM = re.compile(
    r"(?P<number>[$€£]?\d+(?:[.,]\d+)*%?)(?:\s+[a-z]+){0,2}?\s+for\s+(?:the\s+|an?\s+)?(?P<whom>[a-z]{3,})\b"
)
_TO_WHOM = re.compile(
    r"(?P<amount>[$€£]\d[\d.,]*(?:\s(?:thousand|million|billion))?|\d[\d.,]*\s(?:thousand|million|billion)(?:\s[a-z]+)?"
    r"|\d[\d.,]*\s[a-z]+s)\s+to\s+(?:the\s+)?(?P<whom>[A-Z][\w’'-]*(?:\s+[A-Z][\w’'-]*)*)"
)
_COUNTED_THINGS = r"(?!(?:was|is|has|as|this|its|his)\b)[a-z]{2,}s\b"
_DAY = re.compile(rf"\b{WEEKDAY}", re.IGNORECASE)
_SAYS = re.compile(rf"\b{SAYS}\b", re.IGNORECASE)
# By how many words of a claim another part of a sentence must be nearer; by one, where that alone has the claim's verb.
_NEARER = 2


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a sentence between commas and conjunctions."""

    words: Sequence[Word]
    facts: Sequence[Fact]

    @classmethod
    def of(cls, text: str) -> list[_Part]:
        line = _ONE_DATE.sub(r"\1 ", BRACKETED.sub("", text))
        line = _TWO_FIGURES.sub(r"\1 to ", _BETWEEN.sub(r"\1 to", line))
        return [
            cls(worded(part), [*numbers_and_dates(part), *_weekdays(part)])
            for part in _PARTING.split(line)
            if part.strip()
        ]

    @property
    def terms(self) -> frozenset[str]:
        return frozenset(word.term for word in self.words if word.term)

    @property
    def verbs(self) -> frozenset[str]:
        return frozenset(word.term for word in self.words if is_verb(word))

    @property
    def figures(self) -> frozenset[str]:
        """The terms of its figures and dates."""
        return frozenset(word.term for fact in self.facts for word in worded(fact.text))

    @property
    def said(self) -> frozenset[str]:
        """The terms that are neither figures nor, but at its beginning, names."""
        plain = (w for n, w in enumerate(self.words) if w.term and not w.text[0].isdigit() and (w.is_small or not n))
        return frozenset(word.term for word in plain) - self.figures


def of_another_part(claim: Reading, sentences: Sequence[Reading]) -> int:
    """Return how many figures of a claim stand in another part of a sentence than its words, which has its own."""
    theirs = [part for sentence in sentences for part in _Part.of(sentence.text)]
    return sum(
        _stands_elsewhere(fact, part, theirs)
        for part in _Part.of(claim.text)
        for fact in part.facts
        if not fact.is_ordinal
    )


def _stands_elsewhere(fact: Fact, mine: _Part, theirs: Sequence[_Part]) -> bool:
    having = [part for part in theirs if holds(fact, part.facts)]
    if not having:
        return False
    said = mine.said
    near = [len(said & part.terms) for part in theirs]
    best = max(near)
    nearest = [part for part, shared in zip(theirs, near, strict=True) if shared == best]
    capitals = {word.term for word in mine.words if word.is_capital} - mine.figures
    named = capitals.difference(*(part.terms for part in nearest))
    if any(named & part.terms for part in having):  # "A costs 14 a year, and B 43"
        return False
    with_verb = mine.verbs & frozenset().union(*(part.terms for part in nearest))
    has_own_verb = any(part.verbs for part in having)
    alone = has_own_verb and with_verb and not mine.verbs & frozenset().union(*(part.terms for part in having))
    if best - max(len(said & part.terms) for part in having) < (0 if alone else _NEARER):
        return False
    if alone:  # "cleared of three counts" and "guilty of 14 counts"
        nearest = [part for part in nearest if mine.verbs & part.verbs]
    return bool(nearest) and all(
        any(_sort(other) == _sort(fact) and not holds(other, mine.facts) for other in part.facts) for part in nearest
    )


def _sort(fact: Fact) -> tuple[str, str, bool]:
    return fact.kind, fact.unit, fact.is_year


def of_another_clause(claim: Reading, sentences: Sequence[Reading]) -> int:
    """Return how many figures of a claim stand beyond a semicolon from all other words of it: "780 paid; lent by A"."""
    return sum(_is_beyond(fact, claim, sentence) for sentence in sentences for fact in claim.numbers)


def _is_beyond(fact: Fact, claim: Reading, sentence: Reading) -> bool:
    said = claim.terms - frozenset(word.term for word in worded(fact.text))
    clauses = [_Part(worded(clause), numbers_and_dates(clause)) for clause in sentence.text.split(";")]
    having = [part for part in clauses if holds(fact, part.facts)]
    near = max(len(said & part.terms) for part in clauses)
    return len(clauses) > 1 and bool(having) and near >= _NEARER and not any(said & part.terms for part in having)


def lent(claim: Reading, sentences: Sequence[Reading]) -> int:
    """Return how many figures of a claim come from a sentence that has nothing else of it: "They pay 3.50 a pupil".

    A day may: "on the same day".
    """
    return sum(
        fact.kind != "date"
        and not fact.is_year
        and holds(fact, one.numbers)
        and not any(holds(fact, other.numbers) for other in sentences if other is not one)
        and not (claim.terms & one.terms) - _figures(claim) - _figures(one)
        for one in (sentences if len(sentences) > 1 else ())
        for fact in claim.numbers
    )


def _figures(reading: Reading) -> frozenset[str]:
    return frozenset(word.term for fact in reading.numbers for word in worded(fact.text))


def of_another_verb(claim: Reading, sentences: Sequence[Reading]) -> int:
    """Return how many figures and days of a claim its sentences have with another verb that the claim has as well.

    "She was sent off in the 41st minute, when A was brought down" does not stand on "In the 41st minute A was brought
    down" with "She was sent off".
    """
    mine, theirs = _clauses(claim.text), [clause for sentence in sentences for clause in _clauses(sentence.text)]
    count = 0
    for clause in mine:
        others = frozenset().union(*(other.verbs for other in mine if other is not clause)) - clause.verbs
        for fact in clause.facts if clause.verbs else ():
            if not re.search(rf"{_OF_VERB}{re.escape(fact.text)}", claim.text, re.IGNORECASE):
                continue
            having = [other.verbs for other in theirs if holds(fact, other.facts)]
            count += bool(having) and all(verbs & others and not verbs & clause.verbs for verbs in having)
    return count


def _clauses(text: str) -> list[_Part]:
    return [_Part(worded(clause), numbers_and_dates(clause)) for clause in _SUBORDINATE.split(text) if clause.strip()]


def of_another_day(claim: Reading, sentences: Sequence[Reading]) -> int:
    """Return how many figures of a claim about a day of the week stand only beside other days, as "until 9" may.

    The day on which somebody says so is none.
    """
    days, figures = _days(claim.text), [fact for fact in claim.numbers if fact.kind != "date" and not fact.is_ordinal]
    if not days:
        return 0
    having = ([s.text for s in sentences if holds(fact, s.numbers)] for fact in figures)
    return sum(
        bool(texts) and all(_days(text) and not _days(text) & days and not _SAYS.search(text) for text in texts)
        for texts in having
    )


def _weekdays(text: str) -> list[Fact]:
    return [Fact("date", match[0].casefold(), "weekday", match[0]) for match in _DAY.finditer(text)]


def _days(text: str) -> frozenset[str]:
    return frozenset(day.value for day in _weekdays(text))


def of_another_payee(claim: Reading, sentences: Sequence[Reading]) -> int:
    """Return how many amounts to somebody in a claim stand in no sentence that names them, where another does."""
    return sum(_is_others(match, sentences) for match in _TO_WHOM.finditer(claim.text))


def _is_others(match: re.Match[str], sentences: Sequence[Reading]) -> bool:
    amount, whom = numbers_and_dates(match["amount"])[:1], names(match["whom"])
    having = [s for s in sentences if any(holds(name, s.names) for name in whom)]
    told = [fact for sentence in having for fact in sentence.numbers if fact.kind == "number" and not fact.is_year]
    return bool(amount) and bool(told) and not holds(replace(amount[0], unit=""), told)


def leaves_out_unit(fact: Fact, reading: Reading, before: Reading | None) -> bool:
    """Tell whether a sentence has an amount without the unit that another has there, or right before.

    "It owes 286 million pounds; suppliers are owed 74 million" tells of 74 million pounds, and of no pounds in "26
    shops".
    """
    bare = (other for other in reading.numbers if not other.unit and holds(replace(fact, unit=""), [other]))
    amounts = (re.search(rf"{re.escape(other.text)}(?!\w)(?!\s+{_COUNTED_THINGS})", reading.text) for other in bare)
    told = [other for one in (reading, before) if one for other in one.numbers]
    return bool(fact.unit) and any(amounts) and any(other.unit == fact.unit for other in told)


def of_another_column(claim: Reading, sentences: Sequence[Reading]) -> int:
    """Return how many figures of a claim stand in a table only under another heading than one that the claim has."""
    rows = _in_order(sentences)
    if len(rows) < 2:
        return 0
    headings = [frozenset(terms(cell)) for cell in rows[0]] if not numbers_and_dates(" ".join(rows[0])) else []
    said = frozenset(terms(claim.text))
    wanted = {place for place, heading in enumerate(headings) if heading & said - _shared(headings)}
    facts = [fact for fact in numbers_and_dates(claim.text) if wanted]
    cells = [(column, numbers_and_dates(cell)) for row in rows[1:] for column, cell in enumerate(row)]
    columns = ({column for column, told in cells if holds(fact, told)} for fact in facts)
    return sum(bool(found) and not found & (wanted | {0}) for found in columns)


def of_other_cell(claim: Reading, sentences: Sequence[Reading]) -> bool:
    """Tell whether a claim affirms a "no" of a table under the heading that it names, or denies a "yes".

    "The Mini has an app" does not stand on "| | Mini | Pro |" with "| App | no | yes |".
    """
    rows = _in_order(sentences)
    if len(rows) < 2:
        return False
    headings, said = [frozenset(terms(cell)) for cell in rows[0]], frozenset(terms(claim.text))
    named = [place for place, heading in enumerate(headings) if heading and heading & said - _shared(headings)]
    cells = [row[place].casefold() for row in rows[1:] for place in named if place < len(row)]
    told = {cell not in _NO for cell in cells if cell in _NO | _YES}
    return len(named) == 1 and told == {bool(claim.polarity.denied)}


def _in_order(sentences: Sequence[Reading]) -> list[list[str]]:
    """Return the cells of the rows among some sentences, the header first."""
    in_order = sorted(sentences, key=lambda reading: reading.sentence.start if reading.sentence else 0)
    return [_cells(reading.text) for reading in in_order if is_row(reading.text)]


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip().strip("|").split("|")]


def _shared(headings: Sequence[frozenset[str]]) -> frozenset[str]:
    """Return the terms that several headings have."""
    return frozenset(word for heading in headings for word in heading if sum(word in other for other in headings) > 1)


def crossed(claim: Reading, sentences: Sequence[Reading]) -> int:
    """Return how many things a claim counts by a number that the sentences have of others: two of A, three of B."""
    told = {(number, thing) for sentence in sentences for number, thing in _counted(sentence.text)}
    numbers, things = {number for number, _ in told}, {thing for _, thing in told}
    mine = dict[str, list[str]]()
    for number, thing in _counted(claim.text):
        mine.setdefault(number, []).append(thing)
    return sum(
        number in numbers
        and not re.fullmatch(YEAR, number)
        and not any((number, thing) in told for thing in counts)
        and any(thing in things for thing in counts)
        for number, counts in mine.items()
    )


def of_others_share(claim: Reading, sentences: Sequence[Reading]) -> int:
    """Return how many figures of a claim the sentences have otherwise for those whom it is for: 12 for 7 for pupils."""
    told = [each for sentence in sentences for each in _for_whom(sentence.text)]
    mine = _for_whom(claim.text)
    return sum(whom in {other for _, other in told} and (number, whom) not in told for number, whom in mine)


def _for_whom(text: str) -> list[tuple[str, str]]:
    """Return each number with the term of those for whom it is: "7 for pupils", "12 crowns for adults"."""
    return [
        (fact.value, term(match["whom"]))
        for match in _FOR_WHOM.finditer(text)
        for fact in numbers_and_dates(match["number"])[:1]
        if is_content(match["whom"])
    ]


def _counted(text: str) -> list[tuple[str, str]]:
    """Return each number with the terms of the two words behind it, and what "12 crowns, 7 for pupils" leaves out."""
    told, before = list[tuple[str, str]](), ""
    for number, behind in counted(text):
        own = [term(word) for word in behind[:2] if word and is_content(word)]
        told += [(number, thing) for thing in own]
        if before and behind[0] in PREPOSITIONS:
            told.append((number, before))
        elif own:
            before = own[0]
    return told
