"""The page in Gradio, which only this module imports: chat on the left, the article on the right."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from ui import render
from ui.conversation import Bot, Session, View, converse, open_source

TITLE = "Cited"
# Finding evidence is quick and the bot lets one model answer at a time, so several readers may be under way at once.
ANSWERING = 4
WAITING = 64
_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class _Page:
    """The parts of the page that events read and write."""

    session: Any
    past: Any
    now: Any
    box: Any
    ask: Any
    stop: Any
    clear: Any
    article: Any


def build(bot: Bot, *, examples: Sequence[str] = ()) -> gr.Blocks:
    """The page for one bot, shared by all readers; each has a conversation of their own, which ends with their page."""
    # Nobody sees Gradio's statistics of its events, which it makes with pandas after every event.
    os.environ.setdefault("GRADIO_ANALYTICS_CACHE_FREQUENCY", str(sys.maxsize))
    with gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True) as demo:
        page = _lay_out(examples)
        _wire(page, bot, examples)
    demo.queue(api_open=False, max_size=WAITING, default_concurrency_limit=WAITING)
    return demo


def mount(demo: gr.Blocks, parent: Any) -> Any:  # noqa: ANN401
    """Put the page at `/` of a FastAPI app, with everything that Gradio adds of its own switched off."""
    return gr.mount_gradio_app(
        parent, demo, path="/", theme=_theme(), css_paths=[_HERE / "style.css"], max_file_size=1, footer_links=[],
        run_history=False, show_error=False, enable_monitoring=False, pwa=False, ssr_mode=False, mcp_server=False,
    )  # fmt: skip


def _theme() -> gr.themes.Base:
    """Gradio's plainest theme in the fonts of the machine: named fonts would be fetched."""
    return gr.themes.Base(
        primary_hue=gr.themes.colors.teal,
        neutral_hue=gr.themes.colors.stone,
        font=[gr.themes.Font("system-ui"), gr.themes.Font("sans-serif")],
        font_mono=[gr.themes.Font("ui-monospace"), gr.themes.Font("monospace")],
    )


def _lay_out(examples: Sequence[str]) -> _Page:
    session = gr.State(Session())
    with gr.Row(elem_id="page", equal_height=True):
        with gr.Column(elem_id="chat"):
            with gr.Row(elem_id="bar"):
                gr.HTML("<h1>Cited</h1>", elem_id="name", apply_default_css=False)
                clear = gr.Button("New conversation", elem_id="clear", size="sm", scale=0)
            with gr.Column(elem_id="scroll"):
                past = _html(render.conversation((), render.welcome(examples)), "past", "chat.js")
                now = _html("", "now", None)
            with gr.Row(elem_id="composer"):
                box = gr.Textbox(
                    show_label=False, label="Your question", placeholder="Ask about these articles…", lines=1,
                    max_lines=6, elem_id="box", autofocus=True, container=False, scale=1,
                )  # fmt: skip
                ask = gr.Button("Ask", variant="primary", elem_id="ask", scale=0, min_width=84)
                stop = gr.Button("Stop", variant="stop", elem_id="stop", scale=0, min_width=84, visible=False)
        with gr.Column(elem_id="reader"):
            article = _html(render.reading_pane(), "article", "article.js")
    return _Page(session, past, now, box, ask, stop, clear, article)


def _html(value: str, elem_id: str, script: str | None) -> Any:  # noqa: ANN401
    code = (_HERE / script).read_text(encoding="utf-8") if script else None
    return gr.HTML(value, elem_id=elem_id, js_on_load=code, apply_default_css=False)


def _wire(page: _Page, bot: Bot, examples: Sequence[str]) -> None:
    """Every event is private: the page is for people, and offers no endpoint of its own."""
    shown = [page.past, page.now, page.box, page.ask, page.stop, page.clear]

    def answer(question: str, session: Session) -> Iterator[dict[Any, Any]]:
        yield {page.box: gr.skip()}  # a generator that yields nothing would empty every output
        for view in converse(bot, question, session):
            yield _updates(page, view)

    def restore(typed: str, session: Session) -> Any:  # noqa: ANN401
        unanswered, session.unanswered = session.unanswered, ""
        return unanswered if unanswered and not typed else gr.skip()  # what is being typed meanwhile stays

    def stop(session: Session) -> Any:  # noqa: ANN401
        session.stopping = True
        return gr.update(value="Stopping…", interactive=False)

    def clear(session: Session) -> dict[Any, Any]:
        if session.busy:
            return {page.box: gr.skip()}
        session.turns.clear()
        return {
            page.past: render.conversation((), render.welcome(examples)), page.now: "", page.box: "",
            page.article: render.reading_pane(),
        }  # fmt: skip

    def example(event: gr.EventData) -> str:
        number = event._data.get("example") if isinstance(event._data, dict) else None
        return examples[number] if isinstance(number, int) and 0 <= number < len(examples) else ""

    def click(session: Session, event: gr.EventData) -> str:
        return open_source(bot, session, event._data)

    quiet = {"show_progress": "hidden", "api_visibility": "private"}
    asked: dict[str, Any] = {
        "fn": answer, "inputs": [page.box, page.session], "outputs": shown, "concurrency_limit": ANSWERING,
        "concurrency_id": "answer", **quiet,
    }  # fmt: skip
    restored: dict[str, Any] = {"fn": restore, "inputs": [page.box, page.session], "outputs": page.box, **quiet}
    gr.on([page.box.submit, page.ask.click], **asked).then(**restored)
    page.past.submit(example, None, page.box, **quiet).success(**asked).then(**restored)
    page.past.click(click, page.session, page.article, **quiet)
    page.stop.click(stop, page.session, page.stop, **quiet)
    page.clear.click(clear, page.session, [page.past, page.now, page.box, page.article], **quiet)


def _updates(page: _Page, view: View) -> dict[Any, Any]:
    changes: dict[Any, Any] = {page.now: view.now}
    if view.past is not None:
        changes[page.past] = view.past
    if view.busy and view.past is not None:
        changes[page.box] = ""
    changes[page.ask] = gr.update(visible=not view.busy)
    changes[page.stop] = gr.update(visible=view.busy, value="Stop", interactive=True)
    changes[page.clear] = gr.update(interactive=not view.busy)
    return changes
