"""What readers do to the corpus, with the real index: added, removed, brought in step, and told what became of it."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from rag import Chatbot
from rag.errors import CorpusError, IndexLocked
from rag.index import Index
from rag.types import Progress, Rejection, SyncReport
from tests.conftest import FakeEmbedder
from tests.test_ui_render import Reading
from ui import corpus as desk
from ui import shelves
from ui.pace import Pace


@pytest.fixture
def bot(corpus, config):
    with Chatbot(Index(corpus, config, FakeEmbedder()), config, FakeEmbedder(), None) as bot:
        bot.sync()
        yield bot


def told(steps):
    async def run():
        return [Reading(step).text async for step in steps]

    return asyncio.run(run())


def files(folder, **contents):
    folder.mkdir(exist_ok=True)
    made = []
    for name, content in contents.items():
        made.append(folder / name.replace("_", "."))
        made[-1].write_bytes(content)
    return made


def test_added_articles_can_be_found_and_what_is_refused_is_named(bot, tmp_path):
    contents = {"ferry_txt": b"The ferry Osprey returned.", "bad_txt": b"\xff", "run_exe": b"x", "bridge_txt": b"new"}
    upload = files(tmp_path / "up", **contents)
    said = told(desk.add(bot, upload))
    assert said[0] == "Reading ferry.txt 1 of 4"
    assert "Added, and can be asked about now: ferry.txt." in said[-1]
    assert "Not added: bad.txt: invalid utf-8" in said[-1]
    assert "Not added: run.exe: .exe is not supported" in said[-1]
    assert "Not added: bridge.txt: there is an article of this name already" in said[-1]
    assert bot.search("ferry Osprey", k=1)[0].source == "ferry.txt"
    assert bot.article("bridge.txt").text.startswith("Bridge opens")
    assert not any(file.exists() for file in upload)


def test_too_many_files_are_refused_together(bot, tmp_path):
    upload = files(tmp_path / "up", **{f"{number}_txt": b"text" for number in range(21)})
    (said,) = told(desk.add(bot, upload))
    assert "21 files at once" in said
    assert not any(file.exists() for file in upload)
    assert len(bot.sources()) == 3


def test_a_removed_article_is_gone_from_folder_and_index(bot, corpus):
    assert told(desk.remove(bot, "bridge.txt"))[-1] == "Deleted from the folder and the index: bridge.txt."
    assert bot.sources() == ("harbour.txt", "market.md")
    assert not (corpus / "bridge.txt").exists()
    assert "has no file 'bridge.txt'" in told(desk.remove(bot, "bridge.txt"))[-1]


def test_a_sync_tells_what_it_did(bot, corpus):
    (corpus / "new.txt").write_text("New text here.", encoding="utf-8")
    (corpus / "market.md").unlink()
    assert told(desk.sync(bot))[-1] == "Added: new.txt; deleted: market.md."
    assert "none changed" in told(desk.sync(bot))[-1]


def test_progress_is_told_while_the_index_is_built():
    told_by_reader = threading.Event()

    class Slow:
        def sync(self, progress):
            progress(Progress("embedding", 3, 10))
            told_by_reader.wait(10)
            raise IndexLocked("another process is changing the index. Wait for it.")

    async def run():
        steps = []
        async for step in desk.sync(Slow()):
            steps.append(Reading(step).text)
            told_by_reader.set()
        return steps

    assert asyncio.run(run()) == ["Embedding 3 of 10", "Another process is changing the index. Wait for it."]


def test_the_time_left_is_told_with_the_progress(monkeypatch):
    now = iter(range(0, 10**6, 4))
    monkeypatch.setattr(desk, "Pace", lambda: Pace(lambda: next(now)))

    class Slow:
        def sync(self, progress):
            for done in (0, 1000, 2000, 3000):
                progress(Progress("embedding", done, 90_000))
            time.sleep(0.5)
            return SyncReport()

    assert "Embedding 3,000 of 90,000, about 6 min left" in told(desk.sync(Slow()))


def test_a_folder_that_cannot_be_written_is_said_to_be(bot, tmp_path, monkeypatch):
    def refuse(*_):
        raise CorpusError("articles cannot be written: permission denied.")

    monkeypatch.setattr(bot, "add", refuse)
    said = told(desk.add(bot, files(tmp_path / "up", a_txt=b"text")))
    assert "Articles cannot be written" in said[-1]
    assert len([text for text in said if "cannot be written" in text]) == 1


def test_searching_for_nothing_lists_everything(bot):
    assert "3 articles" in Reading(desk.search(bot, " ")).text
    assert "Mayor Ada Quill" in Reading(desk.search(bot, "mayor")).text
    assert "is empty" in Reading(desk.search(bot, "?!")).text


class Locked:
    """A library whose index another one changes for so many tries; what is done to the folder is done."""

    def __init__(self, tries):
        self.tries, self.report = tries, SyncReport()

    def add(self, name, content):
        return None if name.endswith(".txt") else Rejection(name, "it is no text")

    def remove(self, source):
        """Delete it."""

    def sync(self, progress):
        self.tries -= 1
        if self.tries >= 0:
            raise IndexLocked("The index is being changed by another process.")
        return SyncReport()


def test_whoever_changes_the_index_at_the_same_time_is_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr(desk, "_AGAIN", 0.01)
    upload = files(tmp_path / "up", ferry_txt=b"The ferry.")
    assert told(desk.add(Locked(2), upload))[-1] == "Added, and can be asked about now: ferry.txt."


def test_what_was_done_to_the_folder_is_told_where_the_index_cannot_follow(tmp_path, monkeypatch):
    monkeypatch.setattr(desk, "PATIENCE", -1)
    upload = files(tmp_path / "up", ferry_txt=b"The ferry.", ferry_pdf=b"x")
    said = told(desk.add(Locked(9), upload))[-1]
    assert "In the folder, but the index does not follow yet: ferry.txt." in said
    assert "Not added: ferry.pdf: it is no text." in said
    assert "being changed by another process" in said
    said = told(desk.remove(Locked(9), "old.txt"))[-1]
    assert said.startswith("Deleted from the folder, but the index does not follow yet: old.txt.")


def test_an_article_is_found_by_its_name_where_its_text_has_not_the_words(bot, corpus, monkeypatch):
    (corpus / "quarterly.txt").write_text("The ferry Osprey returned.", encoding="utf-8")
    bot.sync()
    assert "1 article of this name" in Reading(desk.search(bot, "quarterly")).text
    assert "of this name" not in Reading(desk.search(bot, "bridge")).text
    monkeypatch.setattr(shelves, "MOST_LISTED", 3)
    page = Reading(desk.search(bot, "bridge"))
    assert "1 article of this name" in page.text
    assert "remove" in [button["data-do"] for button in page.buttons]
