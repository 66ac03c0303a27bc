"""The command `cited eval`: which cases, put to which bot, shown how, and whether the result may pass."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from eval import adding
from eval.baseline import accept, change_since
from eval.cache import Cache, CachedModel, model_digest, replies
from eval.cases import SEEDS, CaseError
from eval.complaints import complaints, listed
from eval.corpus import Texts, corpus_hash
from eval.html import page
from eval.judge import Judge, judge_rows, judge_table, load_judge, refuse_same, summarise_judgements
from eval.junit import junit
from eval.plan import Plan, latest, make_plan
from eval.progress import progress_bar
from eval.report import (
    build_report,
    comparison_table,
    one_line,
    read_report,
    report_rows,
    show,
    show_report,
    unlike,
    write_report,
    write_whole,
)
from eval.runner import Bot, Identity, Row, identify, run_cases
from eval.summary import compare_rows
from rag.config import Config, default_corpus
from rag.errors import CitedError, ConfigError

FAILED, MISUSE = 1, 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `cited eval`, and its commands."""
    commands = parser.add_subparsers(title="commands", dest="command", metavar="{accept,add,complaints}")
    accepting = commands.add_parser("accept", help="make a run the baseline", description="Make a run the baseline.")
    accepting.add_argument("report", type=Path, nargs="?", metavar="REPORT",
                           help="the JSON report (default: eval/latest.json in CITED_HOME)")
    # As with `add`: no defaults, which would take the place of what stands before the command.
    accepting.add_argument("--questions", type=Path, metavar="FILE", default=argparse.SUPPRESS,
                           help="the cases it is a run of")
    adding.add_arguments(commands.add_parser("add", help="write a case", description="Write a case."))
    complaining = "list the answers that readers of the chat page marked as not helpful"
    commands.add_parser("complaints", help=complaining, description=f"{complaining.capitalize()}.").add_argument(
        "--corpus", type=Path, metavar="DIR", default=argparse.SUPPRESS,
        help="the folder of articles (default: $CITED_CORPUS, else ./seeds)",
    )
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
                        help="exit with 1 if a must-pass case fails, a citation is not exact, or a headline "
                             "figure is significantly below the baseline")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="settings",
                        help="change a setting for this run, as in --set passages=5; may be repeated")
    parser.add_argument("--pipeline", default="cited", metavar="NAME",
                        help="ask a variant: dense, lexical, one-reading, no-check, no-doubt, citations-alone, "
                             "firm-doubt, one-version, llamaindex, oracle or closed-book")
    parser.add_argument("--judge", metavar="MODEL",
                        help="let another language model judge the answers as well, as in openai:gpt-4o-mini")
    parser.add_argument("--compare", nargs=2, type=Path, metavar=("A", "B"),
                        help="compare two JSON reports instead of asking anything")


def run(args: argparse.Namespace, open_bot: Callable[[Plan], Bot] | None = None) -> int:
    """Do what the arguments say and return the exit code; `open_bot` replaces `open_pipeline`."""
    try:
        if args.command:
            return {"add": adding.run, "accept": _accept, "complaints": _complaints}[args.command](args)
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
    try:
        code = run(parser.parse_args(arguments))
        sys.stdout.flush()
    except BrokenPipeError:  # the reader of our output has gone, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    return code


def _accept(args: argparse.Namespace) -> int:
    report = args.report or latest(Config.load())
    sys.stdout.write(f"{report} is the baseline now: {accept(report, args.questions)}\n")
    return 0


def _complaints(args: argparse.Namespace) -> int:
    corpus = args.corpus or default_corpus()
    sys.stdout.write(listed(complaints(corpus), corpus))
    return 0


def _compare(a: Path, b: Path) -> int:
    reports = [read_report(path) for path in (a, b)]
    compared = compare_rows(*map(report_rows, reports, (a, b)))
    if not compared:
        raise CaseError(f"{a} and {b} have no case in common. Compare two runs of the same questions.")
    show(comparison_table(compared, a.name, b.name))
    sys.stdout.write(unlike(*reports))
    return 0


def _evaluate(args: argparse.Namespace, open_bot: Callable[[Plan], Bot]) -> int:
    plan = make_plan(args)
    out = args.out or latest(plan.config)
    change_since(plan.baseline, ())  # one that cannot be read is better known now
    bot = open_bot(plan)
    try:
        identity = identify(bot, plan.pipeline, corpus_hash(plan.corpus), plan.config)
        judge = _judge(args.judge, plan.config, bot, identity) if args.judge else None
        rows = _ask_all(bot, plan)
    finally:
        getattr(bot, "close", lambda: None)()
    report = build_report(rows, identity, plan.questions)
    if change := change_since(plan.baseline, rows):
        report["baseline"] = change.to_dict()
        report["gate"]["regressions"] = list(change.regressions)
    _write(report, out)
    if judge:  # it may fail, and the run is safe by then
        report["judge"] = _judged(judge, plan, rows)
        _write(report, out)
    show_report(report)
    if change:
        show(comparison_table(change.compared, "baseline", "this run"))
        sys.stdout.write(unlike(change.baseline, report))
    if judge:
        show(judge_table(report["judge"]))
    sys.stdout.write(f"\nThe report is in {out}, to look at in {out.with_suffix('.html')}\n")
    if args.gate and not change:
        where = f" in {plan.baseline}" if plan.baseline else ""
        sys.stdout.write(f"There is no accepted run of these cases{where}: the gate checks the promises only\n")
    return _verdict(report["gate"]) if args.gate else 0


def _judge(spec: str, config: Config, bot: object, identity: Identity) -> Judge:
    """The judge that was asked for, unless it is what answers."""
    digest = model_digest(dataclasses.replace(config, model=spec))
    judge = Judge(CachedModel(load_judge(spec, config), Cache(replies(config)), digest))
    llm = getattr(bot, "llm", None)
    refuse_same(judge, identity.model, identity.model_digest, getattr(getattr(llm, "model", llm), "address", None))
    return judge


def _judged(judge: Judge, plan: Plan, rows: Sequence[Row]) -> dict[str, Any]:
    with contextlib.closing(judge), progress_bar(len(rows), "judging") as progress:
        return summarise_judgements(judge, rows, judge_rows(judge, plan.cases, rows, progress))


def _write(report: dict[str, Any], out: Path) -> None:
    """The JSON, and beside it the page for people and the XML for CI servers."""
    write_report(report, out)
    write_whole(out.with_suffix(".html"), page(report))
    write_whole(out.with_suffix(".xml"), junit(report))


def _ask_all(bot: Bot, plan: Plan) -> list[Row]:
    with progress_bar(len(plan.cases)) as progress:
        return run_cases(bot, plan.cases, Texts(plan.corpus), progress)


def _verdict(gate: Mapping[str, Sequence[str]]) -> int:
    """Says on standard error why the gate stays shut, if it does."""
    reasons = [*gate["broken"], *gate["regressions"]]
    for reason in reasons:
        sys.stderr.write(f"cited eval: {one_line(reason, 500)}\n")
    return FAILED if reasons else 0


def _open(plan: Plan) -> Bot:
    from eval.pipelines import Task, open_pipeline

    return open_pipeline(plan.pipeline, Task(plan.corpus, plan.config, plan.cases))


def _count(text: str) -> int:
    """A whole number from 1 up, for argparse."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, not {text}")
    return number
