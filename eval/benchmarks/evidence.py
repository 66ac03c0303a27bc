"""How much of what a question needs stands in the few sentences that are read first; no language model."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from eval.benchmarks import tables
from eval.benchmarks.machine import machine
from eval.cases import Case, Gold, load_cases, resolve
from eval.corpus import Texts
from eval.datasets import load_dataset, materialise, to_cases
from eval.normalise import contains
from eval.report import write_json
from rag.config import Config

if TYPE_CHECKING:
    from rag.embedding import Embedder, Vectors
    from rag.index import Index
    from rag.types import Evidence, Sentence

_EVAL = Path(__file__).parents[1]
# The project's own sets, and the articles that each is about; those below `eval/articles` are called as their set.
ABOUT_THE_SEEDS = ("seeds", "second", "held-out")
PUBLIC = ("squad2", "clapnq")
MOST = 8
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Reached:
    """Of one set and one way to score: the shares of needs met, and how many characters are read first."""

    name: str
    way: str
    questions: int
    best: float
    first: float
    characters: float
    most: float


class SameWords:
    """An embedding model without its vectors for words, so that only the same words meet those of a question."""

    def __init__(self, embedder: Embedder) -> None:
        self.name, self.max_tokens = embedder.name, embedder.max_tokens
        self._embedder = embedder

    def embed(self, texts: Sequence[str]) -> Vectors:
        """As the model within."""
        return self._embedder.embed(texts)

    def embed_query(self, text: str) -> Vectors:
        """As the model within."""
        return self._embedder.embed_query(text)

    def fits(self, text: str) -> bool:
        """As the model within."""
        return self._embedder.fits(text)


def run(data: Path, corpus: Path, home: Path, out: Path | None) -> int:
    """Measure the project's sets and those of the public ones that are there, and print a table.

    Raises:
        CaseError: a set is not what it should be, or `out` cannot be written.
        StoreError, ModelError: as `rag.index.Index.sync`.
    """
    from rag.embedding import MiniLM

    embedder = MiniLM()
    ways: dict[str, Embedder] = {"late interaction": embedder, "the same words": SameWords(embedder)}
    results = [
        reached(name, way, folder, cases, home, model)
        for name, folder, cases in _sets(data, corpus, home)
        for way, model in ways.items()
    ]
    sys.stdout.write(table(results))
    if out:
        write_json({"format": FORMAT, **machine(), "embedder": embedder.name, "sets": list(map(asdict, results))}, out)
    return 0


def reached(name: str, way: str, folder: Path, cases: Sequence[Case], home: Path, embedder: Embedder) -> Reached:
    """Gather the evidence for each question as it is asked, and see what it holds.

    Raises:
        StoreError, ModelError: as `rag.index.Index.sync`.
    """
    from rag.evidence import nearest
    from rag.index import Index

    config = Config(home=home, model="none", evidence_sentences=MOST)
    with contextlib.closing(Index(folder, config, embedder)) as index:
        index.ensure(lambda progress: None)
        rows = []
        for case, evidence in zip(cases, _gathered(cases, index, config, embedder), strict=True):
            first = nearest(evidence.sentences)
            read = (evidence.sentences[:1], first, evidence.sentences)
            rows.append((*(_met(case, sentences) for sentences in read), sum(len(s.text) for s in first)))
    best, near, most, characters = (sum(column) / len(rows) for column in zip(*rows, strict=True))
    return Reached(name, way, len(rows), best, near, characters, most)


def table(results: Iterable[Reached]) -> str:
    """Render a line for each set and way."""
    columns = ("set", "words are met by", "questions", "best sentence", "read first", "characters", f"best {MOST}")
    lines = [
        (r.name, r.way, str(r.questions), f"{r.best:.3f}", f"{r.first:.3f}", f"{r.characters:.0f}", f"{r.most:.3f}")
        for r in results
    ]
    return tables.markdown(columns, lines)


def _sets(data: Path, corpus: Path, home: Path) -> Iterator[tuple[str, Path, list[Case]]]:
    """Yield each set's name, articles and questions that stand alone and have a place to be answered from."""
    own = {name: corpus for name in ABOUT_THE_SEEDS}
    own |= {folder.name: folder for folder in sorted((_EVAL / "articles").iterdir())}
    for name, folder in own.items():
        yield name, folder, _asked(resolve(load_cases(_EVAL / "questions" / f"{name}.jsonl"), Texts(folder)))
    for name in PUBLIC:
        if not (data / name / "corpus.jsonl").is_file():
            sys.stderr.write(f"skipped: there is no set in {data / name}. Name their folder with --data DIR.\n")
            continue
        documents, questions = load_dataset(data / name)
        folder = home / "benchmarks" / name
        cases = to_cases(questions, documents, materialise(documents, folder), name)
        yield name, folder, _asked(resolve(cases, Texts(folder)))


def _asked(cases: Iterable[Case]) -> list[Case]:
    return [case for case in cases if case.gold and not case.history and case.kind != "told_differently"]


def _gathered(cases: Iterable[Case], index: Index, config: Config, embedder: Embedder) -> Iterator[Evidence]:
    from rag.conversation import inquire
    from rag.matching import Matcher
    from rag.stages import Tools, Writer, gather

    tools = Tools(config, embedder, Matcher(embedder), lambda: Writer(None))
    with index.snapshot() as snapshot:
        for case in cases:
            yield gather(inquire(case.question, []), snapshot, tools)[1]


def _met(case: Case, sentences: Sequence[Sentence]) -> float:
    """Return the share of a question's needs that some sentences meet."""
    met = {gold.fact for gold in case.gold if any(_meets(case, gold, sentence) for sentence in sentences)}
    return len(met) / len(case.needs)


def _meets(case: Case, gold: Gold, sentence: Sentence) -> bool:
    """Tell whether a sentence shares characters with the quote, or where only the source is known, has the answer."""
    if gold.source != sentence.source:
        return False
    if gold.spans:
        return any(span.start < sentence.end and sentence.start < span.end for span in gold.spans)
    return any(contains(sentence.text, form) for fact in case.required for form in fact)
