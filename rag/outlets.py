"""Questions that name the papers: "according to the Courier", "Do the Herald and the Courier agree on …?".

A paper is told by the byline or dateline under the headline of its articles, an agency by the brackets in a dateline,
or by the name of the file where the question has "the" before it. Only what a question says of somebody who tells is
taken for the name of one.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass

from rag.english import MONTH, WEEKDAY
from rag.text import capitalised, fold, words

OPENING = 400  # characters of an article, of which a line may be a byline or dateline
_LONGEST_LINE = 16  # words of such a line
_BYLINE = re.compile(r"^(?:by|from|(?:source|author|publisher|publication):|published)\b", re.IGNORECASE)
_SENTENCE_ENDS = re.compile(r"[.!?][”\"’']*$")
# "PORT HALDEN, March 14 (Lund News Agency) – At least …": whose report it is, before it begins.
_AGENCY = re.compile(r"^[A-Z][^()\n]{0,60}\((?P<agency>[^()]{2,50})\)\s*[–—-]")
# What stands behind a name that the line is of: "Lund Herald, 3 May 2021".
_DATED = re.compile(rf"^[\s,|–—-]*(?:{WEEKDAY},?\s+)?(?:\d{{1,2}}\s+{MONTH}\b|{MONTH}\b\.?\s+\d|\d{{4}}-\d\d-\d\d)")

_NAME = r"(?:the\s+)?[A-Z][\w’'-]*(?:\s+(?:of\s+)?[A-Z][\w’'-]*){0,3}"
_NAMES = rf"{_NAME}(?:(?:,\s+(?:and\s+)?|\s+(?:and|or|versus|vs\.?)\s+)(?:(?i:according\s+to)\s+)?{_NAME})*"
_TELL = r"(?:agree|disagree|differ|(?:say|tell|report|write|describe|put|give)s?)"
_ACCORDING = re.compile(
    rf"[,;]?\s*\b(?i:according\s+to|(?:given|told|reported|stated|published|quoted)\s+(?:by|in))\s+(?P<names>{_NAMES})(?P<end>,\s*)?"
)
_DO = re.compile(rf"\b(?P<do>(?i:do|does|did))\s+(?P<names>{_NAMES})\s+(?=(?:(?i:both|each)\s+)?{_TELL}\b)")
_SAID_OF = re.compile(rf"^\W*what\s+(?:do|does|did)\s+the\s+articles?\s+{_TELL}\s+(?:about|of|on)\s+", re.IGNORECASE)
_BETWEEN = re.compile(r",\s+(?:and\s+)?|\s+(?:and|or|versus|vs\.?)\s+")
_ACCORDING_TO = re.compile(r"^according\s+to\s+", re.IGNORECASE)
_THE = re.compile(r"^the\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Told:
    """What is asked of some papers, and the sources of the articles of each."""

    question: str
    papers: tuple[tuple[str, frozenset[str]], ...]

    @property
    def sources(self) -> frozenset[str]:
        """The sources of all of them."""
        return frozenset().union(*(sources for _, sources in self.papers))

    def name_of(self, source: str) -> str:
        """Return the paper that an article is from, as the question has it; an empty string for any other article."""
        return next((capitalised(name) for name, sources in self.papers if source in sources), "")

    def silent(self, cited: Container[str]) -> list[str]:
        """Return the papers of which no article is cited."""
        return [name for name, sources in self.papers if not any(source in cited for source in sources)]


def mentioned(question: str) -> tuple[str, ...]:
    """Return the names of whoever tells something, as a question has them; none for nearly all questions."""
    match = _ACCORDING.search(question) or _DO.search(question)
    return tuple(_ACCORDING_TO.sub("", name.strip()) for name in _BETWEEN.split(match["names"])) if match else ()


def told(question: str, openings: Mapping[str, str]) -> Told | None:
    """Return what a question asks of the papers it names; None unless there are articles of each of them.

    Args:
        question: as it was asked.
        openings: the first characters of the articles that were found, by source.
    """
    names = mentioned(question)
    papers = [(name, frozenset(s for s, text in openings.items() if _names(name, s, text))) for name in names]
    if not papers or not all(sources for _, sources in papers):
        return None
    return Told(_without(question, several=len(names) > 1), tuple(papers))


def _names(name: str, source: str, opening: str) -> bool:
    bare = _THE.sub("", name)
    below = [line.strip() for line in opening.splitlines()[1:]]
    agencies = [match["agency"] for match in map(_AGENCY.match, below) if match]
    lines = [line for line in below if len(line.split()) <= _LONGEST_LINE]
    told = agencies + [line for line in lines if _BYLINE.search(line) and not _SENTENCE_ENDS.search(line)]
    if _THE.match(name):
        told.append(re.sub(r"[_\W]+", " ", source))
    wanted = [fold(word) for word in words(bare)]
    dated = any(_DATED.search(line.partition(bare)[2]) for line in lines)
    return dated or any(_has(wanted, [fold(word) for word in words(line)]) for line in told)


def _has(wanted: list[str], found: list[str]) -> bool:
    return any(found[at : at + len(wanted)] == wanted for at in range(len(found)))


def _without(question: str, *, several: bool) -> str:
    """Return the question as it is put to the articles of the papers."""
    if several:
        plain = _DO.sub(r"\g<do> the articles ", question)
        return _ACCORDING.sub(" according to the various articles", plain)
    plain = _SAID_OF.sub("What is said about ", _DO.sub(r"\g<do> the article ", question))
    return capitalised(_ACCORDING.sub(lambda match: " " if match["end"] else "", plain).strip())
