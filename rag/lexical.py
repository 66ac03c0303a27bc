"""The BM25 side of the index, and its words: built once for a version, kept beside it, never rebuilt for a query."""

from __future__ import annotations

import functools
import json
import math
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.spelling import Speller, count_words
from rag.text import stem, terms

Idf = Callable[[str], float]

WORDS = "words.json"
# The customary values (Robertson & Zaragoza 2009, "The Probabilistic Relevance Framework", section 3.5).
K1 = 1.5
B = 0.75


def build(texts: Iterable[str], folder: Path) -> None:
    """Index the texts, whose ordinal is their place in the order given, and write the result to `folder`."""
    import bm25s

    texts = list(texts)
    corpus = [terms(text) for text in texts]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / WORDS).write_text(json.dumps(count_words(texts), ensure_ascii=False), encoding="utf-8")
    if not any(corpus):  # bm25s cannot hold an index without a single word
        return
    index = bm25s.BM25(k1=K1, b=B)
    index.index(corpus, show_progress=False)
    index.save(folder, show_progress=False)


class Lexical:
    """A BM25 index of `size` texts, opened for reading when it is first used."""

    def __init__(self, folder: Path, size: int) -> None:
        self._folder = folder
        self._size = size
        self._index: Any = None
        self._lock = threading.Lock()

    def scores(self, query: str) -> NDArray[np.float32]:
        """Return the BM25 score of every text, by ordinal; zeros where no word of the query is known."""
        index = self._open()
        known = [term for term in terms(query) if index is not None and term in index.vocab_dict]
        if not known:
            return np.zeros(self._size, dtype=np.float32)
        scores: NDArray[np.float32] = index.get_scores(known)
        return scores

    def idf(self, term: str) -> float:
        """Return the inverse document frequency of a term, ln(1 + (N - n + ½) / (n + ½)), as BM25 weighs it."""
        index = self._open()
        number = index.vocab_dict.get(term) if index is not None else None
        pointers = index.scores["indptr"] if index is not None else ()
        containing = 0 if number is None else int(pointers[number + 1] - pointers[number])
        return math.log(1 + (self._size - containing + 0.5) / (containing + 0.5))

    @functools.cached_property
    def speller(self) -> Speller:
        """What corrects the spelling of questions by the words of the texts."""
        return Speller(self._knows, json.loads((self._folder / WORDS).read_text(encoding="utf-8")))

    def _knows(self, word: str) -> bool:
        index = self._open()
        return index is not None and stem(word) in index.vocab_dict

    def _open(self) -> Any:  # noqa: ANN401
        import bm25s

        with self._lock:
            if self._index is None and any(path.name != WORDS for path in self._folder.iterdir()):
                # Read whole, about 50 MB of 100,000 chunks: a mapped file that is cut short ends the process (SIGBUS).
                self._index = bm25s.BM25.load(self._folder, mmap=False, show_progress=False)
            return self._index
