"""What kind of answer a question asks for: "how many" wants a quantity, "when" a time.

Only seven kinds are told, from the question's own words; of all else any answer is of the kind that is asked for.
"""

from __future__ import annotations

import re
from typing import Literal

from rag.clauses import SAYS
from rag.english import ASKING, AUXILIARY, LEAD, MONTH, WEEKDAY
from rag.roles import names_office

Kind = Literal["quantity", "figure", "time", "place", "holder", "name", "speaker"]
_MEASURE = (
    r"(?:height|length|width|depth|weight|speed|temperature|capacity|distance|population|calib(?:re|er)|diameter|volume"
    r"|cost|fee|fare|salary|budget|revenue|turnover|turnout|score|altitude|price|rent|wage|phone number)"
    rf"(?=\s+(?:{AUXILIARY}|of|for|in|at|to|on|per|this|last|when|between|from|with|after|before)\b|\W*$)"
)
_ASKS: dict[Kind, re.Pattern[str]] = {
    "quantity": re.compile(
        r"\bhow (?:many|much|old|tall|far|large|big|heavy|fast|quickly|deep|high|wide|lengthy)\b|\bhow long (?!ago)"
        r"|\b(?:what|which) (?:percent(?:age)?|proportion|share|number|amount|price|sum|age|fraction)\b"
        r"|\bat what (?:rate|price|age|speed)\b", re.IGNORECASE,
    ),
    "figure": re.compile(
        rf"{LEAD}what(?: (?:is|was|are|were|will be|would be) (?:the|its|his|her|their))?(?: \w+)? {_MEASURE}\b"
        rf"(?!.*\b(?:of|for|to|on|with|from)\W*$)|{LEAD}what {AUXILIARY}\b[^?,;]*\bcost\b(?!-| (?:him|her|them)\b)",
        re.IGNORECASE,
    ),
    "time": re.compile(
        r"(?:^\W*|[,;] |\b(?:and|but|so) )(?:by )?when"
        r" (?:is|are|was|were|do|does|did|ha[sd]|have|will|would|can|could)\b"
        r"|\bhow long ago\b|\bsince when\b"
        r"|\b(?:what|which) (?:time|year|date|day|month|decade|century|weekday)s?\b",
        re.IGNORECASE,
    ),
    "place": re.compile(r"(?:^\W*|[,;] |\b(?:and|but|so) )where\b", re.IGNORECASE),
    "holder": re.compile(r"(?:^\W*|[,;] |\b(?:and|but|so) )who (?:is|was|are|were) ", re.IGNORECASE),
    "speaker": re.compile(
        rf"(?:^\W*|[,;] |\b(?:and|but|so) )(?:who (?:\w+ )?{SAYS}|according to who)", re.IGNORECASE
    ),
    "name": re.compile(
        r"^\W*what (?:is|was|are|were) the (?:(?:first|full|last|middle|maiden|original|real) )?names? of\b"
        r"|^\W*what (?:is|was|are|were) (?:[\w’'-]+ ){1,6}(?:names?\W*$|(?:called|named)\b)"
        r"|^\W*(?:name|list) the\b", re.IGNORECASE,
    ),
}  # fmt: skip
# "When will they decide how much it costs?" asks for no amount.
_INSIDE = re.compile(
    rf"\b{ASKING}\b(?:(?!,|\b(?:and|but|or)\b).)*?"
    r"\b(?P<inside>how (?:many|much)\b.*)",
    re.IGNORECASE,
)
_HOW_MUCH_SO = re.compile(
    rf"\bhow (?!(?:{AUXILIARY}|exactly|precisely|come|else|then|the)\b)(?:\w+ ){{1,2}}?{AUXILIARY}\b", re.IGNORECASE
)
_WHY = re.compile(r"(?:^\W*|[,;] |\b(?:and|but|so) )why\b|\bfor what reasons?\b", re.IGNORECASE)
# What gives something as a reason.
REASON = re.compile(
    r"\b(?:because|owing\s+to|due\s+to\s+(?:the|an?|its|his|her|their|lack)|thanks\s+to|as\s+a\s+result\s+of|the\s+reasons?"
    r"|on\s+the\s+grounds?\s+(?:that|of)|blam(?:es?|ed|ing)\b[^.;]*?\bon|attribut(?:es?|ed|ing)\b[^.;]*?\bto"
    r"|put\b[^.;]*?\bdown\s+to|on\s+(?:charges?|suspicion)|(?:after|for)\s+(?:\w+ly\s+)?(?!\w*(?:thing|spring|morning|evening|building)\b)[a-z]{3,}ing"
    r"|fear(?:s|ed|ing)?|to\s+blame|blamed\s+(?:an?|the|its|his|her|their)|in\s+(?:response|protest|retaliation|return))\b",
    re.IGNORECASE,
)
# "Can you tell me about the bridge?" is answered by neither.
_YES_OR_NO = re.compile(
    rf"{LEAD}(?!\w+\s+you\s+(?:please\s+)?(?:give|tell|show|explain|describe|list|name|write|sum|summari[sz]e)\b){AUXILIARY}\b",
    re.IGNORECASE,
)
_WHERE = re.compile(
    r"\bwhere\b|\b(?:in|at|to|from|near|outside)\s+(?:which|what)\s+(?!year|month|week|day|decade|century|age|time|price)",
    re.IGNORECASE,
)
_OR = re.compile(r"\bor\b", re.IGNORECASE)
TIME = re.compile(
    rf"\b(?!(?-i:may|march|mar)\b)(?:\d{{3,4}}s?|\d{{1,2}}(?:st|nd|rd|th)?|{WEEKDAY}|{MONTH}"
    r"|today|yesterday|tomorrow|tonight|now|ago|earlier|later|recently|currently|week(?:end)?s?|months?|years?|days?"
    r"|hours?|minutes?|decades?|centur(?:y|ies)|morning|afternoon|evening|night|noon|midnight|spring|summer|autumn"
    r"|fall(?!\s+(?:on|to|by|under|into|within|below|short|off|from|outside|back|ill|over|out|due)\b)|winter|easter|christmas|during|after|before|until|since|while|once|following|prior|anniversary|era|age"
    r"|period|war|reign)\b", re.IGNORECASE,
)  # fmt: skip


def asked(question: str) -> frozenset[Kind]:
    """Return the kinds of answer that the question's words ask for: none where they do not tell."""
    outside = _INSIDE.sub(lambda match: match[0][: match.start("inside") - match.start()], question)
    kinds = {kind for kind, pattern in _ASKS.items() if pattern.search(outside)}
    return frozenset(kinds if names_office(question) else kinds - {"holder"})


def asks_yes_or_no(question: str) -> bool:
    """Tell whether a question is answered by a yes or a no."""
    return bool(_YES_OR_NO.search(question)) and not _OR.search(question)


def asks_why(question: str) -> bool:
    """Tell whether a question asks for a reason."""
    return bool(_WHY.search(question))


def asks_how_much_so(question: str) -> bool:
    """Tell whether a question asks for a degree, which a figure or words may tell: "How cold was it?"."""
    return bool(_HOW_MUCH_SO.search(question))


def asks_where(question: str) -> bool:
    """Tell whether a question asks for a place: "where", "in which hotel"."""
    return bool(_WHERE.search(question))


def tells_time(text: str) -> bool:
    """Tell whether a text has a word of time: "on Tuesday", "the day before"."""
    return bool(TIME.search(text))


def offers(question: str) -> bool:
    """Tell whether a question offers what to choose from: yes or no, or "A or B"."""
    return bool(_YES_OR_NO.search(question) or _OR.search(question))
