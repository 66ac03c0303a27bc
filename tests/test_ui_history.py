"""What is kept of conversations: whose they are, that they come back as they were, and that deleted is gone."""

from __future__ import annotations

import json
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace

import pytest

from rag.errors import StoreError
from rag.filters import Filter
from rag.types import Answer, Citation, Claim
from ui import export
from ui.history import History, Kept
from ui.scope import Scope

ANSWER = Answer(
    "Who *sends* shells?", "answered", "North Korea.[1]", (Claim("North Korea.", (1,), "supported", 1.0),),
    (Citation(1, "a.txt", "A_title", "2024-10-15", 0, 12, "North Korea\nhttp://example.invalid"),), confidence=0.8,
)  # fmt: skip
SECRET = "kumquat-marmalade"
NEWS = Scope(Filter(("news/*", "a.txt"), since="2024-10-01"), 2, 5, ("news/*", "A <b>"))
FIRST_VERSION = """
CREATE TABLE conversation (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, corpus TEXT NOT NULL, title TEXT NOT NULL,
    created REAL NOT NULL, changed REAL NOT NULL, unanswered TEXT NOT NULL DEFAULT ''
);
CREATE INDEX conversation_of_owner ON conversation (owner, corpus, changed);
CREATE TABLE turn (
    conversation TEXT NOT NULL REFERENCES conversation (id) ON DELETE CASCADE, number INTEGER NOT NULL,
    answer TEXT NOT NULL, vote TEXT, word TEXT NOT NULL DEFAULT '', voted REAL, PRIMARY KEY (conversation, number)
);
PRAGMA user_version=1;
"""


@pytest.fixture
def history(tmp_path):
    kept = History(tmp_path / "home", tmp_path / "articles")
    yield kept
    kept.close()


def conversation(history, owner="me", *answers):
    name = history.begin(owner, "Who sends shells?")
    for answer in answers or (ANSWER,):
        history.keep(owner, name, answer)
    return name


def test_a_conversation_comes_back_as_it_was_in_another_process(history, tmp_path):
    name = conversation(history)
    history.vote("me", name, Kept(0, ANSWER, "down", "not half"))
    again = History(tmp_path / "home", tmp_path / "articles")
    assert again.open("me", name).turns == (Kept(0, ANSWER, "down", "not half"),)
    assert [entry.title for entry in again.entries("me")] == ["Who sends shells?"]
    again.close()


def test_nobody_sees_changes_or_deletes_what_is_anothers(history, tmp_path):
    name = conversation(history)
    assert history.entries("you") == ()
    assert history.open("you", name) is None
    assert not history.rename("you", name, "mine")
    assert not history.delete("you", name)
    assert not history.vote("you", name, Kept(0, ANSWER, "up"))
    assert history.keep("you", name, ANSWER) is None
    history.ask("you", name, "?")
    assert history.open("me", name).unanswered == ""
    elsewhere = History(tmp_path / "home", tmp_path / "other articles")
    assert elsewhere.open("me", name) is None
    assert elsewhere.entries("me") == ()
    elsewhere.close()


def test_the_latest_conversation_is_listed_first_and_can_be_renamed(history):
    first, second = conversation(history), conversation(history)
    assert [entry.id for entry in history.entries("me")] == [second, first]
    history.keep("me", first, ANSWER)
    assert [(entry.id, entry.turns) for entry in history.entries("me")] == [(first, 2), (second, 1)]
    assert history.rename("me", first, "  Shells \n again ")
    assert history.open("me", first).title == "Shells again"
    assert not history.rename("me", first, " ")


def test_a_question_outlives_its_page_until_it_is_answered(history):
    name = history.begin("me", "Who?")
    history.ask("me", name, "Who?")
    assert history.open("me", name).unanswered == "Who?"
    history.keep("me", name, ANSWER)
    assert history.open("me", name).unanswered == ""


def test_what_is_deleted_is_in_no_file(history, tmp_path):
    name = conversation(history, "me", Answer(SECRET, "answered", SECRET * 2000), ANSWER)
    assert SECRET.encode() in history.path.read_bytes()
    assert history.delete("me", name)
    history.close()
    assert all(SECRET.encode() not in file.read_bytes() for file in (tmp_path / "home").iterdir())


def test_an_answer_that_is_replaced_is_in_no_file_either(history):
    name = conversation(history, "me", Answer(SECRET, "answered", SECRET))
    history.keep("me", name, ANSWER, 0)
    history.rename("me", name, "Another")
    assert SECRET.encode() not in history.path.read_bytes()


def test_complaints_are_answers_found_wrong_with_the_turns_before_them(history):
    name = conversation(history, "me", ANSWER, ANSWER, ANSWER)
    history.vote("me", name, Kept(1, ANSWER, "down", "It is half."))
    history.vote("me", name, Kept(2, ANSWER, "up"))
    (complaint,) = history.complaints()
    assert (complaint.answer, complaint.word, complaint.before) == (ANSWER, "It is half.", (ANSWER,))
    assert complaint.scope is None
    history.keep("me", name, ANSWER, 1, NEWS)
    history.vote("me", name, Kept(1, ANSWER, "down"))
    assert history.complaints()[0].scope == NEWS


def test_many_threads_may_write_at_once(history):
    name = history.begin("me", "?")
    writers = [threading.Thread(target=history.keep, args=("me", name, ANSWER)) for _ in range(20)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [kept.number for kept in history.open("me", name).turns] == list(range(20))


def test_a_damaged_or_newer_file_is_an_error_with_the_way_out(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (home / "history.sqlite").write_bytes(b"not a database" * 100)
    with pytest.raises(StoreError, match="move the file away"):
        History(home, tmp_path)
    (home / "history.sqlite").unlink()
    with closing(sqlite3.connect(home / "history.sqlite")) as db, db:
        db.execute("PRAGMA user_version=99")
    db.close()
    with pytest.raises(StoreError, match="newer version"):
        History(home, tmp_path)


def test_the_articles_that_were_asked_come_back_with_the_answer_and_are_exported(history):
    name = history.begin("me", "Who?")
    history.keep("me", name, ANSWER, scope=NEWS)
    history.keep("me", name, ANSWER)
    found = history.open("me", name)
    assert [kept.scope for kept in found.turns] == [NEWS, None]
    narrowed, whole = json.loads(export.as_json(found))["turns"]
    assert Scope.from_dict(narrowed["scope"]) == NEWS
    assert "scope" not in whole
    assert export.as_markdown(found).count("Asked of 2 of 5 articles, since 2024-10-01: news/\\*; A \\<b\\>.") == 1
    assert "(Asked of 2 of 5 articles, since 2024-10-01: news/*; A <b>.)" in export.plain(ANSWER, NEWS)
    history.keep("me", name, ANSWER, 0)
    assert history.open("me", name).turns[0].scope is None


def test_a_file_of_the_first_version_is_brought_up_to_date(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    with closing(sqlite3.connect(home / "history.sqlite")) as db, db:
        db.executescript(FIRST_VERSION)
        db.execute("INSERT INTO conversation VALUES ('c', 'me', ?, 'Old', 1, 1, '')", (str(tmp_path.resolve()),))
        db.execute("INSERT INTO turn VALUES ('c', 0, ?, 'up', 'good', 1)", (json.dumps(ANSWER.to_dict()),))
    db.close()
    with ThreadPoolExecutor() as pool:  # several processes may open it at once
        opened = list(pool.map(lambda _: History(home, tmp_path), range(8)))
    assert opened[0].open("me", "c").turns == (Kept(0, ANSWER, "up", "good"),)
    opened[1].keep("me", "c", ANSWER, scope=NEWS)
    assert opened[2].open("me", "c").turns[1].scope == NEWS
    for one in opened:
        one.close()


def test_the_history_is_readable_by_its_owner_alone(history):
    assert history.path.stat().st_mode & 0o077 == 0


def test_an_exported_conversation_can_be_read_again_and_its_markdown_stays_text(history):
    found = history.open("me", conversation(history))
    exported = json.loads(export.as_json(found))
    assert Answer.from_dict(exported["turns"][0]["answer"]) == ANSWER
    markdown = export.as_markdown(found)
    assert "## Who \\*sends\\* shells?" in markdown
    assert "North Korea.\\[1\\]" in markdown
    assert "http://" not in markdown
    assert "> \\[1\\] A\\_title, 2024-10-15 (a.txt:0-12)" in markdown
    assert export.file_name(found, "md") == "who-sends-shells.md"


def test_the_title_goes_with_the_first_question_unless_it_was_given(history):
    name = conversation(history)
    history.keep("me", name, replace(ANSWER, question="What is the weather?"), 0)
    assert history.open("me", name).title == "Who sends shells?"  # which is not the question of that answer
    name = history.begin("me", ANSWER.question)
    history.keep("me", name, ANSWER)
    history.keep("me", name, replace(ANSWER, question="What is the weather?"), 0)
    assert history.open("me", name).title == "What is the weather?"


def test_nothing_of_a_conversation_is_missing_in_its_export(history):
    partly = replace(ANSWER, claims=(replace(ANSWER.claims[0], verdict="partial"),), notice="It was stopped.",
                     standalone="Who sends shells to Russia?")  # fmt: skip
    name = conversation(history, "me", partly)
    history.ask("me", name, "And when?")
    kept = history.open("me", name)
    markdown = export.as_markdown(kept)
    said = ("Only partly supported: North Korea", "It was stopped.", "Understood as: Who sends shells", "## And")
    assert all(part in markdown for part in said)
    assert json.loads(export.as_json(kept))["unanswered"] == "And when?"
    assert export.plain(partly).startswith("North Korea.[1]\n(Only partly supported: North Korea.)\nIt was stopped.")
