"""Narrowing a conversation to some of the articles in the browser: chosen, seen, asked, kept, and taken away again."""

from __future__ import annotations

import asyncio
import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from gradio_client import Client
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from playwright.sync_api import expect

from rag import Filter
from rag.types import Article
from tests.browsing import Reader, served
from tests.test_ui_page import ATTACK, EVIL, FakeBot
from ui.conversation import Session
from ui.narrowing import narrow

FOUND = "Asking {} of 7 articles"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    bot = FakeBot()
    for day in range(1, 6):
        source = f"news/{day}.txt"
        bot.articles[source] = Article(source, f"The ferry sailed on day {day}.", f"Ferry {day}", f"2024-11-0{day}")
    with served(bot, tmp_path_factory.mktemp("home"), ("Who sends shells?",)) as address:
        yield address, bot


@pytest.fixture
def reader(browser, site):
    address, bot = site
    bot.asked.clear()
    bot.only.clear()
    visitor = Reader(browser, address, bot)
    visitor.page.locator(".opener").click()
    expect(visitor.page.locator("#choices li")).to_have_count(8)
    yield visitor
    visitor.context.close()
    assert (visitor.foreign(), visitor.dialogs, visitor.errors) == ([], [], [])


def tick(page, title):
    page.locator("#choices li", has_text=title).locator("input").first.check()


def test_a_question_is_asked_of_the_articles_chosen_and_its_answer_says_so(reader):
    page = reader.page
    expect(page.locator(".opener")).to_have_text("All articles")
    page.locator("#fields [name=since]").fill("2024-11-03")
    expect(page.locator(".opener")).to_have_text(f"{FOUND.format(3)}, since 2024-11-03")
    tick(page, "Ferry 4")
    expect(page.locator(".opener")).to_have_text(f"{FOUND.format(1)}, since 2024-11-03")
    reader.ask("Who sends shells?")
    expect(page.locator("#past .asked")).to_have_text("Asked of 1 of 7 articles, since 2024-11-03: Ferry 4")
    assert reader.bot.only == [Filter(("news/4.txt",), since="2024-11-03")]
    page.locator(".all").click()
    expect(page.locator(".opener")).to_have_text("All articles")
    expect(page.locator(".opener")).to_be_focused()
    expect(page.locator("#choices input:checked")).to_have_count(0)
    expect(page.locator("#fields [name=since]")).to_have_value("")
    reader.ask("Who sends shells?")
    expect(page.locator("#past .turn")).to_have_count(2)
    expect(page.locator("#past .asked")).to_have_count(1)
    assert not reader.bot.only[-1]


def test_what_is_asked_is_what_stands_in_the_fields_however_quick_the_reader_is(reader):
    page = reader.page
    page.locator("#box textarea").fill("Who sends shells?")
    page.evaluate("""() => {
        const since = document.querySelector("#fields [name=since]");
        since.value = "2024-11-05";
        document.querySelector("#ask").click();
    }""")
    expect(page.locator("#past .asked")).to_have_text("Asked of 1 of 7 articles, since 2024-11-05")
    expect(page.locator(".opener")).to_contain_text(FOUND.format(1))
    assert reader.bot.only == [Filter(since="2024-11-05")]


def test_a_choice_is_kept_with_the_answer_exported_and_kept_by_a_reload(reader):
    page = reader.page
    tick(page, "news/*")
    expect(page.locator(".opener")).to_have_text(FOUND.format(5))
    reader.ask("Who sends shells?")
    said = "Asked of 5 of 7 articles: news/*"
    expect(page.locator("#past .asked")).to_have_text(said)
    page.reload()
    expect(page.locator("#past .asked")).to_have_text(said)
    expect(page.locator(".opener")).to_have_text(FOUND.format(5))
    reader.tab("Conversations")
    for kind, held in (("Markdown", "Asked of 5 of 7 articles: news/\\*."), ("JSON", '"sources": [\n     "news/*"')):
        with page.expect_download() as saved:
            page.locator(f"#history button:text-is('{kind}')").first.click()
        assert held in Path(saved.value.path()).read_text(encoding="utf-8")
    page.locator("#history .open").first.click()
    expect(page.locator("#past .asked")).to_have_text(said)


def test_asking_again_asks_what_is_chosen_now(reader):
    page = reader.page
    reader.ask("Who sends shells?")
    expect(page.locator("#past .turn")).to_have_count(1)
    expect(page.locator("#past .asked")).to_have_count(0)
    tick(page, "Ferry 2")
    page.locator("#past button:text-is('Ask again')").click()
    expect(page.locator("#past .asked")).to_have_text("Asked of 1 of 7 articles: Ferry 2")
    expect(page.locator("#past .turn")).to_have_count(1)
    page.locator("#choices input:checked").uncheck()
    page.locator("#past button:text-is('Edit question')").click()
    expect(page.locator("#box textarea")).not_to_have_value("")
    page.locator("#box textarea").press("Enter")
    expect(page.locator("#past .asked")).to_have_count(0)
    assert [bool(only) for only in reader.bot.only] == [False, True, False]


def test_an_impossible_choice_is_told_at_once_asks_nothing_and_loses_nothing(reader):
    page = reader.page
    page.locator("#fields [name=since]").fill("2024-11-03")
    page.locator("#fields [name=until]").fill("2024-11-01")
    expect(page.locator("#trouble")).to_contain_text("2024-11-01 is before 2024-11-03")
    reader.ask("Who sends shells?")
    page.locator("#past .example").click()
    expect(page.locator("#box textarea")).to_have_value("Who sends shells?")
    expect(page.locator("#fields [name=until]")).to_have_value("2024-11-01")
    assert reader.bot.asked == []
    page.locator("#fields [name=until]").fill("")
    page.locator("#fields [name=since]").fill("2030-01-01")
    expect(page.locator("#trouble")).to_contain_text("dates that they state: 2024-10-15 to 2024-11-05")
    page.locator("#fields [name=since]").fill("")
    expect(page.locator("#trouble")).to_be_empty()
    page.locator("#box textarea").press("Enter")
    expect(page.locator("#past .turn")).to_have_count(1)


def test_half_a_date_is_told_once_the_reader_leaves_it(reader):
    page = reader.page
    page.locator("#fields [name=since]").focus()
    page.keyboard.type("11")
    page.wait_for_timeout(400)
    expect(page.locator("#trouble")).to_be_empty()
    page.locator("#fields [name=find]").focus()
    expect(page.locator("#trouble")).to_contain_text("The first date is unfinished")
    page.locator("#fields [name=since]").focus()
    page.keyboard.type("11042024")
    expect(page.locator("#trouble")).to_be_empty()
    expect(page.locator(".opener")).to_have_text(f"{FOUND.format(2)}, since 2024-11-04")


def test_articles_that_come_can_be_chosen_and_nothing_typed_is_lost(reader):
    page, late = reader.page, Article("late.txt", "Late.", "Late", "2031-01-01")
    page.locator("#fields [name=since]").fill("2024-11-03")
    page.locator("#fields [name=find]").fill("late")
    expect(page.locator("#choices")).to_contain_text("No title and no name has “late”")
    page.locator("#fields [name=until]").focus()
    page.keyboard.type("12")
    reader.bot.articles["late.txt"] = late
    try:
        reader.tab("Articles")
        reader.tab("Chat")
        expect(page.locator("#choices strong")).to_have_text(["Late"])
        expect(page.locator("#dates-known")).to_contain_text("2024-10-15 to 2031-01-01")
        expect(page.locator("#fields [name=since]")).to_have_value("2024-11-03")
        expect(page.locator("#fields [name=find]")).to_have_value("late")
        assert page.locator("#fields [name=until]").evaluate("until => until.validity.badInput")
        expect(page.locator("#trouble")).to_contain_text("The last date is unfinished")
    finally:
        del reader.bot.articles["late.txt"]


def test_articles_are_found_by_words_or_a_pattern_and_chosen_without_a_mouse(reader):
    page = reader.page
    find = page.locator("#fields [name=find]")
    find.fill("newz/*")
    expect(page.locator("#choices [role=status]")).to_have_text("No article is named “newz/*”.")
    expect(find).to_have_value("newz/*")
    find.fill("news/[12]*")
    expect(page.locator("#choices [role=status]")).to_contain_text("matches 2 articles")
    find.press("Enter")
    expect(page.locator(".opener")).to_have_text(FOUND.format(2))
    find.fill("russia shells")
    expect(page.locator("#choices strong")).to_have_text(["news/[12]*", "Shells for Russia"])
    find.press("Enter")
    expect(page.locator(".opener")).to_have_text(FOUND.format(3))
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.locator(".opener")).to_have_text(FOUND.format(1))
    expect(page.locator("#choices input").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_hidden()
    expect(page.locator(".opener")).to_be_focused()
    assert page.locator(".opener").get_attribute("aria-expanded") == "false"


def test_what_is_ticked_stays_so_whatever_is_looked_for(reader):
    page = reader.page
    tick(page, "Ferry 3")
    for words, titles in (("russia", ["Ferry 3", "Shells for Russia"]), ("ferry 1", ["Ferry 3", "Ferry 1"])):
        page.locator("#fields [name=find]").fill(words)
        expect(page.locator("#choices strong")).to_have_text(titles)
        expect(page.locator("#choices input:checked")).to_have_count(1)
        expect(page.locator("#choices input").first).to_be_checked()


def test_a_hostile_title_is_chosen_as_text(reader):
    page = reader.page
    page.locator("#fields [name=find]").fill("constructor")
    expect(page.locator("#choices li")).to_have_count(1)
    assert page.locator("#choices strong").evaluate("title => title.textContent") == EVIL
    page.locator("#choices input").check()
    reader.ask("Who sends shells?")
    expect(page.locator("#past .asked")).to_contain_text("Asked of 1 of 7 articles: <script>")
    assert reader.bot.only[-1].allows(ATTACK.source, None)
    expect(page.locator("#past script, #past img, #choices img, #past b")).to_have_count(0)


def test_a_search_keeps_to_the_articles_asked_and_can_leave_them(reader):
    page = reader.page
    tick(page, "Shells for Russia")
    expect(page.locator(".opener")).to_have_text(FOUND.format(1))
    reader.tab("Articles")
    expect(page.locator("#shelf .shelf > li")).to_have_count(7)
    page.locator("#search input, #search textarea").fill("ferry")
    page.locator("#search input, #search textarea").press("Enter")
    expect(page.locator("#shelf .narrow")).to_contain_text("1 of 7 articles: Shells for Russia")
    expect(page.locator("#shelf .shelf > li")).to_have_count(0)
    page.locator("#shelf button:text-is('Ask and search all articles')").click()
    expect(page.locator("#shelf .shelf > li")).to_have_count(5)
    reader.tab("Chat")
    expect(page.locator(".opener")).to_have_text("All articles")


def test_two_readers_choose_for_themselves(browser, site, reader):
    tick(reader.page, "Ferry 1")
    expect(reader.page.locator(".opener")).to_have_text(FOUND.format(1))
    other = Reader(browser, site[0])
    expect(other.page.locator(".opener")).to_have_text("All articles")
    other.ask("Who sends shells?")
    expect(other.page.locator("#past .turn")).to_have_count(1)
    assert not reader.bot.only[-1]
    other.context.close()


def test_the_choice_fits_a_phone(browser, site):
    phone = Reader(browser, site[0], viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    page = phone.page
    page.locator(".opener").tap()
    tick(page, "Ferry 1")
    page.locator("#fields [name=since]").fill("2024-11-01")
    page.locator("#fields [name=until]").fill("2024-11-05")
    expect(page.locator(".opener")).to_have_text(f"{FOUND.format(1)}, from 2024-11-01 to 2024-11-05")
    for part in (".opener", ".all", "#fields [name=until]", "#choices li", "#ask"):
        expect(page.locator(part).first).to_be_in_viewport(ratio=0.9)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    phone.context.close()


def test_a_thousand_articles_can_be_chosen_from(browser, tmp_path):
    bot = FakeBot()
    for number in range(1000):
        source = f"{number % 10}/{number}.txt"
        bot.articles[source] = Article(source, "text", f"Article {number}", "2024-01-01")
    with served(bot, tmp_path) as address:
        reader = Reader(browser, address)
        reader.page.locator(".opener").click()
        expect(reader.page.locator("#choices li")).to_have_count(50)
        expect(reader.page.locator("#choices [role=status]")).to_contain_text("962 more are not listed")
        reader.page.locator("#fields [name=find]").fill("article 777")
        expect(reader.page.locator("#choices strong")).to_have_text(["Article 777"])
        reader.page.locator("#choices input").check()
        expect(reader.page.locator(".opener")).to_have_text("Asking 1 of 1,002 articles")
        reader.context.close()


def test_programs_may_ask_some_of_the_articles_and_need_not(site):
    address, bot = site
    bot.only.clear()
    client = Client(address, verbose=False)
    client.predict("Who?", [], api_name="/ask")
    client.predict("Who?", api_name="/ask")
    client.predict("Who?", source=["news/*"], since="2024-11-01", api_name="/ask")
    assert [curl(address, data)[0] for data in (["Who?", []], ["Who?"], ["Who?", [], None, None, "2024-11-02"])] == [
        "complete"
    ] * 3
    narrowed = Filter(("news/*",), since="2024-11-01")
    assert bot.only == [Filter(), Filter(), narrowed, Filter(), Filter(), Filter(until="2024-11-02")]


@pytest.mark.parametrize(
    ("data", "why"),
    [(["Who?", [], 5], "source must be a list"), (["Who?", [], ["x"] * 101], "100 choices"),
     (["Who?", [], [], "soon"], "is no day"), (["Who?", [], [], 7], "is no day")],
)  # fmt: skip
def test_a_program_is_told_what_is_wrong_with_its_choice(site, data, why):
    event, said = curl(site[0], data)
    assert event == "error"
    assert why in said


def test_mcp_clients_may_ask_and_search_some_of_the_articles(site):
    address, bot = site
    bot.only.clear()

    async def run():
        async with (
            streamable_http_client(f"{address}/gradio_api/mcp") as (incoming, outgoing, _),
            ClientSession(incoming, outgoing) as session,
        ):
            await session.initialize()
            await session.call_tool("ask", {"question": "Who?", "source": ["news/*"], "until": "2024-11-02"})
            found = await session.call_tool("search", {"query": "ferry", "since": "2024-11-04"})
            wrong = await session.call_tool("search", {"query": "ferry", "since": "soon"})
            return found, wrong

    with ThreadPoolExecutor(1) as pool:  # the browser's event loop runs in this one
        found, wrong = pool.submit(lambda: asyncio.run(run())).result()
    assert bot.only == [Filter(("news/*",), until="2024-11-02")]
    assert [passage["source"] for passage in found.structuredContent["result"]] == ["news/4.txt", "news/5.txt"]
    assert wrong.isError
    assert "is no day" in wrong.content[0].text


def curl(address, data):
    """The last event of a call by position, as curl makes it, and what it says."""
    called = httpx.post(f"{address}/gradio_api/call/ask", json={"data": data}).json()["event_id"]
    *_, event, said = httpx.get(f"{address}/gradio_api/call/ask/{called}").text.strip().splitlines()
    return event.removeprefix("event: "), json.dumps(json.loads(said.removeprefix("data: ")))


def test_enter_chooses_and_the_dates_stand_whatever_tab_was_looked_at_since(reader):
    page = reader.page
    page.locator("#fields [name=since]").fill("2024-11-03")
    page.locator("#fields [name=find]").fill("news/*")
    page.locator("#fields [name=find]").press("Enter")
    said = f"{FOUND.format(3)}, since 2024-11-03"
    expect(page.locator(".opener")).to_have_text(said)
    expect(page.locator("#choices input:checked")).to_have_count(1)
    reader.tab("Articles")
    reader.tab("Chat")
    page.wait_for_timeout(500)
    expect(page.locator("#fields [name=since]")).to_have_value("2024-11-03")
    expect(page.locator(".opener")).to_have_text(said)
    reader.ask("Who sends shells?")
    expect(page.locator("#past .asked")).to_have_text("Asked of 3 of 7 articles, since 2024-11-03: news/*")


def test_fields_that_come_late_take_nothing_that_was_typed(browser, site, monkeypatch):
    address, bot = site
    listings, held = bot.listings, iter([1.5, 0.1, 1.0])

    def slow():
        time.sleep(next(held, 0))
        return listings()

    monkeypatch.setattr(bot, "listings", slow)
    visitor = Reader(browser, address, bot)
    page = visitor.page
    page.locator(".opener").click()
    page.locator("#fields [name=since]").fill("2024-11-03")
    page.wait_for_timeout(2500)
    reader_of = page.locator("#fields [name=since]")
    expect(reader_of).to_have_value("2024-11-03")
    visitor.tab("Articles")
    visitor.tab("Chat")
    page.wait_for_timeout(500)
    expect(reader_of).to_have_value("2024-11-03")
    visitor.context.close()


def test_of_two_choices_the_later_is_in_force_whichever_is_worked_out_last():
    session, bot = Session("me"), FakeBot()
    wanted = [json.dumps({"at": at, "since": f"2024-10-{day}"}) for at, day in ((1000.5, "01"), (1001.0, "02"))]
    listings = bot.listings

    def overtaken():
        bot.listings = listings
        assert not narrow(bot, session, wanted[1]).late
        return listings()

    bot.listings = overtaken
    narrowed = narrow(bot, session, wanted[0])
    assert narrowed.late
    assert narrowed.scope.only.since == "2024-10-01"
    assert session.scope.only.since == "2024-10-02"
    assert narrow(bot, session, json.dumps({"since": "2024-10-03"})).late is False
