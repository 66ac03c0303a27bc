"""Nothing leaves the machine: the commands run in processes in which every way out is blocked and written down.

What libraries do without Python's sockets is not seen here; `unshare -rn` takes the network away from all of them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.conftest import ROOT

# Python runs a module of this name when it starts, before anything else can have opened a socket.
GUARD = """
import os, socket, sys

def _is_here(address):
    return not isinstance(address, tuple) or str(address[0]) in ("127.0.0.1", "::1", "localhost")

def _refuse(what, address):
    with open(os.environ["ATTEMPTS"], "a", encoding="utf-8") as log:
        log.write(f"{what} {address}\\n")
    raise OSError(f"{what} {address} is blocked")

def _guarded(name, place):
    original = getattr(socket.socket, name)
    def guarded(self, *arguments):
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_here(arguments[place]):
            _refuse(name, arguments[place])
        return original(self, *arguments)
    setattr(socket.socket, name, guarded)

_guarded("connect", 0)
_guarded("connect_ex", 0)
_guarded("sendto", -1)
_look_up = socket.getaddrinfo

def _guarded_look_up(host, *arguments, **more):
    if host not in (None, "", "127.0.0.1", "::1", "localhost", b"127.0.0.1", b"localhost"):
        _refuse("getaddrinfo", host)
    return _look_up(host, *arguments, **more)

socket.getaddrinfo = _guarded_look_up
with open(os.environ["ATTEMPTS"], "a", encoding="utf-8"):
    pass
"""
SEARCH = """
import sys
from rag import Chatbot
with Chatbot.open(sys.argv[1]) as bot:
    print(bot.search("Who opened the bridge?", k=1)[0].source)
"""
IMPORT_ALL = """
import importlib, pkgutil
import eval, rag, ui
for package in (rag, ui, eval):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
            print(module.name)
"""
WAYS_OUT = """
import socket, urllib.request
for attempt in (
    lambda: urllib.request.urlopen("http://example.org/", timeout=2),
    lambda: socket.socket().connect(("192.0.2.1", 80)),
    lambda: socket.socket().connect_ex(("192.0.2.1", 80)),
    lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.1", 53)),
):
    try:
        attempt()
    except OSError as error:
        print(error)
"""


class Offline:
    """Runs Python in a process that can reach nobody; `attempts` is what it tried."""

    def __init__(self, place: Path, corpus: Path) -> None:
        self._log = place / "attempts.txt"
        (place / "guard").mkdir()
        (place / "guard" / "sitecustomize.py").write_text(GUARD, encoding="utf-8")
        self._environment = {
            **os.environ, "PYTHONPATH": str(place / "guard"), "ATTEMPTS": str(self._log), "CITED_MODEL": "none",
            "CITED_HOME": str(place / "home"), "CITED_CORPUS": str(corpus), "PYTHONUNBUFFERED": "1",
        }  # fmt: skip

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start Python with these arguments."""
        return subprocess.Popen(
            [sys.executable, *arguments], cwd=ROOT, env=self._environment, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )  # fmt: skip

    def run(self, *arguments: str, timeout: float = 120) -> str:
        """Run Python with these arguments, and return what it printed."""
        told, complained = (process := self.start(*arguments)).communicate(timeout=timeout)
        assert process.returncode == 0, complained
        return told

    @property
    def attempts(self) -> Sequence[str]:
        """What was tried to reach; that the file is there shows that the guard was."""
        return self._log.read_text(encoding="utf-8").splitlines()


@pytest.fixture
def offline(tmp_path: Path, corpus: Path) -> Offline:
    return Offline(tmp_path, corpus)


def test_the_guard_sees_every_way_out(offline: Offline) -> None:
    assert offline.run("-c", WAYS_OUT).count("is blocked") == 4
    assert [line.split()[0] for line in offline.attempts] == ["getaddrinfo", "connect", "connect_ex", "sendto"]


def test_the_commands_reach_for_nobody(offline: Offline, corpus: Path) -> None:
    report = json.loads(offline.run("-m", "rag", "index", "--json"))
    assert report["added"] == ["bridge.txt", "harbour.txt", "market.md"]
    answer = json.loads(offline.run("-m", "rag", "ask", "Who opened the bridge?", "--json"))
    assert (answer["status"], answer["citations"][0]["source"]) == ("answered", "bridge.txt")
    assert offline.run("-c", SEARCH, str(corpus)).strip() == "bridge.txt"
    assert json.loads(offline.run("-m", "rag", "doctor", "--json"))["addresses"] == []
    assert offline.attempts == []


def test_watching_reaches_for_nobody(offline: Offline, corpus: Path) -> None:
    watch = offline.start("-m", "rag", "watch", "--every", "0.2")
    assert watch.stdout is not None
    try:
        assert any("Watching" in line for line in iter(watch.stdout.readline, ""))
        (corpus / "ferry.txt").write_text("The ferry Osprey returned.", encoding="utf-8")
        assert "1 added" in watch.stdout.readline()
    finally:
        watch.terminate()
        watch.communicate(timeout=60)
    assert offline.attempts == []


def test_importing_everything_reaches_for_nobody(offline: Offline) -> None:
    imported = offline.run("-c", IMPORT_ALL).split()
    assert {"rag.vectors", "ui.app", "eval.cli", "eval.benchmarks.hostile"} < set(imported)
    assert offline.attempts == []
