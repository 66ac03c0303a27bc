"""Whose deed a verb tells, by common nouns as well: "The tenant sued the landlord" for "The landlord sued the tenant".

The subject of a verb is what stands before it in its clause, past relative clauses, what is said of it between commas
and other verbs of it; the object is what stands behind it, the agent of a passive what stands behind "by".
A claim has it otherwise only where its subject stands in the sentences, and never as that of the verb: pronouns, and
whatever is unclear, say nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise, takewhile

from rag.clauses import BRACKETED
from rag.english import BE, DETERMINERS, HELPING, MAY, NUMBERS, PREPOSITIONS
from rag.facts import TITLES
from rag.features import Reading
from rag.inflection import IRREGULAR
from rag.relations import PAST, PRESENT
from rag.wording import Word, places, term_set, worded

Subject = tuple[frozenset[str], bool]  # the terms that may be the subject, and whether the verb is passive

CLAUSE_MARK = re.compile(r"[;:()“”\"—–.!?]")
_SHORT_PAST = re.compile(r"(?!(?:need|seed|feed|heed|weed|deed|reed|shed|sled|breed)$)[a-z]{2}ed")
_FORMS = IRREGULAR.difference(
    "child children man men woman women person people dead left known felt thought meaning lay light".split()
)
_MODALS = MAY | frozenset("will would must shall should did does do".split())
_PASSIVE = BE | {"got"}
_CHAINED = HELPING | _MODALS | frozenset("never twice still to".split())
_SUBORDINATING = frozenset(
    "while whereas although though because since when where if unless after before until as but or so that than".split()
)
_SINCE = frozenset("when after before because since although though while".split())
_RELATIVE = frozenset("who which that whom whose".split())
_PRONOUNS = frozenset(
    "he she it they we i you this these those one others both each none some nobody".split()
)
_QUANTIFIERS = frozenset("some one both each none all".split())
_REFLEXIVE = frozenset("him them her us itself".split())
_DETERMINERS = (DETERMINERS - {"that"}).union(NUMBERS[1:])
_PARTICLES = frozenset("up down out off away and back".split())
_OF_NAMES = frozenset("van von der den de la le di da du bin al ter dos del".split())
_INTRODUCED = re.compile(r"\b[A-Z][\w’'-]*(?:\s+(?:[a-z]{2,3}\s+)?[A-Z][\w’'-]*)*(?=,\s+\d{1,3},)")
_DEEPEST = 3  # verbs that share a subject
TO_AGENT = 10  # words from a verb to "by"


def told_of_others(claim: Reading, sentences: Sequence[Reading]) -> int:
    """Return how many verbs of a claim the sentences tell of others."""
    mine = worded(BRACKETED.sub("", claim.text))
    theirs = [worded(BRACKETED.sub("", sentence.text)) for sentence in sentences]
    everything = frozenset().union(*map(term_set, theirs))
    introduced = term_set(worded(" ".join(match[0] for s in sentences for match in _INTRODUCED.finditer(s.text))))
    return sum(
        _is_of_others(mine, place, theirs, everything, introduced)
        or _is_added_of_others(mine, place, theirs, everything)
        for place in range(len(mine))
    )


def _is_of_others(
    mine: Sequence[Word], place: int, theirs: Sequence[Sequence[Word]], everything: frozenset[str],
    introduced: frozenset[str],
) -> bool:
    if not _is_told(mine, place) or _describes(mine, place):
        return False
    told = [(found, at) for found in theirs for at in places(found, mine[place].term)]
    if not told or not all(_is_told(found, at) and not _describes(found, at) for found, at in told):
        return False
    me = subject_of(mine, place)
    if me and me[0] <= introduced and any(_is_indefinite(found, at) for found, at in told):
        return False
    return me is not None and all(_differs(mine, place, me, found, at, everything) for found, at in told)


def _differs(
    mine: Sequence[Word], place: int, me: Subject, found: Sequence[Word], at: int, everything: frozenset[str]
) -> bool:
    """Tell whether a sentence tells a verb of others than a claim does."""
    (subject, passive), them, agent = me, subject_of(found, at), _agent(found, at)
    if them is None:
        of_it = _is_name(mine, subject) and _is_of_its_sentence(found, at) and not subject & term_set(found)
        other = bool(agent) and not subject & agent
        return not passive and bool(subject & everything) and (other or of_it)
    theirs, is_passive = them
    if _may_be_meant(mine, subject, found, at, theirs) or is_gapped(found, subject):
        return False
    if _are_namesakes(mine, subject, found, theirs):
        return is_passive == passive
    if not is_passive and not passive and bool(agent) != bool(_agent(mine, place)):
        return False
    if is_passive == passive:
        others = bool(subject & everything) and not subject & theirs
        return others or (not passive and _is_done_to_others(mine, place, found, at, everything))
    if not passive:
        return bool(agent) and bool(subject & theirs) and not subject & agent
    by = _agent(mine, place)  # "was bought by the family" where "the museum bought it"
    if by and not by & term_set(found) and _is_name(mine, by) == _has_name(found, theirs):
        return True
    return _has_object(found, at) and bool(subject & theirs) and not subject & term_set(found[at:])


def _is_added_of_others(
    mine: Sequence[Word], place: int, theirs: Sequence[Sequence[Word]], everything: frozenset[str]
) -> bool:
    """Tell whether what is done in a participle is done to others: ", defeating B" for ", defeating A"."""
    word = mine[place]
    if not (place and mine[place - 1].text == "," and word.term and word.text.endswith("ing")):
        return False
    told = [(found, at) for found in theirs for at in places(found, word.term)]
    return bool(told) and all(_is_done_to_others(mine, place, found, at, everything) for found, at in told)


def is_gapped(found: Sequence[Word], subject: frozenset[str]) -> bool:
    """Tell whether a figure stands right behind a subject, its verb left out: "A costs 14 a year, and B 43"."""
    for place, (one, other) in enumerate(pairwise(found)):
        if one.term in subject and other.text[:1].isdigit():
            before = _before(found, place, lambda word: word.term in subject or word.text in DETERMINERS)
            if before in (",", "and"):
                return True
    return False


def doers(text: str, verb: str) -> list[frozenset[str]]:
    """Return the terms that may be the subject of a verb in a text, each time that it is told and no passive."""
    found = worded(text)
    told = (subject_of(found, place) for place in places(found, verb) if _is_told(found, place))
    return [subject for subject, passive in filter(None, told) if not passive]


def is_verb(word: Word) -> bool:
    """Tell whether a word has the form of a verb in the past."""
    written = any((PAST.fullmatch(word.text), word.text in _FORMS, _SHORT_PAST.fullmatch(word.text)))
    return word.is_small and written


def _is_told(found: Sequence[Word], place: int) -> bool:
    """Tell whether a word is a verb that is told of somebody: in the past, in -s behind a name, or behind "will"."""
    word, before = found[place], found[place - 1] if place else None
    if not word.term:
        return False
    if is_verb(word):
        return True
    if before and PRESENT.fullmatch(word.written):
        if before.text in _RELATIVE or (before.is_capital and not before.written.endswith("s")):
            return True
    return _before(found, place, lambda w: w.text in ("not", "also", "then") or w.text.endswith("ly")) in _MODALS


def _before(found: Sequence[Word], place: int, passed: Callable[[Word], bool]) -> str:
    """Return the nearest word before a place that is not passed over."""
    return next((word.text for word in reversed(found[:place]) if not passed(word)), "")


def _describes(found: Sequence[Word], place: int) -> bool:
    """Tell whether a verb's form only describes a noun: "the reported faults", "the fair, held in May"."""
    before = found[place - 1] if place else None
    if before is None or before.text in _DETERMINERS | PREPOSITIONS:
        return True
    if before.text != ",":
        return False
    mark = max((at for at in range(place - 1) if found[at].is_mark), default=-1)
    if mark < 0 or found[mark].text != ",":
        return True
    return any(word.text == "," for word in found[place + 1 :]) and not _is_free(found, mark)


def _is_free(found: Sequence[Word], comma: int) -> bool:
    """Tell whether no verb stands before a comma in its clause: then what follows the next comma is its verb."""
    clause = takewhile(lambda word: not CLAUSE_MARK.fullmatch(word.text), reversed(found[:comma]))
    return not any(is_verb(word) or word.text in HELPING for word in clause)


def subject_of(found: Sequence[Word], place: int, depth: int = 0) -> Subject | None:
    """Return the terms that may be the subject of a verb, and whether it is passive; None if that is unclear."""
    end, passive = place - 1, False
    while end >= 0 and (found[end].text in _CHAINED or re.fullmatch(r"[a-z]+ly", found[end].written)):
        passive = passive or found[end].text in _PASSIVE
        end -= 1
    if end < 0 or depth > _DEEPEST or found[end].text in _PRONOUNS | {"other", "latter", "former"}:
        return None
    if found[end].text in ("and", "then", "but", "or"):
        shared = _of_verb_before(found, end, depth)
        return (shared[0], passive) if shared else None
    aside, relative = frozenset[str](), found[end].text in _RELATIVE
    if relative:
        end -= 2 if end > 1 and found[end - 1].text == "," else 1
    elif found[end].text == ",":
        mark = max((at for at in range(end) if found[at].is_mark), default=-1)
        if mark < 0 or found[mark].text != "," or found[mark + 1].text in ("and", "or"):  # the last of a list
            return None
        if found[mark + 1].text not in _RELATIVE:
            aside = term_set(found[mark + 1 : end])
        end = mark - 1
    subject = _noun_phrase(found, end, depth, whole=relative)
    if subject and relative:
        subject |= _named_before(found, _phrase(found, end)[1])
    return (subject | aside, passive) if subject and not all(map(str.isdigit, subject)) else None


def _named_before(found: Sequence[Word], comma: int) -> frozenset[str]:
    """Return the terms of the name before a comma that parts it from what is said: "Adeyo, 33, a substitute who"."""
    while comma > 1 and found[comma].text == "," and found[comma - 1].text.isdigit():
        comma -= 2
    if comma < 0 or found[comma].text != ",":
        return frozenset()
    return term_set(list(takewhile(lambda word: word.is_capital, reversed(found[:comma]))))


def _of_verb_before(found: Sequence[Word], conjunction: int, depth: int) -> Subject | None:
    """Return the subject that a verb behind "and" shares with the one before it."""
    for at in range(conjunction - 1, -1, -1):
        if CLAUSE_MARK.fullmatch(found[at].text) or found[at].text in _RELATIVE - {"that"}:
            return None
        if is_verb(found[at]):
            helped = bool(at) and found[at - 1].text in _RELATIVE | HELPING
            if helped and any(word.text in _RELATIVE for word in found[max(0, at - 3) : at]):
                return None
            return subject_of(found, at, depth + 1)
    return None


def _noun_phrase(found: Sequence[Word], end: int, depth: int, *, whole: bool) -> frozenset[str] | None:
    """Return the terms of the noun phrase that ends at a place, or of what a phrase without a noun leans on.

    As a `whole` where a relative clause follows: "larger cars such as A, B and C, which added …".
    """
    phrase, start = _phrase(found, end)
    verb = found[start] if start >= 0 and is_verb(found[start]) else None
    core, oblique = set[str](), False
    for word in phrase:
        oblique = word.text != "and" and (oblique or word.text in PREPOSITIONS)
        core |= {word.term} if word.term and not oblique else set()
    if not core:
        leaned = subject_of(found, start, depth + 1) if verb else None
        return leaned[0] | term_set(phrase) if leaned else None
    joints = [place for place, word in enumerate(phrase) if word.text == "and"]
    if verb and joints and not whole:  # "attacked the town and the bishop fled": only what stands behind the last "and"
        return term_set(phrase[joints[-1] :]) or term_set(phrase)
    return term_set(phrase)


def _phrase(found: Sequence[Word], end: int) -> tuple[list[Word], int]:
    """Return the words back to where a noun phrase begins, relative clauses included, and the place before it."""
    phrase: list[Word] = []
    at, joined = end, False
    while at >= 0:
        word = found[at]
        such = word.text == "as" and at and found[at - 1].text == "such"
        if word.text in _RELATIVE and at and found[at - 1].term and _is_named(phrase):  # "the pact that Lund signed"
            break
        if word.text in _RELATIVE:  # a clause about the noun before it, which may be the subject as well
            at -= 2 if at and found[at - 1].text == "," else 1
            continue
        if (
            CLAUSE_MARK.fullmatch(word.text)
            or (word.text in _SUBORDINATING - {"than"} and not such)
            or word.text in _PRONOUNS - _QUANTIFIERS
            or (word.text == "," and not joined)
        ):
            break
        joined = joined or word.text == "and"
        if is_verb(word) and not _describes(found, at):
            if _before(found, at, lambda w: w.text in _CHAINED) not in _RELATIVE:
                break
        phrase.append(word)
        at -= 1
    return phrase[::-1], at


def _is_named(phrase: Sequence[Word]) -> bool:
    """Tell whether some words, the last first, are a noun phrase with a determiner, or a name, and no verb."""
    first = phrase[-1] if phrase else None
    return first is not None and (first.text in _DETERMINERS or first.is_capital) and not any(map(is_verb, phrase))


def _agent(found: Sequence[Word], place: int) -> frozenset[str]:
    """Return the terms behind "by" after a verb; none if that is a number, a price or a means."""
    near = list(takewhile(lambda word: not word.is_mark, found[place + 1 : place + TO_AGENT]))
    by = next((at for at, word in enumerate(near) if word.text == "by"), None)
    if by is None or any(word.is_small and word.text.endswith("ing") for word in found[place + 2 + by :][:1]):
        return frozenset()
    agent = set[str]()
    for at, word in enumerate(found[place + 2 + by :], place + 2 + by):
        if word.text[:1].isdigit() or word.written[:1] in "$€£":
            return frozenset()
        if word.text == "," and at + 1 < len(found) and found[at + 1].is_capital:  # "by two brothers, Ada and Per Lund"
            return frozenset(agent) | term_set(list(takewhile(lambda word: not word.is_mark, found[at + 1 :])))
        if word.is_mark or word.text in PREPOSITIONS | {"and"}:
            break
        agent |= {word.term} if word.term else set()
    return frozenset(agent)


def _object(found: Sequence[Word], place: int) -> frozenset[str]:
    """Return the terms right behind a verb, up to a preposition, mark or verb."""
    ends = PREPOSITIONS | _SUBORDINATING | _RELATIVE | _PARTICLES | HELPING
    behind = takewhile(lambda word: not (word.is_mark or word.text in ends or is_verb(word)), found[place + 1 :])
    return frozenset(word.term for word in behind if word.term and not word.text[0].isdigit())


def _has_object(found: Sequence[Word], place: int) -> bool:
    after = found[place + 1] if place + 1 < len(found) else None
    if after is None or after.is_mark:
        return False
    return after.text in _DETERMINERS or (bool(after.term) and not after.text.endswith("ly"))


def _is_done_to_others(
    mine: Sequence[Word], place: int, found: Sequence[Word], at: int, everything: frozenset[str]
) -> bool:
    """Tell whether what follows a verb in a claim stands in the sentences, but not behind that verb."""
    wanted, given = _object(mine, place), _object(found, at)
    if not wanted or not wanted <= everything or not given or _agent(found, at):
        return False
    first = found[at + 1].text
    if first in _PRONOUNS | _REFLEXIVE:
        return False
    if first in ("the", "both") and _is_name(mine, wanted) and not _has_name(found, given):
        return False  # "sued the label": it may be who is named
    clause = takewhile(lambda word: word.text not in (";", ":", "."), found[at + 1 :])
    return not wanted & {word.term for word in clause}


def _may_be_meant(
    mine: Sequence[Word], subject: frozenset[str], found: Sequence[Word], at: int, theirs: frozenset[str]
) -> bool:
    """Tell whether who is named in a claim may be meant by "the label" in a sentence."""
    if not _is_name(mine, subject) or _has_name(found, theirs) or subject & theirs:
        return False
    definite = ("the", "both", "this", "these", "his", "her", "their", "its")
    return any(found[n].text in definite and term_set(found[n + 1 : n + 4]) & theirs for n in range(at))


def _is_of_its_sentence(found: Sequence[Word], at: int) -> bool:
    """Tell whether "it" before a verb is whom its sentence begins with: "Lund Foods entered it, when it bought …"."""
    before = [word.text for word in found[max(0, at - 2) : at]]
    return len(before) > 1 and before[0] in _SINCE and before[1] == "it" and bool(found[0].term) and found[0].is_capital


def _is_indefinite(found: Sequence[Word], at: int) -> bool:
    """Tell whether a verb is told of whom an article names only later: "A map maker who …", "Per Rask, 62, …"."""
    subject = subject_of(found, at)
    return found[0].text in ("a", "an") and subject is not None and not _has_name(found, subject[0])


def _is_name(found: Sequence[Word], some: frozenset[str]) -> bool:
    """Tell whether terms are written with a capital wherever they stand."""
    written = [word.written[:1].isupper() for word in found if word.term in some]
    return bool(written) and all(written)


def _has_name(found: Sequence[Word], some: frozenset[str]) -> bool:
    """Tell whether one of some terms is written with a capital, but at the beginning."""
    return any(word.written[:1].isupper() for word in found[1:] if word.term in some)


def _are_namesakes(
    mine: Sequence[Word], subject: frozenset[str], found: Sequence[Word], theirs: frozenset[str]
) -> bool:
    """Tell whether subjects share no more than a surname: Peter Rask and Ivar Rask."""
    ours = [name for name in _full_names(mine) if set(name) <= subject]
    others = [name for name in _full_names(found) if set(name) <= theirs]
    return bool(ours and others) and all(
        any(name[-1] == other[-1] and set(name) & set(other) == {name[-1]} for other in others)
        and not any(len(set(name) & set(other)) > 1 for other in others)
        for name in ours
    )


def _full_names(found: Sequence[Word]) -> list[tuple[str, ...]]:
    """Return the terms of capitalised words in a row, of several words, titles and particles between them apart."""
    names, run = [], list[str]()
    for word in [*found, Word(".", ".", is_mark=True)]:
        if word.is_capital and word.text not in TITLES:
            run.append(word.term)
        elif word.is_mark or word.text not in _OF_NAMES:
            names.append(tuple(run))
            run = []
    return [name for name in names if len(name) > 1]
