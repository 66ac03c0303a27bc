"""A report as one HTML page to look at: figures first, then every failure beside the passages that were retrieved.

The page makes no request: style and script stand in it, and a policy named by their hashes forbids everything else.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from eval.cards import failures, successes
from eval.metrics import percentile
from eval.plots import curve, histogram, interval, operating, sample, seconds, stacked, strip
from eval.runner import Row
from eval.summary import Metric
from eval.tables import (
    BY_NAME,
    GLYPHS,
    SHARES,
    STAGES,
    by_kind,
    by_source,
    changes,
    ends,
    percent,
    points,
    scores,
    span,
    spoken,
    stages,
)
from ui.render import escaped

_HERE = Path(__file__).parent
_BIG = ("answerable_right", "refusal_recall", "false_refusal", "citation_exactness")
# What the rows of a baseline, or of an older report, do not tell.
_UNKNOWN: Mapping[str, Any] = {"history": [], "required": [], "forbidden": [], "gold": []}


def page(report: Mapping[str, Any]) -> str:
    """A report (of `build_report`, or read again from its JSON) as a page that needs nothing but itself."""
    rows = [Row.from_dict({**row, "expected": row.get("expected") or _UNKNOWN}) for row in report["rows"]]
    sections = {
        "Scores": scores(report["metrics"], (report.get("baseline") or {}).get("compared", {})),
        "Change since the baseline": _change(report.get("baseline")),
        "Risk and coverage": _risk(report.get("risk_coverage")),
        "Time and tokens": _time(rows, report["operations"]),
        "Where failures come from": _slices(report, rows),
        "Every failure": failures(rows, _judgements(report)),
        "What went well": successes(rows),
        "The judge": _judge(report.get("judge")),
        "Configuration": _configuration(report),
    }
    there = [(heading.lower().replace(" ", "-"), heading, inside) for heading, inside in sections.items() if inside]
    links = "".join(f'<li><a href="#{name}">{heading}</a></li>' for name, heading, _ in there)
    body = "".join(f'<section id="{name}"><h2>{heading}</h2>{inside}</section>' for name, heading, inside in there)
    nav = f'<nav aria-label="On this page"><ul>{links}</ul></nav>'
    return _document(_headline(report), f"{_header(report)}{nav}<main>{body}</main>")


def _document(title: str, body: str) -> str:
    style, script = ((_HERE / name).read_text(encoding="utf-8") for name in ("report.css", "report.js"))
    policy = (f"default-src 'none'; style-src {_digest(style)}; script-src {_digest(script)}; "
              "base-uri 'none'; form-action 'none'")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escaped(title)} · Cited eval</title><style>{style}</style></head>"
        f"<body>{body}<script>{script}</script></body></html>\n"
    )


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


# What was asked, and how it went on the whole


def _headline(report: Mapping[str, Any]) -> str:
    right = report["metrics"].get("right")
    return f"{round(right['mean'] * right['n'])} of {right['n']} right" if right else _counted(report["cases"], "case")


def _header(report: Mapping[str, Any]) -> str:
    tiles = "".join(_tile(BY_NAME[name], report) for name in _BIG)
    facts = {"Questions": report["questions"], "Pipeline": report["pipeline"], "Model": report["model"],
             "Cases": report["cases"], "Asked": _date(report["created"]), "Commit": _commit(report["git"]),
             "Run": report["run_id"]}
    return (
        f'<header><p class="kicker">Cited eval</p><h1>{escaped(_headline(report))}</h1>{_outcome(report)}'
        f'{_facts(facts)}{_gate(report["gate"], bool(report.get("baseline")))}<div class="tiles">{tiles}</div>'
        '<p class="note">Ranges and whiskers are 95 % intervals. The bootstrap behind them draws articles, with all '
        "questions about them, rather than single questions.</p></header>"
    )


def _outcome(report: Mapping[str, Any]) -> str:
    """All cases as one bar: those without a fault, then the failures by stage."""
    cases, failed = report["cases"], report["failures"]
    counts = {"fine": cases - sum(failed.values())} | {stage: failed[stage] for stage in STAGES if stage in failed}
    words = {stage: f"{count:d} {'without a fault' if stage == 'fine' else stage}" for stage, count in counts.items()}
    legend = "".join(f'<li><i class="key {stage}"></i>{said}</li>' for stage, said in words.items())
    parts = [(key, count / cases) for key, count in counts.items()]
    whole = stacked(f"{cases:d} cases: {', '.join(words.values())}", parts)
    return f'<div class="outcome">{whole}<ul class="legend">{legend}</ul></div>'


def _gate(gate: Mapping[str, Sequence[str]], compared: bool) -> str:
    reasons = "".join(f'<li dir="auto">{escaped(reason)}</li>' for reason in [*gate["broken"], *gate["regressions"]])
    if reasons:
        return f'<div class="gate shut"><p><strong>✕ The gate is shut</strong></p><ul>{reasons}</ul></div>'
    worse = "Nothing is significantly worse than in the baseline." if compared else "There is no baseline."
    return ('<div class="gate open"><p><strong>✓ The gate is open.</strong> Every must-pass case is right, every '
            f"sentence cited and every citation exact. {worse}</p></div>")


def _tile(metric: Metric, report: Mapping[str, Any]) -> str:
    figure = report["metrics"].get(metric.name)
    name = f"<h2>{escaped(metric.label)}</h2>"
    if not figure:
        return f'<section class="tile">{name}<p class="big">–</p><p class="note">no such case</p></section>'
    plot = strip(spoken(metric.label, figure), SHARES, interval(SHARES, *ends(figure)))
    change = (report.get("baseline") or {}).get("compared", {}).get(metric.name)
    changed = f'<p class="note">{_changed(change)}</p>' if change else ""
    return (f'<section class="tile">{name}<p class="big">{percent(figure["mean"])}</p>{plot}'
            f'<p class="note">{span(figure)} %, {_counted(figure["n"], "case")}</p>{changed}</section>')


def _changed(change: Mapping[str, Any]) -> str:
    if not change["difference"]:
        return "as the baseline"
    verdict = escaped(change["verdict"])
    return f'{points(change["difference"])} points, <span class="verdict {verdict}">{GLYPHS[verdict]}{verdict}</span>'


def _change(baseline: Mapping[str, Any] | None) -> str:
    if not baseline:
        return ""
    return (
        f"<p>Case by case against run {escaped(baseline['run_id'])} of {escaped(_date(baseline['created']))}, with "
        f"model {escaped(baseline['model'])} at commit {escaped(_commit(baseline['git']))}. A change counts as better "
        "or worse only if its 95 % interval leaves out 0 and p, by permutation of whole articles, is below 0.05.</p>"
        + changes(baseline["compared"])
    )


# Confidence, time and failures


def _risk(risk: Mapping[str, Any] | None) -> str:
    if not risk:
        return ""
    coverage, wrong, confidence = risk["points"][-1]
    title = f"Risk against coverage, up to {percent(coverage)} answered with {percent(wrong)} of the answers wrong"
    here = sample(operating("50%", "50%"))
    area = f"<b>{risk['area']:.3f}</b> area under the curve (AURC), the mean risk; lower is better"
    plot = curve(title, [(x, y) for x, y, _ in risk["points"]], "questions answered", "answers that are wrong")
    return (
        f'<div class="beside"><figure>{plot}</figure><div><p>What if Cited answered only where it is most confident? '
        "To the left, fewer questions get an answer; a good confidence makes fewer of those answers wrong. One worth "
        f'nothing would give the dashed line.</p><ul class="legend column"><li>{here}as it was run: '
        f"{percent(coverage)} answered, {percent(wrong)} of that wrong, confidence from {confidence:.2f} on</li>"
        f"<li>{area}</li></ul></div></div>"
    )


def _time(rows: Sequence[Row], figures: Mapping[str, float | None]) -> str:
    first = [row.answer.timings.first_token for row in rows if row.answer]
    charts = _times("The whole answer", [row.seconds for row in rows])
    charts += _times("The first token", [value for value in first if value is not None])
    facts = {"Tokens in, mean": figures["tokens_in"], "Tokens out, mean": figures["tokens_out"],
             "Words an answer, median": figures["length_p50"], "Errors": figures["errors"]}
    told = {name: "–" if value is None else f"{value:,.0f}" for name, value in facts.items()}
    return f'<div class="pair">{charts}</div>{_facts(told)}'


def _times(heading: str, values: Sequence[float]) -> str:
    p50, p95 = percentile(values, 50), percentile(values, 95)
    if p50 is None or p95 is None:
        return ""
    # One very slow answer would press all others into a single bar.
    slowest = max(values)
    end = slowest if slowest <= 2 * p95 else 1.25 * p95
    plot, beyond = histogram(f"{heading}: median {seconds(p50)} s, 95th percentile {seconds(p95)} s", values,
                             {"p50": p50, "p95": p95}, end)
    late = f" {_counted(beyond, 'answer')} took longer than is shown, up to {seconds(slowest)} s." if beyond else ""
    return (f"<figure><h3>{heading}</h3>{plot}<figcaption>Half within <b>{seconds(p50)} s</b>, 95 % within "
            f"<b>{seconds(p95)} s</b>.{late}</figcaption></figure>")


def _slices(report: Mapping[str, Any], rows: Sequence[Row]) -> str:
    sources = report.get("by_source")
    return (
        f"{stages(report['failures'], report['cases'])}<h3>By kind of question</h3>{by_kind(report['by_kind'], rows)}"
        + (f"<h3>By article that holds the answer</h3>{by_source(sources, rows)}" if sources else "")
    )


# The judge and the configuration


def _judgements(report: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    rows = (report.get("judge") or {}).get("rows")
    return {row["id"]: row for row in rows if "id" in row} if isinstance(rows, list) else {}


def _judge(judge: Mapping[str, Any] | None) -> str:
    """Whatever the judge reports, but for what it made of single cases: the cards tell that."""
    return _properties({key: value for key, value in judge.items() if key != "rows"}) if judge else ""


def _configuration(report: Mapping[str, Any]) -> str:
    keys = ("pipeline", "model", "model_digest", "embedding", "corpus", "code", "git", "created", "format",
            "detectable_difference")
    settings = {f"config.{key}": value for key, value in report["config"].items()}
    return _properties({key: report.get(key) for key in keys} | settings)


def _properties(values: Mapping[str, Any]) -> str:
    lines = "".join(f'<tr><th scope="row" dir="auto">{escaped(key).replace(".", ".<wbr>").replace("_", "_<wbr>")}</th>'
                    f"<td>{text}</td></tr>" for key, text in _flat(values))
    return f'<table class="properties"><tbody>{lines}</tbody></table>'


def _flat(values: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Keys, those of inner objects after a dot, and values as HTML."""
    lines: list[tuple[str, str]] = []
    for key, value in values.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and not {"mean", "low", "high", "n"} <= value.keys():
            lines += _flat(value, f"{name}.")
        else:
            lines.append((name, _value(value)))
    return lines


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        plot = strip(spoken("mean", value), SHARES, interval(SHARES, *ends(value)))
        return f'<span class="figure">{plot}<b>{percent(value["mean"])}</b> {span(value)}, n {value["n"]:d}</span>'
    if value is None:
        return '<span class="none">not set</span>'
    if isinstance(value, float):
        return f"{value:.3f}"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f'<span dir="auto">{escaped(text)}</span>'


def _facts(facts: Mapping[str, object]) -> str:
    listed = "".join(f'<div><dt>{name}</dt><dd dir="auto">{escaped(str(value))}</dd></div>'
                     for name, value in facts.items())
    return f'<dl class="facts">{listed}</dl>'


def _date(created: str) -> str:
    """A moment as people write it; what is no moment stays as it is."""
    try:
        moment = datetime.fromisoformat(created)
    except ValueError:
        return created
    return f"{moment.day} {moment:%B %Y, %H:%M %Z}".strip()


def _commit(git: str | None) -> str:
    if not git:
        return "unknown"
    return f"{git[:9]}, with changes" if git.endswith("+") else git[:9]


def _counted(number: int, noun: str) -> str:
    return f"{number:,d} {noun}{'' if number == 1 else 's'}"
