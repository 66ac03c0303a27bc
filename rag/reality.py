"""What a claim says is done and the sentences have only as planned, possible, conditional or alleged.

"The council built 300 flats" does not stand on "plans to build 300 flats", nor "Varga took bribes" on "prosecutors
allege that …". It counts where the sentences have a verb only so, each time.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.english import DETERMINERS, HELPING, MAY
from rag.features import Reading
from rag.inflection import term
from rag.relations import HOPES, PAST
from rag.wording import Word, places, worded

_IF = frozenset("if unless whether".split())
_SAYING = re.compile(r"sa(?:id|ys?)|promis\w*|threaten\w*|announc\w*|vow\w*")
# What is held, and may not be so; the last two say that it is not.
_HELD = re.compile(
    r"alleg\w*|accus\w*|suspect\w*|believ\w*|think|thought|fear\w*|hope[sd]?|rumou?r\w*|suppos\w*|expect\w*|claim\w*"
    r"|doubt(?:s|ed)?|deny|denie[sd]"
)
_TOLD = frozenset("told taught said".split())  # of nobody in particular: "visitors are told that", "it is said to"
_OF_ALL = frozenset("is are been often usually still".split())
_NOT_HELD = re.compile("doubt|den")
_ATTRIBUTES = re.compile(r"\b(?:according|sa(?:id|ys?)|reported\w*|alleged\w*)\b", re.IGNORECASE)
_POSSIBLY = re.compile(r"\b(?:perhaps|possib\w+|can|could)\b")
# "Received an offer of a grant": of the grant nothing is told.
_OFFERED = re.compile(
    r"(?P<verb>[a-z]+)\s+(?:an?|the|its|his|her|their)\s+(?:[a-z]+\s+)?(?P<offer>offer|promise|proposal|draft|threat)\s+(?:of|for)\b"
)
_NOT_BARE = DETERMINERS | HELPING | frozenset("about of than up at any to".split())  # before a verb or a noun


def unreal(claim: Reading, sentences: Sequence[Reading]) -> int:
    """Return how many deeds of a claim the sentences have only as what may come, would, or is held to be so."""
    mine, theirs = worded(claim.text), [worded(sentence.text) for sentence in sentences]
    held = sum(_is_unreal(mine, place, theirs, claim) for place, word in enumerate(mine) if word.is_small)
    return held + sum(_is_only_offered(claim, sentence) for sentence in sentences)


def _is_only_offered(claim: Reading, sentence: Reading) -> bool:
    """Tell whether a sentence has a verb of a claim only of the offer of something: "received an offer of a grant"."""
    return any(
        term(match["verb"]) in claim.terms and term(match["offer"]) not in claim.terms
        for match in _OFFERED.finditer(sentence.text)
    )


def _is_unreal(mine: Sequence[Word], place: int, theirs: Sequence[Sequence[Word]], claim: Reading) -> bool:
    told = [(found, at) for found in theirs for at in places(found, mine[place].term)]
    if not told:
        return False
    mood, moods = _mood(mine, place), {_mood(found, at) for found, at in told}
    if mood in ("must", "will"):
        return moods <= ({"may"} if mood == "must" else {"may", "if"})
    if mood:
        return False
    if _only_may(mine, place, told):
        return not _POSSIBLY.search(claim.text)
    is_past = PAST.fullmatch(mine[place].text) is not None
    start = _start(mine, place)
    if not (is_past or _is_predicate(mine, place)) or (start and mine[start - 1].text == "to"):
        return False
    is_present = any(word.text in ("is", "are") for word in mine[start:place])
    if is_past and moods <= {"will", "hope", "would", "if", "" if is_present else "may"} - {""}:
        return True
    return _only_held(mine, place, told, claim)


def _only_may(mine: Sequence[Word], place: int, told: Sequence[tuple[Sequence[Word], int]]) -> bool:
    """Tell whether the sentences have a verb right behind "may", and a claim has it without anything before it."""
    bare = not place or mine[place - 1].text not in _NOT_BARE
    return bare and all(at and found[at - 1].text in ("may", "might") for found, at in told)


def _only_held(mine: Sequence[Word], place: int, told: Sequence[tuple[Sequence[Word], int]], claim: Reading) -> bool:
    """Tell whether the sentences say only that somebody holds it, and a claim does not attribute it.

    What somebody denies or doubts may be denied.
    """
    held = [_held(found, at) for found, at in told]
    if not all(held) or any(_HELD.fullmatch(word.text) for word in mine):
        return False
    doubted = all(map(_NOT_HELD.match, held))
    if doubted and mine[place].term in claim.polarity.denied:
        return False
    return doubted or not _ATTRIBUTES.search(claim.text)


def _mood(found: Sequence[Word], place: int) -> str:
    """Return what a word stands under: "may", "must", "will", "would", "hope" or "if"; nothing if it is told."""
    start = _start(found, place)
    before = found[start - 1].text if start else ""
    if before in MAY:
        return "may"
    if before in ("must", "will"):
        return before
    if before == "would" and any(word.text in _IF or _SAYING.fullmatch(word.text) for word in found):
        return "would"
    if before == "to":
        governing = [w for w in found[: start - 1] if w.text not in ("be", "not") and not w.text.endswith("ly")][-1:]
        if governing and HOPES.fullmatch(governing[0].text):
            return "hope"
    for word in reversed(found[:place]):
        if word.is_mark or word.text in ("but", "and", "then"):
            return ""
        if word.text in _IF:
            return "if"
    return ""


def _start(found: Sequence[Word], place: int) -> int:
    """Return where the helping verbs before a verb begin."""
    while place and (found[place - 1].text in HELPING or found[place - 1].text.endswith("ly")):
        place -= 1
    return place


def _held(found: Sequence[Word], place: int) -> str:
    """Return the verb of holding or doubting that governs a word in its clause, if one does."""
    for at in range(place - 1, -1, -1):
        if found[at].is_mark or found[at].text in ("but", "and", "who", "which"):
            return ""
        if at + 1 < place and (_HELD.fullmatch(found[at].text) or _is_hearsay(found, at)):
            return found[at].text
    return ""


def _is_hearsay(found: Sequence[Word], at: int) -> bool:
    before, verb, after = (word.text for word in found[at - 1 : at + 2]) if at else ("", "", "")
    return before in _OF_ALL and verb in _TOLD and after in ("that", "to")


def _is_predicate(found: Sequence[Word], place: int) -> bool:
    """Tell whether a word stands right behind "is", articles apart."""
    for word in reversed(found[max(0, place - 3) : place]):
        if word.text in ("is", "are", "was", "were"):
            return True
        if word.text not in ("the", "a", "an", "still"):
            return False
    return False
