"""Refusals that help: why there is no answer, what was looked for, and where the nearest passages are."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.text import content_words, fold
from rag.types import Passage

TEXT = "The articles do not answer this question."
ASKS_NOTHING = "That asks nothing of the articles: ask what you would like to know from them."
NO_ARTICLES = "There are no articles to answer from."

_MOST_TITLES = 3
_NAME_OR_WORD = re.compile(r"[^\W\d_a-z][\w’'-]*(?: [^\W\d_a-z][\w’'-]*)+|[^\W_][\w’'.-]*")  # a name is told whole
_AMOUNTS = ("much", "many")  # of "how much": nothing to look for


def not_stated(query: str, passages: Sequence[Passage]) -> str:
    """Say that nothing retrieved states the answer."""
    return f"None of the passages found states the answer. {_looked_for(query)} {_nearest(passages)}".strip()


def not_supported(query: str, passages: Sequence[Passage]) -> str:
    """Say that an answer was drafted, and that its check failed."""
    drafted = "An answer was drafted, but the articles do not support it."
    return f"{drafted} {_looked_for(query)} {_nearest(passages)}".strip()


def unclear(pronoun: str) -> str:
    """Say that nothing tells whom or what a pronoun stands for."""
    return f"It is not clear whom or what “{pronoun}” stands for: ask again with the name."


def part_not_stated(question: str) -> str:
    """Say which part of a question has no answer, where the others have one."""
    return f"The articles do not answer this part: {question}"


def papers_silent(names: Sequence[str]) -> str:
    """Say of which papers that were asked for nothing is quoted, where something is of others."""
    return f"Nothing on this was found in {' or '.join(names)}."


def _looked_for(query: str) -> str:
    told = (content_words(match[0]) for match in _NAME_OR_WORD.finditer(query))
    said = (" ".join(words) for words in told if fold("".join(words)) not in _AMOUNTS)
    looked = list(dict.fromkeys(phrase for phrase in said if len(phrase) > 1))
    return f"Looked for: {', '.join(looked[:12])}." if looked else ""


def _nearest(passages: Sequence[Passage]) -> str:
    titles = list(dict.fromkeys(f"“{passage.title}” ({passage.source})" for passage in passages))
    return f"The nearest passages are in {'; '.join(titles[:_MOST_TITLES])}." if titles else ""
