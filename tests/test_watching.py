"""A watched folder is followed: what changes is indexed, what cannot be done now is said once and tried again."""

from __future__ import annotations

import threading

import pytest

from rag import Chatbot
from rag.cli import main
from rag.errors import IndexLocked
from rag.index import Index
from rag.watching import watch
from tests.conftest import FakeEmbedder


@pytest.fixture
def bot(corpus, config):
    with Chatbot(Index(corpus, config, FakeEmbedder()), config, FakeEmbedder(), None) as bot:
        bot.sync()
        yield bot


class Looks(threading.Event):
    """An event that is set after so many looks, each of which does something to the folder first."""

    def __init__(self, *actions):
        super().__init__()
        self.actions = list(actions)

    def wait(self, timeout=None):
        if not self.actions:
            return True
        self.actions.pop(0)()
        return False


def test_what_changes_is_followed_and_nothing_else_is_told(bot, corpus):
    looks = Looks(
        lambda: (corpus / "ferry.txt").write_text("The ferry Osprey returned.", encoding="utf-8"),
        lambda: None,
        lambda: (corpus / "bad.txt").write_bytes(b"\xff"),
        lambda: None,
        lambda: (corpus / "bridge.txt").unlink(),
    )
    reports = list(watch(bot, 1.0, looks))
    assert [report.added for report in reports] == [("ferry.txt",), (), ()]
    assert [rejection.source for rejection in reports[1].rejected] == ["bad.txt"]
    assert reports[2].deleted == ("bridge.txt",)


def test_trouble_is_told_once_and_the_folder_is_followed_again_afterwards(bot, corpus, monkeypatch):
    sync, told = bot.sync, []

    def locked():
        raise IndexLocked("being changed by process 7. Try again.")

    looks = Looks(
        lambda: monkeypatch.setattr(bot, "sync", locked),
        lambda: None,
        lambda: (monkeypatch.setattr(bot, "sync", sync), (corpus / "new.txt").write_text("News.", encoding="utf-8")),
        lambda: monkeypatch.setattr(bot, "sync", locked),
    )
    (report,) = watch(bot, 1.0, looks, told.append)
    assert report.added == ("new.txt",)
    assert told == ["being changed by process 7. Try again."] * 2


def test_an_impossible_interval_is_misuse(capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["watch", "--every", "0"])
    assert "--every" in capsys.readouterr().err
