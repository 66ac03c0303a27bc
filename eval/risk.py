"""What a stricter or a more lenient refusal would cost: risk against coverage, by the confidence of the answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from eval.runner import Row


@dataclass(frozen=True, slots=True)
class RiskCoverage:
    """One (coverage, risk, confidence) for each distinct confidence, the most confident first, and the area below."""

    points: tuple[tuple[float, float, float], ...]
    area: float


def risk_coverage(rows: Iterable[Row]) -> RiskCoverage | None:
    """The curve of a run; None where no answer tells its confidence.

    Answering only from a confidence t on, coverage(t) = answers kept / questions, risk(t) = wrong ones kept / answers
    kept (El-Yaniv & Wiener, JMLR 2010). What was refused has no answer to judge, so the curve ends at the share that
    was answered: a run of the pipeline `no-doubt` reaches further. The area is the mean of the risk at every answer's
    confidence (AURC: Geifman, Uziel & El-Yaniv, ICLR 2019). Answers of the same confidence are kept or dropped as one.
    """
    judged = [row for row in rows if row.scores["right"] is not None]
    answers = sorted(
        ((row.answer.confidence, row.scores["right"] == 0) for row in judged
         if row.answer and row.answer.status == "answered" and row.answer.confidence is not None),
        key=lambda pair: -pair[0],
    )
    if not answers:
        return None
    points: list[tuple[float, float, float]] = []
    risks: list[float] = []
    wrong = 0
    for kept, (confidence, is_wrong) in enumerate(answers, 1):
        wrong += is_wrong
        if kept == len(answers) or answers[kept][0] != confidence:
            points.append((kept / len(judged), wrong / kept, confidence))
            risks += [wrong / kept] * (kept - len(risks))
    return RiskCoverage(tuple(points), sum(risks) / len(risks))
