"""Every failure as a card: what was expected, what was answered, and the passages with what matters marked in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote as quoted

from eval.metrics import covers, overlaps, states
from eval.runner import Row
from eval.tables import STAGES, folded
from rag.types import Answer, Citation, Claim, Passage, Span
from ui.render import escaped

_LEGEND = (
    '<ul class="legend"><li><mark class="gold" data-tag="gold">where the answer stands</mark></li>'
    '<li><mark class="cited" data-tag="[1]">cited by the answer</mark></li>'
    '<li><mark class="read">read by the model</mark></li></ul>'
)
_STATUS = {True: '<b class="good">✓ stated</b>', False: '<b class="bad">✕ missing</b>', None: ""}


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of a source file to point out: its kind is a class of `report.css`, its tag stands before it."""

    source: str
    start: int
    end: int
    text: str
    kind: str
    tag: str = ""


def failures(rows: Iterable[Row], judgements: Mapping[str, Mapping[str, Any]]) -> str:
    """All rows with a fault, to be filtered and opened."""
    failed = [row for row in rows if row.failure]
    if not failed:
        return "<p>None.</p>"
    cards = "".join(_card(row, judgements.get(row.id)) for row in failed)
    return f'{_controls(failed)}<div id="cards">{cards}</div>'


def successes(rows: Iterable[Row]) -> str:
    """All rows without a fault, briefly."""
    fine = [row for row in rows if not row.failure]
    lines = "".join(
        f'<li>{_text("b", row.question)} {_text("small", f"{row.kind} · {row.id}")}{_text("p", _said(row))}</li>'
        for row in fine
    )
    summary = f"{len(fine)} {'case' if len(fine) == 1 else 'cases'} without a fault"
    return folded(summary, f'<ol class="list">{lines}</ol>') if fine else ""


def marked(passage: Passage, marks: Iterable[Mark]) -> str:
    """The text of a passage as HTML, with the marks that lie in it.

    Marks may overlap: the text is cut where any begins or ends, and each piece bears the kinds of all that hold it. A
    mark whose own text is not what stands at its place is left out, as a bot's offsets may be wrong.
    """
    near = (mark for mark in marks if overlaps(passage, mark.source, Span(mark.start, mark.end)))
    there = [mark for mark in near if _agrees(passage, mark)]
    return "".join(_piece(*piece) for piece in _pieces(passage, there))


def _pieces(passage: Passage, marks: Sequence[Mark]) -> Iterator[tuple[str, list[str], list[str]]]:
    """Text, kinds and tags of each piece; a tag belongs to the first piece of its mark."""
    start, end = passage.start, passage.start + len(passage.text)
    cuts = {start, end} | {place for mark in marks for place in (mark.start, mark.end) if start < place < end}
    ordered = sorted(cuts)
    for left, right in zip(ordered, ordered[1:], strict=False):
        here = [mark for mark in marks if mark.start <= left and right <= mark.end]
        tags = dict.fromkeys(mark.tag for mark in here if mark.tag and max(mark.start, start) == left)
        yield passage.text[left - start : right - start], sorted({mark.kind for mark in here}), list(tags)


def _piece(text: str, kinds: Sequence[str], tags: Sequence[str]) -> str:
    if not kinds:
        return escaped(text)
    tag = f' data-tag="{escaped(" · ".join(tags))}"' if tags else ""
    return f'<mark class="{" ".join(kinds)}"{tag}>{escaped(text)}</mark>'


def _agrees(passage: Passage, mark: Mark) -> bool:
    left, right = max(passage.start, mark.start), min(passage.start + len(passage.text), mark.end)
    ours = passage.text[left - passage.start : right - passage.start]
    return left < right and ours == mark.text[left - mark.start : right - mark.start]


def _marks(row: Row, answer: Answer) -> list[Mark]:
    """The gold, what is cited, and what was read."""
    several = len({gold["fact"] for gold in row.expected["gold"]}) > 1
    gold = [Mark(g["source"], start, end, g["quote"], "gold", f"gold {g['fact'] + 1}" if several else "gold")
            for g in row.expected["gold"] for start, end in g["spans"]]
    cited = [Mark(c.source, c.start, c.end, c.quote, "cited", f"[{c.number}]") for c in answer.citations]
    read = [Mark(s.source, s.start, s.end, s.text, "read") for s in answer.evidence]
    return [*gold, *cited, *read]


def _controls(failed: Sequence[Row]) -> str:
    """The filters; only the script shows them, as without it they would do nothing."""
    stages = _options(Counter(str(row.failure) for row in failed))
    kinds = _options(Counter(row.kind for row in failed))
    return (
        f'<form class="controls" hidden><label>Stage <select name="stage">{stages}</select></label>'
        f'<label>Kind <select name="kind">{kinds}</select></label>'
        '<label class="find">Find <input type="search" name="find" autocomplete="off"></label>'
        '<span class="buttons"><button type="button" data-open>Open all</button> '
        '<button type="button" data-close>Close all</button></span>'
        f'<output>{len(failed)} of {len(failed)}</output></form>'
    )


def _options(counts: Mapping[str, int]) -> str:
    """All, then each with its number."""
    return f'<option value="">all ({sum(counts.values())})</option>' + "".join(
        f'<option value="{escaped(value)}">{escaped(value)} ({count})</option>' for value, count in counts.items()
    )


def _card(row: Row, judgement: Mapping[str, Any] | None) -> str:
    stage = escaped(str(row.failure))
    must = '<span class="must">must pass</span>' if row.must_pass else ""
    sub = f'<span class="sub">{_text("small", f"{row.kind} · {row.id}")}{must}</span>'
    answered = f"<h4>Answered</h4>{_answered(row)}{_footnote(row, judgement)}"
    return (
        f'<details class="card" id="case-{quoted(row.id, safe="")}" data-stage="{stage}" '
        f'data-kind="{escaped(row.kind)}"><summary><span class="stage"><i class="key {stage}"></i>{stage}</span>'
        f"{_text('h3', row.question)}{sub}</summary>"
        f'<p class="note">{_why(row)}</p>{_history(row)}<div class="sides">'
        f"<section><h4>Expected</h4>{_expected(row)}</section><section>{answered}</section></div>"
        f"{_passages(row)}</details>"
    )


def _why(row: Row) -> str:
    if row.failure == "refusal" and not row.answerable:
        return "Answered, where it should have been refused."
    if row.failure == "refusal":
        return "Refused, although the evidence was there."
    return f"{STAGES[str(row.failure)].capitalize()}." if row.failure in STAGES else ""


def _history(row: Row) -> str:
    turns = "".join(f'{_text("dt", turn["question"])}{_text("dd", turn["answer"])}' for turn in row.expected["history"])
    return f'<h4>Earlier in the conversation</h4><dl class="history">{turns}</dl>' if turns else ""


def _expected(row: Row) -> str:
    if not row.answerable:
        return "<p>A refusal: the articles do not say.</p>" + _facts("Must not be said", row, "forbidden")
    facts = _facts("Must be said", row, "required") + _facts("Must not be said", row, "forbidden")
    gold = "".join(_gold(row, gold) for gold in row.expected["gold"])
    if gold:
        facts += f"<h5>Where it stands</h5><ul>{gold}</ul>"
    return facts or '<p class="note">The report does not say.</p>'


def _facts(heading: str, row: Row, which: str) -> str:
    """Facts with their forms; of required ones whether they are stated, of forbidden ones only if they are."""
    facts = row.expected[which]
    said = row.answer.text if row.answer and row.answer.status == "answered" else ""
    lines = ""
    for forms in facts:
        stated = states(said, forms)
        status = _STATUS[stated] if which == "required" else '<b class="bad">✕ said</b>' if stated else ""
        lines += f'<li>{" or ".join(_text("q", form) for form in forms)} {status}</li>'
    return f"<h5>{heading}</h5><ol>{lines}</ol>" if facts else ""


def _gold(row: Row, gold: Mapping[str, Any]) -> str:
    """One piece of evidence: where it is among the passages, and its words if it is not."""
    passages = row.answer.passages if row.answer else ()
    found = _found(row, gold)
    where = _where(passages, gold)
    if found and row.answer and row.answer.evidence and gold["spans"]:
        where += ", read" if _is_read(row.answer, gold) else ", but not read"
    if not found:
        spared = any(other["fact"] == gold["fact"] and _found(row, other) for other in row.expected["gold"])
        where = (f"only in part, {where}" if where else "not retrieved") + (" (an alternative was)" if spared else "")
    css, sign = ("good", "✓") if found else ("bad", "✕")
    quote = "" if found or not gold["quote"] else (
        f'<blockquote dir="auto"><mark class="gold" data-tag="gold">{escaped(gold["quote"])}</mark></blockquote>'
    )
    return (f'<li><b class="{css}">{sign} Fact {gold["fact"] + 1:d}: {where}</b> {_text("small", gold["source"])}'
            f"{quote}</li>")


def _found(row: Row, gold: Mapping[str, Any]) -> bool:
    passages = row.answer.passages if row.answer else ()
    if gold["spans"]:
        return any(covers(passages, gold["source"], Span(*span)) for span in gold["spans"])
    return any(passage.source == gold["source"] for passage in passages)


def _where(passages: Sequence[Passage], gold: Mapping[str, Any]) -> str:
    """The ranks of the passages that share characters with the gold; where only its source is known, come from it."""
    ranks = [str(rank) for rank, passage in enumerate(passages, 1) if passage.source == gold["source"] and (
        not gold["spans"] or any(overlaps(passage, passage.source, Span(*span)) for span in gold["spans"]))]
    return f"in passage{'s' if len(ranks) > 1 else ''} {', '.join(ranks)}" if ranks else ""


def _is_read(answer: Answer, gold: Mapping[str, Any]) -> bool:
    spans = [Span(*span) for span in gold["spans"]]
    return any(overlaps(sentence, gold["source"], span) for sentence in answer.evidence for span in spans)


def _answered(row: Row) -> str:
    answer = row.answer
    if answer is None:
        return f'<p class="bad">An error was raised:</p>{_text("pre", row.error or "unknown")}'
    if answer.status == "refused":
        return f'<p class="refused">Refused</p>{_text("p", answer.reason or answer.text)}'
    claims = "".join(_claim(claim) for claim in answer.claims)
    said = f'<ul class="claims">{claims}</ul>' if claims else _text("p", answer.text)
    quotes = "".join(_citation(citation) for citation in answer.citations)
    return said + (f'<h5>Citations</h5><ul class="quotes">{quotes}</ul>' if quotes else "")


def _claim(claim: Claim) -> str:
    numbers = "".join(f'<span class="number">{number:d}</span>' for number in claim.citations)
    word = escaped(claim.verdict)
    verdict = f'<small class="claim-{word}">{word}, {claim.score:.2f}</small>'
    return f'<li>{_text("span", claim.text)}{numbers} {verdict}</li>'


def _citation(citation: Citation) -> str:
    return (f'<li><span class="number">{citation.number:d}</span> {_text("span", citation.title or citation.source)} '
            f'{_text("small", citation.source)}{_text("blockquote", citation.quote)}</li>')


def _footnote(row: Row, judgement: Mapping[str, Any] | None) -> str:
    facts = [f"{row.seconds:.3g} s"]
    if row.answer and row.answer.confidence is not None:
        facts.append(f"confidence {row.answer.confidence:.2f}")
    if judgement:
        facts += [f"judge: {key} {value}" for key, value in judgement.items() if key != "id" and value is not None]
    if row.answer and row.answer.notice:
        facts.append(row.answer.notice)
    return _text("p", " · ".join(facts), "note")


def _passages(row: Row) -> str:
    if not row.answer or not row.answer.passages:
        return ""
    marks = _marks(row, row.answer)
    lines = "".join(_passage(rank, passage, marks) for rank, passage in enumerate(row.answer.passages, 1))
    return f'<div class="found"><h4>Retrieved passages, best first</h4>{_LEGEND}</div><ol class="passages">{lines}</ol>'


def _passage(rank: int, passage: Passage, marks: Sequence[Mark]) -> str:
    """A passage; one in which nothing is marked is folded."""
    left = " · leftover of the web page" if passage.leftover else ""
    head = (f'<span class="rank">{rank}</span> {_text("span", passage.title or passage.source)} '
            f'{_text("small", f"{passage.source} · score {passage.score:.2f}{left}")}')
    text = marked(passage, marks)
    quote = f'<blockquote dir="auto">{text}</blockquote>'
    if "<mark" in text:
        return f"<li><p>{head}</p>{quote}</li>"
    return f"<li><details><summary>{head}</summary>{quote}</details></li>"


def _said(row: Row) -> str:
    if row.answer is None:
        return row.error or ""
    return f"Refused: {row.answer.reason or row.answer.text}" if row.answer.status == "refused" else row.answer.text


def _text(tag: str, text: str, css: str = "") -> str:
    """An element that holds someone else's words, which must not reorder the page around them."""
    named = f' class="{css}"' if css else ""
    return f'<{tag}{named} dir="auto">{escaped(text)}</{tag}>'
