"""`cited ui`: the arguments, and running the page until Ctrl-C."""

from __future__ import annotations

import argparse
import functools
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.config import Config, default_corpus
from rag.errors import CitedError
from ui.history import History
from ui.suggestions import Suggestions

if TYPE_CHECKING:
    from rag.chat import Chatbot
    from ui.guard import App
    from ui.server import Serving

HOST = "127.0.0.1"
PORT = 7860


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `cited ui`."""
    parser.add_argument(
        "--corpus", type=Path, metavar="DIR", help="the folder of articles (default: $CITED_CORPUS, else ./seeds)"
    )
    parser.add_argument("--host", default=HOST, help="where to listen; beyond this machine only with --auth-file "
                        "(default: %(default)s)")  # fmt: skip
    parser.add_argument("--port", type=_port, default=PORT, help="or the next free one (default: %(default)s)")
    parser.add_argument("--auth-file", type=Path, metavar="FILE", help="who may sign in: a line name:password for "
                        "each, the password as it is or hashed by `htpasswd -B`")  # fmt: skip
    parser.add_argument("--root-path", metavar="PATH", help="the path under which a reverse proxy serves the page")
    parser.add_argument("--mcp", action="store_true", help="serve ask, search and read_article to MCP clients as well, "
                        "at /gradio_api/mcp")  # fmt: skip


def run(args: argparse.Namespace, bot_factory: Callable[[Path], AbstractContextManager[Any]] | None = None) -> int:
    """Open the corpus and serve the page until Ctrl-C; 0 is the exit code.

    Args:
        args: what `add_arguments` describes.
        bot_factory: opens the bot for a corpus folder; `rag.Chatbot.open` unless given.

    Raises:
        CitedError: the page cannot be served (ConfigError), or the corpus, index or model cannot be opened.
    """
    from ui.auth import Accounts
    from ui.server import Serving, listen, serve

    corpus = args.corpus or default_corpus()
    config = Config.load(corpus)
    accounts = Accounts.read(args.auth_file) if args.auth_file else None
    if accounts and accounts.warning:
        sys.stderr.write(f"cited: {accounts.warning}\n")
    serving = Serving(args.host, accounts, args.root_path, config.max_file_mb * 1_000_000)
    with listen(args.host, args.port, signed_in=accounts is not None) as listener, _uploads():
        with (bot_factory or _open)(corpus) as bot, closing(History(config.home, corpus)) as history:
            app = _page(bot, history, serving, config, mcp=args.mcp)
            address = _address(args.host, listener.getsockname()[1])
            _say(f"Cited is at {address}  (Ctrl-C ends it)")
            if args.mcp:
                _say(f"MCP clients find it at {address}/gradio_api/mcp")
            with suppress(KeyboardInterrupt):
                serve(app, listener)
            _say("")
    return 0


def _page(bot: Any, history: History, serving: Serving, config: Config, *, mcp: bool) -> App:  # noqa: ANN401
    """The page for a bot, importing what takes long only now."""
    from ui.app import build
    from ui.conversation import Service
    from ui.mcp import Mcp
    from ui.server import guarded

    service = Service(bot, history, suggest=Suggestions(bot).after)
    demo = build(
        service, bot, functools.partial(latest_page, config), signing_in=serving.accounts is not None
    )
    return guarded(demo, service.line, serving, Mcp(service, bot) if mcp else None)


@contextmanager
def _uploads() -> Iterator[None]:
    """Give Gradio, which reads its settings when it is imported, a folder for uploads that is gone afterwards."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    with tempfile.TemporaryDirectory(prefix="cited-uploads-") as folder:
        os.environ["GRADIO_TEMP_DIR"] = folder
        yield


def latest_page(config: Config) -> str:
    """The latest report of `cited eval` as a page; until there is one, that of the answers last accepted."""
    from eval.baseline import baseline_path
    from eval.cases import SEEDS
    from eval.html import page
    from eval.plan import latest
    from eval.report import read_report

    path = latest(config)
    return page(read_report(path if path.is_file() else baseline_path(SEEDS)))


def _open(corpus: Path) -> AbstractContextManager[Chatbot]:
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
