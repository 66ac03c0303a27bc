"""An answer with a figure or a date → the sentences of other articles that may tell of it with another one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag.counts import things
from rag.expected import asked, asks_how_much_so
from rag.facts import Fact, holds, numbers_and_dates
from rag.grounding import Grounded
from rag.types import Sentence

# Relevance from which a sentence may tell of the same thing.
LEAST = 0.5


def differing(question: str, grounded: Grounded, found: Sequence[Sentence]) -> Iterator[Sentence]:
    """Yield the best sentence of each other article with figures like the answer's, and none that it cites.

    Only for questions that ask how many, how cold, or when. An amount is like one in the same unit, a day like a day, a
    year like a year. Those that count the same things come first: volunteers, where the answer has "46 volunteers".

    Args:
        question: as it was put to the model.
        grounded: the claims that answer it.
        found: the sentences retrieved, scored.
    """
    text = " ".join(claim.text for claim in grounded.claims if claim.verdict != "unsupported")
    cited = [fact for citation in grounded.citations for fact in numbers_and_dates(citation.quote)]
    named = numbers_and_dates(question)
    new = [fact for fact in numbers_and_dates(text) if not holds(fact, named)]
    sorts = {_sort(fact) for fact in new if _is_asked(fact, question)}
    sources = {citation.source for citation in grounded.citations}
    alike = things(text)
    near = (sentence for sentence in found if sentence.score >= LEAST)
    for sentence in sorted(near, key=lambda sentence: (alike.isdisjoint(things(sentence.text)), -sentence.score)):
        told = [fact for fact in numbers_and_dates(sentence.text) if _sort(fact) in sorts]
        if sentence.source in sources or sentence.leftover or sentence.text == sentence.title:
            continue
        if told and not any(holds(fact, [*named, *cited]) for fact in told):
            sources.add(sentence.source)
            yield sentence


def _is_asked(fact: Fact, question: str) -> bool:
    kinds = asked(question)
    if fact.kind == "date" or fact.is_year:
        return "time" in kinds
    return ("quantity" in kinds or asks_how_much_so(question)) and not fact.is_ordinal


def _sort(fact: Fact) -> tuple[str, str, bool, bool]:
    return fact.kind, fact.unit, fact.is_year, fact.is_ordinal
