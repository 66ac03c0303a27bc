"""One question from start to end: evidence, draft, claims, Answer, as events while they come."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Protocol

from rag import refusal
from rag.answering import ENOUGH, Drafting
from rag.config import Config
from rag.conversation import Inquiry
from rag.embedding import Embedder
from rag.evidence import Candidate, Idf, SentenceEmbedder, score, select
from rag.extractive import best_strength, quotations
from rag.grounding import Grounded, Grounder, split_claims
from rag.llm import LanguageModel
from rag.retrieval import Method, retrieve
from rag.snapshot import Snapshot
from rag.types import Answer, Claim, Event, Evidence, Mode, Sentence, Timings, Usage

Gathered = tuple[list[Candidate], Evidence]


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes the answer. Without a language model it is made of quotations, and `notice` tells the reader why."""

    model: LanguageModel | None
    notice: str | None = None


@dataclass(frozen=True, slots=True)
class Tools:
    """What answering takes. `writer` is asked for once the evidence is out: loading a model takes seconds."""

    config: Config
    embedder: Embedder
    sentences: SentenceEmbedder
    writer: Callable[[], Writer]


def gather(inquiry: Inquiry, snapshot: Snapshot, tools: Tools, method: Method = "hybrid") -> Gathered:
    """Return every sentence retrieved, scored, and the few worth the model's time."""
    idf = snapshot.lexical.idf
    ranked = retrieve(inquiry.query, snapshot, tools.embedder, k=tools.config.passages, method=method)
    candidates = score(inquiry.query, ranked, tools.sentences, idf)
    return candidates, select(candidates, ranked, limit=tools.config.evidence_sentences)


class Checker(Protocol):
    """What makes claims of the sentences of a draft; a `Grounder` unless that is what is being measured."""

    @property
    def grounded(self) -> Grounded:
        """The claims so far, and their citations."""

    def add(self, text: str) -> Claim:
        """Take one sentence of the draft."""

    def quote(self, sentence: Sentence) -> Claim:
        """Take a sentence of the articles as a quotation of itself."""


@dataclass(frozen=True, slots=True)
class Stages:
    """The stages of an answer, each of which can be replaced to measure what it is worth.

    Attributes:
        gather: finds the evidence.
        enough: how confident the model must be that the evidence answers; at 0 every draft is shown.
        grounder: makes what checks and cites the claims, of the question and the sentences retrieved.
    """

    gather: Callable[[Inquiry, Snapshot, Tools], Gathered] = gather
    enough: float = ENOUGH
    grounder: Callable[[str, Sequence[Sentence], Idf], Checker] = Grounder


class Asking:
    """Answers one question from one version of the index."""

    def __init__(self, inquiry: Inquiry, snapshot: Snapshot, tools: Tools, stages: Stages) -> None:
        self._inquiry = inquiry
        self._snapshot = snapshot
        self._tools = tools
        self._stages = stages
        self._mode: Mode = "extractive"
        self._notice: str | None = None
        self._started = time.perf_counter()
        self._retrieved = 0.0
        self._first_token: float | None = None
        self._evidence = Evidence((), ())
        self._confidence: float | None = None
        self._usage = Usage()

    def events(self) -> Generator[Event, None, None]:
        """Yield the evidence, the draft's words, each claim once checked, and the Answer. Closing stops the model."""
        candidates, self._evidence = self._stages.gather(self._inquiry, self._snapshot, self._tools)
        self._retrieved = self._elapsed()
        yield Event("evidence", passages=self._evidence.passages)
        grounder = self._stages.grounder(
            self._inquiry.query, [candidate.sentence for candidate in candidates], self._snapshot.lexical.idf
        )
        reason = (yield from self._write(candidates, grounder)) if candidates else self._nothing_found()
        yield Event("done", answer=self._answer(grounder, reason))

    def _write(self, candidates: list[Candidate], grounder: Checker) -> Generator[Event, None, str | None]:
        """Yield the answer as it is written; return the reason to refuse, if there is one."""
        writer = self._tools.writer()
        self._notice = writer.notice
        if writer.model is None:
            return (yield from self._quote(candidates, grounder))
        self._mode = "model"
        return (yield from self._draft(writer.model, grounder))

    def _draft(self, model: LanguageModel, grounder: Checker) -> Generator[Event, None, str | None]:
        """Yield the draft and its claims; return the reason to refuse, if there is one."""
        drafting = Drafting(model, self._inquiry, self._evidence, self._tools.config.max_answer_tokens)
        for piece in drafting:
            self._first_token = self._first_token or self._elapsed()
            yield Event("token", text=piece)
        self._usage = drafting.usage
        if drafting.refuses or not self._is_sure(drafting):
            return refusal.not_stated(self._inquiry.query, self._evidence.passages)
        claims = [grounder.add(text) for text in split_claims(drafting.text)]
        yield from (Event("claim", claim=claim) for claim in claims)
        if any(claim.verdict != "unsupported" for claim in claims):
            return None
        return refusal.not_supported(self._inquiry.query, self._evidence.passages)

    def _is_sure(self, drafting: Drafting) -> bool:
        """Tell whether the model is confident enough of its draft, or cannot say."""
        self._confidence = drafting.confidence()
        return self._confidence is None or self._confidence >= self._stages.enough

    def _quote(self, candidates: list[Candidate], grounder: Checker) -> Generator[Event, None, str | None]:
        """Yield the quotations that answer; return the reason to refuse, if there is one."""
        quoted = quotations(candidates)
        self._confidence = best_strength(candidates)
        for sentence in quoted:
            yield Event("claim", claim=grounder.quote(sentence))
        return None if quoted else refusal.not_stated(self._inquiry.query, self._evidence.passages)

    def _nothing_found(self) -> str:
        if self._snapshot.manifest.chunks == 0:
            return refusal.NO_ARTICLES
        return refusal.not_stated(self._inquiry.query, ())

    def _answer(self, grounder: Checker, reason: str | None) -> Answer:
        grounded = grounder.grounded
        return Answer(
            question=self._inquiry.question,
            status="refused" if reason else "answered",
            text=refusal.TEXT if reason else grounded.text,
            claims=grounded.claims,
            citations=grounded.citations,
            passages=self._evidence.passages,
            reason=reason,
            usage=self._usage,
            timings=Timings(self._retrieved, self._first_token, self._elapsed()),
            mode=self._mode,
            notice=self._notice,
            evidence=self._evidence.sentences,
            confidence=self._confidence,
        )

    def _elapsed(self) -> float:
        return round(time.perf_counter() - self._started, 4)
