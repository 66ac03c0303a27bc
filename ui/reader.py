"""The reader pane as HTML: a whole article, its cited sentences marked, and the way from one citation to the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.text import capitalised
from rag.types import Article, Span
from ui.render import ISOLATED, escaped

_BACK = '<button type="button" class="back" data-back>← Back</button>'


@dataclass(frozen=True, slots=True)
class Mark:
    """A passage of an article to be marked; `turn` and `number` are its citation's, if it has one."""

    start: int
    end: int
    quote: str
    turn: int | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Walk:
    """The citations of an answer, the `turn`-th of the conversation, and which of them is open."""

    turn: int
    numbers: tuple[int, ...]
    current: int


def nothing() -> str:
    """The pane before anything is opened."""
    return (
        '<div class="empty"><p class="empty-title">The article appears here</p>'
        "<p>Click a number such as <span class=\"sample\">1</span> in an answer to read the cited sentence in its "
        "article.</p></div>"
    )


def failure(message: str) -> str:
    """The pane when an article cannot be shown."""
    return f'{_BACK}<p class="failure" role="alert">{escaped(capitalised(message))}</p>'


def article(found: Article, marks: Sequence[Mark] = (), opened: int = 0, walk: Walk | None = None) -> str:
    """A whole article with what is quoted from it marked, the first mark being the one to look at.

    `opened` counts what the reader has opened; it makes opening the same sentence twice a change that the page notices.
    """
    standing = [mark for mark in marks if _stands(mark, found.text)]
    intact = not marks or marks[0] in standing
    notice = "" if intact else (
        '<p class="notice">This file has changed since the answer: the quoted sentence is no longer where it was.</p>'
    )
    page = found.page(marks[0].start) if marks else None
    paged = f"page {page:,d} of {len(found.pages):,d}" if page else None
    facts = [fact for fact in (found.publisher, found.author, found.published, paged) if fact]
    return (
        f'<div class="reader-bar">{_BACK}{_steps(walk) if walk and len(walk.numbers) > 1 else ""}</div>'
        f'<article data-opened="{opened:d}" tabindex="-1" aria-label="{escaped(found.title)}">'
        f"<header><h2 {ISOLATED}>{escaped(found.title or found.source)}</h2>"
        f"<p class=\"facts\">{''.join(f'<span {ISOLATED}>{escaped(fact)}</span>' for fact in facts)}"
        f'<span class="file" {ISOLATED}>{escaped(found.source)}</span></p></header>'
        f'{notice}<div class="text" dir="auto">{_marked(found, standing, marks[0] if marks else None)}</div></article>'
    )


def _stands(mark: Mark, text: str) -> bool:
    return 0 <= mark.start < mark.end and text[mark.start : mark.end] == mark.quote


def _steps(walk: Walk) -> str:
    """The buttons to the citation before and after the open one."""
    place = walk.numbers.index(walk.current)
    before = walk.numbers[place - 1] if place else None
    after = walk.numbers[place + 1] if place + 1 < len(walk.numbers) else None
    return (
        f'<div class="walk" role="group" aria-label="Citations of this answer">'
        f'{_step(walk.turn, before, "previous", "‹ Previous")}'
        f'<span class="walk-place">Citation {place + 1:d} of {len(walk.numbers):d}</span>'
        f'{_step(walk.turn, after, "next", "Next ›")}</div>'
    )


def _step(turn: int, number: int | None, name: str, label: str) -> str:
    if number is None:
        return f'<button type="button" class="step {name}" disabled>{label}</button>'
    return (
        f'<button type="button" class="step {name}" data-do="open" data-turn="{turn:d}" data-citation="{number:d}">'
        f"{label}</button>"
    )


def _marked(found: Article, marks: Sequence[Mark], first: Mark | None) -> str:
    """The text with its marks in it; where two overlap, the one to look at wins."""
    pieces, last = [], 0
    for mark in sorted(marks, key=lambda mark: mark.start):
        overlapped = first is not None and mark is not first and mark.start < first.end and first.start < mark.end
        if overlapped or mark.start < last:
            continue
        pieces += [_dimmed(found, last, mark.start), _mark(mark, current=mark is first)]
        last = mark.end
    return "".join(pieces) + _dimmed(found, last, len(found.text))


def _mark(mark: Mark, *, current: bool) -> str:
    cited = mark.turn is not None and mark.number is not None
    number = f' data-turn="{mark.turn:d}" data-number="{mark.number:d}"' if cited else ""
    kind = 'class="current" tabindex="-1"' if current else 'class="other"'
    return f"<mark {kind}{number} {ISOLATED}>{escaped(mark.quote)}</mark>"


def _dimmed(found: Article, start: int, end: int) -> str:
    """The text of `[start, end)`, with front matter and what the web page left behind set back."""
    pieces, last = [], start
    for aside in sorted((Span(0, found.body_start), *found.leftovers), key=lambda span: span.start):
        left, right = max(aside.start, last), min(aside.end, end)
        if left < right:
            pieces += [escaped(found.text[last:left]), f'<span class="aside">{escaped(found.text[left:right])}</span>']
            last = right
    return "".join(pieces) + escaped(found.text[last:end])
