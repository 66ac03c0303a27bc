"""LlamaIndex objects as Cited's models: any BaseEmbedding as an Embedder, any LLM as a LanguageModel."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, CompletionResponse

from rag.errors import ModelError
from rag.llm import Generation, Message, host, yes_share
from rag.remote import REASONING_ROOM, closed, explained
from rag.types import Usage

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding
    from llama_index.core.llms import LLM

    from rag.embedding import Vectors

_TOP_LOGPROBS = 20
# What servers answer that do not tell probabilities, or not of this model: OpenAI's 403 for its reasoning models says
# nothing of the key, which the draft is written with as well.
_TELLS_NONE = (400, 403, 422, 501)

# Between these some models think aloud before they say anything.
_THINKING = ("<think>", "</think>")

Limit = Callable[[int], dict[str, Any]]


class LlamaIndexEmbedder:
    """A LlamaIndex embedding model as Cited uses it: normalised float32, with its dimensions checked."""

    max_tokens: int | None = None

    def __init__(self, base: BaseEmbedding) -> None:
        self.base = base
        self.name = f"{base.class_name()}:{base.model_name}"
        self._dimensions: int | None = None

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One L2-normalised row a text; shape (0, 0) for no texts before the dimensions are known.

        Raises:
            ModelError: the model failed, or gave vectors that cannot be used.
        """
        if not texts:
            return np.zeros((0, self._dimensions or 0), dtype=np.float32)
        return self._checked(self._called(self.base.get_text_embedding_batch, list(texts)), len(texts))

    def embed_query(self, text: str) -> Vectors:
        """The L2-normalised vector to search with.

        Raises:
            ModelError: the model failed, or gave a vector that cannot be used.
        """
        vector: Vectors = self._checked([self._called(self.base.get_query_embedding, text)], 1)[0]
        return vector

    def fits(self, text: str) -> bool:
        """Always true: LlamaIndex does not tell how much a model reads."""
        return True

    def _called(self, function: Callable[[Any], Any], argument: object) -> Any:  # noqa: ANN401
        try:
            return function(argument)
        except ModelError:
            raise
        except Exception as error:
            raise ModelError(explained(error, self.name, None)) from error

    def _checked(self, rows: Any, count: int) -> Vectors:  # noqa: ANN401
        try:
            vectors = np.asarray(rows, dtype=np.float32)
        except (TypeError, ValueError) as error:
            raise ModelError(f"{self.name} gave vectors of different sizes. Choose another embed_model.") from error
        if vectors.ndim != 2 or len(vectors) != count or vectors.shape[1] != (self._dimensions or vectors.shape[1]):
            raise ModelError(
                f"{self.name} gave vectors of shape {vectors.shape} for {count} texts"
                f"{f' after {self._dimensions} dimensions' if self._dimensions else ''}. Choose another embed_model."
            )
        if not np.isfinite(vectors).all():
            raise ModelError(f"{self.name} gave a vector with undefined numbers. Choose another embed_model.")
        self._dimensions = vectors.shape[1]
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32, copy=False)


class LlamaIndexModel:
    """A LlamaIndex LLM as Cited uses it: streamed where it can, through chat where it can.

    Args:
        llm: the LlamaIndex object.
        name: what the user calls the model, where LlamaIndex does not know.
        address: the host it sends prompts to, where that is known better than from its own settings.
        limit: the keyword arguments that keep an answer to so many tokens.
    """

    digest: str | None = None

    def __init__(
        self, llm: LLM, *, name: str | None = None, address: str | None = None, limit: Limit | None = None
    ) -> None:
        self.llm = llm
        self.name = name or _name(llm)
        self.address = address or _address(llm)
        self._limit = limit or (_limit if "max_tokens" in type(llm).model_fields else _no_limit)
        self._tells_probabilities = {"logprobs", "top_logprobs"} <= set(type(llm).model_fields)
        self.room = 0
        self.closed = False

    def generate(self, messages: Sequence[Message], *, max_tokens: int) -> Generation:
        """Start writing; the model is called when the first piece of text is asked for."""
        return _LlamaIndexGeneration(self, messages, max_tokens)

    def yes_probability(self, messages: Sequence[Message]) -> float | None:
        """P(yes) of the next token, where LlamaIndex passes probabilities on.

        Raises:
            ModelError: the model failed.
        """
        if not self._tells_probabilities:
            return None
        arguments = self._limit(1) | {"logprobs": True, "top_logprobs": _TOP_LOGPROBS}
        try:
            logprobs = self.llm.chat(_chat_messages(messages), **arguments).logprobs
        except Exception as error:
            if getattr(error, "status_code", None) in _TELLS_NONE:
                # This model does not tell; there is no use in asking it again.
                self._tells_probabilities = False
                return None
            raise self.failure(error) from error
        return yes_share((entry.token, entry.logprob) for entry in logprobs[0]) if logprobs else None

    def failure(self, error: Exception) -> ModelError:
        """Say why the model failed: mostly because of its server, sometimes because it was closed meanwhile."""
        return ModelError(closed(self.name) if self.closed else explained(error, self.name, self.address))

    def make_room(self) -> None:
        """Let the model think before it writes, from now on. It tells no P(yes) then."""
        self.room = REASONING_ROOM
        self._tells_probabilities = False

    def warm(self) -> None:
        """Nothing: the LlamaIndex object loads itself."""

    def close(self) -> None:
        """Nothing: connections belong to the LlamaIndex object, which is not ours to close."""

    def responses(self, messages: Sequence[Message], max_tokens: int) -> Iterator[ChatResponse | CompletionResponse]:
        """The model's responses as they come, by whichever of its methods it has."""
        chat, limit = _chat_messages(messages), self._limit(max_tokens + self.room)
        ways: tuple[Callable[[], Any], ...] = (
            lambda: self.llm.stream_chat(chat, **limit),
            lambda: iter([self.llm.chat(chat, **limit)]),
            lambda: self.llm.stream_complete(self.llm.messages_to_prompt(chat), formatted=True, **limit),
            lambda: iter([self.llm.complete(self.llm.messages_to_prompt(chat), formatted=True, **limit)]),
        )
        for way in ways:
            first = responses = None
            # Some raise at once, others when the first response is asked for, some yield nothing.
            with contextlib.suppress(NotImplementedError, StopIteration):
                responses = way()
                first = next(responses)
            if first is not None and responses is not None:
                yield first
                yield from responses
                return
        raise ModelError(f"{self.name} gave no answer. Choose another llm.")


class _Thoughts:
    """Holds back what a model thinks aloud before it says anything."""

    def __init__(self) -> None:
        self._held: str | None = ""

    def said(self, piece: str) -> str:
        """Return what is no thought of what has come; the beginning is held until that is known."""
        if self._held is None:
            return piece
        self._held += piece
        begin, end = _THINKING
        text = self._held.lstrip()
        said = text.partition(end)[2].lstrip() if text.startswith(begin) else self._held
        if not said or begin.startswith(text):
            return ""
        self._held = None
        return said

    def rest(self) -> str:
        """Return what was held to the end and is no thought, either: a reply as short as "<"."""
        held = self._held or ""
        return "" if held.lstrip().startswith(_THINKING[0]) else held

    @property
    def unfinished(self) -> bool:
        """Whether it has come to no end of its thoughts."""
        held = (self._held or "").lstrip()
        return held.startswith(_THINKING[0]) and _THINKING[1] not in held


class _LlamaIndexGeneration:
    """An answer of a LlamaIndex LLM while it is written."""

    def __init__(self, model: LlamaIndexModel, messages: Sequence[Message], max_tokens: int) -> None:
        self.usage: Usage | None = None
        self._model = model
        self._prompt = "\n".join(message.content for message in messages)
        self._max_tokens = max_tokens
        self._written: list[str] = []
        self._said: list[str] = []
        self._cut_off = False
        self._earlier = Usage()
        self._counted: Usage | None = None
        self._open = False
        self._pieces = self._generate(messages)

    def __iter__(self) -> Iterator[str]:
        """Yield pieces of text as they come.

        Raises:
            ModelError: the model failed.
        """
        try:
            yield from self._pieces
        finally:
            self.close()

    def close(self) -> None:
        """Stop reading, which closes the connection and so stops the model."""
        self._pieces.close()
        if self._open:
            self._open = False
            # The libraries of OpenAI and Anthropic keep a stream and its connection in a cycle of references; without
            # this the server would go on writing, at the user's expense.
            gc.collect()
        if self.usage is None:
            self.usage = self._earlier + self._used()

    def _generate(self, messages: Sequence[Message]) -> Generator[str, None, None]:
        try:
            room = self._model.room
            yield from self._reply(messages)
            if self._is_mute() and not room:
                self._model.make_room()
                self._earlier, self._counted, self._written = self._used(), None, []
                yield from self._reply(messages)
        except ModelError:
            raise
        except Exception as error:
            raise self._model.failure(error) from error
        if self._is_mute():
            raise ModelError(
                f"{self._model.name} thought until it was cut off, and wrote no answer. Set CITED_MODEL to another, or "
                "raise CITED_MAX_ANSWER_TOKENS."
            )

    def _reply(self, messages: Sequence[Message]) -> Generator[str, None, None]:
        self._open = True
        thoughts = _Thoughts()
        for response in self._model.responses(messages, self._max_tokens):
            self._counted = _usage(response) or self._counted
            self._cut_off = _is_cut_off(response) or self._cut_off
            new = self._new_text(response)
            self._written.append(new)
            if piece := thoughts.said(new):
                self._said.append(piece)
                yield piece
                if self._enough():
                    return
        self._open = False
        self._cut_off = self._cut_off or thoughts.unfinished
        if piece := thoughts.rest():
            self._said.append(piece)
            yield piece

    def _is_mute(self) -> bool:
        """Whether the model came to its limit before it said anything: it has been thinking."""
        return self._cut_off and not self._said

    def _used(self) -> Usage:
        return self._counted or _estimated(self._prompt, "".join(self._written))

    def _new_text(self, response: ChatResponse | CompletionResponse) -> str:
        if response.delta is not None:
            return str(response.delta)
        text = str(response.message.content or "") if isinstance(response, ChatResponse) else response.text
        return text[len("".join(self._written)):]

    def _enough(self) -> bool:
        """Whether a model that knows no limit of its own has written all it should."""
        from rag.tokens import count_tokens

        # A piece has at least one token with nearly every provider: count only when it can have become too long.
        return len(self._said) >= self._max_tokens <= count_tokens("".join(self._said))


def _is_cut_off(response: ChatResponse | CompletionResponse) -> bool:
    """Whether an OpenAI-compatible server says that it came to its limit."""
    choices = getattr(response.raw, "choices", None) or ()
    return any(getattr(choice, "finish_reason", None) == "length" for choice in choices)


def _usage(response: ChatResponse | CompletionResponse) -> Usage | None:
    raw = response.raw
    reported = raw.get("usage") if isinstance(raw, dict) else getattr(raw, "usage", None)
    for source in (response.additional_kwargs, reported):
        read = _count(source, "prompt_tokens", "input_tokens")
        written = _count(source, "completion_tokens", "output_tokens")
        if read is not None and written is not None:
            return Usage(read, written)
    return None


def _count(source: object, *names: str) -> int | None:
    for name in names:
        value = source.get(name) if isinstance(source, dict) else getattr(source, name, None)
        if isinstance(value, int):
            return value
    return None


def _estimated(prompt: str, text: str) -> Usage:
    from rag.tokens import count_tokens

    return Usage(count_tokens(prompt), count_tokens(text))


def _name(llm: LLM) -> str:
    # OpenAI's class raises on the name of a model that it does not know.
    with contextlib.suppress(Exception):
        if (name := llm.metadata.model_name) != "unknown":
            return str(name)
    return str(llm.class_name())


def _address(llm: LLM) -> str | None:
    url = getattr(llm, "api_base", None) or getattr(llm, "base_url", None)
    return host(str(url)) if url else None


def _limit(max_tokens: int) -> dict[str, Any]:
    return {"max_tokens": max_tokens}


def _no_limit(max_tokens: int) -> dict[str, Any]:
    return {}


def _chat_messages(messages: Sequence[Message]) -> list[ChatMessage]:
    return [ChatMessage(role=message.role, content=message.content) for message in messages]
