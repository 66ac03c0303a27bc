"""Where sentences with the words of a claim have it otherwise: whose deed, whether done, which of two, how much."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.ages import is_no_age
from rag.apart import put_together
from rag.causes import caused_otherwise, not_caused
from rag.converse import told_of_converse
from rag.counts import MEASURES, SCALES, counted, counts_money, counts_others, things_in
from rag.deeds import is_gapped, told_of_others
from rag.denial import polarity, replaced
from rag.english import PREPOSITION, YEAR
from rag.expected import asks_yes_or_no
from rag.facts import Fact, has_word, holds, is_part_of, names, numbers_and_dates, prefixed
from rag.features import AGED, Reading
from rag.figures import (
    crossed,
    lent,
    of_another_clause,
    of_another_column,
    of_another_day,
    of_another_part,
    of_another_payee,
    of_another_verb,
    of_other_cell,
    of_others_share,
)
from rag.guards import turned
from rag.inflection import term
from rag.occurrences import untold
from rag.reality import unreal
from rag.relations import PAST, Relation, contradicts, is_done
from rag.roles import is_only_speaker
from rag.standings import fared_otherwise
from rag.text import terms
from rag.wording import term_set, worded

_IS_A = re.compile(
    rf"(?P<subject>[^,;]+?)\s(?:is|are|was|were)\s(?:an?|the)\s(?P<what>(?:[\w-]+\s)?[\w-]+)"
    rf"(?=[,.]|\s(?:{PREPOSITION}|who|which|that|founded|[a-z]+ed)\b)"
)
_NAMED = re.compile(r"[A-Z][\w’'-]+(?:\s+[A-Z][\w’'-]+)*")
_THEY = re.compile(r"\W*(he|she)\b", re.IGNORECASE)
_SINCE = re.compile(r"\W*(?:when|while|after|before|since|as|although|though)\b", re.IGNORECASE)
_AGE = re.compile(r"\b(?P<age>\d{1,3})[\s-]years?[\s-]old\b")
_AT_MOST = re.compile(
    r"\b(?:up to|as (?:many|much) as|at (?:the )?most|no more than|less than|fewer than)\s+(?:about\s+)?"
    r"(?P<limit>[$€£¥]?\w[\w,.]*(?:[\s-]\w+)?)", re.IGNORECASE,
)  # fmt: skip
_MAY = re.compile(r"\b(?:can|may|could|allow(?:s|ed)?|permit(?:s|ted)?)\b", re.IGNORECASE)
_FORBIDS = re.compile(r"\b(?:forbid\w*|bann?ed|bans?|prohibit\w*|outlaw\w*|must not|not allowed)\b", re.IGNORECASE)
_LIMITED = re.compile(
    r"\b(?:can|could|may|might|would|maximum|most|limit\w*|capped|longest|highest|largest)\b", re.IGNORECASE
)

_MEASURED = re.compile(
    r"(?:\b(?P<noun>width|breadth|length|span|height|altitude|depth|thickness)\s+(?:of|is|was)\s+(?:\w+\s+)?)?"
    r"(?P<number>\d[\d.,]*)[\s-](?:feet|foot|ft|(?:kilo|centi|milli)?met(?:re|er)s?|k?m|miles?|inch(?:es)?|[cm]m|yards?)\b"
    r"(?:[\s-](?P<adjective>wide|broad|long|high|tall|deep|thick)\b)?"
)
_DIMENSION = {
    word: words[0]
    for words in (("wide", "width", "broad", "breadth"), ("long", "length", "span"),
                  ("high", "height", "tall", "altitude"), ("deep", "depth"), ("thick", "thickness"))
    for word in words
}  # fmt: skip

_SAID_TO_DENY = re.compile(r",?\s+(?:stating|saying|insisting|claiming|adding)\s+(?:that\s+)?", re.IGNORECASE)
# "Saved three by steering a boat" is not told by "who was steering a boat".
_BY_DOING = re.compile(r"\bby (?P<doing>[a-z]{2,}ing)\b")
_WAS_DOING = r"\b(?:is|are|was|were|been)\s+(?:\w+ly\s+)?"
# What is the highest, the oldest or the best of all has to be said to be so, in these words or others.
_SUPERLATIVE = re.compile(
    r"\b[Tt]he\s+(?!(?:west|east|rest|latest|northwest|southwest|northeast|southeast|test|guest|forest|interest|request|protest"
    r"|arrest|harvest|contest|nest|chest|quest|crest|priest|conquest)\b)(?:[a-z]{3,}est|best|worst|most\s+[a-z]+)\b"
)
_OF_ALL = re.compile(
    r"\w{2,}est\b|\b(?:best|worst|most|top|record\w*|never|ever|peak|max\w*|min\w*|no other|leading|chief\w*|main\w*"
    r"|foremost|as \w+ as|up to|only|first|last|all|every|any|more|less|\w+er than)\b",
    re.IGNORECASE,
)
# "After the meeting in Visby" tells of nobody who was met, but "the meeting with A" does.
_MEETING = re.compile(
    r"\b(?:the|an?|their|his|her|its|that|this|another)\s+(?:[a-z]+\s+)?meetings?\b"
    r"(?:\s+(?:with|between|of)\b(?P<whom>[^,.;]+))?"
)
_MEETS = re.compile(r"\b(?:met|meets?)\b|(?<!the )(?<!a )\bmeeting\b", re.IGNORECASE)
# Who is sentenced to four years by a judge has not been a judge for four years.
_TERM = re.compile(
    r"\b(?:sentenced|condemned|jailed|imprisoned)\b[^.;]*?\b(?P<term>\w+\s+(?:years?|months?|weeks?|days?))\b"
)
_OF_PRISON = re.compile(
    r"\b(?:sentenc\w+|condemn\w+|jail\w*|prison\w*|imprison\w*|terms?|serv\w+|behind bars|custody|got|years in)\b"
)
# "Was built by the firm of A", "It was carried out by a contractor, A".
_DONE_BY = re.compile(
    rf"\b(?P<done>{PAST.pattern}|(?!been)[a-z]+en|[a-z]+wn|set|put|cut|run|begun)\s+(?:[a-z]+\s+){{0,3}}?by\s+(?:[a-z’'-]+,?\s+){{0,5}}?"
    r"(?P<who>[A-Z][\w’'-]*(?:\s+(?:&\s+)?[A-Z][\w’'-]*)*)"
)

# How the words of sentences may stand otherwise than those of a claim.
_WAYS = (
    told_of_others,
    told_of_converse,
    turned,
    unreal,
    of_another_part,
    of_another_clause,
    of_another_column,
    of_other_cell,
    crossed,
    of_others_share,
    of_another_payee,
    lent,
    fared_otherwise,
)


def told_otherwise(claim: Reading, sentences: Sequence[Reading]) -> int:
    """Return how much of a claim the sentences, taken together, have otherwise."""
    return (
        _of_others(claim, sentences)
        + _only_possible(claim, sentences)
        + _without_prefix(claim, sentences)
        + _opposite(claim, sentences)
        + _forbidden(claim, sentences)
        + _of_speaker(claim, sentences)
        + _is_another(claim, sentences)
        + _of_anothers_age(claim, sentences)
        + is_no_age(claim.text, (sentence.text for sentence in sentences))
        + _is_not_they(claim, sentences)
        + untold(claim, sentences)
        + _at_most(claim, sentences)
        + _of_other_measure(claim, sentences)
        + _of_other_dimension(claim, sentences)
        + _of_other_number(claim, sentences)
        + counts_money(claim.text, (sentence.text for sentence in sentences))
    )


def meant_otherwise(claim: Reading, sentences: Sequence[Reading], asked: Reading) -> int:
    """Return how much of a claim the sentences, taken together, have otherwise by how their words stand.

    It takes longer than `told_otherwise`, and is asked where nothing else speaks against a claim. `asked` is the
    question, which may itself deny what its answer repeats.
    """
    return (
        sum(way(claim, sentences) for way in _WAYS)
        + crosses_clauses(claim, sentences)
        + _unfounded(claim, sentences, asked)
        + _by_other_means(claim, sentences)
        + _done_by_another(claim, sentences)
        + not_caused(claim, sentences)
        + _of_prison_term(claim, sentences)
        + _exaggerates(claim, sentences, asked)
        + _only_after_meeting(claim, sentences)
    )


def crosses_clauses(claim: Reading, sentences: Sequence[Reading]) -> int:
    """Return how much of a claim the sentences have in another clause of it (figures, causes), or it denies itself."""
    return (
        of_another_verb(claim, sentences)
        + put_together(claim, sentences)
        + of_another_day(claim, sentences)
        + caused_otherwise(claim, sentences)
        + _denies_itself(claim)
    )


def _of_others(claim: Reading, sentences: Sequence[Reading]) -> int:
    """Return how many of the deeds in a claim one of the sentences tells of others."""
    told = [(deed, sentence.text) for deed in claim.relations for sentence in sentences]
    others = (deed for deed, text in told if contradicts(deed, text) and not _is_left_out(deed, text))
    return len(set(others))


def _is_left_out(deed: Relation, text: str) -> bool:
    return is_gapped(worded(text), term_set(worded(deed.subject)))


def _only_possible(claim: Reading, sentences: Sequence[Reading]) -> int:
    """Return how many of the deeds in a claim the sentences have only as what may come."""
    told = ({is_done(deed, sentence.text) for sentence in sentences} for deed in claim.relations if deed.agent)
    return sum(False in done and True not in done for done in told)


def _without_prefix(claim: Reading, sentences: Sequence[Reading]) -> int:
    """Return how many words the sentences have, if at all, without the prefix that makes them another thing."""
    return sum(not any(has_word(word, sentence.text) for sentence in sentences) for word in prefixed(claim.text))


def _opposite(claim: Reading, sentences: Sequence[Reading]) -> bool:
    """Tell whether the sentences have the opposite of a word instead of it."""
    told = frozenset().union(*(sentence.polarity.affirmed for sentence in sentences))
    return replaced(claim.polarity.affirmed, told)


def _forbidden(claim: Reading, sentences: Sequence[Reading]) -> bool:
    """Tell whether a claim says that something may be done where the sentences only forbid."""
    told = " ".join(sentence.text for sentence in sentences)
    return bool(_MAY.search(claim.text) and _FORBIDS.search(told)) and not (
        _FORBIDS.search(claim.text) or _MAY.search(told) or claim.polarity.denied
    )


def _of_speaker(claim: Reading, sentences: Sequence[Reading]) -> bool:
    """Tell whether a claim identifies somebody by what they, wherever they are named, only say of others."""
    return {is_only_speaker(claim.text, sentence.text) for sentence in sentences} - {None} == {True}


def _is_another(claim: Reading, sentences: Sequence[Reading]) -> bool:
    """Tell whether a claim says that something is what a sentence, that has it as well, says of another.

    "The target is a campaign" does not stand on "Lund works for Herring, a campaign to reach the target".
    """
    match = _IS_A.match(claim.text)
    subject = frozenset(terms(match["subject"])) if match else frozenset()
    if not match or not subject:
        return False
    what = re.escape(match["what"])
    apposed = re.compile(rf"(?P<before>[^,;.]+),\s+(?:an?|the)\s+{what}\b(?P<behind>(?:\s+\w+)?)", re.IGNORECASE)
    matches = [(s.terms, found) for s in sentences for found in apposed.finditer(s.text)]
    told = [(having, frozenset(terms(" ".join(found.groups())))) for having, found in matches]
    return bool(told) and all(subject <= having and not subject & beside for having, beside in told)


def _of_anothers_age(claim: Reading, sentences: Sequence[Reading]) -> int:
    """Return how many ages of a claim the sentences have only behind another's name: "Lund, 49," is not Holm's."""
    ages = frozenset(match["age"] for match in _AGE.finditer(claim.text))
    told = [match for sentence in sentences for match in AGED.finditer(sentence.text) if match["age"] in ages]
    theirs = {match["age"] for match in told if claim.terms.intersection(terms(match["name"]))}
    return len({match["age"] for match in told} - theirs)


def _is_not_they(claim: Reading, sentences: Sequence[Reading]) -> bool:
    """Tell whether a claim has somebody do what "she" does who in another sentence does something to them.

    "She died at 67" is not of Pryce where "she married a teacher, Pryce".
    """
    named = _NAMED.match(claim.text)
    name = frozenset(terms(named[0])) if named else frozenset()
    pronouns = {match[1].lower() for s in sentences if not name & s.terms if (match := _THEY.match(s.text))}
    if not named or not name or len(pronouns) != 1:
        return False
    who, surname = pronouns.pop(), re.escape(named[0].split()[-1])
    met = re.compile(rf"\b{who}\s+(?:\w+ed|met|saw|told|left)\b[^.;]*?\b{surname}\b", re.IGNORECASE)
    return any(met.search(sentence.text) and not _SINCE.match(sentence.text) for sentence in sentences)


def _at_most(claim: Reading, sentences: Sequence[Reading]) -> int:
    """Return how many numbers of a claim the sentences have only as a limit: "up to seven years" are not seven."""
    if _LIMITED.search(claim.text):
        return 0
    limits = [fact for sentence in sentences for fact in _limits(sentence.text)]
    if not limits:
        return 0
    exact = [fact for sentence in sentences for fact in numbers_and_dates(_AT_MOST.sub(" ", sentence.text))]
    told = numbers_and_dates(_AT_MOST.sub(" ", claim.text))
    return sum(holds(fact, limits) and not holds(fact, exact) for fact in told)


def _limits(text: str) -> list[Fact]:
    return [fact for match in _AT_MOST.finditer(text) for fact in numbers_and_dates(match["limit"])]


def _of_other_measure(claim: Reading, sentences: Sequence[Reading]) -> int:
    """Return how many measures of a claim the sentences have only as a count of something: 29 days, 29 people."""
    measured = {value: term(things[0]) for value, things in counted(claim.text) if term(things[0]) in MEASURES}
    if not measured:
        return 0
    told = [count for sentence in sentences for count in counted(sentence.text)]
    found = ((unit, [things for number, things in told if number == value]) for value, unit in measured.items())
    return sum(bool(counts) and all(counts_others(unit, things) for things in counts) for unit, counts in found)


def _of_other_dimension(claim: Reading, sentences: Sequence[Reading]) -> int:
    """Return how many lengths of a claim the sentences have only in another direction: no width for a span."""
    told = [each for sentence in sentences for each in _dimensions(sentence.text)]
    mine = ((number, way, {other for n, other in told if n == number}) for number, way in _dimensions(claim.text))
    return sum(bool(ways) and way not in ways for _, way, ways in mine)


def _unfounded(claim: Reading, sentences: Sequence[Reading], asked: Reading) -> int:
    """Return how many words of a claim are denied that neither the sentences have at all nor the question denies.

    Where they deny another word that the claim denies, too, it is one denial.
    """
    if any(claim.polarity.denies_alike(sentence.polarity) for sentence in sentences):
        return 0
    return len(claim.polarity.unfounded(asked.polarity.denied.union(*(sentence.terms for sentence in sentences))))


def _by_other_means(claim: Reading, sentences: Sequence[Reading]) -> int:
    """Return how many means of a claim the sentences have only as what somebody was doing at the time."""
    doings = {match["doing"] for match in _BY_DOING.finditer(claim.text)}
    text = " ".join(sentence.text for sentence in sentences)
    told = ((len(re.findall(rf"{before}{doing}\b", text)) for before in ("\\b", _WAS_DOING)) for doing in doings)
    return sum(0 < times == as_going_on for times, as_going_on in told)


def _done_by_another(claim: Reading, sentences: Sequence[Reading]) -> int:
    """Return how many passives of a claim the sentences have, by the same agent, only of another verb.

    Or in no way of somebody of whom they only tell that they say something.
    """
    said = [(term(match["done"]), match["who"]) for match in _DONE_BY.finditer(claim.text)]
    mine = [who for done, who in said if not any(done in sentence.terms for sentence in sentences)]
    theirs = {who for s in sentences for match in _DONE_BY.finditer(s.text) for who in match["who"].split()}
    return sum(not theirs.isdisjoint(who.split()) or _only_say(names(who), sentences) for who in mine)


def _only_say(agents: Sequence[Fact], sentences: Sequence[Reading]) -> bool:
    """Tell whether the sentences that name somebody all have them say something."""
    having = [s for s in sentences if any(holds(agent, s.names) for agent in agents)]
    return bool(having) and all(any(is_part_of(a.value, s.speakers) for a in agents) for s in having)


def _of_prison_term(claim: Reading, sentences: Sequence[Reading]) -> int:
    """Return how many spans of a claim about no prison the sentences have as somebody's sentence."""
    if _OF_PRISON.search(claim.text):
        return 0
    told = {match["term"] for sentence in sentences for match in _TERM.finditer(sentence.text)}
    return sum(re.search(rf"\b{re.escape(span)}\b", claim.text) is not None for span in told)


def _only_after_meeting(claim: Reading, sentences: Sequence[Reading]) -> bool:
    """Tell whether a claim has somebody meet somebody where the sentences only have a meeting, and not with whom."""
    met = {who for r in claim.relations if r.verb == term("met") and r.object for who in (r.object, r.subject)}
    told = [sentence.text for sentence in sentences if met and term("met") in sentence.terms]
    whom = {name.value for text in told for found in _MEETING.finditer(text) for name in names(found["whom"] or "")}
    return bool(told) and not whom & met and not any(_MEETS.search(_MEETING.sub("", text)) for text in told)


def _exaggerates(claim: Reading, sentences: Sequence[Reading], asked: Reading) -> bool:
    """Tell whether a claim calls something the highest of its kind where the sentences compare nothing.

    It may repeat that of a question, other than whether something is so.
    """
    told = {match[0].lower() for match in _SUPERLATIVE.finditer(claim.text)}
    if not asks_yes_or_no(asked.text):
        told -= {match[0].lower() for match in _SUPERLATIVE.finditer(asked.text)}
    return bool(told) and not any(_OF_ALL.search(sentence.text) for sentence in sentences)


def _denies_itself(claim: Reading) -> bool:
    """Tell whether a claim has somebody deny what it has them say: "denied that they were secured, stating that …"."""
    denied, _, said = _SAID_TO_DENY.sub("\n", claim.text, count=1).partition("\n")
    told = polarity(said)
    return not told.denied and len(polarity(denied).denied & told.affirmed) > 1


def _dimensions(text: str) -> list[tuple[str, str]]:
    """Return each length with its direction, where it has one: ("118", "long") of "a span of 118 feet"."""
    found = ((match["number"], match["adjective"] or match["noun"]) for match in _MEASURED.finditer(text))
    return [(number, _DIMENSION[word.lower()]) for number, word in found if word]


def _of_other_number(claim: Reading, sentences: Sequence[Reading]) -> int:
    """Return how many counts of a claim the sentences have only with another number: two guards, three guards."""
    counts = ((number, behind) for number, behind in counted(claim.text) if not re.fullmatch(YEAR, number))
    mine = [(number, things_in(behind)) for number, behind in counts if behind[0] not in SCALES]
    theirs = [count for sentence in sentences for count in counted(sentence.text)] if mine else []
    told = {number for number, _ in theirs}.union(fact.value for s in sentences for fact in s.numbers)
    alike = set[str]().union(*(things_in(behind) for _, behind in theirs))
    return sum(number not in told and bool(things & alike) for number, things in mine)
