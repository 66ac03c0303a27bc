"""No pinned version is open to a vulnerability that is known to this project, unless nothing of Cited can reach it."""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass
from importlib.metadata import entry_points

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from tests.conftest import ROOT


@dataclass(frozen=True)
class Advisory:
    """A vulnerability: the versions that have it, and what the code would have to mention to be open to it."""

    name: str
    package: str
    affected: str
    reached_by: str | None = None


# chromadb: the server that is written in Python runs code of whoever can reach it. No fixed release existed by November
# 2026. Cited opens files, or a server as its client, and its own server is `chroma run`, which is written in Rust.
_PYTHON_SERVER = r"chromadb\.(server|app)\b|uvicorn.*chromadb|chromadb\.cli"
ADVISORIES = (
    Advisory("CVE-2026-45829", "chromadb", ">=1.0.0,<=1.5.9", _PYTHON_SERVER),
    Advisory("CVE-2026-45833", "chromadb", ">=1.0.0,<=1.5.9", _PYTHON_SERVER),
)


def pinned() -> dict[str, str]:
    """The version of every package in the lock file."""
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    found = [Requirement(line) for line in lines if line and not line.startswith((" ", "#", "-"))]
    return {canonicalize_name(r.name): next(iter(r.specifier)).version for r in found}


def sources() -> str:
    """Everything that Cited is made of, without this file."""
    files = [path for room in ("rag", "ui", "eval", "tests") for path in (ROOT / room).rglob("*.py")]
    files += [ROOT / "Makefile", ROOT / ".ci" / "run"]
    return "\n".join(path.read_text(encoding="utf-8") for path in files if path.name != "test_dependencies.py")


def exposed(advisories, versions, code):
    return [
        advisory.name for advisory in advisories
        if advisory.package in versions and versions[advisory.package] in SpecifierSet(advisory.affected)
        and (advisory.reached_by is None or re.search(advisory.reached_by, code))
    ]  # fmt: skip


def test_no_pinned_version_is_open_to_a_known_vulnerability():
    assert "chromadb" in pinned()
    assert exposed(ADVISORIES, pinned(), sources()) == []


@pytest.mark.parametrize(
    ("version", "code", "found"),
    [("1.5.9", "import chromadb.app", 2), ("1.5.9", "from chromadb.server.fastapi import FastAPI", 2),
     ("1.5.9", "import chromadb", 0), ("1.5.10", "import chromadb.app", 0)],
)  # fmt: skip
def test_the_check_can_fail(version, code, found):
    assert len(exposed(ADVISORIES, {"chromadb": version}, code)) == found


def test_chroma_run_is_the_server_written_in_rust():
    (command,) = entry_points(group="console_scripts", name="chroma")
    assert "chromadb_rust_bindings" in vars(importlib.import_module(command.module))
