"""A corpus's conversations as one file, and back: what `cited export` and `cited import` do with the history."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from rag.errors import StoreError
from ui.history import FILE, History


def write(home: Path, corpus: Path, folder: Path) -> int:
    """Write the conversations about a corpus, and no others, into a history of their own in `folder`; return how many.

    Raises:
        StoreError: a history cannot be used.
    """
    History(folder, corpus).close()  # makes the tables
    with _attached(home, corpus, folder / FILE) as db:
        ours = (str(corpus.resolve()),)
        _copy(db, "conversation", "main", "other", "WHERE corpus = ?", ours)
        _copy(db, "turn", "main", "other", "WHERE conversation IN (SELECT id FROM other.conversation)")
        return _count(db, "other.conversation")


def read(file: Path, home: Path, corpus: Path) -> int:
    """Add conversations that `write` wrote to the history, as being about `corpus`; return how many are new.

    A conversation that is there already stays as it is, unless it is about a folder that is no more: it is about
    `corpus` then.

    Raises:
        StoreError: a history cannot be used.
    """
    History(file.parent, corpus).close()  # brings an older file's tables up to date
    with _attached(home, corpus, file) as db:
        before = _count(db, "main.conversation")
        moved = _moved(db, corpus)
        db.execute("UPDATE other.conversation SET corpus = ?", (str(corpus.resolve()),))
        _copy(db, "turn", "other", "main", "WHERE conversation NOT IN (SELECT id FROM main.conversation)")
        _copy(db, "conversation", "other", "main", "WHERE id NOT IN (SELECT id FROM main.conversation)")
        return _count(db, "main.conversation") - before + moved


def _moved(db: sqlite3.Connection, corpus: Path) -> int:
    """Have the conversations that come back be about the folder where it is now, if it was renamed."""
    there = "id IN (SELECT id FROM other.conversation)"
    rows = db.execute(f"SELECT DISTINCT corpus FROM main.conversation WHERE {there}").fetchall()
    now, moved = str(corpus.resolve()), 0
    for folder in (folder for (folder,) in rows if folder != now and not Path(folder).is_dir()):
        moved += db.execute(f"UPDATE main.conversation SET corpus = ? WHERE {there} AND corpus = ?",
                            (now, folder)).rowcount  # fmt: skip
    return moved


@contextmanager
def _attached(home: Path, corpus: Path, other: Path) -> Iterator[sqlite3.Connection]:
    """Yield a connection to the history of a home, and to another one as `other`; all is done, or nothing."""
    History(home, corpus).close()
    try:
        with closing(sqlite3.connect(home / FILE, timeout=10.0)) as db:
            db.execute("ATTACH ? AS other", (str(other),))
            with db:
                yield db
    except (sqlite3.Error, OSError) as error:
        raise StoreError(f"{home / FILE} or {other} cannot be used: {error}. Nothing was moved.") from error


def _copy(
    db: sqlite3.Connection, table: str, source: str, target: str, which: str, values: Sequence[str] = ()
) -> None:
    columns = ", ".join(name for _, name, *_ in db.execute(f"PRAGMA {target}.table_info({table})"))
    db.execute(f"INSERT INTO {target}.{table} ({columns}) SELECT {columns} FROM {source}.{table} {which}", values)


def _count(db: sqlite3.Connection, table: str) -> int:
    (count,) = db.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(count)
