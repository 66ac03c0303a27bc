"""Passages → the few sentences worth the model's time."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from rag.lexical import Idf
from rag.matching import Matcher
from rag.orders import orders
from rag.retrieval import Ranked
from rag.text import fold, terms, words
from rag.types import Evidence, Passage, Place, Sentence


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each part of a sentence's score counts.

    They are how well it meets the question's words (by inverse document frequency), its own similarity to the question,
    and the score of its passage.
    """

    words: float
    similarity: float
    passage: float


@dataclass(frozen=True, slots=True)
class Search:
    """The weights of a search: `late` where words are met by similar ones, `exact` where by themselves alone.

    The latter is for embedding models that have no vectors for words. `in_article` is how well a name is met that some
    other sentence of the article has.
    """

    late: Weights
    exact: Weights
    in_article: float = 0.0


# Chosen on 640 questions of seven sets, where the best sentences below hold what is needed of 88 % (exact: 83 %).
FIRST = Search(late=Weights(0.6, 0.2, 0.2), exact=Weights(0.2, 0.4, 0.4))
# Where the articles word it otherwise, neither the same words nor a passage that speaks of much else tell. Nor do they
# name each time what a whole article is about: "No charges have been brought".
FURTHER = Search(late=Weights(1.0, 0.0, 0.0), exact=Weights(0.1, 0.8, 0.1), in_article=0.6)

# What the model reads first: the best sentence and those that score nearly as much.
NEAR = 0.75
MOST_NEAR = 4
# A headline, and the name of the paper below it, is worded like the question and tells less than the sentences under
# it, if there are any.
HEADLINE = 0.7
BELOW = 200  # characters from the headline's end in which that name may stand
_PAPER = re.compile(r"(?:[A-Z][\w’'&.-]*|of|the|and|for)(?:\s+(?:[A-Z][\w’'&.-]*|of|the|and|for)){0,5}")
LEAST_REPEATED = 4  # words of a question that are no coincidence
# What it reads where these do not answer, and how much of that is from the second search.
MOST_READ = 8
MOST_NEW = 5


def select(found: Sequence[Sentence], ranked: Sequence[Ranked], *, limit: int) -> Evidence:
    """Pick the best sentences of the passages, `limit` at most, the same words only once for each article."""
    best: dict[tuple[str, str], Sentence] = {}
    for sentence in sorted(found, key=lambda sentence: -sentence.score):
        best.setdefault((sentence.source, _wording(sentence.text)), sentence)
    return Evidence(tuple(best.values())[:limit], tuple(item.passage for item in ranked))


def nearest(sentences: Sequence[Sentence]) -> tuple[Sentence, ...]:
    """Return the few sentences, of some that are ordered best first, that are worth reading before any other."""
    return tuple(s for s in sentences[:MOST_NEAR] if s.score >= NEAR * sentences[0].score)


def merged(new: Evidence, before: Evidence) -> Evidence:
    """Return the best of new evidence and of what was there before, and their passages by turns."""
    sentences = tuple({s.place: s for s in (*new.sentences[:MOST_NEW], *before.sentences)}.values())[:MOST_READ]
    return Evidence(sentences, tuple(_by_turns(holding(new.passages, sentences), before.passages)))


def holding(passages: Iterable[Passage], held: Sequence[Sentence]) -> list[Passage]:
    """Return the passages in which some sentences stand."""
    return [p for p in passages if any(p.source == s.source and p.start <= s.start < p.end for s in held)]


def scored(
    question: str, found: Sequence[tuple[Ranked, Sentence]], matcher: Matcher, idf: Idf, search: Search = FIRST
) -> list[Sentence]:
    """Return sentences of some passages with their scores, in their order."""
    top = max((item.passage.score for item, _ in found), default=0.0) or 1.0
    asked = {term: idf(term) for term in terms(question)}
    matches = matcher.matches(question, [sentence for _, sentence in found], idf, search.in_article)
    scores = []
    for (item, sentence), match in zip(found, matches, strict=True):
        exact = (covered(sentence.text, asked), search.exact)
        words, weights = exact if match.met is None else (match.met, search.late)
        total = weights.words * words + weights.similarity * match.similarity
        total += weights.passage * item.passage.score / top
        if len(item.chunk.sentences) > 1 and (_is_headline(sentence) or _is_paper(sentence)):
            total *= HEADLINE
        scores.append(replace(sentence, score=min(1.0, total)))
    return scores


def repeats(question: str, text: str) -> bool:
    """Tell whether a text repeats a question: there it does not answer it, and may have been planted to be found."""
    asked = _wording(question)
    return question.endswith("?") and asked.count(" ") >= LEAST_REPEATED - 1 and asked in _wording(text)


def sentences(item: Ranked) -> list[Sentence]:
    """Return the sentences of a retrieved chunk, unscored, in the order of the text; of orders planted there, none."""
    chunk, passage = item.chunk, item.passage
    planted = list(orders(chunk.text))
    return [
        Sentence(
            chunk.source,
            passage.title,
            span.start,
            span.end,
            chunk.text[span.start - chunk.start : span.end - chunk.start],
            0.0,
            passage.published,
            chunk.leftover,
        )
        for span in chunk.sentences
        if not any(order.start < span.end - chunk.start and span.start - chunk.start < order.end for order in planted)
    ]


def covered(text: str, weights: dict[str, float]) -> float:
    """Return the share of the weighted terms that the text has; 0 if there are none."""
    found = set(terms(text))
    total = sum(weights.values())
    return sum(weight for term, weight in weights.items() if term in found) / total if total else 0.0


def _is_headline(sentence: Sentence) -> bool:
    return _wording(sentence.text) == _wording(sentence.title)


def _is_paper(sentence: Sentence) -> bool:
    """Tell whether a line right below a headline is no more than a name: "The Lund Courier"."""
    is_below = sentence.start < len(sentence.title) + BELOW
    return is_below and _PAPER.fullmatch(sentence.text.strip()) is not None


@functools.lru_cache(maxsize=4096)
def _wording(text: str) -> str:
    return " ".join(fold(word) for word in words(text))


def _by_turns(one: Sequence[Passage], other: Sequence[Passage]) -> list[Passage]:
    """Return the passages of two lists in turns, each once."""
    places: dict[Place, Passage] = {}
    for passage in filter(None, itertools.chain.from_iterable(itertools.zip_longest(one, other))):
        places.setdefault(passage.place, passage)
    return list(places.values())
