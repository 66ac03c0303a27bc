"""The page in a real browser, with a fake bot: what a reader sees, and what a hostile article cannot do."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest
from gradio_client import Client
from playwright.sync_api import expect

from rag.errors import CorpusError, QuestionError
from rag.types import Answer, Article, Citation, Claim, Event, Listing, Passage, Rejection, SyncReport, Timings
from tests.browsing import Reader, served
from tests.conftest import ROOT
from ui.auth import Accounts
from ui.server import Serving

FILLER = "\n\n".join(f"Paragraph {n} says nothing of interest, at some length, so that the page has to scroll." * 3
                     for n in range(25))  # fmt: skip
QUOTE = "North Korea sends Russia about half of its “shells” & keeps\r\nthe <rest>."
SECOND = "China sends a few."
PARTS = ("", "Shells for Russia", FILLER, QUOTE, FILLER, SECOND, FILLER)
SHELLS = Article("shells.txt", "\n\n".join(PARTS), "Shells for Russia", "2024-10-15")
EVIL = (
    "<script>alert(1)</script><img src=x onerror=alert(2)><svg onload=alert(3)></svg><style>body{display:none}</style>"
    "![pixel](http://example.invalid/x.png) [link](javascript:alert(4)) <a href='javascript:alert(5)'>go</a> $$x^2$$ "
    "{{constructor}} ${alert(6)} <iframe src='http://example.invalid/'></iframe> <b>bold</b> \u202ebackwards"
)
ATTACK = Article(f"evil {EVIL}.txt", f"Start. {EVIL} End.", EVIL, EVIL, EVIL, EVIL, leftovers=())


def cited(article: Article, quote: str, number: int = 1) -> Citation:
    start = article.text.index(quote)
    return Citation(number, article.source, article.title, article.published, start, start + len(quote), quote)


def near(article: Article, quote: str) -> Passage:
    start = article.text.index(quote)
    return Passage(article.source, article.title, start, start + len(quote), quote, 0.9, article.published)


ANSWERED = Answer(
    "Who sends shells?", "answered", "About half come from North Korea. [1] China sends a few.",
    claims=(Claim("About half come from North Korea.", (1,), "supported", 1.0),
            Claim("China sends a few.", (2,), "partial", 0.4, "Only 40% of what it says stands there."),
            Claim("Iran sends none.", (), "unsupported", 0.0, "The nearest sentences do not have “Iran”.")),
    citations=(cited(SHELLS, QUOTE), cited(SHELLS, SECOND, 2)), passages=(near(SHELLS, QUOTE),),
    timings=Timings(0.1, 1.0, 2.5), notice="This answer was put together by a test.",
)  # fmt: skip
REFUSED = Answer("What is the weather?", "refused", "Not stated.", passages=(near(SHELLS, QUOTE),),
                 reason="None of the articles speaks of the weather.")  # fmt: skip
ATTACKED = Answer(
    EVIL, "answered", f"{EVIL} [1]", claims=(Claim(EVIL, (1,), "partial", 0.5),), citations=(cited(ATTACK, EVIL),),
    passages=(near(ATTACK, EVIL),), notice=EVIL,
)  # fmt: skip


class FakeBot:
    """Answers by script: the words of a question choose what happens; a clear `gate` holds the answer back.

    Its articles are in memory: `.exe` is refused, and the rest can be added, found and removed.
    """

    def __init__(self):
        self.articles = {article.source: article for article in (SHELLS, ATTACK)}
        self.report = SyncReport(unchanged=("shells.txt",), rejected=(Rejection("broken.txt", f"it is {EVIL}"),))
        self.gate = threading.Event()
        self.gate.set()
        self.asked, self.only = [], []
        self.closed = threading.Event()

    def stream(self, question, history=(), *, only=None):
        self.only.append(only)
        self.asked.append((question, tuple(history)))
        if "fail" in question:
            raise QuestionError("That question cannot be asked: it is only a test. Ask another.")
        answer = next((a for a in (REFUSED, ATTACKED) if a.question == question), ANSWERED)
        try:
            yield Event("evidence", passages=answer.passages)
            self.gate.wait(10)
            for word in ("About ", "half ", EVIL):
                yield Event("token", text=word)
            while "endless" in question:
                time.sleep(0.02)
                yield Event("token", text="and ")
            self.gate.wait(10)
            for claim in answer.claims:
                yield Event("claim", claim=claim)
            yield Event("done", answer=answer)
        finally:
            self.closed.set()

    def article(self, source):
        if source not in self.articles:
            raise CorpusError(f"there is no article {source}.")
        return self.articles[source]

    def listings(self):
        return tuple(Listing(a.source, a.title, a.published, len(a.text), 3) for a in self.articles.values())

    def search(self, query, k=5, *, only=None):
        asked = [a for a in self.articles.values() if not only or only.allows(a.source, a.published)]
        return [near(a, a.text.strip()[:300]) for a in asked if query in a.text][:k]

    def add(self, name, content):
        if name.endswith(".exe"):
            return Rejection(name, ".exe is not supported")
        self.articles[name] = Article(name, content.decode(), name.partition(".")[0])
        return None

    def remove(self, source):
        del self.articles[source]

    def sync(self, progress):
        return SyncReport(updated=("shells.txt",))


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    bot = FakeBot()
    with served(bot, tmp_path_factory.mktemp("home"), ("Who sends shells?", EVIL)) as address:
        yield address, bot


@pytest.fixture
def reader(browser, site):
    address, bot = site
    bot.gate.set()
    bot.asked.clear()
    bot.only.clear()
    bot.closed.clear()
    visitor = Reader(browser, address, bot)
    yield visitor
    bot.gate.set()
    visitor.context.close()
    assert visitor.foreign() == []
    assert visitor.dialogs == []
    assert visitor.errors == []


def test_a_question_becomes_a_draft_then_a_checked_answer_whose_citation_opens_the_sentence(reader):
    page, bot = reader.page, reader.bot
    bot.gate.clear()
    reader.ask("Who sends shells?")
    expect(page.locator("#now .status")).to_have_text("Reading 1 passage from 1 article…")
    expect(page.locator("#now .reading")).to_contain_text("Shells for Russia")
    expect(page.locator("#stop")).to_be_visible()
    bot.gate.set()
    expect(page.locator("#past .claim.supported")).to_contain_text("About half come from North Korea.")
    expect(page.locator("#now")).to_be_empty()
    expect(page.locator("#past .notice")).to_have_text("This answer was put together by a test.")
    expect(page.locator("#past .claim.partial .verdict")).to_contain_text("only partly supported. Only 40%")
    expect(page.locator("#past .left-out")).to_contain_text("Iran sends none.")
    button = page.locator("#past .cite").first
    assert button.get_attribute("title") == QUOTE
    button.click()
    mark = page.locator("#article mark.current")
    expect(mark).to_be_in_viewport()
    assert mark.evaluate("mark => mark.textContent") == QUOTE
    assert page.locator("#article .text").evaluate("text => text.textContent") == SHELLS.text
    expect(page.locator("#article h2")).to_have_text("Shells for Russia")


def test_the_draft_is_shown_while_it_is_written_and_looks_like_one(reader):
    reader.ask("an endless question")
    expect(reader.page.locator("#now .draft")).to_contain_text("Draft")
    expect(reader.page.locator("#now .draft")).to_contain_text("About half")
    expect(reader.page.locator("#now .status")).to_contain_text("not been checked")
    reader.page.locator("#stop").click()


def test_stop_ends_the_model_and_gives_the_question_back(reader):
    page = reader.page
    reader.ask("an endless question")
    expect(page.locator("#now .draft")).to_contain_text("and and")
    page.locator("#stop").click()
    expect(page.locator("#now .stopped")).to_contain_text("Stopped")
    assert reader.bot.closed.wait(5)
    expect(page.locator("#box textarea")).to_have_value("an endless question")
    expect(page.locator("#ask")).to_be_visible()
    reader.ask("Who sends shells?")
    expect(page.locator("#past .claim.supported")).to_be_visible()
    assert reader.bot.asked[-1] == ("Who sends shells?", ())


def test_closing_the_page_ends_the_model(browser, site):
    address, bot = site
    bot.closed.clear()
    visitor = Reader(browser, address, bot)
    visitor.ask("an endless question")
    expect(visitor.page.locator("#now .draft")).to_contain_text("and and")
    visitor.context.close()
    assert bot.closed.wait(30)


def test_a_refusal_gives_its_reason_and_the_nearest_passages_which_open(reader):
    page = reader.page
    reader.ask(REFUSED.question)
    expect(page.locator("#past .refusal")).to_contain_text(REFUSED.reason)
    page.locator("#past .sources button").click()
    expect(page.locator("#article mark")).to_be_in_viewport()
    assert page.locator("#article mark").evaluate("mark => mark.textContent") == QUOTE


def test_an_error_is_one_line_and_the_question_comes_back_unless_another_was_begun(reader):
    page = reader.page
    reader.ask("please fail")
    expect(page.locator("#now .failure")).to_have_text("That question cannot be asked: it is only a test. Ask another.")
    expect(page.locator("#box textarea")).to_have_value("please fail")


def test_what_is_typed_meanwhile_is_kept(reader):
    page = reader.page
    reader.ask("an endless question")
    expect(page.locator("#now .draft")).to_contain_text("and and")
    page.locator("#box textarea").fill("my next question")
    page.locator("#stop").click()
    expect(page.locator("#now .stopped")).to_be_visible()
    expect(page.locator("#ask")).to_be_visible()
    expect(page.locator("#now .question")).to_have_text("an endless question")
    expect(page.locator("#box textarea")).to_have_value("my next question")


def test_an_example_asks_itself_and_a_follow_up_carries_the_conversation(reader):
    page = reader.page
    page.locator("#box textarea").fill("half a thought")
    page.locator(".example").first.click()
    expect(page.locator("#past .claim.supported")).to_be_visible()
    expect(page.locator("#box textarea")).to_have_value("half a thought")
    reader.ask("And the rest?")
    expect(page.locator("#past .turn")).to_have_count(2)
    question, history = reader.bot.asked[-1]
    assert question == "And the rest?"
    assert [(turn.question, turn.answer) for turn in history] == [(ANSWERED.question, ANSWERED.text)]
    page.locator("#clear").click()
    expect(page.locator(".welcome")).to_be_visible()
    reader.ask("Who sends shells?")
    expect(page.locator("#past .turn")).to_have_count(1)
    assert reader.bot.asked[-1][1] == ()


def test_a_reader_needs_no_mouse(reader):
    page = reader.page
    reader.ask("Who sends shells?")
    expect(page.locator("#past .cite").first).to_be_visible()
    page.locator("#past .cite").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#article mark.current")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(page.locator("#article .step.next")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#article mark.current")).to_have_text(SECOND)
    expect(page.locator("#article mark.current")).to_be_focused()
    page.locator("#article .back").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#past .cite").nth(1)).to_be_focused()


def test_a_hostile_article_and_answer_stay_text(reader):
    page = reader.page
    reader.ask(EVIL)
    expect(page.locator("#past .cite")).to_be_visible()
    page.locator("#past .cite").click()
    mark = page.locator("#article mark")
    expect(mark).to_be_in_viewport()
    assert mark.evaluate("mark => mark.textContent") == EVIL
    assert page.locator("#past .question").evaluate("question => question.textContent") == EVIL
    for tag in ("script", "img", "svg", "style", "a", "iframe", "b"):
        expect(page.locator(f"#past {tag}, #now {tag}, #article {tag}")).to_have_count(0)


def test_two_readers_do_not_see_each_other(browser, site, reader):
    address, bot = site
    reader.ask("Who sends shells?")
    expect(reader.page.locator("#past .turn")).to_have_count(1)
    other = Reader(browser, address, bot)
    expect(other.page.locator(".welcome")).to_be_visible()
    other.ask(REFUSED.question)
    expect(other.page.locator("#past .refusal")).to_be_visible()
    assert bot.asked[-1] == (REFUSED.question, ())
    expect(reader.page.locator("#past .turn")).to_have_count(1)
    other.context.close()


def test_a_reload_comes_back_to_the_conversation_and_a_new_one_leaves_it(reader):
    page = reader.page
    reader.ask("Who sends shells?")
    expect(page.locator("#past .turn")).to_have_count(1)
    page.reload()
    expect(page.locator("#past .turn")).to_have_count(1)
    page.locator("#past .cite").first.click()
    expect(page.locator("#article mark.current")).to_be_in_viewport()
    assert page.locator("#article mark.current").evaluate("mark => mark.textContent") == QUOTE
    page.locator("#clear").click()
    expect(page.locator(".welcome")).to_be_visible()
    page.reload()
    expect(page.locator(".welcome")).to_be_visible()


def test_a_question_whose_page_was_closed_comes_back_with_its_conversation(reader):
    page = reader.page
    reader.ask("Who sends shells?")
    expect(page.locator("#past .turn")).to_have_count(1)
    reader.ask("an endless question")
    expect(page.locator("#now .draft")).to_contain_text("and and")
    page.reload()
    expect(page.locator("#past .turn")).to_have_count(1)
    expect(page.locator("#box textarea")).to_have_value("an endless question")


def test_conversations_are_listed_reopened_renamed_exported_and_deleted(reader):
    page = reader.page
    reader.ask("Who sends shells?")
    expect(page.locator("#past .turn")).to_have_count(1)
    page.locator("#clear").click()
    reader.tab("Conversations")
    expect(page.locator("#history .entry")).to_have_count(1)
    page.locator("#history summary").click()
    page.locator("#history input").fill(f"Shells {EVIL}")
    page.locator("#history form button").click()
    expect(page.locator("#history strong")).to_have_text(f"Shells {EVIL}"[:120])
    for kind, beginning in (("Markdown", "# Shells \\<script\\>"), ("JSON", '{\n "id"')):
        with page.expect_download() as saved:
            page.locator(f"#history button:text-is('{kind}')").click()
        assert Path(saved.value.path()).read_text(encoding="utf-8").startswith(beginning)
    page.locator("#history .open").click()
    expect(page.locator("#past .turn")).to_have_count(1)
    page.locator("#past .cite").first.click()
    expect(page.locator("#article mark.current")).to_be_in_viewport()
    reader.tab("Conversations")
    expect(page.locator("#history .open[aria-current]")).to_be_visible()
    page.locator("#history button:text-is('Delete')").click()
    page.locator("#history button:text-is('Delete for good?')").click()
    expect(page.locator("#history")).to_contain_text("No conversations yet")
    reader.tab("Chat")
    expect(page.locator(".welcome")).to_be_visible()


def test_a_new_conversation_shows_the_chat_at_once_and_holds_nobody_there(reader):
    page = reader.page
    reader.ask("Who sends shells?")
    expect(page.locator("#past .turn")).to_have_count(1)
    reader.tab("Articles")
    expect(page.locator("#shelf .open").first).to_be_visible()
    page.route("**/queue/join*", lambda route: None)
    with page.expect_request("**/queue/join*"):
        page.locator("#clear").click()
    expect(page.locator("#past .turn")).to_be_visible()
    reader.tab("Conversations")
    page.unroute("**/queue/join*")  # and so goes on with those that are held
    expect(page.locator(".welcome")).to_be_attached()
    expect(page.locator("#history .entry")).to_be_visible()


def test_a_conversation_that_is_being_answered_is_not_deleted_and_it_is_said(reader):
    page = reader.page
    reader.ask("an endless question")
    expect(page.locator("#now .draft")).to_contain_text("and and")
    reader.tab("Conversations")
    expect(page.locator("#history .open[aria-current]")).to_be_visible()
    page.locator("#history button:text-is('Delete')").click()
    page.locator("#history button:text-is('Delete for good?')").click()
    expect(page.locator("#history .failure")).to_contain_text("stop that first")
    expect(page.locator("#history .entry")).to_have_count(1)
    reader.tab("Chat")
    page.locator("#stop").click()
    expect(page.locator("#ask")).to_be_visible()


def test_the_last_question_can_be_asked_again_and_edited(reader):
    page = reader.page
    reader.ask("Who sends shells?")
    expect(page.locator("#past .turn")).to_have_count(1)
    reader.bot.gate.clear()
    page.locator("#past button:text-is('Ask again')").click()
    expect(page.locator("#stop")).to_be_visible()
    reader.bot.gate.set()
    expect(page.locator("#stop")).to_be_hidden()
    expect(page.locator("#past .turn")).to_have_count(1)
    assert reader.bot.asked == [("Who sends shells?", ()), (ANSWERED.question, ())]
    page.locator("#past button:text-is('Edit question')").click()
    expect(page.locator("#box textarea")).to_have_value(ANSWERED.question)
    reader.ask(REFUSED.question)
    expect(page.locator("#past .refusal")).to_be_visible()
    expect(page.locator("#past .turn")).to_have_count(1)
    assert reader.bot.asked[-1] == (REFUSED.question, ())


def test_an_opinion_is_kept_with_a_word(reader):
    page = reader.page
    reader.ask("Who sends shells?")
    page.locator("#past button:text-is('Not helpful')").click()
    page.locator("#past .word input").fill("It was <b>two thirds</b>.")
    page.locator("#past .word input").press("Enter")
    expect(page.locator("#past")).to_contain_text("You wrote: It was <b>two thirds</b>.")
    page.reload()
    expect(page.locator("#past")).to_contain_text("You wrote: It was <b>two thirds</b>.")
    expect(page.locator("#past button:text-is('Not helpful')")).to_have_attribute("aria-pressed", "true")


def test_an_answer_is_copied_with_its_sources(reader):
    reader.context.grant_permissions(["clipboard-read", "clipboard-write"])
    reader.ask("Who sends shells?")
    reader.page.locator("#past [data-copy]").click()
    expect(reader.page.locator("#past [data-copy]")).to_have_text("Copied")
    copied = reader.page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(ANSWERED.text)
    assert "(shells.txt:" in copied


def test_a_waiting_reader_sees_the_evidence_and_their_place_in_the_queue(browser, site, reader):
    address, bot = site
    bot.gate.clear()
    reader.ask("Who sends shells?")
    expect(reader.page.locator("#now .status")).to_contain_text("Reading 1 passage")
    other = Reader(browser, address, bot)
    other.ask("Who sends shells?")
    expect(other.page.locator("#now .status")).to_contain_text("Found 1 passage from 1 article. 1 question of other")
    expect(other.page.locator("#now .reading")).to_contain_text("Shells for Russia")
    bot.gate.set()
    expect(other.page.locator("#past .turn")).to_have_count(1)
    other.context.close()


def test_the_articles_are_listed_opened_searched_added_and_removed(reader, tmp_path):
    page = reader.page
    reader.tab("Articles")
    expect(page.locator("#shelf .shelf > li")).to_have_count(2)
    expect(page.locator("#shelf .left-out")).to_contain_text("1 file in the folder is not read")
    page.locator("#shelf .open").nth(1).click()
    expect(page.locator("#article h2")).to_have_text(EVIL)
    reader.tab("Articles")
    page.locator("#search input, #search textarea").fill("Russia")
    page.locator("#search input, #search textarea").press("Enter")
    expect(page.locator("#shelf b")).to_have_count(1)
    page.locator("#shelf .open").click()
    expect(page.locator("#article mark.current")).to_be_in_viewport()
    page.locator("#shelf button:text-is('Show all articles')").click()
    expect(page.locator("#shelf .shelf > li")).to_have_count(2)
    names = [f"ferry {number} <img src=x onerror=alert(9)>.txt" for number in (1, 2)] + ["run.exe"]
    for name in names:
        (tmp_path / name).write_text("The ferry returns in May.", encoding="utf-8")
    page.locator("#upload input, input[type=file]").first.set_input_files([tmp_path / name for name in names])
    expect(page.locator("#told .failure")).to_have_text("Not added: run.exe: .exe is not supported.")
    expect(page.locator("#told .told")).to_contain_text("ferry 1")
    expect(page.locator("#shelf .shelf > li")).to_have_count(4)
    for left in (3, 2):
        page.locator("#shelf .shelf > li").last.locator("button:text-is('Remove')").click()
        page.locator("#shelf [data-asked]").click()
        expect(page.locator("#shelf .shelf > li")).to_have_count(left)
    expect(page.locator("#told")).to_contain_text("Deleted from the folder and the index")
    page.locator("#sync").click()
    expect(page.locator("#told")).to_have_text("Updated: shells.txt.")


def test_too_many_files_at_once_are_refused(reader, tmp_path):
    reader.tab("Articles")
    files = [tmp_path / f"{number}.txt" for number in range(21)]
    for file in files:
        file.write_text("text", encoding="utf-8")
    reader.page.locator("#upload input, input[type=file]").first.set_input_files(files)
    expect(reader.page.locator("#told .failure")).to_contain_text("21 files at once (0.txt, 1.txt, 2.txt, …) are more")
    assert set(reader.bot.articles) == {SHELLS.source, ATTACK.source}


def test_a_file_that_is_too_large_is_refused_by_name(reader, tmp_path):
    reader.tab("Articles")
    (tmp_path / "large.txt").write_bytes(b"word " * 2_200_000)
    reader.page.locator("#upload input, input[type=file]").first.set_input_files(tmp_path / "large.txt")
    expect(reader.page.get_by_text("exceed the maximum allowed size")).to_contain_text("large.txt")
    assert set(reader.bot.articles) == {SHELLS.source, ATTACK.source}


def test_the_quality_tab_shows_the_report_in_a_frame(reader):
    reader.tab("Quality")
    expect(reader.page.frame_locator("#report iframe").locator("h1")).to_have_text("173 of 196 right")


def test_a_megabyte_of_hostile_text_is_shown_as_text(reader):
    page, text = reader.page, "\n".join([EVIL] * 3500)
    assert len(text) > 1_000_000
    reader.bot.articles["large.txt"] = Article("large.txt", text, EVIL)
    try:
        reader.tab("Articles")
        page.locator("#shelf .open").last.click()
        expect(page.locator("#article .text")).to_be_visible()
        assert page.locator("#article .text").evaluate("text => text.textContent") == text
        assert page.locator("#article .text *").count() == 0
    finally:
        del reader.bot.articles["large.txt"]


@pytest.mark.parametrize("width", [360, 390])
def test_the_page_fits_a_phone(browser, site, width):
    address, bot = site
    bot.gate.set()
    phone = Reader(browser, address, bot, viewport={"width": width, "height": 844}, has_touch=True, is_mobile=True)
    expect(phone.page.get_by_role("tab")).to_have_text(["Chat", "Conversations", "Articles", "Quality"])
    phone.ask("Who sends shells?")
    phone.page.locator("#past .cite").first.click()
    expect(phone.page.locator("#article mark.current")).to_be_in_viewport()
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= width
    phone.page.locator("#article .back").click()
    expect(phone.page.locator("#past .cite").first).to_be_in_viewport()
    assert phone.foreign() == []
    phone.context.close()


def test_readers_who_sign_in_have_conversations_of_their_own_wherever_they_do(browser, tmp_path):
    serving = Serving(accounts=Accounts({"ada": "lovelace", "al": "turing"}))
    with served(FakeBot(), tmp_path, serving=serving) as address:
        assert httpx.post(f"{address}/gradio_api/queue/join", json={}).status_code == 401
        assert httpx.post(f"{address}/gradio_api/upload", files={"files": b"x"}).status_code == 401
        ada = browser.new_context().new_page()
        sign_in(ada, address, "ada", "turing")
        expect(ada.get_by_text("Incorrect Credentials")).to_be_visible()
        sign_in(ada, address, "ada", "lovelace")
        ada.locator("#box textarea").fill("Who sends shells?")
        ada.locator("#box textarea").press("Enter")
        expect(ada.locator("#past .turn")).to_have_count(1)
        ada.locator("#leave").click()
        expect(ada.locator("input[type=password]")).to_be_visible()
        for name, password, conversations in (("al", "turing", 0), ("ada", "lovelace", 1)):
            page = browser.new_context().new_page()
            sign_in(page, address, name, password)
            page.get_by_role("tab", name="Conversations").click()
            expect(page.locator("#history li, #history .empty-shelf")).to_have_count(1)
            expect(page.locator("#history .entry")).to_have_count(conversations)
            page.context.close()
        ada.context.close()
        assert Client(address, auth=("al", "turing"), verbose=False).predict("?", [], api_name="/ask")["text"]


def test_the_page_can_stand_under_the_path_of_a_proxy(browser, tmp_path):
    with served(FakeBot(), tmp_path, ("Who sends shells?",), serving=Serving(root_path="/cited")) as address:
        reader = Reader(browser, f"{address}/cited/")
        reader.page.locator(".example").click()
        expect(reader.page.locator("#past .turn")).to_have_count(1)
        reader.tab("Articles")
        expect(reader.page.locator("#shelf li")).not_to_have_count(0)
        assert reader.foreign() == []
        reader.context.close()
        assert httpx.get(address).status_code == 404


def sign_in(page, address, name, password):
    page.goto(address)
    page.locator("input").first.fill(name)
    page.locator("input[type=password]").fill(password)
    page.get_by_role("button", name="Login").click()


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/gradio_api/file=/etc/hostname"), ("GET", "/gradio_api/runs"),
     ("POST", "/gradio_api/run/predict"), ("POST", "/gradio_api/call/answer"), ("GET", "/gradio_api/proxy=http://a.b"),
     ("GET", "/monitoring"), ("GET", "/docs"), ("GET", "/gradio_api/openapi.json"), ("POST", "/login"),
     ("POST", "/gradio_api/component_server"), ("GET", "/static/../../config.py"), ("DELETE", "/")],
)  # fmt: skip
def test_gradios_other_routes_are_closed(site, method, path):
    answer = httpx.request(method, site[0] + path)
    assert answer.status_code == 404


def test_one_endpoint_is_offered(site):
    info = httpx.get(site[0] + "/gradio_api/info").json()
    assert (list(info["named_endpoints"]), info["unnamed_endpoints"]) == (["/ask"], {})


def test_foreign_host_names_sites_and_large_bodies_are_refused(site):
    join = site[0] + "/gradio_api/queue/join"
    assert httpx.get(site[0], headers={"Host": "evil.example"}).status_code == 421
    assert httpx.post(join, json={}, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert httpx.post(join, content=b"x" * 1_000_001).status_code == 413
    assert httpx.post(join, content=iter([b"x"])).status_code == 413


COMMAND = """
import argparse, contextlib
from tests.test_ui_page import FakeBot
from ui import cli
parser = argparse.ArgumentParser()
cli.add_arguments(parser)
raise SystemExit(cli.run(parser.parse_args(["--port", "0"]), lambda corpus: contextlib.nullcontext(FakeBot())))
"""


def test_the_command_says_where_the_page_is_and_ends_cleanly_with_ctrl_c(browser):
    command = subprocess.Popen(
        [sys.executable, "-c", COMMAND], cwd=Path(__file__).parents[1], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    try:
        address = re.search(r"http://127\.0\.0\.1:\d+", command.stdout.readline())[0]
        visitor = Reader(browser, address, None)
        visitor.ask("an endless question")
        expect(visitor.page.locator("#now .draft")).to_contain_text("and and")
        command.send_signal(signal.SIGINT)
        output, errors = command.communicate(timeout=20)
        visitor.context.close()
    finally:
        command.kill()
        command.wait()
    assert (command.returncode, output, errors) == (0, "\n", "")


def test_what_is_typed_right_after_a_question_is_kept_and_a_conversation_that_is_opened_takes_nothing(reader):
    page, box = reader.page, reader.page.locator("#box textarea")
    reader.ask("an endless question")
    expect(page.locator("#now .draft")).to_be_visible()
    expect(box).to_have_value("")
    box.fill("and by which route")
    page.locator("#stop").click()
    expect(page.locator("#now .stopped")).to_be_visible()
    expect(box).to_have_value("and by which route")
    box.press("Enter")
    expect(page.locator("#past .turn")).to_have_count(1)
    expect(box).to_have_value("")
    box.fill("and by which route")
    reader.tab("Conversations")
    page.locator("#history .open").first.click()
    expect(page.locator("#box")).to_be_visible()
    expect(box).to_have_value("and by which route")


def test_a_conversation_is_saved_as_often_as_wanted_and_one_that_is_gone_is_said_to_be(reader, browser):
    page = reader.page
    reader.ask("Who sends shells?")
    expect(page.locator("#past .turn")).to_have_count(1)
    reader.tab("Conversations")
    for _ in range(2):
        with page.expect_download():
            page.locator("#history button:text-is('Markdown')").first.click()
    other = reader.context.new_page()
    other.goto(reader.address)
    other.get_by_role("tab", name="Conversations").click()
    other.locator("#history button:text-is('Delete')").first.click()
    other.locator("#history button:text-is('Delete for good?')").click()
    expect(other.locator("#history .entry, #history .empty-shelf").first).to_be_visible()
    other.wait_for_timeout(300)
    page.locator("#history .open").first.click()
    expect(page.locator("#history .failure")).to_contain_text("no longer here")


def test_a_link_in_the_report_leads_to_its_place(browser, tmp_path):
    script = (ROOT / "eval" / "report.js").read_text(encoding="utf-8")
    body = '<a href="#far">Far</a><p style="height:3000px"></p><h2 id="far">Far off</h2>'
    report = f"<!doctype html><title>r</title>{body}<script>{script}</script>"
    with served(FakeBot(), tmp_path / "home", report=report) as address:
        visitor = Reader(browser, address)
        visitor.tab("Quality")
        frame = visitor.page.frame_locator("#report iframe")
        frame.locator("a").click()
        expect(frame.locator("#far")).to_be_in_viewport()
        visitor.context.close()


def test_an_article_opens_at_its_beginning_and_back_leads_to_its_row(browser, site, reader):
    reader.bot.articles["long.txt"] = Article("long.txt", "A line.\n" * 2000, "A long one")
    phone = Reader(browser, site[0], viewport={"width": 360, "height": 700})
    page = phone.page
    try:
        phone.tab("Articles")
        page.locator("#shelf .open", has_text="A long one").click()
        expect(page.locator("#article h2")).to_be_in_viewport()
        page.locator("#article [data-back]").click()
        expect(page.locator("#shelf .open", has_text="A long one")).to_be_focused()
    finally:
        phone.context.close()
        del reader.bot.articles["long.txt"]
