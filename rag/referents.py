"""What a question points back to without naming it, and what of the turns before it could be meant."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from rag.english import AUXILIARY, LEAD, MONTH, PREPOSITION, WEEKDAY
from rag.mentions import NAME, PERSON_NOUN, Kind, mentions
from rag.prompts import REFUSAL
from rag.relations import PAST
from rag.text import STOP_WORDS, content_words, fold, is_content, words
from rag.types import Turn

_PERIOD = (
    r"(?:day|night|morning|afternoon|evening|week|weekend|month|year|season|spring|summer|autumn|winter|century|decade)"
)
_POINTER = re.compile(
    rf"\b(?:(?P<his>his|hers|her(?=\s+(?!{PREPOSITION}\b)\w))|(?P<he>he|him|she|her)|(?P<it>it)|(?P<its>its)"
    r"|(?P<they>they|them)|(?P<their>theirs?)"
    rf"|(?P<that>that|this|these|those)|(?P<there>there)|(?P<two>both(?: of them)?|the two(?:\s+[a-z]+[^s\W]s\b)?)"
    rf"|(?P<day>the {_PERIOD} (?:before|after)(?=\W*$)|the (?:next|following|previous) {_PERIOD}(?=\W*$)))\b",
    re.IGNORECASE,
)
# "Is it expected to open?" asks of something, "Is it necessary to wait?" of nothing.
_RAISED = (
    r"(?:\w+\s+)?(?:able|believed|due|expected|going|likely|meant|planned|ready|said|scheduled|set|supposed|thought)\s+to\s+"
    r"(?!rain|snow)"
)
# Words that point at nothing in particular; what follows "that", "this" and "there" tells.
_EXPLETIVE = re.compile(
    rf"\b(?:is|was|be|been|makes?|made|find|found)\s+(?P<a>it)\s+(?!{_RAISED})(?:\w+\s+){{0,3}}(?:that|to|for|if|when|whether|who)\b"
    r"|\b(?P<b>it)\s+(?:be|is|was|costs?|takes?|took|mean|matter|seems?|appears?)\s+(?:\w+\s+){0,3}(?:that|to|for|if|who)\b"
    r"|\btime\s+is\s+(?P<c>it)\b|\b(?P<d>it)\s+(?:rain|snow)"
    rf"|\b(?P<e>there)\s+(?:\w+\s+)?(?:is|are|was|were|be|been|has|have|had|exists?)\b"
    rf"|\b(?:is|are|was|were|be|been|isn't|aren't|will|have|has)\s+(?P<f>there)\b(?!\W*$)"
    r"|\b(?P<i>it)['’]s\s+(?:the|an?)\b"
    rf"|\b(?P<g>this|these)\s+(?:{_PERIOD}|days|time|articles?)\b|\b(?P<h>those)\s+(?:who|whose|that|which|of|in|with)\b",
    re.IGNORECASE,
)
_POINTING_THAT = re.compile(rf"(?:{LEAD}|\b(?:{AUXILIARY}|{PREPOSITION})\s+)$", re.IGNORECASE)
_CLAUSE = re.compile(
    r"[,;:]|(?<!\b[A-Z])[.!?](?=\s)|\b(?:and|or|but|when|while|if|after|before|because|until|that|which|who|whom|whose|where|how|what|as|says?|said|"
    r"think|claim\w*|believe\w*|announce\w*|hope\w*|fear\w*|want\w*|expect\w*)\b",
    re.IGNORECASE,
)
# Whom something is given to or asked of: "Who told her the truth?" asks nothing about a truth of hers.
_GIVES = re.compile(
    r"\b(?:g[ia]v(?:e[sn]?|ing)|offer\w*|tell\w*|told|ask\w*|show\w*|sen[dt]\w*|teach\w*|taught|pa(?:y|ys|id|ying)"
    r"|ow(?:e[sd]?|ing)|cost\w*|call\w*|promis\w*|len[dt]\w*|brought|bring\w*|hand\w*|award\w*|ma(?:ke|kes|de|king)"
    r"|lets?|help\w*|see|saw|hear\w*|want\w*|allow\w*|caus\w*|forc\w*|left|earn\w*)\s+$",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"")
_NOUN_PHRASE = re.compile(
    r"\b(?:the|an?|my|our|which|what|whose)\s+(?!of\b|happen)(?:[\w-]+\s+){0,3}?[\w-]+", re.IGNORECASE
)
_THE_PERSON = re.compile(
    rf"\bthe\s+(?:[\w-]+\s+){{0,3}}?{PERSON_NOUN.pattern}(?!['’]|\s+(?:(?-i:[A-Z])|of\b))", re.IGNORECASE
)
_LOCATIVE = re.compile(
    rf"\b(?:in|at|on|off|near)\s+(?:the\s+)?(?!(?:{MONTH}|{WEEKDAY})\b)(?:{NAME.pattern})(?:,\s+(?:{NAME.pattern}))?"
)
_ASKS_FOR_SUBJECT = re.compile(
    rf"\W*(?:which|what)\s+(?:(?!(?:{AUXILIARY}|{PREPOSITION})\b)\S+(?:\s+|$)){{3}}", re.IGNORECASE
)
_ASKS_FOR_PERSON = re.compile(
    rf"\W*(?:who\b|(?:which|what)\s+(?:(?!(?:{AUXILIARY}|{PREPOSITION})\b)[\w.’'-]+\s+){{0,3}}?"
    rf"{PERSON_NOUN.pattern})", re.IGNORECASE,
)  # fmt: skip
_ASKS_WHO_SOMEONE_IS = re.compile(rf"\W*[Ww]ho\s+(?:is|was)\s+(?:{NAME.pattern})\W*$")
# An answer that is no sentence, to what was asked for: "An old fountain in the park."
_ASKS_FOR_THING = re.compile(r"\W*(?:what|which)\b", re.IGNORECASE)
_ONLY_A_THING = re.compile(
    rf"\W*(?:an?|the)\s+(?P<thing>(?:(?!{AUXILIARY}\b)[\w’'-]+\s+){{0,8}}(?!{AUXILIARY}\b)[\w’'-]+)\W*$", re.IGNORECASE
)
_A_THING = re.compile(r"\ban?\s+[a-z]")
_PLACING = re.compile(r"\b(?:at|in|on|near|from)\s+$", re.IGNORECASE)
_ENDS_PHRASE = frozenset("is are was were do does did has have had will would".split())
_TELLS = re.compile(r"['’]s?\s+(?:article|report|story|account|piece|coverage)\b")  # whose it is is not spoken of
_MEASURE = re.compile(
    r"\b(?:percentage|percent|share|number|amount|part|kind|sort|price|cost|date|day|month|year|city)\b"
)
_AFTER_OBJECT = STOP_WORDS | {"against", "like", "near", "since", "yesterday", "today", "now", "first"}
_WHO_SUBJECT = re.compile(rf"\bwho\s+(?!{AUXILIARY}\b)\w", re.IGNORECASE)
_PLURAL = re.compile(rf"the\s+(?:[\w’'-]+\s+){{0,2}}?[a-z]{{2,}}[^su\W]s(?=\s+{PREPOSITION}\b|$)")
_PLURALS = re.compile(r"\bthe\s+[a-z]{2,}[^su\W]s\b")
# Somebody whom an answer describes rather than names: "A 33-year-old postman won it."
_DESCRIBED = re.compile(
    rf"\W*(?:an?|the|one)\s+(?P<who>(?:(?!{AUXILIARY}\b)[\w’'-]+\s+){{0,3}}?"
    rf"(?:{PERSON_NOUN.pattern}|\w+(?:man|woman|ist|eer)\b))"
    rf"(?=,(?!\s+(?-i:[A-Z]))|\s+(?!said\b)(?:who|{AUXILIARY}|{PAST.pattern})\b)",
    re.IGNORECASE,
)
_MALE = re.compile(r"\b(?:[a-z]*(?<!wo)(?<!hu)man|boy|king|prince|actor|father|brother|son|husband|nephew|uncle)\b")
_FEMALE = re.compile(r"\b(?:[a-z]*woman|girl|queen|princess|actress|mother|sister|daughter|wife|niece|aunt|widow)\b")
# Who was player of the match? Though nobody said, "she" is the player of the match.
_ASKS_FOR_HOLDER = re.compile(
    r"\W*who\s+(?:is|was)\s+(?:the\s+)?(?P<who>[a-z]+\s+of\s+(?:the\s+)?\w+(?:\s+\w+)?)\W*$", re.IGNORECASE
)
# What somebody stole or won is money, where it is asked how much.
_MONEY = re.compile(
    r"\W*how much\b[^?]*\b(?:steal|stole|embezzle|take|win|won|earn|raised?|collect|receive|inherit|donate|borrow)\b",
    re.IGNORECASE,
)
_CORRECTED = re.compile(r"\bI mean\w*\s+(?P<meant>the\s+(?:[\w’'-]+\s+){0,3}?[\w’'-]+)(?=\s*(?:[-–—,;:.?]|$))")
# What is asked about with where it is: "When did the iron footbridge at Hollin Beck open?".
_PLACED_SUBJECT = re.compile(
    rf"\b{AUXILIARY}\s+(?P<placed>the\s+(?:[a-z][\w’'-]*\s+){{1,3}}?(?:at|in|near)\s+(?:the\s+)?(?:{NAME.pattern}))(?=\s+\w)"
)
# "The factory in the Netherlands", and not the Netherlands: "What did Lund pay for the factory in the Netherlands?".
_PLACED_OBJECT = re.compile(
    rf"\b(?:at|for|of|to|about|buy|sell|build|open|close)\s+(?P<placed>the\s+(?:[a-z][\w’'-]*\s+){{1,2}}?(?:in|at|near)\s+(?:the\s+)?"
    rf"(?:{NAME.pattern}))\W*$"
)
# What somebody found or built, and not who did: "What did the probe find?", "It found a layer of salty water."
_ASKS_FOR_OBJECT = re.compile(
    rf"\W*what\s+(?:(?!{AUXILIARY}\b)\w+\s+){{0,2}}(?:do|does|did|has|have|had|will|would)\s+(?!.*\b(?:say|said|think|tell|told|call"
    r"|called|announce|claim|promise|mean|happen|do|done)\b)\w",
    re.IGNORECASE,
)
_NEW_THING = re.compile(
    rf"\b(?:{PAST.pattern}|\w+s)\s+an?\s+(?P<thing>(?:(?!{PREPOSITION}\b|[A-Z])[\w’'-]+\s+){{0,3}}?(?!{PREPOSITION}\b)[\w’'-]+"
    rf"(?:\s+of\s+(?:(?!{PREPOSITION}\b)[a-z’'-]+\s+){{0,2}}?[a-z’'-]+)?)(?=[.,;:]|$|\s+(?:{PREPOSITION}|that|which|who|and|beneath|below|above|inside|outside)\b)"
)
_SEVERAL = re.compile(r"[^s]s$|(?:people|children|men|police)$")
_LONG = 4  # content words before "this" or "these": they are what it means
_FEW = 4  # content words: a longer question describes the two of whom it speaks
@dataclass(frozen=True, slots=True)
class Pointer:
    """A word of a question that points back: its group ("he", "their", "there", …) and where it stands."""

    group: str
    text: str
    start: int
    end: int


def pointers(question: str) -> list[Pointer]:
    """Return the words that point out of the question: not to what it says itself, nor to nothing ("it is true")."""
    plain = _QUOTED.sub(lambda match: "_" * len(match.group()), question)
    idle = {match.start(name) for match in _EXPLETIVE.finditer(plain) for name in "abcdefghi" if match[name]}
    found = [
        Pointer(_group(match, plain), match.group(), match.start(), match.end())
        for match in _POINTER.finditer(plain)
        if match.start() not in idle
    ]
    return [pointer for pointer in found if _points_out(pointer, plain)]


def _group(match: re.Match[str], question: str) -> str:
    """Return the group of a pointer; "her" behind what is given is no possessive."""
    group = str(match.lastgroup)
    is_given = group == "his" and match[0].lower() == "her" and _GIVES.search(question[: match.start()])
    return "he" if is_given else group


def _points_out(pointer: Pointer, question: str) -> bool:
    """Tell whether a pointer points to nothing in the question."""
    before, after = question[: pointer.start], question[pointer.end :]
    if pointer.group in ("there", "day"):
        if pointer.group == "there" and any(mention.kind == "place" for mention in mentions(before)):
            return False
        return not any(char.isdigit() for char in before) and not re.search(rf"{PREPOSITION}\s+the\b.*", before)
    said = len(content_words(before))
    if said > (_LONG if pointer.group == "that" else 1 if question.islower() else len(question)):
        return False
    if pointer.group == "that":
        return _is_demonstrative(pointer.text.lower(), before, after)
    if pointer.group == "two":
        return not mentions(question) and len(content_words(question)) <= _FEW
    if re.search(r"\b(?:according to|of|for|by|with|to|from)\s+$", before) and not _CLAUSE.search(before):
        return not (pointer.group in ("his", "its", "their") and _antecedents(pointer, before))
    return not _antecedents(pointer, before if _own_clause(pointer, before, after) else _earlier_clauses(before))


def _is_demonstrative(word: str, before: str, after: str) -> bool:
    """Tell "that summit" and "before that" from the conjunction and the relative pronoun."""
    if word != "that" or not any(map(str.isalnum, after)):
        return True
    return bool(_POINTING_THAT.search(before)) and not re.match(r"\s+(?:the|an?|he|she|it|they|there)\b", after)


def _own_clause(pointer: Pointer, before: str, after: str) -> bool:
    """Tell whether the pointer may mean what its clause speaks of: "its" may, and "it" in "the shells it uses"."""
    if pointer.group in ("his", "its", "their"):
        return True
    last = before.split()[-1:] or [""]
    following = after.split()[:1] or [""]
    return is_content(last[0]) and following[0].isalpha() and fold(following[0]) not in _AFTER_OBJECT


def _earlier_clauses(before: str) -> str:
    ends = [match.start() for match in _CLAUSE.finditer(before)]
    return before[: ends[-1]] if ends else ""


def _antecedents(pointer: Pointer, before: str) -> bool:
    """Tell whether a text before a pointer names anything that it may stand for."""
    found = mentions(before)
    if pointer.group in ("his", "their") and _WHO_SUBJECT.search(before):
        return True
    if pointer.group in ("he", "his"):
        return any(mention.kind == "person" for mention in found) or bool(PERSON_NOUN.search(before))
    if found:
        return True
    phrases = [match.group() for match in _NOUN_PHRASE.finditer(before) if not _MEASURE.search(match.group())]
    if pointer.group in ("they", "their"):
        return any(_SEVERAL.search(word) and is_content(word) for word in before.split()[:-1])
    return any(not before.rstrip().endswith(phrase) or pointer.group == "its" for phrase in phrases)


def referent(pointer: Pointer, history: Sequence[Turn], others: Collection[str] = ()) -> str | None:
    """Return what the pointer stands for, put so that it can stand in its place; None where that is not plain.

    `others` are the people whom it cannot be: of whom "she" was said, if it is "he".
    """
    for turn in reversed(history):
        found = _FINDERS[pointer.group](pointer, turn) if pointer.group in _FINDERS else None
        if found in others:
            found = _another_person(turn, others) if _ASKS_FOR_PERSON.match(turn.question) else _office(turn.question)
        if found and not _is_of_other_sex(pointer, found):
            possessive = pointer.group in ("its", "their", "his")
            return f"{found}'s" if possessive and not found.endswith("s") else f"{found}'" if possessive else found
        if pointer.group in ("it", "its") and _ASKS_FOR_THING.match(turn.question) and _A_THING.search(turn.answer):
            return None  # the watch that he was given rather than what was spoken of before
    return None


def _is_of_other_sex(pointer: Pointer, found: str) -> bool:
    """Tell whether somebody who is described cannot be "she", or "he"."""
    if pointer.group not in ("he", "his") or not found.startswith("the "):
        return False
    return bool((_MALE if is_she(pointer) else _FEMALE).search(found))


def is_she(pointer: Pointer) -> bool:
    """Tell whether a pointer means a woman."""
    return fold(pointer.text) in ("she", "her", "hers")


def _person(pointer: Pointer, turn: Turn) -> str | None:
    """Return the person spoken of: the one asked for, else the first in the question, else in the answer."""
    if _ASKS_FOR_PERSON.match(turn.question) and not _ASKS_WHO_SOMEONE_IS.match(turn.question):
        told = _ASKS_FOR_HOLDER.match(turn.question) if turn.answer.startswith(REFUSAL) else None
        if told:
            return f"the {told['who']}"
        described = _DESCRIBED.match(turn.answer)
        if described and fold(described["who"].split()[-1]) not in map(fold, words(turn.question)):
            return f"the {described['who']}"
        return _new(turn, ("person",))
    return next((m.text for text in (turn.question, turn.answer) for m in mentions(text) if m.kind == "person"), None)


def _another_person(turn: Turn, others: Collection[str]) -> str | None:
    """Return the first in a turn with first name and surname who is none of some others: "he", where "she" was said."""
    surnames = {name.split()[-1] for name in others}
    people = (m.text for text in (turn.question, turn.answer) for m in mentions(text) if m.kind == "person")
    return next((name for name in people if " " in name and name.split()[-1] not in surnames), None)


def _office(question: str) -> str | None:
    """Return whom a question calls by their office or what they do alone: "the Russian prime minister"."""
    found = [match[0] for match in _THE_PERSON.finditer(question)]
    return found[0] if len(found) == 1 else None


def _new(turn: Turn, kinds: tuple[Kind, ...]) -> str | None:
    """Return the first of the answer that the question does not name."""
    return next((m.text for m in mentions(turn.answer) if m.kind in kinds and m.text not in turn.question), None)


def _thing(pointer: Pointer, turn: Turn) -> str | None:
    """Return the thing spoken of: what was asked for, else what question and answer call alike, else the only name."""
    if corrected := _CORRECTED.search(turn.question):
        return corrected["meant"]
    if pointer.group == "it" and _MONEY.match(turn.question):
        return "the money"
    if _ASKS_FOR_OBJECT.match(turn.question) and (new := _NEW_THING.search(turn.answer)):
        return None if PERSON_NOUN.search(new["thing"]) else f"the {new['thing']}"
    if _ASKS_FOR_THING.match(turn.question) and (only := _ONLY_A_THING.match(turn.answer)):
        return None if PERSON_NOUN.search(only["thing"]) else f"the {only['thing']}"
    if _ASKS_FOR_SUBJECT.match(turn.question):
        return None if PERSON_NOUN.search(turn.question) else _new(turn, ("place", "thing", "person"))
    if placed := _PLACED_SUBJECT.search(turn.question):
        return None if PERSON_NOUN.search(placed["placed"]) else placed["placed"]
    if pointer.group == "its" and (owner := _owner(turn.question)):
        return owner
    if (phrase := _shared_phrase(turn)) and not PERSON_NOUN.search(phrase) and not _PLURAL.match(phrase):
        return phrase
    subject = re.search(rf"\b{AUXILIARY}\s+(?:the\s+)?$", turn.question[: _first(turn.question)], re.IGNORECASE)
    things = [
        m
        for m in mentions(turn.question)
        if m.kind in ("place", "thing") and not _TELLS.match(turn.question[m.span[1] :])
    ]
    if subject and things and things[0].start == _first(turn.question):
        return things[0].text
    return (_placed_object(turn.question) or things[0].text) if len(things) == 1 else None


def _placed_object(question: str) -> str | None:
    """Return what is asked about with where it is, rather than the place: "the factory in the Netherlands"."""
    found = _PLACED_OBJECT.search(question)
    return found["placed"] if found and not PERSON_NOUN.search(found["placed"]) else None


def _owner(question: str) -> str | None:
    """Return the only thing or place of which something is asked: Russia of "Russia's machine tools"."""
    owners = [
        m.text
        for m in mentions(question)
        if m.kind in ("place", "thing") and re.match(r"['’]s?\b", question[m.span[1] :])
    ]
    return owners[0] if len(owners) == 1 else None


def _first(question: str) -> int:
    return next((mention.start for mention in mentions(question)), 0)


def _shared_phrase(turn: Turn) -> str | None:
    """Return the longest phrase with "the" that question and answer share, of a place if need be: "the summit"."""
    answer = " " + re.sub(r"[?.!,;:]+(?=\s|$)", "", turn.answer.lower()) + " "
    best = False, ""
    for match in re.finditer(r"\bthe\s+(?!most\b|least\b|\w+est\b)", turn.question):
        phrase = ""
        for word in turn.question[match.start() :].rstrip("?.! ").split():
            if f" {phrase} {word} ".lower().replace("  ", " ") not in answer or fold(word) in _ENDS_PHRASE:
                break
            phrase = f"{phrase} {word}".strip()
        placed = _PLACING.search(turn.question[: match.start()]) is not None
        best = max(best, (not placed, phrase), key=lambda one: (len(one[1].split()) > 1, one[0], len(one[1])))
    return best[1] if len(best[1].split()) > 1 else None


def _several(pointer: Pointer, turn: Turn) -> str | None:
    """Return those spoken of: several that are named together, else the only party that is."""
    for text in (turn.question, turn.answer):
        if several := [m.text for m in mentions(text) if m.kind == "several"]:
            return several[0]
    if pointer.group in ("they", "their") and _ASKS_FOR_PERSON.match(turn.question):
        new = (m.text for m in mentions(turn.answer) if m.text not in turn.question)
        if team := next((name for name in new if re.search(r"[^s'’]s$", name)), None):
            return team
    phrase = _shared_phrase(turn)
    if phrase:
        return phrase if phrase.endswith("s") else None
    named = [m.text for m in mentions(turn.question) if m.kind == "thing" or m.is_state]
    if named or pointer.group == "two":
        return named[0] if len(named) == 1 and pointer.group != "two" else None
    plurals = dict.fromkeys(match[0] for match in _PLURALS.finditer(turn.question))
    return next(iter(plurals)) if len(plurals) == 1 else None


def _place(pointer: Pointer, turn: Turn) -> str | None:
    """Return the place spoken of, with its preposition: of the answer if it was asked for, else of the question."""
    asked = re.match(r"\W*(?:and\s+)?(?:where|in which|in what)\b", turn.question, re.IGNORECASE)
    texts = (turn.answer, turn.question) if asked else (turn.question, turn.answer)
    if not asked and (placed := _placed_object(turn.question)):
        return f"at {placed}"
    found = (_LOCATIVE.search(text) for text in texts)
    return next((match.group().rstrip(".") for match in found if match), None)


_FINDERS = {
    "he": _person,
    "his": _person,
    "it": _thing,
    "its": _thing,
    "they": _several,
    "their": _several,
    "two": _several,
    "there": _place,
}
