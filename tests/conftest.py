"""What the tests share: fakes that record their calls, a corpus of one's own, and no network beyond loopback."""

from __future__ import annotations

import hashlib
import os
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, sync_playwright

from eval.cache import Cache
from rag.config import Config
from rag.embedding import MiniLM
from rag.llm import Message
from rag.types import Turn, Usage

ROOT = Path(__file__).parents[1]
SEEDS = ROOT / "seeds"


@pytest.fixture(autouse=True)
def closed_caches(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close the replies that a test has opened: CPython 3.13 complains of databases that are not."""
    opened: list[Cache] = []
    open_cache = Cache.__init__

    def remember(cache: Cache, path: Path) -> None:
        open_cache(cache, path)
        opened.append(cache)

    monkeypatch.setattr(Cache, "__init__", remember)
    yield
    for cache in opened:
        cache.close()


class FakeEmbedder:
    """Embeds a text as the normalised sum of a random vector for each of its words; `calls` records the texts."""

    name = "fake@1"
    max_tokens = None

    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self.error: Exception | None = None

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        self.calls.append(list(texts))
        if self.error:
            raise self.error
        return np.stack([self.embed_query(text) for text in texts]) if texts else np.zeros((0, 16), np.float32)

    def embed_query(self, text: str) -> np.ndarray:
        total = np.sum([_vector(word) for word in ("", *text.lower().split())], axis=0)
        return (total / np.linalg.norm(total)).astype(np.float32)

    def fits(self, text: str) -> bool:
        return True

    @property
    def embedded(self) -> list[str]:
        """Every text embedded so far."""
        return [text for call in self.calls for text in call]


class FakeGeneration:
    """Yields a reply word by word and remembers whether it was stopped early."""

    def __init__(self, reply: str) -> None:
        self.reply = reply
        self.usage: Usage | None = None
        self.stopped = False
        self._done = False

    def __iter__(self) -> Iterator[str]:
        for word in self.reply.split(" "):
            yield word + " "
        self._done = True
        self.usage = Usage(10, len(self.reply.split()))

    def close(self) -> None:
        self.stopped = not self._done


class FakeModel:
    """A language model whose replies are enqueued and whose calls are recorded; `yes` is what it thinks of evidence.

    The last reply is given again and again; one that is an exception is raised.
    """

    name = "fake"
    digest = None
    address = None

    def __init__(self, *replies: str | Exception, yes: float | None = 1.0) -> None:
        self.replies = list(replies)
        self.yes = yes
        self.prompts: list[list[Message]] = []
        self.generations: list[FakeGeneration] = []
        self.closed = False
        self.warmed = False

    def generate(self, messages: Sequence[Message], *, max_tokens: int) -> FakeGeneration:
        self.prompts.append(list(messages))
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(reply, Exception):
            raise reply
        self.generations.append(FakeGeneration(reply))
        return self.generations[-1]

    def yes_probability(self, messages: Sequence[Message]) -> float | None:
        return self.yes

    def warm(self) -> None:
        self.warmed = True

    def close(self) -> None:
        self.closed = True


class FakeBot:
    """Gives the enqueued answers, raising those that are exceptions, and records what it was asked."""

    llm = None

    def __init__(self, *replies: object) -> None:
        self.replies = list(replies)
        self.asked: list[tuple[str, tuple[Turn, ...]]] = []

    def ask(self, question: str, history: Sequence[Turn] = ()) -> object:
        self.asked.append((question, tuple(history)))
        reply = self.replies.pop(0)
        if isinstance(reply, BaseException):
            raise reply
        return reply


def _vector(word: str) -> np.ndarray:
    seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "big")
    return np.random.default_rng(seed).standard_normal(16)


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing connect beyond this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        host = address[0] if isinstance(address, tuple) else ""
        if self.family in (socket.AF_INET, socket.AF_INET6) and host not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test tried to connect to {address}")
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no setting of this machine reach a test."""
    for name in [name for name in os.environ if name.startswith("CITED_") and name != "CITED_TEST_HOME"]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def model_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home for the session with the local model assembled in it when it is first used; CITED_TEST_HOME keeps it."""
    kept = os.environ.get("CITED_TEST_HOME")
    return Path(kept) if kept else tmp_path_factory.mktemp("home")


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Settings with a home of their own and no language model."""
    return Config(home=tmp_path / "home", model="none")


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A folder with three short articles."""
    folder = tmp_path / "articles"
    folder.mkdir()
    texts = {
        "harbour.txt": "Harbour wall mended\n\nThe harbour wall was repaired in March 2021. The work cost $4 million.",
        "bridge.txt": "Bridge opens\n\nMayor Ada Quill opened the bridge on Oct. 14. It is 320 metres long.",
        "market.md": "---\ntitle: Market moves\ndate: 2024-05-02\n---\n\nThe market moved to Elm Street. "
        "Traders denied that rents rose.",
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def minilm() -> MiniLM:
    """The real embedding model, loaded once."""
    return MiniLM()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, for a module that tests the page; its event loop would be in the way of the others."""
    from tests.browsing import CHROMIUM, FLAGS

    if not CHROMIUM.exists():
        pytest.fail(f"the page is tested in Chromium, and {CHROMIUM} is missing: install it with `make browser`")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield chromium
        chromium.close()
