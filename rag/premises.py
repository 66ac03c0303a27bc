"""What a question takes for granted, against its answer: San Juan is not San Jose, nor a helper B a helper T cell.

A question in which one detail is wrong mostly finds the sentence that has the right one, and the model that answers it
puts the right one in without a word. All that is compared are words next to one another, so that a detail worded
otherwise is not taken for a wrong one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from rag.clauses import SPEAKS
from rag.denial import opposites, polarity
from rag.english import LEAD, MONTH_NUMBER, NUMBERS, WEEKDAYS
from rag.facts import Fact, holds, names, plain, same_name
from rag.inflection import term
from rag.relations import is_done_by_another
from rag.roles import gives_office_of_another, names_office
from rag.spelling import distance
from rag.text import content_words, fold, is_content, words

_MISSPELT = 1  # letters by which one name may be another's misspelling
# A letter that tells kinds apart: no article, pronoun or initial.
_KIND = re.compile(r"\b([a-z]\w+)[ -]([B-HJ-Z])\b(?!\.)")
_CALENDAR = (
    frozenset(f"{day.casefold()}{s}" for day in WEEKDAYS for s in ("", "s")),
    frozenset(MONTH_NUMBER),  # as `rag.facts` has them
)
# Not those of time and place, which follow one another in any order: "in Beijing in May", "in May in Beijing".
_PREPOSITIONS = frozenset("of by for with from to into around against over under through".split())
_WHICH = re.compile(rf"{LEAD}(?:what|which|who|whom|whose|where|when)\b", re.IGNORECASE)
_SAID = re.compile(
    rf"{LEAD}(?:what|how|(?:in|with) what words)(?: exactly| precisely)? (?:did|does|do|has|have) "
    r"(?:he|she|they|(?:the (?:[\w’'-]+ )?)?(?-i:[A-Z])[\w.’' -]*?) "
    r"(?:say|said|think|described?|characteri[sz]ed?|claim|argue|warn|respond|reply|react|comment|state|explain|predict|call)\b",
    re.IGNORECASE,
)
_BEFORE = re.compile(r"\b(?i:who)\b[^?]*\b(?:before|after|prior to)\s+(?=[A-Z]|him\b|her\b)")
_CHANGES = re.compile(
    r"\b(?:former(?:ly)?|predecessor|preced\w+|succe(?:ed|ss)\w*|replac\w+|t(?:ook|ak\w+) over|until|previous(?:ly)?"
    r"|oust\w+|outgoing|before|after|resign\w*|step\w* down|retir\w+|new|dismiss\w*|sack\w*|fired|inherit\w*|handed)\b",
    re.IGNORECASE,
)
_MEETS = re.compile(
    r"\b(?:meet|met|marry|married|interview(?:ed)?|phoned?|spoke|talked)\s+(?:(?:with|to)\s+)?(?P<whom>[A-Z][\w’'-]*(?:\s[A-Z][\w’'-]*)*)"
)
_NEXT_EVENT = re.compile(r"\b(?:ahead of|before|after|prior to|during|while|amid|when|since|until)\b")
# "What does it say instead of war?" denies no war.
_INSTEAD = re.compile(r"\b(?:instead of|rather than)\b", re.IGNORECASE)
_ARTICLES = frozenset("the a an his her its their".split())
_NAME_OF = re.compile(
    rf"{LEAD}what (?:is|was|are|were) the (?:\w+ )?names? of (?:(?:the|a|an|his|her|its|their|two|three|four) )?"
    r"(?P<what>(?:[a-z][\w-]* ){0,2}?[a-z][\w-]*)"
    r"(?=\W*$| (?:of|in|at|on|for|by|from|to|who|that|which|[a-z]+ed|[a-z]+ing)\b)",
    re.IGNORECASE,
)
# "A brewery", "two masons": somebody or something that has no name there, unless one follows at once.
_UNNAMED = rf"\b(?:an?|one|another|some|several|{'|'.join(NUMBERS[1:])})\s+(?:[a-z-]+\s+)?"


def corrected(question: str, answer: str, quotes: str, titles: str) -> bool:
    """Tell whether an answer puts something else in the place of a detail of its question.

    That is a name of several words of which one is another (San Juan, San Jose), a day of the week or a month, the
    letter of a kind (helper B cells, helper T cells), a word given up for its opposite beside the same word (Braddock
    was born, the death of Braddock), what is affirmed instead of denied ("What is no example …?"), what stands on both
    sides of a preposition (the Earth around the Moon, the Moon around the Earth), whose office it is, and who did it.
    Nor does what nobody says answer what somebody said, whoever holds an office who held it before, or whom somebody
    met before another came when that one was met.

    Args:
        question: as it was put to the model.
        answer: the claims that stand.
        quotes: the sentences that they cite.
        titles: of the articles in which these stand; what a title names is not missing.
    """
    asked, told = names(question), names(quotes)
    missing = [name for name in asked if not holds(name, [*told, *names(titles)])]
    return (
        _renames(asked, missing, told)
        or _is_of_another_day(missing, told)
        or _is_of_another_kind(question, quotes)
        or _is_opposed(question, answer)
        or _affirms_denied(question, answer)
        or _turns_round(question, quotes)
        or gives_office_of_another(question, answer)
        or is_done_by_another(question, answer)
        or _is_of_another_meeting(question, answer)
        or _is_unnamed(question, quotes)
        or _is_not_said(question, quotes)
        or _is_of_no_change(question, quotes)
    )


def _is_not_said(question: str, quotes: str) -> bool:
    """Tell whether what somebody is asked to have said is nothing that anybody says: "How did Lund describe it?"."""
    return bool(_SAID.search(question)) and not SPEAKS.search(quotes)


def _is_unnamed(question: str, quotes: str) -> bool:
    """Tell whether what a question wants the name of is only "a brewery" each time that it is told of."""
    asked = _NAME_OF.search(question)
    noun = re.escape(re.sub(r"(?<=[a-rt-z])s$", "", asked["what"].split()[-1])) if asked else ""
    each = [match.start() for match in re.finditer(rf"\b{noun}s?\b", quotes, re.IGNORECASE)] if noun else []
    without = re.compile(rf"{_UNNAMED}{noun}s?\b(?!,?\s+(?:(?:called|named|known as)\b|(?-i:[A-Z])))", re.IGNORECASE)
    ends = {match.end() for match in without.finditer(quotes)}
    return bool(each) and all(any(at < end <= at + len(noun) + 1 for end in ends) for at in each)


def _is_of_another_meeting(question: str, answer: str) -> bool:
    """Tell whether another was met than a question has it, who comes at most in what was before or after."""
    asked, told = _MEETS.search(question), _NEXT_EVENT.split(answer, maxsplit=1)[0]
    met = _MEETS.search(told)
    whom = names(asked["whom"]) if asked else []
    return met is not None and bool(whom) and not any(holds(name, names(told)) for name in whom)


def _is_of_no_change(question: str, quotes: str) -> bool:
    """Tell whether nothing tells that an office went from one to another: "Who was mayor before Lund?"."""
    return bool(_BEFORE.search(question)) and names_office(question) and not _CHANGES.search(quotes)


def _renames(asked: Sequence[Fact], missing: Sequence[Fact], told: Sequence[Fact]) -> bool:
    """Tell whether a name none of whose words is told differs by one word from one that is."""
    held = {name.full for name in asked if name not in missing}
    return any(_differ_by_one(name.full, other.full) for name in missing if name.full not in held for other in told)


def _differ_by_one(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Tell whether two names of several words are the same but for one, which is no misspelling of the other's."""
    if len(one) != len(other) or len(one) == 1:
        return False
    pairs = zip(one, other, strict=True)
    return sum(not same_name(mine, theirs) and distance(mine, theirs) > _MISSPELT for mine, theirs in pairs) == 1


def _is_of_another_day(missing: Sequence[Fact], told: Sequence[Fact]) -> bool:
    mine, theirs = ({name.value for name in found if len(name.full) == 1} for found in (missing, told))
    return any(days & mine and days & theirs for days in _CALENDAR)


def _is_of_another_kind(question: str, quotes: str) -> bool:
    asked, told = (set(_KIND.findall(text)) for text in (question, quotes))
    lettered = {word for word, _ in told}
    return any(word in lettered for word, _ in asked - told)


def _is_opposed(question: str, answer: str) -> bool:
    asked, told = _beside(question), _beside(answer)
    return any(
        near & told[opposite]
        for word, near in asked.items()
        for opposite in opposites(word) & told.keys() - asked.keys()
        if word not in told
    )


def _affirms_denied(question: str, answer: str) -> bool:
    """Tell whether an answer only affirms what a question denies; in a why or whether both may stand."""
    denied, told = polarity(_INSTEAD.sub(" ", question)).heads, polarity(answer)
    return bool(_WHICH.search(question)) and bool(denied & told.affirmed) and not denied & told.denied


def _beside(text: str) -> dict[str, set[str]]:
    """Return each content word with those next to it."""
    found = list(map(term, content_words(plain(text))))
    beside: dict[str, set[str]] = {word: set() for word in found}
    for one, two in pairwise(found):
        beside[one].add(two)
        beside[two].add(one)
    return beside


def _turns_round(question: str, quotes: str) -> bool:
    asked, told = (set(_around_prepositions(text)) for text in (question, quotes))
    return any((after, preposition, before) in told for before, preposition, after in asked - told)


def _around_prepositions(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield each preposition with the content words right before and after it, articles passed over."""
    found = [word for word in words(plain(text)) if fold(word) not in _ARTICLES]
    for before, preposition, after in zip(found, found[1:], found[2:], strict=False):
        if fold(preposition) in _PREPOSITIONS and is_content(before) and is_content(after):
            yield term(before), fold(preposition), term(after)
