"""The client for tests keeps its promises: it never hangs, it judges strictly, it hides no error.

Each scenario is written once, as a coroutine, and runs four times: with the asynchronous client on
asyncio and on trio, and with the synchronous client over both.
"""

import asyncio
import functools
import gc
import inspect
import json
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import nullcontext, suppress
from enum import Enum
from typing import Any, TypeAlias, cast

import anyio
import pytest

from lilyaref import testclient
from lilyaref.exceptions import WebSocketDisconnect, WebSocketDisconnected
from lilyaref.testclient import (
    AsyncTestClient,
    AsyncWebSocketSession,
    ConversationError,
    ConversationTimeout,
    TestClient,
    WebSocketDenialResponse,
    WebSocketSession,
)
from lilyaref.types import ASGIApp, Message, Receive, Scope, Send

Client: TypeAlias = Callable[..., AsyncTestClient]
Handler: TypeAlias = Callable[[Receive, Send], Awaitable[None]]

SHORT = 0.05  # seconds; nothing here waits this long unless it should time out
ACCEPT = {"type": "websocket.accept"}


# --- One scenario, four clients ---------------------------------------------------------------


class Awaited:
    """A synchronous client or session behind the interface of the asynchronous one."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.inner, name)
        return self._awaited(value) if inspect.ismethod(value) else value

    def _awaited(self, method: Callable[..., Any]) -> Callable[..., Any]:
        async def call(*args: Any, **kwargs: Any) -> Any:
            return method(*args, **kwargs)

        return call

    def websocket_connect(self, *args: Any, **kwargs: Any) -> "Awaited":
        return Awaited(self.inner.websocket_connect(*args, **kwargs))

    async def __aenter__(self) -> "Awaited":
        self.inner.__enter__()
        return self

    async def __aexit__(self, *error: Any) -> Any:
        return self.inner.__exit__(*error)


def without_loop(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    with pytest.raises(StopIteration):
        test().send(None)


def synchronous(backend: str) -> Client:
    def client(app: ASGIApp, **options: Any) -> AsyncTestClient:
        inner = TestClient(app, backend=cast(Any, backend), **options)
        return cast(AsyncTestClient, Awaited(inner))

    return client


FACES: dict[str, tuple[Client, Callable[[Any], None]]] = {
    "async-asyncio": (AsyncTestClient, anyio.run),
    "async-trio": (AsyncTestClient, functools.partial(anyio.run, backend="trio")),
    "sync-asyncio": (synchronous("asyncio"), without_loop),
    "sync-trio": (synchronous("trio"), without_loop),
}


def faces(*names: str) -> Callable[[Callable[..., Coroutine[Any, Any, None]]], Any]:
    """Run the scenario with the clients of these *names*."""

    def decorate(test: Callable[..., Coroutine[Any, Any, None]]) -> Any:
        @functools.wraps(test)
        def run(face: str, **arguments: Any) -> None:
            client, runner = FACES[face]
            runner(functools.partial(test, client, **arguments))

        _, *others = inspect.signature(test).parameters.values()
        face = inspect.Parameter("face", inspect.Parameter.POSITIONAL_OR_KEYWORD)
        run.__signature__ = inspect.Signature([face, *others])  # type: ignore[attr-defined]
        return pytest.mark.parametrize("face", names)(run)

    return decorate


everywhere = faces(*FACES)


# --- Applications -----------------------------------------------------------------------------


def accepted(handler: Handler) -> ASGIApp:
    """An application that accepts and then runs *handler*."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await handler(receive, send)

    return app


def sending(*messages: Any) -> ASGIApp:
    """An application that sends *messages* and returns."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for message in messages:
            await send(message)

    return app


@accepted
async def echo(receive: Receive, send: Send) -> None:
    while (message := await receive())["type"] == "websocket.receive":
        await send({**message, "type": "websocket.send"})


@accepted
async def silent(receive: Receive, send: Send) -> None:
    await receive()


@accepted
async def stubborn(receive: Receive, send: Send) -> None:
    await anyio.sleep_forever()


@accepted
async def returned(receive: Receive, send: Send) -> None:
    pass


@accepted
async def greedy(receive: Receive, send: Send) -> None:
    while True:
        await receive()


@accepted
async def endless(receive: Receive, send: Send) -> None:
    while True:
        await send({"type": "websocket.send", "text": "again"})


@accepted
async def deaf_and_endless(receive: Receive, send: Send) -> None:
    while True:
        try:
            await send({"type": "websocket.send", "text": "again"})
        except OSError:
            continue


@accepted
async def broken(receive: Receive, send: Send) -> None:
    await send({"type": "websocket.send", "text": "before"})
    raise ZeroDivisionError("in the application")


@accepted
async def secretive(receive: Receive, send: Send) -> None:
    try:
        await send({"type": "websocket.send"})
    except ConversationError:
        await send({"type": "websocket.send", "text": "all is well"})
    await receive()


# --- Talking ----------------------------------------------------------------------------------


@everywhere
async def test_text_binary_and_json_go_both_ways(client: Client) -> None:
    async with client(echo).websocket_connect("/") as session:
        await session.send_text("Olá")
        assert await session.receive_text() == "Olá"
        await session.send_bytes(b"\x00")
        assert await session.receive_bytes() == b"\x00"
        await session.send_json({"a": ["é"]})
        assert await session.receive_text() == '{"a":["é"]}'
        for mode in ("text", "binary", "bytes"):
            await session.send_json([1], mode)
            assert await session.receive_json(mode=mode) == [1]


@everywhere
async def test_raw_messages_pass_as_they_are(client: Client) -> None:
    async with client(echo).websocket_connect("/") as session:
        await session.send({"type": "websocket.receive", "text": None, "bytes": b"x"})
        assert await session.receive() == {"type": "websocket.send", "text": None, "bytes": b"x"}


@everywhere
async def test_an_unknown_json_mode_is_refused(client: Client) -> None:
    async with client(echo).websocket_connect("/") as session:
        with pytest.raises(ValueError, match='The mode is "text" or "binary"'):
            await session.send_json({}, mode="xml")


@everywhere
@pytest.mark.parametrize(
    ("data", "wanted", "sentence"),
    [
        ("text", "bytes", "Expected a binary message, got a text one."),
        ("bytes", "text", "Expected a text message, got a binary one."),
        ("bytes", "json", "Expected a text message, got a binary one."),
    ],
)
async def test_the_wrong_kind_of_message_is_named(
    client: Client, data: str, wanted: str, sentence: str
) -> None:
    async with client(echo).websocket_connect("/") as session:
        await session.send({"type": "websocket.receive", data: "x" if data == "text" else b"x"})
        with pytest.raises(ConversationError, match=sentence):
            await getattr(session, f"receive_{wanted}")()


@everywhere
async def test_the_timeline_has_direction_message_and_seconds(client: Client) -> None:
    async with client(echo).websocket_connect("/") as session:
        await session.send_text("hi")
        await session.receive()
    assert [(entry.direction, entry.message["type"]) for entry in session.messages] == [
        ("receive", "websocket.connect"),
        ("send", "websocket.accept"),
        ("receive", "websocket.receive"),
        ("send", "websocket.send"),
        ("receive", "websocket.disconnect"),
    ]
    seconds = [entry.seconds for entry in session.messages]
    assert seconds == sorted(seconds)


@everywhere
async def test_several_sessions_run_at_once(client: Client) -> None:
    shared = client(echo)
    async with shared.websocket_connect("/1") as one, shared.websocket_connect("/2") as two:
        await one.send_text("one")
        await two.send_text("two")
        assert await two.receive_text() == "two"
        assert await one.receive_text() == "one"
        assert (one.scope["path"], two.scope["path"]) == ("/1", "/2")


# --- Connecting -------------------------------------------------------------------------------


@everywhere
async def test_accept_tells_the_subprotocol_and_the_headers(client: Client) -> None:
    headers = [(b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]
    app = sending({"type": "websocket.accept", "subprotocol": "chat", "headers": iter(headers)})
    async with client(app).websocket_connect("/", subprotocols=["talk", "chat"]) as session:
        assert session.accepted_subprotocol == "chat"
        assert session.extra_headers == headers
        assert session.scope["subprotocols"] == ["talk", "chat"]


@everywhere
async def test_close_before_accept_is_a_disconnect(client: Client) -> None:
    app = sending({"type": "websocket.close", "code": 4001, "reason": "no"})
    with pytest.raises(WebSocketDisconnect) as raised:
        await client(app).websocket_connect("/").__aenter__()
    assert (raised.value.code, raised.value.reason) == (4001, "no")


@everywhere
async def test_a_denial_brings_the_response(client: Client) -> None:
    app = sending(
        {
            "type": "websocket.http.response.start",
            "status": 401,
            "headers": [(b"set-cookie", b"a"), (b"set-cookie", b"b")],
        },
        {"type": "websocket.http.response.body", "body": b'{"a":', "more_body": True},
        {
            "type": "websocket.http.response.body",
            "body": '"é"}'.encode(),
        },
    )
    with pytest.raises(WebSocketDenialResponse) as raised:
        await client(app).websocket_connect("/").__aenter__()
    denial = raised.value
    assert (denial.status_code, denial.code, str(denial)) == (
        401,
        1006,
        "The connection was denied with HTTP status 401.",
    )
    assert denial.headers.getall("Set-Cookie") == ["a", "b"]
    assert denial.content == denial.text.encode()
    assert denial.json() == {"a": "é"}


@everywhere
async def test_an_unfinished_denial_is_named(client: Client) -> None:
    app = sending({"type": "websocket.http.response.start", "status": 401})
    with pytest.raises(ConversationError, match="left the connection half denied"):
        await client(app).websocket_connect("/").__aenter__()


@everywhere
async def test_an_application_that_returns_without_an_answer_is_named(client: Client) -> None:
    with pytest.raises(ConversationError, match="left the connection unanswered"):
        await client(sending()).websocket_connect("/").__aenter__()


@everywhere
async def test_an_application_that_never_answers_times_out(client: Client) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await anyio.sleep_forever()

    with pytest.raises(
        ConversationTimeout, match=r"(?s)\(nothing\).*Not received.*websocket.connect"
    ):
        await client(app).websocket_connect("/", timeout=SHORT).__aenter__()


# --- Nothing hangs ----------------------------------------------------------------------------


@everywhere
async def test_a_silent_application_times_out_and_shows_the_timeline(client: Client) -> None:
    with pytest.raises(ConversationTimeout) as raised:
        async with client(silent).websocket_connect("/", timeout=SHORT) as session:
            await session.receive_text()
    assert isinstance(raised.value, TimeoutError)
    assert str(raised.value).startswith("Nothing came within 0.05 s.")
    assert " receive websocket.connect\n" in str(raised.value)
    assert " send websocket.accept" in str(raised.value)


@everywhere
async def test_one_call_may_have_its_own_timeout(client: Client) -> None:
    async with client(silent).websocket_connect("/") as session:
        with pytest.raises(ConversationTimeout, match=r"within 0.01 s"):
            await session.receive(timeout=0.01)


@everywhere
async def test_an_application_that_has_returned_ends_the_wait_at_once(client: Client) -> None:
    async with client(returned).websocket_connect("/", timeout=60) as session:
        with pytest.raises(ConversationError, match="left the connection open") as raised:
            await session.receive()
    assert not isinstance(raised.value, ConversationTimeout)
    assert "websocket.accept" in str(raised.value)


@everywhere
async def test_an_application_that_ignores_the_disconnect_is_stopped(client: Client) -> None:
    with pytest.raises(ConversationTimeout) as raised:
        async with client(stubborn).websocket_connect("/", timeout=SHORT):
            pass
    assert "has not ended within 0.05 s" in str(raised.value)
    assert "Not received by the application:\n  websocket.disconnect code=1000" in str(raised.value)


@everywhere
async def test_a_deadlock_of_two_readers_shows_what_nobody_read(client: Client) -> None:
    @accepted
    async def waiting(receive: Receive, send: Send) -> None:
        await receive()
        await receive()

    async with client(waiting).websocket_connect("/", timeout=SHORT) as session:
        await session.send_text("x")
        with pytest.raises(ConversationTimeout, match=r"receive websocket.receive text='x'"):
            await session.receive()


@everywhere
async def test_an_application_that_sends_for_ever_waits_for_the_reader(client: Client) -> None:
    async with client(endless).websocket_connect("/", timeout=SHORT) as session:
        for _ in range(1000):
            assert await session.receive_text() == "again"
    assert len(session.messages) < 2000


@everywhere
async def test_an_application_that_sends_for_ever_to_nobody_is_stopped(client: Client) -> None:
    with pytest.raises(ConversationTimeout, match="has not ended"):
        async with client(deaf_and_endless).websocket_connect("/", timeout=SHORT):
            pass


@everywhere
async def test_receiving_after_the_disconnect_is_an_error_and_no_wait(client: Client) -> None:
    with pytest.raises(ConversationError, match='"Disconnect - receive event": nothing'):
        async with client(greedy).websocket_connect("/", timeout=60):
            pass


@everywhere
async def test_receiving_after_the_last_close_is_an_error_and_no_wait(client: Client) -> None:
    @accepted
    async def app(receive: Receive, send: Send) -> None:
        await send({"type": "websocket.close", "code": 4000, "reason": "bye"})
        assert await receive() == {
            "type": "websocket.disconnect",
            "code": 4000,
            "reason": "bye",
        }
        await receive()

    with pytest.raises(ConversationError, match='"Disconnect - receive event": nothing'):
        async with client(app).websocket_connect("/", timeout=60):
            pass


@everywhere
async def test_after_the_close_the_conversation_is_over(client: Client) -> None:
    @accepted
    async def app(receive: Receive, send: Send) -> None:
        await send({"type": "websocket.close"})

    async with client(app).websocket_connect("/", timeout=60) as session:
        assert await session.receive() == {"type": "websocket.close"}
        with pytest.raises(ConversationError, match="over: nothing can be received"):
            await session.receive()
        with pytest.raises(ConversationError, match="over: nothing can be sent"):
            await session.send_text("x")
        await session.close()


# --- The application's own errors -------------------------------------------------------------


@everywhere
async def test_an_error_surfaces_as_itself_after_what_was_sent(client: Client) -> None:
    with pytest.raises(ZeroDivisionError, match="in the application") as raised:
        async with client(broken).websocket_connect("/") as session:
            assert [await session.receive_text() for _ in range(2)] == ["before"]
    assert raised.traceback[-1].name == "broken"


@everywhere
async def test_an_error_surfaces_on_leaving(client: Client) -> None:
    with pytest.raises(ZeroDivisionError):
        async with client(broken).websocket_connect("/"):
            pass


@everywhere
async def test_an_error_surfaces_once(client: Client) -> None:
    async with client(broken).websocket_connect("/") as session:
        await session.receive_text()
        with pytest.raises(ZeroDivisionError):
            await session.receive_text()


@everywhere
async def test_an_error_before_the_answer_surfaces_on_entering(client: Client) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise LookupError("early")

    with pytest.raises(LookupError, match="early"):
        await client(app).websocket_connect("/").__aenter__()


@everywhere
async def test_an_error_after_a_refusal_is_not_hidden_by_it(client: Client) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.close"})
        raise LookupError("after the refusal")

    with pytest.raises(LookupError, match="after the refusal"):
        await client(app).websocket_connect("/").__aenter__()


@everywhere
async def test_an_error_replaces_the_news_of_the_close(client: Client) -> None:
    @accepted
    async def app(receive: Receive, send: Send) -> None:
        await send({"type": "websocket.close", "code": 1011})
        raise LookupError("after the close")

    with pytest.raises(LookupError) as raised:
        async with client(app).websocket_connect("/") as session:
            await session.receive_text()
    assert isinstance(raised.value.__context__, WebSocketDisconnect)


@everywhere
async def test_next_to_the_error_of_the_test_it_is_a_note(client: Client) -> None:
    with pytest.raises(KeyError) as raised:
        async with client(broken).websocket_connect("/"):
            raise KeyError("the test's own")
    assert "ZeroDivisionError: in the application" in raised.value.__notes__[0]


@everywhere
async def test_the_error_of_the_test_stops_the_application(client: Client) -> None:
    with pytest.raises(KeyError) as raised:
        async with client(stubborn).websocket_connect("/", timeout=SHORT):
            raise KeyError("the test's own")
    assert not hasattr(raised.value, "__notes__")


@everywhere
@pytest.mark.parametrize("error", [WebSocketDisconnect(1000), None])
async def test_news_of_the_clients_leaving_ends_quietly(
    client: Client, error: Exception | None
) -> None:
    @accepted
    async def app(receive: Receive, send: Send) -> None:
        await receive()
        if error:
            raise error
        await send({"type": "websocket.send", "text": "too late"})

    async with client(app).websocket_connect("/"):
        pass


@everywhere
@pytest.mark.parametrize("error", [WebSocketDisconnected(1000), OSError("a disk, not the client")])
async def test_other_errors_after_the_clients_leaving_surface(
    client: Client, error: Exception
) -> None:
    @accepted
    async def app(receive: Receive, send: Send) -> None:
        await receive()
        raise error

    with pytest.raises(type(error)) as raised:
        async with client(app).websocket_connect("/"):
            pass
    assert raised.value is error


@faces("async-asyncio", "async-trio", "sync-asyncio")  # anyio's portal takes no BaseException
async def test_a_failing_assertion_of_pytest_surfaces(client: Client) -> None:
    @accepted
    async def app(receive: Receive, send: Send) -> None:
        pytest.fail("inside the application")

    with pytest.raises(pytest.fail.Exception, match="inside the application"):
        async with client(app).websocket_connect("/"):
            pass


# --- The strict server ------------------------------------------------------------------------

ILLEGAL: dict[str, tuple[str, list[Any]]] = {
    "no dict": ("Error Handling", [ACCEPT, "websocket.send"]),
    "no type": ("Error Handling", [ACCEPT, {"text": "x"}]),
    "a type that is no str": ("Error Handling", [ACCEPT, {"type": ["websocket.send"]}]),
    "an unknown type": ("Error Handling", [ACCEPT, {"type": "websocket.ping"}]),
    "send before accept": ("Send - send event", [{"type": "websocket.send", "text": "x"}]),
    "accept twice": ("Accept - send event", [ACCEPT, ACCEPT]),
    "send after close": (
        "Send - send event",
        [ACCEPT, {"type": "websocket.close"}, {"type": "websocket.send", "text": "x"}],
    ),
    "close twice": (
        "Close - send event",
        [{"type": "websocket.close"}, {"type": "websocket.close"}],
    ),
    "a response after accept": (
        "Websocket Denial Response",
        [ACCEPT, {"type": "websocket.http.response.start", "status": 400}],
    ),
    "a body before its start": (
        "Websocket Denial Response",
        [{"type": "websocket.http.response.body"}],
    ),
    "a response that has ended": (
        "Websocket Denial Response",
        [
            {"type": "websocket.http.response.start", "status": 400},
            {"type": "websocket.http.response.body"},
            {"type": "websocket.http.response.body"},
        ],
    ),
    "accept in a response": (
        "Accept - send event",
        [{"type": "websocket.http.response.start", "status": 400}, ACCEPT],
    ),
    "a message of the lifespan": ("Error Handling", [{"type": "lifespan.startup.complete"}]),
    **{
        f"accept with {fields}": ("Accept - send event", [{**ACCEPT, **fields}])
        for fields in (
            {"subprotocol": "talk"},
            {"subprotocol": b"chat"},
            {"headers": None},
            {"headers": {b"a": b"b"}},
            {"headers": [b"ab"]},
            {"headers": [("a", "b")]},
            {"headers": [(b"a", b"b", b"c")]},
            {"headers": [(b"Upper", b"b")]},
            {"headers": [(b":status", b"b")]},
            {"headers": [(b"sec-websocket-protocol", b"chat")]},
        )
    },
    **{
        f"send with {fields}": ("Send - send event", [ACCEPT, {"type": "websocket.send", **fields}])
        for fields in (
            {},
            {"text": None, "bytes": None},
            {"text": "x", "bytes": b"x"},
            {"text": b"x"},
            {"text": "\ud800"},
            {"bytes": "x"},
            {"bytes": bytearray(b"x")},
        )
    },
    **{
        f"close with {fields}": (
            "Close - send event",
            [ACCEPT, {"type": "websocket.close", **fields}],
        )
        for fields in (
            {"code": "1000"},
            {"code": None},
            {"code": True},
            {"code": 999},
            {"code": 1004},
            {"code": 1005},
            {"code": 1006},
            {"code": 1015},
            {"code": 2999},
            {"code": 5000},
            {"reason": b"x"},
            {"reason": "é" * 62},
            {"reason": "\ud800"},
        )
    },
    **{
        f"response with {fields}": (
            "Websocket Denial Response",
            [{"type": "websocket.http.response.start", **fields}],
        )
        for fields in (
            {},
            {"status": "400"},
            {"status": 101},
            {"status": 600},
            {"status": 400, "headers": [("a", "b")]},
        )
    },
    **{
        f"body with {fields}": (
            "Websocket Denial Response",
            [
                {"type": "websocket.http.response.start", "status": 400},
                {"type": "websocket.http.response.body", **fields},
            ],
        )
        for fields in ({"body": "x"}, {"body": None}, {"more_body": 1})
    },
}


@pytest.mark.parametrize("case", ILLEGAL)
def test_an_illegal_message_fails_with_the_rule(case: str) -> None:
    section, messages = ILLEGAL[case]
    with (
        pytest.raises(ConversationError, match=f'^ASGI, "{section}') as raised,
        TestClient(sending(*messages)).websocket_connect("/", subprotocols=["chat"]) as session,
    ):
        session.receive()
    assert "The application sent: " in str(raised.value)


def test_legal_messages_at_the_limits_pass() -> None:
    app = sending(
        {"type": "websocket.accept", "subprotocol": None, "headers": ([b"a", b"B"],), "x": 1},
        {"type": "websocket.send", "text": "", "bytes": None},
        {"type": "websocket.send", "bytes": b""},
        {"type": "websocket.close", "code": 4999, "reason": "é" * 61 + "x"},
    )
    with TestClient(app).websocket_connect("/") as session:
        assert (session.receive_text(), session.receive_bytes()) == ("", b"")
        session.expect_close(4999)


def test_a_denial_needs_the_extension() -> None:
    app = sending({"type": "websocket.http.response.start", "status": 400})
    session = TestClient(app).websocket_connect("/", extensions=None)
    with pytest.raises(ConversationError, match="the server offers the extension"):
        session.__enter__()
    assert session.scope["extensions"] == {}


@everywhere
async def test_a_violation_that_the_application_swallows_fails_the_next_call(
    client: Client,
) -> None:
    with pytest.raises(ConversationError, match='exactly one of "text" and "bytes" is set'):
        async with client(secretive).websocket_connect("/") as session:
            await session.receive_text()


@everywhere
async def test_a_violation_that_the_application_swallows_fails_the_exit(client: Client) -> None:
    with pytest.raises(ConversationError, match='exactly one of "text" and "bytes" is set'):
        async with client(secretive).websocket_connect("/"):
            pass


@everywhere
async def test_an_application_that_swallows_violations_for_ever_is_stopped(client: Client) -> None:
    @accepted
    async def app(receive: Receive, send: Send) -> None:
        while True:
            try:
                await send({"type": "websocket.send"})
            except Exception:
                continue

    with pytest.raises(ConversationError, match="exactly one"):
        async with client(app).websocket_connect("/", timeout=SHORT):
            pass


@everywhere
async def test_what_the_application_does_to_its_messages_later_changes_nothing(
    client: Client,
) -> None:
    @accepted
    async def app(receive: Receive, send: Send) -> None:
        message = {"type": "websocket.send", "text": "first"}
        await send(message)
        message["text"] = "second"
        (await receive()).clear()

    async with client(app).websocket_connect("/") as session:
        await session.send_text("kept")
        assert await session.receive_text() == "first"
    assert session.messages[3].message["text"] == "kept"


# --- Leaving and closing ----------------------------------------------------------------------


@everywhere
async def test_the_application_is_told_code_and_reason(client: Client) -> None:
    told: list[Message] = []

    @accepted
    async def app(receive: Receive, send: Send) -> None:
        told.append(await receive())

    async with client(app).websocket_connect("/") as session:
        await session.close(1001, "moving on")
        await session.close(4000)
    async with client(app).websocket_connect("/") as session:
        await session.close(1006)
    async with client(app).websocket_connect("/"):
        pass
    assert told == [
        {"type": "websocket.disconnect", "code": 1001, "reason": "moving on"},
        {"type": "websocket.disconnect", "code": 1006, "reason": ""},
        {"type": "websocket.disconnect", "code": 1000, "reason": ""},
    ]


@everywhere
async def test_what_came_before_leaving_can_still_be_received(client: Client) -> None:
    @accepted
    async def app(receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.send", "text": "first"})
        await send({"type": "websocket.send", "text": "early"})
        await receive()

    async with client(app).websocket_connect("/") as session:
        await session.send_text("")
        assert await session.receive_text() == "first"
        await session.close()
        assert await session.receive_text() == "early"
        with pytest.raises(ConversationError, match="over"):
            await session.receive()


@everywhere
async def test_a_session_is_entered_first_and_only_once(client: Client) -> None:
    session = client(echo).websocket_connect("/")
    with pytest.raises(RuntimeError, match="Enter the session first"):
        await session.send_text("x")
    with pytest.raises(RuntimeError, match="Enter the session first"):
        await session.receive()
    async with session:
        pass
    with pytest.raises(RuntimeError, match="A session is entered once"):
        await session.__aenter__()


@everywhere
async def test_keys_and_types_that_asgi_does_not_know_change_nothing(client: Client) -> None:
    class Kind(str, Enum):  # noqa: UP042  # a StrEnum would look the same as a str
        CLOSE = "websocket.close"

    app = sending({**ACCEPT, "more_body": True}, {"type": Kind.CLOSE, "more_body": True})
    async with client(app).websocket_connect("/") as session:
        await session.expect_close()
        with pytest.raises(ConversationError, match="over"):
            await session.receive()


@everywhere
async def test_expect_close_returns_the_close(client: Client) -> None:
    @accepted
    async def app(receive: Receive, send: Send) -> None:
        await send({"type": "websocket.close", "code": 4001, "reason": "bye"})

    for reason in (None, "bye"):
        async with client(app).websocket_connect("/") as session:
            assert await session.expect_close(4001, reason) == {
                "type": "websocket.close",
                "code": 4001,
                "reason": "bye",
            }


@everywhere
@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"type": "websocket.send", "text": "x"}, "websocket.close code=1000, got websocket.send"),
        ({"type": "websocket.close", "code": 4001}, "code=1000, got websocket.close code=4001"),
        ({"type": "websocket.close"}, "code=1000 reason='bye', got websocket.close."),
    ],
)
async def test_expect_close_says_what_came_instead(
    client: Client, message: Message, expected: str
) -> None:
    reason = "bye" if "bye" in expected else None
    async with client(sending(ACCEPT, message)).websocket_connect("/") as session:
        with pytest.raises(ConversationError, match=expected) as raised:
            await session.expect_close(reason=reason)
    assert "send websocket.accept" in str(raised.value)


@everywhere
async def test_a_close_is_news_to_the_receiver_of_data(client: Client) -> None:
    app = sending(ACCEPT, {"type": "websocket.close", "code": 4001, "reason": "bye"})
    for receive in ("receive_text", "receive_bytes", "receive_json"):
        async with client(app).websocket_connect("/") as session:
            with pytest.raises(WebSocketDisconnect) as raised:
                await getattr(session, receive)()
        assert (raised.value.code, raised.value.reason) == (4001, "bye")


@everywhere
async def test_after_a_refusal_the_application_is_told_the_end_once(client: Client) -> None:
    told: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.close", "code": 4001})
        told.append(await receive())

    with pytest.raises(WebSocketDisconnect):
        await client(app).websocket_connect("/").__aenter__()
    assert told == [{"type": "websocket.disconnect", "code": 1006, "reason": ""}]


# --- The request ------------------------------------------------------------------------------


def request(url: str, *, base_url: str = "http://testserver", **options: Any) -> Scope:
    """The scope that the application is called with."""
    with TestClient(echo, base_url).websocket_connect(url, **options) as session:
        return session.scope


def test_the_scope_is_complete() -> None:
    assert request("/a%20b/é?q=ç d", subprotocols=["chat"]) == {
        "type": "websocket",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "scheme": "ws",
        "path": "/a b/é",
        "raw_path": b"/a%20b/%C3%A9",
        "root_path": "",
        "query_string": b"q=%C3%A7%20d",
        "headers": [
            (b"host", b"testserver"),
            (b"user-agent", b"testclient"),
            (b"connection", b"upgrade"),
            (b"upgrade", b"websocket"),
            (b"sec-websocket-key", b"dGhlIHNhbXBsZSBub25jZQ=="),
            (b"sec-websocket-version", b"13"),
            (b"sec-websocket-protocol", b"chat"),
        ],
        "client": ("testclient", 50000),
        "server": ["testserver", 80],
        "subprotocols": ["chat"],
        "state": {},
        "extensions": {"websocket.http.response": {}},
    }


@pytest.mark.parametrize(
    ("base_url", "url", "scheme", "host", "server"),
    [
        ("http://testserver", "/", "ws", b"testserver", ["testserver", 80]),
        ("https://testserver", "/", "wss", b"testserver", ["testserver", 443]),
        ("ws://lily:8000", "/", "ws", b"lily:8000", ["lily", 8000]),
        (
            "http://testserver",
            "ws://example.com:123/",
            "ws",
            b"example.com:123",
            ["example.com", 123],
        ),
        (
            "http://testserver",
            "wss://example.com:443/",
            "wss",
            b"example.com",
            ["example.com", 443],
        ),
        ("http://testserver", "https://example.com", "wss", b"example.com", ["example.com", 443]),
        ("http://testserver", "ws://[::1]:8000/", "ws", b"[::1]:8000", ["::1", 8000]),
    ],
)
def test_the_url_names_scheme_host_and_server(
    base_url: str, url: str, scheme: str, host: bytes, server: list[Any]
) -> None:
    scope = request(url, base_url=base_url)
    assert (scope["scheme"], scope["headers"][0], scope["server"], scope["path"]) == (
        scheme,
        (b"host", host),
        server,
        "/",
    )


@pytest.mark.parametrize("url", ["ftp://example.com/", "ws:///path", "mailto:a@b"])
def test_a_url_of_no_websocket_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="A WebSocket URL has a host"):
        TestClient(echo).websocket_connect(url)


@pytest.mark.parametrize(
    ("params", "query"),
    [
        (None, b"q=1"),
        ({}, b"q=1"),
        ({"a": "b c", "list": [1, 2]}, b"q=1&a=b+c&list=1&list=2"),
        ([("a", "ç"), ("a", 2)], b"q=1&a=%C3%A7&a=2"),
    ],
)
def test_parameters_join_the_query(params: Any, query: bytes) -> None:
    assert request("/?q=1#fragment", params=params)["query_string"] == query


def test_headers_are_added_in_lower_case_and_replace_the_usual_ones() -> None:
    pairs = [("Origin", "http://lily"), (b"X-Many", b"1"), ("x-many", "2"), ("User-Agent", "me")]
    headers = request("/", headers=pairs)["headers"]
    assert headers[-4:] == [
        (b"origin", b"http://lily"),
        (b"x-many", b"1"),
        (b"x-many", b"2"),
        (b"user-agent", b"me"),
    ]
    assert [name for name, _ in headers].count(b"user-agent") == 1
    assert (b"host", b"other") in request("/", headers={"Host": "other"})["headers"]


def test_cookies_are_one_header() -> None:
    headers = request("/", cookies={"user": "ana", "theme": "dark"})["headers"]
    assert (b"cookie", b"user=ana; theme=dark") in headers


# --- The lifespan -----------------------------------------------------------------------------


def lifespan(log: list[str], answers: dict[str, Message]) -> ASGIApp:
    """An application that answers each event of the lifespan as *answers* say."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await echo(scope, receive, send)
            return
        while True:
            event = await receive()
            log.append(event["type"])
            scope["state"]["lily"] = "white"
            await send(answers[event["type"]])
            if event["type"] == "lifespan.shutdown":
                return

    return app


STARTUP: dict[str, Message] = {"lifespan.startup": {"type": "lifespan.startup.complete"}}
SHUTDOWN: dict[str, Message] = {"lifespan.shutdown": {"type": "lifespan.shutdown.complete"}}


@everywhere
async def test_the_lifespan_surrounds_the_sessions_and_its_state_is_copied(client: Client) -> None:
    log: list[str] = []
    async with client(lifespan(log, STARTUP | SHUTDOWN)) as entered:
        async with entered.websocket_connect("/") as one:
            one.scope["state"]["rose"] = "red"
        async with entered.websocket_connect("/") as two:
            await two.send_text("x")
            assert await two.receive_text() == "x"
        log.append("sessions")
    assert two.scope["state"] == {"lily": "white"}
    assert log == ["lifespan.startup", "sessions", "lifespan.shutdown"]


@everywhere
async def test_without_entering_the_client_there_is_no_lifespan(client: Client) -> None:
    log: list[str] = []
    async with client(lifespan(log, {})).websocket_connect("/") as session:
        assert session.scope["state"] == {}
    assert log == []


@everywhere
async def test_an_application_without_lifespan_is_served_all_the_same(client: Client) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "websocket"
        await echo(scope, receive, send)

    async with client(app) as entered, entered.websocket_connect("/") as session:
        await session.send_text("x")
        assert await session.receive_text() == "x"


@everywhere
async def test_a_failed_startup_and_a_failed_shutdown_are_errors(client: Client) -> None:
    failed: Message = {"type": "lifespan.startup.failed", "message": "no database"}
    with pytest.raises(RuntimeError, match=r"lifespan.startup.failed: no database"):
        await client(sending(failed)).__aenter__()
    failed = {"type": "lifespan.shutdown.failed", "message": "still busy"}
    with pytest.raises(RuntimeError, match=r"lifespan.shutdown.failed: still busy"):
        async with client(lifespan([], STARTUP | {"lifespan.shutdown": failed})):
            pass


@everywhere
async def test_an_error_in_the_shutdown_surfaces(client: Client) -> None:
    with pytest.raises(KeyError, match=r"lifespan.shutdown"):
        async with client(lifespan([], STARTUP)):
            pass


@everywhere
async def test_an_application_that_takes_the_lifespan_for_a_connection_has_none(
    client: Client,
) -> None:
    async with client(echo) as entered, entered.websocket_connect("/") as session:
        await session.send_text("x")
        assert await session.receive_text() == "x"


@everywhere
async def test_a_message_that_the_lifespan_may_not_send_later_is_an_error(client: Client) -> None:
    with pytest.raises(ConversationError, match=r"what may be sent now is lifespan.shutdown"):
        async with client(lifespan([], STARTUP | {"lifespan.shutdown": ACCEPT})):
            pass


# --- Where it runs ----------------------------------------------------------------------------


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_the_synchronous_client_works_inside_a_running_loop(backend: Any) -> None:
    async def test() -> None:
        with TestClient(echo).websocket_connect("/") as session:
            session.send_text("from a notebook")
            assert session.receive_text() == "from a notebook"

    anyio.run(test, backend=backend)


def test_backend_options_reach_the_backend() -> None:
    seen: list[bool] = []

    @accepted
    async def app(receive: Receive, send: Send) -> None:
        seen.append(asyncio.get_running_loop().get_debug())

    with TestClient(app, backend_options={"debug": True}).websocket_connect("/"):
        pass
    assert seen == [True]


def test_the_synchronous_client_starts_no_thread_on_asyncio() -> None:
    threads: list[threading.Thread] = []

    @accepted
    async def app(receive: Receive, send: Send) -> None:
        threads.append(threading.current_thread())

    with TestClient(app) as client, client.websocket_connect("/"):
        pass
    assert threads == [threading.current_thread()]


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_cancelled_session_stops_its_application(backend: Any) -> None:
    ended: list[str] = []

    @accepted
    async def app(receive: Receive, send: Send) -> None:
        try:
            await anyio.sleep_forever()
        finally:
            ended.append("application")

    async def test() -> None:
        with anyio.move_on_after(SHORT) as scope:
            async with AsyncTestClient(app).websocket_connect("/") as session:
                await session.receive()
        assert scope.cancelled_caught

    anyio.run(test, backend=backend)
    assert ended == ["application"]


@pytest.mark.parametrize("app", [echo, silent, stubborn, broken, greedy, endless, secretive])
def test_no_task_and_no_warning_is_left_over(app: ASGIApp) -> None:
    async def test() -> None:
        with suppress(ConversationError, ZeroDivisionError):
            async with AsyncTestClient(app).websocket_connect("/", timeout=SHORT):
                pass
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(test(), debug=True)  # pytest makes an error of every warning, also of a late one
    gc.collect()


@pytest.mark.parametrize("when", ["starting", "entering", "receiving", "leaving"])
def test_a_ctrl_c_comes_through_and_the_application_is_stopped(when: str) -> None:
    ended: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        if when not in ("starting", "entering"):
            await send({"type": "websocket.accept"})
            await receive()
        asyncio.get_running_loop().call_soon(interrupt)
        try:
            await anyio.sleep_forever()
        finally:
            ended.append("application")

    def interrupt() -> None:
        raise KeyboardInterrupt

    def talk() -> None:
        with client if when == "starting" else nullcontext(), connect() as session:
            if when == "receiving":
                session.send_text("now")
                session.receive()

    client = TestClient(app)
    connect = functools.partial(client.websocket_connect, "/")
    for times in (1, 2):  # the loop is as good as before
        with pytest.raises(KeyboardInterrupt):
            talk()
        assert ended == ["application"] * times


def test_a_session_from_outside_cannot_wait_in_a_loop_and_is_as_good_afterwards() -> None:
    client = TestClient(echo)
    with client.websocket_connect("/") as session:
        session.send_text("a")

        async def test() -> None:
            with pytest.raises(RuntimeError, match="Use AsyncTestClient"):
                session.receive_text()

        asyncio.run(test())
        with client.websocket_connect("/"):
            assert session.receive_text() == "a"


def test_an_application_that_makes_noise_all_the_time_is_not_waited_for_longer() -> None:
    @accepted
    async def app(receive: Receive, send: Send) -> None:
        while True:
            with suppress(Exception):
                await receive()

    async def test() -> None:
        async with AsyncTestClient(app).websocket_connect("/", timeout=SHORT) as session:
            await session.close()

    with pytest.raises(ConversationTimeout, match="has not ended within"):
        asyncio.run(test())


def test_the_private_loop_is_closed_with_its_client() -> None:
    loops: list[asyncio.AbstractEventLoop] = []

    @accepted
    async def app(receive: Receive, send: Send) -> None:
        loops.append(asyncio.get_running_loop())

    client = TestClient(app)
    for _ in range(2):
        with client.websocket_connect("/"):
            pass
    assert loops[0] is loops[1]
    assert not loops[0].is_closed()
    del client
    gc.collect()
    assert loops[0].is_closed()


def forget(client: TestClient) -> None:
    session = client.websocket_connect("/")
    session.__enter__()
    circle: list[object] = [session]
    circle.append(circle)


def test_a_session_that_was_forgotten_ends_with_its_client(
    caplog: pytest.LogCaptureFixture,
) -> None:
    ended: list[str] = []

    @accepted
    async def app(receive: Receive, send: Send) -> None:
        try:
            await receive()
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    client = TestClient(app)
    forget(client)
    gc.collect()
    assert ended == []
    del client
    gc.collect()
    assert (ended, caplog.messages) == (["cancelled"], [])


@pytest.mark.parametrize("when", ["entering", "receiving"])
def test_the_collector_may_find_a_forgotten_session_at_any_moment(when: str) -> None:
    loops: list[Any] = []
    timers: list[asyncio.TimerHandle] = []
    hung: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        loops.append(asyncio.get_running_loop())
        await echo(scope, receive, send)

    client = TestClient(app)
    forget(client)
    loop = loops[0]
    stop = loop.stop

    def stop_and_collect() -> None:
        stop()
        gc.collect()
        timers.append(loop.call_later(10, rescue))

    def rescue() -> None:
        hung.append(when)
        stop()

    with client.websocket_connect("/") if when == "receiving" else nullcontext() as session:
        loop.stop = stop_and_collect
        if session:
            session.send_text("a")
            session.receive_text()
        else:
            client.websocket_connect("/").__enter__()
        del loop.stop
    assert timers
    for timer in timers:
        timer.cancel()
    assert hung == []


def test_no_more_is_imported_than_is_needed() -> None:
    code = """if True:
        import sys, lilyaref
        print([name for name in ("asyncio", "anyio", "lilyaref.testclient") if name in sys.modules])
        from lilyaref.testclient import TestClient
        async def app(scope, receive, send):
            await send({"type": "websocket.accept"})
        with TestClient(app).websocket_connect("/"):
            print("anyio" in sys.modules)
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("[]\nFalse\n", "")


def test_the_two_sessions_have_the_same_names() -> None:
    def public(kind: type) -> set[str]:
        return {name for name in dir(kind) if not name.startswith("_")}

    assert public(WebSocketSession) == public(AsyncWebSocketSession)


# --- What is no ASGI 3 application ------------------------------------------------------------


def test_the_double_callable_of_asgi_2_is_refused() -> None:
    class Old:
        def __init__(self, scope: Scope) -> None: ...

        async def __call__(self, receive: Receive, send: Send) -> None: ...

    def old(scope: Scope) -> Any: ...

    for app in (Old, old):
        with pytest.raises(TypeError, match=r"\(scope, receive, send\).*ld\(scope"):
            TestClient(cast(ASGIApp, app))


def test_any_callable_of_three_arguments_is_taken() -> None:
    class Instance:
        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            await echo(scope, receive, send)

    for app in (Instance(), functools.partial(echo), lambda *a: echo(*a)):
        with TestClient(app).websocket_connect("/") as session:
            session.send_text(json.dumps(1))
            assert session.receive_json() == 1


# --- At the edges -----------------------------------------------------------------------------


class WithoutSignature:
    """Such as some callables written in C."""

    __signature__ = "none"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close"})


def test_an_application_without_a_signature_is_called_all_the_same() -> None:
    with TestClient(WithoutSignature()).websocket_connect("/") as session:
        session.expect_close()


def test_what_crosses_the_close_of_the_application_is_lost() -> None:
    with TestClient(WithoutSignature()).websocket_connect("/") as session:
        session.send_text("too late")
        session.expect_close()
    assert [entry.direction for entry in session.messages] == ["receive", "send", "send"]


def test_an_application_that_ends_with_the_lifespan_has_nothing_to_answer() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})

    with TestClient(app):
        pass


def test_an_application_that_is_silent_at_startup_is_told_apart_from_one_without_lifespan(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await receive()

    monkeypatch.setattr(testclient, "TIMEOUT", 0.05)
    with pytest.raises(ConversationTimeout, match=r"lifespan.startup"), TestClient(app):
        pass
