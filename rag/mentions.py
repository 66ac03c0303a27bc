"""What a text names, and what each name may be: a person, a place, a thing, or several."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from rag.english import AUXILIARY, MONTH, NUMBERS, PLAIN_VERB, PREPOSITION, WEEKDAY
from rag.facts import OPENERS
from rag.relations import PAST
from rag.text import fold, is_content

Kind = Literal["person", "place", "thing", "several"]

NAME = re.compile(r"(?:\b[A-Z]\.){2,}|\b[^\W\d_a-z][\w-]*(?:\s+(?:of\s+(?:the\s+)?)?[^\W\d_a-z][\w-]*)*")
_NAMES = re.compile(
    rf"(?:(?:{NAME.pattern}),\s+)*(?:{NAME.pattern}),?\s+and\s+(?:the\s+)?(?:{NAME.pattern})(?!['’]s)"
)
_ORGANISATION = re.compile(
    r"(?<![\w-])(?:Academy|Agency|Airlines|Army|Association|Bank|Centre|Center|Church|Club|College|Commission|Committee|Company|"
    r"Corporation|Council|Court|Cup|Department|Federation|Foundation|Fund|Group|Inc|Institute|League|Ltd|Ministry|Museum|"
    r"Open|Organi[sz]ation|Parliament|Party|Post|Prize|Project|Senate|Times|Treaty|Union|United|University|War)\b"
)
_BRAND = re.compile(r"\b(?!Mac|Mc|De|Di|La|Le|Van)\w*[a-z][A-Z]")  # SpaceX, but not McConnell
PERSON_NOUN = re.compile(
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
_OF_PLACE = re.compile(
    r"\b(?:in|at|near|outside)\s+(?:the\s+)?$|\b(?:village|town|city|island|county|state|region|province|district|port"
    r"|suburb|valley|river|lake|parish|borough|capital)s?\s+of\s+(?:the\s+)?$",
    re.IGNORECASE,
)
_PLACE = re.compile(r"\s(?:Street|Road|Avenue|Square|Island|River|Harbou?r|Bay|Valley|Airport|Beach|Forest)$")
_OF_FIRM = re.compile(
    r"\b(?:maker|company|firm|group|manufacturer|retailer|bank|brand|club|team|airline|chain|charity|publisher|supplier"
    r"|developer|start-?up)\s+$",
    re.IGNORECASE,
)
# What begins a sentence with a capital and counts or ranks: "Second, 19 seconds back, was …", "Two members".
COUNTING = frozenset(NUMBERS) | frozenset(
    "eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty hundred "
    "first second third fourth fifth sixth seventh eighth ninth tenth last next both half most many several few".split()
)
_COMPOUND = re.compile(r"[A-Z][a-z]+(?:-[a-z]+)+")  # that only begins a sentence: "Night-flying moths"
_COUNTED = re.compile(rf"\b(?:{'|'.join(NUMBERS)}|several|many|most|other|both|\d+)\s+$", re.IGNORECASE)
# What a name before it only describes: "the Visby marathon", "the Brightwater nurse".
_DESCRIBED = re.compile(
    rf"\s+(?P<noun>[a-z][\w-]*)(?=\s*(?:[.,;:?!]|$)|\s+(?:{AUXILIARY}|{PREPOSITION}|{PLAIN_VERB}|who|that|which)\b)"
)
_NO_NOUN = re.compile(rf"{AUXILIARY}|{PREPOSITION}|\w+(?:s|ly)|went|came|began|{PAST.pattern}")
# "Did the Harbour List quit?", where "Is it the Harbour List vote?" asks of a vote.
_SUBJECT_OF_VERB = re.compile(
    r"\b(?:do|does|did|will|would|can|could|should|may|might|must)(?:n['’]t)?\s+the\s+$", re.IGNORECASE
)
_BEFORE_NAMES = frozenset("according how's opposition people president mr mrs ms dr".split())
_NO_NAME = re.compile(rf"{MONTH}\.?|{WEEKDAY}|I")


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


def mentions(text: str) -> list[Mention]:
    """Return the names of a text in order; "Putin and Xi" counts as several, months and "Chinese" not at all."""
    several = [
        Mention(_bare(name), "several", start)
        for match in _NAMES.finditer(text)
        for name, start in [_without_openers(match.group(), match.start())]
        if " and " in name
    ]
    single = [mention for match in NAME.finditer(text) for mention in _mention(match, text)]
    return sorted([*several, *single], key=lambda mention: (mention.start, -len(mention.text)))


def _mention(match: re.Match[str], text: str) -> Iterator[Mention]:
    """Yield what a run of capitalised words names, the first word of a sentence left out if it is an ordinary one."""
    name, start = _without_openers(match.group(), match.start())
    name = _bare(name)
    before = text[:start]
    if not name or name.lower() in OPENERS or _NO_NAME.fullmatch(name.split()[0]):
        return
    if fold(name) in COUNTING:
        return
    described = re.search(r"\b(?:the|an?|his|her|its|their|that|this)\s+$", before, re.IGNORECASE)
    if _ADJECTIVE.fullmatch(name) and not re.search(rf"\b{AUXILIARY}\s+$|^$", before, re.IGNORECASE):
        return
    definite = bool(described and described.group().lower().startswith("the"))
    kind = _kind(name, before, bool(described))
    after = text[start + len(name) :]
    if definite and (person := re.match(rf"\s+(?P<noun>{PERSON_NOUN.pattern})", after)):
        name, kind = f"{name} {person['noun']}", "person"
    elif definite and (noun := _DESCRIBED.match(after)) and not _is_verb(noun["noun"], before):
        name, kind = f"{name} {noun['noun']}", "thing"
    yield Mention(f"the {name}" if definite else name, kind, start)


def _is_verb(word: str, before: str) -> bool:
    """Tell whether a word behind a name with "the" is no noun that this describes."""
    return bool(_NO_NOUN.fullmatch(word) or _SUBJECT_OF_VERB.search(before) and re.fullmatch(PLAIN_VERB, word))


def _without_openers(name: str, start: int) -> tuple[str, int]:
    """Return the name and where it starts without the words before it that are no part of it."""
    while name and (not is_content(name.split()[0]) or name.split()[0].lower() in _BEFORE_NAMES):
        start += len(name) - len(rest := name.partition(" ")[2])
        name = rest
    return name, start


def _kind(name: str, before: str, described: bool) -> Kind:
    if name in _COUNTRIES | _CAPITALS or _OF_PLACE.search(before) or _PLACE.search(name):
        return "place"
    if _OF_FIRM.search(before) or _COMPOUND.fullmatch(name):
        return "thing"
    if " " not in name and name.endswith("s") and _COUNTED.search(before):  # "two Olympians"
        return "thing"
    if described or name.isupper() or any(map(str.isdigit, name)) or _ORGANISATION.search(name) or _BRAND.search(name):
        return "thing"
    if " " not in name and re.search(r"\bof\s+$", before):
        return "place"
    return "person"


def _bare(name: str) -> str:
    return re.sub(r"['’]s?$", "", name.strip())
