"""Building one version of the index: unchanged articles are copied with their vectors, the others read and embedded."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from rag import lexical
from rag.chunking import chunk_article
from rag.config import Config
from rag.embedding import Embedder, Vectors
from rag.filling import fill
from rag.folder import SourceFile
from rag.reading import read_file
from rag.seal import seal
from rag.snapshot import FORMAT, LEXICAL, READING, STORE, Manifest, Snapshot
from rag.store import Stamp, Store, StoreWriter, digest, vector_key
from rag.twins import signature
from rag.types import Article, Chunk, Progress, Rejection
from rag.versions import Versions, writable

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
    """Fills a new version, at `folder`, from the files of a corpus.

    `changed` are the sources to read; the others are copied from `old`, as are the vectors of chunks that it knows.
    """

    def __init__(
        self, folder: Path, versions: Versions, embedder: Embedder, config: Config, old: Snapshot | None
    ) -> None:
        self._folder = folder
        self._versions = versions
        self._embedder = embedder
        self._config = config
        self._old = old
        self._known: Mapping[str, str] = old.store.vector_ids_by_key() if old else {}
        self._signatures = old.store.signatures() if old else {}
        self._built = Built()

    def build(
        self, files: Sequence[SourceFile], changed: frozenset[str], checked_ns: int, progress: ProgressCallback
    ) -> Built:
        """Build, verify, write the manifest, and seal it all."""
        with contextlib.closing(StoreWriter(self._folder / STORE)) as writer:
            self._read(files, changed, writer, progress)
        with contextlib.closing(Store(self._folder / STORE)) as store:
            with writable(self._folder / LEXICAL):
                lexical.build(store.texts(), self._folder / LEXICAL)
            self._embed(store, progress)
        built = self._built
        with writable(self._folder):
            Manifest(
                FORMAT, self._embedder.name, self._config.chunk_tokens, built.articles, built.chunks, checked_ns,
                READING,
            ).write(self._folder)  # fmt: skip
            seal(self._folder)
        return built

    def _read(
        self, files: Sequence[SourceFile], changed: frozenset[str], writer: StoreWriter, progress: ProgressCallback
    ) -> None:
        """Write every article and its chunks to the store."""
        for place, file in enumerate(files):
            progress(Progress("reading", place, len(files)))
            found = self._articles(file, file.source in changed)
            stamp = Stamp(file.size, file.mtime_ns, digest(article for article, _ in found))
            for article, chunks in found:
                known = self._signatures.get(article.source) if file.source not in changed else None
                writer.add_article(article, stamp, known or signature(article))
                writer.add_chunks(self._built.chunks, chunks)
                self._built.articles += 1
                self._built.chunks += len(chunks)

    def _articles(self, file: SourceFile, changed: bool) -> Sequence[tuple[Article, Sequence[Chunk]]]:
        """Return a file's articles and their chunks, from the old version unless it changed; none if it is rejected."""
        if self._old and not changed:
            store = self._old.store
            if known := [(article, store.chunks_of(article.source)) for article in store.articles_of(file.source)]:
                return known
        read = read_file(file, max_bytes=self._config.max_file_mb * 1_000_000)
        if isinstance(read, Rejection):
            self._built.rejected.append(read)
            return []
        self._built.read.append(file.source)
        return [(article, self._chunked(article)) for article in read]

    def _chunked(self, article: Article) -> Sequence[Chunk]:
        return chunk_article(article, max_tokens=self._config.chunk_tokens, fits=self._embedder.fits)

    def _embed(self, store: Store, progress: ProgressCallback) -> None:
        """Write every vector to Chroma, and read them back."""

        def vectors_of(chunks: Sequence[Chunk], done: int, wanted: int) -> Vectors:
            progress(Progress("embedding", done, wanted))
            return self._vectors_of(chunks)

        added = fill(self._folder, self._versions, store, vectors_of, self._old)
        progress(Progress("embedding", added, added))

    def _vectors_of(self, chunks: Sequence[Chunk]) -> Vectors:
        keys = [vector_key(chunk) for chunk in chunks]
        texts = {key: chunk.indexed_text for key, chunk in zip(keys, chunks, strict=True) if key not in self._known}
        vectors = dict(zip(texts, self._embedder.embed(list(texts.values())), strict=True)) if texts else {}
        known = list(dict.fromkeys(key for key in keys if key in self._known))
        if known and self._old:
            vectors |= zip(known, self._old.vectors.vectors([self._known[key] for key in known]), strict=True)
        self._built.embedded += len(texts)
        return np.stack([vectors[key] for key in keys])
