"""The command `cited eval`: which cases, put to which bot, shown how, and whether the result may pass."""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from eval.cases import SEEDS, Case, CaseError, load_cases, resolve
from eval.corpus import Texts, corpus_hash
from eval.datasets import load_dataset, materialise, sample, to_cases
from eval.progress import progress_bar
from eval.report import build_report, comparison_table, gate, read_rows, show, show_report, write_report
from eval.runner import Bot, Identity, Row, identify, run_cases
from eval.summary import compare_rows
from rag.config import Config, default_corpus
from rag.errors import CitedError, ConfigError

FAILED, MISUSE = 1, 2


@dataclass(frozen=True, slots=True)
class Plan:
    """A run before it starts: the cases, resolved against the corpus, and what to call them."""

    cases: tuple[Case, ...]
    corpus: Path
    config: Config
    questions: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `cited eval`."""
    parser.add_argument("--corpus", type=Path, metavar="DIR",
                        help="the folder of articles (default: $CITED_CORPUS, else ./seeds)")
    asked = parser.add_mutually_exclusive_group()
    asked.add_argument("--questions", type=Path, metavar="FILE", default=SEEDS,
                       help="cases, one JSON object a line (default: those about the five seed articles)")
    asked.add_argument("--dataset", type=Path, metavar="FOLDER",
                       help="a set with corpus.jsonl and questions.jsonl, which brings its own corpus")
    parser.add_argument("--limit", type=_count, metavar="N", help="ask only N cases, spread over all kinds")
    parser.add_argument("--kind", action="append", metavar="KIND", help="ask only this kind; may be repeated")
    parser.add_argument("--must-pass", action="store_true", help="ask only the cases that --gate insists on")
    parser.add_argument("--only-failed", action="store_true", help="ask only what had a fault in the report at --out")
    parser.add_argument("--out", type=Path, metavar="FILE",
                        help="the JSON report (default: eval/latest.json in CITED_HOME)")
    parser.add_argument("--gate", action="store_true",
                        help="exit with 1 if a must-pass case fails or a citation is not exact")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="settings",
                        help="change a setting for this run, as in --set passages=5; may be repeated")
    parser.add_argument("--compare", nargs=2, type=Path, metavar=("A", "B"),
                        help="compare two JSON reports instead of asking anything")


def run(args: argparse.Namespace, open_bot: Callable[[Path, Config], Bot] | None = None) -> int:
    """Do what the arguments say and return the exit code; `open_bot` replaces `Chatbot.open`."""
    try:
        return _compare(*args.compare) if args.compare else _evaluate(args, open_bot or _open)
    except KeyboardInterrupt:
        sys.stderr.write("cited eval: stopped. Every answer so far is kept: the same command goes on from here.\n")
        return FAILED
    except CitedError as error:
        sys.stderr.write(f"cited eval: {error}\n")
        return MISUSE if isinstance(error, (CaseError, ConfigError)) else FAILED


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m eval`."""
    parser = argparse.ArgumentParser(prog="python -m eval", description=__doc__)
    add_arguments(parser)
    return run(parser.parse_args(arguments))


def _compare(a: Path, b: Path) -> int:
    compared = compare_rows(read_rows(a), read_rows(b))
    if not compared:
        raise CaseError(f"{a} and {b} have no case in common. Compare two runs of the same questions.")
    show(comparison_table(compared, a.name, b.name))
    return 0


def _evaluate(args: argparse.Namespace, open_bot: Callable[[Path, Config], Bot]) -> int:
    plan = _plan(args)
    out = args.out or plan.config.home / "eval" / "latest.json"
    bot = open_bot(plan.corpus, plan.config)
    try:
        identity = identify(bot, corpus_hash(plan.corpus), plan.config)
        rows = _ask_all(bot, plan, identity)
    finally:
        getattr(bot, "close", lambda: None)()
    report = build_report(rows, identity, plan.questions)
    write_report(report, out)
    show_report(report)
    sys.stdout.write(f"\nThe report is in {out}\n")
    return _verdict(rows) if args.gate else 0


def _ask_all(bot: Bot, plan: Plan, identity: Identity) -> list[Row]:
    journal = plan.config.home / "eval" / "runs" / f"{identity.run_id}.jsonl"
    with progress_bar(len(plan.cases)) as progress:
        return run_cases(bot, plan.cases, Texts(plan.corpus), journal, progress)


def _verdict(rows: Sequence[Row]) -> int:
    """Says on standard error why the gate stays shut, if it does."""
    reasons = gate(rows)
    for reason in reasons:
        sys.stderr.write(f"cited eval: {reason}\n")
    return FAILED if reasons else 0


def _plan(args: argparse.Namespace) -> Plan:
    if args.dataset:
        return _dataset_plan(args)
    corpus = args.corpus or default_corpus()
    config = _config(args, corpus)
    cases = _chosen(load_cases(args.questions), args, config)
    return Plan(tuple(resolve(cases, Texts(corpus))), corpus, config, args.questions.name)


def _dataset_plan(args: argparse.Namespace) -> Plan:
    """The set's documents become a folder in CITED_HOME: there an index of them can be used again, and is no one's."""
    if args.corpus:
        raise CaseError(f"--dataset {args.dataset} brings its own corpus. Leave out --corpus.")
    config = _config(args, args.dataset)
    documents, questions = load_dataset(args.dataset)
    name = args.dataset.resolve().name
    place = hashlib.sha256(str(args.dataset.resolve()).encode()).hexdigest()[:8]
    corpus = config.home / "eval" / "datasets" / f"{name}-{place}"
    sources = materialise(documents, corpus)
    drawn = sample(questions, args.limit) if args.limit and not (args.kind or args.only_failed) else questions
    cases = _chosen(to_cases(drawn, documents, sources, name), args, config)
    return Plan(tuple(resolve(cases, Texts(corpus))), corpus, config, name)


def _chosen(cases: list[Case], args: argparse.Namespace, config: Config) -> list[Case]:
    """The cases that --kind, --only-failed and --limit leave, in their order."""
    if args.kind:
        kinds = dict.fromkeys(case.kind for case in cases)
        if unknown := [kind for kind in args.kind if kind not in kinds]:
            raise CaseError(f"there is no case of kind {unknown[0]!r}. The kinds are {', '.join(kinds)}.")
        cases = [case for case in cases if case.kind in args.kind]
    if args.must_pass:
        cases = [case for case in cases if case.must_pass]
    if args.only_failed:
        cases = _failed_before(cases, args.out or config.home / "eval" / "latest.json")
    return _spread(cases, args.limit) if args.limit else cases


def _failed_before(cases: list[Case], report: Path) -> list[Case]:
    failed = {row.id for row in read_rows(report) if row.failure}
    chosen = [case for case in cases if case.id in failed]
    if not chosen:
        raise CaseError(f"no case of these had a fault in {report}. Leave out --only-failed.")
    return chosen


def _spread(cases: list[Case], limit: int) -> list[Case]:
    """`limit` cases at even distances: a file is sorted by kind, so all kinds keep their share."""
    if limit >= len(cases):
        return cases
    return [cases[i * len(cases) // limit] for i in range(limit)]


def _config(args: argparse.Namespace, corpus: Path) -> Config:
    known = {field.name for field in fields(Config)}
    settings: dict[str, object] = {}
    for setting in args.settings:
        key, equals, value = setting.partition("=")
        if not equals:
            raise ConfigError(f"--set {setting} has no value. Write --set KEY=VALUE, as in --set passages=5.")
        if key.strip() not in known:
            raise ConfigError(f"--set {setting}: there is no setting {key!r}. Known: {', '.join(sorted(known))}.")
        settings[key.strip()] = value.strip()
    return Config.load(corpus, None, **settings)


def _open(corpus: Path, config: Config) -> Bot:
    from rag import Chatbot

    bot: Bot = Chatbot.open(corpus, config=config)
    return bot


def _count(text: str) -> int:
    """A whole number from 1 up, for argparse."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, not {text}")
    return number
