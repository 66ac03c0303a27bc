"""Who is let in: hosts, routes, sizes, accounts, and whose page it is."""

from __future__ import annotations

import argparse
import asyncio

import bcrypt
import pytest

from rag.cli import main
from rag.errors import ConfigError
from ui import cli
from ui.auth import Accounts
from ui.guard import Guard, owner, reader_token
from ui.server import listen


async def _inner(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"served"})


def request(guard, method, path, **headers):
    """The status and the headers that a request gets."""
    sent = []
    scope = {"type": "http", "method": method, "path": path, "scheme": "http", "headers": [
        (name.replace("_", "-").encode(), value.encode()) for name, value in {"host": "localhost", **headers}.items()
    ]}  # fmt: skip

    async def send(message):
        sent.append(message)

    asyncio.run(guard(scope, None, send))
    return sent[0]["status"], dict(sent[0]["headers"])


ACCOUNTS = Accounts({"ada": "lovelace", "al": bcrypt.hashpw(b"turing", bcrypt.gensalt(4)).decode()})
BASIC = "Basic YWRhOmxvdmVsYWNl"  # ada:lovelace


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/", 200), ("HEAD", "/", 200), ("POST", "/gradio_api/queue/join", 200),
     ("POST", "/gradio_api/call/ask", 200), ("GET", "/gradio_api/call/ask/abc", 200),
     ("POST", "/gradio_api/upload", 200), ("POST", "/gradio_api/call/other", 404),
     ("POST", "/login", 404), ("GET", "/logout", 404), ("POST", "/gradio_api/mcp", 404), ("DELETE", "/", 404),
     ("GET", "/gradio_api/file=/etc/hostname", 404), ("GET", "/static/../config.py", 404)],
)  # fmt: skip
def test_only_the_routes_of_the_page_are_served(method, path, status):
    assert request(Guard(_inner, upload_bytes=1000), method, path, content_length="2")[0] == status


def test_a_websocket_is_refused():
    sent = []

    async def send(message):
        sent.append(message)

    asyncio.run(Guard(_inner)({"type": "websocket", "path": "/", "headers": []}, None, send))
    assert sent[0]["status"] == 404


def test_sizes_are_limited_and_must_be_told():
    guard = Guard(_inner, upload_bytes=5_000_000)
    assert request(guard, "POST", "/gradio_api/upload", content_length="5000000")[0] == 200
    assert request(guard, "POST", "/gradio_api/upload", content_length="5000001")[0] == 413
    assert request(guard, "POST", "/gradio_api/queue/join", content_length="1000001")[0] == 413
    assert request(guard, "POST", "/gradio_api/queue/join")[0] == 413


def test_foreign_names_are_served_only_to_those_who_sign_in():
    assert request(Guard(_inner), "GET", "/", host="evil.example")[0] == 421
    assert request(Guard(_inner, ["books.example"]), "GET", "/", host="books.example:80")[0] == 200
    assert request(Guard(_inner, accounts=ACCOUNTS), "GET", "/", host="evil.example")[0] == 200
    assert request(Guard(_inner, accounts=ACCOUNTS), "POST", "/login", content_length="9")[0] == 200
    crossed = {"content_length": "9", "sec_fetch_site": "cross-site"}
    assert request(Guard(_inner, accounts=ACCOUNTS), "POST", "/login", **crossed)[0] == 403


def test_mcp_is_served_when_it_is_asked_for_and_wants_a_password_where_the_page_does():
    assert request(Guard(_inner, mcp=True), "POST", "/gradio_api/mcp", content_length="2")[0] == 200
    guarded = Guard(_inner, accounts=ACCOUNTS, mcp=True)
    status, headers = request(guarded, "POST", "/gradio_api/mcp/", content_length="2")
    assert (status, headers[b"www-authenticate"]) == (401, b'Basic realm="Cited"')
    assert request(guarded, "POST", "/gradio_api/mcp", content_length="2", authorization="Basic !")[0] == 401
    assert request(guarded, "POST", "/gradio_api/mcp", content_length="2", authorization=BASIC)[0] == 200
    crossed = {"content_length": "2", "origin": "http://a.b"}
    assert request(Guard(_inner, mcp=True), "POST", "/gradio_api/mcp", **crossed)[0] == 403


def test_a_browser_gets_a_cookie_once_and_its_owner_is_not_the_cookie():
    _, headers = request(Guard(_inner), "GET", "/")
    cookie = headers[b"set-cookie"].decode()
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    pair = cookie.partition(";")[0]
    assert b"set-cookie" not in request(Guard(_inner), "GET", "/", cookie=pair)[1]
    token = reader_token(pair)
    assert owner(None, pair) == owner(None, f"other=1; {pair}")
    assert token not in owner(None, pair)
    assert owner("ada", pair) == "user:ada"


@pytest.mark.parametrize(
    "cookies", ["", "cited-reader=", "cited-reader=short", "cited-reader=<script>xxxxxxxxxxxxxxxx", "="]
)
def test_a_forged_cookie_is_nobody(cookies):
    assert owner(None, cookies) is None


def test_every_answer_forbids_what_comes_from_elsewhere():
    _, headers = request(Guard(_inner), "GET", "/")
    assert b"default-src 'self'" in headers[b"content-security-policy"]
    assert headers[b"x-content-type-options"] == b"nosniff"


def test_accounts_know_passwords_plain_and_hashed(tmp_path):
    assert ACCOUNTS("ada", "lovelace")
    assert ACCOUNTS("al", "turing")
    assert not any(ACCOUNTS(*pair) for pair in (("ada", "turing"), ("al", "x"), ("eve", ""), ("", ""), ("ada", "")))
    file = tmp_path / "readers"
    file.write_text("# readers\n\nada:love:lace\n", encoding="utf-8")
    file.chmod(0o600)
    accounts = Accounts.read(file)
    assert accounts("ada", "love:lace")
    assert accounts.warning == ""
    file.chmod(0o644)
    assert "chmod 600" in Accounts.read(file).warning
    file.write_text("ada:$weet", encoding="utf-8-sig")
    assert Accounts.read(file)("ada", "$weet")


@pytest.mark.parametrize(
    ("content", "problem"),
    [("", "names nobody"), ("ada", "line 1: not of the form"), (":x", "line 1"), ("ada:", "line 1"),
     ("ada:x\nada:y", "line 2: ada is there twice"), (None, "cannot be read"),
     ("ada:$apr1$x$y", "line 1: a damaged hash, or one that is not of bcrypt"), ("ada:$2b$12$short", "damaged hash")],
)  # fmt: skip
def test_a_bad_file_of_accounts_is_named_with_its_line(tmp_path, content, problem):
    file = tmp_path / "readers"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match=problem):
        Accounts.read(file)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "8.8.8.8", "0"])
def test_listening_beyond_this_machine_is_refused_with_the_way_out(host):
    with pytest.raises(ConfigError, match="--auth-file FILE, with a line name:password"):
        listen(host, 0)


def test_listening_beyond_this_machine_is_allowed_where_readers_sign_in():
    with listen("0.0.0.0", 0, signed_in=True) as listener:
        assert listener.getsockname()[0] == "0.0.0.0"


def test_a_taken_port_gives_way_to_the_next():
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with listen("localhost", port) as second:
            assert second.getsockname()[1] > port


def test_misuse_is_one_line_and_exit_code_two(capsys):
    assert main(["ui", "--host", "0.0.0.0"]) == 2
    assert capsys.readouterr().err.startswith("cited: --host 0.0.0.0 would let others in")
    with pytest.raises(SystemExit, match="2"):
        main(["ui", "--port", "70000"])


def test_arguments_have_the_documented_defaults():
    parser = argparse.ArgumentParser()
    cli.add_arguments(parser)
    assert vars(parser.parse_args([])) == {
        "corpus": None, "host": "127.0.0.1", "port": 7860, "auth_file": None, "root_path": None, "mcp": False,
    }  # fmt: skip
