"""LlamaIndex as it comes, with Cited's models: the baseline for how good an answer is and what it costs."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eval.refusals import refuses
from rag.types import Answer, Citation, Claim, Passage, Timings, Turn

# The settings of the baseline in the project's earlier measurements; LlamaIndex's own 1,024 tokens would be whole
# articles, and five of them more than a local model's context.
CHUNK_TOKENS, OVERLAP, TOP = 200, 20, 5


class PlainLlamaIndex:
    """A `VectorStoreIndex` of a folder in memory, and a streaming query engine with the default prompt.

    Both models are passed to every part, so that nothing falls back on `llama_index.core.Settings`. A query engine
    knows no conversation and cites nothing but its source nodes: each answer is one claim that cites all five.
    """

    def __init__(self, corpus: Path, embed_model: Any, llm: Any) -> None:  # noqa: ANN401
        from llama_index.core import SimpleDirectoryReader, VectorStoreIndex
        from llama_index.core.node_parser import SentenceSplitter

        self.embed_model, self.llm = embed_model, llm
        self._corpus = corpus.resolve()
        documents = SimpleDirectoryReader(str(corpus), recursive=True).load_data()
        splitter = SentenceSplitter(chunk_size=CHUNK_TOKENS, chunk_overlap=OVERLAP)
        index = VectorStoreIndex.from_documents(documents, embed_model=embed_model, transformations=[splitter])
        self._engine = index.as_query_engine(llm=llm, similarity_top_k=TOP, streaming=True)

    def ask(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        """Answer a question; the history is not used."""
        begun, first, pieces = time.perf_counter(), None, []
        response = self._engine.query(question)
        retrieved = time.perf_counter() - begun
        for piece in response.response_gen:
            if first is None and piece:
                first = time.perf_counter() - begun
            pieces.append(piece)
        text = "".join(pieces).strip()
        timings = Timings(round(retrieved, 4), first and round(first, 4), round(time.perf_counter() - begun, 4))
        passages = tuple(self._passage(node) for node in response.source_nodes)
        if refuses(text):
            return Answer(question, "refused", text, passages=passages, reason=text, timings=timings)
        citations = tuple(
            Citation(number, p.source, "", None, p.start, p.end, p.text) for number, p in enumerate(passages, 1)
        )
        claim = Claim(text, tuple(citation.number for citation in citations), "supported", 1.0)
        return Answer(question, "answered", text, (claim,), citations, passages, timings=timings)

    def close(self) -> None:
        """Nothing is held open."""

    def _passage(self, node: Any) -> Passage:  # noqa: ANN401
        source = Path(node.metadata["file_path"]).resolve().relative_to(self._corpus).as_posix()
        start = node.node.start_char_idx or 0
        return Passage(source, "", start, node.node.end_char_idx or start, node.node.text, float(node.score or 0.0))
