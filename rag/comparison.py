"""Questions that compare the articles ("How do the outlets differ on …?"): what to ask each, and what to quote of it.

How an article puts it is the answer to such a question, so its own words are given: a small model that is asked to
tell what each article says tells of all of them the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from rag.english import ASKING, LEAD
from rag.text import capitalised
from rag.types import Sentence

MOST_SOURCES = 4
MOST_EACH = 2  # sentences quoted of each article
PASSAGES = 4  # times as many passages as for another question are searched, so that each article has some
# Sentences of each article of which the model is asked whether they answer: a second each, so those near its best.
_CANDIDATES, _NEARLY_AS_GOOD = 3, 0.75
# An article whose best sentence scores less than this much of the best article's has nothing to say on the matter; one
# of a paper that the question names is asked for, and has it said otherwise than the question.
_NEAR, _NEAR_NAMED = 0.5, 0.3
# Where the model cannot say what answers: the same, and how near to its best a second sentence of an article must be.
_NEAR_UNASKED, _NEARLY = 0.6, 0.85
# P(yes) that an article's best sentence may have less than the best of all, and its second less than its best: what is
# of the matter and no answer to it has some .2 less in the comparisons of eight sets (docs/quality.md).
_BEHIND, _BESIDE = 0.2, 0.06

_ARTICLES = r"(?:articles?|outlets?|sources|reports?|newspapers?|papers|publications|accounts|media|authors|stories)"
_MANY = (
    r"(?:articles|outlets|reports|newspapers|papers|publications|accounts|media|stories|(?:sources|authors)(?!\s+of\b))"
)
# All accounts may be a bank's, and different stories a tower's, where nothing is told.
_AMBIGUOUS = r"(?:sources|papers|accounts|media|authors|stories)\b(?!\s+of\b)"
_EACH = r"(?:different|various|several|both|all|each|respective)\s+(?:of\s+the\s+)?(?:\w+\s+)?"
_TELL = (
    r"(?:differ\w*|disagree\w*|contradict\w*|agree\w*|compare\w*|vary|says?|tells?|writes?|reports?|describes?|puts? it"
    r"|names?|mentions?|lists?|cites?|calls?|gives?|explains?)"
)
_THE = r"(?:the|these)\s+(?:(?:two|three|four)\s+)?"
# "Do the papers agree on how many died?" is no matter of yes or no: it asks for both figures.
_AGREE = (
    rf"(?:do|did)\s+(?:(?:the|both|all)\s+)*(?:\w+\s+)?{_MANY}\s+(?:all\s+)?(?:(?:dis)?agree|differ)\s+"
    r"(?:on|about|in|over|as\s+to|regarding)\s+"
)
# "Do the papers give the same figure for it?" asks for the figure.
_SAME = (
    rf"(?:do|did)\s+(?:(?:the|both|all)\s+)*(?:\w+\s+)?{_MANY}\s+(?:all\s+|both\s+)?(?:give|have|report|name|cite|tell"
    r"|use|quote|state|mention)\s+(?=the\s+same\b)"
)
_COMPARES = re.compile(
    rf"{LEAD}(?:{_AGREE}|{_SAME})|\b(?:across|from)\s+(?:(?:all|both|the|these)\s+){{1,2}}(?!{_AMBIGUOUS}){_MANY}\b(?!\s+(?:of|in|by)\b)|\b{_EACH}(?!{_AMBIGUOUS}){_ARTICLES}\b(?!\s+of\b)"
    rf"|\b{_EACH}{_AMBIGUOUS}[^?]*\b{_TELL}\b|\b(?:according\s+to|across)\s+(?:the\s+)?{_EACH}{_AMBIGUOUS}"
    rf"|\b(?:according\s+to|across)\s+(?:the\s+)?(?:two|three|four)\s+(?:\w+\s+)?{_MANY}\b"
    rf"|\bdifferent\b[^?]*\b(?:the|these)\s+{_MANY}\b"
    rf"|\b{_THE}{_MANY}\b[^?]*\b{_TELL}\b"
    rf"|\b(?:differs?|differed|disagree\w*|contradict\w*)\b[^?]*\b{_THE}{_MANY}\b",
    re.IGNORECASE,
)
_ASKS = re.compile(
    rf"{LEAD}(?:compare\s+the\b|(?:compare\s+)?(?:(?:on|at|in|by|for|from|to|with|of)\s+)?(?:{ASKING}\b|{_AGREE}|{_SAME}))",
    re.IGNORECASE,
)
_COUNTS = {"both": 2, "two": 2, "three": 3, "four": 4}
_HOW_MANY = re.compile(rf"\b({'|'.join(_COUNTS)})\s+(?:of\s+)?(?:the\s+)?(?:\w+\s+)?{_MANY}\b", re.IGNORECASE)
# The frame of the comparison, around what each article is asked.
_OF_MANY = rf"(?:(?:each|both|all)\s+(?:of\s+)?)?(?:(?:the|these)\s+)?(?:\w+\s+)?{_ARTICLES}"
_DIFFER = (
    rf"^\W*how\s+(?:do|does|did)\s+(?:the\s+)?(?:\w+\s+)?{_ARTICLES}\s+(?:differ|disagree|compare|vary)\s+"
    r"(?:on|about|in|over|as\s+to|regarding)\s+"
)
_FRAMES = (
    (re.compile(r"^\W*compare\s+(?=the\b)", re.IGNORECASE), "What is "),
    (re.compile(r"^\W*compare\s+", re.IGNORECASE), ""),
    (re.compile(rf"{LEAD}{_AGREE}(?={ASKING}\b)", re.IGNORECASE), ""),
    (re.compile(rf"{LEAD}{_AGREE}", re.IGNORECASE), "What is said about "),
    (re.compile(rf"{LEAD}{_SAME}the\s+same\s+", re.IGNORECASE), "What is the "),
    (re.compile(rf"^\W*what\s+(?:can|could|do|may)\s+(?:i|we|you|one)\s+(?:learn|know|find\s+out)\s+from\s+{_OF_MANY}\s+"
                r"(?:on|about|of|regarding)\s+", re.IGNORECASE), "What is said about "),
    (re.compile(rf"{_DIFFER}(?={ASKING}\b)", re.IGNORECASE), ""),
    (re.compile(_DIFFER, re.IGNORECASE), "What is said about "),
    (re.compile(rf"^\W*(?:on\s+)?what\s+(?:do\s+|does\s+|did\s+)?{_OF_MANY}\s+"
                r"(?:say|tell|write|report)s?(?:\s+us)?\s+(?:on|about|of|regarding)\s+", re.IGNORECASE),
     "What is said about "),
    (re.compile(rf"[,;]?\s*(?:(?:according\s+to|in|across)\s+(?:all\s+|each\s+(?:of\s+)?)?(?:(?:the|these)\s+)?"
                rf"(?:different|various|several)?|(?:according\s+to|across)\s+(?:the\s+)?(?:two|three|four))\s*"
                rf"{_ARTICLES}(?=\W*$)", re.IGNORECASE), ""),
    (re.compile(r"\bdifferent\s+", re.IGNORECASE), ""),
    (re.compile(rf"\b(?:do|did)\s+the\s+{_MANY}\s+", re.IGNORECASE), "does the article "),
)  # fmt: skip


def for_each_article(question: str) -> str | None:
    """Return what to ask each article, where a question compares what several say; None for any other question."""
    if not _ASKS.search(question) or not _COMPARES.search(question):
        return None
    for frame, instead in _FRAMES:
        question = frame.sub(instead, question)
    return capitalised(question.strip())


def most_sources(question: str) -> int:
    """Return how many articles are compared: two where a question speaks of "both papers"."""
    match = _HOW_MANY.search(question)
    return _COUNTS[match[1].lower()] if match else MOST_SOURCES


def by_article(
    sentences: Iterable[Sentence], most: int = MOST_SOURCES, *, named: bool = False
) -> list[tuple[Sentence, ...]]:
    """Return what may be quoted of each article that has something to say, the best article first.

    `sentences` come best first. What an article says twice in the same words is there once. `named` is whether they
    are of papers that the question names.
    """
    groups: dict[str, dict[str, Sentence]] = {}
    for sentence in sentences:
        groups.setdefault(sentence.source, {}).setdefault(" ".join(sentence.text.split()), sentence)
    found = [list(group.values()) for group in groups.values()]
    near = _NEAR_NAMED if named else _NEAR
    having = [group for group in found if group[0].score >= near * found[0][0].score][:most]
    return [tuple(s for s in group[:_CANDIDATES] if s.score >= _NEARLY_AS_GOOD * group[0].score) for group in having]


def to_quote(
    asked: Sequence[Sequence[tuple[float | None, Sentence]]], sure: float
) -> list[tuple[tuple[Sentence, ...], float | None]]:
    """Return what to quote of each article and how sure the model is that it answers, the surest article first.

    Args:
        asked: what may be quoted of each, behind P(yes) that it answers; None if the model cannot say, and their scores
            choose.
        sure: P(yes) that is needed.
    """
    surest = [max((p for p, _ in group if p is not None), default=None) for group in asked]
    best = max((p for p in surest if p is not None), default=None)
    if best is None:
        return [(group, None) for group in _by_score([[sentence for _, sentence in group] for group in asked])]
    chosen: list[tuple[tuple[Sentence, ...], float]] = []
    for group, own in zip(asked, surest, strict=True):
        if own is not None and own >= max(sure, best - _BEHIND):
            least = max(sure, own - _BESIDE)
            telling = sorted(((p, s) for p, s in group if p is not None and p >= least), key=lambda one: -one[0])
            chosen.append((tuple(s for _, s in telling[:MOST_EACH]), own))
    return [*sorted(chosen, key=lambda one: -one[1])]


def _by_score(articles: Sequence[Sequence[Sentence]]) -> list[tuple[Sentence, ...]]:
    near = [group for group in articles if group[0].score >= _NEAR_UNASKED * articles[0][0].score]
    return [tuple(s for s in group[:MOST_EACH] if s.score >= _NEARLY * group[0].score) for group in near]
