"""An ASGI server that believes nothing: it judges each message and each call by rules of its own.

It needs no event loop. What it has to bring is appended to `arriving`; with nothing to bring, a
`receive()` stays suspended, and so does every `send` while the server is `slow`.
"""

from collections import deque
from collections.abc import Mapping
from typing import Any, NoReturn, TypeAlias

import pytest

from lilyaref.types import Message, Scope
from tests.properties import rules
from tests.properties.driving import turn

Heard: TypeAlias = tuple[Any, ...]

SEND = "websocket.send"
CLOSE = "websocket.close"
ACCEPT = "websocket.accept"
START = "websocket.http.response.start"
BODY = "websocket.http.response.body"


def is_loss(error: BaseException) -> bool:
    """Whether *error* says that the connection is gone; a timeout around the call does not."""
    return isinstance(error, OSError) and not isinstance(error, TimeoutError)


class Server:
    """One connection's server.

    Args:
        offered: the subprotocols that the client offers.
        extensions: `scope["extensions"]`.
        failures: what the n-th send raises, counted from 1.
    """

    def __init__(
        self,
        offered: list[str],
        extensions: dict[str, Any] | None,
        failures: Mapping[int, Exception],
    ) -> None:
        self.scope: Scope = {"type": "websocket", "path": "/", "subprotocols": offered}
        self.scope["extensions"] = extensions
        self.offered = offered
        self.failures = failures
        self.arriving: deque[Message] = deque()
        self.heard: list[Heard] = []
        self.fouls: list[str] = []
        self.slow = self.met = self.waiting = False
        self.phase = "handshake"  # then "open" or "denial", then "over"
        self.silent = ""  # after what receive() might never return
        self.deaf = ""  # after what nothing may be sent
        self.promised: int | None = None  # the content-length of a denial
        self.answered = b""

    async def receive(self) -> Message:
        if self.silent:
            self._foul(f"receive() was called after {self.silent}: it may never return")
        if self.waiting:
            self._foul("receive() was called while another receive() was waiting")
        self.waiting = True
        try:
            while not self.arriving:
                await turn()
        finally:
            self.waiting = False
        event = self.arriving.popleft()
        self.met |= event.get("type") == "websocket.connect"
        if event.get("type") == "websocket.disconnect":
            self.silent = self.deaf = "the disconnect was delivered"
        return event

    async def send(self, message: Message) -> None:
        if self.deaf:
            self._foul(f"{message['type']} was sent after {self.deaf}")
        self._require(self.met, "the handshake was answered before websocket.connect was read")
        accepted = self.phase == "open"
        self.heard.append(self._judged(message))
        refused = self.phase == "over" and not accepted
        failure = self.failures.get(len(self.heard))
        if self.slow:
            await turn()
        if failure is None:
            self.silent = self.silent or ("the refusal" if refused else "")
            return
        if is_loss(failure):
            self.deaf = "the connection was lost"
        raise failure

    def _judged(self, message: Message) -> Heard:
        """*message*, without the freedom that ASGI gives to its form."""
        match message["type"], self.phase:
            case "websocket.accept", "handshake":
                return self._accept(**message)
            case "websocket.send", "open":
                return self._data(**message)
            case "websocket.close", "handshake" | "open":
                return self._close(**message)
            case "websocket.http.response.start", "handshake":
                return self._start(**message)
            case "websocket.http.response.body", "denial":
                return self._body(**message)
        self._foul(f"{message['type']} was sent in phase {self.phase!r}")

    def _accept(self, type: str, subprotocol: Any = None, headers: Any = ()) -> Heard:
        self.phase = "open"
        wrong = rules.wrong_subprotocol(subprotocol, self.offered)
        self._require(not wrong, f"{subprotocol!r} was accepted, not one of {self.offered}")
        self._require(not rules.wrong_headers(headers), f"illegal headers: {headers}")
        return ACCEPT, subprotocol, self._pairs(headers)

    def _data(self, type: str, **data: Any) -> Heard:
        self._require(len(data) == 1, f"a message needs exactly one key, not {set(data)}")
        if "text" in data:
            self._require(not rules.wrong_text(data["text"]), "text that is none")
        else:
            self._require(data.get("bytes").__class__ is bytes, "bytes that are none")
        return SEND, *data.items()

    def _close(self, type: str, code: Any = 1000, reason: Any = None) -> Heard:
        self.phase = "over"
        self._require(code.__class__ is int, f"the close code {code!r} is no plain int")
        self._require(not rules.wrong_close(code, reason), f"close({code}, {reason!r}) is illegal")
        return CLOSE, code, reason or ""

    def _start(self, type: str, status: Any, headers: Any = ()) -> Heard:
        self.phase = "denial"
        self._require("websocket.http.response" in (self.scope["extensions"] or {}), "no extension")
        self._require(status.__class__ is int, f"the status {status!r} is no plain int")
        self._require(not rules.wrong_status(status), f"the status {status} is illegal")
        pairs = self._pairs(headers)
        lengths = [int(value) for name, value in pairs if name == b"content-length"]
        self._require(len(lengths) <= 1, "more than one content-length")
        self.promised = lengths[0] if lengths else None
        self._require(not (lengths and rules.bodiless(status)), "a length without a body")
        rest = [pair for pair in pairs if pair[0] != b"content-length"]
        return START, status, rest, self.promised

    def _body(self, type: str, body: Any = b"", more_body: Any = False) -> Heard:
        self._require(body.__class__ is bytes, "a body that is no bytes")
        self._require(more_body.__class__ is bool, f"more_body={more_body!r}")
        self.answered += body
        if not more_body:
            self.phase = "over"
            exact = self.promised in (None, len(self.answered))
            self._require(exact, f"{len(self.answered)} bytes came, {self.promised} were promised")
        return BODY, body, more_body

    def _pairs(self, headers: Any) -> list[rules.Pair]:
        """Any iterable is legal ASGI, but only a list of tuples of lower-case bytes is portable."""
        portable = isinstance(headers, list | tuple) and all(
            pair.__class__ is tuple and [part.__class__ for part in pair] == [bytes, bytes]
            for pair in headers
        )
        self._require(portable, f"headers that not every server takes: {headers!r}")
        pairs = list(headers)
        self._require(pairs == rules.normal(pairs), f"header names in upper case: {pairs}")
        self._require(not rules.wrong_pairs(pairs), f"malformed headers: {pairs}")
        return pairs

    def _require(self, fact: object, foul: str) -> None:
        if not fact:
            self._foul(foul)

    def _foul(self, foul: str) -> NoReturn:
        self.fouls.append(foul)  # Should somebody swallow the failure, the test still sees it.
        pytest.fail(foul)
