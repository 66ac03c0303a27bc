"""How well sentences match a question: as a whole, and word by word with what stands around them (late interaction)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from rag.context import preceding
from rag.embedding import Embedder, TokenEmbedder, Tokens, Vectors
from rag.lexical import Idf
from rag.text import terms
from rag.types import Sentence

# A word that the title has, or a sentence right beside, is nearly met: a sentence need not name what it is about. On
# 640 questions of seven sets, .8 and .9 do as well, and .6 and .7.
TITLE, BESIDE = 0.8, 0.7
# Bytes of the sentences last seen that are kept, some 1,300 of them.
KEPT = 32 << 20

_WORD = re.compile(
    r"['’ʼ](?:s|re|ve|ll|d|m)\b|\bcan['’ʼ]t\b|\b[^\W\d_]+n['’ʼ]t\b|\b(?:[A-Z]\.){2,}|\d+(?:[.,]\d+)+|[^\W_]+",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Match:
    """How well a sentence matches a question, in [0, 1].

    Attributes:
        similarity: the cosine of their vectors.
        met: how well the question's words are met; None where the embedding model has no vectors for words.
    """

    similarity: float
    met: float | None


class _Asked(NamedTuple):
    """The word pieces of a question: their vectors, what each weighs, and what it is worth where its article has it."""

    vectors: Vectors
    weights: Vectors
    in_article: Vectors


class Matcher:
    """Matches sentences with questions, and keeps the vectors of the sentences last seen."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._kept: dict[str, Tokens] = {}

    def matches(self, question: str, sentences: Sequence[Sentence], idf: Idf, in_article: float = 0.0) -> list[Match]:
        """Return how well each sentence matches the question.

        A name that any of the sentences of an article has is met by all of them, by so much of that as `in_article`.

        Each word of the question is met by the piece of a sentence that is most similar to it, and their mean is
        weighted by inverse document frequency: late interaction (Khattab & Zaharia 2020, "ColBERT"), with the vectors
        of a model that was trained to have their means compared.
        """
        if not sentences:
            return []
        by_words = isinstance(self._embedder, TokenEmbedder)
        titles = [s.title for s in sentences if s.title] if by_words else []
        tokens = self._tokens([*(s.text for s in sentences), *titles])
        similarities = np.stack([tokens[s.text].mean for s in sentences]) @ self._embedder.embed_query(question)
        met = _met(self._asked(question, idf, in_article), tokens, sentences) if by_words else [None] * len(sentences)
        return [Match(max(float(s), 0.0), words) for s, words in zip(similarities, met, strict=True)]

    def _asked(self, question: str, idf: Idf, in_article: float) -> _Asked:
        """Return the vectors of the question's word pieces, what each counts, in sum 1, and what in its article.

        The pieces of a word share its weight; a question of function words alone is taken as it is.
        """
        (tokens,) = self._embed([question])
        weights, elsewhere = np.zeros((2, len(tokens.spans)), dtype=np.float32)
        for word in _WORD.finditer(question):
            pieces = [n for n, (start, end) in enumerate(tokens.spans) if word.start() <= start and end <= word.end()]
            weights[pieces] = sum(map(idf, terms(word[0]))) / max(len(pieces), 1)
            elsewhere[pieces] = in_article if word.start() and word[0][0].isupper() else 0.0
        if not weights.any():
            weights[:] = 1
        return _Asked(tokens.vectors.astype(np.float32), weights / (weights.sum() or 1.0), elsewhere)

    def _tokens(self, texts: Sequence[str]) -> dict[str, Tokens]:
        kept = self._kept  # replaced in one piece, for several may ask at once
        missing = [text for text in dict.fromkeys(texts) if text not in kept]
        fresh = dict(zip(missing, self._embed(missing), strict=True)) if missing else {}
        found = {text: fresh[text] if text in fresh else kept[text] for text in texts}
        self._keep({text: tokens for text, tokens in kept.items() if text not in found} | found)
        return found

    def _keep(self, tokens: dict[str, Tokens]) -> None:
        """Keep the last of some texts."""
        sizes = np.cumsum([t.vectors.nbytes + t.mean.nbytes for t in reversed(tokens.values())])
        self._kept = dict(list(tokens.items())[len(tokens) - int((sizes <= KEPT).sum()) :])

    def _embed(self, texts: Sequence[str]) -> list[Tokens]:
        if isinstance(self._embedder, TokenEmbedder):
            return self._embedder.embed_tokens(texts)
        return [Tokens(np.zeros((0, len(mean)), np.float16), (), mean) for mean in self._embedder.embed(texts)]


def _met(asked: _Asked, tokens: dict[str, Tokens], sentences: Sequence[Sentence]) -> list[float]:
    """Return how well each sentence meets the words asked for, with its title, article and what stands beside it."""
    texts = list(tokens)
    nearest = dict(zip(texts, _nearest(asked.vectors, [tokens[text] for text in texts]), strict=True))
    own = {sentence.place: nearest[sentence.text] for sentence in sentences}
    articles: dict[str, Vectors] = {}
    for sentence in sentences:
        told = own[sentence.place]
        articles[sentence.source] = np.maximum(articles.get(sentence.source, told), told)
    met = {s.place: np.maximum(own[s.place], asked.in_article * articles[s.source]) for s in sentences}
    for sentence in sentences:
        if sentence.title:
            met[sentence.place] = np.maximum(met[sentence.place], TITLE * nearest[sentence.title])
    for two, one in preceding(sentences).items():
        met[two] = np.maximum(met[two], BESIDE * own[one.place])
        met[one.place] = np.maximum(met[one.place], BESIDE * own[two])
    return [float(asked.weights @ met[sentence.place]) for sentence in sentences]


def _nearest(asked: Vectors, texts: Sequence[Tokens]) -> Vectors:
    """Return the cosine of each piece asked for to the most similar one of each text, one row a text."""
    pieces = [tokens.vectors if len(tokens.vectors) else np.zeros((1, asked.shape[1]), np.float16) for tokens in texts]
    starts = np.cumsum([0, *map(len, pieces[:-1])])
    cosines = np.concatenate(pieces).astype(np.float32) @ asked.T
    nearest: Vectors = np.maximum(np.maximum.reduceat(cosines, starts, axis=0), 0.0)
    return nearest
