"""The WebSocket, sentence by sentence: its states, its errors, its data, and what it never does."""

import asyncio
import json
import math
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import suppress
from enum import IntEnum
from http import HTTPStatus
from typing import Any, TypeAlias, TypeVar, cast

import anyio
import pytest

from lilyaref.codes import CloseCode
from lilyaref.exceptions import (
    InvalidJSON,
    WebSocketDataError,
    WebSocketDisconnect,
    WebSocketDisconnected,
    WebSocketRuntimeError,
)
from lilyaref.lifecycle import (
    CONNECTED,
    CONNECTING,
    DISCONNECTED,
    RECEIVE,
    RESPONSE,
    SEND,
    WebSocketState,
    step,
)
from lilyaref.responses import Response
from lilyaref.types import Message
from lilyaref.websockets import WebSocket, WebSocketClose
from tests.scripted import BYTES, CONNECT, LEFT, TEXT, Server, answer, error_of, opened, run, turn

T = TypeVar("T")
Call: TypeAlias = Callable[[WebSocket], Coroutine[Any, Any, object]]

SECRET = "correct-horse-battery-staple"
BUFFER = SECRET.encode()
START: Message = {"type": "websocket.http.response.start", "status": 401, "headers": []}
BODY: Message = {"type": "websocket.http.response.body", "body": b"no"}
DENIAL = answer(START, BODY)


class Number(IntEnum):
    PRIVATE = 4000
    TEAPOT = 418


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return cast("str", request.param)


async def every(iterator: AsyncIterator[T]) -> list[T]:
    return [item async for item in iterator]


async def one(iterator: AsyncIterator[T]) -> T | None:
    """The next item; None at the end."""
    return await anext(iterator, None)


def states(websocket: WebSocket) -> tuple[WebSocketState, WebSocketState]:
    return websocket.client_state, websocket.application_state


def end(websocket: WebSocket) -> tuple[int | None, str | None]:
    return websocket.close_code, websocket.close_reason


# ── Every operation in every state (contract §4) ────────────────────────────────────────────────

# What the server would deliver next, the call, what it returns if it reads, what it sends if it
# sends. `receive` returns whatever is next.
OPERATIONS: dict[str, tuple[Message, Call, object, list[str]]] = {
    "accept": (TEXT, lambda w: w.accept(), None, ["websocket.accept"]),
    "receive": (TEXT, lambda w: w.receive(), None, []),
    "receive_text": (TEXT, lambda w: w.receive_text(), "hello", []),
    "receive_bytes": (BYTES, lambda w: w.receive_bytes(), b"hello", []),
    "receive_json": ({**TEXT, "text": "[1]"}, lambda w: w.receive_json(), [1], []),
    "iter_text": (TEXT, lambda w: every(w.iter_text()), ["hello"], []),
    "iter_bytes": (BYTES, lambda w: every(w.iter_bytes()), [b"hello"], []),
    "iter_json": ({**TEXT, "text": "[1]"}, lambda w: every(w.iter_json()), [[1]], []),
    "send_text": (TEXT, lambda w: w.send_text("x"), None, ["websocket.send"]),
    "send_bytes": (TEXT, lambda w: w.send_bytes(b"x"), None, ["websocket.send"]),
    "send_json": (TEXT, lambda w: w.send_json(1), None, ["websocket.send"]),
    "close": (TEXT, lambda w: w.close(), None, ["websocket.close"]),
    "deny": (TEXT, lambda w: w.send_denial_response(DENIAL), None, [START["type"], BODY["type"]]),
    "untyped": (TEXT, lambda w: w.send({"text": "x"}), None, []),
}

# order: a WebSocketRuntimeError; ended: a WebSocketDisconnected; either way nobody is asked.
# quiet: it returns, and nobody is asked.
MATRIX = """
               before met   accepted response left  left_early closed read_out refused denied lost
accept         sent   sent  order    order    ended ended      ended  ended    ended   ended  ended
receive        data   data  data     order    ended ended      data   ended    ended   ended  data
receive_text   order  order data     order    ended ended      ended  ended    ended   ended  data
receive_bytes  order  order data     order    ended ended      ended  ended    ended   ended  data
receive_json   order  order data     order    ended ended      ended  ended    ended   ended  data
iter_text      order  order data     order    quiet quiet      quiet  quiet    quiet   quiet  data
iter_bytes     order  order data     order    quiet quiet      quiet  quiet    quiet   quiet  data
iter_json      order  order data     order    quiet quiet      quiet  quiet    quiet   quiet  data
send_text      order  order sent     order    ended ended      ended  ended    ended   ended  ended
send_bytes     order  order sent     order    ended ended      ended  ended    ended   ended  ended
send_json      order  order sent     order    ended ended      ended  ended    ended   ended  ended
close          sent   sent  sent     order    quiet quiet      ended  ended    ended   ended  quiet
deny           sent   sent  order    order    ended ended      ended  ended    ended   ended  ended
untyped        order  order order    order    order order      order  order    order   order  order
"""

ENDS: dict[str, tuple[int, str]] = {
    "left": (4001, "bye"),
    "left_early": (4001, "bye"),
    "closed": (3000, "done"),  # our own code, whatever the server reports afterwards
    "read_out": (3000, "done"),
    "refused": (4003, "no"),
    "denied": (1006, ""),
    "lost": (1006, ""),
}


def arrange(state: str, event: Message) -> tuple[Server, WebSocket]:
    """A connection in *state*, with *event* and then the client's leaving still to be read."""
    if state in ("before", "met", "response", "refused", "denied", "left_early"):
        server = Server(*([LEFT] if state == "left_early" else [CONNECT, event, LEFT]))
        websocket = server.websocket()
        early: dict[str, Call] = {
            "met": lambda w: w.receive(),
            "left_early": lambda w: w.receive(),
            "response": lambda w: w.send(START),
            "refused": lambda w: w.close(4003, "no"),
            "denied": lambda w: w.send_denial_response(DENIAL),
        }
        if state in early:
            run(early[state](websocket))
    elif state in ("accepted", "lost"):
        server, websocket = opened(event, LEFT, errors={1: OSError()} if state == "lost" else {})
        if state == "lost":
            error_of(WebSocketDisconnect, websocket.send_text("x"))
    else:
        server, websocket = opened(LEFT)
        if state == "left":
            error_of(WebSocketDisconnect, websocket.receive_text())
        else:
            run(websocket.close(3000, "done"))
            if state == "read_out":
                run(websocket.receive())
    server.sent.clear()
    return server, websocket


def cells(*wanted: str) -> list[Any]:
    header, *rows = (line.split() for line in MATRIX.strip().splitlines())
    return [
        pytest.param(operation, state, id=f"{operation}-{state}")
        for operation, *row in rows
        for state, expected in zip(header, row, strict=True)
        if expected in wanted
    ]


@pytest.mark.parametrize(("operation", "state"), cells("sent"))
def test_an_operation_that_may_send_now_sends_just_its_messages(operation: str, state: str) -> None:
    event, call, _, sends = OPERATIONS[operation]
    server, websocket = arrange(state, event)
    assert run(call(websocket)) is None
    assert server.sent_types == sends
    assert [*server.events] == [event, LEFT]


@pytest.mark.parametrize(("operation", "state"), cells("data"))
def test_an_operation_that_may_read_now_returns_what_came(operation: str, state: str) -> None:
    event, call, data, _ = OPERATIONS[operation]
    server, websocket = arrange(state, event)
    following = server.events[0]
    assert run(call(websocket)) == (following if operation == "receive" else data)
    assert server.sent == []


@pytest.mark.parametrize(("operation", "state"), cells("order", "ended", "quiet"))
def test_an_operation_that_cannot_be_served_asks_nobody(operation: str, state: str) -> None:
    event, call, _, _ = OPERATIONS[operation]
    server, websocket = arrange(state, event)
    waiting = [*server.events]
    client, application = states(websocket)
    try:
        run(call(websocket))
    except WebSocketRuntimeError:
        assert websocket.application_state is application
    assert server.sent == []
    assert [*server.events] == waiting
    assert websocket.client_state is client


@pytest.mark.parametrize(("operation", "state"), cells("order"))
def test_an_operation_out_of_order_says_what_where_and_what_else(
    operation: str, state: str
) -> None:
    event, call, _, _ = OPERATIONS[operation]
    _, websocket = arrange(state, event)
    text = str(error_of(WebSocketRuntimeError, call(websocket)))
    if operation == "untyped":
        assert '"type"' in text
        return
    assert text.startswith("send_denial_response()" if operation == "deny" else f"{operation}()")
    for standing in states(websocket):
        assert standing.name in text
    assert "Allowed now: " in text
    if state in ("before", "met"):
        assert "accept()" in text


@pytest.mark.parametrize(("operation", "state"), cells("ended"))
def test_an_operation_after_the_end_names_the_code_it_ended_with(
    operation: str, state: str
) -> None:
    event, call, _, _ = OPERATIONS[operation]
    _, websocket = arrange(state, event)
    error = error_of(WebSocketDisconnected, call(websocket))
    assert (error.code, error.reason) == ENDS[state]
    text = str(error)
    assert text.startswith("send_denial_response()" if operation == "deny" else f"{operation}()")
    assert str(error.code) in text
    assert "Allowed now: " in text
    assert ("accept" in text) == (operation == "accept")  # never "call accept first"


@pytest.mark.parametrize(("operation", "state"), cells("quiet"))
def test_an_operation_that_needs_nobody_returns_quietly(operation: str, state: str) -> None:
    event, call, _, _ = OPERATIONS[operation]
    _, websocket = arrange(state, event)
    assert not run(call(websocket))
    assert not run(call(websocket))


def test_the_table_of_operations_has_no_gap() -> None:
    assert len([*cells("sent", "data", "order", "ended", "quiet")]) == len(OPERATIONS) * 11


@pytest.mark.parametrize("kind", [message["type"] for message in (START, BODY)])
@pytest.mark.parametrize("state", ENDS)
def test_a_raw_message_after_the_end_is_refused(state: str, kind: str) -> None:
    server, websocket = arrange(state, TEXT)
    error = error_of(WebSocketDisconnected, websocket.send({"type": kind, "status": 403}))
    assert (error.code, error.reason) == ENDS[state]
    assert kind in str(error)
    assert server.sent == []


def test_after_our_close_the_closing_disconnect_is_read_once() -> None:
    server, websocket = opened(LEFT)
    run(websocket.close(3000, "done"))
    assert states(websocket) == (CONNECTED, DISCONNECTED)
    assert run(websocket.receive()) == LEFT
    assert states(websocket) == (DISCONNECTED, DISCONNECTED)
    error_of(WebSocketDisconnected, websocket.receive())
    assert end(websocket) == (3000, "done")
    assert not server.events


QUIET = "close(), which does nothing"


@pytest.mark.parametrize(
    ("state", "end", "allowed"),
    [
        pytest.param("left", "the client had left", QUIET, id="left"),
        pytest.param("left_early", "the client had left", QUIET, id="left early"),
        pytest.param(
            "closed",
            "this application had closed the connection",
            "receive(), for the client's side of the closing",
            id="closed",
        ),
        pytest.param(
            "read_out", "this application had closed the connection", "nothing", id="read out"
        ),
        pytest.param(
            "refused", "this application had refused the connection", "nothing", id="refused"
        ),
        pytest.param(
            "denied", "this application had refused the connection", "nothing", id="denied"
        ),
        pytest.param(
            "lost",
            "the server had lost the client",
            f"receive(), for what is left, and {QUIET}",
            id="lost",
        ),
    ],
)
def test_an_operation_after_the_end_says_who_ended_it_and_what_is_left(
    state: str, end: str, allowed: str
) -> None:
    _, websocket = arrange(state, TEXT)
    text = str(error_of(WebSocketDisconnected, websocket.accept()))
    assert text.startswith(f"accept() came too late: {end}, close code ")
    assert text.endswith(f" Allowed now: {allowed}.")


def test_after_a_lost_client_the_error_says_that_reading_is_still_allowed() -> None:
    _, websocket = arrange("lost", TEXT)
    assert "receive" in str(error_of(WebSocketDisconnected, websocket.send_text("x")))
    assert run(websocket.receive_text()) == "hello"


# ── The inlined checks are the tables (contract §2) ─────────────────────────────────────────────

SAYS: dict[str, list[Message]] = {
    "accept": [{"type": "websocket.accept"}],
    "close": [{"type": "websocket.close"}],
    "send_text": [{"type": "websocket.send", "text": "x"}],
    "send_bytes": [{"type": "websocket.send", "bytes": b"x"}],
    "send_json": [{"type": "websocket.send", "text": "1"}],
    "deny": [START, BODY],
}
STEPS: dict[str, Call] = {
    **{name: OPERATIONS[name][1] for name in [*SAYS, "receive_text", "receive_bytes"]},
    "receive_json": lambda w: w.receive_json(),
    "iter_text": lambda w: one(w.iter_text()),
    "iter_bytes": lambda w: one(w.iter_bytes()),
    "iter_json": lambda w: one(w.iter_json()),
}
EVENTS = ("websocket.connect", "websocket.receive", "websocket.disconnect")
Letter: TypeAlias = tuple[str, str]


class ByHand:
    """The conversation in raw messages; `client` and `application` move by the tables alone."""

    def __init__(self) -> None:
        self.server = Server()
        self.raw = self.server.websocket()
        self.client = self.application = CONNECTING
        self.closed = False

    async def hear(self) -> Message:
        message = await self.raw.receive()
        self.client = step(RECEIVE, self.client, message)
        return message

    async def say(self, message: Message) -> None:
        first = self.client is self.application is CONNECTING
        if first and message["type"] in SEND[CONNECTING]:
            await self.hear()
            if self.client is DISCONNECTED:
                raise WebSocketDisconnect
        if DISCONNECTED in (self.client, self.application):
            error_of(WebSocketDisconnected, self.raw.send(message))
            raise WebSocketDisconnected
        try:
            self.application = step(SEND, self.application, message)
        except WebSocketRuntimeError:
            error_of(WebSocketRuntimeError, self.raw.send(message))
            raise
        self.closed = self.application is DISCONNECTED
        await self.raw.send(message)

    async def close(self) -> None:
        if not self.closed and DISCONNECTED in (self.client, self.application):
            self.application = DISCONNECTED
            return
        try:
            await self.say({"type": "websocket.close"})
        except WebSocketDisconnected:
            raise
        except WebSocketDisconnect:
            self.application = DISCONNECTED

    async def read(self, operation: str) -> None:
        quiet = operation.startswith("iter")
        if DISCONNECTED in (self.client, self.application):
            if not quiet:
                raise WebSocketDisconnected
            return
        if self.application is not CONNECTED:
            raise WebSocketRuntimeError
        await self.hear()
        if self.client is DISCONNECTED and not quiet:
            raise WebSocketDisconnect

    async def do(self, operation: str) -> None:
        if operation == "close":
            await self.close()
        elif operation in SAYS:
            for message in SAYS[operation]:
                await self.say(message)
        else:
            await self.read(operation)


def outcome(work: Coroutine[Any, Any, object]) -> type[BaseException] | None:
    try:
        run(work)
    except (WebSocketDisconnect, WebSocketRuntimeError) as error:
        return type(error)
    return None


def event_for(operation: str, kind: str) -> Message:
    """An event of *kind*; a message is one that *operation* can read."""
    if kind != "websocket.receive":
        return {"type": kind}
    return {"type": kind, "bytes": b"1"} if "bytes" in operation else {"type": kind, "text": "1"}


def follow(sequence: tuple[Letter, ...]) -> bool:
    """Compare both ways over *sequence*; whether its last operation has asked the server."""
    server, by_hand = Server(), ByHand()
    websocket = server.websocket()
    asked = False
    for operation, kind in sequence:
        event = event_for(operation, kind)
        server.events.append(event)
        by_hand.server.events.append(event)
        decided = outcome(STEPS[operation](websocket)), states(websocket)
        assert decided == (
            outcome(by_hand.do(operation)),
            (by_hand.client, by_hand.application),
        ), sequence
        assert by_hand.raw.client_state is by_hand.client, sequence
        assert server.sent_types == by_hand.server.sent_types, sequence
        assert [*server.events] == [*by_hand.server.events], sequence
        asked = not server.events
        server.events.clear()
        by_hand.server.events.clear()
    return asked


def test_the_inlined_checks_equal_the_tables_over_every_short_sequence() -> None:
    sequences: list[tuple[Letter, ...]] = [()]
    compared = 0
    for _ in range(4):
        longer = []
        for sequence in sequences:
            for operation in STEPS:
                # Where the server is not asked, it does not matter what it would have said.
                for kind in EVENTS:
                    longer.append((*sequence, (operation, kind)))
                    if not follow(longer[-1]):
                        break
        compared += len(longer)
        sequences = longer
    assert compared > 12**4


# ── The lifecycle (contract §2) ─────────────────────────────────────────────────────────────────


def test_a_connection_begins_connecting_and_without_a_close_code() -> None:
    websocket = Server().websocket()
    assert states(websocket) == (CONNECTING, CONNECTING)
    assert end(websocket) == (None, None)
    assert websocket.subprotocol is None


@pytest.mark.parametrize(
    "name", ["client_state", "application_state", "subprotocol", "close_code", "close_reason"]
)
def test_what_the_connection_knows_of_itself_is_read_only(name: str) -> None:
    with pytest.raises(AttributeError):
        setattr(Server().websocket(), name, CONNECTED)


def test_accepting_reads_the_connect_event_and_answers_it() -> None:
    server = Server(CONNECT)
    websocket = server.websocket()
    run(websocket.accept())
    assert server.sent == [{"type": "websocket.accept", "headers": []}]
    assert states(websocket) == (CONNECTED, CONNECTED)
    assert not server.events


def test_accepting_after_a_raw_receive_reads_nothing_more() -> None:
    server = Server(CONNECT, TEXT)
    websocket = server.websocket()
    assert run(websocket.receive()) == CONNECT
    run(websocket.accept())
    assert [*server.events] == [TEXT]


EARLY: list[Any] = [
    pytest.param(lambda w: w.accept(), id="accept"),
    pytest.param(lambda w: w.send_denial_response(DENIAL), id="denial"),
    pytest.param(lambda w: w.send({"type": "websocket.accept"}), id="raw accept"),
    pytest.param(lambda w: w.send({"type": "websocket.close"}), id="raw close"),
    pytest.param(lambda w: w.send(START), id="raw denial"),
]
CLOSE = pytest.param(lambda w: w.close(), id="close")


@pytest.mark.parametrize("answered", EARLY)
def test_answering_a_client_that_has_left_already_is_news(answered: Call) -> None:
    server = Server(LEFT)
    websocket = server.websocket()
    error = error_of(WebSocketDisconnect, answered(websocket))
    assert (error.code, error.reason) == (4001, "bye")
    assert server.sent == []
    assert states(websocket) == (DISCONNECTED, CONNECTING)
    assert end(websocket) == (4001, "bye")


def test_closing_before_a_client_that_has_left_already_returns() -> None:
    server = Server(LEFT)
    websocket = server.websocket()
    run(websocket.close())
    run(websocket.close())
    assert server.sent == []
    assert states(websocket) == (DISCONNECTED, DISCONNECTED)
    assert end(websocket) == (4001, "bye")


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(TEXT, id="data"),
        pytest.param({"type": "http.request"}, id="http"),
        pytest.param({"text": "x"}, id="no type"),
        pytest.param({"type": None}, id="type None"),
    ],
)
@pytest.mark.parametrize("answered", [*EARLY, CLOSE])
def test_a_first_event_that_is_none_is_the_servers_mistake(answered: Call, event: Message) -> None:
    server = Server(event)
    websocket = server.websocket()
    text = str(error_of(WebSocketRuntimeError, answered(websocket)))
    assert "type" in event or '"type"' in text
    assert event.get("type") is None or "websocket.connect" in text
    assert server.sent == []
    assert states(websocket) == (CONNECTING, CONNECTING)


@pytest.mark.parametrize("data", [{"text": SECRET}, {"bytes": BUFFER}, {}])
@pytest.mark.parametrize("kind", ["websocket.connect", "http.request"])
@pytest.mark.parametrize(
    "operation", ["receive", "receive_text", "receive_bytes", "receive_json", "iter_text"]
)
def test_an_event_that_may_not_come_now_is_the_servers_mistake(
    operation: str, kind: str, data: dict[str, Any]
) -> None:
    _, websocket = opened({"type": kind, **data})
    text = str(error_of(WebSocketRuntimeError, OPERATIONS[operation][1](websocket)))
    assert kind in text
    assert "websocket.receive" in text
    assert SECRET not in text
    assert states(websocket) == (CONNECTED, CONNECTED)


def test_of_two_tasks_only_one_closes() -> None:
    server, websocket = opened()
    server.slow = True
    first = websocket.close()
    first.send(None)  # it waits in the server's send
    assert websocket.application_state is DISCONNECTED
    error_of(WebSocketDisconnected, websocket.close())
    error_of(WebSocketDisconnected, websocket.send_text("x"))
    with pytest.raises(StopIteration):
        first.send(None)
    assert server.sent_types == ["websocket.close"]


@pytest.mark.parametrize(
    ("message", "moved"),
    [
        pytest.param({"type": "websocket.accept"}, CONNECTED, id="accept"),
        pytest.param({"type": "websocket.close"}, DISCONNECTED, id="close"),
        pytest.param(START, RESPONSE, id="denial"),
    ],
)
def test_the_state_moves_before_a_raw_message_is_sent(
    message: Message, moved: WebSocketState
) -> None:
    server = Server(CONNECT)
    server.slow = True
    websocket = server.websocket()
    sending = websocket.send(message)
    sending.send(None)
    assert websocket.application_state is moved
    sending.close()


def test_accept_moves_the_state_before_it_sends() -> None:
    server = Server(CONNECT)
    server.slow = True
    websocket = server.websocket()
    accepting = websocket.accept()
    accepting.send(None)
    assert websocket.application_state is CONNECTED
    accepting.close()


LOSSES: list[Any] = [
    pytest.param("before", lambda w: w.accept(), 1, id="accept"),
    pytest.param("met", lambda w: w.accept(), 1, id="accept after connect"),
    pytest.param("accepted", lambda w: w.send_text("x"), 1, id="send_text"),
    pytest.param("accepted", lambda w: w.send_bytes(b"x"), 1, id="send_bytes"),
    pytest.param("accepted", lambda w: w.send_json(1), 1, id="send_json"),
    pytest.param("accepted", lambda w: w.send_json(1, mode="binary"), 1, id="send_json binary"),
    pytest.param("before", lambda w: w.send({"type": "websocket.accept"}), 1, id="raw accept"),
    pytest.param(
        "accepted", lambda w: w.send({"type": "websocket.send", "text": "x"}), 1, id="raw send"
    ),
    pytest.param("accepted", lambda w: w.send({"type": "websocket.close"}), 1, id="raw close"),
]
DENIAL_LOSSES: list[Any] = [
    pytest.param("before", lambda w: w.send_denial_response(DENIAL), 1, id="denial start"),
    pytest.param("before", lambda w: w.send_denial_response(DENIAL), 2, id="denial body"),
    pytest.param("before", lambda w: w.send(START), 1, id="raw denial start"),
    pytest.param("response", lambda w: w.send(BODY), 1, id="raw denial body"),
]
CLOSE_LOSSES: list[Any] = [
    pytest.param("before", lambda w: w.close(4000), 1, id="close before accept"),
    pytest.param("met", lambda w: w.close(4000), 1, id="close after connect"),
    pytest.param("accepted", lambda w: w.close(4000), 1, id="close after accept"),
]


@pytest.mark.parametrize("error", [OSError("gone"), ConnectionResetError(), BrokenPipeError()])
@pytest.mark.parametrize(("state", "call", "number"), [*LOSSES, *DENIAL_LOSSES])
def test_an_oserror_of_the_server_means_that_the_client_is_gone(
    state: str, call: Call, number: int, error: OSError
) -> None:
    server, websocket = arrange(state, TEXT)
    server.errors = {number: error}
    raised = error_of(WebSocketDisconnect, call(websocket))
    assert (raised.code, raised.reason) == (1006, "")
    assert raised.__cause__ is error
    assert states(websocket) == (CONNECTED, DISCONNECTED)
    assert end(websocket) == (1006, "")
    assert len(server.sent) == number


@pytest.mark.parametrize(("state", "call", "number"), CLOSE_LOSSES)
def test_closing_what_is_gone_returns_and_may_be_repeated(
    state: str, call: Call, number: int
) -> None:
    server, websocket = arrange(state, TEXT)
    server.errors = {number: OSError()}
    run(call(websocket))
    assert websocket.application_state is DISCONNECTED
    assert end(websocket) == (1006, "")
    run(websocket.close())
    assert error_of(WebSocketDisconnected, websocket.send_text("x")).code == 1006
    assert len(server.sent) == number


@pytest.mark.parametrize(("state", "call", "number"), [*LOSSES, *DENIAL_LOSSES])
def test_after_an_oserror_sending_is_refused_and_closing_returns(
    state: str, call: Call, number: int
) -> None:
    server, websocket = arrange(state, TEXT)
    server.errors = {number: OSError()}
    error_of(WebSocketDisconnect, call(websocket))
    for send in (websocket.send_text("x"), websocket.send_bytes(b"x"), websocket.accept()):
        assert error_of(WebSocketDisconnected, send).code == 1006
    run(websocket.close())
    run(websocket.close())
    assert len(server.sent) == number


@pytest.mark.parametrize(("state", "call", "number"), [*LOSSES, CLOSE_LOSSES[-1]])
@pytest.mark.parametrize(
    "read",
    [
        pytest.param(lambda w: w.receive(), id="receive"),
        pytest.param(lambda w: w.receive_text(), id="receive_text"),
    ],
)
def test_after_an_oserror_what_is_queued_can_be_read_and_the_true_code_comes(
    state: str, call: Call, number: int, read: Call
) -> None:
    server, websocket = arrange(state, TEXT)
    server.errors = {number: OSError()}
    outcome(call(websocket))
    assert run(read(websocket)) in (TEXT, "hello")
    assert end(websocket) == (1006, "")
    news = error_of(WebSocketDisconnect, websocket.receive_text())
    assert (news.code, news.reason) == (4001, "bye")
    assert end(websocket) == (4001, "bye")
    late = error_of(WebSocketDisconnected, websocket.send_text("x"))
    assert (late.code, late.reason) == (4001, "bye")
    assert "Allowed now: close()" in str(late)
    error_of(WebSocketDisconnected, websocket.receive())


def test_after_an_oserror_an_iterator_ends_with_the_true_code() -> None:
    server, websocket = opened(TEXT, TEXT, LEFT)
    server.errors = {1: OSError()}

    async def echo() -> list[str]:
        heard = []
        async for text in websocket.iter_text():
            heard.append(text)
            try:
                await websocket.send_text(text)
            except WebSocketDisconnect:
                assert websocket.close_code == 1006
        return heard

    assert run(echo()) == ["hello", "hello"]
    assert end(websocket) == (4001, "bye")
    assert len(server.sent) == 1


@pytest.mark.parametrize(("state", "call", "number"), [*DENIAL_LOSSES, *CLOSE_LOSSES[:2]])
def test_after_an_oserror_in_a_refusal_the_server_is_never_asked_again(
    state: str, call: Call, number: int
) -> None:
    server, websocket = arrange(state, TEXT)
    server.errors = {number: OSError()}
    outcome(call(websocket))
    for read in (websocket.receive(), websocket.receive_text(), websocket.receive_json()):
        error = error_of(WebSocketDisconnected, read)
        assert error.code == 1006
        assert "Allowed now: close()" in str(error)
    assert run(every(websocket.iter_text())) == []
    assert [*server.events] == [TEXT, LEFT]


@pytest.mark.parametrize(("state", "call", "number"), DENIAL_LOSSES)
def test_whatever_a_server_raises_in_a_denial_means_that_the_client_is_gone(
    state: str, call: Call, number: int
) -> None:
    server, websocket = arrange(state, TEXT)
    server.errors = {number: RuntimeError("granian says so")}
    error = error_of(WebSocketDisconnect, call(websocket))
    assert error.code == 1006
    assert isinstance(error.__cause__, RuntimeError)
    assert states(websocket) == (CONNECTED, DISCONNECTED)


@pytest.mark.parametrize("error", [TimeoutError(), RuntimeError(), ValueError()])
@pytest.mark.parametrize(("state", "call", "number"), [*LOSSES, *CLOSE_LOSSES])
def test_a_timeout_and_any_other_error_pass_through(
    state: str, call: Call, number: int, error: Exception
) -> None:
    server, websocket = arrange(state, TEXT)
    server.errors = {number: error}
    assert error_of(type(error), call(websocket)) is error


def test_a_timeout_in_a_send_leaves_the_connection_open() -> None:
    server, websocket = opened(TEXT, errors={1: TimeoutError()})
    error_of(TimeoutError, websocket.send_text("x"))
    assert states(websocket) == (CONNECTED, CONNECTED)
    assert end(websocket) == (None, None)
    run(websocket.send_text("y"))
    assert run(websocket.receive_text()) == "hello"
    assert [message["text"] for message in server.sent] == ["x", "y"]


def test_an_oserror_that_comes_late_does_not_hide_the_true_code() -> None:
    server, websocket = opened(LEFT, errors={1: OSError()})
    server.slow = True
    writer = websocket.send_text("x")
    writer.send(None)  # it waits in the server's send
    error_of(WebSocketDisconnect, websocket.receive_text())
    assert end(websocket) == (4001, "bye")
    with pytest.raises(WebSocketDisconnect):
        writer.send(None)
    assert end(websocket) == (4001, "bye")
    assert error_of(WebSocketDisconnected, websocket.send_text("x")).code == 4001


def test_two_tasks_may_send_while_a_third_receives() -> None:
    server, websocket = opened(TEXT)
    server.slow = True
    sending = [websocket.send_text("a"), websocket.send_bytes(b"b")]
    for work in sending:
        work.send(None)
    assert run(websocket.receive_text()) == "hello"
    for work in sending:
        with pytest.raises(StopIteration):
            work.send(None)
    assert [message.get("text", message.get("bytes")) for message in server.sent] == ["a", b"b"]


def test_two_receives_in_flight_are_both_told_of_the_end() -> None:
    _, websocket = opened(..., LEFT, LEFT)
    first = websocket.receive_text()
    first.send(None)
    error_of(WebSocketDisconnect, websocket.receive_text())
    with pytest.raises(WebSocketDisconnect) as caught:
        first.send(None)
    assert caught.value.code == 4001


def test_an_iterator_in_flight_leaves_the_end_as_another_receive_was_told_of_it() -> None:
    _, websocket = opened(..., LEFT, {"type": "websocket.disconnect", "code": 1006})
    reading = every(websocket.iter_text())
    reading.send(None)
    error_of(WebSocketDisconnect, websocket.receive_text())
    with pytest.raises(StopIteration) as caught:
        reading.send(None)
    assert caught.value.value == []
    assert (websocket.close_code, websocket.close_reason) == (4001, "bye")


def test_a_receive_in_flight_learns_of_our_own_close_with_our_code() -> None:
    _, websocket = opened(..., LEFT)
    reading = websocket.receive_text()
    reading.send(None)
    run(websocket.close(3000, "done"))
    with pytest.raises(WebSocketDisconnect) as caught:
        reading.send(None)
    assert (caught.value.code, caught.value.reason) == (3000, "done")


def test_a_receive_that_is_given_up_loses_no_message() -> None:
    _, websocket = opened(..., TEXT)
    reading = websocket.receive_text()
    reading.send(None)
    reading.close()
    assert run(websocket.receive_text()) == "hello"


def test_an_accept_that_learns_of_a_close_in_the_meantime_sends_nothing() -> None:
    server = Server(..., CONNECT, CONNECT)
    websocket = server.websocket()
    accepting = websocket.accept()
    accepting.send(None)
    run(websocket.close(4000))
    with pytest.raises(WebSocketDisconnected):
        accepting.send(None)
    assert server.sent_types == ["websocket.close"]


@pytest.mark.parametrize(
    ("state", "where"),
    [
        pytest.param("before", (CONNECTING, CONNECTING), id="before"),
        pytest.param("accepted", (CONNECTED, CONNECTED), id="accepted"),
        pytest.param("response", (CONNECTED, RESPONSE), id="response"),
    ],
)
def test_a_raw_message_out_of_order_says_what_where_and_what_else(
    state: str, where: tuple[WebSocketState, WebSocketState]
) -> None:
    server, websocket = arrange(state, TEXT)
    text = str(error_of(WebSocketRuntimeError, websocket.send({"type": "websocket.sned"})))
    assert "'websocket.sned'" in text
    for kind in SEND[where[1]]:
        assert kind.removesuffix(" (more)") in text
    assert where[1].name in text
    assert server.sent == []


def test_the_sentence_on_a_second_start_is_the_one_that_other_projects_match() -> None:
    server = Server(CONNECT)
    websocket = server.websocket()
    run(websocket.send(START))
    assert (
        'Expected ASGI message "websocket.http.response.body", '
        "but got 'websocket.http.response.start'"
    ) in str(error_of(WebSocketRuntimeError, websocket.send(START)))
    assert websocket.application_state is RESPONSE


@pytest.mark.parametrize("extensions", [{}, None, {"websocket.other": {}}])
@pytest.mark.parametrize("call", [EARLY[1], EARLY[4]])
def test_without_the_extension_a_denial_says_the_known_sentence_and_reads_nothing(
    call: Call, extensions: object
) -> None:
    server = Server(CONNECT)
    websocket = server.websocket(extensions=extensions)
    text = str(error_of(WebSocketRuntimeError, call(websocket)))
    assert text == "The server doesn't support the Websocket Denial Response extension."
    assert [*server.events] == [CONNECT]
    run(websocket.close())
    assert server.sent_types == ["websocket.close"]


def test_a_raw_denial_after_accept_is_out_of_order_whatever_the_server_supports() -> None:
    server = Server(CONNECT)
    websocket = server.websocket(extensions={})
    run(websocket.accept())
    assert "but got" in str(error_of(WebSocketRuntimeError, websocket.send(START)))


@pytest.mark.parametrize("kind", ["websocket.accept", "websocket.close"])
def test_without_the_extension_any_other_raw_answer_is_sent(kind: str) -> None:
    server = Server(CONNECT)
    run(server.websocket(extensions={}).send({"type": kind}))
    assert server.sent_types == [kind]


def test_a_scope_without_extensions_has_no_denial() -> None:
    server = Server(CONNECT)
    websocket = WebSocket({"type": "websocket"}, server.receive, server.send)
    error_of(WebSocketRuntimeError, websocket.send_denial_response(DENIAL))


# ── What makes a WebSocket (contract §1) ────────────────────────────────────────────────────────


def test_all_three_arguments_go_by_position_or_by_keyword() -> None:
    server = Server(CONNECT)
    scope = {"type": "websocket"}
    websocket = WebSocket(scope=scope, receive=server.receive, send=server.send)
    run(websocket.accept())
    assert websocket.scope is scope
    assert server.sent_types == ["websocket.accept"]


@pytest.mark.parametrize("scope", [{"type": "http"}, {"type": "lifespan"}, {}, {"type": None}])
def test_a_scope_of_another_type_is_refused(scope: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"'websocket'.*scope\[\"type\"\]") as caught:
        WebSocket(scope)
    assert repr(scope.get("type")) in str(caught.value)


def test_a_websocket_without_callables_reads_its_scope() -> None:
    websocket = WebSocket({"type": "websocket", "path": "/chat"})
    assert websocket["path"] == websocket.url.path == "/chat"
    assert [*websocket] == ["type", "path"]


@pytest.mark.parametrize(
    ("given", "call", "missing"),
    [
        pytest.param("send", lambda w: w.receive(), "receive", id="receive"),
        pytest.param("send", lambda w: w.accept(), "receive", id="accept without receive"),
        pytest.param("send", lambda w: w.close(), "receive", id="close without receive"),
        pytest.param(
            "send",
            lambda w: w.send({"type": "websocket.accept"}),
            "receive",
            id="raw accept without receive",
        ),
        pytest.param(
            "send", lambda w: w.send_denial_response(DENIAL), "receive", id="denial without receive"
        ),
        pytest.param("receive", lambda w: w.accept(), "send", id="accept without send"),
        pytest.param(
            "receive", lambda w: w.accept(headers={"a": "b"}), "send", id="accept with headers"
        ),
        pytest.param("receive", lambda w: w.close(), "send", id="close without send"),
        pytest.param("receive", lambda w: w.send(START), "send", id="raw send without send"),
        pytest.param(
            "receive", lambda w: w.send_denial_response(DENIAL), "send", id="denial without send"
        ),
    ],
)
def test_an_operation_without_its_callable_says_so_and_moves_nothing(
    given: str, call: Call, missing: str
) -> None:
    server = Server(CONNECT)
    scope = {"type": "websocket", "extensions": {"websocket.http.response": {}}}
    websocket = WebSocket(scope, **{given: getattr(server, given)})
    text = str(error_of(WebSocketRuntimeError, call(websocket)))
    assert f"without {missing}" in text
    assert "WebSocket(scope, receive, send)" in text
    assert states(websocket) == (CONNECTING, CONNECTING)
    assert [*server.events] == [CONNECT]


@pytest.mark.parametrize("operation", ["receive", "receive_text", "receive_bytes", "receive_json"])
def test_receiving_without_a_receive_says_so(operation: str) -> None:
    websocket = WebSocket({"type": "websocket"}, send=Server().send)
    text = str(error_of(WebSocketRuntimeError, OPERATIONS[operation][1](websocket)))
    assert "without receive" in text


@pytest.mark.parametrize("call", [*EARLY, CLOSE])
def test_an_answer_without_a_send_moves_nothing_even_after_the_connect_event(call: Call) -> None:
    scope = {"type": "websocket", "extensions": {"websocket.http.response": {}}}
    websocket = WebSocket(scope, Server(CONNECT).receive)
    run(websocket.receive())
    assert "without send" in str(error_of(WebSocketRuntimeError, call(websocket)))
    assert states(websocket) == (CONNECTED, CONNECTING)


def test_an_event_can_be_read_without_a_send() -> None:
    server = Server(CONNECT)
    websocket = WebSocket({"type": "websocket"}, server.receive)
    assert run(websocket.receive()) == CONNECT


def test_two_websockets_on_one_scope_are_two_and_can_be_kept_in_a_set() -> None:
    scope = {"type": "websocket"}
    one, other = WebSocket(scope), WebSocket(scope)
    assert one != other
    assert len({one, other, one}) == 2


@pytest.mark.parametrize(
    ("offered", "names"),
    [
        pytest.param({"subprotocols": ["chat", "", " ", "soap"]}, ["chat", "soap"], id="empties"),
        pytest.param({"subprotocols": (" chat ",)}, ["chat"], id="white space"),
        pytest.param({"subprotocols": None}, [], id="None"),
        pytest.param({}, [], id="missing"),
    ],
)
def test_subprotocols_are_the_clients_offer_without_the_empty_ones(
    offered: dict[str, Any], names: list[str]
) -> None:
    assert Server().websocket(**offered).subprotocols == names


# ── accept (contract §5) ────────────────────────────────────────────────────────────────────────


def accepted_with(headers: Any) -> object:
    server = Server(CONNECT)
    run(server.websocket().accept(headers=headers))
    return server.sent[0]["headers"]


def test_accept_makes_pairs_of_lower_case_bytes_out_of_a_dict() -> None:
    assert accepted_with({"X-One": "1", "x-two": "2"}) == [(b"x-one", b"1"), (b"x-two", b"2")]


@pytest.mark.parametrize(
    ("subprotocol", "offered"),
    [
        pytest.param("soap", ["chat"], id="not offered"),
        pytest.param("chat", [], id="nothing offered"),
        pytest.param("", ["", "chat"], id="empty"),
        pytest.param("a b", ["a b"], id="no token"),
        pytest.param("Chat", ["chat"], id="another case"),
    ],
)
def test_a_subprotocol_that_no_handshake_may_name_is_refused(
    subprotocol: str, offered: list[str]
) -> None:
    server = Server(CONNECT)
    websocket = server.websocket(subprotocols=offered)
    error_of(ValueError, websocket.accept(subprotocol=subprotocol))
    error_of(ValueError, websocket.send({"type": "websocket.accept", "subprotocol": subprotocol}))
    assert server.sent == []
    assert [*server.events] == [CONNECT]
    run(websocket.accept())


def test_a_subprotocol_of_another_type_is_a_type_error() -> None:
    websocket = Server(CONNECT).websocket(subprotocols=["chat"])
    error_of(TypeError, websocket.accept(cast("str", b"chat")))
    error_of(TypeError, websocket.accept(cast("str", ["chat"])))


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda w: w.accept("chat"), id="accept"),
        pytest.param(
            lambda w: w.send({"type": "websocket.accept", "subprotocol": "chat"}), id="raw"
        ),
    ],
)
def test_the_accepted_subprotocol_is_sent_and_remembered(call: Call) -> None:
    server = Server(CONNECT)
    websocket = server.websocket(subprotocols=["soap", "chat"])
    run(call(websocket))
    assert server.sent == [{"type": "websocket.accept", "headers": [], "subprotocol": "chat"}]
    assert websocket.subprotocol == "chat"
    run(websocket.send({"type": "websocket.send", "text": "x"}))
    assert websocket.subprotocol == "chat"


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        pytest.param({"Sec-WebSocket-Protocol": SECRET}, ValueError, id="server's header"),
        pytest.param({"x": f"{SECRET}\r\nset-cookie: a=b"}, ValueError, id="injection"),
        pytest.param({"x\r\ny": SECRET}, ValueError, id="injection into the name"),
        pytest.param(SECRET, TypeError, id="str"),
        pytest.param([("x", 1)], TypeError, id="number"),
    ],
)
def test_headers_that_no_server_may_be_given_are_refused_before_anything_happens(
    headers: Any, kind: type[Exception]
) -> None:
    server = Server(CONNECT)
    websocket = server.websocket()
    assert SECRET not in str(error_of(kind, websocket.accept(headers=headers)))
    raw = {"type": "websocket.accept", "headers": headers}
    assert SECRET not in str(error_of(kind, websocket.send(raw)))
    assert server.sent == []
    assert states(websocket) == (CONNECTING, CONNECTING)
    assert [*server.events] == [CONNECT]


# ── Data that comes in (contract §5) ────────────────────────────────────────────────────────────

RECEIVERS: dict[str, Call] = {
    "receive_text": lambda w: w.receive_text(),
    "iter_text": lambda w: one(w.iter_text()),
    "receive_bytes": lambda w: w.receive_bytes(),
    "iter_bytes": lambda w: one(w.iter_bytes()),
    "receive_json": lambda w: w.receive_json(),
    "iter_json": lambda w: one(w.iter_json()),
    "receive_json binary": lambda w: w.receive_json(mode="binary"),
    "iter_json binary": lambda w: one(w.iter_json("binary")),
    "receive_json bytes": lambda w: w.receive_json(mode="bytes"),
    "iter_json bytes": lambda w: one(w.iter_json("bytes")),
}
BINARY = {name for name in RECEIVERS if "b" in name}


@pytest.mark.parametrize("receiver", RECEIVERS)
@pytest.mark.parametrize("other", [pytest.param({}, id="missing"), pytest.param(None, id="None")])
def test_a_missing_key_equals_none(receiver: str, other: Mapping[str, None] | None) -> None:
    key, unused = ("bytes", "text") if receiver in BINARY else ("text", "bytes")
    event: Message = {"type": "websocket.receive", key: b"1" if receiver in BINARY else "1"}
    if other is None:
        event[unused] = None
    _, websocket = opened(event)
    assert run(RECEIVERS[receiver](websocket)) in ("1", b"1", 1)


@pytest.mark.parametrize("receiver", RECEIVERS)
def test_a_message_of_the_other_kind_is_consumed_and_the_next_one_read(receiver: str) -> None:
    binary = receiver in BINARY
    payloads: list[Message] = [{"bytes": BUFFER}, {"text": "1"}]
    if binary:
        payloads = [{"text": SECRET}, {"bytes": b"1"}]
    _, websocket = opened(*({"type": "websocket.receive", **payload} for payload in payloads))
    error = error_of(WebSocketDataError, RECEIVERS[receiver](websocket))
    assert error.close_code == 1003
    text = str(error)
    assert SECRET not in text
    assert text.startswith(f"{receiver.split(' ')[0]}() expected a ")
    wanted, came = ("binary", "text") if binary else ("text", "binary")
    assert f" expected a {wanted} message, and the client sent a {came} one. " in text
    assert text.endswith(" Allowed now: receive the next message, or close(1003).")
    assert states(websocket) == (CONNECTED, CONNECTED)
    assert run(RECEIVERS[receiver](websocket)) in ("1", b"1", 1)


@pytest.mark.parametrize("receiver", RECEIVERS)
@pytest.mark.parametrize(
    ("payload", "word"),
    [
        pytest.param({}, "neither", id="no keys"),
        pytest.param({"text": None}, "neither", id="text None"),
        pytest.param({"text": None, "bytes": None}, "neither", id="both None"),
        pytest.param({"text": SECRET, "bytes": BUFFER}, "both", id="both"),
        pytest.param({"text": "", "bytes": b""}, "both", id="both empty"),
    ],
)
def test_neither_or_both_of_the_keys_is_the_servers_mistake(
    receiver: str, payload: dict[str, Any], word: str
) -> None:
    _, websocket = opened({"type": "websocket.receive", **payload}, LEFT)
    error = error_of(WebSocketDataError, RECEIVERS[receiver](websocket))
    assert error.close_code == 1011
    text = str(error)
    assert text.startswith(f"{receiver.split(' ')[0]}() got a message with {word} of ")
    assert "the server broke the rule that exactly one is set" in text
    assert SECRET not in text
    assert states(websocket) == (CONNECTED, CONNECTED)
    error_of(WebSocketDisconnect, websocket.receive_text())


def test_empty_text_and_empty_bytes_are_data() -> None:
    texts = [{"type": "websocket.receive", "text": ""}] * 2
    _, websocket = opened(*texts, LEFT)
    assert run(websocket.receive_text()) == ""
    assert run(every(websocket.iter_text())) == [""]
    buffers = [{"type": "websocket.receive", "bytes": b""}] * 2
    _, websocket = opened(*buffers, LEFT)
    assert run(websocket.receive_bytes()) == b""
    assert run(every(websocket.iter_bytes())) == [b""]


@pytest.mark.parametrize("mode", ["text", "binary"])
def test_an_empty_message_is_no_json(mode: str) -> None:
    payload = {"text": ""} if mode == "text" else {"bytes": b""}
    _, websocket = opened({"type": "websocket.receive", **payload})
    assert error_of(InvalidJSON, websocket.receive_json(mode)).close_code == 1003


def test_a_raw_receive_returns_the_event_itself() -> None:
    event: Message = {"type": "websocket.receive", "text": "x", "more": 1}
    _, websocket = opened(event)
    assert run(websocket.receive()) is event


@pytest.mark.parametrize(
    ("event", "code", "reason"),
    [
        pytest.param({}, 1005, "", id="nothing"),
        pytest.param({"code": None, "reason": None}, 1005, "", id="None"),
        pytest.param({"code": 1000}, 1000, "", id="no reason"),
        pytest.param({"code": 1001, "reason": "tab"}, 1001, "tab", id="both"),
        pytest.param({"code": Number.PRIVATE}, 4000, "", id="IntEnum"),
        pytest.param({"code": CloseCode.GOING_AWAY}, 1001, "", id="CloseCode"),
    ],
)
@pytest.mark.parametrize(
    "read", ["receive", "iter_text", "receive_text", "receive_bytes", "receive_json"]
)
def test_a_disconnect_is_a_plain_number_and_a_text(
    read: str, event: dict[str, Any], code: int, reason: str
) -> None:
    _, websocket = opened({"type": "websocket.disconnect", **event})
    work = OPERATIONS[read][1](websocket)
    if read in ("receive", "iter_text"):
        run(work)
    else:
        error = error_of(WebSocketDisconnect, work)
        assert (error.code, error.reason) == (code, reason)
        assert type(error.code) is int
    assert end(websocket) == (code, reason)
    assert type(websocket.close_code) is int
    assert states(websocket) == (DISCONNECTED, CONNECTED)


@pytest.mark.parametrize("receiver", ["receive_text", "receive_bytes", "receive_json"])
def test_receiving_from_a_client_who_leaves_is_news_with_its_code(receiver: str) -> None:
    _, websocket = opened(LEFT)
    error = error_of(WebSocketDisconnect, RECEIVERS[receiver](websocket))
    assert (error.code, error.reason) == (4001, "bye")


@pytest.mark.parametrize("event", [LEFT, {**LEFT, "text": "x", "bytes": None}])
def test_iterators_end_when_the_client_leaves_and_tell_why(event: Message) -> None:
    _, websocket = opened(TEXT, TEXT, event)
    assert run(every(websocket.iter_text())) == ["hello", "hello"]
    assert end(websocket) == (4001, "bye")
    assert run(every(websocket.iter_bytes())) == []


def test_an_iterator_that_has_raised_is_finished_and_the_connection_is_not() -> None:
    _, websocket = opened(BYTES, TEXT, TEXT, LEFT)
    iterator = websocket.iter_text()
    error_of(WebSocketDataError, one(iterator))
    assert run(every(iterator)) == []
    assert run(websocket.receive_text()) == "hello"
    assert run(every(websocket.iter_text())) == ["hello"]


def test_an_iterator_that_is_left_early_loses_nothing() -> None:
    _, websocket = opened(TEXT, TEXT)

    async def first() -> str:
        async for text in websocket.iter_text():
            return text
        raise AssertionError("it yielded nothing")

    assert run(first()) == "hello"
    assert run(websocket.receive_text()) == "hello"


def test_an_iterator_ends_when_its_loop_closes_the_connection() -> None:
    server, websocket = opened(TEXT, TEXT)

    async def loop() -> int:
        heard = 0
        async for _ in websocket.iter_text():
            heard += 1
            await websocket.close()
        return heard

    assert run(loop()) == 1
    assert [*server.events] == [TEXT]


def test_closing_after_the_client_left_sends_nothing() -> None:
    server, websocket = opened(TEXT, LEFT)
    assert run(every(websocket.iter_text())) == ["hello"]
    run(websocket.close())
    run(websocket.close(1001, "again"))
    assert server.sent == []
    assert states(websocket) == (DISCONNECTED, DISCONNECTED)
    assert end(websocket) == (4001, "bye")


# ── Data that goes out (contract §5) ────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("call", "payload"),
    [
        pytest.param(lambda w: w.send_text("grüße"), {"text": "grüße"}, id="text"),
        pytest.param(lambda w: w.send_text(""), {"text": ""}, id="empty text"),
        pytest.param(lambda w: w.send_bytes(b"\x00\xff"), {"bytes": b"\x00\xff"}, id="bytes"),
        pytest.param(lambda w: w.send_bytes(b""), {"bytes": b""}, id="empty bytes"),
        pytest.param(lambda w: w.send_bytes(bytearray(b"a")), {"bytes": b"a"}, id="bytearray"),
        pytest.param(lambda w: w.send_bytes(memoryview(b"a")), {"bytes": b"a"}, id="memoryview"),
        pytest.param(
            lambda w: w.send_json({"ü": [1, None]}), {"text": '{"ü":[1,null]}'}, id="json"
        ),
        pytest.param(
            lambda w: w.send_json("ü", mode="binary"), {"bytes": '"ü"'.encode()}, id="json binary"
        ),
        pytest.param(lambda w: w.send_json([], mode="bytes"), {"bytes": b"[]"}, id="json bytes"),
        pytest.param(lambda w: w.send_json(None, "text"), {"text": "null"}, id="json null"),
        pytest.param(
            lambda w: w.send({"type": "websocket.send", "text": "x", "bytes": None}),
            {"text": "x"},
            id="raw text",
        ),
        pytest.param(
            lambda w: w.send({"type": "websocket.send", "bytes": bytearray(b"x"), "text": None}),
            {"bytes": b"x"},
            id="raw bytes",
        ),
    ],
)
def test_a_message_goes_out_with_exactly_one_key(call: Call, payload: dict[str, Any]) -> None:
    server, websocket = opened()
    run(call(websocket))
    assert server.sent == [{"type": "websocket.send", **payload}]
    assert {type(value) for value in server.sent[0].values()} <= {str, bytes}


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        pytest.param(lambda w: w.send_text(BUFFER), TypeError, id="bytes as text"),
        pytest.param(lambda w: w.send_text(None), TypeError, id="None as text"),
        pytest.param(lambda w: w.send_text(1), TypeError, id="number as text"),
        pytest.param(lambda w: w.send_text(f"{SECRET}\ud800"), ValueError, id="lone surrogate"),
        pytest.param(lambda w: w.send_bytes(SECRET), TypeError, id="text as bytes"),
        pytest.param(lambda w: w.send_bytes(None), TypeError, id="None as bytes"),
        pytest.param(lambda w: w.send_bytes(5), TypeError, id="number as bytes"),
        pytest.param(lambda w: w.send_bytes([1, 2]), TypeError, id="list as bytes"),
        pytest.param(lambda w: w.send_json(f"{SECRET}\udfff"), ValueError, id="json surrogate"),
        pytest.param(
            lambda w: w.send_json(f"{SECRET}\udfff", "binary"), ValueError, id="json surrogate too"
        ),
        pytest.param(lambda w: w.send_json([SECRET, math.nan]), ValueError, id="NaN"),
        pytest.param(lambda w: w.send_json([SECRET, -math.inf]), ValueError, id="Infinity"),
        pytest.param(lambda w: w.send_json({SECRET, 1}), TypeError, id="set"),
        pytest.param(lambda w: w.send({"type": "websocket.send"}), ValueError, id="raw, no key"),
        pytest.param(
            lambda w: w.send({"type": "websocket.send", "text": SECRET, "bytes": b""}),
            ValueError,
            id="raw, both keys",
        ),
        pytest.param(
            lambda w: w.send({"type": "websocket.send", "text": BUFFER}),
            TypeError,
            id="raw, bytes as text",
        ),
        pytest.param(
            lambda w: w.send({"type": "websocket.send", "text": f"{SECRET}\ud800"}),
            ValueError,
            id="raw, lone surrogate",
        ),
        pytest.param(
            lambda w: w.send({"type": "websocket.send", "bytes": SECRET}),
            TypeError,
            id="raw, text as bytes",
        ),
        pytest.param(lambda w: w.send(SECRET), TypeError, id="raw, no mapping"),
        pytest.param(lambda w: w.send({"type": 1}), WebSocketRuntimeError, id="raw, type no str"),
    ],
)
def test_what_cannot_travel_is_refused_before_anything_is_sent(
    call: Call, kind: type[Exception]
) -> None:
    server, websocket = opened()
    assert SECRET not in str(error_of(kind, call(websocket)))
    assert server.sent == []
    assert states(websocket) == (CONNECTED, CONNECTED)


def test_keys_that_asgi_does_not_name_are_sent_as_they_are() -> None:
    server, websocket = opened()
    run(websocket.send({"type": "websocket.send", "text": "x", "extra": 1}))
    assert server.sent == [{"type": "websocket.send", "text": "x", "extra": 1}]


def test_a_raw_message_of_the_application_is_not_changed() -> None:
    server = Server(CONNECT)
    message: Message = {"type": "websocket.accept", "headers": [("X-A", "1")]}
    run(server.websocket().send(message))
    assert message == {"type": "websocket.accept", "headers": [("X-A", "1")]}
    assert server.sent[0]["headers"] == [(b"x-a", b"1")]


# ── JSON (contract §5) ──────────────────────────────────────────────────────────────────────────

NOT_JSON: list[Any] = [
    pytest.param(f'{{"{SECRET}"', 1003, id="cut off"),
    pytest.param(SECRET, 1003, id="no JSON"),
    pytest.param(f'"{SECRET}" 1', 1003, id="more behind"),
    pytest.param("", 1003, id="empty"),
    pytest.param(f'["{SECRET}",NaN]', 1003, id="NaN"),
    pytest.param("Infinity", 1003, id="Infinity"),
    pytest.param("-Infinity", 1003, id="minus Infinity"),
    pytest.param("[" * 100_000, 1003, id="too deep"),
    pytest.param("1" * 5000, 1003, id="too long a number"),
    pytest.param('\ufeff{"a":1}', 1003, id="byte order mark"),
]


@pytest.mark.parametrize("binary", [False, True], ids=["text", "binary"])
@pytest.mark.parametrize("call", ["receive_json", "iter_json"])
@pytest.mark.parametrize(("payload", "close_code"), NOT_JSON)
def test_what_is_no_json_is_consumed_and_the_next_message_read(
    payload: str, close_code: int, call: str, binary: bool
) -> None:
    def event(data: str) -> Message:
        content = {"bytes": data.encode()} if binary else {"text": data}
        return {"type": "websocket.receive", **content}

    _, websocket = opened(event(payload), event(' {"ok": true}\n'))
    mode = "binary" if binary else "text"
    read = (
        websocket.receive_json(mode) if call == "receive_json" else one(websocket.iter_json(mode))
    )
    error = error_of(InvalidJSON, read)
    assert error.close_code == close_code
    assert SECRET not in str(error)
    assert str(error).endswith(f" Allowed now: receive the next message, or close({close_code}).")
    assert error.doc == payload
    assert isinstance(error, json.JSONDecodeError)
    assert states(websocket) == (CONNECTED, CONNECTED)
    assert run(websocket.receive_json(mode)) == {"ok": True}


def test_json_that_is_too_deep_is_told_from_a_value_that_json_has_not() -> None:
    for text, wrong in (
        ("[" * 100_000, "Nested too deeply"),
        ("NaN", "A value that JSON does not have, or too long a number"),
        ("1" * 5000, "A value that JSON does not have, or too long a number"),
    ):
        _, websocket = opened({"type": "websocket.receive", "text": text})
        error = error_of(InvalidJSON, websocket.receive_json())
        assert error.msg == wrong
        assert f"is not JSON: {wrong}, position 0." in str(error)


def test_a_value_that_json_has_not_is_named_and_nothing_is_sent() -> None:
    server, websocket = opened()
    text = str(error_of(ValueError, websocket.send_json(math.nan)))
    assert text.startswith("send_json() cannot write this as JSON: NaN, Infinity")
    assert text.endswith("Nothing was sent.")
    assert server.sent == []


@pytest.mark.parametrize(
    ("data", "position"),
    [
        pytest.param(b'"\xff"', 1, id="bad byte"),
        pytest.param('"ü"'.encode("latin-1"), 1, id="latin-1"),
        pytest.param('{"a": 1}'.encode("utf-16"), 0, id="UTF-16"),
        pytest.param(b'"\xed\xa0\x80"', 1, id="encoded surrogate"),
    ],
)
def test_bytes_that_are_not_utf8_have_their_own_close_code(data: bytes, position: int) -> None:
    _, websocket = opened({"type": "websocket.receive", "bytes": data}, BYTES)
    error = error_of(InvalidJSON, websocket.receive_json(mode="binary"))
    assert error.close_code == 1007
    assert (error.msg, error.doc, error.pos) == ("Not UTF-8", "", position)
    assert run(websocket.receive_bytes()) == b"hello"


@pytest.mark.parametrize("read", [lambda w: w.receive_json(), lambda w: one(w.iter_json())])
def test_the_mistake_in_json_is_named_with_its_position(read: Call) -> None:
    _, websocket = opened({"type": "websocket.receive", "text": '{"a": 1,\n "b" 2}'})
    error = error_of(InvalidJSON, read(websocket))
    assert (error.lineno, error.colno, error.pos) == (2, 6, 14)
    assert error.msg in str(error)
    assert "14" in str(error)
    assert isinstance(error.__cause__, json.JSONDecodeError)


@pytest.mark.parametrize("mode", ["Text", "utf-8", "", "json", "websocket.text", 1, None])
@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda w, mode: w.send_json({SECRET: 1}, mode=mode), id="send_json"),
        pytest.param(lambda w, mode: w.receive_json(mode=mode), id="receive_json"),
        pytest.param(lambda w, mode: every(w.iter_json(mode=mode)), id="iter_json"),
    ],
)
@pytest.mark.parametrize("state", ["before", "accepted"])
def test_an_unknown_mode_is_the_applications_mistake(
    state: str, call: Callable[[WebSocket, object], Coroutine[Any, Any, object]], mode: object
) -> None:
    server, websocket = arrange(state, TEXT)

    async def work() -> object:
        return await call(websocket, mode)

    text = str(error_of(WebSocketRuntimeError, work()))
    assert '"text"' in text
    assert '"binary"' in text
    assert repr(mode) in text
    assert SECRET not in text
    assert server.sent == []


class Strings(WebSocket):
    dumps = staticmethod(lambda data: f"s:{data}")
    loads = staticmethod(lambda data: ("loaded", data))


class Buffers(WebSocket):
    dumps = staticmethod(lambda data: f"b:{data}".encode())


class Surrogates(WebSocket):
    dumps = staticmethod(lambda data: "\ud800")


class Upset(WebSocket):
    @staticmethod
    def loads(data: str | bytes) -> Any:
        raise LookupError(data)


@pytest.mark.parametrize(
    ("kind", "mode", "payload"),
    [
        pytest.param(Strings, "text", {"text": "s:é"}, id="str as text"),
        pytest.param(Strings, "binary", {"bytes": "s:é".encode()}, id="str as binary"),
        pytest.param(Buffers, "text", {"text": "b:é"}, id="bytes as text"),
        pytest.param(Buffers, "bytes", {"bytes": "b:é".encode()}, id="bytes as binary"),
    ],
)
def test_a_subclass_may_write_json_as_str_or_bytes(
    kind: type[WebSocket], mode: str, payload: dict[str, Any]
) -> None:
    server = Server(CONNECT)
    websocket = server.websocket(kind)
    run(websocket.accept())
    run(websocket.send_json("é", mode=mode))
    assert server.sent[1:] == [{"type": "websocket.send", **payload}]


@pytest.mark.parametrize("lend", [bytearray, memoryview])
def test_another_dumps_may_lend_its_bytes(lend: Any) -> None:
    class Lender(WebSocket):
        dumps = staticmethod(lambda data: lend(str(data).encode()))

    server = Server(CONNECT)
    websocket = server.websocket(Lender)
    run(websocket.accept())
    run(websocket.send_json(1))
    run(websocket.send_json(2, "binary"))
    sent = [message.get("text", message.get("bytes")) for message in server.sent[1:]]
    assert sent == ["1", b"2"]
    assert type(sent[1]) is bytes


@pytest.mark.parametrize("mode", ["text", "binary"])
def test_the_text_of_another_dumps_is_checked_too(mode: str) -> None:
    server = Server(CONNECT)
    websocket = server.websocket(Surrogates)
    run(websocket.accept())
    error_of(ValueError, websocket.send_json(1, mode))
    assert server.sent_types == ["websocket.accept"]


def test_a_subclass_may_read_json_and_is_given_what_came() -> None:
    server = Server(CONNECT, TEXT, BYTES, TEXT, LEFT)
    websocket = server.websocket(Strings)
    run(websocket.accept())
    assert run(websocket.receive_json()) == ("loaded", "hello")
    assert run(websocket.receive_json("binary")) == ("loaded", b"hello")
    assert run(every(websocket.iter_json())) == [("loaded", "hello")]


@pytest.mark.parametrize("event", [TEXT, BYTES])
def test_whatever_another_loads_raises_is_invalid_json(event: Message) -> None:
    server = Server(CONNECT, event, event)
    websocket = server.websocket(Upset)
    run(websocket.accept())
    mode = "text" if event is TEXT else "binary"
    for read in (websocket.receive_json(mode), one(websocket.iter_json(mode))):
        error = error_of(InvalidJSON, read)
        assert error.close_code == 1003
        assert isinstance(error.__cause__, LookupError)
        assert (error.msg, error.pos) == ("loads() raised LookupError", 0)
        assert "hello" not in str(error)


# ── close (contract §5) ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("call", "code", "reason"),
    [
        pytest.param(lambda w: w.close(), 1000, "", id="nothing"),
        pytest.param(lambda w: w.close(1001), 1001, "", id="code"),
        pytest.param(lambda w: w.close(code=3000, reason="done"), 3000, "done", id="both"),
        pytest.param(lambda w: w.close(1000, "done"), 1000, "done", id="reason"),
        pytest.param(lambda w: w.close(Number.PRIVATE), 4000, "", id="IntEnum"),
        pytest.param(lambda w: w.close(CloseCode.NORMAL_CLOSURE), 1000, "", id="CloseCode"),
        pytest.param(lambda w: w.close(4999, "é" * 61), 4999, "é" * 61, id="122 bytes"),
        pytest.param(lambda w: w.close(4999, "e" * 123), 4999, "e" * 123, id="123 bytes"),
        pytest.param(lambda w: w.send({"type": "websocket.close"}), 1000, "", id="raw"),
        pytest.param(
            lambda w: w.send({"type": "websocket.close", "code": None, "reason": None}),
            1000,
            "",
            id="raw None",
        ),
        pytest.param(
            lambda w: w.send({"type": "websocket.close", "code": Number.PRIVATE, "reason": "x"}),
            4000,
            "x",
            id="raw both",
        ),
    ],
)
@pytest.mark.parametrize("state", ["before", "accepted"])
def test_close_sends_a_plain_code_and_a_reason(
    state: str, call: Call, code: int, reason: str
) -> None:
    server, websocket = arrange(state, TEXT)
    run(call(websocket))
    assert server.sent == [{"type": "websocket.close", "code": code, "reason": reason}]
    assert type(server.sent[0]["code"]) is int
    assert end(websocket) == (code, reason)
    assert type(websocket.close_code) is int
    assert states(websocket) == (CONNECTED, DISCONNECTED)


@pytest.mark.parametrize(
    ("code", "reason", "kind"),
    [
        pytest.param(1004, "", ValueError, id="1004"),
        pytest.param(CloseCode.ABNORMAL_CLOSURE, "", ValueError, id="1006"),
        pytest.param(1015, "", ValueError, id="1015"),
        pytest.param(999, "", ValueError, id="999"),
        pytest.param(5000, "", ValueError, id="5000"),
        pytest.param(Number.TEAPOT, "", ValueError, id="an IntEnum"),
        pytest.param("1000", "", TypeError, id="text"),
        pytest.param(True, "", TypeError, id="bool"),
        pytest.param(1000.0, "", TypeError, id="float"),
        pytest.param(1000, f"{SECRET}{'é' * 62}", ValueError, id="too long"),
        pytest.param(1000, "é" * 62, ValueError, id="124 bytes"),
        pytest.param(1000, f"{SECRET}\ud800", ValueError, id="surrogate"),
        pytest.param(1000, BUFFER, TypeError, id="bytes"),
        pytest.param(1000, [SECRET], TypeError, id="list"),
    ],
)
def test_a_close_that_may_not_travel_is_refused_and_the_connection_stays(
    code: Any, reason: Any, kind: type[Exception]
) -> None:
    server, websocket = opened()
    assert SECRET not in str(error_of(kind, websocket.close(code, reason)))
    raw = {"type": "websocket.close", "code": code, "reason": reason}
    assert SECRET not in str(error_of(kind, websocket.send(raw)))
    assert server.sent == []
    run(websocket.close())


@pytest.mark.parametrize("code", [None, 1000.0])
def test_a_code_of_another_type_is_a_type_error_without_a_reason_too(code: Any) -> None:
    server, websocket = opened()
    error_of(TypeError, websocket.close(code))
    assert server.sent == []


def test_closing_twice_is_the_applications_mistake_even_after_the_clients_answer() -> None:
    server, websocket = opened(LEFT)
    run(websocket.close(3000, "done"))
    for _ in range(2):
        error = error_of(WebSocketDisconnected, websocket.close())
        assert isinstance(error, RuntimeError)
        assert (error.code, error.reason) == (3000, "done")
        if server.events:
            run(websocket.receive())
    assert server.sent_types == ["websocket.close"]


def test_websocket_close_is_an_application_that_refuses() -> None:
    server = Server(CONNECT)
    websocket = server.websocket()
    run(WebSocketClose(4003, "no")(websocket.scope, server.receive, server.send))
    assert server.sent == [{"type": "websocket.close", "code": 4003, "reason": "no"}]


def test_websocket_close_needs_no_arguments_and_nobody() -> None:
    server = Server(LEFT)
    app = WebSocketClose()
    assert (app.code, app.reason) == (1000, "")
    run(app(server.websocket().scope, server.receive, server.send))
    assert server.sent == []


@pytest.mark.parametrize(("code", "kind"), [(1006, ValueError), ("1000", TypeError)])
def test_websocket_close_checks_its_code_when_it_is_made(code: Any, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        WebSocketClose(code)


# ── Denial (contract §5) ────────────────────────────────────────────────────────────────────────


def denied(*messages: Message) -> list[Message]:
    server = Server(CONNECT)
    websocket = server.websocket()
    run(websocket.send_denial_response(answer(*messages)))
    assert states(websocket) == (CONNECTED, DISCONNECTED)
    assert end(websocket) == (1006, "")
    return server.sent


@pytest.mark.parametrize("prefix", ["", "websocket."])
def test_a_response_of_any_framework_is_sent_as_one_start_and_one_body(prefix: str) -> None:
    assert denied(
        {"type": f"{prefix}http.response.start", "status": 401, "headers": [(b"X-A", b"1")]},
        {"type": f"{prefix}http.response.body", "body": b"who ", "more_body": True},
        {"type": f"{prefix}http.response.body", "more_body": True},
        {"type": f"{prefix}http.response.body", "body": None, "more_body": True},
        {"type": f"{prefix}http.response.body", "body": b"are you?"},
    ) == [
        {
            "type": "websocket.http.response.start",
            "status": 401,
            "headers": [(b"x-a", b"1"), (b"content-length", b"12")],
        },
        {"type": "websocket.http.response.body", "body": b"who are you?", "more_body": False},
    ]


def test_the_length_of_a_denial_is_counted_here() -> None:
    wrong = [(b"Content-Length", b"99"), (b"transfer-encoding", b"chunked"), (b"x", b"y")]
    start, _ = denied({**START, "headers": wrong}, BODY)
    assert start["headers"] == [(b"x", b"y"), (b"content-length", b"2")]


@pytest.mark.parametrize("status", [204, 304])
def test_a_denial_that_has_no_body_sends_none(status: int) -> None:
    start, body = denied({**START, "status": status, "headers": [("content-length", "2")]}, BODY)
    assert start == {"type": START["type"], "status": status, "headers": []}
    assert body == {"type": BODY["type"], "body": b"", "more_body": False}


@pytest.mark.parametrize("status", [200, 599, HTTPStatus.IM_A_TEAPOT, Number.TEAPOT])
def test_the_status_of_a_denial_is_a_plain_number(status: int) -> None:
    sent = denied({**START, "status": status}, BODY)[0]["status"]
    assert sent == status
    assert type(sent) is int


def test_a_denial_keeps_two_cookies_in_their_order() -> None:
    cookies = [(b"set-cookie", b"b=1"), (b"set-cookie", b"a=2")]
    start, _ = denied({**START, "headers": cookies}, {"type": BODY["type"]})
    assert start["headers"] == [*cookies, (b"content-length", b"0")]


def test_our_own_response_denies() -> None:
    server = Server(CONNECT)
    run(server.websocket().send_denial_response(Response("no", 403, {"x": "y"})))
    assert server.sent[0]["status"] == 403
    assert server.sent[1]["body"] == b"no"


REFUSED: list[Any] = [
    pytest.param([{**START, "status": 199}, BODY], ValueError, id="199"),
    pytest.param([{**START, "status": 101}, BODY], ValueError, id="101"),
    pytest.param([{**START, "status": 600}, BODY], ValueError, id="600"),
    pytest.param([{**START, "status": "401"}, BODY], TypeError, id="status as text"),
    pytest.param([{**START, "status": True}, BODY], TypeError, id="status as bool"),
    pytest.param([{"type": START["type"]}, BODY], TypeError, id="no status"),
    pytest.param([{**START, "headers": [("a\n", SECRET)]}, BODY], ValueError, id="header name"),
    pytest.param([{**START, "headers": [("a", f"{SECRET}\n")]}, BODY], ValueError, id="header"),
    pytest.param([{**START, "headers": 5}, BODY], TypeError, id="no headers"),
    pytest.param([START, {**BODY, "body": SECRET}], TypeError, id="body as text"),
    pytest.param([], WebSocketRuntimeError, id="nothing"),
    pytest.param([START], WebSocketRuntimeError, id="no body"),
    pytest.param([START, {**BODY, "more_body": True}], WebSocketRuntimeError, id="half a body"),
    pytest.param([BODY], WebSocketRuntimeError, id="body first"),
    pytest.param([{"type": "websocket.accept"}], WebSocketRuntimeError, id="accept"),
    pytest.param([{"status": 401}], WebSocketRuntimeError, id="no type"),
    pytest.param(
        [START, {"type": "http.response.pathsend", "path": "/x"}, BODY],
        WebSocketRuntimeError,
        id="another message",
    ),
]


@pytest.mark.parametrize(("messages", "kind"), REFUSED)
def test_a_response_that_no_server_may_be_given_sends_nothing_and_can_be_replaced(
    messages: list[Message], kind: type[Exception]
) -> None:
    server = Server(CONNECT)
    websocket = server.websocket()
    text = str(error_of(kind, websocket.send_denial_response(answer(*messages))))
    assert SECRET not in text
    if messages in ([], [START]):
        assert "nothing was sent" in text
        assert text.endswith("Allowed now: accept(), close(), send_denial_response().")
    assert server.sent == []
    assert states(websocket) == (CONNECTED, CONNECTING)
    run(websocket.close())
    assert server.sent_types == ["websocket.close"]


@pytest.mark.parametrize("kind", ["websocket.accept", "http.response.pathsend"])
def test_a_message_that_a_denial_response_has_not_is_named(kind: str) -> None:
    websocket = Server(CONNECT).websocket()
    denied = websocket.send_denial_response(answer(START, {"type": kind}))
    text = str(error_of(WebSocketRuntimeError, denied))
    assert repr(kind.removeprefix("websocket.")) in text


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        pytest.param({"type": START["type"]}, TypeError, id="no status"),
        pytest.param({**START, "status": 600}, ValueError, id="600"),
        pytest.param({**START, "headers": {"a": "\n"}}, ValueError, id="header"),
    ],
)
def test_a_raw_denial_that_may_not_travel_is_refused(
    message: Message, kind: type[Exception]
) -> None:
    server = Server(CONNECT)
    websocket = server.websocket()
    error_of(kind, websocket.send(message))
    assert server.sent == []
    assert states(websocket) == (CONNECTING, CONNECTING)


def test_a_raw_denial_may_be_streamed() -> None:
    server = Server(CONNECT)
    websocket = server.websocket()
    run(websocket.send({**START, "headers": {"X-A": "1"}}))
    assert websocket.application_state is RESPONSE
    run(websocket.send({**BODY, "body": bytearray(b"a"), "more_body": True}))
    assert websocket.application_state is RESPONSE
    run(websocket.send({"type": BODY["type"], "body": None}))
    assert states(websocket) == (CONNECTED, DISCONNECTED)
    assert end(websocket) == (1006, "")
    assert server.sent == [
        {**START, "headers": [(b"x-a", b"1")]},
        {**BODY, "body": b"a", "more_body": True},
        {**BODY, "body": b"", "more_body": False},
    ]


def test_an_error_of_the_response_passes_and_nothing_is_sent() -> None:
    async def broken(scope: Any, receive: Any, send: Any) -> None:
        await send(START)
        raise LookupError

    server = Server(CONNECT)
    websocket = server.websocket()
    error_of(LookupError, websocket.send_denial_response(broken))
    assert server.sent == []
    run(websocket.close())


def test_what_is_no_response_is_a_type_error() -> None:
    server = Server(CONNECT)
    error = error_of(TypeError, server.websocket().send_denial_response(cast("Any", "no")))
    assert str(error).endswith("not str.")
    assert [*server.events] == [CONNECT]


def test_a_response_is_shown_an_http_scope_of_its_own() -> None:
    seen: list[dict[str, Any]] = []

    async def response(scope: Any, receive: Any, send: Any) -> None:
        seen.append({**scope})
        scope["path"] = "/changed"
        await DENIAL(scope, receive, send)

    server = Server(CONNECT)
    websocket = server.websocket(path="/chat")
    run(websocket.send_denial_response(response))
    assert (seen[0]["type"], seen[0]["method"], seen[0]["path"]) == ("http", "GET", "/chat")
    assert not seen[0]["extensions"]
    assert websocket["path"] == "/chat"
    assert websocket["type"] == "websocket"


@pytest.mark.anyio
async def test_a_response_reads_an_empty_request_once_and_then_waits() -> None:
    seen: list[Message] = []

    async def response(scope: Any, receive: Any, send: Any) -> None:
        seen.append(await receive())
        with anyio.move_on_after(0.01) as waiting:
            await receive()
        assert waiting.cancelled_caught
        await DENIAL(scope, receive, send)

    server = Server(CONNECT)
    with anyio.fail_after(5):
        await server.websocket().send_denial_response(response)
    assert seen == [{"type": "http.request", "body": b"", "more_body": False}]
    assert server.sent_types == [START["type"], BODY["type"]]


@pytest.mark.anyio
async def test_a_response_may_listen_for_its_client_while_it_streams() -> None:
    async def streaming(scope: Any, receive: Any, send: Any) -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(receive)
            await send({"type": "http.response.start", "status": 401})
            await anyio.lowlevel.checkpoint()
            await send({"type": "http.response.body", "body": b"no"})
            group.cancel_scope.cancel()

    server = Server(CONNECT)
    with anyio.fail_after(5):
        await server.websocket().send_denial_response(streaming)
    assert server.sent_types == [START["type"], BODY["type"]]


@pytest.mark.anyio
async def test_a_client_who_leaves_while_a_response_streams_is_news_of_its_own() -> None:
    async def streaming(scope: Any, receive: Any, send: Any) -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(DENIAL, scope, receive, send)

    server = Server(CONNECT, errors={2: RuntimeError("granian says so")})
    with pytest.raises(WebSocketDisconnect) as caught:
        await server.websocket().send_denial_response(streaming)
    assert caught.value.code == 1006


# ── Cleanups ────────────────────────────────────────────────────────────────────────────────────


def count_cleanups(websocket: WebSocket) -> list[int]:
    """A list that grows by one number whenever the cleanup runs."""
    calls: list[int] = []
    websocket.add_cleanup(lambda: calls.append(len(calls)))
    return calls


ENDINGS: list[Any] = [
    pytest.param("accepted", lambda w: w.close(), {}, id="close"),
    pytest.param("before", lambda w: w.close(), {}, id="refusal"),
    pytest.param("before", lambda w: w.send_denial_response(DENIAL), {}, id="denial"),
    pytest.param("response", lambda w: w.send(BODY), {}, id="raw denial"),
    pytest.param("accepted", lambda w: w.send({"type": "websocket.close"}), {}, id="raw close"),
    pytest.param("accepted", lambda w: every(w.iter_text()), {}, id="the client leaves a loop"),
    pytest.param("accepted", lambda w: w.send_text("x"), {1: OSError()}, id="a failed send"),
    pytest.param("accepted", lambda w: w.close(), {1: OSError()}, id="a failed close"),
    pytest.param("accepted", lambda w: w.close(), {1: TimeoutError()}, id="a timeout in close"),
    pytest.param("accepted", lambda w: w.close(), {1: RuntimeError()}, id="a bug in close"),
    pytest.param("before", lambda w: w.accept(), {1: OSError()}, id="a failed accept"),
    pytest.param(
        "before", lambda w: w.send_denial_response(DENIAL), {2: OSError()}, id="a failed denial"
    ),
    pytest.param(
        "accepted",
        lambda w: w.send({"type": "websocket.close"}),
        {1: RuntimeError()},
        id="a bug in a raw close",
    ),
]


@pytest.mark.parametrize(("state", "call", "errors"), ENDINGS)
def test_a_cleanup_runs_once_at_any_end(
    state: str, call: Call, errors: dict[int, Exception]
) -> None:
    server, websocket = arrange(state, TEXT)
    calls = count_cleanups(websocket)
    server.errors = errors
    with suppress(WebSocketDisconnect, *map(type, errors.values())):
        run(call(websocket))
    assert calls == [0]
    for again in (websocket.close(), websocket.receive(), websocket.receive()):
        outcome(again)
    assert calls == [0]


@pytest.mark.parametrize("call", [*EARLY[:2], CLOSE])
def test_a_cleanup_runs_if_the_client_has_left_before_the_answer(call: Call) -> None:
    websocket = Server(LEFT).websocket()
    calls = count_cleanups(websocket)
    outcome(call(websocket))
    assert calls == [0]


def test_a_cleanup_does_not_run_while_the_connection_lives() -> None:
    _, websocket = opened(TEXT)
    calls = count_cleanups(websocket)
    run(websocket.send_text("x"))
    run(websocket.send({"type": "websocket.send", "text": "x"}))
    run(websocket.receive_text())
    assert calls == []


def test_cleanups_run_in_order_are_awaited_and_see_the_end() -> None:
    _, websocket = opened(LEFT)
    log: list[object] = []

    class Later:
        def __await__(self) -> Any:
            log.append("awaited")
            return iter(())

    async def slowly() -> None:
        log.append(("async", websocket.close_code, websocket.client_state))

    websocket.add_cleanup(lambda: log.append("first"))
    websocket.add_cleanup(slowly)
    websocket.add_cleanup(Later)
    error_of(WebSocketDisconnect, websocket.receive_text())
    assert log == ["first", ("async", 4001, DISCONNECTED), "awaited"]


def test_a_cleanup_that_fails_is_logged_and_does_not_stop_the_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    _, websocket = opened()

    async def fails() -> None:
        raise LookupError("first")

    websocket.add_cleanup(fails)
    websocket.add_cleanup(lambda: 1 / 0)
    calls = count_cleanups(websocket)
    run(websocket.close())
    assert calls == [0]
    logged = [(record.name, record.message) for record in caplog.records]
    assert logged == [("lilyaref", "A cleanup failed.")] * 2
    assert "LookupError" in caplog.text
    assert "ZeroDivisionError" in caplog.text


def test_a_failing_cleanup_does_not_hide_the_news(caplog: pytest.LogCaptureFixture) -> None:
    _, websocket = opened(LEFT)
    websocket.add_cleanup(lambda: 1 / 0)
    assert error_of(WebSocketDisconnect, websocket.receive_text()).code == 4001
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize("state", ENDS)
def test_a_cleanup_that_is_added_after_the_end_is_refused(state: str) -> None:
    _, websocket = arrange(state, TEXT)
    with pytest.raises(WebSocketDisconnected, match=r"^add_cleanup\(\)"):
        websocket.add_cleanup(turn)


def test_a_cleanup_must_be_something_to_call() -> None:
    with pytest.raises(TypeError, match="str"):
        Server().websocket().add_cleanup(cast("Any", "close"))


def test_the_cleanups_of_one_connection_are_not_those_of_another() -> None:
    _, one = opened()
    _, other = opened()
    calls = count_cleanups(one)
    run(other.close())
    assert calls == []


@pytest.mark.anyio
async def test_a_cleanup_may_wait_for_the_event_loop() -> None:
    server = Server(CONNECT, LEFT)
    websocket = server.websocket()
    await websocket.accept()
    done = anyio.Event()

    async def slowly() -> None:
        await anyio.lowlevel.checkpoint()
        done.set()

    websocket.add_cleanup(slowly)
    assert await every(websocket.iter_text()) == []
    assert done.is_set()


# ── In an event loop ────────────────────────────────────────────────────────────────────────────


@pytest.mark.anyio
async def test_a_receive_that_times_out_keeps_the_connection_and_the_next_message() -> None:
    to_app, from_client = anyio.create_memory_object_stream[Message](9)
    server = Server()
    websocket = WebSocket({"type": "websocket"}, from_client.receive, server.send)
    with to_app, from_client:
        await to_app.send(CONNECT)
        await websocket.accept()
        with anyio.move_on_after(0) as scope:
            await websocket.receive_text()
        assert scope.cancelled_caught
        assert states(websocket) == (CONNECTED, CONNECTED)
        await to_app.send(TEXT)
        assert await websocket.receive_text() == "hello"


def test_a_cleanup_that_is_cancelled_leaves_the_others_their_turn() -> None:
    log: list[str] = []
    _, websocket = opened()

    async def slowly() -> None:
        await turn()

    websocket.add_cleanup(slowly)
    websocket.add_cleanup(lambda: log.append("the other"))
    closing = websocket.close()
    closing.send(None)  # it waits in the first cleanup
    with pytest.raises(asyncio.CancelledError):
        closing.throw(asyncio.CancelledError())
    assert log == ["the other"]
