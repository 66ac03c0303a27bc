"""How good the answers are: Cited, Cited with a stage changed, and what bounds it, on the seeds and the public sets."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval import cli
from eval.benchmarks.tables import markdown
from eval.report import read_report, report_rows
from eval.statistics import Comparison
from eval.summary import METRICS, compare_rows, direction
from rag.errors import CitedError

# How many questions each pipeline is asked: all of the seeds where replies are shared with the first run, samples
# where the model must read other prompts. `cited eval --limit` draws them, always the same ones for the same number.
SEEDS_LIMITS: Mapping[str, int | None] = {
    "cited": None, "one-reading": None, "no-check": None, "no-doubt": None, "llamaindex": 13,
    "oracle": 13, "closed-book": 13,
}
SET_LIMITS: Mapping[str, int | None] = dict.fromkeys(("cited", "one-reading", "no-check", "no-doubt"), 30)
SETS = ("squad2", "clapnq", "multihop_news_facts")
BASE = "cited"
_ANSWERS = ("right", "answerable_right", "f1", "refusal_recall", "false_refusal", "truthfulness")
_CITATIONS = ("citation_exactness", "citation_precision", "citation_recall", "citation_support_recall",
              "citation_support_precision", "uncited_numbers")
_RETRIEVAL = ("recall@5", "all@5", "span@5", "span@10", "mrr@10", "ndcg@10")
_COMPARED = ("right", "answerable_right", "refusal_recall", "citation_precision", "citation_support_recall")
_LABELS = {metric.name: metric.label for metric in METRICS}


@dataclass(frozen=True, slots=True)
class Run:
    """A pipeline's report on a set of questions."""

    pipeline: str
    report: Mapping[str, Any]


def run(data: Path, sets: Sequence[str], home: Path, out: Path | None) -> int:
    """Ask every pipeline its questions and print Markdown tables; reports are kept in `out` (a folder).

    Replies are kept as well, so that what was stopped goes on, and a second time takes minutes.

    Raises:
        CitedError: a run failed; it says why.
    """
    folder = out or home / "eval" / "quality"
    for name in ("seeds", *sets):
        limits = SEEDS_LIMITS if name == "seeds" else SET_LIMITS
        questions = [] if name == "seeds" else ["--dataset", str(data / name)]
        runs = [_run(pipeline, [*questions, *_limit(limit)], home, folder / f"{name}-{pipeline}.json")
                for pipeline, limit in limits.items()]
        sys.stdout.write("".join(_tables(name, runs)))
        sys.stdout.flush()
    return 0


def _limit(limit: int | None) -> list[str]:
    return ["--limit", str(limit)] if limit else []


def _run(pipeline: str, arguments: Sequence[str], home: Path, out: Path) -> Run:
    sys.stderr.write(f"{out.stem} …\n")
    command = [*arguments, "--pipeline", pipeline, "--set", f"home={home}", "--out", str(out)]
    with contextlib.redirect_stdout(io.StringIO()):
        if cli.main(command) != 0:
            raise CitedError(f"{out.stem} failed. Run by itself: cited eval {' '.join(command)}")
    return Run(pipeline, read_report(out))


def _tables(name: str, runs: Sequence[Run]) -> Iterator[str]:
    yield f"\n## {name}\n\n"
    yield _metrics_table("answers", runs, _ANSWERS)
    yield _metrics_table("citations", runs, _CITATIONS)
    yield _metrics_table("retrieval", [run for run in runs if run.pipeline in (BASE, "dense", "lexical", "llamaindex")],
                         _RETRIEVAL)
    yield _change_table(runs)
    yield _operations_table(runs)


def _metrics_table(what: str, runs: Sequence[Run], names: Sequence[str]) -> str:
    shown = [name for name in names if any(run.report["metrics"].get(name) for run in runs)]
    lines = [
        (run.pipeline, str(run.report["cases"]), *(_interval(run.report["metrics"].get(name)) for name in shown))
        for run in runs
    ]
    return markdown((what, "cases", *(_LABELS[name] for name in shown)), lines) + "\n"


def _change_table(runs: Sequence[Run]) -> str:
    """Each pipeline against Cited on the cases that both were asked."""
    base, *others = (report_rows(run.report, Path(run.pipeline)) for run in runs)
    lines = []
    for run, rows in zip(runs[1:], others, strict=True):
        compared = compare_rows(base, rows)
        lines.append((run.pipeline, str(len(rows)), *(_change(name, compared.get(name)) for name in _COMPARED)))
    return markdown(("against cited, same cases", "cases", *(_LABELS[name] for name in _COMPARED)), lines) + "\n"


def _operations_table(runs: Sequence[Run]) -> str:
    lines = []
    for run in runs:
        operations, stages = run.report["operations"], run.report["failures"]
        lines.append((
            run.pipeline, *(_seconds(operations[key]) for key in ("first_token_p50", "total_p50", "total_p95")),
            _seconds(operations["tokens_in"] or None), ", ".join(f"{count} {stage}" for stage, count in stages.items()),
        ))
    return markdown(("", "first token p50, s", "total p50, s", "total p95, s", "tokens read", "failures"), lines) + "\n"


def _interval(figure: Mapping[str, float] | None) -> str:
    return f"{figure['mean']:.2f} [{figure['low']:.2f}, {figure['high']:.2f}]" if figure else "–"


def _change(name: str, change: Comparison | None) -> str:
    if change is None:
        return "–"
    metric = next(metric for metric in METRICS if metric.name == name)
    interval = f"{change.difference:+.2f} [{change.low:+.2f}, {change.high:+.2f}]"
    return f"{interval}, p {change.p_permutation:.3f}: {direction(metric, change)}"


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"
