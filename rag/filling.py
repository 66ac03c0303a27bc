"""The vectors of a new version: written to Chroma, and read back before anybody is led to them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from rag.embedding import Vectors
from rag.errors import StoreError
from rag.snapshot import Snapshot
from rag.store import Entry, Store
from rag.types import Chunk
from rag.vectors import BATCH, VectorStore, batches
from rag.versions import Versions

PROBES = 32  # chunks that should find themselves before a version is published, and as many of those that are new
PROBED = 100  # places among which they should: as many as answers are made of
LOST = 3  # that may not: the search is approximate, and a graph that is broken loses more
_TOLERANCE = 1e-3  # of a vector's length from 1

VectorsOf = Callable[[Sequence[Chunk], int, int], Vectors]


def fill(path: Path, versions: Versions, store: Store, vectors_of: VectorsOf, old: Snapshot | None = None) -> int:
    """Make the vector store of the version at `path`, and return how many chunks were added to it.

    Args:
        path: the version's folder.
        versions: where its vector store is kept.
        store: its articles and chunks.
        vectors_of: gives the vectors of some chunks, shape (len(chunks), dimension), and is told how many it has given
            and how many it will give in all.
        old: the version before, whose vectors are carried over where that is possible and costs less.

    Raises:
        StoreError: chunks are missing, a vector is not of length one, or too many chunks do not find themselves.
    """
    wanted = store.vectors()
    held = old.store.vectors() if old else {}
    gone, fresh = _beyond(held, wanted), _beyond(wanted, held)
    with contextlib.ExitStack() as opened:
        if old and versions.carries(old.path, removed=len(gone), added=len(fresh), then=len(wanted)):
            vectors = opened.enter_context(versions.carried_vectors(old.path, path, len(gone) + len(fresh)))
            vectors.remove(list(gone))
        else:
            fresh = wanted
            vectors = opened.enter_context(versions.new_vectors(path, len(fresh)))
        for chunks, done in _in_batches(store, fresh):
            vectors.add(chunks, vectors_of(chunks, done, len(fresh)))
    with contextlib.closing(versions.vectors(path)) as vectors:
        _verify(list(wanted), list(fresh), vectors, path)
    return len(fresh)


def _beyond(some: dict[str, Entry], others: dict[str, Entry]) -> dict[str, Entry]:
    """Return the entries that the others have not, or not so."""
    return {name: entry for name, entry in some.items() if others.get(name) != entry}


def _in_batches(store: Store, fresh: dict[str, Entry]) -> Iterator[tuple[list[Chunk], int]]:
    """Yield the chunks of entries, and how many were yielded before."""
    entries, done = list(fresh.values()), 0
    for size in batches(len(entries)):
        some = entries[done : done + size]
        yield store.chunks([entry.ordinal for entry in some]), done
        done += size


def _verify(ids: Sequence[str], fresh: Sequence[str], vectors: VectorStore, where: Path) -> None:
    if sorted(ids) != sorted(vectors.ids()):
        raise StoreError(f"{where} did not take every chunk. The index is unchanged; sync again.")
    for start in range(0, len(fresh), BATCH):
        lengths = np.linalg.norm(vectors.vectors(fresh[start : start + BATCH]), axis=1)
        if not np.all(np.abs(lengths - 1.0) < _TOLERANCE):
            raise StoreError("The embedding model made a vector not of length one. The index is unchanged.")
    for some in (ids, fresh):
        probes = some[:: max(1, len(some) // PROBES)]
        found = [vectors.nearest(vector, PROBED)[0][1] for vector in vectors.vectors(probes)]
        lost = [probe for probe, similarity in zip(probes, found, strict=True) if similarity < 1.0 - _TOLERANCE]
        if len(lost) > LOST:
            raise StoreError(f"{', '.join(lost[:3])}, … are not found in {where}. The index is unchanged; sync again.")
