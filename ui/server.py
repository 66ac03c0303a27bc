"""Serving the page: this machine only, and only the routes that the page itself calls."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from rag.errors import ConfigError

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

PORTS_TRIED = 100
MAX_REQUEST_BYTES = 1_000_000
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
# Gradio also serves uploads, files, proxies, run history, API docs and more. The page uses none of it.
_ROUTES = {
    "GET": re.compile(
        r"/|/config/?|/theme\.css|/gradio_api/(theme\.css|queue/data|info/?|startup-events|app_id/?|heartbeat/\w+)"
        r"|/(static|assets|svelte)/[\w./-]+|/favicon\.ico|/manifest\.json"
    ),
    "POST": re.compile(r"/gradio_api/(queue/join|cancel|reset)/?"),
}
# Gradio compiles its templates in the browser, hence unsafe-eval; what matters is that nothing comes from elsewhere.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; object-src 'none'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = (
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)


class Guard:
    """ASGI middleware that refuses foreign host names (DNS rebinding), unknown routes and large bodies."""

    def __init__(self, app: App, hosts: Iterable[str] = ()) -> None:
        self.app = app
        self.hosts = LOOPBACK_NAMES | set(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it with the reason why not."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        refusal = (404, "Not found.") if scope["type"] != "http" else self._refusal(scope)
        if refusal:
            await _reply(send, *refusal)
            return

        async def send_with_policy(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *_HEADERS]
            await send(message)

        await self.app(scope, receive, send_with_policy)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        headers = {key.lower(): value.decode("latin-1") for key, value in scope["headers"]}
        if _host_name(headers.get(b"host", "")) not in self.hosts:
            return 421, "Cited answers to localhost only. Behind a proxy, let the proxy send Host: localhost."
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        allowed = _ROUTES.get(method)
        if allowed is None or not allowed.fullmatch(scope["path"]):
            return 404, "Not found."
        if method == "POST" and headers.get(b"sec-fetch-site") == "cross-site":
            return 403, "Another site may not ask in your name."
        length = headers.get(b"content-length", "")
        if method == "POST" and (not length.isdecimal() or int(length) > MAX_REQUEST_BYTES):
            return 413, "That is too long."
        return None


def listen(host: str, port: int) -> socket.socket:
    """A listening socket on this machine, at `port` or the next free one; 0 means any.

    Raises:
        ConfigError: the host is not this machine alone, or no port is free.
    """
    family, address = _loopback(host)
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


def guarded(demo: Any, host: str = "127.0.0.1") -> App:  # noqa: ANN401
    """The page (`ui.app.build`) as an ASGI app behind the guard."""
    from fastapi import FastAPI

    from ui.app import mount

    return Guard(mount(demo, FastAPI(openapi_url=None)), {host.strip("[]").lower()})


def server_of(app: App) -> Any:  # noqa: ANN401
    """A uvicorn server that has not been started."""
    import uvicorn

    return uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1, server_header=False))


def _loopback(host: str) -> tuple[socket.AddressFamily, str]:
    try:
        found = socket.getaddrinfo(host.strip("[]"), None, type=socket.SOCK_STREAM)
    except OSError:
        raise ConfigError(f"--host {host}: no such address on this machine. Use 127.0.0.1.") from None
    if not found or not all(ipaddress.ip_address(entry[4][0]).is_loopback for entry in found):
        raise ConfigError(
            f"--host {host} would let others in: that needs sign-in, which this version does not have. "
            "Keep 127.0.0.1 and put a reverse proxy with authentication before it."
        )
    family, *_, address = min(found, key=lambda entry: entry[0] != socket.AF_INET)
    return family, str(address[0])


def _host_name(header: str) -> str:
    """`localhost:7860` → `localhost`, `[::1]:7860` → `::1`."""
    name = header.strip().lower()
    return name[1:].partition("]")[0] if name.startswith("[") else name.partition(":")[0]


async def _reply(send: Send, status: int, text: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), *_HEADERS]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})
