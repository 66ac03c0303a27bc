"""One reader's conversation: questions go to the bot, views of the page come back. Knows nothing of Gradio."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Protocol

from rag.errors import CitedError
from rag.types import Answer, Article, Event, Passage, Turn
from ui import render

logger = logging.getLogger(__name__)

BROKEN = "Something went wrong inside Cited. The terminal that it runs in says what; asking again may help."


class Bot(Protocol):
    """What the page needs of `rag.Chatbot`; several conversations call it at once, from different threads."""

    def stream(self, question: str, history: Sequence[Turn] = ()) -> Generator[Event, None, None]:
        """Events up to "done"; closing the generator stops the model."""

    def article(self, source: str) -> Article:
        """The whole article; raises CorpusError if there is none of that name."""


@dataclass(slots=True)
class Session:
    """What the server remembers of one open page, and forgets with it.

    `unanswered` is a question that came to nothing and goes back to the reader; `stopping` asks the running answer to
    end; `opened` counts the sentences opened.
    """

    turns: list[Answer] = field(default_factory=list)
    busy: bool = False
    stopping: bool = False
    unanswered: str = ""
    opened: int = 0


@dataclass(frozen=True, slots=True)
class View:
    """What changes on the page: the turn under way, and the finished turns unless they stay as they are (None)."""

    now: str
    past: str | None = None
    busy: bool = True


def converse(bot: Bot, question: str, session: Session) -> Iterator[View]:
    """Ask, and yield a view for every step; the last one is not busy. Errors become views, never exceptions."""
    question = question.strip()
    if not question or session.busy:
        return
    session.busy, session.stopping, session.unanswered = True, False, ""
    try:
        yield View(render.working(question), past=render.conversation(session.turns))
        for view in _steps(bot, question, session):
            session.busy = view.busy  # who sees the last view may ask at once
            yield view
    except CitedError as error:
        yield _unanswered(session, question, render.failure(question, str(error)))
    except Exception:
        logger.exception("the question could not be answered")
        yield _unanswered(session, question, render.failure(question, BROKEN))
    finally:
        session.busy = False


def open_source(bot: Bot, session: Session, place: object) -> str:
    """The article pane for a click on `{"turn": 0, "citation": 1}` or `{"turn": 0, "passage": 2}`.

    The browser sends only numbers; what they stand for is looked up in the session, so a page cannot ask for any file.
    """
    found = _place(session, place)
    if found is None:
        return render.reading_failure("This answer is no longer here. Ask again.")
    source, start, end, quote = found
    session.opened += 1
    try:
        return render.article(bot.article(source), start, end, quote, session.opened)
    except CitedError as error:
        return render.reading_failure(str(error))


def _steps(bot: Bot, question: str, session: Session) -> Iterator[View]:
    history = [Turn(answer.question, answer.text) for answer in session.turns]
    passages: tuple[Passage, ...] | None = None
    draft, checked = "", 0
    with closing(bot.stream(question, history)) as events:
        for event in events:
            if event.kind == "done" and event.answer is not None:
                session.turns.append(event.answer)
                yield View("", past=render.conversation(session.turns), busy=False)
                return
            if session.stopping:
                break
            if event.kind == "evidence":
                passages, draft = event.passages, ""
            draft += event.text
            checked += event.kind == "claim"
            yield View(render.working(question, passages, draft, checked))
    if not session.stopping:
        raise RuntimeError("the stream of events ended without an answer")
    yield _unanswered(session, question, render.stopped(question))


def _unanswered(session: Session, question: str, now: str) -> View:
    session.unanswered = question
    return View(now, busy=False)


def _place(session: Session, place: object) -> tuple[str, int, int, str] | None:
    numbers = place if isinstance(place, dict) else {}
    turn, citation, passage = (numbers.get(name) for name in ("turn", "citation", "passage"))
    if not isinstance(turn, int) or not 0 <= turn < len(session.turns):
        return None
    answer = session.turns[turn]
    for cited in answer.citations:
        if cited.number == citation:
            return cited.source, cited.start, cited.end, cited.quote
    if isinstance(passage, int) and 0 <= passage < len(answer.passages):
        near = answer.passages[passage]
        return near.source, near.start, near.end, near.text
    return None
