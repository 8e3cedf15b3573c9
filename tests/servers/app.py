"""The application behind every server of these tests: one small function for each conversation.

The path names the function. What the application met is recorded as lines of JSON under the id
that the query gives, in the file that LILYAREF_RECORDS names. No function knows its server.
"""

import json
import os
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import anyio

from docs_src.websockets import echo, say_hello
from lilyaref import (
    ASGIApp,
    CloseCode,
    Receive,
    Response,
    Scope,
    Send,
    WebSocket,
    WebSocketDisconnect,
)
from lilyaref.endpoints import WebSocketEndpoint
from lilyaref.routing import Mount, Router
from tests.servers.programs import programs

Conversation = Callable[[WebSocket], Awaitable[None]]

# Served as they are: programs of the documentation, and a router that the last lines fill.
rooms = Router()
PROGRAMS: dict[str, ASGIApp] = {
    "echo": echo.app,
    "say_hello": say_hello.app,
    "rooms": Mount("/rooms", rooms),
    "programs": Mount("/programs", programs),
}

CONVERSATIONS: dict[str, Conversation] = {}

# A conversation that waits, until its client says "go on" over another connection.
GATES: defaultdict[str, anyio.Event] = defaultdict(anyio.Event)

RECORDS = open(os.environ.get("LILYAREF_RECORDS", os.devnull), "a")  # noqa: SIM115


def conversation(function: Conversation) -> Conversation:
    CONVERSATIONS[function.__name__] = function
    return function


def note(websocket: WebSocket, **facts: object) -> None:
    """Write down what the application has met."""
    record = {"talk": websocket.query_params.get("talk"), "facts": facts}
    RECORDS.write(json.dumps(record) + "\n")
    RECORDS.flush()


def words(error: BaseException) -> str:
    if isinstance(error, WebSocketDisconnect):
        return f"{type(error).__name__}({error.code}, {error.reason!r})"
    return type(error).__name__


async def outcome(call: Awaitable[object]) -> object:
    """What *call* returns, or the error that it raises."""
    try:
        return await call
    except Exception as error:
        return words(error)


async def listed(messages: AsyncIterator[Any]) -> list[Any]:
    return [message async for message in messages]


async def told_to_go_on(websocket: WebSocket) -> None:
    note(websocket, waiting=True)
    await GATES[websocket.query_params["talk"]].wait()


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        return await lifespan(scope, receive, send)
    websocket = WebSocket(scope, receive, send)
    name = scope["path"].split("/")[1]
    ended = "quietly"
    try:
        if name in PROGRAMS:
            await PROGRAMS[name](scope, receive, send)
        else:
            await CONVERSATIONS[name](websocket)
    except BaseException as error:
        ended = words(error)
        raise
    finally:
        note(websocket, ended=ended)


async def lifespan(scope: Scope, receive: Receive, send: Send) -> None:
    for phase in ("startup", "shutdown"):
        await receive()
        if phase == "startup" and "state" in scope:
            scope["state"]["greeting"] = "Welcome"
        await send({"type": f"lifespan.{phase}.complete"})


@conversation
async def ready(websocket: WebSocket) -> None:
    await websocket.accept()
    await listed(websocket.iter_text())


@conversation
async def go_on(websocket: WebSocket) -> None:
    await websocket.accept()
    GATES[websocket.query_params["gate"]].set()
    await websocket.close()


# ── What is known when the connection begins ────────────────────────────────────────────────────


@conversation
async def see(websocket: WebSocket) -> None:
    note(
        websocket,
        path=websocket["path"],
        url=websocket.url,
        url_path=websocket.url.path,
        query=[pair for pair in websocket.query_params.items() if pair[0] != "talk"],
        flowers=websocket.headers.getall("X-FLOWER", []),
        cookies=websocket.cookies,
        client=websocket.client,
        subprotocols=websocket.subprotocols,
        greeting=getattr(websocket.state, "greeting", None),
    )
    await websocket.accept()
    await websocket.close()


# ── Opening ─────────────────────────────────────────────────────────────────────────────────────


@conversation
async def accept_with_a_dict(websocket: WebSocket) -> None:
    await websocket.accept(headers={"X-Flower": "lily"})
    await websocket.close()


@conversation
async def accept_with_two_cookies(websocket: WebSocket) -> None:
    await websocket.accept(headers=[("Set-Cookie", "a=1"), (b"set-cookie", b"b=2")])
    await websocket.close()


@conversation
async def accept_a_subprotocol(websocket: WebSocket) -> None:
    await websocket.accept(subprotocol="chat.v2")
    note(websocket, subprotocol=websocket.subprotocol)
    await websocket.close()


@conversation
async def accept_an_unoffered_subprotocol(websocket: WebSocket) -> None:
    note(websocket, unoffered=await outcome(websocket.accept(subprotocol="mqtt")))
    await websocket.accept(subprotocol="chat.v2")
    await websocket.close()


@conversation
async def accept_a_header_with_a_line_break(websocket: WebSocket) -> None:
    headers = {"x-flower": "lily\r\nset-cookie: admin=1"}
    note(websocket, line_break=await outcome(websocket.accept(headers=headers)))
    await websocket.accept()
    await websocket.send_text("Still here")
    await websocket.close()


@conversation
async def accept_twice(websocket: WebSocket) -> None:
    await websocket.accept()
    note(websocket, second=await outcome(websocket.accept()))
    await websocket.send_text("Still here")
    await websocket.close()


@conversation
async def begin_before_accepting(websocket: WebSocket) -> None:
    note(
        websocket,
        send=await outcome(websocket.send_text("Too early")),
        receive=await outcome(websocket.receive_text()),
        iterate=await outcome(listed(websocket.iter_text())),
    )
    await websocket.accept()
    await websocket.send_text("Now")
    await websocket.close()


@conversation
async def follow_the_states(websocket: WebSocket) -> None:
    def states() -> list[str]:
        return [websocket.client_state.name, websocket.application_state.name]

    followed = [states()]
    await websocket.receive()
    followed.append(states())
    await websocket.accept()
    followed.append(states())
    await websocket.close()
    followed.append(states())
    await websocket.receive()
    followed.append(states())
    note(websocket, states=followed)


# ── Conversing ──────────────────────────────────────────────────────────────────────────────────


@conversation
async def echo_raw(websocket: WebSocket) -> None:
    """Both kinds of message come back, by `send` and `receive` alone."""
    kinds = [(await websocket.receive())["type"]]
    await websocket.send({"type": "websocket.accept"})
    while (message := await websocket.receive())["type"] == "websocket.receive":
        data = {key: message[key] for key in ("text", "bytes") if message.get(key) is not None}
        await websocket.send({"type": "websocket.send", **data})
        kinds.append(message["type"])
    note(websocket, kinds=[*kinds, message["type"]])


@conversation
async def echo_bytes(websocket: WebSocket) -> None:
    await websocket.accept()
    async for data in websocket.iter_bytes():
        await websocket.send_bytes(data)
    await websocket.close()


@conversation
async def echo_json(websocket: WebSocket) -> None:
    await websocket.accept()
    for mode in ("text", "binary"):
        await websocket.send_json(await websocket.receive_json(mode), mode)
    await websocket.close()


@conversation
async def receive_empty_messages(websocket: WebSocket) -> None:
    await websocket.accept()
    text, data = await websocket.receive_text(), await websocket.receive_bytes()
    note(websocket, text=text, bytes=data.decode())
    await websocket.close()


@conversation
async def send_empty_messages(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text("")
    await websocket.send_bytes(b"")
    await websocket.send_text("That was all")
    await websocket.close()


@conversation
async def send_whatever_lends_bytes(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_bytes(bytearray(b"bytearray"))
    await websocket.send_bytes(memoryview(b"memoryview"))
    await websocket.close()


@conversation
async def receive_one_text(websocket: WebSocket) -> None:
    await websocket.accept()
    note(websocket, text=await websocket.receive_text())
    await websocket.close()


@conversation
async def receive_a_large_message(websocket: WebSocket) -> None:
    await websocket.accept()
    note(websocket, length=await outcome(length_of(websocket.receive_text())))
    await websocket.close()


async def length_of(text: Awaitable[str]) -> int:
    return len(await text)


@conversation
async def send_a_large_message(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text("x" * int(websocket.query_params["size"]))
    await listed(websocket.iter_text())


@conversation
async def send_what_cannot_be_sent(websocket: WebSocket) -> None:
    await websocket.accept()
    note(
        websocket,
        bytes_as_text=await outcome(websocket.send_text(b"bytes")),  # type: ignore[arg-type]
        text_as_bytes=await outcome(websocket.send_bytes("text")),  # type: ignore[arg-type]
        lone_surrogate=await outcome(websocket.send_text("\ud83d")),
        nan=await outcome(websocket.send_json(float("nan"))),
        nothing=await outcome(websocket.send({"type": "websocket.send"})),
    )
    await websocket.send_text("Still here")
    await websocket.close()


@conversation
async def meet_the_wrong_kind(websocket: WebSocket) -> None:
    await websocket.accept()
    note(
        websocket,
        text=await outcome(websocket.receive_text()),
        bytes=await outcome(websocket.receive_bytes()),
        json=await outcome(websocket.receive_json()),
    )
    await websocket.send_text(await websocket.receive_text())
    await websocket.close()


@conversation
async def meet_bad_json(websocket: WebSocket) -> None:
    await websocket.accept()
    note(websocket, bad=await outcome(websocket.receive_json()))
    await websocket.send_json(await websocket.receive_json())
    await websocket.close()


@conversation
async def send_from_many_tasks(websocket: WebSocket) -> None:
    await websocket.accept()
    async with anyio.create_task_group() as tasks:
        for letter in "abcdefghijklmnopqrst":
            tasks.start_soon(websocket.send_text, letter * 20_000)
    await listed(websocket.iter_text())


@conversation
async def talk_over_each_other(websocket: WebSocket) -> None:
    """One task receives while another one sends."""

    async def count() -> None:
        for number in range(20):
            await websocket.send_json(number)
            await anyio.lowlevel.checkpoint()

    await websocket.accept()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(count)
        got = [await websocket.receive_text() for _ in range(20)]
    note(websocket, got=got)
    await websocket.close()


@conversation
async def cancel_receiving(websocket: WebSocket) -> None:
    await websocket.accept()
    got: list[str] = []
    while len(got) < 20:
        with anyio.move_on_after(0.001):
            got.append(await websocket.receive_text())  # the client is still waiting for its turn
        await websocket.send_text("Your turn")
        got.append(await websocket.receive_text())
    note(websocket, got=got)
    await websocket.close()


@conversation
async def send_to_a_slow_reader(websocket: WebSocket) -> None:
    await websocket.accept()
    for number in range(64):
        await websocket.send_bytes(bytes([number]) * 100_000)
        if number == 7:
            note(websocket, begun=True)
    await listed(websocket.iter_text())


@conversation
async def say_who_is_there(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text(f"{await websocket.receive_text()} is there")
    await websocket.close()


# ── Leaving ─────────────────────────────────────────────────────────────────────────────────────


@conversation
async def meet_the_end(websocket: WebSocket) -> None:
    await websocket.accept()
    got: list[str] = []
    try:
        while True:
            got.append(await websocket.receive_text())
    except WebSocketDisconnect as gone:
        note(websocket, got=got, gone=words(gone))


@conversation
async def accept_late(websocket: WebSocket) -> None:
    await told_to_go_on(websocket)
    news = await outcome(websocket.accept())
    if news is None:
        news = await outcome(websocket.receive_text())
    note(websocket, news=news, close=await outcome(websocket.close()))


@conversation
async def listen_before_accepting(websocket: WebSocket) -> None:
    message = await websocket.receive()
    await told_to_go_on(websocket)
    with anyio.move_on_after(1):
        message = await websocket.receive()
    note(websocket, last=message["type"], accept=await outcome(websocket.accept()))


@conversation
async def use_after_the_client_left(websocket: WebSocket) -> None:
    await websocket.accept()
    await listed(websocket.iter_text())
    note(
        websocket,
        code=websocket.close_code,
        accept=await outcome(websocket.accept()),
        send=await outcome(websocket.send_text("Are you there?")),
        send_raw=await outcome(websocket.send({"type": "websocket.send", "text": "Hello?"})),
        receive=await outcome(websocket.receive_text()),
        receive_raw=await outcome(websocket.receive()),
        deny=await outcome(websocket.send_denial_response(Response(status_code=401))),
        iterate=await outcome(listed(websocket.iter_text())),
        close=await outcome(websocket.close()),
        close_again=await outcome(websocket.close()),
    )


@conversation
async def send_until_it_is_told(websocket: WebSocket) -> None:
    """Some servers raise for a client that has left, others drop what is sent to it."""
    await websocket.accept()
    note(websocket, begun=True)
    news = None
    for _ in range(200):
        news = news or await outcome(websocket.send_bytes(bytes(100_000)))
    note(websocket, news=news or await outcome(websocket.receive_text()))


@conversation
async def send_before_reading_the_end(websocket: WebSocket) -> None:
    await websocket.accept()
    await told_to_go_on(websocket)
    note(
        websocket,
        send=await outcome(websocket.send_text("Are you there?")),
        receive=await outcome(websocket.receive_text()),
        close=await outcome(websocket.close()),
    )


@conversation
async def close_before_reading_the_end(websocket: WebSocket) -> None:
    await websocket.accept()
    await told_to_go_on(websocket)
    note(websocket, close=await outcome(websocket.close(4001)))


@conversation
async def clean_up_after_the_client(websocket: WebSocket) -> None:
    await websocket.accept()
    done = cleanups_of(websocket)
    await listed(websocket.iter_text())
    note(websocket, done=done)


@conversation
async def clean_up_after_closing(websocket: WebSocket) -> None:
    await websocket.accept()
    done = cleanups_of(websocket)
    await websocket.close()
    note(websocket, done=list(done))
    await websocket.receive()
    note(websocket, done_at_last=done)


def cleanups_of(websocket: WebSocket) -> list[str]:
    """What has been cleaned up, by one function and one coroutine function."""
    done: list[str] = []

    async def leave_the_room() -> None:
        done.append("the room")

    websocket.add_cleanup(lambda: done.append("the table"))
    websocket.add_cleanup(leave_the_room)
    return done


@conversation
async def close_with_a_reason(websocket: WebSocket) -> None:
    await websocket.accept()
    for number in range(10):
        await websocket.send_text(str(number))
    await websocket.close(4001, "até já")


@conversation
async def close_with_a_name(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.close(CloseCode.NORMAL_CLOSURE)


@conversation
async def go_away(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.close(CloseCode.GOING_AWAY)


@conversation
async def close_in_ways_that_may_not_be(websocket: WebSocket) -> None:
    await websocket.accept()
    note(
        websocket,
        abnormal=await outcome(websocket.close(1006)),
        yes=await outcome(websocket.close(True)),
        long_reason=await outcome(websocket.close(4001, "x" * 124)),
        long_in_utf8=await outcome(websocket.close(4001, "é" * 62)),
    )
    await websocket.send_text("Still here")
    await websocket.close(4001)


@conversation
async def close_twice(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.close(4001)
    note(websocket, second=await outcome(websocket.close()))


@conversation
async def use_after_closing(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.close(4001)
    note(
        websocket,
        send=await outcome(websocket.send_text("One more thing")),
        receive=await outcome(websocket.receive_text()),
        iterate=await outcome(listed(websocket.iter_text())),
        accept=await outcome(websocket.accept()),
    )


@conversation
async def listen_after_closing(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.close(4001, "até já")
    note(
        websocket,
        first=(await websocket.receive())["type"],
        second=await outcome(websocket.receive()),
        code=websocket.close_code,
    )


@conversation
async def fail(websocket: WebSocket) -> None:
    await websocket.accept()
    raise LookupError("the conversation that fails on purpose")


# ── Refusing ────────────────────────────────────────────────────────────────────────────────────


@conversation
async def refuse(websocket: WebSocket) -> None:
    await websocket.close()
    note(
        websocket,
        accept=await outcome(websocket.accept()),
        receive=await outcome(websocket.receive()),
        send=await outcome(websocket.send_text("Sorry")),
        close=await outcome(websocket.close()),
    )


@conversation
async def deny(websocket: WebSocket) -> None:
    """Refuse with 401, and with 403 where the server cannot."""
    response = Response("Quem és?", 401, headers={"X-Flower": "lily"})
    denied = await outcome(websocket.send_denial_response(response))
    if denied is not None:
        await websocket.close()
    note(
        websocket,
        denied=denied,
        accept=await outcome(websocket.accept()),
        receive=await outcome(websocket.receive()),
        close=await outcome(websocket.close()),
    )


@conversation
async def deny_without_content(websocket: WebSocket) -> None:
    if await outcome(websocket.send_denial_response(Response(status_code=204))):
        await websocket.close()


@conversation
async def deny_in_pieces(websocket: WebSocket) -> None:
    if await outcome(websocket.send_denial_response(streamed)):
        await websocket.close()


async def streamed(scope: Scope, receive: Receive, send: Send) -> None:
    """A streamed response as any framework sends it; it knows nothing of WebSockets."""
    start = {"status": 429, "headers": [(b"content-type", b"text/plain"), (b"retry-after", b"7")]}
    await send({"type": "http.response.start", **start})
    for piece in (b"Come ", b"back ", b"later"):
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body"})


@conversation
async def refuse_late(websocket: WebSocket) -> None:
    await told_to_go_on(websocket)
    try:
        await websocket.send_denial_response(Response(status_code=401))
    except WebSocketDisconnect:
        pass  # some servers tell, others do not
    except RuntimeError:
        await websocket.close()


# ── Routing ─────────────────────────────────────────────────────────────────────────────────────


@rooms.websocket_route("/{room}/{seat:int}", name="seat")
async def take_a_seat(websocket: WebSocket) -> None:
    url = websocket.url_for("seat", room="sala", seat=8)
    note(websocket, params=websocket.path_params, next_seat=url)
    await websocket.accept()


@rooms.websocket_route("/fail")
async def fail_in_a_route(websocket: WebSocket) -> None:
    await fail(websocket)


@rooms.websocket_route("/fail_early")
async def fail_before_accepting(websocket: WebSocket) -> None:
    raise LookupError("the handler that fails on purpose")


@rooms.websocket_route("/texts_only")
class TextsOnly(WebSocketEndpoint):
    encoding = "text"

    async def on_disconnect(self, websocket: WebSocket, close_code: int) -> None:
        note(websocket, on_disconnect=close_code)
