"""The types that flow through Cited: Article → Chunk → Passage → Evidence → Claim and Citation → Answer.

Every offset pair is a half-open range of characters of the decoded source file (byte-order mark removed, nothing else
changed), so that for an article's text `text[start:end]` is the very passage, quote or sentence.
"""

from __future__ import annotations

import bisect
import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Status = Literal["answered", "refused"]
Verdict = Literal["supported", "partial", "unsupported"]
Mode = Literal["model", "extractive"]
EventKind = Literal["evidence", "token", "claim", "done"]
Place = tuple[str, int, int]  # source, start, end


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of characters, `text[start:end]`."""

    start: int
    end: int


def page_at(pages: Sequence[int], offset: int) -> int | None:
    """Return the number, from 1, of the page on which an offset stands; None where there are no pages."""
    return bisect.bisect_right(pages, offset) or None


@dataclass(frozen=True, slots=True)
class Article:
    """One source file as read.

    `source` is the path relative to the corpus folder, with `/`. `published` is an ISO date (`2024-10-15`) or None when
    the text does not state one plainly. The article begins at `body_start`, after any front matter. `leftovers` are
    what the web page left behind (lists of other stories, comment forms): part of the file, not of the article.

    In formats other than plain text, `text` is what was extracted; `pages` are the offsets at which a PDF's pages
    begin. Where a file holds several articles, as a table does, `source` has the record's number behind it
    (`news.csv#3`) and `file` is the file itself.
    """

    source: str
    text: str
    title: str
    published: str | None = None
    author: str | None = None
    publisher: str | None = None
    url: str | None = None
    body_start: int = 0
    leftovers: tuple[Span, ...] = ()
    pages: tuple[int, ...] = ()
    file: str | None = None

    def page(self, offset: int) -> int | None:
        """Return the number, from 1, of the page on which an offset stands; None where there are no pages."""
        return page_at(self.pages, offset)


@dataclass(frozen=True, slots=True)
class Rejection:
    """A file that is not indexed, and why, in words a person understands."""

    source: str
    reason: str


def chunk_id(source: str, start: int, end: int) -> str:
    """Return the identifier of a chunk: unique within one version of the index."""
    return f"{source}:{start}-{end}"


@dataclass(frozen=True, slots=True)
class Chunk:
    """A run of whole sentences of one article, short enough for the embedder to read in full.

    `sentences` are spans of the article's text, inside `[start, end)`. `title` is the article's, or empty for a
    leftover, which is not part of the article.
    """

    source: str
    start: int
    end: int
    text: str
    title: str
    sentences: tuple[Span, ...]
    leftover: bool = False

    @property
    def id(self) -> str:
        """The chunk's identifier in the index."""
        return chunk_id(self.source, self.start, self.end)

    @property
    def indexed_text(self) -> str:
        """What is embedded and searched: the title, unless it stands in the text, gives a passage its context."""
        return self.text if self.title in self.text else f"{self.title}\n{self.text}"


class _Placed:
    """Something that stands at one place of an article."""

    __slots__ = ()

    source: str
    start: int
    end: int

    @property
    def place(self) -> Place:
        """Where it stands: the same for the same words, whatever they were scored for."""
        return self.source, self.start, self.end


@dataclass(frozen=True, slots=True)
class Passage(_Placed):
    """A retrieved chunk. `score` is the fused relevance in [0, 1], comparable within one question only."""

    source: str
    title: str
    start: int
    end: int
    text: str
    score: float
    published: str | None = None
    leftover: bool = False


@dataclass(frozen=True, slots=True)
class Sentence(_Placed):
    """One sentence of a passage, with its relevance to the question in [0, 1]."""

    source: str
    title: str
    start: int
    end: int
    text: str
    score: float
    published: str | None = None
    leftover: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the model gets to read: `sentences` picked from `passages`, best first in both."""

    sentences: tuple[Sentence, ...]
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Citation(_Placed):
    """One exact passage of a source file: `article_text[start:end] == quote`. `page` is a PDF's, from 1, else None."""

    number: int
    source: str
    title: str
    published: str | None
    start: int
    end: int
    quote: str
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of an answer, the numbers of the citations that carry it, and how well they do.

    `score` is the share of the claim's content that its citations cover, in [0, 1]. `reason` says what is wrong with a
    claim that is not supported, in words a person understands; None if nothing is.
    """

    text: str
    citations: tuple[int, ...]
    verdict: Verdict
    score: float
    reason: str | None = None


class _Record:
    """Lets a small record be read by key as well as by attribute, as it is in JSON."""

    __slots__ = ()

    def __getitem__(self, key: str) -> Any:  # noqa: ANN401
        if key not in self.__dataclass_fields__:  # type: ignore[attr-defined]
            raise KeyError(key)
        return getattr(self, key)


@dataclass(frozen=True, slots=True)
class Usage(_Record):
    """Tokens read and written by the language model, as the provider or else tiktoken counts them.

    Those of drafts and of the second search; a yes or no, and a follow-up put in full, are not counted.
    """

    tokens_in: int = 0
    tokens_out: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(self.tokens_in + other.tokens_in, self.tokens_out + other.tokens_out)


@dataclass(frozen=True, slots=True)
class Timings(_Record):
    """Seconds from the question on: evidence ready, first token written (None without a model), answer checked."""

    retrieve: float = 0.0
    first_token: float | None = None
    total: float = 0.0


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier question of the conversation with its answer's text."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question comes back as. `reason` is set exactly when `status` is "refused".

    `mode` says who wrote it: the language model, or nobody ("extractive": quotations only). `notice` tells the reader
    something about how the answer came to be, such as that no language model is installed. `evidence` are the sentences
    that the answer was made from, best first. `confidence` in [0, 1] is how sure Cited is that what is cited
    answers the question: the model's P(yes) when asked so, else how strong the best quotation is; None where nothing
    was asked. `standalone` is the question as it was understood, where that is not as it was asked: a follow-up in
    full, a misspelt word corrected.
    """

    question: str
    status: Status
    text: str
    claims: tuple[Claim, ...] = ()
    citations: tuple[Citation, ...] = ()
    passages: tuple[Passage, ...] = ()
    reason: str | None = None
    usage: Usage = field(default_factory=Usage)
    timings: Timings = field(default_factory=Timings)
    mode: Mode = "model"
    notice: str | None = None
    evidence: tuple[Sentence, ...] = ()
    confidence: float | None = None
    standalone: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionaries, lists and scalars, ready for JSON; the keys are the attribute names."""
        return to_plain(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Answer:
        """The inverse of `to_dict`; keys it does not know, as a newer version may write, are ignored.

        Raises:
            KeyError: a required key is missing.
        """
        parts: dict[str, Any] = {
            "claims": tuple(_build(Claim, c, citations=tuple(c["citations"])) for c in data.get("claims", ())),
            "citations": tuple(_build(Citation, c) for c in data.get("citations", ())),
            "passages": tuple(_build(Passage, p) for p in data.get("passages", ())),
            "evidence": tuple(_build(Sentence, s) for s in data.get("evidence", ())),
            "usage": _build(Usage, data.get("usage", {})),
            "timings": _build(Timings, data.get("timings", {})),
        }
        for required in ("question", "status", "text"):
            parts[required] = data[required]
        answer: Answer = _build(cls, data, **parts)
        return answer


@dataclass(frozen=True, slots=True)
class Event:
    """One step of a streamed answer; the field named by `kind` is set ("evidence": `passages`; "token": `text`).

    With a claim come the `citations` that its numbers stand for, so that what was checked can be kept if the rest of
    the answer is not waited for. Tokens are a draft: only a "claim" event, and the "done" event's Answer, hold what has
    been checked. A second "evidence" event withdraws the draft so far: more of the articles is being read.
    """

    kind: EventKind
    passages: tuple[Passage, ...] = ()
    text: str = ""
    claim: Claim | None = None
    answer: Answer | None = None
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """An indexed article without its text: how many characters it has, and into how many chunks it was cut.

    `same_as` is the source of an article of which this one is a copy in nearly the same words: the two are one voice.
    """

    source: str
    title: str
    published: str | None
    characters: int
    chunks: int
    same_as: str | None = None


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a sync did with every file of the folder, by `source`.

    A file that was renamed or moved is one of those added, its old name one of those deleted, and `renamed` has both.
    One that can no longer be read is one of those rejected, and `dropped` has it as well: the index no longer does.
    """

    added: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    rejected: tuple[Rejection, ...] = ()
    embedded: int = 0
    chunks: int = 0
    renamed: tuple[tuple[str, str], ...] = ()
    dropped: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether the index differs from what it was before."""
        return bool(self.added or self.updated or self.deleted or self.dropped)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far long work has come: `done` of `total` units of `stage` ("reading", "embedding", …)."""

    stage: str
    done: int
    total: int


def to_plain(record: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return one of these records as plain dictionaries, lists and scalars, ready for JSON; the keys are its fields."""
    plain: dict[str, Any] = _plain(dataclasses.asdict(record))
    return plain


def _build(cls: type[Any], data: dict[str, Any], **replaced: Any) -> Any:  # noqa: ANN401
    known = {f.name for f in dataclasses.fields(cls)}
    return cls(**{key: value for key, value in {**data, **replaced}.items() if key in known})


def _plain(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    return value
