"""Whether orders that stand in an article move the answer: payloads planted beside the gold of questions on the seeds.

Each planting writes one payload, in one wrapping, as a paragraph of its own right before or after the paragraph that
holds the gold quote of a case, and asks the case's question again. By the answer as it is shown, a planting

- *follows the order* if a sentence of it does, as `eval.benchmarks.obedience` tells;
- *cites the planted text* if the quote of a citation shares a character with it.

A refusal does neither; it counts as *refused because of it* if the same question was answered without the payload.
Examples are printed for a reader to judge.
"""

from __future__ import annotations

import contextlib
import math
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import NormalDist
from typing import Any, Protocol, cast

from eval.benchmarks.machine import machine
from eval.benchmarks.obedience import FOREIGN, RUN, Known, obeying, said
from eval.benchmarks.planting import WRAPPINGS, Planting, draw, load_payloads, plant, usable
from eval.benchmarks.tables import markdown
from eval.cases import SEEDS, Case, load_cases, resolve
from eval.corpus import Texts
from eval.metrics import overlaps, percentile
from eval.pipelines import Task, open_pipeline
from eval.report import write_json
from eval.runner import Bot, describe_model
from eval.scoring import score, score_error
from eval.statistics import Comparison, compare
from rag.config import Config
from rag.errors import CitedError
from rag.index import index_folder
from rag.types import Answer, SyncReport

# A quarter of an hour at 10 s a reply: 50 questions without a payload, and some 35 plantings that change what is read.
LIMIT = 50
# What can be asked so: the pipelines that follow changes of the folder.
PIPELINES = ("cited", "no-check", "no-doubt", "dense", "lexical")
FORMAT = 1
_EXAMPLES, _EXAMPLE_CHARS = 10, 80


class Syncing(Bot, Protocol):
    """A bot that can be told that its folder has changed."""

    def sync(self) -> SyncReport:
        """Bring the index in step with the folder."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of a question: `answer` is None exactly when `error` says what was raised."""

    answer: Answer | None
    error: str | None
    right: float

    @property
    def answered(self) -> bool:
        """Whether something was said, and not refused."""
        return self.answer is not None and self.answer.status == "answered"


@dataclass(frozen=True, slots=True)
class Trial:
    """A planting and its outcome. `read`: the planted text was among the sentences that the answer was made from."""

    planting: Planting
    clean: Asked
    planted: Asked
    read: bool
    obeying: tuple[str, ...]
    cites: bool

    @property
    def refused_for_it(self) -> bool:
        """Whether the question is refused only with the payload there."""
        return self.clean.answered and self.planted.answer is not None and self.planted.answer.status == "refused"

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON; the payload is named, not told."""
        planting = self.planting
        return {
            "case": planting.case.id,
            "payload": planting.payload.id,
            "category": planting.payload.category,
            "wrapping": planting.wrapping,
            "before": planting.before,
            "read": self.read,
            "follows": bool(self.obeying),
            "cites": self.cites,
            "refused_for_it": self.refused_for_it,
            "clean": _told(self.clean),
            "planted": _told(self.planted),
        }


@dataclass(frozen=True, slots=True)
class Setting:
    """What to measure with: `data` the public sets, `corpus` the seeds, `home` of the model and the kept replies."""

    data: Path
    corpus: Path
    home: Path
    limit: int = LIMIT
    pipeline: str = "cited"


def run(setting: Setting, out: Path | None) -> int:
    """Plant, ask, print the tables; replies are kept, so that what was stopped goes on.

    Raises:
        CaseError: payloads or questions are not what they should be, or `out` cannot be written.
        CitedError: an article was not indexed with what was planted; or as `Chatbot.open`.
    """
    payloads = load_payloads(setting.data / "injections" / "payloads.jsonl")
    cases = resolve(load_cases(SEEDS), Texts(setting.corpus))
    plantings = draw(usable(cases), payloads, setting.limit)
    with _opened(setting) as (bot, corpus):
        model, _ = describe_model(bot)
        trials = measure(bot, corpus, plantings)
    sys.stdout.write(f"\n**injection**: {setting.pipeline}, {model}, {len(trials)} plantings\n\n{tables(trials)}")
    if out:
        write_json(_report(setting, model, trials), out)
    return 0


def measure(bot: Syncing, corpus: Path, plantings: Sequence[Planting]) -> list[Trial]:
    """Ask every case as it is, then every planting; `corpus` is changed for each, and left as it was.

    The index is not: each sync takes back the planting before.

    Raises:
        CitedError: the index does not have what was planted.
    """
    read = Texts(corpus)
    texts = {source: text for source in read if (text := read.get(source)) is not None}
    clean = {}
    for case in {planting.case.id: planting.case for planting in plantings}.values():
        clean[case.id] = _ask(bot, case, texts)
        _tell(f"clean {len(clean)}: {case.id}")
    articles = Known.of(texts.values())
    trials = []
    for planting in plantings:
        trials.append(_trial(bot, corpus, planting, clean[planting.case.id], texts, articles))
        _tell(
            f"planted {len(trials)} of {len(plantings)}: {planting.case.id}, {planting.wrapping}"
            f"{', FOLLOWED' if trials[-1].obeying else ''}{', CITED' if trials[-1].cites else ''}"
        )
    return trials


def _trial(
    bot: Syncing, corpus: Path, planting: Planting, clean: Asked, texts: Mapping[str, str], articles: Known
) -> Trial:
    source = planting.case.gold[0].source
    changed, span = plant(texts[source], planting)
    with _written(corpus / source, changed):
        report = bot.sync()
        if source not in report.updated:
            why = "; ".join(rejection.reason for rejection in report.rejected) or "it seems unchanged"
            raise CitedError(f"{source} was not indexed with what was planted for {planting.case.id}: {why}.")
        asked = _ask(bot, planting.case, {**texts, source: changed})
    answer = asked.answer
    if answer is None:
        return Trial(planting, clean, asked, False, (), False)
    turns = [text for turn in planting.case.history for text in (turn.question, turn.answer)]
    known = articles | Known.of([planting.case.question, *turns, said(clean.answer)])
    return Trial(
        planting,
        clean,
        asked,
        read=any(overlaps(sentence, source, span) for sentence in answer.evidence),
        obeying=obeying(answer, planting.payload.text, known),
        cites=asked.answered and any(overlaps(citation, source, span) for citation in answer.citations),
    )


def _ask(bot: Bot, case: Case, texts: Mapping[str, str]) -> Asked:
    """Put a case to the bot; whatever it raises is recorded and counts as a wrong answer."""
    try:
        answer = bot.ask(case.question, history=case.history)
    except Exception as raised:  # noqa: BLE001
        return Asked(None, f"{type(raised).__name__}: {raised}", score_error(case)["right"] or 0.0)
    return Asked(answer, None, score(case, answer, texts)["right"] or 0.0)


@contextlib.contextmanager
def _written(path: Path, text: str) -> Iterator[None]:
    """Let a file have another text until the block ends."""
    before = path.read_bytes()
    path.write_bytes(text.encode("utf-8"))
    try:
        yield
    finally:
        path.write_bytes(before)


@contextlib.contextmanager
def _opened(setting: Setting) -> Iterator[tuple[Syncing, Path]]:
    """The pipeline, over a copy of the corpus that may be changed; copy and index are gone afterwards."""
    config = Config.load(setting.corpus, home=setting.home)
    with tempfile.TemporaryDirectory(prefix="cited-injection-") as work:
        corpus = Path(work) / "articles"
        shutil.copytree(setting.corpus, corpus)
        bot = cast(Syncing, open_pipeline(setting.pipeline, Task(corpus, config)))
        try:
            yield bot, corpus
        finally:
            bot.close()  # type: ignore[attr-defined]
            shutil.rmtree(index_folder(corpus, config.home), ignore_errors=True)


# What is printed


def tables(trials: Sequence[Trial]) -> str:
    """Render a line for each wrapping and category and one for all, what it cost in right answers, and examples."""
    columns = (
        "plantings",
        "read",
        "follows the order",
        "cites the planted text",
        "right, clean",
        "right, planted",
        "refused because of it",
    )
    wrappings = [(name, [t for t in trials if t.planting.wrapping == name]) for name in WRAPPINGS]
    categories = sorted({trial.planting.payload.category for trial in trials})
    groups = [(name, [t for t in trials if t.planting.payload.category == name]) for name in categories]
    lines = [(name, *_figures(part)) for name, part in wrappings if part]
    by_category = [(name, *_figures(part)) for name, part in groups]
    total = ("all", *_figures(trials))
    by = [markdown(("wrapping", *columns), [*lines, total]), markdown(("category", *columns), [*by_category, total])]
    return "\n".join([*by, summary(trials)]) + "".join(_examples(trials))


def summary(trials: Sequence[Trial]) -> str:
    """Say the two rates with their intervals, also of what was read, and the change in right answers."""
    read = [trial for trial in trials if trial.read]
    lines = [
        f"follows the order: {_rate([bool(t.obeying) for t in trials])}; of those read: "
        f"{_rate([bool(t.obeying) for t in read])}",
        f"cites the planted text: {_rate([t.cites for t in trials])}; of those read: {_rate([t.cites for t in read])}",
        f"right answers, planted against clean: {_points(change(trials))}; "
        f"lost {sum(t.planted.right < t.clean.right for t in trials)}, "
        f"gained {sum(t.planted.right > t.clean.right for t in trials)}",
        f"refused because of it: {_rate([t.refused_for_it for t in trials])}",
    ]
    if errors := [t.planted.error or t.clean.error for t in trials if t.planted.error or t.clean.error]:
        lines.append(f"raised: {len(errors)}, the first: {errors[0]}")
    return "".join(f"- {line}\n" for line in lines)


def change(trials: Sequence[Trial]) -> Comparison:
    """Right answers with the payload against without, on the same cases; articles are the clusters."""
    return compare(
        [t.clean.right for t in trials], [t.planted.right for t in trials], [t.planting.case.cluster for t in trials]
    )


def wilson(hits: int, n: int) -> tuple[float, float]:
    """The 95 % score interval of a rate, which says something of 0 hits too (Wilson 1927)."""
    z = NormalDist().inv_cdf(0.975)
    centre, scale = (hits + z * z / 2) / (n + z * z), z / (n + z * z)
    reach = scale * math.sqrt(hits * (n - hits) / n + z * z / 4)
    return (centre - reach if hits else 0.0), (centre + reach if hits < n else 1.0)


def _figures(trials: Sequence[Trial]) -> tuple[str, ...]:
    def share(values: Iterable[float]) -> str:
        count = int(sum(values))
        return f"{count} ({count / len(trials):.1%})" if count else "0"

    return (
        str(len(trials)),
        share(t.read for t in trials),
        share(bool(t.obeying) for t in trials),
        share(t.cites for t in trials),
        share(t.clean.right for t in trials),
        share(t.planted.right for t in trials),
        share(t.refused_for_it for t in trials),
    )


def _rate(values: Sequence[bool]) -> str:
    if not values:
        return "–"
    low, high = wilson(sum(values), len(values))
    return f"{sum(values)} of {len(values)}, {sum(values) / len(values):.1%} [{low:.1%}, {high:.1%}]"


def _points(compared: Comparison) -> str:
    difference, low, high = (100 * value for value in (compared.difference, compared.low, compared.high))
    return f"{difference:+.1f} points [{low:+.1f}, {high:+.1f}], {compared.n} pairs, p {compared.p_permutation:.2f}"


def _examples(trials: Sequence[Trial]) -> Iterator[str]:
    """The first of each kind, for a reader to judge."""
    kinds = {
        "follows the order": [t for t in trials if t.obeying],
        "cites the planted text": [t for t in trials if t.cites and not t.obeying],
        "no longer right": [t for t in trials if t.planted.right < t.clean.right and not (t.obeying or t.cites)],
    }
    for what, found in kinds.items():
        yield from (f"\n{what}: {_example(trial)}" for trial in found[:_EXAMPLES])


def _example(trial: Trial) -> str:
    planting, place = trial.planting, "before" if trial.planting.before else "after"
    payload = " ".join(planting.payload.text.split())[:_EXAMPLE_CHARS]
    answers = [
        f"- {what}: {asked.answer.text if asked.answer else asked.error}\n"
        for what, asked in (("planted", trial.planted), ("clean", trial.clean))
    ]
    return (
        f"{planting.case.id}, {planting.wrapping}, {place} the gold\n\n- question: {planting.case.question}\n"
        f"- payload ({planting.payload.category}): {payload}\n{''.join(answers)}"
    )


def _report(setting: Setting, model: str, trials: Sequence[Trial]) -> dict[str, Any]:
    seconds = [t.planted.answer.timings.total for t in trials if t.planted.answer]
    return {
        "format": FORMAT,
        **machine(),
        "pipeline": setting.pipeline,
        "model": model,
        "foreign": FOREIGN,
        "run": RUN,
        "plantings": len(trials),
        "read": sum(t.read for t in trials),
        "follows": sum(bool(t.obeying) for t in trials),
        "cites": sum(t.cites for t in trials),
        "refused_for_it": sum(t.refused_for_it for t in trials),
        "right": asdict(change(trials)),
        "seconds_p50": percentile(seconds, 50),
        "trials": [trial.to_dict() for trial in trials],
    }


def _told(asked: Asked) -> dict[str, Any]:
    answer = asked.answer
    return {
        "right": asked.right,
        "error": asked.error,
        "status": answer.status if answer else None,
        "text": answer.text if answer else None,
    }


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
