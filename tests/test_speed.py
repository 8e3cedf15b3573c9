"""What speed is made of and can be counted: frames, imports and bytes. Times are never asserted.

A Python frame is the largest price of a call, and the number of them is the same on every machine.
`make bench` measures times.
"""

import subprocess
import sys
import tracemalloc
from collections.abc import AsyncIterator, Callable, Coroutine
from types import FrameType
from typing import Any

import pytest

from lilyaref.types import Message, Receive, Scope, Send
from lilyaref.websockets import WebSocket
from tests.scripted import BYTES, CONNECT, LEFT, TEXT, run

JSON: Message = {"type": "websocket.receive", "text": '{"flower":"lily"}'}


def server(*messages: Message) -> tuple[Scope, Receive, Send]:
    """A server whose calls take one frame each."""
    waiting = [*messages]

    async def receive() -> Message:
        return waiting.pop(0)

    async def send(message: Message) -> None:
        pass

    return {"type": "websocket", "headers": [(b"host", b"lily.example")]}, receive, send


def accepted(*messages: Message) -> WebSocket:
    websocket = WebSocket(*server(CONNECT, *messages))
    run(websocket.accept())
    return websocket


# ── Frames ──────────────────────────────────────────────────────────────────────────────────────


def frames(work: Coroutine[Any, Any, object]) -> list[str]:
    """The Python frames that *work* starts, its own and the server's included, by name."""
    names: list[str] = []

    def profile(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            names.append(frame.f_code.co_name)

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        work.send(None)
    except StopIteration:
        return names
    finally:
        sys.setprofile(before)
    pytest.fail("it waited for something")


async def making(arguments: tuple[Scope, Receive, Send]) -> WebSocket:
    return WebSocket(*arguments)


async def iterating(messages: AsyncIterator[Any]) -> None:
    async for _ in messages:
        pass


CALLS: dict[str, tuple[Callable[[], Coroutine[Any, Any, object]], str]] = {
    "WebSocket()": (lambda: making(server()), "making __init__"),
    "accept()": (lambda: WebSocket(*server(CONNECT)).accept(), "accept receive send"),
    "receive_text()": (lambda: accepted(TEXT).receive_text(), "receive_text receive"),
    "receive_bytes()": (lambda: accepted(BYTES).receive_bytes(), "receive_bytes receive"),
    "receive_json()": (
        lambda: accepted(JSON).receive_json(),
        "receive_json receive decode raw_decode",
    ),
    "send_text()": (lambda: accepted().send_text("lily"), "send_text send"),
    "send_bytes()": (lambda: accepted().send_bytes(b"lily"), "send_bytes send"),
    "send_json()": (lambda: accepted().send_json([1]), "send_json encode iterencode send"),
    "close()": (lambda: accepted().close(), "close send"),
}


@pytest.mark.parametrize("call", CALLS)
def test_a_call_starts_no_frame_but_its_own_those_of_the_codec_and_those_of_the_server(
    call: str,
) -> None:
    work, names = CALLS[call]
    assert frames(work()) == names.split()


@pytest.mark.parametrize(
    ("message", "method", "codec"),
    [
        pytest.param(TEXT, "iter_text", [], id="iter_text"),
        pytest.param(BYTES, "iter_bytes", [], id="iter_bytes"),
        pytest.param(JSON, "iter_json", ["decode", "raw_decode"], id="iter_json"),
    ],
)
def test_an_iterator_starts_two_frames_a_message_and_four_in_all(
    message: Message, method: str, codec: list[str]
) -> None:
    for count in (1, 10):
        websocket = accepted(*[message] * count, LEFT)
        started = frames(iterating(getattr(websocket, method)()))
        assert started == [
            *("iterating", *["_iterate", "receive", *codec] * count),
            *("_iterate", "receive", "_left"),
        ]


# ── Imports ─────────────────────────────────────────────────────────────────────────────────────

WATCH = """
import builtins, sys
real, names = builtins.__import__, set()
def watch(name, globals=None, *rest):
    if (globals or {}).get("__name__", "").startswith("lilyaref"):
        names.add(name.partition(".")[0])
    return real(name, globals, *rest)
builtins.__import__ = watch
import lilyaref.websockets
print(*names - {"lilyaref"})
"""


def test_what_the_package_imports_is_little() -> None:
    imported = subprocess.run(
        [sys.executable, "-I", "-c", WATCH], capture_output=True, text=True, check=True
    ).stdout.split()
    assert {*imported} == {"__future__", "collections", "enum", "json", "re", "typing"}


# ── Bytes ───────────────────────────────────────────────────────────────────────────────────────


class Fresh(WebSocket):
    """Python makes room for every attribute that it has seen in instances of a class."""


async def using(websocket: WebSocket) -> None:
    """Have every attribute that a connection can have."""
    await websocket.accept()
    assert websocket.headers["host"] == websocket.url.netloc
    assert not any((websocket.query_params, websocket.cookies, [*websocket.state]))
    websocket.add_cleanup(lambda: None)
    await websocket.close()


def test_an_accepted_connection_takes_at_most_160_bytes() -> None:
    many = 1000
    servers = [server(CONNECT) for _ in range(many)]
    run(using(Fresh(*server(CONNECT))))
    kept: list[WebSocket | None] = [None] * many
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for number, one in enumerate(servers):
            kept[number] = websocket = Fresh(*one)
            run(websocket.accept())
        taken = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert taken / many < 161
