"""What a language model once replied, kept by (model, prompt, parameters): asking again costs nothing."""

from __future__ import annotations

import contextlib
import hashlib
import inspect
import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rag
from rag.config import Config
from rag.errors import StoreError
from rag.llm import Generation, LanguageModel, Message
from rag.types import Usage

# For models that do not say how much they can read, as in `rag.adapters`.
_CONTEXT_TOKENS = 8192
# The modules of `rag` that turn messages into requests, and replies into probabilities.
_RAG, _CALLING = Path(rag.__file__).parent, ("llm.py", "local.py", "remote.py", "foreign.py")


def replies(config: Config) -> Path:
    """Where the replies of every language model are kept."""
    return config.home / "eval" / "replies.sqlite"


class Cache:
    """Replies by key, in one SQLite file that several runs may use at once.

    Raises:
        StoreError: the file cannot be opened, read or written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.ExitStack() as opened:
                database = sqlite3.connect(path, timeout=60, isolation_level=None, check_same_thread=False)
                self._database = opened.enter_context(contextlib.closing(database))
                database.execute("CREATE TABLE IF NOT EXISTS replies (key TEXT PRIMARY KEY, reply TEXT NOT NULL)")
                opened.pop_all()
        except (OSError, sqlite3.Error) as error:
            raise self._broken(error) from error

    def get(self, key: str) -> dict[str, Any] | None:
        """What is kept under a key."""
        try:
            row = self._database.execute("SELECT reply FROM replies WHERE key = ?", (key,)).fetchone()
            return json.loads(row[0]) if row else None
        except (sqlite3.Error, ValueError) as error:
            raise self._broken(error) from error

    def put(self, key: str, reply: dict[str, Any]) -> None:
        """Keep a reply."""
        try:
            self._database.execute("INSERT OR REPLACE INTO replies VALUES (?, ?)", (key, json.dumps(reply)))
        except sqlite3.Error as error:
            raise self._broken(error) from error

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _broken(self, error: Exception) -> StoreError:
        return StoreError(f"the replies kept in {self._path} cannot be used: {error}. Delete the file to ask anew.")


@dataclass(slots=True)
class Spared:
    """Seconds that replays did not take so far: until the first word of the first of them, and in all."""

    first: float = 0.0
    total: float = 0.0


class CachedModel:
    """A language model that is asked only what it has not been asked before.

    A reply is replayed for the same model (name, digest, whole address, and the code that calls it), the same messages
    and the same limit. What is stopped midway, or raises, is not kept. `spared` adds up what replays would have taken;
    `digest` is for a model that does not know its own.
    """

    def __init__(self, model: LanguageModel, cache: Cache, digest: str | None = None) -> None:
        self.name, self.digest, self.address = model.name, model.digest or digest, model.address
        self.context_tokens: int = getattr(model, "context_tokens", _CONTEXT_TOKENS)
        self.spared = Spared()
        self._model = model
        self._cache = cache
        endpoint = getattr(model, "endpoint", self.address)
        self._identity = [self.name, self.digest, endpoint, _code_of(model), self.context_tokens]

    def generate(self, messages: Sequence[Message], *, max_tokens: int) -> Generation:
        """Write an answer, or give the one written before as a single piece."""
        key = self._key("generate", messages, max_tokens)
        if (kept := self._cache.get(key)) is None:
            return _Recorded(self._model.generate(messages, max_tokens=max_tokens), self._cache, key)
        return _Replayed(kept, self.spared)

    def yes_probability(self, messages: Sequence[Message]) -> float | None:
        """P(yes), now or as it was."""
        key = self._key("yes", messages, 1)
        if (kept := self._cache.get(key)) is None:
            begun = time.perf_counter()
            probability = self._model.yes_probability(messages)
            self._cache.put(key, {"yes": probability, "total": time.perf_counter() - begun})
            return probability
        self.spared.total += kept["total"]
        kept_probability: float | None = kept["yes"]
        return kept_probability

    def warm(self) -> None:
        """Load nothing: everything may have been asked before."""

    def close(self) -> None:
        """Free the model and close the cache."""
        self._model.close()
        self._cache.close()

    def _key(self, what: str, messages: Sequence[Message], max_tokens: int) -> str:
        asked = [*self._identity, what, max_tokens, [[message.role, message.content] for message in messages]]
        return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


class _Recorded:
    """A generation that is kept once it has come to its end."""

    def __init__(self, generation: Generation, cache: Cache, key: str) -> None:
        self.usage: Usage | None = None
        self._generation = generation
        self._cache = cache
        self._key = key
        self._begun = time.perf_counter()

    def __iter__(self) -> Iterator[str]:
        pieces: list[str] = []
        first = 0.0
        for piece in self._generation:
            first = first or time.perf_counter() - self._begun
            pieces.append(piece)
            yield piece
        usage = self.usage = self._generation.usage or Usage()
        self._cache.put(self._key, {
            "text": "".join(pieces), "tokens_in": usage.tokens_in, "tokens_out": usage.tokens_out,
            "first": first, "total": time.perf_counter() - self._begun,
        })

    def close(self) -> None:
        self._generation.close()
        self.usage = self._generation.usage


class _Replayed:
    """A generation of which every word is known."""

    def __init__(self, kept: dict[str, Any], spared: Spared) -> None:
        self.usage: Usage | None = Usage(kept["tokens_in"], kept["tokens_out"])
        self._kept = kept
        self._spared = spared

    def __iter__(self) -> Iterator[str]:
        self._spared.total += self._kept["first"]
        self._spared.first = self._spared.first or self._spared.total
        if self._kept["text"]:
            yield self._kept["text"]
        self._spared.total += self._kept["total"] - self._kept["first"]

    def close(self) -> None:
        """Nothing runs."""


def _code_of(model: LanguageModel) -> str:
    """A digest of the source that turns messages into requests: another template or sampling is another model."""
    calling = [inspect.getsource(inspect.getmodule(type(model)) or type(model))]
    calling += [(_RAG / name).read_text(encoding="utf-8") for name in _CALLING]
    return hashlib.sha256("\0".join(calling).encode()).hexdigest()


def model_digest(config: Config) -> str | None:
    """The SHA-256 of a model file of the user's own."""
    if config.model_path is None or ":" in config.model:  # that of a server is no file
        return None
    with config.model_path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
