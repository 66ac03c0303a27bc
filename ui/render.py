"""Questions and answers as HTML: pure functions. The page writes HTML here, in `reader`, `shelves` and `chooser`.

Whatever comes from a person, a model or a file goes through `escaped`. Nothing is read as Markdown, and no link or
image is ever made, so what an article holds can neither run nor cause a request. A button says what it does in
`data-do`; the browser sends that back with the button's other `data-` values, and nothing else (`actions.js`).
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence

from rag.text import capitalised
from rag.types import Citation, Claim, Passage
from ui.export import plain
from ui.history import Kept
from ui.scope import Scope

NEAREST = 5
EXCERPT_CHARS = 280
_MANY = 3  # claims up to which an answer is one paragraph
# A right-to-left or overriding character must not reorder the page around the text that it stands in.
ISOLATED = 'dir="auto" data-text'
_NOBODY: Mapping[str, str] = {}
_MARKER = re.compile(r"\[(\d{1,4})\]")


def escaped(text: str) -> str:
    """Text as HTML, for use between tags and in double-quoted attributes; what the browser reads back is `text`.

    Carriage returns are spelled out because HTML turns bare ones into line feeds, which would change a quotation.
    """
    return html.escape(text, quote=True).replace("\r", "&#13;")


def counted(number: int, noun: str) -> str:
    """A number with its noun: `1 article`, `1,200 articles`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def excerpt(text: str, length: int = EXCERPT_CHARS) -> str:
    """The beginning of a text on one line, cut between words."""
    flat = " ".join(text.split())
    return flat if len(flat) <= length else flat[:length].rsplit(" ", 1)[0] + "…"


def conversation(
    turns: Sequence[Kept],
    voices: Mapping[str, str] = _NOBODY,
    suggestions: Sequence[str] = (),
    name: str | None = None,
    *,
    asking: bool = False,
) -> str:
    """The finished turns, oldest first, and questions to go on with; before the first, a welcome.

    `voices` has, for the source of each article of the corpus, the source that it counts as (copies of a story are one
    voice), if that is known; `name` is the conversation's in the history. While the next turn is `asking`, neither
    welcome nor suggestions are shown.
    """
    last = len(turns) - 1
    inside = "".join(_turn(place, kept, voices, is_last=place == last) for place, kept in enumerate(turns))
    if not turns and not asking:
        inside = _welcome(suggestions)
    elif suggestions and not asking:
        inside += f'<p class="heading">You could ask next</p>{_suggested(suggestions, "Follow-up questions")}'
    named = f' data-conversation="{escaped(name)}"' if name else ""
    return f'<div class="turns" role="log" aria-label="Conversation"{named}>{inside}</div>'


def working(
    question: str, passages: Sequence[Passage] | None = None, draft: str = "", checked: int = 0, ahead: int = 0
) -> str:
    """The turn under way: what is being read once `passages` are known, then the draft, plainly marked as one."""
    titles = list(dict.fromkeys(passage.title or passage.source for passage in passages or ()))
    reading = "" if draft else "".join(f"<li {ISOLATED}>{escaped(title)}</li>" for title in titles)
    return _article_of_turn(
        question,
        f'<p class="status" role="status"><span class="pulse" aria-hidden="true"></span>'
        f"{escaped(_status(passages, draft, checked, ahead))}</p>"
        + (f'<ul class="reading">{reading}</ul>' if reading else "")
        + (f'<div class="draft" {ISOLATED}><span class="tag">Draft</span>{escaped(draft)}</div>' if draft else ""),
    )


def failure(question: str, message: str) -> str:
    """A turn that ended in an error: one line that says what to do."""
    return _article_of_turn(question, f'<p class="failure" role="alert">{escaped(capitalised(message))}</p>')


def editing() -> str:
    """Says that the next question takes the place of the last one."""
    return (
        '<p class="notice" role="status">Your next question takes the place of the last one. '
        '<button type="button" class="tool" data-do="keep">Keep it instead</button></p>'
    )


def unkept(message: str) -> str:
    """Says that the answer above could not be put into the history."""
    return f'<p class="failure" role="alert">This answer is shown but not kept. {escaped(capitalised(message))}</p>'


def stopped(question: str) -> str:
    """A turn that the reader stopped before anything was checked. Its draft is gone."""
    return _article_of_turn(
        question, '<p class="stopped" role="status">Stopped. The draft had not been checked, so it is not shown.</p>'
    )


def origin(source: str, published: str | None, *more: str) -> str:
    """Where something comes from, in small print; `more` is HTML."""
    date = f"<span {ISOLATED}>{escaped(published)}</span>" if published else ""
    rest = "".join(f"<span>{fact}</span>" for fact in more)
    return f'<span class="facts">{date}<span class="file" {ISOLATED}>{escaped(source)}</span>{rest}</span>'


def _status(passages: Sequence[Passage] | None, draft: str, checked: int, ahead: int) -> str:
    if passages is None:
        return "Looking through the articles…"
    if checked:
        return f"Checking the draft against the articles: {counted(checked, 'sentence')} checked"
    if draft:
        return "Writing a draft. It has not been checked yet."
    found = f"{counted(len(passages), 'passage')} from {counted(_sources(passages), 'article')}"
    if ahead:
        return f"Found {found}. {counted(ahead, 'question')} of other readers {'is' if ahead == 1 else 'are'} first…"
    return f"Reading {found}…"


def _welcome(suggestions: Sequence[str]) -> str:
    """What stands where the conversation will be: what Cited does, and questions to try."""
    return (
        '<section class="welcome"><h2>Ask the articles</h2>'
        "<p>Every sentence of an answer cites the passage it rests on, and each citation has been checked. "
        "If the articles do not hold the answer, you are told so.</p>"
        + (_suggested(suggestions, "Questions to begin with") if suggestions else "")
        + "</section>"
    )


def _suggested(questions: Sequence[str], label: str) -> str:
    buttons = "".join(
        f'<li><button type="button" class="example" data-do="suggestion" data-number="{number:d}" {ISOLATED}>'
        f"{escaped(question)}</button></li>"
        for number, question in enumerate(questions)
    )
    return f'<ul class="examples" aria-label="{label}">{buttons}</ul>'


def _turn(place: int, kept: Kept, voices: Mapping[str, str], *, is_last: bool) -> str:
    answer = kept.answer
    parts = [_answered(place, kept, voices) if answer.status == "answered" else _refused(place, kept)]
    if answer.notice:
        parts.insert(0, f'<p class="notice" {ISOLATED}>{escaped(answer.notice)}</p>')
    if answer.standalone:
        parts.insert(0, f'<p class="footnote" {ISOLATED}>Understood as: {escaped(answer.standalone)}</p>')
    if kept.scope:
        parts.insert(0, f'<p class="footnote asked" {ISOLATED}>Asked of {escaped(str(kept.scope))}</p>')
    if answer.citations:
        parts.append(_source_list(place, kept, voices))
    parts.append(_tools(place, kept, is_last=is_last))
    return _article_of_turn(answer.question, "".join(parts))


def _article_of_turn(question: str, inside: str) -> str:
    return (
        f'<section class="turn"><h2 class="question" {ISOLATED}>{escaped(question)}</h2>'
        f'<div class="answer">{inside}</div></section>'
    )


def _answered(turn: int, kept: Kept, voices: Mapping[str, str]) -> str:
    answer = kept.answer
    known = {citation.number: citation for citation in answer.citations}
    stated = [claim for claim in answer.claims if claim.verdict != "unsupported"]
    left_out = [claim for claim in answer.claims if claim.verdict == "unsupported"]
    said = " ".join(_claim(turn, claim, known, voices, kept.scope) for claim in stated)
    kind = "said many" if len(stated) > _MANY else "said"
    return f'<p class="{kind}" {ISOLATED}>{said or _with_buttons(turn, answer.text, known)}</p>{_left_out(left_out)}'


def _claim(
    turn: int, claim: Claim, known: Mapping[int, Citation], voices: Mapping[str, str], scope: Scope | None
) -> str:
    cited = [known[number] for number in claim.citations if number in known]
    remarks = ""
    if voices and len({voices.get(citation.source, citation.source) for citation in cited}) > 1:
        remarks += f'<span class="voices">{_share(cited, voices, scope)}</span>'
    if claim.verdict == "partial":
        remarks += f'<span class="verdict" {ISOLATED}>only partly supported. {escaped(claim.reason or "")}</span>'
    buttons = "".join(_cite(turn, citation) for citation in cited)
    return f'<span class="claim {claim.verdict}"><bdi>{escaped(claim.text)}</bdi>{buttons}{remarks}</span>'


def _left_out(claims: Sequence[Claim]) -> str:
    if not claims:
        return ""
    items = "".join(
        f"<li><s {ISOLATED}>{escaped(claim.text)}</s> "
        f'<span class="why-not" {ISOLATED}>{escaped(claim.reason or "")}</span></li>'
        for claim in claims
    )
    return (
        f'<details class="left-out"><summary>{counted(len(claims), "sentence")} of the draft left out: '
        f"no article supports {'it' if len(claims) == 1 else 'them'}</summary><ul>{items}</ul></details>"
    )


def _refused(turn: int, kept: Kept) -> str:
    answer = kept.answer
    where = "the articles asked" if kept.scope else "these articles"
    reason = answer.reason or answer.text
    nearest = "".join(_nearest(turn, place, passage) for place, passage in enumerate(answer.passages[:NEAREST]))
    return (
        f'<div class="refusal"><p class="refusal-title">Not in {where}</p>'
        f"<p {ISOLATED}>{escaped(reason)}</p></div>"
        + (f'<p class="heading">The nearest passages</p><ol class="sources">{nearest}</ol>' if nearest else "")
    )


def _nearest(turn: int, place: int, passage: Passage) -> str:
    return (
        f'<li><button type="button" class="open" data-do="open" data-turn="{turn:d}" data-passage="{place:d}">'
        f"<strong {ISOLATED}>{escaped(passage.title or passage.source)}</strong>"
        f"{origin(passage.source, passage.published)}"
        f'<q class="quote" {ISOLATED}>{escaped(excerpt(passage.text))}</q></button></li>'
    )


def _source_list(turn: int, kept: Kept, voices: Mapping[str, str]) -> str:
    """A card for each cited article, with what is quoted of it."""
    answer = kept.answer
    by_source: dict[str, list[Citation]] = {}
    for citation in answer.citations:
        by_source.setdefault(citation.source, []).append(citation)
    cards = "".join(_card(turn, citations, answer.claims) for citations in by_source.values())
    heading = f"{counted(len(answer.citations), 'source passage')} from {_share(answer.citations, voices, kept.scope)}"
    return f'<p class="heading">{heading}</p><ol class="sources">{cards}</ol>'


def _card(turn: int, citations: Sequence[Citation], claims: Sequence[Claim]) -> str:
    first = citations[0]
    numbers = {citation.number for citation in citations}
    carried = sum(bool(numbers & set(claim.citations)) for claim in claims)
    supports = [f"supports {counted(carried, 'claim')}"] if carried else []
    quotes = "".join(
        f'<li><button type="button" class="open" data-do="open" data-turn="{turn:d}" '
        f'data-citation="{citation.number:d}"><span class="number">{citation.number:d}</span>'
        f'<q class="quote" {ISOLATED}>{escaped(citation.quote)}</q>{_page(citation)}</button></li>'
        for citation in citations
    )
    return (
        f'<li class="card"><strong {ISOLATED}>{escaped(first.title or first.source)}</strong>'
        f"{origin(first.source, first.published, *supports)}<ol class=\"quotes\">{quotes}</ol></li>"
    )


def _page(citation: Citation) -> str:
    return f'<span class="facts">page {citation.page:,d}</span>' if citation.page else ""


def _cite(turn: int, citation: Citation) -> str:
    label = f"Source {citation.number}: {citation.title or citation.source}"
    return (
        f'<button type="button" class="cite" data-do="open" data-turn="{turn:d}" data-citation="{citation.number:d}" '
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


def _tools(turn: int, kept: Kept, *, is_last: bool) -> str:
    """What can be done with an answer: copy it, say what it was worth, and, if it is the last, ask again."""
    seconds = kept.answer.timings.total
    buttons = [
        f'<button type="button" class="tool" data-copy="{escaped(plain(kept.answer, kept.scope))}">Copy</button>',
        _vote(turn, kept, "up", "Helpful"),
        _vote(turn, kept, "down", "Not helpful"),
    ]
    if is_last:
        buttons += [
            '<button type="button" class="tool" data-do="retry">Ask again</button>',
            '<button type="button" class="tool" data-do="edit">Edit question</button>',
        ]
    taken = f'<span class="footnote">Answered in {seconds:.1f} s</span>' if seconds else ""
    return f'<div class="tools">{"".join(buttons)}{taken}</div>{_word(turn, kept)}'


def _vote(turn: int, kept: Kept, vote: str, label: str) -> str:
    pressed = "true" if kept.vote == vote else "false"
    return (
        f'<button type="button" class="tool vote" data-do="vote" data-turn="{turn:d}" data-vote="{vote}" '
        f'aria-pressed="{pressed}">{label}</button>'
    )


def _word(turn: int, kept: Kept) -> str:
    """Where a reader who found an answer wrong can say what was."""
    if kept.vote is None:
        return ""
    if kept.word:
        return f'<p class="footnote" {ISOLATED}>Thank you. You wrote: {escaped(kept.word)}</p>'
    prompt = "What was wrong with it?" if kept.vote == "down" else "What was good about it?"
    return (
        f'<form class="word" data-do="vote" data-turn="{turn:d}" data-vote="{kept.vote}">'
        f'<label>{prompt} <input name="word" maxlength="2000" autocomplete="off" placeholder="A word, if you like">'
        "</label>"
        '<button class="tool">Send</button></form>'
    )


def _share(citations: Sequence[Citation], voices: Mapping[str, str], scope: Scope | None) -> str:
    """How many of the articles these are, copies of a story counted once: `2 of 5 articles`."""
    said = {voices.get(citation.source, citation.source) for citation in citations}
    if scope:
        share = "" if len(said) == scope.articles else f"{len(said):,d} of "
        return f"{share}the {counted(scope.articles, 'article')} asked"
    total = len(said | set(voices.values()))
    return f"{len(said):,d} of {counted(total, 'article')}" if voices else counted(len(said), "article")


def _sources(items: Iterable[Passage] | Iterable[Citation]) -> int:
    return len({item.source for item in items})
