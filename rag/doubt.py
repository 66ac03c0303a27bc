"""Whether a checked draft answers the question that was asked: the model's own doubt, and what the articles show."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence

from rag.clauses import is_question, without_frame
from rag.context import is_row, preceding
from rag.evidence import covered
from rag.expected import REASON, asks_why
from rag.facts import Fact, arabic, designation, holds, names, numbers_and_dates, same_state
from rag.features import Reading
from rag.figures import of_another_column
from rag.fitting import fits
from rag.grounding import Grounded
from rag.inflection import term
from rag.lexical import Idf
from rag.orders import orders
from rag.plaintext import MADE_UP_TITLE_ENDS
from rag.premises import corrected
from rag.text import terms, words
from rag.types import Citation, Claim, Sentence

# The citations speak of what is asked if they have this share of the question's words (by inverse document frequency).
# If so, and they have its numbers and names, and every claim is supported, less confidence is enough: a small model
# doubts much that is plain. It doubts reasons, too: P(yes) of the right drafts that say why is .46 in the median, of
# others .67; between .43 and .48 are eight right ones and two that should be refused. Where the citations give it as a
# reason, P(yes) says even less: it is .27 for "banned because of noise". Of those whose citations have no word of the
# question but names, five are wrong and two right, one of them for more confidence (docs/quality.md).
ON_TOPIC = 0.6
_EASED = 0.75
_EASED_REASON = 0.9
_EASED_BECAUSE = 0.55
# What has no word of the question is no answer if it scores less than this share of what has most of them: from .74 on
# are two right ones, and none that is not (docs/quality.md).
_NEARLY = 0.7
# "What are 3 reasons …?" wants so many, and tells of none.
_WANTED = re.compile(r"^(\W*(?:what\s+are|which|name|list)\s+(?:the\s+)?)\d{1,2}(?=\s+[a-z])", re.IGNORECASE)
# "What did Lund say about Brill?" is not answered by what Lund said where nothing speaks of Brill.
_ABOUT = re.compile(
    r"\b(?:say|says|said|tell|told|think|thinks|thought|claim|comment|remark|write|wrote|speak|spoke)\b[^?,;]*?"
    r"\babout\s+(?P<what>[^?,;]+)\W*$",
    re.IGNORECASE,
)


def asked_about(question: str, citations: Sequence[Citation]) -> list[str]:
    """Return what the model is asked about: what is cited, under the titles with a word of the question that it lacks.

    "He remained in jail, his bail at 900 crowns" answers for the man who stole a swan only under its headline.
    """
    if any(is_row(citation.quote) for citation in citations):  # the header first
        citations = sorted(citations, key=lambda citation: (citation.source, citation.start))
    quotes = [citation.quote for citation in citations]
    lacking = frozenset(terms(question)).difference(*map(terms, quotes))
    titles = dict.fromkeys(c.title for c in citations if c.title and not c.title.endswith(MADE_UP_TITLE_ENDS))
    return [*(title for title in titles if lacking.intersection(terms(title)) and not any(orders(title))), *quotes]


def needed(
    question: str, grounded: Grounded, found: Sequence[Sentence], idf: Idf, enough: float, topic: str = ""
) -> float | None:
    """Return the least confidence with which what stands of the claims is an answer; None if it is none.

    Args:
        question: as it was put to the model.
        grounded: the draft's claims, checked.
        found: every sentence the claims were checked against.
        idf: of the corpus.
        enough: the least confidence; where citations and question agree, less of it is enough.
        topic: the question with the one before it, where it leans on that ("What was its price?").
    """
    standing = [claim for claim in grounded.claims if claim.verdict != "unsupported" and not is_question(claim.text)]
    if not standing:
        return None
    weights = {term: idf(term) for term in terms(question)}
    said = " ".join(citation.quote for citation in grounded.citations)
    cited = covered(said, weights)
    if not cited and not covered(said, {term: idf(term) for term in terms(topic)}):
        on_topic = max((s.score for s in found if covered(s.text, weights) >= ON_TOPIC), default=0.0)
        if _best_score(grounded.citations, found) < _NEARLY * on_topic:
            return None
    text = " ".join(_told(claim) for claim in standing)
    # That an article says so is not who said it.
    if not fits(question, " ".join(without_frame(_told(claim)) for claim in _on_topic(question, standing, grounded))):
        return None
    quotes = " . ".join(citation.quote for citation in grounded.citations)
    titles = " . ".join(citation.title for citation in grounded.citations)
    if _is_silent(question, grounded, found):
        return None
    if _contradicted(question, grounded, found) or corrected(question, text, quotes, titles):
        return None
    if _is_of_another_column(question, text, grounded.citations, found):
        return None
    plain = (
        cited >= ON_TOPIC
        and all(claim.verdict == "supported" for claim in standing)
        and not unspoken(question, _cited(grounded))
    )
    return enough * min(_EASED if plain else 1.0, _eased(question, grounded) if asks_why(question) else 1.0)


def _on_topic(question: str, standing: Sequence[Claim], grounded: Grounded) -> Sequence[Claim]:
    """Return the claims without those of other articles that share no word with a question which others speak of.

    "Breathing stops for ten seconds" answers nothing beside "The ferry was launched".
    """
    asked = frozenset(terms(question))
    cited = [[c for c in grounded.citations if c.number in claim.citations] for claim in standing]
    sources = {c.source for citations in cited for c in citations if asked.intersection(terms(c.quote))}
    near = [claim for claim, own in zip(standing, cited, strict=True) if sources.intersection(c.source for c in own)]
    return near or standing


def _told(claim: Claim) -> str:
    """Return what a claim tells: of a sentence that is quoted, the sentence."""
    return claim.text[1:-1] if claim.text.startswith("“") and claim.text.endswith("”") else claim.text


def _best_score(citations: Sequence[Citation], found: Sequence[Sentence]) -> float:
    places = {citation.place for citation in citations}
    return max((sentence.score for sentence in found if sentence.place in places), default=0.0)


def _eased(question: str, grounded: Grounded) -> float:
    """Return the share of the confidence that is enough for a reason, given as one of what is asked or not.

    Of what the names of a question alone are said nothing may be the reason.
    """
    named = {term(word) for name in names(question) for word in words(name.text)}
    asked = frozenset(terms(question)) - named
    telling = [c.quote for c in grounded.citations if asked.intersection(terms(c.quote))]
    if any(map(REASON.search, telling)):
        return _EASED_BECAUSE
    return _EASED_REASON if telling or not named else 1.0


def _contradicted(question: str, grounded: Grounded, found: Sequence[Sentence]) -> bool:
    """Tell whether a question has a figure or day that is not that of the citations.

    A question in which one detail is wrong mostly finds the sentence that has the right one. A year, or the 20th of
    something, may stand elsewhere in the articles that are cited.
    """
    spoken = numbers_and_dates(arabic(_cited(grounded)))
    asked = [fact for fact in numbers_and_dates(_WANTED.sub(r"\1", arabic(question))) if not fact.is_spelled]
    articles = {citation.source for citation in grounded.citations}
    silent = [fact for fact in asked if not holds(fact, spoken) and not _names_them(fact, question, articles, found)]
    if not all(fact.is_year or fact.is_ordinal for fact in silent):
        return True
    near = numbers_and_dates(" . ".join(s.text for s in found if s.source in articles)) if silent else []
    return not all(holds(fact, near) for fact in silent)


def _is_silent(question: str, grounded: Grounded, found: Sequence[Sentence]) -> bool:
    """Tell whether the articles that are cited have no name of what somebody is asked to have spoken of."""
    about = _ABOUT.search(question)
    articles = {citation.source for citation in grounded.citations}
    texts = (s.text for s in found if s.source in articles) if about else ()
    return about is not None and bool(unspoken(about["what"], " . ".join([*texts, _cited(grounded)])))


def _is_of_another_column(
    question: str, text: str, citations: Sequence[Citation], found: Sequence[Sentence]
) -> bool:
    """Tell whether a figure stands in a table under another heading than the question asks for."""
    cited = {citation.place for citation in citations if is_row(citation.quote)}
    headers = preceding(found) if cited else {}
    rows = {s.place: s for row in found if row.place in cited for s in (headers.get(row.place), row) if s}
    return bool(of_another_column(Reading(f"{question} {text}"), [Reading(s.text, s) for s in rows.values()]))


def _names_them(fact: Fact, question: str, articles: Container[str], found: Sequence[Sentence]) -> bool:
    """Tell whether a number is part of a name that stands in some articles: the 2 of "the Hearthling 2"."""
    name = designation(fact, question)
    return bool(name) and any(s.source in articles and (name in s.text or name in s.title) for s in found)


def unspoken(question: str, text: str) -> list[Fact]:
    """Return the numbers, dates and names of a question that a text does not have; Washington is the U.S. here."""
    told = names(text)
    spoken = [*numbers_and_dates(arabic(text)), *told]
    missing = [fact for fact in (*numbers_and_dates(arabic(question)), *names(question)) if not holds(fact, spoken)]
    return [fact for fact in missing if not any(same_state(fact.value, name.value) for name in told)]


def _cited(grounded: Grounded) -> str:
    return " . ".join(f"{c.quote} . {c.title} . {c.published or ''}" for c in grounded.citations)
