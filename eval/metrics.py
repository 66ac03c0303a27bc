"""What each figure of the eval means: pure functions over rankings, texts and answers, with formulas and sources.

A question *needs* one or more pieces of evidence, numbered from 0. A ranking is given as the set of needs that each
passage meets, best passage first. Several sources may meet the same need, and one passage may meet several.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from eval.normalise import contains, numbers, tokens
from rag.types import Answer, Citation, Claim, Passage, Sentence, Span

Ranking = Sequence[frozenset[int]]
# (claim, quotes) → whether the quotes, taken together, support the claim.
Supports = Callable[[str, Sequence[str]], bool]
_OPENING = re.compile(r"\W*(yes|no)\b(?!\. ?\d)(?=\s*(?:[^\w\s]|$))", re.IGNORECASE)  # "No, …", but not "No bookings …"
_PAIR = re.compile(r"\bthe two\b", re.IGNORECASE)


# Retrieval


def needs_met(ranking: Ranking, k: int) -> frozenset[int]:
    """The needs that the first `k` passages meet between them."""
    return frozenset().union(*ranking[:k])


def hit_at_k(ranking: Ranking, k: int) -> float:
    """Hit@k: 1 if any of the first `k` passages meets any need, else 0 (also called success@k)."""
    return float(bool(needs_met(ranking, k)))


def recall_at_k(ranking: Ranking, needs: int, k: int) -> float:
    """Recall@k = needs met by the first `k` passages / all needs (Manning et al., Introduction to IR, 8.3)."""
    return len(needs_met(ranking, k)) / needs


def all_at_k(ranking: Ranking, needs: int, k: int) -> float:
    """All@k: 1 if the first `k` passages meet every need, else 0; what a multi-source question depends on."""
    return float(len(needs_met(ranking, k)) == needs)


def reciprocal_rank(ranking: Ranking, k: int = 10) -> float:
    """1 / rank of the first passage that meets a need, 0 if none of the first `k` does.

    Its mean over questions is MRR@k (Voorhees, TREC-8 question answering track, 1999; MRR@10 as in MS MARCO).
    """
    return next((1 / rank for rank, met in enumerate(ranking[:k], 1) if met), 0.0)


def ndcg_at_k(ranking: Ranking, sources: Iterable[frozenset[int]], k: int = 10) -> float:
    """nDCG@k = DCG / ideal DCG, with DCG = Σ gain(i) / log2(i + 1) over ranks i = 1 … k.

    A passage gains the number of needs it is the first to meet, so a second passage from the same article adds
    nothing (α-nDCG with α = 1: Clarke et al., SIGIR 2008). With one source a need this is the usual binary nDCG
    (Järvelin & Kekäläinen, TOIS 2002). The ideal order takes, of `sources` (the needs each gold source meets), always
    the one that adds most, which is not quite the best where several add as much: hence at most 1.
    """
    ideal = _discounted(_best_gains(list(sources)), k)
    return min(_discounted(_new_needs(ranking), k) / ideal, 1.0) if ideal else 0.0


def _new_needs(ranking: Iterable[frozenset[int]]) -> list[int]:
    seen: set[int] = set()
    gains = []
    for met in ranking:
        gains.append(len(met - seen))
        seen |= met
    return gains


def _best_gains(sources: list[frozenset[int]]) -> list[int]:
    seen: set[int] = set()
    gains = []
    while sources and (best := max(sources, key=lambda met: len(met - seen))) - seen:
        gains.append(len(best - seen))
        seen |= best
    return gains


def _discounted(gains: Sequence[int], k: int) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains[:k], 1))


def covers(passages: Iterable[Passage | Citation], source: str, span: Span) -> bool:
    """Whether the passages of `source`, taken together, hold every character of `span`."""
    reached = span.start
    for passage in sorted((p for p in passages if p.source == source), key=lambda p: p.start):
        if passage.start <= reached:
            reached = max(reached, passage.end)
    return reached >= span.end


def overlaps(passage: Passage | Sentence | Citation, source: str, span: Span) -> bool:
    """Whether the passage, sentence or citation shares at least one character with `span` of `source`."""
    return passage.source == source and passage.start < span.end and span.start < passage.end


# Answers


def normalise_answer(text: str) -> str:
    """Lower case, no punctuation, articles or extra space (the SQuAD script), numbers and dates canonical besides."""
    return " ".join(token.partition("|")[0] for token in tokens(text))


def exact_match(text: str, references: Iterable[str]) -> float:
    """1 if the normalised text equals a normalised reference, else 0 (Rajpurkar et al., SQuAD, EMNLP 2016)."""
    return float(normalise_answer(text) in {normalise_answer(reference) for reference in references})


def token_f1(text: str, references: Iterable[str]) -> float:
    """The best F1 over references: 2PR / (P + R) on bags of normalised tokens (SQuAD, EMNLP 2016)."""
    return max((_f1(normalise_answer(text).split(), normalise_answer(r).split()) for r in references), default=0.0)


def _f1(words: list[str], reference: list[str]) -> float:
    if not words or not reference:
        return float(words == reference)
    common = sum((Counter(words) & Counter(reference)).values())
    return 2 * common / (len(words) + len(reference))


def states(text: str, forms: Iterable[str]) -> bool:
    """Contain: whether any accepted form of a fact occurs in the text, as whole tokens with canonical numbers.

    After "match" of Mallen et al. (PopQA, ACL 2023), with the normalisation of `eval.normalise`. Where "Yes" is one of
    the forms, a text that opens with "No" states none of them, whatever it contains ("No, it is not free"); and the
    other way round.
    """
    forms = tuple(forms)
    wanted = {form.strip(" .").casefold() for form in forms} & {"yes", "no"}
    opening = _OPENING.match(text)
    if opening and len(wanted) == 1 and opening[1].casefold() not in wanted:
        return False
    return any(contains(text, form) for form in forms)


def fact_recall(text: str, required: Sequence[Sequence[str]]) -> float:
    """Required facts that the text states / required facts (as EM recall of ASQA: Stelmakh et al., EMNLP 2022)."""
    return sum(states(text, forms) for forms in required) / len(required)


def wrong_facts(text: str, forbidden: Iterable[Sequence[str]]) -> int:
    """How many of the forbidden facts the text states in any of their forms."""
    return sum(states(text, forms) for forms in forbidden)


# Citations


def citation_validity(claims: Iterable[Claim], citations: Iterable[Citation], text: str = "") -> float | None:
    """Citation numbers that name an existing citation / citation numbers; None without any.

    The numbers are those of the claims and, where a claim stands in `text`, those of the [1]-style markers behind it,
    which must be the claim's own besides.
    """
    known = Counter(citation.number for citation in citations)
    valid = []
    for claim in claims:
        valid += [known[number] == 1 for number in claim.citations]
        valid += [known[number] == 1 and number in claim.citations for number in _markers(claim.text, text)]
    return _mean(valid)


def _markers(claim: str, text: str) -> list[int]:
    """The numbers of the markers that follow a claim in a text."""
    found = re.search(re.escape(claim) + r"\s?((?:\[\d+\])+)", text)
    return [int(number) for number in re.findall(r"\d+", found[1])] if found else []


def is_exact(part: Citation | Passage, texts: Mapping[str, str]) -> bool:
    """Whether slicing the source file at the part's offsets gives its quote or text, and that is not empty."""
    text = texts.get(part.source)
    quoted = part.quote if isinstance(part, Citation) else part.text
    return text is not None and 0 <= part.start < part.end <= len(text) and text[part.start : part.end] == quoted


def exactness(parts: Iterable[Citation | Passage], texts: Mapping[str, str]) -> float | None:
    """Citations or passages whose offsets slice their text from the source file / all of them; None without any."""
    return _mean([is_exact(part, texts) for part in parts])


def citation_coverage(claims: Iterable[Claim]) -> float | None:
    """Claims with at least one citation / claims; None without any claim."""
    return _mean([bool(claim.citations) for claim in claims])


def citation_precision(citations: Iterable[Citation], gold: Iterable[str]) -> float | None:
    """Citations of a gold source / citations; None without any.

    In the sense of precision of Gao et al. (ALCE, EMNLP 2023), but judged by the source and not by entailment.
    """
    known = set(gold)
    return _mean([citation.source in known for citation in citations])


def citation_recall(citations: Iterable[Citation], gold: Mapping[int, Iterable[str]]) -> float | None:
    """Needs for which one of their gold sources is cited / needs (`gold`: need → sources); None without any need."""
    cited = {citation.source for citation in citations}
    return _mean([not cited.isdisjoint(sources) for sources in gold.values()])


def stated_claims(answer: Answer) -> tuple[Claim, ...]:
    """The claims that the answer's text makes: those found unsupported are left out of it, unless it has them still."""
    return tuple(claim for claim in answer.claims if claim.verdict != "unsupported" or claim.text in answer.text)


def citation_support_recall(
    claims: Iterable[Claim], citations: Iterable[Citation], supports: Supports
) -> float | None:
    """Claims that their citations, taken together, support / claims; 0 for a claim without any; None without claims.

    Citation recall of Gao, Yen, Yu & Chen, "Enabling Large Language Models to Generate Text with Citations" (ALCE),
    EMNLP 2023. They let an NLI model judge, here it is the verifier of `rag.grounding`. The pipeline answers by that
    same verifier, so of the pipeline itself the figure says little more than that it keeps to its own rule: a partly
    circular measure. How far the verifier can be trusted is measured against human labels in docs/quality.md.
    """
    quotes = {citation.number: citation.quote for citation in citations}
    return _mean([_supported(claim, claim.citations, quotes, supports) for claim in claims])


def citation_support_precision(
    claims: Iterable[Claim], citations: Iterable[Citation], supports: Supports
) -> float | None:
    """Citations that their claim needs / citations, over (claim, citation) pairs; None without any.

    A citation counts when all citations of the claim together support it and, besides, either this one supports it
    alone or the others without it do not. Citation precision of Gao et al. (ALCE, EMNLP 2023), judged, like
    `citation_support_recall`, by the verifier of `rag.grounding` in place of an NLI model, and as circular.
    """
    quotes = {citation.number: citation.quote for citation in citations}
    return _mean([_needed(claim, number, quotes, supports) for claim in claims for number in claim.citations])


def _supported(claim: Claim, cited: Iterable[int], quotes: Mapping[int, str], supports: Supports) -> bool:
    found = [quotes[number] for number in cited if number in quotes]
    return bool(found) and supports(claim.text, found)


def _needed(claim: Claim, number: int, quotes: Mapping[int, str], supports: Supports) -> bool:
    if not _supported(claim, claim.citations, quotes, supports):
        return False
    others = [other for other in claim.citations if other != number]
    return _supported(claim, [number], quotes, supports) or not _supported(claim, others, quotes, supports)


def without_labels(text: str, citations: Iterable[Citation]) -> str:
    """The text without the titles before quotations, which say only whose words they are: "Nine lost at sea: “…”"."""
    for title in sorted({citation.title for citation in citations if citation.title}, key=len, reverse=True):
        text = text.replace(f"{title}: “", "“")
    return text


def numbers_not_cited(text: str, quotes: Iterable[str]) -> tuple[str, ...]:
    """The numbers of the text, normalised, that occur in none of the quotes.

    "The two countries" has none: it counts nothing, but means a pair already named.
    """
    quoted = {number for quote in quotes for number in numbers(quote)}
    return tuple(dict.fromkeys(number for number in numbers(_PAIR.sub("", text)) if number not in quoted))


# Whether the answer is right


def is_right(answer: Answer, answerable: bool, required: Sequence[Sequence[str]], forbidden: Sequence[Sequence[str]]
             ) -> bool | None:
    """Right = answered, every required fact stated and no forbidden one; for an unanswerable question: refused.

    None for an answerable question without required facts: nothing here can judge an answer to it, and to count its
    refusals alone would make all that is counted wrong.
    """
    if answerable and not required:
        return None
    if not answerable or answer.status == "refused":
        return (answer.status == "refused") != answerable
    return fact_recall(answer.text, required) == 1 and not wrong_facts(answer.text, forbidden)


def truthfulness(right: bool | None, refused: bool) -> int | None:
    """1 for a right answer or right refusal, 0 for a false refusal, −1 for a wrong answer; None if not judged.

    The mean is right − wrong, as in CRAG (Yang et al., NeurIPS 2024): better to say nothing than what is not so.
    """
    return None if right is None else 1 if right else 0 if refused else -1


def false_refusal(refused: bool, answerable: bool, retrieved: bool | None = None, *, when: bool | None = None
                  ) -> float | None:
    """1 if an answerable question was refused, 0 if answered, None if unanswerable; the mean is the false refusal rate.

    With `when`, None as well unless `retrieved` (all gold evidence was among the passages) equals it. So split, the
    rate where the evidence was there blames the step that decides, the rate where it was not blames retrieval.
    """
    if not answerable or (when is not None and retrieved != when):
        return None
    return float(refused)


def refusal_recall(refused: bool, answerable: bool) -> float | None:
    """1 if an unanswerable question was refused, 0 if answered, None if answerable.

    The mean is refused unanswerable questions / unanswerable questions (recall of abstention).
    """
    return None if answerable else float(refused)


def percentile(values: Iterable[float], q: float) -> float | None:
    """The `q`-th percentile (0 … 100) by linear interpolation between closest ranks; None without values."""
    ordered = sorted(values)
    if not ordered:
        return None
    place = (len(ordered) - 1) * q / 100
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def _mean(values: Sequence[bool]) -> float | None:
    return sum(values) / len(values) if values else None
