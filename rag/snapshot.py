"""One version of the index, opened for reading: articles, chunks, BM25 and vectors that belong together."""

from __future__ import annotations

import contextlib
import functools
import json
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from rag.errors import CitedError, StoreError
from rag.lexical import Lexical
from rag.seal import check
from rag.store import Store
from rag.twins import same_as
from rag.vectors import VectorStore
from rag.versions import Lease, Versions

FORMAT = 4  # raised when an older version of the index can no longer be read
READING = 1  # raised when files are read, cut into sentences or taken for words otherwise: they are read again then

STORE = "articles.sqlite"
LEXICAL = "bm25"
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a version says of itself: its format, which embedder filled it, how it was read and chunked, and its size.

    `checked_ns` is the time at which the folder was listed: a file changed since, or just before, may be newer.
    """

    format: int
    embedder: str
    chunk_tokens: int
    articles: int
    chunks: int
    checked_ns: int
    reading: int = 0

    def write(self, folder: Path) -> None:
        """Write `manifest.json`."""
        (folder / MANIFEST).write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Read `manifest.json`.

        Raises:
            StoreError: it is missing, damaged, or of another format; the message says how to repair the index.
        """
        try:
            found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
            if found["format"] != FORMAT:
                raise StoreError(
                    f"{folder} has format {found['format']}, this version of Cited reads {FORMAT}. "
                    "`cited index --rebuild` builds the index anew."
                )
            return cls(**found)
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise StoreError.damaged(folder, error) from error


class Snapshot:
    """A leased version. Chroma and BM25 are opened when they are first asked for.

    `enter` and `leave` count its users: a retired snapshot closes when the last one leaves, and old versions are
    tidied away then.
    """

    def __init__(self, lease: Lease, versions: Versions) -> None:
        self.name = lease.name
        self.path = lease.path
        self._lease = lease
        self._versions = versions
        self._lock = threading.Lock()
        self._users = 0
        self._retired = False
        with self.reading():
            self.manifest = Manifest.read(lease.path)
            check(lease.path)
            self.store = Store(lease.path / STORE)
            self.lexical = Lexical(lease.path / LEXICAL, self.manifest.chunks)

    @functools.cached_property
    def vectors(self) -> VectorStore:
        """The Chroma collection."""
        with self._lock, self.reading():
            if "vectors" in self.__dict__:  # another thread was first
                return self.__dict__["vectors"]  # type: ignore[no-any-return]
            return self._versions.vectors(self.path)

    @functools.cached_property
    def leftovers(self) -> frozenset[int]:
        """The ordinals of the chunks that are not part of their article."""
        return self.store.leftovers()

    @functools.cached_property
    def same_as(self) -> dict[str, str]:
        """For each article that is a copy of others, the first of these (`rag.twins`)."""
        return same_as(self.store.signatures())

    def enter(self) -> bool:
        """Count one more user; False if the snapshot has been closed."""
        with self._lock:
            if self._retired:
                return False
            self._users += 1
            return True

    def leave(self) -> None:
        """Count one user less."""
        with self._lock:
            self._users -= 1
            last = self._retired and self._users == 0
        if last:
            self._close()

    def retire(self) -> None:
        """Close the snapshot as soon as nobody uses it."""
        with self._lock:
            first, self._retired = not self._retired, True
            idle = first and self._users == 0
        if idle:
            self._close()

    def _close(self) -> None:
        if "vectors" in self.__dict__:
            self.vectors.close()
        self.store.close()
        self._lease.release()
        self._versions.tidy()

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """Turn whatever a damaged file makes a library raise into one StoreError."""
        try:
            yield
        except CitedError:  # such as that of a model, which says itself what is wrong
            raise
        except Exception as error:
            raise StoreError.damaged(self.path, error) from error
