"""Cited for LlamaIndex programs: a retriever, a query engine whose source nodes are the citations, a vector store."""

from __future__ import annotations

import asyncio
import contextlib
import weakref
from typing import TYPE_CHECKING, Any

from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.base.response.schema import Response
from llama_index.core.schema import NodeRelationship, NodeWithScore, QueryBundle, RelatedNodeInfo, TextNode

from rag.chat import Chatbot
from rag.types import Citation, Passage, chunk_id

if TYPE_CHECKING:
    from llama_index.vector_stores.chroma import ChromaVectorStore


class CitedRetriever(BaseRetriever):  # type: ignore[misc]
    """Retrieves the `k` best passages of a Chatbot's articles, with `source`, `start` and `end` in the metadata."""

    def __init__(self, bot: Chatbot, k: int = 5) -> None:
        self._bot = bot
        self._k = k
        super().__init__()

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        passages = self._bot.search(query_bundle.query_str, k=self._k)
        return [NodeWithScore(node=_node(passage, passage.text), score=passage.score) for passage in passages]


class CitedQueryEngine(BaseQueryEngine):  # type: ignore[misc]
    """Answers with a Chatbot. The response's text has [1]-style markers; its source nodes are the citations, in order.

    `response.metadata["answer"]` is `Answer.to_dict()`, refusals and their reasons included.
    """

    def __init__(self, bot: Chatbot) -> None:
        self._bot = bot
        super().__init__(callback_manager=None)

    def _query(self, query_bundle: QueryBundle) -> Response:
        answer = self._bot.ask(query_bundle.query_str)
        scores = {number: claim.score for claim in answer.claims for number in claim.citations}
        nodes = [
            NodeWithScore(node=_node(citation, citation.quote), score=scores.get(citation.number))
            for citation in answer.citations
        ]
        return Response(response=answer.text, source_nodes=nodes, metadata={"answer": answer.to_dict()})

    async def _aquery(self, query_bundle: QueryBundle) -> Response:
        return await asyncio.to_thread(self._query, query_bundle)

    def _get_prompt_modules(self) -> dict[str, Any]:
        return {}


def as_vector_store(bot: Chatbot) -> ChromaVectorStore:
    """Return the current version of the index as LlamaIndex's own vector store, which keeps that version in use."""
    from llama_index.vector_stores.chroma import ChromaVectorStore

    with contextlib.ExitStack() as held:
        snapshot = held.enter_context(bot.snapshot())
        store = ChromaVectorStore(chroma_collection=snapshot.vectors.collection)
        weakref.finalize(store, held.pop_all().close)
        return store


def _node(place: Passage | Citation, text: str) -> TextNode:
    metadata = {
        "source": place.source,
        "title": place.title,
        "published": place.published,
        "start": place.start,
        "end": place.end,
    }
    return TextNode(
        id_=chunk_id(place.source, place.start, place.end),
        text=text,
        metadata=metadata,
        start_char_idx=place.start,
        end_char_idx=place.end,
        relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=place.source)},
    )
