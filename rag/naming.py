"""Whom the sentences of the passages name: in full, in short, by an office or in the title above them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property

from rag.clauses import SAYS
from rag.context import preceding
from rag.english import AUXILIARY
from rag.facts import Fact, holds, is_demonym, is_part_of, may_be_short, names, same_name, same_state
from rag.features import Reading
from rag.inflection import term
from rag.mentions import PERSON_NOUN
from rag.relations import PAST
from rag.roles import Role, apposes, gives_to_another, is_other_kin, joins, unnamed
from rag.types import Place

# "Its chairman, Ida Holm, …" is that of what the sentence before begins with.
_ITS_OFFICE = re.compile(r"\W*(?:Its|Their)\s+(?:[a-z]+\s+){0,2}?(?P<office>[a-z]+)(?=,?\s+[A-Z])")
_VERB = re.compile(rf"\b(?:{AUXILIARY}|{PAST.pattern})\b")
_OPENS = r"(?:^|, )(?i:after|at|before|by|for|from|in|on|since|until|with) "
# Who has such a suffix alone in an article is "the company" there: "Lund Foods plc … The company's brands".
_COMPANY = re.compile(r"\bthe (?:company|firm|group|business)(?:['’]s)?\b(?! (?:of|that|which|from)\b)", re.IGNORECASE)
_INCORPORATED = re.compile(
    r"(?P<name>[A-Z][\w&’'-]*(?:\s+(?:&\s+)?[A-Z][\w&’'-]*){0,3}?),?\s+(?:plc|PLC|Ltd|Limited|Inc|Corp|LLC|GmbH|AG|SE|NV)\b"
)
# Whom a sentence that begins so means, what stands before it says.
_PRONOUN = r"(?:it|he|she|they|its|his|her|their)\b"
_POINTS_BACK = re.compile(rf"\W*{_PRONOUN}", re.IGNORECASE)
_TO_SEVERAL = re.compile(r"\W*(?:the two|both) [a-z]+s\b", re.IGNORECASE)
_LEANS = re.compile(rf"\b{_PRONOUN}", re.IGNORECASE)
# "One rescuer was hurt": somebody else than whom an earlier sentence names, while a later one may name them.
_SOMEBODY = re.compile(
    rf"\W*(?:One|An?|Another)\s+(?:[\w-]+\s+){{0,2}}?(?:(?:{PERSON_NOUN.pattern})|[a-z]+(?:er|or|ist|man|woman|ian)\b)(?!\s+of\b)"
)
_NAMED_NEXT = 400  # characters behind such a sentence in which it is said who that is
# "“I just want what we were promised,” he said": who, the sentence before tells.
_PRONOUN_SAID = re.compile(rf"[”\"’]\s+(?:(?:he|she|they)\s+(?:\w+ly\s+)?{SAYS}|said\s+(?:he|she))\b", re.IGNORECASE)
# "The girl was taken to hospital", behind "they pulled a six-year-old girl alive, said fire chief Lund".
_THE_ONE = re.compile(rf"\W*The\s+(?:[\w-]+\s+)?(?P<one>[a-z]+)\s+(?:{AUXILIARY}|{PAST.pattern})\b")
_ASKED_OF = rf"\b{AUXILIARY}\s+(?:[A-Z]\w*\s+)*"  # "How many did Lund stop?"
_ACTS = r"(?<!['’]s)(?!['’]|\w)"  # and not what is theirs
_EARLIER = 3  # sentences before one that points back in which its name may stand
PLACED = r"\b(?:in|at|near) "  # a place is named in full: "a hotel in Osterlay" is none in Osterlay Hall


class Naming:
    """What the sentences of some passages, taken together, know of names, of those `asked` about, and of offices."""

    def __init__(self, readings: Sequence[Reading], asked: Sequence[Fact]) -> None:
        self._readings = readings
        self._asked = asked
        self._found: dict[tuple[Fact, Reading, bool], bool] = {}
        self._spoken: dict[Role, bool] = {}
        self._foreign: dict[Role, bool] = {}
        self._invented: dict[tuple[str, tuple[Fact, ...]], int] = {}
        self._holding: dict[tuple[Role, str], frozenset[tuple[str, ...]]] = {}

    def finds(self, fact: Fact, reading: Reading, *, implied: bool = True) -> bool:
        """Tell, and remember, whether a sentence names somebody, be it in short, or implies them by title or office."""
        key = (fact, reading, implied)
        if key not in self._found:
            self._found[key] = self._names(fact, reading) or (implied and self._implies(fact, reading))
        return self._found[key]

    def speaks_of_asked(self, reading: Reading) -> bool:
        """Tell whether a sentence has the names of the question.

        A state may be named by the seat of its government, or by somebody whom the passages describe as its own.
        """
        return all(self._speaks_of(fact, reading) for fact in self._asked)

    def leads_to_asked(self, reading: Reading, question: str) -> bool:
        """Tell whether the same is so of a sentence that points back, together with those right before it.

        Whose deeds are asked for has to be whom it points to.
        """
        if not _points_back(reading.text):
            return False
        run, meant = [reading, *self._before(reading)], [reading, *self.meant_by(reading)]
        deeds = {fact for fact in self._asked if re.search(_ASKED_OF + re.escape(fact.text) + _ACTS, question)}
        return all(any(self._speaks_of(f, one) for one in (meant if f in deeds else run)) for f in self._asked)

    def _speaks_of(self, fact: Fact, reading: Reading) -> bool:
        return self.finds(fact, reading) or any(
            same_state(fact.value, name.value) or self._is_owner(fact, name) for name in reading.names
        )

    def unjoined(self, claim: Reading, readings: Iterable[Reading]) -> int:
        """Return how many of the offices in a claim no sentence gives to their holder, or only of another country.

        What it says in passing may stand elsewhere in the passages.
        """
        giving = self._readings if apposes(claim.text) else readings
        told = sum(not self._gives(role, giving) for role in claim.roles)
        return told + sum(map(self._is_of_another, claim.titled)) + sum(self._is_its(claim, one) for one in readings)

    def _is_its(self, claim: Reading, reading: Reading) -> bool:
        """Tell whether a claim gives to another what a sentence calls its office: that of whom the one before names."""
        own, before = _ITS_OFFICE.match(reading.text), self.right_before(reading)
        if not own or not before:
            return False
        verb = _VERB.search(before.text)
        owners = names(before.text[: verb.start()]) if verb else []
        given = (name for name in claim.names if _gives_office(claim.text, own["office"], name.text))
        return bool(owners) and any(not is_part_of(name.value, (o.value for o in owners)) for name in given)

    def invented(self, text: str, facts: Iterable[Fact]) -> int:
        """Return, and remember, how many names of a text are made of words that no name has together: Kazan Kremlin.

        "On Tuesday Holm" and "In Oslo Holm" are no names.
        """
        key = text, tuple(facts)
        if key not in self._invented:
            self._invented[key] = self._count_invented(*key)
        return self._invented[key]

    def means_another(self, claim: Reading, readings: Sequence[Reading]) -> bool:
        """Tell whether one of some sentences tells a part of a claim of another than whom the claim begins with.

        "It is named after a queen" is not told of what only the sentence behind it names, nor "The girl was saved" of
        who said in the one before that a girl was.
        """
        subject = next(iter(claim.names), None)
        if len(readings) < 2 or not subject or not re.match(rf"\W*(?:The )?{re.escape(subject.text)}", claim.text):
            return False
        return any(
            self._means_other(subject, reading)
            for reading in readings
            if claim.terms & reading.terms - frozenset().union(*(r.terms for r in readings if r is not reading))
        )

    def _means_other(self, subject: Fact, reading: Reading) -> bool:
        """Tell whether a sentence begins with what points back to another than somebody."""
        if self.finds(subject, reading):
            return False
        if _POINTS_BACK.match(reading.text):
            meant = self.meant_by(reading)
            return bool(meant) and not any(self.finds(subject, one) for one in meant)
        if _SOMEBODY.match(reading.text):
            return self._is_named_before(subject, reading)
        one = _THE_ONE.match(reading.text)
        return one is not None and any(
            _introduces(one["one"], subject.text, other.text) for other in self._before(reading)
        )

    def _is_named_before(self, subject: Fact, reading: Reading) -> bool:
        """Tell whether an article names somebody before a sentence, and not right behind it."""
        at = reading.sentence
        if not at:
            return False
        placed = (r for r in self._readings if r.sentence and r.sentence.source == at.source)
        starts = [r.sentence.start for r in placed if r.sentence and self.finds(subject, r)]
        next_to = range(at.end, at.end + _NAMED_NEXT)
        return any(start < at.start for start in starts) and not any(start in next_to for start in starts)

    def pointed_to(self, reading: Reading) -> Reading | None:
        """Return the sentence right before one that begins with what points back, or quotes "him", if there is one."""
        leans = _points_back(reading.text) or _PRONOUN_SAID.search(reading.text)
        return self.right_before(reading) if leans else None

    def right_before(self, reading: Reading) -> Reading | None:
        """Return the sentence right before one, if it was retrieved."""
        return self._preceding.get(reading.sentence.place) if reading.sentence else None

    def meant_by(self, reading: Reading) -> list[Reading]:
        """Return the sentences before one that points back, to the first that leans on none; none if too far."""
        before = self._before(reading) if _points_back(reading.text) else []
        starts = next((n for n, one in enumerate(before, 1) if not _leans(one.text)), 0)
        return before[:starts]

    def _before(self, reading: Reading) -> list[Reading]:
        """Return the sentences right before one, the nearest first, as far as they were retrieved and may name it."""
        found: list[Reading] = []
        while len(found) < _EARLIER and (before := self.right_before(reading)):
            reading = before
            found.append(reading)
        return found

    def _count_invented(self, text: str, facts: Iterable[Fact]) -> int:
        said = [fact for fact in facts if fact.kind == "name" and term(fact.value) not in self._lowercase]
        apart = {fact.full for fact in said if re.search(rf"{_OPENS}{re.escape(fact.text)}\b", text)}
        runs = {fact.full: [word for word in fact.full if is_part_of(word, (f.value for f in said))] for fact in said}
        titles = (name.full for reading in self._readings for name in reading.title)
        known = self._known | {name.full for name in self._asked} | set(titles)
        return sum(
            len(run) > 1 and full not in apart and not any(_shares_words(run, name) for name in known)
            for full, run in runs.items()
        )

    def _gives(self, role: Role, readings: Iterable[Reading]) -> bool:
        """Tell whether one of the sentences gives an office to its holder, if any of the passages speaks of both."""
        given = any(joins(role, reading.text) for reading in readings)
        return given or not (self._tells_of(role) or any(is_other_kin(role, r.text) for r in self._readings))

    def _tells_of(self, role: Role) -> bool:
        if role not in self._spoken:
            self._spoken[role] = any(joins(role, reading.text) is not None for reading in self._readings)
        return self._spoken[role]

    def _is_of_another(self, role: Role) -> bool:
        """Tell whether the passages give an office to its holder only as that of another country or company."""
        if role not in self._foreign:
            texts = [reading.text for reading in self._readings]
            given = any(joins(role, text) for text in texts)
            self._foreign[role] = not given and any(gives_to_another(role, text) for text in texts)
        return self._foreign[role]

    def _names(self, fact: Fact, reading: Reading) -> bool:
        if holds(fact, reading.names):
            return True
        if fact.full[0] == fact.value and is_demonym(fact.value) and (fact.value,) in {n.full for n in reading.names}:
            return True  # of "Kenyan Ida Holm" where a sentence has "Kenyan newcomer Ida Holm"
        if not any(same_name(fact.value, name.value) for name in reading.names):
            if term(fact.value) in reading.lowercase_terms:
                return True
        return any(
            other != fact.value and self._is_known(fact, name)
            for other in fact.described
            for name in reading.names
            if same_name(other, name.value) and all(is_part_of(word, fact.described) for word in name.full)
            if not re.search(rf"{PLACED}{re.escape(name.text)}(?!\w)", reading.text)
        )

    def _implies(self, fact: Fact, reading: Reading) -> bool:
        return holds(fact, reading.title) or self._is_meant(fact, reading) or self._is_of_family(fact, reading)

    def _is_of_family(self, fact: Fact, reading: Reading) -> bool:
        """Tell whether a sentence has only the first name of somebody asked about, whose family the article names.

        That is "Edith" for Edith Pell beside "Wilhelmina Pell", if no Edith has another name.
        """
        asked = any(name.full == fact.full and name.value == fact.value for name in self._asked)
        if not asked or len(fact.full) != 2 or fact.value != fact.full[1]:
            return False
        first, source = fact.full[0], reading.sentence.source if reading.sentence else ""
        if (first,) not in {name.full for name in reading.names} or any(first in known for known in self._known):
            return False
        article = (r for r in self._readings if r.sentence and r.sentence.source == source)
        return any(fact.value == name.value for r in article for name in (*r.names, *r.title))

    def _is_meant(self, fact: Fact, reading: Reading) -> bool:
        """Tell whether a sentence means somebody by an office ("the chief executive") that only they have there.

        Or the only company of the article by "the company".
        """
        source = reading.sentence.source if reading.sentence else ""
        holders = (self._holders(office, source) for office in unnamed(reading.text))
        if any(found and all(may_be_short(fact.full, name) for name in found) for found in holders):
            return True
        companies = self._companies(source) if _COMPANY.search(reading.text) else frozenset()
        return len(companies) == 1 and all(may_be_short(fact.full, name) for name in companies)

    def _companies(self, source: str) -> frozenset[tuple[str, ...]]:
        """Return the names of an article that have a company's suffix."""
        article = [reading.text for reading in self._readings if reading.sentence and reading.sentence.source == source]
        found = (names(match["name"]) for text in article for match in _INCORPORATED.finditer(text))
        return frozenset(each[0].full for each in found if each)

    def _holders(self, office: Role, source: str) -> frozenset[tuple[str, ...]]:
        """Return the names to which an article gives an office."""
        if (office, source) not in self._holding:
            article = [reading for reading in self._readings if reading.sentence and reading.sentence.source == source]
            self._holding[office, source] = frozenset(
                name
                for name in {name.full for reading in article for name in reading.names}
                if any(joins(replace(office, holder=frozenset(name)), reading.text) for reading in article)
            )
        return self._holding[office, source]

    @cached_property
    def _preceding(self) -> dict[Place, Reading]:
        """The sentence right before each, by the place of the second."""
        placed = {reading.sentence.place: reading for reading in self._readings if reading.sentence}
        before = preceding(reading.sentence for reading in self._readings if reading.sentence)
        return {place: placed[one.place] for place, one in before.items()}

    @cached_property
    def _lowercase(self) -> frozenset[str]:
        return frozenset().union(*(reading.lowercase_terms for reading in self._readings))

    @cached_property
    def _known(self) -> frozenset[tuple[str, ...]]:
        """The names in the passages that have several words."""
        return frozenset(n.described for reading in self._readings for n in reading.names if len(n.described) > 1)

    def _is_owner(self, state: Fact, other: Fact) -> bool:
        """Tell whether the passages describe somebody as of a state: "China's Defense Minister Dong"."""
        return any(
            is_part_of(state.value, name[:place]) and same_name(other.value, word)
            for name in self._known
            for place, word in enumerate(name)
        )

    def _is_known(self, fact: Fact, short: Fact) -> bool:
        """Tell whether the passages have both words in one name."""
        return any(is_part_of(fact.value, name) and is_part_of(short.value, name) for name in self._known)


def _gives_office(text: str, office: str, owner: str) -> bool:
    """Tell whether a text has "the chairman of Lund" or "Lund's chairman"."""
    owner = re.escape(owner)
    return bool(
        re.search(rf"\b{office}\s+of\s+(?:the\s+)?(?:\S+\s+)?{owner}\b|\b{owner}['’]s?\s+(?:\w+\s+)?{office}\b", text)
    )


def _points_back(text: str) -> bool:
    """Tell whether a sentence begins with what stands for others before it: "It", "The two leaders"."""
    return bool(_POINTS_BACK.match(text) or _TO_SEVERAL.match(text))


def _leans(text: str) -> bool:
    """Tell whether a sentence leans on others: "The next year her family moved", or what somebody says."""
    pronoun = _LEANS.search(text)
    return text.startswith(("“", '"')) or (pronoun is not None and not names(text[: pronoun.start()]))


def _introduces(one: str, other: str, text: str) -> bool:
    """Tell whether a sentence first speaks of "a girl", and not as the other: "a girl, Ida", "Ida, 6, a girl from"."""
    described = rf"\b(?:an?|one|another)\s+(?:[\w-]+\s+){{0,3}}?{re.escape(one)}\b"
    apposed = rf"{re.escape(other)}(?:\s+[A-Z][\w-]+)*,\s+(?:\d+,\s+)?{described}|{described},?\s+(?:\w+\s+)?[A-Z]"
    return bool(re.search(described, text)) and not re.search(apposed, text)


def _shares_words(one: Sequence[str], other: Sequence[str]) -> bool:
    return sum(is_part_of(word, other) for word in one) > 1
