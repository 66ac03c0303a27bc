"""Pictures of the page in every state, light and dark, wide and narrow: `python -m tests.screenshots FOLDER`."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from rag import Chatbot, Config
from tests.browsing import CHROMIUM, FLAGS, served
from tests.conftest import SEEDS
from ui.cli import latest_page

PATIENCE = 60_000  # milliseconds for an answer
SIZES = {"wide": {"width": 1360, "height": 850}, "narrow": {"width": 390, "height": 844}}
QUESTION = "Which countries are said to have joined BRICS?"
COMPARING = "What do the articles say about Taiwan?"
REWORDED = "How much were the goods worth that the two neighbours bought from each other in the previous twelve months?"
ABSENT = "Who won the football world cup in 1998?"


def take(page: Page) -> Iterator[str]:
    """Bring the page from state to state, and yield the name of each."""
    expect(page.locator(".welcome")).to_be_visible(timeout=PATIENCE)
    yield "welcome"
    _ask(page, QUESTION)
    expect(page.locator("#now .draft")).to_be_visible(timeout=PATIENCE)
    yield "draft"
    expect(page.locator("#past .turn")).to_have_count(1, timeout=PATIENCE)
    page.locator("#past .cite").first.click()
    expect(page.locator("#article mark.current")).to_be_in_viewport()
    yield "citation"
    page.locator("#past button:text-is('Not helpful')").click()
    expect(page.locator("#past .word")).to_be_visible()
    yield "opinion"
    _ask(page, ABSENT)
    expect(page.locator("#past .refusal")).to_be_visible(timeout=PATIENCE)
    yield "refusal"
    _ask(page, REWORDED)
    expect(page.locator("#past .turn")).to_have_count(3, timeout=PATIENCE)
    yield "quotation"
    _ask(page, COMPARING)
    expect(page.locator("#past .turn")).to_have_count(4, timeout=PATIENCE)
    page.locator("#past .turn").last.locator(".cite").nth(2).click()
    expect(page.locator("#article mark.current")).to_be_in_viewport()
    yield "comparison"
    page.locator("#in-force .opener").click()
    page.locator("#fields [name=find]").fill("china")
    page.locator("#choices input").nth(1).check()
    page.locator("#choices input").nth(2).check()
    expect(page.locator("#in-force")).to_contain_text("Asking 2 of 5 articles")
    yield "choosing"
    page.locator("#in-force .opener").click()
    _ask(page, QUESTION)
    expect(page.locator("#past .asked")).to_be_visible(timeout=PATIENCE)
    yield "narrowed"
    page.get_by_role("tab", name="Conversations").click()
    expect(page.locator("#history .entry")).to_have_count(1)
    page.locator("#history summary").click()
    yield "conversations"
    page.get_by_role("tab", name="Articles").click()
    expect(page.locator("#shelf .shelf > li").first).to_be_visible()
    page.locator("#shelf button:text-is('Remove')").first.click()
    yield "articles"
    page.locator("#search textarea, #search input").fill("machine tools")
    page.locator("#search textarea, #search input").press("Enter")
    expect(page.locator("#shelf b").first).to_be_visible()
    yield "search"
    page.get_by_role("tab", name="Quality").click()
    expect(page.frame_locator("#report iframe").locator("h1")).to_be_visible()
    yield "quality"


def main(folder: Path) -> None:
    """Take all pictures with the real model, about the five articles."""
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        config = Config.load(SEEDS)
        bot = stack.enter_context(Chatbot.open(SEEDS, config=config))
        address = stack.enter_context(served(bot, home, None, report=latest_page(config)))
        playwright = stack.enter_context(sync_playwright())
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        for scheme in ("light", "dark"):
            for size in SIZES:
                _take_all(chromium, address, folder, scheme, size)


def _take_all(chromium: Browser, address: str, folder: Path, scheme: str, size: str) -> None:
    context = chromium.new_context(color_scheme=scheme, viewport=SIZES[size], has_touch=size == "narrow")
    page = context.new_page()
    page.goto(address)
    for number, state in enumerate(take(page)):
        page.wait_for_timeout(400)  # for fonts, scrolling and fading to settle
        page.screenshot(path=folder / f"{number:02d}-{state}-{size}-{scheme}.png")
    context.close()


def _ask(page: Page, question: str) -> None:
    page.locator("#box textarea").fill(question)
    page.locator("#box textarea").press("Enter")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
