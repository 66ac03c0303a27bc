"""The tables of the page: scores, what has changed since the baseline, stages and slices, each line with its plot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from eval.plots import Axis, axis_around, bar, interval, ring, sample, scale, stacked, strip
from eval.runner import Row
from eval.summary import METRICS, Metric, shown
from ui.render import escaped

SHARES = Axis(0, 1, 0.25)
BY_NAME = {metric.name: metric for metric in METRICS}
STAGES = {
    "retrieval": "the evidence for a missing fact is not among the passages",
    "evidence": "retrieved, but not among the sentences picked to be read",
    "refusal": "read and refused all the same; or answered where it should have been refused",
    "reading": "read, and still a fact is missing or wrong",
    "citation": "right, but its citations are not",
    "error": "the question raised an error",
}
GLYPHS = {"better": "✓ ", "worse": "✕ ", "inconclusive": ""}
# Counts, not shares.
_COUNTS = frozenset({"wrong_facts"})
# So many slices are shown at once; the others on demand.
SLICES = 20
# What is left of a difference of 0 when fractions are added up.
_NOTHING = 1e-9


def percent(value: float, digits: int = 1) -> str:
    """A share in per cent: never 100 for less than all, nor 0 for more than none."""
    value = round(value, 9)
    least = 10.0**-digits
    if 0 < 100 * value < least / 2:
        return f"<{least:g} %"
    if least / 2 >= 100 - 100 * value > 0:
        return f">{100 - least:g} %"
    return f"{_signed(100 * value, 0 if value in (-1, 0, 1) else digits)} %"


def points(difference: float, digits: int = 1) -> str:
    """A difference of shares in percentage points, with its sign."""
    number = _signed(100 * difference, digits)
    return number if number[0] == "−" or not float(number) else f"+{number}"


def span(figure: Mapping[str, Any]) -> str:
    """The interval of a figure, in per cent without the sign."""
    return " to ".join(percent(figure[end]).removesuffix(" %") for end in ("low", "high"))


def spoken(label: str, figure: Mapping[str, Any]) -> str:
    """A figure in words, for the title of its plot."""
    return f"{label}: {percent(figure['mean'])}, 95 % interval {span(figure)} %, {figure['n']:d} cases"


def ends(figure: Mapping[str, Any], middle: str = "mean") -> tuple[float, float, float]:
    """Mean (or difference), low and high."""
    return figure[middle], figure["low"], figure["high"]


def folded(summary: str, inside: str) -> str:
    """Something to open."""
    return f'<details class="more"><summary>{summary}</summary>{inside}</details>'


def scores(figures: Mapping[str, Any], compared: Mapping[str, Any]) -> str:
    """Every figure of a run by group; a ring marks where the baseline was on the cases that both have."""
    applied = [metric for metric in METRICS if figures.get(metric.name)]
    first = [metric for metric in applied if shown(metric)]
    rest = [metric for metric in applied if not shown(metric)]
    before = f"<li>{sample(ring(SHARES, 0.5))}the baseline</li>" if compared else ""
    legend = (f'<ul class="legend"><li>{sample(interval(SHARES, 0.5, 0, 1))}mean and 95 % interval</li>{before}'
              "<li>↓ lower is better</li></ul>")
    more = folded(f"{len(rest)} more figures", _score_table(rest, figures, compared)) if rest else ""
    return legend + _score_table(first, figures, compared) + more


def _score_table(metrics: Sequence[Metric], figures: Mapping[str, Any], compared: Mapping[str, Any]) -> str:
    negative = any(figures[metric.name]["low"] < 0 for metric in metrics)
    axis = Axis(-1, 1, 0.5) if negative else SHARES
    bodies = []
    for group in dict.fromkeys(metric.group for metric in metrics):
        lines = "".join(_score_line(metric, axis, figures[metric.name], compared.get(metric.name))
                        for metric in metrics if metric.group == group)
        head = f'<th colspan="3" scope="rowgroup" role="rowheader">{group.capitalize()}</th>'
        bodies.append(_body(f'<tr class="group" role="row">{head}</tr>{lines}'))
    return _table(("figure", "mean and 95 % interval", "per cent"), "".join(bodies), _per_cents(axis))


def _score_line(metric: Metric, axis: Axis, figure: Mapping[str, Any], change: Mapping[str, Any] | None) -> str:
    label = escaped(_label(metric.name))
    if metric.name in _COUNTS:
        return _line(label, f"n {figure['n']:d}", "", f"<b>{figure['mean']:.2f}</b> a case")
    before = ring(axis, figure["mean"] - change["difference"]) if change else ""
    plot = strip(spoken(metric.label, figure), axis, interval(axis, *ends(figure)), before)
    return _line(label, f"n {figure['n']:d}", plot, f"<b>{percent(figure['mean'])}</b> <span>{span(figure)}</span>")


def changes(compared: Mapping[str, Any]) -> str:
    """Differences that the terminal shows too, and any other that is significant; those that are nil only by name."""
    told = {name: change for name, change in compared.items()
            if change["verdict"] != "inconclusive" or (name in BY_NAME and shown(BY_NAME[name]))}
    moved = {name: change for name, change in told.items() if max(map(abs, ends(change, "difference"))) > _NOTHING}
    same = [_label(name) for name in told if name not in moved]
    unmoved = f'<p class="note">Exactly as before: {escaped(", ".join(same))}.</p>' if same else ""
    if not moved:
        return unmoved
    axis = axis_around(max(max(map(abs, ends(change, "difference"))) for change in moved.values()))
    lines = "".join(_change_line(name, axis, change) for name, change in moved.items())
    verdicts = Counter(change["verdict"] for change in moved.values())
    said = ", ".join(f"{verdicts[verdict]} {verdict}" for verdict in GLYPHS if verdicts[verdict])
    ticks = scale(axis, lambda tick: points(tick, 0 if axis.step >= 0.01 else 1))
    table = _table(("figure", "difference and 95 % interval", "points"), _body(lines), ticks)
    return f"<p>{said}.</p>{table}{unmoved}"


def _change_line(name: str, axis: Axis, change: Mapping[str, Any]) -> str:
    verdict, p, difference = change["verdict"], change["p_permutation"], points(change["difference"])
    title = (f"{_label(name)}: {difference} points, 95 % interval {points(change['low'])} to "
             f"{points(change['high'])}, p {p:.3f}, {verdict}")
    plot = strip(title, axis, interval(axis, *ends(change, "difference"), verdict))
    return _line(escaped(_label(name)), f"n {change['n']:d} · p {p:.3f}", plot,
                 f'<b>{difference}</b> <span class="verdict {verdict}">{GLYPHS[verdict]}{verdict}</span>')


def stages(counts: Mapping[str, int], cases: int) -> str:
    """How many cases failed at each stage, and what that means."""
    if not counts:
        return "<p>No case has a fault.</p>"
    axis = Axis(0, max(counts.values()), max(counts.values()))
    lines = "".join(
        _line(f'<i class="key {stage}"></i>{stage}', meaning, strip("", axis, bar(axis, counts[stage], stage)),
              f"<b>{counts[stage]:d}</b> <span>{percent(counts[stage] / cases)} of all</span>")
        for stage, meaning in STAGES.items() if stage in counts
    )
    table = _table(("stage", "failures", "cases"), _body(lines), "", "stages")
    return f"<p>Each failure is put down to the first stage at fault.</p>{table}"


def by_kind(slices: Mapping[str, Any], rows: Sequence[Row]) -> str:
    """Right, refused and failed of each kind of question."""
    answerable = {row.kind for row in rows if row.answerable}
    notes = {kind: "" if kind in answerable else " · unanswerable" for kind in slices}
    return _slice_table("kind", [(f'<span dir="auto">{escaped(kind)}</span>', notes[kind], of)
                                 for kind, of in slices.items()])


def by_source(slices: Mapping[str, Any], rows: Sequence[Row]) -> str:
    """Right, refused and failed of the questions about each source, under the title of its article if that is known."""
    passages = [passage for row in rows if row.answer for passage in row.answer.passages]
    titles = {passage.source: passage.title for passage in passages if passage.title}
    return _slice_table("source", [(_source(source, titles.get(source)), "", of) for source, of in slices.items()])


def _slice_table(what: str, slices: Sequence[tuple[str, str, Mapping[str, Any]]]) -> str:
    """Slices in their order; where there are many, those with the most failures first and the others folded away."""
    if len(slices) > SLICES:
        slices = sorted(slices, key=lambda named: -sum(named[2]["failures"].values()))
    lines = [_slice(*named) for named in slices]
    columns = (what, "right, with 95 % interval", "failures by stage")
    first = _table(columns, _body("".join(lines[:SLICES])), _per_cents(SHARES), "slices")
    rest = lines[SLICES:]
    return first + (folded(f"{len(rest)} more", _table(columns, _body("".join(rest)), "", "slices")) if rest else "")


def _slice(label: str, note: str, of: Mapping[str, Any]) -> str:
    right, n = of["right"], of["n"]
    plot = "not scored"
    if right:
        line = strip(spoken("right", right), SHARES, bar(SHARES, right["mean"]), interval(SHARES, *ends(right)))
        plot = f'<span class="figure">{line}<b>{percent(right["mean"], 0)}</b></span>'
    failed = {stage: of["failures"][stage] for stage in STAGES if stage in of["failures"]}
    words = ", ".join(f"{count:d} {stage}" for stage, count in failed.items())
    parts = stacked(words, [(stage, count / n) for stage, count in failed.items()]) if failed else ""
    told = f"n {n:d} · {percent(of['refused'], 0)} refused{note}"
    return _line(label, told, plot, f"{parts}<span>{words or 'none'}</span>")


def _source(source: str, title: str | None) -> str:
    named = f'<span dir="auto">{escaped(title or source)}</span>'
    return named + (f' <small dir="auto">{escaped(source)}</small>' if title else "")


def _table(columns: Sequence[str], bodies: str, foot: str = "", css: str = "") -> str:
    heads = "".join(f'<th scope="col" role="columnheader">{escaped(column)}</th>' for column in columns)
    below = f'<tfoot aria-hidden="true"><tr><td></td><td>{foot}</td><td></td></tr></tfoot>' if foot else ""
    # The roles say what a phone's layout of blocks would make a browser forget.
    return (f'<table class="plot {css}" role="table"><thead role="rowgroup"><tr role="row">{heads}</tr></thead>'
            f"{bodies}{below}</table>")


def _body(lines: str) -> str:
    return f'<tbody role="rowgroup">{lines}</tbody>'


def _line(label: str, note: str, plot: str, value: str) -> str:
    return (f'<tr role="row"><th scope="row" role="rowheader">{label} <small>{note}</small></th>'
            f'<td role="cell">{plot}</td><td class="value" role="cell">{value}</td></tr>')


def _per_cents(axis: Axis) -> str:
    return scale(axis, lambda tick: _signed(100 * tick, 0))


def _label(name: str) -> str:
    """What a figure is called; ↓ where lower is better."""
    metric = BY_NAME.get(name)
    return name if metric is None else metric.label + (" ↓" if metric.lower_is_better else "")


def _signed(number: float, digits: int) -> str:
    """A number with a minus sign of the length of a digit; never minus nothing."""
    text = f"{number:.{digits}f}"
    return text.replace("-", "−" if float(text) else "")
