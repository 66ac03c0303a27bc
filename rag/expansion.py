"""A question that the articles word differently → a sentence to search by, as an article might put the answer."""

from __future__ import annotations

from contextlib import closing

from rag.llm import LanguageModel
from rag.prompts import hypothesis_messages
from rag.types import Usage

MOST_TOKENS = 40


def hypothesis(question: str, model: LanguageModel) -> tuple[str, Usage]:
    """Return a made-up answer, which is searched by and shown to nobody, and what it cost.

    Made up or not, it is worded like the true one (HyDE: Gao, Ma, Lin & Callan, "Precise Zero-Shot Dense Retrieval
    without Relevance Labels", ACL 2023).
    """
    with closing(model.generate(hypothesis_messages(question), max_tokens=MOST_TOKENS)) as generation:
        text = " ".join("".join(generation).split())
    return text, generation.usage or Usage()
