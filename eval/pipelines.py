"""What can be put to the questions: Cited as it is, Cited with one stage changed, and what bounds it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from eval.cache import Cache, CachedModel, Spared, model_digest, replies
from eval.cases import Case, CaseError
from eval.refusals import refuses
from eval.runner import Bot
from rag.chat import Chatbot
from rag.config import Config
from rag.conversation import Inquiry
from rag.evidence import scored, select, sentences
from rag.grounding import Grounded, Grounder
from rag.lexical import Idf
from rag.llm import LanguageModel, Message, load_language_model
from rag.retrieval import ranked_chunk
from rag.snapshot import Snapshot
from rag.stages import Gathered, Stages, Tools, gather
from rag.types import Answer, Chunk, Claim, Sentence, Timings, Turn, Usage

NEVER = 2.0  # a confidence that no model reaches


@dataclass(frozen=True, slots=True)
class Task:
    """What a pipeline is opened for; `cases` are resolved, and only `oracle` looks at their gold."""

    corpus: Path
    config: Config
    cases: Sequence[Case] = ()


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Something that answers questions: `about` says what is different about it."""

    about: str
    open: Callable[[Task, LanguageModel | None], Bot]


class Timed:
    """A bot whose replayed answers carry the times of their first asking."""

    def __init__(self, bot: Bot, model: CachedModel | None) -> None:
        self.bot = bot
        self._model = model

    def __getattr__(self, name: str) -> object:
        return getattr(self.bot, name)

    def ask(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        """Answer as the bot within does."""
        if self._model is None:
            return self.bot.ask(question, history=history)
        self._model.spared = spared = Spared()
        answer, until_first = self._asked(question, history, spared)
        times = answer.timings
        first = None if times.first_token is None else round(times.first_token + until_first, 4)
        return replace(answer, timings=Timings(times.retrieve, first, round(times.total + spared.total, 4)))

    def _asked(self, question: str, history: Sequence[Turn], spared: Spared) -> tuple[Answer, float]:
        """The answer, and what had been spared when its first word came: a question may have been reworded before."""
        if not isinstance(self.bot, Chatbot):
            return self.bot.ask(question, history=history), spared.first
        until_first, answer = 0.0, None
        for event in self.bot.stream(question, history=history):
            until_first = until_first or spared.total * (event.kind == "token")
            answer = event.answer
        if answer is None:
            raise AssertionError("the stream ended without an answer")
        return answer, until_first

    def close(self) -> None:
        """Close the bot and its model."""
        getattr(self.bot, "close", lambda: None)()
        if self._model is not None:
            self._model.close()


def open_pipeline(name: str, task: Task) -> Bot:
    """Open a pipeline by its name, its language model's replies being kept.

    Raises:
        CaseError: there is no such pipeline.
        CitedError: as `Chatbot.open`.
    """
    if name not in PIPELINES:
        raise CaseError(f"there is no pipeline {name!r}. Known: {', '.join(PIPELINES)}.")
    model = load_language_model(task.config)
    cached = CachedModel(model, Cache(replies(task.config)), model_digest(task.config)) if model else None
    return Timed(PIPELINES[name].open(task, cached), cached)


def _cited(task: Task, model: LanguageModel | None, stages: Stages | None = None) -> Bot:
    from rag.adapters import as_llm

    return Chatbot.open(task.corpus, config=task.config, llm=as_llm(model) if model else None, stages=stages)


def _variant(stages: Stages) -> Callable[[Task, LanguageModel | None], Bot]:
    return lambda task, model: _cited(task, model, stages)


def _plain(task: Task, model: LanguageModel | None) -> Bot:
    from eval.plain import PlainLlamaIndex
    from rag.adapters import as_embedding, as_llm
    from rag.embedding import MiniLM

    return PlainLlamaIndex(task.corpus, as_embedding(MiniLM()), as_llm(_needed(model)))


def _oracle(task: Task, model: LanguageModel | None) -> Bot:
    gold = {case.question.strip(): case for case in task.cases}
    return _cited(task, model, Stages(gather=partial(_gather_gold, gold), hopeless=NEVER))


def _gather_gold(cases: Mapping[str, Case], inquiry: Inquiry, snapshot: Snapshot, tools: Tools) -> Gathered:
    """The passages that hold the gold, for a question that has any; for others what the pipeline would find."""
    case = cases.get(inquiry.question)
    if case is None or not case.gold:
        return gather(inquiry, snapshot, tools)
    ranked = [ranked_chunk(snapshot, chunk, 1.0) for chunk in dict.fromkeys(_gold_chunks(case, snapshot))]
    told = [(item, sentence) for item in ranked for sentence in sentences(item)]
    found = scored(inquiry.query, told, tools.matcher, snapshot.lexical.idf)
    return found, select(found, ranked, limit=tools.config.evidence_sentences)


def _gold_chunks(case: Case, snapshot: Snapshot) -> Iterator[Chunk]:
    """For each need, the chunks of one gold source that share characters with a gold quote; without quotes, all."""
    for need in case.needs:
        first = next(gold for gold in case.gold if gold.fact == need)
        spans = [s for gold in case.gold if (gold.fact, gold.source) == (need, first.source) for s in gold.spans]
        for chunk in snapshot.store.chunks_of(first.source):
            if not spans or any(s.start < chunk.end and chunk.start < s.end for s in spans):
                yield chunk


class Unchecked:
    """Lets every sentence of a draft stand and cite all that the model read, as frameworks do with source nodes."""

    def __init__(self, question: str, sentences: Sequence[Sentence], idf: Idf, most: int = 10) -> None:
        given = Grounder(question, sentences, idf)
        read = sorted(sentences, key=lambda sentence: -sentence.score)[:most]
        self._numbers = tuple(dict.fromkeys(number for s in read for number in given.quote(s).citations))
        self._citations = given.grounded.citations
        self._claims: list[Claim] = []

    @property
    def grounded(self) -> Grounded:
        """The claims so far."""
        return Grounded(tuple(self._claims), self._citations)

    def add(self, text: str) -> Claim:
        """Take a sentence of the draft unchecked."""
        return self._taken(text)

    def quote(self, sentence: Sentence, *, whose: str = "") -> Claim:
        """Take a quotation."""
        return self._taken(sentence.text)

    def withdraw(self) -> None:
        """Keep everything."""

    def telling(self, text: str, read: Sequence[Sentence]) -> list[Sentence]:
        """Find none: every claim stands."""
        return []

    def agrees(self, text: str, sentence: Sentence) -> bool:
        """Tell that it does: every claim stands."""
        return True

    def denying(self, text: str, read: Sequence[Sentence]) -> Sentence | None:
        """Find none: every claim stands."""
        return None

    def _taken(self, text: str) -> Claim:
        self._claims.append(Claim(text, self._numbers, "supported", 1.0))
        return self._claims[-1]


class ClosedBook:
    """The language model alone, without articles: what it knows, or makes up, by itself."""

    SYSTEM = "Answer in one complete sentence, with exact names, numbers and dates. If you do not know, say so."

    def __init__(self, model: LanguageModel, config: Config) -> None:
        self._model = model
        self._most = config.max_answer_tokens
        self.llm = model

    def ask(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        """Answer from the model's memory."""
        begun = time.perf_counter()
        earlier = [m for turn in history for m in (Message("user", turn.question), Message("assistant", turn.answer))]
        messages = [Message("system", self.SYSTEM), *earlier, Message("user", question)]
        generation = self._model.generate(messages, max_tokens=self._most)
        text = "".join(generation).strip()
        usage, timings = generation.usage or Usage(), Timings(total=time.perf_counter() - begun)
        if refuses(text):
            return Answer(question, "refused", text, reason=text, usage=usage, timings=timings)
        claim = Claim(text, (), "unsupported", 0.0)
        return Answer(question, "answered", text, (claim,), usage=usage, timings=timings)


def _closed_book(task: Task, model: LanguageModel | None) -> Bot:
    return ClosedBook(_needed(model), task.config)


def _needed(model: LanguageModel | None) -> LanguageModel:
    from rag.errors import ModelError

    if model is None:
        raise ModelError("This pipeline needs a language model. Set one: --set model=local")
    return model


PIPELINES = {
    "cited": Pipeline("as it is", _cited),
    "dense": Pipeline("retrieval by MiniLM alone", _variant(Stages(gather=partial(gather, method="dense")))),
    "lexical": Pipeline("retrieval by BM25 alone", _variant(Stages(gather=partial(gather, method="lexical")))),
    "no-check": Pipeline("without grounding: every sentence of a draft stands", _variant(Stages(grounder=Unchecked))),
    "one-reading": Pipeline("without a second search and reading", _variant(Stages(hopeless=NEVER))),
    "no-doubt": Pipeline("without the second look: every draft is shown", _variant(Stages(enough=0.0, sure=0.0))),
    "citations-alone": Pipeline("doubted by the citations, whatever stands around", _variant(Stages(around=NEVER))),
    "firm-doubt": Pipeline("what is doubted is not shown at last, either", _variant(Stages(at_last=NEVER))),
    "one-version": Pipeline("without what other articles tell otherwise", _variant(Stages(differing=NEVER))),
    "llamaindex": Pipeline("plain LlamaIndex: 200-token chunks, top 5, default prompt", _plain),
    "oracle": Pipeline("given the passages that hold the gold", _oracle),
    "closed-book": Pipeline("the language model without the articles", _closed_book),
}
