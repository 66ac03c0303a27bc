"""The page in Gradio: its parts, what happens on them, and how it is mounted."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr

from ui.api import ASK, offer
from ui.conversation import Service
from ui.corpus import Library
from ui.events import Events
from ui.layout import lay_out
from ui.server import Serving

TITLE = "Cited"
# Clicks and questions that Gradio holds at once, which do no more than begin: who asks then waits in `ui.line`.
WAITING = 1000
UNDER_WAY = 1000  # of them that may be under way: each open page is one, and so is each question in the line
_UPLOADS_KEPT = 3600  # seconds after which what an upload left behind, if anything, is deleted
_HERE = Path(__file__).parent


def build(
    service: Service, library: Library, report: Callable[[], str | None] = lambda: None, *, signing_in: bool = False
) -> gr.Blocks:
    """The page for one corpus, shared by all readers.

    Args:
        service: answers, and keeps what was asked.
        library: the articles.
        report: the latest report of the eval as an HTML document, None if there is none.
        signing_in: whether readers sign in (`ui.server.Serving.accounts`), and so can sign out.
    """
    # Nobody sees Gradio's statistics of its events, which it makes with pandas after every event.
    os.environ.setdefault("GRADIO_ANALYTICS_CACHE_FREQUENCY", str(sys.maxsize))
    with _Blocks(
        title=TITLE, analytics_enabled=False, fill_width=True, delete_cache=(_UPLOADS_KEPT, _UPLOADS_KEPT)
    ) as demo:
        offer(service)  # first, so that no event of the page has its name
        Events(lay_out(service.suggest(()), signing_in=signing_in), service, library, report).wire(demo)
    demo.max_threads = UNDER_WAY
    demo.queue(api_open=False, max_size=WAITING, default_concurrency_limit=None)
    return demo


def mount(demo: gr.Blocks, parent: Any, serving: Serving) -> Any:  # noqa: ANN401
    """Put the page at `/` of a FastAPI app, with everything that Gradio adds of its own switched off."""
    return gr.mount_gradio_app(
        parent, demo, path="/", theme=_theme(), css_paths=[_HERE / "style.css"], max_file_size=serving.file_bytes,
        auth=serving.accounts, root_path=serving.root_path, footer_links=[], run_history=False, show_error=False,
        enable_monitoring=False, pwa=False, ssr_mode=False, mcp_server=False,
    )  # fmt: skip


class _Blocks(gr.Blocks):  # type: ignore[misc]
    """Blocks of which programs may leave out the last values of a call by position (`/gradio_api/call/ask`)."""

    def validate_inputs(self, block_fn: Any, inputs: list[Any]) -> None:  # noqa: ANN401
        """Give what was left out the value None; Gradio fills in defaults only in its own client."""
        if block_fn.api_name == ASK:
            inputs += [None] * (len(block_fn.inputs) - len(inputs))
        super().validate_inputs(block_fn, inputs)


def _theme() -> gr.themes.Base:
    """Gradio's plainest theme in the fonts of the machine: named fonts would be fetched."""
    return gr.themes.Base(
        primary_hue=gr.themes.colors.teal,
        neutral_hue=gr.themes.colors.stone,
        font=[gr.themes.Font("system-ui"), gr.themes.Font("sans-serif")],
        font_mono=[gr.themes.Font("ui-monospace"), gr.themes.Font("monospace")],
    )
