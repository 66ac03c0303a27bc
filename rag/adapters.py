"""Cited's models as LlamaIndex objects, and the way back.

Importing LlamaIndex takes two seconds, so only import this module when one of its objects is asked for. Nothing in here
touches `llama_index.core.Settings`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    ChatResponseGen,
    CompletionResponse,
    CompletionResponseGen,
    LLMMetadata,
    MessageRole,
)
from llama_index.core.llms import LLM, CustomLLM
from llama_index.core.llms.callbacks import llm_chat_callback, llm_completion_callback
from pydantic import PrivateAttr

from rag.embedding import Embedder, Vectors
from rag.foreign import LlamaIndexEmbedder, LlamaIndexModel
from rag.llm import LanguageModel, Message, Role
from rag.remote import RemoteModel

DEFAULT_MAX_TOKENS = 256
# For models that do not say how much they can read; LlamaIndex packs prompts to this size.
DEFAULT_CONTEXT_TOKENS = 8192
_ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "assistant": "assistant",
    "chatbot": "assistant",
    "model": "assistant",
}


def as_embedding(embedder: Embedder) -> BaseEmbedding:
    """The embedder as a LlamaIndex object; the original one, if it was one."""
    return embedder.base if isinstance(embedder, LlamaIndexEmbedder) else CitedEmbedding(embedder)


def as_embedder(base: BaseEmbedding) -> Embedder:
    """The LlamaIndex embedding model as Cited uses it."""
    return base.embedder if isinstance(base, CitedEmbedding) else LlamaIndexEmbedder(base)


def as_llm(model: LanguageModel) -> LLM:
    """The language model as a LlamaIndex object; the original one, if it was one."""
    if isinstance(model, RemoteModel):
        model = model.wrapped()
    return model.llm if isinstance(model, LlamaIndexModel) else CitedLLM(model)


def as_language_model(llm: LLM) -> LanguageModel:
    """The LlamaIndex language model as Cited uses it."""
    return llm.model if isinstance(llm, CitedLLM) else LlamaIndexModel(llm)


class CitedEmbedding(BaseEmbedding):  # type: ignore[misc]
    """Cited's embedder as a LlamaIndex embedding model."""

    _embedder: Any = PrivateAttr()

    def __init__(self, embedder: Embedder, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(**{"model_name": embedder.name, "embed_batch_size": 256, **kwargs})
        self._embedder = embedder

    @property
    def embedder(self) -> Embedder:
        """What is wrapped."""
        wrapped: Embedder = self._embedder
        return wrapped

    @classmethod
    def class_name(cls) -> str:
        """The name LlamaIndex stores."""
        return "CitedEmbedding"

    def _get_query_embedding(self, query: str) -> list[float]:
        return _floats(self.embedder.embed_query(query))

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return [_floats(row) for row in self.embedder.embed(texts)]


class CitedLLM(CustomLLM):  # type: ignore[misc]
    """Cited's language model as a LlamaIndex LLM. Pass `max_tokens` to a call for longer answers than 256 tokens."""

    max_tokens: int = DEFAULT_MAX_TOKENS
    _model: Any = PrivateAttr()

    def __init__(self, model: LanguageModel, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(**kwargs)
        self._model = model

    @property
    def model(self) -> LanguageModel:
        """What is wrapped."""
        wrapped: LanguageModel = self._model
        return wrapped

    @classmethod
    def class_name(cls) -> str:
        """The name LlamaIndex stores."""
        return "CitedLLM"

    @property
    def metadata(self) -> LLMMetadata:
        """What LlamaIndex packs prompts by."""
        return LLMMetadata(
            context_window=getattr(self.model, "context_tokens", DEFAULT_CONTEXT_TOKENS),
            num_output=self.max_tokens,
            is_chat_model=True,
            model_name=self.model.name,
        )

    @llm_chat_callback()  # type: ignore[untyped-decorator]
    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:  # noqa: ANN401
        """The whole answer."""
        text = "".join(self._pieces(map(_message, messages), kwargs))
        return ChatResponse(message=ChatMessage(role=MessageRole.ASSISTANT, content=text))

    @llm_chat_callback()  # type: ignore[untyped-decorator]
    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:  # noqa: ANN401
        """The answer as it is written."""
        pieces = self._pieces(map(_message, messages), kwargs)
        return (
            ChatResponse(message=ChatMessage(role=MessageRole.ASSISTANT, content=text), delta=piece)
            for text, piece in _grown(pieces)
        )

    @llm_completion_callback()  # type: ignore[untyped-decorator]
    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:  # noqa: ANN401
        """The whole answer to one prompt, sent as a user's message."""
        return CompletionResponse(text="".join(self._pieces([Message("user", prompt)], kwargs)))

    @llm_completion_callback()  # type: ignore[untyped-decorator]
    def stream_complete(
        self, prompt: str, formatted: bool = False, **kwargs: Any  # noqa: ANN401
    ) -> CompletionResponseGen:
        """The answer to one prompt as it is written."""
        pieces = self._pieces([Message("user", prompt)], kwargs)
        return (CompletionResponse(text=text, delta=piece) for text, piece in _grown(pieces))

    def _pieces(self, messages: Iterable[Message], kwargs: dict[str, Any]) -> Iterator[str]:
        limit = int(kwargs.get("max_tokens") or self.max_tokens)
        generation = self.model.generate(list(messages), max_tokens=limit)
        with contextlib.closing(generation):
            yield from generation


def _message(message: ChatMessage) -> Message:
    return Message(_ROLES.get(str(message.role.value), "user"), message.content or "")


def _grown(pieces: Iterator[str]) -> Iterator[tuple[str, str]]:
    text = ""
    for piece in pieces:
        text += piece
        yield text, piece


def _floats(vector: Vectors) -> list[float]:
    return [float(value) for value in vector]
