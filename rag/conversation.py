"""A question in a conversation: what of the history it leans on, put in words so that it stands alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from rag import refusal
from rag.asides import about_event, asks_again, asks_nothing, is_about_answer
from rag.ellipsis import ANOTHER, DATE, OPENING, YES_OR_NO, without_ellipsis
from rag.english import ASKING, AUXILIARY, QUESTION_WORDS
from rag.llm import LanguageModel
from rag.mentions import mentions
from rag.phrasing import plainly
from rag.prompts import REFUSAL, rewrite_messages
from rag.referents import Pointer, is_she, pointers, referent
from rag.text import capitalised, fold, is_content, stem, terms, words
from rag.tokens import count_tokens
from rag.types import Turn

Rewriter = Callable[[str, Sequence[Turn]], str | None]

MOST_TOKENS = 300  # of history shown to the model; the newest turns are kept
MOST_TURNS = 3  # before the question in which a referent is looked for
_SHORT = 3  # content words: a question of fewer says too little to be searched for alone
_LIGHT = frozenset(map(stem, "take took part place".split()))  # in what somebody took part they do not say
_ANSWER_TOKENS = 60  # of each answer that the model is shown to rewrite a question
_REWRITE_TOKENS = 40

_ASKING = frozenset(QUESTION_WORDS)
_COMPARING = re.compile(
    r"\b(?:former|latter|the same|the other|others|another|instead|else|the rest|(?:since|by|until|before) then)\b"
    r"|\bthen\W*$",
    re.IGNORECASE,
)
_WHY_NOT = re.compile(r"^\W*why not\W*$", re.IGNORECASE)
_DEFINITION = re.compile(
    r"^\W*(?:who|what)\s+(?:is|are|was|were)\s+(?!the\b)\w+\W*$"
    r"|^\W*who\s+(?:is|was)\s+(?:the\s+)?[a-z]+\s+of\s+(?:the\s+)?[a-z]+\W*$",
    re.IGNORECASE,
)
_ASKS = re.compile(rf"\b{ASKING}\b|^{AUXILIARY}\b", re.IGNORECASE)
# Here "it" is what is asked for, and not what was spoken of.
_WHOSE_WAS_IT = re.compile(
    r"\b(?:whose|which|what)\s+(?:[\w’'-]+\s+){1,3}(?:is|are|was|were)\s+(?:it|that|this|they|these|those)\W*$",
    re.IGNORECASE,
)
# "Who said he would go?", "Who thinks that they will pay?": it may be who is asked for.
_OF_WHO = re.compile(
    rf"^\W*who\s+(?!{AUXILIARY}\b)\w+(?:\s+(?:that|if|whether))?\s+(?:he|she|they)\b", re.IGNORECASE
)
# "When did Visby last win the cup before this?" is plain.
_BEFORE_THIS = re.compile(r"\b(?:before|until|since)\s+(?:this|that)\W*$", re.IGNORECASE)
# "What is the owner called?" may be put as "Who is the owner of it?", "doing it" as what is done.
_CALLED = re.compile(r"\bcalled(?=\W*$)", re.IGNORECASE)
_NAMES_IT = re.compile(r"\b(?:who|name|called)\b", re.IGNORECASE)
_DOING_IT = re.compile(r"\b(?:do|does|did|doing|done)\s+(?:it|that|this|so)\b", re.IGNORECASE)
_PASSIVE = re.compile(r"\b(?:is|are|was|were|be|been|being)\s+([a-z]{3,}(?:ed|en|wn|ught))\b", re.IGNORECASE)
_HOW_MUCH = re.compile(r"\bhow (?:much|many)\b", re.IGNORECASE)  # is not asked of the figure that was told
_MARKERS = re.compile(r"\[\d+\]")
_NAME = re.compile(r"(?<!^)(?<![.?!]\s)\b[A-Z]\w+")


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A question read in the light of the turns before it.

    Attributes:
        question: as it was asked.
        query: what is searched for.
        history: the turns that the model has to be shown with it, oldest first; none if `standalone` needs none.
        standalone: the question as it can be understood alone, as far as that was possible.
    """

    question: str
    query: str
    history: tuple[Turn, ...]
    standalone: str


def inquire(question: str, history: Sequence[Turn], rewriter: Rewriter | None = None) -> Inquiry:
    """Read a question in the light of the turns before it; one that stands alone is only put plainly.

    A question that leans on them is put in full by rule where that is plain, else by `rewriter`. Where both fail, it is
    searched for together with the question before it, and the model is shown the turns. One that doubts the last
    answer, or wants to know where that stands, asks the last question again; turns that ask nothing are passed over.
    """
    asked = plainly(question)
    history = [_put_plainly(turn) for turn in history if not asks_nothing(turn.question)]
    if not history or not leans(asked):
        return Inquiry(question, asked, (), asked)
    if asks_again(asked):
        return replace(inquire(history[-1].question, history[:-1], rewriter), question=question)
    standalone = completed(asked, history)
    if rewriter and not standalone:
        known = _resolved(history)
        standalone = rewriter(asked, known) or about_event(asked, known[-1])
        if standalone and _names_other(standalone, asked, known, history):
            standalone = None
    if standalone:
        return Inquiry(question, standalone, (), standalone)
    partly = partly_completed(asked, history)
    return Inquiry(question, f"{_topic(history)} {partly}", _recent(history), partly)


def _names_other(rewritten: str, question: str, known: Sequence[Turn], history: Sequence[Turn]) -> bool:
    """Tell whether a rewrite has somebody for "he" of whom a question before said "she"."""
    others = {name for pointer in pointers(question) for name in _others(pointer, known, history)}
    return any(mention.text in others for mention in mentions(rewritten) if mention.text not in question)


def _put_plainly(turn: Turn) -> Turn:
    """Return a turn with its question put plainly; that the articles do not answer it speaks of no articles."""
    answer = f"{REFUSAL}." if turn.answer.startswith(refusal.TEXT) else turn.answer
    return replace(turn, question=plainly(turn.question), answer=answer)


def _topic(history: Sequence[Turn]) -> str:
    """Return the last question, and those before it as far back as they lean on one another: "And for both?"."""
    known = [turn.question for turn in _resolved(history[-MOST_TURNS:])]
    start = max((place for place, question in enumerate(known) if not leans(question)), default=0)
    return " ".join(known[start:])


def leans(question: str) -> bool:
    """Tell whether a question leans on what was said before: "And the day before?", "Who supplies it?"."""
    content = _content(question)
    if any(pattern.search(question) for pattern in (OPENING, _WHY_NOT, ANOTHER)):
        return True
    if is_about_answer(question) or pointers(question):
        return True
    if _NAME.search(question) or _is_one_noun(question) or _DEFINITION.search(question):
        return False
    return len(content - _LIGHT) < _SHORT or bool(_COMPARING.search(question))


def unresolved(question: str, history: Sequence[Turn]) -> str | None:
    """Return the pronoun of a question of which nothing says whom or what it stands for, if it has one.

    What was said before may well say so where no rule finds it: only a history without any name says nothing.
    """
    history = [turn for turn in history if not asks_nothing(turn.question)]
    if _OF_WHO.search(question) or any(mentions(text) for turn in history for text in (turn.question, turn.answer)):
        return None
    if history and any(_content(turn.question) for turn in history):
        return next((p.text for p in pointers(question) if p.group in ("he", "his")), None)
    asked = _BEFORE_THIS.sub("", question) if mentions(question) else question
    return next((pointer.text for pointer in pointers(asked) if pointer.group != "day"), None)


def completed(question: str, history: Sequence[Turn]) -> str | None:
    """Return the question in full, by rule; None where it is not plain what belongs in it."""
    recent = history[-MOST_TURNS:]
    return _in_full(question, _resolved(recent), recent)


def _in_full(question: str, known: Sequence[Turn], history: Sequence[Turn]) -> str | None:
    """Return the question in full, by rule; `known` are the turns of the `history` with their questions in full."""
    return without_ellipsis(question, known[-1]) or _with_names(question, known, history)


def partly_completed(question: str, history: Sequence[Turn]) -> str:
    """Return the question with those of its pointers replaced of which it is plain what they stand for."""
    recent, full = history[-MOST_TURNS:], question
    known = _resolved(recent)
    for pointer in reversed(_to_replace(question)):
        if (meant := _meant(pointer, question, known, recent)) and not pointers(meant):
            full = full[: pointer.start] + meant + full[pointer.end :]
    return full


def rewrite_with(model: LanguageModel) -> Rewriter:
    """Return what has the model put a question in full."""
    return lambda question, history: rewrite(question, history, model)


def rewrite(question: str, history: Sequence[Turn], model: LanguageModel) -> str | None:
    """Return the question as the model puts it in full, or None if that is not what was asked.

    Raises:
        ModelError: the model failed.
    """
    text = "".join(model.generate(rewrite_messages(question, _shortened(history)), max_tokens=_REWRITE_TOKENS))
    line = next(iter(text.strip().splitlines()), "").strip().strip('"“”')
    line = capitalised(OPENING.sub("", line))
    return line if is_faithful(line, question, history) else None


def is_faithful(rewritten: str, question: str, history: Sequence[Turn]) -> bool:
    """Tell whether a rewrite still asks the question, with nothing that is neither in it nor in the history."""
    said = " ".join([question, *(f"{turn.question} {turn.answer}" for turn in history)])
    previous, longest = history[-1].question, max((turn.question for turn in history[-2:]), key=len)
    asked = list(words(question))
    length = len(list(words(rewritten)))
    is_called = bool(_CALLED.search(question) and _NAMES_IT.search(rewritten))
    kept = _content(_DOING_IT.sub("", _CALLED.sub("", question) if is_called else question))
    return (
        rewritten.count("?") == 1
        and rewritten.endswith("?")
        and length <= max(3 * len(asked), len(asked) + len(list(words(longest))))
        and fold(rewritten) not in (fold(previous), fold(question))
        and not pointers(rewritten)
        and not (_HOW_MUCH.search(question) and _figures(rewritten) - _figures(question))
        and _marked(question) <= _stems(rewritten)
        and _marked(rewritten) <= _stems(said)
        and len(_content(rewritten) - _content(said)) <= 1
        and bool((_content(rewritten) & _content(said)) - _content(question))
        and 3 * len(kept & _content(rewritten)) >= 2 * len(kept)
        and _keeps_order(question, rewritten)
        and _passive(question) <= _passive(rewritten)
        and (is_called or (_asking(question) or _asked_before(question, previous)) <= _asking(rewritten))
    )


def _keeps_order(question: str, rewritten: str) -> bool:
    """Tell whether the content words of a question follow each other in its rewrite as they did."""
    one, other = (list(dict.fromkeys(terms(text))) for text in (question, rewritten))
    return [word for word in one if word in other] == [word for word in other if word in one]


def _asked_before(question: str, previous: str) -> frozenset[str]:
    """Return the words that ask in the question before one that asks nothing itself: "And an oak wood?"."""
    return frozenset() if YES_OR_NO.search(OPENING.sub("", question)) else _asking(previous)


def _passive(text: str) -> frozenset[str]:
    """Return the stems of the verbs in the passive: who "was interviewed" is not who interviewed."""
    return frozenset(stem(match[1].lower()) for match in _PASSIVE.finditer(text))


def _resolved(history: Sequence[Turn]) -> list[Turn]:
    """Return the turns with each question put in full, so that "him" in the last one stands for nobody new."""
    known: list[Turn] = []
    for turn in history:
        full = None
        if known and leans(turn.question):
            again = known[-1].question if asks_again(turn.question) else None
            full = again or _in_full(turn.question, known, history[: len(known)])
        known.append(Turn(full or turn.question, _MARKERS.sub("", turn.answer)))
    return known


def _with_names(question: str, known: Sequence[Turn], history: Sequence[Turn]) -> str | None:
    """Replace each pointer by its referent and drop "And": "And where was he born?"."""
    found = _to_replace(question)
    if not found and not OPENING.search(question):
        return None
    if sum(pointer.group == "he" for pointer in found) > 1:  # "What did she offer him?"
        return None
    full = question
    for pointer in reversed(found):
        meant = _meant(pointer, question, known, history)
        if meant is None:
            return None
        full = full[: pointer.start] + meant + full[pointer.end :]
    full = capitalised(OPENING.sub("", full))
    left = [pointer for pointer in pointers(full) if pointer.group not in {one.group for one in found}]
    return None if not _ASKS.search(full) or left or not found and leans(full) else full


def _to_replace(question: str) -> list[Pointer]:
    """Return the pointers of a question, "she" only once: "Did she get the money she was promised to save her job?"."""
    found: list[Pointer] = []
    for pointer in pointers(question):
        people = [other for other in found if other.group == "he" and is_she(other) == is_she(pointer)]
        if pointer.group not in ("he", "his") or not people:
            found.append(pointer)
    return found


def _meant(pointer: Pointer, question: str, known: Sequence[Turn], history: Sequence[Turn]) -> str | None:
    """Return what stands for a pointer where it is."""
    following = re.match(r"\s+([^\W\d_]+)", question[pointer.end :])
    if _WHOSE_WAS_IT.search(question):
        return None
    if pointer.text.lower() in ("both", "the two") and following and is_content(following[1]):
        return None
    if pointer.group == "day":
        dates = DATE.findall(known[-1].answer) or DATE.findall(known[-1].question)
        return f"{pointer.text} {dates[0]}" if len(dates) == 1 and pointer.text.endswith(("before", "after")) else None
    others = _others(pointer, known, history) | _themselves(pointer, question, known)
    return referent(pointer, known, others)


def _others(pointer: Pointer, known: Sequence[Turn], history: Sequence[Turn]) -> frozenset[str]:
    """Return the people of whom a question before said "she", where the pointer is "he", or the other way round."""
    if pointer.group not in ("he", "his"):
        return frozenset()
    return frozenset(
        mention.text
        for full, turn in zip(known, history, strict=False)
        for other in pointers(turn.question)
        if other.group in ("he", "his") and is_she(other) != is_she(pointer)
        for mention in mentions(full.question)
        if mention.text not in turn.question
    )


def _themselves(pointer: Pointer, question: str, known: Sequence[Turn]) -> frozenset[str]:
    """Return what whoever does it is called, where a pointer is whom it is done to: "What did Lund tell him?"."""
    if fold(pointer.text) not in ("him", "her") or pointer.group != "he":
        return frozenset()
    subjects = {word for mention in mentions(question[: pointer.start]) for word in mention.text.split()}
    people = (m.text for turn in known for text in (turn.question, turn.answer) for m in mentions(text))
    return frozenset(name for name in people if not subjects.isdisjoint(name.split()))


def _content(text: str) -> frozenset[str]:
    return frozenset(terms(text))


def _stems(text: str) -> frozenset[str]:
    return frozenset(map(stem, words(text)))


def _marked(text: str) -> frozenset[str]:
    """Return the stems of the names and numbers of a question, its first word left out."""
    return frozenset(stem(word) for word in list(words(text))[1:] if word[0].isupper() or word[0].isdigit())


def _figures(text: str) -> frozenset[str]:
    return frozenset(word for word in words(text) if word[0].isdigit())


def _asking(text: str) -> frozenset[str]:
    return frozenset("who" if word == "whom" else word for word in map(fold, words(text)) if word in _ASKING)


def _is_one_noun(question: str) -> bool:
    asked = [fold(word) for word in words(question)]
    return len(asked) == 1 and asked[0] not in _ASKING and is_content(asked[0])


def _shortened(history: Sequence[Turn]) -> list[Turn]:
    """Return the last two turns, their answers cut and without markers."""
    return [Turn(turn.question, _cut(_MARKERS.sub("", turn.answer), _ANSWER_TOKENS)) for turn in history[-2:]]


def _cut(text: str, most: int) -> str:
    """Return the first words of a text, of so many tokens at most."""
    kept = text.split()[:most]
    while count_tokens(" ".join(kept)) > most:
        kept.pop()
    return " ".join(kept)


def _recent(history: Sequence[Turn]) -> tuple[Turn, ...]:
    """Return the newest turns that fit, oldest first, their answers without markers; of the last, what fits."""
    kept: list[Turn] = []
    left = MOST_TOKENS
    for turn in reversed(history):
        turn = Turn(turn.question, _MARKERS.sub("", turn.answer))
        used = count_tokens(turn.question) + count_tokens(turn.answer)
        if used > left and kept:
            break
        if used > left:
            question = _cut(turn.question, left - _ANSWER_TOKENS)
            turn = Turn(question, _cut(turn.answer, left - count_tokens(question)))
        kept.append(turn)
        left -= used
    return tuple(reversed(kept))
