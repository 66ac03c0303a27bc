"""What readers do to the corpus: articles are added, removed and looked up, and the index follows, step by step."""

from __future__ import annotations

import asyncio
import queue
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from pathlib import Path
from typing import Protocol

from rag.errors import CitedError, CorpusError, IndexLocked
from rag.filters import Filter
from rag.types import Article, Listing, Passage, Progress, Rejection, SyncReport
from ui import shelves
from ui.answering import in_thread
from ui.pace import Pace
from ui.scope import Scope, is_named

MOST_FILES = 20  # that are added at once
PATIENCE = 60.0  # seconds to wait for another one who changes the index
_AGAIN = 0.5  # seconds between two tries
_LOOK = 0.1  # seconds between two looks at how far the index has come


class Library(Protocol):
    """What this needs of `rag.Chatbot`."""

    report: SyncReport

    def listings(self) -> Sequence[Listing]:
        """The articles without their text."""

    def article(self, source: str) -> Article:
        """The whole article; raises CorpusError if there is none of that name."""

    def search(self, query: str, k: int = 5, *, only: Filter | None = None) -> Sequence[Passage]:
        """The best passages, best first; of some articles `only`, if wanted."""

    def add(self, name: str, content: bytes) -> Rejection | None:
        """Put an article into the folder, or say why not."""

    def remove(self, source: str) -> None:
        """Delete an article's file."""

    def sync(self, progress: Callable[[Progress], None]) -> SyncReport:
        """Bring the index in step with the folder."""


async def add(library: Library, files: Sequence[Path]) -> AsyncGenerator[str]:
    """Put files into the corpus and the index, and yield what to tell the reader, the outcome last."""
    added, refused, trouble = [], [], ""
    try:
        if len(files) > MOST_FILES:
            names = ", ".join(file.name for file in files[:3])
            raise CorpusError(f"{len(files)} files at once ({names}, …) are more than {MOST_FILES}. Add them in parts.")
        for number, file in enumerate(files, 1):
            yield shelves.step(f"Reading {file.name}", number, len(files))
            rejection = await in_thread(library.add, file.name, await in_thread(file.read_bytes))
            if rejection:
                refused.append(rejection)
            else:
                added.append(file.name)
    except CitedError as error:
        trouble = shelves.problem(str(error))
    finally:
        for file in files:
            await in_thread(lambda file=file: file.unlink(missing_ok=True))
    if not added:
        yield trouble + shelves.outcome([], refused)
        return
    waiting = trouble + shelves.unfollowed("In the folder", added) + shelves.outcome([], refused)
    async for told in _following(
        library, lambda report: trouble + shelves.outcome(added, [*refused, *_of(report, added)]), waiting
    ):
        yield told


async def remove(library: Library, source: str) -> AsyncGenerator[str]:
    """Delete an article from the folder and the index, and yield what to tell the reader."""
    try:
        await in_thread(library.remove, source)
    except CitedError as error:
        yield shelves.problem(str(error))
        return
    waiting = shelves.unfollowed("Deleted from the folder", [source])
    done = shelves.done(f"Deleted from the folder and the index: {source}.")
    async for told in _following(library, lambda _: done, waiting):
        yield told


async def sync(library: Library) -> AsyncGenerator[str]:
    """Bring the index in step with the folder, and yield what to tell the reader."""
    async for told in _following(library, shelves.report):
        yield told


def search(library: Library, query: str, scope: Scope | None = None) -> str:
    """What is found in the articles of a scope, or all articles where nothing is looked for."""
    try:
        if not query.strip():
            return shelves.articles(library.listings(), library.report.rejected)
        only, listings = scope.only if scope else Filter(), library.listings()
        found = library.search(query, k=shelves.MOST_FOUND, only=only or None)
        named = [a for a in listings if is_named(query, a) and only.allows(a.source, a.published)]
        return shelves.found(query, found, scope, named, len(listings) > shelves.MOST_LISTED)
    except CitedError as error:
        return shelves.problem(str(error))


async def _following(
    library: Library, outcome: Callable[[SyncReport], str], waiting: str = ""
) -> AsyncGenerator[str]:
    """Yield how far a sync has come, then its outcome, or its error behind what is `waiting` for another one then."""
    heard: queue.SimpleQueue[Progress] = queue.SimpleQueue()
    working = asyncio.create_task(in_thread(_synced, library, heard.put))
    pace, progress, told = Pace(), None, ""
    while not working.done():
        await asyncio.wait({working}, timeout=_LOOK)
        while not heard.empty():
            progress = heard.get()
            pace.note(progress)
        if progress and not working.done():
            step = shelves.step(progress.stage.capitalize(), progress.done, progress.total, pace.left())
            if step != told:
                told = step
                yield told
    try:
        yield outcome(working.result())
    except CitedError as error:
        yield waiting + shelves.problem(str(error))


def _synced(library: Library, heard: Callable[[Progress], None]) -> SyncReport:
    """Sync once nobody else changes the index, which another reader may do."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return library.sync(heard)
        except IndexLocked:
            if time.monotonic() > until:
                raise
        time.sleep(_AGAIN)


def _of(report: SyncReport, added: Sequence[str]) -> list[Rejection]:
    return [rejection for rejection in report.rejected if rejection.source in added]
