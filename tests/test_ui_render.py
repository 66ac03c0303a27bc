"""What the page is made of, without a browser: HTML from answers, articles, lists and reports."""

from __future__ import annotations

import html
from html.parser import HTMLParser
from typing import get_args

import pytest

from rag.filters import Filter
from rag.types import (
    Answer,
    Article,
    Citation,
    Claim,
    Listing,
    Passage,
    Rejection,
    Span,
    SyncReport,
    Timings,
    Verdict,
)
from ui import chooser, reader, render, shelves
from ui.history import Entry, Kept
from ui.scope import Choice, Scope, Wanted

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


FIVE = {f"{name}.txt": f"{name}.txt" for name in "abcde"}


def shown(answer, voices=None, **kept):
    return render.conversation([Kept(0, answer, **kept)], voices or {})


HOSTILE_PASSAGE = Passage(HOSTILE, HOSTILE, 0, 1, HOSTILE, 1.0, HOSTILE)
HOSTILE_ARTICLE = Article(*[HOSTILE] * 7)
HOSTILE_LISTING = Listing(HOSTILE, HOSTILE, HOSTILE, 1, 1)
HOSTILE_SCOPE = Scope(Filter((HOSTILE,), since="2024-10-01"), 1, 5, (HOSTILE,))


@pytest.mark.parametrize(
    "page",
    [
        render.conversation((), {}, (HOSTILE,)),
        render.conversation([Kept(0, ANSWER, "down", HOSTILE)], {}, (HOSTILE,), HOSTILE),
        render.working(HOSTILE),
        render.working(HOSTILE, (HOSTILE_PASSAGE,)),
        render.working(HOSTILE, (), HOSTILE),
        render.failure(HOSTILE, HOSTILE),
        render.stopped(HOSTILE),
        render.unkept(HOSTILE),
        reader.failure(HOSTILE),
        reader.article(HOSTILE_ARTICLE),
        reader.article(HOSTILE_ARTICLE, (reader.Mark(0, len(HOSTILE), HOSTILE, 0, 1),), 1, reader.Walk(0, (1, 2), 1)),
        reader.article(Article(HOSTILE, HOSTILE, HOSTILE, body_start=9, leftovers=(Span(20, 30),)),
                       (reader.Mark(0, 3, "gone"),)),
        shelves.articles((HOSTILE_LISTING,), (Rejection(HOSTILE, HOSTILE),)),
        shelves.found(HOSTILE, (HOSTILE_PASSAGE,), HOSTILE_SCOPE),
        chooser.form(Wanted(HOSTILE, HOSTILE, (HOSTILE,), HOSTILE), (HOSTILE_LISTING,), 1),
        chooser.choice_list(Wanted(find=HOSTILE, sources=(HOSTILE,)), (Choice(HOSTILE, HOSTILE, 1),), 1),
        chooser.choice_list(Wanted(), (Choice(HOSTILE, HOSTILE, 1, HOSTILE_LISTING),), 1),
        chooser.trouble(HOSTILE),
        shown(ANSWER, scope=HOSTILE_SCOPE),
        shelves.conversations((Entry(HOSTILE, HOSTILE, 0.0, 1),), HOSTILE),
        shelves.download(HOSTILE, HOSTILE, 1),
        shelves.found(HOSTILE, (), None, (HOSTILE_LISTING,)),
        shelves.step(HOSTILE, 1, 2),
        shelves.outcome([HOSTILE], [Rejection("b", HOSTILE)]),
        shelves.report(SyncReport(added=(HOSTILE,))),
        shelves.problem(HOSTILE),
        *(
            shown(
                Answer(
                    HOSTILE, status, HOSTILE, claims, (Citation(1, HOSTILE, HOSTILE, HOSTILE, 0, 1, HOSTILE),),
                    (HOSTILE_PASSAGE,), reason=HOSTILE, notice=HOSTILE,
                ), FIVE,
            )  # fmt: skip
            for status in ("answered", "refused")
            for claims in ((), *((Claim(HOSTILE, (1,), verdict, 0.5, HOSTILE),) for verdict in get_args(Verdict)))
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
    reading = Reading(shown(ANSWER))
    marker, card, *_ = reading.buttons
    assert marker == {
        "type": "button", "class": "cite", "data-do": "open", "data-turn": "0", "data-citation": "1", "title": QUOTE,
        "aria-label": "Source 1: Title",
    }  # fmt: skip
    assert (card["data-turn"], card["data-citation"]) == ("0", "1")
    assert "1 source passage from 1 article" in reading.text
    assert "supports 1 claim" in reading.text
    assert "Answered in 6.9 s" in reading.text


def test_a_card_gathers_what_is_quoted_of_an_article_and_counts_the_articles_that_say_so():
    second = Citation(2, "a.txt", "Title", None, 31, 48, "China sends none.")
    other = Citation(3, "b.txt", "Other", None, 0, 4, "Half")
    claims = (Claim("Half.", (1, 3), "supported", 1.0), Claim("None.", (2,), "supported", 1.0))
    page = shown(Answer("?", "answered", "Half.[1][3] None.[2]", claims, (CITATION, second, other)), FIVE)
    text = Reading(page).text
    assert page.count('class="card"') == 2
    assert "3 source passages from 2 of 5 articles" in text
    assert "supports 2 claims" in text
    assert page.count('class="voices"') == 1
    assert ">2 of 5 articles<" in page


def test_copies_of_a_story_are_one_voice():
    other = Citation(2, "b.txt", "Copy", None, 0, 4, "Half")
    answer = Answer("?", "answered", "Half.[1][2]", (Claim("Half.", (1, 2), "supported", 1.0),), (CITATION, other))
    page = shown(answer, FIVE | {"b.txt": "a.txt"})
    assert 'class="voices"' not in page
    assert "2 source passages from 1 of 4 articles" in Reading(page).text
    assert "a copy of a.txt" in shelves.articles((Listing("b.txt", "T", None, 1, 1, "a.txt"),), ())


def test_an_answer_without_claims_still_has_its_buttons_and_leaves_unknown_markers_alone():
    answer = Answer("?", "answered", "Half. [1] In the text [7] stays.", citations=(CITATION,))
    reading = Reading(shown(answer))
    assert reading.buttons[0]["class"] == "cite"
    assert "Half.1 In the text [7] stays." in reading.text


def test_partial_claims_are_marked_and_unsupported_ones_set_apart_both_with_the_reason():
    claims = (Claim("Some do.", (1,), "partial", 0.5, "Only half."), Claim("All do.", (), "unsupported", 0.0, "No."))
    page = shown(Answer("?", "answered", "Some do.[1]", claims, (CITATION,)))
    assert "only partly supported. Only half." in page
    assert "1 sentence of the draft left out: no article supports it" in page
    assert page.index("<details") < page.index("All do.") < page.index("No.") < page.index("</details>")


def test_a_refusal_gives_its_reason_and_passages_that_open():
    answer = Answer("?", "refused", "Not stated.", passages=(PASSAGE,), reason="Nothing on the weather.", notice="No.")
    reading = Reading(shown(answer))
    assert "Nothing on the weather." in reading.text
    assert "No." in reading.text
    assert [button["data-passage"] for button in reading.buttons if "data-passage" in button] == ["0"]


def test_only_the_last_question_can_be_asked_again_and_every_answer_judged_and_copied():
    reading = Reading(render.conversation([Kept(0, ANSWER), Kept(1, ANSWER, "up")]))
    done = [button.get("data-do") for button in reading.buttons]
    assert (done.count("retry"), done.count("edit"), done.count("vote")) == (1, 1, 4)
    pressed = [button["aria-pressed"] for button in reading.buttons if button.get("data-do") == "vote"]
    assert pressed == ["false", "false", "true", "false"]
    copies = [button["data-copy"] for button in reading.buttons if "data-copy" in button]
    assert copies == [f"{QUOTE}[1]\n\n[1] Title, 2024-10-15 (a.txt:7-30): “{QUOTE}”"] * 2


def test_suggestions_follow_the_last_answer_or_welcome_the_reader():
    assert "Questions to begin with" in render.conversation((), {}, ("Who?",))
    page = render.conversation([Kept(0, ANSWER)], {}, ("Who else?",), "name")
    assert page.index("Answered in") < page.index("Who else?")
    assert 'data-conversation="name"' in page


def test_the_article_is_shown_whole_with_exactly_the_quotation_marked():
    reading = Reading(reader.article(ARTICLE, (reader.Mark(7, 30, QUOTE),)))
    assert reading.marked == QUOTE
    assert TEXT in reading.text
    assert "Press" in reading.text


def test_every_citation_of_the_article_is_marked_and_leads_to_the_next():
    places = ((31, 48, 2), (7, 30, 1), (9, 33, 3))
    marks = tuple(reader.Mark(start, end, TEXT[start:end], 0, number) for start, end, number in places)
    page = reader.article(ARTICLE, marks, 1, reader.Walk(0, (1, 2, 4), 2))
    assert page.count("<mark") == 2
    assert '<mark class="current" tabindex="-1" data-turn="0" data-number="2"' in page
    assert '<mark class="other" data-turn="0" data-number="1"' in page
    assert "Citation 2 of 3" in page
    steps = [b["data-citation"] for b in Reading(page).buttons if "step" in b["class"]]
    assert steps == ["1", "4"]
    assert TEXT in Reading(page).text


def test_line_ends_survive_as_they_are_in_the_file():
    quote = TEXT[31:51]
    assert "\r\n" in quote
    assert Reading(reader.article(ARTICLE, (reader.Mark(31, 51, quote),))).marked == quote


def test_a_quotation_that_is_no_longer_there_is_not_marked():
    reading = Reading(reader.article(ARTICLE, (reader.Mark(8, 31, QUOTE),)))
    assert reading.marked is None
    assert "has changed since the answer" in reading.text
    assert TEXT in reading.text


def test_the_draft_is_called_one_and_a_waiting_question_knows_its_place():
    page = render.working("?", (PASSAGE,), "Half of")
    assert "has not been checked" in page
    assert '<span class="tag">Draft</span>Half of' in page
    assert "2 questions of other readers are first" in render.working("?", (PASSAGE,), ahead=2)
    assert "1 question of other readers is first" in render.working("?", (PASSAGE,), ahead=1)


def test_the_shelf_tells_what_there_is_and_what_is_not_read():
    page = shelves.articles((Listing("a.txt", "Title", "2024-10-15", 1234, 7),), (Rejection("b.bin", "binary"),))
    text = Reading(page).text
    assert all(part in text for part in ("1 article", "Title", "2024-10-15", "1,234 characters", "7 chunks", "b.bin"))
    assert "1 file in the folder is not read" in text
    remove = next(button for button in Reading(page).buttons if button["data-do"] == "remove")
    assert remove["data-sure"] == "Delete a.txt from the folder for good"
    assert "no articles yet" in shelves.articles((), ())


def test_a_search_marks_the_words_looked_for_in_any_form_and_says_when_there_are_none():
    page = shelves.found("Sending shells", (PASSAGE,))
    assert "<b>sends</b> half" in page
    assert "No article has these words" in shelves.found("weather", (PASSAGE,))
    assert "no articles to search" in shelves.found("weather", ())
    assert "No passage has these" in shelves.found("weather", (), None, (Listing("weather.txt", "", None, 9, 1),))
    assert "The best 100 passages" in shelves.found("sends", (PASSAGE,) * 100)
    long = Passage("a.txt", "T", 0, 0, "word " * 200 + "needle " + "word " * 200, 1.0)
    assert "…word" in shelves.found("needle", (long,))
    assert "<b>needle</b>" in shelves.found("needle", (long,))


def test_a_sync_and_an_upload_tell_what_became_of_each_file():
    assert "none changed" in shelves.report(SyncReport(unchanged=("a", "b")))
    assert "Added: a; deleted: b." in shelves.report(SyncReport(added=("a",), deleted=("b",)))
    renamed = SyncReport(added=("a", "new"), deleted=("old",), renamed=(("old", "new"),))
    assert "Added: a; renamed: old to new." in shelves.report(renamed)
    told = Reading(shelves.outcome(["a.txt", "b.txt"], [Rejection("b.txt", "empty"), Rejection("c.exe", "no")])).text
    assert told == "Added, and can be asked about now: a.txt.Not added: b.txt: empty.Not added: c.exe: no."


def test_the_report_stands_in_a_frame_that_cannot_reach_the_page():
    page = shelves.quality("<script>x</script>")
    assert 'sandbox="allow-scripts"' in page
    assert "<script>" not in page
    assert "no report yet" in shelves.quality(None)


SCOPE = Scope(Filter(("a.txt",), since="2024-10-01"), 2, 5, ("Title",))


def test_a_narrowed_answer_says_what_was_asked_and_counts_no_other_articles():
    text = Reading(shown(ANSWER, FIVE, scope=SCOPE)).text
    assert "Asked of 2 of 5 articles, since 2024-10-01: Title" in text
    assert "1 source passage from 1 of the 2 articles asked" in text
    refused = Reading(shown(Answer("?", "refused", "", reason="No."), FIVE, scope=SCOPE)).text
    assert "Not in the articles asked" in refused


def test_what_is_in_force_is_a_button_and_can_be_taken_away():
    opener, away = Reading(chooser.in_force(SCOPE)).buttons
    assert (opener["aria-controls"], opener["aria-expanded"]) == ("panel", "false")
    assert (away["data-do"], away["aria-label"]) == ("everything", "Ask all articles again")
    assert Reading(chooser.in_force(SCOPE)).text.startswith("Asking 2 of 5 articles, since 2024-10-01")
    (opener,) = Reading(chooser.in_force(None)).buttons


def test_dates_cannot_be_chosen_where_no_article_has_one():
    listings = [Listing("a.txt", "A", None, 1, 1), Listing("b.txt", "B", "soon", 1, 1)]
    assert chooser.form(Wanted(), listings, 1).count(" disabled") == 2
    assert "None of these articles states its date" in chooser.form(Wanted(), listings, 1)
    listings.append(Listing("c.txt", "C", "2024-10-15", 1, 1))
    page = chooser.form(Wanted(since="2024-10-15"), listings, 1)
    assert "disabled" not in page
    assert 'name="since" min="1000-01-01" value="2024-10-15"' in page
    assert "dated 2024-10-15. 2 articles without a date are then left out" in page
