"""What a question takes for granted, against its answer: San Juan is not San Jose, nor a helper B a helper T cell.

A question in which one detail is wrong mostly finds the sentence that has the right one, and the model that answers it
puts the right one in without a word. All that is compared are words next to one another, so that a detail worded
otherwise is not taken for a wrong one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.denial import replaced
from rag.facts import Fact, holds, names, plain, same_name
from rag.inflection import term
from rag.spelling import distance
from rag.text import fold, is_content, words

_MISSPELT = 1  # letters by which one name may be another's misspelling
# A letter that tells kinds apart: no article, pronoun or initial.
_KIND = re.compile(r"\b([a-z]\w+)[ -]([B-HJ-Z])\b(?!\.)")
_CALENDAR = (
    "monday tuesday wednesday thursday friday saturday sunday".split(),
    "jan feb mar apr may jun jul aug sep oct nov dec".split(),  # as `rag.facts` has them
)
_PREPOSITIONS = frozenset("of in on at by for with from to into around against over under through during about".split())
_ARTICLES = frozenset("the a an his her its their".split())


def corrected(question: str, answer: str, cited: str) -> bool:
    """Tell whether an answer puts something else in the place of a detail of its question.

    That is a name of several words of which one is another (San Juan, San Jose), a day of the week or a month, the
    letter of a kind (helper B cells, helper T cells), a word given up for its opposite (born, death), and what stands
    on both sides of a preposition (the Earth around the Moon, the Moon around the Earth).

    Args:
        question: as it was put to the model.
        answer: the claims that stand.
        cited: the sentences that they cite, with their titles.
    """
    asked, told = names(question), names(cited)
    return (
        _renames(asked, told)
        or _is_of_another_day(asked, told)
        or _is_of_another_kind(question, cited)
        or replaced(_terms(question), _terms(answer))
        or _turns_round(question, cited)
    )


def _renames(asked: Sequence[Fact], told: Sequence[Fact]) -> bool:
    known = {name.full for name in asked if holds(name, told)}
    missing = {name.full for name in asked} - known
    return any(_differ_by_one(name, other.full) for name in missing for other in told)


def _differ_by_one(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Tell whether two names of several words are the same but for one, which is no misspelling of the other's."""
    if len(one) != len(other) or len(one) == 1:
        return False
    pairs = zip(one, other, strict=True)
    return sum(not same_name(mine, theirs) and distance(mine, theirs) > _MISSPELT for mine, theirs in pairs) == 1


def _is_of_another_day(asked: Sequence[Fact], told: Sequence[Fact]) -> bool:
    return any(_among(days, told) and _among(days, asked) - _among(days, told) for days in _CALENDAR)


def _among(days: Sequence[str], found: Sequence[Fact]) -> set[str]:
    return {day for day in days for name in found if same_name(day, name.value)}


def _is_of_another_kind(question: str, cited: str) -> bool:
    asked, told = (set(_KIND.findall(text)) for text in (question, cited))
    lettered = {word for word, _ in told}
    return any(word in lettered for word, _ in asked - told)


def _turns_round(question: str, cited: str) -> bool:
    asked, told = (set(_around_prepositions(text)) for text in (question, cited))
    return any((after, preposition, before) in told for before, preposition, after in asked - told)


def _around_prepositions(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield each preposition with the content words right before and after it, articles passed over."""
    found = [word for word in words(plain(text)) if fold(word) not in _ARTICLES]
    for before, preposition, after in zip(found, found[1:], found[2:], strict=False):
        if fold(preposition) in _PREPOSITIONS and is_content(before) and is_content(after):
            yield term(before), fold(preposition), term(after)


def _terms(text: str) -> frozenset[str]:
    return frozenset(term(word) for word in words(plain(text)) if is_content(word))
