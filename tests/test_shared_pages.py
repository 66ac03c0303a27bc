"""Two chat pages, as two machines would serve them, on one index of a Chroma server, while a third process syncs."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time

import pytest
from gradio_client import Client

from eval.benchmarks.serving import chroma, free_port
from tests.conftest import ROOT

START = 90.0  # seconds that a page has to come up on a busy machine
FOLLOW = 5.0  # seconds after a sync by which every page answers from a new article
QUESTION = "What was lit in May?"


@pytest.fixture
def settings(tmp_path):
    with chroma(tmp_path / "server", free_port()) as address:
        yield {"CITED_CHROMA": address, "CITED_INDEX": "pages", "CITED_MODEL": "none"}


def process(corpus, home, settings, *command):
    return subprocess.Popen(
        [sys.executable, "-m", "rag", *command, "--corpus", str(corpus)], cwd=ROOT, text=True,
        env={**os.environ, **settings, "CITED_HOME": str(home)}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def synced(corpus, home, settings):
    writer = process(corpus, home, settings, "index")
    said, _ = writer.communicate(timeout=START)
    assert writer.returncode == 0, said


@contextlib.contextmanager
def page(corpus, home, settings):
    """Serve a page in a process of its own, and yield a client of it."""
    serving = process(corpus, home, settings, "ui", "--port", "0")
    try:
        for line in serving.stdout:
            if "Cited is at " in line:
                break
        else:
            raise AssertionError("the page did not come up")
        yield Client(line.split("Cited is at ")[1].split()[0], verbose=False)
    finally:
        serving.terminate()
        serving.communicate(timeout=30)


class Asking(threading.Thread):
    """Asks a page until it is told to stop, and keeps what went wrong."""

    def __init__(self, client):
        super().__init__(daemon=True)
        self.client, self.asked, self.failures, self.over = client, 0, [], threading.Event()

    def run(self):
        while not self.over.is_set():
            try:
                self.client.predict("Who opened the bridge?", [], api_name="/ask")
                self.asked += 1
            except Exception as error:
                self.failures.append(repr(error))


def cited(client):
    answer = client.predict(QUESTION, [], api_name="/ask")
    return [citation["source"] for citation in answer["citations"]]


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of gradio_client
def test_pages_of_two_machines_follow_a_sync_while_they_answer(corpus, settings, tmp_path):
    synced(corpus, tmp_path / "writer", settings)
    with (
        page(corpus, tmp_path / "one", settings) as first,
        page(tmp_path / "no articles here", tmp_path / "two", settings) as second,
    ):
        pages = [Asking(client) for client in (first, second)]
        for asking in pages:
            asking.start()
        (corpus / "new.txt").write_text("Lights\n\nThe lighthouse Osprey was lit in May.", encoding="utf-8")
        synced(corpus, tmp_path / "writer", settings)
        swapped = time.monotonic()
        while not all(cited(client) == ["new.txt"] for client in (first, second)):
            assert time.monotonic() - swapped < FOLLOW
        took = time.monotonic() - swapped
        for asking in pages:
            asking.over.set()
            asking.join(30)
        assert took < FOLLOW, took
        assert [asking.failures for asking in pages] == [[], []]
        assert all(asking.asked > 1 for asking in pages)
