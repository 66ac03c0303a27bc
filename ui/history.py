"""Conversations and feedback, kept in one SQLite file below CITED_HOME: each belongs to one reader and one corpus.

Every answer is stored whole (`Answer.to_dict`), so that a conversation is reopened with its citations as they were.
What is deleted is overwritten in the file (`secure_delete`), and there is no write-ahead log in which it could live on.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from rag.errors import StoreError
from rag.types import Answer
from ui.scope import Scope

FILE = "history.sqlite"
MAX_TITLE_CHARS = 120
MAX_WORD_CHARS = 2_000  # of what a reader says about an answer
UNKEPT = -1  # the number of an answer that is in no conversation
_WAIT = 10.0  # seconds for another process to finish writing
# The versions of the schema, each as what makes it of the one before: an older file is brought up to date when opened.
_VERSIONS = (
    (
        "CREATE TABLE conversation (id TEXT PRIMARY KEY, owner TEXT NOT NULL, corpus TEXT NOT NULL, "
        "title TEXT NOT NULL, created REAL NOT NULL, changed REAL NOT NULL, unanswered TEXT NOT NULL DEFAULT '')",
        "CREATE INDEX conversation_of_owner ON conversation (owner, corpus, changed)",
        "CREATE TABLE turn (conversation TEXT NOT NULL REFERENCES conversation (id) ON DELETE CASCADE, "
        "number INTEGER NOT NULL, answer TEXT NOT NULL, vote TEXT, word TEXT NOT NULL DEFAULT '', voted REAL, "
        "PRIMARY KEY (conversation, number))",
    ),
    ("ALTER TABLE turn ADD COLUMN scope TEXT NOT NULL DEFAULT ''",),  # the articles asked; all of them where empty
)

Vote = Literal["up", "down"]


@dataclass(frozen=True, slots=True)
class Kept:
    """One answer of a conversation, what its reader thought of it, and the articles asked, None if all were."""

    number: int
    answer: Answer
    vote: Vote | None = None
    word: str = ""
    scope: Scope | None = None

    def voted(self, vote: Vote | None, word: str) -> Kept:
        """The same answer with another opinion of it."""
        return replace(self, vote=vote, word=word[:MAX_WORD_CHARS])


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation; times are seconds since 1970. `unanswered` is a question that came to nothing as yet."""

    id: str
    title: str
    created: float
    changed: float
    turns: tuple[Kept, ...] = ()
    unanswered: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The conversation for export: plain dictionaries, the answers as `Answer.to_dict` gives them."""
        plain = {"id": self.id, "title": self.title, "created": self.created, "changed": self.changed}
        waiting = {"unanswered": self.unanswered} if self.unanswered else {}
        return {**plain, "turns": [_exported(kept) for kept in self.turns], **waiting}


@dataclass(frozen=True, slots=True)
class Entry:
    """A conversation as it is listed: how many questions it has, without them."""

    id: str
    title: str
    changed: float
    turns: int


@dataclass(frozen=True, slots=True)
class Complaint:
    """An answer that its reader found wrong, the turns before it, and the articles asked, None if all were."""

    answer: Answer
    word: str
    voted: float
    before: tuple[Answer, ...] = field(default=())
    scope: Scope | None = None


class History:
    """The conversations about one corpus. Safe to share between threads and processes.

    Every method names the owner, and none finds another owner's conversation: what is not theirs does not exist.

    Raises:
        StoreError: the file is damaged, of a newer version of Cited, or cannot be written.
    """

    def __init__(self, home: Path, corpus: Path) -> None:
        self.path = home / FILE
        self._corpus = str(corpus.resolve())
        self._lock = threading.Lock()
        with self._errors():
            home.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(self.path, timeout=_WAIT, check_same_thread=False)
            self.path.chmod(0o600)
            try:
                self._prepare()
            except BaseException:
                self._db.close()
                raise

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()

    def begin(self, owner: str, question: str) -> str:
        """Make a conversation of a first question; return its id."""
        name, now = secrets.token_urlsafe(16), time.time()
        with self._writing() as db:
            db.execute("INSERT INTO conversation VALUES (?, ?, ?, ?, ?, ?, '')",
                       (name, owner, self._corpus, _title(question), now, now))  # fmt: skip
        return name

    def ask(self, owner: str, name: str, question: str) -> bool:
        """Remember the question that is about to be answered, or, if it is empty, that there is none.

        Returns:
            False if the owner has no such conversation: nothing is remembered.
        """
        with self._writing() as db:
            return db.execute(f"UPDATE conversation SET unanswered = ? WHERE {_THEIRS}",
                              (question, name, owner, self._corpus)).rowcount == 1  # fmt: skip

    def keep(
        self, owner: str, name: str, answer: Answer, number: int | None = None, scope: Scope | None = None
    ) -> int | None:
        """Add an answer, or put it in the place of answer `number`; return its number, None if it is not kept."""
        text, asked = json.dumps(answer.to_dict()), json.dumps(scope.to_dict()) if scope else ""
        with self._writing() as db:
            if not self._owns(db, owner, name):
                return None
            if number is None:
                (number,) = db.execute("SELECT coalesce(max(number), -1) + 1 FROM turn WHERE conversation = ?",
                                       (name,)).fetchone()  # fmt: skip
            self._retitle(db, name, number, answer.question)
            db.execute("INSERT OR REPLACE INTO turn (conversation, number, answer, scope) VALUES (?, ?, ?, ?)",
                       (name, number, text, asked))  # fmt: skip
            db.execute("UPDATE conversation SET changed = ?, unanswered = '' WHERE id = ?", (time.time(), name))
        return number

    def vote(self, owner: str, name: str, kept: Kept) -> bool:
        """Remember what the reader thinks of an answer; False if there is no such answer of theirs."""
        with self._writing() as db:
            if not self._owns(db, owner, name):
                return False
            done = db.execute("UPDATE turn SET vote = ?, word = ?, voted = ? WHERE conversation = ? AND number = ?",
                              (kept.vote, kept.word, time.time(), name, kept.number))  # fmt: skip
            return done.rowcount == 1

    def entries(self, owner: str) -> tuple[Entry, ...]:
        """The owner's conversations, the latest first."""
        query = (
            "SELECT id, title, changed, (SELECT count(*) FROM turn WHERE conversation = id) FROM conversation "
            "WHERE owner = ? AND corpus = ? ORDER BY changed DESC, rowid DESC"
        )
        return tuple(Entry(*row) for row in self._rows(query, owner, self._corpus))

    def open(self, owner: str, name: str) -> Conversation | None:
        """A conversation with its answers, or None."""
        found = self._rows(f"SELECT id, title, created, changed, unanswered FROM conversation WHERE {_THEIRS}",
                           name, owner, self._corpus)  # fmt: skip
        if not found:
            return None
        query = "SELECT number, answer, vote, word, scope FROM turn WHERE conversation = ? ORDER BY number"
        turns = tuple(Kept(number, _answer(text), vote, word, _scope(asked))
                      for number, text, vote, word, asked in self._rows(query, name))  # fmt: skip
        name, title, created, changed, unanswered = found[0]
        return Conversation(name, title, created, changed, turns, unanswered)

    def rename(self, owner: str, name: str, title: str) -> bool:
        """Give a conversation another title; False if there is none of theirs, or the title is empty."""
        title = _title(title)
        if not title:
            return False
        with self._writing() as db:
            return db.execute(f"UPDATE conversation SET title = ? WHERE {_THEIRS}",
                              (title, name, owner, self._corpus)).rowcount == 1  # fmt: skip

    def delete(self, owner: str, name: str) -> bool:
        """Delete a conversation for good; False if there is none of theirs."""
        with self._writing() as db:
            return db.execute(f"DELETE FROM conversation WHERE {_THEIRS}",
                              (name, owner, self._corpus)).rowcount == 1  # fmt: skip

    def complaints(self) -> tuple[Complaint, ...]:
        """Every answer about this corpus that its reader found wrong, oldest first; of all owners."""
        query = (
            "SELECT conversation, number, word, voted, scope FROM turn JOIN conversation ON id = conversation "
            "WHERE vote = 'down' AND corpus = ? ORDER BY voted"
        )
        return tuple(self._complaint(*row) for row in self._rows(query, self._corpus))

    def _complaint(self, name: str, number: int, word: str, voted: float, asked: str) -> Complaint:
        query = "SELECT answer FROM turn WHERE conversation = ? AND number <= ? ORDER BY number"
        rows = self._rows(query, name, number)
        *before, answer = (_answer(text) for (text,) in rows)
        return Complaint(answer, word, voted, tuple(before), _scope(asked))

    def _retitle(self, db: sqlite3.Connection, name: str, number: int, question: str) -> None:
        """Where the first answer is replaced, the title that its question gave goes with it."""
        query = "SELECT answer, title FROM turn JOIN conversation ON id = conversation WHERE id = ? AND number = ?"
        for text, title in db.execute(query, (name, number)).fetchall() if number == 0 else ():
            if title == _title(_answer(text).question):
                db.execute("UPDATE conversation SET title = ? WHERE id = ?", (_title(question), name))

    def _owns(self, db: sqlite3.Connection, owner: str, name: str) -> bool:
        return bool(db.execute(f"SELECT 1 FROM conversation WHERE {_THEIRS}", (name, owner, self._corpus)).fetchone())

    def _prepare(self) -> None:
        """Set the connection up, and make the tables, or bring them up to date."""
        self._db.execute("PRAGMA secure_delete=ON")
        self._db.execute("PRAGMA foreign_keys=ON")
        if self._version() == len(_VERSIONS):
            return
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")  # another process may be at it: it is done by one of them, whole
            version = self._version()
            if version > len(_VERSIONS):
                raise StoreError(f"{self.path} was written by a newer version of Cited. Use that one, or move it away.")
            for statements in _VERSIONS[version:]:
                for statement in statements:
                    self._db.execute(statement)
            self._db.execute(f"PRAGMA user_version={len(_VERSIONS)}")

    def _version(self) -> int:
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        return int(version)

    def _rows(self, query: str, *values: object) -> Sequence[tuple[Any, ...]]:
        with self._errors(), self._lock:
            return self._db.execute(query, values).fetchall()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._errors(), self._lock, self._db:
            yield self._db

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"{self.path} cannot be used: {error}. Free the disk, or move the file away.") from error


_THEIRS = "id = ? AND owner = ? AND corpus = ?"


def _title(text: str) -> str:
    return " ".join(text.split())[:MAX_TITLE_CHARS]


def _answer(text: str) -> Answer:
    return Answer.from_dict(json.loads(text))


def _scope(text: str) -> Scope | None:
    return Scope.from_dict(json.loads(text)) if text else None


def _exported(kept: Kept) -> dict[str, Any]:
    opinion = {"vote": kept.vote, "word": kept.word} if kept.vote else {}
    asked = {"scope": kept.scope.to_dict()} if kept.scope else {}
    return {"answer": kept.answer.to_dict(), **asked, **opinion}
