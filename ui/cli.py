"""`cited ui`: the arguments, and running the page until Ctrl-C."""

from __future__ import annotations

import argparse
import os
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from rag.config import default_corpus
from rag.errors import CitedError

if TYPE_CHECKING:
    from rag.chat import Chatbot
    from ui.conversation import Bot

HOST = "127.0.0.1"
PORT = 7860
# The articles that come with Cited, and a question that each answers; offered while the article is in the corpus.
EXAMPLES = {
    "000_fd36c14072c53daa.txt": "Which countries are said to have joined BRICS?",
    "001_646846f35893e349.txt": "How large was the trade between Russia and China last year?",
    "003_7195609bd6a4249a.txt": "Why did China launch new military drills off Taiwan?",
    "004_aea046b3ecdc98ab.txt": "What is the Belt and Road initiative meant to do?",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `cited ui`."""
    parser.add_argument(
        "--corpus", type=Path, metavar="DIR", help="the folder of articles (default: $CITED_CORPUS, else ./seeds)"
    )
    parser.add_argument("--host", default=HOST, help="where to listen, on this machine only (default: %(default)s)")
    parser.add_argument("--port", type=_port, default=PORT, help="or the next free one (default: %(default)s)")


def run(args: argparse.Namespace, bot_factory: Callable[[Path], AbstractContextManager[Bot]] | None = None) -> int:
    """Open the corpus and serve the page until Ctrl-C; 0 is the exit code.

    Args:
        args: what `add_arguments` describes.
        bot_factory: opens the bot for a corpus folder; `rag.Chatbot.open` unless given.

    Raises:
        CitedError: the page cannot be served (ConfigError), or the corpus, index or model cannot be opened.
    """
    from ui.server import guarded, listen, serve

    corpus = args.corpus or default_corpus()
    with listen(args.host, args.port) as listener:
        # Read when Gradio is imported; the page itself is built with analytics off as well.
        os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
        with (bot_factory or _open)(corpus) as bot:
            from ui.app import build

            app = guarded(build(bot, examples=examples_for(corpus)), args.host)
            _say(f"Cited is at {_address(args.host, listener.getsockname()[1])}  (Ctrl-C ends it)")
            with suppress(KeyboardInterrupt):
                serve(app, listener)
            _say("")
    return 0


def examples_for(corpus: Path) -> tuple[str, ...]:
    """Questions to try, each only where the article that answers it is."""
    return tuple(question for source, question in EXAMPLES.items() if (corpus / source).is_file())


def _open(corpus: Path) -> AbstractContextManager[Bot]:
    from rag.chat import Chatbot
    from rag.terminal import progress_bar

    with progress_bar() as progress:
        bot = Chatbot.open(corpus, progress=progress)
    # The models load while the reader looks at the page; what fails here fails again at the question, and is shown.
    threading.Thread(target=_warm, args=(bot,), name="cited-warm").start()
    return bot


def _warm(bot: Chatbot) -> None:
    with suppress(CitedError):
        bot.warm()


def _address(host: str, port: int) -> str:
    return f"http://[{host.strip('[]')}]:{port}" if ":" in host else f"http://{host}:{port}"


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number < 65536:
        raise ValueError(text)
    return number


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
