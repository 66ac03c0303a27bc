"""A text word by word, with its marks: what stands before a word, and behind it."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.inflection import term
from rag.text import fold, is_content, words

_TOKEN = re.compile(r"(?:[A-Z]\.){2,}|\d+(?:[.,]\d+)*|[^\W\d_][\w’']*|[^\w\s]")
_MARK = re.compile(r"[,;:()“”\"—–.!?]")
_GOES_ON = re.compile(r"\s+[a-z\d]")


@dataclass(frozen=True, slots=True)
class Word:
    """A word, folded and as it is written, with its term if it is a content word; or a mark."""

    text: str
    written: str
    term: str = ""
    is_mark: bool = False

    @property
    def is_capital(self) -> bool:
        """Whether it is a content word with a capital."""
        return bool(self.term) and self.written[:1].isupper()

    @property
    def is_small(self) -> bool:
        """Whether it is a content word in small letters."""
        return bool(self.term) and self.written.islower()


@functools.lru_cache(maxsize=4096)
def worded(text: str) -> tuple[Word, ...]:
    """Return the words and marks of a text, in order."""
    found: list[Word] = []
    for match in _TOKEN.finditer(text):
        if match[0] == "." and _GOES_ON.match(text, match.end()):
            continue  # "Oct. 14"
        if _MARK.fullmatch(match[0]):
            found.append(Word(match[0], match[0], is_mark=True))
            continue
        found += [Word(fold(w), match[0], term(w) if is_content(w) else "") for w in words(match[0])]
    return tuple(found)


def places(found: Sequence[Word], wanted: str) -> list[int]:
    """Return where words with a term stand."""
    return [place for place, word in enumerate(found) if word.term == wanted]


def term_set(found: Sequence[Word]) -> frozenset[str]:
    """Return the terms of some words."""
    return frozenset(word.term for word in found if word.term)
