"""What the index promises, tried out: killed writers, two writers at once, readers that follow, nothing embedded twice.

The articles are made of numbered sentences, so that every chunk is its own; the embedding model is the real one. The
writers are processes of their own (`cited index`), which is what gets killed.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from eval.benchmarks.machine import machine
from eval.benchmarks.serving import chroma, free_port
from eval.benchmarks.tables import Figure, figures_table
from eval.report import write_json
from rag.chat import Chatbot
from rag.config import Config
from rag.embedding import Vectors
from rag.errors import CitedError
from rag.snapshot import Snapshot

KILLS, DUELS = 50, 10
ARTICLES, MANY, SEARCHES = 60, 1000, 100
LOSER_LIMIT, FOLLOW_LIMIT = 2.0, 5.0  # seconds
VECTOR_LIMIT = 1e-6
_SEED = 7


class BrokenPromise(CitedError):
    """The index did what it must not do."""


@dataclass(slots=True)
class Bench:
    """A folder of made-up articles with a home of its own, or a Chroma server, for its index."""

    folder: Path
    home: Path
    server: str | None = None
    chosen: random.Random = field(default_factory=lambda: random.Random(_SEED))
    edits: int = 0

    def write(self, number: int) -> None:
        """Write an article anew, in other words each time."""
        self.edits += 1
        said = [f"Harbour {number} counted {self.edits * 37 % 991} ships in week {week}, port {self.edits} of the list."
                for week in range(1, 9)]  # fmt: skip
        (self.folder / f"{number:04d}.txt").write_text(f"Harbour {number}\n\n{' '.join(said)}\n", encoding="utf-8")

    def config(self) -> Config:
        """Settings with this home and no language model."""
        return Config(home=self.home, model="none", chroma=self.server)

    def reader(self) -> Chatbot:
        """Open the index as another process would, and where a server keeps it, as another machine would."""
        home = self.home.with_name("reader") if self.server else self.home
        return Chatbot.open(self.folder, config=replace(self.config(), home=home))

    def sync(self) -> subprocess.Popen[str]:
        """Start a process that brings the index in step."""
        return subprocess.Popen(
            [sys.executable, "-m", "rag", "index", "--corpus", str(self.folder)],
            env={**os.environ, "CITED_HOME": str(self.home), "CITED_MODEL": "none", "CITED_CHROMA": self.server or ""},
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip


class Asking(threading.Thread):
    """Searches one Chatbot as long as the block lasts, and counts what fails."""

    def __init__(self, bot: Chatbot) -> None:
        super().__init__(daemon=True)
        self.asked, self.failures = 0, list[str]()
        self._bot = bot
        self._over = threading.Event()

    def __enter__(self) -> Asking:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.join()

    def run(self) -> None:
        """Search until it is over."""
        while not self._over.is_set():
            self.asked += 1
            try:
                if not self._bot.search(f"ships in week {self.asked % 8 + 1}", k=3):
                    self.failures.append("nothing found")
            except Exception as error:
                self.failures.append(f"{type(error).__name__}: {error}")


def run(out: Path | None, kills: int = KILLS, duels: int = DUELS, many: int = MANY) -> int:
    """Try every promise, print the figures, and return 0; a promise that is broken is an error."""
    with tempfile.TemporaryDirectory(prefix="cited-reliability-") as scratch:
        figures = [
            *_killed(_bench(Path(scratch) / "killed", ARTICLES), kills),
            *_duels(_bench(Path(scratch) / "duels", 2 * ARTICLES), duels),
            *_changes(_bench(Path(scratch) / "changes", many)),
            *_on_a_server(Path(scratch) / "shared", -(-kills // 5), -(-duels // 2), -(-many // 5)),
        ]
    sys.stdout.write(figures_table(figures))
    if out:
        write_json({"machine": machine(), "figures": [figure.to_dict() for figure in figures]}, out)
    limits = [(figure.what, figure.value, figure.reference or 0) for figure in figures if figure.against == "at most"]
    broken = [what for what, value, limit in limits if value > limit]
    if broken:
        raise BrokenPromise(f"not kept: {'; '.join(broken)}")
    return 0


def _bench(folder: Path, articles: int) -> Bench:
    bench = Bench(folder / "articles", folder / "home")
    bench.folder.mkdir(parents=True)
    for number in range(articles):
        bench.write(number)
    return bench


def _killed(bench: Bench, kills: int) -> list[Figure]:
    """Kill a writer again and again while somebody asks; then the index must be as one that was never disturbed."""
    _finished(bench.sync())
    with bench.reader() as bot, Asking(bot) as asking:
        midway = _kill(bench, kills - kills // 2, ARTICLES // 2)  # so many that the vectors are written anew
        midway += _kill(bench, kills // 2, 1)  # so few that they are carried over
        _finished(bench.sync())
    undisturbed = Bench(bench.folder, bench.home.with_name("clean"))
    _finished(undisturbed.sync())
    ours, clean = _contents(bench), _contents(undisturbed)
    different = [name for name in ours.keys() | clean.keys() if ours.get(name, (0,))[0] != clean.get(name, (0,))[0]]
    apart = max(float(np.abs(ours[name][1] - clean[name][1]).max()) for name in ours.keys() & clean.keys())
    return [
        Figure(f"writers killed midway, of {kills} started", midway, "processes"),
        Figure("chunks that differ from a clean build afterwards", len(different), "chunks", "at most", 0),
        Figure("largest difference of a vector's component", apart, "", "at most", VECTOR_LIMIT),
        Figure("chunks that do not find themselves", _lost(bench), "chunks", "at most", 0),
        Figure("searches served meanwhile", asking.asked, "searches"),
        Figure("searches that failed", len(asking.failures), "searches", "at most", 0),
    ]


def _kill(bench: Bench, kills: int, edits: int) -> int:
    """Start a writer again and again, after some edits each time, and kill it; return how often it was not done yet."""
    midway = 0
    whole = _edited(bench, edits)
    for _ in range(kills):
        _edit(bench, edits)
        writer = bench.sync()
        try:
            writer.wait(bench.chosen.uniform(0.2, 1.1) * whole)
        except subprocess.TimeoutExpired:
            writer.send_signal(signal.SIGKILL)
            midway += 1
        writer.communicate()
    return midway


def _edited(bench: Bench, edits: int) -> float:
    """Bring the index in step after some edits and return the seconds that it took."""
    _finished(bench.sync())
    _edit(bench, edits)
    started = time.perf_counter()
    _finished(bench.sync())
    return time.perf_counter() - started


def _edit(bench: Bench, edits: int) -> None:
    """Change the same articles each time, so that kills do not add up to a change of many."""
    for number in range(edits):
        bench.write(number)


def _duels(bench: Bench, duels: int) -> list[Figure]:
    """Start two writers at once: one wins, the other says soon who holds the index."""
    _finished(bench.sync())
    started = time.perf_counter()
    _finished(bench.sync())
    idle = time.perf_counter() - started  # what a process takes that finds nothing to do
    waits, wins, named = [], 0, 0
    for _ in range(duels):
        for number in range(2 * ARTICLES):
            bench.write(number)
        writers = [bench.sync(), bench.sync()]
        started = time.perf_counter()
        loser = _first_done(writers)
        waits.append(max(0.0, time.perf_counter() - started - idle))
        said = [writer.communicate()[1] for writer in writers]
        codes = [writer.returncode for writer in writers]
        wins += sorted(map(bool, codes)) == [False, True]
        named += "is being changed by process" in said[loser]
    return [
        Figure(f"of {duels} pairs of writers, those with one winner and one loser", wins, "pairs"),
        Figure("losers that name the holder", named, "writers"),
        Figure("longest wait of a loser, once it has read the folder", max(waits), "s", "at most", LOSER_LIMIT),
        Figure("chunks that do not find themselves after the last", _lost(bench), "chunks", "at most", 0),
    ]


def _changes(bench: Bench) -> list[Figure]:
    """Change little in a large folder, and count what is embedded; delete an article, and look for its text."""
    articles = len(list(bench.folder.iterdir()))
    secret = "kumquat marmalade of Ambergate"
    (bench.folder / "0007.txt").write_text(f"Secret\n\nThe {secret} was sold out.\n", encoding="utf-8")
    with Chatbot.open(bench.folder, config=bench.config()) as bot:
        again = max(bot.sync().embedded for _ in range(3))
        bench.write(11)
        edited = bot.sync().embedded
        with closing(bench.reader()) as reader:
            (bench.folder / "new.txt").write_text("The lighthouse Osprey was lit in May.\n", encoding="utf-8")
            _finished(bench.sync())
            swapped = time.perf_counter()
            while reader.search("lighthouse Osprey", k=1)[0].source != "new.txt":
                time.sleep(0.01)
            follows = time.perf_counter() - swapped
        (bench.folder / "0007.txt").unlink()
        bot.sync()
    left = [path for path in bench.home.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]
    return [
        Figure(f"chunks embedded by three more syncs of {articles:,} articles", again, "chunks", "at most", 0),
        Figure("chunks embedded after the edit of one article", edited, "chunks", "at most", 4),
        Figure("time until a reader in another process finds a new article", follows, "s", "at most", FOLLOW_LIMIT),
        Figure("files below CITED_HOME that hold a deleted text", len(left), "files", "at most", 0),
    ]


def _on_a_server(scratch: Path, kills: int, duels: int, articles: int) -> Iterator[Figure]:
    """The same again where a Chroma server keeps the index, and a reader on another machine."""
    with chroma(scratch / "server", free_port()) as address:
        for name, tried in (
            ("killed", lambda bench: _killed(bench, kills)),
            ("duels", lambda bench: _duels(bench, duels)),
            ("changes", _changes),
        ):
            size = {"killed": ARTICLES, "duels": 2 * ARTICLES, "changes": articles}[name]
            bench = replace(_bench(scratch / name, size), server=address)
            for figure in tried(bench):
                yield replace(figure, what=f"on a server: {figure.what}")
        yield _searching(bench)


def _searching(bench: Bench) -> Figure:
    """Search the same articles on the server and in a folder, in turn."""
    times: dict[str, list[float]] = {"server": [], "folder": []}
    with bench.reader() as shared, replace(bench, server=None, home=bench.home.with_name("own")).reader() as own:
        for number in range(SEARCHES + 1):
            for name, bot in (("server", shared), ("folder", own)):
                begun = time.perf_counter()
                bot.search(f"ships in week {number % 8 + 1}, port {number}", k=10)
                times[name].append(1000 * (time.perf_counter() - begun))
    server, folder = (tuple(taken[1:]) for taken in times.values())  # the first loads the embedding model
    return Figure(f"on a server: a search, median of {SEARCHES}", median(server), "ms", "in a folder", median(folder),
                  server, folder)  # fmt: skip


def _finished(writer: subprocess.Popen[str]) -> None:
    _, said = writer.communicate()
    if writer.returncode:
        raise BrokenPromise(f"`cited index` failed with {writer.returncode}: {said.strip()[-500:]}")


def _first_done(writers: Sequence[subprocess.Popen[str]]) -> int:
    """Wait until one of the processes has ended; return its place."""
    while True:
        for place, writer in enumerate(writers):
            if writer.poll() is not None:
                return place
        time.sleep(0.01)


def _contents(bench: Bench) -> dict[str, tuple[Any, Any]]:
    """Everything that the index holds of each chunk: what it says, and its vector."""
    with Chatbot.open(bench.folder, config=bench.config()) as bot, bot.snapshot() as snapshot:
        ids = list(snapshot.store.ids())
        chunks = snapshot.store.chunks(range(len(ids)))
        return {name: (chunk, vector) for name, chunk, vector in
                zip(ids, chunks, _vectors(snapshot), strict=True)}  # fmt: skip


def _vectors(snapshot: Snapshot) -> Vectors:
    return snapshot.vectors.vectors(snapshot.store.vector_ids(range(snapshot.manifest.chunks)))


def _lost(bench: Bench) -> int:
    """How many chunks are not their own nearest neighbour."""
    with Chatbot.open(bench.folder, config=bench.config()) as bot, bot.snapshot() as snapshot:
        names = snapshot.store.vector_ids(range(snapshot.manifest.chunks))
        return sum(
            name not in (found for found, similarity in snapshot.vectors.nearest(vector, 3) if similarity > 0.999)
            for name, vector in zip(names, _vectors(snapshot), strict=True)
        )
