"""Counting tokens with tiktoken, without a network: the encoding's ranks come along with llama-index-core."""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import ModelError

if TYPE_CHECKING:
    import tiktoken

ENCODING = "cl100k_base"
# tiktoken's name for the file of ranks: the SHA-1 of the address it would download it from. And the SHA-256 it expects.
_BLOB = "9b5ad71b2ce5302211f9c61530b329a4922fc6a4"
_SHA256 = "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7"
_CACHE_VARIABLE = "TIKTOKEN_CACHE_DIR"
# Longer text is encoded in slices, since tiktoken's time grows faster than the length of an unbroken run.
_SLICE_CHARS = 8000

_lock = threading.Lock()


def count_tokens(text: str) -> int:
    """How many tokens `text` has. What looks like a special token counts as ordinary text.

    Text of more than 8,000 characters is encoded in slices, which may count a token more for each.

    Raises:
        ModelError: the encoding is not installed or not intact.
    """
    encoding = _encoding()
    if len(text) <= _SLICE_CHARS:
        return len(encoding.encode(text, disallowed_special=()))
    return sum(len(encoding.encode(piece, disallowed_special=())) for piece in _slices(text))


def _slices(text: str) -> Iterator[str]:
    start = 0
    while start < len(text):
        end = start + _SLICE_CHARS
        space = text.rfind(" ", start + 1, end) if end < len(text) else -1
        end = space if space > 0 else end
        yield text[start:end]
        start = end


@functools.cache
def _encoding() -> tiktoken.Encoding:
    import tiktoken

    with _lock, _cache_folder():
        return tiktoken.get_encoding(ENCODING)


@contextmanager
def _cache_folder() -> Iterator[None]:
    """Point tiktoken at an intact copy of the ranks; without one it would go to the network for them."""
    given = os.environ.get(_CACHE_VARIABLE)
    folders = [Path(given)] if given else []
    folder = next((f for f in [*folders, *_llama_index_folders()] if _is_intact(f / _BLOB)), None)
    if folder is None:
        raise ModelError(
            f"the tiktoken encoding {ENCODING} is not installed, or is damaged. It comes with llama-index-core: run "
            "`pip install --force-reinstall --no-deps llama-index-core`."
        )
    os.environ[_CACHE_VARIABLE] = str(folder)
    try:
        yield
    finally:
        if given is None:
            del os.environ[_CACHE_VARIABLE]
        else:
            os.environ[_CACHE_VARIABLE] = given


def _llama_index_folders() -> Iterator[Path]:
    """Where llama-index-core keeps its tiktoken cache, found without importing it, which takes seconds."""
    found = importlib.util.find_spec("llama_index")
    for location in (found.submodule_search_locations if found else None) or ():
        yield Path(location) / "core" / "_static" / "tiktoken_cache"


def _is_intact(blob: Path) -> bool:
    try:
        return hashlib.sha256(blob.read_bytes()).hexdigest() == _SHA256
    except OSError:
        return False
