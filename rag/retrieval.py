"""A question → ranked passages: BM25 and dense similarity of the same candidates, fused by a weighted sum."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rag.embedding import Embedder
from rag.filters import Filter
from rag.snapshot import Snapshot
from rag.types import Chunk, Passage

# The share of the dense score. Of 0.3 … 0.7, 0.6 is the best that beats both halves on scifact, squad2 and
# multihop_news_facts by every measure of docs/retrieval.md; rank fusion beats BM25 on only one of the three at k = 1.
DENSE_WEIGHT = 0.6
# Each half proposes this many chunks, or `k`, and both score the union: deeper changes nothing at k <= 10.
CANDIDATES = 100
# What the page left behind ranks below what the article says as well, and still wins where the article says nothing.
LEFTOVER_WEIGHT = 0.7

Method = Literal["hybrid", "dense", "lexical"]


@dataclass(frozen=True, slots=True)
class Ranked:
    """A retrieved chunk with its passage: the chunk knows its sentences."""

    chunk: Chunk
    passage: Passage


def retrieve(
    question: str,
    snapshot: Snapshot,
    embedder: Embedder,
    *,
    k: int,
    method: Method = "hybrid",
    only: Filter | None = None,
) -> list[Ranked]:
    """Return the `k` best chunks for a question, best first; of some articles `only` where that is wanted.

    The score is w·max(cos, 0) + (1 - w)·bm25 / max bm25, a convex combination of the two scores brought to [0, 1]
    (Bruch, Gai & Ingber 2023, "An Analysis of Fusion Functions for Hybrid Retrieval", there TMM with other bounds).
    """
    if snapshot.manifest.chunks == 0:
        return []
    with snapshot.reading():
        candidates = max(k, CANDIDATES)
        weight = {"hybrid": DENSE_WEIGHT, "dense": 1.0, "lexical": 0.0}[method]
        scores = _fused(question, snapshot, embedder, weight, candidates, only)
        best = sorted(scores, key=lambda ordinal: (-scores[ordinal], ordinal))[:k]
        chunks = snapshot.store.chunks(best)
        return [ranked_chunk(snapshot, chunk, scores[ordinal]) for ordinal, chunk in zip(best, chunks, strict=True)]


def _fused(
    question: str, snapshot: Snapshot, embedder: Embedder, weight: float, candidates: int, only: Filter | None
) -> dict[int, float]:
    """Return the score of every candidate by ordinal."""
    lexical, allowed, among = snapshot.lexical.scores(question), None, None
    if only:
        allowed = snapshot.store.chunks_in(only)
        among = sorted(set(allowed.values()))
        lexical = np.where(np.isin(np.arange(len(lexical)), list(allowed)), lexical, np.float32(0))
    dense: dict[int, float] = {}
    if weight > 0:
        vector = embedder.embed_query(question)
        dense = _expanded(snapshot.vectors.nearest(vector, candidates, among), snapshot, candidates, allowed)
    if weight < 1:
        missing = [ordinal for ordinal in _top(lexical, candidates) if ordinal not in dense]
        if weight > 0 and missing:
            ids = snapshot.store.vector_ids(missing)
            dense |= zip(missing, (snapshot.vectors.vectors(ids) @ vector).tolist(), strict=True)
        else:
            dense |= dict.fromkeys(missing, 0.0)
    highest = float(lexical.max()) or 1.0
    return {
        ordinal: (weight * max(cosine, 0.0) + (1 - weight) * float(lexical[ordinal]) / highest)
        * (LEFTOVER_WEIGHT if ordinal in snapshot.leftovers else 1.0)
        for ordinal, cosine in dense.items()
    }


def _expanded(
    nearest: Sequence[tuple[str, float]], snapshot: Snapshot, most: int, allowed: Container[int] | None
) -> dict[int, float]:
    """Return the similarity of every chunk that shares one of the vectors found, of each vector so many at `most`."""
    found = dict(nearest)
    return {
        ordinal: found[vector]
        for vector, sharing in snapshot.store.sharing(list(found)).items()
        for ordinal in [ordinal for ordinal in sharing if allowed is None or ordinal in allowed][:most]
    }


def _top(scores: NDArray[np.float32], k: int) -> list[int]:
    """Return the ordinals of the `k` highest scores above zero."""
    k = min(k, len(scores))
    best = np.argpartition(-scores, k - 1)[:k]
    return [int(ordinal) for ordinal in best if scores[ordinal] > 0]


def ranked_chunk(snapshot: Snapshot, chunk: Chunk, score: float) -> Ranked:
    """Return a chunk with its passage."""
    title, published = snapshot.store.heading(chunk.source)
    score = min(1.0, max(0.0, score))
    passage = Passage(chunk.source, title, chunk.start, chunk.end, chunk.text, score, published, chunk.leftover)
    return Ranked(chunk, passage)
