"""How well each way of retrieving ranks the documents of public question sets."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from eval.benchmarks import ranking, tables
from eval.benchmarks.machine import machine
from eval.cases import Case, CaseError
from eval.datasets import load_dataset, materialise, to_cases
from eval.report import write_json
from rag.config import Config

if TYPE_CHECKING:
    from rag.embedding import Embedder
    from rag.retrieval import Method, Ranked
    from rag.snapshot import Snapshot

SETS = ("scifact", "squad2", "multihop_news_facts", "clapnq")
FUSION = f"rank fusion (k = {ranking.RRF_K})"
# As many chunks as each half of the hybrid proposes: ten documents of ten chunks each.
CHUNKS = 100
FORMAT = 1

_HALVES: tuple[Method, ...] = ("dense", "lexical")


@dataclass(frozen=True, slots=True)
class SetResult:
    """One set's size and, for each way of retrieving, the mean of every measure over its answerable questions."""

    name: str
    documents: int
    chunks: int
    questions: int
    means: dict[str, dict[str, float]]


def run(data: Path, names: Sequence[str], home: Path, out: Path | None) -> int:
    """Measure the sets that are there, print a table for each and where the hybrid is beaten; 2 if none is there.

    Raises:
        CaseError: a set is not what it should be, or `out` cannot be written.
        StoreError, ModelError: as `rag.index.Index.sync`.
    """
    from rag.embedding import MiniLM

    embedder = MiniLM()
    found = [name for name in names if _is_there(data / name)]
    results = []
    for name in found:
        results.append(measure(data / name, home, embedder))
        sys.stdout.write(table(results[-1]))
        sys.stdout.flush()
    sys.stdout.write("".join(f"{line}\n" for result in results for line in verdict(result)))
    if out:
        report = {"format": FORMAT, **machine(), "embedder": embedder.name, "sets": [asdict(r) for r in results]}
        write_json(report, out)
    return 0 if found else 2


def measure(folder: Path, home: Path, embedder: Embedder) -> SetResult:
    """Index one set's documents, or use the index of an earlier run, and rank them for each answerable question.

    Raises:
        CaseError: the set is not what it should be, or has no answerable question.
        StoreError, ModelError: as `rag.index.Index.sync`.
    """
    from rag.index import Index
    from rag.terminal import progress_bar

    documents, questions = load_dataset(folder)
    corpus = home / "benchmarks" / folder.name
    sources = materialise(documents, corpus)
    cases = to_cases([q for q in questions if q.answerable and q.gold_docs], documents, sources, folder.name)
    if not cases:
        raise CaseError(f"{folder} has no answerable question with a gold document. Choose another set.")
    with contextlib.closing(Index(corpus, Config(home=home, model="none"), embedder)) as index:
        with progress_bar() as progress:
            index.ensure(progress)
        with index.snapshot() as snapshot:
            means = _means(cases, snapshot, embedder)
            return SetResult(folder.name, len(documents), snapshot.manifest.chunks, len(cases), means)


def table(result: SetResult) -> str:
    """Render a set's heading and one line for each way of retrieving."""
    size = f"{result.documents:,} documents, {result.chunks:,} chunks, {result.questions:,} questions"
    lines = [(name, *(f"{row[m]:.3f}" for m in ranking.MEASURES)) for name, row in result.means.items()]
    return f"\n**{result.name}**: {size}\n\n{tables.markdown(('', *ranking.MEASURES), lines)}\n"


def verdict(result: SetResult) -> list[str]:
    """Say that the hybrid beats both halves, or by which measure which half is as good or better."""
    beaten = list(_not_beaten(result.means))
    if not beaten:
        return [f"{result.name}: hybrid beats both halves by every measure."]
    return [f"{result.name}: hybrid does not beat {where}." for where in beaten]


def _not_beaten(means: Mapping[str, Mapping[str, float]]) -> Iterable[str]:
    for measure in ranking.MEASURES:
        for half in _HALVES:
            ours, theirs = means["hybrid"][measure], means[half][measure]
            if ours <= theirs:
                yield f"{half} by {measure} ({ours:.4f} against {theirs:.4f})"


def _means(cases: Iterable[Case], snapshot: Snapshot, embedder: Embedder) -> dict[str, dict[str, float]]:
    rows: dict[str, list[dict[str, float]]] = {}
    for case in cases:
        gold = dict.fromkeys(gold.source for gold in case.gold)
        for name, sources in _rankings(case.question, snapshot, embedder).items():
            rows.setdefault(name, []).append(ranking.scores(ranking.documents(sources), gold))
    return {name: ranking.means(scored) for name, scored in rows.items()}


def _rankings(question: str, snapshot: Snapshot, embedder: Embedder) -> dict[str, list[str]]:
    """Return the source of each chunk, best chunk first, for every way of retrieving."""
    from rag.retrieval import retrieve

    # One after the other, so that the embedder still remembers the question's vector.
    ranked = {m: retrieve(question, snapshot, embedder, k=CHUNKS, method=m) for m in ("hybrid", *_HALVES)}
    fused = ranking.reciprocal_rank_fusion([[_chunk(item) for item in ranked[half]] for half in _HALVES])
    return {name: [item.chunk.source for item in items] for name, items in ranked.items()} | {
        FUSION: [source for source, _ in fused]
    }


def _chunk(item: Ranked) -> tuple[str, int]:
    return item.chunk.source, item.chunk.start


def _is_there(folder: Path) -> bool:
    if (folder / "corpus.jsonl").is_file():
        return True
    sys.stderr.write(f"skipped: there is no set in {folder}. Name the folder of the sets with --data DIR.\n")
    return False
