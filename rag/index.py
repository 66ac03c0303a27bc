"""The index of a folder of articles: brought up to date by `sync`, read through snapshots that follow new versions."""

from __future__ import annotations

import contextlib
import hashlib
import re
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from rag import backup
from rag.building import Builder, ProgressCallback
from rag.config import Config
from rag.embedding import Embedder
from rag.errors import IndexLocked, StoreError
from rag.folder import SourceFile, list_files
from rag.reading import read_file
from rag.shared import SharedVersions
from rag.snapshot import READING, Snapshot
from rag.store import digest
from rag.types import Rejection, SyncReport
from rag.versions import Versions

# A file that changed within this time before the folder was listed may have changed again within the resolution of its
# time stamp, so its text is compared (the "racy git" problem).
_RACY_NS = 2_000_000_000


@dataclass(frozen=True, slots=True)
class IndexState:
    """Where the index stands. `waiting` counts the files that the next sync would add, update or delete."""

    index: str
    version: str | None
    embedder: str
    articles: int
    chunks: int
    waiting: int
    rejected: int


@dataclass(frozen=True, slots=True)
class _Plan:
    """What differs between the folder and the current version."""

    files: tuple[SourceFile, ...]
    added: frozenset[str]
    updated: frozenset[str]
    deleted: frozenset[str]
    rejected: tuple[Rejection, ...]
    checked_ns: int
    renamed: tuple[tuple[str, str], ...] = ()

    @property
    def changes(self) -> bool:
        return bool(self.added or self.updated or self.deleted)


def index_name(corpus: Path) -> str:
    """Return what the index of a corpus folder is called: the folder's name, and a hash of its real path."""
    real = corpus.resolve()
    slug = re.sub(r"[^A-Za-z0-9]+", "-", real.name).strip("-")[:40] or "corpus"
    return f"{slug}-{hashlib.sha256(str(real).encode('utf-8', 'surrogateescape')).hexdigest()[:12]}"


def index_folder(corpus: Path, home: Path) -> Path:
    """Return where the index of a corpus folder lives, unless a server keeps it."""
    return home / "indexes" / index_name(corpus)


def _versions(corpus: Path, config: Config) -> Versions:
    if config.chroma:
        return SharedVersions(config.index or index_name(corpus), config)
    return Versions(index_folder(corpus, config.home))


def _renamed(deleted: Mapping[str, str], added: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Pair the files that have gone with those that are new and say the same, by the SHA-256 of what they say."""
    gone: dict[str, list[str]] = {}
    for source, said in deleted.items():
        gone.setdefault(said, []).append(source)
    return tuple((gone[said].pop(0), source) for source, said in sorted(added.items()) if gone.get(said))


class Index:
    """The index of the folder `corpus`, below `config.home`, filled by `embedder`.

    Safe to share between threads; other processes may read it, and sync it, at the same time.
    """

    def __init__(self, corpus: Path, config: Config, embedder: Embedder) -> None:
        self.corpus = corpus
        self._config = config
        self._embedder = embedder
        self._versions = _versions(corpus, config)
        self.folder = self._versions.folder
        self._lock = threading.Lock()
        self._snapshot: Snapshot | None = None

    def close(self) -> None:
        """Let go of the version that is open."""
        with self._lock:
            snapshot, self._snapshot = self._snapshot, None
        if snapshot:
            snapshot.retire()
        self._versions.close()

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """Yield the current version, which stays whole until the block ends.

        Raises:
            StoreError: there is no version yet, it is damaged, or another embedding model filled it.
        """
        with self._reading() as snapshot:
            if snapshot is None:
                raise StoreError(f"{self.corpus} has no index yet. Run `cited index --corpus {self.corpus}`.")
            yield snapshot

    def ensure(self, progress: ProgressCallback) -> SyncReport:
        """Bring the index up to date; where another process is doing so, an existing version is good enough.

        So it is where a server keeps the index and the folder is not on this machine.
        """
        if self._config.chroma and not self.corpus.is_dir():
            return self._as_it_is()
        try:
            return self.sync(progress)
        except IndexLocked:
            if self._versions.current() is None:
                raise
            return self._as_it_is()

    def sync(self, progress: ProgressCallback, *, rebuild: bool = False) -> SyncReport:
        """Bring the index in step with the folder, or with `rebuild` make it anew from nothing.

        Raises:
            CorpusError: the folder is missing or cannot be read.
            IndexLocked: another process is changing the index.
            StoreError: the index is damaged, cannot be written, or another embedding model filled it.
        """
        if not rebuild and (report := self._nothing_to_do()):
            return report
        with self._versions.writing():
            if not rebuild:  # which has to do without a pointer that can be read
                self._versions.collect()
            with contextlib.nullcontext() if rebuild else self._reading() as old:
                report = self._build(self._plan(old), old, progress)
            self._replace()
            self._versions.collect()
        return report

    def export(self, archive: Path, extras: Mapping[str, Path]) -> None:
        """Write the current version, and files to keep beside it by name, into one file; errors as for `snapshot`."""
        with self.snapshot() as snapshot:
            backup.write(snapshot, archive, extras)

    def restore(self, archive: Path, extras: Mapping[str, Path]) -> None:
        """Put an exported version in the place of the current one, and the files that were kept beside it at `extras`.

        Raises:
            IndexLocked: another process is changing the index.
            StoreError: the file is not intact, of another format or embedding model; the index is as it was before.
        """
        with self._versions.writing():
            self._versions.collect()
            with self._new_version() as path:
                backup.read(archive, path, self._versions, self._embedder.name, extras)
            self._replace()
            self._versions.collect()

    def state(self) -> IndexState:
        """Compare the index with the folder without changing either; errors as for `sync`."""
        with self._reading() as snapshot:
            plan = self._plan(snapshot)
            version = snapshot.name if snapshot else None
            articles, chunks = (snapshot.manifest.articles, snapshot.manifest.chunks) if snapshot else (0, 0)
        where, waiting = self._versions.where, len(plan.added) + len(plan.updated) + len(plan.deleted)
        return IndexState(where, version, self._embedder.name, articles, chunks, waiting, len(plan.rejected))

    def _as_it_is(self) -> SyncReport:
        with self.snapshot() as snapshot:
            return SyncReport(unchanged=snapshot.store.sources(), chunks=snapshot.manifest.chunks)

    def _nothing_to_do(self) -> SyncReport | None:
        """Return the report of a sync that would change nothing, found without the writer's lock; else None."""
        with self._reading() as old:
            if old is None or (plan := self._plan(old)).changes:
                return None
            sources = tuple(file.source for file in plan.files)
            return SyncReport(unchanged=sources, rejected=plan.rejected, chunks=old.manifest.chunks)

    def _plan(self, old: Snapshot | None) -> _Plan:
        checked_ns = time.time_ns()
        files, rejected = list_files(self.corpus)
        if old is None:
            return _Plan(files, frozenset(f.source for f in files), frozenset(), frozenset(), rejected, checked_ns)
        stamps = old.store.stamps()
        settled_ns = old.manifest.checked_ns - _RACY_NS
        anew = (old.manifest.chunk_tokens, old.manifest.reading) != (self._config.chunk_tokens, READING)
        added, updated, refused = dict[str, str](), set(), list(rejected)
        for file in files:
            stamp = stamps.get(file.source)
            same = stamp is not None and (stamp.size, stamp.mtime_ns) == (file.size, file.mtime_ns)
            if same and file.mtime_ns < settled_ns and not anew:
                continue
            read = read_file(file, max_bytes=self._config.max_file_mb * 1_000_000)
            if isinstance(read, Rejection):
                refused.append(read)
            elif stamp is None:
                added[file.source] = digest(read)
            elif anew or digest(read) != stamp.digest:
                updated.add(file.source)
        usable = tuple(file for file in files if file.source not in {r.source for r in refused})
        deleted = frozenset(stamps) - {file.source for file in usable}
        renamed = _renamed({source: stamps[source].digest for source in sorted(deleted)}, added)
        return _Plan(usable, frozenset(added), frozenset(updated), deleted, tuple(refused), checked_ns, renamed)

    def _build(self, plan: _Plan, old: Snapshot | None, progress: ProgressCallback) -> SyncReport:
        with self._new_version() as path:
            builder = Builder(path, self._versions, self._embedder, self._config, old)
            built = builder.build(plan.files, plan.added | plan.updated, plan.checked_ns, progress)
        rejected = tuple(sorted((*plan.rejected, *built.rejected), key=lambda rejection: rejection.source))
        gone = {rejection.source for rejection in rejected}
        read = frozenset(built.read)
        return SyncReport(
            added=tuple(sorted(plan.added & read)),
            updated=tuple(sorted(plan.updated & read)),
            deleted=tuple(sorted(plan.deleted - gone)),
            unchanged=tuple(file.source for file in plan.files if file.source not in read | gone),
            rejected=rejected,
            embedded=built.embedded,
            chunks=built.chunks,
            renamed=plan.renamed,
            dropped=tuple(sorted(plan.deleted & gone)),
        )

    @contextlib.contextmanager
    def _new_version(self) -> Iterator[Path]:
        """Yield the folder of a new version, which is published when the block ends well. Only while writing."""
        path = self._versions.create()
        try:
            yield path
            self._versions.publish(path)
        except BaseException:
            self._versions.discard(path)
            raise

    @contextlib.contextmanager
    def _reading(self) -> Iterator[Snapshot | None]:
        """Yield the current version, or None before the first is built."""
        snapshot = self._current()
        while snapshot is not None and not snapshot.enter():  # closed by another thread that saw a newer version
            snapshot = self._current()
        try:
            yield snapshot
        finally:
            if snapshot is not None:
                snapshot.leave()

    def _current(self) -> Snapshot | None:
        """Return the snapshot of the current version, opening it if it is new."""
        with self._lock:
            if self._snapshot is not None and self._snapshot.name == self._versions.current():
                return self._snapshot
        return self._replace()

    def _replace(self) -> Snapshot | None:
        """Open the current version in place of the one that is open, which closes once nobody reads it."""
        lease = self._versions.lease()
        if lease is None:
            return None
        try:
            snapshot = Snapshot(lease, self._versions)
            self._check_embedder(snapshot)
        except BaseException:
            lease.release()
            raise
        with self._lock:
            old, self._snapshot = self._snapshot, snapshot
        if old:
            old.retire()
        return snapshot

    def _check_embedder(self, snapshot: Snapshot) -> None:
        filled_by = snapshot.manifest.embedder
        if filled_by != self._embedder.name:
            snapshot.store.close()
            raise StoreError(
                f"The index of {self.corpus} was filled by the embedding model {filled_by}, not {self._embedder.name}. "
                f"Use that model, or run `cited index --corpus {self.corpus} --rebuild`."
            )
