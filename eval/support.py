"""Whether quotes support a claim, as the verifier of `rag.grounding` judges it: the eval's stand-in for an NLI model.

It is the check that the pipeline itself makes. `python -m eval.benchmarks verifier` measures it against people.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from rag.grounding import Grounder
from rag.lexical import Idf
from rag.sentences import split_sentences
from rag.text import terms
from rag.types import Claim, Sentence

_PARAGRAPH_END = re.compile(r"\n\s*\n")


class Verifier:
    """Judges claims, each by the sentences of the quotes given with it, and remembers what it has judged."""

    def __init__(self, idf: Idf) -> None:
        self._idf = idf
        self._judged: dict[tuple[str, tuple[str, ...], str], Claim] = {}

    def judge(self, claim: str, quotes: Sequence[str], question: str = "") -> Claim:
        """Return the claim with verdict and score. The quotes are one text, whichever articles they come from."""
        key = (claim, tuple(quotes), question)
        if key not in self._judged:
            self._judged[key] = Grounder(question, _sentences(quotes), self._idf).add(claim)
        return self._judged[key]

    def supports(self, claim: str, quotes: Sequence[str], question: str = "") -> bool:
        """Tell whether the quotes together support the claim: verdict "supported"."""
        return self.judge(claim, quotes, question).verdict == "supported"

    def score(self, claim: str, quotes: Sequence[str], question: str = "") -> float:
        """Return the share of the claim that the quotes cover, in [0, 1]; 0 where the verdict is "unsupported"."""
        judged = self.judge(claim, quotes, question)
        return judged.score if judged.verdict != "unsupported" else 0.0


class CorpusIdf:
    """The inverse document frequency of terms over the paragraphs of a corpus, counted when first asked for.

    ln(1 + (N - n + ½) / (n + ½)) for a term in n of N paragraphs, as `rag.lexical` has it over chunks; so it needs no
    index, and serves a corpus that was never indexed.
    """

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts
        self._paragraphs = 0
        self._containing: Counter[str] | None = None

    def __call__(self, term: str) -> float:
        """Return the idf of a term as `rag.text.terms` gives it."""
        if self._containing is None:
            self._containing = self._count()
        containing = self._containing[term]
        return math.log(1 + (self._paragraphs - containing + 0.5) / (containing + 0.5))

    def _count(self) -> Counter[str]:
        containing: Counter[str] = Counter()
        for paragraph in _paragraphs(self._texts):
            self._paragraphs += 1
            containing.update(set(terms(paragraph)))
        return containing


def _paragraphs(texts: Mapping[str, str]) -> Iterator[str]:
    for source in texts:
        text = texts.get(source)  # None for a file that cannot be decoded
        yield from (paragraph for paragraph in _PARAGRAPH_END.split(text or "") if paragraph.strip())


def _sentences(quotes: Sequence[str]) -> list[Sentence]:
    text = "\n\n".join(quotes)
    return [Sentence("", "", span.start, span.end, text[span.start : span.end], 1.0) for span in split_sentences(text)]
