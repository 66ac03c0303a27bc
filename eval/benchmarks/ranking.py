"""Ranked chunks → ranked documents → recall, nDCG and MRR; and the fusion of two rankings by rank alone."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

from eval import metrics

T = TypeVar("T", bound=Hashable)

# The constant of the original paper, and of nearly everyone since.
RRF_K = 60
DEPTH = 10
MEASURES = ("recall@1", "recall@5", "recall@10", "nDCG@10", "MRR@10")


def documents(sources: Iterable[str], limit: int = DEPTH) -> list[str]:
    """Rank documents by their best chunk, given the document of each chunk, best chunk first."""
    return list(dict.fromkeys(sources))[:limit]


def reciprocal_rank_fusion(rankings: Sequence[Sequence[T]], k: int = RRF_K) -> list[T]:
    """Fuse rankings by Σ 1 / (k + rank), ranks from 1 (Cormack, Clarke & Büttcher, SIGIR 2009); earlier lists win ties.

    What a ranking does not list gets nothing from it.
    """
    scores: dict[T, float] = {}
    for ranking in rankings:
        for rank, item in enumerate(ranking, 1):
            scores[item] = scores.get(item, 0.0) + 1 / (k + rank)
    return sorted(scores, key=lambda item: -scores[item])


def scores(ranked: Sequence[str], gold: Iterable[str]) -> dict[str, float]:
    """Score one ranking of documents, without repeats, by every one of `MEASURES`; each gold document is a need."""
    needs = {source: number for number, source in enumerate(dict.fromkeys(gold))}
    ranking = [frozenset({needs[source]}) if source in needs else frozenset[int]() for source in ranked]
    return {
        **{f"recall@{k}": metrics.recall_at_k(ranking, len(needs), k) for k in (1, 5, 10)},
        "nDCG@10": metrics.ndcg_at_k(ranking, [frozenset({need}) for need in needs.values()], 10),
        "MRR@10": metrics.reciprocal_rank(ranking, 10),
    }


def means(rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Average each measure over questions."""
    return {measure: sum(row[measure] for row in rows) / len(rows) for measure in MEASURES}
