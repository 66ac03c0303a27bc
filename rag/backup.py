"""An index as one file: everything of a version with its checksums, its vectors in a form that every Chroma takes."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from rag.archive import pack, unpack
from rag.embedding import Vectors
from rag.errors import StoreError
from rag.filling import fill
from rag.seal import seal
from rag.snapshot import LEXICAL, MANIFEST, STORE, Manifest, Snapshot
from rag.store import Store
from rag.versions import Versions, writable

_VECTORS = "vectors.npy"  # float32, one row a chunk that has a vector, by ordinal


def write(snapshot: Snapshot, archive: Path, extras: Mapping[str, Path]) -> None:
    """Write a version, and some files beside it, into an archive, which appears under its name when it is complete.

    Raises:
        StoreError: there is a file of that name, or it cannot be written.
    """
    if not archive.parent.is_dir():
        raise StoreError(f"{archive} cannot be written: there is no folder {archive.parent}. Make it, or name another.")
    if archive.exists():
        raise StoreError(f"{archive} exists already. Name another file, or move that one away.")
    with writable(archive.parent), tempfile.TemporaryDirectory(dir=archive.parent, prefix=".") as scratch:
        vectors = Path(scratch) / _VECTORS
        np.save(vectors, _vectors(snapshot))
        files = {_VECTORS: vectors, STORE: snapshot.path / STORE, MANIFEST: snapshot.path / MANIFEST}
        files |= {f"{LEXICAL}/{path.name}": path for path in (snapshot.path / LEXICAL).iterdir()}
        packed = Path(scratch) / "archive"
        pack(packed, {**files, **extras})
        os.replace(packed, archive)


def read(archive: Path, path: Path, versions: Versions, embedder: str, extras: Mapping[str, Path]) -> None:
    """Make the new version at `path` of an archive, and put the files that stood beside it where they belong.

    Raises:
        StoreError: it is no archive, not intact, of another format, or of another embedding model.
    """
    if not archive.is_file():
        raise StoreError(f"{archive} is not a file. Name one that `cited export` wrote.")
    with writable(path), tempfile.TemporaryDirectory(dir=path.parent.parent) as scratch:
        files = Path(scratch)
        names = unpack(archive, files)
        _check(archive, files, names, embedder)
        try:
            vectors: Vectors = np.load(files / _VECTORS, mmap_mode="r", allow_pickle=False)
        except ValueError as error:
            raise StoreError(f"{archive} has no vectors that can be read ({error}). Export it once more.") from error
        for name in (STORE, LEXICAL, MANIFEST):
            os.replace(files / name, path / name)
        with contextlib.closing(Store(path / STORE)) as store:
            fill(path, versions, store, lambda chunks, done, _: np.asarray(vectors[done : done + len(chunks)]))
        seal(path)
        for name, place in extras.items():
            if name in names:
                shutil.move(files / name, place)


def _check(archive: Path, files: Path, names: Sequence[str], embedder: str) -> None:
    if not {STORE, MANIFEST, _VECTORS} <= set(names):
        raise StoreError(f"{archive} holds no index. Name a file that `cited export` wrote.")
    try:
        filled_by = Manifest.read(files).embedder
    except StoreError as error:
        raise StoreError(f"{archive} was written by another version of Cited. Export it with this one.") from error
    if filled_by != embedder:
        raise StoreError(f"{archive} was filled by the embedding model {filled_by}, not {embedder}. Use that model.")


def _vectors(snapshot: Snapshot) -> Vectors:
    return snapshot.vectors.vectors(list(snapshot.store.vectors()))
