"""Everybody can use the page: axe-core finds no serious fault in any state, light or dark, wide or narrow."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browsing import Reader, served
from tests.test_ui_page import REFUSED, FakeBot

GRAVE = ("serious", "critical")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    bot = FakeBot()
    with served(bot, tmp_path_factory.mktemp("home"), ("Who sends shells?", "And why?")) as address:
        yield address, bot


def faults(reader, state):
    """The serious faults that axe-core finds, each with the places where it does."""
    found = Axe().run(reader.page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{state}: {fault['id']} at {node['html'][:120]}: {node['failureSummary'][:200]}"
        for fault in found
        if fault["impact"] in GRAVE
        for node in fault["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_no_state_of_the_page_has_a_serious_fault(browser, site, scheme, width):
    address, bot = site
    reader = Reader(browser, address, bot, color_scheme=scheme, viewport={"width": width, "height": 900})
    page = reader.page
    expect(page.locator(".welcome")).to_be_visible()
    found = faults(reader, "welcome")
    page.locator("#in-force .opener").click()
    page.locator("#choices input").first.check()
    expect(page.locator("#in-force")).to_contain_text("Asking 1 of 2 articles")
    found += faults(reader, "choosing")
    page.locator("#fields [name=since]").fill("2025-01-01")
    expect(page.locator("#trouble .failure")).to_be_visible()
    found += faults(reader, "impossible choice")
    page.locator("#fields [name=since]").fill("")
    expect(page.locator("#trouble")).to_be_empty()
    page.locator("#in-force .opener").click()
    bot.gate.clear()
    reader.ask("Who sends shells?")
    expect(page.locator("#now .status")).to_contain_text("Reading")
    found += faults(reader, "reading")
    bot.gate.set()
    expect(page.locator("#past .turn")).to_have_count(1)
    page.locator("#past details summary").first.click()
    page.locator("#past button:text-is('Not helpful')").click()
    page.locator("#past .cite").first.click()
    expect(page.locator("#article mark.current")).to_be_visible()
    found += faults(reader, "answer")
    reader.ask(REFUSED.question)
    expect(page.locator("#past .refusal")).to_be_visible()
    found += faults(reader, "refusal")
    reader.ask("please fail")
    expect(page.locator("#now .failure")).to_be_visible()
    found += faults(reader, "error")
    for tab, there in (("Conversations", "#history .entry"), ("Articles", "#shelf li"), ("Quality", "#report iframe")):
        reader.tab(tab)
        expect(page.locator(there).first).to_be_visible()
        found += faults(reader, tab)
    reader.context.close()
    assert found == []


def test_the_check_finds_a_fault_where_there_is_one(browser, site):
    address, bot = site
    reader = Reader(browser, address, bot)
    expect(reader.page.locator(".welcome")).to_be_visible()
    reader.page.locator(".welcome p").evaluate("paragraph => { paragraph.style.color = '#ddd' }")
    found = faults(reader, "welcome")
    reader.context.close()
    assert len(found) == 1
    assert "color-contrast" in found[0]
