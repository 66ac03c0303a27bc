"""The vectors of one version of the index, in a Chroma collection."""

from __future__ import annotations

import functools
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np

from rag.chroma import close_local, folder_errors, local_client
from rag.embedding import Vectors
from rag.errors import StoreError
from rag.types import Chunk

COLLECTION = "articles"
_HNSW_BATCH = 100  # Chroma's default
# Twice Chroma's defaults, and four times that of `ef_search`. With those, up to 2 of 2,000 nearly identical chunks, as
# the rows of a table are, were not found by their own vectors; without the last, 7 in 1,000 of 12,000 were not, with it
# none, for 2 ms more of a search.
GRAPH = {"space": "cosine", "ef_construction": 200, "max_neighbors": 32, "ef_search": 400}
SAVED = 10_000  # chunks added, at most, before Chroma saves the vector index: without, 100,000 took it 1.3 GB
BATCH = 1000  # chunks written or read at once: bounds memory, since Chroma hands vectors over as float64
MOST_IDS = 10_000  # among which one query looks; SQLite takes 32,766 values


class VectorStore:
    """A collection whose ids are `Chunk.id` and whose metadata name each chunk's source and offsets.

    Chunks of one and the same text are in it once: where a thousand articles end in the same words, so many equal
    vectors hid one in twenty of the others from the approximate search.

    The metadata also hold what LlamaIndex's `ChromaVectorStore` needs to make a node of it. `batch` is how many chunks
    are written or read at once, and `errors` a context that makes a StoreError of whatever Chroma raises.
    """

    def __init__(
        self,
        collection: Any,  # noqa: ANN401
        close: Callable[[], None],
        *,
        batch: int = BATCH,
        errors: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self.collection = collection
        self.batch = batch
        self._close = close
        self._errors = errors
        self._lock = threading.Lock()

    @classmethod
    def open(cls, folder: Path) -> VectorStore:
        """Open the collection in a folder."""
        with folder_errors(folder):
            client = local_client(folder)
            collection = client.get_collection(COLLECTION, embedding_function=None)
        return cls(collection, functools.partial(close_local, client), errors=functools.partial(folder_errors, folder))

    @classmethod
    def create(cls, folder: Path, size: int) -> VectorStore:
        """Make an empty collection in a folder, that will take exactly `size` chunks.

        If they are added in `batches`, Chroma saves the vector index with the last of them. Were it not saved, whoever
        opens the collection would build it again, and write to it.
        """
        configuration = {"hnsw": {**GRAPH, **_saving(_parts(size)[-1])}}
        with folder_errors(folder):
            client = local_client(folder)
            collection = client.create_collection(COLLECTION, embedding_function=None, configuration=configuration)
        return cls(collection, functools.partial(close_local, client), errors=functools.partial(folder_errors, folder))

    def close(self) -> None:
        """Release the files."""
        self._close()

    def expect(self, changes: int) -> None:
        """Have Chroma save the vector index with the last of exactly so many chunks that are removed or added next.

        It does so for whoever opens the folder after this.
        """
        with self._errors():
            self.collection.modify(configuration={"hnsw": _saving(changes)})

    def remove(self, ids: Sequence[str]) -> None:
        """Remove chunks."""
        for start in range(0, len(ids), self.batch):
            with self._errors():
                self.collection.delete(ids=list(ids[start : start + self.batch]))

    def add(self, chunks: Sequence[Chunk], vectors: Vectors) -> None:
        """Add chunks; vectors (len(chunks), dimension)."""
        for start in range(0, len(chunks), self.batch):
            some = chunks[start : start + self.batch]
            with self._errors():
                self.collection.add(
                    ids=[chunk.id for chunk in some],
                    embeddings=vectors[start : start + self.batch],
                    documents=[chunk.text for chunk in some],
                    metadatas=[_metadata(chunk) for chunk in some],
                )

    def count(self) -> int:
        """Return how many chunks Chroma holds."""
        with self._errors():
            return int(self.collection.count())

    def nearest(self, vector: Vectors, k: int, among: Sequence[str] | None = None) -> list[tuple[str, float]]:
        """Return the ids and cosine similarities of the `k` chunks nearest to a vector, nearest first.

        With `among`, only the chunks with these ids count.
        """
        if among is None:
            return self._queried(vector, min(k, self.count()), None)
        parts = [list(among[start : start + MOST_IDS]) for start in range(0, len(among), MOST_IDS)]
        found = [pair for part in parts for pair in self._queried(vector, min(k, len(part)), part)]
        return sorted(found, key=lambda pair: -pair[1])[:k]

    def _queried(self, vector: Vectors, k: int, among: list[str] | None) -> list[tuple[str, float]]:
        if k == 0:
            return []
        with self._lock, self._errors():
            found = self.collection.query(query_embeddings=[vector], n_results=k, ids=among, include=["distances"])
            pairs = zip(found["ids"][0], found["distances"][0], strict=True)
            return [(name, 1.0 - float(distance)) for name, distance in pairs]

    def vectors(self, ids: Sequence[str]) -> Vectors:
        """Return the vectors of these chunks, in the order of the ids; shape (len(ids), dimension)."""
        rows: dict[str, Vectors] = {}
        once = list(dict.fromkeys(ids))
        for start in range(0, len(once), self.batch):
            with self._lock, self._errors():
                found = self.collection.get(ids=once[start : start + self.batch], include=["embeddings"])
            rows |= zip(found["ids"], np.asarray(found["embeddings"], dtype=np.float32), strict=True)
        if missing := len(once) - len(rows):
            raise StoreError.damaged("The index", f"{missing:,} of {len(once):,} vectors are missing")
        return np.stack([rows[chunk_id] for chunk_id in ids]) if ids else np.zeros((0, 0), dtype=np.float32)

    def ids(self) -> Iterator[str]:
        """Yield the id of every chunk."""
        for start in range(0, self.count(), self.batch):
            with self._errors():
                found = self.collection.get(limit=self.batch, offset=start, include=[])
            yield from found["ids"]


def batches(size: int) -> list[int]:
    """Return the sizes of the batches in which `size` chunks are added.

    Chroma keeps what is added in memory, text and all, until it saves the vector index, which it does when a batch ends
    and so many have been added since the last time as its threshold says: with the end of each part, and no earlier.
    """
    return [size for part in _parts(size) for size in _split(part, -(-part // BATCH))]


def _parts(size: int) -> list[int]:
    """The numbers of chunks between two times that the vector index is saved, of which the last is the smallest."""
    return _split(size, max(1, -(-size // SAVED)))


def _split(size: int, parts: int) -> list[int]:
    """Split a number into parts that differ by one at most, the larger ones first."""
    return [size // parts + (part < size % parts) for part in range(parts)]


def _saving(changes: int) -> dict[str, int]:
    """The settings by which Chroma saves the vector index as soon as so many chunks were changed."""
    return {"sync_threshold": max(1, changes), "batch_size": max(1, min(changes, _HNSW_BATCH))}


def _metadata(chunk: Chunk) -> dict[str, Any]:
    plain = {
        "source": chunk.source,
        "title": chunk.title,
        "start": chunk.start,
        "end": chunk.end,
        "leftover": chunk.leftover,
    }
    return {**plain, "doc_id": chunk.source, "_node_type": "TextNode", "_node_content": _node(chunk, plain)}


def _node(chunk: Chunk, metadata: dict[str, Any]) -> str:
    """Return a LlamaIndex TextNode as it stores itself; its text is the collection's document."""
    article = {"node_id": chunk.source, "node_type": "4", "metadata": {}, "class_name": "RelatedNodeInfo"}
    node = {
        "id_": chunk.id,
        "metadata": metadata,
        "relationships": {"1": article},
        "start_char_idx": chunk.start,
        "end_char_idx": chunk.end,
        "class_name": "TextNode",
    }
    return json.dumps(node, ensure_ascii=False)
