"""What programs may call: `/ask`, which knows no conversation but the one it is given."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any

import gradio as gr

from rag.errors import CitedError, QuestionError
from rag.filters import Filter
from rag.types import Event, Turn, to_plain
from ui.answering import events
from ui.conversation import Service
from ui.scope import filter_of

ASK = "ask"
MOST_TURNS = 100


def offer(service: Service) -> None:
    """Add `/ask` to the Blocks that are being built."""

    async def ask(
        question: str,
        history: list[dict[str, str]] | None = None,
        source: list[str] | None = None,
        since: str | None = None,
        until: str | None = None,
    ) -> AsyncGenerator[dict[str, Any]]:
        """Answer a question about the articles; every sentence of the answer cites exact passages of them.

        While the answer is made, {"event": "evidence" | "waiting" | "token" | "claim", …} say how far it is. The last
        value is the answer itself.

        Args:
            question: the question.
            history: the turns before it, oldest first, each {"question": …, "answer": …}; may be empty.
            source: only articles whose source matches one of these patterns, such as news/*; all if empty.
            since: only articles published on or after this day, such as 2024-10-15.
            until: only articles published on or before this day.
        """
        try:
            if not isinstance(question, str):
                raise QuestionError("question must be a text.")
            only = some(source, since, until)
            stream = events(service.bot, service.line, question, turns(history), only=only)
            async with aclosing(stream):
                async for event in stream:
                    yield told(event)
        except CitedError as error:
            raise gr.Error(str(error), print_exception=False) from error

    gr.api(ask, api_name=ASK, concurrency_limit=None)


def turns(history: object) -> list[Turn]:
    """Read a history as programs send it.

    Raises:
        QuestionError: it is something else than a list of {question, answer}.
    """
    if history is None:
        return []
    if not isinstance(history, Sequence) or isinstance(history, str) or len(history) > MOST_TURNS:
        raise QuestionError(f"history must be a list of at most {MOST_TURNS} turns, or empty.")
    return [_turn(number, turn) for number, turn in enumerate(history)]


def some(source: object, since: object, until: object) -> Filter:
    """Read which articles are asked as programs send it: patterns, or one of them, and the first and the last day.

    Raises:
        QuestionError: they are something else.
    """
    sources = [source] if isinstance(source, str) else source or []
    if not isinstance(sources, list) or not all(isinstance(pattern, str) for pattern in sources):
        raise QuestionError("source must be a list of patterns such as news/*, or empty.")
    days = [None if day is None else str(day) for day in (since, until)]
    return filter_of(sources, *days)


def told(event: Event | int) -> dict[str, Any]:
    """One step of an answer as JSON; the last is `Answer.to_dict()`."""
    if isinstance(event, int):
        return {"event": "waiting", "ahead": event}
    if event.answer is not None:
        return event.answer.to_dict()
    plain = to_plain(event)
    parts = {"evidence": ("passages",), "token": ("text",), "claim": ("claim", "citations")}[event.kind]
    return {"event": event.kind, **{part: plain[part] for part in parts}}


def _turn(number: int, turn: object) -> Turn:
    texts = [turn.get(key) for key in ("question", "answer")] if isinstance(turn, dict) else []
    question, answer = texts or (None, None)
    if not isinstance(question, str) or not isinstance(answer, str):
        raise QuestionError(f'history[{number}] must be {{"question": "…", "answer": "…"}}, both texts.')
    return Turn(question, answer)
