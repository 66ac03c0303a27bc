"""The small words that turn a claim around: before or after, at least or at most, all or some, second or third, than.

They are stop words, so that nothing else looks at them. A claim has it otherwise only where the sentences have the same
word, and each time with the opposite small word before it. So it is with particles (sent off, sent on), with "un", with
"he" for "she", and with what "that" points back to.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from rag.deeds import is_verb
from rag.english import DETERMINERS, MONTH, NUMBERS, PREPOSITIONS, WEEKDAY
from rag.features import Reading
from rag.inflection import term
from rag.wording import Word, places, term_set, worded

_PAIRS = (
    ("before", "after"), ("until till by", "since after"), ("with", "without"), ("inside within", "outside"),
    ("if", "unless"), ("within", "after"), ("from", "to"), ("ahead", "behind"),
    ("above over more least", "below under beneath fewer less most nearly almost"),
)  # fmt: skip
_OPPOSITE = {
    word: frozenset(other for pair in _PAIRS for mine, theirs in (pair, pair[::-1]) if word in mine.split()
                    for other in theirs.split())
    for pair in _PAIRS for side in pair for word in side.split()
}  # fmt: skip
_PASSED = DETERMINERS | frozenset("about of than up at any".split())
_OF_NUMBERS = frozenset("more least fewer less most nearly almost".split())
_PARTICLES = frozenset("up down off out over away back".split())  # that make a verb another: sent off, sent on
_WHEN = re.compile(rf"\d.*|{MONTH}|{WEEKDAY}", re.IGNORECASE)
_PREFIXES = ("un", "non", "dis", "in", "im", "ir", "il")
_NEGATIVE = re.compile(rf"(?:{'|'.join(_PREFIXES)})(?=[a-z]{{4}})")
_FAR = 4  # words back from a word to what guards it
_NUMBER = re.compile(rf"\d.*|half|{'|'.join(NUMBERS)}|twelve|dozen")
_AT_MOST = re.compile(r"\b(?:no|not) (?:more|later|longer) than\b|\bup to\b", re.IGNORECASE)
_NO_TO = re.compile(r"\bsa(?:y|ys|id|ying) no to\b", re.IGNORECASE)  # "no to an offer from a firm": nothing goes to it
_COMPARED_TO = re.compile(r"\bcompared (?:to|with)\b", re.IGNORECASE)  # it was 6 "from" which it fell to 5
_AT_LEAST = re.compile(r"\b(?:no|not) (?:less|fewer|earlier) than\b", re.IGNORECASE)

# None, few, some, most, all; of which a claim may say less than the sentences, but of "some" and "few".
_SHARES = {word: share for share, words in enumerate((
    "no none neither", "few hardly little", "some several many half", "most majority", "all every each both",
)) for word in words.split()}  # fmt: skip
_SOME = 2
_PART = frozenset(NUMBERS)  # "three of the bridges" are some

_ORDINALS = {word: place for place, word in enumerate(
    "first second third fourth fifth sixth seventh eighth ninth tenth".split(), 1
)} | {"last": 99, "final": 99, "next": 98}  # fmt: skip
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)")
_RANKED = range(2, 90)
_ENDS_SIDE = (PREPOSITIONS - {"of"}).union("but and or who which was is".split())
_REVERSED = ({"more", "less"}, {"more", "fewer"})

_HE_OR_SHE = re.compile(r"\b(?P<who>he|she|we)\s+(?:\w+ly\s+)?(?P<does>[a-z]{3,})", re.IGNORECASE)
_OTHER_SEX = {"he": "she", "she": "he"}
_FAR_BEHIND = re.compile(r"(?P<far>\d[\d.,]*[\s-]\w+)\s+(?:behind|ahead)\b")
_DISTANCE = re.compile(
    r"(?P<far>\d[\d.,]*[\s-]\w+)\s+(?:behind|ahead|later|adrift|clear|back|off|slower|faster|from|before|after)\b"
    r"|\b(?:by|of|trail\w*|lead\w*)\s+(?:\w+\s+){0,3}?(?P<by>\d[\d.,]*[\s-]\w+)"
)
_WHOSE = "our|my|his|her|their|its|the"
# "Her red line is that …", where "That is our red line" points to what was said before.
_IS_THAT = re.compile(r".*?(?P<what>[a-z]+(?:\s+[a-z]+)?)\s+(?:is|was)\s+(?:that\s+)?(?P<said>.+)", re.DOTALL)


def turned(claim: Reading, sentences: Sequence[Reading]) -> int:
    """Return how many words of a claim the sentences have with the opposite small word, or in another order."""
    texts = [sentence.text for sentence in sentences]
    ways = (_guarded, _shared, _ranked, _than, _parted, _negated, _sexed, _pointed, _behind)
    return sum(turns(claim.text, texts) for turns in ways)


def _guarded(claim: str, sentences: Sequence[str]) -> int:
    mine, theirs = worded(_bounded(claim)), [worded(_bounded(sentence)) for sentence in sentences]
    count = 0
    for place, word in enumerate(mine):
        guard = _guard(mine, place) if word.term else ""
        if guard not in _OPPOSITE or (guard in _OF_NUMBERS and not _NUMBER.fullmatch(word.text)):
            continue
        told = [_guard(found, at) for found in theirs for at in places(found, word.term)]
        count += bool(told) and all(other in _OPPOSITE[guard] for other in told)
    return count


def _bounded(text: str) -> str:
    plain = _COMPARED_TO.sub("against", _NO_TO.sub("refused", text))
    return _AT_LEAST.sub("at least", _AT_MOST.sub("at most", plain))


def _guard(found: Sequence[Word], place: int) -> str:
    """Return the nearest small word before a word that says how it is meant; none beyond a mark."""
    for word in reversed(found[max(0, place - _FAR) : place]):
        if word.is_mark:
            return ""
        if word.text not in _PASSED:
            return word.text
    return ""


def _shared(claim: str, sentences: Sequence[str]) -> int:
    """Return of how many things a claim says all, most, some or none where the sentences say less, or more."""
    less: dict[int, Callable[[int], bool]] = {0: lambda share: share > 0, 1: lambda share: share > 1}
    mine, theirs, count = worded(claim), [worded(sentence) for sentence in sentences], 0
    for place, word in enumerate(mine):
        share = _share(mine, place) if word.term else None
        if share is None:
            continue
        told = [_share(found, at) for found in theirs for at in places(found, word.term)]
        shares = [other for other in told if other is not None]
        if shares and len(shares) == len(told):
            otherwise = less.get(share, lambda other, share=share: other < share)
            count += all(map(otherwise, shares))
    return count


def _share(found: Sequence[Word], place: int) -> int | None:
    """Return the share that the words before a noun say, one adjective between them at most; None if they do not."""
    adjectives = 0
    for at in range(place - 1, max(-1, place - 6), -1):
        word = found[at]
        if word.is_mark or word.text == "than":
            return None
        if word.text in _SHARES and not _is_degree(found, at, place):
            return _SOME if word.text == "few" and at and found[at - 1].text == "a" else _SHARES[word.text]
        if word.text in _PART and found[at + 1].text == "of":
            return _SOME
        if word.text in ("of", "the", "his", "her", "their", "its"):
            continue
        adjectives += 1
        if not word.term or at != place - 1 or adjectives > 1:
            return None
    return None


def _is_degree(found: Sequence[Word], at: int, place: int) -> bool:
    """Tell whether "most" is that of "most beautiful"."""
    return found[at].text == "most" and at == place - 1 and not found[place].written.endswith("s")


def _ranked(claim: str, sentences: Sequence[str]) -> int:
    """Return how many things of a claim are the second where the sentences have the third, or one of the largest."""
    mine, theirs, count = _apart(claim), [_apart(sentence) for sentence in sentences], 0
    for place, word in enumerate(mine):
        told = [(_ordinal(found, at), _is_one_of(found, at)) for found in theirs for at in places(found, word.term)]
        if not word.term or not told:
            continue
        if rank := _ordinal(mine, place):
            elsewhere = any(
                _ordinal(found, at + 1) == rank
                for found in theirs for at in range(len(found) - 1) if not found[at + 1].term
            )  # fmt: skip
            count += not elsewhere and all(other and other != rank for other, _ in told)
        elif _is_superlative(mine, place) and not _is_one_of(mine, place):
            count += all(other in _RANKED or one for other, one in told)
    return count


def _apart(text: str) -> tuple[Word, ...]:
    return worded(re.sub(r"-(?=\w)", " ", text))


def _ordinal(found: Sequence[Word], place: int) -> int:
    """Return the rank that stands right before a word, 0 if none does."""
    before = [word for word in found[max(0, place - 2) : place] if word.text != "most"][-1:]
    if not before:
        return 0
    figure = _ORDINAL.fullmatch(before[0].written.casefold())
    return int(figure[1]) if figure else _ORDINALS.get(before[0].text, 0)


def _is_one_of(found: Sequence[Word], place: int) -> bool:
    before = [word.text for word in found[max(0, place - 4) : place] if word.text != "most"]
    return before[-3:] == ["one", "of", "the"]


def _is_superlative(found: Sequence[Word], place: int) -> bool:
    """Tell whether a word is one such as "largest", behind "the" or a possessive."""
    word, before = found[place], found[max(0, place - 2) : place]
    if len(word.text) < len("oldest") or not word.text.endswith("est") or not word.written.islower():
        return False
    return any(other.text == "the" or other.written.endswith("s") for other in before)


def _than(claim: str, sentences: Sequence[str]) -> int:
    """Return how many comparisons of a claim the sentences have the other way round: "A is older than B"."""
    told = [sides for sentence in sentences for sides in _compared(worded(sentence))]
    count = 0
    for degree, left, right in _compared(worded(claim)):
        found = []
        for other, their_left, their_right in told:
            mine, yours = left - right, right - left
            first, second = their_left - their_right, their_right - their_left
            same = bool(yours & second) and not yours & first
            crossed = bool(yours & first) and not yours & second and bool(mine & second)
            if same or crossed:
                found.append(crossed != ({degree, other} in _REVERSED))
        count += bool(found) and all(found)
    return count


def _compared(found: Sequence[Word]) -> Iterator[tuple[str, frozenset[str], frozenset[str]]]:
    """Yield each comparison: its degree, and the terms on both sides of "than"."""
    for place, word in enumerate(found):
        if word.text != "than" or found[max(0, place - 1)].text in ("rather", "other"):
            continue
        starts = (at + 1 for at in range(place - 1, -1, -1) if found[at].is_mark)
        start = next((at for at in starts if term_set(found[at:place])), 0)  # past "…, one more than"
        left = found[start:place]
        end = next((at for at in range(place + 1, len(found)) if _ends_side(found, place, at)), len(found))
        degrees = (w.text for w in reversed(left) if w.text in ("more", "less", "fewer") or w.text.endswith("er"))
        yield next(degrees, ""), term_set(left), term_set(found[place + 1 : end])


def _ends_side(found: Sequence[Word], than: int, place: int) -> bool:
    return found[place].is_mark or (found[place].text in _ENDS_SIDE and place > than + 1)


def _parted(claim: str, sentences: Sequence[str]) -> int:
    """Return how many verbs of a claim have a particle where the sentences have them only with another."""
    mine, theirs, count = worded(claim), [worded(sentence) for sentence in sentences], 0
    for place, word in enumerate(mine):
        particle = _particle(mine, place) if word.term else ""
        if particle in _PARTICLES:
            told = [_particle(found, at) for found in theirs for at in places(found, word.term)]
            count += bool(told) and all(other and other != particle for other in told)
    return count


def _particle(found: Sequence[Word], place: int) -> str:
    """Return the particle right behind a verb, "on" among them where no day follows; nothing where none stands."""
    behind = [*(word.text for word in found[place + 1 : place + 3]), "", ""]
    if not is_verb(found[place]):
        return ""
    return behind[0] if behind[0] in _PARTICLES or (behind[0] == "on" and not _WHEN.fullmatch(behind[1])) else ""


def _negated(claim: str, sentences: Sequence[str]) -> int:
    """Return how many words before a noun the sentences have there only with, or without, "un": "untreated beams"."""
    told = {pair for sentence in sentences for pair in _adjoining(sentence)}
    return sum(pair not in told and bool(_reversed(pair) & told) for pair in _adjoining(claim))


def _sexed(claim: str, sentences: Sequence[str]) -> int:
    """Return how often a claim has "he" do what the sentences only have "she" do, or "we"; or the other way round."""
    told = {(match["who"].lower(), term(match["does"])) for text in sentences for match in _HE_OR_SHE.finditer(text)}
    mine = {(match["who"].lower(), term(match["does"])) for match in _HE_OR_SHE.finditer(claim)}
    others = ((other, does) for who, does in mine - told for other in ("we", _OTHER_SEX.get(who)))
    return sum(one in told for one in others)


def _pointed(claim: str, sentences: Sequence[str]) -> int:
    """Return whether a claim says that something is what a sentence only tells behind "That is our …"."""
    match = _IS_THAT.match(claim)
    if not match:
        return 0
    pointing = re.compile(rf"\b(?:that|this)(?:['’]s|\s+is|\s+was)\s+(?:{_WHOSE})\s+{match['what']}\b", re.IGNORECASE)
    told = [(text, found.end()) for text in sentences if (found := pointing.search(text))]
    said = term_set(worded(match["said"]))
    return sum(bool(said) and said <= term_set(worded(text[end:])) for text, end in told)


def _behind(claim: str, sentences: Sequence[str]) -> int:
    """Return how many distances behind or ahead in a claim the sentences have as none: "in 12 minutes"."""
    told = {match["far"] or match["by"] for text in sentences for match in _DISTANCE.finditer(text)}
    mine = {match["far"] for match in _FAR_BEHIND.finditer(claim)}
    return len(mine - told)


def _adjoining(text: str) -> set[tuple[str, str]]:
    """Return each content word with the term right behind it."""
    return {(one.text, two.term) for one, two in pairwise(worded(text)) if one.term and two.term}


def _reversed(pair: tuple[str, str]) -> set[tuple[str, str]]:
    word, noun = pair
    without = _NEGATIVE.sub("", word, count=1)
    return {(without, noun)} if without != word else {(prefix + word, noun) for prefix in _PREFIXES}
