"""One case and the bot's answer → its scores, and, when something is amiss, the stage that failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from eval import metrics
from eval.cases import Case
from eval.metrics import Ranking
from eval.support import Verifier
from rag.types import Answer, Citation, Passage, Sentence, Span

CUTOFFS = (1, 3, 5, 10)
Scores = dict[str, float | None]
Failure = Literal["error", "retrieval", "evidence", "reading", "refusal", "citation"]


def score(case: Case, answer: Answer, texts: Mapping[str, str], verifier: Verifier | None = None) -> Scores:
    """Every metric of `eval.metrics` for one answer; None where a metric does not apply to the case.

    `case` must be resolved; `texts` are the corpus's files as they are on disk. Without a `verifier` it is not judged
    whether citations support their claims.
    """
    refused = answer.status == "refused"
    right = metrics.is_right(answer, case.answerable, case.required, case.forbidden)
    retrieved = is_retrieved(case, case.needs, answer.passages)
    return {
        "right": None if right is None else float(right),
        "truthfulness": metrics.truthfulness(right, refused),
        "error": 0.0,
        "refused": float(refused),
        "refusal_recall": metrics.refusal_recall(refused, case.answerable),
        "false_refusal": metrics.false_refusal(refused, case.answerable),
        "false_refusal_retrieved": metrics.false_refusal(refused, case.answerable, retrieved, when=True),
        "false_refusal_missed": metrics.false_refusal(refused, case.answerable, retrieved, when=False),
        "passage_exactness": metrics.exactness(answer.passages, texts),
        **_retrieval(case, answer.passages),
        **_wording(case, answer),
        **_citations(case, answer, texts),
        **_support(answer, verifier),
    }


def score_error(case: Case) -> Scores:
    """The scores of a question that raised: a wrong answer that found nothing, never a skipped one."""
    nothing = score(case, Answer(case.question, "answered", ""), {})
    return nothing | {"right": 0.0, "truthfulness": -1.0, "error": 1.0, "citation_unsupported_numbers": None}


def failure(case: Case, answer: Answer, scores: Scores) -> Failure | None:
    """The first stage to blame, as far as the Answer shows it; None if nothing is amiss.

    - retrieval: evidence for a fact that is missing from the answer is not among the passages;
    - evidence: it was retrieved, but the right sentence was not among those picked for the model to read;
    - refusal: it was read, and refused all the same; or the corpus does not hold it, and it was answered;
    - reading: it was read, and still the fact is missing or another is wrong;
    - citation: the answer is right, its citations are not: inexact, missing, of none of the gold sources, or
      supporting none of its claims.
    """
    if scores["right"] != 0 and not (case.answerable and answer.status == "refused"):
        return "citation" if answer.status == "answered" and _badly_cited(scores) else None
    if not case.answerable:
        return "refusal"
    missing = _missing(case, answer)
    if not is_retrieved(case, missing, answer.passages):
        return "retrieval"
    # A bot that does not tell what it read is judged by what it cites.
    read = answer.evidence or answer.citations
    if read and not all(_touched(case, need, read) for need in missing):
        return "evidence"
    return "refusal" if answer.status == "refused" else "reading"


def is_retrieved(case: Case, needs: tuple[int, ...], passages: tuple[Passage, ...]) -> bool:
    """Whether the passages hold the gold quotes (where only a source is known: come from it) for all of `needs`."""
    return all(_held(case, need, passages) for need in needs)


def _missing(case: Case, answer: Answer) -> tuple[int, ...]:
    """The needs whose fact the answer does not state; all of them when it states every fact, or refuses."""
    if answer.status == "refused":
        return case.needs
    stated = {i for i, forms in enumerate(case.required) if metrics.states(answer.text, forms)}
    return tuple(need for need in case.needs if need not in stated) or case.needs


def _badly_cited(scores: Scores) -> bool:
    return any(scores[name] not in (1.0, None) for name in ("citation_validity", "citation_exactness")) or any(
        scores[name] == 0 for name in ("citation_coverage", "citation_recall", "citation_support_recall")
    )


def _retrieval(case: Case, passages: tuple[Passage, ...]) -> Scores:
    needs = len(case.needs)
    names = [f"{name}@{k}" for name in ("hit", "recall", "all", "span") for k in CUTOFFS] + ["mrr@10", "ndcg@10"]
    if not needs:
        return dict.fromkeys(names)
    ranking = [_met(case, passage.source) for passage in passages]
    scores: Scores = {}
    for k in CUTOFFS:
        scores[f"hit@{k}"] = metrics.hit_at_k(ranking, k)
        scores[f"recall@{k}"] = metrics.recall_at_k(ranking, needs, k)
        scores[f"all@{k}"] = metrics.all_at_k(ranking, needs, k)
        scores[f"span@{k}"] = _span_at_k(case, passages[:k])
    scores["mrr@10"] = metrics.reciprocal_rank(ranking)
    scores["ndcg@10"] = metrics.ndcg_at_k(ranking, _gold_sets(case))
    return scores


def _met(case: Case, source: str) -> frozenset[int]:
    return frozenset(need for need, sources in case.sources.items() if source in sources)


def _gold_sets(case: Case) -> Ranking:
    """The needs that each gold source meets."""
    return [_met(case, source) for source in sorted({gold.source for gold in case.gold})]


def _span_at_k(case: Case, passages: tuple[Passage, ...]) -> float | None:
    """Span@k: needs whose gold characters the passages cover / needs; None where the gold has no quotes."""
    if not any(gold.spans for gold in case.gold):
        return None
    return sum(_held(case, need, passages) for need in case.needs) / len(case.needs)


def _spans(case: Case, need: int) -> list[tuple[str, Span]]:
    return [(gold.source, span) for gold in case.gold if gold.fact == need for span in gold.spans]


def _held(case: Case, need: int, passages: tuple[Passage, ...]) -> bool:
    if spans := _spans(case, need):
        return any(metrics.covers(passages, source, span) for source, span in spans)
    return any(passage.source in case.sources[need] for passage in passages)


def _touched(case: Case, need: int, read: Sequence[Citation | Sentence]) -> bool:
    """Whether one of them shares characters with the gold for the need (where only a source is known: is of it)."""
    if spans := _spans(case, need):
        return any(metrics.overlaps(text, source, span) for text in read for source, span in spans)
    return any(text.source in case.sources[need] for text in read)


def _wording(case: Case, answer: Answer) -> Scores:
    """What the answer says; a refusal of an answerable question says none of it."""
    text = answer.text if answer.status == "answered" else ""
    recall = metrics.fact_recall(text, case.required) if case.required else None
    references = case.references or (case.required[0] if len(case.required) == 1 else ())
    return {
        "fact_recall": recall,
        "contain": None if recall is None else float(recall == 1),
        "wrong_facts": metrics.wrong_facts(text, case.forbidden) if case.required else None,
        "exact_match": metrics.exact_match(text, references) if references else None,
        "f1": metrics.token_f1(text, references) if references else None,
        "length": float(len(text.split())) if text and case.answerable else None,
    }


def _citations(case: Case, answer: Answer, texts: Mapping[str, str]) -> Scores:
    names = ("validity", "exactness", "coverage", "precision", "recall", "unsupported_numbers")
    if answer.status == "refused":
        return {f"citation_{name}": None for name in names}
    claims, citations, gold = metrics.stated_claims(answer), answer.citations, case.sources
    told = metrics.without_labels(answer.text, citations)
    uncited = metrics.numbers_not_cited(told, [citation.quote for citation in citations])
    every = frozenset().union(*gold.values())
    return {
        "citation_validity": metrics.citation_validity(claims, citations, answer.text),
        "citation_exactness": metrics.exactness(citations, texts),
        "citation_coverage": metrics.citation_coverage(claims),
        "citation_precision": metrics.citation_precision(citations, every) if gold else None,
        "citation_recall": metrics.citation_recall(citations, gold) if gold else None,
        "citation_unsupported_numbers": float(len(uncited)),
    }


def _support(answer: Answer, verifier: Verifier | None) -> Scores:
    """Citation recall and precision in the form of ALCE."""
    recall, precision = "citation_support_recall", "citation_support_precision"
    if answer.status == "refused" or verifier is None:
        return {recall: None, precision: None}

    def supports(claim: str, quotes: Sequence[str]) -> bool:
        return verifier.supports(claim, quotes, answer.question)

    claims = metrics.stated_claims(answer)
    return {
        recall: metrics.citation_support_recall(claims, answer.citations, supports),
        precision: metrics.citation_support_precision(claims, answer.citations, supports),
    }
