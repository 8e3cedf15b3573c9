"""One connection between the class under test and a server that plays a script.

Whatever the class raises, a rule judges by what reached the server and by what the application was
given: a `WebSocket` that nobody here has seen before is judged like any other.
"""

import asyncio
import inspect
import re
from collections import deque
from collections.abc import Callable
from traceback import walk_tb
from types import EllipsisType
from typing import Any, NamedTuple

from lilyaref.types import Message

CONNECT: Message = {"type": "websocket.connect"}
LEFT: Message = {"type": "websocket.disconnect", "code": 4001, "reason": "bye"}
DENIAL = "websocket.http.response"


class Outcome(NamedTuple):
    """What happened instead; docs/conformance.yml has the words for each kind."""

    kind: str
    what: str = ""


class Differs(Exception):
    """The rule is not kept."""

    def __init__(self, kind: str, what: object = "") -> None:
        super().__init__(kind, what)
        self.outcome = Outcome(kind, f"{what:.60}" if isinstance(what, str) else f"{what!r:.60}")


def outcome_of(error: BaseException, caller: str) -> Outcome:
    """What an error tells: that a name is missing which code in the folder *caller* asks for?"""
    *_, (frame, _) = walk_tb(error.__traceback__)
    if frame.f_code.co_filename.startswith(caller):  # else the class stumbled by itself
        argument = re.search(r"unexpected keyword argument '(\w+)'", str(error))
        name = error.name if isinstance(error, AttributeError) else argument and argument[1]
        if name:
            return Outcome("lacks", name)
    return Outcome("raised", type(error).__name__)


class Waits(BaseException):
    """The server has nothing to say any more: on a real one, this may wait for ever."""


def text(data: str | None) -> Message:
    return {"type": "websocket.receive", "text": data}


def binary(data: bytes | None) -> Message:
    return {"type": "websocket.receive", "bytes": data}


def scope(**keys: Any) -> dict[str, Any]:
    """A scope of its own, as a server gives it, with *keys* instead; `...` leaves one out."""
    usual = {
        "type": "websocket",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "scheme": "ws",
        "path": "/lilies",
        "raw_path": b"/lilies",
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"example.com:8080")],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 80),
        "subprotocols": [],
        "extensions": {DENIAL: {}},
    }
    return {key: value for key, value in {**usual, **keys}.items() if value is not ...}


class Talk:
    """One connection.

    Args:
        kind: the class under test.
    """

    def __init__(self, kind: Any) -> None:
        self.kind = kind
        self.sent: list[Message] = []
        self.events: deque[Message | EllipsisType] = deque()
        self.left = False  # whether the application was told so
        self.raises: Exception | None = None  # by `send`, from now on
        self.silent = False  # whether `send` drops what nobody will read, as some servers do

    def websocket(self, *events: Message | EllipsisType, **keys: Any) -> Any:
        """A connection for which the server will bring *events*; on `...` it is silent.

        Args:
            keys: keys of the scope; `...` leaves one out.
        """
        self.events.extend(events)
        return self.kind(scope(**keys), self.receive, self.send)

    async def opened(self, *events: Message | EllipsisType) -> Any:
        """An accepted connection; what was sent to open it is forgotten."""
        websocket = self.websocket(CONNECT, *events)
        await websocket.accept()
        self.sent.clear()
        return websocket

    async def receive(self) -> Message:
        if not self.events:
            raise Waits
        event = self.events.popleft()
        if isinstance(event, EllipsisType):
            await asyncio.Event().wait()
            raise AssertionError("nobody sets it")
        self.left |= event["type"] == "websocket.disconnect"
        return event

    async def send(self, message: Message) -> None:
        self.sent.append(dict(message))
        if self.raises is not None:
            raise self.raises
        if self.left and not self.silent:
            raise OSError("The client has left.")  # ASGI, "Disconnected Client"

    # ── What a rule says ────────────────────────────────────────────────────────────────────────

    async def unsent(self, call: Callable[..., Any], *values: Any, **named: Any) -> None:
        """The call may end as it likes, but nothing of it reaches the server."""
        await self._outcome(call, *values, **named)

    async def refused(self, call: Callable[..., Any], *values: Any, **named: Any) -> Exception:
        """The call raises, and nothing of it reaches the server."""
        error = await self._outcome(call, *values, **named)
        if error is None:
            raise Differs("no error")
        return error

    async def _outcome(
        self, call: Callable[..., Any], *values: Any, **named: Any
    ) -> Exception | None:
        require_arguments(call, *values, **named)
        before = len(self.sent)
        error = await error_of(call, *values, **named)
        if self.sent[before:]:
            raise Differs("sent", self.sent[before]["type"])
        return error

    def first(self, key: str) -> Any:
        """A value of the first message that has reached the server."""
        if not self.sent:
            raise Differs("nothing sent")
        return self.sent[0].get(key)

    def sent_types(self, *expected: str) -> None:
        """Messages of exactly these types have reached the server."""
        found = [message["type"] for message in self.sent]
        if found != [*expected]:
            raise Differs("sent", ", ".join(found)) if found else Differs("nothing sent")


def require_arguments(call: Callable[..., Any], *values: Any, **named: Any) -> None:
    """A call that does not know an argument has not refused its value."""
    try:
        inspect.signature(call).bind(*values, **named)
    except TypeError:
        raise Differs("lacks", [*named][-1] if named else call.__name__) from None


async def error_of(call: Callable[..., Any], *values: Any, **named: Any) -> Exception | None:
    """What the call raises; *call* is a coroutine function."""
    try:
        await call(*values, **named)
    except Exception as error:
        return error
    return None


def equal(found: object, expected: object) -> None:
    """What the application was given is what it should be given."""
    if found != expected:
        raise Differs("gave", found)


def reached(found: object, expected: object) -> None:
    """What the server was given is what it should be given."""
    if found != expected:
        raise Differs("sent", found)


def has_code(error: Exception, code: int) -> None:
    """The error is the news that the client is gone, with its close code."""
    if not hasattr(error, "code"):
        raise Differs("raised", type(error).__name__)
    equal(error.code, code)
