"""What kind of answer a question asks for, and whether an answer holds any: "how many" wants a quantity.

A draft that answers another question than was asked mostly shows it so: it has no time for a "when", and no office for
"who is the minister". Only seven kinds are told, from the question's own words; of all else any answer is of the kind
that is asked for.
"""

from __future__ import annotations

import re
from typing import Literal

from rag.clauses import SAYS
from rag.counts import counted, counts_things, without_score, without_spans
from rag.deeds import doers
from rag.denial import alike
from rag.english import ASKING, AUXILIARY, LEAD, MONTH, PREPOSITION, WEEKDAY
from rag.facts import holds, is_part_of, names, numbers_and_dates
from rag.inflection import term
from rag.mentions import mentions
from rag.roles import names_office
from rag.text import content_words, stem, terms, words

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
        r"(?:^\W*|[,;] |\b(?:and|but|so) )when (?:is|are|was|were|do|does|did|ha[sd]|have|will|would|can|could)\b"
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
_LASTS = re.compile(
    r"\bhow (?:long|old|far)\b|\bhow (?:many|much)(?: more)? (?:years?|months?|weeks?|days?|hours?|minutes?|decades?"
    r"|centuries|time)\b|\bage\b", re.IGNORECASE,
)  # fmt: skip
_HOW_LONG = re.compile(r"\bhow (?:long|old)\b", re.IGNORECASE)
# No age: "He stays for twelve months."
_HOW_OLD = re.compile(r"\bhow old\b", re.IGNORECASE)
# How much somebody won is not told by how long it took, nor by how old they are.
_HOW_MUCH = re.compile(
    r"\bhow much (?!time\b|longer\b|older\b|younger\b|later\b|earlier\b|sooner\b|faster\b)", re.IGNORECASE
)
_HOW_MANY = re.compile(r"\bhow many (?!hours|minutes|seconds|years|months|weeks|days|points)", re.IGNORECASE)
_TERM = re.compile(r"\b(?:for|within|in|after|over|every)\s+(?:\w+\s+){1,3}?(?:months?|weeks?|days?|hours?|minutes?)\b")
_DURATION = re.compile(
    r"\b(?:years?|months?|weeks?|days?|hours?|minutes?|decades?|centur(?:y|ies)|first|last"
    r"|miles?|kilomet(?:re|er)s?|met(?:re|er)s?|yards?|blocks?|feet)\b", re.IGNORECASE,
)
_HOW_MUCH_SO = re.compile(
    rf"\bhow (?!(?:{AUXILIARY}|exactly|precisely|come|else|then|the)\b)(?:\w+ ){{1,2}}?{AUXILIARY}\b", re.IGNORECASE
)
_WHY = re.compile(r"(?:^\W*|[,;] |\b(?:and|but|so) )why\b|\bfor what reasons?\b", re.IGNORECASE)
_YES_OR_NO = re.compile(rf"{LEAD}{AUXILIARY}\b", re.IGNORECASE)
# Who did it, or will do it, and an answer that only says they did; "They are A and B" says who.
_WHO = re.compile(
    rf"{LEAD}who(?:(?!\s+{AUXILIARY})\b|\s+{AUXILIARY}\s+(?:\w{{2,}}ing|not|be|have|been)\b)",
    re.IGNORECASE,
)
_PRONOUN = re.compile(
    r"^\W*(?:they|he|she|it|we|i)\b(?! (?:is|are|was|were|(?:will|would) be|ha[sd] been|have been|includ\w+)\b)",
    re.IGNORECASE,
)
_SPOKEN = re.compile(
    rf"\b(?:{SAYS}|according|(?:not|describ|believ)(?:e[sd])|(?:report|confirm|mention|call|point|suggest|think)(?:s|ed)"
    r"|thought|den(?:y|ied|ies)|words?)\b", re.IGNORECASE,
)  # fmt: skip
_WHICH = re.compile(
    rf"{LEAD}(?:which|what)\s+(?P<thing>[\w’'-]+(?:\s+[\w’'-]+){{0,2}})", re.IGNORECASE
)
# No time answers "Why …?" or "What did she die of?".
_NO_TIME = re.compile(
    rf"(?:^\W*|[,;] |\b(?:and|but|so) )(?:who|whom|whose|why|how {AUXILIARY})\b"
    rf"|{LEAD}what\b[^?]*\b(?:of|about|with|into)\W*$",
    re.IGNORECASE,
)
# "What made the barge break loose?" is not answered by what the barge did.
_CAUSE = re.compile(rf"{LEAD}what (?:made|caused|led|prompted|triggered|drove|forced) (?P<rest>.+)", re.IGNORECASE)
_GIVES_CAUSE = re.compile(
    r"\b(?:because|since|as|when|after|following|due|owing|thanks|over|by|for|caus\w+|made|led|prompt\w+|trigger\w+|so)\b",
    re.IGNORECASE,
)
# That prices rose "due to a 23% increase," says no more than that they rose.
_RESTATED = re.compile(
    r"\b(?:because of|due to|owing to)\s+(?:an?|the)\s+(?:\S+\s+)?(?P<cause>[a-z]+)(?=[,.;]|$)", re.IGNORECASE
)
# Whoever came before Ida Holm is not Ida Holm.
_OTHER_THAN = re.compile(
    r"\b(?i:who|whom|whose|which)\b[^?]*\b(?:before|after|besides|apart from|other than|except|instead of)\s+(?=[A-Z])"
)
# "In which city …?" is not answered by the country.
_TOWN = re.compile(
    rf"{LEAD}(?:{PREPOSITION}\s+)?(?:which|what)\s+(?:\w+\s+)?(?:city|town|village|capital)\b", re.IGNORECASE
)
_NAMEABLE = re.compile(
    rf"{LEAD}(?:{PREPOSITION}\s+)?(?:which|what)\s+(?:other\s+|two\s+|three\s+)?(?:compan(?:y|ies)|firms?|countr(?:y|ies)|cit(?:y|ies)"
    r"|towns?|villages?|clubs?|newspapers?|banks?|universit(?:y|ies)|colleges?|rivers?|islands?|airlines?|nations?|streets?"
    r"|prisons?|hospitals?|schools?|hotels?|museums?|airports?|theatres?)"
    rf"\s+(?:{AUXILIARY}|[a-z]+(?:ed|s))\b", re.IGNORECASE,
)  # fmt: skip
_NONE_OR_ALL = re.compile(r"\b(?:none|no|not|nobody|neither|all|both|every|each|most|any)\b", re.IGNORECASE)
_SUBJECT = re.compile(
    rf"\W*(?:the|an?|its|their|his|her)?\s*(?P<subject>(?:[\w’'-]+\s+){{1,4}}?)(?:{AUXILIARY}|[a-z]+(?:ed|s))\b",
    re.IGNORECASE,
)
# Nobody leaves their sextant to themselves: "Ambrose Till left it to the geographer Ambrose Till."
_TWICE = re.compile(r"\b(?P<name>[A-Z][\w’'-]+(?:\s+[A-Z][\w’'-]+)+)\s(?:[a-z][\w’'-]*\s){1,12}?(?P=name)\b(?!['’]s)")
# Nobody is born "at the age of nine".
_BORN = re.compile(r"\bwhen (?:was|were) [^?]*\bborn\b", re.IGNORECASE)
_DATED = re.compile(
    rf"\b(?:\d+(?:st|nd|rd|th)?|\d+0s|{MONTH}|{WEEKDAY}|(?i:century|today|yesterday|ago|spring|summer|autumn|winter))\b"
)
_WHERE = re.compile(
    r"\bwhere\b|\b(?:in|at|to|from|near|outside)\s+(?:which|what)\s+(?!year|month|week|day|decade|century|age|time|price)",
    re.IGNORECASE,
)
_WHAT_IS = re.compile(rf"{LEAD}what (?:is|are|was|were) (?P<what>.+)", re.IGNORECASE)
_IS = re.compile(r"(?P<what>.+?)\s(?:is|are|was|were)\s(?P<told>.+)", re.DOTALL)
_WHO_DID = re.compile(rf"{LEAD}who (?:all )?(?!{AUXILIARY}\b)(?P<did>[a-z]+)\b", re.IGNORECASE)
# Who heads something has a name, or an office, or is said to head it.
_WHO_LEADS = re.compile(
    rf"{LEAD}who (?P<leads>leads?|heads?|runs?|chairs?|governs?|commands?|rules?|directs?|manages?|coach(?:es)?)\s",
    re.IGNORECASE,
)
# What the question asks of things is told of them, and no more: "Silent films will be shown …".
_DO = rf"\s+{AUXILIARY}(?:\s+(?:be|been|being|going|to))*\s+(?P<done>[a-z]+)\b(?!\s+(?:if|who|that|such|on|of|as)\b)"
_OR = re.compile(r"\bor\b", re.IGNORECASE)
_NOT = re.compile(r"\b(?:not|never|nobody|nothing)\b|n['’]t\b", re.IGNORECASE)
_QUOTED = re.compile(r"[“\"‘]\w")
_POSSESSIVE = re.compile(r"['’]s?$")
_NAME = 4  # words of an answer that may be no more than a name
_SENTENCE = re.compile(rf"^\W*(?:the|an?|it|they|he|she)\b|\b{AUXILIARY}\b", re.IGNORECASE)
_QUANTITY = re.compile(
    r"\b(?:half|halves|thirds?|quarters?|fifths?|tenths?|dozens?|hundreds?|thousands?|millions?|billions?|trillions?"
    r"|twice|thrice|double|triple|none|no|nobody|never|zero|nothing|one|once|single|both|all|every|each|most|majority"
    r"|minority|(?:for|is|are|was|were|be) free|free of charge)\b", re.IGNORECASE,
)  # fmt: skip
_TIME = re.compile(
    rf"\b(?!(?-i:may|march|mar)\b)(?:\d{{3,4}}s?|\d{{1,2}}(?:st|nd|rd|th)?|{WEEKDAY}|{MONTH}"
    r"|today|yesterday|tomorrow|tonight|now|ago|earlier|later|recently|currently|week(?:end)?s?|months?|years?|days?"
    r"|hours?|minutes?|decades?|centur(?:y|ies)|morning|afternoon|evening|night|noon|midnight|spring|summer|autumn"
    r"|fall|winter|easter|christmas|during|after|before|until|since|while|once|following|prior|anniversary|era|age"
    r"|period|war|reign)\b", re.IGNORECASE,
)  # fmt: skip

# "Free", but not "half the shells", tells a cost.
_NO_FIGURE = re.compile(r"\b(?:none|no|never|zero|nothing|free|unknown|nil|doubled?|halved|tripled?)\b", re.IGNORECASE)
_TOLD: dict[Kind, re.Pattern[str]] = {"quantity": _QUANTITY, "figure": _NO_FIGURE, "time": _TIME}


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
    return bool(_TIME.search(text))


def fits(question: str, answer: str) -> bool:
    """Tell whether an answer holds something that the question does not, and some for each kind that is asked for.

    A yes or no, or a choice of what is offered, need not. Who it is, no pronoun tells ("They lost money"), nor whom the
    question names, nor which it is its kind ("The owners chose a foreign bidder").
    """
    return (
        (_adds(question, answer) or _offers(question))
        and not (_NO_TIME.search(question) and _tells_only_when(question, answer))
        and all(_has(kind, question, answer) for kind in asked(question))
        and not (_WHO.search(question) and _PRONOUN.search(answer))
        and not _is_of_the_asked(question, answer)
        and not _is_of_the_one_before(question, answer)
        and not _only_tells_effect(question, answer)
        and not _restates(question, answer)
        and not _leaves_open(question, answer)
        and not _is_only_country(question, answer)
        and not _is_circular(question, answer)
        and not _names_none(question, answer)
        and not _tells_of_the_asked(question, answer)
        and not _gives_no_leader(question, answer)
        and not _TWICE.search(answer)
    )


def _is_of_the_asked(question: str, answer: str) -> bool:
    """Tell whether an answer to "Who scored for Vale?" has only Vale score."""
    match, known = _WHO_DID.search(question), frozenset(map(term, words(question)))
    did = doers(answer, term(match["did"])) if match and not _offers(question) else []
    return bool(did) and all(subject <= known for subject in did)


def _only_tells_effect(question: str, answer: str) -> bool:
    """Tell whether an answer to "What made the barge break loose?" only has the barge do something."""
    match = _CAUSE.search(question)
    if not match or _GIVES_CAUSE.search(answer):
        return False
    effect, told = ([*map(term, content_words(text))] for text in (match["rest"], answer))
    return effect[:1] == told[:1] and not set(effect[1:]).isdisjoint(told)


def _restates(question: str, answer: str) -> bool:
    """Tell whether an answer gives as the reason why something rose that it increased."""
    match = _RESTATED.search(answer) if asks_why(question) else None
    return match is not None and any(term(match["cause"]) in alike(term(word)) for word in words(question))


def _leaves_open(question: str, answer: str) -> bool:
    """Tell whether an answer to "Which silent film …?" speaks of a silent film, or of what silent films do."""
    match = _WHICH.search(question)
    if not match or _has_new_name(question, answer) or _QUOTED.search(answer):
        return False
    thing = match["thing"].split()
    kinds = [" ".join(map(re.escape, thing[:count])) for count in range(2, len(thing) + 1)]
    kinds.append(rf"{re.escape(thing[0])}(?=\s*(?:[.,;]|$))")
    if any(re.search(rf"\ban?\s+{kind}(?!\w)", answer, re.IGNORECASE) for kind in kinds):
        return True
    things = "|".join([*kinds, re.escape(thing[0])])
    told = re.match(rf"\W*(?:the\s+)?(?:{things}){_DO}", answer, re.IGNORECASE)
    return told is not None and not _NOT.search(answer) and stem(told["done"]) in terms(question)


def _is_of_the_one_before(question: str, answer: str) -> bool:
    """Tell whether an answer to "Who was mayor before Lund?" names nobody but Lund, be it Ada Lund."""
    match = _OTHER_THAN.search(question)
    if not match:
        return False
    asked, known = names(question[match.end() :])[:1], names(question)
    new = (name for name in names(answer) if not holds(name, known) and not _TIME.fullmatch(name.text))
    return all(any(is_part_of(other.value, name.full) for other in asked) for name in new)


def _is_only_country(question: str, answer: str) -> bool:
    """Tell whether an answer to "In which city was it?" names a country only."""
    asked = question.casefold()
    new = [name for name in mentions(answer) if name.text.casefold() not in asked] if _TOWN.search(question) else []
    return bool(new) and all(name.is_country for name in new)


def _names_none(question: str, answer: str) -> bool:
    """Tell whether an answer to "Which companies …?" names none, and says of none or all that they are meant."""
    named = _has_new_name(question, answer) or _QUOTED.search(answer) or _may_be_name(answer)
    return bool(_NAMEABLE.search(question)) and not (named or _NONE_OR_ALL.search(answer) or _offers(question))


def _tells_of_the_asked(question: str, answer: str) -> bool:
    """Tell whether an answer to "Who speaks for the union?" only has the union do something else."""
    match, told = _WHO_DID.search(question), _SUBJECT.match(answer)
    if not match or not told or _offers(question) or term(match["did"]) in map(term, words(answer)):
        return False
    subject = set(terms(told["subject"]))
    known = bool(subject) and subject <= set(terms(question))
    return known and not re.search(r"\bby\b", answer) and not _has_new_name(question, answer)


def _gives_no_leader(question: str, answer: str) -> bool:
    """Tell whether an answer to "Who leads Taiwan?" only tells what Taiwan's government does."""
    match = _WHO_LEADS.search(question)
    if not match or _offers(question):
        return False
    leads = term(match["leads"]) in map(term, words(answer))
    return not (leads or _has_new_name(question, answer) or names_office(answer) or _may_be_name(answer))


def _is_circular(question: str, answer: str) -> bool:
    """Tell whether an answer to "What is the target?" is that the target is a campaign for the target."""
    asked, told = _WHAT_IS.search(question), _IS.match(answer)
    if not asked or not told:
        return False
    subject = set(terms(asked["what"]))
    return bool(subject) and subject == set(terms(told["what"])) <= set(terms(told["told"]))


def _has_new_name(question: str, answer: str) -> bool:
    known, lowercase = names(question), frozenset(word for word in words(question) if word[0].islower())
    new = (name for name in names(answer, lowercase) if not holds(name, known))
    return any(not _TIME.fullmatch(_POSSESSIVE.sub("", name.text)) for name in new)


def _may_be_name(answer: str) -> bool:
    """Tell whether an answer is no more than a name, be it written small: "Turbo-electric transmission"."""
    return len(answer.split()) <= _NAME and not _SENTENCE.search(answer)


def _offers(question: str) -> bool:
    return bool(_YES_OR_NO.search(question) or _OR.search(question))


def _adds(question: str, answer: str) -> bool:
    """Tell whether an answer has a word of its own, "all" and "not" among them."""
    known = set(terms(question))
    return any(term not in known for term in terms(answer)) or bool(_QUANTITY.search(answer) or _NOT.search(answer))


def _tells_only_when(question: str, answer: str) -> bool:
    own = _own(question, answer)
    figures = any(fact.kind != "date" and not fact.is_year for fact in numbers_and_dates(answer))
    return bool(own) and all(map(_may_be_time, own)) and not figures and not _NOT.search(answer)


def _own(question: str, answer: str) -> list[str]:
    """Return the content words of an answer that its question does not have."""
    known = frozenset(map(term, words(question)))
    return [word for word in content_words(answer) if term(word) not in known]


def _may_be_time(word: str) -> bool:
    return word[0].isdigit() or bool(_TIME.fullmatch(word))


def _without_other_spans(kind: Kind, question: str, answer: str) -> str:
    """Return an answer without the spans of time that are no quantity of what is asked for."""
    if kind == "quantity" and _HOW_OLD.search(question):
        return _TERM.sub(" ", answer)
    if kind == "quantity" and _HOW_MANY.search(question):
        return without_score(answer)
    return without_spans(answer) if kind == "quantity" and _HOW_MUCH.search(question) else answer


def _has(kind: Kind, question: str, answer: str) -> bool:
    if kind == "holder":
        return names_office(answer) or len(answer.split()) <= _NAME
    if kind == "speaker":
        return bool(_SPOKEN.search(answer)) or len(answer.split()) <= _NAME
    if kind == "name":
        return _has_new_name(question, answer) or bool(_QUOTED.search(answer)) or _may_be_name(answer)
    if kind == "place":
        return any(not _may_be_time(word) for word in _own(question, answer))
    answer = _without_other_spans(kind, question, answer)
    if kind == "time" and _BORN.search(question):
        return bool(_DATED.search(answer))
    told = [fact for fact in numbers_and_dates(answer) if kind == "time" or fact.kind != "date"]
    if kind == "figure":
        told = [fact for fact in told if fact.text.casefold() != "half"]
    if kind == "quantity" and _HOW_LONG.search(question):
        counts = {value for value, things in counted(answer) if counts_things(things) and things[1:2] == ["of"]}
        told = [fact for fact in told if fact.value not in counts]
    new = {fact.value for fact in told} - {fact.value for fact in numbers_and_dates(question)}
    known = set(words(question.casefold()))
    found = _TOLD[kind].findall(answer)
    if kind == "quantity" and _LASTS.search(question):
        found += _DURATION.findall(answer)
    return bool(new) or any(word.casefold() not in known for word in found)
