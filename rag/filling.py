"""The vectors of a new version: written to Chroma, and read back before anybody is led to them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from rag.errors import StoreError
from rag.store import Store
from rag.types import Chunk
from rag.vectors import BATCH, Vectors, VectorStore, batches
from rag.versions import Versions

PROBES = 32  # chunks that should find themselves before a version is published
PROBED = 100  # places among which they should: as many as answers are made of
LOST = 3  # that may not: the search is approximate, and a graph that is broken loses more
_TOLERANCE = 1e-3  # of a vector's length from 1


def fill(
    path: Path, versions: Versions, store: Store, vectors_of: Callable[[Sequence[Chunk], int], Vectors]
) -> None:
    """Make the vector store of the version at `path`.

    Args:
        path: the version's folder.
        versions: where its vector store is kept.
        store: its articles and chunks.
        vectors_of: gives the vectors of some chunks, shape (len(chunks), dimension), and is told how many it has given.

    Raises:
        StoreError: chunks are missing, a vector is not of length one, or too many chunks do not find themselves.
    """
    wanted = store.vectors()
    with versions.new_vectors(path, len(wanted)) as vectors:
        first = 0
        for size in batches(len(wanted)):
            some = wanted[first : first + size]
            chunks = store.chunks([ordinal for ordinal, _ in some])
            described = [(ordinal, chunk, shared) for (ordinal, shared), chunk in zip(some, chunks, strict=True)]
            vectors.add(described, vectors_of(chunks, first))
            first += size
    with contextlib.closing(versions.vectors(path)) as vectors:
        _verify(store.vector_ids([ordinal for ordinal, _ in wanted]), vectors, path)


def _verify(ids: Sequence[str], vectors: VectorStore, where: Path) -> None:
    if sorted(ids) != sorted(vectors.ids()):
        raise StoreError(f"{where} did not take every chunk. The index is unchanged; sync again.")
    for start in range(0, len(ids), BATCH):
        lengths = np.linalg.norm(vectors.vectors(ids[start : start + BATCH]), axis=1)
        if not np.all(np.abs(lengths - 1.0) < _TOLERANCE):
            raise StoreError("The embedding model made a vector not of length one. The index is unchanged.")
    probes = ids[:: max(1, len(ids) // PROBES)]
    found = [vectors.nearest(vector, PROBED)[0][1] for vector in vectors.vectors(probes)]
    lost = [probe for probe, similarity in zip(probes, found, strict=True) if similarity < 1.0 - _TOLERANCE]
    if len(lost) > LOST:
        raise StoreError(f"{', '.join(lost[:3])}, … are not found in {where}. The index is unchanged; sync again.")
