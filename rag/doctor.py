"""`cited doctor`: what is installed, what is indexed, and every address that Cited would talk to."""

from __future__ import annotations

import dataclasses
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rag import __version__
from rag.chat import Chatbot
from rag.chroma import server_address
from rag.config import Config
from rag.errors import CitedError
from rag.llm import describe
from rag.models import inventory
from rag.terminal import console

_LIBRARIES = ("llama-index-core", "chromadb", "gradio", "tiktoken", "onnxruntime")


def examine(corpus: Path, config: Config) -> dict[str, Any]:
    """Look at everything without changing anything; `healthy` is False where something would fail."""
    model = describe(config)
    problems = [model.problem] if model.problem else []
    index: dict[str, Any] = {}
    try:
        index = _index(corpus, config)
    except CitedError as error:
        problems.append(str(error))
    return {
        "cited": __version__,
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in _LIBRARIES},
        "home": str(config.home),
        "corpus": {"folder": str(corpus), **index},
        "language_model": model.name or "none: answers are quotations",
        "models": [_plain(file) for file in inventory(config.home)],
        "addresses": [*([server_address(config)] if config.chroma else []), *model.addresses],
        "problems": problems,
        "healthy": not problems,
    }


def show(found: dict[str, Any]) -> None:
    """Print what `examine` found."""
    out = console()

    def line(name: str, value: object) -> None:
        out.print(f"{name:<15} {value}", markup=False)

    libraries = ", ".join(f"{name} {number}" for name, number in found["libraries"].items())
    line("cited", f"{found['cited']}, Python {found['python']}, {libraries}")
    line("home", found["home"])
    for name, value in found["corpus"].items():
        line("corpus" if name == "folder" else f"  {name}", value)
    line("language model", found["language_model"])
    for file in found["models"]:
        state = "installed" if file["installed"] else "not installed"
        line(f"  {state}", f"{file['name']}, {file['size']:,} bytes, SHA-256 {file['sha256']}")
    line("talks to", ", ".join(found["addresses"]) or "nobody: everything stays on this machine")
    for problem in found["problems"]:
        line("problem", problem)


def _index(corpus: Path, config: Config) -> dict[str, Any]:
    with Chatbot.at(corpus, config=config) as bot:
        return dataclasses.asdict(bot.state())


def _plain(value: Any) -> dict[str, Any]:  # noqa: ANN401
    return {key: str(item) if isinstance(item, Path) else item for key, item in dataclasses.asdict(value).items()}
