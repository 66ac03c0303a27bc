"""Questions about the last answer itself: "Are you sure?", "Who said that?", "Why is that?"; and what asks nothing."""

from __future__ import annotations

import re

from rag.mentions import COUNTING
from rag.prompts import REFUSAL
from rag.sentences import split_sentences
from rag.text import STOP_WORDS, capitalised
from rag.types import Turn

_OPENS = r"^\W*(?:(?:and|but|so|ok(?:ay)?|oh|hm+|wait|well)\W+)*"
_THAT = r"(?:that|this|it|so)"
# These ask the last question again: what is wanted is its answer, and where that stands.
_AGAIN = re.compile(
    rf"{_OPENS}(?:(?:are|r) (?:you|u) (?:really |quite |absolutely |very )?(?:sure|certain)(?: (?:about|of) {_THAT})?"
    rf"|really|is {_THAT} (?:really )?(?:true|right|correct|so|the case)"
    rf"|where (?:does|did|do) (?:it|that|this|they|the articles?) (?:say|state|mention)s? {_THAT}"
    rf"|where (?:is|was) {_THAT} (?:stated|written|mentioned|said|from)|where did you (?:read|find|get) {_THAT}"
    rf"|how do you know(?: {_THAT})?|(?:what(?:['’]s| is| are) )?your sources?(?: (?:of|for) {_THAT})?"
    r"|sources?|says who"
    r"|(?:in )?(?:which|what) (?:article|source|file|paper)s?(?: (?:says?|is|was|does|did|mentions?|states?|has))?"
    rf"(?: it)?(?: (?:say|mention|state)s?)?(?: {_THAT})?(?: (?:from|in))?)\W*$",
    re.IGNORECASE,
)
_WHO_SAID = re.compile(
    rf"{_OPENS}who (?P<said>said|says|told (?:you|them|reporters)|claims|claimed|thinks|believes) {_THAT}\W*$",
    re.IGNORECASE,
)
_EVENT = re.compile(
    rf"{_OPENS}(?:(?P<bare>why)|(?P<asking>why|when|where|how) (?:(?:is|was) (?:that|this)(?: so| the case)?"
    r"|did (?:that|this|it) (?:happen|occur|take place|come about)))\W*$",
    re.IGNORECASE,
)
_COURTESY = re.compile(
    r"^\W*(?:(?:many |ok(?:ay)?,? |great,? )?(?:thanks|thank you|thx|cheers)(?: (?:a lot|so much|very much|again))?"
    r"|hi|hello|hey|good (?:morning|afternoon|evening|day)|bye|goodbye|ok(?:ay)?|great|nice|cool|perfect|wow|i see)"
    r"(?: (?:there|then|everyone))?\W*$",
    re.IGNORECASE,
)
_YES = re.compile(r"^\W*(?:yes|no)\b[,:.]?\s*", re.IGNORECASE)
# Who says so is what is asked.
_FRAME = re.compile(r"^[^,;:]*?\b(?:said|says|announced|told \w+)\b(?:\s+on\s+[A-Z]\w+)?\s+that\s+")
_PART_ENDS = re.compile(r";|:|,\s+(?=(?:which|who|and|but|while|splashing|after|before|\w+ing)\b)")
_LONGEST = 25  # words of an answer that can be asked about as a whole


def asks_nothing(question: str) -> bool:
    """Tell whether it is said out of courtesy, and asks nothing: "Thanks!", "Hello"."""
    return _COURTESY.match(question) is not None


def is_about_answer(question: str) -> bool:
    """Tell whether a question asks about the answer before it, whatever that says."""
    return any(pattern.match(question) for pattern in (_AGAIN, _WHO_SAID, _EVENT))


def asks_again(question: str) -> bool:
    """Tell whether a question doubts the answer before it, or wants to know where that stands."""
    return _AGAIN.match(question) is not None


def about_event(question: str, turn: Turn) -> str | None:
    """Return a question about what the answer before it tells, in full; None for any other, and where that is none.

    "Who said that?" after "The toll will rise." is "Who said that the toll will rise?".
    """
    said, event = _WHO_SAID.match(question), _EVENT.match(question)
    told = _told(turn.answer) if said or event else None
    if told is None:
        return None
    if said:
        return f"Who {said['said'].lower()} that {told}?"
    asking = (event["asking"] or event["bare"]) if event else ""
    return f"{capitalised(asking.lower())} is it that {told}?"


def _told(answer: str) -> str | None:
    """Return the first sentence of an answer as a clause, up to what is only added; None if it is too long or none."""
    if answer.startswith(REFUSAL):
        return None
    first = next((answer[span.start : span.end] for span in split_sentences(answer)), "")
    clause = _PART_ENDS.split(_FRAME.sub("", _YES.sub("", first.strip().strip("“”"))))[0].strip(" .")
    if not clause or len(clause.split()) > _LONGEST:
        return None
    opening = clause.split()[0]
    ordinary = opening.lower() in STOP_WORDS | COUNTING or re.fullmatch(r"[A-Z][a-z]+[^s\W]s", opening)
    return clause[0].lower() + clause[1:] if ordinary and opening != "I" else clause
