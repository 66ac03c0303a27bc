"""One question from start to end: evidence, drafts, claims, Answer, as events while they come."""

from __future__ import annotations

import glob
import time
from collections.abc import Generator, Iterable, Sequence
from dataclasses import replace

from rag import orders, refusal
from rag.asides import asks_nothing
from rag.comparison import PASSAGES, by_article, for_each_article, most_sources, to_quote
from rag.composing import Composing, joined
from rag.conversation import Inquiry, inquire, rewrite_with, unresolved
from rag.evidence import holding
from rag.extractive import quotations
from rag.filters import Filter
from rag.fitting import fits
from rag.grounding import Grounded
from rag.llm import LanguageModel
from rag.outlets import OPENING, Told, mentioned, told
from rag.parts import leaves_out_verb, parts
from rag.phrasing import plainly
from rag.prompts import answerable_messages
from rag.referents import pointers
from rag.snapshot import Snapshot
from rag.stages import Gathered, Stages, Tools
from rag.types import (
    Answer,
    Citation,
    Claim,
    Event,
    Evidence,
    Mode,
    Passage,
    Place,
    Sentence,
    Timings,
    Turn,
    Usage,
    page_at,
)

_ALL = 1000  # sentences: more than that many passages have


class Asking:
    """Answers one question from one version of the index.

    A question that is several is answered part by part, and one that compares the articles in their own words.
    """

    def __init__(
        self, question: str, history: Sequence[Turn], snapshot: Snapshot, tools: Tools, stages: Stages
    ) -> None:
        self._history = history
        self._snapshot = snapshot
        self._tools = tools
        self._stages = stages
        self._mode: Mode = "extractive"
        self._notices: list[str] = []
        self._started = time.perf_counter()
        self._retrieved = 0.0
        self._first_token: float | None = None
        self._passages: dict[Place, Passage] = {}
        self._read: dict[Place, Sentence] = {}
        self._confidences: list[tuple[bool, float | None]] = []
        self._grounded = Grounded((), ())
        self._usage = Usage()
        self._inquiry = self._spelt(inquire(question, history))
        self._understood = self._inquiry.standalone
        self._papers: Told | None = None

    def events(self) -> Generator[Event, None, None]:
        """Yield the evidence, the draft's words, each claim once checked, and the Answer. Closing stops the model.

        Evidence that comes a second time means that the draft before it is withdrawn.
        """
        if asks_nothing(self._inquiry.question):
            yield Event("evidence")
            yield Event("done", answer=self._answer(refusal.ASKS_NOTHING))
            return
        found = self._found(self._inquiry)
        self._retrieved = self._elapsed()
        yield Event("evidence", passages=found[1].passages)
        reason = (yield from self._write(found)) if found[0] else self._nothing_found()
        yield Event("done", answer=self._answer(reason))

    def _spelt(self, inquiry: Inquiry) -> Inquiry:
        """Correct words that neither the articles nor the language has."""
        with self._snapshot.reading():
            corrected = self._snapshot.lexical.speller.corrected
            return replace(inquiry, standalone=corrected(inquiry.standalone), query=corrected(inquiry.query))

    def _rewritten(self, model: LanguageModel) -> Inquiry | None:
        """Let the model put a follow-up in full that no rule could; None if it cannot, either."""
        inquiry = inquire(self._inquiry.question, self._history, rewrite_with(model))
        return None if inquiry.history else self._spelt(inquiry)

    def _found(self, inquiry: Inquiry) -> Gathered:
        """Find the evidence for the whole question, of the papers that it names, if it names any."""
        self._inquiry, self._understood = inquiry, inquiry.standalone
        found = self._gather(inquiry)
        if papers := self._of_papers(found[0]):
            self._papers = papers
            self._tools = replace(self._tools, only=Filter(sources=tuple(map(glob.escape, sorted(papers.sources)))))
            self._inquiry = replace(inquiry, query=papers.question, standalone=papers.question)
            self._passages.clear()
            found = self._gather(self._inquiry)
        return found

    def _of_papers(self, found: Sequence[Sentence]) -> Told | None:
        if not mentioned(self._inquiry.standalone):
            return None
        sources = dict.fromkeys(sentence.source for sentence in found)
        articles = filter(None, map(self._snapshot.store.article, sources))
        return told(self._inquiry.standalone, {article.source: article.text[:OPENING] for article in articles})

    def _gather(self, inquiry: Inquiry) -> Gathered:
        found = self._stages.gather(inquiry, self._snapshot, self._tools)
        self._note(found[1].passages, ())
        return found

    def _write(self, found: Gathered) -> Generator[Event, None, str | None]:
        """Yield the answer as it is written; return the reason to refuse, if there is one."""
        writer = self._tools.writer()
        if writer.notice:
            self._notices.append(writer.notice)
        if writer.model is None:
            return (yield from self._quotations(*found))
        self._mode = "model"
        if self._inquiry.history and (inquiry := self._rewritten(writer.model)):
            found = self._found(inquiry)
            yield Event("evidence", passages=found[1].passages)
        if (yield from self._compared(writer.model)):
            return None
        done = yield from self._each_part(writer.model, found)
        if any(composing.stands for composing in done):
            return None
        query, passages = self._inquiry.query, tuple(self._passages.values())
        unsupported = any(composing.unsupported for composing in done)
        return refusal.not_supported(query, passages) if unsupported else refusal.not_stated(query, passages)

    def _compared(self, model: LanguageModel) -> Generator[Event, None, bool]:
        """Answer a question that compares the articles in the words of each that answers it; tell whether any does."""
        question = for_each_article(self._inquiry.standalone)
        if question is None:
            return False
        wide = replace(self._tools.config, passages=PASSAGES * self._tools.config.passages, evidence_sentences=_ALL)
        inquiry = replace(self._inquiry, query=question, standalone=question)
        found, evidence = self._stages.gather(inquiry, self._snapshot, replace(self._tools, config=wide))
        checker = self._stages.grounder(question, found, self._snapshot.lexical.idf)
        telling = [sentence for sentence in evidence.sentences if fits(question, sentence.text)]
        articles = by_article(telling, most_sources(self._inquiry.standalone), named=self._papers is not None)
        asked: list[list[tuple[float | None, Sentence]]] = []
        for article in articles:
            asked.append([(_sureness(model, question, sentence), sentence) for sentence in article])
            yield Event("evidence", passages=tuple(self._passages.values()))  # so that it can be stopped in between
        for group, confidence in to_quote(asked, self._stages.sure):
            self._note(holding(evidence.passages, group), group)
            self._confidences.append((True, confidence))
            for sentence in group:
                whose = self._name_of(sentence) if sentence is group[0] else ""
                yield self._checked(checker.quote(sentence, whose=whose), checker.grounded)
        self._grounded = checker.grounded
        silent = self._papers.silent({c.source for c in self._grounded.citations}) if self._papers else []
        if self._grounded.claims and silent:
            self._notices.append(refusal.papers_silent(silent))
        return bool(self._grounded.claims)

    def _name_of(self, sentence: Sentence) -> str:
        """Return the paper that a sentence is from, if the question names it, or else the title of its article."""
        return (self._papers.name_of(sentence.source) if self._papers else "") or sentence.title

    def _each_part(self, model: LanguageModel, found: Gathered) -> Generator[Event, None, list[Composing]]:
        """Answer the questions in the question one after the other."""
        questions = parts(self._inquiry.standalone)
        if len(questions) == 1:
            composing = self._composing(self._inquiry, found, model)
            yield from self._followed(composing)
            return [composing]
        done: list[Composing] = []
        history = list(self._inquiry.history)
        for question in questions:
            rewriter = rewrite_with(model) if pointers(question) or leaves_out_verb(question) else None
            inquiry = replace(inquire(question, history, rewriter), question=self._inquiry.question)
            composing = self._composing(inquiry, self._gather(inquiry), model)
            yield from self._followed(composing)
            history.append(Turn(question, composing.grounded.text))
            done.append(composing)
        open_parts = [question for question, one in zip(questions, done, strict=True) if not one.stands]
        if len(open_parts) < len(done):
            self._notices += [refusal.part_not_stated(question) for question in open_parts]
        return done

    def _composing(self, inquiry: Inquiry, found: Gathered, model: LanguageModel) -> Composing:
        return Composing(inquiry, found, model, self._snapshot, self._tools, self._stages)

    def _followed(self, composing: Composing) -> Generator[Event, None, None]:
        """Yield what comes of one part and its claims, and add them to the answer."""
        for event in composing.events():
            if event.kind == "token":
                self._first_token = self._first_token or self._elapsed()
            yield event
        self._usage += composing.usage
        self._note(composing.passages, composing.read)
        self._confidences.append((composing.stands, composing.confidence))
        before = len(self._grounded.claims)
        self._grounded = joined(self._grounded, composing.grounded)
        yield from (self._checked(claim, self._grounded) for claim in self._grounded.claims[before:])

    def _quotations(self, found: Sequence[Sentence], evidence: Evidence) -> Generator[Event, None, str | None]:
        """Yield the quotations that answer; return the reason to refuse, if there is one."""
        self._note((), evidence.sentences)
        self._confidences.append((True, max((sentence.score for sentence in found), default=0.0)))
        checker = self._stages.grounder(self._inquiry.query, found, self._snapshot.lexical.idf)
        for sentence in quotations(evidence.sentences):
            yield self._checked(checker.quote(sentence), checker.grounded)
        self._grounded = checker.grounded
        return None if self._grounded.claims else refusal.not_stated(self._inquiry.query, evidence.passages)

    def _note(self, passages: Iterable[Passage], read: Iterable[Sentence]) -> None:
        """Remember what was found and what was read of it, what was first once more."""
        for passage in passages:
            self._passages.setdefault(passage.place, passage)
        for sentence in read:
            self._read.setdefault(sentence.place, sentence)

    def _nothing_found(self) -> str:
        if self._snapshot.manifest.chunks == 0:
            return refusal.NO_ARTICLES
        return refusal.not_stated(self._inquiry.query, ())

    def _answer(self, reason: str | None) -> Answer:
        pronoun = unresolved(self._inquiry.question, self._history) if reason else None
        if reason and pronoun:
            reason = f"{refusal.unclear(pronoun)} {reason}"
        if reason and self._tools.only:
            reason = f"{reason} Only {self._tools.only} were looked at."
        return Answer(
            question=self._inquiry.question,
            status="refused" if reason else "answered",
            text=refusal.TEXT if reason else self._grounded.text,
            claims=self._grounded.claims,
            citations=tuple(map(self._paged, self._grounded.citations)),
            passages=tuple(self._passages.values()),
            reason=reason,
            usage=self._usage,
            timings=Timings(self._retrieved, self._first_token, self._elapsed()),
            mode=self._mode,
            notice=" ".join([*self._notices, *filter(None, [orders.notice(self._passages.values())])]) or None,
            evidence=tuple(self._read.values()),
            confidence=self._confidence(),
            standalone=self._understood if self._understood != plainly(self._inquiry.question) else None,
        )

    def _paged(self, citation: Citation) -> Citation:
        return replace(citation, page=page_at(self._snapshot.store.pages(citation.source), citation.start))

    def _checked(self, claim: Claim, grounded: Grounded) -> Event:
        """Return a claim with the citations that its numbers stand for."""
        cited = (citation for citation in grounded.citations if citation.number in claim.citations)
        return Event("claim", claim=claim, citations=tuple(map(self._paged, cited)))

    def _confidence(self) -> float | None:
        """Return the least confidence of what the answer consists of; of all that was tried if nothing stands."""
        standing = [confidence for stands, confidence in self._confidences if stands]
        tried = standing or [confidence for _, confidence in self._confidences]
        return min((confidence for confidence in tried if confidence is not None), default=None)

    def _elapsed(self) -> float:
        return round(time.perf_counter() - self._started, 4)


def _sureness(model: LanguageModel, question: str, sentence: Sentence) -> float | None:
    return model.yes_probability(answerable_messages(question, [sentence.text]))
