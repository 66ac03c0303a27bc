"""The vectors of one version carried over to the next: copied, and only what differs removed and added.

To add a chunk to the graph costs ten times what it costs to copy one, so a change of one article in a hundred thousand
chunks takes seconds and not minutes. hnswlib marks what is removed and walks through it still, so a graph wears out: it
is built anew when too much of it is dead.
"""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from rag import scrub
from rag.chroma import folder_errors
from rag.errors import StoreError
from rag.vectors import SAVED, VectorStore

WORN = 1.25  # elements of a graph, removed ones included, for each that is left
_DATABASE = "chroma.sqlite3"


def is_worth_it(old: Path, *, removed: int, added: int, then: int) -> bool:
    """Whether to copy the folder `old` and remove and add so many chunks, which leaves `then`, in a sound graph.

    Chroma keeps in memory what it has not saved, and saves once here, so that there is a limit to the changes, too.
    """
    elements = scrub.elements(old)
    if elements is None or removed + added > SAVED or not scrub.can_compact():
        return False
    return elements + added <= WORN * then


@contextlib.contextmanager
def carried(old: Path, new: Path, changes: int) -> Iterator[VectorStore]:
    """Yield a copy, in the folder `new`, of the vector store in `old`; exactly so many chunks go or come meanwhile."""
    with _errors(new):
        _copy(old, new)
    with contextlib.closing(VectorStore.open(new)) as vectors:
        vectors.expect(changes)
    with contextlib.closing(VectorStore.open(new)) as vectors:
        yield vectors
    with _errors(new):
        scrub.compact(new / _DATABASE)
    scrub.scrub(new)


@contextlib.contextmanager
def _errors(folder: Path) -> Iterator[None]:
    with folder_errors(folder):
        try:
            yield
        except OSError as error:
            raise StoreError.unwritable(folder, error) from error


def _copy(old: Path, new: Path) -> None:
    """Copy the files; the database page by page in one transaction, since whoever opens the old one writes to it."""
    shutil.copytree(old, new, ignore=shutil.ignore_patterns(f"{_DATABASE}*"))
    with (
        contextlib.closing(sqlite3.connect(old / _DATABASE)) as source,
        contextlib.closing(sqlite3.connect(new / _DATABASE)) as target,
    ):
        source.backup(target)
