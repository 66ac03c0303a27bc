"""A claim and the sentences of the passages → the few sentences that together carry it, if any do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import fsum

from rag.clauses import SAYS, SPEAKS, Clause, divisions, quotations, quoted_titles
from rag.context import is_row, neighbours, preceding
from rag.contraries import crosses_clauses, meant_otherwise, told_otherwise
from rag.denial import is_hearsay, refutes
from rag.expected import asks_where, asks_yes_or_no
from rag.facts import Fact, designation, holds, is_part_of, names, same_name
from rag.features import Reading
from rag.figures import leaves_out_unit
from rag.inflection import term
from rag.naming import PLACED, Naming
from rag.text import words
from rag.types import Sentence

SUPPORTED = 0.6
PARTIAL = 0.4
MOST_CITED = 3  # sentences for one claim, other articles apart
_ANCHORS = 12  # sentences tried as the one that says it, those with the most of its words
# What is quoted, or called so, may be a title though it is written small; so may what has a capital amid a sentence.
_MARKED = re.compile(
    r"[“\"‘]|(?<!\w)'\w|\b(?:called|known\s+as|named|nicknamed|dubbed|titled|chant\w*)\b|[a-z,]\s+The\s+[a-z]"
)
_SAYS = re.compile(rf"\b{SAYS}\b")
CORE = 0.35  # share that the sentence itself must cover
LEAST = (0.0, 0.25)  # share of the claim's words, names apart, that must be found: of the question's, and of its own
CONFIRMED = 0.6  # share of the question's words, names apart, where a claim says no more: the names alone carry no Yes
TOLD = 0.8  # share of what a claim adds to its question that the sentence which tells it must have
_VERBATIM = 0.8  # share of a quotation's words that must stand in one sentence
_WORTH_CITING = 0.1  # what one more sentence must add to the share covered
_LIST = 3  # names in a row, and what they look like
_NAMED = r"[A-Z][\w’'-]*(?:\s+[A-Z][\w’'-]*)*"
_LISTED = re.compile(rf"{_NAMED}(?:,\s+{_NAMED})+,?\s+and\s+{_NAMED}")
_DEEPEST = 2  # divisions of a claim into clauses


@dataclass(frozen=True)
class Claimed:
    """A claim, or a clause of it: the weight of each content term, and the facts that must be held."""

    reading: Reading
    weights: dict[str, float]
    facts: Sequence[Fact]
    echoed: frozenset[str] = frozenset()

    @cached_property
    def quotations(self) -> list[frozenset[str]]:
        """The terms of each quotation, which must stand together."""
        return quotations(self.reading.text)

    @cached_property
    def quoted_titles(self) -> list[frozenset[str]]:
        """The words of each quotation that is written like a title."""
        return quoted_titles(self.reading.text)

    @cached_property
    def plain(self) -> tuple[dict[str, float], dict[str, float]]:
        """The words that are no names or numbers: those of the question, and its own."""
        spelled = {term(word) for fact in self.facts for word in words(fact.text)}
        rest = {word: weight for word, weight in self.weights.items() if word not in spelled and not word.isdigit()}
        return (
            {t: w for t, w in rest.items() if t in self.echoed},
            {t: w for t, w in rest.items() if t not in self.echoed},
        )


@dataclass(frozen=True, slots=True)
class Support:
    """Sentences taken together, measured against a claim: how many facts they miss, and the share they cover."""

    readings: tuple[Reading, ...] = ()
    missing: int = 1
    covered: float = 0.0
    adrift: bool = False

    @property
    def complete(self) -> bool:
        """Whether every number, date and name occurs."""
        return bool(self.readings) and not self.missing

    @property
    def carries(self) -> bool:
        """Whether the claim is supported."""
        return self.complete and self.covered >= SUPPORTED and not self.adrift

    @property
    def rank(self) -> tuple[bool, bool, int, float, bool, float]:
        """What makes one choice better than another: facts, words, few sentences, no leftovers, relevance."""
        cited = [reading.sentence for reading in self.readings if reading.sentence]
        worth = round(self.covered - _WORTH_CITING * (len(self.readings) - 1), 3)
        leftover = any(sentence.leftover for sentence in cited)
        relevance = sum(sentence.score for sentence in cited)
        return self.carries, self.complete, -self.missing, worth, not leftover, relevance

    def improves(self, other: Support) -> bool:
        """Tell whether one more sentence is worth citing."""
        if self.missing != other.missing:
            return self.missing < other.missing
        return other.covered < SUPPORTED and self.covered >= other.covered + _WORTH_CITING


class Passages:
    """The sentences of the retrieved passages, each with those around it, and whom they name."""

    def __init__(self, question: str, sentences: Sequence[Sentence], idf: Callable[[str], float]) -> None:
        self._asked = Reading(question)
        self._idf = idf
        placed = {sentence.place: sentence for sentence in sentences}
        self._sentences = list(placed.values())
        self.readings = [Reading(sentence.text, sentence) for sentence in self._sentences]
        before = preceding(self._sentences)
        headers = {one.place for place, one in before.items() if is_row(one.text) and is_row(placed[place].text)}
        refuted = {before[s.place].place for s in self._sentences if s.place in before and refutes(s.text)}
        self._refuted = {r for r in self.readings if r.sentence and r.sentence.place in refuted}
        self._headers = {r for r in self.readings if r.sentence and r.sentence.place in headers}
        self._around = {reading: tuple(around) for reading, around in neighbours(self.readings)}
        self._naming = Naming(self.readings, self._asked.names)
        self._asks_where, self._asks_whether = asks_where(question), asks_yes_or_no(question)

    @cached_property
    def lowercase(self) -> frozenset[str]:
        """The words that the passages and the question write without a capital."""
        return frozenset().union(*(reading.lowercase for reading in self.readings), self._asked.lowercase)

    def support(self, claim: Callable[[str], Claimed], text: str, depth: int = _DEEPEST) -> Support:
        """Return the fewest sentences that carry a text, as a whole or clause by clause.

        Of two articles each clause must name somebody or something, and the second have a subject of its own.
        """
        claimed = claim(text)
        whole = self._of_text(claim, text, claimed)
        if whole.carries or not depth:
            return whole
        for left, right in divisions(text):
            one = self.support(claim, left.text, depth - 1)
            other = self._of_clause(claim, right, depth - 1) if one.carries else Support()
            readings = tuple(dict.fromkeys((*one.readings, *other.readings)))
            apart = not right.subject and all(claim(clause.text).facts for clause in (left, right))
            carried = one.carries and other.carries and (apart or _of_one_article(one, other))
            if carried and self._fit_together(claimed, readings):
                return Support(readings, 0, min(one.covered, other.covered))
        return whole

    def _lacks_a_clause(self, claim: Callable[[str], Claimed], text: str, readings: Sequence[Reading]) -> bool:
        """Tell whether sentences that carry a claim have nothing of one of its clauses: the others hide it."""
        found = frozenset().union(*(reading.terms for reading in readings))
        clauses = (claim(clause.text) for pair in divisions(text) for clause in pair)
        return any(_share(clause.plain[1], found, of_none=1.0) < LEAST[1] for clause in clauses)

    def _fit_together(self, claim: Claimed, readings: Sequence[Reading]) -> bool:
        """Tell whether sentences that carry the clauses of a claim carry the whole of it."""
        return (
            len(readings) <= MOST_CITED
            and not self._naming.unjoined(claim.reading, readings)
            and not any(self._contradicts(claim, reading) for reading in readings)
            and not crosses_clauses(claim.reading, readings)
        )

    def alone(self, claim: Claimed) -> Iterator[Reading]:
        """Yield the sentences that carry a claim alone."""
        for reading in self.readings:
            if self._agrees(claim, reading) and self._measured(claim, (reading,)).carries:
                if not self._only_implied(claim, (reading,)):
                    yield reading

    def telling(self, claim: Claimed, read: Sequence[Sentence]) -> list[Sentence]:
        """Return the sentence, of some that were read, that alone has a claim's facts and nearly all its words.

        It must speak of whom the question names; where it points back to who is, behind the one that it points to.
        """
        places = {sentence.place for sentence in read}
        near = (
            reading
            for reading in self.readings
            if reading.sentence and reading.sentence.place in places
            if self._agrees(claim, reading) and not self._only_implied(claim, (reading,))
            if self._naming.speaks_of_asked(reading) or self._naming.leads_to_asked(reading, self._asked.text)
        )
        best = max((self._measured(claim, (r,)) for r in near), key=lambda support: support.rank, default=Support())
        if not best.complete or best.covered < TOLD:
            return []
        told = best.readings[0]
        before = None if self._naming.speaks_of_asked(told) else self._naming.pointed_to(told)
        return [reading.sentence for reading in (before, told) if reading and reading.sentence]

    def agrees(self, claim: Claimed, sentence: Sentence) -> bool:
        """Tell whether a sentence has a claim's numbers and dates, and nothing otherwise."""
        reading = Reading(sentence.text, sentence)
        missing = sum(fact.kind != "name" and not self.finds(fact, claim, (reading,)) for fact in claim.facts)
        otherwise = self._naming.unjoined(claim.reading, (reading,)) + told_otherwise(claim.reading, (reading,))
        if missing or otherwise or not self._agrees(claim, reading):
            return False
        return not meant_otherwise(claim.reading, (reading,), self._asked)

    def denying(self, claim: Claimed, read: Sequence[Sentence]) -> Sentence | None:
        """Return the first sentence, of some that were read, that denies a word which a claim denies.

        It must speak of whom the question names.
        """
        denied = claim.reading.polarity.denied
        near = (Reading(sentence.text, sentence) for sentence in read)
        found = (r for r in near if r.polarity.denied & denied and self._naming.speaks_of_asked(r))
        return next((reading.sentence for reading in found), None)

    def naming(self, claim: Claimed, readings: Sequence[Reading]) -> Iterator[Reading]:
        """Yield, for each name that is only implied, the nearest sentence of the article with it, before it if any."""
        found = list(readings)
        starts = {reading.sentence.source: reading.sentence.start for reading in readings if reading.sentence}
        for fact in self._only_implied(claim, readings):
            if any(holds(fact, reading.names) for reading in found):
                continue
            apart = [
                (reading.sentence.start - starts[reading.sentence.source], number)
                for number, reading in enumerate(self.readings)
                if reading.sentence and reading.sentence.source in starts and holds(fact, reading.names)
            ]
            if apart:
                found.append(self.readings[min(apart, key=lambda one: (one[0] > 0, abs(one[0])))[1]])
                yield found[-1]

    def _only_implied(self, claim: Claimed, readings: Iterable[Reading]) -> list[Fact]:
        facts = (fact for fact in claim.facts if fact.kind == "name")
        return [fact for fact in facts if not any(self._naming.finds(fact, r, implied=False) for r in readings)]

    def _of_clause(self, claim: Callable[[str], Claimed], clause: Clause, depth: int) -> Support:
        """Support a clause; one that leaves out its subject only where that is named."""
        if not clause.subject:
            return self.support(claim, clause.text, depth)
        claimed = claim(clause.text)
        named = names(clause.subject, self.lowercase)
        subject = [fact for fact in named if fact.full == named[0].full][-1:]
        return self._of_text(claim, clause.text, replace(claimed, facts=[*claimed.facts, *subject]))

    def _of_text(self, claim: Callable[[str], Claimed], text: str, claimed: Claimed) -> Support:
        """Return the best choice of sentences in one place for a text; they carry none of which they lack a clause."""
        whole = self._of_one_place(claimed)
        lacks = whole.carries and self._lacks_a_clause(claim, text, whole.readings)
        return replace(whole, adrift=True) if lacks else whole

    def _of_one_place(self, claim: Claimed) -> Support:
        """Return the best choice of a sentence, with others around it where these add something."""
        anchors = sorted(self.readings, key=lambda reading: -_share(claim.weights, reading.terms))[:_ANCHORS]
        extended = (self._extended(claim, anchor) for anchor in anchors if self._agrees(claim, anchor))
        return max(extended, key=lambda support: support.rank, default=Support())

    def _extended(self, claim: Claimed, anchor: Reading) -> Support:
        """Return a sentence with those around it that add something, and do not deny the claim."""
        best = self._measured(claim, (anchor,))
        meant = self._naming.pointed_to(anchor)  # "It was closed" behind what says when it will open
        near = dict.fromkeys((*self._around[anchor], *self._naming.meant_by(anchor)))
        around = [r for r in near if r is meant or not self._contradicts(claim, r)]
        if best.covered < CORE and not _is_row_about(anchor, claim):
            return best
        if best.covered < CORE:
            around = [reading for reading in around if reading in self._headers]
        while not best.carries and len(best.readings) < MOST_CITED:
            others = (reading for reading in around if reading not in best.readings)
            wider = (self._measured(claim, (*best.readings, other)) for other in others)
            better = max(wider, key=lambda support: support.rank, default=best)
            if not better.improves(best):
                break
            best = better
        return best

    def _agrees(self, claim: Claimed, reading: Reading) -> bool:
        """Tell whether a sentence neither denies a claim nor puts it into another mouth."""
        theirs = reading.speakers
        others_words = (
            claim.reading.speakers
            and theirs
            and not any(is_part_of(name, theirs) for name in claim.reading.speakers)
            and not any(is_part_of(name, (fact.value for fact in reading.names)) for name in claim.reading.speakers)
        )
        return not others_words and not self._contradicts(claim, reading)

    def _contradicts(self, claim: Claimed, reading: Reading) -> bool:
        if is_row(reading.text):  # a cell denies nothing but what its heading and its row name
            return False
        if reading in self._refuted:
            return not (claim.reading.polarity.denied or is_hearsay(claim.reading.text))
        return claim.reading.polarity.contradicted_by(reading.polarity, self._idf)

    def _measured(self, claim: Claimed, readings: tuple[Reading, ...]) -> Support:
        found = frozenset().union(*(reading.terms for reading in readings))
        held = [fact for fact in claim.facts if self.finds(fact, claim, readings)]
        spelled = {term(word) for fact in held for word in words(fact.text)}
        misquoted = sum(not any(_quotes(quoted, reading) for reading in readings) for quoted in claim.quotations)
        misquoted += sum(_writes_small(title, readings) for title in claim.quoted_titles)
        least = (CONFIRMED, 0.0) if self._only_confirms(claim) else LEAST
        if any(is_row(reading.text) for reading in readings):
            least = (least[0], 0.0)  # a row has no words for what it tells
        is_list = self._is_list(claim)
        if is_list and len(claim.plain[1]) < 2:  # "A owns B, C and D" where "A's brands include B, C and D"
            least = (least[0], 0.0)
        adrift = any(_share(part, found, of_none=1.0) < share for part, share in zip(claim.plain, least, strict=True))
        adrift |= all(reading in self._headers for reading in readings)
        if _shares_names_only(claim, found):
            adrift |= len(readings) > 1 or (not is_list and bool(self._only_implied(claim, readings)))
        missing = len(claim.facts) - len(held) + misquoted
        missing += self._naming.unjoined(claim.reading, readings) + told_otherwise(claim.reading, readings)
        missing += self._naming.invented(claim.reading.text, claim.facts) + self._is_not_said(claim, readings)
        missing += self._naming.means_another(claim.reading, readings)
        covered = _share(claim.weights, found | spelled)
        if not missing and not adrift and covered >= PARTIAL:
            missing = meant_otherwise(claim.reading, readings, self._asked)
        return Support(readings, missing, covered, adrift)

    def _is_list(self, claim: Claimed) -> bool:
        """Tell whether a claim adds a list of names to its question, which stands together nowhere by chance."""
        listed = _LISTED.search(claim.reading.text)
        new = {fact.full for fact in names(listed[0]) if not holds(fact, self._asked.names)} if listed else set()
        return len(new) >= _LIST

    def _is_not_said(self, claim: Claimed, readings: Sequence[Reading]) -> bool:
        """Tell whether a claim has somebody say what its first sentence tells as so, and of others."""
        who, first = claim.reading.speakers, readings[0]
        if not who or SPEAKS.search(first.text):
            return False
        saying = (reading for reading in (*readings, *self._around.get(first, ())) if _SAYS.search(reading.text))
        named = {name.value for reading in (first, *saying) for name in reading.names}
        return not any(is_part_of(word, named) for word in who)

    def _only_confirms(self, claim: Claimed) -> bool:
        """Tell whether a claim says no more than its question, of which more than a word is no name, or a Yes or No."""
        repeated, own = claim.plain
        asked = {fact.value for fact in (*self._asked.numbers, *self._asked.names)}
        return len(repeated) > (not self._asks_whether) and not own and all(fact.value in asked for fact in claim.facts)

    def finds(self, fact: Fact, claim: Claimed, readings: Iterable[Reading]) -> bool:
        """Tell whether one of the sentences holds a number, date or name as the claim has it.

        A number that is part of a name ("Apollo 11") may stand with that name anywhere in its article.
        """
        if fact.kind == "name":
            return self._finds_name(fact, claim, readings)
        if any(holds(fact, r.numbers) or leaves_out_unit(fact, r, self._naming.right_before(r)) for r in readings):
            return True
        if name := designation(fact, claim.reading.text):
            sources = {reading.sentence.source for reading in readings if reading.sentence}
            return any(s.source in sources and (name in s.text or name in s.title) for s in self._sentences)
        return fact.is_year and _is_year_of_publication(fact, claim, readings)

    def _finds_name(self, fact: Fact, claim: Claimed, readings: Iterable[Reading]) -> bool:
        """Tell whether a sentence has a name; of a place that is asked for, not in its title alone, nor as whose."""
        placed = re.search(rf"{PLACED}(?:the )?{re.escape(fact.text)}(?!\w)", claim.reading.text)
        if not placed or not self._asks_where or any(same_name(fact.value, name.value) for name in self._asked.names):
            return any(self._naming.finds(fact, reading) for reading in readings)
        whose = re.compile(rf"{re.escape(fact.text)}['’]s?(?!\w)")
        return any(self._naming.finds(fact, r, implied=False) and not whose.search(r.text) for r in readings)


def _of_one_article(one: Support, other: Support) -> bool:
    """Tell whether sentences of one article carry both clauses."""
    sources = [{r.sentence.source for r in support.readings if r.sentence} for support in (one, other)]
    return bool(sources[0] & sources[1])


def _is_row_about(reading: Reading, claim: Claimed) -> bool:
    """Tell whether a sentence is a row of a table whose first cell has a word of a claim, be it all that it has."""
    label = reading.text.strip("| ").partition("|")[0]
    return is_row(reading.text) and any(term(word) in claim.weights for word in words(label) if word.isalpha())


def _share(weights: dict[str, float], found: frozenset[str], *, of_none: float = 0.0) -> float:
    """Return the share of some words that is found, by weight; `of_none` where there are none."""
    total = fsum(weights.values())
    return fsum(weight for word, weight in weights.items() if word in found) / total if total else of_none


def _shares_names_only(claim: Claimed, found: Iterable[str]) -> bool:
    """Tell whether of a claim nothing but names and numbers is found: these alone join no two sentences."""
    plain = frozenset().union(*claim.plain)
    return bool(plain) and plain.isdisjoint(found)


def _quotes(quoted: frozenset[str], reading: Reading) -> bool:
    """Tell whether a sentence has the words of a quotation."""
    return len(quoted & reading.terms) >= _VERBATIM * len(quoted)


def _writes_small(title: frozenset[str], readings: Iterable[Reading]) -> bool:
    """Tell whether sentences have the words of a title only as ordinary ones: "the city council", no "City Council"."""
    having = [reading for reading in readings if frozenset(map(term, title)) <= reading.terms]
    return bool(having) and all(title <= reading.lowercase and not _MARKED.search(reading.text) for reading in having)


def _is_year_of_publication(fact: Fact, claim: Claimed, readings: Iterable[Reading]) -> bool:
    """Tell whether a year belongs to a day or month of the year in which the article was published."""
    dated = any(other.kind == "date" for other in claim.facts)
    return dated and any(
        reading.sentence and (reading.sentence.published or "").startswith(fact.value) for reading in readings
    )
