"""Wiping what Chroma's files hold of text that is no more, and what they tell of how full they are.

hnswlib allocates room for more elements than there are (`malloc`, not cleared), and saves all of it: pieces of text
that this process had freed, for one. An element is cleared before it is filled, so what may hold old text is the room
behind the last one. In the database, text that was removed stays in free pages, and in those parts of the full-text
index that have yet to be merged.
"""

from __future__ import annotations

import contextlib
import sqlite3
import struct
from collections.abc import Iterator
from pathlib import Path

# Chroma's hnswlib, header.bin: version, offset of level 0, elements there is room for, elements filled, bytes of an
# element, then what does not matter here.
_HEADER = struct.Struct("<iQQQQQQiIQQQdQ")
_VERSION = 1
_LENGTH_BYTES = 4  # of an element in length.bin
_FULL_TEXT = "embedding_fulltext_search"  # a table of chroma.sqlite3


def scrub(folder: Path) -> None:
    """Zero the room behind the last element in every vector index below `folder`, which nobody may have open.

    Files of an unknown layout are left alone.
    """
    for graph, room, filled, size in _graphs(folder):
        _zero(graph / "data_level0.bin", filled * size, room * size)
        _zero(graph / "length.bin", filled * _LENGTH_BYTES, room * _LENGTH_BYTES)


def elements(folder: Path) -> int | None:
    """Return how many elements, removed ones included, the one vector index below `folder` has; None if unknown."""
    found = [filled for _, _, filled, _ in _graphs(folder)]
    return found[0] if len(found) == 1 else None


def can_compact() -> bool:
    """Whether the SQLite of this Python can open the full-text index of Chroma's database."""
    with contextlib.closing(sqlite3.connect(":memory:")) as db, contextlib.suppress(sqlite3.Error):
        db.execute("CREATE VIRTUAL TABLE trial USING fts5(string_value, tokenize='trigram')")
        return True
    return False


def compact(database: Path) -> None:
    """Write Chroma's database anew without what was removed from it. Nobody may have it open."""
    with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as db:
        db.execute("PRAGMA synchronous=OFF")  # a version is flushed as a whole before it is published
        db.execute(f"INSERT INTO {_FULL_TEXT}({_FULL_TEXT}) VALUES ('optimize')")
        db.execute("VACUUM")


def _graphs(folder: Path) -> Iterator[tuple[Path, int, int, int]]:
    """Yield of each vector index its folder, the elements it has room for, those it has, and an element's bytes."""
    for header in folder.glob("*/header.bin"):
        data = header.read_bytes()
        if len(data) == _HEADER.size:
            version, _, room, filled, size, *_ = _HEADER.unpack(data)
            if version == _VERSION and filled <= room:
                yield header.parent, room, filled, size


def _zero(path: Path, start: int, end: int) -> None:
    if path.is_file() and path.stat().st_size == end:
        with path.open("r+b") as file:
            file.seek(start)
            file.write(bytes(end - start))
