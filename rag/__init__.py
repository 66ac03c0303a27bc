"""Cited: ask a question about a folder of articles; every sentence of the answer cites exact passages of the files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rag.config import Config
from rag.errors import (
    CitedError,
    ConfigError,
    CorpusError,
    IndexLocked,
    ModelError,
    QuestionError,
    StoreError,
)
from rag.filters import Filter
from rag.types import Answer, Citation, Claim, Event, Passage, Rejection, SyncReport, Turn

if TYPE_CHECKING:
    from rag.chat import Chatbot

__version__ = "0.1.0"

__all__ = [
    "Answer",
    "Chatbot",
    "Citation",
    "CitedError",
    "Claim",
    "Config",
    "ConfigError",
    "CorpusError",
    "Event",
    "Filter",
    "IndexLocked",
    "ModelError",
    "Passage",
    "QuestionError",
    "Rejection",
    "StoreError",
    "SyncReport",
    "Turn",
    "__version__",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401
    """Chatbot brings the pipeline along, so it is imported when it is first asked for."""
    if name == "Chatbot":
        from rag.chat import Chatbot

        return Chatbot
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
