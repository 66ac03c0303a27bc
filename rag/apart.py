"""What a claim puts together that its sentences tell apart: one clause's deed and whom the next one names."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.clauses import has_verb
from rag.facts import Fact, holds
from rag.features import Reading
from rag.text import terms

_ASIDE_AGE = re.compile(r",\s+\d{1,3}(?=,)")
_JOINED = re.compile(r",\s+(?:and|but|while|whereas)\s+|;\s+")
_OWN_SUBJECT = re.compile(
    r"\W*(?:(?:[Tt]he|[Aa]n?|[Oo]ne|[Aa]nother)\s|(?!(?:It|He|She|They|Its|His|Her|Their)\b)[A-Z])"
)
# "At the hospital which is scarce and dear", where that is said of housing.
_RELATIVE = re.compile(r"(?P<head>[\w’'-]+),?\s+which\s+(?:is|are|was|were|has|have|had)\s+(?P<told>[^,;.]+)")


def put_together(claim: Reading, sentences: Sequence[Reading]) -> int:
    """Return how much of a claim the sentences tell of others: of whom another clause names, of another noun."""
    return _of_next_clause(claim, sentences) + _of_other_head(claim, sentences)


def _of_next_clause(claim: Reading, sentences: Sequence[Reading]) -> bool:
    """Tell whether a sentence has all that a claim says of somebody in another clause than them, which names others.

    Ada Rask did not break an ankle where "Per Lund, 44, had a broken ankle, and Ada Rask was treated for cold".
    """
    subject = claim.names[0] if claim.names and claim.text.startswith(claim.names[0].text) else None
    plain = Reading(_ASIDE_AGE.sub("", claim.text)).terms
    told = plain - frozenset(terms(" ".join(name.text for name in claim.names)))
    if not subject or not told:
        return False
    apart = [[Reading(text) for text in _JOINED.split(sentence.text)] for sentence in sentences]
    if any(clause.terms & told and holds(subject, clause.names) for clauses in apart for clause in clauses):
        return False
    return any(_is_apart(subject, told, clauses) for clauses in apart)


def _is_apart(subject: Fact, told: frozenset[str], clauses: Sequence[Reading]) -> bool:
    """Tell whether one clause names somebody, and others, that name somebody else, have all that is told of them."""
    telling = [clause for clause in clauses if clause.terms & told]
    named = any(holds(subject, clause.names) for clause in clauses) and all(has_verb(c.text) for c in clauses)
    of_others = bool(telling) and all(clause.names and _OWN_SUBJECT.match(clause.text) for clause in telling)
    return named and of_others and told <= frozenset().union(*(clause.terms for clause in telling))


def _of_other_head(claim: Reading, sentences: Sequence[Reading]) -> int:
    """Return how many relative clauses of a claim no sentence tells of the noun, or name, that they stand behind."""
    count = 0
    for match in _RELATIVE.finditer(claim.text):
        head, told = frozenset(terms(match["head"])), frozenset(terms(match["told"]))
        of_head = (s.terms & head or not _OWN_SUBJECT.match(s.text) for s in sentences if s.terms & told)
        count += bool(head and told) and not any(of_head)
    return count
