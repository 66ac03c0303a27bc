"""One reader's conversation: questions go to the bot, views of the page come back. Knows nothing of Gradio."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Protocol

from rag.errors import CitedError
from rag.grounding import Grounded
from rag.types import Answer, Article, Citation, Claim, Event, Listing, Passage, Turn
from ui import reader, render
from ui.answering import Asked, events, in_thread
from ui.history import UNKEPT, History, Kept
from ui.line import Line
from ui.scope import Scope, Wanted

logger = logging.getLogger(__name__)

BROKEN = "Something went wrong inside Cited. The terminal that it runs in says what; asking again may help."
GONE = "This answer is no longer here. Ask again."
STOPPED = "This answer was stopped: it holds what had been checked by then."


class Bot(Asked, Protocol):
    """What a conversation needs of `rag.Chatbot`; several call it at once, from different threads."""

    def article(self, source: str) -> Article:
        """The whole article; raises CorpusError if there is none of that name."""

    def listings(self) -> Sequence[Listing]:
        """The articles without their text."""


@dataclass(frozen=True, slots=True)
class Service:
    """What all readers share: the bot, the line before its model, and the file that keeps conversations."""

    bot: Bot
    history: History
    line: Line = field(default_factory=Line)
    suggest: Callable[[Sequence[Kept]], tuple[str, ...]] = lambda turns: ()

    def past(self, session: Session) -> str:
        """The finished turns as HTML."""
        voices = {listing.source: listing.same_as or listing.source for listing in self.bot.listings()}
        return render.conversation(session.turns, voices, session.suggestions, session.name, asking=session.busy)


@dataclass(slots=True)
class Session:
    """What the server remembers of one open page; what is kept beyond it is in the history.

    `owner` is whose page it is, None if that cannot be told; `name` is the conversation's, once a question was asked.
    `unanswered` is a question that came to nothing and goes back to the reader; `stopping` asks the running answer to
    end; `replacing` is the place of the turn that the next answer replaces; `opened` counts the sentences opened;
    `taken` is the question of a button that was clicked, which is asked next. `scope` is the articles that are asked,
    None for all of them, and `asked` those that the answer under way is asked of; `wanted` is what the fields for it
    were last filled with, `filled` counts how often they were, and `listed` how often the ticks were; `heard` is when
    what was last told of them stood there. `searched` counts the searches, `saved` the files that were handed out.
    """

    owner: str | None = None
    name: str | None = None
    turns: list[Kept] = field(default_factory=list)
    busy: bool = False
    stopping: bool = False
    unanswered: str = ""
    replacing: int | None = None
    opened: int = 0
    suggestions: tuple[str, ...] = ()
    taken: str = ""
    scope: Scope | None = None
    asked: Scope | None = None
    wanted: Wanted = field(default_factory=Wanted)
    filled: int = 0
    listed: int = 0
    heard: float = 0.0
    searched: int = 0
    saved: int = 0

    def clear(self) -> None:
        """Begin a new conversation; the old one stays in the history."""
        self.name, self.turns, self.unanswered, self.replacing = None, [], "", None
        self.suggestions = ()


@dataclass(frozen=True, slots=True)
class View:
    """What changes on the page: the turn under way, and the finished turns unless they stay as they are (None)."""

    now: str
    past: str | None = None
    busy: bool = True


@dataclass(slots=True)
class _Draft:
    """What is known of the answer under way."""

    passages: tuple[Passage, ...] | None = None
    text: str = ""
    ahead: int = 0
    claims: list[Claim] = field(default_factory=list)
    citations: dict[int, Citation] = field(default_factory=dict)

    def add(self, event: Event | int) -> None:
        """Take in one more step; a number is how many questions are ahead."""
        if isinstance(event, int):
            self.ahead = event
            return
        self.ahead = 0
        if event.kind == "evidence":
            self.passages, self.text = event.passages, ""
        self.text += event.text
        if event.claim:
            self.claims.append(event.claim)
            self.citations |= {citation.number: citation for citation in event.citations}

    def checked(self, question: str) -> Answer | None:
        """What has been checked so far as an answer, if anything stands."""
        text = Grounded(tuple(self.claims), ()).text
        if not text:
            return None
        return Answer(
            question, "answered", text, tuple(self.claims), tuple(self.citations.values()), self.passages or (),
            notice=STOPPED,
        )  # fmt: skip


async def converse(
    service: Service, question: str, session: Session, scope: Scope | None = None
) -> AsyncGenerator[View]:
    """Ask, of the articles of a scope if one is given, and yield a view for every step; the last one is not busy.

    Errors become views, never exceptions.
    """
    question = question.strip()
    if not question or session.busy:
        return
    session.busy, session.stopping, session.unanswered, session.asked = True, False, "", scope
    try:
        yield View(render.working(question), past=service.past(session))
        await in_thread(_pend, service, session, question)
        async with aclosing(_steps(service, question, session)) as steps:
            async for view in steps:
                yield view
    except CitedError as error:
        yield _unanswered(service, session, question, render.failure(question, str(error)))
    except Exception:
        logger.exception("the question could not be answered")
        yield _unanswered(service, session, question, render.failure(question, BROKEN))
    finally:
        session.busy = False


def reopen(service: Service, session: Session, name: str) -> bool:
    """Go on with a conversation of the reader's; False if there is no such conversation, and nothing changes."""
    if session.busy or session.owner is None:
        return False
    found = service.history.open(session.owner, name)
    if found is None:
        return False
    session.clear()
    session.name, session.turns, session.unanswered = found.id, list(found.turns), found.unanswered
    return True


def open_source(service: Service, session: Session, place: dict[str, int]) -> str:
    """The article pane for a click on `{"turn": 0, "citation": 1}` or `{"turn": 0, "passage": 2}`.

    The browser sends only numbers; what they stand for is looked up in the session, so a page cannot ask for any file.
    """
    turn = place.get("turn", -1)
    if not 0 <= turn < len(session.turns):
        return reader.failure(GONE)
    answer = session.turns[turn].answer
    session.opened += 1
    try:
        if "citation" in place:
            return _open_citation(service.bot, turn, answer, place["citation"], session.opened)
        return _open_passage(service.bot, answer, place.get("passage", -1), session.opened)
    except CitedError as error:
        return reader.failure(str(error))


async def _steps(service: Service, question: str, session: Session) -> AsyncGenerator[View]:
    before = session.turns[: session.replacing]
    history = [Turn(kept.answer.question, kept.answer.text) for kept in before]
    draft = _Draft()
    only = session.asked.only if session.asked else None
    stream = events(service.bot, service.line, question, history, lambda: session.stopping, only=only)
    async with aclosing(stream):
        async for event in stream:
            if isinstance(event, Event) and event.kind == "done" and event.answer is not None:
                yield await in_thread(_finished, service, session, event.answer)
                return
            first = draft == _Draft()
            draft.add(event)
            now = render.working(question, draft.passages, draft.text, len(draft.claims), draft.ahead)
            # The conversation has its name by now, by which it is found if the page is loaded again.
            yield View(now, past=service.past(session) if first else None)
        if not (session.stopping or service.line.closed):
            raise RuntimeError("the stream of events ended without an answer")
        answer = draft.checked(question)
        if answer is None or session.replacing is not None:  # no fragment takes the place of a whole answer
            yield _unanswered(service, session, question, render.stopped(question))
        else:
            yield await in_thread(_finished, service, session, answer)


def _pend(service: Service, session: Session, question: str) -> None:
    """Put the question into the history, where it outlives a page that is closed before the answer.

    A conversation that was deleted elsewhere since goes on as a new one.
    """
    if session.owner is None:
        return
    if session.name is None or not service.history.ask(session.owner, session.name, question):
        _begin(service, session, session.owner, question)


def _begin(service: Service, session: Session, owner: str, question: str) -> None:
    """Make a new conversation; what was answered in one that was deleted is shown, and belongs to none."""
    session.name = service.history.begin(owner, question)
    session.turns = [replace(kept, number=UNKEPT) for kept in session.turns]
    service.history.ask(owner, session.name, question)


def _finished(service: Service, session: Session, answer: Answer) -> View:
    """Add an answer to the conversation and its history; what cannot be kept is shown all the same, and it is said."""
    number, problem = None, ""
    if session.owner and session.name:
        try:
            number = _keep(service, session, session.owner, answer)
        except CitedError as error:
            number, problem = UNKEPT, render.unkept(str(error))
    kept = Kept(len(session.turns) if number is None else number, answer, scope=session.asked)
    replaced = session.replacing is not None
    session.turns[session.replacing if replaced else len(session.turns) :] = [kept]
    session.replacing, session.busy = None, False  # who sees the last view may ask at once
    session.suggestions = service.suggest(session.turns)
    return View(problem, past=service.past(session), busy=False)


def _keep(service: Service, session: Session, owner: str, answer: Answer) -> int | None:
    """Keep an answer, where its conversation was deleted meanwhile in a new one; return its number."""
    history, number = service.history, None
    if session.replacing is not None and session.turns[session.replacing].number != UNKEPT:
        number = session.turns[session.replacing].number
    kept = history.keep(owner, session.name or "", answer, number, session.asked)
    if kept is None:
        _begin(service, session, owner, answer.question)
        kept = history.keep(owner, session.name or "", answer, None, session.asked)
    return kept


def _unanswered(service: Service, session: Session, question: str, now: str) -> View:
    session.unanswered, session.busy = question, False
    session.replacing = None  # the answer that was to be replaced stays, and another question comes after it
    return View(now, past=_past(service, session), busy=False)


def _past(service: Service, session: Session) -> str | None:
    """The finished turns; None, which leaves what is shown, where not even the articles can be counted."""
    try:
        return service.past(session)
    except CitedError:
        return None


def _open_citation(bot: Bot, turn: int, answer: Answer, number: int, opened: int) -> str:
    cited = {citation.number: citation for citation in answer.citations}
    if number not in cited:
        return reader.failure(GONE)
    current = cited[number]
    others = [c for c in answer.citations if c.source == current.source and c.number != number]
    marks = tuple(reader.Mark(c.start, c.end, c.quote, turn, c.number) for c in (current, *others))
    walk = reader.Walk(turn, tuple(sorted(cited)), number)
    return reader.article(bot.article(current.source), marks, opened, walk)


def _open_passage(bot: Bot, answer: Answer, place: int, opened: int) -> str:
    if not 0 <= place < len(answer.passages):
        return reader.failure(GONE)
    passage = answer.passages[place]
    return reader.article(bot.article(passage.source), (reader.Mark(passage.start, passage.end, passage.text),), opened)
