"""What a claim calls the cause of something where the sentences call something else so, or that a consequence."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.features import Reading
from rag.text import terms

_CAUSE = re.compile(
    r"\b(?:because(?:\s+of)?|due\s+to|owing\s+to|thanks\s+to|as\s+a\s+result\s+of)\s+(?P<cause>[^,;.]+)", re.IGNORECASE
)
# "Is to close with the loss of 270 jobs" is no cause of closing.
_CONSEQUENCE = re.compile(
    r"\b(?:with|despite|(?:leading|leads|led)\s+to|caus(?:es|ed|ing)|result(?:s|ed|ing)?\s+in|at\s+the\s+cost\s+of)\s+"
    r"(?P<what>[^,;.]+)",
    re.IGNORECASE,
)
# "The drug killed four" is not told where "none of the deaths was caused by it".
_CAUSES = re.compile(r"\b(?:kill|caus|trigger|provok)(?:s|ed|ing|es)?\b", re.IGNORECASE)
_NOT_CAUSED = re.compile(
    r"\b(?:none|not|no|never|neither|nothing)\b[^.;]{0,40}?\b(?:caused|due\s+to|linked|related|attribut\w+|blamed?)\b",
    re.IGNORECASE,
)


def caused_otherwise(claim: Reading, sentences: Sequence[Reading]) -> int:
    """Return how many causes of a claim are none in the sentences, which call something else so, or them a result."""
    return _of_another_cause(claim, sentences) + _of_consequence(claim, sentences)


def not_caused(claim: Reading, sentences: Sequence[Reading]) -> bool:
    """Tell whether a claim has something kill or cause what the sentences say it did not."""
    affirms = _CAUSES.search(claim.text) and not (claim.polarity.denied or _NOT_CAUSED.search(claim.text))
    told = [s.text for s in sentences] if affirms else []
    return any(map(_NOT_CAUSED.search, told)) and not any(_CAUSES.search(_NOT_CAUSED.sub("", text)) for text in told)


def _of_another_cause(claim: Reading, sentences: Sequence[Reading]) -> int:
    """Return how many causes of a claim the sentences do not call so, where they call something else the cause."""
    told = [frozenset(terms(match["cause"])) for s in sentences for match in _CAUSE.finditer(s.text)]
    mine = [frozenset(terms(match["cause"])) for match in _CAUSE.finditer(claim.text)] if told else []
    return sum(bool(cause) and not any(cause & other for other in told) for cause in mine)


def _of_consequence(claim: Reading, sentences: Sequence[Reading]) -> int:
    """Return how many causes of a claim the sentences only have come with it, or of it."""
    causes = [_first(match["cause"]) for match in _CAUSE.finditer(claim.text)]
    told = {_first(match["cause"]) for s in sentences for match in _CAUSE.finditer(s.text)} if causes else set()
    come = {_first(match["what"]) for s in sentences for match in _CONSEQUENCE.finditer(s.text)} if causes else set()
    return sum(bool(cause) and cause in come - told for cause in causes)


def _first(text: str) -> str:
    """Return the first content word of a text, as a term."""
    return next(iter(terms(text)), "")
