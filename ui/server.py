"""Serving the page: where to listen, and the page with what else is served beside it, behind the guard."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass
from typing import Any

from rag.errors import ConfigError
from ui.auth import Accounts
from ui.corpus import MOST_FILES
from ui.guard import App, Guard
from ui.line import Line

PORTS_TRIED = 100
_PATIENCE = 5.0  # seconds that questions under way get to end; the model takes about three to stop
_LOOK = 0.05


@dataclass(frozen=True, slots=True)
class Serving:
    """How the page is served: where, to whom, under which path of a proxy, and how much an upload may have."""

    host: str = "127.0.0.1"
    accounts: Accounts | None = None
    root_path: str | None = None
    file_bytes: int = 10_000_000
    files: int = MOST_FILES

    @property
    def upload_bytes(self) -> int:
        """What one upload may have, with room for what a browser writes around the files."""
        return self.file_bytes * self.files + 100_000


def listen(host: str, port: int, *, signed_in: bool = False) -> socket.socket:
    """A listening socket at `port` or the next free one; 0 means any.

    Raises:
        ConfigError: the host is not this machine alone and nobody has to sign in, or no port is free.
    """
    family, address = _address(host, signed_in=signed_in)
    for candidate in range(port, min(port + PORTS_TRIED, 65536)) if port else (0,):
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((address, candidate))
            listener.listen()
        except OSError:
            listener.close()
            continue
        return listener
    raise ConfigError(f"no free port from {port} on at {host}. Choose another with --port.")


def serve(app: App, listener: socket.socket) -> None:
    """Answer requests until the process is interrupted; open pages are given a second to close."""
    server_of(app).run(sockets=[listener])


def guarded(demo: Any, line: Line, serving: Serving | None = None, mcp: Any = None) -> App:  # noqa: ANN401
    """The page (`ui.app.build`), and an MCP server (`ui.mcp.Mcp`) if there is one, as an ASGI app behind the guard.

    The questions in the line are ended before the app does.
    """
    from fastapi import FastAPI

    from ui.app import mount

    serving = serving or Serving()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        async with mcp.lifespan() if mcp else nullcontext():
            yield
            await emptied(line)

    parent = FastAPI(openapi_url=None, lifespan=lifespan)
    if mcp:
        parent.router.routes.extend(mcp.routes)
    app = mount(demo, parent, serving)
    hosts = {serving.host.strip("[]").lower()}
    return Guard(app, hosts, serving.accounts, serving.upload_bytes, mcp=mcp is not None)


def server_of(app: App) -> Any:  # noqa: ANN401
    """A uvicorn server that has not been started."""
    import uvicorn

    return uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1, server_header=False))


async def emptied(line: Line) -> None:
    """Close the line and wait until all have left it, five seconds at most.

    The event loop, at its end, closes whatever generators are left at once, and complains where one closes another.
    """
    line.closed = True
    with suppress(TimeoutError):
        async with asyncio.timeout(_PATIENCE):
            while not line.empty:
                await asyncio.sleep(_LOOK)


def _address(host: str, *, signed_in: bool) -> tuple[socket.AddressFamily, str]:
    try:
        found = socket.getaddrinfo(host.strip("[]"), None, type=socket.SOCK_STREAM)
    except OSError:
        raise ConfigError(f"--host {host}: no such address on this machine. Use 127.0.0.1.") from None
    if not found or not (signed_in or all(ipaddress.ip_address(entry[4][0]).is_loopback for entry in found)):
        raise ConfigError(
            f"--host {host} would let others in, who could read the articles, add some and delete them: that needs "
            "--auth-file FILE, with a line name:password for each reader. Without it, keep 127.0.0.1."
        )
    family, *_, address = min(found, key=lambda entry: entry[0] != socket.AF_INET)
    return family, str(address[0])
