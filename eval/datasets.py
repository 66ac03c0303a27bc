"""Public question sets → a folder of articles outside the repository, and cases about them.

A set is a folder with `corpus.jsonl` ({doc_id, title, text}, and where known source, date, url) and `questions.jsonl`
({qid, question, answers, gold_docs, evidence, answerable}).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from eval.cases import Case, CaseError, Gold
from eval.normalise import tokens

# An answer of more words than this is prose: nothing can be right by containing it, so only F1 tells how near it comes.
LONGEST_SHORT_ANSWER = 12
_KINDS = {"str": "a text", "bool": "true or false", "tuple[str, ...]": "a list of texts"}
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a set. `date` is ISO; `source` is the publisher."""

    doc_id: str
    title: str
    text: str
    source: str = ""
    date: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a set; `evidence` holds sentences of the gold documents where the set marks them."""

    qid: str
    question: str
    answerable: bool
    answers: tuple[str, ...] = ()
    gold_docs: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    type: str = ""


def load_dataset(folder: Path) -> tuple[list[Document], list[Question]]:
    """The documents and the questions of a set.

    Raises:
        CaseError: a file is missing, or a line of it is not what it should be. Names file and line.
    """
    documents = _read(folder / "corpus.jsonl", Document)
    questions = _read(folder / "questions.jsonl", Question)
    if not questions:
        raise CaseError(f"{folder / 'questions.jsonl'} holds no question. eval/README.md has the keys of one.")
    for what, ids in (("doc_id", [d.doc_id for d in documents]), ("qid", [q.qid for q in questions])):
        if twice := next((one for one, count in Counter(ids).items() if count > 1), None):
            raise CaseError(f"{folder}: the {what} {twice!r} is there twice. Give each one of its own.")
    return documents, questions


def sample(questions: Sequence[Question], limit: int, seed: int = 0) -> list[Question]:
    """`limit` questions, half of them unanswerable where there are enough, the same for the same seed.

    Each question's place in the draw depends on its own id and the seed, so a larger sample contains a smaller one.
    """
    drawn = sorted(questions, key=lambda q: _order(q.qid, seed))
    answerable = [q for q in drawn if q.answerable]
    unanswerable = [q for q in drawn if not q.answerable]
    share = min(len(unanswerable), max(limit // 2, limit - len(answerable)))
    chosen = answerable[: limit - share] + unanswerable[:share]
    return sorted(chosen, key=lambda q: _order(q.qid, seed))


def materialise(documents: Iterable[Document], folder: Path) -> dict[str, str]:
    """Write each document as an article below `folder` and return doc_id → file name.

    Files that are as they should be already are left alone, and those of no document are deleted, so that an index
    of the folder stays good.
    """
    folder.mkdir(parents=True, exist_ok=True)
    sources: dict[str, str] = {}
    for document in documents:
        name = _file_name(document)
        sources[document.doc_id] = name
        _write_if_changed(folder / name, _article(document))
    for path in folder.iterdir():
        if path.name not in set(sources.values()):
            path.unlink()
    return sources


def to_cases(questions: Iterable[Question], documents: Iterable[Document], sources: Mapping[str, str], kind: str
             ) -> list[Case]:
    """Questions → cases: one need for each gold document, met by any of the evidence sentences in it.

    Answers become the forms of one required fact, unless all are too long to be contained in another wording.
    """
    texts = {document.doc_id: document.text for document in documents}
    return [
        Case(
            id=question.qid,
            kind=question.type or (f"{kind}_answerable" if question.answerable else f"{kind}_unanswerable"),
            question=question.question,
            answerable=question.answerable,
            required=_required(question) if question.answerable else (),
            references=question.answers if question.answerable else (),
            gold=tuple(_gold(question, texts, sources)) if question.answerable else (),
        )
        for question in questions
    ]


def _required(question: Question) -> tuple[tuple[str, ...], ...]:
    # In a form " & " joins parts that may stand anywhere; here it belongs to a name.
    answers = (answer.replace(" & ", " ") for answer in question.answers)
    short = tuple(a for a in answers if tokens(a) and len(a.split()) <= LONGEST_SHORT_ANSWER)
    return (short,) if short else ()


def _gold(question: Question, texts: Mapping[str, str], sources: Mapping[str, str]) -> Iterable[Gold]:
    for need, doc_id in enumerate(question.gold_docs):
        if doc_id not in sources:
            raise CaseError(f"question {question.qid!r}: gold document {doc_id!r} is not in corpus.jsonl. Correct it.")
        quotes = [sentence for sentence in question.evidence if sentence in texts[doc_id]]
        yield from (Gold(sources[doc_id], quote, need) for quote in quotes or [""])


def _read(path: Path, record: type[T]) -> list[T]:
    kinds = {f.name: str(f.type) for f in fields(record)}  # type: ignore[arg-type]
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise CaseError(f"{path} cannot be read: {error}. A set has corpus.jsonl and questions.jsonl.") from error
    numbered = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    return [_parse(line, record, kinds, f"{path}, line {number}") for number, line in numbered]


def _parse(line: str, record: type[T], kinds: Mapping[str, str], where: str) -> T:
    try:
        data: dict[str, Any] = json.loads(line)
        values = {key: _checked(key, value, kinds[key]) for key, value in data.items() if key in kinds}
        return record(**values)
    except (ValueError, RecursionError, AttributeError, TypeError) as error:
        raise CaseError(f"{where}: not a {record.__name__.lower()}: {error}. eval/README.md has the keys.") from None


def _checked(key: str, value: object, kind: str) -> object:
    """A value of the kind that its field has: a text, several texts, or true or false."""
    if kind == "bool" and isinstance(value, bool):
        return value
    found = value if isinstance(value, list) and kind.startswith("tuple") else [value] if kind == "str" else [None]
    texts = [text for text in found if isinstance(text, str)]
    if len(texts) < len(found):
        raise TypeError(f"{key!r} is not {_KINDS[kind]}: {value!r}")
    "".join(texts).encode()  # half of a pair of surrogates could not be written
    return tuple(texts) if isinstance(value, list) else value


def _order(qid: str, seed: int) -> str:
    return hashlib.sha256(f"{seed}:{qid}".encode()).hexdigest()


def _file_name(document: Document) -> str:
    """The doc_id if it is a safe file name, else what is safe of it and a hash of the whole."""
    suffix = ".md" if document.date or document.source else ".txt"
    safe = re.sub(r"[^A-Za-z0-9_-]+", "_", document.doc_id)[:80]
    if safe != document.doc_id:
        safe += "-" + hashlib.sha256(document.doc_id.encode()).hexdigest()[:8]
    return safe + suffix


def _article(document: Document) -> str:
    """The title as headline; date, publisher and address as front matter where there are any."""
    if not (document.date or document.source):
        return f"{document.title}\n\n{document.text}\n"
    matter = {"title": document.title, "date": document.date[:10], "publisher": document.source, "url": document.url}
    # A JSON string is a YAML string too.
    lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in matter.items() if value]
    return "\n".join(["---", *lines, "---", "", f"# {document.title}", "", document.text, ""])


def _write_if_changed(path: Path, text: str) -> None:
    raw = text.encode("utf-8")
    if not path.is_file() or path.read_bytes() != raw:
        path.write_bytes(raw)
