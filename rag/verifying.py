"""A new version of the index, read back before anybody is led to it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rag.errors import StoreError
from rag.vectors import BATCH, VectorStore

PROBES = 32  # chunks that must find themselves before a version is published
PROBED = 10  # places among which they must: the search is approximate, and answers are made of a hundred
_TOLERANCE = 1e-3  # of a vector's length from 1


def verify(ids: Sequence[str], vectors: VectorStore, where: object) -> None:
    """Compare what the vector store of a new version holds with the ids of all its chunks.

    Raises:
        StoreError: chunks are missing, a vector is not of length one, or a chunk does not find itself.
    """
    if sorted(ids) != sorted(vectors.ids()):
        raise StoreError(f"{where} did not take every chunk. The index is unchanged; sync again.")
    for start in range(0, len(ids), BATCH):
        lengths = np.linalg.norm(vectors.vectors(ids[start : start + BATCH]), axis=1)
        if not np.all(np.abs(lengths - 1.0) < _TOLERANCE):
            raise StoreError("The embedding model made a vector not of length one. The index is unchanged.")
    step = max(1, len(ids) // PROBES)
    probes = ids[::step]
    for probe, vector in zip(probes, vectors.vectors(probes), strict=True):
        if all(similarity < 1.0 - _TOLERANCE for _, similarity in vectors.nearest(vector, PROBED)):
            raise StoreError(f"{probe} is not found in {where}. The index is unchanged; sync again.")
