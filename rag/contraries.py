"""What sentences have otherwise than a claim whose words they cover: whose deed, whether it is done, which of two."""

from __future__ import annotations

from collections.abc import Sequence

from rag.denial import replaced
from rag.facts import has_word, prefixed
from rag.features import Reading
from rag.relations import contradicts, is_done
from rag.roles import is_only_speaker


def told_otherwise(claim: Reading, sentences: Sequence[Reading]) -> int:
    """Return how much of a claim the sentences, taken together, have otherwise."""
    return (
        _of_others(claim, sentences)
        + _only_possible(claim, sentences)
        + _without_prefix(claim, sentences)
        + _opposite(claim, sentences)
        + _of_speaker(claim, sentences)
    )


def _of_others(claim: Reading, sentences: Sequence[Reading]) -> int:
    """Return how many of the deeds in a claim one of the sentences tells of others."""
    return sum(any(contradicts(deed, sentence.text) for sentence in sentences) for deed in claim.relations)


def _only_possible(claim: Reading, sentences: Sequence[Reading]) -> int:
    """Return how many of the deeds in a claim the sentences have only as what may come."""
    told = ({is_done(deed, sentence.text) for sentence in sentences} for deed in claim.relations if deed.agent)
    return sum(False in done and True not in done for done in told)


def _without_prefix(claim: Reading, sentences: Sequence[Reading]) -> int:
    """Return how many words the sentences have, if at all, without the prefix that makes them another thing."""
    return sum(not any(has_word(word, sentence.text) for sentence in sentences) for word in prefixed(claim.text))


def _opposite(claim: Reading, sentences: Sequence[Reading]) -> bool:
    """Tell whether the sentences have the opposite of a word instead of it."""
    return replaced(claim.terms, frozenset().union(*(sentence.terms for sentence in sentences)))


def _of_speaker(claim: Reading, sentences: Sequence[Reading]) -> bool:
    """Tell whether a claim identifies somebody by what they, wherever they are named, only say of others."""
    return {is_only_speaker(claim.text, sentence.text) for sentence in sentences} - {None} == {True}
