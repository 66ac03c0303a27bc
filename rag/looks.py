"""What a look of the language model tells: whether texts answer, with a yes or a no, and which sentence is plainly one.

A look is one token, of which only the probability is taken.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.conversation import Inquiry
from rag.denial import opposites, polarity, refutes
from rag.doubt import unspoken
from rag.evidence import covered
from rag.lexical import Idf
from rag.llm import LanguageModel
from rag.prompts import check_messages, yes_or_no_messages
from rag.stages import Checker
from rag.text import terms
from rag.types import Sentence

# A sentence that denies something and has this share of the question's words (by inverse document frequency) says no
# where the model finds a no that likely.
ASKED, NO = 0.4, 0.75
# One that denies a word asked for at once ("would not appeal") may have few others of them, and must be likelier: of
# all sets two from .78 on are a no, and the one of .75 is none.
NO_ALONE = 0.77
# Of one that has this share of them, and denies one at once or has its opposite ("acquitted" for "convicted"), a no
# need only be likelier than a yes.
OPPOSED, NO_OPPOSED = 0.6, 0.5
# A sentence with the question's names is a plain yes where the model is so sure that it answers, and of the yes: of 47
# questions for a yes or no whose draft failed, the nearest that should be refused has .63 (docs/quality.md).
YES = 0.8
# From and up to which P(yes), asked of what is cited, "Yes:" or "No:" is put before an answer that says neither: of 38
# such answers it was so of all 5 from the one on, and of all 16 up to the other (docs/quality.md).
PLAIN_YES, PLAIN_NO = 0.8, 0.3
# "Did anyone from the school trip die?" asks after no trip.
_ADJUNCT = re.compile(r"\b(?:from|of|in|at|on|with|by|for|about|after|before)\s+(?:the\s+|an?\s+)?(?:\w+\s+)?\w+")
# What is unlikely is denied, in a look: "a military alliance is unlikely".
_UNLIKELY = re.compile(
    r"(?P<what>[^,;:.“”]*)\b(?:is|are|was|were|seems?|remains?|looks?|be)\s+(?:\w+\s+)?"
    r"(?:unlikely|impossible|out of the question)\b",
    re.IGNORECASE,
)
# "They feared that it would be closed" is neither a yes nor a no.
_HELD = re.compile(r"\b(?:fear|hope|worr|suspect|wonder)(?:s|ed|y|ied|ies)?\s+(?:that|whether|if)\b", re.IGNORECASE)


class Looks:
    """Asks the model about one question; `sure` is how confident it must be that a sentence answers."""

    def __init__(self, inquiry: Inquiry, model: LanguageModel, idf: Idf, sure: float) -> None:
        self._question = inquiry.standalone
        self._history = inquiry.history
        self._model = model
        self._asked = {term: idf(term) for term in terms(self._question)}
        self._sure = sure

    def confidence_in(self, texts: Sequence[str]) -> float | None:
        """Return P(yes) that some texts hold the answer; None if the model cannot say."""
        return self._model.yes_probability(check_messages(self._question, texts, self._history))

    def surety_of(self, texts: Sequence[str]) -> float:
        """Return the same; 0 if it cannot say."""
        return self.confidence_in(texts) or 0.0

    def yes_in(self, texts: Sequence[str]) -> float:
        """Return P(yes) that the answer to a yes or no is yes, according to some texts; 1 if the model cannot say."""
        probability = self._model.yes_probability(yes_or_no_messages(self._question, texts, self._history))
        return 1.0 if probability is None else probability

    def plain_word(self, cited: Sequence[str]) -> str:
        """Return "Yes" or "No" where the model is sure which is the answer according to what is cited, or nothing."""
        yes = self._model.yes_probability(yes_or_no_messages(self._question, cited, self._history))
        if yes is None or PLAIN_NO < yes < PLAIN_YES:
            return ""
        return "Yes" if yes >= PLAIN_YES else "No"

    def denial(
        self, read: Sequence[tuple[Sentence, str]], found: Sequence[Sentence]
    ) -> tuple[float, Sentence] | None:
        """Return the likeliest no among the sentences that deny something, or have an opposite, and have words asked.

        "Which need not be paid back" holds no answer for a model that looks for a yes: it is not asked whether it does.
        """
        likely = ((1 - self.yes_in([text]), s, text) for s, text in read if self._may_deny(s, text, found))
        denials = ((no, s) for no, s, text in likely if no >= NO_OPPOSED and no >= self._least(s, text))
        return max(denials, key=lambda one: one[0], default=None)

    def surest(
        self, read: Sequence[tuple[Sentence, str]], claims: Sequence[str], checker: Checker
    ) -> tuple[float, Sentence] | None:
        """Return the sentence of which the model is surest: "the vote was postponed", "he said that he would appeal".

        What is a yes to it must be a plain one, name whom and what the question names, and have nothing otherwise than
        the draft, which failed for its words.
        """
        telling = [(s, text) for s, text in read if not _HELD.search(s.text)]
        looked = [(self.surety_of([text]), s, text) for s, text in telling]
        confidence, s, text = max(looked, key=lambda one: one[0], default=(0.0, None, ""))
        if s is None or confidence < self._sure:
            return None
        yes = self.yes_in([text])
        plain = min(confidence, yes) >= YES and not unspoken(self._question, f"{s.text} . {s.title}")
        affirms = plain and bool(claims) and all(checker.agrees(claim, s) for claim in claims)
        return (confidence, s) if affirms or yes <= self._sure else None

    def speaking(self, read: Sequence[Sentence]) -> list[Sentence]:
        """Return the sentences, of some that were read, that speak of what is asked."""
        return [sentence for sentence in read if self._speaks(sentence.text)]

    def _speaks(self, text: str) -> bool:
        return covered(text, self._asked) >= ASKED

    def _may_deny(self, sentence: Sentence, text: str, found: Sequence[Sentence]) -> bool:
        """Tell whether a sentence, as it is read, may be a no to what is asked."""
        denies = bool(polarity(sentence.text).denied or _UNLIKELY.search(sentence.text)) or refutes(sentence.text)
        denies = denies or self._has_opposite(sentence.text)
        return denies and (self._speaks(text) or self._denies_asked(sentence, found))

    def _denies_asked(self, sentence: Sentence, found: Sequence[Sentence]) -> bool:
        """Tell whether a sentence denies a word asked for at once, in an article that has the question's names."""
        article = " . ".join(s.text for s in found if s.source == sentence.source)
        return self._denied(sentence) and not unspoken(self._question, article)

    def _denied(self, sentence: Sentence) -> bool:
        """Tell whether a sentence denies at once what is asked, and not what stands behind a preposition in it."""
        apart = frozenset(word for match in _ADJUNCT.finditer(self._question) for word in terms(match[0]))
        unlikely = _UNLIKELY.search(sentence.text)
        heads = polarity(sentence.text).heads.union(terms(unlikely["what"]) if unlikely else ())
        return bool(heads & self._asked.keys() - apart)

    def _has_opposite(self, text: str) -> bool:
        told = {*terms(text)}
        return any(opposites(word) & told for word in self._asked.keys() - told)

    def _least(self, sentence: Sentence, text: str) -> float:
        """Return how likely a no must be for a sentence to be one."""
        opposed = self._has_opposite(sentence.text) or self._denied(sentence)
        if opposed and covered(text, self._asked) >= OPPOSED and self.surety_of([text]) >= self._sure:
            return NO_OPPOSED
        return NO if self._speaks(text) else NO_ALONE
