"""Building one version of the index: unchanged articles are copied with their vectors, the others read and embedded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from rag import lexical
from rag.chunking import chunk_article
from rag.config import Config
from rag.embedding import Embedder
from rag.errors import StoreError
from rag.reading import SourceFile, read_file
from rag.snapshot import FORMAT, LEXICAL, STORE, VECTORS, Manifest, Snapshot
from rag.store import Stamp, Store, StoreWriter, digest, vector_key
from rag.types import Article, Chunk, Progress, Rejection
from rag.vectors import BATCH, Vectors, VectorStore

PROBES = 32  # chunks that must find themselves before a version is published
_TOLERANCE = 1e-3  # of a vector's length from 1

ProgressCallback = Callable[[Progress], None]


@dataclass(slots=True)
class Built:
    """What building did: the sources it read anew, the files it had to reject, and what was embedded."""

    read: list[str] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)
    embedded: int = 0
    chunks: int = 0
    articles: int = 0


class Builder:
    """Fills the folder of a new version from the files of a corpus.

    `changed` are the sources to read; the others are copied from `old`, as are the vectors of chunks that it knows.
    """

    def __init__(self, folder: Path, embedder: Embedder, config: Config, old: Snapshot | None) -> None:
        self._folder = folder
        self._embedder = embedder
        self._config = config
        self._old = old
        self._known: Mapping[str, str] = old.store.ids_by_key() if old else {}
        self._built = Built()
        self._pending: list[Chunk] = []

    def build(
        self, files: Sequence[SourceFile], changed: frozenset[str], checked_ns: int, progress: ProgressCallback
    ) -> Built:
        """Build, verify, and write the manifest last."""
        self._writer = StoreWriter(self._folder / STORE)
        self._vectors = VectorStore(self._folder / VECTORS, create=True)
        try:
            self._fill(files, changed, progress)
            self._writer.close()
            self._index_words()
            self._verify()
        finally:
            self._vectors.close()
        Manifest(FORMAT, self._embedder.name, self._config.chunk_tokens, self._built.articles, self._built.chunks,
                 checked_ns).write(self._folder)
        return self._built

    def _fill(self, files: Sequence[SourceFile], changed: frozenset[str], progress: ProgressCallback) -> None:
        done, total = 0, sum(file.size for file in files)
        for file in files:
            for article, stamp, chunks in self._article(file, file.source in changed):
                self._writer.add_article(article, stamp)
                self._pending += chunks
                self._built.articles += 1
            done += file.size
            while len(self._pending) >= BATCH:
                self._flush()
                progress(Progress("indexing", done, total))
        self._flush()
        progress(Progress("indexing", total, total))

    def _article(self, file: SourceFile, changed: bool) -> Iterator[tuple[Article, Stamp, Sequence[Chunk]]]:
        if not changed and self._old:
            article = self._old.store.article(file.source)
            if article is not None:
                stamp = Stamp(file.size, file.mtime_ns, digest(article))
                yield article, stamp, self._old.store.chunks_of(file.source)
                return
        read = read_file(file, max_bytes=self._config.max_file_mb * 1_000_000)
        if isinstance(read, Rejection):
            self._built.rejected.append(read)
            return
        self._built.read.append(file.source)
        chunks = chunk_article(read, max_tokens=self._config.chunk_tokens, fits=self._embedder.fits)
        yield read, Stamp(file.size, file.mtime_ns, digest(read)), chunks

    def _flush(self) -> None:
        """Write the next batch of chunks with their vectors."""
        chunks, self._pending = self._pending[:BATCH], self._pending[BATCH:]
        if chunks:
            self._vectors.add(self._built.chunks, chunks, self._vectors_of(chunks))
            self._writer.add_chunks(self._built.chunks, chunks)
            self._built.chunks += len(chunks)

    def _vectors_of(self, chunks: Sequence[Chunk]) -> Vectors:
        keys = [vector_key(chunk) for chunk in chunks]
        texts = {key: chunk.indexed_text for key, chunk in zip(keys, chunks, strict=True) if key not in self._known}
        vectors = dict(zip(texts, self._embedder.embed(list(texts.values())), strict=True)) if texts else {}
        known = list(dict.fromkeys(key for key in keys if key in self._known))
        if known and self._old:
            vectors |= zip(known, self._old.vectors.vectors([self._known[key] for key in known]), strict=True)
        self._built.embedded += len(texts)
        return np.stack([vectors[key] for key in keys])

    def _index_words(self) -> None:
        store = Store(self._folder / STORE)
        try:
            lexical.build(store.texts(), self._folder / LEXICAL)
        finally:
            store.close()

    def _verify(self) -> None:
        """Read the version back.

        Raises:
            StoreError: chunks are missing, a vector is not of length one, or a chunk does not find itself.
        """
        store = Store(self._folder / STORE)
        try:
            ids = list(store.ids())
        finally:
            store.close()
        if sorted(ids) != sorted(self._vectors.ids()):
            raise StoreError(f"{self._folder} did not take every chunk. The index is unchanged; run the sync again.")
        for start in range(0, len(ids), BATCH):
            lengths = np.linalg.norm(self._vectors.vectors(ids[start : start + BATCH]), axis=1)
            if not np.all(np.abs(lengths - 1.0) < _TOLERANCE):
                raise StoreError(f"{self._embedder.name} made a vector not of length one. The index is unchanged.")
        self._probe(ids)

    def _probe(self, ids: Sequence[str]) -> None:
        step = max(1, len(ids) // PROBES)
        probes = range(0, len(ids), step)
        for ordinal, vector in zip(probes, self._vectors.vectors([ids[place] for place in probes]), strict=True):
            nearest = self._vectors.nearest(vector, 1)
            if not nearest or nearest[0][1] < 1.0 - _TOLERANCE:
                raise StoreError(f"{ids[ordinal]} is not found in {self._folder}. The index is unchanged; sync again.")
