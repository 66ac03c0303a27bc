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
import shutil
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout

from rag.errors import IndexLocked, StoreError

PATIENCE = 1.0  # seconds that a second writer waits before it gives up


@dataclass(frozen=True, slots=True)
class Lease:
    """A version that stays on disk until the lease is released."""

    name: str
    path: Path
    _lock: BaseFileLock

    def release(self) -> None:
        """Let the version go; a later `collect` may remove it."""
        self._lock.release()
        with contextlib.suppress(OSError):
            Path(self._lock.lock_file).unlink()


class Versions:
    """The versions of one index below `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._pointer = folder / "current"

    def current(self) -> str | None:
        """Return the name of the version to read, or None before the first is built."""
        try:
            return self._pointer.read_text(encoding="ascii").strip() or None
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise StoreError(
                f"{self._pointer} cannot be read ({error}). `cited index --rebuild` builds the index anew."
            ) from error

    def lease(self) -> Lease | None:
        """Lease the current version; None before the first is built.

        The pointer is looked at again once the lease is held: only then is the version safe from `collect`.
        """
        while (name := self.current()) is not None:
            folder = self.folder / "leases" / name
            with _writable(folder):
                folder.mkdir(parents=True, exist_ok=True)
                lock = FileLock(folder / uuid.uuid4().hex, timeout=0, thread_local=False)
                lock.acquire()
            lease = Lease(name, self.folder / "versions" / name, lock)
            if self.current() == name:
                return lease
            lease.release()
        return None

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the writer's lock.

        Raises:
            IndexLocked: another process holds it; the message names the process.
            StoreError: the folder cannot be written.
        """
        with _writable(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        holder = self.folder / "writer.json"
        lock = FileLock(self.folder / "writer.lock", timeout=PATIENCE)
        try:
            with _writable(self.folder):
                lock.acquire()
        except Timeout:
            raise IndexLocked(
                f"{self.folder} is being changed by {_read_holder(holder)}. Try again when that is done."
            ) from None
        try:
            me = {"pid": os.getpid(), "host": platform.node(), "since": time.strftime("%Y-%m-%d %H:%M:%S")}
            holder.write_text(json.dumps(me), encoding="utf-8")
            yield
        finally:
            holder.unlink(missing_ok=True)
            lock.release()

    def create(self) -> Path:
        """Make the folder for a new version. Only while writing."""
        name = time.strftime("%Y%m%dT%H%M%S-", time.gmtime()) + uuid.uuid4().hex[:8]
        path = self.folder / "versions" / name
        with _writable(path):
            path.mkdir(parents=True)
        return path

    def publish(self, path: Path) -> None:
        """Make a complete version the current one, durably and in one step. Only while writing."""
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
        with contextlib.suppress(StoreError):
            lock = FileLock(self.folder / "writer.lock", timeout=0)
            with contextlib.suppress(Timeout), lock:
                self.collect()

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
        holder = json.loads(path.read_text(encoding="utf-8"))
        return f"process {holder['pid']} on {holder['host']} since {holder['since']}"
    except (OSError, ValueError, KeyError):
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
def _writable(path: Path) -> Iterator[None]:
    try:
        yield
    except Timeout:
        raise
    except OSError as error:
        raise StoreError(
            f"{path} cannot be written: {error.strerror or error}. Make room, or set CITED_HOME to another folder."
        ) from error
