"""The vectors of one version of the index, in a Chroma collection. The only module that imports chromadb."""

from __future__ import annotations

import json
import threading
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.types import Chunk

COLLECTION = "articles"
_HNSW_BATCH = 100  # Chroma's default
# Twice Chroma's defaults. With those, up to 2 of 2,000 nearly identical chunks, as the rows of a table are, were not
# found by their own vectors in three of five builds; with these none was. Building and searching cost the same.
_GRAPH = {"ef_construction": 200, "max_neighbors": 32}
BATCH = 1000  # chunks written or read at once: bounds memory, since Chroma hands vectors over as float64

Vectors = NDArray[np.float32]


class VectorStore:
    """A collection whose ids are `Chunk.id` and whose metadata name each chunk's ordinal, source and offsets.

    The metadata also hold what LlamaIndex's `ChromaVectorStore` needs to make a node of it.
    """

    def __init__(self, folder: Path, *, hnsw: dict[str, Any] | None = None) -> None:
        import chromadb
        from chromadb.config import Settings

        settings = Settings(anonymized_telemetry=False, allow_reset=False)
        self._client = chromadb.PersistentClient(str(folder), settings=settings)
        self._lock = threading.Lock()
        open_collection = self._client.create_collection if hnsw else self._client.get_collection
        configuration = {"configuration": {"hnsw": hnsw}} if hnsw else {}
        self.collection: Any = open_collection(COLLECTION, embedding_function=None, **configuration)

    @classmethod
    def create(cls, folder: Path, size: int) -> VectorStore:
        """Make an empty collection that will take exactly `size` chunks.

        Chroma then saves the vector index with the last of them. Were it not saved, whoever opens the collection would
        build it again, and write to it.
        """
        size = max(size, 1)
        saving = {"sync_threshold": size, "batch_size": min(size, _HNSW_BATCH)}
        return cls(folder, hnsw={"space": "cosine", **saving, **_GRAPH})

    def close(self) -> None:
        """Release the files."""
        self._client.close()

    def add(self, first: int, chunks: Sequence[Chunk], vectors: Vectors) -> None:
        """Add chunks, numbered from `first` on, with their vectors, shape (len(chunks), dimension)."""
        for start in range(0, len(chunks), BATCH):
            some = chunks[start : start + BATCH]
            self.collection.add(
                ids=[chunk.id for chunk in some],
                embeddings=vectors[start : start + BATCH],
                documents=[chunk.text for chunk in some],
                metadatas=[_metadata(first + start + place, chunk) for place, chunk in enumerate(some)],
            )

    def count(self) -> int:
        """Return how many chunks Chroma holds."""
        return int(self.collection.count())

    def nearest(
        self, vector: Vectors, k: int, sources: Collection[str] | None = None
    ) -> list[tuple[int, float]]:
        """Return the ordinals and cosine similarities of the `k` chunks nearest to a vector, nearest first.

        With `sources`, only the chunks of these articles count.
        """
        k = min(k, self.count())
        if k == 0 or sources == frozenset():
            return []
        where = {"source": {"$in": sorted(sources)}} if sources is not None else None
        with self._lock:
            found = self.collection.query(
                query_embeddings=[vector], n_results=k, where=where, include=["metadatas", "distances"]
            )
        pairs = zip(found["metadatas"][0], found["distances"][0], strict=True)
        return [(int(metadata["ordinal"]), 1.0 - float(distance)) for metadata, distance in pairs]

    def vectors(self, ids: Sequence[str]) -> Vectors:
        """Return the vectors of these chunks, in the order of the ids; shape (len(ids), dimension)."""
        rows: dict[str, Vectors] = {}
        for start in range(0, len(ids), BATCH):
            with self._lock:
                found = self.collection.get(ids=list(ids[start : start + BATCH]), include=["embeddings"])
            rows |= zip(found["ids"], np.asarray(found["embeddings"], dtype=np.float32), strict=True)
        return np.stack([rows[chunk_id] for chunk_id in ids]) if ids else np.zeros((0, 0), dtype=np.float32)

    def ids(self) -> Iterator[str]:
        """Yield the id of every chunk."""
        for start in range(0, self.count(), BATCH):
            yield from self.collection.get(limit=BATCH, offset=start, include=[])["ids"]


def _metadata(ordinal: int, chunk: Chunk) -> dict[str, Any]:
    plain = {
        "source": chunk.source,
        "title": chunk.title,
        "start": chunk.start,
        "end": chunk.end,
        "leftover": chunk.leftover,
        "ordinal": ordinal,
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
