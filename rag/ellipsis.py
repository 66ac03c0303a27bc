"""What a question that leaves something out asks, by the question before it: "And Japan?", "Why?", "In 2021?"."""

from __future__ import annotations

import re

from rag.english import AUXILIARY, MONTH, PLAIN_VERB, YEAR
from rag.mentions import NAME, mentions
from rag.referents import pointers
from rag.types import Turn

OPENING = re.compile(r"^\W*(?:and|but|so(?!\s+far\b|-)|or|then|also|what about|how about)\b\W*(?=\w)", re.IGNORECASE)
_ADJUNCT = re.compile(
    rf"^\W*(?:(?:(?:since|until)\s+)?(?:when|where|why|how(?:\s+(?:long|often))?)"
    rf"|(?:at|in|on|from|since|for|by|to)\s+(?:which|what|how many)\s+(?:(?!{AUXILIARY}\b)[\w’'-]+\s+){{1,5}}?)"
    rf"\s*(?={AUXILIARY}\b)",
    re.IGNORECASE,
)
_BARE_ADJUNCT = re.compile(
    r"^\W*(?:and\s+|but\s+)?(?P<asking>why|(?:since |until |by )?when|where|(?:for )?how(?: often| long)?)\W*$",
    re.IGNORECASE,
)
# "And how many of those were in Turku?", "How many of them were women?" after "How many people took part?".
_OF_THOSE = re.compile(
    r"^\W*(?:(?:and|so|but)\s+)?how many of (?:those|them|these)\s+(?P<were>(?:is|are|was|were|will be)\s+)?"
    r"(?P<rest>.+?)\W*$",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    rf"^\W*how many\s+(?P<things>(?:(?!{AUXILIARY}\b)[\w’'-]+\s+){{0,2}}?(?:[\w’'-]+s|people|men|women|children))"
    r"\s+(?P<told>.+?)\W*$",
    re.IGNORECASE,
)
# "How much is that per share?" after "How much does the dairy pay for the farm?".
_MEASURE = re.compile(
    r"^\W*(?:(?:and|so)\s+)?how (?P<asking>much|many)\s+(?:(?:is|was|are|were|would)\s+(?:that|it|they)(?:\s+be)?\s+)?"
    r"(?P<measure>(?:per|for each|in|a|an)\s+[\w’'-]+(?:\s+[\w’'-]+)?)\W*$",
    re.IGNORECASE,
)
# "And for cars?" after "When will the crossing open to lorries?".
_OTHERS = re.compile(r"(?:[a-z]+\s+)?(?:[a-z]+[^\Ws]s|men|women|people|children)")
_LAST_OTHERS = re.compile(rf"\b(?:for|to|by|with|from|in|on|at|of)\s+(?P<others>{_OTHERS.pattern})\W*$")
YES_OR_NO = re.compile(rf"^{AUXILIARY}\b", re.IGNORECASE)
ANOTHER = re.compile(
    r"^\W*(?:(?:(?:(?:and|but)\s+)?(?:what|how)\s+about|and|but)\s+(?!how\b|who\b|when\b|where\b)"
    r"|(?:(?:and|but)\s+)?(?P<asking>how\s+(?:many|much|often|long)|whom?|when|where)\s+(?=(?:in|at|on|from|to|by|with|for|of)\b))"
    r"(?P<preposition>(?:in|at|on|from|to|by|with|for|of)\s+)?"
    r"(?P<other>[^\s?]+(?:\s+[^\s?]+){0,3}?)\s*\?*$",
    re.IGNORECASE,
)
# "And the council?" after "How much did the foundation give?", "What about a sedum roof?".
_A_NOUN = re.compile(
    r"(?:the|an?)\s+(?!(?:days?|nights?|weeks?|months?|years?|morning|evening|weekend|season|next|previous|following|others?"
    r"|same|rest|former|latter|first|second|third|last|two|few|lot)\b)[a-z]",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    rf"\b{AUXILIARY}\s+(?P<subject>(?:the|an?)\s+(?:[a-z][\w’'-]*\s+)?[a-z][\w’'-]*)\s+{PLAIN_VERB}\b",
    re.IGNORECASE,
)
# "What about Belgium?" after "How many fell ill in the north of Vallombre?".
_LAST_PLACE = re.compile(rf"\bin\s+(?P<place>(?:the\s+[a-z]+\s+of\s+)?(?:the\s+)?(?:{NAME.pattern}))\W*$")
_OTHER_WAY = re.compile(
    r"^\W*(?:(?:and|but|or|what about|how about)\s+)*(?:the other way (?:a?round|about)|vice versa|the reverse)\W*$",
    re.IGNORECASE,
)
_BEFORE_SUBJECT = re.compile(rf"\b{AUXILIARY}\s+(?:the\s+)?$", re.IGNORECASE)
_YEAR = re.compile(rf"\b{YEAR}\b")
_OF_A_YEAR = re.compile(r"(?<=\d),?\s\d{4}$|(?<=[a-z]),?\s\d{4}$")
DATE = re.compile(
    rf"\b{MONTH}\b\.?\s\d{{1,2}}(?:,\s\d{{4}})?\b|\b\d{{1,2}}\s{MONTH}\b(?:\s\d{{4}}\b)?|\b{YEAR}\b"
)


def without_ellipsis(question: str, turn: Turn) -> str | None:
    """Return a question with what it leaves out, by the turn before it, which is in full; None if no rule puts it."""
    rules = (_with_adjunct, _with_another, _with_measure, _with_swapped, _with_those)
    return next(filter(None, (put(question, turn) for put in rules)), None)


def _with_adjunct(question: str, turn: Turn) -> str | None:
    """Ask the question before for something else: "Where was the drill held?" and "Why?"."""
    bare = _BARE_ADJUNCT.search(question)
    rest = _ADJUNCT.sub("", turn.question)
    if not bare or _is_elliptical(turn.question) or not YES_OR_NO.search(rest):
        return None
    return f"{bare['asking'].capitalize()} {rest[0].lower()}{rest[1:]}"


def _with_measure(question: str, turn: Turn) -> str | None:
    """Ask the question before for so much of each, or in another unit: "How much is that per share?"."""
    match = _MEASURE.match(question)
    asks_so = match and re.match(rf"\W*how {match['asking']}\b", turn.question, re.IGNORECASE)
    if not match or not asks_so or _is_elliptical(turn.question):
        return None
    return f"{turn.question.rstrip('?! ')} {match['measure']}?"


def _with_those(question: str, turn: Turn) -> str | None:
    """Ask after some of those that were counted before: "How many of them were women?"."""
    match, counted = _OF_THOSE.match(question), _COUNTED.match(turn.question)
    if not match or not counted or _is_elliptical(turn.question):
        return None
    if re.match(r"(?:in|at|on|near|for)\s", match["rest"], re.IGNORECASE):
        return f"{turn.question.rstrip('?! ')} {match['rest']}?"
    if YES_OR_NO.match(counted["told"]) and not re.match(r"\w+\s+[a-z]+(?:ed|en|ught)\b", counted["told"]):
        return None  # "How many jobs is Lund cutting?"
    who = "who" if re.search(r"(?:people|men|children)$", counted["things"], re.IGNORECASE) else "that"
    return f"How many of the {counted['things']} {who} {counted['told']} {match['were'] or ''}{match['rest']}?"


def _with_swapped(question: str, turn: Turn) -> str | None:
    """Ask the question before with its two names swapped: "What does Lund sell to Brill?", "And vice versa?"."""
    named = [mention for mention in mentions(turn.question) if mention.kind != "several"]
    if len(named) > 2:
        named = [mention for mention in named if mention.is_country]
    if not _OTHER_WAY.match(question) or len(named) != 2 or _is_elliptical(turn.question):
        return None
    (start, end), (later, last) = (mention.span for mention in named)
    asked = turn.question
    return f"{asked[:start]}{asked[later:last]}{asked[end:later]}{asked[start:end]}{asked[last:]}"


def _with_another(question: str, turn: Turn) -> str | None:
    """Ask the question before about another name, year or day: "And Japan?", "What about 2022?", "Whom on May 3?"."""
    match = ANOTHER.search(question)
    if not match or _is_elliptical(turn.question):
        return None
    if match["asking"] and not turn.question.casefold().startswith(match["asking"].casefold()):
        return None
    other = re.sub(r"['’]s?$", "", match["other"])
    start, end = _counterpart(other, turn.question)
    before = turn.question[:start]
    preposition = (match["preposition"] or "").strip().lower()
    if start == end or not before.lower().rstrip().endswith(("to", "for") if preposition == "for" else preposition):
        return None
    return f"{before}{other}{turn.question[end:]}"


def _counterpart(other: str, question: str) -> tuple[int, int]:
    """Return where the question has the one year, day, or name of the same kind, that `other` may stand in for."""
    for pattern in (_YEAR, DATE):
        if pattern.fullmatch(other):
            found = list(pattern.finditer(question))
            start, end = found[0].span() if len(found) == 1 else (0, 0)
            year = _OF_A_YEAR.search(question[start:end])
            return start, end - len(year[0]) if year and not _YEAR.search(other) else end
    if _A_NOUN.match(other):
        subject = _SUBJECT.search(question)
        return subject.span("subject") if subject else (0, 0)
    if _OTHERS.fullmatch(other):
        last = _LAST_OTHERS.search(question)
        return last.span("others") if last else (0, 0)
    named = mentions(other)
    if len(named) != 1 or named[0].text != other:
        return 0, 0
    alike = [mention for mention in mentions(question) if mention.is_country == named[0].is_country]
    placed = _LAST_PLACE.search(question)
    if not alike and placed:
        return placed.span("place")
    # "And Rask?" may be a place where the question ends with one.
    subjects = [m for m in alike if not placed and _BEFORE_SUBJECT.search(question[: m.start])]
    chosen = alike if len(alike) == 1 else subjects
    return chosen[0].span if len(chosen) == 1 else (0, 0)


def _is_elliptical(question: str) -> bool:
    return bool(OPENING.search(question) or pointers(question))
