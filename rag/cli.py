"""The `cited` command."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import errno
import importlib
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag import __version__
from rag.config import Config, default_corpus
from rag.errors import CitedError, ConfigError, QuestionError
from rag.filters import Filter
from rag.text import capitalised
from rag.types import Turn

if TYPE_CHECKING:
    from rag.chat import Chatbot

FAILED, MISUSE, INTERRUPTED = 1, 2, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 0, 1 for a failure, 2 for misuse, 130 for Ctrl-C."""
    argv = sys.argv[1:] if argv is None else argv
    args = _parser(argv[0] if argv else "").parse_args(argv)
    try:
        code: int = args.run(args)
        sys.stdout.flush()
        return code
    except CitedError as error:
        sys.stderr.write(f"cited: {' '.join(str(error).split())}\n")
        return MISUSE if isinstance(error, (ConfigError, QuestionError)) else FAILED
    except KeyboardInterrupt:
        sys.stderr.write("\n")
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output has gone, as `| head` does
        _write_to_nobody()
        return FAILED
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        _write_to_nobody()
        sys.stderr.write(f"cited: the output cannot be written: {error.strerror}. Make room.\n")
        return FAILED


def _write_to_nobody() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser(command: str) -> argparse.ArgumentParser:
    """Describe the commands; the page and the eval add their options only where they are the command given."""
    parser = argparse.ArgumentParser(
        prog="cited", description="Ask a folder of articles; every sentence of the answer cites its sources."
    )
    parser.add_argument("--version", action="version", version=f"cited {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    index = _add(commands, "index", _index, "bring the index in step with the folder")
    index.add_argument("--rebuild", action="store_true", help="make the index anew, from nothing")
    index.add_argument("--json", action="store_true", help="print the report as JSON")
    watch = _add(commands, "watch", _watch, "keep the index in step with the folder until Ctrl-C")
    watch.add_argument("--every", type=_seconds, default=2.0, metavar="SECONDS", help="between two looks (default: 2)")
    ask = _add(commands, "ask", _ask, "ask one question")
    ask.add_argument("question", help="the question; - reads it from standard input")
    ask.add_argument("--json", action="store_true", help="print the answer as JSON")
    ask.add_argument("--source", action="append", default=[], metavar="PATTERN",
                     help="ask only articles whose source matches, as in 'news/*'; may be repeated")  # fmt: skip
    ask.add_argument("--since", metavar="DAY", help="ask only articles published on or after 2024-10-15, say")
    ask.add_argument("--until", metavar="DAY", help="ask only articles published on or before that day")
    _add(commands, "chat", _chat, "ask one question after another, in the terminal")
    for name, module, about in (
        ("ui", "ui.cli", "open the chat page"),
        ("eval", "eval.cli", "measure the answers against hand-written questions"),
    ):
        delegated = commands.add_parser(name, help=about, description=f"{capitalised(about)}.")
        if name == command:
            implementation = importlib.import_module(module)
            implementation.add_arguments(delegated)
            delegated.set_defaults(run=implementation.run)
    for name, run, about in (
        ("export", _export, "write the index and the conversations about it into one file"),
        ("import", _import, "put an exported index in the place of this one, and add the conversations"),
    ):
        _add(commands, name, run, about).add_argument("file", type=Path, metavar="FILE", help="what export writes")
    doctor = _add(commands, "doctor", _doctor, "show the models, the index, and every address Cited would talk to")
    doctor.add_argument("--json", action="store_true", help="print JSON")
    return parser


def _add(
    commands: Any, name: str, run: Callable[[argparse.Namespace], int], about: str  # noqa: ANN401
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=about, description=f"{capitalised(about)}.")
    parser.add_argument(
        "--corpus", type=Path, default=None, metavar="DIR",
        help="the folder of articles (default: $CITED_CORPUS, else ./seeds)",
    )
    parser.set_defaults(run=run)
    return parser


def _corpus(args: argparse.Namespace) -> Path:
    return args.corpus or default_corpus()


@contextlib.contextmanager
def _open(args: argparse.Namespace, question: str | None = None) -> Iterator[Chatbot]:
    """Open the corpus and load the models, with progress shown; a question that cannot be asked fails before that."""
    from rag.chat import Chatbot
    from rag.terminal import progress_bar

    with contextlib.ExitStack() as stack:
        with progress_bar() as progress:
            bot = stack.enter_context(Chatbot.open(_corpus(args), progress=progress))
            if question is not None:
                bot.stream(question)
            bot.warm()
        yield bot


def _index(args: argparse.Namespace) -> int:
    from rag.chat import Chatbot
    from rag.terminal import console, progress_bar, show_report

    with Chatbot.at(_corpus(args)) as bot, progress_bar() as progress:
        report = bot.sync(progress, rebuild=args.rebuild)
    if args.json:
        _write_json(dataclasses.asdict(report))
    else:
        show_report(report, console())
    return 0


def _watch(args: argparse.Namespace) -> int:
    from rag.chat import Chatbot
    from rag.terminal import console, progress_bar, show_report
    from rag.watching import watch

    out = console()
    with progress_bar() as progress:
        bot = Chatbot.open(_corpus(args), progress=progress)
    with bot:
        show_report(bot.report, out)
        out.print(f"Watching {bot.corpus}. Ctrl-C ends it.", markup=False)
        for report in watch(bot, args.every, trouble=lambda problem: out.print(problem, markup=False)):
            show_report(report, out)
    return 0


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < 86_400:
        raise ValueError(text)
    return seconds


def _ask(args: argparse.Namespace) -> int:
    from rag.terminal import console, follow

    question = _read_question() if args.question == "-" else args.question
    only = Filter(tuple(args.source), args.since, args.until)
    with _open(args, question) as bot:
        if args.json:
            _write_json(bot.ask(question, only=only).to_dict())
        else:
            follow(bot.stream(question, only=only), console())
            if sys.stdout.isatty():
                sys.stdout.write("\n`cited ui` opens the chat page.\n")
    return 0


def _read_question() -> str:
    try:
        return sys.stdin.read()
    except UnicodeDecodeError as error:
        raise QuestionError(f"The question is not {error.encoding} text. Save it as that, or type it.") from error


def _chat(args: argparse.Namespace) -> int:
    from rag.terminal import console, follow

    out, history = console(), list[Turn]()
    with _open(args) as bot:
        out.print(f"{len(bot.sources())} articles in {bot.corpus}. An empty line ends the chat.", markup=False)
        while question := _next_question():
            try:
                answer = follow(bot.stream(question, history), out)
            except QuestionError as error:
                out.print(str(error), markup=False)
                continue
            history.append(Turn(question, answer.text))
    return 0


def _next_question() -> str:
    try:
        return input("\n> ").strip()
    except EOFError:
        return ""


def _export(args: argparse.Namespace) -> int:
    from rag.chat import Chatbot
    from ui import moving
    from ui.history import FILE

    with Chatbot.at(_corpus(args)) as bot, tempfile.TemporaryDirectory(prefix="cited-") as scratch:
        conversations = moving.write(bot.config.home, bot.corpus, Path(scratch))
        bot.export(args.file, {FILE: Path(scratch) / FILE})
    size = args.file.stat().st_size / 1e6
    sys.stdout.write(f"{args.file}: the index; conversations: {conversations}; {size:.1f} MB.\n")
    return 0


def _import(args: argparse.Namespace) -> int:
    from rag.chat import Chatbot
    from ui import moving
    from ui.history import FILE

    with Chatbot.at(_corpus(args)) as bot, tempfile.TemporaryDirectory(prefix="cited-") as scratch:
        history = Path(scratch) / FILE
        bot.restore(args.file, {FILE: history})
        added = moving.read(history, bot.config.home, bot.corpus) if history.is_file() else 0
        articles, waiting = len(bot.sources()), bot.state().waiting if bot.corpus.is_dir() else 0
    sys.stdout.write(f"{articles} articles; conversations that were not here: {added}.\n")
    if waiting:
        sys.stdout.write(
            f"Files in the folder that differ from it, or are missing: {waiting}. The next question or `cited index` "
            "follows the folder; put the articles there first to keep them.\n"
        )
    return 0


def _doctor(args: argparse.Namespace) -> int:
    from rag.doctor import examine, show

    found = examine(_corpus(args), Config.load(_corpus(args)))
    if args.json:
        _write_json(found)
    else:
        show(found)
    return 0 if found["healthy"] else FAILED


def _write_json(value: object) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=1)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(value, indent=1)
    sys.stdout.write(text + "\n")
