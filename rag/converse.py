"""Of verbs that are each other's converse (win and lose): "A won" stands on "B lost to A", and not on "A lost to B".

Nor does "A received a prize" on "It brings B a prize", or "A gets fish" on "A, a neighbour providing fish".
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import dropwhile, takewhile

from rag.clauses import BRACKETED
from rag.deeds import CLAUSE_MARK, TO_AGENT, is_verb, subject_of
from rag.denial import CONVERSE, alike, opposites
from rag.features import Reading
from rag.wording import Word, places, term_set, worded

_RECEIVING = frozenset("received receives receive got gets get earned earns".split())
_GIVING = frozenset("brings brought gives gave awards awarded pays paid hands handed grants granted earns".split())
_PROVIDING = frozenset("provid offer suppli send".split())
_GIFT = 4  # words that say what is given


def told_of_converse(claim: Reading, sentences: Sequence[Reading]) -> int:
    """Return how many verbs of a claim the sentences have only as what the other side does, and not of whom it fits."""
    mine = worded(BRACKETED.sub("", claim.text))
    theirs = [worded(BRACKETED.sub("", sentence.text)) for sentence in sentences]
    everything = frozenset().union(*map(term_set, theirs))
    return sum(
        _is_misfit(mine, place, theirs, everything)
        or _is_given_to_another(mine, place, theirs)
        or _is_given_by(mine, place, theirs)
        for place in range(len(mine))
    )


def _is_misfit(mine: Sequence[Word], place: int, theirs: Sequence[Sequence[Word]], everything: frozenset[str]) -> bool:
    word = mine[place]
    if word.term not in CONVERSE or word.term in everything or alike(word.term) & everything:
        return False
    told = [(found, at) for found in theirs for other in opposites(word.term) for at in places(found, other)]
    goes_on = word.text.endswith("ing")
    me = subject_of(mine, place) if is_verb(word) or goes_on else None
    if me and any(me[0] & _recipient(found, at) for found, at in told):  # "A is buying B" and "B was sold to A"
        return me[1] and not goes_on
    them = [subject_of(found, at) if is_verb(found[at]) else None for found, at in told]
    if me is None or goes_on or None in them:
        return bool(told)
    fits = (bool(me[0] & everything) and (other[1] == me[1]) != bool(other[0] & me[0]) for other in them if other)
    return bool(told) and not all(fits)


def _is_given_to_another(mine: Sequence[Word], place: int, theirs: Sequence[Sequence[Word]]) -> bool:
    """Tell whether a claim has somebody receive what the sentences only have others given: "it brings B a prize"."""
    if mine[place].text not in _RECEIVING or any(word.text in _RECEIVING for found in theirs for word in found):
        return False
    me, what = subject_of(mine, place), term_set(mine[place + 1 : place + 1 + _GIFT])
    given = [
        term_set(list(takewhile(lambda word: word.is_capital, found[at + 1 :])))
        for found in theirs
        for at, word in enumerate(found)
        if word.text in _GIVING and what & term_set(found[at + 1 : at + 1 + 2 * _GIFT])
    ]
    return me is not None and any(given) and not any(me[0] & to for to in given)


def _is_given_by(mine: Sequence[Word], place: int, theirs: Sequence[Sequence[Word]]) -> bool:
    """Tell whether a claim has somebody receive what the sentences only have them provide."""
    if mine[place].text not in _RECEIVING:
        return False
    me, what = _last_name(mine[:place]), term_set(mine[place + 1 : place + 1 + _GIFT])
    return any(
        word.term in _PROVIDING and what & term_set(found[at + 1 : at + 1 + _GIFT]) and me & _last_name(found[:at])
        for found in theirs
        for at, word in enumerate(found)
    )


def _last_name(found: Sequence[Word]) -> frozenset[str]:
    """Return the terms of the last name among some words."""
    behind = dropwhile(lambda word: not word.is_capital, reversed(found))
    return term_set(list(takewhile(lambda word: word.is_capital, behind)))


def _recipient(found: Sequence[Word], place: int) -> frozenset[str]:
    """Return the terms of the name right behind "to" after a verb: "sold for 74 million to A"."""
    near = takewhile(lambda word: not CLAUSE_MARK.fullmatch(word.text), found[place + 1 : place + TO_AGENT])
    behind = list(dropwhile(lambda word: word.text != "to", near))[1:]
    return term_set(list(takewhile(lambda word: word.is_capital, behind)))
