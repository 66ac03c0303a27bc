"""The page served on a port of its own, and visitors of it in Chromium, whose every request is noted."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
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
from ui.suggestions import Suggestions

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
expect.set_options(timeout=15_000)  # milliseconds: two cores may be busy with something else


@contextmanager
def served(
    bot: Any,
    home: Path,
    suggestions: Sequence[str] | None = (),
    *,
    report: str = "<!doctype html><title>r</title><h1>173 of 196 right</h1>",
    serving: Serving | None = None,
    line: Line | None = None,
) -> Iterator[str]:
    """Serve the page of a bot, MCP included, with the history in `home`, and yield its address.

    What is suggested is made of the articles if `suggestions` is None.
    """
    history = History(home, home)
    suggest = Suggestions(bot).after if suggestions is None else lambda turns: tuple(suggestions)
    service = Service(bot, history, line or Line(), suggest=suggest)
    listener = listen("127.0.0.1", 0)
    started: Future[Any] = Future()

    async def serve() -> None:
        """Make the app where its event loop runs: elsewhere Gradio would open one of its own, and leave it open."""
        try:
            demo = build(service, bot, lambda: report, signing_in=serving is not None and serving.accounts is not None)
            app = guarded(demo, service.line, serving, Mcp(service, bot))
            server = server_of(behind_proxy(app, serving.root_path if serving else None))
        except BaseException as error:
            started.set_exception(error)
            return
        started.set_result(server)
        await server.serve(sockets=[listener])

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    server = started.result(30)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()
        history.close()


def behind_proxy(app: Any, prefix: str | None) -> Any:
    """The app as a reverse proxy serves it under a path, which it takes off; everything else is not found."""

    async def proxied(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            if not scope["path"].startswith(f"{prefix}/"):
                await send({"type": "http.response.start", "status": 404, "headers": []})
                await send({"type": "http.response.body", "body": b"outside"})
                return
            path = scope["path"].removeprefix(prefix)
            scope = {**scope, "path": path, "raw_path": path.encode()}
        await app(scope, receive, send)

    return proxied if prefix else app


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
