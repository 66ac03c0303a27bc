"""Question + excerpts → a draft, streamed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.llm import Generation, LanguageModel
from rag.prompts import ANSWER, REFUSAL, answer_messages
from rag.types import Turn, Usage

_REFUSES = re.compile(
    rf"^\W*(?:{REFUSAL}\b|(?:the\s+)?(?:excerpts?|articles?|texts?)\s+(?:do(?:es)?\s+not|don['’]t|doesn['’]t)\b"
    r"|(?:it\s+)?is\s+not\s+(?:stated|mentioned|specified|provided)\b)"
    rf"|\b(?:is|are|was|were)\s+{REFUSAL.lower()}\b|\bnot\s+(?:stated|mentioned|specified)\s+in\s+the\s+(?:excerpts?|articles?)\b",
    re.IGNORECASE,
)


class Drafting:
    """One draft as it is written. Iterate for its words; closing it stops the model."""

    def __init__(
        self, model: LanguageModel, question: str, excerpts: Sequence[str], history: Sequence[Turn], most: int,
        task: str = ANSWER,
    ) -> None:
        self._model = model
        self._asked = (question, excerpts, history)
        self._most = most
        self._task = task
        self._generation: Generation | None = None
        self.text = ""

    def __iter__(self) -> Iterator[str]:
        self._generation = self._model.generate(
            answer_messages(*self._asked, self._task), max_tokens=self._most
        )
        try:
            for piece in self._generation:
                self.text += piece
                yield piece
        finally:
            self._generation.close()

    @property
    def usage(self) -> Usage:
        """Tokens read and written for the draft."""
        return (self._generation and self._generation.usage) or Usage()

    @property
    def refuses(self) -> bool:
        """Whether the model wrote that the answer is not stated."""
        return not self.text.strip() or bool(_REFUSES.search(self.text))
