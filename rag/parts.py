"""A question → the questions in it: two asked at once are answered one after the other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.english import ASKING, AUXILIARY, LEAD, PREPOSITION
from rag.text import capitalised

_ASKS = rf"(?:{PREPOSITION}\s+)?{ASKING}\b"
_BETWEEN = re.compile(rf",?\s+and\s+(?={_ASKS})", re.IGNORECASE)
_STARTS = re.compile(rf"{LEAD}{_ASKS}", re.IGNORECASE)
# Clauses that say more of one and the same thing: "the man …, who is also accused of …, and who …".
_RELATIVE = re.compile(r",\s+(?:who|whom|whose|which|where)\b", re.IGNORECASE)
_MOST = 6  # each takes the model as long as a question of its own
_SHORTEST = 3  # words: less is no question of its own
# "…, and in what year?" leaves out what it asks about: the model answers both at once.
_ELLIPTICAL = re.compile(
    rf"^(?:{PREPOSITION}\s+)?(?:who|whom|what|which|how\s+(?:much|many|long|old|often|far))(?:\s+(?!{AUXILIARY}\b)\w+)?$",
    re.IGNORECASE,
)
# "Who paid for it?" needs no auxiliary.
_SUBJECT = re.compile(rf"{LEAD}(?:who|what|which|how\s+(?:many|much))\b", re.IGNORECASE)
_AUXILIARY = re.compile(rf"\b{AUXILIARY}\b", re.IGNORECASE)
# "How many points has Vale, and how many does Milnthwaite have?": the second asks for points, too.
_COUNTED = re.compile(
    rf"{LEAD}how\s+many\s+(?P<things>(?:(?!{AUXILIARY}\b)[\w’'-]+\s+){{1,3}}){AUXILIARY}\b", re.IGNORECASE
)
_UNNAMED = re.compile(rf"{LEAD}how\s+many\s+(?={AUXILIARY}\b)", re.IGNORECASE)

# "When was it opened, and where?" asks the same for something else.
_ADJUNCT = r"(?:when|where|why|how)"
_BARE = re.compile(_ADJUNCT, re.IGNORECASE)
_OF_ADJUNCT = re.compile(rf"{LEAD}{_ADJUNCT}\s+(?P<rest>{AUXILIARY}\s.+)", re.IGNORECASE)


def parts(question: str) -> tuple[str, ...]:
    """Return the questions that a question consists of, each able to be asked alone; itself if it is one, or many."""
    if not _STARTS.search(question):
        return (question,)
    found = list(_in_full([part.strip(" ,;?") for part in _BETWEEN.split(question)]))
    if not 1 < len(found) <= _MOST or _RELATIVE.search(question) or any(map(_is_incomplete, found)):
        return (question,)
    return tuple(f"{capitalised(part)}?" for part in _named(found))


def _in_full(found: Sequence[str]) -> Iterator[str]:
    """Yield the parts, a bare "where" with the rest of the first: "When was it opened, and where was it opened?"."""
    first = _OF_ADJUNCT.search(found[0])
    for part in found:
        yield f"{part} {first['rest']}" if first and _BARE.fullmatch(part) else part


def _named(found: Sequence[str]) -> Iterator[str]:
    """Yield the parts, those that count what an earlier one names with its name: "how many points does B have"."""
    things = ""
    for part in found:
        if counted := _COUNTED.search(part):
            things = counted["things"]
        unnamed = _UNNAMED.search(part)
        yield f"{unnamed[0]}{things}{part[unnamed.end() :]}" if unnamed else part


def leaves_out_verb(part: str) -> bool:
    """Tell whether a question has no verb: "How full at the end?" is none without the one before it."""
    return not _AUXILIARY.search(part) and not _SUBJECT.search(part)


def _is_incomplete(part: str) -> bool:
    return len(part.split()) < _SHORTEST or bool(_ELLIPTICAL.search(part))
