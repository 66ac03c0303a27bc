"""Whether an answer is one to its question: of the kind that is asked for, and no mere repetition.

A draft that answers another question than was asked mostly shows it so: it has no time for a "when", and no office for
"who is the minister".
"""

from __future__ import annotations

import re

from rag.ages import without_other_ages
from rag.clauses import SAYS
from rag.counts import counted, counts_things, without_numbers_of, without_score, without_spans
from rag.deeds import doers
from rag.denial import alike
from rag.english import AUXILIARY, LEAD, MONTH, PREPOSITION, WEEKDAY
from rag.expected import REASON, TIME, Kind, asked, asks_why, offers
from rag.facts import holds, is_part_of, names, numbers_and_dates
from rag.inflection import term
from rag.mentions import mentions
from rag.relations import PAST
from rag.roles import names_office
from rag.text import content_words, stem, terms, words

_LASTS = re.compile(
    r"\bhow (?:long|old|far)\b|\bhow (?:many|much)(?: more)? (?:years?|months?|weeks?|days?|hours?|minutes?|decades?"
    r"|centuries|time)\b|\bage\b", re.IGNORECASE,
)  # fmt: skip
_HOW_LONG = re.compile(r"\bhow (?:long|old)\b", re.IGNORECASE)
# No age: "He stays for twelve months."
_HOW_OLD = re.compile(r"\bhow old\b", re.IGNORECASE)
# How much somebody won is not told by how long it took, nor by how old they are.
_HOW_MUCH = re.compile(
    r"\bhow much (?!(?:\w+ )?(?:time|leave|notice|holiday|training)\b"
    r"|(?:longer|older|younger|later|earlier|sooner|faster)\b)",
    re.IGNORECASE,
)
_HOW_MANY = re.compile(r"\bhow many (?!hours|minutes|seconds|years|months|weeks|days|points)", re.IGNORECASE)
_TERM = re.compile(r"\b(?:for|within|in|after|over|every)\s+(?:\w+\s+){1,3}?(?:months?|weeks?|days?|hours?|minutes?)\b")
_DURATION = re.compile(
    r"\b(?:years?|months?|weeks?|days?|hours?|minutes?|decades?|centur(?:y|ies)|first|last"
    r"|miles?|kilomet(?:re|er)s?|met(?:re|er)s?|yards?|blocks?|feet)\b", re.IGNORECASE,
)
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
# Nor does a place answer "Whom will he meet?": "He will meet at the summit in Kazan, Russia".
_WHO_OR_WHOM = re.compile(rf"{LEAD}who(?:m|se)?\b", re.IGNORECASE)
_PLACES = re.compile(
    r"\b(?i:in|at|near|outside)\s+(?:the\s+)?[A-Z][\w’'-]*(?:\s+[A-Z][\w’'-]*)*(?:,\s+[A-Z][\w’'-]*(?=[,.]|$))?"
)
# "What made the barge break loose?" is not answered by what the barge did.
_CAUSE = re.compile(rf"{LEAD}what (?:made|caused|led|prompted|triggered|drove|forced) (?P<rest>.+)", re.IGNORECASE)
_ABOUT_CAUSE = re.compile(
    r"\b(?:about|knows?|known|says?|said|tells?|found)\b[^?]*\bwhat\s+(?:(?:has|had|(?:may|might|could) have)\s+)?"
    r"(?:made|caused|led|prompted|triggered)\s+(?P<rest>[^?]+)", re.IGNORECASE,
)  # fmt: skip
_GIVES_CAUSE = re.compile(
    r"\b(?:because|since|as|when|after|following|due|owing|thanks|over|by|for|caus\w+|made|led|prompt\w+|trigger\w+|so)\b",
    re.IGNORECASE,
)
_NAMES_CAUSE = re.compile(
    r"\b(?:because|due|owing|caus\w+|made|led|prompt\w+|trigger\w+|fail\w*|fault\w*|errors?|mistakes?|blam\w+|investigat\w+"
    r"|inquiry|unclear|unknown|not (?:yet )?known)\b", re.IGNORECASE,
)  # fmt: skip
# That prices rose "due to a 23% increase," says no more than that they rose.
_RESTATED = re.compile(
    r"\b(?:because of|due to|owing to)\s+(?:an?|the)\s+(?:\S+\s+)?(?P<cause>[a-z]+)(?=[,.;]|$)", re.IGNORECASE
)
# Nor is why a drill was held told by ", as the army held a drill": two words of the question are no coincidence.
_AS = re.compile(r",\s+as\s+(?P<clause>[^,;]+)")
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
    rf"\W*(?:the|an?|its|their|his|her)?\s*(?P<subject>(?:[\w’'-]+\s+){{1,4}}?)(?:{AUXILIARY}|{PAST.pattern}|came|[a-z]+(?:ed|s))\b",
    re.IGNORECASE,
)
# "It is not a matter of clean floors" is no reason for taking one's shoes off.
_NO_REASON = re.compile(r"\s+(?:it|this|that)\s+(?:is|was)\s+not\s+(?:an?|the|about|because|due|for)\b", re.IGNORECASE)
_BECAUSE = re.compile(r"(?P<effect>.+)\bbecause\b(?P<cause>.+)", re.IGNORECASE | re.DOTALL)
# Nobody leaves their sextant to themselves: "Ambrose Till left it to the geographer Ambrose Till."
_TWICE = re.compile(r"\b(?P<name>[A-Z][\w’'-]+(?:\s+[A-Z][\w’'-]+)+)\s(?:[a-z][\w’'-]*\s){1,12}?(?P=name)\b(?!['’]s)")
# Nobody is born "at the age of nine".
_BORN = re.compile(r"\bwhen (?:was|were) [^?]*\bborn\b", re.IGNORECASE)
_DATED = re.compile(
    rf"\b(?:\d+(?:st|nd|rd|th)?|\d+0s|{MONTH}|{WEEKDAY}|(?i:century|today|yesterday|ago|spring|summer|autumn|winter))\b"
)
_WHAT_IS = re.compile(rf"{LEAD}what (?:is|are|was|were) (?P<what>.+)", re.IGNORECASE)
_IS = re.compile(r"(?P<what>.+?)\s(?:is|are|was|were)\s(?P<told>.+)", re.DOTALL)
_WHO_DID = re.compile(rf"{LEAD}who (?:all )?(?!{AUXILIARY}\b)(?P<did>[a-z]+)\b", re.IGNORECASE)
# Who heads something has a name, or an office, or is said to head it.
_WHO_LEADS = re.compile(
    rf"{LEAD}who (?P<leads>leads?|heads?|runs?|chairs?|governs?|commands?|rules?|directs?|manages?|coach(?:es)?)\s",
    re.IGNORECASE,
)
# Nor does its deputy head it.
_DEPUTY = re.compile(r"\b(?:vice|deputy|assistant)[\s-]\w+ (?:of|at|for) (?P<what>[^,;]+)", re.IGNORECASE)
# Who came after somebody is not who went.
_WHO_SUCCEEDED = re.compile(
    rf"{LEAD}who (?:(?:has|have|will|is|was)\s+)?(?:t(?:ook|akes?|aken|aking) over|succeed\w*|replac\w+)\b",
    re.IGNORECASE,
)
_WENT = re.compile(
    r"\b(?:resign\w*|step(?:s|ped)? down|quit|left|leav(?:e|es|ing)|retir\w+|dismissed|sacked|fired|ousted)\b",
    re.IGNORECASE,
)
_CAME = re.compile(
    r"\b(?:succe\w+|replac\w+|t(?:ook|akes?|aken|aking) over|bec(?:o|a)mes?|appoint\w+|named|elected|as)\b",
    re.IGNORECASE,
)
# Who did it is not told by whom it was done to: "An officer was shot".
_BY = re.compile(r"\b(?:by|blam\w+|suspect\w*|accus\w+)\b", re.IGNORECASE)
_BY_SOMEBODY = re.compile(r"\bby\b(?!\s+(?:accident|chance|mistake|hand|itself|then|now|\d))", re.IGNORECASE)
_PASSIVE = r"\b(?:is|are|was|were|been|being|be)\s+(?:\w+ly\s+)?"
# What is paid is money, and neither power nor time.
_PAID = re.compile(
    rf"\bhow much\b[^?]*\b(?:pay|paid|cost|earn|charge|spend|spent|worth|owe)\b"
    rf"|\bhow much {AUXILIARY}\b[^?]*\b(?:get|make|receive)\b(?!.*\b(?:of|from)\W*$)",
    re.IGNORECASE,
)
_NO_MONEY = re.compile(
    r"\d[\d.,]*[\s-](?:(?:kilo|mega|giga)?watts?|(?:kilo|mega)watt[\s-]hours?|barrels?|lit(?:re|er)s?|acres?|hectares?|tonn?e?s?|kilos?"
    r"|kilograms?|miles?|(?:kilo|centi)?met(?:re|er)s?|people|workers|employees|patients|passengers|children)\b",
    re.IGNORECASE,
)
# What the question asks of things is told of them, and no more: "Silent films will be shown …".
_DO = rf"\s+{AUXILIARY}(?:\s+(?:be|been|being|going|to))*\s+(?P<done>[a-z]+)\b(?!\s+(?:if|who|that|such|on|of|as)\b)"
_NOT = re.compile(r"\b(?:not|never|nobody|nothing)\b|n['’]t\b", re.IGNORECASE)
_QUOTED = re.compile(r"[“\"‘]\w")
# Names to look at, where a sentence begins with them: "Police said the captain had been suspended".
_NO_NAME = re.compile(
    r"Police|Officials|Officers|Experts|Scientists|Researchers|Investigators|Prosecutors|Doctors|Critics|Authorities|Residents"
    r"|Workers|Witnesses|Lawyers|Analysts|Organi[sz]ers|Rescuers|Firefighters|Students|Parents|Children|People|Men|Women"
)
_POSSESSIVE = re.compile(r"['’]s?$")
_NAME = 4  # words of an answer that may be no more than a name
_SENTENCE = re.compile(rf"^\W*(?:the|an?|it|they|he|she)\b|\b{AUXILIARY}\b", re.IGNORECASE)
_QUANTITY = re.compile(
    r"\b(?:half|halves|thirds?|quarters?|fifths?|tenths?|dozens?|hundreds?|thousands?|millions?|billions?|trillions?"
    r"|twice|thrice|double|triple|none|no|nobody|never|zero|nothing|one|once|single|both|all|every|each|most|majority"
    r"|minority|(?:for|is|are|was|were|be) free|free of charge)\b", re.IGNORECASE,
)  # fmt: skip
# "Free", but not "half the shells", tells a cost.
_NO_FIGURE = re.compile(r"\b(?:none|no|never|zero|nothing|free|unknown|nil|doubled?|halved|tripled?)\b", re.IGNORECASE)
_TOLD: dict[Kind, re.Pattern[str]] = {"quantity": _QUANTITY, "figure": _NO_FIGURE, "time": TIME}


def fits(question: str, answer: str) -> bool:
    """Tell whether an answer holds something that the question does not, and some for each kind that is asked for.

    A yes or no, or a choice of what is offered, need not. Who it is, no pronoun tells ("They lost money"), nor whom the
    question names, nor which it is its kind ("The owners chose a foreign bidder").
    """
    return (
        (_adds(question, answer) or offers(question))
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
        and not _only_went(question, answer)
        and not _names_no_agent(question, answer)
        and not _TWICE.search(answer)
    )


def _is_of_the_asked(question: str, answer: str) -> bool:
    """Tell whether an answer to "Who scored for Vale?" has only Vale score."""
    match, known = _WHO_DID.search(question), frozenset(map(term, words(question)))
    did = doers(answer, term(match["did"])) if match and not offers(question) else []
    return bool(did) and all(subject <= known for subject in did)


def _only_tells_effect(question: str, answer: str) -> bool:
    """Tell whether an answer to "What made the barge break loose?" only has the barge do something."""
    about = _ABOUT_CAUSE.search(question)
    match, gives = (about, _NAMES_CAUSE) if about else (_CAUSE.search(question), _GIVES_CAUSE)
    if not match or gives.search(answer):
        return False
    effect, told = ([*map(term, content_words(text))] for text in (match["rest"], answer))
    if about:
        return len({*effect} & {*told}) > 1
    return effect[:1] == told[:1] and not set(effect[1:]).isdisjoint(told)


def _restates(question: str, answer: str) -> bool:
    """Tell whether an answer gives as the reason why something rose that it increased, or what it says before."""
    if not asks_why(question):
        return False
    match, clause, because = _RESTATED.search(answer), _AS.search(answer), _BECAUSE.search(answer)
    if because and _NO_REASON.match(because["cause"]):
        return True
    if because and {*map(term, content_words(because["cause"]))} <= {*map(term, content_words(because["effect"]))}:
        return True
    if clause and not REASON.search(answer):
        return len({term(w) for w in content_words(question) if w.islower()} & {*terms(clause["clause"])}) > 1
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
    new = (name for name in names(answer) if not holds(name, known) and not TIME.fullmatch(name.text))
    return all(any(is_part_of(other.value, name.full) for other in asked) for name in new)


def _is_only_country(question: str, answer: str) -> bool:
    """Tell whether an answer to "In which city was it?" names a country only."""
    asked = question.casefold()
    new = [name for name in mentions(answer) if name.text.casefold() not in asked] if _TOWN.search(question) else []
    return bool(new) and all(name.is_country for name in new)


def _names_none(question: str, answer: str) -> bool:
    """Tell whether an answer to "Which companies …?" names none, and says of none or all that they are meant."""
    named = _has_new_name(question, answer) or _QUOTED.search(answer) or _may_be_name(answer)
    return bool(_NAMEABLE.search(question)) and not (named or _NONE_OR_ALL.search(answer) or offers(question))


def _tells_of_the_asked(question: str, answer: str) -> bool:
    """Tell whether an answer to "Who speaks for the union?" only has the union do something else."""
    match, told = _WHO_DID.search(question), _SUBJECT.match(answer)
    if not match or not told or offers(question) or term(match["did"]) in map(term, words(answer)):
        return False
    subject = set(terms(told["subject"]))
    known = bool(subject) and subject <= set(terms(question))
    return known and not _BY_SOMEBODY.search(answer) and not _has_new_name(question, answer)


def _gives_no_leader(question: str, answer: str) -> bool:
    """Tell whether an answer to "Who leads Taiwan?" only tells what Taiwan's government does, or names a deputy."""
    match = _WHO_LEADS.search(question)
    if not match or offers(question):
        return False
    deputy, headed = _DEPUTY.search(answer), set(terms(question[match.end() :]))
    if deputy and headed and headed <= set(terms(deputy["what"])):
        return True
    leads = term(match["leads"]) in map(term, words(answer))
    return not (leads or _has_new_name(question, answer) or names_office(answer) or _may_be_name(answer))


def _only_went(question: str, answer: str) -> bool:
    """Tell whether an answer to "Who took over at Lund Foods?" only has somebody leave."""
    return bool(_WHO_SUCCEEDED.search(question) and _WENT.search(answer)) and not _CAME.search(answer)


def _names_no_agent(question: str, answer: str) -> bool:
    """Tell whether an answer to "Who shot the officer?" only has the officer shot, by nobody."""
    match = _WHO_DID.search(question)
    if not match or offers(question):
        return False
    did = [word for word in words(answer) if term(word) == term(match["did"])]
    behind = [re.split(rf"{_PASSIVE}{re.escape(word)}\b", answer, maxsplit=1) for word in did]
    return bool(behind) and all(
        len(parts) == 2 and not (_BY.search(parts[1]) or _has_new_name(question, parts[1])) for parts in behind
    )


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
    bare = (_POSSESSIVE.sub("", name.text) for name in new)
    return not all(TIME.fullmatch(name) or _NO_NAME.fullmatch(name) for name in bare)


def _may_be_name(answer: str) -> bool:
    """Tell whether an answer is no more than a name, be it written small: "Turbo-electric transmission"."""
    return len(answer.split()) <= _NAME and not _SENTENCE.search(answer)


def _adds(question: str, answer: str) -> bool:
    """Tell whether an answer has a word of its own, "all" and "not" among them."""
    known = set(terms(question))
    return any(term not in known for term in terms(answer)) or bool(_QUANTITY.search(answer) or _NOT.search(answer))


def _tells_only_when(question: str, answer: str) -> bool:
    """Tell whether an answer adds times to its question and nothing else; where it asks for whom, or places."""
    places = _PLACES.findall(answer) if _WHO_OR_WHOM.search(question) else []
    own = _own(question, _PLACES.sub(" ", answer) if places else answer)
    if places and not own:
        return True
    figures = any(fact.kind != "date" and not fact.is_year for fact in numbers_and_dates(answer))
    return bool(own) and all(map(_may_be_time, own)) and not figures and not _NOT.search(answer)


def _own(question: str, answer: str) -> list[str]:
    """Return the content words of an answer that its question does not have."""
    known = frozenset(map(term, words(question)))
    return [word for word in content_words(answer) if term(word) not in known]


def _may_be_time(word: str) -> bool:
    return word[0].isdigit() or bool(TIME.fullmatch(word))


def _without_other_spans(kind: Kind, question: str, answer: str) -> str:
    """Return an answer without the spans of time that are no quantity of what is asked for."""
    if kind == "quantity" and _HOW_OLD.search(question):
        return _TERM.sub(" ", without_other_ages(question, answer))
    if kind == "quantity" and _HOW_MANY.search(question):
        return without_score(answer)
    if kind == "quantity" and _PAID.search(question):
        answer = without_numbers_of(frozenset(map(term, words(question))), _NO_MONEY.sub(" ", answer))
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
