"""Misspelt words of a question, put right by the words of the articles."""

from __future__ import annotations

import functools
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.models import embedding_files
from rag.text import STOP_WORDS, capitalised, composed, fold
from rag.tokens import count_tokens

# A word of 4 to 7 letters is given one mistake, a longer one two.
SHORTEST = 4
LONG = 8
# In a shorter one in small letters no letter is taken for a wrong one: "thaw" is not "that", nor "spore" "spare".
SHORTEST_WRONG = 6

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
# A word to correct, or what is left alone: quotations, which are looked for as they stand, and what is no prose, such
# as addresses, codes and hyphenations.
_PIECE = re.compile(rf"“[^”]*”|\"[^\"]*\"|\S*[\d@/\\_]\S*|\S*\w[-–.]\w\S*|(?P<word>{_WORD.pattern})")
_SHORT_NAME = 5
_WRONG = 2  # the rank of a wrong letter among mistakes
_NAME_SHARE = 0.2  # of a word's occurrences have a capital if it is a name, or part of one
_POSSESSIVE = re.compile(r"['’]s?$", re.IGNORECASE)
_SHORTEST_BASE = 4  # a shorter one is a word itself: "used" is no form of "us"
_DOUBLED = re.compile(r"([^\W\d_])\1(?:ed|ing|er)$")
# Endings, each with what the form in the dictionary ends in instead.
_INFLECTIONS = (
    ("s", ""),
    ("es", ""),
    ("ies", "y"),
    ("ed", ""),
    ("ed", "e"),
    ("ied", "y"),
    ("ing", ""),
    ("ing", "e"),
    ("ly", ""),
    ("er", ""),
    ("er", "e"),
)


def count_words(texts: Iterable[str]) -> Counter[str]:
    """Count the words of the articles as they are spelt, case and possessives kept."""
    return Counter(word.replace("’", "'") for text in texts for word in _WORD.findall(composed(text)))


class Speller:
    """Corrects questions by the words of a corpus; those of English are known from the tokenizer's vocabulary."""

    def __init__(self, known: Callable[[str], bool], vocabulary: Mapping[str, int]) -> None:
        """Take whether the corpus has a word, in whatever form, and how often it has each spelling."""
        self._known = known
        self._vocabulary = vocabulary

    def corrected(self, question: str) -> str:
        """Return the question with each misspelt word replaced by the nearest one of the corpus, if one is near."""
        return _PIECE.sub(lambda match: self._piece(match["word"], match), composed(question))

    @functools.cached_property
    def _table(self) -> _Table:
        return _Table.of(self._vocabulary)

    def _piece(self, word: str | None, match: re.Match[str]) -> str:
        """Return a piece of the question as it should be spelt; the capital of its first word says nothing."""
        if word is None:
            return match.group()
        if match.start() == 0 and (right := self._right(word.lower())) in STOP_WORDS:
            return _cased(right, word)
        return self._right(word)

    def _right(self, word: str) -> str:
        """Return the word as it should be spelt."""
        bare = _POSSESSIVE.sub("", word)
        if len(word) < SHORTEST or not bare.isalpha() or is_english(word) or self._known(bare):
            return word
        nearest = self._table.nearest(_plain(word), 2 if _may_have_two(word) else 1)
        if word.islower() and len(word) < SHORTEST_WRONG:
            nearest = [spelling for spelling in nearest if _slip(_plain(word), spelling.plain) < _WRONG]
        if not word.islower() and not _is_function_word(nearest):
            nearest = _sure(word, nearest)
        elif count_tokens(f" {word}") == 1 and not _is_function_word(nearest):
            nearest = [spelling for spelling in nearest if _is_swapped(_plain(word), spelling.plain)]
        return _cased(nearest[0].written, word) if nearest else word


def is_english(word: str) -> bool:
    """Tell whether a word is ordinary English, as it is or without its ending, or a well-known name."""
    name = not word.islower() and any(count_tokens(f" {form}") == 1 for form in (word, word.capitalize()))
    return name or any(base in _dictionary() for base in _bases(fold(_POSSESSIVE.sub("", word))))


@functools.lru_cache(maxsize=1 << 12)
def distance(one: str, other: str) -> int:
    """Return how many letters must be added, dropped, changed or swapped with the next (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        before, last, row = row, before, [i]
        for j, target in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != target))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == target:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]


@dataclass(frozen=True, slots=True)
class _Spelling:
    """A word of the corpus: folded, as it is mostly written, how often it occurs, and how often with a capital."""

    plain: str
    written: str
    count: int
    capitals: int


@dataclass(frozen=True, slots=True)
class _Table:
    """The spellings of a corpus, the most frequent first, with how often each has each letter.

    `profiles` has the shape (spellings, 27): the letters a to z, and all others. Words that are n edits apart differ by
    at most 2n there, which rules out nearly all at the cost of one subtraction.
    """

    spellings: tuple[_Spelling, ...]
    profiles: NDArray[np.int16]

    @classmethod
    def of(cls, vocabulary: Mapping[str, int]) -> _Table:
        """Fold the vocabulary."""
        totals: Counter[str] = Counter()
        capitals: Counter[str] = Counter()
        written: dict[str, str] = {}
        for word, count in sorted(vocabulary.items(), key=lambda item: -item[1]):
            totals[_plain(word)] += count
            capitals[_plain(word)] += 0 if word.islower() else count
            written.setdefault(_plain(word), word)
        spellings = tuple(
            _Spelling(plain, written[plain], count, capitals[plain]) for plain, count in totals.most_common()
        )
        return cls(spellings, _profiles([spelling.plain for spelling in spellings]))

    def nearest(self, plain: str, most: int) -> list[_Spelling]:
        """Return the spellings nearest to a folded word within `most` edits, the likeliest first.

        The first letter is hardly ever wrong, and a wrong one mostly makes another word: "grail" is not "rail".
        """
        apart = np.abs(self.profiles - _profiles([plain])).sum(axis=1)
        near: list[tuple[int, int, _Spelling]] = []
        for number in np.flatnonzero(apart <= 2 * most):
            spelling = self.spellings[number]
            if spelling.plain[0] != plain[0] or len(spelling.plain) < SHORTEST:
                continue
            if (edits := distance(plain, spelling.plain)) <= most:
                near.append((edits, _slip(plain, spelling.plain), spelling))
        least = min((rank[:2] for rank in near), default=None)
        return [spelling for *rank, spelling in near if tuple(rank) == least]


def _slip(plain: str, correct: str) -> int:
    """Rank the kinds of mistakes: a letter left out or two swapped, one added, one wrong.

    With it "directr" is "director", not "direct", and of 217 lower-case words with a random mistake 179 instead of 173
    were restored (squad2, together with a stricter rule for names).
    """
    if len(correct) > len(plain) or _is_swapped(plain, correct):
        return 0
    return 1 if len(correct) < len(plain) else _WRONG


def _is_swapped(plain: str, correct: str) -> bool:
    return sorted(plain) == sorted(correct)


def _is_function_word(nearest: list[_Spelling]) -> bool:
    return bool(nearest) and nearest[0].plain in STOP_WORDS


def _profiles(words: list[str]) -> NDArray[np.int16]:
    """Return how often each word has each letter, shape (len(words), 27)."""
    letters = np.frombuffer("".join(words).encode("utf-32-le"), np.uint32).astype(np.int64) - ord("a")
    letters[(letters < 0) | (letters > 25)] = 26
    rows = np.repeat(np.arange(len(words)), [len(word) for word in words])
    profiles = np.zeros((len(words), 27), np.int16)
    np.add.at(profiles, (rows, letters), 1)
    return profiles


def _may_have_two(word: str) -> bool:
    """Tell whether two mistakes are likely: in a long word that is in pieces for the tokenizer, as rare words are not.

    "persentage" has three tokens and "ejecting" two. Of 300 squad2 questions put to the clapnq articles, 7 are changed,
    and 11 without this.
    """
    return len(word) >= LONG and word.islower() and count_tokens(f" {word}") > 2


def _sure(word: str, nearest: list[_Spelling]) -> list[_Spelling]:
    """Return the one name that a name must be meant by, or none: names that are near may well be others.

    A short one is believed only if two of its letters are swapped, or if the corpus has the other more than once.
    """
    plain = _plain(word)
    if len(nearest) != 1 or nearest[0].capitals < _NAME_SHARE * nearest[0].count:
        return []
    if _is_swapped(plain, nearest[0].plain):
        return nearest
    return nearest if len(plain) > _SHORT_NAME or (len(plain) > SHORTEST and nearest[0].count > 1) else []


@functools.cache
def _dictionary() -> frozenset[str]:
    """Return the whole words of MiniLM's vocabulary, some 22,500.

    It lacks misspellings that cl100k_base has as tokens: " wich", " teh", " strat".
    """
    _, tokenizer = embedding_files()
    vocabulary = json.loads(tokenizer.read_text(encoding="utf-8"))["model"]["vocab"]
    return frozenset(word for word in vocabulary if word.isalpha())


def _bases(word: str) -> Iterator[str]:
    """Yield the word and what it may be a regular form of."""
    yield word
    for ending, instead in _INFLECTIONS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_BASE:
            yield word.removesuffix(ending) + instead
    if _DOUBLED.search(word):
        yield _DOUBLED.sub(r"\1", word)


def _plain(word: str) -> str:
    """Return the word as it is compared: folded, without apostrophes."""
    return fold(word).replace("'", "").replace("’", "")


def _cased(correct: str, word: str) -> str:
    """Return the correct spelling with capitals where the misspelt word has them."""
    if word.islower():
        return correct.lower()
    if word.isupper():
        return correct.upper()
    return capitalised(correct)
