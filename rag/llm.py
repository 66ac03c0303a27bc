"""Which language model writes the answers: the local one, an OpenAI-compatible server, Anthropic, Ollama, or none."""

from __future__ import annotations

import importlib.metadata
import ipaddress
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol
from urllib.parse import urlsplit

from rag import models
from rag.config import Config
from rag.errors import ModelError
from rag.types import Usage

if TYPE_CHECKING:
    from rag.models import Report

Role = Literal["system", "user", "assistant"]

OPENAI_URL = "https://api.openai.com/v1"
ANTHROPIC_URL = "https://api.anthropic.com"
OLLAMA_URL = "http://localhost:11434/v1"

# A first token that is neither yes nor no in 99 of 100 cases tells nothing.
MIN_YES_OR_NO = 0.01

_URLS = {"openai": OPENAI_URL, "anthropic": ANTHROPIC_URL, "ollama": OLLAMA_URL}
# The distribution that speaks to a provider, and the extra that installs it.
_EXTRAS = {
    "openai": ("llama-index-llms-openai-like", "openai"),
    "ollama": ("llama-index-llms-openai-like", "openai"),
    "anthropic": ("llama-index-llms-anthropic", "anthropic"),
}
_KEY_NAMES = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY"}


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a chat."""

    role: Role
    content: str


class Generation(Protocol):
    """An answer while it is written: iterate over it for pieces of text.

    Attributes:
        usage: tokens in and out, once the text is exhausted or the generation closed; None before that.
    """

    usage: Usage | None

    def __iter__(self) -> Iterator[str]:
        """Yield pieces of text as they come.

        Raises:
            ModelError: the model failed.
        """

    def close(self) -> None:
        """Stop the model; does nothing if it has finished."""


class LanguageModel(Protocol):
    """What the pipeline needs of a language model.

    Attributes:
        name: the model's name, as the user would write it.
        digest: the SHA-256 of the model's file, if it is one.
        address: the host its prompts are sent to; None if they stay on this machine's own process.
    """

    name: str
    digest: str | None
    address: str | None

    def generate(self, messages: Sequence[Message], *, max_tokens: int) -> Generation:
        """Start writing an answer of at most `max_tokens` tokens, as deterministically as the model can."""

    def yes_probability(self, messages: Sequence[Message]) -> float | None:
        """P(yes) against P(no) for the very next word, in [0, 1]; None if the model does not tell."""

    def warm(self) -> None:
        """Load now what the first answer would wait for."""

    def close(self) -> None:
        """Free what the model holds."""


@dataclass(frozen=True, slots=True)
class Description:
    """Which model would be used and where its prompts would go, as `cited doctor` shows it.

    `problem` says why it cannot be used as configured, in one line with what to do; None if nothing is known to be
    wrong. With `model=auto` and nothing installed, `name` is None: answers are quotations only.
    """

    name: str | None
    addresses: tuple[str, ...] = ()
    problem: str | None = None


def load_language_model(config: Config, *, progress: Report | None = None) -> LanguageModel | None:
    """The model that `config.model` names; None for quotations only. Nothing is sent anywhere yet.

    Raises:
        ModelError: not installed, not intact, or no key.
    """
    provider, _, name = config.model.partition(":")
    if provider == "none" or (provider == "auto" and not _local_available(config)):
        return None
    if provider in ("auto", "local"):
        return _load_local(config, progress)
    problem = _problem(config)
    if problem:
        raise ModelError(problem)
    from rag.remote import RemoteModel

    return RemoteModel(provider, name, base_url(config), config.api_key)


def describe(config: Config) -> Description:
    """Which model `load_language_model` would load, without loading it."""
    provider, _, name = config.model.partition(":")
    if provider == "none" or (provider == "auto" and not _local_available(config)):
        return Description(None)
    if provider in ("auto", "local"):
        return Description(config.model_path.stem if config.model_path else models.GGUF_STEM, (), _problem(config))
    return Description(name, (host(base_url(config)),), _problem(config))


def yes_share(likeliest: Iterable[tuple[str, float]]) -> float | None:
    """P(yes) / (P(yes) + P(no)), from tokens and their log-probabilities.

    None if both together have less than `MIN_YES_OR_NO`: then the model was about to say something else.
    """
    yes = no = 0.0
    for token, logprob in likeliest:
        word = token.strip().strip(".,!:;\"'*").lower()
        yes += math.exp(logprob) if word == "yes" else 0.0
        no += math.exp(logprob) if word == "no" else 0.0
    return yes / (yes + no) if yes + no >= MIN_YES_OR_NO else None


def base_url(config: Config) -> str:
    """The address of a remote model's server."""
    return config.base_url or _URLS[config.model.partition(":")[0]]


def host(url: str) -> str:
    """The host and port of an address, as a person would write it."""
    parts = urlsplit(url)
    name = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else str(parts.hostname)
    return f"{name}:{parts.port}" if parts.port else name


def is_loopback(url: str) -> bool:
    """Whether the address is this very machine."""
    name = urlsplit(url).hostname or ""
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _load_local(config: Config, progress: Report | None) -> LanguageModel:
    problem = _problem(config)
    if problem:
        raise ModelError(problem)
    path = models.locate_gguf(config.home, override=config.model_path, progress=progress)
    from rag.local import LocalModel

    return LocalModel(
        path,
        context_tokens=config.context_tokens,
        threads=config.threads,
        digest=None if config.model_path else models.GGUF_SHA256,
    )


def _local_available(config: Config) -> bool:
    if config.model_path is not None:
        return models.runtime_installed()
    return models.installed_gguf(config.home)


def _problem(config: Config) -> str | None:
    provider = config.model.partition(":")[0]
    if provider in ("auto", "local"):
        if _local_available(config):
            return None
        return f"The local model is not installed. Run: {models.INSTALL_LOCAL}"
    distribution, extra = _EXTRAS[provider]
    if not _installed(distribution):
        return f"Model {config.model} needs the package {distribution}. Run: pip install 'cited[{extra}]'"
    url = base_url(config)
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        return f"base_url {url!r} is not an http:// or https:// address. Set CITED_BASE_URL."
    if provider in _KEY_NAMES and not config.api_key and not is_loopback(url):
        return f"Model {config.model} needs a key. Set CITED_API_KEY or {_KEY_NAMES[provider]}."
    return None


def _installed(distribution: str) -> bool:
    try:
        importlib.metadata.distribution(distribution)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True
