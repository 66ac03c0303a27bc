"""A draft → Claims with checked Citations. Nothing is supported by more than the words of the passages it cites.

A claim is one sentence of the draft. It is compared with every sentence of the retrieved passages, and the fewest of
them, three at most, that carry it are cited:

- every number, date and name of the claim must occur in the cited sentences, brought to one form (`rag.facts`);
- no word may be denied in one and not in the other ("did not offer" does not support "offered");
- the claim's content words must be covered, weighted by inverse document frequency. A word that the question brought
  in, and so the model only repeats, weighs half.

The share covered is the claim's score: SUPPORTED from `SUPPORTED` on, partial from `PARTIAL` on, otherwise, or when a
number, date or name is missing, unsupported. Sentences of other articles that carry the claim alone are cited as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from rag.facts import Fact, holds, names, numbers_and_dates
from rag.sentences import split_sentences
from rag.text import fold, is_content, stem, words
from rag.types import Citation, Claim, Sentence, Verdict

SUPPORTED = 0.6
PARTIAL = 0.4
ECHO_WEIGHT = 0.5  # of a word that stands in the question
MOST_CITED = 3  # sentences for one claim, other articles apart
_WORTH_CITING = 0.1  # what one more sentence must add to the share covered

# Words that deny what follows, and how many content words they reach (NegEx: Chapman et al. 2001, five tokens).
_DENIALS = frozenset("not no never none neither nor without cannot deny denies denied denying refuse refuses refused "
                     "reject rejects rejected".split())
_CONTRACTED_NOT = re.compile(r"n['’]t\b", re.IGNORECASE)
_REACH = 3
# A denial reaches no further than the quotation it stands in: a “no limits” partnership is a partnership. To exempt
# names as well lets through 57 instead of 46 of 141 look-alike claims (`python -m eval.benchmarks verifier`).
_CLAUSE_END = re.compile(r'[”;:]|"(?=[\s.,;:!?)]|$)')

_OWN_MARKERS = re.compile(r"\s*\[\d+(?:\s*,\s*\d+)*\]")
_BULLET = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+")
_EMPHASIS = re.compile(r"[*_`#]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|<[^>]*>|https?://\S+")

Idf = Callable[[str], float]


@dataclass(frozen=True, slots=True)
class Grounded:
    """The claims of a draft, the citations they share, and the prose that is left of it."""

    claims: tuple[Claim, ...]
    citations: tuple[Citation, ...]

    @property
    def text(self) -> str:
        """The claims that stand, each followed by its markers."""
        return " ".join(marked(claim) for claim in self.claims if claim.verdict != "unsupported")


def marked(claim: Claim) -> str:
    """Return a claim with its [1]-style markers."""
    return claim.text + "".join(f"[{number}]" for number in claim.citations)


class Grounder:
    """Checks the claims of one answer, one after the other, and numbers the citations as they first appear.

    `sentences` are those of the retrieved passages, `question` is as the model was asked it.
    """

    def __init__(self, question: str, sentences: Sequence[Sentence], idf: Idf) -> None:
        self._asked = _Text(question)
        self._texts = [_Text(sentence.text, sentence) for sentence in sentences]
        self._idf = idf
        self._numbers: dict[tuple[str, int, int], Citation] = {}
        self._claims: list[Claim] = []

    @property
    def grounded(self) -> Grounded:
        """What has been checked so far."""
        return Grounded(tuple(self._claims), tuple(self._numbers.values()))

    def add(self, text: str) -> Claim:
        """Check one sentence of the draft and return it as a claim."""
        claim = _Text(text)
        weights = {term: self._weight(term) for term in claim.terms}
        facts = self._facts(claim)
        support = self._support(claim, weights, facts)
        verdict = _verdict(support.covered) if support.complete else "unsupported"
        numbers: tuple[int, ...] = ()
        if verdict != "unsupported":
            cited = (*support.texts, *self._corroboration(claim, weights, facts, support))
            numbers = tuple(sorted({self._cite(text.sentence) for text in cited if text.sentence}))
        self._claims.append(Claim(text, numbers, verdict, round(support.covered, 3)))
        return self._claims[-1]

    def quote(self, sentence: Sentence) -> Claim:
        """Add a sentence of the articles as a quotation of itself."""
        text = f"“{' '.join(sentence.text.split()).strip('“”')}”"
        self._claims.append(Claim(text, (self._cite(sentence),), "supported", 1.0))
        return self._claims[-1]

    def _weight(self, term: str) -> float:
        return self._idf(term) * (ECHO_WEIGHT if term in self._asked.terms else 1.0)

    def _facts(self, claim: _Text) -> list[Fact]:
        """Return what must occur in the cited sentences: not the spelled-out numbers that the question brought in."""
        lowercase = frozenset().union(*(text.lowercase for text in self._texts), self._asked.lowercase)
        spelled = {fact.value for fact in self._asked.numbers if fact.text.isalpha()} | {"2"}
        numbers = [fact for fact in claim.numbers if not (fact.text.isalpha() and fact.value in spelled)]
        return numbers + names(claim.text, lowercase)

    def _support(self, claim: _Text, weights: dict[str, float], facts: Sequence[Fact]) -> _Support:
        """Return the fewest sentences that carry a claim, chosen greedily."""
        agreeing = [text for text in self._texts if not claim.contradicts(text)]
        best = _Support((), weights, facts)
        while len(best.texts) < MOST_CITED:
            candidates = (_Support((*best.texts, text), weights, facts) for text in agreeing if text not in best.texts)
            better = max(candidates, key=lambda support: support.rank, default=best)
            if better is best or not better.improves(best):
                break
            best = better
        return best

    def _corroboration(
        self, claim: _Text, weights: dict[str, float], facts: Sequence[Fact], support: _Support
    ) -> Iterable[_Text]:
        """Yield one sentence of each other article that carries the claim alone."""
        seen = {text.sentence.source for text in support.texts if text.sentence}
        for text in self._texts:
            alone = _Support((text,), weights, facts)
            if (
                text.sentence
                and text.sentence.source not in seen
                and not text.sentence.leftover
                and alone.complete
                and alone.covered >= SUPPORTED
                and not claim.contradicts(text)
            ):
                seen.add(text.sentence.source)
                yield text

    def _cite(self, sentence: Sentence) -> int:
        key = (sentence.source, sentence.start, sentence.end)
        if key not in self._numbers:
            number = len(self._numbers) + 1
            self._numbers[key] = Citation(
                number, sentence.source, sentence.title, sentence.published, sentence.start, sentence.end, sentence.text
            )
        return self._numbers[key].number


def split_claims(draft: str) -> list[str]:
    """Return the sentences of a draft as plain text, without markers, bullets, links or emphasis of the model's own."""
    plain = [_BULLET.sub("", line) for line in draft.splitlines()]
    text = "\n".join(_EMPHASIS.sub("", _OWN_MARKERS.sub("", _LINK.sub(r"\1", line))) for line in plain)
    claims = (" ".join(text[span.start : span.end].split()) for span in split_sentences(text))
    return [claim for claim in claims if any(map(str.isalnum, claim))]


class _Text:
    """A text with what comparing it needs, worked out when it is first asked for."""

    def __init__(self, text: str, sentence: Sentence | None = None) -> None:
        self.text = text
        self.sentence = sentence

    @cached_property
    def terms(self) -> frozenset[str]:
        return frozenset(term for term, _ in self._denied)

    @cached_property
    def numbers(self) -> list[Fact]:
        return numbers_and_dates(self.text)

    @cached_property
    def facts(self) -> list[Fact]:
        return self.numbers + names(self.text)

    @cached_property
    def lowercase(self) -> frozenset[str]:
        """The words written without a capital."""
        return frozenset(fold(word) for word in words(self.text) if word[0].islower())

    def contradicts(self, other: _Text) -> bool:
        """Tell whether a word that both have is denied in one and not in the other."""
        mine, theirs = dict(self._denied), dict(other._denied)
        return any(mine[term] != theirs[term] for term in mine.keys() & theirs.keys())

    @cached_property
    def _denied(self) -> list[tuple[str, bool]]:
        """The content terms, each with whether it stands within reach of a denial before it."""
        found = []
        for clause in _CLAUSE_END.split(_CONTRACTED_NOT.sub(" not", self.text)):
            reach = 0
            for word in words(clause):
                if fold(word) in _DENIALS:
                    reach = _REACH + 1
                if is_content(word):
                    reach = max(0, reach - 1)
                    found.append((stem(word), reach > 0))
        return found


class _Support:
    """Sentences taken together, measured against a claim."""

    def __init__(self, texts: tuple[_Text, ...], weights: dict[str, float], facts: Sequence[Fact]) -> None:
        self.texts = texts
        found = frozenset().union(*(text.terms for text in texts))
        total = sum(weights.values())
        self.covered = sum(weight for term, weight in weights.items() if term in found) / total if total else 0.0
        self.missing = sum(not any(holds(fact, text.facts) for text in texts) for fact in facts)

    @property
    def complete(self) -> bool:
        """Whether every number, date and name occurs."""
        return bool(self.texts) and not self.missing

    @property
    def rank(self) -> tuple[int, bool, float, bool, float]:
        """What makes one choice better than another: facts, one article, words, no leftovers, relevance."""
        cited = [text.sentence for text in self.texts if text.sentence]
        together = len({sentence.source for sentence in cited}) == 1
        leftover = any(sentence.leftover for sentence in cited)
        return -self.missing, together, self.covered, not leftover, sum(sentence.score for sentence in cited)

    def improves(self, other: _Support) -> bool:
        """Tell whether one more sentence is worth citing."""
        if not other.texts or self.missing < other.missing:
            return True
        return other.covered < SUPPORTED and self.covered >= other.covered + _WORTH_CITING


def _verdict(covered: float) -> Verdict:
    if covered >= SUPPORTED:
        return "supported"
    return "partial" if covered >= PARTIAL else "unsupported"
