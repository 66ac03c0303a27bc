"""Versions of an index on a Chroma server: many machines read one index, and one of them at a time writes it.

    <index>                      its metadata name the version to read: the pointer, replaced in one step
    <index>.<version>            the chunks with their vectors, as in a folder
    <index>.<version>.files      everything else of that version (articles, BM25, manifest), packed, in pieces
    <index>.writer               the writer's lock (`rag.tenure`)
    <index>.reader.<id>          somebody reads a version, so it stays

Each machine keeps a copy of what is not vectors below its own home, fetched when it first reads a version. A crash
leaves at worst collections that nothing points to; the next writer removes them.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock

from rag.archive import pack, unpack
from rag.chroma import Server, server_address
from rag.config import Config
from rag.errors import StoreError
from rag.tenure import Tenure
from rag.vectors import GRAPH, VectorStore
from rag.versions import PATIENCE, Lease, Versions, name_of, this_process, writable

_CURRENT = "current"
_PIECE = 12_000  # bytes; as a document in base64 it has 16,000, and Chroma Cloud takes 16,384
_BATCH = 250  # records written or read at once, of which Chroma Cloud takes 300
_LOOK = 0.2  # seconds between two looks at a lock


class SharedVersions(Versions):
    """The versions of the index `name` on the server that `config.chroma` names."""

    def __init__(self, name: str, config: Config) -> None:
        address = server_address(config)
        place = hashlib.sha256(address.encode()).hexdigest()[:12]
        super().__init__(config.home / "shared" / f"{name}@{place}")
        self.where = f"{name} on {address}"
        self._name = f"cited.{name}"
        self._config = config
        self._connecting = threading.Lock()
        self._connected: Tenure | None = None

    @property
    def _tenure(self) -> Tenure:
        with self._connecting:
            if self._connected is None:
                self._connected = Tenure(Server(self._config))
            return self._connected

    @property
    def _server(self) -> Server:
        return self._tenure.server

    def close(self) -> None:
        """Close the connections."""
        with self._connecting:
            connected, self._connected = self._connected, None
        if connected:
            connected.server.close()

    def current(self) -> str | None:
        """Return the name of the version to read, or None before the first is built."""
        return (self._server.metadata(self._name) or {}).get(_CURRENT)

    @contextlib.contextmanager
    def writing(self, patience: float = PATIENCE) -> Iterator[None]:
        """Hold the writer's lock, on this machine and on the server."""
        with super().writing(patience):
            lock = f"{self._name}.writer"
            self._take(lock, patience)
            try:
                yield
            finally:
                self._tenure.release(lock)

    @contextlib.contextmanager
    def new_vectors(self, path: Path, size: int) -> Iterator[VectorStore]:
        """Yield an empty vector store for a new version. Only while writing."""
        self._server.create(f"{self._name}.{path.name}", {"chunks": size}, hnsw=GRAPH)
        yield self.vectors(path)

    def carries(self, old: Path, *, removed: int, added: int, then: int) -> bool:
        """Never: a server cannot copy a collection."""
        return False

    def vectors(self, path: Path) -> VectorStore:
        """Open the vector store of a version."""
        server = self._server
        with server.errors():
            collection = server.collection(f"{self._name}.{path.name}")
        return VectorStore(collection, _nothing, batch=_BATCH, errors=server.errors)

    def discard(self, path: Path) -> None:
        """Remove a version that came to nothing, unless it failed only after it had become current."""
        with contextlib.suppress(StoreError):  # where the server is away, the next writer collects it
            super().discard(path)
            if not path.exists():
                self._server.delete(f"{self._name}.{path.name}")
                self._server.delete(f"{self._name}.{path.name}.files")

    def publish(self, path: Path) -> None:
        """Make a complete version the current one, in one step. Only while writing.

        Raises:
            StoreError: another writer has taken this one for dead meanwhile; the version that is current stays so.
        """
        self._upload(path)
        if not self._tenure.holds(f"{self._name}.writer"):
            raise StoreError(f"{self.where} has been taken over by another writer, and is as that one left it.")
        pointer = {_CURRENT: path.name}
        if not self._server.create(self._name, pointer):
            self._server.update(self._name, pointer)

    def collect(self) -> None:
        """Remove the versions that are neither current nor read by anybody, here and on the server."""
        keep, found = {self.current()}, self._server.collections(f"{self._name}.")
        for name, told in found.items():
            if name.startswith(f"{self._name}.reader."):
                if self._tenure.is_void(told):
                    self._server.delete(name)
                else:
                    keep.add(told.get(_CURRENT))
        for name in found:
            version = name.removeprefix(f"{self._name}.").removesuffix(".files")
            if version != "writer" and not version.startswith("reader.") and version not in keep:
                self._server.delete(name)
        super().collect()

    def _leased_by_me(self, name: str) -> Lease:
        """Lease a version on the server and here, where its files are fetched if they are missing."""
        claim, tenure = f"{self._name}.reader.{uuid.uuid4().hex}", self._tenure
        with contextlib.ExitStack() as held:
            tenure.claim(claim, {**this_process(), _CURRENT: name})
            held.callback(tenure.release, claim)
            local = super()._leased_by_me(name)
            held.callback(local.release)
            if self.current() == name:  # otherwise it may be gone, and whoever leases looks again
                self._fetch(local.path)
            return Lease(name, local.path, held.pop_all().close)

    def _take(self, lock: str, patience: float) -> None:
        """Claim the writer's lock, from a holder that is dead if need be.

        Raises:
            IndexLocked: somebody else holds it for longer than `patience`; the message names the process.
        """
        until = time.monotonic() + patience
        # `folder` tells a process of this home: as this one holds the lock on disk, that one is no more.
        me = {**this_process(), "folder": self._folder_id(), "token": uuid.uuid4().hex}
        while not self._tenure.claim(lock, me):
            told = self._server.metadata(lock) or {}
            if told and (told.get("folder") == me["folder"] or self._tenure.is_void(told)):
                self._server.delete(lock)
            elif time.monotonic() > until:
                raise self._locked(name_of(told))
            else:
                time.sleep(_LOOK)

    def _folder_id(self) -> str:
        path = self.folder / "id"
        with writable(path):
            if not path.is_file():
                path.write_text(uuid.uuid4().hex, encoding="ascii")
            return path.read_text(encoding="ascii")

    def _upload(self, path: Path) -> None:
        """Put the files of a version on the server."""
        files = {file.relative_to(path).as_posix(): file for file in path.rglob("*") if file.is_file()}
        name = f"{self._name}.{path.name}.files"
        with writable(self.folder), tempfile.TemporaryDirectory(dir=self.folder) as scratch:
            archive = Path(scratch) / "files.zip"
            pack(archive, files)
            pieces = -(-archive.stat().st_size // _PIECE)
            self._server.create(name, {"pieces": pieces}, hnsw={"space": "l2"})
            with self._server.errors(), archive.open("rb") as packed:
                collection = self._server.collection(name)
                for first in range(0, pieces, _BATCH):
                    numbers = range(first, min(first + _BATCH, pieces))
                    collection.add(
                        ids=[str(number) for number in numbers],
                        embeddings=[[float(number)] for number in numbers],
                        documents=[base64.b64encode(packed.read(_PIECE)).decode("ascii") for _ in numbers],
                    )

    def _fetch(self, path: Path) -> None:
        """Copy the files of a version from the server, unless they are here; all of them appear at once."""
        with writable(self.folder), FileLock(self.folder / "fetching.lock"):
            if path.is_dir():
                return
            with tempfile.TemporaryDirectory(dir=self.folder) as scratch:
                archive, files = Path(scratch) / "files.zip", Path(scratch) / "files"
                self._download(f"{self._name}.{path.name}.files", archive)
                unpack(archive, files)
                path.parent.mkdir(exist_ok=True)
                os.replace(files, path)

    def _download(self, name: str, archive: Path) -> None:
        with self._server.errors(), archive.open("wb") as packed:
            collection = self._server.collection(name)
            pieces = int(collection.metadata["pieces"])
            for first in range(0, pieces, _BATCH):
                wanted = [str(number) for number in range(first, min(first + _BATCH, pieces))]
                found = collection.get(ids=wanted, include=["documents"])
                pieces_by_id = dict(zip(found["ids"], found["documents"], strict=True))
                for number in wanted:
                    packed.write(base64.b64decode(pieces_by_id[number]))


def _nothing() -> None:
    """Close nothing: the connections are the server's."""
