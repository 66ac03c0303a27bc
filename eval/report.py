"""What a run is shown as: a table for the terminal, and JSON with the configuration, the figures and every row."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from eval.cases import CaseError
from eval.runner import Identity, Row
from eval.statistics import Comparison
from eval.summary import METRICS, direction, shown, summarise

FORMAT = 2
Line = tuple[str, ...]
# What besides the settings makes two runs differ.
_COMPARED = ("pipeline", "model", "model_digest", "embedding", "corpus", "code")


@dataclass(frozen=True, slots=True)
class Table:
    """A heading, the names of the columns, and lines of cells."""

    heading: str
    columns: Line
    lines: tuple[Line, ...]


def build_report(rows: Sequence[Row], identity: Identity, questions: str) -> dict[str, Any]:
    """Everything about a run, ready for JSON (`report.schema.json`); `questions` names the file or set that was asked.

    `baseline` (a run compared with its baseline) and `judge` are filled in by whoever has them.
    """
    return {
        "format": FORMAT,
        "created": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "run_id": identity.run_id,
        "questions": questions,
        **dataclasses.asdict(identity),
        "git": git_commit(),
        "cases": len(rows),
        **summarise(rows),
        "gate": {"broken": broken_promises(rows), "regressions": []},
        "baseline": None,
        "judge": None,
        "rows": [row.to_dict() for row in rows],
    }


def write_report(report: dict[str, Any], path: Path) -> None:
    """Write the JSON, each row on a line of its own, whole or not at all.

    Raises:
        CaseError: the file cannot be written.
    """
    head = json.dumps({**report, "rows": []}, ensure_ascii=False, indent=1)
    rows = ",\n".join(f"  {json.dumps(row, ensure_ascii=False)}" for row in report["rows"])
    write_whole(path, head.removesuffix("[]\n}") + f"[\n{rows}\n ]\n}}\n")


def write_json(value: Any, path: Path) -> None:  # noqa: ANN401
    """Write any JSON whole or not at all.

    Raises:
        CaseError: the file cannot be written.
    """
    write_whole(path, json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all.

    Raises:
        CaseError: the file cannot be written.
    """
    partial = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(text, encoding="utf-8", errors="backslashreplace")
        os.replace(partial, path)
    except OSError as error:
        raise CaseError(f"the report {path} cannot be written: {error}. Name another file with --out.") from error


def read_report(path: Path) -> dict[str, Any]:
    """A JSON report, or a baseline.

    Raises:
        CaseError: the file is missing or is not a report of this format.
    """
    try:
        report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if report["format"] != FORMAT:
            raise CaseError(f"{path} has format {report['format']}, this version reads {FORMAT}. Run cited eval anew.")
    except OSError as error:
        raise CaseError(f"the report {path} cannot be read: {error.strerror}. Write one with --out.") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _no_report(path, error) from error
    return report


def report_rows(report: Mapping[str, Any], path: Path) -> list[Row]:
    """The rows of a report; `path` is for the message.

    Raises:
        CaseError: they are not rows.
    """
    try:
        return [Row.from_dict(row) for row in report["rows"]]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _no_report(path, error) from error


def _no_report(path: Path, error: Exception) -> CaseError:
    return CaseError(f"{path} is not a report of cited eval ({error!r}). Write one with --out FILE.")


# What every answer keeps, whatever else it gets wrong: 1 or there is nothing to keep.
_PROMISES = {
    "citation_exactness": "a citation that is not exact",
    "passage_exactness": "a passage that is not exact",
    "citation_coverage": "a sentence without a citation",
    "citation_validity": "a citation number that names no citation",
}


def broken_promises(rows: Sequence[Row]) -> list[str]:
    """Why no run may pass, whatever the baseline: must-pass cases that are not right, and promises not kept."""
    reasons = [f"must-pass case {row.id} failed: {row.failure}" for row in rows
               if row.must_pass and row.scores["right"] != 1]
    reasons += [f"case {row.id} raised {row.error}" for row in rows if row.error]
    reasons += [f"case {row.id} has text that is no claim: {rest[:60]!r}" for row in rows if (rest := _unclaimed(row))]
    return reasons + [f"case {row.id} has {what}" for row in rows for name, what in _PROMISES.items()
                      if row.scores[name] not in (1, None)]


def _unclaimed(row: Row) -> str:
    """What an answer says besides its claims: no citation speaks for that."""
    if not row.answer or row.answer.status != "answered":
        return ""
    rest = row.answer.text
    for claim in row.answer.claims:
        rest = rest.replace(claim.text, " ", 1)
    rest = " ".join(re.sub(r"\[\d+\]", " ", rest).split())
    return rest if any(map(str.isalnum, rest)) else ""


def git_commit() -> str | None:
    """The commit of this source tree, with `+` if files differ from it; None outside a git checkout."""
    here = Path(__file__).parent
    try:
        commit = _git(here, "rev-parse", "HEAD")
        return commit + ("+" if _git(here, "status", "--porcelain") else "")
    except (OSError, subprocess.SubprocessError):
        return None


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip()


def show_report(report: dict[str, Any]) -> None:
    """Print the tables of a report to standard output."""
    for table in report_tables(report):
        show(table)


def report_tables(report: dict[str, Any]) -> list[Table]:
    """Headline figures with intervals, then by kind, then every failure by name."""
    head = " · ".join((f"{report['cases']} cases", report["questions"], report["pipeline"], f"model {report['model']}",
                       f"run {report['run_id']}"))
    tables = [Table(head, ("", "mean", "95 % interval", "cases"), tuple(_metric_lines(report["metrics"])))]
    tables.append(Table("Operations", ("", ""), tuple(_operation_lines(report))))
    tables.append(Table("By kind", ("kind", "cases", "right", "refused", "failures"), tuple(_kind_lines(report))))
    failed = [row for row in report["rows"] if row["failure"]]
    if failed:
        tables.append(Table(f"{len(failed)} with a fault", ("case", "stage", "question", "answer"),
                            tuple(_failure_line(row) for row in failed)))
    return tables


def comparison_table(compared: Mapping[str, Comparison], a: str, b: str) -> Table:
    """Each shown metric's change from report `a` to `b`; "better" and "worse" only where it is significant."""
    lines = tuple(
        (metric.label, f"{c.difference:+.3f}", f"{c.low:+.3f} … {c.high:+.3f}", f"{c.p_permutation:.3f}",
         "" if c.p_mcnemar is None else f"{c.p_mcnemar:.3f}", f"{c.detectable:.3f}", str(c.n), direction(metric, c))
        for metric in METRICS if shown(metric) and (c := compared.get(metric.name))
    )
    columns = ("", "change", "95 % interval", "p (permutation)", "p (McNemar)", "detectable", "cases", "verdict")
    return Table(f"{a} → {b}", columns, lines)


def unlike(a: Mapping[str, Any], b: Mapping[str, Any]) -> str:
    """What is otherwise in report `b` than in `a`: what answered, its settings and corpus, and cases left out."""
    named = [(name, a.get(name), b.get(name)) for name in _COMPARED]
    before, now = a.get("config") or {}, b.get("config") or {}
    named += [(f"setting {key}", before.get(key), now.get(key)) for key in sorted({*before, *now})]
    lines = [f"  {name}: {one_line(str(x), 40)} → {one_line(str(y), 40)}" for name, x, y in named if x != y]
    asked = [{(row["id"], row["case_hash"]) for row in report["rows"]} for report in (a, b)]
    if asked[0] != asked[1]:
        first, second = len(asked[0] - asked[1]), len(asked[1] - asked[0])
        lines.append(f"  cases that are not in the other run, or not the same there: {first}, {second}")
    return "\n".join(["Not alike in both:", *lines, ""]) if lines else ""


def show(table: Table) -> None:
    """Print a table: with rich on a terminal, else plain text in aligned columns."""
    if sys.stdout.isatty():
        _show_rich(table)
        return
    lines = [line for line in (table.columns, *table.lines) if any(line)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)] if lines else []
    sys.stdout.write(f"\n{table.heading}\n")
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        sys.stdout.write(("  " + "  ".join(cells)).rstrip() + "\n")


def _show_rich(table: Table) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table as RichTable

    rich_table = RichTable(title=escape(table.heading), title_justify="left", show_header=any(table.columns))
    for column in table.columns:
        rich_table.add_column(column)
    for line in table.lines:
        rich_table.add_row(*map(escape, line))
    Console().print(rich_table)


def _metric_lines(figures: dict[str, Any]) -> list[Line]:
    return [
        (metric.label, f"{figure['mean']:.3f}", f"{figure['low']:.3f} … {figure['high']:.3f}", str(figure["n"]))
        for metric in METRICS if shown(metric) and (figure := figures[metric.name])
    ]


def _operation_lines(report: dict[str, Any]) -> list[Line]:
    figures = report["operations"]
    lines: list[Line] = [
        ("seconds, p50 / p95", f"{_number(figures['total_p50'], 2)} / {_number(figures['total_p95'], 2)}"),
        ("first token, p50 / p95",
         f"{_number(figures['first_token_p50'], 2)} / {_number(figures['first_token_p95'], 2)}"),
        ("tokens in / out, mean", f"{_number(figures['tokens_in'])} / {_number(figures['tokens_out'])}"),
        ("words an answer, p50", _number(figures["length_p50"])),
        ("errors", _number(figures["errors"], 0)),
    ]
    if report["detectable_difference"] is not None:
        lines.append(("detectable difference in right", f"{report['detectable_difference']:.3f}"))
    return lines


def _kind_lines(report: dict[str, Any]) -> list[Line]:
    return [
        (one_line(kind, 70), str(of["n"]), f"{of['right']['mean']:.2f}" if of["right"] else "–", f"{of['refused']:.2f}",
         ", ".join(f"{count} {stage}" for stage, count in of["failures"].items()))
        for kind, of in report["by_kind"].items()
    ]


def _failure_line(row: dict[str, Any]) -> Line:
    answer = row["answer"] or {}
    said = row["error"] or answer.get("text") or answer.get("reason") or ""
    return (one_line(row["id"], 70), row["failure"], one_line(row["question"], 70), one_line(said, 70))


def one_line(text: str, length: int = 100) -> str:
    """One line of at most `length` characters, without anything a terminal would obey."""
    line = "".join(c if c.isprintable() else " " for c in " ".join(text.split())).strip()
    return line if len(line) <= length else line[: length - 1] + "…"


def _number(value: float | None, digits: int = 1) -> str:
    return "–" if value is None else f"{value:.{digits}f}"
