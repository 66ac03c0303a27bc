"""What happens on the page: every click, form and question, handed on to the modules that know nothing of Gradio.

A handler returns what changes, by part of the page. All of them are private: the page offers programs nothing but what
`ui.api` does.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from pathlib import Path
from typing import Any

import gradio as gr

from rag.errors import CitedError
from ui import corpus, export, reader, render, shelves
from ui.answering import in_thread
from ui.conversation import Service, Session, View, converse, open_source, reopen
from ui.guard import owner
from ui.layout import Page
from ui.narrowing import Narrowed, fields, fill, narrow
from ui.sent import number, sent

Changes = dict[Any, Any]
_STAY = 5.0  # seconds between two signs of life, after which a page that was closed is noticed
_QUIET: Mapping[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
# Nothing here may wait for another reader (who asks waits in `ui.line`, which says for how many), and no click may be
# dropped because another one is under way.
_AT_ONCE: Mapping[str, Any] = {"concurrency_limit": None, "trigger_mode": "multiple", **_QUIET}


# What the page remembers of itself as long as its window is open (`chat.js`, `chooser.js`).
_FIELDS = "window.citedWanted?.() ?? sessionStorage.getItem('cited-wanted') ?? ''"
_EARLIER = f"(earlier, wanted, ...others) => [sessionStorage.getItem('cited-conversation') ?? '', {_FIELDS}, ...others]"
# What stands in the fields goes with every question, so that none is asked of other articles than its reader sees.
_WANTED: Mapping[str, str] = {"js": f"(wanted, ...others) => [{_FIELDS}, ...others]"}
_GONE = "This conversation is no longer here: it has been deleted, perhaps in another window."
# By the browser itself: an answer from here would take back to the chat who has turned to another tab since.
_TO_CHAT = "() => ({__type__: 'update', selected: 'chat'})"


class Events:
    """The handlers of one page, for all readers; what belongs to a reader is in their `Session`."""

    def __init__(self, page: Page, service: Service, library: corpus.Library, report: Callable[[], str | None]) -> None:
        self._page = page
        self._service = service
        self._library = library
        self._report = report

    def wire(self, demo: gr.Blocks) -> None:
        """Connect the handlers with the parts of the page."""
        page = self._page
        chat = [page.past, page.now, page.box, page.ask, page.stop, page.clear]
        session = page.session
        arriving = {
            "inputs": [page.earlier, page.wanted, page.box, session],
            "outputs": [page.past, page.now, page.box, page.fields, *self._narrowed],
        }
        demo.load(self.arrive, js=_EARLIER, **arriving, **_AT_ONCE)
        demo.load(self.stay, **_AT_ONCE)
        asked: dict[str, Any] = {
            "fn": self.ask, "inputs": [page.wanted, page.box, session], "outputs": [*chat, *self._narrowed],
            **_WANTED, **_AT_ONCE,
        }  # fmt: skip
        given_back = {"fn": self.give_back, "inputs": [page.box, session], "outputs": page.box, **_AT_ONCE}
        gr.on([page.box.submit, page.ask.click], **asked).then(**given_back)
        suggested = page.past.submit(self.take, [page.wanted, session], self._narrowed, **_WANTED, **_AT_ONCE)
        suggested.success(self.ask_taken, session, chat, **_AT_ONCE).then(**given_back)
        page.past.click(self.act, [page.box, session], [*chat, page.article], **_AT_ONCE)
        page.now.click(self.act, [page.box, session], [*chat, page.article], **_AT_ONCE)
        page.article.click(self.act, [page.box, session], [*chat, page.article], **_AT_ONCE)
        page.stop.click(self.stop, session, page.stop, **_AT_ONCE)
        page.clear.click(None, outputs=page.tabs, js=_TO_CHAT, **_QUIET)
        page.clear.click(self.clear, session, [page.past, page.now, page.article], **_AT_ONCE)
        self._wire_narrowing()
        self._wire_shelves()

    def _wire_narrowing(self) -> None:
        page, session = self._page, self._page.session
        page.chat_tab.select(
            self.look, [page.wanted, session], [page.fields, *self._narrowed], **_WANTED, **_AT_ONCE
        )
        page.fields.click(self.narrow, session, self._narrowed, **_AT_ONCE)
        page.in_force.click(self.widen, session, [page.fields, *self._narrowed], **_AT_ONCE)

    def _wire_shelves(self) -> None:
        page, session = self._page, self._page.session
        page.history_tab.select(self.list_conversations, session, page.history, **_AT_ONCE)
        page.history.click(
            self.act_on_history, [page.box, session],
            [page.history, page.past, page.now, page.box, page.article, page.download, page.tabs], **_AT_ONCE,
        )  # fmt: skip
        search: dict[str, Any] = {
            "fn": self.search, "inputs": [page.search, session], "outputs": page.shelf, **_AT_ONCE,
        }  # fmt: skip
        page.articles_tab.select(**search)
        page.search.submit(**search)
        page.shelf.click(
            self.act_on_shelf, [page.search, session],
            [page.shelf, page.told, page.article, page.search, page.fields, *self._narrowed], **_AT_ONCE,
        )  # fmt: skip
        page.upload.upload(self.upload, page.upload, [page.told, page.upload], **_AT_ONCE).then(**search)
        page.sync.click(self.sync, None, page.told, **_AT_ONCE).then(**search)
        page.quality_tab.select(self.show_quality, None, page.quality, **_AT_ONCE)

    def arrive(self, earlier: str, wanted: str, typed: str, session: Session, request: gr.Request) -> Changes:
        """Greet a reader, or go on with what the page showed before it was loaded again."""
        session.owner = _owner(request)
        session.suggestions = self._service.suggest(())
        return {**self._reopened(session, earlier, typed), **self._filled(session, wanted)}

    async def stay(self) -> AsyncGenerator[None]:
        """Be under way as long as the page is open, and so keep its stream of answers open.

        Gradio ends that stream with the last event under way. An event that begins in this moment is lost: the browser
        waits for its outcome on a stream that is about to be closed, and asks for no other (seen with Gradio 6.31).
        """
        while True:
            yield
            await asyncio.sleep(_STAY)

    async def ask(
        self, wanted: str, question: str, session: Session, request: gr.Request
    ) -> AsyncGenerator[Changes]:
        """Answer what was typed, unless the articles cannot be asked that are wanted."""
        session.owner = _owner(request)
        narrowed, changes = await in_thread(self._narrow, session, wanted)
        yield changes  # a generator that yields nothing would empty every output
        if narrowed.trouble:
            return
        async with aclosing(converse(self._service, question, session, narrowed.scope)) as views:
            async for view in views:
                yield self._changes(view)

    async def ask_taken(self, session: Session, request: gr.Request) -> AsyncGenerator[Changes]:
        """Answer what was clicked; what is being typed stays."""
        session.owner = _owner(request)
        question, session.taken = session.taken, ""
        yield {self._page.box: gr.skip()}
        async with aclosing(converse(self._service, question, session, session.scope)) as views:
            async for view in views:
                yield self._changes(view)

    def take(self, wanted: str, session: Session, event: gr.EventData) -> Changes:
        """Note the question of the suggestion that was clicked, or the last one, to be asked again."""
        data = sent(event)
        session.taken = ""
        narrowed, changes = self._narrow(session, wanted)
        if session.busy or narrowed.trouble:
            return changes
        if data.get("do") == "retry" and session.turns:
            session.replacing = len(session.turns) - 1
            session.taken = session.turns[-1].answer.question
        elif data.get("do") == "suggestion":
            session.replacing = None
            place = number(data, "number")
            session.taken = session.suggestions[place] if 0 <= place < len(session.suggestions) else ""
        return changes

    def look(self, wanted: str, session: Session) -> Changes:
        """Bring what there is to choose up to date: articles may have come and gone."""
        changes = self._narrow(session, wanted, listing=True)[1]
        # Before they are first filled, nothing comes in the way of what `arrive` fills in.
        return {**changes, self._page.fields: self._form(session, wanted) if session.filled else gr.skip()}

    def narrow(self, session: Session, event: gr.EventData) -> Changes:
        """Ask other articles from now on, or list others to choose from."""
        data = sent(event)
        wanted, why = str(data.get("wanted", "")), data.get("why")
        # A tick changes no list: it would take the row, and the keyboard's place, away from under the reader.
        return self._narrow(session, wanted, entered=why == "entered", listing=why in ("entered", "found"))[1]

    def widen(self, session: Session) -> Changes:
        """Ask all articles again."""
        return self._filled(session, "")

    def give_back(self, typed: str, session: Session) -> Any:  # noqa: ANN401
        """Put a question that came to nothing back into the box, unless another has been begun there."""
        unanswered, session.unanswered = session.unanswered, ""
        return unanswered if unanswered and not typed else gr.skip()

    def act(self, typed: str, session: Session, request: gr.Request, event: gr.EventData) -> Changes:
        """Do what a button in the conversation or beside the article says."""
        page, data = self._page, sent(event)
        session.owner = _owner(request)
        match data.get("do"):
            case "open":
                place = {name: number(data, name) for name in ("turn", "citation", "passage") if name in data}
                return {page.article: open_source(self._service, session, place)}
            case "vote":
                try:
                    self._vote(session, data)
                except CitedError as error:
                    return {page.now: shelves.problem(str(error))}
                return {page.past: self._service.past(session)}
            case "edit" if session.turns and not session.busy:
                session.replacing = len(session.turns) - 1
                last = session.turns[-1].answer.question
                return {page.now: render.editing(), page.box: typed or last}
            case "keep":
                session.replacing = None
                return {page.now: ""}
        return {page.article: gr.skip()}

    def stop(self, session: Session) -> Any:  # noqa: ANN401
        """Ask the running answer to end."""
        session.stopping = True
        return gr.update(value="Stopping…", interactive=False)

    def clear(self, session: Session) -> Changes:
        """Begin a new conversation; what stands in the box stays there."""
        page = self._page
        if session.busy:
            return {page.past: gr.skip()}
        session.clear()
        session.suggestions = self._service.suggest(())
        return {page.past: self._service.past(session), page.now: "", page.article: reader.nothing()}

    def list_conversations(self, session: Session, request: gr.Request) -> str:
        """The reader's conversations."""
        session.owner = _owner(request)
        if session.owner is None:
            return shelves.conversations((), None, kept=False)
        try:
            return shelves.conversations(self._service.history.entries(session.owner), session.name)
        except CitedError as error:
            return shelves.problem(str(error))

    def act_on_history(self, typed: str, session: Session, request: gr.Request, event: gr.EventData) -> Changes:
        """Open, rename, export or delete a conversation."""
        page, data = self._page, sent(event)
        session.owner = _owner(request)
        name, owner = str(data.get("name", "")), session.owner
        if owner is None:
            return {page.history: self.list_conversations(session, request)}
        try:
            match data.get("do"):
                case "reopen":
                    return self._chosen(session, name, typed, request)
                case "markdown" | "json" as kind:
                    return self._exported(session, owner, name, kind, request)
                case "rename":
                    self._service.history.rename(owner, name, str(data.get("title", "")))
                case "delete":
                    return self._deleted(session, owner, name, request)
        except CitedError as error:
            return {page.history: shelves.problem(str(error))}
        return {page.history: self.list_conversations(session, request)}

    def search(self, query: str, session: Session) -> Any:  # noqa: ANN401
        """The articles, or what is found in those that are asked, unless something else was looked for meanwhile."""
        session.searched += 1
        mine = session.searched
        found = corpus.search(self._library, query, session.scope)
        return found if mine == session.searched else gr.skip()

    async def act_on_shelf(self, query: str, session: Session, event: gr.EventData) -> AsyncGenerator[Changes]:
        """Open an article, remove one, or search all again."""
        page, data = self._page, sent(event)
        source = str(data.get("source", ""))
        match data.get("do"):
            case "all":
                yield {page.search: "", page.shelf: await in_thread(self.search, "", session)}
            case "everywhere":
                yield await in_thread(self.widen, session)
                yield {page.shelf: await in_thread(self.search, query, session)}
            case "remove":
                async for told in corpus.remove(self._library, source):
                    yield {page.told: told}
                yield {page.search: "", page.shelf: await in_thread(self.search, "", session)}
            case "article" | "passage":
                session.opened += 1
                span = number(data, "start"), number(data, "end")
                yield {page.article: await in_thread(self._opened, session, source, *span)}
            case _:
                yield {page.told: gr.skip()}

    async def upload(self, files: list[str] | None) -> AsyncGenerator[Changes]:
        """Add articles."""
        async for told in corpus.add(self._library, [Path(file) for file in files or ()]):
            yield {self._page.told: told}
        yield {self._page.upload: None}

    async def sync(self) -> AsyncGenerator[str]:
        """Bring the index in step with the folder."""
        async for told in corpus.sync(self._library):
            yield told

    def show_quality(self) -> str:
        """The latest report of the eval."""
        try:
            return shelves.quality(self._report())
        except CitedError as error:
            return shelves.problem(str(error))

    def _changes(self, view: View) -> Changes:
        page = self._page
        changes: Changes = {page.now: view.now}
        if view.past is not None:
            changes[page.past] = view.past
        changes[page.ask] = gr.update(visible=not view.busy)
        changes[page.stop] = gr.update(visible=view.busy, value="Stop", interactive=True)
        changes[page.clear] = gr.update(interactive=not view.busy)
        return changes

    @property
    def _narrowed(self) -> list[Any]:
        """The parts that tell which articles are asked, and offer others."""
        return [self._page.in_force, self._page.trouble, self._page.choices]

    def _narrow(
        self, session: Session, wanted: str, *, entered: bool = False, listing: bool = False
    ) -> tuple[Narrowed, Changes]:
        """Put in force what the page sends, and list what there is to choose if wanted; nothing, if it is late."""
        page, narrowed = self._page, narrow(self._service.bot, session, wanted, entered=entered)
        if narrowed.late:
            return narrowed, {page.in_force: gr.skip()}
        listed = {page.choices: narrowed.choices} if listing else {}
        return narrowed, {page.in_force: narrowed.in_force, page.trouble: narrowed.trouble, **listed}

    def _form(self, session: Session, wanted: str) -> str:
        return fields(self._service.bot, session, wanted)

    def _filled(self, session: Session, wanted: str) -> Changes:
        """Fill the fields, and put what stands in them in force."""
        fill(session, wanted)
        return self.look(wanted, session)

    def _reopened(self, session: Session, name: str, typed: str) -> Changes:
        try:
            if not reopen(self._service, session, name):
                return {self._page.past: self._service.past(session)}
        except CitedError as error:
            return {self._page.now: shelves.problem(str(error))}
        return self._shown(session, typed)

    def _shown(self, session: Session, typed: str) -> Changes:
        """Show the conversation that was opened; a question of it that came to nothing goes into the box, if empty."""
        page = self._page
        session.suggestions = self._service.suggest(session.turns)
        changes: Changes = {page.past: self._service.past(session), page.now: ""}
        if session.unanswered and not typed:
            changes[page.box], session.unanswered = session.unanswered, ""
        return changes

    def _chosen(self, session: Session, name: str, typed: str, request: gr.Request) -> Changes:
        """Turn to a conversation that was chosen from the list, or say there why that cannot be."""
        page = self._page
        if session.busy and name != session.name:
            busy = shelves.problem("A question is being answered: stop it first, or open this when it is done.")
            return {page.history: busy + self.list_conversations(session, request)}
        if not session.busy and not reopen(self._service, session, name):
            return {page.history: shelves.problem(_GONE) + self.list_conversations(session, request)}
        opened = {} if session.busy else self._shown(session, typed)
        return {**opened, page.tabs: gr.Tabs(selected="chat"), page.article: reader.nothing()}

    def _vote(self, session: Session, data: Mapping[str, Any]) -> None:
        turn, vote = number(data, "turn"), data.get("vote")
        if not 0 <= turn < len(session.turns) or vote not in ("up", "down"):
            return
        kept, word = session.turns[turn], str(data.get("word", ""))
        taken_back = kept.vote == vote and "word" not in data
        session.turns[turn] = kept.voted(None if taken_back else vote, word)
        if session.owner and session.name:
            if not self._service.history.vote(session.owner, session.name, session.turns[turn]):
                raise CitedError("This opinion is not kept: the answer has been deleted, perhaps in another window.")

    def _exported(self, session: Session, owner: str, name: str, kind: str, request: gr.Request) -> Changes:
        found = self._service.history.open(owner, name)
        if found is None:
            return {self._page.history: shelves.problem(_GONE) + self.list_conversations(session, request)}
        content = export.as_json(found) if kind == "json" else export.as_markdown(found)
        session.saved += 1
        file = export.file_name(found, "json" if kind == "json" else "md")
        return {self._page.download: shelves.download(file, content, session.saved)}

    def _deleted(self, session: Session, owner: str, name: str, request: gr.Request) -> Changes:
        page = self._page
        if name == session.name and session.busy:
            busy = shelves.problem("This conversation is being answered: stop that first, then delete it.")
            return {page.history: busy + self.list_conversations(session, request)}
        self._service.history.delete(owner, name)
        changes = self.clear(session) if name == session.name else {}
        return {**changes, page.history: self.list_conversations(session, request)}

    def _opened(self, session: Session, source: str, start: int, end: int) -> str:
        try:
            found = self._library.article(source)
        except CitedError as error:
            return reader.failure(str(error))
        marks = (reader.Mark(start, end, found.text[start:end]),) if 0 <= start < end else ()
        return reader.article(found, marks, session.opened)


def _owner(request: gr.Request) -> str | None:
    return owner(request.username, request.headers.get("cookie", ""))
