"""Answers and conversations as text to take away: plain for the clipboard, Markdown and JSON for files."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

from rag.types import Answer, Citation
from ui.history import Conversation
from ui.scope import Scope

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~$!&@])")
_BULLET = re.compile(r"^(\s*\d*)([-+.)])(?=\s)", re.MULTILINE)


def plain(answer: Answer, scope: Scope | None = None) -> str:
    """An answer with its sources, and the articles asked unless all were, as a person would paste it."""
    asked = [f"(Asked of {scope}.)"] if scope else []
    sources = ["", *map(_source, answer.citations)] if answer.citations else []
    return "\n".join([_said(answer), *asked, *_remarks(answer), *sources])


def as_json(conversation: Conversation) -> str:
    """A conversation as JSON; the answers are what `Answer.from_dict` reads."""
    return json.dumps(conversation.to_dict(), ensure_ascii=False, indent=1)


def as_markdown(conversation: Conversation) -> str:
    """A conversation as Markdown, in which what comes from people, articles and models stays plain text."""
    date = datetime.fromtimestamp(conversation.created, UTC).strftime("%Y-%m-%d")
    parts = [f"# {_inert(conversation.title)}", f"Cited, {date}"]
    for kept in conversation.turns:
        answer = kept.answer
        parts += [f"## {_inert(' '.join(answer.question.split()))}"]
        parts += [_inert(f"Understood as: {' '.join(answer.standalone.split())}")] if answer.standalone else []
        parts += [_inert(f"Asked of {' '.join(str(kept.scope).split())}.")] if kept.scope else []
        parts += [_inert(_said(answer)), *map(_inert, _remarks(answer))]
        parts += [f"> {_inert(' '.join(c.quote.split()))}\n>\n> {_inert(_place(c))}" for c in answer.citations]
    if conversation.unanswered:
        parts += [f"## {_inert(' '.join(conversation.unanswered.split()))}", "This question was not answered."]
    return "\n\n".join(parts) + "\n"


def file_name(conversation: Conversation, suffix: str) -> str:
    """A name for the exported file, of letters and digits only."""
    words = re.findall(r"[A-Za-z0-9]+", conversation.title)[:8]
    return f"{'-'.join(words).lower()[:60] or 'conversation'}.{suffix}"


def _said(answer: Answer) -> str:
    return answer.text if answer.status == "answered" else f"{answer.text} {answer.reason or ''}".strip()


def _remarks(answer: Answer) -> list[str]:
    """What the page says with an answer: which claims are supported only in part, and its notice."""
    partly = [claim.text for claim in answer.claims if claim.verdict == "partial"]
    return [*(f"(Only partly supported: {text})" for text in partly), *([answer.notice] if answer.notice else [])]


def _source(citation: Citation) -> str:
    return f"{_place(citation)}: “{' '.join(citation.quote.split())}”"


def _place(citation: Citation) -> str:
    date = f", {citation.published}" if citation.published else ""
    page = f", page {citation.page}" if citation.page else ""
    where = f"{citation.source}:{citation.start}-{citation.end}{page}"
    return f"[{citation.number}] {citation.title or citation.source}{date} ({where})"


def _inert(text: str) -> str:
    """Text that Markdown shows as it is, addresses included, of which some readers make links."""
    plain = _BULLET.sub(r"\1\\\2", _MARKDOWN.sub(r"\\\1", text))
    return plain.replace("://", ":\\//").replace("www.", "www\\.")
