"""Answers without a language model: the sentences that answer best, quoted, or none."""

from __future__ import annotations

from collections.abc import Sequence

from rag.evidence import Candidate
from rag.types import Sentence

MOST_QUOTED = 3
# How strong the best sentence must be. On clapnq 91 % of the answerable questions and 43 % of the others reach it; on
# squad2, whose unanswerable questions are worded like the text, 98 % and 92 %: words alone do not tell those apart. A
# higher one silences more good quotations than bad ones (at 0.5: 85 and 31 % on clapnq).
ENOUGH = 0.45
_COVERAGE_WEIGHT = 0.3  # the rest is similarity; of the mixes tried, the one with the highest AUC on both sets
# A further quotation must come this close to the best.
_NEARLY = 0.85


def quotations(candidates: Sequence[Candidate]) -> list[Sentence]:
    """Return the sentences to quote, best first; none where no sentence is near enough to the question."""
    ranked = sorted(candidates, key=lambda candidate: -strength(candidate))
    if not ranked or strength(ranked[0]) < ENOUGH:
        return []
    least = max(ENOUGH, _NEARLY * strength(ranked[0]))
    quoted: dict[str, Sentence] = {}
    for candidate in ranked:
        if strength(candidate) >= least:
            quoted.setdefault(" ".join(candidate.sentence.text.split()), candidate.sentence)
    return list(quoted.values())[:MOST_QUOTED]


def best_strength(candidates: Sequence[Candidate]) -> float:
    """Return the strength of the strongest sentence; 0 without any."""
    return min(1.0, max(map(strength, candidates), default=0.0))


def strength(candidate: Candidate) -> float:
    """Return how likely a sentence is to answer: the weighted mean of its coverage and its similarity."""
    return _COVERAGE_WEIGHT * candidate.coverage + (1 - _COVERAGE_WEIGHT) * candidate.similarity
