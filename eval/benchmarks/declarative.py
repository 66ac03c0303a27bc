"""A question and its answer → the claim they make together: "Who opened it?" and "Ada" make "Ada opened it.".

After QA2D (Demszky, Guu & Liang, "Transforming Question Answering Datasets Into Natural Language Inference Datasets",
2018), by a small rule without a parser: the wh-phrase is replaced by the answer, and the auxiliary goes back behind the
subject. "Did" is kept ("did begin"), so that no verb needs inflecting. Where the rule sees no way, there is no claim.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

_WH = re.compile(r"\b(?:what|which|who|whom|when|where|how many|how much)\b", re.IGNORECASE)
_BE = frozenset("is are was were".split())
_HAVE = frozenset("has have had".split())
_DO = frozenset("do does did".split())
_MODAL = frozenset("can could will would shall should may might must".split())
_AUXILIARY = _BE | _HAVE | _DO | _MODAL
_PREPOSITIONS = frozenset("about after against along as at before besides between by during for from in into near of "
                          "on over through to under upon with within without".split())
_DETERMINERS = frozenset("a an the his her its their this that these those some most many all".split())
_PARTICIPLES = frozenset("born bound brought built called caught chosen done drawn driven felt found given grown held "
                         "kept known laid led left lost made meant met paid put seen sent set shown sold spent spoken "
                         "taken taught thought told understood used won written".split())
_VERBS = frozenset("be become begin bring build choose come contain cover do draw drive fall feel fight find get give "
                   "go grow have hold keep know lead leave lose make mean meet pay put read rise run say see sell send "
                   "set show sit speak spend split spread stand take teach tell think win write".split())
_KIND_OF = re.compile(r"^(?:other )?(?:kind|type|sort|class)s? of\b", re.IGNORECASE)
_TIMES = frozenset("date day month year years decade century".split())
_LONGEST_HEAD = 6  # words between "what" and its auxiliary
_LONGEST_TAIL = 3  # words of a wh-phrase that stands at the end of its question

IsVerb = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class _Question:
    """A question taken apart: "In 1973, in | what | year | was | the wall mended"; `lead` ends with a comma."""

    lead: str
    preposition: str
    wh: str
    head: Sequence[str]
    auxiliary: str
    tail: Sequence[str]

    @property
    def adverbial(self) -> bool:
        """Whether it asks for a time, a place or another circumstance, and so for neither subject nor object."""
        return bool(self.preposition) or self.wh in ("when", "where")


def verbs_of(vocabulary: Iterable[str]) -> IsVerb:
    """Tell verbs by their past form: in a text with "practised", "practise" is one; common irregular ones are known."""
    words = frozenset(vocabulary)

    def is_verb(word: str) -> bool:
        past = {word + "d" if word.endswith("e") else word + "ed", word[:-1] + "ied" if word.endswith("y") else ""}
        return word in _VERBS or (word.islower() and len(word) > 2 and not past.isdisjoint(words))

    return is_verb


def declare(question: str, answer: str, is_verb: IsVerb) -> str | None:
    """Return the claim, a sentence with a full stop, or None where the rule does not apply."""
    plain = " ".join(question.split()).rstrip(" ?.")
    answer = answer.strip(" .,")
    match = _WH.search(plain)
    if not match or not answer:
        return None
    before, after = plain[: match.start()].split(), plain[match.end() :].split()
    preposition = before.pop() if before and before[-1].casefold() in _PREPOSITIONS else ""
    if before and not before[-1].endswith(","):
        if match[0].casefold() in ("when", "where"):
            return None
        return _in_place(plain[: match.start()].strip(), after, answer)
    parts = _parted(" ".join(before), preposition.casefold(), match[0].casefold(), after)
    if parts is None:
        return None
    if not parts.auxiliary:
        return _sentence(parts.lead, answer, *parts.tail)
    words = _statement(parts, answer, is_verb)
    return _sentence(parts.lead, *words) if words else None


def _in_place(before: str, after: Sequence[str], answer: str) -> str | None:
    """The wh-phrase stands where the answer goes, as in "X is what kind of force?"; only at the end, to be sure."""
    rest = _KIND_OF.sub("", " ".join(after)).split()
    return _sentence(before, answer) if len(rest) <= _LONGEST_TAIL and not set(rest) & _AUXILIARY else None


def _parted(lead: str, preposition: str, wh: str, after: Sequence[str]) -> _Question | None:
    asks_subject = after and after[0] not in _AUXILIARY and (wh == "who" or (wh == "what" and after[0].endswith("ed")))
    if asks_subject and not preposition:
        return _Question(lead, "", wh, (), "", after)
    at = next((i for i, word in enumerate(after[: _LONGEST_HEAD + 1]) if word in _AUXILIARY), None)
    if at is None or at + 1 == len(after) or after[at + 1] in ("it", "there"):
        return None
    when = "in" if at and after[0] in _TIMES else ""
    return _Question(lead, preposition or when, wh, after[:at], after[at], after[at + 1 :])


def _statement(parts: _Question, answer: str, is_verb: IsVerb) -> list[str] | None:
    """The words in the order of a statement."""
    given = _answered(parts, answer)
    if parts.auxiliary in _BE and not parts.adverbial and not _asks_complement(parts):
        return [*given, parts.auxiliary, *parts.tail]
    predicate = parts.auxiliary in _MODAL | _HAVE and _begins_predicate(parts.tail[0], is_verb)
    if not parts.adverbial and (predicate or parts.tail[0] == "not"):
        return [*given, parts.auxiliary, *parts.tail]
    at = _subject_end(parts, is_verb)
    return [*parts.tail[:at], parts.auxiliary, *parts.tail[at:], *given] if at else None


def _answered(parts: _Question, answer: str) -> list[str]:
    """The answer with the noun that it counts or qualifies, or with the preposition that it needs."""
    words, noun = answer.split(), list(parts.head) if parts.wh.startswith("how") else []
    if parts.head and parts.head[0] in ("percent", "percentage", "proportion"):
        noun = list(parts.head[1:])
    elif kind := _KIND_OF.match(" ".join(parts.head)):
        noun = " ".join(parts.head)[kind.end() :].split()
    if not set(noun) & set(words):
        words += noun
    if parts.adverbial and words[0].casefold() not in _PREPOSITIONS:
        words.insert(0, parts.preposition or "in")
    return words


def _asks_complement(parts: _Question) -> bool:
    """Whether what follows "is" is the subject: "What is the capital?", "What city was it named after?"."""
    first, last = parts.tail[0], parts.tail[-1]
    if last in _PREPOSITIONS or (_is_participle(last) and not _is_participle(first)):
        return True
    return not parts.head and (first.casefold() in _DETERMINERS or first[0].isupper() or first.endswith(("'s", "s'")))


def _subject_end(parts: _Question, is_verb: IsVerb) -> int | None:
    """How many words of the tail are the subject; None where no verb shows its end."""
    tail = parts.tail
    if parts.auxiliary in _DO | _MODAL:
        return next((i for i, word in enumerate(tail) if i and is_verb(word)), None)
    # "What are the cells found in the blood called?" has the predicate at its end.
    if parts.auxiliary in _BE and not parts.adverbial:
        if _is_participle(tail[-1]):
            return len(tail) - 1
        if tail[-1] not in _PREPOSITIONS:
            return len(tail)
    participle = next((i for i in range(len(tail) - 1, 0, -1) if _is_participle(tail[i])), None)
    if participle is not None or parts.auxiliary in _HAVE:
        return participle
    if not parts.adverbial:
        return next((i for i, word in enumerate(tail) if i > 1 and word in ("a", "an", "the")), max(1, len(tail) - 2))
    return next((i for i, word in enumerate(tail) if i and word in _PREPOSITIONS - {"of"}), len(tail))


def _begins_predicate(word: str, is_verb: IsVerb) -> bool:
    return word in ("be", "been") or word.endswith("ly") or is_verb(word) or _is_participle(word)


def _is_participle(word: str) -> bool:
    return word in _PARTICIPLES or (word.endswith("ed") and word.islower() and len(word) > 4)


def _sentence(*words: str) -> str:
    text = " ".join(word for word in words if word)
    return text[:1].upper() + text[1:] + "."
