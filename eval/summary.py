"""Rows → the figures of a report: every metric with its interval, over all cases and by kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from eval.metrics import percentile
from eval.risk import risk_coverage
from eval.runner import Row
from eval.statistics import Comparison, Interval, Verdict, cluster_bootstrap, compare, detectable_difference

Group = Literal["answers", "refusals", "citations", "retrieval"]


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure of the report: the mean over cases of `of(row)`, leaving out None."""

    name: str
    label: str
    group: Group
    of: Callable[[Row], float | None]
    lower_is_better: bool = False
    headline: bool = False


def _score(name: str) -> Callable[[Row], float | None]:
    return lambda row: row.scores.get(name)


def _answerable_right(row: Row) -> float | None:
    return row.scores["right"] if row.answerable else None


def _uncited_numbers(row: Row) -> float | None:
    count = row.scores["citation_unsupported_numbers"]
    return None if count is None else float(count > 0)


def _plain(group: Group, *names: tuple[str, str]) -> list[Metric]:
    return [Metric(name, label, group, _score(name)) for name, label in names]


_REFUSED_RETRIEVED, _REFUSED_MISSED = "false_refusal_retrieved", "false_refusal_missed"
_CLAIMS_SUPPORTED, _CITATIONS_NEEDED = "citation_support_recall", "citation_support_precision"
METRICS = (
    Metric("right", "right", "answers", _score("right"), headline=True),
    Metric("answerable_right", "right, of the answerable", "answers", _answerable_right, headline=True),
    Metric("truthfulness", "right − wrong", "answers", _score("truthfulness"), headline=True),
    Metric("fact_recall", "required facts stated", "answers", _score("fact_recall"), headline=True),
    *_plain("answers", ("contain", "all facts stated"), ("f1", "token F1"), ("exact_match", "exact match")),
    Metric("wrong_facts", "forbidden facts an answer", "answers", _score("wrong_facts"), lower_is_better=True),
    Metric("error", "errors", "answers", _score("error"), lower_is_better=True, headline=True),
    Metric("refusal_recall", "unanswerable refused", "refusals", _score("refusal_recall"), headline=True),
    Metric("false_refusal", "answerable refused", "refusals", _score("false_refusal"), True, True),
    # Not headline: to refuse where nothing was found is right, and retrieval decides which cases are in which half.
    Metric(_REFUSED_RETRIEVED, "… evidence retrieved", "refusals", _score(_REFUSED_RETRIEVED), True),
    Metric(_REFUSED_MISSED, "… evidence not retrieved", "refusals", _score(_REFUSED_MISSED), True),
    Metric("citation_exactness", "citations exact", "citations", _score("citation_exactness"), headline=True),
    Metric("citation_validity", "citation numbers valid", "citations", _score("citation_validity"), headline=True),
    Metric("citation_coverage", "claims cited", "citations", _score("citation_coverage"), headline=True),
    Metric("citation_precision", "of a gold source", "citations", _score("citation_precision"), headline=True),
    Metric("citation_recall", "needs cited", "citations", _score("citation_recall"), headline=True),
    Metric(_CLAIMS_SUPPORTED, "claims supported (ALCE)", "citations", _score(_CLAIMS_SUPPORTED), headline=True),
    Metric(_CITATIONS_NEEDED, "citations needed (ALCE)", "citations", _score(_CITATIONS_NEEDED), headline=True),
    Metric("uncited_numbers", "answers with a number not cited", "citations", _uncited_numbers, True, True),
    Metric("passage_exactness", "passages exact", "retrieval", _score("passage_exactness"), headline=True),
    *(Metric(f"{name}@{k}", f"{name}@{k}", "retrieval", _score(f"{name}@{k}"), headline=(name, k) == ("span", 10))
      for name in ("hit", "recall", "all", "span") for k in (1, 3, 5, 10)),
    *_plain("retrieval", ("mrr@10", "MRR@10"), ("ndcg@10", "nDCG@10")),
)
# What the terminal shows besides the headline figures; the JSON report has all of them.
_SHOWN = (_REFUSED_RETRIEVED, _REFUSED_MISSED, "hit@1", "recall@5", "all@5", "span@5", "mrr@10", "ndcg@10")


def shown(metric: Metric) -> bool:
    """Whether the terminal table shows the metric."""
    return metric.headline or metric.name in _SHOWN


def interval(metric: Metric, rows: Iterable[Row]) -> Interval | None:
    """The metric over the rows to which it applies, clustered by source article; None where it applies to none."""
    pairs = [(value, row.cluster) for row in rows if (value := metric.of(row)) is not None]
    if not pairs:
        return None
    values, clusters = zip(*pairs, strict=True)
    return cluster_bootstrap(values, clusters)


def summarise(rows: Sequence[Row]) -> dict[str, Any]:
    """All figures of a run, ready for JSON."""
    intervals = {metric.name: interval(metric, rows) for metric in METRICS}
    right = intervals["right"]
    return {
        "metrics": {name: asdict(value) if value else None for name, value in intervals.items()},
        "by_kind": {kind: _of_kind([row for row in rows if row.kind == kind])
                    for kind in dict.fromkeys(row.kind for row in rows)},
        "by_source": {source: _of_kind([row for row in rows if source in _sources(row)])
                      for source in sorted({source for row in rows for source in _sources(row)})},
        "risk_coverage": _curve(rows),
        "failures": dict(Counter(row.failure for row in rows if row.failure)),
        "operations": _operations(rows),
        # As if a second run were independent of this one: pairing questions can only make it smaller.
        "detectable_difference": detectable_difference(right.error * 2**0.5) if right else None,
    }


def direction(metric: Metric, comparison: Comparison) -> Verdict:
    """The verdict in terms of quality: a rise of what should be low is "worse"."""
    if not metric.lower_is_better or comparison.verdict == "inconclusive":
        return comparison.verdict
    return "worse" if comparison.verdict == "better" else "better"


def compare_rows(a: Sequence[Row], b: Sequence[Row]) -> dict[str, Comparison]:
    """Metric by metric, run B against run A on the cases that both have, asked alike."""
    pairs = pair_rows(a, b)
    compared = {metric.name: _compared(metric, pairs) for metric in METRICS}
    return {name: comparison for name, comparison in compared.items() if comparison}


def pair_rows(a: Sequence[Row], b: Sequence[Row]) -> list[tuple[Row, Row]]:
    """The cases that both runs have, asked alike and with the same expectations."""
    before = {row.id: row for row in a}
    return [(before[row.id], row) for row in b if row.id in before and before[row.id].case_hash == row.case_hash]


def _compared(metric: Metric, pairs: Sequence[tuple[Row, Row]]) -> Comparison | None:
    scored = [(x, y, new.cluster) for old, new in pairs
              if (x := metric.of(old)) is not None and (y := metric.of(new)) is not None]
    if not scored:
        return None
    a, b, clusters = zip(*scored, strict=True)
    return compare(a, b, clusters)


def _curve(rows: Sequence[Row]) -> dict[str, Any] | None:
    curve = risk_coverage(rows)
    return {"points": [list(point) for point in curve.points], "area": curve.area} if curve else None


def _sources(row: Row) -> set[str]:
    return {gold["source"] for gold in row.expected["gold"]}


def _of_kind(rows: Sequence[Row]) -> dict[str, Any]:
    right = interval(METRICS[0], rows)
    return {
        "n": len(rows),
        "right": asdict(right) if right else None,
        "refused": sum(row.scores["refused"] or 0 for row in rows) / len(rows),
        "failures": dict(Counter(row.failure for row in rows if row.failure)),
    }


def _operations(rows: Sequence[Row]) -> dict[str, float | None]:
    """Seconds, tokens and words of the answers, at the 50th and 95th percentile or as a mean."""
    answers = [row.answer for row in rows if row.answer]
    first = [answer.timings.first_token for answer in answers if answer.timings.first_token is not None]
    lengths = [length for row in rows if (length := row.scores["length"]) is not None]
    seconds = [row.seconds for row in rows]
    count = len(answers) or 1
    return {
        "total_p50": percentile(seconds, 50), "total_p95": percentile(seconds, 95),
        "first_token_p50": percentile(first, 50), "first_token_p95": percentile(first, 95),
        "tokens_in": sum(answer.usage.tokens_in for answer in answers) / count,
        "tokens_out": sum(answer.usage.tokens_out for answer in answers) / count,
        "length_p50": percentile(lengths, 50),
        "errors": float(sum(row.error is not None for row in rows)),
    }
