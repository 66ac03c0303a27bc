"""Answers without a language model: the sentences that answer best, quoted, or none."""

from __future__ import annotations

from collections.abc import Sequence

from rag.types import Sentence

MOST_QUOTED = 3
# How high the best sentence must score. On clapnq 94 % of the answerable questions and 46 % of the others reach it; on
# squad2, whose unanswerable questions are worded like the text, 95 % of both: words alone do not tell those apart.
ENOUGH = 0.64
# A further quotation must come this close to the best.
_NEARLY = 0.9


def quotations(sentences: Sequence[Sentence]) -> list[Sentence]:
    """Return those to quote of sentences that come best first; none where none is near enough to the question."""
    if not sentences:
        return []
    least = max(ENOUGH, _NEARLY * sentences[0].score)
    quoted: dict[str, Sentence] = {}
    for sentence in sentences:
        if sentence.score >= least:
            quoted.setdefault(" ".join(sentence.text.split()), sentence)
    return list(quoted.values())[:MOST_QUOTED]
