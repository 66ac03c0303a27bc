"""Chatbot: a folder of articles, opened to be asked."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from rag.asking import Asking
from rag.config import Config
from rag.embedding import Embedder, MiniLM
from rag.errors import CorpusError, QuestionError
from rag.filters import Filter
from rag.index import Index, IndexState
from rag.intake import add_file, remove_file
from rag.llm import LanguageModel, load_language_model
from rag.matching import Matcher
from rag.retrieval import retrieve
from rag.snapshot import Snapshot
from rag.stages import Stages, Tools, Writer
from rag.types import Answer, Article, Event, Listing, Passage, Progress, Rejection, SyncReport, Turn

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding
    from llama_index.core.llms import LLM

NO_MODEL = "No language model is installed, so this answer is made of quotations. pip install 'cited[local]' adds one."
QUOTATIONS_ONLY = "No language model is configured, so this answer is made of quotations."
NOTHING: Mapping[str, Path] = MappingProxyType({})


def _silent(progress: Progress) -> None:
    """Report progress to nobody."""


class Chatbot:
    """Answers questions about one folder of articles. Safe to share between threads; close it when done.

    Attributes:
        corpus: the folder.
        config: the settings in use.
        report: what the last sync did with every file.
    """

    def __init__(
        self,
        index: Index,
        config: Config,
        embedder: Embedder,
        model: LanguageModel | None,
        progress: Callable[[Progress], None] = _silent,
        stages: Stages | None = None,
    ) -> None:
        self.corpus = index.corpus
        self.config = config
        self.report = SyncReport()
        self._index = index
        self._progress = progress
        self._lock = threading.Lock()
        self._tools = Tools(config, embedder, Matcher(embedder), self._writer)
        self._stages = stages or Stages()
        self._writing = Writer(model) if model else None
        self._lent = False

    @classmethod
    def open(
        cls,
        corpus: str | os.PathLike[str],
        *,
        config: Config | None = None,
        llm: LLM | None = None,
        embed_model: BaseEmbedding | None = None,
        progress: Callable[[Progress], None] = _silent,
        stages: Stages | None = None,
    ) -> Chatbot:
        """Open a folder of articles; its index is built, or brought up to date where the folder has changed.

        Args:
            corpus: the folder. It may be missing on a machine that only reads an index which a server keeps and
                `config.index` names.
            config: settings; by default those of the environment and of `cited.toml`.
            llm: the language model that writes the answers, instead of the configured one.
            embed_model: the embedding model, instead of the built-in one. An index remembers which one filled it.
            progress: called now and then while the index is built, and while the local model is put together once.
            stages: other stages of the pipeline, to measure what one is worth (`rag.stages.Stages`).

        Raises:
            CorpusError: the folder is missing or cannot be read.
            StoreError: the index is damaged, cannot be written, or another embedding model filled it.
        """
        bot = cls.at(
            corpus, config=config, llm=llm, embed_model=embed_model, progress=progress, stages=stages
        )
        bot.report = bot._index.ensure(progress)
        return bot

    @classmethod
    def at(
        cls,
        corpus: str | os.PathLike[str],
        *,
        config: Config | None = None,
        llm: LLM | None = None,
        embed_model: BaseEmbedding | None = None,
        progress: Callable[[Progress], None] = _silent,
        stages: Stages | None = None,
    ) -> Chatbot:
        """Make a Chatbot without looking at its index, to `sync` it by hand; arguments and errors as for `open`."""
        folder = Path(corpus)
        config = config or Config.load(folder)
        if not _is_folder(folder) and not (config.chroma and config.index):
            raise CorpusError(f"{folder} is not a folder. Name a folder of articles: --corpus DIR or CITED_CORPUS.")
        embedder = _embedder(embed_model)
        bot = cls(Index(folder, config, embedder), config, embedder, _model(llm), progress, stages)
        bot._lent = llm is not None
        return bot

    def __enter__(self) -> Chatbot:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the index and the language model, but for one that was given: others may use it, too."""
        self._index.close()
        if self._writing and self._writing.model and not self._lent:
            self._writing.model.close()

    def ask(self, question: str, history: Sequence[Turn] = (), *, only: Filter | None = None) -> Answer:
        """Answer a question, in the light of the turns before it, oldest first; from some articles `only`, if wanted.

        Raises:
            QuestionError: the question is empty or too long.
            ModelError: the language model is not installed, not intact, or failed.
            StoreError: the index is damaged.
        """
        answer = None
        for event in self.stream(question, history, only=only):
            answer = event.answer
        if answer is None:
            raise AssertionError("the stream ended without an answer")
        return answer

    def stream(
        self, question: str, history: Sequence[Turn] = (), *, only: Filter | None = None
    ) -> Generator[Event, None, None]:
        """Answer a question step by step; the last event carries the Answer. Closing the generator stops the model.

        Raises:
            QuestionError: at once, where `ask` would.
            ModelError, StoreError: while iterating, where `ask` would.
        """
        turns = tuple(Turn(_well_formed(turn.question), _well_formed(turn.answer)) for turn in history)
        return self._events(self._checked(question), turns, only)

    def search(self, query: str, k: int = 5, *, only: Filter | None = None) -> tuple[Passage, ...]:
        """Return the `k` best passages for a query, best first; of some articles `only`, if wanted.

        Raises:
            QuestionError: the query is empty or too long, or `k` is less than 1.
        """
        if k < 1:
            raise QuestionError(f"k must be at least 1, not {k}.")
        query = self._checked(query)
        with self.snapshot() as snapshot:
            return tuple(item.passage for item in retrieve(query, snapshot, self._tools.embedder, k=k, only=only))

    def warm(self) -> None:
        """Load now what the first question would wait for: the index, the embedding model and the language model."""
        with self.snapshot() as snapshot:
            retrieve("warm", snapshot, self._tools.embedder, k=1)
        model = self._writer().model
        if model is not None:
            model.warm()

    def sync(self, progress: Callable[[Progress], None] = _silent, *, rebuild: bool = False) -> SyncReport:
        """Bring the index in step with the folder, or with `rebuild` make it anew; say what happened to every file.

        Raises:
            CorpusError, IndexLocked, StoreError: and the index is as it was before.
        """
        self.report = self._index.sync(progress, rebuild=rebuild)
        return self.report

    def export(self, file: str | os.PathLike[str], extras: Mapping[str, Path] = NOTHING) -> None:
        """Write the index into one file with checksums, to keep it or move it to another machine.

        Args:
            file: a file that does not exist yet.
            extras: other files to put into it, by the name that each is to have there.

        Raises:
            StoreError: there is no index, it is damaged, or the file exists or cannot be written.
        """
        self._index.export(Path(file), extras)

    def restore(self, file: str | os.PathLike[str], extras: Mapping[str, Path] = NOTHING) -> None:
        """Put an exported index in the place of this one, which stays as it is if anything is wrong with the file.

        Nothing is embedded. The next `sync` compares it with the folder as always.

        Args:
            file: what `export` wrote.
            extras: where to put the other files that are in it, by name.

        Raises:
            IndexLocked, StoreError: and the index is as it was before.
        """
        self._index.restore(Path(file), extras)

    def add(self, name: str, content: bytes) -> Rejection | None:
        """Put an article into the folder, to be indexed by the next `sync`; return why not if it cannot be read.

        Raises:
            CorpusError: the folder cannot be written.
        """
        return add_file(self.corpus, name, content, max_bytes=self.config.max_file_mb * 1_000_000)

    def remove(self, source: str) -> None:
        """Delete an article's file from the folder, for good; the next `sync` takes it out of the index.

        Raises:
            CorpusError: there is none by that name, or it cannot be deleted.
        """
        remove_file(self.corpus, source)

    def sources(self) -> tuple[str, ...]:
        """Return the indexed articles' sources, sorted."""
        with self.snapshot() as snapshot:
            return snapshot.store.sources()

    def listings(self) -> tuple[Listing, ...]:
        """Return what there is to know of every indexed article short of its text, sorted by source."""
        with self.snapshot() as snapshot:
            copies = snapshot.same_as
            listed = snapshot.store.listings()
            return tuple(replace(listing, same_as=copies.get(listing.source)) for listing in listed)

    def article(self, source: str) -> Article:
        """Return an indexed article with its text.

        Raises:
            CorpusError: there is none by that name.
        """
        with self.snapshot() as snapshot:
            article = snapshot.store.article(source)
        if article is None:
            raise CorpusError(
                f"The index has no {source!r}: it was removed or renamed, or is not indexed yet (`cited index`)."
            )
        return article

    def snapshot(self) -> AbstractContextManager[Snapshot]:
        """Open the current version of the index, which stays whole until the block ends."""
        return self._index.snapshot()

    def state(self) -> IndexState:
        """Compare the index with the folder without changing either; errors as for `sync`."""
        return self._index.state()

    @property
    def llm(self) -> LLM | None:
        """The language model in use, as LlamaIndex knows it; None where answers are quotations."""
        from rag.adapters import as_llm

        model = self._writer().model
        return as_llm(model) if model else None

    @property
    def embed_model(self) -> BaseEmbedding:
        """The embedding model in use, as LlamaIndex knows it."""
        from rag.adapters import as_embedding

        return as_embedding(self._tools.embedder)

    def _events(
        self, question: str, history: Sequence[Turn], only: Filter | None
    ) -> Generator[Event, None, None]:
        with self.snapshot() as snapshot:
            tools = replace(self._tools, only=only)
            events = Asking(question, history, snapshot, tools, self._stages).events()
            with contextlib.closing(events):
                yield from events

    def _writer(self) -> Writer:
        """Return who writes the answers, the language model being loaded when it is first needed."""
        with self._lock:
            if self._writing is None:
                model = load_language_model(self.config, progress=self._progress)
                notice = None if model else (NO_MODEL if self.config.model == "auto" else QUOTATIONS_ONLY)
                self._writing = Writer(model, notice)
            return self._writing

    def _checked(self, question: str) -> str:
        question = _well_formed(question).strip()
        most = self.config.max_question_chars
        if len(question) > most:
            raise QuestionError(f"The question has {len(question):,} characters, {most:,} is the most. Shorten it.")
        if not any(map(str.isalnum, question)):
            raise QuestionError("The question is empty. Ask something about the articles.")
        return question


def _well_formed(text: str) -> str:
    """Return a text with "?" for each half of a surrogate pair, as JSON and arguments of a command can carry."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # such as a name that is too long
        return False


def _embedder(embed_model: BaseEmbedding | None) -> Embedder:
    if embed_model is None:
        return MiniLM()
    from rag.adapters import as_embedder

    return as_embedder(embed_model)


def _model(llm: LLM | None) -> LanguageModel | None:
    if llm is None:
        return None
    from rag.adapters import as_language_model

    return as_language_model(llm)
