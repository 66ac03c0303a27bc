"""LlamaIndex as it comes, with Cited's models: the baseline for what an answer costs."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

# The settings of the baseline in the project's earlier measurements; LlamaIndex's own 1,024 tokens would be whole
# articles, and five of them more than a local model's context.
CHUNK_TOKENS, OVERLAP, TOP = 200, 20, 5


class PlainLlamaIndex:
    """A `VectorStoreIndex` of a folder in memory, and a streaming query engine with the default prompt.

    Both models are passed to every part, so that nothing falls back on `llama_index.core.Settings`.
    """

    def __init__(self, corpus: Path, embed_model: Any, llm: Any) -> None:  # noqa: ANN401
        from llama_index.core import SimpleDirectoryReader, VectorStoreIndex
        from llama_index.core.node_parser import SentenceSplitter

        documents = SimpleDirectoryReader(str(corpus)).load_data()
        splitter = SentenceSplitter(chunk_size=CHUNK_TOKENS, chunk_overlap=OVERLAP)
        index = VectorStoreIndex.from_documents(documents, embed_model=embed_model, transformations=[splitter])
        self._engine = index.as_query_engine(llm=llm, similarity_top_k=TOP, streaming=True)

    def ask(self, question: str) -> dict[str, Any]:
        """Answer a question; seconds to the first piece of text and to the last, and the text."""
        begun, first, pieces = time.perf_counter(), None, []
        for piece in self._engine.query(question).response_gen:
            if first is None and piece:
                first = time.perf_counter() - begun
            pieces.append(piece)
        return {"first": first, "total": time.perf_counter() - begun, "text": "".join(pieces)}
