"""What a question points back to without naming it, and what of the turns before it could be meant."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rag.english import AUXILIARY, LEAD, MONTH, PREPOSITION, WEEKDAY
from rag.facts import OPENERS
from rag.text import STOP_WORDS, content_words, fold, is_content
from rag.types import Turn

Kind = Literal["person", "place", "thing", "several"]

_PERIOD = r"(?:day|night|morning|evening|week|weekend|month|year|season|century|decade)"
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
    rf"|\b(?:is|are|was|were|be|been|isn't|aren't|will|have|has)\s+(?P<f>there)\b"
    rf"|\b(?P<g>this|these)\s+(?:{_PERIOD}|days|time|articles?)\b|\b(?P<h>those)\s+(?:who|whose|that|which|of|in|with)\b",
    re.IGNORECASE,
)
_POINTING_THAT = re.compile(rf"(?:{LEAD}|\b(?:{AUXILIARY}|{PREPOSITION})\s+)$", re.IGNORECASE)
_CLAUSE = re.compile(
    r"[,;:]|(?<!\b[A-Z])[.!?](?=\s)|\b(?:and|or|but|when|while|if|after|before|because|until|that|which|who|whom|whose|where|as|says?|said|"
    r"think|claim\w*|believe\w*|announce\w*|hope\w*|fear\w*|want\w*|expect\w*)\b",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"")
_NAME = re.compile(r"(?:\b[A-Z]\.){2,}|\b[^\W\d_a-z][\w-]*(?:\s+(?:of\s+(?:the\s+)?)?[^\W\d_a-z][\w-]*)*")
_NAMES = re.compile(
    rf"(?:(?:{_NAME.pattern}),\s+)*(?:{_NAME.pattern}),?\s+and\s+(?:the\s+)?(?:{_NAME.pattern})(?!['’]s)"
)
_NOUN_PHRASE = re.compile(r"\b(?:the|an?|my|our|which|what|whose)\s+(?!of\b)(?:[\w-]+\s+){0,3}?[\w-]+", re.IGNORECASE)
_ORGANISATION = re.compile(
    r"(?<![\w-])(?:Academy|Agency|Airlines|Army|Association|Bank|Centre|Center|Church|Club|College|Commission|Committee|Company|"
    r"Corporation|Council|Court|Cup|Department|Federation|Foundation|Fund|Group|Inc|Institute|League|Ltd|Ministry|Museum|"
    r"Open|Organi[sz]ation|Parliament|Party|Post|Prize|Project|Senate|Times|Treaty|Union|United|University|War)\b"
)
_BRAND = re.compile(r"\b(?!Mac|Mc|De|Di|La|Le|Van)\w*[a-z][A-Z]")  # SpaceX, but not McConnell
_PERSON_NOUN = re.compile(
    r"\b(?:actor|actress|analyst|artist|attorney|author|boss|boy|buyer|captain|chancellor|chair\w*|chief|coach|collector|"
    r"commander|conductor|dealer|defendant|detective|diplomat|director|doctor|driver|employee|engineer|executive|expert|farmer|"
    r"architect|candidate|columnist|composer|councillor|critic|editor|interviewer|inventor|musician|reviewer|sailor|soldier|"
    r"figure|founder|general|girl|governor|head|individual|investigator|journalist|judge|king|lawyer|leader|lecturer|man|manager|"
    r"mayor|minister|neighbou?r|nurse|officer|official|owner|painter|patient|person|photographer|pilot|player|poet|politician|"
    r"prodigy|pope|premier|president|prince|princess|professor|prosecutor|queen|reporter|researcher|resident|scientist|secretary|"
    r"seller|senator|singer|spokes\w+|star|student|surgeon|suspect|teacher|victim|winner|witness|woman|worker|writer)\b",
    re.IGNORECASE,
)
_COUNTRIES = frozenset(
    """Afghanistan Africa America Angola Argentina Armenia Asia Australia Austria Azerbaijan Bangladesh Belarus Belgium
    Brazil Britain Bulgaria Cambodia Canada Chile China Colombia Congo Croatia Cuba Denmark Ecuador Egypt England
    Estonia Ethiopia Europe Finland France Georgia Germany Ghana Greece Greenland Hungary Iceland India Indonesia Iran
    Iraq Ireland Israel Italy Japan Jordan Kazakhstan Kenya Kosovo Kuwait Latvia Lebanon Libya Lithuania Malaysia Mali
    Mexico Moldova Mongolia Morocco Mozambique Myanmar Nepal Netherlands Niger Nigeria Norway Pakistan Palestine Panama
    Paraguay Peru Philippines Poland Portugal Qatar Romania Russia Rwanda Scotland Senegal Serbia Singapore Slovakia
    Slovenia Somalia Spain Sudan Sweden Switzerland Syria Taiwan Tanzania Thailand Tunisia Turkey UAE UK US USA Uganda
    Ukraine Uruguay Uzbekistan Venezuela Vietnam Wales Yemen Zambia Zimbabwe""".split()
) | {
    "North Korea",
    "South Korea",
    "Saudi Arabia",
    "Sri Lanka",
    "South Africa",
    "New Zealand",
    "United States",
    "United Kingdom",
    "European Union",
    "United Arab Emirates",
    "U.S.",
    "U.K.",
    "New York",
    "Hong Kong",
}
_CAPITALS = frozenset("Beijing Berlin Brussels London Moscow Paris Tehran Tokyo Washington".split())
_ADJECTIVE = re.compile(r"\w+(?:ese|ian|ish|ean)|French|Greek|Swiss|Dutch|German|Iraqi|Israeli|Thai|Western|Czech")
_LOCATIVE = re.compile(
    rf"\b(?:in|at|on|off|near)\s+(?:the\s+)?(?!{MONTH}\b)(?:{_NAME.pattern})(?:,\s+(?:{_NAME.pattern}))?"
)
_ASKS_FOR_SUBJECT = re.compile(
    rf"\W*(?:which|what)\s+(?:(?!(?:{AUXILIARY}|{PREPOSITION})\b)\S+(?:\s+|$)){{3}}", re.IGNORECASE
)
_ASKS_FOR_PERSON = re.compile(
    rf"\W*(?:who\b|(?:which|what)\s+(?:(?!(?:{AUXILIARY}|{PREPOSITION})\b)[\w.’'-]+\s+){{0,3}}?"
    rf"{_PERSON_NOUN.pattern})", re.IGNORECASE,
)  # fmt: skip
_ASKS_WHO_SOMEONE_IS = re.compile(rf"\W*[Ww]ho\s+(?:is|was)\s+(?:{_NAME.pattern})\W*$")
# An answer that is no sentence, to what was asked for: "An old fountain in the park."
_ASKS_FOR_THING = re.compile(r"\W*(?:what|which)\b", re.IGNORECASE)
_ONLY_A_THING = re.compile(
    rf"\W*(?:an?|the)\s+(?P<thing>(?:(?!{AUXILIARY}\b)[\w’'-]+\s+){{0,8}}(?!{AUXILIARY}\b)[\w’'-]+)\W*$", re.IGNORECASE
)
_A_THING = re.compile(r"\ban?\s+[a-z]")
_ENDS_PHRASE = frozenset("is are was were do does did has have had will would".split())
_TELLS = re.compile(r"['’]s?\s+(?:article|report|story|account|piece|coverage)\b")  # whose it is is not spoken of
_MEASURE = re.compile(
    r"\b(?:percentage|percent|share|number|amount|part|kind|sort|price|cost|date|day|month|year|city)\b"
)
_BEFORE_NAMES = frozenset("according how's opposition people president mr mrs ms dr".split())
_AFTER_OBJECT = STOP_WORDS | {"against", "like", "near", "since", "yesterday", "today", "now", "first"}
_WHO_SUBJECT = re.compile(rf"\bwho\s+(?!{AUXILIARY}\b)\w", re.IGNORECASE)
_PLURAL = re.compile(rf"the\s+(?:[\w’'-]+\s+){{0,2}}?[a-z]{{2,}}[^su\W]s(?=\s+{PREPOSITION}\b|$)")
_PLURALS = re.compile(r"\bthe\s+[a-z]{2,}[^su\W]s\b")
_LONG = 4  # content words before "this" or "these": they are what it means
_FEW = 4  # content words: a longer question describes the two of whom it speaks
_NO_NAME = re.compile(rf"{MONTH}\.?|{WEEKDAY}|I")


@dataclass(frozen=True, slots=True)
class Pointer:
    """A word of a question that points back: its group ("he", "their", "there", …) and where it stands."""

    group: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Mention:
    """Something named in a text, and what it may be."""

    text: str
    kind: Kind
    start: int

    @property
    def span(self) -> tuple[int, int]:
        """Where the name stands, without its article."""
        return self.start, self.start + len(self.text.removeprefix("the "))

    @property
    def is_country(self) -> bool:
        """Whether it is a country or a continent."""
        return self.text.removeprefix("the ") in _COUNTRIES

    @property
    def is_state(self) -> bool:
        """Whether it is a country or a continent, or a capital that may stand for one."""
        return self.is_country or self.text in _CAPITALS


def pointers(question: str) -> list[Pointer]:
    """Return the words that point out of the question: not to what it says itself, nor to nothing ("it is true")."""
    plain = _QUOTED.sub(lambda match: "_" * len(match.group()), question)
    idle = {match.start(name) for match in _EXPLETIVE.finditer(plain) for name in "abcdefgh" if match[name]}
    found = [
        Pointer(str(match.lastgroup), match.group(), match.start(), match.end())
        for match in _POINTER.finditer(plain)
        if match.start() not in idle
    ]
    return [pointer for pointer in found if _points_out(pointer, plain)]


def mentions(text: str) -> list[Mention]:
    """Return the names of a text in order; "Putin and Xi" counts as several, months and "Chinese" not at all."""
    several = [
        Mention(_bare(name), "several", start)
        for match in _NAMES.finditer(text)
        for name, start in [_without_openers(match.group(), match.start())]
        if " and " in name
    ]
    single = [mention for match in _NAME.finditer(text) for mention in _mention(match, text)]
    return sorted([*several, *single], key=lambda mention: (mention.start, -len(mention.text)))


def _mention(match: re.Match[str], text: str) -> Iterator[Mention]:
    """Yield what a run of capitalised words names, the first word of a sentence left out if it is an ordinary one."""
    name, start = _without_openers(match.group(), match.start())
    name = _bare(name)
    before = text[:start]
    if not name or name.lower() in OPENERS or _NO_NAME.fullmatch(name.split()[0]):
        return
    described = re.search(r"\b(?:the|an?|his|her|its|their|that|this)\s+$", before, re.IGNORECASE)
    if _ADJECTIVE.fullmatch(name) and not re.search(rf"\b{AUXILIARY}\s+$|^$", before, re.IGNORECASE):
        return
    yield Mention(
        f"the {name}" if described and described.group().lower().startswith("the") else name,
        _kind(name, before, bool(described)),
        start,
    )


def _without_openers(name: str, start: int) -> tuple[str, int]:
    """Return the name and where it starts without the words before it that are no part of it."""
    while name and (not is_content(name.split()[0]) or name.split()[0].lower() in _BEFORE_NAMES):
        start += len(name) - len(rest := name.partition(" ")[2])
        name = rest
    return name, start


def _kind(name: str, before: str, described: bool) -> Kind:
    if name in _COUNTRIES | _CAPITALS or re.search(r"\b(?:in|at|near|outside)\s+(?:the\s+)?$", before, re.IGNORECASE):
        return "place"
    if described or name.isupper() or any(map(str.isdigit, name)) or _ORGANISATION.search(name) or _BRAND.search(name):
        return "thing"
    if " " not in name and re.search(r"\bof\s+$", before):
        return "place"
    return "person"


def _bare(name: str) -> str:
    return re.sub(r"['’]s?$", "", name.strip())


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
        return any(mention.kind == "person" for mention in found) or bool(_PERSON_NOUN.search(before))
    if found:
        return True
    phrases = [match.group() for match in _NOUN_PHRASE.finditer(before) if not _MEASURE.search(match.group())]
    if pointer.group in ("they", "their"):
        return any(re.search(r"[^s]s$|people$", word) and is_content(word) for word in before.split()[:-1])
    return any(not before.rstrip().endswith(phrase) or pointer.group == "its" for phrase in phrases)


def referent(pointer: Pointer, history: Sequence[Turn]) -> str | None:
    """Return what the pointer stands for, put so that it can stand in its place; None where that is not plain."""
    for turn in reversed(history):
        found = _FINDERS[pointer.group](pointer, turn) if pointer.group in _FINDERS else None
        if found:
            possessive = pointer.group in ("its", "their") or (pointer.group == "his" and pointer.text.lower() != "her")
            return f"{found}'s" if possessive and not found.endswith("s") else f"{found}'" if possessive else found
        if pointer.group in ("it", "its") and _ASKS_FOR_THING.match(turn.question) and _A_THING.search(turn.answer):
            return None  # the watch that he was given rather than what was spoken of before
    return None


def _person(pointer: Pointer, turn: Turn) -> str | None:
    """Return the person spoken of: the one asked for, else the first in the question, else in the answer."""
    if _ASKS_FOR_PERSON.match(turn.question) and not _ASKS_WHO_SOMEONE_IS.match(turn.question):
        return _new(turn, ("person",))
    return next((m.text for text in (turn.question, turn.answer) for m in mentions(text) if m.kind == "person"), None)


def _new(turn: Turn, kinds: tuple[Kind, ...]) -> str | None:
    """Return the first of the answer that the question does not name."""
    return next((m.text for m in mentions(turn.answer) if m.kind in kinds and m.text not in turn.question), None)


def _thing(pointer: Pointer, turn: Turn) -> str | None:
    """Return the thing spoken of: what was asked for, else what question and answer call alike, else the only name."""
    if _ASKS_FOR_THING.match(turn.question) and (only := _ONLY_A_THING.match(turn.answer)):
        return None if _PERSON_NOUN.search(only["thing"]) else f"the {only['thing']}"
    if _ASKS_FOR_SUBJECT.match(turn.question):
        return None if _PERSON_NOUN.search(turn.question) else _new(turn, ("place", "thing", "person"))
    if pointer.group == "its" and (owner := _owner(turn.question)):
        return owner
    if (phrase := _shared_phrase(turn)) and not _PERSON_NOUN.search(phrase) and not _PLURAL.match(phrase):
        return phrase
    subject = re.search(rf"\b{AUXILIARY}\s+(?:the\s+)?$", turn.question[: _first(turn.question)], re.IGNORECASE)
    things = [
        m
        for m in mentions(turn.question)
        if m.kind in ("place", "thing") and not _TELLS.match(turn.question[m.span[1] :])
    ]
    if subject and things and things[0].start == _first(turn.question):
        return things[0].text
    return things[0].text if len(things) == 1 else None


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
    """Return the longest phrase with "the" that question and answer share: "the BRICS summit"."""
    answer = " " + re.sub(r"[?.!,;:]+(?=\s|$)", "", turn.answer.lower()) + " "
    best = ""
    for match in re.finditer(r"\bthe\s+(?!most\b|least\b|\w+est\b)", turn.question):
        phrase = ""
        for word in turn.question[match.start() :].rstrip("?.! ").split():
            if f" {phrase} {word} ".lower().replace("  ", " ") not in answer or fold(word) in _ENDS_PHRASE:
                break
            phrase = f"{phrase} {word}".strip()
        best = max(best, phrase, key=len)
    return best if len(best.split()) > 1 else None


def _several(pointer: Pointer, turn: Turn) -> str | None:
    """Return those spoken of: several that are named together, else the only party that is."""
    for text in (turn.question, turn.answer):
        if several := [m.text for m in mentions(text) if m.kind == "several"]:
            return several[0]
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
    asked = re.match(r"\W*(?:where|in which|in what)\b", turn.question, re.IGNORECASE)
    texts = (turn.answer, turn.question) if asked else (turn.question, turn.answer)
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
