"""How well the verifier of `rag.grounding` tells supported claims from others, measured against people's labels."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from eval.benchmarks import tables
from eval.benchmarks.machine import machine
from eval.benchmarks.pairs import Pair, Pairs, clapnq, squad2
from eval.judge import cohen_kappa
from eval.report import write_json
from eval.statistics import Interval, cluster_bootstrap
from eval.support import CorpusIdf, Verifier
from rag.support import SUPPORTED
from rag.types import Verdict

THRESHOLDS = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
FORMAT = 1
_SETS: dict[str, Callable[[Path, Path], Pairs]] = {"clapnq": clapnq, "squad2": squad2}
_VERDICTS: tuple[Verdict, ...] = ("supported", "partial", "unsupported")


@dataclass(frozen=True, slots=True)
class Judged:
    """A pair as the verifier sees it."""

    pair: Pair
    verdict: Verdict
    score: float

    def is_supported(self, threshold: float | None = None) -> bool:
        """Whether the verifier calls the claim supported, or would if `SUPPORTED` were `threshold`."""
        return self.verdict == "supported" if threshold is None else self.score >= threshold

    def is_right(self, threshold: float | None = None) -> bool:
        """Whether the verifier agrees with people."""
        return self.is_supported(threshold) == self.pair.supported


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of pair: the share of each verdict, and how often the verifier agrees with people."""

    kind: str
    supported: bool
    verdicts: dict[Verdict, float]
    right: Interval


@dataclass(frozen=True, slots=True)
class Agreement:
    """All pairs of a set. The first four are means, over the pairs that they are about; the others are not."""

    accuracy: Interval
    precision: Interval | None
    recall: Interval
    specificity: Interval
    balanced_accuracy: float
    f1: float
    kappa: float
    auc: float


@dataclass(frozen=True, slots=True)
class SetResult:
    """One set: how many of its questions made pairs, what the verifier made of them, and of other thresholds."""

    name: str
    used: dict[str, tuple[int, int]]
    kinds: tuple[Kind, ...]
    agreement: Agreement
    thresholds: dict[str, tuple[float, float, float]]


def run(data: Path, home: Path, out: Path | None) -> int:
    """Judge the pairs of the sets that are there and print the tables; 2 if none is there.

    Raises:
        CaseError: a set is not what it should be, or `out` cannot be written.
    """
    results = []
    for name, pairs_of in _SETS.items():
        folder = data / name
        if not (folder / "corpus.jsonl").is_file():
            sys.stderr.write(f"skipped: there is no set in {folder}. Name the folder of the sets with --data DIR.\n")
            continue
        results.append(measure(pairs_of(folder, home)))
        sys.stdout.write(set_tables(results[-1]))
        sys.stdout.flush()
    if results:
        sys.stdout.write(threshold_table(results))
    if out:
        report = {"format": FORMAT, **machine(), "supported": SUPPORTED, "sets": list(map(asdict, results))}
        write_json(report, out)
    return 0 if results else 2


def measure(pairs: Pairs) -> SetResult:
    """Let the verifier judge every pair, with the idf of the set's own documents."""
    judged = judge(pairs.pairs, Verifier(CorpusIdf(pairs.texts)))
    kinds = dict.fromkeys((pair.kind, pair.supported) for pair in pairs.pairs)
    return SetResult(
        pairs.name, dict(pairs.used),
        tuple(_kind(kind, label, [j for j in judged if j.pair.kind == kind]) for kind, label in kinds),
        agreement(judged),
        {f"{threshold:.1f}": at_threshold(judged, threshold) for threshold in THRESHOLDS},
    )


def judge(pairs: Iterable[Pair], verifier: Verifier) -> list[Judged]:
    """The verdict and the score of every pair."""
    return [Judged(pair, verifier.judge(pair.claim, pair.quotes, pair.question).verdict,
                   verifier.score(pair.claim, pair.quotes, pair.question)) for pair in pairs]


def agreement(judged: Sequence[Judged]) -> Agreement:
    """Every figure, of pairs of both labels; precision is None when the verifier calls nothing supported."""
    positive = [j for j in judged if j.pair.supported]
    negative = [j for j in judged if not j.pair.supported]
    called = [j for j in judged if j.is_supported()]
    recall, specificity = _right(positive), _right(negative)
    hits = sum(j.pair.supported for j in called)
    neither = len(judged) - len(called) - len(positive) + hits
    return Agreement(
        accuracy=_right(judged),
        precision=_right(called) if called else None,
        recall=recall,
        specificity=specificity,
        balanced_accuracy=(recall.mean + specificity.mean) / 2,
        f1=2 * hits / (len(called) + len(positive)),
        kappa=cohen_kappa(hits, len(called) - hits, len(positive) - hits, neither) or 0.0,
        auc=auc([j.score for j in positive], [j.score for j in negative]),
    )


def at_threshold(judged: Sequence[Judged], threshold: float) -> tuple[float, float, float]:
    """Balanced accuracy, recall and specificity if claims were supported from `threshold` on, all else being equal.

    The sentences stay those chosen with `SUPPORTED`: above it the score may be lower than another choice would give.
    """
    recall, specificity = (
        _mean([j.is_right(threshold) for j in judged if j.pair.supported == label]) for label in (True, False)
    )
    return (recall + specificity) / 2, recall, specificity


def auc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """The probability that a supported claim scores above another, ties counting half (Mann & Whitney 1947)."""
    wins = sum((p > n) + (p == n) / 2 for p in positive for n in negative)
    return wins / (len(positive) * len(negative))


def set_tables(result: SetResult) -> str:
    """Render a set's heading, its kinds of pairs and its agreement with people."""
    used = ", ".join(f"{made} of {asked} {kind} questions" for kind, (made, asked) in result.used.items())
    kinds = tables.markdown(
        ("claim against", "people say", "pairs", "documents", *_VERDICTS, "verifier right"),
        [(kind.kind, "supported" if kind.supported else "not supported", str(kind.right.n), str(kind.right.clusters),
          *(f"{kind.verdicts[verdict]:.3f}" for verdict in _VERDICTS), _shown(kind.right)) for kind in result.kinds],
    )
    found = result.agreement
    lines = [("accuracy", _shown(found.accuracy)), ("balanced accuracy", f"{found.balanced_accuracy:.3f}"),
             ("precision", _shown(found.precision) if found.precision else "–"), ("recall", _shown(found.recall)),
             ("specificity", _shown(found.specificity)), ("F1", f"{found.f1:.3f}"),
             ("Cohen's kappa", f"{found.kappa:.3f}"), ("AUC of the score", f"{found.auc:.3f}")]
    return f"\n**{result.name}**: {used}\n\n{kinds}\n{tables.markdown(('', 'value'), lines)}"


def threshold_table(results: Sequence[SetResult]) -> str:
    """Render balanced accuracy, with recall and specificity, for each threshold and set."""
    lines = [(threshold, *(f"{balanced:.3f} ({recall:.3f}, {specificity:.3f})"
                           for balanced, recall, specificity in (result.thresholds[threshold] for result in results)))
             for threshold in (f"{threshold:.1f}" for threshold in THRESHOLDS)]
    heading = f"\n**Balanced accuracy (recall, specificity) by threshold**; SUPPORTED is {SUPPORTED}\n\n"
    return heading + tables.markdown(("supported from", *(result.name for result in results)), lines)


def _kind(kind: str, supported: bool, judged: Sequence[Judged]) -> Kind:
    verdicts = {verdict: _mean([j.verdict == verdict for j in judged]) for verdict in _VERDICTS}
    return Kind(kind, supported, verdicts, _right(judged))


def _right(judged: Sequence[Judged]) -> Interval:
    return cluster_bootstrap([float(j.is_right()) for j in judged], [j.pair.cluster for j in judged])


def _shown(interval: Interval) -> str:
    return f"{interval.mean:.3f} [{interval.low:.3f}, {interval.high:.3f}]"


def _mean(values: Sequence[bool]) -> float:
    return sum(values) / len(values)
