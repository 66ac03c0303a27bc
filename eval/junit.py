"""A run as JUnit XML, which CI servers read: a suite for each kind of question, a test for each case.

The shape is that of Jenkins' junit-10.xsd: <testsuites> hold <testsuite>s, which hold <properties> and <testcase>s.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any
from xml.etree import ElementTree

from eval.metrics import states
from eval.summary import METRICS

# What XML 1.0 (2.2, "Char") cannot hold, not even escaped: control characters, lone surrogates, U+FFFE and U+FFFF.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NAMED = ("run_id", "questions", "pipeline", "model", "corpus", "git")
_MEANING = {
    "retrieval": "the evidence for a missing fact was not among the passages",
    "evidence": "the evidence was retrieved, but not what the answer was drawn from",
    "reading": "the evidence was there, and still a fact is missing or wrong",
    "refusal": "refused what the articles answer, or answered what they do not",
    "citation": "the answer is right, its citations are not",
}

Row = Mapping[str, Any]


def junit(report: Mapping[str, Any]) -> str:
    """The XML of a report of `eval.report.build_report`. Times are in seconds; the timestamp is UTC.

    A case with a fault is a failure, whose type is the stage to blame; one that raised is an error.
    """
    rows: Sequence[Row] = report["rows"]
    root = ElementTree.Element("testsuites", {"name": "cited.eval", **_counts(rows)})
    for kind in dict.fromkeys(row["kind"] for row in rows):
        root.append(_suite(kind, [row for row in rows if row["kind"] == kind], report))
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _suite(kind: str, rows: Sequence[Row], report: Mapping[str, Any]) -> ElementTree.Element:
    # Ant's schema knows no time zone.
    created = datetime.fromisoformat(report["created"]).astimezone(timezone.utc).replace(tzinfo=None)
    named = {"name": _clean(kind), **_counts(rows), "timestamp": created.isoformat(timespec="seconds")}
    suite = ElementTree.Element("testsuite", named)
    properties = ElementTree.SubElement(suite, "properties")
    for name, value in _properties(report):
        ElementTree.SubElement(properties, "property", {"name": name, "value": _clean(value)})
    suite.extend(_case(row) for row in rows)
    return suite


def _counts(rows: Sequence[Row]) -> dict[str, str]:
    errors = sum(row["error"] is not None for row in rows)
    faults = sum(row["error"] is not None or row["failure"] is not None for row in rows)
    return {"tests": str(len(rows)), "failures": str(faults - errors), "errors": str(errors),
            "time": _seconds(sum(row["seconds"] for row in rows))}


def _properties(report: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What ran, and the headline figures of the whole run; those that apply to no case are left out."""
    for name in _NAMED:
        if report[name] is not None:
            yield name, str(report[name])
    for metric in METRICS:
        if metric.headline and (figure := report["metrics"].get(metric.name)):
            yield metric.name, f"{figure['mean']:.4f}"


def _case(row: Row) -> ElementTree.Element:
    names = {"classname": f"cited.eval.{row['kind']}", "name": row["id"], "time": _seconds(row["seconds"])}
    case = ElementTree.Element("testcase", {key: _clean(value) for key, value in names.items()})
    if row["error"] is not None:
        _add_fault(case, "error", row["error"].partition(":")[0], row["error"], row)
    elif row["failure"] is not None:
        stage: str = row["failure"]
        _add_fault(case, "failure", stage, _MEANING.get(stage, stage), row)
    return case


def _add_fault(case: ElementTree.Element, tag: str, kind: str, message: str, row: Row) -> None:
    fault = ElementTree.SubElement(case, tag, {"type": _clean(kind), "message": _clean(" ".join(message.split()))})
    fault.text = _clean("\n".join(_account(row)))


def _account(row: Row) -> Iterator[str]:
    """What was asked and said, and which facts of the case are missing or wrong, where the row tells its facts."""
    yield f"Question: {row['question']}"
    answer, expected = row["answer"], row.get("expected") or {}
    if row["error"] is not None or answer is None:
        yield f"Error: {row['error']}"
        return
    refused = answer["status"] == "refused"
    yield f"Refused: {answer.get('reason') or answer['text']}" if refused else f"Answer: {answer['text']}"
    said = "" if refused else answer["text"]
    for forms in expected.get("required", ()):
        if not states(said, forms):
            yield f"Missing: {' | '.join(forms)}"
    for forms in expected.get("forbidden", ()):
        if states(said, forms):
            yield f"Wrong: {' | '.join(forms)}"


def _seconds(seconds: float) -> str:
    return f"{seconds:.3f}"


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("", text)
