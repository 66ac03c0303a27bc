"""Question + excerpts → a draft, streamed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.llm import Generation, LanguageModel
from rag.prompts import ANSWER, REFUSAL, answer_messages
from rag.sentences import split_sentences
from rag.types import Turn, Usage

_READ = r"(?:the\s+)?(?:given\s+|provided\s+)?(?:excerpts?|articles?|texts?)(?:\s+provided)?"
_REFUSES = re.compile(
    rf"^\W*(?:answer\W+|unfortunately,\s+)?(?:{REFUSAL}\b|{_READ}\s+(?:do(?:es)?\s+not|don['’]t|doesn['’]t)\b"
    rf"|none\s+of\s+{_READ}\s+(?:states?|mentions?|says?|specif\w+|provides?|contains?|gives?|tells?|answers?)\b"
    r"|there\s+is\s+no\s+(?:information|mention)\b"
    r"|(?<![“\"])i(?:\s+am|['’]m)\s+sorry,?\s+but\b|(?<![“\"])i\s+(?:cannot|can['’]t|am\s+unable\s+to)\s+answer\b"
    r"|(?:it\s+)?is\s+(?:not\s+(?:stated|mentioned|specified|provided)\b|un(?:clear|known)\s+from\s+the\s+excerpts?\b))"
    rf"|\b(?:is|are|was|were)\s+{REFUSAL.lower()}\b|\bnot\s+(?:stated|mentioned|specified)\s+in\s+the\s+(?:excerpts?|articles?)\b",
    re.IGNORECASE,
)
# After an answer: "The exact number is not stated."
_CAVEAT = re.compile(
    r"\b(?:exact|precise|specific|further|more|other|additional|details?)\b[^.]*"
    r"\b(?:is|are|was|were)\s+not\s+(?:stated|mentioned|specified|provided|given)\b",
    re.IGNORECASE,
)

_ENDS = re.compile(r"[.!?…][\W\d]*$")


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
    def told(self) -> str:
        """The draft without what it says, once it has answered, of details that are not stated, or no longer could."""
        text = self.text
        spans = list(split_sentences(text))[1:]
        for span in reversed(spans):
            sentence = text[span.start : span.end]
            if _CAVEAT.search(sentence) or (span == spans[-1] and self._is_cut_off and not _ENDS.search(sentence)):
                text = text[: span.start] + text[span.end :]
        return text

    @property
    def _is_cut_off(self) -> bool:
        return self.usage.tokens_out >= self._most

    @property
    def refuses(self) -> bool:
        """Whether the model wrote that the answer is not stated."""
        return not self.text.strip() or bool(_REFUSES.search(self.told))
