"""`python -m eval.benchmarks BENCHMARK`: every measurement that is no test; `--help` names them."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from eval.benchmarks import (
    evidence,
    fuzzing,
    hostile,
    injection,
    performance,
    quality,
    reliability,
    retrieval,
    scale,
    verifier,
)
from rag.config import Config
from rag.errors import CitedError
from rag.folder import SUFFIXES
from rag.text import capitalised

# Where the project keeps the public sets; they are never part of the repository.
DATA = Path("../shared/data")
FAILED, INTERRUPTED = 1, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one benchmark and return its exit code: 0, 1 if something crashed, 2 for misuse, 130 for Ctrl-C."""
    args = _parser().parse_args(arguments)
    try:
        args.home = args.home or Config.load().home
        code: int = args.run(args)
        return code
    except CitedError as error:
        sys.stderr.write(f"benchmarks: {error}\n")
        return FAILED
    except KeyboardInterrupt:
        sys.stderr.write("\n")
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m eval.benchmarks", description="Measure Cited on this machine.")
    commands = parser.add_subparsers(dest="benchmark", metavar="BENCHMARK", required=True)
    found = _add(commands, "retrieval", "how well each way of retrieving ranks the documents of public sets",
                 lambda a: retrieval.run(a.data, a.sets.split(","), a.home, a.out))
    found.add_argument("--sets", default=",".join(retrieval.SETS), metavar="A,B", help="which sets (default: all four)")
    read = _add(commands, "evidence", "how much of what questions need stands in the sentences that are read first",
                lambda a: evidence.run(a.data, a.corpus, a.home, a.out))
    read.add_argument("--corpus", type=Path, default=Path("seeds"), metavar="DIR", help="the five articles")
    good = _add(commands, "quality", "how good the answers are: Cited, its ablations, and plain LlamaIndex",
                lambda a: quality.run(a.data, [name for name in a.sets.split(",") if name], a.home, a.out))
    good.add_argument("--sets", default=",".join(quality.SETS), metavar="A,B", help="which sets besides the seeds")
    _add(commands, "verifier", "how well the check of claims agrees with what people say is supported",
         lambda a: verifier.run(a.data, a.home, a.out))
    moved = _add(commands, "injection", "whether orders that stand in an article move the answer",
                 lambda a: injection.run(injection.Setting(a.data, a.corpus, a.home, a.limit, a.pipeline), a.out))
    moved.add_argument("--corpus", type=Path, default=Path("seeds"), metavar="DIR", help="the five articles")
    moved.add_argument("--limit", type=_count, default=injection.LIMIT, metavar="N",
                       help=f"how many orders to plant, one for each question asked (default: {injection.LIMIT})")
    moved.add_argument("--pipeline", default="cited", choices=injection.PIPELINES, help="what to ask (default: cited)")
    tried = _add(commands, "reliability", "killed writers, two writers at once, readers that follow, deleted text",
                 lambda a: reliability.run(a.out, a.kills))
    tried.add_argument("--kills", type=_count, default=reliability.KILLS, metavar="N",
                       help=f"how many writers to start and kill (default: {reliability.KILLS})")
    grown = _add(commands, "scale", "building, searching and changing a corpus of more and more chunks",
                 lambda a: scale.run(a.data, a.chunks, a.out))
    grown.add_argument("--chunks", type=_counts, default=scale.SIZES, metavar="N,N",
                       help=f"about how many (default: {','.join(map(str, scale.SIZES))})")
    fed = _add(commands, "fuzz", "mutated bytes for the readers of every format, by atheris",
               lambda a: fuzzing.run(a.out, a.minutes, a.formats, a.saved))
    fed.add_argument("--minutes", type=_minutes, default=fuzzing.MINUTES, metavar="N",
                     help=f"how long in all (default: {fuzzing.MINUTES})")
    fed.add_argument("--formats", type=_formats, default=SUFFIXES, metavar=".A,.B", help="which formats (default: all)")
    fed.add_argument("--saved", type=Path, default=fuzzing.SAVED, metavar="DIR",
                     help=f"where inputs are saved that a reader fails on (default: {fuzzing.SAVED})")
    survived = _add(commands, "hostile", "hostile files among good articles: what becomes of each, time and memory",
                    lambda a: hostile.run(a.out, a.files))
    survived.add_argument("--files", type=_count, default=hostile.MANY, metavar="N",
                          help=f"how many tiny files to index, too (default: {hostile.MANY})")
    timed = _add(commands, "performance", "seconds and megabytes, beside a limit or a baseline of the same run",
                 lambda a: performance.run(_timed(a), a.out))
    timed.add_argument("--corpus", type=Path, default=Path("seeds"), metavar="DIR", help="the five articles")
    timed.add_argument("--quick", action="store_true", help="a trial of a minute or two: few documents, few repeats")
    timed.add_argument("--documents", type=_count, metavar="N", help="index the first N documents of the large set")
    return parser


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def _counts(text: str) -> tuple[int, ...]:
    return tuple(map(_count, text.split(",")))


def _minutes(text: str) -> float:
    try:
        minutes = float(text)
    except ValueError:
        minutes = 0.0
    if not 0 < minutes < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return minutes


def _formats(text: str) -> tuple[str, ...]:
    formats = tuple(text.split(","))
    if unknown := set(formats) - set(SUFFIXES):
        raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))} is not among {', '.join(SUFFIXES)}")
    return formats


def _timed(args: argparse.Namespace) -> performance.Setting:
    return performance.Setting(args.corpus, args.data, args.home, args.quick, args.documents)


def _add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, about: str,
    run: Callable[[argparse.Namespace], int],
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=about, description=f"{capitalised(about)}.")
    parser.set_defaults(run=run)
    parser.add_argument("--data", type=Path, default=DATA, metavar="DIR",
                        help=f"the folder of public sets (default: {DATA})")
    parser.add_argument("--home", type=Path, metavar="DIR",
                        help="where indexes and the assembled model are kept (default: CITED_HOME)")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write every figure as JSON, too")
    return parser


if __name__ == "__main__":
    sys.exit(main())
