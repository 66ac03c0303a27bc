"""Who did it to whom: "A met B" does not stand where what is cited says that A met C, or that B met A.

Nor does "A filed for it" where that is told of C ("C, which filed for it") and A is not named, nor "A won" where A only
may ("A can win", "A hopes to win").
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import dropwhile, islice, takewhile

from rag.english import AUXILIARY, BE, MAY, MONTH, WEEKDAY
from rag.facts import canonical, is_part_of, plain, same_state
from rag.inflection import term
from rag.roles import OFFICES
from rag.text import fold, is_content, words

_TOKEN = re.compile(r"(?:[A-Z]\.){2,}|[^\W_][\w’'-]*|[,;:()“”\"—–]")
# Verbs in the past, by their ending or because they are frequent.
PAST = re.compile(
    r"[a-z]{3,}ed|met|told|said|made|took|gave|saw|held|led|won|lost|sent|built|sold|bought|wrote|beat|drew|brought"
    r"|taught|fought|caught|found|chose|spoke|paid"
)
PRESENT = re.compile(r"[a-z]{2,}[b-rt-z]s")  # of a verb right behind its subject: "A teaches", "C, who teaches"
_VERB = re.compile(rf"{PAST.pattern}|meets|tells|says|makes|takes|gives|sees|holds|leads|wins|loses|sends")
# What is said of the name before it rather than of the verb: "C, who …", "C, chaired by B".
_OF_A_NAME = re.compile(r"who|whom|whose|which|that|where|when|[a-z]{3,}(?:ed|ing)")
_FINITE = re.compile(rf"\s+(?:{AUXILIARY}|{PAST.pattern}|went|came|began|became|ran|fell|rose|stood|sat|knew|struck)\b")
_SUBJECTS = frozenset("he she it they we i who".split())
_SPEAKERS = frozenset("i we".split())  # who says it, and may be named behind: "I told them", said A
# What stands between a name and the verb that is told of it.
_WHO = frozenset("who which that".split())
_BETWEEN = _WHO | frozenset("has had have also then later first since still now again already".split())
_MODALS = MAY | {"must", "should"}
HOPES = re.compile(
    r"plan(?:s|ned|ning)?|(?:hop|want|aim|intend|seek|try|tri|expect|wish|prepar|threaten|vow|promis)\w*|st(?:and|ood)s?"
    r"|set|due|likely|about"
)
_DID = frozenset("do does did has have had will would can could".split())
_THIRD = frozenset("he him his she her they them their".split())
_MUTUAL = frozenset(map(term, "meet marry divorce border resemble".split()))  # what A does with B, B does with A
_WHEN = re.compile(f"{MONTH}|{WEEKDAY}")
# "The Rwanda-backed M23": whom the deed in the compound is done to stands right behind it.
_COMPOUND = re.compile(
    r"\b(?P<agent>[A-Z][\w’']*)-(?P<verb>[a-z]{3,}ed|run|led|built|made)\s+(?:[a-z]+\s+)?(?P<object>[A-Z][\w’'-]*)"
)
_NEAR = 6  # words between a verb and its subject or object in a claim


@dataclass(frozen=True, slots=True)
class Relation:
    """A verb of a claim, the last names next to it on both sides, if there are any, and all names of the claim.

    `agent` is the name right before the verb, if one stands there, `objects` are all names on the side of the object.
    """

    verb: str
    subject: str
    object: str
    known: frozenset[str]
    objects: frozenset[str]
    agent: str = ""


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    name: str = ""
    is_verb: bool = False
    is_mark: bool = False


def relations(claim: str) -> list[Relation]:
    """Return what a claim says that somebody named did, or was done to them."""
    found = _words(claim)
    known = _names(found)
    told = (_relation(found, place, known) for place, word in enumerate(found) if word.is_verb)
    return [relation for relation in told if relation.subject or relation.object]


def _relation(found: Sequence[_Word], place: int, known: frozenset[str]) -> Relation:
    """Return what is said with the verb at a place; of "A was met by B" the subject is B."""
    before, after = found[max(0, place - _NEAR) : place], found[place + 1 : place + 1 + _NEAR]
    left = _nearest(before[::-1], first=True)
    if _is_passive(before):
        agents = dropwhile(lambda word: word.text != "by", after)
        agent = _nearest(islice(agents, 1, None), first=False)
        return Relation(term(found[place].text), agent, left, known, _names(before))
    right = _nearest(after, first=False)
    return Relation(term(found[place].text), left, right, known, _names(after), _agent(found[:place]))


def _names(found: Iterable[_Word]) -> frozenset[str]:
    return frozenset(word.name for word in found if word.name)


def contradicts(relation: Relation, sentence: str) -> bool:
    """Tell whether a sentence has the verb, and each time of others or the other way round."""
    found = _words(sentence)
    places = [place for place, word in enumerate(found) if word.is_verb and term(word.text) == relation.verb]
    if not places and _is_compounded_with_another(relation, sentence):
        return True
    return bool(places) and all(_is_anothers(relation, found[:place], found[place + 1 :]) for place in places)


def _is_compounded_with_another(relation: Relation, sentence: str) -> bool:
    """Tell whether what a claim says was done by somebody is another's in a compound: "the A-backed B"."""
    if relation.agent or not (relation.subject and relation.object):
        return False
    done = [match for match in _COMPOUND.finditer(sentence) if term(match["verb"]) == relation.verb]
    agents = [canonical(match["agent"]) for match in done if is_part_of(canonical(match["object"]), (relation.object,))]
    return bool(agents) and not any(same_state(relation.subject, agent) for agent in agents)


def is_done(relation: Relation, sentence: str) -> bool | None:
    """Tell whether a sentence has the verb as done, or else as what somebody can or hopes to do; None if neither."""
    found = _words(sentence)
    places = [place for place, word in enumerate(found) if not word.name and term(word.text) == relation.verb]
    if any(PAST.fullmatch(found[place].text) for place in places):
        return True
    return False if any(_is_unreal(found[:place]) for place in places) else None


def is_done_by_another(question: str, answer: str) -> bool:
    """Tell whether an answer has somebody else do what its question asks of somebody.

    That is "Prime Minister B ordered a report" to "What did Ambassador A order?": both have an office. What has none
    may stand for whoever has one, as a state or a firm does.
    """
    asked, found = _asked_deed(_words(question)), _words(answer)
    if asked is None or any(word.text in _THIRD for word in found):
        return False
    verb, name = asked
    told = [relation for relation in relations(answer) if relation.agent and relation.verb == verb]
    return bool(told) and all(
        not is_part_of(name, relation.known) and _has_office(relation.agent, found) for relation in told
    )


def _has_office(name: str, found: Sequence[_Word]) -> bool:
    """Tell whether an office stands right before a name, be it before others that belong to it: "Minister Ada B"."""
    before = (list(dropwhile(lambda word: word.name, found[place::-1])) for place in _places(name, found))
    return any(words[:1] and words[0].text in OFFICES for words in before)


def _places(name: str, found: Sequence[_Word]) -> Iterator[int]:
    return (place for place, word in enumerate(found) if word.name == name)


def _asked_deed(found: Sequence[_Word]) -> tuple[str, str] | None:
    """Return the verb behind "did", and the name of somebody with an office between the two, if nothing else is."""
    place = next((n for n, word in enumerate(found) if word.text in _DID), len(found))
    subject = list(takewhile(lambda word: word.name or word.text in OFFICES, found[place + 1 :]))
    verb = found[place + 1 + len(subject) : place + 2 + len(subject)]
    if not verb or verb[0].is_mark or all(word.name for word in subject) or not subject[-1].name:
        return None
    return term(verb[0].text), subject[-1].name


def _is_unreal(before: Sequence[_Word]) -> bool:
    *_, governor, particle = ("", "", *(word.text for word in before))
    return particle in _MODALS or (particle == "to" and HOPES.fullmatch(governor) is not None)


def _agent(before: Sequence[_Word]) -> str:
    """Return the name that the next verb is told of: "A", "A has", "A, who later"."""
    left = _without_between(before)
    return left[-1].name if left else ""


def _without_between(before: Sequence[_Word]) -> list[_Word]:
    left, last = list(before), ""
    while left and (left[-1].text in _BETWEEN or left[-1].text.endswith("ly") or (left[-1].is_mark and last in _WHO)):
        last = left.pop().text
    return left


def _is_anothers(relation: Relation, before: Sequence[_Word], after: Sequence[_Word]) -> bool:
    if relation.agent and not _has([*before, *after], relation.agent) and _is_told_of_another(relation, before):
        return True
    if relation.subject and (_has_other_subject(relation, before) or _is_object(relation, before, after)):
        return True
    if relation.object and not _has([*before, *after], relation.object) and _is_done_to_another(relation, before):
        return True
    return bool(relation.object) and _has_other_object(relation, before, after)


def _has_other_subject(relation: Relation, before: Sequence[_Word]) -> bool:
    """Tell whether the words between the last comma and the verb name only somebody else: "whose brother C met"."""
    return _has(before, relation.subject) and _names_others(relation, _clause(before))


def _is_told_of_another(relation: Relation, before: Sequence[_Word]) -> bool:
    """Tell whether a name stands right before the verb, and none there is in the claim or the state or seat of one."""
    named = [word.name for word in _clause(_without_between(before)) if word.name]
    return bool(_agent(before)) and not any(same_state(name, other) for name in named for other in relation.known)


def _is_done_to_another(relation: Relation, before: Sequence[_Word]) -> bool:
    """Tell whether it is done to a name right before the verb that is none of the objects: "C was founded by A"."""
    if not _is_passive(before):
        return False
    done_to = _without_between(before[: max(n for n, word in enumerate(before) if word.text in BE)])
    name = done_to[-1].name if done_to else ""
    return bool(name) and not any(is_part_of(name, (other,)) or same_state(name, other) for other in relation.objects)


def _is_object(relation: Relation, before: Sequence[_Word], after: Sequence[_Word]) -> bool:
    """Tell whether the subject comes only after the verb, and the object, others or a pronoun before it: "he met A"."""
    clause = _clause(before)
    if _has(before, relation.subject) or not _has(after, relation.subject):
        return False
    if _is_passive(clause):
        return False
    if relation.object and _has(clause, relation.object):
        return relation.verb not in _MUTUAL
    return bool((_SUBJECTS - _SPEAKERS) & {word.text for word in clause}) or _names_others(relation, clause)


def _has_other_object(relation: Relation, before: Sequence[_Word], after: Sequence[_Word]) -> bool:
    """Tell whether the object stands only in what is said of a name that follows the verb first: "C, led by B"."""
    if _has(before, relation.object) or not _has(after, relation.object):
        return False
    between = list(takewhile(lambda word: not _is(word, relation.object), after))
    others = [place for place, word in enumerate(between) if word.name and not is_part_of(word.name, relation.known)]
    return bool(others) and any(_OF_A_NAME.fullmatch(word.text) for word in between[others[0] :])


def _is_passive(before: Sequence[_Word]) -> bool:
    return bool(BE & {word.text for word in before[-2:]})


def _clause(before: Sequence[_Word]) -> list[_Word]:
    return list(takewhile(lambda word: not word.is_mark, reversed(before)))[::-1]


def _names_others(relation: Relation, found: Iterable[_Word]) -> bool:
    named = [word.name for word in found if word.name]
    return bool(named) and not any(is_part_of(name, relation.known) for name in named)


def _has(found: Iterable[_Word], name: str) -> bool:
    return any(_is(word, name) for word in found)


def _is(word: _Word, name: str) -> bool:
    return bool(word.name) and is_part_of(word.name, (name,))


def _nearest(found: Iterable[_Word], *, first: bool) -> str:
    """Return the first or last of the first names, titles passed over, up to a comma, a pronoun or another verb."""
    run: list[str] = []
    for word in found:
        if word.is_mark or word.is_verb or word.text in _SUBJECTS:
            break
        if word.name:
            run.append(word.name)
        elif run and word.text not in OFFICES:
            break
    return (run[0] if first else run[-1]) if run else ""


@functools.lru_cache(maxsize=4096)
def _words(text: str) -> tuple[_Word, ...]:
    return tuple(_each_word(text))


def _each_word(text: str) -> Iterator[_Word]:
    has_subject, text = False, plain(text)
    for match in _TOKEN.finditer(text):
        written = next(words(match[0]), "")
        if not written:
            yield _Word(match[0], is_mark=True)
        elif _WHEN.fullmatch(written):
            yield _Word(fold(written))
        elif match[0][0].isupper() and is_content(written) and fold(written) not in OFFICES:
            yield _Word(written, name=canonical(written))
        else:
            is_verb = _VERB.fullmatch(match[0]) or (has_subject and _is_present(match[0], text[match.end() :]))
            yield _Word(fold(written), is_verb=bool(is_verb))
        has_subject = match[0] in _WHO or (match[0][0].isupper() and match[0] == written)


def _is_present(word: str, after: str) -> bool:
    """Tell whether a word behind a subject is its verb: not in "Bus drivers went"."""
    return bool(PRESENT.fullmatch(word)) and not _FINITE.match(after)
