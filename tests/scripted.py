"""An ASGI server that plays a script, needs no event loop and fails where a real one would hang."""

from collections import deque
from collections.abc import Callable, Coroutine, Generator, Mapping
from types import EllipsisType, coroutine
from typing import Any, TypeVar

import pytest

from lilyaref.types import Message
from lilyaref.websockets import WebSocket

T = TypeVar("T")
E = TypeVar("E", bound=BaseException)

CONNECT: Message = {"type": "websocket.connect"}
LEFT: Message = {"type": "websocket.disconnect", "code": 4001, "reason": "bye"}
TEXT: Message = {"type": "websocket.receive", "text": "hello"}
BYTES: Message = {"type": "websocket.receive", "bytes": b"hello"}
ENDS = {"websocket.close", "websocket.http.response.body"}


@coroutine
def turn() -> Generator[None, None, None]:
    """Wait until the test drives this coroutine on."""
    yield


class Server:
    """Delivers *events* in order (`...` waits for a turn) and records what is sent.

    Args:
        errors: what the n-th send raises, counted from 1.
    """

    def __init__(
        self,
        *events: Message | EllipsisType,
        errors: Mapping[int, Exception] | None = None,
    ) -> None:
        self.events = deque(events)
        self.errors = errors or {}
        self.slow = False  # whether every send waits for a turn
        self.sent: list[Message] = []
        self.accepted = self.read_out = self.ended = False

    def websocket(self, kind: type[WebSocket] = WebSocket, **scope: Any) -> WebSocket:
        base = {"type": "websocket", "path": "/", "extensions": {"websocket.http.response": {}}}
        return kind({**base, **scope}, self.receive, self.send)

    async def receive(self) -> Message:
        if self.read_out:
            pytest.fail("receive() was called after the end: on three servers it never returns")
        if not self.events:
            pytest.fail("receive() was called, and the script has no more events")
        event = self.events.popleft()
        while isinstance(event, EllipsisType):
            await turn()
            event = self.events.popleft()
        if event.get("type") == "websocket.disconnect":
            self.read_out = self.ended = True
        return event

    async def send(self, message: Message) -> None:
        if self.ended:
            pytest.fail(f"{message} was sent after the end")
        self.sent.append(message)
        self.accepted |= message["type"] == "websocket.accept"
        if message["type"] in ENDS and not message.get("more_body"):
            self.ended = True
            self.read_out |= not self.accepted
        if self.slow:
            await turn()
        if len(self.sent) in self.errors:
            raise self.errors[len(self.sent)]

    @property
    def sent_types(self) -> list[str]:
        return [message["type"] for message in self.sent]


def run(work: Coroutine[Any, Any, T]) -> T:
    """Drive *work* without an event loop: nothing in a script suspends, unless it says so."""
    try:
        work.send(None)
    except StopIteration as stop:
        result: T = stop.value
        return result
    work.close()
    pytest.fail("it waited for something that is not in the script")


def error_of(kind: type[E], work: Coroutine[Any, Any, object]) -> E:
    """The error that *work* ends with: a *kind*, and no subclass of it."""
    with pytest.raises(kind) as caught:
        run(work)
    assert caught.type is kind
    return caught.value


def opened(
    *events: Message | EllipsisType, errors: Mapping[int, Exception] | None = None
) -> tuple[Server, WebSocket]:
    """An accepted connection; what was sent to open it is forgotten."""
    server = Server(CONNECT, *events)
    websocket = server.websocket()
    run(websocket.accept())
    server.sent.clear()
    server.errors = errors or {}
    return server, websocket


def answer(*messages: Message) -> Callable[..., Coroutine[Any, Any, None]]:
    """An ASGI response that sends *messages*."""

    async def response(scope: Any, receive: Any, send: Any) -> None:
        for message in messages:
            await send(message)

    return response
