"""The articles and chunks of one version of the index, in a SQLite file: what Chroma and BM25 refer to by ordinal."""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from rag.errors import StoreError
from rag.filters import Filter
from rag.types import Article, Chunk, Listing, Span, chunk_id

_SCHEMA = """
CREATE TABLE article (
    source TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, digest TEXT NOT NULL,
    title TEXT NOT NULL, published TEXT, author TEXT, publisher TEXT, url TEXT,
    body_start INTEGER NOT NULL, leftovers TEXT NOT NULL, text TEXT NOT NULL, pages TEXT NOT NULL, file TEXT,
    signature BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX article_file ON article (coalesce(file, source));
CREATE TABLE chunk (
    ordinal INTEGER PRIMARY KEY, source TEXT NOT NULL REFERENCES article, start INTEGER NOT NULL, end INTEGER NOT NULL,
    text TEXT NOT NULL, title TEXT NOT NULL, sentences TEXT NOT NULL, leftover INTEGER NOT NULL, key TEXT NOT NULL,
    vector TEXT NOT NULL
);
CREATE INDEX chunk_source ON chunk (source);
CREATE INDEX chunk_vector ON chunk (vector);
"""
_ARTICLE = "source, text, title, published, author, publisher, url, body_start, leftovers, pages, file"
_CHUNK = "source, start, end, text, title, sentences, leftover"
_T = TypeVar("_T")
_MOST_VARIABLES = 500  # SQLite takes at least 999 in one statement


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells whether a file may have changed: its size in bytes and its time of change, and its text's SHA-256."""

    size: int
    mtime_ns: int
    digest: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What the vector store holds of a chunk: with the same id, equal entries have the same text, vector and metadata.

    `ordinal` is where the chunk is in one version, `key` its `vector_key`.
    """

    ordinal: int = field(compare=False)
    key: str
    title: str
    leftover: bool


def digest(articles: Iterable[Article]) -> str:
    """Return the SHA-256 of what was read, so that a file that was only touched counts as unchanged."""
    whole = hashlib.sha256()
    for article in articles:
        about = [article.title, article.published, article.author, article.publisher, article.url, article.text]
        whole.update(json.dumps(about).encode())
    return whole.hexdigest()


def vector_key(chunk: Chunk) -> str:
    """Return the SHA-256 of what is embedded: chunks with the same key have the same vector."""
    return hashlib.sha256(chunk.indexed_text.encode()).hexdigest()


class StoreWriter:
    """Fills a new file; nothing reads it before it is complete, so it is written without a journal.

    Of the chunks with one and the same text the first has a vector, and the others refer to it by its id.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._vectors: dict[str, str] = {}
        with self._writing(), contextlib.ExitStack() as opened:
            self._db = opened.enter_context(contextlib.closing(sqlite3.connect(path)))
            self._db.executescript(f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; {_SCHEMA}")
            opened.pop_all()

    def add_article(self, article: Article, stamp: Stamp, signature: bytes) -> None:
        """Add one article with its `rag.twins.signature`."""
        leftovers = json.dumps([(span.start, span.end) for span in article.leftovers])
        row = (
            article.source, article.text, article.title, article.published, article.author, article.publisher,
            article.url, article.body_start, leftovers, json.dumps(article.pages), article.file,
            stamp.size, stamp.mtime_ns, stamp.digest, signature,
        )  # fmt: skip
        columns = f"{_ARTICLE}, size, mtime_ns, digest, signature"
        with self._writing():
            self._db.execute(f"INSERT INTO article ({columns}) VALUES ({_marks(row)})", row)

    def add_chunks(self, first: int, chunks: Iterable[Chunk]) -> None:
        """Add chunks, numbered from `first` on."""
        for ordinal, chunk in enumerate(chunks, first):
            spans = json.dumps([(span.start, span.end) for span in chunk.sentences])
            key = vector_key(chunk)
            row = (chunk.source, chunk.start, chunk.end, chunk.text, chunk.title, spans, chunk.leftover, ordinal, key,
                   self._vectors.setdefault(key, chunk.id))
            with self._writing():
                self._db.execute(f"INSERT INTO chunk ({_CHUNK}, ordinal, key, vector) VALUES ({_marks(row)})", row)

    def close(self) -> None:
        """Write everything out."""
        with contextlib.closing(self._db), self._writing():
            self._db.commit()

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise StoreError.unwritable(self._path, error) from error


class Store:
    """Reads a complete file; safe to share between threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False)
        self._lock = threading.Lock()

    def close(self) -> None:
        """Release the file."""
        with self._lock:
            self._db.close()

    def stamps(self) -> dict[str, Stamp]:
        """Return the stamp of every file by its source."""
        rows = self._rows("SELECT coalesce(file, source), size, mtime_ns, digest FROM article")
        return {source: Stamp(*stamp) for source, *stamp in rows}

    def sources(self) -> tuple[str, ...]:
        """Return the articles' sources, sorted."""
        return tuple(source for (source,) in self._rows("SELECT source FROM article ORDER BY source"))

    def article(self, source: str) -> Article | None:
        """Return one article, or None if there is none by that name."""
        rows = self._rows(f"SELECT {_ARTICLE} FROM article WHERE source = ?", source)
        return _article(rows[0]) if rows else None

    def articles_of(self, file: str) -> list[Article]:
        """Return the articles that a file holds, in its order."""
        rows = self._rows(f"SELECT {_ARTICLE} FROM article WHERE coalesce(file, source) = ?", file)
        return sorted(map(_article, rows), key=lambda article: (len(article.source), article.source))

    def pages(self, source: str) -> tuple[int, ...]:
        """Return the offsets at which an article's pages begin, if it has any."""
        ((pages,),) = self._rows("SELECT pages FROM article WHERE source = ?", source)
        return tuple(json.loads(pages))

    def signatures(self) -> dict[str, bytes]:
        """Return the signature of every article by source."""
        return dict(self._rows("SELECT source, signature FROM article"))

    def listings(self) -> tuple[Listing, ...]:
        """Return what there is to know of every article short of its text, sorted by source."""
        rows = self._rows(
            "SELECT article.source, article.title, published, length(article.text), count(chunk.ordinal) FROM article "
            "LEFT JOIN chunk USING (source) GROUP BY article.source ORDER BY article.source"
        )
        return tuple(Listing(*row) for row in rows)

    def heading(self, source: str) -> tuple[str, str | None]:
        """Return an article's title and publication date without its text."""
        ((title, published),) = self._rows("SELECT title, published FROM article WHERE source = ?", source)
        return title, published

    def chunks(self, ordinals: Sequence[int]) -> list[Chunk]:
        """Return the chunks with these ordinals, in that order."""
        found: dict[int, Chunk] = {}
        for some in _some([int(ordinal) for ordinal in ordinals]):
            query = f"SELECT ordinal, {_CHUNK} FROM chunk WHERE ordinal IN ({_marks(some)})"
            found |= {ordinal: _chunk(row) for ordinal, *row in self._rows(query, *some)}
        return [found[int(ordinal)] for ordinal in ordinals]

    def chunks_in(self, only: Filter) -> dict[int, str]:
        """Return the ordinals of the chunks of some articles, each with the id of the chunk that has its vector."""
        rows = self._rows("SELECT source, published FROM article")
        sources = frozenset(source for source, published in rows if only.allows(source, published))
        rows = self._rows("SELECT ordinal, vector, source FROM chunk")
        return {ordinal: vector for ordinal, vector, source in rows if source in sources}

    def chunks_of(self, source: str) -> list[Chunk]:
        """Return an article's chunks in the order of the text."""
        query = f"SELECT {_CHUNK} FROM chunk WHERE source = ? ORDER BY start"
        return [_chunk(row) for row in self._rows(query, source)]

    def texts(self) -> Iterator[str]:
        """Yield what is searched of each chunk, by ordinal."""
        for row in self._rows(f"SELECT {_CHUNK} FROM chunk ORDER BY ordinal"):
            yield _chunk(row).indexed_text

    def ids(self) -> Iterator[str]:
        """Yield the id of every chunk, by ordinal."""
        for source, start, end in self._rows("SELECT source, start, end FROM chunk ORDER BY ordinal"):
            yield chunk_id(source, start, end)

    def vector_ids_by_key(self) -> dict[str, str]:
        """Return, for every vector key, the id of the chunk that has the vector."""
        return dict(self._rows("SELECT DISTINCT key, vector FROM chunk"))

    def vectors(self) -> dict[str, Entry]:
        """Return what the vector store is to hold, by id, in the order of the ordinals."""
        rows = self._rows(  # SQLite takes the other columns from the row that has the minimum
            "SELECT vector, min(ordinal), key, title, leftover FROM chunk GROUP BY vector ORDER BY 2"
        )
        return {name: Entry(ordinal, key, title, bool(leftover)) for name, ordinal, key, title, leftover in rows}

    def vector_ids(self, ordinals: Sequence[int]) -> list[str]:
        """Return, for each of some chunks, the id of the chunk that has its vector."""
        found: dict[int, str] = {}
        for some in _some([int(ordinal) for ordinal in ordinals]):
            found |= self._rows(f"SELECT ordinal, vector FROM chunk WHERE ordinal IN ({_marks(some)})", *some)
        return [found[int(ordinal)] for ordinal in ordinals]

    def sharing(self, vectors: Sequence[str]) -> dict[str, list[int]]:
        """Return the ordinals of the chunks that share a vector, by the id of the chunk that has it, in order."""
        found: dict[str, list[int]] = {}
        for some in _some(vectors):
            query = f"SELECT vector, ordinal FROM chunk WHERE vector IN ({_marks(some)}) ORDER BY ordinal"
            for vector, ordinal in self._rows(query, *some):
                found.setdefault(vector, []).append(ordinal)
        return found

    def leftovers(self) -> frozenset[int]:
        """Return the ordinals of the chunks that are not part of their article."""
        return frozenset(ordinal for (ordinal,) in self._rows("SELECT ordinal FROM chunk WHERE leftover"))

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        try:
            with self._lock:
                return self._db.execute(query, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise StoreError.damaged(self._path, error) from error


def _some(values: Sequence[_T]) -> Iterator[Sequence[_T]]:
    """Yield so many values as one statement takes."""
    for first in range(0, len(values), _MOST_VARIABLES):
        yield values[first : first + _MOST_VARIABLES]


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))


def _spans(text: str) -> tuple[Span, ...]:
    return tuple(Span(start, end) for start, end in json.loads(text))


def _article(row: Sequence[Any]) -> Article:
    values = dict(zip(_ARTICLE.split(", "), row, strict=True))
    return Article(**{**values, "leftovers": _spans(values["leftovers"]), "pages": tuple(json.loads(values["pages"]))})


def _chunk(row: Sequence[Any]) -> Chunk:
    values = dict(zip(_CHUNK.split(", "), row, strict=True))
    return Chunk(**{**values, "sentences": _spans(values["sentences"]), "leftover": bool(values["leftover"])})
