"""Puts the cases to a bot one by one; whatever goes wrong with one is recorded as its row."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import rag
from eval.cases import Case
from eval.scoring import Failure, Scores, failure, score, score_error
from eval.support import CorpusIdf, Verifier
from rag.config import Config
from rag.llm import host
from rag.types import Answer, Turn

# Settings that change where things lie, or open doors, but not a word of an answer.
_NOT_OF_THE_RUN = frozenset({"home", "api_key", "chroma_token"})


class Bot(Protocol):
    """What the eval needs of a `rag.Chatbot`."""

    def ask(self, question: str, history: Sequence[Turn] = ...) -> Answer:
        """Answer a question, given the conversation so far."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What produced the answers. Two runs with the same `run_id` would give the same answers."""

    pipeline: str
    corpus: str
    config: Mapping[str, Any]
    model: str
    model_digest: str | None
    embedding: str
    code: str

    @property
    def run_id(self) -> str:
        """Sixteen hexadecimal digits over all fields."""
        return hashlib.sha256(json.dumps(dataclasses.asdict(self), sort_keys=True).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one case. `answer` is None exactly when `error` says what was raised.

    `expected` holds, in plain values, the history and the required facts, forbidden facts and gold of the case.
    """

    id: str
    kind: str
    cluster: str
    question: str
    answerable: bool
    must_pass: bool
    case_hash: str
    expected: Mapping[str, Any]
    answer: Answer | None
    error: str | None
    seconds: float
    scores: Scores
    failure: Failure | None

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        shallow = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return shallow | {"answer": self.answer.to_dict() if self.answer else None}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Row:
        """The inverse of `to_dict`.

        Raises:
            KeyError: a key is missing.
        """
        values = {f.name: data[f.name] for f in dataclasses.fields(cls)}
        return cls(**values | {"answer": Answer.from_dict(data["answer"]) if data["answer"] else None})


def run_cases(
    bot: Bot, cases: Iterable[Case], texts: Mapping[str, str], progress: Callable[[Row], None] | None = None
) -> list[Row]:
    """Ask every case and score it; `progress` is told of each row as it is ready."""
    rows = []
    verifier = Verifier(CorpusIdf(texts))
    for case in cases:
        rows.append(_asked(bot, case, texts, verifier))
        if progress:
            progress(rows[-1])
    return rows


def identify(bot: object, pipeline: str, corpus: str, config: Config) -> Identity:
    """What will produce the answers: pipeline, corpus hash, settings, model and its digest, and the code of `rag`."""
    name, digest = describe_model(bot)
    embedding = getattr(getattr(bot, "embed_model", None), "model_name", "none")
    return Identity(pipeline, corpus, settings(config), name, digest, str(embedding), code_version())


def settings(config: Config) -> dict[str, Any]:
    """The settings that an answer may depend on; of paths only the last part, of addresses only the host."""
    values = {f.name: getattr(config, f.name) for f in dataclasses.fields(config) if f.name not in _NOT_OF_THE_RUN}
    plain = {key: value.name if isinstance(value, Path) else value for key, value in values.items()}
    # An address may carry a password.
    addresses = {"base_url": config.base_url, "chroma": config.chroma}
    return plain | {key: host(at) if at and "//" in at else at for key, at in addresses.items()}


def describe_model(bot: object) -> tuple[str, str | None]:
    """The name of the bot's language model, "none" without one, and its digest where the model tells it."""
    llm = getattr(bot, "llm", None)
    if llm is None:
        return "none", None
    name = getattr(getattr(llm, "metadata", None), "model_name", None) or type(llm).__name__
    # The adapter that shows one of Cited's own models to LlamaIndex holds it as `model`.
    digest = getattr(llm, "digest", None) or getattr(getattr(llm, "model", None), "digest", None)
    return str(name), digest if isinstance(digest, str) else None


def code_version() -> str:
    """SHA-256, first 16 digits, over the source of the `rag` package: what answers, as opposed to what measures."""
    folder = Path(rag.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _asked(bot: Bot, case: Case, texts: Mapping[str, str], verifier: Verifier) -> Row:
    """The row of a case put to the bot; whatever it raises, or the scoring, is recorded and counts as a wrong answer.

    The seconds are those that the answer tells: of one replayed from the cache, as it was when first written.
    """
    started = time.perf_counter()
    try:
        answer, error = bot.ask(case.question, history=case.history), None
        if not isinstance(answer, Answer):
            raise TypeError(f"the bot gave no Answer but {type(answer).__name__}")
        seconds = answer.timings.total or time.perf_counter() - started
        scores = score(case, answer, texts, verifier)
    except Exception as raised:  # noqa: BLE001
        answer, error = None, f"{type(raised).__name__}: {raised}"
        seconds, scores = time.perf_counter() - started, score_error(case)
    return Row(
        id=case.id, kind=case.kind, cluster=case.cluster, question=case.question, answerable=case.answerable,
        must_pass=case.must_pass, case_hash=case.hash, expected=_expected(case), answer=answer, error=error,
        seconds=round(seconds, 3), scores=scores, failure=failure(case, answer, scores) if answer else "error",
    )


def _expected(case: Case) -> dict[str, Any]:
    return {
        "history": [dataclasses.asdict(turn) for turn in case.history],
        "required": [list(forms) for forms in case.required],
        "forbidden": [list(forms) for forms in case.forbidden],
        "gold": [dataclasses.asdict(gold) | {"spans": [[span.start, span.end] for span in gold.spans]}
                 for gold in case.gold],
    }
