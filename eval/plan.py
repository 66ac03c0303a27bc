"""Which cases are asked, about which corpus, with which settings: the arguments of `cited eval`, made good."""

from __future__ import annotations

import argparse
import hashlib
from dataclasses import dataclass, fields
from pathlib import Path

from eval.baseline import baseline_path
from eval.cases import Case, CaseError, load_cases, resolve
from eval.corpus import Texts
from eval.datasets import load_dataset, materialise, sample, to_cases
from eval.report import read_report, report_rows
from rag.config import Config, default_corpus
from rag.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Plan:
    """A run before it starts: the cases, resolved against the corpus, what to call them, and what to compare with."""

    cases: tuple[Case, ...]
    corpus: Path
    config: Config
    questions: str
    pipeline: str
    baseline: Path | None


def latest(config: Config) -> Path:
    """Where the report of a run is unless it is named."""
    return config.home / "eval" / "latest.json"


def make_plan(args: argparse.Namespace) -> Plan:
    """Choose the cases and resolve them against their corpus.

    Raises:
        CaseError: a file of cases or a set cannot be used, or no case is left.
        ConfigError: a setting is unknown or wrong.
        CorpusError: there is no such folder.
    """
    if args.out and args.out.suffix in (".html", ".xml"):
        raise CaseError(f"--out {args.out} is where the page or the XML goes. Name the JSON report: FILE.json.")
    if args.dataset:
        return _dataset_plan(args)
    corpus = args.corpus or default_corpus()
    config = _config(args, corpus)
    cases = _chosen(load_cases(args.questions), args, config)
    return Plan(tuple(resolve(cases, Texts(corpus))), corpus, config, args.questions.name, args.pipeline,
                baseline_path(args.questions))


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
    return Plan(tuple(resolve(cases, Texts(corpus))), corpus, config, name, args.pipeline, None)


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
        cases = _failed_before(cases, args.out or latest(config))
    if not cases:
        raise CaseError("no case is left to ask. Only cases with must_pass are asked with --must-pass.")
    return _spread(cases, args.limit) if args.limit else cases


def _failed_before(cases: list[Case], report: Path) -> list[Case]:
    failed = {row.id for row in report_rows(read_report(report), report) if row.failure}
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
