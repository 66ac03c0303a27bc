"""A question in a conversation: what of the history it leans on, and so what to search for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.text import is_content, words
from rag.tokens import count_tokens
from rag.types import Turn

MOST_TOKENS = 300  # of history shown to the model; the newest turns are kept
_SHORT = 3  # content words: a question of fewer says too little to be searched for alone

_OPENING = re.compile(r"^\W*(?:and|but|so|or|then|also|what about|how about|why(?: not)?\W*$)\b", re.IGNORECASE)
_POINTING = re.compile(
    r"\b(?:he|him|his|she|her|hers|it|its|they|them|their|theirs|that|this|those|these|there|then|both|former|latter|"
    r"the same|the other|others|another|instead|else|the rest)\b",
    re.IGNORECASE,
)
_MARKERS = re.compile(r"\[\d+\]")
_NAME = re.compile(r"(?<!^)(?<![.?!]\s)\b[A-Z]\w+")


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A question as it is searched for (`query`) and the turns that the model is shown with it."""

    question: str
    query: str
    history: tuple[Turn, ...] = ()


def inquire(question: str, history: Sequence[Turn]) -> Inquiry:
    """Read a question in the light of the turns before it; one that stands alone is left as it is."""
    if not history or not leans(question):
        return Inquiry(question, question)
    return Inquiry(question, f"{history[-1].question} {question}", _recent(history))


def leans(question: str) -> bool:
    """Tell whether a question leans on what was said before: "And the day before?", "Who supplies it?"."""
    content = [word for word in words(question) if is_content(word)]
    if _OPENING.search(question) or len(content) < _SHORT and not _NAME.search(question):
        return True
    return bool(_POINTING.search(question)) and not _NAME.search(question)


def _recent(history: Sequence[Turn]) -> tuple[Turn, ...]:
    """Return the newest turns that fit, oldest first, their answers without markers."""
    kept: list[Turn] = []
    left = MOST_TOKENS
    for turn in reversed(history):
        turn = Turn(turn.question, _MARKERS.sub("", turn.answer))
        left -= count_tokens(turn.question) + count_tokens(turn.answer)
        if left < 0:
            break
        kept.append(turn)
    return tuple(reversed(kept))
