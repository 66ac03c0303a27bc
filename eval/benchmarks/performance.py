"""What Cited costs in seconds and megabytes, each figure beside a limit or a baseline of the same run."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from eval.benchmarks.machine import load, machine
from eval.benchmarks.tables import Figure, figures_table
from eval.cases import SEEDS, load_cases
from eval.datasets import load_dataset, materialise
from eval.metrics import percentile
from eval.report import write_json
from rag import models
from rag.errors import CitedError

HELP_LIMIT, OPEN_LIMIT = 0.4, 1.5  # seconds
MEMORY_LIMIT, MODEL_MEMORY_LIMIT = 700, 2500  # megabytes, without and with the local model
LARGE = "scifact"
FORMAT = 1


class ProbeError(CitedError):
    """A process that was measured has crashed."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What to measure with: `corpus` the seeds, `data` the public sets, `home` of the assembled local model.

    Of the large set, the first `documents` are indexed; None means all.
    """

    corpus: Path
    data: Path
    home: Path
    quick: bool = False
    documents: int | None = None

    @property
    def repeats(self) -> int:
        """How often whatever takes seconds is repeated."""
        return 2 if self.quick else 5

    @property
    def queries(self) -> int:
        """How many searches a percentile is of."""
        return 20 if self.quick else 200

    @property
    def answers(self) -> int:
        """How many questions are answered in full."""
        return 2 if self.quick else 10


@dataclass(frozen=True, slots=True)
class Corpus:
    """A folder to measure with: what to call it, queries about it, and a file that may be changed, if any."""

    name: str
    folder: Path
    queries: tuple[str, ...]
    change: str | None = None


@dataclass(frozen=True, slots=True)
class Bench:
    """A run: its setting, the home that its indexes share, and the corpora. Indexing comes before the rest."""

    setting: Setting
    home: Path
    corpora: tuple[Corpus, ...]


Section = Callable[[Bench], Iterable[Figure]]


def run(setting: Setting, out: Path | None) -> int:
    """Measure everything, print a table, write JSON to `out`; 1 if anything that was measured crashed.

    Raises:
        CaseError: the questions or the set are not what they should be, or `out` cannot be written.
    """
    before = machine()
    with tempfile.TemporaryDirectory(prefix="cited-bench-") as work:
        bench = Bench(setting, Path(work) / "home", tuple(_corpora(setting, Path(work))))
        figures, crashes = measure(SECTIONS, bench)
    sys.stdout.write(f"\n{figures_table(figures)}")
    if out:
        report = {"format": FORMAT, **before, "load_after": load(), "quick": setting.quick, "crashes": crashes}
        write_json(report | {"figures": [figure.to_dict() for figure in figures]}, out)
    return 1 if crashes else 0


def measure(sections: Iterable[Section], bench: Bench) -> tuple[list[Figure], list[str]]:
    """Collect the figures of every section and the messages of those that crashed, which leave the others alone."""
    figures: list[Figure] = []
    crashes = []
    for section in sections:
        try:
            for figure in section(bench):
                figures.append(figure)
                sys.stderr.write(figures_table([figure]).splitlines()[-1] + "\n")
        except CitedError as error:
            crashes.append(str(error))
            sys.stderr.write(f"crashed: {error}\n")
    return figures, crashes


def start_up(bench: Bench) -> Iterator[Figure]:
    """`cited --help` and an empty Python, in turn."""
    script = Path(sysconfig.get_path("scripts")) / "cited"
    cited = [str(script)] if script.is_file() else [sys.executable, "-m", "rag"]
    commands = {"cited": [*cited, "--help"], "python": [sys.executable, "-c", "pass"]}
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(bench.setting.repeats):
        for name, command in commands.items():
            begun = time.monotonic()
            _started(command)
            times[name].append(time.monotonic() - begun)
    yield _median("`cited --help`", times["cited"], "s", "limit", HELP_LIMIT)
    yield _beside("`cited --help`", times["cited"], "s", "`python -c pass`", times["python"])


def indexing(bench: Bench) -> Iterator[Figure]:
    """Indexing from nothing, its speed beside that of embedding the same texts and doing nothing else."""
    for corpus in bench.corpora:
        # Minutes of steady work need no repeats.
        repeats = bench.setting.repeats if corpus.change is None else 1
        rows = [_probe("indexing", bench, corpus, queries=corpus.queries[:20]) for _ in range(repeats)]
        size = f"{corpus.name}, {rows[0]['chunks']:,} chunks"
        seconds = _each(rows, "seconds")
        yield _median(f"indexing {size}", seconds, "s")
        yield _beside(f"… of which embedding, {corpus.name}", _each(rows, "embedding"), "s", "indexing", seconds)
        speeds, raw = ([row[n] / row[t] for row in rows] for n, t in (("chunks", "seconds"), ("texts", "raw")))
        yield _beside(f"indexing {corpus.name}, speed", speeds, "chunks/s", "embedding alone", raw)
        peaks = _each(rows, "peak_mb")
        yield Figure(f"peak memory: indexing and searching {corpus.name}, no language model", max(peaks), "MB", "limit",
                     MEMORY_LIMIT, tuple(peaks))


def opening(bench: Bench) -> Iterator[Figure]:
    """Opening an unchanged index, from the start of the process, and the first search, which loads the embedder."""
    for number, corpus in enumerate(bench.corpora):
        opened, searched = [], []
        for _ in range(bench.setting.repeats):
            begun = time.monotonic()
            row = _probe("opening", bench, corpus, query=corpus.queries[0])
            opened.append(row["opened"] - begun)
            searched.append(row["searched"] - row["opened"])
        limit = ("limit", OPEN_LIMIT) if number == 0 else ()
        yield _median(f"opening {corpus.name} unchanged, from process start", opened, "s", *limit)
        yield _median(f"first search of {corpus.name} after that", searched, "s")


def searching(bench: Bench) -> Iterator[Figure]:
    """The hybrid, beside BM25 alone on the same index and queries."""
    for corpus in bench.corpora:
        row = _probe("searching", bench, corpus, queries=corpus.queries)
        times = {name: tuple(1000 * seconds for seconds in measured) for name, measured in row["times"].items()}
        for q in (50, 95):
            hybrid, lexical = (percentile(times[method], q) or 0.0 for method in ("hybrid", "lexical"))
            what = f"search of {corpus.name}, p{q} of {len(times['hybrid'])}"
            yield Figure(what, hybrid, "ms", "BM25 alone", lexical, times["hybrid"], times["lexical"])
        yield _beside(f"… of which embedding the query, {corpus.name}, p50", times["embedding"], "ms",
                      "search", times["hybrid"])


def syncing(bench: Bench) -> Iterator[Figure]:
    """Syncing in a process that has everything open. It changes the corpus, and so comes after the rest."""
    for corpus in bench.corpora:
        row = _probe("syncing", bench, corpus, change=corpus.change)
        unchanged = [1000 * seconds for seconds in row["unchanged"]]
        yield _median(f"sync of {corpus.name}, nothing changed", unchanged, "ms")
        if row["changed"]:
            what = f"sync of {corpus.name}, one article changed ({row['embedded']} chunks embedded)"
            yield _median(what, row["changed"], "s")


def answering(bench: Bench) -> Iterator[Figure]:
    """Full answers about the seeds, beside plain LlamaIndex in the same process with the same models."""
    if not models.installed_gguf(bench.setting.home):
        sys.stderr.write(f"skipped: answers need the local model. Run: {models.INSTALL_LOCAL}\n")
        return
    model = str(models.locate_gguf(bench.setting.home))
    seeds = bench.corpora[0]
    questions = _spread(seeds.queries, bench.setting.answers)
    yield from _first_answers(bench, model, questions[:2 if bench.setting.quick else 3])
    rows = _probe("answering", bench, seeds, model=model, questions=questions)["rows"]
    cited, plain = [row["cited"] for row in rows], [row["plain"] for row in rows]
    yield _median("evidence ready", _each(cited, "evidence"), "s")
    for what, key in (("first token", "first"), ("whole answer, checked", "total")):
        ours, theirs = _each(cited, key), _each(plain, key)
        if ours and theirs:
            yield _beside(f"{what}, median of {len(ours)}", ours, "s", "plain LlamaIndex", theirs)


SECTIONS: tuple[Section, ...] = (start_up, indexing, opening, searching, answering, syncing)


def _first_answers(bench: Bench, model: str, questions: Sequence[str]) -> Iterator[Figure]:
    times, peaks = [], []
    for question in questions:
        begun = time.monotonic()
        row = _probe("first_answer", bench, bench.corpora[0], model=model, question=question)
        times.append(row["answered"] - begun)
        peaks.append(row["peak_mb"])
    yield _median("first answer, from process start", times, "s")
    yield Figure("peak memory: an answer with the local model", max(peaks), "MB", "limit", MODEL_MEMORY_LIMIT,
                 tuple(peaks))


def _corpora(setting: Setting, work: Path) -> Iterator[Corpus]:
    # Whoever asks in the middle of a conversation needs the turns before, which plain LlamaIndex does not take.
    asked = list(dict.fromkeys(case.question for case in load_cases(SEEDS) if not case.history))
    yield Corpus("seeds", setting.corpus.resolve(), tuple(_spread(asked, setting.queries)))
    if not (setting.data / LARGE / "corpus.jsonl").is_file():
        sys.stderr.write(f"skipped: there is no {LARGE} in {setting.data}. Name the folder of the sets with --data.\n")
        return
    documents, questions = load_dataset(setting.data / LARGE)
    documents = documents[: 200 if setting.quick else setting.documents]
    # A copy, written well before it is indexed: files of the last two seconds are read once more at the next sync.
    sources = materialise(documents, work / LARGE)
    name = f"{LARGE} ({len(documents):,} abstracts)"
    queries = tuple(question.question for question in questions[: setting.queries])
    yield Corpus(name, work / LARGE, queries, change=sources[documents[0].doc_id])


def _probe(name: str, bench: Bench, corpus: Corpus, **arguments: object) -> Any:  # noqa: ANN401
    values = json.dumps({"corpus": str(corpus.folder), "home": str(bench.home), **arguments})
    output = _started([sys.executable, "-m", "eval.benchmarks.probes", name, values])
    return json.loads(output.splitlines()[-1])


def _started(command: Sequence[str]) -> str:
    """Run a command to its end and return what it printed.

    Raises:
        ProbeError: it failed; with the last line of its complaint.
    """
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        why = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise ProbeError(f"{' '.join(itertools.islice(command, 4))} … ended with {done.returncode}: {why}")
    return done.stdout


def _median(what: str, samples: Sequence[float], unit: str, against: str = "", reference: float | None = None
            ) -> Figure:
    return Figure(what, median(samples), unit, against, reference, tuple(samples))


def _beside(what: str, samples: Sequence[float], unit: str, against: str, reference: Sequence[float]) -> Figure:
    return Figure(what, median(samples), unit, against, median(reference), tuple(samples), tuple(reference))


def _each(rows: Iterable[dict[str, Any]], key: str) -> list[float]:
    """The values of a key, of the rows that have one: a refusal may come without a first token."""
    return [row[key] for row in rows if row[key] is not None]


def _spread(items: Sequence[str], count: int) -> list[str]:
    """`count` items at even distances, since the questions are sorted by kind; all, if there are fewer."""
    count = min(count, len(items))
    return [items[place * len(items) // count] for place in range(count)]
