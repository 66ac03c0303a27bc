"""What reaches the page: only the routes that it calls itself, for the hosts it serves, and of a size it takes."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import secrets
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any

from ui.auth import Accounts

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Refusal = tuple[int, str]

MAX_REQUEST_BYTES = 1_000_000
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
READER = "cited-reader"  # the cookie that tells whose conversations to list
_READER_SECONDS = 365 * 24 * 3600
_TOKEN = re.compile(r"[\w-]{20,64}")
UPLOAD = "/gradio_api/upload"
MCP = re.compile(r"/gradio_api/mcp/?")
# Gradio also serves files, proxies, run history, API docs and more. The page uses none of it.
_ROUTES = {
    "GET": re.compile(
        r"/|/config/?|/theme\.css|/gradio_api/(theme\.css|queue/data|info/?|startup-events|app_id/?|heartbeat/\w+"
        r"|upload_progress|call/ask/\w+)|/(static|assets|svelte)/[\w./-]+|/favicon\.ico|/manifest\.json"
    ),
    "POST": re.compile(rf"{UPLOAD}/?|/gradio_api/(queue/join|cancel|reset|call/(v2/)?ask)/?"),
}
_SIGNING_IN = {"GET": re.compile(r"/logout|/gradio_api/(login_check|user)/?"), "POST": re.compile(r"/login/?")}
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
    """ASGI middleware before the whole app.

    Without accounts only this machine's names are served (DNS rebinding); with them every name, since who has not
    signed in gets nothing. `hosts` are names to serve besides; `upload_bytes` is the most that one upload may have.
    """

    def __init__(
        self, app: App, hosts: Iterable[str] = (), accounts: Accounts | None = None, upload_bytes: int = 0, *,
        mcp: bool = False,
    ) -> None:  # fmt: skip
        self._app = app
        self._hosts = LOOPBACK_NAMES | set(hosts)
        self._accounts = accounts
        self._upload_bytes = upload_bytes
        self._mcp = mcp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it with the reason why not."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = {key.lower(): value.decode("latin-1") for key, value in scope.get("headers", ())}
        refusal = (404, "Not found.") if scope["type"] != "http" else self._refusal(scope, headers)
        if refusal:
            await _reply(send, *refusal)
            return
        more = list(_HEADERS)
        if scope["path"] == "/" and reader_token(headers.get(b"cookie", "")) is None:
            more.append((b"set-cookie", _new_reader(scope).encode()))

        async def send_with_policy(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *more]
            await send(message)

        await self._app(scope, receive, send_with_policy)

    def _refusal(self, scope: Scope, headers: MutableMapping[bytes, str]) -> Refusal | None:
        if self._accounts is None and _host_name(headers.get(b"host", "")) not in self._hosts:
            return 421, "Cited answers to localhost only. Behind a proxy, let the proxy send Host: localhost."
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        if method != "GET" and headers.get(b"sec-fetch-site") == "cross-site":
            return 403, "Another site may not ask in your name."
        if self._mcp and MCP.fullmatch(scope["path"]):
            return self._refusal_of_mcp(headers) or self._refusal_of_size(scope["path"], headers, method)
        allowed = [_ROUTES.get(method)] + ([_SIGNING_IN.get(method)] if self._accounts else [])
        if ".." in scope["path"] or not any(routes and routes.fullmatch(scope["path"]) for routes in allowed):
            return 404, "Not found."
        return self._refusal_of_size(scope["path"], headers, method)

    def _refusal_of_mcp(self, headers: MutableMapping[bytes, str]) -> Refusal | None:
        """MCP clients sign in with each request (HTTP Basic); a page of another site is none."""
        if b"origin" in headers and _host_name(headers[b"origin"].partition("//")[2]) not in self._hosts:
            return 403, "Another site may not ask in your name."
        if self._accounts is None or self._accounts(*_basic(headers.get(b"authorization", ""))):
            return None
        return 401, "Sign in with your name and password (HTTP Basic)."

    def _refusal_of_size(self, path: str, headers: MutableMapping[bytes, str], method: str) -> Refusal | None:
        most = self._upload_bytes if path.startswith(UPLOAD) else MAX_REQUEST_BYTES
        length = headers.get(b"content-length", "")
        if method == "POST" and (not length.isdecimal() or int(length) > most):
            return 413, f"That is too long: {most:,} bytes are the most."
        return None


def reader_token(cookies: str) -> str | None:
    """The token in a Cookie header that tells whose page it is, None if there is none."""
    try:
        found = SimpleCookie(cookies).get(READER)
    except CookieError:
        return None
    return found.value if found and _TOKEN.fullmatch(found.value) else None


def owner(user: str | None, cookies: str) -> str | None:
    """Whose conversations these are: the signed-in user's, else the browser's; None for a browser without cookies.

    The token itself is stored nowhere, so the history does not let anybody in.
    """
    if user:
        return f"user:{user}"
    token = reader_token(cookies)
    return f"browser:{hashlib.sha256(token.encode()).hexdigest()[:32]}" if token else None


def _new_reader(scope: Scope) -> str:
    secure = "; Secure" if scope.get("scheme") == "https" else ""
    token = secrets.token_urlsafe(24)
    return f"{READER}={token}; Path=/; Max-Age={_READER_SECONDS}; HttpOnly; SameSite=Lax{secure}"


def _basic(header: str) -> tuple[str, str]:
    """The name and password of an HTTP Basic header; both empty if it is none."""
    kind, _, encoded = header.partition(" ")
    if kind.lower() != "basic":
        return "", ""
    try:
        name, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return name, password


def _host_name(header: str) -> str:
    """`localhost:7860` → `localhost`, `[::1]:7860` → `::1`."""
    name = header.strip().lower()
    return name[1:].partition("]")[0] if name.startswith("[") else name.partition(":")[0]


async def _reply(send: Send, status: int, text: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), *_HEADERS]
    if status == 401:
        headers.append((b"www-authenticate", b'Basic realm="Cited"'))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})
