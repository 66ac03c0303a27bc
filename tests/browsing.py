"""The page served on a port of its own, and visitors of it in Chromium, whose every request is noted."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect

from ui.app import build
from ui.conversation import Service
from ui.history import History
from ui.line import Line
from ui.mcp import Mcp
from ui.server import Serving, guarded, listen, server_of

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip


@contextmanager
def served(
    bot: Any, home: Path, suggestions: Sequence[str] = (), serving: Serving | None = None, line: Line | None = None
) -> Iterator[str]:
    """Serve the page of a bot, MCP included, with the history in `home`, and yield its address."""
    history = History(home, home)
    service = Service(bot, history, line or Line(), suggest=lambda turns: tuple(suggestions))
    listener = listen("127.0.0.1", 0)
    report = "<!doctype html><title>r</title><h1>173 of 196 right</h1>"
    server = server_of(guarded(build(service, bot, lambda: report), serving, Mcp(service, bot)))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()
        history.close()


class Reader:
    """One visitor: a page of their own, whose every request, dialog and script error is noted."""

    def __init__(self, browser: Browser, address: str, bot: Any = None, **context: Any) -> None:
        self.bot, self.address = bot, address
        self.context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **context})
        self.page: Page = self.context.new_page()
        self.requests, self.dialogs, self.errors = [], [], []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("dialog", lambda dialog: (self.dialogs.append(dialog.message), dialog.dismiss()))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.goto(address)
        expect(self.page.locator("#box textarea")).to_be_visible(timeout=20_000)

    def ask(self, question: str) -> None:
        """Type a question and press Enter."""
        self.page.locator("#box textarea").fill(question)
        self.page.locator("#box textarea").press("Enter")

    def tab(self, name: str) -> None:
        """Turn to another tab."""
        self.page.get_by_role("tab", name=name).click()

    def foreign(self) -> list[str]:
        """Requests to anywhere else than the page's own address."""
        return [url for url in self.requests if not url.startswith((self.address, "data:", "blob:"))]
