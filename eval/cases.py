"""A case: one question with what a right answer must say, must not say, and where the corpus says it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from eval.normalise import contains, tokens
from rag.errors import CitedError
from rag.types import Span, Turn

SEEDS = Path(__file__).parent / "questions" / "seeds.jsonl"
# The kinds that are unanswerable by their nature, from easy to hard to tell apart from an answerable question.
UNANSWERABLE_KINDS = ("off_topic", "absent", "false_premise", "look_alike")
_REQUIRED_KEYS = {"id": str, "kind": str, "question": str, "answerable": bool}
_KNOWN_KEYS = {*_REQUIRED_KEYS, "history", "required", "forbidden", "gold", "must_pass"}
_GOLD_KEYS = {"source", "quote", "fact"}


class CaseError(CitedError):
    """A file of cases that cannot be read, or a case that contradicts itself or its corpus."""


@dataclass(frozen=True, slots=True)
class Gold:
    """A piece of evidence: `quote` in `source` meets need number `fact`.

    Entries with the same `fact` are alternatives, any of which is enough. The need has the number of the required fact
    that it supports; a higher number is evidence needed without adding a fact. `spans` are the places of the quote in
    the file, once resolved. An empty quote means that only the source is known.
    """

    source: str
    quote: str
    fact: int = 0
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """One question. `required` and `forbidden` are facts, each a tuple of the forms in which it may be stated.

    `references` are whole answers in prose, as public sets have them: an answer can be like one, but not contain it.
    """

    id: str
    kind: str
    question: str
    answerable: bool
    history: tuple[Turn, ...] = ()
    required: tuple[tuple[str, ...], ...] = ()
    forbidden: tuple[tuple[str, ...], ...] = ()
    gold: tuple[Gold, ...] = ()
    must_pass: bool = False
    references: tuple[str, ...] = ()

    @property
    def needs(self) -> tuple[int, ...]:
        """The numbers of the needs, sorted."""
        return tuple(sorted({gold.fact for gold in self.gold}))

    @property
    def sources(self) -> dict[int, frozenset[str]]:
        """For each need, the sources that meet it."""
        return {need: frozenset(g.source for g in self.gold if g.fact == need) for need in self.needs}

    @property
    def cluster(self) -> str:
        """What makes cases alike for the statistics: their gold sources; a case without any stands for itself."""
        return "+".join(sorted({gold.source for gold in self.gold})) or self.id

    @property
    def hash(self) -> str:
        """Names what is asked and what is expected, so that two runs are compared only where both were the same."""
        gold = [[entry.source, entry.quote, entry.fact] for entry in self.gold]
        turns = [[turn.question, turn.answer] for turn in self.history]
        whole = [self.id, self.question, turns, self.answerable, self.required, self.forbidden, gold, self.references]
        return hashlib.sha256(json.dumps(whole).encode()).hexdigest()[:16]


def load_cases(path: Path) -> list[Case]:
    """Read a JSONL file of cases; blank lines are skipped.

    Raises:
        CaseError: the file is missing, a line is not a case, or two cases share an id. Names file and line.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise CaseError(f"{path} cannot be read: {error}. Give a UTF-8 file of one JSON case a line.") from error
    cases: dict[str, Case] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        where = f"{path}, line {number}"
        case = parse_case(line, where)
        if case.id in cases:
            raise CaseError(f"{where}: the id {case.id!r} is taken by an earlier case. Give this one another id.")
        cases[case.id] = case
    if not cases:
        raise CaseError(f"{path} holds no case. Add one; eval/README.md shows how.")
    return list(cases.values())


def parse_case(line: str, where: str) -> Case:
    """One line of JSON → a Case; `where` names the place in messages.

    Raises:
        CaseError: the line is not a JSON object, or is not a consistent case.
    """
    try:
        data = json.loads(line)
        json.dumps(data, ensure_ascii=False).encode()  # half of a pair of surrogates could be asked nobody
    except (ValueError, RecursionError) as error:
        why = f"{error.msg}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else str(error)
        raise CaseError(f"{where}: not JSON ({why}). Put one object on one line.") from None
    if not isinstance(data, dict):
        raise CaseError(f"{where}: expected an object with id, kind, question and answerable.")
    _check_keys(data, where)
    try:
        case = _build(data)
    except (KeyError, TypeError, AttributeError) as error:
        raise CaseError(f"{where}: history, required, forbidden, gold or must_pass has the wrong shape ({error}). "
                        "eval/README.md shows a case.") from None
    _check(case, where)
    return case


def resolve(cases: Iterable[Case], texts: Mapping[str, str]) -> list[Case]:
    """Finds every gold quote in its file (`texts`: source → decoded text); all its occurrences count.

    Raises:
        CaseError: a source is not in the corpus, or does not hold the quote character by character.
    """
    return [replace(case, gold=tuple(_resolved(case, gold, texts) for gold in case.gold)) for case in cases]


def _resolved(case: Case, gold: Gold, texts: Mapping[str, str]) -> Gold:
    text = texts.get(gold.source)
    if text is None:
        raise CaseError(f"case {case.id!r}: the corpus has no file {gold.source!r}. "
                        "Ask about the corpus that the cases were written for, or correct gold.source.")
    spans = tuple(_occurrences(text, gold.quote)) if gold.quote else ()
    if gold.quote and not spans:
        raise CaseError(f"case {case.id!r}: {gold.source} does not hold the quote {gold.quote[:60]!r}. "
                        "Copy it from the file character by character, curly quotes included.")
    return replace(gold, spans=spans)


def _occurrences(text: str, quote: str) -> Iterable[Span]:
    start = text.find(quote)
    while start >= 0:
        yield Span(start, start + len(quote))
        start = text.find(quote, start + 1)


def _check_keys(data: dict[str, Any], where: str) -> None:
    for key, kind in _REQUIRED_KEYS.items():
        if not isinstance(data.get(key), kind) or (kind is str and not data[key].strip()):
            wanted = "true or false" if kind is bool else "a text"
            raise CaseError(f"{where}: {key!r} must be {wanted}, not {data.get(key)!r}. Add it.")
    if unknown := sorted(set(data) - _KNOWN_KEYS):
        raise CaseError(f"{where}: unknown key {unknown[0]!r}. Known: {', '.join(sorted(_KNOWN_KEYS))}.")
    for key in ("history", "required", "forbidden", "gold"):
        if not isinstance(data.get(key, []), list):
            raise CaseError(f"{where}: {key!r} must be a list, not {data[key]!r}.")


def _build(data: dict[str, Any]) -> Case:
    return Case(
        id=data["id"], kind=data["kind"], question=data["question"], answerable=data["answerable"],
        history=tuple(_turn(entry) for entry in data.get("history", [])),
        required=_facts(data.get("required", [])),
        forbidden=_facts(data.get("forbidden", [])),
        gold=tuple(_gold(entry) for entry in data.get("gold", [])),
        must_pass=_flag(data.get("must_pass", False)),
    )


def _turn(entry: dict[str, Any]) -> Turn:
    if not isinstance(entry["question"], str) or not isinstance(entry["answer"], str):
        raise TypeError("question and answer of a turn are texts")
    return Turn(entry["question"], entry["answer"])


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"must_pass is true or false, not {value!r}")
    return value


def _gold(entry: dict[str, Any]) -> Gold:
    if unknown := sorted(set(entry) - _GOLD_KEYS):
        raise TypeError(f"gold has source, quote and fact, not {unknown[0]!r}")
    gold = Gold(entry["source"], entry["quote"], entry.get("fact", 0))
    if not isinstance(gold.source, str) or not isinstance(gold.quote, str):
        raise TypeError("gold.source and gold.quote are texts")
    if type(gold.fact) is not int or gold.fact < 0:
        raise TypeError("gold.fact is the number of a required fact, counted from 0")
    return gold


def _facts(entries: list[Any]) -> tuple[tuple[str, ...], ...]:
    for forms in entries:
        if not isinstance(forms, list) or not forms or not all(isinstance(f, str) and f.strip() for f in forms):
            raise TypeError(f"a fact is a list of texts, not {forms!r}")
        if mute := [form for form in forms if not all(map(tokens, form.split(" & ")))]:
            raise TypeError(f"no answer can be seen to state {mute[0]!r}: articles and signs are left out of account")
    return tuple(tuple(forms) for forms in entries)


def _check(case: Case, where: str) -> None:
    """Refuses a case that contradicts itself."""
    if case.answerable and case.kind in UNANSWERABLE_KINDS:
        raise CaseError(f"{where}: kind {case.kind!r} is for unanswerable questions. Set answerable to false.")
    if not case.answerable and (case.required or case.gold):
        raise CaseError(f"{where}: an unanswerable case has no required facts and no gold. Empty both.")
    if not case.answerable:
        return
    if not case.required or not case.gold:
        raise CaseError(f"{where}: an answerable case needs required facts and gold quotes. Add them.")
    if unsupported := sorted(set(range(len(case.required))) - set(case.needs)):
        raise CaseError(f"{where}: required fact {unsupported[0]} has no gold. Add an entry with that fact number.")
    for forms in case.required:
        for wrong in case.forbidden:
            if all(any(_includes(form, other) for other in wrong) for form in forms):
                raise CaseError(f"{where}: whatever states {forms[0]!r} states the forbidden {wrong[0]!r}, so no "
                                "answer is right. Correct either.")


def _includes(form: str, other: str) -> bool:
    """Whether every text that contains the one form contains the other."""
    return all(any(contains(part, needed) for part in form.split(" & ")) for needed in other.split(" & "))


def count_kinds(cases: Iterable[Case]) -> dict[str, int]:
    """How many cases there are of each kind, in order of first appearance."""
    return dict(Counter(case.kind for case in cases))
