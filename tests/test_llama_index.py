"""Cited's index and answers are there for LlamaIndex programs."""

from __future__ import annotations

from pathlib import Path

import pytest
from llama_index.core import Settings
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.llms import LLM, MockLLM
from llama_index.core.vector_stores.types import VectorStoreQuery

from rag import Chatbot, Config
from rag.embedding import MiniLM
from rag.llama_index import CitedQueryEngine, CitedRetriever, as_vector_store


@pytest.fixture
def bot(corpus: Path, config: Config) -> Chatbot:
    with Chatbot.open(corpus, config=config) as bot:
        yield bot


def test_the_retriever_returns_exact_nodes(bot: Chatbot) -> None:
    nodes = CitedRetriever(bot, k=2).retrieve("Who opened the bridge?")
    assert len(nodes) == 2
    best = nodes[0]
    assert best.metadata["source"] == "bridge.txt"
    text = bot.article("bridge.txt").text
    assert text[best.node.start_char_idx : best.node.end_char_idx] == best.text
    assert best.node.ref_doc_id == "bridge.txt"


def test_the_query_engine_answers_with_its_citations_as_source_nodes(bot: Chatbot) -> None:
    response = CitedQueryEngine(bot).query("Mayor Ada Quill opened the bridge on Oct. 14")
    assert "[1]" in response.response
    assert response.source_nodes[0].metadata["source"] == "bridge.txt"
    assert response.metadata["answer"]["citations"][0]["quote"] == response.source_nodes[0].text


def test_the_collection_opens_as_llamaindexs_own_vector_store(bot: Chatbot, minilm: MiniLM) -> None:
    store = as_vector_store(bot)
    vector = minilm.embed_query("Who opened the bridge?").tolist()
    result = store.query(VectorStoreQuery(query_embedding=vector, similarity_top_k=1))
    (node,) = result.nodes
    assert node.metadata["source"] == node.ref_doc_id == "bridge.txt"
    assert bot.article("bridge.txt").text[node.start_char_idx : node.end_char_idx] == node.get_content()


def test_the_models_in_use_are_llamaindex_objects(bot: Chatbot, corpus: Path, config: Config, tmp_path: Path) -> None:
    assert isinstance(bot.embed_model, BaseEmbedding)
    assert bot.llm is None
    llm = MockLLM()
    own = Config(home=tmp_path / "own")
    with Chatbot.open(corpus, config=own, llm=llm, embed_model=bot.embed_model) as other:
        assert other.llm is llm
        assert isinstance(other.llm, LLM)
        assert other.ask("Who opened the bridge?").status in ("answered", "refused")


def test_the_global_settings_are_never_touched(bot: Chatbot) -> None:
    bot.ask("Who opened the bridge?")
    assert Settings._llm is None
    assert Settings._embed_model is None


def test_a_vector_store_stays_readable_after_the_next_sync(bot: Chatbot, corpus: Path, minilm: MiniLM) -> None:
    store = as_vector_store(bot)
    (corpus / "ferry.txt").write_text("The ferry Osprey returned.", encoding="utf-8")
    assert bot.sync().added == ("ferry.txt",)
    vector = minilm.embed_query("Who opened the bridge?").tolist()
    (node,) = store.query(VectorStoreQuery(query_embedding=vector, similarity_top_k=1)).nodes
    assert node.ref_doc_id == "bridge.txt"
