"""Answers, passages and articles as HTML: pure functions, and the only place where the chat page writes HTML.

Whatever comes from a person, a model or a file goes through `escaped`. Nothing is read as Markdown, and no link or
image is ever made, so what an article holds can neither run nor cause a request.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence

from rag.types import Answer, Article, Citation, Claim, Passage, Span

NEAREST = 5
EXCERPT_CHARS = 280
_MARKER = re.compile(r"\[(\d{1,4})\]")


def escaped(text: str) -> str:
    """Text as HTML, for use between tags and in double-quoted attributes; what the browser reads back is `text`.

    Carriage returns are spelled out because HTML turns bare ones into line feeds, which would change a quotation.
    """
    return html.escape(text, quote=True).replace("\r", "&#13;")


def conversation(turns: Sequence[Answer], before_first: str = "") -> str:
    """The finished turns, oldest first; while there are none, `before_first`, which is HTML."""
    inside = "".join(_turn(number, answer) for number, answer in enumerate(turns)) or before_first
    return f'<div class="turns" role="log" aria-label="Conversation">{inside}</div>'


def welcome(examples: Sequence[str] = ()) -> str:
    """What stands where the conversation will be: what Cited does, and questions to try."""
    buttons = "".join(
        f'<li><button type="button" class="example" data-example="{number:d}" {_ISOLATED}>'
        f"{escaped(question)}</button></li>"
        for number, question in enumerate(examples)
    )
    return (
        '<section class="welcome"><h2>Ask the articles</h2>'
        "<p>Every sentence of an answer cites the passage it rests on, and each citation has been checked. "
        "If the articles do not hold the answer, you are told so.</p>"
        + (f'<ul class="examples" aria-label="Example questions">{buttons}</ul>' if buttons else "")
        + "</section>"
    )


def working(question: str, passages: Sequence[Passage] | None = None, draft: str = "", checked: int = 0) -> str:
    """The turn under way: what is being read once `passages` are known, then the draft, plainly marked as one."""
    if passages is None:
        status = "Looking through the articles…"
    elif checked:
        status = f"Checking the draft against the articles: {_count(checked, 'sentence')} checked"
    elif draft:
        status = "Writing a draft. It has not been checked yet."
    else:
        status = f"Reading {_count(len(passages), 'passage')} from {_count(_sources(passages), 'article')}…"
    titles = list(dict.fromkeys(passage.title or passage.source for passage in passages or ()))
    reading = "" if draft else "".join(f"<li {_ISOLATED}>{escaped(title)}</li>" for title in titles)
    return _article_of_turn(
        question,
        f'<p class="status" role="status"><span class="pulse" aria-hidden="true"></span>{escaped(status)}</p>'
        + (f'<ul class="reading">{reading}</ul>' if reading else "")
        + (f'<div class="draft" {_ISOLATED}><span class="tag">Draft</span>{escaped(draft)}</div>' if draft else ""),
    )


def failure(question: str, message: str) -> str:
    """A turn that ended in an error: one line that says what to do."""
    return _article_of_turn(question, f'<p class="failure" role="alert">{escaped(_sentence(message))}</p>')


def stopped(question: str) -> str:
    """A turn that the reader stopped. Its draft is gone: nobody had checked it."""
    return _article_of_turn(
        question, '<p class="stopped" role="status">Stopped. The draft had not been checked, so it is not shown.</p>'
    )


def reading_pane() -> str:
    """The article pane before anything is opened."""
    return (
        '<div class="empty"><p class="empty-title">The article appears here</p>'
        "<p>Click a number such as <span class=\"sample\">1</span> in an answer to read the cited sentence in its "
        "article.</p></div>"
    )


def reading_failure(message: str) -> str:
    """The article pane when an article cannot be shown."""
    return f'{_BACK}<p class="failure" role="alert">{escaped(_sentence(message))}</p>'


def article(found: Article, start: int, end: int, quote: str, opened: int = 0) -> str:
    """A whole article with `[start, end)` marked, if the quotation still stands there.

    `opened` counts what the reader has opened; it makes opening the same sentence twice a change that the page notices.
    """
    intact = 0 <= start < end and found.text[start:end] == quote
    if intact:
        marked = f'<mark tabindex="-1" {_ISOLATED}>{escaped(quote)}</mark>'
        body = _dimmed(found, 0, start) + marked + _dimmed(found, end, len(found.text))
    else:
        body = _dimmed(found, 0, len(found.text))
    notice = "" if intact else (
        '<p class="notice">This file has changed since the answer: the quoted sentence is no longer where it was.</p>'
    )
    facts = [fact for fact in (found.publisher, found.author, found.published) if fact]
    return (
        f'{_BACK}<article data-opened="{opened:d}" aria-label="{escaped(found.title)}">'
        f"<header><h2 {_ISOLATED}>{escaped(found.title or found.source)}</h2>"
        f"<p class=\"facts\">{''.join(f'<span {_ISOLATED}>{escaped(fact)}</span>' for fact in facts)}"
        f'<span class="file" {_ISOLATED}>{escaped(found.source)}</span></p></header>'
        f'{notice}<div class="text" dir="auto">{body}</div></article>'
    )


# A right-to-left or overriding character must not reorder the page around the text that it stands in.
_ISOLATED = 'dir="auto" data-text'
_BACK = '<button type="button" class="back" data-back>← Back to the answer</button>'


def _turn(number: int, answer: Answer) -> str:
    parts = [_answered(number, answer) if answer.status == "answered" else _refused(number, answer)]
    if answer.notice:
        parts.insert(0, f'<p class="notice">{escaped(answer.notice)}</p>')
    if answer.standalone:
        parts.insert(0, f'<p class="footnote" {_ISOLATED}>Understood as: {escaped(answer.standalone)}</p>')
    if answer.citations:
        parts.append(_source_list(number, answer.citations))
    seconds = f"Answered in {answer.timings.total:.1f} s" if answer.timings.total else ""
    parts.append(f'<p class="footnote">{seconds}</p>' if seconds else "")
    return _article_of_turn(answer.question, "".join(parts))


def _article_of_turn(question: str, inside: str) -> str:
    return (
        f'<section class="turn"><h3 class="question" {_ISOLATED}>{escaped(question)}</h3>'
        f'<div class="answer">{inside}</div></section>'
    )


def _answered(turn: int, answer: Answer) -> str:
    known = {citation.number: citation for citation in answer.citations}
    stated = [claim for claim in answer.claims if claim.verdict != "unsupported"]
    left_out = [claim for claim in answer.claims if claim.verdict == "unsupported"]
    said = " ".join(_claim(turn, claim, known) for claim in stated) or _with_buttons(turn, answer.text, known)
    return f'<p class="said" {_ISOLATED}>{said}</p>{_left_out(left_out)}'


def _claim(turn: int, claim: Claim, known: Mapping[int, Citation]) -> str:
    buttons = "".join(_cite(turn, known[number]) for number in claim.citations if number in known)
    remark = '<span class="verdict">only partly supported</span>' if claim.verdict == "partial" else ""
    return f'<span class="claim {claim.verdict}"><bdi>{escaped(claim.text)}</bdi>{buttons}{remark}</span>'


def _left_out(claims: Sequence[Claim]) -> str:
    if not claims:
        return ""
    items = "".join(f"<li {_ISOLATED}>{escaped(claim.text)}</li>" for claim in claims)
    return (
        f'<details class="left-out"><summary>{_count(len(claims), "sentence")} of the draft left out: '
        f"no article supports {'it' if len(claims) == 1 else 'them'}</summary><ul>{items}</ul></details>"
    )


def _refused(turn: int, answer: Answer) -> str:
    reason = answer.reason or answer.text
    nearest = "".join(_nearest(turn, place, passage) for place, passage in enumerate(answer.passages[:NEAREST]))
    return (
        '<div class="refusal"><p class="refusal-title">Not in these articles</p>'
        f"<p {_ISOLATED}>{escaped(reason)}</p></div>"
        + (f'<p class="heading">The nearest passages</p><ol class="sources">{nearest}</ol>' if nearest else "")
    )


def _nearest(turn: int, place: int, passage: Passage) -> str:
    return (
        f'<li><button type="button" class="open" data-turn="{turn:d}" data-passage="{place:d}">'
        f"<strong {_ISOLATED}>{escaped(passage.title or passage.source)}</strong>"
        f"{_origin(passage.source, passage.published)}"
        f'<q class="quote" {_ISOLATED}>{escaped(_excerpt(passage.text))}</q></button></li>'
    )


def _source_list(turn: int, citations: Sequence[Citation]) -> str:
    cards = "".join(
        f'<li><button type="button" class="open" data-turn="{turn:d}" data-citation="{citation.number:d}">'
        f'<span class="number" aria-hidden="true">{citation.number:d}</span>'
        f"<strong {_ISOLATED}>{escaped(citation.title or citation.source)}</strong>"
        f"{_origin(citation.source, citation.published)}"
        f'<q class="quote" {_ISOLATED}>{escaped(citation.quote)}</q></button></li>'
        for citation in citations
    )
    heading = f"{_count(len(citations), 'source passage')} from {_count(_sources(citations), 'article')}"
    return f'<p class="heading">{heading}</p><ol class="sources">{cards}</ol>'


def _origin(source: str, published: str | None) -> str:
    date = f"<span {_ISOLATED}>{escaped(published)}</span>" if published else ""
    return f'<span class="facts">{date}<span class="file" {_ISOLATED}>{escaped(source)}</span></span>'


def _cite(turn: int, citation: Citation) -> str:
    label = f"Source {citation.number}: {citation.title or citation.source}"
    return (
        f'<button type="button" class="cite" data-turn="{turn:d}" data-citation="{citation.number:d}" '
        f'title="{escaped(citation.quote)}" aria-label="{escaped(label)}">{citation.number:d}</button>'
    )


def _with_buttons(turn: int, text: str, known: Mapping[int, Citation]) -> str:
    """An answer that came without claims: its markers become buttons."""
    pieces, last = [], 0
    for marker in _MARKER.finditer(text):
        number = int(marker[1])
        if number in known:
            pieces += [escaped(text[last : marker.start()].rstrip(" ")), _cite(turn, known[number])]
            last = marker.end()
    return "".join(pieces) + escaped(text[last:])


def _dimmed(found: Article, start: int, end: int) -> str:
    """The text of `[start, end)`, with front matter and what the web page left behind set back."""
    pieces, last = [], start
    for aside in sorted((Span(0, found.body_start), *found.leftovers), key=lambda span: span.start):
        left, right = max(aside.start, last), min(aside.end, end)
        if left < right:
            pieces += [escaped(found.text[last:left]), f'<span class="aside">{escaped(found.text[left:right])}</span>']
            last = right
    return "".join(pieces) + escaped(found.text[last:end])


def _sentence(message: str) -> str:
    return message[:1].upper() + message[1:]


def _excerpt(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= EXCERPT_CHARS else flat[:EXCERPT_CHARS].rsplit(" ", 1)[0] + "…"


def _sources(items: Iterable[Passage] | Iterable[Citation]) -> int:
    return len({item.source for item in items})


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
