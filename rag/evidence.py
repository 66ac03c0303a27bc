"""Passages → the few sentences worth the model's time."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rag.embedding import Embedder
from rag.retrieval import Ranked
from rag.text import fold, terms, words
from rag.types import Evidence, Sentence
from rag.vectors import Vectors

# The weights of a sentence's score: the share of the question's words in it (by inverse document frequency), its own
# similarity to the question, and the score of its passage. Chosen on squad2 (the answer stands in the first 6 sentences
# for 95 % of the questions, 96.5 % being in reach) and clapnq (98 of 99 %); either half alone misses 1 to 9 points.
COVERAGE_WEIGHT = 0.2
SIMILARITY_WEIGHT = 0.4
PASSAGE_WEIGHT = 0.4

# A sentence must score this much of the best one's score to be read by the model, but some always are: on a fifth of
# the seeds' questions the same drafts are right as with ten sentences, from 19 % fewer.
NEAR = 0.5
LEAST = 3

Idf = Callable[[str], float]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence with what its score is made of, each in [0, 1]."""

    sentence: Sentence
    coverage: float
    similarity: float


def select(candidates: Sequence[Candidate], ranked: Sequence[Ranked], *, limit: int) -> Evidence:
    """Pick the best sentences of the passages, `limit` at most, the same words only once for each article."""
    best: dict[tuple[str, str], Sentence] = {}
    for candidate in sorted(candidates, key=lambda candidate: -candidate.sentence.score):
        sentence = candidate.sentence
        best.setdefault((sentence.source, _wording(sentence.text)), sentence)
    chosen = list(best.values())[:limit]
    near = [s for place, s in enumerate(chosen) if place < LEAST or s.score >= NEAR * chosen[0].score]
    return Evidence(tuple(near), tuple(item.passage for item in ranked))


def score(question: str, ranked: Sequence[Ranked], embedder: SentenceEmbedder, idf: Idf) -> list[Candidate]:
    """Score every sentence of the passages, in their order."""
    pairs = [(item, sentence) for item in ranked for sentence in sentences(item)]
    if not pairs:
        return []
    similarities = embedder.similarities(question, [sentence.text for _, sentence in pairs])
    top = max(item.passage.score for item in ranked) or 1.0
    asked = {term: idf(term) for term in terms(question)}
    return [
        _candidate(sentence, covered(sentence.text, asked), similarity, item.passage.score / top)
        for (item, sentence), similarity in zip(pairs, similarities, strict=True)
    ]


def sentences(item: Ranked) -> list[Sentence]:
    """Return the sentences of a retrieved chunk, unscored, in the order of the text."""
    chunk, passage = item.chunk, item.passage
    return [
        Sentence(chunk.source, passage.title, span.start, span.end,
                 chunk.text[span.start - chunk.start : span.end - chunk.start], 0.0, passage.published, chunk.leftover)
        for span in chunk.sentences
    ]


def covered(text: str, weights: dict[str, float]) -> float:
    """Return the share of the weighted terms that the text has; 0 if there are none."""
    found = set(terms(text))
    total = sum(weights.values())
    return sum(weight for term, weight in weights.items() if term in found) / total if total else 0.0


class SentenceEmbedder:
    """Similarities of sentences to a question, with the vectors of the last sentences seen kept: 6 MB at most."""

    def __init__(self, embedder: Embedder, keep: int = 4096) -> None:
        self._embedder = embedder
        self._vectors: dict[str, Vectors] = {}
        self._keep = keep

    def similarities(self, question: str, texts: Sequence[str]) -> list[float]:
        """Return the cosine similarity of each text to the question, never below 0."""
        missing = list(dict.fromkeys(text for text in texts if text not in self._vectors))
        fresh = dict(zip(missing, self._embedder.embed(missing), strict=True)) if missing else {}
        vectors = np.stack([fresh[text] if text in fresh else self._vectors[text] for text in texts])
        merged = {**self._vectors, **fresh}
        self._vectors = dict(list(merged.items())[-self._keep :])
        similarities: list[float] = np.maximum(vectors @ self._embedder.embed_query(question), 0.0).tolist()
        return similarities


def _candidate(sentence: Sentence, coverage: float, similarity: float, passage: float) -> Candidate:
    total = COVERAGE_WEIGHT * coverage + SIMILARITY_WEIGHT * similarity + PASSAGE_WEIGHT * passage
    return Candidate(replace(sentence, score=min(1.0, total)), coverage, similarity)


@functools.lru_cache(maxsize=4096)
def _wording(text: str) -> str:
    return " ".join(fold(word) for word in words(text))
