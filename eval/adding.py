"""The command `cited eval add`: helps to write a case, checks it against the corpus, and appends it to its file."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shlex
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from eval.cases import UNANSWERABLE_KINDS, Case, CaseError, Gold, count_kinds, load_cases, parse_case, resolve
from eval.complaints import complaint
from eval.corpus import Texts
from eval.metrics import states
from eval.normalise import tokens
from eval.report import one_line
from rag.config import default_corpus
from rag.errors import CitedError, ConfigError
from rag.sentences import split_sentences
from rag.text import content_words, fold
from ui.history import Complaint

FAILED, MISUSE = 1, 2
LISTED = 20  # candidates that are shown at most
_NUMBERED = re.compile(r"(\d{1,3})=")
_INSTALLED = {"site-packages", "dist-packages"}
Facts = list[list[str]]


class Desk:
    """Where a case is written: the cases that there are, the corpus, and, on a terminal, somebody to ask."""

    def __init__(self, questions: Path, corpus: Path, ask: Callable[[str], str] | None) -> None:
        self.questions = questions
        self.texts = Texts(corpus)
        self.cases = _read_cases(questions)
        self.ask = ask
        self._candidates: dict[tuple[str, ...], list[Gold]] = {}
        try:
            resolve(self.cases, self.texts)
        except CaseError as error:
            raise CaseError(f"{questions} is not about {corpus}: {error} Name its corpus with --corpus DIR, or another "
                            "file with --questions FILE.") from error

    @cached_property
    def sentences(self) -> tuple[Gold, ...]:
        """Every sentence of the corpus, each once a file."""
        return tuple(dict.fromkeys(Gold(source, text[span.start : span.end]) for source in self.texts
                                   if (text := self.texts.get(source)) for span in split_sentences(text)))

    def candidates(self, forms: Iterable[str]) -> list[Gold]:
        """The sentences that state a fact."""
        key = tuple(forms)
        if key not in self._candidates:
            self._candidates[key] = [sentence for sentence in self.sentences if states(sentence.quote, key)]
        return self._candidates[key]

    def value(self, given: str | None, option: str, prompt: str) -> str:
        """What an option says, or else what is typed.

        Raises:
            CaseError: there is neither.
        """
        if given and given.strip():
            return given.strip()
        if self.ask is None:
            raise CaseError(f"{option} is missing: {prompt}. Give it, or leave it to be asked for on a terminal.")
        while not (typed := self.ask(f"{prompt}: ").strip()):
            pass
        return typed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `cited eval add`.

    The file and the corpus have no defaults here, which would silently take the place of what stands before `add`.
    """
    parser.add_argument("--questions", type=Path, metavar="FILE", default=argparse.SUPPRESS,
                        help="the file that the case is appended to (default: that about the five seed articles)")
    parser.add_argument("--corpus", type=Path, metavar="DIR", default=argparse.SUPPRESS,
                        help="the folder of articles (default: $CITED_CORPUS, else ./seeds)")
    parser.add_argument("--id", metavar="ID", help="the case's name (default: made of the kind and the question)")
    parser.add_argument("--kind", metavar="KIND", help="the group in which it is reported")
    parser.add_argument("--question", metavar="TEXT")
    parser.add_argument("--complaint", type=int, metavar="N",
                        help="take question and history from what a reader found wrong (`cited eval complaints`)")
    parser.add_argument("--fact", action="append", default=[], metavar="FORMS",
                        help="a required fact, as in 'half | 50%%'; repeat it for more, which count from 0")
    parser.add_argument("--forbid", action="append", default=[], metavar="FORMS",
                        help="a fact that makes an answer wrong, written likewise; may be repeated")
    parser.add_argument("--quote", action="append", default=[], metavar="SOURCE: TEXT",
                        help="where the corpus says so, character by character, or 'N=SOURCE: TEXT' for fact N; may be "
                             "repeated (default: the only sentence that does)")
    parser.add_argument("--unanswerable", action="store_true", help="the right answer is a refusal")
    parser.add_argument("--history", action="append", default=[], metavar="QUESTION => ANSWER",
                        help="an earlier turn, oldest first; may be repeated")
    parser.add_argument("--must-pass", action="store_true", help="keep the gate shut when the case fails")
    parser.add_argument("--dry-run", action="store_true", help="print the case and write nothing")


def run(args: argparse.Namespace) -> int:
    """Do what the arguments say and return the exit code: 0, 1 for a failure, 2 for misuse."""
    try:
        return _add(args)
    except (KeyboardInterrupt, EOFError):
        sys.stderr.write("\ncited eval add: stopped. Nothing is half written.\n")
        return FAILED
    except CitedError as error:
        sys.stderr.write(f"cited eval add: {error}\n")
        return MISUSE if isinstance(error, (CaseError, ConfigError)) else FAILED


def _add(args: argparse.Namespace) -> int:
    if not args.dry_run:
        _check_writable(args.questions)
    corpus = getattr(args, "corpus", None) or default_corpus()
    desk = Desk(args.questions, corpus, _somebody())
    line = _json(_draft(args, desk, complaint(corpus, args.complaint) if args.complaint is not None else None))
    case = _checked(line, desk)
    for warning in _warnings(case, desk):
        sys.stderr.write(f"cited eval add: note: {warning}\n")
    if args.dry_run:
        sys.stdout.write(line + "\n")
    elif desk.ask is None or _agreed(line, desk.ask):
        append_line(args.questions, line, case.id)
        sys.stdout.write(f"Added {one_line(case.id)} to {args.questions}\n")
    else:
        sys.stdout.write("Nothing was added.\n")
    return 0


def append_line(path: Path, line: str, case_id: str) -> None:
    """Append a case to a file, which at any moment is as it was or has the whole line; its line endings are kept.

    Raises:
        CaseError: the file cannot be written, or has meanwhile been given a case of this id.
    """
    target = path.resolve()
    partial = target.with_name(target.name + ".part")
    try:
        if any(case.id == case_id for case in _read_cases(target)):
            raise CaseError(f"{path} has a case {case_id!r} by now. Give another id with --id.")
        before = target.read_bytes() if target.exists() else b""
        ending = b"\r\n" if b"\r\n" in before else b"\n"
        between = ending if before and not before.endswith(b"\n") else b""
        target.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(before + between + line.encode() + ending)
        if target.exists():
            shutil.copymode(target, partial)
        os.replace(partial, target)
    except OSError as error:
        raise CaseError(f"{path} cannot be written: {error}. Name another file with --questions FILE.") from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()


def _somebody() -> Callable[[str], str] | None:
    """Who can be asked: the terminal, if there is one."""
    return input if sys.stdin.isatty() and sys.stdout.isatty() else None


def _read_cases(path: Path) -> list[Case]:
    """The cases of a file, which need not exist yet, nor hold any."""
    return load_cases(path) if path.exists() and path.read_bytes().strip() else []


def _check_writable(path: Path) -> None:
    """Refuses a file before anything is asked; the one of an installed package too, where an update would drop it."""
    target = path.resolve()
    if _INSTALLED.intersection(target.parts):
        raise CaseError(f"{path} belongs to the installed package, and the next update would drop the case. "
                        "Name a file of your own with --questions FILE.")
    # The superuser may write anything: a file that is marked read-only is left alone all the same.
    marked = target.exists() and not target.stat().st_mode & 0o222
    folder = next(folder for folder in target.parents if folder.exists())
    if marked or target.is_dir() or (target.exists() and not os.access(target, os.W_OK)):
        raise CaseError(f"{path} is not a file that can be written. Change its permissions, or name another file with "
                        "--questions FILE.")
    if not (folder.is_dir() and os.access(folder, os.W_OK)):
        raise CaseError(f"nothing can be written in {folder}. Name a file elsewhere with --questions FILE.")


def _draft(args: argparse.Namespace, desk: Desk, complained: Complaint | None) -> dict[str, Any]:
    """The case as it stands in the file, with everything that was missing asked for."""
    before = [{"question": a.question, "answer": a.text} for a in complained.before] if complained else []
    given = args.question or (complained.answer.question if complained else None)
    question = desk.value(given, "--question", "The question")
    kind = desk.value(args.kind, "--kind", _kinds(desk.cases, args.unanswerable))
    answerable = not args.unanswerable and kind not in UNANSWERABLE_KINDS
    if not answerable and (args.fact or args.quote):
        raise CaseError(f"a case of kind {kind!r} without an answer has no facts and no quotes. Leave out --fact and "
                        "--quote, or give it another kind.")
    required = _required(args, desk) if answerable else []
    gold = _gold(args.quote, required, desk)
    draft = {
        "id": _id(args.id, kind, question, desk),
        "kind": kind,
        "question": question,
        "history": [_turn(text) for text in args.history] or before,
        "required": required,
        "forbidden": _split_all(args.forbid, "--forbid"),
        "gold": [{"source": entry.source, "quote": entry.quote, "fact": entry.fact} for entry in gold],
        "answerable": answerable,
    }
    return draft | ({"must_pass": True} if args.must_pass else {})


def _json(draft: dict[str, Any]) -> str:
    """One line, in which what cannot be seen, or would command a terminal, is escaped."""
    line = json.dumps(draft, ensure_ascii=False)
    try:
        line.encode()
    except UnicodeEncodeError as error:
        raise CaseError(f"the new case holds a character that is not text ({error.reason}). Type it anew.") from None
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in line)


def _checked(line: str, desk: Desk) -> Case:
    """The case, if it is one that `cited eval` would take."""
    case = parse_case(line, "the new case")
    if any(other.id == case.id for other in desk.cases):
        raise CaseError(f"the id {case.id!r} is taken in {desk.questions}. Give another with --id.")
    return resolve([case], desk.texts)[0]


def _kinds(cases: Iterable[Case], unanswerable: bool) -> str:
    """What to ask for the kind with."""
    known = [] if unanswerable else [kind for kind in count_kinds(cases) if kind not in UNANSWERABLE_KINDS]
    usual = f"such as {', '.join(map(one_line, known))}; " if known else ""
    return f"The kind ({usual}if the corpus does not say: {', '.join(UNANSWERABLE_KINDS)})"


def _required(args: argparse.Namespace, desk: Desk) -> Facts:
    if args.fact:
        return _split_all(args.fact, "--fact")
    facts = [desk.value(None, "--fact", "Fact 0 of a right answer, its wordings separated by |")]
    while desk.ask and (typed := desk.ask(f"Fact {len(facts)}, or nothing: ").strip()):
        facts.append(typed)
    return _split_all(facts, "--fact")


def _split_all(facts: Iterable[str], option: str) -> Facts:
    split = [[form.strip() for form in fact.split("|") if form.strip()] for fact in facts]
    if [] in split:
        raise CaseError(f"{option} is empty. Write the wordings of a fact, as in {option} 'half | 50%'.")
    return split


def _turn(text: str) -> dict[str, str]:
    question, arrow, answer = (part.strip() for part in text.partition("=>"))
    if not (question and arrow and answer):
        raise CaseError(f"--history {one_line(text)!r} is no turn. Write --history 'question => answer'.")
    return {"question": question, "answer": answer}


def _id(given: str | None, kind: str, question: str, desk: Desk) -> str:
    taken = {case.id for case in desk.cases}
    proposed = _proposed_id(kind, question, taken)
    if given or desk.ask is None:
        return given or proposed
    while (typed := desk.ask(f"The id [{one_line(proposed)}]: ").strip()) in taken:
        sys.stdout.write("That one is taken.\n")
    return typed or proposed


def _proposed_id(kind: str, question: str, taken: set[str]) -> str:
    """The kind and the first words of the question that say something; numbered where that is taken."""
    named = [fold(word) for word in content_words(question)][:3]
    name = "-".join([*kind.replace("_", "-").split(), *named])
    numbered = (f"{name}-{number}" for number in range(2, len(taken) + 3))
    return name if name not in taken else next(other for other in numbered if other not in taken)


def _gold(given: Iterable[str], required: Facts, desk: Desk) -> list[Gold]:
    """The quotes that are given, and for every fact without one those that the corpus has."""
    gold = [entry for text in given for entry in _parse_quote(text, required, desk)]
    for number in range(len(required)):
        if not any(entry.fact == number for entry in gold):
            gold += _found(number, required, desk)
    return sorted(dict.fromkeys(gold), key=lambda entry: entry.fact)


def _parse_quote(text: str, required: Facts, desk: Desk, default: int | None = None) -> Iterator[Gold]:
    """`[N=]SOURCE: TEXT` → evidence for fact N; without N for `default`, else for the facts that it states."""
    numbered = _NUMBERED.match(text)
    source, quote = _split_quote(text[numbered.end() :] if numbered else text, desk)
    if quote not in desk.texts[source]:
        raise CaseError(f"{one_line(source)} does not hold the quote {one_line(quote, 60)!r}. Copy it from the file "
                        "character by character, curly quotes included.")
    numbers = [int(numbered[1])] if numbered else [default] if default is not None else _stated(quote, required)
    if not numbers:
        raise CaseError(f"--quote {one_line(text, 60)!r} states none of the facts. Say which it is for: "
                        "--quote 'N=SOURCE: TEXT', N counting from 0.")
    yield from (Gold(source, quote, number) for number in numbers)


def _split_quote(text: str, desk: Desk) -> tuple[str, str]:
    """The source and what is quoted of it; a sentence shortened as in a list of candidates stands for the whole."""
    sources = [source for source in desk.texts if text.startswith(f"{source}:") and source in desk.texts]
    if not sources:
        known = ", ".join(one_line(source) for source in list(desk.texts)[:LISTED])
        raise CaseError(f"--quote {one_line(text, 60)!r} begins with no file of the corpus. Write 'SOURCE: TEXT', "
                        f"where SOURCE is one of: {known}{', …' if len(desk.texts) > LISTED else ''}.")
    source = max(sources, key=len)
    quote = text[len(source) + 1 :].strip()
    if not quote:
        raise CaseError(f"--quote {one_line(text, 60)!r} quotes nothing. Write 'SOURCE: TEXT'.")
    if quote in desk.texts[source]:
        return source, quote
    whole = [s.quote for s in desk.sentences if s.source == source and one_line(s.quote) == quote]
    return source, whole[0] if len(whole) == 1 else quote


def _stated(quote: str, required: Facts) -> list[int]:
    """The facts that a quote states; of one fact only, that one."""
    if len(required) <= 1:
        return [0]
    return [number for number, forms in enumerate(required) if states(quote, forms)]


def _found(number: int, required: Facts, desk: Desk) -> list[Gold]:
    """Evidence for a fact from the corpus: what somebody picks, else the only sentence that states it.

    Raises:
        CaseError: nobody is there to pick, and it is not one sentence.
    """
    candidates = desk.candidates(required[number])
    if desk.ask:
        return _picked(number, candidates, required, desk)
    if len(candidates) == 1:
        return [Gold(candidates[0].source, candidates[0].quote, number)]
    fact = one_line(" | ".join(required[number]))
    if not candidates:
        raise CaseError(f"no sentence of the corpus states fact {number} ({fact}). Give what does, as in "
                        f"--quote '{number}=SOURCE: TEXT', or other wordings.")
    raise CaseError(f"{len(candidates)} sentences state fact {number} ({fact}). Give every one that supports it, as "
                    "listed or as in the file:\n" + "\n".join(_options(number, candidates)))


def _options(number: int, candidates: Sequence[Gold]) -> list[str]:
    """The candidates as options to paste."""
    lines = [f"  --quote {shlex.quote(f'{number}={c.source}: {one_line(c.quote)}')}" for c in candidates[:LISTED]]
    return lines + ([f"  … and {len(candidates) - LISTED} more"] if len(candidates) > LISTED else [])


def _picked(number: int, candidates: Sequence[Gold], required: Facts, desk: Desk) -> list[Gold]:
    """What is picked of the candidates, or typed, at the terminal; asked again until it can be used."""
    sys.stdout.write(f"Fact {number} ({one_line(' | '.join(required[number]))}) is stated by\n")
    numbered = {str(place): candidate for place, candidate in enumerate(candidates, 1)}
    for place, candidate in numbered.items():
        sys.stdout.write(f"  {place}. {one_line(candidate.source)}: {one_line(candidate.quote)}\n")
    if not candidates:
        sys.stdout.write("  no sentence of the corpus\n")
    prompt = "Numbers of all that support it, as in 1 3, or a quote as SOURCE: TEXT" if candidates else "SOURCE: TEXT"
    while True:
        typed = desk.value(None, "--quote", prompt)
        places = typed.replace(",", " ").split()
        if all(place.isdecimal() for place in places):
            if all(place in numbered for place in places):
                return [Gold(numbered[place].source, numbered[place].quote, number) for place in places]
            sys.stdout.write(f"The numbers are 1 to {len(candidates)}.\n" if candidates else "There is no number.\n")
            continue
        try:
            return list(_parse_quote(typed, required, desk, number))
        except CaseError as error:
            sys.stdout.write(f"{error}\n")


def _agreed(line: str, ask: Callable[[str], str]) -> bool:
    return ask(f"{line}\nAdd this case? [Y/n] ").strip().lower() in ("", "y", "yes")


def _warnings(case: Case, desk: Desk) -> Iterator[str]:
    """What may be amiss with a case that is consistent."""
    asked = sorted(tokens(case.question))
    for other in desk.cases:
        if sorted(tokens(other.question)) == asked and other.history == case.history:
            yield f"the case {other.id!r} asks the same: {one_line(other.question)}"
    for gold in case.gold:
        if gold.fact < len(case.required) and not states(gold.quote, case.required[gold.fact]):
            yield f"the quote {one_line(gold.quote, 60)!r} states no wording of fact {gold.fact}, its own."
        if any(states(gold.quote, forms) for forms in case.forbidden):
            yield f"the quote {one_line(gold.quote, 60)!r} states a forbidden fact."
    for number, forms in enumerate(case.required):
        others = [c for c in desk.candidates(forms) if c.source not in case.sources[number]]
        if others:
            yield "\n".join((f"fact {number} is stated elsewhere, too. List every source that supports it:",
                             *_options(number, others)))
