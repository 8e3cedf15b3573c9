"""The guard lets in exactly the origins it was given, and a malformed header never hurts it."""

from typing import Any, Literal

import pytest

from lilyaref.exceptions import WebSocketDisconnect
from lilyaref.origins import OriginGuard
from lilyaref.testclient import TestClient, WebSocketDenialResponse
from lilyaref.types import Message, Receive, Scope, Send
from lilyaref.websockets import WebSocket
from tests.scripted import CONNECT, LEFT, Server, run

GOOD = "https://example.com"
REFUSED: Message = {"type": "websocket.close", "code": 1000, "reason": ""}

on_both = pytest.mark.parametrize("backend", ["asyncio", "trio"])


class App:
    """Notes the scopes that it is called with."""

    def __init__(self) -> None:
        self.scopes: list[Scope] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scopes.append(scope)


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    await websocket.send_text("Hello")
    await websocket.close()


def lets_in(guard: OriginGuard, *headers: tuple[bytes, bytes], **scope: Any) -> bool:
    """Whether a handshake with these headers reaches the application."""
    app = guard.app
    assert isinstance(app, App)
    before = len(app.scopes)
    server = Server(CONNECT)
    websocket = server.websocket(headers=[(b"host", b"example.com"), *headers], **scope)
    run(guard(websocket.scope, server.receive, server.send))
    passed = app.scopes[before:] == [websocket.scope]
    refusal = ["websocket.http.response.start", "websocket.http.response.body"]
    assert server.sent_types == ([] if passed else refusal)
    return passed


# ── Who may pass ────────────────────────────────────────────────────────────────────────────────


@on_both
def test_a_page_of_a_good_origin_reaches_the_application(
    backend: Literal["asyncio", "trio"],
) -> None:
    client = TestClient(OriginGuard(hello, [GOOD]), backend=backend)
    with client.websocket_connect("/", headers={"Origin": GOOD}) as session:
        assert session.receive_text() == "Hello"
        session.expect_close(1000)


@on_both
def test_a_page_of_another_origin_is_refused_with_403_before_the_application_runs(
    backend: Literal["asyncio", "trio"],
) -> None:
    app = App()
    client = TestClient(OriginGuard(app, [GOOD]), backend=backend)
    session = client.websocket_connect("/", headers={"Origin": "https://evil.example"})
    with pytest.raises(WebSocketDenialResponse) as denial, session:
        pass
    assert denial.value.status_code == 403
    assert denial.value.text == "This origin may not connect."
    assert app.scopes == []


@on_both
def test_where_the_server_has_no_denial_it_is_refused_all_the_same(
    backend: Literal["asyncio", "trio"],
) -> None:
    client = TestClient(OriginGuard(hello, [GOOD]), backend=backend)
    session = client.websocket_connect("/", headers={"Origin": "null"}, extensions=None)
    with pytest.raises(WebSocketDisconnect) as refusal, session:
        pass
    assert refusal.type is WebSocketDisconnect
    assert session.messages[-1].message == REFUSED


@pytest.mark.parametrize("extensions", [None, {"websocket.http.response": {}}])
def test_a_client_that_does_not_wait_for_the_refusal_is_no_error(extensions: Any) -> None:
    server = Server(LEFT)
    websocket = server.websocket(headers=[], extensions=extensions)
    run(OriginGuard(App(), [GOOD])(websocket.scope, server.receive, server.send))
    assert server.sent == []


@pytest.mark.parametrize("headers", [{"headers": []}, {"headers": None}, {}])
@pytest.mark.parametrize("allow_missing", [True, False])
def test_who_sends_no_origin_passes_only_if_that_was_asked_for(
    allow_missing: bool, headers: dict[str, Any]
) -> None:
    app = App()
    server = Server(CONNECT)
    scope = server.websocket(**headers).scope
    run(OriginGuard(app, [GOOD], allow_missing=allow_missing)(scope, server.receive, server.send))
    assert (app.scopes == [scope]) is allow_missing
    assert (server.sent == []) is allow_missing


@pytest.mark.parametrize("kind", ["http", "lifespan", "webtransport"])
def test_what_is_no_websocket_passes_untouched(kind: str) -> None:
    app = App()
    server = Server()
    scope = {"type": kind, "headers": [(b"origin", b"https://evil.example")]}
    run(OriginGuard(app, [GOOD])(scope, server.receive, server.send))
    assert app.scopes[0] is scope
    assert server.sent == []


def test_every_origin_of_several_may_pass() -> None:
    origins = [GOOD, "http://localhost:8000", "http://[::1]:8000", "capacitor://localhost"]
    guard = OriginGuard(App(), iter(origins))
    assert guard.origins == {*origins}
    assert all(lets_in(guard, (b"origin", origin.encode())) for origin in origins)


@pytest.mark.parametrize("name", [b"origin", b"Origin", b"ORIGIN"])
def test_the_name_of_the_header_matches_in_any_case(name: bytes) -> None:
    assert lets_in(OriginGuard(App(), [GOOD]), (name, GOOD.encode()))
    assert not lets_in(OriginGuard(App(), [GOOD]), (name, b"https://evil.example"))


@pytest.mark.parametrize("allow_missing", [True, False])
@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b" ",
        b"null",
        b"*",
        b"https://example.com.evil.example",
        b"https://evil.example/https://example.com",
        b"https://evilexample.com",
        b"https://sub.example.com",
        b"http://example.com",
        b"https://example.com:8443",
        b"https://example.com/",
        b"https://EXAMPLE.com",
        b"https://example.com:443",
        b"https://example.com https://evil.example",
        b"https://example.com,https://evil.example",
        b"https://example.com\x00",
        b"https://ex\xe4mple.com",
        "https://example.com\u2028".encode(),
        b"\xff\xfe\x00",
        b"https://[::1",
        b"https://example.com:99999999999999999999",
        b"x" * 100_000,
    ],
)
def test_an_origin_that_is_not_letter_by_letter_a_good_one_is_refused(
    sent: bytes, allow_missing: bool
) -> None:
    assert not lets_in(OriginGuard(App(), [GOOD], allow_missing=allow_missing), (b"origin", sent))


@pytest.mark.parametrize("second", [GOOD.encode(), b"https://evil.example", b""])
@pytest.mark.parametrize("allow_missing", [True, False])
def test_two_origins_are_refused_even_if_both_are_good(allow_missing: bool, second: bytes) -> None:
    guard = OriginGuard(App(), [GOOD], allow_missing=allow_missing)
    good = (b"origin", GOOD.encode())
    assert lets_in(guard, good)
    assert not lets_in(guard, good, (b"Origin", second))
    assert not lets_in(guard, (b"Origin", second), good)


def test_without_origins_only_those_without_one_pass() -> None:
    guard = OriginGuard(App(), [], allow_missing=True)
    assert lets_in(guard)
    assert not lets_in(guard, (b"origin", GOOD.encode()))


# ── What it is made with ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "origin",
    [
        "https://example.com",
        "http://localhost",
        "http://localhost:8000",
        "https://example.com:80",
        "http://example.com:443",
        "http://127.0.0.1:5500",
        "http://[::1]",
        "https://[2001:db8::1]:8443",
        "https://xn--bcher-kva.example",
        "chrome-extension://abcdefghijklmnop",
        "capacitor://localhost",
    ],
)
def test_an_origin_as_browsers_send_it_is_taken_as_it_is(origin: str) -> None:
    assert lets_in(OriginGuard(App(), [origin]), (b"origin", origin.encode()))


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("https://example.com/", "https://example.com"),
        ("https://example.com/chat?a=1#b", "https://example.com"),
        ("https://example.com?a", "https://example.com"),
        ("HTTPS://example.com", "https://example.com"),
        ("https://Example.COM", "https://example.com"),
        ("https://example.com:443", "https://example.com"),
        ("http://example.com:80/", "http://example.com"),
        ("https://example.com:0443", "https://example.com"),
        ("https://ana:secret@example.com", "https://example.com"),
        ("wss://example.com", "https://example.com"),
        ("ws://localhost:8000/", "http://localhost:8000"),
        ("wss://example.com:443", "https://example.com"),
        ("http://[0:0:0:0:0:0:0:1]:8000", "http://[::1]:8000"),
        ("http://[2001:DB8::1]", "http://[2001:db8::1]"),
    ],
)
def test_an_origin_written_otherwise_is_refused_and_the_error_has_the_right_one(
    written: str, right: str
) -> None:
    with pytest.raises(ValueError, match=r"is no origin as browsers send it") as error:
        OriginGuard(App(), [GOOD, written])
    assert str(error.value).startswith(repr(written))
    assert str(error.value).endswith(f"Write {right!r}.")
    assert OriginGuard(App(), [right]).origins == {right}


@pytest.mark.parametrize(
    "written",
    [
        "",
        "*",
        "null",
        "example.com",
        "//example.com",
        "https://",
        "https:///chat",
        "https://*.example.com",
        "https://example.com ",
        " https://example.com",
        "https://bücher.example",
        "https://example.com:port",
        "https://example.com:65536",
        "http://[::1",
        "http://[::g]",
        "http://[1::2::3]",
        "http\u017f://example.com",
        "https://example.com, https://example.org",
        "file://",
    ],
)
def test_what_is_no_origin_at_all_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"is no origin\. Write a scheme and a host") as error:
        OriginGuard(App(), [written])
    assert str(error.value).startswith(repr(written))


@pytest.mark.parametrize("wrong", [None, 5, b"https://example.com"])
def test_an_origin_of_the_wrong_type_is_a_type_error(wrong: Any) -> None:
    with pytest.raises(TypeError, match=f"An origin is a str, not {type(wrong).__name__}"):
        OriginGuard(App(), [wrong])


def test_a_single_text_is_not_taken_for_its_letters() -> None:
    with pytest.raises(TypeError, match="put even a single one into a list"):
        OriginGuard(App(), GOOD)


def test_what_cannot_be_called_cannot_be_guarded() -> None:
    wrong: Any = "app"
    with pytest.raises(TypeError, match="What is guarded is an ASGI application, not str"):
        OriginGuard(wrong, [GOOD])


def test_a_guard_that_nobody_could_pass_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="nobody could pass"):
        OriginGuard(App(), [])
