"""The stages of an answer, as they can be replaced to measure what each is worth, and what they work with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from rag.config import Config
from rag.conversation import Inquiry
from rag.embedding import Embedder
from rag.evidence import FIRST, Search, repeats, scored, select, sentences
from rag.expansion import hypothesis
from rag.filters import Filter
from rag.grounding import Grounded, Grounder
from rag.lexical import Idf
from rag.llm import LanguageModel
from rag.matching import Matcher
from rag.retrieval import Method, retrieve
from rag.snapshot import Snapshot
from rag.types import Claim, Evidence, Sentence, Usage

# Confidence is the probability of "yes, the excerpts contain the answer". A draft is shown if that of its citations is
# as much: on 150 questions of squad2 more of the answers are right than by the same question about all that was read.
# From there on of all that was read, the model is told to answer where it wrote that the answer is not stated.
ENOUGH = 0.48
# Down to `DOUBTFUL` less is enough where the model finds the answer in what stands right around the citations: of what
# it doubts by these alone, that tells what the article says from what it does not (docs/quality.md).
DOUBTFUL = 0.3
AROUND = 0.5
# What is doubted a little more is shown if nothing better is found in the end (docs/quality.md).
AT_LAST = 0.43
# The model is sure of what it has read: an article is quoted where no draft stands.
SURE = 0.55
# Another article is quoted beside an answer where the model is this sure that it answers, with another figure.
DIFFERING = 0.65
# Where confidence is lower still, the articles do not speak of it, and are not searched again.
HOPELESS = 0.2

Gathered = tuple[list[Sentence], Evidence]


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes the answer. Without a language model it is made of quotations, and `notice` tells the reader why."""

    model: LanguageModel | None
    notice: str | None = None


@dataclass(frozen=True, slots=True)
class Tools:
    """What answering takes. `writer` is asked for once the evidence is out: loading a model takes seconds.

    Where `only` some articles are asked about, nothing is retrieved from the others. `search` is how sentences score.
    """

    config: Config
    embedder: Embedder
    matcher: Matcher
    writer: Callable[[], Writer]
    only: Filter | None = None
    search: Search = FIRST


class Checker(Protocol):
    """What makes claims of the sentences of a draft; a `Grounder` unless that is what is being measured."""

    @property
    def grounded(self) -> Grounded:
        """The claims so far, and their citations."""

    def add(self, text: str) -> Claim:
        """Take one sentence of the draft."""

    def quote(self, sentence: Sentence, *, whose: str = "") -> Claim:
        """Take a sentence of the articles as a quotation of itself, behind the title or paper it is from, if given."""

    def withdraw(self) -> None:
        """Take back what was added: nothing of it is supported in full."""

    def telling(self, text: str, read: Sequence[Sentence]) -> Sequence[Sentence]:
        """Return the sentence that holds all that a claim adds to its question, if one does, and what it leans on."""

    def agrees(self, text: str, sentence: Sentence) -> bool:
        """Tell whether a sentence has a claim's numbers and dates, and nothing otherwise."""

    def denying(self, text: str, read: Sequence[Sentence]) -> Sentence | None:
        """Return the first sentence, of those that were read, that denies a word which a claim denies."""


def gather(inquiry: Inquiry, snapshot: Snapshot, tools: Tools, method: Method = "hybrid") -> Gathered:
    """Return the sentences retrieved, scored, without those that repeat the question, and the few worth reading."""
    ranked = retrieve(
        inquiry.query, snapshot, tools.embedder, k=tools.config.passages, method=method, only=tools.only
    )
    told = [(item, s) for item in ranked for s in sentences(item) if not repeats(inquiry.standalone, s.text)]
    found = scored(inquiry.query, told, tools.matcher, snapshot.lexical.idf, tools.search)
    return found, select(found, ranked, limit=tools.config.evidence_sentences)


@dataclass(frozen=True, slots=True)
class Stages:
    """The stages of an answer.

    Attributes:
        gather: finds the evidence.
        enough: how confident the model must be that what is cited answers, or what it read, to be told to answer after
            all; at 0 every draft is shown.
        at_last: the same where nothing better was found in the end; above 1 no such draft is shown.
        around: how confident that what stands right around doubted citations does; above 1 it is not asked.
        sure: how confident that what it read does, for sentences to be quoted instead of a draft.
        differing: how confident that another article's figure answers, to be quoted as well; above 1 none is.
        hopeless: how confident it must at least be for the articles to be searched once more; above 1 they never are.
        expand: words the question anew for the second search.
        grounder: makes what checks and cites the claims, of the question and the sentences retrieved.
    """

    gather: Callable[[Inquiry, Snapshot, Tools], Gathered] = gather
    enough: float = ENOUGH
    at_last: float = AT_LAST
    around: float = AROUND
    sure: float = SURE
    differing: float = DIFFERING
    hopeless: float = HOPELESS
    expand: Callable[[str, LanguageModel], tuple[str, Usage]] = hypothesis
    grounder: Callable[[str, Sequence[Sentence], Idf], Checker] = Grounder
