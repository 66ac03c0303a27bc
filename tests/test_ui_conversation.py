"""A conversation without a browser: questions from one page, their turn at the model, and what is kept of them."""

from __future__ import annotations

import asyncio
import logging
import threading

import pytest

from rag.errors import CorpusError, ModelError
from rag.filters import Filter
from rag.types import Answer, Citation, Event, Listing, Turn
from tests.test_ui_render import ANSWER, ARTICLE, CITATION, PASSAGE, QUOTE, TEXT, Reading
from ui import render
from ui.answering import events
from ui.conversation import BROKEN, STOPPED, Service, Session, converse, open_source, reopen
from ui.history import UNKEPT, History, Kept
from ui.line import Line, LineFull
from ui.scope import Scope
from ui.server import emptied

CLAIM = Event("claim", claim=ANSWER.claims[0], citations=ANSWER.citations)
EVIDENCE = Event("evidence", passages=(PASSAGE,))
DONE = Event("done", answer=ANSWER)


class ScriptedBot:
    """Plays back events; an exception among them is raised, and at a threading.Event it waits."""

    def __init__(self, *events):
        self.events = events
        self.asked = []
        self.closed = 0

    def stream(self, question, history=(), *, only=None):
        self.only = only
        self.asked.append((question, tuple(history)))
        try:
            for event in self.events:
                if isinstance(event, Exception):
                    raise event
                if isinstance(event, threading.Event):
                    event.wait(10)
                else:
                    yield event
        finally:
            self.closed += 1

    def article(self, source):
        if source != ARTICLE.source:
            raise CorpusError(f"no article {source}")
        return ARTICLE

    def listings(self):
        return (Listing("a.txt", "Title", None, len(TEXT), 1),)


@pytest.fixture
def service(tmp_path):
    opened = []

    def make(*events, **more):
        opened.append(History(tmp_path / "home", tmp_path))
        return Service(ScriptedBot(*events), opened[-1], **more)

    yield make
    for history in opened:
        history.close()


def views(service, question, session):
    async def run():
        return [view async for view in converse(service, question, session)]

    return asyncio.run(run())


def test_a_conversation_goes_from_evidence_to_draft_to_the_answer(service):
    session, cited = Session("me"), service(EVIDENCE, Event("token", text="Half"), CLAIM, DONE)
    shown = views(cited, "  Who sends shells? ", session)
    expected = ("Looking", "Reading 1 passage from 1 article", "Half", "1 sentence checked", "")
    assert all(text in Reading(view.now).text for view, text in zip(shown, expected, strict=True))
    assert [view.busy for view in shown] == [True, True, True, True, False]
    assert shown[-1].now == ""
    assert shown[-1].past == render.conversation([Kept(0, ANSWER)], {"a.txt": "a.txt"}, (), session.name)
    assert (session.turns, session.busy, session.unanswered) == ([Kept(0, ANSWER)], False, "")
    views(cited, "And the rest?", session)
    assert cited.bot.asked[-1] == ("And the rest?", (Turn("Who sends shells?", f"{QUOTE}[1]"),))


def test_what_was_asked_and_answered_is_kept_and_can_be_reopened(service):
    session, cited = Session("me"), service(DONE)
    views(cited, "Who sends shells?", session)
    again = Session("me")
    assert reopen(cited, again, session.name)
    assert again.turns == [Kept(0, ANSWER)]
    assert not reopen(cited, Session("somebody else"), session.name)
    assert not reopen(cited, Session(), session.name)


def test_a_conversation_that_was_deleted_elsewhere_goes_on_as_a_new_one(service):
    session, cited = Session("me"), service(DONE)
    views(cited, "Who sends shells?", session)
    cited.history.delete("me", session.name)
    views(cited, "And the rest?", session)
    (entry,) = cited.history.entries("me")
    assert (entry.id, entry.title, entry.turns) == (session.name, "And the rest?", 1)
    assert len(session.turns) == 2


def test_a_reader_without_a_name_is_answered_and_nothing_is_kept(service):
    session, cited = Session(), service(DONE)
    views(cited, "Who sends shells?", session)
    assert (session.turns, session.name) == ([Kept(0, ANSWER)], None)


def test_an_answer_that_cannot_be_kept_is_shown_and_it_is_said(service):
    session, cited = Session("me"), service(DONE)
    views(cited, "Who sends shells?", session)
    cited.history.close()
    session.replacing = 0
    shown = views(Service(cited.bot, _Unkept(cited.history)), "Again?", session)
    assert "shown but not kept" in shown[-1].now
    assert len(session.turns) == 1


class _Unkept:
    """A history whose disk is full once an answer is there."""

    def __init__(self, history):
        self._history = history

    def ask(self, *_):
        return True

    def keep(self, *arguments):
        return self._history.keep(*arguments)


def test_asking_again_puts_the_new_answer_in_the_place_of_the_old_one(service):
    session, cited = Session("me"), service(DONE)
    views(cited, "Who sends shells?", session)
    views(cited, "And China?", session)
    session.replacing = 1
    views(cited, "And Iran?", session)
    assert cited.bot.asked[-1] == ("And Iran?", (Turn(ANSWER.question, ANSWER.text),))
    assert [kept.number for kept in session.turns] == [0, 1]
    assert [kept.number for kept in cited.history.open("me", session.name).turns] == [0, 1]


def test_asking_again_in_vain_leaves_the_old_answer_and_the_next_question_comes_after_it(service):
    session, cited = Session("me"), service(DONE)
    views(cited, "Who sends shells?", session)
    session.replacing = 0
    views(Service(ScriptedBot(ModelError("gone.")), cited.history), "Who sends shells?", session)
    assert session.turns == [Kept(0, ANSWER)]
    views(cited, "And China?", session)
    assert [kept.number for kept in session.turns] == [0, 1]


def test_stopping_closes_the_stream_and_keeps_the_question(service):
    session, cited = Session("me"), service(*[Event("token", text="and ")] * 9, DONE)

    async def run():
        shown = []
        async for view in converse(cited, "Who?", session):
            shown.append(view)
            session.stopping = len(shown) == 2 or session.stopping
        return shown

    shown = asyncio.run(run())
    assert len(shown) == 3
    assert "Stopped" in shown[-1].now
    assert (cited.bot.closed, session.turns, session.busy, session.unanswered) == (1, [], False, "Who?")
    assert cited.history.open("me", session.name).unanswered == "Who?"


def test_stopping_keeps_what_was_checked(service):
    session, held = Session("me"), threading.Event()
    cited = service(EVIDENCE, CLAIM, held, DONE)

    async def run():
        async for view in converse(cited, "Who?", session):
            if "1 sentence checked" in view.now:
                session.stopping = True
                held.set()

    asyncio.run(run())
    (kept,) = session.turns
    assert (kept.answer.text, kept.answer.notice, kept.answer.citations) == (f"{QUOTE}[1]", STOPPED, (CITATION,))
    assert session.unanswered == ""


def test_a_line_that_is_closed_ends_conversations_as_a_reader_would(service):
    session, held = Session("me"), threading.Event()
    cited = service(EVIDENCE, CLAIM, held, DONE)

    async def run():
        loop, complaints = asyncio.get_running_loop(), []
        loop.set_exception_handler(lambda _, context: complaints.append(context["message"]))
        async for view in converse(cited, "Who?", session):
            if "1 sentence checked" in view.now:
                ended = loop.create_task(emptied(cited.line))
                await asyncio.sleep(0)
                held.set()
        await asyncio.wait_for(ended, 1)
        return complaints

    assert asyncio.run(run()) == []
    assert cited.line.empty
    assert [kept.answer.notice for kept in session.turns] == [STOPPED]


def test_an_abandoned_conversation_closes_the_stream(service):
    session, cited = Session(), service(Event("token", text="and "), DONE)

    async def run():
        steps = converse(cited, "Who?", session)
        await anext(steps)
        await anext(steps)
        await steps.aclose()

    asyncio.run(run())
    assert (cited.bot.closed, session.busy) == (1, False)


def test_an_error_is_shown_in_one_line_and_the_question_kept(service):
    session = Session()
    shown = views(service(ModelError("the model is not intact. Run `cited doctor`.")), "Who?", session)
    assert "The model is not intact. Run `cited doctor`." in Reading(shown[-1].now).text
    assert (shown[-1].busy, session.busy, session.unanswered) == (False, False, "Who?")


@pytest.mark.parametrize("played", [(ZeroDivisionError("<script>alert(1)</script>"),), ()])
def test_an_unforeseen_error_is_logged_and_not_shown(service, played, caplog):
    session = Session()
    with caplog.at_level(logging.ERROR, "ui.conversation"):
        shown = views(service(*played), "Who?", session)
    assert BROKEN in Reading(shown[-1].now).text
    assert "alert(1)" not in shown[-1].now
    assert "could not be answered" in caplog.text
    assert session.unanswered == "Who?"


@pytest.mark.parametrize(("question", "busy"), [("", False), (" \n", False), ("Who?", True)])
def test_nothing_is_asked_without_a_question_or_while_another_is_answered(service, question, busy):
    cited = service(DONE)
    assert views(cited, question, Session(busy=busy)) == []
    assert cited.bot.asked == []


def test_evidence_comes_at_once_and_answers_in_turn():
    line, held = Line(), threading.Event()
    first, second = ScriptedBot(EVIDENCE, held, DONE), ScriptedBot(EVIDENCE, DONE)

    async def run():
        told = []
        one = events(first, line, "?", ())
        told.append(await anext(one))
        async for event in events(second, line, "?", ()):
            told.append(event)
            if event == 1 and not held.is_set():
                held.set()
                told.append(await anext(one))
                await one.aclose()
        return told

    told = asyncio.run(run())
    assert told[:4] == [EVIDENCE, EVIDENCE, 1, DONE]
    assert told[-1] == DONE
    with line.place() as place:
        assert place.ahead == 0


def test_a_full_line_says_so_and_places_are_given_up():
    line = Line(2)
    with line.place() as first, line.place() as second:
        assert (first.ahead, second.ahead) == (0, 1)
        with pytest.raises(LineFull, match="The queue is full: 2 questions are waiting"), line.place():
            pass
    with line.place() as third:
        assert third.ahead == 0


def test_a_full_line_is_a_friendly_line_on_the_page(service):
    session, cited = Session(), service(DONE, line=Line(0))
    assert "The queue is full" in views(cited, "Who?", session)[-1].now
    assert session.unanswered == "Who?"


def test_a_click_opens_the_citation_or_the_passage(service):
    session, cited = Session(turns=[Kept(0, ANSWER)]), service()
    assert Reading(open_source(cited, session, {"turn": 0, "citation": 1})).marked == QUOTE
    assert Reading(open_source(cited, session, {"turn": 0, "passage": 0})).marked == PASSAGE.text


def test_opening_the_same_sentence_again_changes_the_page_so_that_it_scrolls_again(service):
    session, cited = Session(turns=[Kept(0, ANSWER)]), service()
    place = {"turn": 0, "citation": 1}
    assert open_source(cited, session, place) != open_source(cited, session, place)


@pytest.mark.parametrize(
    "place",
    [{}, {"turn": 1, "citation": 1}, {"turn": -1, "citation": 1}, {"turn": 0, "citation": 9},
     {"turn": 0, "passage": -1}, {"turn": 0, "passage": 1}, {"turn": 0, "citation": -1}],
)  # fmt: skip
def test_a_forged_click_opens_nothing(service, place):
    assert "no longer here" in open_source(service(), Session(turns=[Kept(0, ANSWER)]), place)


def test_an_article_that_is_gone_is_said_to_be(service):
    lost = Answer("?", "answered", "x[1]", citations=(Citation(1, "b.txt", "B", None, 0, 1, "x"),))
    session = Session(turns=[Kept(0, lost)])
    assert "No article b.txt" in open_source(service(), session, {"turn": 0, "citation": 1})


def test_an_answer_whose_conversation_is_deleted_meanwhile_begins_a_new_one(service):
    session, cited = Session("me"), service(EVIDENCE, DONE)
    views(cited, "Who sends shells?", session)

    async def run():
        async for view in converse(cited, "And the rest?", session):
            if "1 passage" in view.now:
                cited.history.delete("me", session.name)
        return view

    assert asyncio.run(run()).now == ""
    (entry,) = cited.history.entries("me")
    assert (entry.id, entry.turns) == (session.name, 1)
    assert [kept.number for kept in session.turns] == [UNKEPT, 0]
    assert not cited.history.vote("me", session.name, session.turns[0].voted("down", "wrong"))


def test_a_page_knows_its_conversation_before_the_first_answer_is_there(service):
    session = Session("me")
    shown = views(service(EVIDENCE, DONE), "Who sends shells?", session)
    assert f'data-conversation="{session.name}"' in shown[1].past


def test_an_answer_that_is_asked_again_and_stopped_stays_whole(service):
    session, cited = Session("me"), service(EVIDENCE, CLAIM, Event("token", text="and "), DONE)
    views(cited, "Who sends shells?", session)
    session.replacing = 0

    async def run():
        async for view in converse(cited, "Who sends shells?", session):
            session.stopping = session.stopping or "1 sentence checked" in view.now
        return view

    assert "Stopped" in asyncio.run(run()).now
    assert session.turns == [Kept(0, ANSWER)]
    assert cited.history.open("me", session.name).turns == (Kept(0, ANSWER),)


def test_a_question_is_asked_of_the_articles_that_it_came_with(service):
    scope = Scope(Filter(("a.txt",)), 1, 1, ("Title",))
    session, cited = Session("me"), service(DONE)

    async def run():
        return [view async for view in converse(cited, "Who?", session, scope)]

    asyncio.run(run())
    assert cited.bot.only == Filter(("a.txt",))
    assert session.turns[0].scope == scope
