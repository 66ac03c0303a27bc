"""What is measured inside a process of its own: `python -m eval.benchmarks.probes NAME ARGUMENTS` prints JSON.

Memory, start-up and caches are those of a fresh process this way. Moments are `time.monotonic()`, one clock for all
processes, so that the parent can count from the moment it started this one.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eval.plain import PlainLlamaIndex
    from rag.config import Config
    from rag.embedding import Embedder, Vectors

_K = 10  # passages a search asks for, as many as a question does
_WARM = "What is this about?"  # asked before the clock starts
_SYNCS = 3
_RAW = 2000  # texts to embed once more and nothing else: enough to know the speed

Figures = dict[str, Any]


def opening(corpus: str, home: str, query: str) -> Figures:
    """Open an index that is up to date, and search it for the first time."""
    from rag import Chatbot

    with Chatbot.open(corpus, config=_config(home)) as bot:
        opened = time.monotonic()
        bot.search(query, k=_K)
        return {"opened": opened, "searched": time.monotonic()}


def indexing(corpus: str, home: str, queries: Sequence[str]) -> Figures:
    """Index a folder from nothing, search it, note the peak of memory, then only embed the same texts."""
    from rag.embedding import MiniLM
    from rag.index import Index
    from rag.retrieval import retrieve

    embedder = Stopwatch(MiniLM())
    load = _seconds(lambda: embedder.embed([_WARM]))
    embedder.seconds = 0.0
    with contextlib.closing(Index(Path(corpus), _config(home), embedder)) as index:
        idle = time.process_time()
        took = _seconds(lambda: index.sync(_silent, rebuild=True))
        cpu = time.process_time() - idle
        embedding = embedder.seconds
        with index.snapshot() as snapshot:
            for query in queries:
                retrieve(query, snapshot, embedder, k=_K)
            peak = peak_mb()  # before the texts are embedded once more, all at once
            chunks = snapshot.manifest.chunks
            texts = list(dict.fromkeys(snapshot.store.texts()))[:_RAW]
    raw = _seconds(lambda: embedder.embed(texts))
    return {"load": load, "seconds": took, "cpu": cpu, "embedding": embedding, "chunks": chunks, "texts": len(texts),
            "raw": raw, "peak_mb": peak}


def searching(corpus: str, home: str, queries: Sequence[str]) -> Figures:
    """Search an index that is up to date, each query by the hybrid and by BM25 alone, in turn."""
    from rag.embedding import MiniLM
    from rag.index import Index
    from rag.retrieval import Method, retrieve

    embedder = Stopwatch(MiniLM())
    methods: tuple[Method, ...] = ("hybrid", "lexical")
    times: dict[str, list[float]] = {name: [] for name in (*methods, "embedding")}
    with contextlib.closing(Index(Path(corpus), _config(home), embedder)) as index:
        index.ensure(_silent)
        with index.snapshot() as snapshot:
            for query in (_WARM, *queries):
                embedder.seconds = 0.0
                for method in methods:
                    begun = time.perf_counter()
                    retrieve(query, snapshot, embedder, k=_K, method=method)
                    times[method].append(time.perf_counter() - begun)
                times["embedding"].append(embedder.seconds)
    return {"times": {name: measured[1:] for name, measured in times.items()}, "peak_mb": peak_mb()}


def syncing(corpus: str, home: str, change: str | None) -> Figures:
    """Sync with nothing changed, then, a few times over, after adding a sentence to the file `change`."""
    from rag import Chatbot

    with Chatbot.open(corpus, config=_config(home)) as bot:
        bot.search(_WARM)  # loads what a long-running process has loaded
        unchanged = [_seconds(bot.sync) for _ in range(_SYNCS)]
        changed = []
        for number in range(_SYNCS if change else 0):
            with (Path(corpus) / str(change)).open("a", encoding="utf-8") as file:
                file.write(f"\nCorrection no. {number}: it rained on that day.\n")
            changed.append(_seconds(bot.sync))
            if bot.report.updated != (change,):
                raise AssertionError(f"the sync saw {bot.report.updated} change, not {change}")
    return {"unchanged": unchanged, "changed": changed, "embedded": bot.report.embedded, "peak_mb": peak_mb()}


def first_answer(corpus: str, home: str, model: str, question: str) -> Figures:
    """Answer one question with the local model, as `cited ask` does, and note the peak of memory."""
    from rag import Chatbot

    with Chatbot.open(corpus, config=_config(home, model)) as bot:
        answer = bot.ask(question)
        return {"answered": time.monotonic(), "status": answer.status, "peak_mb": peak_mb()}


def answering(corpus: str, home: str, model: str, questions: Sequence[str]) -> Figures:
    """Answer questions by Cited and by plain LlamaIndex with the same loaded models, who is first in turn."""
    from eval.plain import PlainLlamaIndex
    from rag import Chatbot

    with Chatbot.open(corpus, config=_config(home, model)) as bot:
        llm: Any = bot.llm
        plain = PlainLlamaIndex(Path(corpus), bot.embed_model, llm)
        bot.search(_WARM)
        llm.complete(_WARM, max_tokens=1)
        ways: list[tuple[str, Callable[[str], Figures]]] = [
            ("cited", lambda question: _ask(bot, question)),
            ("plain", lambda question: _plain(plain, question)),
        ]
        rows = []
        for number, question in enumerate(questions):
            in_turn = ways if number % 2 == 0 else ways[::-1]
            rows.append({"question": question} | {name: ask(question) for name, ask in in_turn})
    return {"rows": rows}


def _plain(plain: PlainLlamaIndex, question: str) -> Figures:
    answer = plain.ask(question)
    return {"first": answer.timings.first_token, "total": answer.timings.total, "text": answer.text}


class Stopwatch:
    """An embedder that adds up the seconds it spends on embedding."""

    def __init__(self, embedder: Embedder) -> None:
        self.name = embedder.name
        self.max_tokens = embedder.max_tokens
        self.seconds = 0.0
        self._embedder = embedder

    def embed(self, texts: Sequence[str]) -> Vectors:
        """As the embedder within, timed."""
        return self._timed(lambda: self._embedder.embed(texts))

    def embed_query(self, text: str) -> Vectors:
        """As the embedder within, timed."""
        return self._timed(lambda: self._embedder.embed_query(text))

    def fits(self, text: str) -> bool:
        """As the embedder within."""
        return self._embedder.fits(text)

    def _timed(self, embed: Callable[[], Vectors]) -> Vectors:
        begun = time.perf_counter()
        vectors = embed()
        self.seconds += time.perf_counter() - begun
        return vectors


def peak_mb() -> float:
    """The most memory this process has held at once, in megabytes; 0 where the system does not tell.

    On Linux it is at least what the parent held when it started this process, so the parent loads no models.
    """
    try:
        import resource
    except ImportError:
        return 0.0
    # Linux counts in KiB, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


PROBES: dict[str, Callable[..., Figures]] = {
    probe.__name__: probe for probe in (opening, indexing, searching, syncing, first_answer, answering)
}


def main(arguments: Sequence[str]) -> int:
    """Run the named probe; its result is the last line of standard output."""
    name, values = arguments
    figures = PROBES[name](**json.loads(values))
    sys.stdout.write("\n" + json.dumps(figures) + "\n")
    return 0


def _ask(bot: Any, question: str) -> Figures:  # noqa: ANN401
    begun, first, last = time.perf_counter(), None, None
    for last in bot.stream(question):
        if last.kind == "token" and first is None:
            first = time.perf_counter() - begun
    total = time.perf_counter() - begun
    answer: Any = last and last.answer
    return {"first": first, "total": total, "evidence": answer.timings.retrieve, "status": answer.status,
            "text": answer.text}


def _config(home: str, model: str | None = None) -> Config:
    from rag.config import Config

    return Config(home=Path(home), model="local" if model else "none", model_path=Path(model) if model else None)


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _silent(_: object) -> None:
    """Report progress to nobody: drawing it would be measured, too."""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
