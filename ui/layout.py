"""The parts of the page and where they stand: chat, conversations, articles and quality, and the article beside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from ui import chooser, reader, render
from ui.conversation import Session

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Page:
    """The parts that events read and write."""

    session: Any
    earlier: Any
    wanted: Any
    tabs: Any
    clear: Any
    chat_tab: Any
    past: Any
    now: Any
    in_force: Any
    trouble: Any
    fields: Any
    choices: Any
    box: Any
    ask: Any
    stop: Any
    history_tab: Any
    history: Any
    download: Any
    articles_tab: Any
    search: Any
    upload: Any
    sync: Any
    told: Any
    shelf: Any
    quality_tab: Any
    quality: Any
    article: Any


def lay_out(suggestions: Sequence[str], *, signing_in: bool = False) -> Page:
    """Make the parts, inside the Blocks that are being built; where readers sign in, they can sign out."""
    told = {name: gr.Textbox(visible=False) for name in ("earlier", "wanted")}  # by the browser, with an event
    parts: dict[str, Any] = {"session": gr.State(Session()), **told}
    with gr.Row(elem_id="page", equal_height=True):
        with gr.Column(elem_id="left"):
            with gr.Row(elem_id="bar"):
                gr.HTML("<h1>Cited</h1>", elem_id="name", apply_default_css=False)
                parts["clear"] = gr.Button("New conversation", elem_id="clear", size="sm", scale=0)
                if signing_in:
                    gr.Button("Sign out", elem_id="leave", size="sm", scale=0, link="logout", link_target="_self")
            with gr.Tabs(selected="chat", elem_id="tabs") as parts["tabs"]:
                with gr.Tab("Chat", id="chat", elem_id="chat") as parts["chat_tab"]:
                    parts |= _chat(suggestions)
                with gr.Tab("Conversations", id="history", elem_id="conversations") as parts["history_tab"]:
                    parts["history"] = html("", "history", "actions.js")
                    parts["download"] = html("", "download", "download.js")
                with gr.Tab("Articles", id="articles", elem_id="articles") as parts["articles_tab"]:
                    parts |= _articles()
                with gr.Tab("Quality", id="quality", elem_id="quality") as parts["quality_tab"]:
                    parts["quality"] = html("", "report", None)
        with gr.Column(elem_id="reader"):
            parts["article"] = html(reader.nothing(), "article", "actions.js", "article.js")
    return Page(**parts)


def _chat(suggestions: Sequence[str]) -> dict[str, Any]:
    with gr.Column(elem_id="scroll"):
        past = html(render.conversation((), {}, suggestions), "past", "actions.js", "chat.js")
        now = html("", "now", "actions.js")
    with gr.Column(elem_id="foot", scale=0):
        parts = _narrowing()
        parts |= _composer()
    return {"past": past, "now": now, **parts}


def _narrowing() -> dict[str, Any]:
    """What is in force, and the fields that it is chosen in: parts of their own, so that nothing typed is lost."""
    with gr.Column(elem_id="narrowing", scale=0):
        in_force = html(chooser.in_force(None), "in-force", "actions.js", "opener.js")
        with gr.Column(elem_id="panel", scale=0):
            fields = html("", "fields", "chooser.js")
            choices = html("", "choices")
        trouble = html("", "trouble")
    return {"in_force": in_force, "fields": fields, "choices": choices, "trouble": trouble}


def _composer() -> dict[str, Any]:
    with gr.Row(elem_id="composer"):
        box = gr.Textbox(
            show_label=False, label="Your question", placeholder="Ask about these articles…", lines=1,
            max_lines=6, elem_id="box", autofocus=True, container=False, scale=1,
        )  # fmt: skip
        ask = gr.Button("Ask", variant="primary", elem_id="ask", scale=0, min_width=84)
        stop = gr.Button("Stop", variant="stop", elem_id="stop", scale=0, min_width=84, visible=False)
    return {"box": box, "ask": ask, "stop": stop}


def _articles() -> dict[str, Any]:
    with gr.Row(elem_id="desk"):
        search = gr.Textbox(
            show_label=False, label="Search the articles", placeholder="Search the articles…", lines=1,
            elem_id="search", container=False, scale=1,
        )  # fmt: skip
        upload = gr.UploadButton("Add articles", file_count="multiple", elem_id="upload", size="sm", scale=0)
        sync = gr.Button("Sync with the folder", elem_id="sync", size="sm", scale=0)
    told = html("", "told", None)
    return {"search": search, "upload": upload, "sync": sync, "told": told, "shelf": html("", "shelf", "actions.js")}


def html(value: str, elem_id: str, *scripts: str | None) -> Any:  # noqa: ANN401
    """A part that is HTML of our own, with its scripts."""
    code = "\n".join((_HERE / script).read_text(encoding="utf-8") for script in scripts if script)
    return gr.HTML(value, elem_id=elem_id, js_on_load=code or None, apply_default_css=False)
