"""What a larger corpus costs: building, searching, opening and changing one article, at sizes a factor of ten apart.

The articles are those of a public set, and again with their sentences in another order until there are enough of them:
other chunks with other vectors, in the words of real articles.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

from eval.benchmarks.machine import machine
from eval.benchmarks.performance import ProbeError
from eval.benchmarks.tables import digits, markdown
from eval.datasets import Document, load_dataset, materialise
from eval.metrics import percentile
from eval.report import write_json
from rag.sentences import split_sentences

SIZES = (1_000, 10_000, 100_000)  # chunks, about
LARGE = "scifact"
QUERIES = 100
_CHUNKS_PER_DOCUMENT = 3.9  # of scifact's abstracts, at the default chunk size
_SEED = 11

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Measure:
    """One line of the table: how to read it from what was measured of a size."""

    what: str
    unit: str
    of: Callable[[Row], float]


MEASURES = (
    Measure("chunks", "", lambda row: _chunks(row)),
    Measure("build, whole", "s", lambda row: row["built"]["seconds"]),
    Measure("build, all but embedding", "s", lambda row: row["built"]["seconds"] - row["built"]["embedding"]),
    Measure("build, all but embedding, a chunk", "ms", lambda row: 1000 * _rest(row) / _chunks(row)),
    Measure("build, processor time a chunk", "ms", lambda row: 1000 * row["built"]["cpu"] / _chunks(row)),
    Measure("build, peak memory", "MB", lambda row: row["built"]["peak_mb"]),
    Measure("index on disk, a chunk", "KB", lambda row: row["disk"] / 1000 / _chunks(row)),
    Measure("open unchanged, from process start", "s", lambda row: row["opened"]),
    Measure("search, p50", "ms", lambda row: _search(row, "hybrid", 50)),
    Measure("search, p95", "ms", lambda row: _search(row, "hybrid", 95)),
    Measure("BM25 alone, p50", "ms", lambda row: _search(row, "lexical", 50)),
    Measure("search, peak memory", "MB", lambda row: row["found"]["peak_mb"]),
    Measure("sync, nothing changed", "s", lambda row: median(row["synced"]["unchanged"])),
    Measure("sync, one article changed", "s", lambda row: median(row["synced"]["changed"])),
    Measure("… a chunk of the index", "ms", lambda row: 1000 * median(row["synced"]["changed"]) / _chunks(row)),
    Measure("… chunks embedded", "", lambda row: row["synced"]["embedded"]),
    Measure("… peak memory", "MB", lambda row: row["synced"]["peak_mb"]),
)


def run(data: Path, sizes: Sequence[int], out: Path | None) -> int:
    """Measure every size, print a table with the growth from each size to the next, and return 0.

    Raises:
        CaseError: the set is missing or damaged.
        ProbeError: a process that was measured has crashed.
    """
    documents, questions = load_dataset(data / LARGE)
    queries = [question.question for question in questions[:QUERIES]]
    rows = []
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="cited-scale-") as scratch:
            sys.stderr.write(f"about {size:,} chunks …\n")
            rows.append(_measured(Path(scratch), documents, queries, size))
        if out:  # after each size: the largest takes an hour
            write_json({"machine": machine(), "sizes": rows}, out)
    sys.stdout.write(table(rows))
    return 0


def table(rows: Sequence[Row]) -> str:
    """One line a measure, one column a size, and how much the last size costs beside the first."""
    columns = ("what", *(f"{row['built']['chunks']:,} chunks" for row in rows), "last / first")
    return markdown(columns, (_line(measure, rows) for measure in MEASURES))


def articles(documents: Sequence[Document], size: int) -> Iterator[tuple[str, Document]]:
    """Yield documents for about `size` chunks, each with the folder that it belongs to: one for each new order."""
    chosen = random.Random(_SEED)
    wanted = round(size / _CHUNKS_PER_DOCUMENT)
    for place in range(wanted):
        copy, document = place // len(documents), documents[place % len(documents)]
        yield f"{copy:03d}", document if copy == 0 else _shuffled(document, chosen)


def _shuffled(document: Document, chosen: random.Random) -> Document:
    sentences = [document.text[span.start : span.end] for span in split_sentences(document.text)]
    chosen.shuffle(sentences)
    return replace(document, text=" ".join(sentences))


def _measured(scratch: Path, documents: Sequence[Document], queries: Sequence[str], size: int) -> Row:
    corpus, change = scratch / "articles", ""
    folders: dict[str, list[Document]] = {}
    for folder, document in articles(documents, size):
        folders.setdefault(folder, []).append(document)
    for folder, some in folders.items():
        sources = materialise(some, corpus / folder)
        change = change or f"{folder}/{sources[some[0].doc_id]}"
    place = {"corpus": str(corpus), "home": str(scratch / "home")}
    built = _probe("indexing", **place, queries=queries[:1])
    begun = time.monotonic()
    opened = _probe("opening", **place, query=queries[0])["opened"] - begun
    return {
        "built": built,
        "disk": sum(path.stat().st_size for path in (scratch / "home").rglob("*") if path.is_file()),
        "opened": opened,
        "found": _probe("searching", **place, queries=queries),
        "synced": _probe("syncing", **place, change=change),
    }


def _probe(name: str, **arguments: object) -> Row:
    command = [sys.executable, "-m", "eval.benchmarks.probes", name, json.dumps(arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ProbeError(f"{name} ended with {done.returncode}: {done.stderr.strip()[-300:]}")
    found: Row = json.loads(done.stdout.splitlines()[-1])
    return found


def _line(measure: Measure, rows: Sequence[Row]) -> Sequence[str]:
    values = [measure.of(row) for row in rows]
    growth = f"{values[-1] / values[0]:.1f}" if values[0] else ""
    return (measure.what, *(f"{digits(value)} {measure.unit}".strip() for value in values), growth)


def _chunks(row: Row) -> int:
    chunks: int = row["built"]["chunks"]
    return chunks


def _rest(row: Row) -> float:
    seconds: float = row["built"]["seconds"] - row["built"]["embedding"]
    return seconds


def _search(row: Row, method: str, q: int) -> float:
    return 1000 * (percentile(row["found"]["times"][method], q) or 0.0)
