"""A text with what comparing it with another needs, worked out when it is first asked for."""

from __future__ import annotations

import re
from functools import cached_property

from rag.clauses import speakers
from rag.denial import Polarity, polarity
from rag.facts import Fact, names, numbers_and_dates, plain
from rag.inflection import term
from rag.relations import Relation, relations
from rag.roles import Role, roles, titled
from rag.text import fold, words
from rag.types import Sentence

AGED = re.compile(r"\b(?P<name>[A-Z][\w’'-]+(?:\s+[A-Z][\w’'-]+)*),\s+(?P<age>\d{1,3})(?=,|\.?$)")
_AGE = frozenset(map(term, ("years", "old", "age")))


class Reading:
    """A claim, a question, or a `sentence` of the passages."""

    def __init__(self, text: str, sentence: Sentence | None = None) -> None:
        self.text = plain(text)
        self.sentence = sentence

    @cached_property
    def polarity(self) -> Polarity:
        """What it affirms and denies."""
        return polarity(self.text)

    @cached_property
    def terms(self) -> frozenset[str]:
        """Its content terms; whoever is "Lund, 58," is 58 years old."""
        return self.polarity.terms | (_AGE if AGED.search(self.text) else frozenset())

    @cached_property
    def numbers(self) -> list[Fact]:
        """Its numbers and dates."""
        return numbers_and_dates(self.text)

    @cached_property
    def names(self) -> list[Fact]:
        """Its names."""
        return names(self.text)

    @cached_property
    def title(self) -> list[Fact]:
        """The names in the title above it."""
        return names(self.sentence.title) if self.sentence else []

    @cached_property
    def speakers(self) -> frozenset[str]:
        """The names to whom it attributes something said."""
        return speakers(self.text)

    @cached_property
    def roles(self) -> list[Role]:
        """The offices that it says somebody holds."""
        return roles(self.text)

    @cached_property
    def titled(self) -> list[Role]:
        """The offices that it puts before names."""
        return titled(self.text)

    @cached_property
    def relations(self) -> list[Relation]:
        """What it says that somebody did to whom."""
        return relations(self.text)

    @cached_property
    def lowercase(self) -> frozenset[str]:
        """The words written without a capital."""
        return frozenset(fold(word) for word in words(self.text) if word[0].islower())

    @cached_property
    def lowercase_terms(self) -> frozenset[str]:
        """The terms of these."""
        return frozenset(map(term, self.lowercase))
