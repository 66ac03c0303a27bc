"""The last accepted run of a set of questions: how a run becomes it, and what has got worse since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from eval.cases import SEEDS, CaseError, load_cases
from eval.report import read_report, report_rows, write_report
from eval.runner import Row
from eval.statistics import ALPHA, Comparison, mcnemar_p
from eval.summary import METRICS, compare_rows, direction, pair_rows

FOLDER = Path(__file__).parent / "baselines"
# The level at which an article counts as lost; with five articles, half a per cent in all.
LOST = 0.001
# What a baseline keeps of an answer: enough to see what was said.
_KEPT = ("question", "status", "text")


@dataclass(frozen=True, slots=True)
class Change:
    """A run against its baseline: metric by metric on the cases that both have, and what of it is a regression."""

    baseline: Mapping[str, Any]
    compared: Mapping[str, Comparison]
    regressions: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON: which baseline, and each figure's comparison with its verdict."""
        of = {key: self.baseline[key] for key in ("run_id", "created", "git", "pipeline", "model")}
        metrics = {metric.name: metric for metric in METRICS}
        return of | {"compared": {
            name: asdict(change) | {"verdict": direction(metrics[name], change)}
            for name, change in self.compared.items()
        }}


def baseline_path(questions: Path) -> Path:
    """Where the baseline of a file of cases is kept: beside it, or for the seeds in `eval/baselines/`."""
    return FOLDER / "seeds.json" if questions.resolve() == SEEDS.resolve() else questions.with_suffix(".baseline.json")


def change_since(path: Path | None, rows: Sequence[Row]) -> Change | None:
    """How the rows differ from a baseline; None if there is no baseline, or it has no case in common.

    Raises:
        CaseError: the baseline cannot be read.
    """
    if path is None or not path.exists():
        return None
    baseline = read_report(path)
    before = report_rows(baseline, path)
    pairs = pair_rows(before, rows)
    if not pairs:
        return None
    compared = compare_rows(before, rows)
    lost = tuple(_lost_sources(pairs)) or tuple(_lost_together(pairs))
    return Change(baseline, compared, (*_worse(compared), *_vanished(pairs, compared), *lost))


def _worse(compared: Mapping[str, Comparison]) -> Iterator[str]:
    for metric in METRICS:
        change = compared.get(metric.name)
        if metric.headline and change and direction(metric, change) == "worse":
            yield (f"{metric.label} is significantly worse than in the baseline: {change.difference:+.3f} "
                   f"[{change.low:+.3f}, {change.high:+.3f}] on {change.n} cases, p = {change.p_permutation:.3f}")


def _vanished(pairs: Sequence[tuple[Row, Row]], compared: Mapping[str, Comparison]) -> Iterator[str]:
    """Figures that the baseline has and no case of this run: where nothing is answered, no citation is inexact."""
    for metric in METRICS:
        if metric.headline and metric.name not in compared and any(metric.of(old) is not None for old, _ in pairs):
            yield f"{metric.label} cannot be told any more: no case that had it in the baseline has it now"


def _lost_sources(pairs: Sequence[tuple[Row, Row]]) -> Iterator[str]:
    """Articles about which far fewer questions are right.

    A test that takes articles as drawn at random can never find one of five to be lost, so within the questions about
    one article McNemar's test speaks, which takes them as independent: hence a stricter level.
    """
    about: dict[str, list[tuple[float, float]]] = {}
    for old, new in pairs:
        before, now = old.scores["right"], new.scores["right"]
        if before is not None and now is not None:
            for source in {gold["source"] for gold in new.expected["gold"]}:
                about.setdefault(source, []).append((before, now))
    for source, scores in sorted(about.items()):
        before, now = (sum(values) for values in zip(*scores, strict=True))
        p = mcnemar_p(*zip(*scores, strict=True))
        if now < before and p < LOST:
            yield (f"right about {source} fell from {before:.0f} to {now:.0f} of {len(scores)} cases "
                   f"(McNemar p = {p:.2g})")


def _lost_together(pairs: Sequence[tuple[Row, Row]]) -> Iterator[str]:
    """Far fewer questions right where too few articles changed for a test that takes articles as drawn at random.

    Of c articles with a difference, the permutation test has no smaller p than 2^(1 − c): five that are lost whole, of
    a few questions each, leave it at 0.06. So where it cannot speak, McNemar's test does, at the stricter level.
    """
    changed: dict[str, float] = {}
    scores = [(before, now, new.cluster) for old, new in pairs
              if (before := old.scores["right"]) is not None and (now := new.scores["right"]) is not None]
    for before, now, cluster in scores:
        changed[cluster] = changed.get(cluster, 0.0) + now - before
    moved = sum(difference != 0 for difference in changed.values())
    if not moved or 2.0 ** (1 - moved) < ALPHA:
        return
    befores, nows, _ = zip(*scores, strict=True)
    p = mcnemar_p(befores, nows)
    if sum(nows) < sum(befores) and p < LOST:
        yield f"right fell from {sum(befores):.0f} to {sum(nows):.0f} of {len(scores)} cases (McNemar p = {p:.2g})"


def accept(report: Path, questions: Path) -> Path:
    """Make the run of a JSON report the baseline of a file of cases, and return where it is.

    Raises:
        CaseError: the report is of other questions, of a part of them or of another pipeline, or its gate is shut.
    """
    run = read_report(report)
    report_rows(run, report)
    if missing := [key for key in ("questions", "pipeline", "gate") if key not in run]:
        raise CaseError(f"{report} is not a report of cited eval: it has no {missing[0]}. Write one with --out FILE.")
    if run["questions"] != questions.name:
        raise CaseError(f"{report} is of {run['questions']}, not of {questions.name}. Name its file: --questions.")
    if run["pipeline"] != "cited":
        raise CaseError(f"{report} is a run of the pipeline {run['pipeline']!r}. Only Cited itself is a baseline.")
    asked = {(row["id"], row["case_hash"]) for row in run["rows"]}
    if missing := [case.id for case in load_cases(questions) if (case.id, case.hash) not in asked]:
        raise CaseError(f"{report} lacks {len(missing)} cases of {questions.name}, such as {missing[0]!r}. Run all.")
    # A run that is worse than the baseline on purpose may be accepted; one that breaks a promise may not.
    if run["gate"]["broken"]:
        raise CaseError(f"{report} cannot be accepted: {run['gate']['broken'][0]}. Mend it first.")
    path = baseline_path(questions)
    write_report(run | {"baseline": None, "rows": [_trimmed(row) for row in run["rows"]]}, path)
    return path


def _trimmed(row: Mapping[str, Any]) -> dict[str, Any]:
    answer = row["answer"] and {key: row["answer"][key] for key in _KEPT}
    return {**row, "answer": answer, "expected": {"history": [], "required": [], "forbidden": [], "gold": []}}
