"""Who holds which office: "A's minister is B" stands only where a sentence joins that office to that person.

Nor does "A's Minister B said so" where the passages give the office of another country to B.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rag.clauses import speakers
from rag.english import MONTH, WEEKDAY
from rag.facts import TITLES, canonical, is_demonym, is_part_of, plain
from rag.text import fold, is_content, stem, words

_WORD = re.compile(r"(?:[A-Z]\.){2,}|[^\W_][\w’'-]*")
# Whose they are has to be told, as it has of offices: A's nephew is not B if A is B's.
_KIN = frozenset(
    "father mother son daughter brother sister husband wife widow nephew niece uncle aunt cousin grandfather "
    "grandmother grandson granddaughter".split()
)
OFFICES = TITLES | _KIN | frozenset(
    "head heads boss owner founder author writer editor coach captain manager ceo cfo chairs emperor "
    "empress heir successor predecessor diplomat negotiator envoy lawyer speaker treasurer principal creator "
    "inventor composer producer conductor architect winner champion executive".split()
)
# Forms of address go with any name, and words of rank say nothing without the office.
_ADDRESSES = frozenset(
    "mr mrs ms dr prof sir lord lady first deputy vice general foreign defense defence interior finance".split()
)
_COPULA = re.compile(
    r"\s(?:is|was|are|were|remains|remained|became|has been|had been|serves as|served as"
    r"|(?:holds|held) the (?:offices?|positions?|posts?|titles?|roles?) of)\s"
    r"(?:(?:also|still|then|now)\s)?"
)
_NAMED = re.compile(r"[A-Z][\w.’'-]*")
_APPOSED = re.compile(
    rf"^(?P<name>{_NAMED.pattern}(?:\s+{_NAMED.pattern})*),\s+(?P<role>(?:the |its |their )?[a-z][^,;]*),"
)
# "Ada Lund, director until 2022, is in charge": who it is stands before what is said of her.
_BESIDE_NAME = re.compile(rf"^(?P<name>{_NAMED.pattern}(?:\s+{_NAMED.pattern})*),\s+[^,;]+,(?=\s(?:is|was)\s)")
_IDENTIFIES = re.compile(r"(?:the|in charge|responsible)\b")
_LONGEST = 8  # words of an office or a name on its side of "is"
_FARTHEST = 12  # words between an office and its holder in a sentence
_BEFORE_OFFICE = 2  # words before an office, as in "the union secretary"
_ORIGIN = 4  # words before an office in which its country or company stands
# Whose minister or secretary: where a claim says so, the sentence has to. "Secretary of State" is no office of these.
_DEPARTMENTS = {
    name: name
    for name in (
        "defense foreign interior home finance treasury justice health education economy trade commerce labor energy "
        "transport culture environment agriculture prime press security"
    ).split()
} | {"defence": "defense", "labour": "labor", "transportation": "transport"}
_ARTICLES = frozenset("the a an".split())
# Peoples whose name has not the root of their country's; the others are told by `same_name`.
_COUNTRY_OF = {
    "danish": "denmark", "dutch": "netherlands", "french": "france", "spanish": "spain", "swedish": "sweden",
    "greek": "greece", "swiss": "switzerland", "welsh": "wales", "scottish": "scotland", "polish": "poland",
    "turkish": "turkey", "finnish": "finland", "irish": "ireland", "thai": "thailand", "filipino": "philippines",
    "norwegian": "norway", "portuguese": "portugal", "lebanese": "lebanon", "belgian": "belgium", "german": "germany",
    "czech": "czechia", "slovak": "slovakia", "argentine": "argentina", "emirati": "uae", "cypriot": "cyprus",
    "burmese": "myanmar", "english": "england",
}  # fmt: skip
# Whoever leads a country or company may have any of these offices, and a premier is a prime minister.
_LEADS = re.compile(r"^\W*[Ww]ho\s+(?:leads|heads|runs|governs|rules)\s+(?P<what>[A-Z][\w’' -]*?)(?:\s+now)?\W*$")
_LEADERS = frozenset(map(stem, "leader head boss chief ruler".split()))
_TOP = _LEADERS | frozenset(map(stem, "president premier chancellor king queen emperor empress ceo chairman".split()))
_PREMIER = stem("premier")
_ANOTHER_TIME = re.compile(r"\b(?:before|after|until|former|next|first)\b")
_LINKS = _ARTICLES | frozenset("of for in at and is was named called".split())
_DAY = re.compile(f"{MONTH}|{WEEKDAY}")
_BREAKS = ';:“”"'
# What may stand before an office at the beginning of a sentence, where it has a capital as well.
_NO_NAMES = frozenset("new former current longtime veteran late future next interim senior top old young".split())
_POSSESSIVES = frozenset("his her their its".split())
_RELATIVES = frozenset("which that whom who where".split())
_QUALIFIERS = frozenset("vice deputy former acting assistant outgoing incoming ex".split())


@dataclass(frozen=True, slots=True)
class Role:
    """An office (its head words, stemmed), what qualifies it ("vice"), its department, whose it is, who holds it.

    `said` are all its words but names.
    """

    office: frozenset[str]
    qualifiers: frozenset[str]
    departments: frozenset[str]
    whose: frozenset[str]
    holder: frozenset[str]
    said: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    folded: str
    is_name: bool
    is_office: bool
    broken: bool  # whether a semicolon, colon or quotation mark stands before it
    owns: bool  # whether it is written as somebody's, "Lund's", or a people's, "Danish Foreign Minister"


def roles(claim: str) -> list[Role]:
    """Return the offices that a claim says somebody holds: on one side of its first "is" these, on the other who.

    Only plain sentences count: "B is the minister of A", "A's minister is B", and "B, the minister of A, left".
    """
    left, found, right = _sides(claim)
    if not found and (apposed := _APPOSED.match(claim)):
        left, found, right = _sides(f"{apposed['name']} is {apposed['role']}")
    if not found:
        return []
    for side, person in ((left[-_LONGEST:], right), (right[:_LONGEST], left[::-1])):
        holder = frozenset(word.folded for word in itertools.takewhile(lambda word: word.is_name, person))
        if holder and side and (side[0].is_name or side[0].is_office or side[0].folded in _ARTICLES):
            if offices := [role for office in _coordinated(side) if (role := _role(office, holder))]:
                return offices
    return []


def apposes(claim: str) -> bool:
    """Tell whether a claim gives an office only in passing: "B, the captain, left"."""
    return not _COPULA.search(claim) and _APPOSED.match(claim) is not None


def titled(claim: str) -> list[Role]:
    """Return the offices of a country or company that a claim puts before a name: "Norwegian Defense Minister Lund"."""
    runs = [
        (kind, list(run))
        for kind, run in itertools.groupby(_words(claim), lambda word: (word.is_name, word.is_office))
    ]
    found = (
        _role([*_since_day(owner), *office], frozenset(word.folded for word in holder))
        for (one, owner), (two, office), (three, holder) in zip(runs, runs[1:], runs[2:], strict=False)
        if one[0] and two[1] and three[0]
    )
    return [role for role in found if role]


def _since_day(names: Sequence[_Word]) -> list[_Word]:
    """Return the last of some names in a row, without a day that stands before them: "On Monday Lund Athletic's"."""
    return list(itertools.takewhile(lambda word: not _DAY.match(word.text), reversed(names)))[::-1]


def unnamed(sentence: str) -> list[Role]:
    """Return the offices of which a sentence tells without a name, as yet without a holder: "the union secretary"."""
    runs = [list(run) for _, run in itertools.groupby(_words(sentence), lambda word: word.is_office)]
    found = []
    for before, office, after in zip([[], *runs], runs, [*runs[1:], []], strict=False):
        before = before[-_BEFORE_OFFICE:]
        if office[0].is_office and not any(word.is_name for word in (*before, *after[:1])):
            if any(word.folded == "the" for word in before) and (role := _role([*before, *office], frozenset())):
                found.append(role)
    return found


def gives_office_of_another(question: str, answer: str) -> bool:
    """Tell whether an answer has the office that is asked for, and each time written as somebody else's.

    "Who is China's minister?" is not answered by "B, Russia's minister, met C", nor "Who is China's defense minister?"
    by "Russian Defense Minister B met C".
    """
    office = asked_office(question)
    if not office:
        return False
    told = _words(answer)
    heads = office.office - frozenset(map(stem, _DEPARTMENTS)) or office.office
    places = [n for n, word in enumerate(told) if word.is_office and stem(word.text) in heads]
    owners = [next((word for word in reversed(told[max(0, n - _ORIGIN) : n]) if word.is_name), None) for n in places]
    return bool(owners) and all(owner and owner.owns and not _belongs(owner, office) for owner in owners)


def asked_office(question: str) -> Role | None:
    """Return the office of a country or company whose holder a question wants: "Who leads A?", "Who is A's head?"."""
    if leads := _LEADS.match(question):
        question = f"Who is the leader of {leads['what']}?"
    left, found, right = _sides(question)
    if not found or {word.folded for word in left[-1:]} != {"who"}:
        return None
    office = _role(right[:_LONGEST], frozenset())
    return office if office and office.whose else None


def gives_asked(question: str, sentence: str) -> bool:
    """Tell whether a sentence puts an office that may be the one a question wants, by another word, before a name."""
    asked = None if _ANOTHER_TIME.search(question) else asked_office(question)
    told = (role for role in titled(sentence) if asked and _is_alike(asked, role))
    return any(asked and all(is_part_of(word, asked.whose) for word in role.whose) for role in told)


def names_holder(question: str, sentence: str) -> bool:
    """Tell whether a sentence names who holds the very office that a question wants, of the same country or company."""
    asked = None if _ANOTHER_TIME.search(question) else asked_office(question)
    told = (role for role in (*titled(sentence), *roles(sentence)) if asked and role.holder)
    return any(
        asked is not None
        and role.office == asked.office
        and role.qualifiers == asked.qualifiers
        and role.departments == asked.departments
        and bool(role.whose)
        and all(is_part_of(word, asked.whose) for word in role.whose)
        for role in told
    )


def _is_alike(asked: Role, told: Role) -> bool:
    """Tell whether one office may be the other by another word: the leader the president, the premier a minister."""
    if told.qualifiers != asked.qualifiers or told.office & asked.office:
        return False
    if asked.office & _LEADERS and not asked.departments:
        return bool(told.office & _TOP)
    offices = [{_PREMIER} if role.departments == {"prime"} else set(role.office) for role in (asked, told)]
    return bool(offices[0] & offices[1])


def _is_people_of(word: str, behind: str) -> bool:
    """Tell whether a word names a people, and a department of its government follows at once."""
    department = re.match(r" (\w+)", behind)
    return department is not None and fold(department[1]) in _DEPARTMENTS and (word in _COUNTRY_OF or is_demonym(word))


def is_only_speaker(claim: str, sentence: str) -> bool | None:
    """Tell whether a claim says that something is somebody whom a sentence only has say something; None if not named.

    "The man who was jailed is Lund" does not stand on "Sheriff Lund said that a man was jailed".
    """
    left, found, right = _sides(_BESIDE_NAME.sub(r"\g<name>", claim))
    for side, person in ((left, right), (right, left)):
        holder = frozenset(word.folded for word in person)
        # "Lund was jailed" may be what Lund says; "Lund is the man who was jailed" says who it is.
        identifies = found and bool(side) and (side is left or _IDENTIFIES.match(" ".join(w.folded for w in side)))
        if identifies and holder and all(word.is_name for word in person):
            told = _words(sentence)
            if not any(word.folded in holder for word in told):
                return None
            return bool(holder & speakers(sentence)) and not _described(side, holder, told)
    return None


def _described(side: Sequence[_Word], holder: frozenset[str], found: Sequence[_Word]) -> bool:
    """Tell whether the words around a name in a sentence are some of those that describe it."""
    said = frozenset(stem(word.text) for word in side if is_content(word.text))
    places = [place for place, word in enumerate(found) if word.folded in holder]
    near = (word for place in places for word in found[max(0, place - _ORIGIN) : _end_of_description(found, place)])
    return any(stem(word.text) in said for word in near)


def _end_of_description(found: Sequence[_Word], place: int) -> int:
    """Return the place where what describes a name ends: a relative clause goes on for longer."""
    relative = any(word.folded == "who" for word in found[place + 1 : place + 3])
    return place + (_LONGEST if relative else _ORIGIN)


def _coordinated(found: Sequence[_Word]) -> Iterator[list[_Word]]:
    """Yield the parts that "and" joins."""
    for is_and, part in itertools.groupby(found, lambda word: word.folded == "and"):
        if not is_and:
            yield list(part)


def _role(office: Sequence[_Word], holder: frozenset[str]) -> Role | None:
    heads = frozenset(stem(word.text) for word in office if word.is_office and word.folded not in _ADDRESSES)
    qualifiers = frozenset(word.folded for word in office) & _QUALIFIERS
    whose = frozenset(word.folded for word in office if word.is_name)
    said = frozenset(word.folded for word in office if not word.is_name)
    return Role(heads, qualifiers, _departments(office), whose, holder, said) if heads else None


def names_office(text: str) -> bool:
    """Tell whether a text speaks of an office."""
    return any(word.is_office and word.folded not in _ADDRESSES | _KIN for word in _words(text))


def _departments(found: Sequence[_Word]) -> frozenset[str]:
    return frozenset(_DEPARTMENTS[word.folded] for word in found if word.folded in _DEPARTMENTS)


def _sides(claim: str) -> tuple[Sequence[_Word], bool, Sequence[_Word]]:
    """Return the words before a claim's first "is", whether there is one, and those behind it up to a quotation."""
    match = _COPULA.search(claim)
    if not match:
        return (), False, ()
    right = itertools.takewhile(lambda word: not word.broken, _words(claim[match.end() :]))
    return _words(claim[: match.start()]), True, tuple(right)


def joins(role: Role, sentence: str) -> bool | None:
    """Tell whether a sentence gives an office to its holder; None where it speaks of only one of them, or neither."""
    found = _words(sentence)
    offices = [n for n, word in enumerate(found) if word.is_office and stem(word.text) in role.office]
    holders = [n for n, word in enumerate(found) if word.is_name and is_part_of(word.folded, role.holder)]
    if not offices or not holders:
        return None
    return any(_joined(role, found, office, holder) for office in offices for holder in holders)


def is_other_kin(role: Role, sentence: str) -> bool:
    """Tell whether a sentence calls a role's holder another relative: "her brother Jens" is not her father."""
    kin = frozenset(map(stem, _KIN))
    return bool(role.office & kin) and any(
        stem(one.text) in kin - role.office and other.is_name and is_part_of(other.folded, role.holder)
        for one, other in itertools.pairwise(_words(sentence))
    )


def gives_to_another(role: Role, sentence: str) -> bool:
    """Tell whether a sentence has the office before its holder, of another country or company than the role."""
    return joins(role, sentence) is False and joins(replace(role, whose=frozenset()), sentence) is True


def _joined(role: Role, found: Sequence[_Word], office: int, holder: int) -> bool:
    first, last = sorted((office, holder))
    between = found[first + 1 : last]
    if len(between) > _FARTHEST or any(word.broken for word in found[first + 1 : last + 1]):
        return False
    first_names = office < holder and all(word.is_name and not word.owns for word in between)  # "Captain Ida Lund"
    if not first_names and any(word.is_name and not _belongs(word, role) for word in between):
        return False
    # "Minister Lund", "the minister of the north, Lund", but not "the minister met Lund".
    if office < holder and not all(w.is_name or w.is_office or w.folded in _LINKS | role.said for w in between):
        return False
    return _is_of(role, found, office) and not _is_anothers(role, found, office)


def _is_of(role: Role, found: Sequence[_Word], office: int) -> bool:
    """Tell whether what stands around an office (a "vice", a department, its country) is what the role has."""
    before = found[max(0, office - _ORIGIN) : office]
    if not {word.folded for word in before} & _QUALIFIERS <= role.qualifiers:
        return False
    if not role.departments <= _departments(found[max(0, office - _ORIGIN) : office + _ORIGIN]):
        return False
    if {word.folded for word in before} & _POSSESSIVES:
        return True
    name = next((word for word in reversed(before) if word.is_name), None)
    if name and {word.folded for word in before[before.index(name) :]} & _RELATIVES:
        return not role.whose  # "Taiwan, which President Xi wants", is not whose president he is
    return name is None or not role.whose or _belongs(name, role)


def _is_anothers(role: Role, found: Sequence[_Word], office: int) -> bool:
    """Tell whether the name that follows an office at once is somebody else's."""
    behind = itertools.dropwhile(lambda word: word.is_office, found[office + 1 :])
    named = [word.folded for word in itertools.takewhile(lambda word: word.is_name, behind)]
    return bool(named) and not any(is_part_of(word, role.holder) for word in named)


def _belongs(word: _Word, role: Role) -> bool:
    return is_part_of(word.folded, role.holder) or is_part_of(word.folded, role.whose)


@functools.lru_cache(maxsize=4096)
def _words(text: str) -> tuple[_Word, ...]:
    return tuple(_each_word(text))


def _each_word(text: str) -> Iterator[_Word]:
    end = 0
    text = plain(text)
    for match in _WORD.finditer(text):
        written = next(words(match[0]), match[0])
        is_office = fold(written) in OFFICES
        is_plain = is_office or not is_content(written) or fold(written) in _NO_NAMES
        is_name = bool(_NAMED.match(match[0])) and not is_plain
        broken = any(mark in text[end : match.start()] for mark in _BREAKS)
        folded = canonical(written)
        owns = is_name and (match[0].endswith(("'s", "’s")) or _is_people_of(fold(written), text[match.end() :]))
        yield _Word(written, _COUNTRY_OF.get(folded, folded), is_name, is_office, broken, owns)
        end = match.end()
