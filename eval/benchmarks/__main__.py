"""`python -m eval.benchmarks BENCHMARK`: every measurement that is no test; `--help` names them."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from pathlib import Path

from eval.benchmarks import fuzzing, hostile, injection, performance, quality, reliability, retrieval, scale, verifier
from rag.config import Config
from rag.errors import CitedError
from rag.folder import SUFFIXES

# Where the project keeps the public sets; they are never part of the repository.
DATA = Path("../shared/data")
FAILED, INTERRUPTED = 1, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one benchmark and return its exit code: 0, 1 if something crashed, 2 for misuse, 130 for Ctrl-C."""
    args = _parser().parse_args(arguments)
    try:
        home = args.home or Config.load().home
        if args.benchmark == "retrieval":
            return retrieval.run(args.data, args.sets.split(","), home, args.out)
        if args.benchmark == "quality":
            return quality.run(args.data, [name for name in args.sets.split(",") if name], home, args.out)
        if args.benchmark == "verifier":
            return verifier.run(args.data, home, args.out)
        if args.benchmark == "injection":
            return injection.run(injection.Setting(args.data, args.corpus, home, args.limit, args.pipeline), args.out)
        if args.benchmark == "reliability":
            return reliability.run(args.out, args.kills)
        if args.benchmark == "scale":
            return scale.run(args.data, args.chunks, args.out)
        if args.benchmark == "fuzz":
            return fuzzing.run(args.out, args.minutes, args.formats, args.saved)
        if args.benchmark == "hostile":
            return hostile.run(args.out, args.files)
        return performance.run(performance.Setting(args.corpus, args.data, home, args.quick, args.documents), args.out)
    except CitedError as error:
        sys.stderr.write(f"benchmarks: {error}\n")
        return FAILED
    except KeyboardInterrupt:
        sys.stderr.write("\n")
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m eval.benchmarks", description="Measure Cited on this machine.")
    commands = parser.add_subparsers(dest="benchmark", metavar="BENCHMARK", required=True)
    found = _add(commands, "retrieval", "how well each way of retrieving ranks the documents of public sets")
    found.add_argument("--sets", default=",".join(retrieval.SETS), metavar="A,B", help="which sets (default: all four)")
    good = _add(commands, "quality", "how good the answers are: Cited, its ablations, and plain LlamaIndex")
    good.add_argument("--sets", default=",".join(quality.SETS), metavar="A,B", help="which sets besides the seeds")
    _add(commands, "verifier", "how well the check of claims agrees with what people say is supported")
    moved = _add(commands, "injection", "whether orders that stand in an article move the answer")
    moved.add_argument("--corpus", type=Path, default=Path("seeds"), metavar="DIR", help="the five articles")
    moved.add_argument("--limit", type=_count, default=injection.LIMIT, metavar="N",
                       help=f"how many orders to plant, one for each question asked (default: {injection.LIMIT})")
    moved.add_argument("--pipeline", default="cited", choices=injection.PIPELINES, help="what to ask (default: cited)")
    tried = _add(commands, "reliability", "killed writers, two writers at once, readers that follow, deleted text")
    tried.add_argument("--kills", type=_count, default=reliability.KILLS, metavar="N",
                       help=f"how many writers to start and kill (default: {reliability.KILLS})")
    grown = _add(commands, "scale", "building, searching and changing a corpus of more and more chunks")
    grown.add_argument("--chunks", type=_counts, default=scale.SIZES, metavar="N,N",
                       help=f"about how many (default: {','.join(map(str, scale.SIZES))})")
    fed = _add(commands, "fuzz", "mutated bytes for the readers of every format, by atheris")
    fed.add_argument("--minutes", type=_minutes, default=fuzzing.MINUTES, metavar="N",
                     help=f"how long in all (default: {fuzzing.MINUTES})")
    fed.add_argument("--formats", type=_formats, default=SUFFIXES, metavar=".A,.B", help="which formats (default: all)")
    fed.add_argument("--saved", type=Path, default=fuzzing.SAVED, metavar="DIR",
                     help=f"where inputs are saved that a reader fails on (default: {fuzzing.SAVED})")
    survived = _add(commands, "hostile", "hostile files among good articles: what becomes of each, time and memory")
    survived.add_argument("--files", type=_count, default=hostile.MANY, metavar="N",
                          help=f"how many tiny files to index, too (default: {hostile.MANY})")
    timed = _add(commands, "performance", "seconds and megabytes, beside a limit or a baseline of the same run")
    timed.add_argument("--corpus", type=Path, default=Path("seeds"), metavar="DIR", help="the five articles")
    timed.add_argument("--quick", action="store_true", help="a trial of a minute or two: few documents, few repeats")
    timed.add_argument("--documents", type=int, metavar="N", help="index only the first N documents of the large set")
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


def _add(commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, about: str
         ) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=about, description=f"{about.capitalize()}.")
    parser.add_argument("--data", type=Path, default=DATA, metavar="DIR",
                        help=f"the folder of public sets (default: {DATA})")
    parser.add_argument("--home", type=Path, metavar="DIR",
                        help="where indexes and the assembled model are kept (default: CITED_HOME)")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write every figure as JSON, too")
    return parser


if __name__ == "__main__":
    sys.exit(main())
