"""Hostile files among good articles: what becomes of each, in how much time and memory, and whether the good are found.

The index is made by a process of its own (`cited index`), whose peak memory is measured; the embedding model is the
real one. The tiny files have one short sentence each, no two of them the same.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.benchmarks.hostile_files import GOOD, write_hostile, write_tiny
from eval.benchmarks.machine import machine
from eval.benchmarks.tables import Figure, figures_table, markdown
from eval.report import write_json
from rag.chat import Chatbot
from rag.config import Config
from rag.errors import CitedError

MANY = 100_000
MEMORY_LIMIT = 1500  # MB
TIME_LIMIT = 1800  # seconds of processor time for one folder, most of it for embedding 100,000 sentences
PATIENCE = 3600  # seconds after which a process is ended that may be waiting for ever
_KB_PER_MB = 1000 if sys.platform != "darwin" else 1_000_000  # of ru_maxrss


class NotWithstood(CitedError):
    """A file did harm, or a good article was lost among the hostile ones."""


@dataclass(frozen=True, slots=True)
class Synced:
    """What one process that indexed a folder reported, took and needed."""

    report: Mapping[str, Any]
    seconds: float
    processor_seconds: float
    megabytes: float


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one file: indexed, or rejected with a reason; and whether that was to be expected."""

    source: str
    outcome: str
    reason: str
    expected: bool


def run(out: Path | None, many: int = MANY, scale: float = 1.0) -> int:
    """Index the hostile files and `many` tiny ones, print what became of them, and return 0.

    Raises:
        NotWithstood: a figure is above its limit.
    """
    with tempfile.TemporaryDirectory(prefix="cited-hostile-") as scratch:
        hostile, fates = _hostile(Path(scratch) / "hostile", scale)
        figures = [*hostile, *_tiny(Path(scratch) / "tiny", many)]
    columns = ("file", "what became of it", "why")
    sys.stdout.write(markdown(columns, ((fate.source, fate.outcome, fate.reason) for fate in fates)))
    sys.stdout.write("\n" + figures_table(figures))
    if out:
        told = [{"source": fate.source, "outcome": fate.outcome, "reason": fate.reason} for fate in fates]
        write_json({"machine": machine(), "files": told, "figures": [figure.to_dict() for figure in figures]}, out)
    surprising = [f"{fate.source} was {fate.outcome} {fate.reason}".strip() for fate in fates if not fate.expected]
    broken = [figure.what for figure in figures if figure.reference is not None and figure.value > figure.reference]
    if broken:
        raise NotWithstood("; ".join([*broken, *surprising]))
    return 0


def _hostile(scratch: Path, scale: float) -> tuple[list[Figure], list[Fate]]:
    """Index the hostile files twice: the second time there must be nothing to do."""
    files, expected = _folder(scratch, lambda folder: write_hostile(folder, scale=scale))
    synced, again = _sync(files, scratch / "home"), _sync(files, scratch / "home")
    fates = _fates(synced.report, expected)
    return [
        *_figures("hostile and good files", len(expected), synced, expected),
        Figure("hostile files whose fate is another than it should be", sum(not fate.expected for fate in fates),
               "files", "at most", 0),
        Figure("good articles that are not found and cited exactly", _lost(files, scratch / "home"), "articles",
               "at most", 0),
        Figure("chunks embedded by a second sync", again.report["embedded"], "chunks", "at most", 0),
    ], fates  # fmt: skip


def _tiny(scratch: Path, many: int) -> list[Figure]:
    """Index so many tiny files, and find the good articles among them."""
    files, expected = _folder(scratch, lambda folder: write_tiny(folder, many))
    synced, again = _sync(files, scratch / "home"), _sync(files, scratch / "home")
    return [
        *_figures("tiny files", many, synced, expected),
        Figure("tiny files: articles that are not found and cited exactly", _lost(files, scratch / "home"), "articles",
               "at most", 0),
        Figure("tiny files: time of a second sync, nothing to do", again.seconds, "s"),
        Figure("tiny files: peak memory of it", again.megabytes, "MB", "at most", MEMORY_LIMIT),
    ]  # fmt: skip


def _folder(scratch: Path, write: Callable[[Path], dict[str, bool]]) -> tuple[Path, dict[str, bool]]:
    files = scratch / "files"
    files.mkdir(parents=True)
    return files, write(files)


def _figures(what: str, count: int, synced: Synced, expected: Mapping[str, bool]) -> list[Figure]:
    indexed = len(synced.report["added"]) + len(synced.report["unchanged"])
    return [
        Figure(what, count, "files"),
        Figure(f"{what}: indexed", indexed, "files"),
        Figure(f"{what}: rejected", len(synced.report["rejected"]), "files"),
        Figure(f"{what}: not accounted for exactly once", _astray(synced.report, expected), "files", "at most", 0),
        Figure(f"{what}: time", synced.seconds, "s"),
        Figure(f"{what}: processor time", synced.processor_seconds, "s", "at most", TIME_LIMIT),
        Figure(f"{what}: peak memory", synced.megabytes, "MB", "at most", MEMORY_LIMIT),
    ]


def _sync(files: Path, home: Path) -> Synced:
    """Run `cited index` in a process of its own, and measure it."""
    started = time.perf_counter()
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as complained:
        process = subprocess.Popen(
            [sys.executable, "-m", "rag", "index", "--json", "--corpus", str(files)],
            env={**os.environ, "CITED_HOME": str(home), "CITED_MODEL": "none"}, stdout=said, stderr=complained,
        )  # fmt: skip
        code, usage = _ended(process, started + PATIENCE)
        seconds = time.perf_counter() - started
        said.seek(0)
        complained.seek(0)
        if code:
            raise NotWithstood(f"`cited index` ended with {code}: {complained.read().decode()[-500:].strip()}")
        used = usage.ru_utime + usage.ru_stime
        return Synced(json.load(said), seconds, used, usage.ru_maxrss / _KB_PER_MB)


def _ended(process: subprocess.Popen[bytes], deadline: float) -> tuple[int, Any]:
    """Wait for a process, no longer than until the deadline; return its exit code and what it used."""
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return process.returncode, usage
        if time.perf_counter() > deadline:
            process.kill()
        time.sleep(0.05)


def _sources(report: Mapping[str, Any]) -> Iterable[str]:
    """Every file that a report names, as often as it does; records of one file are that file."""
    for kind in ("added", "updated", "deleted", "unchanged"):
        yield from report[kind]
    yield from (rejection["source"] for rejection in report["rejected"])


def _astray(report: Mapping[str, Any], expected: Mapping[str, bool]) -> int:
    named = Counter(_sources(report))
    return sum(named[source] != (source in expected) for source in named.keys() | expected.keys())


def _fates(report: Mapping[str, Any], expected: Mapping[str, bool]) -> list[Fate]:
    reasons = {rejection["source"]: rejection["reason"] for rejection in report["rejected"]}
    indexed = {*report["added"], *report["unchanged"]}
    return [
        Fate(
            source, "indexed" if source in indexed else "rejected" if source in reasons else "lost",
            reasons.get(source, ""), (source in indexed) == wanted and (source in indexed) != (source in reasons),
        )
        for source, wanted in sorted(expected.items())
    ]  # fmt: skip


def _lost(files: Path, home: Path) -> int:
    """How many good articles are not found, not quoted, or quoted otherwise than they are."""
    lost = 0
    with Chatbot.open(files, config=Config(home=home, model="none")) as bot:
        for good in GOOD:
            cited = [citation for citation in bot.ask(good.question).citations if citation.source == good.name]
            quoted = any(good.words in citation.quote for citation in cited)
            exact = all(good.text[citation.start : citation.end] == citation.quote for citation in cited)
            lost += not (quoted and exact and bot.search(good.question, k=1)[0].source == good.name)
    return lost
