"""Versions of an index on disk: one writer at a time, a pointer that is swapped, leases that keep a version in use.

    <folder>/current            the name of the version to read, replaced atomically
    <folder>/writer.lock        held by the one process that builds (`writer.json` says which)
    <folder>/versions/<name>/   a complete version, never changed after the pointer names it
    <folder>/leases/<name>/     one locked file for each reader that has this version open

A crash leaves at worst a version that nothing points to and no one leases; the next writer removes it.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import re
import shutil
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from rag import carrying
from rag.errors import IndexLocked, StoreError
from rag.scrub import scrub
from rag.vectors import VectorStore

VECTORS = "chroma"  # the folder of a version that holds them
PATIENCE = 1.0  # seconds that a second writer waits before it gives up
_NAME = re.compile(r"\d{8}T\d{6}-[0-9a-f]{8}")  # of a version


@dataclass(frozen=True, slots=True)
class Lease:
    """A version that stays as it is until `release` is called; a later `collect` may remove it then."""

    name: str
    path: Path
    release: Callable[[], None]


class Versions:
    """The versions of one index below `folder`.

    Attributes:
        folder: where they are on this disk.
        where: the same for people to read.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.where = str(folder)
        self._pointer = folder / "current"

    def close(self) -> None:
        """Let go of whatever is held open."""

    def current(self) -> str | None:
        """Return the name of the version to read, or None before the first is built."""
        try:
            name = self._pointer.read_text(encoding="ascii").strip()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise StoreError.damaged(self._pointer, error) from error
        if not _NAME.fullmatch(name):
            raise StoreError.damaged(self._pointer, "it names no version")
        return name

    def lease(self) -> Lease | None:
        """Lease the current version; None before the first is built.

        The pointer is looked at again once the lease is held: only then is the version safe from `collect`.
        """
        while (name := self.current()) is not None:
            try:
                lease = self._leased_by_me(name)
            except Timeout:  # `collect` looks at it
                continue
            except StoreError:
                if self.current() == name:
                    raise
                continue  # `collect` has removed it
            if self.current() == name:
                return lease
            lease.release()
        return None

    @contextlib.contextmanager
    def writing(self, patience: float = PATIENCE) -> Iterator[None]:
        """Hold the writer's lock, for which to wait some seconds at most.

        Raises:
            IndexLocked: another process holds it; the message names the process.
            StoreError: the folder cannot be written.
        """
        with writable(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        holder = self.folder / "writer.json"
        lock = FileLock(self.folder / "writer.lock", timeout=patience)
        try:
            with writable(self.folder):
                lock.acquire()
        except Timeout:
            raise self._locked(_read_holder(holder)) from None
        try:
            with writable(holder):
                holder.write_text(json.dumps(this_process()), encoding="utf-8")
            yield
        finally:
            holder.unlink(missing_ok=True)
            lock.release()

    def create(self) -> Path:
        """Make the folder for a new version. Only while writing."""
        name = time.strftime("%Y%m%dT%H%M%S-", time.gmtime()) + uuid.uuid4().hex[:8]
        path = self.folder / "versions" / name
        with writable(path):
            path.mkdir(parents=True)
        return path

    @contextlib.contextmanager
    def new_vectors(self, path: Path, size: int) -> Iterator[VectorStore]:
        """Yield an empty vector store for a new version, which will take exactly `size` chunks. Only while writing."""
        with contextlib.closing(VectorStore.create(path / VECTORS, size)) as vectors:
            yield vectors
        scrub(path / VECTORS)

    def carries(self, old: Path, *, removed: int, added: int, then: int) -> bool:
        """Whether `carried_vectors` can be had of an old version and cost less than all `then` chunks made anew."""
        return carrying.is_worth_it(old / VECTORS, removed=removed, added=added, then=then)

    @contextlib.contextmanager
    def carried_vectors(self, old: Path, path: Path, changes: int) -> Iterator[VectorStore]:
        """Yield the vector store of an old version for a new one, where exactly so many chunks go or come."""
        with carrying.carried(old / VECTORS, path / VECTORS, changes) as vectors:
            yield vectors

    def vectors(self, path: Path) -> VectorStore:
        """Open the vector store of a version."""
        return VectorStore.open(path / VECTORS)

    def discard(self, path: Path) -> None:
        """Remove a version that came to nothing, unless it failed only after it had become current."""
        if self.current() != path.name:
            shutil.rmtree(path, ignore_errors=True)

    def publish(self, path: Path) -> None:
        """Make a complete version the current one, durably and in one step. Only while writing."""
        with writable(self._pointer):
            for file in [*path.rglob("*"), path]:
                _flush(file)
            fresh = self._pointer.with_suffix(".new")
            fresh.write_text(path.name, encoding="ascii")
            _flush(fresh)
            os.replace(fresh, self._pointer)
            _flush(self.folder)

    def collect(self) -> None:
        """Remove the versions that are neither current nor leased. Only while writing."""
        keep = self.current()
        folder = self.folder / "versions"
        for path in list(folder.iterdir()) if folder.is_dir() else ():
            if path.name != keep and not self._leased(path.name):
                shutil.rmtree(path, ignore_errors=True)
                shutil.rmtree(self.folder / "leases" / path.name, ignore_errors=True)

    def tidy(self) -> None:
        """Collect, unless a writer is at work, who will collect when done."""
        if not self.folder.is_dir():
            return
        with contextlib.suppress(StoreError), self.writing(patience=0):
            self.collect()

    def _locked(self, holder: str) -> IndexLocked:
        return IndexLocked(f"{self.where} is being changed by {holder}. Try again when that is done.")

    def _leased_by_me(self, name: str) -> Lease:
        folder = self.folder / "leases" / name
        with writable(folder):
            folder.mkdir(parents=True, exist_ok=True)
            lock = FileLock(folder / uuid.uuid4().hex, timeout=0, thread_local=False)
            lock.acquire()

        def release() -> None:
            lock.release()
            with contextlib.suppress(OSError):
                Path(lock.lock_file).unlink()

        return Lease(name, self.folder / "versions" / name, release)

    def _leased(self, name: str) -> bool:
        folder = self.folder / "leases" / name
        return any(_is_held(path) for path in (list(folder.iterdir()) if folder.is_dir() else ()))


def _is_held(path: Path) -> bool:
    lock = FileLock(path, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        return True
    lock.release()
    return False


def _read_holder(path: Path) -> str:
    try:
        return name_of(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return name_of({})


def this_process() -> dict[str, str | int]:
    """Return what a lock says of the process that holds it."""
    return {"pid": os.getpid(), "host": platform.node(), "since": time.strftime("%Y-%m-%d %H:%M:%S")}


def name_of(holder: Mapping[str, Any]) -> str:
    """Put into words what a lock says of the process that holds it."""
    try:
        return f"process {holder['pid']} on {holder['host']} since {holder['since']}"
    except KeyError:
        return "another process"


def _flush(path: Path) -> None:
    if path.is_dir() and os.name == "nt":
        return  # Windows cannot open a folder to flush it, and flushes only what is open for writing
    descriptor = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def writable(path: Path) -> Iterator[None]:
    """Turn the system's refusal to write into a StoreError that says where."""
    try:
        yield
    except Timeout:
        raise
    except OSError as error:
        raise StoreError.unwritable(path, error) from error
