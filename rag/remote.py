"""Language models behind an HTTP address, spoken to through LlamaIndex: OpenAI-compatible, Anthropic, Ollama."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from rag.errors import ModelError
from rag.llm import OPENAI_URL, Generation, Message, host, is_loopback

if TYPE_CHECKING:
    from rag.foreign import LlamaIndexModel

TIMEOUT_SECONDS = 60.0
RETRIES = 2
# OpenAI's reasoning models count their thinking as written tokens; without room for it the answer stays empty.
REASONING_ROOM = 4096
_STATUS = {
    401: "refused the key. Set CITED_API_KEY.",
    403: "refused the key. Set CITED_API_KEY.",
    404: "is not known there. Correct CITED_MODEL or CITED_BASE_URL.",
    429: "has a rate limit or a quota that is used up. Wait, or look into your account.",
}
_LONGEST_REASON = 200
_TOO_LONG = re.compile(r"\bcontext[ _](?:length|size|window)\b", re.IGNORECASE)
CLAUDE_CONTEXT_TOKENS = 200_000
# Servers without keys are sent this one, so that a library never falls back to a key from the environment.
_NO_KEY = "none"


class RemoteModel:
    """A language model behind an address. LlamaIndex, which takes two seconds to import, is loaded at the first use."""

    digest: str | None = None

    def __init__(self, provider: str, name: str, url: str, api_key: str | None) -> None:
        self.name = name
        self.address: str | None = host(url)
        # Where it is in full, but for a password: one host may have several.
        self.endpoint = f"{provider} {self.address}{urlsplit(url).path}"
        self._provider = provider
        self._url = url
        self._key = api_key or _NO_KEY
        self._lock = threading.Lock()
        self._closed = False
        self._model: LlamaIndexModel | None = None

    def generate(self, messages: Sequence[Message], *, max_tokens: int) -> Generation:
        """Start writing; the request is sent when the first piece of text is asked for."""
        return self.wrapped().generate(messages, max_tokens=max_tokens)

    def yes_probability(self, messages: Sequence[Message]) -> float | None:
        """P(yes) of the next token, where the server tells probabilities."""
        return self.wrapped().yes_probability(messages)

    def warm(self) -> None:
        """Nothing: no request is sent before a question is asked."""

    def close(self) -> None:
        """Close the connections; whoever is asking meanwhile is told."""
        with self._lock:
            self._closed = True
            if self._model is not None:
                self._model.closed = True
        client = getattr(self._model.llm, "_client", None) if self._model is not None else None
        if client is not None:
            client.close()

    def wrapped(self) -> LlamaIndexModel:
        """The LlamaIndex model in use."""
        from rag.foreign import LlamaIndexModel

        with self._lock:
            if self._closed:
                raise ModelError(closed(self.name))
            if self._model is None:
                limit = _reasoning_limit if _reasons(self.name, self._url) else None
                self._model = LlamaIndexModel(self._built(), name=self.name, address=self.address, limit=limit)
            return self._model

    def _built(self) -> Any:  # noqa: ANN401
        build = _anthropic if self._provider == "anthropic" else _openai
        try:
            return build(self.name, self._url, self._key)
        except Exception as error:
            raise ModelError(explained(error, self.name, self.address)) from error


def closed(name: str) -> str:
    """One line for whoever asks a model after its Chatbot has been closed."""
    return f"The model {name} has been closed. Open the corpus again."


def explained(error: Exception, name: str, address: str | None) -> str:
    """One line that says why a model failed and what to do, for the errors of any provider's library."""
    where = f"The model {name}" + (f" at {address}" if address else "")
    kinds = {kind.__name__ for kind in type(error).__mro__}
    status = getattr(error, "status_code", None)
    if status in _STATUS:
        return f"{where} {_STATUS[status]}"
    if _TOO_LONG.search(str(error)):
        return f"{where} cannot read as much at once. Give it a larger context where it runs, or ask less at once."
    if isinstance(status, int) and status >= 500:
        return f"{where} has a fault of its own (HTTP {status}). Try again later."
    if any("Timeout" in kind for kind in kinds):
        return f"{where} did not answer in {TIMEOUT_SECONDS:.0f} seconds. Try again, or set CITED_MODEL to another."
    if any("Connect" in kind for kind in kinds):
        return f"{where} cannot be reached. Is it running, and is CITED_BASE_URL right?"
    return f"{where} failed: {type(error).__name__}: {' '.join(str(error).split())[:_LONGEST_REASON]}"


def _openai(name: str, url: str, key: str) -> Any:  # noqa: ANN401
    from llama_index.llms.openai_like import OpenAILike

    return OpenAILike(
        model=name,
        api_base=url,
        api_key=key,
        is_chat_model=True,
        temperature=0.0,
        timeout=TIMEOUT_SECONDS,
        # The client below repeats what failed; LlamaIndex need not repeat that.
        max_retries=0,
        additional_kwargs=_openai_extras(name, url),
        openai_client=_openai_client(url, key),
    )


def _openai_client(url: str, key: str) -> Any:  # noqa: ANN401
    import openai

    client = openai.OpenAI(
        base_url=url,
        api_key=key,
        timeout=TIMEOUT_SECONDS,
        max_retries=RETRIES,
        # A proxy named in the environment is for the way out, not for a server on this machine.
        http_client=openai.DefaultHttpxClient(trust_env=not is_loopback(url)),
    )
    # Taken from the environment otherwise, and sent to whatever server it is.
    client.organization = client.project = None
    return client


def _openai_extras(name: str, url: str) -> dict[str, Any]:
    extras: dict[str, Any] = {"stream_options": {"include_usage": True}}
    if _reasons(name, url):
        import openai

        # The reasoning models refuse any temperature but their own.
        extras |= {"temperature": openai.NOT_GIVEN}
    return extras


def _reasons(name: str, url: str) -> bool:
    """Whether it is one of OpenAI's reasoning models, that is all but the old ones."""
    return url.rstrip("/") == OPENAI_URL and not name.startswith(("gpt-3", "gpt-4", "chatgpt-4"))


def _reasoning_limit(max_tokens: int) -> dict[str, Any]:
    return {"max_completion_tokens": max_tokens + REASONING_ROOM}


def _anthropic(name: str, url: str, key: str) -> Any:  # noqa: ANN401
    from llama_index.core.llms import LLMMetadata
    from llama_index.llms.anthropic import Anthropic

    class Claude(Anthropic):  # type: ignore[misc]
        """Takes any model's name; LlamaIndex refuses those that came out after it."""

        @property
        def metadata(self) -> LLMMetadata:
            try:
                return super().metadata
            except ValueError:
                return LLMMetadata(context_window=CLAUDE_CONTEXT_TOKENS, is_chat_model=True, model_name=self.model)

    return Claude(
        model=name, base_url=url, api_key=key, temperature=0.0, timeout=TIMEOUT_SECONDS, max_retries=RETRIES
    )
