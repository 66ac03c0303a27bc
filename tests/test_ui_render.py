"""What the page is made of, without a browser: HTML from answers, conversations from events, and who may listen."""

from __future__ import annotations

import argparse
import html
import logging
from html.parser import HTMLParser
from typing import get_args

import pytest

from rag.cli import main
from rag.errors import ConfigError, CorpusError, ModelError
from rag.types import Answer, Article, Citation, Claim, Event, Passage, Span, Timings, Turn, Verdict
from ui import cli, render
from ui.conversation import BROKEN, Session, converse, open_source
from ui.server import listen

HOSTILE = "<script>alert(1)</script> \"'><img src=x onerror=alert(2)> ![p](http://example.invalid/x.png) & [1] \u202e"
TEXT = "Title\n\nNorth Korea sends half. China sends none.\r\nLeave a comment"
ARTICLE = Article("a.txt", TEXT, "Title", "2024-10-15", publisher="Press", leftovers=(Span(49, len(TEXT)),))
QUOTE = "North Korea sends half."
CITATION = Citation(1, "a.txt", "Title", "2024-10-15", 7, 30, QUOTE)
PASSAGE = Passage("a.txt", "Title", 7, 48, TEXT[7:48], 0.9, "2024-10-15")
ANSWER = Answer(
    "Who sends shells?", "answered", f"{QUOTE}[1]", claims=(Claim(QUOTE, (1,), "supported", 1.0),),
    citations=(CITATION,), passages=(PASSAGE,), timings=Timings(0.1, 1.0, 6.94),
)  # fmt: skip


class Reading(HTMLParser):
    """What a browser would see: the tags, their attributes, and the text."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.buttons, self.text, self.marked = [], [], "", None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag == "button":
            self.buttons.append(dict(attrs))
        if tag == "mark":
            self.marked = ""

    def handle_data(self, data):
        self.text += data
        if self.marked is not None and self.tags[-1] == "mark":
            self.marked += data

    def handle_endtag(self, tag):
        if tag == "mark":
            self.tags.append("/mark")


class ScriptedBot:
    """Plays back events; an exception among them is raised."""

    def __init__(self, *events):
        self.events = events
        self.asked = []
        self.closed = 0

    def stream(self, question, history=()):
        self.asked.append((question, tuple(history)))
        try:
            for event in self.events:
                if isinstance(event, Exception):
                    raise event
                yield event
        finally:
            self.closed += 1

    def article(self, source):
        if source != ARTICLE.source:
            raise CorpusError(f"no article {source}")
        return ARTICLE


DONE = Event("done", answer=ANSWER)


@pytest.mark.parametrize(
    "page",
    [
        render.welcome((HOSTILE,)),
        render.working(HOSTILE),
        render.working(HOSTILE, (Passage(HOSTILE, HOSTILE, 0, 1, HOSTILE, 1.0, HOSTILE),)),
        render.working(HOSTILE, (), HOSTILE),
        render.failure(HOSTILE, HOSTILE),
        render.stopped(HOSTILE),
        render.reading_failure(HOSTILE),
        render.article(Article(*[HOSTILE] * 7), 0, len(HOSTILE), HOSTILE),
        render.article(Article(HOSTILE, HOSTILE, HOSTILE, body_start=9, leftovers=(Span(20, 30),)), 0, 3, "gone"),
        *(
            render.conversation([
                Answer(
                    HOSTILE, status, HOSTILE, claims, (Citation(1, HOSTILE, HOSTILE, HOSTILE, 0, 1, HOSTILE),),
                    (Passage(HOSTILE, HOSTILE, 0, 1, HOSTILE, 1.0, HOSTILE),), reason=HOSTILE, notice=HOSTILE,
                )  # fmt: skip
            ])
            for status in ("answered", "refused")
            for claims in ((), *((Claim(HOSTILE, (1,), verdict, 0.5),) for verdict in get_args(Verdict)))
        ),
    ],
)
def test_nothing_from_outside_becomes_markup(page):
    reading = Reading(page)
    assert not {"script", "img", "a", "svg", "style", "iframe", "link", "object"} & set(reading.tags)
    assert "onerror=alert(2)>" not in page.replace(html.escape(HOSTILE), "")
    assert "alert(1)" in html.unescape(page)
    for button in reading.buttons:
        assert not any(name.startswith("on") or name in ("href", "src", "style") for name in button)


def test_a_claim_is_followed_by_buttons_that_carry_the_quotation():
    reading = Reading(render.conversation([ANSWER]))
    marker, card = reading.buttons
    assert marker == {
        "type": "button", "class": "cite", "data-turn": "0", "data-citation": "1", "title": QUOTE,
        "aria-label": "Source 1: Title",
    }  # fmt: skip
    assert (card["data-turn"], card["data-citation"]) == ("0", "1")
    assert "1 source passage from 1 article" in reading.text
    assert "Answered in 6.9 s" in reading.text


def test_an_answer_without_claims_still_has_its_buttons_and_leaves_unknown_markers_alone():
    answer = Answer("?", "answered", "Half. [1] In the text [7] stays.", citations=(CITATION,))
    reading = Reading(render.conversation([answer]))
    assert reading.buttons[0]["class"] == "cite"
    assert "Half.1 In the text [7] stays." in reading.text


def test_partial_claims_are_marked_and_unsupported_ones_set_apart():
    claims = (Claim("Some do.", (1,), "partial", 0.5), Claim("All do.", (), "unsupported", 0.0))
    page = render.conversation([Answer("?", "answered", "Some do.[1]", claims, (CITATION,))])
    assert "only partly supported" in page
    assert "1 sentence of the draft left out: no article supports it" in page
    assert page.index("<details") < page.index("All do.") < page.index("</details>")


def test_a_refusal_gives_its_reason_and_passages_that_open():
    answer = Answer("?", "refused", "Not stated.", passages=(PASSAGE,), reason="Nothing on the weather.", notice="No.")
    reading = Reading(render.conversation([answer]))
    assert "Nothing on the weather." in reading.text
    assert "No." in reading.text
    assert [button["data-passage"] for button in reading.buttons] == ["0"]


def test_the_article_is_shown_whole_with_exactly_the_quotation_marked():
    reading = Reading(render.article(ARTICLE, 7, 30, QUOTE))
    assert reading.marked == QUOTE
    assert TEXT in reading.text
    assert "Press" in reading.text


def test_line_ends_survive_as_they_are_in_the_file():
    quote = TEXT[31:51]
    assert "\r\n" in quote
    assert Reading(render.article(ARTICLE, 31, 51, quote)).marked == quote


def test_a_quotation_that_is_no_longer_there_is_not_marked():
    reading = Reading(render.article(ARTICLE, 8, 31, QUOTE))
    assert reading.marked is None
    assert "has changed since the answer" in reading.text
    assert TEXT in reading.text


def test_the_draft_is_called_one():
    page = render.working("?", (PASSAGE,), "Half of")
    assert "has not been checked" in page
    assert '<span class="tag">Draft</span>Half of' in page


def views(bot, question, session):
    return list(converse(bot, question, session))


def test_a_conversation_goes_from_evidence_to_draft_to_the_answer():
    session = Session()
    evidence, claim = Event("evidence", passages=(PASSAGE,)), Event("claim", claim=ANSWER.claims[0])
    bot = ScriptedBot(evidence, Event("token", text="Half"), claim, DONE)
    shown = views(bot, "  Who sends shells? ", session)
    expected = ("Looking", "Reading 1 passage from 1 article", "Half", "1 sentence checked", "")
    assert all(text in Reading(view.now).text for view, text in zip(shown, expected, strict=True))
    assert [view.busy for view in shown] == [True, True, True, True, False]
    assert shown[-1].now == ""
    assert shown[-1].past == render.conversation([ANSWER])
    assert (session.turns, session.busy, session.unanswered) == ([ANSWER], False, "")
    views(bot, "And the rest?", session)
    assert bot.asked[-1] == ("And the rest?", (Turn("Who sends shells?", f"{QUOTE}[1]"),))


def test_stopping_closes_the_stream_and_keeps_the_question():
    session, bot = Session(), ScriptedBot(*[Event("token", text="and ")] * 9, DONE)
    steps = converse(bot, "Who?", session)
    next(steps), next(steps)
    session.stopping = True
    rest = list(steps)
    assert len(rest) == 1
    assert "Stopped" in rest[0].now
    assert (bot.closed, session.turns, session.busy, session.unanswered) == (1, [], False, "Who?")


def test_an_abandoned_conversation_closes_the_stream():
    session, bot = Session(), ScriptedBot(Event("token", text="and "), DONE)
    steps = converse(bot, "Who?", session)
    next(steps), next(steps)
    steps.close()
    assert (bot.closed, session.busy) == (1, False)


def test_an_error_is_shown_in_one_line_and_the_question_kept():
    session = Session()
    shown = views(ScriptedBot(ModelError("the model is not intact. Run `cited doctor`.")), "Who?", session)
    assert "The model is not intact. Run `cited doctor`." in Reading(shown[-1].now).text
    assert (shown[-1].busy, session.busy, session.unanswered) == (False, False, "Who?")


@pytest.mark.parametrize("events", [(ZeroDivisionError(HOSTILE),), ()])
def test_an_unforeseen_error_is_logged_and_not_shown(events, caplog):
    session = Session()
    with caplog.at_level(logging.ERROR, "ui.conversation"):
        shown = views(ScriptedBot(*events), "Who?", session)
    assert BROKEN in Reading(shown[-1].now).text
    assert "alert(1)" not in shown[-1].now
    assert "could not be answered" in caplog.text
    assert session.unanswered == "Who?"


@pytest.mark.parametrize(("question", "busy"), [("", False), (" \n", False), ("Who?", True)])
def test_nothing_is_asked_without_a_question_or_while_another_is_answered(question, busy):
    bot = ScriptedBot(DONE)
    assert views(bot, question, Session(busy=busy)) == []
    assert bot.asked == []


def test_a_click_opens_the_citation_or_the_passage():
    session = Session(turns=[ANSWER])
    assert Reading(open_source(ScriptedBot(), session, {"turn": 0, "citation": 1})).marked == QUOTE
    assert Reading(open_source(ScriptedBot(), session, {"turn": 0, "passage": 0})).marked == PASSAGE.text


def test_opening_the_same_sentence_again_changes_the_page_so_that_it_scrolls_again():
    session = Session(turns=[ANSWER])
    place = {"turn": 0, "citation": 1}
    assert open_source(ScriptedBot(), session, place) != open_source(ScriptedBot(), session, place)


@pytest.mark.parametrize(
    "place",
    [None, {}, "x", [1], {"turn": 1, "citation": 1}, {"turn": -1, "citation": 1}, {"turn": 0, "citation": 9},
     {"turn": 0, "passage": -1}, {"turn": 0, "passage": 1}, {"turn": "0", "citation": 1},
     {"turn": 0, "citation": "a.txt"}],
)  # fmt: skip
def test_a_forged_click_opens_nothing(place):
    page = open_source(ScriptedBot(), Session(turns=[ANSWER]), place)
    assert "no longer here" in page


def test_an_article_that_is_gone_is_said_to_be():
    lost = Answer("?", "answered", "x[1]", citations=(Citation(1, "b.txt", "B", None, 0, 1, "x"),))
    assert "No article b.txt" in open_source(ScriptedBot(), Session(turns=[lost]), {"turn": 0, "citation": 1})


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "8.8.8.8", "0"])
def test_listening_beyond_this_machine_is_refused_with_the_way_out(host):
    with pytest.raises(ConfigError, match="sign-in.*reverse proxy"):
        listen(host, 0)


def test_a_taken_port_gives_way_to_the_next():
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with listen("localhost", port) as second:
            assert second.getsockname()[1] > port


def test_misuse_is_one_line_and_exit_code_two(capsys):
    assert main(["ui", "--host", "0.0.0.0"]) == 2
    assert capsys.readouterr().err.startswith("cited: --host 0.0.0.0 would let others in")
    with pytest.raises(SystemExit, match="2"):
        main(["ui", "--port", "70000"])


def test_arguments_have_the_documented_defaults():
    parser = argparse.ArgumentParser()
    cli.add_arguments(parser)
    assert vars(parser.parse_args([])) == {"corpus": None, "host": "127.0.0.1", "port": 7860}


def test_examples_are_offered_only_with_their_articles(tmp_path):
    assert cli.examples_for(tmp_path) == ()
    source, question = next(iter(cli.EXAMPLES.items()))
    (tmp_path / source).write_text("x", encoding="utf-8")
    assert cli.examples_for(tmp_path) == (question,)
