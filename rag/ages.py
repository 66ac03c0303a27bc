"""How old somebody is: "Ada Lund, 54, said", "the 54-year-old Ada Lund"; not "she began at 19"."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rag.english import YEAR

_HOW_OLD = re.compile(r"\b[Hh]ow old (?:is|was) (?P<who>[A-Z][\w’'-]*(?:\s+[A-Z][\w’'-]*)*)\W*$")
_AT_AGE = re.compile(r"\bat (?:the age of )?(?:only )?\d{1,3}\b(?!\s*years)", re.IGNORECASE)
# A year tells how old something is if it is that in which it began.
_YEAR = re.compile(rf"\b{YEAR}\b")
_BEGAN = re.compile(
    r"\b(?:born|birth|built|buil(?:ds?|ding)|dat(?:es?|ed|ing)|found(?:ed|ing)|establish\w*|erected|laid|made|opened|since|began)\b",
    re.IGNORECASE,
)
# "Had joined six weeks earlier" does not make anybody six weeks old.
_SO_OLD = re.compile(r"\b\w+\s(?:weeks?|months?|days?|hours?)\sold\b", re.IGNORECASE)
_TELLS_AGE = re.compile(r"\bold\b|\bage[ds]?\b|\bborn\b|\b(?:birth|new-?born|baby|infant)", re.IGNORECASE)


def is_no_age(claim: str, sentences: Iterable[str]) -> bool:
    """Tell whether a claim has somebody, or something, so many weeks old where no sentence tells how old."""
    return bool(_SO_OLD.search(claim)) and not any(map(_TELLS_AGE.search, sentences))


def gives_age(question: str, sentence: str) -> bool:
    """Tell whether a sentence gives the age of whom a question asks how old they are, right beside their name."""
    asked = _HOW_OLD.search(question)
    if not asked:
        return False
    surname = re.escape(asked["who"].split()[-1])
    beside = rf"\b{surname},\s+(?:now\s+|aged\s+)?\d{{1,3}}(?=[,.;]|\s+and\b)|\b{surname},\s+an?\s+\d{{1,3}}-year-old\b"
    before = rf"\b\d{{1,3}}-year-old\s+(?:[\w’'-]+\s+){{0,4}}?{surname}\b"
    return re.search(f"{beside}|{before}|\\b{surname}\\s+is\\s+\\d{{1,3}}\\b", sentence) is not None


def without_other_ages(question: str, answer: str) -> str:
    """Return an answer to how old somebody is without how old they were when something was so, or when that was."""
    answer = answer if _BEGAN.search(answer) else _YEAR.sub(" ", answer)
    return _AT_AGE.sub(" ", answer) if re.search(r"\bhow old (?:is|are)\b", question, re.IGNORECASE) else answer
