"""A draft → Claims with checked Citations. Nothing is supported by more than the words of the passages it cites.

A claim is one sentence of the draft. It is compared with every sentence of the retrieved passages, and the fewest of
them, three at most, that carry it are cited (`rag.support`):

- one sentence carries the claim, with those right around it where these say whom or when it means; or each clause of
  the claim is carried so by its own (`rag.clauses`). What is said in two other places is not stitched together;
- every number, date and name of the claim must occur in the cited sentences, brought to one form (`rag.facts`). A name
  may stand there in short, if the passages know it in full, or in the title of the article; then the nearest sentence
  that has it is cited as well. The year of a day may be that of the article's publication. Quotations must stand in one
  sentence;
- an office that the claim gives to somebody must be joined to them in a sentence (`rag.roles`);
- the cited sentences may not have it otherwise (`rag.contraries`): tell of others what the claim says that somebody
  did, or only hope for it, have a final for a semi-final, the opposite of a word instead of it, "up to seven" for
  seven, or 29 people for 29 days;
- no sentence may deny what the claim says, nor put it into another mouth ("did not offer" does not support "offered");
- the claim's content words must be covered, weighted by inverse document frequency. A word that the question brought
  in, and so the model only repeats, weighs half.

The share covered is the claim's score: supported from `SUPPORTED` on, partial from `PARTIAL` on, otherwise, or when a
number, date, name or quotation is missing, unsupported. Where only what stands between two commas, or after one, is
missing, or a day that the passages have of something else, of what no time was asked of, the claim stands without it.
Sentences of other articles that carry the claim alone are cited as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from rag.clauses import has_verb, is_aside, is_question, shortened, undated, without_frame, without_rash_opening
from rag.expected import REASON, asks_why, asks_yes_or_no, tells_time
from rag.expected import asked as asked_kinds
from rag.facts import holds, joined_acronyms, names, numbers_and_dates
from rag.features import Reading
from rag.inflection import term
from rag.lexical import Idf
from rag.sentences import split_sentences
from rag.support import PARTIAL, Claimed, Passages, Support
from rag.types import Citation, Claim, Place, Sentence, Verdict

_MOST_NAMED = 3  # facts named in a reason
_COUNTED = frozenset({term("people")})  # "attended by 900 people" and "before a crowd of 900"
ECHO_WEIGHT = 0.5  # of a word that stands in the question

_NUMBERED = r"\d+(?:(?:\s*(?:[,;&–-]|\band\b)\s*)+\d+)*"
_OWN_MARKERS = re.compile(
    rf"\s*(?:\[{{1,2}}\^?(?:(?:excerpts?|sources?|passages?)\s+)?{_NUMBERED}\]{{1,2}}(?:\([^)\s]*\))?|【[^】\n]*】"
    rf"|\((?:see\s+)?(?:excerpts?|passages?)\s+{_NUMBERED}\))",
    re.IGNORECASE,
)
_BULLET = re.compile(r"^\s*(?:[-*•–]|\d+[.)]|#{1,6}|>)\s+")
_ITEM = r"[ \t]*(?:[-*•–]|\d{1,2}[.)])[ \t]+"
_LIST = re.compile(rf"(?:(?<=:)(?P<opened>[ \t]*\n\s*))?^(?P<items>{_ITEM}.+(?:\n\s*{_ITEM}.+)+)", re.MULTILINE)
_ITEM_ENDS = re.compile(r"[\s;,]*(?:\b(?:and|or))?\s*$")
_LONGEST_ITEM = 6  # words: what has more, or a verb, may be a claim of its own
# Not inside a word: "@harbour_watch", "#1".
_EMPHASIS = re.compile(r"(?<!\w)[*_`]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}(?!\w)|\*\*|`")
# What only the model was shown under that name.
_EXCERPT = (
    r"(?:(?:the\s+)?(?:(?:given|provided|available|first|second|third|fourth|last)\s+)?excerpts?(?:\s+provided)?"
    r"(?:\s+\d+(?:(?:,\s*|\s+and\s+)\d+)*)?)"
)
_EXCERPTS = re.compile(
    rf"^(?:(?:according\s+to|in|from|based\s+(?:up)?on)\s+{_EXCERPT},"
    r"|based\s+(?:up)?on\s+the\s+(?:(?:given|provided|available)\s+(?:articles?|texts?|information|context)"
    r"|(?:articles?|texts?|information|context)\s+(?:given|provided|available)),"
    rf"|{_EXCERPT}\s+(?:also\s+)?(?:states?|says?|mentions?|indicates?|notes?|reports?|suggests?|shows?)\s+that\b"
    rf"|{_EXCERPT}\s+(?:provides?|gives?|mentions?|lists?|names?)\s+(?:(?:some|several|the)\s+)?examples\s+of\b[^,:.]*,\s+"
    r"(?:including|such\s+as|namely)\b"
    r"|(?:the\s+)?(?:excerpts?|answer)\s*:)\s*([“\"\w])",
    re.IGNORECASE,
)
_AS_EXCERPTED = re.compile(
    r"(?<=\w)(?:,?\s+|\s*\()(?:as\s+(?:stated|mentioned|described|reported|indicated|noted|shown)\s+(?:in|by)"
    rf"|according\s+to)\s+{_EXCERPT}(?:,|\)|(?=[.;]|$))",
    re.IGNORECASE,
)
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|<[^>]*>|https?://\S+")


@dataclass(frozen=True, slots=True)
class Grounded:
    """The claims of a draft, the citations they share, and the prose that is left of it."""

    claims: tuple[Claim, ...]
    citations: tuple[Citation, ...]

    @property
    def text(self) -> str:
        """The claims that stand, each followed by its markers."""
        return " ".join(_marked(claim) for claim in self.claims if claim.verdict != "unsupported")


class Grounder:
    """Checks the claims of one answer, one after the other, and numbers the citations as they first appear.

    `sentences` are those of the retrieved passages, `question` is as the model was asked it.
    """

    def __init__(self, question: str, sentences: Sequence[Sentence], idf: Idf) -> None:
        self._asked = Reading(question)
        self._asks_why = asks_why(question)
        self._wants_figures = bool(asked_kinds(question) & {"quantity", "figure", "time"})
        self._may_be_undated = bool(question) and not (
            self._wants_figures or asks_yes_or_no(question) or tells_time(question)
        )
        self._passages = Passages(question, sentences, idf)
        self._idf = idf
        self._numbers: dict[Place, Citation] = {}
        self._claims: list[Claim] = []

    @property
    def grounded(self) -> Grounded:
        """What has been checked so far."""
        return Grounded(tuple(self._claims), tuple(self._numbers.values()))

    def add(self, text: str) -> Claim:
        """Check one sentence of the draft and return it as a claim, without an unsupported addition if it has one."""
        support = self._support(text)
        if not support.carries:
            text, support = next(self._shortened(text), (text, support))
        verdict = _verdict(support)
        numbers: tuple[int, ...] = ()
        if verdict != "unsupported":
            naming = self._passages.naming(self._claimed(without_frame(text)), support.readings)
            cited = (*support.readings, *naming, *self._corroboration(text, support))
            numbers = tuple(sorted({self._cite(reading.sentence) for reading in cited if reading.sentence}))
        reason = None if verdict == "supported" else self._reason(text, support)
        self._claims.append(Claim(text, numbers, verdict, round(support.covered, 3), reason))
        return self._claims[-1]

    def quote(self, sentence: Sentence, *, whose: str = "") -> Claim:
        """Add a sentence of the articles as a quotation of itself, behind the title or paper it is from, if given."""
        text = f"{whose}: {_in_quotes(sentence.text)}" if whose else _in_quotes(sentence.text)
        self._claims.append(Claim(text, (self._cite(sentence),), "supported", 1.0))
        return self._claims[-1]

    def withdraw(self) -> None:
        """Take the claims back: what is supported only in part is no answer by itself."""
        self._claims = [replace(claim, citations=(), verdict="unsupported") for claim in self._claims]
        self._numbers.clear()

    def telling(self, text: str, read: Sequence[Sentence]) -> list[Sentence]:
        """Return the sentence that holds all that a claim adds to its question, if one does of those that were read.

        Such a claim may be right and yet not be supported, for it repeats what the articles word otherwise. It stands
        behind the sentence that it points back to where only that speaks of what is asked.
        """
        claimed, asked = self._claimed(without_frame(text)), [*self._asked.numbers, *self._asked.names]
        weights = {term: w for term, w in claimed.weights.items() if term not in self._asked.terms | _COUNTED}
        facts = [fact for fact in claimed.facts if not holds(fact, asked)]
        return self._passages.telling(replace(claimed, weights=weights, facts=facts), read)

    def agrees(self, text: str, sentence: Sentence) -> bool:
        """Tell whether a sentence has a claim's numbers and dates, and nothing otherwise."""
        return self._passages.agrees(self._claimed(without_frame(text)), sentence)

    def denying(self, text: str, read: Sequence[Sentence]) -> Sentence | None:
        """Return the first sentence, of those that were read, that denies a word which a claim denies."""
        return self._passages.denying(self._claimed(without_frame(text)), read)

    def _reason(self, text: str, support: Support) -> str:
        """Say why a claim is not supported: what the nearest sentences do not hold of it."""
        claimed = self._claimed(without_frame(text))
        missing = [fact.text for fact in claimed.facts if not self._passages.finds(fact, claimed, support.readings)]
        if missing:
            named = ", ".join(f"“{fact}”" for fact in missing[:_MOST_NAMED])
            return f"The nearest sentences do not have {named}."
        if not support.complete:
            return "The articles quote somebody differently, deny it, or tell it of somebody else."
        return f"Only {support.covered:.0%} of what it says stands in the nearest sentences."

    def _support(self, text: str) -> Support:
        return self._passages.support(self._claimed, without_frame(text))

    def _claimed(self, text: str) -> Claimed:
        """Return what must be found of a text: not the spelled-out numbers that the question brought in."""
        reading = Reading(text)
        spelled = {fact.value for fact in self._asked.numbers if fact.is_spelled} | {"2"}
        numbers = [fact for fact in reading.numbers if not (fact.is_spelled and fact.value in spelled)]
        weights = {term: self._weight(term) for term in reading.terms}
        facts = numbers + names(reading.text, self._passages.lowercase)
        return Claimed(reading, weights, facts, self._asked.terms)

    def _weight(self, term: str) -> float:
        return self._idf(term) * (ECHO_WEIGHT if term in self._asked.terms else 1.0)

    def _shortened(self, text: str) -> Iterator[tuple[str, Support]]:
        """Yield the claim without a part that the passages do not hold, if what is left still answers."""
        answering = (kept for kept, dropped in shortened(text) if self._answers(kept, dropped))
        for kept in chain(answering, self._undated(text)):
            support = self._support(kept)
            if support.carries:
                yield kept, support

    def _undated(self, text: str) -> Iterator[str]:
        """Yield the claim without a day that the passages have of something else: one from nowhere is made up whole."""
        known = [fact for reading in self._passages.readings for fact in (*reading.numbers, *reading.names)]
        for kept, when in undated(text) if self._may_be_undated else ():
            if all(holds(fact, known) for fact in (*numbers_and_dates(when), *names(when))):
                yield kept

    def _answers(self, kept: str, dropped: str) -> bool:
        """Tell whether nothing asked for is dropped, and a claim still has something of the same kind to tell.

        A reason is never dropped where one is asked for.

        Figures may go, with the words around them, where the question wants none.
        """
        told, left_out = self._claimed(kept), self._claimed(dropped)
        asked = [*self._asked.numbers, *self._asked.names]
        new = {(fact.kind, fact.unit) for fact in told.facts if not holds(fact, asked)}
        may_go = any(left_out.plain) and not self._wants_figures
        kinds = {(fact.kind, fact.unit) for fact in left_out.facts if fact.kind == "name" or not may_go}
        dispensable = self._is_dispensable(told, left_out) if is_aside(dropped) else bool(left_out.facts)
        if self._asks_why and REASON.search(dropped):
            return False
        return dispensable and kinds <= new and not any(holds(fact, asked) for fact in left_out.facts)

    def _is_dispensable(self, told: Claimed, aside: Claimed) -> bool:
        """Tell whether no word of the question goes with an aside, nor a figure it asks for, and something is left."""
        wanted = self._wants_figures and bool(aside.reading.numbers)
        left = bool(aside.facts) or any(told.plain[1])
        return left and not wanted and aside.plain[0].keys() <= told.weights.keys()

    def _corroboration(self, text: str, support: Support) -> Iterator[Reading]:
        """Yield one sentence of each other article that carries the claim alone."""
        seen = {reading.sentence.source for reading in support.readings if reading.sentence}
        for reading in self._passages.alone(self._claimed(without_frame(text))):
            if reading.sentence and reading.sentence.source not in seen and not reading.sentence.leftover:
                seen.add(reading.sentence.source)
                yield reading

    def _cite(self, sentence: Sentence) -> int:
        if sentence.place not in self._numbers:
            number = len(self._numbers) + 1
            self._numbers[sentence.place] = Citation(
                number, sentence.source, sentence.title, sentence.published, sentence.start, sentence.end, sentence.text
            )
        return self._numbers[sentence.place].number


def split_claims(draft: str, question: str = "") -> list[str]:
    """Return the sentences of a draft as plain text, without markers, bullets, links or emphasis of the model's own.

    A Yes or No that the rest of its sentence belies, or that leaves out words of the question, is left out, and so is a
    sentence that only asks.
    """
    plain = (_EMPHASIS.sub("", _LINK.sub(r"\1", _OWN_MARKERS.sub("", line))) for line in draft.splitlines())
    listed = _LIST.sub(_as_sentence, "\n".join(plain))
    text = "\n".join(_BULLET.sub("", line) for line in listed.splitlines())
    sentences = (joined_acronyms(" ".join(text[span.start : span.end].split())) for span in split_sentences(text))
    claims = map(_without_excerpts, sentences)
    told = (claim for claim in claims if any(map(str.isalnum, claim)) and not is_question(claim))
    return [without_rash_opening(claim, question) for claim in told]


def _as_sentence(found: re.Match[str]) -> str:
    """Return a list of names or phrases as one sentence with the line that opens it and says what they are.

    Each by itself would be found anywhere.
    """
    items = [_ITEM_ENDS.sub("", item) for item in re.split(rf"(?:^|\n)\s*{_ITEM}", found["items"])[1:]]
    items[-1] = items[-1].rstrip(".")
    if any(len(item.split()) > _LONGEST_ITEM or has_verb(item) or item.endswith((".", "!", "?")) for item in items):
        return found[0]
    return f"{' ' if found['opened'] else ''}{', '.join(items[:-1])} and {items[-1]}."


def _without_excerpts(sentence: str) -> str:
    """Return a sentence without its words about the excerpts, which only the model was shown under that name."""
    return _EXCERPTS.sub(lambda match: match[1].upper(), _AS_EXCERPTED.sub("", sentence))


def _in_quotes(text: str) -> str:
    """Return a text in quotation marks, those of its own within them made single ones; of one quotation, as it is."""
    text = " ".join(text.split())
    if text.count("“") != text.count("”"):
        text = text.strip("“”")
    is_one = text.startswith("“") and text.find("”") == len(text) - 1
    return text if is_one else f"“{text.replace('“', '‘').replace('”', '’')}”"


def _marked(claim: Claim) -> str:
    """Return a claim with its [1]-style markers."""
    return claim.text + "".join(f"[{number}]" for number in claim.citations)


def _verdict(support: Support) -> Verdict:
    if support.carries:
        return "supported"
    return "partial" if support.complete and not support.adrift and support.covered >= PARTIAL else "unsupported"
