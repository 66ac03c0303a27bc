"""Claims with quotes, labelled by people: what the annotators of CLAP-NQ and SQuAD 2.0 say supports a claim, or not.

Draws depend on ids and a seed, so that they are the same every time. No text of the sets is kept or shown.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from eval.benchmarks.declarative import IsVerb, declare, verbs_of
from eval.datasets import LONGEST_SHORT_ANSWER, Document, Question, load_dataset
from eval.metrics import normalise_answer
from rag.facts import names, numbers_and_dates
from rag.grounding import split_claims
from rag.lexical import Lexical, build
from rag.sentences import split_sentences
from rag.text import terms, words

SEED = 0
SHORTEST_CLAIM = 3
AnswerType = Literal["number", "date", "name"]
T = TypeVar("T")

_TIME = re.compile(r"\b(?:when|(?:what|which) (?:year|date|day|month|decade|century)s?)\b", re.IGNORECASE)
_COUNT = re.compile(r"\b(?:how (?:many|much)|what (?:percent|percentage|proportion|number))\b", re.IGNORECASE)
_NAMED = re.compile(r"\b(?:who|whom|where|(?:what|which) (?:\w+ ){0,2}(?:city|country|state|river|king|emperor|leader|"
                    r"president|scientist|person|people|company|university|name))\b", re.IGNORECASE)
_YEAR = re.compile(r"(?<![\d,.])(?:1\d|20)\d\d(?![\d%]|[,.]\d)")
_FIGURE = re.compile(r"(?<![\w.,])\d[\d,.]*\d\b%?|(?<![\w.,])\d\b%?")
_CAPITALISED = re.compile(r"\b[A-Z][\w'’.-]+(?:\s+(?:of|the|de|von|and)?\s?[A-Z][\w'’.-]+)*")


@dataclass(frozen=True, slots=True)
class Pair:
    """A claim and the quotes that do or do not support it, as people label it; `cluster` is its gold document."""

    kind: str
    supported: bool
    claim: str
    quotes: tuple[str, ...]
    question: str
    cluster: str


@dataclass(frozen=True, slots=True)
class Pairs:
    """The pairs of a set; `used` of its `asked` questions made one. `texts` are its documents."""

    name: str
    pairs: tuple[Pair, ...]
    used: Mapping[str, tuple[int, int]]
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Set:
    """A set of questions with its documents, and its own ways to look things up."""

    documents: Mapping[str, Document]
    questions: Sequence[Question]
    lexical: Lexical
    lowercase: frozenset[str]

    def idf(self, term: str) -> float:
        """The inverse document frequency of a term over the documents."""
        return self.lexical.idf(term)

    def most_similar(self, claim: str, gold: str, *, other_title: bool = False) -> str:
        """The text of the document, `gold` apart, that BM25 ranks first for the claim."""
        title = self.documents[gold].title
        scores = self.lexical.scores(claim)
        ranked = sorted(zip(self.documents.values(), scores, strict=True), key=lambda pair: (-pair[1], pair[0].doc_id))
        return next(document.text for document, _ in ranked
                    if document.doc_id != gold and not (other_title and document.title == title))


def clapnq(folder: Path, home: Path) -> Pairs:
    """Sentences of the long answers that people wrote, against the sentences that they marked as evidence.

    What is shorter than `SHORTEST_CLAIM` words, such as the "NA" of an annotator without an answer, is no claim.

    - evidence: the marked sentences of the claim's own question;
    - other evidence: those of another question, drawn;
    - similar passage: of all passages under another title, the one that BM25 ranks first for the claim.

    Raises:
        CaseError: the set is not what it should be.
    """
    found = _load(folder, home)
    answered = [q for q in found.questions if q.answerable and q.evidence and len(q.gold_docs) == 1]
    pairs: list[Pair] = []
    for question in answered:
        gold = question.gold_docs[0]
        other = _drawn(question.qid, [q for q in answered if found.documents[q.gold_docs[0]].title
                                      != found.documents[gold].title])
        for claim in _claims(question):
            against = {"evidence": question.evidence, "other evidence": other.evidence if other else (),
                       "similar passage": (found.most_similar(claim, gold, other_title=True),)}
            pairs += [Pair(kind, kind == "evidence", claim, quotes, question.question, gold)
                      for kind, quotes in against.items() if quotes]
    return Pairs("clapnq", tuple(pairs), {"answerable": (len(answered), _count(found, answerable=True))}, _texts(found))


def squad2(folder: Path, home: Path) -> Pairs:
    """Questions and their answers made one claim, against the sentences of the gold paragraph that hold the answer.

    - answer: the annotators' answer;
    - wrong answer: the same sentences, with the answer to another question, of the same type (number, date or name);
    - similar paragraph: the right answer, against what BM25 ranks first for the claim, the gold paragraph apart;
    - look-alike: a question that people wrote to look answerable, with a number, date or name of the type it asks for
      from the paragraph's sentence most like the question, against that sentence. By their label it is wrong;
    - look-alike, any type: likewise, where the question asks for something else and gets a name, date or number.

    Raises:
        CaseError: the set is not what it should be.
    """
    found = _load(folder, home)
    is_verb = verbs_of(found.lowercase)
    answered = [q for q in found.questions if q.answerable and q.answers and q.gold_docs]
    made = [pairs for q in answered if (pairs := list(_of_answer(q, answered, found, is_verb)))]
    alike = [pair for q in found.questions if not q.answerable and q.gold_docs
             if (pair := _look_alike(q, found, is_verb))]
    used = {"answerable": (len(made), _count(found, answerable=True)),
            "unanswerable": (len(alike), _count(found, answerable=False))}
    return Pairs("squad2", (*(pair for pairs in made for pair in pairs), *alike), used, _texts(found))


def answer_type(question: str, answer: str) -> AnswerType | None:
    """Whether the answer is a number, a date or a name; None for all else."""
    if numbers_and_dates(answer):
        dated = any(fact.kind == "date" for fact in numbers_and_dates(answer))
        return "date" if dated or (_YEAR.search(answer) and not _COUNT.search(question)) else "number"
    capitalised = {fact.text for fact in names(answer)}
    return "name" if capitalised and len(capitalised) >= len(set(terms(answer))) else None


def asked_type(question: str) -> AnswerType | None:
    """The type of answer that the question's words ask for; None where they do not tell."""
    kinds: dict[AnswerType, re.Pattern[str]] = {"date": _TIME, "number": _COUNT, "name": _NAMED}
    return next((kind for kind, pattern in kinds.items() if pattern.search(question)), None)


def find_fact(question: str, sentence: str, lowercase: Collection[str] = ()) -> str | None:
    """The first fact of a sentence that is of the type asked for, or else of any, and not in the question.

    A year is a date. A capital at the beginning makes no name of a word that stands in `lowercase`.
    """
    wanted = asked_type(question)
    asked = frozenset(terms(question))
    without_years = _YEAR.sub(" ", sentence)
    opening, _, rest = sentence.partition(" ")
    named = rest if opening.casefold() in lowercase else sentence
    found = {"name": _CAPITALISED.findall(named), "date": _YEAR.findall(sentence),
             "number": _FIGURE.findall(without_years)}
    facts = [fact.rstrip(".") for kind in ([wanted] if wanted else found) for fact in found[kind]]
    return next((fact for fact in facts if _is_fact(fact) and asked.isdisjoint(terms(fact))), None)


def _claims(question: Question) -> list[str]:
    claims = (claim for answer in question.answers for claim in split_claims(answer))
    return list(dict.fromkeys(claim for claim in claims if len(list(words(claim))) >= SHORTEST_CLAIM))


def _is_fact(text: str) -> bool:
    return bool(terms(text)) and bool(numbers_and_dates(text) or names(text))


def _of_answer(question: Question, answered: Sequence[Question], found: _Set, is_verb: IsVerb) -> Iterator[Pair]:
    gold = question.gold_docs[0]
    text = found.documents[gold].text
    answer = next((a for a in question.answers if len(a.split()) <= LONGEST_SHORT_ANSWER and _holds(text, a)), "")
    claim = declare(question.question, answer, is_verb)
    if not claim:
        return
    quotes = tuple(sentence for sentence in _sentences(text) if _holds(sentence, answer))
    if not quotes:  # the answer runs over the end of a sentence
        return
    yield Pair("answer", True, claim, quotes, question.question, gold)
    similar = found.most_similar(claim, gold)
    yield Pair("similar paragraph", False, claim, (similar,), question.question, gold)
    wrong = _drawn(question.qid, list(_wrong_answers(question, answer, answered)))
    if wrong and (claim := declare(question.question, wrong, is_verb)):
        yield Pair("wrong answer", False, claim, quotes, question.question, gold)


def _look_alike(question: Question, found: _Set, is_verb: IsVerb) -> Pair | None:
    gold = question.gold_docs[0]
    asked = frozenset(terms(question.question))
    ranked = sorted(_sentences(found.documents[gold].text),
                    key=lambda text: -sum(found.idf(term) for term in asked & set(terms(text))))
    facts = ((find_fact(question.question, sentence, found.lowercase), sentence) for sentence in ranked)
    fact, sentence = next(((fact, sentence) for fact, sentence in facts if fact), ("", ""))
    claim = declare(question.question, fact, is_verb)
    kind = "look-alike" if asked_type(question.question) else "look-alike, any type"
    return Pair(kind, False, claim, (sentence,), question.question, gold) if claim else None


def _wrong_answers(question: Question, answer: str, answered: Iterable[Question]) -> Iterator[str]:
    """The answers of other questions, of the type of this one, that share no word with an accepted answer."""
    wanted = answer_type(question.question, answer)
    right = {word for accepted in question.answers for word in normalise_answer(accepted).split()}
    for other in answered:
        for text in other.answers[:1]:
            if wanted and answer_type(other.question, text) == wanted and right.isdisjoint(
                normalise_answer(text).split()
            ):
                yield text


def _load(folder: Path, home: Path) -> _Set:
    documents, questions = load_dataset(folder)
    place = home / "benchmarks" / "verifier" / folder.name
    build((document.text for document in documents), place)
    lowercase = frozenset(word for document in documents for word in words(document.text) if word.islower())
    return _Set({document.doc_id: document for document in documents}, questions, Lexical(place, len(documents)),
                lowercase)


def _texts(found: _Set) -> dict[str, str]:
    return {doc_id: document.text for doc_id, document in found.documents.items()}


def _count(found: _Set, *, answerable: bool) -> int:
    return sum(question.answerable == answerable for question in found.questions)


def _sentences(text: str) -> list[str]:
    return [text[span.start : span.end] for span in split_sentences(text)]


def _holds(text: str, answer: str) -> bool:
    return bool(answer) and re.search(rf"(?<!\w){re.escape(answer)}(?!\w)", text) is not None


def _drawn(qid: str, candidates: Sequence[T]) -> T | None:
    """One of the candidates, by a hash of the question's id and the seed."""
    number = int(hashlib.sha256(f"{SEED}:{qid}".encode()).hexdigest(), 16)
    return candidates[number % len(candidates)] if candidates else None
