"""The whole thing in a browser: the five articles, the real index and the real local model behind the real page."""

from __future__ import annotations

import asyncio
import json
import shutil
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from gradio_client import Client
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from playwright.sync_api import expect

from rag import Answer, Chatbot, Config
from tests.browsing import Reader, served
from tests.conftest import SEEDS

TOOLS = "How much of Russia's machine tools comes from China?"
ABSENT = "Who won the football world cup in 1998?"
FERRY = "Ferry returns\n\nThe ferry Osprey returned to Elm Pier on May 3 after a refit that cost 7 million crowns.\n"
PATIENCE = 60_000  # milliseconds for an answer, on a machine that does something else as well


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus") / "articles"
    shutil.copytree(SEEDS, folder)
    return folder


@pytest.fixture(scope="module")
def bot(corpus, model_home):
    with Chatbot.open(corpus, config=Config(home=model_home, model="local")) as bot:
        bot.warm()
        yield bot


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def address(bot, home):
    with served(bot, home) as address:
        yield address


@pytest.fixture
def reader(browser, address):
    visitor = Reader(browser, address)
    yield visitor
    visitor.context.close()
    assert (visitor.foreign(), visitor.dialogs, visitor.errors) == ([], [], [])


def marked(page):
    """The text of the highlighted sentence, which must be in view."""
    mark = page.locator("#article mark.current")
    expect(mark).to_be_in_viewport()
    return mark.evaluate("mark => mark.textContent")


def asked(address, question, history=()):
    """What the API answers."""
    client = Client(address, verbose=False)
    return Answer.from_dict(client.predict(question, list(history), api_name="/ask"))


def test_an_answer_streams_and_its_citation_opens_the_very_sentence(reader, address, bot):
    page = reader.page
    reader.ask(TOOLS)
    expect(page.locator("#now .draft")).to_contain_text("70", timeout=PATIENCE)
    expect(page.locator("#past .claim")).to_contain_text("70 percent", timeout=PATIENCE)
    page.locator("#past .cite").first.click()
    citation = asked(address, TOOLS).citations[0]
    assert marked(page) == citation.quote
    article = bot.article(citation.source)
    assert article.text[citation.start : citation.end] == citation.quote
    assert page.locator("#article .text").evaluate("text => text.textContent") == article.text


def test_a_follow_up_is_understood_and_what_is_absent_refused(reader):
    page = reader.page
    reader.ask(TOOLS)
    expect(page.locator("#past .turn")).to_have_count(1, timeout=PATIENCE)
    reader.ask("And of its microelectronics imports?")
    expect(page.locator("#past .turn")).to_have_count(2, timeout=PATIENCE)
    expect(page.locator("#past .turn").nth(1)).to_contain_text("90 percent")
    expect(page.locator("#past .turn").nth(1)).to_contain_text("Understood as:")
    reader.ask(ABSENT)
    expect(page.locator("#past .refusal")).to_be_visible(timeout=PATIENCE)
    expect(page.locator("#past .refusal")).to_contain_text("Looked for:")
    page.locator("#past .turn").nth(2).locator(".sources button").first.click()
    assert len(marked(page)) > 20


def test_stopping_really_stops_the_model_so_that_the_next_question_is_answered(reader):
    page = reader.page
    reader.ask("What do the articles say about the relations of Russia and China, about trade and about Taiwan?")
    expect(page.locator("#now .status")).to_contain_text("Reading", timeout=PATIENCE)
    page.locator("#stop").click()
    expect(page.locator("#ask")).to_be_visible()
    reader.ask(TOOLS)
    expect(page.locator("#past")).to_contain_text("70 percent", timeout=PATIENCE)


def test_an_uploaded_article_is_answered_from_and_a_removed_one_no_longer(reader, tmp_path):
    page, file = reader.page, tmp_path / "ferry.txt"
    file.write_text(FERRY, encoding="utf-8")
    reader.tab("Articles")
    page.locator("input[type=file]").first.set_input_files(file)
    expect(page.locator("#told .told")).to_have_text("Added, and can be asked about now: ferry.txt.", timeout=PATIENCE)
    expect(page.locator("#shelf .shelf > li")).to_have_count(6)
    reader.tab("Chat")
    reader.ask("What did the refit of the ferry Osprey cost?")
    expect(page.locator("#past .claim")).to_contain_text("7 million crowns", timeout=PATIENCE)
    page.locator("#past .cite").first.click()
    assert "7 million crowns" in marked(page)
    reader.tab("Articles")
    page.locator("#shelf li", has_text="ferry.txt").locator("button:text-is('Remove')").click()
    page.locator("#shelf [data-asked]").click()
    expect(page.locator("#shelf .shelf > li")).to_have_count(5, timeout=PATIENCE)
    page.locator("#past .cite").first.dispatch_event("click")
    expect(page.locator("#article .failure")).to_contain_text("has no 'ferry.txt'")


def test_programs_ask_with_gradios_client_and_with_curl(address):
    answer = asked(address, TOOLS)
    assert "70 percent" in answer.text
    further = asked(address, "And of its microelectronics imports?", [{"question": TOOLS, "answer": answer.text}])
    assert "90 percent" in further.text
    job = Client(address, verbose=False).submit(TOOLS, [], api_name="/ask")
    steps = list(job)
    kinds = [step.get("event") for step in steps[:-1]]
    assert kinds[0] == "evidence"
    assert {"token", "claim"} <= set(kinds)
    assert Answer.from_dict(steps[-1]).text == answer.text
    posted = httpx.post(f"{address}/gradio_api/call/ask", json={"data": [TOOLS, []]}).json()
    streamed = httpx.get(f"{address}/gradio_api/call/ask/{posted['event_id']}", timeout=60).text
    last = streamed.strip().split("\n\n")[-1]
    assert last.startswith("event: complete")
    assert Answer.from_dict(json.loads(last.partition("data: ")[2])[0]).text == answer.text


def test_programs_are_told_what_is_wrong_with_what_they_send(address):
    client = Client(address, verbose=False)
    wrong = [(None, [], "question must be a text"), ("", [], "is empty"),
             (TOOLS, "x", "must be a list"), (TOOLS, [{"question": 1}], "history.0. must be")]  # fmt: skip
    for question, history, problem in wrong:
        with pytest.raises(Exception, match=problem):
            client.predict(question, history, api_name="/ask")


def test_a_narrowed_question_is_answered_from_the_chosen_article_alone(reader):
    page = reader.page
    page.locator(".opener").click()
    page.locator("#fields [name=find]").fill("ominous")
    expect(page.locator("#choices li")).to_have_count(1)
    page.locator("#choices input").check()
    expect(page.locator(".opener")).to_contain_text("Asking 1 of 5 articles")
    reader.ask("Whom did Andrei Belousov meet?")
    expect(page.locator("#past .asked")).to_contain_text("Ominous Update", timeout=PATIENCE)
    expect(page.locator("#past .card")).to_have_count(1)
    expect(page.locator("#past .card strong")).to_contain_text("Ominous Update")


def test_mcp_clients_ask_search_and_read(address):
    async def run():
        async with (
            streamable_http_client(f"{address}/gradio_api/mcp") as (incoming, outgoing, _),
            ClientSession(incoming, outgoing) as session,
        ):
            await session.initialize()
            names = [tool.name for tool in (await session.list_tools()).tools]
            answer = await session.call_tool("ask", {"question": TOOLS})
            found = await session.call_tool("search", {"query": "machine tools", "k": 2})
            source = found.structuredContent["result"][0]["source"]
            article = await session.call_tool("read_article", {"source": source})
            missing = await session.call_tool("read_article", {"source": "../secret.txt"})
            return names, answer, found, article, missing

    with ThreadPoolExecutor(1) as pool:  # the browser's event loop runs in this one
        names, answer, found, article, missing = pool.submit(lambda: asyncio.run(run())).result()
    assert names == ["ask", "search", "read_article"]
    assert "70 percent" in Answer.from_dict(answer.structuredContent).text
    (first, _) = found.structuredContent["result"]
    assert article.structuredContent["text"][first["start"] : first["end"]] == first["text"]
    assert missing.isError
    assert "has no '../secret.txt'" in missing.content[0].text


def test_conversations_outlive_the_server(browser, bot, home, tmp_path):
    with served(bot, tmp_path) as first:
        visitor = Reader(browser, first)
        visitor.ask(TOOLS)
        expect(visitor.page.locator("#past .turn")).to_have_count(1, timeout=PATIENCE)
        visitor.page.locator("#past .cite").first.click()
        before = marked(visitor.page)
    with served(bot, tmp_path) as second:
        page = visitor.page
        page.goto(second)
        visitor.tab("Conversations")
        page.locator("#history .open").click()
        expect(page.locator("#past .turn")).to_have_count(1)
        page.locator("#past .cite").first.click()
        assert marked(page) == before
        visitor.context.close()
