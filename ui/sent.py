"""What a browser sent with a click, read as far as it makes sense: it may be anything, if no page of ours sent it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gradio as gr


def sent(event: gr.EventData) -> Mapping[str, Any]:
    """Return the data of a click; none where they are something else."""
    return event._data if isinstance(event._data, dict) else {}


def number(data: Mapping[str, Any], name: str) -> int:
    """Return a whole number; -1 for anything else."""
    text = str(data.get(name, ""))
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1
