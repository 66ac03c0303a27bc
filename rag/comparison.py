"""Questions that compare the articles ("How do the outlets differ on …?"), and what to ask each article then."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rag.types import Sentence

MOST_SOURCES = 4
MOST_EACH = 3  # sentences read of each article
# An article whose best sentence scores less than this much of the best article's has nothing to say on the matter.
_NEAR = 0.6

_ARTICLES = r"(?:articles?|outlets?|sources|reports?|newspapers?|papers|publications|accounts|media|authors|stories)"
_MANY = r"(?:articles|outlets|sources|reports|newspapers|papers|publications|accounts|media|authors|stories)"
_COMPARES = re.compile(
    rf"\b(?:different|various|several|both|all|each|respective)\s+(?:of\s+the\s+)?(?:\w+\s+)?{_ARTICLES}\b"
    rf"|\bdifferent\b[^?]*\b(?:the|these)\s+{_MANY}\b"
    rf"|\b(?:the|these)\s+{_MANY}\b[^?]*\b(?:differ\w*|disagree\w*|contradict\w*|agree\w*|compare\w*|vary|say|says|tell|write|report"
    rf"|describe|put it)\b"
    rf"|\b(?:differs?|differed|disagree\w*|contradict\w*)\b[^?]*\b(?:the|these)\s+{_MANY}\b",
    re.IGNORECASE,
)
_ASKS = re.compile(r"^\W*(?:(?:and|but|so)\s+)?(?:on\s+)?(?:how|what|which|where|when|why|who|whom)\b", re.IGNORECASE)
# The frame of the comparison, around what each article is asked.
_FRAMES = (
    (re.compile(rf"^\W*how\s+(?:do|does|did)\s+(?:the\s+)?(?:\w+\s+)?{_ARTICLES}\s+(?:differ|disagree|compare|vary)\s+"
                r"(?:on|about|in|over|as\s+to|regarding)\s+", re.IGNORECASE), ""),
    (re.compile(rf"^\W*(?:on\s+)?what\s+(?:do|does|did)\s+(?:the\s+)?(?:\w+\s+)?{_ARTICLES}\s+"
                r"(?:say|tell|write|report)(?:\s+us)?\s+(?:on|about|of|regarding)\s+", re.IGNORECASE), 
     "What is said about "),
    (re.compile(rf"[,;]?\s*(?:according\s+to|in|across)\s+(?:all\s+|each\s+of\s+)?(?:the\s+)?(?:different|various|several)?"
                rf"\s*{_ARTICLES}(?=\W*$)", re.IGNORECASE), ""),
    (re.compile(r"\bdifferent\s+", re.IGNORECASE), ""),
    (re.compile(rf"\b(?:do|did)\s+the\s+{_MANY}\s+", re.IGNORECASE), "does the article "),
)  # fmt: skip


def for_each_article(question: str) -> str | None:
    """Return what to ask each article, where a question compares what several say; None for any other question."""
    if not _ASKS.search(question) or not _COMPARES.search(question):
        return None
    for frame, instead in _FRAMES:
        question = frame.sub(instead, question)
    question = question.strip()
    return question[:1].upper() + question[1:]


def by_article(sentences: Iterable[Sentence]) -> list[tuple[Sentence, ...]]:
    """Return the best sentences of each article that has something to say, the best article first.

    `sentences` come best first.
    """
    groups: dict[str, list[Sentence]] = {}
    for sentence in sentences:
        groups.setdefault(sentence.source, []).append(sentence)
    near = [group for group in groups.values() if group[0].score >= _NEAR * next(iter(groups.values()))[0].score]
    return [tuple(group[:MOST_EACH]) for group in near[:MOST_SOURCES]]
